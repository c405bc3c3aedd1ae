//! String literals, and the text parts of f-strings and t-strings.
//!
//! Answers to the string part of `tok_get_normal_mode`, to `tok_get_fstring_mode` and
//! `set_ftstring_expr` in `Parser/lexer/lexer.c`.

use std::borrow::Cow;

use super::class::{self, STRING_STOP};
use super::lines::Awaited;
use super::{Failure, Lexer, STRING_MODES_MAX, Token, TokenKind};
use crate::Host;

/// Replacement fields inside the format specifications of one another.
const FIELD_DEPTH_MAX: i32 = 3;

/// An f-string or t-string that is being read.
#[derive(Clone, Copy)]
pub(super) struct StringMode {
    quote: u8,
    quote_size: usize,
    pub(super) raw: bool,
    pub(super) template: bool,
    /// Code is read, not text.
    pub(super) in_expression: bool,
    /// Brackets open since it began.
    pub(super) depth: i32,
    /// The depth outside of the innermost replacement field; -1 outside of all.
    pub(super) field_depth: i32,
    /// The field has a `=`: its text is wanted.
    pub(super) in_debug: bool,
    pub(super) in_format_spec: bool,
    /// Where the string, and the line it is on, began.
    start: usize,
    line_start: usize,
    first_line: u32,
    /// Where the text of the field began.
    expression_start: usize,
}

