//! Everything a contributor runs: `cargo xtask COMMAND`.

mod adaptive;
mod bench;
mod compat;
mod conformance;
mod fuzz;
mod generate;
mod process;
mod profile;
mod pyc_identity;
mod rebuild_times;
mod rng;
mod run;
mod setup;
mod tail_calls;
mod test;
mod tidy;
mod workspace;

use std::process::ExitCode;

/// A command takes what follows its name; an error is one message for the user, empty where all
/// has been said.
type Command = fn(Vec<String>) -> Result<(), String>;

/// Every command: name, what runs it, its line of help.
const COMMANDS: &[(&str, Command, &str)] = &[
    ("setup", setup::run, "[--archives DIR] [--force]: unpack oracle, library and tests"),
    ("run", run::run, "PROGRAM.py [ARGS…]: set up and build what is missing, then run it"),
    ("test", test::run, "[STEP…] [--seed N]: everything CI checks"),
    (
        "compat",
        compat::run,
        "[--zeal] [--bless] [--bless-pending] [--pending] [--coverage] [FILTER…]",
    ),
    ("conformance", conformance::run, "[MODULE…|--all|--sample N --seed S] [--bless]: Lib/test"),
    ("pyc-identity", pyc_identity::run, "[PATH…] [-O|-OO] [--sample N --seed S] [--bless]"),
    ("adaptive", adaptive::run, "[--show N]: whether functions specialise as the oracle's do"),
    ("bench", bench::run, "[--icount] [--runs N] [FILTER…]: time and memory, both sides"),
    ("tail-calls", tail_calls::run, ": whether a release build's instructions jump to one another"),
    ("profile", profile::run, "[--keep]: the execution profile of optimised builds"),
    ("rebuild-times", rebuild_times::run, "[NAME…]: what an edit of a function body costs"),
    ("generate", generate_command, "[NAME…] [--check]: files derived from a declaration"),
    ("tidy", tidy::run, ": crate edges, headers, lengths, lints of our own"),
    ("fuzz", fuzz::run, "NAME --seed N --count N: generated programs, both sides"),
];

fn generate_command(args: Vec<String>) -> Result<(), String> {
    generate::run(&args)
}

fn usage() -> String {
    let mut text = "usage: cargo xtask COMMAND\n\n".to_owned();
    for (name, _, help) in COMMANDS {
        text.push_str(&format!("  {name} {help}\n"));
    }
    text.push_str(
        "\nGOPY=PATH, --gopy PATH or --dev choose the interpreter (default: target/release/gopy);\n\
         GOPY_ORACLE=DIR uses an unpacked oracle that is already there.",
    );
    text
}

fn main() -> ExitCode {
    let mut args: Vec<String> = std::env::args().skip(1).collect();
    if args.is_empty() || matches!(args[0].as_str(), "help" | "-h" | "--help") {
        println!("{}", usage());
        return ExitCode::SUCCESS;
    }
    let name = args.remove(0);
    let result = match COMMANDS.iter().find(|(known, _, _)| *known == name) {
        Some((_, command, _)) => command(args),
        None => Err(format!("unknown command: {name}\n\n{}", usage())),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            if !message.is_empty() {
                eprintln!("xtask: {message}");
            }
            ExitCode::FAILURE
        }
    }
}
