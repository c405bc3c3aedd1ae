//! `binascii`: base64, hexadecimal, quoted-printable, uuencoded text, and checksums.
//!
//! Answers to `Modules/binascii.c`.

use gopy_core::bytes::{Bytes, common};
use gopy_core::error::{raise_with, system_error, type_error, value_error};
use gopy_core::str::Str;
use gopy_core::{exceptions, module, object, state};
use gopy_macros::pymodule;
use gopy_object::{Exception, Instance, Object, PyResult, Ref, Type};

use crate::input::{AsciiData, Data, Word, room};

/// What the module keeps per interpreter.
struct BinasciiState {
    error: Ref<Type>,
}

/// Raises `binascii.Error`. May run Python.
#[cold]
fn bad(message: &str) -> Exception {
    match state::with_extension(|state: &BinasciiState| state.error.clone()) {
        Some(ty) => raise_with(&ty, &[Str::new(message).as_object()]),
        None => system_error!("binascii has no state"),
    }
}

const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// What stands for nothing in a decoding table.
const NOTHING: u8 = 0xFF;

const FROM_BASE64: [u8; 256] = {
    let mut table = [NOTHING; 256];
    let mut value = 0;
    while value < 64 {
        table[BASE64[value] as usize] = value as u8;
        value += 1;
    }
    table
};

const FROM_HEX: [u8; 256] = {
    let mut table = [NOTHING; 256];
    let mut value = 0;
    while value < 16 {
        table[b"0123456789abcdef"[value] as usize] = value as u8;
        table[b"0123456789ABCDEF"[value] as usize] = value as u8;
        value += 1;
    }
    table
};

/// The table of CRC-CCITT, polynomial 0x1021.
const CRC_HQX: [u16; 256] = {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let mut crc = (byte as u16) << 8;
        let mut bit = 0;
        while bit < 8 {
            crc = if crc & 0x8000 == 0 { crc << 1 } else { crc << 1 ^ 0x1021 };
            bit += 1;
        }
        table[byte] = crc;
        byte += 1;
    }
    table
};

fn encode_base64(data: &[u8], newline: bool) -> PyResult<Vec<u8>> {
    let mut text = room((data.len().div_ceil(3)).saturating_mul(4).saturating_add(1))?;
    let digit = |value: u8| BASE64[usize::from(value & 63)];
    let (groups, rest) = data.as_chunks::<3>();
    for [a, b, c] in groups {
        text.extend_from_slice(&[
            digit(a >> 2),
            digit(a << 4 | b >> 4),
            digit(b << 2 | c >> 6),
            digit(*c),
        ]);
    }
    match rest {
        [a] => text.extend_from_slice(&[digit(a >> 2), digit(a << 4), b'=', b'=']),
        [a, b] => {
            text.extend_from_slice(&[digit(a >> 2), digit(a << 4 | b >> 4), digit(b << 2), b'=']);
        }
        _ => {}
    }
    if newline {
        text.push(b'\n');
    }
    Ok(text)
}

fn decode_base64(text: &[u8], strict: bool) -> PyResult<Vec<u8>> {
    let mut data = room(text.len().div_ceil(4) * 3)?;
    let mut rest = text;
    // Whole groups of nothing but digits first.
    while let Some((group, tail)) = rest.split_first_chunk::<4>() {
        let [a, b, c, d] = group.map(|byte| FROM_BASE64[usize::from(byte)]);
        if (a | b | c | d) & 0xC0 != 0 {
            break;
        }
        data.extend_from_slice(&[a << 2 | b >> 4, b << 4 | c >> 2, c << 6 | d]);
        rest = tail;
    }
    let skipped = text.len() - rest.len();
    let (mut place, mut left, mut pads) = (0, 0u8, 0);
    for (index, byte) in rest.iter().enumerate() {
        if *byte == b'=' {
            if strict && place == 1 {
                break;
            }
            if place >= 2 && place + pads < 4 {
                pads += 1;
                continue;
            }
            // Padding before the end and too much of it is ignored, or refused.
            if strict {
                let leading = place == 0 && index + skipped == 0;
                return Err(bad(if leading {
                    "Leading padding not allowed"
                } else {
                    "Excess padding not allowed"
                }));
            }
            continue;
        }
        let value = FROM_BASE64[usize::from(*byte)];
        if value == NOTHING {
            if strict {
                return Err(bad("Only base64 data is allowed"));
            }
            continue;
        }
        if strict && pads > 0 {
            return Err(bad(if place + pads == 4 {
                "Excess data after padding"
            } else {
                "Discontinuous padding not allowed"
            }));
        }
        pads = 0;
        match place {
            0 => {}
            1 => data.push(left << 2 | value >> 4),
            2 => data.push(left << 4 | value >> 2),
            _ => data.push(left << 6 | value),
        }
        left = value;
        place = (place + 1) % 4;
    }
    match place {
        0 => Ok(data),
        1 => Err(bad(&format!(
            "Invalid base64-encoded string: number of data characters ({}) cannot be 1 more than a \
             multiple of 4",
            data.len() / 3 * 4 + 1
        ))),
        _ if place + pads >= 4 => Ok(data),
        _ => Err(bad("Incorrect padding")),
    }
}

