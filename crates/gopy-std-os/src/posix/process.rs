//! Processes: identity, fork, exec, wait, kill, scheduling.

use std::cell::RefCell;

use gopy_core::argument::{FromArg, Place};
use gopy_core::dict::Dict;
use gopy_core::error::{overflow_error, raise_format, type_error, value_error};
use gopy_core::list::List;
use gopy_core::structseq::StructSeq;
use gopy_core::{
    call, exceptions, hooks, iter, mapping, none, number, object, set, tuple, warnings,
};
use gopy_macros::pymodule;
use gopy_object::typeobj::Tuple;
use gopy_object::{Instance, Object, PyResult, Ref, gil, signals};

use crate::util::{self, FsBytes, Id, Path, detached, float, int, last_error, os_error, retrying};

/// `posix.waitid_result`.
pub(super) static WAITID_RESULT: StructSeq = StructSeq {
    name: "posix.waitid_result",
    doc: "waitid_result: Result from waitid.",
    fields: &["si_pid", "si_uid", "si_signo", "si_status", "si_code"],
    visible: 5,
};

/// `posix.sched_param`.
pub(super) static SCHED_PARAM: StructSeq = StructSeq {
    name: "posix.sched_param",
    doc: "Currently has only one field: sched_priority",
    fields: &["sched_priority"],
    visible: 1,
};

/// `resource.struct_rusage`.
pub(crate) static RUSAGE: StructSeq = StructSeq {
    name: "resource.struct_rusage",
    doc: "struct_rusage: Result from getrusage.",
    fields: &[
        "ru_utime",
        "ru_stime",
        "ru_maxrss",
        "ru_ixrss",
        "ru_idrss",
        "ru_isrss",
        "ru_minflt",
        "ru_majflt",
        "ru_nswap",
        "ru_inblock",
        "ru_oublock",
        "ru_msgsnd",
        "ru_msgrcv",
        "ru_nsignals",
        "ru_nvcsw",
        "ru_nivcsw",
    ],
    visible: 16,
};

/// A `struct_rusage`.
pub(crate) fn rusage_result(usage: &libc::rusage) -> PyResult {
    let seconds = |time: libc::timeval| float(time.tv_sec as f64 + time.tv_usec as f64 * 1e-6);
    let mut fields = vec![seconds(usage.ru_utime), seconds(usage.ru_stime)];
    let counts = [
        usage.ru_maxrss,
        usage.ru_ixrss,
        usage.ru_idrss,
        usage.ru_isrss,
        usage.ru_minflt,
        usage.ru_majflt,
        usage.ru_nswap,
        usage.ru_inblock,
        usage.ru_oublock,
        usage.ru_msgsnd,
        usage.ru_msgrcv,
        usage.ru_nsignals,
        usage.ru_nvcsw,
        usage.ru_nivcsw,
    ];
    fields.extend(counts.into_iter().map(int));
    util::new_struct(&RUSAGE, fields)
}

/// What `register_at_fork` has collected: before (newest first), in the child, in the parent.
#[derive(Default)]
struct AtFork(RefCell<[Vec<Ref>; 3]>);

fn run_at_fork(which: usize) {
    let mut callbacks = util::state::<AtFork>().0.borrow()[which].clone();
    if which == 0 {
        callbacks.reverse();
    }
    for callback in callbacks {
        if let Err(error) = call::call_no_args(&callback) {
            let message = match object::repr(&callback) {
                Ok(repr) => format!("Exception ignored while calling fork function {repr}"),
                Err(_) => "Exception ignored while calling fork function".to_owned(),
            };
            (hooks::get().unraisable)(error.into_value(), Some(&message), None);
        }
    }
}

/// Whether forking is still possible.
pub(super) fn check_fork() -> PyResult<()> {
    if !gopy_object::Interpreter::current().finalizing.get() {
        return Ok(());
    }
    Err(raise_format(
        &exceptions::PYTHON_FINALIZATION_ERROR,
        format_args!("can't fork at interpreter shutdown"),
    ))
}

