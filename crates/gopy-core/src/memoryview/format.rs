//! Items of a memoryview: native formats of one character.
//!
//! Answers to `unpack_single`, `pack_single` and the struct-based comparison in
//! `Objects/memoryobject.c`.

use gopy_object::{Instance, Object, PyResult, Ref};

use crate::argument::IntoPy;
use crate::bytes::Bytes;
use crate::error::{not_implemented_error, type_error, value_error};
use crate::float::{Float, as_f64};
use crate::str::Str;
use crate::{call, import, number, object};

/// The format without a leading `@`, where it is one native character.
pub(super) fn native(format: &[u8]) -> Option<u8> {
    match format {
        [character] | [b'@', character] => size(*character).is_some().then_some(*character),
        _ => None,
    }
}

/// Size of a native item.
pub(super) fn size(character: u8) -> Option<usize> {
    Some(match character {
        b'c' | b'b' | b'B' | b'?' => 1,
        b'h' | b'H' | b'e' => 2,
        b'i' | b'I' | b'f' => 4,
        b'l' | b'L' | b'q' | b'Q' | b'n' | b'N' | b'd' | b'P' => 8,
        _ => return None,
    })
}

fn array<const N: usize>(item: &[u8]) -> [u8; N] {
    let mut bytes = [0; N];
    bytes.copy_from_slice(&item[..N]);
    bytes
}

/// An item as an object.
///
/// # Errors
///
/// `NotImplementedError` for a format that is not native.
pub(super) fn unpack(format: &[u8], item: &[u8]) -> PyResult {
    let Some(character) = native(format) else { return Err(unsupported(format)) };
    match character {
        b'c' => Bytes::new(&item[..1]).map(Ref::upcast),
        b'b' => (item[0] as i8 as i64).into_py(),
        b'B' => item[0].into_py(),
        b'?' => (item[0] != 0).into_py(),
        b'h' => i64::from(i16::from_ne_bytes(array(item))).into_py(),
        b'H' => u16::from_ne_bytes(array(item)).into_py(),
        b'i' => i32::from_ne_bytes(array(item)).into_py(),
        b'I' => u32::from_ne_bytes(array(item)).into_py(),
        b'l' | b'q' | b'n' => i64::from_ne_bytes(array(item)).into_py(),
        b'L' | b'Q' | b'N' | b'P' => u64::from_ne_bytes(array(item)).into_py(),
        b'f' => f64::from(f32::from_ne_bytes(array(item))).into_py(),
        b'd' => f64::from_ne_bytes(array(item)).into_py(),
        _ => half_to_f64(u16::from_ne_bytes(array(item))).into_py(),
    }
}

#[cold]
fn unsupported(format: &[u8]) -> gopy_object::Exception {
    let format = String::from_utf8_lossy(format);
    not_implemented_error!("memoryview: format {format} not supported")
}

#[cold]
fn bad_value(character: u8) -> gopy_object::Exception {
    value_error!("memoryview: invalid value for format '{}'", char::from(character))
}

#[cold]
fn bad_type(character: u8) -> gopy_object::Exception {
    type_error!("memoryview: invalid type for format '{}'", char::from(character))
}

/// An object as the bytes of an item. May run Python.
///
/// # Errors
///
/// `TypeError`, `ValueError` where the value does not fit the format; `NotImplementedError` for a
/// format that is not native.
pub(super) fn pack(format: &[u8], value: &Object) -> PyResult<Vec<u8>> {
    let Some(character) = native(format) else { return Err(unsupported(format)) };
    match character {
        b'c' => match value.downcast::<Bytes>() {
            Some(bytes) if bytes.as_slice().len() == 1 => Ok(bytes.as_slice().to_vec()),
            Some(_) => Err(bad_value(character)),
            None => Err(bad_type(character)),
        },
        b'?' => Ok(vec![u8::from(object::is_true(value)?)]),
        b'f' | b'd' | b'e' => {
            let number = match as_f64(value) {
                Err(error) if error.is_instance(&crate::exceptions::TYPE_ERROR) => {
                    return Err(bad_type(character));
                }
                number => number?,
            };
            Ok(match character {
                b'd' => number.to_ne_bytes().to_vec(),
                b'f' => (number as f32).to_ne_bytes().to_vec(),
                _ => {
                    f64_to_half(number).ok_or_else(|| bad_value(character))?.to_ne_bytes().to_vec()
                }
            })
        }
        _ => pack_int(character, value),
    }
}

