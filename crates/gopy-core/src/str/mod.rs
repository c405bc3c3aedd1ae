//! `str`: immutable text, one, two or four bytes a code point, data inline (PEP 393).
//!
//! Answers to `Objects/unicodeobject.c`.
//!
//! Keeps true: `kind` is the smallest that holds the text's largest code point; ASCII text is marked
//! and its data is valid UTF-8. Exact strings hold their data inline; instances of subclasses, whose
//! `__slots__` need a fixed place, hold a pointer to it.

#![allow(missing_docs, unused_variables)]

use std::borrow::Cow;
use std::cell::Cell;
use std::cmp::Ordering;
use std::fmt;

use gopy_macros::pyclass;
use gopy_object::{Object, PyResult, Ref};

/// The head of a `str`; data follows at +40 (ASCII) or +56 (with the UTF-8 cache between).
#[pyclass(name = "str", static = STR, basicsize = 64,
    flags(BASETYPE, UNICODE_SUBCLASS, MATCH_SELF), no_methods, no_slots, manual_traverse)]
#[repr(C)]
pub struct Str {
    object: Object,
    length: usize,
    hash: Cell<isize>,
    state: Cell<u32>,
}

gopy_object::leaf_traverse!(Str);

/// A string's code units.
#[derive(Clone, Copy, Debug)]
pub enum Units<'a> {
    Ucs1(&'a [u8]),
    Ucs2(&'a [u16]),
    Ucs4(&'a [u32]),
}

impl Str {
    pub fn new(text: &str) -> Ref<Str> {
        todo!()
    }
    pub fn empty() -> Ref<Str> {
        todo!()
    }
    /// UTF-8 with surrogates allowed.
    pub fn from_wtf8(text: &[u8]) -> Ref<Str> {
        todo!()
    }
    pub fn from_ucs1(units: &[u8]) -> PyResult<Ref<Str>> {
        todo!()
    }
    pub fn from_ucs2(units: &[u16]) -> PyResult<Ref<Str>> {
        todo!()
    }
    pub fn from_ucs4(units: &[u32]) -> PyResult<Ref<Str>> {
        todo!()
    }
    pub fn from_code_point(point: u32) -> Ref<Str> {
        todo!()
    }
    /// Strict UTF-8; UnicodeDecodeError.
    pub fn from_utf8(bytes: &[u8]) -> PyResult<Ref<Str>> {
        todo!()
    }
    /// `os.fsdecode`: UTF-8 with surrogateescape.
    pub fn from_os(bytes: &[u8]) -> Ref<Str> {
        todo!()
    }
    /// `os.fsencode`.
    pub fn to_os(&self) -> PyResult<Vec<u8>> {
        todo!()
    }
    /// In code points.
    #[inline(always)]
    pub fn len(&self) -> usize {
        self.length
    }
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }
    #[inline(always)]
    pub fn is_ascii(&self) -> bool {
        todo!()
    }
    #[inline(always)]
    pub fn units(&self) -> Units<'_> {
        todo!()
    }
    /// Cached UTF-8; `None` where the text has surrogates.
    pub fn as_str(&self) -> Option<&str> {
        todo!()
    }
    /// Cached UTF-8; UnicodeEncodeError "surrogates not allowed".
    pub fn to_utf8(&self) -> PyResult<&str> {
        todo!()
    }
    /// Lone surrogates replaced by `\udcxx`-style escapes, for messages.
    pub fn to_string_lossy(&self) -> Cow<'_, str> {
        todo!()
    }
    #[inline]
    pub fn char_at(&self, index: usize) -> u32 {
        todo!()
    }
    pub fn slice(&self, start: usize, end: usize) -> Ref<Str> {
        todo!()
    }
    pub fn concat(&self, other: &Str) -> PyResult<Ref<Str>> {
        todo!()
    }
    #[inline]
    pub fn eq_str(&self, other: &str) -> bool {
        todo!()
    }
    #[inline]
    pub fn equals(&self, other: &Str) -> bool {
        todo!()
    }
    pub fn compare(&self, other: &Str) -> Ordering {
        todo!()
    }
    /// Cached.
    #[inline]
    pub fn hash_value(&self) -> isize {
        todo!()
    }
    pub fn is_interned(&self) -> bool {
        todo!()
    }
    pub fn is_identifier(&self) -> bool {
        todo!()
    }
}

/// The interned string equal to `text`, which must be exact.
pub fn intern(text: Ref<Str>) -> Ref<Str> {
    todo!()
}

/// An interned string.
pub fn interned(text: &str) -> Ref<Str> {
    todo!()
}

/// `sep.join(items)`.
pub fn join(separator: &Str, items: &Object) -> PyResult<Ref<Str>> {
    todo!()
}

impl fmt::Display for Str {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.to_string_lossy())
    }
}

/// Builds a string piece by piece; widens and over-allocates (`_PyUnicodeWriter`).
pub struct StrBuilder(());

impl StrBuilder {
    pub fn new() -> Self {
        todo!()
    }
    pub fn with_capacity(code_points: usize) -> Self {
        todo!()
    }
    pub fn push_str(&mut self, text: &str) -> PyResult<()> {
        todo!()
    }
    pub fn push(&mut self, text: &Str) -> PyResult<()> {
        todo!()
    }
    pub fn push_range(&mut self, text: &Str, start: usize, end: usize) -> PyResult<()> {
        todo!()
    }
    pub fn push_code_point(&mut self, point: u32) -> PyResult<()> {
        todo!()
    }
    pub fn len(&self) -> usize {
        todo!()
    }
    pub fn finish(self) -> PyResult<Ref<Str>> {
        todo!()
    }
}
