//! `tuple_iterator`.
//!
//! Answers to `tupleiterobject` of `Objects/tupleobject.c`.

use std::cell::Cell;

use gopy_macros::{pyclass, pymethods, pyslots};
use gopy_object::{Instance, Object, PyResult, Ref, Slot, gc, memory};

use super::Tuple;
use crate::{dict, id, number, object, tuple};

/// Iterates over a tuple.
#[pyclass(name = "tuple_iterator", static = TUPLE_ITERATOR, basicsize = 32, flags(HAVE_GC))]
#[repr(C)]
pub struct TupleIterator {
    object: Object,
    index: Cell<usize>,
    /// Empty at the end.
    tuple: Slot<Tuple>,
}

/// `iter(tuple)`.
///
/// # Errors
///
/// `MemoryError`.
pub fn new_iterator(tuple: &Tuple) -> PyResult {
    let iterator = TupleIterator {
        object: Object::header(&TUPLE_ITERATOR),
        index: Cell::new(0),
        tuple: Slot::new(Some(tuple.to_ref())),
    };
    Ok(gc::tracked(memory::alloc(&TUPLE_ITERATOR, iterator)?).upcast())
}

#[pymethods]
impl TupleIterator {
    #[pymethod("($self, /)")]
    fn __length_hint__(&self) -> usize {
        self.tuple.get().map_or(0, |tuple| tuple.len().saturating_sub(self.index.get()))
    }

    #[pymethod("($self, /)")]
    fn __reduce__(&self) -> PyResult {
        let iter = dict::builtin(id!(iter))?;
        Ok(match self.tuple.get() {
            Some(owner) => {
                let index = crate::int::Int::from_u64(self.index.get() as u64).upcast();
                let args = tuple::from_array([owner.upcast()]).upcast();
                tuple::from_array([iter, args, index])
            }
            None => {
                let args = tuple::from_array([tuple::empty().upcast()]).upcast();
                tuple::from_array([iter, args])
            }
        }
        .upcast())
    }

    #[pymethod("($self, object, /)")]
    fn __setstate__(&self, object: &Object) -> PyResult<()> {
        let index = number::index_as_ssize(object)?;
        if let Some(tuple) = self.tuple.get() {
            self.index.set((index.max(0) as usize).min(tuple.len()));
        }
        Ok(())
    }
}

impl TupleIterator {
    /// The next item, if there is one, and nothing else.
    #[inline(always)]
    pub fn more(&self) -> Option<Ref> {
        // SAFETY: nothing that could empty the slot runs while the tuple is borrowed.
        let item = unsafe { self.tuple.borrow() }?.get(self.index.get())?.to_ref();
        self.index.set(self.index.get() + 1);
        Some(item)
    }

    /// The next item, for `FOR_ITER_TUPLE`.
    #[inline]
    pub fn next(&self) -> Option<Ref> {
        // SAFETY: nothing that could empty the slot runs while the tuple is borrowed.
        let tuple = unsafe { self.tuple.borrow() }?;
        let index = self.index.get();
        if let Some(item) = tuple.get(index) {
            self.index.set(index + 1);
            return Some(item.to_ref());
        }
        self.tuple.set(None);
        None
    }
}

#[pyslots]
impl TupleIterator {
    fn iter(&self) -> PyResult {
        object::self_iter(&self.object)
    }

    fn iternext(&self) -> PyResult<Option<Ref>> {
        Ok(self.next())
    }
}
