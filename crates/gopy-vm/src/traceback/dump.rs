//! What is said where nothing can be relied on any more: frames and objects, straight to a descriptor.
//!
//! Answers to `_Py_DumpTraceback` and its neighbours in `Python/traceback.c`, to `_PyObject_Dump` and to
//! `fatal_error` of `Python/pylifecycle.c`. The frames are written without allocating.

use gopy_core::object as objects;
use gopy_core::str::Str;
use gopy_object::{Interpreter, Object, Thread, gil, thread};

use super::file::{write_all, write_to_descriptor};
use crate::frame::{self, FrameRef};

const FRAMES_MAX: u32 = 100;
const THREADS_MAX: u32 = 100;
const TEXT_MAX: usize = 500;

/// Shows an object on descriptor 2 (`_PyObject_Dump`). May run Python.
pub fn object(value: &Object) {
    let ty = value.type_();
    let text = format!(
        "object address  : {:#x}\nobject refcount : {}\nobject type     : {:#x}\n\
         object type name: {}\nobject repr     : ",
        value.id(),
        value.count(),
        std::ptr::from_ref(ty).addr(),
        ty.name()
    );
    write_to_descriptor(text.as_bytes());
    if let Ok(repr) = objects::repr(value) {
        write_to_descriptor(repr.to_string_lossy().as_bytes());
    }
    write_to_descriptor(b"\n");
}

/// The frames of a thread, innermost first.
pub fn traceback(descriptor: i32, thread: &Thread, header: bool) {
    if header {
        write_all(descriptor, b"Stack (most recent call first):\n");
    }
    let mut next = frame::current(thread);
    if next.is_none() {
        write_all(descriptor, b"  <no Python frame>\n");
        return;
    }
    let mut depth = 0;
    while let Some(frame) = next {
        // What lies below is not mentioned, as in CPython.
        if depth >= FRAMES_MAX {
            return;
        }
        dump_frame(descriptor, frame);
        next = frame.previous();
        depth += 1;
    }
}

/// The running thread's frames under its name.
pub fn current_thread(descriptor: i32) {
    one_thread(descriptor, thread(), true);
}

/// Writes bytes to a descriptor, as far as that works. Async-signal-safe.
pub fn write(descriptor: i32, text: &[u8]) {
    write_all(descriptor, text);
}

/// Writes a number with so many digits at least. Async-signal-safe.
pub fn write_hexadecimal(descriptor: i32, value: u64, width: usize) {
    hexadecimal(descriptor, value, width);
}

/// The frames of the thread that runs this, whether it is attached or not (`_Py_DumpTraceback`).
/// Async-signal-safe.
pub fn this_thread(descriptor: i32) {
    // SAFETY: takes no arguments.
    let ident = unsafe { libc::pthread_self() };
    // SAFETY: reads plain fields, for a report.
    unsafe {
        gil::for_each_thread_unlocked(|thread| {
            if thread.ident.get() == ident {
                traceback(descriptor, thread, true);
            }
        });
    }
}

/// The frames of all threads, newest thread first (`_Py_DumpTracebackThreads`). Async-signal-safe.
pub fn all_threads(descriptor: i32) {
    // SAFETY: takes no arguments.
    let ident = unsafe { libc::pthread_self() };
    let mut count = 0;
    // SAFETY: reads plain fields, for a report.
    unsafe {
        gil::for_each_thread_unlocked(|thread| {
            count += 1;
            if count > THREADS_MAX {
                if count == THREADS_MAX + 1 {
                    write_all(descriptor, b"...\n");
                }
                return;
            }
            if count > 1 {
                write_all(descriptor, b"\n");
            }
            one_thread(descriptor, thread, thread.ident.get() == ident);
        });
    }
}

