//! Where the library is.
//!
//! Answers to `Modules/getpath.py`, for an installation on a POSIX system.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Component, Path, PathBuf};

/// `python3.14`, where the library lies below `lib`.
const LIBRARY: &str = "lib/python3.14";
/// Prefix that is taken where nothing is found.
const PREFIX: &str = "/usr/local";

/// What the search has found. Paths are as the system gives them, in bytes.
#[derive(Clone, Debug, Default)]
#[allow(missing_docs)]
pub struct Paths {
    pub executable: Vec<u8>,
    pub base_executable: Vec<u8>,
    pub prefix: Vec<u8>,
    pub base_prefix: Vec<u8>,
    pub exec_prefix: Vec<u8>,
    pub base_exec_prefix: Vec<u8>,
    pub stdlib: Option<Vec<u8>>,
    pub search: Vec<Vec<u8>>,
    /// Why the library may not be found.
    pub warning: Option<String>,
}

fn bytes(path: &Path) -> Vec<u8> {
    path.as_os_str().as_bytes().to_vec()
}

/// An absolute path without `.` components; nothing is looked up.
fn absolute(path: &Path) -> PathBuf {
    let full = match std::env::current_dir() {
        Ok(current) if path.is_relative() => current.join(path),
        _ => path.to_path_buf(),
    };
    full.components().filter(|part| *part != Component::CurDir).collect()
}

fn is_executable(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    path.metadata().is_ok_and(|data| data.is_file() && data.permissions().mode() & 0o111 != 0)
}

fn find_executable(program: &[u8]) -> PathBuf {
    let program = Path::new(OsStr::from_bytes(program));
    if program.as_os_str().as_bytes().contains(&b'/') {
        return absolute(program);
    }
    if program.as_os_str().is_empty() {
        return PathBuf::new();
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .map(|folder| folder.join(program))
        .find(|candidate| is_executable(candidate))
        .map(|found| absolute(&found))
        .unwrap_or_default()
}

/// The folder that the executable is really in.
fn real_folder(executable: &Path) -> PathBuf {
    let mut path = executable.to_path_buf();
    for _ in 0..40 {
        match std::fs::read_link(&path) {
            Ok(link) if link.is_absolute() => path = link,
            Ok(link) => path = path.parent().unwrap_or(Path::new("/")).join(link),
            Err(_) => break,
        }
    }
    path.parent().unwrap_or(Path::new("/")).to_path_buf()
}

fn has_library(prefix: &Path) -> bool {
    prefix.join(LIBRARY).join("os.py").is_file()
}

/// The first folder upwards that has the library in it.
fn search_up(folder: &Path) -> Option<PathBuf> {
    folder.ancestors().find(|prefix| has_library(prefix)).map(Path::to_path_buf)
}

/// The library that set-up has unpacked.
fn unpacked(executable_folder: &Path) -> Option<PathBuf> {
    if let Some(oracle) = std::env::var_os("GOPY_ORACLE") {
        let prefix = PathBuf::from(oracle).join("usr");
        if has_library(&prefix) {
            return Some(absolute(&prefix));
        }
    }
    executable_folder
        .ancestors()
        .map(|folder| folder.join("target/oracle/usr"))
        .find(|prefix| has_library(prefix))
}

/// `home = …` of a `pyvenv.cfg` beside the executable or one folder up, and where that was.
fn virtual_environment(folder: &Path) -> Option<(PathBuf, PathBuf)> {
    let candidates = [Some(folder), folder.parent()];
    let (root, text) = candidates.into_iter().flatten().find_map(|folder| {
        let text = std::fs::read(folder.join("pyvenv.cfg")).ok()?;
        Some((folder.to_path_buf(), text))
    })?;
    let home = text.split(|byte| *byte == b'\n').find_map(|line| {
        let at = memchr::memchr(b'=', line)?;
        let (key, value) = (line[..at].trim_ascii(), line[at + 1..].trim_ascii());
        key.eq_ignore_ascii_case(b"home").then(|| PathBuf::from(OsString::from_vec(value.to_vec())))
    })?;
    Some((root, home))
}

impl Paths {
    /// Looks for everything. `home` is `PYTHONHOME`, `python_path` is `PYTHONPATH`.
    pub fn find(program: &[u8], home: Option<&[u8]>, python_path: Option<&[u8]>) -> Paths {
        let executable = find_executable(program);
        let folder = executable.parent().unwrap_or(Path::new("")).to_path_buf();
        let mut real = real_folder(&executable);
        let environment = if home.is_none() { virtual_environment(&folder) } else { None };
        if let Some((_, home)) = &environment {
            real = home.clone();
        }
        let mut warning = None;
        let (prefix, exec_prefix) = match home {
            Some(home) => {
                let mut parts = home.splitn(2, |byte| *byte == b':');
                let prefix = PathBuf::from(OsStr::from_bytes(parts.next().unwrap_or_default()));
                let exec = parts.next().map(|part| PathBuf::from(OsStr::from_bytes(part)));
                let exec = exec.unwrap_or_else(|| prefix.clone());
                (prefix, exec)
            }
            None => match search_up(&real).or_else(|| unpacked(&real)) {
                Some(prefix) => (prefix.clone(), prefix),
                None => {
                    warning = Some(
                        "Could not find platform independent libraries <prefix>\n\
                         Could not find platform dependent libraries <exec_prefix>\n"
                            .to_owned(),
                    );
                    (PathBuf::from(PREFIX), PathBuf::from(PREFIX))
                }
            },
        };
        let stdlib = prefix.join(LIBRARY);
        let mut search: Vec<Vec<u8>> = Vec::new();
        if let Some(path) = python_path {
            search.extend(path.split(|byte| *byte == b':').map(|entry| {
                if entry.is_empty() {
                    std::env::current_dir().map(|folder| bytes(&folder)).unwrap_or_default()
                } else {
                    bytes(&absolute(Path::new(OsStr::from_bytes(entry))))
                }
            }));
        }
        search.push(bytes(&prefix.join("lib/python314.zip")));
        search.push(bytes(&stdlib));
        search.push(bytes(&exec_prefix.join(LIBRARY).join("lib-dynload")));
        let shown_prefix = match &environment {
            Some((root, _)) => bytes(root),
            None => bytes(&prefix),
        };
        let base_executable = match &environment {
            Some((_, home)) => {
                let name = executable.file_name().unwrap_or(OsStr::new("gopy"));
                bytes(&home.join(name))
            }
            None => bytes(&executable),
        };
        Paths {
            executable: bytes(&executable),
            base_executable,
            exec_prefix: match &environment {
                Some((root, _)) => bytes(root),
                None => bytes(&exec_prefix),
            },
            prefix: shown_prefix,
            base_prefix: bytes(&prefix),
            base_exec_prefix: bytes(&exec_prefix),
            stdlib: stdlib.is_dir().then(|| bytes(&stdlib)),
            search,
            warning,
        }
    }
}
