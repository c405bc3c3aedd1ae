//! `cargo xtask compat`: every program of `compat/` under the oracle and under gopy.
//!
//! Stdout, stderr and exit status must be equal byte for byte once [`normalise`] has replaced what
//! may differ. `--bless` records the oracle's side beside the program (`NAME.out`); where there is
//! no oracle, gopy is compared to that.
//!
//! `compat/pending.txt` lists the programs that gopy does not match yet ([`pending`]).
//!
//! A program may say, in comment lines of its own, how it is run: `# args: …` (its arguments),
//! `# options: …` (the interpreter's), `# timeout: SECONDS`.

mod coverage;
mod diff;
mod normalise;
mod pending;

use crate::process::{self, Finished, Limits, Scratch};
use crate::workspace::{self, Gopy};
use normalise::Side;
use pending::{Pending, Verdict};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// Bytes of address space; a runaway program ends in a MemoryError on both sides.
const MEMORY: u64 = 4 << 30;

/// Seconds that a program may take when it does not say otherwise; gopy's dev build is slow.
const TIMEOUT: u64 = 60;

/// How many programs agreed.
#[derive(Default)]
pub struct Counts {
    /// Equal on both sides.
    pub passed: usize,
    /// Different, timed out, with a stale record, or listed as pending although equal.
    pub failed: usize,
    /// Different, as `compat/pending.txt` says.
    pub pending: usize,
}

/// What of the programs is told apart from a plain pass.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Detail {
    /// Nothing of a pending program but its number.
    Unexpected,
    /// The difference of every program, pending or not.
    All,
}

/// The command.
pub fn run(args: Vec<String>) -> Result<(), String> {
    let mut args = workspace::parser(args);
    let bless = args.contains("--bless");
    let bless_pending = args.contains("--bless-pending");
    let show_coverage = args.contains("--coverage");
    let detail = if args.contains("--pending") { Detail::All } else { Detail::Unexpected };
    let gopy = Gopy::from_args(&mut args)?;
    let filters = workspace::free_args(args)?;
    let programs = programs(&filters)?;
    if bless {
        return record(&programs);
    }
    if show_coverage {
        return coverage::report(&programs);
    }
    let gopy = gopy.build()?;
    let results = results(&programs, &gopy)?;
    if bless_pending {
        return Pending::read()?.rewrite(&results);
    }
    let counts = judge(&results, detail)?;
    println!("{} passed, {} failed, {} pending", counts.passed, counts.failed, counts.pending);
    if counts.failed == 0 { Ok(()) } else { Err("compat programs differ".to_owned()) }
}

/// The programs whose path contains one of the filters; all without filters.
///
/// A file whose name begins with `_` is a module that programs import.
pub fn programs(filters: &[String]) -> Result<Vec<PathBuf>, String> {
    let dir = workspace::root().join("compat");
    let mut found = workspace::files(&dir, ".py");
    found.retain(|path| {
        let inside = path.strip_prefix(&dir).unwrap_or(path);
        let helper = inside.components().any(|c| c.as_os_str().to_string_lossy().starts_with('_'));
        let name = inside.to_string_lossy();
        !helper && (filters.is_empty() || filters.iter().any(|f| name.contains(f.as_str())))
    });
    if found.is_empty() { Err("no program matches".to_owned()) } else { Ok(found) }
}

/// Compares all programs under `gopy` with the oracle, or with the records where there is none.
pub fn compare(programs: &[PathBuf], gopy: &Path) -> Result<Counts, String> {
    judge(&results(programs, gopy)?, Detail::Unexpected)
}

/// Each program's name as `pending.txt` has it, and how it differs if it does.
fn results(programs: &[PathBuf], gopy: &Path) -> Result<Vec<(String, Option<String>)>, String> {
    let oracle = workspace::oracle().ok();
    if oracle.is_none() {
        eprintln!("compat: no oracle here, so the recorded outputs are compared to");
    }
    Ok(workspace::parallel(programs.len(), |index| {
        let program = &programs[index];
        let expected = match &oracle {
            Some(oracle) => output(oracle, program),
            None => std::fs::read(recorded(program))
                .map_err(|e| format!("{}: {e}", recorded(program).display())),
        };
        let result = expected.and_then(|expected| {
            let found = output(gopy, program)?;
            if expected == found { Ok(()) } else { Err(diff::lines(&expected, &found, 40)) }
        });
        (shown(program), result.err())
    }))
}

fn judge(results: &[(String, Option<String>)], detail: Detail) -> Result<Counts, String> {
    let pending = Pending::read()?;
    let mut counts = Counts::default();
    for (name, difference) in results {
        match pending.verdict(name, difference.is_none()) {
            Verdict::Passed => counts.passed += 1,
            Verdict::Pending => {
                counts.pending += 1;
                if detail == Detail::All {
                    println!("PENDING {name}\n{}", difference.as_deref().unwrap_or_default());
                }
            }
            Verdict::Failed => {
                counts.failed += 1;
                println!("FAIL {name}\n{}", difference.as_deref().unwrap_or_default());
            }
            Verdict::NoLongerPending => {
                counts.failed += 1;
                println!(
                    "MATCHES {name}: remove it from compat/pending.txt \
                     (`cargo xtask compat --bless-pending`)"
                );
            }
        }
    }
    Ok(counts)
}

