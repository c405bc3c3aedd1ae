//! Importing from native code; the machinery is in gopy-vm.
//!
//! Answers to the C API of `Python/import.c`.

use gopy_object::PyResult;

use crate::str::interned;
use crate::{hooks, object};

/// The module of an absolute dotted name. May run Python.
///
/// # Errors
///
/// What importing raises.
pub fn import(name: &str) -> PyResult {
    (hooks::get().import)(name)
}

/// An attribute of a module. May run Python.
///
/// # Errors
///
/// What importing raises; `AttributeError`.
pub fn import_attr(module: &str, name: &str) -> PyResult {
    object::get_attr(&*import(module)?, &interned(name))
}
