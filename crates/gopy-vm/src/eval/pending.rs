//! What is done between two instructions: signals, pending calls, the collector, other threads.
//!
//! Answers to `_Py_HandlePending` of `Python/ceval_gil.c`.

use std::sync::atomic::Ordering;

use gopy_object::state::breaker;
use gopy_object::{BaseException, Exception, PyResult, Thread, gc};

/// Functions of the layers above that have something to do between instructions.
pub struct Handlers {
    /// Runs the Python handlers of signals that have arrived.
    pub signals: fn() -> PyResult<()>,
    /// Runs pending calls.
    pub calls: fn() -> PyResult<()>,
    /// Lets another thread have the lock.
    pub yield_lock: fn(),
}

static HANDLERS: std::sync::OnceLock<Handlers> = std::sync::OnceLock::new();

/// Installs the handlers; the first call wins.
#[inline(never)]
pub fn set_handlers(handlers: Handlers) {
    let _ = HANDLERS.set(handlers);
}

/// Does what the eval breaker asks for. May run Python.
///
/// # Errors
///
/// What a signal handler or a pending call raises, or an exception set from outside.
#[cold]
#[inline(never)]
pub fn handle(thread: &Thread) -> PyResult<()> {
    let take = |bit: usize| thread.eval_breaker.fetch_and(!bit, Ordering::Relaxed) & bit != 0;
    if take(breaker::CALLS_TO_DO)
        && let Some(handlers) = HANDLERS.get()
    {
        (handlers.calls)()?;
    }
    if take(breaker::SIGNALS_PENDING)
        && let Some(handlers) = HANDLERS.get()
    {
        (handlers.signals)()?;
    }
    if take(breaker::GC_SCHEDULED) {
        gc::collect_if_due(thread.interpreter());
    }
    if take(breaker::GIL_DROP_REQUEST)
        && let Some(handlers) = HANDLERS.get()
    {
        (handlers.yield_lock)();
    }
    if take(breaker::ASYNC_EXCEPTION)
        && let Some(class) = thread.async_exception.take()
    {
        let raised = gopy_core::call::call_no_args(&class)?;
        if let Ok(exception) = raised.downcast_ref::<BaseException>() {
            return Err(Exception::raise(exception));
        }
    }
    Ok(())
}

/// Runs the Python handlers of signals that have arrived (`PyErr_CheckSignals`).
///
/// # Errors
///
/// What a handler raises.
#[inline(never)]
pub fn run_signal_handlers() -> PyResult<()> {
    let thread = gopy_object::thread();
    let bit = breaker::SIGNALS_PENDING;
    if thread.eval_breaker.fetch_and(!bit, Ordering::Relaxed) & bit != 0
        && let Some(handlers) = HANDLERS.get()
    {
        (handlers.signals)()?;
    }
    Ok(())
}
