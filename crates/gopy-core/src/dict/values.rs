//! The values of split dicts: an array beside shared keys, inside the instance or on its own.
//!
//! Answers to `PyDictValues` of `Objects/dictobject.c`.
//!
//! `{u8 capacity, u8 size, u8 embedded, u8 valid}`, padding, `capacity` values, then the insertion
//! order as `capacity` bytes.

use std::alloc::{self, Layout};
use std::ptr::{self, NonNull};

use gopy_object::{PyResult, Slot};

use crate::error::memory_error;

const HEAD: usize = 8;

/// Bytes of the values of `capacity` shared keys.
pub(super) const fn size_for(capacity: usize) -> usize {
    HEAD + capacity * 8 + capacity.next_multiple_of(8)
}

/// A handle of live values; it owns nothing.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Values(NonNull<u8>);

impl Values {
    /// Values at `place`.
    ///
    /// # Safety
    ///
    /// `place` is aligned to 8 and has been made by [`Values::write_head`] or [`Values::copy`].
    pub(super) unsafe fn at(place: NonNull<u8>) -> Values {
        Values(place)
    }

    /// Writes the head of embedded values; the rest is zero already.
    ///
    /// # Safety
    ///
    /// `size_for(capacity)` zeroed bytes at `place`, aligned to 8, are the caller's.
    pub(super) unsafe fn write_head(place: NonNull<u8>, capacity: usize) -> Values {
        // SAFETY: the head lies within.
        unsafe { place.cast::<[u8; 4]>().write([capacity as u8, 0, 1, 1]) };
        Values(place)
    }

    #[inline(always)]
    fn byte(self, at: usize) -> u8 {
        // SAFETY: callers stay within the head and the order bytes.
        unsafe { self.0.add(at).read() }
    }

    #[inline(always)]
    fn set_byte(self, at: usize, value: u8) {
        // SAFETY: as in `byte`.
        unsafe { self.0.add(at).write(value) }
    }

    #[inline(always)]
    pub(super) fn capacity(self) -> usize {
        self.byte(0).into()
    }

    #[inline(always)]
    pub(super) fn len(self) -> usize {
        self.byte(1).into()
    }

    pub(super) fn set_len(self, len: usize) {
        self.set_byte(1, len as u8);
    }

    #[inline(always)]
    pub(super) fn is_embedded(self) -> bool {
        self.byte(2) != 0
    }

    #[inline(always)]
    pub(super) fn is_valid(self) -> bool {
        self.byte(3) != 0
    }

    pub(super) fn invalidate(self) {
        self.set_byte(3, 0);
    }

    /// The place of value `index`.
    #[inline(always)]
    pub(super) fn slot<'a>(self, index: usize) -> &'a Slot {
        debug_assert!(index < self.capacity());
        // SAFETY: within the array; a zero word is an empty slot.
        unsafe { &*self.0.as_ptr().add(HEAD).cast::<Slot>().add(index) }
    }

    fn order_at(self, position: usize) -> usize {
        HEAD + self.capacity() * 8 + position
    }

    /// Key index of the value that was inserted as number `position`.
    #[inline(always)]
    pub(super) fn order(self, position: usize) -> usize {
        self.byte(self.order_at(position)).into()
    }

    /// Notes that value `index` has been inserted.
    #[inline(always)]
    pub(super) fn push_order(self, index: usize) {
        let len = self.len();
        self.set_byte(self.order_at(len), index as u8);
        self.set_len(len + 1);
    }

    /// Forgets value `index` in the insertion order.
    pub(super) fn remove_order(self, index: usize) {
        let len = self.len();
        let Some(mut position) = (0..len).find(|position| self.order(*position) == index) else {
            return;
        };
        while position + 1 < len {
            self.set_byte(self.order_at(position), self.order(position + 1) as u8);
            position += 1;
        }
        self.set_len(len - 1);
    }

    fn layout(capacity: usize) -> Layout {
        // Capacities are bytes: the size can't overflow.
        Layout::from_size_align(size_for(capacity), 8).unwrap_or(Layout::new::<u64>())
    }

    /// Values of their own with new references.
    ///
    /// # Errors
    ///
    /// `MemoryError`.
    pub(super) fn copy(self) -> PyResult<Values> {
        let copy = self.copy_bits()?;
        for index in 0..copy.capacity() {
            std::mem::forget(copy.slot(index).get());
        }
        Ok(copy)
    }

    /// Values of their own; the references are still counted once only.
    ///
    /// # Errors
    ///
    /// `MemoryError`.
    fn copy_bits(self) -> PyResult<Values> {
        let layout = Values::layout(self.capacity());
        // SAFETY: the layout is not empty.
        let Some(place) = NonNull::new(unsafe { alloc::alloc(layout) }) else {
            return Err(memory_error());
        };
        // SAFETY: both have this layout.
        unsafe { ptr::copy_nonoverlapping(self.0.as_ptr(), place.as_ptr(), layout.size()) };
        let copy = Values(place);
        copy.set_byte(2, 0);
        copy.set_byte(3, 1);
        Ok(copy)
    }

    /// Moves embedded values out of their instance, which has none afterwards.
    ///
    /// # Errors
    ///
    /// `MemoryError`.
    pub(super) fn detach(self) -> PyResult<Values> {
        let copy = self.copy_bits()?;
        self.invalidate();
        for index in 0..self.capacity() {
            std::mem::forget(self.slot(index).take());
        }
        Ok(copy)
    }

    /// Frees values of their own; what they held has been moved or released.
    pub(super) fn free(self) {
        debug_assert!(!self.is_embedded());
        // SAFETY: made by `copy_bits` with this layout.
        unsafe { alloc::dealloc(self.0.as_ptr(), Values::layout(self.capacity())) };
    }
}

impl Values {
    /// Empty values of their own.
    ///
    /// # Errors
    ///
    /// `MemoryError`.
    pub(super) fn new(capacity: usize) -> PyResult<Values> {
        // SAFETY: the layout is not empty.
        let place = unsafe { alloc::alloc_zeroed(Values::layout(capacity)) };
        let Some(place) = NonNull::new(place) else { return Err(memory_error()) };
        // SAFETY: just allocated and zeroed.
        let values = unsafe { Values::write_head(place, capacity) };
        values.set_byte(2, 0);
        Ok(values)
    }
}
