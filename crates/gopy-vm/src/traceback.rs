//! Showing exceptions.
//!
//! Answers to `Python/traceback.c` and the printing half of `Python/pythonrun.c`. As in CPython the
//! library's module `traceback` does it where it can be imported; what is here is for start-up,
//! shut-down and broken libraries.

use std::collections::HashSet;
use std::fmt::Write as _;

use gopy_core::str::{self, Str};
use gopy_core::traceback::Traceback;
use gopy_core::{call, exceptions, id, import, none, object};
use gopy_object::{BaseException, Instance, Interpreter, Object, PyResult, Ref, Type};

use crate::{builtins, sys};

/// Shows an exception on `sys.stderr` (`PyErr_Display`). May run Python.
pub fn display(value: &Object, traceback: &Object) {
    if let Some(exception) = value.downcast::<BaseException>()
        && traceback.downcast::<Traceback>().is_some()
        && exception.traceback.is_empty()
    {
        exception.traceback.set(Some(traceback.to_ref()));
    }
    let stderr = match sys::get_opt(id!(stderr)) {
        Ok(Some(stderr)) if !none::is_none(&stderr) => stderr,
        Ok(Some(_)) => return,
        _ => {
            // Nobody has made the streams yet, or somebody has lost them.
            eprint!("{}", plain_text(value));
            return;
        }
    };
    if by_library(value).is_err() {
        let text = Str::from_wtf8(plain_text(value).as_bytes());
        // What stderr says to that nobody could be told.
        let _ = builtins::write_object(text.as_object(), &stderr, false);
    }
    let _ = call::call_method(&stderr, id!(flush), &[]);
}

/// As [`display`], to a file other than `sys.stderr` where the library can't do it.
pub(crate) fn print_plain(exception: &Ref<BaseException>, file: &Object) -> PyResult<()> {
    if by_library(exception.as_object()).is_ok() {
        return Ok(());
    }
    let text = Str::from_wtf8(plain_text(exception.as_object()).as_bytes());
    builtins::write_object(text.as_object(), file, false)
}

fn by_library(value: &Object) -> PyResult<()> {
    if Interpreter::current().importlib.is_empty() {
        return Err(gopy_core::error::runtime_error!("nothing can be imported yet"));
    }
    let print = import::import_attr("traceback", "_print_exception_bltin")?;
    call::call_one(&print, value).map(drop)
}

/// The whole report, chained exceptions first.
fn plain_text(value: &Object) -> String {
    let mut text = String::new();
    match value.downcast::<BaseException>() {
        Some(exception) => chain(exception, &mut HashSet::new(), &mut text),
        None => {
            let _ = writeln!(
                text,
                "TypeError: print_exception(): Exception expected for value, {} found",
                value.type_name()
            );
        }
    }
    text
}

const CAUSE: &str = "\nThe above exception was the direct cause of the following exception:\n\n";
const CONTEXT: &str = "\nDuring handling of the above exception, another exception occurred:\n\n";

fn chain(exception: &BaseException, seen: &mut HashSet<usize>, text: &mut String) {
    seen.insert(exception.as_object().id());
    let linked = match (exception.cause.get(), exception.context.get()) {
        (Some(cause), _) => Some((cause, CAUSE)),
        (None, Some(context)) if !exception.suppress_context.get() => Some((context, CONTEXT)),
        _ => None,
    };
    if let Some((other, between)) = linked
        && !seen.contains(&other.as_object().id())
        && !gopy_object::thread().stack_is_nearly_used_up(4)
    {
        chain(&other, seen, text);
        text.push_str(between);
    }
    one(exception, text);
}

fn one(exception: &BaseException, text: &mut String) {
    let traceback = exception.traceback.get();
    if let Some(first) = traceback.and_then(|first| first.downcast_ref::<Traceback>().ok()) {
        entries(first, text);
    }
    let value = exception.as_object();
    if value.is_instance(&exceptions::SYNTAX_ERROR) {
        syntax_error_place(value, text);
    }
    text.push_str(&type_name(value.type_()));
    let message = match object::str(value) {
        Ok(message) => message.to_string_lossy().into_owned(),
        Err(_) => "<exception str() failed>".to_owned(),
    };
    if !message.is_empty() {
        text.push_str(": ");
        text.push_str(&message);
    }
    text.push('\n');
    let notes = object::get_attr_opt(value, id!(__notes__)).ok().flatten();
    if let Some(notes) = notes
        && let Ok(notes) = gopy_core::iter::collect(&notes)
    {
        for note in notes {
            if let Ok(note) = object::str(&note) {
                let _ = writeln!(text, "{note}");
            }
        }
    }
}

