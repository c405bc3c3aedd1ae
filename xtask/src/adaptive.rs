//! `cargo xtask adaptive`: whether functions specialise as they do under the oracle.
//!
//! `xtask/py/adaptive.py` works a score of library modules hard on either side and writes
//! `dis(adaptive=True)` of every function that ran, found through gc; equal means every line.

use crate::process::{self, Limits, Scratch};
use crate::workspace::{self, Gopy};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

const LIMITS: Limits = Limits { timeout: Duration::from_secs(300), memory: None };

/// The command.
pub fn run(args: Vec<String>) -> Result<(), String> {
    let mut args = workspace::parser(args);
    let text = |e: pico_args::Error| e.to_string();
    let show: usize = args.opt_value_from_str("--show").map_err(text)?.unwrap_or(20);
    let gopy = Gopy::from_args(&mut args)?;
    workspace::free_args(args)?;
    let expected = listing(&workspace::oracle()?)?;
    let found = listing(&gopy.build()?)?;
    let mut equal = 0;
    let mut shown = 0;
    for (function, lines) in &expected {
        let other = found.get(function);
        if other == Some(lines) {
            equal += 1;
        } else if shown < show {
            shown += 1;
            println!("{function}: {}", difference(lines, other));
        }
    }
    let share = 100.0 * equal as f64 / expected.len().max(1) as f64;
    println!("{equal} of {} functions specialise alike, {share:.2} %", expected.len());
    if equal == expected.len() {
        Ok(())
    } else {
        Err("functions specialise differently".to_owned())
    }
}

/// Lines of each function, by module, name and line.
type Listing = BTreeMap<String, Vec<String>>;

fn listing(interpreter: &Path) -> Result<Listing, String> {
    let scratch = Scratch::new()?;
    let out = scratch.path().join("listing");
    // Constants of a module that was read from a cache differ in their mortality from those of one
    // that was compiled, so no cache is read or written.
    let mut command = Command::new(interpreter);
    process::fixed_environment(&mut command)
        .current_dir(scratch.path())
        .args(["-I", "-B", "-X"])
        .arg(format!("pycache_prefix={}", scratch.path().display()))
        .arg(workspace::root().join("xtask/py/adaptive.py"))
        .arg(&out);
    let finished = process::run(&mut command, LIMITS)?;
    if !finished.status.success() {
        let stderr = String::from_utf8_lossy(&finished.stderr).into_owned();
        return Err(format!("{}: {}\n{stderr}", interpreter.display(), finished.outcome()));
    }
    Ok(parse(&fs::read_to_string(&out).map_err(|e| format!("{}: {e}", out.display()))?))
}

fn parse(text: &str) -> Listing {
    let mut listing = Listing::new();
    let mut lines: Option<&mut Vec<String>> = None;
    for line in text.lines() {
        if let Some(function) = line.strip_prefix("== ") {
            lines = Some(listing.entry(function.to_owned()).or_default());
        } else if let Some(lines) = &mut lines {
            lines.push(line.to_owned());
        }
    }
    listing
}

fn difference(expected: &[String], found: Option<&Vec<String>>) -> String {
    let Some(found) = found else { return "did not specialise at all".to_owned() };
    match expected.iter().zip(found).find(|(a, b)| a != b) {
        Some((a, b)) => format!("{a}, found {b}"),
        None => format!("{} instructions, found {}", expected.len(), found.len()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_different_line_is_told() {
        let listing = parse("== m f 1\n0 RESUME_CHECK 0\n2 X 1\n== m g 2\n0 Y 0\n");
        assert_eq!(listing.len(), 2);
        let other = vec!["0 RESUME_CHECK 0".to_owned(), "2 Z 1".to_owned()];
        assert_eq!(difference(&listing["m f 1"], Some(&other)), "2 X 1, found 2 Z 1");
        assert_eq!(difference(&listing["m g 2"], None), "did not specialise at all");
    }
}
