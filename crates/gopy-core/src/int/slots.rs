//! The slots of `int`.
//!
//! Answers to `long_as_number`, `long_divrem`, `l_divmod`, `long_pow`, `long_lshift`, `long_rshift` and
//! `long_true_divide` of `Objects/longobject.c`.

use gopy_macros::pyslots;
use gopy_numeric::hash::hash_int;
use gopy_numeric::int::{SHIFT, bits};
use gopy_object::typeobj::CompareOp;
use gopy_object::{Args, Object, PyResult, Ref, Type};

use super::{INT, Int, arith, convert};
use crate::argument::IntoPy;
use crate::bool_::bool_ref;
use crate::error::{from_numeric, value_error, zero_division_error};
use crate::none::{is_none, not_implemented};
use crate::str::Str;
use crate::tuple;

#[cold]
fn division_by_zero() -> gopy_object::Exception {
    zero_division_error!("division by zero")
}

/// Quotient and remainder of two short values, floored.
#[inline(always)]
fn short_divmod(a: i64, b: i64) -> (i64, i64) {
    let (quotient, remainder) = (a / b, a % b);
    if remainder != 0 && (remainder ^ b) < 0 {
        return (quotient - 1, remainder + b);
    }
    (quotient, remainder)
}

/// `a // b`.
///
/// # Errors
///
/// `ZeroDivisionError`, `MemoryError`.
#[inline]
pub fn floor_divide(a: &Int, b: &Int) -> PyResult<Ref<Int>> {
    if b.is_zero() {
        return Err(division_by_zero());
    }
    if let Some((a, b)) = a.short_values(b) {
        return Ok(Int::from_i64(short_divmod(a, b).0));
    }
    Int::try_from_bigint(&a.to_bigint().floor_div(&b.to_bigint()).map_err(from_numeric)?)
}

/// `a % b`.
///
/// # Errors
///
/// `ZeroDivisionError`, `MemoryError`.
#[inline]
pub fn remainder(a: &Int, b: &Int) -> PyResult<Ref<Int>> {
    if b.is_zero() {
        return Err(division_by_zero());
    }
    if let Some((a, b)) = a.short_values(b) {
        return Ok(Int::from_i64(short_divmod(a, b).1));
    }
    Int::try_from_bigint(&a.to_bigint().modulo(&b.to_bigint()).map_err(from_numeric)?)
}

fn divmod(a: &Int, b: &Int) -> PyResult<(Ref<Int>, Ref<Int>)> {
    if b.is_zero() {
        return Err(division_by_zero());
    }
    if let Some((a, b)) = a.short_values(b) {
        let (quotient, remainder) = short_divmod(a, b);
        return Ok((Int::from_i64(quotient), Int::from_i64(remainder)));
    }
    let (quotient, remainder) = a.to_bigint().divmod(&b.to_bigint()).map_err(from_numeric)?;
    Ok((Int::try_from_bigint(&quotient)?, Int::try_from_bigint(&remainder)?))
}

/// `a / b`.
///
/// # Errors
///
/// `ZeroDivisionError`, `OverflowError`.
#[inline]
pub fn true_divide(a: &Int, b: &Int) -> PyResult<f64> {
    const EXACT: i64 = 1 << 53;
    if b.is_zero() {
        return Err(division_by_zero());
    }
    if let Some((a, b)) = a.short_values(b)
        && a.abs() <= EXACT
        && b.abs() <= EXACT
    {
        return Ok(a as f64 / b as f64);
    }
    a.to_bigint().true_divide(&b.to_bigint()).map_err(from_numeric)
}

#[cold]
fn negative_shift_count() -> gopy_object::Exception {
    value_error!("negative shift count")
}

