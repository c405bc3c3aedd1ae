//! What Python calls on `int`.
//!
//! Answers to the methods of `Objects/longobject.c`.

use gopy_macros::pymethods;
use gopy_numeric::format::{self, FormatSpec, Grouping, Target};
use gopy_numeric::int::{BigInt, convert as kernel, magnitude as mag};
use gopy_object::{Instance, Object, PyResult, Ref, Type};
use gopy_unicode::units::CodeUnit;

use super::{INT, Int, convert};
use crate::bytes::Bytes;
use crate::error::{from_numeric, memory_error, value_error};
use crate::float::AsLocale;
use crate::none::is_none;
use crate::str::{Str, check_room};
use crate::tuple::{self, Tuple};
use crate::{call, number, object};

/// Whether a `byteorder` argument says little; without one it is big.
fn is_little(byteorder: Option<&Str>) -> PyResult<bool> {
    let Some(byteorder) = byteorder else { return Ok(false) };
    if byteorder.eq_str("little") {
        return Ok(true);
    }
    if byteorder.eq_str("big") {
        return Ok(false);
    }
    Err(value_error!("byteorder must be either 'little' or 'big'"))
}

/// `10 ** -ndigits` multiples: `round(self, ndigits)` for a negative `ndigits`.
fn round_to(this: &Int, ndigits: &Int) -> PyResult<Ref<Int>> {
    if !ndigits.is_negative() {
        return this.exact();
    }
    let places = match ndigits.to_i64() {
        Some(ndigits) => ndigits.unsigned_abs(),
        None => u64::MAX,
    };
    Int::try_from_bigint(&this.to_bigint().round_to_power_of_ten(places))
}

#[pymethods]
impl Int {
    #[pymethod("($self, /)")]
    fn conjugate(&self) -> PyResult<Ref<Int>> {
        self.exact()
    }

    #[pymethod("($self, /)")]
    fn bit_length(&self) -> PyResult<u64> {
        Ok(mag::bit_length(self.digits()))
    }

    #[pymethod("($self, /)")]
    fn bit_count(&self) -> PyResult<u64> {
        Ok(mag::bit_count(self.digits()))
    }

    #[pymethod("($self, /, length=1, byteorder='big', *, signed=False)")]
    fn to_bytes(
        &self,
        length: Option<isize>,
        byteorder: Option<&Str>,
        signed: Option<bool>,
    ) -> PyResult<Ref<Bytes>> {
        let length = length.unwrap_or(1);
        let little = is_little(byteorder)?;
        let Ok(length) = usize::try_from(length) else {
            return Err(value_error!("length argument must be non-negative"));
        };
        let mut bytes = Vec::new();
        bytes.try_reserve_exact(length).map_err(|_| memory_error())?;
        bytes.resize(length, 0);
        let signed = signed.unwrap_or(false);
        kernel::to_bytes(self.is_negative(), self.digits(), &mut bytes, little, signed)
            .map_err(from_numeric)?;
        Bytes::new(&bytes)
    }

    #[pyclassmethod("($type, /, bytes, byteorder='big', *, signed=False)")]
    fn from_bytes(
        cls: &Type,
        bytes: &Object,
        byteorder: Option<&Str>,
        signed: Option<bool>,
    ) -> PyResult {
        let little = is_little(byteorder)?;
        let bytes = object::bytes(bytes)?;
        let content = match bytes.downcast::<Bytes>() {
            Some(bytes) => bytes.as_slice(),
            None => &[],
        };
        check_room(content.len().saturating_mul(3))?;
        let value = BigInt::from_bytes(content, little, signed.unwrap_or(false));
        let value = Int::try_from_bigint(&value)?;
        if std::ptr::eq(cls, INT.get()) {
            return Ok(value.upcast());
        }
        call::call_one(cls.as_object(), value.as_object())
    }

    #[pymethod("($self, /)")]
    fn as_integer_ratio(&self) -> PyResult<Ref<Tuple>> {
        Ok(tuple::from_array([self.exact()?.upcast(), Int::from_i64(1).upcast()]))
    }

    #[pymethod("($self, /)")]
    fn __trunc__(&self) -> PyResult<Ref<Int>> {
        self.exact()
    }

    #[pymethod("($self, /)")]
    fn __floor__(&self) -> PyResult<Ref<Int>> {
        self.exact()
    }

    #[pymethod("($self, /)")]
    fn __ceil__(&self) -> PyResult<Ref<Int>> {
        self.exact()
    }

    #[pymethod("($self, ndigits=None, /)")]
    fn __round__(&self, ndigits: Option<&Object>) -> PyResult<Ref<Int>> {
        match ndigits {
            Some(ndigits) if !is_none(ndigits) => round_to(self, &*number::index(ndigits)?),
            _ => self.exact(),
        }
    }

    #[pymethod("($self, /)")]
    fn __getnewargs__(&self) -> PyResult<Ref<Tuple>> {
        Ok(tuple::from_array([Int::from_digits(self.is_negative(), self.digits())?.upcast()]))
    }

