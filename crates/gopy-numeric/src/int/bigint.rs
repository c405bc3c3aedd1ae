//! [`BigInt`]: an integer that owns its digits.
//!
//! Answers to the number slots of `Objects/longobject.c`, without the objects. Small values take
//! no heap block; one-digit operands take the short way through `i64`.

use super::bits::{self, BitOp};
use super::magnitude as mag;
use super::{Digits, MASK, SHIFT};
use crate::error::{NumericError, Result};
use std::cmp::Ordering;
use std::fmt;
use std::ops::{Add, BitAnd, BitOr, BitXor, Mul, Neg, Not, Sub};

/// An integer of any size: sign and normalized magnitude.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct BigInt {
    negative: bool,
    digits: Digits,
}

/// Shifting by more than this would need more digits than can be addressed.
const SHIFT_MAX: u64 = (isize::MAX as u64 / 4) / 8;

impl BigInt {
    /// Zero.
    pub fn zero() -> Self {
        BigInt { negative: false, digits: Digits::new() }
    }

    /// From sign and digits below 2**30, least significant first; leading zeros are dropped.
    pub fn from_parts(negative: bool, mut digits: Digits) -> Self {
        let n = mag::normalized_len(&digits);
        digits.truncate(n);
        BigInt { negative: negative && n != 0, digits }
    }

    /// The same from a slice.
    pub fn from_slice(negative: bool, digits: &[u32]) -> Self {
        let digits = mag::normalize(digits);
        BigInt { negative: negative && !digits.is_empty(), digits: Digits::from_slice(digits) }
    }

    /// Whether the value is below zero.
    #[inline]
    pub fn is_negative(&self) -> bool {
        self.negative
    }

    /// Whether the value is zero.
    #[inline]
    pub fn is_zero(&self) -> bool {
        self.digits.is_empty()
    }

    /// -1, 0 or 1.
    #[inline]
    pub fn signum(&self) -> i32 {
        match (self.is_zero(), self.negative) {
            (true, _) => 0,
            (_, true) => -1,
            _ => 1,
        }
    }

    /// Whether the value is odd.
    pub fn is_odd(&self) -> bool {
        self.digits.first().is_some_and(|x| x & 1 != 0)
    }

    /// The digits of the magnitude, least significant first.
    #[inline]
    pub fn digits(&self) -> &[u32] {
        &self.digits
    }

    /// Sign and digits.
    pub fn into_parts(self) -> (bool, Digits) {
        (self.negative, self.digits)
    }

    /// The value, if it has at most one digit.
    #[inline]
    pub fn as_compact(&self) -> Option<i64> {
        match self.digits.as_slice() {
            [] => Some(0),
            [x] => Some(if self.negative { -i64::from(*x) } else { i64::from(*x) }),
            _ => None,
        }
    }

    /// The value, if it fits.
    pub fn to_i64(&self) -> Option<i64> {
        let magnitude = self.magnitude_u64()?;
        if self.negative {
            0i64.checked_sub_unsigned(magnitude)
        } else {
            i64::try_from(magnitude).ok()
        }
    }

    /// The value, if it fits.
    pub fn to_u64(&self) -> Option<u64> {
        if self.negative { None } else { self.magnitude_u64() }
    }

    fn magnitude_u64(&self) -> Option<u64> {
        if mag::bit_length(&self.digits) > 64 {
            return None;
        }
        Some(self.digits.iter().rev().fold(0, |value, &x| (value << SHIFT) | u64::from(x)))
    }

    /// `abs(self)`
    pub fn abs(&self) -> BigInt {
        BigInt { negative: false, digits: self.digits.clone() }
    }

    /// `self.bit_length()`
    pub fn bit_length(&self) -> u64 {
        mag::bit_length(&self.digits)
    }

    /// `self.bit_count()`
    pub fn bit_count(&self) -> u64 {
        mag::bit_count(&self.digits)
    }

    /// `hash(self)`
    pub fn hash(&self) -> i64 {
        crate::hash::hash_int(self.negative, &self.digits)
    }

    /// `divmod(self, other)`, floored as Python does.
    pub fn divmod(&self, other: &BigInt) -> Result<(BigInt, BigInt)> {
        if other.is_zero() {
            return Err(NumericError::zero_division("division by zero"));
        }
        if let (Some(a), Some(b)) = (self.as_compact(), other.as_compact()) {
            let (mut q, mut r) = (a / b, a % b);
            if r != 0 && (r < 0) != (b < 0) {
                q -= 1;
                r += b;
            }
            return Ok((q.into(), r.into()));
        }
        let (quotient, remainder) = self.divrem_truncated(other);
        if !remainder.is_zero() && remainder.negative != other.negative {
            return Ok((&quotient - &BigInt::from(1), &remainder + other));
        }
        Ok((quotient, remainder))
    }

