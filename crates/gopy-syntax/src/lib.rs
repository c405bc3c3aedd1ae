//! Source text to AST: lexer, grammar, parser, unparser, syntax errors.
//!
//! A library without objects and without I/O: what it needs from the interpreter comes through
//! [`Host`]. Nodes live in an [`ast::Arena`] and are plain copyable data.

#![forbid(unsafe_code)]

pub mod ast;
pub mod docstring;
mod error;
mod host;
pub mod lexer;
pub mod literal;
pub mod parser;

pub mod unparse;

pub use error::{SyntaxError, SyntaxErrorKind};
pub use host::{Host, Warning, WarningCategory, WarningFailure};
pub use parser::{Mode, ParseOptions, parse};
