//! Bytes of a source file to clean UTF-8: byte order mark, encoding cookie, newlines.
//!
//! Answers to `Parser/tokenizer/string_tokenizer.c` and `helpers.c`.

use std::borrow::Cow;

use crate::{Host, SyntaxError, SyntaxErrorKind};

/// Source text, ready for the lexer: valid UTF-8 whose lines end in `\n`.
pub struct Source<'s> {
    text: Cow<'s, [u8]>,
    encoding: Option<String>,
    implicit_newline: bool,
    /// No null byte before this offset.
    check_from: usize,
}

impl<'s> Source<'s> {
    /// A `str` that is compiled: any cookie in it means nothing. `exec` adds the newline that
    /// the last line may lack; other inputs are taken as they are.
    pub fn from_str(text: &'s str, exec: bool) -> Result<Self, Box<SyntaxError>> {
        Self::clean(Cow::Borrowed(text.as_bytes()), exec, None)
    }

    /// Bytes that are compiled: decoded as their mark or cookie says.
    pub fn from_bytes(
        bytes: &'s [u8],
        exec: bool,
        host: &mut dyn Host,
    ) -> Result<Self, Box<SyntaxError>> {
        let (body, mark) = match bytes.strip_prefix(b"\xEF\xBB\xBF") {
            Some(body) => (body, true),
            None => (bytes, false),
        };
        let cookie = find_cookie(body, exec);
        let encoding = match (&cookie, mark) {
            (Some(cookie), true) if cookie.name != "utf-8" => return Err(cookie.with_mark(body)),
            (Some(cookie), false) => Some(cookie.name.clone()),
            (_, true) => Some("utf-8".to_owned()),
            (None, false) => None,
        };
        let text = match encoding.as_deref() {
            None | Some("utf-8") => {
                if let Err(error) = std::str::from_utf8(body) {
                    return Err(not_utf8(body, error.valid_up_to()));
                }
                Cow::Borrowed(body)
            }
            Some("iso-8859-1") => {
                Cow::Owned(body.iter().map(|b| char::from(*b)).collect::<String>().into_bytes())
            }
            Some(name) => Cow::Owned(host.decode(name, body)?.into_bytes()),
        };
        Self::clean(text, exec, encoding)
    }

    /// Text for `tokenize`, which shows newlines as they are.
    pub fn for_tokenize(text: &'s str) -> Result<Self, Box<SyntaxError>> {
        let mut source = Self::measured(Cow::Borrowed(text.as_bytes()), None)?;
        source.end_last_line();
        Ok(source)
    }

    /// Text whose lines all have a newline, and no null byte before `check_from`.
    pub(super) fn known(text: &'s str, check_from: usize) -> Self {
        let text = Cow::Borrowed(text.as_bytes());
        Self { text, encoding: None, implicit_newline: false, check_from }
    }

    fn clean(
        text: Cow<'s, [u8]>,
        exec: bool,
        encoding: Option<String>,
    ) -> Result<Self, Box<SyntaxError>> {
        let text = match memchr::memchr(b'\r', &text) {
            Some(first) => Cow::Owned(translate_newlines(&text, first)),
            None => text,
        };
        let mut source = Self::measured(text, encoding)?;
        if exec {
            source.end_last_line();
        }
        Ok(source)
    }

    fn measured(text: Cow<'s, [u8]>, encoding: Option<String>) -> Result<Self, Box<SyntaxError>> {
        if text.len() >= i32::MAX as usize {
            return Err(SyntaxError::bare(
                SyntaxErrorKind::Overflow,
                "Parser column offset overflow - source line is too big",
            ));
        }
        let null = memchr::memchr(0, &text);
        let line_of = |at: usize| memchr::memrchr(b'\n', &text[..at]).map_or(0, |end| end + 1);
        let check_from = null.map_or(usize::MAX, line_of);
        Ok(Self { text, encoding, implicit_newline: false, check_from })
    }

    fn end_last_line(&mut self) {
        if self.text.last().is_some_and(|last| *last != b'\n') {
            self.text.to_mut().push(b'\n');
            self.implicit_newline = true;
        }
    }

    /// The text.
    #[inline]
    pub fn text(&self) -> &[u8] {
        &self.text
    }

    /// What mark or cookie said, normalised; `None` if there was neither.
    pub fn encoding(&self) -> Option<&str> {
        self.encoding.as_deref()
    }

    /// The last newline was added.
    pub fn implicit_newline(&self) -> bool {
        self.implicit_newline
    }

