//! Shifts and bitwise operators with two's complement semantics.
//!
//! Answers to `long_lshift1`, `long_rshift1` and `long_bitwise` of `Objects/longobject.c`.

use super::magnitude::{normalized_len, shift_left_bits};
use super::{MASK, SHIFT};

/// A bitwise operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BitOp {
    /// `&`
    And,
    /// `|`
    Or,
    /// `^`
    Xor,
}

/// `a << bits`; `out` holds at least `a.len() + bits / 30 + 1` digits.
pub fn shift_left(a: &[u32], bits: u64, out: &mut [u32]) -> usize {
    if a.is_empty() {
        return 0;
    }
    let words = (bits / u64::from(SHIFT)) as usize;
    let rest = (bits % u64::from(SHIFT)) as u32;
    out[..words].fill(0);
    let end = words + a.len();
    out[end] = shift_left_bits(a, rest, &mut out[words..end]);
    normalized_len(&out[..=end])
}

/// `a >> bits`, rounding towards minus infinity when `negative`; `out` holds at least
/// `max(a.len() - bits / 30, 0) + 1` digits. The sign of the result is the input's.
pub fn shift_right(a: &[u32], negative: bool, bits: u64, out: &mut [u32]) -> usize {
    let words = bits / u64::from(SHIFT);
    if words >= a.len() as u64 {
        out[0] = negative as u32;
        return negative as usize;
    }
    let (lost, kept) = a.split_at(words as usize);
    let rest = (bits % u64::from(SHIFT)) as u32;
    let low_mask = (1u32 << rest) - 1;
    let inexact = kept[0] & low_mask != 0 || lost.iter().any(|&x| x != 0);
    let mut high = 0u64;
    for (x, o) in kept.iter().zip(out.iter_mut()).rev() {
        let wide = (high << SHIFT) | u64::from(*x);
        *o = (wide >> rest) as u32 & MASK;
        high = wide & u64::from(low_mask);
    }
    out[kept.len()] = 0;
    if negative && inexact {
        for o in out[..=kept.len()].iter_mut() {
            *o = (*o + 1) & MASK;
            if *o != 0 {
                break;
            }
        }
    }
    normalized_len(&out[..=kept.len()])
}

/// `a op b`; `out` holds at least `max(len) + 1` digits. Returns the length and whether the
/// result is negative.
pub fn bitwise(
    op: BitOp,
    (a, a_negative): (&[u32], bool),
    (b, b_negative): (&[u32], bool),
    out: &mut [u32],
) -> (usize, bool) {
    let negative = match op {
        BitOp::And => a_negative & b_negative,
        BitOp::Or => a_negative | b_negative,
        BitOp::Xor => a_negative ^ b_negative,
    };
    let size = a.len().max(b.len()) + 1;
    let out = &mut out[..size];
    let mut left = Complement::new(a_negative);
    let mut right = Complement::new(b_negative);
    let mut result = Complement::new(negative);
    for (i, o) in out.iter_mut().enumerate() {
        let x = left.next(a.get(i).copied().unwrap_or(0));
        let y = right.next(b.get(i).copied().unwrap_or(0));
        *o = result.next(match op {
            BitOp::And => x & y,
            BitOp::Or => x | y,
            BitOp::Xor => x ^ y,
        });
    }
    (normalized_len(out), negative)
}

/// Two's complement of a stream of digits, or the digits themselves.
struct Complement {
    flip: u32,
    carry: u32,
}

impl Complement {
    fn new(negative: bool) -> Self {
        Complement { flip: if negative { MASK } else { 0 }, carry: negative as u32 }
    }

    #[inline]
    fn next(&mut self, digit: u32) -> u32 {
        let sum = (digit ^ self.flip) + self.carry;
        self.carry = sum >> SHIFT;
        sum & MASK
    }
}
