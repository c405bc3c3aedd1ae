//! `_queue`.
//!
//! Answers to `Modules/_queuemodule.c`.

use std::cell::Cell;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Instant;

use gopy_core::argument::no_keywords;
use gopy_core::dict::Dict;
use gopy_core::error::{raise_with, type_error, value_error};
use gopy_core::generic_alias::GenericAlias;
use gopy_core::list::List;
use gopy_core::str::{Str, interned};
use gopy_core::{exceptions, module, none, tuple, type_};
use gopy_macros::{pyclass, pymethods, pymodule, pyslots};
use gopy_object::weakref::WeakList;
use gopy_object::{
    Args, Instance, Object, PyResult, Ref, Slot, Type, gc, gil, lock, memory, signals,
};

use crate::pytime::{self, Round};
use crate::util::state;

/// The exception of the module.
#[derive(Default)]
struct State {
    empty: Slot<Type>,
}

/// Where the queue begins in its list, and what tells waiters of news.
struct Position {
    first: Cell<usize>,
    /// Changes with each `put`.
    puts: AtomicU32,
}

gopy_object::leaf_traverse!(Position);

/// A `_queue.SimpleQueue`.
#[pyclass(name = "_queue.SimpleQueue", static = SIMPLE_QUEUE, text_signature = "()",
    basicsize = 72, weaklistoffset = 64, flags(BASETYPE, HAVE_GC), weaklist = weakrefs)]
#[repr(C)]
pub struct SimpleQueue {
    object: Object,
    /// Items in order; those before the first have been taken and are `None`.
    items: Slot<List>,
    position: Position,
    weakrefs: WeakList,
}

/// So many taken places are worth moving the rest for.
const MANY_TAKEN: usize = 32;

impl SimpleQueue {
    fn list(&self) -> Ref<List> {
        self.items.get().unwrap_or_else(List::new)
    }

    fn len(&self) -> usize {
        self.list().len().saturating_sub(self.position.first.get())
    }

    fn push(&self, item: &Object) -> PyResult<()> {
        self.list().push(item.to_ref())?;
        self.position.puts.fetch_add(1, Ordering::Release);
        lock::wake_one(&self.position.puts);
        Ok(())
    }

    fn pop(&self) -> PyResult<Option<Ref>> {
        let (list, first) = (self.list(), self.position.first.get());
        if first >= list.len() {
            return Ok(None);
        }
        let item = list.replace(first, none::none());
        let first = first + 1;
        self.position.first.set(first);
        if first == list.len() {
            self.position.first.set(0);
            self.items.set(Some(List::new()));
        } else if first >= MANY_TAKEN && first * 2 >= list.len() {
            let rest = (first..list.len()).filter_map(|index| list.get(index)).collect();
            self.position.first.set(0);
            self.items.set(Some(List::from_vec(rest)));
        }
        Ok(Some(item))
    }

    fn take(&self, block: bool, timeout: Option<&Object>) -> PyResult {
        let timeout = timeout.filter(|timeout| block && !none::is_none(timeout));
        let mut deadline = None;
        if let Some(timeout) = timeout {
            let nanos = pytime::from_seconds(timeout, Round::Ceiling)?;
            if nanos < 0 {
                return Err(value_error!("'timeout' must be a non-negative number"));
            }
            deadline = pytime::deadline(nanos);
        }
        loop {
            if let Some(item) = self.pop()? {
                return Ok(item);
            }
            let left = deadline.map(|at| at.saturating_duration_since(Instant::now()));
            if !block || left.is_some_and(|left| left.is_zero()) {
                return match state::<State>().empty.get() {
                    Some(empty) => Err(raise_with(&empty, &[])),
                    None => Err(raise_with(&exceptions::EXCEPTION, &[])),
                };
            }
            let puts = &self.position.puts;
            // Nobody can put anything between this look and giving up the GIL.
            let seen = puts.load(Ordering::Acquire);
            gil::detach(|| lock::wait(puts, seen, left));
            signals::check()?;
        }
    }
}

#[pymethods]
impl SimpleQueue {
    #[pymethod("($self, /)")]
    fn empty(&self) -> bool {
        self.len() == 0
    }

    #[pymethod("($self, /, block=True, timeout=None)")]
    fn get(&self, block: bool, timeout: Option<&Object>) -> PyResult {
        self.take(block, timeout)
    }

    #[pymethod("($self, /)")]
    fn get_nowait(&self) -> PyResult {
        self.take(false, None)
    }

    #[pymethod("($self, /, item, block=True, timeout=None)")]
    fn put(&self, item: &Object, block: bool, timeout: Option<&Object>) -> PyResult<()> {
        // A queue without bounds never waits.
        let _ = (block, timeout);
        self.push(item)
    }

    #[pymethod("($self, /, item)")]
    fn put_nowait(&self, item: &Object) -> PyResult<()> {
        self.push(item)
    }

    #[pymethod("($self, /)")]
    fn qsize(&self) -> usize {
        self.len()
    }

    #[pyclassmethod("($type, object, /)")]
    fn __class_getitem__(cls: &Type, object: &Object) -> PyResult {
        GenericAlias::new(cls.as_object(), object).map(Ref::upcast)
    }
}

#[pyslots]
impl SimpleQueue {
    fn tp_new(ty: &Type, args: Args<'_>) -> PyResult<Ref<SimpleQueue>> {
        if std::ptr::eq(ty, &*SIMPLE_QUEUE) {
            no_keywords("SimpleQueue", args)?;
            if !args.is_empty() {
                return Err(type_error!("SimpleQueue() takes no positional arguments"));
            }
        }
        let queue = SimpleQueue {
            object: Object::header(ty),
            items: Slot::new(Some(List::new())),
            position: Position { first: Cell::new(0), puts: AtomicU32::new(0) },
            weakrefs: WeakList::empty(),
        };
        Ok(gc::tracked(memory::alloc(ty, queue)?))
    }
}

fn new_empty() -> PyResult<Ref<Type>> {
    let dict = Dict::new();
    dict.set_str(&interned("__module__"), &Str::new("_queue"))?;
    let doc = "Exception raised by Queue.get(block=0)/get_nowait().";
    dict.set_str(&interned("__doc__"), &Str::new(doc))?;
    let bases = tuple::from_array([exceptions::EXCEPTION.to_ref().upcast()]);
    type_::new_type(&gopy_object::typeobj::TYPE, &Str::new("Empty"), &bases, &dict, Args::none())
}

/// `_queue`.
#[pymodule(name = "_queue")]
pub mod queue_module {
    use super::*;

    #[pyexec]
    fn exec(module: &Object) -> PyResult<()> {
        let empty = new_empty()?;
        state::<State>().empty.set(Some(empty.clone()));
        module::add(module, "Empty", empty)?;
        module::add_type(module, &SIMPLE_QUEUE)
    }
}
