//! Literals: the values of string, bytes and number tokens, and what strings side by side make.
//!
//! Answers to `Parser/string_parser.c` and the string part of `Parser/action_helpers.c`. Works on
//! bytes and nodes; warnings and errors come back as data, which the parser places.

mod concatenate;
mod escape;
mod number;

pub use concatenate::{concatenate_strings, concatenate_tstrings, format_spec, string_values};
pub use escape::{InvalidEscape, Literal, LiteralError, string, text};
pub use number::number;
