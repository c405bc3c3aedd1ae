//! What the functions of complex numbers give where a part is infinite or no number.
//!
//! Rows are the real part, columns the imaginary one: −∞, negative, −0, 0, positive, ∞, NaN. The values are
//! those of Annex G of the C standard, as the oracle gives them.

use std::f64::consts::{FRAC_PI_2 as P12, FRAC_PI_4 as P14, PI};

const INF: f64 = f64::INFINITY;
const NAN: f64 = f64::NAN;

/// Real and imaginary part by the kinds of the arguments' parts.
pub(super) type Table = [[(f64, f64); 7]; 7];

const P34: f64 = 0.75 * PI;

/// Never looked at: the number is computed, or there is an error.
const NOT: (f64, f64) = (NAN, NAN);

/// The row or column of a number.
fn kind(x: f64) -> usize {
    match x {
        f64::NEG_INFINITY => 0,
        f64::INFINITY => 5,
        x if x.is_nan() => 6,
        x if x < 0.0 => 1,
        x if x > 0.0 => 4,
        x if x.is_sign_negative() => 2,
        _ => 3,
    }
}

/// The entry for a number.
pub(super) fn look_up(table: &Table, real: f64, imag: f64) -> (f64, f64) {
    table[kind(real)][kind(imag)]
}