    /// Quotient rounded to zero and remainder with the sign of `self`; `other` is not zero.
    pub(crate) fn divrem_truncated(&self, other: &BigInt) -> (BigInt, BigInt) {
        let (a, b) = (self.digits(), other.digits());
        let mut quotient = Digits::from_elem(0, (a.len() + 1).saturating_sub(b.len()));
        let mut remainder = Digits::from_elem(0, b.len());
        if mag::compare(a, b) == Ordering::Less {
            return (BigInt::zero(), self.clone());
        }
        let (q, r) = mag::divrem(a, b, &mut quotient, &mut remainder);
        quotient.truncate(q);
        remainder.truncate(r);
        (
            BigInt::from_parts(self.negative != other.negative, quotient),
            BigInt::from_parts(self.negative, remainder),
        )
    }

    /// `self // other`
    pub fn floor_div(&self, other: &BigInt) -> Result<BigInt> {
        Ok(self.divmod(other)?.0)
    }

    /// `self % other`
    pub fn modulo(&self, other: &BigInt) -> Result<BigInt> {
        if other.is_zero() {
            return Err(NumericError::zero_division("division by zero"));
        }
        Ok(self.divmod(other)?.1)
    }

    /// `self << bits`. MemoryError where the result could not be addressed.
    pub fn shift_left(&self, bits: u64) -> Result<BigInt> {
        if self.is_zero() {
            return Ok(BigInt::zero());
        }
        if bits > SHIFT_MAX {
            return Err(NumericError::memory());
        }
        let size = self.digits.len() + (bits / u64::from(SHIFT)) as usize + 1;
        let mut out = Digits::new();
        out.try_reserve_exact(size).map_err(|_| NumericError::memory())?;
        out.resize(size, 0);
        let n = bits::shift_left(&self.digits, bits, &mut out);
        out.truncate(n);
        Ok(BigInt { negative: self.negative, digits: out })
    }

    /// `self >> bits`
    pub fn shift_right(&self, bits: u64) -> BigInt {
        let words = (bits / u64::from(SHIFT)).min(self.digits.len() as u64) as usize;
        let mut out = Digits::from_elem(0, self.digits.len() - words + 1);
        let n = bits::shift_right(&self.digits, self.negative, bits, &mut out);
        out.truncate(n);
        BigInt::from_parts(self.negative, out)
    }

    /// `self << other`, with CPython's errors.
    pub fn lshift(&self, other: &BigInt) -> Result<BigInt> {
        if other.negative {
            return Err(NumericError::value("negative shift count"));
        }
        if self.is_zero() {
            return Ok(BigInt::zero());
        }
        match other.to_u64() {
            Some(bits) => self.shift_left(bits),
            None => Err(NumericError::overflow("too many digits in integer")),
        }
    }

    /// `self >> other`, with CPython's errors.
    pub fn rshift(&self, other: &BigInt) -> Result<BigInt> {
        if other.negative {
            return Err(NumericError::value("negative shift count"));
        }
        Ok(self.shift_right(other.to_u64().unwrap_or(u64::MAX)))
    }

    fn bitwise(&self, op: BitOp, other: &BigInt) -> BigInt {
        let mut out = Digits::from_elem(0, self.digits.len().max(other.digits.len()) + 1);
        let (n, negative) = bits::bitwise(
            op,
            (&self.digits, self.negative),
            (&other.digits, other.negative),
            &mut out,
        );
        out.truncate(n);
        BigInt::from_parts(negative, out)
    }

    /// `self ** exponent` for an exponent that is not negative; `None` where the result would
    /// need more than `bits_max` bits (constant folding's limit; `u64::MAX` for none).
    pub fn pow_limited(&self, exponent: u64, bits_max: u64) -> Option<BigInt> {
        if exponent == 0 {
            return Some(BigInt::from(1));
        }
        if self.digits.as_slice() == [1] || self.is_zero() {
            let negative = self.negative && exponent & 1 == 1;
            return Some(BigInt { negative, digits: self.digits.clone() });
        }
        // |self| >= 2**(bit_length - 1)
        if (self.bit_length() - 1).saturating_mul(exponent) > bits_max.min(SHIFT_MAX) {
            return None;
        }
        // Powers of two are a shift; the rest is left-to-right binary.
        if self.digits.len() == 1 && self.digits[0].is_power_of_two() {
            let shift = u64::from(self.digits[0].trailing_zeros()) * exponent;
            let one = BigInt {
                negative: self.negative && exponent & 1 == 1,
                digits: Digits::from_elem(1, 1),
            };
            return one.shift_left(shift).ok();
        }
        // A result that memory cannot hold is refused before the work, not in the midst of it.
        let size = (self.bit_length() * exponent / u64::from(SHIFT)) as usize + 1;
        Vec::<u32>::new().try_reserve_exact(size.checked_mul(4)?).ok()?;
        let mut result = self.clone();
        for i in (0..63 - exponent.leading_zeros()).rev() {
            result = result.square();
            if exponent >> i & 1 == 1 {
                result = &result * self;
            }
        }
        Some(result)
    }

