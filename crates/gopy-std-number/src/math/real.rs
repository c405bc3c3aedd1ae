//! Functions of floats that CPython computes itself, in the same steps so that every bit agrees.

use gopy_core::error::{overflow_error, value_error};
use gopy_object::PyResult;

use super::{domain_error, libm, range_error};

/// A product or sum with its rounding error.
#[derive(Clone, Copy)]
struct DoubleLength {
    hi: f64,
    lo: f64,
}

/// The exact sum where `|a| >= |b|`.
fn fast_sum(a: f64, b: f64) -> DoubleLength {
    let hi = a + b;
    DoubleLength { hi, lo: (a - hi) + b }
}

/// The exact sum (Knuth).
fn exact_sum(a: f64, b: f64) -> DoubleLength {
    let hi = a + b;
    let z = hi - a;
    DoubleLength { hi, lo: (a - (hi - z)) + (b - z) }
}

/// The exact product.
fn exact_product(a: f64, b: f64) -> DoubleLength {
    let hi = a * b;
    DoubleLength { hi, lo: libm::fma(a, b, -hi) }
}

/// A sum in three words (Ogita, Rump, Oishi: Accurate Sum and Dot Product).
#[derive(Clone, Copy, Default)]
pub struct TripleLength {
    hi: f64,
    lo: f64,
    tiny: f64,
}

impl TripleLength {
    /// `self + x * y`.
    pub fn fma(self, x: f64, y: f64) -> TripleLength {
        let product = exact_product(x, y);
        let sum = exact_sum(self.hi, product.hi);
        let first = exact_sum(self.lo, product.lo);
        let second = exact_sum(first.hi, sum.lo);
        TripleLength { hi: sum.hi, lo: second.hi, tiny: self.tiny + first.lo + second.lo }
    }

    /// Whether the sum is a number.
    pub fn is_finite(self) -> bool {
        self.hi.is_finite()
    }

    /// The sum, rounded.
    pub fn value(self) -> f64 {
        let last = exact_sum(self.lo, self.hi);
        self.tiny + last.lo + last.hi
    }
}

/// Mantissa from 0.5 up to 1 and exponent.
pub fn frexp(x: f64) -> (f64, i32) {
    if x == 0.0 || !x.is_finite() {
        return (x, 0);
    }
    let bits = x.to_bits();
    let exponent = (bits >> 52 & 0x7ff) as i32;
    if exponent == 0 {
        // Subnormal: made normal first.
        let (mantissa, exponent) = frexp(x * 2f64.powi(54));
        return (mantissa, exponent - 54);
    }
    let mantissa = bits & !(0x7ff << 52) | 0x3fe << 52;
    (f64::from_bits(mantissa), exponent - 1022)
}

/// The square root of the sum of squares of `values`, which are not negative; `max` is the largest.
pub fn vector_norm(values: &mut [f64], max: f64, found_nan: bool) -> f64 {
    if max.is_infinite() {
        return max;
    }
    if found_nan {
        return f64::NAN;
    }
    if max == 0.0 || values.len() <= 1 {
        return max;
    }
    let (_, exponent) = frexp(max);
    if exponent < -1023 {
        // The scale would overflow: subnormals are made normal first.
        for value in values.iter_mut() {
            *value /= f64::MIN_POSITIVE;
        }
        return f64::MIN_POSITIVE * vector_norm(values, max / f64::MIN_POSITIVE, found_nan);
    }
    let scale = libm::ldexp(1.0, -exponent);
    // Starts at 1, so that it is always the larger operand.
    let mut sum = 1.0;
    let (mut products, mut sums) = (0.0, 0.0);
    for value in values.iter() {
        let x = value * scale;
        let square = exact_product(x, x);
        let next = fast_sum(sum, square.hi);
        sum = next.hi;
        products += square.lo;
        sums += next.lo;
    }
    let mut root = (sum - 1.0 + (products + sums)).sqrt();
    // One step of Newton's method with the exact remainder.
    let square = exact_product(-root, root);
    let next = fast_sum(sum, square.hi);
    sum = next.hi;
    products += square.lo;
    sums += next.lo;
    let remainder = sum - 1.0 + (products + sums);
    root += remainder / (2.0 * root);
    root / scale
}

/// An exact sum of floats: partial sums that do not overlap (Shewchuk).
#[derive(Default)]
pub struct ExactSum {
    partials: Vec<f64>,
    special: f64,
    infinities: f64,
}

impl ExactSum {
    /// Adds a float.
    pub fn add(&mut self, original: f64) -> PyResult<()> {
        let mut x = original;
        let mut kept = 0;
        for index in 0..self.partials.len() {
            let mut y = self.partials[index];
            if x.abs() < y.abs() {
                std::mem::swap(&mut x, &mut y);
            }
            let hi = x + y;
            let lo = y - (hi - x);
            if lo != 0.0 {
                self.partials[kept] = lo;
                kept += 1;
            }
            x = hi;
        }
        self.partials.truncate(kept);
        if x == 0.0 {
            return Ok(());
        }
        if !x.is_finite() {
            if original.is_finite() {
                return Err(overflow_error!("intermediate overflow in fsum"));
            }
            if original.is_infinite() {
                self.infinities += original;
            }
            self.special += original;
            self.partials.clear();
            return Ok(());
        }
        self.partials.push(x);
        Ok(())
    }

