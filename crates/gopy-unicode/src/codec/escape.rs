//! `unicode_escape` and `raw_unicode_escape`.

use super::{DecodeError, Decoded, hex_digit};
use crate::names::Named;
use crate::names::lookup_named;
use crate::units::{Units, UnitsBuf};

/// The first escape that means nothing, for the caller's warning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InvalidEscape {
    /// `\` and a character that is no escape, "invalid escape sequence '\\%c'".
    Character {
        /// Position of the character behind the backslash.
        at: usize,
        /// The character.
        byte: u8,
    },
    /// An octal escape above `\377`, "invalid octal escape sequence '\\%o'".
    Octal {
        /// Position of the first digit.
        at: usize,
        /// What it denotes.
        value: u32,
    },
}

enum Escape {
    /// Decoded, up to there.
    To(usize),
    /// The input ends inside.
    Incomplete(&'static str),
    /// Wrong, up to there.
    Wrong(usize, &'static str),
}

/// Decodes `unicode_escape` from `at`. Unless `last`, an unfinished escape is left over. The
/// first invalid escape is noted in `invalid`, if nothing is there yet.
pub fn decode(
    input: &[u8],
    mut at: usize,
    last: bool,
    invalid: &mut Option<InvalidEscape>,
    out: &mut UnitsBuf,
) -> Decoded {
    while at < input.len() {
        let plain = memchr::memchr(b'\\', &input[at..]).unwrap_or(input.len() - at);
        out.extend(Units::Ucs1(&input[at..at + plain]));
        at += plain;
        if at == input.len() {
            break;
        }
        let (end, reason) = match escape(input, at + 1, invalid, out) {
            Escape::To(end) => {
                at = end;
                continue;
            }
            Escape::Incomplete(_) if !last => return Ok(at),
            Escape::Incomplete(reason) => (input.len(), reason),
            Escape::Wrong(end, reason) => (end, reason),
        };
        return Err(DecodeError { start: at, end, reason });
    }
    Ok(at)
}

/// One escape; `at` is behind the backslash.
fn escape(
    input: &[u8],
    at: usize,
    invalid: &mut Option<InvalidEscape>,
    out: &mut UnitsBuf,
) -> Escape {
    let Some(&byte) = input.get(at) else { return Escape::Incomplete("\\ at end of string") };
    let code = match byte {
        b'\n' => return Escape::To(at + 1),
        b'\\' | b'\'' | b'"' => byte,
        b'b' => 8,
        b'f' => 12,
        b't' => b'\t',
        b'n' => b'\n',
        b'r' => b'\r',
        b'v' => 11,
        b'a' => 7,
        b'0'..=b'7' => return octal(input, at, invalid, out),
        b'x' => return hexadecimal(input, at + 1, 2, "truncated \\xXX escape", out),
        b'u' => return hexadecimal(input, at + 1, 4, "truncated \\uXXXX escape", out),
        b'U' => return hexadecimal(input, at + 1, 8, "truncated \\UXXXXXXXX escape", out),
        b'N' => return named(input, at + 1, out),
        _ => {
            invalid.get_or_insert(InvalidEscape::Character { at, byte });
            out.push(u32::from(b'\\'));
            byte
        }
    };
    out.push(u32::from(code));
    Escape::To(at + 1)
}

fn octal(
    input: &[u8],
    at: usize,
    invalid: &mut Option<InvalidEscape>,
    out: &mut UnitsBuf,
) -> Escape {
    let digits = input[at..].iter().take(3).take_while(|byte| matches!(byte, b'0'..=b'7'));
    let (value, len) =
        digits.fold((0, 0), |(value, len), byte| (value << 3 | u32::from(byte - b'0'), len + 1));
    if value > 0o377 {
        invalid.get_or_insert(InvalidEscape::Octal { at, value });
    }
    out.push(value);
    Escape::To(at + len)
}

fn hexadecimal(
    input: &[u8],
    at: usize,
    len: usize,
    reason: &'static str,
    out: &mut UnitsBuf,
) -> Escape {
    let mut code = 0u32;
    for position in at..at + len {
        let Some(&byte) = input.get(position) else { return Escape::Incomplete(reason) };
        let Some(digit) = hex_digit(byte) else { return Escape::Wrong(position, reason) };
        code = code << 4 | digit;
    }
    if code > 0x10_FFFF {
        return Escape::Wrong(at + len, "illegal Unicode character");
    }
    out.push(code);
    Escape::To(at + len)
}

fn named(input: &[u8], at: usize, out: &mut UnitsBuf) -> Escape {
    const MALFORMED: &str = "malformed \\N character escape";
    match input.get(at) {
        None => return Escape::Incomplete(MALFORMED),
        Some(b'{') => {}
        Some(_) => return Escape::Wrong(at, MALFORMED),
    }
    let Some(len) = memchr::memchr(b'}', &input[at + 1..]) else {
        return Escape::Incomplete(MALFORMED);
    };
    if len == 0 {
        return Escape::Wrong(at + 1, MALFORMED);
    }
    let end = at + 1 + len + 1;
    match lookup_named(&input[at + 1..end - 1]) {
        Some(Named::Character(code) | Named::Alias(code)) => {
            out.push(code);
            Escape::To(end)
        }
        _ => Escape::Wrong(end, "unknown Unicode character name"),
    }
}

/// Decodes `raw_unicode_escape` from `at`. Unless `last`, an unfinished escape is left over.
pub fn decode_raw(input: &[u8], mut at: usize, last: bool, out: &mut UnitsBuf) -> Decoded {
    while let Some(&byte) = input.get(at) {
        if byte != b'\\' {
            out.push(u32::from(byte));
            at += 1;
            continue;
        }
        let Some(&kind) = input.get(at + 1) else {
            if !last {
                return Ok(at);
            }
            out.push(u32::from(byte));
            return Ok(at + 1);
        };
        let result = match kind {
            b'u' => hexadecimal(input, at + 2, 4, "truncated \\uXXXX escape", out),
            b'U' => hexadecimal(input, at + 2, 8, "truncated \\UXXXXXXXX escape", out),
            _ => {
                out.push(u32::from(byte));
                out.push(u32::from(kind));
                Escape::To(at + 2)
            }
        };
        let (end, reason) = match result {
            Escape::To(end) => {
                at = end;
                continue;
            }
            Escape::Incomplete(_) if !last => return Ok(at),
            Escape::Incomplete(reason) => (input.len(), reason),
            Escape::Wrong(end, reason) if end == at + 2 + 8 && reason.starts_with("ill") => {
                (end, "\\Uxxxxxxxx out of range")
            }
            Escape::Wrong(end, reason) => (end, reason),
        };
        return Err(DecodeError { start: at, end, reason });
    }
    Ok(at)
}

/// Encodes to `unicode_escape`.
pub fn encode(text: Units<'_>, out: &mut Vec<u8>) {
    for code in text.iter() {
        match code {
            0x5C => out.extend(b"\\\\"),
            0x09 => out.extend(b"\\t"),
            0x0A => out.extend(b"\\n"),
            0x0D => out.extend(b"\\r"),
            0x20..=0x7E => out.push(code as u8),
            0..=0xFF => push_hexadecimal(b'x', code, 2, out),
            0x100..=0xFFFF => push_hexadecimal(b'u', code, 4, out),
            _ => push_hexadecimal(b'U', code, 8, out),
        }
    }
}

/// Encodes to `raw_unicode_escape`.
pub fn encode_raw(text: Units<'_>, out: &mut Vec<u8>) {
    for code in text.iter() {
        match code {
            0..=0xFF => out.push(code as u8),
            0x100..=0xFFFF => push_hexadecimal(b'u', code, 4, out),
            _ => push_hexadecimal(b'U', code, 8, out),
        }
    }
}

/// Appends a backslash, a letter and hexadecimal digits.
pub(crate) fn push_hexadecimal(letter: u8, code: u32, digits: u32, out: &mut Vec<u8>) {
    out.extend([b'\\', letter]);
    for digit in (0..digits).rev() {
        out.push(b"0123456789abcdef"[(code >> (4 * digit) & 15) as usize]);
    }
}
