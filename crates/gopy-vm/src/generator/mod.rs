//! Generators, coroutines and asynchronous generators: suspended frames.
//!
//! Answers to `Objects/genobject.c`. The frame lies behind the object's struct, in the same allocation.
//! [`enter`] is how the loop resumes one inline, [`send`], [`throw`] and [`close`] how native code does.
//! The types' methods are in [`methods`], the awaitables of asynchronous generators in [`asyncgen`].
//!
//! Keeps true: a generator's frame owns all that lies in it, since its caller comes and goes; while it
//! runs, its exception state is on top of the thread's stack of handled exceptions.

use std::cell::Cell;
use std::ptr::NonNull;

use gopy_core::code::flags;
use gopy_core::error::{runtime_error, system_error, type_error, value_error};
use gopy_core::exceptions::{self, GENERATOR_EXIT, STOP_ITERATION};
use gopy_core::id;
use gopy_core::none;
use gopy_core::object;
use gopy_core::str::Str;
use gopy_core::traceback::Traceback;
use gopy_core::{call, iter, tuple};
use gopy_macros::pyclass;
use gopy_object::state::HandledException;
use gopy_object::typeobj::SendResult;
use gopy_object::weakref::WeakList;
use gopy_object::{
    BaseException, Exception, Instance, Object, PyResult, Ref, Slot, Thread, Traverse, Type,
    Visitor, gc, memory, thread,
};

use crate::eval::raise::is_exception_class;
use crate::eval::resume_frame;
use crate::frame::{self, FRAME_WORDS, Frame, FrameRef, Owner, pop_words};
use crate::monitoring;
use crate::stackref::StackRef;
use crate::units::Unit;

pub mod asyncgen;
pub mod methods;

pub use asyncgen::{aiter, anext, anext_awaitable};

/// `gi_frame_state`, with CPython's numbers.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
#[repr(i8)]
pub enum FrameState {
    /// Not begun.
    Created = -3,
    /// At a `yield`.
    Suspended = -2,
    /// At a `yield from` or `await`.
    SuspendedYieldFrom = -1,
    /// Running.
    Executing = 0,
    /// Finished; the frame is still to be released.
    Completed = 1,
    /// Finished and released.
    Cleared = 4,
}

impl FrameState {
    /// Whether it will never run again.
    pub fn is_finished(self) -> bool {
        self >= FrameState::Completed
    }

    /// Whether it waits to be resumed.
    pub fn is_suspended(self) -> bool {
        matches!(self, FrameState::Suspended | FrameState::SuspendedYieldFrom)
    }
}

macro_rules! generator_like {
    ($(#[$attribute:meta])* $name:ident, $drop:ident) => {
        $(#[$attribute])*
        #[repr(C)]
        pub struct $name {
            object: Object,
            /// Weak references.
            pub weakrefs: WeakList,
            /// `__name__`.
            pub name: Slot<Str>,
            /// `__qualname__`.
            pub qualname: Slot<Str>,
            /// What is being handled inside.
            pub exc_state: HandledException,
            /// `cr_origin` of a coroutine, the finalizer hook of an async generator.
            pub origin_or_finalizer: Slot,
            /// An async generator's hooks have been looked up.
            pub hooks_inited: Cell<bool>,
            /// An async generator has been closed.
            pub closed: Cell<bool>,
            /// An async generator has a pending `asend` or `athrow`.
            pub running_async: Cell<bool>,
            /// How far it has come.
            pub frame_state: Cell<FrameState>,
        }

        impl Traverse for $name {
            fn traverse(&self, visit: &mut Visitor<'_>) {
                traverse(head(self.as_object()), visit);
            }

            fn clear(&self) {
                // `close` and the end of the object take generators apart, not the collector.
            }
        }

        unsafe fn $drop(object: *mut Object) {
            // SAFETY: a dying generator; its frame goes first, its fields after it, each once.
            unsafe {
                release_frame(head(&*object));
                object.cast::<$name>().drop_in_place();
            }
        }
    };
}

generator_like! {
    /// A `generator`; also the common layout of all three.
    #[pyclass(name = "generator", static = GENERATOR, basicsize = 152, itemsize = 8,
        weaklistoffset = 16, flags(HAVE_GC, DISALLOW_INSTANTIATION), weaklist = weakrefs,
        manual_traverse, payload_drop = drop_generator)]
    Generator, drop_generator
}

