//! Threads of the system, and `_thread._ThreadHandle`.
//!
//! Answers to the handles of `Modules/_threadmodule.c` and to `Python/thread_pthread.h`.

use std::cell::{Cell, RefCell};
use std::mem::MaybeUninit;
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering};
use std::sync::{Arc, Weak};
use std::time::Instant;

use gopy_core::dict::Dict;
use gopy_core::error::{raise_format, runtime_error};
use gopy_core::int::Int;
use gopy_core::{call, exceptions, none, object};
use gopy_macros::{pyclass, pymethods, pyslots};
use gopy_object::lock::{LockResult, RawEvent, RawLock};
use gopy_object::typeobj::Tuple;
use gopy_object::{
    Args, Instance, Interpreter, Object, PyResult, Ref, Thread, Type, gil, memory, signals,
};

use crate::pytime::{self, Round};
use crate::util::state;

const NOT_STARTED: u8 = 1;
const STARTING: u8 = 2;
const RUNNING: u8 = 3;
const DONE: u8 = 4;

/// A thread, known to whoever may wait for it and to itself.
pub(super) struct Handle {
    state: AtomicU8,
    ident: AtomicU64,
    /// Whether the system's thread is still to be joined or detached.
    has_os_thread: AtomicBool,
    /// Set when the thread runs no Python any more.
    exiting: RawEvent,
    /// Held by the one who joins the system's thread.
    joining: RawLock,
}

impl Handle {
    fn new() -> Arc<Handle> {
        Arc::new(Handle {
            state: AtomicU8::new(NOT_STARTED),
            ident: AtomicU64::new(0),
            has_os_thread: AtomicBool::new(false),
            exiting: RawEvent::new(),
            joining: RawLock::new(),
        })
    }

    /// `threading.get_ident()` of the thread.
    pub(super) fn ident(&self) -> u64 {
        self.ident.load(Ordering::Acquire)
    }

    fn is_started(&self) -> bool {
        self.state.load(Ordering::Acquire) >= RUNNING
    }

    /// Waits until the thread has ended (`ThreadHandle_join`). May run Python.
    fn join(&self, timeout: Option<i64>) -> PyResult<()> {
        if !self.is_started() {
            return Err(runtime_error!("thread not started"));
        }
        if self.ident() == super::ident() && !self.exiting.is_set() {
            return Err(runtime_error!("Cannot join current thread"));
        }
        if Interpreter::current().finalizing.get() && !self.exiting.is_set() {
            // No other thread runs Python any more, so this one would never end.
            return Err(raise_format(
                &exceptions::PYTHON_FINALIZATION_ERROR,
                format_args!("cannot join thread at interpreter shutdown"),
            ));
        }
        let deadline: Option<Instant> = timeout.and_then(pytime::deadline);
        while !self.exiting.is_set() {
            match gil::detach(|| self.exiting.wait_until(deadline)) {
                LockResult::Acquired => {}
                LockResult::TimedOut => return Ok(()),
                LockResult::Interrupted => signals::check()?,
            }
        }
        self.finish(true)
    }

    /// Joins or detaches the system's thread, once.
    fn finish(&self, join: bool) -> PyResult<()> {
        let failed = gil::detach(|| {
            self.joining.lock_uninterruptible();
            let mut failed = false;
            if self.has_os_thread.swap(false, Ordering::AcqRel) {
                // SAFETY: a thread that was started joinable and is neither joined nor detached.
                let result = unsafe {
                    if join {
                        libc::pthread_join(self.ident(), std::ptr::null_mut())
                    } else {
                        libc::pthread_detach(self.ident())
                    }
                };
                failed = result != 0;
            }
            self.state.store(DONE, Ordering::Release);
            self.joining.unlock();
            failed
        });
        if failed && join { Err(runtime_error!("Failed joining thread")) } else { Ok(()) }
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        if self.has_os_thread.load(Ordering::Acquire) {
            // SAFETY: a thread that was started joinable and is neither joined nor detached; nobody
            // can join it any more.
            unsafe { libc::pthread_detach(self.ident()) };
        }
    }
}

