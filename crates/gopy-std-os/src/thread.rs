//! `_thread`: threads, locks, thread-local data.
//!
//! Answers to `Modules/_threadmodule.c`. OS threads are made with pthreads so that their stacks have
//! the size that was asked for; whoever joins one waits for its event.

use std::cell::{Cell, RefCell};
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use gopy_core::argument::check_positional;
use gopy_core::dict::Dict;
use gopy_core::error::{overflow_error, raise_with, runtime_error, type_error, value_error};
use gopy_core::int::Int;
use gopy_core::str::Str;
use gopy_core::structseq::StructSeq;
use gopy_core::{call, exceptions, hooks, import, module, none, number, object, tuple};
use gopy_macros::{pyclass, pymethods, pymodule, pyslots};
use gopy_object::lock::{LockResult, RawEvent, RawLock};
use gopy_object::typeobj::Tuple;
use gopy_object::weakref::WeakList;
use gopy_object::{
    Args, Instance, Interpreter, Object, PyResult, Ref, Slot, Thread, Type, gc, gil, memory,
    signals, thread,
};

use crate::time::{Round, nanoseconds};
use crate::util::{self, c_text, key};

/// The longest time-out in seconds.
const TIMEOUT_MAX: f64 = 9_223_372_036.0;

/// `_thread._ExceptHookArgs`.
static EXCEPT_HOOK_ARGS: StructSeq = StructSeq {
    name: "_thread._ExceptHookArgs",
    doc: "ExceptHookArgs\n\nType used to pass arguments to threading.excepthook.",
    fields: &["exc_type", "exc_value", "exc_traceback", "thread"],
    visible: 4,
};

/// The number of this OS thread.
fn ident() -> u64 {
    // SAFETY: takes nothing.
    unsafe { libc::pthread_self() as u64 }
}

// --- waiting -----------------------------------------------------------------------------------

/// How long `acquire` waits.
enum Patience {
    No,
    Until(Option<Instant>),
}

fn patience(blocking: bool, timeout: Option<&Object>) -> PyResult<Patience> {
    let timeout = match timeout {
        Some(timeout) => nanoseconds(timeout, Round::Up)?,
        None => -1_000_000_000,
    };
    let is_given = timeout != -1_000_000_000;
    if !blocking && is_given {
        return Err(value_error!("can't specify a timeout for a non-blocking call"));
    }
    if is_given && timeout < 0 {
        return Err(value_error!("timeout value must be a non-negative number"));
    }
    if !blocking {
        return Ok(Patience::No);
    }
    if !is_given {
        return Ok(Patience::Until(None));
    }
    if timeout as f64 / 1e9 > TIMEOUT_MAX {
        return Err(overflow_error!("timeout value is too large"));
    }
    Ok(Patience::Until(Some(Instant::now() + Duration::from_nanos(timeout as u64))))
}

/// Waits for a lock; signal handlers run meanwhile. May run Python.
fn acquire(lock: &RawLock, patience: &Patience) -> PyResult<bool> {
    if lock.try_lock() {
        return Ok(true);
    }
    let Patience::Until(deadline) = *patience else { return Ok(false) };
    if deadline.is_some_and(|deadline| deadline <= Instant::now()) {
        return Ok(false);
    }
    loop {
        match gil::detach(|| lock.lock_until(deadline)) {
            LockResult::Acquired => return Ok(true),
            LockResult::TimedOut => return Ok(false),
            LockResult::Interrupted => signals::check()?,
        }
    }
}

// --- lock --------------------------------------------------------------------------------------

struct Word(RawLock);

gopy_object::leaf_traverse!(Word);

/// A `lock`.
#[pyclass(name = "_thread.lock", static = LOCK, basicsize = 24, flags(IMMUTABLETYPE),
    text_signature = "()", weaklist = weakrefs, weaklistoffset = 16)]
#[repr(C)]
pub struct Lock {
    object: Object,
    word: Word,
    weakrefs: WeakList,
}

impl Lock {
    fn make(ty: &Type) -> PyResult {
        let lock = Lock {
            object: Object::header(ty),
            word: Word(RawLock::new()),
            weakrefs: WeakList::empty(),
        };
        Ok(memory::alloc(ty, lock)?.upcast())
    }

