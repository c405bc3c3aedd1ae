//! `datetime.timedelta`.
//!
//! Answers to `PyDateTime_Delta` in `Modules/_datetimemodule.c`. Arithmetic is on 128-bit microseconds;
//! only subclasses of `int` and `float`, whose own methods count, take the way over objects.

use std::cell::Cell;

use gopy_core::error::{overflow_error, type_error, value_error, zero_division_error};
use gopy_core::float::{FLOAT, Float};
use gopy_core::int::{INT, Int};
use gopy_core::tuple::{self, Hasher, Tuple};
use gopy_core::{bool_, call, id, none, number, object};
use gopy_macros::{pyclass, pymethods, pyslots};
use gopy_object::typeobj::CompareOp;
use gopy_object::{
    Args, Exception, GilCell, Instance, Object, PyResult, Ref, Type, leaf_traverse, memory,
};

const DAYS_MAX: i32 = 999_999_999;
const SECONDS_PER_DAY: i128 = 24 * 3600;
const MICROS_PER_SECOND: i128 = 1_000_000;
const MICROS_PER_DAY: i128 = SECONDS_PER_DAY * MICROS_PER_SECOND;

/// A normalised duration: `0 <= seconds < 86400`, `0 <= microseconds < 1000000`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Span {
    /// Days, of any sign.
    pub days: i32,
    /// Seconds of the day.
    pub seconds: i32,
    /// Microseconds of the second.
    pub microseconds: i32,
}

leaf_traverse!(Span);

impl Span {
    /// No time.
    pub const ZERO: Span = Span { days: 0, seconds: 0, microseconds: 0 };

    /// The span of so many microseconds.
    pub fn from_micros(micros: i128) -> PyResult<Span> {
        let days = micros.div_euclid(MICROS_PER_DAY);
        let rest = micros.rem_euclid(MICROS_PER_DAY);
        let Ok(days) = i32::try_from(days) else { return Err(too_many_days()) };
        if !(-DAYS_MAX..=DAYS_MAX).contains(&days) {
            return Err(days_out_of_range(days));
        }
        Ok(Span {
            days,
            seconds: (rest / MICROS_PER_SECOND) as i32,
            microseconds: (rest % MICROS_PER_SECOND) as i32,
        })
    }

    /// The span of days, seconds and microseconds of any size.
    pub fn of(days: i32, seconds: i64, microseconds: i64) -> PyResult<Span> {
        Span::from_micros(
            i128::from(days) * MICROS_PER_DAY
                + i128::from(seconds) * MICROS_PER_SECOND
                + i128::from(microseconds),
        )
    }

    /// All of it in microseconds.
    pub fn micros(self) -> i128 {
        i128::from(self.days) * MICROS_PER_DAY
            + i128::from(self.seconds) * MICROS_PER_SECOND
            + i128::from(self.microseconds)
    }

    /// Whether an offset from UTC is less than a day in both directions.
    pub fn is_offset(self) -> bool {
        self.micros().abs() < MICROS_PER_DAY
    }
}

#[cold]
fn too_many_days() -> Exception {
    overflow_error!("Python int too large to convert to C int")
}

#[cold]
fn days_out_of_range(days: i32) -> Exception {
    overflow_error!("days={days}; must have magnitude <= {DAYS_MAX}")
}

/// A `timedelta`.
#[pyclass(name = "datetime.timedelta", static = TIMEDELTA, basicsize = 40, flags(BASETYPE))]
#[repr(C)]
pub struct TimeDelta {
    object: Object,
    hash: Cell<isize>,
    span: Span,
}

/// `timedelta(0)`.
pub static ZERO: GilCell<TimeDelta> = GilCell::new(TimeDelta {
    object: Object::static_header(&TIMEDELTA),
    hash: Cell::new(-1),
    span: Span::ZERO,
});

impl TimeDelta {
    /// A `timedelta` of a type.
    pub fn make(ty: &Type, span: Span) -> PyResult<Ref<TimeDelta>> {
        if span == Span::ZERO && std::ptr::eq(ty, TIMEDELTA.get()) {
            return Ok(ZERO.get().to_ref());
        }
        let delta = TimeDelta { object: Object::header(ty), hash: Cell::new(-1), span };
        Ok(object::track_new(memory::alloc(ty, delta)?))
    }

    /// A plain `timedelta`.
    pub fn new(span: Span) -> PyResult<Ref<TimeDelta>> {
        TimeDelta::make(&TIMEDELTA, span)
    }

