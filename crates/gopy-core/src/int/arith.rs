//! Addition, multiplication, bitwise operators and comparison of two ints.
//!
//! Answers to `long_add`, `long_sub`, `long_mul`, `long_bitwise` and `long_compare` of
//! `Objects/longobject.c`. The functions for compact operands are what the eval loop inlines.

use std::cmp::Ordering;

use gopy_numeric::int::bits::{self, BitOp};
use gopy_numeric::int::{SHIFT, magnitude as mag};
use gopy_object::{PyResult, Ref};

use super::{COUNT_SHIFT, INT, Int};
use crate::str::check_room;

impl Int {
    /// The value of at most two digits.
    #[inline(always)]
    pub(super) fn short_value(&self) -> Option<i64> {
        match *self.digits() {
            [] => Some(0),
            [low] => Some(self.sign() as i64 * i64::from(low)),
            [low, high] => Some(self.sign() as i64 * (i64::from(high) << SHIFT | i64::from(low))),
            _ => None,
        }
    }

    /// The values of two ints of at most two digits.
    #[inline(always)]
    pub(super) fn short_values(&self, other: &Int) -> Option<(i64, i64)> {
        if (self.tag.get() | other.tag.get()) >= 4 << COUNT_SHIFT {
            return None;
        }
        Some((self.short_value()?, other.short_value()?))
    }
}

/// `a + b` of compact ints.
#[inline(always)]
pub fn add_compact(a: &Int, b: &Int) -> Ref<Int> {
    Int::from_i64((a.compact_value() + b.compact_value()) as i64)
}

/// `a - b` of compact ints.
#[inline(always)]
pub fn subtract_compact(a: &Int, b: &Int) -> Ref<Int> {
    Int::from_i64((a.compact_value() - b.compact_value()) as i64)
}

/// `a * b` of compact ints.
#[inline(always)]
pub fn multiply_compact(a: &Int, b: &Int) -> Ref<Int> {
    Int::from_i64(a.compact_value() as i64 * b.compact_value() as i64)
}

/// `a + b`.
///
/// # Errors
///
/// `MemoryError`, `OverflowError`.
#[inline]
pub fn add(a: &Int, b: &Int) -> PyResult<Ref<Int>> {
    if let Some((a, b)) = a.short_values(b) {
        return Ok(Int::from_i64(a + b));
    }
    add_signed(a, b, b.is_negative())
}

/// `a - b`.
///
/// # Errors
///
/// `MemoryError`, `OverflowError`.
#[inline]
pub fn subtract(a: &Int, b: &Int) -> PyResult<Ref<Int>> {
    if let Some((a, b)) = a.short_values(b) {
        return Ok(Int::from_i64(a - b));
    }
    add_signed(a, b, !b.is_negative())
}

#[inline(never)]
fn add_signed(a: &Int, b: &Int, b_negative: bool) -> PyResult<Ref<Int>> {
    let (x, y) = (a.digits(), b.digits());
    let size = x.len().max(y.len()) + 1;
    let result = Int::alloc(&INT, size)?;
    // SAFETY: new, allocated for so many digits.
    let out = unsafe { result.digits_mut(size) };
    if a.is_negative() == b_negative || x.is_empty() {
        let count = mag::add(x, y, out);
        return Ok(Int::finish(result, b_negative, count));
    }
    let (count, swapped) = mag::sub(x, y, out);
    Ok(Int::finish(result, a.is_negative() != swapped, count))
}

/// `a * b`.
///
/// # Errors
///
/// `MemoryError`, `OverflowError`.
#[inline]
pub fn multiply(a: &Int, b: &Int) -> PyResult<Ref<Int>> {
    if a.are_compact(b) {
        return Ok(multiply_compact(a, b));
    }
    multiply_long(a, b)
}

#[inline(never)]
fn multiply_long(a: &Int, b: &Int) -> PyResult<Ref<Int>> {
    if let Some((x, y)) = a.short_values(b)
        && let Some(product) = x.checked_mul(y)
    {
        return Ok(Int::from_i64(product));
    }
    let (x, y) = (a.digits(), b.digits());
    if x.is_empty() || y.is_empty() {
        return Ok(Int::from_i64(0));
    }
    let size = x.len() + y.len();
    // Huge products take several times the memory of the result on the way.
    check_room(size.saturating_mul(4 * 6))?;
    let result = Int::alloc(&INT, size)?;
    // SAFETY: new, allocated for so many digits.
    let count = mag::mul(x, y, unsafe { result.digits_mut(size) });
    Ok(Int::finish(result, a.is_negative() != b.is_negative(), count))
}

fn bitwise(op: BitOp, a: &Int, b: &Int) -> PyResult<Ref<Int>> {
    if let Some((a, b)) = a.short_values(b) {
        return Ok(Int::from_i64(match op {
            BitOp::And => a & b,
            BitOp::Or => a | b,
            BitOp::Xor => a ^ b,
        }));
    }
    let (x, y) = (a.digits(), b.digits());
    let size = x.len().max(y.len()) + 1;
    let result = Int::alloc(&INT, size)?;
    // SAFETY: new, allocated for so many digits.
    let out = unsafe { result.digits_mut(size) };
    let (count, negative) = bits::bitwise(op, (x, a.is_negative()), (y, b.is_negative()), out);
    Ok(Int::finish(result, negative, count))
}

/// `a & b`.
///
/// # Errors
///
/// `MemoryError`.
pub fn and(a: &Int, b: &Int) -> PyResult<Ref<Int>> {
    bitwise(BitOp::And, a, b)
}

/// `a | b`.
///
/// # Errors
///
/// `MemoryError`.
pub fn or(a: &Int, b: &Int) -> PyResult<Ref<Int>> {
    bitwise(BitOp::Or, a, b)
}

/// `a ^ b`.
///
/// # Errors
///
/// `MemoryError`.
pub fn xor(a: &Int, b: &Int) -> PyResult<Ref<Int>> {
    bitwise(BitOp::Xor, a, b)
}

/// Order of two ints.
#[inline]
pub fn compare(a: &Int, b: &Int) -> Ordering {
    if a.are_compact(b) {
        return a.compact_value().cmp(&b.compact_value());
    }
    match a.sign().cmp(&b.sign()) {
        Ordering::Equal if a.is_negative() => mag::compare(b.digits(), a.digits()),
        Ordering::Equal => mag::compare(a.digits(), b.digits()),
        order => order,
    }
}

/// `a == b`.
#[inline]
pub fn equal(a: &Int, b: &Int) -> bool {
    a.sign() == b.sign() && a.digits() == b.digits()
}
