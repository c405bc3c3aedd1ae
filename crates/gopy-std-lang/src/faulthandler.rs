//! `faulthandler`: tracebacks where nothing can be relied on any more.
//!
//! Answers to `Modules/faulthandler.c`. Signal handlers read atomics and write to descriptors; the frames
//! are written by `gopy_vm::traceback::dump`, which allocates nothing. The watchdog is a thread that never
//! attaches.

use std::cell::RefCell;
use std::mem::MaybeUninit;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicPtr, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use gopy_core::error::{overflow_error, runtime_error, type_error, value_error};
use gopy_core::float::Float;
use gopy_core::int::Int;
use gopy_core::{bool_, call, exceptions, import, none, number, object, warnings};
use gopy_macros::pymodule;
use gopy_object::lock::{LockResult, RawEvent};
use gopy_object::signals::{self, NSIG};
use gopy_object::{Exception, Instance, Interpreter, Object, PyResult, Ref, gil};
use gopy_vm::traceback::dump;

/// Bytes of the stack that handlers run on.
const STACK_SIZE: usize = 64 * 1024;
/// How much of the stack `_stack_overflow` uses at most.
const OVERFLOW_MAX: usize = 100 * 1024 * 1024;

/// A handler of ours, and whom it stands in for.
struct Handler {
    enabled: AtomicBool,
    fd: AtomicI32,
    all_threads: AtomicBool,
    chain: AtomicBool,
    /// What was installed before; made once and kept.
    previous: AtomicPtr<libc::sigaction>,
}

impl Handler {
    const fn new() -> Handler {
        Handler {
            enabled: AtomicBool::new(false),
            fd: AtomicI32::new(-1),
            all_threads: AtomicBool::new(true),
            chain: AtomicBool::new(false),
            previous: AtomicPtr::new(std::ptr::null_mut()),
        }
    }

    /// Installs `action`, remembering what was there.
    fn install(&self, signal: i32, action: &libc::sigaction) -> Result<(), i32> {
        let mut place = self.previous.load(Ordering::Acquire);
        if place.is_null() {
            // SAFETY: a structure of numbers and no function.
            place = Box::leak(Box::new(unsafe { std::mem::zeroed() }));
            self.previous.store(place, Ordering::Release);
        }
        // SAFETY: both actions are there; handlers read the old one only while enabled.
        if unsafe { libc::sigaction(signal, action, place) } != 0 {
            return Err(gopy_object::lock::errno());
        }
        Ok(())
    }

    /// Puts back what was there. Async-signal-safe.
    fn restore(&self, signal: i32) {
        let place = self.previous.load(Ordering::Acquire);
        if !place.is_null() {
            // SAFETY: what `install` has stored.
            unsafe { libc::sigaction(signal, place, std::ptr::null_mut()) };
        }
    }
}

/// The signals of faults with their names; what is not among them is taken for the last.
const FAULTS: [(i32, &str); 5] = [
    (libc::SIGBUS, "Bus error"),
    (libc::SIGILL, "Illegal instruction"),
    (libc::SIGFPE, "Floating-point exception"),
    (libc::SIGABRT, "Aborted"),
    (libc::SIGSEGV, "Segmentation fault"),
];

static FATAL: [Handler; FAULTS.len()] = [const { Handler::new() }; FAULTS.len()];
static FATAL_ENABLED: AtomicBool = AtomicBool::new(false);
static FATAL_FD: AtomicI32 = AtomicI32::new(-1);
static FATAL_ALL_THREADS: AtomicBool = AtomicBool::new(true);
static FATAL_C_STACK: AtomicBool = AtomicBool::new(true);
static USER: [Handler; NSIG] = [const { Handler::new() }; NSIG];
/// A dump is on its way; a fault in it must not begin another.
static DUMPING: AtomicBool = AtomicBool::new(false);

/// The files that the descriptors belong to, and the watchdog.
#[derive(Default)]
struct State {
    files: RefCell<Vec<(i32, Ref)>>,
    watchdog: RefCell<Option<Watchdog>>,
}

/// The key of the fatal handlers' file among the files.
const FATAL_KEY: i32 = 0;
/// The key of the watchdog's.
const WATCHDOG_KEY: i32 = -1;

