//! `sys.monitoring`.
//!
//! Answers to the module part of `Python/instrumentation.c`.

use std::cell::OnceCell;

use gopy_core::dict::Dict;
use gopy_core::int::Int;
use gopy_core::str::Str;
use gopy_core::{call, module, namespace, object};
use gopy_object::typeobj::OBJECT;
use gopy_object::{Instance as _, Object, PyResult, Ref};

use super::{EVENTS, NAMES};
use crate::extension::{self, Extension};

/// What callbacks return to hear no more, and get for an argument that is not there: two plain objects.
#[derive(Default)]
struct Sentinels {
    disable: OnceCell<Ref>,
    missing: OnceCell<Ref>,
}

impl Extension for Sentinels {}

/// Whether a callback has returned `sys.monitoring.DISABLE`.
pub(super) fn is_disable(object: &Object) -> bool {
    extension::get::<Sentinels>().disable.get().is_some_and(|disable| object.is(&**disable))
}

/// Whether this stands for an argument that is not there.
pub(super) fn is_missing(object: &Object) -> bool {
    extension::get::<Sentinels>().missing.get().is_some_and(|missing| object.is(&**missing))
}

/// `sys.monitoring.MISSING`.
pub(crate) fn missing() -> Ref {
    let missing = extension::get::<Sentinels>().missing.get();
    missing.cloned().unwrap_or_else(gopy_core::none::none)
}

/// The module object.
///
/// # Errors
///
/// `MemoryError`.
pub(crate) fn object() -> PyResult {
    let sentinels = extension::get::<Sentinels>();
    let plain = || call::call_no_args(OBJECT.get().as_object());
    let (disable, missing) = (plain()?, plain()?);
    let _ = sentinels.disable.set(disable.clone());
    let _ = sentinels.missing.set(missing.clone());
    let made = module::from_def(&functions::MODULE, &Str::new("sys.monitoring"))?;
    let put = |name: &str, value: &Object| {
        object::set_attr(&made, &gopy_core::str::interned(name), value)
    };
    put("DISABLE", &disable)?;
    put("MISSING", &missing)?;
    let events = Dict::new();
    for (number, name) in NAMES.iter().enumerate().take(EVENTS) {
        events.set_str(&gopy_core::str::interned(name), Int::from_i64(1 << number).as_object())?;
    }
    events.set_str(&gopy_core::str::interned("NO_EVENTS"), Int::from_i64(0).as_object())?;
    put("events", namespace::new(&events)?.as_object())?;
    for (name, tool) in
        [("DEBUGGER_ID", 0), ("COVERAGE_ID", 1), ("PROFILER_ID", 2), ("OPTIMIZER_ID", 5)]
    {
        put(name, Int::from_i64(tool).as_object())?;
    }
    Ok(made.upcast())
}

/// `sys.monitoring`.
#[gopy_macros::pymodule(name = "sys.monitoring")]
mod functions {
    use gopy_core::code::Code;
    use gopy_core::dict::Dict;
    use gopy_core::error::{type_error, value_error};
    use gopy_core::int::Int;
    use gopy_core::none;
    use gopy_object::{Instance as _, Object, PyResult, Ref};

    use crate::monitoring::{
        self, EVENTS, LOCAL_EVENTS, NAMES, PROFILE_TOOL, UNGROUPED_EVENTS, event, is_str, state,
    };
    use crate::sys::audit;

    const C_RETURN_EVENTS: i32 = 1 << event::C_RETURN | 1 << event::C_RAISE;
    const C_CALL_EVENTS: i32 = C_RETURN_EVENTS | 1 << event::CALL;

    fn valid_tool(tool: i32) -> PyResult<usize> {
        match usize::try_from(tool) {
            Ok(tool) if tool < PROFILE_TOOL => Ok(tool),
            _ => Err(value_error!("invalid tool {tool} (must be between 0 and 5)")),
        }
    }

    /// The events themselves of a set that names groups.
    fn ungrouped(mut events: i32) -> PyResult<i32> {
        if events & C_RETURN_EVENTS != 0 && events & C_CALL_EVENTS != C_CALL_EVENTS {
            return Err(value_error!("cannot set C_RETURN or C_RAISE events independently"));
        }
        events &= !C_RETURN_EVENTS;
        if events & 1 << event::BRANCH != 0 {
            events &= !(1 << event::BRANCH);
            events |= 1 << event::BRANCH_LEFT | 1 << event::BRANCH_RIGHT;
        }
        Ok(events)
    }