generator_like! {
    /// A `coroutine`.
    #[pyclass(name = "coroutine", static = COROUTINE, basicsize = 152, itemsize = 8,
        weaklistoffset = 16, flags(HAVE_GC, DISALLOW_INSTANTIATION), weaklist = weakrefs,
        manual_traverse, payload_drop = drop_coroutine)]
    Coroutine, drop_coroutine
}

generator_like! {
    /// An `async_generator`.
    #[pyclass(name = "async_generator", static = ASYNC_GENERATOR, basicsize = 152, itemsize = 8,
        weaklistoffset = 16, flags(HAVE_GC, DISALLOW_INSTANTIATION), weaklist = weakrefs,
        manual_traverse, payload_drop = drop_async_generator)]
    AsyncGenerator, drop_async_generator
}

const _: () = assert!(
    size_of::<Generator>() == size_of::<Coroutine>()
        && size_of::<Generator>() == size_of::<AsyncGenerator>()
        && size_of::<Generator>().is_multiple_of(8)
);

/// The common layout of a generator, coroutine or asynchronous generator.
#[inline(always)]
pub fn head(object: &Object) -> &Generator {
    debug_assert!(is_generator_like(object));
    // SAFETY: the three structs are declared alike and `repr(C)`; callers know the type.
    unsafe { &*std::ptr::from_ref(object).cast::<Generator>() }
}

/// Whether the object is of one of the three types.
pub fn is_generator_like(object: &Object) -> bool {
    object.is_exact(&GENERATOR) || object.is_exact(&COROUTINE) || object.is_exact(&ASYNC_GENERATOR)
}

impl Generator {
    /// The frame behind the struct.
    #[inline(always)]
    pub fn frame(&self) -> FrameRef {
        let place = std::ptr::from_ref(self).cast_mut().wrapping_add(1).cast::<Frame>();
        // SAFETY: the allocation goes on behind the struct with a frame; not null.
        unsafe { FrameRef::from_raw(NonNull::new_unchecked(place)) }
    }

    /// "generator", "coroutine" or "async generator", for messages.
    fn kind(&self) -> &'static str {
        let object = self.as_object();
        if object.is_exact(&COROUTINE) {
            "coroutine"
        } else if object.is_exact(&ASYNC_GENERATOR) {
            "async generator"
        } else {
            "generator"
        }
    }

    /// What it delegates to (`_PyGen_yf`).
    pub fn yield_from(&self) -> Option<Ref> {
        if self.frame_state.get() != FrameState::SuspendedYieldFrom {
            return None;
        }
        // SAFETY: the receiver is the topmost value of a frame suspended in a SEND loop.
        unsafe { *self.frame().sp().sub(1) }.to_option()
    }
}

/// The generator whose frame this is.
#[inline(always)]
fn of_frame(frame: FrameRef) -> &'static Generator {
    debug_assert!(frame.owner() == Owner::Generator);
    let generator = frame.as_ptr().cast::<Generator>().wrapping_sub(1);
    // SAFETY: the frame of a generator lies directly behind its struct; who uses it keeps it alive.
    unsafe { &*generator }
}

/// The generator whose frame this is, as an object.
pub fn object_of_frame(frame: FrameRef) -> Option<&'static Object> {
    (frame.owner() == Owner::Generator).then(|| of_frame(frame).as_object())
}

