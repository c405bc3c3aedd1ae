//! Issuing warnings.
//!
//! Answers to `Python/_warnings.c`. A warning's way: where it comes from ([`place`]), which filter speaks
//! for it ([`filters`]), whether it was seen already, and how it is shown, which is
//! `warnings._showwarnmsg`'s business where that module can be imported.

mod filters;
mod module;
mod place;
mod show;
mod state;

use gopy_core::dict::Dict;
use gopy_core::error::{raise_text, runtime_error, type_error};
use gopy_core::int::Int;
use gopy_core::str::Str;
use gopy_core::tuple::{self, Tuple};
use gopy_core::{bool_, call, exceptions, id, none, object};
use gopy_object::{BaseException, Exception, Instance, Object, PyResult, Ref, Type};

pub use module::module::MODULE;
use place::Place;
pub use state::after_fork_in_child;

/// `warnings.warn(message, category, stack_level)` for native code. May run Python.
///
/// # Errors
///
/// The warning itself, where a filter makes it an error.
pub fn warn(category: &Type, message: &Object, stack_level: isize) -> PyResult<()> {
    warn_from(category.as_object(), message, stack_level, None)
}

/// As [`warn`], about an object (`PyErr_ResourceWarning`). May run Python.
///
/// # Errors
///
/// As [`warn`].
pub fn warn_from(
    category: &Object,
    message: &Object,
    stack_level: isize,
    source: Option<&Object>,
) -> PyResult<()> {
    warn_at(category, message, stack_level, source, None)
}

/// `warnings.warn_explicit` for native code. May run Python.
///
/// # Errors
///
/// As [`warn`].
pub fn warn_explicit(
    category: &Type,
    message: &Object,
    filename: &Str,
    lineno: i32,
    module: Option<&Str>,
    registry: Option<&Object>,
) -> PyResult<()> {
    let _lock = state::get().lock();
    Warning {
        category: category.as_object().to_ref(),
        message: message.to_ref(),
        filename: filename.to_ref(),
        lineno,
        module: module.map(|module| module.to_ref().upcast()),
        registry: registry.map(Instance::to_ref),
        source_line: None,
        source: None,
    }
    .issue()
}

/// As [`warn_explicit`], in the module and with the registry of the running code
/// (`_PyErr_WarnExplicitObjectWithContext`). May run Python.
///
/// # Errors
///
/// As [`warn`].
pub fn warn_explicit_in_context(
    category: &Type,
    message: &Object,
    filename: &Str,
    lineno: i32,
) -> PyResult<()> {
    let place = Place::find(1, None)?;
    let _lock = state::get().lock();
    Warning {
        category: category.as_object().to_ref(),
        message: message.to_ref(),
        filename: filename.to_ref(),
        lineno,
        module: Some(place.module),
        registry: Some(place.registry),
        source_line: None,
        source: None,
    }
    .issue()
}

/// `coroutine '…' was never awaited`, through `warnings._warn_unawaited_coroutine`, which can tell where
/// it was made. Called as a coroutine dies: errors are reported and go no further. May run Python.
pub fn warn_unawaited_coroutine(coroutine: &Object) {
    let ignored = |error: Exception| {
        let shown = object::repr(coroutine).map(|repr| repr.to_string());
        let shown = shown.unwrap_or_else(|_| format!("<{}>", coroutine.type_name()));
        let message = format!("Exception ignored while finalizing coroutine {shown}");
        (gopy_core::hooks::get().unraisable)(error.into_value(), Some(&message), None);
    };
    let told = match filters::of_warnings_module(id!(_warn_unawaited_coroutine), true) {
        Ok(Some(function)) => call::call_one(&function, coroutine).map(|_| true),
        Ok(None) => Ok(false),
        Err(error) => Err(error),
    };
    match told {
        Ok(true) => return,
        Ok(false) => {}
        Err(error) => {
            let is_the_warning = error.is_instance(&exceptions::RUNTIME_WARNING);
            ignored(error);
            if is_the_warning {
                return;
            }
        }
    }
    let plain = || {
        let name = object::get_attr(coroutine, id!(__qualname__))?;
        let message = format!("coroutine '{}' was never awaited", object::str(&name)?);
        let category = exceptions::RUNTIME_WARNING.as_object();
        warn_from(category, Str::new(&message).as_object(), 1, Some(coroutine))
    };
    if let Err(error) = plain() {
        ignored(error);
    }
}

/// `coroutine method '…' of … was never awaited`. Errors are reported and go no further. May run Python.
pub fn warn_unawaited_agen_method(generator: &Object, method: &Object) {
    let warn = || {
        let name = object::get_attr(generator, id!(__qualname__))?;
        let (method, name) = (object::repr(method)?, object::repr(&name)?);
        let message = format!("coroutine method {method} of {name} was never awaited");
        let category = exceptions::RUNTIME_WARNING.as_object();
        warn_from(category, Str::new(&message).as_object(), 1, Some(generator))
    };
    if let Err(error) = warn() {
        let shown = object::repr(generator).map(|repr| repr.to_string()).unwrap_or_default();
        let message = format!("Exception ignored while finalizing async generator {shown}");
        (gopy_core::hooks::get().unraisable)(error.into_value(), Some(&message), None);
    }
}

