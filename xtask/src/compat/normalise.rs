//! The ONE place that says what may differ between gopy and the oracle.
//!
//! Both outputs of a program go through [`normalise`] before they are compared. It replaces:
//!
//! - the interpreter's own path by `<executable>`, and its folder by `<bin>`;
//! - the root of the unpacked oracle (library, prefix) by `<prefix>`, and the program's scratch
//!   folder by `<scratch>`, and the workspace's root by `<root>`;
//! - the cache tag `cpython-314` / `gopy-3140` by `<cache-tag>`;
//! - the name in `sys.implementation` (`name='cpython'`, `name='gopy'`) by `<name>`;
//! - the build part of `sys.version`, `3.14.10 (…) [GCC …]`, by `3.14.10 <build>`;
//! - the figure in stack overflow messages, `used 8156 kB`, by `used <n> kB`.

use std::path::Path;

/// What one side's output may name.
pub struct Side<'a> {
    /// The interpreter.
    pub executable: &'a Path,
    /// Root of the unpacked oracle.
    pub prefix: &'a Path,
    /// Working folder of the program.
    pub scratch: &'a Path,
    /// Root of the workspace.
    pub root: &'a Path,
}

/// One output with everything that may differ replaced.
pub fn normalise(output: &[u8], side: &Side) -> Vec<u8> {
    let mut bytes = output.to_vec();
    let bin = side.executable.parent().unwrap_or(side.executable);
    for (path, name) in [
        (side.executable, "<executable>"),
        (side.scratch, "<scratch>"),
        (bin, "<bin>"),
        (side.prefix, "<prefix>"),
        (side.root, "<root>"),
    ] {
        replace(&mut bytes, path.to_string_lossy().as_bytes(), name.as_bytes());
    }
    for (from, to) in [
        ("cpython-314", "<cache-tag>"),
        ("gopy-3140", "<cache-tag>"),
        ("name='cpython'", "name='<name>'"),
        ("name='gopy'", "name='<name>'"),
    ] {
        replace(&mut bytes, from.as_bytes(), to.as_bytes());
    }
    replace_between(&mut bytes, b"3.14.10 (", b"]", b"3.14.10 <build>", |_| true);
    replace_between(&mut bytes, b"(used ", b" kB)", b"(used <n> kB)", |middle| {
        middle.iter().all(u8::is_ascii_digit)
    });
    bytes
}

fn find(bytes: &[u8], needle: &[u8], from: usize) -> Option<usize> {
    if needle.is_empty() || bytes.len() < from + needle.len() {
        return None;
    }
    (from..=bytes.len() - needle.len()).find(|&i| &bytes[i..i + needle.len()] == needle)
}

fn replace(bytes: &mut Vec<u8>, from: &[u8], to: &[u8]) {
    let mut at = 0;
    while let Some(index) = find(bytes, from, at) {
        bytes.splice(index..index + from.len(), to.iter().copied());
        at = index + to.len();
    }
}

/// Replaces `start … end`, both included, on one line, where the middle is acceptable.
fn replace_between(
    bytes: &mut Vec<u8>,
    start: &[u8],
    end: &[u8],
    to: &[u8],
    accept: impl Fn(&[u8]) -> bool,
) {
    let mut at = 0;
    while let Some(index) = find(bytes, start, at) {
        let middle = index + start.len();
        at = middle;
        let line_end = find(bytes, b"\n", middle).unwrap_or(bytes.len());
        let Some(stop) = find(bytes, end, middle).filter(|&stop| stop < line_end) else { continue };
        if accept(&bytes[middle..stop]) {
            bytes.splice(index..stop + end.len(), to.iter().copied());
            at = index + to.len();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(output: &str, expected: &str) {
        let side = Side {
            executable: Path::new("/o/usr/bin/python3.14"),
            prefix: Path::new("/o"),
            scratch: Path::new("/tmp/s1"),
            root: Path::new("/w"),
        };
        assert_eq!(String::from_utf8_lossy(&normalise(output.as_bytes(), &side)), expected);
    }

    #[test]
    fn what_may_differ_is_replaced_and_nothing_else() {
        check("/o/usr/bin/python3.14: no", "<executable>: no");
        check(
            "File \"/o/usr/lib/x.py\", /tmp/s1/a, /w/b",
            "File \"<prefix>/usr/lib/x.py\", <scratch>/a, <root>/b",
        );
        check("x.cpython-314.pyc y.gopy-3140.pyc", "x.<cache-tag>.pyc y.<cache-tag>.pyc");
        check("3.14.10 (main, Nov  1 2026) [GCC 15.2.0]!", "3.14.10 <build>!");
        check("3.14.10 (main\n] (", "3.14.10 (main\n] (");
        check("overflow (used 8156 kB) while", "overflow (used <n> kB) while");
        check("overflow (used xx kB) while", "overflow (used xx kB) while");
        check("python3.14 gopy cpython", "python3.14 gopy cpython");
    }
}
