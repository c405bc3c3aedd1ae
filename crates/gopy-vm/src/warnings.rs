//! `_warnings`: issuing warnings and filtering them.
//!
//! Answers to `Python/_warnings.c`. Showing a warning is `warnings._showwarnmsg`'s business once that
//! module is there.

use gopy_core::dict::Dict;
use gopy_core::error::{runtime_error, type_error};
use gopy_core::int::Int;
use gopy_core::list::List;
use gopy_core::str::{self, Str};
use gopy_core::tuple::{self, Tuple};
use gopy_core::{bool_, call, exceptions, id, import as importing, none, number, object};
use gopy_object::{
    BaseException, Exception, GilCell, Instance, Interpreter, Object, PyResult, Ref, Slot, Type,
    thread,
};

use crate::extension::{self, Extension};
use crate::frame::{self, FrameRef};
use crate::{builtins, import, sys};

pub use module::MODULE;

/// State of the module in an interpreter.
#[derive(Default)]
struct State {
    filters: Slot<List>,
    once_registry: Slot<Dict>,
    default_action: Slot<Str>,
    version: std::cell::Cell<i64>,
    lock_depth: std::cell::Cell<u32>,
}

impl Extension for State {}

fn state() -> &'static State {
    let state = extension::get::<State>();
    if state.filters.is_empty() {
        state.filters.set(Some(initial_filters()));
        state.once_registry.set(Some(Dict::new()));
        state.default_action.set(Some(str::interned("default")));
    }
    state
}

fn filter(category: &'static GilCell<Type>, action: &str, module: Option<&str>) -> Ref {
    tuple::from_array([
        str::interned(action).upcast(),
        none::none(),
        category.get().to_ref().upcast(),
        module.map_or_else(none::none, |module| str::interned(module).upcast()),
        Int::from_i64(0).upcast(),
    ])
    .upcast()
}

fn initial_filters() -> Ref<List> {
    List::from_vec(vec![
        filter(&exceptions::DEPRECATION_WARNING, "default", Some("__main__")),
        filter(&exceptions::DEPRECATION_WARNING, "ignore", None),
        filter(&exceptions::PENDING_DEPRECATION_WARNING, "ignore", None),
        filter(&exceptions::IMPORT_WARNING, "ignore", None),
        filter(&exceptions::RESOURCE_WARNING, "ignore", None),
    ])
}

/// `warnings.name`, which is the program's to change; the module is imported only where `import` says.
fn of_warnings_module(name: &str, import: bool) -> PyResult<Option<Ref>> {
    if Interpreter::current().finalizing.get() && import {
        return Ok(None);
    }
    let module = if import {
        match importing::import("warnings") {
            Ok(module) => Some(module),
            Err(error) if error.is_instance(&exceptions::IMPORT_ERROR) => None,
            Err(error) => return Err(error),
        }
    } else {
        import::loaded(id!(warnings))?
    };
    match module {
        Some(module) => object::get_attr_opt(&module, &str::interned(name)),
        None => Ok(None),
    }
}

/// `filters` as Python sees them.
fn current_filters() -> PyResult<Ref<List>> {
    if let Some(filters) = of_warnings_module("filters", false)? {
        return match filters.downcast_ref::<List>() {
            Ok(filters) => Ok(filters),
            Err(_) => Err(gopy_core::error::value_error!("_warnings.filters must be a list")),
        };
    }
    Ok(state().filters.get().unwrap_or_else(List::new))
}

/// Whether a filter's pattern accepts a text: equality for the built-in filters, else `match`.
fn accepts(pattern: &Object, text: &Object) -> PyResult<bool> {
    if none::is_none(pattern) {
        return Ok(true);
    }
    if let (Some(pattern), Some(text)) = (pattern.downcast_exact::<Str>(), text.downcast::<Str>()) {
        return Ok(pattern.equals(text));
    }
    let found = call::call_method(pattern, id!("match"), &[text])?;
    object::is_true(&found)
}

