//! `import`: what the statement and the functions that import from native code do.
//!
//! Answers to `Python/import.c`. The machinery itself is `importlib._bootstrap`, unmodified; the
//! module `_imp` that it stands on is in [`imp`], the modules made from native code in [`native`], the
//! frozen ones in [`frozen`].

pub mod frozen;
mod imp;
pub mod native;
mod times;

use gopy_core::dict::Dict;
use gopy_core::error::{import_error, key_error_text, raise_text, type_error, value_error};
use gopy_core::str::{self, Str};
use gopy_core::traceback::Traceback;
use gopy_core::{call, exceptions, id, none, object, warnings};
use gopy_object::{BaseException, Exception, Instance, Interpreter, Object, PyResult, Ref};

use crate::lifecycle::config;
use crate::sys;
use crate::{builtins, execution};

pub use imp::module::MODULE as IMP_MODULE;

/// `sys.modules`.
fn modules() -> PyResult {
    match Interpreter::current().modules.get() {
        Some(modules) => Ok(modules),
        None => Err(gopy_core::error::runtime_error!("unable to get sys.modules")),
    }
}

/// `sys.modules.get(name)`.
///
/// # Errors
///
/// What a mapping that a program has put there raises.
pub fn loaded(name: &Str) -> PyResult<Option<Ref>> {
    let modules = modules()?;
    match modules.downcast_exact::<Dict>() {
        Some(dict) => dict.get_item(name.as_object()),
        None => object::get_item_opt(&modules, name.as_object()),
    }
}

fn importlib() -> PyResult {
    match Interpreter::current().importlib.get() {
        Some(importlib) => Ok(importlib),
        None => Err(import_error!("importlib is not there yet")),
    }
}

/// The module of an absolute dotted name, as `importlib.import_module` gives it. May run Python.
///
/// # Errors
///
/// What importing raises.
pub fn import_module(name: &str) -> PyResult {
    let name = str::interned(name);
    // What is returned does not matter: the module is looked up by its name.
    let fromlist = gopy_core::list::List::new();
    let globals = execution::globals();
    let import = match execution::builtins() {
        Some(builtins) => object::get_item_opt(&builtins, id!(__import__).as_object())?,
        None => None,
    };
    let Some(import) = import else {
        return import_level(name.as_object(), None, Some(fromlist.as_object()), 0);
    };
    let globals = globals.map_or_else(none::none, Ref::upcast);
    let level = gopy_core::int::Int::from_i64(0);
    let args: [&Object; 5] =
        [name.as_object(), &globals, &globals, fromlist.as_object(), level.as_object()];
    call::call(&import, &args)?;
    match loaded(&name)? {
        Some(module) => Ok(module),
        None => Err(exceptions::key_error(name.as_object())),
    }
}

/// `__import__(name, globals, locals, fromlist, level)`. May run Python.
///
/// # Errors
///
/// What importing raises.
pub fn import_level(
    name: &Object,
    globals: Option<&Object>,
    fromlist: Option<&Object>,
    level: i32,
) -> PyResult {
    import_level_untrimmed(name, globals, fromlist, level).map_err(remove_importlib_frames)
}

fn import_level_untrimmed(
    name: &Object,
    globals: Option<&Object>,
    fromlist: Option<&Object>,
    level: i32,
) -> PyResult {
    let Some(name) = name.downcast::<Str>() else {
        return Err(type_error!("module name must be a string"));
    };
    if level < 0 {
        return Err(value_error!("level must be >= 0"));
    }
    let absolute = if level > 0 {
        resolve(name, globals, level)?
    } else {
        if name.is_empty() {
            return Err(value_error!("Empty module name"));
        }
        name.to_ref()
    };
    let module = match loaded(&absolute)? {
        Some(module) if !none::is_none(&module) => {
            ensure_initialized(&module, &absolute)?;
            if config().import_time > 1 {
                times::show_loaded(&absolute);
            }
            module
        }
        _ => find_and_load(&absolute)?,
    };
    let has_from = match fromlist {
        Some(fromlist) if !none::is_none(fromlist) => object::is_true(fromlist)?,
        _ => false,
    };
    if has_from {
        if !object::has_attr(&module, id!(__path__))? {
            return Ok(module);
        }
        let fromlist = fromlist.unwrap_or(none::none_object());
        let import = import_function()?;
        return call::call_method(
            &*importlib()?,
            id!(_handle_fromlist),
            &[&module, fromlist, &import],
        );
    }
    if level > 0 && name.is_empty() {
        return Ok(module);
    }
    let Some(dot) = name.units().iter().position(|code| code == u32::from('.')) else {
        return Ok(module);
    };
    if level == 0 {
        return import_level_untrimmed(name.slice(0, dot).as_object(), None, None, 0);
    }
    let kept = absolute.len() - (name.len() - dot);
    let package = absolute.slice(0, kept);
    match loaded(&package)? {
        Some(module) => Ok(module),
        None => Err(key_error_text!(
            "{} not in sys.modules as expected",
            object::repr(package.as_object())?
        )),
    }
}

/// `builtins.__import__`, which programs replace.
fn import_function() -> PyResult {
    builtins::get(id!(__import__))
}

/// Waits for the thread that is importing the module, if one is.
fn ensure_initialized(module: &Object, name: &Str) -> PyResult<()> {
    let Some(spec) = object::get_attr_opt(module, id!(__spec__))? else { return Ok(()) };
    let initializing = match object::get_attr_opt(&spec, id!(_initializing))? {
        Some(value) => object::is_true(&value)?,
        None => false,
    };
    if initializing {
        call::call_method(&*importlib()?, id!(_lock_unlock_module), &[name.as_object()])?;
    }
    Ok(())
}

