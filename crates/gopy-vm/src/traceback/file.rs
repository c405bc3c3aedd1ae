//! Writing to file objects and, where those fail, to the descriptor of stderr.
//!
//! Answers to the writing half of `Objects/fileobject.c` and `PySys_WriteStderr`.

use gopy_core::dict::Dict;
use gopy_core::str::Str;
use gopy_core::{call, id, none, object};
use gopy_object::{Instance, Interpreter, Object, PyResult, Ref};

/// An attribute of `sys`, as its dict has it.
pub(crate) fn sys_attribute(name: &Str) -> PyResult<Option<Ref>> {
    let sys = Interpreter::current().sys_dict.get();
    match sys.as_deref().and_then(|sys| sys.downcast::<Dict>()) {
        Some(sys) => sys.get_str(name),
        None => Ok(None),
    }
}

/// Sets an attribute of `sys`; failing to is nobody's concern.
pub(super) fn set_sys(name: &Str, value: &Object) {
    let sys = Interpreter::current().sys_dict.get();
    if let Some(sys) = sys.as_deref().and_then(|sys| sys.downcast::<Dict>()) {
        let _ = sys.set_str(name, value);
    }
}

/// `sys.stderr`.
pub(crate) fn stderr() -> PyResult<Option<Ref>> {
    sys_attribute(id!(stderr))
}

/// `file.write(str(value))`. May run Python.
pub(crate) fn write(value: &Object, file: &Object) -> PyResult<()> {
    let write = object::get_attr(file, id!(write))?;
    let text = object::str(value)?;
    call::call_one(&write, text.as_object()).map(drop)
}

/// `file.write(text)`. May run Python.
pub(crate) fn write_text(text: &str, file: &Object) -> PyResult<()> {
    write(Str::new(text).as_object(), file)
}

/// Writes to `sys.stderr`, or to the descriptor where that fails. May run Python.
pub(crate) fn write_stderr(text: &str) {
    let written = match stderr() {
        Ok(Some(stderr)) if !none::is_none(&stderr) => write_text(text, &stderr).is_ok(),
        _ => false,
    };
    if !written {
        write_to_descriptor(text.as_bytes());
    }
}

/// Writes to descriptor 2, as far as that is possible.
pub(crate) fn write_to_descriptor(text: &[u8]) {
    write_all(libc::STDERR_FILENO, text);
}

/// Writes to a descriptor; gives up silently. Safe in signal handlers.
pub(crate) fn write_all(descriptor: i32, mut text: &[u8]) {
    while !text.is_empty() {
        // SAFETY: the pointer and the length are those of a slice.
        let written = unsafe { libc::write(descriptor, text.as_ptr().cast(), text.len()) };
        match usize::try_from(written) {
            Ok(written) => text = &text[written.min(text.len())..],
            Err(_) if gopy_object::lock::errno() == libc::EINTR => {}
            Err(_) => return,
        }
    }
}
