//! What the standard error handlers put in the place of an error.
//!
//! Answers to the handlers of `Python/codecs.c`.

use super::escape::push_hexadecimal;
use super::{Endian, is_surrogate, utf8, utf16, utf32};
use crate::names::{name, name_with_aliases};
use crate::units::{Units, UnitsBuf};

/// The encodings whose surrogates `surrogatepass` lets through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transformation {
    /// UTF-8.
    Utf8,
    /// UTF-16 in a byte order.
    Utf16(Endian),
    /// UTF-32 in a byte order.
    Utf32(Endian),
}

impl Transformation {
    /// Reads an encoding's name as the handler does: `utf`, an optional separator, the width, an
    /// optional separator and byte order; `cp65001` is UTF-8.
    pub fn from_name(name: &str) -> Option<Transformation> {
        if name == "cp65001" {
            return Some(Transformation::Utf8);
        }
        let name = name.to_ascii_lowercase();
        let skip = |text: &mut &str| *text = text.strip_prefix(['-', '_']).unwrap_or(text);
        let mut rest = name.strip_prefix("utf")?;
        skip(&mut rest);
        if rest == "8" {
            return Some(Transformation::Utf8);
        }
        let (width, mut order) = rest.split_at_checked(2)?;
        skip(&mut order);
        let endian = match order {
            "" if rest.len() == 2 => Endian::NATIVE,
            "le" => Endian::Little,
            "be" => Endian::Big,
            _ => return None,
        };
        match width {
            "16" => Some(Transformation::Utf16(endian)),
            "32" => Some(Transformation::Utf32(endian)),
            _ => None,
        }
    }
}

/// `surrogatepass`, encoding: the bytes of the erroneous characters, if all are surrogates.
pub fn surrogatepass_encode(how: Transformation, text: Units<'_>) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    for code in text.iter() {
        if !is_surrogate(code) {
            return None;
        }
        match how {
            Transformation::Utf8 => utf8::push(code, &mut out),
            Transformation::Utf16(endian) => utf16::push(code, endian, &mut out),
            Transformation::Utf32(endian) => utf32::push(code, endian, &mut out),
        }
    }
    Some(out)
}

/// `surrogatepass`, decoding: the surrogate at the error's start and how many bytes it takes.
pub fn surrogatepass_decode(how: Transformation, input: &[u8]) -> Option<(u32, usize)> {
    let (code, len) = match (how, input) {
        (Transformation::Utf8, &[first, second, third, ..])
            if first & 0xF0 == 0xE0 && second & 0xC0 == 0x80 && third & 0xC0 == 0x80 =>
        {
            let [first, second, third] = [first & 15, second & 63, third & 63].map(u32::from);
            (first << 12 | second << 6 | third, 3)
        }
        (Transformation::Utf16(endian), &[a, b, ..]) => {
            let unit = match endian {
                Endian::Little => u16::from_le_bytes([a, b]),
                Endian::Big => u16::from_be_bytes([a, b]),
            };
            (u32::from(unit), 2)
        }
        (Transformation::Utf32(endian), &[a, b, c, d, ..]) => {
            let code = match endian {
                Endian::Little => u32::from_le_bytes([a, b, c, d]),
                Endian::Big => u32::from_be_bytes([a, b, c, d]),
            };
            (code, 4)
        }
        _ => return None,
    };
    is_surrogate(code).then_some((code, len))
}

/// `surrogateescape`, encoding: the bytes that U+DC80 to U+DCFF stand for, if all are such.
pub fn surrogateescape_encode(text: Units<'_>) -> Option<Vec<u8>> {
    text.iter()
        .map(|code| (0xDC80..=0xDCFF).contains(&code).then_some((code - 0xDC00) as u8))
        .collect()
}

/// `surrogateescape`, decoding: hides up to four erroneous bytes, until an ASCII one, in
/// surrogates; how many, or `None` if there is none.
pub fn surrogateescape_decode(input: &[u8], out: &mut UnitsBuf) -> Option<usize> {
    let hidden = input.iter().take(4).take_while(|byte| **byte >= 0x80);
    let count = hidden.map(|&byte| out.push(0xDC00 + u32::from(byte))).count();
    (count > 0).then_some(count)
}

/// `backslashreplace`, decoding.
pub fn backslashreplace_decode(input: &[u8], out: &mut UnitsBuf) {
    let mut bytes = Vec::with_capacity(input.len() * 4);
    for &byte in input {
        push_hexadecimal(b'x', u32::from(byte), 2, &mut bytes);
    }
    out.extend(Units::Ucs1(&bytes));
}

/// `backslashreplace`, encoding.
pub fn backslashreplace_encode(text: Units<'_>, out: &mut Vec<u8>) {
    for code in text.iter() {
        backslashreplace_one(code, out);
    }
}

fn backslashreplace_one(code: u32, out: &mut Vec<u8>) {
    match code {
        0..=0xFF => push_hexadecimal(b'x', code, 2, out),
        0x100..=0xFFFF => push_hexadecimal(b'u', code, 4, out),
        _ => push_hexadecimal(b'U', code, 8, out),
    }
}

/// `xmlcharrefreplace`.
pub fn xmlcharrefreplace(text: Units<'_>, out: &mut Vec<u8>) {
    for code in text.iter() {
        out.extend(format!("&#{code};").into_bytes());
    }
}

/// `namereplace`: `\N{…}`, or a backslash escape for what has no name.
pub fn namereplace(text: Units<'_>, out: &mut Vec<u8>) {
    for code in text.iter() {
        match name_with_aliases(code).or_else(|| name(code)) {
            Some(name) => out.extend(format!("\\N{{{name}}}").into_bytes()),
            None => backslashreplace_one(code, out),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(name: &str, wanted: Option<Transformation>) {
        assert_eq!(Transformation::from_name(name), wanted);
    }

    #[test]
    fn reads_names_of_encodings() {
        check("UTF_8", Some(Transformation::Utf8));
        check("utf8", Some(Transformation::Utf8));
        check("cp65001", Some(Transformation::Utf8));
        check("utf-16", Some(Transformation::Utf16(Endian::NATIVE)));
        check("utf16le", Some(Transformation::Utf16(Endian::Little)));
        check("utf_32-BE", Some(Transformation::Utf32(Endian::Big)));
        for name in
            ["CP65001", "u8", "utf--8", "utf-8-sig", "UTF-16--le", "utf-168", "utf", "utf-é"]
        {
            check(name, None);
        }
    }
}
