//! `math`.
//!
//! Answers to `Modules/mathmodule.c`. Functions of one or two floats are the C library's, with
//! CPython's errors; [`real`] has those that CPython computes itself, [`integer`] those of ints.

use gopy_core::error::{memory_error, overflow_error, type_error, value_error};
use gopy_core::float::{self, FLOAT, Float};
use gopy_core::int::{INT, Int};
use gopy_core::{argument, call, iter, module, number, object, sequence, str, tuple};
use gopy_macros::pymodule;
use gopy_numeric::int::BigInt;
use gopy_object::{Arg, Args, Exception, Instance, Object, PyResult, Ref};

mod integer;
mod real;

/// Functions of the C library, exact to what CPython is linked with.
pub(crate) mod libm {
    macro_rules! functions {
        ($($name:ident($($arg:ident: $ty:ty),*)),* $(,)?) => {
            mod c {
                unsafe extern "C" {
                    $(pub safe fn $name($($arg: $ty),*) -> f64;)*
                }
            }
            $(
                #[inline]
                pub fn $name($($arg: $ty),*) -> f64 {
                    c::$name($($arg),*)
                }
            )*
        };
    }

    functions! {
        acos(x: f64),
        acosh(x: f64),
        asin(x: f64),
        asinh(x: f64),
        atan(x: f64),
        atan2(y: f64, x: f64),
        atanh(x: f64),
        cbrt(x: f64),
        cos(x: f64),
        cosh(x: f64),
        erf(x: f64),
        erfc(x: f64),
        exp(x: f64),
        exp2(x: f64),
        expm1(x: f64),
        fma(x: f64, y: f64, z: f64),
        fmod(x: f64, y: f64),
        ldexp(x: f64, exponent: i32),
        log(x: f64),
        log10(x: f64),
        log1p(x: f64),
        log2(x: f64),
        nextafter(x: f64, y: f64),
        pow(x: f64, y: f64),
        sin(x: f64),
        sinh(x: f64),
        tan(x: f64),
        tanh(x: f64),
    }
}

#[cold]
fn domain_error() -> Exception {
    value_error!("math domain error")
}

#[cold]
fn range_error() -> Exception {
    overflow_error!("math range error")
}

/// The error of an argument outside of a function's domain; `{}` stands for the argument.
#[cold]
fn outside(x: f64, expected: &str) -> Exception {
    match object::repr(Float::new(x).as_object()) {
        Ok(shown) => value_error!("expected {expected}, got {shown}"),
        Err(error) => error,
    }
}

/// `f(x)`: NaN of a number is outside of the domain, so is an infinity of a finite number unless it is
/// an overflow.
fn checked(
    x: f64,
    f: impl FnOnce(f64) -> f64,
    can_overflow: bool,
    expected: &str,
) -> PyResult<f64> {
    let result = f(x);
    if result.is_finite() {
        return Ok(result);
    }
    if result.is_nan() && !x.is_nan() {
        return Err(if expected.is_empty() { domain_error() } else { outside(x, expected) });
    }
    if result.is_infinite() && x.is_finite() {
        return Err(match (can_overflow, expected.is_empty()) {
            (true, _) => range_error(),
            (false, true) => domain_error(),
            (false, false) => outside(x, expected),
        });
    }
    Ok(result)
}

/// `f(x, y)`: NaN of numbers and infinities of finite numbers are errors.
fn checked_two(x: f64, y: f64, f: fn(f64, f64) -> f64) -> PyResult<f64> {
    let result = f(x, y);
    if result.is_nan() && !x.is_nan() && !y.is_nan() {
        return Err(domain_error());
    }
    if result.is_infinite() && x.is_finite() && y.is_finite() {
        return Err(range_error());
    }
    Ok(result)
}

/// A logarithm, of ints of any size too.
fn logarithm(x: &Object, f: fn(f64) -> f64) -> PyResult<f64> {
    let Some(int) = x.downcast::<Int>() else {
        return checked(float::as_f64(x)?, f, false, "a positive input");
    };
    if int.sign() <= 0 {
        return Err(value_error!("expected a positive input"));
    }
    match int.to_f64() {
        Ok(value) => Ok(f(value)),
        Err(error) if error.is_instance(&gopy_core::exceptions::OVERFLOW_ERROR) => {
            let (fraction, exponent) = integer::frexp(&int.to_bigint());
            Ok(f(fraction) + f(2.0) * exponent as f64)
        }
        Err(error) => Err(error),
    }
}