    fn give_back(&self) -> PyResult<()> {
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
        acquire(&self.word.0, &patience(blocking, timeout)?)
    }

    #[pymethod("($self, /, blocking=True, timeout=-1)")]
    fn acquire(&self, blocking: bool, timeout: Option<&Object>) -> PyResult<bool> {
        acquire(&self.word.0, &patience(blocking, timeout)?)
    }

    #[pymethod("($self, /)")]
    fn release_lock(&self) -> PyResult<()> {
        self.give_back()
    }

    #[pymethod("($self, /)")]
    fn release(&self) -> PyResult<()> {
        self.give_back()
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
        acquire(&self.word.0, &Patience::Until(None))
    }

    #[pymethod("($self, /, *exc_info)", raw)]
    fn __exit__(&self, args: Args<'_>) -> PyResult<()> {
        let _ = args;
        self.give_back()
    }

    #[pymethod("($self, /)")]
    fn _at_fork_reinit(&self) {
        self.word.0.reset();
    }
}

#[pyslots]
impl Lock {
    fn new(ty: &Type, args: Args<'_>) -> PyResult {
        gopy_core::argument::no_keywords("lock", args)?;
        check_positional("lock", args.len(), 0, 0)?;
        Lock::make(ty)
    }

    fn repr(&self) -> String {
        let state = if self.word.0.is_locked() { "locked" } else { "unlocked" };
        let (ty, id) = (self.as_object().type_name(), self.as_object().id());
        format!("<{state} {ty} object at {id:#x}>")
    }
}

// --- RLock -------------------------------------------------------------------------------------

/// A lock that its owner may take again.
#[pyclass(name = "_thread.RLock", static = R_LOCK, basicsize = 40,
    flags(BASETYPE, IMMUTABLETYPE), weaklist = weakrefs, weaklistoffset = 32)]
#[repr(C)]
pub struct RLock {
    object: Object,
    word: Word,
    owner: Cell<u64>,
    count: Cell<u64>,
    weakrefs: WeakList,
}

impl RLock {
    fn is_mine(&self) -> bool {
        self.count.get() > 0 && self.owner.get() == ident()
    }

    fn take(&self, patience: &Patience) -> PyResult<bool> {
        if self.is_mine() {
            let Some(count) = self.count.get().checked_add(1) else {
                return Err(overflow_error!("internal lock count overflowed"));
            };
            self.count.set(count);
            return Ok(true);
        }
        if !acquire(&self.word.0, patience)? {
            return Ok(false);
        }
        self.owner.set(ident());
        self.count.set(1);
        Ok(true)
    }

    fn give_back(&self) -> PyResult<()> {
        if !self.is_mine() {
            return Err(runtime_error!("cannot release un-acquired lock"));
        }
        self.count.set(self.count.get() - 1);
        if self.count.get() == 0 {
            self.owner.set(0);
            self.word.0.unlock();
        }
        Ok(())
    }
}

#[pymethods]
impl RLock {
    #[pymethod("($self, /, blocking=True, timeout=-1)")]
    fn acquire(&self, blocking: bool, timeout: Option<&Object>) -> PyResult<bool> {
        self.take(&patience(blocking, timeout)?)
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
        let Some([count, owner]) = state.downcast::<Tuple>().map(Tuple::items) else {
            return Err(type_error!("_acquire_restore() argument 1 must be a (count, owner) pair"));
        };
        let (count, owner) = (number::index(count)?, number::index(owner)?);
        acquire(&self.word.0, &Patience::Until(None))?;
        self.count.set(count.to_u64_wrapping());
        self.owner.set(owner.to_u64_wrapping());
        Ok(())
    }

    #[pymethod("($self, /)")]
    fn _release_save(&self) -> PyResult<Ref<Tuple>> {
        if self.count.get() == 0 {
            return Err(runtime_error!("cannot release un-acquired lock"));
        }
        let (count, owner) = (self.count.replace(0), self.owner.replace(0));
        self.word.0.unlock();
        Ok(tuple::from_array([count, owner].map(|n| Int::from_u64(n).upcast())))
    }

    #[pymethod("($self, /)")]
    fn _recursion_count(&self) -> u64 {
        if self.is_mine() { self.count.get() } else { 0 }
    }

