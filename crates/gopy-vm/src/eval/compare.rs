//! Comparisons.
//!
//! Answers to COMPARE_OP and `COMPARISON_BIT` of `Python/bytecodes.c`.

use gopy_core::bool_;
use gopy_core::object;
use gopy_object::typeobj::CompareOp;
use gopy_object::{PyResult, Ref};

use super::natives::Truth;

/// Bits of COMPARE_OP's argument: the outcomes that are true.
const UNORDERED: u32 = 1;
const LESS: u32 = 2;
const GREATER: u32 = 4;
const EQUAL: u32 = 8;

/// The operator of COMPARE_OP's argument.
#[inline(always)]
pub fn operator(oparg: u32) -> CompareOp {
    match oparg >> 5 {
        0 => CompareOp::Lt,
        1 => CompareOp::Le,
        2 => CompareOp::Eq,
        3 => CompareOp::Ne,
        4 => CompareOp::Gt,
        _ => CompareOp::Ge,
    }
}

/// The truth of a comparison's result.
///
/// # Errors
///
/// What `__bool__` raises.
#[inline(never)]
pub fn truth(compared: Ref) -> PyResult<Truth> {
    if bool_::is_bool(&compared) {
        return Ok(Truth::from(compared.is(bool_::bool_object(true))));
    }
    object::is_true(&compared).map(Truth::from)
}

/// The bit of how two ints compare.
#[inline(always)]
pub fn outcome(x: isize, y: isize) -> u32 {
    if x == y {
        EQUAL
    } else if x < y {
        LESS
    } else {
        GREATER
    }
}

/// The bit of how two floats compare.
#[inline(always)]
pub fn outcome_float(x: f64, y: f64) -> u32 {
    if x == y {
        EQUAL
    } else if x < y {
        LESS
    } else if x > y {
        GREATER
    } else {
        UNORDERED
    }
}

/// The bit of equality; unequal counts as "less or greater".
#[inline(always)]
pub fn outcome_equal(equal: bool) -> u32 {
    if equal { EQUAL } else { LESS }
}
