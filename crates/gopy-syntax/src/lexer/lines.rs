//! A lexer that is fed line by line: it asks for a line only when the next token needs it.
//!
//! Answers to `Parser/tokenizer/readline_tokenizer.c`. A [`Lexer`] borrows its text, so one is made for
//! every token from what the one before it left, over the lines that are known. Where it comes to
//! their end, the token is begun anew once there is more, from its start or, at the beginning of a
//! line, from there.
//!
//! Keeps true: lines that no token can ask for any more are dropped, so an endless source needs no
//! endless memory.

use super::string::StringMode;
use super::{Bracket, Failure, Lexer, Options, Source, Token, TokenKind};
use crate::{Host, SyntaxError, SyntaxErrorKind};

/// What a [`Lexer`] knows between two tokens.
#[derive(Clone)]
struct State {
    pos: usize,
    lineno: u32,
    line_start: usize,
    line_pending: bool,
    buffer_start: usize,
    at_line_begin: bool,
    pending_indents: i32,
    indents: Vec<(u32, u32)>,
    brackets: Vec<Bracket>,
    modes: Vec<StringMode>,
    comment_newline: bool,
    at_end: bool,
    flufl: bool,
}

impl State {
    fn of(lexer: Lexer<'_>) -> Self {
        Self {
            pos: lexer.pos,
            lineno: lexer.lineno,
            line_start: lexer.line_start,
            line_pending: lexer.line_pending,
            buffer_start: lexer.buffer_start,
            at_line_begin: lexer.at_line_begin,
            pending_indents: lexer.pending_indents,
            indents: lexer.indents,
            brackets: lexer.brackets,
            modes: lexer.modes,
            comment_newline: lexer.comment_newline,
            at_end: lexer.at_end,
            flufl: lexer.flufl,
        }
    }

    fn lexer<'s>(self, source: &'s Source<'s>, options: Options, more_lines: bool) -> Lexer<'s> {
        Lexer {
            source,
            text: source.text(),
            options,
            pos: self.pos,
            lineno: self.lineno,
            line_start: self.line_start,
            line_pending: self.line_pending,
            buffer_start: self.buffer_start,
            at_line_begin: self.at_line_begin,
            pending_indents: self.pending_indents,
            indents: self.indents,
            brackets: self.brackets,
            modes: self.modes,
            comment_newline: self.comment_newline,
            at_end: self.at_end && !more_lines,
            more_lines,
            awaited: Awaited::Line,
            flufl: self.flufl,
        }
    }
}

/// What has to be in a further line for a token to end there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Awaited {
    /// Nothing in particular.
    Line,
    /// Three of these quotes.
    Quotes(u8),
    /// This quote, or a brace.
    QuoteOrBrace(u8),
}

impl Awaited {
    fn is_in(self, line: &[u8]) -> bool {
        match self {
            Self::Line => true,
            Self::Quotes(quote) => memchr::memmem::find(line, &[quote; 3]).is_some(),
            Self::QuoteOrBrace(quote) => memchr::memchr3(quote, b'{', b'}', line).is_some(),
        }
    }
}

/// What comes of asking for a token.
#[derive(Debug)]
pub enum Step {
    /// A token, and whether it stands behind the last line.
    Token(Token, bool),
    /// A line is needed first: [`LineLexer::feed`] it, or say that there is none with
    /// [`LineLexer::finish`].
    NeedsLine,
    /// There is no further token.
    Failed {
        /// Why.
        failure: Failure,
        /// The line it is about.
        lineno: u32,
        /// Inside an f-string or t-string.
        inside_string: bool,
    },
}

/// Reads tokens off lines that become known one after another.
pub struct LineLexer {
    options: Options,
    /// The lines that a token can still ask for; each ends in a newline. Tokens' offsets count in it.
    text: String,
    /// Number of the first line in `text`.
    first_lineno: u32,
    /// Where the lines in `text` begin; its end last.
    line_starts: Vec<usize>,
    /// The newline of the last line was added.
    implicit_newline: bool,
    finished: bool,
    /// No null byte before this offset.
    check_from: usize,
    awaited: Awaited,
    /// `None` only while a token is read.
    state: Option<State>,
}

impl LineLexer {
    /// A lexer before the first line.
    pub fn new(options: Options) -> Self {
        let nothing = Source::known("", usize::MAX);
        let state = State::of(Lexer::new(&nothing, options));
        Self {
            options,
            text: String::new(),
            first_lineno: 1,
            line_starts: vec![0],
            implicit_newline: false,
            finished: false,
            check_from: usize::MAX,
            awaited: Awaited::Line,
            state: Some(state),
        }
    }

