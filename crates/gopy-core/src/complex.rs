//! `complex`: two floats.
//!
//! Answers to `Objects/complexobject.c`. The arithmetic is that of 3.14: a real operand keeps the other's
//! parts apart, products and quotients recover infinities as C99's Annex G says.

use gopy_macros::{pyclass, pymethods, pyslots};
use gopy_numeric::float::{parse::parse_complex, text::complex_repr};
use gopy_numeric::format::{self, Target};
use gopy_numeric::hash::{combine_complex, hash_float, hash_pointer};
use gopy_object::typeobj::CompareOp;
use gopy_object::{Args, Exception, Instance, Object, PyResult, Ref, Type, gc, memory};

use crate::argument::{ArgSpec, Bound, IntoPy, Style};
use crate::bool_::bool_ref;
use crate::error::{from_numeric, overflow_error, type_error, value_error, zero_division_error};
use crate::exceptions::DEPRECATION_WARNING;
use crate::float::{self, AsLocale, Float};
use crate::int::{Int, ascii_number_text, parse_spec, pieces_to_str};
use crate::none::{is_none, not_implemented};
use crate::str::Str;
use crate::tuple::{self, Tuple};
use crate::{call, id, number, object, warnings};

/// A `complex`.
#[pyclass(name = "complex", static = COMPLEX, basicsize = 32,
    text_signature = "(real=0, imag=0)", flags(BASETYPE), manual_traverse)]
#[repr(C)]
pub struct Complex {
    object: Object,
    value: Value,
}

gopy_object::leaf_traverse!(Complex);

/// Real and imaginary part.
#[derive(Clone, Copy, PartialEq, Debug)]
#[repr(C)]
pub struct Value {
    /// Real part.
    pub real: f64,
    /// Imaginary part.
    pub imag: f64,
}

/// Why an operation has no result (`errno`).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fault {
    /// EDOM.
    Domain,
    /// ERANGE.
    Range,
}

const fn value(real: f64, imag: f64) -> Value {
    Value { real, imag }
}

/// 1 for an infinity, else 0, with the sign of `x`.
fn boxed(x: f64) -> f64 {
    (if x.is_infinite() { 1.0f64 } else { 0.0 }).copysign(x)
}

fn nan_to_zero(x: f64) -> f64 {
    if x.is_nan() { 0.0f64.copysign(x) } else { x }
}

impl Value {
    fn product(self, other: Value) -> Value {
        let (mut a, mut b, mut c, mut d) = (self.real, self.imag, other.real, other.imag);
        let (ac, bd, ad, bc) = (a * c, b * d, a * d, b * c);
        let result = value(ac - bd, ad + bc);
        if !(result.real.is_nan() && result.imag.is_nan()) {
            return result;
        }
        let mut recover = false;
        if a.is_infinite() || b.is_infinite() {
            (a, b) = (boxed(a), boxed(b));
            (c, d) = (nan_to_zero(c), nan_to_zero(d));
            recover = true;
        }
        if c.is_infinite() || d.is_infinite() {
            (c, d) = (boxed(c), boxed(d));
            (a, b) = (nan_to_zero(a), nan_to_zero(b));
            recover = true;
        }
        if !recover && [ac, bd, ad, bc].iter().any(|x| x.is_infinite()) {
            (a, b) = (nan_to_zero(a), nan_to_zero(b));
            (c, d) = (nan_to_zero(c), nan_to_zero(d));
            recover = true;
        }
        if !recover {
            return result;
        }
        value(f64::INFINITY * (a * c - b * d), f64::INFINITY * (a * d + b * c))
    }

    /// `self / other`; `None` for a zero divisor.
    pub fn quotient(self, other: Value) -> Option<Value> {
        let (real, imag) = (other.real.abs(), other.imag.abs());
        let result = if real >= imag {
            if real == 0.0 {
                return None;
            }
            let ratio = other.imag / other.real;
            let divisor = other.real + other.imag * ratio;
            value(
                (self.real + self.imag * ratio) / divisor,
                (self.imag - self.real * ratio) / divisor,
            )
        } else if imag >= real {
            let ratio = other.real / other.imag;
            let divisor = other.real * ratio + other.imag;
            value(
                (self.real * ratio + self.imag) / divisor,
                (self.imag * ratio - self.real) / divisor,
            )
        } else {
            value(f64::NAN, f64::NAN)
        };
        if !(result.real.is_nan() && result.imag.is_nan()) {
            return Some(result);
        }
        if self.is_infinite() && other.is_finite() {
            let (x, y) = (boxed(self.real), boxed(self.imag));
            return Some(value(
                f64::INFINITY * (x * other.real + y * other.imag),
                f64::INFINITY * (y * other.real - x * other.imag),
            ));
        }
        if other.is_infinite() && self.is_finite() {
            let (x, y) = (boxed(other.real), boxed(other.imag));
            return Some(value(
                0.0 * (self.real * x + self.imag * y),
                0.0 * (self.imag * x - self.real * y),
            ));
        }
        Some(result)
    }

