//! The number protocol.
//!
//! Answers to the number part of `Objects/abstract.c`. All functions may run Python.

use gopy_numeric::int::text;
use gopy_object::typeobj::{BinaryFn, IndexFn, NumberSlots, SlotFn, TernaryFn, UnaryFn};
use gopy_object::{Exception, Instance, Object, PyResult, Ref, Type};

use crate::error::{overflow_error, raise_format, type_error};
use crate::exceptions::DEPRECATION_WARNING;
use crate::float::{self, Float};
use crate::int::{self, INT, Int};
use crate::none::{is_none, is_not_implemented, not_implemented};
use crate::str::Str;
use crate::warnings;

#[cold]
#[inline(never)]
fn unsupported(a: &Object, b: &Object, symbol: &str) -> Exception {
    let (a_name, b_name) = (a.type_name(), b.type_name());
    type_error!(
        "unsupported operand type(s) for {symbol:.100}: '{a_name:.100}' and '{b_name:.100}'"
    )
}

fn same(a: Option<BinaryFn>, b: Option<BinaryFn>) -> bool {
    a.map(|f| f as usize) == b.map(|f| f as usize)
}

/// `a OP b` of the number slots, `NotImplemented` where neither operand knows (`BINARY_OP1`): the left
/// operand's slot first, unless the right one's type is a proper subtype that has its own.
///
/// # Errors
///
/// What the slots raise.
#[inline]
pub fn binary_or_not_implemented(
    a: &Object,
    b: &Object,
    slot: impl Fn(&NumberSlots) -> &SlotFn<BinaryFn>,
) -> PyResult {
    let (a_type, b_type) = (a.type_(), b.type_());
    let left = slot(&a_type.slots.number).get();
    let mut right = None;
    if !std::ptr::eq(a_type, b_type) {
        right = slot(&b_type.slots.number).get();
        if same(left, right) {
            right = None;
        }
    }
    if let Some(left) = left {
        if let Some(first) = right
            && b_type.is_subtype(a_type)
        {
            let result = first(a, b)?;
            if !is_not_implemented(&result) {
                return Ok(result);
            }
            right = None;
        }
        let result = left(a, b)?;
        if !is_not_implemented(&result) {
            return Ok(result);
        }
    }
    match right {
        Some(right) => right(a, b),
        None => Ok(not_implemented()),
    }
}

/// `a OP= b` of the number slots, `NotImplemented` where nobody knows (`BINARY_IOP1`).
#[inline]
fn inplace_or_not_implemented(
    a: &Object,
    b: &Object,
    inplace: impl Fn(&NumberSlots) -> &SlotFn<BinaryFn>,
    slot: impl Fn(&NumberSlots) -> &SlotFn<BinaryFn>,
) -> PyResult {
    if let Some(inplace) = inplace(&a.type_().slots.number).get() {
        let result = inplace(a, b)?;
        if !is_not_implemented(&result) {
            return Ok(result);
        }
    }
    binary_or_not_implemented(a, b, slot)
}

