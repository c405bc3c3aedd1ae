//! Float to text: `repr` and the codes `e f g r` with any precision.
//!
//! Answers to `PyOS_double_to_string` and `format_float_short` of `Python/pystrtod.c`, with
//! core's shortest and exact digits in the place of `Python/dtoa.c`.

use crate::error::{NumericError, Result};
use std::io::Write;

/// `Py_DTSF_*`
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flags {
    /// `+` before a number that is not negative.
    pub sign: bool,
    /// `.0` after what would look like an integer.
    pub add_dot_0: bool,
    /// `#`: keep the point and trailing zeros.
    pub alternate: bool,
    /// `z`: a zero that is left after rounding loses its minus.
    pub no_negative_zero: bool,
}

/// No float has more significant or fractional decimal digits; what follows is zeros.
const DIGITS_MAX: usize = 1100;

/// Decimal digits without trailing zeros (one zero for zero) and where the point is.
struct Decimal<'a> {
    text: &'a mut [u8],
    len: usize,
    point: i32,
}

impl<'a> Decimal<'a> {
    fn digits(&self) -> &[u8] {
        &self.text[..self.len]
    }

    /// From what core prints.
    fn read(
        buffer: &'a mut [u8],
        write: impl FnOnce(&mut &mut [u8]) -> std::io::Result<()>,
    ) -> Self {
        let capacity = buffer.len();
        let mut decimal = Decimal { text: buffer, len: 0, point: 0 };
        let mut space = &mut decimal.text[..];
        write(&mut space).expect("the buffer holds the longest float");
        let size = capacity - space.len();
        let text = &mut decimal.text[..size];
        let mut point = None;
        let mut exponent = 0i32;
        let mut len = 0usize;
        let mut leading = 0i32;
        for i in 0..size {
            match text[i] {
                b'.' => point = Some(len as i32 + leading),
                b'e' => {
                    let down = text[i + 1] == b'-';
                    let value = text[i + 1 + down as usize..]
                        .iter()
                        .fold(0, |acc, b| acc * 10 + i32::from(b - b'0'));
                    exponent = if down { -value } else { value };
                    break;
                }
                b'0' if len == 0 => leading += 1,
                digit => {
                    text[len] = digit;
                    len += 1;
                }
            }
        }
        let whole = point.unwrap_or(len as i32 + leading) - leading;
        while len > 0 && decimal.text[len - 1] == b'0' {
            len -= 1;
        }
        decimal.len = len;
        decimal.point = whole + exponent;
        if len == 0 {
            decimal.text[0] = b'0';
            decimal.len = 1;
            decimal.point = 1;
        }
        decimal
    }
}

/// `repr(value)`
pub fn repr(value: f64) -> String {
    let flags = Flags { add_dot_0: true, ..Flags::default() };
    format(value, 'r', 0, flags).expect("no precision, no error")
}

/// `PyOS_double_to_string`: `code` is one of `e E f F g G r`.
pub fn format(value: f64, code: char, precision: usize, flags: Flags) -> Result<String> {
    let upper = code.is_ascii_uppercase();
    let code = code.to_ascii_lowercase();
    if !value.is_finite() {
        let text = match (value.is_nan(), value < 0.0, flags.sign) {
            (true, _, false) => "nan",
            (true, _, true) => "+nan",
            (_, true, _) => "-inf",
            (_, _, true) => "+inf",
            _ => "inf",
        };
        return Ok(if upper { text.to_ascii_uppercase() } else { text.to_owned() });
    }
    if let Some(text) = format_short(value, code, precision, flags) {
        return Ok(text);
    }
    let magnitude = value.abs();
    let precision = if code == 'g' { precision.max(1) } else { precision };
    let count = precision.min(DIGITS_MAX);
    // Most texts are short; the large buffer is for many places or a huge integral part.
    let mut small = [0; 80];
    let mut large;
    let buffer = if code == 'r' || count <= 40 && (code != 'f' || magnitude < 1e30) {
        &mut small[..]
    } else {
        large = [0; DIGITS_MAX + 320];
        &mut large[..]
    };
    let decimal = match code {
        'r' => Decimal::read(buffer, |out| write!(out, "{magnitude:e}")),
        'f' => Decimal::read(buffer, |out| write!(out, "{magnitude:.count$}")),
        'e' => Decimal::read(buffer, |out| write!(out, "{magnitude:.count$e}")),
        _ => {
            let count = (precision - 1).min(DIGITS_MAX);
            Decimal::read(buffer, |out| write!(out, "{magnitude:.count$e}"))
        }
    };
    let digits = decimal.digits();
    let mut point = decimal.point as isize;
    let (use_exponent, wanted) = match code {
        'e' => (true, precision + 1),
        'f' => (false, point.saturating_add_unsigned(precision).max(0) as usize),
        'g' => (
            point <= -4 || point > precision as isize - flags.add_dot_0 as isize,
            if flags.alternate { precision } else { 0 },
        ),
        _ => (point <= -4 || point > 16, 0),
    };
    // Zero has one digit before the point, wherever rounding has left it.
    let exponent = point - 1;
    if use_exponent {
        point = 1;
    }
    let mut end = (wanted as isize).max(if code == 'f' { 0 } else { digits.len() as isize });
    end = end.max(point + (!use_exponent && flags.add_dot_0) as isize);

    let size = (end.max(1) as usize).saturating_add(point.unsigned_abs()).saturating_add(12);
    let mut out = Vec::new();
    out.try_reserve_exact(size).map_err(|_| NumericError::memory())?;
    let zero = digits == b"0";
    if value.is_sign_negative() && !(zero && flags.no_negative_zero) {
        out.push(b'-');
    } else if flags.sign {
        out.push(b'+');
    }
    let digit_at = |i: isize| usize::try_from(i).ok().and_then(|i| digits.get(i)).copied();
    if point <= 0 {
        out.push(b'0');
    } else {
        let taken = (point as usize).min(digits.len());
        out.extend_from_slice(&digits[..taken]);
        out.resize(out.len() + point as usize - taken, b'0');
    }
    if end > point.max(0) || flags.alternate || point < end {
        out.push(b'.');
        let fraction_end = out.len() + (end - point).max(0) as usize;
        if point < 0 {
            let zeros = (point.unsigned_abs()).min(fraction_end - out.len());
            out.resize(out.len() + zeros, b'0');
        }
        let mut at = point.max(0);
        while out.len() < fraction_end
            && let Some(digit) = digit_at(at)
        {
            out.push(digit);
            at += 1;
        }
        out.resize(fraction_end, b'0');
    }
    if use_exponent {
        let mark = if upper { 'E' } else { 'e' };
        let sign = if exponent < 0 { '-' } else { '+' };
        write!(out, "{mark}{sign}{:02}", exponent.unsigned_abs())
            .map_err(|_| NumericError::memory())?;
    }
    Ok(String::from_utf8(out).expect("only ASCII was written"))
}

