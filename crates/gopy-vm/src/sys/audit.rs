//! `sys.audit`: telling hooks what happens.

use std::sync::atomic::{AtomicBool, Ordering};

use gopy_core::argument::Place;
use gopy_core::list::List;
use gopy_core::str::Str;
use gopy_core::{call, exceptions, tuple};
use gopy_object::{Args, Instance, Object, PyResult, Slot};

use crate::extension::{self, Extension};

/// Audit hooks of an interpreter.
#[derive(Default)]
struct Hooks {
    list: Slot<List>,
}

impl Extension for Hooks {}

/// Whether any interpreter has a hook: the test that every event pays for.
static AUDITING: AtomicBool = AtomicBool::new(false);

/// Tells the hooks of `event`. May run Python.
///
/// # Errors
///
/// What a hook raises.
#[inline]
pub fn audit(event: &str, args: &[&Object]) -> PyResult<()> {
    if !AUDITING.load(Ordering::Relaxed) {
        return Ok(());
    }
    audit_slow(event, tuple::from_borrowed(args).as_object())
}

#[cold]
fn audit_slow(event: &str, args: &Object) -> PyResult<()> {
    let Some(hooks) = extension::get::<Hooks>().list.get() else { return Ok(()) };
    let event = gopy_core::str::interned(event);
    let mut index = 0;
    while let Some(hook) = hooks.get(index) {
        call::call(&hook, &[event.as_object(), args])?;
        index += 1;
    }
    Ok(())
}

/// `sys.audit(event, *args)`.
pub(super) fn audit_event(event: &Object, args: Args<'_>) -> PyResult<()> {
    let Some(name) = event.downcast::<Str>() else {
        return Err(Place::at("audit", 1).bad_argument("str", event));
    };
    if !AUDITING.load(Ordering::Relaxed) {
        return Ok(());
    }
    let name = name.to_utf8()?;
    audit_slow(name, call::args_tuple(args)?.as_object())
}

/// `sys.addaudithook(hook)`: the hooks there are can refuse by raising.
pub(super) fn add_hook(hook: &Object) -> PyResult<()> {
    match audit("sys.addaudithook", &[]) {
        Ok(()) => {}
        Err(error) if error.is_instance(&exceptions::EXCEPTION) => return Ok(()),
        Err(error) => return Err(error),
    }
    let hooks = extension::get::<Hooks>();
    if hooks.list.is_empty() {
        hooks.list.set(Some(List::new()));
    }
    if let Some(list) = hooks.list.get() {
        list.push(hook.to_ref())?;
    }
    AUDITING.store(true, Ordering::Relaxed);
    Ok(())
}