    #[pymethod("($self, format_spec, /)")]
    fn __format__(&self, format_spec: &Str) -> PyResult<Ref<Str>> {
        self.format(format_spec)
    }

    #[pymethod("($self, /)")]
    fn __sizeof__(&self) -> PyResult<usize> {
        let basicsize = self.as_object().type_().basicsize.get();
        Ok(basicsize + 4 * self.digit_count().max(1))
    }

    #[pymethod("($self, /)")]
    fn is_integer(&self) -> PyResult<bool> {
        Ok(true)
    }

    #[pygetter]
    fn real(&self) -> PyResult<Ref<Int>> {
        self.exact()
    }

    #[pygetter]
    fn imag(&self) -> PyResult<Ref<Int>> {
        Ok(Int::from_i64(0))
    }

    #[pygetter]
    fn numerator(&self) -> PyResult<Ref<Int>> {
        self.exact()
    }

    #[pygetter]
    fn denominator(&self) -> PyResult<Ref<Int>> {
        Ok(Int::from_i64(1))
    }
}

impl Int {
    /// `format(self, format_spec)`.
    pub(crate) fn format(&self, format_spec: &Str) -> PyResult<Ref<Str>> {
        if format_spec.is_empty() {
            return if self.as_object().is_exact(&INT) {
                convert::to_decimal(self)
            } else {
                object::str(self.as_object())
            };
        }
        let name = self.as_object().type_name();
        let spec = parse_spec(format_spec, Target::Int, &name)?;
        if self.is_compact()
            && let Some(text) = format_compact(self.compact_value(), &spec)
        {
            return text;
        }
        let locale = crate::float::LocaleText::of(&spec);
        let pieces = format::format_int(
            &spec,
            self.is_negative(),
            self.digits(),
            &name,
            &locale.as_locale(),
            convert::max_str_digits(),
        )
        .map_err(from_numeric)?;
        pieces_to_str(&pieces)
    }
}

/// The text of a small decimal number, where the specification asks for no more than sign, fill and
/// width.
fn format_compact(value: isize, spec: &FormatSpec) -> Option<PyResult<Ref<Str>>> {
    let plain = matches!(spec.code, 0 | 0x64)
        && spec.precision.is_none()
        && spec.grouping == Grouping::None
        && spec.fraction_grouping == Grouping::None
        && !spec.alternate
        && !spec.no_negative_zero;
    if !plain {
        return None;
    }
    let mut digits = [0; 20];
    let mut first = digits.len();
    let mut rest = value.unsigned_abs();
    loop {
        first -= 1;
        digits[first] = b'0' + (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    padded_ascii(value < 0, &digits[first..], spec)
}

/// The text of an ASCII number between its fills, where it is short and narrow.
pub(crate) fn padded_ascii(
    negative: bool,
    number: &[u8],
    spec: &FormatSpec,
) -> Option<PyResult<Ref<Str>>> {
    const MAX: usize = 64;
    let fill = u8::try_from(spec.fill).ok().filter(u8::is_ascii)?;
    let width = spec.width.unwrap_or(0);
    if width > MAX || number.len() >= MAX {
        return None;
    }
    let sign = match (negative, spec.sign) {
        (true, _) => Some(b'-'),
        (_, Some('+')) => Some(b'+'),
        (_, Some(' ')) => Some(b' '),
        _ => None,
    };
    let missing = width.saturating_sub(number.len() + usize::from(sign.is_some()));
    let (left, middle) = match spec.align {
        '<' => (0, 0),
        '^' => (missing / 2, 0),
        '=' => (0, missing),
        _ => (missing, 0),
    };
    let mut text = [fill; MAX];
    let mut at = left;
    if let Some(sign) = sign {
        text[at] = sign;
        at += 1;
    }
    at += middle;
    text[at..at + number.len()].copy_from_slice(number);
    let end = (at + number.len()).max(width);
    std::str::from_utf8(&text[..end]).ok().map(Str::from_ascii)
}

/// A format specification, for the number types.
pub(crate) fn parse_spec(text: &Str, target: Target, type_name: &str) -> PyResult<FormatSpec> {
    let points: smallvec::SmallVec<[u32; 16]> =
        gopy_unicode::with_units!(text.units(), units => units.iter().map(|u| u.code()).collect());
    FormatSpec::parse(&points, target, type_name, |code| match code {
        0x30..=0x39 => Some(code - 0x30),
        0..0x80 => None,
        _ => gopy_unicode::ctype::decimal(code).map(u32::from),
    })
    .map_err(from_numeric)
}

/// The text that pieces of a formatted number make.
pub(crate) fn pieces_to_str(pieces: &format::Pieces) -> PyResult<Ref<Str>> {
    let mut text = crate::str::StrBuilder::with_capacity(pieces.len());
    text.fill(pieces.fill, pieces.left)?;
    text.push_str(&pieces.head)?;
    text.fill(pieces.fill, pieces.middle)?;
    text.push_str(&pieces.body)?;
    if let Some(character) = pieces.character {
        text.push_code_point(character)?;
    }
    text.fill(pieces.fill, pieces.right)?;
    text.finish()
}
