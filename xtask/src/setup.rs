//! `cargo xtask setup`: the oracle, its library and its test suite, in `target/oracle`.
//!
//! Debian archives come from a local folder (`--archives DIR` or `GOPY_ARCHIVES`), else from the
//! suite `sid` of the mirror that apt is configured with; each is checked against the SHA-256 of
//! `setup_archives.txt`, unpacked without root, and marked done, so that a second run continues
//! where the first one stopped. Where no archive can be had the library alone comes from the crate
//! `rustpython-pylib`: enough to run gopy, not to compare it.

use crate::process::Scratch;
use crate::workspace::{self, checked};
use sha2::{Digest as _, Sha256};
use std::fs;
use std::io::Write as _;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Checksum and file name of every archive.
const ARCHIVES: &str = include_str!("setup_archives.txt");

/// Where Debian's packages keep the shared libraries that the oracle needs.
const LIBRARIES: &str = "usr/lib/x86_64-linux-gnu";

/// The loader of those libraries.
const LOADER: &str = "ld-linux-x86-64.so.2";

/// What must import before the oracle counts as whole.
const PROBE: &str = "import ssl, sqlite3, ctypes, zlib, bz2, lzma, readline, curses, test.support";

/// One archive as pinned.
struct Archive {
    sha256: &'static str,
    file: &'static str,
}

impl Archive {
    fn all() -> Vec<Archive> {
        let lines = ARCHIVES.lines().filter(|line| !line.starts_with('#'));
        lines
            .filter_map(|line| line.split_once("  "))
            .map(|(sha256, file)| Archive { sha256, file })
            .collect()
    }

    fn package(&self) -> &str {
        self.file.split('_').next().unwrap_or(self.file)
    }

    fn matches(&self, path: &Path) -> Result<bool, String> {
        let bytes = fs::read(path).map_err(|e| format!("{}: {e}", path.display()))?;
        let digest: String = Sha256::digest(&bytes).iter().map(|b| format!("{b:02x}")).collect();
        Ok(digest == self.sha256)
    }
}

/// Unpacks whatever is missing.
pub fn run(args: Vec<String>) -> Result<(), String> {
    let mut args = workspace::parser(args);
    let archives: Option<PathBuf> =
        args.opt_value_from_str("--archives").map_err(|e| e.to_string())?;
    let force = args.contains("--force");
    workspace::free_args(args)?;
    let archives = archives.or_else(|| std::env::var_os("GOPY_ARCHIVES").map(PathBuf::from));

    let root = workspace::target().join("oracle");
    fs::create_dir_all(workspace::target()).map_err(|e| e.to_string())?;
    if let Some(dir) = std::env::var_os("GOPY_ORACLE") {
        return link_existing(Path::new(&dir), &root);
    }
    if force && root.exists() && !root.is_symlink() {
        fs::remove_dir_all(&root).map_err(|e| format!("{}: {e}", root.display()))?;
    }
    let stamps = root.join(".setup");
    if stamps.join("complete").exists() && works(&root) {
        println!("setup: the oracle is in {}", shown(&root));
        return Ok(());
    }
    fs::create_dir_all(&stamps).map_err(|e| format!("{}: {e}", stamps.display()))?;
    match unpack_all(&root, &stamps, archives.as_deref()) {
        Ok(()) => {}
        Err(message) if archives.is_none() => {
            eprintln!("setup: {message}");
            return library_only(&root);
        }
        Err(message) => return Err(message),
    }
    relocate(&root)?;
    if !works(&root) {
        return Err("the unpacked oracle does not start".to_owned());
    }
    fs::write(stamps.join("complete"), "").map_err(|e| e.to_string())?;
    println!("setup: done, the oracle is in {}", shown(&root));
    Ok(())
}

/// A path as messages show it: from the workspace's root where it lies below it.
fn shown(path: &Path) -> String {
    path.strip_prefix(workspace::root()).unwrap_or(path).display().to_string()
}