    /// Line `lineno`, without its newline; the last line if there are not so many.
    pub fn line(&self, lineno: u32) -> &[u8] {
        let mut rest = self.text();
        for _ in 1..lineno {
            match memchr::memchr(b'\n', rest) {
                Some(end) => rest = &rest[end + 1..],
                None => break,
            }
        }
        &rest[..memchr::memchr(b'\n', rest).unwrap_or(rest.len())]
    }

    /// Lines before this offset hold no null byte.
    pub(super) fn check_from(&self) -> usize {
        self.check_from
    }
}

/// `\r\n` and `\r` become `\n`; the first `\r` is at `first`.
fn translate_newlines(text: &[u8], first: usize) -> Vec<u8> {
    let mut result = Vec::with_capacity(text.len() + 1);
    let mut done = 0;
    for at in memchr::memchr_iter(b'\r', &text[first..]).map(|at| first + at) {
        result.extend_from_slice(&text[done..at]);
        result.push(b'\n');
        done = at + 1;
        if text.get(done) == Some(&b'\n') {
            done += 1;
        }
    }
    result.extend_from_slice(&text[done..]);
    result
}

/// An encoding named in a comment on one of the first two lines (PEP 263).
struct Cookie {
    name: String,
    lineno: u32,
}

impl Cookie {
    /// A byte order mark says UTF-8, the cookie something else.
    #[cold]
    fn with_mark(&self, body: &[u8]) -> Box<SyntaxError> {
        let line = body
            .split(|b| matches!(b, b'\n' | b'\r'))
            .nth(self.lineno as usize - 1)
            .unwrap_or_default();
        let text = String::from_utf8_lossy(line).into_owned();
        Box::new(SyntaxError {
            kind: SyntaxErrorKind::Syntax,
            message: format!("encoding problem: {} with BOM", self.name),
            lineno: self.lineno,
            offset: 0,
            end_lineno: self.lineno,
            // CPython counts the newline before a second line in.
            end_offset: (text.chars().count() + self.lineno as usize - 1) as i32,
            text: Some(text),
            last_statement: None,
        })
    }
}

/// Looks for a cookie in the first line, and in the second if the first holds no code.
fn find_cookie(body: &[u8], exec: bool) -> Option<Cookie> {
    let mut rest = body;
    for lineno in 1..=2 {
        let end = match memchr::memchr2(b'\n', b'\r', rest) {
            Some(end) => end,
            // A line that nothing ends is not looked at; `exec` ends the last one.
            None if exec => rest.len(),
            None => return None,
        };
        let line = &rest[..end];
        if let Some(name) = cookie_in(line) {
            return Some(Cookie { name, lineno });
        }
        let code = line.iter().find(|b| !matches!(b, b' ' | b'\t' | 0x0C));
        if code.is_some_and(|b| *b != b'#') {
            return None;
        }
        let skip = if rest[end..].starts_with(b"\r\n") { 2 } else { 1 };
        rest = rest.get(end + skip..)?;
    }
    None
}

fn cookie_in(line: &[u8]) -> Option<String> {
    let hash = line.iter().position(|b| !matches!(b, b' ' | b'\t' | 0x0C))?;
    if line[hash] != b'#' {
        return None;
    }
    for at in memchr::memmem::find_iter(line, b"coding") {
        let rest = &line[at + 6..];
        if at < hash || !matches!(rest.first(), Some(b':' | b'=')) {
            continue;
        }
        let blanks = rest[1..].iter().take_while(|b| matches!(b, b' ' | b'\t')).count();
        let name = &rest[1 + blanks..];
        let is_part = |b: &&u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
        let length = name.iter().take_while(is_part).count();
        if length > 0 {
            return Some(normal_name(&name[..length]));
        }
    }
    None
}

/// The names of UTF-8 and Latin-1 have one spelling each; others are left alone.
fn normal_name(name: &[u8]) -> String {
    let name = String::from_utf8_lossy(name).into_owned();
    let start: String = name
        .chars()
        .take(12)
        .map(|c| if c == '_' { '-' } else { c.to_ascii_lowercase() })
        .collect();
    if start == "utf-8" || start.starts_with("utf-8-") {
        return "utf-8".to_owned();
    }
    for latin in ["latin-1", "iso-8859-1", "iso-latin-1"] {
        if start.strip_prefix(latin).is_some_and(|rest| rest.is_empty() || rest.starts_with('-')) {
            return "iso-8859-1".to_owned();
        }
    }
    name
}

