//! Writing what `__reduce__` answers, and what goes by its name: classes, functions, singletons.
//!
//! Answers to `save_reduce`, `save_global` and `whichmodule` in `Modules/_pickle.c`.

use gopy_core::codecs::{self, Encoding};
use gopy_core::dict::Dict;
use gopy_core::error::runtime_error;
use gopy_core::exceptions::{ATTRIBUTE_ERROR, IMPORT_ERROR, UNICODE_ENCODE_ERROR, VALUE_ERROR};
use gopy_core::none::{ELLIPSIS_TYPE, NONE_TYPE, NOT_IMPLEMENTED_TYPE};
use gopy_core::str::Str;
use gopy_core::tuple::{self, Tuple};
use gopy_core::{call, id, iter, none, object};
use gopy_object::typeobj::TYPE;
use gopy_object::{Instance, Interpreter, Object, PyResult, Ref, Type};

use super::opcodes as op;
use super::save::Saver;
use super::state::{chained, dotted_path, full_name, get_path, import_module, noted};

/// The parts of a reduction, checked.
struct Reduction<'a> {
    callable: &'a Object,
    args: &'a Tuple,
    state: Option<&'a Object>,
    list_items: Option<&'a Object>,
    dict_items: Option<&'a Object>,
    state_setter: Option<&'a Object>,
}

