//! Kernels on magnitudes: compare, add, subtract, multiply, divide.
//!
//! Answers to `x_add`, `x_sub`, `x_mul`, `x_divrem` and kin of `Objects/longobject.c`. Each kernel
//! writes into a buffer whose least length its comment states, and returns how many digits of it
//! count. Inputs are normalized (no leading zero digit), so are outputs.

use super::{BASE, Digits, MASK, SHIFT, huge};
use std::cmp::Ordering;

/// How many digits of `a` count.
#[inline]
pub fn normalized_len(a: &[u32]) -> usize {
    let mut n = a.len();
    while n > 0 && a[n - 1] == 0 {
        n -= 1;
    }
    n
}

/// `a` without leading zero digits.
#[inline]
pub fn normalize(a: &[u32]) -> &[u32] {
    &a[..normalized_len(a)]
}

/// Compares two normalized magnitudes.
#[inline]
pub fn compare(a: &[u32], b: &[u32]) -> Ordering {
    a.len().cmp(&b.len()).then_with(|| a.iter().rev().cmp(b.iter().rev()))
}

/// `a + b`; `out` holds at least `max(len) + 1` digits.
pub fn add(a: &[u32], b: &[u32], out: &mut [u32]) -> usize {
    let (a, b) = if a.len() >= b.len() { (a, b) } else { (b, a) };
    let mut carry = 0;
    let (low, high) = a.split_at(b.len());
    let (out_low, out_high) = out.split_at_mut(b.len());
    for ((x, y), o) in low.iter().zip(b).zip(out_low) {
        carry += x + y;
        *o = carry & MASK;
        carry >>= SHIFT;
    }
    for (x, o) in high.iter().zip(out_high.iter_mut()) {
        carry += x;
        *o = carry & MASK;
        carry >>= SHIFT;
    }
    out_high[high.len()] = carry;
    a.len() + (carry != 0) as usize
}

/// `|a - b|` and whether `a < b`; `out` holds at least `max(len)` digits.
pub fn sub(a: &[u32], b: &[u32], out: &mut [u32]) -> (usize, bool) {
    match compare(a, b) {
        Ordering::Equal => (0, false),
        Ordering::Greater => (sub_smaller(a, b, out), false),
        Ordering::Less => (sub_smaller(b, a, out), true),
    }
}

/// `a - b` where `a >= b`.
fn sub_smaller(a: &[u32], b: &[u32], out: &mut [u32]) -> usize {
    let mut borrow = 0u32;
    for (i, &x) in a.iter().enumerate() {
        let y = b.get(i).copied().unwrap_or(0);
        let d = x.wrapping_sub(y).wrapping_sub(borrow);
        out[i] = d & MASK;
        borrow = (d >> SHIFT) & 1;
    }
    debug_assert_eq!(borrow, 0);
    normalized_len(&out[..a.len()])
}

/// `a * b`; `out` holds at least `a.len() + b.len()` digits.
pub fn mul(a: &[u32], b: &[u32], out: &mut [u32]) -> usize {
    let size = a.len() + b.len();
    let out = &mut out[..size];
    let (a, b) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    if a.len() < huge::MULTIPLY_CUTOFF {
        schoolbook(a, b, out);
    } else {
        huge::mul(a, b, out);
    }
    normalized_len(out)
}

fn schoolbook(a: &[u32], b: &[u32], out: &mut [u32]) {
    out.fill(0);
    if std::ptr::eq(a, b) {
        return square(a, out);
    }
    for (i, &x) in a.iter().enumerate() {
        let x = u64::from(x);
        let mut carry = 0u64;
        let (row, rest) = out[i..].split_at_mut(b.len());
        for (y, o) in b.iter().zip(row) {
            carry += u64::from(*o) + x * u64::from(*y);
            *o = (carry & u64::from(MASK)) as u32;
            carry >>= SHIFT;
        }
        rest[0] = carry as u32;
    }
}

/// Each product of two different digits is needed twice: computed once, doubled.
fn square(a: &[u32], out: &mut [u32]) {
    for (i, &x) in a.iter().enumerate() {
        let x = u64::from(x);
        let mut carry = u64::from(out[2 * i]) + x * x;
        out[2 * i] = (carry & u64::from(MASK)) as u32;
        carry >>= SHIFT;
        let twice = x << 1;
        let mut at = 2 * i + 1;
        for &y in &a[i + 1..] {
            carry += u64::from(out[at]) + twice * u64::from(y);
            out[at] = (carry & u64::from(MASK)) as u32;
            carry >>= SHIFT;
            at += 1;
        }
        while carry != 0 {
            carry += u64::from(out[at]);
            out[at] = (carry & u64::from(MASK)) as u32;
            carry >>= SHIFT;
            at += 1;
        }
    }
}

/// `a * factor + addend` in place; returns the digit that did not fit.
pub fn mul_add_small(a: &mut [u32], factor: u32, addend: u32) -> u32 {
    let mut carry = u64::from(addend);
    for x in a {
        carry += u64::from(*x) * u64::from(factor);
        *x = (carry & u64::from(MASK)) as u32;
        carry >>= SHIFT;
    }
    carry as u32
}

