//! Attribute access for specialised instructions.
//!
//! Answers to the `LOAD_ATTR_*`, `STORE_ATTR_*`, `LOAD_GLOBAL_*` and `LOAD_SUPER_ATTR_*` bodies of
//! `Python/bytecodes.c`. Null stands for "not there any more: use the general instruction".

use gopy_core::call;
use gopy_core::dict::{DICT, Dict, instance};
use gopy_core::error::type_error;
use gopy_core::module::{MODULE, Module};
use gopy_core::object::{self, MethodLookup};
use gopy_core::str::Str;
use gopy_core::super_;
use gopy_object::{Exception, Object, PyResult, Ref, Slot, Type};

use crate::stackref::StackRef;
use crate::units::Unit;

/// The inline value that a cache names, or null.
#[inline(always)]
pub fn inline_value(owner: &Object, place: Unit) -> StackRef {
    // SAFETY: the type's version vouches for the place that the specialiser found.
    let value = unsafe { instance::value_at(owner, place.aux as usize, place.arg as usize) };
    StackRef::from(value)
}

/// Whether the inline values hold the attributes.
#[inline(always)]
pub fn has_inline_values(owner: &Object) -> bool {
    instance::has_valid_values(owner)
}

/// Whether the inline value that a cache names can be stored.
#[inline(always)]
pub fn can_store_inline(owner: &Object, place: Unit) -> bool {
    // SAFETY: as in `inline_value`.
    unsafe { instance::has_room_at(owner, place.aux as usize, place.arg as usize) }
}

/// Stores the inline value that a cache names; the old one is handed out.
#[inline(always)]
pub fn store_inline(owner: &Object, place: Unit, value: StackRef) -> StackRef {
    let (offset, index) = (place.aux as usize, place.arg as usize);
    // SAFETY: the instruction has asked `can_store_inline`.
    StackRef::from(unsafe { instance::replace_value_at(owner, offset, index, value.steal()) })
}

/// The word at byte `offset` of an object: one of its slots.
#[inline(always)]
fn slot_at(owner: &Object, offset: u32) -> &Slot {
    // SAFETY: the type's version vouches for the offset that the specialiser found.
    unsafe { &*std::ptr::from_ref(owner).cast::<u8>().add(offset as usize).cast::<Slot>() }
}

/// The value of a `__slots__` member, or null.
#[inline(always)]
pub fn slot_value(owner: &Object, offset: u32) -> StackRef {
    StackRef::from(slot_at(owner, offset).get())
}

/// Whether the instance has a dict to come that has not been made yet.
#[inline(always)]
pub fn has_no_dict_yet(owner: &Object) -> bool {
    let ty = owner.type_();
    if ty.has(gopy_object::TypeFlags::MANAGED_DICT) {
        return instance::has_no_dict(owner);
    }
    ty.payload.get().dict.is_some_and(|dict| dict(owner).is_empty())
}

/// Stores a `__slots__` member; the old value is handed out.
#[inline(always)]
pub fn store_slot(owner: &Object, offset: u32, value: StackRef) -> StackRef {
    StackRef::from(slot_at(owner, offset).replace(Some(value.steal())))
}

/// Whether attributes of the object are looked up as a module's.
#[inline(always)]
pub fn has_module_getattro(owner: &Object) -> bool {
    match (owner.type_().slots.getattro.get(), MODULE.slots.getattro.get()) {
        (Some(own), Some(module)) => std::ptr::fn_addr_eq(own, module),
        _ => false,
    }
}

/// The value at `offset` in the table of a module's dict whose keys have this version, or null.
#[inline(always)]
pub fn module_value(owner: &Object, version: u32, offset: u32) -> StackRef {
    let Some(module) = owner.downcast::<Module>() else { return StackRef::NULL };
    // SAFETY: nothing runs while the borrow is used.
    match unsafe { module.dict.borrow() } {
        Some(dict) => mapping_value(dict, version, offset),
        None => StackRef::NULL,
    }
}