    #[pymethod("($self, /)")]
    fn __enter__(&self) -> PyResult<bool> {
        self.take(&Patience::Until(None))
    }

    #[pymethod("($self, /, *exc_info)", raw)]
    fn __exit__(&self, args: Args<'_>) -> PyResult<()> {
        let _ = args;
        self.give_back()
    }

    #[pymethod("($self, /)")]
    fn _at_fork_reinit(&self) {
        self.word.0.reset();
        self.owner.set(0);
        self.count.set(0);
    }
}

#[pyslots]
impl RLock {
    fn new(ty: &Type, _args: Args<'_>) -> PyResult {
        let lock = RLock {
            object: Object::header(ty),
            word: Word(RawLock::new()),
            owner: Cell::new(0),
            count: Cell::new(0),
            weakrefs: WeakList::empty(),
        };
        Ok(memory::alloc(ty, lock)?.upcast())
    }

    fn repr(&self) -> String {
        let state = if self.count.get() > 0 { "locked" } else { "unlocked" };
        let (ty, id) = (self.as_object().type_name(), self.as_object().id());
        let (owner, count) = (self.owner.get(), self.count.get());
        format!("<{state} {ty} object owner={owner} count={count} at {id:#x}>")
    }
}

// --- handles -----------------------------------------------------------------------------------

const NOT_STARTED: u8 = 0;
const STARTING: u8 = 1;
const RUNNING: u8 = 2;
const DONE: u8 = 3;

/// What a thread and those who wait for it share.
struct HandleState {
    stage: AtomicU8,
    ident: AtomicU64,
    done: RawEvent,
}

impl HandleState {
    fn new(stage: u8, ident: u64) -> Arc<HandleState> {
        Arc::new(HandleState {
            stage: AtomicU8::new(stage),
            ident: AtomicU64::new(ident),
            done: RawEvent::new(),
        })
    }

    fn finish(&self) {
        self.stage.store(DONE, Ordering::Release);
        self.done.set();
    }

    /// Waits for the end; false where the time ran out. May run Python.
    fn wait(&self, deadline: Option<Instant>) -> PyResult<bool> {
        if self.done.is_set() {
            return Ok(true);
        }
        loop {
            match gil::detach(|| self.done.wait_until(deadline)) {
                LockResult::Acquired => return Ok(true),
                LockResult::TimedOut => return Ok(false),
                LockResult::Interrupted => signals::check()?,
            }
        }
    }
}

/// Threads that the end of the program waits for.
#[derive(Default)]
struct Joinable(RefCell<Vec<Arc<HandleState>>>);

struct Shared(Arc<HandleState>);

gopy_object::leaf_traverse!(Shared);

/// A `_ThreadHandle`.
#[pyclass(name = "_thread._ThreadHandle", static = THREAD_HANDLE, basicsize = 24,
    flags(IMMUTABLETYPE))]
#[repr(C)]
pub struct ThreadHandle {
    object: Object,
    shared: Shared,
}

impl ThreadHandle {
    fn make(ty: &Type, state: Arc<HandleState>) -> PyResult {
        let handle = ThreadHandle { object: Object::header(ty), shared: Shared(state) };
        Ok(memory::alloc(ty, handle)?.upcast())
    }
}

#[pymethods]
impl ThreadHandle {
    #[pymethod("($self, timeout=None, /)", hide_signature)]
    fn join(&self, timeout: Option<&Object>) -> PyResult<()> {
        let deadline = match timeout {
            None => None,
            Some(timeout) => {
                let timeout = nanoseconds(timeout, Round::Up)?;
                let wait = Duration::from_nanos(u64::try_from(timeout).unwrap_or(0));
                // A negative time-out stands for none.
                if timeout < 0 { None } else { Some(Instant::now() + wait) }
            }
        };
        let state = &self.shared.0;
        if state.stage.load(Ordering::Acquire) == NOT_STARTED {
            return Err(runtime_error!("thread not started"));
        }
        if !state.done.is_set() && state.ident.load(Ordering::Acquire) == ident() {
            return Err(runtime_error!("Cannot join current thread"));
        }
        state.wait(deadline).map(drop)
    }

    #[pymethod("($self, /)")]
    fn _set_done(&self) {
        self.shared.0.finish();
    }

