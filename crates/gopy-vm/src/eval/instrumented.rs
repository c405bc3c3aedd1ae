//! The instructions that fire monitoring events.
//!
//! Answers to the `INSTRUMENTED_` instructions of `Python/bytecodes.c`. Most tell the tools and then let
//! the plain instruction do the work, in place; those whose work and events interleave do it here.
//!
//! Keeps true: a handler's helper leaves in the frame where the instruction stands, or where a callback
//! has moved it by `f_lineno`; `frame.ip()` is where execution has come from when the next LINE event
//! asks. Handlers hold nothing when they go on, as `control` demands.

use gopy_bytecode::Opcode;
use gopy_core::function::FUNCTION;
use gopy_core::method::METHOD;
use gopy_core::tuple::Tuple;
use gopy_object::{Exception, Instance as _, Object, PyResult, Ref, Thread};

use super::calls::{self, ThreadCaches as _};
use super::control::{Done, HANDLER_COUNT, Handler, dispatch, go, raise};
use super::{natives, pending};
use crate::frame::FrameRef;
use crate::generator::{COROUTINE, GENERATOR};
use crate::monitoring::{self, Event, event};
use crate::stackref::StackRef;
use crate::units::Unit;

/// Puts this module's handlers into the table.
pub(crate) const fn install(mut handlers: [Handler; HANDLER_COUNT]) -> [Handler; HANDLER_COUNT] {
    macro_rules! install {
        ($($opcode:ident => $handler:path,)*) => {
            $(handlers[Opcode::$opcode.0 as usize] = $handler;)*
        };
    }
    install! {
        INSTRUMENTED_END_FOR => end_for,
        INSTRUMENTED_POP_ITER => pop_iter,
        INSTRUMENTED_END_SEND => end_send,
        INSTRUMENTED_FOR_ITER => for_iter,
        INSTRUMENTED_INSTRUCTION => instruction,
        INSTRUMENTED_JUMP_FORWARD => jump_forward,
        INSTRUMENTED_NOT_TAKEN => not_taken,
        INSTRUMENTED_POP_JUMP_IF_TRUE => pop_jump_if_true,
        INSTRUMENTED_POP_JUMP_IF_FALSE => pop_jump_if_false,
        INSTRUMENTED_POP_JUMP_IF_NONE => pop_jump_if_none,
        INSTRUMENTED_POP_JUMP_IF_NOT_NONE => pop_jump_if_not_none,
        INSTRUMENTED_RESUME => resume,
        INSTRUMENTED_RETURN_VALUE => return_value,
        INSTRUMENTED_YIELD_VALUE => yield_value,
        INSTRUMENTED_END_ASYNC_FOR => end_async_for,
        INSTRUMENTED_LOAD_SUPER_ATTR => load_super_attr,
        INSTRUMENTED_CALL => call,
        INSTRUMENTED_CALL_KW => call_kw,
        INSTRUMENTED_CALL_FUNCTION_EX => call_function_ex,
        INSTRUMENTED_JUMP_BACKWARD => jump_backward,
        INSTRUMENTED_LINE => line,
    }
    handlers
}

/// Where an instruction stands when its helper is called.
#[derive(Clone, Copy)]
struct At {
    ip: *mut Unit,
    sp: *mut StackRef,
    frame: FrameRef,
    thread: &'static Thread,
    oparg: u32,
    /// The unit where the frame stood before, as far as it has been stored.
    came_from: usize,
}

impl At {
    /// The unit's index in the code.
    fn index(self) -> usize {
        let first = self.frame.code().units.get().cast::<Unit>();
        // SAFETY: `ip` points into the code's array.
        unsafe { self.ip.offset_from(first) as usize }
    }

    /// Stack word `depth` below the top, which is 1.
    fn word(self, depth: usize) -> StackRef {
        // SAFETY: the compiler's depths: the instruction has that many operands.
        unsafe { *self.sp.sub(depth) }
    }

    fn fire(self, event: Event, extra: &[&Object]) -> PyResult<()> {
        monitoring::fire(self.thread, self.frame, self.index(), event, extra)
    }

    /// Whether a callback has moved execution.
    fn has_moved(self) -> bool {
        self.frame.ip() != self.ip
    }

    /// Goes on `units` from here, with `sp`; or where a callback has moved execution.
    fn leave(self, units: isize, sp: *mut StackRef) -> PyResult<()> {
        if self.has_moved() {
            self.frame.set_return_offset(0);
        } else {
            self.frame.set_return_offset(units as u32);
            self.frame.set_sp(sp);
        }
        Ok(())
    }

