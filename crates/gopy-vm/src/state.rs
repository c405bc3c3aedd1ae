//! What the VM keeps per interpreter.

use gopy_core::code::Code;
use gopy_object::{Interpreter, Slot};

/// State of the VM in one interpreter.
#[derive(Default)]
pub struct VmState {
    /// The code between a caller and `__init__`.
    pub init_cleanup: Slot<Code>,
    /// `builtins.all`, for LOAD_COMMON_CONSTANT.
    pub builtin_all: Slot,
    /// `builtins.any`, for LOAD_COMMON_CONSTANT.
    pub builtin_any: Slot,
}

/// The state of an interpreter, made on first use.
///
/// # Panics
///
/// Never: the VM alone fills the field.
pub fn of(interpreter: &'static Interpreter) -> &'static VmState {
    let state = interpreter.vm.get_or_init(|| Box::new(VmState::default()));
    state.downcast_ref::<VmState>().expect("the VM alone fills the interpreter's VM state")
}
