//! `slice`.
//!
//! Answers to `Objects/sliceobject.c`.

#![allow(missing_docs, unused_variables)]

use gopy_macros::pyclass;
use gopy_object::{Object, PyResult, Ref};

/// A `slice`.
#[pyclass(name = "slice", static = SLICE, basicsize = 40, flags(HAVE_GC), no_methods, no_slots)]
#[repr(C)]
pub struct Slice {
    object: Object,
    pub(crate) start: Ref,
    pub(crate) stop: Ref,
    pub(crate) step: Ref,
}

impl Slice {
    pub fn new(start: Ref, stop: Ref, step: Ref) -> Ref<Slice> {
        todo!()
    }
    /// start, stop, step as `PySlice_Unpack`.
    pub fn unpack(&self) -> PyResult<(isize, isize, isize)> {
        todo!()
    }
}

/// Clips to a sequence of `length` items; start, stop, and the number of items.
pub fn adjust(length: usize, start: isize, stop: isize, step: isize) -> (isize, isize, usize) {
    todo!()
}
