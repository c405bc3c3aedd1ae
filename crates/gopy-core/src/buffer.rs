//! The buffer protocol.
//!
//! Answers to the buffer part of `Objects/abstract.c`.

use gopy_object::buffer::{Buffer, BufferRequest};
use gopy_object::{Object, PyResult};

use crate::error::{buffer_error, type_error};

/// Whether the object exports its memory.
pub fn has_buffer(o: &Object) -> bool {
    o.type_().slots.buffer.get.get().is_some()
}

/// An export of the object's memory. May run Python.
///
/// # Errors
///
/// `TypeError` where the object has no buffers; `BufferError` where it can't serve the request.
pub fn get(o: &Object, request: BufferRequest) -> PyResult<Buffer> {
    match o.type_().slots.buffer.get.get() {
        Some(get) => get(o, request),
        None => Err(type_error!("a bytes-like object is required, not '{:.100}'", o.type_name())),
    }
}

/// A contiguous, readable export (`PyBUF_SIMPLE`). May run Python.
///
/// # Errors
///
/// As [`get`].
pub fn bytes_like(o: &Object) -> PyResult<Buffer> {
    get(o, BufferRequest::SIMPLE)
}

/// The export of plain bytes that `owner` holds (`PyBuffer_FillInfo`).
///
/// # Errors
///
/// `BufferError` where the consumer wants to write to read-only memory.
pub fn fill_info(
    owner: &Object,
    data: *mut u8,
    len: usize,
    readonly: bool,
    request: BufferRequest,
) -> PyResult<Buffer> {
    let owner = gopy_object::Ref::from_borrow(owner);
    Buffer::bytes(owner, data, len, readonly, request)
        .ok_or_else(|| buffer_error!("Object is not writable."))
}

/// The bytes of a contiguous export.
pub fn as_slice(buffer: &Buffer) -> &[u8] {
    if buffer.len == 0 {
        return &[];
    }
    // SAFETY: an export keeps `len` bytes at `data` in place while it lives; writers are Python code or
    // detached copies, neither of which runs while the slice is used (callers copy before they enter
    // Python).
    unsafe { std::slice::from_raw_parts(buffer.data, buffer.len) }
}