/// `acos` where a part is no finite number.
pub(super) const ACOS: Table = [
    [(P34, INF), (PI, INF), (PI, INF), (PI, -INF), (PI, -INF), (P34, -INF), (NAN, INF)],
    [(P12, INF), NOT, NOT, NOT, NOT, (P12, -INF), (NAN, NAN)],
    [(P12, INF), NOT, NOT, NOT, NOT, (P12, -INF), (P12, NAN)],
    [(P12, INF), NOT, NOT, NOT, NOT, (P12, -INF), (P12, NAN)],
    [(P12, INF), NOT, NOT, NOT, NOT, (P12, -INF), (NAN, NAN)],
    [(P14, INF), (0.0, INF), (0.0, INF), (0.0, -INF), (0.0, -INF), (P14, -INF), (NAN, INF)],
    [(NAN, INF), (NAN, NAN), (NAN, NAN), (NAN, NAN), (NAN, NAN), (NAN, -INF), (NAN, NAN)],
];
/// `acosh` where a part is no finite number.
pub(super) const ACOSH: Table = [
    [(INF, -P34), (INF, -PI), (INF, -PI), (INF, PI), (INF, PI), (INF, P34), (INF, NAN)],
    [(INF, -P12), NOT, NOT, NOT, NOT, (INF, P12), (NAN, NAN)],
    [(INF, -P12), NOT, NOT, NOT, NOT, (INF, P12), (NAN, P12)],
    [(INF, -P12), NOT, NOT, NOT, NOT, (INF, P12), (NAN, P12)],
    [(INF, -P12), NOT, NOT, NOT, NOT, (INF, P12), (NAN, NAN)],
    [(INF, -P14), (INF, -0.0), (INF, -0.0), (INF, 0.0), (INF, 0.0), (INF, P14), (INF, NAN)],
    [(INF, NAN), (NAN, NAN), (NAN, NAN), (NAN, NAN), (NAN, NAN), (INF, NAN), (NAN, NAN)],
];
/// `asinh` where a part is no finite number.
pub(super) const ASINH: Table = [
    [(-INF, -P14), (-INF, -0.0), (-INF, -0.0), (-INF, 0.0), (-INF, 0.0), (-INF, P14), (-INF, NAN)],
    [(-INF, -P12), NOT, NOT, NOT, NOT, (-INF, P12), (NAN, NAN)],
    [(-INF, -P12), NOT, NOT, NOT, NOT, (-INF, P12), (NAN, NAN)],
    [(INF, -P12), NOT, NOT, NOT, NOT, (INF, P12), (NAN, NAN)],
    [(INF, -P12), NOT, NOT, NOT, NOT, (INF, P12), (NAN, NAN)],
    [(INF, -P14), (INF, -0.0), (INF, -0.0), (INF, 0.0), (INF, 0.0), (INF, P14), (INF, NAN)],
    [(INF, NAN), (NAN, NAN), (NAN, -0.0), (NAN, 0.0), (NAN, NAN), (INF, NAN), (NAN, NAN)],
];
/// `atanh` where a part is no finite number.
pub(super) const ATANH: Table = [
    [(-0.0, -P12), (-0.0, -P12), (-0.0, -P12), (-0.0, P12), (-0.0, P12), (-0.0, P12), (-0.0, NAN)],
    [(-0.0, -P12), NOT, NOT, NOT, NOT, (-0.0, P12), (NAN, NAN)],
    [(-0.0, -P12), NOT, NOT, NOT, NOT, (-0.0, P12), (-0.0, NAN)],
    [(0.0, -P12), NOT, NOT, NOT, NOT, (0.0, P12), (0.0, NAN)],
    [(0.0, -P12), NOT, NOT, NOT, NOT, (0.0, P12), (NAN, NAN)],
    [(0.0, -P12), (0.0, -P12), (0.0, -P12), (0.0, P12), (0.0, P12), (0.0, P12), (0.0, NAN)],
    [(0.0, -P12), (NAN, NAN), (NAN, NAN), (NAN, NAN), (NAN, NAN), (0.0, P12), (NAN, NAN)],
];
/// `cosh` where a part is no finite number.
pub(super) const COSH: Table = [
    [NOT, NOT, (INF, 0.0), (INF, -0.0), NOT, NOT, (INF, NAN)],
    [NOT, NOT, NOT, NOT, NOT, NOT, (NAN, NAN)],
    [NOT, NOT, NOT, NOT, NOT, NOT, (NAN, 0.0)],
    [NOT, NOT, NOT, NOT, NOT, NOT, (NAN, 0.0)],
    [NOT, NOT, NOT, NOT, NOT, NOT, (NAN, NAN)],
    [NOT, NOT, (INF, -0.0), (INF, 0.0), NOT, NOT, (INF, NAN)],
    [(NAN, NAN), (NAN, NAN), (NAN, 0.0), (NAN, 0.0), (NAN, NAN), (NAN, NAN), (NAN, NAN)],
];
/// `exp` where a part is no finite number.
pub(super) const EXP: Table = [
    [(0.0, 0.0), NOT, (0.0, -0.0), (0.0, 0.0), NOT, (0.0, 0.0), (0.0, 0.0)],
    [NOT, NOT, NOT, NOT, NOT, NOT, (NAN, NAN)],
    [NOT, NOT, NOT, NOT, NOT, NOT, (NAN, NAN)],
    [NOT, NOT, NOT, NOT, NOT, NOT, (NAN, NAN)],
    [NOT, NOT, NOT, NOT, NOT, NOT, (NAN, NAN)],
    [NOT, NOT, (INF, -0.0), (INF, 0.0), NOT, NOT, (INF, NAN)],
    [(NAN, NAN), (NAN, NAN), (NAN, -0.0), (NAN, 0.0), (NAN, NAN), (NAN, NAN), (NAN, NAN)],
];
/// `log` where a part is no finite number.
pub(super) const LOG: Table = [
    [(INF, -P34), (INF, -PI), (INF, -PI), (INF, PI), (INF, PI), (INF, P34), (INF, NAN)],
    [(INF, -P12), NOT, NOT, NOT, NOT, (INF, P12), (NAN, NAN)],
    [(INF, -P12), NOT, NOT, NOT, NOT, (INF, P12), (NAN, NAN)],
    [(INF, -P12), NOT, NOT, NOT, NOT, (INF, P12), (NAN, NAN)],
    [(INF, -P12), NOT, NOT, NOT, NOT, (INF, P12), (NAN, NAN)],
    [(INF, -P14), (INF, -0.0), (INF, -0.0), (INF, 0.0), (INF, 0.0), (INF, P14), (INF, NAN)],
    [(INF, NAN), (NAN, NAN), (NAN, NAN), (NAN, NAN), (NAN, NAN), (INF, NAN), (NAN, NAN)],
];
/// `sinh` where a part is no finite number.
pub(super) const SINH: Table = [
    [NOT, NOT, (-INF, -0.0), (-INF, 0.0), NOT, NOT, (INF, NAN)],
    [NOT, NOT, NOT, NOT, NOT, NOT, (NAN, NAN)],
    [NOT, NOT, NOT, NOT, NOT, NOT, (0.0, NAN)],
    [NOT, NOT, NOT, NOT, NOT, NOT, (0.0, NAN)],
    [NOT, NOT, NOT, NOT, NOT, NOT, (NAN, NAN)],
    [NOT, NOT, (INF, -0.0), (INF, 0.0), NOT, NOT, (INF, NAN)],
    [(NAN, NAN), (NAN, NAN), (NAN, -0.0), (NAN, 0.0), (NAN, NAN), (NAN, NAN), (NAN, NAN)],
];
/// `sqrt` where a part is no finite number.
pub(super) const SQRT: Table = [
    [(INF, -INF), (0.0, -INF), (0.0, -INF), (0.0, INF), (0.0, INF), (INF, INF), (NAN, INF)],
    [(INF, -INF), NOT, NOT, NOT, NOT, (INF, INF), (NAN, NAN)],
    [(INF, -INF), NOT, NOT, NOT, NOT, (INF, INF), (NAN, NAN)],
    [(INF, -INF), NOT, NOT, NOT, NOT, (INF, INF), (NAN, NAN)],
    [(INF, -INF), NOT, NOT, NOT, NOT, (INF, INF), (NAN, NAN)],
    [(INF, -INF), (INF, -0.0), (INF, -0.0), (INF, 0.0), (INF, 0.0), (INF, INF), (INF, NAN)],
    [(INF, -INF), (NAN, NAN), (NAN, NAN), (NAN, NAN), (NAN, NAN), (INF, INF), (NAN, NAN)],
];
/// `tanh` where a part is no finite number.
pub(super) const TANH: Table = [
    [(-1.0, 0.0), NOT, (-1.0, -0.0), (-1.0, 0.0), NOT, (-1.0, 0.0), (-1.0, 0.0)],
    [NOT, NOT, NOT, NOT, NOT, NOT, (NAN, NAN)],
    [NOT, NOT, NOT, NOT, NOT, NOT, (-0.0, NAN)],
    [NOT, NOT, NOT, NOT, NOT, NOT, (0.0, NAN)],
    [NOT, NOT, NOT, NOT, NOT, NOT, (NAN, NAN)],
    [(1.0, 0.0), NOT, (1.0, -0.0), (1.0, 0.0), NOT, (1.0, 0.0), (1.0, 0.0)],
    [(NAN, NAN), (NAN, NAN), (NAN, -0.0), (NAN, 0.0), (NAN, NAN), (NAN, NAN), (NAN, NAN)],
];
/// `rect` where a part is no finite number.
pub(super) const RECT: Table = [
    [NOT, NOT, (-INF, 0.0), (-INF, -0.0), NOT, NOT, (INF, NAN)],
    [NOT, NOT, NOT, NOT, NOT, NOT, (NAN, NAN)],
    [(0.0, 0.0), NOT, NOT, NOT, NOT, (0.0, 0.0), (0.0, 0.0)],
    [(0.0, 0.0), NOT, NOT, NOT, NOT, (0.0, 0.0), (0.0, 0.0)],
    [NOT, NOT, NOT, NOT, NOT, NOT, (NAN, NAN)],
    [NOT, NOT, (INF, -0.0), (INF, 0.0), NOT, NOT, (INF, NAN)],
    [(NAN, NAN), (NAN, NAN), (NAN, 0.0), (NAN, 0.0), (NAN, NAN), (NAN, NAN), (NAN, NAN)],
];
