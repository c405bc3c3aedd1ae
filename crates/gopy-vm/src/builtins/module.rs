//! The module's functions, in the order of `dir(builtins)`'s source.

use gopy_macros::pymodule;

/// `builtins`.
#[pymodule(name = "builtins")]
pub mod module {
    use gopy_core::bytes::Bytes;
    use gopy_core::error::{runtime_error, type_error, value_error};
    use gopy_core::int::Int;
    use gopy_core::list::List;
    use gopy_core::str::Str;
    use gopy_core::{buffer, call, exceptions, hooks, id, iter, none, number, object};
    use gopy_object::{Arg, Args, Instance, Object, PyResult, Ref};

    use super::super::{build_class, execute, id_of, reduce, streams};
    use crate::{execution, import, sys};

    #[pyfunction(raw)]
    fn __build_class__(args: Args<'_>) -> PyResult {
        build_class::build_class(args)
    }

    #[pyfunction("($module, /, name, globals=None, locals=None, fromlist=(),\n           level=0)")]
    fn __import__(
        name: &Object,
        globals: Option<&Object>,
        locals: Option<&Object>,
        fromlist: Option<&Object>,
        level: i32,
    ) -> PyResult {
        let _ = locals;
        import::import_level(name, globals, fromlist, level)
    }

    #[pyfunction("($module, x, /)")]
    fn abs(x: &Object) -> PyResult {
        number::absolute(x)
    }

