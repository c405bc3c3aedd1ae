//! `cargo xtask test [STEP…]`: everything that CI checks, each step timed.
//!
//! Steps about running programs come alive with the interpreter: as long as no conformance case
//! has ever passed, a gopy that cannot run `print` makes them check their own inputs under the
//! oracle alone, and say so. From the first entry of `conformance/passing.txt` on it is a failure.

use crate::workspace::{self, Gopy, cargo, checked};
use crate::{compat, conformance, generate, pyc_identity, tail_calls, tidy};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Instant;

/// Passed and failed checks of a step, and those that are listed as not passing yet.
struct Counts {
    passed: usize,
    failed: usize,
    pending: usize,
}

impl Counts {
    fn one(result: Result<(), String>) -> Counts {
        match result {
            Ok(()) => Counts { passed: 1, failed: 0, pending: 0 },
            Err(message) => {
                println!("{message}");
                Counts { passed: 0, failed: 1, pending: 0 }
            }
        }
    }
}

/// What the steps share.
struct Context {
    seed: u64,
    gopy: Interpreter,
}

/// The interpreter under test, as far as it exists.
enum Interpreter {
    /// Built, and able to run a program.
    Runs(PathBuf),
    /// Nothing in the tree claims that it runs yet.
    NotYet,
    /// It should run, and does not.
    Broken(String),
}

type Step = fn(&Context) -> Result<Counts, String>;

const STEPS: &[(&str, Step)] = &[
    ("fmt", fmt),
    ("clippy", clippy),
    ("generate", generated),
    ("tidy", tidy),
    ("unit", unit),
    ("tail-calls", jumps),
    ("compat", compat),
    ("pyc-identity", pyc),
    ("conformance", conformance),
];

/// The command.
pub fn run(args: Vec<String>) -> Result<(), String> {
    let mut args = workspace::parser(args);
    let seed: Option<u64> = args.opt_value_from_str("--seed").map_err(|e| e.to_string())?;
    let names = workspace::free_args(args)?;
    if let Some(name) = names.iter().find(|n| !STEPS.iter().any(|(known, _)| known == n)) {
        let all: Vec<&str> = STEPS.iter().map(|(name, _)| *name).collect();
        return Err(format!("no step is named {name}; there are: {}", all.join(" ")));
    }
    let wanted = |name: &str| names.is_empty() || names.iter().any(|n| n == name);
    if workspace::oracle().is_err() && STEPS[5..].iter().any(|(name, _)| wanted(name)) {
        crate::setup::run(Vec::new())?;
    }
    let gopy = if STEPS[5..].iter().any(|(name, _)| wanted(name)) {
        timed("build", interpreter)
    } else {
        Interpreter::NotYet
    };
    let context = Context { seed: seed.unwrap_or_else(rotating_seed), gopy };
    let mut total = Counts { passed: 0, failed: 0, pending: 0 };
    let mut times = Vec::new();
    for (name, step) in STEPS.iter().filter(|(name, _)| wanted(name)) {
        println!("== {name}");
        let start = Instant::now();
        let counts = step(&context).unwrap_or_else(|message| Counts::one(Err(message)));
        let seconds = start.elapsed().as_secs_f64();
        let mut line = format!("   {name}: {} passed, {} failed", counts.passed, counts.failed);
        if counts.pending > 0 {
            line.push_str(&format!(", {} pending", counts.pending));
        }
        println!("{line}, {seconds:.1} s");
        times.push((*name, seconds, counts.failed, counts.pending));
        total.passed += counts.passed;
        total.failed += counts.failed;
    }
    println!();
    for (name, seconds, failed, pending) in times {
        let verdict = if failed == 0 { "ok" } else { "FAILED" };
        let known =
            if pending == 0 { String::new() } else { format!("  ({pending} known not to pass)") };
        println!("{name:<14} {seconds:>7.1} s  {verdict}{known}");
    }
    println!("{} passed, {} failed", total.passed, total.failed);
    // The counts are the last line, whatever they are.
    if total.failed == 0 { Ok(()) } else { Err(String::new()) }
}

fn timed<T>(name: &str, job: impl FnOnce() -> T) -> T {
    println!("== {name}");
    let start = Instant::now();
    let result = job();
    println!("   {name}: {:.1} s", start.elapsed().as_secs_f64());
    result
}

/// Changes with every commit, so that samples rotate and a failure can be repeated.
fn rotating_seed() -> u64 {
    let output = Command::new("git")
        .current_dir(workspace::root())
        .args(["rev-parse", "--short=12", "HEAD"])
        .output();
    let text = output.map(|o| String::from_utf8_lossy(&o.stdout).trim().to_owned());
    text.ok().and_then(|t| u64::from_str_radix(&t, 16).ok()).unwrap_or(0)
}

