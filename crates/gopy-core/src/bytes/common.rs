//! What `bytes` and `bytearray` have in common.
//!
//! Answers to `Objects/bytes_methods.c` and the byte half of `Objects/stringlib`.
//!
//! Keeps true: arguments are converted before the content is borrowed, since conversions may run
//! Python and a `bytearray` can change; nothing below a borrow does.

use std::ops::Range;

use gopy_object::buffer::Buffer;
use gopy_object::{Exception, Instance, Object, PyResult, Ref, Type};
use gopy_unicode::search;
use gopy_unicode::units::Units;

use super::Bytes;
use crate::buffer::{self, as_slice};
use crate::error::{memory_error, overflow_error, type_error, value_error};
use crate::list::List;
use crate::str::{SliceIndex, Str, adjust_bounds};
use crate::tuple::{self, Tuple};
use crate::{call, codecs, none, number, object, sequence};

/// `bytes` or `bytearray`.
pub trait ByteString: Instance {
    /// The content. For a `bytearray` the borrow ends before anything may run Python.
    fn content(&self) -> &[u8];

    /// An exact instance with this content.
    ///
    /// # Errors
    ///
    /// `MemoryError`.
    fn make(content: &[u8]) -> PyResult;

    /// What methods return that change nothing: the object itself, or a copy.
    ///
    /// # Errors
    ///
    /// `MemoryError`.
    fn unchanged(&self) -> PyResult;
}

impl ByteString for Bytes {
    fn content(&self) -> &[u8] {
        self.as_slice()
    }

    fn make(content: &[u8]) -> PyResult {
        Bytes::new(content).map(Ref::upcast)
    }

    fn unchanged(&self) -> PyResult {
        self.unchanged_bytes()
    }
}

impl Bytes {
    /// The object itself where it is exact, else an exact copy.
    pub(super) fn unchanged_bytes(&self) -> PyResult {
        if self.as_object().is_exact(&super::BYTES) {
            return Ok(self.as_object().to_ref());
        }
        Bytes::new(self.as_slice()).map(Ref::upcast)
    }
}

/// What `bytes` calls white space.
pub fn is_space(byte: &u8) -> bool {
    matches!(byte, b'\t'..=b'\r' | b' ')
}

/// Whether there are bytes and all pass.
pub fn all(content: &[u8], test: fn(&u8) -> bool) -> bool {
    !content.is_empty() && content.iter().all(test)
}

/// Whether cased bytes are of one case, and there are some.
pub fn has_only(content: &[u8], wanted: fn(&u8) -> bool, other: fn(&u8) -> bool) -> bool {
    content.iter().any(wanted) && !content.iter().any(other)
}

/// `istitle`
pub fn is_title(content: &[u8]) -> bool {
    let (mut cased, mut inside) = (false, false);
    for byte in content {
        if byte.is_ascii_uppercase() {
            if inside {
                return false;
            }
            (inside, cased) = (true, true);
        } else if byte.is_ascii_lowercase() {
            if !inside {
                return false;
            }
            cased = true;
        } else {
            inside = false;
        }
    }
    cased
}

/// `title`
pub fn title(content: &[u8]) -> Vec<u8> {
    let mut inside = false;
    let map = |byte: &u8| {
        let mapped = if inside { byte.to_ascii_lowercase() } else { byte.to_ascii_uppercase() };
        inside = byte.is_ascii_alphabetic();
        mapped
    };
    content.iter().map(map).collect()
}

/// `capitalize`
pub fn capitalize(content: &[u8]) -> Vec<u8> {
    let mut changed = content.to_ascii_lowercase();
    if let Some(first) = changed.first_mut() {
        first.make_ascii_uppercase();
    }
    changed
}

/// `swapcase`
pub fn swap_case(content: &[u8]) -> Vec<u8> {
    let swap = |byte: &u8| if byte.is_ascii_alphabetic() { byte ^ 0x20 } else { *byte };
    content.iter().map(swap).collect()
}

/// A single byte or a buffer to look for.
enum Needle {
    Byte(u8),
    Buffer(Buffer),
}

