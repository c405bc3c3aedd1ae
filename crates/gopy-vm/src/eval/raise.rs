//! Raising, matching and handling exceptions.
//!
//! Answers to `do_raise`, `_PyEval_CheckExceptTypeValid`, `_PyEval_CheckExceptStarTypeValid` and
//! `_PyEval_ExceptionGroupMatch` of `Python/ceval.c`.

use gopy_core::call;
use gopy_core::error::{runtime_error, type_error};
use gopy_core::exceptions::BASE_EXCEPTION_GROUP;
use gopy_core::int::Int;
use gopy_core::none;
use gopy_core::object;
use gopy_core::str::Str;
use gopy_core::tuple::{self, Tuple};
use gopy_object::typeobj::BASE_EXCEPTION;
use gopy_object::{
    BaseException, Exception, Instance, Object, PyResult, Ref, Thread, Type, TypeFlags,
};

use crate::frame::FrameRef;
use crate::stackref::StackRef;
use crate::units::units_of;

/// What RAISE_VARARGS does.
pub enum Raised {
    /// Raises an exception.
    New(Exception),
    /// Raises the handled one again: no traceback entry.
    Again(Exception),
}

/// Whether the object is a class of exceptions.
#[inline(never)]
pub fn is_exception_class(object: &Object) -> bool {
    object.downcast::<Type>().is_some_and(|ty| ty.has(TypeFlags::BASE_EXC_SUBCLASS))
}

/// RAISE_VARARGS: nothing, an exception, or an exception and its cause.
#[inline(never)]
pub fn from_stack(thread: &Thread, args: &[StackRef]) -> Raised {
    let Some(first) = args.first() else {
        return match thread.handled_exception() {
            Some(exception) => Raised::Again(Exception::resume(exception)),
            None => Raised::New(runtime_error!("No active exception to reraise")),
        };
    };
    match instantiate(first.as_object(), args.get(1).map(|cause| cause.as_object())) {
        Ok(exception) => Raised::New(Exception::raise(exception)),
        Err(error) => Raised::New(error),
    }
}

/// The exception that `raise exception from cause` raises.
fn instantiate(exception: &Object, cause: Option<&Object>) -> PyResult<Ref<BaseException>> {
    let exception = instance_of(exception, "exceptions must derive from BaseException")?;
    if let Some(cause) = cause {
        let cause = if none::is_none(cause) {
            None
        } else {
            Some(instance_of(cause, "exception causes must derive from BaseException")?)
        };
        exception.cause.set(cause);
        exception.suppress_context.set(true);
    }
    Ok(exception)
}

fn instance_of(object: &Object, otherwise: &str) -> PyResult<Ref<BaseException>> {
    if let Some(instance) = object.downcast::<BaseException>() {
        return Ok(instance.to_ref());
    }
    if !is_exception_class(object) {
        return Err(type_error!("{otherwise}"));
    }
    match call::call_no_args(object)?.downcast_ref::<BaseException>() {
        Ok(instance) => Ok(instance),
        Err(other) => {
            let class = object::repr(object)?;
            let found = object::repr(other.type_().as_object())?;
            Err(type_error!(
                "calling {class} should have returned an instance of BaseException, not {found}"
            ))
        }
    }
}

/// Passes a caught exception on.
#[inline(never)]
pub fn again(exception: Ref) -> Exception {
    match exception.downcast_ref::<BaseException>() {
        Ok(exception) => Exception::resume(exception),
        Err(other) => {
            type_error!("exceptions must derive from BaseException, not {:.200}", other.type_name())
        }
    }
}

/// Moves the frame back to the instruction whose index a clean-up handler has kept.
#[inline(never)]
pub fn restore_position(frame: FrameRef, lasti: StackRef) {
    let index = lasti.as_object().downcast::<Int>().and_then(Int::to_i64);
    let length = frame.code().code.as_slice().len() / 2;
    if let Some(index) = index.and_then(|index| usize::try_from(index).ok())
        && index < length
    {
        // SAFETY: within the code's array.
        frame.set_ip(unsafe { units_of(frame.code()).add(index) });
    }
}

/// Makes `exception` the handled one and hands out what was handled before, or None.
#[inline(always)]
pub fn push_handled(thread: &Thread, exception: StackRef) -> StackRef {
    // SAFETY: the innermost element belongs to the running frame's generator or to the thread.
    let handled = unsafe { &*thread.exc_info.get() };
    let before = handled.value.replace(Some(exception.as_object().to_ref()));
    StackRef::from_option_or_none(before)
}