/// The distance of a point from the origin.
fn norm_of(coordinates: &mut [f64]) -> f64 {
    let mut max = 0.0;
    let mut found_nan = false;
    for x in coordinates.iter_mut() {
        *x = x.abs();
        found_nan |= x.is_nan();
        if *x > max {
            max = *x;
        }
    }
    real::vector_norm(coordinates, max, found_nan)
}

/// Calls a special method that rounds; `None` where the type has none.
fn round_with(x: &Object, name: &str) -> PyResult<Option<Ref>> {
    call::call_special(x, &str::interned(name), &[])
}

/// A value that need not be there, with `None` as a value of its own.
fn steps_of(steps: &Object) -> PyResult<u64> {
    let steps = number::index(steps)?;
    if steps.is_negative() {
        return Err(value_error!("steps must be a non-negative integer"));
    }
    Ok(steps.to_u64().unwrap_or(u64::MAX))
}

macro_rules! one_argument {
    ($($name:ident => $f:expr, $overflow:literal, $expected:literal;)*) => {
        /// Functions of one float.
        mod plain {
            use super::*;
            $(
                pub fn $name(x: f64) -> PyResult<f64> {
                    checked(x, $f, $overflow, $expected)
                }
            )*
        }
    };
}

one_argument! {
    acos => libm::acos, false, "a number in range from -1 up to 1";
    acosh => libm::acosh, false, "argument value not less than 1";
    asin => libm::asin, false, "a number in range from -1 up to 1";
    asinh => libm::asinh, false, "";
    atan => libm::atan, false, "";
    atanh => libm::atanh, false, "a number between -1 and 1";
    cbrt => libm::cbrt, false, "";
    cos => libm::cos, false, "a finite input";
    cosh => libm::cosh, true, "";
    exp => libm::exp, true, "";
    exp2 => libm::exp2, true, "";
    expm1 => libm::expm1, true, "";
    fabs => f64::abs, false, "";
    log1p => libm::log1p, false, "argument value > -1";
    sin => libm::sin, false, "a finite input";
    sinh => libm::sinh, true, "";
    sqrt => f64::sqrt, false, "a nonnegative input";
    tan => libm::tan, false, "a finite input";
    tanh => libm::tanh, false, "";
    lgamma => real::lgamma, true, "a noninteger or positive integer";
}

/// The module.
#[pymodule(name = "math")]
pub mod native {
    use super::*;

    #[pyfunction("($module, x, /)")]
    fn acos(x: f64) -> PyResult<f64> {
        plain::acos(x)
    }

    #[pyfunction("($module, x, /)")]
    fn acosh(x: f64) -> PyResult<f64> {
        // rebuild-times: math
        plain::acosh(x)
    }

    #[pyfunction("($module, x, /)")]
    fn asin(x: f64) -> PyResult<f64> {
        plain::asin(x)
    }

    #[pyfunction("($module, x, /)")]
    fn asinh(x: f64) -> PyResult<f64> {
        plain::asinh(x)
    }

    #[pyfunction("($module, x, /)")]
    fn atan(x: f64) -> PyResult<f64> {
        plain::atan(x)
    }

    #[pyfunction("($module, y, x, /)")]
    fn atan2(y: f64, x: f64) -> PyResult<f64> {
        checked_two(y, x, libm::atan2)
    }

    #[pyfunction("($module, x, /)")]
    fn atanh(x: f64) -> PyResult<f64> {
        plain::atanh(x)
    }

    #[pyfunction("($module, x, /)")]
    fn cbrt(x: f64) -> PyResult<f64> {
        plain::cbrt(x)
    }

    #[pyfunction("($module, x, /)")]
    fn ceil(x: &Object) -> PyResult {
        if let Some(x) = x.downcast_exact::<Float>() {
            return Int::from_f64(x.value().ceil()).map(Ref::upcast);
        }
        match round_with(x, "__ceil__")? {
            Some(result) => Ok(result),
            None => Int::from_f64(float::as_f64(x)?.ceil()).map(Ref::upcast),
        }
    }

    #[pyfunction("($module, n, k, /)")]
    fn comb(n: &Object, k: &Object) -> PyResult {
        integer::comb(n, k)
    }