impl Needle {
    fn of(sub: &Object) -> PyResult<Needle> {
        if buffer::has_buffer(sub) {
            return buffer::bytes_like(sub).map(Needle::Buffer);
        }
        if !number::is_index(sub) {
            return Err(type_error!(
                "argument should be integer or bytes-like object, not '{:.200}'",
                sub.type_name()
            ));
        }
        byte_value(number::index_clamped(sub)?).map(Needle::Byte)
    }

    fn as_slice(&self) -> &[u8] {
        match self {
            Needle::Byte(byte) => std::slice::from_ref(byte),
            Needle::Buffer(buffer) => as_slice(buffer),
        }
    }
}

/// # Errors
///
/// `ValueError` "byte must be in range(0, 256)".
pub fn byte_value(value: isize) -> PyResult<u8> {
    u8::try_from(value).map_err(|_| value_error!("byte must be in range(0, 256)"))
}

/// `find`, `rfind`, `index`, `rindex`
///
/// # Errors
///
/// `TypeError` and `ValueError` for odd needles; so below.
pub fn find<T: ByteString>(
    this: &T,
    sub: &Object,
    start: Option<SliceIndex>,
    end: Option<SliceIndex>,
    back: bool,
) -> PyResult<Option<usize>> {
    let needle = Needle::of(sub)?;
    let (content, needle) = (this.content(), needle.as_slice());
    let Some(range) = bounds(content.len(), start, end) else { return Ok(None) };
    let part = &content[range.clone()];
    let found = if back { search::find_back(part, needle) } else { search::find(part, needle) };
    Ok(found.map(|at| at + range.start))
}

fn bounds(
    length: usize,
    start: Option<SliceIndex>,
    end: Option<SliceIndex>,
) -> Option<Range<usize>> {
    adjust_bounds(length, start, end).filter(|range| range.start <= length)
}

/// The answer of `index` and `rindex`.
pub fn found(at: Option<usize>) -> PyResult<usize> {
    at.ok_or_else(|| value_error!("subsection not found"))
}

/// `count`
pub fn count<T: ByteString>(
    this: &T,
    sub: &Object,
    start: Option<SliceIndex>,
    end: Option<SliceIndex>,
) -> PyResult<usize> {
    let needle = Needle::of(sub)?;
    let content = this.content();
    Ok(bounds(content.len(), start, end)
        .map_or(0, |range| search::count(&content[range], needle.as_slice(), usize::MAX)))
}

/// `x in this`
pub fn contains<T: ByteString>(this: &T, needle: &Object) -> PyResult<bool> {
    if number::is_index(needle) {
        let byte = byte_value(number::index_clamped(needle)?)?;
        return Ok(memchr::memchr(byte, this.content()).is_some());
    }
    let needle = buffer::bytes_like(needle)?;
    Ok(search::find(this.content(), as_slice(&needle)).is_some())
}

/// `startswith`, `endswith`
pub fn has_affix<T: ByteString>(
    this: &T,
    affix: &Object,
    start: Option<SliceIndex>,
    end: Option<SliceIndex>,
    at_end: bool,
) -> PyResult<bool> {
    let matches = |affix: &Object| {
        let affix = buffer::bytes_like(affix)?;
        let (content, affix) = (this.content(), as_slice(&affix));
        Ok(bounds(content.len(), start, end).is_some_and(|range| {
            let part = &content[range];
            if at_end { part.ends_with(affix) } else { part.starts_with(affix) }
        }))
    };
    if let Some(affixes) = affix.downcast::<Tuple>() {
        for affix in affixes.items() {
            if matches(affix)? {
                return Ok(true);
            }
        }
        return Ok(false);
    }
    if !buffer::has_buffer(affix) {
        let name = if at_end { "endswith" } else { "startswith" };
        return Err(type_error!(
            "{name} first arg must be bytes or a tuple of bytes, not {:.100}",
            affix.type_name()
        ));
    }
    matches(affix)
}

