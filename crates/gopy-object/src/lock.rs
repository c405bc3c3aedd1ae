//! Futex words: the lock that everything else waits on.
//!
//! Answers to `Python/lock.c`, `Python/parking_lot.c` and `Python/thread_pthread.h`. A word of 4 bytes
//! is all the state there is, so the child of a fork makes a lock new by writing 0.

use std::ptr;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// Waits while `word` is `expected`; whether the time ran out.
pub fn wait(word: &AtomicU32, expected: u32, timeout: Option<Duration>) -> bool {
    futex_wait(word, expected, timeout) == Some(libc::ETIMEDOUT)
}

/// The error number of the wait, `None` where it was woken.
fn futex_wait(word: &AtomicU32, expected: u32, timeout: Option<Duration>) -> Option<i32> {
    let time = timeout.map(|timeout| libc::timespec {
        tv_sec: libc::time_t::try_from(timeout.as_secs()).unwrap_or(libc::time_t::MAX),
        tv_nsec: libc::c_long::from(timeout.subsec_nanos() as i32),
    });
    let time = time.as_ref().map_or(ptr::null(), ptr::from_ref);
    // SAFETY: the word outlives the call and the time is null or on this stack.
    let result = unsafe {
        libc::syscall(
            libc::SYS_futex,
            word.as_ptr(),
            libc::FUTEX_WAIT | libc::FUTEX_PRIVATE_FLAG,
            expected,
            time,
        )
    };
    (result != 0).then(errno)
}

/// `errno` of this thread.
pub fn errno() -> i32 {
    // SAFETY: the address is this thread's own.
    unsafe { *libc::__errno_location() }
}

fn wake(word: &AtomicU32, count: i32) {
    // SAFETY: waking reads nothing through the address.
    unsafe {
        libc::syscall(
            libc::SYS_futex,
            word.as_ptr(),
            libc::FUTEX_WAKE | libc::FUTEX_PRIVATE_FLAG,
            count,
        )
    };
}

/// Wakes one waiter.
pub fn wake_one(word: &AtomicU32) {
    wake(word, 1);
}

/// Wakes all waiters.
pub fn wake_all(word: &AtomicU32) {
    wake(word, i32::MAX);
}

/// Never comes back, but for signals.
pub fn sleep_forever() {
    // SAFETY: takes no arguments.
    unsafe { libc::pause() };
}

/// How a timed wait for a lock ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LockResult {
    /// The lock is ours.
    Acquired,
    /// Time ran out.
    TimedOut,
    /// A signal handler ran.
    Interrupted,
}

/// A lock that any thread may release.
pub struct RawLock(AtomicU32);

const FREE: u32 = 0;
const HELD: u32 = 1;
const CONTENDED: u32 = 2;

impl RawLock {
    /// A free lock.
    pub const fn new() -> RawLock {
        RawLock(AtomicU32::new(FREE))
    }

    /// Takes the lock if it is free.
    #[inline]
    pub fn try_lock(&self) -> bool {
        self.0.compare_exchange(FREE, HELD, Ordering::Acquire, Ordering::Relaxed).is_ok()
    }

    /// Waits for the lock until `deadline`; returns when a signal handler has run.
    pub fn lock_until(&self, deadline: Option<Instant>) -> LockResult {
        if self.try_lock() {
            return LockResult::Acquired;
        }
        loop {
            if self.0.swap(CONTENDED, Ordering::Acquire) == FREE {
                return LockResult::Acquired;
            }
            let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
            if left.is_some_and(|left| left.is_zero()) {
                return LockResult::TimedOut;
            }
            match futex_wait(&self.0, CONTENDED, left) {
                Some(libc::EINTR) => return LockResult::Interrupted,
                Some(libc::ETIMEDOUT) => return LockResult::TimedOut,
                _ => {}
            }
        }
    }

    /// Waits for the lock whatever signals arrive.
    pub fn lock_uninterruptible(&self) {
        while self.lock_until(None) != LockResult::Acquired {}
    }

    /// Releases the lock.
    #[inline]
    pub fn unlock(&self) {
        if self.0.swap(FREE, Ordering::Release) == CONTENDED {
            wake_one(&self.0);
        }
    }

    /// Whether somebody holds it.
    pub fn is_locked(&self) -> bool {
        self.0.load(Ordering::Relaxed) != FREE
    }

    /// Makes the lock new, in the child of a fork.
    pub fn reset(&self) {
        self.0.store(FREE, Ordering::SeqCst);
    }
}

impl Default for RawLock {
    fn default() -> Self {
        RawLock::new()
    }
}

/// Something that happens once and is waited for.
pub struct RawEvent(AtomicU32);

impl RawEvent {
    /// Not happened yet.
    pub const fn new() -> RawEvent {
        RawEvent(AtomicU32::new(0))
    }

    /// Makes it happen.
    pub fn set(&self) {
        self.0.store(1, Ordering::Release);
        wake_all(&self.0);
    }

    /// Whether it has happened.
    pub fn is_set(&self) -> bool {
        self.0.load(Ordering::Acquire) != 0
    }

    /// Waits for it until `deadline`; `Acquired` stands for "happened".
    pub fn wait_until(&self, deadline: Option<Instant>) -> LockResult {
        while !self.is_set() {
            let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
            if left.is_some_and(|left| left.is_zero()) {
                return LockResult::TimedOut;
            }
            match futex_wait(&self.0, 0, left) {
                Some(libc::EINTR) if !self.is_set() => return LockResult::Interrupted,
                Some(libc::ETIMEDOUT) if !self.is_set() => return LockResult::TimedOut,
                _ => {}
            }
        }
        LockResult::Acquired
    }
}

impl Default for RawEvent {
    fn default() -> Self {
        RawEvent::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_excludes_and_times_out() {
        let lock = RawLock::new();
        assert!(lock.try_lock());
        assert!(!lock.try_lock());
        let soon = Instant::now() + Duration::from_millis(5);
        assert_eq!(lock.lock_until(Some(soon)), LockResult::TimedOut);
        lock.unlock();
        assert!(lock.try_lock());
    }

    #[test]
    fn a_contended_lock_wakes_its_waiters() {
        static LOCK: RawLock = RawLock::new();
        static COUNT: AtomicU32 = AtomicU32::new(0);
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..1000 {
                        LOCK.lock_uninterruptible();
                        let value = COUNT.load(Ordering::Relaxed);
                        COUNT.store(value + 1, Ordering::Relaxed);
                        LOCK.unlock();
                    }
                });
            }
        });
        assert_eq!(COUNT.load(Ordering::Relaxed), 4000);
    }
}
