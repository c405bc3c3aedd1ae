//! `str.format`, `format(str, spec)` and what the module `_string` offers.
//!
//! Answers to `Objects/stringlib/unicode_format.h` and to `_PyUnicode_FormatAdvancedWriter`.

use std::cell::Cell;
use std::ops::Range;

use gopy_macros::{pyclass, pymethods, pyslots};
use gopy_numeric::format::{self as numeric, FormatSpec, Target};
use gopy_object::{Args, Instance, Object, PyResult, Ref, memory};
use gopy_unicode::ctype;

use super::make::empty;
use super::{Str, StrBuilder};
use crate::argument::keyword_items;
use crate::bool_::bool_ref;
use crate::error::{from_numeric, index_error, value_error};
use crate::int::Int;
use crate::tuple::{self, Tuple};
use crate::{exceptions, none, object, sequence};

/// `format(text, spec)` for a `spec` that is not empty.
pub(super) fn format_str(text: &Str, spec: &Str) -> PyResult<Ref<Str>> {
    let name = text.as_object().type_name();
    let decimal = |code| ctype::decimal(code).map(u32::from);
    let spec = FormatSpec::parse(&spec.units().to_codes(), Target::Str, &name, decimal)
        .map_err(from_numeric)?;
    let layout = numeric::format_str(&spec, text.len(), &name).map_err(from_numeric)?;
    if layout.left == 0 && layout.right == 0 {
        return text.try_slice(0, layout.kept);
    }
    let mut out = StrBuilder::new();
    out.fill(spec.fill, layout.left)?;
    out.push_range(text, 0, layout.kept)?;
    out.fill(spec.fill, layout.right)?;
    out.finish()
}

/// One step through a format string.
struct Markup {
    literal: Range<usize>,
    field: Option<Field>,
}

/// A replacement field.
struct Field {
    name: Range<usize>,
    spec: Range<usize>,
    /// The spec has fields of its own.
    nested: bool,
    conversion: Option<u32>,
}

const OPEN: u32 = b'{' as u32;
const CLOSE: u32 = b'}' as u32;

/// Reads on from `at` in `text[..end]`; `None` at the end.
fn next_markup(text: &Str, at: &mut usize, end: usize) -> PyResult<Option<Markup>> {
    if *at >= end {
        return Ok(None);
    }
    let start = *at;
    let brace = (start..end).find(|&index| matches!(text.char_at(index), OPEN | CLOSE));
    let Some(brace) = brace else {
        *at = end;
        return Ok(Some(Markup { literal: start..end, field: None }));
    };
    let code = text.char_at(brace);
    *at = brace + 1;
    let doubled = *at < end && text.char_at(*at) == code;
    if doubled {
        *at += 1;
        return Ok(Some(Markup { literal: start..brace + 1, field: None }));
    }
    if code == CLOSE {
        return Err(value_error!("Single '}}' encountered in format string"));
    }
    if *at >= end {
        return Err(value_error!("Single '{{' encountered in format string"));
    }
    let field = parse_field(text, at, end)?;
    Ok(Some(Markup { literal: start..brace, field: Some(field) }))
}

