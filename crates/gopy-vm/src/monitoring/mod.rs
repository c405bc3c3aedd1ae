//! Monitoring: who watches which events of running code, and how they are told.
//!
//! Answers to `Python/instrumentation.c`. Tools ask for events, for all code or for one code object;
//! [`code`] rewrites the instructions that fire them, `eval::instrumented` executes those, and
//! [`legacy`] builds `sys.settrace` and `sys.setprofile` on them. When the events change, code that is
//! running is rewritten at once, all other at its next RESUME, which compares versions.

mod code;
mod jump;
pub mod legacy;
mod module;

use std::cell::{Cell, RefCell};
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};

use gopy_core::call;
use gopy_core::code::Code;
use gopy_core::error::{system_error, value_error};
use gopy_core::int::Int;
use gopy_core::str::Str;
use gopy_object::state::breaker;
use gopy_object::{Exception, Instance, Object, PyResult, Ref, Thread, gil};

use crate::extension::{self, Extension};
use crate::frame::{self, FrameRef};
use crate::units::units_of;

pub(crate) use code::{
    below_instruction, below_line, is_instruction_watched, last_unit, line_of_unit, loop_of,
};
pub use jump::set_line;
pub(crate) use module::{missing, object as module_object};

/// An event's number (`PY_MONITORING_EVENT_…`).
pub type Event = usize;

/// The events by number.
#[allow(missing_docs, reason = "the names are those of the language reference")]
pub mod event {
    use super::Event;

    pub const PY_START: Event = 0;
    pub const PY_RESUME: Event = 1;
    pub const PY_RETURN: Event = 2;
    pub const PY_YIELD: Event = 3;
    pub const CALL: Event = 4;
    pub const LINE: Event = 5;
    pub const INSTRUCTION: Event = 6;
    pub const JUMP: Event = 7;
    pub const BRANCH_LEFT: Event = 8;
    pub const BRANCH_RIGHT: Event = 9;
    pub const STOP_ITERATION: Event = 10;
    pub const RAISE: Event = 11;
    pub const EXCEPTION_HANDLED: Event = 12;
    pub const PY_UNWIND: Event = 13;
    pub const PY_THROW: Event = 14;
    pub const RERAISE: Event = 15;
    pub const C_RETURN: Event = 16;
    pub const C_RAISE: Event = 17;
    pub const BRANCH: Event = 18;
}

/// Events below this belong to instructions, and can be asked for per code object.
pub const LOCAL_EVENTS: usize = 11;

/// Events from here on come with others: C_RETURN and C_RAISE with CALL, BRANCH is two.
pub const UNGROUPED_EVENTS: usize = 16;

/// Number of events.
pub const EVENTS: usize = 19;

/// Names by number.
pub const NAMES: [&str; EVENTS] = [
    "PY_START",
    "PY_RESUME",
    "PY_RETURN",
    "PY_YIELD",
    "CALL",
    "LINE",
    "INSTRUCTION",
    "JUMP",
    "BRANCH_LEFT",
    "BRANCH_RIGHT",
    "STOP_ITERATION",
    "RAISE",
    "EXCEPTION_HANDLED",
    "PY_UNWIND",
    "PY_THROW",
    "RERAISE",
    "C_RETURN",
    "C_RAISE",
    "BRANCH",
];

/// Number of tools; the last two are `sys.setprofile` and `sys.settrace`.
pub const TOOLS: usize = 8;

/// `sys.setprofile`'s.
pub const PROFILE_TOOL: usize = 6;

/// `sys.settrace`'s.
pub const TRACE_TOOL: usize = 7;

/// What a tool has registered for an event.
#[derive(Clone)]
enum Callback {
    Plain(Ref),
    /// Registered for BRANCH: told of both ways, and disabling it disables both.
    Branch(Ref),
}

impl Callback {
    fn function(self) -> Ref {
        match self {
            Callback::Plain(function) | Callback::Branch(function) => function,
        }
    }
}

/// Who watches what, in an interpreter.
#[derive(Default)]
pub(crate) struct State {
    /// A bit per tool, by event.
    tools: [Cell<u8>; UNGROUPED_EVENTS],
    callbacks: RefCell<[[Option<Callback>; EVENTS]; TOOLS]>,
    names: RefCell<[Option<Ref>; TOOLS]>,
    /// [`VERSION`] of the last `restart_events`.
    restarted: Cell<usize>,
    /// [`VERSION`] when each tool was last given up: what it asked of code objects before is void.
    tool_versions: [Cell<usize>; TOOLS],
}