impl Lexer<'_> {
    /// A string literal from `start`; its first quote is at `pos`.
    pub(super) fn string(&mut self, start: usize, host: &mut dyn Host) -> Result<Token, Failure> {
        let _ = host;
        let quote = self.byte(self.pos);
        let (first_line, first_line_start) = (self.lineno, self.line_start);
        let mut quote_size = 1;
        self.pos += 1;
        if self.byte(self.pos) == quote {
            if self.byte(self.pos + 1) != quote {
                self.pos += 1;
                return Ok(self.token(TokenKind::String, start));
            }
            quote_size = 3;
            self.pos += 2;
        }
        let mut escaped_quote = false;
        let mut closing = 0;
        loop {
            let rest = self.text.get(self.pos..).unwrap_or_default();
            let skipped = if quote_size == 3 && closing == 0 {
                memchr::memchr3(quote, b'\\', b'\n', rest).unwrap_or(rest.len())
            } else {
                rest.iter().position(|b| class::is(*b, STRING_STOP)).unwrap_or(rest.len())
            };
            if skipped > 0 {
                closing = 0;
                self.pos += skipped;
            }
            let byte = self.byte(self.pos);
            if byte == quote {
                self.pos += 1;
                closing += 1;
                if closing == quote_size {
                    break;
                }
                continue;
            }
            closing = 0;
            let mut ended = self.pos >= self.text.len();
            match byte {
                b'\n' if quote_size == 1 => ended = true,
                b'\n' => {
                    self.pos += 1;
                    ended = !self.enter_line()?;
                }
                b'\\' => {
                    self.pos += 1;
                    let mut escaped = self.byte(self.pos);
                    escaped_quote |= escaped == quote;
                    if escaped == b'\r' {
                        self.pos += 1;
                        escaped = self.byte(self.pos);
                    }
                    self.pos = (self.pos + 1).min(self.text.len());
                    if escaped == b'\n' {
                        ended = !self.enter_line()?;
                    }
                }
                _ if !ended => self.pos += 1,
                _ => {}
            }
            if ended {
                let place = (start, first_line, first_line_start);
                return Err(self.unterminated(quote, quote_size, escaped_quote, place));
            }
        }
        Ok(self.string_token_from(TokenKind::String, start, first_line, first_line_start))
    }

    /// A token that may have begun on an earlier line.
    fn string_token_from(
        &self,
        kind: TokenKind,
        start: usize,
        first_line: u32,
        first_line_start: usize,
    ) -> Token {
        let mut token = self.token(kind, self.line_start);
        token.start = start as u32;
        token.range.lineno = first_line;
        token.range.col_offset = (start - first_line_start) as u32;
        token
    }

    /// The error is about the first quote, and says on which line the end was missed.
    #[cold]
    fn unterminated(
        &mut self,
        quote: u8,
        quote_size: usize,
        escaped_quote: bool,
        (start, first_line, first_line_start): (usize, u32, usize),
    ) -> Failure {
        let detected = self.lineno;
        if quote_size == 3 {
            self.awaited = Awaited::Quotes(quote);
        }
        self.pos = start + 1;
        self.line_start = first_line_start;
        self.lineno = first_line;
        if let Some(mode) = self.modes.last()
            && mode.quote == quote
            && mode.quote_size == quote_size
        {
            // The quote was meant to end the f-string around it.
            return self.error(format!("{}-string: expecting '}}'", self.string_prefix()));
        }
        self.error(if quote_size == 3 {
            format!("unterminated triple-quoted string literal (detected at line {detected})")
        } else if escaped_quote {
            format!(
                "unterminated string literal (detected at line {detected}); \
                 perhaps you escaped the end quote?"
            )
        } else {
            format!("unterminated string literal (detected at line {detected})")
        })
    }

    /// The beginning of an f-string or t-string; its first quote is at `pos`.
    pub(super) fn string_start(
        &mut self,
        start: usize,
        raw: bool,
        template: bool,
    ) -> Result<Token, Failure> {
        let quote = self.byte(self.pos);
        self.pos += 1;
        let mut quote_size = 1;
        if self.byte(self.pos) == quote && self.byte(self.pos + 1) == quote {
            quote_size = 3;
            self.pos += 2;
        }
        if self.modes.len() + 2 > STRING_MODES_MAX {
            return Err(self.error("too many nested f-strings or t-strings"));
        }
        self.modes.push(StringMode {
            quote,
            quote_size,
            raw,
            template,
            in_expression: false,
            depth: 0,
            field_depth: -1,
            in_debug: false,
            in_format_spec: false,
            start,
            line_start: self.line_start,
            first_line: self.lineno,
            expression_start: 0,
        });
        let kind = if template { TokenKind::TStringStart } else { TokenKind::FStringStart };
        Ok(self.token(kind, start))
    }

    /// The next token while the innermost f-string or t-string is at its text.
    pub(super) fn string_token(&mut self, host: &mut dyn Host) -> Result<Token, Failure> {
        let top = self.modes.len() - 1;
        let start = self.pos;
        if self.byte(start) == b'{' && self.byte(start + 1) != b'{' {
            self.enter_field(top)?;
            return self.code_token(host);
        }
        let mode = self.modes[top];
        if (0..mode.quote_size).all(|i| self.byte(start + i) == mode.quote) {
            self.pos += mode.quote_size;
            self.modes.pop();
            let kind = if mode.template { TokenKind::TStringEnd } else { TokenKind::FStringEnd };
            return Ok(self.token(kind, start));
        }
        self.string_middle(top, host)
    }

    fn enter_field(&mut self, top: usize) -> Result<(), Failure> {
        let mode = &mut self.modes[top];
        mode.field_depth += 1;
        if mode.field_depth >= FIELD_DEPTH_MAX {
            let message = format!("{}-string: expressions nested too deeply", self.string_prefix());
            return Err(self.error(message));
        }
        self.modes[top].in_expression = true;
        Ok(())
    }

    /// Text up to the next replacement field, its end, a doubled brace, or the end of the string.
    fn string_middle(&mut self, top: usize, host: &mut dyn Host) -> Result<Token, Failure> {
        let mode = self.modes[top];
        let start = self.pos;
        let (first_line, first_line_start) = (self.lineno, self.line_start);
        let kind = if mode.template { TokenKind::TStringMiddle } else { TokenKind::FStringMiddle };
        let in_format_spec = mode.in_format_spec && mode.field_depth >= 0;
        let middle =
            |lexer: &Self| lexer.string_token_from(kind, start, first_line, first_line_start);
        let mut named_escape = false;
        let mut closing = 0;
        loop {
            let byte = self.byte(self.pos);
            if byte == mode.quote {
                self.pos += 1;
                closing += 1;
                if closing == mode.quote_size {
                    self.pos -= closing;
                    return Ok(middle(self));
                }
                continue;
            }
            closing = 0;
            match byte {
                b'{' => {
                    self.pos += 1;
                    self.modes[top].expression_start = self.pos;
                    if self.byte(self.pos) == b'{' && !in_format_spec {
                        self.pos += 1;
                        let mut token = middle(self);
                        token.end -= 1; // one of the two braces
                        return Ok(token);
                    }
                    self.pos -= 1;
                    self.enter_field(top)?;
                    self.modes[top].in_format_spec = false;
                    return Ok(middle(self));
                }
                b'}' => {
                    self.pos += 1;
                    if named_escape {
                        return Ok(middle(self));
                    }
                    if self.byte(self.pos) == b'}' && !in_format_spec && mode.depth == 0 {
                        self.pos += 1;
                        let mut token = middle(self);
                        token.end -= 1;
                        return Ok(token);
                    }
                    self.pos -= 1;
                    self.modes[top].in_expression = true;
                    self.modes[top].in_format_spec = false;
                    return Ok(middle(self));
                }
                b'\\' => {
                    self.pos += 1;
                    if self.escape_in_middle(mode.raw, &mut named_escape, host)? {
                        continue;
                    }
                    return Err(self.unterminated_mode(top));
                }
                b'\n' if mode.quote_size == 1 => {
                    self.pos += 1;
                    if in_format_spec {
                        let prefix = self.string_prefix();
                        return Err(self.error(format!(
                            "{prefix}-string: newlines are not allowed in format specifiers \
                             for single quoted {prefix}-strings"
                        )));
                    }
                    return Err(self.unterminated_mode(top));
                }
                b'\n' => {
                    self.pos += 1;
                    if !self.enter_line()? {
                        return Err(self.unterminated_mode(top));
                    }
                }
                0 if self.pos >= self.text.len() => return Err(self.unterminated_mode(top)),
                _ => self.pos += 1,
            }
        }
    }

    /// After a backslash; false at the end of the source.
    fn escape_in_middle(
        &mut self,
        raw: bool,
        named_escape: &mut bool,
        host: &mut dyn Host,
    ) -> Result<bool, Failure> {
        let mut byte = self.byte(self.pos);
        if byte == b'\r' {
            self.pos += 1;
            byte = self.byte(self.pos);
        }
        match byte {
            // A brace means what it means, whatever stands before it.
            b'{' | b'}' => {
                if !raw {
                    self.pos += 1;
                    let sequence =
                        format!("\"\\{}\" is an invalid escape sequence. ", byte as char);
                    let hint = format!(
                        "Did you mean \"\\\\{}\"? A raw string is also an option.",
                        byte as char
                    );
                    let message =
                        format!("{sequence}Such sequences will not work in the future. {hint}");
                    self.warn(host, &message, || format!("{sequence}{hint}"))?;
                    self.pos -= 1;
                }
            }
            b'N' if !raw => {
                self.pos += 1;
                if self.byte(self.pos) == b'{' {
                    self.pos += 1;
                    *named_escape = true;
                }
            }
            b'\n' => {
                self.pos += 1;
                return self.enter_line();
            }
            _ if self.pos >= self.text.len() => return Ok(false),
            _ => self.pos += 1,
        }
        Ok(true)
    }

    #[cold]
    fn unterminated_mode(&mut self, top: usize) -> Failure {
        let mode = self.modes[top];
        let detected = self.lineno;
        if mode.quote_size == 3 {
            self.awaited = Awaited::QuoteOrBrace(mode.quote);
        }
        self.pos = mode.start + 1;
        self.line_start = mode.line_start;
        self.lineno = mode.first_line;
        let prefix = self.string_prefix();
        let quotes = if mode.quote_size == 3 { "triple-quoted " } else { "" };
        self.error(format!(
            "unterminated {quotes}{prefix}-string literal (detected at line {detected})"
        ))
    }

    /// The `:` just read begins the format specification of the innermost field.
    pub(super) fn begins_format_spec(&self) -> bool {
        self.modes
            .last()
            .is_some_and(|mode| mode.field_depth >= 0 && mode.depth - 1 == mode.field_depth)
    }

    /// Text is read again, as format specification.
    pub(super) fn enter_format_spec(&mut self) {
        if let Some(mode) = self.modes.last_mut() {
            mode.in_expression = false;
            mode.in_format_spec = true;
        }
    }

    /// One of `{ } : !` at `start`: notes where the text of a field begins, or, if the text is
    /// wanted and ends here, hands out where it began.
    pub(super) fn field_boundary(&mut self, byte: u8, start: usize) -> u32 {
        let Some(mode) = self.modes.last_mut() else { return 0 };
        if mode.field_depth < 0 {
            return 0;
        }
        let cursor = mode.depth - i32::from(byte != b'{');
        if cursor != 0 && !(cursor == 1 && (mode.in_debug || mode.in_format_spec)) {
            return 0;
        }
        if byte == b'{' {
            mode.expression_start = start + 1;
            return 0;
        }
        if mode.in_debug || mode.template { mode.expression_start as u32 } else { 0 }
    }
}

