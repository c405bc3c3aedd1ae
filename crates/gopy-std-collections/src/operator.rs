//! `_operator`: the operators as functions, and getters that are called.
//!
//! Answers to `Modules/_operator.c`.

use gopy_core::argument::{check_positional, keyword_items, no_keywords};
use gopy_core::dict::Dict;
use gopy_core::error::type_error;
use gopy_core::int::Int;
use gopy_core::str::Str;
use gopy_core::tuple::{self, TUPLE, Tuple};
use gopy_core::{buffer, call, import, module, none, number, object, sequence, str};
use gopy_macros::{pyclass, pymethods, pymodule, pyslots};
use gopy_object::typeobj::CompareOp;
use gopy_object::{Arg, Args, Instance, Object, PyResult, Ref, Type, thread};
use smallvec::SmallVec;

fn compare(a: &Object, b: &Object, op: CompareOp) -> PyResult {
    object::rich_compare(a, b, op)
}

/// Refuses what is no sequence, for `concat`.
fn check_sequence(o: &Object) -> PyResult<()> {
    if sequence::is_sequence(o) {
        return Ok(());
    }
    Err(type_error!("'{:.200}' object can't be concatenated", o.type_name()))
}

/// Compares in a time that does not depend on where the difference lies.
fn equal_in_constant_time(a: &[u8], b: &[u8]) -> bool {
    let mut difference = u8::from(a.len() != b.len());
    let left = if a.len() == b.len() { a } else { b };
    for (x, y) in left.iter().zip(b) {
        difference |= std::hint::black_box(x ^ y);
    }
    std::hint::black_box(difference) == 0
}

fn compare_digests(a: &Object, b: &Object) -> PyResult<bool> {
    if let (Some(a), Some(b)) = (a.downcast::<Str>(), b.downcast::<Str>()) {
        let (Some(a), Some(b)) = (a.as_ascii(), b.as_ascii()) else {
            return Err(type_error!(
                "comparing strings with non-ASCII characters is not supported"
            ));
        };
        return Ok(equal_in_constant_time(a.as_bytes(), b.as_bytes()));
    }
    let exports = |o: &Object| o.type_().slots.buffer.get.get().is_some();
    if !exports(a) || !exports(b) {
        return Err(type_error!(
            "unsupported operand types(s) or combination of types: '{:.100}' and '{:.100}'",
            a.type_name(),
            b.type_name()
        ));
    }
    let (a, b) = (buffer::bytes_like(a)?, buffer::bytes_like(b)?);
    Ok(equal_in_constant_time(buffer::as_slice(&a), buffer::as_slice(&b)))
}

macro_rules! operators {
    ($($sig:tt $name:ident($($p:ident),*) -> $ret:ty $body:block)*) => {
        /// The module.
        #[allow(non_snake_case, reason = "some of the functions are called so")]
        #[pymodule(name = "_operator")]
        mod native {
            use super::*;

            $(#[pyfunction($sig)]
            fn $name($($p: &Object),*) -> $ret $body)*

            #[pyfunction("($module, a, b, /)")]
            fn _compare_digest(a: &Object, b: &Object) -> PyResult<bool> {
                compare_digests(a, b)
            }

            #[pyfunction("($module, obj, default=0, /)")]
            fn length_hint(obj: &Object, default: isize) -> PyResult<isize> {
                object::length_hint(obj, default as usize).map(|hint| hint as isize)
            }

            #[pyfunction("($module, obj, /, *args, **kwargs)", raw)]
            fn call(args: Args<'_>) -> PyResult {
                let Some(callee) = args.get(0) else {
                    return Err(type_error!("call expected at least 1 argument, got 0"));
                };
                gopy_core::call::call_args(callee, args.skip(1))
            }

            #[pyexec]
            fn exec(module: &Object) -> PyResult<()> {
                module::add_type(module, &ATTR_GETTER)?;
                module::add_type(module, &ITEM_GETTER)?;
                module::add_type(module, &METHOD_CALLER)
            }
        }
    };
}

