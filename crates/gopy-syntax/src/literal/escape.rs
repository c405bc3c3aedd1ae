//! Escapes in string and bytes literals.
//!
//! Answers to `Parser/string_parser.c`, `_PyUnicode_DecodeUnicodeEscapeInternal2` and
//! `_PyBytes_DecodeEscape2`.

use crate::ast::{Arena, Constant, Wtf8};
use crate::lexer::{Place, Token};

/// What a `STRING` token stands for.
#[derive(Clone, Copy, Debug)]
pub struct Literal<'a> {
    /// A `Str` or a `Bytes`.
    pub value: Constant<'a>,
    /// It begins with a small `u`: the constant's kind is `u`.
    pub unicode_prefix: bool,
    /// The first escape in it that means nothing.
    pub invalid_escape: Option<InvalidEscape>,
}

/// What is wrong with a literal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LiteralError {
    /// The message of a `SyntaxError` about the last token: an escape that can't be decoded.
    Escape(String),
    /// A bytes literal with other than ASCII characters: a `SyntaxError` about the literal.
    NotAscii,
}

impl LiteralError {
    /// The message of the `SyntaxError`.
    pub fn message(&self) -> &str {
        match self {
            Self::Escape(message) => message,
            Self::NotAscii => "bytes can only contain ASCII literal characters",
        }
    }
}

/// An escape that stands for itself, which the compiler warns about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidEscape {
    /// What follows the backslash: one byte, or three octal digits.
    text: [u8; 3],
    length: u8,
    /// Newlines before it.
    lines: u32,
    /// Bytes before it on its line, a non-ASCII character counting as CPython's ten.
    column: u32,
}

impl InvalidEscape {
    fn new(before: &[u8], rest: &[u8], octal: bool) -> Self {
        let length = if octal { 3 } else { 1 };
        let mut text = [0; 3];
        text[..length].copy_from_slice(&rest[..length]);
        let line = memchr::memrchr(b'\n', before).map_or(before, |end| &before[end + 1..]);
        Self {
            text,
            length: length as u8,
            lines: memchr::memchr_iter(b'\n', before).count() as u32,
            column: expanded_length(line) as u32,
        }
    }

    /// A brace, of which the lexer has warned already.
    pub fn is_brace(&self) -> bool {
        matches!(self.text[0], b'{' | b'}')
    }

    /// The warning.
    pub fn message(&self) -> String {
        self.describe("Such sequences will not work in the future. ")
    }

    /// The error it becomes if warnings are errors.
    pub fn escalated_message(&self) -> String {
        self.describe("")
    }

    fn describe(&self, future: &str) -> String {
        let text = String::from_utf8_lossy(&self.text[..usize::from(self.length)]);
        let octal = if self.length == 3 { "octal " } else { "" };
        format!(
            "\"\\{text}\" is an invalid {octal}escape sequence. {future}\
             Did you mean \"\\\\{text}\"? A raw string is also an option."
        )
    }

    /// Where it is in `token`, whose text is `token_text`.
    pub fn place(&self, token: &Token, token_text: &[u8]) -> Place {
        let lineno = token.range.lineno + self.lines;
        let mut column = i64::from(self.column);
        if self.lines == 0 {
            // Quotes count if nothing stands before them.
            let mut quotes = token_text.iter().take_while(|b| matches!(b, b'"' | b'\''));
            let count = quotes.next().map_or(0, |q| 1 + quotes.filter(|b| *b == q).count());
            column += i64::from(token.range.col_offset) + count as i64;
        }
        Place { lineno, col_offset: column, end_lineno: lineno, end_col_offset: column + 2 }
    }
}

