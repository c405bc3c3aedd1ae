//! Number theory on integers: gcd, modular powers and inverses, square roots.
//!
//! Answers to `_PyLong_GCD`, `long_invmod` and `long_pow` of `Objects/longobject.c` and to
//! `math.isqrt`.

use super::{BigInt, Digits, MASK, SHIFT};
use crate::error::{NumericError, Result};
use std::mem::{replace, swap};

/// A 2x2 step of Euclid's algorithm that stands for many divisions.
struct Step {
    a: i64,
    b: i64,
    c: i64,
    d: i64,
}

/// Lehmer's inner loop: runs Euclid on the top bits while the quotients are certain.
fn lehmer_step(a: &[u32], b: &[u32]) -> Option<Step> {
    let size = a.len();
    let bits = 32 - a[size - 1].leading_zeros();
    let top = |n: &[u32]| {
        let at = |i: usize| i64::from(n.get(i).copied().unwrap_or(0));
        (at(size - 1) << (2 * SHIFT - bits))
            | (at(size - 2) << (SHIFT - bits))
            | (at(size - 3) >> bits)
    };
    let (mut x, mut y) = (top(a), top(b));
    let mut step = Step { a: 1, b: 0, c: 0, d: 1 };
    let mut count = 0u32;
    while y != step.c {
        let q = (x + (step.a - 1)) / (y - step.c);
        let s = step.b + q * step.d;
        let t = x - q * y;
        if s > t {
            break;
        }
        (x, y) = (y, t);
        let t = step.a + q * step.c;
        step = Step { a: step.d, b: step.c, c: s, d: t };
        count += 1;
    }
    match count {
        0 => None,
        n if n & 1 == 1 => Some(Step { a: -step.b, b: -step.a, c: -step.d, d: -step.c }),
        _ => Some(step),
    }
}

/// `p*x - q*y`, known not to be negative.
fn combine(p: i64, x: &[u32], q: i64, y: &[u32]) -> BigInt {
    let mut out = Digits::with_capacity(x.len());
    let mut carry = 0i64;
    for i in 0..x.len().max(y.len()) {
        let at = |n: &[u32]| i64::from(n.get(i).copied().unwrap_or(0));
        carry += p * at(x) - q * at(y);
        out.push((carry & i64::from(MASK)) as u32);
        carry >>= SHIFT;
    }
    debug_assert_eq!(carry, 0);
    BigInt::from_parts(false, out)
}

impl BigInt {
    /// `math.gcd(self, other)`
    pub fn gcd(&self, other: &BigInt) -> BigInt {
        let (mut a, mut b) = (self.abs(), other.abs());
        if a < b {
            swap(&mut a, &mut b);
        }
        while a.digits().len() > 2 {
            if b.is_zero() {
                return a;
            }
            (a, b) = match lehmer_step(a.digits(), b.digits()) {
                Some(step) => (
                    combine(step.a, a.digits(), step.b, b.digits()),
                    combine(step.d, b.digits(), step.c, a.digits()),
                ),
                None => {
                    let (_, remainder) = a.divrem_truncated(&b);
                    (b, remainder)
                }
            };
        }
        let (mut x, mut y) = (a.to_u64().unwrap_or(0), b.to_u64().unwrap_or(0));
        while y != 0 {
            (x, y) = (y, x % y);
        }
        BigInt::from(x)
    }

    /// The inverse of `self` modulo `modulus`, which is positive.
    fn inverse_mod(&self, modulus: &BigInt) -> Result<BigInt> {
        let (mut b, mut c) = (BigInt::from(1), BigInt::zero());
        let (mut a, mut n) = (self.clone(), modulus.clone());
        while !n.is_zero() {
            let (q, r) = a.divmod(&n)?;
            a = replace(&mut n, r);
            let s = &b - &(&q * &c);
            b = replace(&mut c, s);
        }
        if a.as_compact() != Some(1) {
            return Err(NumericError::value("base is not invertible for the given modulus"));
        }
        Ok(b)
    }

    /// `pow(self, exponent, modulus)`
    pub fn pow_mod(&self, exponent: &BigInt, modulus: &BigInt) -> Result<BigInt> {
        if modulus.is_zero() {
            return Err(NumericError::value("pow() 3rd argument cannot be 0"));
        }
        let positive = modulus.abs();
        if positive.as_compact() == Some(1) {
            return Ok(BigInt::zero());
        }
        let mut base = self.clone();
        if exponent.is_negative() {
            base = base.inverse_mod(&positive)?;
        }
        base = base.modulo(&positive)?;
        let result = power_window(&base, &exponent.abs(), &positive);
        if modulus.is_negative() && !result.is_zero() {
            return Ok(&result + modulus);
        }
        Ok(result)
    }

    /// `math.isqrt(self)`; the caller has refused negative numbers.
    pub fn isqrt(&self) -> BigInt {
        debug_assert!(!self.is_negative());
        if let Some(small) = self.to_u64() {
            return BigInt::from(small.isqrt());
        }
        // Each round doubles the number of correct bits (see the proof in math.isqrt's source).
        let c = (self.bit_length() - 1) / 2;
        let mut a = BigInt::from(1);
        let mut d = 0;
        for s in (0..64 - c.leading_zeros()).rev() {
            let e = d;
            d = c >> s;
            let high = self.shift_right(2 * c - e - d + 1);
            let (q, _) = high.divrem_truncated(&a);
            a = &a.shift_left(d - e - 1).unwrap_or_default() + &q;
        }
        if a.square() > *self { &a - &BigInt::from(1) } else { a }
    }
}

/// `base ** exponent % modulus`, four bits of the exponent at a time.
fn power_window(base: &BigInt, exponent: &BigInt, modulus: &BigInt) -> BigInt {
    let reduce = |value: BigInt| value.divrem_truncated(modulus).1;
    let bits = exponent.bit_length();
    let bit = |i: u64| exponent.digits()[(i / 30) as usize] >> (i % 30) & 1;
    let mut result = BigInt::from(1);
    if bits <= 16 {
        for i in (0..bits).rev() {
            result = reduce(result.square());
            if bit(i) == 1 {
                result = reduce(&result * base);
            }
        }
        return reduce(result);
    }
    let mut table = vec![BigInt::from(1), base.clone()];
    for i in 2..16 {
        let next = reduce(&table[i - 1] * base);
        table.push(next);
    }
    for nibble in (0..bits.div_ceil(4)).rev() {
        let mut index = 0;
        for i in (nibble * 4..nibble * 4 + 4).rev() {
            result = reduce(result.square());
            index = index << 1 | if i < bits { bit(i) as usize } else { 0 };
        }
        if index != 0 {
            result = reduce(&result * &table[index]);
        }
    }
    result
}
