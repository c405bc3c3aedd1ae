//! `memoryview`: a view of another object's memory.
//!
//! Answers to `Objects/memoryobject.c`. Items are converted in [`format`], what Python calls is in
//! [`methods`].
//!
//! Keeps true: all views of one export share a [`ManagedBuffer`], which keeps it alive; a view that
//! has been released refuses everything, and a view with exports of its own can't be released.

mod format;
mod methods;

pub use methods::MEMORY_ITER;

use std::cell::{Cell, RefCell};

use gopy_macros::pyclass;
use gopy_object::buffer::{Buffer, BufferRequest};
use gopy_object::typeobj::GetBufferFn;
use gopy_object::weakref::WeakList;
use gopy_object::{Instance, Object, PyResult, Ref, Slot, gc, memory};

use crate::error::{buffer_error, type_error, value_error};

/// Dimensions that a view may have.
const DIMENSIONS_MAX: usize = 64;

/// The export behind one or more views (`_PyManagedBuffer`).
#[pyclass(name = "managedbuffer", static = MANAGED_BUFFER, basicsize = 128,
    flags(HAVE_GC, DISALLOW_INSTANTIATION), no_methods, no_slots, manual_traverse)]
#[repr(C)]
pub struct ManagedBuffer {
    object: Object,
    buffer: RefCell<Option<Buffer>>,
    exports: Cell<usize>,
}

impl gopy_object::Traverse for ManagedBuffer {
    fn traverse(&self, visit: &mut gopy_object::Visitor<'_>) {
        if let Ok(buffer) = self.buffer.try_borrow()
            && let Some(owner) = buffer.as_ref().and_then(Buffer::exporter)
        {
            visit(owner);
        }
    }

    fn clear(&self) {
        drop(self.buffer.take());
    }
}

/// The geometry of a view: plain data.
#[derive(Clone)]
pub(crate) struct Layout {
    data: *mut u8,
    len: usize,
    itemsize: usize,
    readonly: bool,
    format: Vec<u8>,
    shape: Vec<isize>,
    strides: Vec<isize>,
    suboffsets: Option<Vec<isize>>,
}

impl Layout {
    fn of(buffer: &Buffer) -> Layout {
        let ndim = buffer.ndim;
        let shape = buffer.shape.clone().unwrap_or_else(|| {
            if ndim == 0 {
                Vec::new()
            } else {
                vec![(buffer.len / buffer.itemsize.max(1)) as isize]
            }
        });
        let strides =
            buffer.strides.clone().unwrap_or_else(|| contiguous_strides(&shape, buffer.itemsize));
        Layout {
            data: buffer.data,
            len: buffer.len,
            itemsize: buffer.itemsize,
            readonly: buffer.readonly,
            format: buffer.format.as_ref().map_or_else(|| b"B".to_vec(), |f| f.to_bytes().to_vec()),
            shape,
            strides,
            suboffsets: buffer.suboffsets.clone(),
        }
    }

    fn ndim(&self) -> usize {
        self.shape.len()
    }

    fn is_c_contiguous(&self) -> bool {
        if self.suboffsets.is_some() {
            return false;
        }
        self.len == 0 || self.matches_strides(&contiguous_strides(&self.shape, self.itemsize))
    }

    fn is_f_contiguous(&self) -> bool {
        if self.suboffsets.is_some() {
            return false;
        }
        let mut expected = Vec::with_capacity(self.ndim());
        let mut stride = self.itemsize as isize;
        for length in &self.shape {
            expected.push(stride);
            stride *= length;
        }
        self.len == 0 || self.matches_strides(&expected)
    }

    /// Strides of dimensions of length one don't matter.
    fn matches_strides(&self, expected: &[isize]) -> bool {
        self.shape.iter().zip(&self.strides).zip(expected).all(|((n, a), b)| *n <= 1 || a == b)
    }

    /// Where the item at `offset` bytes along dimension `dimension` is.
    fn step(&self, base: *mut u8, dimension: usize, index: isize) -> *mut u8 {
        let pointer = base.wrapping_offset(self.strides[dimension].wrapping_mul(index));
        match self.suboffsets.as_ref().map(|s| s[dimension]).filter(|offset| *offset >= 0) {
            None => pointer,
            Some(offset) => {
                // SAFETY: an exporter with suboffsets keeps pointers at these places.
                let inner = unsafe { pointer.cast::<*mut u8>().read_unaligned() };
                inner.wrapping_offset(offset)
            }
        }
    }