/// `GOPY_ORACLE` names a whole oracle: `target/oracle` becomes a link to it.
fn link_existing(dir: &Path, root: &Path) -> Result<(), String> {
    let dir = dir.canonicalize().map_err(|e| format!("GOPY_ORACLE={}: {e}", dir.display()))?;
    if !works(&dir) {
        return Err(format!("GOPY_ORACLE={}: no working oracle is there", dir.display()));
    }
    if root.is_symlink() && root.canonicalize().ok().as_ref() != Some(&dir) {
        fs::remove_file(root).map_err(|e| e.to_string())?;
    }
    if !root.exists() {
        symlink(&dir, root).map_err(|e| format!("{}: {e}", root.display()))?;
    }
    println!("setup: GOPY_ORACLE is used, {}", dir.display());
    Ok(())
}

fn works(root: &Path) -> bool {
    let mut command = Command::new(workspace::oracle_exe(root));
    command.args(["-I", "-c", PROBE]).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

fn unpack_all(root: &Path, stamps: &Path, folder: Option<&Path>) -> Result<(), String> {
    let all = Archive::all();
    let undone: Vec<&Archive> = all.iter().filter(|a| !stamp(stamps, a).exists()).collect();
    let downloads = workspace::target().join("archives");
    if folder.is_none() {
        fetch(&undone, &downloads)?;
    }
    let folder = folder.unwrap_or(&downloads);
    for (index, archive) in undone.iter().enumerate() {
        println!("setup: [{}/{}] {}", index + 1, undone.len(), archive.file);
        let path = folder.join(archive.file);
        if path.exists() {
            if !archive.matches(&path)? {
                return Err(format!("{}: the checksum is not the pinned one", path.display()));
            }
            unpack(&path, root)?;
        } else {
            unpack(&substitute(archive, folder)?, root)?;
        }
        fs::write(stamp(stamps, archive), "").map_err(|e| e.to_string())?;
    }
    Ok(())
}

fn stamp(stamps: &Path, archive: &Archive) -> PathBuf {
    stamps.join(format!("{}.done", archive.file))
}

/// Another version of a supporting library, which the mirror has meanwhile moved on to.
///
/// apt has verified its signature. CPython itself must be the pinned one.
fn substitute(archive: &Archive, folder: &Path) -> Result<PathBuf, String> {
    let missing = format!("{} is not in {}", archive.file, folder.display());
    if archive.file.contains("python3.14") {
        return Err(missing);
    }
    let prefix = format!("{}_", archive.package());
    let found = workspace::files(folder, ".deb").into_iter().rfind(|path| {
        path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(&prefix))
    });
    let Some(path) = found else { return Err(missing) };
    eprintln!("setup: {} stands in for {}", shown(&path), archive.file);
    Ok(path)
}

