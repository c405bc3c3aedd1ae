//! What an interpreter keeps about warnings.

use std::cell::Cell;

use gopy_core::dict::Dict;
use gopy_core::int::Int;
use gopy_core::list::List;
use gopy_core::str::{self, Str};
use gopy_core::{exceptions, id, none, tuple};
use gopy_object::lock::RawLock;
use gopy_object::{GilCell, Instance, Ref, Slot, Type, gil, thread};

use crate::extension::{self, Extension};

/// The state; the objects are the ones of `warnings` that were used last.
#[derive(Default)]
pub(super) struct State {
    pub(super) filters: Slot,
    pub(super) once_registry: Slot<Dict>,
    pub(super) default_action: Slot<Str>,
    /// The variable that holds the filters of `catch_warnings` in a context.
    pub(super) context: Slot,
    /// Counts changes of the filters.
    pub(super) filters_version: Cell<i64>,
    lock: RawLock,
    /// The thread that holds the lock, by the address of its state; 0: none.
    owner: Cell<usize>,
    depth: Cell<u32>,
}

impl Extension for State {}

/// The running interpreter's state.
pub(super) fn get() -> &'static State {
    let state = extension::get::<State>();
    if state.filters.is_empty() {
        state.filters.set(Some(initial_filters().upcast()));
        state.once_registry.set(Some(Dict::new()));
        state.default_action.set(Some(id!(default).to_ref()));
    }
    state
}

fn initial_filters() -> Ref<List> {
    let filter = |action: &'static Str, category: &'static GilCell<Type>, module: Option<&str>| {
        tuple::from_array([
            action.to_ref().upcast(),
            none::none(),
            category.get().to_ref().upcast(),
            module.map_or_else(none::none, |module| str::interned(module).upcast()),
            Int::from_i64(0).upcast(),
        ])
        .upcast()
    };
    List::from_vec(vec![
        filter(id!(default), &exceptions::DEPRECATION_WARNING, Some("__main__")),
        filter(id!(ignore), &exceptions::DEPRECATION_WARNING, None),
        filter(id!(ignore), &exceptions::PENDING_DEPRECATION_WARNING, None),
        filter(id!(ignore), &exceptions::IMPORT_WARNING, None),
        filter(id!(ignore), &exceptions::RESOURCE_WARNING, None),
    ])
}

fn thread_address() -> usize {
    std::ptr::from_ref(thread()).addr()
}

impl State {
    /// Takes the lock until the guard is dropped.
    pub(super) fn lock(&'static self) -> Guard {
        self.acquire();
        Guard(self)
    }

    /// Takes the lock; a thread may take it again. Waits without the GIL.
    pub(super) fn acquire(&'static self) {
        if self.owner.get() == thread_address() {
            self.depth.set(self.depth.get() + 1);
            return;
        }
        if !self.lock.try_lock() {
            let lock = &self.lock;
            gil::detach(|| lock.lock_uninterruptible());
        }
        self.owner.set(thread_address());
        self.depth.set(1);
    }

    /// Gives the lock back; false where this thread does not hold it.
    pub(super) fn release(&self) -> bool {
        if self.owner.get() != thread_address() {
            return false;
        }
        self.depth.set(self.depth.get() - 1);
        if self.depth.get() == 0 {
            self.owner.set(0);
            self.lock.unlock();
        }
        true
    }

    /// Whether any thread holds the lock.
    pub(super) fn is_locked(&self) -> bool {
        self.lock.is_locked()
    }
}

/// See [`State::lock`].
pub(super) struct Guard(&'static State);

impl Drop for Guard {
    fn drop(&mut self) {
        self.0.release();
    }
}

/// Makes the lock new, in the child of a fork.
pub fn after_fork_in_child() {
    let state = get();
    state.lock.reset();
    state.owner.set(0);
    state.depth.set(0);
}
