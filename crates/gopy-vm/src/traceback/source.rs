//! A line of a source file.
//!
//! Answers to `_Py_DisplaySourceLine` of `Python/traceback.c`.

use std::ffi::OsString;
use std::fs::File;
use std::io::Read as _;
use std::os::unix::ffi::OsStringExt as _;

use gopy_core::list::List;
use gopy_core::str::Str;
use gopy_core::{codecs, id};
use gopy_object::{Object, PyResult};
use gopy_syntax::lexer::Source;
use gopy_syntax::{Host, SyntaxError, SyntaxErrorKind, Warning, WarningFailure};

use super::file::{sys_attribute, write_text};

/// Writes line `lineno` of a file, indented by `indent` instead of by its own blanks; false where there
/// is no such file or line. May run Python.
///
/// # Errors
///
/// What writing raises.
pub fn display_line(file: &Object, filename: &Str, lineno: i32, indent: usize) -> PyResult<bool> {
    let Some(line) = u32::try_from(lineno).ok().and_then(|lineno| line_of(filename, lineno)) else {
        return Ok(false);
    };
    let line = line.trim_start_matches([' ', '\t', '\x0c']);
    write_text(&format!("{:indent$}{line}\n", ""), file)?;
    Ok(true)
}

/// Line `lineno` of a file, without its newline. Where there is no such file, one of the same name is
/// looked for on `sys.path`. May run Python.
pub fn line_of(filename: &Str, lineno: u32) -> Option<String> {
    if lineno == 0 || filename.is_empty() {
        return None;
    }
    let is = |index: usize, c: char| filename.char_at(index) == u32::from(c);
    if is(0, '<') && is(filename.len() - 1, '>') {
        return None;
    }
    let bytes = read(filename)?;
    let source = Source::from_bytes(&bytes, true, &mut Codecs).ok()?;
    let lines = memchr::memchr_iter(b'\n', source.text()).count();
    if lineno as usize > lines {
        return None;
    }
    String::from_utf8(source.line(lineno).to_vec()).ok()
}

fn read(filename: &Str) -> Option<Vec<u8>> {
    let path = filename.to_os().ok()?;
    if let Some(bytes) = read_file(&path) {
        return Some(bytes);
    }
    let tail = path.rsplit(|byte| *byte == b'/').next()?;
    let folders = sys_attribute(id!(path)).ok()??;
    let folders = folders.downcast::<List>()?;
    let mut index = 0;
    while let Some(folder) = folders.get(index) {
        index += 1;
        let Some(folder) = folder.downcast::<Str>() else { continue };
        let Ok(mut path) = folder.to_os() else { continue };
        if path.last().is_some_and(|last| *last != b'/') {
            path.push(b'/');
        }
        path.extend_from_slice(tail);
        if let Some(bytes) = read_file(&path) {
            return Some(bytes);
        }
    }
    None
}

fn read_file(path: &[u8]) -> Option<Vec<u8>> {
    let mut file = File::open(OsString::from_vec(path.to_vec())).ok()?;
    if !file.metadata().ok()?.is_file() {
        return None;
    }
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes).ok()?;
    Some(bytes)
}

/// Decodes a source file; what can't be decoded is not shown.
struct Codecs;

impl Host for Codecs {
    fn warn(&mut self, _warning: Warning<'_>) -> Result<(), WarningFailure> {
        Ok(())
    }

    fn decode(&mut self, encoding: &str, bytes: &[u8]) -> Result<String, Box<SyntaxError>> {
        let text = codecs::decode_text(bytes, Some(encoding), None).ok();
        match text.as_deref().and_then(Str::as_str) {
            Some(text) => Ok(text.to_owned()),
            None => Err(SyntaxError::bare(SyntaxErrorKind::Host, "")),
        }
    }

    fn int_max_str_digits(&self) -> usize {
        0
    }
}
