//! `fuzz syntax`: real source damaged by a token; trees and errors are compared with the oracle's.
//!
//! The damage and the comparison are in `xtask/py/fuzz_syntax.py`, which runs under the oracle and
//! talks to the example `dump_ast` of gopy-syntax: no interpreter is needed.

use std::process::{Command, Stdio};

use super::{Counts, Options};
use crate::workspace;

/// Builds the example and lets the script compare.
pub fn run(options: &Options) -> Result<Counts, String> {
    let build = ["build", "--quiet", "-p", "gopy-syntax", "--example", "dump_ast"];
    workspace::checked(workspace::cargo().args(build))?;
    let example = workspace::build_dir().join("debug/examples/dump_ast");
    let output = Command::new(workspace::oracle()?)
        .arg(workspace::root().join("xtask/py/fuzz_syntax.py"))
        .arg(example)
        .args([options.seed.to_string(), options.count.to_string()])
        .stderr(Stdio::inherit())
        .output()
        .map_err(|e| e.to_string())?;
    let text = String::from_utf8_lossy(&output.stdout);
    let (finds, last) = text.trim_end().rsplit_once('\n').unwrap_or(("", text.trim_end()));
    println!("{finds}");
    let numbers: Vec<u64> = last.split_whitespace().filter_map(|word| word.parse().ok()).collect();
    let [passed, failed] = numbers[..] else {
        return Err(format!("fuzz_syntax.py ended without its counts: {last:?}"));
    };
    Ok(Counts { passed, failed })
}