fn find_and_load(name: &Str) -> PyResult {
    let or_none =
        |found: PyResult<Option<Ref>>| -> PyResult { Ok(found?.unwrap_or_else(none::none)) };
    let path = or_none(sys::get_opt(id!(path)))?;
    let meta_path = or_none(sys::get_opt(&str::interned("meta_path")))?;
    let path_hooks = or_none(sys::get_opt(&str::interned("path_hooks")))?;
    sys::audit::audit(
        "import",
        &[name.as_object(), none::none_object(), &path, &meta_path, &path_hooks],
    )?;
    let import = import_function()?;
    let load = || {
        let importlib = importlib()?;
        call::call_method(&importlib, id!(_find_and_load), &[name.as_object(), &import])
    };
    if config().import_time > 0 { times::measure(name, load) } else { load() }
}

#[cold]
fn no_parent() -> Exception {
    import_error!("attempted relative import with no known parent package")
}

/// The absolute name of a relative import.
fn resolve(name: &Str, globals: Option<&Object>, level: i32) -> PyResult<Ref<Str>> {
    let no_name = || raise_text(&exceptions::KEY_ERROR, Str::new("'__name__' not in globals"));
    let Some(globals) = globals.filter(|globals| !none::is_none(globals)) else {
        return Err(no_name());
    };
    let Some(globals) = globals.downcast::<Dict>() else {
        return Err(type_error!("globals must be a dict"));
    };
    let present = |name: &Str| -> PyResult<Option<Ref>> {
        Ok(globals.get_str(name)?.filter(|value| !none::is_none(value)))
    };
    let package = present(id!(__package__))?;
    let spec = present(id!(__spec__))?;
    let package = match (package, spec) {
        (Some(package), spec) => {
            let Ok(package) = package.downcast_ref::<Str>() else {
                return Err(type_error!("package must be a string"));
            };
            if let Some(spec) = spec {
                let parent = object::get_attr(&spec, id!(parent))?;
                if !object::eq(package.as_object(), &parent)? {
                    warnings::warn(
                        &exceptions::DEPRECATION_WARNING,
                        "__package__ != __spec__.parent",
                        1,
                    )?;
                }
            }
            package
        }
        (None, Some(spec)) => match object::get_attr(&spec, id!(parent))?.downcast_ref::<Str>() {
            Ok(parent) => parent,
            Err(_) => return Err(type_error!("__spec__.parent must be a string")),
        },
        (None, None) => {
            warnings::warn(
                &exceptions::IMPORT_WARNING,
                "can't resolve package from __spec__ or __package__, falling back on __name__ and \
                 __path__",
                1,
            )?;
            let Some(name) = globals.get_str(id!(__name__))? else { return Err(no_name()) };
            let Ok(name) = name.downcast_ref::<Str>() else {
                return Err(type_error!("__name__ must be a string"));
            };
            if globals.get_str(id!(__path__))?.is_some() {
                name
            } else {
                match last_dot(&name, name.len()) {
                    Some(dot) => name.slice(0, dot),
                    None => return Err(no_parent()),
                }
            }
        }
    };
    if package.is_empty() {
        return Err(no_parent());
    }
    let mut end = package.len();
    for _ in 1..level {
        match last_dot(&package, end) {
            Some(dot) => end = dot,
            None => {
                return Err(import_error!("attempted relative import beyond top-level package"));
            }
        }
    }
    let base = package.slice(0, end);
    if name.is_empty() {
        return Ok(base);
    }
    base.concat(id!("."))?.concat(name)
}

fn last_dot(name: &Str, end: usize) -> Option<usize> {
    (0..end).rev().find(|index| name.char_at(*index) == u32::from('.'))
}

/// Cuts the machinery's own frames out of a traceback: all that surround an `ImportError`, else those
/// that lead to the imported module's code.
#[cold]
fn remove_importlib_frames(error: Exception) -> Exception {
    if config().verbose > 0 {
        return error;
    }
    let always = error.is_instance(&exceptions::IMPORT_ERROR);
    let value = error.into_value();
    if let Err(other) = trim(&value, always) {
        return other;
    }
    Exception::resume(value)
}

fn trim(exception: &BaseException, always: bool) -> PyResult<()> {
    let first = exception.traceback.get().and_then(|first| first.downcast_ref::<Traceback>().ok());
    let mut entries = Vec::new();
    let mut next = first;
    while let Some(entry) = next {
        next = entry.next.get();
        entries.push(entry);
    }
    // A run of the machinery's frames goes if the last of them is the one that runs module code.
    let mut kept = Vec::new();
    let mut run = Vec::new();
    let mut removable = false;
    for entry in entries {
        let code = object::get_attr(&entry.frame, &str::interned("f_code"))?;
        let file = object::get_attr(&code, id!(co_filename))?;
        let machinery = file.downcast::<Str>().is_some_and(|file| {
            file.eq_str("<frozen importlib._bootstrap>")
                || file.eq_str("<frozen importlib._bootstrap_external>")
        });
        if !machinery {
            kept.append(&mut run);
            removable = false;
            kept.push(entry);
            continue;
        }
        let name = object::get_attr(&code, id!(co_name))?;
        removable |= always
            || name.downcast::<Str>().is_some_and(|name| name.eq_str("_call_with_frames_removed"));
        run.push(entry);
        if removable {
            run.clear();
        }
    }
    kept.append(&mut run);
    let mut next: Option<Ref<Traceback>> = None;
    for entry in kept.into_iter().rev() {
        entry.next.set(next);
        next = Some(entry);
    }
    exception.traceback.set(next.map(Ref::upcast));
    Ok(())
}