/// The threads of an interpreter.
#[derive(Default)]
pub(super) struct Threads {
    /// Threads running that were started here.
    pub(super) count: Cell<usize>,
    /// Stack of new threads in bytes; 0 is the system's default.
    pub(super) stack_size: Cell<usize>,
    /// Number of the newest thread; the main thread is 1.
    last_id: Cell<u64>,
    /// Those that shut-down waits for.
    waited_for: RefCell<Vec<Arc<Handle>>>,
    /// All that may be joined.
    all: RefCell<Vec<Weak<Handle>>>,
}

impl Threads {
    fn forget(&self, handle: &Arc<Handle>) {
        self.waited_for.borrow_mut().retain(|other| !Arc::ptr_eq(other, handle));
    }

    fn remember(&self, handle: &Arc<Handle>) {
        let mut all = self.all.borrow_mut();
        all.retain(|other| other.strong_count() > 0);
        all.push(Arc::downgrade(handle));
    }
}

/// What a new thread begins with. Its references are used and dropped by that thread, under the GIL.
struct Start {
    function: Ref,
    args: Ref<Tuple>,
    kwargs: Option<Ref<Dict>>,
    thread: Box<Thread>,
    handle: Arc<Handle>,
    /// Set when `handle` shows a running thread.
    ready: Arc<RawEvent>,
}

/// Bounds of the running thread's stack: highest address and size.
fn stack_bounds() -> (usize, usize) {
    let here = 0u8;
    let here = (&raw const here).addr();
    let mut attributes = MaybeUninit::<libc::pthread_attr_t>::uninit();
    // SAFETY: fills the attributes where it answers 0.
    if unsafe { libc::pthread_getattr_np(libc::pthread_self(), attributes.as_mut_ptr()) } != 0 {
        return (here, 1 << 18);
    }
    let (mut lowest, mut size) = (std::ptr::null_mut(), 0);
    // SAFETY: attributes that have been filled, and places on this stack.
    let result =
        unsafe { libc::pthread_attr_getstack(attributes.as_ptr(), &raw mut lowest, &raw mut size) };
    // SAFETY: as above; not used afterwards.
    unsafe { libc::pthread_attr_destroy(attributes.as_mut_ptr()) };
    if result == 0 { (lowest.addr() + size, size) } else { (here, 1 << 18) }
}

extern "C" fn run_thread(start: *mut libc::c_void) -> *mut libc::c_void {
    // SAFETY: `start_thread` boxed it and gave it away.
    let start = unsafe { Box::from_raw(start.cast::<Start>()) };
    let Start { function, args, kwargs, thread, handle, ready } = *start;
    let (top, size) = stack_bounds();
    thread.set_stack(top, size);
    thread.ident.set(super::ident());
    ready.wait_until(None);
    let pointer: *const Thread = &*thread;
    // SAFETY: the state is this thread's, and the box lives until after it is detached.
    unsafe { gil::attach(pointer) };
    let result = call::call_tuple(&function, &args, kwargs.as_deref());
    if let Err(error) = result
        && !error.is_instance(&exceptions::SYSTEM_EXIT)
    {
        let shown = object::repr(&function).map_or_else(|_| String::new(), |s| s.to_string());
        let message = format!("Exception ignored in thread started by {shown}");
        (gopy_core::hooks::get().unraisable)(error.into_value(), Some(&message), None);
    }
    drop((function, args, kwargs));
    end_thread(&thread);
    let threads = state::<Threads>();
    threads.count.set(threads.count.get() - 1);
    threads.forget(&handle);
    drop(threads);
    gil::unregister(&thread);
    let was_main = signals::thread_ends(&thread);
    // SAFETY: no object is used from here on.
    unsafe { gil::detach_for_good() };
    if was_main {
        std::mem::forget(thread);
    } else {
        drop(thread);
    }
    handle.exiting.set();
    drop(handle);
    std::ptr::null_mut()
}

