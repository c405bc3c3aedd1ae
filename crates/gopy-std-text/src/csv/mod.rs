//! `_csv`: reading and writing of delimited text.
//!
//! Answers to `Modules/_csv.c`. A reader's state lives on the native stack while it reads one record; a
//! field that lies in one line is cut out of it without a copy of its characters.

use std::cell::Cell;

use gopy_core::dict::Dict;
use gopy_core::error::{raise_with, system_error, type_error};
use gopy_core::int::{INT, Int};
use gopy_core::list::List;
use gopy_core::str::Str;
use gopy_core::{argument, call, exceptions, module, number, state, type_};
use gopy_macros::pymodule;
use gopy_object::{Args, Exception, Instance, Object, PyResult, Ref, Type};

mod dialect;
mod reader;
mod writer;

pub use dialect::{DIALECT, Dialect};
pub use reader::{READER, Reader};
pub use writer::{WRITER, Writer};

/// What the module keeps per interpreter.
struct CsvState {
    error: Ref<Type>,
    dialects: Ref<Dict>,
    field_limit: Cell<isize>,
}

const FIELD_LIMIT: isize = 128 * 1024;

/// Raises `_csv.Error`. May run Python.
#[cold]
fn csv_error(message: &str) -> Exception {
    match state::with_extension(|state: &CsvState| state.error.clone()) {
        Some(ty) => raise_with(&ty, &[Str::new(message).as_object()]),
        None => system_error!("_csv has no state"),
    }
}

/// The dialects by name.
fn dialects() -> PyResult<Ref<Dict>> {
    state::with_extension(|state: &CsvState| state.dialects.clone())
        .ok_or_else(|| system_error!("_csv has no state"))
}

fn field_limit() -> isize {
    state::with_extension(|state: &CsvState| state.field_limit.get()).unwrap_or(FIELD_LIMIT)
}

/// The registered dialect of a name. May run Python.
fn registered(name: &Object) -> PyResult {
    dialects()?.get_item(name)?.ok_or_else(|| csv_error("unknown dialect"))
}

/// The dialect that the arguments behind the first describe.
fn dialect_of(args: Args<'_>) -> PyResult<Ref<Dialect>> {
    let dialect = call::call_args(DIALECT.as_object(), args.skip(1))?;
    dialect.downcast_ref().map_err(|_| type_error!("a dialect is expected"))
}

/// The module `_csv`.
#[pymodule(name = "_csv")]
pub mod native {
    use super::*;

    #[pyfunction("($module, iterable, /, dialect='excel', **fmtparams)", raw)]
    fn reader(args: Args<'_>) -> PyResult {
        argument::check_positional("reader", args.len(), 1, 2)?;
        Reader::make(args)
    }

    #[pyfunction("($module, fileobj, /, dialect='excel', **fmtparams)", raw)]
    fn writer(args: Args<'_>) -> PyResult {
        argument::check_positional("writer", args.len(), 1, 2)?;
        Writer::make(args)
    }

    #[pyfunction("($module, /)")]
    fn list_dialects() -> PyResult<Ref<List>> {
        Ok(dialects()?.keys())
    }

    #[pyfunction("($module, name, /, dialect='excel', **fmtparams)", raw)]
    fn register_dialect(args: Args<'_>) -> PyResult<()> {
        argument::check_positional("register_dialect", args.len(), 1, 2)?;
        let Some(name) = args.get(0).filter(|name| name.downcast::<Str>().is_some()) else {
            return Err(type_error!("dialect name must be a string"));
        };
        let dialect = dialect_of(args)?;
        dialects()?.set_item(name, dialect.as_object())
    }

    #[pyfunction("($module, /, name)")]
    fn unregister_dialect(name: &Object) -> PyResult<()> {
        match dialects()?.pop(name)? {
            Some(_) => Ok(()),
            None => Err(csv_error("unknown dialect")),
        }
    }

    #[pyfunction("($module, /, name)")]
    fn get_dialect(name: &Object) -> PyResult {
        registered(name)
    }

    #[pyfunction("($module, /, new_limit=<unrepresentable>)")]
    fn field_size_limit(new_limit: Option<&Object>) -> PyResult<isize> {
        let old = field_limit();
        let Some(limit) = new_limit else { return Ok(old) };
        if !limit.is_exact(&INT) || limit.downcast::<Int>().is_none() {
            return Err(type_error!("limit must be an integer"));
        }
        let limit = number::index_as_ssize(limit)?;
        state::with_extension(|state: &CsvState| state.field_limit.set(limit));
        Ok(old)
    }

    #[pyexec]
    fn exec(module: &Object) -> PyResult<()> {
        let error = exceptions::new_exception("_csv", "Error", &exceptions::EXCEPTION)?;
        let dialects = Dict::new();
        type_::ready(&READER)?;
        type_::ready(&WRITER)?;
        module::add_type(module, &DIALECT)?;
        module::add(module, "Reader", READER.to_ref())?;
        module::add(module, "Writer", WRITER.to_ref())?;
        module::add(module, "Error", error.clone())?;
        module::add(module, "_dialects", dialects.clone())?;
        for (name, value) in dialect::STYLES {
            module::add(module, name, *value)?;
        }
        state::put_extension(CsvState { error, dialects, field_limit: Cell::new(FIELD_LIMIT) });
        Ok(())
    }
}

pub use native::MODULE;
