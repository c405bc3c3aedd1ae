//! `_signal`: Python functions as signal handlers.
//!
//! Answers to `Modules/signalmodule.c`. The C handler only notes the signal
//! ([`gopy_object::signals`]) and wakes whoever reads the wake-up descriptor; Python handlers run on
//! the main thread, at a breaker point or after an interrupted system call.

use std::cell::RefCell;
use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};

use gopy_core::error::{raise_with, type_error, value_error};
use gopy_core::structseq::StructSeq;
use gopy_core::{call, exceptions, iter, module, none, number, object, set, tuple};
use gopy_macros::pymodule;
use gopy_object::typeobj::Tuple;
use gopy_object::{Args, Instance, Interpreter, Object, PyResult, Ref, gil, lock, signals};

use crate::constants::SIGNAL;
use crate::time::{Round, nanoseconds};
use crate::util::{self, add_constants, float, int, key, last_error, os_error, os_str, retrying};

static WAKEUP_FD: AtomicI32 = AtomicI32::new(-1);
static WARN_ON_FULL: AtomicBool = AtomicBool::new(true);

const NSIG: i32 = signals::NSIG as i32;

/// The handlers of Python, by signal; and the exception of timers.
struct Handlers {
    functions: RefCell<Vec<Ref>>,
}

impl Default for Handlers {
    fn default() -> Self {
        let functions = (0..NSIG).map(|_| none::none()).collect();
        Handlers { functions: RefCell::new(functions) }
    }
}

/// `signal.struct_siginfo`.
static SIGINFO: StructSeq = StructSeq {
    name: "signal.struct_siginfo",
    doc: "struct_siginfo: Result from sigwaitinfo or sigtimedwait.\n\nThis object may be accessed either as a tuple of\n(si_signo, si_code, si_errno, si_pid, si_uid, si_status, si_band),\nor via the attributes si_signo, si_code, and so on.",
    fields: &["si_signo", "si_code", "si_errno", "si_pid", "si_uid", "si_status", "si_band"],
    visible: 7,
};

extern "C" fn on_signal(signal: libc::c_int) {
    let errno = lock::errno();
    signals::trip(signal);
    let fd = WAKEUP_FD.load(Ordering::Relaxed);
    if fd >= 0 {
        let byte = signal as u8;
        // SAFETY: reads one byte; async-signal-safe. A full pipe has woken its reader already.
        unsafe { libc::write(fd, (&raw const byte).cast(), 1) };
    }
    // SAFETY: the address is this thread's own.
    unsafe { *libc::__errno_location() = errno };
}

/// Installs a handler of C.
fn install(signal: i32, handler: libc::sighandler_t) -> Result<(), i32> {
    // SAFETY: a zeroed `sigaction` is valid.
    let mut action: libc::sigaction = unsafe { std::mem::zeroed() };
    action.sa_sigaction = handler;
    action.sa_flags = libc::SA_ONSTACK;
    // SAFETY: writes one set.
    unsafe { libc::sigemptyset(&mut action.sa_mask) };
    // SAFETY: reads one action.
    if unsafe { libc::sigaction(signal, &action, std::ptr::null_mut()) } == 0 {
        Ok(())
    } else {
        Err(lock::errno())
    }
}

/// What C does with a signal now.
fn installed(signal: i32) -> Option<libc::sighandler_t> {
    // SAFETY: a zeroed `sigaction` is valid.
    let mut action: libc::sigaction = unsafe { std::mem::zeroed() };
    // SAFETY: writes one action.
    let failed = unsafe { libc::sigaction(signal, std::ptr::null(), &mut action) } != 0;
    (!failed).then_some(action.sa_sigaction)
}

fn check_number(signal: i32) -> PyResult<()> {
    if (1..NSIG).contains(&signal) {
        return Ok(());
    }
    Err(value_error!("signal number out of range"))
}

/// The running frame, as handlers see it. May run Python.
fn current_frame() -> PyResult {
    let sys = Interpreter::current().sys_dict.get();
    let sys = sys.as_deref().and_then(|sys| sys.downcast::<gopy_core::dict::Dict>());
    let Some(get_frame) = sys.map(|sys| sys.get_str(&key("_getframe"))).transpose()?.flatten()
    else {
        return Ok(none::none());
    };
    // Without any Python frame there is nothing to show.
    Ok(call::call_no_args(&get_frame).unwrap_or_else(|_| none::none()))
}

fn is_default_or_ignore(handler: &Object) -> PyResult<bool> {
    Ok(none::is_none(handler)
        || object::eq(handler, &int(libc::SIG_DFL as i64))?
        || object::eq(handler, &int(libc::SIG_IGN as i64))?)
}