impl Saver<'_> {
    fn check_reduction<'a>(&self, parts: &'a Tuple) -> PyResult<Reduction<'a>> {
        let state = &self.state;
        if !(2..=6).contains(&parts.len()) {
            return Err(state.pickling(format_args!(
                "tuple returned by __reduce__ must contain 2 through 6 elements"
            )));
        }
        let bad = |what: &str, wanted: &str, found: &Object| {
            state.pickling(format_args!(
                "{what} item of the tuple returned by __reduce__ must be {wanted}, not {}",
                full_name(found)
            ))
        };
        let at = |index: usize| parts.get(index).filter(|part| !none::is_none(part));
        let callable = parts.get(0).unwrap_or(none::none_object());
        if !object::is_callable(callable) {
            return Err(bad("first", "callable", callable));
        }
        let args = parts.get(1).unwrap_or(none::none_object());
        let Some(args) = args.downcast::<Tuple>() else {
            return Err(bad("second", "a tuple", args));
        };
        for (index, which) in [(3, "fourth"), (4, "fifth")] {
            if let Some(items) = at(index).filter(|items| !iter::is_iterator(items)) {
                return Err(bad(which, "an iterator", items));
            }
        }
        if let Some(setter) = at(5).filter(|setter| !object::is_callable(setter)) {
            return Err(bad("sixth", "callable", setter));
        }
        Ok(Reduction {
            callable,
            args,
            state: at(2),
            list_items: at(3),
            dict_items: at(4),
            state_setter: at(5),
        })
    }

    /// Writes what `__reduce__` answered for an object. May run Python.
    pub(super) fn save_reduce(&mut self, parts: &Tuple, o: &Object) -> PyResult<()> {
        let reduction = self.check_reduction(parts)?;
        let name = match self.protocol {
            0..2 => None,
            _ => object::get_attr_opt(reduction.callable, id!(__name__))?,
        };
        let name = name.as_ref().and_then(|name| name.downcast::<Str>());
        if name.is_some_and(|name| name.eq_str("__newobj_ex__")) {
            self.save_newobj_ex(reduction.args, o)?;
        } else if name.is_some_and(|name| name.eq_str("__newobj__")) {
            self.save_newobj(reduction.args, o)?;
        } else {
            self.save_noted(reduction.callable, o, "reconstructor")?;
            self.save_noted(reduction.args.as_object(), o, "reconstructor arguments")?;
            self.out.op(op::REDUCE)?;
        }
        if self.memo.get(o).is_some() {
            // It contains itself: what was written goes again.
            self.out.op(op::POP)?;
            return self.fetch(o);
        }
        self.memoize(o)?;
        if let Some(items) = reduction.list_items {
            self.append_all(items, o)?;
        }
        if let Some(items) = reduction.dict_items {
            self.set_all(items, o)?;
        }
        let Some(state) = reduction.state else { return Ok(()) };
        let Some(setter) = reduction.state_setter else {
            self.save_noted(state, o, "state")?;
            return self.out.op(op::BUILD);
        };
        // `setter(o, state)`, whose result is dropped.
        self.save_noted(setter, o, "state setter")?;
        self.save(o)?;
        self.save_noted(state, o, "state")?;
        self.out.write(&[op::TUPLE2])?;
        self.out.write(&[op::REDUCE])?;
        self.out.write(&[op::POP])
    }

    fn save_noted(&mut self, part: &Object, o: &Object, what: &str) -> PyResult<()> {
        self.save(part)
            .map_err(|error| noted(error, &format!("when serializing {} {what}", full_name(o))))
    }

    fn save_newobj(&mut self, args: &Tuple, o: &Object) -> PyResult<()> {
        let Some((class, rest)) = args.items().split_first() else {
            return Err(self
                .state
                .pickling(format_args!("__newobj__ expected at least 1 argument, got 0")));
        };
        if class.downcast::<Type>().is_none() {
            return Err(self.state.pickling(format_args!(
                "first argument to __newobj__() must be a class, not {}",
                full_name(class)
            )));
        }
        let own = match object::get_attr_opt(o, id!(__class__))? {
            Some(own) => own,
            None => o.type_().to_ref().upcast(),
        };
        if !own.is(&**class) {
            let (own, class) = (object::repr(&own)?, object::repr(class)?);
            return Err(self.state.pickling(format_args!(
                "first argument to __newobj__() must be {own}, not {class}"
            )));
        }
        self.save_noted(class, o, "class")?;
        let rest = tuple::from_vec(rest.to_vec());
        self.save_noted(rest.as_object(), o, "__new__ arguments")?;
        self.out.op(op::NEWOBJ)
    }

    fn save_newobj_ex(&mut self, args: &Tuple, o: &Object) -> PyResult<()> {
        let [class, new_args, kwargs] = args.items() else {
            return Err(self
                .state
                .pickling(format_args!("__newobj_ex__ expected 3 arguments, got {}", args.len())));
        };
        let bad = |which: &str, wanted: &str, found: &Object| {
            self.state.pickling(format_args!(
                "{which} argument to __newobj_ex__() must be {wanted}, not {}",
                full_name(found)
            ))
        };
        if class.downcast::<Type>().is_none() {
            return Err(bad("first", "a class", class));
        }
        let Some(positional) = new_args.downcast::<Tuple>() else {
            return Err(bad("second", "a tuple", new_args));
        };
        let Some(keywords) = kwargs.downcast::<Dict>() else {
            return Err(bad("third", "a dict", kwargs));
        };
        if self.protocol >= 4 {
            self.save_noted(class, o, "class")?;
            self.save_noted(new_args, o, "__new__ arguments")?;
            self.save_noted(kwargs, o, "__new__ arguments")?;
            return self.out.op(op::NEWOBJ_EX);
        }
        // partial(cls.__new__, cls, *args, **kwargs)()
        let mut all = vec![object::get_attr(class, id!(__new__))?, class.clone()];
        all.extend(positional.items().iter().cloned());
        let partial = self.state.partial.clone();
        let callable = call::call_tuple(&partial, &tuple::from_vec(all), Some(keywords))?;
        self.save_noted(&callable, o, "reconstructor")?;
        self.save_noted(tuple::empty().as_object(), o, "reconstructor")?;
        self.out.op(op::REDUCE)
    }

    /// Writes a class. The types of singletons have no name that could be looked up.
    pub(super) fn save_type(&mut self, o: &Object) -> PyResult<()> {
        let singleton = if o.is(NONE_TYPE.get()) {
            none::none()
        } else if o.is(ELLIPSIS_TYPE.get()) {
            none::ellipsis()
        } else if o.is(NOT_IMPLEMENTED_TYPE.get()) {
            none::not_implemented()
        } else {
            return self.save_global(o, None);
        };
        let args = tuple::from_array([singleton]);
        let reduced = tuple::from_array([TYPE.to_ref().upcast(), args.upcast()]);
        self.save_reduce(&reduced, o)
    }

    /// Writes an object by its module and name. May run Python.
    pub(super) fn save_global(&mut self, o: &Object, name: Option<&Str>) -> PyResult<()> {
        let name = match name {
            Some(name) => name.as_object().to_ref(),
            None => match object::get_attr_opt(o, id!(__qualname__))? {
                Some(name) => name,
                None => object::get_attr(o, id!(__name__))?,
            },
        };
        let Some(text) = name.downcast::<Str>() else {
            return Err(gopy_core::error::type_error!(
                "must be str, not {:.100}",
                name.type_name()
            ));
        };
        let path = dotted_path(text);
        let module = self.which_module(o, text, &path)?;
        if self.protocol >= 2 && self.save_extension(&module, &name)? {
            return Ok(());
        }
        if self.protocol >= 4 {
            self.save(&module)?;
            self.save(&name)?;
            self.out.op(op::STACK_GLOBAL)?;
        } else {
            self.save_named(module, text, &path)?;
        }
        self.memoize(o)
    }

    /// Whether the name has a code in the registry of extensions, which is written then.
    fn save_extension(&mut self, module: &Object, name: &Object) -> PyResult<bool> {
        let key = tuple::from_borrowed(&[module, name]);
        let Some(code) = self.state.extension_registry.get_item(key.as_object())? else {
            return Ok(false);
        };
        let code = gopy_core::number::index_as_c_long(&code)?;
        let Some(code) = u32::try_from(code).ok().filter(|code| (1..=0x7fff_ffff).contains(code))
        else {
            return Err(runtime_error!("extension code {code} is out of range"));
        };
        let [a, b, c, d] = code.to_le_bytes();
        match code {
            0..=0xff => self.out.write(&[op::EXT1, a])?,
            0x100..=0xffff => self.out.write(&[op::EXT2, a, b])?,
            _ => self.out.write(&[op::EXT4, a, b, c, d])?,
        }
        Ok(true)
    }

    /// `module\nname\n`; longer paths are calls of `getattr`.
    fn save_named(&mut self, module: Ref, name: &Str, path: &[Ref<Str>]) -> PyResult<()> {
        let getattr = self.state.getattr.clone();
        for _ in 1..path.len() {
            self.save(&getattr)?;
            if self.protocol < 2 {
                self.out.op(op::MARK)?;
            }
        }
        self.out.op(op::GLOBAL)?;
        let mut name = match path {
            [first, _, ..] => first.clone().upcast(),
            _ => name.as_object().to_ref(),
        };
        let mut module = module;
        if self.fix_imports {
            (module, name) = self.old_names(module, name)?;
        }
        self.write_identifier(&module, "module")?;
        self.write_identifier(&name, "global")?;
        for part in path.iter().skip(1) {
            self.save(part.as_object())?;
            self.out.op(if self.protocol < 2 { op::TUPLE } else { op::TUPLE2 })?;
            self.out.op(op::REDUCE)?;
        }
        Ok(())
    }

    fn write_identifier(&mut self, name: &Object, what: &str) -> PyResult<()> {
        let encoding = if self.protocol == 3 { Encoding::Utf8 } else { Encoding::Ascii };
        let Some(text) = name.downcast::<Str>() else {
            return Err(gopy_core::error::type_error!(
                "must be str, not {:.100}",
                name.type_name()
            ));
        };
        let encoded = match codecs::encode_with(encoding, text, None) {
            Ok(encoded) => encoded,
            Err(error) if error.is_instance(&UNICODE_ENCODE_ERROR) => {
                let name = object::repr(name)?;
                let new = self.state.pickling(format_args!(
                    "can't pickle {what} identifier {name} using pickle protocol {}",
                    self.protocol
                ));
                return Err(chained(new, error));
            }
            Err(error) => return Err(error),
        };
        self.out.write(encoded.as_slice())?;
        self.out.write(b"\n")
    }

    /// The names that Python 2 had (`fix_imports`).
    fn old_names(&self, module: Ref, name: Ref) -> PyResult<(Ref, Ref)> {
        let key = tuple::from_array([module.clone(), name.clone()]);
        if let Some(item) = self.state.names_3to2.get_item(key.as_object())? {
            let Some([old_module, old_name]) = item.downcast::<Tuple>().map(Tuple::items) else {
                return Err(runtime_error!(
                    "_compat_pickle.REVERSE_NAME_MAPPING values should be 2-tuples, not {:.200}",
                    item.type_name()
                ));
            };
            if old_module.downcast::<Str>().is_none() || old_name.downcast::<Str>().is_none() {
                return Err(runtime_error!(
                    "_compat_pickle.REVERSE_NAME_MAPPING values should be pairs of str, not \
                     ({:.200}, {:.200})",
                    old_module.type_name(),
                    old_name.type_name()
                ));
            }
            return Ok((old_module.clone(), old_name.clone()));
        }
        match self.state.imports_3to2.get_item(&module)? {
            Some(old) if old.downcast::<Str>().is_none() => Err(runtime_error!(
                "_compat_pickle.REVERSE_IMPORT_MAPPING values should be strings, not {:.200}",
                old.type_name()
            )),
            Some(old) => Ok((old, name)),
            None => Ok((module, name)),
        }
    }

    /// The module in which an object is found under its name. May run Python.
    fn which_module(&self, o: &Object, name: &Str, path: &[Ref<Str>]) -> PyResult {
        if path.iter().any(|part| part.eq_str("<locals>")) {
            let text = object::repr(o)?;
            return Err(self.state.pickling(format_args!("Can't pickle local object {text}")));
        }
        let module_name = object::get_attr_opt(o, id!(__module__))?;
        let module_name = match module_name.filter(|name| !none::is_none(name)) {
            Some(name) => name,
            None => match search_modules(o, path)? {
                Some(name) => name,
                None => id!(__main__).to_ref().upcast(),
            },
        };
        let module = match import_module(&module_name) {
            Ok(module) => module,
            Err(error) if error.is_instance(&IMPORT_ERROR) || error.is_instance(&VALUE_ERROR) => {
                let (o, text) = (object::repr(o)?, object::str(error.value().as_object())?);
                let new = self.state.pickling(format_args!("Can't pickle {o}: {text}"));
                return Err(chained(new, error));
            }
            Err(error) => return Err(error),
        };
        let actual = match get_path(&module, path) {
            Ok(actual) => actual,
            Err(error) if error.is_instance(&ATTRIBUTE_ERROR) => {
                let (o, module) = (object::repr(o)?, object::str(&module_name)?);
                let new = self
                    .state
                    .pickling(format_args!("Can't pickle {o}: it's not found as {module}.{name}"));
                return Err(chained(new, error));
            }
            Err(error) => return Err(error),
        };
        if !actual.is(o) {
            let (o, module) = (object::repr(o)?, object::str(&module_name)?);
            return Err(self.state.pickling(format_args!(
                "Can't pickle {o}: it's not the same object as {module}.{name}"
            )));
        }
        Ok(module_name)
    }
}

