//! `_signal`.
//!
//! Answers to `Modules/signalmodule.c`. The handler of the system notes the signal
//! (`gopy_object::signals`) and writes to the wake-up descriptor; Python handlers run in the main
//! thread, between instructions or when a system call was interrupted.

use std::mem::MaybeUninit;
use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};

use gopy_core::argument::{FromArg, Place};
use gopy_core::dict::Dict;
use gopy_core::error::{raise_with, type_error, value_error};
use gopy_core::int::Int;
use gopy_core::set::Set;
use gopy_core::str::{Str, interned};
use gopy_core::structseq::StructSeq;
use gopy_core::{
    call, exceptions, hooks, iter, module, none, number, object, tuple, type_, warnings,
};
use gopy_macros::pymodule;
use gopy_object::signals::{self, NSIG};
use gopy_object::typeobj::Tuple;
use gopy_object::{
    Args, Exception, Instance, Interpreter, Object, PyResult, Ref, Slot, Type, gil, lock,
};

use crate::pytime::{self, Round};
use crate::util::{
    add_constants, float, int, last_error, new_struct, os_error, state, struct_type,
};

static SIGINFO: StructSeq = StructSeq {
    name: "signal.struct_siginfo",
    doc: "struct_siginfo: Result from sigwaitinfo or sigtimedwait.\n\nThis object may be accessed either as a tuple of\n(si_signo, si_code, si_errno, si_pid, si_uid, si_status, si_band),\nor via the attributes si_signo, si_code, and so on.",
    fields: &["si_signo", "si_code", "si_errno", "si_pid", "si_uid", "si_status", "si_band"],
    visible: 7,
};

/// The descriptor that the handler writes to, or -1.
static WAKEUP_FD: AtomicI32 = AtomicI32::new(-1);
static WARN_ON_FULL_BUFFER: AtomicBool = AtomicBool::new(true);
/// Error number of a failed write, to be reported by the main thread.
static WAKEUP_ERROR: AtomicI32 = AtomicI32::new(0);

const SIG_DFL: i64 = 0;
const SIG_IGN: i64 = 1;

/// The Python handlers.
struct Handlers {
    by_number: [Slot; NSIG],
    itimer_error: Slot<Type>,
}

impl Default for Handlers {
    fn default() -> Self {
        Handlers { by_number: [const { Slot::empty() }; NSIG], itimer_error: Slot::empty() }
    }
}

/// Whether a handler is one of the two constants.
fn is_constant(handler: &Object, constant: i64) -> bool {
    handler.downcast_exact::<Int>().is_some_and(|value| value.to_i64() == Some(constant))
}

/// What the system calls. Async-signal-safe.
extern "C" fn handler(signal: libc::c_int) {
    let errno = lock::errno();
    trip(signal);
    // SAFETY: the address is this thread's own.
    unsafe { *libc::__errno_location() = errno };
}

fn trip(signal: i32) {
    signals::trip(signal);
    let fd = WAKEUP_FD.load(Ordering::Acquire);
    if fd == -1 {
        return;
    }
    let byte = signal as u8;
    // SAFETY: one byte on this stack.
    let written = unsafe { libc::write(fd, (&raw const byte).cast(), 1) };
    if written < 0 {
        let errno = lock::errno();
        let full = errno == libc::EAGAIN || errno == libc::EWOULDBLOCK;
        if !full || WARN_ON_FULL_BUFFER.load(Ordering::Acquire) {
            WAKEUP_ERROR.store(errno, Ordering::Release);
        }
    }
}

/// Acts as if the signal had arrived (`PyErr_SetInterruptEx`); false where there is no such signal.
pub(crate) fn interrupt(signal: i32) -> bool {
    if !(1..NSIG as i32).contains(&signal) {
        return false;
    }
    let handlers = state::<Handlers>();
    let current = handlers.by_number[signal as usize].get();
    let unhandled = current
        .is_none_or(|handler| is_constant(&handler, SIG_DFL) || is_constant(&handler, SIG_IGN));
    if !unhandled {
        trip(signal);
    }
    true
}

/// The running frame, or `None`.
fn running_frame() -> Ref {
    let sys = Interpreter::current().sys_dict.get();
    let getframe = sys
        .as_deref()
        .and_then(|sys| sys.downcast::<Dict>())
        .and_then(|sys| sys.get_str(&interned("_getframe")).ok().flatten());
    let frame = getframe.and_then(|getframe| call::call_no_args(&getframe).ok());
    frame.unwrap_or_else(none::none)
}

