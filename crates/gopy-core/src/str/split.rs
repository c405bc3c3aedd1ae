//! Taking strings apart and joining them.
//!
//! Answers to `Objects/stringlib/split.h`, `partition.h` and `PyUnicode_Join`.

use std::ops::Range;

use gopy_object::{Instance, Object, PyResult, Ref};

use super::make::{alloc, empty, write};
use super::{STR, Str};
use crate::error::{memory_error, overflow_error, type_error, value_error};
use crate::list::List;
use crate::tuple::{self, Tuple};
use crate::{none, sequence};

fn maximum(max: isize) -> usize {
    usize::try_from(max).unwrap_or(usize::MAX)
}

/// `str.split` and, from the right, `str.rsplit`.
pub(super) fn split(
    text: &Str,
    separator: Option<&Object>,
    max: isize,
    right: bool,
) -> PyResult<Ref<List>> {
    let (units, max) = (text.units(), maximum(max));
    let list = List::new();
    let push = |piece: Range<usize>| list.push(text.try_slice(piece.start, piece.end)?.upcast());
    let Some(separator) = separator.filter(|separator| !none::is_none(separator)) else {
        if right {
            units.rsplit_whitespace(max, push)?;
            list.reverse();
        } else {
            units.split_whitespace(max, push)?;
        }
        return Ok(list);
    };
    let Some(separator) = separator.downcast::<Str>() else {
        return Err(type_error!("must be str or None, not {:.100}", separator.type_name()));
    };
    if separator.is_empty() {
        return Err(empty_separator());
    }
    let separator = separator.units();
    if right {
        units.rsplit(separator, max, push)?;
        list.reverse();
    } else {
        units.split(separator, max, push)?;
    }
    Ok(list)
}

#[cold]
pub(crate) fn empty_separator() -> gopy_object::Exception {
    value_error!("empty separator")
}

/// `str.splitlines`
pub(super) fn split_lines(text: &Str, keep_ends: bool) -> PyResult<Ref<List>> {
    let list = List::new();
    text.units().split_lines(keep_ends, |piece| {
        list.push(text.try_slice(piece.start, piece.end)?.upcast())
    })?;
    Ok(list)
}

/// `str.partition` and, from the right, `str.rpartition`.
pub(super) fn partition(text: &Str, separator: &Object, right: bool) -> PyResult<Ref<Tuple>> {
    let Some(separator) = separator.downcast::<Str>() else {
        return Err(type_error!("must be str, not {:.100}", separator.type_name()));
    };
    if separator.is_empty() {
        return Err(empty_separator());
    }
    let (units, all) = (text.units(), 0..text.len());
    let found = if right {
        units.find_back(separator.units(), all)
    } else {
        units.find(separator.units(), all)
    };
    let (whole, nothing) = (text.to_exact()?.upcast(), || empty().to_ref().upcast());
    Ok(tuple::from_array(match (found, right) {
        (Some(at), _) => [
            text.try_slice(0, at)?.upcast(),
            separator.as_object().to_ref(),
            text.try_slice(at + separator.len(), text.len())?.upcast(),
        ],
        (None, false) => [whole, nothing(), nothing()],
        (None, true) => [nothing(), nothing(), whole],
    }))
}

/// `separator.join(items)`. May run Python, before anything is joined.
pub fn join(separator: &Str, items: &Object) -> PyResult<Ref<Str>> {
    let fast = sequence::fast(items, "can only join an iterable")?;
    if let Some(list) = fast.downcast::<List>() {
        // SAFETY: joining neither runs Python nor drops an item, and `fast` keeps the list alive.
        return join_refs(separator, unsafe { list.lend() });
    }
    join_refs(separator, tuple::items_of(&fast))
}

/// `separator.join(items)` of items that must be strings. Pure.
pub fn join_refs(separator: &Str, items: &[Ref]) -> PyResult<Ref<Str>> {
    if let [only] = items
        && only.is_exact(&STR)
    {
        // SAFETY: just checked.
        return Ok(unsafe { only.clone().cast_unchecked() });
    }
    if items.is_empty() {
        return Ok(empty().to_ref());
    }
    let gaps = items.len() - 1;
    let (mut kind, mut ascii) = (1, true);
    if gaps > 0 {
        (kind, ascii) = (separator.char_size(), separator.is_ascii());
    }
    let mut length = gaps.checked_mul(separator.len()).ok_or_else(too_long)?;
    for (index, item) in items.iter().enumerate() {
        let Some(text) = item.downcast::<Str>() else {
            return Err(type_error!(
                "sequence item {index}: expected str instance, {:.80} found",
                item.type_name()
            ));
        };
        kind = kind.max(text.char_size());
        ascii &= text.is_ascii();
        length = length.checked_add(text.len()).ok_or_else(too_long)?;
        if length > isize::MAX as usize {
            return Err(too_long());
        }
    }
    if length < 2 {
        // One character or none: a shared string.
        let found = items.iter().find_map(|item| item.downcast::<Str>().filter(|t| !t.is_empty()));
        let found = found.unwrap_or(if length == 0 { empty() } else { separator });
        return super::make::from_units(found.units());
    }
    // SAFETY: all parts are written below; they are canonical, so the widest kind is.
    let text = unsafe { alloc(length, kind, ascii)? };
    let mut at = 0;
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            // SAFETY: the length was computed from the same parts.
            unsafe { write(&text, at, separator.units()) };
            at += separator.len();
        }
        // SAFETY: checked above; strings don't change type meanwhile.
        let part = unsafe { item.downcast_unchecked::<Str>() };
        // SAFETY: as above.
        unsafe { write(&text, at, part.units()) };
        at += part.len();
    }
    if at == length { Ok(text) } else { Err(memory_error()) }
}

/// The pieces of an f-string one after the other (`BUILD_STRING`). Pure.
///
/// # Errors
///
/// `MemoryError`, `OverflowError`.
pub fn concat_all<'a>(pieces: impl Iterator<Item = &'a Str> + Clone) -> PyResult<Ref<Str>> {
    let (mut kind, mut ascii, mut length) = (1, true, 0usize);
    let (mut count, mut last) = (0, empty());
    for text in pieces.clone().filter(|text| !text.is_empty()) {
        kind = kind.max(text.char_size());
        ascii &= text.is_ascii();
        length = length.checked_add(text.len()).ok_or_else(too_long)?;
        count += 1;
        last = text;
    }
    if count < 2 {
        return last.to_exact();
    }
    // SAFETY: all parts are written below; they are canonical, so the widest kind is.
    let whole = unsafe { alloc(length, kind, ascii)? };
    let mut at = 0;
    for text in pieces {
        // SAFETY: the length was computed from the same parts, which can't have changed.
        unsafe { write(&whole, at, text.units()) };
        at += text.len();
    }
    Ok(whole)
}

#[cold]
fn too_long() -> gopy_object::Exception {
    overflow_error!("join() result is too long for a Python string")
}
