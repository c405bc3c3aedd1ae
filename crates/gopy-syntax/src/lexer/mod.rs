//! Bytes to tokens.
//!
//! Answers to `Parser/lexer/*.c`, `Parser/tokenizer/*.c`. Start at [`Source`], which makes clean
//! UTF-8 of a file's bytes, then [`Lexer::next`]. `scan` reads outside of f-strings, `string`
//! inside, `number` numeric literals.
//!
//! Keeps true: `pos` is at a character boundary, `line_start` at or before it on the same line,
//! except right after a newline has been read: the next line is entered only when something is
//! read from it, so that a `DEDENT` or the end of the file counts as on the last line.
//!
//! Never here: an allocation per token, a copy of the source's text.

mod class;
mod kind;
mod lines;
mod number;
mod operator;
mod scan;
mod source;
mod string;

pub use kind::TokenKind;
pub use lines::{LineLexer, Step};
pub use source::Source;

use std::borrow::Cow;

use crate::ast::Range;
use crate::{Host, SyntaxError, SyntaxErrorKind, Warning, WarningCategory, WarningFailure};
use lines::Awaited;
use string::StringMode;

/// Levels of indentation, the outermost included.
const INDENT_MAX: usize = 100;
/// Open brackets.
const LEVEL_MAX: usize = 200;
/// F-strings and t-strings inside one another, the outermost code included.
const STRING_MODES_MAX: usize = 150;
/// The column of a token that has none: `INDENT`, `DEDENT`, `ENDMARKER` (CPython's -1).
pub const NO_COLUMN: u32 = u32::MAX;

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
    /// Line and column of both; the columns may be [`NO_COLUMN`].
    pub range: Range,
    /// At the `}`, `:` or `!` that ends a replacement field's expression whose text is wanted
    /// (`{x=}` or a t-string): where that text begins. It ends at `start`. Otherwise 0. See
    /// [`Lexer::expression_text`].
    pub expression: u32,
}

const _: () = assert!(size_of::<Token>() == 32);

/// How to read the source.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// `# type:` comments become tokens (`PyCF_TYPE_COMMENTS`).
    pub type_comments: bool,
    /// Comments and insignificant newlines become tokens and much is let through, for `tokenize`.
    pub extra_tokens: bool,
    /// Typed in by a user: an empty line ends a block.
    pub interactive: bool,
    /// No warnings are issued.
    pub silent: bool,
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

/// A place for an error, in CPython's convention: byte columns counted from 1, 0 for none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// First line.
    pub lineno: u32,
    /// Column of the first byte.
    pub col_offset: i64,
    /// Last line.
    pub end_lineno: u32,
    /// Column after the last byte; 0 or -1 where there is none.
    pub end_col_offset: i64,
}

/// Reads tokens off a [`Source`].
pub struct Lexer<'s> {
    source: &'s Source<'s>,
    text: &'s [u8],
    options: Options,
    pos: usize,
    /// Line of `line_start`; 0 before the first.
    lineno: u32,
    line_start: usize,
    /// The line after the newline at `pos - 1` is not entered yet.
    line_pending: bool,
    /// Where the text that CPython holds in its buffer begins: columns of one error count from it.
    buffer_start: usize,
    /// At the beginning of a logical line: indentation counts.
    at_line_begin: bool,
    /// `INDENT`s (above 0) or `DEDENT`s (below) to hand out.
    pending_indents: i32,
    /// Columns of the open blocks with a tab size of 8, and of 1.
    indents: Vec<(u32, u32)>,
    brackets: Vec<Bracket>,
    modes: Vec<StringMode>,
    /// A comment stood alone on its line: its newline is an `NL`.
    comment_newline: bool,
    at_end: bool,
    /// The end of the text is not the end of the source.
    more_lines: bool,
    /// What may end the token that the end of the text has cut off.
    awaited: Awaited,
    /// `<>` is one token, a `NOTEQUAL`.
    flufl: bool,
}

impl<'s> Lexer<'s> {
    /// A lexer before the first token.
    pub fn new(source: &'s Source<'s>, options: Options) -> Self {
        let text = source.text();
        Self {
            source,
            text,
            options,
            pos: 0,
            lineno: 0,
            line_start: 0,
            line_pending: true,
            buffer_start: 0,
            at_line_begin: true,
            pending_indents: 0,
            indents: vec![(0, 0)],
            brackets: Vec::new(),
            modes: Vec::new(),
            comment_newline: false,
            at_end: false,
            more_lines: false,
            awaited: Awaited::Line,
            flufl: false,
        }
    }

    /// The next token. After the end of the file it is `ENDMARKER` again and again.
    #[inline]
    pub fn next(&mut self, host: &mut dyn Host) -> Result<Token, Failure> {
        match self.modes.last() {
            Some(mode) if !mode.in_expression => self.string_token(host),
            _ => self.code_token(host),
        }
    }

    /// From here on `<>` is one token (`from __future__ import barry_as_FLUFL`).
    pub fn accept_flufl(&mut self) {
        self.flufl = true;
    }

