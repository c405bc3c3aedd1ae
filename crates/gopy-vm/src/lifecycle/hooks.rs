//! The functions of this crate that the core calls, and the types it makes ready.

use std::sync::atomic::Ordering;

use gopy_core::bytes::Bytes;
use gopy_core::cell::{CELL, Cell};
use gopy_core::code::{Code, kinds};
use gopy_core::error::runtime_error;
use gopy_core::hooks::Hooks;
use gopy_core::str::Str;
use gopy_object::{PyResult, Ref, Type, gil, signals, thread};

use crate::eval::pending::{self, Handlers};
use crate::{eval, execution, frame, frame_object, import, sys, warnings};

static HOOKS: Hooks = Hooks {
    call_function: eval::call_function,
    code_adaptive,
    super_arguments,
    frame_line: frame_object::line_at,
    current_globals: execution::globals,
    current_local_names: execution::local_names,
    warn: warnings::warn,
    warn_explicit: warnings::warn_explicit,
    import: import::import_module,
    audit: sys::audit::audit,
    unraisable: sys::unraisable,
};

/// Installs everything.
pub(super) fn install() {
    gopy_core::hooks::set(&HOOKS);
    gil::on_thread_end(frame::free_data_stack);
    pending::set_handlers(Handlers {
        signals: signals::check,
        calls: || {
            let breaker = &thread().eval_breaker;
            // Nobody queues calls yet; the request is answered by taking it back.
            breaker.fetch_and(!gopy_object::state::breaker::CALLS_TO_DO, Ordering::Relaxed);
            Ok(())
        },
        yield_lock: gil::yield_now,
    });
}

/// What runs is an array of its own; its specialised forms show through `dis` only.
fn code_adaptive(code: &Code) -> PyResult {
    Ok(Bytes::new(&crate::units::adaptive_code(code))?.upcast())
}

/// The class and the instance of `super()` in the running frame.
fn super_arguments() -> PyResult<(Ref<Type>, Ref)> {
    let Some(frame) = frame::current_complete(thread()) else {
        return Err(runtime_error!("super(): no current frame"));
    };
    let code = frame.code();
    if code.argcount == 0 {
        return Err(runtime_error!("super(): no arguments"));
    }
    let first = frame.local(0).to_option();
    // The argument may have become a cell by now.
    let first = match first {
        Some(cell)
            if code
                .localspluskinds
                .as_slice()
                .first()
                .is_some_and(|kind| kind & kinds::CELL != 0) =>
        {
            match cell.downcast_exact::<Cell>() {
                Some(inner) => inner.contents.get(),
                None => Some(cell),
            }
        }
        first => first,
    };
    let Some(first) = first else { return Err(runtime_error!("super(): arg[0] deleted")) };
    let kinds_of = code.localspluskinds.as_slice();
    let names = code.localsplusnames.items();
    let place = names.iter().zip(kinds_of).position(|(name, kind)| {
        kind & kinds::FREE != 0
            && name.downcast::<Str>().is_some_and(|name| name.eq_str("__class__"))
    });
    let Some(place) = place else {
        return Err(runtime_error!("super(): __class__ cell not found"));
    };
    let word = frame.local(place);
    if word.is_null() || !word.is_exact(&CELL) {
        return Err(runtime_error!("super(): bad __class__ cell"));
    }
    let contents = word.as_object().downcast::<Cell>().and_then(|cell| cell.contents.get());
    match contents {
        None => Err(runtime_error!("super(): empty __class__ cell")),
        Some(class) => match class.downcast_ref::<Type>() {
            Ok(class) => Ok((class, first)),
            Err(other) => {
                Err(runtime_error!("super(): __class__ is not a type ({})", other.type_name()))
            }
        },
    }
}