fn traverse(generator: &Generator, visit: &mut Visitor<'_>) {
    generator.name.traverse(visit);
    generator.qualname.traverse(visit);
    generator.exc_state.value.traverse(visit);
    generator.origin_or_finalizer.traverse(visit);
    // The stack of a running frame is in flux; what it holds is reachable from the thread anyway.
    let state = generator.frame_state.get();
    if state < FrameState::Executing {
        generator.frame().traverse(visit);
    }
}

/// Releases what is left of the frame of a dying generator.
fn release_frame(generator: &Generator) {
    let frame = generator.frame();
    if generator.frame_state.get() != FrameState::Cleared {
        generator.frame_state.set(FrameState::Cleared);
        clear_frame(frame);
    }
    generator.exc_state.value.set(None);
    frame.release_code();
}

/// Releases a frame's contents; a frame object that is still used takes them over.
fn clear_frame(frame: FrameRef) {
    if !frame.frame_object.is_empty() && crate::frame_object::detach(frame) {
        frame.keep_code_only();
        return;
    }
    frame.clear_locals();
}

/// RETURN_GENERATOR: moves the running frame into a new generator, whose type the code's flags say. The
/// frame's memory is given back, the caller's frame is the thread's current one.
///
/// # Errors
///
/// `MemoryError`; then nothing has changed.
#[inline(never)]
pub fn from_frame(thread: &Thread, frame: FrameRef) -> PyResult {
    let code = frame.code();
    let code_flags = code.flags.get();
    let words = FRAME_WORDS + (code.nlocalsplus + code.stacksize) as usize;
    let Some(function) = frame.function() else {
        return Err(system_error!("a generator needs a function"));
    };
    let (name, qualname) = (function.name.get(), function.qualname.get());
    macro_rules! alloc {
        ($ty:expr, $name:ident) => {{
            let fields = $name {
                object: Object::header($ty),
                weakrefs: WeakList::empty(),
                name: Slot::new(name),
                qualname: Slot::new(qualname),
                exc_state: HandledException::default(),
                origin_or_finalizer: Slot::empty(),
                hooks_inited: Cell::new(false),
                closed: Cell::new(false),
                running_async: Cell::new(false),
                frame_state: Cell::new(FrameState::Created),
            };
            memory::alloc_tail($ty, fields, words * size_of::<StackRef>())?.upcast()
        }};
    }
    let made = if code_flags & flags::COROUTINE != 0 {
        alloc!(&COROUTINE, Coroutine)
    } else if code_flags & flags::ASYNC_GENERATOR != 0 {
        alloc!(&ASYNC_GENERATOR, AsyncGenerator)
    } else {
        alloc!(&GENERATOR, Generator)
    };
    let generator = head(&made);
    if code_flags & flags::COROUTINE != 0 && thread.coroutine_origin_depth.get() > 0 {
        let depth = thread.coroutine_origin_depth.get() as usize;
        generator.origin_or_finalizer.set(Some(origin(frame.previous(), depth)));
    }
    let caller = frame.previous();
    let place = generator.frame();
    // SAFETY: the allocation has room for the frame; the old memory is not used again.
    let moved = unsafe { frame.move_to(NonNull::new_unchecked(place.as_ptr()), Owner::Generator) };
    if !moved.frame_object.is_empty() {
        crate::frame_object::relocate(moved);
    }
    // The instruction behind RETURN_GENERATOR.
    // SAFETY: the compiler puts POP_TOP there.
    moved.set_ip(unsafe { frame.ip().add(1) });
    moved.set_previous(None);
    frame::set_current(thread, caller);
    pop_words(thread, frame);
    gc::track(&made);
    Ok(made)
}

