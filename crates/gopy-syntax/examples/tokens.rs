//! Prints the tokens of files as `xtask/py/dump_tokens.py` prints the oracle's, or measures.
//!
//! `tokens [--plain] FILE…` prints; `tokens --time FILE…` reads every file ten times and prints
//! megabytes a second.

use std::fmt::Write as _;
use std::io::Write as _;

use gopy_syntax::lexer::{Failure, Lexer, NO_COLUMN, Options, Source, Token, TokenKind};
use gopy_syntax::{Host, SyntaxError, SyntaxErrorKind, Warning, WarningFailure};

struct Quiet;

impl Host for Quiet {
    fn warn(&mut self, _: Warning<'_>) -> Result<(), WarningFailure> {
        Ok(())
    }

    fn decode(&mut self, encoding: &str, _: &[u8]) -> Result<String, Box<SyntaxError>> {
        let message = format!("unknown encoding: {encoding}");
        Err(SyntaxError::bare(SyntaxErrorKind::Lookup, message))
    }

    fn int_max_str_digits(&self) -> usize {
        4300
    }
}

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let (flags, paths): (Vec<&String>, Vec<&String>) =
        args.iter().partition(|arg| arg.starts_with("--"));
    if flags.iter().any(|flag| *flag == "--time") {
        return time(&paths);
    }
    let plain = flags.iter().any(|flag| *flag == "--plain");
    let mut out = String::new();
    for path in paths {
        let _ = writeln!(out, "== {path}");
        match std::fs::read(path).map_err(|e| e.to_string()).and_then(|bytes| read(&bytes)) {
            Ok(text) => dump(&text, plain, &mut out),
            Err(_) => out.push_str("undecodable\n"),
        }
    }
    let _ = std::io::stdout().write_all(out.as_bytes());
}

/// Decodes as `tokenize` does.
fn read(bytes: &[u8]) -> Result<String, String> {
    let decoded = Source::from_bytes(bytes, false, &mut Quiet).map_err(|e| e.message)?;
    let body = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    if decoded.encoding() == Some("iso-8859-1") {
        return Ok(body.iter().map(|b| char::from(*b)).collect());
    }
    String::from_utf8(body.to_vec()).map_err(|e| e.to_string())
}

fn dump(text: &str, plain: bool, out: &mut String) {
    let Ok(source) = Source::for_tokenize(text) else {
        out.push_str("undecodable\n");
        return;
    };
    let options = Options { extra_tokens: !plain, ..Options::default() };
    let mut lexer = Lexer::new(&source, options);
    loop {
        match lexer.next(&mut Quiet) {
            Ok(token) => {
                let trailing = !plain && token.kind == TokenKind::Dedent && lexer.at_end();
                show(&source, &lexer, &token, plain, trailing, out);
                if token.kind == TokenKind::EndMarker {
                    return;
                }
            }
            Err(failure) => return show_failure(&lexer, failure, out),
        }
    }
}

fn show(
    source: &Source<'_>,
    lexer: &Lexer<'_>,
    token: &Token,
    plain: bool,
    trailing: bool,
    out: &mut String,
) {
    let (mut kind, mut text) = (token.kind, lexer.text(token));
    let range = token.range;
    let (mut lineno, mut end_lineno) = (range.lineno, range.end_lineno);
    let (mut column, mut end_column) = columns(source.text(), token);
    if !plain {
        if trailing || kind == TokenKind::EndMarker {
            (lineno, end_lineno) = (lineno + 1, lineno + 1);
            (column, end_column) = (0, 0);
        }
        let implicit = source.implicit_newline() && token.end as usize + 1 >= source.text().len();
        if kind > TokenKind::Dedent && kind < TokenKind::Op {
            kind = TokenKind::Op;
        } else if kind == TokenKind::NewLine {
            if !implicit {
                let carriage = source.text()[token.start as usize] == b'\r';
                text = if carriage { b"\r\n" } else { b"\n" };
            }
            end_column += 1;
        } else if kind == TokenKind::Nl && implicit {
            text = b"";
        }
    }
    let _ = writeln!(
        out,
        "{} {} {lineno} {column} {end_lineno} {end_column}",
        kind.name(),
        ascii(&String::from_utf8_lossy(text))
    );
}

/// Columns in characters; -1 for none.
fn columns(text: &[u8], token: &Token) -> (i64, i64) {
    if token.range.col_offset == NO_COLUMN {
        return (-1, -1);
    }
    let (start, end) = (token.start as usize, token.end as usize);
    let line_start = |at: usize| text[..at].iter().rposition(|b| *b == b'\n').map_or(0, |p| p + 1);
    let characters = |from: usize, to: usize| {
        text[from..to].iter().filter(|b| **b & 0xC0 != 0x80).count() as i64
    };
    let first = line_start(start);
    let last = if token.range.lineno == token.range.end_lineno { first } else { line_start(end) };
    (characters(first, start), characters(last, end))
}

fn show_failure(lexer: &Lexer<'_>, failure: Failure, out: &mut String) {
    let (name, message) = match failure {
        Failure::Error(error) => {
            let message = ascii(&error.message);
            let _ = writeln!(out, "SyntaxError {message} {} {}", error.lineno, error.offset);
            return;
        }
        Failure::EndOfFile => ("SyntaxError", "unexpected EOF in multi-line statement"),
        Failure::Dedent => {
            ("IndentationError", "unindent does not match any outer indentation level")
        }
        Failure::TabSpace => ("TabError", "inconsistent use of tabs and spaces in indentation"),
        Failure::TooDeep => ("IndentationError", "too many levels of indentation"),
        Failure::LineContinuation => {
            ("SyntaxError", "unexpected character after line continuation character")
        }
    };
    let _ = writeln!(out, "{name} {} {} -", ascii(message), lexer.lineno());
}

/// Python's `ascii()` of a str.
fn ascii(text: &str) -> String {
    let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
    let mut out = String::from(quote);
    for c in text.chars() {
        let code = u32::from(c);
        let _ = match c {
            '\n' => write!(out, "\\n"),
            '\r' => write!(out, "\\r"),
            '\t' => write!(out, "\\t"),
            '\\' => write!(out, "\\\\"),
            _ if c == quote => write!(out, "\\{c}"),
            ' '..='~' => write!(out, "{c}"),
            _ if code < 0x100 => write!(out, "\\x{code:02x}"),
            _ if code < 0x1_0000 => write!(out, "\\u{code:04x}"),
            _ => write!(out, "\\U{code:08x}"),
        };
    }
    out.push(quote);
    out
}

fn time(paths: &[&String]) {
    let files: Vec<Vec<u8>> = paths.iter().filter_map(|path| std::fs::read(path).ok()).collect();
    let (mut bytes, mut tokens) = (0_usize, 0_u64);
    let start = std::time::Instant::now();
    for _ in 0..10 {
        for file in &files {
            let Ok(source) = Source::from_bytes(file, true, &mut Quiet) else { continue };
            bytes += file.len();
            let mut lexer = Lexer::new(&source, Options::default());
            while let Ok(token) = lexer.next(&mut Quiet) {
                tokens += 1;
                if token.kind == TokenKind::EndMarker {
                    break;
                }
            }
        }
    }
    let seconds = start.elapsed().as_secs_f64();
    let (megabytes, millions) = (bytes as f64 / 1e6, tokens as f64 / 1e6);
    println!(
        "{:.0} MB/s, {:.1} million tokens/s ({megabytes:.1} MB, {millions:.1} million tokens)",
        megabytes / seconds,
        millions / seconds
    );
}
