//! Slot functions of classes written in Python: each looks its special method up and calls it.
//!
//! Answers to the `slot_*` functions of `Objects/typeobject.c`.
//!
//! Keeps true: functions whose address tells a Python class from a built-in one are never inlined.

use gopy_object::typeobj::CompareOp;
use gopy_object::{Arg, Args, Instance, Object, PyResult, Ref, Type, TypeFlags};

use crate::error::{attribute_error_text, type_error, value_error};
use crate::exceptions;
use crate::id;
use crate::int::Int;
use crate::str::Str;
use crate::{call, iter, none, number, object};

use super::cache::lookup;

/// Calls what was found on the type of `args[0]` with `args`.
#[inline]
fn call_found(function: &Object, args: &[Arg<'_>]) -> PyResult {
    let ty = function.type_();
    if ty.has(TypeFlags::METHOD_DESCRIPTOR) {
        return call::call_args(function, Args::positional_only(args));
    }
    let Some(get) = ty.slots.descr_get.get() else {
        return call::call_args(function, Args::positional_only(&args[1..]));
    };
    let receiver = args[0].object();
    let bound = get(function, Some(receiver), Some(receiver.type_().as_object()))?;
    call::call_args(&bound, Args::positional_only(&args[1..]))
}

/// As [`call_found`]; a method whose binding raises AttributeError is as good as missing (`None`).
#[inline]
fn call_optional(function: &Object, args: &[Arg<'_>]) -> PyResult<Option<Ref>> {
    let ty = function.type_();
    let slot = ty.slots.descr_get.get();
    let (false, Some(get)) = (ty.has(TypeFlags::METHOD_DESCRIPTOR), slot) else {
        return call_found(function, args).map(Some);
    };
    let receiver = args[0].object();
    match get(function, Some(receiver), Some(receiver.type_().as_object())) {
        Ok(bound) => call::call_args(&bound, Args::positional_only(&args[1..])).map(Some),
        Err(error) if error.is_instance(&exceptions::ATTRIBUTE_ERROR) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Calls a special method that must be there (`vectorcall_method`); a missing one is an
/// AttributeError with the bare name.
#[inline]
fn call_special(name: &Str, args: &[Arg<'_>]) -> PyResult {
    match lookup(args[0].object().type_(), name) {
        Some(function) => call_found(&function, args),
        None => Err(missing(name)),
    }
}

#[cold]
fn missing(name: &Str) -> gopy_object::Exception {
    attribute_error_text!("{name}")
}

/// Calls a special method if there is one.
#[inline]
fn call_special_opt(name: &Str, args: &[Arg<'_>]) -> PyResult<Option<Ref>> {
    match lookup(args[0].object().type_(), name) {
        Some(function) => call_optional(&function, args),
        None => Ok(None),
    }
}

/// What a call of a special method that `None` may disable answers.
enum Answer {
    Value(Ref),
    Disabled,
    Missing,
}

fn call_unless_none(name: &Str, args: &[Arg<'_>]) -> PyResult<Answer> {
    match lookup(args[0].object().type_(), name) {
        Some(function) if none::is_none(&function) => Ok(Answer::Disabled),
        Some(function) => {
            Ok(call_optional(&function, args)?.map_or(Answer::Missing, Answer::Value))
        }
        None => Ok(Answer::Missing),
    }
}

macro_rules! unary {
    ($($function:ident $name:ident;)*) => {$(
        #[inline(never)]
        pub(super) fn $function(this: &Object) -> PyResult {
            call_special(id!($name), &[Arg::new(this)])
        }
    )*};
}

unary! {
    tp_str __str__;
    nb_negative __neg__;
    nb_positive __pos__;
    nb_absolute __abs__;
    nb_invert __invert__;
    nb_int __int__;
    nb_float __float__;
    nb_index __index__;
}

macro_rules! binary {
    ($($function:ident $name:ident;)*) => {$(
        #[inline(never)]
        pub(super) fn $function(this: &Object, other: &Object) -> PyResult {
            call_special(id!($name), &[Arg::new(this), Arg::new(other)])
        }
    )*};
}

binary! {
    mp_subscript __getitem__;
    tp_getattro __getattribute__;
    nb_inplace_add __iadd__;
    nb_inplace_subtract __isub__;
    nb_inplace_multiply __imul__;
    nb_inplace_matrix_multiply __imatmul__;
    nb_inplace_remainder __imod__;
    nb_inplace_lshift __ilshift__;
    nb_inplace_rshift __irshift__;
    nb_inplace_and __iand__;
    nb_inplace_xor __ixor__;
    nb_inplace_or __ior__;
    nb_inplace_floor_divide __ifloordiv__;
    nb_inplace_true_divide __itruediv__;
}

#[inline(never)]
pub(super) fn nb_inplace_power(this: &Object, other: &Object, _modulus: &Object) -> PyResult {
    call_special(id!(__ipow__), &[Arg::new(this), Arg::new(other)])
}

/// Whether `right`'s type has another `name` than `left`'s.
fn is_overloaded(left: &Object, right: &Object, name: &Str) -> PyResult<bool> {
    let Some(theirs) = object::get_attr_opt(right.type_().as_object(), name)? else {
        return Ok(false);
    };
    let Some(ours) = object::get_attr_opt(left.type_().as_object(), name)? else {
        return Ok(true);
    };
    object::compare_bool(&ours, &theirs, CompareOp::Ne)
}

/// A two-sided operator: `name` of the left operand, `reflected` of the right one, in the order that
/// subclassing asks for. `ours` and `theirs` say whether the operands' types use this slot function.
fn two_sided(
    left: &Object,
    right: &Object,
    modulus: Option<&Object>,
    ours: bool,
    theirs: bool,
    name: &Str,
    reflected: &Str,
) -> PyResult {
    let run = |name: &Str, a: &Object, b: &Object| -> PyResult {
        let answer = match modulus {
            None => call_special_opt(name, &[Arg::new(a), Arg::new(b)])?,
            Some(m) => call_special_opt(name, &[Arg::new(a), Arg::new(b), Arg::new(m)])?,
        };
        Ok(answer.unwrap_or_else(none::not_implemented))
    };
    let same_type = std::ptr::eq(left.type_(), right.type_());
    let mut try_right = !same_type && theirs;
    if ours {
        if try_right
            && right.type_().is_subtype(left.type_())
            && is_overloaded(left, right, reflected)?
        {
            let answer = run(reflected, right, left)?;
            if !none::is_not_implemented(&answer) {
                return Ok(answer);
            }
            try_right = false;
        }
        let answer = run(name, left, right)?;
        if !none::is_not_implemented(&answer) || same_type {
            return Ok(answer);
        }
    }
    if try_right { run(reflected, right, left) } else { Ok(none::not_implemented()) }
}

macro_rules! two_sided {
    ($($function:ident $field:ident $name:ident $reflected:ident;)*) => {$(
        #[inline(never)]
        pub(super) fn $function(left: &Object, right: &Object) -> PyResult {
            let uses = |o: &Object| {
                o.type_().slots.number.$field.get().is_some_and(|f| {
                    f as usize == $function as fn(&Object, &Object) -> PyResult as usize
                })
            };
            let (ours, theirs) = (uses(left), uses(right));
            two_sided(left, right, None, ours, theirs, id!($name), id!($reflected))
        }
    )*};
}

two_sided! {
    nb_add add __add__ __radd__;
    nb_subtract subtract __sub__ __rsub__;
    nb_multiply multiply __mul__ __rmul__;
    nb_matrix_multiply matrix_multiply __matmul__ __rmatmul__;
    nb_remainder remainder __mod__ __rmod__;
    nb_divmod divmod __divmod__ __rdivmod__;
    nb_lshift lshift __lshift__ __rlshift__;
    nb_rshift rshift __rshift__ __rrshift__;
    nb_and and __and__ __rand__;
    nb_xor xor __xor__ __rxor__;
    nb_or or __or__ __ror__;
    nb_floor_divide floor_divide __floordiv__ __rfloordiv__;
    nb_true_divide true_divide __truediv__ __rtruediv__;
}

#[inline(never)]
pub(super) fn nb_power(left: &Object, right: &Object, modulus: &Object) -> PyResult {
    let uses = |o: &Object| {
        o.type_().slots.number.power.get().is_some_and(|f| {
            f as usize == nb_power as fn(&Object, &Object, &Object) -> PyResult as usize
        })
    };
    let (ours, theirs) = (uses(left), uses(right));
    let modulus = Some(modulus).filter(|m| !none::is_none(m));
    two_sided(left, right, modulus, ours, theirs, id!(__pow__), id!(__rpow__))
}

#[inline(never)]
pub(super) fn nb_bool(this: &Object) -> PyResult<bool> {
    match call_unless_none(id!(__bool__), &[Arg::new(this)])? {
        Answer::Disabled => {
            Err(type_error!("'{:.200}' cannot be interpreted as a boolean", this.type_name()))
        }
        Answer::Missing => match call_special_opt(id!(__len__), &[Arg::new(this)])? {
            Some(length) => object::is_true(&length),
            None => Ok(true),
        },
        Answer::Value(value) if value.is_exact(&crate::bool_::BOOL) => object::is_true(&value),
        Answer::Value(value) => {
            Err(type_error!("__bool__ should return bool, returned {}", value.type_name()))
        }
    }
}

#[inline(never)]
pub(super) fn sq_length(this: &Object) -> PyResult<usize> {
    let length = call_special(id!(__len__), &[Arg::new(this)])?;
    let length = number::index(&length)?;
    if length.is_negative() {
        return Err(value_error!("__len__() should return >= 0"));
    }
    number::index_as_ssize_or(
        gopy_object::Instance::as_object(&*length),
        &exceptions::OVERFLOW_ERROR,
    )
    .map(|length| length as usize)
}

#[inline(never)]
pub(super) fn mp_length(this: &Object) -> PyResult<usize> {
    sq_length(this)
}

#[inline(never)]
pub(super) fn sq_item(this: &Object, index: isize) -> PyResult {
    let index = Int::from_i64(index as i64);
    call_special(id!(__getitem__), &[Arg::new(this), Arg::new(&index)])
}

#[inline(never)]
pub(super) fn sq_ass_item(this: &Object, index: isize, value: Option<&Object>) -> PyResult<()> {
    let index = Int::from_i64(index as i64);
    mp_ass_subscript(this, &index, value)
}

#[inline(never)]
pub(super) fn mp_ass_subscript(
    this: &Object,
    key: &Object,
    value: Option<&Object>,
) -> PyResult<()> {
    match value {
        Some(value) => {
            let args = [Arg::new(this), Arg::new(key), Arg::new(value)];
            call_special(id!(__setitem__), &args).map(drop)
        }
        None => call_special(id!(__delitem__), &[Arg::new(this), Arg::new(key)]).map(drop),
    }
}

#[inline(never)]
pub(super) fn sq_contains(this: &Object, value: &Object) -> PyResult<bool> {
    match call_unless_none(id!(__contains__), &[Arg::new(this), Arg::new(value)])? {
        Answer::Value(answer) => object::is_true(&answer),
        Answer::Disabled => {
            Err(type_error!("'{:.200}' object is not a container", this.type_name()))
        }
        Answer::Missing => contains_by_iterating(this, value),
    }
}

fn contains_by_iterating(this: &Object, value: &Object) -> PyResult<bool> {
    let iterator = match iter::get_iter(this) {
        Ok(iterator) => iterator,
        Err(error) if error.is_instance(&exceptions::TYPE_ERROR) => {
            return Err(type_error!(
                "argument of type '{:.200}' is not a container or iterable",
                this.type_name()
            ));
        }
        Err(error) => return Err(error),
    };
    while let Some(item) = iter::next(&iterator)? {
        if object::compare_bool(&item, value, CompareOp::Eq)? {
            return Ok(true);
        }
    }
    Ok(false)
}

#[inline(never)]
pub(super) fn tp_repr(this: &Object) -> PyResult {
    match call_special_opt(id!(__repr__), &[Arg::new(this)])? {
        Some(text) => Ok(text),
        None => {
            let text = format!("<{} object at {:#x}>", this.type_name(), this.id());
            Ok(Str::new(&text).upcast())
        }
    }
}

#[inline(never)]
pub(super) fn tp_hash(this: &Object) -> PyResult<isize> {
    let answer = match call_unless_none(id!(__hash__), &[Arg::new(this)])? {
        Answer::Value(answer) => answer,
        Answer::Disabled | Answer::Missing => return object::hash_not_implemented(this),
    };
    let Some(value) = answer.downcast::<Int>() else {
        return Err(type_error!("__hash__ method should return an integer"));
    };
    // Values in range pass unchanged, so that a `__hash__` that returns `hash(y)` agrees with y's.
    let hash = match value.to_i64() {
        Some(hash) => hash as isize,
        None => match crate::int::INT.slots.hash.get() {
            Some(hash) => hash(&answer)?,
            None => return object::hash_not_implemented(this),
        },
    };
    Ok(if hash == -1 { -2 } else { hash })
}

/// Calls a method of any argument list; METHOD_DESCRIPTORs are called unbound.
fn call_method(this: &Object, name: &Str, args: Args<'_>) -> PyResult {
    let Some(function) = lookup(this.type_(), name) else { return Err(missing(name)) };
    let ty = function.type_();
    if ty.has(TypeFlags::METHOD_DESCRIPTOR) {
        return args.prepend(this, |args| call::call_args(&function, args));
    }
    match ty.slots.descr_get.get() {
        Some(get) => {
            let bound = get(&function, Some(this), Some(this.type_().as_object()))?;
            call::call_args(&bound, args)
        }
        None => call::call_args(&function, args),
    }
}

#[inline(never)]
pub(super) fn tp_call(this: &Object, args: Args<'_>) -> PyResult {
    call_method(this, id!(__call__), args)
}

#[inline(never)]
pub(super) fn tp_init(this: &Object, args: Args<'_>) -> PyResult<()> {
    let answer = call_method(this, id!(__init__), args)?;
    if none::is_none(&answer) {
        return Ok(());
    }
    Err(type_error!("__init__() should return None, not '{:.200}'", answer.type_name()))
}

#[inline(never)]
pub(super) fn tp_new(ty: &Type, args: Args<'_>) -> PyResult {
    let function = object::get_attr(ty.as_object(), id!(__new__))?;
    args.prepend(ty.as_object(), |args| call::call_args(&function, args))
}

/// Whether attribute access of a type goes through Python's `__getattribute__` or `__getattr__`.
pub fn has_python_getattr(ty: &Type) -> bool {
    let own = ty.slots.getattro.get();
    object::same_slot(own, Some(tp_getattr_hook)) || object::same_slot(own, Some(tp_getattro))
}

/// Attribute access of a class with `__getattr__`, or that may get one.
#[inline(never)]
pub(super) fn tp_getattr_hook(this: &Object, name: &Object) -> PyResult {
    let ty = this.type_();
    let Some(getattr) = lookup(ty, id!(__getattr__)) else {
        // A simpler slot does until `__getattr__` is assigned.
        ty.slots.getattro.set(Some(tp_getattro));
        return tp_getattro(this, name);
    };
    let getattribute = lookup(ty, id!(__getattribute__));
    let is_generic = getattribute.as_ref().is_none_or(|found| {
        crate::descriptor::wrapper_parts(found)
            .is_some_and(|(_, function, _)| super::update::is_generic_getattr(function))
    });
    let args = [Arg::new(this), Arg::new(name)];
    if is_generic {
        let found = match name.downcast::<Str>() {
            Some(text) => object::generic_get_attr_opt(this, text)?,
            None => Some(object::generic_get_attr(this, name)?),
        };
        return match found {
            Some(value) => Ok(value),
            None => call_found(&getattr, &args),
        };
    }
    let Some(getattribute) = getattribute else { return call_found(&getattr, &args) };
    match call_found(&getattribute, &args) {
        Err(error) if error.is_instance(&exceptions::ATTRIBUTE_ERROR) => {
            drop(error);
            call_found(&getattr, &args)
        }
        answer => answer,
    }
}

#[inline(never)]
pub(super) fn tp_setattro(this: &Object, name: &Object, value: Option<&Object>) -> PyResult<()> {
    match value {
        Some(value) => {
            let args = [Arg::new(this), Arg::new(name), Arg::new(value)];
            call_special(id!(__setattr__), &args).map(drop)
        }
        None => call_special(id!(__delattr__), &[Arg::new(this), Arg::new(name)]).map(drop),
    }
}

/// The special method of a comparison.
pub(crate) fn compare_name(op: CompareOp) -> &'static Str {
    match op {
        CompareOp::Lt => id!(__lt__),
        CompareOp::Le => id!(__le__),
        CompareOp::Eq => id!(__eq__),
        CompareOp::Ne => id!(__ne__),
        CompareOp::Gt => id!(__gt__),
        CompareOp::Ge => id!(__ge__),
    }
}

#[inline(never)]
pub(super) fn tp_richcompare(this: &Object, other: &Object, op: CompareOp) -> PyResult {
    let answer = call_special_opt(compare_name(op), &[Arg::new(this), Arg::new(other)])?;
    Ok(answer.unwrap_or_else(none::not_implemented))
}

#[inline(never)]
pub(super) fn tp_iter(this: &Object) -> PyResult {
    let disabled = match call_unless_none(id!(__iter__), &[Arg::new(this)])? {
        Answer::Value(iterator) => return Ok(iterator),
        Answer::Disabled => true,
        Answer::Missing => false,
    };
    if disabled || lookup(this.type_(), id!(__getitem__)).is_none() {
        return Err(type_error!("'{:.200}' object is not iterable", this.type_name()));
    }
    iter::new_seq_iter(this)
}

/// The end is `StopIteration` as `__next__` raised it: `next()` passes that very exception on, `yield
/// from` reads its value. [`iter::next`] takes it for the end.
#[inline(never)]
pub(super) fn tp_iternext(this: &Object) -> PyResult<Option<Ref>> {
    call_special(id!(__next__), &[Arg::new(this)]).map(Some)
}

#[inline(never)]
pub(super) fn tp_descr_get(
    this: &Object,
    instance: Option<&Object>,
    owner: Option<&Object>,
) -> PyResult {
    let Some(get) = lookup(this.type_(), id!(__get__)) else {
        // Not again until `__get__` is assigned.
        this.type_().slots.descr_get.set(None);
        return Ok(this.to_ref());
    };
    let instance = instance.unwrap_or(none::none_object());
    let owner = owner.unwrap_or(none::none_object());
    let args = [Arg::new(this), Arg::new(instance), Arg::new(owner)];
    call::call_args(&get, Args::positional_only(&args))
}

#[inline(never)]
pub(super) fn tp_descr_set(
    this: &Object,
    instance: &Object,
    value: Option<&Object>,
) -> PyResult<()> {
    match value {
        Some(value) => {
            let args = [Arg::new(this), Arg::new(instance), Arg::new(value)];
            call_special(id!(__set__), &args).map(drop)
        }
        None => call_special(id!(__delete__), &[Arg::new(this), Arg::new(instance)]).map(drop),
    }
}

#[inline(never)]
pub(super) fn tp_finalize(this: &Object) {
    let Some(function) = lookup(this.type_(), id!(__del__)) else { return };
    if let Err(error) = call_found(&function, &[Arg::new(this)]) {
        let context = object::repr(&function).map_or_else(
            |_| "Exception ignored while calling deallocator".to_owned(),
            |text| format!("Exception ignored while calling deallocator {text}"),
        );
        (crate::hooks::get().unraisable)(error.into_value(), Some(&context), None);
    }
}

macro_rules! async_slots {
    ($($function:ident $name:ident;)*) => {$(
        #[inline(never)]
        pub(super) fn $function(this: &Object) -> PyResult {
            match call_special_opt(id!($name), &[Arg::new(this)])? {
                Some(answer) => Ok(answer),
                None => Err(attribute_error_text!(
                    "object {:.50} does not have {} method",
                    this.type_name(),
                    stringify!($name)
                )),
            }
        }
    )*};
}

async_slots! {
    am_await __await__;
    am_aiter __aiter__;
    am_anext __anext__;
}

pub(super) use super::buffer_slots::{bf_getbuffer, bf_releasebuffer};
