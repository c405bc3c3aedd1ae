//! `type`: creation, inheritance, MRO, attribute lookup.
//!
//! Answers to `Objects/typeobject.c`. The layout is [`Type`] in gopy-object. Start at [`lookup`],
//! [`call`] and [`new_type`]; built-in types become usable in [`init`].

mod attributes;
mod buffer_slots;
pub mod builtin;
pub mod cache;
mod declared_slots;
mod dispatch;
mod inherit;
mod layout;
mod mro;
mod new;
mod object_type;
pub(crate) mod ready;
mod reduce;
pub mod slotdefs;
pub mod slots;
mod subclasses;
#[cfg(test)]
mod tests;
mod type_type;
mod update;
pub mod wrap;

use gopy_object::{Args, Object, PyResult, Ref, Type, memory};

use crate::dict;
use crate::error::type_error;

pub use attributes::qualified_name;
pub use builtin::init;
pub use cache::{assign_version_tag, lookup, lookup_borrowed, lookup_with_version, modified};
pub use declared_slots::mangle;
pub use dispatch::has_python_getattr;
pub use new::{calculate_metaclass, new_type};
pub use object_type::compare as object_compare;
pub use ready::ready;
pub use subclasses::all as subclasses;
pub use type_type::get_attr_opt as type_get_attr_opt;

/// `__weakrefoffset__` of classes whose weakref list lies before the instance.
const MANAGED_WEAKREF_OFFSET: isize = -32;

/// `object.__new__`'s allocation: an instance with its inline values set up, tracked.
///
/// # Errors
///
/// `MemoryError`.
#[inline]
pub fn generic_alloc(ty: &Type) -> PyResult {
    let instance = memory::alloc(ty, Object::header(ty))?;
    dict::instance::publish(&instance);
    Ok(instance)
}

/// Calls the type: its own fast path, or `__new__`, then `__init__`.
///
/// # Errors
///
/// What these raise.
#[inline]
pub fn call(ty: &Type, args: Args<'_>) -> PyResult {
    match ty.slots.vectorcall.get() {
        Some(call) => call(ty, args),
        None => call_generic(ty, args),
    }
}

/// `type.__call__`.
fn call_generic(ty: &Type, args: Args<'_>) -> PyResult {
    if std::ptr::eq(ty, &*gopy_object::typeobj::TYPE) {
        if args.len() == 1 && args.keyword_count() == 0 {
            let object = args.positional()[0].object();
            return Ok(Ref::from_borrow(object.type_()).upcast());
        }
        if args.len() != 3 {
            return Err(type_error!("type() takes 1 or 3 arguments"));
        }
    }
    let Some(new) = ty.slots.new.get() else {
        return Err(type_error!("cannot create '{}' instances", ty.name()));
    };
    let instance = new(ty, args)?;
    if !instance.is_instance(ty) {
        return Ok(instance);
    }
    if let Some(init) = instance.type_().slots.init.get() {
        init(&instance, args)?;
    }
    Ok(instance)
}
