//! `make_scanner`: from text to values.

use gopy_core::dict::Dict;
use gopy_core::error::{raise_with, type_error, value_error};
use gopy_core::float::{FLOAT, Float};
use gopy_core::int::{self, INT, Int};
use gopy_core::list::List;
use gopy_core::str::{Str, StrBuilder, interned};
use gopy_core::{bool_, call, exceptions, import, none, object, tuple};
use gopy_macros::{pyclass, pymethods, pyslots};
use gopy_numeric::float::parse::parse_float;
use gopy_object::{
    Args, Exception, Instance, Object, PyResult, Ref, Slot, Thread, Type, gc, memory, thread,
};
use gopy_unicode::units::CodeUnit;
use gopy_unicode::with_units;

use super::{text_of, with_end};

/// A scanner with the settings of a `JSONDecoder`.
#[pyclass(name = "_json.Scanner", static = SCANNER, basicsize = 64,
    flags(HAVE_GC, HEAPTYPE))]
#[repr(C)]
pub struct Scanner {
    object: Object,
    strict: bool,
    object_hook: Slot,
    object_pairs_hook: Slot,
    parse_float: Slot,
    parse_int: Slot,
    parse_constant: Slot,
}

#[pymethods]
impl Scanner {
    #[pymember]
    fn strict(&self) -> bool {
        self.strict
    }

    #[pymember]
    fn object_hook(&self) -> Option<Ref> {
        self.object_hook.get()
    }

    #[pymember]
    fn object_pairs_hook(&self) -> Option<Ref> {
        self.object_pairs_hook.get()
    }

    #[pymember]
    fn parse_float(&self) -> Option<Ref> {
        self.parse_float.get()
    }

    #[pymember]
    fn parse_int(&self) -> Option<Ref> {
        self.parse_int.get()
    }

    #[pymember]
    fn parse_constant(&self) -> Option<Ref> {
        self.parse_constant.get()
    }
}

#[pyslots]
impl Scanner {
    fn new(ty: &Type, args: Args<'_>) -> PyResult {
        let [context] = bind!(args, "make_scanner", ["context"],
            required 1, positional_only 0, positional 1, style ParseTuple);
        let context = context.unwrap_or_else(|| none::none_object());
        let attribute = |name: &str| object::get_attr(context, &interned(name));
        let strict = object::is_true(&*attribute("strict")?)?;
        let slot = |name: &str| attribute(name).map(|value| Slot::new(Some(value)));
        let scanner = Scanner {
            object: Object::header(ty),
            strict,
            object_hook: slot("object_hook")?,
            object_pairs_hook: slot("object_pairs_hook")?,
            parse_float: slot("parse_float")?,
            parse_int: slot("parse_int")?,
            parse_constant: slot("parse_constant")?,
        };
        Ok(gc::tracked(memory::alloc(ty, scanner)?).upcast())
    }

    fn call(&self, args: Args<'_>) -> PyResult {
        let [string, index] = bind!(args, "scan_once", ["string", "idx"],
            required 2, positional_only 0, positional 2, style ParseTuple);
        let (Some(string), Some(index)) = (string, index) else {
            return Err(type_error!("scan_once() takes 2 arguments"));
        };
        let index = gopy_core::number::index_as_ssize(index)?;
        let text = text_of(string)?;
        let Ok(index) = usize::try_from(index) else {
            return Err(value_error!("idx cannot be negative"));
        };
        let hooks = Hooks::of(self);
        let (value, end) = with_units!(text.units(), units => {
            Decoder::new(text, units, &hooks).value(index)?
        });
        Ok(with_end(value, end).upcast())
    }
}

/// The settings, owned while a text is scanned; `None` where the built-in way is meant.
struct Hooks {
    strict: bool,
    object: Option<Ref>,
    pairs: Option<Ref>,
    float: Option<Ref>,
    int: Option<Ref>,
    constant: Option<Ref>,
}

