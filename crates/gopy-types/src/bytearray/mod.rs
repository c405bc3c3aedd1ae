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

use std::cell::{Cell, UnsafeCell};
use std::ops::Range;

use gopy_core::bytes::common::ByteString;
use gopy_core::error::{buffer_error, memory_error};
use gopy_macros::pyclass;
use gopy_object::{Object, PyResult, Ref, Type, memory};

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

    /// Accounts for a change of length as `PyByteArray_Resize` does.
    fn note_length(&self, old: usize, new: usize) {
        if old == new {
            return;
        }
        let alloc = self.alloc.get();
        let logical = self.start.get();
        if new + logical + 1 <= alloc && new >= alloc / 2 {
            return;
        }
        let new_alloc = if new + logical + 1 <= alloc {
            new + 1
        } else if (new as f64) <= alloc as f64 * 1.125 {
            new + (new >> 3) + if new < 9 { 3 } else { 6 }
        } else {
            new + 1
        };
        self.alloc.set(new_alloc);
    }

    /// Makes the content begin where the storage does.
    fn settle(&self) -> &mut Vec<u8> {
        // SAFETY: as in `with_mut`; the callers below use the borrow at once.
        let storage = unsafe { &mut *self.storage.get() };
        let start = self.start.replace(0);
        if start > 0 {
            storage.drain(..start);
        }
        storage
    }

    /// Changes the length by one byte at most.
    fn change(&self, work: impl FnOnce(&mut Vec<u8>)) -> PyResult<()> {
        self.check_exports()?;
        let old = self.content().len();
        let storage = self.settle();
        storage.try_reserve(1).map_err(|_| memory_error())?;
        work(storage);
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
        if range.start == 0 && new.len() < range.len() {
            // Shrinking at the front moves the beginning.
            let cut = range.len() - new.len();
            self.start.set(self.start.get() + cut);
            self.with_mut(|content| content[..new.len()].copy_from_slice(new));
            if self.start.get() > self.content().len() {
                self.settle();
            }
        } else {
            let storage = self.settle();
            storage.try_reserve(new.len()).map_err(|_| memory_error())?;
            storage.splice(range, new.iter().copied());
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
        let storage = self.settle();
        if size > old {
            storage.try_reserve(size - old).map_err(|_| memory_error())?;
        }
        storage.resize(size, 0);
        self.note_length(old, size);
        Ok(())
    }

    /// Replaces the content.
    fn set_content(&self, content: Vec<u8>) -> PyResult<()> {
        let (old, new) = (self.content().len(), content.len());
        if old != new {
            self.check_exports()?;
            *self.settle() = content;
            self.note_length(old, new);
            return Ok(());
        }
        self.with_mut(|place| place.copy_from_slice(&content));
        Ok(())
    }
}