fn report(error: Exception, message: &str) {
    (hooks::get().unraisable)(error.into_value(), Some(message), None);
}

/// Calls the handlers of all signals that have arrived (`_PyErr_CheckSignalsTstate`). May run Python.
fn run_handlers() -> PyResult<()> {
    let errno = WAKEUP_ERROR.swap(0, Ordering::AcqRel);
    if errno != 0 {
        report(os_error(errno), "Exception ignored when trying to write to the signal wakeup fd");
    }
    let handlers = state::<Handlers>();
    while let Some(signal) = signals::take_tripped() {
        let Some(place) = handlers.by_number.get(signal as usize) else { continue };
        let function = place.get().filter(|function| {
            !none::is_none(function)
                && !is_constant(function, SIG_DFL)
                && !is_constant(function, SIG_IGN)
        });
        let Some(function) = function else {
            // The handler was taken away after the signal had arrived.
            let message = format!("Signal {signal} ignored due to race condition");
            report(gopy_core::error::os_error_text!("{message}"), "Exception ignored");
            continue;
        };
        let frame = running_frame();
        call::call(&function, &[&int(signal.into()), &frame])?;
    }
    Ok(())
}

fn check_number(signal: i32) -> PyResult<usize> {
    match usize::try_from(signal) {
        Ok(number) if (1..NSIG).contains(&number) => Ok(number),
        _ => Err(value_error!("signal number out of range")),
    }
}

/// Sets the system's handler.
fn set_action(signal: i32, action: libc::sighandler_t) -> Result<(), i32> {
    // SAFETY: plain data.
    let mut new: libc::sigaction = unsafe { MaybeUninit::zeroed().assume_init() };
    new.sa_sigaction = action;
    new.sa_flags = libc::SA_ONSTACK;
    // SAFETY: places on this stack; the handler is async-signal-safe.
    let result = unsafe {
        libc::sigemptyset(&raw mut new.sa_mask);
        libc::sigaction(signal, &raw const new, std::ptr::null_mut())
    };
    if result < 0 { Err(lock::errno()) } else { Ok(()) }
}

fn action_of(signal: i32) -> Option<libc::sighandler_t> {
    // SAFETY: plain data.
    let mut old: libc::sigaction = unsafe { MaybeUninit::zeroed().assume_init() };
    // SAFETY: a place on this stack.
    let result = unsafe { libc::sigaction(signal, std::ptr::null(), &raw mut old) };
    (result == 0).then_some(old.sa_sigaction)
}

fn own_action() -> libc::sighandler_t {
    handler as extern "C" fn(libc::c_int) as usize as libc::sighandler_t
}

fn itimer_error() -> Exception {
    let errno = lock::errno();
    let Some(class) = state::<Handlers>().itimer_error.get() else { return os_error(errno) };
    let message = match object::get_attr(os_error(errno).value().as_object(), &interned("strerror"))
    {
        Ok(message) => message,
        Err(error) => return error,
    };
    raise_with(&class, &[&int(errno.into()), &message])
}

fn timeval(o: Option<&Object>) -> PyResult<libc::timeval> {
    let nanos = o.map_or(Ok(0), |o| pytime::from_seconds(o, Round::Ceiling))?;
    Ok(pytime::to_timeval(nanos, Round::Ceiling))
}

fn timeval_seconds(time: &libc::timeval) -> Ref {
    float(time.tv_sec as f64 + time.tv_usec as f64 / 1e6)
}

fn itimer_tuple(timer: &libc::itimerval) -> Ref<Tuple> {
    tuple::from_array([timeval_seconds(&timer.it_value), timeval_seconds(&timer.it_interval)])
}

/// A set of signals, as an argument (`_Py_Sigset_Converter`).
pub(crate) struct SignalSet(pub(crate) libc::sigset_t);

fn empty_set() -> libc::sigset_t {
    let mut set = MaybeUninit::zeroed();
    // SAFETY: fills the set.
    unsafe {
        libc::sigemptyset(set.as_mut_ptr());
        set.assume_init()
    }
}

