//! `%` formatting of `bytes` and `bytearray`.
//!
//! Answers to `_PyBytes_FormatEx`.

use gopy_object::{Object, PyResult};

use crate::buffer;
use crate::error::{memory_error, overflow_error, type_error};
use crate::str::{Directive, PercentTarget, Values, byte_character, number, read, unsupported};
use crate::{call, id, object};

use super::Bytes;

/// `format % values`. May run Python.
///
/// # Errors
///
/// What the directives and values ask for.
pub fn format(format: &[u8], values: &Object) -> PyResult<Vec<u8>> {
    let mut values = Values::new(values, PercentTarget::Bytes);
    let mut out = Vec::with_capacity(format.len());
    let mut at = 0;
    while let Some(found) = memchr::memchr(b'%', &format[at..]) {
        out.extend_from_slice(&format[at..at + found]);
        at += found + 1;
        if format.get(at) == Some(&b'%') {
            out.push(b'%');
            at += 1;
            continue;
        }
        let key = |start: usize, end: usize| {
            Bytes::new(&format[start..end]).map(gopy_object::Ref::upcast)
        };
        let get = |at: usize| format.get(at).map(|byte| u32::from(*byte));
        let directive = read(get, &mut at, &mut values, key)?;
        let value = values.next()?;
        one(&mut out, &directive, &value)?;
    }
    out.extend_from_slice(&format[at..]);
    values.finish()?;
    Ok(out)
}

fn fill(out: &mut Vec<u8>, byte: u8, count: usize) -> PyResult<()> {
    out.try_reserve(count).map_err(|_| memory_error())?;
    out.resize(out.len() + count, byte);
    Ok(())
}

fn one(out: &mut Vec<u8>, directive: &Directive, value: &Object) -> PyResult<()> {
    let spec = &directive.spec;
    let text = match char::from_u32(directive.code).unwrap_or('\0') {
        'r' | 'a' => object::ascii(value)?.raw_bytes().to_vec(),
        's' | 'b' => content(value)?,
        'c' => vec![byte_character(value)?],
        _ => {
            let Some(pieces) = number(directive, value, PercentTarget::Bytes)? else {
                if directive.code >= 0x80 {
                    return Err(overflow_error!("character argument not in range(0x110000)"));
                }
                return Err(unsupported(directive));
            };
            let pad = pieces.fill as u8;
            fill(out, pad, pieces.left)?;
            out.extend_from_slice(pieces.head.as_bytes());
            fill(out, pad, pieces.middle)?;
            out.extend_from_slice(pieces.body.as_bytes());
            return fill(out, pad, pieces.right);
        }
    };
    let kept = match spec.precision {
        Some(precision) if directive.code != u32::from('c') => text.len().min(precision),
        _ => text.len(),
    };
    let missing = spec.width.unwrap_or(0).saturating_sub(kept);
    if !spec.left_justify {
        fill(out, b' ', missing)?;
    }
    out.extend_from_slice(&text[..kept]);
    if spec.left_justify {
        fill(out, b' ', missing)?;
    }
    Ok(())
}

/// The bytes of `%b`.
fn content(value: &Object) -> PyResult<Vec<u8>> {
    if let Some(bytes) = value.downcast_exact::<Bytes>() {
        return Ok(bytes.as_slice().to_vec());
    }
    if let Some(method) = object::lookup_special(value, id!(__bytes__))? {
        let result = call::call_no_args(&method)?;
        return match result.downcast::<Bytes>() {
            Some(bytes) => Ok(bytes.as_slice().to_vec()),
            None => {
                Err(type_error!("__bytes__ returned non-bytes (type {:.200})", result.type_name()))
            }
        };
    }
    if buffer::has_buffer(value) {
        let buffer = buffer::bytes_like(value)?;
        return Ok(buffer::as_slice(&buffer).to_vec());
    }
    Err(type_error!(
        "%b requires a bytes-like object, or an object that implements __bytes__, not '{:.100}'",
        value.type_name()
    ))
}