impl Extension for State {}

/// The events that any tool of any interpreter asks for everywhere, a bit each: what the paths of
/// exceptions look at first.
static WATCHED: AtomicU32 = AtomicU32::new(0);

thread_local! {
    /// The event whose callback is running in this thread.
    static CURRENT_EVENT: Cell<Option<Event>> = const { Cell::new(None) };
}

/// The event whose callback is running in this thread.
pub(crate) fn current_event() -> Option<Event> {
    CURRENT_EVENT.get()
}

fn state() -> &'static State {
    extension::get::<State>()
}

/// A code object dies.
pub(crate) fn forget(code: &Code) {
    code::free(code);
}

/// Grows, in steps of [`STEP`], whenever what is watched changes; in the high bits of `eval_breaker`.
static VERSION: AtomicUsize = AtomicUsize::new(0);

/// The events of the eval breaker are in the bits below.
const STEP: usize = breaker::EVENTS_MASK + 1;

/// The next version.
fn next_version() -> usize {
    VERSION.fetch_add(STEP, Ordering::Relaxed) + STEP
}

fn set_version(thread: &Thread) {
    let version = VERSION.load(Ordering::Relaxed);
    let set = |old| Some(old & breaker::EVENTS_MASK | version);
    let _ = thread.eval_breaker.fetch_update(Ordering::Relaxed, Ordering::Relaxed, set);
}

/// Whether a code object has to be rewritten before it runs. Tells the thread of the version, which it may
/// not know yet.
#[inline(never)]
pub(crate) fn is_stale(thread: &Thread, frame: FrameRef) -> bool {
    set_version(thread);
    frame.code().instrumentation_version.get() != VERSION.load(Ordering::Relaxed)
}

/// Rewrites the frame's code for what is watched now.
#[cold]
#[inline(never)]
pub(crate) fn update(frame: FrameRef) {
    code::instrument(state(), frame.code());
}

/// What is watched has changed: rewrites the code that is running, and has all other look.
fn changed(state: &State) {
    let watched = (0..UNGROUPED_EVENTS).filter(|event| state.tools[*event].get() != 0);
    WATCHED.store(watched.fold(0, |all, event| all | 1 << event), Ordering::Relaxed);
    gil::for_each_thread(|thread| {
        set_version(thread);
        let mut frame = frame::current(thread);
        while let Some(running) = frame {
            code::instrument(state, running.code());
            frame = running.previous();
        }
    });
}

/// `ValueError` where no tool has the number; those of `sys.settrace` and `sys.setprofile` need none.
fn check_in_use(state: &State, tool: usize) -> PyResult<()> {
    if tool < PROFILE_TOOL && state.names.borrow()[tool].is_none() {
        return Err(value_error!("tool {tool} is not in use"));
    }
    Ok(())
}

/// The events that a tool watches everywhere, a bit each.
fn events_of(state: &State, tool: usize) -> u32 {
    (0..UNGROUPED_EVENTS)
        .filter(|event| state.tools[*event].get() >> tool & 1 != 0)
        .fold(0, |all, event| all | 1 << event)
}

/// Sets the events that a tool watches everywhere (`_PyMonitoring_SetEvents`).
///
/// # Errors
///
/// `ValueError` where the tool is not in use.
pub(crate) fn set_events(tool: usize, events: u32) -> PyResult<()> {
    let state = state();
    check_in_use(state, tool)?;
    if events_of(state, tool) == events {
        return Ok(());
    }
    for (event, tools) in state.tools.iter().enumerate() {
        let bit = ((events >> event & 1) as u8) << tool;
        tools.set(tools.get() & !(1 << tool) | bit);
    }
    next_version();
    changed(state);
    Ok(())
}

/// The events that a tool watches in one code object.
pub(crate) fn local_events(code: &Code, tool: usize) -> u32 {
    code::local_events(state(), code, tool)
}

/// Sets them (`_PyMonitoring_SetLocalEvents`).
///
/// # Errors
///
/// `ValueError` where the tool is not in use, `SystemError` for code without instructions to watch.
pub(crate) fn set_local_events(code: &Code, tool: usize, events: u32) -> PyResult<()> {
    if code.firsttraceable as usize >= code.code.as_slice().len() / 2 {
        return Err(system_error!("cannot instrument shim code object '{}'", code.name));
    }
    let state = state();
    check_in_use(state, tool)?;
    units_of(code);
    code::set_local_events(state, code, tool, events);
    Ok(())
}

