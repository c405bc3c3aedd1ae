//! `types.GenericAlias`: `list[int]`.
//!
//! Answers to `Objects/genericaliasobject.c`.

#![allow(missing_docs, unused_variables)]

use gopy_macros::pyclass;
use gopy_object::weakref::WeakList;
use gopy_object::{Object, PyResult, Ref, Slot};

/// A `types.GenericAlias`.
#[pyclass(name = "types.GenericAlias", static = GENERIC_ALIAS, basicsize = 64, weaklistoffset = 40,
    flags(BASETYPE, HAVE_GC, HAVE_VECTORCALL), weaklist = weakrefs, no_methods, no_slots)]
#[repr(C)]
pub struct GenericAlias {
    object: Object,
    pub origin: Ref,
    pub args: Ref,
    pub parameters: Slot,
    pub weakrefs: WeakList,
    pub starred: bool,
}

impl GenericAlias {
    /// `origin[args]`; one argument that is no tuple is wrapped.
    pub fn new(origin: &Object, args: &Object) -> PyResult<Ref<GenericAlias>> {
        todo!()
    }
}
