//! Building a string piece by piece.
//!
//! Answers to `_PyUnicodeWriter`. A single piece that is an exact string is handed back itself.

use gopy_object::{Instance, PyResult, Ref};
use gopy_unicode::units::{Kind, Units, UnitsBuf};

use super::make::{LENGTH_MAX, from_units};
use super::{STR, Str};
use crate::error::memory_error;

/// Builds a string piece by piece; widens and over-allocates.
pub struct StrBuilder {
    /// The only piece so far, not copied yet.
    whole: Option<Ref<Str>>,
    text: UnitsBuf,
}

impl Default for StrBuilder {
    fn default() -> Self {
        StrBuilder::new()
    }
}

impl StrBuilder {
    /// Empty.
    pub fn new() -> Self {
        StrBuilder { whole: None, text: UnitsBuf::new() }
    }

    /// Empty, with room for so many narrow characters.
    pub fn with_capacity(code_points: usize) -> Self {
        let mut text = Vec::new();
        // Room is a hint: failing to get it is noticed when the text comes.
        let _ = text.try_reserve(code_points);
        StrBuilder { whole: None, text: UnitsBuf::Ucs1(text) }
    }

    /// Makes room for `more` characters of a kind.
    fn reserve(&mut self, kind: Kind, more: usize) -> PyResult<()> {
        if let Some(whole) = self.whole.take() {
            self.reserve(kind.max(whole.units().kind()), more + whole.len())?;
            self.text.extend(whole.units());
        }
        if self.text.len() + more > LENGTH_MAX / 4 {
            return Err(memory_error());
        }
        if self.text.as_units().kind() < kind {
            self.text.widen(kind, more);
        }
        let reserved = match &mut self.text {
            UnitsBuf::Ucs1(text) => text.try_reserve(more),
            UnitsBuf::Ucs2(text) => text.try_reserve(more),
            UnitsBuf::Ucs4(text) => text.try_reserve(more),
        };
        reserved.map_err(|_| memory_error())
    }

    /// Appends well-formed text.
    ///
    /// # Errors
    ///
    /// `MemoryError`; so for all appends.
    pub fn push_str(&mut self, text: &str) -> PyResult<()> {
        self.reserve(Kind::Ucs1, text.len())?;
        self.text.push_str(text);
        Ok(())
    }

    /// Appends a string.
    pub fn push(&mut self, text: &Str) -> PyResult<()> {
        if text.is_empty() {
            return Ok(());
        }
        if self.whole.is_none() && self.text.is_empty() && text.as_object().is_exact(&STR) {
            self.whole = Some(text.to_ref());
            return Ok(());
        }
        self.push_units(text.units())
    }

    /// Appends units.
    pub fn push_units(&mut self, units: Units<'_>) -> PyResult<()> {
        // The units of a slice may be wider than what is in them.
        let kind = match units {
            Units::Ucs1(_) => Kind::Ucs1,
            wide => Kind::of(wide.max_bound()),
        };
        self.reserve(kind, units.len())?;
        self.text.extend(units);
        Ok(())
    }

    /// Appends characters `start..end` of a string.
    pub fn push_range(&mut self, text: &Str, start: usize, end: usize) -> PyResult<()> {
        if start == 0 && end == text.len() {
            return self.push(text);
        }
        self.push_units(text.units().slice(start, end))
    }

    /// Appends one character.
    #[inline]
    pub fn push_code_point(&mut self, point: u32) -> PyResult<()> {
        self.reserve(Kind::of(point), 1)?;
        self.text.push(point);
        Ok(())
    }

    /// Appends one character `count` times.
    pub fn fill(&mut self, point: u32, count: usize) -> PyResult<()> {
        if count > 0 {
            self.reserve(Kind::of(point), count)?;
            self.text.fill(point, count);
        }
        Ok(())
    }

    /// Characters so far.
    pub fn len(&self) -> usize {
        self.whole.as_ref().map_or_else(|| self.text.len(), |whole| whole.len())
    }

    /// Whether there is no character yet.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The string.
    pub fn finish(self) -> PyResult<Ref<Str>> {
        match self.whole {
            Some(whole) => Ok(whole),
            None => from_units(self.text.as_units()),
        }
    }
}