/// The action for a warning, and the filter that says so.
fn find_action(
    category: &Object,
    text: &Object,
    lineno: i64,
    module: &Object,
) -> PyResult<(Ref<Str>, Ref)> {
    let filters = current_filters()?;
    let mut index = 0;
    while let Some(item) = filters.get(index) {
        index += 1;
        let parts = item.downcast::<Tuple>().map_or(&[] as &[Ref], Tuple::items);
        let [action, message, class, source, line] = parts else {
            return Err(gopy_core::error::value_error!(
                "warnings.filters item {} isn't a 5-tuple",
                index - 1
            ));
        };
        let Some(action) = action.downcast::<Str>() else {
            return Err(type_error!("action must be a string, not '{:.200}'", action.type_name()));
        };
        let line = number::index_as_ssize(line)?;
        if accepts(message, text)?
            && object::is_subclass(category, class)?
            && accepts(source, module)?
            && (line == 0 || line as i64 == lineno)
        {
            return Ok((action.to_ref(), item.clone()));
        }
    }
    let action = match of_warnings_module("defaultaction", false)? {
        Some(action) => match action.downcast_ref::<Str>() {
            Ok(action) => action,
            Err(other) => {
                return Err(type_error!(
                    "_warnings.defaultaction must be a string, not '{:.200}'",
                    other.type_name()
                ));
            }
        },
        None => state().default_action.get().unwrap_or_else(|| str::interned("default")),
    };
    Ok((action, none::none()))
}

/// Whether the registry has seen the key; notes it. Registries start over when the filters change.
fn already_warned(registry: &Object, key: &Object, add: bool) -> PyResult<bool> {
    let Some(registry) = registry.downcast::<Dict>() else { return Ok(false) };
    let version_name = id!(version);
    let version = state().version.get();
    let current = registry
        .get_str(version_name)?
        .and_then(|found| found.downcast::<Int>().and_then(Int::to_i64));
    if current == Some(version) {
        if let Some(found) = registry.get_item(key)?
            && object::is_true(&found)?
        {
            return Ok(true);
        }
    } else {
        registry.clear_items();
        registry.set_str(version_name, Int::from_i64(version).as_object())?;
    }
    if add {
        registry.set_item(key, bool_::bool_object(true))?;
    }
    Ok(false)
}

/// A warning on its way.
struct Issue<'a> {
    category: Ref,
    message: Ref,
    filename: Ref,
    lineno: i64,
    module: Option<Ref>,
    registry: Option<Ref>,
    source_line: Option<Ref>,
    source: Option<&'a Object>,
}

/// The module's name for a file: without `.py`.
fn module_name(filename: &Object) -> Ref {
    let Some(text) = filename.downcast::<Str>() else { return filename.to_ref() };
    if text.is_empty() {
        return str::interned("<unknown>").upcast();
    }
    let length = text.len();
    if length >= 3 && text.slice(length - 3, length).eq_str(".py") {
        return text.slice(0, length - 3).upcast();
    }
    filename.to_ref()
}