/// Forgets what a tool watches and whom it tells (`_PyMonitoring_ClearToolId`).
fn clear_tool(state: &State, tool: usize) -> PyResult<()> {
    let callbacks = std::mem::take(&mut state.callbacks.borrow_mut()[tool]);
    drop(callbacks);
    set_events(tool, 0)?;
    state.tool_versions[tool].set(next_version());
    changed(state);
    Ok(())
}

/// Tells all tools again of what they have disabled.
fn restart(state: &State) {
    state.restarted.set(next_version());
    next_version();
    changed(state);
}

/// Registers a tool's callback; what it replaces is returned (`_PyMonitoring_RegisterCallback`).
fn register(state: &State, tool: usize, event: Event, function: Option<Ref>) -> Option<Ref> {
    let replace = |event: Event, callback: Option<Callback>| {
        std::mem::replace(&mut state.callbacks.borrow_mut()[tool][event], callback)
    };
    let old = if event == event::BRANCH {
        let callback = function.map(Callback::Branch);
        drop(replace(event::BRANCH_RIGHT, callback.clone()));
        replace(event::BRANCH_LEFT, callback)
    } else {
        replace(event, function.map(Callback::Plain))
    };
    old.map(Callback::function)
}

/// What a callback has asked for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wish {
    /// To be told again.
    Continue,
    /// Not to be told of this event here again.
    Disable,
    /// The same of the other way of the branch.
    DisableBranch,
}

/// Calls one tool's callback (`call_one_instrument`).
fn call_tool(
    thread: &Thread,
    tool: usize,
    event: Event,
    frame: Option<FrameRef>,
    args: &[&Object],
) -> PyResult<Wish> {
    let callback = if tool < PROFILE_TOOL {
        match state().callbacks.borrow()[tool][event].clone() {
            Some(callback) => Some(callback),
            None => return Ok(Wish::Continue),
        }
    } else {
        None
    };
    let before = CURRENT_EVENT.replace(Some(event));
    thread.tracing.set(thread.tracing.get() + 1);
    let result = match &callback {
        None => legacy::call(thread, tool, event, frame, args),
        Some(Callback::Plain(function)) => call::call(function, args)
            .map(|result| if module::is_disable(&result) { Wish::Disable } else { Wish::Continue }),
        Some(Callback::Branch(function)) => call::call(function, args).map(|result| {
            if module::is_disable(&result) { Wish::DisableBranch } else { Wish::Continue }
        }),
    };
    thread.tracing.set(thread.tracing.get() - 1);
    CURRENT_EVENT.set(before);
    result
}

/// The tools of a set, highest first.
fn each_tool(mut tools: u8) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let tool = 7_usize.checked_sub(tools.leading_zeros() as usize)?;
        tools ^= 1 << tool;
        Some(tool)
    })
}

/// Tells the tools that watch `event` at unit `index` of the frame's code
/// (`call_instrumentation_vector`). `extra` follows code and offset in what they are told.
///
/// # Errors
///
/// What a callback raises; `ValueError` where one wants an event disabled that can't be.
pub(crate) fn fire(
    thread: &Thread,
    frame: FrameRef,
    index: usize,
    event: Event,
    extra: &[&Object],
) -> PyResult<()> {
    fire_from(thread, frame, index, index, event, extra)
}

/// [`fire`] for a branch that unit `source` has taken.
///
/// # Errors
///
/// As [`fire`].
pub(crate) fn fire_from(
    thread: &Thread,
    frame: FrameRef,
    index: usize,
    source: usize,
    event: Event,
    extra: &[&Object],
) -> PyResult<()> {
    if thread.tracing.get() != 0 {
        return Ok(());
    }
    let code = frame.code();
    let state = state();
    let tools = match event {
        event::C_RETURN | event::C_RAISE => code::tools_at(code, index),
        local if local < LOCAL_EVENTS => code::tools_at(code, index),
        global => state.tools[global].get(),
    };
    if tools == 0 {
        return Ok(());
    }
    let code = code.to_ref();
    let offset = Int::from_i64(source as i64 * 2);
    let mut args = vec![code.as_object(), offset.as_object()];
    args.extend(extra);
    for tool in each_tool(tools) {
        let wish = call_tool(thread, tool, event, Some(frame), &args)?;
        if wish == Wish::Continue {
            continue;
        }
        if event >= LOCAL_EVENTS {
            // Or it would come for ever.
            let callback = state.callbacks.borrow_mut()[tool][event].take();
            drop(callback);
            return Err(value_error!("Cannot disable {} events. Callback removed.", NAMES[event]));
        }
        code::disable(&code, index, tool);
        if wish == Wish::DisableBranch
            && let Some(other) = code::other_way(&code, index, event, &args)
        {
            code::disable(&code, other, tool);
        }
    }
    Ok(())
}

