//! Assigning to `f_lineno`: moving a traced frame to another line.
//!
//! Answers to `frame_lineno_set` and `mark_stacks` of `Objects/frameobject.c`. What lies on the stack at
//! each instruction is worked out from the code alone; a jump is possible where the target's stack is
//! what remains when the frame's is cut.

use gopy_bytecode::{Opcode, exception_table, location};
use gopy_core::code::Code;
use gopy_core::error::{system_error, value_error};
use gopy_core::exceptions::RUNTIME_WARNING;
use gopy_core::int::Int;
use gopy_core::{none, warnings};
use gopy_object::{Object, PyResult, thread};

use super::event;
use crate::frame::Owner;
use crate::frame_object::FrameObject;
use crate::generator;
use crate::stackref::StackRef;
use crate::units::units_of;

/// Kinds of stack entries, [`BITS`] each, the top in the lowest; so a deeper stack is a larger number.
mod kind {
    pub const ITERATOR: i64 = 1;
    pub const EXCEPT: i64 = 2;
    pub const OBJECT: i64 = 3;
    pub const NULL: i64 = 4;
    pub const LASTI: i64 = 5;
}

const BITS: u32 = 3;
const MASK: i64 = (1 << BITS) - 1;

/// Stacks from here on have no room for one entry more.
const FULL: i64 = 1 << 60;

/// Deeper than can be followed.
const TOO_DEEP: i64 = -1;
/// Not reached (yet).
const UNREACHED: i64 = -2;
const EMPTY: i64 = 0;

fn push(stack: i64, kind: i64) -> i64 {
    if !(0..FULL).contains(&stack) { TOO_DEEP } else { stack << BITS | kind }
}

fn pop(stack: i64) -> i64 {
    stack >> BITS
}

fn peek(stack: i64, depth: u32) -> i64 {
    stack >> (BITS * (depth - 1)).min(63) & MASK
}

/// Swaps the top with entry `depth`.
fn swap(stack: i64, depth: u32) -> i64 {
    let shift = BITS * (depth - 1);
    if shift >= 60 || stack < 0 {
        return TOO_DEEP;
    }
    let (top, other) = (stack & MASK, peek(stack, depth));
    let low = stack & !(MASK << shift) | top << shift;
    low & !MASK | other
}

fn cut_to_depth(mut stack: i64, depth: u32) -> i64 {
    if depth == 0 {
        return EMPTY;
    }
    let largest = MASK.checked_shl((depth - 1) * BITS).unwrap_or(i64::MAX);
    while stack > largest {
        stack = pop(stack);
    }
    stack
}

/// What lies on the stack before each unit.
fn stacks_of(code: &Code) -> Vec<i64> {
    let bytes = code.code.as_slice();
    let count = bytes.len() / 2;
    let mut stacks = vec![UNREACHED; count + 1];
    stacks[0] = EMPTY;
    let mut again = true;
    while again {
        again = false;
        let mut index = 0;
        while index < count {
            let stack = stacks[index];
            let mut arg = usize::from(bytes[index * 2 + 1]);
            while bytes[index * 2] == Opcode::EXTENDED_ARG.0 as u8 && index + 1 < count {
                index += 1;
                stacks[index] = stack;
                arg = arg << 8 | usize::from(bytes[index * 2 + 1]);
            }
            let opcode = Opcode(bytes[index * 2].into());
            let next = index + 1 + opcode.caches();
            if stack != UNREACHED {
                again |= follow(&mut stacks, opcode, arg, index, next, stack);
            }
            index = next;
        }
        for entry in exception_table::entries(code.exceptiontable.as_slice()) {
            let (Some(start), Some(handler)) =
                (stacks.get(entry.start as usize), stacks.get(entry.target as usize))
            else {
                continue;
            };
            if *start == UNREACHED || *handler != UNREACHED {
                continue;
            }
            again = true;
            let mut stack = cut_to_depth(*start, entry.depth);
            if entry.lasti {
                stack = push(stack, kind::LASTI);
            }
            stacks[entry.target as usize] = push(stack, kind::EXCEPT);
        }
    }
    stacks
}