/// How many threads the process has; 0 where the system does not tell.
pub(super) fn thread_count() -> usize {
    let Ok(text) = std::fs::read("/proc/self/stat") else { return 0 };
    // The name, which may hold anything, ends at the last parenthesis; the count comes 18 fields on.
    let Some(end) = text.iter().rposition(|b| *b == b')') else { return 0 };
    let fields = String::from_utf8_lossy(&text[end + 1..]);
    fields.split_whitespace().nth(17).and_then(|count| count.parse().ok()).unwrap_or(0)
}

/// Warns of a fork in a process of several threads. May run Python.
pub(super) fn warn_of_threads(function: &str, threads: usize) -> PyResult<()> {
    if threads <= 1 {
        return Ok(());
    }
    // SAFETY: takes nothing.
    let pid = unsafe { libc::getpid() };
    let message = format!(
        "This process (pid={pid}) is multi-threaded, use of {function}() may lead to deadlocks in \
         the child."
    );
    warnings::warn(&exceptions::DEPRECATION_WARNING, &message, 1)
}

/// What must happen before a fork. May run Python.
pub(crate) fn before_fork() {
    run_at_fork(0);
}

/// What must happen in the parent after a fork. May run Python.
pub(crate) fn after_fork_parent() {
    run_at_fork(2);
}

/// What must happen in the child after a fork: locks are made new, other threads are forgotten. May
/// run Python.
pub(crate) fn after_fork_child() {
    gil::after_fork_child();
    signals::after_fork_child();
    signals::clear();
    crate::thread::after_fork_child();
    run_at_fork(1);
}

/// C strings and the array of pointers to them, closed by null.
pub(crate) struct CStrings {
    _texts: Vec<Vec<u8>>,
    pointers: Vec<usize>,
}

impl CStrings {
    pub(crate) fn new(mut texts: Vec<Vec<u8>>) -> CStrings {
        for text in &mut texts {
            text.push(0);
        }
        let mut pointers: Vec<usize> =
            texts.iter().map(|text| text.as_ptr().expose_provenance()).collect();
        pointers.push(0);
        CStrings { _texts: texts, pointers }
    }

    /// For the system.
    pub(crate) fn ptr(&self) -> *const *const libc::c_char {
        self.pointers.as_ptr().cast()
    }
}

pub(super) fn arguments(function: &str, argv: &Object) -> PyResult<CStrings> {
    if argv.downcast::<List>().is_none() && argv.downcast::<Tuple>().is_none() {
        return Err(type_error!("{function}"));
    }
    let mut texts = Vec::new();
    for item in iter::collect(argv)? {
        texts.push(util::fs_bytes(&item)?);
    }
    Ok(CStrings::new(texts))
}

pub(super) fn environment(env: &Object) -> PyResult<CStrings> {
    let keys = mapping::keys(env)?;
    let values = mapping::values(env)?;
    let (keys, values) = (iter::collect(&keys)?, iter::collect(&values)?);
    let mut texts = Vec::new();
    for (key, value) in keys.iter().zip(&values) {
        let mut text = util::fs_bytes(key)?;
        if text.is_empty() || text[1..].contains(&b'=') {
            return Err(value_error!("illegal environment variable name"));
        }
        text.push(b'=');
        text.extend_from_slice(&util::fs_bytes(value)?);
        texts.push(text);
    }
    Ok(CStrings::new(texts))
}

pub(super) fn check_arguments(function: &str, argv: &CStrings) -> PyResult<()> {
    match argv._texts.first() {
        None => Err(value_error!("{function} must not be empty")),
        Some(first) if first.len() <= 1 => {
            Err(value_error!("{function} first element cannot be empty"))
        }
        Some(_) => Ok(()),
    }
}

fn wait_answer(pid: i64, status: i32) -> Ref<Tuple> {
    tuple::from_array([int(pid), int(i64::from(status))])
}

fn wait_usage(pid: i32, options: i32) -> PyResult<Ref<Tuple>> {
    let mut status = 0;
    // SAFETY: a zeroed `rusage` is valid.
    let mut usage: libc::rusage = unsafe { std::mem::zeroed() };
    let (place, usage_place) = (&mut status, &mut usage);
    // SAFETY: writes one number and one `rusage`.
    let pid = retrying(|| unsafe { libc::wait4(pid, place, options, usage_place) as isize })?;
    Ok(tuple::from_array([int(pid), int(i64::from(status)), rusage_result(&usage)?]))
}

