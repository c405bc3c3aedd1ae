//! `cell`: a variable shared by closures.
//!
//! Answers to `Objects/cellobject.c`.

#![allow(missing_docs)]

use gopy_macros::pyclass;
use gopy_object::{Object, PyResult, Ref, Slot, gc, memory};

/// A `cell`.
#[pyclass(name = "cell", static = CELL, basicsize = 24, flags(HAVE_GC), no_methods, no_slots)]
#[repr(C)]
pub struct Cell {
    object: Object,
    pub contents: Slot,
}

impl Cell {
    /// # Errors
    ///
    /// `MemoryError`.
    pub fn new(contents: Option<Ref>) -> PyResult<Ref<Cell>> {
        let cell = memory::alloc(
            &CELL,
            Cell { object: Object::header(&CELL), contents: Slot::new(contents) },
        )?;
        Ok(gc::tracked(cell))
    }
}