    #[pyfunction("($module, tool_id, name, /)")]
    fn use_tool_id(tool_id: i32, name: &Object) -> PyResult<()> {
        let tool = valid_tool(tool_id)?;
        if !is_str(name) {
            return Err(value_error!("tool name must be a str"));
        }
        let names = &mut state().names.borrow_mut()[tool];
        if names.is_some() {
            return Err(value_error!("tool {tool} is already in use"));
        }
        *names = Some(name.to_ref());
        Ok(())
    }

    #[pyfunction("($module, tool_id, /)")]
    fn clear_tool_id(tool_id: i32) -> PyResult<()> {
        let tool = valid_tool(tool_id)?;
        let used = state().names.borrow()[tool].is_some();
        if used { monitoring::clear_tool(state(), tool) } else { Ok(()) }
    }

    #[pyfunction("($module, tool_id, /)")]
    fn free_tool_id(tool_id: i32) -> PyResult<()> {
        let tool = valid_tool(tool_id)?;
        clear_tool_id(tool_id)?;
        let name = state().names.borrow_mut()[tool].take();
        drop(name);
        Ok(())
    }

    #[pyfunction("($module, tool_id, /)")]
    fn get_tool(tool_id: i32) -> PyResult<Option<Ref>> {
        let tool = valid_tool(tool_id)?;
        Ok(state().names.borrow()[tool].clone())
    }

    #[pyfunction("($module, tool_id, event, func, /)")]
    fn register_callback(tool_id: i32, event: i32, func: &Object) -> PyResult<Option<Ref>> {
        let tool = valid_tool(tool_id)?;
        if event.count_ones() != 1 {
            return Err(value_error!("The callback can only be set for one event at a time"));
        }
        let number = event.trailing_zeros() as usize;
        if number >= EVENTS {
            return Err(value_error!("invalid event {event}"));
        }
        audit::audit("sys.monitoring.register_callback", &[func])?;
        let function = (!none::is_none(func)).then(|| func.to_ref());
        Ok(monitoring::register(state(), tool, number, function))
    }

    #[pyfunction("($module, tool_id, /)")]
    fn get_events(tool_id: i32) -> PyResult<u32> {
        Ok(monitoring::events_of(state(), valid_tool(tool_id)?))
    }

    #[pyfunction("($module, tool_id, event_set, /)")]
    fn set_events(tool_id: i32, event_set: i32) -> PyResult<()> {
        let tool = valid_tool(tool_id)?;
        if !(0..1 << EVENTS).contains(&event_set) {
            return Err(value_error!("invalid event set {event_set:#x}"));
        }
        monitoring::set_events(tool, ungrouped(event_set)? as u32)
    }

    fn code_object(code: &Object) -> PyResult<&Code> {
        code.downcast::<Code>().ok_or_else(|| type_error!("code must be a code object"))
    }

    #[pyfunction("($module, tool_id, code, /)")]
    fn get_local_events(tool_id: i32, code: &Object) -> PyResult<u32> {
        let code = code_object(code)?;
        Ok(monitoring::local_events(code, valid_tool(tool_id)?))
    }

    #[pyfunction("($module, tool_id, code, event_set, /)")]
    fn set_local_events(tool_id: i32, code: &Object, event_set: i32) -> PyResult<()> {
        let code = code_object(code)?;
        let tool = valid_tool(tool_id)?;
        let events = ungrouped(event_set)?;
        if !(0..1 << LOCAL_EVENTS).contains(&events) {
            return Err(value_error!("invalid local event set {events:#x}"));
        }
        monitoring::set_local_events(code, tool, events as u32)
    }

    #[pyfunction("($module, /)")]
    fn restart_events() {
        monitoring::restart(state());
    }

    #[pyfunction("($module, /)")]
    fn _all_events() -> PyResult<Ref<Dict>> {
        let all = Dict::new();
        let state = state();
        for (name, tools) in NAMES.iter().zip(&state.tools).take(UNGROUPED_EVENTS) {
            let tools = tools.get();
            if tools != 0 {
                let tools = Int::from_i64(tools.into());
                all.set_str(&gopy_core::str::interned(name), tools.as_object())?;
            }
        }
        Ok(all)
    }
}