fn state() -> Rc<State> {
    let mut extensions = Interpreter::current().extensions.borrow_mut();
    if let Some(found) = extensions.iter().find_map(|e| e.downcast_ref::<Rc<State>>()) {
        return found.clone();
    }
    let made = Rc::new(State::default());
    extensions.push(Box::new(made.clone()));
    made
}

impl State {
    /// Keeps a file alive under a key, or nothing; what was there is released.
    fn keep(&self, key: i32, file: Option<Ref>) {
        let mut files = self.files.borrow_mut();
        let old = files.iter().position(|(k, _)| *k == key).map(|at| files.swap_remove(at));
        files.extend(file.map(|file| (key, file)));
        drop(files);
        drop(old);
    }
}

/// The descriptor of a file, and the file where it must be kept. May run Python.
fn descriptor(file: Option<&Object>) -> PyResult<(i32, Option<Ref>)> {
    let file = match file.filter(|file| !none::is_none(file)) {
        None => {
            let sys = import::import("sys")?;
            let name = gopy_core::str::interned("stderr");
            let Some(stderr) = object::get_attr_opt(&sys, &name)? else {
                return Err(runtime_error!("lost sys.stderr"));
            };
            if none::is_none(&stderr) {
                return Err(runtime_error!("sys.stderr is None"));
            }
            stderr
        }
        Some(file) if file.downcast::<Int>().is_some() => {
            if bool_::is_bool(file) {
                let text = "bool is used as a file descriptor";
                warnings::warn(&exceptions::RUNTIME_WARNING, text, 1)?;
            }
            let fd = number::index_as_c_int(file)?;
            if fd < 0 {
                return Err(value_error!("file is not a valid file descriptor"));
            }
            return Ok((fd, None));
        }
        Some(file) => file.to_ref(),
    };
    let fd = call::call_method(&file, &gopy_core::str::interned("fileno"), &[])?;
    let fd = fd.downcast::<Int>().and_then(Int::to_i64).and_then(|fd| i32::try_from(fd).ok());
    let Some(fd) = fd.filter(|fd| *fd >= 0) else {
        return Err(runtime_error!("file.fileno() is not a valid file descriptor"));
    };
    // That it can't be flushed is no reason not to write to its descriptor.
    let _ = call::call_method(&file, &gopy_core::str::interned("flush"), &[]);
    Ok((fd, Some(file)))
}

fn put(fd: i32, text: &str) {
    dump::write(fd, text.as_bytes());
}

/// Writes the frames of this thread or of all. Async-signal-safe.
fn dump_traceback(fd: i32, all_threads: bool) {
    if DUMPING.swap(true, Ordering::AcqRel) {
        return;
    }
    if all_threads {
        dump::all_threads(fd);
    } else {
        dump::this_thread(fd);
    }
    DUMPING.store(false, Ordering::Release);
}

/// Writes the addresses on the native stack.
fn dump_c_stack(fd: i32) {
    put(fd, "Current thread's C stack trace (most recent call first):\n");
    let mut frames = [std::ptr::null_mut::<libc::c_void>(); 32];
    // SAFETY: writes within the array.
    let count = unsafe { libc::backtrace(frames.as_mut_ptr(), frames.len() as i32) };
    if count <= 0 {
        put(fd, "  <cannot get C stack on this system>\n");
        return;
    }
    for address in &frames[..count as usize] {
        dump_c_frame(fd, *address);
    }
    if count as usize == frames.len() {
        put(fd, "  <truncated rest of calls>\n");
    }
}

fn dump_c_frame(fd: i32, address: *mut libc::c_void) {
    let mut info = MaybeUninit::<libc::Dl_info>::zeroed();
    // SAFETY: writes one structure.
    let found = unsafe { libc::dladdr(address, info.as_mut_ptr()) } != 0;
    // SAFETY: zeros are valid, and what was found has replaced them.
    let info = unsafe { info.assume_init() };
    put(fd, "  Binary file \"");
    if found && !info.dli_fname.is_null() {
        // SAFETY: a C string of the loader's.
        dump::write(fd, unsafe { std::ffi::CStr::from_ptr(info.dli_fname) }.to_bytes());
    }
    put(fd, "\"");
    let symbol = (found && !info.dli_sname.is_null()).then_some((info.dli_sname, info.dli_saddr));
    let base = match symbol {
        Some((name, base)) => {
            put(fd, ", at ");
            // SAFETY: a C string of the loader's.
            dump::write(fd, unsafe { std::ffi::CStr::from_ptr(name) }.to_bytes());
            base
        }
        None => {
            put(fd, ", at ");
            info.dli_fbase
        }
    };
    put(fd, "+0x");
    dump::write_hexadecimal(fd, address.addr().wrapping_sub(base.addr()) as u64, 1);
    put(fd, " [0x");
    dump::write_hexadecimal(fd, address.addr() as u64, 1);
    put(fd, "]\n");
}

