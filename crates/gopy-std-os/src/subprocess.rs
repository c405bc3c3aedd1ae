//! `_posixsubprocess`.
//!
//! Answers to `Modules/_posixsubprocess.c`. Between `fork` and `exec` the child only makes system
//! calls on memory that was prepared before, unless there is a `preexec_fn`.

use gopy_core::bytes::Bytes;
use gopy_core::error::{overflow_error, raise_format, type_error, value_error};
use gopy_core::int::Int;
use gopy_core::list::List;
use gopy_core::{call, exceptions, iter, none, number, object, sequence, tuple};
use gopy_macros::pymodule;
use gopy_object::typeobj::Tuple;
use gopy_object::{Args, Instance, Interpreter, Object, PyResult, lock};

use crate::posix::process::{CStrings, after_fork_child, after_fork_parent, before_fork};
use crate::util::{fs_bytes, os_error};

/// Most supplementary groups that a process can have.
const MAX_GROUPS: usize = 65_536;

/// Everything that the child needs, prepared by the parent.
struct Plan {
    executables: CStrings,
    executable_count: usize,
    argv: Option<CStrings>,
    envp: Option<CStrings>,
    cwd: Option<Vec<u8>>,
    keep: Vec<i32>,
    close_fds: bool,
    stdin: [i32; 2],
    stdout: [i32; 2],
    stderr: [i32; 2],
    error_pipe: [i32; 2],
    restore_signals: bool,
    new_session: bool,
    process_group: i32,
    groups: Option<Vec<libc::gid_t>>,
    gid: u32,
    uid: u32,
    umask: i32,
}

/// The bytes of a sequence of `bytes` (`_PySequence_BytesToCharpArray`).
fn bytes_of(items: &Object) -> PyResult<Vec<Vec<u8>>> {
    let count = object::len(items)?;
    let mut texts = Vec::new();
    for index in 0..count {
        let item = sequence::item(items, index as isize)?;
        let Some(bytes) = item.downcast::<Bytes>() else {
            return Err(type_error!("expected bytes, {:.200} found", item.type_name()));
        };
        if bytes.as_slice().contains(&0) {
            return Err(value_error!("embedded null byte"));
        }
        texts.push(bytes.as_slice().to_vec());
    }
    Ok(texts)
}

/// Descriptors that stay open: a tuple in ascending order.
fn kept_descriptors(fds: &Object) -> PyResult<Vec<i32>> {
    let mut kept = Vec::new();
    for item in tuple::items_of(fds) {
        let fd = item.downcast::<Int>().and_then(|fd| fd.to_i64());
        let fd = fd.and_then(|fd| i32::try_from(fd).ok()).filter(|fd| *fd >= 0);
        match fd.filter(|fd| kept.last().is_none_or(|last| fd > last)) {
            Some(fd) => kept.push(fd),
            None => return Err(value_error!("bad value(s) in fds_to_keep")),
        }
    }
    Ok(kept)
}

/// The number of a user or group, `u32::MAX` for `None`.
fn id_of(arg: &Object, kind: &str) -> PyResult<u32> {
    if none::is_none(arg) {
        return Ok(u32::MAX);
    }
    if !number::is_index(arg) {
        return Err(type_error!("{kind} should be integer, not {}", arg.type_name()));
    }
    let value = number::index(arg)?;
    match value.to_i64() {
        Some(-1) => Ok(u32::MAX),
        Some(value) => {
            u32::try_from(value).map_err(|_| overflow_error!("{kind} is less than minimum"))
        }
        None if value.is_negative() => Err(overflow_error!("{kind} is less than minimum")),
        None => Err(overflow_error!("{kind} is greater than maximum")),
    }
}