    #[pymethod("($self, /)")]
    fn is_done(&self) -> bool {
        self.shared.0.stage.load(Ordering::Acquire) == DONE
    }

    #[pygetter]
    fn ident(&self) -> u64 {
        self.shared.0.ident.load(Ordering::Acquire)
    }
}

#[pyslots]
impl ThreadHandle {
    fn new(ty: &Type, _args: Args<'_>) -> PyResult {
        ThreadHandle::make(ty, HandleState::new(NOT_STARTED, 0))
    }

    fn repr(&self) -> String {
        let ty = self.as_object().type_name();
        format!("<{ty} object: ident={}>", self.shared.0.ident.load(Ordering::Acquire))
    }
}

// --- starting ----------------------------------------------------------------------------------

static STACK_SIZE: AtomicUsize = AtomicUsize::new(0);
static RUNNING_COUNT: AtomicUsize = AtomicUsize::new(0);
static NEXT_ID: AtomicU64 = AtomicU64::new(2);

/// What a new thread runs; it crosses to that thread as a raw pointer and is opened under the GIL.
struct Start {
    function: Ref,
    args: Ref<Tuple>,
    kwargs: Option<Ref>,
    handle: Arc<HandleState>,
    interpreter: &'static Interpreter,
}

/// Address and size of the running thread's stack.
fn stack_bounds() -> (usize, usize) {
    // SAFETY: a zeroed attribute block is filled in by the call.
    let mut attributes: libc::pthread_attr_t = unsafe { std::mem::zeroed() };
    let (mut start, mut size) = (std::ptr::null_mut(), 0);
    // SAFETY: writes the attributes of this thread.
    unsafe { libc::pthread_getattr_np(libc::pthread_self(), &mut attributes) };
    // SAFETY: reads attributes, writes two numbers.
    unsafe { libc::pthread_attr_getstack(&attributes, &mut start, &mut size) };
    // SAFETY: made above.
    unsafe { libc::pthread_attr_destroy(&mut attributes) };
    (start.addr() + size, size)
}

extern "C" fn thread_main(start: *mut libc::c_void) -> *mut libc::c_void {
    let (top, size) = stack_bounds();
    // SAFETY: made by `start_thread`, which gave it away. Nothing of it is used before the GIL is
    // held: reading the interpreter's address is not using it.
    let interpreter = unsafe { (*start.cast::<Start>()).interpreter };
    let id = NEXT_ID.fetch_add(1, Ordering::Relaxed);
    let state = Box::into_raw(Thread::new(interpreter, id, top, size));
    // SAFETY: freed below, after it has been detached.
    unsafe { gil::attach(state) };
    {
        // SAFETY: alive, as above.
        let here = unsafe { &*state };
        gil::register(here);
        here.ident.set(ident());
        // SAFETY: made by `Box::into_raw`, and taken over once.
        let start = unsafe { Box::from_raw(start.cast::<Start>()) };
        run(*start);
        // Thread-local data dies with the thread, while Python can still run.
        for slot in [
            &here.dict,
            &here.context,
            &here.async_exception,
            &here.trace,
            &here.profile,
            &here.asyncgen_firstiter,
            &here.asyncgen_finalizer,
            &here.exc_bottom.value,
        ] {
            slot.set(None);
        }
        gil::unregister(here);
    }
    // SAFETY: the field alone is borrowed; what is in it may own objects, so it dies under the GIL.
    drop(unsafe { (*(&raw mut (*state).vm)).take() });
    // SAFETY: no object is used after this.
    unsafe { gil::detach_for_good() };
    // SAFETY: made above; nobody else has it any more.
    drop(unsafe { Box::from_raw(state) });
    std::ptr::null_mut()
}

fn run(start: Start) {
    let Start { function, args, kwargs, handle, .. } = start;
    handle.ident.store(ident(), Ordering::Release);
    handle.stage.store(RUNNING, Ordering::Release);
    let kwargs_dict = kwargs.as_deref().and_then(|kwargs| kwargs.downcast::<Dict>());
    if let Err(error) = call::call_tuple(&function, &args, kwargs_dict)
        && !error.is_instance(&exceptions::SYSTEM_EXIT)
    {
        let message = match object::repr(&function) {
            Ok(repr) => format!("Exception ignored in thread started by {repr}"),
            Err(_) => "Exception ignored in thread started by".to_owned(),
        };
        (hooks::get().unraisable)(error.into_value(), Some(&message), None);
    }
    drop(function);
    drop(args);
    drop(kwargs);
    RUNNING_COUNT.fetch_sub(1, Ordering::Relaxed);
    handle.finish();
}