/// `cr_origin`: file, line and function of the callers.
fn origin(frame: Option<FrameRef>, depth: usize) -> Ref {
    let mut items = Vec::new();
    let mut next = frame::complete(frame);
    while let Some(frame) = next {
        if items.len() == depth {
            break;
        }
        let code = frame.code();
        let line = frame.line().unwrap_or(0);
        let filename = code.filename.get().unwrap_or_else(Str::empty);
        let entry = tuple::from_array([
            filename.upcast(),
            gopy_core::int::Int::from_i64(i64::from(line)).upcast(),
            code.name.clone().upcast(),
        ]);
        items.push(entry.upcast());
        next = frame::complete(frame.previous());
    }
    tuple::from_vec(items).upcast()
}

/// Puts the generator's exception state on top of the thread's.
#[inline(always)]
fn push_exc_state(thread: &Thread, generator: &Generator) {
    generator.exc_state.previous.set(thread.exc_info.get());
    thread.exc_info.set(&generator.exc_state);
}

/// Takes it off again.
#[inline(always)]
fn pop_exc_state(thread: &Thread, generator: &Generator) {
    thread.exc_info.set(generator.exc_state.previous.replace(std::ptr::null()));
}

/// Makes ready a suspended generator or coroutine that the loop is about to run inline; `None` for
/// everything else. The sent value is still to be pushed.
#[inline(always)]
pub fn enter(thread: &Thread, frame: FrameRef, receiver: StackRef) -> Option<FrameRef> {
    if !receiver.is_exact(&GENERATOR) && !receiver.is_exact(&COROUTINE) {
        return None;
    }
    let generator = head(receiver.as_object());
    if generator.frame_state.get() >= FrameState::Executing {
        return None;
    }
    generator.frame_state.set(FrameState::Executing);
    push_exc_state(thread, generator);
    let callee = generator.frame();
    callee.set_previous(Some(frame));
    Some(callee)
}

/// Moves the sent value from the top of the caller's saved stack to the generator's.
#[inline(always)]
pub fn push_sent(frame: FrameRef, callee: FrameRef, value: StackRef) {
    // SAFETY: the value is the topmost one; a suspended frame has room for what is sent.
    unsafe {
        frame.set_sp(frame.sp().sub(1));
        *callee.sp() = value.heap_safe();
        callee.set_sp(callee.sp().add(1));
    }
}

/// Pushes None, as an iteration sends it.
#[inline(always)]
pub fn push_none(callee: FrameRef) {
    // SAFETY: a suspended frame has room for what is sent.
    unsafe {
        *callee.sp() = StackRef::none();
        callee.set_sp(callee.sp().add(1));
    }
}

/// YIELD_VALUE: the frame's `ip` and `sp` are saved, the yielded value still on the stack.
///
/// # Safety
///
/// `ip` is at the YIELD_VALUE that the frame executes, and `frame` is a generator's.
#[inline(always)]
pub(crate) unsafe fn suspend(thread: &Thread, frame: FrameRef, ip: *mut Unit, oparg: u32) {
    let generator = of_frame(frame);
    generator.frame_state.set(if oparg & 1 == 0 {
        FrameState::Suspended
    } else {
        FrameState::SuspendedYieldFrom
    });
    // SAFETY: RESUME follows; the yielded value has been moved out.
    unsafe {
        frame.set_ip(ip.add(1));
        frame.set_sp(frame.sp().sub(1));
    }
    pop_exc_state(thread, generator);
}

/// Ends the frame of a generator that has returned or raised. May drop.
pub fn leave(thread: &Thread, frame: FrameRef) {
    let generator = of_frame(frame);
    generator.frame_state.set(FrameState::Cleared);
    pop_exc_state(thread, generator);
    // First, so that a frame object that lives on has no caller.
    frame.set_previous(None);
    clear_frame(frame);
    generator.exc_state.value.set(None);
}

/// How a generator is resumed.
enum Resume<'a> {
    /// With a value.
    Send(&'a Object),
    /// By an iteration.
    Next,
    /// By an exception.
    Throw(Exception),
    /// By `close`, with GeneratorExit.
    Close(Exception),
}

