//! `float`: an IEEE double.
//!
//! Answers to `Objects/floatobject.c`. Kernels (text, hexadecimal, rounding, ratios) are in
//! gopy-numeric.

use std::cmp::Ordering;
use std::ffi::CStr;
use std::ptr::NonNull;

use gopy_macros::{pyclass, pymethods, pyslots};
use gopy_numeric::float as kernel;
use gopy_numeric::format::{self, FormatSpec, Grouping, Locale, Target};
use gopy_numeric::hash::{hash_float, hash_pointer};
use gopy_object::typeobj::CompareOp;
use gopy_object::{Args, Exception, GilCell, Instance, Object, PyResult, Ref, Type, gc, memory};

use crate::argument::{IntoPy, check_positional, no_keywords};
use crate::bool_::bool_ref;
use crate::bytes::Bytes;
use crate::error::{from_numeric, type_error, value_error, zero_division_error};
use crate::exceptions::{self, DEPRECATION_WARNING, OVERFLOW_ERROR};
use crate::free_list::FreeList;
use crate::int::{Int, ascii_number_text, padded_ascii, parse_spec, pieces_to_str};
use crate::none::{is_none, not_implemented};
use crate::str::Str;
use crate::tuple::{self, Tuple};
use crate::{buffer, call, complex, number, object, warnings};

/// A `float`.
#[pyclass(name = "float", static = FLOAT, basicsize = 24, text_signature = "(x=0, /)",
    flags(BASETYPE, MATCH_SELF), manual_traverse)]
#[repr(C)]
pub struct Float {
    object: Object,
    value: std::cell::Cell<f64>,
}

gopy_object::leaf_traverse!(Float);

static FREE: GilCell<FreeList> = GilCell::new(FreeList::new(100));

impl Float {
    /// `format(self, format_spec)`. May run Python: `__str__` of a subclass.
    pub(crate) fn format(&self, format_spec: &Str) -> PyResult<Ref<Str>> {
        if format_spec.is_empty() {
            return object::str(self.as_object());
        }
        let name = self.as_object().type_name();
        let spec = parse_spec(format_spec, Target::Float, &name)?;
        if let Some(text) = self.format_fixed(&spec) {
            return text;
        }
        let locale = LocaleText::of(&spec);
        let pieces = format::format_float(&spec, self.value(), &name, &locale.as_locale());
        pieces_to_str(&pieces.map_err(from_numeric)?)
    }

    /// The text of a short number with a fixed number of places, where the specification asks for no
    /// more than sign, fill and width.
    fn format_fixed(&self, spec: &FormatSpec) -> Option<PyResult<Ref<Str>>> {
        let plain = matches!(spec.code, 0x46 | 0x66)
            && spec.grouping == Grouping::None
            && spec.fraction_grouping == Grouping::None
            && !spec.alternate
            && !spec.no_negative_zero;
        if !plain || !self.value().is_finite() {
            return None;
        }
        let mut buffer = [0; 40];
        let precision = spec.precision.unwrap_or(6);
        let number = kernel::text::fixed_short(self.value().abs(), precision, &mut buffer)?;
        padded_ascii(self.value().is_sign_negative(), number, spec)
    }

    /// A float; the process ends where not even 24 bytes can be had.
    #[inline(always)]
    pub fn new(value: f64) -> Ref<Float> {
        let Some(block) = FREE.get().pop() else { return Float::new_slow(value) };
        let float = block.cast::<Float>();
        // SAFETY: memory of a `Float`, ours alone.
        unsafe {
            float.write(Float { object: Object::header(&FLOAT), value: value.into() });
            Ref::from_raw(float)
        }
    }

    /// A float, as long as that takes no asking for memory: for the eval loop.
    #[inline(always)]
    pub fn recycled(value: f64) -> Option<Ref<Float>> {
        let float = FREE.get().pop()?.cast::<Float>();
        // SAFETY: memory of a `Float`, ours alone.
        unsafe {
            float.write(Float { object: Object::header(&FLOAT), value: value.into() });
            Some(Ref::from_raw(float))
        }
    }

    /// Keeps the memory of a float that nobody uses any more; false where it must be freed.
    ///
    /// # Safety
    ///
    /// The float is exact and the caller owns its last count, which ends here if the answer is true.
    #[inline(always)]
    pub unsafe fn recycle(float: &Float) -> bool {
        // SAFETY: exact floats have one size and no prefix.
        unsafe { FREE.get().push(std::ptr::NonNull::from_ref(&float.object)) }
    }