fn parse_field(text: &Str, at: &mut usize, end: usize) -> PyResult<Field> {
    let start = *at;
    let mut last = None;
    while *at < end {
        let code = text.char_at(*at);
        *at += 1;
        last = char::from_u32(code);
        match last {
            Some('{') => return Err(value_error!("unexpected '{{' in field name")),
            Some('[') => {
                while *at < end && text.char_at(*at) != u32::from(']') {
                    *at += 1;
                }
            }
            Some('}' | ':' | '!') => break,
            _ => {}
        }
    }
    let name = start..at.saturating_sub(1);
    let mut field = Field { name, spec: 0..0, nested: false, conversion: None };
    match last {
        Some('}') => return Ok(field),
        Some('!' | ':') => {}
        _ => return Err(value_error!("expected '}}' before end of string")),
    }
    if last == Some('!') {
        if *at >= end {
            return Err(value_error!("end of string while looking for conversion specifier"));
        }
        field.conversion = Some(text.char_at(*at));
        *at += 1;
        if *at < end {
            let code = text.char_at(*at);
            *at += 1;
            if code == CLOSE {
                return Ok(field);
            }
            if code != u32::from(':') {
                return Err(value_error!("expected ':' after conversion specifier"));
            }
        }
    }
    let (start, mut depth) = (*at, 1);
    while *at < end {
        let code = text.char_at(*at);
        *at += 1;
        match code {
            OPEN => {
                field.nested = true;
                depth += 1;
            }
            CLOSE => {
                depth -= 1;
                if depth == 0 {
                    field.spec = start..*at - 1;
                    return Ok(field);
                }
            }
            _ => {}
        }
    }
    Err(value_error!("unmatched '{{' in format spec"))
}

/// The number that a name is; `None` where it is none.
fn integer(text: &Str, range: Range<usize>) -> PyResult<Option<usize>> {
    if range.is_empty() {
        return Ok(None);
    }
    let mut value = 0usize;
    for index in range {
        let Some(digit) = ctype::decimal(text.char_at(index)) else { return Ok(None) };
        let next = value.checked_mul(10).and_then(|value| value.checked_add(digit.into()));
        value = next
            .filter(|value| *value <= isize::MAX as usize)
            .ok_or_else(|| value_error!("Too many decimal digits in format string"))?;
    }
    Ok(Some(value))
}

/// A step from an object to a part of it.
struct Access {
    is_attribute: bool,
    name: Range<usize>,
}

/// The first part of a field name ends where attributes and items begin.
fn first_end(text: &Str, name: &Range<usize>) -> usize {
    let ends = |&index: &usize| {
        let code = text.char_at(index);
        code == u32::from('.') || code == u32::from('[')
    };
    name.clone().find(ends).unwrap_or(name.end)
}

/// The next attribute or item of a field name.
fn next_access(text: &Str, at: &mut usize, end: usize) -> PyResult<Option<Access>> {
    if *at >= end {
        return Ok(None);
    }
    let kind = char::from_u32(text.char_at(*at));
    let start = *at + 1;
    let access = match kind {
        Some('.') => {
            let stop = first_end(text, &(start..end));
            *at = stop;
            Access { is_attribute: true, name: start..stop }
        }
        Some('[') => {
            let close = (start..end).find(|&index| text.char_at(index) == u32::from(']'));
            let Some(close) = close else {
                return Err(value_error!("Missing ']' in format string"));
            };
            *at = close + 1;
            Access { is_attribute: false, name: start..close }
        }
        _ => {
            return Err(value_error!("Only '.' or '[' may follow ']' in format field specifier"));
        }
    };
    if access.name.is_empty() {
        return Err(value_error!("Empty attribute in format string"));
    }
    Ok(Some(access))
}

/// How fields without a number get theirs.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Numbering {
    Unknown,
    Automatic(usize),
    Manual,
}

impl Numbering {
    /// The position that a numeric field name stands for; `number` is `None` for an empty one.
    fn resolve(&mut self, number: Option<usize>) -> PyResult<usize> {
        match (*self, number) {
            (Numbering::Manual, None) => Err(value_error!(
                "cannot switch from manual field specification to automatic field numbering"
            )),
            (Numbering::Automatic(_), Some(_)) => Err(value_error!(
                "cannot switch from automatic field numbering to manual field specification"
            )),
            (_, Some(number)) => {
                *self = Numbering::Manual;
                Ok(number)
            }
            (state, None) => {
                let next = if let Numbering::Automatic(next) = state { next } else { 0 };
                *self = Numbering::Automatic(next + 1);
                Ok(next)
            }
        }
    }
}

