//! Issuing warnings; the machinery is in gopy-vm.
//!
//! Answers to the C API of `Python/_warnings.c`.

use gopy_object::{GilCell, Object, PyResult, Type};

use crate::hooks;
use crate::str::Str;

/// `warnings.warn(message, category, stack_level)`. May run Python.
///
/// # Errors
///
/// The warning itself, where a filter makes it an error.
#[cold]
pub fn warn(category: &'static GilCell<Type>, message: &str, stack_level: isize) -> PyResult<()> {
    warn_object(category, &Str::new(message).upcast(), stack_level)
}

/// `warnings.warn(message, category, stack_level)`. May run Python.
///
/// # Errors
///
/// As [`warn`].
#[cold]
pub fn warn_object(category: &Type, message: &Object, stack_level: isize) -> PyResult<()> {
    (hooks::get().warn)(category, message, stack_level)
}

/// `warnings.warn_explicit(…)`. May run Python.
///
/// # Errors
///
/// As [`warn`].
#[cold]
pub fn warn_explicit(
    category: &Type,
    message: &Object,
    filename: &Str,
    lineno: i32,
    module: Option<&Str>,
    registry: Option<&Object>,
) -> PyResult<()> {
    (hooks::get().warn_explicit)(category, message, filename, lineno, module, registry)
}
