//! `_thread.lock` and `_thread.RLock`.
//!
//! Answers to the locks of `Modules/_threadmodule.c`.

use std::cell::Cell;
use std::time::Instant;

use gopy_core::argument::{Place, no_keywords};
use gopy_core::error::{overflow_error, runtime_error, type_error, value_error};
use gopy_core::{argument, int::Int, number, tuple};
use gopy_macros::{pyclass, pymethods, pyslots};
use gopy_object::lock::{LockResult, RawLock};
use gopy_object::typeobj::Tuple;
use gopy_object::{Arg, Args, Object, PyResult, Ref, Type, gc, gil, memory, signals};

use crate::pytime::{self, Round};
use crate::util::int;

/// The longest time to wait, in microseconds (`PY_TIMEOUT_MAX`).
pub(super) const TIMEOUT_MAX: i64 = i64::MAX / 1000;

struct Word(RawLock);

gopy_object::leaf_traverse!(Word);

/// How long to wait for a lock.
#[derive(Clone, Copy)]
enum Patience {
    None,
    Until(Option<Instant>),
}

/// The arguments of `acquire` (`lock_acquire_parse_timeout`). May run Python.
fn patience(blocking: bool, timeout: Option<&Object>) -> PyResult<Patience> {
    const UNSET: i64 = -pytime::NANOS;
    let timeout = timeout.map_or(Ok(UNSET), |timeout| pytime::from_seconds(timeout, Round::Up))?;
    if !blocking && timeout != UNSET {
        return Err(value_error!("can't specify a timeout for a non-blocking call"));
    }
    if timeout < 0 && timeout != UNSET {
        return Err(value_error!("timeout value must be a non-negative number"));
    }
    if !blocking {
        return Ok(Patience::None);
    }
    if timeout == UNSET {
        return Ok(Patience::Until(None));
    }
    if pytime::divide(timeout, 1000, Round::Up) > TIMEOUT_MAX {
        return Err(overflow_error!("timeout value is too large"));
    }
    Ok(Patience::Until(pytime::deadline(timeout)))
}

/// Takes a lock, running signal handlers while it waits. May run Python.
fn acquire(lock: &RawLock, patience: Patience) -> PyResult<bool> {
    if lock.try_lock() {
        return Ok(true);
    }
    let Patience::Until(deadline) = patience else { return Ok(false) };
    loop {
        match gil::detach(|| lock.lock_until(deadline)) {
            LockResult::Acquired => return Ok(true),
            LockResult::TimedOut => return Ok(false),
            LockResult::Interrupted => signals::check()?,
        }
    }
}

fn shown_state(locked: bool) -> &'static str {
    if locked { "locked" } else { "unlocked" }
}

// --- lock --------------------------------------------------------------------------------------

/// A `_thread.lock`.
#[pyclass(name = "_thread.lock", static = LOCK, text_signature = "()", basicsize = 24,
    flags(HAVE_GC, MANAGED_WEAKREF))]
#[repr(C)]
pub struct Lock {
    object: Object,
    word: Word,
}

/// A free lock.
pub(super) fn new_lock() -> PyResult<Ref<Lock>> {
    let word = Word(RawLock::new());
    let lock = memory::alloc(&LOCK, Lock { object: Object::header(&LOCK), word })?;
    Ok(gc::tracked(lock))
}

impl Lock {
    fn unlock(&self) -> PyResult<()> {
        if !self.word.0.is_locked() {
            return Err(runtime_error!("release unlocked lock"));
        }
        self.word.0.unlock();
        Ok(())
    }
}

#[pymethods]
impl Lock {
    #[pymethod("($self, /, blocking=True, timeout=-1)")]
    fn acquire_lock(&self, blocking: bool, timeout: Option<&Object>) -> PyResult<bool> {
        acquire(&self.word.0, patience(blocking, timeout)?)
    }

    #[pymethod("($self, /, blocking=True, timeout=-1)")]
    fn acquire(&self, blocking: bool, timeout: Option<&Object>) -> PyResult<bool> {
        acquire(&self.word.0, patience(blocking, timeout)?)
    }

    #[pymethod("($self, /)")]
    fn release_lock(&self) -> PyResult<()> {
        self.unlock()
    }

    #[pymethod("($self, /)")]
    fn release(&self) -> PyResult<()> {
        self.unlock()
    }

    #[pymethod("($self, /)")]
    fn locked_lock(&self) -> bool {
        self.word.0.is_locked()
    }

    #[pymethod("($self, /)")]
    fn locked(&self) -> bool {
        self.word.0.is_locked()
    }

    #[pymethod("($self, /)")]
    fn __enter__(&self) -> PyResult<bool> {
        acquire(&self.word.0, Patience::Until(None))
    }

    #[pymethod("($self, /, *exc_info)")]
    fn __exit__(&self, exc_info: &[Arg<'_>]) -> PyResult<()> {
        let _ = exc_info;
        self.unlock()
    }

    #[pymethod("($self, /)")]
    fn _at_fork_reinit(&self) {
        self.word.0.reset();
    }
}

#[pyslots]
impl Lock {
    fn tp_new(ty: &Type, args: Args<'_>) -> PyResult<Ref<Lock>> {
        let _ = ty;
        no_keywords("lock", args)?;
        argument::check_positional("lock", args.len(), 0, 0)?;
        new_lock()
    }

