//! `tuple`: an immutable array of owned references, items inline.
//!
//! Answers to `Objects/tupleobject.c`. The layout is [`Tuple`] in gopy-object.
//!
//! Keeps true: the empty tuple is one immortal object; items never change after publication.

use std::alloc::{Layout, handle_alloc_error};

use gopy_object::typeobj::Payload;
use gopy_object::{
    GilCell, Instance, Object, PyResult, Ref, Type, TypeFlags, TypeSpec, gc, memory,
};

use crate::dict;
use crate::error::memory_error;

pub use gopy_object::typeobj::{TUPLE, Tuple};

mod methods;
pub(crate) use methods::Bound;
#[cfg(test)]
mod tests;
mod tuple_iter;

pub use tuple_iter::{TUPLE_ITERATOR, TupleIterator, new_iterator};

static EMPTY: GilCell<Tuple> = GilCell::new(Tuple::static_empty());

/// The declaration of `tuple`.
pub(crate) static SPEC: TypeSpec = TypeSpec {
    name: "tuple",
    doc: None,
    text_signature: Some("(iterable=(), /)"),
    base: Some(&gopy_object::typeobj::OBJECT),
    flags: TypeFlags::BASETYPE
        .with(TypeFlags::HAVE_GC)
        .with(TypeFlags::TUPLE_SUBCLASS)
        .with(TypeFlags::SEQUENCE)
        .with(TypeFlags::MATCH_SELF),
    basicsize: 32,
    itemsize: 8,
    dictoffset: 0,
    weaklistoffset: 0,
    payload: &PAYLOAD,
    methods: methods::table::METHODS,
    getsets: methods::table::GETSETS,
    members: methods::table::MEMBERS,
    slots: methods::slots::fill_slots,
};

static PAYLOAD: Payload = Payload {
    drop: |object| {
        // SAFETY: payload functions are called for tuples only.
        unsafe { Tuple::release_items(object.cast()) }
    },
    ..Payload::of::<Tuple>()
};

/// `()`.
#[inline(always)]
pub fn empty() -> Ref<Tuple> {
    Ref::from_borrow(EMPTY.get())
}

fn expect_memory(tuple: PyResult<Ref<Tuple>>) -> Ref<Tuple> {
    tuple.unwrap_or_else(|_| handle_alloc_error(Layout::new::<Tuple>()))
}

/// A tracked tuple of `items`, for lengths that no program controls; the process ends where not even
/// those fit into memory.
pub fn from_vec(items: Vec<Ref>) -> Ref<Tuple> {
    expect_memory(try_from_vec(items))
}

/// A tracked tuple of `items`.
#[inline]
pub fn from_array<const N: usize>(items: [Ref; N]) -> Ref<Tuple> {
    if N == 0 {
        return empty();
    }
    expect_memory(fill(&TUPLE, N, items.into_iter()).inspect(|tuple| gc::track(&tuple.object)))
}

/// As [`from_array`], for types that hand out tuples as long as there is memory.
///
/// # Errors
///
/// `MemoryError`.
#[inline]
pub fn try_from_array<const N: usize>(items: [Ref; N]) -> PyResult<Ref<Tuple>> {
    tracked(N, items.into_iter())
}

/// New references to borrowed items.
pub fn from_borrowed(items: &[&Object]) -> Ref<Tuple> {
    if items.is_empty() {
        return empty();
    }
    let made = fill(&TUPLE, items.len(), items.iter().map(|item| Ref::from_borrow(*item)));
    expect_memory(made.inspect(|tuple| gc::track(&tuple.object)))
}

/// A tracked tuple of `items`.
///
/// # Errors
///
/// `MemoryError`.
pub fn try_from_vec(items: Vec<Ref>) -> PyResult<Ref<Tuple>> {
    if items.is_empty() {
        return Ok(empty());
    }
    let tuple = untracked_from_vec(items)?;
    gc::track(&tuple.object);
    Ok(tuple)
}

/// A tuple that the collector does not know of: for items that can't be part of a cycle.
///
/// # Errors
///
/// `MemoryError`.
pub fn untracked_from_vec(items: Vec<Ref>) -> PyResult<Ref<Tuple>> {
    fill(&TUPLE, items.len(), items.into_iter())
}

