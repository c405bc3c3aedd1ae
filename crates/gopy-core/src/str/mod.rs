//! `str`: immutable text, one, two or four bytes a code point, data inline (PEP 393).
//!
//! Answers to `Objects/unicodeobject.c`.
//!
//! Keeps true: `kind` is the smallest that holds the text's largest code point; ASCII text is marked
//! and its data is valid UTF-8. Exact strings hold their data inline, at +40 (ASCII) or at +56 behind
//! the UTF-8 cache; instances of subclasses, whose `__slots__` need a fixed place, own a block that
//! the word at +56 points to. A NUL follows the data. Text changes in [`append_in_place`] alone,
//! which nobody can see.

mod build;
mod format;
mod intern;
mod iter;
mod make;
mod methods;
mod percent;
mod repr;
mod slots;
mod split;
#[cfg(test)]
mod tests;
mod translate;

use std::borrow::Cow;
use std::cell::Cell;
use std::cmp::Ordering;
use std::fmt;
use std::ptr;

use gopy_macros::pyclass;
use gopy_numeric::hash::HashSecret;
use gopy_object::{GilCell, Object, PyResult};

pub use build::StrBuilder;
pub use format::{FIELD_NAME_ITER, FORMATTER_ITER, FieldNameIter, FormatterIter};
pub use format::{formatter_field_name_split, formatter_parser};
pub use gopy_unicode::units::{Kind, Units};
pub use intern::{intern, intern_immortal, interned, interned_forever};
pub(crate) use iter::builtin;
pub use iter::{ASCII_ITER, AsciiIter, STR_ITER, StrIter};
pub(crate) use make::check_room;
pub use make::{StaticStr, append_in_place, latin1};
pub use methods::{SliceIndex, adjust_bounds};
pub use percent::percent_format;
pub(crate) use percent::{
    Directive, PercentTarget, Values, byte_character, number, read, unsupported,
};
pub use slots::from_object;
pub(crate) use split::empty_separator;
pub use split::{concat_all, join, join_refs};

/// The head of a `str`.
#[pyclass(name = "str", static = STR, basicsize = 64,
    flags(BASETYPE, UNICODE_SUBCLASS, MATCH_SELF), manual_traverse,
    payload_size = SUBCLASS_HEAD, payload_drop = make::drop_payload)]
#[repr(C)]
pub struct Str {
    object: Object,
    length: Cell<usize>,
    hash: Cell<isize>,
    state: Cell<u32>,
}

gopy_object::leaf_traverse!(Str);

const _: () = assert!(size_of::<Str>() == 40);

/// Where the data of ASCII text begins.
const ASCII_HEAD: usize = 40;
/// Where the length of the cached UTF-8 lies, except in exact ASCII strings.
const UTF8_LENGTH: usize = 40;
/// Where the pointer to the cached UTF-8 lies; null when it is not known.
const UTF8: usize = 48;
/// Where the data of other text begins.
const WIDE_HEAD: usize = 56;
/// Where instances of subclasses keep the pointer to their data.
const DATA: usize = 56;
/// Bytes of an instance of a subclass before its own fields.
const SUBCLASS_HEAD: usize = 64;

/// `state`: how the string is interned.
const INTERNED_MASK: u32 = 3;
const INTERNED_MORTAL: u32 = 1;
const INTERNED_IMMORTAL: u32 = 2;
const INTERNED_STATIC: u32 = 3;
/// `state`: where the kind (1, 2, 4) lies.
const KIND_SHIFT: u32 = 2;
/// `state`: the data is inline.
const COMPACT: u32 = 1 << 5;
/// `state`: all characters are below U+0080.
const ASCII: u32 = 1 << 6;

static SECRET: GilCell<Cell<Option<HashSecret>>> = GilCell::new(Cell::new(None));

/// Sets the process's hash secret; to be called before any string is hashed. Without it the secret
/// is that of `PYTHONHASHSEED=0`.
pub fn set_hash_secret(secret: HashSecret) {
    SECRET.get().set(Some(secret));
}