/// `removeprefix`
pub fn remove_prefix<T: ByteString>(this: &T, prefix: &Object) -> PyResult {
    let prefix = buffer::bytes_like(prefix)?;
    match this.content().strip_prefix(as_slice(&prefix)) {
        Some(rest) if prefix.len > 0 => T::make(rest),
        _ => this.unchanged(),
    }
}

/// `removesuffix`
pub fn remove_suffix<T: ByteString>(this: &T, suffix: &Object) -> PyResult {
    let suffix = buffer::bytes_like(suffix)?;
    match this.content().strip_suffix(as_slice(&suffix)) {
        Some(rest) if suffix.len > 0 => T::make(rest),
        _ => this.unchanged(),
    }
}

/// The byte that pads.
fn fill_byte(function: &str, fill: Option<&Object>) -> PyResult<u8> {
    let Some(fill) = fill else { return Ok(b' ') };
    let is_bytearray = is_bytearray(fill);
    let kind = if fill.downcast::<Bytes>().is_some() {
        "bytes"
    } else if is_bytearray {
        "bytearray"
    } else {
        let found = if none::is_none(fill) { "None".into() } else { fill.type_name().to_string() };
        return Err(type_error!(
            "{function}() argument 2 must be a byte string of length 1, not {found:.50}"
        ));
    };
    let content = buffer::bytes_like(fill)?;
    match as_slice(&content) {
        [byte] => Ok(*byte),
        other => Err(type_error!(
            "{function}(): argument 2 must be a byte string of length 1, not a {kind} object of \
             length {}",
            other.len()
        )),
    }
}

/// An empty vector with room for `length` bytes.
fn room(length: usize) -> PyResult<Vec<u8>> {
    let mut bytes = Vec::new();
    bytes.try_reserve_exact(length).map_err(|_| memory_error())?;
    Ok(bytes)
}

fn pad<T: ByteString>(this: &T, left: usize, right: usize, fill: u8) -> PyResult {
    if left == 0 && right == 0 {
        return this.unchanged();
    }
    let content = this.content();
    let mut padded = room(left.saturating_add(right).saturating_add(content.len()))?;
    padded.resize(left, fill);
    padded.extend_from_slice(content);
    padded.resize(left + content.len() + right, fill);
    T::make(&padded)
}

fn missing(width: isize, length: usize) -> usize {
    usize::try_from(width).unwrap_or(0).saturating_sub(length)
}

/// `center`
pub fn center<T: ByteString>(this: &T, width: isize, fill: Option<&Object>) -> PyResult {
    let fill = fill_byte("center", fill)?;
    let missing = missing(width, this.content().len());
    let left = missing / 2 + (missing & width as usize & 1);
    pad(this, left, missing - left, fill)
}

/// `ljust`, `rjust`
pub fn justify<T: ByteString>(
    this: &T,
    width: isize,
    fill: Option<&Object>,
    to_left: bool,
) -> PyResult {
    let fill = fill_byte(if to_left { "ljust" } else { "rjust" }, fill)?;
    let missing = missing(width, this.content().len());
    if to_left { pad(this, 0, missing, fill) } else { pad(this, missing, 0, fill) }
}

/// `zfill`
pub fn zero_fill<T: ByteString>(this: &T, width: isize) -> PyResult {
    let content = this.content();
    let missing = missing(width, content.len());
    if missing == 0 {
        return this.unchanged();
    }
    let mut filled = room(missing.saturating_add(content.len()))?;
    let (sign, digits) = match content {
        [sign @ (b'+' | b'-'), rest @ ..] => (Some(*sign), rest),
        _ => (None, content),
    };
    filled.extend(sign);
    filled.resize(filled.len() + missing, b'0');
    filled.extend_from_slice(digits);
    T::make(&filled)
}