    #[cold]
    #[inline(never)]
    fn new_slow(value: f64) -> Ref<Float> {
        Float::of_type(&FLOAT, value)
            .unwrap_or_else(|_| std::alloc::handle_alloc_error(std::alloc::Layout::new::<Float>()))
    }

    fn of_type(ty: &Type, value: f64) -> PyResult<Ref<Float>> {
        let float = Float { object: Object::header(ty), value: value.into() };
        memory::alloc(ty, float).map(gc::tracked_if_collected)
    }

    /// The value.
    #[inline(always)]
    pub fn value(&self) -> f64 {
        self.value.get()
    }

    /// Gives a float that nobody else sees another value: in-place arithmetic of the VM.
    ///
    /// # Safety
    ///
    /// The object is an exact float with one reference, which the caller owns.
    #[inline(always)]
    pub unsafe fn set_value(&self, value: f64) {
        self.value.set(value);
    }

    fn exact(&self) -> Ref<Float> {
        if self.object.is_exact(&FLOAT) { self.to_ref() } else { Float::new(self.value()) }
    }
}

/// The value of a float or int operand; `None` for other objects.
///
/// # Errors
///
/// OverflowError "int too large to convert to float".
#[inline]
pub(crate) fn operand(o: &Object) -> PyResult<Option<f64>> {
    if let Some(float) = o.downcast_exact::<Float>() {
        return Ok(Some(float.value()));
    }
    if let Some(int) = o.downcast::<Int>() {
        return int.to_f64().map(Some);
    }
    Ok(o.downcast::<Float>().map(Float::value))
}

/// What `__float__` has answered, as a float (deprecated for subclasses).
pub(crate) fn checked_float(o: &Object, result: &Object) -> PyResult<f64> {
    let (name, found) = (o.type_name(), result.type_name());
    let Some(float) = result.downcast::<Float>() else {
        return Err(type_error!("{name:.50}.__float__ returned non-float (type {found:.50})"));
    };
    if !result.is_exact(&FLOAT) {
        warnings::warn(
            &DEPRECATION_WARNING,
            &format!(
                "{name:.50}.__float__ returned non-float (type {found:.50}).  The ability to return an \
                 instance of a strict subclass of float is deprecated, and may be removed in a future \
                 version of Python."
            ),
            1,
        )?;
    }
    Ok(float.value())
}

/// `__float__`, then `__index__`; "must be real number, not …". May run Python.
///
/// # Errors
///
/// `TypeError`, `OverflowError`.
#[inline]
pub fn as_f64(o: &Object) -> PyResult<f64> {
    if let Some(float) = o.downcast_exact::<Float>() {
        return Ok(float.value());
    }
    as_f64_slow(o)
}

#[inline(never)]
fn as_f64_slow(o: &Object) -> PyResult<f64> {
    if let Some(float) = o.downcast::<Float>() {
        return Ok(float.value());
    }
    let slots = &o.type_().slots.number;
    if let Some(to_float) = slots.float.get() {
        let result = to_float(o)?;
        if let Some(float) = result.downcast_exact::<Float>() {
            return Ok(float.value());
        }
        return checked_float(o, &result);
    }
    if slots.index.get().is_some() {
        return number::index(o)?.to_f64();
    }
    Err(type_error!("must be real number, not {:.50}", o.type_name()))
}

/// `float(o)` of text or bytes; `None` for other objects.
pub(crate) fn from_text_object(o: &Object) -> PyResult<Option<f64>> {
    if let Some(text) = o.downcast::<Str>() {
        return parse(&ascii_number_text(text), o).map(Some);
    }
    if let Some(bytes) = o.downcast::<Bytes>() {
        return parse(bytes.as_slice(), o).map(Some);
    }
    if !buffer::has_buffer(o) {
        return Ok(None);
    }
    let view = buffer::bytes_like(o)?;
    let text = buffer::as_slice(&view).to_vec();
    parse(&text, o).map(Some)
}

fn parse(text: &[u8], literal: &Object) -> PyResult<f64> {
    match kernel::parse::parse_float(text) {
        Some(value) => Ok(value),
        None => {
            let literal = object::repr(literal)?;
            Err(value_error!("could not convert string to float: {literal}"))
        }
    }
}

/// Order of a float and an int, exact; `None` for nan.
pub(crate) fn compare_int(value: f64, int: &Int) -> Option<Ordering> {
    if int.digit_count() <= 1 {
        return value.partial_cmp(&(int.compact_value() as f64));
    }
    int.to_bigint().compare_f64(value).map(Ordering::reverse)
}

