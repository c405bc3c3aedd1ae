//! Importing from native code; the machinery is in gopy-vm.
//!
//! Answers to the C API of `Python/import.c`.

#![allow(missing_docs, unused_variables)]

use gopy_object::PyResult;

pub fn import(name: &str) -> PyResult {
    todo!()
}

pub fn import_attr(module: &str, name: &str) -> PyResult {
    todo!()
}