/// `hash()` of bytes-like memory.
#[inline]
pub fn hash_bytes(bytes: &[u8]) -> isize {
    SECRET.get().get().unwrap_or_default().hash_bytes(bytes) as isize
}

impl Str {
    /// In code points.
    #[inline(always)]
    pub fn len(&self) -> usize {
        self.length.get()
    }

    /// Whether there is no character.
    #[inline(always)]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether every character is below U+0080.
    #[inline(always)]
    pub fn is_ascii(&self) -> bool {
        self.state.get() & ASCII != 0
    }

    /// Bytes a character takes: 1, 2 or 4.
    #[inline(always)]
    pub fn char_size(&self) -> usize {
        (self.state.get() >> KIND_SHIFT & 7) as usize
    }

    /// A word of the head behind the common part.
    #[inline(always)]
    fn word(&self, offset: usize) -> &Cell<usize> {
        debug_assert!(self.state.get() & (COMPACT | ASCII) != COMPACT | ASCII);
        debug_assert!(offset < WIDE_HEAD || self.state.get() & COMPACT == 0);
        // SAFETY: all but compact ASCII strings have these words, in the same allocation.
        unsafe { &*ptr::from_ref(self).cast::<u8>().add(offset).cast::<Cell<usize>>() }
    }

    /// Where the data begins.
    #[inline(always)]
    fn data(&self) -> *mut u8 {
        let start = ptr::from_ref(self).cast_mut().cast::<u8>();
        match self.state.get() & (COMPACT | ASCII) {
            // SAFETY: within the allocation, as `state` says.
            state if state == COMPACT | ASCII => unsafe { start.add(ASCII_HEAD) },
            // SAFETY: as above.
            COMPACT => unsafe { start.add(WIDE_HEAD) },
            _ => ptr::with_exposed_provenance_mut(self.word(DATA).get()),
        }
    }

    /// The data's memory.
    #[inline(always)]
    pub fn raw_bytes(&self) -> &[u8] {
        // SAFETY: `len` units of `char_size` bytes are there; text never changes while it is borrowed.
        unsafe { std::slice::from_raw_parts(self.data(), self.len() * self.char_size()) }
    }