#[cold]
fn division_by_zero() -> Exception {
    zero_division_error!("division by zero")
}

/// `a % b` for a divisor that is not zero.
#[inline]
fn float_remainder(a: f64, b: f64) -> f64 {
    let remainder = a % b;
    if remainder == 0.0 {
        return 0.0f64.copysign(b);
    }
    if (b < 0.0) != (remainder < 0.0) { remainder + b } else { remainder }
}

/// `divmod(a, b)` for a divisor that is not zero.
fn float_divmod(a: f64, b: f64) -> (f64, f64) {
    let mut remainder = a % b;
    let mut quotient = (a - remainder) / b;
    if remainder == 0.0 {
        remainder = 0.0f64.copysign(b);
    } else if (b < 0.0) != (remainder < 0.0) {
        remainder += b;
        quotient -= 1.0;
    }
    if quotient == 0.0 {
        return (0.0f64.copysign(a / b), remainder);
    }
    let floor = quotient.floor();
    (if quotient - floor > 0.5 { floor + 1.0 } else { floor }, remainder)
}

/// `a ** b`: a float, or a complex number for a negative base and a fraction.
///
/// # Errors
///
/// `ZeroDivisionError`, `OverflowError`.
pub fn power(a: f64, b: f64) -> PyResult {
    let is_odd = |x: f64| x.abs() % 2.0 == 1.0;
    let result = if b == 0.0 {
        1.0
    } else if a.is_nan() {
        a
    } else if b.is_nan() {
        if a == 1.0 { 1.0 } else { b }
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
        match (b > 0.0, is_odd(b)) {
            (true, true) => a,
            (true, false) => a.abs(),
            (false, true) => 0.0f64.copysign(a),
            (false, false) => 0.0,
        }
    } else if a == 0.0 {
        if b < 0.0 {
            return Err(zero_division_error!("zero to a negative power"));
        }
        if is_odd(b) { a } else { 0.0 }
    } else if a < 0.0 && b != b.floor() {
        let (real, exponent) = (a, b);
        return complex::power(
            complex::Value { real, imag: 0.0 },
            complex::Value { real: exponent, imag: 0.0 },
        );
    } else {
        let negate = a < 0.0 && is_odd(b);
        let magnitude = a.abs();
        let result = if magnitude == 1.0 { 1.0 } else { magnitude.powf(b) };
        if result.is_infinite() {
            return Err(out_of_range());
        }
        if negate { -result } else { result }
    };
    Ok(Float::new(result).upcast())
}

/// `OverflowError(34, 'Numerical result out of range')`.
#[cold]
pub fn out_of_range() -> Exception {
    let args = [
        Int::from_i64(i64::from(libc::ERANGE)).upcast(),
        Str::new("Numerical result out of range").upcast(),
    ];
    match exceptions::instantiate(&OVERFLOW_ERROR, &tuple::from_array(args)) {
        Ok(exception) => Exception::raise(exception),
        Err(error) => error,
    }
}

/// The locale's texts about numbers, copied out of `localeconv()`.
pub struct LocaleText {
    decimal_point: String,
    thousands_sep: String,
    grouping: Vec<u8>,
}

impl LocaleText {
    /// What a specification needs: the current locale for type `n`, else the "C" locale.
    pub fn of(spec: &FormatSpec) -> Option<LocaleText> {
        if spec.code != u32::from('n') {
            return None;
        }
        // SAFETY: the GIL keeps other threads of ours from changing the locale meanwhile.
        let conv = unsafe { &*libc::localeconv() };
        let text = |pointer: *const libc::c_char| {
            // SAFETY: `localeconv` gives C strings that last until the next call.
            unsafe { CStr::from_ptr(pointer) }.to_string_lossy().into_owned()
        };
        // SAFETY: as above.
        let grouping = unsafe { CStr::from_ptr(conv.grouping) }.to_bytes();
        Some(LocaleText {
            decimal_point: text(conv.decimal_point),
            thousands_sep: text(conv.thousands_sep),
            grouping: if grouping.is_empty() { vec![127] } else { grouping.to_vec() },
        })
    }
}

/// Lends a [`LocaleText`], or the "C" locale.
pub trait AsLocale {
    /// The locale.
    fn as_locale(&self) -> Locale<'_>;
}

