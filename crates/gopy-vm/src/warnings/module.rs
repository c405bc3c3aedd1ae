//! The module `_warnings`.

use gopy_core::error::type_error;
use gopy_core::{exceptions, none, object};
use gopy_object::{Instance, Object, PyResult, Ref, Type};

/// The category of a call: that of the message, the one given, or `UserWarning`.
fn category_of(message: &Object, category: Option<&Object>) -> PyResult<Ref> {
    let warning = exceptions::WARNING.as_object();
    if object::is_instance(message, warning)? {
        return Ok(message.type_().to_ref().upcast());
    }
    let Some(category) = category.filter(|category| !none::is_none(category)) else {
        return Ok(exceptions::USER_WARNING.get().to_ref().upcast());
    };
    let is_warning = category.downcast::<Type>().is_some_and(|class| {
        // What `__subclasscheck__` raises is told as the same error.
        object::is_subclass(class.as_object(), warning).unwrap_or(false)
    });
    if !is_warning {
        return Err(type_error!(
            "category must be a Warning subclass, not '{}'",
            category.type_name()
        ));
    }
    Ok(category.to_ref())
}

#[gopy_macros::pymodule(name = "_warnings")]
pub mod module {
    use gopy_core::error::runtime_error;
    use gopy_core::str::Str;
    use gopy_core::tuple::Tuple;
    use gopy_core::{call, module, none, object};
    use gopy_object::{Instance, Object, PyResult, Ref};

    use super::super::{Warning, show, state, warn_at};
    use super::category_of;

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
        let prefixes = skip_file_prefixes.filter(|prefixes| !prefixes.is_empty());
        let level = if prefixes.is_some() { stacklevel.max(2) } else { stacklevel };
        warn_at(&category, message, level, source, prefixes)
    }

    #[pyfunction(
        "($module, /, message, category, filename, lineno, module=<unrepresentable>, registry=None, module_globals=None, source=None)"
    )]
    fn warn_explicit(
        message: &Object,
        category: &Object,
        filename: &Str,
        lineno: i32,
        module: Option<&Object>,
        registry: Option<&Object>,
        module_globals: Option<&Object>,
        source: Option<&Object>,
    ) -> PyResult<()> {
        let source_line = match module_globals {
            Some(globals) => show::loader_line(globals, lineno)?,
            None => None,
        };
        let _lock = state::get().lock();
        Warning {
            category: category.to_ref(),
            message: message.to_ref(),
            filename: filename.to_ref(),
            lineno,
            module: module.map(Instance::to_ref),
            registry: registry.map(Instance::to_ref),
            source_line,
            source: source.map(Instance::to_ref),
        }
        .issue()
    }

    #[pyfunction("($module, /)")]
    fn _filters_mutated_lock_held() -> PyResult<()> {
        let state = state::get();
        if !state.is_locked() {
            return Err(runtime_error!("warnings lock is not held"));
        }
        state.filters_version.set(state.filters_version.get() + 1);
        Ok(())
    }

    #[pyfunction("($module, /)")]
    fn _acquire_lock() {
        state::get().acquire();
    }

    #[pyfunction("($module, /)")]
    fn _release_lock() -> PyResult<()> {
        if state::get().release() {
            return Ok(());
        }
        Err(runtime_error!("cannot release un-acquired lock"))
    }

    /// The variable for context-aware warnings, of which an interpreter has one.
    fn context_variable() -> PyResult<Ref> {
        let state = state::get();
        if let Some(variable) = state.context.get() {
            return Ok(variable);
        }
        // Start-up makes this module before anything can be imported.
        let native = crate::import::native::create(&gopy_core::str::interned("_contextvars"))?;
        let Some(native) = native else { return Ok(none::none()) };
        crate::import::native::execute(native.as_object())?;
        let class = object::get_attr(native.as_object(), &gopy_core::str::interned("ContextVar"))?;
        let name = gopy_core::str::interned("_warnings_context");
        let variable = call::call_one(&class, name.as_object())?;
        state.context.set(Some(variable.clone()));
        Ok(variable)
    }

    #[pyexec]
    fn exec(module: &Object) -> PyResult<()> {
        let state = state::get();
        module::add(module, "filters", state.filters.get())?;
        module::add(module, "_onceregistry", state.once_registry.get())?;
        module::add(module, "_defaultaction", state.default_action.get())?;
        module::add(module, "_warnings_context", context_variable()?)
    }
}
