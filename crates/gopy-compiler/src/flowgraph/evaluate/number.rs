//! Arithmetic of int, float and complex; a bool is an int.

use gopy_bytecode::operators::BinaryOperator;
use gopy_numeric::int::BigInt;

use super::complex::Complex;
use crate::code_unit::{Const, ConstValue};

/// Most bits of an integer that a multiplication, power or shift makes.
const MAX_INT_SIZE: u64 = 128;

/// A number.
pub(super) enum Number {
    Int(BigInt),
    Float(f64),
    Complex(Complex),
}

impl Number {
    pub(super) fn of(constant: &Const) -> Option<Self> {
        Some(match constant.value() {
            ConstValue::Bool(value) => Self::Int(BigInt::from(*value)),
            ConstValue::Int(value) => Self::Int(BigInt::from(*value)),
            ConstValue::BigInt(value) => Self::Int((**value).clone()),
            ConstValue::Float(value) => Self::Float(*value),
            ConstValue::Complex { real, imag } => Self::Complex(Complex::new(*real, *imag)),
            _ => return None,
        })
    }

    pub(super) fn into_const(self) -> Option<Const> {
        Some(match self {
            Self::Int(value) => Const::int(value),
            Self::Float(value) => Const::new(ConstValue::Float(value)),
            Self::Complex(Complex { real, imag }) => Const::new(ConstValue::Complex { real, imag }),
        })
    }

    pub(super) fn negative(self) -> Option<Self> {
        Some(match self {
            Self::Int(value) => Self::Int(-&value),
            Self::Float(value) => Self::Float(-value),
            Self::Complex(value) => Self::Complex(Complex::new(-value.real, -value.imag)),
        })
    }

    pub(super) fn invert(self) -> Option<Self> {
        match self {
            Self::Int(value) => Some(Self::Int(!&value)),
            _ => None,
        }
    }

    /// The value of a real number as a float; `None` when it is too large.
    fn to_f64(&self) -> Option<f64> {
        match self {
            Self::Int(value) => value.to_f64().ok(),
            Self::Float(value) => Some(*value),
            Self::Complex(_) => None,
        }
    }

    fn to_complex(&self) -> Option<Complex> {
        match self {
            Self::Complex(value) => Some(*value),
            real => Some(Complex::new(real.to_f64()?, 0.0)),
        }
    }
}

/// What stands for a float among equal numbers: the integer that it equals, or the float; `None`
/// for a NaN, which equals nothing.
pub(super) fn real_key(value: f64) -> Option<Const> {
    if value.is_nan() {
        return None;
    }
    Some(match BigInt::from_f64(value) {
        Ok(whole) if value == value.trunc() => Const::int(whole),
        _ => Const::new(ConstValue::Float(value)),
    })
}

pub(super) fn binary(operator: BinaryOperator, a: Number, b: Number) -> Option<Number> {
    match (&a, &b) {
        (Number::Int(a), Number::Int(b)) => int_binary(operator, a, b),
        (Number::Complex(_), _) | (_, Number::Complex(_)) => {
            complex_binary(operator, &a, &b).map(Number::Complex)
        }
        _ => float_binary(operator, a.to_f64()?, b.to_f64()?),
    }
}

fn int_binary(operator: BinaryOperator, a: &BigInt, b: &BigInt) -> Option<Number> {
    use BinaryOperator as Op;
    let fits = |bits: u64| bits <= MAX_INT_SIZE;
    let both = !a.is_zero() && !b.is_zero();
    Some(Number::Int(match operator {
        Op::Add => a + b,
        Op::Subtract => a - b,
        Op::Multiply if both && !fits(a.bit_length() + b.bit_length()) => return None,
        Op::Multiply => a * b,
        Op::TrueDivide => return a.true_divide(b).ok().map(Number::Float),
        Op::FloorDivide => a.floor_div(b).ok()?,
        Op::Remainder => a.modulo(b).ok()?,
        Op::Power if b.is_negative() => {
            return float_power(a.to_f64().ok()?, b.to_f64().ok()?);
        }
        Op::Power => {
            if both && a.bit_length() > MAX_INT_SIZE / b.to_u64()? {
                return None;
            }
            a.pow(b).ok()?
        }
        Op::Lshift if both && !fits(a.bit_length().checked_add(b.to_u64()?)?) => return None,
        Op::Lshift => a.lshift(b).ok()?,
        Op::Rshift => a.rshift(b).ok()?,
        Op::And => a & b,
        Op::Or => a | b,
        Op::Xor => a ^ b,
        _ => return None,
    }))
}

