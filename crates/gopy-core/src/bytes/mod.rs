//! `bytes`: immutable bytes, inline.
//!
//! Answers to `Objects/bytesobject.c` and `Objects/bytes_methods.c`.

pub mod common;
mod iter;
mod make;
mod methods;
pub mod percent;
mod slots;

use std::cell::Cell;
use std::ptr;

use gopy_macros::pyclass;
use gopy_object::{GilCell, Instance, Object, PyResult, Ref, Type, gc, memory};

use crate::error::memory_error;
pub use iter::{BYTES_ITER, BytesIter};
pub use make::{collect_bytes, from_object};

/// The head of a `bytes`; the bytes and a zero follow.
#[pyclass(name = "bytes", static = BYTES, basicsize = 33, itemsize = 1,
    flags(BASETYPE, BYTES_SUBCLASS, MATCH_SELF), manual_traverse)]
#[repr(C)]
pub struct Bytes {
    object: Object,
    length: usize,
    hash: Cell<isize>,
}

gopy_object::leaf_traverse!(Bytes);

const _: () = assert!(size_of::<Bytes>() == 32);

#[repr(C)]
struct StaticBytes {
    head: Bytes,
    data: [u8; 8],
}

const fn static_head(length: usize) -> Bytes {
    Bytes { object: Object::static_header(&BYTES), length, hash: Cell::new(-1) }
}

static EMPTY: GilCell<StaticBytes> =
    GilCell::new(StaticBytes { head: static_head(0), data: [0; 8] });
static CHARACTERS: GilCell<[StaticBytes; 256]> = GilCell::new({
    let mut table = std::mem::MaybeUninit::<[StaticBytes; 256]>::uninit();
    let first = table.as_mut_ptr().cast::<StaticBytes>();
    let mut index = 0;
    while index < 256 {
        let data = [index as u8, 0, 0, 0, 0, 0, 0, 0];
        // SAFETY: within the array.
        unsafe { first.add(index).write(StaticBytes { head: static_head(1), data }) };
        index += 1;
    }
    // SAFETY: every element has been written.
    unsafe { table.assume_init() }
});

fn of_static(bytes: &'static StaticBytes) -> &'static Bytes {
    // SAFETY: `repr(C)`: the whole static begins with its head, and the pointer covers the data.
    unsafe { &*ptr::from_ref(bytes).cast::<Bytes>() }
}

/// The immortal `bytes` of one byte.
#[inline]
pub fn character(byte: u8) -> &'static Bytes {
    of_static(&CHARACTERS.get()[usize::from(byte)])
}

impl Bytes {
    /// The `bytes` with this content.
    ///
    /// # Errors
    ///
    /// `MemoryError`.
    pub fn new(bytes: &[u8]) -> PyResult<Ref<Bytes>> {
        match bytes {
            [] => Ok(Bytes::empty()),
            [byte] => Ok(character(*byte).to_ref()),
            _ => Bytes::of_type(&BYTES, bytes),
        }
    }

    /// As [`Bytes::new`], but one byte too is an object of its own: what CPython allocates first and
    /// fills later is not among its shared objects, which shows in marshal's references.
    ///
    /// # Errors
    ///
    /// `MemoryError`.
    pub fn new_unshared(bytes: &[u8]) -> PyResult<Ref<Bytes>> {
        if bytes.is_empty() { Ok(Bytes::empty()) } else { Bytes::of_type(&BYTES, bytes) }
    }

    /// `b''`.
    pub fn empty() -> Ref<Bytes> {
        of_static(EMPTY.get()).to_ref()
    }

    /// An instance of `bytes` or of a subclass.
    pub(crate) fn of_type(ty: &Type, bytes: &[u8]) -> PyResult<Ref<Bytes>> {
        // SAFETY: written at once.
        let object = unsafe { Bytes::uninit(ty, bytes.len())? };
        // SAFETY: room for so many bytes was made.
        unsafe { object.data().copy_from_nonoverlapping(bytes.as_ptr(), bytes.len()) };
        Ok(gc::tracked_if_collected(object))
    }

    /// An instance whose bytes are yet to be written.
    ///
    /// # Safety
    ///
    /// The caller writes all bytes before anybody else sees the object.
    pub(crate) unsafe fn uninit(ty: &Type, length: usize) -> PyResult<Ref<Bytes>> {
        if length > isize::MAX as usize - 256 {
            return Err(memory_error());
        }
        let head = Bytes { object: Object::header(ty), length, hash: Cell::new(-1) };
        let object = memory::alloc_tail(ty, head, length + 1)?;
        // SAFETY: the byte behind the content.
        unsafe { object.data().add(length).write(0) };
        Ok(object)
    }

    #[inline(always)]
    fn data(&self) -> *mut u8 {
        ptr::from_ref(self).cast_mut().wrapping_add(1).cast()
    }

    /// The content.
    #[inline(always)]
    pub fn as_slice(&self) -> &[u8] {
        // SAFETY: `length` bytes follow the head in the same allocation.
        unsafe { std::slice::from_raw_parts(self.data(), self.length) }
    }
}

static WARN_COMPARISONS: GilCell<Cell<bool>> = GilCell::new(Cell::new(false));

/// Sets whether `bytes` warn when they meet `str` or `int` (`-b`).
pub fn set_bytes_warning(warn: bool) {
    WARN_COMPARISONS.get().set(warn);
}

/// Whether they do.
pub fn bytes_warning() -> bool {
    WARN_COMPARISONS.get().get()
}