/// The value of a `STRING` token with its prefix and quotes.
pub fn string<'a>(arena: &'a Arena, token: &[u8]) -> Result<Literal<'a>, LiteralError> {
    let prefix = token.iter().position(|b| matches!(b, b'"' | b'\'')).unwrap_or(token.len());
    let (prefix, quoted) = token.split_at(prefix);
    let has = |letter: u8| prefix.iter().any(|b| b.eq_ignore_ascii_case(&letter));
    let quotes = match quoted {
        [a, b, c, _, _, _, ..] if a == b && b == c => 3,
        _ => 1,
    };
    let body = quoted.get(quotes..quoted.len().saturating_sub(quotes)).unwrap_or_default();
    let unicode_prefix = prefix.first() == Some(&b'u');
    let raw = has(b'r') || memchr::memchr(b'\\', body).is_none();
    if !has(b'b') {
        let (value, invalid_escape) = text(arena, raw, body)?;
        return Ok(Literal { value: Constant::Str(value), unicode_prefix, invalid_escape });
    }
    if !body.is_ascii() {
        return Err(LiteralError::NotAscii);
    }
    let (value, invalid_escape) =
        if raw { (arena.slice(body), None) } else { decode_bytes(arena, body)? };
    Ok(Literal { value: Constant::Bytes(value), unicode_prefix, invalid_escape })
}

/// The value of text between quotes, or of a part of an f-string.
pub fn text<'a>(
    arena: &'a Arena,
    raw: bool,
    body: &[u8],
) -> Result<(&'a Wtf8, Option<InvalidEscape>), LiteralError> {
    if raw || memchr::memchr(b'\\', body).is_none() {
        return Ok((arena.slice(body), None));
    }
    let mut out = Vec::with_capacity(body.len());
    let mut invalid = None;
    let mut pos = 0;
    while let Some(found) = memchr::memchr(b'\\', &body[pos..]) {
        let backslash = pos + found;
        out.extend_from_slice(&body[pos..backslash]);
        pos = escape(body, backslash, &mut out, &mut invalid)?;
    }
    out.extend_from_slice(&body[pos..]);
    Ok((arena.slice(&out), invalid))
}

/// Decodes the escape at `backslash`; returns where what follows begins.
fn escape(
    body: &[u8],
    backslash: usize,
    out: &mut Vec<u8>,
    invalid: &mut Option<InvalidEscape>,
) -> Result<usize, LiteralError> {
    let at = backslash + 1;
    let Some(&byte) = body.get(at).filter(|b| **b < 0x80) else {
        // At the end of a part, or before a non-ASCII character: just a backslash.
        out.push(b'\\');
        return Ok(at);
    };
    if let Some(simple) = simple_escape(byte) {
        out.extend(simple);
        return Ok(at + 1);
    }
    let (digits, what) = match byte {
        b'0'..=b'7' => {
            let (value, length) = octal(&body[at..]);
            if value > 0o377 && invalid.is_none() {
                *invalid = Some(InvalidEscape::new(&body[..at], &body[at..], true));
            }
            push_wtf8(out, value);
            return Ok(at + length);
        }
        b'x' => (2, "truncated \\xXX escape"),
        b'u' => (4, "truncated \\uXXXX escape"),
        b'U' => (8, "truncated \\UXXXXXXXX escape"),
        b'N' => return named(body, backslash, out),
        _ => {
            if invalid.is_none() {
                *invalid = Some(InvalidEscape::new(&body[..at], &body[at..], false));
            }
            out.extend([b'\\', byte]);
            return Ok(at + 1);
        }
    };
    let hex = body[at + 1..].iter().take(digits).take_while(|b| b.is_ascii_hexdigit()).count();
    let end = at + 1 + hex;
    if hex < digits {
        return Err(undecodable(body, backslash, end, what));
    }
    let value = body[at + 1..end]
        .iter()
        .fold(0_u32, |value, b| value << 4 | char::from(*b).to_digit(16).unwrap_or_default());
    if value > 0x10_FFFF {
        return Err(undecodable(body, backslash, end, "illegal Unicode character"));
    }
    push_wtf8(out, value);
    Ok(end)
}

