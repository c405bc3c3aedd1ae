//! `cmath`: functions of complex numbers.
//!
//! Answers to `Modules/cmathmodule.c`. The formulas are those that keep every result within a few units in
//! the last place; the C library computes the real functions below them.

use std::f64::consts::{E, LN_2, LN_10, PI, TAU};

use gopy_core::argument::{FromArg, Place};
use gopy_core::complex::{Complex, Fault, Value, as_complex};
use gopy_core::error::{overflow_error, value_error};
use gopy_core::float::Float;
use gopy_core::{module, tuple};
use gopy_macros::pymodule;
use gopy_object::{Exception, Object, PyResult, Ref};

use crate::math::libm;

mod special;

use special::{Table, look_up};

type Outcome = Result<Value, Fault>;

/// Beyond this, squares and sums may overflow.
const LARGE: f64 = f64::MAX / 4.0;

fn sqrt_large() -> f64 {
    LARGE.sqrt()
}

fn log_large() -> f64 {
    libm::log(LARGE)
}

fn z(real: f64, imag: f64) -> Value {
    Value { real, imag }
}

fn is_finite(v: Value) -> bool {
    v.real.is_finite() && v.imag.is_finite()
}

/// The entry of a table for what is not finite.
fn special(table: &Table, v: Value) -> Option<Value> {
    if is_finite(v) {
        return None;
    }
    let (real, imag) = look_up(table, v.real, v.imag);
    Some(z(real, imag))
}

/// `log(1 + x)` that keeps the sign of zero.
fn log1p(x: f64) -> f64 {
    if x == 0.0 { x } else { libm::log1p(x) }
}

/// i·v
fn turned(v: Value) -> Value {
    z(-v.imag, v.real)
}

/// −i·v
fn turned_back(v: Value) -> Value {
    z(v.imag, -v.real)
}

fn overflow_checked(v: Value) -> Outcome {
    if v.real.is_infinite() || v.imag.is_infinite() { Err(Fault::Range) } else { Ok(v) }
}

fn acos(v: Value) -> Outcome {
    if let Some(result) = special(&special::ACOS, v) {
        return Ok(result);
    }
    if v.real.abs() > LARGE || v.imag.abs() > LARGE {
        let length = libm::log((v.real / 2.0).hypot(v.imag / 2.0)) + LN_2 * 2.0;
        return Ok(z(libm::atan2(v.imag.abs(), v.real), -length.copysign(v.imag)));
    }
    let s1 = sqrt(z(1.0 - v.real, -v.imag))?;
    let s2 = sqrt(z(1.0 + v.real, v.imag))?;
    let imag = libm::asinh(s2.real * s1.imag - s2.imag * s1.real);
    Ok(z(2.0 * libm::atan2(s1.real, s2.real), imag))
}

fn acosh(v: Value) -> Outcome {
    if let Some(result) = special(&special::ACOSH, v) {
        return Ok(result);
    }
    if v.real.abs() > LARGE || v.imag.abs() > LARGE {
        let length = libm::log((v.real / 2.0).hypot(v.imag / 2.0)) + LN_2 * 2.0;
        return Ok(z(length, libm::atan2(v.imag, v.real)));
    }
    let s1 = sqrt(z(v.real - 1.0, v.imag))?;
    let s2 = sqrt(z(v.real + 1.0, v.imag))?;
    let real = libm::asinh(s1.real * s2.real + s1.imag * s2.imag);
    Ok(z(real, 2.0 * libm::atan2(s1.imag, s2.real)))
}

fn asin(v: Value) -> Outcome {
    asinh(turned(v)).map(turned_back)
}

fn asinh(v: Value) -> Outcome {
    if let Some(result) = special(&special::ASINH, v) {
        return Ok(result);
    }
    if v.real.abs() > LARGE || v.imag.abs() > LARGE {
        let length = libm::log((v.real / 2.0).hypot(v.imag / 2.0)) + LN_2 * 2.0;
        let real = if v.imag >= 0.0 { length.copysign(v.real) } else { -length.copysign(-v.real) };
        return Ok(z(real, libm::atan2(v.imag, v.real.abs())));
    }
    let s1 = sqrt(z(1.0 + v.imag, -v.real))?;
    let s2 = sqrt(z(1.0 - v.imag, v.real))?;
    let real = libm::asinh(s1.real * s2.imag - s2.real * s1.imag);
    Ok(z(real, libm::atan2(v.imag, s1.real * s2.real - s1.imag * s2.imag)))
}