/// `expandtabs`
pub fn expand_tabs<T: ByteString>(this: &T, size: i32) -> PyResult {
    let (size, mut column) = (usize::try_from(size).unwrap_or(0), 0usize);
    let mut expanded = Vec::new();
    for &byte in this.content() {
        if byte == b'\t' {
            if size > 0 {
                let spaces = size - column % size;
                column += spaces;
                expanded.try_reserve(spaces).map_err(|_| memory_error())?;
                expanded.resize(expanded.len() + spaces, b' ');
            }
            continue;
        }
        column += 1;
        expanded.push(byte);
        if matches!(byte, b'\n' | b'\r') {
            column = 0;
        }
    }
    if expanded.len() > isize::MAX as usize {
        return Err(overflow_error!("result too long"));
    }
    T::make(&expanded)
}

/// `strip` and its halves
pub fn strip<T: ByteString>(this: &T, set: Option<&Object>, left: bool, right: bool) -> PyResult {
    let set = set.map(buffer::bytes_like).transpose()?;
    let drop = |byte: &u8| match &set {
        None => is_space(byte),
        Some(set) => memchr::memchr(*byte, as_slice(set)).is_some(),
    };
    let content = this.content();
    let mut kept = content;
    while left
        && let [first, rest @ ..] = kept
        && drop(first)
    {
        kept = rest;
    }
    while right
        && let [rest @ .., last] = kept
        && drop(last)
    {
        kept = rest;
    }
    if kept.len() == content.len() { this.unchanged() } else { T::make(kept) }
}

/// The pieces as a list.
fn pieces<T: ByteString>(this: &T, ranges: Vec<Range<usize>>) -> PyResult<Ref<List>> {
    if let [only] = &ranges[..]
        && only.len() == this.content().len()
    {
        return Ok(List::from_vec(vec![this.unchanged()?]));
    }
    let mut items = Vec::with_capacity(ranges.len());
    for range in ranges {
        items.push(T::make(&this.content()[range])?);
    }
    Ok(List::from_vec(items))
}

/// `split`, `rsplit`
pub fn split<T: ByteString>(
    this: &T,
    separator: Option<&Object>,
    max: isize,
    right: bool,
) -> PyResult<Ref<List>> {
    let max = usize::try_from(max).unwrap_or(usize::MAX);
    let Some(separator) = separator else {
        let content = this.content();
        let ranges = if right { rsplit_space(content, max) } else { split_space(content, max) };
        return pieces(this, ranges);
    };
    let separator = buffer::bytes_like(separator)?;
    if separator.len == 0 {
        return Err(crate::str::empty_separator());
    }
    let (content, separator) = (Units::Ucs1(this.content()), Units::Ucs1(as_slice(&separator)));
    let list = List::new();
    let push = |piece: Range<usize>| list.push(T::make(&this.content()[piece])?);
    if right {
        content.rsplit(separator, max, push)?;
        list.reverse();
    } else {
        content.split(separator, max, push)?;
    }
    Ok(list)
}

fn split_space(content: &[u8], max: usize) -> Vec<Range<usize>> {
    let (mut ranges, mut at) = (Vec::new(), 0);
    loop {
        while at < content.len() && is_space(&content[at]) {
            at += 1;
        }
        if at == content.len() {
            return ranges;
        }
        let start = at;
        if ranges.len() >= max {
            ranges.push(start..content.len());
            return ranges;
        }
        while at < content.len() && !is_space(&content[at]) {
            at += 1;
        }
        ranges.push(start..at);
    }
}

fn rsplit_space(content: &[u8], max: usize) -> Vec<Range<usize>> {
    let (mut ranges, mut end) = (Vec::new(), content.len());
    loop {
        while end > 0 && is_space(&content[end - 1]) {
            end -= 1;
        }
        if end == 0 {
            break;
        }
        let stop = end;
        if ranges.len() >= max {
            ranges.push(0..stop);
            break;
        }
        while end > 0 && !is_space(&content[end - 1]) {
            end -= 1;
        }
        ranges.push(end..stop);
    }
    ranges.reverse();
    ranges
}