impl Issue<'_> {
    fn warn(self) -> PyResult<()> {
        if let Some(registry) = &self.registry
            && !none::is_none(registry)
            && registry.downcast::<Dict>().is_none()
        {
            return Err(type_error!("'registry' must be a dict or None"));
        }
        let registry = self.registry.clone().unwrap_or_else(none::none);
        let module = match &self.module {
            Some(module) => module.clone(),
            None => module_name(&self.filename),
        };
        // The text, the class and the instance, whichever was given.
        let (text, category, message) = match self.message.downcast::<BaseException>() {
            Some(warning) if warning.as_object().is_instance(&exceptions::WARNING) => (
                object::str(&self.message)?.upcast(),
                self.message.type_().to_ref().upcast(),
                self.message.clone(),
            ),
            _ => (
                self.message.clone(),
                self.category.clone(),
                call::call_one(&self.category, &self.message)?,
            ),
        };
        let lineno = Int::from_i64(self.lineno).upcast();
        let key = tuple::from_array([text.clone(), category.clone(), lineno]);
        if !none::is_none(&registry) && already_warned(&registry, key.as_object(), false)? {
            return Ok(());
        }
        let (action, item) = find_action(&category, &text, self.lineno, &module)?;
        let action = action.to_string_lossy();
        let show = match &*action {
            "error" => {
                return match message.downcast_ref::<BaseException>() {
                    Ok(exception) => Err(Exception::raise(exception)),
                    Err(other) => Err(type_error!(
                        "exceptions must derive from BaseException, not {:.100}",
                        other.type_name()
                    )),
                };
            }
            "ignore" => return Ok(()),
            "once" => {
                let once = match of_warnings_module("onceregistry", false)? {
                    Some(once) if once.downcast::<Dict>().is_none() => {
                        return Err(type_error!(
                            "_warnings.onceregistry must be a dict, not '{:.200}'",
                            once.type_name()
                        ));
                    }
                    Some(once) => once,
                    None => state().once_registry.get().map_or_else(none::none, Ref::upcast),
                };
                note(&registry, key.as_object())?;
                let key = tuple::from_array([text.clone(), category.clone()]);
                !already_warned(&once, key.as_object(), true)?
            }
            "module" => {
                note(&registry, key.as_object())?;
                let zero = Int::from_i64(0).upcast();
                let key = tuple::from_array([text.clone(), category.clone(), zero]);
                none::is_none(&registry) || !already_warned(&registry, key.as_object(), true)?
            }
            "default" => {
                note(&registry, key.as_object())?;
                true
            }
            "always" | "all" => true,
            other => {
                return Err(runtime_error!(
                    "Unrecognized action ({other}) in warnings.filters:\n {}",
                    object::repr(&item)?
                ));
            }
        };
        if show { self.show(&category, &text, message) } else { Ok(()) }
    }

    fn show(&self, category: &Object, text: &Object, message: Ref) -> PyResult<()> {
        // A warning about a resource has a story that only the module can tell.
        let wants_module = self.source.is_some();
        let Some(show) = of_warnings_module("_showwarnmsg", wants_module)? else {
            return self.show_plain(category, text);
        };
        if !object::is_callable(&show) {
            return Err(type_error!("warnings._showwarnmsg() must be set to a callable"));
        }
        let Some(class) = of_warnings_module("WarningMessage", false)? else {
            return Err(runtime_error!("unable to get warnings.WarningMessage"));
        };
        let lineno = Int::from_i64(self.lineno);
        let none = none::none_object();
        let shown = call::call(
            &class,
            &[
                &message,
                category,
                &self.filename,
                lineno.as_object(),
                none,
                none,
                self.source.unwrap_or(none),
            ],
        )?;
        call::call_one(&show, &shown).map(drop)
    }

    /// `file:line: Category: text` and the source line, straight to `sys.stderr`.
    fn show_plain(&self, category: &Object, text: &Object) -> PyResult<()> {
        let Some(stderr) = sys::get_opt(id!(stderr))?.filter(|stderr| !none::is_none(stderr))
        else {
            return Ok(());
        };
        let name = object::get_attr(category, id!(__name__))?;
        let head = format!(
            "{}:{}: {}: {}\n",
            object::str(&self.filename)?,
            self.lineno,
            object::str(&name)?,
            object::str(text)?
        );
        builtins::write_object(Str::new(&head).as_object(), &stderr, false)?;
        let line = match &self.source_line {
            Some(line) => Some(object::str(line)?.to_string_lossy().into_owned()),
            None => match self.filename.downcast::<Str>() {
                Some(filename) => u32::try_from(self.lineno)
                    .ok()
                    .and_then(|lineno| crate::compile::program_line(filename, lineno)),
                None => None,
            },
        };
        if let Some(line) = line {
            let line = format!(
                "  {}\n",
                line.trim_start_matches([' ', '\t', '\x0c']).trim_end_matches('\n')
            );
            builtins::write_object(Str::new(&line).as_object(), &stderr, false)?;
        }
        Ok(())
    }
}

fn note(registry: &Object, key: &Object) -> PyResult<()> {
    match registry.downcast::<Dict>() {
        Some(registry) => registry.set_item(key, bool_::bool_object(true)),
        None => Ok(()),
    }
}

/// Frames of the import machinery do not count as levels.
fn is_internal(frame: FrameRef) -> bool {
    let Some(filename) = frame.code().filename.get() else { return false };
    let name = filename.to_string_lossy();
    name.contains("importlib") && name.contains("_bootstrap")
}

