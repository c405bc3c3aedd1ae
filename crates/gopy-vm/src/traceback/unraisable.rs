//! Exceptions that nobody can handle: what `sys.unraisablehook` writes as it is made.
//!
//! Answers to `write_unraisable_exc_file` of `Python/errors.c`. The library's `traceback` is not asked.

use gopy_core::traceback::Traceback;
use gopy_core::{call, id, none, object};
use gopy_object::{Instance, Object, PyResult, Type};

use super::file::{write, write_text};
use super::print;

/// Writes the report: what was going on (`message`, and the `object` it is about), and the exception.
/// May run Python.
///
/// # Errors
///
/// What writing raises.
pub fn write_unraisable(
    ty: &Object,
    value: &Object,
    traceback: &Object,
    message: Option<&Object>,
    about: Option<&Object>,
    file: &Object,
) -> PyResult<()> {
    if let Some(about) = about {
        match message {
            Some(message) => {
                write(message, file)?;
                write_text(": ", file)?;
            }
            None => write_text("Exception ignored in: ", file)?,
        }
        match object::repr(about) {
            Ok(repr) => write(repr.as_object(), file)?,
            Err(_) => write_text("<object repr() failed>", file)?,
        }
        write_text("\n", file)?;
    } else if let Some(message) = message {
        write(message, file)?;
        write_text(":\n", file)?;
    }
    if let Some(traceback) = traceback.downcast::<Traceback>() {
        print::print_traceback(traceback, file)?;
    }
    let Some(ty) = ty.downcast::<Type>() else { return Ok(()) };
    print::print_type(ty, file)?;
    if !none::is_none(value) {
        match object::str(value) {
            Ok(text) => {
                write_text(": ", file)?;
                write(text.as_object(), file)?;
            }
            Err(_) => write_text(": <exception str() failed>", file)?,
        }
    }
    write_text("\n", file)?;
    call::call_method(file, id!(flush), &[]).map(drop)
}