/// Notes the stacks that the instruction at `index` leads to; whether the code has to be gone through
/// again.
fn follow(
    stacks: &mut [i64],
    opcode: Opcode,
    arg: usize,
    index: usize,
    next: usize,
    stack: i64,
) -> bool {
    let mut set = |at: usize, stack: i64| {
        if let Some(place) = stacks.get_mut(at) {
            *place = stack;
        }
    };
    let after = match opcode {
        Opcode::POP_JUMP_IF_FALSE
        | Opcode::POP_JUMP_IF_TRUE
        | Opcode::POP_JUMP_IF_NONE
        | Opcode::POP_JUMP_IF_NOT_NONE => {
            set(next + arg, pop(stack));
            pop(stack)
        }
        Opcode::SEND => {
            set(next + arg, stack);
            stack
        }
        Opcode::JUMP_FORWARD => {
            set(next + arg, stack);
            return false;
        }
        Opcode::JUMP_BACKWARD | Opcode::JUMP_BACKWARD_NO_INTERRUPT => {
            let target = next.wrapping_sub(arg);
            let is_new = stacks.get(target).is_some_and(|stack| *stack == UNREACHED);
            if let Some(place) = stacks.get_mut(target) {
                *place = stack;
            }
            return is_new && target < index;
        }
        Opcode::GET_ITER | Opcode::GET_AITER => push(pop(stack), kind::ITERATOR),
        Opcode::FOR_ITER => {
            let with_item = push(stack, kind::OBJECT);
            set(next + arg, with_item);
            with_item
        }
        Opcode::END_ASYNC_FOR => pop(pop(stack)),
        Opcode::PUSH_EXC_INFO => push(stack, kind::EXCEPT),
        Opcode::POP_EXCEPT => pop(stack),
        Opcode::RETURN_VALUE | Opcode::RAISE_VARARGS | Opcode::RERAISE => return false,
        Opcode::PUSH_NULL => push(stack, kind::NULL),
        Opcode::LOAD_GLOBAL => {
            let stack = push(stack, kind::OBJECT);
            if arg & 1 != 0 { push(stack, kind::NULL) } else { stack }
        }
        Opcode::LOAD_ATTR if arg & 1 != 0 => push(push(pop(stack), kind::OBJECT), kind::NULL),
        Opcode::LOAD_ATTR => stack,
        Opcode::SWAP => swap(stack, arg as u32),
        Opcode::COPY => push(stack, peek(stack, arg as u32)),
        _ => {
            let effect = opcode.stack_effect(arg as u32, false).unwrap_or(0);
            let mut stack = stack;
            for _ in effect..0 {
                stack = pop(stack);
            }
            for _ in 0..effect {
                stack = push(stack, kind::OBJECT);
            }
            stack
        }
    };
    set(next, after);
    false
}

fn are_compatible(mut from: i64, mut to: i64) -> bool {
    if from < 0 || to < 0 {
        return false;
    }
    while from > to {
        from = pop(from);
    }
    while from != 0 {
        let (have, want) = (from & MASK, to & MASK);
        let fits = match want {
            EMPTY => false,
            kind::OBJECT => have != kind::NULL,
            kind::NULL => true,
            want => have == want,
        };
        if !fits {
            return false;
        }
        (from, to) = (pop(from), pop(to));
    }
    to == 0
}

/// Why a jump to where the stack is `to` is impossible.
fn why_incompatible(to: i64) -> &'static str {
    match to {
        TOO_DEEP => "stack is too deep to analyze",
        UNREACHED => "can't jump into an exception handler, or code may be unreachable",
        _ => match to & MASK {
            kind::EXCEPT => "can't jump into an 'except' block as there's no exception",
            kind::LASTI => "can't jump into a re-raising block as there's no location",
            kind::ITERATOR => "can't jump into the body of a for loop",
            _ => "incompatible stacks",
        },
    }
}

/// Per unit, the line that starts there.
fn line_starts(code: &Code) -> Vec<Option<i32>> {
    let mut starts = vec![None; code.code.as_slice().len() / 2];
    let mut last = None;
    for (start, _, line) in location::lines(code.linetable.as_slice(), code.firstlineno) {
        if line.is_some()
            && line != last
            && let Some(place) = starts.get_mut(start / 2)
        {
            *place = line;
            last = line;
        }
    }
    starts
}

