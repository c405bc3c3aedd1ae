//! `cargo xtask bench [FILTER…]`: time and memory against the oracle.
//!
//! Every program of `bench/` runs under both interpreters in turn, several processes each; what
//! counts is the minimum of the processor time, which noise can only raise. The spread is that of
//! the pairs. Outputs are compared too. A program takes one argument, the share of its work in
//! percent; `--icount` uses a small one, since callgrind is slow and its counts have no noise.

use crate::process::{self, Finished, Limits};
use crate::workspace::{self, Gopy};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// Processes per side and program.
const RUNS: usize = 7;

/// Share of the work, in percent, under callgrind.
const ICOUNT_SHARE: u32 = 2;

const LIMITS: Limits = Limits { timeout: Duration::from_secs(600), memory: None };

/// Start-up is measured by commands rather than programs, many processes each.
const STARTUP: &[(&str, &[&str])] =
    &[("startup", &["-c", "pass"]), ("startup -I -S", &["-I", "-S", "-c", "pass"])];

/// How many more processes a start-up measurement takes: it is short.
const STARTUP_FACTOR: usize = 5;

/// The command.
pub fn run(args: Vec<String>) -> Result<(), String> {
    let mut args = workspace::parser(args);
    let text = |e: pico_args::Error| e.to_string();
    let icount = args.contains("--icount");
    let runs: usize = args.opt_value_from_str("--runs").map_err(text)?.unwrap_or(RUNS).max(1);
    let gopy = Gopy::from_args(&mut args)?;
    let filters = workspace::free_args(args)?;
    let wanted =
        |name: &str| filters.is_empty() || filters.iter().any(|f| name.contains(f.as_str()));
    let mut programs = workspace::files(&workspace::root().join("bench"), ".py");
    programs.retain(|path| wanted(&name(path)));
    let oracle = workspace::oracle()?;
    let gopy = gopy.build()?;
    if icount {
        count(&programs, &oracle, &gopy)
    } else {
        time(&programs, &wanted, &oracle, &gopy, runs)
    }
}

fn name(path: &Path) -> String {
    path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}

/// What several processes of one side came to.
#[derive(Default)]
struct Side {
    times: Vec<f64>,
    peak_rss: i64,
}

impl Side {
    fn add(&mut self, finished: &Finished) {
        self.times.push(finished.cpu);
        // The least of the peaks: page-cache luck only adds.
        let peak = finished.peak_rss;
        self.peak_rss = if self.peak_rss == 0 { peak } else { self.peak_rss.min(peak) };
    }

    fn best(&self) -> f64 {
        self.times.iter().copied().fold(f64::INFINITY, f64::min)
    }
}

fn time(
    programs: &[PathBuf],
    wanted: &dyn Fn(&str) -> bool,
    oracle: &Path,
    gopy: &Path,
    runs: usize,
) -> Result<(), String> {
    println!(
        "{:<20} {:>9} {:>9} {:>7} {:>15} {:>7}",
        "program", "oracle s", "gopy s", "ratio", "of the pairs", "memory"
    );
    let mut ratios = Vec::new();
    let mut failed = Vec::new();
    for program in programs {
        let command = |interpreter: &Path| {
            let mut command = Command::new(interpreter);
            command.arg(program);
            command
        };
        match pairs(&name(program), &command, oracle, gopy, runs) {
            Ok(ratio) => ratios.push(ratio),
            Err(message) => {
                println!("{:<20} {message}", name(program));
                failed.push(name(program));
            }
        }
    }
    for (title, arguments) in STARTUP.iter().filter(|(title, _)| wanted(title)) {
        let command = |interpreter: &Path| {
            let mut command = Command::new(interpreter);
            command.args(*arguments);
            command
        };
        if let Err(message) = pairs(title, &command, oracle, gopy, runs * STARTUP_FACTOR) {
            println!("{title:<20} {message}");
            failed.push((*title).to_owned());
        }
    }
    if !ratios.is_empty() {
        let mean = (ratios.iter().map(|r| r.ln()).sum::<f64>() / ratios.len() as f64).exp();
        let worst = ratios.iter().copied().fold(0.0, f64::max);
        println!("{} programs: geometric mean {mean:.3}, worst {worst:.3}", ratios.len());
    }
    if failed.is_empty() { Ok(()) } else { Err(format!("failed: {}", failed.join(" "))) }
}