impl AsLocale for Option<LocaleText> {
    fn as_locale(&self) -> Locale<'_> {
        match self {
            None => Locale::C,
            Some(text) => Locale {
                decimal_point: &text.decimal_point,
                thousands_sep: &text.thousands_sep,
                grouping: &text.grouping,
            },
        }
    }
}

macro_rules! two_floats {
    ($a:ident, $b:ident) => {
        let Some($a) = operand($a)? else { return Ok(not_implemented()) };
        let Some($b) = operand($b)? else { return Ok(not_implemented()) };
    };
}

impl Float {
    /// Fills the slots that the type defines itthis.
    pub(crate) fn fill_slots(slots: &gopy_object::Slots) {
        slots::fill_slots(slots);
    }
}

#[pyslots(Float)]
mod slots {
    use super::*;

    fn new(ty: &Type, args: Args<'_>) -> PyResult {
        let plain = std::ptr::eq(ty, FLOAT.get());
        if args.keyword_count() != 0
            && (plain
                || ty.slots.init.get().map(|f| f as usize)
                    == FLOAT.slots.init.get().map(|f| f as usize))
        {
            no_keywords("float", args)?;
        }
        check_positional("float", args.len(), 0, 1)?;
        let value = match args.get(0) {
            None => Float::new(0.0).upcast(),
            Some(x) => number::float(x)?,
        };
        if plain {
            return Ok(value);
        }
        Float::of_type(ty, as_f64(&value)?).into_py()
    }

    fn vectorcall(ty: &Type, args: Args<'_>) -> PyResult {
        no_keywords("float", args)?;
        match args.positional() {
            [x] if std::ptr::eq(ty, FLOAT.get()) => number::float(x.object()),
            _ => new(ty, args),
        }
    }

    unsafe fn dealloc(object: NonNull<Object>) {
        // SAFETY: exact floats all have one size and no prefix.
        if !unsafe { FREE.get().push(object) } {
            // SAFETY: floats own nothing but their memory.
            unsafe { memory::free(object, &FLOAT) };
        }
    }

    fn repr(this: &Float) -> PyResult<Ref<Str>> {
        Str::try_new(&kernel::text::repr(this.value()))
    }

    fn hash(this: &Float) -> PyResult<isize> {
        let hash = hash_float(this.value());
        Ok(hash.unwrap_or_else(|| hash_pointer(this.as_object().id())) as isize)
    }

    fn richcompare(this: &Float, other: &Object, op: CompareOp) -> PyResult {
        let order = if let Some(other) = other.downcast::<Float>() {
            this.value().partial_cmp(&other.value())
        } else if let Some(other) = other.downcast::<Int>() {
            compare_int(this.value(), other)
        } else {
            return Ok(not_implemented());
        };
        Ok(bool_ref(match order {
            Some(order) => op.accepts(order),
            None => op == CompareOp::Ne,
        }))
    }

    fn nb_add(a: &Object, b: &Object) -> PyResult {
        two_floats!(a, b);
        Ok(Float::new(a + b).upcast())
    }

    fn nb_subtract(a: &Object, b: &Object) -> PyResult {
        two_floats!(a, b);
        Ok(Float::new(a - b).upcast())
    }

    fn nb_multiply(a: &Object, b: &Object) -> PyResult {
        two_floats!(a, b);
        Ok(Float::new(a * b).upcast())
    }

    fn nb_remainder(a: &Object, b: &Object) -> PyResult {
        two_floats!(a, b);
        if b == 0.0 {
            return Err(division_by_zero());
        }
        Ok(Float::new(float_remainder(a, b)).upcast())
    }

    fn nb_divmod(a: &Object, b: &Object) -> PyResult {
        two_floats!(a, b);
        if b == 0.0 {
            return Err(division_by_zero());
        }
        let (quotient, remainder) = float_divmod(a, b);
        let pair = [Float::new(quotient).upcast(), Float::new(remainder).upcast()];
        Ok(tuple::from_array(pair).upcast())
    }

    fn nb_power(a: &Object, b: &Object, c: &Object) -> PyResult {
        if !is_none(c) {
            return Err(type_error!(
                "pow() 3rd argument not allowed unless all arguments are integers"
            ));
        }
        two_floats!(a, b);
        power(a, b)
    }

    fn nb_negative(this: &Float) -> f64 {
        -this.value()
    }

    fn nb_positive(this: &Float) -> Ref<Float> {
        this.exact()
    }

    fn nb_absolute(this: &Float) -> f64 {
        this.value().abs()
    }

    fn nb_bool(this: &Float) -> PyResult<bool> {
        Ok(this.value() != 0.0)
    }