    /// Fires a jump's event and jumps, `units` from here, with `sp`.
    fn jump(self, event: Event, source: usize, units: isize, sp: *mut StackRef) -> PyResult<()> {
        self.frame.set_sp(sp);
        let target = self.index() as i64 + units as i64;
        let offset = |index: i64| gopy_core::int::Int::from_i64(index * 2);
        let target = offset(target);
        monitoring::fire_from(
            self.thread,
            self.frame,
            self.index(),
            source,
            event,
            &[target.as_object()],
        )?;
        self.leave(units, sp)
    }

    /// Releases `count` words from the top.
    fn release(self, count: usize) -> *mut StackRef {
        let mut sp = self.sp;
        for _ in 0..count {
            // SAFETY: the operands lie there; each is taken off before it is released.
            unsafe {
                sp = sp.sub(1);
                let word = sp.read();
                self.frame.set_sp(sp);
                if !word.is_null() {
                    word.close();
                }
            }
        }
        sp
    }

    /// What was executed last: `source`, or, where INSTRUCTION events come between, this itself.
    fn after(self, source: usize) -> usize {
        if monitoring::is_instruction_watched(self.frame.code(), self.index()) {
            self.index()
        } else {
            source
        }
    }

    fn poll(self) -> PyResult<()> {
        if self.thread.breaker_is_set() { pending::handle(self.thread) } else { Ok(()) }
    }
}

/// As the offset to go on at: the plain instruction has to do the work.
const PLAIN: u32 = i32::MIN as u32;

