//! Making functions.
//!
//! Answers to MAKE_FUNCTION and SET_FUNCTION_ATTRIBUTE of `Python/bytecodes.c`, `PyFunction_New` and
//! `_PyEval_BuiltinsFromGlobals`.

use gopy_bytecode::operators::function_attribute;
use gopy_core::code::Code;
use gopy_core::dict::Dict;
use gopy_core::error::system_error;
use gopy_core::function::Function;
use gopy_core::id;
use gopy_core::module::Module;
use gopy_core::tuple::Tuple;
use gopy_object::{Instance, Object, PyResult, Ref, thread};

use crate::frame::{self, FrameRef};

/// What code in `globals` sees as builtins.
///
/// # Errors
///
/// What comparing odd keys raises.
#[inline(never)]
pub fn builtins_of(globals: &Dict) -> PyResult {
    match globals.get_str(id!(__builtins__))? {
        Some(builtins) => Ok(match builtins.downcast::<Module>() {
            Some(module) => module.dict().upcast(),
            None => builtins,
        }),
        None => Ok(current_builtins()),
    }
}

/// The builtins of the running frame, or of the interpreter.
#[inline(never)]
pub fn current_builtins() -> Ref {
    let thread = thread();
    match frame::current(thread) {
        Some(frame) => frame.builtins().to_ref(),
        None => match thread.interpreter().builtins.get() {
            Some(builtins) => builtins,
            None => Dict::new().upcast(),
        },
    }
}

/// The version that functions of `code` begin with.
#[inline(never)]
pub fn version_of(code: &Code) -> u32 {
    if code.version.get() == 0 {
        let next = &thread().interpreter().next_func_version;
        let version = next.get();
        if version != 0 {
            next.set(version.wrapping_add(1));
        }
        code.version.set(version);
    }
    code.version.get()
}

/// MAKE_FUNCTION.
///
/// # Errors
///
/// `MemoryError`.
#[inline(never)]
pub fn make(code: &Object, frame: FrameRef) -> PyResult<Ref<Function>> {
    let Some(code) = code.downcast::<Code>() else {
        return Err(system_error!("MAKE_FUNCTION without a code object"));
    };
    let function = new_function(code, frame.globals())?;
    function.version.set(version_of(code));
    Ok(function)
}

/// `PyFunction_New`.
///
/// # Errors
///
/// `MemoryError`; what comparing odd keys of the globals raises.
#[inline(never)]
pub fn new_function(code: &Code, globals: &Dict) -> PyResult<Ref<Function>> {
    let module = globals.get_str(id!(__name__))?;
    let builtins = builtins_of(globals)?;
    Function::new(code.to_ref(), globals.to_ref(), builtins, module)
}

/// SET_FUNCTION_ATTRIBUTE; the compiler provides the right type.
#[inline(never)]
pub fn set_attribute(function: &Function, which: u32, value: Ref) {
    match which {
        function_attribute::DEFAULTS => {
            function.defaults.set(value.downcast_ref::<Tuple>().ok());
        }
        function_attribute::KWDEFAULTS => {
            function.kwdefaults.set(value.downcast_ref::<Dict>().ok());
        }
        function_attribute::ANNOTATIONS => function.annotations.set(Some(value)),
        function_attribute::CLOSURE => function.closure.set(value.downcast_ref::<Tuple>().ok()),
        _ => function.annotate.set(Some(value)),
    }
}
