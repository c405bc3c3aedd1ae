//! The awaitables of asynchronous generators.
//!
//! Answers to the second half of `Objects/genobject.c`: `asend`, `athrow` and `aclose`, the wrapper of
//! yielded values, `anext()` with a default.

use std::cell::Cell;

use gopy_core::error::{runtime_error, type_error};
use gopy_core::exceptions::{
    self, GENERATOR_EXIT, STOP_ASYNC_ITERATION, STOP_ITERATION, stop_iteration,
};
use gopy_core::iter;
use gopy_core::none;
use gopy_core::tuple::Tuple;
use gopy_macros::{pyclass, pymethods, pyslots};
use gopy_object::{Exception, Instance, Object, PyResult, Ref, Slot, gc, memory, thread};

use super::methods::throw_method;
use super::{Thrown, awaitable_iter, head, send_method, throw};

/// How far an awaitable has come.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Init,
    Iterating,
    Closed,
}

/// A value that an asynchronous generator yields, on its way to `asend`.
#[pyclass(name = "async_generator_wrapped_value", static = WRAPPED_VALUE, basicsize = 24,
    flags(HAVE_GC), no_methods, no_slots)]
#[repr(C)]
pub struct WrappedValue {
    object: Object,
    value: Ref,
}

/// Wraps a yielded value (INTRINSIC_ASYNC_GEN_WRAP).
///
/// # Errors
///
/// `MemoryError`.
pub fn wrap(value: &Object) -> PyResult {
    let wrapped = WrappedValue { object: Object::header(&WRAPPED_VALUE), value: value.to_ref() };
    Ok(gc::tracked(memory::alloc(&WRAPPED_VALUE, wrapped)?).upcast())
}

fn is_wrapped(value: &Object) -> bool {
    value.is_exact(&WRAPPED_VALUE)
}

/// The end of an asynchronous iteration.
#[cold]
pub fn stop_async_iteration() -> Exception {
    match exceptions::instantiate(&STOP_ASYNC_ITERATION, &gopy_core::tuple::empty()) {
        Ok(exception) => Exception::raise(exception),
        Err(error) => error,
    }
}

/// Turns what the generator did into what `await` understands: a yielded value ends the awaitable
/// (`async_gen_unwrap_value`).
fn unwrap(generator: &Object, result: PyResult) -> PyResult {
    let state = head(generator);
    match result {
        Ok(value) if is_wrapped(&value) => {
            state.running_async.set(false);
            match value.downcast::<WrappedValue>() {
                Some(wrapped) => Err(stop_iteration(&wrapped.value)),
                None => Ok(value),
            }
        }
        Ok(value) => Ok(value),
        Err(error) => {
            if error.is_instance(&STOP_ASYNC_ITERATION) || error.is_instance(&GENERATOR_EXIT) {
                state.closed.set(true);
            }
            state.running_async.set(false);
            Err(error)
        }
    }
}

/// Calls the thread's hooks at the first iteration.
fn init_hooks(generator: &Object) -> PyResult<()> {
    let state = head(generator);
    if state.hooks_inited.replace(true) {
        return Ok(());
    }
    let thread = thread();
    if let Some(finalizer) = thread.asyncgen_finalizer.get() {
        state.origin_or_finalizer.set(Some(finalizer));
    }
    if let Some(first) = thread.asyncgen_firstiter.get() {
        gopy_core::call::call_one(&first, generator)?;
    }
    Ok(())
}

/// The awaitable of `asend` and of `__anext__`.
#[pyclass(name = "async_generator_asend", static = ASEND, basicsize = 40, flags(HAVE_GC))]
#[repr(C)]
pub struct Asend {
    object: Object,
    generator: Ref,
    value: Slot,
    state: Cell<AsendState>,
}

/// [`State`] as a field that owns nothing.
#[derive(Clone, Copy)]
struct AsendState(State);

gopy_object::leaf_traverse!(AsendState);

/// `asend(value)`, or `__anext__()`.
///
/// # Errors
///
/// What the first-iteration hook raises.
pub fn asend(generator: &Object, value: Option<&Object>) -> PyResult {
    init_hooks(generator)?;
    let awaitable = Asend {
        object: Object::header(&ASEND),
        generator: generator.to_ref(),
        value: Slot::new(value.map(Ref::from_borrow)),
        state: Cell::new(AsendState(State::Init)),
    };
    Ok(gc::tracked(memory::alloc(&ASEND, awaitable)?).upcast())
}