fn starts_with_any(frame: FrameRef, prefixes: &Tuple) -> bool {
    let Some(filename) = frame.code().filename.get() else { return false };
    let name = filename.to_wtf8();
    prefixes.items().iter().any(|prefix| {
        prefix.downcast::<Str>().is_some_and(|prefix| name.starts_with(&prefix.to_wtf8()))
    })
}

fn caller(frame: FrameRef, prefixes: Option<&Tuple>) -> Option<FrameRef> {
    let mut next = frame::complete(frame.previous());
    while let Some(candidate) = next {
        let skipped = is_internal(candidate)
            || prefixes.is_some_and(|prefixes| starts_with_any(candidate, prefixes));
        if !skipped {
            break;
        }
        next = frame::complete(candidate.previous());
    }
    next
}

/// `warnings.warn`: about the code `level` calls up.
fn warn_at_level(
    category: &Object,
    message: &Object,
    level: isize,
    source: Option<&Object>,
    prefixes: Option<&Tuple>,
) -> PyResult<()> {
    let mut level = level;
    let mut found = frame::current_complete(thread());
    let plain = level <= 0 || found.is_some_and(is_internal);
    while level > 1 {
        let Some(current) = found else { break };
        found = if plain { frame::complete(current.previous()) } else { caller(current, prefixes) };
        level -= 1;
    }
    let (globals, filename, lineno) = match found {
        Some(frame) => {
            let filename = frame.code().filename.get().map_or_else(none::none, Ref::upcast);
            let line = frame.line().unwrap_or(0);
            (frame.globals().to_ref(), filename, i64::from(line))
        }
        None => match sys::dict() {
            Some(dict) => (dict, str::interned("<sys>").upcast(), 0),
            None => (Dict::new(), str::interned("<sys>").upcast(), 0),
        },
    };
    let registry = match globals.get_str(id!(__warningregistry__))? {
        Some(registry) => registry,
        None => {
            let registry = Dict::new();
            globals.set_str(id!(__warningregistry__), registry.as_object())?;
            registry.upcast()
        }
    };
    let module = match globals.get_str(id!(__name__))? {
        Some(name) if none::is_none(&name) || name.downcast::<Str>().is_some() => name,
        _ => str::interned("<string>").upcast(),
    };
    Issue {
        category: category.to_ref(),
        message: message.to_ref(),
        filename,
        lineno,
        module: Some(module),
        registry: Some(registry),
        source_line: None,
        source,
    }
    .warn()
}

/// `hooks::warn`.
pub(crate) fn warn(category: &Type, message: &Object, level: isize) -> PyResult<()> {
    warn_at_level(category.as_object(), message, level, None, None)
}

/// `hooks::warn_explicit`.
pub(crate) fn warn_explicit(
    category: &Type,
    message: &Object,
    filename: &Str,
    lineno: i32,
    module: Option<&Str>,
    registry: Option<&Object>,
) -> PyResult<()> {
    Issue {
        category: category.as_object().to_ref(),
        message: message.to_ref(),
        filename: filename.to_ref().upcast(),
        lineno: lineno.into(),
        module: module.map(|module| module.to_ref().upcast()),
        registry: registry.map(Instance::to_ref),
        source_line: None,
        source: None,
    }
    .warn()
}

/// The category of a call: that of the message, the one given, or `UserWarning`.
fn category_of(message: &Object, category: Option<&Object>) -> PyResult<Ref> {
    if message.is_instance(&exceptions::WARNING) {
        return Ok(message.type_().to_ref().upcast());
    }
    let Some(category) = category else {
        return Ok(exceptions::USER_WARNING.get().to_ref().upcast());
    };
    let is_warning = match category.downcast::<Type>() {
        Some(class) => class.is_subtype(&exceptions::WARNING),
        None => false,
    };
    if !is_warning {
        return Err(type_error!(
            "category must be a Warning subclass, not '{}'",
            match category.downcast::<Type>() {
                Some(_) => object::str(category)?.to_string_lossy().into_owned(),
                None => category.type_name().to_string(),
            }
        ));
    }
    Ok(category.to_ref())
}

