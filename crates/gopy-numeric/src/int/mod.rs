//! Integers as CPython sees them: sign and magnitude, 30-bit digits, least significant first.
//!
//! Answers to `Objects/longobject.c`. The object `int` keeps its digits inline, so the kernels in
//! [`magnitude`] read `&[u32]` and write into `&mut [u32]`; [`BigInt`] owns its digits, for the
//! lexer, constant folding and whoever has no objects.
//!
//! Keeps true: every digit is below 2**30; a magnitude that is handed out has no leading zero
//! digit; zero is the empty slice and never negative.

pub mod bigint;
pub mod bits;
pub mod convert;
pub mod magnitude;
pub mod math;
pub mod parse;
pub mod text;

mod huge;
#[cfg(test)]
mod tests;

pub use bigint::BigInt;

/// Bits in a digit.
pub const SHIFT: u32 = 30;
/// One more than the largest digit.
pub const BASE: u32 = 1 << SHIFT;
/// The largest digit.
pub const MASK: u32 = BASE - 1;

/// Owned digits; up to four (120 bits) live without a heap block.
pub type Digits = smallvec::SmallVec<[u32; 4]>;

/// The default of `sys.set_int_max_str_digits`.
pub const MAX_STR_DIGITS_DEFAULT: usize = 4300;
/// The least non-zero limit; texts up to this many digits are never refused.
pub const MAX_STR_DIGITS_THRESHOLD: usize = 640;
