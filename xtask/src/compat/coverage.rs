//! `compat --coverage`: which AST classes, opcodes and attributes the programs exercise.

use crate::workspace::{self, checked};
use std::path::PathBuf;
use std::process::Command;

/// Lets the oracle's own `ast` and `dis` read the programs.
pub fn report(programs: &[PathBuf]) -> Result<(), String> {
    let script = workspace::root().join("xtask/py/coverage.py");
    checked(Command::new(workspace::oracle()?).arg("-I").arg(script).args(programs))
}