fn float_binary(operator: BinaryOperator, a: f64, b: f64) -> Option<Number> {
    use BinaryOperator as Op;
    Some(Number::Float(match operator {
        Op::Add => a + b,
        Op::Subtract => a - b,
        Op::Multiply => a * b,
        Op::Power => return float_power(a, b),
        Op::TrueDivide | Op::FloorDivide | Op::Remainder if b == 0.0 => return None,
        Op::TrueDivide => a / b,
        Op::FloorDivide => float_divmod(a, b).0,
        Op::Remainder => float_divmod(a, b).1,
        _ => return None,
    }))
}

/// Quotient, rounded down, and the remainder, of the divisor's sign.
fn float_divmod(a: f64, b: f64) -> (f64, f64) {
    let mut modulo = a % b;
    let mut quotient = (a - modulo) / b;
    if modulo == 0.0 {
        modulo = 0.0_f64.copysign(b);
    } else if (b < 0.0) != (modulo < 0.0) {
        modulo += b;
        quotient -= 1.0;
    }
    let floor = if quotient == 0.0 {
        0.0_f64.copysign(a / b)
    } else {
        let floor = quotient.floor();
        if quotient - floor > 0.5 { floor + 1.0 } else { floor }
    };
    (floor, modulo)
}

/// `None` for zero to a negative power and for overflow. A negative number to a fraction is
/// complex.
fn float_power(a: f64, b: f64) -> Option<Number> {
    let is_odd = b.abs() % 2.0 == 1.0;
    let value = if b == 0.0 || a == 1.0 {
        1.0
    } else if a.is_nan() || b.is_nan() {
        f64::NAN
    } else if b.is_infinite() {
        let a = a.abs();
        if a == 1.0 {
            1.0
        } else if (b > 0.0) == (a > 1.0) {
            b.abs()
        } else {
            0.0
        }
    } else if a.is_infinite() {
        match (b > 0.0, is_odd) {
            (true, true) => a,
            (true, false) => a.abs(),
            (false, true) => 0.0_f64.copysign(a),
            (false, false) => 0.0,
        }
    } else if a == 0.0 {
        if b < 0.0 {
            return None;
        }
        if is_odd { a } else { 0.0 }
    } else if a < 0.0 && b != b.floor() {
        return Complex::new(a, 0.0).power(Complex::new(b, 0.0)).map(Number::Complex);
    } else {
        let power = a.abs().powf(b);
        if power.is_infinite() {
            return None;
        }
        if a < 0.0 && is_odd { -power } else { power }
    };
    Some(Number::Float(value))
}

fn complex_binary(operator: BinaryOperator, a: &Number, b: &Number) -> Option<Complex> {
    use BinaryOperator as Op;
    if operator == Op::Power {
        return a.to_complex()?.power(b.to_complex()?);
    }
    Some(match (a, b) {
        (Number::Complex(a), Number::Complex(b)) => match operator {
            Op::Add => Complex::new(a.real + b.real, a.imag + b.imag),
            Op::Subtract => Complex::new(a.real - b.real, a.imag - b.imag),
            Op::Multiply => a.product(*b),
            Op::TrueDivide => a.quotient(*b)?,
            _ => return None,
        },
        (Number::Complex(a), real) => {
            let b = real.to_f64()?;
            match operator {
                Op::Add => Complex::new(a.real + b, a.imag),
                Op::Subtract => Complex::new(a.real - b, a.imag),
                Op::Multiply => Complex::new(a.real * b, a.imag * b),
                Op::TrueDivide if b != 0.0 => Complex::new(a.real / b, a.imag / b),
                _ => return None,
            }
        }
        (real, Number::Complex(b)) => {
            let a = real.to_f64()?;
            match operator {
                Op::Add => Complex::new(b.real + a, b.imag),
                Op::Subtract => Complex::new(a - b.real, -b.imag),
                Op::Multiply => Complex::new(b.real * a, b.imag * a),
                Op::TrueDivide => Complex::real_quotient(a, *b)?,
                _ => return None,
            }
        }
        _ => return None,
    })
}
