//! Executing code: the loop, what enters it from native code, and the way out of it by an exception.
//!
//! Answers to `Python/ceval.c`. [`generated::cases`] holds the instructions, [`control`] what leads from
//! one to the next; the other modules here are what their bodies call, by subject. [`call_function`] is how native code enters a Python function, and
//! [`eval_code`] how `exec` runs a code object.

use gopy_bytecode::{Opcode, exception_table};
use gopy_core::cell::Cell;
use gopy_core::code::{Code, kinds};
use gopy_core::dict::Dict;
use gopy_core::error::{recursion_error, runtime_error, system_error};
use gopy_core::function::Function;
use gopy_core::id;
use gopy_core::int::Int;
use gopy_core::tuple::Tuple;
use gopy_object::{Args, Exception, Instance, Object, PyResult, Ref, Thread, Type, thread};

use crate::frame::{self, FrameRef, Owner, pop_words};
use crate::generator;
use crate::monitoring::{self, event};
use crate::stackref::StackRef;
use crate::units::{Unit, units_of};

pub(crate) mod arith;
pub(crate) mod attributes;
pub(crate) mod bind;
pub(crate) mod branch;
pub mod build;
pub(crate) mod calls;
pub(crate) mod compare;
pub(crate) mod containers;
pub(crate) mod control;
pub(crate) mod format;
pub(crate) mod functions;
pub(crate) mod import;
pub(crate) mod instrumented;
pub mod intrinsics;
pub(crate) mod names;
pub(crate) mod natives;
pub(crate) mod patterns;
pub mod pending;
mod prelude;
pub(crate) mod raise;
mod release;
pub(crate) mod special;
pub(crate) mod suggestions;
#[cfg(test)]
mod tests;
pub(crate) mod unpack;

/// What `cargo xtask generate` writes.
mod generated {
    pub mod cases;
}

use control::run;

/// Where an exception has led.
pub(crate) enum Unwound {
    /// To a handler in the same frame.
    Handler(*mut Unit),
    /// To the caller, in the same loop.
    Caller(FrameRef, Exception),
    /// Out of the loop.
    Left(Exception),
}

/// Runs a frame that has been made for native code. Its caller is the thread's current frame.
///
/// # Errors
///
/// What the code raises.
#[inline]
pub fn run_frame(thread: &'static Thread, frame: FrameRef) -> PyResult {
    thread.enter_python();
    frame.set_previous(frame::current(thread));
    // SAFETY: the frame is new, its arguments are bound.
    unsafe { run(thread, frame, None) }
}

/// Goes on in a suspended generator's frame, whose sent value is on its stack; or raises `thrown` there.
///
/// # Errors
///
/// What the code raises.
pub fn resume_frame(
    thread: &'static Thread,
    frame: FrameRef,
    thrown: Option<Exception>,
) -> PyResult {
    thread.enter_python();
    if let Err(exception) = thread.check_native_recursion("") {
        // As if the frame had raised at once.
        return fail_suspended(thread, frame, exception);
    }
    frame.set_previous(frame::current(thread));
    // SAFETY: the generator is marked as executing, so nothing else runs its frame.
    unsafe { run(thread, frame, thrown) }
}

#[cold]
fn fail_suspended(thread: &'static Thread, frame: FrameRef, exception: Exception) -> PyResult {
    leave(thread, frame);
    Err(exception)
}

/// Calls a Python function from native code (`_PyFunction_Vectorcall`).
///
/// # Errors
///
/// `TypeError` where the arguments do not fit; what the code raises.
pub fn call_function(function: &Function, args: Args<'_>) -> PyResult {
    let thread = thread();
    let frame = calls::push_native(thread, function, args)?;
    run_frame(thread, frame)
}

/// Runs a code object in `globals` and `locals` (`PyEval_EvalCode`).
///
/// # Errors
///
/// What the code raises; `TypeError` where it has free variables and `closure` does not fit.
pub fn eval_code(
    code: &Code,
    globals: &Dict,
    locals: Option<&Object>,
    closure: Option<&Tuple>,
) -> PyResult {
    let thread = thread();
    let builtins = functions::builtins_of(globals)?;
    let module = globals.get_str(id!(__name__))?;
    let function = Function::new(code.to_ref(), globals.to_ref(), builtins, module)?;
    function.closure.set(closure.map(Instance::to_ref));
    let locals = locals.map(Ref::from_borrow);
    let frame =
        frame::push(thread, code, Some(function.clone()), globals, &function.builtins, locals)?;
    run_frame(thread, frame)
}