/// The value at `offset` in the table of a dict whose keys have this version, or null.
#[inline(always)]
pub fn dict_value(dict: &Dict, version: u32, offset: u32) -> StackRef {
    // SAFETY: the specialiser has found the offset for this version.
    StackRef::from(unsafe { dict.value_at_offset(version, offset) })
}

/// The same of an object that may be no dict.
#[inline(always)]
pub fn mapping_value(mapping: &Object, version: u32, offset: u32) -> StackRef {
    if !mapping.is_exact(&DICT) {
        return StackRef::NULL;
    }
    // SAFETY: the type has just been checked.
    dict_value(unsafe { mapping.downcast_unchecked() }, version, offset)
}

/// The version of a dict's keys, as it stands.
#[inline(always)]
pub fn keys_version(dict: &Dict) -> u32 {
    dict.table().version()
}

/// The version of the keys that instances of the object's type share, as it stands.
#[inline(always)]
pub fn shared_keys_version(owner: &Object) -> u32 {
    instance::shared_keys(owner.type_()).map_or(0, |keys| keys.version())
}

/// The version of an object that is a type; 0 for others.
#[inline(always)]
pub fn type_version(owner: &Object) -> u32 {
    owner.downcast::<Type>().map_or(0, |ty| ty.version_tag.get())
}

/// The value of a name in the instance's dict, remembered to be entry `hint`; or null.
#[inline(always)]
pub fn hinted_value(owner: &Object, hint: u32, name: &Str) -> StackRef {
    let dict = instance::existing_dict(owner);
    StackRef::from(dict.and_then(|dict| dict.value_hinted(hint as usize, name)))
}

/// Whether it is there.
#[inline(always)]
pub fn has_hinted(owner: &Object, hint: u32, name: &Str) -> bool {
    instance::existing_dict(owner)
        .is_some_and(|dict| dict.value_hinted(hint as usize, name).is_some())
}

/// Replaces it; the caller has seen that it is there. May drop.
#[inline(always)]
pub fn store_hinted(owner: &Object, hint: u32, name: &Str, value: Ref) {
    if let Some(dict) = instance::existing_dict(owner) {
        drop(dict.replace_hinted(hint as usize, name, value));
    }
}

#[cold]
fn not_a_class(class: &Object) -> Exception {
    type_error!("super() argument 1 must be a type, not {:.50}", class.type_name())
}

/// `super(class, self_object).name` of the real `super`.
///
/// # Errors
///
/// `AttributeError`; what descriptors raise.
#[inline(never)]
pub fn super_lookup(class: &Object, self_object: &Object, name: &Str) -> PyResult {
    let Some(ty) = class.downcast::<Type>() else { return Err(not_a_class(class)) };
    super_::lookup(ty, self_object, name)
}

/// The same for a call.
///
/// # Errors
///
/// As [`super_lookup`].
#[inline(never)]
pub fn super_lookup_method(
    class: &Object,
    self_object: &Object,
    name: &Str,
) -> PyResult<MethodLookup> {
    let Some(ty) = class.downcast::<Type>() else { return Err(not_a_class(class)) };
    let (found, unbound) = super_::lookup_method(ty, self_object, name)?;
    Ok(if unbound { MethodLookup::Unbound(found) } else { MethodLookup::Value(found) })
}

/// What LOAD_SUPER_ATTR does with a `super` that may be anything.
///
/// # Errors
///
/// What the call raises, or getting the attribute.
#[inline(never)]
pub fn load_super(
    global_super: &Object,
    class: &Object,
    self_object: &Object,
    name: &Str,
    oparg: u32,
) -> PyResult {
    // Bit 1: the two-argument form. Without it an alien `super` is called without arguments.
    let arguments = [class, self_object];
    let count = if oparg & 2 != 0 { 2 } else { 0 };
    let bound = call::call(global_super, &arguments[..count])?;
    object::get_attr(&bound, name)
}
