//! Complex arithmetic. Mixed with a real number it goes by parts, as C11's annex G has it.

/// A complex number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Complex {
    pub(super) real: f64,
    pub(super) imag: f64,
}

/// 1 for infinities, 0 for the rest, with the sign of `x`.
fn boxed(x: f64) -> f64 {
    if x.is_infinite() { 1.0_f64.copysign(x) } else { 0.0_f64.copysign(x) }
}

/// A NaN becomes a zero of its sign.
fn nan_to_zero(x: f64) -> f64 {
    if x.is_nan() { 0.0_f64.copysign(x) } else { x }
}

impl Complex {
    const ONE: Self = Self { real: 1.0, imag: 0.0 };

    pub(super) const fn new(real: f64, imag: f64) -> Self {
        Self { real, imag }
    }

    fn is_all_nan(self) -> bool {
        self.real.is_nan() && self.imag.is_nan()
    }

    fn is_finite(self) -> bool {
        self.real.is_finite() && self.imag.is_finite()
    }

    fn is_infinite(self) -> bool {
        self.real.is_infinite() || self.imag.is_infinite()
    }

    pub(super) fn product(self, other: Self) -> Self {
        let (Self { real: mut a, imag: mut b }, Self { real: mut c, imag: mut d }) = (self, other);
        let (ac, bd, ad, bc) = (a * c, b * d, a * d, b * c);
        let result = Self::new(ac - bd, ad + bc);
        if !result.is_all_nan() {
            return result;
        }
        // Infinities that came out as NaNs.
        let mut recovers = false;
        if self.is_infinite() {
            (a, b, c, d) = (boxed(a), boxed(b), nan_to_zero(c), nan_to_zero(d));
            recovers = true;
        }
        if other.is_infinite() {
            (c, d, a, b) = (boxed(c), boxed(d), nan_to_zero(a), nan_to_zero(b));
            recovers = true;
        }
        if !recovers && [ac, bd, ad, bc].iter().any(|part| part.is_infinite()) {
            (a, b) = (nan_to_zero(a), nan_to_zero(b));
            (c, d) = (nan_to_zero(c), nan_to_zero(d));
            recovers = true;
        }
        if recovers {
            Self::new(f64::INFINITY * (a * c - b * d), f64::INFINITY * (a * d + b * c))
        } else {
            result
        }
    }

    /// `None` when `other` is zero.
    pub(super) fn quotient(self, other: Self) -> Option<Self> {
        let (a, b) = (self, other);
        let result = if b.real.abs() >= b.imag.abs() {
            if b.real == 0.0 {
                return None;
            }
            let ratio = b.imag / b.real;
            let denominator = b.real + b.imag * ratio;
            Self::new(
                (a.real + a.imag * ratio) / denominator,
                (a.imag - a.real * ratio) / denominator,
            )
        } else if b.imag.abs() >= b.real.abs() {
            let ratio = b.real / b.imag;
            let denominator = b.real * ratio + b.imag;
            Self::new(
                (a.real * ratio + a.imag) / denominator,
                (a.imag * ratio - a.real) / denominator,
            )
        } else {
            Self::new(f64::NAN, f64::NAN)
        };
        if !result.is_all_nan() {
            return Some(result);
        }
        let recovered = if a.is_infinite() && b.is_finite() {
            let (x, y) = (boxed(a.real), boxed(a.imag));
            Self::new(
                f64::INFINITY * (x * b.real + y * b.imag),
                f64::INFINITY * (y * b.real - x * b.imag),
            )
        } else if b.is_infinite() && a.is_finite() {
            let (x, y) = (boxed(b.real), boxed(b.imag));
            Self::new(0.0 * (a.real * x + a.imag * y), 0.0 * (a.imag * x - a.real * y))
        } else {
            result
        };
        Some(recovered)
    }

    /// `real / other`; `None` when `other` is zero.
    pub(super) fn real_quotient(a: f64, b: Self) -> Option<Self> {
        let result = if b.real.abs() >= b.imag.abs() {
            if b.real == 0.0 {
                return None;
            }
            let ratio = b.imag / b.real;
            let denominator = b.real + b.imag * ratio;
            Self::new(a / denominator, (-a * ratio) / denominator)
        } else if b.imag.abs() >= b.real.abs() {
            let ratio = b.real / b.imag;
            let denominator = b.real * ratio + b.imag;
            Self::new((a * ratio) / denominator, -a / denominator)
        } else {
            Self::new(f64::NAN, f64::NAN)
        };
        if result.is_all_nan() && a.is_finite() && b.is_infinite() {
            let (x, y) = (boxed(b.real), boxed(b.imag));
            return Some(Self::new(0.0 * (a * x), 0.0 * (-a * y)));
        }
        Some(result)
    }

    /// `None` for zero to a negative or complex power, for infinite results and angles.
    pub(super) fn power(self, exponent: Self) -> Option<Self> {
        let n = exponent.real;
        let result = if exponent.imag == 0.0 && n == n.floor() && n.abs() <= 100.0 {
            let power = self.integer_power(n.abs() as u32);
            if n > 0.0 { power } else { Self::ONE.quotient(power)? }
        } else if self.real == 0.0 && self.imag == 0.0 {
            if exponent.imag != 0.0 || n < 0.0 {
                return None;
            }
            return Some(Self::new(0.0, 0.0));
        } else {
            let magnitude = self.real.hypot(self.imag);
            let angle = self.imag.atan2(self.real);
            let mut length = magnitude.powf(n);
            let mut phase = angle * n;
            if exponent.imag != 0.0 {
                length *= (-angle * exponent.imag).exp();
                phase += exponent.imag * magnitude.ln();
            }
            // The C library calls this a domain error, and that counts as a division by zero.
            if phase.is_infinite() {
                return None;
            }
            Self::new(length * phase.cos(), length * phase.sin())
        };
        (!result.is_infinite()).then_some(result)
    }

    fn integer_power(self, n: u32) -> Self {
        let mut result = Self::ONE;
        let mut power = self;
        let mut mask = 1;
        while n >= mask {
            if n & mask != 0 {
                result = result.product(power);
            }
            mask <<= 1;
            power = power.product(power);
        }
        result
    }
}
