//! What Python calls on a `str`, in the order of `str.__dict__`.

use std::ops::Range;

use gopy_macros::pymethods;
use gopy_object::{Args, Object, PyResult, Ref};
use gopy_unicode::ctype;
use gopy_unicode::units::UnitsBuf;

use super::make::{LENGTH_MAX, alloc, check_room, fill, from_units, write};
use super::{Str, format, split, translate};
use crate::argument::{ArgDefault, FromArg, Place};
use crate::error::{overflow_error, type_error, value_error};
use crate::list::List;
use crate::tuple::{self, Tuple};
use crate::{codecs, none, number};

/// A bound of a slice in an argument: `None` or an index, clipped to `isize`.
#[derive(Clone, Copy, Debug)]
pub struct SliceIndex(pub Option<isize>);

impl FromArg<'_> for SliceIndex {
    fn from_arg(arg: &Object, _place: &Place<'_>) -> PyResult<Self> {
        if none::is_none(arg) {
            return Ok(SliceIndex(None));
        }
        if !number::is_index(arg) {
            return Err(type_error!(
                "slice indices must be integers or None or have an __index__ method"
            ));
        }
        number::index_clamped(arg).map(|index| SliceIndex(Some(index)))
    }
}

/// The range that optional bounds mean for a text of `length`; `None` where it is reversed.
pub fn adjust_bounds(
    length: usize,
    start: Option<SliceIndex>,
    end: Option<SliceIndex>,
) -> Option<Range<usize>> {
    let place = |index: isize| match index {
        0.. => index as usize,
        _ => length.saturating_sub(index.unsigned_abs()),
    };
    let start = start.and_then(|index| index.0).map_or(0, place);
    let end = end.and_then(|index| index.0).map_or(length, |index| place(index).min(length));
    (start <= end).then_some(start..end)
}

/// The character that pads.
#[derive(Clone, Copy, Debug)]
pub struct FillChar(u32);

impl FromArg<'_> for FillChar {
    fn from_arg(arg: &Object, _place: &Place<'_>) -> PyResult<Self> {
        let Some(text) = arg.downcast::<Str>() else {
            return Err(type_error!(
                "The fill character must be a unicode character, not {:.100}",
                arg.type_name()
            ));
        };
        match text.single_code_point() {
            Some(point) => Ok(FillChar(point)),
            None => Err(type_error!("The fill character must be exactly one character long")),
        }
    }
}

impl ArgDefault for FillChar {
    fn from_default(_text: &'static str) -> Self {
        FillChar(u32::from(' '))
    }
}

/// `left` fills, the text, `right` fills.
fn pad(text: &Str, left: usize, right: usize, point: u32) -> PyResult<Ref<Str>> {
    if left == 0 && right == 0 {
        return text.to_exact();
    }
    if left.saturating_add(right) > LENGTH_MAX - text.len() {
        return Err(overflow_error!("padded string is too long"));
    }
    let (kind, ascii) = super::make::shape(point);
    let length = left + text.len() + right;
    // SAFETY: every character is written; a canonical text and a fill that occurs.
    unsafe {
        let padded = alloc(length, kind.max(text.char_size()), ascii && text.is_ascii())?;
        fill(&padded, 0, point, left);
        write(&padded, left, text.units());
        fill(&padded, left + text.len(), point, right);
        Ok(padded)
    }
}

impl Str {
    /// Sees whether there is room for what every character may become: three others.
    fn room_for_cases(&self) -> PyResult<()> {
        check_room(self.len().saturating_mul(12))
    }
}

/// A new string; pads of width zero and the like have been dealt with.
fn made(text: UnitsBuf) -> PyResult<Ref<Str>> {
    from_units(text.as_units())
}

/// ASCII text with each byte mapped.
fn map_ascii(text: &Str, map: impl Fn(u8) -> u8) -> PyResult<Ref<Str>> {
    if text.len() < 2 {
        let code = text.raw_bytes().first().copied().map(map);
        return from_units(gopy_unicode::units::Units::Ucs1(code.as_slice()));
    }
    // SAFETY: all bytes are copied and mapped, ASCII to ASCII.
    unsafe {
        let mapped = alloc(text.len(), 1, true)?;
        write(&mapped, 0, text.units());
        let data =
            std::slice::from_raw_parts_mut(mapped.raw_bytes().as_ptr().cast_mut(), text.len());
        data.iter_mut().for_each(|byte| *byte = map(*byte));
        Ok(mapped)
    }
}

impl Str {
    fn find_in(
        &self,
        sub: &Str,
        start: Option<SliceIndex>,
        end: Option<SliceIndex>,
        back: bool,
    ) -> Option<usize> {
        let range = adjust_bounds(self.len(), start, end)?;
        if back {
            self.units().find_back(sub.units(), range)
        } else {
            self.units().find(sub.units(), range)
        }
    }