impl Hooks {
    fn of(scanner: &Scanner) -> Hooks {
        let given = |slot: &Slot| slot.get().filter(|hook| !none::is_none(hook));
        Hooks {
            strict: scanner.strict,
            object: given(&scanner.object_hook),
            pairs: given(&scanner.object_pairs_hook),
            float: scanner.parse_float.get().filter(|hook| !hook.is(FLOAT.as_object())),
            int: scanner.parse_int.get().filter(|hook| !hook.is(INT.as_object())),
            constant: scanner.parse_constant.get(),
        }
    }
}

/// Raises `json.decoder.JSONDecodeError`. May run Python.
#[cold]
fn decode_error(message: &str, text: &Str, at: isize) -> Exception {
    let class = match import::import_attr("json.decoder", "JSONDecodeError") {
        Ok(class) => class,
        Err(error) => return error,
    };
    let Some(class) = class.downcast::<Type>() else {
        return type_error!("exceptions must derive from BaseException");
    };
    let at = Int::from_i64(at as i64);
    raise_with(class, &[Str::new(message).as_object(), text.as_object(), at.as_object()])
}

/// There is no value here.
#[cold]
fn no_value(at: usize) -> Exception {
    exceptions::stop_iteration(Int::from_u64(at as u64).as_object())
}

/// `scanstring`: the text behind a quote, and where it ends.
pub(super) fn scan_string(text: &Str, start: isize, strict: bool) -> PyResult<(Ref<Str>, usize)> {
    match usize::try_from(start) {
        Ok(start) if start <= text.len() => {
            with_units!(text.units(), units => string(text, units, start, strict))
        }
        _ => Err(value_error!("end is out of bounds")),
    }
}

/// Length of the run up to the next quote, backslash or (where they are refused) control.
#[inline]
fn plain_run<T: CodeUnit>(units: &[T], strict: bool) -> usize {
    let limit = if strict { 0x20 } else { 0 };
    let special = |unit: &T| {
        let code = unit.code();
        code == u32::from(b'"') || code == u32::from(b'\\') || code < limit
    };
    units.iter().position(special).unwrap_or(units.len())
}

/// The text of a literal whose first character is at `start`. May run Python only to raise.
#[inline]
fn string<T: CodeUnit>(
    text: &Str,
    units: &[T],
    start: usize,
    strict: bool,
) -> PyResult<(Ref<Str>, usize)> {
    let end = start + plain_run(&units[start..], strict);
    if units.get(end).is_some_and(|unit| unit.code() == u32::from(b'"')) {
        return Ok((text.try_slice(start, end)?, end + 1));
    }
    string_with_escapes(text, units, start, strict)
}

fn string_with_escapes<T: CodeUnit>(
    text: &Str,
    units: &[T],
    start: usize,
    strict: bool,
) -> PyResult<(Ref<Str>, usize)> {
    // The quote may lie before the text: `scanstring(text, 0)`.
    let unterminated = || decode_error("Unterminated string starting at", text, start as isize - 1);
    let mut built = StrBuilder::new();
    let mut at = start;
    loop {
        let end = at + plain_run(&units[at..], strict);
        built.push_range(text, at, end)?;
        let Some(special) = units.get(end) else { return Err(unterminated()) };
        at = end + 1;
        match special.code() {
            0x22 => return Ok((built.finish()?, at)),
            0x5C => {}
            _ => return Err(decode_error("Invalid control character at", text, end as isize)),
        }
        let Some(escape) = units.get(at) else { return Err(unterminated()) };
        at += 1;
        let code = match u8::try_from(escape.code()).unwrap_or(0) {
            byte @ (b'"' | b'\\' | b'/') => byte.into(),
            b'b' => 8,
            b'f' => 0xC,
            b'n' => 0xA,
            b'r' => 0xD,
            b't' => 9,
            b'u' => unicode_escape(text, units, &mut at)?,
            _ => return Err(decode_error("Invalid \\escape", text, at as isize - 2)),
        };
        built.push_code_point(code)?;
    }
}

/// Four hexadecimal digits, all of which must be there.
fn hex_digits<T: CodeUnit>(units: &[T]) -> Option<u32> {
    units
        .iter()
        .try_fold(0, |value, unit| Some(value << 4 | char::from_u32(unit.code())?.to_digit(16)?))
}