/// Releases what a thread owns (`PyThreadState_Clear`). May run Python.
fn end_thread(thread: &Thread) {
    super::local::thread_ended(thread);
    thread.dict.set(None);
    thread.async_exception.set(None);
    thread.profile.set(None);
    thread.trace.set(None);
    thread.asyncgen_firstiter.set(None);
    thread.asyncgen_finalizer.set(None);
    thread.context.set(None);
    thread.exc_bottom.value.set(None);
    gil::thread_ended(thread);
}

/// Starts the system's thread; whether it worked.
fn spawn(start: Box<Start>, stack_size: usize) -> Result<u64, Box<Start>> {
    let mut attributes = MaybeUninit::<libc::pthread_attr_t>::uninit();
    // SAFETY: fills the attributes where it answers 0.
    if unsafe { libc::pthread_attr_init(attributes.as_mut_ptr()) } != 0 {
        return Err(start);
    }
    let mut good = true;
    if stack_size > 0 {
        // SAFETY: attributes that have been made.
        good = unsafe { libc::pthread_attr_setstacksize(attributes.as_mut_ptr(), stack_size) } == 0;
    }
    let start = Box::into_raw(start);
    let mut ident = 0;
    if good {
        // SAFETY: the routine takes over the box.
        good = unsafe {
            libc::pthread_create(&raw mut ident, attributes.as_ptr(), run_thread, start.cast())
        } == 0;
    }
    // SAFETY: not used afterwards.
    unsafe { libc::pthread_attr_destroy(attributes.as_mut_ptr()) };
    // SAFETY: no thread has taken over the box.
    if good { Ok(ident) } else { Err(unsafe { Box::from_raw(start) }) }
}

/// Starts a thread that calls `function` (`ThreadHandle_start`).
pub(super) fn start_thread(
    handle: &Arc<Handle>,
    function: &Object,
    args: &Tuple,
    kwargs: Option<&Dict>,
    daemon: bool,
) -> PyResult<()> {
    let taken =
        handle.state.compare_exchange(NOT_STARTED, STARTING, Ordering::AcqRel, Ordering::Acquire);
    if taken.is_err() {
        return Err(runtime_error!("thread already started"));
    }
    let interpreter = Interpreter::current();
    if interpreter.finalizing.get() {
        handle.state.store(NOT_STARTED, Ordering::Release);
        return Err(raise_format(
            &exceptions::PYTHON_FINALIZATION_ERROR,
            format_args!("can't create new thread at interpreter shutdown"),
        ));
    }
    let threads: Rc<Threads> = state();
    let id = threads.last_id.get().max(1) + 1;
    threads.last_id.set(id);
    let ready = Arc::new(RawEvent::new());
    let start = Box::new(Start {
        function: function.to_ref(),
        args: args.to_ref(),
        kwargs: kwargs.map(|kwargs| kwargs.to_ref()),
        // Where its stack is the thread itself finds out.
        thread: Thread::new(interpreter, id, 0, 0),
        handle: handle.clone(),
        ready: ready.clone(),
    });
    gil::register(&start.thread);
    match spawn(start, threads.stack_size.get()) {
        Ok(ident) => {
            threads.count.set(threads.count.get() + 1);
            threads.remember(handle);
            if !daemon {
                threads.waited_for.borrow_mut().push(handle.clone());
            }
            handle.ident.store(ident, Ordering::Release);
            handle.has_os_thread.store(true, Ordering::Release);
            handle.state.store(RUNNING, Ordering::Release);
            ready.set();
            Ok(())
        }
        Err(start) => {
            gil::unregister(&start.thread);
            handle.state.store(NOT_STARTED, Ordering::Release);
            Err(runtime_error!("can't start new thread"))
        }
    }
}

