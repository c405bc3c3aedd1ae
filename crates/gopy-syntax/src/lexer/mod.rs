//! Bytes to tokens.
//!
//! Answers to `Parser/lexer/*.c`, `Parser/tokenizer/*.c`.

mod kind;

pub use kind::TokenKind;

use crate::SyntaxError;
use crate::ast::Range;

/// A token; its text is the source between `start` and `end`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token {
    /// What it is.
    pub kind: TokenKind,
    /// How many brackets are open after it.
    pub level: u8,
    /// Byte offset of its first byte in the source.
    pub start: u32,
    /// Byte offset after its last byte.
    pub end: u32,
    /// Line and column of both.
    pub range: Range,
    /// At the `}`, `:`, `!` or `=` that ends a replacement field's expression whose text is
    /// wanted (`{x=}` or a t-string): where that text begins. It ends at `start`. Otherwise 0.
    pub expression: u32,
}

/// How to read the source.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// `# type:` comments become tokens (`PyCF_TYPE_COMMENTS`).
    pub type_comments: bool,
    /// Comments and insignificant newlines become tokens and much is let through, for `tokenize`.
    pub extra_tokens: bool,
    /// Typed in by a user: an empty line ends a block.
    pub interactive: bool,
    /// Warnings are issued.
    pub report_warnings: bool,
}

/// Why there is no next token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// An error whose message and place the lexer knows: it wins over the parser's.
    Error(Box<SyntaxError>),
    /// The source ends inside brackets, or after a backslash.
    EndOfFile,
    /// A dedent to a level that no line before has.
    Dedent,
    /// Tabs and spaces compare differently depending on the tab size.
    TabSpace,
    /// 100 levels of indentation.
    TooDeep,
    /// A backslash before something other than the end of the line.
    LineContinuation,
}

/// A bracket that is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bracket {
    /// `(`, `[` or `{`.
    pub text: u8,
    /// Its line.
    pub lineno: u32,
    /// Its byte column.
    pub col_offset: u32,
}
