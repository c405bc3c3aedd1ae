//! The instruction table's generator: metadata for gopy-bytecode, the loop's bodies for gopy-vm.

mod body;
mod eval;
mod metadata;
mod parse;
mod table;

use super::Output;
use std::path::Path;

/// The table's folder; beside the table lies the loop's template.
const FOLDER: &str = "crates/gopy-bytecode/instructions";

/// Reads the table and writes everything that follows from it.
pub fn generate(root: &Path) -> Result<Vec<Output>, String> {
    let folder = root.join(FOLDER);
    let items = parse::read_folder(&folder)?;
    let table = table::resolve(&items)?;
    let mut outputs = vec![Output {
        path: "crates/gopy-bytecode/src/generated/metadata.rs",
        text: metadata::emit(&table),
    }];
    // The loop is written once its frame exists to be named in a template.
    if let Ok(template) = std::fs::read_to_string(folder.join("loop.rs.template")) {
        outputs.push(Output {
            path: "crates/gopy-vm/src/eval/generated/cases.rs",
            text: eval::emit(&table, &template)?,
        });
    }
    Ok(outputs)
}