operators! {
    "($module, a, /)" truth(a) -> PyResult<bool> { object::is_true(a) }
    "($module, a, b, /)" contains(a, b) -> PyResult<bool> { sequence::contains(a, b) }
    "($module, a, b, /)" indexOf(a, b) -> PyResult<usize> { sequence::index_of(a, b) }
    "($module, a, b, /)" countOf(a, b) -> PyResult<usize> { sequence::count(a, b) }
    "($module, a, b, /)" is_(a, b) -> bool { a.is(b) }
    "($module, a, b, /)" is_not(a, b) -> bool { !a.is(b) }
    "($module, a, /)" is_none(a) -> bool { none::is_none(a) }
    "($module, a, /)" is_not_none(a) -> bool { !none::is_none(a) }
    "($module, a, /)" index(a) -> PyResult<Ref<Int>> { number::index(a) }
    "($module, a, b, /)" add(a, b) -> PyResult { number::add(a, b) }
    "($module, a, b, /)" sub(a, b) -> PyResult { number::subtract(a, b) }
    "($module, a, b, /)" mul(a, b) -> PyResult { number::multiply(a, b) }
    "($module, a, b, /)" matmul(a, b) -> PyResult { number::matrix_multiply(a, b) }
    "($module, a, b, /)" floordiv(a, b) -> PyResult { number::floor_divide(a, b) }
    "($module, a, b, /)" truediv(a, b) -> PyResult { number::true_divide(a, b) }
    "($module, a, b, /)" r#mod(a, b) -> PyResult { number::remainder(a, b) }
    "($module, a, /)" neg(a) -> PyResult { number::negative(a) }
    "($module, a, /)" pos(a) -> PyResult { number::positive(a) }
    "($module, a, /)" abs(a) -> PyResult { number::absolute(a) }
    "($module, a, /)" inv(a) -> PyResult { number::invert(a) }
    "($module, a, /)" invert(a) -> PyResult { number::invert(a) }
    "($module, a, b, /)" lshift(a, b) -> PyResult { number::lshift(a, b) }
    "($module, a, b, /)" rshift(a, b) -> PyResult { number::rshift(a, b) }
    "($module, a, /)" not_(a) -> PyResult<bool> { Ok(!object::is_true(a)?) }
    "($module, a, b, /)" and_(a, b) -> PyResult { number::and(a, b) }
    "($module, a, b, /)" xor(a, b) -> PyResult { number::xor(a, b) }
    "($module, a, b, /)" or_(a, b) -> PyResult { number::or(a, b) }
    "($module, a, b, /)" iadd(a, b) -> PyResult { number::inplace_add(a, b) }
    "($module, a, b, /)" isub(a, b) -> PyResult { number::inplace_subtract(a, b) }
    "($module, a, b, /)" imul(a, b) -> PyResult { number::inplace_multiply(a, b) }
    "($module, a, b, /)" imatmul(a, b) -> PyResult { number::inplace_matrix_multiply(a, b) }
    "($module, a, b, /)" ifloordiv(a, b) -> PyResult { number::inplace_floor_divide(a, b) }
    "($module, a, b, /)" itruediv(a, b) -> PyResult { number::inplace_true_divide(a, b) }
    "($module, a, b, /)" imod(a, b) -> PyResult { number::inplace_remainder(a, b) }
    "($module, a, b, /)" ilshift(a, b) -> PyResult { number::inplace_lshift(a, b) }
    "($module, a, b, /)" irshift(a, b) -> PyResult { number::inplace_rshift(a, b) }
    "($module, a, b, /)" iand(a, b) -> PyResult { number::inplace_and(a, b) }
    "($module, a, b, /)" ixor(a, b) -> PyResult { number::inplace_xor(a, b) }
    "($module, a, b, /)" ior(a, b) -> PyResult { number::inplace_or(a, b) }
    "($module, a, b, /)" concat(a, b) -> PyResult { check_sequence(a)?; sequence::concat(a, b) }
    "($module, a, b, /)" iconcat(a, b) -> PyResult {
        check_sequence(a)?;
        sequence::inplace_concat(a, b)
    }
    "($module, a, b, /)" getitem(a, b) -> PyResult { object::get_item(a, b) }
    "($module, a, b, c, /)" setitem(a, b, c) -> PyResult<()> { object::set_item(a, b, c) }
    "($module, a, b, /)" delitem(a, b) -> PyResult<()> { object::del_item(a, b) }
    "($module, a, b, /)" pow(a, b) -> PyResult { number::power(a, b, none::none_object()) }
    "($module, a, b, /)" ipow(a, b) -> PyResult { number::inplace_power(a, b, none::none_object()) }
    "($module, a, b, /)" eq(a, b) -> PyResult { compare(a, b, CompareOp::Eq) }
    "($module, a, b, /)" ne(a, b) -> PyResult { compare(a, b, CompareOp::Ne) }
    "($module, a, b, /)" lt(a, b) -> PyResult { compare(a, b, CompareOp::Lt) }
    "($module, a, b, /)" le(a, b) -> PyResult { compare(a, b, CompareOp::Le) }
    "($module, a, b, /)" gt(a, b) -> PyResult { compare(a, b, CompareOp::Gt) }
    "($module, a, b, /)" ge(a, b) -> PyResult { compare(a, b, CompareOp::Ge) }
}