    /// `real / other`; `None` for a zero divisor.
    fn quotient_of_real(a: f64, other: Value) -> Option<Value> {
        let (real, imag) = (other.real.abs(), other.imag.abs());
        let result = if real >= imag {
            if real == 0.0 {
                return None;
            }
            let ratio = other.imag / other.real;
            let divisor = other.real + other.imag * ratio;
            value(a / divisor, (-a * ratio) / divisor)
        } else if imag >= real {
            let ratio = other.real / other.imag;
            let divisor = other.real * ratio + other.imag;
            value((a * ratio) / divisor, -a / divisor)
        } else {
            value(f64::NAN, f64::NAN)
        };
        if result.real.is_nan() && result.imag.is_nan() && a.is_finite() && other.is_infinite() {
            let (x, y) = (boxed(other.real), boxed(other.imag));
            return Some(value(0.0 * (a * x), 0.0 * (-a * y)));
        }
        Some(result)
    }

    fn is_infinite(self) -> bool {
        self.real.is_infinite() || self.imag.is_infinite()
    }

    fn is_finite(self) -> bool {
        self.real.is_finite() && self.imag.is_finite()
    }

    fn in_range(self) -> Result<Value, Fault> {
        if self.is_infinite() { Err(Fault::Range) } else { Ok(self) }
    }

    fn power_unsigned(self, exponent: u32) -> Value {
        let (mut result, mut square) = (value(1.0, 0.0), self);
        let mut mask = 1;
        while exponent >= mask {
            if exponent & mask != 0 {
                result = result.product(square);
            }
            mask <<= 1;
            square = square.product(square);
        }
        result
    }

    /// `self ** exponent`.
    pub fn power(self, exponent: Value) -> Result<Value, Fault> {
        let whole = exponent.imag == 0.0 && exponent.real == exponent.real.floor();
        if whole && exponent.real.abs() <= 100.0 {
            let n = exponent.real as i32;
            if n > 0 {
                return self.power_unsigned(n.unsigned_abs()).in_range();
            }
            let divisor = self.power_unsigned(n.unsigned_abs());
            return Value::quotient_of_real(1.0, divisor).ok_or(Fault::Domain)?.in_range();
        }
        if self.real == 0.0 && self.imag == 0.0 {
            if exponent.imag != 0.0 || exponent.real < 0.0 {
                return Err(Fault::Domain);
            }
            return Ok(value(0.0, 0.0));
        }
        let length = self.real.hypot(self.imag);
        let angle = self.imag.atan2(self.real);
        let mut scale = length.powf(exponent.real);
        let mut phase = angle * exponent.real;
        if exponent.imag != 0.0 {
            scale *= (-angle * exponent.imag).exp();
            phase += exponent.imag * length.ln();
        }
        value(scale * phase.cos(), scale * phase.sin()).in_range()
    }

    /// `abs(self)`.
    pub fn length(self) -> Result<f64, Fault> {
        if self.is_infinite() {
            return Ok(f64::INFINITY);
        }
        if self.real.is_nan() || self.imag.is_nan() {
            return Ok(f64::NAN);
        }
        let length = self.real.hypot(self.imag);
        if length.is_finite() { Ok(length) } else { Err(Fault::Range) }
    }
}

impl Complex {
    /// A complex number.
    pub fn new_value(value: Value) -> PyResult<Ref<Complex>> {
        Complex::of_type(&COMPLEX, value)
    }

    /// A complex number.
    pub fn new_parts(real: f64, imag: f64) -> PyResult<Ref<Complex>> {
        Complex::new_value(Value { real, imag })
    }

    fn of_type(ty: &Type, value: Value) -> PyResult<Ref<Complex>> {
        let complex = Complex { object: Object::header(ty), value };
        memory::alloc(ty, complex).map(gc::tracked_if_collected)
    }