    /// The next token, or what stands in its way.
    pub fn next(&mut self, host: &mut dyn Host) -> Step {
        let Some(state) = self.state.take() else { return Step::NeedsLine };
        // At the end of the lines the state itself tells where to go on.
        let at_line_end = state.at_line_begin && state.pos >= self.text.len();
        let before = if self.finished || at_line_end { None } else { Some(state.clone()) };
        let source = Source::known(&self.text, self.check_from);
        let mut lexer = state.lexer(&source, self.options, !self.finished);
        let result = lexer.next(host);
        if lexer.at_end && !self.finished {
            self.awaited = lexer.awaited;
            self.state = Some(match before {
                Some(before) if !lexer.at_line_begin => before,
                _ => State::of(lexer),
            });
            return Step::NeedsLine;
        }
        let step = match result {
            Ok(token) => {
                let kind = token.kind;
                let last = kind == TokenKind::EndMarker;
                Step::Token(token, last || kind == TokenKind::Dedent && lexer.at_end)
            }
            Err(failure) => Step::Failed {
                failure,
                lineno: lexer.lineno(),
                inside_string: lexer.inside_string(),
            },
        };
        self.state = Some(State::of(lexer));
        step
    }

    /// Adds a line; a newline that it lacks is added. False if the next token cannot end on it, so
    /// that it is best to feed the next line before asking again.
    ///
    /// # Errors
    ///
    /// `OverflowError` if the lines of one token are too long.
    pub fn feed(&mut self, line: &str) -> Result<bool, Box<SyntaxError>> {
        self.forget();
        if self.text.len() + line.len() >= i32::MAX as usize {
            return Err(SyntaxError::bare(
                SyntaxErrorKind::Overflow,
                "Parser column offset overflow - source line is too big",
            ));
        }
        let start = self.text.len();
        self.text.push_str(line);
        self.implicit_newline = !line.ends_with('\n');
        if self.implicit_newline {
            self.text.push('\n');
        }
        let added = &self.text.as_bytes()[start..];
        let ends = memchr::memchr_iter(b'\n', added).map(|at| start + at + 1);
        self.line_starts.extend(ends);
        let null = memchr::memchr(0, added);
        if let Some(at) = null
            && self.check_from == usize::MAX
        {
            let line = memchr::memrchr(b'\n', &added[..at]).map_or(0, |end| end + 1);
            self.check_from = start + line;
        }
        Ok(null.is_some() || self.awaited.is_in(added))
    }

    /// There is no further line.
    pub fn finish(&mut self) {
        self.finished = true;
    }

    /// Drops the lines before the one that is being read.
    fn forget(&mut self) {
        let Some(state) = self.state.as_mut() else { return };
        let dropped = state.line_start;
        // An f-string remembers where it began.
        if dropped == 0 || !state.modes.is_empty() {
            return;
        }
        self.text.drain(..dropped);
        state.pos -= dropped;
        state.line_start = 0;
        state.buffer_start = state.buffer_start.saturating_sub(dropped);
        self.first_lineno = state.lineno;
        let kept = self.line_starts.partition_point(|start| *start < dropped);
        self.line_starts.drain(..kept);
        for start in &mut self.line_starts {
            *start -= dropped;
        }
        if self.check_from != usize::MAX {
            self.check_from = self.check_from.saturating_sub(dropped);
        }
    }

    /// The lines that are known and not dropped.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The newline of the last line was added.
    pub fn implicit_newline(&self) -> bool {
        self.implicit_newline
    }

