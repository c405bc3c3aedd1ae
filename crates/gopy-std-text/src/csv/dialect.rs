//! `Dialect`: how fields are delimited, quoted and escaped.

use gopy_core::error::{suppress, type_error, value_error};
use gopy_core::int::{INT, Int};
use gopy_core::str::{Str, interned};
use gopy_core::{exceptions, none, number, object, type_};
use gopy_macros::{pyclass, pymethods, pyslots};
use gopy_object::{Args, Instance, Object, PyResult, Ref, Slot, Type, gc, memory};

/// No character is this one.
pub(super) const NOT_SET: u32 = u32::MAX;

/// Fields are quoted where they must be.
pub(super) const MINIMAL: i32 = 0;
/// All fields are quoted.
pub(super) const ALL: i32 = 1;
/// All fields but numbers are quoted.
pub(super) const NONNUMERIC: i32 = 2;
/// No field is quoted.
pub(super) const NONE: i32 = 3;
/// Strings are quoted.
pub(super) const STRINGS: i32 = 4;
/// All fields but `None` are quoted.
pub(super) const NOTNULL: i32 = 5;

/// The names of the styles of quoting.
pub(super) const STYLES: &[(&str, i32)] = &[
    ("QUOTE_MINIMAL", MINIMAL),
    ("QUOTE_ALL", ALL),
    ("QUOTE_NONNUMERIC", NONNUMERIC),
    ("QUOTE_NONE", NONE),
    ("QUOTE_STRINGS", STRINGS),
    ("QUOTE_NOTNULL", NOTNULL),
];

/// A dialect.
#[pyclass(name = "_csv.Dialect", static = DIALECT, basicsize = 48,
    flags(BASETYPE, HAVE_GC, HEAPTYPE, IMMUTABLETYPE))]
#[repr(C)]
pub struct Dialect {
    object: Object,
    line_terminator: Slot<Str>,
    pub(super) delimiter: u32,
    pub(super) quote: u32,
    pub(super) escape: u32,
    pub(super) quoting: i32,
    pub(super) double_quote: bool,
    pub(super) skip_initial_space: bool,
    pub(super) strict: bool,
}

impl Dialect {
    /// What ends a record.
    pub(super) fn terminator(&self) -> Ref<Str> {
        self.line_terminator.get().unwrap_or_else(Str::empty)
    }
}

fn character_or_none(code: u32) -> Option<Ref<Str>> {
    (code != NOT_SET).then(|| Str::from_code_point(code))
}

#[pymethods]
impl Dialect {
    #[pymethod(raw)]
    fn __reduce__(&self, _args: Args<'_>) -> PyResult {
        Err(not_picklable(self.as_object()))
    }

    #[pymethod(raw)]
    fn __reduce_ex__(&self, _args: Args<'_>) -> PyResult {
        Err(not_picklable(self.as_object()))
    }

    #[pymember]
    fn skipinitialspace(&self) -> bool {
        self.skip_initial_space
    }

    #[pymember]
    fn doublequote(&self) -> bool {
        self.double_quote
    }

    #[pymember(name = "strict")]
    fn is_strict(&self) -> bool {
        self.strict
    }

    #[pygetter(name = "delimiter")]
    fn delimiter_text(&self) -> Option<Ref<Str>> {
        character_or_none(self.delimiter)
    }

    #[pygetter]
    fn escapechar(&self) -> Option<Ref<Str>> {
        character_or_none(self.escape)
    }

    #[pygetter]
    fn lineterminator(&self) -> Option<Ref<Str>> {
        self.line_terminator.get()
    }

    #[pygetter]
    fn quotechar(&self) -> Option<Ref<Str>> {
        character_or_none(self.quote)
    }

    #[pygetter(name = "quoting")]
    fn quoting_style(&self) -> i32 {
        self.quoting
    }
}

#[cold]
fn not_picklable(o: &Object) -> gopy_object::Exception {
    let name = o.type_name().to_string();
    type_error!("cannot pickle '{:.100}' instances", name.rsplit('.').next().unwrap_or(&name))
}

/// The options in the order of the arguments behind `dialect`.
const OPTIONS: [&str; 8] = [
    "delimiter",
    "doublequote",
    "escapechar",
    "lineterminator",
    "quotechar",
    "quoting",
    "skipinitialspace",
    "strict",
];

fn flag(value: Option<&Ref>, default: bool) -> PyResult<bool> {
    value.map_or(Ok(default), |value| object::is_true(value))
}