    /// Real and imaginary part.
    #[inline(always)]
    pub fn value(&self) -> Value {
        self.value
    }
}

/// The result of `__complex__`, where the object has it (`try_complex_special_method`).
fn special(o: &Object) -> PyResult<Option<Ref<Complex>>> {
    let Some(result) = call::call_special(o, id!(__complex__), &[])? else { return Ok(None) };
    let Some(complex) = result.downcast::<Complex>() else {
        return Err(type_error!(
            "{:.200}.__complex__() must return a complex, not {:.200}",
            o.type_name(),
            result.type_name()
        ));
    };
    if !result.is_exact(&COMPLEX) {
        let (name, found) = (o.type_name(), result.type_name());
        warnings::warn(
            &DEPRECATION_WARNING,
            &format!(
                "{name:.200}.__complex__() must return a complex, not {found:.200}.  The ability to \
                 return an instance of a strict subclass of complex is deprecated, and may be removed \
                 in a future version of Python."
            ),
            1,
        )?;
    }
    Ok(Some(complex.to_ref()))
}

/// The value of a complex number, of an object with `__complex__`, or of a real one
/// (`PyComplex_AsCComplex`).
pub fn as_complex(o: &Object) -> PyResult<Value> {
    if let Some(complex) = o.downcast::<Complex>() {
        return Ok(complex.value);
    }
    match special(o)? {
        Some(complex) => Ok(complex.value),
        None => Ok(value(float::as_f64(o)?, 0.0)),
    }
}

/// An operand: complex, or a real number of the built-in types.
enum Operand {
    Complex(Value),
    Real(f64),
}

impl Operand {
    fn widen(self) -> Value {
        match self {
            Operand::Complex(value) => value,
            Operand::Real(real) => value(real, 0.0),
        }
    }
}

fn operand(o: &Object) -> PyResult<Option<Operand>> {
    if let Some(complex) = o.downcast::<Complex>() {
        return Ok(Some(Operand::Complex(complex.value)));
    }
    Ok(float::operand(o)?.map(Operand::Real))
}

macro_rules! operands {
    ($a:ident, $b:ident) => {
        let (Some($a), Some($b)) = (operand($a)?, operand($b)?) else {
            return Ok(not_implemented());
        };
    };
}

#[cold]
fn division_by_zero() -> Exception {
    zero_division_error!("division by zero")
}

static SPEC: ArgSpec = ArgSpec {
    function: "complex",
    names: &["real", "imag"],
    required: &[false, false],
    positional_only: 0,
    positional: 2,
    required_positional: 0,
    rest: false,
    keywords: false,
    style: Style::Clinic,
};

/// `complex(text)`.
fn from_str(text: &Str) -> PyResult<Value> {
    parse_complex(&ascii_number_text(text))
        .map(|(real, imag)| value(real, imag))
        .ok_or_else(|| value_error!("complex() arg is a malformed string"))
}

/// The value of one argument, as a complex number where it is one.
fn part(o: &Object) -> PyResult<Option<Operand>> {
    if let Some(complex) = o.downcast::<Complex>() {
        return Ok(Some(Operand::Complex(complex.value)));
    }
    let number = &o.type_().slots.number;
    if number.float.get().is_none() && number.index.get().is_none() {
        return Ok(None);
    }
    let real = number::float(o)?;
    Ok(real.downcast::<Float>().map(|real| Operand::Real(real.value())))
}

/// `complex(x)` (`actual_complex_new` with one argument).
fn new_from(ty: &Type, x: &Object) -> PyResult {
    if x.is_exact(&COMPLEX) && std::ptr::eq(ty, COMPLEX.get()) {
        return Ok(x.to_ref());
    }
    if let Some(text) = x.downcast::<Str>() {
        return Complex::of_type(ty, from_str(text)?).into_py();
    }
    if let Some(complex) = special(x)? {
        return Complex::of_type(ty, complex.value).into_py();
    }
    match part(x)? {
        Some(part) => Complex::of_type(ty, part.widen()).into_py(),
        None => Err(type_error!(
            "complex() argument must be a string or a number, not {}",
            x.type_name()
        )),
    }
}