fn decode_hex(text: &[u8]) -> PyResult<Vec<u8>> {
    if !text.len().is_multiple_of(2) {
        return Err(bad("Odd-length string"));
    }
    let mut data = room(text.len() / 2)?;
    for [high, low] in text.as_chunks::<2>().0 {
        let (high, low) = (FROM_HEX[usize::from(*high)], FROM_HEX[usize::from(*low)]);
        if high | low == NOTHING {
            return Err(bad("Non-hexadecimal digit found"));
        }
        data.push(high << 4 | low);
    }
    Ok(data)
}

/// The separator of groups, which need not be ASCII here. May run Python.
fn separator(value: &Object) -> PyResult<u8> {
    if object::len(value)? != 1 {
        return Err(value_error!("sep must be length 1."));
    }
    if let Some(text) = value.downcast::<Str>() {
        let code = text.single_code_point().and_then(|code| u8::try_from(code).ok());
        return code.ok_or_else(|| value_error!("sep must be ASCII."));
    }
    match value.downcast::<Bytes>().map(Bytes::as_slice) {
        Some([byte, ..]) => Ok(*byte),
        _ => Err(type_error!("sep must be str or bytes.")),
    }
}

fn encode_hex(data: &Data, sep: Option<&Object>, per_group: i32) -> PyResult<Ref<Bytes>> {
    let sep = sep.map(separator).transpose()?;
    Bytes::new(common::to_hex(data.bytes(), sep, per_group)?.raw_bytes())
}

fn encode_uu(data: &[u8], backtick: bool) -> PyResult<Vec<u8>> {
    if data.len() > 45 {
        return Err(bad("At most 45 bytes at once"));
    }
    let character = |value: u8| if backtick && value == 0 { b'`' } else { value + b' ' };
    let mut text = vec![character(data.len() as u8)];
    for group in data.chunks(3) {
        let [a, b, c] = [0, 1, 2].map(|index| group.get(index).copied().unwrap_or(0));
        let values = [a >> 2, (a << 4 | b >> 4) & 63, (b << 2 | c >> 6) & 63, c & 63];
        text.extend(values.map(character));
    }
    text.push(b'\n');
    Ok(text)
}

fn decode_uu(text: &[u8]) -> PyResult<Vec<u8>> {
    let Some((first, mut rest)) = text.split_first() else {
        return Err(bad("Missing length byte"));
    };
    let length = usize::from(first.wrapping_sub(b' ') & 63);
    let mut data = room(length)?;
    let (mut left, mut bits) = (0u32, 0);
    while data.len() < length {
        let value = match rest.split_first() {
            None => 0,
            Some((byte, tail)) => {
                rest = tail;
                match byte {
                    // Spaces at the end of the line may have been eaten.
                    b'\n' | b'\r' => 0,
                    b' '..=b'`' => (byte - b' ') & 63,
                    _ => return Err(bad("Illegal char")),
                }
            }
        };
        left = left << 6 | u32::from(value);
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            data.push((left >> bits) as u8);
            left &= (1 << bits) - 1;
        }
    }
    if rest.iter().any(|byte| !matches!(byte, b' ' | b'`' | b'\n' | b'\r')) {
        return Err(bad("Trailing garbage"));
    }
    Ok(data)
}

