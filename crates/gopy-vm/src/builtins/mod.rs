//! `builtins`: the functions that need no import; the types come from the crates below.
//!
//! Answers to `Python/bltinmodule.c`. `compile`, `eval` and `exec` are in [`execute`], `min`, `max` and
//! `sum` in [`reduce`], `print` and `input` in [`streams`], `__build_class__` in [`build_class`].

mod build_class;
mod execute;
mod module;
mod reduce;
mod streams;

use gopy_core::dict::Dict;
use gopy_core::error::runtime_error;
use gopy_core::int::Int;
use gopy_core::str::Str;
use gopy_core::{bool_, none};
use gopy_object::{GilCell, Instance, Interpreter, PyResult, Ref, Type};

pub use module::module::MODULE;
pub use streams::write_object;

/// What `builtins.name` is now, for native code that needs a type or function of a crate above.
///
/// # Errors
///
/// `RuntimeError` where a program has removed it.
pub fn get(name: &Str) -> PyResult {
    if let Some(builtins) = Interpreter::current().builtins.get()
        && let Some(dict) = builtins.downcast::<Dict>()
        && let Some(value) = dict.get_str(name)?
    {
        return Ok(value);
    }
    Err(runtime_error!("lost builtins.{name}"))
}

/// Adds the constants, types and exceptions to the module's dict, in CPython's order.
pub(crate) fn fill(dict: &Dict, types: &[&'static GilCell<Type>], debug: bool) -> PyResult<()> {
    let constants = [
        ("None", none::none()),
        ("Ellipsis", none::ellipsis()),
        ("NotImplemented", none::not_implemented()),
        ("False", bool_::bool_ref(false)),
        ("True", bool_::bool_ref(true)),
    ];
    for (name, value) in constants {
        dict.set_str(&gopy_core::str::interned(name), &value)?;
    }
    let find = |wanted: &str| types.iter().find(|ty| &*ty.get().name() == wanted);
    for name in TYPES {
        if let Some(ty) = find(name) {
            dict.set_str(&gopy_core::str::interned(name), ty.get().as_object())?;
        }
    }
    dict.set_str(&gopy_core::str::interned("__debug__"), &bool_::bool_ref(debug))?;
    for name in EXCEPTIONS {
        if let Some(ty) = find(name) {
            dict.set_str(&gopy_core::str::interned(name), ty.get().as_object())?;
        }
    }
    if let Some(ty) = find("OSError") {
        for name in ["EnvironmentError", "IOError"] {
            dict.set_str(&gopy_core::str::interned(name), ty.get().as_object())?;
        }
    }
    Ok(())
}

const TYPES: &[&str] = &[
    "bool",
    "memoryview",
    "bytearray",
    "bytes",
    "classmethod",
    "complex",
    "dict",
    "enumerate",
    "filter",
    "float",
    "frozenset",
    "property",
    "int",
    "list",
    "map",
    "object",
    "range",
    "reversed",
    "set",
    "slice",
    "staticmethod",
    "str",
    "super",
    "tuple",
    "type",
    "zip",
];

const EXCEPTIONS: &[&str] = &[
    "BaseException",
    "BaseExceptionGroup",
    "Exception",
    "GeneratorExit",
    "KeyboardInterrupt",
    "SystemExit",
    "ArithmeticError",
    "AssertionError",
    "AttributeError",
    "BufferError",
    "EOFError",
    "ImportError",
    "LookupError",
    "MemoryError",
    "NameError",
    "OSError",
    "ReferenceError",
    "RuntimeError",
    "StopAsyncIteration",
    "StopIteration",
    "SyntaxError",
    "SystemError",
    "TypeError",
    "ValueError",
    "Warning",
    "FloatingPointError",
    "OverflowError",
    "ZeroDivisionError",
    "BytesWarning",
    "DeprecationWarning",
    "EncodingWarning",
    "FutureWarning",
    "ImportWarning",
    "PendingDeprecationWarning",
    "ResourceWarning",
    "RuntimeWarning",
    "SyntaxWarning",
    "UnicodeWarning",
    "UserWarning",
    "BlockingIOError",
    "ChildProcessError",
    "ConnectionError",
    "FileExistsError",
    "FileNotFoundError",
    "InterruptedError",
    "IsADirectoryError",
    "NotADirectoryError",
    "PermissionError",
    "ProcessLookupError",
    "TimeoutError",
    "IndentationError",
    "_IncompleteInputError",
    "IndexError",
    "KeyError",
    "ModuleNotFoundError",
    "NotImplementedError",
    "PythonFinalizationError",
    "RecursionError",
    "UnboundLocalError",
    "UnicodeError",
    "BrokenPipeError",
    "ConnectionAbortedError",
    "ConnectionRefusedError",
    "ConnectionResetError",
    "TabError",
    "UnicodeDecodeError",
    "UnicodeEncodeError",
    "UnicodeTranslateError",
];

/// `id(object)`.
pub(crate) fn id_of(object: &gopy_object::Object) -> Ref<Int> {
    Int::from_u64(object.id() as u64)
}
