//! `pickle.PickleBuffer`: a wrapper for buffers that may travel outside of the pickle.
//!
//! Answers to `Objects/picklebufobject.c`.

use std::borrow::Cow;
use std::cell::RefCell;

use gopy_core::error::{buffer_error, value_error};
use gopy_core::{buffer, memoryview};
use gopy_macros::{pyclass, pymethods, pyslots};
use gopy_object::buffer::{Buffer, BufferRequest};
use gopy_object::weakref::WeakList;
use gopy_object::{
    Args, Exception, Instance, Object, PyResult, Ref, Traverse, Type, Visitor, gc, memory,
};

/// The export that is held; `None` once released.
pub struct View(RefCell<Option<Buffer>>);

impl Traverse for View {
    fn traverse(&self, visit: &mut Visitor<'_>) {
        if let Ok(view) = self.0.try_borrow()
            && let Some(owner) = view.as_ref().and_then(|view| view.owner.as_ref())
        {
            visit(owner);
        }
    }

    fn clear(&self) {
        let old = self.0.take();
        drop(old);
    }
}

/// A `PickleBuffer`.
#[pyclass(name = "pickle.PickleBuffer", static = PICKLE_BUFFER, basicsize = 104,
    weaklistoffset = 96, flags(HAVE_GC), weaklist = weakrefs)]
#[repr(C)]
pub struct PickleBuffer {
    object: Object,
    view: View,
    weakrefs: WeakList,
}

#[cold]
fn released() -> Exception {
    value_error!("operation forbidden on released PickleBuffer object")
}

impl PickleBuffer {
    /// What exports the memory.
    pub fn base(&self) -> PyResult<Ref> {
        let view = self.view.0.borrow();
        view.as_ref().and_then(Buffer::exporter).map(|base| base.to_ref()).ok_or_else(released)
    }

    /// The memory once more, in whatever layout.
    pub fn export(&self) -> PyResult<Buffer> {
        buffer::get(&*self.base()?, BufferRequest::FULL_RO)
    }
}

/// Whether the items of a buffer lie one behind the other, in either order.
pub fn is_contiguous(view: &Buffer) -> bool {
    if view.suboffsets.is_some() {
        return false;
    }
    let (Some(shape), Some(strides)) = (&view.shape, &view.strides) else { return true };
    if view.len == 0 {
        return true;
    }
    let dimensions = || shape.iter().zip(strides);
    in_order(view, dimensions().rev()) || in_order(view, dimensions())
}

/// Whether the dimensions, fastest first, leave no gaps.
fn in_order<'a>(
    view: &Buffer,
    mut dimensions: impl Iterator<Item = (&'a isize, &'a isize)>,
) -> bool {
    let mut expected = view.itemsize as isize;
    dimensions.all(|(length, stride)| {
        let fits = *length <= 1 || *stride == expected;
        expected *= *length;
        fits
    })
}

/// The memory as plain bytes.
fn flat(o: &Object, _request: BufferRequest) -> PyResult<Buffer> {
    let Some(this) = o.downcast::<PickleBuffer>() else { return Err(released()) };
    let mut view = this.export()?;
    view.itemsize = 1;
    view.ndim = 1;
    view.format = Some(Cow::Borrowed(c"B"));
    view.shape = Some(vec![view.len as isize]);
    view.strides = Some(vec![1]);
    Ok(view)
}

#[pymethods]
impl PickleBuffer {
    #[pymethod("($self, /)")]
    fn raw(&self) -> PyResult {
        if !is_contiguous(&self.export()?) {
            return Err(buffer_error!("cannot extract raw buffer from non-contiguous buffer"));
        }
        memoryview::from_getbuffer(self.as_object(), BufferRequest::FULL_RO, flat)
    }

    #[pymethod("($self, /)")]
    fn release(&self) {
        let old = self.view.0.take();
        drop(old);
    }
}

#[pyslots]
impl PickleBuffer {
    fn tp_new(ty: &Type, args: Args<'_>) -> PyResult {
        let [base] = bind!(args, "PickleBuffer", [""], required 1, positional_only 1, positional 1);
        let view = match base {
            Some(base) => Some(buffer::get(base, BufferRequest::FULL_RO)?),
            None => None,
        };
        let new = PickleBuffer {
            object: Object::header(ty),
            view: View(RefCell::new(view)),
            weakrefs: WeakList::empty(),
        };
        Ok(gc::tracked(memory::alloc(ty, new)?).upcast())
    }

    fn bf_get(&self, request: BufferRequest) -> PyResult<Buffer> {
        buffer::get(&*self.base()?, request)
    }

    fn bf_release(&self, _view: &mut Buffer) {}
}
