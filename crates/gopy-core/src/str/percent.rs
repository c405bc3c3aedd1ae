//! `%` formatting, for `str` and (the reading of directives) for `bytes`.
//!
//! Answers to `PyUnicode_Format` of `Objects/unicodeobject.c` and to the parser of
//! `_PyBytes_FormatEx` in `Objects/bytesobject.c`.

use gopy_numeric::format::Pieces;
use gopy_numeric::format::percent::{self, PercentSpec};
use gopy_object::{Exception, Instance, Interpreter, Object, PyResult, Ref};

use super::{Str, StrBuilder};
use crate::bytes::{BYTES, Bytes};
use crate::error::{from_numeric, overflow_error, suppress, type_error, value_error};
use crate::int::Int;
use crate::tuple::Tuple;
use crate::{exceptions, float, mapping, number, object};

/// Whose `%` it is; texts differ.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PercentTarget {
    /// `str`
    Str,
    /// `bytes` and `bytearray`
    Bytes,
}

/// Where values come from.
pub(crate) struct Values<'a> {
    /// The right operand.
    all: &'a Object,
    /// The right operand, where it can be asked for keys.
    mapping: Option<&'a Object>,
    /// The value that a key gave.
    keyed: Option<Ref>,
    /// Next item of a tuple.
    next: usize,
    /// The one value was handed out.
    used: bool,
    target: PercentTarget,
}

impl<'a> Values<'a> {
    pub(crate) fn new(all: &'a Object, target: PercentTarget) -> Self {
        let is_text = match target {
            PercentTarget::Str => all.downcast::<Str>().is_some(),
            PercentTarget::Bytes => {
                all.is_instance(&BYTES)
                    || all.downcast::<Str>().is_some()
                    || crate::bytes::common::is_bytearray(all)
            }
        };
        let is_mapping = mapping::is_mapping(all) && all.downcast::<Tuple>().is_none() && !is_text;
        Values {
            all,
            mapping: is_mapping.then_some(all),
            keyed: None,
            next: 0,
            used: false,
            target,
        }
    }

    /// The next value.
    pub(crate) fn next(&mut self) -> PyResult<Ref> {
        if let Some(value) = &self.keyed {
            if !std::mem::replace(&mut self.used, true) {
                return Ok(value.clone());
            }
        } else if let Some(tuple) = self.all.downcast::<Tuple>() {
            if let Some(item) = tuple.get(self.next) {
                self.next += 1;
                return Ok(item.to_ref());
            }
        } else if !std::mem::replace(&mut self.used, true) {
            return Ok(self.all.to_ref());
        }
        Err(type_error!("not enough arguments for format string"))
    }

    /// Makes the value of a key the only one.
    fn select(&mut self, key: &Object) -> PyResult<()> {
        let Some(mapping) = self.mapping else {
            return Err(type_error!("format requires a mapping"));
        };
        self.keyed = Some(object::get_item(mapping, key)?);
        self.used = false;
        Ok(())
    }

    /// Complains about values that nothing asked for.
    pub(crate) fn finish(&self) -> PyResult<()> {
        let left = match (&self.keyed, self.all.downcast::<Tuple>()) {
            (None, Some(tuple)) => self.next < tuple.len(),
            _ => !self.used,
        };
        if !left || self.mapping.is_some() {
            return Ok(());
        }
        Err(match self.target {
            PercentTarget::Str => {
                type_error!("not all arguments converted during string formatting")
            }
            PercentTarget::Bytes => {
                type_error!("not all arguments converted during bytes formatting")
            }
        })
    }
}

/// One `%…`.
pub(crate) struct Directive {
    pub(crate) spec: PercentSpec,
    /// The conversion.
    pub(crate) code: u32,
    /// Where the conversion stands.
    pub(crate) at: usize,
}

