//! IMPORT_NAME and IMPORT_FROM.
//!
//! Answers to `import_name` and `_PyEval_ImportFrom` of `Python/ceval.c`.

use gopy_core::call;
use gopy_core::error::import_error as import_error_text;
use gopy_core::exceptions::{self, IMPORT_ERROR};
use gopy_core::id;
use gopy_core::none;
use gopy_core::object;
use gopy_core::str::Str;
use gopy_object::{Exception, Instance, Object, PyResult, thread};

use super::names;
use crate::frame::FrameRef;

/// Calls `__import__`.
///
/// # Errors
///
/// `ImportError` where builtins lack it; what importing raises.
#[inline(never)]
pub fn import_name(frame: FrameRef, name: &Str, fromlist: &Object, level: &Object) -> PyResult {
    let Some(import) = names::mapping_get(frame.builtins(), id!(__import__))? else {
        return Err(import_error_text!("__import__ not found"));
    };
    let none = none::none();
    let locals = frame.locals().map_or(none, Instance::to_ref);
    let globals = frame.globals().as_object().to_ref();
    call::call(&import, &[name.as_object(), &globals, &locals, fromlist, level])
}

/// An attribute of a module, or a submodule that its package does not know yet.
///
/// # Errors
///
/// `ImportError` with what is known of the module.
#[inline(never)]
pub fn import_from(module: &Object, name: &Str) -> PyResult {
    if let Some(found) = object::get_attr_opt(module, name)? {
        return Ok(found);
    }
    let package = object::get_attr_opt(module, id!(__name__))?;
    if let Some(package) = package.as_ref().and_then(|package| package.downcast::<Str>()) {
        let full = Str::new(&format!("{package}.{name}"));
        if let Some(modules) = thread().interpreter().modules.get()
            && let Some(found) = object::get_item_opt(&modules, full.as_object())?
        {
            return Ok(found);
        }
    }
    Err(cannot_import(module, package.as_deref(), name))
}

#[cold]
fn cannot_import(module: &Object, package: Option<&Object>, name: &Str) -> Exception {
    match describe(module, package, name) {
        Ok(error) => error,
        Err(error) => error,
    }
}

fn describe(module: &Object, package: Option<&Object>, name: &Str) -> PyResult<Exception> {
    let unknown = Str::new("<unknown module name>");
    let package = package.filter(|package| package.downcast::<Str>().is_some());
    let package = package.unwrap_or(unknown.as_object());
    let spec = object::get_attr_opt(module, id!(__spec__))?;
    let mut origin = None;
    let mut initializing = false;
    if let Some(spec) = spec.filter(|spec| !none::is_none(spec)) {
        let has_location = object::get_attr_opt(&spec, id!(has_location))?;
        let located = match has_location {
            Some(value) => object::is_true(&value)?,
            None => false,
        };
        if located {
            origin = object::get_attr_opt(&spec, id!(origin))?
                .filter(|origin| origin.downcast::<Str>().is_some());
        }
        if let Some(value) = object::get_attr_opt(&spec, id!(_initializing))? {
            initializing = object::is_true(&value)?;
        }
    }
    if origin.is_none() {
        origin = object::get_attr_opt(module, id!(__file__))?
            .filter(|origin| origin.downcast::<Str>().is_some());
    }
    let shown_name = object::repr(name.as_object())?;
    let shown_package = object::repr(package)?;
    let message = match &origin {
        None => {
            format!("cannot import name {shown_name} from {shown_package} (unknown location)")
        }
        Some(origin) => {
            let origin = object::str(origin)?;
            if initializing {
                format!(
                    "cannot import name {shown_name} from partially initialized module \
                     {shown_package} (most likely due to a circular import) ({origin})"
                )
            } else {
                format!("cannot import name {shown_name} from {shown_package} ({origin})")
            }
        }
    };
    let error = exceptions::import_error(&IMPORT_ERROR, &message, Some(package), origin.as_deref());
    object::set_attr(error.value().as_object(), id!(name_from), name.as_object())?;
    Ok(error)
}
