//! The exception types.
//!
//! Answers to `Objects/exceptions.c`.

#![allow(missing_docs, unused_variables)]

use gopy_object::typeobj::Payload;
use gopy_object::{
    BaseException, Exception, GilCell, Object, PyResult, Ref, Type, TypeFlags, TypeSpec,
};

use crate::str::Str;
use crate::tuple::Tuple;

macro_rules! placeholder { ($($name:ident $text:literal;)*) => {$(
    pub static $name: GilCell<Type> = GilCell::new(Type::builtin(&TypeSpec {
        name: $text, doc: None, text_signature: None, base: None, flags: TypeFlags::NONE, basicsize: 72, itemsize: 0,
        dictoffset: 16, weaklistoffset: 0, payload: &PAYLOAD, methods: &[], getsets: &[], members: &[], slots: |_| {},
    }));
)*} }
static PAYLOAD: Payload = Payload::of::<BaseException>();
pub use gopy_object::typeobj::BASE_EXCEPTION;
placeholder! {
    EXCEPTION "Exception"; ARITHMETIC_ERROR "ArithmeticError"; ASSERTION_ERROR "AssertionError"; ATTRIBUTE_ERROR "AttributeError";
    BUFFER_ERROR "BufferError"; EOF_ERROR "EOFError"; IMPORT_ERROR "ImportError"; MODULE_NOT_FOUND_ERROR "ModuleNotFoundError";
    INDEX_ERROR "IndexError"; KEY_ERROR "KeyError"; LOOKUP_ERROR "LookupError"; NAME_ERROR "NameError"; MEMORY_ERROR "MemoryError";
    NOT_IMPLEMENTED_ERROR "NotImplementedError"; OS_ERROR "OSError"; OVERFLOW_ERROR "OverflowError"; RECURSION_ERROR "RecursionError";
    REFERENCE_ERROR "ReferenceError"; RUNTIME_ERROR "RuntimeError"; STOP_ITERATION "StopIteration"; STOP_ASYNC_ITERATION "StopAsyncIteration";
    SYNTAX_ERROR "SyntaxError"; INDENTATION_ERROR "IndentationError"; TAB_ERROR "TabError"; SYSTEM_ERROR "SystemError"; SYSTEM_EXIT "SystemExit";
    TYPE_ERROR "TypeError"; UNBOUND_LOCAL_ERROR "UnboundLocalError"; VALUE_ERROR "ValueError"; ZERO_DIVISION_ERROR "ZeroDivisionError";
    GENERATOR_EXIT "GeneratorExit"; KEYBOARD_INTERRUPT "KeyboardInterrupt"; UNICODE_ERROR "UnicodeError";
    UNICODE_DECODE_ERROR "UnicodeDecodeError"; UNICODE_ENCODE_ERROR "UnicodeEncodeError"; UNICODE_TRANSLATE_ERROR "UnicodeTranslateError";
    WARNING "Warning"; DEPRECATION_WARNING "DeprecationWarning"; RUNTIME_WARNING "RuntimeWarning"; SYNTAX_WARNING "SyntaxWarning";
    RESOURCE_WARNING "ResourceWarning"; BYTES_WARNING "BytesWarning"; ENCODING_WARNING "EncodingWarning"; IMPORT_WARNING "ImportWarning";
    USER_WARNING "UserWarning"; FUTURE_WARNING "FutureWarning"; PENDING_DEPRECATION_WARNING "PendingDeprecationWarning"; UNICODE_WARNING "UnicodeWarning";
    FILE_NOT_FOUND_ERROR "FileNotFoundError"; BLOCKING_IO_ERROR "BlockingIOError"; BASE_EXCEPTION_GROUP "BaseExceptionGroup";
    FLOATING_POINT_ERROR "FloatingPointError"; PYTHON_FINALIZATION_ERROR "PythonFinalizationError";
}

/// `ty(*args)` for a built-in exception type, without looking at subclasses' `__new__`.
pub fn instantiate(ty: &Type, args: &Tuple) -> PyResult<Ref<BaseException>> {
    todo!()
}
/// The pre-allocated kind of MemoryError.
pub fn no_memory() -> Exception {
    todo!()
}
pub fn by_numeric_kind(error: gopy_numeric::error::NumericError) -> Exception {
    todo!()
}
/// StopIteration(value); for generators' returns.
pub fn stop_iteration(value: &Object) -> Exception {
    todo!()
}
/// The value of a StopIteration.
pub fn stop_iteration_value(exception: &BaseException) -> Ref {
    todo!()
}
/// KeyError(key).
pub fn key_error(key: &Object) -> Exception {
    todo!()
}
/// AttributeError with `name` and `obj` set: "'%.100s' object has no attribute '%U'".
pub fn attribute_error(o: &Object, name: &Str) -> Exception {
    todo!()
}
/// AttributeError with `name` and `obj` set and this message.
pub fn attribute_error_with(o: &Object, name: &Str, message: &str) -> Exception {
    todo!()
}
pub fn name_error(name: &Str, message: &str) -> Exception {
    todo!()
}
/// ImportError(message, name=…, path=…).
pub fn import_error(
    ty: &'static GilCell<Type>,
    message: &str,
    name: Option<&Object>,
    path: Option<&Object>,
) -> Exception {
    todo!()
}
/// OSError of the subclass for `errno`, with file names.
pub fn os_error(errno: i32, filename: Option<&Object>, filename2: Option<&Object>) -> Exception {
    todo!()
}
pub fn unicode_decode_error(
    encoding: &str,
    bytes: &[u8],
    start: usize,
    end: usize,
    reason: &str,
) -> Exception {
    todo!()
}
pub fn unicode_encode_error(
    encoding: &str,
    text: &Str,
    start: usize,
    end: usize,
    reason: &str,
) -> Exception {
    todo!()
}
pub fn unicode_translate_error(text: &Str, start: usize, end: usize, reason: &str) -> Exception {
    todo!()
}