#[pyslots]
impl Complex {
    #[allow(clippy::new_ret_no_self, reason = "a slot, named as CPython names it")]
    fn new(ty: &Type, args: Args<'_>) -> PyResult {
        if args.len() == 1 && args.keyword_count() == 0 {
            return new_from(ty, args.all()[0].object());
        }
        let mut places = [None; 2];
        let bound = Bound::bind(&SPEC, args, &mut places)?;
        let (real, imag) = (bound.get(0), bound.get(1));
        let must_be_real = |name: &str, o: &Object| {
            type_error!("complex() argument '{name}' must be a real number, not {}", o.type_name())
        };
        let warn = |name: &str, o: &Object| {
            let found = o.type_name();
            let text =
                format!("complex() argument '{name}' must be a real number, not {found:.200}");
            warnings::warn(&DEPRECATION_WARNING, &text, 1)
        };
        // `__complex__` of the first argument is asked, though that is deprecated with two.
        let special_real = match real {
            Some(real) if real.downcast::<Complex>().is_none() => special(real)?,
            _ => None,
        };
        let real_part = match (&special_real, real) {
            (Some(complex), Some(real)) => {
                warn("real", real)?;
                Operand::Complex(complex.value)
            }
            (None, Some(real)) => match part(real)? {
                Some(part) => {
                    if matches!(part, Operand::Complex(_)) {
                        warn("real", real)?;
                    }
                    part
                }
                None => return Err(must_be_real("real", real)),
            },
            (_, None) => Operand::Real(0.0),
        };
        let imag_part = match imag {
            Some(imag) => match part(imag)? {
                Some(part) => {
                    if matches!(part, Operand::Complex(_)) {
                        warn("imag", imag)?;
                    }
                    part
                }
                None => return Err(must_be_real("imag", imag)),
            },
            None => Operand::Real(0.0),
        };
        // real + imag * 1j, without making a real part complex that is not.
        let mut result = match &real_part {
            Operand::Complex(value) => *value,
            Operand::Real(real) => value(*real, 0.0),
        };
        match imag_part {
            Operand::Complex(imag) => {
                result.real -= imag.imag;
                result.imag = match real_part {
                    Operand::Complex(real) => real.imag + imag.real,
                    Operand::Real(_) => imag.real,
                };
            }
            Operand::Real(imag) => {
                result.imag = match real_part {
                    Operand::Complex(real) => real.imag + imag,
                    Operand::Real(_) => imag,
                };
            }
        }
        Complex::of_type(ty, result).into_py()
    }

    fn repr(&self) -> PyResult<Ref<Str>> {
        Str::try_new(&complex_repr(self.value.real, self.value.imag))
    }

    fn hash(&self) -> PyResult<isize> {
        let part = |x: f64| hash_float(x).unwrap_or_else(|| hash_pointer(self.as_object().id()));
        Ok(combine_complex(part(self.value.real), part(self.value.imag)) as isize)
    }

    fn richcompare(&self, other: &Object, op: CompareOp) -> PyResult {
        if !matches!(op, CompareOp::Eq | CompareOp::Ne) {
            return Ok(not_implemented());
        }
        let equal = if let Some(int) = other.downcast::<Int>() {
            self.value.imag == 0.0
                && float::compare_int(self.value.real, int).is_some_and(|o| o.is_eq())
        } else if let Some(float) = other.downcast::<Float>() {
            self.value.real == float.value() && self.value.imag == 0.0
        } else if let Some(complex) = other.downcast::<Complex>() {
            self.value == complex.value
        } else {
            return Ok(not_implemented());
        };
        Ok(bool_ref(equal == (op == CompareOp::Eq)))
    }

    fn nb_add(a: &Object, b: &Object) -> PyResult {
        operands!(a, b);
        let sum = match (a, b) {
            (Operand::Complex(a), Operand::Complex(b)) => value(a.real + b.real, a.imag + b.imag),
            (Operand::Complex(a), Operand::Real(b)) => value(a.real + b, a.imag),
            (Operand::Real(a), Operand::Complex(b)) => value(a + b.real, b.imag),
            (Operand::Real(a), Operand::Real(b)) => value(a + b, 0.0),
        };
        Complex::new_value(sum).into_py()
    }

    fn nb_subtract(a: &Object, b: &Object) -> PyResult {
        operands!(a, b);
        let difference = match (a, b) {
            (Operand::Complex(a), Operand::Complex(b)) => value(a.real - b.real, a.imag - b.imag),
            (Operand::Complex(a), Operand::Real(b)) => value(a.real - b, a.imag),
            (Operand::Real(a), Operand::Complex(b)) => value(a - b.real, -b.imag),
            (Operand::Real(a), Operand::Real(b)) => value(a - b, 0.0),
        };
        Complex::new_value(difference).into_py()
    }