impl FromArg<'_> for SignalSet {
    fn from_arg(arg: &Object, _place: &Place<'_>) -> PyResult<Self> {
        let mut set = empty_set();
        let iterator = iter::get_iter(arg)?;
        while let Some(item) = iter::next(&iterator)? {
            let signal = number::index(&item)?.to_i64().unwrap_or(-1);
            if !(1..NSIG as i64).contains(&signal) {
                return Err(value_error!("signal number {signal} out of range [1; {}]", NSIG - 1));
            }
            // SAFETY: a set that has been filled.
            if unsafe { libc::sigaddset(&raw mut set, signal as i32) } != 0 {
                if lock::errno() != libc::EINVAL {
                    return Err(last_error());
                }
                let message = format!("invalid signal number {signal}, please use valid_signals()");
                warnings::warn(&exceptions::RUNTIME_WARNING, &message, 1)?;
            }
        }
        Ok(SignalSet(set))
    }
}

fn set_object(set: &libc::sigset_t) -> PyResult<Ref<Set>> {
    let result = Set::new();
    for signal in 1..NSIG as i32 {
        // SAFETY: a set that has been filled.
        if unsafe { libc::sigismember(set, signal) } == 1 {
            result.add(&int(signal.into()))?;
        }
    }
    Ok(result)
}

fn siginfo(info: &libc::siginfo_t) -> PyResult {
    // SAFETY: the system fills the part of the union that belongs to the kind of signal; the others
    // are readable, too.
    let (pid, uid, status, band) = unsafe {
        let band = std::ptr::from_ref(info).cast::<u8>().add(16).cast::<i64>().read();
        (info.si_pid(), info.si_uid(), info.si_status(), band)
    };
    let fields = [
        i64::from(info.si_signo),
        info.si_code.into(),
        info.si_errno.into(),
        pid.into(),
        uid.into(),
        status.into(),
        band,
    ];
    new_struct(&SIGINFO, fields.into_iter().map(int).collect())
}

/// Waits for a signal of a set; `None` when the time has run out. May run Python.
fn wait_info(set: &libc::sigset_t, timeout: Option<i64>) -> PyResult<Option<libc::siginfo_t>> {
    // The union holds pointers; addresses cross as what they are.
    struct Info(libc::siginfo_t);
    // SAFETY: plain data that nobody follows.
    unsafe impl Send for Info {}
    let deadline = timeout.and_then(pytime::deadline);
    loop {
        let left = deadline.map(|deadline| {
            let left = deadline.saturating_duration_since(std::time::Instant::now());
            pytime::to_timespec(i64::try_from(left.as_nanos()).unwrap_or(i64::MAX))
        });
        let result = gil::detach(|| {
            let mut info = MaybeUninit::<libc::siginfo_t>::zeroed();
            let left = left.as_ref().map_or(std::ptr::null(), std::ptr::from_ref);
            // SAFETY: a filled set, and places on this stack.
            let result = unsafe { libc::sigtimedwait(set, info.as_mut_ptr(), left) };
            if result == -1 {
                return Err(lock::errno());
            }
            // SAFETY: zeros are valid, and the call has filled it.
            Ok(Info(unsafe { info.assume_init() }))
        });
        match result {
            Ok(info) => return Ok(Some(info.0)),
            Err(libc::EAGAIN) => return Ok(None),
            Err(libc::EINTR) => signals::check()?,
            Err(errno) => return Err(os_error(errno)),
        }
    }
}

fn new_itimer_error() -> PyResult<Ref<Type>> {
    let dict = Dict::new();
    dict.set_str(&interned("__module__"), &Str::new("signal"))?;
    let bases = tuple::from_array([exceptions::OS_ERROR.to_ref().upcast()]);
    let metatype = &gopy_object::typeobj::TYPE;
    type_::new_type(metatype, &Str::new("ItimerError"), &bases, &dict, Args::none())
}

/// Notes the handlers that the process was started with; Ctrl-C raises `KeyboardInterrupt` unless it
/// is ignored.
fn install(default_int_handler: &Object) -> PyResult<()> {
    let handlers = state::<Handlers>();
    signals::set_runner(run_handlers);
    for signal in 1..NSIG as i32 {
        let handler = match action_of(signal) {
            Some(libc::SIG_DFL) => int(SIG_DFL),
            Some(libc::SIG_IGN) => int(SIG_IGN),
            _ => none::none(),
        };
        handlers.by_number[signal as usize].set(Some(handler));
    }
    let place = &handlers.by_number[libc::SIGINT as usize];
    if place.get().is_some_and(|handler| is_constant(&handler, SIG_DFL))
        && set_action(libc::SIGINT, own_action()).is_ok()
    {
        place.set(Some(default_int_handler.to_ref()));
    }
    Ok(())
}