fn atan(v: Value) -> Outcome {
    atanh(turned(v)).map(turned_back)
}

fn atanh(v: Value) -> Outcome {
    if let Some(result) = special(&special::ATANH, v) {
        return Ok(result);
    }
    if v.real < 0.0 {
        return atanh(z(-v.real, -v.imag)).map(|v| z(-v.real, -v.imag));
    }
    let ay = v.imag.abs();
    if v.real > sqrt_large() || ay > sqrt_large() {
        // 1/v ± iπ/2 is as near as it gets.
        let h = (v.real / 2.0).hypot(v.imag / 2.0);
        return Ok(z(v.real / 4.0 / h / h, (PI / 2.0).copysign(v.imag)));
    }
    if v.real == 1.0 && ay < f64::MIN_POSITIVE.sqrt() {
        if ay == 0.0 {
            return Err(Fault::Domain);
        }
        let real = -libm::log(ay.sqrt() / ay.hypot(2.0).sqrt());
        return Ok(z(real, (libm::atan2(2.0, -ay) / 2.0).copysign(v.imag)));
    }
    let rest = 1.0 - v.real;
    let real = log1p(4.0 * v.real / (rest * rest + ay * ay)) / 4.0;
    let imag = -libm::atan2(-2.0 * v.imag, rest * (1.0 + v.real) - ay * ay) / 2.0;
    Ok(z(real, imag))
}

fn cos(v: Value) -> Outcome {
    cosh(turned(v))
}

fn sin(v: Value) -> Outcome {
    sinh(turned(v)).map(turned_back)
}

fn tan(v: Value) -> Outcome {
    tanh(turned(v)).map(turned_back)
}

/// Whether the real part is infinite and the imaginary one a number that has a sign of its own.
fn is_infinite_ray(v: Value) -> bool {
    v.real.is_infinite() && v.imag.is_finite() && v.imag != 0.0
}

fn cosh(v: Value) -> Outcome {
    if !is_finite(v) {
        if is_infinite_ray(v) {
            let imag = f64::INFINITY.copysign(libm::sin(v.imag));
            let real = f64::INFINITY.copysign(libm::cos(v.imag));
            return Ok(z(real, if v.real > 0.0 { imag } else { -imag }));
        }
        if v.imag.is_infinite() && !v.real.is_nan() {
            return Err(Fault::Domain);
        }
        let (real, imag) = look_up(&special::COSH, v.real, v.imag);
        return Ok(z(real, imag));
    }
    if v.real.abs() > log_large() {
        let less = v.real - 1.0f64.copysign(v.real);
        return overflow_checked(z(
            libm::cos(v.imag) * libm::cosh(less) * E,
            libm::sin(v.imag) * libm::sinh(less) * E,
        ));
    }
    overflow_checked(z(
        libm::cos(v.imag) * libm::cosh(v.real),
        libm::sin(v.imag) * libm::sinh(v.real),
    ))
}

fn exp(v: Value) -> Outcome {
    if !is_finite(v) {
        if is_infinite_ray(v) {
            let size: f64 = if v.real > 0.0 { f64::INFINITY } else { 0.0 };
            return Ok(z(size.copysign(libm::cos(v.imag)), size.copysign(libm::sin(v.imag))));
        }
        let grows = v.real.is_finite() || v.real == f64::INFINITY;
        if v.imag.is_infinite() && grows {
            return Err(Fault::Domain);
        }
        let (real, imag) = look_up(&special::EXP, v.real, v.imag);
        return Ok(z(real, imag));
    }
    if v.real > log_large() {
        let size = libm::exp(v.real - 1.0);
        return overflow_checked(z(size * libm::cos(v.imag) * E, size * libm::sin(v.imag) * E));
    }
    let size = libm::exp(v.real);
    overflow_checked(z(size * libm::cos(v.imag), size * libm::sin(v.imag)))
}

