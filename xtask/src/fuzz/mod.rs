//! `cargo xtask fuzz NAME --seed N --count N`: seeded generators that compare with the oracle.
//!
//! A generator is a module beside this one with a `run(&Options)`, listed in [`GENERATORS`]. It
//! prints each find whole enough to become a small test, and returns the counts.

mod syntax;

use crate::workspace;

/// What the command line asks of a generator.
pub struct Options {
    /// Equal seeds make equal programs.
    pub seed: u64,
    /// How many cases to make.
    pub count: u64,
    /// What chooses the interpreter under test.
    #[allow(dead_code, reason = "generators of the front end need no interpreter")]
    pub gopy: workspace::Gopy,
}

/// Cases that agreed and cases that did not.
pub struct Counts {
    /// Equal on both sides.
    pub passed: u64,
    /// Finds.
    pub failed: u64,
}

type Generator = fn(&Options) -> Result<Counts, String>;

/// Every generator by name.
const GENERATORS: &[(&str, Generator)] = &[("syntax", syntax::run)];

/// Runs one generator.
pub fn run(args: Vec<String>) -> Result<(), String> {
    let mut args = workspace::parser(args);
    let number = |value: Result<Option<u64>, pico_args::Error>| value.map_err(|e| e.to_string());
    let seed = number(args.opt_value_from_str("--seed"))?.unwrap_or(0);
    let count = number(args.opt_value_from_str("--count"))?.unwrap_or(1000);
    let gopy = workspace::Gopy::from_args(&mut args)?;
    let free = workspace::free_args(args)?;
    let names: Vec<&str> = GENERATORS.iter().map(|(name, _)| *name).collect();
    let [name] = free.as_slice() else {
        return Err(format!("usage: fuzz NAME --seed N --count N; NAME of: {}", names.join(" ")));
    };
    let Some((_, generator)) = GENERATORS.iter().find(|(known, _)| known == name) else {
        return Err(format!("no generator is named {name}; there are: {}", names.join(" ")));
    };
    let counts = generator(&Options { seed, count, gopy })?;
    println!("{} passed, {} failed", counts.passed, counts.failed);
    if counts.failed == 0 { Ok(()) } else { Err(format!("{} finds", counts.failed)) }
}
