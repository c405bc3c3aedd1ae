//! `int(…)`, and ints to and from text.
//!
//! Answers to `long_new_impl`, `long_vectorcall`, `PyLong_FromUnicodeObject`, `_PyLong_FromBytes` and
//! `long_to_decimal_string` of `Objects/longobject.c`, and to
//! `_PyUnicode_TransformDecimalAndSpaceToASCII`.

use std::borrow::Cow;

use gopy_numeric::int::parse::{IntParseError, parse_int};
use gopy_numeric::int::text;
use gopy_object::{Args, Exception, Instance, Object, PyResult, Ref, Type, thread};
use gopy_unicode::ctype;

use super::{INT, Int};
use crate::argument::{ArgSpec, Bound, Style, check_positional};
use crate::bytes::Bytes;
use crate::error::{from_numeric, type_error, value_error};
use crate::str::Str;
use crate::{buffer, number, object};

/// `sys.get_int_max_str_digits()`, 0 for none.
pub fn max_str_digits() -> usize {
    usize::try_from(thread().interpreter().int_max_str_digits.get()).unwrap_or(0)
}

/// Text with every decimal digit and every space replaced by the ASCII one; other characters that are
/// not ASCII become `?`, which no number has.
pub(crate) fn ascii_number_text(text: &Str) -> Cow<'_, [u8]> {
    if let Some(text) = text.as_ascii()
        && !text.bytes().any(|byte| (0x1c..0x20).contains(&byte))
    {
        return Cow::Borrowed(text.as_bytes());
    }
    let convert = |code: u32| match ctype::decimal(code) {
        Some(digit) => b'0' + digit,
        None if ctype::is_space(code) => b' ',
        None if code < 0x80 => code as u8,
        None => b'?',
    };
    Cow::Owned(text.units().iter().map(convert).collect())
}

/// Whether an object is a `bytearray`, which lives in a crate above.
pub(crate) fn is_bytearray(o: &Object) -> bool {
    let mut ty = Some(o.type_().to_ref());
    while let Some(current) = ty {
        if !current.is_heap() {
            return &*current.name() == "bytearray";
        }
        ty = current.base.get();
    }
    false
}

#[cold]
fn invalid_literal(base: u32, literal: &Object) -> Exception {
    match object::repr(literal) {
        Ok(repr) => {
            let repr = repr.slice(0, repr.len().min(200));
            value_error!("invalid literal for int() with base {base}: {repr}")
        }
        Err(error) => error,
    }
}

fn parse(text: &[u8], base: u32, literal: impl FnOnce() -> PyResult) -> PyResult<Ref<Int>> {
    match parse_int(text, base, max_str_digits()) {
        Ok(value) => Int::try_from_bigint(&value),
        Err(IntParseError::Error(error)) => Err(from_numeric(error)),
        Err(IntParseError::Invalid) => Err(invalid_literal(base, &*literal()?)),
    }
}

/// `int(text, base)`.
///
/// # Errors
///
/// `ValueError`.
pub fn from_str(text: &Str, base: u32) -> PyResult<Ref<Int>> {
    let ascii = ascii_number_text(text);
    parse(&ascii, base, || Ok(text.as_object().to_ref()))
}

/// `int(bytes, base)`.
///
/// # Errors
///
/// `ValueError`.
pub fn from_text(text: &[u8], base: u32) -> PyResult<Ref<Int>> {
    parse(text, base, || Ok(Bytes::new(text)?.upcast()))
}

/// `int(o)` for what is neither a number nor has `__int__`: text or bytes.
pub(crate) fn from_text_object(o: &Object) -> PyResult<Option<Ref<Int>>> {
    if let Some(text) = o.downcast::<Str>() {
        return from_str(text, 10).map(Some);
    }
    if let Some(bytes) = o.downcast::<Bytes>() {
        return from_text(bytes.as_slice(), 10).map(Some);
    }
    if !buffer::has_buffer(o) {
        return Ok(None);
    }
    let view = buffer::bytes_like(o)?;
    let text = buffer::as_slice(&view).to_vec();
    if is_bytearray(o) {
        return parse(&text, 10, || Ok(o.to_ref())).map(Some);
    }
    from_text(&text, 10).map(Some)
}

/// `str(self)`.
///
/// # Errors
///
/// `ValueError` above the limit of digits.
pub(crate) fn to_decimal(this: &Int) -> PyResult<Ref<Str>> {
    if let Some(value) = this.to_i64() {
        let mut buffer = [0; 20];
        let start = text::write_i64(value, &mut buffer);
        return Str::from_ucs1(&buffer[start..]);
    }
    let text = text::to_decimal_limited(this.is_negative(), this.digits(), max_str_digits());
    Str::try_new(&text.map_err(from_numeric)?)
}

static SPEC: ArgSpec = ArgSpec {
    function: "int",
    names: &["", "base"],
    required: &[false, false],
    positional_only: 1,
    positional: 2,
    required_positional: 0,
    rest: false,
    keywords: false,
    style: Style::Clinic,
};

pub(super) fn new(ty: &Type, args: Args<'_>) -> PyResult {
    let mut places = [None; 2];
    let bound = Bound::bind(&SPEC, args, &mut places)?;
    let value = make(bound.get(0), bound.get(1))?;
    if std::ptr::eq(ty, INT.get()) {
        return Ok(value);
    }
    match value.downcast::<Int>() {
        Some(value) => Ok(value.copy_as(ty)?.upcast()),
        None => Ok(value),
    }
}

pub(super) fn vectorcall(ty: &Type, args: Args<'_>) -> PyResult {
    if args.keyword_count() != 0 {
        return new(ty, args);
    }
    match args.positional() {
        [] => Ok(Int::from_i64(0).upcast()),
        [x] => number::long(x.object()),
        [x, base] => make(Some(x.object()), Some(base.object())),
        more => {
            check_positional("int", more.len(), 0, 2)?;
            make(None, None)
        }
    }
}

fn make(x: Option<&Object>, base: Option<&Object>) -> PyResult {
    let (x, base) = match (x, base) {
        (None, Some(_)) => return Err(type_error!("int() missing string argument")),
        (None, None) => return Ok(Int::from_i64(0).upcast()),
        (Some(x), None) => return number::long(x),
        (Some(x), Some(base)) => (x, number::index_clamped(base)?),
    };
    let base = match base {
        0 | 2..=36 => base as u32,
        _ => return Err(value_error!("int() base must be >= 2 and <= 36, or 0")),
    };
    if let Some(text) = x.downcast::<Str>() {
        return Ok(from_str(text, base)?.upcast());
    }
    if let Some(bytes) = x.downcast::<Bytes>() {
        return Ok(from_text(bytes.as_slice(), base)?.upcast());
    }
    if is_bytearray(x) {
        let view = buffer::bytes_like(x)?;
        return Ok(from_text(buffer::as_slice(&view), base)?.upcast());
    }
    Err(type_error!("int() can't convert non-string with explicit base"))
}
