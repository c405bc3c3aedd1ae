//! `cargo xtask conformance`: CPython's own tests under gopy, measured by the oracle.
//!
//! A case is a `test.id()`. The denominator is what the oracle passes, run the same way on the same
//! machine; a case that gopy skips, or fails as expected, counts as failed. `passing.txt` lists the
//! cases that gopy passes and only grows: a listed case that no longer passes is an error.
//! `excluded.txt` lists what can't pass, each with a reason that a reader can check.

mod lists;
mod module;

pub use lists::passing as passing_list;

use crate::rng::Rng;
use crate::workspace::{self, Gopy};
use lists::Excluded;
use module::{Outcomes, Runner};
use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

/// Seconds that one module may take, on either side.
const TIMEOUT: u64 = 900;

/// Modules that every run of `cargo xtask test` includes: quick, and broad together.
const SMOKE: &[&str] =
    &["test_grammar", "test_list", "test_dict", "test_generators", "test_patma", "test_int"];

/// How many of the other modules the sample of `cargo xtask test` takes.
const SMOKE_SAMPLE: usize = 8;

/// Listed cases that still pass, and that don't.
pub struct Counts {
    /// Still passing.
    pub passed: usize,
    /// Listed, and failing now.
    pub failed: usize,
}

/// The command.
pub fn run(args: Vec<String>) -> Result<(), String> {
    let mut args = workspace::parser(args);
    let text = |e: pico_args::Error| e.to_string();
    let all = args.contains("--all");
    let bless = args.contains("--bless");
    let verbose = args.contains("--failures");
    let refresh = args.contains("--refresh");
    let sample: Option<usize> = args.opt_value_from_str("--sample").map_err(text)?;
    let seed: u64 = args.opt_value_from_str("--seed").map_err(text)?.unwrap_or(0);
    let timeout: u64 = args.opt_value_from_str("--timeout").map_err(text)?.unwrap_or(TIMEOUT);
    let gopy = Gopy::from_args(&mut args)?;
    let mut modules = workspace::free_args(args)?;
    let oracle = workspace::oracle()?;
    if all {
        modules = all_modules()?;
    } else if modules.is_empty() {
        modules = listed_modules()?;
        if let Some(count) = sample {
            modules = Rng::new(seed).sample(&modules, count);
        }
        if modules.is_empty() {
            return Err("conformance/passing.txt lists nothing: name modules, or --all".to_owned());
        }
    }
    let runner = Runner::new(&oracle, &gopy.build()?, Duration::from_secs(timeout), refresh);
    let report = compare(&runner, &modules, verbose)?;
    println!("{}", report.line("total"));
    if bless {
        println!("{} cases newly listed", lists::add(&report.newly_passing)?);
    }
    if report.regressed.is_empty() {
        return Ok(());
    }
    for case in &report.regressed {
        println!("no longer passes: {case}");
    }
    Err(format!("{} listed cases no longer pass", report.regressed.len()))
}

/// The smoke modules and a sample of the other listed ones, for `cargo xtask test`.
pub fn smoke(gopy: &Path, seed: u64) -> Result<Counts, String> {
    let oracle = workspace::oracle()?;
    let listed = listed_modules()?;
    let (mut modules, others): (Vec<String>, Vec<String>) =
        listed.into_iter().partition(|m| SMOKE.contains(&m.as_str()));
    modules.extend(Rng::new(seed).sample(&others, SMOKE_SAMPLE));
    println!("   sample of seed {seed}: {}", modules.join(" "));
    let runner = Runner::new(&oracle, gopy, Duration::from_secs(TIMEOUT), false);
    let report = compare(&runner, &modules, false)?;
    for case in &report.regressed {
        println!("no longer passes: {case}");
    }
    Ok(Counts { passed: report.still_passing, failed: report.regressed.len() })
}

/// Every test module of the library: files and packages named `test_*`.
fn all_modules() -> Result<Vec<String>, String> {
    let dir = workspace::library(&workspace::oracle_root()).join("test");
    let entries = std::fs::read_dir(&dir).map_err(|e| format!("{}: {e}", dir.display()))?;
    let mut names: Vec<String> = entries
        .flatten()
        .filter_map(|entry| {
            let name = entry.file_name().to_string_lossy().into_owned();
            let name = name.strip_suffix(".py").map(str::to_owned).unwrap_or(name);
            name.starts_with("test_").then_some(name)
        })
        .collect();
    names.sort();
    Ok(names)
}

