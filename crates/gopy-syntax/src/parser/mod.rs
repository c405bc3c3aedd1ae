//! Tokens to tree.
//!
//! Answers to `Parser/pegen.c`, `Parser/pegen_errors.c`, `Parser/action_helpers.c` and the
//! generated `Parser/parser.c`. The rules are generated from `grammar/*.gram`; [`state`] is what
//! they run on, [`build`], [`actions`] and [`strings`] hold what their actions call, [`error`]
//! chooses among errors.
//!
//! A source that does not parse is parsed again with the rules for known mistakes, which is slow
//! and only finds the best message.

mod actions;
mod build;
mod error;
mod generated;
mod state;
mod strings;
#[cfg(test)]
mod tests;

use crate::ast::{Arena, Interner, Mod, Range};
use crate::lexer::{Lexer, Options, Source};
use crate::{Host, SyntaxError, SyntaxErrorKind};

use generated::kind;
use state::{Done, Parser, Slot};

/// How deep rules may be nested.
pub const LEVEL_MAX: u32 = 6000;

/// Tokens that end without a look at the next character.
const CLOSED: [u8; 9] = [
    kind::NEWLINE,
    kind::STRING,
    kind::FSTRING_END,
    kind::TSTRING_END,
    kind::ELLIPSIS,
    kind::DOUBLESTAREQUAL,
    kind::DOUBLESLASHEQUAL,
    kind::LEFTSHIFTEQUAL,
    kind::RIGHTSHIFTEQUAL,
];

/// What the source is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// `'exec'`: a file.
    File,
    /// `'single'`: one interactive statement.
    Single,
    /// `'eval'`: an expression.
    Eval,
    /// `'func_type'`: a function's type comment.
    FunctionType,
}

/// Settings of a parse.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ParseOptions {
    /// `# type:` comments are part of the tree (`PyCF_TYPE_COMMENTS`).
    pub type_comments: bool,
    /// Minor version of Python 3 whose grammar is wanted (`feature_version`).
    pub feature_version: u8,
    /// A source that only lacks its end raises `_IncompleteInputError`
    /// (`PyCF_ALLOW_INCOMPLETE_INPUT`).
    pub allow_incomplete_input: bool,
    /// A line that ends interactive input does not end its blocks (`PyCF_DONT_IMPLY_DEDENT`).
    pub dont_imply_dedent: bool,
    /// `<>` and not `!=` (`CO_FUTURE_BARRY_AS_BDFL`).
    pub barry_as_flufl: bool,
    /// How deep rules may be nested: [`LEVEL_MAX`], or less on a small native stack.
    pub level_max: u32,
}

impl Default for ParseOptions {
    fn default() -> Self {
        Self {
            type_comments: false,
            feature_version: 14,
            allow_incomplete_input: false,
            dont_imply_dedent: false,
            barry_as_flufl: false,
            level_max: LEVEL_MAX,
        }
    }
}

/// Parses a source. The tree lies in `arena`, its names in `interner`.
pub fn parse<'a>(
    source: &Source<'_>,
    mode: Mode,
    options: &ParseOptions,
    host: &mut dyn Host,
    arena: &'a Arena,
    interner: &mut Interner<'a>,
) -> Result<Mod<'a>, Box<SyntaxError>> {
    let lexer_options = Options { type_comments: options.type_comments, ..Options::default() };
    let lexer = Lexer::new(source, lexer_options);
    let mut parser = Parser::new(lexer, mode, *options, host, arena, interner);
    if let Some(tree) = parser.start()
        && !parser.failed
    {
        if mode == Mode::Single && parser.more_than_one_statement() {
            parser.error::<()>("multiple statements found while compiling a single statement");
        } else {
            return Ok(*tree);
        }
    } else {
        parser.find_error();
    }
    Err(parser.error.take().unwrap_or_else(|| {
        SyntaxError::bare(SyntaxErrorKind::System, "parser failed without setting an error")
    }))
}

impl<'a> Parser<'a, '_> {
    fn start(&mut self) -> Option<&'a Mod<'a>> {
        match self.mode {
            Mode::File => generated::file_rule(self),
            Mode::Single => generated::interactive_rule(self),
            Mode::Eval => generated::eval_rule(self),
            Mode::FunctionType => generated::func_type_rule(self),
        }
    }

    /// The first pass has failed: says why.
    #[cold]
    fn find_error(&mut self) {
        if self.options.allow_incomplete_input && self.is_end_of_source() {
            self.error = None;
            self.failed = false;
            self.incomplete_input();
            return;
        }
        if self.error.as_ref().is_some_and(|error| !error.kind.is_syntax_error()) {
            return;
        }
        let last = self.tokens.len().saturating_sub(1);
        // An error of the first pass stays, and then the second finds nothing.
        if self.error.is_none() {
            self.failed = false;
            self.begin_second_pass();
            self.start();
        }
        self.choose_error(last);
        if let Some(error) = &mut self.error
            && error.kind.is_syntax_error()
        {
            let Range { lineno, col_offset, .. } = self.last_statement.unwrap_or_default();
            error.last_statement = Some((lineno, col_offset));
        }
    }

    /// The lexer has looked for more where there was none.
    pub(super) fn is_end_of_source(&self) -> bool {
        let rest = self.lexer.rest();
        match (self.done, self.unterminated) {
            (Done::EndOfFile, _) | (Done::Error, Some(3)) => true,
            // The literal ends with its line unless that ends with a backslash.
            (Done::Error, Some(_)) => {
                !memchr::memchr_iter(b'\n', rest).any(|at| at == 0 || rest[at - 1] != b'\\')
            }
            (Done::Error, None) => false,
            (Done::No, _) => {
                // To know where a token ends it reads one character more, unless that is plain.
                let open = |slot: &Slot<'_>| !CLOSED.contains(&slot.kind);
                self.lexer.at_end() || rest.is_empty() && self.tokens.last().is_none_or(open)
            }
        }
    }

    /// Something other than blanks and comments follows what was read.
    fn more_than_one_statement(&self) -> bool {
        let mut rest = self.lexer.rest();
        loop {
            while let [b' ' | b'\t' | b'\n' | 0x0c, tail @ ..] = rest {
                rest = tail;
            }
            match rest {
                [] | [0, ..] => return false,
                [b'#', ..] => {
                    let end = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
                    rest = &rest[end..];
                }
                _ => return true,
            }
        }
    }
}
