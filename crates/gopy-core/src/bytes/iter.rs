//! `bytes_iterator`.

use std::cell::Cell;

use gopy_macros::{pyclass, pymethods, pyslots};
use gopy_object::{Instance, Object, PyResult, Ref, Slot, gc, memory};

use super::Bytes;
use crate::error::type_error;
use crate::id;
use crate::int::Int;
use crate::tuple::{self, Tuple};

/// Iterator over `bytes`.
#[pyclass(name = "bytes_iterator", static = BYTES_ITER, basicsize = 32,
    flags(HAVE_GC, DISALLOW_INSTANTIATION))]
#[repr(C)]
pub struct BytesIter {
    object: Object,
    index: Cell<usize>,
    bytes: Slot<Bytes>,
}

/// `iter(bytes)`
pub(super) fn iterate(bytes: &Bytes) -> PyResult {
    let iter = BytesIter {
        object: Object::header(&BYTES_ITER),
        index: Cell::new(0),
        bytes: Slot::new(Some(bytes.to_ref())),
    };
    let iter = memory::alloc(&BYTES_ITER, iter)?;
    gc::track(iter.as_object());
    Ok(iter.upcast())
}

#[pymethods]
impl BytesIter {
    #[pymethod("($self, /)")]
    fn __length_hint__(&self) -> usize {
        self.bytes.get().map_or(0, |bytes| bytes.as_slice().len() - self.index.get())
    }

    #[pymethod("($self, /)")]
    fn __reduce__(&self) -> PyResult<Ref<Tuple>> {
        // Looking the name up may run Python: read the rest afterwards.
        let iter = crate::str::builtin(id!(iter))?;
        Ok(match self.bytes.get() {
            Some(bytes) => {
                let args = tuple::from_array([bytes.upcast()]).upcast();
                let index = Int::from_u64(self.index.get() as u64).upcast();
                tuple::from_array([iter, args, index])
            }
            None => {
                let args = tuple::from_array([tuple::empty().upcast()]).upcast();
                tuple::from_array([iter, args])
            }
        })
    }

    #[pymethod("($self, object, /)")]
    fn __setstate__(&self, object: &Object) -> PyResult<()> {
        if object.downcast::<Int>().is_none() {
            return Err(type_error!("an integer is required"));
        }
        let state = crate::number::index_as_ssize(object)?;
        if let Some(bytes) = self.bytes.get() {
            self.index.set(usize::try_from(state).unwrap_or(0).min(bytes.as_slice().len()));
        }
        Ok(())
    }
}

#[pyslots]
impl BytesIter {
    fn iter(&self) -> Ref<BytesIter> {
        self.to_ref()
    }

    fn iternext(&self) -> PyResult<Option<Ref>> {
        // SAFETY: nothing below drops or runs Python before the borrow ends.
        if let Some(bytes) = unsafe { self.bytes.borrow() } {
            let index = self.index.get();
            if let Some(byte) = bytes.as_slice().get(index) {
                self.index.set(index + 1);
                return Ok(Some(Int::from_i64((*byte).into()).upcast()));
            }
        }
        self.bytes.set(None);
        Ok(None)
    }
}
