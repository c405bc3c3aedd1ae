//! `cargo xtask pyc-identity [PATH…] [-O|-OO]`: the compiler's output against the oracle's.
//!
//! Compares `marshal.dumps(compile(source, path, 'exec', dont_inherit=True, optimize=n))` of every
//! file, many files a process; a file that the oracle rejects counts too, by its error. What
//! differs is explained by `xtask/py/diff_code.py`, under the oracle.

use crate::process::{self, Limits, Scratch};
use crate::rng::Rng;
use crate::workspace::{self, Gopy};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// Files per process.
const BATCH: usize = 100;

/// Seconds per batch; a batch takes the oracle about three.
const TIMEOUT: u64 = 120;

/// Files that `cargo xtask test` samples.
const SAMPLE: usize = 150;

/// Files that agree.
pub struct Counts {
    /// Byte for byte equal.
    pub passed: usize,
    /// Different, or fatal to gopy.
    pub failed: usize,
}

/// What a comparison found.
struct Figures {
    files: (usize, usize),
    codes: (usize, usize),
}

/// The command.
pub fn run(args: Vec<String>) -> Result<(), String> {
    let mut args = workspace::parser(args);
    let text = |e: pico_args::Error| e.to_string();
    let optimize = if args.contains("-OO") {
        2
    } else if args.contains("-O") {
        1
    } else {
        0
    };
    let sample: Option<usize> = args.opt_value_from_str("--sample").map_err(text)?;
    let seed: u64 = args.opt_value_from_str("--seed").map_err(text)?.unwrap_or(0);
    let show: usize = args.opt_value_from_str("--show").map_err(text)?.unwrap_or(20);
    let gopy = Gopy::from_args(&mut args)?;
    let paths = workspace::free_args(args)?;
    let mut files = sources(&paths)?;
    if let Some(count) = sample {
        files = Rng::new(seed).sample(&files, count);
    }
    let figures = compare(&files, optimize, &gopy.build()?, show)?;
    let share = |(equal, all): (usize, usize)| 100.0 * equal as f64 / all.max(1) as f64;
    let (files, codes) = (figures.files, figures.codes);
    println!("files: {} of {} identical, {:.2} %", files.0, files.1, share(files));
    println!("code objects: {} of {} identical, {:.2} %", codes.0, codes.1, share(codes));
    if files.0 == files.1 { Ok(()) } else { Err("compiled code differs".to_owned()) }
}

/// A seeded sample of the library, for `cargo xtask test`.
pub fn sample(gopy: &Path, seed: u64) -> Result<Counts, String> {
    let files = Rng::new(seed).sample(&sources(&[])?, SAMPLE);
    println!("   sample of seed {seed}: {} files", files.len());
    let figures = compare(&files, 0, gopy, 10)?;
    Ok(Counts { passed: figures.files.0, failed: figures.files.1 - figures.files.0 })
}

/// The Python files that the paths name or hold; the whole library with its tests without paths.
fn sources(paths: &[String]) -> Result<Vec<PathBuf>, String> {
    if paths.is_empty() {
        return Ok(workspace::files(&workspace::library(&workspace::oracle_root()), ".py"));
    }
    let mut found = Vec::new();
    for path in paths {
        let path = Path::new(path).canonicalize().map_err(|e| format!("{path}: {e}"))?;
        if path.is_dir() {
            found.extend(workspace::files(&path, ".py"));
        } else {
            found.push(path);
        }
    }
    Ok(found)
}

fn compare(files: &[PathBuf], optimize: u32, gopy: &Path, show: usize) -> Result<Figures, String> {
    let oracle = workspace::oracle()?;
    let batches: Vec<&[PathBuf]> = files.chunks(BATCH).collect();
    let results = workspace::parallel(batches.len(), |index| {
        let scratch = Scratch::new()?;
        let batch = batches[index];
        let expected = dump(&oracle, batch, optimize, &scratch.path().join("expected"))?;
        let found = dump(gopy, batch, optimize, &scratch.path().join("found"))?;
        let list = scratch.path().join("list");
        write_list(&list, batch)?;
        let mut command = Command::new(&oracle);
        command.arg("-I").arg(workspace::root().join("xtask/py/diff_code.py"));
        command.arg(&list).args([&expected, &found]).arg(show.to_string());
        let limits = Limits { timeout: Duration::from_secs(TIMEOUT), memory: None };
        let finished = process::run(&mut command, limits)?;
        let text = String::from_utf8_lossy(&finished.stdout).into_owned();
        let (shown, figures) = text.trim_end().rsplit_once('\n').unwrap_or(("", text.trim_end()));
        let figures = parse_figures(figures).ok_or_else(|| {
            format!("diff_code.py: {}", String::from_utf8_lossy(&finished.stderr))
        })?;
        Ok::<_, String>((shown.to_owned(), figures))
    });
    let mut total = Figures { files: (0, 0), codes: (0, 0) };
    let mut printed = 0;
    for result in results {
        let (shown, figures) = result?;
        if printed < show && !shown.is_empty() {
            println!("{shown}");
            printed += figures.files.1 - figures.files.0;
        }
        total.files = (total.files.0 + figures.files.0, total.files.1 + figures.files.1);
        total.codes = (total.codes.0 + figures.codes.0, total.codes.1 + figures.codes.1);
    }
    Ok(total)
}