/// Runs the handlers of all pending signals. May run Python.
fn run_handlers() -> PyResult<()> {
    let mut frame = None;
    while let Some(signal) = signals::take_tripped() {
        let state = util::state::<Handlers>();
        let handler = state.functions.borrow().get(signal as usize).cloned();
        let Some(handler) = handler else { continue };
        if is_default_or_ignore(&handler)? {
            continue;
        }
        let frame = match &frame {
            Some(frame) => frame,
            None => frame.insert(current_frame()?),
        };
        call::call(&handler, &[&int(i64::from(signal)), frame])?;
    }
    Ok(())
}

/// Simulates a signal for the main thread; false where nobody handles it.
pub(crate) fn interrupt_main(signal: i32) -> PyResult<()> {
    check_number(signal)?;
    let state = util::state::<Handlers>();
    let handler = state.functions.borrow()[signal as usize].clone();
    if !is_default_or_ignore(&handler)? {
        signals::trip(signal);
    }
    Ok(())
}

fn sigset_of(numbers: &Object) -> PyResult<libc::sigset_t> {
    // SAFETY: a zeroed set is valid.
    let mut set: libc::sigset_t = unsafe { std::mem::zeroed() };
    // SAFETY: writes one set.
    unsafe { libc::sigemptyset(&mut set) };
    for item in iter::collect(numbers)? {
        let signal = number::index_as_c_int(&item)?;
        if !(1..NSIG).contains(&signal) {
            return Err(value_error!("signal number {signal} out of range [1; {}]", NSIG - 1));
        }
        // SAFETY: writes one set. Numbers that the library reserves for itself are refused; they
        // stay out of the set.
        unsafe { libc::sigaddset(&mut set, signal) };
    }
    Ok(set)
}

fn set_of(signals: &libc::sigset_t) -> PyResult<Ref<set::Set>> {
    let set = set::Set::new();
    for signal in 1..NSIG {
        // SAFETY: reads one set.
        if unsafe { libc::sigismember(signals, signal) } == 1 {
            set.add(&int(i64::from(signal)))?;
        }
    }
    Ok(set)
}

fn siginfo(info: &libc::siginfo_t) -> PyResult {
    // SAFETY: fields of a union of plain numbers.
    let (pid, uid, status) = unsafe { (info.si_pid(), info.si_uid(), info.si_status()) };
    let fields = [
        i64::from(info.si_signo),
        i64::from(info.si_code),
        i64::from(info.si_errno),
        i64::from(pid),
        i64::from(uid),
        i64::from(status),
        0,
    ];
    util::new_struct(&SIGINFO, fields.into_iter().map(int).collect())
}

fn timeval(value: &Object) -> PyResult<libc::timeval> {
    let ns = nanoseconds(value, Round::Ceiling)?;
    let us = ns.div_euclid(1000) + i64::from(ns.rem_euclid(1000) > 0);
    Ok(libc::timeval { tv_sec: us.div_euclid(1_000_000), tv_usec: us.rem_euclid(1_000_000) })
}

fn timer_pair(timer: &libc::itimerval) -> Ref<Tuple> {
    let seconds = |time: libc::timeval| float(time.tv_sec as f64 + time.tv_usec as f64 / 1e6);
    tuple::from_array([seconds(timer.it_value), seconds(timer.it_interval)])
}

fn timer_error() -> gopy_object::Exception {
    let errno = lock::errno();
    let error = os_error(errno);
    let state = util::state::<TimerError>();
    match &*state.0.borrow() {
        Some(ty) => {
            let args = gopy_core::exceptions::args_of(error.value());
            let args: Vec<&Object> = args.items().iter().map(|item| &**item).collect();
            match ty.downcast::<gopy_object::Type>() {
                Some(ty) => raise_with(ty, &args),
                None => error,
            }
        }
        None => error,
    }
}

/// `signal.ItimerError`.
#[derive(Default)]
struct TimerError(RefCell<Option<Ref>>);

/// `_signal`.
#[pymodule(name = "_signal")]
pub mod signal_module {
    use super::*;

    #[pyfunction("($module, signalnum, handler, /)")]
    fn signal(signalnum: i32, handler: &Object) -> PyResult {
        if !signals::is_main_thread() {
            return Err(value_error!("signal only works in main thread of the main interpreter"));
        }
        check_number(signalnum)?;
        let c_handler = if object::eq(handler, &int(libc::SIG_IGN as i64))? {
            libc::SIG_IGN
        } else if object::eq(handler, &int(libc::SIG_DFL as i64))? {
            libc::SIG_DFL
        } else if object::is_callable(handler) {
            on_signal as *const () as libc::sighandler_t
        } else {
            return Err(type_error!(
                "signal handler must be signal.SIG_IGN, signal.SIG_DFL, or a callable object"
            ));
        };
        // What arrived before belongs to the old handler.
        signals::check()?;
        install(signalnum, c_handler).map_err(os_error)?;
        let state = util::state::<Handlers>();
        let mut functions = state.functions.borrow_mut();
        Ok(std::mem::replace(&mut functions[signalnum as usize], handler.to_ref()))
    }

