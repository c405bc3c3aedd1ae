//! `reader`: lines to records.

use std::cell::Cell;

use gopy_core::list::List;
use gopy_core::str::{Str, StrBuilder};
use gopy_core::{iter, none, number, object};
use gopy_macros::{pyclass, pymethods, pyslots};
use gopy_object::{Args, Object, PyResult, Ref, Slot, gc, memory};
use gopy_unicode::units::CodeUnit;
use gopy_unicode::with_units;

use super::dialect::{Dialect, NONE, NONNUMERIC, NOTNULL, STRINGS};
use super::{csv_error, dialect_of, field_limit};

/// What stands for the end of a line.
const END: u32 = u32::MAX - 1;

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    StartRecord,
    StartField,
    Escaped,
    InField,
    InQuotes,
    EscapedInQuotes,
    QuoteInQuotes,
    SkipLineEnd,
    AfterEscapedLineEnd,
}

/// A reader.
#[pyclass(name = "_csv.reader", static = READER, basicsize = 88,
    flags(BASETYPE, HAVE_GC, HEAPTYPE, IMMUTABLETYPE, DISALLOW_INSTANTIATION))]
#[repr(C)]
pub struct Reader {
    object: Object,
    dialect: Slot<Dialect>,
    lines: Slot,
    line_number: Cell<u64>,
    /// The last record was complete: who still reads one has been overtaken by its own input.
    complete: Cell<bool>,
}

impl Reader {
    /// A reader of the lines and with the dialect that the arguments say.
    pub(super) fn make(args: Args<'_>) -> PyResult {
        let lines = iter::get_iter(args.get(0).unwrap_or_else(|| none::none_object()))?;
        let reader = Reader {
            object: Object::header(&READER),
            dialect: Slot::new(Some(dialect_of(args)?)),
            lines: Slot::new(Some(lines)),
            line_number: Cell::new(0),
            complete: Cell::new(false),
        };
        Ok(gc::tracked(memory::alloc(&READER, reader)?).upcast())
    }
}

#[pymethods]
impl Reader {
    #[pymember(name = "dialect")]
    fn dialect_object(&self) -> Option<Ref<Dialect>> {
        self.dialect.get()
    }

    #[pymember]
    fn line_num(&self) -> u64 {
        self.line_number.get()
    }
}

#[pyslots]
impl Reader {
    fn iter(&self) -> PyResult {
        object::self_iter(self)
    }

    fn iternext(&self) -> PyResult<Option<Ref>> {
        let (Some(dialect), Some(lines)) = (self.dialect.get(), self.lines.get()) else {
            return Ok(None);
        };
        self.complete.set(false);
        let mut record = Record {
            reader: self,
            dialect: &dialect,
            fields: List::new(),
            state: State::StartRecord,
            unquoted: false,
            run: 0..0,
            built: None,
        };
        loop {
            let Some(line) = iter::next(&lines)? else {
                if record.length() == 0 && record.state != State::InQuotes {
                    return Ok(None);
                }
                if dialect.strict {
                    return Err(csv_error("unexpected end of data"));
                }
                record.save(&Str::empty())?;
                self.complete.set(true);
                return Ok(Some(record.fields.upcast()));
            };
            let Some(text) = line.downcast::<Str>() else {
                return Err(csv_error(&format!(
                    "iterator should return strings, not {:.200} (the file should be opened in text mode)",
                    line.type_name()
                )));
            };
            self.line_number.set(self.line_number.get().wrapping_add(1));
            with_units!(text.units(), units => record.read_line(text, units)?);
            if record.state == State::StartRecord {
                self.complete.set(true);
                return Ok(Some(record.fields.upcast()));
            }
            record.keep_run(text)?;
        }
    }
}

/// One record while it is read.
struct Record<'a> {
    reader: &'a Reader,
    dialect: &'a Dialect,
    fields: Ref<List>,
    state: State,
    /// The field has had no quotes so far.
    unquoted: bool,
    /// The last characters of the field, as a part of the current line.
    run: std::ops::Range<usize>,
    /// What comes before them.
    built: Option<StrBuilder>,
}