/// Resumes a generator (`gen_send_ex2`). `None` where it had finished before.
fn resume(generator: &Generator, how: Resume<'_>) -> PyResult<Option<SendResult>> {
    let state = generator.frame_state.get();
    if state == FrameState::Created
        && let Resume::Send(value) = &how
        && !none::is_none(value)
    {
        return Err(type_error!(
            "can't send non-None value to a just-started {}",
            generator.kind()
        ));
    }
    if state == FrameState::Executing {
        return Err(value_error!("{} already executing", generator.kind()));
    }
    if state.is_finished() {
        let closing = matches!(how, Resume::Close(_));
        if generator.as_object().is_exact(&COROUTINE) && !closing {
            return Err(runtime_error!("cannot reuse already awaited coroutine"));
        }
        return match how {
            Resume::Send(_) => Ok(Some(SendResult::Return(none::none()))),
            Resume::Next => Ok(None),
            Resume::Throw(exception) | Resume::Close(exception) => Err(exception),
        };
    }
    let keep_alive = generator.as_object().to_ref();
    let thread = thread();
    let frame = generator.frame();
    let sent = match &how {
        Resume::Send(value) => StackRef::new(value),
        _ => StackRef::none(),
    };
    // SAFETY: a suspended frame has room for what is sent.
    unsafe {
        *frame.sp() = sent;
        frame.set_sp(frame.sp().add(1));
    }
    push_exc_state(thread, generator);
    let thrown = match how {
        Resume::Throw(exception) | Resume::Close(exception) => {
            Some(Exception::raise(exception.into_value()))
        }
        _ => None,
    };
    generator.frame_state.set(FrameState::Executing);
    let value = resume_frame(thread, frame, thrown)?;
    let suspended = generator.frame_state.get().is_suspended();
    drop(keep_alive);
    Ok(Some(if suspended { SendResult::Next(value) } else { SendResult::Return(value) }))
}

/// `am_send`.
///
/// # Errors
///
/// What the generator raises.
pub fn send(object: &Object, value: &Object) -> PyResult<SendResult> {
    match resume(head(object), Resume::Send(value))? {
        Some(result) => Ok(result),
        None => Ok(SendResult::Return(none::none())),
    }
}

/// `tp_iternext`; a returned value other than None travels in StopIteration.
///
/// # Errors
///
/// What the generator raises.
pub fn next(object: &Object) -> PyResult<Option<Ref>> {
    match resume(head(object), Resume::Next)? {
        Some(SendResult::Next(value)) => Ok(Some(value)),
        Some(SendResult::Return(value)) if !none::is_none(&value) => {
            Err(exceptions::stop_iteration(&value))
        }
        _ => Ok(None),
    }
}

/// What Python's `send`, `throw` and `__next__` make of a result: returning raises (`gen_send_ex`).
fn or_stop(object: &Object, result: SendResult) -> PyResult {
    match result {
        SendResult::Next(value) => Ok(value),
        SendResult::Return(value) => {
            if object.is_exact(&ASYNC_GENERATOR) {
                return Err(asyncgen::stop_async_iteration());
            }
            Err(exceptions::stop_iteration(&value))
        }
    }
}

/// Python's `send`.
///
/// # Errors
///
/// What the generator raises; `StopIteration` where it returns.
pub fn send_method(object: &Object, value: &Object) -> PyResult {
    or_stop(object, send(object, value)?)
}

/// What is thrown into a generator: the three arguments of `throw`.
#[derive(Clone, Copy)]
pub struct Thrown<'a> {
    /// A class or an instance.
    pub kind: &'a Object,
    /// The instance or its argument.
    pub value: Option<&'a Object>,
    /// The traceback.
    pub traceback: Option<&'a Object>,
}