/// Escapes of one character; a backslash and a newline make nothing.
fn simple_escape(byte: u8) -> Option<Option<u8>> {
    Some(Some(match byte {
        b'\n' => return Some(None),
        b'\\' | b'\'' | b'"' => byte,
        b'a' => 0x07,
        b'b' => 0x08,
        b'f' => 0x0C,
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'v' => 0x0B,
        _ => return None,
    }))
}

/// At most three octal digits: their value and number.
fn octal(digits: &[u8]) -> (u32, usize) {
    let digits = digits.iter().take(3).take_while(|b| matches!(b, b'0'..=b'7'));
    digits.fold((0, 0), |(value, count), b| (value * 8 + u32::from(b - b'0'), count + 1))
}

/// `\N{NAME}`.
fn named(body: &[u8], backslash: usize, out: &mut Vec<u8>) -> Result<usize, LiteralError> {
    let mut end = backslash + 2;
    if body.get(end) == Some(&b'{') {
        let start = end + 1;
        end = memchr::memchr(b'}', &body[start..]).map_or(body.len(), |length| start + length);
        if end > start && end < body.len() {
            let name = std::str::from_utf8(&body[start..end]).unwrap_or_default();
            let Some(code) = gopy_unicode::lookup(name) else {
                let what = "unknown Unicode character name";
                return Err(undecodable(body, backslash, end + 1, what));
            };
            push_wtf8(out, code);
            return Ok(end + 1);
        }
    }
    Err(undecodable(body, backslash, end, "malformed \\N character escape"))
}

/// `UnicodeDecodeError` as a message; positions count in what CPython hands to its codec, where
/// `\U` and eight digits stand for every non-ASCII character.
#[cold]
fn undecodable(body: &[u8], start: usize, end: usize, what: &str) -> LiteralError {
    let first = expanded_length(&body[..start]);
    let last = first + expanded_length(&body[start..end]) - 1;
    LiteralError::Escape(format!(
        "(unicode error) 'unicodeescape' codec can't decode bytes in position {first}-{last}: {what}"
    ))
}

fn expanded_length(text: &[u8]) -> usize {
    let mut length = 0;
    let mut bytes = text.iter().peekable();
    while let Some(&byte) = bytes.next() {
        length += match byte {
            // The backslash before a non-ASCII character is an escape itself.
            b'\\' if bytes.peek().is_some_and(|next| **next >= 0x80) => 6,
            b'\\' => {
                length += usize::from(bytes.next().is_some());
                1
            }
            0..0x80 => 1,
            0x80..0xC0 => 0,
            _ => 10,
        };
    }
    length
}

fn push_wtf8(out: &mut Vec<u8>, code: u32) {
    match char::from_u32(code) {
        Some(character) => {
            let mut buffer = [0; 4];
            out.extend_from_slice(character.encode_utf8(&mut buffer).as_bytes());
        }
        // A lone surrogate: three bytes, as UTF-8 would have it.
        None => out.extend([
            0xE0 | (code >> 12) as u8,
            0x80 | (code >> 6 & 0x3F) as u8,
            0x80 | (code & 0x3F) as u8,
        ]),
    }
}

