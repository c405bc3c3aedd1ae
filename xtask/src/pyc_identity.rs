//! `cargo xtask pyc-identity [PATH…] [-O|-OO]`: the compiler's output against the oracle's.
//!
//! Compares `marshal.dumps(compile(source, path, 'exec', dont_inherit=True, optimize=n))` of every
//! file, many files a process; a file that the oracle rejects counts too, by its error. What
//! differs is explained by `xtask/py/diff_code.py`, under the oracle.
//!
//! `conformance/different_code.txt` lists the files of the library whose code is known to differ, by
//! their path in it; `--bless` rewrites it after a run over the whole library. It must be exact: a
//! listed file that is identical is an error in `cargo xtask test`. Its one entry `*` says that gopy
//! cannot compile and marshal by itself yet.

use crate::process::{self, Limits, Scratch};
use crate::rng::Rng;
use crate::workspace::{self, Gopy};
use std::collections::BTreeSet;
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

const HEADER: &str = "# Files of the library whose code differs from the oracle's, sorted; `*` as long as gopy cannot\n# compile and marshal by itself (`cargo xtask pyc-identity --bless`).\n";

/// Files that agree.
#[derive(Default)]
pub struct Counts {
    /// Byte for byte equal.
    pub passed: usize,
    /// Different, or fatal to gopy, or listed as different although equal.
    pub failed: usize,
    /// Different, as the list says.
    pub pending: usize,
}

/// What a comparison found.
#[derive(Default)]
struct Figures {
    files: (usize, usize),
    codes: (usize, usize),
    /// Paths of the files that differ.
    different: BTreeSet<String>,
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
    let bless = args.contains("--bless");
    let sample: Option<usize> = args.opt_value_from_str("--sample").map_err(text)?;
    let seed: u64 = args.opt_value_from_str("--seed").map_err(text)?.unwrap_or(0);
    let show: usize = args.opt_value_from_str("--show").map_err(text)?.unwrap_or(20);
    let gopy = Gopy::from_args(&mut args)?;
    let paths = workspace::free_args(args)?;
    if bless && (sample.is_some() || optimize > 0 || !paths.is_empty()) {
        return Err("--bless needs a plain run over the whole library".to_owned());
    }
    let mut files = sources(&paths)?;
    if let Some(count) = sample {
        files = Rng::new(seed).sample(&files, count);
    }
    let figures = compare(&files, optimize, &gopy.build()?, show)?;
    let share = |(equal, all): (usize, usize)| 100.0 * equal as f64 / all.max(1) as f64;
    if bless {
        write_different(&figures.different)?;
    }
    let (files, codes) = (figures.files, figures.codes);
    println!("files: {} of {} identical, {:.2} %", files.0, files.1, share(files));
    println!("code objects: {} of {} identical, {:.2} %", codes.0, codes.1, share(codes));
    if files.0 == files.1 { Ok(()) } else { Err("compiled code differs".to_owned()) }
}

/// A seeded sample of the library, for `cargo xtask test`.
pub fn sample(gopy: &Path, seed: u64) -> Result<Counts, String> {
    let files = Rng::new(seed).sample(&sources(&[])?, SAMPLE);
    println!("   sample of seed {seed}: {} files", files.len());
    let listed = different_list()?;
    let none_yet = listed.contains("*");
    if none_yet && !can_marshal(gopy) {
        println!("   gopy does not compile and marshal by itself yet: nothing to compare");
        return Ok(Counts { pending: files.len(), ..Counts::default() });
    }
    let figures = compare(&files, 0, gopy, 10)?;
    let mut counts = Counts::default();
    if none_yet {
        println!("   gopy compiles and marshals now: run `cargo xtask pyc-identity --bless`");
        counts.failed = 1;
    }
    for file in &files {
        let name = in_library(&file.to_string_lossy());
        let equal = !figures.different.contains(&*file.to_string_lossy());
        match (listed.contains(&name), equal) {
            (false, true) => counts.passed += 1,
            (true, false) => counts.pending += 1,
            (false, false) => {
                counts.failed += 1;
                println!("   {name} differs");
            }
            (true, true) => {
                counts.failed += 1;
                println!("   {name} is identical: remove it from conformance/different_code.txt");
            }
        }
    }
    Ok(counts)
}

fn different_path() -> PathBuf {
    workspace::root().join("conformance/different_code.txt")
}

/// The files that are known to differ.
fn different_list() -> Result<BTreeSet<String>, String> {
    let path = different_path();
    let text = fs::read_to_string(&path).map_err(|e| format!("{}: {e}", path.display()))?;
    Ok(text.lines().filter(|l| !l.starts_with('#') && !l.is_empty()).map(str::to_owned).collect())
}

fn write_different(different: &BTreeSet<String>) -> Result<(), String> {
    let mut text = HEADER.to_owned();
    for path in different {
        text.push_str(&in_library(path));
        text.push('\n');
    }
    let path = different_path();
    fs::write(&path, text).map_err(|e| format!("{}: {e}", path.display()))
}

/// A file's path as the list names it.
fn in_library(path: &str) -> String {
    let library = workspace::library(&workspace::oracle_root());
    let inside = Path::new(path).strip_prefix(&library).unwrap_or(Path::new(path));
    inside.to_string_lossy().into_owned()
}

/// Whether `gopy` has what the comparison runs on.
fn can_marshal(gopy: &Path) -> bool {
    let source = "import marshal; marshal.dumps(compile('1', 'x', 'exec'))";
    let output = Command::new(gopy).args(["-I", "-S", "-c", source]).output();
    output.is_ok_and(|o| o.status.success())
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
        parse_report(&text)
            .ok_or_else(|| format!("diff_code.py: {}", String::from_utf8_lossy(&finished.stderr)))
    });
    let mut total = Figures::default();
    let mut printed = 0;
    for result in results {
        let (shown, figures) = result?;
        if printed < show && !shown.is_empty() {
            println!("{shown}");
            printed += figures.files.1 - figures.files.0;
        }
        total.files = (total.files.0 + figures.files.0, total.files.1 + figures.files.1);
        total.different.extend(figures.different);
        total.codes = (total.codes.0 + figures.codes.0, total.codes.1 + figures.codes.1);
    }
    Ok(total)
}

/// What `diff_code.py` shows a reader, and its last lines: `different PATH`, …, and
/// `files 3 4 codes 10 12`.
fn parse_report(text: &str) -> Option<(String, Figures)> {
    let text = text.trim_end();
    let (rest, last) = text.rsplit_once('\n').unwrap_or(("", text));
    let words: Vec<&str> = last.split(' ').collect();
    let ["files", a, b, "codes", c, d] = words.as_slice() else { return None };
    let number = |text: &str| text.parse::<usize>().ok();
    let files = (number(a)?, number(b)?);
    let lines: Vec<&str> = rest.lines().collect();
    let (shown, names) = lines.split_at(lines.len().checked_sub(files.1.checked_sub(files.0)?)?);
    let different = names.iter().map(|line| line.strip_prefix("different ").map(str::to_owned));
    let different = different.collect::<Option<BTreeSet<String>>>()?;
    let codes = (number(c)?, number(d)?);
    Some((shown.join("\n"), Figures { files, codes, different }))
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
        let (shown, figures) = parse_report("a: why\n  more\ndifferent a\nfiles 3 4 codes 10 12\n")
            .expect("well formed");
        assert_eq!(shown, "a: why\n  more");
        assert_eq!((figures.files, figures.codes), ((3, 4), (10, 12)));
        assert_eq!(figures.different, BTreeSet::from(["a".to_owned()]));
        assert!(parse_report("Traceback").is_none());
    }
}