fn decode_qp(text: &[u8], header: bool) -> PyResult<Vec<u8>> {
    let mut data = room(text.len())?;
    let mut at = 0;
    while let Some(byte) = text.get(at) {
        at += 1;
        match byte {
            b'=' => match (text.get(at), text.get(at + 1)) {
                (None, _) => break,
                // A soft line break.
                (Some(b'\n' | b'\r'), _) => {
                    let line_end = text[at..].iter().position(|byte| *byte == b'\n');
                    at = line_end.map_or(text.len(), |end| at + end + 1);
                }
                (Some(b'='), _) => {
                    data.push(b'=');
                    at += 1;
                }
                (Some(high), Some(low))
                    if FROM_HEX[usize::from(*high)] | FROM_HEX[usize::from(*low)] != NOTHING =>
                {
                    data.push(FROM_HEX[usize::from(*high)] << 4 | FROM_HEX[usize::from(*low)]);
                    at += 2;
                }
                _ => data.push(b'='),
            },
            b'_' if header => data.push(b' '),
            byte => data.push(*byte),
        }
    }
    Ok(data)
}

/// The longest line of quoted-printable text.
const LINE_MAX: usize = 76;

#[derive(Clone, Copy)]
struct QuotedPrintable {
    tabs: bool,
    text: bool,
    header: bool,
}

impl QuotedPrintable {
    /// Whether the byte at a position has to be escaped; `column` is its place in the line.
    fn escapes(self, data: &[u8], at: usize, column: usize) -> bool {
        let (byte, next) = (data[at], data.get(at + 1));
        match byte {
            127.. | b'=' => true,
            b'_' => self.header,
            b'.' => column == 0 && matches!(next, None | Some(b'\n' | b'\r' | 0)),
            b'\r' | b'\n' => !self.text,
            b'\t' | b' ' => next.is_none() || self.tabs,
            byte => byte < 33,
        }
    }

    fn encode(self, data: &[u8]) -> PyResult<Vec<u8>> {
        let first_end = data.iter().position(|byte| *byte == b'\n');
        // All line ends become what the first one is.
        let line_end: &[u8] = match first_end {
            Some(end) if end > 0 && data[end - 1] == b'\r' => b"\r\n",
            _ => b"\n",
        };
        let mut out = room(data.len())?;
        let (mut at, mut column) = (0, 0);
        while let Some(byte) = data.get(at) {
            let next = data.get(at + 1);
            out.try_reserve(8).map_err(|_| gopy_core::error::memory_error())?;
            if self.escapes(data, at, column) {
                if column + 3 >= LINE_MAX {
                    out.push(b'=');
                    out.extend_from_slice(line_end);
                    column = 0;
                }
                push_escape(&mut out, *byte);
                at += 1;
                column += 3;
                continue;
            }
            if self.text && (*byte == b'\n' || (*byte == b'\r' && next == Some(&b'\n'))) {
                column = 0;
                // White space at the end of a line would be lost.
                if let Some(space @ (b' ' | b'\t')) = out.last().copied() {
                    out.pop();
                    push_escape(&mut out, space);
                }
                out.extend_from_slice(line_end);
                at += if *byte == b'\r' { 2 } else { 1 };
                continue;
            }
            if next.is_some_and(|next| *next != b'\n') && column + 1 >= LINE_MAX {
                out.push(b'=');
                out.extend_from_slice(line_end);
                column = 0;
            }
            column += 1;
            out.push(if self.header && *byte == b' ' { b'_' } else { *byte });
            at += 1;
        }
        Ok(out)
    }
}

fn push_escape(out: &mut Vec<u8>, byte: u8) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    out.extend_from_slice(&[b'=', DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]);
}

/// The CRC-32 of data that follows what has the CRC-32 `start`.
pub(crate) fn crc32_of(data: &[u8], start: u32) -> u32 {
    let mut hasher = crc32fast::Hasher::new_with_initial(start);
    hasher.update(data);
    hasher.finalize()
}

