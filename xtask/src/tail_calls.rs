//! `cargo xtask tail-calls`: whether the instructions of a release build jump to one another.
//!
//! Each instruction is a function that ends by calling the next one's. That LLVM makes those calls jumps
//! is what keeps the native stack from growing; a body that lets the address of a local out would undo
//! it. This reads the disassembly: no function of the loop may call through the table of handlers, or
//! call another function of the loop.

use crate::workspace::{self, Gopy};
use std::path::Path;
use std::process::Command;

/// What the mangled names of the loop's functions contain.
const LOOP: [&str; 2] = ["gopy_vm4eval9generated5cases", "gopy_vm4eval7control"];

/// What the mangled names of further functions contain that go on through the table.
const INSTRUMENTED: &str = "gopy_vm4eval12instrumented";

/// Fewer functions than this, and the disassembly was not understood.
const LEAST: usize = 100;

/// The command.
pub fn run(args: Vec<String>) -> Result<(), String> {
    let mut args = workspace::parser(args);
    check(&Gopy::from_args(&mut args)?.build()?)
}

/// Looks at an interpreter.
///
/// # Errors
///
/// The number of calls that should be jumps, once they are printed; or why nothing could be read.
pub fn check(gopy: &Path) -> Result<(), String> {
    let output = Command::new("objdump")
        .args(["-d", "--no-show-raw-insn"])
        .arg(gopy)
        .output()
        .map_err(|error| format!("objdump: {error}"))?;
    let (count, faults) = examine(&String::from_utf8_lossy(&output.stdout));
    if count < LEAST {
        return Err(format!(
            "{}: {count} instructions found; not a release build?",
            gopy.display()
        ));
    }
    for fault in &faults {
        println!("{fault}");
    }
    match faults.len() {
        0 => {
            println!("{count} functions, all of them jump");
            Ok(())
        }
        faults => Err(format!("{faults} calls that should be jumps")),
    }
}

/// The number of functions of the loop, and the calls in them that should be jumps.
fn examine(disassembly: &str) -> (usize, Vec<String>) {
    let mut count = 0;
    let mut faults = Vec::new();
    let mut function = None;
    for line in disassembly.lines() {
        if let Some(name) = line.strip_suffix(">:").and_then(|line| line.split_once('<')) {
            let watched = |part: &&str| name.1.contains(*part);
            function = LOOP.iter().chain([&INSTRUMENTED]).any(watched).then_some(name.1);
            count += usize::from(function.is_some());
            continue;
        }
        let Some(function) = function else { continue };
        let Some((_, instruction)) = line.split_once("call") else { continue };
        // Through the table the next handler's address is scaled by an opcode.
        let indexed = instruction.contains(",8)");
        if indexed || LOOP.iter().any(|part| instruction.contains(part)) {
            faults.push(format!("{function}: call{instruction}"));
        }
    }
    (count, faults)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_between_instructions_are_found() {
        let listing = "\
0000000000705250 <_ZN7gopy_vm4eval9generated5cases3NOP17h0E>:
  705250:\tjmp    *(%r9,%rax,8)
0000000000705260 <_ZN7gopy_vm4eval9generated5cases4SEND17h0E>:
  705260:\tcall   710 <_ZN7gopy_vm4eval5calls3foo17h0E>
  705265:\tcall   *(%r9,%rax,8)
  70526a:\tcall   7103c0 <_ZN7gopy_vm4eval7control5raise17h0E>
0000000000705270 <main>:
  705270:\tcall   *(%r9,%rax,8)
";
        let (count, faults) = examine(listing);
        assert_eq!(count, 2);
        assert_eq!(faults.len(), 2, "{faults:?}");
        assert!(faults.iter().all(|fault| fault.contains("SEND")), "{faults:?}");
    }
}