macro_rules! binary {
    ($($(#[$doc:meta])* $name:ident $slot:ident $symbol:literal;)*) => {$(
        $(#[$doc])*
        ///
        /// # Errors
        ///
        /// `TypeError` where neither operand supports it; what the operands raise.
        #[inline]
        pub fn $name(a: &Object, b: &Object) -> PyResult {
            let result = binary_or_not_implemented(a, b, |slots| &slots.$slot)?;
            if is_not_implemented(&result) {
                return Err(unsupported(a, b, $symbol));
            }
            Ok(result)
        }
    )*};
}

macro_rules! inplace {
    ($($(#[$doc:meta])* $name:ident $inplace:ident $slot:ident $symbol:literal;)*) => {$(
        $(#[$doc])*
        ///
        /// # Errors
        ///
        /// `TypeError` where neither operand supports it; what the operands raise.
        #[inline]
        pub fn $name(a: &Object, b: &Object) -> PyResult {
            let result =
                inplace_or_not_implemented(a, b, |slots| &slots.$inplace, |slots| &slots.$slot)?;
            if is_not_implemented(&result) {
                return Err(unsupported(a, b, $symbol));
            }
            Ok(result)
        }
    )*};
}

binary! {
    /// `a - b`
    subtract subtract "-";
    /// `a @ b`
    matrix_multiply matrix_multiply "@";
    /// `a // b`
    floor_divide floor_divide "//";
    /// `a / b`
    true_divide true_divide "/";
    /// `a % b`
    remainder remainder "%";
    /// `divmod(a, b)`
    divmod divmod "divmod()";
    /// `a << b`
    lshift lshift "<<";
    /// `a >> b`
    rshift rshift ">>";
    /// `a & b`
    and and "&";
    /// `a | b`
    or or "|";
    /// `a ^ b`
    xor xor "^";
}

inplace! {
    /// `a -= b`
    inplace_subtract inplace_subtract subtract "-=";
    /// `a @= b`
    inplace_matrix_multiply inplace_matrix_multiply matrix_multiply "@=";
    /// `a //= b`
    inplace_floor_divide inplace_floor_divide floor_divide "//=";
    /// `a /= b`
    inplace_true_divide inplace_true_divide true_divide "/=";
    /// `a %= b`
    inplace_remainder inplace_remainder remainder "%=";
    /// `a <<= b`
    inplace_lshift inplace_lshift lshift "<<=";
    /// `a >>= b`
    inplace_rshift inplace_rshift rshift ">>=";
    /// `a &= b`
    inplace_and inplace_and and "&=";
    /// `a |= b`
    inplace_or inplace_or or "|=";
    /// `a ^= b`
    inplace_xor inplace_xor xor "^=";
}

/// `a + b`: numbers, then concatenation.
///
/// # Errors
///
/// `TypeError` where neither operand supports it; what the operands raise.
#[inline]
pub fn add(a: &Object, b: &Object) -> PyResult {
    let result = binary_or_not_implemented(a, b, |slots| &slots.add)?;
    if !is_not_implemented(&result) {
        return Ok(result);
    }
    match a.type_().slots.sequence.concat.get() {
        Some(concat) => concat(a, b),
        None => Err(unsupported(a, b, "+")),
    }
}

/// `a += b`: numbers, then concatenation.
///
/// # Errors
///
/// As [`add`].
#[inline]
pub fn inplace_add(a: &Object, b: &Object) -> PyResult {
    let result = inplace_or_not_implemented(a, b, |slots| &slots.inplace_add, |slots| &slots.add)?;
    if !is_not_implemented(&result) {
        return Ok(result);
    }
    let sequence = &a.type_().slots.sequence;
    match sequence.inplace_concat.get().or(sequence.concat.get()) {
        Some(concat) => concat(a, b),
        None => Err(unsupported(a, b, "+=")),
    }
}

fn repeat_sequence(repeat: IndexFn, sequence: &Object, times: &Object) -> PyResult {
    if !is_index(times) {
        return Err(type_error!(
            "can't multiply sequence by non-int of type '{:.200}'",
            times.type_name()
        ));
    }
    repeat(sequence, index_as_ssize_or(times, &crate::exceptions::OVERFLOW_ERROR)?)
}

/// `a * b`: numbers, then repetition of either.
///
/// # Errors
///
/// `TypeError` where neither operand supports it; what the operands raise.
#[inline]
pub fn multiply(a: &Object, b: &Object) -> PyResult {
    let result = binary_or_not_implemented(a, b, |slots| &slots.multiply)?;
    if !is_not_implemented(&result) {
        return Ok(result);
    }
    if let Some(repeat) = a.type_().slots.sequence.repeat.get() {
        return repeat_sequence(repeat, a, b);
    }
    if let Some(repeat) = b.type_().slots.sequence.repeat.get() {
        return repeat_sequence(repeat, b, a);
    }
    Err(unsupported(a, b, "*"))
}

/// `a *= b`: numbers, then repetition of either.
///
/// # Errors
///
/// As [`multiply`].
#[inline]
pub fn inplace_multiply(a: &Object, b: &Object) -> PyResult {
    let result =
        inplace_or_not_implemented(a, b, |slots| &slots.inplace_multiply, |slots| &slots.multiply)?;
    if !is_not_implemented(&result) {
        return Ok(result);
    }
    let sequence = &a.type_().slots.sequence;
    if let Some(repeat) = sequence.inplace_repeat.get().or(sequence.repeat.get()) {
        return repeat_sequence(repeat, a, b);
    }
    // Not the right operand's in-place repetition: it must not change.
    if let Some(repeat) = b.type_().slots.sequence.repeat.get() {
        return repeat_sequence(repeat, b, a);
    }
    Err(unsupported(a, b, "*="))
}

fn power_or_not_implemented(a: &Object, b: &Object, c: &Object) -> PyResult {
    let address = |slot: Option<TernaryFn>| slot.map(|f| f as usize);
    let (a_type, b_type) = (a.type_(), b.type_());
    let left = a_type.slots.number.power.get();
    let mut right = None;
    if !std::ptr::eq(a_type, b_type) {
        right = b_type.slots.number.power.get();
        if address(left) == address(right) {
            right = None;
        }
    }
    // The third operand's slot is asked unless it has been.
    let second = right;
    if let Some(left) = left {
        if let Some(first) = right
            && b_type.is_subtype(a_type)
        {
            let result = first(a, b, c)?;
            if !is_not_implemented(&result) {
                return Ok(result);
            }
            right = None;
        }
        let result = left(a, b, c)?;
        if !is_not_implemented(&result) {
            return Ok(result);
        }
    }
    if let Some(right) = right {
        let result = right(a, b, c)?;
        if !is_not_implemented(&result) {
            return Ok(result);
        }
    }
    let third = c.type_().slots.number.power.get();
    match third {
        Some(power) if address(third) != address(left) && address(third) != address(second) => {
            power(a, b, c)
        }
        _ => Ok(not_implemented()),
    }
}

#[cold]
fn unsupported_power(a: &Object, b: &Object, c: &Object, symbol: &str) -> Exception {
    if is_none(c) {
        return unsupported(a, b, symbol);
    }
    type_error!(
        "unsupported operand type(s) for {symbol:.100}: '{:.100}', '{:.100}', '{:.100}'",
        a.type_name(),
        b.type_name(),
        c.type_name()
    )
}

/// `pow(a, b, c)`; `c` is `None` for `a ** b`.
///
/// # Errors
///
/// `TypeError` where no operand supports it; what the operands raise.
pub fn power(a: &Object, b: &Object, c: &Object) -> PyResult {
    let result = power_or_not_implemented(a, b, c)?;
    if is_not_implemented(&result) {
        return Err(unsupported_power(a, b, c, "** or pow()"));
    }
    Ok(result)
}

/// `a **= b`.
///
/// # Errors
///
/// As [`power`].
pub fn inplace_power(a: &Object, b: &Object, c: &Object) -> PyResult {
    if let Some(inplace) = a.type_().slots.number.inplace_power.get() {
        let result = inplace(a, b, c)?;
        if !is_not_implemented(&result) {
            return Ok(result);
        }
    }
    let result = power_or_not_implemented(a, b, c)?;
    if is_not_implemented(&result) {
        return Err(unsupported_power(a, b, c, "**="));
    }
    Ok(result)
}

#[inline]
fn unary(o: &Object, slot: Option<UnaryFn>, what: &str) -> PyResult {
    match slot {
        Some(slot) => slot(o),
        None => Err(bad_operand(o, what)),
    }
}

#[cold]
fn bad_operand(o: &Object, what: &str) -> Exception {
    type_error!("bad operand type for {what}: '{:.200}'", o.type_name())
}

/// `-o`
///
/// # Errors
///
/// `TypeError`; what the operand raises.
pub fn negative(o: &Object) -> PyResult {
    unary(o, o.type_().slots.number.negative.get(), "unary -")
}

/// `+o`
///
/// # Errors
///
/// `TypeError`; what the operand raises.
pub fn positive(o: &Object) -> PyResult {
    unary(o, o.type_().slots.number.positive.get(), "unary +")
}

/// `~o`
///
/// # Errors
///
/// `TypeError`; what the operand raises.
pub fn invert(o: &Object) -> PyResult {
    unary(o, o.type_().slots.number.invert.get(), "unary ~")
}

/// `abs(o)`
///
/// # Errors
///
/// `TypeError`; what the operand raises.
pub fn absolute(o: &Object) -> PyResult {
    unary(o, o.type_().slots.number.absolute.get(), "abs()")
}

/// `operator.index(o)`: an exact int.
///
/// # Errors
///
/// `TypeError`; what `__index__` raises.
#[inline]
pub fn index(o: &Object) -> PyResult<Ref<Int>> {
    if let Some(int) = o.downcast_exact::<Int>() {
        return Ok(Ref::from_borrow(int));
    }
    index_slow(o)
}

#[inline(never)]
fn index_slow(o: &Object) -> PyResult<Ref<Int>> {
    if let Some(int) = o.downcast::<Int>() {
        return int.exact();
    }
    let Some(index) = o.type_().slots.number.index.get() else {
        return Err(type_error!(
            "'{:.200}' object cannot be interpreted as an integer",
            o.type_name()
        ));
    };
    checked_int(&*index(o)?, "__index__")
}

/// What `__int__` or `__index__` has answered, as an exact int (deprecated for subclasses).
fn checked_int(result: &Object, method: &str) -> PyResult<Ref<Int>> {
    if let Some(int) = result.downcast_exact::<Int>() {
        return Ok(Ref::from_borrow(int));
    }
    let found = result.type_name();
    let Some(int) = result.downcast::<Int>() else {
        return Err(type_error!("{method} returned non-int (type {found:.200})"));
    };
    warnings::warn(
        &DEPRECATION_WARNING,
        &format!(
            "{method} returned non-int (type {found:.200}).  The ability to return an instance of a \
             strict subclass of int is deprecated, and may be removed in a future version of Python."
        ),
        1,
    )?;
    int.exact()
}

/// Whether the object is an int or has `__index__`.
#[inline]
pub fn is_index(o: &Object) -> bool {
    o.type_().slots.number.index.get().is_some()
}

/// `__index__` as a `Py_ssize_t`.
///
/// # Errors
///
/// OverflowError "Python int too large to convert to C ssize_t"; as [`index`].
#[inline]
pub fn index_as_ssize(o: &Object) -> PyResult<isize> {
    if let Some(int) = o.downcast_exact::<Int>()
        && int.is_compact()
    {
        return Ok(int.compact_value());
    }
    match index(o)?.to_i64() {
        Some(value) => Ok(value as isize),
        None => Err(overflow_error!("Python int too large to convert to C ssize_t")),
    }
}

/// `__index__` as a `Py_ssize_t`; what does not fit becomes the smallest or the largest one.
///
/// # Errors
///
/// As [`index`].
pub fn index_clamped(o: &Object) -> PyResult<isize> {
    let int = index(o)?;
    Ok(match int.to_i64() {
        Some(value) => value as isize,
        None if int.is_negative() => isize::MIN,
        None => isize::MAX,
    })
}

/// `__index__` as a `Py_ssize_t`; "cannot fit 'int' into an index-sized integer" is raised as
/// `overflow`.
///
/// # Errors
///
/// As [`index`], and `overflow`.
#[inline]
pub fn index_as_ssize_or(
    o: &Object,
    overflow: &'static gopy_object::GilCell<Type>,
) -> PyResult<isize> {
    if let Some(int) = o.downcast_exact::<Int>()
        && int.is_compact()
    {
        return Ok(int.compact_value());
    }
    match index(o)?.to_i64() {
        Some(value) => Ok(value as isize),
        None => Err(raise_format(
            overflow,
            format_args!("cannot fit '{:.200}' into an index-sized integer", o.type_name()),
        )),
    }
}

/// `__index__` as a C `int`.
///
/// # Errors
///
/// OverflowError "Python int too large to convert to C int"; as [`index`].
pub fn index_as_c_int(o: &Object) -> PyResult<i32> {
    index(o)?
        .to_i64()
        .and_then(|value| i32::try_from(value).ok())
        .ok_or_else(|| overflow_error!("Python int too large to convert to C int"))
}

/// `__index__` as a C `long`.
///
/// # Errors
///
/// OverflowError "Python int too large to convert to C long"; as [`index`].
pub fn index_as_c_long(o: &Object) -> PyResult<i64> {
    index(o)?.to_i64().ok_or_else(|| overflow_error!("Python int too large to convert to C long"))
}

/// `int(o)`.
///
/// # Errors
///
/// `TypeError`, `ValueError`; what the object raises.
pub fn long(o: &Object) -> PyResult {
    if o.is_exact(&INT) {
        return Ok(o.to_ref());
    }
    let slots = &o.type_().slots.number;
    if let Some(to_int) = slots.int.get() {
        return Ok(checked_int(&*to_int(o)?, "__int__")?.upcast());
    }
    if slots.index.get().is_some() {
        return Ok(index(o)?.upcast());
    }
    match int::from_text_object(o)? {
        Some(int) => Ok(int.upcast()),
        None => Err(type_error!(
            "int() argument must be a string, a bytes-like object or a real number, not '{:.200}'",
            o.type_name()
        )),
    }
}

/// `float(o)`.
///
/// # Errors
///
/// `TypeError`, `ValueError`, `OverflowError`; what the object raises.
pub fn float(o: &Object) -> PyResult {
    if o.is_exact(&float::FLOAT) {
        return Ok(o.to_ref());
    }
    let slots = &o.type_().slots.number;
    if let Some(to_float) = slots.float.get() {
        let result = to_float(o)?;
        if result.is_exact(&float::FLOAT) {
            return Ok(result);
        }
        return Ok(Float::new(float::checked_float(o, &result)?).upcast());
    }
    if slots.index.get().is_some() {
        return Ok(Float::new(index(o)?.to_f64()?).upcast());
    }
    if let Some(float) = o.downcast::<Float>() {
        return Ok(Float::new(float.value()).upcast());
    }
    match float::from_text_object(o)? {
        Some(value) => Ok(Float::new(value).upcast()),
        None => Err(type_error!(
            "float() argument must be a string or a real number, not '{:.200}'",
            o.type_name()
        )),
    }
}

/// `bin(o)`, `oct(o)`, `hex(o)`, or the decimal text.
///
/// # Errors
///
/// As [`index`]; `ValueError` above the limit of decimal digits.
pub fn to_base(o: &Object, base: u32) -> PyResult<Ref<Str>> {
    let int = index(o)?;
    if base == 10 {
        return int::to_decimal(&int);
    }
    Str::try_new(&text::to_base(int.is_negative(), int.digits(), base, true))
}
