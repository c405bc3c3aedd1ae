//! `PyCapsule`: an opaque native pointer, as `datetime.datetime_CAPI` shows one.
//!
//! Answers to `Objects/capsule.c`.

use gopy_macros::{pyclass, pymethods, pyslots};
use gopy_object::{Instance, Object, PyResult, Ref, memory};

/// A `PyCapsule`.
#[pyclass(name = "PyCapsule", static = CAPSULE, basicsize = 64,
    flags(HAVE_GC, DISALLOW_INSTANTIATION))]
#[repr(C)]
pub struct Capsule {
    object: Object,
    name: &'static str,
}

/// A capsule with this name.
///
/// # Errors
///
/// `MemoryError`.
pub fn new(name: &'static str) -> PyResult<Ref<Capsule>> {
    memory::alloc(&CAPSULE, Capsule { object: Object::header(&CAPSULE), name })
}

#[pymethods]
impl Capsule {}

#[pyslots]
impl Capsule {
    fn repr(&self) -> String {
        format!("<capsule object \"{}\" at {:#x}>", self.name, self.as_object().id())
    }
}