impl Thrown<'_> {
    /// The exception (`throw_here` of `_gen_throw`).
    fn exception(self) -> PyResult<Exception> {
        let traceback = self.traceback.filter(|traceback| !none::is_none(traceback));
        if traceback.is_some_and(|traceback| traceback.downcast::<Traceback>().is_none()) {
            return Err(type_error!("throw() third argument must be a traceback object"));
        }
        let value = self.value.filter(|value| !none::is_none(value));
        let exception = if is_exception_class(self.kind) {
            match normalize(self.kind, value) {
                Ok(exception) => exception,
                // The generator gets what making the exception raised.
                Err(error) => return Ok(error),
            }
        } else if let Some(instance) = self.kind.downcast::<BaseException>() {
            if value.is_some() {
                return Err(type_error!("instance exception may not have a separate value"));
            }
            instance.to_ref()
        } else {
            return Err(type_error!(
                "exceptions must be classes or instances deriving from BaseException, not {}",
                self.kind.type_name()
            ));
        };
        if let Some(traceback) = traceback {
            exception.traceback.set(Some(traceback.to_ref()));
        } else if self.traceback.is_some() && self.value.is_some() {
            // An explicit None in the third place takes the traceback away.
            exception.traceback.set(None);
        }
        Ok(Exception::resume(exception))
    }

    fn is_generator_exit(self) -> bool {
        crate::eval::raise::matches(self.kind, GENERATOR_EXIT.get().as_object())
    }
}

/// An instance of an exception class from the value given with it (`PyErr_NormalizeException`).
fn normalize(class: &Object, value: Option<&Object>) -> PyResult<Ref<BaseException>> {
    let made = match value {
        None => call::call_no_args(class)?,
        Some(value) if object::is_instance(value, class)? => value.to_ref(),
        Some(value) => match value.downcast::<gopy_core::tuple::Tuple>() {
            Some(args) => call::call_tuple(class, args, None)?,
            None => call::call_one(class, value)?,
        },
    };
    match made.downcast_ref::<BaseException>() {
        Ok(exception) => Ok(exception),
        Err(other) => Err(type_error!(
            "calling {} should have returned an instance of BaseException, not {}",
            object::repr(class)?,
            other.type_name()
        )),
    }
}

/// Marks a generator as running while something it delegates to is called.
fn delegating<R>(generator: &Generator, show_frame: bool, action: impl FnOnce() -> R) -> R {
    let thread = thread();
    let frame = generator.frame();
    generator.frame_state.set(FrameState::Executing);
    let before = frame::current(thread);
    if show_frame {
        // Tracebacks and `sys._getframe` see the delegating frame in between.
        frame.set_previous(before);
        frame::set_current(thread, Some(frame));
    }
    let result = action();
    if show_frame {
        frame::set_current(thread, before);
        frame.set_previous(None);
    }
    generator.frame_state.set(FrameState::SuspendedYieldFrom);
    result
}

/// Throws into a generator (`_gen_throw`). With `close_on_exit` GeneratorExit closes what it delegates to.
///
/// # Errors
///
/// What the generator raises; `StopIteration` where it returns.
pub fn throw(object: &Object, close_on_exit: bool, thrown: Thrown<'_>) -> PyResult {
    thread().check_native_recursion("")?;
    let generator = head(object);
    let Some(target) = generator.yield_from() else { return throw_here(object, thrown) };
    if thrown.is_generator_exit() && close_on_exit {
        let closed = delegating(generator, false, || close_iterator(&target));
        return match closed {
            Ok(()) => throw_here(object, thrown),
            Err(error) => resume_method(object, error),
        };
    }
    let result = if target.is_exact(&GENERATOR) || target.is_exact(&COROUTINE) {
        delegating(generator, true, || throw(&target, close_on_exit, thrown))
    } else {
        let method = object::get_attr_opt(&target, id!(throw))?;
        let Some(method) = method else { return throw_here(object, thrown) };
        let mut arguments = vec![thrown.kind];
        arguments.extend(thrown.value);
        arguments.extend(thrown.traceback);
        delegating(generator, true, || call::call(&method, &arguments))
    };
    match result {
        Ok(value) => Ok(value),
        Err(error) => resume_method(object, error),
    }
}

