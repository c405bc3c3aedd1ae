//! Issuing warnings; the machinery is in gopy-vm.
//!
//! Answers to the C API of `Python/_warnings.c`.

#![allow(missing_docs, unused_variables)]

use gopy_object::{Object, PyResult, Type};

use crate::str::Str;

pub fn warn(
    category: &'static gopy_object::GilCell<Type>,
    message: &str,
    stack_level: isize,
) -> PyResult<()> {
    todo!()
}

pub fn warn_explicit(
    category: &Type,
    message: &Object,
    filename: &Str,
    lineno: i32,
    module: Option<&Str>,
    registry: Option<&Object>,
) -> PyResult<()> {
    todo!()
}