/// Runs the oracle alone against the records: they are fresh, and every program is deterministic.
pub fn check_records(programs: &[PathBuf]) -> Result<Counts, String> {
    let oracle = workspace::oracle()?;
    let results = workspace::parallel(programs.len(), |index| {
        let program = &programs[index];
        let result = output(&oracle, program).and_then(|found| {
            let expected = std::fs::read(recorded(program))
                .map_err(|e| format!("{}: {e}", recorded(program).display()))?;
            if expected == found { Ok(()) } else { Err(diff::lines(&expected, &found, 40)) }
        });
        if let Err(message) = &result {
            println!("STALE {} (`cargo xtask compat --bless`)\n{message}", shown(program));
        }
        result.is_ok()
    });
    let passed = results.iter().filter(|ok| **ok).count();
    Ok(Counts { passed, failed: results.len() - passed, pending: 0 })
}

fn record(programs: &[PathBuf]) -> Result<(), String> {
    let oracle = workspace::oracle()?;
    let results = workspace::parallel(programs.len(), |index| {
        let program = &programs[index];
        let first = output(&oracle, program)?;
        if first != output(&oracle, program)? {
            return Err(format!("{}: two runs differ", shown(program)));
        }
        let path = recorded(program);
        if std::fs::read(&path).is_ok_and(|old| old == first) {
            return Ok(false);
        }
        std::fs::write(&path, first).map_err(|e| format!("{}: {e}", path.display()))?;
        println!("recorded {}", shown(&path));
        Ok(true)
    });
    let changed = results.into_iter().collect::<Result<Vec<bool>, String>>()?;
    println!("{} records changed", changed.into_iter().filter(|c| *c).count());
    Ok(())
}

fn recorded(program: &Path) -> PathBuf {
    program.with_extension("out")
}

fn shown(path: &Path) -> String {
    path.strip_prefix(workspace::root()).unwrap_or(path).display().to_string()
}

/// What a program's own comment lines ask for.
#[derive(Default)]
struct Directions {
    options: Vec<String>,
    args: Vec<String>,
    timeout: Option<u64>,
}

impl Directions {
    fn read(program: &Path) -> Result<Directions, String> {
        let bytes = std::fs::read(program).map_err(|e| format!("{}: {e}", program.display()))?;
        let text = String::from_utf8_lossy(&bytes);
        let words = |text: &str| text.split_whitespace().map(str::to_owned).collect();
        let mut directions = Directions::default();
        for line in text.lines().take_while(|line| line.starts_with('#')) {
            if let Some(rest) = line.strip_prefix("# options: ") {
                directions.options = words(rest);
            } else if let Some(rest) = line.strip_prefix("# args: ") {
                directions.args = words(rest);
            } else if let Some(rest) = line.strip_prefix("# timeout: ") {
                let seconds = rest.trim().parse();
                directions.timeout = Some(seconds.map_err(|e| format!("{rest}: {e}"))?);
            }
        }
        Ok(directions)
    }
}

/// Runs one program in a scratch folder and returns its normalised stdout, stderr and status.
fn output(interpreter: &Path, program: &Path) -> Result<Vec<u8>, String> {
    let directions = Directions::read(program)?;
    let scratch = Scratch::new()?;
    let mut command = Command::new(interpreter);
    process::fixed_environment(&mut command)
        .env("HOME", scratch.path())
        .env("TMPDIR", scratch.path())
        .current_dir(scratch.path())
        .args(&directions.options)
        .arg(program)
        .args(&directions.args);
    let seconds = directions.timeout.unwrap_or(TIMEOUT);
    let limits = Limits { timeout: Duration::from_secs(seconds), memory: Some(MEMORY) };
    let finished = process::run(&mut command, limits)?;
    let side = Side {
        executable: interpreter,
        prefix: &workspace::oracle_root(),
        scratch: scratch.path(),
        root: &workspace::root(),
    };
    Ok(transcript(&finished, &side))
}

/// Stdout as it is; then, only where there is something to say, stderr and status.
fn transcript(finished: &Finished, side: &Side) -> Vec<u8> {
    let mut text = normalise::normalise(&finished.stdout, side);
    let stderr = normalise::normalise(&finished.stderr, side);
    if !stderr.is_empty() {
        text.extend_from_slice(b"--- stderr\n");
        text.extend_from_slice(&stderr);
    }
    let outcome = finished.outcome();
    if outcome != "0" {
        text.extend_from_slice(format!("--- status {outcome}\n").as_bytes());
    }
    text
}
