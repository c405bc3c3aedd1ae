//! The instruction table's generator: metadata for gopy-bytecode, the loop's bodies for gopy-vm.

mod metadata;
mod parse;
mod table;

use super::Output;
use std::path::Path;

/// Reads `crates/gopy-bytecode/instructions` and writes everything that follows from it.
pub fn generate(root: &Path) -> Result<Vec<Output>, String> {
    let items = parse::read_folder(&root.join("crates/gopy-bytecode/instructions"))?;
    let table = table::resolve(&items)?;
    Ok(vec![Output {
        path: "crates/gopy-bytecode/src/generated/metadata.rs",
        text: metadata::emit(&table),
    }])
}
