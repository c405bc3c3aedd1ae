//! `compat/pending.txt`: the programs that gopy does not match yet.
//!
//! The list only shrinks by itself: a listed program that matches is as much an error as an unlisted
//! one that differs, so it always says exactly how far the interpreter has come.

use crate::workspace;
use std::collections::BTreeSet;
use std::path::PathBuf;

const HEADER: &str =
    "# Programs that gopy does not match yet, sorted (`cargo xtask compat --bless-pending`).\n";

/// What a program's outcome means in the light of the list.
#[derive(Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Equal, and not listed.
    Passed,
    /// Different, and not listed.
    Failed,
    /// Different, as listed.
    Pending,
    /// Equal although listed.
    NoLongerPending,
}

/// The list.
pub struct Pending(BTreeSet<String>);

fn path() -> PathBuf {
    workspace::root().join("compat/pending.txt")
}

impl Pending {
    /// Reads the list; one that is not there is empty.
    pub fn read() -> Result<Pending, String> {
        match std::fs::read_to_string(path()) {
            Ok(text) => Pending::parse(&text),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(Pending(BTreeSet::new())),
            Err(e) => Err(format!("{}: {e}", path().display())),
        }
    }

    fn parse(text: &str) -> Result<Pending, String> {
        let lines: Vec<&str> =
            text.lines().filter(|l| !l.starts_with('#') && !l.is_empty()).collect();
        if let Some(pair) = lines.windows(2).find(|pair| pair[0] >= pair[1]) {
            return Err(format!("compat/pending.txt: {} is not in order", pair[1]));
        }
        Ok(Pending(lines.into_iter().map(str::to_owned).collect()))
    }

    /// What it means that the program named `name` is equal on both sides, or is not.
    pub fn verdict(&self, name: &str, equal: bool) -> Verdict {
        match (self.0.contains(name), equal) {
            (false, true) => Verdict::Passed,
            (false, false) => Verdict::Failed,
            (true, false) => Verdict::Pending,
            (true, true) => Verdict::NoLongerPending,
        }
    }

    /// Writes the list as the results have it; programs that did not run keep their place as long
    /// as they exist.
    pub fn rewrite(mut self, results: &[(String, Option<String>)]) -> Result<(), String> {
        self.0.retain(|name| workspace::root().join(name).exists());
        let before = self.0.len();
        for (name, difference) in results {
            if difference.is_some() {
                self.0.insert(name.clone());
            } else {
                self.0.remove(name);
            }
        }
        std::fs::write(path(), self.text()).map_err(|e| format!("{}: {e}", path().display()))?;
        println!("{} programs pending, {before} before", self.0.len());
        Ok(())
    }

    fn text(&self) -> String {
        let mut text = HEADER.to_owned();
        for name in &self.0 {
            text.push_str(name);
            text.push('\n');
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_must_be_exact() {
        let list = Pending::parse("# why\na.py\nb.py\n").expect("well formed");
        assert_eq!(list.verdict("a.py", false), Verdict::Pending);
        assert_eq!(list.verdict("a.py", true), Verdict::NoLongerPending);
        assert_eq!(list.verdict("c.py", true), Verdict::Passed);
        assert_eq!(list.verdict("c.py", false), Verdict::Failed);
        assert_eq!(list.text(), format!("{HEADER}a.py\nb.py\n"));
        assert!(Pending::parse("b.py\na.py\n").is_err());
    }
}