/// The handler of faults: tells of it, puts the previous handler back and raises the signal again.
extern "C" fn on_fault(signal: i32) {
    if !FATAL_ENABLED.load(Ordering::Acquire) {
        return;
    }
    let errno = gopy_object::lock::errno();
    let fd = FATAL_FD.load(Ordering::Acquire);
    let index = FAULTS.iter().position(|(number, _)| *number == signal);
    let index = index.unwrap_or(FAULTS.len() - 1);
    if FATAL[index].enabled.swap(false, Ordering::AcqRel) {
        FATAL[index].restore(FAULTS[index].0);
    }
    put(fd, "Fatal Python error: ");
    put(fd, FAULTS[index].1);
    put(fd, "\n\n");
    dump_traceback(fd, FATAL_ALL_THREADS.load(Ordering::Acquire));
    if FATAL_C_STACK.load(Ordering::Acquire) {
        put(fd, "\n");
        dump_c_stack(fd);
    }
    // SAFETY: this thread's own, and a signal that was just received.
    unsafe {
        *libc::__errno_location() = errno;
        libc::raise(signal);
    }
}

/// The handler of a registered signal.
extern "C" fn on_user_signal(signal: i32) {
    let Some(user) = usize::try_from(signal).ok().and_then(|signal| USER.get(signal)) else {
        return;
    };
    if !user.enabled.load(Ordering::Acquire) {
        return;
    }
    let errno = gopy_object::lock::errno();
    dump_traceback(user.fd.load(Ordering::Acquire), user.all_threads.load(Ordering::Acquire));
    if user.chain.load(Ordering::Acquire) {
        user.restore(signal);
        // SAFETY: the previous handler runs inside of this call.
        unsafe { libc::raise(signal) };
        let action = user_action(true);
        // SAFETY: puts our own handler back.
        unsafe { libc::sigaction(signal, &action, std::ptr::null_mut()) };
    }
    // SAFETY: this thread's own.
    unsafe { *libc::__errno_location() = errno };
}

fn action(handler: extern "C" fn(i32), flags: i32) -> libc::sigaction {
    // SAFETY: a structure of numbers and no function.
    let mut action: libc::sigaction = unsafe { std::mem::zeroed() };
    action.sa_sigaction = handler as *const () as usize;
    action.sa_flags = flags | libc::SA_ONSTACK;
    action
}

fn user_action(chain: bool) -> libc::sigaction {
    action(on_user_signal, if chain { libc::SA_NODEFER } else { libc::SA_RESTART })
}

/// Gives this thread a stack for handlers, since a fault may be the end of the usual one.
fn set_up_stack() -> PyResult<()> {
    static DONE: AtomicBool = AtomicBool::new(false);
    if DONE.load(Ordering::Acquire) {
        return Ok(());
    }
    let memory = Box::leak(vec![0u8; STACK_SIZE].into_boxed_slice());
    let stack =
        libc::stack_t { ss_sp: memory.as_mut_ptr().cast(), ss_flags: 0, ss_size: STACK_SIZE };
    // SAFETY: memory that is never freed.
    if unsafe { libc::sigaltstack(&stack, std::ptr::null_mut()) } != 0 {
        return Err(exceptions::os_error(gopy_object::lock::errno(), None, None));
    }
    DONE.store(true, Ordering::Release);
    Ok(())
}

fn disable_fatal() {
    FATAL_ENABLED.store(false, Ordering::Release);
    for (handler, (signal, _)) in FATAL.iter().zip(FAULTS) {
        if handler.enabled.swap(false, Ordering::AcqRel) {
            handler.restore(signal);
        }
    }
    state().keep(FATAL_KEY, None);
}

