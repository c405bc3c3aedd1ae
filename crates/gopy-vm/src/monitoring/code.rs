//! What is watched in a code object, and the forms of its instructions that follow from that.
//!
//! Answers to `_PyCoMonitoringData` and the instrumenting half of `Python/instrumentation.c`. CPython
//! keeps the instruction that an instrumented one hides; here the pristine code says what it is, and
//! the form of a unit follows from the tables alone ([`Instrumentation::form`]).

use gopy_bytecode::backoff::Counter;
use gopy_bytecode::{Opcode, exception_table, location};
use gopy_core::code::Code;
use gopy_core::int::Int;
use gopy_object::Object;

use super::{Event, LOCAL_EVENTS, State, TOOLS, event};
use crate::units::{Unit, units_of};

/// What an instruction means for LINE events.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Start {
    /// It continues a line.
    No,
    /// A line starts here.
    Line,
    /// Code without a line starts here: nobody is told, but the line before has ended.
    Silent,
}

/// No line: an artificial instruction, or a cache.
const NO_LINE: i32 = -1;

/// The tables of one code object.
#[derive(Default)]
pub(super) struct Instrumentation {
    /// Per tool, its version when it last asked for events here.
    tool_versions: [usize; TOOLS],
    /// A bit per tool, by event: asked for here.
    local: [u8; LOCAL_EVENTS],
    /// The same, asked for anywhere.
    active: [u8; LOCAL_EVENTS],
    /// Per unit, who is told of the instruction's own event.
    tools: Vec<u8>,
    /// Per unit, who is told of the line that starts there.
    line_tools: Vec<u8>,
    /// Per unit, who is told of the instruction itself.
    instruction_tools: Vec<u8>,
    /// Per unit, its line; made at the first LINE event.
    lines: Vec<i32>,
    starts: Vec<Start>,
    /// Whether anybody is told of any line.
    lines_watched: bool,
}

/// The tables of `code`, if it has any. Nothing that runs Python may happen while they are borrowed.
#[expect(clippy::mut_from_ref, reason = "the tables lie behind a pointer, not in the code object")]
fn tables(code: &Code) -> Option<&mut Instrumentation> {
    // SAFETY: the pointer comes from `make`, lives as long as the code object, and the borrow ends
    // before anything else can get here: there is one thread, and the callers call no Python with it.
    unsafe { code.instrumentation.get().cast::<Instrumentation>().as_mut() }
}

/// The tables of `code`, made now if need be.
fn make(code: &Code) -> &mut Instrumentation {
    if code.instrumentation.get().is_null() {
        let count = code.code.as_slice().len() / 2;
        let made = Instrumentation {
            tools: vec![0; count],
            line_tools: vec![0; count],
            instruction_tools: vec![0; count],
            ..Instrumentation::default()
        };
        code.instrumentation.set(Box::into_raw(Box::new(made)).cast());
    }
    match tables(code) {
        Some(tables) => tables,
        None => unreachable!("made above"),
    }
}

/// Frees the tables of a dying code object.
pub(super) fn free(code: &Code) {
    let tables = code.instrumentation.replace(std::ptr::null_mut()).cast::<Instrumentation>();
    if !tables.is_null() {
        // SAFETY: from `Box::into_raw`, and taken out of the code object.
        drop(unsafe { Box::from_raw(tables) });
    }
}

/// The pristine instruction at a unit, and its argument's low byte.
fn pristine(code: &Code, index: usize) -> (Opcode, u8) {
    let bytes = code.code.as_slice();
    (Opcode(bytes[index * 2].into()), bytes[index * 2 + 1])
}

/// The instructions that can be watched: index and opcode.
fn instructions(code: &Code) -> impl Iterator<Item = (usize, Opcode)> + '_ {
    let count = code.code.as_slice().len() / 2;
    let mut index = code.firsttraceable as usize;
    std::iter::from_fn(move || {
        let at = index;
        if at >= count {
            return None;
        }
        let (opcode, _) = pristine(code, at);
        index += 1 + opcode.caches();
        Some((at, opcode))
    })
}

