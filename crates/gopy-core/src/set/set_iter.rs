//! `set_iterator`.
//!
//! Answers to `setiterobject` of `Objects/setobject.c`.

use std::cell::Cell;

use gopy_macros::{pyclass, pymethods, pyslots};
use gopy_object::{Instance, Object, PyResult, Ref, Slot, gc, memory};

use super::Set;
use crate::error::runtime_error;
use crate::list::List;
use crate::{dict, id, object, tuple};

/// Iterates over a set in the order of its table.
#[pyclass(name = "set_iterator", static = SET_ITERATOR, basicsize = 48, flags(HAVE_GC))]
#[repr(C)]
pub struct SetIterator {
    object: Object,
    /// The set or frozenset; empty at the end.
    set: Slot,
    used: Cell<usize>,
    position: Cell<usize>,
    left: Cell<usize>,
}

/// No size: every step fails from now on.
const CHANGED: usize = usize::MAX;

/// `iter(set)`.
pub(super) fn new(set: &Set) -> PyResult {
    let iterator = SetIterator {
        object: Object::header(&SET_ITERATOR),
        set: Slot::new(Some(set.header().to_ref())),
        used: Cell::new(set.len()),
        position: Cell::new(0),
        left: Cell::new(set.len()),
    };
    Ok(gc::tracked(memory::alloc(&SET_ITERATOR, iterator)?).upcast())
}

#[pymethods]
impl SetIterator {
    #[pymethod("($self, /)")]
    fn __length_hint__(&self) -> usize {
        match self.set.get() {
            Some(set) if Set::any(&set).is_some_and(|set| set.len() == self.used.get()) => {
                self.left.get()
            }
            _ => 0,
        }
    }

    #[pymethod("($self, /)")]
    fn __reduce__(&self) -> PyResult {
        let iter = dict::builtin(id!(iter))?;
        let mut rest = Vec::new();
        if let Some(set) = self.set.get()
            && let Some(set) = Set::any(&set)
        {
            if set.len() != self.used.get() {
                return Err(changed());
            }
            let mut position = self.position.get();
            while let Some((key, _)) = set.next(&mut position) {
                rest.push(key);
            }
        }
        let args = tuple::from_array([List::from_vec(rest).upcast()]);
        Ok(tuple::from_array([iter, args.upcast()]).upcast())
    }
}

#[cold]
fn changed() -> gopy_object::Exception {
    runtime_error!("Set changed size during iteration")
}

#[pyslots]
impl SetIterator {
    fn iter(&self) -> PyResult {
        object::self_iter(&self.object)
    }

    fn iternext(&self) -> PyResult<Option<Ref>> {
        let Some(owner) = self.set.get() else { return Ok(None) };
        let Some(set) = Set::any(&owner) else { return Ok(None) };
        if self.used.get() != set.len() {
            self.used.set(CHANGED);
            return Err(changed());
        }
        let mut position = self.position.get();
        match set.next(&mut position) {
            Some((key, _)) => {
                self.position.set(position);
                self.left.set(self.left.get().saturating_sub(1));
                Ok(Some(key))
            }
            None => {
                self.set.set(None);
                Ok(None)
            }
        }
    }
}
