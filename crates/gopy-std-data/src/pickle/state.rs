//! What the module keeps: its exceptions, and the tables of `copyreg` and `_compat_pickle`.
//!
//! Answers to `PickleState` in `Modules/_pickle.c`.

use std::any::Any;
use std::fmt;
use std::rc::Rc;

use gopy_core::dict::Dict;
use gopy_core::error::{raise_format, raise_with, runtime_error, system_error};
use gopy_core::exceptions::{self, EXCEPTION, MODULE_NOT_FOUND_ERROR};
use gopy_core::str::{Str, interned};
use gopy_core::{import, object, type_};
use gopy_object::{Exception, Instance, Interpreter, Object, PyResult, Ref, Type};

/// The state of one interpreter.
pub struct State {
    /// `PickleError`.
    pub pickle_error: Ref<Type>,
    /// `PicklingError`.
    pub pickling_error: Ref<Type>,
    /// `UnpicklingError`.
    pub unpickling_error: Ref<Type>,
    /// `copyreg.dispatch_table`.
    pub dispatch_table: Ref<Dict>,
    /// `copyreg._extension_registry`.
    pub extension_registry: Ref<Dict>,
    /// `copyreg._inverted_registry`.
    pub inverted_registry: Ref<Dict>,
    /// `copyreg._extension_cache`.
    pub extension_cache: Ref<Dict>,
    /// `_compat_pickle.NAME_MAPPING`.
    pub names_2to3: Ref<Dict>,
    /// `_compat_pickle.IMPORT_MAPPING`.
    pub imports_2to3: Ref<Dict>,
    /// `_compat_pickle.REVERSE_NAME_MAPPING`.
    pub names_3to2: Ref<Dict>,
    /// `_compat_pickle.REVERSE_IMPORT_MAPPING`.
    pub imports_3to2: Ref<Dict>,
    /// `codecs.encode`.
    pub codecs_encode: Ref,
    /// `builtins.getattr`.
    pub getattr: Ref,
    /// `functools.partial`.
    pub partial: Ref,
}

fn table(module: &str, name: &str) -> PyResult<Ref<Dict>> {
    let table = import::import_attr(module, name)?;
    match table.downcast_exact::<Dict>() {
        Some(table) => Ok(table.to_ref()),
        None => {
            Err(runtime_error!("{module}.{name} should be a dict, not {:.200}", table.type_name()))
        }
    }
}

impl State {
    /// Makes the state when the module is made, and keeps it. May run Python.
    pub fn make() -> PyResult<Rc<State>> {
        let exception = |name, base: &Type| exceptions::new_exception("_pickle", name, base);
        let pickle_error = exception("PickleError", &EXCEPTION)?;
        let codecs_encode = import::import_attr("codecs", "encode")?;
        if !object::is_callable(&codecs_encode) {
            return Err(runtime_error!(
                "codecs.encode should be a callable, not {:.200}",
                codecs_encode.type_name()
            ));
        }
        let state = Rc::new(State {
            pickling_error: exception("PicklingError", &pickle_error)?,
            unpickling_error: exception("UnpicklingError", &pickle_error)?,
            pickle_error,
            dispatch_table: table("copyreg", "dispatch_table")?,
            extension_registry: table("copyreg", "_extension_registry")?,
            inverted_registry: table("copyreg", "_inverted_registry")?,
            extension_cache: table("copyreg", "_extension_cache")?,
            names_2to3: table("_compat_pickle", "NAME_MAPPING")?,
            imports_2to3: table("_compat_pickle", "IMPORT_MAPPING")?,
            names_3to2: table("_compat_pickle", "REVERSE_NAME_MAPPING")?,
            imports_3to2: table("_compat_pickle", "REVERSE_IMPORT_MAPPING")?,
            codecs_encode,
            getattr: import::import_attr("builtins", "getattr")?,
            partial: import::import_attr("functools", "partial")?,
        });
        let boxed: Box<dyn Any> = Box::new(Rc::clone(&state));
        Interpreter::current().extensions.borrow_mut().push(boxed);
        Ok(state)
    }

    /// The interpreter's state.
    pub fn get() -> PyResult<Rc<State>> {
        let extensions = Interpreter::current().extensions.borrow();
        let mut states =
            extensions.iter().rev().filter_map(|state| state.downcast_ref::<Rc<State>>());
        states.next().cloned().ok_or_else(|| system_error!("_pickle is not initialised"))
    }

    /// Raises `PicklingError`.
    #[cold]
    pub fn pickling(&self, message: fmt::Arguments<'_>) -> Exception {
        raise_with(&self.pickling_error, &[Str::new(&message.to_string()).as_object()])
    }

    /// Raises `UnpicklingError`.
    #[cold]
    pub fn unpickling(&self, message: fmt::Arguments<'_>) -> Exception {
        raise_with(&self.unpickling_error, &[Str::new(&message.to_string()).as_object()])
    }

    /// "pickle data was truncated".
    #[cold]
    pub fn truncated(&self) -> Exception {
        self.unpickling(format_args!("pickle data was truncated"))
    }
}

/// `new` with `old` as its context (`_PyErr_ChainExceptions1`).
#[cold]
pub fn chained(new: Exception, old: Exception) -> Exception {
    new.value().context.set(Some(old.into_value()));
    new
}

/// The type's name as `%T` shows it.
pub fn full_name(o: &Object) -> String {
    match type_::qualified_name(o.type_()) {
        Ok(name) => name.to_string(),
        Err(_) => o.type_name().to_string(),
    }
}

/// Adds a note to what went wrong.
#[cold]
pub fn noted(error: Exception, note: &str) -> Exception {
    match exceptions::add_note(error.value(), &Str::new(note)) {
        Ok(()) => error,
        Err(other) => chained(error, other),
    }
}

/// The attribute at the end of a dotted path. May run Python.
pub fn get_path(o: &Object, path: &[Ref<Str>]) -> PyResult {
    let mut o = o.to_ref();
    for name in path {
        o = object::get_attr(&o, name)?;
    }
    Ok(o)
}

/// The parts of a dotted name.
pub fn dotted_path(name: &Str) -> Vec<Ref<Str>> {
    match name.as_str() {
        Some(text) if !text.contains('.') => vec![name.to_ref()],
        Some(text) => text.split('.').map(interned).collect(),
        None => {
            let dot = (0..name.len()).filter(|at| name.char_at(*at) == u32::from('.'));
            let mut parts = Vec::new();
            let mut start = 0;
            for at in dot {
                parts.push(name.slice(start, at));
                start = at + 1;
            }
            parts.push(name.slice(start, name.len()));
            parts
        }
    }
}

/// The module of a name, which must be text. May run Python.
pub fn import_module(name: &Object) -> PyResult {
    let Some(name) = name.downcast::<Str>() else {
        return Err(gopy_core::error::type_error!("module name must be a string"));
    };
    if let Some(name) = name.as_str() {
        return import::import(name);
    }
    // No loader finds such a name, but a program may have put the module there.
    let modules = Interpreter::current().modules.get();
    let found = match &modules {
        Some(modules) => object::get_item_opt(modules, name.as_object())?,
        None => None,
    };
    let repr = object::repr(name.as_object())?;
    found.ok_or_else(|| {
        raise_format(&MODULE_NOT_FOUND_ERROR, format_args!("No module named {repr}"))
    })
}