    /// The duration.
    pub fn span(&self) -> Span {
        self.span
    }

    fn state(&self) -> Ref<Tuple> {
        let Span { days, seconds, microseconds } = self.span;
        tuple::from_array(
            [days, seconds, microseconds].map(|part| Int::from_i64(part.into()).upcast()),
        )
    }

    /// `hash(self)`.
    pub fn hash_value(&self) -> isize {
        if self.hash.get() == -1 {
            let mut hasher = Hasher::new();
            for part in [self.span.days, self.span.seconds, self.span.microseconds] {
                // As an int hashes: -1 is the mark of an error.
                hasher.add(if part == -1 { -2 } else { part as isize });
            }
            self.hash.set(hasher.finish());
        }
        self.hash.get()
    }
}

fn micros_object(span: Span) -> Ref<Int> {
    Int::from_i128(span.micros())
}

/// The value of an int below 2**120.
fn small(value: &Int) -> Option<i128> {
    if let Some(value) = value.to_i64() {
        return Some(value.into());
    }
    let digits = value.digits();
    if digits.len() > 4 {
        return None;
    }
    let magnitude = digits.iter().rev().fold(0, |sum, digit| sum << 30 | i128::from(*digit));
    Some(if value.is_negative() { -magnitude } else { magnitude })
}

fn int_of(o: &Object) -> PyResult<&Int> {
    o.downcast::<Int>().ok_or_else(|| type_error!("an integer is required"))
}

/// What a pair of numbers that a `divmod` returned is.
fn checked_divmod(a: &Object, b: &Object) -> PyResult<(Ref, Ref)> {
    let result = number::divmod(a, b)?;
    let Some(pair) = result.downcast::<Tuple>() else {
        return Err(type_error!("divmod() returned non-tuple (type {:.200})", result.type_name()));
    };
    match pair.items() {
        [quotient, rest] => Ok((quotient.clone(), rest.clone())),
        items => Err(type_error!("divmod() returned a tuple of size {}", items.len())),
    }
}

/// A C `int` that an object holds.
fn c_int_of(o: &Object) -> PyResult<i32> {
    let Some(value) = o.downcast::<Int>() else { return number::index_as_c_int(o) };
    value.to_i64().and_then(|value| i32::try_from(value).ok()).ok_or_else(too_many_days)
}

/// The span of a number of microseconds that may be any object (`microseconds_to_delta_ex`).
fn span_of_object(micros: &Object) -> PyResult<Span> {
    if let Some(micros) = micros.downcast_exact::<Int>() {
        return match small(micros) {
            Some(micros) => Span::from_micros(micros),
            None => Err(too_many_days()),
        };
    }
    let bad = || type_error!("divmod() returned a value out of range");
    let million = Int::from_i64(MICROS_PER_SECOND as i64);
    let (seconds, micros) = checked_divmod(micros, million.as_object())?;
    let microseconds = c_int_of(&micros)?;
    if !(0..1_000_000).contains(&microseconds) {
        return Err(bad());
    }
    let day = Int::from_i64(SECONDS_PER_DAY as i64);
    let (days, seconds) = checked_divmod(&seconds, day.as_object())?;
    let seconds = c_int_of(&seconds)?;
    if !(0..SECONDS_PER_DAY as i32).contains(&seconds) {
        return Err(bad());
    }
    let days = c_int_of(&days)?;
    if !(-DAYS_MAX..=DAYS_MAX).contains(&days) {
        return Err(days_out_of_range(days));
    }
    Ok(Span { days, seconds, microseconds })
}

/// `a / b`, rounded half to even.
fn divide_nearest(a: i128, b: i128) -> PyResult<i128> {
    if b == 0 {
        return Err(zero_division_error!("division by zero"));
    }
    // Towards minus infinity, with the rest of the divisor's sign.
    let (mut quotient, mut rest) = (a / b, a % b);
    if rest != 0 && (rest < 0) != (b < 0) {
        quotient -= 1;
        rest += b;
    }
    let twice = rest.unsigned_abs() * 2;
    let away = match twice.cmp(&b.unsigned_abs()) {
        std::cmp::Ordering::Greater => true,
        std::cmp::Ordering::Equal => quotient & 1 == 1,
        std::cmp::Ordering::Less => false,
    };
    Ok(quotient + i128::from(away))
}

