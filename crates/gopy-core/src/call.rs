//! Calling objects.
//!
//! Answers to `Objects/call.c`. There is one calling convention, [`Args`]; tuples and dicts are built
//! only where a callee asks for them.

use gopy_object::typeobj::Tuple;
use gopy_object::{Arg, Args, Instance, Object, PyResult, Ref, thread};
use smallvec::SmallVec;

use crate::argument::keyword_items;
use crate::dict::Dict;
use crate::error::type_error;
use crate::method::Method;
use crate::object::{self, MethodLookup};
use crate::str::Str;
use crate::{id, tuple};

/// Arguments gathered on the native stack; most calls have fewer.
type ArgVec<'a> = SmallVec<[Arg<'a>; 8]>;

/// `f(*args)`. May run Python.
///
/// # Errors
///
/// What the call raises; `TypeError` where `f` is not callable.
pub fn call(f: &Object, args: &[&Object]) -> PyResult {
    let args: ArgVec<'_> = args.iter().map(|arg| Arg::new(arg)).collect();
    call_args(f, Args::positional_only(&args))
}

/// `f(…)` with arguments as they came. May run Python.
///
/// # Errors
///
/// As [`call`], and `RecursionError` where native calls nest too deeply.
#[inline]
pub fn call_args(f: &Object, args: Args<'_>) -> PyResult {
    let Some(call) = f.type_().slots.call.get() else { return Err(not_callable(f)) };
    thread().check_native_recursion(" while calling a Python object")?;
    call(f, args)
}

#[cold]
fn not_callable(f: &Object) -> gopy_object::Exception {
    type_error!("'{:.200}' object is not callable", f.type_name())
}

/// `f()`. May run Python.
///
/// # Errors
///
/// As [`call`].
#[inline]
pub fn call_no_args(f: &Object) -> PyResult {
    call_args(f, Args::none())
}

/// `f(arg)`. May run Python.
///
/// # Errors
///
/// As [`call`].
#[inline]
pub fn call_one(f: &Object, arg: &Object) -> PyResult {
    call_args(f, Args::positional_only(&[Arg::new(arg)]))
}

/// `f(*args, **kwargs)` (`PyObject_Call`). May run Python.
///
/// # Errors
///
/// As [`call`]; `TypeError` where a keyword is not a string.
pub fn call_tuple(f: &Object, args: &Tuple, kwargs: Option<&Dict>) -> PyResult {
    with_tuple_args(args, kwargs, |args| call_args(f, args))
}

/// Runs `then` with the arguments of a tuple and a dict of keywords.
///
/// # Errors
///
/// What `then` answers; `TypeError` where a keyword is not a string.
pub fn with_tuple_args<R>(
    args: &Tuple,
    kwargs: Option<&Dict>,
    then: impl FnOnce(Args<'_>) -> PyResult<R>,
) -> PyResult<R> {
    let Some(kwargs) = kwargs.filter(|kwargs| !kwargs.is_empty()) else {
        let all: ArgVec<'_> = args.items().iter().map(|item| Arg::new(item)).collect();
        return then(Args::positional_only(&all));
    };
    // Owned: the callee may change the dict.
    let (mut names, mut values) = (Vec::new(), Vec::new());
    let mut position = 0;
    while let Some((name, value)) = kwargs.next(&mut position) {
        if name.downcast::<Str>().is_none() {
            return Err(type_error!("keywords must be strings"));
        }
        names.push(name);
        values.push(value);
    }
    let kwnames = tuple::from_vec(names);
    let all: ArgVec<'_> = args.items().iter().chain(&values).map(|value| Arg::new(value)).collect();
    then(Args::with_keywords(&all, Some(kwnames.as_object()), kwnames.len()))
}

/// `o.name(*args)` without building a bound method. May run Python.
///
/// # Errors
///
/// `AttributeError`, and as [`call`].
pub fn call_method(o: &Object, name: &Str, args: &[&Object]) -> PyResult {
    match object::get_method(o, name)? {
        MethodLookup::Unbound(function) => {
            let mut all: ArgVec<'_> = SmallVec::with_capacity(args.len() + 1);
            all.push(Arg::new(o));
            all.extend(args.iter().map(|arg| Arg::new(arg)));
            call_args(&function, Args::positional_only(&all))
        }
        MethodLookup::Value(value) => call(&value, args),
    }
}

/// As [`call_method`]; `None` where there is no such attribute. May run Python.
///
/// # Errors
///
/// As [`call`].
pub fn call_method_opt(o: &Object, name: &Str, args: &[&Object]) -> PyResult<Option<Ref>> {
    match object::get_attr_opt(o, name)? {
        Some(method) => call(&method, args).map(Some),
        None => Ok(None),
    }
}

/// Calls the special method `name` of `o`, looked up on its type (`vectorcall_method`). `None` where
/// the type has no such attribute. May run Python.
///
/// # Errors
///
/// As [`call`].
pub fn call_special(o: &Object, name: &Str, args: &[&Object]) -> PyResult<Option<Ref>> {
    let Some(found) = crate::type_::lookup(o.type_(), name) else { return Ok(None) };
    if found.type_().has(gopy_object::TypeFlags::METHOD_DESCRIPTOR) {
        let mut all: ArgVec<'_> = SmallVec::with_capacity(args.len() + 1);
        all.push(Arg::new(o));
        all.extend(args.iter().map(|arg| Arg::new(arg)));
        return call_args(&found, Args::positional_only(&all)).map(Some);
    }
    let bound = match found.type_().slots.descr_get.get() {
        Some(get) => get(&found, Some(o), Some(o.type_().as_object()))?,
        None => found,
    };
    call(&bound, args).map(Some)
}

/// The positional arguments as a tuple.
///
/// # Errors
///
/// `MemoryError`.
pub fn args_tuple(args: Args<'_>) -> PyResult<Ref<Tuple>> {
    tuple::try_from_vec(args.positional().iter().map(|arg| arg.object().to_ref()).collect())
}

/// The keyword arguments as a dict; `None` where there are none.
///
/// # Errors
///
/// `MemoryError`.
pub fn kwargs_dict(args: Args<'_>) -> PyResult<Option<Ref<Dict>>> {
    if args.keyword_count() == 0 {
        return Ok(None);
    }
    let dict = Dict::with_capacity(args.keyword_count());
    for (name, value) in keyword_items(args) {
        dict.set_str(name, value)?;
    }
    Ok(Some(dict))
}

/// The function's name for messages: `module.qualname()`, as `_PyObject_FunctionStr` writes it.
/// May run Python.
///
/// # Errors
///
/// What the attributes raise.
pub fn function_display(f: &Object) -> PyResult<Ref<Str>> {
    let Some(qualname) = object::get_attr_opt(f, id!(__qualname__))? else {
        return object::str(f);
    };
    if let Some(module) = object::get_attr_opt(f, id!(__module__))?
        && !crate::none::is_none(&module)
        && let Some(module) = module.downcast::<Str>()
        && !module.eq_str("builtins")
    {
        let qualname = object::str(&qualname)?;
        return Ok(Str::new(&format!("{module}.{qualname}()")));
    }
    let qualname = object::str(&qualname)?;
    Ok(Str::new(&format!("{qualname}()")))
}

/// Binds `function` to `self_` unless that is `None` (`PyMethod_New`).
///
/// # Errors
///
/// `MemoryError`.
pub fn bind(function: &Object, self_: &Object) -> PyResult {
    Ok(Method::new(function.to_ref(), self_.to_ref())?.upcast())
}
