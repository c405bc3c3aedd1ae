//! Errors of the front end: the parts of a `SyntaxError`, and which exception they make.
//!
//! Answers to `Parser/pegen_errors.c`.

/// Which exception an error is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SyntaxErrorKind {
    /// `SyntaxError`.
    Syntax,
    /// `IndentationError`.
    Indentation,
    /// `TabError`.
    Tab,
    /// `_IncompleteInputError`: more input could complete it.
    Incomplete,
    /// `MemoryError`; the message may be empty.
    Memory,
    /// `RecursionError`.
    Recursion,
    /// `ValueError`.
    Value,
    /// `OverflowError`.
    Overflow,
    /// `SystemError`.
    System,
    /// `TypeError`.
    Type,
    /// `LookupError`: no such codec.
    Lookup,
    /// `UnicodeDecodeError`.
    UnicodeDecode,
    /// `UnicodeEncodeError`.
    UnicodeEncode,
    /// The host holds an exception of its own, which goes on; every other field is empty.
    Host,
}

impl SyntaxErrorKind {
    /// `SyntaxError` or a subclass of it: the position fields count.
    pub const fn is_syntax_error(self) -> bool {
        matches!(self, Self::Syntax | Self::Indentation | Self::Tab | Self::Incomplete)
    }
}

/// An error as plain data; the file name is the caller's to add.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyntaxError {
    /// Which exception.
    pub kind: SyntaxErrorKind,
    /// `msg`.
    pub message: String,
    /// Line, from 1; 0 where Python shows `None`.
    pub lineno: u32,
    /// Column in characters, from 1, as `SyntaxError.offset` has it.
    pub offset: i32,
    /// Last line.
    pub end_lineno: u32,
    /// Column after the end, in characters, from 1; -1 where there is none to show.
    pub end_offset: i32,
    /// The source line, with its newline if it has one.
    pub text: Option<String>,
    /// Line and byte column of the last compound statement that parsed before it, zeros if none
    /// did: half of `_metadata`, by which tracebacks suggest keywords. `None` if the attribute
    /// is.
    pub last_statement: Option<(u32, u32)>,
}

impl SyntaxError {
    /// An error without a place.
    #[cold]
    pub fn bare(kind: SyntaxErrorKind, message: impl Into<String>) -> Box<Self> {
        Box::new(Self {
            kind,
            message: message.into(),
            lineno: 0,
            offset: 0,
            end_lineno: 0,
            end_offset: 0,
            text: None,
            last_statement: None,
        })
    }
}