fn start_thread(
    function: &Object,
    args: Ref<Tuple>,
    kwargs: Option<Ref>,
    handle: &Arc<HandleState>,
) -> PyResult<()> {
    (hooks::get().audit)("_thread.start_new_thread", &[function, args.as_object()])?;
    let interpreter = Interpreter::current();
    if interpreter.finalizing.get() {
        let text = Str::new("can't create new thread at interpreter shutdown");
        return Err(raise_with(&exceptions::PYTHON_FINALIZATION_ERROR, &[&text]));
    }
    let start = Box::into_raw(Box::new(Start {
        function: function.to_ref(),
        args,
        kwargs,
        handle: handle.clone(),
        interpreter,
    }));
    // SAFETY: filled in by the call.
    let mut attributes: libc::pthread_attr_t = unsafe { std::mem::zeroed() };
    // SAFETY: writes the attributes.
    unsafe { libc::pthread_attr_init(&mut attributes) };
    let size = STACK_SIZE.load(Ordering::Relaxed);
    if size > 0 {
        // SAFETY: changes the attributes made above.
        unsafe { libc::pthread_attr_setstacksize(&mut attributes, size) };
    }
    // SAFETY: as above.
    unsafe { libc::pthread_attr_setdetachstate(&mut attributes, libc::PTHREAD_CREATE_DETACHED) };
    let mut made: libc::pthread_t = 0;
    RUNNING_COUNT.fetch_add(1, Ordering::Relaxed);
    // SAFETY: `thread_main` takes over `start`.
    let failed =
        unsafe { libc::pthread_create(&mut made, &attributes, thread_main, start.cast()) } != 0;
    // SAFETY: made above.
    unsafe { libc::pthread_attr_destroy(&mut attributes) };
    if failed {
        RUNNING_COUNT.fetch_sub(1, Ordering::Relaxed);
        // SAFETY: no thread has taken it over.
        drop(unsafe { Box::from_raw(start) });
        return Err(runtime_error!("can't start new thread"));
    }
    // The new thread stores the same number; whoever comes first.
    handle.ident.store(made as u64, Ordering::Release);
    Ok(())
}

/// In the child of a fork no other thread goes on.
pub(crate) fn after_fork_child() {
    RUNNING_COUNT.store(0, Ordering::Relaxed);
    let me = ident();
    for handle in util::state::<Joinable>().0.take() {
        if handle.ident.load(Ordering::Acquire) != me {
            handle.finish();
        }
    }
    thread().ident.set(me);
    signals::set_main_thread(thread());
}

// --- thread-local data ---------------------------------------------------------------------------

/// A `_local`: attributes that every thread has of its own.
///
/// The attributes lie in the thread's dict under this object's number. While an attribute is looked
/// up they are lent to the instance's dict slot, where the generic functions find them.
#[pyclass(name = "_thread._local", static = LOCAL, basicsize = 56,
    flags(BASETYPE, HAVE_GC, IMMUTABLETYPE), text_signature = "()", dict = dict,
    weaklist = weakrefs, weaklistoffset = 40)]
#[repr(C)]
pub struct Local {
    object: Object,
    dict: Slot,
    args: Slot<Tuple>,
    kwargs: Slot<Dict>,
    weakrefs: WeakList,
    number: u64,
}

static NEXT_LOCAL: AtomicU64 = AtomicU64::new(1);

/// The running thread's dict.
fn thread_dict() -> Ref<Dict> {
    let here = thread();
    if let Some(dict) = here.dict.get().and_then(|dict| dict.downcast_ref::<Dict>().ok()) {
        return dict;
    }
    let dict = Dict::new();
    here.dict.set(Some(dict.clone().upcast()));
    dict
}

impl Local {
    fn key(&self) -> Ref<Str> {
        Str::new(&format!("_thread._local.{}", self.number))
    }

