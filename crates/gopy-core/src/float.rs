//! `float`: an IEEE double.
//!
//! Answers to `Objects/floatobject.c`.

#![allow(missing_docs, unused_variables)]

use gopy_macros::pyclass;
use gopy_object::{Object, PyResult, Ref};

/// A `float`.
#[pyclass(name = "float", static = FLOAT, basicsize = 24, flags(BASETYPE, MATCH_SELF), no_methods, no_slots)]
#[repr(C)]
pub struct Float {
    object: Object,
    value: f64,
}

impl Float {
    #[inline]
    pub fn new(value: f64) -> Ref<Float> {
        todo!()
    }
    #[inline(always)]
    pub fn value(&self) -> f64 {
        self.value
    }
}

/// `__float__`, then `__index__`; "must be real number, not …".
pub fn as_f64(o: &Object) -> PyResult<f64> {
    todo!()
}
