//! `memoryview`.
//!
//! Answers to `Objects/memoryobject.c`.

#![allow(missing_docs, unused_variables)]

use gopy_object::buffer::{Buffer, BufferRequest};
use gopy_object::typeobj::GetBufferFn;
use gopy_object::{Object, PyResult, Ref};

/// A memoryview of what `get` exports of `object` (`_PyMemoryView_FromBufferProc`).
pub fn from_getbuffer(object: &Object, request: BufferRequest, get: GetBufferFn) -> PyResult {
    todo!()
}
/// A restricted memoryview of a buffer that is about to be released; it owns nothing
/// (`PyMemoryView_FromBuffer` with `_Py_MEMORYVIEW_RESTRICTED`).
pub fn from_buffer_restricted(buffer: &Buffer) -> PyResult {
    todo!()
}
pub fn is_memoryview(object: &Object) -> bool {
    todo!()
}
/// The exporter that a memoryview shows (`view.obj`).
pub fn owner(object: &Object) -> Option<Ref> {
    todo!()
}
/// Whether a memoryview has been released.
pub fn is_released(object: &Object) -> bool {
    todo!()
}
