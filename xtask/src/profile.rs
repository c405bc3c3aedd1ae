//! `cargo xtask profile [--keep]`: the execution profile that optimised builds are laid out by.
//!
//! An instrumented release build runs what a user of Python runs (every program of `compat/`, some
//! modules of CPython's own tests, the counterpart of its `regrtest --pgo`), never the programs of
//! `bench/`, so that what is measured is not what was trained. The merged counts are checked in as
//! `profile/gopy.profdata`; `.cargo/rustc` hands them to the compiler of every optimised build.
//! Stale counts cost speed, never correctness: a function whose shape has changed is compiled as
//! without a profile.
//!
//! Needs `llvm-profdata` (rustup's `llvm-tools`, or a distribution's `llvm`), 19 or later.

use crate::process::{self, Limits};
use crate::workspace::{self, cargo, checked};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// Modules of `Lib/test` that exercise the interpreter rather than the system.
const MODULES: &[&str] = &[
    "test_array",
    "test_ast",
    "test_base64",
    "test_bytes",
    "test_cmath",
    "test_collections",
    "test_csv",
    "test_dataclasses",
    "test_datetime",
    "test_decimal",
    "test_deque",
    "test_descr",
    "test_dict",
    "test_enum",
    "test_float",
    "test_fstring",
    "test_functools",
    "test_generators",
    "test_grammar",
    "test_heapq",
    "test_int",
    "test_itertools",
    "test_json",
    "test_list",
    "test_long",
    "test_ordered_dict",
    "test_patma",
    "test_pickle",
    "test_pprint",
    "test_re",
    "test_set",
    "test_sort",
    "test_statistics",
    "test_str",
    "test_string",
    "test_struct",
    "test_textwrap",
    "test_tokenize",
    "test_tuple",
    "test_typing",
    "test_unicodedata",
    "test_xml_etree",
];

const LIMITS: Limits = Limits { timeout: Duration::from_secs(120), memory: Some(8 << 30) };

/// Where the counts are checked in.
fn checked_in() -> PathBuf {
    workspace::root().join("profile/gopy.profdata")
}

/// The command.
pub fn run(args: Vec<String>) -> Result<(), String> {
    let mut args = workspace::parser(args);
    let keep = args.contains("--keep");
    workspace::free_args(args)?;
    let tool = profdata()?;
    let oracle = workspace::oracle_root();
    let dir = workspace::target().join("profile");
    let raw = dir.join("raw");
    let scratch = dir.join("scratch");
    for empty in [&raw, &scratch] {
        if empty.exists() {
            fs::remove_dir_all(empty).map_err(|e| format!("{}: {e}", empty.display()))?;
        }
        fs::create_dir_all(empty).map_err(|e| format!("{}: {e}", empty.display()))?;
    }
    eprintln!("building with counters");
    checked(
        cargo()
            .args(["build", "--release", "--quiet", "--package", "gopy", "--target-dir"])
            .arg(&dir)
            .env("RUSTFLAGS", format!("-Cprofile-generate={}", raw.display()))
            // What the build itself runs must not be counted.
            .env("LLVM_PROFILE_FILE", "/dev/null"),
    )?;
    let gopy = dir.join("release/gopy");
    let train = |arguments: &[&str]| -> Result<(), String> {
        let mut command = Command::new(&gopy);
        command
            .args(arguments)
            .current_dir(&scratch)
            .env("GOPY_ORACLE", &oracle)
            .env("PYTHONHASHSEED", "0")
            .env("LLVM_PROFILE_FILE", raw.join("%m.profraw"));
        // A failure is for `compat` and `conformance` to report; its counts are as good as any.
        process::run(&mut command, LIMITS).map(drop)
    };
    let programs = workspace::files(&workspace::root().join("compat"), ".py");
    // Those of limits/ spend their time in one loop that no program repeats.
    for program in programs.iter().filter(|p| !p.components().any(|c| c.as_os_str() == "limits")) {
        train(&[&program.display().to_string()])?;
    }
    for module in MODULES {
        eprintln!("training: {module}");
        train(&["-m", "unittest", "-q", &format!("test.{module}")])?;
    }
    let merged = checked_in();
    let parent = merged.parent().expect("the path has a folder");
    fs::create_dir_all(parent).map_err(|e| format!("{}: {e}", parent.display()))?;
    checked(Command::new(&tool).args(["merge", "--sparse", "-o"]).arg(&merged).arg(&raw))?;
    if !keep {
        fs::remove_dir_all(&dir).map_err(|e| format!("{}: {e}", dir.display()))?;
    }
    println!("{}", merged.display());
    Ok(())
}

/// `llvm-profdata`, wherever it is installed.
fn profdata() -> Result<PathBuf, String> {
    let works = |path: &Path| {
        Command::new(path)
            .args(["merge", "--help"])
            .output()
            .is_ok_and(|output| output.status.success())
    };
    let named = std::env::var_os("LLVM_PROFDATA").map(PathBuf::from);
    let versions = (19..=24).rev().map(|version| PathBuf::from(format!("llvm-profdata-{version}")));
    named.into_iter().chain(toolchain()).chain(versions).find(|path| works(path)).ok_or_else(|| {
        "no llvm-profdata: `rustup component add llvm-tools`, or install llvm 19".to_owned()
    })
}

/// Where rustup's `llvm-tools` puts it.
fn toolchain() -> Option<PathBuf> {
    let output = Command::new("rustc").args(["--print", "target-libdir"]).output().ok()?;
    let lib = PathBuf::from(String::from_utf8(output.stdout).ok()?.trim());
    Some(lib.parent()?.join("bin/llvm-profdata"))
}
