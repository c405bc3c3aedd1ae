//! Floats to and from text, exactly.
//!
//! Answers to `Python/dtoa.c`, `Python/pystrtod.c` and the methods of `Objects/floatobject.c`.

pub mod hex;
pub mod parse;
#[cfg(test)]
mod tests;
pub mod text;

use crate::error::{NumericError, Result};
use crate::int::BigInt;
use std::cmp::Ordering;

/// `round(value, places)`, correctly rounded, half to even.
pub fn round_to_places(value: f64, places: i64) -> Result<f64> {
    if !value.is_finite() || places > 323 {
        return Ok(value);
    }
    if places < -308 {
        return Ok(0.0 * value);
    }
    let rounded = if places >= 0 {
        parse::parse_plain(&format!("{:.*}", places as usize, value.abs()))
    } else {
        let magnitude = value.abs();
        let power = BigInt::power_of_ten(places.unsigned_abs());
        let (mut quotient, remainder) =
            BigInt::from_f64_truncated(magnitude).divrem_truncated(&power);
        let fraction = magnitude.fract() != 0.0;
        match (&remainder + &remainder).cmp(&power) {
            Ordering::Greater => quotient = &quotient + &BigInt::from(1),
            Ordering::Equal if fraction || quotient.is_odd() => {
                quotient = &quotient + &BigInt::from(1);
            }
            _ => {}
        }
        (&quotient * &power).to_f64().unwrap_or(f64::INFINITY)
    };
    if rounded.is_infinite() {
        return Err(NumericError::overflow("rounded value too large to represent"));
    }
    Ok(rounded.copysign(value))
}

/// `value.as_integer_ratio()`
pub fn as_integer_ratio(value: f64) -> Result<(BigInt, BigInt)> {
    if value.is_infinite() {
        return Err(NumericError::overflow("cannot convert Infinity to integer ratio"));
    }
    if value.is_nan() {
        return Err(NumericError::value("cannot convert NaN to integer ratio"));
    }
    let (mantissa, exponent) = crate::hash::decompose(value);
    if mantissa == 0 {
        return Ok((BigInt::zero(), BigInt::from(1)));
    }
    let odd = mantissa >> mantissa.trailing_zeros();
    let exponent = exponent + mantissa.trailing_zeros() as i32;
    let magnitude = BigInt::from(odd);
    let numerator = if value < 0.0 { -&magnitude } else { magnitude };
    if exponent >= 0 {
        Ok((numerator.shift_left(exponent as u64)?, BigInt::from(1)))
    } else {
        Ok((numerator, BigInt::from(1).shift_left(exponent.unsigned_abs().into())?))
    }
}