/// The source line that a module's loader knows.
fn loader_line(globals: &Object, lineno: i64) -> PyResult<Option<Ref>> {
    let Some(globals) = globals.downcast::<Dict>() else {
        return Err(type_error!(
            "module_globals must be a dict, not '{:.200}'",
            globals.type_name()
        ));
    };
    let (Some(loader), Some(name)) =
        (globals.get_str(id!(__loader__))?, globals.get_str(id!(__name__))?)
    else {
        return Ok(None);
    };
    let Some(get_source) = object::get_attr_opt(&loader, id!(get_source))? else {
        return Ok(None);
    };
    let source = call::call_one(&get_source, &name)?;
    let Some(text) = source.downcast::<Str>() else { return Ok(None) };
    let text = text.to_string_lossy();
    let line = usize::try_from(lineno - 1).ok().and_then(|index| text.lines().nth(index));
    Ok(line.map(|line| Str::new(line).upcast()))
}

/// `_warnings`.
#[gopy_macros::pymodule(name = "_warnings")]
mod module {
    use super::{
        Instance, Issue, Object, PyResult, Ref, Str, Tuple, category_of, loader_line, none, number,
        state, str, type_error, warn_at_level,
    };
    use gopy_core::error::runtime_error;
    use gopy_core::module;

    #[pyfunction(
        "($module, /, message, category=None, stacklevel=1, source=None, *, skip_file_prefixes=())"
    )]
    fn warn(
        message: &Object,
        category: Option<&Object>,
        stacklevel: isize,
        source: Option<&Object>,
        skip_file_prefixes: Option<&Tuple>,
    ) -> PyResult<()> {
        let category = category_of(message, category)?;
        let mut level = stacklevel;
        let prefixes = skip_file_prefixes.filter(|prefixes| !prefixes.is_empty());
        if let Some(prefixes) = prefixes {
            if let Some(other) =
                prefixes.items().iter().find(|prefix| prefix.downcast::<Str>().is_none())
            {
                return Err(type_error!(
                    "Found non-str '{}' in skip_file_prefixes.",
                    gopy_core::object::str(other)?
                ));
            }
            level = level.max(2);
        }
        warn_at_level(&category, message, level, source, prefixes)
    }

    #[pyfunction(
        "($module, /, message, category, filename, lineno, module=<unrepresentable>, registry=None, module_globals=None, source=None)"
    )]
    fn warn_explicit(
        message: &Object,
        category: &Object,
        filename: &Str,
        lineno: &Object,
        module: Option<Ref>,
        registry: Option<&Object>,
        module_globals: Option<&Object>,
        source: Option<&Object>,
    ) -> PyResult<()> {
        let lineno = number::index_as_c_int(lineno)?.into();
        let source_line = match module_globals {
            Some(globals) => loader_line(globals, lineno)?,
            None => None,
        };
        Issue {
            category: category.to_ref(),
            message: message.to_ref(),
            filename: filename.to_ref().upcast(),
            lineno,
            module,
            registry: registry.map(Instance::to_ref),
            source_line,
            source,
        }
        .warn()
    }

    #[pyfunction("($module, /)")]
    fn _filters_mutated_lock_held() -> PyResult<()> {
        let state = state();
        if state.lock_depth.get() == 0 {
            return Err(runtime_error!("warnings lock is not held"));
        }
        state.version.set(state.version.get() + 1);
        Ok(())
    }

    #[pyfunction("($module, /)")]
    fn _acquire_lock() {
        // One thread runs Python at a time, and the lock is never held while it waits.
        let depth = &state().lock_depth;
        depth.set(depth.get() + 1);
    }

    #[pyfunction("($module, /)")]
    fn _release_lock() -> PyResult<()> {
        let depth = &state().lock_depth;
        if depth.get() == 0 {
            return Err(runtime_error!("cannot release un-acquired lock"));
        }
        depth.set(depth.get() - 1);
        Ok(())
    }

    #[pyexec]
    fn exec(module: &Object) -> PyResult<()> {
        let state = state();
        module::add(module, "filters", state.filters.get())?;
        module::add(module, "_onceregistry", state.once_registry.get())?;
        module::add(module, "_defaultaction", state.default_action.get())?;
        let context = match gopy_core::import::import_attr("_contextvars", "ContextVar") {
            Ok(class) => {
                let name = str::interned("_warnings_context");
                gopy_core::call::call_one(&class, name.as_object())?
            }
            Err(_) => none::none(),
        };
        module::add(module, "_warnings_context", context)
    }
}