impl Asend {
    /// Checks the state before the generator is resumed.
    fn begin(&self) -> PyResult<bool> {
        match self.state.get().0 {
            State::Closed => {
                Err(runtime_error!("cannot reuse already awaited __anext__()/asend()"))
            }
            State::Init => {
                if head(&self.generator).running_async.get() {
                    self.state.set(AsendState(State::Closed));
                    return Err(runtime_error!(
                        "anext(): asynchronous generator is already running"
                    ));
                }
                self.state.set(AsendState(State::Iterating));
                Ok(true)
            }
            State::Iterating => Ok(false),
        }
    }

    fn finish(&self, result: PyResult) -> PyResult {
        let result = unwrap(&self.generator, result);
        if result.is_err() {
            self.state.set(AsendState(State::Closed));
        }
        result
    }

    fn resume(&self, value: &Object) -> PyResult {
        let first = self.begin()?;
        let stored = self.value.get();
        let value = match &stored {
            Some(stored) if first && none::is_none(value) => stored,
            _ => value,
        };
        head(&self.generator).running_async.set(true);
        self.finish(send_method(&self.generator, value))
    }
}

#[pymethods]
impl Asend {
    #[pymethod("($self, value, /)", hide_signature)]
    fn send(&self, value: &Object) -> PyResult {
        self.resume(value)
    }