fn groups_of(arg: &Object) -> PyResult<Option<Vec<libc::gid_t>>> {
    if none::is_none(arg) {
        return Ok(None);
    }
    let Some(list) = arg.downcast::<List>() else {
        return Err(type_error!("setgroups argument must be a list"));
    };
    if list.len() > MAX_GROUPS {
        return Err(value_error!("too many extra_groups"));
    }
    let mut groups = Vec::new();
    for item in list.to_vec() {
        if item.downcast::<Int>().is_none() {
            return Err(type_error!("extra_groups must be integers"));
        }
        match id_of(&item, "gid") {
            Ok(gid) => groups.push(gid),
            Err(_) => return Err(value_error!("invalid group id")),
        }
    }
    Ok(Some(groups))
}

// --- in the child: no allocation, no lock, no panic ----------------------------------------------

/// What went wrong in the child: an error number, and where.
struct Failure(i32, &'static [u8]);

fn check(result: i32) -> Result<i32, Failure> {
    if result == -1 { Err(Failure(lock::errno(), b"noexec")) } else { Ok(result) }
}

fn set_inheritable(fd: i32, inheritable: bool) -> Result<(), Failure> {
    // SAFETY: takes numbers.
    let flags = check(unsafe { libc::fcntl(fd, libc::F_GETFD) })?;
    let new = if inheritable { flags & !libc::FD_CLOEXEC } else { flags | libc::FD_CLOEXEC };
    // SAFETY: takes numbers.
    check(unsafe { libc::fcntl(fd, libc::F_SETFD, new) }).map(drop)
}

fn close(fd: i32) -> Result<(), Failure> {
    if fd == -1 {
        return Ok(());
    }
    // SAFETY: takes a number; the parent has a copy of its own.
    check(unsafe { libc::close(fd) }).map(drop)
}

/// Makes `fd` the standard stream `target`.
fn become_stream(fd: i32, target: i32) -> Result<(), Failure> {
    if fd == target {
        // `dup2` would do nothing then.
        return set_inheritable(fd, true);
    }
    if fd != -1 {
        // SAFETY: takes numbers.
        check(unsafe { libc::dup2(fd, target) })?;
    }
    Ok(())
}

fn close_range(first: i32, last: i32) {
    if first > last {
        return;
    }
    // SAFETY: takes numbers.
    let result = unsafe { libc::syscall(libc::SYS_close_range, first, last, 0) };
    if result == 0 {
        return;
    }
    // SAFETY: takes a number.
    let limit = unsafe { libc::sysconf(libc::_SC_OPEN_MAX) };
    let limit = i32::try_from(limit).unwrap_or(i32::MAX).max(256);
    for fd in first..=last.min(limit) {
        // SAFETY: takes a number.
        unsafe { libc::close(fd) };
    }
}

/// Closes all descriptors from 3 on but those of `keep`, which are in order.
fn close_others(keep: &[i32]) {
    let mut next = 3;
    for fd in keep.iter().copied().filter(|fd| *fd >= 3) {
        close_range(next, fd - 1);
        next = fd + 1;
    }
    close_range(next, i32::MAX);
}

/// Everything up to `preexec_fn`.
fn prepare(plan: &Plan) -> Result<(), Failure> {
    for fd in plan.keep.iter().copied().filter(|fd| *fd != plan.error_pipe[1]) {
        set_inheritable(fd, true)?;
    }
    // The parent's ends.
    close(plan.stdin[1])?;
    close(plan.stdout[0])?;
    close(plan.stderr[0])?;
    close(plan.error_pipe[0])?;
    let (mut out, mut err) = (plan.stdout[1], plan.stderr[1]);
    // What lies where another stream goes is moved away first.
    if out == 0 {
        // SAFETY: takes a number.
        out = check(unsafe { libc::dup(out) })?;
        set_inheritable(out, false)?;
    }
    while err == 0 || err == 1 {
        // SAFETY: takes a number.
        err = check(unsafe { libc::dup(err) })?;
        set_inheritable(err, false)?;
    }
    become_stream(plan.stdin[0], 0)?;
    become_stream(out, 1)?;
    become_stream(err, 2)?;
    if let Some(cwd) = &plan.cwd {
        // SAFETY: a path that ends with NUL.
        if unsafe { libc::chdir(cwd.as_ptr().cast()) } == -1 {
            return Err(Failure(lock::errno(), b"noexec:chdir"));
        }
    }
    if plan.umask >= 0 {
        // SAFETY: takes a number.
        unsafe { libc::umask(plan.umask as libc::mode_t) };
    }
    if plan.restore_signals {
        // SAFETY: takes numbers.
        unsafe {
            libc::signal(libc::SIGPIPE, libc::SIG_DFL);
            libc::signal(libc::SIGXFSZ, libc::SIG_DFL);
        }
    }
    if plan.new_session {
        // SAFETY: takes no arguments.
        check(unsafe { libc::setsid() })?;
    }
    if plan.process_group >= 0 {
        // SAFETY: takes numbers.
        check(unsafe { libc::setpgid(0, plan.process_group) })?;
    }
    // The raw calls: the C library's would tell other threads, which are not there. A `setgroups` of
    // the calling thread is one of the process here.
    if let Some(groups) = &plan.groups {
        // SAFETY: so many numbers as there are.
        let result = unsafe { libc::syscall(libc::SYS_setgroups, groups.len(), groups.as_ptr()) };
        check(result as i32)?;
    }
    if plan.gid != u32::MAX {
        // SAFETY: takes numbers.
        check(unsafe { libc::syscall(libc::SYS_setregid, plan.gid, plan.gid) } as i32)?;
    }
    if plan.uid != u32::MAX {
        // SAFETY: takes numbers.
        check(unsafe { libc::syscall(libc::SYS_setreuid, plan.uid, plan.uid) } as i32)?;
    }
    Ok(())
}

/// Replaces the process; the first error that is more than "not there", or the last one.
fn execute(plan: &Plan) -> Failure {
    if plan.close_fds {
        close_others(&plan.keep);
    }
    let argv = plan.argv.as_ref().map_or(std::ptr::null(), CStrings::ptr);
    let mut first = 0;
    for index in 0..plan.executable_count {
        // SAFETY: arrays of strings that end with null.
        unsafe {
            let executable = plan.executables.ptr().add(index).read();
            match &plan.envp {
                Some(envp) => libc::execve(executable, argv, envp.ptr()),
                None => libc::execv(executable, argv),
            };
        }
        let errno = lock::errno();
        if errno != libc::ENOENT && errno != libc::ENOTDIR && first == 0 {
            first = errno;
        }
    }
    Failure(if first == 0 { lock::errno() } else { first }, b"")
}

fn write_all(fd: i32, mut bytes: &[u8]) {
    while !bytes.is_empty() {
        // SAFETY: so many bytes as there are.
        let written = unsafe { libc::write(fd, bytes.as_ptr().cast(), bytes.len()) };
        match usize::try_from(written) {
            Ok(written) => bytes = bytes.get(written..).unwrap_or(&[]),
            Err(_) if lock::errno() == libc::EINTR => {}
            Err(_) => return,
        }
    }
}

/// Tells the parent, which looks the message up.
fn tell(fd: i32, failure: &Failure) {
    let Failure(errno, place) = failure;
    if *errno == 0 {
        write_all(fd, b"SubprocessError:0:");
    } else {
        write_all(fd, b"OSError:");
        let mut digits = [0u8; 8];
        let mut at = digits.len();
        let mut rest = *errno as u32;
        while rest != 0 && at > 0 {
            at -= 1;
            digits[at] = b"0123456789ABCDEF"[(rest % 16) as usize];
            rest /= 16;
        }
        write_all(fd, &digits[at..]);
        write_all(fd, b":");
    }
    write_all(fd, place);
}

fn run_child(plan: &Plan, preexec: Option<&Object>) -> ! {
    let mut result = prepare(plan);
    if result.is_ok()
        && let Some(preexec) = preexec
        && call::call_args(preexec, Args::none()).is_err()
    {
        result = Err(Failure(0, b"Exception occurred in preexec_fn."));
    }
    let failure = match result {
        Ok(()) => execute(plan),
        Err(failure) => failure,
    };
    tell(plan.error_pipe[1], &failure);
    // SAFETY: ends the process at once.
    unsafe { libc::_exit(255) }
}

fn spawn(plan: &Plan, preexec: Option<&Object>) -> PyResult<i32> {
    if preexec.is_some() {
        before_fork();
    }
    // SAFETY: the child makes system calls only, or repairs the locks before it runs Python.
    let pid = unsafe { libc::fork() };
    let errno = lock::errno();
    if pid == 0 {
        if preexec.is_some() {
            after_fork_child();
        }
        run_child(plan, preexec);
    }
    if preexec.is_some() {
        after_fork_parent();
    }
    if pid < 0 { Err(os_error(errno)) } else { Ok(pid) }
}

/// `_posixsubprocess`.
#[pymodule(name = "_posixsubprocess")]
pub mod subprocess_module {
    use super::*;

    #[pyfunction(
        "($module, args, executable_list, close_fds, pass_fds, cwd,\n          env, p2cread, p2cwrite, c2pread, c2pwrite, errread, errwrite,\n          errpipe_read, errpipe_write, restore_signals, call_setsid,\n          pgid_to_set, gid, extra_groups, uid, child_umask, preexec_fn,\n          /)"
    )]
    #[allow(clippy::too_many_arguments)]
    fn fork_exec(
        args: &Object,
        executable_list: &Object,
        close_fds: bool,
        pass_fds: &Tuple,
        cwd: &Object,
        env: &Object,
        p2cread: i32,
        p2cwrite: i32,
        c2pread: i32,
        c2pwrite: i32,
        errread: i32,
        errwrite: i32,
        errpipe_read: i32,
        errpipe_write: i32,
        restore_signals: bool,
        call_setsid: bool,
        pgid_to_set: i32,
        gid: &Object,
        extra_groups: &Object,
        uid: &Object,
        child_umask: i32,
        preexec_fn: &Object,
    ) -> PyResult<i32> {
        let preexec = (!none::is_none(preexec_fn)).then_some(preexec_fn);
        if preexec.is_some() && Interpreter::current().finalizing.get() {
            return Err(raise_format(
                &exceptions::PYTHON_FINALIZATION_ERROR,
                format_args!("preexec_fn not supported at interpreter shutdown"),
            ));
        }
        if close_fds && errpipe_write < 3 {
            return Err(value_error!("errpipe_write must be >= 3"));
        }
        let keep = kept_descriptors(pass_fds.as_object())?;
        let executables = bytes_of(executable_list)?;
        let argv = if none::is_none(args) {
            None
        } else {
            let items = sequence::fast(args, "argv must be a tuple")?;
            let mut texts = Vec::new();
            for item in iter::collect(&items)? {
                texts.push(fs_bytes(&item)?);
            }
            Some(CStrings::new(texts))
        };
        let envp = if none::is_none(env) { None } else { Some(CStrings::new(bytes_of(env)?)) };
        let cwd = if none::is_none(cwd) {
            None
        } else {
            let mut path = fs_bytes(cwd)?;
            path.push(0);
            Some(path)
        };
        let groups = groups_of(extra_groups)?;
        let plan = Plan {
            executable_count: executables.len(),
            executables: CStrings::new(executables),
            argv,
            envp,
            cwd,
            keep,
            close_fds,
            stdin: [p2cread, p2cwrite],
            stdout: [c2pread, c2pwrite],
            stderr: [errread, errwrite],
            error_pipe: [errpipe_read, errpipe_write],
            restore_signals,
            new_session: call_setsid,
            process_group: pgid_to_set,
            groups,
            gid: id_of(gid, "gid")?,
            uid: id_of(uid, "uid")?,
            umask: child_umask,
        };
        spawn(&plan, preexec)
    }
}