fn check(result: i32) -> PyResult<()> {
    if result == -1 { Err(last_error()) } else { Ok(()) }
}

/// "No device".
const NODEV: u64 = u64::MAX;

fn unsigned(arg: &Object) -> PyResult<u64> {
    let value = number::index(arg)?;
    if value.is_negative() {
        return Err(overflow_error!("can't convert negative int to unsigned"));
    }
    value.to_u64().ok_or_else(|| overflow_error!("int too big to convert"))
}

/// The number of a device; -1 is none.
pub(super) struct Device(pub(super) u64);

impl FromArg<'_> for Device {
    fn from_arg(arg: &Object, _place: &Place<'_>) -> PyResult<Self> {
        match number::index(arg)?.to_i64() {
            Some(-1) => Ok(Device(NODEV)),
            _ => unsigned(arg).map(Device),
        }
    }
}

/// One part of a device's number; -1 is none.
struct DevicePart(u32);

impl FromArg<'_> for DevicePart {
    fn from_arg(arg: &Object, _place: &Place<'_>) -> PyResult<Self> {
        match number::index(arg)?.to_i64() {
            Some(-1) => Ok(DevicePart(u32::MAX)),
            _ => u32::try_from(unsigned(arg)?)
                .map(DevicePart)
                .map_err(|_| overflow_error!("Python int too large to convert to C unsigned int")),
        }
    }
}

fn cpu_numbers(mask: &Object) -> PyResult<Vec<usize>> {
    let mut cpus = Vec::new();
    for item in iter::collect(mask)? {
        let cpu = number::index_as_ssize(&item)?;
        let Ok(cpu) = usize::try_from(cpu) else {
            return Err(value_error!("negative CPU number"));
        };
        cpus.push(cpu);
    }
    Ok(cpus)
}

/// The functions.
#[pymodule(name = "posix")]
pub mod module {
    use super::*;

    #[pyfunction("($module, /, status)")]
    fn _exit(status: i32) {
        // SAFETY: ends the process.
        unsafe { libc::_exit(status) }
    }

    #[pyfunction("($module, /)")]
    fn abort() {
        // SAFETY: ends the process.
        unsafe { libc::abort() }
    }

    #[pyfunction("($module, /)")]
    fn getpid() -> i32 {
        // SAFETY: takes nothing.
        unsafe { libc::getpid() }
    }

    #[pyfunction("($module, /)")]
    fn getppid() -> i32 {
        // SAFETY: takes nothing.
        unsafe { libc::getppid() }
    }

    #[pyfunction("($module, /)")]
    fn getuid() -> u32 {
        // SAFETY: takes nothing.
        unsafe { libc::getuid() }
    }

    #[pyfunction("($module, /)")]
    fn geteuid() -> u32 {
        // SAFETY: takes nothing.
        unsafe { libc::geteuid() }
    }

    #[pyfunction("($module, /)")]
    fn getgid() -> u32 {
        // SAFETY: takes nothing.
        unsafe { libc::getgid() }
    }

    #[pyfunction("($module, /)")]
    fn getegid() -> u32 {
        // SAFETY: takes nothing.
        unsafe { libc::getegid() }
    }

    #[pyfunction("($module, uid, /)")]
    fn setuid(uid: Id) -> PyResult<()> {
        // SAFETY: takes plain numbers.
        check(unsafe { libc::setuid(uid.0) })
    }

    #[pyfunction("($module, gid, /)")]
    fn setgid(gid: Id) -> PyResult<()> {
        // SAFETY: takes plain numbers.
        check(unsafe { libc::setgid(gid.0) })
    }

    #[pyfunction("($module, euid, /)")]
    fn seteuid(euid: Id) -> PyResult<()> {
        // SAFETY: takes plain numbers.
        check(unsafe { libc::seteuid(euid.0) })
    }

    #[pyfunction("($module, egid, /)")]
    fn setegid(egid: Id) -> PyResult<()> {
        // SAFETY: takes plain numbers.
        check(unsafe { libc::setegid(egid.0) })
    }

