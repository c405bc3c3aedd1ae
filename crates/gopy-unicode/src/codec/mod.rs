//! Codec kernels: bytes to text and back, without objects.
//!
//! Answers to the codecs of `Objects/unicodeobject.c`. A decoder appends to a [`UnitsBuf`] from a
//! position on. Where it cannot go on it returns a [`DecodeError`], with all that precedes the
//! error appended; the caller runs the error handler, appends its replacement and calls again at
//! the position the handler chose. Encoders work likewise, towards bytes.

pub mod charmap;
pub mod escape;
pub mod handlers;
pub mod narrow;
pub mod utf16;
pub mod utf32;
pub mod utf7;
pub mod utf8;

use crate::units::UnitsBuf;

/// The bytes `start..end` cannot be decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DecodeError {
    /// First offending byte.
    pub start: usize,
    /// Behind the last offending byte.
    pub end: usize,
    /// `UnicodeDecodeError.reason`.
    pub reason: &'static str,
}

/// The characters `start..end` cannot be encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EncodeError {
    /// First offending character.
    pub start: usize,
    /// Behind the last offending character.
    pub end: usize,
    /// `UnicodeEncodeError.reason`.
    pub reason: &'static str,
}

/// Up to which byte a decoder got.
pub type Decoded = Result<usize, DecodeError>;

/// Byte order of UTF-16 and UTF-32.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Endian {
    /// Least significant byte first.
    Little,
    /// Most significant byte first.
    Big,
}

impl Endian {
    /// The order of this machine.
    pub const NATIVE: Endian =
        if cfg!(target_endian = "big") { Endian::Big } else { Endian::Little };
}

/// Value of a hexadecimal digit.
fn hex_digit(byte: u8) -> Option<u32> {
    char::from(byte).to_digit(16)
}

fn is_surrogate(code: u32) -> bool {
    code & 0xFFFF_F800 == 0xD800
}

fn is_high_surrogate(code: u32) -> bool {
    code & 0xFFFF_FC00 == 0xD800
}

fn is_low_surrogate(code: u32) -> bool {
    code & 0xFFFF_FC00 == 0xDC00
}

fn join_surrogates(high: u32, low: u32) -> u32 {
    0x1_0000 + ((high & 0x3FF) << 10) + (low & 0x3FF)
}

/// Decodes a whole input with a handler that gives replacement and position to go on.
pub fn decode_all<E>(
    input: &[u8],
    mut decode: impl FnMut(&[u8], usize, &mut UnitsBuf) -> Decoded,
    mut handler: impl FnMut(DecodeError, &mut UnitsBuf) -> Result<usize, E>,
) -> Result<(UnitsBuf, usize), E> {
    let (mut out, mut at) = (UnitsBuf::new(), 0);
    loop {
        match decode(input, at, &mut out) {
            Ok(consumed) => return Ok((out, consumed)),
            Err(error) => at = handler(error, &mut out)?,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::escape::InvalidEscape;
    use super::*;

    /// Reasons and stretches of the errors in an input, each skipped.
    #[track_caller]
    fn check(
        input: &[u8],
        decode: impl FnMut(&[u8], usize, &mut UnitsBuf) -> Decoded,
        text: &str,
        wanted: &[(usize, usize, &str)],
    ) {
        let mut seen = Vec::new();
        let Ok((out, consumed)) =
            decode_all::<std::convert::Infallible>(input, decode, |error, _| {
                seen.push((error.start, error.end, error.reason));
                Ok(error.end)
            });
        assert_eq!(out.as_units(), UnitsBuf::from(text).as_units());
        assert_eq!(consumed, input.len());
        assert_eq!(seen, wanted);
    }

    #[test]
    fn utf8_errors() {
        let utf8 = |input: &[u8], at: usize, out: &mut UnitsBuf| utf8::decode(input, at, true, out);
        check(b"a\xC3\xA9\xF0\x9F\x98\x80", utf8, "a\u{e9}\u{1f600}", &[]);
        check(b"a\x80b", utf8, "ab", &[(1, 2, "invalid start byte")]);
        check(b"\xE2\x82b", utf8, "b", &[(0, 2, "invalid continuation byte")]);
        check(b"a\xE2\x82", utf8, "a", &[(1, 3, "unexpected end of data")]);
    }

    #[test]
    fn utf7_errors() {
        let utf7 = |input: &[u8], at: usize, out: &mut UnitsBuf| utf7::decode(input, at, true, out);
        check(b"a+AGE-b+-", utf7, "aab+", &[]);
        check(b"+!x", utf7, "x", &[(0, 2, "ill-formed sequence")]);
        check(b"+AGEA", utf7, "a", &[(0, 5, "unterminated shift sequence")]);
    }

    #[test]
    fn invalid_escapes_are_noted_once() {
        let mut invalid = None;
        check(
            b"\\q\\777\\N{space}",
            |input, at, out| escape::decode(input, at, true, &mut invalid, out),
            "\\q\u{1ff} ",
            &[],
        );
        assert_eq!(invalid, Some(InvalidEscape::Character { at: 1, byte: b'q' }));
    }
}