    /// What the tokens' offsets count in.
    pub fn source(&self) -> &'s Source<'s> {
        self.source
    }

    /// The text of a token.
    #[inline]
    pub fn text(&self, token: &Token) -> &'s [u8] {
        &self.text[token.start as usize..token.end as usize]
    }

    /// The text of the expression that ends before `token`, without comments; `None` if nobody
    /// can ask for it.
    pub fn expression_text(&self, token: &Token) -> Option<Cow<'s, [u8]>> {
        if token.expression == 0 {
            return None;
        }
        let text = &self.text[token.expression as usize..token.start as usize];
        Some(string::without_comments(text))
    }

    /// What has not been read yet.
    pub fn rest(&self) -> &'s [u8] {
        &self.text[self.pos.min(self.text.len())..]
    }

    /// The innermost open bracket.
    pub fn open_bracket(&self) -> Option<Bracket> {
        self.brackets.last().copied()
    }

    /// The current line.
    pub fn lineno(&self) -> u32 {
        self.lineno
    }

    /// The byte column of the next character on it.
    pub fn col_offset(&self) -> u32 {
        (self.pos - self.line_start) as u32
    }

    /// The end of the source was read.
    pub fn at_end(&self) -> bool {
        self.at_end
    }

    /// Inside an f-string or t-string.
    pub fn inside_string(&self) -> bool {
        !self.modes.is_empty()
    }

    /// Inside a raw f-string or t-string.
    pub fn string_is_raw(&self) -> bool {
        self.modes.last().is_some_and(|mode| mode.raw)
    }

    /// `f` or `t`: what messages about the innermost f-string or t-string begin with.
    pub fn string_prefix(&self) -> char {
        if self.modes.last().is_some_and(|mode| mode.template) { 't' } else { 'f' }
    }

    /// Closes the open blocks at the end of single input (`PyCF_DONT_IMPLY_DEDENT` not given).
    pub fn imply_dedents(&mut self) {
        let open = self.indents.len() - 1;
        if open > 0 {
            self.pending_indents = -(open as i32);
            self.indents.truncate(1);
        }
    }

    /// The error that a failure makes when the parser meets it.
    #[cold]
    pub fn failure_error(
        &self,
        failure: Failure,
        host: &mut dyn Host,
        file_input: bool,
    ) -> Box<SyntaxError> {
        let here = |col_offset: i64, end_col_offset: i64| Place {
            lineno: self.lineno,
            col_offset,
            end_lineno: self.lineno,
            end_col_offset,
        };
        let current = i64::from(self.col_offset());
        let (kind, message, place) = match failure {
            Failure::Error(error) => return error,
            Failure::EndOfFile => {
                if let Some(bracket) = self.open_bracket() {
                    return self.unclosed_bracket_error(bracket, host, file_input);
                }
                (SyntaxErrorKind::Syntax, "unexpected EOF while parsing", here(current, -1))
            }
            Failure::Dedent => (
                SyntaxErrorKind::Indentation,
                "unindent does not match any outer indentation level",
                here(current, -1),
            ),
            Failure::TabSpace => (
                SyntaxErrorKind::Tab,
                "inconsistent use of tabs and spaces in indentation",
                here(1, 0),
            ),
            Failure::TooDeep => {
                (SyntaxErrorKind::Indentation, "too many levels of indentation", here(1, 0))
            }
            Failure::LineContinuation => (
                SyntaxErrorKind::Syntax,
                "unexpected character after line continuation character",
                here((self.pos - self.buffer_start) as i64, 0),
            ),
        };
        self.error_at(kind, message, place, host, file_input)
    }

    /// "'(' was never closed".
    #[cold]
    pub fn unclosed_bracket_error(
        &self,
        bracket: Bracket,
        host: &mut dyn Host,
        file_input: bool,
    ) -> Box<SyntaxError> {
        let place = Place {
            lineno: bracket.lineno,
            col_offset: i64::from(bracket.col_offset) + 1,
            end_lineno: bracket.lineno,
            end_col_offset: 0,
        };
        let message = format!("'{}' was never closed", char::from(bracket.text));
        self.error_at(SyntaxErrorKind::Syntax, message, place, host, file_input)
    }

    /// An error at a known place: turns byte columns into characters and finds the line's text
    /// (`_PyPegen_raise_error_known_location`). Only `file_input` asks the host for the line.
    #[cold]
    pub fn error_at(
        &self,
        kind: SyntaxErrorKind,
        message: impl Into<String>,
        place: Place,
        host: &mut dyn Host,
        file_input: bool,
    ) -> Box<SyntaxError> {
        let from_file = if file_input { host.program_line(place.lineno) } else { None };
        let text = from_file.unwrap_or_else(|| {
            let line = if self.lineno <= place.lineno && !self.text.is_empty() {
                let end = memchr::memchr(b'\n', &self.text[self.line_start..])
                    .map_or(self.text.len(), |length| self.line_start + length + 1);
                &self.text[self.line_start..end]
            } else {
                self.source.line(place.lineno)
            };
            String::from_utf8_lossy(line).into_owned()
        });
        let offset = character_offset(&text, place.col_offset);
        let end_offset = if place.end_col_offset > 0 {
            character_offset(&text, place.end_col_offset)
        } else {
            place.end_col_offset as i32
        };
        Box::new(SyntaxError {
            kind,
            message: message.into(),
            lineno: place.lineno,
            offset,
            end_lineno: place.end_lineno,
            end_offset,
            text: Some(text),
            last_statement: None,
        })
    }

    // ---- shared by the scanners ----

    #[inline]
    fn byte(&self, pos: usize) -> u8 {
        // No line with a null byte is ever entered, so 0 is the end of the source.
        self.text.get(pos).copied().unwrap_or(0)
    }

    /// Enters the line at `pos`. False at the end of the source.
    #[inline]
    fn enter_line(&mut self) -> Result<bool, Failure> {
        if self.pos >= self.text.len() {
            self.at_end = true;
            return Ok(false);
        }
        self.line_start = self.pos;
        self.lineno += 1;
        self.line_pending = false;
        if self.pos >= self.source.check_from() {
            self.check_line()?;
        }
        Ok(true)
    }

    /// The line just entered may hold what no line may hold.
    #[cold]
    fn check_line(&mut self) -> Result<(), Failure> {
        let line = &self.text[self.line_start..];
        let end = memchr::memchr(b'\n', line).unwrap_or(line.len());
        let line = &line[..end];
        let Some(null) = memchr::memchr(0, line) else { return Ok(()) };
        Err(Failure::Error(Box::new(SyntaxError {
            kind: SyntaxErrorKind::Syntax,
            message: "source code cannot contain null bytes".to_owned(),
            lineno: self.lineno,
            offset: 0,
            end_lineno: self.lineno,
            end_offset: 0,
            text: Some(String::from_utf8_lossy(&line[..null]).into_owned()),
            last_statement: None,
        })))
    }

    #[inline]
    fn token(&self, kind: TokenKind, start: usize) -> Token {
        Token {
            kind,
            level: self.brackets.len() as u8,
            start: start as u32,
            end: self.pos as u32,
            range: Range {
                lineno: self.lineno,
                col_offset: (start - self.line_start) as u32,
                end_lineno: self.lineno,
                end_col_offset: (self.pos - self.line_start) as u32,
            },
            expression: 0,
        }
    }

    /// A token without text or column.
    fn bare_token(&self, kind: TokenKind) -> Token {
        let mut token = self.token(kind, self.pos);
        token.range.col_offset = NO_COLUMN;
        token.range.end_col_offset = NO_COLUMN;
        token
    }

    /// An error just before `pos`.
    #[cold]
    fn error(&self, message: impl Into<String>) -> Failure {
        let offset = characters(&self.text[self.line_start..self.pos]) as i32;
        self.error_with_offsets(message.into(), offset, offset)
    }

    /// An error from the character at `start` up to the one before `end`.
    #[cold]
    fn error_between(&self, message: impl Into<String>, start: usize, end: usize) -> Failure {
        let offset = characters(&self.text[self.line_start..start]) as i32 + 1;
        let end_offset = characters(&self.text[self.line_start..end]) as i32;
        self.error_with_offsets(message.into(), offset, end_offset)
    }

    fn error_with_offsets(&self, message: String, offset: i32, end_offset: i32) -> Failure {
        let line = &self.text[self.line_start..];
        let line = &line[..memchr::memchr(b'\n', line).unwrap_or(line.len())];
        Failure::Error(Box::new(SyntaxError {
            kind: SyntaxErrorKind::Syntax,
            message,
            lineno: self.lineno,
            offset,
            end_lineno: self.lineno,
            end_offset,
            text: Some(String::from_utf8_lossy(line).into_owned()),
            last_statement: None,
        }))
    }

    /// Warns about what ends at `pos`; `escalated` is the message if the warning is an error.
    #[cold]
    fn warn(
        &self,
        host: &mut dyn Host,
        message: &str,
        escalated: impl FnOnce() -> String,
    ) -> Result<(), Failure> {
        if self.options.silent {
            return Ok(());
        }
        let warning = Warning { category: WarningCategory::Syntax, message, lineno: self.lineno };
        match host.warn(warning) {
            Ok(()) => Ok(()),
            Err(WarningFailure::Escalated) => Err(self.error(escalated())),
            Err(WarningFailure::Raised) => {
                Err(Failure::Error(SyntaxError::bare(SyntaxErrorKind::Host, "")))
            }
        }
    }
}

/// How many characters begin in UTF-8 bytes.
fn characters(bytes: &[u8]) -> usize {
    bytes.iter().filter(|byte| **byte & 0xC0 != 0x80).count()
}

/// How many characters of `line` begin in its first `column` bytes
/// (`_PyPegen_byte_offset_to_character_offset`).
pub fn character_offset(line: &str, column: i64) -> i32 {
    let Ok(column) = usize::try_from(column) else { return -1 };
    // A column behind the end counts as one behind the last character.
    let beyond = usize::from(column > line.len());
    (characters(&line.as_bytes()[..column.min(line.len())]) + beyond) as i32
}