    #[pyfunction("($module, signalnum, /)")]
    fn getsignal(signalnum: i32) -> PyResult {
        check_number(signalnum)?;
        Ok(util::state::<Handlers>().functions.borrow()[signalnum as usize].clone())
    }

    #[pyfunction("($module, signalnum, frame, /)")]
    fn default_int_handler(signalnum: i32, frame: &Object) -> PyResult<()> {
        let _ = (signalnum, frame);
        Err(raise_with(&exceptions::KEYBOARD_INTERRUPT, &[]))
    }

    #[pyfunction("($module, signalnum, /)")]
    fn raise_signal(signalnum: i32) -> PyResult<()> {
        // SAFETY: takes a plain number.
        let failed = gil::detach(|| unsafe { libc::raise(signalnum) }) != 0;
        if failed {
            return Err(last_error());
        }
        signals::check()
    }

    #[pyfunction("($module, seconds, /)")]
    fn alarm(seconds: i32) -> u32 {
        // SAFETY: takes a plain number.
        unsafe { libc::alarm(seconds as u32) }
    }

    #[pyfunction("($module, /)")]
    fn pause() -> PyResult<()> {
        // SAFETY: takes nothing.
        gil::detach(|| unsafe { libc::pause() });
        signals::check()
    }

    #[pyfunction("($module, signalnum, flag, /)")]
    fn siginterrupt(signalnum: i32, flag: i32) -> PyResult<()> {
        unsafe extern "C" {
            fn siginterrupt(signal: libc::c_int, flag: libc::c_int) -> libc::c_int;
        }
        check_number(signalnum)?;
        // SAFETY: takes plain numbers.
        if unsafe { siginterrupt(signalnum, flag) } < 0 {
            return Err(last_error());
        }
        Ok(())
    }

    #[pyfunction("($module, signalnum, /)")]
    fn strsignal(signalnum: i32) -> PyResult {
        check_number(signalnum)?;
        // SAFETY: answers null or a C string that the next call may overwrite; copied at once.
        let text = unsafe { util::c_bytes(libc::strsignal(signalnum)) };
        if text.is_empty() || text.starts_with(b"Unknown signal") {
            return Ok(none::none());
        }
        Ok(os_str(&text))
    }

    #[pyfunction("($module, /)")]
    fn valid_signals() -> PyResult<Ref<set::Set>> {
        // SAFETY: a zeroed set is valid.
        let mut all: libc::sigset_t = unsafe { std::mem::zeroed() };
        // SAFETY: writes one set.
        unsafe { libc::sigfillset(&mut all) };
        set_of(&all)
    }

    #[pyfunction("($module, how, mask, /)")]
    fn pthread_sigmask(how: i32, mask: &Object) -> PyResult<Ref<set::Set>> {
        let mask = sigset_of(mask)?;
        // SAFETY: a zeroed set is valid.
        let mut old: libc::sigset_t = unsafe { std::mem::zeroed() };
        // SAFETY: reads and writes one set.
        match unsafe { libc::pthread_sigmask(how, &mask, &mut old) } {
            0 => {}
            errno => return Err(os_error(errno)),
        }
        // What was unblocked has arrived by now.
        signals::check()?;
        set_of(&old)
    }

    #[pyfunction("($module, /)")]
    fn sigpending() -> PyResult<Ref<set::Set>> {
        // SAFETY: a zeroed set is valid.
        let mut pending: libc::sigset_t = unsafe { std::mem::zeroed() };
        // SAFETY: writes one set.
        if unsafe { libc::sigpending(&mut pending) } != 0 {
            return Err(last_error());
        }
        set_of(&pending)
    }

    #[pyfunction("($module, sigset, /)")]
    fn sigwait(sigset: &Object) -> PyResult<i32> {
        let set = sigset_of(sigset)?;
        let mut signal = 0;
        let place = &mut signal;
        // SAFETY: reads a set, writes a number.
        match gil::detach(move || unsafe { libc::sigwait(&set, place) }) {
            0 => Ok(signal),
            errno => Err(os_error(errno)),
        }
    }