/// Makes the previously handled exception, or None, the handled one. May drop.
#[inline(always)]
pub fn pop_handled(thread: &Thread, previous: Ref) {
    // SAFETY: as in `push_handled`.
    let handled = unsafe { &*thread.exc_info.get() };
    handled.value.set(Some(previous).filter(|previous| !none::is_none(previous)));
}

/// `except class:` wants classes of exceptions.
///
/// # Errors
///
/// `TypeError`.
#[inline(never)]
pub fn check_except_type(class: &Object) -> PyResult<()> {
    let fits = match class.downcast::<Tuple>() {
        Some(classes) => classes.items().iter().all(|class| is_exception_class(class)),
        None => is_exception_class(class),
    };
    if fits {
        return Ok(());
    }
    Err(type_error!("catching classes that do not inherit from BaseException is not allowed"))
}

/// `except* class:` wants classes of exceptions that are no groups.
///
/// # Errors
///
/// `TypeError`.
#[inline(never)]
pub fn check_except_star_type(class: &Object) -> PyResult<()> {
    check_except_type(class)?;
    let is_group =
        |class: &Object| object::is_subclass(class, BASE_EXCEPTION_GROUP.get().as_object());
    let has_group = match class.downcast::<Tuple>() {
        Some(classes) => {
            let mut found = false;
            for class in classes.items() {
                found = found || is_group(class)?;
            }
            found
        }
        None => is_group(class)?,
    };
    if has_group {
        return Err(type_error!(
            "catching ExceptionGroup with except* is not allowed. Use except instead."
        ));
    }
    Ok(())
}

/// `PyErr_GivenExceptionMatches`.
#[inline(never)]
pub fn matches(exception: &Object, class: &Object) -> bool {
    if let Some(classes) = class.downcast::<Tuple>() {
        return classes.items().iter().any(|class| matches(exception, class));
    }
    let ty = match exception.downcast::<Type>() {
        Some(ty) if is_exception_class(exception) => ty,
        _ if exception.is_instance(&BASE_EXCEPTION) => exception.type_(),
        _ => return exception.is(class),
    };
    match class.downcast::<Type>() {
        Some(class) if class.has(TypeFlags::BASE_EXC_SUBCLASS) => ty.is_subtype(class),
        _ => exception.is(class),
    }
}

/// The part of `group` that `except* class:` takes, and the rest; both may be None.
///
/// # Errors
///
/// What the group's `split` raises.
#[inline(never)]
pub fn split_group(frame: FrameRef, group: &Object, class: &Object) -> PyResult<(Ref, Ref)> {
    if none::is_none(group) {
        return Ok((none::none(), none::none()));
    }
    let is_group = group.is_instance(&BASE_EXCEPTION_GROUP);
    let (matched, rest) = if matches(group, class) {
        let matched = if is_group { group.to_ref() } else { wrap(frame, group)? };
        (matched, none::none())
    } else if is_group {
        split(group, class)?
    } else {
        (none::none(), group.to_ref())
    };
    if !none::is_none(&matched) {
        // SAFETY: as in `push_handled`.
        let handled = unsafe { &*gopy_object::thread().exc_info.get() };
        handled.value.set(Some(matched.clone()));
    }
    Ok((matched, rest))
}

fn split(group: &Object, class: &Object) -> PyResult<(Ref, Ref)> {
    let pair = call::call_method(group, gopy_core::id!(split), &[class])?;
    let Some(items) = pair.downcast::<Tuple>() else {
        return Err(type_error!(
            "{:.200}.split must return a tuple, not {:.200}",
            group.type_name(),
            pair.type_name()
        ));
    };
    if items.len() < 2 {
        return Err(type_error!(
            "{:.200}.split must return a 2-tuple, got tuple of size {}",
            group.type_name(),
            items.len()
        ));
    }
    Ok((items.items()[0].clone(), items.items()[1].clone()))
}

/// A group around an exception that is none.
fn wrap(frame: FrameRef, exception: &Object) -> PyResult {
    let items = tuple::from_borrowed(&[exception]);
    let group = call::call(
        BASE_EXCEPTION_GROUP.get().as_object(),
        &[Str::empty().as_object(), items.as_object()],
    )?;
    if let Some(made) = group.downcast::<BaseException>() {
        let traceback = crate::frame_object::traceback_of(frame, None)?;
        made.traceback.set(Some(traceback));
    }
    Ok(group)
}