/// The class's name, with its module where that is not a well-known one.
fn type_name(ty: &Type) -> String {
    let attribute = |name: &Str| -> Option<Ref<Str>> {
        let value = object::get_attr(ty.as_object(), name).ok()?;
        value.downcast_ref::<Str>().ok()
    };
    let name = attribute(id!(__qualname__));
    let name =
        name.map_or_else(|| "<unknown>".to_owned(), |name| name.to_string_lossy().into_owned());
    match attribute(id!(__module__)) {
        Some(module) if module.eq_str("builtins") || module.eq_str("__main__") => name,
        Some(module) => format!("{module}.{name}"),
        None => format!("<unknown>.{name}"),
    }
}

/// How many entries are shown, and how many of the same after each other.
const LIMIT: usize = 1000;
const REPEATED_MAX: usize = 3;

fn entries(first: Ref<Traceback>, text: &mut String) {
    text.push_str("Traceback (most recent call last):\n");
    let mut all = Vec::new();
    let mut next = Some(first);
    while let Some(entry) = next {
        next = entry.next.get();
        all.push(entry);
    }
    let skip = all.len().saturating_sub(LIMIT);
    let mut last: Option<(String, i32, String)> = None;
    let mut count = 0;
    for entry in &all[skip..] {
        let Some((file, name)) = place(entry) else { continue };
        let line = entry.line().unwrap_or(0);
        let this = (file, line, name);
        if last.as_ref() == Some(&this) {
            count += 1;
        } else {
            repeated(count, text);
            count = 1;
        }
        if count <= REPEATED_MAX {
            let (file, line, name) = &this;
            let _ = writeln!(text, "  File \"{file}\", line {line}, in {name}");
            let source = u32::try_from(*line)
                .ok()
                .and_then(|line| crate::compile::program_line(&Str::new(file), line));
            if let Some(source) = source {
                let _ = writeln!(text, "    {}", source.trim());
            }
        }
        last = Some(this);
    }
    repeated(count, text);
}

fn repeated(count: usize, text: &mut String) {
    if count > REPEATED_MAX {
        let more = count - REPEATED_MAX;
        let plural = if more > 1 { "s" } else { "" };
        let _ = writeln!(text, "  [Previous line repeated {more} more time{plural}]");
    }
}

fn place(entry: &Traceback) -> Option<(String, String)> {
    let code = object::get_attr(&entry.frame, &str::interned("f_code")).ok()?;
    let code = code.downcast::<gopy_core::code::Code>()?;
    let file = code.filename.get()?.to_string_lossy().into_owned();
    Some((file, code.name.to_string_lossy().into_owned()))
}

/// `  File "…", line N`, the line and a caret.
fn syntax_error_place(value: &Object, text: &mut String) {
    let attribute = |name: &Str| object::get_attr_opt(value, name).ok().flatten();
    let number = |name: &Str| {
        attribute(name)
            .and_then(|value| value.downcast::<gopy_core::int::Int>().and_then(|int| int.to_i64()))
    };
    let file = match attribute(id!(filename)) {
        Some(file) if !none::is_none(&file) => {
            object::str(&file).map(|file| file.to_string_lossy().into_owned()).unwrap_or_default()
        }
        _ => "<string>".to_owned(),
    };
    let Some(lineno) = number(id!(lineno)) else { return };
    let _ = writeln!(text, "  File \"{file}\", line {lineno}");
    let Some(line) = attribute(id!(text)) else { return };
    let Some(line) = line.downcast::<Str>() else { return };
    let line = line.to_string_lossy().into_owned();
    let shown = line.trim_start_matches([' ', '\t', '\x0c']).trim_end_matches('\n');
    let _ = writeln!(text, "    {shown}");
    if let Some(offset) = number(id!(offset)).filter(|offset| *offset >= 1) {
        let indent =
            line.chars().count() - line.trim_start_matches([' ', '\t', '\x0c']).chars().count();
        let column = (offset as usize - 1).saturating_sub(indent);
        let end = number(id!(end_offset)).filter(|end| *end > offset);
        let width = end.map_or(1, |end| (end - offset) as usize);
        let _ = writeln!(
            text,
            "    {}{}",
            " ".repeat(column),
            "^".repeat(width.min(shown.len().max(1)))
        );
    }
}
