//! `cargo xtask tidy`: what neither rustc nor clippy checks.
//!
//! Crate edges are those of the architecture's table, every module says what it is for, no
//! hand-written file is longer than 2,000 lines, nothing unfinished is left, and nothing names a
//! path of somebody's machine.

use crate::generate::PREAMBLE;
use crate::workspace;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Which crate may depend directly on which; what those depend on is allowed with them.
///
/// The table of `ARCHITECTURE.md`. `gopy-std-*` stands for every native crate but `gopy-std-lang`.
const EDGES: &[(&str, &[&str])] = &[
    (
        "gopy",
        &[
            "gopy-jit",
            "gopy-std-lang",
            "gopy-std-*",
            "gopy-vm",
            "gopy-types",
            "gopy-core",
            "gopy-doc",
            "gopy-frozen",
        ],
    ),
    ("gopy-jit", &["gopy-vm"]),
    ("gopy-std-lang", &["gopy-vm", "gopy-compiler", "gopy-syntax"]),
    ("gopy-vm", &["gopy-types", "gopy-compiler", "gopy-syntax", "gopy-bytecode", "gopy-frozen"]),
    ("gopy-frozen", &["gopy-compiler", "gopy-syntax"]),
    ("gopy-std-*", &["gopy-types"]),
    ("gopy-types", &["gopy-core"]),
    (
        "gopy-core",
        &[
            "gopy-object",
            "gopy-macros",
            "gopy-signature",
            "gopy-doc",
            "gopy-numeric",
            "gopy-unicode",
            "gopy-bytecode",
        ],
    ),
    ("gopy-object", &["gopy-macros"]),
    ("gopy-compiler", &["gopy-syntax", "gopy-bytecode", "gopy-numeric"]),
    ("gopy-syntax", &["gopy-unicode", "gopy-numeric"]),
    ("gopy-macros", &["gopy-signature"]),
    ("gopy-bytecode", &[]),
    ("gopy-unicode", &[]),
    ("gopy-numeric", &[]),
    ("gopy-signature", &[]),
    ("gopy-doc", &[]),
    ("xtask", &["gopy-bytecode", "gopy-signature", "gopy-syntax", "gopy-unicode", "gopy-numeric"]),
];

/// A file that is longer than this is worth parting.
const LENGTH_WARN: usize = 1_500;

/// A hand-written file that is longer than this is an error.
const LENGTH_MAX: usize = 2_000;

/// Crates in which unsafe code does not compile.
const SAFE_CRATES: &[&str] =
    &["gopy-syntax", "gopy-compiler", "gopy-bytecode", "gopy-signature", "gopy-frozen"];

/// Text that no finished code has, and why. Parted, so that this file does not find itself.
const UNFINISHED: &[(&str, &str)] = &[
    (concat!("to", "do!("), "unfinished code"),
    (concat!("unimple", "mented!("), "unfinished code"),
    (concat!("db", "g!("), "a debugging aid"),
    (concat!("#[ign", "ore"), "a test that does not run"),
];

/// Beginnings of paths that only exist on one machine.
const MACHINE_PATHS: &[&str] =
    &[concat!("/wo", "rk/"), concat!("/ho", "me/"), concat!("/ro", "ot/"), concat!("/Us", "ers/")];

/// The command.
pub fn run(args: Vec<String>) -> Result<(), String> {
    workspace::free_args(workspace::parser(args))?;
    let findings = check(&workspace::root())?;
    for warning in &findings.warnings {
        println!("warning: {warning}");
    }
    for error in &findings.errors {
        println!("error: {error}");
    }
    if findings.errors.is_empty() {
        return Ok(());
    }
    Err(format!("tidy: {} errors", findings.errors.len()))
}

/// What tidy has to say.
#[derive(Default)]
pub struct Findings {
    /// Worth doing something about.
    pub warnings: Vec<String>,
    /// Fails CI.
    pub errors: Vec<String>,
}