    /// All items' bytes in C order.
    fn gather(&self) -> Vec<u8> {
        if self.is_c_contiguous() {
            // SAFETY: the export keeps `len` bytes there; copied before anything else runs.
            return unsafe { std::slice::from_raw_parts(self.data, self.len) }.to_vec();
        }
        let mut bytes = Vec::with_capacity(self.len);
        self.gather_from(self.data, 0, &mut bytes);
        bytes
    }

    fn gather_from(&self, base: *mut u8, dimension: usize, out: &mut Vec<u8>) {
        if dimension == self.ndim() {
            // SAFETY: an item of the export; copied before anything else runs.
            out.extend_from_slice(unsafe { std::slice::from_raw_parts(base, self.itemsize) });
            return;
        }
        for index in 0..self.shape[dimension] {
            self.gather_from(self.step(base, dimension, index), dimension + 1, out);
        }
    }

    /// Writes items given in C order.
    fn scatter(&self, bytes: &[u8]) {
        let mut items = bytes.chunks_exact(self.itemsize.max(1));
        self.scatter_to(self.data, 0, &mut items);
    }

    fn scatter_to(
        &self,
        base: *mut u8,
        dimension: usize,
        items: &mut std::slice::ChunksExact<'_, u8>,
    ) {
        if dimension == self.ndim() {
            if let Some(item) = items.next() {
                // SAFETY: a writable item of the export; `item` is a copy, so they don't overlap.
                unsafe { base.copy_from_nonoverlapping(item.as_ptr(), item.len()) };
            }
            return;
        }
        for index in 0..self.shape[dimension] {
            self.scatter_to(self.step(base, dimension, index), dimension + 1, items);
        }
    }
}

fn contiguous_strides(shape: &[isize], itemsize: usize) -> Vec<isize> {
    let mut strides = vec![0; shape.len()];
    let mut stride = itemsize as isize;
    for (place, length) in strides.iter_mut().zip(shape).rev() {
        *place = stride;
        stride *= length;
    }
    strides
}

/// A `memoryview`.
#[pyclass(name = "memoryview", static = MEMORY_VIEW, basicsize = 144, itemsize = 8,
    weaklistoffset = 136, flags(HAVE_GC, SEQUENCE), weaklist = weakrefs, manual_traverse)]
#[repr(C)]
pub struct MemoryView {
    object: Object,
    /// Empty for a restricted view, which owns nothing.
    managed: Slot<ManagedBuffer>,
    layout: RefCell<Layout>,
    released: Cell<bool>,
    restricted: bool,
    exports: Cell<usize>,
    hash: Cell<isize>,
    weakrefs: WeakList,
}

impl gopy_object::Traverse for MemoryView {
    fn traverse(&self, visit: &mut gopy_object::Visitor<'_>) {
        self.managed.traverse(visit);
    }

    fn clear(&self) {
        if self.exports.get() == 0 && !self.released.replace(true) {
            self.detach();
        }
    }
}

impl Drop for MemoryView {
    fn drop(&mut self) {
        if !self.released.replace(true) {
            self.detach();
        }
    }
}

impl MemoryView {
    fn make(
        managed: Option<Ref<ManagedBuffer>>,
        layout: Layout,
        restricted: bool,
    ) -> PyResult<Ref<MemoryView>> {
        if layout.ndim() > DIMENSIONS_MAX {
            return Err(value_error!(
                "memoryview: number of dimensions must not exceed {DIMENSIONS_MAX}"
            ));
        }
        if let Some(managed) = &managed {
            managed.exports.set(managed.exports.get() + 1);
        }
        let view = memory::alloc(
            &MEMORY_VIEW,
            MemoryView {
                object: Object::header(&MEMORY_VIEW),
                managed: Slot::new(managed),
                layout: RefCell::new(layout),
                released: Cell::new(false),
                restricted,
                exports: Cell::new(0),
                hash: Cell::new(-1),
                weakrefs: WeakList::empty(),
            },
        )?;
        Ok(gc::tracked(view))
    }

