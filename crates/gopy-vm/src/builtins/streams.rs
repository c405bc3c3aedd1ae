//! `print` and `input`, and writing an object to a file object.

use std::io::Write as _;

use gopy_core::error::{eof_error, raise_text, runtime_error, type_error, value_error};
use gopy_core::str::Str;
use gopy_core::{call, exceptions, hooks, id, none, number, object};
use gopy_object::{Arg, Exception, Instance, Object, PyResult};

use crate::sys;

/// `file.write(str(object))`, or of the `repr` (`PyFile_WriteObject`). May run Python.
///
/// # Errors
///
/// What the file or the object's methods raise.
pub fn write_object(object: &Object, file: &Object, repr: bool) -> PyResult<()> {
    let write = object::get_attr(file, id!(write))?;
    let text = if repr { object::repr(object)? } else { object::str(object)? };
    call::call_one(&write, text.as_object()).map(drop)
}

fn write_text(text: &'static Str, file: &Object) -> PyResult<()> {
    call::call_method(file, id!(write), &[text.as_object()]).map(drop)
}

/// `None` or a string, or what `default` says.
fn text_or_none<'a>(value: Option<&'a Object>, name: &str) -> PyResult<Option<&'a Object>> {
    match value {
        None => Ok(None),
        Some(value) if none::is_none(value) => Ok(None),
        Some(value) if value.downcast::<Str>().is_some() => Ok(Some(value)),
        Some(other) => {
            Err(type_error!("{name} must be None or a string, not {:.200}", other.type_name()))
        }
    }
}

pub(super) fn print(
    args: &[Arg<'_>],
    sep: Option<&Object>,
    end: Option<&Object>,
    file: Option<&Object>,
    flush: bool,
) -> PyResult<()> {
    let file = match file {
        Some(file) => file.to_ref(),
        None => match sys::get_opt(id!(stdout))? {
            Some(stdout) => stdout,
            None => return Err(runtime_error!("lost sys.stdout")),
        },
    };
    if none::is_none(&file) {
        return Ok(());
    }
    let sep = text_or_none(sep, "sep")?;
    let end = text_or_none(end, "end")?;
    for (index, arg) in args.iter().enumerate() {
        if index > 0 {
            match sep {
                Some(sep) => write_object(sep, &file, false)?,
                None => write_text(id!(" "), &file)?,
            }
        }
        write_object(arg.object(), &file, false)?;
    }
    match end {
        Some(end) => write_object(end, &file, false)?,
        None => write_text(id!("\n"), &file)?,
    }
    if flush {
        call::call_method(&file, id!(flush), &[])?;
    }
    Ok(())
}

fn lost(name: &str) -> Exception {
    runtime_error!("input(): lost sys.{name}")
}

fn stream(name: &'static Str) -> PyResult {
    match sys::get_opt(name)? {
        Some(stream) if !none::is_none(&stream) => Ok(stream),
        _ => Err(lost(&name.to_string_lossy())),
    }
}

/// Whether the stream is the process's own descriptor `wanted`, and a terminal.
fn is_terminal(stream: &Object, wanted: i32) -> PyResult<bool> {
    let Ok(fileno) = call::call_method(stream, id!(fileno), &[]) else { return Ok(false) };
    let fd = number::index_as_c_long(&fileno)?;
    // SAFETY: asks about a descriptor, whatever it is.
    Ok(fd == i64::from(wanted) && unsafe { libc::isatty(wanted) } == 1)
}

pub(super) fn input(prompt: Option<&Object>) -> PyResult {
    let stdin = stream(id!(stdin))?;
    let stdout = stream(id!(stdout))?;
    let stderr = stream(id!(stderr))?;
    let none = none::none();
    (hooks::get().audit)("builtins.input", &[prompt.unwrap_or(&none)])?;
    // Whatever stderr says to that.
    let _ = call::call_method(&stderr, id!(flush), &[]);
    if is_terminal(&stdin, 0)? && is_terminal(&stdout, 1)? {
        return input_from_terminal(&stdin, &stdout, prompt);
    }
    if let Some(prompt) = prompt {
        write_object(prompt, &stdout, false)?;
    }
    let _ = call::call_method(&stdout, id!(flush), &[]);
    let line = call::call_method(&stdin, id!(readline), &[])?;
    let Some(text) = line.downcast::<Str>() else {
        return Err(type_error!("object.readline() returned non-string"));
    };
    if text.is_empty() {
        return Err(eof_error!("EOF when reading a line"));
    }
    let length = text.len();
    if text.char_at(length - 1) == u32::from('\n') {
        return Ok(text.slice(0, length - 1).upcast());
    }
    Ok(line)
}

/// A line from the terminal, the prompt on its standard error.
fn input_from_terminal(stdin: &Object, stdout: &Object, prompt: Option<&Object>) -> PyResult {
    let encoding = object::get_attr(stdin, id!(encoding))?;
    let errors = object::get_attr(stdin, id!(errors))?;
    let _ = call::call_method(stdout, id!(flush), &[]);
    if let Some(prompt) = prompt {
        let text = object::str(prompt)?;
        let out_encoding = object::get_attr(stdout, id!(encoding))?;
        let out_errors = object::get_attr(stdout, id!(errors))?;
        let bytes =
            call::call_method(text.as_object(), id!(encode), &[&out_encoding, &out_errors])?;
        let view = gopy_core::buffer::bytes_like(&bytes)?;
        let bytes = gopy_core::buffer::as_slice(&view);
        if memchr::memchr(0, bytes).is_some() {
            return Err(value_error!("input: prompt string cannot contain null characters"));
        }
        let _ = std::io::stderr().write_all(bytes);
    }
    let mut line = Vec::new();
    loop {
        let mut byte = 0u8;
        // SAFETY: one byte is there to be written to.
        match unsafe { libc::read(0, (&raw mut byte).cast(), 1) } {
            1 => {
                line.push(byte);
                if byte == b'\n' {
                    break;
                }
            }
            0 => break,
            _ if std::io::Error::last_os_error().kind() == std::io::ErrorKind::Interrupted => {
                gopy_object::signals::check()?;
            }
            _ => break,
        }
    }
    if line.is_empty() {
        return Err(raise_text(&exceptions::EOF_ERROR, Str::empty()));
    }
    if line.last() == Some(&b'\n') {
        line.pop();
    }
    let bytes = gopy_core::bytes::Bytes::new(&line)?;
    call::call_method(bytes.as_object(), id!(decode), &[&encoding, &errors])
}
