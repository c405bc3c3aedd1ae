//! `classmethod` and `staticmethod`.
//!
//! Answers to the end of `Objects/funcobject.c`.

#![allow(missing_docs, unused_variables)]

use gopy_object::{Object, PyResult};

/// `classmethod(function)`.
pub fn new_class_method(function: &Object) -> PyResult {
    todo!()
}
/// `staticmethod(function)`.
pub fn new_static_method(function: &Object) -> PyResult {
    todo!()
}
