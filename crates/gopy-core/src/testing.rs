//! A runtime for unit tests.
//!
//! Objects belong to one interpreter under one lock: [`init`] makes both on first use, attaches the
//! test's thread and keeps other tests out until its answer is dropped.

use std::cell::OnceCell;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use gopy_object::{Exception, Interpreter, PyResult, Ref, Thread};

use crate::error::{not_implemented_error, runtime_error};
use crate::{hooks, type_};

static LOCK: Mutex<()> = Mutex::new(());

thread_local! {
    static ATTACHED: OnceCell<&'static Thread> = const { OnceCell::new() };
}

/// Keeps the runtime to this test.
pub struct Runtime(#[allow(dead_code, reason = "held, not read")] MutexGuard<'static, ()>);

/// Makes the runtime usable on this thread while the answer lives.
pub fn init() -> Runtime {
    // A test that failed has left no invariant broken that others rely on.
    let guard = LOCK.lock().unwrap_or_else(PoisonError::into_inner);
    ATTACHED.with(|attached| {
        attached.get_or_init(|| {
            let here = 0u8;
            let top = (&raw const here).addr();
            // Test threads have 2 MiB; half of that is safe from here on.
            let thread = Box::leak(Thread::new(interpreter(), 1, top, 1 << 20));
            // SAFETY: leaked, so it lives as long as this OS thread; the lock stands for the GIL.
            unsafe { Thread::activate(thread) };
            thread
        });
    });
    hooks::set(&HOOKS);
    type_::init();
    Runtime(guard)
}

/// Runs a test with the runtime.
pub fn run(test: impl FnOnce()) {
    let _runtime = init();
    test();
}

fn interpreter() -> &'static Interpreter {
    struct Shared(&'static Interpreter);
    // SAFETY: `LOCK` lets one thread at a time touch the interpreter.
    unsafe impl Sync for Shared {}
    // SAFETY: as above.
    unsafe impl Send for Shared {}
    static INTERPRETER: OnceLock<Shared> = OnceLock::new();
    INTERPRETER.get_or_init(|| Shared(Box::leak(Interpreter::new(0)))).0
}

#[cold]
fn no_vm() -> Exception {
    not_implemented_error!("unit tests of the core run no Python code")
}

static HOOKS: hooks::Hooks = hooks::Hooks {
    call_function: |_, _| Err(no_vm()),
    code_adaptive: |code| Ok(code.code.clone().upcast()),
    super_arguments: || Err(runtime_error!("super(): no current frame")),
    frame_line: |_, _| None,
    current_globals: || None,
    current_local_names: || Err(no_vm()),
    warn: |_, _, _| Ok(()),
    warn_explicit: |_, _, _, _, _, _| Ok(()),
    import: |_| Err(no_vm()),
    audit: |_, _| Ok(()),
    unraisable,
};

fn unraisable(
    exception: Ref<gopy_object::BaseException>,
    message: Option<&str>,
    _object: Option<&gopy_object::Object>,
) {
    eprintln!("{}: {exception:?}", message.unwrap_or("unraisable"));
}

/// The text of what an operation has raised, as `Type: message`.
pub fn error_text<T>(result: PyResult<T>) -> String {
    match result {
        Ok(_) => "no error".to_owned(),
        Err(error) => {
            let value = error.into_value();
            let name = gopy_object::Instance::as_object(&*value).type_name();
            match crate::object::str(gopy_object::Instance::as_object(&*value)) {
                Ok(text) => format!("{name}: {text}"),
                Err(_) => format!("{name}: ?"),
            }
        }
    }
}
