//! Formats of `struct`, and the conversion of single values.

use gopy_core::bytes::Bytes;
use gopy_core::complex::{self, Complex};
use gopy_core::error::{overflow_error, raise_format};
use gopy_core::float::{self, Float};
use gopy_core::int::Int;
use gopy_core::{bool_, number, object};
use gopy_object::{Exception, Instance, Object, PyResult};

use super::ERROR;

/// `struct.error` with a message.
macro_rules! struct_error {
    ($($arg:tt)*) => {
        raise_format(&ERROR, format_args!($($arg)*))
    };
}
pub(super) use struct_error;

/// A run of equal values.
#[derive(Clone, Copy, Debug)]
pub struct Code {
    /// The format character.
    pub kind: u8,
    /// Where the first value lies.
    pub offset: usize,
    /// Bytes of one value.
    pub size: usize,
    /// Number of values; 1 for `s` and `p`, whose size is the count.
    pub repeat: usize,
}

/// A parsed format.
#[derive(Debug)]
pub struct Format {
    /// What is packed, pad bytes aside.
    pub codes: Vec<Code>,
    /// Bytes of the whole.
    pub size: usize,
    /// Number of Python values.
    pub len: usize,
    /// The highest byte of a number comes first.
    pub big_endian: bool,
}

/// Size and alignment of a format character.
fn layout(kind: u8, native: bool) -> Option<(usize, usize)> {
    let size = match kind {
        b'x' | b'b' | b'B' | b'c' | b's' | b'p' | b'?' => return Some((1, 1)),
        b'h' | b'H' | b'e' => 2,
        b'i' | b'I' | b'f' => 4,
        b'F' => return Some((8, if native { 4 } else { 1 })),
        b'D' => return Some((16, if native { 8 } else { 1 })),
        b'l' | b'L' => {
            if native {
                8
            } else {
                4
            }
        }
        b'q' | b'Q' | b'd' => 8,
        b'n' | b'N' | b'P' if native => 8,
        _ => return None,
    };
    Some((size, if native { size } else { 1 }))
}

#[cold]
fn too_long() -> Exception {
    struct_error!("total struct size too long")
}

impl Format {
    /// Parses a format.
    pub fn parse(text: &[u8]) -> PyResult<Format> {
        if text.contains(&0) {
            return Err(struct_error!("embedded null character"));
        }
        let (native, big_endian, mut rest) = match text {
            [b'@', rest @ ..] => (true, cfg!(target_endian = "big"), rest),
            [b'=', rest @ ..] => (false, cfg!(target_endian = "big"), rest),
            [b'<', rest @ ..] => (false, false, rest),
            [b'>' | b'!', rest @ ..] => (false, true, rest),
            rest => (true, cfg!(target_endian = "big"), rest),
        };
        let mut format = Format { codes: Vec::new(), size: 0, len: 0, big_endian };
        while let [first, tail @ ..] = rest {
            rest = tail;
            if matches!(first, b' ' | 9..=13) {
                continue;
            }
            let mut kind = *first;
            let mut count = 1usize;
            if kind.is_ascii_digit() {
                count = usize::from(kind - b'0');
                loop {
                    let [next, tail @ ..] = rest else {
                        return Err(struct_error!("repeat count given without format specifier"));
                    };
                    rest = tail;
                    kind = *next;
                    if !kind.is_ascii_digit() {
                        break;
                    }
                    count = count
                        .checked_mul(10)
                        .and_then(|count| count.checked_add(usize::from(kind - b'0')))
                        .filter(|count| *count <= isize::MAX as usize)
                        .ok_or_else(too_long)?;
                }
            }
            let Some((size, alignment)) = layout(kind, native) else {
                return Err(struct_error!("bad char in struct format"));
            };
            format.add(kind, count, size, alignment)?;
        }
        Ok(format)
    }

