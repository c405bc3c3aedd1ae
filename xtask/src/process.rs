//! Runs a child to its end: captured output, time-out, limits, and what it used.

use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::path::PathBuf;
use std::process::{Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// What may bound a child.
#[derive(Clone, Copy)]
pub struct Limits {
    /// After this the child's whole process group is killed.
    pub timeout: Duration,
    /// `RLIMIT_AS` in bytes.
    pub memory: Option<u64>,
}

/// A child that has ended.
pub struct Finished {
    /// Everything it wrote.
    pub stdout: Vec<u8>,
    /// Everything it wrote on the other stream.
    pub stderr: Vec<u8>,
    /// How it ended.
    pub status: ExitStatus,
    /// Whether the time-out killed it.
    pub timed_out: bool,
    /// Seconds of processor time, user and system.
    pub cpu: f64,
    /// Peak resident set in KiB.
    pub peak_rss: i64,
}

impl Finished {
    /// The status as a person reads it: `0`, `1`, `signal 11`, `time-out`.
    pub fn outcome(&self) -> String {
        match (self.timed_out, self.status.code(), self.status.signal()) {
            (true, _, _) => "time-out".to_owned(),
            (_, Some(code), _) => code.to_string(),
            (_, _, Some(signal)) => format!("signal {signal}"),
            _ => self.status.to_string(),
        }
    }
}

/// Runs `command` with both outputs captured; its stdin is what the command says (default: empty).
pub fn run(command: &mut Command, limits: Limits) -> Result<Finished, String> {
    let memory = limits.memory;
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0);
    // SAFETY: between fork and exec only `setrlimit`, which is async-signal-safe, is called, and
    // the closure owns the number that it reads.
    unsafe {
        command.pre_exec(move || {
            if let Some(bytes) = memory {
                let limit = libc::rlimit { rlim_cur: bytes, rlim_max: bytes };
                if libc::setrlimit(libc::RLIMIT_AS, &limit) != 0 {
                    return Err(std::io::Error::last_os_error());
                }
            }
            // No core files: a crash of the interpreter is an outcome, not a disk full of memory.
            let none = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
            if libc::setrlimit(libc::RLIMIT_CORE, &none) != 0 {
                return Err(std::io::Error::last_os_error());
            }
            Ok(())
        });
    }
    let mut child = command.spawn().map_err(|e| format!("{:?}: {e}", command.get_program()))?;
    let pid = child.id().cast_signed();
    let mut stdout = child.stdout.take().expect("stdout is piped");
    let mut stderr = child.stderr.take().expect("stderr is piped");
    let out = std::thread::spawn(move || read_all(&mut stdout));
    let err = std::thread::spawn(move || read_all(&mut stderr));
    let (status, usage, timed_out) = wait(pid, limits.timeout)?;
    if timed_out {
        // Grandchildren that outlive the child would keep the pipes open.
        kill_group(pid);
    }
    let stdout = out.join().expect("reading does not panic");
    let stderr = err.join().expect("reading does not panic");
    let seconds = |t: libc::timeval| t.tv_sec as f64 + t.tv_usec as f64 * 1e-6;
    Ok(Finished {
        stdout,
        stderr,
        status,
        timed_out,
        cpu: seconds(usage.ru_utime) + seconds(usage.ru_stime),
        peak_rss: usage.ru_maxrss,
    })
}

fn read_all(stream: &mut impl std::io::Read) -> Vec<u8> {
    let mut bytes = Vec::new();
    // What was read before an error is still what the child wrote.
    let _ = stream.read_to_end(&mut bytes);
    bytes
}

/// Waits for the child by `wait4`, which alone tells what this one child used.
fn wait(pid: i32, timeout: Duration) -> Result<(ExitStatus, libc::rusage, bool), String> {
    let deadline = Instant::now() + timeout;
    let mut timed_out = false;
    let mut pause = Duration::from_micros(500);
    loop {
        let mut status = 0;
        // SAFETY: all-zero bytes are a valid `rusage`, which is plain numbers.
        let mut usage: libc::rusage = unsafe { std::mem::zeroed() };
        // SAFETY: both pointers are to live locals of the right types.
        let got = unsafe { libc::wait4(pid, &mut status, libc::WNOHANG, &mut usage) };
        if got == pid {
            return Ok((ExitStatus::from_raw(status), usage, timed_out));
        }
        if got < 0 {
            return Err(format!("wait4: {}", std::io::Error::last_os_error()));
        }
        if !timed_out && Instant::now() >= deadline {
            timed_out = true;
            kill_group(pid);
        }
        std::thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(5));
    }
}

fn kill_group(pid: i32) {
    // SAFETY: plain system call; the child was made the leader of a group of its own.
    unsafe { libc::kill(-pid, libc::SIGKILL) };
}

/// A fresh folder that is removed when this is dropped; all have names of one length, which shows
/// where a program shortens its output.
pub struct Scratch(PathBuf);

impl Scratch {
    /// Makes the folder below the system's temporary one.
    pub fn new() -> Result<Scratch, String> {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("gopy-{:08}-{number:06}", std::process::id()));
        std::fs::create_dir_all(&path).map_err(|e| format!("{}: {e}", path.display()))?;
        Ok(Scratch(path))
    }

    /// Where it is.
    pub fn path(&self) -> &std::path::Path {
        &self.0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // A test may have left something unremovable; a leftover in the temporary folder is harmless.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Clears the environment and fixes what programs can see of it.
pub fn fixed_environment(command: &mut Command) -> &mut Command {
    command.env_clear();
    for (name, value) in [
        ("PATH", "/usr/local/bin:/usr/bin:/bin"),
        ("LC_ALL", "C.UTF-8"),
        ("TZ", "UTC"),
        ("PYTHONHASHSEED", "0"),
        ("COLUMNS", "80"),
        ("TERM", "dumb"),
    ] {
        command.env(name, value);
    }
    command
}