/// The event of an instruction, and its watched form.
fn event_of(opcode: Opcode, arg: u8) -> Option<(Event, Opcode)> {
    Some(match opcode {
        Opcode::RESUME if arg == 0 => (event::PY_START, Opcode::INSTRUMENTED_RESUME),
        Opcode::RESUME => (event::PY_RESUME, Opcode::INSTRUMENTED_RESUME),
        Opcode::RETURN_VALUE => (event::PY_RETURN, Opcode::INSTRUMENTED_RETURN_VALUE),
        Opcode::YIELD_VALUE => (event::PY_YIELD, Opcode::INSTRUMENTED_YIELD_VALUE),
        Opcode::CALL => (event::CALL, Opcode::INSTRUMENTED_CALL),
        Opcode::CALL_KW => (event::CALL, Opcode::INSTRUMENTED_CALL_KW),
        Opcode::CALL_FUNCTION_EX => (event::CALL, Opcode::INSTRUMENTED_CALL_FUNCTION_EX),
        Opcode::LOAD_SUPER_ATTR => (event::CALL, Opcode::INSTRUMENTED_LOAD_SUPER_ATTR),
        Opcode::JUMP_FORWARD => (event::JUMP, Opcode::INSTRUMENTED_JUMP_FORWARD),
        Opcode::JUMP_BACKWARD => (event::JUMP, Opcode::INSTRUMENTED_JUMP_BACKWARD),
        Opcode::NOT_TAKEN => (event::BRANCH_LEFT, Opcode::INSTRUMENTED_NOT_TAKEN),
        Opcode::FOR_ITER => (event::BRANCH_LEFT, Opcode::INSTRUMENTED_FOR_ITER),
        Opcode::POP_ITER => (event::BRANCH_RIGHT, Opcode::INSTRUMENTED_POP_ITER),
        Opcode::END_ASYNC_FOR => (event::BRANCH_RIGHT, Opcode::INSTRUMENTED_END_ASYNC_FOR),
        Opcode::POP_JUMP_IF_TRUE => (event::BRANCH_RIGHT, Opcode::INSTRUMENTED_POP_JUMP_IF_TRUE),
        Opcode::POP_JUMP_IF_FALSE => (event::BRANCH_RIGHT, Opcode::INSTRUMENTED_POP_JUMP_IF_FALSE),
        Opcode::POP_JUMP_IF_NONE => (event::BRANCH_RIGHT, Opcode::INSTRUMENTED_POP_JUMP_IF_NONE),
        Opcode::POP_JUMP_IF_NOT_NONE => {
            (event::BRANCH_RIGHT, Opcode::INSTRUMENTED_POP_JUMP_IF_NOT_NONE)
        }
        Opcode::END_FOR => (event::STOP_ITERATION, Opcode::INSTRUMENTED_END_FOR),
        Opcode::END_SEND => (event::STOP_ITERATION, Opcode::INSTRUMENTED_END_SEND),
        _ => return None,
    })
}

impl Instrumentation {
    /// The form of the instruction at a unit below its LINE and INSTRUCTION events.
    fn below_instruction(&self, code: &Code, index: usize) -> Opcode {
        let (opcode, arg) = pristine(code, index);
        match event_of(opcode, arg) {
            Some((_, watched)) if self.tools[index] != 0 => watched,
            // What comes behind it asks where execution has come from.
            Some((_, watched)) if opcode == Opcode::RESUME && self.lines_watched => watched,
            _ => opcode,
        }
    }

    /// The form below its LINE event.
    fn below_line(&self, code: &Code, index: usize) -> Opcode {
        if self.instruction_tools[index] != 0 {
            Opcode::INSTRUMENTED_INSTRUCTION
        } else {
            self.below_instruction(code, index)
        }
    }

    /// The form of the instruction at a unit.
    fn form(&self, code: &Code, index: usize) -> Opcode {
        if self.lines_watched && self.starts[index] != Start::No {
            Opcode::INSTRUMENTED_LINE
        } else {
            self.below_line(code, index)
        }
    }

    /// Gives the unit its form.
    fn refresh(&self, code: &Code, index: usize) {
        let form = self.form(code, index);
        let (opcode, _) = pristine(code, index);
        // SAFETY: the array has a unit for each of the code's, and nothing else has a reference.
        unsafe {
            let unit: *mut Unit = units_of(code).add(index);
            let now = (*unit).opcode();
            let fused = now.0 > u16::from(u8::MAX);
            if now == form || (form == opcode && !now.is_instrumented() && !fused) {
                return;
            }
            (*unit).op = form.0;
            if opcode.caches() != 0 {
                (*unit.add(1)).set_counter(Counter::WARMUP);
            }
        }
    }

    fn refresh_all(&self, code: &Code) {
        for (index, _) in instructions(code) {
            self.refresh(code, index);
        }
    }

