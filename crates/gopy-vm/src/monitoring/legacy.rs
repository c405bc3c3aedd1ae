//! `sys.settrace` and `sys.setprofile`, as tools of the monitoring.
//!
//! Answers to `Python/legacy_tracing.c` and the trampolines of `Python/sysmodule.c`.

use gopy_core::builtin::BUILTIN_FUNCTION;
use gopy_core::code::Code;
use gopy_core::descriptor::METHOD_DESCRIPTOR;
use gopy_core::int::Int;
use gopy_core::str::Str;
use gopy_core::{call, none, tuple};
use gopy_object::{BaseException, Instance as _, Object, PyResult, Ref, Thread, gil, thread};

use super::{Event, PROFILE_TOOL, TRACE_TOOL, Wish, event, line_of_unit, module};
use crate::frame::{self, FrameRef};
use crate::frame_object::{self, FrameObject};
use crate::sys::audit;

/// What a trace or profile function is told.
#[derive(Clone, Copy, PartialEq, Eq)]
enum What {
    Call,
    Exception,
    Line,
    Return,
    CCall,
    CException,
    CReturn,
    Opcode,
}

impl What {
    fn name(self) -> Ref<Str> {
        gopy_core::str::interned(match self {
            What::Call => "call",
            What::Exception => "exception",
            What::Line => "line",
            What::Return => "return",
            What::CCall => "c_call",
            What::CException => "c_exception",
            What::CReturn => "c_return",
            What::Opcode => "opcode",
        })
    }
}

const TRACE_EVENTS: u32 = 1 << event::PY_START
    | 1 << event::PY_RESUME
    | 1 << event::PY_RETURN
    | 1 << event::PY_YIELD
    | 1 << event::RAISE
    | 1 << event::LINE
    | 1 << event::JUMP
    | 1 << event::PY_UNWIND
    | 1 << event::PY_THROW
    | 1 << event::STOP_ITERATION;

const PROFILE_EVENTS: u32 = 1 << event::PY_START
    | 1 << event::PY_RESUME
    | 1 << event::PY_RETURN
    | 1 << event::PY_YIELD
    | 1 << event::CALL
    | 1 << event::PY_UNWIND
    | 1 << event::PY_THROW;

/// Sets or removes a thread's trace function (`_PyEval_SetTrace`).
///
/// # Errors
///
/// What an audit hook raises.
pub fn set_trace(thread: &Thread, function: Option<Ref>) -> PyResult<()> {
    audit::audit("sys.settrace", &[])?;
    let old = thread.trace.take();
    thread.trace.set(function);
    drop(old);
    let mut tracing = false;
    gil::for_each_thread(|thread| tracing |= !thread.trace.is_empty());
    if tracing
        && let Some(frame) = frame::current_complete(gopy_object::thread())
        && let Some(object) = frame.frame_object.get()
        && object.trace_opcodes.get()
    {
        trace_opcodes(frame.code(), true)?;
    }
    super::set_events(TRACE_TOOL, if tracing { TRACE_EVENTS } else { 0 })
}

/// Sets or removes a thread's profile function (`_PyEval_SetProfile`).
///
/// # Errors
///
/// What an audit hook raises.
pub fn set_profile(thread: &Thread, function: Option<Ref>) -> PyResult<()> {
    audit::audit("sys.setprofile", &[])?;
    let old = thread.profile.take();
    thread.profile.set(function);
    drop(old);
    let mut profiling = false;
    gil::for_each_thread(|thread| profiling |= !thread.profile.is_empty());
    super::set_events(PROFILE_TOOL, if profiling { PROFILE_EVENTS } else { 0 })
}

/// Switches opcode events of the trace function for a code object (`_PyEval_SetOpcodeTrace`).
///
/// # Errors
///
/// `SystemError` for code without instructions to watch.
pub fn trace_opcodes(code: &Code, enable: bool) -> PyResult<()> {
    let bit = 1 << event::INSTRUCTION;
    let events = super::local_events(code, TRACE_TOOL);
    let wanted = if enable { events | bit } else { events & !bit };
    if wanted == events {
        return Ok(());
    }
    super::set_local_events(code, TRACE_TOOL, wanted)
}

/// Calls `f` with tracing and profiling on, in a trace function (`sys.call_tracing`).
///
/// # Errors
///
/// What `f` raises.
pub fn call_tracing(f: &Object, args: &tuple::Tuple) -> PyResult {
    let thread = thread();
    let before = thread.tracing.replace(0);
    let result = call::call_tuple(f, args, None);
    thread.tracing.set(before);
    result
}

/// Tells the thread's function of an event. `args` are what a tool's callback would get.
pub(super) fn call(
    thread: &Thread,
    tool: usize,
    event: Event,
    frame: Option<FrameRef>,
    args: &[&Object],
) -> PyResult<Wish> {
    let Some(frame) = frame else { return Ok(Wish::Continue) };
    if tool == TRACE_TOOL {
        return trace(thread, event, frame, args);
    }
    let what = match event {
        event::PY_START | event::PY_RESUME | event::PY_THROW => What::Call,
        event::PY_RETURN | event::PY_YIELD | event::PY_UNWIND => What::Return,
        event::CALL => What::CCall,
        event::C_RETURN => What::CReturn,
        event::C_RAISE => What::CException,
        _ => return Ok(Wish::Continue),
    };
    let Some(function) = thread.profile.get() else { return Ok(Wish::Continue) };
    let arg = match what {
        What::Return if event == event::PY_UNWIND => none::none(),
        What::Return => args[2].to_ref(),
        What::CCall | What::CReturn | What::CException => match native(args[2], args[3])? {
            Some(callable) => callable,
            None => return Ok(Wish::Continue),
        },
        _ => none::none(),
    };
    let object = frame_object::of(frame)?;
    if let Err(error) = call::call(&function, &[object.as_object(), what.name().as_object(), &arg])
    {
        set_profile(thread, None)?;
        return Err(error);
    }
    Ok(Wish::Continue)
}

