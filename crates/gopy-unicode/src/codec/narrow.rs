//! ASCII and Latin-1.

use super::{DecodeError, Decoded, EncodeError};
use crate::units::{CodeUnit, Units, UnitsBuf};
use crate::with_units;

/// Decodes ASCII from `at`.
pub fn decode_ascii(input: &[u8], at: usize, out: &mut UnitsBuf) -> Decoded {
    let rest = &input[at.min(input.len())..];
    let valid = if rest.is_ascii() {
        rest.len()
    } else {
        rest.iter().take_while(|byte| byte.is_ascii()).count()
    };
    out.extend(Units::Ucs1(&rest[..valid]));
    let start = at + valid;
    if valid < rest.len() {
        let reason = "ordinal not in range(128)";
        return Err(DecodeError { start, end: start + 1, reason });
    }
    Ok(input.len())
}

/// Decodes Latin-1, which never fails.
pub fn decode_latin1(input: &[u8], out: &mut UnitsBuf) {
    out.extend(Units::Ucs1(input));
}

/// Encodes to ASCII from character `at`; a run of wider characters is an error.
pub fn encode_ascii(text: Units<'_>, at: usize, out: &mut Vec<u8>) -> Result<(), EncodeError> {
    with_units!(text, text => encode(text, at, 0x80, "ordinal not in range(128)", out))
}

/// Encodes to Latin-1 from character `at`; a run of wider characters is an error.
pub fn encode_latin1(text: Units<'_>, at: usize, out: &mut Vec<u8>) -> Result<(), EncodeError> {
    with_units!(text, text => encode(text, at, 0x100, "ordinal not in range(256)", out))
}

fn encode<U: CodeUnit>(
    text: &[U],
    at: usize,
    limit: u32,
    reason: &'static str,
    out: &mut Vec<u8>,
) -> Result<(), EncodeError> {
    let rest = &text[at.min(text.len())..];
    let fits = |unit: &&U| unit.code() < limit;
    let valid = rest.iter().position(|unit| !fits(&unit)).unwrap_or(rest.len());
    out.extend(rest[..valid].iter().map(|&unit| unit.code() as u8));
    if valid == rest.len() {
        return Ok(());
    }
    let start = at + valid;
    let run = rest[valid..].iter().take_while(|unit| !fits(unit)).count();
    Err(EncodeError { start, end: start + run, reason })
}
