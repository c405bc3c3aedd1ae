//! The one lock: who may touch Python objects, and how a thread steps aside.
//!
//! Answers to `Python/ceval_gil.c` and the saving and restoring of thread states in
//! `Python/pystate.c`.
//!
//! One futex word is the lock. A thread that waits longer than the switch interval sets
//! [`breaker::GIL_DROP_REQUEST`] of the holder; the eval loop answers with [`yield_now`], which waits
//! until somebody else has had the lock. Native code steps aside with [`detach`]. After a fork the
//! child calls [`after_fork_child`]; there are no helper threads to lose.
//!
//! Never here: running Python code.

use std::cell::RefCell;
use std::ptr::{self, NonNull};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicU32, AtomicU64, Ordering};
use std::time::Duration;

use crate::gil_cell::GilCell;
use crate::lock::{self, RawLock};
use crate::state::{Thread, breaker, thread};

/// 1 while a thread is attached.
static LOCKED: AtomicU32 = AtomicU32::new(0);
/// Threads that want the lock.
static WAITERS: AtomicU32 = AtomicU32::new(0);
/// Changes whenever another thread than the last one takes the lock.
static SWITCHES: AtomicU32 = AtomicU32::new(0);
/// The thread that had the lock last; compared, never followed.
static LAST_HOLDER: AtomicPtr<Thread> = AtomicPtr::new(ptr::null_mut());
/// The attached thread. Followed by waiters under `HOLDER_GUARD` only.
static HOLDER: AtomicPtr<Thread> = AtomicPtr::new(ptr::null_mut());
/// Keeps the holder's state alive while a waiter writes into it.
static HOLDER_GUARD: RawLock = RawLock::new();
/// The switch interval in microseconds.
static INTERVAL: AtomicU64 = AtomicU64::new(5000);
/// Only this thread may attach any more, once it is set.
static FINALIZER: AtomicPtr<Thread> = AtomicPtr::new(ptr::null_mut());
static FINALIZING: AtomicBool = AtomicBool::new(false);

static ON_THREAD_END: OnceLock<fn(&Thread)> = OnceLock::new();

static THREADS: GilCell<RefCell<Vec<NonNull<Thread>>>> = GilCell::new(RefCell::new(Vec::new()));

/// `sys.getswitchinterval()` in microseconds.
pub fn switch_interval() -> u64 {
    INTERVAL.load(Ordering::Relaxed)
}

/// `sys.setswitchinterval()`.
pub fn set_switch_interval(microseconds: u64) {
    INTERVAL.store(microseconds.max(1), Ordering::Relaxed);
}

/// Waits for the lock and makes `thread` the attached thread.
///
/// # Safety
///
/// The state belongs to this OS thread, which is not attached, and lives until it is detached.
pub unsafe fn attach(thread: *const Thread) {
    let mut held = true;
    if LOCKED.compare_exchange(0, 1, Ordering::Acquire, Ordering::Relaxed).is_err() {
        held = false;
        WAITERS.fetch_add(1, Ordering::SeqCst);
    }
    if !held {
        wait_for_lock();
        WAITERS.fetch_sub(1, Ordering::SeqCst);
    }
    if FINALIZING.load(Ordering::Acquire) && !ptr::eq(FINALIZER.load(Ordering::Acquire), thread) {
        // The interpreter is being taken down: as in CPython this thread never runs again.
        unlock();
        loop {
            lock::sleep_forever();
        }
    }
    let pointer = thread.cast_mut();
    HOLDER.store(pointer, Ordering::Release);
    if !ptr::eq(LAST_HOLDER.swap(pointer, Ordering::AcqRel), pointer) {
        SWITCHES.fetch_add(1, Ordering::Release);
        lock::wake_all(&SWITCHES);
    }
    // SAFETY: the caller's promise.
    unsafe { Thread::activate(thread) };
    // SAFETY: as above.
    let breaker_word = unsafe { &(*thread).eval_breaker };
    breaker_word.fetch_and(!breaker::GIL_DROP_REQUEST, Ordering::Relaxed);
}

#[cold]
fn wait_for_lock() {
    loop {
        let switches = SWITCHES.load(Ordering::Acquire);
        if LOCKED.compare_exchange(0, 1, Ordering::Acquire, Ordering::Relaxed).is_ok() {
            return;
        }
        let interval = Duration::from_micros(switch_interval());
        let timed_out = lock::wait(&LOCKED, 1, Some(interval));
        if timed_out && SWITCHES.load(Ordering::Acquire) == switches {
            request_drop();
        }
    }
}

/// Asks the holder to let go at its next breaker point.
fn request_drop() {
    HOLDER_GUARD.lock_uninterruptible();
    let holder = HOLDER.load(Ordering::Acquire);
    if !holder.is_null() {
        // SAFETY: a holder's state lives as long as it is in `HOLDER`, and it leaves that under the
        // guard.
        unsafe { &(*holder).eval_breaker }.fetch_or(breaker::GIL_DROP_REQUEST, Ordering::Relaxed);
    }
    HOLDER_GUARD.unlock();
}

