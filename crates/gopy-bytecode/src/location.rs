//! The location table (`co_linetable`, PEP 626 and 657): lines and columns of code units.
//!
//! Answers to the decoder of `codeobject.c` and the encoder of `assemble.c`. An entry starts with
//! a byte whose high bit is set: four bits of form, three bits of length in units minus one. Lines
//! are deltas to the entry before.

/// Where an instruction comes from; -1 stands for "not known".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Location {
    /// First line, 1-based.
    pub lineno: i32,
    /// Last line.
    pub end_lineno: i32,
    /// First column, in bytes, 0-based.
    pub col_offset: i32,
    /// Column after the last.
    pub end_col_offset: i32,
}

impl Location {
    /// No location at all: an artificial instruction.
    pub const NONE: Location =
        Location { lineno: -1, end_lineno: -1, col_offset: -1, end_col_offset: -1 };
    /// "As the next instruction", resolved by the assembler.
    pub const NEXT: Location =
        Location { lineno: -2, end_lineno: -2, col_offset: -2, end_col_offset: -2 };

    /// A location, in CPython's order of fields.
    #[must_use]
    pub const fn new(lineno: i32, end_lineno: i32, col_offset: i32, end_col_offset: i32) -> Self {
        Self { lineno, end_lineno, col_offset, end_col_offset }
    }

    /// A whole line, without columns.
    #[must_use]
    pub const fn line(lineno: i32) -> Self {
        Self::new(lineno, lineno, -1, -1)
    }
}

const FORM_ONE_LINE: u8 = 10;
const FORM_NO_COLUMNS: u8 = 13;
const FORM_LONG: u8 = 14;
const FORM_NONE: u8 = 15;
/// An entry covers at most this many units.
const ENTRY_UNITS: usize = 8;

/// Builds a location table.
#[derive(Clone, Debug)]
pub struct Encoder {
    table: Vec<u8>,
    lineno: i32,
}

impl Encoder {
    /// A table for code whose `co_firstlineno` is given.
    pub fn new(firstlineno: i32) -> Encoder {
        Encoder { table: Vec::new(), lineno: firstlineno }
    }

    /// Appends `units` code units that share a location.
    pub fn push(&mut self, location: Location, mut units: usize) {
        while units > ENTRY_UNITS {
            self.entry(location, ENTRY_UNITS);
            units -= ENTRY_UNITS;
        }
        if units > 0 {
            self.entry(location, units);
        }
    }

    /// The finished table.
    pub fn finish(self) -> Vec<u8> {
        self.table
    }

    fn entry(&mut self, location: Location, units: usize) {
        let Location { lineno, end_lineno, col_offset: column, end_col_offset: end_column } =
            location;
        if lineno < 0 {
            self.first_byte(FORM_NONE, units);
            return;
        }
        let delta = lineno.wrapping_sub(self.lineno);
        if column < 0 || end_column < 0 {
            if end_lineno == lineno || end_lineno < 0 {
                self.first_byte(FORM_NO_COLUMNS, units);
                self.signed_varint(delta);
                self.lineno = lineno;
                return;
            }
        } else if end_lineno == lineno {
            if let Some((form, second)) = short_form(delta, column, end_column) {
                self.first_byte(form, units);
                self.table.push(second);
                return;
            }
            if let (0..=2, Ok(first @ 0..=127), Ok(last @ 0..=127)) =
                (delta, u8::try_from(column), u8::try_from(end_column))
            {
                let delta = u8::try_from(delta).unwrap_or_default();
                self.first_byte(FORM_ONE_LINE + delta, units);
                self.table.extend([first, last]);
                self.lineno = lineno;
                return;
            }
        }
        self.first_byte(FORM_LONG, units);
        self.signed_varint(delta);
        self.varint(end_lineno.wrapping_sub(lineno).cast_unsigned());
        self.varint(column.wrapping_add(1).cast_unsigned());
        self.varint(end_column.wrapping_add(1).cast_unsigned());
        self.lineno = lineno;
    }

    fn first_byte(&mut self, form: u8, units: usize) {
        let length = u8::try_from(units - 1).unwrap_or_default();
        self.table.push(0x80 | form << 3 | length);
    }

    /// Six bits a byte, lowest first, bit 6 says that more follow.
    fn varint(&mut self, mut value: u32) {
        while value >= 64 {
            self.table.push(0x40 | (value & 63) as u8);
            value >>= 6;
        }
        self.table.push(value as u8);
    }