/// `magnitude` with exactly `precision` places, where both are small; correctly rounded, ties to even.
/// It is a fraction with a power of two below, so a product of integers tells all its digits.
pub fn fixed_short(magnitude: f64, precision: usize, buffer: &mut [u8; 40]) -> Option<&[u8]> {
    const PRECISION_MAX: usize = 18;
    if precision > PRECISION_MAX || !(0.0..1e18).contains(&magnitude) {
        return None;
    }
    let bits = magnitude.to_bits();
    let (fraction, exponent) = (bits & ((1 << 52) - 1), (bits >> 52) as i32 & 0x7ff);
    let (mantissa, exponent) = match exponent {
        0 => (fraction, -1074),
        _ => (fraction | 1 << 52, exponent - 1075),
    };
    let scaled = u128::from(mantissa) * u128::from(10u64.pow(precision as u32));
    let rounded = if exponent >= 0 {
        // Below 2^60, so the shift is short.
        scaled.checked_mul(1 << exponent)?
    } else if exponent <= -128 {
        // `scaled` is below 2^113: less than a half of a unit.
        0
    } else {
        let shift = exponent.unsigned_abs();
        let (whole, rest) = (scaled >> shift, scaled & ((1 << shift) - 1));
        let half = 1 << (shift - 1);
        whole + u128::from(rest > half || rest == half && whole & 1 == 1)
    };
    let mut rest = u64::try_from(rounded).ok()?;
    let mut first = buffer.len();
    let mut places = 0;
    while rest != 0 || places <= precision {
        if places == precision && precision > 0 {
            first -= 1;
            buffer[first] = b'.';
        }
        first -= 1;
        buffer[first] = b'0' + (rest % 10) as u8;
        rest /= 10;
        places += 1;
    }
    Some(&buffer[first..])
}

/// As [`format`], where [`fixed_short`] tells the text.
fn format_short(value: f64, code: char, precision: usize, flags: Flags) -> Option<String> {
    let magnitude = value.abs();
    let precision = match code {
        'f' if !flags.alternate => precision,
        // Integers have no other shortest text.
        'r' if magnitude < 1e15 && magnitude.fract() == 0.0 && !flags.alternate => {
            usize::from(flags.add_dot_0)
        }
        _ => return None,
    };
    let mut buffer = [0; 40];
    let digits = fixed_short(magnitude, precision, &mut buffer)?;
    let mut text = String::with_capacity(digits.len() + 1);
    let zero = || digits.iter().all(|byte| matches!(byte, b'0' | b'.'));
    if value.is_sign_negative() && !(flags.no_negative_zero && zero()) {
        text.push('-');
    } else if flags.sign {
        text.push('+');
    }
    text.push_str(std::str::from_utf8(digits).ok()?);
    Some(text)
}

/// `repr(complex(real, imag))`
pub fn complex_repr(real: f64, imag: f64) -> String {
    let plain = |value, sign| {
        format(value, 'r', 0, Flags { sign, ..Flags::default() }).expect("no precision, no error")
    };
    if real == 0.0 && real.is_sign_positive() {
        return format!("{}j", plain(imag, false));
    }
    format!("({}{}j)", plain(real, false), plain(imag, true))
}
