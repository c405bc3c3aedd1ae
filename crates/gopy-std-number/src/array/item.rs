//! The kinds of items: how values become machine values and back.

use std::cmp::Ordering;

use gopy_core::error::{overflow_error, type_error, value_error};
use gopy_core::float::{self, Float};
use gopy_core::int::Int;
use gopy_core::number;
use gopy_core::str::Str;
use gopy_core::type_;
use gopy_object::{Object, PyResult, Ref};

/// A type code and what it stands for.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Kind {
    pub(super) code: u8,
    pub(super) size: usize,
    /// The number in pickles that says how items lie in memory, on this machine.
    pub(super) machine_format: i32,
    /// For integers: whether they have a sign.
    pub(super) signed: Option<bool>,
}

const fn kind(code: u8, size: usize, machine_format: i32, signed: Option<bool>) -> Kind {
    // The formats of more than one byte come in pairs, little-endian first.
    let big = cfg!(target_endian = "big") && size > 1;
    Kind { code, size, machine_format: machine_format + big as i32, signed }
}

/// All kinds, in the order of `typecodes`.
pub(super) static KINDS: [Kind; 14] = [
    kind(b'b', 1, 1, Some(true)),
    kind(b'B', 1, 0, Some(false)),
    kind(b'u', 4, 20, None),
    kind(b'w', 4, 20, None),
    kind(b'h', 2, 4, Some(true)),
    kind(b'H', 2, 2, Some(false)),
    kind(b'i', 4, 8, Some(true)),
    kind(b'I', 4, 6, Some(false)),
    kind(b'l', 8, 12, Some(true)),
    kind(b'L', 8, 10, Some(false)),
    kind(b'q', 8, 12, Some(true)),
    kind(b'Q', 8, 10, Some(false)),
    kind(b'f', 4, 14, None),
    kind(b'd', 8, 16, None),
];

/// The bytes of one item; `size` of them count.
pub(super) type Machine = [u8; 8];

fn machine<const N: usize>(bytes: [u8; N]) -> Machine {
    let mut all = [0; 8];
    all[..N].copy_from_slice(&bytes);
    all
}

/// The first bytes of an item as an array.
fn head<const N: usize>(bytes: &[u8]) -> [u8; N] {
    let mut all = [0; N];
    for (to, from) in all.iter_mut().zip(bytes) {
        *to = *from;
    }
    all
}

/// A C integer by the rules of `PyArg_Parse`.
fn ranged(value: &Object, name: &str, min: i64, max: i64) -> PyResult<i64> {
    let value = number::index_as_c_long(value)?;
    if value < min {
        return Err(overflow_error!("{name} is less than minimum"));
    }
    if value > max {
        return Err(overflow_error!("{name} is greater than maximum"));
    }
    Ok(value)
}

/// An `unsigned long`; `kind` names it where the value is negative.
fn unsigned(value: &Object, negative: &str, large: &str) -> PyResult<u64> {
    let value = number::index(value)?;
    if value.is_negative() {
        return Err(overflow_error!("{negative}"));
    }
    value.to_u64().ok_or_else(|| overflow_error!("{large}"))
}

const NEGATIVE: &str = "can't convert negative value to unsigned int";
const LARGE: &str = "Python int too large to convert to C unsigned long";

fn character(value: &Object) -> PyResult<u32> {
    let Some(text) = value.downcast::<Str>() else {
        let name = type_::qualified_name(value.type_())?;
        return Err(type_error!("array item must be a unicode character, not {name}"));
    };
    text.single_code_point().ok_or_else(|| {
        type_error!("array item must be a unicode character, not a string of length {}", text.len())
    })
}

