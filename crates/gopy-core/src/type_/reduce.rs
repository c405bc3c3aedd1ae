//! `object.__reduce_ex__`: the protocol that pickle and copy use.
//!
//! Answers to the `copyreg` part of `Objects/typeobject.c`.

use gopy_object::typeobj::OBJECT;
use gopy_object::{Instance, Object, PyResult, Ref, Type, TypeFlags};

use crate::builtin::BuiltinFunction;
use crate::dict::Dict;
use crate::error::{runtime_error, system_error, type_error, value_error};
use crate::int::Int;
use crate::list::List;
use crate::str::Str;
use crate::tuple::{self, Tuple};
use crate::{call, id, import, iter, none, object};

use super::cache::dict_of;

fn copyreg() -> PyResult {
    import::import("copyreg")
}

/// `object.__reduce_ex__(protocol)`.
pub(super) fn reduce_ex(this: &Object, protocol: i32) -> PyResult {
    if let Some(reduce) = object::get_attr_opt(this, id!(__reduce__))? {
        let of_class = object::get_attr(this.type_().as_object(), id!(__reduce__))?;
        let own = dict_of(&OBJECT).map(|dict| dict.get_str(id!(__reduce__))).transpose()?;
        let overridden = !own.flatten().is_some_and(|own| own.is(&*of_class));
        if overridden {
            return call::call_no_args(&reduce);
        }
    }
    common(this, protocol)
}

/// What `__reduce__` and `__reduce_ex__` have in common.
pub(super) fn common(this: &Object, protocol: i32) -> PyResult {
    if protocol >= 2 {
        return reduce_newobj(this);
    }
    let protocol = Int::from_i64(i64::from(protocol));
    let copyreg = copyreg()?;
    call::call_method(&copyreg, id!(_reduce_ex), &[this, &protocol])
}

/// Names of the `__slots__` of a class and its bases, cached in `__slotnames__`.
fn slot_names(ty: &Type) -> PyResult<Option<Ref<List>>> {
    let cached = match dict_of(ty) {
        Some(dict) => dict.get_str(id!(__slotnames__))?,
        None => None,
    };
    let (names, from_cache) = match cached {
        Some(names) => (names, true),
        None => {
            let copyreg = copyreg()?;
            (call::call_method(&copyreg, id!(_slotnames), &[ty.as_object()])?, false)
        }
    };
    if none::is_none(&names) {
        return Ok(None);
    }
    match names.downcast_ref::<List>() {
        Ok(names) => Ok(Some(names)),
        Err(other) if from_cache => Err(type_error!(
            "{:.200}.__slotnames__ should be a list or None, not {:.200}",
            ty.name(),
            other.type_name()
        )),
        Err(_) => Err(type_error!("copyreg._slotnames didn't return a list or None")),
    }
}

/// `object.__getstate__`; `required` refuses instances whose native part would be lost.
pub(super) fn default_state(this: &Object, required: bool) -> PyResult {
    let ty = this.type_().to_ref();
    if required && ty.itemsize.get() != 0 {
        return Err(type_error!("cannot pickle {:.200} objects", ty.name()));
    }
    let mut state = match object::dict_of(this)? {
        Some(dict) if !dict.is_empty() => dict.upcast(),
        _ => none::none(),
    };
    let names = slot_names(&ty)?;
    if required {
        let mut expected = OBJECT.basicsize.get();
        if ty.dictoffset.get() != 0 && !ty.has(TypeFlags::MANAGED_DICT) {
            expected += 8;
        }
        if ty.weaklistoffset.get() > 0 {
            expected += 8;
        }
        expected += 8 * names.as_ref().map_or(0, |names| names.len());
        if ty.basicsize.get() > expected {
            return Err(type_error!("cannot pickle '{:.200}' object", ty.name()));
        }
    }
    if let Some(names) = names
        && !names.is_empty()
    {
        let slots = Dict::new();
        let count = names.len();
        for index in 0..count {
            let Some(name) = names.get(index) else { break };
            let Some(text) = name.downcast::<Str>() else {
                return Err(type_error!(
                    "attribute name must be string, not '{:.200}'",
                    name.type_name()
                ));
            };
            if let Some(value) = object::get_attr_opt(this, text)? {
                slots.set_item(&name, &value)?;
            }
            if names.len() != count {
                return Err(runtime_error!("__slotnames__ changed size during iteration"));
            }
        }
        if !slots.is_empty() {
            state = tuple::from_array([state, slots.upcast()]).upcast();
        }
    }
    Ok(state)
}