    /// The attributes of this thread; `__init__` of a subclass runs for new ones. May run Python.
    fn attributes(&self) -> PyResult<Ref<Dict>> {
        let all = thread_dict();
        let key = self.key();
        if let Some(found) = all.get_str(&key)?
            && let Ok(found) = found.downcast_ref::<Dict>()
        {
            return Ok(found);
        }
        let fresh = Dict::new();
        all.set_str(&key, &fresh)?;
        let base = gopy_object::typeobj::OBJECT.slots.init.get();
        if let Some(init) = self.as_object().type_().slots.init.get()
            && base.is_none_or(|base| !std::ptr::fn_addr_eq(base, init))
        {
            let args = self.args.get().unwrap_or_else(tuple::empty);
            let kwargs = self.kwargs.get();
            let result = call::with_tuple_args(&args, kwargs.as_deref(), |args| init(self, args));
            if let Err(error) = result.and_then(|inner| Ok::<_, gopy_object::Exception>(inner)) {
                all.del_item(&key)?;
                return Err(error);
            }
        }
        Ok(fresh)
    }

    /// Runs `work` with this thread's attributes as the instance's dict.
    fn with_attributes<R>(&self, work: impl FnOnce() -> PyResult<R>) -> PyResult<R> {
        let attributes = self.attributes()?;
        let outer = self.dict.replace(Some(attributes.upcast()));
        let result = work();
        self.dict.set(outer);
        result
    }
}

#[pymethods]
impl Local {}

#[pyslots]
impl Local {
    fn new(ty: &Type, args: Args<'_>) -> PyResult {
        let has_arguments = args.len() > 0 || args.keyword_count() > 0;
        let base = gopy_object::typeobj::OBJECT.slots.init.get();
        let has_init = match (ty.slots.init.get(), base) {
            (Some(init), Some(base)) => !std::ptr::fn_addr_eq(init, base),
            (init, _) => init.is_some(),
        };
        if has_arguments && !has_init {
            return Err(type_error!("Initialization arguments are not supported"));
        }
        let local = Local {
            object: Object::header(ty),
            dict: Slot::empty(),
            args: Slot::new(Some(call::args_tuple(args)?)),
            kwargs: Slot::new(call::kwargs_dict(args)?),
            weakrefs: WeakList::empty(),
            number: NEXT_LOCAL.fetch_add(1, Ordering::Relaxed),
        };
        let local = gc::tracked(memory::alloc(ty, local)?);
        // `__init__` runs right after this, so the attributes exist already in this thread.
        thread_dict().set_str(&local.key(), &Dict::new())?;
        Ok(local.upcast())
    }

    fn getattro(&self, name: &Object) -> PyResult {
        let is_dict = name.downcast::<Str>().is_some_and(|name| name.eq_str("__dict__"));
        if is_dict {
            return Ok(self.attributes()?.upcast());
        }
        self.with_attributes(|| object::generic_get_attr(self, name))
    }

    fn setattro(&self, name: &Object, value: Option<&Object>) -> PyResult<()> {
        if name.downcast::<Str>().is_some_and(|name| name.eq_str("__dict__")) {
            return Err(gopy_core::error::attribute_error_text!(
                "'{:.100}' object attribute '__dict__' is read-only",
                self.as_object().type_name()
            ));
        }
        self.with_attributes(|| object::generic_set_attr(self, name, value))
    }

    fn finalize(&self) {
        let key = self.key();
        let mut dicts = Vec::new();
        gil::for_each_thread(|thread| dicts.extend(thread.dict.get()));
        dicts.extend(thread().dict.get());
        for dict in dicts {
            if let Some(dict) = dict.downcast::<Dict>() {
                // A string key runs no Python, so nothing can be raised.
                let _ = dict.del_item(&key);
            }
        }
    }
}

/// `_thread`.
#[pymodule(name = "_thread")]
pub mod thread_module {
    use super::*;

    #[inline]
    fn new_thread(function: &Object, args: &Object, kwargs: Option<&Object>) -> PyResult<u64> {
        if !object::is_callable(function) {
            return Err(type_error!("first arg must be callable"));
        }
        let Some(args) = args.downcast::<Tuple>() else {
            return Err(type_error!("2nd arg must be a tuple"));
        };
        if kwargs.is_some_and(|kwargs| kwargs.downcast::<Dict>().is_none()) {
            return Err(type_error!("optional 3rd arg must be a dictionary"));
        }
        let handle = HandleState::new(STARTING, 0);
        start_thread(function, args.to_ref(), kwargs.map(|kwargs| kwargs.to_ref()), &handle)?;
        Ok(handle.ident.load(Ordering::Acquire))
    }