/// Checks the whole workspace below `root`.
pub fn check(root: &Path) -> Result<Findings, String> {
    let mut findings = Findings::default();
    let mut manifests = vec![root.join("xtask/Cargo.toml")];
    let crates = std::fs::read_dir(root.join("crates")).map_err(|e| e.to_string())?;
    manifests.extend(crates.flatten().map(|entry| entry.path().join("Cargo.toml")));
    manifests.sort();
    for manifest in manifests.iter().filter(|m| m.exists()) {
        let text = std::fs::read_to_string(manifest).map_err(|e| e.to_string())?;
        let name = manifest.parent().and_then(Path::file_name).expect("a manifest is in a folder");
        check_manifest(&name.to_string_lossy(), &text, &mut findings);
    }
    for path in tracked(root)? {
        let shown = path.display().to_string();
        let Ok(text) = std::fs::read_to_string(root.join(&path)) else { continue };
        check_file(&shown, &text, &mut findings);
    }
    Ok(findings)
}

/// Files that git knows or would add.
fn tracked(root: &Path) -> Result<Vec<PathBuf>, String> {
    let output = std::process::Command::new("git")
        .current_dir(root)
        .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
        .output()
        .map_err(|e| format!("git: {e}"))?;
    if !output.status.success() {
        return Err("git ls-files fails".to_owned());
    }
    let names = String::from_utf8_lossy(&output.stdout).into_owned();
    Ok(names.split('\0').filter(|n| !n.is_empty()).map(PathBuf::from).collect())
}

/// A crate's name, or the pattern that it falls under.
fn class(name: &str) -> &str {
    if name.starts_with("gopy-std-") && name != "gopy-std-lang" { "gopy-std-*" } else { name }
}

/// Every crate that `name` may name, by the table and what follows from it.
fn allowed(name: &str) -> BTreeSet<&'static str> {
    let table: BTreeMap<&str, &[&str]> = EDGES.iter().copied().collect();
    let mut found = BTreeSet::new();
    let mut open: Vec<&str> = table.get(name).copied().unwrap_or(&[]).to_vec();
    while let Some(next) = open.pop() {
        let (key, _) = EDGES.iter().find(|(key, _)| *key == next).expect("the table is closed");
        if found.insert(*key) {
            open.extend(table[key]);
        }
    }
    found
}

fn check_manifest(name: &str, text: &str, findings: &mut Findings) {
    if !EDGES.iter().any(|(known, _)| *known == class(name)) {
        findings.errors.push(format!("crate {name} is not in the table of crates"));
        return;
    }
    let allowed = allowed(class(name));
    let mut inside = false;
    for line in text.lines().map(str::trim) {
        if let Some(section) = line.strip_prefix('[') {
            inside = section.contains("dependencies");
            if inside && section.contains("dependencies.") {
                edge(name, section.trim_end_matches(']'), &allowed, findings);
            }
            continue;
        }
        if inside {
            edge(name, line, &allowed, findings);
        }
    }
    if !text.contains("[lints]\nworkspace = true") {
        findings.errors.push(format!("crate {name} does not inherit the workspace's lints"));
    }
}

fn edge(name: &str, line: &str, allowed: &BTreeSet<&str>, findings: &mut Findings) {
    let line = line.rsplit("dependencies.").next().unwrap_or(line);
    let dependency = line.split(['.', '=', ' ']).next().unwrap_or_default();
    if (dependency == "gopy" || dependency.starts_with("gopy-"))
        && !allowed.contains(class(dependency))
    {
        findings.errors.push(format!("crate {name} may not depend on {dependency}"));
    }
}

