//! Calls from the loop: pushing Python frames, calling native code on the arguments where they lie.
//!
//! Answers to `_PyEvalFramePushAndInit`, `_PyEvalFramePushAndInit_Ex` of `Python/ceval.c` and the call
//! instructions of `Python/bytecodes.c`.
//!
//! # Safety
//!
//! Of every function here: `base` is where the callable lies on the stack of a live frame; self or null,
//! as many arguments as the instruction says, and what else it takes follow.

#![allow(clippy::missing_safety_doc)]

use std::sync::atomic::Ordering;

use gopy_bytecode::Opcode;
use gopy_core::builtin::{BUILTIN_FUNCTION, BuiltinFunction};
use gopy_core::bytes::Bytes;
use gopy_core::call;
use gopy_core::code::{Code, CodeParts, flags};
use gopy_core::descriptor;
use gopy_core::dict::Dict;
use gopy_core::error::type_error;
use gopy_core::function::{FUNCTION, Function};
use gopy_core::method::{METHOD, Method};
use gopy_core::none;
use gopy_core::sequence;
use gopy_core::str::Str;
use gopy_core::tuple::{self, TUPLE, Tuple};
use gopy_core::type_;
use gopy_object::native::{MethodDef, NativeCode};
use gopy_object::state::breaker;
use gopy_object::{Arg, Args, Exception, Instance, Object, PyResult, Ref, Thread, Type, TypeFlags};

use super::bind::{self, Given};
use super::leave;
use crate::frame::{self, FRAME_WORDS, FrameRef, Owner};
use crate::stackref::StackRef;
use crate::units::Unit;

/// What the loop asks of the thread.
pub trait ThreadCaches {
    /// Whether one more Python frame is allowed.
    fn has_room(&self) -> bool;
    /// Whether something waits to be done between instructions.
    fn breaker_is_set(&self) -> bool;
    /// The breaker's word: what has to be done, and the version of monitoring.
    fn breaker(&self) -> usize;
}

impl ThreadCaches for Thread {
    #[inline(always)]
    fn has_room(&self) -> bool {
        self.recursion_remaining.get() > 1
    }

    #[inline(always)]
    fn breaker(&self) -> usize {
        self.eval_breaker.load(Ordering::Relaxed)
    }

    #[inline(always)]
    fn breaker_is_set(&self) -> bool {
        self.eval_breaker.load(Ordering::Relaxed) & breaker::EVENTS_MASK != 0
    }
}

impl StackRef {
    /// The function of an exact bound method.
    #[inline(always)]
    pub fn bound_function(self) -> StackRef {
        StackRef::borrowed(&self.cast_exact::<Method>().function)
    }

    /// The code of an exact function.
    #[inline(always)]
    pub fn function_code(self) -> &'static Code {
        code_of(self.cast_exact())
    }
}

/// The code of a function; the borrow lasts until `__code__` is assigned.
#[inline(always)]
fn code_of(function: &Function) -> &'static Code {
    // SAFETY: a function always has code.
    unsafe { &*std::ptr::from_ref(function.code.borrow().unwrap_unchecked()) }
}

/// Takes a bound method on the stack apart into function and self.
#[inline(always)]
pub unsafe fn unpack_method(base: *mut StackRef) {
    // SAFETY: a callable and self or null lie at `base`.
    unsafe {
        if (*base.add(1)).is_null() && (*base).is_exact(&METHOD) {
            let bound = *base;
            let method = bound.cast_exact::<Method>();
            *base.add(1) = StackRef::new(&method.self_);
            *base = StackRef::new(&method.function);
            bound.close();
        }
    }
}

/// Whether the callable is a Python function.
#[inline(always)]
pub unsafe fn is_python(base: *mut StackRef) -> bool {
    // SAFETY: a callable lies at `base`.
    unsafe { (*base).is_exact(&FUNCTION) }
}