    fn nb_int(this: &Float) -> PyResult<Ref<Int>> {
        Int::from_f64(this.value())
    }

    fn nb_float(this: &Float) -> Ref<Float> {
        this.exact()
    }

    fn nb_floor_divide(a: &Object, b: &Object) -> PyResult {
        two_floats!(a, b);
        if b == 0.0 {
            return Err(division_by_zero());
        }
        Ok(Float::new(float_divmod(a, b).0).upcast())
    }

    fn nb_true_divide(a: &Object, b: &Object) -> PyResult {
        two_floats!(a, b);
        if b == 0.0 {
            return Err(division_by_zero());
        }
        Ok(Float::new(a / b).upcast())
    }
}

#[pymethods]
impl Float {
    #[pyclassmethod("($type, number, /)")]
    fn from_number(cls: &Type, number: &Object) -> PyResult {
        let plain = std::ptr::eq(cls, FLOAT.get());
        if plain && number.is_exact(&FLOAT) {
            return Ok(number.to_ref());
        }
        let value = Float::new(as_f64(number)?);
        if plain {
            return Ok(value.upcast());
        }
        call::call_one(cls.as_object(), value.as_object())
    }

    #[pymethod("($self, /)")]
    fn conjugate(&self) -> Ref<Float> {
        self.exact()
    }

    #[pymethod("($self, /)")]
    fn __trunc__(&self) -> PyResult<Ref<Int>> {
        Int::from_f64(self.value())
    }

    #[pymethod("($self, /)")]
    fn __floor__(&self) -> PyResult<Ref<Int>> {
        Int::from_f64(self.value().floor())
    }

    #[pymethod("($self, /)")]
    fn __ceil__(&self) -> PyResult<Ref<Int>> {
        Int::from_f64(self.value().ceil())
    }

    #[pymethod("($self, ndigits=None, /)")]
    fn __round__(&self, ndigits: Option<&Object>) -> PyResult {
        match ndigits {
            Some(ndigits) if !is_none(ndigits) => {
                let places = number::index_clamped(ndigits)?;
                let rounded = kernel::round_to_places(self.value(), places as i64);
                Ok(Float::new(rounded.map_err(from_numeric)?).upcast())
            }
            _ => Int::from_f64(self.value().round_ties_even()).into_py(),
        }
    }

    #[pymethod("($self, /)")]
    fn as_integer_ratio(&self) -> PyResult<Ref<Tuple>> {
        let (numerator, denominator) =
            kernel::as_integer_ratio(self.value()).map_err(from_numeric)?;
        Ok(tuple::from_array([
            Int::try_from_bigint(&numerator)?.upcast(),
            Int::try_from_bigint(&denominator)?.upcast(),
        ]))
    }

    #[pyclassmethod("($type, string, /)")]
    fn fromhex(cls: &Type, string: &Object) -> PyResult {
        let Some(text) = string.downcast::<Str>() else {
            return Err(type_error!("bad argument type for built-in operation"));
        };
        let value = kernel::hex::from_hex(text.to_utf8()?.as_bytes()).map_err(from_numeric)?;
        let value = Float::new(value);
        if std::ptr::eq(cls, FLOAT.get()) {
            return Ok(value.upcast());
        }
        call::call_one(cls.as_object(), value.as_object())
    }

    #[pymethod("($self, /)")]
    fn hex(&self) -> String {
        kernel::hex::to_hex(self.value())
    }

    #[pymethod("($self, /)")]
    fn is_integer(&self) -> bool {
        self.value().is_finite() && self.value().floor() == self.value()
    }

    #[pymethod("($self, /)")]
    fn __getnewargs__(&self) -> Ref<Tuple> {
        tuple::from_array([Float::new(self.value()).upcast()])
    }

    #[pyclassmethod("($type, typestr, /)")]
    fn __getformat__(cls: &Type, typestr: &Str) -> PyResult<&'static str> {
        let _ = cls;
        if typestr.eq_str("double") || typestr.eq_str("float") {
            return Ok("IEEE, little-endian");
        }
        Err(value_error!("__getformat__() argument 1 must be 'double' or 'float'"))
    }

    #[pymethod("($self, format_spec, /)")]
    fn __format__(&self, format_spec: &Str) -> PyResult<Ref<Str>> {
        self.format(format_spec)
    }

    #[pygetter]
    fn real(&self) -> Ref<Float> {
        self.exact()
    }

    #[pygetter]
    fn imag(&self) -> f64 {
        0.0
    }
}
