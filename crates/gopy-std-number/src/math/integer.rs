//! The functions of `math` that count: factorials, permutations, combinations.

use gopy_core::error::{from_numeric, overflow_error, value_error};
use gopy_core::int::Int;
use gopy_core::number;
use gopy_numeric::int::BigInt;
use gopy_object::{Object, PyResult, Ref};

/// `x = fraction * 2**exponent` of a positive int, the fraction rounded to a float.
pub fn frexp(x: &BigInt) -> (f64, u64) {
    let bits = x.bit_length();
    let cut = bits.saturating_sub(64);
    let top = x.shift_right(cut);
    let exact = cut == 0 || top.shift_left(cut).is_ok_and(|again| again == *x);
    // A bit that stands for all that was cut off makes rounding right.
    let top = top.to_u64().unwrap_or(u64::MAX) | u64::from(!exact);
    let fraction = top as f64 / 2f64.powi(bits.min(64) as i32);
    (fraction, bits)
}

/// The product of all ints from `first` to `last`.
fn product(first: u64, last: u64) -> BigInt {
    if first > last {
        return BigInt::from(1i64);
    }
    if last - first < 8 {
        let mut result = BigInt::from(1i64);
        let mut word = 1u64;
        for factor in first..=last {
            match word.checked_mul(factor) {
                Some(next) => word = next,
                None => {
                    result = &result * &BigInt::from(word);
                    word = factor;
                }
            }
        }
        return &result * &BigInt::from(word);
    }
    let middle = first + (last - first) / 2;
    &product(first, middle) * &product(middle + 1, last)
}

/// `n!`.
pub fn factorial(n: &Object) -> PyResult {
    let n = number::index(n)?;
    if n.is_negative() {
        return Err(value_error!("factorial() not defined for negative values"));
    }
    let Some(n) = n.to_i64() else {
        return Err(overflow_error!("factorial() argument should not exceed {}", i64::MAX));
    };
    let result = match n {
        0..=20 => BigInt::from((2..=n).product::<i64>()),
        _ => product(2, n as u64),
    };
    Int::try_from_bigint(&result).map(Ref::upcast)
}

/// Both arguments as ints, checked.
fn arguments(n: &Object, k: &Object) -> PyResult<(BigInt, BigInt)> {
    let (n, k) = (number::index(n)?, number::index(k)?);
    if n.is_negative() {
        return Err(value_error!("n must be a non-negative integer"));
    }
    if k.is_negative() {
        return Err(value_error!("k must be a non-negative integer"));
    }
    Ok((n.to_bigint(), k.to_bigint()))
}

/// `n * (n - 1) * … `, `k` factors.
fn falling(n: &BigInt, k: u64) -> BigInt {
    if let Some(n) = n.to_u64() {
        return product(n - k + 1, n);
    }
    if k == 0 {
        return BigInt::from(1i64);
    }
    if k == 1 {
        return n.clone();
    }
    let half = k / 2;
    &falling(n, half) * &falling(&(n - &BigInt::from(half)), k - half)
}

/// `n! / (n - k)!`.
pub fn perm(n: &Object, k: &Object) -> PyResult {
    let (n, k) = arguments(n, k)?;
    if k > n {
        return Ok(Int::from_i64(0).upcast());
    }
    let Some(k) = k.to_i64() else {
        return Err(overflow_error!("k must not exceed {}", i64::MAX));
    };
    Int::try_from_bigint(&falling(&n, k as u64)).map(Ref::upcast)
}

/// `n! / (k! * (n - k)!)`.
pub fn comb(n: &Object, k: &Object) -> PyResult {
    let (n, k) = arguments(n, k)?;
    if k > n {
        return Ok(Int::from_i64(0).upcast());
    }
    let rest = &n - &k;
    let k = if rest < k { rest } else { k };
    let Some(k) = k.to_i64() else {
        return Err(overflow_error!("min(n - k, k) must not exceed {}", i64::MAX));
    };
    // As long as intermediate values fit, each step divides without remainder.
    if let Some(n) = n.to_u64() {
        let mut result = 1u128;
        let mut step = 0u64;
        while step < k as u64 {
            let Some(next) = result.checked_mul(u128::from(n - step)) else { break };
            step += 1;
            result = next / u128::from(step);
        }
        if step == k as u64 {
            return Ok(Int::from_u128(result).upcast());
        }
    }
    let result = falling(&n, k as u64).floor_div(&product(2, k as u64)).map_err(from_numeric)?;
    Int::try_from_bigint(&result).map(Ref::upcast)
}
