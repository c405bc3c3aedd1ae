//! Unpacking assignments.
//!
//! Answers to `_PyEval_UnpackIterableStackRef` of `Python/ceval.c`. The first value ends on top, that is
//! at the end of the array.

use gopy_core::dict::{DICT, Dict};
use gopy_core::error::{type_error, value_error};
use gopy_core::exceptions::TYPE_ERROR;
use gopy_core::iter;
use gopy_core::list::{LIST, List};
use gopy_core::sequence;
use gopy_core::tuple::{TUPLE, Tuple};
use gopy_object::{Exception, Object, PyResult, Ref};

use crate::stackref::StackRef;

/// The iterator of what is to be unpacked.
fn iterator(iterable: &Object) -> PyResult {
    iter::get_iter(iterable).map_err(|error| {
        let slots = &iterable.type_().slots;
        if error.is_instance(&TYPE_ERROR)
            && slots.iter.get().is_none()
            && !sequence::is_sequence(iterable)
        {
            return type_error!("cannot unpack non-iterable {:.200} object", iterable.type_name());
        }
        error
    })
}

fn take(iterator: &Object, count: usize, at_least: Option<usize>) -> PyResult<Vec<Ref>> {
    let mut items = Vec::with_capacity(count);
    while items.len() < count {
        match iter::next(iterator)? {
            Some(item) => items.push(item),
            None => {
                return Err(match at_least {
                    None => value_error!(
                        "not enough values to unpack (expected {count}, got {})",
                        items.len()
                    ),
                    Some(least) => value_error!(
                        "not enough values to unpack (expected at least {least}, got {})",
                        items.len()
                    ),
                });
            }
        }
    }
    Ok(items)
}

fn place(items: impl DoubleEndedIterator<Item = Ref>, values: &mut [StackRef]) {
    for (value, item) in values.iter_mut().rev().zip(items) {
        *value = StackRef::from(item);
    }
}

#[cold]
fn too_many(iterable: &Object, expected: usize) -> Exception {
    let given = if iterable.is_exact(&LIST) {
        iterable.downcast::<List>().map(List::len)
    } else if iterable.is_exact(&TUPLE) {
        iterable.downcast::<Tuple>().map(Tuple::len)
    } else if iterable.is_exact(&DICT) {
        iterable.downcast::<Dict>().map(Dict::len)
    } else {
        None
    };
    match given.filter(|given| *given > expected) {
        Some(given) => {
            value_error!("too many values to unpack (expected {expected}, got {given})")
        }
        None => value_error!("too many values to unpack (expected {expected})"),
    }
}

/// `a, b = iterable`.
///
/// # Errors
///
/// `TypeError` where it is not iterable, `ValueError` where it has more or fewer items.
#[inline(never)]
pub fn sequence(iterable: &Object, values: &mut [StackRef]) -> PyResult<()> {
    let iterator = iterator(iterable)?;
    let items = take(&iterator, values.len(), None)?;
    if iter::next(&iterator)?.is_some() {
        return Err(too_many(iterable, values.len()));
    }
    place(items.into_iter(), values);
    Ok(())
}

/// `a, *rest, b = iterable`.
///
/// # Errors
///
/// As [`sequence`].
#[inline(never)]
pub fn extended(
    iterable: &Object,
    before: &mut [StackRef],
    after: &mut [StackRef],
) -> PyResult<Ref<List>> {
    let iterator = iterator(iterable)?;
    let least = before.len() + after.len();
    let first = take(&iterator, before.len(), Some(least))?;
    let rest = sequence::to_list(&iterator)?;
    let length = rest.len();
    if length < after.len() {
        return Err(value_error!(
            "not enough values to unpack (expected at least {least}, got {})",
            before.len() + length
        ));
    }
    let mut last = Vec::with_capacity(after.len());
    while last.len() < after.len() {
        match rest.pop() {
            Some(item) => last.push(item),
            None => break,
        }
    }
    place(last.into_iter().rev(), after);
    place(first.into_iter(), before);
    Ok(rest)
}

/// The items of a tuple of the right length.
#[inline(always)]
pub fn copy_tuple(tuple: &Tuple, values: &mut [StackRef]) {
    for (value, item) in values.iter_mut().rev().zip(tuple.items()) {
        *value = StackRef::new(item);
    }
}

/// The items of a list of the right length.
#[inline(always)]
pub fn copy_list(list: &List, values: &mut [StackRef]) {
    // SAFETY: taking counts neither drops nor runs Python.
    let items = unsafe { list.lend() };
    for (value, item) in values.iter_mut().rev().zip(items) {
        *value = StackRef::new(item);
    }
}
