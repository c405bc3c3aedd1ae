//! `arrayiterator`.

use std::cell::Cell;

use gopy_core::error::type_error;
use gopy_core::int::Int;
use gopy_core::str::interned;
use gopy_core::{import, number, object, tuple};
use gopy_macros::{pyclass, pymethods, pyslots};
use gopy_object::{Instance, Object, PyResult, Ref, Slot, gc, memory};

use super::Array;

/// What goes through an array.
#[pyclass(name = "array.arrayiterator", static = ARRAY_ITER, basicsize = 40,
    flags(HAVE_GC, HEAPTYPE, IMMUTABLETYPE, DISALLOW_INSTANTIATION))]
#[repr(C)]
pub struct ArrayIter {
    object: Object,
    index: Cell<usize>,
    array: Slot<Array>,
}

impl ArrayIter {
    /// Goes through an array from its beginning.
    pub(super) fn make(array: &Array) -> PyResult {
        let iterator = ArrayIter {
            object: Object::header(&ARRAY_ITER),
            index: Cell::new(0),
            array: Slot::new(Some(array.to_ref())),
        };
        Ok(gc::tracked(memory::alloc(&ARRAY_ITER, iterator)?).upcast())
    }
}

#[pymethods]
impl ArrayIter {
    #[pymethod("($self, /)")]
    fn __reduce__(&self) -> PyResult {
        let builtins = import::import("builtins")?;
        let iter = object::get_attr(&builtins, &interned("iter"))?;
        let Some(array) = self.array.get() else {
            let empty = tuple::from_array([tuple::empty().upcast()]);
            return Ok(tuple::from_array([iter, empty.upcast()]).upcast());
        };
        let args = tuple::from_array([array.upcast()]);
        let index = Int::from_u64(self.index.get() as u64);
        Ok(tuple::from_array([iter, args.upcast(), index.upcast()]).upcast())
    }

    #[pymethod("($self, state, /)")]
    fn __setstate__(&self, state: &Object) -> PyResult<()> {
        if state.downcast::<Int>().is_none() {
            return Err(type_error!("an integer is required"));
        }
        let index = number::index_as_ssize(state)?;
        if let Some(array) = self.array.get() {
            self.index.set(usize::try_from(index).unwrap_or(0).min(array.len()));
        }
        Ok(())
    }
}

#[pyslots]
impl ArrayIter {
    fn iter(&self) -> PyResult {
        object::self_iter(self)
    }

    fn iternext(&self) -> PyResult<Option<Ref>> {
        let Some(array) = self.array.get() else { return Ok(None) };
        let index = self.index.get();
        if index >= array.len() {
            self.array.set(None);
            return Ok(None);
        }
        self.index.set(index + 1);
        array.get(index)
    }
}
