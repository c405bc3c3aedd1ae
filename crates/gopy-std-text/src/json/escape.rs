//! String literals of JSON, and the buffer that encoded text goes into.

use gopy_core::error::memory_error;
use gopy_core::str::{Str, StrBuilder};
use gopy_object::{PyResult, Ref};
use gopy_unicode::units::{CodeUnit, Units};
use gopy_unicode::with_units;

const HEX: &[u8; 16] = b"0123456789abcdef";

/// Which bytes stand for themselves: not quotes, backslashes, controls; nor what is not ASCII.
const PLAIN: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0x20;
    while byte < 0x7F {
        table[byte] = byte != b'"' as usize && byte != b'\\' as usize;
        byte += 1;
    }
    table
};

/// Encoded text: bytes, until something comes that is not ASCII.
pub(super) struct Output {
    ascii: Vec<u8>,
    wide: Option<StrBuilder>,
}

impl Output {
    pub(super) fn new() -> Self {
        Output { ascii: Vec::new(), wide: None }
    }

    /// Appends ASCII.
    #[inline]
    pub(super) fn push_ascii(&mut self, text: &[u8]) -> PyResult<()> {
        debug_assert!(text.is_ascii());
        if let Some(wide) = &mut self.wide {
            return wide.push_units(Units::Ucs1(text));
        }
        self.ascii.try_reserve(text.len()).map_err(|_| memory_error())?;
        self.ascii.extend_from_slice(text);
        Ok(())
    }

    /// Appends any text.
    #[inline]
    pub(super) fn push(&mut self, text: &Str) -> PyResult<()> {
        match text.as_ascii() {
            Some(ascii) => self.push_ascii(ascii.as_bytes()),
            None => self.push_wide(text.units()),
        }
    }

    fn push_wide(&mut self, units: Units<'_>) -> PyResult<()> {
        if let Some(wide) = &mut self.wide {
            return wide.push_units(units);
        }
        let mut wide = StrBuilder::new();
        wide.push_units(Units::Ucs1(&self.ascii))?;
        self.ascii = Vec::new();
        wide.push_units(units)?;
        self.wide = Some(wide);
        Ok(())
    }

    /// Appends a literal; `ascii_only` escapes what is not ASCII.
    #[inline]
    pub(super) fn push_quoted(&mut self, text: &Str, ascii_only: bool) -> PyResult<()> {
        match text.units() {
            Units::Ucs1(bytes) if ascii_only || text.is_ascii() => {
                self.push_narrow(bytes, ascii_only)
            }
            units if ascii_only => with_units!(units, units => self.push_escaped(units)),
            all => with_units!(all, units => self.push_runs(all, units)),
        }
    }

    /// The literal of narrow text whose result is ASCII.
    fn push_narrow(&mut self, bytes: &[u8], ascii_only: bool) -> PyResult<()> {
        if bytes.iter().all(|byte| PLAIN[usize::from(*byte)]) {
            if self.wide.is_none() {
                self.ascii.try_reserve(bytes.len() + 2).map_err(|_| memory_error())?;
                self.ascii.push(b'"');
                self.ascii.extend_from_slice(bytes);
                self.ascii.push(b'"');
                return Ok(());
            }
            self.push_ascii(b"\"")?;
            self.push_ascii(bytes)?;
            return self.push_ascii(b"\"");
        }
        self.push_ascii(b"\"")?;
        let mut rest = bytes;
        while let Some(run) = rest.iter().position(|byte| !PLAIN[usize::from(*byte)]) {
            self.push_ascii(&rest[..run])?;
            match rest[run] {
                // DEL stands for itself where only controls are escaped.
                0x7F if !ascii_only => self.push_ascii(b"\x7f")?,
                byte => self.push_escape(byte.into())?,
            }
            rest = &rest[run + 1..];
        }
        self.push_ascii(rest)?;
        self.push_ascii(b"\"")
    }

    /// The ASCII literal of wide text.
    fn push_escaped<T: CodeUnit>(&mut self, units: &[T]) -> PyResult<()> {
        self.push_ascii(b"\"")?;
        for unit in units {
            let code = unit.code();
            match u8::try_from(code) {
                Ok(byte) if PLAIN[usize::from(byte)] => self.push_ascii(&[byte])?,
                _ => self.push_escape(code)?,
            }
        }
        self.push_ascii(b"\"")
    }

    /// The literal that keeps all but controls, quotes and backslashes.
    fn push_runs<T: CodeUnit>(&mut self, all: Units<'_>, units: &[T]) -> PyResult<()> {
        self.push_ascii(b"\"")?;
        let mut at = 0;
        loop {
            let special = units[at..].iter().position(|unit| {
                let code = unit.code();
                code < 0x20 || code == u32::from(b'"') || code == u32::from(b'\\')
            });
            let end = special.map_or(units.len(), |run| at + run);
            if end > at {
                self.push_wide(all.slice(at, end))?;
            }
            let Some(special) = units.get(end) else { return self.push_ascii(b"\"") };
            self.push_escape(special.code())?;
            at = end + 1;
        }
    }

    /// The escape of one character; two where it needs a surrogate pair.
    #[cold]
    fn push_escape(&mut self, code: u32) -> PyResult<()> {
        let short = match code {
            0x22 => b'"',
            0x5C => b'\\',
            0x08 => b'b',
            0x0C => b'f',
            0x0A => b'n',
            0x0D => b'r',
            0x09 => b't',
            0x1_0000.. => {
                let code = code - 0x1_0000;
                self.push_unit_escape(0xD800 | code >> 10)?;
                return self.push_unit_escape(0xDC00 | code & 0x3FF);
            }
            _ => return self.push_unit_escape(code),
        };
        self.push_ascii(&[b'\\', short])
    }

    fn push_unit_escape(&mut self, unit: u32) -> PyResult<()> {
        let digit = |shift: u32| HEX[(unit >> shift & 0xF) as usize];
        self.push_ascii(&[b'\\', b'u', digit(12), digit(8), digit(4), digit(0)])
    }

    /// The string.
    pub(super) fn finish(self) -> PyResult<Ref<Str>> {
        match self.wide {
            Some(wide) => wide.finish(),
            None => Str::from_ucs1(&self.ascii),
        }
    }
}

/// The literal of a text.
pub(super) fn quoted(text: &Str, ascii_only: bool) -> PyResult<Ref<Str>> {
    let mut output = Output::new();
    output.push_quoted(text, ascii_only)?;
    output.finish()
}
