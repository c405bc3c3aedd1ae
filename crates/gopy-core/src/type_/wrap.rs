//! Slot wrappers: what calling `int.__add__` and its like does.
//!
//! Answers to the `wrap_*` functions of `Objects/typeobject.c`. `wrapper_descriptor` and
//! `method-wrapper`, which call this, are in [`crate::descriptor`].

use gopy_object::buffer::BufferRequest;
use gopy_object::typeobj::AssignFn;
use gopy_object::{Args, Object, PyResult, Ref, Type};

use crate::bool_::bool_ref;
use crate::error::{overflow_error, system_error, type_error, value_error};
use crate::int::Int;
use crate::{argument, none, number};

use super::slotdefs::{SlotDef, Wrapper};
use super::slots::{SlotId, SlotValue};

/// Calls the function of a slot with a special method's arguments; `args` does not hold `receiver`.
///
/// # Errors
///
/// `TypeError` for a wrong number of arguments, and what the slot raises.
pub fn call(
    def: &'static SlotDef,
    function: SlotValue,
    receiver: &Object,
    args: Args<'_>,
) -> PyResult {
    let Some(wrapper) = def.wrapper else {
        return Err(system_error!("slot {} has no wrapper", def.name));
    };
    if args.keyword_count() > 0 && !matches!(wrapper, Wrapper::Call | Wrapper::Init) {
        return Err(type_error!("wrapper {}() takes no keyword arguments", def.name));
    }
    match function {
        SlotValue::Unary(f) => exactly::<0>(args).and_then(|[]| f(receiver)),
        SlotValue::Binary(f) => {
            let [other] = exactly(args)?;
            match wrapper {
                Wrapper::BinaryRight => f(other, receiver),
                _ => f(receiver, other),
            }
        }
        SlotValue::Ternary(f) => {
            if !(1..=2).contains(&args.len()) {
                return Err(type_error!("expected 1 or 2 arguments, got {}", args.len()));
            }
            let other = args.get(0).unwrap_or(none::none_object());
            let third = args.get(1).unwrap_or(none::none_object());
            match wrapper {
                Wrapper::TernaryRight => f(other, receiver, third),
                _ => f(receiver, other, third),
            }
        }
        SlotValue::Inquiry(f) => {
            exactly::<0>(args)?;
            f(receiver).map(bool_ref)
        }
        SlotValue::Len(f) => {
            exactly::<0>(args)?;
            Ok(Int::from_u64(f(receiver)? as u64).upcast())
        }
        SlotValue::Hash(f) => {
            exactly::<0>(args)?;
            Ok(Int::from_i64(f(receiver)? as i64).upcast())
        }
        SlotValue::Index(f) => {
            let [index] = exactly(args)?;
            match wrapper {
                Wrapper::SqItem => f(receiver, sequence_index(receiver, index)?),
                _ => f(receiver, number::index_as_ssize(index)?),
            }
        }
        SlotValue::AssignIndex(f) => {
            if wrapper == Wrapper::SqDelItem {
                let [index] = exactly(args)?;
                f(receiver, sequence_index(receiver, index)?, None)?;
            } else {
                let [index, value] = unpack(def.name, args)?;
                f(receiver, sequence_index(receiver, index)?, Some(value))?;
            }
            Ok(none::none())
        }
        SlotValue::Assign(f) => assign(def, wrapper, f, receiver, args),
        SlotValue::Contains(f) => {
            let [value] = exactly(args)?;
            f(receiver, value).map(bool_ref)
        }
        SlotValue::Compare(f) => {
            let [other] = exactly(args)?;
            match wrapper {
                Wrapper::Compare(op) => f(receiver, other, op),
                _ => Err(system_error!("bad comparison wrapper {}", def.name)),
            }
        }
        SlotValue::Next(f) => {
            exactly::<0>(args)?;
            match f(receiver)? {
                Some(item) => Ok(item),
                None => Err(stop_iteration()),
            }
        }
        SlotValue::DescrGet(f) => {
            argument::check_positional("__get__", args.len(), 1, 2)?;
            let given = |index| args.get(index).filter(|value| !none::is_none(value));
            let (object, owner) = (given(0), given(1));
            if object.is_none() && owner.is_none() {
                return Err(type_error!("__get__(None, None) is invalid"));
            }
            f(receiver, object, owner)
        }
        SlotValue::Call(f) => f(receiver, args),
        SlotValue::Init(f) => f(receiver, args).map(|()| none::none()),
        SlotValue::Finalize(f) => {
            exactly::<0>(args)?;
            f(receiver);
            Ok(none::none())
        }
        SlotValue::GetBuffer(f) => {
            let [flags] = unpack("__buffer__", args)?;
            let flags = number::index_as_ssize(flags)?;
            let Ok(flags) = i32::try_from(flags) else {
                return Err(overflow_error!("buffer flags out of range"));
            };
            crate::memoryview::from_getbuffer(receiver, BufferRequest(flags as u32), f)
        }
        SlotValue::ReleaseBuffer(_) => {
            let [view] = unpack("__release_buffer__", args)?;
            release_buffer(receiver, view)
        }
        SlotValue::New(_) | SlotValue::Send(_) => {
            Err(system_error!("slot {} has no wrapper", def.name))
        }
    }
}