    #[pymethod(
        "($self, type, value=<unrepresentable>, traceback=<unrepresentable>, /)",
        hide_signature
    )]
    fn throw(
        &self,
        r#type: &Object,
        value: Option<&Object>,
        traceback: Option<&Object>,
    ) -> PyResult {
        if self.begin()? {
            head(&self.generator).running_async.set(true);
        }
        self.finish(throw_method(&self.generator, r#type, value, traceback))
    }

    #[pymethod("($self, /)", hide_signature)]
    fn close(&self) -> PyResult {
        if self.state.get().0 == State::Closed {
            return Ok(none::none());
        }
        let exit = GENERATOR_EXIT.get().as_object();
        close_result(self.throw(exit, None, None))
    }
}

#[pyslots]
impl Asend {
    fn am_await(&self) -> Ref {
        self.as_object().to_ref()
    }

    fn iter(&self) -> Ref {
        self.as_object().to_ref()
    }

    fn iternext(&self) -> PyResult<Option<Ref>> {
        self.resume(none::none_object()).map(Some)
    }

    fn finalize(&self) {
        if self.state.get().0 == State::Init {
            warn_unawaited(&self.generator, "asend");
        }
    }
}

/// What `close` of an awaitable makes of GeneratorExit thrown into it.
fn close_result(result: PyResult) -> PyResult {
    match result {
        Ok(_) => Err(runtime_error!("coroutine ignored GeneratorExit")),
        Err(error)
            if error.is_instance(&STOP_ITERATION)
                || error.is_instance(&STOP_ASYNC_ITERATION)
                || error.is_instance(&GENERATOR_EXIT) =>
        {
            Ok(none::none())
        }
        Err(error) => Err(error),
    }
}

/// "coroutine method 'asend' of 'f' was never awaited".
fn warn_unawaited(generator: &Object, method: &str) {
    let method = gopy_core::str::interned(method);
    crate::warnings::warn_unawaited_agen_method(generator, method.as_object());
}

/// The awaitable of `athrow` and, without arguments, of `aclose`.
#[pyclass(name = "async_generator_athrow", static = ATHROW, basicsize = 40, flags(HAVE_GC))]
#[repr(C)]
pub struct Athrow {
    object: Object,
    generator: Ref,
    args: Slot<Tuple>,
    state: Cell<AsendState>,
}

/// `athrow(*args)`, or `aclose()`.
///
/// # Errors
///
/// What the first-iteration hook raises.
pub fn athrow(generator: &Object, args: Option<Ref<Tuple>>) -> PyResult {
    init_hooks(generator)?;
    let awaitable = Athrow {
        object: Object::header(&ATHROW),
        generator: generator.to_ref(),
        args: Slot::new(args),
        state: Cell::new(AsendState(State::Init)),
    };
    Ok(gc::tracked(memory::alloc(&ATHROW, awaitable)?).upcast())
}

impl Athrow {
    fn is_close(&self) -> bool {
        self.args.is_empty()
    }

    fn set_closed(&self) {
        self.state.set(AsendState(State::Closed));
    }

    fn already_running(&self) -> Exception {
        self.set_closed();
        if self.is_close() {
            runtime_error!("aclose(): asynchronous generator is already running")
        } else {
            runtime_error!("athrow(): asynchronous generator is already running")
        }
    }

    fn ignored_exit(&self) -> PyResult {
        head(&self.generator).running_async.set(false);
        self.set_closed();
        Err(runtime_error!("async generator ignored GeneratorExit"))
    }

    /// The end by an error: that of `aclose` is what it asked for.
    fn fail(&self, error: Exception) -> PyResult {
        head(&self.generator).running_async.set(false);
        self.set_closed();
        if self.is_close()
            && (error.is_instance(&STOP_ASYNC_ITERATION) || error.is_instance(&GENERATOR_EXIT))
        {
            return Err(stop_iteration(none::none_object()));
        }
        Err(error)
    }

    fn resume(&self, value: &Object) -> PyResult {
        let state = head(&self.generator);
        if self.state.get().0 == State::Closed {
            return Err(runtime_error!("cannot reuse already awaited aclose()/athrow()"));
        }
        if state.frame_state.get().is_finished() {
            self.set_closed();
            return Err(stop_iteration(none::none_object()));
        }
        if self.state.get().0 == State::Init {
            return self.start(value);
        }
        let result = send_method(&self.generator, value);
        if !self.is_close() {
            return match unwrap(&self.generator, result) {
                Ok(value) => Ok(value),
                Err(error) => Err(error),
            };
        }
        match result {
            Ok(value) if is_wrapped(&value) => self.ignored_exit(),
            Ok(value) => Ok(value),
            Err(error) => self.fail(error),
        }
    }

    fn start(&self, value: &Object) -> PyResult {
        let state = head(&self.generator);
        if state.running_async.get() {
            return Err(self.already_running());
        }
        if state.closed.get() {
            self.set_closed();
            return Err(stop_async_iteration());
        }
        if !none::is_none(value) {
            return Err(runtime_error!("can't send non-None value to a just-started coroutine"));
        }
        self.state.set(AsendState(State::Iterating));
        state.running_async.set(true);
        let args = self.args.get();
        let Some(args) = args else {
            state.closed.set(true);
            let exit = GENERATOR_EXIT.get().as_object();
            let thrown = Thrown { kind: exit, value: None, traceback: None };
            return match throw(&self.generator, false, thrown) {
                Ok(value) if is_wrapped(&value) => self.ignored_exit(),
                Ok(value) => Ok(value),
                Err(error) => self.fail(error),
            };
        };
        let Some(kind) = args.get(0) else {
            return Err(type_error!("athrow expected at least 1 argument, got 0"));
        };
        let thrown = Thrown { kind, value: args.get(1), traceback: args.get(2) };
        let result = throw(&self.generator, false, thrown);
        match unwrap(&self.generator, result) {
            Ok(value) => Ok(value),
            Err(error) => self.fail(error),
        }
    }
}

#[pymethods]
impl Athrow {
    #[pymethod("($self, value, /)", hide_signature)]
    fn send(&self, value: &Object) -> PyResult {
        self.resume(value)
    }

    #[pymethod(
        "($self, type, value=<unrepresentable>, traceback=<unrepresentable>, /)",
        hide_signature
    )]
    fn throw(
        &self,
        r#type: &Object,
        value: Option<&Object>,
        traceback: Option<&Object>,
    ) -> PyResult {
        let state = head(&self.generator);
        match self.state.get().0 {
            State::Closed => {
                return Err(runtime_error!("cannot reuse already awaited aclose()/athrow()"));
            }
            State::Init => {
                if state.running_async.get() {
                    return Err(self.already_running());
                }
                self.state.set(AsendState(State::Iterating));
                state.running_async.set(true);
            }
            State::Iterating => {}
        }
        let result = throw_method(&self.generator, r#type, value, traceback);
        if !self.is_close() {
            let result = unwrap(&self.generator, result);
            if result.is_err() {
                self.set_closed();
            }
            return result;
        }
        match result {
            Ok(value) if is_wrapped(&value) => self.ignored_exit(),
            Ok(value) => Ok(value),
            Err(error) => {
                self.set_closed();
                self.fail(error)
            }
        }
    }

    #[pymethod("($self, /)", hide_signature)]
    fn close(&self) -> PyResult {
        if self.state.get().0 == State::Closed {
            return Ok(none::none());
        }
        let exit = GENERATOR_EXIT.get().as_object();
        close_result(self.throw(exit, None, None))
    }
}

#[pyslots]
impl Athrow {
    fn am_await(&self) -> Ref {
        self.as_object().to_ref()
    }

    fn iter(&self) -> Ref {
        self.as_object().to_ref()
    }

    fn iternext(&self) -> PyResult<Option<Ref>> {
        self.resume(none::none_object()).map(Some)
    }

    fn finalize(&self) {
        if self.state.get().0 == State::Init {
            warn_unawaited(&self.generator, if self.is_close() { "aclose" } else { "athrow" });
        }
    }
}