fn decode_bytes<'a>(
    arena: &'a Arena,
    body: &[u8],
) -> Result<(&'a [u8], Option<InvalidEscape>), LiteralError> {
    let mut out = Vec::with_capacity(body.len());
    let mut invalid = None;
    let mut pos = 0;
    while let Some(found) = memchr::memchr(b'\\', &body[pos..]) {
        let backslash = pos + found;
        let at = backslash + 1;
        out.extend_from_slice(&body[pos..backslash]);
        let Some(&byte) = body.get(at) else {
            return Err(LiteralError::Escape("(value error) Trailing \\ in string".to_owned()));
        };
        pos = at + 1;
        if let Some(simple) = simple_escape(byte) {
            out.extend(simple);
            continue;
        }
        match byte {
            b'0'..=b'7' => {
                let (value, length) = octal(&body[at..]);
                if value > 0o377 && invalid.is_none() {
                    invalid = Some(InvalidEscape::new(&body[..at], &body[at..], true));
                }
                out.push(value as u8);
                pos = at + length;
            }
            b'x' => {
                let digit = |i: usize| body.get(at + i).and_then(|b| char::from(*b).to_digit(16));
                let (Some(high), Some(low)) = (digit(1), digit(2)) else {
                    return Err(LiteralError::Escape(format!(
                        "(value error) invalid \\x escape at position {backslash}"
                    )));
                };
                out.push((high << 4 | low) as u8);
                pos = at + 3;
            }
            _ => {
                if invalid.is_none() {
                    invalid = Some(InvalidEscape::new(&body[..at], &body[at..], false));
                }
                out.extend([b'\\', byte]);
            }
        }
    }
    out.extend_from_slice(&body[pos..]);
    Ok((arena.slice(&out), invalid))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(token: &str, expected: &[u8]) {
        let arena = Arena::new();
        match string(&arena, token.as_bytes()).unwrap().value {
            Constant::Str(value) | Constant::Bytes(value) => assert_eq!(value, expected),
            other => panic!("{other:?}"),
        }
    }

    #[track_caller]
    fn check_error(token: &str, expected: &str) {
        let arena = Arena::new();
        assert_eq!(string(&arena, token.as_bytes()).unwrap_err().message(), expected);
    }

    #[track_caller]
    fn check_warning(token: &str, expected: &str) {
        let arena = Arena::new();
        let literal = string(&arena, token.as_bytes()).unwrap();
        assert_eq!(literal.invalid_escape.unwrap().message(), expected);
    }

    #[test]
    fn values() {
        check(r"'\x41\u00e9\U0001F600\101\0'", "A\u{e9}\u{1F600}A\0".as_bytes());
        check(r"'\N{BULLET}\N{line feed}'", "\u{2022}\n".as_bytes());
        check(r"'\ud800'", b"\xED\xA0\x80");
        check(r"'\777\08'", "\u{1FF}\08".as_bytes());
        check("'a\\\nb'", b"ab");
        check("'\\\u{e9}'", "\\\u{e9}".as_bytes());
        check("\"\"\"a'\"b\"\"\"", b"a'\"b");
        check("''", b"");
        check("''''''", b"");
        check(r"rb'\x41'", b"\\x41");
        check(r"b'\xff\400\z'", b"\xFF\0\\z");
    }

    #[test]
    fn errors() {
        let unicode = "(unicode error) 'unicodeescape' codec can't decode bytes in position ";
        for (token, rest) in [
            (r"'a\N{foo}'", "1-7: unknown Unicode character name"),
            (r"'a\N{foo'", "1-6: malformed \\N character escape"),
            (r"'a\N'", "1-2: malformed \\N character escape"),
            (r"'a\N{}'", "1-3: malformed \\N character escape"),
            (r"'a\x1'", "1-3: truncated \\xXX escape"),
            ("'\u{e9}\\x1'", "10-12: truncated \\xXX escape"),
            (r"'a\u123'", "1-5: truncated \\uXXXX escape"),
            (r"'a\U12345678'", "1-10: illegal Unicode character"),
            (r"'\x'", "0-1: truncated \\xXX escape"),
        ] {
            check_error(token, &format!("{unicode}{rest}"));
        }
        check_error(r"b'\x1'", "(value error) invalid \\x escape at position 0");
        check_error("b'\u{e9}'", "bytes can only contain ASCII literal characters");
    }

    #[test]
    fn warnings() {
        check_warning(
            r"'\d'",
            "\"\\d\" is an invalid escape sequence. Such sequences will not work in the future. \
             Did you mean \"\\\\d\"? A raw string is also an option.",
        );
        check_warning(
            r"b'\d\777'",
            "\"\\d\" is an invalid escape sequence. Such sequences will not work in the future. \
             Did you mean \"\\\\d\"? A raw string is also an option.",
        );
        check_warning(
            r"'\777'",
            "\"\\777\" is an invalid octal escape sequence. Such sequences will not work in the \
             future. Did you mean \"\\\\777\"? A raw string is also an option.",
        );
    }
}