fn check_signal(signal: i32) -> PyResult<&'static Handler> {
    if FAULTS.iter().any(|(number, _)| *number == signal) {
        return Err(runtime_error!("signal {signal} cannot be registered, use enable() instead"));
    }
    match usize::try_from(signal).ok().filter(|signal| *signal > 0).and_then(|s| USER.get(s)) {
        Some(user) => Ok(user),
        None => Err(value_error!("signal number out of range")),
    }
}

/// The thread that writes tracebacks after a while.
struct Watchdog {
    cancel: Arc<RawEvent>,
    thread: JoinHandle<()>,
    process: u32,
}

fn cancel_watchdog() {
    let state = state();
    let watchdog = state.watchdog.borrow_mut().take();
    if let Some(watchdog) = watchdog {
        watchdog.cancel.set();
        // The child of a fork has no such thread.
        if watchdog.process == std::process::id() {
            gil::detach(|| {
                // A thread that has panicked is as gone as one that has ended.
                let _ = watchdog.thread.join();
            });
        }
    }
    state.keep(WATCHDOG_KEY, None);
}

fn watch(cancel: &RawEvent, timeout: Duration, repeat: bool, fd: i32, header: &str, exit: bool) {
    let mut signals = MaybeUninit::<libc::sigset_t>::zeroed();
    // SAFETY: fills the set, then blocks all signals of this thread.
    unsafe {
        libc::sigfillset(signals.as_mut_ptr());
        libc::pthread_sigmask(libc::SIG_SETMASK, signals.as_ptr(), std::ptr::null_mut());
    }
    loop {
        let deadline = Instant::now().checked_add(timeout);
        loop {
            match cancel.wait_until(deadline) {
                LockResult::Acquired => return,
                LockResult::TimedOut => break,
                LockResult::Interrupted => {}
            }
        }
        put(fd, header);
        dump::all_threads(fd);
        if exit {
            // SAFETY: ends the process.
            unsafe { libc::_exit(1) };
        }
        if !repeat {
            return;
        }
    }
}

/// "Timeout (0:00:01.500000)!".
fn timeout_text(micros: i64) -> String {
    let (seconds, rest) = (micros / 1_000_000, micros % 1_000_000);
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if rest == 0 {
        format!("Timeout ({hours}:{minutes:02}:{seconds:02})!\n")
    } else {
        format!("Timeout ({hours}:{minutes:02}:{seconds:02}.{rest:06})!\n")
    }
}

#[cold]
fn time_overflow() -> Exception {
    overflow_error!("timestamp out of range for C PyTime_t")
}

/// Microseconds of a number of seconds, rounded away from zero. May run Python.
fn microseconds(o: &Object) -> PyResult<i64> {
    let nanos = if let Some(value) = o.downcast::<Float>() {
        if value.value().is_nan() {
            return Err(value_error!("Invalid value NaN (not a number)"));
        }
        let nanos = value.value() * 1e9;
        let nanos = if nanos >= 0.0 { nanos.ceil() } else { nanos.floor() };
        // The bound is 2**63, which a double holds.
        if !(-9_223_372_036_854_775_808.0..9_223_372_036_854_775_808.0).contains(&nanos) {
            return Err(time_overflow());
        }
        nanos as i64
    } else if number::is_index(o) {
        let seconds = number::index(o)?.to_i64().ok_or_else(time_overflow)?;
        seconds.checked_mul(1_000_000_000).ok_or_else(time_overflow)?
    } else {
        return Err(type_error!(
            "'{}' object cannot be interpreted as an integer or float",
            o.type_name()
        ));
    };
    Ok(nanos / 1000 + (nanos % 1000).signum())
}

/// Uses up the native stack; how deep it came.
#[inline(never)]
fn overflow_stack(lowest: usize, depth: &mut usize) -> usize {
    let room = [0u8; 4096];
    let here = std::hint::black_box(&room).as_ptr().addr();
    *depth += 1;
    if here <= lowest {
        return here;
    }
    let deepest = overflow_stack(lowest, depth);
    // Keeps the call from becoming a jump.
    std::hint::black_box(&room);
    deepest
}