/// `files 3 4 codes 10 12`.
fn parse_figures(line: &str) -> Option<Figures> {
    let words: Vec<&str> = line.split(' ').collect();
    let ["files", a, b, "codes", c, d] = words.as_slice() else { return None };
    let number = |text: &str| text.parse::<usize>().ok();
    Some(Figures { files: (number(a)?, number(b)?), codes: (number(c)?, number(d)?) })
}

fn write_list(path: &Path, files: &[PathBuf]) -> Result<(), String> {
    let lines: Vec<String> = files.iter().map(|f| f.to_string_lossy().into_owned()).collect();
    fs::write(path, lines.join("\n")).map_err(|e| format!("{}: {e}", path.display()))
}

/// Dumps every file; one that takes the process down is recorded as `crash`, and the rest follow.
fn dump(
    interpreter: &Path,
    files: &[PathBuf],
    optimize: u32,
    out: &Path,
) -> Result<PathBuf, String> {
    let script = workspace::root().join("xtask/py/dump_code.py");
    let list = out.with_extension("list");
    let mut all = Vec::new();
    let mut rest = files;
    while !rest.is_empty() {
        write_list(&list, rest)?;
        let part = out.with_extension("part");
        let _ = fs::remove_file(&part);
        let mut command = Command::new(interpreter);
        process::fixed_environment(&mut command)
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .args(["-I", "-S", "-W", "ignore"])
            .arg(&script)
            .arg(&list)
            .arg(optimize.to_string())
            .arg(&part);
        let limits = Limits { timeout: Duration::from_secs(TIMEOUT), memory: None };
        let finished = process::run(&mut command, limits)?;
        let data = fs::read(&part).unwrap_or_default();
        let (done, whole) = count_records(&data);
        all.extend_from_slice(&data[..whole]);
        rest = rest.get(done..).unwrap_or(&[]);
        if let Some((_, after)) = rest.split_first() {
            let stderr = String::from_utf8_lossy(&finished.stderr);
            let last = stderr.lines().last().unwrap_or("");
            let why = format!("{} {last}", finished.outcome());
            all.extend_from_slice(format!("crash {}\n{why}", why.len()).as_bytes());
            rest = after;
        }
    }
    fs::write(out, all).map_err(|e| format!("{}: {e}", out.display()))?;
    Ok(out.to_owned())
}

/// How many whole records the data holds, and where they end.
fn count_records(data: &[u8]) -> (usize, usize) {
    let (mut count, mut at) = (0, 0);
    while let Some(line) = data[at..].iter().position(|&b| b == b'\n') {
        let header = String::from_utf8_lossy(&data[at..at + line]).into_owned();
        let Some(length) = header.split(' ').nth(1).and_then(|n| n.parse::<usize>().ok()) else {
            break;
        };
        let end = at + line + 1 + length;
        if end > data.len() {
            break;
        }
        (count, at) = (count + 1, end);
    }
    (count, at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_records_count() {
        assert_eq!(count_records(b"code 3\nabcerror 1\nx"), (2, 19));
        assert_eq!(count_records(b"code 3\nabcerror 2\nx"), (1, 10));
        assert_eq!(count_records(b"code"), (0, 0));
    }

    #[test]
    fn the_last_line_is_understood() {
        let figures = parse_figures("files 3 4 codes 10 12").expect("well formed");
        assert_eq!((figures.files, figures.codes), ((3, 4), (10, 12)));
        assert!(parse_figures("Traceback").is_none());
    }
}