    /// Finds the lines (`initialize_lines`).
    fn find_lines(&mut self, code: &Code) {
        let count = code.code.as_slice().len() / 2;
        let mut of_unit = vec![NO_LINE; count];
        for (start, end, line) in location::lines(code.linetable.as_slice(), code.firstlineno) {
            for unit in of_unit.iter_mut().take(end / 2).skip(start / 2) {
                *unit = line.unwrap_or(NO_LINE);
            }
        }
        self.starts = vec![Start::No; count];
        let mut current = NO_LINE;
        for (index, opcode) in instructions(code) {
            let line = of_unit[index];
            match opcode {
                // Jumped over by what fires their events, or needed as they are.
                Opcode::END_ASYNC_FOR
                | Opcode::END_FOR
                | Opcode::END_SEND
                | Opcode::RESUME
                | Opcode::POP_ITER => {}
                _ => {
                    if line != current {
                        self.starts[index] = if line < 0 { Start::Silent } else { Start::Line };
                    }
                    current = line;
                }
            }
        }
        self.lines = of_unit;
        let mut extended = 0_usize;
        for (index, opcode) in instructions(code) {
            let arg = extended << 8 | usize::from(pristine(code, index).1);
            extended = if opcode == Opcode::EXTENDED_ARG { arg } else { 0 };
            let next = index + 1 + opcode.caches();
            let target = match opcode {
                Opcode::POP_JUMP_IF_FALSE
                | Opcode::POP_JUMP_IF_TRUE
                | Opcode::POP_JUMP_IF_NONE
                | Opcode::POP_JUMP_IF_NOT_NONE
                | Opcode::JUMP_FORWARD => next + arg,
                Opcode::FOR_ITER | Opcode::SEND => next + arg + 1,
                Opcode::JUMP_BACKWARD | Opcode::JUMP_BACKWARD_NO_INTERRUPT => {
                    next.wrapping_sub(arg)
                }
                _ => continue,
            };
            self.starts_at(code, target, Opcode::POP_ITER);
        }
        for entry in exception_table::entries(code.exceptiontable.as_slice()) {
            self.starts_at(code, entry.target as usize, Opcode::END_ASYNC_FOR);
        }
    }

    /// What is jumped to starts a line, but for `never`.
    fn starts_at(&mut self, code: &Code, index: usize, never: Opcode) {
        let Some(line) = self.lines.get(index) else { return };
        if index >= code.firsttraceable as usize && pristine(code, index).0 != never {
            self.starts[index] = if *line < 0 { Start::Silent } else { Start::Line };
        }
    }

    fn look_for_watched_lines(&mut self) -> bool {
        let watched = self.line_tools.iter().any(|tools| *tools != 0);
        std::mem::replace(&mut self.lines_watched, watched) != watched
    }

    /// Forgets what tools asked for that have been given up since.
    fn forget_given_up(&mut self, state: &State) {
        for tool in 0..TOOLS {
            if self.tool_versions[tool] != state.tool_versions[tool].get() {
                for tools in &mut self.local {
                    *tools &= !(1 << tool);
                }
            }
        }
    }
}

/// Brings a code object up to date with what is watched (`force_instrument_lock_held`).
pub(super) fn instrument(state: &State, code: &Code) {
    let now = super::VERSION.load(std::sync::atomic::Ordering::Relaxed);
    let before = code.instrumentation_version.replace(now);
    let watched = state.tools[..LOCAL_EVENTS].iter().any(|tools| tools.get() != 0);
    if code.instrumentation.get().is_null() && !watched {
        return;
    }
    let this = make(code);
    this.forget_given_up(state);
    let mut wanted = this.local;
    for (tools, everywhere) in wanted.iter_mut().zip(&state.tools) {
        *tools |= everywhere.get();
    }
    let (mut removed, mut added) = (this.active, wanted);
    if state.restarted.get() <= before {
        for event in 0..LOCAL_EVENTS {
            removed[event] = this.active[event] & !wanted[event];
            added[event] = wanted[event] & !this.active[event];
        }
    }
    this.active = wanted;
    if removed.iter().chain(&added).all(|tools| *tools == 0) {
        return;
    }
    if wanted[event::LINE] != 0 && this.lines.is_empty() {
        this.find_lines(code);
    }
    let changed = |tools: &mut u8, event: Event| *tools = *tools & !removed[event] | added[event];
    for (index, opcode) in instructions(code) {
        if let Some((event, _)) = event_of(opcode, pristine(code, index).1) {
            changed(&mut this.tools[index], event);
        }
        if this.starts.get(index).is_some_and(|start| *start == Start::Line) {
            changed(&mut this.line_tools[index], event::LINE);
        }
        if !matches!(opcode, Opcode::RESUME | Opcode::END_FOR) {
            changed(&mut this.instruction_tools[index], event::INSTRUCTION);
        }
    }
    this.look_for_watched_lines();
    this.refresh_all(code);
}

/// The events that a tool watches in this code object.
pub(super) fn local_events(_: &State, code: &Code, tool: usize) -> u32 {
    let Some(this) = tables(code) else { return 0 };
    (0..LOCAL_EVENTS)
        .filter(|event| this.local[*event] >> tool & 1 != 0)
        .fold(0, |all, event| all | 1 << event)
}

/// Sets them.
pub(super) fn set_local_events(state: &State, code: &Code, tool: usize, events: u32) {
    let this = make(code);
    this.forget_given_up(state);
    this.tool_versions[tool] = state.tool_versions[tool].get();
    for (event, tools) in this.local.iter_mut().enumerate() {
        *tools = *tools & !(1 << tool) | (((events >> event & 1) as u8) << tool);
    }
    instrument(state, code);
}