    #[pyfunction("($module, x, y, /)")]
    fn copysign(x: f64, y: f64) -> f64 {
        x.copysign(y)
    }

    #[pyfunction("($module, x, /)")]
    fn cos(x: f64) -> PyResult<f64> {
        plain::cos(x)
    }

    #[pyfunction("($module, x, /)")]
    fn cosh(x: f64) -> PyResult<f64> {
        plain::cosh(x)
    }

    #[pyfunction("($module, x, /)")]
    fn degrees(x: f64) -> f64 {
        x * (180.0 / std::f64::consts::PI)
    }

    #[pyfunction("($module, p, q, /)")]
    fn dist(p: &Object, q: &Object) -> PyResult<f64> {
        let (p, q) = (sequence::to_tuple(p)?, sequence::to_tuple(q)?);
        if p.len() != q.len() {
            return Err(value_error!("both points must have the same number of dimensions"));
        }
        let mut differences = Vec::with_capacity(p.len());
        for (a, b) in p.items().iter().zip(q.items()) {
            let (a, b) = (float::as_f64(a)?, float::as_f64(b)?);
            differences.push(a - b);
        }
        Ok(norm_of(&mut differences))
    }

    #[pyfunction("($module, x, /)")]
    fn erf(x: f64) -> f64 {
        libm::erf(x)
    }

    #[pyfunction("($module, x, /)")]
    fn erfc(x: f64) -> f64 {
        libm::erfc(x)
    }

    #[pyfunction("($module, x, /)")]
    fn exp(x: f64) -> PyResult<f64> {
        plain::exp(x)
    }

    #[pyfunction("($module, x, /)")]
    fn exp2(x: f64) -> PyResult<f64> {
        plain::exp2(x)
    }

    #[pyfunction("($module, x, /)")]
    fn expm1(x: f64) -> PyResult<f64> {
        plain::expm1(x)
    }

    #[pyfunction("($module, x, /)")]
    fn fabs(x: f64) -> PyResult<f64> {
        plain::fabs(x)
    }

    #[pyfunction("($module, n, /)")]
    fn factorial(n: &Object) -> PyResult {
        integer::factorial(n)
    }

    #[pyfunction("($module, x, /)")]
    fn floor(x: &Object) -> PyResult {
        if let Some(x) = x.downcast_exact::<Float>() {
            return Int::from_f64(x.value().floor()).map(Ref::upcast);
        }
        match round_with(x, "__floor__")? {
            Some(result) => Ok(result),
            None => Int::from_f64(float::as_f64(x)?.floor()).map(Ref::upcast),
        }
    }

    #[pyfunction("($module, x, y, z, /)")]
    fn fma(x: f64, y: f64, z: f64) -> PyResult<f64> {
        let result = libm::fma(x, y, z);
        if result.is_nan() && !x.is_nan() && !y.is_nan() && !z.is_nan() {
            return Err(value_error!("invalid operation in fma"));
        }
        if result.is_infinite() && x.is_finite() && y.is_finite() && z.is_finite() {
            return Err(overflow_error!("overflow in fma"));
        }
        Ok(result)
    }

    #[pyfunction("($module, x, y, /)")]
    fn fmod(x: f64, y: f64) -> PyResult<f64> {
        if y.is_infinite() && x.is_finite() {
            return Ok(x);
        }
        let result = libm::fmod(x, y);
        if result.is_nan() && !x.is_nan() && !y.is_nan() {
            return Err(domain_error());
        }
        Ok(result)
    }

    #[pyfunction("($module, x, /)")]
    fn frexp(x: f64) -> Ref {
        let (mantissa, exponent) = real::frexp(x);
        let exponent = Int::from_i64(i64::from(exponent)).upcast();
        tuple::from_array([Float::new(mantissa).upcast(), exponent]).upcast()
    }

    #[pyfunction("($module, seq, /)")]
    fn fsum(seq: &Object) -> PyResult<f64> {
        let mut sum = real::ExactSum::default();
        iter::for_each(seq, |item| sum.add(float::as_f64(&item)?))?;
        sum.finish()
    }

