//! WTF-8: UTF-8 in which lone surrogates are allowed.
//!
//! The front end keeps string constants in it. Two surrogates may stand side by side without
//! being one character, as in a `str`, so that conversion from and to code points loses nothing.

use crate::codec::utf8;
use crate::units::{Units, UnitsBuf};

/// A borrowed text in WTF-8.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Wtf8<'a>(&'a [u8]);

/// An owned text in WTF-8.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Wtf8Buf(Vec<u8>);

impl<'a> Wtf8<'a> {
    /// Checks bytes, as from an arena that keeps them bare.
    pub fn from_bytes(bytes: &'a [u8]) -> Option<Wtf8<'a>> {
        let mut rest = bytes;
        while let Err(error) = std::str::from_utf8(rest) {
            rest = &rest[error.valid_up_to()..];
            match *rest {
                [0xED, 0xA0..=0xBF, 0x80..=0xBF, ..] => rest = &rest[3..],
                _ => return None,
            }
        }
        Some(Wtf8(bytes))
    }

    /// The bytes.
    pub fn as_bytes(self) -> &'a [u8] {
        self.0
    }

    /// The text, if it has no surrogate.
    pub fn as_str(self) -> Option<&'a str> {
        std::str::from_utf8(self.0).ok()
    }

    /// The characters.
    pub fn codes(self) -> impl Iterator<Item = u32> + 'a {
        let mut rest = self.0;
        std::iter::from_fn(move || {
            let (&first, tail) = rest.split_first()?;
            let (bits, len) = match first {
                0..=0x7F => (first, 0),
                0x80..=0xDF => (first & 0x1F, 1),
                0xE0..=0xEF => (first & 0x0F, 2),
                _ => (first & 0x07, 3),
            };
            let (continuation, after) = tail.split_at(len.min(tail.len()));
            rest = after;
            let join = |code, &byte: &u8| code << 6 | u32::from(byte & 0x3F);
            Some(continuation.iter().fold(u32::from(bits), join))
        })
    }

    /// The text as PEP 393 units of the narrowest kind.
    pub fn to_units(self) -> UnitsBuf {
        match self.as_str() {
            Some(text) => UnitsBuf::from(text),
            None => self.codes().collect(),
        }
    }
}

impl<'a> From<&'a str> for Wtf8<'a> {
    fn from(text: &'a str) -> Self {
        Wtf8(text.as_bytes())
    }
}

impl Wtf8Buf {
    /// An empty text.
    pub const fn new() -> Self {
        Wtf8Buf(Vec::new())
    }

    /// The text.
    pub fn as_wtf8(&self) -> Wtf8<'_> {
        Wtf8(&self.0)
    }

    /// The bytes.
    pub fn into_bytes(self) -> Vec<u8> {
        self.0
    }

    /// Appends a character, which may be a surrogate; `None` beyond U+10FFFF.
    pub fn push(&mut self, code: u32) -> Option<()> {
        (code <= 0x10_FFFF).then(|| utf8::push(code, &mut self.0))
    }

    /// Appends well-formed text.
    pub fn push_str(&mut self, text: &str) {
        self.0.extend_from_slice(text.as_bytes());
    }
}

impl From<Units<'_>> for Wtf8Buf {
    fn from(text: Units<'_>) -> Self {
        let mut bytes = Vec::with_capacity(text.len());
        for code in text.iter() {
            utf8::push(code, &mut bytes);
        }
        Wtf8Buf(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn surrogates_come_back() {
        let codes = [0x41, 0xE9, 0x20AC, 0xD83D, 0xDE00, 0x1_F600, 0xDFFF];
        let text = Wtf8Buf::from(Units::Ucs4(&codes));
        assert_eq!(text.as_wtf8().codes().collect::<Vec<_>>(), codes);
        assert_eq!(text.as_wtf8().to_units().as_units(), Units::Ucs4(&codes));
        assert_eq!(Wtf8::from_bytes(text.as_wtf8().as_bytes()), Some(text.as_wtf8()));
        assert!(text.as_wtf8().as_str().is_none());
        assert!(Wtf8::from_bytes(b"\xED\xA0").is_none());
        assert!(Wtf8::from_bytes(b"\xFF").is_none());
    }
}
