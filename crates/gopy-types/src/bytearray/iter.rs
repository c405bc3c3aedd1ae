//! `bytearray_iterator`.

use std::cell::Cell;

use gopy_core::bytes::common::ByteString;
use gopy_core::error::type_error;
use gopy_core::int::Int;
use gopy_core::{import, number, tuple};
use gopy_macros::{pyclass, pymethods, pyslots};
use gopy_object::{Instance, Object, PyResult, Ref, Slot, gc, memory};

use super::ByteArray;

/// Iterator over a `bytearray`.
#[pyclass(name = "bytearray_iterator", static = BYTEARRAY_ITER, basicsize = 32,
    flags(HAVE_GC, DISALLOW_INSTANTIATION))]
#[repr(C)]
pub struct ByteArrayIter {
    object: Object,
    /// Next index; it stays behind the end when the array shrinks.
    index: Cell<usize>,
    bytes: Slot<ByteArray>,
}

/// `iter(bytearray)`
pub(super) fn iterate(bytes: &ByteArray) -> PyResult {
    let iter = ByteArrayIter {
        object: Object::header(&BYTEARRAY_ITER),
        index: Cell::new(0),
        bytes: Slot::new(Some(bytes.to_ref())),
    };
    let iter = memory::alloc(&BYTEARRAY_ITER, iter)?;
    gc::track(iter.as_object());
    Ok(iter.upcast())
}

#[pymethods]
impl ByteArrayIter {
    #[pymethod("($self, /)")]
    fn __length_hint__(&self) -> usize {
        self.bytes.get().map_or(0, |bytes| bytes.content().len().saturating_sub(self.index.get()))
    }

    #[pymethod("($self, /)")]
    fn __reduce__(&self) -> PyResult {
        // Looking the name up may run Python: read the rest afterwards.
        let iter = import::import_attr("builtins", "iter")?;
        let items = match self.bytes.get() {
            Some(bytes) => {
                let args = tuple::from_array([bytes.upcast()]).upcast();
                let index = Int::from_u64(self.index.get() as u64).upcast();
                tuple::from_array([iter, args, index])
            }
            None => {
                let args = tuple::from_array([tuple::empty().upcast()]).upcast();
                tuple::from_array([iter, args])
            }
        };
        Ok(items.upcast())
    }

    #[pymethod("($self, object, /)")]
    fn __setstate__(&self, object: &Object) -> PyResult<()> {
        if object.downcast::<Int>().is_none() {
            return Err(type_error!("an integer is required"));
        }
        let state = number::index_as_ssize(object)?;
        if let Some(bytes) = self.bytes.get() {
            self.index.set(usize::try_from(state).unwrap_or(0).min(bytes.content().len()));
        }
        Ok(())
    }
}

#[pyslots]
impl ByteArrayIter {
    fn iter(&self) -> Ref<ByteArrayIter> {
        self.to_ref()
    }

    fn iternext(&self) -> PyResult<Option<Ref>> {
        // SAFETY: nothing below drops or runs Python before the borrow ends.
        if let Some(bytes) = unsafe { self.bytes.borrow() } {
            let index = self.index.get();
            if let Some(byte) = bytes.content().get(index) {
                self.index.set(index + 1);
                return Ok(Some(Int::from_i64((*byte).into()).upcast()));
            }
        }
        self.bytes.set(None);
        Ok(None)
    }
}
