//! Where things are: the workspace, the oracle, the interpreter under test; and how cargo is called.

use std::path::{Path, PathBuf};
use std::process::Command;

pub use crate::generate::root;

/// `target` of the workspace, wherever cargo builds to: oracle and caches live here.
pub fn target() -> PathBuf {
    root().join("target")
}

/// Where cargo puts binaries.
pub fn build_dir() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(target, |dir| root().join(dir))
}

/// Root of the unpacked oracle: `target/oracle`, unless `GOPY_ORACLE` names another folder.
///
/// A folder named that way is linked as `target/oracle` by `setup`, so that gopy, which looks for
/// its library there, and the oracle show the same paths.
pub fn oracle_root() -> PathBuf {
    let own = target().join("oracle");
    match std::env::var_os("GOPY_ORACLE") {
        Some(dir) if own.canonicalize().ok() != Path::new(&dir).canonicalize().ok() => dir.into(),
        _ => own,
    }
}

/// The oracle's interpreter below `root`.
pub fn oracle_exe(root: &Path) -> PathBuf {
    root.join("usr/bin/python3.14")
}

/// The standard library below an oracle's root.
pub fn library(root: &Path) -> PathBuf {
    root.join("usr/lib/python3.14")
}

/// The oracle's interpreter, or how to get it.
pub fn oracle() -> Result<PathBuf, String> {
    let exe = oracle_exe(&oracle_root());
    if exe.exists() {
        return Ok(exe);
    }
    Err(format!("{} does not exist: run `cargo xtask setup`", exe.display()))
}

/// Which gopy to run: `--gopy PATH`, `--dev`, `--zeal`, `GOPY`, or the release build.
pub struct Gopy {
    path: Option<PathBuf>,
    profile: Profile,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Profile {
    Release,
    Dev,
    /// The dev profile with the `zeal` feature, in a target folder of its own.
    Zeal,
}

impl Gopy {
    /// Takes the options that choose an interpreter out of `args`.
    pub fn from_args(args: &mut pico_args::Arguments) -> Result<Gopy, String> {
        let path: Option<PathBuf> = args.opt_value_from_str("--gopy").map_err(|e| e.to_string())?;
        let path = path.or_else(|| std::env::var_os("GOPY").map(PathBuf::from));
        let dev = args.contains("--dev");
        let profile = if args.contains("--zeal") {
            Profile::Zeal
        } else if dev {
            Profile::Dev
        } else {
            Profile::Release
        };
        Ok(Gopy { path, profile })
    }

    /// The release build, or what `GOPY` names.
    pub fn release() -> Gopy {
        let path = std::env::var_os("GOPY").map(PathBuf::from);
        Gopy { path, profile: Profile::Release }
    }

    /// The interpreter, freshly built unless a path was given.
    pub fn build(&self) -> Result<PathBuf, String> {
        if let Some(path) = &self.path {
            return path.canonicalize().map_err(|e| format!("{}: {e}", path.display()));
        }
        let mut cargo = cargo();
        cargo.args(["build", "--quiet", "--package", "gopy"]);
        let dir = match self.profile {
            Profile::Release => {
                cargo.arg("--release");
                build_dir().join("release")
            }
            Profile::Dev => build_dir().join("debug"),
            Profile::Zeal => {
                let dir = build_dir().join("zeal");
                cargo.args(["--features", "gopy-object/zeal", "--target-dir"]).arg(&dir);
                dir.join("debug")
            }
        };
        checked(&mut cargo)?;
        Ok(dir.join("gopy"))
    }
}

/// The cargo that started us, in the workspace's root.
pub fn cargo() -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root());
    command
}

/// Runs `command` to its end; anything but success is an error that quotes it.
pub fn checked(command: &mut Command) -> Result<(), String> {
    let status = command.status().map_err(|e| format!("{:?}: {e}", command.get_program()))?;
    if status.success() { Ok(()) } else { Err(format!("{command:?}: {status}")) }
}

/// Whether `gopy` can run a program at all.
pub fn can_run(gopy: &Path) -> bool {
    let output = Command::new(gopy).args(["-c", "print(6 * 7)"]).output();
    output.is_ok_and(|o| o.status.success() && o.stdout == b"42\n")
}

/// The remaining free arguments; one that looks like an option is an error.
pub fn free_args(args: pico_args::Arguments) -> Result<Vec<String>, String> {
    let mut free = Vec::new();
    for arg in args.finish() {
        let arg = arg.into_string().map_err(|a| format!("not UTF-8: {a:?}"))?;
        if arg.starts_with('-') {
            return Err(format!("unknown option: {arg}"));
        }
        free.push(arg);
    }
    Ok(free)
}

/// An argument parser over what follows the command's name.
pub fn parser(args: Vec<String>) -> pico_args::Arguments {
    pico_args::Arguments::from_vec(args.into_iter().map(Into::into).collect())
}

/// All files below `dir` whose names end in `suffix`, sorted.
pub fn files(dir: &Path, suffix: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut todo = vec![dir.to_owned()];
    while let Some(dir) = todo.pop() {
        let Ok(entries) = std::fs::read_dir(&dir) else { continue };
        for entry in entries.flatten() {
            let path = entry.path();
            if entry.file_type().is_ok_and(|t| t.is_dir()) {
                todo.push(path);
            } else if path.to_string_lossy().ends_with(suffix) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// Runs `job` on every index below `count` on as many threads as there are cores.
pub fn parallel<T: Send>(count: usize, job: impl Fn(usize) -> T + Sync) -> Vec<T> {
    use std::sync::Mutex;
    use std::sync::atomic::{AtomicUsize, Ordering};
    let threads = std::thread::available_parallelism().map_or(2, usize::from).min(count.max(1));
    let next = AtomicUsize::new(0);
    let results = Mutex::new((0..count).map(|_| None).collect::<Vec<Option<T>>>());
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    if index >= count {
                        break;
                    }
                    let result = job(index);
                    results.lock().expect("no job panics")[index] = Some(result);
                }
            });
        }
    });
    let results = results.into_inner().expect("no job panics");
    results.into_iter().map(|r| r.expect("every index ran")).collect()
}
