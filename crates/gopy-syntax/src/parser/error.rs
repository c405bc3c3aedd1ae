//! Raising: which error, where, and the last look at the rest of the source.
//!
//! Answers to `Parser/pegen_errors.c`. An error is raised once: while one is set, raising
//! another does nothing.

use crate::ast::{Alias, Arg, Expr, Keyword, Pattern, Range, Stmt};
use crate::lexer::{Failure, NO_COLUMN, Place, TokenKind};
use crate::{SyntaxError, SyntaxErrorKind};

use super::Mode;
use super::generated::kind;
use super::state::{Done, Parser, Tok};

/// Something with a place in the source.
pub(super) trait Located {
    /// Where it stands.
    fn range(&self, p: &Parser<'_, '_>) -> Range;
}

impl Located for Tok {
    fn range(&self, p: &Parser<'_, '_>) -> Range {
        p.slot(*self).token.range
    }
}

macro_rules! located {
    ($($ty:ty),*) => {$(
        impl Located for $ty {
            fn range(&self, _: &Parser<'_, '_>) -> Range {
                self.range
            }
        }
    )*};
}

located!(&Expr<'_>, &Stmt<'_>, &Pattern<'_>, &Arg<'_>, &Keyword<'_>, &Alias);

/// Column from 1; a token without a column stands before the first.
fn column(col_offset: u32) -> i64 {
    if col_offset == NO_COLUMN { 0 } else { i64::from(col_offset) + 1 }
}

impl<'a> Parser<'a, '_> {
    /// At the last token read.
    #[cold]
    pub(super) fn error<T>(&mut self, message: impl Into<String>) -> Option<T> {
        self.raise(SyntaxErrorKind::Syntax, false, message.into())
    }

    /// At the last token read, as an `IndentationError`.
    #[cold]
    pub(super) fn indentation_error<T>(&mut self, message: impl Into<String>) -> Option<T> {
        self.raise(SyntaxErrorKind::Indentation, false, message.into())
    }

    /// At the next token to be taken.
    #[cold]
    pub(super) fn error_on_next<T>(&mut self, message: impl Into<String>) -> Option<T> {
        self.raise(SyntaxErrorKind::Syntax, true, message.into())
    }

    /// At the next token to be taken, if there is no error yet.
    #[cold]
    pub(super) fn error_on_next_unless_raised<T>(&mut self, message: &str) -> Option<T> {
        if self.error.is_some() { None } else { self.error_on_next(message) }
    }

    /// From one thing to another.
    #[cold]
    pub(super) fn error_range<T>(
        &mut self,
        first: impl Located,
        last: impl Located,
        message: impl Into<String>,
    ) -> Option<T> {
        let range = first.range(self).to(last.range(self));
        self.raise_at(SyntaxErrorKind::Syntax, Self::place(range), message.into())
    }

    /// At one thing.
    #[cold]
    pub(super) fn error_at<T>(
        &mut self,
        thing: impl Located,
        message: impl Into<String>,
    ) -> Option<T> {
        let range = thing.range(self);
        self.raise_at(SyntaxErrorKind::Syntax, Self::place(range), message.into())
    }

    /// From a thing to where the lexer stands.
    #[cold]
    pub(super) fn error_from<T>(
        &mut self,
        thing: impl Located,
        message: impl Into<String>,
    ) -> Option<T> {
        let mut place = Self::place(thing.range(self));
        place.end_lineno = self.lexer.lineno();
        place.end_col_offset = i64::from(self.lexer.col_offset());
        self.raise_at(SyntaxErrorKind::Syntax, place, message.into())
    }

    /// An error that has no place.
    #[cold]
    pub(super) fn raise_bare<T>(
        &mut self,
        kind: SyntaxErrorKind,
        message: impl Into<String>,
    ) -> Option<T> {
        self.failed = true;
        if self.error.is_none() {
            self.error = Some(SyntaxError::bare(kind, message));
        }
        None
    }

    /// Sets an error that is made already.
    #[cold]
    pub(super) fn raise_made<T>(&mut self, error: Box<SyntaxError>) -> Option<T> {
        self.failed = true;
        self.error.get_or_insert(error);
        None
    }

    pub(super) fn place(range: Range) -> Place {
        Place {
            lineno: range.lineno,
            col_offset: column(range.col_offset),
            end_lineno: range.end_lineno,
            end_col_offset: column(range.end_col_offset),
        }
    }

    #[cold]
    fn raise<T>(&mut self, kind: SyntaxErrorKind, next: bool, message: String) -> Option<T> {
        if self.failed && self.error.is_some() {
            return None;
        }
        if self.tokens.is_empty() {
            let place = Place { lineno: 0, col_offset: 0, end_lineno: 0, end_col_offset: -1 };
            return self.raise_at(kind, place, message);
        }
        if next && self.mark == self.tokens.len() && !self.fill() {
            return None;
        }
        let at = if next { self.mark } else { self.tokens.len() - 1 };
        let range = self.tokens[at].token.range;
        let col_offset = if range.col_offset == NO_COLUMN {
            i64::from(self.lexer.col_offset())
        } else {
            column(range.col_offset)
        };
        let end_col_offset =
            if range.end_col_offset == NO_COLUMN { -1 } else { column(range.end_col_offset) };
        let end_lineno = range.end_lineno;
        let place = Place { lineno: range.lineno, col_offset, end_lineno, end_col_offset };
        self.raise_at(kind, place, message)
    }

    #[cold]
    pub(super) fn raise_at<T>(
        &mut self,
        kind: SyntaxErrorKind,
        place: Place,
        message: String,
    ) -> Option<T> {
        if self.failed && self.error.is_some() {
            return None;
        }
        self.failed = true;
        let file_input = self.mode == Mode::File;
        self.error = Some(self.lexer.error_at(kind, message, place, self.host, file_input));
        None
    }

    /// The rules are nested too deeply.
    #[cold]
    pub(super) fn overflow(&mut self) {
        self.failed = true;
        let message = "Parser stack overflowed - Python source too complex to parse";
        self.error = Some(SyntaxError::bare(SyntaxErrorKind::Memory, message));
    }

    /// Chooses the error after both passes; `last` is the last token of the first one.
    #[cold]
    pub(super) fn choose_error(&mut self, last: usize) {
        if let Some(error) = &self.error {
            // The parser's own message yields to what the lexer finds in the rest.
            if self.done == Done::No && !self.is_end_of_source() && error.kind.is_syntax_error() {
                self.check_rest_of_source();
            }
            return;
        }
        let Some(slot) = self.tokens.get(last) else {
            self.error::<()>("error at start before reading any input");
            return;
        };
        let (last_kind, range) = (slot.kind, slot.token.range);
        if last_kind == kind::ERRORTOKEN && self.done == Done::EndOfFile {
            match self.lexer.open_bracket() {
                Some(bracket) => {
                    let file_input = self.mode == Mode::File;
                    let made = self.lexer.unclosed_bracket_error(bracket, self.host, file_input);
                    self.raise_made::<()>(made);
                }
                None => {
                    self.error::<()>("unexpected EOF while parsing");
                }
            }
            return;
        }
        if last_kind == kind::INDENT || last_kind == kind::DEDENT {
            let what = if last_kind == kind::INDENT { "indent" } else { "unindent" };
            self.indentation_error::<()>(format!("unexpected {what}"));
            return;
        }
        // Not further: the second pass may have read on in search of a better message.
        self.raise_at::<()>(
            SyntaxErrorKind::Syntax,
            Self::place(range),
            "invalid syntax".to_owned(),
        );
        self.check_rest_of_source();
    }

    /// Reads to the end: an error of the lexer replaces the parser's, and so does a bracket that
    /// was opened on a line before the parser's error and is never closed.
    fn check_rest_of_source(&mut self) {
        let last = self.tokens.last().map(|slot| slot.token.range.lineno);
        let Some(current) = self.known_error_line.or(last) else { return };
        let failure = loop {
            match self.lexer.next(self.host) {
                Ok(token) if token.kind == TokenKind::EndMarker => return,
                Ok(_) => {}
                Err(failure) => break failure,
            }
        };
        let file_input = self.mode == Mode::File;
        let found = if let Failure::Error(error) = failure {
            error
        } else {
            match self.lexer.open_bracket() {
                Some(bracket) if current > bracket.lineno => {
                    self.lexer.unclosed_bracket_error(bracket, self.host, file_input)
                }
                _ => return,
            }
        };
        // In a string's expression the parser's error stays: the lexer only lost its way there.
        if !self.lexer.inside_string() {
            self.error = Some(found);
        }
    }
}

impl Parser<'_, '_> {
    /// The source only lacks its end.
    #[cold]
    pub(super) fn incomplete_input(&mut self) {
        self.raise::<()>(SyntaxErrorKind::Incomplete, false, "incomplete input".to_owned());
        if self.unterminated == Some(3)
            && let Some(error) = &mut self.error
        {
            // All that was read in search of the end counts as the line.
            let source = self.lexer.source().text();
            let start = source.len() - self.lexer.rest().len() - self.lexer.col_offset() as usize;
            error.text = Some(String::from_utf8_lossy(&source[start..]).into_owned());
        }
    }
}
