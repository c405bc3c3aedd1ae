//! Showing exceptions, and what an uncaught one does to the program.
//!
//! Answers to `Python/traceback.c` and the printing half of `Python/pythonrun.c`. As in CPython the
//! library's module `traceback` shows an exception where it can be imported ([`display`]); what is here
//! otherwise ([`print`]) is for start-up, shut-down and broken libraries, and shows less.

pub mod dump;
pub mod file;
pub mod print;
pub mod source;
mod unraisable;

use gopy_core::int::Int;
use gopy_core::traceback::Traceback;
use gopy_core::{call, exceptions, hooks, id, import, none, object};
use gopy_object::{BaseException, Exception, Instance, Interpreter, Object, PyResult, Ref};

pub use unraisable::write_unraisable;

/// Shows an exception on `sys.stderr`: `sys.excepthook` as it is made (`PyErr_Display`). May run Python.
pub fn display(value: &Object, traceback: &Object) {
    match file::stderr() {
        Ok(Some(stderr)) if none::is_none(&stderr) => {}
        Ok(Some(stderr)) => display_on(value, Some(traceback), &stderr),
        Ok(None) | Err(_) => {
            dump::object(value);
            file::write_to_descriptor(b"lost sys.stderr\n");
        }
    }
}

/// As [`display`], where the library can't do it, on `file` (`_PyErr_Display`). May run Python.
pub fn display_on(value: &Object, traceback: Option<&Object>, file: &Object) {
    if let Some(exception) = value.downcast::<BaseException>()
        && let Some(traceback) = traceback
        && traceback.downcast::<Traceback>().is_some()
        && exception.traceback.is_empty()
    {
        exception.traceback.set(Some(traceback.to_ref()));
    }
    if by_library(value).is_ok() {
        return;
    }
    if print::print_exception(value, file).is_err() {
        dump::object(value);
        file::write_to_descriptor(b"lost sys.stderr\n");
    }
    // Nobody could be told that flushing fails.
    let _ = call::call_method(file, id!(flush), &[]);
}

/// `traceback._print_exception_bltin(value)`.
fn by_library(value: &Object) -> PyResult<()> {
    if Interpreter::current().importlib.is_empty() {
        return Err(gopy_core::error::runtime_error!("nothing can be imported yet"));
    }
    let print = import::import_attr("traceback", "_print_exception_bltin")?;
    call::call_one(&print, value).map(drop)
}

/// Tells of an exception that nobody has caught, through `sys.excepthook` (`PyErr_PrintEx`); `inspect`
/// says that the interpreter goes on even after `SystemExit`. Where it is the wish of a `SystemExit` that
/// the program ends, the answer is its exit code. May run Python.
pub fn print_uncaught(exception: Exception, set_last: bool, inspect: bool) -> Option<i32> {
    let exception = match exit_code(exception, inspect) {
        Ok(code) => return Some(code),
        Err(exception) => exception.into_value(),
    };
    let value = exception.as_object();
    let class: Ref = value.type_().to_ref().upcast();
    let traceback = exception.traceback.get().unwrap_or_else(none::none);
    if set_last {
        file::set_sys(id!(last_exc), value);
        file::set_sys(id!(last_type), &class);
        file::set_sys(id!(last_value), value);
        file::set_sys(id!(last_traceback), &traceback);
    }
    let hook = file::sys_attribute(id!(excepthook)).unwrap_or_default();
    let shown = hook.as_deref().unwrap_or(none::none_object());
    if let Err(error) = (hooks::get().audit)("sys.excepthook", &[shown, &class, value, &traceback])
    {
        if error.is_instance(&exceptions::RUNTIME_ERROR) {
            return None;
        }
        let ignored = "Exception ignored in audit hook";
        (hooks::get().unraisable)(error.into_value(), Some(ignored), None);
    }
    let Some(hook) = hook else {
        file::write_stderr("sys.excepthook is missing\n");
        display(value, none::none_object());
        return None;
    };
    let Err(error) = call::call(&hook, &[&class, value, &traceback]) else { return None };
    let error = match exit_code(error, inspect) {
        Ok(code) => return Some(code),
        Err(error) => error.into_value(),
    };
    file::write_stderr("Error in sys.excepthook:\n");
    display(error.as_object(), none::none_object());
    file::write_stderr("\nOriginal exception was:\n");
    display(value, none::none_object());
    None
}

/// The exit code that a `SystemExit` asks for; a code that is neither an int nor `None` is shown on
/// `sys.stderr`. Other exceptions are handed back. May run Python.
///
/// # Errors
///
/// The exception that was handed in.
pub fn exit_code(exception: Exception, inspect: bool) -> Result<i32, Exception> {
    if inspect || !exception.is_instance(&exceptions::SYSTEM_EXIT) {
        return Err(exception);
    }
    let exception = exception.into_value().upcast();
    let shown = match object::get_attr(&exception, id!(code)) {
        Ok(code) => {
            if none::is_none(&code) {
                return Ok(0);
            }
            if let Some(code) = code.downcast::<Int>() {
                // CPython cuts what fits 64 bits and takes -1 for more.
                return Ok(code.to_i64().map_or(-1, |code| code as i32));
            }
            code
        }
        Err(_) => exception,
    };
    let text = object::str(&shown);
    match file::stderr() {
        Ok(Some(stderr)) if !none::is_none(&stderr) => {
            if let Ok(text) = text {
                let _ = file::write(text.as_object(), &stderr);
            }
        }
        Ok(_) => {
            if let Ok(text) = text {
                file::write_to_descriptor(text.to_string_lossy().as_bytes());
            }
        }
        Err(_) => {}
    }
    file::write_stderr("\n");
    Ok(1)
}
