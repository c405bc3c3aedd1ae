//! The sequence protocol.
//!
//! Answers to the sequence part of `Objects/abstract.c`.

use gopy_object::{Instance, Object, PyResult, Ref};

use crate::dict::Dict;
use crate::error::{overflow_error, type_error, value_error};
use crate::int::Int;
use crate::list::List;
use crate::slice::Slice;
use crate::tuple::{self, Tuple};
use crate::{error, exceptions, iter, none, number, object};

/// Whether the type has items by number (dicts do not count).
pub fn is_sequence(o: &Object) -> bool {
    o.downcast::<Dict>().is_none() && o.type_().slots.sequence.item.get().is_some()
}

/// `a + b` of sequences. May run Python.
///
/// # Errors
///
/// `TypeError` where `a` can't be concatenated.
pub fn concat(a: &Object, b: &Object) -> PyResult {
    if let Some(concat) = a.type_().slots.sequence.concat.get() {
        return concat(a, b);
    }
    if is_sequence(a) && is_sequence(b) {
        let result = number::binary_or_not_implemented(a, b, |slots| &slots.add)?;
        if !none::is_not_implemented(&result) {
            return Ok(result);
        }
    }
    Err(type_error!("'{:.200}' object can't be concatenated", a.type_name()))
}

/// `o * count`. May run Python.
///
/// # Errors
///
/// `TypeError` where `o` can't be repeated.
pub fn repeat(o: &Object, count: isize) -> PyResult {
    if let Some(repeat) = o.type_().slots.sequence.repeat.get() {
        return repeat(o, count);
    }
    if is_sequence(o) {
        let times = Int::from_i64(count as i64);
        let result = number::binary_or_not_implemented(o, &times, |slots| &slots.multiply)?;
        if !none::is_not_implemented(&result) {
            return Ok(result);
        }
    }
    Err(type_error!("'{:.200}' object can't be repeated", o.type_name()))
}

/// `a += b` of sequences. May run Python.
///
/// # Errors
///
/// As [`concat`].
pub fn inplace_concat(a: &Object, b: &Object) -> PyResult {
    match a.type_().slots.sequence.inplace_concat.get() {
        Some(concat) => concat(a, b),
        // Classes written in Python have `__iadd__` among the numbers' slots alone.
        None if a.type_().slots.sequence.concat.get().is_none()
            && is_sequence(a)
            && is_sequence(b) =>
        {
            let inplace = a.type_().slots.number.inplace_add.get();
            match inplace.map(|add| add(a, b)).transpose()? {
                Some(result) if !none::is_not_implemented(&result) => Ok(result),
                _ => concat(a, b),
            }
        }
        None => concat(a, b),
    }
}

/// `o *= count`. May run Python.
///
/// # Errors
///
/// As [`repeat`].
pub fn inplace_repeat(o: &Object, count: isize) -> PyResult {
    match o.type_().slots.sequence.inplace_repeat.get() {
        Some(repeat) => repeat(o, count),
        None => repeat(o, count),
    }
}

fn normalized(o: &Object, index: isize) -> PyResult<isize> {
    if index < 0
        && let Some(length) = o.type_().slots.sequence.length.get()
    {
        return Ok(index.wrapping_add(length(o)? as isize));
    }
    Ok(index)
}

/// `o[index]`, negative indices counted from the end. May run Python.
///
/// # Errors
///
/// `TypeError` where `o` is no sequence; what `__getitem__` raises.
pub fn item(o: &Object, index: isize) -> PyResult {
    let slots = &o.type_().slots;
    if let Some(item) = slots.sequence.item.get() {
        return item(o, normalized(o, index)?);
    }
    if slots.mapping.subscript.get().is_some() {
        return Err(type_error!("{:.200} is not a sequence", o.type_name()));
    }
    Err(type_error!("'{:.200}' object does not support indexing", o.type_name()))
}

/// `o[index] = value`. May run Python.
///
/// # Errors
///
/// As [`item`], for `__setitem__`.
pub fn set_item(o: &Object, index: isize, value: &Object) -> PyResult<()> {
    assign_item(o, index, Some(value))
}

/// `del o[index]`. May run Python.
///
/// # Errors
///
/// As [`item`], for `__delitem__`.
pub fn del_item(o: &Object, index: isize) -> PyResult<()> {
    assign_item(o, index, None)
}