    #[pyfunction("($module, function, args, kwargs={}, /)")]
    fn start_new_thread(
        function: &Object,
        args: &Object,
        kwargs: Option<&Object>,
    ) -> PyResult<u64> {
        new_thread(function, args, kwargs)
    }

    #[pyfunction("($module, function, args, kwargs={}, /)")]
    fn start_new(function: &Object, args: &Object, kwargs: Option<&Object>) -> PyResult<u64> {
        new_thread(function, args, kwargs)
    }

    #[pyfunction("($module, /, function, handle=None, daemon=True)")]
    fn start_joinable_thread(function: &Object, handle: Option<&Object>, daemon: bool) -> PyResult {
        if !object::is_callable(function) {
            return Err(type_error!("thread function must be callable"));
        }
        let handle = match handle {
            None => ThreadHandle::make(&THREAD_HANDLE, HandleState::new(NOT_STARTED, 0))?,
            Some(handle) => handle.to_ref(),
        };
        let Some(shared) = handle.downcast_exact::<ThreadHandle>() else {
            return Err(type_error!("'handle' must be a _ThreadHandle"));
        };
        let state = &shared.shared.0;
        let claimed = state.stage.compare_exchange(
            NOT_STARTED,
            STARTING,
            Ordering::AcqRel,
            Ordering::Acquire,
        );
        if claimed.is_err() {
            return Err(runtime_error!("thread already started"));
        }
        if let Err(error) = start_thread(function, tuple::empty(), None, state) {
            state.stage.store(NOT_STARTED, Ordering::Release);
            return Err(error);
        }
        if !daemon {
            let joinable = util::state::<Joinable>();
            let mut handles = joinable.0.borrow_mut();
            handles.retain(|other| !other.done.is_set());
            handles.push(state.clone());
        }
        Ok(handle)
    }

    #[pyfunction("($module, /)")]
    fn _shutdown() -> PyResult<()> {
        let me = ident();
        loop {
            let next = util::state::<Joinable>().0.borrow_mut().pop();
            let Some(handle) = next else { return Ok(()) };
            if handle.ident.load(Ordering::Acquire) == me {
                continue;
            }
            if let Err(error) = handle.wait(None) {
                let message = "Exception ignored while joining a thread in _thread._shutdown()";
                (hooks::get().unraisable)(error.into_value(), Some(message), None);
            }
        }
    }

    #[pyfunction("($module, ident, /)")]
    fn _make_thread_handle(ident: &Object) -> PyResult {
        if ident.downcast::<Int>().is_none() {
            return Err(type_error!("ident must be an integer"));
        }
        let ident = number::index(ident)?.to_u64_wrapping();
        ThreadHandle::make(&THREAD_HANDLE, HandleState::new(RUNNING, ident))
    }

    #[pyfunction("($module, /)")]
    fn _get_main_thread_ident() -> u64 {
        let mut first = ident();
        let mut lowest = u64::MAX;
        gil::for_each_thread(|thread| {
            if thread.id < lowest && thread.ident.get() != 0 {
                (lowest, first) = (thread.id, thread.ident.get());
            }
        });
        first
    }

    #[pyfunction("($module, /)")]
    fn _is_main_interpreter() -> bool {
        Interpreter::current().id == 0
    }

    #[pyfunction("($module, /)")]
    fn daemon_threads_allowed() -> bool {
        true
    }

    #[pyfunction("($module, /)")]
    fn allocate_lock() -> PyResult {
        Lock::make(&LOCK)
    }

    #[pyfunction("($module, /)")]
    fn allocate() -> PyResult {
        Lock::make(&LOCK)
    }

    #[pyfunction("($module, /)")]
    fn get_ident() -> u64 {
        ident()
    }

    #[pyfunction("($module, /)")]
    fn get_native_id() -> i32 {
        // SAFETY: takes nothing.
        unsafe { libc::gettid() }
    }