/// The first of all modules that has the object under its name.
fn search_modules(o: &Object, path: &[Ref<Str>]) -> PyResult<Option<Ref>> {
    let Some(sys) = Interpreter::current().sys_dict.get() else { return Ok(None) };
    let Some(modules) = object::get_item_opt(&sys, id!(modules))? else {
        return Err(runtime_error!("lost sys.modules"));
    };
    if let Some(modules) = modules.downcast_exact::<Dict>() {
        let mut position = 0;
        while let Some((name, module)) = modules.next(&mut position) {
            if is_home(&name, &module, o, path)? {
                return Ok(Some(name));
            }
        }
        return Ok(None);
    }
    let names = iter::get_iter(&modules)?;
    while let Some(name) = iter::next(&names)? {
        let module = object::get_item(&modules, &name)?;
        if is_home(&name, &module, o, path)? {
            return Ok(Some(name));
        }
    }
    Ok(None)
}

fn is_home(name: &Object, module: &Object, o: &Object, path: &[Ref<Str>]) -> PyResult<bool> {
    if none::is_none(module) || name.downcast::<Str>().is_some_and(|name| name.eq_str("__main__")) {
        return Ok(false);
    }
    let mut found = module.to_ref();
    for part in path {
        match object::get_attr_opt(&found, part)? {
            Some(next) => found = next,
            None => return Ok(false),
        }
    }
    Ok(found.is(o))
}
