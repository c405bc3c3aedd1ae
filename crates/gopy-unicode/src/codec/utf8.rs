//! UTF-8.

use super::{DecodeError, Decoded, EncodeError, is_surrogate};
use crate::units::{CodeUnit, Kind, Units, UnitsBuf};
use crate::with_units;

/// Decodes from `at`. Unless `last`, an incomplete character at the end is left over.
pub fn decode(input: &[u8], at: usize, last: bool, out: &mut UnitsBuf) -> Decoded {
    let rest = &input[at.min(input.len())..];
    let error = match std::str::from_utf8(rest) {
        Ok(text) => {
            out.push_str(text);
            return Ok(input.len());
        }
        Err(error) => error,
    };
    let valid = error.valid_up_to();
    if let Ok(text) = std::str::from_utf8(&rest[..valid]) {
        out.push_str(text);
    }
    let start = at + valid;
    let Some(len) = error.error_len() else {
        if !last {
            return Ok(start);
        }
        return Err(DecodeError { start, end: input.len(), reason: "unexpected end of data" });
    };
    // What may become a surrogate is left over for `surrogatepass`.
    if !last && matches!(rest[valid..], [0xED, 0xA0..=0xBF]) {
        return Ok(start);
    }
    let reason = match rest[valid] {
        0xC2..=0xF4 => "invalid continuation byte",
        _ => "invalid start byte",
    };
    Err(DecodeError { start, end: start + len, reason })
}

/// Encodes from character `at`; a run of surrogates is an error.
pub fn encode(text: Units<'_>, at: usize, out: &mut Vec<u8>) -> Result<(), EncodeError> {
    match text {
        Units::Ucs1(text) if text.is_ascii() => {
            out.extend_from_slice(&text[at.min(text.len())..]);
            Ok(())
        }
        text => with_units!(text, text => encode_units(text, at, out)),
    }
}

fn encode_units<U: CodeUnit>(text: &[U], at: usize, out: &mut Vec<u8>) -> Result<(), EncodeError> {
    // Room for the worst case, so that the loop only stores.
    let widest = match U::KIND {
        Kind::Ucs1 => 2,
        Kind::Ucs2 => 3,
        Kind::Ucs4 => 4,
    };
    let from = at.min(text.len());
    let mut end = out.len();
    out.resize(end + (text.len() - from) * widest, 0);
    let mut result = Ok(());
    for (offset, &unit) in text[from..].iter().enumerate() {
        let code = unit.code();
        let tail = |shift: u32| 0x80 | (code >> shift & 0x3F) as u8;
        if code < 0x80 {
            out[end] = code as u8;
            end += 1;
        } else if code < 0x800 {
            out[end..end + 2].copy_from_slice(&[0xC0 | (code >> 6) as u8, tail(0)]);
            end += 2;
        } else if is_surrogate(code) {
            let start = from + offset;
            let run = text[start..].iter().take_while(|&&unit| is_surrogate(unit.code())).count();
            let reason = "surrogates not allowed";
            result = Err(EncodeError { start, end: start + run, reason });
            break;
        } else if code < 0x1_0000 {
            let bytes = [0xE0 | (code >> 12) as u8, tail(6), tail(0)];
            out[end..end + 3].copy_from_slice(&bytes);
            end += 3;
        } else {
            let bytes = [0xF0 | (code >> 18 & 7) as u8, tail(12), tail(6), tail(0)];
            out[end..end + 4].copy_from_slice(&bytes);
            end += 4;
        }
    }
    out.truncate(end);
    result
}

/// Appends the bytes of a character, of a surrogate too.
#[inline]
pub(crate) fn push(code: u32, out: &mut Vec<u8>) {
    let tail = |shift: u32| 0x80 | (code >> shift & 0x3F) as u8;
    match code {
        0..=0x7F => out.push(code as u8),
        0x80..=0x7FF => out.extend([0xC0 | (code >> 6) as u8, tail(0)]),
        0x800..=0xFFFF => out.extend([0xE0 | (code >> 12) as u8, tail(6), tail(0)]),
        _ => out.extend([0xF0 | (code >> 18 & 7) as u8, tail(12), tail(6), tail(0)]),
    }
}