    /// Where a line begins in [`LineLexer::text`].
    pub fn line_start(&self, lineno: u32) -> usize {
        let index = lineno.saturating_sub(self.first_lineno) as usize;
        self.line_starts.get(index).copied().unwrap_or(self.text.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Warning, WarningFailure};

    struct Quiet;

    impl Host for Quiet {
        fn warn(&mut self, _: Warning<'_>) -> Result<(), WarningFailure> {
            Ok(())
        }

        fn decode(&mut self, encoding: &str, _: &[u8]) -> Result<String, Box<SyntaxError>> {
            Err(SyntaxError::bare(SyntaxErrorKind::Lookup, encoding))
        }

        fn int_max_str_digits(&self) -> usize {
            0
        }
    }

    /// Kind, text, place, and whether the end was known.
    type Seen = Vec<(TokenKind, String, crate::ast::Range, bool)>;

    fn whole(text: &str, options: Options) -> (Seen, Option<Failure>) {
        let source = Source::for_tokenize(text).map_err(|e| e.message).unwrap();
        let mut lexer = Lexer::new(&source, options);
        let mut seen = Seen::new();
        loop {
            match lexer.next(&mut Quiet) {
                Ok(token) => {
                    let bytes = lexer.text(&token);
                    let text = String::from_utf8_lossy(bytes).into_owned();
                    let ends = matches!(token.kind, TokenKind::Dedent | TokenKind::EndMarker);
                    seen.push((token.kind, text, token.range, ends && lexer.at_end()));
                    if token.kind == TokenKind::EndMarker {
                        return (seen, None);
                    }
                }
                Err(failure) => return (seen, Some(failure)),
            }
        }
    }

    /// The tokens, why they end, and before which of them lines were asked for.
    fn by_lines(text: &str, options: Options) -> (Seen, Option<Failure>, Vec<usize>) {
        let mut lexer = LineLexer::new(options);
        let mut lines = text.split_inclusive('\n');
        let (mut seen, mut asked) = (Seen::new(), Vec::new());
        loop {
            match lexer.next(&mut Quiet) {
                Step::Token(token, trailing) => {
                    let text = &lexer.text()[token.start as usize..token.end as usize];
                    seen.push((token.kind, text.to_owned(), token.range, trailing));
                    if token.kind == TokenKind::EndMarker {
                        return (seen, None, asked);
                    }
                }
                Step::NeedsLine => loop {
                    asked.push(seen.len());
                    match lines.next().map(|line| lexer.feed(line)) {
                        Some(enough) if enough.as_ref().is_ok_and(|enough| !enough) => {}
                        Some(_) => break,
                        None => {
                            lexer.finish();
                            break;
                        }
                    }
                },
                Step::Failed { failure, .. } => return (seen, Some(failure), asked),
            }
        }
    }

    #[test]
    fn same_tokens_as_of_the_whole() {
        for text in [
            "",
            "a",
            "if a:\n  b\n\n # c\n  if c: (\n d,\n# e\n)\nf\n",
            "'''a\nb\nc'''; '''d'''\n\"\"\"'''\n\\\n\"\"\"\n",
            "a = \\\n b\\\n\n c\n",
            "  \\\n  a\n",
            "f'''a\nb{c\n:>{d}\n}e\n{{\\{f}'''\n",
            "f'''{'''a\nb'''}\n{f\"{x}\"}\n'''\n",
            "# a\n\n# b\n\nc # d\n",
            "'a\\\nb\\\nc'\n",
            "'''a\nb\n",
            "f'''a\nb\n",
            "(a\nb\n",
            "a\\\n",
            "'a\nb",
            "if a:\n    b\n  c\n",
            "if a:\n  if b:\n    c",
            "a\nb\0\nc\n",
            "'''a\nb\0\nc'''\n",
            "x\r\ny\r\n",
        ] {
            for extra_tokens in [false, true] {
                let options = Options { extra_tokens, ..Options::default() };
                let (seen, failure, _) = by_lines(text, options);
                assert_eq!((seen, failure), whole(text, options), "{text:?} {extra_tokens}");
            }
        }
    }

    #[test]
    fn asks_as_late_as_possible() {
        let options = Options { extra_tokens: true, ..Options::default() };
        for (text, asked) in [
            ("a b\nc\n", &[0, 3, 5][..]),
            ("# a\n\nb\n", &[0, 2, 3, 5]),
            ("'''a\nb\nc'''\nd\n", &[0, 0, 0, 2, 4]),
            ("a \\\nb\n", &[0, 1, 3]),
            ("f'''a\n{b}'''\n", &[0, 1, 7]),
        ] {
            assert_eq!(by_lines(text, options).2, asked, "{text:?}");
        }
    }

    #[test]
    fn forgets_lines() {
        let mut lexer = LineLexer::new(Options::default());
        let mut tokens = 0;
        for _ in 0..10_000 {
            match lexer.next(&mut Quiet) {
                Step::Token(token, _) => {
                    tokens += 1;
                    let line = lexer.line_start(token.range.lineno);
                    assert!(line <= token.start as usize);
                }
                Step::NeedsLine => assert!(lexer.feed("a # b\n").is_ok_and(|enough| enough)),
                Step::Failed { failure, .. } => panic!("{failure:?}"),
            }
            assert!(lexer.text().len() <= 12);
        }
        assert!(tokens > 5_000);
    }
}
