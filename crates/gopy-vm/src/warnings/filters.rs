//! Which filter speaks for a warning.

use gopy_core::dict::Dict;
use gopy_core::error::{type_error, value_error};
use gopy_core::list::List;
use gopy_core::str::Str;
use gopy_core::tuple::Tuple;
use gopy_core::{call, exceptions, id, import, none, number, object};
use gopy_object::{Instance, Interpreter, Object, PyResult, Ref};

use super::state;

/// `warnings.name`, which is the program's to change; `None` where the module or the attribute is
/// missing. `try_import` says whether the module is to be imported. May run Python.
pub(super) fn of_warnings_module(name: &Str, try_import: bool) -> PyResult<Option<Ref>> {
    let interpreter = Interpreter::current();
    let module = if try_import && !interpreter.finalizing.get() && !interpreter.importlib.is_empty()
    {
        match import::import("warnings") {
            Ok(module) => Some(module),
            Err(error) if error.is_instance(&exceptions::IMPORT_ERROR) => None,
            Err(error) => return Err(error),
        }
    } else {
        match interpreter.modules.get() {
            Some(modules) => object::get_item_opt(&modules, id!(warnings).as_object())?,
            None => None,
        }
    };
    match module {
        Some(module) if !none::is_none(&module) => object::get_attr_opt(&module, name),
        _ => Ok(None),
    }
}

/// `warnings.filters`.
fn global_filters() -> PyResult<Ref<List>> {
    let state = state::get();
    if let Some(filters) = of_warnings_module(id!(filters), false)? {
        state.filters.set(Some(filters));
    }
    match state.filters.get().map(|filters| filters.downcast_ref::<List>()) {
        Some(Ok(filters)) => Ok(filters),
        _ => Err(value_error!("_warnings.filters must be a list")),
    }
}

/// The filters of the running context, where `catch_warnings` has set some.
fn context_filters() -> PyResult<Option<Ref<List>>> {
    let Some(variable) = state::get().context.get().filter(|context| !none::is_none(context))
    else {
        return Ok(None);
    };
    let none = none::none_object();
    let context = call::call_method(&variable, id!(get), &[none])?;
    if none::is_none(&context) {
        return Ok(None);
    }
    match object::get_attr(&context, id!(_filters))?.downcast_ref::<List>() {
        Ok(filters) => Ok(Some(filters)),
        Err(_) => Err(value_error!("_filters of warnings._warnings_context must be a list")),
    }
}

/// `warnings.defaultaction`.
fn default_action() -> PyResult<Ref<Str>> {
    let state = state::get();
    if let Some(action) = of_warnings_module(id!(defaultaction), false)? {
        match action.downcast_ref::<Str>() {
            Ok(action) => state.default_action.set(Some(action)),
            Err(other) => {
                return Err(type_error!(
                    "_warnings.defaultaction must be a string, not '{:.200}'",
                    other.type_name()
                ));
            }
        }
    }
    Ok(state.default_action.get().unwrap_or_else(|| id!(default).to_ref()))
}

/// `warnings.onceregistry`.
pub(super) fn once_registry() -> PyResult<Ref<Dict>> {
    let state = state::get();
    if let Some(registry) = of_warnings_module(id!(onceregistry), false)? {
        match registry.downcast_ref::<Dict>() {
            Ok(registry) => state.once_registry.set(Some(registry)),
            Err(other) => {
                return Err(type_error!(
                    "_warnings.onceregistry must be a dict, not '{:.200}'",
                    other.type_name()
                ));
            }
        }
    }
    Ok(state.once_registry.get().unwrap_or_else(Dict::new))
}

/// The action for a warning, and the filter that names it (`None`: no filter does).
pub(super) fn find(
    category: &Object,
    text: &Object,
    lineno: i32,
    module: &Object,
) -> PyResult<(Ref<Str>, Ref)> {
    let (filters, name) = match context_filters()? {
        Some(filters) => (filters, "_warnings_context _filters"),
        None => (global_filters()?, "filters"),
    };
    if let Some(found) = search(&filters, name, category, text, lineno, module)? {
        return Ok(found);
    }
    Ok((default_action()?, none::none()))
}

fn search(
    filters: &List,
    name: &str,
    category: &Object,
    text: &Object,
    lineno: i32,
    module: &Object,
) -> PyResult<Option<(Ref<Str>, Ref)>> {
    let mut index = 0;
    // A pattern's `match` may change the list.
    while let Some(item) = filters.get(index) {
        let parts = item.downcast::<Tuple>().map_or(&[] as &[Ref], Tuple::items);
        let [action, message, class, source, line] = parts else {
            return Err(value_error!("warnings.{name} item {index} isn't a 5-tuple"));
        };
        let Some(action) = action.downcast::<Str>() else {
            return Err(type_error!("action must be a string, not '{:.200}'", action.type_name()));
        };
        let good_message = accepts(message, text)?;
        let good_module = accepts(source, module)?;
        let good_class = object::is_subclass(category, class)?;
        let line = number::index_as_ssize(line)?;
        let good_line = line == 0 || line == lineno as isize;
        if good_message && good_module && good_class && good_line {
            return Ok(Some((action.to_ref(), item.clone())));
        }
        index += 1;
    }
    Ok(None)
}

/// Whether a filter's pattern accepts a text: equality for the built-in filters' strings, otherwise
/// what the pattern's `match` says.
fn accepts(pattern: &Object, text: &Object) -> PyResult<bool> {
    if none::is_none(pattern) {
        return Ok(true);
    }
    if let Some(pattern) = pattern.downcast_exact::<Str>() {
        return match text.downcast::<Str>() {
            Some(text) => Ok(pattern.equals(text)),
            None => Err(type_error!(
                "Can't compare {:.200} and {:.200}",
                pattern.as_object().type_name(),
                text.type_name()
            )),
        };
    }
    let found = call::call_method(pattern, id!("match"), &[text])?;
    object::is_true(&found)
}
