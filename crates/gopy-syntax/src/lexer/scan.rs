//! Tokens of code, outside of strings and inside replacement fields.
//!
//! Answers to `tok_get_normal_mode` in `Parser/lexer/lexer.c`.

use super::class::{self, DIGIT, NAME, NAME_START, SPACE};
use super::{Bracket, Failure, INDENT_MAX, LEVEL_MAX, Lexer, Token, TokenKind, operator};
use crate::Host;

/// The widest tab stop; the other reading of a tab is one column.
const TAB_SIZE: u32 = 8;

impl Lexer<'_> {
    /// The next token of code.
    pub(super) fn code_token(&mut self, host: &mut dyn Host) -> Result<Token, Failure> {
        loop {
            let mut blank_line = false;
            if self.at_line_begin {
                self.at_line_begin = false;
                blank_line = self.indentation()?;
            }
            if self.pending_indents != 0 {
                return Ok(self.indent_token());
            }
            if let Some(token) = self.token_on_line(blank_line, host)? {
                return Ok(token);
            }
        }
    }

    /// Reads the indentation of a line; true if the line has nothing but a comment.
    fn indentation(&mut self) -> Result<bool, Failure> {
        let (mut column, mut narrow) = (0_u32, 0_u32);
        let mut continued_column = 0;
        if self.line_pending {
            if self.enter_line()? {
                self.buffer_start = self.line_start;
            } else if self.more_lines {
                // Nothing of the line was read: it can be begun anew.
                self.at_line_begin = true;
                return Err(Failure::EndOfFile);
            }
        }
        loop {
            match self.byte(self.pos) {
                b' ' => {
                    column += 1;
                    narrow += 1;
                }
                b'\t' => {
                    column = (column / TAB_SIZE + 1) * TAB_SIZE;
                    narrow += 1;
                }
                // A form feed begins the line anew.
                0x0C => (column, narrow) = (0, 0),
                b'\\' => {
                    // The indentation before the first backslash counts.
                    if continued_column == 0 {
                        continued_column = column;
                    }
                    self.pos += 1;
                    self.continuation_line()?;
                    self.buffer_start = self.line_start;
                    continue;
                }
                _ => break,
            }
            self.pos += 1;
        }
        let byte = self.byte(self.pos);
        let mut blank_line = false;
        if matches!(byte, b'#' | b'\n' | b'\r') {
            if self.options.interactive && column == 0 && byte == b'\n' {
                // A wholly empty line ends a typed block.
            } else if self.options.interactive && self.lineno == 1 {
                (column, narrow) = (0, 0);
            } else {
                blank_line = true;
            }
        }
        if !blank_line && self.brackets.is_empty() {
            if continued_column != 0 {
                (column, narrow) = (continued_column, continued_column);
            }
            self.compare_indentation(column, narrow)?;
        }
        Ok(blank_line)
    }

    fn compare_indentation(&mut self, column: u32, narrow: u32) -> Result<(), Failure> {
        let top = self.indents.len() - 1;
        let (known, known_narrow) = self.indents[top];
        if column == known {
            return if narrow == known_narrow {
                Ok(())
            } else {
                Err(self.end_line(Failure::TabSpace))
            };
        }
        if column > known {
            if self.indents.len() >= INDENT_MAX {
                return Err(self.end_line(Failure::TooDeep));
            }
            if narrow <= known_narrow {
                return Err(self.end_line(Failure::TabSpace));
            }
            self.pending_indents += 1;
            self.indents.push((column, narrow));
            return Ok(());
        }
        while self.indents.len() > 1 && column < self.indents[self.indents.len() - 1].0 {
            self.pending_indents -= 1;
            self.indents.pop();
        }
        let (known, known_narrow) = self.indents[self.indents.len() - 1];
        if column != known {
            return Err(self.end_line(Failure::Dedent));
        }
        if narrow != known_narrow {
            return Err(self.end_line(Failure::TabSpace));
        }
        Ok(())
    }

    /// Moves to the end of the line: a failure's place.
    #[cold]
    fn end_line(&mut self, failure: Failure) -> Failure {
        let rest = &self.text[self.pos..];
        self.pos += memchr::memchr(b'\n', rest).map_or(rest.len(), |length| length + 1);
        failure
    }

    fn indent_token(&mut self) -> Token {
        let dedent = self.pending_indents < 0;
        self.pending_indents += if dedent { 1 } else { -1 };
        let kind = if dedent { TokenKind::Dedent } else { TokenKind::Indent };
        if !self.options.extra_tokens {
            return self.bare_token(kind);
        }
        self.token(kind, if dedent { self.pos } else { self.line_start })
    }

    /// After a backslash: the next line is entered.
    fn continuation_line(&mut self) -> Result<(), Failure> {
        if self.byte(self.pos) == b'\r' {
            self.pos += 1;
        }
        if self.byte(self.pos) != b'\n' {
            if self.pos < self.text.len() {
                self.pos += 1;
            }
            return Err(Failure::LineContinuation);
        }
        self.pos += 1;
        if self.enter_line()? { Ok(()) } else { Err(Failure::EndOfFile) }
    }

    /// The next token of this line, `None` if only a newline without meaning is left of it.
    #[inline]
    fn token_on_line(
        &mut self,
        blank_line: bool,
        host: &mut dyn Host,
    ) -> Result<Option<Token>, Failure> {
        // A newline's token begins with the comment before it, which shows in errors.
        let mut comment_start = None;
        loop {
            while class::is(self.byte(self.pos), SPACE) {
                self.pos += 1;
            }
            let start = self.pos;
            let byte = self.byte(start);
            if class::is(byte, NAME_START) {
                return self.name(host).map(Some);
            }
            if class::is(byte, DIGIT) {
                return self.number(start, host).map(Some);
            }
            match byte {
                b'#' => {
                    if let Some(token) = self.comment(blank_line) {
                        return Ok(Some(token));
                    }
                    comment_start = Some(start);
                }
                b'\n' | b'\r' => {
                    if byte == b'\r' {
                        self.pos += 1;
                        if self.byte(self.pos) != b'\n' {
                            match self.after_carriage_return(start, host)? {
                                Some(token) => return Ok(Some(token)),
                                None => continue,
                            }
                        }
                    }
                    return Ok(self.newline(comment_start.unwrap_or(start), blank_line));
                }
                b'"' | b'\'' => return self.string(start, host).map(Some),
                b'.' => return self.dots(start, host).map(Some),
                b'\\' => {
                    self.pos += 1;
                    self.continuation_line()?;
                }
                0 if self.pos >= self.text.len() => {
                    self.at_end = true;
                    if !self.brackets.is_empty() {
                        return Err(Failure::EndOfFile);
                    }
                    return Ok(Some(self.bare_token(TokenKind::EndMarker)));
                }
                _ => return self.operator(byte, start).map(Some),
            }
        }
    }

    /// After a `\r` that ends no line, which only `tokenize` lets through: what follows it is
    /// never a name, and its token begins with the `\r`.
    #[cold]
    fn after_carriage_return(
        &mut self,
        start: usize,
        host: &mut dyn Host,
    ) -> Result<Option<Token>, Failure> {
        match self.byte(self.pos) {
            b'0'..=b'9' => self.number(start, host).map(Some),
            b'.' => self.dots(start, host).map(Some),
            b'"' | b'\'' => self.string(start, host).map(Some),
            b'\\' => {
                self.pos += 1;
                self.continuation_line()?;
                Ok(None)
            }
            byte => self.operator(byte, start).map(Some),
        }
    }

    fn newline(&mut self, start: usize, blank_line: bool) -> Option<Token> {
        self.pos += 1;
        self.at_line_begin = true;
        self.line_pending = true;
        if blank_line || !self.brackets.is_empty() {
            if !self.options.extra_tokens {
                return None;
            }
            self.comment_newline = false;
            return Some(self.token(TokenKind::Nl, start));
        }
        if self.comment_newline && self.options.extra_tokens {
            self.comment_newline = false;
            return Some(self.token(TokenKind::Nl, start));
        }
        let mut token = self.token(TokenKind::NewLine, start);
        token.end -= 1; // the newline is not part of its text
        Some(token)
    }

    /// Skips a comment, unless it is a token.
    fn comment(&mut self, blank_line: bool) -> Option<Token> {
        let start = self.pos;
        let rest = &self.text[start..];
        self.pos += memchr::memchr2(b'\n', b'\r', rest).unwrap_or(rest.len());
        if self.options.type_comments
            && let Some(token) = self.type_comment(start, blank_line)
        {
            return Some(token);
        }
        if self.options.extra_tokens {
            self.comment_newline = blank_line;
            return Some(self.token(TokenKind::Comment, start));
        }
        None
    }

    /// `# type: …`, with any number of blanks where the pattern has one.
    fn type_comment(&mut self, start: usize, blank_line: bool) -> Option<Token> {
        let blanks = |mut at: usize| {
            while matches!(self.byte(at), b' ' | b'\t') {
                at += 1;
            }
            at
        };
        let comment = &self.text[..self.pos];
        let word = blanks(start + 1);
        if !comment[word..].starts_with(b"type:") {
            return None;
        }
        let body = blanks(word + 5);
        let ignore_end = body + 6;
        let ignore = comment[body..].starts_with(b"ignore")
            && comment.get(ignore_end).is_none_or(|b| *b < 0x80 && !b.is_ascii_alphanumeric());
        if !ignore {
            return Some(self.token(TokenKind::TypeComment, body));
        }
        let mut token = self.token(TokenKind::TypeIgnore, ignore_end);
        if blank_line && self.pos < self.text.len() {
            // It is all there is on the line: the newline goes with it.
            self.pos += 1;
            self.at_line_begin = true;
            self.line_pending = true;
            token.range.end_col_offset += 1;
        }
        Some(token)
    }

    /// A name, or a string with a prefix.
    #[inline]
    fn name(&mut self, host: &mut dyn Host) -> Result<Token, Failure> {
        let start = self.pos;
        let mut non_ascii = 0;
        let rest = &self.text[start..];
        let mut length = rest.len();
        for (index, &byte) in rest.iter().enumerate() {
            if !class::is(byte, NAME) {
                length = index;
                break;
            }
            non_ascii |= byte;
        }
        self.pos = start + length;
        if matches!(self.byte(self.pos), b'"' | b'\'')
            && let Some(prefix) = Prefix::parse(&rest[..length])
        {
            return self.prefixed_string(start, prefix, host);
        }
        if non_ascii >= 0x80 && !self.options.extra_tokens {
            self.verify_identifier(start)?;
        }
        Ok(self.token(TokenKind::Name, start))
    }

    fn prefixed_string(
        &mut self,
        start: usize,
        prefix: Prefix,
        host: &mut dyn Host,
    ) -> Result<Token, Failure> {
        const INCOMPATIBLE: [(u8, u8); 7] = [
            (b'u', b'b'),
            (b'u', b'r'),
            (b'u', b'f'),
            (b'u', b't'),
            (b'b', b'f'),
            (b'b', b't'),
            (b'f', b't'),
        ];
        for (first, second) in INCOMPATIBLE {
            if prefix.has(first) && prefix.has(second) {
                self.pos += 1; // the quote
                let message = format!(
                    "'{}' and '{}' prefixes are incompatible",
                    char::from(first),
                    char::from(second)
                );
                return Err(self.error_between(message, start, self.pos));
            }
        }
        if prefix.has(b'f') || prefix.has(b't') {
            return self.string_start(start, prefix.has(b'r'), prefix.has(b't'));
        }
        self.string(start, host)
    }

    /// A name with non-ASCII characters must follow PEP 3131.
    fn verify_identifier(&mut self, start: usize) -> Result<(), Failure> {
        let Ok(name) = std::str::from_utf8(&self.text[start..self.pos]) else {
            // `Source` lets only UTF-8 through.
            return Err(self.error("invalid identifier"));
        };
        let mut is_valid: fn(u32) -> bool =
            |c| c == u32::from('_') || gopy_unicode::is_xid_start(c);
        for (index, character) in name.char_indices() {
            if !is_valid(u32::from(character)) {
                self.pos = start + index + character.len_utf8();
                return Err(self.error(invalid_character(character)));
            }
            is_valid = gopy_unicode::is_xid_continue;
        }
        Ok(())
    }

    /// `.`, `...`, or a number.
    fn dots(&mut self, start: usize, host: &mut dyn Host) -> Result<Token, Failure> {
        let next = self.byte(self.pos + 1);
        if class::is(next, DIGIT) {
            return self.fraction(start, host);
        }
        if next == b'.' && self.byte(self.pos + 2) == b'.' {
            self.pos += 3;
            return Ok(self.token(TokenKind::Ellipsis, start));
        }
        self.pos += 1;
        Ok(self.token(TokenKind::Dot, start))
    }

    /// An operator or a delimiter.
    #[inline]
    fn operator(&mut self, byte: u8, start: usize) -> Result<Token, Failure> {
        let at = self.pos;
        self.pos += 1;
        let next = self.byte(self.pos);
        let mut expression = 0;
        if !self.modes.is_empty() && matches!(byte, b':' | b'}' | b'!' | b'{') {
            let not_equal = byte == b'!' && next == b'=';
            if !not_equal {
                expression = self.field_boundary(byte, at);
            }
            if byte == b':' && self.begins_format_spec() {
                self.enter_format_spec();
                let mut token = self.token(TokenKind::Colon, start);
                token.expression = expression;
                return Ok(token);
            }
        }
        let flufl = byte == b'<' && next == b'>' && !self.flufl;
        if let Some(kind) = operator::two(byte, next).filter(|_| !flufl) {
            self.pos += 1;
            if self.byte(self.pos) == b'='
                && let Some(longer) = operator::with_equal(kind)
            {
                self.pos += 1;
                return Ok(self.token(longer, start));
            }
            return Ok(self.token(kind, start));
        }
        match byte {
            b'(' | b'[' | b'{' => self.open(byte, start)?,
            b')' | b']' | b'}' => self.close(byte)?,
            b'=' => {
                if let Some(mode) = self.modes.last_mut()
                    && mode.field_depth >= 0
                {
                    mode.in_debug = true;
                }
            }
            0..0x20 | 0x7F => {
                let message = format!("invalid non-printable character U+{byte:04X}");
                return Err(self.error(message));
            }
            _ => {}
        }
        let mut token = self.token(operator::one(byte), start);
        token.expression = expression;
        Ok(token)
    }

    fn open(&mut self, byte: u8, start: usize) -> Result<(), Failure> {
        if self.brackets.len() >= LEVEL_MAX {
            return Err(self.error("too many nested parentheses"));
        }
        let col_offset = (start - self.line_start) as u32;
        self.brackets.push(Bracket { text: byte, lineno: self.lineno, col_offset });
        if let Some(mode) = self.modes.last_mut() {
            mode.depth += 1;
        }
        Ok(())
    }

    fn close(&mut self, byte: u8) -> Result<(), Failure> {
        let prefix = self.string_prefix();
        if byte == b'}' && self.modes.last().is_some_and(|mode| mode.depth == 0) {
            return Err(self.error(format!("{prefix}-string: single '}}' is not allowed")));
        }
        let strict = !self.options.extra_tokens;
        match self.brackets.pop() {
            None if strict => {
                return Err(self.error(format!("unmatched '{}'", char::from(byte))));
            }
            None => {}
            Some(bracket) => self.match_brackets(bracket, byte)?,
        }
        let Some(mode) = self.modes.last_mut() else { return Ok(()) };
        mode.depth -= 1;
        if mode.depth < 0 {
            let message = format!("{prefix}-string: unmatched '{}'", char::from(byte));
            return Err(self.error(message));
        }
        if byte == b'}' && mode.depth == mode.field_depth {
            mode.field_depth -= 1;
            mode.in_expression = false;
            mode.in_format_spec = false;
            mode.in_debug = false;
        }
        Ok(())
    }

    #[inline]
    fn match_brackets(&self, open: Bracket, close: u8) -> Result<(), Failure> {
        if matches!((open.text, close), (b'(', b')') | (b'[', b']') | (b'{', b'}')) {
            return Ok(());
        }
        self.mismatch(open, close)
    }

    #[cold]
    fn mismatch(&self, open: Bracket, close: u8) -> Result<(), Failure> {
        let (open_text, close) = (char::from(open.text), char::from(close));
        // The brace that opens a replacement field is not what the user thinks of as open.
        if open.text == b'{'
            && self.modes.last().is_some_and(|mode| mode.depth - 1 == mode.field_depth)
        {
            return Err(self.error(format!("{}-string: unmatched '{close}'", self.string_prefix())));
        }
        if self.options.extra_tokens {
            return Ok(());
        }
        let message = format!(
            "closing parenthesis '{close}' does not match opening parenthesis '{open_text}'"
        );
        if open.lineno == self.lineno {
            return Err(self.error(message));
        }
        Err(self.error(format!("{message} on line {}", open.lineno)))
    }
}

/// Letters before a quote, each at most once.
#[derive(Clone, Copy)]
struct Prefix(u8);

impl Prefix {
    const LETTERS: [u8; 5] = *b"burft";

    fn parse(text: &[u8]) -> Option<Self> {
        let mut seen = 0;
        for byte in text {
            let letter = byte.to_ascii_lowercase();
            let bit = 1 << Self::LETTERS.iter().position(|known| *known == letter)?;
            if seen & bit != 0 {
                return None;
            }
            seen |= bit;
        }
        Some(Self(seen))
    }

    fn has(self, letter: u8) -> bool {
        Self::LETTERS
            .iter()
            .position(|known| *known == letter)
            .is_some_and(|i| self.0 & 1 << i != 0)
    }
}

fn invalid_character(character: char) -> String {
    let code = u32::from(character);
    if gopy_unicode::is_printable(code) {
        format!("invalid character '{character}' (U+{code:04X})")
    } else {
        format!("invalid non-printable character U+{code:04X}")
    }
}
