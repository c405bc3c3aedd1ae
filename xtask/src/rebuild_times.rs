//! `cargo xtask rebuild-times [NAME…]`: what an edit of one function body costs in the dev profile.
//!
//! A body that is measured carries the comment `// rebuild-times: NAME`. The comment's line is
//! replaced by a statement that differs in every round, gopy is rebuilt, and the file is restored:
//! warm, three rounds, the median counts.

use crate::workspace::{self, cargo, checked};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// Rounds per edit; odd, for the median.
const ROUNDS: usize = 3;

const MARK: &str = "// rebuild-times: ";

/// The command.
pub fn run(args: Vec<String>) -> Result<(), String> {
    let names = workspace::free_args(workspace::parser(args))?;
    let mut edits = edits(&workspace::root().join("crates"));
    edits.retain(|edit| names.is_empty() || names.contains(&edit.name));
    if edits.is_empty() {
        return Err(format!("no function body carries `{MARK}NAME`"));
    }
    build()?;
    for edit in &edits {
        let median = edit.measure()?;
        println!("{:<24} {median:>6.1} s", edit.name);
    }
    Ok(())
}

/// One named edit: the file, its text, and where in it the mark stands.
struct Edit {
    name: String,
    path: PathBuf,
    text: String,
    mark: std::ops::Range<usize>,
}

fn edits(crates: &Path) -> Vec<Edit> {
    let mut found = Vec::new();
    for path in workspace::files(crates, ".rs") {
        let Ok(text) = fs::read_to_string(&path) else { continue };
        let Some(start) = text.find(MARK) else { continue };
        let end = text[start..].find('\n').map_or(text.len(), |length| start + length);
        let name = text[start + MARK.len()..end].trim().to_owned();
        found.push(Edit { name, path, mark: start..end, text });
    }
    found.sort_by(|a, b| a.name.cmp(&b.name));
    found
}

impl Edit {
    fn measure(&self) -> Result<f64, String> {
        let mut times = Vec::new();
        let _restore = Restore(self);
        for round in 0..ROUNDS {
            let mut text = self.text.clone();
            text.replace_range(self.mark.clone(), &format!("std::hint::black_box({round}_u8);"));
            fs::write(&self.path, text).map_err(|e| format!("{}: {e}", self.path.display()))?;
            let start = Instant::now();
            build()?;
            times.push(start.elapsed().as_secs_f64());
        }
        times.sort_by(f64::total_cmp);
        Ok(times[ROUNDS / 2])
    }
}

/// Puts the file back however the measurement ends.
struct Restore<'a>(&'a Edit);

impl Drop for Restore<'_> {
    fn drop(&mut self) {
        if let Err(error) = fs::write(&self.0.path, &self.0.text) {
            eprintln!("{}: not restored: {error}", self.0.path.display());
        }
    }
}

fn build() -> Result<(), String> {
    checked(cargo().args(["build", "--quiet", "--package", "gopy"]))
}