    /// The sign is the lowest bit.
    fn signed_varint(&mut self, value: i32) {
        let sign = u32::from(value < 0);
        self.varint(value.unsigned_abs() << 1 | sign);
    }
}

/// Form and second byte where the line is the same, the column below 80 and the span below 16.
fn short_form(delta: i32, column: i32, end_column: i32) -> Option<(u8, u8)> {
    let span = end_column.checked_sub(column)?;
    if delta != 0 || column >= 80 || !(0..16).contains(&span) {
        return None;
    }
    let (column, span) = (u8::try_from(column).ok()?, u8::try_from(span).ok()?);
    Some((column >> 3, (column & 7) << 4 | span))
}

/// One entry of a location table: a range of code units and their location.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// First unit.
    pub start: usize,
    /// Unit after the last.
    pub end: usize,
    /// `lineno` is -1 where there is no line.
    pub location: Location,
    /// The line that the next entry's delta counts from; differs from the location's where there
    /// is no line.
    pub computed_line: i32,
}

/// Decodes a location table. Total: bytes that run out read as zero.
pub fn entries(table: &[u8], firstlineno: i32) -> Entries<'_> {
    Entries { bytes: table, line: firstlineno, unit: 0 }
}

/// See [`entries`].
#[derive(Clone, Debug)]
pub struct Entries<'t> {
    bytes: &'t [u8],
    line: i32,
    unit: usize,
}

impl Entries<'_> {
    fn byte(&mut self) -> u8 {
        match self.bytes.split_first() {
            Some((first, rest)) => {
                self.bytes = rest;
                *first
            }
            None => 0,
        }
    }

    fn varint(&mut self) -> i32 {
        let mut value = 0u32;
        let mut shift = 0;
        loop {
            let byte = self.byte();
            value |= u32::from(byte & 63).checked_shl(shift).unwrap_or(0);
            shift += 6;
            if byte & 64 == 0 {
                return value.cast_signed();
            }
        }
    }

    fn signed_varint(&mut self) -> i32 {
        let value = self.varint().cast_unsigned();
        let magnitude = (value >> 1).cast_signed();
        if value & 1 == 1 { -magnitude } else { magnitude }
    }
}

impl Iterator for Entries<'_> {
    type Item = Entry;

    fn next(&mut self) -> Option<Entry> {
        if self.bytes.is_empty() {
            return None;
        }
        let first = self.byte();
        let start = self.unit;
        self.unit += usize::from(first & 7) + 1;
        let location = match first >> 3 & 15 {
            FORM_NONE => Location::NONE,
            FORM_LONG => {
                self.line = self.line.wrapping_add(self.signed_varint());
                let end_lineno = self.line.wrapping_add(self.varint());
                let col_offset = self.varint().wrapping_sub(1);
                let end_col_offset = self.varint().wrapping_sub(1);
                Location { lineno: self.line, end_lineno, col_offset, end_col_offset }
            }
            FORM_NO_COLUMNS => {
                self.line = self.line.wrapping_add(self.signed_varint());
                let line = self.line;
                Location { lineno: line, end_lineno: line, ..Location::NONE }
            }
            form @ FORM_ONE_LINE..FORM_NO_COLUMNS => {
                self.line = self.line.wrapping_add(i32::from(form - FORM_ONE_LINE));
                let col_offset = i32::from(self.byte());
                let end_col_offset = i32::from(self.byte());
                Location { lineno: self.line, end_lineno: self.line, col_offset, end_col_offset }
            }
            form => {
                let second = self.byte();
                let col_offset = i32::from(form << 3 | second >> 4);
                let end_col_offset = col_offset + i32::from(second & 15);
                Location { lineno: self.line, end_lineno: self.line, col_offset, end_col_offset }
            }
        };
        Some(Entry { start, end: self.unit, location, computed_line: self.line })
    }
}

/// What `co_lines()` yields: byte offsets and a line, neighbours of one line merged.
pub fn lines(table: &[u8], firstlineno: i32) -> impl Iterator<Item = (usize, usize, Option<i32>)> {
    let mut entries = entries(table, firstlineno).peekable();
    std::iter::from_fn(move || {
        let first = entries.next()?;
        let mut end = first.end;
        while let Some(next) = entries.next_if(|e| e.location.lineno == first.location.lineno) {
            end = next.end;
        }
        let line = first.location.lineno;
        Some((first.start * 2, end * 2, (line != -1).then_some(line)))
    })
}

/// What `co_positions()` yields: one location a code unit.
pub fn positions(table: &[u8], firstlineno: i32) -> impl Iterator<Item = Location> {
    entries(table, firstlineno)
        .flat_map(|entry| std::iter::repeat_n(entry.location, entry.end - entry.start))
}