/// `splitlines`
pub fn split_lines<T: ByteString>(this: &T, keep_ends: bool) -> PyResult<Ref<List>> {
    let content = this.content();
    let (mut ranges, mut at) = (Vec::new(), 0);
    while at < content.len() {
        let start = at;
        let end = memchr::memchr2(b'\n', b'\r', &content[at..]).map_or(content.len(), |n| at + n);
        at = match content[end..] {
            [b'\r', b'\n', ..] => end + 2,
            [] => end,
            _ => end + 1,
        };
        ranges.push(start..if keep_ends { at } else { end });
    }
    pieces(this, ranges)
}

/// `partition`, `rpartition`
pub fn partition<T: ByteString>(this: &T, separator: &Object, right: bool) -> PyResult {
    let kept = separator;
    let separator = buffer::bytes_like(separator)?;
    if separator.len == 0 {
        return Err(crate::str::empty_separator());
    }
    let needle = as_slice(&separator);
    let content = this.content();
    let found =
        if right { search::find_back(content, needle) } else { search::find(content, needle) };
    // `bytes` hands the separator back, `bytearray` copies it.
    let middle = |needle: &[u8]| {
        if std::ptr::eq(T::type_object(), super::BYTES.get()) {
            Ok(kept.to_ref())
        } else {
            T::make(needle)
        }
    };
    let items = match (found, right) {
        (Some(at), _) => [
            T::make(&content[..at])?,
            middle(needle)?,
            T::make(&this.content()[at + needle.len()..])?,
        ],
        (None, false) => [this.unchanged()?, T::make(b"")?, T::make(b"")?],
        (None, true) => [T::make(b"")?, T::make(b"")?, this.unchanged()?],
    };
    Ok(tuple::from_array(items).upcast())
}

/// `replace`
pub fn replace<T: ByteString>(this: &T, old: &Object, new: &Object, count: isize) -> PyResult {
    let (old, new) = (buffer::bytes_like(old)?, buffer::bytes_like(new)?);
    let (old, new) = (as_slice(&old), as_slice(&new));
    let content = this.content();
    let max = usize::try_from(count).unwrap_or(usize::MAX);
    if content.len() < old.len() || max == 0 {
        return this.unchanged();
    }
    let places =
        Units::Ucs1(content).match_positions(Units::Ucs1(old), max).ok_or_else(memory_error)?;
    if places.is_empty() {
        return this.unchanged();
    }
    let kept = content.len() - places.len() * old.len();
    let length = places.len().checked_mul(new.len()).and_then(|more| more.checked_add(kept));
    let Some(length) = length.filter(|length| *length <= isize::MAX as usize) else {
        return Err(overflow_error!("replace bytes is too long"));
    };
    let mut replaced = room(length)?;
    let mut at = 0;
    for place in places {
        replaced.extend_from_slice(&content[at..place]);
        replaced.extend_from_slice(new);
        at = place + old.len();
    }
    replaced.extend_from_slice(&content[at..]);
    T::make(&replaced)
}

/// `translate`
pub fn translate<T: ByteString>(this: &T, table: &Object, delete: Option<&Object>) -> PyResult {
    let table = if none::is_none(table) { None } else { Some(buffer::bytes_like(table)?) };
    let table = table.as_ref().map(as_slice);
    if table.is_some_and(|table| table.len() != 256) {
        return Err(value_error!("translation table must be 256 characters long"));
    }
    let delete = delete.map(buffer::bytes_like).transpose()?;
    let mut deleted = [false; 256];
    for byte in delete.as_ref().map_or(&[][..], as_slice) {
        deleted[usize::from(*byte)] = true;
    }
    let content = this.content();
    let kept = content.iter().filter(|byte| !deleted[usize::from(**byte)]);
    let translated: Vec<u8> =
        kept.map(|byte| table.map_or(*byte, |table| table[usize::from(*byte)])).collect();
    if translated == content { this.unchanged() } else { T::make(&translated) }
}

/// `maketrans`
pub fn make_translation(from: &Object, to: &Object) -> PyResult {
    let (from, to) = (buffer::bytes_like(from)?, buffer::bytes_like(to)?);
    if from.len != to.len {
        return Err(value_error!("maketrans arguments must have same length"));
    }
    let mut table: [u8; 256] = std::array::from_fn(|byte| byte as u8);
    for (from, to) in as_slice(&from).iter().zip(as_slice(&to)) {
        table[usize::from(*from)] = *to;
    }
    Bytes::new(&table).map(Ref::upcast)
}