/// `a << b`.
///
/// # Errors
///
/// `ValueError`, `OverflowError`, `MemoryError`.
pub fn shift_left(a: &Int, b: &Int) -> PyResult<Ref<Int>> {
    if b.is_negative() {
        return Err(negative_shift_count());
    }
    if a.is_zero() {
        return Ok(Int::from_i64(0));
    }
    let Some(shift) = b.to_u64() else { return Err(super::too_many_digits()) };
    if let Some(value) = a.short_value()
        && shift < 63 - u64::from(64 - value.unsigned_abs().leading_zeros())
    {
        return Ok(Int::from_i64(value << shift));
    }
    let digits = a.digits();
    let words = shift / u64::from(SHIFT);
    if words > super::DIGITS_MAX as u64 {
        return Err(super::too_many_digits());
    }
    let size = digits.len() + words as usize + 1;
    let result = Int::alloc(&INT, size)?;
    // SAFETY: new, allocated for so many digits.
    let count = bits::shift_left(digits, shift, unsafe { result.digits_mut(size) });
    Ok(Int::finish(result, a.is_negative(), count))
}

/// `a >> b`.
///
/// # Errors
///
/// `ValueError`, `MemoryError`.
pub fn shift_right(a: &Int, b: &Int) -> PyResult<Ref<Int>> {
    if b.is_negative() {
        return Err(negative_shift_count());
    }
    let shift = b.to_u64().unwrap_or(u64::MAX);
    if let Some(value) = a.short_value() {
        return Ok(Int::from_i64(value >> shift.min(63)));
    }
    let digits = a.digits();
    let words = (shift / u64::from(SHIFT)).min(digits.len() as u64) as usize;
    let size = digits.len() - words + 1;
    let result = Int::alloc(&INT, size)?;
    // SAFETY: new, allocated for so many digits.
    let out = unsafe { result.digits_mut(size) };
    let count = bits::shift_right(digits, a.is_negative(), shift, out);
    Ok(Int::finish(result, a.is_negative(), count))
}

/// `pow(a, b)` and `pow(a, b, c)`.
fn power(a: &Int, b: &Int, modulus: Option<&Int>) -> PyResult {
    let Some(modulus) = modulus else {
        if b.is_negative() {
            return crate::float::power(a.to_f64()?, b.to_f64()?);
        }
        if let Some(value) = short_power(a, b) {
            return Ok(Int::from_i64(value).upcast());
        }
        let result = a.to_bigint().pow(&b.to_bigint()).map_err(from_numeric)?;
        return Int::try_from_bigint(&result).into_py();
    };
    if modulus.is_zero() {
        return Err(value_error!("pow() 3rd argument cannot be 0"));
    }
    let result =
        a.to_bigint().pow_mod(&b.to_bigint(), &modulus.to_bigint()).map_err(from_numeric)?;
    Int::try_from_bigint(&result).into_py()
}

/// A power that fits a machine word.
#[inline]
fn short_power(a: &Int, b: &Int) -> Option<i64> {
    let base = a.short_value()?;
    let exponent = u32::try_from(b.short_value()?).ok()?;
    base.checked_pow(exponent)
}

macro_rules! two_ints {
    ($a:ident, $b:ident) => {
        let (Some($a), Some($b)) = ($a.downcast::<Int>(), $b.downcast::<Int>()) else {
            return Ok(not_implemented());
        };
    };
}

#[pyslots]
impl Int {
    #[allow(clippy::new_ret_no_self, reason = "a slot, named as CPython names it")]
    fn new(ty: &Type, args: Args<'_>) -> PyResult {
        convert::new(ty, args)
    }

    fn vectorcall(ty: &Type, args: Args<'_>) -> PyResult {
        convert::vectorcall(ty, args)
    }

    unsafe fn dealloc(object: std::ptr::NonNull<Object>) {
        // SAFETY: passed on.
        unsafe { super::dealloc(object) }
    }

    fn repr(&self) -> PyResult<Ref<Str>> {
        convert::to_decimal(self)
    }

    fn hash(&self) -> PyResult<isize> {
        Ok(self.hash_value())
    }