    fn repr(&self) -> PyResult<String> {
        Ok(format!(
            "<{} {} object at {:#x}>",
            shown_state(self.word.0.is_locked()),
            self.object.type_name(),
            self.object.id()
        ))
    }
}

// --- RLock -------------------------------------------------------------------------------------

/// A `_thread.RLock`.
#[pyclass(name = "_thread.RLock", static = RLOCK, basicsize = 40,
    flags(BASETYPE, HAVE_GC, MANAGED_WEAKREF))]
#[repr(C)]
pub struct RLock {
    object: Object,
    word: Word,
    owner: Owner,
}

/// Who holds a lock, and how often. Changed by whoever holds it, under the GIL.
#[derive(Default)]
struct Owner {
    thread: Cell<u64>,
    count: Cell<usize>,
}

gopy_object::leaf_traverse!(Owner);

impl RLock {
    fn is_mine(&self) -> bool {
        self.word.0.is_locked() && self.owner.thread.get() == super::ident()
    }

    fn take(&self, patience: Patience) -> PyResult<bool> {
        if self.is_mine() {
            let count = self.owner.count.get().checked_add(1);
            let count = count.ok_or_else(|| overflow_error!("Internal lock count overflowed"))?;
            self.owner.count.set(count);
            return Ok(true);
        }
        let taken = acquire(&self.word.0, patience)?;
        if taken {
            self.owner.thread.set(super::ident());
            self.owner.count.set(1);
        }
        Ok(taken)
    }

    fn give_back(&self) -> PyResult<()> {
        if !self.is_mine() {
            return Err(runtime_error!("cannot release un-acquired lock"));
        }
        let left = self.owner.count.get() - 1;
        self.owner.count.set(left);
        if left == 0 {
            self.owner.thread.set(0);
            self.word.0.unlock();
        }
        Ok(())
    }
}

#[pymethods]
impl RLock {
    #[pymethod("($self, /, blocking=True, timeout=-1)")]
    fn acquire(&self, blocking: bool, timeout: Option<&Object>) -> PyResult<bool> {
        self.take(patience(blocking, timeout)?)
    }

    #[pymethod("($self, /)")]
    fn release(&self) -> PyResult<()> {
        self.give_back()
    }

    #[pymethod("($self, /)")]
    fn locked(&self) -> bool {
        self.word.0.is_locked()
    }

    #[pymethod("($self, /)")]
    fn _is_owned(&self) -> bool {
        self.is_mine()
    }

    #[pymethod("($self, state, /)")]
    fn _acquire_restore(&self, state: &Object) -> PyResult<()> {
        let place = Place::at("_acquire_restore", 1);
        if state.downcast::<Tuple>().is_none() {
            return Err(place.bad_argument("2-item tuple", state));
        }
        let items = tuple::items_of(state);
        if items.len() != 2 {
            return Err(type_error!(
                "_acquire_restore() argument 1 must be tuple of length 2, not {}",
                items.len()
            ));
        }
        let count = number::index_as_ssize(&items[0])? as usize;
        let owner = number::index(&items[1])?.to_u64_wrapping();
        acquire(&self.word.0, Patience::Until(None))?;
        self.owner.count.set(count);
        self.owner.thread.set(owner);
        Ok(())
    }

    #[pymethod("($self, /)")]
    fn _release_save(&self) -> PyResult<Ref<Tuple>> {
        if !self.word.0.is_locked() {
            return Err(runtime_error!("cannot release un-acquired lock"));
        }
        let owner = Int::from_u64(self.owner.thread.replace(0)).upcast();
        let count = int(self.owner.count.replace(0) as i64);
        self.word.0.unlock();
        Ok(tuple::from_array([count, owner]))
    }

    #[pymethod("($self, /)")]
    fn _recursion_count(&self) -> usize {
        if self.is_mine() { self.owner.count.get() } else { 0 }
    }

    #[pymethod("($self, /)")]
    fn __enter__(&self) -> PyResult<bool> {
        self.take(Patience::Until(None))
    }

    #[pymethod("($self, /, *exc_info)")]
    fn __exit__(&self, exc_info: &[Arg<'_>]) -> PyResult<()> {
        let _ = exc_info;
        self.give_back()
    }

    #[pymethod("($self, /)")]
    fn _at_fork_reinit(&self) {
        self.word.0.reset();
        self.owner.thread.set(0);
        self.owner.count.set(0);
    }
}

#[pyslots]
impl RLock {
    fn tp_new(ty: &Type, args: Args<'_>) -> PyResult<Ref<RLock>> {
        // Any arguments are for a subclass's `__init__`.
        let _ = args;
        let (word, owner) = (Word(RawLock::new()), Owner::default());
        let lock = memory::alloc(ty, RLock { object: Object::header(ty), word, owner })?;
        Ok(gc::tracked(lock))
    }

    fn repr(&self) -> PyResult<String> {
        Ok(format!(
            "<{} {} object owner={} count={} at {:#x}>",
            shown_state(self.word.0.is_locked()),
            self.object.type_name(),
            self.owner.thread.get(),
            self.owner.count.get(),
            self.object.id()
        ))
    }
}