/// As [`divide_nearest`] for objects, which must be ints.
fn divide_nearest_objects(a: &Object, b: &Object) -> PyResult {
    let (a, b) = (int_of(a)?, int_of(b)?);
    if let (Some(a), Some(b)) = (small(a), small(b)) {
        return Ok(Int::from_i128(divide_nearest(a, b)?).upcast());
    }
    let (quotient, rest) = checked_divmod(a.as_object(), b.as_object())?;
    let (rest, b) = (number::absolute(&rest)?, number::absolute(b.as_object())?);
    let twice = number::add(&rest, &rest)?;
    let is_odd = |quotient: &Object| -> PyResult<bool> {
        object::is_true(&*number::and(quotient, Int::from_i64(1).as_object())?)
    };
    let away = object::compare_bool(&twice, &b, CompareOp::Gt)?
        || (object::eq(&twice, &b)? && is_odd(&quotient)?);
    if away { number::add(&quotient, Int::from_i64(1).as_object()) } else { Ok(quotient) }
}

fn new_object(span: Span) -> PyResult {
    TimeDelta::new(span).map(Ref::upcast)
}

fn multiply_int(delta: &TimeDelta, factor: &Object) -> PyResult {
    let micros = delta.span.micros();
    if let Some(factor) = factor.downcast_exact::<Int>().and_then(small) {
        return match micros.checked_mul(factor) {
            Some(micros) => new_object(Span::from_micros(micros)?),
            None => Err(too_many_days()),
        };
    }
    let product = number::multiply(factor, micros_object(delta.span).as_object())?;
    new_object(span_of_object(&product)?)
}

/// The two parts of `float.as_integer_ratio()`.
fn integer_ratio(value: &Object) -> PyResult<(Ref, Ref)> {
    let ratio = call::call_method(value, id!(as_integer_ratio), &[])?;
    let Some(parts) = ratio.downcast::<Tuple>() else {
        return Err(type_error!(
            "unexpected return type from as_integer_ratio(): expected tuple, not '{:.200}'",
            ratio.type_name()
        ));
    };
    match parts.items() {
        [numerator, denominator] => Ok((numerator.clone(), denominator.clone())),
        _ => Err(value_error!("as_integer_ratio() must return a 2-tuple")),
    }
}

fn by_float(delta: &TimeDelta, value: &Object, divide: bool) -> PyResult {
    let (numerator, denominator) = integer_ratio(value)?;
    let (factor, divisor) =
        if divide { (denominator, numerator) } else { (numerator, denominator) };
    let product = number::multiply(micros_object(delta.span).as_object(), &factor)?;
    let quotient = divide_nearest_objects(&product, &divisor)?;
    new_object(span_of_object(&quotient)?)
}

fn pair_of<'a>(left: &'a Object, right: &'a Object) -> Option<(&'a TimeDelta, &'a TimeDelta)> {
    Some((left.downcast()?, right.downcast()?))
}

/// The sum of a constructor's parts, as long as all of them are plain.
struct Sum {
    micros: i128,
    leftover: f64,
}

impl Sum {
    /// Adds `value` units of `factor` microseconds; `None` where that is too large or not plain.
    fn add(&mut self, value: &Object, factor: i64) -> Option<()> {
        let factor_wide = i128::from(factor);
        if let Some(value) = value.downcast_exact::<Int>() {
            let product = small(value)?.checked_mul(factor_wide)?;
            self.micros = self.micros.checked_add(product)?;
            return Some(());
        }
        const LIMIT: f64 = 1e18;
        let value = value.downcast_exact::<Float>()?.value();
        if !(-LIMIT..LIMIT).contains(&value) {
            return None;
        }
        let whole = value.trunc();
        self.micros = self.micros.checked_add((whole as i128).checked_mul(factor_wide)?)?;
        let rest = (value - whole) * factor as f64;
        let whole = rest.trunc();
        self.micros = self.micros.checked_add(whole as i128)?;
        self.leftover += rest - whole;
        Some(())
    }
}

/// The leftover fraction of a microsecond, rounded so that the sum is even in the middle.
fn round_leftover(leftover: f64, is_odd: bool) -> i64 {
    let whole = leftover.round();
    if (whole - leftover).abs() == 0.5 {
        let odd = f64::from(u8::from(is_odd));
        return (2.0 * ((leftover + odd) * 0.5).round() - odd) as i64;
    }
    whole as i64
}