/// What follows `\u` at `at`, which moves behind it. A pair of surrogates is one character.
fn unicode_escape<T: CodeUnit>(text: &Str, units: &[T], at: &mut usize) -> PyResult<u32> {
    let start = *at;
    let invalid = |start: usize| decode_error("Invalid \\uXXXX escape", text, start as isize - 1);
    if start + 4 > units.len() {
        return Err(invalid(start));
    }
    let Some(first) = hex_digits(&units[start..start + 4]) else { return Err(invalid(start)) };
    *at = start + 4;
    if (0xD800..0xDC00).contains(&first)
        && start + 10 <= units.len()
        && units[start + 4].code() == u32::from(b'\\')
        && units[start + 5].code() == u32::from(b'u')
    {
        let Some(second) = hex_digits(&units[start + 6..start + 10]) else {
            return Err(invalid(start + 6));
        };
        if (0xDC00..0xE000).contains(&second) {
            *at = start + 10;
            return Ok(0x1_0000 + ((first & 0x3FF) << 10 | second & 0x3FF));
        }
    }
    Ok(first)
}

/// Keys seen in a text: equal keys become the same string.
struct Memo {
    /// The keys last seen, by a hash of their units.
    recent: [Option<Ref<Str>>; Memo::RECENT],
    all: Option<Ref<Dict>>,
}

impl Memo {
    const RECENT: usize = 64;

    fn new() -> Memo {
        Memo { recent: [const { None }; Memo::RECENT], all: None }
    }

    /// Where the key of some units would be.
    #[inline]
    fn place<T: CodeUnit>(units: &[T]) -> usize {
        let [first, .., last] = units else { return units.len() };
        let middle = units[units.len() / 2];
        let mixed = first.code().wrapping_mul(31) ^ last.code().wrapping_mul(7) ^ middle.code();
        (mixed as usize).wrapping_add(units.len().wrapping_mul(13)) % Memo::RECENT
    }

    #[inline]
    fn find<T: CodeUnit>(&self, place: usize, units: &[T]) -> Option<Ref<Str>> {
        let key = self.recent[place].as_ref()?;
        let same = key.len() == units.len()
            && with_units!(key.units(), text => {
                text.iter().zip(units).all(|(a, b)| a.code() == b.code())
            });
        same.then(|| key.clone())
    }

    fn unique(&mut self, key: Ref<Str>) -> PyResult<Ref<Str>> {
        let all = self.all.get_or_insert_with(Dict::new);
        let unique = all.set_default(key.as_object(), key.as_object())?;
        Ok(unique.downcast_ref().unwrap_or(key))
    }
}

/// One pass over a text. The units stay as they are: the caller holds the text.
struct Decoder<'a, T> {
    text: &'a Str,
    units: &'a [T],
    hooks: &'a Hooks,
    memo: Memo,
    thread: &'static Thread,
}

impl<'a, T: CodeUnit> Decoder<'a, T> {
    fn new(text: &'a Str, units: &'a [T], hooks: &'a Hooks) -> Self {
        Decoder { text, units, hooks, memo: Memo::new(), thread: thread() }
    }

    #[inline]
    fn is_at(&self, at: usize, byte: u8) -> bool {
        self.units.get(at).is_some_and(|unit| unit.code() == u32::from(byte))
    }

    #[inline]
    fn skip_space(&self, mut at: usize) -> usize {
        while let Some(unit) = self.units.get(at)
            && matches!(unit.code(), 0x20 | 9 | 0xA | 0xD)
        {
            at += 1;
        }
        at
    }

    /// Whether these characters are at a position.
    #[inline]
    fn has(&self, at: usize, word: &[u8]) -> bool {
        self.units.get(at..).and_then(|rest| rest.get(..word.len())).is_some_and(|units| {
            units.iter().zip(word).all(|(unit, byte)| unit.code() == u32::from(*byte))
        })
    }