/// `a // n` into `quotient` (as long as `a`), its length and `a % n`; `0 < n < 2**30`.
pub fn divrem_small(a: &[u32], n: u32, quotient: &mut [u32]) -> (usize, u32) {
    let n = u64::from(n);
    let mut rem = 0u64;
    for (x, q) in a.iter().zip(quotient.iter_mut()).rev() {
        let top = (rem << SHIFT) | u64::from(*x);
        *q = (top / n) as u32;
        rem = top % n;
    }
    (normalized_len(&quotient[..a.len()]), rem as u32)
}

/// `a % n`; `0 < n < 2**30`.
pub fn rem_small(a: &[u32], n: u32) -> u32 {
    let n = u64::from(n);
    a.iter().rev().fold(0u64, |rem, &x| ((rem << SHIFT) | u64::from(x)) % n) as u32
}

/// `divmod(a, b)` of magnitudes, `b` not zero.
///
/// `quotient` holds at least `max(a.len() - b.len() + 1, 0)` digits, `remainder` at least
/// `b.len()`. Returns both lengths.
pub fn divrem(a: &[u32], b: &[u32], quotient: &mut [u32], remainder: &mut [u32]) -> (usize, usize) {
    if compare(a, b) == Ordering::Less {
        remainder[..a.len()].copy_from_slice(a);
        return (0, a.len());
    }
    if let &[n] = b {
        let (len, rem) = divrem_small(a, n, quotient);
        remainder[0] = rem;
        return (len, (rem != 0) as usize);
    }
    if b.len() >= huge::DIVIDE_CUTOFF && a.len() - b.len() >= huge::DIVIDE_CUTOFF {
        return huge::divrem(a, b, quotient, remainder);
    }
    divrem_knuth(a, b, quotient, remainder)
}

/// Knuth's algorithm D, 2 digits or more in `b`, `a >= b`.
fn divrem_knuth(
    a: &[u32],
    b: &[u32],
    quotient: &mut [u32],
    remainder: &mut [u32],
) -> (usize, usize) {
    let n = b.len();
    let d = b[n - 1].leading_zeros() - (32 - SHIFT);
    let mut w = Digits::from_elem(0, n);
    shift_left_bits(b, d, &mut w);
    let mut v = Digits::from_elem(0, a.len() + 1);
    v[a.len()] = shift_left_bits(a, d, &mut v[..a.len()]);
    let k = a.len() + 1 - n;
    let top = u64::from(w[n - 1]);
    let next = u64::from(w[n - 2]);
    for i in (0..k).rev() {
        let window = &mut v[i..=i + n];
        let two = (u64::from(window[n]) << SHIFT) | u64::from(window[n - 1]);
        let mut q = two / top;
        let mut r = two - q * top;
        while q >= u64::from(BASE) || next * q > ((r << SHIFT) | u64::from(window[n - 2])) {
            q -= 1;
            r += top;
            if r >= u64::from(BASE) {
                break;
            }
        }
        let mut borrow = 0i64;
        for (x, y) in window.iter_mut().zip(&w) {
            let z = i64::from(*x) + borrow - (q * u64::from(*y)) as i64;
            *x = (z & i64::from(MASK)) as u32;
            borrow = z >> SHIFT;
        }
        let z = i64::from(window[n]) + borrow;
        window[n] = 0;
        if z < 0 {
            let mut carry = 0;
            for (x, y) in window.iter_mut().zip(&w) {
                carry += *x + y;
                *x = carry & MASK;
                carry >>= SHIFT;
            }
            q -= 1;
        }
        quotient[i] = q as u32;
    }
    let mut carry = 0u32;
    for (x, o) in v[..n].iter().zip(remainder.iter_mut()).rev() {
        *o = (x >> d) | carry;
        carry = (u64::from(*x) << (SHIFT - d)) as u32 & MASK;
    }
    (normalized_len(&quotient[..k]), normalized_len(&remainder[..n]))
}

/// `a << bits` (`bits < 30`) into as many digits; returns what was shifted out.
pub(super) fn shift_left_bits(a: &[u32], bits: u32, out: &mut [u32]) -> u32 {
    debug_assert!(bits < SHIFT);
    let mut carry = 0u64;
    for (x, o) in a.iter().zip(out) {
        let wide = (u64::from(*x) << bits) | carry;
        *o = (wide & u64::from(MASK)) as u32;
        carry = wide >> SHIFT;
    }
    carry as u32
}

/// How many bits the magnitude has.
#[inline]
pub fn bit_length(a: &[u32]) -> u64 {
    match a.last() {
        Some(top) => (a.len() as u64 - 1) * u64::from(SHIFT) + u64::from(32 - top.leading_zeros()),
        None => 0,
    }
}

/// How many bits of the magnitude are set.
pub fn bit_count(a: &[u32]) -> u64 {
    a.iter().map(|x| u64::from(x.count_ones())).sum()
}
