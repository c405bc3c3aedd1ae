//! Integers to and from floats and bytes, and rounding.
//!
//! Answers to `PyLong_FromDouble`, `PyLong_AsDouble`, `long_true_divide`, `_PyLong_DivmodNear`,
//! `long___round__`, `_PyLong_FromByteArray` and `_PyLong_AsByteArray` of
//! `Objects/longobject.c`, and to `float_richcompare` for a float and an int.

use super::{BigInt, Digits, MASK, SHIFT, bits, magnitude as mag};
use crate::error::{NumericError, Result};
use std::cmp::Ordering;

/// The float nearest to `(mantissa + ε) * 2**exponent`, ties to even, where `sticky` says whether
/// the fraction `ε` is not zero; `None` where that is infinite. With `sticky`, `mantissa` has at
/// least 54 bits.
pub fn compose_float(mantissa: u64, sticky: bool, exponent: i64) -> Option<f64> {
    if mantissa == 0 {
        return Some(0.0);
    }
    let top = exponent + i64::from(64 - mantissa.leading_zeros());
    let mut unit = (top - 53).max(-1074);
    let shift = unit - exponent;
    let mut kept;
    if shift <= 0 {
        kept = mantissa << -shift;
    } else if shift > 64 {
        return Some(0.0);
    } else {
        let wide = u128::from(mantissa);
        kept = (wide >> shift) as u64;
        let lost = wide & ((1 << shift) - 1);
        match lost.cmp(&(1 << (shift - 1))) {
            Ordering::Greater => kept += 1,
            Ordering::Equal if sticky || kept & 1 == 1 => kept += 1,
            _ => {}
        }
    }
    if kept == 1 << 53 {
        kept = 1 << 52;
        unit += 1;
    }
    if kept < 1 << 52 {
        return Some(f64::from_bits(kept));
    }
    let biased = unit + 1075;
    if biased >= 2047 {
        return None;
    }
    Some(f64::from_bits((biased as u64) << 52 | (kept & ((1 << 52) - 1))))
}

/// `float(int)`; `None` where CPython raises `OverflowError: int too large to convert to float`.
pub fn to_f64(negative: bool, digits: &[u32]) -> Option<f64> {
    let magnitude = match digits {
        [] => 0.0,
        [x] => f64::from(*x),
        [low, high] => (u64::from(*high) << SHIFT | u64::from(*low)) as f64,
        _ => {
            let length = mag::bit_length(digits);
            if length > 1024 {
                return None;
            }
            let excess = length - length.min(64);
            let words = (excess / u64::from(SHIFT)) as usize;
            let rest = excess % u64::from(SHIFT);
            let (lost, kept) = digits.split_at(words);
            let wide = kept.iter().rev().fold(0u128, |acc, &x| acc << SHIFT | u128::from(x));
            let sticky = lost.iter().any(|&x| x != 0) || wide & ((1 << rest) - 1) != 0;
            compose_float((wide >> rest) as u64, sticky, excess as i64)?
        }
    };
    Some(if negative { -magnitude } else { magnitude })
}

impl BigInt {
    /// `float(self)`
    pub fn to_f64(&self) -> Result<f64> {
        to_f64(self.is_negative(), self.digits())
            .ok_or_else(|| NumericError::overflow("int too large to convert to float"))
    }

    /// `int(value)`, rounding to zero.
    pub fn from_f64(value: f64) -> Result<BigInt> {
        if value.is_infinite() {
            return Err(NumericError::overflow("cannot convert float infinity to integer"));
        }
        if value.is_nan() {
            return Err(NumericError::value("cannot convert float NaN to integer"));
        }
        Ok(BigInt::from_f64_truncated(value))
    }

    /// The integral part of a finite float.
    pub(crate) fn from_f64_truncated(value: f64) -> BigInt {
        let (mantissa, exponent) = crate::hash::decompose(value);
        let (low, words) = if exponent <= 0 {
            (u128::from(mantissa.checked_shr(-exponent as u32).unwrap_or(0)), 0)
        } else {
            (u128::from(mantissa) << (exponent as u32 % SHIFT), exponent as u32 / SHIFT)
        };
        let mut digits = Digits::from_elem(0, words as usize);
        digits.extend_from_slice(BigInt::from(low).digits());
        BigInt::from_parts(value < 0.0, digits)
    }

    /// `self / other`, correctly rounded.
    pub fn true_divide(&self, other: &BigInt) -> Result<f64> {
        if other.is_zero() {
            return Err(NumericError::zero_division("division by zero"));
        }
        let negative = self.is_negative() != other.is_negative();
        let magnitude = divide_magnitudes(self.digits(), other.digits()).ok_or_else(|| {
            NumericError::overflow("integer division result too large for a float")
        })?;
        Ok(if negative { -magnitude } else { magnitude })
    }

    /// Compares with a float, exactly; `None` for nan.
    pub fn compare_f64(&self, value: f64) -> Option<Ordering> {
        if value.is_nan() {
            return None;
        }
        if value.is_infinite() {
            return Some(if value > 0.0 { Ordering::Less } else { Ordering::Greater });
        }
        let whole = BigInt::from_f64_truncated(value);
        Some(self.cmp(&whole).then_with(|| 0.0f64.total_cmp(&(value.fract() + 0.0))))
    }

    /// Quotient rounded half to even, and what it leaves.
    pub fn divmod_near(&self, other: &BigInt) -> Result<(BigInt, BigInt)> {
        let (mut quotient, mut remainder) = self.divmod(other)?;
        let twice = &remainder + &remainder;
        let order = twice.abs().cmp(&other.abs());
        if order == Ordering::Greater || order == Ordering::Equal && quotient.is_odd() {
            quotient = &quotient + &BigInt::from(1);
            remainder = &remainder - other;
        }
        Ok((quotient, remainder))
    }