/// Defines a handler: its helper, then the plain instruction (`=> OPCODE`, or, where the helper says
/// [`PLAIN`], `or OPCODE`), what the tables say stands below it (`by function`), or what
/// follows (nothing).
macro_rules! handlers {
    ($($(#[$doc:meta])* $name:ident = $helper:ident $(=> $opcode:ident)? $(by $below:ident)? $(or $maybe:ident)?;)*) => {$(
        $(#[$doc])*
        unsafe fn $name(
            ip: *mut Unit,
            sp: *mut StackRef,
            frame: FrameRef,
            thread: &'static Thread,
            unit: usize,
        ) -> Done {
            // SAFETY: the loop's promises.
            unsafe {
                if let Some(exception) = helped($helper, ip, sp, frame, thread, unit) {
                    return raise(exception, frame.ip(), frame.sp(), frame, thread);
                }
                $(
                    if frame.ip() == ip {
                        return go(Opcode::$opcode, ip, sp, frame, thread, unit);
                    }
                )?
                $(
                    if frame.ip() == ip {
                        return go(monitoring::$below(frame.code(), frame.unit_index()), ip, sp, frame, thread, unit);
                    }
                )?
                $(
                    if frame.return_offset() == PLAIN {
                        return go(Opcode::$maybe, ip, sp, frame, thread, unit);
                    }
                )?
                let next = frame.ip().offset(frame.return_offset() as i32 as isize);
                dispatch(next, frame.sp(), frame, thread)
            }
        }
    )*};
}

/// Calls a helper. Its result comes back in a register, and no address of the handler's gets out.
#[inline(never)]
fn helped(
    helper: fn(At) -> PyResult<()>,
    ip: *mut Unit,
    sp: *mut StackRef,
    frame: FrameRef,
    thread: &'static Thread,
    unit: usize,
) -> Option<Exception> {
    let came_from = frame.unit_index();
    frame.save(ip, sp);
    frame.set_return_offset(0);
    let at = At { ip, sp, frame, thread, oparg: (unit >> 32) as u32, came_from };
    helper(at).err()
}

handlers! {
    /// The LINE event, then what stands below it.
    line = line_event by below_line;
    /// The INSTRUCTION event, then what stands below it.
    instruction = instruction_event by below_instruction;
    resume = resume_events;
    return_value = return_event => RETURN_VALUE;
    yield_value = yield_event => YIELD_VALUE;
    call = call_events or CALL;
    call_kw = call_kw_events or CALL_KW;
    call_function_ex = call_ex_events or CALL_FUNCTION_EX;
    load_super_attr = super_events;
    jump_forward = jump_forward_event;
    jump_backward = jump_backward_event;
    not_taken = not_taken_event;
    pop_jump_if_true = jump_if_true;
    pop_jump_if_false = jump_if_false;
    pop_jump_if_none = jump_if_none;
    pop_jump_if_not_none = jump_if_not_none;
    for_iter = for_iter_events;
    pop_iter = pop_iter_event;
    end_for = end_for_event => END_FOR;
    end_send = end_send_event => END_SEND;
    end_async_for = end_async_for_event => END_ASYNC_FOR;
}

fn line_event(at: At) -> PyResult<()> {
    monitoring::fire_line(at.thread, at.frame, at.index(), at.came_from)
}

fn instruction_event(at: At) -> PyResult<()> {
    monitoring::fire_instruction(at.thread, at.frame, at.index())
}

fn resume_events(at: At) -> PyResult<()> {
    use super::prelude::{RESUME_AFTER_YIELD_FROM, RESUME_LOCATION_MASK};
    if at.oparg & RESUME_LOCATION_MASK < RESUME_AFTER_YIELD_FROM {
        at.poll()?;
    }
    if monitoring::is_stale(at.thread, at.frame) {
        monitoring::update(at.frame);
        return at.leave(0, at.sp);
    }
    at.fire(if at.oparg == 0 { event::PY_START } else { event::PY_RESUME }, &[])?;
    at.leave(1, at.sp)
}

fn return_event(at: At) -> PyResult<()> {
    at.fire(event::PY_RETURN, &[at.word(1).as_object()])
}

fn yield_event(at: At) -> PyResult<()> {
    at.fire(event::PY_YIELD, &[at.word(1).as_object()])
}

/// The first argument that tools are told of, self included.
fn first_argument(base: *mut StackRef, oparg: u32) -> Ref {
    // SAFETY: self or null and `oparg` arguments lie behind the callable.
    unsafe {
        match (*base.add(1)).to_option() {
            Some(receiver) => receiver,
            None if oparg > 0 => (*base.add(2)).as_object().to_ref(),
            None => monitoring::missing(),
        }
    }
}

fn call_events(at: At) -> PyResult<()> {
    // SAFETY: callable, self or null, and the arguments.
    let base = unsafe { at.sp.sub(at.oparg as usize + 2) };
    call_at(at, base, None)
}

fn call_kw_events(at: At) -> PyResult<()> {
    // SAFETY: callable, self or null, the arguments, and the names.
    let base = unsafe { at.sp.sub(at.oparg as usize + 3) };
    call_at(at, base, Some(at.word(1).as_object()))
}

/// CALL, the call, and C_RETURN or C_RAISE. A Python function's frame is left to the plain instruction.
fn call_at(at: At, base: *mut StackRef, kwnames: Option<&Object>) -> PyResult<()> {
    let count = at.oparg as usize + 2 + usize::from(kwnames.is_some());
    // SAFETY: the operands lie at `base` until they are released.
    let (callable, first) = unsafe {
        calls::unpack_method(base);
        ((*base).as_object().to_ref(), first_argument(base, at.oparg))
    };
    let told = [&*callable, &*first];
    at.fire(event::CALL, &told)?;
    if callable.is_exact(&FUNCTION) {
        at.frame.set_return_offset(PLAIN);
        return Ok(());
    }
    // SAFETY: as above.
    let result = unsafe { calls::vectorcall(base, at.oparg, kwnames) };
    let result = native_result(at, result, &told)?;
    // CALL and CALL_KW have three caches.
    finish_call(at, count, result, 4)
}

/// Tells of the end of a native call.
fn native_result(at: At, result: PyResult, told: &[&Object]) -> PyResult {
    match result {
        Ok(result) => {
            at.fire(event::C_RETURN, told)?;
            Ok(result)
        }
        Err(exception) => {
            at.fire(event::C_RAISE, told)?;
            Err(exception)
        }
    }
}

fn finish_call(at: At, count: usize, result: Ref, units: isize) -> PyResult<()> {
    let base = at.release(count);
    // SAFETY: the callable's place is free.
    let sp = unsafe {
        *base = StackRef::from(result);
        base.add(1)
    };
    at.frame.set_sp(sp);
    at.poll()?;
    at.leave(units, sp)
}

fn call_ex_events(at: At) -> PyResult<()> {
    // SAFETY: callable, null, the arguments, the keywords.
    let base = unsafe { at.sp.sub(4) };
    // SAFETY: as above; the arguments are a tuple behind this.
    let (callable, first) = unsafe {
        calls::star_arguments(base)?;
        let arguments: &Tuple = (*base.add(2)).cast_exact();
        let first = arguments.items().first().cloned();
        ((*base).as_object().to_ref(), first.unwrap_or_else(monitoring::missing))
    };
    let told = [&*callable, &*first];
    at.fire(event::CALL, &told)?;
    if callable.is_exact(&FUNCTION) {
        at.frame.set_return_offset(PLAIN);
        return Ok(());
    }
    // SAFETY: as above.
    let result = unsafe { calls::call_ex(base) };
    let result =
        if callable.is_exact(&METHOD) { result? } else { native_result(at, result, &told)? };
    finish_call(at, 4, result, 1)
}

/// `super().name`: the making of the super object is a call.
fn super_events(at: At) -> PyResult<()> {
    let operands = [3, 2, 1].map(|depth| at.word(depth).as_object().to_ref());
    let [global_super, class, receiver] = &operands;
    let missing = monitoring::missing();
    let arguments: &[&Object] = if at.oparg & 2 != 0 { &[class, receiver] } else { &[] };
    let told = [&**global_super, arguments.first().copied().unwrap_or(&missing)];
    at.fire(event::CALL, &told)?;
    let bound = gopy_core::call::call(global_super, arguments);
    let bound = native_result(at, bound, &told)?;
    let name = at.frame.name(at.oparg >> 2);
    let attribute = gopy_core::object::get_attr(&bound, name)?;
    let base = at.release(3);
    // SAFETY: the operands' places are free.
    let sp = unsafe {
        *base = StackRef::from(attribute);
        if at.oparg & 1 != 0 {
            *base.add(1) = StackRef::NULL;
        }
        base.add(1 + (at.oparg & 1) as usize)
    };
    at.leave(2, sp)
}

fn jump_forward_event(at: At) -> PyResult<()> {
    at.jump(event::JUMP, at.index(), at.oparg as isize + 1, at.sp)
}

fn jump_backward_event(at: At) -> PyResult<()> {
    at.poll()?;
    at.jump(event::JUMP, at.index(), 2 - at.oparg as isize, at.sp)
}

/// The jump in front has not been taken.
fn not_taken_event(at: At) -> PyResult<()> {
    at.jump(event::BRANCH_LEFT, at.after(at.index().saturating_sub(2)), 1, at.sp)
}

fn conditional(at: At, taken: bool) -> PyResult<()> {
    let sp = at.release(1);
    if taken {
        at.jump(event::BRANCH_RIGHT, at.index(), at.oparg as isize + 2, sp)
    } else {
        at.leave(2, sp)
    }
}

fn jump_if_true(at: At) -> PyResult<()> {
    conditional(at, at.word(1).is_true())
}

fn jump_if_false(at: At) -> PyResult<()> {
    conditional(at, at.word(1).is_false())
}

fn jump_if_none(at: At) -> PyResult<()> {
    conditional(at, at.word(1).is_none())
}

fn jump_if_not_none(at: At) -> PyResult<()> {
    conditional(at, !at.word(1).is_none())
}

fn for_iter_events(at: At) -> PyResult<()> {
    let Some(item) = natives::iter::next(at.word(1).as_object())? else {
        // Over END_FOR; POP_ITER tells of it.
        return at.leave(at.oparg as isize + 3, at.sp);
    };
    // SAFETY: the compiler has made room for the item.
    let sp = unsafe {
        *at.sp = StackRef::from(item);
        at.sp.add(1)
    };
    at.jump(event::BRANCH_LEFT, at.index(), 2, sp)
}

/// The loop is over. Its FOR_ITER was executed last, unless a `break` leads here.
fn pop_iter_event(at: At) -> PyResult<()> {
    let source = at.after(monitoring::loop_of(at.frame.code(), at.index()));
    let sp = at.release(1);
    at.jump(event::BRANCH_RIGHT, source, 1, sp)
}

fn stop_iteration(at: At, value: StackRef) -> PyResult<()> {
    let exception = gopy_core::exceptions::stop_iteration(value.as_object());
    at.fire(event::STOP_ITERATION, &[exception.value().as_object()])
}

fn end_for_event(at: At) -> PyResult<()> {
    if at.word(2).is_exact(&GENERATOR) { stop_iteration(at, at.word(1)) } else { Ok(()) }
}

fn end_send_event(at: At) -> PyResult<()> {
    if at.word(2).is_exact(&GENERATOR) || at.word(2).is_exact(&COROUTINE) {
        stop_iteration(at, at.word(1))
    } else {
        Ok(())
    }
}

/// The END_SEND of the loop's head is where the branch is.
fn end_async_for_event(at: At) -> PyResult<()> {
    let source = (at.index() + 1).saturating_sub(at.oparg as usize);
    let target = gopy_core::int::Int::from_i64(at.index() as i64 * 2 + 2);
    monitoring::fire_from(
        at.thread,
        at.frame,
        at.index(),
        source,
        event::BRANCH_RIGHT,
        &[target.as_object()],
    )
}