impl Kind {
    /// The kind of a type code.
    pub(super) fn of(code: u32) -> Option<&'static Kind> {
        KINDS.iter().find(|kind| u32::from(kind.code) == code)
    }

    /// Whether the items are characters.
    pub(super) fn is_text(&self) -> bool {
        matches!(self.code, b'u' | b'w')
    }

    /// The machine value of an object. May run Python.
    pub(super) fn machine_value(&self, value: &Object) -> PyResult<Machine> {
        const SHORT: &str = "signed short integer";
        const INT: &str = "signed integer";
        let (i16_min, i16_max) = (i64::from(i16::MIN), i64::from(i16::MAX));
        let (i32_min, i32_max) = (i64::from(i32::MIN), i64::from(i32::MAX));
        match self.code {
            b'b' => {
                ranged(value, SHORT, i16_min, i16_max).and_then(|short| match i8::try_from(short) {
                    Ok(byte) => Ok(machine(byte.to_ne_bytes())),
                    Err(_) if short < 0 => Err(overflow_error!("signed char is less than minimum")),
                    Err(_) => Err(overflow_error!("signed char is greater than maximum")),
                })
            }
            b'B' => {
                ranged(value, "unsigned byte integer", 0, 255).map(|byte| machine([byte as u8]))
            }
            b'h' => ranged(value, SHORT, i16_min, i16_max)
                .map(|short| machine((short as i16).to_ne_bytes())),
            b'H' => {
                let value = ranged(value, INT, i32_min, i32_max)?;
                match u16::try_from(value) {
                    Ok(short) => Ok(machine(short.to_ne_bytes())),
                    Err(_) if value < 0 => {
                        Err(overflow_error!("unsigned short is less than minimum"))
                    }
                    Err(_) => Err(overflow_error!("unsigned short is greater than maximum")),
                }
            }
            b'i' => ranged(value, INT, i32_min, i32_max)
                .map(|value| machine((value as i32).to_ne_bytes())),
            b'I' => {
                let value = unsigned(value, NEGATIVE, LARGE)?;
                let value = u32::try_from(value)
                    .map_err(|_| overflow_error!("unsigned int is greater than maximum"))?;
                Ok(machine(value.to_ne_bytes()))
            }
            b'l' => number::index_as_c_long(value).map(|value| value.to_ne_bytes()),
            b'q' => {
                let value = number::index(value)?;
                let value =
                    value.to_i64().ok_or_else(|| overflow_error!("int too big to convert"))?;
                Ok(value.to_ne_bytes())
            }
            b'L' => unsigned(value, NEGATIVE, LARGE).map(u64::to_ne_bytes),
            b'Q' => {
                let negative = "can't convert negative int to unsigned";
                unsigned(value, negative, "int too big to convert").map(u64::to_ne_bytes)
            }
            b'f' => float::as_f64(value).map(|value| machine((value as f32).to_ne_bytes())),
            b'd' => float::as_f64(value).map(f64::to_ne_bytes),
            _ => character(value).map(|code| machine(code.to_ne_bytes())),
        }
    }

    /// The object of a machine value.
    pub(super) fn object(&self, bytes: &[u8]) -> PyResult {
        let int = |value: i64| Ok(Int::from_i64(value).upcast());
        match self.code {
            b'b' => int(i8::from_ne_bytes(head(bytes)).into()),
            b'B' => int(u8::from_ne_bytes(head(bytes)).into()),
            b'h' => int(i16::from_ne_bytes(head(bytes)).into()),
            b'H' => int(u16::from_ne_bytes(head(bytes)).into()),
            b'i' => int(i32::from_ne_bytes(head(bytes)).into()),
            b'I' => int(u32::from_ne_bytes(head(bytes)).into()),
            b'l' | b'q' => int(i64::from_ne_bytes(head(bytes))),
            b'L' | b'Q' => Ok(Int::from_u64(u64::from_ne_bytes(head(bytes))).upcast()),
            b'f' => Ok(Float::new(f32::from_ne_bytes(head(bytes)).into()).upcast()),
            b'd' => Ok(Float::new(f64::from_ne_bytes(head(bytes))).upcast()),
            _ => {
                let code = u32::from_ne_bytes(head(bytes));
                if code > 0x10_FFFF {
                    return Err(value_error!("chr() arg not in range(0x110000)"));
                }
                Ok(Str::from_code_point(code).upcast())
            }
        }
    }

    /// The order of two runs of items of this kind, as far as both go; `None` for floats, which are
    /// compared as objects.
    pub(super) fn compare(&self, a: &[u8], b: &[u8]) -> Option<Ordering> {
        macro_rules! order {
            ($ty:ty) => {{
                let items = |bytes| {
                    <[u8]>::chunks_exact(bytes, size_of::<$ty>())
                        .map(|item| <$ty>::from_ne_bytes(head(item)))
                };
                let differing = items(a).zip(items(b)).find(|(a, b)| a != b);
                differing.map_or(Ordering::Equal, |(a, b)| a.cmp(&b))
            }};
        }
        Some(match self.code {
            b'b' => order!(i8),
            b'B' => order!(u8),
            b'h' => order!(i16),
            b'H' => order!(u16),
            b'i' | b'u' => order!(i32),
            b'I' | b'w' => order!(u32),
            b'l' | b'q' => order!(i64),
            b'L' | b'Q' => order!(u64),
            _ => return None,
        })
    }

    /// The values of items that lie in memory as another machine had them (a format of pickles).
    pub(super) fn foreign_items(format: i32, bytes: &[u8]) -> PyResult<Vec<Ref>> {
        let (size, big) = (Kind::foreign_size(format), format > 1 && format % 2 == 1);
        let signed = matches!(format, 1 | 4 | 5 | 8 | 9 | 12 | 13);
        let mut items = Vec::new();
        for chunk in bytes.chunks_exact(size) {
            let mut item: Machine = machine([]);
            item[..size].copy_from_slice(chunk);
            if big {
                item[..size].reverse();
            }
            let value = u64::from_le_bytes(item);
            items.push(match format {
                14 | 15 => Float::new(f32::from_bits(value as u32).into()).upcast(),
                16 | 17 => Float::new(f64::from_bits(value)).upcast(),
                _ if signed => {
                    let shift = 64 - 8 * size as u32;
                    Int::from_i64(((value << shift) as i64) >> shift).upcast()
                }
                _ => Int::from_u64(value).upcast(),
            });
        }
        Ok(items)
    }

    /// Bytes of one item in a format of pickles. What CPython notes for UTF-32 is 8.
    pub(super) fn foreign_size(format: i32) -> usize {
        match format {
            0 | 1 => 1,
            2..=5 => 2,
            6..=9 | 14 | 15 | 18 | 19 => 4,
            _ => 8,
        }
    }
}
