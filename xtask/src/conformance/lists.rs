//! The two checked-in lists: cases that pass, and exclusions with their reasons.

use crate::workspace;
use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

const PASSING_HEADER: &str = "# Cases that gopy passes: sorted, one a line, only grows (`cargo xtask conformance --bless`).\n";

fn passing_path() -> PathBuf {
    workspace::root().join("conformance/passing.txt")
}

/// A case as the lists name it: its id, led by the module where the id does not tell.
pub fn entry(module: &str, case: &str) -> String {
    let told = case.strip_prefix("test.").and_then(|rest| rest.strip_prefix(module));
    if told.is_some_and(|rest| rest.starts_with('.')) {
        case.to_owned()
    } else {
        format!("{module}: {case}")
    }
}

/// The module of an entry of the lists.
pub fn module_of(entry: &str) -> &str {
    if let Some((module, _)) = entry.split_once(": ") {
        return module;
    }
    entry.split('.').nth(1).unwrap_or(entry)
}

/// The cases that are known to pass.
pub fn passing() -> Result<BTreeSet<String>, String> {
    let path = passing_path();
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(BTreeSet::new()),
        Err(e) => return Err(format!("{}: {e}", path.display())),
    };
    Ok(text.lines().filter(|l| !l.starts_with('#') && !l.is_empty()).map(str::to_owned).collect())
}

/// Adds cases to the list of passing ones; says how many.
pub fn add(cases: &[String]) -> Result<usize, String> {
    let mut all = passing()?;
    let before = all.len();
    all.extend(cases.iter().cloned());
    let mut text = PASSING_HEADER.to_owned();
    for case in &all {
        text.push_str(case);
        text.push('\n');
    }
    let path = passing_path();
    fs::write(&path, text).map_err(|e| format!("{}: {e}", path.display()))?;
    Ok(all.len() - before)
}

/// The exclusions: a case, or the beginning of several followed by `*`, then the reason.
pub struct Excluded(Vec<String>);

impl Excluded {
    /// Reads the list; an entry without a reason is an error.
    pub fn read() -> Result<Excluded, String> {
        let path = workspace::root().join("conformance/excluded.txt");
        let text = fs::read_to_string(&path).unwrap_or_default();
        Excluded::parse(&text)
    }

    fn parse(text: &str) -> Result<Excluded, String> {
        let mut patterns = Vec::new();
        for line in text.lines().filter(|l| !l.starts_with('#') && !l.is_empty()) {
            let (pattern, reason) = line.split_once("    ").unwrap_or((line, ""));
            if reason.trim().is_empty() {
                return Err(format!(
                    "conformance/excluded.txt: no reason (after four spaces): {line}"
                ));
            }
            patterns.push(pattern.to_owned());
        }
        Ok(Excluded(patterns))
    }

    /// Whether the list names the case.
    pub fn covers(&self, case: &str) -> bool {
        self.0.iter().any(|pattern| match pattern.strip_suffix('*') {
            Some(prefix) => case.starts_with(prefix),
            None => case == pattern,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_tells_its_module() {
        assert_eq!(entry("test_list", "test.test_list.T.test_x"), "test.test_list.T.test_x");
        assert_eq!(entry("test_li", "test.test_list.T.test_x"), "test_li: test.test_list.T.test_x");
        assert_eq!(entry("test_gen", "test_gen.__test__.a"), "test_gen: test_gen.__test__.a");
        for (entry, module) in
            [("test.test_json.test_x.T.y", "test_json"), ("test_a: b.c", "test_a")]
        {
            assert_eq!(module_of(entry), module);
        }
    }

    #[test]
    fn exclusions_need_a_reason() {
        let list =
            Excluded::parse("# why\na.b.*    needs x\nc.d    needs y\n").expect("well formed");
        assert!(list.covers("a.b.c") && list.covers("c.d") && !list.covers("c.d.e"));
        assert!(Excluded::parse("a.b.c\n").is_err());
    }
}
