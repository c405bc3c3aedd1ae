//! What the core needs from the crates above: functions that gopy-vm fills in once.

use std::sync::OnceLock;

use gopy_object::{Args, BaseException, Object, PyResult, Ref, Type};

use crate::function::Function;
use crate::str::Str;

/// Functions of gopy-vm that the core calls.
pub struct Hooks {
    /// Enters a Python function.
    pub call_function: fn(&Function, Args<'_>) -> PyResult,
    /// `_co_code_adaptive`: the code as it runs now, in visible opcodes.
    pub code_adaptive: fn(&crate::code::Code) -> PyResult,
    /// The class and the first argument for `super()` in the running frame.
    pub super_arguments: fn() -> PyResult<(Ref<Type>, Ref)>,
    /// Line of the instruction at a byte offset of a frame's code.
    pub frame_line: fn(&Object, i32) -> Option<i32>,
    /// Globals of the running frame.
    pub current_globals: fn() -> Option<Ref<crate::dict::Dict>>,
    /// Names of the locals of the running frame, for `dir()`.
    pub current_local_names: fn() -> PyResult,
    /// `warnings.warn(message, category, stack_level)`.
    pub warn: fn(&Type, &Object, isize) -> PyResult<()>,
    /// `warnings.warn_explicit`.
    pub warn_explicit: fn(&Type, &Object, &Str, i32, Option<&Str>, Option<&Object>) -> PyResult<()>,
    /// `importlib.import_module` of an absolute name.
    pub import: fn(&str) -> PyResult,
    /// `sys.audit`.
    pub audit: fn(&str, &[&Object]) -> PyResult<()>,
    /// `sys.unraisablehook`.
    pub unraisable: fn(Ref<BaseException>, Option<&str>, Option<&Object>),
}

static HOOKS: OnceLock<&'static Hooks> = OnceLock::new();

/// Installs the hooks; the first call wins.
pub fn set(hooks: &'static Hooks) {
    let _ = HOOKS.set(hooks);
}

/// The hooks.
///
/// # Panics
///
/// Where the VM has not set them, which is a mistake in start-up.
#[inline]
pub fn get() -> &'static Hooks {
    HOOKS.get().expect("hooks are set at start-up")
}
