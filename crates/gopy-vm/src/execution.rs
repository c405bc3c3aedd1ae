//! The running frame, as native functions ask for it.

use gopy_core::code::Code;
use gopy_core::dict::Dict;
use gopy_core::error::{system_error, value_error};
use gopy_core::list::List;
use gopy_core::mapping;
use gopy_object::{Instance, PyResult, Ref, thread};

use crate::frame::{self, FrameRef};
use crate::frame_object;

fn current() -> Option<FrameRef> {
    frame::current_complete(thread())
}

/// `globals()`; `None` where no Python code runs.
pub fn globals() -> Option<Ref<Dict>> {
    current().map(|frame| frame.globals().to_ref())
}

/// The builtins of the running frame.
pub fn builtins() -> Option<Ref> {
    current().map(|frame| frame.builtins().to_ref())
}

/// The code that is running.
pub fn code() -> Option<Ref<Code>> {
    current().map(|frame| frame.code().to_ref())
}

/// `locals()`.
///
/// # Errors
///
/// `SystemError` where no Python code runs.
pub fn locals() -> PyResult {
    match current() {
        Some(frame) => frame_object::locals(frame),
        None => Err(system_error!("frame does not exist")),
    }
}

/// `dir()`: the sorted names of the locals.
///
/// # Errors
///
/// As [`locals`].
pub fn local_names() -> PyResult {
    let locals = locals()?;
    let names: Ref<List> = mapping::keys(&locals)?;
    names.sort(None, false)?;
    Ok(names.upcast())
}

/// The frame object `depth` calls up.
///
/// # Errors
///
/// `ValueError` where the stack is not as deep.
pub fn frame_object(depth: i32) -> PyResult {
    let mut found = current();
    for _ in 0..depth.max(0) {
        found = found.and_then(|frame| frame::complete(frame.previous()));
    }
    match found {
        Some(frame) => Ok(frame_object::of(frame)?.upcast()),
        None => Err(value_error!("call stack is not deep enough")),
    }
}

/// What `anext(iterator, default)` gives: an awaitable that answers `default` at the end.
///
/// # Errors
///
/// `MemoryError`.
pub fn anext_awaitable(awaitable: Ref, default: Ref) -> PyResult {
    crate::generator::anext_awaitable(awaitable, default)
}
