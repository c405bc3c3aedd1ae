//! Structural pattern matching.
//!
//! Answers to `_PyEval_MatchKeys` and `_PyEval_MatchClass` of `Python/ceval.c`.

use gopy_core::call;
use gopy_core::error::{type_error, value_error};
use gopy_core::id;
use gopy_core::object;
use gopy_core::set::Set;
use gopy_core::str::Str;
use gopy_core::tuple::{self, Tuple};
use gopy_core::type_;
use gopy_object::typeobj::OBJECT;
use gopy_object::{Instance, Object, PyResult, Ref, Type, TypeFlags};

/// One attribute of a class pattern; `None` where the subject lacks it.
fn class_attribute(
    subject: &Object,
    class: &Type,
    name: &Object,
    seen: &Set,
) -> PyResult<Option<Ref>> {
    if seen.contains(name)? {
        return Err(type_error!(
            "{}() got multiple sub-patterns for attribute {}",
            class.name(),
            object::repr(name)?
        ));
    }
    seen.add(name)?;
    match name.downcast::<Str>() {
        Some(name) => object::get_attr_opt(subject, name),
        None => Ok(None),
    }
}

/// The attributes that a class pattern asks for, or `None` where it does not match.
///
/// # Errors
///
/// `TypeError` where the pattern does not fit the class.
#[inline(never)]
pub fn match_class(
    subject: &Object,
    class: &Object,
    positional: u32,
    names: &Object,
) -> PyResult<Option<Ref>> {
    let Some(ty) = class.downcast::<Type>() else {
        return Err(type_error!("called match pattern must be a class"));
    };
    if !object::is_instance(subject, class)? {
        return Ok(None);
    }
    let seen = Set::new();
    let mut attributes = Vec::new();
    let given = positional as usize;
    if given > 0 {
        let mut match_self = false;
        let match_args = match object::get_attr_opt(class, id!(__match_args__))? {
            Some(found) => match found.downcast_ref::<Tuple>() {
                Ok(found) => found,
                Err(other) => {
                    return Err(type_error!(
                        "{}.__match_args__ must be a tuple (got {})",
                        ty.name(),
                        other.type_name()
                    ));
                }
            },
            None => {
                match_self = ty.has(TypeFlags::MATCH_SELF);
                tuple::empty()
            }
        };
        let allowed = if match_self { 1 } else { match_args.len() };
        if allowed < given {
            let plural = if allowed == 1 { "" } else { "s" };
            return Err(type_error!(
                "{}() accepts {allowed} positional sub-pattern{plural} ({given} given)",
                ty.name()
            ));
        }
        if match_self {
            attributes.push(subject.to_ref());
        } else {
            for name in &match_args.items()[..given] {
                if !name.is_exact(&gopy_core::str::STR) {
                    return Err(type_error!(
                        "__match_args__ elements must be strings (got {})",
                        name.type_name()
                    ));
                }
                match class_attribute(subject, ty, name, &seen)? {
                    Some(value) => attributes.push(value),
                    None => return Ok(None),
                }
            }
        }
    }
    for name in tuple::items_of(names) {
        match class_attribute(subject, ty, name, &seen)? {
            Some(value) => attributes.push(value),
            None => return Ok(None),
        }
    }
    tuple::try_from_vec(attributes).map(|made| Some(made.upcast()))
}

/// The values of a mapping pattern's keys, or `None` where one is missing.
///
/// # Errors
///
/// `ValueError` where a key repeats; what `get` raises.
#[inline(never)]
pub fn match_keys(subject: &Object, keys: &Object) -> PyResult<Option<Ref>> {
    let keys = tuple::items_of(keys);
    if keys.is_empty() {
        return Ok(Some(tuple::empty().upcast()));
    }
    let get = object::get_attr(subject, id!(get))?;
    let seen = Set::new();
    // A value that the mapping can't hold.
    let missing = type_::generic_alloc(&OBJECT)?;
    let mut values = Vec::with_capacity(keys.len());
    for key in keys {
        if seen.contains(key)? {
            return Err(value_error!(
                "mapping pattern checks duplicate key ({})",
                object::repr(key)?
            ));
        }
        seen.add(key)?;
        let value = call::call(&get, &[key, &missing])?;
        if value.is(&*missing) {
            return Ok(None);
        }
        values.push(value);
    }
    tuple::try_from_vec(values).map(|made| Some(made.upcast()))
}