    #[pyfunction("($module, x, /)")]
    fn gamma(x: f64) -> PyResult<f64> {
        let result = real::gamma(x);
        if x.is_finite() && (result.is_nan() || x == 0.0) || x == f64::NEG_INFINITY {
            return Err(outside(x, "a noninteger or positive integer"));
        }
        if result.is_infinite() && x.is_finite() {
            return Err(range_error());
        }
        Ok(result)
    }

    #[pyfunction("($module, /, *integers)")]
    fn gcd(integers: &[Arg<'_>]) -> PyResult {
        let mut result: Option<BigInt> = None;
        for item in integers {
            let item = number::index(item.object())?;
            result = Some(match result {
                None => item.to_bigint().abs(),
                Some(before) => before.gcd(&item.to_bigint()),
            });
        }
        Ok(Int::from_bigint(&result.unwrap_or_else(BigInt::zero)).upcast())
    }

    #[pyfunction("($module, /, *coordinates)")]
    fn hypot(coordinates: &[Arg<'_>]) -> PyResult<f64> {
        let mut values = Vec::with_capacity(coordinates.len());
        for item in coordinates {
            values.push(float::as_f64(item.object())?);
        }
        Ok(norm_of(&mut values))
    }

    #[pyfunction("($module, /, a, b, *, rel_tol=1e-09, abs_tol=0.0)")]
    fn isclose(a: f64, b: f64, rel_tol: Option<f64>, abs_tol: Option<f64>) -> PyResult<bool> {
        let (rel_tol, abs_tol) = (rel_tol.unwrap_or(1e-9), abs_tol.unwrap_or(0.0));
        if rel_tol < 0.0 || abs_tol < 0.0 {
            return Err(value_error!("tolerances must be non-negative"));
        }
        if a == b {
            return Ok(true);
        }
        if a.is_infinite() || b.is_infinite() {
            return Ok(false);
        }
        let difference = (b - a).abs();
        Ok(difference <= (rel_tol * b).abs()
            || difference <= (rel_tol * a).abs()
            || difference <= abs_tol)
    }

    #[pyfunction("($module, x, /)")]
    fn isfinite(x: f64) -> bool {
        x.is_finite()
    }

    #[pyfunction("($module, x, /)")]
    fn isinf(x: f64) -> bool {
        x.is_infinite()
    }

    #[pyfunction("($module, x, /)")]
    fn isnan(x: f64) -> bool {
        x.is_nan()
    }

    #[pyfunction("($module, n, /)")]
    fn isqrt(n: &Object) -> PyResult {
        let n = number::index(n)?;
        if n.is_negative() {
            return Err(value_error!("isqrt() argument must be nonnegative"));
        }
        Ok(Int::from_bigint(&n.to_bigint().isqrt()).upcast())
    }

    #[pyfunction("($module, /, *integers)")]
    fn lcm(integers: &[Arg<'_>]) -> PyResult {
        let mut result: Option<BigInt> = None;
        for item in integers {
            let item = number::index(item.object())?.to_bigint();
            result = Some(match result {
                None => item.abs(),
                Some(before) if before.is_zero() || item.is_zero() => BigInt::zero(),
                Some(before) => {
                    let common = before.gcd(&item);
                    let share =
                        before.floor_div(&common).map_err(gopy_core::error::from_numeric)?;
                    (&share * &item).abs()
                }
            });
        }
        Ok(Int::from_bigint(&result.unwrap_or_else(|| BigInt::from(1i64))).upcast())
    }

    #[pyfunction("($module, x, i, /)")]
    fn ldexp(x: f64, i: &Object) -> PyResult<f64> {
        let Some(exponent) = i.downcast::<Int>() else {
            return Err(type_error!("Expected an int as second argument to ldexp."));
        };
        if x == 0.0 || !x.is_finite() {
            return Ok(x);
        }
        let saturated = if exponent.is_negative() { i64::MIN } else { i64::MAX };
        match i32::try_from(exponent.to_i64().unwrap_or(saturated)) {
            Err(_) if exponent.is_negative() => Ok(0f64.copysign(x)),
            Err(_) => Err(range_error()),
            Ok(exponent) => {
                let result = libm::ldexp(x, exponent);
                if result.is_infinite() { Err(range_error()) } else { Ok(result) }
            }
        }
    }

    #[pyfunction("($module, x, /)")]
    fn lgamma(x: f64) -> PyResult<f64> {
        if x <= 0.0 && x.is_finite() && x == x.floor() {
            return Err(outside(x, "a noninteger or positive integer"));
        }
        plain::lgamma(x)
    }

    #[pyfunction(raw)]
    fn log(args: Args<'_>) -> PyResult {
        argument::no_keywords("math.log", args)?;
        argument::check_positional("log", args.len(), 1, 2)?;
        let natural = |x: &Object| logarithm(x, real::log).map(|y| Float::new(y).upcast());
        let numerator = match args.get(0) {
            Some(x) => natural(x)?,
            None => return Err(memory_error()),
        };
        match args.get(1) {
            None => Ok(numerator),
            Some(base) => number::true_divide(&numerator, &*natural(base)?),
        }
    }

    #[pyfunction("($module, x, /)")]
    fn log10(x: &Object) -> PyResult<f64> {
        logarithm(x, real::log10)
    }

    #[pyfunction("($module, x, /)")]
    fn log1p(x: f64) -> PyResult<f64> {
        plain::log1p(x)
    }

    #[pyfunction("($module, x, /)")]
    fn log2(x: &Object) -> PyResult<f64> {
        logarithm(x, real::log2)
    }

    #[pyfunction("($module, x, /)")]
    fn modf(x: f64) -> Ref {
        let (fraction, whole) = if x.is_infinite() {
            (0f64.copysign(x), x)
        } else if x.is_nan() {
            (x, x)
        } else {
            ((x - x.trunc()).copysign(x), x.trunc())
        };
        tuple::from_array([Float::new(fraction).upcast(), Float::new(whole).upcast()]).upcast()
    }

    #[pyfunction("($module, x, y, /, *, steps=None)")]
    fn nextafter(x: f64, y: f64, steps: Option<&Object>) -> PyResult<f64> {
        match steps {
            None => Ok(libm::nextafter(x, y)),
            Some(steps) => Ok(real::next_after_steps(x, y, steps_of(steps)?)),
        }
    }

    #[pyfunction("($module, n, k=None, /)")]
    fn perm(n: &Object, k: Option<&Object>) -> PyResult {
        match k {
            None => integer::factorial(n),
            Some(k) => integer::perm(n, k),
        }
    }

    #[pyfunction("($module, x, y, /)")]
    fn pow(x: f64, y: f64) -> PyResult<f64> {
        real::pow(x, y)
    }

    #[pyfunction("($module, iterable, /, *, start=1)")]
    fn prod(iterable: &Object, start: Option<&Object>) -> PyResult {
        let items = iter::get_iter(iterable)?;
        let mut result = match start {
            Some(start) => start.to_ref(),
            None => Int::from_i64(1).upcast(),
        };
        // Small ints and floats are multiplied without making objects.
        if let Some(product) = result.downcast_exact::<Int>().and_then(Int::to_i64) {
            let mut product = product;
            loop {
                let Some(item) = iter::next(&items)? else {
                    return Ok(Int::from_i64(product).upcast());
                };
                let factor = item.downcast_exact::<Int>().and_then(Int::to_i64);
                match factor.and_then(|factor| product.checked_mul(factor)) {
                    Some(next) => product = next,
                    None => {
                        let so_far = Int::from_i64(product);
                        result = number::multiply(so_far.as_object(), &item)?;
                        break;
                    }
                }
            }
        }
        if let Some(float) = result.downcast_exact::<Float>() {
            let mut product = float.value();
            loop {
                let Some(item) = iter::next(&items)? else {
                    return Ok(Float::new(product).upcast());
                };
                if let Some(factor) = item.downcast_exact::<Float>() {
                    product *= factor.value();
                } else if let Some(factor) = item.downcast_exact::<Int>().and_then(Int::to_i64) {
                    product *= factor as f64;
                } else {
                    let so_far = Float::new(product);
                    result = number::multiply(so_far.as_object(), &item)?;
                    break;
                }
            }
        }
        while let Some(item) = iter::next(&items)? {
            result = number::multiply(&result, &item)?;
        }
        Ok(result)
    }

    #[pyfunction("($module, x, /)")]
    fn radians(x: f64) -> f64 {
        x * (std::f64::consts::PI / 180.0)
    }

    #[pyfunction("($module, x, y, /)")]
    fn remainder(x: f64, y: f64) -> PyResult<f64> {
        checked_two(x, y, real::remainder)
    }

    #[pyfunction("($module, x, /)")]
    fn sin(x: f64) -> PyResult<f64> {
        plain::sin(x)
    }

    #[pyfunction("($module, x, /)")]
    fn sinh(x: f64) -> PyResult<f64> {
        plain::sinh(x)
    }

    #[pyfunction("($module, x, /)")]
    fn sqrt(x: f64) -> PyResult<f64> {
        plain::sqrt(x)
    }

    #[pyfunction("($module, p, q, /)")]
    fn sumprod(p: &Object, q: &Object) -> PyResult {
        sum_of_products(p, q)
    }

    #[pyfunction("($module, x, /)")]
    fn tan(x: f64) -> PyResult<f64> {
        plain::tan(x)
    }

    #[pyfunction("($module, x, /)")]
    fn tanh(x: f64) -> PyResult<f64> {
        plain::tanh(x)
    }

    #[pyfunction("($module, x, /)")]
    fn trunc(x: &Object) -> PyResult {
        if let Some(x) = x.downcast_exact::<Float>() {
            return Int::from_f64(x.value()).map(Ref::upcast);
        }
        match round_with(x, "__trunc__")? {
            Some(result) => Ok(result),
            None => Err(type_error!("type {:.100} doesn't define __trunc__ method", x.type_name())),
        }
    }

    #[pyfunction("($module, x, /)")]
    fn ulp(x: f64) -> f64 {
        real::ulp(x)
    }

    #[pyexec]
    fn exec(module: &Object) -> PyResult<()> {
        module::add(module, "pi", std::f64::consts::PI)?;
        module::add(module, "e", std::f64::consts::E)?;
        module::add(module, "tau", std::f64::consts::TAU)?;
        module::add(module, "inf", f64::INFINITY)?;
        module::add(module, "nan", f64::NAN)
    }
}

pub use native::MODULE;

/// The value of an exact float, or of an int or bool next to one.
fn float_beside(value: &Object, other_is_float: bool) -> Option<f64> {
    if let Some(value) = value.downcast_exact::<Float>() {
        return Some(value.value());
    }
    let plain = value.is_exact(&INT) || value.is_exact(&gopy_core::bool_::BOOL);
    if !(plain && other_is_float) {
        return None;
    }
    value.downcast::<Int>()?.to_f64().ok()
}

/// `sum(map(operator.mul, p, q, strict=True))`: ints in one word and floats in extended precision as
/// long as that works.
fn sum_of_products(p: &Object, q: &Object) -> PyResult {
    let (p, q) = (iter::get_iter(p)?, iter::get_iter(q)?);
    let mut total = Int::from_i64(0).upcast();
    let (mut ints, mut floats) = (true, true);
    let mut int_total: Option<i64> = None;
    let mut float_total: Option<real::TripleLength> = None;
    loop {
        let (a, b) = (iter::next(&p)?, iter::next(&q)?);
        if a.is_some() != b.is_some() {
            return Err(value_error!("Inputs are not the same length"));
        }
        let pair = a.zip(b);
        if ints {
            let product = pair.as_ref().and_then(|(a, b)| {
                let a = a.downcast_exact::<Int>()?.to_i64()?;
                a.checked_mul(b.downcast_exact::<Int>()?.to_i64()?)
            });
            let sum = product.and_then(|product| int_total.unwrap_or(0).checked_add(product));
            if sum.is_some() {
                int_total = sum;
                continue;
            }
            ints = false;
            if let Some(sum) = int_total {
                total = number::add(&total, Int::from_i64(sum).as_object())?;
            }
        }
        if floats {
            let sum = pair.as_ref().and_then(|(a, b)| {
                let x = float_beside(a, b.is_exact(&FLOAT))?;
                let y = float_beside(b, a.is_exact(&FLOAT))?;
                let sum = float_total.unwrap_or_default().fma(x, y);
                sum.is_finite().then_some(sum)
            });
            if sum.is_some() {
                float_total = sum;
                continue;
            }
            floats = false;
            if let Some(sum) = float_total {
                total = number::add(&total, Float::new(sum.value()).as_object())?;
            }
        }
        let Some((a, b)) = pair else { return Ok(total) };
        total = number::add(&total, &*number::multiply(&a, &b)?)?;
    }
}