fn interpreter() -> Interpreter {
    match Gopy::release().build() {
        Ok(gopy) if workspace::can_run(&gopy) => Interpreter::Runs(gopy),
        Ok(_) if conformance::passing_list().is_ok_and(|list| list.is_empty()) => {
            Interpreter::NotYet
        }
        Ok(gopy) => Interpreter::Broken(format!("{} cannot run `print`", gopy.display())),
        Err(message) => Interpreter::Broken(message),
    }
}

fn fmt(_: &Context) -> Result<Counts, String> {
    Ok(Counts::one(checked(cargo().args(["fmt", "--all", "--check"]))))
}

fn clippy(_: &Context) -> Result<Counts, String> {
    let mut command = cargo();
    command.args(["clippy", "--quiet", "--workspace", "--all-targets", "--", "-D", "warnings"]);
    Ok(Counts::one(checked(&mut command)))
}

fn generated(_: &Context) -> Result<Counts, String> {
    Ok(Counts::one(generate::run(&["--check".to_owned()])))
}

fn tidy(_: &Context) -> Result<Counts, String> {
    Ok(Counts::one(tidy::run(Vec::new())))
}

/// Unit tests of every crate; the counts are the harnesses' own.
fn unit(_: &Context) -> Result<Counts, String> {
    let output = cargo()
        .args(["test", "--workspace", "--no-fail-fast"])
        .stderr(Stdio::inherit())
        .output()
        .map_err(|e| format!("cargo: {e}"))?;
    let text = String::from_utf8_lossy(&output.stdout);
    let mut counts = Counts { passed: 0, failed: 0, pending: 0 };
    for line in text.lines() {
        if let Some((passed, failed)) = harness_counts(line) {
            counts.passed += passed;
            counts.failed += failed;
        }
    }
    if !output.status.success() {
        print!("{text}");
        // A crate that does not compile, or a harness that dies, prints no count.
        counts.failed = counts.failed.max(1);
    }
    Ok(counts)
}

/// The figures of `test result: ok. 3 passed; 0 failed; …`.
fn harness_counts(line: &str) -> Option<(usize, usize)> {
    let (_, rest) = line.strip_prefix("test result: ")?.split_once(". ")?;
    let mut figures = rest.split("; ").map(|part| part.split(' ').next()?.parse().ok());
    Some((figures.next()??, figures.next()??))
}

/// That the release build's instructions jump; the machine may have no disassembler.
fn jumps(context: &Context) -> Result<Counts, String> {
    let Interpreter::Runs(gopy) = &context.gopy else { return Ok(Counts::one(Ok(()))) };
    if Command::new("objdump").arg("--version").output().is_err() {
        println!("   no objdump: not looked at");
        return Ok(Counts { passed: 0, failed: 0, pending: 0 });
    }
    Ok(Counts::one(tail_calls::check(gopy)))
}

fn compat(context: &Context) -> Result<Counts, String> {
    let programs = compat::programs(&[])?;
    let counts = match &context.gopy {
        Interpreter::Runs(gopy) => compat::compare(&programs, gopy)?,
        Interpreter::Broken(message) => return Err(message.clone()),
        Interpreter::NotYet => {
            println!("   gopy runs no program yet: the records are checked under the oracle");
            compat::check_records(&programs)?
        }
    };
    Ok(Counts { passed: counts.passed, failed: counts.failed, pending: counts.pending })
}

fn pyc(context: &Context) -> Result<Counts, String> {
    match &context.gopy {
        Interpreter::Runs(gopy) => {
            let counts = pyc_identity::sample(gopy, context.seed)?;
            Ok(Counts { passed: counts.passed, failed: counts.failed, pending: counts.pending })
        }
        Interpreter::Broken(message) => Err(message.clone()),
        Interpreter::NotYet => {
            println!("   gopy runs no program yet: nothing to compare");
            Ok(Counts { passed: 0, failed: 0, pending: 0 })
        }
    }
}

fn conformance(context: &Context) -> Result<Counts, String> {
    match &context.gopy {
        Interpreter::Runs(gopy) => {
            let counts = conformance::smoke(gopy, context.seed)?;
            Ok(Counts { passed: counts.passed, failed: counts.failed, pending: 0 })
        }
        Interpreter::Broken(message) => Err(message.clone()),
        Interpreter::NotYet => {
            println!("   gopy runs no program yet: no case has passed so far");
            Ok(Counts { passed: 0, failed: 0, pending: 0 })
        }
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_harness_line_is_understood() {
        let line =
            "test result: FAILED. 3 passed; 2 failed; 0 ignored; 0 measured; finished in 0.00s";
        assert_eq!(super::harness_counts(line), Some((3, 2)));
        assert_eq!(super::harness_counts("test result: odd"), None);
        assert_eq!(super::harness_counts("running 3 tests"), None);
    }
}