/// The module `binascii`.
#[pymodule(name = "binascii")]
pub mod native {
    use super::*;

    #[pyfunction("($module, data, /)")]
    fn a2b_uu(data: AsciiData) -> PyResult<Ref<Bytes>> {
        Bytes::new(&decode_uu(data.bytes())?)
    }

    #[pyfunction("($module, data, /, *, backtick=False)")]
    fn b2a_uu(data: Data, backtick: Option<bool>) -> PyResult<Ref<Bytes>> {
        Bytes::new(&encode_uu(data.bytes(), backtick.unwrap_or(false))?)
    }

    #[pyfunction("($module, data, /, *, strict_mode=False)")]
    fn a2b_base64(data: AsciiData, strict_mode: Option<bool>) -> PyResult<Ref<Bytes>> {
        Bytes::new(&decode_base64(data.bytes(), strict_mode.unwrap_or(false))?)
    }

    #[pyfunction("($module, data, /, *, newline=True)")]
    fn b2a_base64(data: Data, newline: Option<bool>) -> PyResult<Ref<Bytes>> {
        Bytes::new(&encode_base64(data.bytes(), newline.unwrap_or(true))?)
    }

    #[pyfunction("($module, hexstr, /)")]
    fn a2b_hex(hexstr: AsciiData) -> PyResult<Ref<Bytes>> {
        Bytes::new(&decode_hex(hexstr.bytes())?)
    }

    #[pyfunction("($module, /, data, sep=<unrepresentable>, bytes_per_sep=1)")]
    fn b2a_hex(data: Data, sep: Option<&Object>, bytes_per_sep: i32) -> PyResult<Ref<Bytes>> {
        encode_hex(&data, sep, bytes_per_sep)
    }

    #[pyfunction("($module, /, data, sep=<unrepresentable>, bytes_per_sep=1)")]
    fn hexlify(data: Data, sep: Option<&Object>, bytes_per_sep: i32) -> PyResult<Ref<Bytes>> {
        encode_hex(&data, sep, bytes_per_sep)
    }

    #[pyfunction("($module, hexstr, /)")]
    fn unhexlify(hexstr: AsciiData) -> PyResult<Ref<Bytes>> {
        Bytes::new(&decode_hex(hexstr.bytes())?)
    }

    #[pyfunction("($module, data, crc, /)")]
    fn crc_hqx(data: Data, crc: Word) -> u32 {
        let start = crc.0 as u16;
        let crc = data
            .bytes()
            .iter()
            .fold(start, |crc, byte| crc << 8 ^ CRC_HQX[usize::from((crc >> 8) as u8 ^ byte)]);
        crc.into()
    }

    #[pyfunction("($module, data, crc=0, /)")]
    fn crc32(data: Data, crc: Option<Word>) -> u32 {
        crc32_of(data.bytes(), crc.map_or(0, |crc| crc.0))
    }

    #[pyfunction("($module, /, data, header=False)")]
    fn a2b_qp(data: AsciiData, header: Option<bool>) -> PyResult<Ref<Bytes>> {
        Bytes::new(&decode_qp(data.bytes(), header.unwrap_or(false))?)
    }

    #[pyfunction("($module, /, data, quotetabs=False, istext=True, header=False)")]
    fn b2a_qp(
        data: Data,
        quotetabs: Option<bool>,
        istext: Option<bool>,
        header: Option<bool>,
    ) -> PyResult<Ref<Bytes>> {
        let how = QuotedPrintable {
            tabs: quotetabs.unwrap_or(false),
            text: istext.unwrap_or(true),
            header: header.unwrap_or(false),
        };
        Bytes::new(&how.encode(data.bytes())?)
    }

    #[pyexec]
    fn exec(module: &Object) -> PyResult<()> {
        let error = exceptions::new_exception("binascii", "Error", &exceptions::VALUE_ERROR)?;
        let incomplete =
            exceptions::new_exception("binascii", "Incomplete", &exceptions::EXCEPTION)?;
        module::add(module, "Error", error.clone())?;
        module::add(module, "Incomplete", incomplete)?;
        state::put_extension(BinasciiState { error });
        Ok(())
    }
}

pub use native::MODULE;