    #[pyfunction("($module, /)")]
    fn getgroups() -> PyResult<Ref<List>> {
        // SAFETY: with a length of 0 nothing is written.
        let count = unsafe { libc::getgroups(0, std::ptr::null_mut()) };
        if count < 0 {
            return Err(last_error());
        }
        let mut groups = vec![0; count as usize];
        // SAFETY: writes within the vector.
        let count = unsafe { libc::getgroups(count, groups.as_mut_ptr()) };
        if count < 0 {
            return Err(last_error());
        }
        groups.truncate(count as usize);
        Ok(List::from_vec(groups.into_iter().map(|group| int(i64::from(group))).collect()))
    }

    #[pyfunction("($module, /)")]
    fn getpgrp() -> i32 {
        // SAFETY: takes nothing.
        unsafe { libc::getpgrp() }
    }

    #[pyfunction("($module, /, pid)")]
    fn getpgid(pid: i32) -> PyResult<i32> {
        // SAFETY: takes a plain number.
        let group = unsafe { libc::getpgid(pid) };
        check(group).map(|()| group)
    }

    #[pyfunction("($module, pid, pgrp, /)")]
    fn setpgid(pid: i32, pgrp: i32) -> PyResult<()> {
        // SAFETY: takes plain numbers.
        check(unsafe { libc::setpgid(pid, pgrp) })
    }

    #[pyfunction("($module, /)")]
    fn setpgrp() -> PyResult<()> {
        // SAFETY: takes plain numbers.
        check(unsafe { libc::setpgid(0, 0) })
    }

    #[pyfunction("($module, pid, /)")]
    fn getsid(pid: i32) -> PyResult<i32> {
        // SAFETY: takes a plain number.
        let session = unsafe { libc::getsid(pid) };
        check(session).map(|()| session)
    }

    #[pyfunction("($module, /)")]
    fn setsid() -> PyResult<()> {
        // SAFETY: takes nothing.
        check(unsafe { libc::setsid() })
    }

    #[pyfunction("($module, fd, /)")]
    fn tcgetpgrp(fd: i32) -> PyResult<i32> {
        // SAFETY: takes a plain number.
        let group = unsafe { libc::tcgetpgrp(fd) };
        check(group).map(|()| group)
    }

    #[pyfunction("($module, fd, pgid, /)")]
    fn tcsetpgrp(fd: i32, pgid: i32) -> PyResult<()> {
        // SAFETY: takes plain numbers.
        check(unsafe { libc::tcsetpgrp(fd, pgid) })
    }

    #[pyfunction("($module, pid, signal, /)")]
    fn kill(pid: i32, signal: i32) -> PyResult<()> {
        let (pid_object, signal_object) = (int(i64::from(pid)), int(i64::from(signal)));
        (hooks::get().audit)("os.kill", &[&pid_object, &signal_object])?;
        // SAFETY: takes plain numbers.
        check(unsafe { libc::kill(pid, signal) })?;
        // A signal to ourselves is handled before the call returns.
        signals::check()
    }

    #[pyfunction("($module, pgid, signal, /)")]
    fn killpg(pgid: i32, signal: i32) -> PyResult<()> {
        // SAFETY: takes plain numbers.
        check(unsafe { libc::killpg(pgid, signal) })?;
        signals::check()
    }

    #[pyfunction("($module, increment, /)")]
    fn nice(increment: i32) -> PyResult<i32> {
        // SAFETY: -1 is a priority, so `errno` tells of failures.
        unsafe { *libc::__errno_location() = 0 };
        // SAFETY: takes a plain number.
        let value = unsafe { libc::nice(increment) };
        match gopy_object::lock::errno() {
            errno if value == -1 && errno != 0 => Err(os_error(errno)),
            _ => Ok(value),
        }
    }

    #[pyfunction("($module, /)")]
    fn fork() -> PyResult<i32> {
        check_fork()?;
        (hooks::get().audit)("os.fork", &[])?;
        let threads = thread_count();
        before_fork();
        // SAFETY: the child has this thread only and repairs the locks at once.
        let pid = unsafe { libc::fork() };
        let errno = gopy_object::lock::errno();
        if pid == 0 {
            after_fork_child();
        } else {
            after_fork_parent();
            warn_of_threads("fork", threads)?;
        }
        if pid < 0 { Err(os_error(errno)) } else { Ok(pid) }
    }

