//! `int`: arbitrary precision, sign and magnitude, 30-bit digits inline.
//!
//! Answers to `Objects/longobject.c`.

#![allow(missing_docs, unused_variables)]

use std::cell::Cell;

use gopy_macros::pyclass;
use gopy_numeric::int::BigInt;
use gopy_object::{GilCell, Instance, Object, PyResult, Ref, Type};

/// An `int`: a tag and digits, least significant first, inline.
///
/// `tag` is CPython's `lv_tag`: bits 0–1 are the sign (0 positive, 1 zero, 2 negative), bit 2 says
/// immortal small int, the rest is the number of digits.
#[pyclass(name = "int", static = INT, basicsize = 24, itemsize = 4,
    flags(BASETYPE, LONG_SUBCLASS, MATCH_SELF), no_methods, no_slots, manual_traverse)]
#[repr(C)]
pub struct Int {
    object: Object,
    tag: Cell<usize>,
    /// The first digit; further ones follow.
    digit: Cell<u32>,
}

gopy_object::leaf_traverse!(Int);

impl Int {
    pub fn from_i64(value: i64) -> Ref<Int> {
        todo!()
    }
    pub fn from_u64(value: u64) -> Ref<Int> {
        todo!()
    }
    pub fn from_u128(value: u128) -> Ref<Int> {
        todo!()
    }
    pub fn from_f64(value: f64) -> PyResult<Ref<Int>> {
        todo!()
    }
    pub fn from_bigint(value: &BigInt) -> Ref<Int> {
        todo!()
    }
    /// The value where it fits.
    #[inline]
    pub fn to_i64(&self) -> Option<i64> {
        todo!()
    }
    pub fn to_u64(&self) -> Option<u64> {
        todo!()
    }
    pub fn to_bigint(&self) -> BigInt {
        todo!()
    }
    /// OverflowError "int too large to convert to float".
    pub fn to_f64(&self) -> PyResult<f64> {
        todo!()
    }
    #[inline(always)]
    pub fn digits(&self) -> &[u32] {
        todo!()
    }
    #[inline(always)]
    pub fn is_negative(&self) -> bool {
        todo!()
    }
    #[inline(always)]
    pub fn is_zero(&self) -> bool {
        todo!()
    }
    /// At most one digit: what the specialiser calls compact.
    #[inline(always)]
    pub fn is_compact(&self) -> bool {
        todo!()
    }
    /// The value of a compact int.
    #[inline(always)]
    pub fn compact_value(&self) -> isize {
        todo!()
    }
}