/// A thread's frames under its name.
fn one_thread(descriptor: i32, thread: &Thread, is_current: bool) {
    let title: &[u8] = if is_current { b"Current thread 0x" } else { b"Thread 0x" };
    write_all(descriptor, title);
    hexadecimal(descriptor, thread.ident.get(), 16);
    let mut name = [0u8; 100];
    // SAFETY: the buffer is as long as said, and a thread that has a state has not ended.
    let failed = unsafe {
        libc::pthread_getname_np(thread.ident.get(), name.as_mut_ptr().cast(), name.len())
    };
    let length = name.iter().position(|byte| *byte == 0).unwrap_or(0);
    if failed == 0 && length > 0 {
        write_all(descriptor, b" [");
        write_all(descriptor, &name[..length]);
        write_all(descriptor, b"]");
    }
    write_all(descriptor, b" (most recent call first):\n");
    if is_current && thread.interpreter().gc.collecting.get() {
        write_all(descriptor, b"  Garbage-collecting\n");
    }
    traceback(descriptor, thread, false);
}

fn dump_frame(descriptor: i32, frame: FrameRef) {
    let code = frame.code();
    write_all(descriptor, b"  File ");
    match code.filename.get() {
        Some(filename) => {
            write_all(descriptor, b"\"");
            text(descriptor, &filename);
            write_all(descriptor, b"\"");
        }
        None => write_all(descriptor, b"???"),
    }
    write_all(descriptor, b", line ");
    match frame.line().and_then(|line| u64::try_from(line).ok()) {
        Some(line) => decimal(descriptor, line),
        None => write_all(descriptor, b"???"),
    }
    write_all(descriptor, b" in ");
    text(descriptor, &code.name);
    write_all(descriptor, b"\n");
}

fn text(descriptor: i32, text: &Str) {
    for index in 0..text.len().min(TEXT_MAX) {
        let c = text.char_at(index);
        match c {
            0x20..=0x7e => write_all(descriptor, &[c as u8]),
            0..=0xff => {
                write_all(descriptor, b"\\x");
                hexadecimal(descriptor, c.into(), 2);
            }
            0x100..=0xffff => {
                write_all(descriptor, b"\\u");
                hexadecimal(descriptor, c.into(), 4);
            }
            _ => {
                write_all(descriptor, b"\\U");
                hexadecimal(descriptor, c.into(), 8);
            }
        }
    }
    if text.len() > TEXT_MAX {
        write_all(descriptor, b"...");
    }
}

fn decimal(descriptor: i32, mut value: u64) {
    let mut digits = [0u8; 20];
    let mut start = digits.len();
    loop {
        start -= 1;
        digits[start] = b'0' + (value % 10) as u8;
        value /= 10;
        if value == 0 {
            break;
        }
    }
    write_all(descriptor, &digits[start..]);
}

fn hexadecimal(descriptor: i32, mut value: u64, width: usize) {
    let mut digits = [0u8; 16];
    let mut start = digits.len();
    while start > 0 && (value != 0 || digits.len() - start < width) {
        start -= 1;
        digits[start] = b"0123456789abcdef"[(value & 15) as usize];
        value >>= 4;
    }
    write_all(descriptor, &digits[start..]);
}

/// Ends the process with a core dump: "Fatal Python error" (`Py_FatalError`). `function` is what CPython's
/// message names.
pub fn fatal_error(function: Option<&str>, message: &str) -> ! {
    let descriptor = libc::STDERR_FILENO;
    write_all(descriptor, b"Fatal Python error: ");
    if let Some(function) = function {
        write_all(descriptor, function.as_bytes());
        write_all(descriptor, b": ");
    }
    write_all(descriptor, message.as_bytes());
    write_all(descriptor, b"\nPython runtime state: ");
    if gopy_object::state::is_attached() {
        let finalizing = Interpreter::current().finalizing.get();
        let state: &[u8] = if finalizing { b"finalizing\n" } else { b"initialized\n" };
        write_all(descriptor, state);
        write_all(descriptor, b"\n");
        current_thread(descriptor);
    } else {
        // A thread of native code's.
        write_all(descriptor, b"initialized\n\n");
        all_threads(descriptor);
    }
    // SAFETY: takes no arguments and does not come back.
    unsafe { libc::abort() }
}