/// A warning from the code `stack_level` calls up.
fn warn_at(
    category: &Object,
    message: &Object,
    stack_level: isize,
    source: Option<&Object>,
    skipped_prefixes: Option<&Tuple>,
) -> PyResult<()> {
    let place = Place::find(stack_level, skipped_prefixes)?;
    let _lock = state::get().lock();
    Warning {
        category: category.to_ref(),
        message: message.to_ref(),
        filename: place.filename,
        lineno: place.lineno,
        module: Some(place.module),
        registry: Some(place.registry),
        source_line: None,
        source: source.map(Instance::to_ref),
    }
    .issue()
}

/// A warning on its way.
struct Warning {
    category: Ref,
    message: Ref,
    filename: Ref<Str>,
    lineno: i32,
    module: Option<Ref>,
    registry: Option<Ref>,
    source_line: Option<Ref>,
    source: Option<Ref>,
}

/// The name of the module that a file holds, as far as the name of the file tells.
fn module_of_file(filename: &Str) -> Ref<Str> {
    let length = filename.len();
    if length == 0 {
        return id!("<unknown>").to_ref();
    }
    if length >= 3 && filename.slice(length - 3, length).eq_str(".py") {
        return filename.slice(0, length - 3);
    }
    filename.to_ref()
}

impl Warning {
    fn issue(mut self) -> PyResult<()> {
        // At shutdown modules lose their names; nothing is left to ask then.
        if self.module.as_deref().is_some_and(none::is_none) {
            return Ok(());
        }
        let registry = match self.registry.take() {
            Some(registry) if none::is_none(&registry) => None,
            Some(registry) => match registry.downcast_ref::<Dict>() {
                Ok(registry) => Some(registry),
                Err(_) => return Err(type_error!("'registry' must be a dict or None")),
            },
            None => None,
        };
        let module = match self.module.take() {
            Some(module) => module,
            None => module_of_file(&self.filename).upcast(),
        };
        self.source = self.source.take().filter(|source| !none::is_none(source));
        let text = if object::is_instance(&self.message, exceptions::WARNING.as_object())? {
            self.category = self.message.type_().to_ref().upcast();
            object::str(&self.message)?.upcast()
        } else {
            let instance = call::call_one(&self.category, &self.message)?;
            std::mem::replace(&mut self.message, instance)
        };
        let lineno = Int::from_i64(self.lineno.into()).upcast();
        let key = tuple::from_array([text.clone(), self.category.clone(), lineno]);
        if let Some(registry) = &registry
            && is_known(registry, key.as_object(), false)?
        {
            return Ok(());
        }
        let (action, item) = filters::find(&self.category, &text, self.lineno, &module)?;
        if action.eq_str("error") {
            return Err(raise(&self.category, &self.message));
        }
        if action.eq_str("ignore") {
            return Ok(());
        }
        let known = if action.eq_str("always") || action.eq_str("all") {
            false
        } else {
            if let Some(registry) = &registry {
                registry.set_item(key.as_object(), bool_::bool_object(true))?;
            }
            let key = || tuple::from_array([text.clone(), self.category.clone()]);
            if action.eq_str("once") {
                let registry = match registry {
                    Some(registry) => registry,
                    None => filters::once_registry()?,
                };
                is_known(&registry, key().as_object(), true)?
            } else if action.eq_str("module") {
                match &registry {
                    Some(registry) => is_known(registry, key().as_object(), true)?,
                    None => false,
                }
            } else if action.eq_str("default") {
                false
            } else {
                return Err(runtime_error!(
                    "Unrecognized action ({}) in warnings.filters:\n {}",
                    object::repr(action.as_object())?,
                    object::repr(&item)?
                ));
            }
        };
        if known { Ok(()) } else { self.show(&text) }
    }
}

/// Whether a registry has the key; `note` says whether it has it from now on. A registry starts over
/// when the filters have changed since it was written.
fn is_known(registry: &Dict, key: &Object, note: bool) -> PyResult<bool> {
    let version = state::get().filters_version.get();
    let written = registry.get_str(id!(version))?;
    let written = written.as_deref().and_then(|written| written.downcast_exact::<Int>());
    if written.and_then(Int::to_i64) == Some(version) {
        if let Some(known) = registry.get_item(key)?
            && object::is_true(&known)?
        {
            return Ok(true);
        }
    } else {
        registry.clear_items();
        registry.set_str(id!(version), Int::from_i64(version).as_object())?;
    }
    if note {
        registry.set_item(key, bool_::bool_object(true))?;
    }
    Ok(false)
}

/// Raises the warning.
fn raise(category: &Object, warning: &Object) -> Exception {
    match warning.downcast::<BaseException>() {
        Some(exception) => Exception::raise(exception.to_ref()),
        // A category's `__new__` may give anything.
        None => match category.downcast::<Type>() {
            Some(class) => gopy_core::error::raise_with(class, &[warning]),
            None => raise_text(
                &exceptions::TYPE_ERROR,
                Str::new("exceptions must derive from BaseException"),
            ),
        },
    }
}