    #[cold]
    fn error(&self, message: &str, at: usize) -> Exception {
        decode_error(message, self.text, at as isize)
    }

    /// Any value. May run Python.
    fn value(&mut self, at: usize) -> PyResult<(Ref, usize)> {
        let Some(unit) = self.units.get(at) else { return Err(no_value(at)) };
        match u8::try_from(unit.code()).unwrap_or(0) {
            b'"' => {
                let (value, end) = string(self.text, self.units, at + 1, self.hooks.strict)?;
                Ok((value.upcast(), end))
            }
            b'{' => {
                let place = " while decoding a JSON object from a unicode string";
                self.thread.check_native_recursion(place)?;
                if self.hooks.pairs.is_some() { self.pairs(at + 1) } else { self.object(at + 1) }
            }
            b'[' => {
                let place = " while decoding a JSON array from a unicode string";
                self.thread.check_native_recursion(place)?;
                self.array(at + 1)
            }
            b'n' if self.has(at, b"null") => Ok((none::none(), at + 4)),
            b't' if self.has(at, b"true") => Ok((bool_::bool_ref(true), at + 4)),
            b'f' if self.has(at, b"false") => Ok((bool_::bool_ref(false), at + 5)),
            b'N' if self.has(at, b"NaN") => self.constant("NaN", at),
            b'I' if self.has(at, b"Infinity") => self.constant("Infinity", at),
            b'-' if self.has(at, b"-Infinity") => self.constant("-Infinity", at),
            _ => self.number(at),
        }
    }

    #[cold]
    fn constant(&mut self, name: &str, at: usize) -> PyResult<(Ref, usize)> {
        let hook = self.hooks.constant.clone().unwrap_or_else(none::none);
        Ok((call::call_one(&hook, interned(name).as_object())?, at + name.len()))
    }

    /// Position behind the decimal digits from `at` on.
    #[inline]
    fn digits(&self, at: usize) -> usize {
        let is_digit = |unit: &&T| (0x30..0x3A).contains(&unit.code());
        at + self.units[at..].iter().take_while(is_digit).count()
    }

    fn number(&mut self, start: usize) -> PyResult<(Ref, usize)> {
        let negative = self.is_at(start, b'-');
        let first = start + usize::from(negative);
        let digits_end = match self.units.get(first).map(|unit| unit.code()) {
            Some(0x30) => first + 1,
            Some(0x31..=0x39) => self.digits(first + 1),
            _ => return Err(no_value(start)),
        };
        let mut end = digits_end;
        if self.is_at(end, b'.') {
            let fraction = self.digits(end + 1);
            if fraction > end + 1 {
                end = fraction;
            }
        }
        if self.is_at(end, b'e') || self.is_at(end, b'E') {
            let signed = self.is_at(end + 1, b'-') || self.is_at(end + 1, b'+');
            let exponent = end + 1 + usize::from(signed);
            let exponent_end = self.digits(exponent.min(self.units.len()));
            if exponent_end > exponent {
                end = exponent_end;
            }
        }
        let is_float = end != digits_end;
        let hook = if is_float { &self.hooks.float } else { &self.hooks.int };
        if let Some(hook) = hook {
            let text = self.text.try_slice(start, end)?;
            return Ok((call::call_one(hook, text.as_object())?, end));
        }
        let number = &self.units[start..end];
        if !is_float && number.len() <= 18 {
            let value = self.units[first..end]
                .iter()
                .fold(0i64, |value, unit| value * 10 + i64::from(unit.code() - 0x30));
            return Ok((Int::from_i64(if negative { -value } else { value }).upcast(), end));
        }
        let mut small = [0u8; 40];
        let large;
        let text: &[u8] = if number.len() <= small.len() {
            for (byte, unit) in small.iter_mut().zip(number) {
                *byte = unit.code() as u8;
            }
            &small[..number.len()]
        } else {
            large = number.iter().map(|unit| unit.code() as u8).collect::<Vec<u8>>();
            &large
        };
        if !is_float {
            return Ok((int::from_text(text, 10)?.upcast(), end));
        }
        match parse_float(text) {
            Some(value) => Ok((Float::new(value).upcast(), end)),
            None => Err(value_error!("could not convert string to float")),
        }
    }