pub use native::MODULE;

/// The one argument of a getter's call.
fn only_argument<'a>(name: &str, args: Args<'a>) -> PyResult<&'a Object> {
    no_keywords(name, args)?;
    check_positional(name, args.len(), 1, 1)?;
    Ok(args.positional()[0].object())
}

/// `class(…)` with the items' reprs.
fn repr_with(this: &Object, items: &[Ref]) -> PyResult<String> {
    let name = this.type_name();
    let Some(_guard) = thread().enter_repr(this) else { return Ok(format!("{name}(...)")) };
    let mut parts = Vec::new();
    for item in items {
        parts.push(object::repr(item)?.to_string_lossy().into_owned());
    }
    Ok(format!("{name}({})", parts.join(", ")))
}

/// `attrgetter`.
#[pyclass(name = "operator.attrgetter", static = ATTR_GETTER, basicsize = 40,
    flags(HAVE_GC, HEAPTYPE, HAVE_VECTORCALL), text_signature = "(attr, /, *attrs)")]
#[repr(C)]
pub struct AttrGetter {
    object: Object,
    /// Of each attribute the name, or a tuple of the names between its dots.
    attrs: Ref<Tuple>,
}

fn split_name(name: &Str) -> Ref {
    let text = name.to_wtf8();
    if !text.contains(&b'.') {
        return str::intern(Str::from_wtf8(&text)).upcast();
    }
    let parts =
        text.split(|byte| *byte == b'.').map(|part| str::intern(Str::from_wtf8(part)).upcast());
    tuple::from_vec(parts.collect()).upcast()
}

fn get_dotted(o: &Object, path: &Object) -> PyResult {
    let Some(parts) = path.downcast_exact::<Tuple>() else {
        return object::get_attr_object(o, path);
    };
    let mut current = o.to_ref();
    for part in parts.items() {
        current = object::get_attr_object(&current, part)?;
    }
    Ok(current)
}

impl AttrGetter {
    /// The names as they were given.
    fn names(&self) -> PyResult<Vec<Ref>> {
        let dot = Str::new(".");
        let name = |attr: &Ref| match attr.downcast_exact::<Tuple>() {
            Some(parts) => str::join_refs(&dot, parts.items()).map(Ref::upcast),
            None => Ok(attr.clone()),
        };
        self.attrs.items().iter().map(name).collect()
    }
}