/// Where fields find their objects.
enum Source<'a> {
    Call(Args<'a>),
    Mapping(&'a Object),
}

impl Source<'_> {
    fn positional(&self, index: usize) -> PyResult<Ref> {
        match self {
            Source::Call(args) => match args.get(index) {
                Some(value) => Ok(value.to_ref()),
                None => Err(index_error!(
                    "Replacement index {index} out of range for positional args tuple"
                )),
            },
            Source::Mapping(_) => Err(value_error!("Format string contains positional fields")),
        }
    }

    fn keyword(&self, name: Ref<Str>) -> PyResult<Ref> {
        match self {
            Source::Call(args) => {
                let found = keyword_items(*args).find(|(key, _)| key.equals(&name));
                match found {
                    Some((_, value)) => Ok(value.to_ref()),
                    None => Err(exceptions::key_error(&name)),
                }
            }
            Source::Mapping(mapping) => object::get_item(mapping, &name),
        }
    }
}

struct Formatter<'a> {
    text: &'a Str,
    source: Source<'a>,
    numbering: Numbering,
}

impl Formatter<'_> {
    /// Formats `text[range]`. May run Python.
    fn run(&mut self, range: Range<usize>, depth: u32) -> PyResult<Ref<Str>> {
        if depth == 0 {
            return Err(value_error!("Max string recursion exceeded"));
        }
        let mut out = StrBuilder::new();
        let mut at = range.start;
        while let Some(markup) = next_markup(self.text, &mut at, range.end)? {
            out.push_range(self.text, markup.literal.start, markup.literal.end)?;
            if let Some(field) = markup.field {
                out.push(&*self.field(&field, depth)?)?;
            }
        }
        out.finish()
    }

    fn field(&mut self, field: &Field, depth: u32) -> PyResult<Ref<Str>> {
        let mut value = self.object(&field.name)?;
        if let Some(conversion) = field.conversion {
            value = convert(&value, conversion)?.upcast();
        }
        let spec = if field.nested {
            self.run(field.spec.clone(), depth - 1)?
        } else if field.spec.is_empty() {
            empty().to_ref()
        } else {
            self.text.try_slice(field.spec.start, field.spec.end)?
        };
        object::format(&value, &spec)
    }

    fn object(&mut self, name: &Range<usize>) -> PyResult<Ref> {
        let mut at = first_end(self.text, name);
        let first = name.start..at;
        let number = integer(self.text, first.clone())?;
        let mut value = if first.is_empty() || number.is_some() {
            let index = self.numbering.resolve(number)?;
            self.source.positional(index)?
        } else {
            self.source.keyword(self.text.try_slice(first.start, first.end)?)?
        };
        while let Some(access) = next_access(self.text, &mut at, name.end)? {
            let name = access.name;
            value = if access.is_attribute {
                let name = self.text.try_slice(name.start, name.end)?;
                object::get_attr(&value, &name)?
            } else {
                match integer(self.text, name.clone())? {
                    None => {
                        let key = self.text.try_slice(name.start, name.end)?;
                        object::get_item(&value, &key)?
                    }
                    Some(index) if sequence::is_sequence(&value) => {
                        sequence::item(&value, index as isize)?
                    }
                    Some(index) => object::get_item(&value, &Int::from_u64(index as u64).upcast())?,
                }
            };
        }
        Ok(value)
    }
}

fn convert(value: &Object, conversion: u32) -> PyResult<Ref<Str>> {
    match char::from_u32(conversion) {
        Some('r') => object::repr(value),
        Some('s') => object::str(value),
        Some('a') => object::ascii(value),
        Some(other) if (33..127).contains(&conversion) => {
            Err(value_error!("Unknown conversion specifier {other}"))
        }
        _ => Err(value_error!("Unknown conversion specifier \\x{conversion:x}")),
    }
}

/// `text.format(*args, **kwargs)`
pub(super) fn format(text: &Str, args: Args<'_>) -> PyResult<Ref<Str>> {
    let mut formatter =
        Formatter { text, source: Source::Call(args), numbering: Numbering::Unknown };
    formatter.run(0..text.len(), 2)
}