fn listed_modules() -> Result<Vec<String>, String> {
    let modules: BTreeSet<String> =
        lists::passing()?.iter().map(|case| lists::module_of(case).to_owned()).collect();
    Ok(modules.into_iter().collect())
}

/// What a run over some modules found.
#[derive(Default)]
struct Report {
    numerator: usize,
    denominator: usize,
    excluded: usize,
    still_passing: usize,
    regressed: Vec<String>,
    newly_passing: Vec<String>,
    troubles: Vec<String>,
}

impl Report {
    fn line(&self, name: &str) -> String {
        let share = 100.0 * self.numerator as f64 / self.denominator.max(1) as f64;
        let mut line =
            format!("{name:<28} {:>6} / {:<6} {share:>6.2} %", self.numerator, self.denominator);
        if self.excluded > 0 {
            line.push_str(&format!("  ({} excluded)", self.excluded));
        }
        for trouble in &self.troubles {
            line.push_str(&format!("  {trouble}"));
        }
        line
    }

    fn add(&mut self, other: Report) {
        self.numerator += other.numerator;
        self.denominator += other.denominator;
        self.excluded += other.excluded;
        self.still_passing += other.still_passing;
        self.regressed.extend(other.regressed);
        self.newly_passing.extend(other.newly_passing);
    }
}

fn compare(runner: &Runner, modules: &[String], verbose: bool) -> Result<Report, String> {
    let passing = lists::passing()?;
    let excluded = Excluded::read()?;
    let reports = workspace::parallel(modules.len(), |index| {
        let module = &modules[index];
        let oracle = runner.oracle(module)?;
        let gopy = runner.gopy(module)?;
        let report = judge(module, &oracle, &gopy, &passing, &excluded);
        let mut text = report.line(module);
        if verbose {
            for (case, outcome) in oracle.passed().filter_map(|case| {
                let outcome = gopy.outcome(case);
                (outcome != "pass").then_some((case, outcome))
            }) {
                text.push_str(&format!("\n    {outcome:<8} {case}"));
                if let Some(why) = gopy.detail(case) {
                    text.push_str(&format!(
                        "\n             {}",
                        why.replace('\n', "\n             ")
                    ));
                }
            }
            if !gopy.stderr.is_empty() && gopy.trouble.is_some() {
                text.push_str(&format!("\n{}", gopy.stderr));
            }
        }
        println!("{text}");
        Ok::<Report, String>(report)
    });
    let mut total = Report::default();
    for report in reports {
        total.add(report?);
    }
    Ok(total)
}

fn judge(
    module: &str,
    oracle: &Outcomes,
    gopy: &Outcomes,
    passing: &BTreeSet<String>,
    excluded: &Excluded,
) -> Report {
    let mut report = Report::default();
    for case in oracle.passed() {
        let name = lists::entry(module, case);
        if excluded.covers(&name) {
            report.excluded += 1;
            continue;
        }
        report.denominator += 1;
        let passes = gopy.outcome(case) == "pass";
        report.numerator += usize::from(passes);
        match (passes, passing.contains(&name)) {
            (true, true) => report.still_passing += 1,
            (true, false) => report.newly_passing.push(name),
            (false, true) => report.regressed.push(name),
            (false, false) => {}
        }
    }
    // A flaw of this machine rather than of gopy, but never a silent one.
    let known: BTreeSet<String> = oracle.passed().map(|case| lists::entry(module, case)).collect();
    let listed = passing.iter().filter(|entry| lists::module_of(entry) == module);
    let unmeasured = listed.filter(|entry| !known.contains(*entry)).count();
    if unmeasured > 0 {
        report
            .troubles
            .push(format!("{unmeasured} listed cases do not pass under the oracle here"));
    }
    if let Some(trouble) = &oracle.trouble {
        report.troubles.push(format!("oracle: {trouble}"));
    }
    if let Some(trouble) = &gopy.trouble {
        report.troubles.push(format!("gopy: {trouble}"));
    }
    report
}