fn unlock() {
    LOCKED.store(0, Ordering::Release);
    if WAITERS.load(Ordering::SeqCst) > 0 {
        lock::wake_one(&LOCKED);
    }
}

/// Gives the lock up and hands out the thread state that was attached.
fn release() -> *const Thread {
    // SAFETY: nobody is the running thread afterwards; `attach` sets it again.
    let thread = unsafe { Thread::activate(ptr::null()) };
    HOLDER_GUARD.lock_uninterruptible();
    HOLDER.store(ptr::null_mut(), Ordering::Release);
    HOLDER_GUARD.unlock();
    LAST_HOLDER.store(thread.cast_mut(), Ordering::Release);
    unlock();
    thread
}

/// Takes the lock of a new thread's state off for good, before the thread ends.
///
/// # Safety
///
/// The running thread uses no object afterwards.
pub unsafe fn detach_for_good() {
    release();
}

/// Runs `work` without the lock: other threads run Python meanwhile.
///
/// `work` is `Send`, so it can capture no object. It must name no [`GilCell`] static either.
pub fn detach<R: Send>(work: impl FnOnce() -> R + Send) -> R {
    let thread = release();
    let result = work();
    // SAFETY: the state that was attached on this very thread a moment ago; its owner, the start
    // routine of the thread, is further down this stack.
    unsafe { attach(thread) };
    result
}

/// Lets others have the lock: what the eval loop does when it sees `GIL_DROP_REQUEST`.
pub fn yield_now() {
    let here = thread();
    here.eval_breaker.fetch_and(!breaker::GIL_DROP_REQUEST, Ordering::Relaxed);
    if WAITERS.load(Ordering::SeqCst) == 0 {
        return;
    }
    let switches = SWITCHES.load(Ordering::Acquire);
    let thread = release();
    // Forced switching: whoever asked gets it first. The time-out covers a waiter that was
    // served before we counted the switches.
    if SWITCHES.load(Ordering::Acquire) == switches && WAITERS.load(Ordering::SeqCst) > 0 {
        lock::wait(&SWITCHES, switches, Some(Duration::from_millis(5)));
    }
    // SAFETY: as in `detach`.
    unsafe { attach(thread) };
}

/// From now on only the running thread can attach.
pub fn begin_finalization() {
    FINALIZER.store(ptr::from_ref(thread()).cast_mut(), Ordering::Release);
    FINALIZING.store(true, Ordering::Release);
}

/// Makes the lock new in the child of a fork, held by the running thread, which is the only one left.
pub fn after_fork_child() {
    let here = ptr::from_ref(thread()).cast_mut();
    HOLDER_GUARD.reset();
    WAITERS.store(0, Ordering::SeqCst);
    LOCKED.store(1, Ordering::SeqCst);
    HOLDER.store(here, Ordering::SeqCst);
    LAST_HOLDER.store(here, Ordering::SeqCst);
    THREADS.borrow_mut().retain(|thread| ptr::eq(thread.as_ptr(), here));
}

/// Sets the function that frees what the eval loop keeps in a thread's state; the first call wins.
pub fn on_thread_end(free: fn(&Thread)) {
    let _ = ON_THREAD_END.set(free);
}

/// A thread runs no Python any more: frees what the eval loop keeps in its state.
pub fn thread_ended(thread: &Thread) {
    if let Some(free) = ON_THREAD_END.get() {
        free(thread);
    }
}

/// Adds a state to the list of all threads.
pub fn register(thread: &Thread) {
    THREADS.borrow_mut().push(NonNull::from_ref(thread));
}

/// Takes a state off the list, before it is freed.
pub fn unregister(thread: &Thread) {
    THREADS.borrow_mut().retain(|other| !ptr::eq(other.as_ptr(), thread));
}

/// Calls `each` with every thread's state, newest first, from where nothing can be relied on: a signal
/// handler, or a thread that is not attached. Does not allocate.
///
/// # Safety
///
/// For reports of crashes only: the states may change or end meanwhile, so `each` may do no more than
/// read their plain fields.
pub unsafe fn for_each_thread_unlocked(mut each: impl FnMut(&Thread)) {
    // SAFETY: nothing is written; the caller's promise for the rest.
    if let Ok(threads) = unsafe { THREADS.try_borrow_unguarded() } {
        for thread in threads.iter().rev() {
            // SAFETY: as above.
            each(unsafe { thread.as_ref() });
        }
    }
}

/// Calls `each` with every thread's state.
pub fn for_each_thread(mut each: impl FnMut(&Thread)) {
    let threads = THREADS.borrow().clone();
    for thread in threads {
        // SAFETY: registered states are taken off the list before they are freed, by a thread that
        // holds the lock, as this one does.
        each(unsafe { thread.as_ref() });
    }
}