    /// The code units.
    #[inline(always)]
    pub fn units(&self) -> Units<'_> {
        let (data, len) = (self.data(), self.len());
        match self.char_size() {
            // SAFETY: the kind in `state` says what the data is, aligned to its size.
            1 => Units::Ucs1(unsafe { std::slice::from_raw_parts(data, len) }),
            // SAFETY: as above.
            2 => Units::Ucs2(unsafe { std::slice::from_raw_parts(data.cast(), len) }),
            // SAFETY: as above.
            _ => Units::Ucs4(unsafe { std::slice::from_raw_parts(data.cast(), len) }),
        }
    }

    /// The text, where it is ASCII.
    #[inline(always)]
    pub fn as_ascii(&self) -> Option<&str> {
        // SAFETY: ASCII is UTF-8.
        self.is_ascii().then(|| unsafe { std::str::from_utf8_unchecked(self.raw_bytes()) })
    }

    /// Cached UTF-8; `None` where the text has surrogates.
    #[inline]
    pub fn as_str(&self) -> Option<&str> {
        if self.is_ascii() {
            return self.as_ascii();
        }
        if self.word(UTF8).get() == 0 && !make::fill_utf8(self) {
            return None;
        }
        let data = ptr::with_exposed_provenance::<u8>(self.word(UTF8).get());
        // SAFETY: the cache owns so many bytes, made from code points without surrogates, and keeps
        // them as long as the string lives.
        Some(unsafe {
            std::str::from_utf8_unchecked(std::slice::from_raw_parts(
                data,
                self.word(UTF8_LENGTH).get(),
            ))
        })
    }

    /// Cached UTF-8; UnicodeEncodeError "surrogates not allowed".
    pub fn to_utf8(&self) -> PyResult<&str> {
        match self.as_str() {
            Some(text) => Ok(text),
            None => Err(self.surrogate_error()),
        }
    }

    #[cold]
    fn surrogate_error(&self) -> gopy_object::Exception {
        let is_surrogate = |code: &u32| (0xD800..0xE000).contains(code);
        let start = self.units().iter().position(|code| is_surrogate(&code)).unwrap_or(0);
        let rest = self.units().slice(start, self.len());
        let run = rest.iter().take_while(is_surrogate).count();
        let reason = "surrogates not allowed";
        crate::exceptions::unicode_encode_error("utf-8", self, start, start + run, reason)
    }

    /// Lone surrogates replaced by `\udcxx`-style escapes, for messages.
    pub fn to_string_lossy(&self) -> Cow<'_, str> {
        if let Some(text) = self.as_str() {
            return Cow::Borrowed(text);
        }
        let mut text = String::with_capacity(self.len() + 16);
        for code in self.units().iter() {
            match char::from_u32(code) {
                Some(c) => text.push(c),
                None => text.push_str(&format!("\\u{code:04x}")),
            }
        }
        Cow::Owned(text)
    }

    /// UTF-8 with surrogates encoded as if they were characters.
    pub fn to_wtf8(&self) -> Cow<'_, [u8]> {
        match self.as_str() {
            Some(text) => Cow::Borrowed(text.as_bytes()),
            None => Cow::Owned(gopy_unicode::wtf8::Wtf8Buf::from(self.units()).into_bytes()),
        }
    }

    /// The character at a position, which must be within the text.
    #[inline]
    pub fn char_at(&self, index: usize) -> u32 {
        match self.units() {
            Units::Ucs1(text) => u32::from(text[index]),
            Units::Ucs2(text) => u32::from(text[index]),
            Units::Ucs4(text) => text[index],
        }
    }

    /// The character of a string of length one.
    #[inline]
    pub fn single_code_point(&self) -> Option<u32> {
        (self.len() == 1).then(|| self.char_at(0))
    }

    /// Equality with well-formed text.
    #[inline]
    pub fn eq_str(&self, other: &str) -> bool {
        if self.is_ascii() {
            return self.raw_bytes() == other.as_bytes();
        }
        self.eq_str_wide(other)
    }

    fn eq_str_wide(&self, other: &str) -> bool {
        !other.is_ascii() && self.units().iter().eq(other.chars().map(u32::from))
    }

    /// Equality.
    #[inline]
    pub fn equals(&self, other: &Str) -> bool {
        if ptr::eq(self, other) {
            return true;
        }
        // Both are canonical: different kinds are different texts.
        const SHAPE: u32 = 7 << KIND_SHIFT | ASCII;
        self.len() == other.len()
            && (self.state.get() ^ other.state.get()) & SHAPE == 0
            && self.raw_bytes() == other.raw_bytes()
    }

    /// Order by code points.
    pub fn compare(&self, other: &Str) -> Ordering {
        self.units().cmp(&other.units())
    }

    /// The hash, cached.
    #[inline]
    pub fn hash_value(&self) -> isize {
        match self.hash.get() {
            -1 => self.fill_hash(),
            hash => hash,
        }
    }

    #[inline(never)]
    fn fill_hash(&self) -> isize {
        let hash = hash_bytes(self.raw_bytes());
        self.hash.set(hash);
        hash
    }

    /// Whether the string is the one of its text that the table of interned strings holds.
    #[inline(always)]
    pub fn is_interned(&self) -> bool {
        self.state.get() & INTERNED_MASK != 0
    }

    /// Whether the text is an identifier.
    pub fn is_identifier(&self) -> bool {
        self.units().is_identifier()
    }

    /// What `__sizeof__` gives.
    pub fn size_of(&self) -> usize {
        let state = self.state.get();
        let data = (self.len() + 1) * self.char_size();
        if state & (COMPACT | ASCII) == COMPACT | ASCII {
            return ASCII_HEAD + data;
        }
        let head = if state & COMPACT != 0 { WIDE_HEAD } else { SUBCLASS_HEAD };
        let utf8 = if state & ASCII != 0 || self.word(UTF8).get() == 0 {
            0
        } else {
            self.word(UTF8_LENGTH).get() + 1
        };
        head + data + utf8
    }
}

impl fmt::Display for Str {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.to_string_lossy())
    }
}

impl fmt::Debug for Str {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.to_string_lossy())
    }
}
