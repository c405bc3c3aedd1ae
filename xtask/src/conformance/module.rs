//! One test module in a process of its own, on either side, and what came of its cases.

use crate::process::{self, Limits, Scratch};
use crate::workspace;
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// Bytes of address space of a test process.
const MEMORY: u64 = 8 << 30;

/// What came of the cases of one module.
pub struct Outcomes {
    cases: BTreeMap<String, (String, Option<String>)>,
    /// Set when the process did not end by itself: `time-out`, `signal 11`, `exit status 1`.
    pub trouble: Option<String>,
    /// The end of what the process wrote to stderr.
    pub stderr: String,
}

impl Outcomes {
    /// The ids that passed.
    pub fn passed(&self) -> impl Iterator<Item = &str> {
        self.cases.iter().filter(|(_, (outcome, _))| outcome == "pass").map(|(id, _)| id.as_str())
    }

    /// `pass`, `fail`, `error`, `skip`, `xfail`, `xpass`, `started` (it took the process down) or
    /// `missing`.
    pub fn outcome(&self, case: &str) -> &str {
        self.cases.get(case).map_or("missing", |(outcome, _)| outcome)
    }

    /// The last line of what went wrong with a case.
    pub fn detail(&self, case: &str) -> Option<&str> {
        self.cases.get(case)?.1.as_deref()
    }

    fn parse(text: &str) -> Outcomes {
        let mut cases: BTreeMap<String, (String, Option<String>)> = BTreeMap::new();
        let mut ended = false;
        for line in text.lines() {
            let (Some(id), Some(outcome)) = (field(line, "id"), field(line, "outcome")) else {
                ended |= line.contains("\"end\"");
                continue;
            };
            // A case that ran twice, or that has sub-tests, passes when all of them do.
            let entry = cases.entry(id).or_insert_with(|| ("started".to_owned(), None));
            if entry.0 == "started" || entry.0 == "pass" || (entry.0 == "skip" && outcome != "pass")
            {
                *entry = (outcome, field(line, "detail"));
            }
        }
        let trouble = if ended { None } else { Some("did not end".to_owned()) };
        Outcomes { cases, trouble, stderr: String::new() }
    }
}

/// The string value of `name` in a JSON line as `run_tests.py` writes it.
fn field(line: &str, name: &str) -> Option<String> {
    let key = format!("\"{name}\": \"");
    let mut chars = line[line.find(&key)? + key.len()..].chars();
    let mut value = String::new();
    loop {
        match chars.next()? {
            '"' => return Some(value),
            '\\' => match chars.next()? {
                'n' => value.push('\n'),
                'u' => {
                    let digits: String = chars.by_ref().take(4).collect();
                    let unit = u32::from_str_radix(&digits, 16).ok()?;
                    value.push(char::from_u32(unit).unwrap_or('\u{fffd}'));
                }
                other => value.push(other),
            },
            other => value.push(other),
        }
    }
}

/// Runs modules; the oracle's outcomes are kept in `target/conformance`.
pub struct Runner {
    oracle: PathBuf,
    gopy: PathBuf,
    script: PathBuf,
    timeout: Duration,
    cache: PathBuf,
    refresh: bool,
}

impl Runner {
    /// A runner of both interpreters; `refresh` runs the oracle anew.
    pub fn new(oracle: &Path, gopy: &Path, timeout: Duration, refresh: bool) -> Runner {
        let script = workspace::root().join("xtask/py/run_tests.py");
        // A changed script asks other questions, so its answers are kept apart.
        let digest = Sha256::digest(fs::read(&script).unwrap_or_default());
        let key: String = digest.iter().take(6).map(|b| format!("{b:02x}")).collect();
        Runner {
            oracle: oracle.to_owned(),
            gopy: gopy.to_owned(),
            script,
            timeout,
            cache: workspace::target().join("conformance").join(key),
            refresh,
        }
    }

    /// The oracle's outcomes, from the cache where they are known.
    pub fn oracle(&self, module: &str) -> Result<Outcomes, String> {
        let path = self.cache.join(format!("{module}.jsonl"));
        if !self.refresh
            && let Ok(text) = fs::read_to_string(&path)
        {
            return Ok(Outcomes::parse(&text));
        }
        let (outcomes, text) = self.run(&self.oracle, module)?;
        fs::create_dir_all(&self.cache).map_err(|e| format!("{}: {e}", self.cache.display()))?;
        fs::write(&path, text).map_err(|e| format!("{}: {e}", path.display()))?;
        Ok(outcomes)
    }

    /// gopy's outcomes of now.
    pub fn gopy(&self, module: &str) -> Result<Outcomes, String> {
        self.run(&self.gopy, module).map(|(outcomes, _)| outcomes)
    }

    fn run(&self, interpreter: &Path, module: &str) -> Result<(Outcomes, String), String> {
        let scratch = Scratch::new()?;
        let stream = scratch.path().join("results.jsonl");
        let work = scratch.path().join("work");
        fs::create_dir_all(&work).map_err(|e| e.to_string())?;
        let mut command = Command::new(interpreter);
        process::fixed_environment(&mut command)
            .env("GOPY_AS_CPYTHON", "1")
            .env("HOME", scratch.path())
            .env("TMPDIR", scratch.path())
            .current_dir(&work)
            .arg(&self.script)
            .arg(&stream)
            .arg(module);
        let limits = Limits { timeout: self.timeout, memory: Some(MEMORY) };
        let finished = process::run(&mut command, limits)?;
        let text = fs::read(&stream).unwrap_or_default();
        let text = String::from_utf8_lossy(&text).into_owned();
        let mut outcomes = Outcomes::parse(&text);
        if outcomes.trouble.is_some() {
            outcomes.trouble = Some(match finished.outcome().as_str() {
                "time-out" => "time-out".to_owned(),
                other => format!("ended early, {other}"),
            });
        }
        let stderr = String::from_utf8_lossy(&finished.stderr);
        let lines: Vec<&str> = stderr.lines().collect();
        outcomes.stderr = lines[lines.len().saturating_sub(12)..].join("\n");
        Ok((outcomes, text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_case_passes_when_every_part_of_it_does() {
        let outcomes = Outcomes::parse(concat!(
            "{\"id\": \"a\", \"outcome\": \"started\"}\n{\"id\": \"a\", \"outcome\": \"pass\"}\n",
            "{\"id\": \"b\", \"outcome\": \"fail\", \"detail\": \"x \\\"y\\\" \\u00e9\"}\n",
            "{\"id\": \"b\", \"outcome\": \"pass\"}\n{\"id\": \"c\", \"outcome\": \"started\"}\n",
        ));
        assert_eq!(outcomes.passed().collect::<Vec<_>>(), ["a"]);
        assert_eq!((outcomes.outcome("b"), outcomes.detail("b")), ("fail", Some("x \"y\" é")));
        assert_eq!((outcomes.outcome("c"), outcomes.outcome("d")), ("started", "missing"));
        assert!(outcomes.trouble.is_some());
        assert!(Outcomes::parse("{\"end\": 0}\n").trouble.is_none());
    }
}