/// Downloads what is missing from the mirror that apt is configured with, suite `sid`.
fn fetch(archives: &[&Archive], downloads: &Path) -> Result<(), String> {
    let missing: Vec<&str> =
        archives.iter().filter(|a| !downloads.join(a.file).exists()).map(|a| a.package()).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let targets = Command::new("apt-get")
        .args(["indextargets", "--format", "$(SITE)"])
        .output()
        .map_err(|e| format!("apt-get: {e}"))?;
    let targets = String::from_utf8_lossy(&targets.stdout).into_owned();
    let site = targets
        .lines()
        .rfind(|line| line.trim_end_matches('/').ends_with("/debian"))
        .ok_or("apt is configured with no Debian mirror")?;
    let apt = downloads.join("apt");
    for dir in ["etc", "lists/partial", "cache/archives/partial"] {
        fs::create_dir_all(apt.join(dir)).map_err(|e| e.to_string())?;
    }
    let keyring = "/usr/share/keyrings/debian-archive-keyring.gpg";
    let signed =
        if Path::new(keyring).exists() { format!("[signed-by={keyring}] ") } else { String::new() };
    let list = apt.join("etc/sources.list");
    fs::write(&list, format!("deb {signed}{site} sid main\n")).map_err(|e| e.to_string())?;
    let apt_get = |verb: &str| {
        let mut command = Command::new("apt-get");
        command.current_dir(downloads).arg("-q");
        for (key, value) in [
            ("Dir::Etc::SourceList", list.display().to_string()),
            ("Dir::Etc::SourceParts", "/dev/null".to_owned()),
            ("Dir::State::Lists", apt.join("lists").display().to_string()),
            ("Dir::State::status", "/dev/null".to_owned()),
            ("Dir::Cache", apt.join("cache").display().to_string()),
            ("APT::Sandbox::User", String::new()),
            ("Acquire::Languages", "none".to_owned()),
            ("Debug::NoLocking", "1".to_owned()),
        ] {
            command.arg(format!("-o{key}={value}"));
        }
        command.arg(verb).stdout(Stdio::null());
        command
    };
    println!("setup: fetching {} archives from apt's mirror", missing.len());
    checked(&mut apt_get("update"))?;
    checked(apt_get("download").args(&missing))
}

/// Unpacks one archive below `root`: `dpkg-deb` where there is one, else `tar` on its data member.
fn unpack(archive: &Path, root: &Path) -> Result<(), String> {
    if Command::new("dpkg-deb").arg("--version").stdout(Stdio::null()).status().is_ok() {
        return checked(Command::new("dpkg-deb").arg("--extract").arg(archive).arg(root));
    }
    let bytes = fs::read(archive).map_err(|e| format!("{}: {e}", archive.display()))?;
    let (name, data) = ar_members(&bytes)
        .ok_or_else(|| format!("{}: not an archive", archive.display()))?
        .into_iter()
        .find(|(name, _)| name.starts_with("data.tar"))
        .ok_or_else(|| format!("{}: no data member", archive.display()))?;
    let filter = match name.rsplit('.').next() {
        Some("xz") => "--xz",
        Some("zst") => "--zstd",
        Some("gz") => "--gzip",
        _ => "--no-auto-compress",
    };
    let mut tar = Command::new("tar")
        .args(["--extract", filter, "--no-same-owner", "--file", "-", "--directory"])
        .arg(root)
        .stdin(Stdio::piped())
        .spawn()
        .map_err(|e| format!("tar: {e}"))?;
    tar.stdin.take().expect("stdin is piped").write_all(data).map_err(|e| format!("tar: {e}"))?;
    let status = tar.wait().map_err(|e| e.to_string())?;
    if status.success() { Ok(()) } else { Err(format!("tar: {}: {status}", archive.display())) }
}

/// The members of a Unix `ar` archive, by name; nothing when it is none.
fn ar_members(bytes: &[u8]) -> Option<Vec<(String, &[u8])>> {
    let mut rest = bytes.strip_prefix(b"!<arch>\n")?;
    let mut members = Vec::new();
    while rest.len() >= 60 {
        let (header, body) = rest.split_at(60);
        let text = |range: std::ops::Range<usize>| {
            std::str::from_utf8(&header[range]).ok().map(|t| t.trim_end().trim_end_matches('/'))
        };
        let size: usize = text(48..58)?.parse().ok()?;
        members.push((text(0..16)?.to_owned(), body.get(..size)?));
        rest = body.get(size + size % 2..).unwrap_or(&[]);
    }
    Some(members)
}