fn log(v: Value) -> Outcome {
    const MANTISSA: i32 = f64::MANTISSA_DIGITS as i32;
    if let Some(result) = special(&special::LOG, v) {
        return Ok(result);
    }
    let (ax, ay) = (v.real.abs(), v.imag.abs());
    let real = if ax > LARGE || ay > LARGE {
        libm::log((ax / 2.0).hypot(ay / 2.0)) + LN_2
    } else if ax < f64::MIN_POSITIVE && ay < f64::MIN_POSITIVE {
        if ax == 0.0 && ay == 0.0 {
            return Err(Fault::Domain);
        }
        // The length may be subnormal: scaled up, it keeps its digits.
        let length = libm::ldexp(ax, MANTISSA).hypot(libm::ldexp(ay, MANTISSA));
        libm::log(length) - f64::from(MANTISSA) * LN_2
    } else {
        let h = ax.hypot(ay);
        if (0.71..=1.73).contains(&h) {
            let (most, least) = if ax > ay { (ax, ay) } else { (ay, ax) };
            log1p((most - 1.0) * (most + 1.0) + least * least) / 2.0
        } else {
            libm::log(h)
        }
    };
    Ok(z(real, libm::atan2(v.imag, v.real)))
}

fn log10(v: Value) -> Outcome {
    log(v).map(|v| z(v.real / LN_10, v.imag / LN_10))
}

fn sinh(v: Value) -> Outcome {
    if !is_finite(v) {
        if is_infinite_ray(v) {
            let real = f64::INFINITY.copysign(libm::cos(v.imag));
            let imag = f64::INFINITY.copysign(libm::sin(v.imag));
            return Ok(z(if v.real > 0.0 { real } else { -real }, imag));
        }
        if v.imag.is_infinite() && !v.real.is_nan() {
            return Err(Fault::Domain);
        }
        let (real, imag) = look_up(&special::SINH, v.real, v.imag);
        return Ok(z(real, imag));
    }
    if v.real.abs() > log_large() {
        let less = v.real - 1.0f64.copysign(v.real);
        return overflow_checked(z(
            libm::cos(v.imag) * libm::sinh(less) * E,
            libm::sin(v.imag) * libm::cosh(less) * E,
        ));
    }
    overflow_checked(z(
        libm::cos(v.imag) * libm::sinh(v.real),
        libm::sin(v.imag) * libm::cosh(v.real),
    ))
}

fn sqrt(v: Value) -> Outcome {
    // Odd, and enough to make a subnormal number normal.
    const SCALE_UP: i32 = 2 * (f64::MANTISSA_DIGITS as i32 / 2) + 1;
    const SCALE_DOWN: i32 = -(SCALE_UP + 1) / 2;
    if let Some(result) = special(&special::SQRT, v) {
        return Ok(result);
    }
    if v.real == 0.0 && v.imag == 0.0 {
        return Ok(z(0.0, v.imag));
    }
    let (ax, ay) = (v.real.abs(), v.imag.abs());
    let s = if ax < f64::MIN_POSITIVE && ay < f64::MIN_POSITIVE {
        let ax = libm::ldexp(ax, SCALE_UP);
        libm::ldexp((ax + ax.hypot(libm::ldexp(ay, SCALE_UP))).sqrt(), SCALE_DOWN)
    } else {
        let ax = ax / 8.0;
        2.0 * (ax + ax.hypot(ay / 8.0)).sqrt()
    };
    let d = ay / (2.0 * s);
    Ok(if v.real >= 0.0 { z(s, d.copysign(v.imag)) } else { z(d, s.copysign(v.imag)) })
}

fn tanh(v: Value) -> Outcome {
    if !is_finite(v) {
        if is_infinite_ray(v) {
            let real = 1.0f64.copysign(v.real);
            let sign = 2.0 * libm::sin(v.imag) * libm::cos(v.imag);
            return Ok(z(real, 0.0f64.copysign(sign)));
        }
        if v.imag.is_infinite() && v.real.is_finite() {
            return Err(Fault::Domain);
        }
        let (real, imag) = look_up(&special::TANH, v.real, v.imag);
        return Ok(z(real, imag));
    }
    if v.real.abs() > log_large() {
        let size = libm::exp(-2.0 * v.real.abs());
        let imag = 4.0 * libm::sin(v.imag) * libm::cos(v.imag) * size;
        return Ok(z(1.0f64.copysign(v.real), imag));
    }
    let (tx, ty) = (libm::tanh(v.real), libm::tan(v.imag));
    let cx = 1.0 / libm::cosh(v.real);
    let both = tx * ty;
    let denominator = 1.0 + both * both;
    Ok(z(tx * (1.0 + ty * ty) / denominator, ty / denominator * cx * cx))
}

