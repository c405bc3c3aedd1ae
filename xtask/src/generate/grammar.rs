//! `generate grammar`: the parser's rules in Rust, from `crates/gopy-syntax/grammar/*.gram`.
//!
//! The notation is that of parsing expression grammars; `crates/gopy-syntax/grammar/README.md`
//! describes it. One function a rule comes out, and one for every repetition and group that
//! needs it. An alternative is entered only if the next token can begin it; in the second
//! pass, which looks for the best message, every alternative is.

mod emit;
mod first;
mod model;
mod read;

use std::path::Path;

use super::Output;

/// A grammar file and what is made from it.
const FILES: &[(&str, &str)] = &[
    ("statements", "crates/gopy-syntax/src/parser/generated/statements.rs"),
    ("patterns", "crates/gopy-syntax/src/parser/generated/patterns.rs"),
    ("expressions", "crates/gopy-syntax/src/parser/generated/expressions.rs"),
    ("invalid", "crates/gopy-syntax/src/parser/generated/invalid.rs"),
];

/// Reads the grammar, writes the parser.
pub fn generate(root: &Path) -> Result<Vec<Output>, String> {
    let crate_dir = root.join("crates/gopy-syntax");
    let tokens_in = std::fs::read_to_string(crate_dir.join("tokens.in"))
        .map_err(|e| format!("tokens.in: {e}"))?;
    let mut rules = Vec::new();
    for (file, (name, _)) in FILES.iter().enumerate() {
        let path = crate_dir.join(format!("grammar/{name}.gram"));
        let text = std::fs::read_to_string(&path).map_err(|e| format!("{name}.gram: {e}"))?;
        rules.extend(read::rules(&text, file).map_err(|e| format!("{name}.gram: {e}"))?);
    }
    let grammar = model::Grammar::new(rules, &tokens_in)?;
    let mut outputs = Vec::new();
    for (file, (_, path)) in FILES.iter().enumerate() {
        outputs.push(Output { path, text: emit::file(&grammar, file)? });
    }
    outputs.push(Output {
        path: "crates/gopy-syntax/src/parser/generated/mod.rs",
        text: emit::tables(&grammar, &FILES.iter().map(|(name, _)| *name).collect::<Vec<_>>()),
    });
    Ok(outputs)
}