/// The line of a code unit, `None` if it has none or lies outside.
pub fn line_of(table: &[u8], firstlineno: i32, unit: usize) -> Option<i32> {
    location_of(table, firstlineno, unit).map(|l| l.lineno).filter(|line| *line != -1)
}

/// The location of a code unit.
pub fn location_of(table: &[u8], firstlineno: i32, unit: usize) -> Option<Location> {
    entries(table, firstlineno).find(|entry| unit < entry.end).map(|entry| entry.location)
}

/// `co_lnotab`: pairs of byte-offset and line increments, the table's old form.
pub fn lnotab(table: &[u8], firstlineno: i32) -> Vec<u8> {
    let mut pairs = Vec::new();
    let (mut offset, mut line) = (0, firstlineno);
    for entry in entries(table, firstlineno) {
        if entry.computed_line == line {
            continue;
        }
        let mut units = entry.start * 2 - offset;
        let mut delta = entry.computed_line.wrapping_sub(line);
        while units > 255 {
            pairs.extend([255, 0]);
            units -= 255;
        }
        while !(-128..=127).contains(&delta) {
            let step: i8 = if delta > 0 { 127 } else { -128 };
            pairs.extend([units as u8, step.cast_unsigned()]);
            units = 0;
            delta -= i32::from(step);
        }
        pairs.extend([units as u8, delta as u8]);
        offset = entry.start * 2;
        line = entry.computed_line;
    }
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(lineno: i32, end_lineno: i32, col_offset: i32, end_col_offset: i32) -> Location {
        Location { lineno, end_lineno, col_offset, end_col_offset }
    }

    /// Each form of entry, with the bytes CPython writes for code that starts in line 10.
    #[test]
    fn forms() {
        for (location, bytes) in [
            (Location::NONE, &[0xF8][..]),
            (at(10, 10, 0, 15), &[0x80, 0x0F]),
            (at(10, 10, 79, 79), &[0xC8, 0x70]),
            (at(10, 10, 80, 81), &[0xD0, 80, 81]),
            (at(10, 10, 0, 16), &[0xD0, 0, 16]),
            (at(11, 11, 4, 9), &[0xD8, 4, 9]),
            (at(12, 12, 127, 127), &[0xE0, 127, 127]),
            (at(13, 13, 4, 9), &[0xF0, 6, 0, 5, 10]),
            (at(9, 9, 4, 9), &[0xF0, 3, 0, 5, 10]),
            (at(10, 12, 4, 200), &[0xF0, 0, 2, 5, 0x49, 3]),
            (at(10, 10, 128, 129), &[0xF0, 0, 0, 0x41, 2, 0x42, 2]),
            (at(14, 14, -1, -1), &[0xE8, 8]),
            (at(14, -1, -1, -1), &[0xE8, 8]),
        ] {
            let mut encoder = Encoder::new(10);
            encoder.push(location, 1);
            let table = encoder.finish();
            assert_eq!(table, bytes, "{location:?}");
            let mut expected = location;
            if expected.end_lineno < 0 {
                expected.end_lineno = expected.lineno;
            }
            assert_eq!(positions(&table, 10).collect::<Vec<_>>(), [expected]);
        }
    }

    #[test]
    fn long_ranges_are_split_and_merged_again() {
        let mut encoder = Encoder::new(1);
        encoder.push(at(1, 1, 0, 3), 19);
        encoder.push(Location::NONE, 2);
        encoder.push(at(-1, -1, -1, -1), 1);
        encoder.push(at(300, 300, 0, 3), 1);
        let table = encoder.finish();
        assert_eq!(positions(&table, 1).count(), 23);
        assert_eq!(
            lines(&table, 1).collect::<Vec<_>>(),
            [(0, 38, Some(1)), (38, 44, None), (44, 46, Some(300))]
        );
        assert_eq!(line_of(&table, 1, 22), Some(300));
        assert_eq!(line_of(&table, 1, 20), None);
        assert_eq!(line_of(&table, 1, 23), None);
        assert_eq!(lnotab(&table, 1), [44, 127, 0, 127, 0, 45]);
    }

    #[test]
    fn broken_tables_do_not_panic() {
        for bytes in [&[0xF0][..], &[0xF0, 0x7F, 0x7F, 0x7F, 0x7F, 0x7F, 0x7F, 0x7F], &[0], &[0xD0]]
        {
            assert!(positions(bytes, i32::MAX).count() > 0);
        }
    }
}