    #[pyfunction("($module, sigset, /)")]
    fn sigwaitinfo(sigset: &Object) -> PyResult {
        let set = sigset_of(sigset)?;
        // SAFETY: a zeroed `siginfo_t` is valid.
        let mut info: libc::siginfo_t = unsafe { std::mem::zeroed() };
        let place = (&raw mut info).expose_provenance();
        retrying(|| {
            let place = std::ptr::with_exposed_provenance_mut(place);
            // SAFETY: reads a set, writes one `siginfo_t`.
            unsafe { libc::sigwaitinfo(&set, place) as isize }
        })?;
        siginfo(&info)
    }

    #[pyfunction("($module, thread_id, signalnum, /)")]
    fn pthread_kill(thread_id: i64, signalnum: i32) -> PyResult<()> {
        // SAFETY: as in C, the number must be a thread's; Python promises no more.
        match unsafe { libc::pthread_kill(thread_id as libc::pthread_t, signalnum) } {
            0 => signals::check(),
            errno => Err(os_error(errno)),
        }
    }

    #[pyfunction("($module, which, seconds, interval=0.0, /)")]
    fn setitimer(which: i32, seconds: &Object, interval: Option<&Object>) -> PyResult<Ref<Tuple>> {
        let zero = int(0);
        let new = libc::itimerval {
            it_value: timeval(seconds)?,
            it_interval: timeval(interval.unwrap_or(&zero))?,
        };
        // SAFETY: a zeroed timer is valid.
        let mut old: libc::itimerval = unsafe { std::mem::zeroed() };
        // SAFETY: reads and writes one timer.
        if unsafe { libc::setitimer(which, &new, &mut old) } != 0 {
            return Err(timer_error());
        }
        Ok(timer_pair(&old))
    }

    #[pyfunction("($module, which, /)")]
    fn getitimer(which: i32) -> PyResult<Ref<Tuple>> {
        // SAFETY: a zeroed timer is valid.
        let mut timer: libc::itimerval = unsafe { std::mem::zeroed() };
        // SAFETY: writes one timer.
        if unsafe { libc::getitimer(which, &mut timer) } != 0 {
            return Err(timer_error());
        }
        Ok(timer_pair(&timer))
    }

    #[pyfunction("($module, fd, /, *, warn_on_full_buffer=True)")]
    fn set_wakeup_fd(fd: i32, warn_on_full_buffer: bool) -> PyResult<i32> {
        if !signals::is_main_thread() {
            return Err(value_error!(
                "set_wakeup_fd only works in main thread of the main interpreter"
            ));
        }
        if fd != -1 {
            // SAFETY: takes plain numbers.
            match unsafe { libc::fcntl(fd, libc::F_GETFL) } {
                -1 => return Err(last_error()),
                flags if flags & libc::O_NONBLOCK == 0 => {
                    return Err(value_error!("the fd {fd} must be in non-blocking mode"));
                }
                _ => {}
            }
        }
        WARN_ON_FULL.store(warn_on_full_buffer, Ordering::Relaxed);
        Ok(WAKEUP_FD.swap(fd, Ordering::Relaxed))
    }

    #[pyexec]
    fn exec(module: &Object) -> PyResult<()> {
        add_constants(module, SIGNAL)?;
        module::add(module, "struct_siginfo", util::struct_type(&SIGINFO)?)?;
        let bases = tuple::from_array([exceptions::OS_ERROR.as_object().to_ref()]);
        let dict = gopy_core::dict::Dict::new();
        dict.set_str(&key("__module__"), &gopy_core::str::Str::new("signal"))?;
        let name = gopy_core::str::Str::new("itimer_error");
        let metatype = &gopy_object::typeobj::TYPE;
        let error = gopy_core::type_::new_type(metatype, &name, &bases, &dict, Args::none())?;
        *util::state::<TimerError>().0.borrow_mut() = Some(error.clone().upcast());
        module::add(module, "ItimerError", error)?;
        signals::set_runner(run_handlers);
        let state = util::state::<Handlers>();
        for signal in 1..NSIG {
            let handler = match installed(signal) {
                Some(libc::SIG_DFL) => int(libc::SIG_DFL as i64),
                Some(libc::SIG_IGN) => int(libc::SIG_IGN as i64),
                _ => none::none(),
            };
            state.functions.borrow_mut()[signal as usize] = handler;
        }
        if installed(libc::SIGINT) == Some(libc::SIG_DFL) {
            let handler = gopy_core::object::get_attr(module, &key("default_int_handler"))?;
            state.functions.borrow_mut()[libc::SIGINT as usize] = handler;
            install(libc::SIGINT, on_signal as *const () as libc::sighandler_t)
                .map_err(os_error)?;
        }
        Ok(())
    }
}