/// Reads the directive behind the `%` at `at − 1`; `at` moves behind it. May run Python.
pub(crate) fn read(
    get: impl Fn(usize) -> Option<u32>,
    at: &mut usize,
    values: &mut Values<'_>,
    key: impl Fn(usize, usize) -> PyResult<Ref>,
) -> PyResult<Directive> {
    let mut spec = PercentSpec::default();
    let is = |found: Option<u32>, what: char| found == Some(u32::from(what));
    if is(get(*at), '(') {
        if values.mapping.is_none() {
            return Err(type_error!("format requires a mapping"));
        }
        let start = *at + 1;
        let mut depth = 1;
        while depth > 0 {
            *at += 1;
            match get(*at) {
                None => return Err(value_error!("incomplete format key")),
                Some(code) if code == u32::from('(') => depth += 1,
                Some(code) if code == u32::from(')') => depth -= 1,
                Some(_) => {}
            }
        }
        let name = key(start, *at)?;
        *at += 1;
        values.select(&name)?;
    }
    loop {
        match get(*at).and_then(char::from_u32) {
            Some('-') => spec.left_justify = true,
            Some('+') => spec.sign = true,
            Some(' ') => spec.blank = true,
            Some('#') => spec.alternate = true,
            Some('0') => spec.zero = true,
            _ => break,
        }
        *at += 1;
    }
    let digit = |at: usize| get(at).filter(|code| (0x30..0x3A).contains(code)).map(|c| c - 0x30);
    if is(get(*at), '*') {
        *at += 1;
        let value = values.next()?;
        let Some(width) = value.downcast::<Int>() else {
            return Err(type_error!("* wants int"));
        };
        let width = match width.to_i64() {
            Some(width) => width,
            None => return Err(overflow_error!("Python int too large to convert to C ssize_t")),
        };
        spec.left_justify |= width < 0;
        spec.width = Some(width.unsigned_abs() as usize);
    } else if digit(*at).is_some() {
        let mut width = 0isize;
        while let Some(digit) = digit(*at) {
            let next = width.checked_mul(10).and_then(|width| width.checked_add(digit as isize));
            width = next.ok_or_else(|| value_error!("width too big"))?;
            *at += 1;
        }
        spec.width = Some(width as usize);
    }
    if is(get(*at), '.') {
        *at += 1;
        let mut precision = 0i32;
        if is(get(*at), '*') {
            *at += 1;
            let value = values.next()?;
            let Some(given) = value.downcast::<Int>() else {
                return Err(type_error!("* wants int"));
            };
            precision = match given.to_i64().map(i32::try_from) {
                Some(Ok(precision)) => precision.max(0),
                _ => return Err(overflow_error!("Python int too large to convert to C int")),
            };
        } else {
            while let Some(digit) = digit(*at) {
                let next =
                    precision.checked_mul(10).and_then(|value| value.checked_add(digit as i32));
                precision = next.ok_or_else(|| match values.target {
                    PercentTarget::Str => value_error!("precision too big"),
                    PercentTarget::Bytes => value_error!("prec too big"),
                })?;
                *at += 1;
            }
        }
        spec.precision = Some(precision as usize);
    }
    if ['h', 'l', 'L'].iter().any(|&size| is(get(*at), size)) {
        *at += 1;
    }
    let Some(code) = get(*at) else {
        return Err(value_error!("incomplete format"));
    };
    *at += 1;
    Ok(Directive { spec, code, at: *at - 1 })
}

/// `%d` and its kin, `%x`, `%f` and theirs; `None` for other conversions. May run Python.
pub(crate) fn number(
    directive: &Directive,
    value: &Object,
    target: PercentTarget,
) -> PyResult<Option<Pieces>> {
    let code = char::from_u32(directive.code).unwrap_or('\0');
    match code {
        'd' | 'i' | 'u' | 'o' | 'x' | 'X' => integer(directive, code, value).map(Some),
        'e' | 'E' | 'f' | 'F' | 'g' | 'G' => {
            let number = match target {
                PercentTarget::Str => float::as_f64(value)?,
                PercentTarget::Bytes => {
                    match suppress(float::as_f64(value), &exceptions::TYPE_ERROR)? {
                        Some(number) => number,
                        None => {
                            return Err(type_error!(
                                "float argument required, not {:.200}",
                                value.type_name()
                            ));
                        }
                    }
                }
            };
            percent::format_float(&directive.spec, code, number).map(Some).map_err(from_numeric)
        }
        _ => Ok(None),
    }
}

fn integer(directive: &Directive, code: char, value: &Object) -> PyResult<Pieces> {
    let converted;
    let int = match value.downcast::<Int>() {
        Some(int) => int,
        None => {
            let slots = &value.type_().slots.number;
            let is_number = slots.index.get().is_some()
                || slots.int.get().is_some()
                || slots.float.get().is_some()
                || &*value.type_name() == "complex";
            let result = match code {
                _ if !is_number => Ok(None),
                'o' | 'x' | 'X' => suppress(number::index(value), &exceptions::TYPE_ERROR)
                    .map(|int| int.map(Ref::upcast)),
                _ => suppress(number::long(value), &exceptions::TYPE_ERROR),
            };
            let Some(found) = result? else { return Err(wrong_type(code, value)) };
            converted = found;
            match converted.downcast::<Int>() {
                Some(int) => int,
                None => return Err(wrong_type(code, value)),
            }
        }
    };
    let limit = usize::try_from(Interpreter::current().int_max_str_digits.get()).unwrap_or(0);
    percent::format_int(&directive.spec, code, int.is_negative(), int.digits(), limit)
        .map_err(from_numeric)
}

#[cold]
fn wrong_type(code: char, value: &Object) -> Exception {
    let wanted = if matches!(code, 'o' | 'x' | 'X') { "an integer" } else { "a real number" };
    type_error!("%{code} format: {wanted} is required, not {:.200}", value.type_name())
}

#[cold]
pub(crate) fn unsupported(directive: &Directive) -> Exception {
    let code = directive.code;
    let shown = match code {
        32..127 => char::from(code as u8),
        _ => '?',
    };
    value_error!("unsupported format character '{shown}' (0x{code:x}) at index {}", directive.at)
}