    fn nb_multiply(a: &Object, b: &Object) -> PyResult {
        operands!(a, b);
        let product = match (a, b) {
            (Operand::Complex(a), Operand::Complex(b)) => a.product(b),
            (Operand::Complex(a), Operand::Real(b)) => value(a.real * b, a.imag * b),
            (Operand::Real(a), Operand::Complex(b)) => value(a * b.real, a * b.imag),
            (Operand::Real(a), Operand::Real(b)) => value(a * b, 0.0),
        };
        Complex::new_value(product).into_py()
    }

    fn nb_true_divide(a: &Object, b: &Object) -> PyResult {
        operands!(a, b);
        let quotient = match (a, b) {
            (Operand::Complex(a), Operand::Complex(b)) => a.quotient(b),
            (Operand::Complex(a), Operand::Real(b)) => {
                (b != 0.0).then(|| value(a.real / b, a.imag / b))
            }
            (Operand::Real(a), b) => Value::quotient_of_real(a, b.widen()),
        };
        match quotient {
            Some(quotient) => Complex::new_value(quotient).into_py(),
            None => Err(division_by_zero()),
        }
    }

    fn nb_power(a: &Object, b: &Object, c: &Object) -> PyResult {
        operands!(a, b);
        if !is_none(c) {
            return Err(value_error!("complex modulo"));
        }
        power(a.widen(), b.widen())
    }

    fn nb_negative(&self) -> PyResult<Ref<Complex>> {
        Complex::new_parts(-self.value.real, -self.value.imag)
    }

    fn nb_positive(&self) -> PyResult<Ref<Complex>> {
        if self.as_object().is_exact(&COMPLEX) {
            return Ok(self.to_ref());
        }
        Complex::new_value(self.value)
    }

    fn nb_absolute(&self) -> PyResult<f64> {
        self.value.length().map_err(|_| overflow_error!("absolute value too large"))
    }

    fn nb_bool(&self) -> PyResult<bool> {
        Ok(self.value.real != 0.0 || self.value.imag != 0.0)
    }
}

/// `a ** b`.
pub(crate) fn power(a: Value, b: Value) -> PyResult {
    match a.power(b) {
        Ok(result) => Complex::new_value(result).into_py(),
        Err(Fault::Domain) => Err(zero_division_error!("zero to a negative or complex power")),
        Err(Fault::Range) => Err(overflow_error!("complex exponentiation")),
    }
}

#[pymethods]
impl Complex {
    #[pyclassmethod("($type, number, /)")]
    fn from_number(cls: &Type, number: &Object) -> PyResult {
        let plain = std::ptr::eq(cls, COMPLEX.get());
        if plain && number.is_exact(&COMPLEX) {
            return Ok(number.to_ref());
        }
        let result = Complex::new_value(as_complex(number)?)?;
        if plain {
            return Ok(result.upcast());
        }
        call::call_one(cls.as_object(), result.as_object())
    }

    #[pymethod("($self, /)")]
    fn conjugate(&self) -> PyResult<Ref<Complex>> {
        Complex::new_parts(self.value.real, -self.value.imag)
    }

    #[pymethod("($self, /)")]
    fn __complex__(&self) -> PyResult<Ref<Complex>> {
        if self.as_object().is_exact(&COMPLEX) {
            return Ok(self.to_ref());
        }
        Complex::new_value(self.value)
    }

    #[pymethod("($self, /)")]
    fn __getnewargs__(&self) -> PyResult<Ref<Tuple>> {
        Ok(tuple::from_array([
            Float::new(self.value.real).upcast(),
            Float::new(self.value.imag).upcast(),
        ]))
    }

    #[pymethod("($self, format_spec, /)")]
    fn __format__(&self, format_spec: &Str) -> PyResult<Ref<Str>> {
        if format_spec.is_empty() {
            return object::str(self.as_object());
        }
        let name = self.as_object().type_name();
        let spec = parse_spec(format_spec, Target::Complex, &name)?;
        let locale = float::LocaleText::of(&spec);
        let parts = (self.value.real, self.value.imag);
        let pieces = format::format_complex(&spec, parts, &name, &locale.as_locale());
        pieces_to_str(&pieces.map_err(from_numeric)?)
    }

    #[pymember]
    fn real(&self) -> PyResult<f64> {
        Ok(self.value.real)
    }

    #[pymember]
    fn imag(&self) -> PyResult<f64> {
        Ok(self.value.imag)
    }
}
