//! An exception as text, without the library's help: tracebacks, chained exceptions, the message.

use std::collections::HashSet;

use gopy_core::code::Code;
use gopy_core::int::Int;
use gopy_core::str::{self, Str};
use gopy_core::traceback::Traceback;
use gopy_core::{exceptions, id, none, object};
use gopy_object::{BaseException, Exception, Instance, Object, PyResult, Ref, Type, thread};

use super::file::{self, write, write_text};
use super::source;
use crate::frame_object::FrameObject;

const HEADER: &str = "Traceback (most recent call last):\n";
const CAUSE: &str = "\nThe above exception was the direct cause of the following exception:\n\n";
const CONTEXT: &str = "\nDuring handling of the above exception, another exception occurred:\n\n";
/// Entries that are shown unless `sys.tracebacklimit` says otherwise.
const LIMIT: i64 = 1000;
/// Entries of the same line that are shown after each other.
const REPEATED_MAX: i64 = 3;

/// Prints the exception and what led to it. May run Python.
///
/// # Errors
///
/// What writing raises; `RecursionError`, `MemoryError`.
pub fn print_exception(value: &Object, file: &Object) -> PyResult<()> {
    print_chain(value, file, &mut HashSet::new())
}

fn print_chain(value: &Object, file: &Object, seen: &mut HashSet<usize>) -> PyResult<()> {
    thread().check_native_recursion(" in print_exception_recursive")?;
    seen.insert(value.id());
    if let Some(exception) = value.downcast::<BaseException>() {
        let before = match exception.cause.get() {
            Some(cause) => Some((cause, CAUSE)),
            None if exception.suppress_context.get() => None,
            None => exception.context.get().map(|context| (context, CONTEXT)),
        };
        if let Some((before, message)) = before
            && !seen.contains(&before.as_object().id())
        {
            print_chain(before.as_object(), file, seen)?;
            write_text(message, file)?;
        }
    }
    print_one(value, file)
}

fn print_one(value: &Object, file: &Object) -> PyResult<()> {
    let Some(exception) = value.downcast::<BaseException>() else {
        let name = value.type_name();
        let text = "TypeError: print_exception(): Exception expected for value, ";
        return write_text(&format!("{text}{name} found\n"), file);
    };
    if let Some(traceback) = exception.traceback.get()
        && let Some(traceback) = traceback.downcast::<Traceback>()
    {
        print_traceback(traceback, file)?;
    }
    if let Ok(Some(_)) = object::get_attr_opt(value, id!(print_file_and_line)) {
        let filename = object::get_attr(value, id!(filename))?;
        let filename = match none::is_none(&filename) {
            true => id!("<string>").to_ref(),
            false => object::str(&filename)?,
        };
        // The line is not looked up here; `traceback` would show it.
        write_text(&format!("  File \"{filename}\", line 0\n"), file)?;
    }
    print_message(value.type_(), value, file)?;
    write_text("\n", file)
}

/// `module.qualname: str(value)`.
pub(super) fn print_message(ty: &Type, value: &Object, file: &Object) -> PyResult<()> {
    if value.is_instance(&exceptions::MEMORY_ERROR) {
        // There is no memory for what follows.
        return Err(gopy_core::error::memory_error());
    }
    print_type(ty, file)?;
    match object::str(value) {
        Ok(text) if text.is_empty() => Ok(()),
        Ok(text) => {
            write_text(": ", file)?;
            write(text.as_object(), file)
        }
        Err(_) => write_text(": <exception str() failed>", file),
    }
}

/// The class's name, with its module where that is not a well-known one.
pub(super) fn print_type(ty: &Type, file: &Object) -> PyResult<()> {
    let text = |name: &Str| -> Option<Ref<Str>> {
        object::get_attr(ty.as_object(), name).ok()?.downcast_ref::<Str>().ok()
    };
    match text(id!(__module__)) {
        Some(module) if module.eq_str("builtins") || module.eq_str("__main__") => {}
        Some(module) => {
            write(module.as_object(), file)?;
            write_text(".", file)?;
        }
        None => write_text("<unknown>.", file)?,
    }
    match text(id!(__qualname__)) {
        Some(name) => write(name.as_object(), file),
        None => write_text("<unknown>", file),
    }
}