/// Names and microseconds of the units, in the order in which they are added.
const UNITS: [(usize, &str, i64); 7] = [
    (2, "microseconds", 1),
    (3, "milliseconds", 1_000),
    (1, "seconds", 1_000_000),
    (4, "minutes", 60_000_000),
    (5, "hours", 3_600_000_000),
    (0, "days", 86_400_000_000),
    (6, "weeks", 604_800_000_000),
];

/// The constructor's sum by objects (`accum`).
fn sum_of_objects(places: &[Option<&Object>; 7]) -> PyResult {
    let mut sum = Int::from_i64(0).upcast();
    let mut leftover = 0.0;
    for (index, tag, factor) in UNITS {
        let Some(value) = places[index] else { continue };
        let unit = Int::from_i64(factor);
        if value.downcast::<Int>().is_some() {
            let product = number::multiply(value, unit.as_object())?;
            sum = number::add(&sum, &product)?;
        } else if let Some(float) = value.downcast::<Float>() {
            let float = float.value();
            let whole = Int::from_f64(float.trunc())?;
            let product = number::multiply(whole.as_object(), unit.as_object())?;
            sum = number::add(&sum, &product)?;
            let rest = (float - float.trunc()) * factor as f64;
            sum = number::add(&sum, Int::from_f64(rest.trunc())?.as_object())?;
            leftover += rest - rest.trunc();
        } else {
            return Err(type_error!(
                "unsupported type for timedelta {tag} component: {}",
                value.type_name()
            ));
        }
    }
    if leftover != 0.0 {
        let odd = number::and(&sum, Int::from_i64(1).as_object())?;
        let rounded = round_leftover(leftover, object::is_true(&odd)?);
        sum = number::add(&sum, Int::from_i64(rounded).as_object())?;
    }
    Ok(sum)
}

#[pymethods]
impl TimeDelta {
    #[pymethod("($self, /)")]
    fn total_seconds(&self) -> PyResult {
        const EXACT: i128 = 1 << 53;
        let micros = self.span.micros();
        if micros.abs() <= EXACT {
            return Ok(Float::new(micros as f64 / 1e6).upcast());
        }
        let million = Int::from_i64(MICROS_PER_SECOND as i64);
        number::true_divide(micros_object(self.span).as_object(), million.as_object())
    }

    #[pymethod("($self, /)")]
    fn __reduce__(&self) -> Ref<Tuple> {
        let class = self.as_object().type_().to_ref().upcast();
        tuple::from_array([class, self.state().upcast()])
    }

    #[pymember]
    fn days(&self) -> i32 {
        self.span.days
    }

    #[pymember]
    fn seconds(&self) -> i32 {
        self.span.seconds
    }

    #[pymember]
    fn microseconds(&self) -> i32 {
        self.span.microseconds
    }
}

#[pyslots]
impl TimeDelta {
    fn tp_new(ty: &Type, args: Args<'_>) -> PyResult {
        let places = bind!(args, "__new__", ["days", "seconds", "microseconds", "milliseconds",
            "minutes", "hours", "weeks"], required 0, positional_only 0, positional 7);
        let mut sum = Sum { micros: 0, leftover: 0.0 };
        let added = UNITS.iter().try_for_each(|(index, _, factor)| match places[*index] {
            Some(value) => sum.add(value, *factor),
            None => Some(()),
        });
        let span = match added {
            Some(()) => {
                let rounded = match sum.leftover {
                    0.0 => 0,
                    leftover => round_leftover(leftover, sum.micros & 1 == 1),
                };
                Span::from_micros(sum.micros + i128::from(rounded))?
            }
            None => span_of_object(&*sum_of_objects(&places)?)?,
        };
        TimeDelta::make(ty, span).map(Ref::upcast)
    }

    fn repr(&self) -> String {
        let Span { days, seconds, microseconds } = self.span;
        let parts = [("days", days), ("seconds", seconds), ("microseconds", microseconds)];
        let mut text = String::new();
        for (name, value) in parts.into_iter().filter(|(_, value)| *value != 0) {
            if !text.is_empty() {
                text.push_str(", ");
            }
            text.push_str(&format!("{name}={value}"));
        }
        if text.is_empty() {
            text.push('0');
        }
        format!("{}({text})", self.as_object().type_name())
    }

