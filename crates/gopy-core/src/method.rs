//! `method`: a function bound to an instance.
//!
//! Answers to `Objects/classobject.c`.

#![allow(missing_docs)]

use gopy_macros::pyclass;
use gopy_object::weakref::WeakList;
use gopy_object::{Object, PyResult, Ref, gc, memory};

/// A bound `method`.
#[pyclass(name = "method", static = METHOD, basicsize = 48, weaklistoffset = 32,
    flags(HAVE_GC, HAVE_VECTORCALL), weaklist = weakrefs, no_methods, no_slots)]
#[repr(C)]
pub struct Method {
    object: Object,
    pub function: Ref,
    pub self_: Ref,
    pub weakrefs: WeakList,
}

impl Method {
    /// # Errors
    ///
    /// `MemoryError`.
    pub fn new(function: Ref, self_: Ref) -> PyResult<Ref<Method>> {
        let method = memory::alloc(
            &METHOD,
            Method {
                object: Object::header(&METHOD),
                function,
                self_,
                weakrefs: WeakList::empty(),
            },
        )?;
        Ok(gc::tracked(method))
    }
}
