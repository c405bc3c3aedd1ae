//! `cargo xtask tail-calls`: whether the instructions of a release build jump to one another.
//!
//! Each instruction is a function that ends by calling the next one's. That LLVM makes those calls jumps
//! is what keeps the native stack from growing; a body that lets the address of a local out would undo
//! it. This reads the disassembly: no function of the loop may call through the table of handlers, or
//! call another function of the loop.

use crate::workspace::{self, Gopy};
use std::collections::HashMap;
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
    let listing = String::from_utf8_lossy(&output.stdout);
    let slots = GotSlots::read(gopy)?;
    let (count, faults) = examine(&listing, &|slot| slots.target(slot));
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
///
/// A call may go through a slot of the global offset table, where the compiler has guessed an indirect
/// call's usual target from the execution profile: `slot` names what the slot at an address holds.
fn examine(disassembly: &str, slot: &dyn Fn(u64) -> Option<String>) -> (usize, Vec<String>) {
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
        let through = instruction
            .split_once("# ")
            .and_then(|(_, rest)| u64::from_str_radix(rest.split(' ').next()?, 16).ok())
            .and_then(slot);
        if let Some(target) = through.filter(|name| LOOP.iter().any(|part| name.contains(part))) {
            faults.push(format!("{function}: call of {target}"));
            continue;
        }
        if indexed || LOOP.iter().any(|part| instruction.contains(part)) {
            faults.push(format!("{function}: call{instruction}"));
        }
    }
    (count, faults)
}

/// What the slots of the global offset table hold.
struct GotSlots {
    /// Sections: address, length, contents' place in the file.
    sections: Vec<(u64, u64, u64)>,
    contents: Vec<u8>,
    symbols: HashMap<u64, String>,
}

impl GotSlots {
    fn read(gopy: &Path) -> Result<GotSlots, String> {
        let sections = tool("readelf", "-SW", gopy)?;
        let sections = sections.lines().filter_map(|line| {
            let mut fields = line.split_once(']')?.1.split_whitespace().skip(2);
            let mut number = || u64::from_str_radix(fields.next()?, 16).ok();
            let (address, offset, length) = (number()?, number()?, number()?);
            (address != 0).then_some((address, length, offset))
        });
        let symbols = tool("nm", "--defined-only", gopy)?;
        let symbols = symbols.lines().filter_map(|line| {
            let mut fields = line.split(' ');
            let address = u64::from_str_radix(fields.next()?, 16).ok()?;
            Some((address, fields.nth(1)?.to_owned()))
        });
        let contents = std::fs::read(gopy).map_err(|e| format!("{}: {e}", gopy.display()))?;
        Ok(GotSlots { sections: sections.collect(), contents, symbols: symbols.collect() })
    }

    /// The symbol that the slot at an address points to.
    fn target(&self, slot: u64) -> Option<String> {
        let found = self.sections.iter().find(|(start, length, _)| {
            slot.checked_sub(*start).is_some_and(|within| within < *length)
        })?;
        let at = usize::try_from(slot - found.0 + found.2).ok()?;
        let bytes = self.contents.get(at..at + 8)?.try_into().ok()?;
        self.symbols.get(&u64::from_le_bytes(bytes)).cloned()
    }
}

fn tool(name: &str, option: &str, gopy: &Path) -> Result<String, String> {
    let output = Command::new(name).arg(option).arg(gopy).output();
    let output = output.map_err(|error| format!("{name}: {error}"))?;
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
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
  70526f:\tcall   *0x748f9f(%rip)        # cc6610 <_DYNAMIC+0x59f0>
  705270:\tcall   *0x748f9f(%rip)        # cc6618 <_DYNAMIC+0x59f8>
0000000000705270 <main>:
  705270:\tcall   *(%r9,%rax,8)
";
        let slot =
            |at| (at == 0xcc_6610).then(|| "_ZN7gopy_vm4eval9generated5cases3NOP17h0E".into());
        let (count, faults) = examine(listing, &slot);
        assert_eq!(count, 2);
        assert_eq!(faults.len(), 3, "{faults:?}");
        assert!(faults.iter().all(|fault| fault.contains("SEND")), "{faults:?}");
    }
}
