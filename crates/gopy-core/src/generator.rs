//! `generator`, `coroutine`, `async_generator`: suspended frames.
//!
//! Answers to `Objects/genobject.c`. The frame lies behind the struct and belongs to gopy-vm, which
//! fills [`crate::hooks`] with what runs it.

#![allow(missing_docs)]

use std::cell::Cell;

use gopy_macros::pyclass;
use gopy_object::state::HandledException;
use gopy_object::weakref::WeakList;
use gopy_object::{Object, Slot};

use crate::str::Str;

/// `gi_frame_state`, with CPython's numbers.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
#[repr(i8)]
pub enum FrameState {
    Created = -3,
    Suspended = -2,
    SuspendedYieldFrom = -1,
    Executing = 0,
    Completed = 1,
    Cleared = 4,
}

/// A `generator`, `coroutine` or `async_generator`.
#[pyclass(name = "generator", static = GENERATOR, basicsize = 152, itemsize = 8,
    weaklistoffset = 16, flags(HAVE_GC, DISALLOW_INSTANTIATION), weaklist = weakrefs, no_methods,
    no_slots, manual_traverse, payload_drop = drop_generator)]
#[repr(C)]
pub struct Generator {
    object: Object,
    pub weakrefs: WeakList,
    pub name: Slot<Str>,
    pub qualname: Slot<Str>,
    /// What the generator handles while it runs.
    pub exc_state: HandledException,
    /// `cr_origin` of a coroutine, the finalizer hook of an async generator.
    pub origin_or_finalizer: Slot,
    /// An async generator's hooks have been looked up.
    pub hooks_inited: Cell<bool>,
    /// An async generator has been closed.
    pub closed: Cell<bool>,
    /// An async generator has a pending `asend`/`athrow`.
    pub running_async: Cell<bool>,
    pub frame_state: Cell<FrameState>,
}

impl Generator {
    /// Where the frame begins.
    #[inline(always)]
    pub fn frame(&self) -> *mut () {
        // The allocation goes on behind the struct with room for the frame.
        std::ptr::from_ref(self).cast_mut().wrapping_add(1).cast()
    }
}

impl gopy_object::Traverse for Generator {
    fn traverse(&self, visit: &mut gopy_object::Visitor<'_>) {
        self.name.traverse(visit);
        self.qualname.traverse(visit);
        self.exc_state.value.traverse(visit);
        self.origin_or_finalizer.traverse(visit);
        if self.frame_state.get() != FrameState::Cleared {
            (crate::hooks::get().generator_traverse)(self, visit);
        }
    }

    fn clear(&self) {
        // As CPython: `gen_dealloc` and `close` take generators apart, not the collector.
    }
}

unsafe fn drop_generator(object: *mut Object) {
    let generator = object.cast::<Generator>();
    // SAFETY: a dying generator; its frame goes first.
    let this = unsafe { &*generator };
    if this.frame_state.get() != FrameState::Cleared {
        (crate::hooks::get().generator_clear_frame)(this);
    }
    // SAFETY: dropped once.
    unsafe { generator.drop_in_place() };
}
