//! `typing.Union`: `int | str`.
//!
//! Answers to `Objects/unionobject.c`.

#![allow(missing_docs, unused_variables)]

use gopy_macros::pyclass;
use gopy_object::typeobj::Tuple;
use gopy_object::weakref::WeakList;
use gopy_object::{Object, PyResult, Ref, Slot};

/// A `typing.Union`.
#[pyclass(name = "typing.Union", static = UNION, basicsize = 56, weaklistoffset = 48,
    flags(HAVE_GC, DISALLOW_INSTANTIATION), weaklist = weakrefs, no_methods, no_slots)]
#[repr(C)]
pub struct Union {
    object: Object,
    pub args: Ref<Tuple>,
    pub hashable_args: Slot,
    pub unhashable_args: Slot,
    pub parameters: Slot,
    pub weakrefs: WeakList,
}

/// The members of a union.
pub fn args_of(union: &Object) -> Ref<Tuple> {
    todo!()
}

/// `a | b` of types.
pub fn or(a: &Object, b: &Object) -> PyResult {
    todo!()
}