/// Makes the interpreter use the loader and the libraries unpacked with it.
///
/// With `patchelf` in the file itself. Without, a script of the same name starts it through the
/// loader; `--argv0` keeps `sys.executable` what it would have been.
fn relocate(root: &Path) -> Result<(), String> {
    let exe = workspace::oracle_exe(root);
    let libraries = root.join(LIBRARIES);
    let loader = libraries.join(LOADER);
    if fs::read(&exe).is_ok_and(|bytes| bytes.starts_with(b"#!")) {
        return Ok(());
    }
    let printed = Command::new("patchelf").arg("--print-interpreter").arg(&exe).output();
    if let Ok(printed) = printed {
        if String::from_utf8_lossy(&printed.stdout).trim() == loader.to_string_lossy() {
            return Ok(());
        }
        let new = exe.with_extension("new");
        checked(
            Command::new("patchelf")
                .arg("--set-interpreter")
                .arg(&loader)
                .arg("--force-rpath")
                .arg("--set-rpath")
                .arg(&libraries)
                .arg("--output")
                .arg(&new)
                .arg(&exe),
        )?;
        return fs::rename(&new, &exe).map_err(|e| e.to_string());
    }
    eprintln!("setup: no patchelf here, so a script starts the oracle through its loader");
    let real = exe.with_extension("14.real");
    fs::rename(&exe, &real).map_err(|e| e.to_string())?;
    let script = format!(
        "#!/bin/sh\nexec '{}' --library-path '{}' --argv0 \"$0\" '{}' \"$@\"\n",
        loader.display(),
        libraries.display(),
        real.display()
    );
    fs::write(&exe, script).map_err(|e| e.to_string())?;
    fs::set_permissions(&exe, fs::Permissions::from_mode(0o755)).map_err(|e| e.to_string())
}

/// Last resort: the library alone, from a crate that carries most of it.
fn library_only(root: &Path) -> Result<(), String> {
    eprintln!("setup: no archives: taking the library alone, without tests, from a crate");
    let scratch = Scratch::new()?;
    let manifest = "[package]\nname = \"library\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\
                    [lib]\npath = \"lib.rs\"\n[dependencies]\nrustpython-pylib = \"0.5\"\n";
    fs::write(scratch.path().join("Cargo.toml"), manifest).map_err(|e| e.to_string())?;
    fs::write(scratch.path().join("lib.rs"), "").map_err(|e| e.to_string())?;
    let mut cargo = workspace::cargo();
    cargo.current_dir(scratch.path()).args(["vendor", "--quiet", "vendor"]).stdout(Stdio::null());
    checked(&mut cargo)?;
    let source = scratch.path().join("vendor/rustpython-pylib/Lib");
    let library = workspace::library(root);
    fs::create_dir_all(library.parent().expect("a folder is above")).map_err(|e| e.to_string())?;
    checked(
        Command::new("cp")
            .arg("--recursive")
            .arg("--no-target-directory")
            .arg(&source)
            .arg(&library),
    )?;
    eprintln!("setup: gopy can run; without the oracle nothing can be compared");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pinned_archive_has_a_checksum() {
        let all = Archive::all();
        assert!(all.iter().any(|a| a.package() == "libpython3.14-testsuite"));
        for archive in all {
            assert_eq!(archive.sha256.len(), 64, "{}", archive.file);
            assert!(archive.file.ends_with(".deb"), "{}", archive.file);
        }
    }

    #[test]
    fn ar_members_are_found_with_their_padding() {
        let mut bytes = b"!<arch>\n".to_vec();
        for (name, data) in [("one", "abc"), ("data.tar.xz", "defg")] {
            bytes.extend(format!("{name:<16}{:<32}{:<10}`\n", "", data.len()).bytes());
            bytes.extend(data.bytes());
            if data.len() % 2 == 1 {
                bytes.push(b'\n');
            }
        }
        let members = ar_members(&bytes).expect("well formed");
        assert_eq!(members[0], ("one".to_owned(), b"abc".as_slice()));
        assert_eq!(members[1], ("data.tar.xz".to_owned(), b"defg".as_slice()));
        assert_eq!(ar_members(b"PK"), None);
        bytes.truncate(bytes.len() - 2);
        assert_eq!(ar_members(&bytes), None);
    }
}
