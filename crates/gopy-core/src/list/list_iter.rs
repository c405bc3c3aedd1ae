//! `list_iterator` and `list_reverseiterator`.
//!
//! Answers to `_PyListIterObject` and `listreviterobject` of `Objects/listobject.c`.

use std::cell::Cell;

use gopy_macros::{pyclass, pymethods, pyslots};
use gopy_object::{Instance, Object, PyResult, Ref, Slot, gc, memory};

use super::List;
use crate::int::Int;
use crate::{dict, id, number, object, tuple};

/// Iterates over a list.
#[pyclass(name = "list_iterator", static = LIST_ITERATOR, basicsize = 32, flags(HAVE_GC))]
#[repr(C)]
pub struct ListIterator {
    object: Object,
    index: Cell<usize>,
    /// Empty at the end.
    list: Slot<List>,
}

/// Iterates over a list backwards.
#[pyclass(name = "list_reverseiterator", static = LIST_REVERSE_ITERATOR, basicsize = 32,
    flags(HAVE_GC))]
#[repr(C)]
pub struct ListReverseIterator {
    object: Object,
    /// -1 at the end.
    index: Cell<isize>,
    /// Empty at the end.
    list: Slot<List>,
}

/// `iter(list)`.
///
/// # Errors
///
/// `MemoryError`.
pub fn new_iterator(list: &List) -> PyResult {
    let iterator = ListIterator {
        object: Object::header(&LIST_ITERATOR),
        index: Cell::new(0),
        list: Slot::new(Some(list.to_ref())),
    };
    Ok(gc::tracked(memory::alloc(&LIST_ITERATOR, iterator)?).upcast())
}

/// `reversed(list)`.
pub(super) fn new_reverse_iterator(list: &List) -> PyResult {
    let iterator = ListReverseIterator {
        object: Object::header(&LIST_REVERSE_ITERATOR),
        index: Cell::new(list.len() as isize - 1),
        list: Slot::new(Some(list.to_ref())),
    };
    Ok(gc::tracked(memory::alloc(&LIST_REVERSE_ITERATOR, iterator)?).upcast())
}

fn reduce(maker: PyResult, list: Ref<List>, index: isize) -> PyResult {
    let args = tuple::from_array([list.upcast()]).upcast();
    let index = Int::from_i64(index as i64).upcast();
    Ok(tuple::from_array([maker?, args, index]).upcast())
}

fn reduce_exhausted() -> PyResult {
    let iter = dict::builtin(id!(iter))?;
    let args = tuple::from_array([List::new().upcast()]).upcast();
    Ok(tuple::from_array([iter, args]).upcast())
}

#[pymethods]
impl ListIterator {
    #[pymethod("($self, /)")]
    fn __length_hint__(&self) -> usize {
        self.list.get().map_or(0, |list| list.len().saturating_sub(self.index.get()))
    }

    #[pymethod("($self, /)")]
    fn __reduce__(&self) -> PyResult {
        match self.list.get() {
            Some(list) => reduce(dict::builtin(id!(iter)), list, self.index.get() as isize),
            None => reduce_exhausted(),
        }
    }

    #[pymethod("($self, object, /)")]
    fn __setstate__(&self, object: &Object) -> PyResult<()> {
        let index = number::index_as_ssize(object)?;
        if let Some(list) = self.list.get() {
            self.index.set((index.max(0) as usize).min(list.len()));
        }
        Ok(())
    }
}

impl ListIterator {
    /// The next item, if there is one, and nothing else.
    #[inline(always)]
    pub fn more(&self) -> Option<Ref> {
        // SAFETY: nothing that could empty the slot runs while the list is borrowed.
        let item = unsafe { self.list.borrow() }?.get(self.index.get())?;
        self.index.set(self.index.get() + 1);
        Some(item)
    }

    /// The next item, for `FOR_ITER_LIST`. May drop (the list, at the end).
    #[inline]
    pub fn next(&self) -> Option<Ref> {
        // SAFETY: nothing that could empty the slot runs while the list is borrowed.
        let list = unsafe { self.list.borrow() }?;
        let index = self.index.get();
        if let Some(item) = list.get(index) {
            self.index.set(index + 1);
            return Some(item);
        }
        self.list.set(None);
        None
    }
}

#[pyslots]
impl ListIterator {
    fn iter(&self) -> PyResult {
        object::self_iter(&self.object)
    }

    fn iternext(&self) -> PyResult<Option<Ref>> {
        Ok(self.next())
    }
}

#[pymethods]
impl ListReverseIterator {
    #[pymethod("($self, /)")]
    fn __length_hint__(&self) -> usize {
        let left = (self.index.get() + 1) as usize;
        self.list.get().map_or(0, |list| if list.len() < left { 0 } else { left })
    }

    #[pymethod("($self, /)")]
    fn __reduce__(&self) -> PyResult {
        match self.list.get() {
            Some(list) => reduce(dict::builtin(id!(reversed)), list, self.index.get()),
            None => reduce_exhausted(),
        }
    }

    #[pymethod("($self, object, /)")]
    fn __setstate__(&self, object: &Object) -> PyResult<()> {
        let index = number::index_as_ssize(object)?;
        if let Some(list) = self.list.get() {
            self.index.set(index.clamp(-1, list.len() as isize - 1));
        }
        Ok(())
    }
}

#[pyslots]
impl ListReverseIterator {
    fn iter(&self) -> PyResult {
        object::self_iter(&self.object)
    }

    fn iternext(&self) -> PyResult<Option<Ref>> {
        let Some(list) = self.list.get() else { return Ok(None) };
        let index = self.index.get();
        if let Some(item) = usize::try_from(index).ok().and_then(|index| list.get(index)) {
            self.index.set(index - 1);
            return Ok(Some(item));
        }
        self.index.set(-1);
        self.list.set(None);
        Ok(None)
    }
}
