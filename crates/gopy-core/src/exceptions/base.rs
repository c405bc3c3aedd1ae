//! `BaseException`: construction, text, pickling, the attributes that all exceptions have.

use gopy_macros::pymethods;
use gopy_object::typeobj::BASE_EXCEPTION_PAYLOAD;
use gopy_object::{
    Args, BaseException, Instance, Object, PyResult, Ref, Slots, Type, TypeFlags, TypeSpec,
};

use super::{alloc, args_of};
use crate::argument::no_keywords;
use crate::dict::Dict;
use crate::error::type_error;
use crate::list::List;
use crate::none::{self, is_none};
use crate::str::{Str, StrBuilder};
use crate::traceback::Traceback;
use crate::tuple::{self, Tuple};
use crate::{bool_, call, id, object, sequence};

/// The declaration of `BaseException`, whose static is in gopy-object.
pub static BASE_EXCEPTION_SPEC: TypeSpec = TypeSpec {
    name: "BaseException",
    doc: None,
    text_signature: None,
    base: Some(&gopy_object::typeobj::OBJECT),
    flags: TypeFlags::BASETYPE.with(TypeFlags::HAVE_GC).with(TypeFlags::BASE_EXC_SUBCLASS),
    basicsize: 72,
    itemsize: 0,
    dictoffset: 16,
    weaklistoffset: 0,
    payload: &BASE_EXCEPTION_PAYLOAD,
    methods: methods::METHODS,
    getsets: methods::GETSETS,
    members: methods::MEMBERS,
    slots: |slots| {
        fill_simple_slots(slots);
        slots.repr.set(Some(repr));
        slots.str.set(Some(str));
        slots.getattro.set(Some(object::generic_get_attr));
        slots.setattro.set(Some(object::generic_set_attr));
    },
};

/// The slots that every exception type without fields has of its own.
pub(super) fn fill_simple_slots(slots: &Slots) {
    slots.new.set(Some(new));
    slots.init.set(Some(init));
    slots.vectorcall.set(Some(vectorcall));
}

pub(super) fn fill_key_error_slots(slots: &Slots) {
    slots.init.set(Some(init));
    slots.str.set(Some(|object| {
        let args = args_of(this(object));
        match args.items() {
            [key] => object::repr(key).map(Ref::upcast),
            _ => str(object),
        }
    }));
}

pub(super) fn fill_memory_error_slots(slots: &Slots) {
    fill_simple_slots(slots);
}

/// The exception that a slot was called for.
#[inline(always)]
pub(super) fn this(object: &Object) -> &BaseException {
    // SAFETY: slots and descriptors of exception types are called for exceptions only.
    unsafe { object.downcast_unchecked::<BaseException>() }
}

/// `__new__`.
pub(super) fn new(ty: &Type, args: Args<'_>) -> PyResult {
    let tuple =
        tuple::try_from_vec(args.positional().iter().map(|arg| arg.object().to_ref()).collect())?;
    Ok(alloc(ty, tuple)?.upcast())
}

/// `__init__`.
pub(super) fn init(object: &Object, args: Args<'_>) -> PyResult<()> {
    no_keywords(&object.type_name(), args)?;
    set_args(object, args)
}

/// The part of `__init__` that stores the arguments. `__new__` has usually done it already.
pub(super) fn set_args(object: &Object, args: Args<'_>) -> PyResult<()> {
    let exception = this(object);
    let current = args_of(exception);
    let same = current.len() == args.len()
        && current.items().iter().zip(args.positional()).all(|(a, b)| a.is(b.object()));
    if !same || !current.as_object().is_exact(&tuple::TUPLE) {
        exception.args.set(Some(call::args_tuple(args)?.upcast()));
    }
    Ok(())
}

fn vectorcall(ty: &Type, args: Args<'_>) -> PyResult {
    no_keywords(&ty.name(), args)?;
    new(ty, args)
}

/// `str(self)`.
pub(super) fn str(object: &Object) -> PyResult {
    let args = args_of(this(object));
    match args.items() {
        [] => Ok(Str::empty().upcast()),
        [arg] => object::str(arg).map(Ref::upcast),
        _ => object::str(args.as_object()).map(Ref::upcast),
    }
}

fn repr(object: &Object) -> PyResult {
    let args = args_of(this(object));
    let name = object.type_name();
    let mut text = StrBuilder::new();
    text.push_str(name.rsplit('.').next().unwrap_or(&name))?;
    match args.items() {
        [arg] => {
            text.push_str("(")?;
            text.push(&*object::repr(arg)?)?;
            text.push_str(")")?;
        }
        _ => text.push(&*object::repr(args.as_object())?)?,
    }
    Ok(text.finish()?.upcast())
}

/// Stores `__traceback__`.
pub(super) fn set_traceback(exception: &BaseException, value: &Object) -> PyResult<()> {
    if value.downcast::<Traceback>().is_some() {
        exception.traceback.set(Some(value.to_ref()));
    } else if is_none(value) {
        exception.traceback.set(None);
    } else {
        return Err(type_error!("__traceback__ must be a traceback or None"));
    }
    Ok(())
}

fn exception_or_none(value: &Object, what: &str) -> PyResult<Option<Ref<BaseException>>> {
    if is_none(value) {
        return Ok(None);
    }
    match value.downcast::<BaseException>() {
        Some(exception) => Ok(Some(exception.to_ref())),
        None => Err(type_error!("exception {what} must be None or derive from BaseException")),
    }
}