/// `sys.tracebacklimit`; `None`: nothing is to be shown.
fn limit() -> PyResult<Option<i64>> {
    let limit = file::sys_attribute(&str::interned("tracebacklimit"))?;
    let Some(limit) = limit.as_deref().and_then(|limit| limit.downcast::<Int>()) else {
        return Ok(Some(LIMIT));
    };
    match limit.to_i64() {
        Some(limit) if limit <= 0 => Ok(None),
        Some(limit) => Ok(Some(limit)),
        None if limit.is_negative() => Ok(None),
        None => Ok(Some(i64::MAX)),
    }
}

/// Prints a traceback under its header (`PyTraceBack_Print`). May run Python.
///
/// # Errors
///
/// What writing raises.
pub fn print_traceback(first: &Traceback, file: &Object) -> PyResult<()> {
    let Some(limit) = limit()? else { return Ok(()) };
    write_text(HEADER, file)?;
    let mut depth = 0;
    let mut next = Some(first.to_ref());
    while let Some(entry) = next {
        depth += 1;
        next = entry.next.get();
    }
    let mut next = Some(first.to_ref());
    while depth > limit
        && let Some(entry) = next
    {
        depth -= 1;
        next = entry.next.get();
    }
    let mut last: Option<Entry> = None;
    let mut count = 0;
    while let Some(traceback) = next {
        next = traceback.next.get();
        let Some(entry) = Entry::of(&traceback) else { continue };
        if !last.as_ref().is_some_and(|last| last.is_same(&entry)) {
            print_repeated(count, file)?;
            count = 0;
        }
        count += 1;
        if count <= REPEATED_MAX {
            entry.print(file)?;
        }
        last = Some(entry);
    }
    print_repeated(count, file)
}

fn print_repeated(count: i64, file: &Object) -> PyResult<()> {
    let more = count - REPEATED_MAX;
    if more <= 0 {
        return Ok(());
    }
    let plural = if more > 1 { "s" } else { "" };
    write_text(&format!("  [Previous line repeated {more} more time{plural}]\n"), file)
}

/// What a line of a traceback shows.
struct Entry {
    filename: Ref<Str>,
    name: Ref<Str>,
    line: i32,
}

impl Entry {
    fn of(traceback: &Traceback) -> Option<Entry> {
        let frame = traceback.frame.downcast::<FrameObject>()?;
        let code: &Code = frame.frame().code();
        Some(Entry {
            filename: code.filename.get()?,
            name: code.name.to_ref(),
            line: traceback.line().unwrap_or(-1),
        })
    }

    fn is_same(&self, other: &Entry) -> bool {
        self.line != -1
            && self.line == other.line
            && self.filename.as_object().is(&*other.filename)
            && self.name.as_object().is(&*other.name)
    }

    fn print(&self, file: &Object) -> PyResult<()> {
        let Entry { filename, name, line } = self;
        let mut text = str::StrBuilder::new();
        text.push_str("  File \"")?;
        text.push(filename)?;
        text.push_str(&format!("\", line {line}, in "))?;
        text.push(name)?;
        text.push_str("\n")?;
        write(text.finish()?.as_object(), file)?;
        match source::display_line(file, filename, *line, 4) {
            Ok(_) => Ok(()),
            Err(error) if is_interrupt(&error) => Err(error),
            // The source is a courtesy.
            Err(_) => Ok(()),
        }
    }
}

fn is_interrupt(error: &Exception) -> bool {
    error.is_instance(&exceptions::KEYBOARD_INTERRUPT)
}