    fn add(&mut self, kind: u8, count: usize, size: usize, alignment: usize) -> PyResult<()> {
        let limit = isize::MAX as usize;
        let offset = self.size.checked_next_multiple_of(alignment).ok_or_else(too_long)?;
        let end = count
            .checked_mul(size)
            .and_then(|bytes| bytes.checked_add(offset))
            .filter(|end| *end <= limit)
            .ok_or_else(too_long)?;
        self.size = end;
        match kind {
            b'x' => {}
            b's' | b'p' => {
                self.len += 1;
                self.codes.push(Code { kind, offset, size: count, repeat: 1 });
            }
            _ if count == 0 => {}
            _ => {
                self.len = self.len.checked_add(count).ok_or_else(too_long)?;
                self.codes.push(Code { kind, offset, size, repeat: count });
            }
        }
        Ok(())
    }

    /// Writes bytes in the order of the format; `value` is little-endian.
    fn store(&self, out: &mut [u8], value: &[u8]) {
        for (place, byte) in out.iter_mut().zip(value) {
            *place = *byte;
        }
        if self.big_endian {
            out.reverse();
        }
    }

    fn load(&self, bytes: &[u8]) -> u64 {
        let byte = |value: u64, byte: &u8| value << 8 | u64::from(*byte);
        if self.big_endian { bytes.iter().fold(0, byte) } else { bytes.iter().rev().fold(0, byte) }
    }

    fn store_float(&self, kind: u8, out: &mut [u8], value: f64) -> PyResult<()> {
        let too_large = |name: char| overflow_error!("float too large to pack with {name} format");
        match kind {
            b'd' | b'D' => self.store(out, &value.to_le_bytes()),
            b'e' => {
                let half = half_from(value).ok_or_else(|| too_large('e'))?;
                self.store(out, &half.to_le_bytes());
            }
            _ => {
                let single = value as f32;
                if single.is_infinite() && value.is_finite() {
                    return Err(too_large('f'));
                }
                self.store(out, &single.to_le_bytes());
            }
        }
        Ok(())
    }

    fn load_float(&self, kind: u8, bytes: &[u8]) -> f64 {
        let bits = self.load(bytes);
        match kind {
            b'd' | b'D' => f64::from_bits(bits),
            b'e' => half_to(bits as u16),
            _ => f64::from(f32::from_bits(bits as u32)),
        }
    }

    /// Packs one value into `out`, which is as long as the value.
    pub fn pack(&self, kind: u8, out: &mut [u8], value: &Object) -> PyResult<()> {
        match kind {
            b'c' => match value.downcast::<Bytes>().map(Bytes::as_slice) {
                Some([byte]) => out[0] = *byte,
                _ => {
                    return Err(struct_error!("char format requires a bytes object of length 1"));
                }
            },
            b's' | b'p' => self.pack_string(kind, out, value)?,
            b'?' => out[0] = u8::from(object::is_true(value)?),
            b'e' | b'f' | b'd' => {
                let Ok(value) = float::as_f64(value) else {
                    return Err(struct_error!("required argument is not a float"));
                };
                self.store_float(kind, out, value)?;
            }
            b'F' | b'D' => {
                let Ok(value) = complex::as_complex(value) else {
                    return Err(struct_error!("required argument is not a complex"));
                };
                let (real, imag) = (value.real, value.imag);
                let half = out.len() / 2;
                self.store_float(kind, &mut out[..half], real)?;
                self.store_float(kind, &mut out[half..], imag)?;
            }
            _ => self.pack_int(kind, out, value)?,
        }
        Ok(())
    }

    fn pack_string(&self, kind: u8, out: &mut [u8], value: &Object) -> PyResult<()> {
        let bytearray = gopy_types::bytearray::BYTEARRAY.get();
        if value.downcast::<Bytes>().is_none() && !value.is_instance(bytearray) {
            let kind = char::from(kind);
            return Err(struct_error!("argument for '{kind}' must be a bytes object"));
        }
        let content = gopy_core::buffer::bytes_like(value)?;
        let content = gopy_core::buffer::as_slice(&content);
        if kind == b's' {
            let count = content.len().min(out.len());
            out[..count].copy_from_slice(&content[..count]);
        } else if let [length, rest @ ..] = out {
            let count = content.len().min(rest.len());
            rest[..count].copy_from_slice(&content[..count]);
            *length = count.min(255) as u8;
        }
        Ok(())
    }

