//! UTF-16.

use super::{
    DecodeError, Decoded, EncodeError, Endian, is_high_surrogate, is_low_surrogate, is_surrogate,
    join_surrogates,
};
use crate::units::Units;

/// Byte order that a mark at the beginning announces, if there is one; it takes two bytes.
pub fn byte_order_mark(input: &[u8]) -> Option<Endian> {
    match input {
        [0xFF, 0xFE, ..] => Some(Endian::Little),
        [0xFE, 0xFF, ..] => Some(Endian::Big),
        _ => None,
    }
}

/// Decodes from `at`. Unless `last`, an incomplete character at the end is left over.
pub fn decode(
    input: &[u8],
    mut at: usize,
    last: bool,
    endian: Endian,
    out: &mut crate::units::UnitsBuf,
) -> Decoded {
    let unit = |at: usize| {
        let pair = [*input.get(at)?, *input.get(at + 1)?];
        Some(u32::from(match endian {
            Endian::Little => u16::from_le_bytes(pair),
            Endian::Big => u16::from_be_bytes(pair),
        }))
    };
    while let Some(code) = unit(at) {
        if !is_surrogate(code) {
            out.push(code);
            at += 2;
            continue;
        }
        if is_low_surrogate(code) {
            return Err(DecodeError { start: at, end: at + 2, reason: "illegal encoding" });
        }
        match unit(at + 2) {
            Some(low) if is_low_surrogate(low) => out.push(join_surrogates(code, low)),
            Some(_) => {
                let reason = "illegal UTF-16 surrogate";
                return Err(DecodeError { start: at, end: at + 2, reason });
            }
            None if last => {
                let reason = "unexpected end of data";
                return Err(DecodeError { start: at, end: input.len(), reason });
            }
            None => return Ok(at),
        }
        at += 4;
    }
    if last && at < input.len() {
        return Err(DecodeError { start: at, end: input.len(), reason: "truncated data" });
    }
    Ok(at.min(input.len()))
}

/// Encodes from character `at`, without a mark; each surrogate is an error. The caller raises it
/// too when the handler's bytes are not a multiple of two.
pub fn encode(
    text: Units<'_>,
    at: usize,
    endian: Endian,
    out: &mut Vec<u8>,
) -> Result<(), EncodeError> {
    out.reserve(text.len().saturating_sub(at) * 2);
    let pair = |unit: u16| match endian {
        Endian::Little => unit.to_le_bytes(),
        Endian::Big => unit.to_be_bytes(),
    };
    match text.slice(at, text.len()) {
        Units::Ucs1(text) => {
            out.extend(text.iter().flat_map(|&unit| pair(u16::from(unit))));
            return Ok(());
        }
        // Without surrogates the units are the encoding.
        Units::Ucs2(text) if !text.iter().any(|&unit| is_surrogate(u32::from(unit))) => {
            out.extend(text.iter().flat_map(|&unit| pair(unit)));
            return Ok(());
        }
        _ => {}
    }
    for (offset, code) in text.slice(at, text.len()).iter().enumerate() {
        if is_surrogate(code) {
            let start = at + offset;
            return Err(EncodeError { start, end: start + 1, reason: "surrogates not allowed" });
        }
        push(code, endian, out);
    }
    Ok(())
}

/// Appends the bytes of a character, of a surrogate too.
pub(crate) fn push(code: u32, endian: Endian, out: &mut Vec<u8>) {
    let mut unit = |unit: u32| {
        let unit = unit as u16;
        out.extend(match endian {
            Endian::Little => unit.to_le_bytes(),
            Endian::Big => unit.to_be_bytes(),
        });
    };
    if code < 0x1_0000 {
        unit(code);
    } else {
        unit(0xD800 | (code - 0x1_0000) >> 10);
        unit(0xDC00 | code & 0x3FF);
    }
    debug_assert!(!is_high_surrogate(code) || code < 0x1_0000);
}