    #[pyfunction(
        "($module, /, *, before=<unrepresentable>,\n                 after_in_child=<unrepresentable>,\n                 after_in_parent=<unrepresentable>)"
    )]
    fn register_at_fork(
        before: Option<&Object>,
        after_in_child: Option<&Object>,
        after_in_parent: Option<&Object>,
    ) -> PyResult<()> {
        let given = [before, after_in_child, after_in_parent];
        if given.iter().all(Option::is_none) {
            return Err(type_error!("At least one argument is required."));
        }
        for (name, callback) in ["before", "after_in_child", "after_in_parent"].iter().zip(given) {
            if let Some(callback) = callback
                && !object::is_callable(callback)
            {
                return Err(type_error!("'{name}' must be callable, not {}", callback.type_name()));
            }
        }
        let state = util::state::<AtFork>();
        let mut callbacks = state.0.borrow_mut();
        for (list, callback) in callbacks.iter_mut().zip(given) {
            list.extend(callback.map(|callback| callback.to_ref()));
        }
        Ok(())
    }

    #[pyfunction("($module, path, argv, /)")]
    fn execv(path: Path, argv: &Object) -> PyResult<()> {
        let argv_c = arguments("execv() arg 2 must be a tuple or list", argv)?;
        check_arguments("execv() arg 2", &argv_c)?;
        let audited = none::none();
        (hooks::get().audit)("os.exec", &[&path.object, argv, &audited])?;
        // SAFETY: all strings end with NUL, the array with null.
        unsafe { libc::execv(path.c().ptr(), argv_c.ptr()) };
        Err(last_error())
    }

    #[pyfunction("($module, /, path, argv, env)")]
    fn execve(path: Path<true>, argv: &Object, env: &Object) -> PyResult<()> {
        let argv_c = arguments("execve: argv must be a tuple or list", argv)?;
        check_arguments("execve: argv", &argv_c)?;
        if env.downcast::<Dict>().is_none()
            && object::get_attr_opt(env, &util::key("keys"))?.is_none()
        {
            return Err(type_error!("execve: environment must be a mapping object"));
        }
        let env_c = environment(env)?;
        (hooks::get().audit)("os.exec", &[&path.object, argv, env])?;
        if path.is_fd() {
            // SAFETY: all strings end with NUL, the arrays with null.
            unsafe { libc::fexecve(path.fd, argv_c.ptr(), env_c.ptr()) };
        } else {
            // SAFETY: as above.
            unsafe { libc::execve(path.c().ptr(), argv_c.ptr(), env_c.ptr()) };
        }
        Err(path.error(gopy_object::lock::errno()))
    }

    #[pyfunction("($module, /, command)")]
    fn system(command: FsBytes) -> PyResult<i64> {
        let command = command.with_nul();
        let command = &command;
        // SAFETY: the command ends with NUL.
        Ok(gil::detach(move || i64::from(unsafe { libc::system(command.as_ptr().cast()) })))
    }

    #[pyfunction("($module, /)")]
    fn wait() -> PyResult<Ref<Tuple>> {
        waitpid(-1, 0)
    }

    #[pyfunction("($module, pid, options, /)")]
    fn waitpid(pid: i32, options: i32) -> PyResult<Ref<Tuple>> {
        let mut status = 0;
        let place = &mut status;
        // SAFETY: writes one number.
        let pid = retrying(|| unsafe { libc::waitpid(pid, place, options) as isize })?;
        Ok(wait_answer(pid, status))
    }

    #[pyfunction("($module, /, options)")]
    fn wait3(options: i32) -> PyResult<Ref<Tuple>> {
        wait_usage(-1, options)
    }

    #[pyfunction("($module, /, pid, options)")]
    fn wait4(pid: i32, options: i32) -> PyResult<Ref<Tuple>> {
        wait_usage(pid, options)
    }

    #[pyfunction("($module, idtype, id, options, /)")]
    fn waitid(idtype: i32, id: i32, options: i32) -> PyResult {
        // SAFETY: a zeroed `siginfo_t` is valid.
        let mut info: libc::siginfo_t = unsafe { std::mem::zeroed() };
        let place = (&raw mut info).expose_provenance();
        retrying(|| {
            let place = std::ptr::with_exposed_provenance_mut(place);
            // SAFETY: writes one `siginfo_t`.
            unsafe { libc::waitid(idtype as libc::idtype_t, id as u32, place, options) as isize }
        })?;
        // SAFETY: the fields of a child's signal, zero where there is none.
        let (pid, uid, status) = unsafe { (info.si_pid(), info.si_uid(), info.si_status()) };
        if pid == 0 {
            return Ok(none::none());
        }
        let numbers = [
            i64::from(pid),
            i64::from(uid),
            i64::from(info.si_signo),
            i64::from(status),
            i64::from(info.si_code),
        ];
        util::new_struct(&WAITID_RESULT, numbers.into_iter().map(int).collect())
    }

    #[pyfunction("($module, /, status)")]
    fn waitstatus_to_exitcode(status: i32) -> PyResult<i32> {
        if libc::WIFEXITED(status) {
            return Ok(libc::WEXITSTATUS(status));
        }
        if libc::WIFSIGNALED(status) {
            return Ok(-libc::WTERMSIG(status));
        }
        if libc::WIFSTOPPED(status) {
            let signal = libc::WSTOPSIG(status);
            return Err(value_error!("process stopped by delivery of signal {signal}"));
        }
        Err(value_error!("invalid wait status: {status}"))
    }

    #[pyfunction("($module, /, status)", name = "WIFEXITED")]
    fn wifexited(status: i32) -> bool {
        libc::WIFEXITED(status)
    }

    #[pyfunction("($module, /, status)", name = "WEXITSTATUS")]
    fn wexitstatus(status: i32) -> i32 {
        libc::WEXITSTATUS(status)
    }

    #[pyfunction("($module, /, status)", name = "WIFSIGNALED")]
    fn wifsignaled(status: i32) -> bool {
        libc::WIFSIGNALED(status)
    }

    #[pyfunction("($module, /, status)", name = "WTERMSIG")]
    fn wtermsig(status: i32) -> i32 {
        libc::WTERMSIG(status)
    }

    #[pyfunction("($module, /, status)", name = "WIFSTOPPED")]
    fn wifstopped(status: i32) -> bool {
        libc::WIFSTOPPED(status)
    }

    #[pyfunction("($module, /, status)", name = "WSTOPSIG")]
    fn wstopsig(status: i32) -> i32 {
        libc::WSTOPSIG(status)
    }

    #[pyfunction("($module, /, status)", name = "WIFCONTINUED")]
    fn wifcontinued(status: i32) -> bool {
        libc::WIFCONTINUED(status)
    }

    #[pyfunction("($module, status, /)", name = "WCOREDUMP")]
    fn wcoredump(status: i32) -> bool {
        libc::WCOREDUMP(status)
    }

    #[pyfunction("($module, /, pid, flags=0)")]
    fn pidfd_open(pid: i32, flags: i32) -> PyResult<i64> {
        // SAFETY: takes plain numbers.
        let fd = unsafe { libc::syscall(libc::SYS_pidfd_open, pid, flags) };
        if fd < 0 { Err(last_error()) } else { Ok(fd) }
    }

    #[pyfunction("($module, /)")]
    fn sched_yield() -> PyResult<()> {
        // SAFETY: takes nothing.
        check(gil::detach(|| unsafe { libc::sched_yield() }))
    }

    #[pyfunction("($module, /, policy)")]
    fn sched_get_priority_max(policy: i32) -> PyResult<i32> {
        // SAFETY: takes a plain number.
        let priority = unsafe { libc::sched_get_priority_max(policy) };
        check(priority).map(|()| priority)
    }

    #[pyfunction("($module, /, policy)")]
    fn sched_get_priority_min(policy: i32) -> PyResult<i32> {
        // SAFETY: takes a plain number.
        let priority = unsafe { libc::sched_get_priority_min(policy) };
        check(priority).map(|()| priority)
    }

    #[pyfunction("($module, pid, /)")]
    fn sched_getscheduler(pid: i32) -> PyResult<i32> {
        // SAFETY: takes a plain number.
        let policy = unsafe { libc::sched_getscheduler(pid) };
        check(policy).map(|()| policy)
    }

    #[pyfunction("($module, pid, /)")]
    fn sched_getaffinity(pid: i32) -> PyResult<Ref<set::Set>> {
        // SAFETY: a zeroed set is valid.
        let mut mask: libc::cpu_set_t = unsafe { std::mem::zeroed() };
        // SAFETY: writes one set.
        check(unsafe { libc::sched_getaffinity(pid, size_of::<libc::cpu_set_t>(), &mut mask) })?;
        let cpus = set::Set::new();
        for cpu in 0..libc::CPU_SETSIZE as usize {
            // SAFETY: below the size of the set.
            if unsafe { libc::CPU_ISSET(cpu, &mask) } {
                cpus.add(&int(cpu as i64))?;
            }
        }
        Ok(cpus)
    }

    #[pyfunction("($module, pid, mask, /)")]
    fn sched_setaffinity(pid: i32, mask: &Object) -> PyResult<()> {
        // SAFETY: a zeroed set is valid.
        let mut cpus: libc::cpu_set_t = unsafe { std::mem::zeroed() };
        for cpu in cpu_numbers(mask)? {
            if cpu < libc::CPU_SETSIZE as usize {
                // SAFETY: below the size of the set.
                unsafe { libc::CPU_SET(cpu, &mut cpus) };
            }
        }
        // SAFETY: reads one set.
        check(unsafe { libc::sched_setaffinity(pid, size_of::<libc::cpu_set_t>(), &cpus) })
    }

    #[pyfunction("($module, /, which, who)")]
    fn getpriority(which: i32, who: i32) -> PyResult<i32> {
        // SAFETY: -1 is a priority, so `errno` tells of failures.
        unsafe { *libc::__errno_location() = 0 };
        // SAFETY: takes plain numbers.
        let value = unsafe { libc::getpriority(which as libc::__priority_which_t, who as u32) };
        match gopy_object::lock::errno() {
            0 => Ok(value),
            errno => Err(os_error(errno)),
        }
    }

    #[pyfunction("($module, /, which, who, priority)")]
    fn setpriority(which: i32, who: i32, priority: i32) -> PyResult<()> {
        let which = which as libc::__priority_which_t;
        // SAFETY: takes plain numbers.
        check(unsafe { libc::setpriority(which, who as u32, priority) })
    }

    #[pyfunction("($module, /)")]
    fn getresuid() -> PyResult<Ref<Tuple>> {
        let (mut real, mut effective, mut saved) = (0, 0, 0);
        // SAFETY: writes three numbers.
        check(unsafe { libc::getresuid(&mut real, &mut effective, &mut saved) })?;
        Ok(tuple::from_array([real, effective, saved].map(|id| int(i64::from(id)))))
    }

    #[pyfunction("($module, /)")]
    fn getresgid() -> PyResult<Ref<Tuple>> {
        let (mut real, mut effective, mut saved) = (0, 0, 0);
        // SAFETY: writes three numbers.
        check(unsafe { libc::getresgid(&mut real, &mut effective, &mut saved) })?;
        Ok(tuple::from_array([real, effective, saved].map(|id| int(i64::from(id)))))
    }

    #[pyfunction("($module, /)")]
    fn getlogin() -> PyResult {
        // SAFETY: answers null or a C string.
        let name = unsafe { libc::getlogin() };
        if name.is_null() {
            return Err(last_error());
        }
        // SAFETY: a C string, copied at once.
        Ok(util::os_str(&unsafe { util::c_bytes(name) }))
    }

    #[pyfunction("($module, device, /)")]
    fn major(device: Device) -> i64 {
        if device.0 == NODEV { -1 } else { libc::major(device.0).into() }
    }

    #[pyfunction("($module, device, /)")]
    fn minor(device: Device) -> i64 {
        if device.0 == NODEV { -1 } else { libc::minor(device.0).into() }
    }

    #[pyfunction("($module, major, minor, /)")]
    fn makedev(major: DevicePart, minor: DevicePart) -> PyResult<Ref> {
        let is_none = |part: &DevicePart| part.0 == u32::MAX;
        if is_none(&major) && is_none(&minor) {
            return Ok(int(-1));
        }
        Ok(gopy_core::int::Int::from_u64(libc::makedev(major.0, minor.0)).upcast())
    }

    #[pyfunction("($module, fd, /)")]
    fn login_tty(fd: i32) -> PyResult<()> {
        // SAFETY: takes a plain number.
        detached(|| i64::from(unsafe { libc::login_tty(fd) })).map(drop).map_err(os_error)
    }
}
