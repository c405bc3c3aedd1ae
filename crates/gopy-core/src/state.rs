//! What gopy-core keeps per interpreter.

use std::any::Any;
use std::cell::{Cell, OnceCell, RefCell};
use std::collections::HashMap;

use gopy_object::{Interpreter, Ref, Slot, Type, thread};

use crate::dict::Dict;
use crate::list::List;
use crate::type_::cache::{WATCHERS_MAX, Watcher};

/// State of gopy-core in one interpreter.
pub struct CoreState {
    /// Subclasses of static types, by address of the type.
    pub static_subclasses: RefCell<HashMap<usize, Ref<Dict>>>,
    /// Type watchers.
    pub type_watchers: [Cell<Option<Watcher>>; WATCHERS_MAX],
    /// `ExceptionGroup`, made on first use.
    pub exception_group: Slot<Type>,
    gc_garbage: OnceCell<Ref<List>>,
    gc_callbacks: OnceCell<Ref<List>>,
}

impl CoreState {
    /// `gc.garbage`.
    pub fn gc_garbage(&self) -> &List {
        self.gc_garbage.get_or_init(List::new)
    }

    /// `gc.callbacks`.
    pub fn gc_callbacks(&self) -> &List {
        self.gc_callbacks.get_or_init(List::new)
    }

    /// Whether `gc.callbacks` may have an entry.
    pub(crate) fn has_gc_callbacks(&self) -> bool {
        self.gc_callbacks.get().is_some_and(|callbacks| !callbacks.is_empty())
    }
}

/// The running interpreter's state.
#[inline]
pub fn get() -> &'static CoreState {
    of(thread().interpreter())
}

/// The state of an interpreter, made on first use.
pub fn of(interpreter: &'static Interpreter) -> &'static CoreState {
    let state = interpreter.core.get_or_init(|| {
        Box::new(CoreState {
            static_subclasses: RefCell::default(),
            type_watchers: [const { Cell::new(None) }; WATCHERS_MAX],
            exception_group: Slot::empty(),
            gc_garbage: OnceCell::new(),
            gc_callbacks: OnceCell::new(),
        })
    });
    state.downcast_ref::<CoreState>().expect("gopy-core alone fills the interpreter's core state")
}

/// Keeps the state of a native module in the running interpreter, where its types find it, too.
pub fn put_extension<T: Any>(state: T) {
    thread().interpreter().extensions.borrow_mut().push(Box::new(state));
}

/// Reads the state that a native module has put into the running interpreter; `None` before that.
/// `read` must not run Python.
pub fn with_extension<T: Any, R>(read: impl FnOnce(&T) -> R) -> Option<R> {
    let extensions = thread().interpreter().extensions.borrow();
    extensions.iter().rev().find_map(|state| state.downcast_ref::<T>()).map(read)
}