fn check_file(path: &str, text: &str, findings: &mut Findings) {
    let generated = text.starts_with(PREAMBLE.trim_end()) || path.ends_with(".out");
    let rust = path.ends_with(".rs");
    let at = |number: usize| format!("{path}:{}", number + 1);
    if rust && !generated {
        let first = text.lines().find(|line| !line.trim().is_empty()).unwrap_or("");
        if !first.starts_with("//!") {
            findings.errors.push(format!("{path}: begins without a header (`//!`)"));
        }
        for (number, line) in text.lines().enumerate() {
            for (needle, why) in UNFINISHED {
                if line.contains(needle) {
                    findings.errors.push(format!("{}: {needle} is {why}", at(number)));
                }
            }
        }
    }
    let length = text.lines().count();
    if (rust || path.ends_with(".in") || path.ends_with(".py")) && !generated {
        if length > LENGTH_MAX {
            findings.errors.push(format!("{path}: {length} lines, at most {LENGTH_MAX}"));
        } else if length > LENGTH_WARN {
            findings.warnings.push(format!("{path}: {length} lines, worth parting"));
        }
    }
    if let Some(name) = SAFE_CRATES.iter().find(|c| path == format!("crates/{c}/src/lib.rs"))
        && !text.contains("#![forbid(unsafe_code)]")
    {
        findings.errors.push(format!("{path}: {name} must forbid unsafe code"));
    }
    if rust || path.ends_with(".toml") || path.ends_with(".md") || path.ends_with(".in") {
        for (number, line) in text.lines().enumerate() {
            for prefix in MACHINE_PATHS.iter().filter(|prefix| names_path(line, prefix)) {
                findings.errors.push(format!("{}: names a machine's path, {prefix}", at(number)));
            }
        }
    }
}

/// Whether `prefix` begins a path in `line`, rather than being inside a longer one.
fn names_path(line: &str, prefix: &str) -> bool {
    line.match_indices(prefix).any(|(at, _)| {
        !line[..at]
            .ends_with(|c: char| c.is_alphanumeric() || matches!(c, '/' | '.' | '_' | '-' | '>'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn errors_of(path: &str, text: &str) -> Vec<String> {
        let mut findings = Findings::default();
        check_file(path, text, &mut findings);
        findings.errors
    }

    fn manifest(name: &str, dependencies: &str) -> Vec<String> {
        let mut findings = Findings::default();
        let text = format!("[lints]\nworkspace = true\n\n[dependencies]\n{dependencies}\n");
        check_manifest(name, &text, &mut findings);
        findings.errors
    }

    #[test]
    fn native_modules_may_not_see_the_vm() {
        assert!(manifest("gopy-std-os", "gopy-core.workspace = true").is_empty());
        assert!(manifest("gopy-std-lang", "gopy-vm.workspace = true").is_empty());
        assert_eq!(manifest("gopy-std-os", "gopy-vm = { path = \"x\" }").len(), 1);
        assert_eq!(manifest("gopy-std-os", "[dependencies.gopy-vm]").len(), 1);
        assert_eq!(manifest("gopy-syntax", "gopy-object.workspace = true").len(), 1);
        assert_eq!(manifest("gopy-vm", "gopy-std-os.workspace = true").len(), 1);
        assert_eq!(manifest("gopy-surprise", "").len(), 1);
    }

    #[test]
    fn files_are_headed_finished_and_short() {
        assert!(errors_of("a.rs", "//! Why.\nfn f() {}\n").is_empty());
        assert_eq!(errors_of("a.rs", "fn f() {}\n").len(), 1);
        assert_eq!(errors_of("a.rs", &format!("//! Why.\n{}", UNFINISHED[0].0)).len(), 1);
        let long = "//! Why.\n".repeat(LENGTH_MAX + 1);
        assert_eq!(errors_of("a.rs", &long).len(), 1);
        assert!(errors_of("a.rs", &format!("{PREAMBLE}{long}")).is_empty());
        assert_eq!(errors_of("a.md", &format!("see {}x", MACHINE_PATHS[0])).len(), 1);
        assert!(errors_of("a.md", &format!("see target{}x", MACHINE_PATHS[0])).is_empty());
    }
}