/// Runs both sides in turn, prints a line, and returns the ratio of the minima.
fn pairs(
    title: &str,
    command: &dyn Fn(&Path) -> Command,
    oracle: &Path,
    gopy: &Path,
    runs: usize,
) -> Result<f64, String> {
    let (mut reference, mut ours) = (Side::default(), Side::default());
    for _ in 0..runs {
        let expected = finish(&mut command(oracle), "oracle")?;
        let found = finish(&mut command(gopy), "gopy")?;
        if expected.stdout != found.stdout {
            return Err("outputs differ".to_owned());
        }
        reference.add(&expected);
        ours.add(&found);
    }
    let ratio = ours.best() / reference.best();
    let each: Vec<f64> = ours.times.iter().zip(&reference.times).map(|(a, b)| a / b).collect();
    let low = each.iter().copied().fold(f64::INFINITY, f64::min);
    let high = each.iter().copied().fold(0.0, f64::max);
    println!(
        "{title:<20} {:>9.4} {:>9.4} {ratio:>7.3} {:>15} {:>7.3}",
        reference.best(),
        ours.best(),
        format!("{low:.3}–{high:.3}"),
        ours.peak_rss as f64 / reference.peak_rss.max(1) as f64
    );
    Ok(ratio)
}

fn finish(command: &mut Command, side: &str) -> Result<Finished, String> {
    let finished = process::run(process::fixed_environment(command), LIMITS)?;
    if finished.status.success() {
        return Ok(finished);
    }
    let stderr = String::from_utf8_lossy(&finished.stderr).into_owned();
    Err(format!("{side}: {} {}", finished.outcome(), stderr.lines().last().unwrap_or("")))
}

/// Instructions executed, by callgrind, for a small share of each program's work.
fn count(programs: &[PathBuf], oracle: &Path, gopy: &Path) -> Result<(), String> {
    println!("{:<20} {:>15} {:>15} {:>7}", "program", "oracle", "gopy", "ratio");
    let mut logs = 0.0;
    for program in programs {
        let expected = instructions(oracle, program)?;
        let found = instructions(gopy, program)?;
        let ratio = found as f64 / expected as f64;
        logs += ratio.ln();
        println!("{:<20} {expected:>15} {found:>15} {ratio:>7.3}", name(program));
    }
    if !programs.is_empty() {
        println!("geometric mean {:.3}", (logs / programs.len() as f64).exp());
    }
    Ok(())
}

/// Start-up is subtracted, so that the count is the program's own.
fn instructions(interpreter: &Path, program: &Path) -> Result<u64, String> {
    let base = callgrind(Command::new("valgrind"), interpreter, &["-c".into(), "pass".into()])?;
    let share = ICOUNT_SHARE.to_string();
    let arguments = [program.as_os_str().to_owned(), share.into()];
    let all = callgrind(Command::new("valgrind"), interpreter, &arguments)?;
    Ok(all.saturating_sub(base).max(1))
}

fn callgrind(
    mut command: Command,
    interpreter: &Path,
    arguments: &[std::ffi::OsString],
) -> Result<u64, String> {
    process::fixed_environment(&mut command)
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(interpreter)
        .args(arguments);
    let finished = process::run(&mut command, LIMITS)?;
    let text = String::from_utf8_lossy(&finished.stderr).into_owned();
    if !finished.status.success() {
        return Err(format!("valgrind: {}\n{text}", finished.outcome()));
    }
    collected(&text).ok_or_else(|| format!("valgrind printed no count:\n{text}"))
}

/// The figure of callgrind's line `==123== Collected : 456`.
fn collected(text: &str) -> Option<u64> {
    text.lines().rev().find_map(|line| line.split_once("Collected :")?.1.trim().parse().ok())
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_count_is_found() {
        let text = "==7== Events    : Ir\n==7== Collected : 28137\n==7== \n";
        assert_eq!(super::collected(text), Some(28137));
        assert_eq!(super::collected("==7== nothing"), None);
    }
}
