//! `set` and `frozenset`.
//!
//! Answers to `Objects/setobject.c`.

#![allow(missing_docs, unused_variables)]

use std::cell::Cell;

use gopy_macros::pyclass;
use gopy_object::{Object, PyResult, Ref};

/// A `set` or `frozenset`.
#[pyclass(name = "set", static = SET, basicsize = 200, flags(BASETYPE, HAVE_GC, MATCH_SELF), no_methods, no_slots, manual_traverse)]
#[repr(C)]
pub struct Set {
    object: Object,
    used: Cell<usize>,
}

impl gopy_object::Traverse for Set {
    fn traverse(&self, visit: &mut gopy_object::Visitor<'_>) {
        todo!()
    }
    fn clear(&self) {
        todo!()
    }
}

impl Set {
    pub fn new() -> Ref<Set> {
        todo!()
    }
    pub fn new_frozen(items: Vec<Ref>) -> PyResult<Ref<Set>> {
        todo!()
    }
    pub fn len(&self) -> usize {
        self.used.get()
    }
    pub fn add(&self, key: &Object) -> PyResult<bool> {
        todo!()
    }
    pub fn contains(&self, key: &Object) -> PyResult<bool> {
        todo!()
    }
    pub fn discard(&self, key: &Object) -> PyResult<bool> {
        todo!()
    }
    pub fn update(&self, iterable: &Object) -> PyResult<()> {
        todo!()
    }
    pub fn to_vec(&self) -> Vec<Ref> {
        todo!()
    }
}
