//! The mapping protocol.
//!
//! Answers to the mapping part of `Objects/abstract.c`.

use gopy_object::{Object, PyResult, Ref};

use crate::dict::Dict;
use crate::error::type_error;
use crate::exceptions::TYPE_ERROR;
use crate::list::List;
use crate::str::Str;
use crate::{call, error, id, iter};

/// Whether the type has `__getitem__` as a mapping.
pub fn is_mapping(o: &Object) -> bool {
    o.type_().slots.mapping.subscript.get().is_some()
}

/// `list(o.keys())`. May run Python.
///
/// # Errors
///
/// What the method or its iterator raises.
pub fn keys(o: &Object) -> PyResult<Ref<List>> {
    match o.downcast_exact::<Dict>() {
        Some(dict) => Ok(dict.keys()),
        None => method_output(o, id!(keys)),
    }
}

/// `list(o.values())`. May run Python.
///
/// # Errors
///
/// As [`keys`].
pub fn values(o: &Object) -> PyResult<Ref<List>> {
    match o.downcast_exact::<Dict>() {
        Some(dict) => Ok(dict.values()),
        None => method_output(o, id!(values)),
    }
}

/// `list(o.items())`. May run Python.
///
/// # Errors
///
/// As [`keys`].
pub fn items(o: &Object) -> PyResult<Ref<List>> {
    match o.downcast_exact::<Dict>() {
        Some(dict) => Ok(dict.items()),
        None => method_output(o, id!(items)),
    }
}

fn method_output(o: &Object, name: &Str) -> PyResult<Ref<List>> {
    let output = call::call_method(o, name, &[])?;
    if let Some(list) = output.downcast_exact::<List>() {
        return Ok(gopy_object::Instance::to_ref(list));
    }
    let Some(iterator) = error::suppress(iter::get_iter(&output), &TYPE_ERROR)? else {
        return Err(type_error!(
            "{:.200}.{name}() returned a non-iterable (type {:.200})",
            o.type_name(),
            output.type_name()
        ));
    };
    Ok(List::from_vec(iter::collect(&iterator)?))
}