fn assign_item(o: &Object, index: isize, value: Option<&Object>) -> PyResult<()> {
    let slots = &o.type_().slots;
    if let Some(assign) = slots.sequence.ass_item.get() {
        return assign(o, normalized(o, index)?, value);
    }
    if slots.mapping.ass_subscript.get().is_some() {
        return Err(type_error!("{:.200} is not a sequence", o.type_name()));
    }
    let what = if value.is_some() { "assignment" } else { "deletion" };
    Err(type_error!("'{:.200}' object does not support item {what}", o.type_name()))
}

/// `o[start:end]`. May run Python.
///
/// # Errors
///
/// `TypeError` where `o` can't be sliced.
pub fn slice(o: &Object, start: isize, end: isize) -> PyResult {
    let Some(subscript) = o.type_().slots.mapping.subscript.get() else {
        return Err(type_error!("'{:.200}' object is unsliceable", o.type_name()));
    };
    let slice = Slice::new(
        Int::from_i64(start as i64).upcast(),
        Int::from_i64(end as i64).upcast(),
        none::none(),
    );
    subscript(o, slice.as_object())
}

/// `value in o`. May run Python.
///
/// # Errors
///
/// `TypeError` where `o` is neither container nor iterable; what comparing raises.
pub fn contains(o: &Object, value: &Object) -> PyResult<bool> {
    if let Some(contains) = o.type_().slots.sequence.contains.get() {
        return contains(o, value);
    }
    Ok(search(o, value, true)?.first.is_some())
}

/// How often `value` is in `o` (`operator.countOf`). May run Python.
///
/// # Errors
///
/// As [`contains`].
pub fn count(o: &Object, value: &Object) -> PyResult<usize> {
    search(o, value, false).map(|found| found.count)
}

/// Where `value` is first in `o` (`operator.indexOf`). May run Python.
///
/// # Errors
///
/// `ValueError` where it is not there; as [`contains`].
pub fn index_of(o: &Object, value: &Object) -> PyResult<usize> {
    search(o, value, true)?
        .first
        .ok_or_else(|| value_error!("sequence.index(x): x not in sequence"))
}

struct Found {
    first: Option<usize>,
    count: usize,
}

/// Searches by iteration (`_PySequence_IterSearch`).
fn search(o: &Object, value: &Object, stop_at_first: bool) -> PyResult<Found> {
    let Some(iterator) = error::suppress(iter::get_iter(o), &exceptions::TYPE_ERROR)? else {
        return Err(if stop_at_first {
            type_error!("argument of type '{:.200}' is not a container or iterable", o.type_name())
        } else {
            type_error!("argument of type '{:.200}' is not iterable", o.type_name())
        });
    };
    let mut found = Found { first: None, count: 0 };
    let mut index = 0usize;
    while let Some(item) = iter::next(&iterator)? {
        if object::eq(&item, value)? {
            found.first = found.first.or(Some(index));
            found.count += 1;
            if stop_at_first {
                break;
            }
        }
        index =
            index.checked_add(1).ok_or_else(|| overflow_error!("index exceeds C integer size"))?;
    }
    Ok(found)
}

/// `list(o)`. May run Python.
///
/// # Errors
///
/// `TypeError` where `o` is not iterable; what its iterator raises.
pub fn to_list(o: &Object) -> PyResult<Ref<List>> {
    let list = List::new();
    list.extend(o)?;
    Ok(list)
}

/// `tuple(o)`. May run Python.
///
/// # Errors
///
/// As [`to_list`].
pub fn to_tuple(o: &Object) -> PyResult<Ref<Tuple>> {
    if let Some(tuple) = o.downcast_exact::<Tuple>() {
        return Ok(tuple.to_ref());
    }
    if let Some(list) = o.downcast_exact::<List>() {
        return Ok(list.to_tuple());
    }
    tuple::try_from_vec(iter::collect(o)?)
}

/// `o` itself where it is a list or tuple, else a list of its items (`PySequence_Fast`).
/// May run Python.
///
/// # Errors
///
/// `TypeError` with this message where `o` is not iterable; what its iterator raises.
pub fn fast(o: &Object, message: &str) -> PyResult {
    if o.is_exact(&crate::list::LIST) || o.is_exact(&tuple::TUPLE) {
        return Ok(o.to_ref());
    }
    match error::suppress(iter::get_iter(o), &exceptions::TYPE_ERROR)? {
        Some(iterator) => to_list(&iterator).map(Ref::upcast),
        None => Err(type_error!("{message}")),
    }
}