/// The state by `__getstate__`, which a class may override.
fn state_of(this: &Object, required: bool) -> PyResult {
    let getstate = object::get_attr(this, id!(__getstate__))?;
    let is_default = getstate.downcast_exact::<BuiltinFunction>().is_some_and(|function| {
        // SAFETY: nothing runs while the receiver is looked at.
        let receiver = unsafe { function.self_.borrow() };
        receiver.is_some_and(|receiver| receiver.is(this))
            && super::object_type::SPEC
                .methods
                .iter()
                .any(|def| def.name == "__getstate__" && std::ptr::eq(def, function.def))
    });
    if is_default { default_state(this, required) } else { call::call_no_args(&getstate) }
}

/// What `__getnewargs_ex__` or `__getnewargs__` answers.
fn new_arguments(this: &Object) -> PyResult<(Option<Ref<Tuple>>, Option<Ref<Dict>>)> {
    if let Some(method) = object::lookup_special(this, id!(__getnewargs_ex__))? {
        let answer = call::call_no_args(&method)?;
        let Some(pair) = answer.downcast::<Tuple>() else {
            return Err(type_error!(
                "__getnewargs_ex__ should return a tuple, not '{:.200}'",
                answer.type_name()
            ));
        };
        let [args, kwargs] = pair.items() else {
            return Err(value_error!(
                "__getnewargs_ex__ should return a tuple of length 2, not {}",
                pair.len()
            ));
        };
        let args = args.clone().downcast_ref::<Tuple>().map_err(|other| {
            type_error!(
                "first item of the tuple returned by __getnewargs_ex__ must be a tuple, not \
                 '{:.200}'",
                other.type_name()
            )
        })?;
        let kwargs = kwargs.clone().downcast_ref::<Dict>().map_err(|other| {
            type_error!(
                "second item of the tuple returned by __getnewargs_ex__ must be a dict, not \
                 '{:.200}'",
                other.type_name()
            )
        })?;
        return Ok((Some(args), Some(kwargs)));
    }
    if let Some(method) = object::lookup_special(this, id!(__getnewargs__))? {
        let args = call::call_no_args(&method)?.downcast_ref::<Tuple>().map_err(|other| {
            type_error!("__getnewargs__ should return a tuple, not '{:.200}'", other.type_name())
        })?;
        return Ok((Some(args), None));
    }
    Ok((None, None))
}

fn reduce_newobj(this: &Object) -> PyResult {
    let ty = this.type_().to_ref();
    if ty.slots.new.get().is_none() {
        return Err(type_error!("cannot pickle '{:.200}' object", ty.name()));
    }
    let (args, kwargs) = new_arguments(this)?;
    let copyreg = copyreg()?;
    let has_args = args.is_some();
    let kwargs = kwargs.filter(|kwargs| !kwargs.is_empty());
    let (make, new_args) = match (args, kwargs) {
        (args, None) => {
            let make = object::get_attr(&copyreg, id!(__newobj__))?;
            let mut items = vec![ty.clone().upcast()];
            if let Some(args) = args {
                items.extend(args.items().iter().cloned());
            }
            (make, tuple::from_vec(items))
        }
        (Some(args), Some(kwargs)) => {
            let make = object::get_attr(&copyreg, id!(__newobj_ex__))?;
            (make, tuple::from_array([ty.clone().upcast(), args.upcast(), kwargs.upcast()]))
        }
        (None, Some(_)) => return Err(system_error!("bad argument to internal function")),
    };
    let is_list = this.downcast::<List>().is_some();
    let is_dict = this.downcast::<Dict>().is_some();
    let state = state_of(this, !(has_args || is_list || is_dict))?;
    let list_items = if is_list { iter::get_iter(this)? } else { none::none() };
    let dict_items = if is_dict {
        let items = call::call_method(this, id!(items), &[])?;
        iter::get_iter(&items)?
    } else {
        none::none()
    };
    Ok(tuple::from_array([make, new_args.upcast(), state, list_items, dict_items]).upcast())
}