/// A character; `or_none` says that `None` is one, too.
fn character(name: &str, value: Option<&Ref>, default: u32, or_none: bool) -> PyResult<u32> {
    let Some(value) = value else { return Ok(default) };
    if or_none && none::is_none(value) {
        return Ok(NOT_SET);
    }
    let wanted = if or_none { "a unicode character or None" } else { "a unicode character" };
    let Some(text) = value.downcast::<Str>() else {
        let found = type_::qualified_name(value.type_())?;
        return Err(type_error!("\"{name}\" must be {wanted}, not {found}"));
    };
    text.single_code_point().ok_or_else(|| {
        type_error!("\"{name}\" must be {wanted}, not a string of length {}", text.len())
    })
}

fn terminator(value: Option<&Ref>) -> PyResult<Ref<Str>> {
    let Some(value) = value else { return Ok(Str::new("\r\n")) };
    match value.downcast::<Str>() {
        Some(text) => Ok(text.to_ref()),
        None => {
            let found = type_::qualified_name(value.type_())?;
            Err(type_error!("\"lineterminator\" must be a string, not {found}"))
        }
    }
}

fn style(value: Option<&Ref>) -> PyResult<i32> {
    let Some(value) = value else { return Ok(MINIMAL) };
    if !value.is_exact(&INT) || value.downcast::<Int>().is_none() {
        let found = type_::qualified_name(value.type_())?;
        return Err(type_error!("\"quoting\" must be an integer, not {found}"));
    }
    number::index_as_c_int(value)
}

impl Dialect {
    fn check_character(&self, name: &str, code: u32, allow_space: bool) -> PyResult<()> {
        if code == 0xA || code == 0xD || (code == 0x20 && !allow_space) {
            return Err(value_error!("bad {name} value"));
        }
        if self.terminator().units().iter().any(|other| other == code) {
            return Err(value_error!("bad {name} or lineterminator value"));
        }
        Ok(())
    }

    fn check(&self) -> PyResult<()> {
        let space = !self.skip_initial_space;
        self.check_character("delimiter", self.delimiter, true)?;
        self.check_character("escapechar", self.escape, space)?;
        self.check_character("quotechar", self.quote, space)?;
        for (a, b, first, second) in [
            ("delimiter", "escapechar", self.delimiter, self.escape),
            ("delimiter", "quotechar", self.delimiter, self.quote),
            ("escapechar", "quotechar", self.escape, self.quote),
        ] {
            if first == second && first != NOT_SET {
                return Err(value_error!("bad {a} or {b} value"));
            }
        }
        Ok(())
    }
}

#[pyslots]
impl Dialect {
    fn new(ty: &Type, args: Args<'_>) -> PyResult {
        let [dialect, given @ ..] = bind!(args, "", ["dialect", "delimiter", "doublequote",
            "escapechar", "lineterminator", "quotechar", "quoting", "skipinitialspace", "strict"],
            required 0, positional_only 0, positional 9, style ParseTuple);
        let mut options = given.map(|option| option.map(|option| option.to_ref()));
        if let Some(dialect) = dialect {
            let dialect = match dialect.downcast::<Str>() {
                Some(name) => super::registered(name.as_object())?,
                None => dialect.to_ref(),
            };
            if dialect.downcast::<Dialect>().is_some() && options.iter().all(Option::is_none) {
                return Ok(dialect);
            }
            for (option, name) in options.iter_mut().zip(OPTIONS) {
                if option.is_none() {
                    let found = object::get_attr(&dialect, &interned(name));
                    *option = suppress(found, &exceptions::BASE_EXCEPTION)?;
                }
            }
        }
        let [delimiter, double, escape, end, quote, quoting, skip, strict] = &options;
        let mut dialect = Dialect {
            object: Object::header(ty),
            delimiter: character("delimiter", delimiter.as_ref(), ','.into(), false)?,
            double_quote: flag(double.as_ref(), true)?,
            escape: character("escapechar", escape.as_ref(), NOT_SET, true)?,
            line_terminator: Slot::new(Some(terminator(end.as_ref())?)),
            quote: character("quotechar", quote.as_ref(), '"'.into(), true)?,
            quoting: style(quoting.as_ref())?,
            skip_initial_space: flag(skip.as_ref(), false)?,
            strict: flag(strict.as_ref(), false)?,
        };
        if !STYLES.iter().any(|(_, style)| *style == dialect.quoting) {
            return Err(type_error!("bad \"quoting\" value"));
        }
        if quote.as_ref().is_some_and(|quote| none::is_none(quote)) && quoting.is_none() {
            dialect.quoting = NONE;
        }
        if dialect.quoting != NONE && dialect.quote == NOT_SET {
            return Err(type_error!("quotechar must be set if quoting enabled"));
        }
        dialect.check()?;
        Ok(gc::tracked(memory::alloc(ty, dialect)?).upcast())
    }
}