    /// The sum, rounded once.
    pub fn finish(mut self) -> PyResult<f64> {
        if self.special != 0.0 {
            if self.infinities.is_nan() {
                return Err(value_error!("-inf + inf in fsum"));
            }
            return Ok(self.special);
        }
        let Some(mut hi) = self.partials.pop() else { return Ok(0.0) };
        let mut lo = 0.0;
        while let Some(y) = self.partials.pop() {
            let x = hi;
            hi = x + y;
            lo = y - (hi - x);
            if lo != 0.0 {
                break;
            }
        }
        // Halfway cases: the next partial says which way to round.
        if let Some(&next) = self.partials.last()
            && ((lo < 0.0 && next < 0.0) || (lo > 0.0 && next > 0.0))
        {
            let y = lo * 2.0;
            let x = hi + y;
            if y == x - hi {
                hi = x;
            }
        }
        Ok(hi)
    }
}

/// `sin(pi * x)` of a finite number.
fn sin_pi(x: f64) -> f64 {
    const PI: f64 = std::f64::consts::PI;
    let y = libm::fmod(x.abs(), 2.0);
    let result = match (2.0 * y).round() as i32 {
        0 => libm::sin(PI * y),
        1 => libm::cos(PI * (y - 0.5)),
        2 => libm::sin(PI * (1.0 - y)),
        3 => -libm::cos(PI * (y - 1.5)),
        _ => libm::sin(PI * (y - 2.0)),
    };
    1f64.copysign(x) * result
}

#[allow(clippy::excessive_precision)]
const LANCZOS_G: f64 = 6.024_680_040_776_729_583_740_234_375;
#[allow(clippy::excessive_precision)]
const LANCZOS_G_MINUS_HALF: f64 = 5.524_680_040_776_729_583_740_234_375;
#[allow(clippy::excessive_precision)]
const LANCZOS_NUMERATOR: [f64; 13] = [
    23531376880.410759688572007674451636754734846804940,
    42919803642.649098768957899047001988850926355848959,
    35711959237.355668049440185451547166705960488635843,
    17921034426.037209699919755754458931112671403265390,
    6039542586.3520280050642916443072979210699388420708,
    1439720407.3117216736632230727949123939715485786772,
    248874557.86205415651146038641322942321632125127801,
    31426415.585400194380614231628318205362874684987640,
    2876370.6289353724412254090516208496135991145378768,
    186056.26539522349504029498971604569928220784236328,
    8071.6720023658162106380029022722506138218516325024,
    210.82427775157934587250973392071336271166969580291,
    2.5066282746310002701649081771338373386264310793408,
];
const LANCZOS_DENOMINATOR: [f64; 13] = [
    0.0,
    39916800.0,
    120543840.0,
    150917976.0,
    105258076.0,
    45995730.0,
    13339535.0,
    2637558.0,
    357423.0,
    32670.0,
    1925.0,
    66.0,
    1.0,
];

/// Lanczos' sum for a positive number.
fn lanczos_sum(x: f64) -> f64 {
    let (mut numerator, mut denominator) = (0.0, 0.0);
    let coefficients = LANCZOS_NUMERATOR.iter().zip(&LANCZOS_DENOMINATOR);
    if x < 5.0 {
        for (n, d) in coefficients.rev() {
            numerator = numerator * x + n;
            denominator = denominator * x + d;
        }
    } else {
        // In powers of 1/x, so that large numbers do not overflow.
        for (n, d) in coefficients {
            numerator = numerator / x + n;
            denominator = denominator / x + d;
        }
    }
    numerator / denominator
}

/// The Gamma function by Lanczos' approximation.
pub fn gamma(x: f64) -> f64 {
    if !x.is_finite() {
        return if x == f64::NEG_INFINITY { f64::NAN } else { x };
    }
    if x == 0.0 {
        return f64::INFINITY.copysign(x);
    }
    if x == x.floor() {
        if x < 0.0 {
            return f64::NAN;
        }
        if x <= 23.0 {
            // Factorials up to 22! are exact in this order of multiplication.
            return (2..x as u64).map(|factor| factor as f64).product();
        }
    }
    let size = x.abs();
    if size < 1e-20 {
        return 1.0 / x;
    }
    if size > 200.0 {
        return if x < 0.0 { 0.0 / sin_pi(x) } else { f64::INFINITY };
    }
    let y = size + LANCZOS_G_MINUS_HALF;
    // The rounding error of that sum.
    let error = if size > LANCZOS_G_MINUS_HALF {
        let q = y - size;
        q - LANCZOS_G_MINUS_HALF
    } else {
        let q = y - LANCZOS_G_MINUS_HALF;
        q - size
    };
    let correction = error * LANCZOS_G / y;
    let root = || libm::pow(y, size / 2.0 - 0.25);
    if x < 0.0 {
        let mut result =
            -std::f64::consts::PI / sin_pi(size) / size * libm::exp(y) / lanczos_sum(size);
        result -= correction * result;
        if size < 140.0 { result / libm::pow(y, size - 0.5) } else { result / root() / root() }
    } else {
        let mut result = lanczos_sum(size) / libm::exp(y);
        result += correction * result;
        if size < 140.0 { result * libm::pow(y, size - 0.5) } else { result * root() * root() }
    }
}