    fn pack_int(&self, kind: u8, out: &mut [u8], value: &Object) -> PyResult<()> {
        let int = match value.downcast::<Int>() {
            Some(int) => int.to_ref(),
            None if number::is_index(value) => number::index(value)?,
            None => return Err(struct_error!("required argument is not an integer")),
        };
        let bits = out.len() * 8;
        let wide = match (int.to_i64(), int.to_u64()) {
            (Some(small), _) => Some(i128::from(small)),
            (None, Some(large)) => Some(i128::from(large)),
            (None, None) => None,
        };
        let signed = kind.is_ascii_lowercase();
        let (low, high) = match kind {
            b'P' => (-(1i128 << 63), (1i128 << 64) - 1),
            _ if signed => (-(1i128 << (bits - 1)), (1i128 << (bits - 1)) - 1),
            _ => (0, (1i128 << bits) - 1),
        };
        match wide.filter(|value| (low..=high).contains(value)) {
            Some(value) => {
                let bytes = (value as u64).to_le_bytes();
                self.store(out, &bytes);
                Ok(())
            }
            None if kind == b'P' => Err(struct_error!("int too large to convert")),
            None => {
                let kind = char::from(kind);
                Err(struct_error!("'{kind}' format requires {low} <= number <= {high}"))
            }
        }
    }

    /// Unpacks one value.
    pub fn unpack(&self, kind: u8, bytes: &[u8]) -> PyResult {
        Ok(match kind {
            b'c' | b's' => Bytes::new(bytes)?.upcast(),
            b'p' => {
                let (length, content) = bytes.split_first().unwrap_or((&0, &[]));
                let count = usize::from(*length).min(content.len());
                Bytes::new(&content[..count])?.upcast()
            }
            b'?' => bool_::bool_ref(bytes.iter().any(|byte| *byte != 0)),
            b'e' | b'f' | b'd' => Float::new(self.load_float(kind, bytes)).upcast(),
            b'F' | b'D' => {
                let (real, imag) = bytes.split_at(bytes.len() / 2);
                let (real, imag) = (self.load_float(kind, real), self.load_float(kind, imag));
                Complex::new_parts(real, imag)?.upcast()
            }
            _ => {
                let value = self.load(bytes);
                if kind.is_ascii_lowercase() {
                    let unused = 64 - bytes.len() as u32 * 8;
                    Int::from_i64((value << unused) as i64 >> unused).upcast()
                } else {
                    Int::from_u64(value).upcast()
                }
            }
        })
    }
}

/// A half-precision float, rounded half to even; `None` where it is too large.
pub fn half_from(value: f64) -> Option<u16> {
    let sign = ((value.to_bits() >> 48) & 0x8000) as u16;
    if value.is_nan() {
        return Some(sign | 0x7e00);
    }
    let size = value.abs();
    if size.is_infinite() {
        return Some(sign | 0x7c00);
    }
    if size < 2f64.powi(-14) {
        // Subnormal: a multiple of 2**-24; the sum of exponents may round up to the first normal.
        return Some(sign | (size * 2f64.powi(24)).round_ties_even() as u16);
    }
    let exponent = ((size.to_bits() >> 52) as i32) - 1023;
    if exponent > 15 {
        return None;
    }
    let mantissa = (size / 2f64.powi(exponent) * 1024.0).round_ties_even() as i32 - 1024;
    let bits = ((exponent + 15) << 10) + mantissa;
    (bits < 0x7c00).then_some(sign | bits as u16)
}

/// The value of a half-precision float.
pub fn half_to(bits: u16) -> f64 {
    let exponent = i32::from(bits >> 10 & 0x1f);
    let mantissa = f64::from(bits & 0x3ff);
    let size = match exponent {
        0 => mantissa * 2f64.powi(-24),
        31 if mantissa == 0.0 => f64::INFINITY,
        31 => f64::NAN,
        _ => (1.0 + mantissa / 1024.0) * 2f64.powi(exponent - 15),
    };
    if bits & 0x8000 != 0 { -size } else { size }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_survive_a_round_trip() {
        for bits in 0..=u16::MAX {
            let value = half_to(bits);
            if !value.is_nan() {
                assert_eq!(half_from(value), Some(bits), "{value}");
            }
        }
        assert_eq!(half_from(65519.99), Some(0x7bff));
        assert_eq!(half_from(65520.0), None);
        assert_eq!(half_from(2f64.powi(-25)), Some(0));
    }
}