/// `text.format_map(mapping)`
pub(super) fn format_map(text: &Str, mapping: &Object) -> PyResult<Ref<Str>> {
    let mut formatter =
        Formatter { text, source: Source::Mapping(mapping), numbering: Numbering::Unknown };
    formatter.run(0..text.len(), 2)
}

/// Iterator of `_string.formatter_parser`.
#[pyclass(name = "formatteriterator", static = FORMATTER_ITER, basicsize = 48,
    flags(DISALLOW_INSTANTIATION))]
#[repr(C)]
pub struct FormatterIter {
    object: Object,
    text: Ref<Str>,
    at: Cell<usize>,
}

/// Iterator of the second item of `_string.formatter_field_name_split`.
#[pyclass(name = "fieldnameiterator", static = FIELD_NAME_ITER, basicsize = 56,
    flags(DISALLOW_INSTANTIATION))]
#[repr(C)]
pub struct FieldNameIter {
    object: Object,
    text: Ref<Str>,
    at: Cell<usize>,
}

/// `_string.formatter_parser(text)`
pub fn formatter_parser(text: &Str) -> PyResult {
    let iter = FormatterIter {
        object: Object::header(&FORMATTER_ITER),
        text: text.to_ref(),
        at: Cell::new(0),
    };
    Ok(memory::alloc(&FORMATTER_ITER, iter)?.upcast())
}

/// `_string.formatter_field_name_split(text)`
pub fn formatter_field_name_split(text: &Str) -> PyResult<Ref<Tuple>> {
    let end = first_end(text, &(0..text.len()));
    let first = match integer(text, 0..end)? {
        Some(number) => Int::from_u64(number as u64).upcast(),
        None => text.try_slice(0, end)?.upcast(),
    };
    let rest = FieldNameIter {
        object: Object::header(&FIELD_NAME_ITER),
        text: text.to_ref(),
        at: Cell::new(end),
    };
    Ok(tuple::from_array([first, memory::alloc(&FIELD_NAME_ITER, rest)?.upcast()]))
}

#[pymethods]
impl FormatterIter {}

#[pyslots]
impl FormatterIter {
    fn iter(&self) -> Ref<FormatterIter> {
        self.to_ref()
    }

    fn iternext(&self) -> PyResult<Option<Ref>> {
        let mut at = self.at.get();
        let markup = next_markup(&self.text, &mut at, self.text.len());
        self.at.set(at);
        let Some(markup) = markup? else { return Ok(None) };
        let part =
            |range: Range<usize>| self.text.try_slice(range.start, range.end).map(Ref::upcast);
        let literal = part(markup.literal)?;
        let items = match markup.field {
            None => [literal, none::none(), none::none(), none::none()],
            Some(field) => {
                let conversion = match field.conversion {
                    Some(code) => Str::from_code_point(code).upcast(),
                    None => none::none(),
                };
                [literal, part(field.name)?, part(field.spec)?, conversion]
            }
        };
        Ok(Some(tuple::from_array(items).upcast()))
    }
}

#[pymethods]
impl FieldNameIter {}

#[pyslots]
impl FieldNameIter {
    fn iter(&self) -> Ref<FieldNameIter> {
        self.to_ref()
    }

    fn iternext(&self) -> PyResult<Option<Ref>> {
        let mut at = self.at.get();
        let access = next_access(&self.text, &mut at, self.text.len());
        self.at.set(at);
        let Some(access) = access? else { return Ok(None) };
        let name = access.name;
        let number = if access.is_attribute { None } else { integer(&self.text, name.clone())? };
        let part = match number {
            Some(number) => Int::from_u64(number as u64).upcast(),
            None => self.text.try_slice(name.start, name.end)?.upcast(),
        };
        Ok(Some(tuple::from_array([bool_ref(access.is_attribute), part]).upcast()))
    }
}
