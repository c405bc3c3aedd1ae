//! `sys.monitoring`: tools, their callbacks and the events they ask for.
//!
//! Answers to `Python/instrumentation.c`, of which the register of tools and callbacks is here. Code is
//! not instrumented yet: nothing fires events, so asking for any is refused with NotImplementedError
//! instead of being forgotten.

use gopy_core::error::not_implemented_error;
use gopy_object::{Exception, Object, PyResult, Ref, Slot};

use crate::extension::{self, Extension};

/// Tools that programs may use have numbers below this.
const USER_TOOLS: usize = 6;

/// Names of the events; their index is the number of their bit.
const EVENT_NAMES: [&str; 19] = [
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

const EVENTS: usize = EVENT_NAMES.len();
/// Events that belong to a place in the code.
const LOCAL_EVENTS: u32 = 11;
const CALL: u32 = 1 << 4;
const BRANCH_LEFT: usize = 8;
const BRANCH_RIGHT: usize = 9;
const C_RETURN_EVENTS: u32 = 1 << 16 | 1 << 17;
const BRANCH: usize = 18;

/// What one tool has registered.
#[derive(Default)]
struct Tool {
    /// What the tool calls itself; empty while the number is free.
    name: Slot,
    callbacks: [Slot; EVENTS],
}

impl Tool {
    /// Sets the callback of an event and hands out the old one. BRANCH stands for both of its sides.
    fn register(&self, event: usize, callback: Option<Ref>) -> Option<Ref> {
        if event == BRANCH {
            let right = self.callbacks[BRANCH_RIGHT].replace(callback.clone());
            let left = self.callbacks[BRANCH_LEFT].replace(callback);
            drop(right);
            return left;
        }
        self.callbacks[event].replace(callback)
    }

    /// Forgets the callbacks. May drop.
    fn clear(&self) {
        for event in 0..EVENTS {
            drop(self.register(event, None));
        }
    }
}

/// The interpreter's tools.
#[derive(Default)]
struct Monitoring {
    tools: [Tool; USER_TOOLS],
}

impl Extension for Monitoring {}

fn state() -> &'static Monitoring {
    extension::get::<Monitoring>()
}

/// Nothing fires the events that somebody asks for.
#[cold]
fn unsupported(function: &str) -> Exception {
    not_implemented_error!("{function}: code is not instrumented in this implementation yet")
}

/// Whether `function`, given to `sys.settrace` or `sys.setprofile`, is `None`, which turns off what was
/// never on.
///
/// # Errors
///
/// `NotImplementedError` for a function.
pub fn refuse_function(setter: &str, function: &Object) -> PyResult<()> {
    if gopy_core::none::is_none(function) { Ok(()) } else { Err(unsupported(setter)) }
}

/// `sys.monitoring`.
#[gopy_macros::pymodule(name = "sys.monitoring")]
pub mod module {
    use gopy_core::code::Code;
    use gopy_core::dict::Dict;
    use gopy_core::error::{type_error, value_error};
    use gopy_core::int::Int;
    use gopy_core::str::{self, Str};
    use gopy_core::{call, module, namespace, none};
    use gopy_object::typeobj::OBJECT;
    use gopy_object::{Instance, Object, PyResult, Ref};

    use super::{
        BRANCH, BRANCH_LEFT, BRANCH_RIGHT, C_RETURN_EVENTS, CALL, EVENT_NAMES, EVENTS,
        LOCAL_EVENTS, Tool, USER_TOOLS, state, unsupported,
    };
    use crate::sys::audit;