    fn richcompare(a: &Object, b: &Object, op: CompareOp) -> PyResult {
        two_ints!(a, b);
        Ok(bool_ref(op.accepts(arith::compare(a, b))))
    }

    fn nb_add(a: &Object, b: &Object) -> PyResult {
        two_ints!(a, b);
        arith::add(a, b).into_py()
    }

    fn nb_subtract(a: &Object, b: &Object) -> PyResult {
        two_ints!(a, b);
        arith::subtract(a, b).into_py()
    }

    fn nb_multiply(a: &Object, b: &Object) -> PyResult {
        two_ints!(a, b);
        arith::multiply(a, b).into_py()
    }

    fn nb_remainder(a: &Object, b: &Object) -> PyResult {
        two_ints!(a, b);
        remainder(a, b).into_py()
    }

    fn nb_divmod(a: &Object, b: &Object) -> PyResult {
        two_ints!(a, b);
        let (quotient, remainder) = divmod(a, b)?;
        Ok(tuple::from_array([quotient.upcast(), remainder.upcast()]).upcast())
    }

    fn nb_power(a: &Object, b: &Object, c: &Object) -> PyResult {
        two_ints!(a, b);
        if is_none(c) {
            return power(a, b, None);
        }
        match c.downcast::<Int>() {
            Some(c) => power(a, b, Some(c)),
            None => Ok(not_implemented()),
        }
    }

    fn nb_negative(&self) -> PyResult<Ref<Int>> {
        match self.short_value() {
            Some(value) => Ok(Int::from_i64(-value)),
            None => Int::from_digits(!self.is_negative(), self.digits()),
        }
    }

    fn nb_positive(&self) -> PyResult<Ref<Int>> {
        self.exact()
    }

    fn nb_absolute(&self) -> PyResult<Ref<Int>> {
        if self.is_negative() { Int::from_digits(false, self.digits()) } else { self.exact() }
    }

    fn nb_bool(&self) -> PyResult<bool> {
        Ok(!self.is_zero())
    }

    fn nb_invert(&self) -> PyResult<Ref<Int>> {
        match self.short_value() {
            Some(value) => Ok(Int::from_i64(!value)),
            None => Int::try_from_bigint(&!&self.to_bigint()),
        }
    }

    fn nb_lshift(a: &Object, b: &Object) -> PyResult {
        two_ints!(a, b);
        shift_left(a, b).into_py()
    }

    fn nb_rshift(a: &Object, b: &Object) -> PyResult {
        two_ints!(a, b);
        shift_right(a, b).into_py()
    }

    fn nb_and(a: &Object, b: &Object) -> PyResult {
        two_ints!(a, b);
        arith::and(a, b).into_py()
    }

    fn nb_xor(a: &Object, b: &Object) -> PyResult {
        two_ints!(a, b);
        arith::xor(a, b).into_py()
    }

    fn nb_or(a: &Object, b: &Object) -> PyResult {
        two_ints!(a, b);
        arith::or(a, b).into_py()
    }

    fn nb_int(&self) -> PyResult<Ref<Int>> {
        self.exact()
    }

    fn nb_float(&self) -> PyResult<f64> {
        self.to_f64()
    }

    fn nb_floor_divide(a: &Object, b: &Object) -> PyResult {
        two_ints!(a, b);
        floor_divide(a, b).into_py()
    }

    fn nb_true_divide(a: &Object, b: &Object) -> PyResult {
        two_ints!(a, b);
        true_divide(a, b).into_py()
    }

    fn nb_index(&self) -> PyResult<Ref<Int>> {
        self.exact()
    }
}

impl Int {
    /// `hash(self)`.
    #[inline]
    pub fn hash_value(&self) -> isize {
        if self.is_compact() {
            let value = self.compact_value();
            return if value == -1 { -2 } else { value };
        }
        hash_int(self.is_negative(), self.digits()) as isize
    }
}