const CONSTANTS: &[(&str, i64)] = &[
    ("NSIG", NSIG as i64),
    ("SIG_BLOCK", libc::SIG_BLOCK as i64),
    ("SIG_UNBLOCK", libc::SIG_UNBLOCK as i64),
    ("SIG_SETMASK", libc::SIG_SETMASK as i64),
    ("SIGHUP", libc::SIGHUP as i64),
    ("SIGINT", libc::SIGINT as i64),
    ("SIGQUIT", libc::SIGQUIT as i64),
    ("SIGILL", libc::SIGILL as i64),
    ("SIGTRAP", libc::SIGTRAP as i64),
    ("SIGIOT", libc::SIGIOT as i64),
    ("SIGABRT", libc::SIGABRT as i64),
    ("SIGFPE", libc::SIGFPE as i64),
    ("SIGKILL", libc::SIGKILL as i64),
    ("SIGBUS", libc::SIGBUS as i64),
    ("SIGSEGV", libc::SIGSEGV as i64),
    ("SIGSYS", libc::SIGSYS as i64),
    ("SIGPIPE", libc::SIGPIPE as i64),
    ("SIGALRM", libc::SIGALRM as i64),
    ("SIGTERM", libc::SIGTERM as i64),
    ("SIGUSR1", libc::SIGUSR1 as i64),
    ("SIGUSR2", libc::SIGUSR2 as i64),
    ("SIGCLD", libc::SIGCHLD as i64),
    ("SIGCHLD", libc::SIGCHLD as i64),
    ("SIGPWR", libc::SIGPWR as i64),
    ("SIGIO", libc::SIGIO as i64),
    ("SIGURG", libc::SIGURG as i64),
    ("SIGWINCH", libc::SIGWINCH as i64),
    ("SIGPOLL", libc::SIGPOLL as i64),
    ("SIGSTOP", libc::SIGSTOP as i64),
    ("SIGTSTP", libc::SIGTSTP as i64),
    ("SIGCONT", libc::SIGCONT as i64),
    ("SIGTTIN", libc::SIGTTIN as i64),
    ("SIGTTOU", libc::SIGTTOU as i64),
    ("SIGVTALRM", libc::SIGVTALRM as i64),
    ("SIGPROF", libc::SIGPROF as i64),
    ("SIGXCPU", libc::SIGXCPU as i64),
    ("SIGXFSZ", libc::SIGXFSZ as i64),
    ("SIGRTMIN", 34),
    ("SIGRTMAX", 64),
    ("SIGSTKFLT", libc::SIGSTKFLT as i64),
    ("ITIMER_REAL", 0),
    ("ITIMER_VIRTUAL", 1),
    ("ITIMER_PROF", 2),
    ("SIG_DFL", SIG_DFL),
    ("SIG_IGN", SIG_IGN),
];

/// `_signal`.
#[pymodule(name = "_signal")]
pub mod signal_module {
    use super::*;

    #[pyfunction("($module, signalnum, frame, /)")]
    fn default_int_handler(signalnum: i32, frame: &Object) -> PyResult {
        let _ = (signalnum, frame);
        Err(match exceptions::instantiate(&exceptions::KEYBOARD_INTERRUPT, &tuple::empty()) {
            Ok(exception) => Exception::raise(exception),
            Err(error) => error,
        })
    }

    #[pyfunction("($module, seconds, /)")]
    fn alarm(seconds: i32) -> i64 {
        // SAFETY: takes a number.
        i64::from(unsafe { libc::alarm(seconds as u32) })
    }

    #[pyfunction("($module, which, seconds, interval=0.0, /)")]
    fn setitimer(which: i32, seconds: &Object, interval: Option<&Object>) -> PyResult<Ref<Tuple>> {
        let new =
            libc::itimerval { it_value: timeval(Some(seconds))?, it_interval: timeval(interval)? };
        let mut old = MaybeUninit::<libc::itimerval>::zeroed();
        // SAFETY: places on this stack; the number is checked by the system.
        let result =
            unsafe { libc::syscall(libc::SYS_setitimer, which, &raw const new, old.as_mut_ptr()) };
        if result != 0 {
            return Err(itimer_error());
        }
        // SAFETY: filled by the call; zeros are valid, too.
        Ok(itimer_tuple(unsafe { old.assume_init_ref() }))
    }