/// The error for the byte at `bad` if nothing says which encoding it is.
#[cold]
fn not_utf8(body: &[u8], bad: usize) -> Box<SyntaxError> {
    let is_newline = |b: &u8| matches!(b, b'\n' | b'\r');
    let before = translate_newlines(&body[..bad], 0);
    let lineno = memchr::memchr_iter(b'\n', &before).count() as u32 + 1;
    let line_start = body[..bad].iter().rposition(is_newline).map_or(0, |at| at + 1);
    let line_end = body[bad..].iter().position(is_newline).map_or(body.len(), |at| bad + at);
    let offset = String::from_utf8_lossy(&body[line_start..bad]).chars().count() as i32 + 1;
    Box::new(SyntaxError {
        kind: SyntaxErrorKind::Syntax,
        message: format!(
            "Non-UTF-8 code starting with '\\x{:02x}' on line {lineno}, but no encoding declared; \
             see https://peps.python.org/pep-0263/ for details",
            body[bad]
        ),
        lineno,
        offset,
        end_lineno: lineno,
        end_offset: offset,
        text: Some(String::from_utf8_lossy(&body[line_start..line_end]).into_owned()),
        last_statement: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Warning, WarningFailure};

    /// Knows no codec, and says which it was asked for.
    struct NoCodecs;

    impl Host for NoCodecs {
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

    #[track_caller]
    fn check(bytes: &[u8], text: &str, encoding: Option<&str>) {
        let source = Source::from_bytes(bytes, true, &mut NoCodecs).map_err(|e| e.message).unwrap();
        assert_eq!(String::from_utf8_lossy(source.text()), text);
        assert_eq!(source.encoding(), encoding);
    }

    #[track_caller]
    fn check_error(bytes: &[u8], message: &str, place: (u32, i32, &str, i32)) {
        let error = Source::from_bytes(bytes, true, &mut NoCodecs).map(|_| ()).unwrap_err();
        assert_eq!(error.message, message);
        let text = error.text.as_deref().unwrap_or_default();
        assert_eq!((error.lineno, error.offset, text, error.end_offset), place);
    }

    #[test]
    fn decoding() {
        check(b"a\r\nb\rc", "a\nb\nc\n", None);
        check(b"", "", None);
        check(b"\xEF\xBB\xBFa", "a\n", Some("utf-8"));
        check(b"\xEF\xBB\xBF# coding: UTF_8\n", "# coding: UTF_8\n", Some("utf-8"));
        check(
            b"# -*- coding: Latin-1-unix -*-\n\xE9",
            concat!("# -*- coding: Latin-1-unix -*-\n", "\u{e9}\n"),
            Some("iso-8859-1"),
        );
        check(
            b"\n# vim: fileencoding=iso_8859_1\n",
            "\n# vim: fileencoding=iso_8859_1\n",
            Some("iso-8859-1"),
        );
        // Behind code or in the third line: no cookie.
        check(b"x\n# coding: foo\n", "x\n# coding: foo\n", None);
        check(b"\n\n# coding: foo\n", "\n\n# coding: foo\n", None);
        // Nor, but for exec, on a line that does not end.
        let source = Source::from_bytes(b"# coding: foo", false, &mut NoCodecs);
        assert_eq!(source.ok().map(|s| s.text().to_vec()).as_deref(), Some(&b"# coding: foo"[..]));
    }

    #[test]
    fn errors() {
        let not_utf8 = |byte: &str, line: u32| {
            format!(
                "Non-UTF-8 code starting with '\\x{byte}' on line {line}, but no encoding \
                 declared; see https://peps.python.org/pep-0263/ for details"
            )
        };
        check_error(b"a=1\nb='\xff'\n", &not_utf8("ff", 2), (2, 4, "b='\u{FFFD}'", 4));
        check_error(b"\xff\n", &not_utf8("ff", 1), (1, 1, "\u{FFFD}", 1));
        check_error(
            b"\xc3\xa9=1\n\nb='\xe9\xff'+\n",
            &not_utf8("e9", 3),
            (3, 4, "b='\u{FFFD}\u{FFFD}'+", 4),
        );
        check_error(
            b"# coding: utf-8\nb='\xff'+\n",
            &not_utf8("ff", 2),
            (2, 4, "b='\u{FFFD}'+", 4),
        );
        check_error(
            b"\xef\xbb\xbf# coding: latin-1\nb='\xff'\n",
            "encoding problem: iso-8859-1 with BOM",
            (1, 0, "# coding: latin-1", 17),
        );
        check_error(
            b"\xef\xbb\xbf\n# coding: foobar\n",
            "encoding problem: foobar with BOM",
            (2, 0, "# coding: foobar", 17),
        );
        check_error(b"\n# coding: foobar\n", "foobar", (0, 0, "", 0));
        check_error(b"# coding: foo", "foo", (0, 0, "", 0));
    }
}
