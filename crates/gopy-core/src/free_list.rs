//! Memory of dead objects of one size, kept for the next of their kind.
//!
//! Answers to `Objects/object.c`'s free lists. The lists are static and guarded by the GIL.

use std::cell::Cell;
use std::ptr::{self, NonNull};

use gopy_object::Object;

/// A bounded stack of free blocks, linked through their first word.
pub(crate) struct FreeList {
    first: Cell<*mut Object>,
    count: Cell<u32>,
    max: u32,
}

impl FreeList {
    /// An empty list that keeps at most `max` blocks.
    pub(crate) const fn new(max: u32) -> FreeList {
        FreeList { first: Cell::new(ptr::null_mut()), count: Cell::new(0), max }
    }

    /// A block.
    #[inline(always)]
    pub(crate) fn pop(&self) -> Option<NonNull<Object>> {
        let block = NonNull::new(self.first.get())?;
        // SAFETY: blocks on the list begin with the link.
        self.first.set(unsafe { block.cast::<*mut Object>().read() });
        self.count.set(self.count.get() - 1);
        Some(block)
    }

    /// Keeps a block; false where there are enough.
    ///
    /// # Safety
    ///
    /// The block is the memory of a dead object without prefix, of the list's one size, and the caller
    /// does not use it any more.
    #[inline(always)]
    pub(crate) unsafe fn push(&self, block: NonNull<Object>) -> bool {
        if self.count.get() >= self.max {
            return false;
        }
        // SAFETY: the memory is the caller's to give, and at least a header long.
        unsafe { block.cast::<*mut Object>().write(self.first.get()) };
        self.first.set(block.as_ptr());
        self.count.set(self.count.get() + 1);
        true
    }
}