    fn tool(tool_id: i32) -> PyResult<&'static Tool> {
        usize::try_from(tool_id)
            .ok()
            .filter(|id| *id < USER_TOOLS)
            .map(|id| &state().tools[id])
            .ok_or_else(|| value_error!("invalid tool {tool_id} (must be between 0 and 5)"))
    }

    fn check_in_use(tool: &Tool, tool_id: i32) -> PyResult<()> {
        if tool.name.is_empty() {
            return Err(value_error!("tool {tool_id} is not in use"));
        }
        Ok(())
    }

    /// C_RETURN and C_RAISE come with CALL and are no events of their own.
    fn ungrouped(event_set: u32) -> PyResult<u32> {
        if event_set & C_RETURN_EVENTS != 0
            && event_set & (C_RETURN_EVENTS | CALL) != C_RETURN_EVENTS | CALL
        {
            return Err(value_error!("cannot set C_RETURN or C_RAISE events independently"));
        }
        Ok(event_set & !C_RETURN_EVENTS)
    }

    #[pyfunction("($module, tool_id, name, /)")]
    fn use_tool_id(tool_id: i32, name: &Object) -> PyResult<()> {
        let tool = tool(tool_id)?;
        if name.downcast::<Str>().is_none() {
            return Err(value_error!("tool name must be a str"));
        }
        if !tool.name.is_empty() {
            return Err(value_error!("tool {tool_id} is already in use"));
        }
        tool.name.set(Some(name.to_ref()));
        Ok(())
    }

    #[pyfunction("($module, tool_id, /)")]
    fn clear_tool_id(tool_id: i32) -> PyResult<()> {
        let tool = tool(tool_id)?;
        if !tool.name.is_empty() {
            tool.clear();
        }
        Ok(())
    }

    #[pyfunction("($module, tool_id, /)")]
    fn free_tool_id(tool_id: i32) -> PyResult<()> {
        let tool = tool(tool_id)?;
        if !tool.name.is_empty() {
            tool.clear();
        }
        tool.name.set(None);
        Ok(())
    }

    #[pyfunction("($module, tool_id, /)")]
    fn get_tool(tool_id: i32) -> PyResult<Option<Ref>> {
        Ok(tool(tool_id)?.name.get())
    }

    #[pyfunction("($module, tool_id, event, func, /)")]
    fn register_callback(tool_id: i32, event: i32, func: &Object) -> PyResult<Option<Ref>> {
        let tool = tool(tool_id)?;
        let bits = event as u32;
        if bits.count_ones() != 1 {
            return Err(value_error!("The callback can only be set for one event at a time"));
        }
        let event_id = bits.trailing_zeros() as usize;
        if event_id >= EVENTS {
            return Err(value_error!("invalid event {event}"));
        }
        audit::audit("sys.monitoring.register_callback", &[func])?;
        Ok(tool.register(event_id, Some(func.to_ref()).filter(|func| !none::is_none(func))))
    }

    #[pyfunction("($module, tool_id, /)")]
    fn get_events(tool_id: i32) -> PyResult<i32> {
        tool(tool_id)?;
        Ok(0)
    }

    #[pyfunction("($module, tool_id, event_set, /)")]
    fn set_events(tool_id: i32, event_set: i32) -> PyResult<()> {
        let tool = tool(tool_id)?;
        if !(0..1 << EVENTS).contains(&event_set) {
            return Err(value_error!("invalid event set {event_set:#x}"));
        }
        let events = ungrouped(event_set as u32)?;
        check_in_use(tool, tool_id)?;
        if events == 0 { Ok(()) } else { Err(unsupported("sys.monitoring.set_events()")) }
    }

    fn check_code(code: &Object) -> PyResult<()> {
        if code.downcast::<Code>().is_none() {
            return Err(type_error!("code must be a code object"));
        }
        Ok(())
    }

    #[pyfunction("($module, tool_id, code, /)")]
    fn get_local_events(tool_id: i32, code: &Object) -> PyResult<i32> {
        check_code(code)?;
        tool(tool_id)?;
        Ok(0)
    }

    #[pyfunction("($module, tool_id, code, event_set, /)")]
    fn set_local_events(tool_id: i32, code: &Object, event_set: i32) -> PyResult<()> {
        check_code(code)?;
        let tool = tool(tool_id)?;
        let mut events = ungrouped(event_set as u32)?;
        if events & 1 << BRANCH != 0 {
            events = events & !(1 << BRANCH) | 1 << BRANCH_LEFT | 1 << BRANCH_RIGHT;
        }
        if events >= 1 << LOCAL_EVENTS {
            return Err(value_error!("invalid local event set {events:#x}"));
        }
        check_in_use(tool, tool_id)?;
        if events == 0 { Ok(()) } else { Err(unsupported("sys.monitoring.set_local_events()")) }
    }

    #[pyfunction("($module, /)")]
    fn restart_events() {
        // No event is on, so none has been disabled.
    }

    #[pyfunction("($module, /)")]
    fn _all_events() -> Ref<Dict> {
        Dict::new()
    }

    #[pyexec]
    fn exec(module: &Object) -> PyResult<()> {
        for name in ["DISABLE", "MISSING"] {
            module::add(module, name, call::call_no_args(OBJECT.get().as_object())?)?;
        }
        let events = Dict::new();
        for (bit, name) in EVENT_NAMES.iter().enumerate() {
            events.set_str(&str::interned(name), Int::from_i64(1 << bit).as_object())?;
        }
        events.set_str(&str::interned("NO_EVENTS"), Int::from_i64(0).as_object())?;
        module::add(module, "events", namespace::new(&events)?)?;
        module::add(module, "DEBUGGER_ID", 0)?;
        module::add(module, "COVERAGE_ID", 1)?;
        module::add(module, "PROFILER_ID", 2)?;
        module::add(module, "OPTIMIZER_ID", 5)
    }
}