#[pymethods]
impl AttrGetter {
    #[pymethod("($self, /)")]
    fn __reduce__(&self) -> PyResult {
        let class = self.as_object().type_().to_ref().upcast();
        let names = tuple::try_from_vec(self.names()?)?;
        Ok(tuple::from_array([class, names.upcast()]).upcast())
    }

    #[pygetter]
    fn __text_signature__(&self) -> &'static str {
        "(obj, /)"
    }
}

#[pyslots]
impl AttrGetter {
    fn new(ty: &Type, args: Args<'_>) -> PyResult {
        no_keywords("attrgetter", args)?;
        if args.is_empty() {
            return Err(type_error!("attrgetter expected 1 argument, got 0"));
        }
        let mut attrs = Vec::with_capacity(args.len());
        for arg in args.positional() {
            let Some(name) = arg.object().downcast::<Str>() else {
                return Err(type_error!("attribute name must be a string"));
            };
            attrs.push(split_name(name));
        }
        let attrs = tuple::try_from_vec(attrs)?;
        crate::make(ty, AttrGetter { object: Object::header(ty), attrs }).map(Ref::upcast)
    }

    fn call(&self, args: Args<'_>) -> PyResult {
        let target = only_argument("attrgetter", args)?;
        if let [only] = self.attrs.items() {
            return get_dotted(target, only);
        }
        let mut found = Vec::with_capacity(self.attrs.len());
        for attr in self.attrs.items() {
            found.push(get_dotted(target, attr)?);
        }
        Ok(tuple::try_from_vec(found)?.upcast())
    }

    fn repr(&self) -> PyResult<String> {
        repr_with(self.as_object(), &self.names()?)
    }
}

/// `itemgetter`.
#[pyclass(name = "operator.itemgetter", static = ITEM_GETTER, basicsize = 48,
    flags(HAVE_GC, HEAPTYPE, HAVE_VECTORCALL), text_signature = "(item, /, *items)")]
#[repr(C)]
pub struct ItemGetter {
    object: Object,
    items: Ref<Tuple>,
    /// The only item as an index from the start of a tuple.
    index: Option<usize>,
}

#[pymethods]
impl ItemGetter {
    #[pymethod("($self, /)")]
    fn __reduce__(&self) -> PyResult {
        let class = self.as_object().type_().to_ref().upcast();
        Ok(tuple::from_array([class, self.items.clone().upcast()]).upcast())
    }

    #[pygetter]
    fn __text_signature__(&self) -> &'static str {
        "(obj, /)"
    }
}

#[pyslots]
impl ItemGetter {
    fn new(ty: &Type, args: Args<'_>) -> PyResult {
        no_keywords("itemgetter", args)?;
        if args.is_empty() {
            return Err(type_error!("itemgetter expected 1 argument, got 0"));
        }
        let items = call::args_tuple(args)?;
        let index = match items.items() {
            [only] => only.downcast_exact::<Int>().and_then(Int::to_i64),
            _ => None,
        };
        let index = index.and_then(|index| usize::try_from(index).ok());
        crate::make(ty, ItemGetter { object: Object::header(ty), items, index }).map(Ref::upcast)
    }

    fn call(&self, args: Args<'_>) -> PyResult {
        let target = only_argument("itemgetter", args)?;
        let [only] = self.items.items() else {
            let mut found = Vec::with_capacity(self.items.len());
            for item in self.items.items() {
                found.push(object::get_item(target, item)?);
            }
            return Ok(tuple::try_from_vec(found)?.upcast());
        };
        if let Some(index) = self.index
            && target.is_exact(&TUPLE)
            && let Some(item) = tuple::items_of(target).get(index)
        {
            return Ok(item.clone());
        }
        object::get_item(target, only)
    }

