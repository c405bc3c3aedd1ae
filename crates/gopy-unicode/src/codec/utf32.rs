//! UTF-32.

use super::{DecodeError, Decoded, EncodeError, Endian, is_surrogate};
use crate::units::{Units, UnitsBuf};

/// Byte order that a mark at the beginning announces, if there is one; it takes four bytes.
pub fn byte_order_mark(input: &[u8]) -> Option<Endian> {
    match input {
        [0xFF, 0xFE, 0, 0, ..] => Some(Endian::Little),
        [0, 0, 0xFE, 0xFF, ..] => Some(Endian::Big),
        _ => None,
    }
}

/// Decodes from `at`. Unless `last`, an incomplete character at the end is left over.
pub fn decode(
    input: &[u8],
    mut at: usize,
    last: bool,
    endian: Endian,
    out: &mut UnitsBuf,
) -> Decoded {
    while let Some(&bytes) = input.get(at..).and_then(|rest| rest.first_chunk::<4>()) {
        let code = match endian {
            Endian::Little => u32::from_le_bytes(bytes),
            Endian::Big => u32::from_be_bytes(bytes),
        };
        if is_surrogate(code) {
            let reason = "code point in surrogate code point range(0xd800, 0xe000)";
            return Err(DecodeError { start: at, end: at + 4, reason });
        }
        if code > 0x10_FFFF {
            let reason = "code point not in range(0x110000)";
            return Err(DecodeError { start: at, end: at + 4, reason });
        }
        out.push(code);
        at += 4;
    }
    if last && at < input.len() {
        return Err(DecodeError { start: at, end: input.len(), reason: "truncated data" });
    }
    Ok(at.min(input.len()))
}

/// Encodes from character `at`, without a mark; each surrogate is an error. The caller raises it
/// too when the handler's bytes are not a multiple of four.
pub fn encode(
    text: Units<'_>,
    at: usize,
    endian: Endian,
    out: &mut Vec<u8>,
) -> Result<(), EncodeError> {
    out.reserve(text.len().saturating_sub(at) * 4);
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
    out.extend(match endian {
        Endian::Little => code.to_le_bytes(),
        Endian::Big => code.to_be_bytes(),
    });
}