fn throw_here(object: &Object, thrown: Thrown<'_>) -> PyResult {
    let exception = thrown.exception()?;
    resume_method(object, exception)
}

fn resume_method(object: &Object, exception: Exception) -> PyResult {
    match resume(head(object), Resume::Throw(exception))? {
        Some(result) => or_stop(object, result),
        None => Err(exceptions::stop_iteration(none::none_object())),
    }
}

/// Closes what a generator delegates to (`gen_close_iter`).
fn close_iterator(target: &Object) -> PyResult<()> {
    if target.is_exact(&GENERATOR) || target.is_exact(&COROUTINE) {
        return close(target).map(drop);
    }
    match object::get_attr_opt(target, id!(close)) {
        Ok(Some(method)) => call::call_no_args(&method).map(drop),
        Ok(None) => Ok(()),
        Err(error) => {
            report_unraisable(error, &format!("Exception ignored on closing {}", shown(target)));
            Ok(())
        }
    }
}

fn shown(object: &Object) -> String {
    object::repr(object).map_or_else(|_| object.type_name().to_string(), |text| text.to_string())
}

fn report_unraisable(error: Exception, message: &str) {
    (gopy_core::hooks::get().unraisable)(error.into_value(), Some(message), None);
}

/// `close` (`gen_close`).
///
/// # Errors
///
/// What the generator raises; `RuntimeError` where it yields.
pub fn close(object: &Object) -> PyResult {
    let generator = head(object);
    match generator.frame_state.get() {
        FrameState::Created => {
            // Nothing ran and nothing will: the arguments need not wait for the generator's end.
            generator.frame_state.set(FrameState::Cleared);
            clear_frame(generator.frame());
            return Ok(none::none());
        }
        state if state.is_finished() => return Ok(none::none()),
        _ => {}
    }
    let mut pending = None;
    if let Some(target) = generator.yield_from() {
        pending = delegating(generator, false, || close_iterator(&target)).err();
    }
    let frame = generator.frame();
    if pending.is_none()
        && generator.frame_state.get() == FrameState::Suspended
        && has_no_handlers(frame)
    {
        generator.frame_state.set(FrameState::Cleared);
        clear_frame(frame);
        return Ok(none::none());
    }
    let exception = match pending {
        Some(error) => error,
        None => match exceptions::instantiate(&GENERATOR_EXIT, &tuple::empty()) {
            Ok(exception) => Exception::resume(exception),
            Err(error) => error,
        },
    };
    match resume(generator, Resume::Close(exception)) {
        Ok(Some(SendResult::Next(_))) => {
            Err(runtime_error!("{} ignored GeneratorExit", generator.kind()))
        }
        Ok(Some(SendResult::Return(value))) => Ok(value),
        Ok(None) => Ok(none::none()),
        Err(error) if error.is_instance(&STOP_ITERATION) => {
            Ok(exceptions::stop_iteration_value(error.value()))
        }
        Err(error) if error.is_instance(&GENERATOR_EXIT) => Ok(none::none()),
        Err(error) => Err(error),
    }
}

/// Whether the frame stands at a RESUME that only the generator's own handler covers: closing it need
/// not run anything.
fn has_no_handlers(frame: FrameRef) -> bool {
    use gopy_bytecode::Opcode;
    use gopy_bytecode::operators::resume::DEPTH1_MASK;
    // SAFETY: a suspended frame's `ip` is within its code.
    let unit = unsafe { *frame.ip() };
    let opcode = unit.opcode();
    matches!(opcode, Opcode::RESUME | Opcode::RESUME_CHECK | Opcode::INSTRUMENTED_RESUME)
        && unit.arg & DEPTH1_MASK != 0
        && !monitoring::is_watched(monitoring::event::PY_UNWIND)
}