/// Starts a thread that nobody joins; its number.
pub(super) fn start_detached(
    function: &Object,
    args: &Tuple,
    kwargs: Option<&Dict>,
) -> PyResult<u64> {
    let handle = Handle::new();
    start_thread(&handle, function, args, kwargs, true)?;
    Ok(handle.ident())
}

/// Waits for all threads but daemons. May run Python.
pub(super) fn shut_down() {
    let threads = state::<Threads>();
    loop {
        let here = super::ident();
        let next =
            threads.waited_for.borrow().iter().find(|handle| handle.ident() != here).cloned();
        let Some(handle) = next else { return };
        if let Err(error) = handle.join(None) {
            let message = "Exception ignored while joining a thread in _thread._shutdown()";
            (gopy_core::hooks::get().unraisable)(error.into_value(), Some(message), None);
            return;
        }
        threads.forget(&handle);
    }
}

/// In the child of a fork only the running thread is left.
pub(crate) fn after_fork_child() {
    let threads = state::<Threads>();
    let here = super::ident();
    threads.waited_for.borrow_mut().retain(|handle| handle.ident() == here);
    threads.count.set(threads.waited_for.borrow().len());
    for handle in threads.all.borrow().iter().filter_map(Weak::upgrade) {
        if handle.ident() == here {
            continue;
        }
        handle.joining.reset();
        handle.has_os_thread.store(false, Ordering::Release);
        handle.state.store(DONE, Ordering::Release);
        handle.exiting.set();
    }
}

struct Shared(Arc<Handle>);

gopy_object::leaf_traverse!(Shared);

/// A `_thread._ThreadHandle`.
#[pyclass(name = "_thread._ThreadHandle", static = THREAD_HANDLE, basicsize = 24)]
#[repr(C)]
pub struct ThreadHandle {
    object: Object,
    shared: Shared,
}

/// A handle, not started.
pub(super) fn new_handle() -> PyResult<Ref<ThreadHandle>> {
    let shared = Shared(Handle::new());
    memory::alloc(&THREAD_HANDLE, ThreadHandle { object: Object::header(&THREAD_HANDLE), shared })
}

impl ThreadHandle {
    /// The thread.
    pub(super) fn handle(&self) -> &Arc<Handle> {
        &self.shared.0
    }

    /// Makes the handle stand for a thread that runs already.
    pub(super) fn adopt(&self, ident: u64) {
        let handle = &self.shared.0;
        handle.ident.store(ident, Ordering::Release);
        handle.state.store(RUNNING, Ordering::Release);
        state::<Threads>().remember(handle);
    }
}

#[pymethods]
impl ThreadHandle {
    #[pymethod("($self, timeout=<unrepresentable>, /)", hide_signature, style = parsetuple)]
    fn join(&self, timeout: Option<&Object>) -> PyResult<()> {
        let timeout = match timeout.filter(|timeout| !none::is_none(timeout)) {
            Some(timeout) => Some(pytime::from_seconds(timeout, Round::Up)?),
            None => None,
        };
        let handle = self.shared.0.clone();
        handle.join(timeout.filter(|timeout| *timeout >= 0))
    }

    #[pymethod("($self, /)")]
    fn _set_done(&self) -> PyResult<()> {
        let handle = self.shared.0.clone();
        if !handle.is_started() {
            return Err(runtime_error!("thread not started"));
        }
        handle.exiting.set();
        handle.finish(false)
    }

    #[pymethod("($self, /)")]
    fn is_done(&self) -> bool {
        self.shared.0.exiting.is_set()
    }

    #[pygetter]
    fn ident(&self) -> Ref<Int> {
        Int::from_u64(self.shared.0.ident())
    }
}

#[pyslots]
impl ThreadHandle {
    fn tp_new(ty: &Type, args: Args<'_>) -> PyResult<Ref<ThreadHandle>> {
        let _ = (ty, args);
        new_handle()
    }

    fn repr(&self) -> PyResult<String> {
        Ok(format!("<{} object: ident={}>", self.object.type_name(), self.shared.0.ident()))
    }
}