    fn repr(&self) -> PyResult<String> {
        repr_with(self.as_object(), self.items.items())
    }
}

/// `methodcaller`.
#[pyclass(name = "operator.methodcaller", static = METHOD_CALLER, basicsize = 64,
    flags(HAVE_GC, HEAPTYPE, HAVE_VECTORCALL), text_signature = "(name, /, *args, **kwargs)")]
#[repr(C)]
pub struct MethodCaller {
    object: Object,
    name: Ref<Str>,
    args: Ref<Tuple>,
    keywords: Option<Ref<Dict>>,
    keyword_names: Ref<Tuple>,
    keyword_values: Ref<Tuple>,
}

#[pymethods]
impl MethodCaller {
    #[pymethod("($self, /)")]
    fn __reduce__(&self) -> PyResult {
        let class = self.as_object().type_().to_ref().upcast();
        let name = self.name.clone().upcast();
        let Some(keywords) = &self.keywords else {
            let mut all = vec![name];
            all.extend(self.args.items().iter().cloned());
            return Ok(tuple::from_array([class, tuple::try_from_vec(all)?.upcast()]).upcast());
        };
        let partial = import::import_attr("functools", "partial")?;
        let start = tuple::from_array([class, name]);
        let constructor = call::call_tuple(&partial, &start, Some(keywords))?;
        Ok(tuple::from_array([constructor, self.args.clone().upcast()]).upcast())
    }

    #[pygetter]
    fn __text_signature__(&self) -> &'static str {
        "(obj, /)"
    }
}

#[pyslots]
impl MethodCaller {
    fn new(ty: &Type, args: Args<'_>) -> PyResult {
        let Some(name) = args.get(0) else {
            return Err(type_error!("methodcaller needs at least one argument, the method name"));
        };
        let Some(name) = name.downcast::<Str>() else {
            return Err(type_error!("method name must be a string"));
        };
        let names = keyword_items(args).map(|(name, _)| name.to_ref().upcast()).collect();
        let values = keyword_items(args).map(|(_, value)| value.to_ref()).collect();
        let caller = MethodCaller {
            object: Object::header(ty),
            name: str::intern(name.to_exact()?),
            args: call::args_tuple(args.skip(1))?,
            keywords: call::kwargs_dict(args)?,
            keyword_names: tuple::try_from_vec(names)?,
            keyword_values: tuple::try_from_vec(values)?,
        };
        crate::make(ty, caller).map(Ref::upcast)
    }

    fn call(&self, args: Args<'_>) -> PyResult {
        let target = only_argument("methodcaller", args)?;
        let mut all: SmallVec<[Arg<'_>; 8]> = SmallVec::new();
        let method = match object::get_method(target, &self.name)? {
            object::MethodLookup::Unbound(function) => {
                all.push(Arg::new(target));
                function
            }
            object::MethodLookup::Value(value) => value,
        };
        let stored = self.args.items().iter().chain(self.keyword_values.items());
        all.extend(stored.map(|item| Arg::new(item)));
        let names = self.keyword_names.as_object();
        let count = self.keyword_names.len();
        call::call_args(&method, Args::with_keywords(&all, Some(names), count))
    }

    fn repr(&self) -> PyResult<String> {
        let this = self.as_object();
        let class = this.type_name();
        let Some(_guard) = thread().enter_repr(this) else { return Ok(format!("{class}(...)")) };
        let mut parts = vec![object::repr(self.name.as_object())?.to_string_lossy().into_owned()];
        for item in self.args.items() {
            parts.push(object::repr(item)?.to_string_lossy().into_owned());
        }
        for (name, value) in self.keyword_names.items().iter().zip(self.keyword_values.items()) {
            let (name, value) = (object::str(name)?, object::repr(value)?);
            parts.push(format!("{}={}", name.to_string_lossy(), value.to_string_lossy()));
        }
        Ok(format!("{class}({})", parts.join(", ")))
    }
}