/// No core dumps of the faults that are made here on purpose.
fn suppress_core_dump() {
    let limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    let mut old = limit;
    // SAFETY: a place on this stack.
    if unsafe { libc::getrlimit(libc::RLIMIT_CORE, &mut old) } == 0 {
        old.rlim_cur = 0;
        // SAFETY: reads one structure.
        unsafe { libc::setrlimit(libc::RLIMIT_CORE, &old) };
    }
}

/// `faulthandler`.
#[pymodule(name = "faulthandler")]
pub mod module {
    use super::*;

    #[pyfunction("($module, /, file=sys.stderr, all_threads=True)", style = parsetuple)]
    fn dump_traceback(file: Option<&Object>, all_threads: bool) -> PyResult<()> {
        let (fd, _kept) = descriptor(file)?;
        if all_threads {
            dump::all_threads(fd);
        } else {
            dump::this_thread(fd);
        }
        signals::check()
    }

    #[pyfunction("($module, /, file=sys.stderr)", style = parsetuple)]
    fn dump_c_stack(file: Option<&Object>) -> PyResult<()> {
        let (fd, _kept) = descriptor(file)?;
        super::dump_c_stack(fd);
        signals::check()
    }

    #[pyfunction(
        "($module, /, file=sys.stderr, all_threads=True, c_stack=True)",
        style = parsetuple
    )]
    fn enable(file: Option<&Object>, all_threads: bool, c_stack: bool) -> PyResult<()> {
        let (fd, kept) = descriptor(file)?;
        state().keep(FATAL_KEY, kept);
        FATAL_FD.store(fd, Ordering::Release);
        FATAL_ALL_THREADS.store(all_threads, Ordering::Release);
        FATAL_C_STACK.store(c_stack, Ordering::Release);
        if FATAL_ENABLED.swap(true, Ordering::AcqRel) {
            return Ok(());
        }
        set_up_stack()?;
        // Its first call loads a library, which no handler may do.
        let mut frame = [std::ptr::null_mut()];
        // SAFETY: writes within the array.
        unsafe { libc::backtrace(frame.as_mut_ptr(), 1) };
        let ours = action(on_fault, libc::SA_NODEFER);
        for (handler, (signal, _)) in FATAL.iter().zip(FAULTS) {
            if let Err(errno) = handler.install(signal, &ours) {
                return Err(exceptions::os_error(errno, None, None));
            }
            handler.enabled.store(true, Ordering::Release);
        }
        Ok(())
    }

    #[pyfunction("($module, /)")]
    fn disable() -> bool {
        let was_enabled = FATAL_ENABLED.load(Ordering::Acquire);
        if was_enabled {
            disable_fatal();
        }
        was_enabled
    }

    #[pyfunction("($module, /)")]
    fn is_enabled() -> bool {
        FATAL_ENABLED.load(Ordering::Acquire)
    }

    #[pyfunction(
        "($module, /, timeout, repeat=False, file=sys.stderr, exit=False)",
        style = parsetuple
    )]
    fn dump_traceback_later(
        timeout: &Object,
        repeat: Option<i32>,
        file: Option<&Object>,
        exit: Option<i32>,
    ) -> PyResult<()> {
        let micros = microseconds(timeout)?;
        if micros <= 0 {
            return Err(value_error!("timeout must be greater than 0"));
        }
        let (fd, kept) = descriptor(file)?;
        cancel_watchdog();
        let cancel = Arc::new(RawEvent::new());
        let (repeat, exit) = (repeat.unwrap_or(0) != 0, exit.unwrap_or(0) != 0);
        let header = timeout_text(micros);
        let seen = cancel.clone();
        let timeout = Duration::from_micros(micros as u64);
        let thread = std::thread::Builder::new()
            .stack_size(256 * 1024)
            .spawn(move || watch(&seen, timeout, repeat, fd, &header, exit));
        let Ok(thread) = thread else {
            return Err(runtime_error!("unable to start watchdog thread"));
        };
        let state = state();
        state.keep(WATCHDOG_KEY, kept);
        let process = std::process::id();
        *state.watchdog.borrow_mut() = Some(Watchdog { cancel, thread, process });
        Ok(())
    }

    #[pyfunction("($module, /)")]
    fn cancel_dump_traceback_later() {
        cancel_watchdog();
    }

    #[pyfunction(
        "($module, /, signum, file=sys.stderr, all_threads=True, chain=False)",
        style = parsetuple
    )]
    fn register(
        signum: i32,
        file: Option<&Object>,
        all_threads: bool,
        chain: bool,
    ) -> PyResult<()> {
        let user = check_signal(signum)?;
        let (fd, kept) = descriptor(file)?;
        if !user.enabled.load(Ordering::Acquire) {
            set_up_stack()?;
            let ours = user_action(chain);
            user.install(signum, &ours).map_err(|errno| exceptions::os_error(errno, None, None))?;
        }
        state().keep(signum, kept);
        user.fd.store(fd, Ordering::Release);
        user.all_threads.store(all_threads, Ordering::Release);
        user.chain.store(chain, Ordering::Release);
        user.enabled.store(true, Ordering::Release);
        Ok(())
    }

    #[pyfunction("($module, signum, /)", style = parsetuple)]
    fn unregister(signum: i32) -> PyResult<bool> {
        let user = check_signal(signum)?;
        if !user.enabled.swap(false, Ordering::AcqRel) {
            return Ok(false);
        }
        user.restore(signum);
        state().keep(signum, None);
        Ok(true)
    }

    #[pyfunction("($module, /)")]
    fn _read_null() -> PyResult<i32> {
        suppress_core_dump();
        // A page that can't be read, since Rust refuses to compile a look at address 0.
        // SAFETY: a new mapping, wherever there is room.
        let page = unsafe {
            let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;
            libc::mmap(std::ptr::null_mut(), 4096, libc::PROT_NONE, flags, -1, 0)
        };
        if page == libc::MAP_FAILED {
            return Err(exceptions::os_error(gopy_object::lock::errno(), None, None));
        }
        // SAFETY: the fault is what this function is for; the kernel delivers it as SIGSEGV.
        Ok(unsafe { page.cast::<i32>().read_volatile() })
    }

    #[pyfunction("($module, release_gil=False, /)", style = parsetuple)]
    fn _sigsegv(release_gil: Option<i32>) {
        suppress_core_dump();
        // SAFETY: raises a signal.
        let raise = || unsafe { libc::raise(libc::SIGSEGV) };
        if release_gil.unwrap_or(0) != 0 {
            gil::detach(raise);
        } else {
            raise();
        }
    }

    #[pyfunction("($module, /)")]
    fn _sigabrt() {
        suppress_core_dump();
        // SAFETY: ends the process.
        unsafe { libc::abort() }
    }

    #[pyfunction("($module, /)")]
    fn _sigfpe() {
        suppress_core_dump();
        // SAFETY: raises a signal.
        unsafe { libc::raise(libc::SIGFPE) };
    }

    #[pyfunction("($module, /)")]
    fn _fatal_error_c_thread() -> PyResult<()> {
        suppress_core_dump();
        let thread = std::thread::Builder::new()
            .spawn(|| dump::fatal_error(Some("faulthandler_fatal_error_thread"), "in new thread"));
        let Ok(thread) = thread else {
            return Err(runtime_error!("unable to start the thread"));
        };
        gil::detach(|| {
            // The thread ends the process.
            let _ = thread.join();
        });
        Ok(())
    }

    #[pyfunction("($module, /)")]
    fn _stack_overflow() -> PyResult<()> {
        suppress_core_dump();
        let mark = 0u8;
        let top = std::hint::black_box(&raw const mark).addr();
        let mut depth = 0;
        let deepest = overflow_stack(top.saturating_sub(OVERFLOW_MAX), &mut depth);
        let size = top.saturating_sub(deepest);
        Err(runtime_error!(
            "unable to raise a stack overflow (allocated {size} bytes on the stack, {depth} \
             recursive calls)"
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timeouts_are_told_with_microseconds_where_there_are_any() {
        for (micros, text) in [
            (1_500_000, "Timeout (0:00:01.500000)!\n"),
            (3_661_000_000, "Timeout (1:01:01)!\n"),
            (1, "Timeout (0:00:00.000001)!\n"),
        ] {
            assert_eq!(timeout_text(micros), text);
        }
    }
}