/// The logarithm of the absolute value of the Gamma function.
pub fn lgamma(x: f64) -> f64 {
    const LOG_PI: f64 = 1.144_729_885_849_400_2;
    if !x.is_finite() {
        return if x.is_nan() { x } else { f64::INFINITY };
    }
    if x == x.floor() && x <= 2.0 {
        return if x <= 0.0 { f64::INFINITY } else { 0.0 };
    }
    let size = x.abs();
    if size < 1e-20 {
        return -libm::log(size);
    }
    let mut result = libm::log(lanczos_sum(size)) - LANCZOS_G;
    result += (size - 0.5) * (libm::log(size + LANCZOS_G - 0.5) - 1.0);
    if x < 0.0 {
        result = LOG_PI - libm::log(sin_pi(size).abs()) - libm::log(size) - result;
    }
    result
}

/// A logarithm that is NaN left of 0 and -inf at 0.
fn log_with(x: f64, f: fn(f64) -> f64) -> f64 {
    if x > 0.0 {
        return if x.is_finite() { f(x) } else { x };
    }
    match x {
        _ if x == 0.0 => f64::NEG_INFINITY,
        _ if x.is_nan() => x,
        _ => f64::NAN,
    }
}

/// The natural logarithm.
pub fn log(x: f64) -> f64 {
    log_with(x, libm::log)
}

/// The binary logarithm.
pub fn log2(x: f64) -> f64 {
    log_with(x, libm::log2)
}

/// The decimal logarithm.
pub fn log10(x: f64) -> f64 {
    log_with(x, libm::log10)
}

/// The IEEE remainder.
pub fn remainder(x: f64, y: f64) -> f64 {
    if x.is_finite() && y.is_finite() {
        if y == 0.0 {
            return f64::NAN;
        }
        let (size, divisor) = (x.abs(), y.abs());
        let m = libm::fmod(size, divisor);
        let complement = divisor - m;
        let result = if m < complement {
            m
        } else if m > complement {
            -complement
        } else {
            // Halfway: the even multiple.
            m - 2.0 * libm::fmod(0.5 * (size - m), divisor)
        };
        return 1f64.copysign(x) * result;
    }
    if x.is_nan() {
        x
    } else if y.is_nan() {
        y
    } else if x.is_infinite() {
        f64::NAN
    } else {
        x
    }
}

/// `x ** y` with the errors of `math.pow`.
pub fn pow(x: f64, y: f64) -> PyResult<f64> {
    if x.is_finite() && y.is_finite() {
        let result = libm::pow(x, y);
        if result.is_nan() || (result.is_infinite() && x == 0.0) {
            return Err(domain_error());
        }
        if result.is_infinite() {
            return Err(range_error());
        }
        return Ok(result);
    }
    Ok(if x.is_nan() {
        if y == 0.0 { 1.0 } else { x }
    } else if y.is_nan() {
        if x == 1.0 { 1.0 } else { y }
    } else if x.is_infinite() {
        let odd = y.is_finite() && libm::fmod(y.abs(), 2.0) == 1.0;
        if y > 0.0 {
            if odd { x } else { x.abs() }
        } else if y == 0.0 {
            1.0
        } else if odd {
            0f64.copysign(x)
        } else {
            0.0
        }
    } else if x.abs() == 1.0 {
        1.0
    } else if y > 0.0 && x.abs() > 1.0 {
        y
    } else if y < 0.0 && x.abs() < 1.0 {
        -y
    } else {
        0.0
    })
}

/// The value of the last bit.
pub fn ulp(x: f64) -> f64 {
    if x.is_nan() {
        return x;
    }
    let x = x.abs();
    if x.is_infinite() {
        return x;
    }
    let above = libm::nextafter(x, f64::INFINITY);
    if above.is_infinite() {
        // The largest float has no neighbour above.
        return x - libm::nextafter(x, f64::NEG_INFINITY);
    }
    above - x
}

/// The float `steps` places after `x` towards `y`.
pub fn next_after_steps(x: f64, y: f64, steps: u64) -> f64 {
    if steps == 0 {
        return x;
    }
    if x.is_nan() {
        return x;
    }
    if y.is_nan() {
        return y;
    }
    if x == y {
        return y;
    }
    const SIGN: u64 = 1 << 63;
    let (from, to) = (x.to_bits(), y.to_bits());
    let (a, b) = (from & !SIGN, to & !SIGN);
    let bits = if (from ^ to) & SIGN != 0 {
        // Towards zero and beyond.
        if steps >= a + b {
            return y;
        }
        if steps > a { to & SIGN | (steps - a) } else { from - steps }
    } else if a > b {
        if a - b >= steps { from - steps } else { return y }
    } else if b - a >= steps {
        from + steps
    } else {
        return y;
    };
    f64::from_bits(bits)
}
