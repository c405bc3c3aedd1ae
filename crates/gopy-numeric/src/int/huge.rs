//! The sub-quadratic kernel for huge integers: `dashu-int`, behind 30-bit digits.
//!
//! Stands for `Lib/_pylong.py` and, from the cutoffs on, for `k_mul` of `Objects/longobject.c`:
//! the values are the same, only sooner: at 70 digits, where CPython turns to Karatsuba, this
//! kernel with its conversions already beats a Karatsuba on 30-bit digits. Converting to 64-bit words and back is linear.
//!
//! Chosen by measurement (µs, release, this kernel and `num-bigint` 0.4):
//!
//! | decimal digits | multiply | divide 2n by n | to text | from text |
//! | --- | --- | --- | --- | --- |
//! | 1e3, dashu | 1.3 | 2.7 | 6.5 | 1.5 |
//! | 1e3, num | 1.6 | 3.6 | 6.8 | 2.0 |
//! | 1e5, dashu | 3377 | 4427 | 5515 | 3056 |
//! | 1e5, num | 2109 | 4688 | 5962 | 8287 |

use super::{Digits, MASK, SHIFT, magnitude::normalized_len};
use dashu_int::{UBig, Word, ops::DivRem};

/// Both factors are at least this long.
pub(super) const MULTIPLY_CUTOFF: usize = 64;
/// Divisor and quotient are at least this long.
pub(super) const DIVIDE_CUTOFF: usize = 48;
/// Digits from which on text is made here.
pub(super) const TEXT_CUTOFF: usize = 32;
/// Decimal digits from which on text is read here.
pub(super) const PARSE_CUTOFF: usize = 400;

fn pack(digits: &[u32]) -> UBig {
    let mut words: Vec<Word> =
        Vec::with_capacity(digits.len() * SHIFT as usize / Word::BITS as usize + 1);
    let (mut acc, mut bits) = (0u128, 0);
    for &digit in digits {
        acc |= u128::from(digit) << bits;
        bits += SHIFT;
        if bits >= Word::BITS {
            words.push(acc as Word);
            acc >>= Word::BITS;
            bits -= Word::BITS;
        }
    }
    if bits != 0 {
        words.push(acc as Word);
    }
    UBig::from_words(&words)
}

/// Writes all of `out`; returns how many digits count.
fn unpack(value: &UBig, out: &mut [u32]) -> usize {
    let (mut acc, mut bits, mut at) = (0u128, 0, 0);
    for &word in value.as_words() {
        acc |= (word as u128) << bits;
        bits += Word::BITS;
        while bits >= SHIFT && at < out.len() {
            out[at] = acc as u32 & MASK;
            acc >>= SHIFT;
            bits -= SHIFT;
            at += 1;
        }
    }
    if at < out.len() {
        out[at] = acc as u32 & MASK;
        out[at + 1..].fill(0);
    }
    normalized_len(out)
}

pub(super) fn mul(a: &[u32], b: &[u32], out: &mut [u32]) {
    let product = if std::ptr::eq(a, b) { pack(a).sqr() } else { pack(a) * pack(b) };
    unpack(&product, out);
}

pub(super) fn divrem(
    a: &[u32],
    b: &[u32],
    quotient: &mut [u32],
    remainder: &mut [u32],
) -> (usize, usize) {
    let (q, r) = pack(a).div_rem(pack(b));
    (unpack(&q, quotient), unpack(&r, remainder))
}

pub(super) fn write_decimal(digits: &[u32], out: &mut Vec<u8>) {
    out.extend_from_slice(pack(digits).to_string().as_bytes());
}

/// Decimal digits and underscores, already checked.
pub(super) fn parse_decimal(text: &[u8]) -> Digits {
    let clean: String = text.iter().filter(|&&b| b != b'_').map(|&b| char::from(b)).collect();
    let value = UBig::from_str_radix(&clean, 10).expect("only digits were let through");
    let size = (value.as_words().len() * Word::BITS as usize).div_ceil(SHIFT as usize);
    let mut digits = Digits::from_elem(0, size);
    let n = unpack(&value, &mut digits);
    digits.truncate(n);
    digits
}