/// What a profile function is shown of a callable: nothing of Python functions, a method of a built-in
/// type as the bound one.
fn native(callable: &Object, first: &Object) -> PyResult<Option<Ref>> {
    if callable.is_instance(&BUILTIN_FUNCTION) {
        return Ok(Some(callable.to_ref()));
    }
    if callable.is_exact(&METHOD_DESCRIPTOR) {
        if module::is_missing(first) {
            return Ok(None);
        }
        let Some(bind) = callable.type_().slots.descr_get.get() else { return Ok(None) };
        return bind(callable, Some(first), Some(first.type_().as_object())).map(Some);
    }
    Ok(None)
}

fn trace(thread: &Thread, event: Event, frame: FrameRef, args: &[&Object]) -> PyResult<Wish> {
    if event == event::INSTRUCTION {
        let traced = frame.frame_object.get().is_some_and(|object| object.trace_opcodes.get());
        if thread.trace.is_empty() || !traced {
            trace_opcodes(frame.code(), false)?;
            return Ok(Wish::Continue);
        }
        return tell(thread, frame, What::Opcode, None, None);
    }
    if thread.trace.is_empty() {
        return Ok(Wish::Continue);
    }
    match event {
        event::LINE => {
            let line = args[1].downcast::<Int>().and_then(Int::to_i64).unwrap_or(0);
            tell_line(thread, frame, line as i32)
        }
        event::JUMP => jump(thread, frame, args),
        event::PY_START | event::PY_RESUME | event::PY_THROW => {
            tell_first(thread, frame, What::Call, None)
        }
        event::PY_RETURN | event::PY_YIELD => {
            tell_first(thread, frame, What::Return, Some(args[2].to_ref()))
        }
        event::PY_UNWIND => tell_first(thread, frame, What::Return, None),
        event::RAISE | event::STOP_ITERATION => {
            let exception = args[2];
            let traceback = exception
                .downcast::<BaseException>()
                .and_then(|exception| exception.traceback.get())
                .unwrap_or_else(none::none);
            let parts = [exception.type_().as_object(), exception, &traceback];
            let parts = tuple::from_borrowed(&parts).upcast();
            tell_first(thread, frame, What::Exception, Some(parts))
        }
        _ => Ok(Wish::Continue),
    }
}

/// [`tell`], and opcodes too if the frame wants them.
fn tell_first(thread: &Thread, frame: FrameRef, what: What, arg: Option<Ref>) -> PyResult<Wish> {
    if let Some(object) = frame.frame_object.get()
        && object.trace_opcodes.get()
    {
        trace_opcodes(frame.code(), true)?;
    }
    tell(thread, frame, what, arg, None)
}

fn tell_line(thread: &Thread, frame: FrameRef, line: i32) -> PyResult<Wish> {
    let object = frame_object::of(frame)?;
    if !object.trace_lines.get() || line < 0 {
        return Ok(Wish::Continue);
    }
    tell(thread, frame, What::Line, None, Some(line))
}

/// A jump back within a line counts as a new line.
fn jump(thread: &Thread, frame: FrameRef, args: &[&Object]) -> PyResult<Wish> {
    let unit =
        |object: &Object| object.downcast::<Int>().and_then(Int::to_i64).unwrap_or(0) as usize / 2;
    let (from, to) = (unit(args[1]), unit(args[2]));
    if to > from {
        return Ok(Wish::Disable);
    }
    let code = frame.code();
    let line = line_of_unit(code, to);
    if line != line_of_unit(code, from) {
        // The instruction that is jumped to tells of it.
        return Ok(Wish::Disable);
    }
    tell_line(thread, frame, line)
}

/// Calls the trace function of the thread, or that of the frame (`trace_trampoline`).
fn tell(
    thread: &Thread,
    frame: FrameRef,
    what: What,
    arg: Option<Ref>,
    line: Option<i32>,
) -> PyResult<Wish> {
    let object: Ref<FrameObject> = frame_object::of(frame)?;
    let function = if what == What::Call { thread.trace.get() } else { object.trace.get() };
    let Some(function) = function else { return Ok(Wish::Continue) };
    object.lineno.set(line.unwrap_or(0));
    let arg = arg.unwrap_or_else(none::none);
    let result = call::call(&function, &[object.as_object(), what.name().as_object(), &arg]);
    object.lineno.set(0);
    match result {
        Ok(local) => {
            if !none::is_none(&local) {
                object.trace.set(Some(local));
            }
            Ok(Wish::Continue)
        }
        Err(error) => {
            let cleared = set_trace(thread, None);
            object.trace.set(None);
            cleared?;
            Err(error)
        }
    }
}