/// `decode`
pub fn decode<T: ByteString>(
    this: &T,
    encoding: Option<&Str>,
    errors: Option<&Str>,
) -> PyResult<Ref<Str>> {
    let encoding = encoding.map(codecs::c_string).transpose()?;
    let errors = errors.map(codecs::c_string).transpose()?;
    // An export keeps a bytearray from changing while handlers run.
    let content = buffer::bytes_like(this.as_object())?;
    codecs::decode_text(as_slice(&content), encoding, errors)
}

/// `join`. Runs Python only while the items are collected.
pub fn join<T: ByteString>(this: &T, items: &Object) -> PyResult {
    let items = sequence::to_tuple(&*sequence::fast(items, "can only join an iterable")?)?;
    if let [only] = items.items()
        && only.is_exact(&super::BYTES)
        && std::ptr::eq(T::type_object(), super::BYTES.get())
    {
        return Ok(only.clone());
    }
    let mut buffers = Vec::with_capacity(items.len());
    for (index, item) in items.items().iter().enumerate() {
        match buffer::bytes_like(item) {
            Ok(buffer) => buffers.push(buffer),
            Err(_) => {
                return Err(type_error!(
                    "sequence item {index}: expected a bytes-like object, {:.80} found",
                    item.type_name()
                ));
            }
        }
    }
    let separator = this.content();
    let gaps = separator.len().checked_mul(buffers.len().saturating_sub(1));
    let length = buffers
        .iter()
        .try_fold(gaps.unwrap_or(usize::MAX), |length, buffer| length.checked_add(buffer.len));
    let Some(length) = length.filter(|length| *length <= isize::MAX as usize) else {
        return Err(overflow_error!("join() result is too long"));
    };
    let mut joined = room(length)?;
    for (index, buffer) in buffers.iter().enumerate() {
        if index > 0 {
            joined.extend_from_slice(separator);
        }
        joined.extend_from_slice(as_slice(buffer));
    }
    T::make(&joined)
}

/// The separator of `hex`. May run Python.
pub fn hex_separator(separator: &Object) -> PyResult<u8> {
    if object::len(separator)? != 1 {
        return Err(value_error!("sep must be length 1."));
    }
    if let Some(text) = separator.downcast::<Str>() {
        return match text.as_ascii() {
            Some(text) => Ok(text.as_bytes()[0]),
            None => Err(value_error!("sep must be ASCII.")),
        };
    }
    match separator.downcast::<Bytes>().map(Bytes::as_slice) {
        Some([byte]) if byte.is_ascii() => Ok(*byte),
        Some(_) => Err(value_error!("sep must be ASCII.")),
        None => Err(type_error!("sep must be str or bytes.")),
    }
}

/// `hex`: groups of `per_group` bytes, from the right where it is positive.
pub fn to_hex(content: &[u8], separator: Option<u8>, per_group: i32) -> PyResult<Ref<Str>> {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let group = per_group.unsigned_abs() as usize;
    let separator = separator.filter(|_| group > 0 && group < content.len());
    let gaps = separator.map_or(0, |_| content.len().saturating_sub(1) / group);
    let mut hex = room((content.len() * 2).saturating_add(gaps))?;
    for (index, byte) in content.iter().enumerate() {
        if let Some(separator) = separator
            && index > 0
        {
            let place = if per_group > 0 { content.len() - index } else { index };
            if place.is_multiple_of(group) {
                hex.push(separator);
            }
        }
        hex.push(DIGITS[usize::from(byte >> 4)]);
        hex.push(DIGITS[usize::from(byte & 15)]);
    }
    Str::from_ucs1(&hex)
}

