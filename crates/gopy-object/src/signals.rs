//! Pending signals: what a signal handler leaves behind, and who picks it up.
//!
//! Answers to `trip_signal` of `Modules/signalmodule.c` and to `PyErr_CheckSignals`. The handler sets
//! flags and a breaker bit; the module `_signal` gives the function that runs Python handlers.

use std::ptr;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicU64, Ordering};

use crate::error::PyResult;
use crate::lock;
use crate::state::{Thread, breaker, thread};

/// Number of signals, and one.
pub const NSIG: usize = 65;

static TRIPPED: [AtomicBool; NSIG] = [const { AtomicBool::new(false) }; NSIG];
static ANY: AtomicBool = AtomicBool::new(false);
static MAIN: AtomicPtr<Thread> = AtomicPtr::new(ptr::null_mut());
static MAIN_IDENT: AtomicU64 = AtomicU64::new(0);
static RUNNER: OnceLock<fn() -> PyResult<()>> = OnceLock::new();

/// Names the main thread, which alone runs Python handlers. Its state is never freed.
pub fn set_main_thread(thread: &'static Thread) {
    // SAFETY: takes no arguments.
    thread.ident.set(unsafe { libc::pthread_self() });
    MAIN_IDENT.store(thread.ident.get(), Ordering::Release);
    MAIN.store(ptr::from_ref(thread).cast_mut(), Ordering::Release);
}

/// The child of a fork has the forking thread alone, which is its main thread from now on.
pub fn after_fork_child() {
    let here = thread();
    MAIN_IDENT.store(here.ident.get(), Ordering::Release);
    MAIN.store(ptr::from_ref(here).cast_mut(), Ordering::Release);
}

/// A thread ends. Whether it was the main one, as in the child of a fork: its state must never be freed
/// then, since a handler may be looking at it.
pub fn thread_ends(thread: &Thread) -> bool {
    let ending = ptr::from_ref(thread).cast_mut();
    MAIN.compare_exchange(ending, ptr::null_mut(), Ordering::AcqRel, Ordering::Acquire).is_ok()
}

/// `threading.get_ident()` of the main thread.
pub fn main_thread_ident() -> Option<u64> {
    Some(MAIN_IDENT.load(Ordering::Acquire)).filter(|ident| *ident != 0)
}

/// Whether the running thread is the main one. A process whose start-up named none has one thread.
pub fn is_main_thread() -> bool {
    let main = MAIN.load(Ordering::Acquire);
    main.is_null() || ptr::eq(main, thread())
}

/// Notes a signal. Async-signal-safe.
pub fn trip(signal: i32) {
    if let Some(flag) = usize::try_from(signal).ok().and_then(|signal| TRIPPED.get(signal)) {
        flag.store(true, Ordering::Release);
    }
    ANY.store(true, Ordering::Release);
    let main = MAIN.load(Ordering::Acquire);
    if !main.is_null() {
        // SAFETY: the main thread's state is never freed.
        unsafe { &(*main).eval_breaker }.fetch_or(breaker::SIGNALS_PENDING, Ordering::Release);
    }
}

/// Takes one pending signal off, lowest number first.
pub fn take_tripped() -> Option<i32> {
    TRIPPED.iter().position(|flag| flag.swap(false, Ordering::AcqRel)).map(|n| n as i32)
}

/// Forgets everything pending, in the child of a fork.
pub fn clear() {
    while take_tripped().is_some() {}
    ANY.store(false, Ordering::Release);
}

/// Sets the function that runs the Python handlers of tripped signals; the first call wins.
pub fn set_runner(run: fn() -> PyResult<()>) {
    let _ = RUNNER.set(run);
}

/// Runs the Python handlers of pending signals, on the main thread only (`PyErr_CheckSignals`).
/// May run Python.
///
/// # Errors
///
/// What a handler raises, such as `KeyboardInterrupt`.
pub fn check() -> PyResult<()> {
    if !ANY.load(Ordering::Acquire) || !is_main_thread() {
        return Ok(());
    }
    ANY.store(false, Ordering::Release);
    thread().eval_breaker.fetch_and(!breaker::SIGNALS_PENDING, Ordering::AcqRel);
    let result = RUNNER.get().map_or(Ok(()), |run| run());
    if result.is_err() && TRIPPED.iter().any(|flag| flag.load(Ordering::Acquire)) {
        ANY.store(true, Ordering::Release);
        thread().eval_breaker.fetch_or(breaker::SIGNALS_PENDING, Ordering::AcqRel);
    }
    result
}

/// Whether the error number of a failed call is one of being interrupted, after handlers have run.
///
/// # Errors
///
/// What a handler raises.
pub fn interrupted(errno: i32) -> PyResult<bool> {
    if errno != libc::EINTR {
        return Ok(false);
    }
    check().map(|()| true)
}

/// Runs a system call without the GIL, again after each interruption (PEP 475). The call answers -1
/// with `errno` set when it fails. May run Python.
///
/// # Errors
///
/// What signal handlers raise. The inner error is the call's error number.
pub fn retry_eintr(mut call: impl FnMut() -> isize + Send) -> PyResult<Result<isize, i32>> {
    loop {
        let result = crate::gil::detach(|| {
            let result = call();
            if result == -1 { Err(lock::errno()) } else { Ok(result) }
        });
        match result {
            Err(errno) if interrupted(errno)? => {}
            other => return Ok(other),
        }
    }
}