    #[pyfunction("($module, which, /)")]
    fn getitimer(which: i32) -> PyResult<Ref<Tuple>> {
        let mut timer = MaybeUninit::<libc::itimerval>::zeroed();
        // SAFETY: a place on this stack.
        let result = unsafe { libc::syscall(libc::SYS_getitimer, which, timer.as_mut_ptr()) };
        if result != 0 {
            return Err(itimer_error());
        }
        // SAFETY: filled by the call; zeros are valid, too.
        Ok(itimer_tuple(unsafe { timer.assume_init_ref() }))
    }

    #[pyfunction("($module, signalnum, handler, /)")]
    fn signal(signalnum: i32, handler: &Object) -> PyResult {
        if !signals::is_main_thread() {
            return Err(value_error!("signal only works in main thread of the main interpreter"));
        }
        let place = check_number(signalnum)?;
        let action = if is_constant(handler, SIG_IGN) {
            libc::SIG_IGN
        } else if is_constant(handler, SIG_DFL) {
            libc::SIG_DFL
        } else if object::is_callable(handler) {
            own_action()
        } else {
            return Err(type_error!(
                "signal handler must be signal.SIG_IGN, signal.SIG_DFL, or a callable object"
            ));
        };
        // Signals that have arrived are for the old handler.
        signals::check()?;
        set_action(signalnum, action).map_err(os_error)?;
        let old = state::<Handlers>().by_number[place].replace(Some(handler.to_ref()));
        Ok(old.unwrap_or_else(none::none))
    }

    #[pyfunction("($module, signalnum, /)")]
    fn raise_signal(signalnum: i32) -> PyResult<()> {
        // SAFETY: takes a number.
        let result = gil::detach(|| {
            // SAFETY: takes a number.
            let result = unsafe { libc::raise(signalnum) };
            if result != 0 { Err(lock::errno()) } else { Ok(()) }
        });
        result.map_err(os_error)?;
        signals::check()
    }

    #[pyfunction("($module, signalnum, /)")]
    fn strsignal(signalnum: i32) -> PyResult<Option<Ref>> {
        check_number(signalnum)?;
        // SAFETY: takes a number; the text stays until the next call.
        let text = unsafe { crate::util::c_bytes(libc::strsignal(signalnum)) };
        let text = String::from_utf8_lossy(&text).into_owned();
        if text.is_empty() || text.contains("Unknown signal") {
            return Ok(None);
        }
        Ok(Some(Str::new(&text).upcast()))
    }

    #[pyfunction("($module, signalnum, /)")]
    fn getsignal(signalnum: i32) -> PyResult {
        let place = check_number(signalnum)?;
        Ok(state::<Handlers>().by_number[place].get().unwrap_or_else(none::none))
    }

    #[pyfunction("($module, fd, /, *, warn_on_full_buffer=True)")]
    fn set_wakeup_fd(fd: i32, warn_on_full_buffer: bool) -> PyResult<i32> {
        if !signals::is_main_thread() {
            return Err(value_error!(
                "set_wakeup_fd only works in main thread of the main interpreter"
            ));
        }
        if fd != -1 {
            // SAFETY: takes numbers.
            let flags = unsafe { libc::fcntl(fd, libc::F_GETFL) };
            if flags < 0 {
                return Err(last_error());
            }
            if flags & libc::O_NONBLOCK == 0 {
                return Err(value_error!("the fd {fd} must be in non-blocking mode"));
            }
        }
        WARN_ON_FULL_BUFFER.store(warn_on_full_buffer, Ordering::Release);
        Ok(WAKEUP_FD.swap(fd, Ordering::AcqRel))
    }

    #[pyfunction("($module, signalnum, flag, /)")]
    fn siginterrupt(signalnum: i32, flag: i32) -> PyResult<()> {
        check_number(signalnum)?;
        // SAFETY: plain data.
        let mut action: libc::sigaction = unsafe { MaybeUninit::zeroed().assume_init() };
        // SAFETY: a place on this stack.
        if unsafe { libc::sigaction(signalnum, std::ptr::null(), &raw mut action) } < 0 {
            return Err(last_error());
        }
        if flag != 0 {
            action.sa_flags &= !libc::SA_RESTART;
        } else {
            action.sa_flags |= libc::SA_RESTART;
        }
        // SAFETY: the action that is in force, but for a flag.
        if unsafe { libc::sigaction(signalnum, &raw const action, std::ptr::null_mut()) } < 0 {
            return Err(last_error());
        }
        Ok(())
    }