fn rect(r: f64, phi: f64) -> Outcome {
    if !r.is_finite() || !phi.is_finite() {
        if is_infinite_ray(z(r, phi)) {
            let real = f64::INFINITY.copysign(libm::cos(phi));
            let imag = f64::INFINITY.copysign(libm::sin(phi));
            return Ok(if r > 0.0 { z(real, imag) } else { z(-real, -imag) });
        }
        if r != 0.0 && !r.is_nan() && phi.is_infinite() {
            return Err(Fault::Domain);
        }
        let (real, imag) = look_up(&special::RECT, r, phi);
        return Ok(z(real, imag));
    }
    if phi == 0.0 {
        return Ok(z(r, r * phi));
    }
    Ok(z(r * libm::cos(phi), r * libm::sin(phi)))
}

#[cold]
fn fault(fault: Fault) -> Exception {
    match fault {
        Fault::Domain => value_error!("math domain error"),
        Fault::Range => overflow_error!("math range error"),
    }
}

fn object(outcome: Outcome) -> PyResult<Ref<Complex>> {
    Complex::new_value(outcome.map_err(fault)?)
}

/// A complex number as an argument.
#[derive(Clone, Copy)]
pub struct Number(Value);

impl FromArg<'_> for Number {
    fn from_arg(arg: &Object, _place: &Place<'_>) -> PyResult<Self> {
        as_complex(arg).map(Number)
    }
}

/// The module `cmath`.
#[pymodule(name = "cmath")]
pub mod native {
    use super::*;

    #[pyfunction("($module, z, /)")]
    fn acos(z: Number) -> PyResult<Ref<Complex>> {
        object(super::acos(z.0))
    }

    #[pyfunction("($module, z, /)")]
    fn acosh(z: Number) -> PyResult<Ref<Complex>> {
        object(super::acosh(z.0))
    }

    #[pyfunction("($module, z, /)")]
    fn asin(z: Number) -> PyResult<Ref<Complex>> {
        object(super::asin(z.0))
    }

    #[pyfunction("($module, z, /)")]
    fn asinh(z: Number) -> PyResult<Ref<Complex>> {
        object(super::asinh(z.0))
    }

    #[pyfunction("($module, z, /)")]
    fn atan(z: Number) -> PyResult<Ref<Complex>> {
        object(super::atan(z.0))
    }

    #[pyfunction("($module, z, /)")]
    fn atanh(z: Number) -> PyResult<Ref<Complex>> {
        object(super::atanh(z.0))
    }

    #[pyfunction("($module, z, /)")]
    fn cos(z: Number) -> PyResult<Ref<Complex>> {
        object(super::cos(z.0))
    }

    #[pyfunction("($module, z, /)")]
    fn cosh(z: Number) -> PyResult<Ref<Complex>> {
        object(super::cosh(z.0))
    }

    #[pyfunction("($module, z, /)")]
    fn exp(z: Number) -> PyResult<Ref<Complex>> {
        object(super::exp(z.0))
    }

    #[pyfunction("($module, /, a, b, *, rel_tol=1e-09, abs_tol=0.0)")]
    fn isclose(a: Number, b: Number, rel_tol: Option<f64>, abs_tol: Option<f64>) -> PyResult<bool> {
        let (relative, absolute) = (rel_tol.unwrap_or(1e-9), abs_tol.unwrap_or(0.0));
        let (a, b) = (a.0, b.0);
        if relative < 0.0 || absolute < 0.0 {
            return Err(value_error!("tolerances must be non-negative"));
        }
        if a.real == b.real && a.imag == b.imag {
            return Ok(true);
        }
        if [a.real, a.imag, b.real, b.imag].iter().any(|part| part.is_infinite()) {
            return Ok(false);
        }
        // An overflow is an infinity here.
        let length = |v: Value| v.length().unwrap_or(f64::INFINITY);
        let difference = length(super::z(a.real - b.real, a.imag - b.imag));
        Ok(difference <= relative * length(b)
            || difference <= relative * length(a)
            || difference <= absolute)
    }