    fn str(&self) -> PyResult {
        let Span { days, seconds, microseconds } = self.span;
        let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
        let mut text = String::new();
        if days != 0 {
            let plural = if days.abs() == 1 { "" } else { "s" };
            text = format!("{days} day{plural}, ");
        }
        text.push_str(&format!("{hours}:{minutes:02}:{seconds:02}"));
        if microseconds != 0 {
            text.push_str(&format!(".{microseconds:06}"));
        }
        Ok(gopy_core::str::Str::new(&text).upcast())
    }

    fn hash(&self) -> PyResult<isize> {
        Ok(self.hash_value())
    }

    fn richcompare(&self, other: &Object, op: CompareOp) -> PyResult {
        Ok(match other.downcast::<TimeDelta>() {
            Some(other) => bool_::bool_ref(op.accepts(self.span.cmp(&other.span))),
            None => none::not_implemented(),
        })
    }

    fn nb_add(left: &Object, right: &Object) -> PyResult {
        let Some((left, right)) = pair_of(left, right) else { return Ok(none::not_implemented()) };
        new_object(Span::from_micros(left.span.micros() + right.span.micros())?)
    }

    fn nb_subtract(left: &Object, right: &Object) -> PyResult {
        let Some((left, right)) = pair_of(left, right) else { return Ok(none::not_implemented()) };
        new_object(Span::from_micros(left.span.micros() - right.span.micros())?)
    }

    fn nb_multiply(left: &Object, right: &Object) -> PyResult {
        let (delta, factor) = match left.downcast::<TimeDelta>() {
            Some(delta) => (Some(delta), right),
            None => (right.downcast::<TimeDelta>(), left),
        };
        let Some(delta) = delta else { return Ok(none::not_implemented()) };
        if factor.is_instance(&INT) {
            return multiply_int(delta, factor);
        }
        if factor.is_instance(&FLOAT) {
            return by_float(delta, factor, false);
        }
        Ok(none::not_implemented())
    }

    fn nb_floor_divide(left: &Object, right: &Object) -> PyResult {
        let Some(delta) = left.downcast::<TimeDelta>() else { return Ok(none::not_implemented()) };
        let micros = micros_object(delta.span);
        if right.is_instance(&INT) {
            let quotient = number::floor_divide(micros.as_object(), right)?;
            return new_object(span_of_object(&quotient)?);
        }
        match right.downcast::<TimeDelta>() {
            Some(right) => {
                number::floor_divide(micros.as_object(), micros_object(right.span).as_object())
            }
            None => Ok(none::not_implemented()),
        }
    }

    fn nb_true_divide(left: &Object, right: &Object) -> PyResult {
        let Some(delta) = left.downcast::<TimeDelta>() else { return Ok(none::not_implemented()) };
        let micros = micros_object(delta.span);
        if let Some(right) = right.downcast::<TimeDelta>() {
            return number::true_divide(micros.as_object(), micros_object(right.span).as_object());
        }
        if right.is_instance(&FLOAT) {
            return by_float(delta, right, true);
        }
        if right.is_instance(&INT) {
            let quotient = divide_nearest_objects(micros.as_object(), right)?;
            return new_object(span_of_object(&quotient)?);
        }
        Ok(none::not_implemented())
    }

    fn nb_remainder(left: &Object, right: &Object) -> PyResult {
        let Some((left, right)) = pair_of(left, right) else { return Ok(none::not_implemented()) };
        let rest = number::remainder(
            micros_object(left.span).as_object(),
            micros_object(right.span).as_object(),
        )?;
        new_object(span_of_object(&rest)?)
    }

    fn nb_divmod(left: &Object, right: &Object) -> PyResult {
        let Some((left, right)) = pair_of(left, right) else { return Ok(none::not_implemented()) };
        let (quotient, rest) = checked_divmod(
            micros_object(left.span).as_object(),
            micros_object(right.span).as_object(),
        )?;
        let rest = new_object(span_of_object(&rest)?)?;
        Ok(tuple::from_array([quotient, rest]).upcast())
    }

    fn nb_negative(&self) -> PyResult {
        new_object(Span::from_micros(-self.span.micros())?)
    }

    fn nb_positive(&self) -> PyResult {
        new_object(self.span)
    }

    fn nb_absolute(&self) -> PyResult {
        new_object(Span::from_micros(self.span.micros().abs())?)
    }

    fn nb_bool(&self) -> PyResult<bool> {
        Ok(self.span != Span::ZERO)
    }
}