/// [`fire`] for an event about an exception on its way; what goes on its way afterwards.
#[cold]
#[inline(never)]
fn fire_about(
    thread: &Thread,
    frame: FrameRef,
    index: usize,
    event: Event,
    exception: Exception,
) -> Exception {
    let value = exception.value().to_ref();
    match fire(thread, frame, index, event, &[value.as_object()]) {
        Ok(()) => exception,
        Err(other) => other,
    }
}

/// Whether any tool watches an event everywhere.
pub(crate) fn is_watched(event: Event) -> bool {
    WATCHED.load(Ordering::Relaxed) >> event & 1 != 0
}

/// `exception` passes an event of exceptions at unit `index`.
#[inline]
pub(crate) fn passes(
    thread: &Thread,
    frame: FrameRef,
    index: usize,
    event: Event,
    exception: Exception,
) -> Exception {
    if is_watched(event) { fire_about(thread, frame, index, event, exception) } else { exception }
}

/// Tells who watches an event of exceptions, at unit `told`; what goes on its way afterwards.
pub(crate) fn tell(
    event: Event,
    told: usize,
    exception: Exception,
    frame: FrameRef,
    thread: &Thread,
) -> Exception {
    if frame.is_incomplete() {
        return exception;
    }
    passes(thread, frame, told, event, exception)
}

/// A handler at unit `index` has got `exception`.
///
/// # Errors
///
/// What a callback raises.
pub(crate) fn handled(
    thread: &Thread,
    frame: FrameRef,
    index: usize,
    exception: &Object,
) -> PyResult<()> {
    if !is_watched(event::EXCEPTION_HANDLED) {
        return Ok(());
    }
    fire(thread, frame, index, event::EXCEPTION_HANDLED, &[exception])
}

/// The LINE event at unit `index`; `previous` was executed before it (`_Py_call_instrumentation_line`).
///
/// # Errors
///
/// What a callback raises.
pub(crate) fn fire_line(
    thread: &Thread,
    frame: FrameRef,
    index: usize,
    previous: usize,
) -> PyResult<()> {
    if thread.tracing.get() != 0 {
        return Ok(());
    }
    let code = frame.code();
    let Some((line, tools)) = code::line_to_tell(code, index, previous) else { return Ok(()) };
    if tools == 0 {
        return Ok(());
    }
    let code: Ref<Code> = code.to_ref();
    let line = Int::from_i64(line.into());
    for tool in each_tool(tools) {
        let args = [code.as_object(), line.as_object()];
        if call_tool(thread, tool, event::LINE, Some(frame), &args)? != Wish::Continue {
            code::disable_line(&code, index, tool);
        }
    }
    Ok(())
}

/// The INSTRUCTION event at unit `index` (`_Py_call_instrumentation_instruction`).
///
/// # Errors
///
/// What a callback raises.
pub(crate) fn fire_instruction(thread: &Thread, frame: FrameRef, index: usize) -> PyResult<()> {
    if thread.tracing.get() != 0 {
        return Ok(());
    }
    let code: Ref<Code> = frame.code().to_ref();
    let offset = Int::from_i64(index as i64 * 2);
    for tool in each_tool(code::instruction_tools_at(&code, index)) {
        let args = [code.as_object(), offset.as_object()];
        if call_tool(thread, tool, event::INSTRUCTION, Some(frame), &args)? != Wish::Continue {
            code::disable_instruction(&code, index, tool);
        }
    }
    Ok(())
}

/// The name of a tool, for `sys.monitoring`.
fn is_str(object: &Object) -> bool {
    object.downcast::<Str>().is_some()
}
