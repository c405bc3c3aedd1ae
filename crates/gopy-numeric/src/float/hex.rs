//! `float.hex` and `float.fromhex`.
//!
//! Answers to `float_hex_impl` and `float_fromhex_impl` of `Objects/floatobject.c`.

use crate::error::{NumericError, Result};
use crate::float::parse::trim;
use crate::int::convert::compose_float;
use crate::int::parse::digit_value;

/// `value.hex()`
pub fn to_hex(value: f64) -> String {
    if !value.is_finite() {
        return crate::float::text::repr(value);
    }
    let sign = if value.is_sign_negative() { "-" } else { "" };
    if value == 0.0 {
        return format!("{sign}0x0.0p+0");
    }
    let bits = value.to_bits();
    let fraction = bits & ((1 << 52) - 1);
    let (lead, exponent) = match (bits >> 52 & 0x7ff) as i32 {
        0 => (0, -1022),
        biased => (1, biased - 1023),
    };
    format!("{sign}0x{lead}.{fraction:013x}p{exponent:+}")
}

/// `float.fromhex(text)`
pub fn from_hex(text: &[u8]) -> Result<f64> {
    let malformed = || NumericError::value("invalid hexadecimal floating-point string");
    let too_large =
        || NumericError::overflow("hexadecimal value too large to represent as a float");
    let mut rest = trim(text);
    let negative = rest.first() == Some(&b'-');
    if let [b'-' | b'+', tail @ ..] = rest {
        rest = tail;
    }
    let signed = |value: f64| if negative { -value } else { value };
    if rest.eq_ignore_ascii_case(b"inf") || rest.eq_ignore_ascii_case(b"infinity") {
        return Ok(signed(f64::INFINITY));
    }
    if rest.eq_ignore_ascii_case(b"nan") {
        return Ok(signed(f64::NAN.copysign(1.0)));
    }
    if let [b'0', b'x' | b'X', tail @ ..] = rest {
        rest = tail;
    }
    let (mut mantissa, mut sticky, mut digits) = (0u64, false, 0usize);
    let mut point = false;
    let mut exponent = 0i64;
    while let [byte, tail @ ..] = rest {
        let digit = digit_value(*byte);
        if *byte == b'.' && !point {
            point = true;
        } else if digit < 16 {
            digits += 1;
            if mantissa >> 60 == 0 {
                mantissa = mantissa << 4 | u64::from(digit);
            } else {
                sticky |= digit != 0;
                exponent += 4;
            }
            exponent -= if point { 4 } else { 0 };
        } else {
            break;
        }
        rest = tail;
    }
    if digits == 0 {
        return Err(malformed());
    }
    if let [b'p' | b'P', tail @ ..] = rest {
        let down = tail.first() == Some(&b'-');
        let body = match tail {
            [b'-' | b'+', body @ ..] => body,
            _ => tail,
        };
        let length = body.iter().take_while(|b| b.is_ascii_digit()).count();
        if length == 0 {
            return Err(malformed());
        }
        let size = body[..length]
            .iter()
            .fold(0i64, |acc, b| acc.saturating_mul(10).saturating_add(i64::from(b - b'0')));
        exponent = exponent.saturating_add(if down { -size } else { size });
        rest = &body[length..];
    }
    if !rest.is_empty() {
        return Err(malformed());
    }
    let exponent = exponent.clamp(-(1 << 40), 1 << 40);
    compose_float(mantissa, sticky, exponent).map(signed).ok_or_else(too_large)
}