/// A tuple of references taken from an iterator, tracked only if an item can be part of a cycle, as
/// `BUILD_TUPLE`, `*args` and `tuple(list)` make them.
///
/// # Errors
///
/// `MemoryError`.
#[inline]
pub fn try_from_iter(count: usize, items: impl Iterator<Item = Ref>) -> PyResult<Ref<Tuple>> {
    if count == 0 {
        return Ok(empty());
    }
    let tuple = fill(&TUPLE, count, items)?;
    track_if_needed(&tuple);
    Ok(tuple)
}

/// A pair, tracked only if one of the two can be part of a cycle.
pub fn pair(first: Ref, second: Ref) -> Ref<Tuple> {
    expect_memory(try_from_iter(2, [first, second].into_iter()))
}

/// Lets the collector know of a new tuple if an item can be part of a cycle.
#[inline]
pub fn track_if_needed(tuple: &Tuple) {
    if tuple.items().iter().any(|item| dict::may_be_in_cycle(item)) {
        gc::track(&tuple.object);
    }
}

/// An untracked tuple of exactly `count` items. The iterator runs no Python; should it end early,
/// the tuple is shorter.
#[inline]
fn fill(ty: &Type, count: usize, items: impl Iterator<Item = Ref>) -> PyResult<Ref<Tuple>> {
    let Some(bytes) = count.checked_mul(size_of::<Ref>()) else { return Err(memory_error()) };
    let tuple = memory::alloc_tail(ty, Tuple::head(ty, count), bytes)?;
    let mut written = 0;
    for item in items.take(count) {
        // SAFETY: the allocation has room for `count` items; each is written once.
        unsafe { tuple.items_ptr().add(written).write(item) };
        written += 1;
    }
    if written < count {
        // SAFETY: nobody else has seen the tuple.
        unsafe { tuple.set_len(written) };
    }
    Ok(tuple)
}

/// The items of an object that is known to be a tuple.
#[inline(always)]
pub fn items_of(object: &Object) -> &[Ref] {
    object.downcast::<Tuple>().map_or(&[], Tuple::items)
}

/// `tuple[start..end]` with new references; the tuple itself where that is all of an exact one.
///
/// # Errors
///
/// `MemoryError`.
pub fn slice(tuple: &Tuple, start: usize, end: usize) -> PyResult<Ref<Tuple>> {
    let end = end.min(tuple.len());
    let start = start.min(end);
    if start == 0 && end == tuple.len() && tuple.as_object().is_exact(&TUPLE) {
        return Ok(tuple.to_ref());
    }
    tracked(end - start, tuple.items()[start..end].iter().cloned())
}

/// A tuple that is tracked whatever it holds, as concatenation, repetition and slices make them.
fn tracked(count: usize, items: impl Iterator<Item = Ref>) -> PyResult<Ref<Tuple>> {
    if count == 0 {
        return Ok(empty());
    }
    let tuple = fill(&TUPLE, count, items)?;
    gc::track(&tuple.object);
    Ok(tuple)
}

/// The hash of a sequence of hashes, as xxHash mixes lanes.
pub struct Hasher {
    state: u64,
    count: u64,
}

const PRIME_1: u64 = 11_400_714_785_074_694_791;
const PRIME_2: u64 = 14_029_467_366_897_019_727;
const PRIME_5: u64 = 2_870_177_450_012_600_261;

impl Hasher {
    /// Of nothing so far.
    #[allow(clippy::new_without_default)]
    pub fn new() -> Hasher {
        Hasher { state: PRIME_5, count: 0 }
    }

    /// Mixes one hash in.
    #[inline]
    pub fn add(&mut self, hash: isize) {
        self.state = self.state.wrapping_add((hash as u64).wrapping_mul(PRIME_2));
        self.state = self.state.rotate_left(31).wrapping_mul(PRIME_1);
        self.count += 1;
    }

    /// A tuple's hash.
    #[inline]
    pub fn finish(mut self) -> isize {
        self.state = self.state.wrapping_add(self.count ^ (PRIME_5 ^ 3_527_539));
        self.finish_plain()
    }

    /// The same without the number of hashes, as slices have it.
    pub fn finish_plain(self) -> isize {
        if self.state == u64::MAX { 1_546_275_796 } else { self.state as isize }
    }
}
