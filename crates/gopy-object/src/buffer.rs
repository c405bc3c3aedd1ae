//! The buffer protocol's plain data.
//!
//! Answers to `Include/cpython/object.h` (`Py_buffer`) and `Objects/abstract.c`; memoryview is in
//! gopy-core.

use std::borrow::Cow;
use std::ffi::CStr;

use crate::object::Object;
use crate::refs::Ref;

/// What a consumer asks an exporter for: the `PyBUF_*` bits.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct BufferRequest(pub u32);

impl BufferRequest {
    /// Contiguous bytes, read-only accepted.
    pub const SIMPLE: BufferRequest = BufferRequest(0);
    /// The memory must be writable.
    pub const WRITABLE: BufferRequest = BufferRequest(1);
    /// A format string is wanted.
    pub const FORMAT: BufferRequest = BufferRequest(4);
    /// A shape is wanted.
    pub const ND: BufferRequest = BufferRequest(8);
    /// Strides are understood.
    pub const STRIDES: BufferRequest = BufferRequest(0x10 | 8);
    /// C order is required.
    pub const C_CONTIGUOUS: BufferRequest = BufferRequest(0x20 | 0x10 | 8);
    /// Fortran order is required.
    pub const F_CONTIGUOUS: BufferRequest = BufferRequest(0x40 | 0x10 | 8);
    /// Either order.
    pub const ANY_CONTIGUOUS: BufferRequest = BufferRequest(0x80 | 0x10 | 8);
    /// Suboffsets are understood.
    pub const INDIRECT: BufferRequest = BufferRequest(0x100 | 0x10 | 8);
    /// Everything, read-only accepted.
    pub const FULL_RO: BufferRequest = BufferRequest(0x100 | 0x10 | 8 | 4);
    /// Everything, writable.
    pub const FULL: BufferRequest = BufferRequest(0x100 | 0x10 | 8 | 4 | 1);
    /// C-contiguous, read-only accepted.
    pub const CONTIG_RO: BufferRequest = BufferRequest(8);

    /// Whether all bits of `other` are asked for.
    pub fn has(self, other: BufferRequest) -> bool {
        self.0 & other.0 == other.0
    }
}

/// An export: memory that stays where it is until the buffer is dropped.
///
/// Dropping it tells the exporter (`release`), then releases the exporter. May run Python.
pub struct Buffer {
    /// The exporter.
    pub owner: Option<Ref>,
    /// First byte of the logical structure.
    pub data: *mut u8,
    /// Product of the shape times the item size, in bytes.
    pub len: usize,
    /// Bytes of one item.
    pub itemsize: usize,
    /// Whether the memory must not be written.
    pub readonly: bool,
    /// `struct` format of an item; `None` stands for `"B"`.
    pub format: Option<Cow<'static, CStr>>,
    /// Lengths by dimension; `None` where the consumer did not ask.
    pub shape: Option<Vec<isize>>,
    /// Distances by dimension in bytes; `None` for C order.
    pub strides: Option<Vec<isize>>,
    /// Indirections by dimension.
    pub suboffsets: Option<Vec<isize>>,
    /// Number of dimensions.
    pub ndim: usize,
    /// A word for the exporter.
    pub internal: usize,
}

impl Buffer {
    /// A buffer of plain bytes, as `PyBuffer_FillInfo` makes it. `None` when `request` wants to
    /// write and `readonly` is set.
    pub fn bytes(
        owner: Ref,
        data: *mut u8,
        len: usize,
        readonly: bool,
        request: BufferRequest,
    ) -> Option<Buffer> {
        if readonly && request.has(BufferRequest::WRITABLE) {
            return None;
        }
        Some(Buffer {
            owner: Some(owner),
            data,
            len,
            itemsize: 1,
            readonly,
            format: request.has(BufferRequest::FORMAT).then_some(Cow::Borrowed(c"B")),
            shape: request.has(BufferRequest::ND).then(|| vec![len as isize]),
            strides: request.has(BufferRequest::STRIDES).then(|| vec![1]),
            suboffsets: None,
            ndim: 1,
            internal: 0,
        })
    }

    /// The exporter.
    pub fn exporter(&self) -> Option<&Object> {
        self.owner.as_deref()
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        if let Some(owner) = self.owner.take()
            && let Some(release) = owner.type_().slots.buffer.release.get()
        {
            release(&owner, self);
        }
    }
}
