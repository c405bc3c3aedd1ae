//! `cargo xtask run PROGRAM.py [ARGS]`: every step that is missing, then the program.

use crate::workspace::{self, Gopy};
use std::os::unix::process::CommandExt as _;
use std::process::Command;

/// Sets up, builds release, and becomes the program.
pub fn run(args: Vec<String>) -> Result<(), String> {
    if args.is_empty() {
        return Err("usage: cargo xtask run PROGRAM.py [ARGS…]".to_owned());
    }
    if !workspace::library(&workspace::oracle_root()).exists() {
        crate::setup::run(Vec::new())?;
    }
    let gopy = Gopy::release().build()?;
    let error = Command::new(&gopy).args(&args).exec();
    Err(format!("{}: {error}", gopy.display()))
}