#[cold]
fn stop_iteration() -> gopy_object::Exception {
    crate::error::raise_with(&crate::exceptions::STOP_ITERATION, &[])
}

/// Exactly `N` positional arguments: "expected 1 argument, got 2".
fn exactly<const N: usize>(args: Args<'_>) -> PyResult<[&Object; N]> {
    if args.len() != N {
        let plural = if N == 1 { "" } else { "s" };
        return Err(type_error!("expected {N} argument{plural}, got {}", args.len()));
    }
    Ok(std::array::from_fn(|index| args.positional()[index].object()))
}

/// As [`exactly`], with the message of `PyArg_UnpackTuple`.
fn unpack<'a, const N: usize>(name: &str, args: Args<'a>) -> PyResult<[&'a Object; N]> {
    argument::check_positional(name, args.len(), N, N)?;
    Ok(std::array::from_fn(|index| args.positional()[index].object()))
}

/// An index from Python for a slot that takes non-negative ones where the length is known.
fn sequence_index(receiver: &Object, index: &Object) -> PyResult<isize> {
    let index = number::index_as_ssize(index)?;
    match receiver.type_().slots.sequence.length.get() {
        Some(length) if index < 0 => Ok(index + length(receiver)? as isize),
        _ => Ok(index),
    }
}

fn assign(
    def: &SlotDef,
    wrapper: Wrapper,
    f: AssignFn,
    receiver: &Object,
    args: Args<'_>,
) -> PyResult {
    match wrapper {
        Wrapper::SetAttr => {
            let [name, value] = unpack("__setattr__", args)?;
            check_setattr(receiver, f, "__setattr__")?;
            f(receiver, name, Some(value))?;
        }
        Wrapper::DelAttr => {
            let [name] = exactly(args)?;
            check_setattr(receiver, f, "__delattr__")?;
            f(receiver, name, None)?;
        }
        Wrapper::DelSubscript | Wrapper::DescrDelete => {
            let [key] = exactly(args)?;
            f(receiver, key, None)?;
        }
        _ => {
            let [key, value] = unpack(def.name, args)?;
            f(receiver, key, Some(value))?;
        }
    }
    Ok(none::none())
}

/// Refuses `object.__setattr__(cls, …)`, which would go round `type.__setattr__`.
fn check_setattr(receiver: &Object, function: AssignFn, what: &str) -> PyResult<()> {
    if receiver.downcast::<Type>().is_none() {
        return Ok(());
    }
    let ty = receiver.type_();
    let Some(mro) = ty.mro.get() else { return Ok(()) };
    let is_python =
        |ty: &Type| SlotId::SetAttr.get(&ty.slots) == Some(super::update::PYTHON_SETATTR);
    let own = SlotId::SetAttr.get(&ty.slots);
    let defining = mro
        .items()
        .iter()
        .rev()
        .filter_map(|base| base.downcast::<Type>())
        .find(|base| !is_python(base) && SlotId::SetAttr.get(&base.slots) == own)
        .unwrap_or(ty);
    let mut base: Option<Ref<Type>> = Some(Ref::from_borrow(defining));
    while let Some(current) = base {
        if SlotId::SetAttr.get(&current.slots) == Some(SlotValue::Assign(function)) {
            break;
        }
        if !is_python(&current) {
            return Err(type_error!("can't apply this {what} to {} object", ty.name()));
        }
        base = current.base.get();
    }
    Ok(())
}

fn release_buffer(receiver: &Object, view: &Object) -> PyResult {
    if !crate::memoryview::is_memoryview(view) {
        return Err(type_error!("expected a memoryview object"));
    }
    let Some(owner) = crate::memoryview::owner(view) else { return Ok(none::none()) };
    if !owner.is(receiver) {
        return Err(value_error!("memoryview's buffer is not this object"));
    }
    if crate::memoryview::is_released(view) {
        return Err(value_error!("memoryview's buffer has already been released"));
    }
    crate::call::call_method(view, crate::id!(release), &[])?;
    Ok(none::none())
}