/// `tp_finalize` (`_PyGen_Finalize`).
pub fn finalize(object: &Object) {
    let generator = head(object);
    if generator.frame_state.get().is_finished() {
        return;
    }
    if object.is_exact(&ASYNC_GENERATOR)
        && let Some(finalizer) = generator.origin_or_finalizer.get()
        && !generator.closed.get()
    {
        if let Err(error) = call::call_one(&finalizer, object) {
            (gopy_core::hooks::get().unraisable)(error.into_value(), None, Some(&finalizer));
        }
        return;
    }
    if object.is_exact(&COROUTINE) && generator.frame_state.get() == FrameState::Created {
        crate::warnings::warn_unawaited_coroutine(object);
        return;
    }
    if let Err(error) = close(object) {
        report_unraisable(
            error,
            &format!("Exception ignored while closing generator {}", shown(object)),
        );
    }
}

/// CLEANUP_THROW: the value of a StopIteration.
#[inline(never)]
pub fn stop_iteration_value(exception: &Object) -> Option<Ref> {
    if !exception.is_instance(&STOP_ITERATION) {
        return None;
    }
    exception.downcast::<BaseException>().map(exceptions::stop_iteration_value)
}

/// GET_YIELD_FROM_ITER.
///
/// # Errors
///
/// `TypeError` where `iterable` is a coroutine and the frame no coroutine's, or is not iterable.
#[inline(never)]
pub fn yield_from_iter(frame: FrameRef, iterable: &Object) -> PyResult {
    if iterable.is_exact(&COROUTINE) {
        let allowed = flags::COROUTINE | flags::ITERABLE_COROUTINE;
        if frame.code().flags.get() & allowed == 0 {
            return Err(type_error!(
                "cannot 'yield from' a coroutine object in a non-coroutine generator"
            ));
        }
        return Ok(iterable.to_ref());
    }
    if iterable.is_exact(&GENERATOR) {
        return Ok(iterable.to_ref());
    }
    iter::get_iter(iterable)
}

/// What `await` delegates to (`_PyCoro_GetAwaitableIter`).
///
/// # Errors
///
/// `TypeError` where the object can't be awaited.
pub fn awaitable_iter(object: &Object) -> PyResult {
    if object.is_exact(&COROUTINE) || is_iterable_coroutine(object) {
        return Ok(object.to_ref());
    }
    let Some(slot) = object.type_().slots.async_.await_.get() else {
        return Err(type_error!("'{:.100}' object can't be awaited", object.type_name()));
    };
    let result = slot(object)?;
    if result.is_exact(&COROUTINE) || is_iterable_coroutine(&result) {
        return Err(type_error!("__await__() returned a coroutine"));
    }
    if !iter::is_iterator(&result) {
        return Err(type_error!(
            "__await__() returned non-iterator of type '{:.100}'",
            result.type_name()
        ));
    }
    Ok(result)
}

fn is_iterable_coroutine(object: &Object) -> bool {
    object.is_exact(&GENERATOR)
        && head(object).frame().code().flags.get() & flags::ITERABLE_COROUTINE != 0
}

/// GET_AWAITABLE; `oparg` says what for: 1 `__aenter__`, 2 `__aexit__`.
///
/// # Errors
///
/// `TypeError` where the object can't be awaited; `RuntimeError` where it is being awaited.
#[inline(never)]
pub fn awaitable(object: &Object, oparg: u32) -> PyResult {
    let made = awaitable_iter(object).map_err(|error| {
        let ty: &Type = object.type_();
        if ty.slots.async_.await_.get().is_some() || oparg == 0 || oparg > 2 {
            return error;
        }
        let method = if oparg == 1 { "__aenter__" } else { "__aexit__" };
        type_error!(
            "'async with' received an object from {method} that does not implement __await__: \
             {:.100}",
            ty.name()
        )
    })?;
    if made.is_exact(&COROUTINE) && head(&made).yield_from().is_some() {
        return Err(runtime_error!("coroutine is being awaited already"));
    }
    Ok(made)
}
