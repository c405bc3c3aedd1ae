//! `writer`: records to lines.

use gopy_core::complex::Complex;
use gopy_core::error::type_error;
use gopy_core::str::{Str, StrBuilder};
use gopy_core::{call, exceptions, id, iter, none, object};
use gopy_macros::{pyclass, pymethods};
use gopy_object::{Args, Instance, Object, PyResult, Ref, Slot, gc, memory};

use super::dialect::{ALL, Dialect, NONE, NONNUMERIC, NOT_SET, NOTNULL, STRINGS};
use super::{csv_error, dialect_of};

/// A writer.
#[pyclass(name = "_csv.writer", static = WRITER, basicsize = 72, no_slots,
    flags(BASETYPE, HAVE_GC, HEAPTYPE, IMMUTABLETYPE, DISALLOW_INSTANTIATION))]
#[repr(C)]
pub struct Writer {
    object: Object,
    dialect: Slot<Dialect>,
    write: Slot,
}

/// `PyNumber_Check`
fn is_number(o: &Object) -> bool {
    let slots = &o.type_().slots.number;
    slots.index.get().is_some()
        || slots.int.get().is_some()
        || slots.float.get().is_some()
        || o.downcast::<Complex>().is_some()
}

impl Writer {
    /// A writer to the file and with the dialect that the arguments say.
    pub(super) fn make(args: Args<'_>) -> PyResult {
        let file = args.get(0).unwrap_or_else(|| none::none_object());
        let write = object::get_attr_opt(file, id!(write))?;
        let Some(write) = write.filter(|write| object::is_callable(write)) else {
            return Err(type_error!("argument 1 must have a \"write\" method"));
        };
        let writer = Writer {
            object: Object::header(&WRITER),
            dialect: Slot::new(Some(dialect_of(args)?)),
            write: Slot::new(Some(write)),
        };
        Ok(gc::tracked(memory::alloc(&WRITER, writer)?).upcast())
    }

    fn write_row(&self, row: &Object) -> PyResult {
        let (Some(dialect), Some(write)) = (self.dialect.get(), self.write.get()) else {
            return Ok(none::none());
        };
        let fields = match iter::get_iter(row) {
            Ok(fields) => fields,
            Err(error) if error.is_instance(&exceptions::TYPE_ERROR) => {
                drop(error);
                return Err(csv_error(&format!("iterable expected, not {:.200}", row.type_name())));
            }
            Err(error) => return Err(error),
        };
        let terminator = dialect.terminator();
        let mut record = Record {
            dialect: &dialect,
            terminator: &terminator,
            line: StrBuilder::new(),
            count: 0,
        };
        let mut last_is_none = false;
        while let Some(field) = iter::next(&fields)? {
            let text = field.downcast::<Str>();
            last_is_none = none::is_none(&field);
            let quoted = match dialect.quoting {
                NONNUMERIC => !is_number(&field),
                ALL => true,
                STRINGS => text.is_some(),
                NOTNULL => !last_is_none,
                _ => false,
            };
            match text {
                Some(text) => record.append(Some(text), quoted)?,
                None if last_is_none => record.append(None, quoted)?,
                None => record.append(Some(&*object::str(&field)?), quoted)?,
            }
        }
        if record.count > 0 && record.line.is_empty() {
            record.check_empty_allowed(last_is_none, "single empty field record must be quoted")?;
            record.count -= 1;
            record.append(None, true)?;
        }
        record.line.push_units(terminator.units())?;
        call::call_one(&write, record.line.finish()?.as_object())
    }
}

#[pymethods]
impl Writer {
    #[pymethod("($self, row, /)")]
    fn writerow(&self, row: &Object) -> PyResult {
        self.write_row(row)
    }

    #[pymethod("($self, rows, /)")]
    fn writerows(&self, rows: &Object) -> PyResult<()> {
        let rows = iter::get_iter(rows)?;
        while let Some(row) = iter::next(&rows)? {
            self.write_row(&row)?;
        }
        Ok(())
    }

    #[pymember(name = "dialect")]
    fn dialect_object(&self) -> Option<Ref<Dialect>> {
        self.dialect.get()
    }
}

/// One record while it is put together.
struct Record<'a> {
    dialect: &'a Dialect,
    terminator: &'a Str,
    line: StrBuilder,
    count: usize,
}

impl Record<'_> {
    /// Refuses an empty field that no quotes could show.
    fn check_empty_allowed(&self, is_none: bool, message: &str) -> PyResult<()> {
        match self.dialect.quoting {
            NONE => Err(csv_error(message)),
            STRINGS | NOTNULL if is_none => Err(csv_error(message)),
            _ => Ok(()),
        }
    }

    /// Whether a character can't stand for itself in a field without quotes.
    #[inline]
    fn is_special(&self, code: u32) -> bool {
        let dialect = self.dialect;
        code == dialect.delimiter
            || code == dialect.escape
            || code == dialect.quote
            || code == 0xA
            || code == 0xD
            || self.terminator.units().iter().any(|other| other == code)
    }

    /// What goes before a special character; whether the field must be quoted for it.
    fn before(&self, code: u32) -> PyResult<(Option<u32>, bool)> {
        let dialect = self.dialect;
        let escape = match dialect.quoting {
            NONE => true,
            _ if code == dialect.quote && dialect.double_quote => {
                return Ok((Some(dialect.quote), true));
            }
            _ => code == dialect.quote || code == dialect.escape,
        };
        if !escape {
            return Ok((None, true));
        }
        if dialect.escape == NOT_SET {
            return Err(csv_error("need to escape, but no escapechar set"));
        }
        Ok((Some(dialect.escape), false))
    }

    fn append(&mut self, field: Option<&Str>, mut quoted: bool) -> PyResult<()> {
        let dialect = self.dialect;
        let is_empty = field.is_none_or(Str::is_empty);
        if is_empty && dialect.delimiter == 0x20 && dialect.skip_initial_space {
            self.check_empty_allowed(
                field.is_none(),
                "empty field must be quoted if delimiter is a space and skipinitialspace is true",
            )?;
            quoted = true;
        }
        let units = field.map(Str::units);
        let mut has_special = false;
        for code in units.into_iter().flat_map(|units| units.iter()) {
            if self.is_special(code) {
                has_special = true;
                quoted |= self.before(code)?.1;
            }
        }
        if self.count > 0 {
            self.line.push_code_point(dialect.delimiter)?;
        }
        if quoted {
            self.line.push_code_point(dialect.quote)?;
        }
        match units {
            Some(units) if has_special => {
                for code in units.iter() {
                    if self.is_special(code)
                        && let (Some(before), _) = self.before(code)?
                    {
                        self.line.push_code_point(before)?;
                    }
                    self.line.push_code_point(code)?;
                }
            }
            Some(units) => self.line.push_units(units)?,
            None => {}
        }
        if quoted {
            self.line.push_code_point(dialect.quote)?;
        }
        self.count += 1;
        Ok(())
    }
}