/// `fromhex`
pub fn from_hex<T: ByteString>(class: &Type, text: &Object) -> PyResult {
    let buffer;
    let digits: Vec<u8> = if let Some(text) = text.downcast::<Str>() {
        // What is no byte can't be a digit either.
        text.units().iter().map(|code| u8::try_from(code).unwrap_or(0xFF)).collect()
    } else if buffer::has_buffer(text) {
        buffer = buffer::bytes_like(text)?;
        as_slice(&buffer).to_vec()
    } else {
        return Err(type_error!(
            "fromhex() argument must be str or bytes-like, not {:.100}",
            text.type_name()
        ));
    };
    let content = parse_hex(&digits)?;
    let result = T::make(&content)?;
    if std::ptr::eq(class, T::type_object()) {
        return Ok(result);
    }
    call::call_one(class.as_object(), &result)
}

fn parse_hex(digits: &[u8]) -> PyResult<Vec<u8>> {
    let mut content = Vec::with_capacity(digits.len() / 2);
    let value = |byte: u8| char::from(byte).to_digit(16).map(|digit| digit as u8);
    let mut at = 0;
    while at < digits.len() {
        if is_space(&digits[at]) {
            at += 1;
            continue;
        }
        let Some(high) = value(digits[at]) else { return Err(no_digit(at)) };
        let Some(&low) = digits.get(at + 1) else {
            return Err(value_error!(
                "fromhex() arg must contain an even number of hexadecimal digits"
            ));
        };
        let Some(low) = value(low) else { return Err(no_digit(at + 1)) };
        content.push(high << 4 | low);
        at += 2;
    }
    Ok(content)
}

#[cold]
fn no_digit(at: usize) -> Exception {
    value_error!("non-hexadecimal number found in fromhex() arg at position {at}")
}

/// `repr` of the content, in double quotes where that spares escapes unless `only_single`.
pub fn repr(content: &[u8], prefix: &str, suffix: &str, only_single: bool) -> PyResult<Ref<Str>> {
    let single = content.contains(&b'\'');
    let quote = if single && !only_single && !content.contains(&b'"') { b'"' } else { b'\'' };
    quoted(content, prefix, suffix, quote, quote)
}

/// `repr` of a `bytearray`, which chooses its quotes alike but escapes single ones always.
pub fn repr_in(content: &[u8], prefix: &str, suffix: &str) -> PyResult<Ref<Str>> {
    let single = content.contains(&b'\'');
    let quote = if single && !content.contains(&b'"') { b'"' } else { b'\'' };
    quoted(content, prefix, suffix, quote, b'\'')
}

fn quoted(
    content: &[u8],
    prefix: &str,
    suffix: &str,
    quote: u8,
    escaped: u8,
) -> PyResult<Ref<Str>> {
    crate::str::check_room(content.len().saturating_mul(4))?;
    let mut text = room(content.len() + prefix.len() + suffix.len() + 2)?;
    text.extend_from_slice(prefix.as_bytes());
    text.push(quote);
    for &byte in content {
        match byte {
            b'\\' => text.extend(b"\\\\"),
            b'\t' => text.extend(b"\\t"),
            b'\n' => text.extend(b"\\n"),
            b'\r' => text.extend(b"\\r"),
            _ if byte == quote || byte == escaped => text.extend([b'\\', byte]),
            0x20..0x7F => text.push(byte),
            _ => text.extend(format!("\\x{byte:02x}").as_bytes()),
        }
    }
    text.push(quote);
    text.extend_from_slice(suffix.as_bytes());
    Str::from_ucs1(&text)
}

/// Escapes as `bytes.__repr__` does in single quotes, without them (`codecs.escape_encode`).
pub fn escape(content: &[u8]) -> PyResult<Ref<Bytes>> {
    let text = repr(content, "", "", true)?;
    let escaped = text.raw_bytes();
    Bytes::new(&escaped[1..escaped.len() - 1])
}

/// Whether an object is a `bytearray`, whose type is in a crate above.
pub fn is_bytearray(object: &Object) -> bool {
    let mut ty = Some(object.type_().to_ref());
    while let Some(current) = ty {
        if current.spec.get().is_some_and(|spec| spec.name == "bytearray") {
            return true;
        }
        ty = current.base.get();
    }
    false
}
