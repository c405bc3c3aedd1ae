//! Raising exceptions: the macros that stand next to the check, and what they call.
//!
//! Answers to `Python/errors.c`. The exception types are in [`crate::exceptions`].

use std::fmt;

use gopy_object::{BaseException, Exception, Instance, Object, PyResult, Ref, Type};

use crate::{call, exceptions, str::Str, tuple};

/// Raises `ty` with a formatted message. Cold: called by the macros.
#[cold]
#[inline(never)]
pub fn raise_format(ty: &'static Type, message: fmt::Arguments<'_>) -> Exception {
    match message.as_str() {
        Some(text) => raise_text(ty, Str::new(text)),
        None => raise_text(ty, Str::new(&message.to_string())),
    }
}

/// Raises the built-in exception `ty` with one argument.
#[cold]
pub fn raise_text(ty: &'static Type, message: Ref<Str>) -> Exception {
    match exceptions::instantiate(ty, &tuple::from_array([message.upcast()])) {
        Ok(exception) => Exception::raise(exception),
        Err(error) => error,
    }
}

/// Raises `ty(*args)` for any exception class (`PyErr_SetObject` with a tuple). May run Python.
#[cold]
pub fn raise_with(ty: &Type, args: &[&Object]) -> Exception {
    match call::call(ty.as_object(), args) {
        Ok(value) => match value.downcast_ref::<BaseException>() {
            Ok(exception) => Exception::raise(exception),
            Err(other) => type_error!(
                "calling {:.200} should have returned an instance of BaseException, not {:.100}",
                ty.name(),
                other.type_name()
            ),
        },
        Err(error) => error,
    }
}

/// `Ok(None)` for an exception of type `ty`, other errors pass.
pub fn suppress<T>(result: PyResult<T>, ty: &Type) -> PyResult<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.is_instance(ty) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Maps the errors of gopy-numeric.
#[cold]
pub fn from_numeric(error: gopy_numeric::error::NumericError) -> Exception {
    exceptions::by_numeric_kind(error)
}

macro_rules! raising {
    ($($name:ident => $ty:ident;)*) => {
        $(raising!(@one $name $ty ($));)*
    };
    (@one $name:ident $ty:ident ($d:tt)) => {
        /// Makes and raises the exception with a message formatted as by `format!`.
        #[macro_export]
        macro_rules! $name {
            ($d($d arg:tt)*) => {
                $crate::error::raise_format(&$crate::exceptions::$ty, format_args!($d($d arg)*))
            };
        }
        pub use $name;
    };
}

raising! {
    arithmetic_error => ARITHMETIC_ERROR;
    assertion_error => ASSERTION_ERROR;
    attribute_error_text => ATTRIBUTE_ERROR;
    buffer_error => BUFFER_ERROR;
    eof_error => EOF_ERROR;
    import_error => IMPORT_ERROR;
    index_error => INDEX_ERROR;
    key_error_text => KEY_ERROR;
    lookup_error => LOOKUP_ERROR;
    name_error_text => NAME_ERROR;
    not_implemented_error => NOT_IMPLEMENTED_ERROR;
    os_error_text => OS_ERROR;
    overflow_error => OVERFLOW_ERROR;
    recursion_error => RECURSION_ERROR;
    reference_error => REFERENCE_ERROR;
    runtime_error => RUNTIME_ERROR;
    stop_iteration_text => STOP_ITERATION;
    syntax_error_text => SYNTAX_ERROR;
    system_error => SYSTEM_ERROR;
    type_error => TYPE_ERROR;
    unbound_local_error_text => UNBOUND_LOCAL_ERROR;
    value_error => VALUE_ERROR;
    zero_division_error => ZERO_DIVISION_ERROR;
}

/// `MemoryError` without a message.
#[cold]
pub fn memory_error() -> Exception {
    exceptions::no_memory()
}