/// Appends a formatted number.
pub(crate) fn push_pieces(out: &mut StrBuilder, pieces: &Pieces) -> PyResult<()> {
    out.fill(pieces.fill, pieces.left)?;
    out.push_str(&pieces.head)?;
    out.fill(pieces.fill, pieces.middle)?;
    out.push_str(&pieces.body)?;
    if let Some(character) = pieces.character {
        out.push_code_point(character)?;
    }
    out.fill(pieces.fill, pieces.right)
}

/// The character of `%c`.
fn character(value: &Object) -> PyResult<u32> {
    if let Some(text) = value.downcast::<Str>() {
        return text.single_code_point().ok_or_else(|| {
            type_error!(
                "%c requires an int or a unicode character, not a string of length {}",
                text.len()
            )
        });
    }
    let int = match value.downcast::<Int>() {
        Some(int) => Some(int.to_ref()),
        None if !number::is_index(value) => None,
        None => Some(number::index(value)?),
    };
    let Some(int) = int else {
        let found = crate::type_::qualified_name(value.type_())?;
        return Err(type_error!("%c requires an int or a unicode character, not {found}"));
    };
    let code = int.to_i64().and_then(|code| u32::try_from(code).ok());
    code.filter(|code| *code <= 0x10_FFFF)
        .ok_or_else(|| overflow_error!("%c arg not in range(0x110000)"))
}

/// Text between fills.
fn push_padded(
    out: &mut StrBuilder,
    spec: &PercentSpec,
    len: usize,
    push: impl FnOnce(&mut StrBuilder) -> PyResult<()>,
) -> PyResult<()> {
    let missing = spec.width.unwrap_or(0).saturating_sub(len);
    let (left, right) = if spec.left_justify { (0, missing) } else { (missing, 0) };
    out.fill(u32::from(' '), left)?;
    push(out)?;
    out.fill(u32::from(' '), right)
}

/// `format % values`. May run Python.
pub fn percent_format(format: &Str, values: &Object) -> PyResult<Ref<Str>> {
    let mut values = Values::new(values, PercentTarget::Str);
    let mut out = StrBuilder::new();
    let units = format.units();
    let percent = gopy_unicode::units::Units::Ucs1(b"%");
    let mut at = 0;
    while at < format.len() {
        let Some(found) = units.find(percent, at..format.len()) else {
            out.push_range(format, at, format.len())?;
            break;
        };
        if found > at {
            out.push_units(units.slice(at, found))?;
        }
        at = found + 1;
        if units.get(at) == Some(u32::from('%')) {
            out.push_code_point(u32::from('%'))?;
            at += 1;
            continue;
        }
        let key = |start, end| format.try_slice(start, end).map(Ref::upcast);
        let directive = read(|at| units.get(at), &mut at, &mut values, key)?;
        let value = values.next()?;
        one(&mut out, &directive, &value)?;
    }
    values.finish()?;
    out.finish()
}

fn one(out: &mut StrBuilder, directive: &Directive, value: &Object) -> PyResult<()> {
    let spec = &directive.spec;
    let text = match char::from_u32(directive.code).unwrap_or('\0') {
        's' => object::str(value)?,
        'r' => object::repr(value)?,
        'a' => object::ascii(value)?,
        'c' => {
            let code = character(value)?;
            return push_padded(out, spec, 1, |out| out.push_code_point(code));
        }
        _ => match number(directive, value, PercentTarget::Str)? {
            Some(pieces) => return push_pieces(out, &pieces),
            None => return Err(unsupported(directive)),
        },
    };
    let kept = text.len().min(spec.precision.unwrap_or(usize::MAX));
    push_padded(out, spec, kept, |out| out.push_range(&text, 0, kept))
}

/// The single byte of `%c` of bytes.
pub(crate) fn byte_character(value: &Object) -> PyResult<u8> {
    if let Some(bytes) = value.downcast::<Bytes>() {
        return match bytes.as_slice() {
            [byte] => Ok(*byte),
            other => Err(type_error!(
                "%c requires an integer in range(256) or a single byte, not a bytes object of \
                 length {}",
                other.len()
            )),
        };
    }
    if crate::bytes::common::is_bytearray(value) {
        let buffer = crate::buffer::bytes_like(value)?;
        return match crate::buffer::as_slice(&buffer) {
            [byte] => Ok(*byte),
            other => Err(type_error!(
                "%c requires an integer in range(256) or a single byte, not a bytearray object of \
                 length {}",
                other.len()
            )),
        };
    }
    if !number::is_index(value) {
        let found = value.type_name();
        return Err(type_error!(
            "%c requires an integer in range(256) or a single byte, not {found:.200}"
        ));
    }
    let byte = number::index(value)?.to_i64().and_then(|byte| u8::try_from(byte).ok());
    byte.ok_or_else(|| overflow_error!("%c arg not in range(256)"))
}
