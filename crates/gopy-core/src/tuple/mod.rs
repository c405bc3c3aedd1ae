//! `tuple`: an immutable array of owned references, items inline.
//!
//! Answers to `Objects/tupleobject.c`. The layout is [`Tuple`] in gopy-object.
//!
//! Keeps true: the empty tuple is one immortal object; items never change after publication.

use gopy_object::gc;
use gopy_object::memory;
use gopy_object::{GilCell, Object, PyResult, Ref};

pub use gopy_object::typeobj::{TUPLE, Tuple};

static EMPTY: GilCell<Tuple> = GilCell::new(Tuple::static_empty());

/// `()`.
#[inline(always)]
pub fn empty() -> Ref<Tuple> {
    Ref::from_borrow(EMPTY.get())
}

/// A tracked tuple of `items`, for lengths that no program controls; the process ends where not even
/// those fit into memory.
pub fn from_vec(items: Vec<Ref>) -> Ref<Tuple> {
    try_from_vec(items)
        .unwrap_or_else(|_| std::alloc::handle_alloc_error(std::alloc::Layout::new::<Tuple>()))
}

/// A tracked tuple of `items`.
pub fn from_array<const N: usize>(items: [Ref; N]) -> Ref<Tuple> {
    from_vec(Vec::from(items))
}

/// New references to borrowed items.
pub fn from_borrowed(items: &[&Object]) -> Ref<Tuple> {
    from_vec(items.iter().map(|item| Ref::from_borrow(*item)).collect())
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
    let count = items.len();
    let tuple = memory::alloc_tail(&TUPLE, Tuple::head(&TUPLE, count), count * size_of::<Ref>())?;
    for (index, item) in items.into_iter().enumerate() {
        // SAFETY: the allocation has room for `count` items; each is written once.
        unsafe { tuple.items_ptr().add(index).write(item) };
    }
    Ok(tuple)
}

/// The items of an object that is known to be a tuple.
#[inline(always)]
pub fn items_of(object: &Object) -> &[Ref] {
    object.downcast::<Tuple>().map_or(&[], Tuple::items)
}
