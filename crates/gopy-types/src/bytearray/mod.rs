//! `bytearray`: mutable bytes whose memory may be lent out.
//!
//! Answers to `Objects/bytearrayobject.c`.
//!
//! Keeps true: while exports exist the storage neither moves nor changes its length. `start` bytes at
//! its front are dead, so that deleting from the front is cheap. `alloc` is what CPython would have
//! allocated, which `__alloc__` and `sys.getsizeof` show.
//!
//! Never here: a borrow of the storage across anything that may run Python without an export.

mod iter;
mod methods;
mod slots;
#[cfg(test)]
mod tests;

use std::cell::{Cell, UnsafeCell};
use std::ops::Range;

use gopy_core::bytes::common::ByteString;
use gopy_core::error::{buffer_error, memory_error};
use gopy_macros::pyclass;
use gopy_object::{Object, PyResult, Ref, Type, gc, memory};

pub use iter::{BYTEARRAY_ITER, ByteArrayIter};

/// A `bytearray`.
#[pyclass(name = "bytearray", static = BYTEARRAY, basicsize = 56, flags(BASETYPE, MATCH_SELF),
    manual_traverse)]
#[repr(C)]
pub struct ByteArray {
    object: Object,
    storage: UnsafeCell<Vec<u8>>,
    /// Where the content begins in the storage.
    start: Cell<usize>,
    exports: Cell<usize>,
    /// What CPython would have allocated.
    alloc: Cell<usize>,
}

gopy_object::leaf_traverse!(ByteArray);

impl ByteString for ByteArray {
    #[inline]
    fn content(&self) -> &[u8] {
        // SAFETY: the storage changes in `change`, `splice`, `resize_to`, `set_content` and
        // `with_mut` alone, none of which a holder of this borrow calls: the borrow ends before
        // anything that may run Python.
        let storage = unsafe { &*self.storage.get() };
        &storage[self.start.get()..]
    }

    fn make(content: &[u8]) -> PyResult {
        ByteArray::new(&BYTEARRAY, content).map(Ref::upcast)
    }

    fn unchanged(&self) -> PyResult {
        Self::make(self.content())
    }
}

impl ByteArray {
    /// An instance with this content.
    ///
    /// # Errors
    ///
    /// `MemoryError`.
    pub fn new(ty: &Type, content: &[u8]) -> PyResult<Ref<ByteArray>> {
        let mut storage = Vec::new();
        storage.try_reserve_exact(content.len()).map_err(|_| memory_error())?;
        storage.extend_from_slice(content);
        memory::alloc(
            ty,
            ByteArray {
                object: Object::header(ty),
                storage: UnsafeCell::new(storage),
                start: Cell::new(0),
                exports: Cell::new(0),
                alloc: Cell::new(if content.is_empty() { 0 } else { content.len() + 1 }),
            },
        )
        .map(gc::tracked_if_collected)
    }

    fn visible_alloc(&self) -> usize {
        self.alloc.get()
    }

    fn check_exports(&self) -> PyResult<()> {
        if self.exports.get() > 0 {
            return Err(buffer_error!("Existing exports of data: object cannot be re-sized"));
        }
        Ok(())
    }

    /// Runs `work` on the content, whose length stays.
    fn with_mut<R>(&self, work: impl FnOnce(&mut [u8]) -> R) -> R {
        // SAFETY: nobody else borrows the storage: borrows end before Python runs, and `work` runs
        // none.
        let storage = unsafe { &mut *self.storage.get() };
        work(&mut storage[self.start.get()..])
    }

    /// Accounts for a change of length as `PyByteArray_Resize` does; moves the content to the front
    /// of the storage where CPython would allocate anew.
    fn note_length(&self, old: usize, new: usize) {
        if old == new {
            return;
        }
        let alloc = self.alloc.get();
        let fits = new + self.start.get() < alloc;
        if fits && new >= alloc / 2 {
            return;
        }
        let moderate = !fits && (new as f64) <= alloc as f64 * 1.125;
        let more = if moderate { (new >> 3) + if new < 9 { 3 } else { 6 } } else { 1 };
        self.alloc.set(new + more);
        let start = self.start.replace(0);
        if start > 0 {
            self.with_storage(|storage| drop(storage.drain(..start)));
        }
    }

    /// Runs `work` on the storage.
    fn with_storage<R>(&self, work: impl FnOnce(&mut Vec<u8>) -> R) -> R {
        // SAFETY: as in `with_mut`.
        work(unsafe { &mut *self.storage.get() })
    }

    /// Changes the length by one byte at most; `work` gets the storage and where the content begins.
    fn change(&self, work: impl FnOnce(&mut Vec<u8>, usize)) -> PyResult<()> {
        self.check_exports()?;
        let old = self.content().len();
        self.with_storage(|storage| {
            storage.try_reserve(1).map_err(|_| memory_error())?;
            work(storage, self.start.get());
            Ok(())
        })?;
        self.note_length(old, self.content().len());
        Ok(())
    }

    /// Replaces the bytes in `range` by `new`.
    fn splice(&self, range: Range<usize>, new: &[u8]) -> PyResult<()> {
        if range.len() == new.len() {
            self.with_mut(|content| content[range].copy_from_slice(new));
            return Ok(());
        }
        self.check_exports()?;
        let old = self.content().len();
        let start = self.start.get();
        if range.start == 0 && new.len() < range.len() {
            // Shrinking at the front moves the beginning.
            self.start.set(start + range.len() - new.len());
            self.with_mut(|content| content[..new.len()].copy_from_slice(new));
        } else {
            self.with_storage(|storage| {
                storage.try_reserve(new.len()).map_err(|_| memory_error())?;
                storage.splice(range.start + start..range.end + start, new.iter().copied());
                Ok(())
            })?;
        }
        self.note_length(old, self.content().len());
        Ok(())
    }

    fn resize_to(&self, size: usize) -> PyResult<()> {
        let old = self.content().len();
        if old == size {
            return Ok(());
        }
        self.check_exports()?;
        let start = self.start.get();
        self.with_storage(|storage| {
            storage.try_reserve(size.saturating_sub(old)).map_err(|_| memory_error())?;
            storage.resize(start.saturating_add(size), 0);
            Ok(())
        })?;
        self.note_length(old, size);
        Ok(())
    }

    /// Replaces the content.
    fn set_content(&self, content: Vec<u8>) -> PyResult<()> {
        let (old, new) = (self.content().len(), content.len());
        if old != new {
            self.check_exports()?;
            let start = self.start.get();
            self.with_storage(|storage| {
                storage.truncate(start);
                storage.try_reserve(new).map_err(|_| memory_error())?;
                storage.extend_from_slice(&content);
                Ok(())
            })?;
            self.note_length(old, new);
            return Ok(());
        }
        self.with_mut(|place| place.copy_from_slice(&content));
        Ok(())
    }
}