/// `(type(self), args)`, with the state where there is one.
pub(super) fn reduced(object: &Object, args: Ref<Tuple>, state: Option<Ref>) -> Ref<Tuple> {
    let ty = object.type_().as_object().to_ref();
    match state {
        Some(state) => tuple::from_array([ty, args.upcast(), state]),
        None => tuple::from_array([ty, args.upcast()]),
    }
}

/// Adds a note, as `BaseException.add_note` does, without calling what a subclass makes of that.
///
/// # Errors
///
/// `TypeError` where `__notes__` is no list; what setting it raises.
pub fn add_note(exception: &BaseException, note: &Str) -> PyResult<()> {
    let object = exception.as_object();
    let notes = match object::get_attr_opt(object, id!(__notes__))? {
        Some(notes) => notes,
        None => {
            let notes = List::new().upcast();
            object::set_attr(object, id!(__notes__), &notes)?;
            notes
        }
    };
    match notes.downcast::<List>() {
        Some(notes) => notes.push(note.as_object().to_ref()),
        None => Err(type_error!("Cannot add note: __notes__ is not a list")),
    }
}

#[pymethods(BaseException)]
pub(super) mod methods {
    use super::*;

    #[pymethod("($self, /)")]
    fn __reduce__(this: &BaseException) -> Ref<Tuple> {
        reduced(this.as_object(), args_of(this), this.dict.get())
    }

    #[pymethod("($self, state, /)")]
    fn __setstate__(this: &BaseException, state: &Object) -> PyResult<()> {
        if is_none(state) {
            return Ok(());
        }
        let Some(state) = state.downcast::<Dict>() else {
            return Err(type_error!("state is not a dictionary"));
        };
        let mut position = 0;
        while let Some((key, value)) = state.next(&mut position) {
            object::set_attr(this.as_object(), object::attribute_name(&key)?, &value)?;
        }
        Ok(())
    }

    #[pymethod("($self, tb, /)")]
    fn with_traceback(this: &BaseException, tb: &Object) -> PyResult {
        set_traceback(this, tb)?;
        Ok(this.as_object().to_ref())
    }

    #[pymethod("($self, note, /)")]
    fn add_note(this: &BaseException, note: &Str) -> PyResult<()> {
        crate::exceptions::add_note(this, note)
    }

    #[pymember]
    fn __suppress_context__(this: &BaseException) -> bool {
        this.suppress_context.get()
    }

    #[pymember_setter(name = "__suppress_context__")]
    fn set_suppress_context(this: &BaseException, value: Option<&Object>) -> PyResult<()> {
        match value {
            Some(value) if bool_::is_bool(value) => {
                this.suppress_context.set(bool_::is_true(value));
                Ok(())
            }
            Some(_) => Err(type_error!("attribute value type must be bool")),
            None => Err(type_error!("can't delete numeric/char attribute")),
        }
    }

    #[pygetter]
    fn __dict__(this: &BaseException) -> PyResult {
        match object::dict_of(this.as_object())? {
            Some(dict) => Ok(dict.upcast()),
            None => Ok(none::none()),
        }
    }

    #[pysetter(name = "__dict__")]
    fn set_dict(this: &BaseException, value: Option<&Object>) -> PyResult<()> {
        let Some(value) = value else {
            return Err(type_error!("cannot delete __dict__"));
        };
        if value.downcast::<Dict>().is_none() {
            return Err(type_error!(
                "__dict__ must be set to a dictionary, not a '{:.200}'",
                value.type_name()
            ));
        }
        this.dict.set(Some(value.to_ref()));
        Ok(())
    }

    #[pygetter]
    fn args(this: &BaseException) -> Option<Ref> {
        this.args.get()
    }

    #[pysetter]
    fn set_args(this: &BaseException, value: Option<&Object>) -> PyResult<()> {
        let Some(value) = value else {
            return Err(type_error!("args may not be deleted"));
        };
        this.args.set(Some(sequence::to_tuple(value)?.upcast()));
        Ok(())
    }

    #[pygetter]
    fn __traceback__(this: &BaseException) -> Option<Ref> {
        this.traceback.get()
    }

    #[pysetter(name = "__traceback__")]
    fn set_traceback_attr(this: &BaseException, value: Option<&Object>) -> PyResult<()> {
        match value {
            Some(value) => set_traceback(this, value),
            None => Err(type_error!("__traceback__ may not be deleted")),
        }
    }

    #[pygetter]
    fn __context__(this: &BaseException) -> Option<Ref<BaseException>> {
        this.context.get()
    }

    #[pysetter(name = "__context__")]
    fn set_context(this: &BaseException, value: Option<&Object>) -> PyResult<()> {
        let Some(value) = value else {
            return Err(type_error!("__context__ may not be deleted"));
        };
        this.context.set(exception_or_none(value, "context")?);
        Ok(())
    }

    #[pygetter]
    fn __cause__(this: &BaseException) -> Option<Ref<BaseException>> {
        this.cause.get()
    }

    #[pysetter(name = "__cause__")]
    fn set_cause(this: &BaseException, value: Option<&Object>) -> PyResult<()> {
        let Some(value) = value else {
            return Err(type_error!("__cause__ may not be deleted"));
        };
        let cause = exception_or_none(value, "cause")?;
        this.suppress_context.set(true);
        this.cause.set(cause);
        Ok(())
    }
}
