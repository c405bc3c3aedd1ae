//! The one error of this crate: a CPython exception class and its finished message.

use std::borrow::Cow;
use std::fmt;

/// Which exception class the caller raises.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// `ValueError`
    Value,
    /// `OverflowError`
    Overflow,
    /// `ZeroDivisionError`
    ZeroDivision,
    /// `TypeError`
    Type,
    /// `MemoryError`; it has no message
    Memory,
    /// `SystemError`
    System,
}

/// An exception to be raised: class and `str(exc)`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NumericError {
    /// The exception class.
    pub kind: ErrorKind,
    /// `str(exc)`; WTF-8 never occurs here, callers quote lone surrogates themselves.
    pub message: Cow<'static, str>,
}

/// `Result` with this crate's error.
pub type Result<T, E = NumericError> = std::result::Result<T, E>;

impl ErrorKind {
    /// The name of the class in Python.
    pub const fn name(self) -> &'static str {
        match self {
            ErrorKind::Value => "ValueError",
            ErrorKind::Overflow => "OverflowError",
            ErrorKind::ZeroDivision => "ZeroDivisionError",
            ErrorKind::Type => "TypeError",
            ErrorKind::Memory => "MemoryError",
            ErrorKind::System => "SystemError",
        }
    }
}

impl NumericError {
    /// `ValueError(message)`
    #[cold]
    pub fn value(message: impl Into<Cow<'static, str>>) -> Self {
        NumericError { kind: ErrorKind::Value, message: message.into() }
    }
    /// `OverflowError(message)`
    #[cold]
    pub fn overflow(message: impl Into<Cow<'static, str>>) -> Self {
        NumericError { kind: ErrorKind::Overflow, message: message.into() }
    }
    /// `ZeroDivisionError(message)`
    #[cold]
    pub fn zero_division(message: impl Into<Cow<'static, str>>) -> Self {
        NumericError { kind: ErrorKind::ZeroDivision, message: message.into() }
    }
    /// `TypeError(message)`
    #[cold]
    pub fn type_error(message: impl Into<Cow<'static, str>>) -> Self {
        NumericError { kind: ErrorKind::Type, message: message.into() }
    }
    /// `MemoryError()`
    #[cold]
    pub fn memory() -> Self {
        NumericError { kind: ErrorKind::Memory, message: Cow::Borrowed("") }
    }
}

impl fmt::Display for NumericError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.kind.name(), self.message)
    }
}

impl std::error::Error for NumericError {}