/// The first argument and the number of positional ones, self included.
#[inline(always)]
unsafe fn arguments(base: *mut StackRef, oparg: u32) -> (*mut StackRef, usize) {
    // SAFETY: callable, self or null and `oparg` arguments lie at `base`.
    unsafe {
        if (*base.add(1)).is_null() {
            (base.add(2), oparg as usize)
        } else {
            (base.add(1), oparg as usize + 1)
        }
    }
}

/// The same as arguments of a native call. The borrow lasts while they stay on the stack.
#[inline(always)]
unsafe fn native_arguments<'a>(first: *mut StackRef, count: usize) -> &'a [Arg<'a>] {
    // SAFETY: `Arg` masks the tag; the words are live objects.
    unsafe { std::slice::from_raw_parts(first.cast::<Arg<'a>>(), count) }
}

/// Calls whatever the callable is.
#[inline(never)]
pub unsafe fn vectorcall(base: *mut StackRef, oparg: u32, kwnames: Option<&Object>) -> PyResult {
    // SAFETY: as in `arguments`.
    let (callable, all) = unsafe {
        let (first, count) = arguments(base, oparg);
        ((*base).as_object(), native_arguments(first, count))
    };
    let keywords = kwnames.map_or(0, |names| tuple::items_of(names).len());
    call::call_args(callable, Args::with_keywords(all, kwnames, keywords))
}

/// The locals mapping that a function's frame starts with.
#[inline(always)]
fn initial_locals(code: &Code, function: &Function) -> Option<Ref> {
    if code.flags.get() & flags::OPTIMIZED != 0 {
        return None;
    }
    Some(function.globals.as_object().to_ref())
}

/// Pushes the frame of a call of a Python function. Callable and arguments are taken over, whatever the
/// result.
///
/// # Errors
///
/// `TypeError` where the arguments do not fit.
#[inline(never)]
pub unsafe fn push_frame(
    thread: &Thread,
    frame: FrameRef,
    base: *mut StackRef,
    oparg: u32,
    kwnames: Option<Ref>,
) -> PyResult<FrameRef> {
    frame.set_sp(base);
    // SAFETY: the callable is an exact function.
    let (function, words) = unsafe {
        let (first, count) = arguments(base, oparg);
        if kwnames.is_none()
            && let Some(callee) = push_defaulted(thread, frame, *base, first, count)
        {
            return Ok(callee);
        }
        let function = std::mem::replace(&mut *base, StackRef::NULL).steal();
        let function: Ref<Function> = function.cast_unchecked();
        (function, std::slice::from_raw_parts_mut(first, count))
    };
    let names = kwnames.as_deref().and_then(Object::downcast::<Tuple>);
    let given = Given::new(words, names);
    let code = code_of(&function);
    let locals = initial_locals(code, &function);
    let callee = push_bound(thread, function, code, locals, given)?;
    callee.set_previous(Some(frame));
    Ok(callee)
}

/// A frame for `function` with its arguments bound.
fn push_bound(
    thread: &Thread,
    function: Ref<Function>,
    code: &Code,
    locals: Option<Ref>,
    given: Given<'_>,
) -> PyResult<FrameRef> {
    let function_borrow: *const Function = function.as_ptr();
    // SAFETY: the frame will own the reference.
    let borrowed = unsafe { &*function_borrow };
    let callee =
        frame::push(thread, code, Some(function), &borrowed.globals, &borrowed.builtins, locals)?;
    // SAFETY: the frame has room for the code's locals.
    let bound =
        unsafe { bind::initialize_locals(borrowed, callee.code(), callee.localsplus(), given) };
    if let Err(error) = bound {
        leave(thread, callee);
        return Err(error);
    }
    Ok(callee)
}

/// A frame for a call from native code.
///
/// # Errors
///
/// `TypeError` where the arguments do not fit.
#[inline(never)]
pub fn push_native(thread: &Thread, function: &Function, args: Args<'_>) -> PyResult<FrameRef> {
    let code = code_of(function);
    let simple = flags::VARARGS | flags::VARKEYWORDS;
    let locals = initial_locals(code, function);
    if args.keyword_count() == 0
        && args.len() == code.argcount as usize
        && code.kwonlyargcount == 0
        && code.flags.get() & simple == 0
    {
        let callee = frame::push(
            thread,
            code,
            Some(function.to_ref()),
            &function.globals,
            &function.builtins,
            locals,
        )?;
        for (index, arg) in args.positional().iter().enumerate() {
            callee.replace_local(index, StackRef::new(arg.object()));
        }
        return Ok(callee);
    }
    let mut words: Vec<StackRef> =
        args.all().iter().map(|arg| StackRef::new(arg.object())).collect();
    let names = args.kwnames().and_then(Object::downcast::<Tuple>);
    push_bound(thread, function.to_ref(), code, locals, Given::new(&mut words, names))
}

/// Pushes the frame of a call whose arguments fit exactly; `None` where that takes more than usual.
#[inline(always)]
pub unsafe fn push_exact(
    thread: &Thread,
    frame: FrameRef,
    base: *mut StackRef,
    oparg: u32,
) -> Option<FrameRef> {
    // SAFETY: the guards have checked the function and the number of arguments.
    unsafe {
        let (first, count) = arguments(base, oparg);
        let callee = push_simple(thread, frame, *base, first, count)?;
        frame.set_sp(base);
        Some(callee)
    }
}

/// A frame of `function`, a simple one that has run before, whose first locals are the words at `first`;
/// all are moved. `None` where that is not so, or the data stack needs a new chunk.
#[inline(always)]
unsafe fn push_simple(
    thread: &Thread,
    frame: FrameRef,
    function: StackRef,
    first: *const StackRef,
    count: usize,
) -> Option<FrameRef> {
    let code = function.function_code();
    let units = code.units.get().cast::<Unit>();
    if units.is_null() {
        return None;
    }
    let locals_count = code.nlocalsplus as usize;
    let words = FRAME_WORDS + locals_count + code.stacksize as usize;
    let place = frame::push_words_here(thread, words)?;
    // SAFETY: the frame owns the function from here on; room for head, locals and stack.
    unsafe {
        let function: Ref<Function> = function.steal().cast_unchecked();
        let borrowed = &*function.as_ptr();
        let callee = FrameRef::init(
            place,
            code,
            Some(function),
            &borrowed.globals,
            &borrowed.builtins,
            None,
            units,
            Owner::Thread,
        );
        let local = callee.localsplus();
        // Volatile, or LLVM would make much of loops that are nearly always short.
        for index in 0..count {
            local.add(index).write_volatile(*first.add(index));
        }
        for index in count..locals_count {
            local.add(index).write_volatile(StackRef::NULL);
        }
        callee.set_previous(Some(frame));
        Some(callee)
    }
}

/// A frame of a function without `*args`, `**kwargs` and keyword-only parameters, called by position with
/// no more arguments than it has parameters, whose others have defaults. The arguments are moved; `None`,
/// and nothing moved, where it is not so simple.
#[inline(always)]
unsafe fn push_defaulted(
    thread: &Thread,
    frame: FrameRef,
    function: StackRef,
    first: *const StackRef,
    count: usize,
) -> Option<FrameRef> {
    // SAFETY: the callable is an exact function, the arguments lie at `first`.
    unsafe {
        let code = function.function_code();
        let unusual = flags::VARARGS | flags::VARKEYWORDS;
        let usual = flags::OPTIMIZED | flags::NEWLOCALS;
        let argcount = code.argcount as usize;
        if code.flags.get() & (unusual | usual) != usual || code.kwonlyargcount != 0 {
            return None;
        }
        let missing = argcount.checked_sub(count)?;
        let defaults = function.cast_exact::<Function>().defaults.borrow();
        let defaults = defaults.map_or(&[][..], |defaults| defaults.items());
        let begin = defaults.len().checked_sub(missing)?;
        let callee = push_simple(thread, frame, function, first, count)?;
        for (index, value) in defaults[begin..].iter().enumerate() {
            *callee.localsplus().add(count + index) = StackRef::new(value);
        }
        Some(callee)
    }
}

/// Makes the positional arguments of `f(*args, **kwargs)` a tuple.
///
/// # Errors
///
/// `TypeError` where they are not iterable; what iterating raises.
#[inline(never)]
pub unsafe fn star_arguments(base: *mut StackRef) -> PyResult<()> {
    // SAFETY: callable, null, args and kwargs lie at `base`.
    let (callable, args) = unsafe { ((*base).as_object(), *base.add(2)) };
    if args.is_exact(&TUPLE) {
        return Ok(());
    }
    let object = args.as_object();
    let slots = &object.type_().slots;
    if slots.iter.get().is_none() && !sequence::is_sequence(object) {
        return Err(type_error!(
            "{} argument after * must be an iterable, not {:.200}",
            call::function_display(callable)?,
            object.type_name()
        ));
    }
    let items = sequence::to_tuple(object)?;
    // SAFETY: as above.
    unsafe { *base.add(2) = StackRef::from(items) };
    args.close();
    Ok(())
}

/// Calls a callable that is no Python function with a tuple and a dict.
///
/// # Errors
///
/// What the call raises.
#[inline(never)]
pub unsafe fn call_ex(base: *mut StackRef) -> PyResult {
    // SAFETY: callable, null, a tuple, and a dict or null lie at `base`.
    unsafe {
        let kwargs = (*base.add(3)).as_option().and_then(Object::downcast::<Dict>);
        call::call_tuple((*base).as_object(), (*base.add(2)).cast_exact(), kwargs)
    }
}

/// Pushes the frame of `f(*args, **kwargs)`. The four words are taken over, whatever the result.
///
/// # Errors
///
/// `TypeError` where the arguments do not fit.
#[inline(never)]
pub unsafe fn push_frame_ex(
    thread: &Thread,
    frame: FrameRef,
    base: *mut StackRef,
) -> PyResult<FrameRef> {
    frame.set_sp(base);
    let take = |index: usize| {
        // SAFETY: callable, null, a tuple, and a dict or null lie at `base`.
        unsafe { std::mem::replace(&mut *base.add(index), StackRef::NULL) }
    };
    let kwargs = take(3);
    let args: Ref<Tuple> = {
        let args = take(2).steal();
        // SAFETY: `star_arguments` has made it a tuple.
        unsafe { args.cast_unchecked() }
    };
    let function = take(0).steal();
    // SAFETY: the callable is an exact function.
    let function: Ref<Function> = unsafe { function.cast_unchecked() };
    let mut words: Vec<StackRef> = args.items().iter().map(|item| StackRef::new(item)).collect();
    let mut names = Vec::new();
    if let Some(mapping) = kwargs.to_option()
        && let Some(dict) = mapping.downcast::<Dict>()
    {
        let mut position = 0;
        let mut all_strings = true;
        while let Some((name, value)) = dict.next(&mut position) {
            all_strings &= name.downcast::<Str>().is_some();
            names.push(name);
            words.push(StackRef::from(value));
        }
        // Before anything is bound: no other complaint about the arguments comes first.
        if !all_strings {
            words.into_iter().for_each(StackRef::close);
            kwargs.close();
            return Err(type_error!("keywords must be strings"));
        }
    }
    let names = if names.is_empty() { None } else { Some(tuple::from_vec(names)) };
    let code = code_of(&function);
    let locals = initial_locals(code, &function);
    let given = Given::new(&mut words, names.as_deref());
    let result = push_bound(thread, function, code, locals, given);
    drop(args);
    kwargs.close();
    let callee = result?;
    callee.set_previous(Some(frame));
    Ok(callee)
}

/// Whether the callable is a built-in type.
#[inline(always)]
pub fn is_builtin_class(callable: StackRef) -> bool {
    callable.as_object().downcast::<Type>().is_some_and(|ty| ty.has(TypeFlags::IMMUTABLETYPE))
}

/// Calls such a type.
///
/// # Errors
///
/// What the call raises.
#[inline(never)]
pub unsafe fn vectorcall_class(base: *mut StackRef, oparg: u32) -> PyResult {
    // SAFETY: as in `arguments`.
    let (callable, all) = unsafe {
        let (first, count) = arguments(base, oparg);
        ((*base).as_object(), native_arguments(first, count))
    };
    let args = Args::positional_only(all);
    match callable.downcast::<Type>() {
        Some(ty) => match ty.slots.vectorcall.get() {
            Some(entry) => entry(ty, args),
            None => call::call_args(callable, args),
        },
        None => call::call_args(callable, args),
    }
}

/// The code of an exact builtin function.
#[inline(always)]
fn builtin_code(callable: StackRef) -> Option<NativeCode> {
    if !callable.is_exact(&BUILTIN_FUNCTION) {
        return None;
    }
    Some(callable.cast_exact::<BuiltinFunction>().def.code)
}

/// What a builtin function gets as its receiver.
#[inline(always)]
fn receiver(callable: StackRef) -> &'static Object {
    let function = callable.cast_exact::<BuiltinFunction>();
    // SAFETY: `__self__` of a builtin is never replaced.
    match unsafe { function.self_.borrow() } {
        // SAFETY: kept alive by the callable, which lies on the stack.
        Some(object) => unsafe { &*std::ptr::from_ref(object) },
        None => none::none_object(),
    }
}

/// A function of one argument, called with one.
#[inline(always)]
pub unsafe fn builtin_one(
    base: *mut StackRef,
    oparg: u32,
) -> Option<fn(&Object, &Object) -> PyResult> {
    // SAFETY: as in `arguments`.
    let (callable, count) = unsafe { (*base, arguments(base, oparg).1) };
    match builtin_code(callable) {
        Some(NativeCode::One(function)) if count == 1 => Some(function),
        _ => None,
    }
}

/// Calls it.
#[inline(always)]
pub unsafe fn call_one(
    function: fn(&Object, &Object) -> PyResult,
    base: *mut StackRef,
) -> PyResult {
    // SAFETY: the one argument lies behind self or null, or is self.
    let argument = unsafe {
        let second = *base.add(1);
        if second.is_null() { (*base.add(2)).as_object() } else { second.as_object() }
    };
    // SAFETY: a callable lies at `base`.
    function(receiver(unsafe { *base }), argument)
}

/// A function that takes an array.
#[inline(always)]
pub unsafe fn builtin_fast(base: *mut StackRef) -> Option<fn(&Object, &[Arg<'_>]) -> PyResult> {
    // SAFETY: a callable lies at `base`.
    match builtin_code(unsafe { *base }) {
        Some(NativeCode::Fast(function)) => Some(function),
        _ => None,
    }
}

/// Calls it.
#[inline(always)]
pub unsafe fn call_fast(
    function: fn(&Object, &[Arg<'_>]) -> PyResult,
    base: *mut StackRef,
    oparg: u32,
) -> PyResult {
    // SAFETY: as in `arguments`.
    unsafe {
        let (first, count) = arguments(base, oparg);
        function(receiver(*base), native_arguments(first, count))
    }
}

/// A function that takes an array and keyword names.
#[inline(always)]
pub unsafe fn builtin_keywords(base: *mut StackRef) -> Option<fn(&Object, Args<'_>) -> PyResult> {
    // SAFETY: a callable lies at `base`.
    match builtin_code(unsafe { *base }) {
        Some(NativeCode::FastKeywords(function)) => Some(function),
        _ => None,
    }
}

/// Calls it.
#[inline(never)]
pub unsafe fn call_keywords(
    function: fn(&Object, Args<'_>) -> PyResult,
    base: *mut StackRef,
    oparg: u32,
) -> PyResult {
    // SAFETY: as in `arguments`.
    unsafe {
        let (first, count) = arguments(base, oparg);
        function(receiver(*base), Args::positional_only(native_arguments(first, count)))
    }
}

/// The declaration of a method descriptor whose owner the first argument is an instance of.
#[inline(always)]
unsafe fn descriptor_def(base: *mut StackRef, oparg: u32) -> Option<(&'static MethodDef, usize)> {
    // SAFETY: as in `arguments`.
    let (callable, first, count) = unsafe {
        let (first, count) = arguments(base, oparg);
        (*base, first, count)
    };
    if count == 0 {
        return None;
    }
    let (def, owner) = descriptor::method_parts(callable.as_object())?;
    // SAFETY: there is at least one argument.
    let ty = unsafe { (*first).as_object() }.type_();
    ty.is_subtype(owner).then_some((def, count))
}

/// A method of one argument.
#[inline(always)]
pub unsafe fn descriptor_one(
    base: *mut StackRef,
    oparg: u32,
) -> Option<fn(&Object, &Object) -> PyResult> {
    // SAFETY: as in `arguments`.
    match unsafe { descriptor_def(base, oparg) }? {
        (MethodDef { code: NativeCode::One(function), .. }, 2) => Some(*function),
        _ => None,
    }
}

/// Calls it.
#[inline(always)]
pub unsafe fn call_descriptor_one(
    function: fn(&Object, &Object) -> PyResult,
    base: *mut StackRef,
    oparg: u32,
) -> PyResult {
    // SAFETY: self and one argument, as `descriptor_one` has seen.
    unsafe {
        let first = arguments(base, oparg).0;
        function((*first).as_object(), (*first.add(1)).as_object())
    }
}

/// A method without arguments.
#[inline(always)]
pub unsafe fn descriptor_no_args(
    base: *mut StackRef,
    oparg: u32,
) -> Option<fn(&Object) -> PyResult> {
    // SAFETY: as in `arguments`.
    match unsafe { descriptor_def(base, oparg) }? {
        (MethodDef { code: NativeCode::NoArgs(function), .. }, 1) => Some(*function),
        _ => None,
    }
}

/// Calls it.
#[inline(always)]
pub unsafe fn call_descriptor_no_args(
    function: fn(&Object) -> PyResult,
    base: *mut StackRef,
    oparg: u32,
) -> PyResult {
    // SAFETY: self, as `descriptor_no_args` has seen.
    unsafe { function((*arguments(base, oparg).0).as_object()) }
}

/// A method that takes an array.
#[inline(always)]
pub unsafe fn descriptor_fast(
    base: *mut StackRef,
    oparg: u32,
) -> Option<fn(&Object, &[Arg<'_>]) -> PyResult> {
    // SAFETY: as in `arguments`.
    match unsafe { descriptor_def(base, oparg) }? {
        (MethodDef { code: NativeCode::Fast(function), .. }, _) => Some(*function),
        _ => None,
    }
}

/// Calls it.
#[inline(always)]
pub unsafe fn call_descriptor_fast(
    function: fn(&Object, &[Arg<'_>]) -> PyResult,
    base: *mut StackRef,
    oparg: u32,
) -> PyResult {
    // SAFETY: self and arguments, as `descriptor_fast` has seen.
    unsafe {
        let (first, count) = arguments(base, oparg);
        function((*first).as_object(), native_arguments(first.add(1), count - 1))
    }
}

/// A method that takes an array and keyword names.
#[inline(always)]
pub unsafe fn descriptor_keywords(
    base: *mut StackRef,
    oparg: u32,
) -> Option<fn(&Object, Args<'_>) -> PyResult> {
    // SAFETY: as in `arguments`.
    match unsafe { descriptor_def(base, oparg) }? {
        (MethodDef { code: NativeCode::FastKeywords(function), .. }, _) => Some(*function),
        _ => None,
    }
}

/// Calls it.
#[inline(never)]
pub unsafe fn call_descriptor_keywords(
    function: fn(&Object, Args<'_>) -> PyResult,
    base: *mut StackRef,
    oparg: u32,
) -> PyResult {
    // SAFETY: self and arguments, as `descriptor_keywords` has seen.
    unsafe {
        let (first, count) = arguments(base, oparg);
        let args = Args::positional_only(native_arguments(first.add(1), count - 1));
        function((*first).as_object(), args)
    }
}

/// Whether the callable is the builtin whose declaration the cache holds.
#[inline(always)]
pub fn is_cached_builtin(callable: StackRef, def: usize) -> bool {
    callable.is_exact(&BUILTIN_FUNCTION)
        && std::ptr::from_ref(callable.cast_exact::<BuiltinFunction>().def).addr() == def
}

/// Whether the callable is the object whose address the cache holds; a static type keeps it alive.
#[inline(always)]
pub fn is_cached(callable: StackRef, address: usize) -> bool {
    callable.as_object().id() == address
}

/// Whether the function in a cache still has this version.
#[inline(always)]
pub fn has_version(function: usize, version: u32) -> bool {
    StackRef::from_address(function).cast_exact::<Function>().version.get() == version
}

impl StackRef {
    /// A borrow of the object at an address that a cache holds.
    #[inline(always)]
    fn from_address(address: usize) -> StackRef {
        // SAFETY: guards have checked that the object is alive.
        StackRef::borrowed(unsafe { &*std::ptr::with_exposed_provenance::<Object>(address) })
    }
}

/// Pushes the frame of a property's getter.
#[inline(never)]
pub unsafe fn push_getter(
    thread: &Thread,
    frame: FrameRef,
    getter: usize,
    owner: StackRef,
) -> Option<FrameRef> {
    let function = StackRef::new(StackRef::from_address(getter).as_object());
    // SAFETY: a function of one argument, as the specialiser has seen.
    let callee = unsafe { push_simple(thread, frame, function, &owner, 1) };
    finish_push(frame, function, callee, 1)
}

/// Takes the operands off the saved stack, or gives the callee's count back.
fn finish_push(
    frame: FrameRef,
    function: StackRef,
    callee: Option<FrameRef>,
    operands: usize,
) -> Option<FrameRef> {
    if callee.is_none() {
        function.close();
        return None;
    }
    // SAFETY: the operands are the topmost values; they are in the new frame now.
    frame.set_sp(unsafe { frame.sp().sub(operands) });
    callee
}

/// Pushes the frame of a Python `__getattribute__`.
#[inline(never)]
pub unsafe fn push_getattribute(
    thread: &Thread,
    frame: FrameRef,
    function: usize,
    owner: StackRef,
    name: &Str,
) -> Option<FrameRef> {
    let function = StackRef::new(StackRef::from_address(function).as_object());
    let arguments = [owner, StackRef::new(name.as_object())];
    // SAFETY: a function of two arguments, as the specialiser has seen.
    let callee = unsafe { push_simple(thread, frame, function, arguments.as_ptr(), 2) };
    if callee.is_none() {
        arguments[1].close();
    }
    finish_push(frame, function, callee, 1)
}

/// The Python `__getitem__` that the type caches for subscripts.
#[inline(always)]
pub fn cached_getitem(container: &Object) -> Option<StackRef> {
    let ty = container.type_();
    if !ty.has(TypeFlags::HEAPTYPE) {
        return None;
    }
    // SAFETY: the slot is read and a borrow of it used before anything runs.
    let function = unsafe { ty.cached_getitem.borrow() }?;
    let word = StackRef::borrowed(function);
    if word.cast_exact::<Function>().version.get() != ty.cached_getitem_version.get() {
        return None;
    }
    Some(word)
}

/// Pushes its frame.
#[inline(never)]
pub unsafe fn push_getitem(
    thread: &Thread,
    frame: FrameRef,
    getitem: StackRef,
    container: StackRef,
    key: StackRef,
) -> Option<FrameRef> {
    let function = StackRef::new(getitem.as_object());
    let arguments = [container, key];
    // SAFETY: a function of two arguments, as the specialiser has seen.
    let callee = unsafe { push_simple(thread, frame, function, arguments.as_ptr(), 2) };
    finish_push(frame, function, callee, 2)
}

/// The code that stands between a caller and `__init__`: it checks the result and returns the object.
#[inline(never)]
pub fn init_cleanup(thread: &Thread) -> PyResult<Ref<Code>> {
    let state = crate::state::of(thread.interpreter());
    if let Some(code) = state.init_cleanup.get() {
        return Ok(code);
    }
    let units = [Opcode::NOP, Opcode::EXIT_INIT_CHECK, Opcode::RETURN_VALUE, Opcode::RESUME];
    let bytes: Vec<u8> = units.iter().flat_map(|op| [op.0 as u8, 0]).collect();
    let name = gopy_core::str::interned("__init__");
    let code = Code::from_parts(CodeParts {
        argcount: 0,
        posonlyargcount: 0,
        kwonlyargcount: 0,
        stacksize: 2,
        flags: flags::OPTIMIZED | flags::NO_MONITORING_EVENTS,
        firstlineno: 1,
        code: Bytes::new(&bytes)?,
        consts: tuple::empty(),
        names: tuple::empty(),
        localsplusnames: tuple::empty(),
        localspluskinds: Bytes::new(&[])?,
        filename: name.clone(),
        name: name.clone(),
        qualname: name,
        linetable: Bytes::new(&[])?,
        exceptiontable: Bytes::new(&[])?,
    })?;
    state.init_cleanup.set(Some(code.clone()));
    Ok(code)
}

/// Makes the instance and pushes the frame of the class's `__init__`, with one between that checks its
/// result. Callable and arguments are taken over, whatever the result.
///
/// # Errors
///
/// `TypeError` where the arguments do not fit; `MemoryError`.
#[inline(never)]
pub unsafe fn push_init(
    thread: &Thread,
    frame: FrameRef,
    base: *mut StackRef,
    oparg: u32,
) -> PyResult<FrameRef> {
    // SAFETY: the guards have checked that a class with a cached `__init__` lies at `base`.
    let class = unsafe { (*base).cast_exact::<Object>() };
    let Some(ty) = class.downcast::<Type>() else { return Err(type_error!("not a class")) };
    let Some(init) = ty.cached_init.get() else {
        return Err(type_error!("the class has no cached __init__"));
    };
    let shim_code = init_cleanup(thread)?;
    let object = type_::generic_alloc(ty)?;
    // SAFETY: the class is given up, its place becomes the function's; self lies behind it.
    unsafe {
        (*base).close();
        *base = StackRef::NULL;
        *base.add(1) = StackRef::from(object.clone());
    }
    // SAFETY: the specialiser has checked that it is a function.
    let function: Ref<Function> = unsafe { init.cast_unchecked() };
    let shim = frame::push(thread, &shim_code, None, &function.globals, &function.builtins, None)?;
    shim.set_previous(Some(frame));
    // SAFETY: the shim's stack has room for the object.
    unsafe {
        *shim.sp() = StackRef::from(object);
        shim.set_sp(shim.sp().add(1));
        let word = StackRef::new(function.as_object());
        if let Some(callee) = push_defaulted(thread, shim, word, base.add(1), oparg as usize + 1) {
            shim.set_return_offset(1);
            frame.set_sp(base);
            // The shim is entered as if it had called: it counts as a frame.
            thread.recursion_remaining.set(thread.recursion_remaining.get() - 1);
            return Ok(callee);
        }
        word.close();
        // Self and the arguments.
        let words = std::slice::from_raw_parts_mut(base.add(1), oparg as usize + 1);
        let code = code_of(&function);
        let locals = initial_locals(code, &function);
        match push_bound(thread, function, code, locals, Given::new(words, None)) {
            Ok(callee) => {
                callee.set_previous(Some(shim));
                shim.set_return_offset(1);
                frame.set_sp(base);
                // The shim is entered as if it had called: it counts as a frame.
                thread.recursion_remaining.set(thread.recursion_remaining.get() - 1);
                Ok(callee)
            }
            Err(error) => {
                leave(thread, shim);
                Err(error)
            }
        }
    }
}

/// `__init__` has returned this.
#[cold]
#[inline(never)]
pub fn init_returned(value: &Object) -> Exception {
    type_error!("__init__() should return None, not '{:.200}'", value.type_name())
}