impl Record<'_> {
    fn length(&self) -> usize {
        self.run.len() + self.built.as_ref().map_or(0, StrBuilder::len)
    }

    /// Takes the run out of the line.
    fn keep_run(&mut self, line: &Str) -> PyResult<()> {
        let run = std::mem::take(&mut self.run);
        if run.is_empty() {
            return Ok(());
        }
        self.built
            .get_or_insert_with(StrBuilder::new)
            .push_units(line.units().slice(run.start, run.end))
    }

    /// Adds characters of the line to the field.
    #[inline]
    fn add(&mut self, line: &Str, start: usize, end: usize) -> PyResult<()> {
        let limit = field_limit();
        if usize::try_from(limit).is_ok_and(|limit| self.length() + (end - start) <= limit) {
            if self.run.is_empty() {
                self.run = start..end;
            } else if self.run.end == start {
                self.run.end = end;
            } else {
                self.keep_run(line)?;
                self.run = start..end;
            }
            return Ok(());
        }
        Err(csv_error(&format!("field larger than field limit ({limit})")))
    }

    /// Adds the line end that an escape at the end of a line stands for.
    fn add_line_end(&mut self, line: &Str) -> PyResult<()> {
        self.keep_run(line)?;
        let limit = field_limit();
        if !usize::try_from(limit).is_ok_and(|limit| self.length() < limit) {
            return Err(csv_error(&format!("field larger than field limit ({limit})")));
        }
        self.built.get_or_insert_with(StrBuilder::new).push_code_point(0xA)
    }

    /// Ends the field.
    fn save(&mut self, line: &Str) -> PyResult<()> {
        let quoting = self.dialect.quoting;
        let length = self.length();
        let field = match self.built.take() {
            None if length == 0 && self.unquoted && (quoting == NOTNULL || quoting == STRINGS) => {
                none::none()
            }
            None => {
                let run = std::mem::take(&mut self.run);
                line.try_slice(run.start, run.end)?.upcast()
            }
            Some(mut built) => {
                let run = std::mem::take(&mut self.run);
                if !run.is_empty() {
                    built.push_units(line.units().slice(run.start, run.end))?;
                }
                built.finish()?.upcast()
            }
        };
        let is_number =
            self.unquoted && length > 0 && (quoting == NONNUMERIC || quoting == STRINGS);
        if self.reader.complete.get() {
            return Err(csv_error("iterator has already advanced the reader"));
        }
        self.fields.push(if is_number { number::float(&field)? } else { field })
    }

    fn read_line<T: CodeUnit>(&mut self, line: &Str, units: &[T]) -> PyResult<()> {
        let mut at = 0;
        while at < units.len() {
            let end = at + self.plain_run(&units[at..]);
            if end > at {
                self.add(line, at, end)?;
                at = end;
                continue;
            }
            self.read(line, at, units[at].code())?;
            at += 1;
        }
        self.read(line, at, END)
    }

    /// How many characters from here on do nothing but belong to the field.
    #[inline]
    fn plain_run<T: CodeUnit>(&self, units: &[T]) -> usize {
        let Dialect { delimiter, quote, escape, .. } = *self.dialect;
        let special = match self.state {
            State::InField => units.iter().position(|unit| {
                let code = unit.code();
                code == 0xA || code == 0xD || code == delimiter || code == escape
            }),
            State::InQuotes => units.iter().position(|unit| {
                let code = unit.code();
                code == quote || code == escape
            }),
            _ => return 0,
        };
        special.unwrap_or(units.len())
    }

    /// One character, or the end of the line.
    fn read(&mut self, line: &Str, at: usize, code: u32) -> PyResult<()> {
        let dialect = self.dialect;
        let is_line_end = code == 0xA || code == 0xD || code == END;
        match self.state {
            State::StartRecord if code == END => {}
            State::StartRecord if is_line_end => self.state = State::SkipLineEnd,
            State::StartRecord | State::StartField => {
                self.state = State::StartField;
                self.unquoted = true;
                if is_line_end {
                    self.end_line(line, code)?;
                } else if code == dialect.quote && dialect.quoting != NONE {
                    self.unquoted = false;
                    self.state = State::InQuotes;
                } else if code == dialect.escape {
                    self.state = State::Escaped;
                } else if code == 0x20 && dialect.skip_initial_space {
                    // Not part of the field.
                } else if code == dialect.delimiter {
                    self.save(line)?;
                } else {
                    self.add(line, at, at + 1)?;
                    self.state = State::InField;
                }
            }
            State::Escaped if code == END => {
                self.add_line_end(line)?;
                self.state = State::InField;
            }
            State::Escaped => {
                self.add(line, at, at + 1)?;
                self.state = if is_line_end { State::AfterEscapedLineEnd } else { State::InField };
            }
            State::AfterEscapedLineEnd if code == END => {}
            State::AfterEscapedLineEnd | State::InField => {
                if is_line_end {
                    self.end_line(line, code)?;
                } else if code == dialect.escape {
                    self.state = State::Escaped;
                } else if code == dialect.delimiter {
                    self.save(line)?;
                    self.state = State::StartField;
                } else {
                    // As in C, the state of a line end that was escaped stays.
                    self.add(line, at, at + 1)?;
                }
            }
            State::InQuotes => {
                if code == END {
                    // The field goes on in the next line.
                } else if code == dialect.escape {
                    self.state = State::EscapedInQuotes;
                } else if code == dialect.quote && dialect.quoting != NONE {
                    self.state =
                        if dialect.double_quote { State::QuoteInQuotes } else { State::InField };
                } else {
                    self.add(line, at, at + 1)?;
                }
            }
            State::EscapedInQuotes => {
                if code == END {
                    self.add_line_end(line)?;
                } else {
                    self.add(line, at, at + 1)?;
                }
                self.state = State::InQuotes;
            }
            State::QuoteInQuotes => self.after_quote(line, at, code)?,
            State::SkipLineEnd if code == END => self.state = State::StartRecord,
            State::SkipLineEnd if is_line_end => {}
            State::SkipLineEnd => {
                return Err(csv_error(
                    "new-line character seen in unquoted field - do you need to open the file with newline=''?",
                ));
            }
        }
        Ok(())
    }

    /// What follows a quote within quotes.
    fn after_quote(&mut self, line: &Str, at: usize, code: u32) -> PyResult<()> {
        let dialect = self.dialect;
        if dialect.quoting != NONE && code == dialect.quote {
            self.add(line, at, at + 1)?;
            self.state = State::InQuotes;
        } else if code == dialect.delimiter {
            self.save(line)?;
            self.state = State::StartField;
        } else if code == 0xA || code == 0xD || code == END {
            self.end_line(line, code)?;
        } else if !dialect.strict {
            self.add(line, at, at + 1)?;
            self.state = State::InField;
        } else {
            let shown = |code: u32| char::from_u32(code).unwrap_or('\u{fffd}');
            return Err(csv_error(&format!(
                "'{}' expected after '{}'",
                shown(dialect.delimiter),
                shown(dialect.quote)
            )));
        }
        Ok(())
    }

    fn end_line(&mut self, line: &Str, code: u32) -> PyResult<()> {
        self.save(line)?;
        self.state = if code == END { State::StartRecord } else { State::SkipLineEnd };
        Ok(())
    }
}