fn pack_int(character: u8, value: &Object) -> PyResult<Vec<u8>> {
    let int = match number::index(value) {
        Err(error) if error.is_instance(&crate::exceptions::TYPE_ERROR) => {
            return Err(bad_type(character));
        }
        int => int?,
    };
    let width = size(character).unwrap_or(8);
    if matches!(character, b'B' | b'H' | b'I' | b'L' | b'Q' | b'N' | b'P') {
        let number = int.to_u64().ok_or_else(|| bad_value(character))?;
        if width < 8 && number >> (width * 8) != 0 {
            return Err(bad_value(character));
        }
        return Ok(number.to_ne_bytes()[..width].to_vec());
    }
    let number = int.to_i64().ok_or_else(|| bad_value(character))?;
    let limit = 1i64 << (width * 8 - 1).min(62);
    if width < 8 && !(-limit..limit).contains(&number) {
        return Err(bad_value(character));
    }
    Ok(number.to_ne_bytes()[..width].to_vec())
}

/// IEEE half precision to double.
fn half_to_f64(half: u16) -> f64 {
    let sign = if half >> 15 == 0 { 1.0 } else { -1.0 };
    let exponent = i32::from(half >> 10 & 0x1f);
    let fraction = f64::from(half & 0x3ff) / 1024.0;
    sign * match exponent {
        0 => fraction * 2f64.powi(-14),
        0x1f if fraction == 0.0 => f64::INFINITY,
        0x1f => f64::NAN,
        _ => (1.0 + fraction) * 2f64.powi(exponent - 15),
    }
}

/// Double to IEEE half precision, ties to even; `None` where it overflows.
fn f64_to_half(value: f64) -> Option<u16> {
    let sign = u16::from(value.is_sign_negative()) << 15;
    let magnitude = value.abs();
    if value.is_nan() {
        return Some(sign | 0x7e00);
    }
    if magnitude.is_infinite() {
        return Some(sign | 0x7c00);
    }
    if magnitude < 2f64.powi(-14) {
        // Subnormal; rounding up to 1024 is the smallest normal number.
        return Some(sign | (magnitude * 2f64.powi(24)).round_ties_even() as u16);
    }
    let mut exponent = magnitude.log2().floor() as i32;
    if 2f64.powi(exponent) > magnitude {
        exponent -= 1;
    } else if 2f64.powi(exponent + 1) <= magnitude {
        exponent += 1;
    }
    let mut fraction = ((magnitude / 2f64.powi(exponent) - 1.0) * 1024.0).round_ties_even() as u16;
    if fraction == 1024 {
        fraction = 0;
        exponent += 1;
    }
    if exponent > 15 {
        return None;
    }
    Some(sign | ((exponent + 15) as u16) << 10 | fraction)
}

/// Items of any format as an object, by the `struct` module. May run Python.
fn unpack_by_struct(format: &[u8], item: &[u8]) -> PyResult {
    let module = import::import("struct")?;
    let unpack = object::get_attr(&module, &Str::new("unpack"))?;
    let format = Bytes::new(format)?;
    let items = call::call(&unpack, &[format.as_object(), Bytes::new(item)?.as_object()])?;
    match items.downcast::<crate::tuple::Tuple>().map(crate::tuple::Tuple::items) {
        Some([only]) => Ok(only.clone()),
        _ => Ok(items),
    }
}

/// Whether two items are equal as values. May run Python.
///
/// # Errors
///
/// What `struct` raises for a format it does not know.
pub(super) fn equal(a: (&[u8], &[u8]), b: (&[u8], &[u8])) -> PyResult<bool> {
    let value = |(format, item): (&[u8], &[u8])| match native(format) {
        Some(_) => unpack(format, item),
        None => unpack_by_struct(format, item),
    };
    let (x, y) = (value(a)?, value(b)?);
    if let (Some(x), Some(y)) = (x.downcast_exact::<Float>(), y.downcast_exact::<Float>()) {
        return Ok(x.value() == y.value());
    }
    object::eq(&x, &y)
}