    /// `round(self, -places)`: to a multiple of `10**places`, half to even.
    pub fn round_to_power_of_ten(&self, places: u64) -> BigInt {
        // 10**places > 2 * abs(self): nothing is left, and the power need not be computed.
        if places > self.bit_length() / 3 + 1 {
            return BigInt::zero();
        }
        match self.divmod_near(&BigInt::power_of_ten(places)) {
            Ok((_, remainder)) => self - &remainder,
            Err(_) => BigInt::zero(),
        }
    }

    /// `int.from_bytes(bytes, 'little' if little else 'big', signed=signed)`
    pub fn from_bytes(bytes: &[u8], little: bool, signed: bool) -> BigInt {
        let top = if little { bytes.last() } else { bytes.first() };
        let negative = signed && top.is_some_and(|byte| byte & 0x80 != 0);
        let mut digits = Digits::with_capacity(bytes.len() * 8 / SHIFT as usize + 1);
        let (mut acc, mut held) = (0u64, 0);
        let mut carry = negative as u64;
        let mut feed = |byte: u8| {
            let mut byte = u64::from(byte);
            if negative {
                byte = (byte ^ 0xff) + carry;
                carry = byte >> 8;
                byte &= 0xff;
            }
            acc |= byte << held;
            held += 8;
            if held >= SHIFT {
                digits.push(acc as u32 & MASK);
                acc >>= SHIFT;
                held -= SHIFT;
            }
        };
        if little {
            bytes.iter().for_each(|&byte| feed(byte));
        } else {
            bytes.iter().rev().for_each(|&byte| feed(byte));
        }
        acc |= carry << held;
        while acc != 0 {
            digits.push(acc as u32 & MASK);
            acc >>= SHIFT;
        }
        BigInt::from_parts(negative, digits)
    }

    /// `self.to_bytes(len(out), 'little' if little else 'big', signed=signed)` into `out`.
    pub fn to_bytes(&self, out: &mut [u8], little: bool, signed: bool) -> Result<()> {
        to_bytes(self.is_negative(), self.digits(), out, little, signed)
    }
}

/// `int.to_bytes` into `out`.
pub fn to_bytes(
    negative: bool,
    digits: &[u32],
    out: &mut [u8],
    little: bool,
    signed: bool,
) -> Result<()> {
    if negative && !signed {
        return Err(NumericError::overflow("can't convert negative int to unsigned"));
    }
    let length = mag::bit_length(digits);
    // -2**n needs one bit less than its magnitude shows.
    let lone = mag::bit_count(digits) == 1;
    let needed = match (signed, negative && lone) {
        (false, _) | (true, true) => length,
        (true, false) => length + (length != 0) as u64,
    };
    if needed > out.len() as u64 * 8 {
        return Err(NumericError::overflow("int too big to convert"));
    }
    let (mut acc, mut held, mut next) = (0u64, 0, 0);
    let mut carry = 1u64;
    let mut byte_at = || {
        if held < 8 && next < digits.len() {
            acc |= u64::from(digits[next]) << held;
            held += SHIFT;
            next += 1;
        }
        let mut byte = acc & 0xff;
        acc >>= 8;
        held = held.saturating_sub(8);
        if negative {
            byte = (byte ^ 0xff) + carry;
            carry = byte >> 8;
        }
        byte as u8
    };
    if little {
        out.iter_mut().for_each(|place| *place = byte_at());
    } else {
        out.iter_mut().rev().for_each(|place| *place = byte_at());
    }
    Ok(())
}

/// `a / b` of magnitudes, correctly rounded; `None` where that is infinite.
fn divide_magnitudes(a: &[u32], b: &[u32]) -> Option<f64> {
    let (a_bits, b_bits) = (mag::bit_length(a) as i64, mag::bit_length(b) as i64);
    if a_bits <= 53 && b_bits <= 53 {
        return Some(to_f64(false, a)? / to_f64(false, b)?);
    }
    let difference = a_bits - b_bits;
    if a_bits == 0 || difference < -1080 {
        return Some(0.0);
    }
    if difference > 1025 {
        return None;
    }
    // Scaled so that the quotient has 62 or 63 bits.
    let shift = difference - 62;
    let mut scaled = Digits::new();
    let mut sticky = false;
    if shift >= 0 {
        let words = shift as usize / SHIFT as usize;
        let rest = shift as u32 % SHIFT;
        sticky = a[..words].iter().any(|&x| x != 0) || a[words] & ((1 << rest) - 1) != 0;
        scaled.resize(a.len() - words + 1, 0);
        let n = bits::shift_right(a, false, shift as u64, &mut scaled);
        scaled.truncate(n);
    } else {
        let size = a.len() + (-shift) as usize / SHIFT as usize + 1;
        scaled.resize(size, 0);
        let n = bits::shift_left(a, (-shift) as u64, &mut scaled);
        scaled.truncate(n);
    }
    let mut quotient = Digits::from_elem(0, (scaled.len() + 1).saturating_sub(b.len()));
    let mut remainder = Digits::from_elem(0, b.len());
    let (q, r) = mag::divrem(&scaled, b, &mut quotient, &mut remainder);
    sticky |= r != 0;
    let quotient = quotient[..q].iter().rev().fold(0u64, |acc, &x| acc << SHIFT | u64::from(x));
    compose_float(quotient, sticky, shift)
}