    fn array(&mut self, at: usize) -> PyResult<(Ref, usize)> {
        let list = List::new();
        let mut at = self.skip_space(at);
        if self.is_at(at, b']') {
            return Ok((list.upcast(), at + 1));
        }
        loop {
            let (value, end) = self.value(at)?;
            list.push(value)?;
            at = self.skip_space(end);
            if self.is_at(at, b']') {
                return Ok((list.upcast(), at + 1));
            }
            if !self.is_at(at, b',') {
                return Err(self.error("Expecting ',' delimiter", at));
            }
            let comma = at;
            at = self.skip_space(at + 1);
            if self.is_at(at, b']') {
                return Err(self.error("Illegal trailing comma before end of array", comma));
            }
        }
    }

    /// A key and the position of its value.
    #[inline]
    fn key(&mut self, at: usize) -> PyResult<(Ref<Str>, usize)> {
        if !self.is_at(at, b'"') {
            return Err(self.error("Expecting property name enclosed in double quotes", at));
        }
        let start = at + 1;
        let rest = &self.units[start..];
        let run = plain_run(rest, self.hooks.strict);
        let place = Memo::place(&rest[..run]) % Memo::RECENT;
        let is_plain = rest.get(run).is_some_and(|unit| unit.code() == u32::from(b'"'));
        let (key, end) = match self.memo.find(place, &rest[..run]) {
            Some(key) if is_plain => (key, start + run + 1),
            _ => {
                let (key, end) = string(self.text, self.units, start, self.hooks.strict)?;
                let key = self.memo.unique(key)?;
                if is_plain {
                    self.memo.recent[place] = Some(key.clone());
                }
                (key, end)
            }
        };
        let at = self.skip_space(end);
        if !self.is_at(at, b':') {
            return Err(self.error("Expecting ':' delimiter", at));
        }
        Ok((key, self.skip_space(at + 1)))
    }

    /// After an entry: the position of the next key, or what is behind the object.
    #[inline]
    fn after_entry(&self, end: usize) -> PyResult<Result<usize, usize>> {
        let comma = self.skip_space(end);
        if self.is_at(comma, b'}') {
            return Ok(Err(comma + 1));
        }
        if !self.is_at(comma, b',') {
            return Err(self.error("Expecting ',' delimiter", comma));
        }
        let at = self.skip_space(comma + 1);
        if self.is_at(at, b'}') {
            return Err(self.error("Illegal trailing comma before end of object", comma));
        }
        Ok(Ok(at))
    }

    fn object(&mut self, at: usize) -> PyResult<(Ref, usize)> {
        let dict = Dict::new();
        let mut at = self.skip_space(at);
        let end = if self.is_at(at, b'}') {
            at + 1
        } else {
            loop {
                let (key, start) = self.key(at)?;
                let (value, end) = self.value(start)?;
                dict.set_owned(key.upcast(), value)?;
                match self.after_entry(end)? {
                    Ok(next) => at = next,
                    Err(end) => break end,
                }
            }
        };
        match &self.hooks.object {
            None => Ok((dict.upcast(), end)),
            Some(hook) => Ok((call::call_one(hook, dict.as_object())?, end)),
        }
    }

    /// An object for `object_pairs_hook`.
    fn pairs(&mut self, at: usize) -> PyResult<(Ref, usize)> {
        let list = List::new();
        let mut at = self.skip_space(at);
        let end = if self.is_at(at, b'}') {
            at + 1
        } else {
            loop {
                let (key, start) = self.key(at)?;
                let (value, end) = self.value(start)?;
                list.push(tuple::from_array([key.upcast(), value]).upcast())?;
                match self.after_entry(end)? {
                    Ok(next) => at = next,
                    Err(end) => break end,
                }
            }
        };
        let hook = self.hooks.pairs.clone().unwrap_or_else(none::none);
        Ok((call::call_one(&hook, list.as_object())?, end))
    }
}