    fn strip_of(
        &self,
        chars: Option<&Object>,
        left: bool,
        right: bool,
        name: &str,
    ) -> PyResult<Ref<Str>> {
        let units = self.units();
        let kept = match chars {
            None => units.trim_whitespace(left, right),
            Some(chars) => match chars.downcast::<Str>() {
                Some(chars) => units.trim_set(left, right, chars.units()),
                None => return Err(type_error!("{name} arg must be None or str")),
            },
        };
        self.try_slice(kept.start, kept.end)
    }

    fn matches_at(
        &self,
        affix: &Object,
        start: Option<SliceIndex>,
        end: Option<SliceIndex>,
        at_end: bool,
    ) -> PyResult<bool> {
        let name = if at_end { "endswith" } else { "startswith" };
        let range = adjust_bounds(self.len(), start, end);
        let matches = |affix: &Str| {
            range.clone().is_some_and(|range| {
                let part = self.units().slice(range.start, range.end);
                let (starts, ends) = (part.starts_with(affix.units()), at_end);
                // An empty affix fits even behind the end of the text, if the range is not reversed.
                range.start <= self.len()
                    && if ends { part.ends_with(affix.units()) } else { starts }
            })
        };
        if let Some(affix) = affix.downcast::<Str>() {
            return Ok(matches(affix));
        }
        let Some(affixes) = affix.downcast::<Tuple>() else {
            return Err(type_error!(
                "{name} first arg must be str or a tuple of str, not {:.100}",
                affix.type_name()
            ));
        };
        for affix in affixes.items() {
            let Some(affix) = affix.downcast::<Str>() else {
                return Err(type_error!(
                    "tuple for {name} must only contain str, not {:.100}",
                    affix.type_name()
                ));
            };
            if matches(affix) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn missing(width: isize, length: usize) -> usize {
        usize::try_from(width).unwrap_or(0).saturating_sub(length)
    }
}

#[pymethods]
impl Str {
    #[pymethod("($self, /, encoding='utf-8', errors='strict')")]
    fn encode(&self, encoding: Option<&Str>, errors: Option<&Str>) -> PyResult {
        let encoding = encoding.map(codecs::c_string).transpose()?;
        let errors = errors.map(codecs::c_string).transpose()?;
        codecs::encode_text(self, encoding, errors).map(Ref::upcast)
    }

    #[pymethod("($self, old, new, /, count=-1)")]
    fn replace(&self, old: &Str, new: &Str, count: isize) -> PyResult<Ref<Str>> {
        let max = usize::try_from(count).unwrap_or(usize::MAX);
        translate::replace(self, old, new, max)
    }

    #[pymethod("($self, /, sep=None, maxsplit=-1)")]
    fn split(&self, sep: Option<&Object>, maxsplit: isize) -> PyResult<Ref<List>> {
        split::split(self, sep, maxsplit, false)
    }

    #[pymethod("($self, /, sep=None, maxsplit=-1)")]
    fn rsplit(&self, sep: Option<&Object>, maxsplit: isize) -> PyResult<Ref<List>> {
        split::split(self, sep, maxsplit, true)
    }

    #[pymethod("($self, iterable, /)")]
    fn join(&self, iterable: &Object) -> PyResult<Ref<Str>> {
        split::join(self, iterable)
    }

    #[pymethod("($self, /)")]
    fn capitalize(&self) -> PyResult<Ref<Str>> {
        if self.is_empty() {
            return self.to_exact();
        }
        self.room_for_cases()?;
        made(self.units().capitalize())
    }

    #[pymethod("($self, /)")]
    fn casefold(&self) -> PyResult<Ref<Str>> {
        if self.is_ascii() {
            return map_ascii(self, |byte| byte.to_ascii_lowercase());
        }
        self.room_for_cases()?;
        made(self.units().to_folded())
    }

    #[pymethod("($self, /)")]
    fn title(&self) -> PyResult<Ref<Str>> {
        self.room_for_cases()?;
        made(self.units().to_title())
    }

    #[pymethod("($self, width, fillchar=' ', /)")]
    fn center(&self, width: isize, fillchar: FillChar) -> PyResult<Ref<Str>> {
        let missing = Self::missing(width, self.len());
        let left = missing / 2 + (missing & width as usize & 1);
        pad(self, left, missing - left, fillchar.0)
    }

    #[pymethod("($self, sub[, start[, end]], /)")]
    fn count(&self, sub: &Str, start: Option<SliceIndex>, end: Option<SliceIndex>) -> usize {
        adjust_bounds(self.len(), start, end).map_or(0, |range| {
            if range.start > self.len() {
                return 0;
            }
            self.units().slice(range.start, range.end).count(sub.units(), usize::MAX)
        })
    }

    #[pymethod("($self, /, tabsize=8)")]
    fn expandtabs(&self, tabsize: i32) -> PyResult<Ref<Str>> {
        if !self.units().contains(u32::from(b'\t')) {
            return self.to_exact();
        }
        let Some(length) = self.units().expanded_len(tabsize as isize) else {
            return Err(overflow_error!("new string is too long"));
        };
        check_room(length.saturating_mul(2 * self.char_size()))?;
        made(self.units().expand_tabs(tabsize as isize))
    }

    #[pymethod("($self, sub[, start[, end]], /)")]
    fn find(&self, sub: &Str, start: Option<SliceIndex>, end: Option<SliceIndex>) -> isize {
        self.find_in(sub, start, end, false).map_or(-1, |at| at as isize)
    }

    #[pymethod("($self, sep, /)")]
    fn partition(&self, sep: &Object) -> PyResult<Ref<Tuple>> {
        split::partition(self, sep, false)
    }

    #[pymethod("($self, sub[, start[, end]], /)")]
    fn index(
        &self,
        sub: &Str,
        start: Option<SliceIndex>,
        end: Option<SliceIndex>,
    ) -> PyResult<usize> {
        self.find_in(sub, start, end, false).ok_or_else(|| value_error!("substring not found"))
    }

    #[pymethod("($self, width, fillchar=' ', /)")]
    fn ljust(&self, width: isize, fillchar: FillChar) -> PyResult<Ref<Str>> {
        pad(self, 0, Self::missing(width, self.len()), fillchar.0)
    }

    #[pymethod("($self, /)")]
    fn lower(&self) -> PyResult<Ref<Str>> {
        if self.is_ascii() {
            return map_ascii(self, |byte| byte.to_ascii_lowercase());
        }
        self.room_for_cases()?;
        made(self.units().to_lower())
    }

    #[pymethod("($self, chars=None, /)")]
    fn lstrip(&self, chars: Option<&Object>) -> PyResult<Ref<Str>> {
        self.strip_of(chars, true, false, "lstrip")
    }

    #[pymethod("($self, sub[, start[, end]], /)")]
    fn rfind(&self, sub: &Str, start: Option<SliceIndex>, end: Option<SliceIndex>) -> isize {
        self.find_in(sub, start, end, true).map_or(-1, |at| at as isize)
    }

    #[pymethod("($self, sub[, start[, end]], /)")]
    fn rindex(
        &self,
        sub: &Str,
        start: Option<SliceIndex>,
        end: Option<SliceIndex>,
    ) -> PyResult<usize> {
        self.find_in(sub, start, end, true).ok_or_else(|| value_error!("substring not found"))
    }

    #[pymethod("($self, width, fillchar=' ', /)")]
    fn rjust(&self, width: isize, fillchar: FillChar) -> PyResult<Ref<Str>> {
        pad(self, Self::missing(width, self.len()), 0, fillchar.0)
    }

    #[pymethod("($self, chars=None, /)")]
    fn rstrip(&self, chars: Option<&Object>) -> PyResult<Ref<Str>> {
        self.strip_of(chars, false, true, "rstrip")
    }

    #[pymethod("($self, sep, /)")]
    fn rpartition(&self, sep: &Object) -> PyResult<Ref<Tuple>> {
        split::partition(self, sep, true)
    }

    #[pymethod("($self, /, keepends=False)")]
    fn splitlines(&self, keepends: bool) -> PyResult<Ref<List>> {
        split::split_lines(self, keepends)
    }

    #[pymethod("($self, chars=None, /)")]
    fn strip(&self, chars: Option<&Object>) -> PyResult<Ref<Str>> {
        self.strip_of(chars, true, true, "strip")
    }

    #[pymethod("($self, /)")]
    fn swapcase(&self) -> PyResult<Ref<Str>> {
        self.room_for_cases()?;
        made(self.units().swap_case())
    }

    #[pymethod("($self, table, /)")]
    fn translate(&self, table: &Object) -> PyResult<Ref<Str>> {
        translate::translate(self, table)
    }

    #[pymethod("($self, /)")]
    fn upper(&self) -> PyResult<Ref<Str>> {
        if self.is_ascii() {
            return map_ascii(self, |byte| byte.to_ascii_uppercase());
        }
        self.room_for_cases()?;
        made(self.units().to_upper())
    }

    #[pymethod("($self, prefix[, start[, end]], /)")]
    fn startswith(
        &self,
        prefix: &Object,
        start: Option<SliceIndex>,
        end: Option<SliceIndex>,
    ) -> PyResult<bool> {
        self.matches_at(prefix, start, end, false)
    }

    #[pymethod("($self, suffix[, start[, end]], /)")]
    fn endswith(
        &self,
        suffix: &Object,
        start: Option<SliceIndex>,
        end: Option<SliceIndex>,
    ) -> PyResult<bool> {
        self.matches_at(suffix, start, end, true)
    }

    #[pymethod("($self, prefix, /)")]
    fn removeprefix(&self, prefix: &Str) -> PyResult<Ref<Str>> {
        let start = if self.units().starts_with(prefix.units()) { prefix.len() } else { 0 };
        self.try_slice(start, self.len())
    }

    #[pymethod("($self, suffix, /)")]
    fn removesuffix(&self, suffix: &Str) -> PyResult<Ref<Str>> {
        let cut = if self.units().ends_with(suffix.units()) { suffix.len() } else { 0 };
        self.try_slice(0, self.len() - cut)
    }

    #[pymethod("($self, /)")]
    fn isascii(&self) -> bool {
        self.is_ascii()
    }

    #[pymethod("($self, /)")]
    fn islower(&self) -> bool {
        self.units().is_lower()
    }

    #[pymethod("($self, /)")]
    fn isupper(&self) -> bool {
        self.units().is_upper()
    }

    #[pymethod("($self, /)")]
    fn istitle(&self) -> bool {
        self.units().is_title()
    }

    #[pymethod("($self, /)")]
    fn isspace(&self) -> bool {
        self.units().all(ctype::is_space)
    }

    #[pymethod("($self, /)")]
    fn isdecimal(&self) -> bool {
        self.units().all(|code| ctype::decimal(code).is_some())
    }

    #[pymethod("($self, /)")]
    fn isdigit(&self) -> bool {
        self.units().all(|code| ctype::digit(code).is_some())
    }

    #[pymethod("($self, /)")]
    fn isnumeric(&self) -> bool {
        self.units().all(|code| ctype::numeric(code).is_some())
    }

    #[pymethod("($self, /)")]
    fn isalpha(&self) -> bool {
        self.units().all(ctype::is_alpha)
    }

    #[pymethod("($self, /)")]
    fn isalnum(&self) -> bool {
        self.units().all(ctype::is_alnum)
    }

    #[pymethod("($self, /)")]
    fn isidentifier(&self) -> bool {
        self.is_identifier()
    }

    #[pymethod("($self, /)")]
    fn isprintable(&self) -> bool {
        self.units().is_printable()
    }

    #[pymethod("($self, width, /)")]
    fn zfill(&self, width: isize) -> PyResult<Ref<Str>> {
        let missing = Self::missing(width, self.len());
        if missing == 0 {
            return self.to_exact();
        }
        let filled = pad(self, missing, 0, u32::from('0'))?;
        let sign = if self.is_empty() { 0 } else { self.char_at(0) };
        if sign == u32::from('+') || sign == u32::from('-') {
            // SAFETY: made just now, longer than `missing`; the sign fits its own text's kind.
            unsafe {
                fill(&filled, 0, sign, 1);
                fill(&filled, missing, u32::from('0'), 1);
            }
        }
        Ok(filled)
    }

    #[pymethod("($self, /, *args, **kwargs)", raw)]
    fn format(&self, args: Args<'_>) -> PyResult<Ref<Str>> {
        format::format(self, args)
    }

    #[pymethod("($self, mapping, /)")]
    fn format_map(&self, mapping: &Object) -> PyResult<Ref<Str>> {
        format::format_map(self, mapping)
    }

    #[pymethod("($self, format_spec, /)")]
    fn __format__(&self, format_spec: &Str) -> PyResult<Ref<Str>> {
        if format_spec.is_empty() {
            if self.as_object().is_exact(&super::STR) {
                return Ok(self.to_ref());
            }
            return crate::object::str(self);
        }
        format::format_str(self, format_spec)
    }

    #[pystaticmethod("(x, y=<unrepresentable>, z=<unrepresentable>, /)")]
    fn maketrans(x: &Object, y: Option<&Str>, z: Option<&Str>) -> PyResult {
        translate::maketrans(x, y, z)
    }

    #[pymethod("($self, /)")]
    fn __sizeof__(&self) -> usize {
        self.size_of()
    }

    #[pymethod("($self, /)")]
    fn __getnewargs__(&self) -> PyResult<Ref<Tuple>> {
        Ok(tuple::from_array([self.copy()?.upcast()]))
    }
}

use gopy_object::Instance;
