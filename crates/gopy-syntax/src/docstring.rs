//! Docstrings without the indentation of the source.
//!
//! Answers to `_PyCompile_CleanDoc` in `Python/compile.c`; `inspect.cleandoc` does more.

use std::borrow::Cow;

use crate::ast::Wtf8;

const TAB_SIZE: usize = 8;

/// Expands the tabs before each line, and takes from every line but the first the blanks that all
/// of them begin with; from the first, all its blanks.
pub fn clean(doc: &Wtf8) -> Cow<'_, Wtf8> {
    let expanded = expand_tabs(doc);
    let spaces = |text: &[u8]| text.iter().take_while(|b| **b == b' ').count();
    let lines = || expanded.split(|b| *b == b'\n');
    let margin = lines()
        .skip(1)
        .filter_map(|line| Some(spaces(line)).filter(|count| *count < line.len()))
        .min()
        .unwrap_or(0);
    let first = spaces(&expanded);
    if first == 0 && margin == 0 {
        return expanded;
    }
    let mut result = Vec::with_capacity(expanded.len());
    for (index, line) in lines().enumerate() {
        if index > 0 {
            result.push(b'\n');
        }
        let cut = if index == 0 { first } else { margin.min(spaces(line)) };
        result.extend_from_slice(&line[cut..]);
    }
    Cow::Owned(result)
}

/// `str.expandtabs()`; columns count characters, and start anew at `\n` and `\r`.
fn expand_tabs(doc: &Wtf8) -> Cow<'_, Wtf8> {
    if memchr::memchr(b'\t', doc).is_none() {
        return Cow::Borrowed(doc);
    }
    let mut result = Vec::with_capacity(doc.len() + TAB_SIZE);
    let mut column = 0;
    for &byte in doc {
        match byte {
            b'\t' => {
                let width = TAB_SIZE - column % TAB_SIZE;
                result.resize(result.len() + width, b' ');
                column += width;
                continue;
            }
            b'\n' | b'\r' => column = 0,
            _ => column += usize::from(byte & 0xC0 != 0x80),
        }
        result.push(byte);
    }
    Cow::Owned(result)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(doc: &str, expected: &str) {
        assert_eq!(String::from_utf8_lossy(&clean(doc.as_bytes())), expected);
    }

    #[test]
    fn margins() {
        check("one", "one");
        check("  one", "one");
        check("one\n    two\n      three\n    ", "one\ntwo\n  three\n");
        check("one\n\n\ttwo\n        three", "one\n\ntwo\nthree");
        check("\n  a\n b\n", "\n a\nb\n");
        check("a\nb\n  c", "a\nb\n  c");
        check("a\n  \n    b", "a\n\nb");
    }
}
