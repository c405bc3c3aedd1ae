//! `sys`: the interpreter as programs see it.
//!
//! Answers to `Python/sysmodule.c`. Functions are in [`module`], attributes in [`attributes`], the
//! hooks that display values and exceptions in [`display`], auditing in [`audit`].

pub mod attributes;
pub mod audit;
mod display;
mod jit;
mod module;
mod stdlib_names;

use gopy_core::dict::Dict;
use gopy_core::str::Str;
use gopy_object::{Interpreter, Object, PyResult, Ref};

pub use display::{displayhook, flush_std_streams, unraisable};
pub use module::module::MODULE;

/// The dict of `sys`.
pub fn dict() -> Option<Ref<Dict>> {
    Interpreter::current().sys_dict.get()?.downcast_ref::<Dict>().ok()
}

/// `sys.name`.
///
/// # Errors
///
/// What comparing odd keys raises.
pub fn get_opt(name: &Str) -> PyResult<Option<Ref>> {
    match dict() {
        Some(dict) => dict.get_str(name),
        None => Ok(None),
    }
}

/// `sys.name = value`.
///
/// # Errors
///
/// `MemoryError`.
pub fn set(name: &Str, value: &Object) -> PyResult<()> {
    match dict() {
        Some(dict) => dict.set_str(name, value),
        None => Ok(()),
    }
}