    #[pyfunction("($module, iterable, /)")]
    fn all(iterable: &Object) -> PyResult<bool> {
        let iterator = iter::get_iter(iterable)?;
        while let Some(item) = iter::next(&iterator)? {
            if !object::is_true(&item)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    #[pyfunction("($module, iterable, /)")]
    fn any(iterable: &Object) -> PyResult<bool> {
        let iterator = iter::get_iter(iterable)?;
        while let Some(item) = iter::next(&iterator)? {
            if object::is_true(&item)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    #[pyfunction("($module, obj, /)")]
    fn ascii(obj: &Object) -> PyResult<Ref<Str>> {
        object::ascii(obj)
    }

    #[pyfunction("($module, number, /)")]
    fn bin(number: &Object) -> PyResult<Ref<Str>> {
        number::to_base(number, 2)
    }

    #[pyfunction(raw, "($module, /, *args, **kws)")]
    fn breakpoint(args: Args<'_>) -> PyResult {
        let Some(hook) = sys::get_opt(id!(breakpointhook))? else {
            return Err(runtime_error!("lost sys.breakpointhook"));
        };
        (hooks::get().audit)("builtins.breakpoint", &[&hook])?;
        call::call_args(&hook, args)
    }

    #[pyfunction("($module, obj, /)")]
    fn callable(obj: &Object) -> bool {
        object::is_callable(obj)
    }

    #[pyfunction("($module, i, /)")]
    fn chr(i: &Object) -> PyResult<Ref<Str>> {
        let index = number::index(i)?;
        match index.to_i64().and_then(|code| u32::try_from(code).ok()) {
            Some(code) if code <= 0x10_ffff => Ok(Str::from_code_point(code)),
            _ => Err(value_error!("chr() arg not in range(0x110000)")),
        }
    }

    #[pyfunction(
        "($module, /, source, filename, mode, flags=0,\n        dont_inherit=False, optimize=-1, *, _feature_version=-1)"
    )]
    fn compile(
        source: &Object,
        filename: &Object,
        mode: &Str,
        flags: i32,
        dont_inherit: bool,
        optimize: i32,
        _feature_version: i32,
    ) -> PyResult {
        let filename = crate::compile::decode_filename(filename)?;
        execute::compile(source, &filename, mode, flags, dont_inherit, optimize, _feature_version)
    }

    #[pyfunction("($module, obj, name, /)")]
    fn delattr(obj: &Object, name: &Object) -> PyResult<()> {
        object::del_attr(obj, object::attribute_name(name)?)
    }

    #[pyfunction("($module, object=<unrepresentable>, /)", hide_signature, style = unpack)]
    fn dir(object: Option<Ref>) -> PyResult {
        match object {
            Some(object) => gopy_core::object::dir(&object),
            None => execution::local_names(),
        }
    }

    #[pyfunction("($module, x, y, /)")]
    fn divmod(x: &Object, y: &Object) -> PyResult {
        number::divmod(x, y)
    }

    #[pyfunction("($module, source, /, globals=None, locals=None)")]
    fn eval(source: &Object, globals: Option<&Object>, locals: Option<&Object>) -> PyResult {
        execute::eval(source, globals, locals)
    }

    #[pyfunction("($module, source, /, globals=None, locals=None, *, closure=None)")]
    fn exec(
        source: &Object,
        globals: Option<&Object>,
        locals: Option<&Object>,
        closure: Option<&Object>,
    ) -> PyResult<()> {
        execute::exec(source, globals, locals, closure)
    }

    #[pyfunction("($module, value, format_spec='', /)")]
    fn format(value: &Object, format_spec: Option<&Str>) -> PyResult<Ref<Str>> {
        match format_spec {
            Some(spec) => object::format(value, spec),
            None => object::format(value, id!("")),
        }
    }

    #[pyfunction("($module, object, name, default=<unrepresentable>, /)", hide_signature, style = unpack)]
    fn getattr(object: &Object, name: &Object, default: Option<Ref>) -> PyResult {
        let name = object::attribute_name(name)?;
        match default {
            Some(default) => Ok(gopy_core::object::get_attr_opt(object, name)?.unwrap_or(default)),
            None => gopy_core::object::get_attr(object, name),
        }
    }

    #[pyfunction("($module, /)")]
    fn globals() -> PyResult {
        match execution::globals() {
            Some(globals) => Ok(globals.upcast()),
            None => Err(gopy_core::error::system_error!("globals do not exist")),
        }
    }

    #[pyfunction("($module, obj, name, /)")]
    fn hasattr(obj: &Object, name: &Object) -> PyResult<bool> {
        object::has_attr(obj, object::attribute_name(name)?)
    }

    #[pyfunction("($module, obj, /)")]
    fn hash(obj: &Object) -> PyResult<isize> {
        object::hash(obj)
    }

    #[pyfunction("($module, number, /)")]
    fn hex(number: &Object) -> PyResult<Ref<Str>> {
        number::to_base(number, 16)
    }

    #[pyfunction("($module, obj, /)")]
    fn id(obj: &Object) -> PyResult<Ref<Int>> {
        let id = id_of(obj);
        (hooks::get().audit)("builtins.id", &[id.as_object()])?;
        Ok(id)
    }

    #[pyfunction("($module, prompt='', /)")]
    fn input(prompt: Option<Ref>) -> PyResult {
        streams::input(prompt.as_deref())
    }

    #[pyfunction("($module, obj, class_or_tuple, /)")]
    fn isinstance(obj: &Object, class_or_tuple: &Object) -> PyResult<bool> {
        object::is_instance(obj, class_or_tuple)
    }

    #[pyfunction("($module, cls, class_or_tuple, /)")]
    fn issubclass(cls: &Object, class_or_tuple: &Object) -> PyResult<bool> {
        object::is_subclass(cls, class_or_tuple)
    }

    #[pyfunction("($module, object, sentinel=<unrepresentable>, /)", hide_signature, style = unpack)]
    fn iter(object: &Object, sentinel: Option<Ref>) -> PyResult {
        let Some(sentinel) = sentinel else { return gopy_core::iter::get_iter(object) };
        if !gopy_core::object::is_callable(object) {
            return Err(type_error!("iter(v, w): v must be callable"));
        }
        gopy_core::iter::new_call_iter(object, &sentinel)
    }

    #[pyfunction("($module, async_iterable, /)")]
    fn aiter(async_iterable: &Object) -> PyResult {
        iter::get_aiter(async_iterable)
    }

    #[pyfunction("($module, obj, /)")]
    fn len(obj: &Object) -> PyResult<usize> {
        object::len(obj)
    }

    #[pyfunction("($module, /)")]
    fn locals() -> PyResult {
        execution::locals()
    }

    #[pyfunction(raw)]
    fn max(args: Args<'_>) -> PyResult {
        reduce::min_max(args, true)
    }

    #[pyfunction(raw)]
    fn min(args: Args<'_>) -> PyResult {
        reduce::min_max(args, false)
    }

    #[pyfunction("($module, iterator, default=<unrepresentable>, /)", hide_signature, style = unpack)]
    fn next(iterator: &Object, default: Option<Ref>) -> PyResult {
        if !iter::is_iterator(iterator) {
            return Err(type_error!("'{:.200}' object is not an iterator", iterator.type_name()));
        }
        let Some(next) = iterator.type_().slots.iternext.get() else {
            return Err(type_error!("'{:.200}' object is not an iterator", iterator.type_name()));
        };
        match (next(iterator), default) {
            (Ok(Some(item)), _) => Ok(item),
            (Ok(None), Some(default)) => Ok(default),
            (Ok(None), None) => Err(exceptions::stop_iteration(none::none_object())),
            (Err(error), Some(default)) if error.is_instance(&exceptions::STOP_ITERATION) => {
                Ok(default)
            }
            (Err(error), _) => Err(error),
        }
    }

    #[pyfunction("($module, aiterator, default=<unrepresentable>, /)")]
    fn anext(aiterator: &Object, default: Option<Ref>) -> PyResult {
        let Some(next) = aiterator.type_().slots.async_.anext.get() else {
            return Err(type_error!(
                "'{:.200}' object is not an async iterator",
                aiterator.type_name()
            ));
        };
        let awaitable = next(aiterator)?;
        match default {
            Some(default) => execution::anext_awaitable(awaitable, default),
            None => Ok(awaitable),
        }
    }

    #[pyfunction("($module, number, /)")]
    fn oct(number: &Object) -> PyResult<Ref<Str>> {
        number::to_base(number, 8)
    }

    #[pyfunction("($module, character, /)")]
    fn ord(character: &Object) -> PyResult<u32> {
        if let Some(text) = character.downcast::<Str>() {
            return match text.single_code_point() {
                Some(code) => Ok(code),
                None => Err(type_error!(
                    "ord() expected a character, but string of length {} found",
                    text.len()
                )),
            };
        }
        let is_bytearray =
            || crate::builtins::get(id!(bytearray)).is_ok_and(|ty| is_exact_or_sub(character, &ty));
        if character.downcast::<Bytes>().is_some() || is_bytearray() {
            let view = buffer::bytes_like(character)?;
            return match buffer::as_slice(&view) {
                [byte] => Ok((*byte).into()),
                bytes => Err(type_error!(
                    "ord() expected a character, but string of length {} found",
                    bytes.len()
                )),
            };
        }
        Err(type_error!(
            "ord() expected string of length 1, but {:.200} found",
            character.type_name()
        ))
    }

    fn is_exact_or_sub(object: &Object, ty: &Object) -> bool {
        ty.downcast::<gopy_object::Type>().is_some_and(|ty| object.is_instance(ty))
    }

    #[pyfunction("($module, /, base, exp, mod=None)")]
    fn pow(base: &Object, exp: &Object, r#mod: Option<&Object>) -> PyResult {
        number::power(base, exp, r#mod.unwrap_or(none::none_object()))
    }

    #[pyfunction("($module, /, *args, sep=' ', end='\\n', file=None, flush=False)")]
    fn print(
        args: &[Arg<'_>],
        sep: Option<Ref>,
        end: Option<Ref>,
        file: Option<&Object>,
        flush: bool,
    ) -> PyResult<()> {
        streams::print(args, sep.as_deref(), end.as_deref(), file, flush)
    }

    #[pyfunction("($module, obj, /)")]
    fn repr(obj: &Object) -> PyResult<Ref<Str>> {
        object::repr(obj)
    }

    #[pyfunction("($module, /, number, ndigits=None)")]
    fn round(number: &Object, ndigits: Option<&Object>) -> PyResult {
        let Some(method) = object::lookup_special(number, id!(__round__))? else {
            return Err(type_error!(
                "type {:.100} doesn't define __round__ method",
                number.type_name()
            ));
        };
        match ndigits {
            Some(digits) => call::call_one(&method, digits),
            None => call::call_no_args(&method),
        }
    }

    #[pyfunction("($module, obj, name, value, /)")]
    fn setattr(obj: &Object, name: &Object, value: &Object) -> PyResult<()> {
        object::set_attr(obj, object::attribute_name(name)?, value)
    }

    #[pyfunction(raw, "($module, iterable, /, *, key=None, reverse=False)")]
    fn sorted(args: Args<'_>) -> PyResult<Ref<List>> {
        let [iterable] = args.positional() else {
            return Err(type_error!("sorted expected 1 argument, got {}", args.len()));
        };
        let list = List::new();
        list.extend(iterable.object())?;
        // Keywords are the method's business.
        let sort = object::get_attr(list.as_object(), id!(sort))?;
        call::call_args(&sort, args.skip(1))?;
        Ok(list)
    }

    #[pyfunction("($module, iterable, /, start=0)")]
    fn sum(iterable: &Object, start: Option<Ref>) -> PyResult {
        reduce::sum(iterable, start)
    }

    #[pyfunction("($module, object=<unrepresentable>, /)", hide_signature, style = unpack)]
    fn vars(object: Option<Ref>) -> PyResult {
        let Some(object) = object else { return execution::locals() };
        match gopy_core::object::get_attr_opt(&object, id!(__dict__))? {
            Some(dict) => Ok(dict),
            None => Err(type_error!("vars() argument must have __dict__ attribute")),
        }
    }
}
