//! Fast access to lists, tuples, strings, dicts and sets for specialised instructions.
//!
//! Answers to the `*_SUBSCR_*`, `STORE_SUBSCR_*` and `CONTAINS_OP_*` bodies of `Python/bytecodes.c`.

use gopy_core::dict::Dict;
use gopy_core::list::List;
use gopy_core::object;
use gopy_core::set::Set;
use gopy_core::str::{Str, Units};
use gopy_core::tuple::Tuple;
use gopy_object::{Object, PyResult, Ref};

use super::natives::Truth;
use crate::stackref::StackRef;

/// Item `index`, or null where the list is not that long.
#[inline(always)]
pub fn list_item(list: StackRef, index: usize) -> StackRef {
    StackRef::from(list.cast_exact::<List>().get(index))
}

/// Appends a value to a list that has room for it, and says whether that was so.
#[inline(always)]
pub fn list_push(list: StackRef, value: StackRef) -> bool {
    let list = list.cast_exact::<List>();
    if !list.has_room() {
        return false;
    }
    list.push_within(value.steal());
    true
}

/// Replaces an item of a list that is long enough; the old one is handed out.
#[inline(always)]
pub fn list_replace(list: StackRef, index: usize, value: StackRef) -> StackRef {
    StackRef::from(list.cast_exact::<List>().replace(index, value.steal()))
}

/// `list[slice]`.
///
/// # Errors
///
/// What `__index__` of the bounds raises.
#[inline(never)]
pub fn list_slice(list: &Object, slice: &Object) -> PyResult {
    object::get_item(list, slice)
}

/// Item `index`, or null where the tuple is not that long.
#[inline(always)]
pub fn tuple_item(tuple: StackRef, index: usize) -> StackRef {
    tuple.cast_exact::<Tuple>().get(index).map_or(StackRef::NULL, StackRef::new)
}

/// Character `index` if it is ASCII, which is immortal; else null.
#[inline(always)]
pub fn ascii_char(string: StackRef, index: usize) -> StackRef {
    let string = string.cast_exact::<Str>();
    let point = match string.units() {
        Units::Ucs1(units) => units.get(index).map(|unit| u32::from(*unit)),
        Units::Ucs2(units) => units.get(index).map(|unit| u32::from(*unit)),
        Units::Ucs4(units) => units.get(index).copied(),
    };
    match point {
        Some(point @ 0..128) => StackRef::from(Str::from_code_point(point)),
        _ => StackRef::NULL,
    }
}

/// `dict[key] = value`; both are taken over.
///
/// # Errors
///
/// What hashing and comparing raise.
#[inline(never)]
pub fn dict_store(dict: &Dict, key: Ref, value: Ref) -> PyResult<()> {
    dict.set_owned(key, value)
}

/// `key in dict` of an exact dict.
///
/// # Errors
///
/// What hashing and comparing raise.
#[inline(never)]
pub fn dict_contains(dict: &Dict, key: &Object) -> PyResult<Truth> {
    dict.contains(key).map(Truth::from)
}

/// `value in set` of an exact set or frozenset.
///
/// # Errors
///
/// What hashing and comparing raise.
#[inline(never)]
pub fn set_contains(set: &Object, value: &Object) -> PyResult<Truth> {
    match Set::any_exact(set) {
        Some(set) => set.contains(value),
        None => gopy_core::sequence::contains(set, value),
    }
    .map(Truth::from)
}