/// The text of an expression as `{x=}` shows it: a comment counts only as its newline.
pub(super) fn without_comments(text: &[u8]) -> Cow<'_, [u8]> {
    if !has_comment(text) {
        return Cow::Borrowed(text);
    }
    let mut result = Vec::with_capacity(text.len());
    let mut quote = None;
    let mut rest = text.iter();
    while let Some(&byte) = rest.next() {
        if byte == b'#' && quote.is_none() {
            if rest.any(|b| *b == b'\n') {
                result.push(b'\n');
            }
            continue;
        }
        result.push(byte);
        if byte == b'\\' {
            result.extend(rest.next());
            continue;
        }
        toggle_quote(&mut quote, byte);
    }
    Cow::Owned(result)
}

fn has_comment(text: &[u8]) -> bool {
    let mut quote = None;
    let mut bytes = text.iter();
    while let Some(&byte) = bytes.next() {
        match byte {
            b'\\' => {
                bytes.next();
            }
            b'#' if quote.is_none() => return true,
            _ => toggle_quote(&mut quote, byte),
        }
    }
    false
}

/// A literal has an odd number of its quotes at either end, so counting them one by one will do.
fn toggle_quote(quote: &mut Option<u8>, byte: u8) {
    if matches!(byte, b'"' | b'\'') {
        match *quote {
            None => *quote = Some(byte),
            Some(open) if open == byte => *quote = None,
            Some(_) => {}
        }
    }
}