    /// Gives the share of the export back; the last one ends it.
    fn detach(&self) {
        let Some(managed) = self.managed.take() else { return };
        managed.exports.set(managed.exports.get() - 1);
        if managed.exports.get() == 0 {
            let buffer = managed.buffer.take();
            drop(buffer);
        }
    }

    /// The geometry, of a view that has not been released.
    fn layout(&self) -> PyResult<Layout> {
        self.check_released()?;
        Ok(self.layout.borrow().clone())
    }

    fn check_released(&self) -> PyResult<()> {
        let ended = || {
            // SAFETY: nothing is dropped while the borrow lives.
            let managed = unsafe { self.managed.borrow() };
            managed.is_some_and(|managed| managed.buffer.borrow().is_none())
        };
        if self.released.get() || ended() {
            return Err(value_error!("operation forbidden on released memoryview object"));
        }
        Ok(())
    }

    fn check_restricted(&self) -> PyResult<()> {
        if self.restricted {
            return Err(value_error!("cannot create new view on restricted memoryview"));
        }
        Ok(())
    }

    /// Another view of the same export.
    fn derive(&self, layout: Layout) -> PyResult<Ref<MemoryView>> {
        self.check_released()?;
        self.check_restricted()?;
        MemoryView::make(self.managed.get(), layout, false)
    }

    fn release_view(&self) -> PyResult<()> {
        let exports = self.exports.get();
        if exports > 0 {
            let plural = if exports == 1 { "" } else { "s" };
            return Err(buffer_error!("memoryview has {exports} exported buffer{plural}"));
        }
        if !self.released.replace(true) {
            self.detach();
        }
        Ok(())
    }

    /// `obj`.
    fn exporter(&self) -> Option<Ref> {
        let managed = self.managed.get()?;
        let buffer = managed.buffer.borrow();
        buffer.as_ref().and_then(Buffer::exporter).map(|owner| owner.to_ref())
    }
}

/// `memoryview(object)`. May run Python.
///
/// # Errors
///
/// `TypeError` where the object has no buffers; what exporting raises.
pub fn new(object: &Object) -> PyResult<Ref<MemoryView>> {
    if let Some(view) = object.downcast_exact::<MemoryView>() {
        let layout = view.layout()?;
        return view.derive(layout);
    }
    let Some(get) = object.type_().slots.buffer.get.get() else {
        return Err(type_error!(
            "memoryview: a bytes-like object is required, not '{:.200}'",
            object.type_name()
        ));
    };
    view_of(object, BufferRequest::FULL_RO, get)
}

fn view_of(object: &Object, request: BufferRequest, get: GetBufferFn) -> PyResult<Ref<MemoryView>> {
    let buffer = get(object, request)?;
    let layout = Layout::of(&buffer);
    let managed = memory::alloc(
        &MANAGED_BUFFER,
        ManagedBuffer {
            object: Object::header(&MANAGED_BUFFER),
            buffer: RefCell::new(Some(buffer)),
            exports: Cell::new(0),
        },
    )?;
    MemoryView::make(Some(gc::tracked(managed)), layout, false)
}

/// A memoryview of what `get` exports of `object` (`_PyMemoryView_FromBufferProc`). May run Python.
///
/// # Errors
///
/// What exporting raises.
pub fn from_getbuffer(object: &Object, request: BufferRequest, get: GetBufferFn) -> PyResult {
    view_of(object, request, get).map(Ref::upcast)
}

/// A restricted memoryview of a buffer that is about to be released; it owns nothing
/// (`PyMemoryView_FromBuffer` with `_Py_MEMORYVIEW_RESTRICTED`).
///
/// # Errors
///
/// `MemoryError`.
pub fn from_buffer_restricted(buffer: &Buffer) -> PyResult {
    MemoryView::make(None, Layout::of(buffer), true).map(Ref::upcast)
}

/// Whether an object is a memoryview.
pub fn is_memoryview(object: &Object) -> bool {
    object.is_exact(&MEMORY_VIEW)
}

/// The exporter that a memoryview shows (`view.obj`).
pub fn owner(object: &Object) -> Option<Ref> {
    object.downcast_exact::<MemoryView>().and_then(MemoryView::exporter)
}

/// Whether a memoryview has been released.
pub fn is_released(object: &Object) -> bool {
    object.downcast_exact::<MemoryView>().is_some_and(|view| view.check_released().is_err())
}