    #[pyfunction("($module, /)")]
    fn _count() -> usize {
        RUNNING_COUNT.load(Ordering::Relaxed)
    }

    #[pyfunction("($module, size=0, /)")]
    fn stack_size(size: isize) -> PyResult<usize> {
        let old = STACK_SIZE.load(Ordering::Relaxed);
        let Ok(size) = usize::try_from(size) else {
            return Err(value_error!("size must be 0 or a positive value"));
        };
        if size != 0 && size < 32 * 1024 {
            return Err(value_error!("size not valid: {size} bytes"));
        }
        STACK_SIZE.store(size, Ordering::Relaxed);
        Ok(old)
    }

    #[pyfunction("($module, signum=signal.SIGINT, /)")]
    fn interrupt_main(signum: Option<i32>) -> PyResult<()> {
        crate::signal::interrupt_main(signum.unwrap_or(libc::SIGINT))
    }

    #[pyfunction("($module, /)")]
    fn exit() -> PyResult<()> {
        Err(raise_with(&exceptions::SYSTEM_EXIT, &[]))
    }

    #[pyfunction("($module, /)")]
    fn exit_thread() -> PyResult<()> {
        exit()
    }

    #[pyfunction("($module, /, name)")]
    fn set_name(name: &Str) -> PyResult<()> {
        let mut name = c_text(name)?;
        // The system takes 15 bytes; a character is not cut in two.
        if name.len() > 16 {
            let mut end = 15;
            while end > 0 && name[end] & 0xc0 == 0x80 {
                end -= 1;
            }
            name.truncate(end);
            name.push(0);
        }
        // SAFETY: the name ends with NUL.
        unsafe { libc::pthread_setname_np(libc::pthread_self(), name.as_ptr().cast()) };
        Ok(())
    }

    #[pyfunction("($module, /)")]
    fn _get_name() -> Ref {
        let mut name = [0u8; 16];
        // SAFETY: writes within the array.
        unsafe {
            libc::pthread_getname_np(libc::pthread_self(), name.as_mut_ptr().cast(), name.len())
        };
        let end = name.iter().position(|b| *b == 0).unwrap_or(name.len());
        util::os_str(&name[..end])
    }

    #[pyfunction("($module, args, /)")]
    fn _excepthook(args: &Object) -> PyResult<()> {
        let Some([ty, value, traceback, owner]) = args.downcast::<Tuple>().map(Tuple::items) else {
            return Err(type_error!("_thread._excepthook argument type must be ExceptHookArgs"));
        };
        if ty.is(exceptions::SYSTEM_EXIT.as_object()) {
            return Ok(());
        }
        let sys = Interpreter::current().sys_dict.get();
        let stderr = match sys.as_deref().and_then(|sys| sys.downcast::<Dict>()) {
            Some(sys) => sys.get_str(&key("stderr"))?,
            None => None,
        };
        let Some(stderr) = stderr.filter(|stderr| !none::is_none(stderr)) else { return Ok(()) };
        let name =
            if none::is_none(owner) { None } else { object::get_attr_opt(owner, &key("name"))? };
        let name = match name {
            Some(name) => object::str(&name)?,
            None => Str::new(&ident().to_string()),
        };
        let line = Str::new(&format!("Exception in thread {name}:\n"));
        call::call_method(&stderr, &key("write"), &[&line])?;
        let print = import::import_attr("traceback", "print_exception")?;
        let no_limit = none::none();
        call::call(&print, &[ty, value, traceback, &no_limit, &stderr])?;
        call::call_method(&stderr, &key("flush"), &[])?;
        Ok(())
    }

    #[pyexec]
    fn exec(module: &Object) -> PyResult<()> {
        for ty in [&LOCK, &R_LOCK, &THREAD_HANDLE, &LOCAL] {
            module::add_type(module, ty)?;
        }
        module::add(module, "LockType", LOCK.as_object().to_ref())?;
        module::add(module, "error", exceptions::RUNTIME_ERROR.as_object().to_ref())?;
        module::add(module, "TIMEOUT_MAX", TIMEOUT_MAX)?;
        module::add(module, "_NAME_MAXLEN", 15)?;
        module::add(module, "_ExceptHookArgs", util::struct_type(&EXCEPT_HOOK_ARGS)?)?;
        Ok(())
    }
}