    #[pyfunction("($module, z, /)")]
    fn isfinite(z: Number) -> bool {
        is_finite(z.0)
    }

    #[pyfunction("($module, z, /)")]
    fn isinf(z: Number) -> bool {
        z.0.real.is_infinite() || z.0.imag.is_infinite()
    }

    #[pyfunction("($module, z, /)")]
    fn isnan(z: Number) -> bool {
        z.0.real.is_nan() || z.0.imag.is_nan()
    }

    #[pyfunction("($module, z, base=<unrepresentable>, /)")]
    fn log(z: Number, base: Option<&Object>) -> PyResult<Ref<Complex>> {
        let Some(base) = base else { return object(super::log(z.0)) };
        // Only what happens last counts as an error, as `errno` has it.
        let value = super::log(z.0)
            .unwrap_or_else(|_| super::z(f64::NEG_INFINITY, libm::atan2(z.0.imag, z.0.real)));
        let base = as_complex(base)?;
        let (divisor, outcome) = match super::log(base) {
            Ok(divisor) => (divisor, Ok(())),
            Err(error) => {
                (super::z(f64::NEG_INFINITY, libm::atan2(base.imag, base.real)), Err(error))
            }
        };
        object(outcome.and(value.quotient(divisor).ok_or(Fault::Domain)))
    }

    #[pyfunction("($module, z, /)")]
    fn log10(z: Number) -> PyResult<Ref<Complex>> {
        object(super::log10(z.0))
    }

    #[pyfunction("($module, z, /)")]
    fn phase(z: Number) -> PyResult<f64> {
        let phase = libm::atan2(z.0.imag, z.0.real);
        // The C library's `atan2` reports an underflow to zero, which CPython takes for an overflow.
        if phase == 0.0 && z.0.imag != 0.0 && z.0.real.is_finite() {
            return Err(fault(Fault::Range));
        }
        Ok(phase)
    }

    #[pyfunction("($module, z, /)")]
    fn polar(z: Number) -> PyResult<Ref> {
        let length = z.0.length().map_err(fault)?;
        let phase = libm::atan2(z.0.imag, z.0.real);
        let parts = [length, phase].map(|part| Float::new(part).upcast());
        Ok(tuple::from_array(parts).upcast())
    }

    #[pyfunction("($module, r, phi, /)")]
    fn rect(r: f64, phi: f64) -> PyResult<Ref<Complex>> {
        object(super::rect(r, phi))
    }

    #[pyfunction("($module, z, /)")]
    fn sin(z: Number) -> PyResult<Ref<Complex>> {
        object(super::sin(z.0))
    }

    #[pyfunction("($module, z, /)")]
    fn sinh(z: Number) -> PyResult<Ref<Complex>> {
        object(super::sinh(z.0))
    }

    #[pyfunction("($module, z, /)")]
    fn sqrt(z: Number) -> PyResult<Ref<Complex>> {
        object(super::sqrt(z.0))
    }

    #[pyfunction("($module, z, /)")]
    fn tan(z: Number) -> PyResult<Ref<Complex>> {
        object(super::tan(z.0))
    }

    #[pyfunction("($module, z, /)")]
    fn tanh(z: Number) -> PyResult<Ref<Complex>> {
        object(super::tanh(z.0))
    }

    #[pyexec]
    fn exec(module: &Object) -> PyResult<()> {
        module::add(module, "pi", PI)?;
        module::add(module, "e", E)?;
        module::add(module, "tau", TAU)?;
        module::add(module, "inf", f64::INFINITY)?;
        module::add(module, "infj", Complex::new_value(z(0.0, f64::INFINITY)))?;
        module::add(module, "nan", f64::NAN)?;
        module::add(module, "nanj", Complex::new_value(z(0.0, f64::NAN)))
    }
}

pub use native::MODULE;