    /// `self ** exponent` for an exponent that is not negative. MemoryError where the result
    /// could not be addressed.
    pub fn pow(&self, exponent: &BigInt) -> Result<BigInt> {
        debug_assert!(!exponent.negative, "int ** negative is a float");
        match exponent.to_u64() {
            Some(e) => self.pow_limited(e, u64::MAX).ok_or_else(NumericError::memory),
            None if self.is_zero() => Ok(BigInt::zero()),
            None if self.digits.as_slice() == [1] => Ok(BigInt {
                negative: self.negative && exponent.is_odd(),
                digits: self.digits.clone(),
            }),
            None => Err(NumericError::memory()),
        }
    }

    /// `self * self`, cheaper than a product.
    pub fn square(&self) -> BigInt {
        if let Some(a) = self.as_compact() {
            return BigInt::from(a * a);
        }
        let mut out = Digits::from_elem(0, 2 * self.digits.len());
        let n = mag::mul(&self.digits, &self.digits, &mut out);
        out.truncate(n);
        BigInt { negative: false, digits: out }
    }

    fn add_signed(&self, other: &BigInt, flip: bool) -> BigInt {
        let other_negative = other.negative ^ flip;
        let (a, b) = (self.digits(), other.digits());
        let mut out = Digits::from_elem(0, a.len().max(b.len()) + 1);
        if self.negative == other_negative {
            let n = mag::add(a, b, &mut out);
            out.truncate(n);
            BigInt::from_parts(self.negative, out)
        } else {
            let (n, swapped) = mag::sub(a, b, &mut out);
            out.truncate(n);
            BigInt::from_parts(self.negative ^ swapped, out)
        }
    }
}

impl From<i64> for BigInt {
    fn from(value: i64) -> Self {
        BigInt { negative: value < 0, ..BigInt::from(value.unsigned_abs()) }
    }
}

impl From<u64> for BigInt {
    fn from(mut value: u64) -> Self {
        let mut digits = Digits::new();
        while value != 0 {
            digits.push(value as u32 & MASK);
            value >>= SHIFT;
        }
        BigInt { negative: false, digits }
    }
}

impl From<u128> for BigInt {
    fn from(mut value: u128) -> Self {
        let mut digits = Digits::new();
        while value != 0 {
            digits.push(value as u32 & MASK);
            value >>= SHIFT;
        }
        BigInt { negative: false, digits }
    }
}

impl From<i32> for BigInt {
    fn from(value: i32) -> Self {
        i64::from(value).into()
    }
}

impl From<u32> for BigInt {
    fn from(value: u32) -> Self {
        u64::from(value).into()
    }
}

impl From<usize> for BigInt {
    fn from(value: usize) -> Self {
        (value as u64).into()
    }
}

impl From<bool> for BigInt {
    fn from(value: bool) -> Self {
        u64::from(value).into()
    }
}

impl Ord for BigInt {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self.negative, other.negative) {
            (false, true) => Ordering::Greater,
            (true, false) => Ordering::Less,
            (false, false) => mag::compare(&self.digits, &other.digits),
            (true, true) => mag::compare(&other.digits, &self.digits),
        }
    }
}

impl PartialOrd for BigInt {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Add for &BigInt {
    type Output = BigInt;
    fn add(self, other: &BigInt) -> BigInt {
        if let (Some(a), Some(b)) = (self.as_compact(), other.as_compact()) {
            return BigInt::from(a + b);
        }
        self.add_signed(other, false)
    }
}

impl Sub for &BigInt {
    type Output = BigInt;
    fn sub(self, other: &BigInt) -> BigInt {
        if let (Some(a), Some(b)) = (self.as_compact(), other.as_compact()) {
            return BigInt::from(a - b);
        }
        self.add_signed(other, true)
    }
}

impl Mul for &BigInt {
    type Output = BigInt;
    fn mul(self, other: &BigInt) -> BigInt {
        if let (Some(a), Some(b)) = (self.as_compact(), other.as_compact()) {
            return BigInt::from(a * b);
        }
        if self.is_zero() || other.is_zero() {
            return BigInt::zero();
        }
        let mut out = Digits::from_elem(0, self.digits.len() + other.digits.len());
        let n = mag::mul(&self.digits, &other.digits, &mut out);
        out.truncate(n);
        BigInt { negative: self.negative != other.negative, digits: out }
    }
}

impl Neg for &BigInt {
    type Output = BigInt;
    fn neg(self) -> BigInt {
        BigInt { negative: !self.negative && !self.is_zero(), digits: self.digits.clone() }
    }
}

impl Not for &BigInt {
    type Output = BigInt;
    fn not(self) -> BigInt {
        &-self - &BigInt::from(1)
    }
}

macro_rules! bitwise_operators {
    ($($class:ident $method:ident $op:expr;)*) => {$(
        impl $class for &BigInt {
            type Output = BigInt;
            fn $method(self, other: &BigInt) -> BigInt {
                self.bitwise($op, other)
            }
        }
    )*};
}
bitwise_operators! {
    BitAnd bitand BitOp::And;
    BitOr bitor BitOp::Or;
    BitXor bitxor BitOp::Xor;
}

impl fmt::Display for BigInt {
    /// `str(self)` without a limit on the number of digits.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&super::text::to_decimal(self.negative, &self.digits))
    }
}