/// The class and the first argument for `super()` in the running frame (`super_init_without_args`).
///
/// # Errors
///
/// `RuntimeError` where the frame has none.
pub fn super_arguments() -> PyResult<(Ref<Type>, Ref)> {
    let Some(frame) = frame::current_complete(thread()) else {
        return Err(runtime_error!("super(): no current frame"));
    };
    let code = frame.code();
    if code.argcount == 0 {
        return Err(runtime_error!("super(): no arguments"));
    }
    let first = frame.local(0);
    let is_cell =
        code.localspluskinds.as_slice().first().is_some_and(|kind| kind & kinds::CELL != 0);
    let first = match first.as_option() {
        // MAKE_CELL has run, or nothing could call `super()`.
        Some(object) if is_cell => match object.downcast_exact::<Cell>() {
            Some(cell) => cell.contents.get(),
            None => Some(object.to_ref()),
        },
        other => other.map(Ref::from_borrow),
    };
    let Some(first) = first else { return Err(runtime_error!("super(): arg[0] deleted")) };
    let start = (code.nlocalsplus - code.nfreevars) as usize;
    for index in start..code.nlocalsplus as usize {
        if !code.localsplusnames.items()[index].is(id!(__class__)) {
            continue;
        }
        let cell = frame.local(index);
        let contents = cell.as_option().and_then(|cell| cell.downcast_exact::<Cell>());
        let Some(cell) = contents else {
            return Err(runtime_error!("super(): bad __class__ cell"));
        };
        let Some(class) = cell.contents.get() else {
            return Err(runtime_error!("super(): empty __class__ cell"));
        };
        return match class.downcast_ref::<Type>() {
            Ok(class) => Ok((class, first)),
            Err(other) => {
                Err(runtime_error!("super(): __class__ is not a type ({})", other.type_name()))
            }
        };
    }
    Err(runtime_error!("super(): __class__ cell not found"))
}

/// Ends a frame: what it holds is released, its memory given back. It is not the thread's current one
/// any more. May drop.
#[inline(always)]
pub fn leave(thread: &Thread, frame: FrameRef) {
    if frame.owner() == Owner::Generator {
        generator::leave(thread, frame);
        return;
    }
    if frame.frame_object.is_empty() {
        frame.clear_locals();
    } else if crate::frame_object::detach(frame) {
        // The frame object has taken everything over.
        pop_words(thread, frame);
        return;
    } else {
        frame.clear_locals();
    }
    frame.release_code();
    pop_words(thread, frame);
}

/// The frame has been entered with no recursion left.
#[cold]
#[inline(never)]
pub(crate) fn check_recursion(thread: &Thread) -> PyResult<()> {
    let left = thread.recursion_remaining.get();
    if thread.recursion_headroom.get() > 0 {
        if left < -50 {
            eprintln!(
                "Fatal Python error: _Py_CheckRecursiveCall: Cannot recover from Python stack overflow."
            );
            std::process::abort();
        }
        return Ok(());
    }
    thread.recursion_headroom.set(thread.recursion_headroom.get() + 1);
    let error = recursion_error!("maximum recursion depth exceeded");
    thread.recursion_headroom.set(thread.recursion_headroom.get() - 1);
    Err(error)
}

/// Leaves `frame` by an exception: to the caller in the same loop, or out of it (`Err`).
#[cold]
#[inline(never)]
pub(crate) fn leave_by_error(
    thread: &Thread,
    frame: FrameRef,
    exception: Exception,
) -> Result<(FrameRef, Exception), Exception> {
    thread.recursion_remaining.set(thread.recursion_remaining.get() + 1);
    let caller = frame.previous();
    frame::set_current(thread, caller);
    let is_entry = frame.is_entry();
    leave(thread, frame);
    match caller {
        Some(caller) if !is_entry => Ok((caller, exception)),
        _ => Err(exception),
    }
}