/// GET_AITER.
///
/// # Errors
///
/// `TypeError` where the object is not asynchronously iterable.
#[inline(never)]
pub fn aiter(object: &Object) -> PyResult {
    let Some(slot) = object.type_().slots.async_.aiter.get() else {
        return Err(type_error!(
            "'async for' requires an object with __aiter__ method, got {:.100}",
            object.type_name()
        ));
    };
    let made = slot(object)?;
    if made.type_().slots.async_.anext.get().is_none() {
        return Err(type_error!(
            "'async for' received an object from __aiter__ that does not implement __anext__: \
             {:.100}",
            made.type_name()
        ));
    }
    Ok(made)
}

/// GET_ANEXT.
///
/// # Errors
///
/// `TypeError` where the object is no asynchronous iterator.
#[inline(never)]
pub fn anext(iterator: &Object) -> PyResult {
    let Some(slot) = iterator.type_().slots.async_.anext.get() else {
        return Err(type_error!(
            "'async for' requires an iterator with __anext__ method, got {:.100}",
            iterator.type_name()
        ));
    };
    let next = slot(iterator)?;
    if iterator.is_exact(&super::ASYNC_GENERATOR) {
        return Ok(next);
    }
    awaitable_iter(&next).map_err(|error| {
        let wrong = type_error!(
            "'async for' received an invalid object from __anext__: {:.100}",
            next.type_name()
        );
        let value = wrong.into_value();
        value.cause.set(Some(error.value().clone()));
        value.suppress_context.set(true);
        value.context.set(Some(error.into_value()));
        Exception::resume(value)
    })
}

/// The awaitable of `anext(iterator, default)`.
#[pyclass(name = "anext_awaitable", static = ANEXT_AWAITABLE, basicsize = 32, flags(HAVE_GC))]
#[repr(C)]
pub struct AnextAwaitable {
    object: Object,
    wrapped: Ref,
    default: Ref,
}

/// Makes it.
///
/// # Errors
///
/// `MemoryError`.
pub fn anext_awaitable(wrapped: Ref, default: Ref) -> PyResult {
    let awaitable = AnextAwaitable { object: Object::header(&ANEXT_AWAITABLE), wrapped, default };
    Ok(gc::tracked(memory::alloc(&ANEXT_AWAITABLE, awaitable)?).upcast())
}

impl AnextAwaitable {
    /// The iterator behind the awaitable.
    fn target(&self) -> PyResult {
        let made = awaitable_iter(&self.wrapped)?;
        if iter::is_iterator(&made) {
            return Ok(made);
        }
        // A coroutine: its `__await__` gives an iterator.
        let Some(slot) = made.type_().slots.async_.await_.get() else {
            return Err(type_error!("{:.100} can't be awaited", made.type_name()));
        };
        let made = slot(&made)?;
        if iter::is_iterator(&made) {
            return Ok(made);
        }
        Err(type_error!(
            "{:.100}.__await__() must return an iterable, not {:.100}",
            self.wrapped.type_name(),
            made.type_name()
        ))
    }

    fn or_default(&self, result: PyResult) -> PyResult {
        match result {
            Err(error) if error.is_instance(&STOP_ASYNC_ITERATION) => {
                Err(stop_iteration(&self.default))
            }
            other => other,
        }
    }
}

#[pymethods]
impl AnextAwaitable {
    #[pymethod("($self, value, /)", hide_signature)]
    fn send(&self, value: &Object) -> PyResult {
        let target = self.target()?;
        self.or_default(gopy_core::call::call_method(&target, gopy_core::id!(send), &[value]))
    }

    #[pymethod(
        "($self, type, value=<unrepresentable>, traceback=<unrepresentable>, /)",
        hide_signature
    )]
    fn throw(
        &self,
        r#type: &Object,
        value: Option<&Object>,
        traceback: Option<&Object>,
    ) -> PyResult {
        let target = self.target()?;
        let mut arguments = vec![r#type];
        arguments.extend(value);
        arguments.extend(traceback);
        let name = gopy_core::id!(throw);
        self.or_default(gopy_core::call::call_method(&target, name, &arguments))
    }

    #[pymethod("($self, /)", hide_signature)]
    fn close(&self) -> PyResult {
        let target = self.target()?;
        gopy_core::call::call_method(&target, gopy_core::id!(close), &[])
    }
}

#[pyslots]
impl AnextAwaitable {
    fn am_await(&self) -> Ref {
        self.as_object().to_ref()
    }

    fn iter(&self) -> Ref {
        self.as_object().to_ref()
    }

    fn iternext(&self) -> PyResult<Option<Ref>> {
        let target = self.target()?;
        // Not `iter::next`, which takes away the StopIteration that carries the value.
        let Some(next) = target.type_().slots.iternext.get() else {
            return Ok(None);
        };
        match next(&target) {
            Ok(value) => Ok(value),
            Err(error) => self.or_default(Err(error)).map(Some),
        }
    }
}
