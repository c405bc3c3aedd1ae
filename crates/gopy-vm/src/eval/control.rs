//! From one instruction to the next, into a frame and out of it.
//!
//! Answers to the `DISPATCH` macros and the labels of `Python/ceval.c`. Every instruction is a function of
//! its own, a [`Handler`], and goes on by calling the next one's in tail position. So each has an
//! indirect jump of its own, which the processor predicts by itself; `ip`, `sp`, the frame and the thread
//! stay in the registers of the first arguments; and what one instruction needs cannot burden another.
//!
//! Keeps true: an optimised build jumps, it does not call. Handlers have one signature, a result in
//! registers, nothing with a destructor and no address of a local in use when they go on, which is what
//! LLVM's sibling calls ask for. Builds with debug assertions, and processors where nobody has looked at
//! the code, return to a loop instead ([`Done`]).

use gopy_bytecode::Opcode;
use gopy_object::{Exception, Instance, PyResult, Thread};

use super::generated::cases::HANDLERS;
use super::release::release_unseen;
use super::{Unwound, check_recursion, leave, leave_by_error, traceback_here, unwind};
use crate::frame::{FrameRef, Owner, current, set_current};
use crate::monitoring::{self, event};
use crate::stackref::StackRef;
use crate::units::Unit;

/// The code of an instruction: where it stands, the top of the stack, the running frame, the thread and
/// the instruction's unit.
pub(crate) type Handler =
    unsafe fn(*mut Unit, *mut StackRef, FrameRef, &'static Thread, usize) -> Done;

/// Number of handlers; opcodes, private ones included, are below.
pub(crate) const HANDLER_COUNT: usize = 512;

#[cfg(all(not(debug_assertions), any(target_arch = "x86_64", target_arch = "aarch64")))]
mod threaded {
    use super::*;

    /// What leaves the loop.
    pub(crate) type Done = PyResult;

    /// The end of the loop.
    #[inline(always)]
    pub(crate) fn done(result: PyResult) -> Done {
        result
    }

    /// Goes on with the instruction `op`, which need not be the unit's.
    #[inline(always)]
    pub(crate) unsafe fn go(
        op: Opcode,
        ip: *mut Unit,
        sp: *mut StackRef,
        frame: FrameRef,
        thread: &'static Thread,
        unit: usize,
    ) -> Done {
        // SAFETY: units hold opcodes; the state is the caller's.
        unsafe { HANDLERS.get_unchecked(op.0 as usize)(ip, sp, frame, thread, unit) }
    }

    #[inline(always)]
    pub(super) unsafe fn drive(done: Done, _: &'static Thread) -> PyResult {
        done
    }
}

#[cfg(not(all(not(debug_assertions), any(target_arch = "x86_64", target_arch = "aarch64"))))]
mod threaded {
    use super::*;

    /// What a handler tells the loop.
    pub(crate) enum Done {
        /// The next instruction.
        Next(Opcode, *mut Unit, *mut StackRef, FrameRef, usize),
        /// The end.
        Left(PyResult),
    }

    /// The end of the loop.
    pub(crate) fn done(result: PyResult) -> Done {
        Done::Left(result)
    }

    /// Goes on with the instruction `op`, which need not be the unit's.
    #[inline(always)]
    pub(crate) unsafe fn go(
        op: Opcode,
        ip: *mut Unit,
        sp: *mut StackRef,
        frame: FrameRef,
        _: &'static Thread,
        unit: usize,
    ) -> Done {
        Done::Next(op, ip, sp, frame, unit)
    }

    pub(super) unsafe fn drive(mut done: Done, thread: &'static Thread) -> PyResult {
        loop {
            match done {
                Done::Next(op, ip, sp, frame, unit) => {
                    // SAFETY: what the handler before has promised.
                    done = unsafe { HANDLERS[op.0 as usize](ip, sp, frame, thread, unit) };
                }
                Done::Left(result) => return result,
            }
        }
    }
}

use threaded::drive;
pub(crate) use threaded::{Done, done, go};

/// Executes `entry`, a new frame or a suspended generator's, until it returns or yields. With `thrown`
/// the exception is raised where the frame is suspended.
///
/// # Safety
///
/// `entry` is complete, its `previous` is the thread's current frame, and nothing else executes it.
///
/// # Errors
///
/// The exception that leaves `entry`.
#[inline]
pub(crate) unsafe fn run(
    thread: &'static Thread,
    entry: FrameRef,
    thrown: Option<Exception>,
) -> PyResult {
    // rebuild-times: eval
    entry.set_entry(true);
    // SAFETY: the caller's promise.
    unsafe {
        match thrown {
            None => drive(enter_frame(entry, thread), thread),
            Some(exception) => drive(throw(exception, entry, thread), thread),
        }
    }
}

/// Goes on at `ip`.
#[inline(always)]
pub(crate) unsafe fn dispatch(
    ip: *mut Unit,
    sp: *mut StackRef,
    frame: FrameRef,
    thread: &'static Thread,
) -> Done {
    // SAFETY: `ip` points to an instruction of the frame's code.
    unsafe {
        let unit = (*ip).pointer();
        go(Opcode(unit as u16), ip, sp, frame, thread, unit)
    }
}

/// Begins or resumes a frame.
#[inline(always)]
pub(crate) unsafe fn enter_frame(frame: FrameRef, thread: &'static Thread) -> Done {
    set_current(thread, Some(frame));
    let left = thread.recursion_remaining.get();
    thread.recursion_remaining.set(left - 1);
    // SAFETY: the frame is complete.
    unsafe {
        if left <= 0 {
            return enter_deep(frame, thread);
        }
        dispatch(frame.ip(), frame.sp(), frame, thread)
    }
}

/// Makes a frame, for which there is room, the running one.
#[inline(always)]
pub(crate) fn begin(frame: FrameRef, thread: &Thread) {
    set_current(thread, Some(frame));
    thread.recursion_remaining.set(thread.recursion_remaining.get() - 1);
}

/// Enters a frame with no recursion left.
#[cold]
#[inline(never)]
unsafe fn enter_deep(frame: FrameRef, thread: &'static Thread) -> Done {
    // SAFETY: as in `enter_frame`.
    unsafe {
        // A generator resumed by an instruction is not checked, only counted.
        if (frame.is_entry() || frame.owner() != Owner::Generator)
            && let Err(exception) = check_recursion(thread)
        {
            return match leave_by_error(thread, frame, exception) {
                Ok((caller, exception)) => {
                    raise(exception, caller.ip(), caller.sp(), caller, thread)
                }
                Err(exception) => done(Err(exception)),
            };
        }
        dispatch(frame.ip(), frame.sp(), frame, thread)
    }
}

/// Goes on in the caller, which gets `value`.
#[inline(always)]
unsafe fn resume_caller(value: StackRef, caller: FrameRef, thread: &'static Thread) -> Done {
    // SAFETY: the caller has room for the result and has said where it goes on.
    unsafe {
        let sp = caller.sp();
        *sp = value;
        let ip = caller.ip().add(caller.return_offset() as usize);
        dispatch(ip, sp.add(1), caller, thread)
    }
}

/// Ends the frame, whose stack is empty but for the value; its caller gets that.
#[inline(always)]
pub(crate) unsafe fn return_value(
    value: StackRef,
    ip: *mut Unit,
    frame: FrameRef,
    thread: &'static Thread,
) -> Done {
    // SAFETY: the frame is the running one; its locals are released once, and their memory is given
    // back afterwards.
    unsafe {
        if !frame.is_plain(thread) {
            return return_anyhow(value, ip, frame, thread);
        }
        thread.recursion_remaining.set(thread.recursion_remaining.get() + 1);
        let caller = frame.previous().unwrap_unchecked();
        set_current(thread, Some(caller));
        let start = frame.localsplus();
        let mut end = frame.stack_base();
        while end > start {
            end = end.sub(1);
            release_unseen(*end);
        }
        if let Some(function) = frame.function() {
            release_unseen(StackRef::owned(function.as_object()));
        }
        release_unseen(StackRef::owned(frame.code().as_object()));
        thread.data_stack.set(frame.as_ptr().cast());
        resume_caller(value, caller, thread)
    }
}

/// The same for every frame.
#[inline(never)]
unsafe fn return_anyhow(
    value: StackRef,
    ip: *mut Unit,
    frame: FrameRef,
    thread: &'static Thread,
) -> Done {
    // A frame object outlives the frame: its `f_lasti` and `f_lineno` tell where the frame ended.
    frame.save(ip, frame.stack_base());
    thread.recursion_remaining.set(thread.recursion_remaining.get() + 1);
    let caller = frame.previous();
    set_current(thread, caller);
    let is_entry = frame.is_entry();
    leave(thread, frame);
    if is_entry {
        return done(Ok(value.steal()));
    }
    // SAFETY: a frame that the loop has entered by itself has a caller.
    unsafe { resume_caller(value, caller.unwrap_unchecked(), thread) }
}

/// The frame has gone into a generator, and its memory is gone; the thread's current frame is its caller.
#[inline(always)]
pub(crate) unsafe fn moved(value: StackRef, was_entry: bool, thread: &'static Thread) -> Done {
    thread.recursion_remaining.set(thread.recursion_remaining.get() + 1);
    if was_entry {
        return done(Ok(value.steal()));
    }
    // SAFETY: as in `return_value`.
    unsafe { resume_caller(value, current(thread).unwrap_unchecked(), thread) }
}

/// Suspends the frame; its caller gets the value.
#[inline(always)]
pub(crate) unsafe fn yield_value(
    value: StackRef,
    frame: FrameRef,
    thread: &'static Thread,
) -> Done {
    thread.recursion_remaining.set(thread.recursion_remaining.get() + 1);
    let caller = frame.previous();
    set_current(thread, caller);
    frame.set_previous(None);
    if frame.is_entry() {
        frame.set_entry(false);
        return done(Ok(value.steal()));
    }
    // SAFETY: as in `resume_caller`; SEND and FOR_ITER, whichever this is, have one cache unit.
    unsafe {
        let caller = caller.unwrap_unchecked();
        let sp = caller.sp();
        *sp = value;
        dispatch(caller.ip().add(2), sp.add(1), caller, thread)
    }
}

/// Raises `exception` at `ip`.
#[cold]
#[inline(never)]
pub(crate) unsafe fn raise(
    exception: Exception,
    ip: *mut Unit,
    sp: *mut StackRef,
    frame: FrameRef,
    thread: &'static Thread,
) -> Done {
    frame.save(ip, sp);
    let exception = traceback_here(frame, exception);
    let told = monitoring::last_unit(frame.code(), frame.unit_index());
    let exception = monitoring::tell(event::RAISE, told, exception, frame, thread);
    // SAFETY: the caller's promise.
    unsafe { pass_on(exception, ip, told, frame, thread) }
}

/// Raises `exception` again at `ip`: no traceback entry is made.
#[cold]
#[inline(never)]
pub(crate) unsafe fn reraise(
    exception: Exception,
    ip: *mut Unit,
    sp: *mut StackRef,
    frame: FrameRef,
    thread: &'static Thread,
) -> Done {
    // The frame keeps standing where the exception was raised first.
    frame.set_sp(sp);
    // SAFETY: `ip` is in the code's array.
    let told = unsafe { ip.offset_from(frame.code().units.get().cast::<Unit>()) as usize };
    let exception = monitoring::tell(event::RERAISE, told, exception, frame, thread);
    // SAFETY: the caller's promise.
    unsafe { pass_on(exception, ip, told, frame, thread) }
}

/// Raises `exception` where a generator is suspended, which is behind its YIELD_VALUE.
#[cold]
#[inline(never)]
unsafe fn throw(exception: Exception, frame: FrameRef, thread: &'static Thread) -> Done {
    set_current(thread, Some(frame));
    thread.recursion_remaining.set(thread.recursion_remaining.get() - 1);
    // SAFETY: a frame that has not begun has its array's first unit before it: `unwind` knows.
    let ip = unsafe { frame.ip().sub(1) };
    let exception = monitoring::tell(event::PY_THROW, frame.unit_index(), exception, frame, thread);
    let exception = traceback_here(frame, exception);
    let told = frame.unit_index().saturating_sub(1);
    let exception = monitoring::tell(event::RAISE, told, exception, frame, thread);
    // SAFETY: the caller's promise.
    unsafe { pass_on(exception, ip, told, frame, thread) }
}

/// Takes `exception` to its handler, in this frame or a caller's, or out of the loop. Tools are told that
/// it comes from unit `told`: CPython means the last unit of the instruction that raises, and the one
/// in front of a call that an exception comes out of.
#[cold]
#[inline(never)]
unsafe fn pass_on(
    mut exception: Exception,
    mut ip: *mut Unit,
    mut told: usize,
    mut frame: FrameRef,
    thread: &'static Thread,
) -> Done {
    loop {
        match unwind(thread, frame, ip, told, exception) {
            // SAFETY: the handler is an instruction of the frame's code.
            Unwound::Handler(handler) => unsafe {
                return dispatch(handler, frame.sp(), frame, thread);
            },
            Unwound::Caller(caller, raised) => {
                frame = caller;
                ip = frame.ip();
                exception = traceback_here(frame, raised);
                told = frame.unit_index().saturating_sub(1);
                exception = monitoring::tell(event::RAISE, told, exception, frame, thread);
            }
            Unwound::Left(exception) => return done(Err(exception)),
        }
    }
}
