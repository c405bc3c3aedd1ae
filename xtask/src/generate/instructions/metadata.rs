//! Writes `crates/gopy-bytecode/src/generated/metadata.rs`.

use super::parse::Replacement;
use super::table::{Amount, Instruction, Table};
use crate::generate::PREAMBLE;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// The whole file.
pub fn emit(table: &Table) -> String {
    let mut out = PREAMBLE.to_owned();
    out.push_str(
        "//! What the instruction table says about each opcode, as data.\n\n\
         use crate::opcode::{Flags, Info, Opcode, PseudoTargets};\n\n",
    );
    emit_constants(table, &mut out);
    emit_info(table, &mut out);
    emit_amounts(table, &mut out);
    emit_families(table, &mut out);
    emit_instrumented(table, &mut out);
    emit_pseudo(table, &mut out);
    out
}

/// Numbers from here on are the loop's own: no code string holds them and nobody sees them.
const PRIVATE: u16 = 300;

/// What CPython has, too.
fn visible<'t, 'i>(table: &'t Table<'i>) -> impl Iterator<Item = &'t Instruction<'i>> {
    table.instructions.iter().filter(|instruction| instruction.number < PRIVATE)
}

fn emit_constants(table: &Table, out: &mut String) {
    out.push_str("impl Opcode {\n");
    for instruction in &table.instructions {
        let item = instruction.item;
        let _ = writeln!(
            out,
            "/// {}\npub const {}: Opcode = Opcode({});",
            item.doc, item.name, instruction.number
        );
    }
    out.push_str("}\n\n");
}

fn emit_info(table: &Table, out: &mut String) {
    let size = visible(table).last().map_or(0, |i| i.number + 1);
    let _ = writeln!(
        out,
        "/// One entry for each number; the free ones have an empty name.\n\
         pub(crate) static INFO: [Info; {size}] = {{\nlet mut t = [Info::FREE; {size}];"
    );
    for instruction in visible(table) {
        let item = instruction.item;
        let flags = match item.flags.as_slice() {
            [] => "Flags::NONE".to_owned(),
            [first, rest @ ..] => {
                rest.iter().fold(format!("Flags::{}", first.to_uppercase()), |s, f| {
                    format!("{s}.with(Flags::{})", f.to_uppercase())
                })
            }
        };
        // CPython's table of cache sizes lists bases and plain instructions only.
        let caches = instruction.cache_size();
        let base = instruction.base.unwrap_or(&item.name);
        let _ = writeln!(
            out,
            "t[{}] = Info {{ name: {:?}, flags: {flags}, caches: {caches}, base: Opcode::{base} }};",
            instruction.number, item.name,
        );
    }
    out.push_str("t\n};\n\n");
}

fn emit_amounts(table: &Table, out: &mut String) {
    type Pick = fn(&Instruction) -> Amount;
    let functions: [(&str, &str, Pick); 2] = [
        ("popped", "Number of values the instruction takes off the stack.", |i| i.popped.clone()),
        ("pushed", "Number of values the instruction puts on the stack.", |i| i.pushed.clone()),
    ];
    for (name, doc, pick) in functions {
        let mut groups: BTreeMap<String, Vec<&str>> = BTreeMap::new();
        for instruction in visible(table) {
            let expression = pick(instruction).expression();
            groups.entry(expression).or_default().push(&instruction.item.name);
        }
        let _ = writeln!(
            out,
            "/// {doc}\npub(crate) fn {name}(opcode: Opcode, oparg: i64) -> Option<i64> {{\n\
             Some(match opcode {{"
        );
        for (expression, names) in groups {
            let names: Vec<_> = names.iter().map(|n| format!("Opcode::{n}")).collect();
            let _ = writeln!(out, "{} => {expression},", names.join(" | "));
        }
        out.push_str("_ => return None,\n})\n}\n\n");
    }
}

fn emit_families(table: &Table, out: &mut String) {
    out.push_str(
        "/// Base instructions and their specialisations, in the order CPython lists them.\n\
         pub static FAMILIES: &[(Opcode, &[Opcode])] = &[\n",
    );
    for (base, members) in &table.families {
        let members: Vec<_> = members.iter().map(|m| format!("Opcode::{m}")).collect();
        let _ = writeln!(out, "(Opcode::{base}, &[{}]),", members.join(", "));
    }
    out.push_str("];\n\n");
    out.push_str(
        "/// Inline-cache layouts: field names and their sizes in code units.\n\
         pub static CACHE_FORMATS: &[(Opcode, &[(&str, usize)])] = &[\n",
    );
    for instruction in visible(table) {
        let plain = instruction.base.is_none() && !is_instrumented(&instruction.item.name);
        if plain && !instruction.caches.is_empty() {
            let fields: Vec<_> =
                instruction.caches.iter().map(|c| format!("({:?}, {})", c.name, c.size)).collect();
            let _ = writeln!(out, "(Opcode::{}, &[{}]),", instruction.item.name, fields.join(", "));
        }
    }
    out.push_str("];\n\n");
}

fn is_instrumented(name: &str) -> bool {
    name.starts_with("INSTRUMENTED_")
}

fn emit_instrumented(table: &Table, out: &mut String) {
    out.push_str(
        "/// Instrumented forms and the instruction each stands for.\n\
         pub static INSTRUMENTED: &[(Opcode, Opcode)] = &[\n",
    );
    for instruction in visible(table) {
        let name = &instruction.item.name;
        let Some(base) = name.strip_prefix("INSTRUMENTED_") else { continue };
        if table.instructions.iter().any(|i| i.item.name == base) {
            let _ = writeln!(out, "(Opcode::{name}, Opcode::{base}),");
        }
    }
    out.push_str("];\n\n");
}

fn emit_pseudo(table: &Table, out: &mut String) {
    out.push_str(
        "/// Pseudo instructions and what replaces them.\n\
         pub static PSEUDO: &[(Opcode, PseudoTargets)] = &[\n",
    );
    for instruction in visible(table) {
        let Some((replacement, targets)) = instruction.targets else { continue };
        let kind = match replacement {
            Replacement::One => "OneOf",
            Replacement::Sequence => "Sequence",
        };
        let targets: Vec<_> = targets.iter().map(|t| format!("Opcode::{t}")).collect();
        let _ = writeln!(
            out,
            "(Opcode::{}, PseudoTargets::{kind}(&[{}])),",
            instruction.item.name,
            targets.join(", ")
        );
    }
    out.push_str("];\n");
}