    #[pyfunction("($module, /)")]
    fn pause() -> PyResult<()> {
        gil::detach(|| {
            // SAFETY: takes no arguments.
            unsafe { libc::pause() };
        });
        signals::check()
    }

    #[pyfunction("($module, pidfd, signalnum, siginfo=None, flags=0, /)")]
    fn pidfd_send_signal(
        pidfd: i32,
        signalnum: i32,
        siginfo: Option<&Object>,
        flags: i32,
    ) -> PyResult<()> {
        if siginfo.is_some() {
            return Err(type_error!("siginfo must be None"));
        }
        let none = std::ptr::null::<libc::siginfo_t>();
        // SAFETY: numbers and a null pointer.
        let result =
            unsafe { libc::syscall(libc::SYS_pidfd_send_signal, pidfd, signalnum, none, flags) };
        if result < 0 { Err(last_error()) } else { Ok(()) }
    }

    #[pyfunction("($module, thread_id, signalnum, /)")]
    fn pthread_kill(thread_id: &Object, signalnum: i32) -> PyResult<()> {
        let ident = number::index(thread_id)?.to_u64_wrapping();
        (hooks::get().audit)("signal.pthread_kill", &[thread_id, &int(signalnum.into())])?;
        // The C library follows the number as a pointer: only threads that we know of.
        let mut known = ident == crate::thread::ident();
        gil::for_each_thread(|thread| known |= thread.ident.get() == ident);
        if !known {
            return Err(os_error(libc::ESRCH));
        }
        // SAFETY: a live thread.
        let errno = unsafe { libc::pthread_kill(ident, signalnum) };
        if errno != 0 {
            return Err(os_error(errno));
        }
        signals::check()
    }

    #[pyfunction("($module, how, mask, /)")]
    fn pthread_sigmask(how: i32, mask: SignalSet) -> PyResult<Ref<Set>> {
        let mut old = empty_set();
        // SAFETY: filled sets on this stack.
        let errno = unsafe { libc::pthread_sigmask(how, &raw const mask.0, &raw mut old) };
        if errno != 0 {
            return Err(os_error(errno));
        }
        // Signals that were pending may have arrived now.
        signals::check()?;
        set_object(&old)
    }

    #[pyfunction("($module, /)")]
    fn sigpending() -> PyResult<Ref<Set>> {
        let mut set = empty_set();
        // SAFETY: a place on this stack.
        if unsafe { libc::sigpending(&raw mut set) } != 0 {
            return Err(last_error());
        }
        set_object(&set)
    }

    #[pyfunction("($module, sigset, /)")]
    fn sigwait(sigset: SignalSet) -> PyResult<i32> {
        let set = sigset.0;
        let result = gil::detach(|| {
            let mut signal = 0;
            // SAFETY: a filled set, and a place on this stack.
            let errno = unsafe { libc::sigwait(&raw const set, &raw mut signal) };
            if errno != 0 { Err(errno) } else { Ok(signal) }
        });
        result.map_err(os_error)
    }

    #[pyfunction("($module, sigset, /)")]
    fn sigwaitinfo(sigset: SignalSet) -> PyResult<Option<Ref>> {
        match wait_info(&sigset.0, None)? {
            Some(info) => siginfo(&info).map(Some),
            None => Ok(None),
        }
    }

    #[pyfunction("($module, sigset, timeout, /)")]
    fn sigtimedwait(sigset: SignalSet, timeout: &Object) -> PyResult<Option<Ref>> {
        let timeout = pytime::from_seconds(timeout, Round::Ceiling)?;
        if timeout < 0 {
            return Err(value_error!("timeout must be non-negative"));
        }
        match wait_info(&sigset.0, Some(timeout))? {
            Some(info) => siginfo(&info).map(Some),
            None => Ok(None),
        }
    }

    #[pyfunction("($module, /)")]
    fn valid_signals() -> PyResult<Ref<Set>> {
        let mut set = empty_set();
        // SAFETY: a place on this stack.
        unsafe { libc::sigfillset(&raw mut set) };
        set_object(&set)
    }

    #[pyexec]
    fn exec(module: &Object) -> PyResult<()> {
        add_constants(module, CONSTANTS)?;
        let error = new_itimer_error()?;
        state::<Handlers>().itimer_error.set(Some(error.clone()));
        module::add(module, "ItimerError", error)?;
        module::add(module, "struct_siginfo", struct_type(&SIGINFO)?)?;
        install(&*object::get_attr(module, &interned("default_int_handler"))?)
    }
}
