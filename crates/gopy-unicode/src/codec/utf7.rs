//! UTF-7.

use super::{DecodeError, Decoded, is_high_surrogate, is_low_surrogate, join_surrogates};
use crate::units::{Units, UnitsBuf};

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

fn from_base64(byte: u8) -> Option<u32> {
    Some(u32::from(match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    }))
}

fn to_base64(value: u64) -> u8 {
    ALPHABET[(value & 63) as usize]
}

/// Stands for itself when decoding.
fn decodes_directly(byte: u8) -> bool {
    byte < 0x80 && byte != b'+'
}

/// Stands for itself when encoding.
fn encodes_directly(code: u32) -> bool {
    matches!(code, 0x09 | 0x0A | 0x0D | 0x20..=0x7D) && code != 0x2B && code != 0x5C
}

/// Decodes from `at`. Unless `last`, an unfinished shift sequence is left over whole.
pub fn decode(input: &[u8], mut at: usize, last: bool, out: &mut UnitsBuf) -> Decoded {
    while let Some(&byte) = input.get(at) {
        if byte != b'+' {
            if !decodes_directly(byte) {
                let reason = "unexpected special character";
                return Err(DecodeError { start: at, end: at + 1, reason });
            }
            out.push(u32::from(byte));
            at += 1;
            continue;
        }
        match input.get(at + 1) {
            Some(b'-') => {
                out.push(u32::from(b'+'));
                at += 2;
            }
            Some(&next) if from_base64(next).is_none() => {
                let reason = "ill-formed sequence";
                return Err(DecodeError { start: at, end: at + 2, reason });
            }
            _ => match shifted(input, at, last, out)? {
                Some(end) => at = end,
                None => return Ok(at),
            },
        }
    }
    Ok(at)
}

/// Decodes the shift sequence at `start`; `None` if it is unfinished and more may come.
fn shifted(
    input: &[u8],
    start: usize,
    last: bool,
    out: &mut UnitsBuf,
) -> Result<Option<usize>, DecodeError> {
    let rest = &input[start + 1..];
    let len = rest.iter().take_while(|&&byte| from_base64(byte).is_some()).count();
    let end = start + 1 + len;
    if end == input.len() && !last {
        return Ok(None);
    }
    let (mut buffer, mut bits, mut high) = (0, 0, None);
    for digit in rest[..len].iter().filter_map(|&byte| from_base64(byte)) {
        buffer = buffer << 6 | digit;
        bits += 6;
        if bits < 16 {
            continue;
        }
        bits -= 16;
        let unit = buffer >> bits;
        buffer &= (1 << bits) - 1;
        if let Some(first) = high.take() {
            if is_low_surrogate(unit) {
                out.push(join_surrogates(first, unit));
                continue;
            }
            out.push(first);
        }
        if is_high_surrogate(unit) {
            high = Some(unit);
        } else {
            out.push(unit);
        }
    }
    let Some(&byte) = input.get(end) else {
        if high.is_some() || bits >= 6 || bits > 0 && buffer != 0 {
            return Err(DecodeError { start, end, reason: "unterminated shift sequence" });
        }
        return Ok(Some(end));
    };
    if bits >= 6 {
        let reason = "partial character in shift sequence";
        return Err(DecodeError { start, end: end + 1, reason });
    }
    if bits > 0 && buffer != 0 {
        let reason = "non-zero padding bits in shift sequence";
        return Err(DecodeError { start, end: end + 1, reason });
    }
    if let Some(high) = high
        && decodes_directly(byte)
    {
        out.push(high);
    }
    Ok(Some(if byte == b'-' { end + 1 } else { end }))
}

/// Encodes a text; UTF-7 has room for every character, surrogates too.
pub fn encode(text: Units<'_>, out: &mut Vec<u8>) {
    let (mut shifted, mut bits, mut buffer) = (false, 0, 0u64);
    for code in text.iter() {
        if encodes_directly(code) {
            let byte = code as u8;
            if shifted {
                if bits > 0 {
                    out.push(to_base64(buffer << (6 - bits)));
                    (bits, buffer) = (0, 0);
                }
                shifted = false;
                if from_base64(byte).is_some() || byte == b'-' {
                    out.push(b'-');
                }
            }
            out.push(byte);
            continue;
        }
        if !shifted {
            out.push(b'+');
            if code == u32::from(b'+') {
                out.push(b'-');
                continue;
            }
            shifted = true;
        }
        let units = match code.checked_sub(0x1_0000) {
            Some(rest) => [Some(0xD800 | rest >> 10), Some(0xDC00 | rest & 0x3FF)],
            None => [Some(code), None],
        };
        for unit in units.into_iter().flatten() {
            buffer = buffer << 16 | u64::from(unit);
            bits += 16;
            while bits >= 6 {
                bits -= 6;
                out.push(to_base64(buffer >> bits));
                buffer &= (1 << bits) - 1;
            }
        }
    }
    if bits > 0 {
        out.push(to_base64(buffer << (6 - bits)));
    }
    if shifted {
        out.push(b'-');
    }
}