/// Finds the handler of the instruction at `ip`, or leaves the frame, of which tools are told at unit
/// `told`. The frame's `sp` is saved.
#[cold]
#[inline(never)]
pub(crate) fn unwind(
    thread: &Thread,
    frame: FrameRef,
    ip: *mut Unit,
    told: usize,
    exception: Exception,
) -> Unwound {
    let code = frame.code();
    let first = units_of(code);
    // SAFETY: `ip` points into the code's array, or, thrown into a frame that has not begun, before it.
    let index = unsafe { ip.offset_from(first) };
    let handler = u32::try_from(index)
        .ok()
        .and_then(|index| exception_table::find(code.exceptiontable.as_slice(), index));
    let base = frame.stack_base();
    let Some(handler) = handler else {
        let exception = if frame.is_incomplete() {
            exception
        } else {
            monitoring::passes(thread, frame, told, event::PY_UNWIND, exception)
        };
        pop_to(frame, base);
        return match leave_by_error(thread, frame, exception) {
            Ok((caller, exception)) => Unwound::Caller(caller, exception),
            Err(exception) => Unwound::Left(exception),
        };
    };
    // SAFETY: the compiler's depth lies within the stack.
    pop_to(frame, unsafe { base.add(handler.depth as usize) });
    let mut sp = frame.sp();
    if handler.lasti {
        let lasti = Int::from_i64(frame.unit_index() as i64);
        // SAFETY: the compiler has made room for what a handler gets.
        unsafe {
            *sp = StackRef::from(lasti);
            sp = sp.add(1);
        }
    }
    let value = exception.into_value();
    // SAFETY: as above.
    let target = unsafe {
        *sp = StackRef::from(value.clone());
        frame.set_sp(sp.add(1));
        first.add(handler.target as usize)
    };
    match monitoring::handled(thread, frame, handler.target as usize, value.as_object()) {
        Ok(()) => Unwound::Handler(target),
        Err(exception) => {
            unwind(thread, frame, target, handler.target.saturating_sub(1) as usize, exception)
        }
    }
}

/// Releases stack values from the top down to `bottom`.
fn pop_to(frame: FrameRef, bottom: *mut StackRef) {
    loop {
        let sp = frame.sp();
        if sp <= bottom {
            return;
        }
        // SAFETY: words below the top are initialised; this one is released once.
        unsafe {
            let value = sp.sub(1).read();
            frame.set_sp(sp.sub(1));
            value.close();
        }
    }
}

/// Adds the frame to the exception's traceback (`PyTraceBack_Here`).
#[cold]
#[inline(never)]
pub(crate) fn traceback_here(frame: FrameRef, exception: Exception) -> Exception {
    if frame.is_incomplete() {
        return exception;
    }
    match crate::frame_object::add_traceback(frame, &exception) {
        Ok(()) => exception,
        Err(other) => {
            // As `_PyErr_ChainExceptions1`: the one that was on its way becomes the context.
            let value = other.into_value();
            if value.context.is_empty() && !value.as_object().is(&**exception.value()) {
                value.context.set(Some(exception.into_value()));
            }
            Exception::resume(value)
        }
    }
}

/// Marks an array on the stack as empty: emitted where a body consumes one before a `?`.
#[allow(dead_code, reason = "for bodies to come")]
#[inline(always)]
pub(crate) unsafe fn clear(start: *mut StackRef, count: usize) {
    for index in 0..count {
        // SAFETY: the array lies on the stack.
        unsafe { *start.add(index) = StackRef::NULL };
    }
}

/// Moves a value off its place on the stack.
#[inline(always)]
pub(crate) unsafe fn steal_slot(slot: *mut StackRef) -> Ref {
    // SAFETY: the place is a live stack word.
    unsafe { std::mem::replace(&mut *slot, StackRef::NULL).steal() }
}

#[cold]
#[inline(never)]
pub(crate) fn unknown_opcode(frame: FrameRef, op: Opcode) -> Exception {
    let line = frame.line().unwrap_or(0);
    eprintln!("XXX lineno: {line}, opcode: {}", op.0);
    system_error!("unknown opcode")
}
