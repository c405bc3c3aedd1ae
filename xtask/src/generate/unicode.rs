//! The Unicode tables of gopy-unicode, from what the oracle says about every code point.
//!
//! `xtask/py/unicode_data.py` packs the tables; here they become one binary file and the Rust
//! constants that cut it up again.

use super::{Output, PREAMBLE};
use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

const TABLES: &str = "crates/gopy-unicode/src/tables.bin";
const CONSTANTS: &str = "crates/gopy-unicode/src/tables.rs";

/// Asks the oracle for the tables.
pub fn generate(root: &Path) -> Result<Vec<Output>, String> {
    let python = crate::workspace::oracle()?;
    let output = Command::new(&python)
        .arg(root.join("xtask/py/unicode_data.py"))
        .output()
        .map_err(|e| format!("{}: {e}", python.display()))?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned());
    }
    let mut tables = Vec::new();
    let mut text = String::from(PREAMBLE);
    text.push_str(
        "//! Where each table lies in `tables.bin`.\n\nuse super::data::{bytes, units};\n\n",
    );
    let mut rest = output.stdout.as_slice();
    while !rest.is_empty() {
        let end = rest.iter().position(|&b| b == b'\n').ok_or("a section has no header")?;
        let header = std::str::from_utf8(&rest[..end]).map_err(|e| e.to_string())?;
        let fields: Vec<&str> = header.split(' ').collect();
        let &[name, kind, length] = fields.as_slice() else {
            return Err(format!("not a section header: {header}"));
        };
        let length: usize = length.parse().map_err(|_| format!("bad length: {header}"))?;
        let body = rest.get(end + 1..end + 1 + length).ok_or("a section is cut short")?;
        rest = &rest[end + 1 + length..];
        constant(&mut text, name, kind, body, tables.len())?;
        if kind.starts_with('u') {
            tables.extend_from_slice(body);
        }
    }
    Ok(vec![
        Output { path: TABLES, text: tables.iter().map(|&b| char::from(b)).collect() },
        Output { path: CONSTANTS, text },
    ])
}

/// Declares one section, which begins at `start` in the binary file.
fn constant(
    text: &mut String,
    name: &str,
    kind: &str,
    body: &[u8],
    start: usize,
) -> Result<(), String> {
    let length = body.len();
    let words = || std::str::from_utf8(body).map_err(|e| e.to_string());
    match kind {
        "num" => writeln!(text, "pub(crate) const {name}: usize = {};", words()?),
        "strs" => {
            let list: Vec<String> =
                words()?.split('\n').map(|word| format!("\"{}\"", word.escape_default())).collect();
            writeln!(
                text,
                "pub(crate) static {name}: [&str; {}] = [{}];",
                list.len(),
                list.join(", ")
            )
        }
        "u8" => {
            writeln!(
                text,
                "pub(crate) static {name}: &[u8; {length}] = bytes::<{start}, {length}>();"
            )
        }
        _ => {
            let bits: usize = kind[1..].parse().map_err(|_| format!("bad type: {kind}"))?;
            let width = bits / 8;
            let count = length / width;
            writeln!(
                text,
                "pub(crate) static {name}: &[[u8; {width}]; {count}] = units::<{start}, {length}, {width}, {count}>();"
            )
        }
    }
    .map_err(|e| e.to_string())
}