/// Who is told of the event of the instruction at a unit.
pub(super) fn tools_at(code: &Code, index: usize) -> u8 {
    tables(code).map_or(0, |this| this.tools[index])
}

/// Who is told of the instruction at a unit.
pub(super) fn instruction_tools_at(code: &Code, index: usize) -> u8 {
    tables(code).map_or(0, |this| this.instruction_tools[index])
}

/// A tool wants to hear no more of the event of the instruction at a unit.
pub(super) fn disable(code: &Code, index: usize, tool: usize) {
    if let Some(this) = tables(code) {
        this.tools[index] &= !(1 << tool);
        this.refresh(code, index);
    }
}

/// The same of the line that starts there.
pub(super) fn disable_line(code: &Code, index: usize, tool: usize) {
    if let Some(this) = tables(code) {
        this.line_tools[index] &= !(1 << tool);
        if this.look_for_watched_lines() {
            this.refresh_all(code);
        }
    }
}

/// The same of the instruction itself.
pub(super) fn disable_instruction(code: &Code, index: usize, tool: usize) {
    if let Some(this) = tables(code) {
        this.instruction_tools[index] &= !(1 << tool);
        this.refresh(code, index);
    }
}

/// Where the other way of a branch fires its event. `args` are the callback's: code, source, target.
pub(super) fn other_way(
    code: &Code,
    index: usize,
    event: Event,
    args: &[&Object],
) -> Option<usize> {
    let source = args.get(1)?.downcast::<Int>()?.to_i64()?;
    let source = usize::try_from(source).ok()? / 2;
    let (opcode, low) = pristine(code, source);
    let next = source + 1 + opcode.caches();
    match (opcode, event) {
        (Opcode::FOR_ITER, event::BRANCH_RIGHT) => Some(source),
        (Opcode::FOR_ITER, _) => {
            // SAFETY: within the array, which has the whole argument.
            let arg = unsafe { (*units_of(code).add(source)).arg };
            debug_assert_eq!(arg as u8, low);
            Some(next + arg as usize + 1)
        }
        (_, event::BRANCH_LEFT) => Some(source),
        (_, event::BRANCH_RIGHT) if index == source => Some(next),
        _ => None,
    }
    .filter(|other| *other < code.code.as_slice().len() / 2)
}

/// The FOR_ITER whose end leads to the POP_ITER at a unit; the unit before it where none does.
pub(crate) fn loop_of(code: &Code, index: usize) -> usize {
    let first = units_of(code);
    instructions(code)
        .filter(|(_, opcode)| *opcode == Opcode::FOR_ITER)
        // SAFETY: within the array, which has the whole argument.
        .find(|(at, _)| at + 3 + unsafe { (*first.add(*at)).arg } as usize == index)
        .map_or(index.saturating_sub(1), |(at, _)| at)
}

/// The line to be told when execution comes from unit `previous` to the start of a line at `index`, and
/// who is told; `None` where it is still the same line.
pub(super) fn line_to_tell(code: &Code, index: usize, previous: usize) -> Option<(i32, u8)> {
    let this = tables(code)?;
    let line = *this.lines.get(index)?;
    if line < 0 {
        return None;
    }
    let before = this.lines.get(previous).copied().unwrap_or(NO_LINE);
    // A RESUME that is watched never hides the line's start; CPython's plain one is specialised by now.
    let resumed = pristine(code, previous).0 == Opcode::RESUME && this.tools[previous] != 0;
    if before == line && !resumed {
        return None;
    }
    Some((line, this.line_tools[index]))
}

/// The last unit of the instruction at `index`, caches included.
pub(crate) fn last_unit(code: &Code, index: usize) -> usize {
    index + pristine(code, index).0.caches()
}

/// Whether anybody is told of the instruction at a unit.
pub(crate) fn is_instruction_watched(code: &Code, index: usize) -> bool {
    instruction_tools_at(code, index) != 0
}

/// The line of a unit, as found for LINE events.
pub(crate) fn line_of_unit(code: &Code, index: usize) -> i32 {
    tables(code).and_then(|this| this.lines.get(index).copied()).unwrap_or(NO_LINE)
}

/// The instruction to be executed at a unit after its LINE event.
pub(crate) fn below_line(code: &Code, index: usize) -> Opcode {
    tables(code).map_or_else(|| pristine(code, index).0, |this| this.below_line(code, index))
}

/// The instruction to be executed at a unit after its INSTRUCTION event.
pub(crate) fn below_instruction(code: &Code, index: usize) -> Opcode {
    tables(code).map_or_else(|| pristine(code, index).0, |this| this.below_instruction(code, index))
}