/// Whether the event whose callback is running allows jumps.
fn check_event() -> PyResult<()> {
    let Some(event) = super::current_event() else {
        return Err(value_error!("f_lineno can only be set in a trace function"));
    };
    Err(match event {
        event::PY_RESUME
        | event::JUMP
        | event::BRANCH
        | event::BRANCH_LEFT
        | event::BRANCH_RIGHT
        | event::LINE
        | event::PY_YIELD => return Ok(()),
        event::PY_START => value_error!("can't jump from the 'call' trace event of a new frame"),
        event::CALL | event::C_RETURN => value_error!("can't jump during a call"),
        event::PY_RETURN
        | event::PY_UNWIND
        | event::PY_THROW
        | event::RAISE
        | event::C_RAISE
        | event::INSTRUCTION
        | event::EXCEPTION_HANDLED => value_error!("can only jump from a 'line' trace event"),
        _ => system_error!("unexpected event type"),
    })
}

/// `frame.f_lineno = value`, an exact int.
///
/// # Errors
///
/// `ValueError` where there can be no jump from here to there.
pub fn set_line(object: &FrameObject, value: &Object) -> PyResult<()> {
    let frame = object.frame();
    let code = frame.code();
    check_event()?;
    let wanted = value.downcast::<Int>().and_then(Int::to_i64);
    let Some(wanted) = wanted.and_then(|line| i32::try_from(line).ok()) else {
        return Err(value_error!("lineno out of range"));
    };
    if wanted < code.firstlineno {
        return Err(value_error!("line {wanted} comes before the current code block"));
    }
    let starts = line_starts(code);
    let Some(line) = starts.iter().flatten().copied().filter(|line| *line >= wanted).min() else {
        return Err(value_error!("line {wanted} comes after the current code block"));
    };
    let stacks = stacks_of(code);
    let is_suspended = frame.owner() == Owner::Generator
        && generator::object_of_frame(frame)
            .is_some_and(|object| generator::head(object).frame_state.get().is_suspended());
    // A suspended frame stands behind its YIELD_VALUE, whose value has been popped.
    let here = frame.unit_index() - usize::from(is_suspended);
    let mut stack = stacks.get(here).copied().unwrap_or(UNREACHED);
    let (mut best, mut best_stack) = (None, TOO_DEEP);
    let mut message = "cannot find bytecode for specified line";
    let mut explained = false;
    for (index, _) in starts.iter().enumerate().filter(|(_, start)| **start == Some(line)) {
        let target = stacks[index];
        if are_compatible(stack, target) {
            if target > best_stack {
                (best, best_stack) = (Some(index), target);
            }
        } else if best.is_none() && !explained {
            message = match stack {
                TOO_DEEP => "stack to deep to analyze",
                UNREACHED => "can't jump from unreachable code",
                _ => {
                    explained = true;
                    why_incompatible(target)
                }
            };
        }
    }
    let Some(best) = best else { return Err(value_error!("{message}")) };
    bind_unbound(object)?;
    if is_suspended {
        stack = pop(stack);
    }
    while stack > best_stack {
        let sp = frame.sp().wrapping_sub(1);
        // SAFETY: the frame's stack is at least as deep as the code says; each word is released once.
        let word = unsafe { sp.read() };
        frame.set_sp(sp);
        if stack & MASK == kind::EXCEPT {
            // The exception being handled comes off its stack, too.
            let value = word.to_option().filter(|value| !none::is_none(value));
            // SAFETY: the innermost element belongs to the running generator or the thread.
            unsafe { (*thread().exc_info.get()).value.set(value) };
        }
        if !word.is_null() {
            word.close();
        }
        stack = pop(stack);
    }
    object.lineno.set(0);
    // SAFETY: within the code.
    frame.set_ip(unsafe { units_of(code).add(best) });
    Ok(())
}

/// Gives a value to locals that the compiler may take for bound at the target.
fn bind_unbound(object: &FrameObject) -> PyResult<()> {
    let frame = object.frame();
    let locals = frame.code().nlocalsplus as usize;
    let unbound = (0..locals).filter(|index| frame.local(*index).is_null()).count();
    if unbound == 0 {
        return Ok(());
    }
    let plural = if unbound == 1 { "" } else { "s" };
    let message = format!("assigning None to {unbound} unbound local{plural}");
    warnings::warn(&RUNTIME_WARNING, &message, 0)?;
    for index in 0..locals {
        if frame.local(index).is_null() {
            frame.replace_local(index, StackRef::none());
        }
    }
    Ok(())
}
