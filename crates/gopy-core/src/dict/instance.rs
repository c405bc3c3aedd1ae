//! Attributes of instances: inline values, shared keys and the managed dict.
//!
//! Answers to the end of `Objects/dictobject.c`.
//!
//! An instance of a class with `INLINE_VALUES` ends with the values of its attributes; the keys are
//! the class's. A dict made of it (`__dict__`) is a split dict over the same values. Once the values
//! are no longer valid (a key that can't be shared, another `__dict__`), the dict alone counts. The
//! pointer to the dict lies before the object and owns a reference.

use std::ptr::NonNull;

use gopy_object::{Instance, Object, PyResult, Ref, Slot, Type, TypeFlags, Visitor, gc, memory};

use super::keys::{self, Keys, Kind};
use super::values::{self, Values};
use super::{DICT, Dict, WatchEvent};
use crate::id;
use crate::str::{STR, Str};
use crate::tuple::Tuple;

/// Makes the shared keys of a new heap type with a managed dict; sets `cached_keys` and, for inline
/// values, `inline_values_size`. The names of `__static_attributes__` are shared from the start.
///
/// The process ends where not even these few bytes fit into memory.
pub fn init_shared_keys(ty: &Type) {
    let keys = Keys::new(keys::LOG2_SHARED, Kind::Split)
        .unwrap_or_else(|_| std::alloc::handle_alloc_error(std::alloc::Layout::new::<Keys>()));
    keys.set_usable(keys::SHARED_MAX as isize);
    if let Some(dict) = ty.dict.get()
        && let Some(dict) = dict.downcast::<Dict>()
        && let Ok(Some(names)) = dict.get_str(id!(__static_attributes__))
        && let Some(names) = names.downcast::<Tuple>()
    {
        for name in names.items() {
            if let Some(name) = name.downcast_exact::<Str>() {
                keys.share(name, name.hash_value());
            }
        }
    }
    ty.cached_keys.set(keys.into_opaque());
    if ty.has(TypeFlags::INLINE_VALUES) {
        ty.inline_values_size.set(values::size_for(keys.shared_capacity()));
    }
}

/// Releases the shared keys of a dying type. May drop.
pub fn release_shared_keys(ty: &Type) {
    let keys = shared_keys(ty);
    ty.cached_keys.set(std::ptr::null_mut());
    if let Some(keys) = keys {
        keys.release();
    }
}

/// The keys that a class's instances share.
#[inline(always)]
pub fn shared_keys(ty: &Type) -> Option<Keys> {
    // SAFETY: `cached_keys` is only set by `init_shared_keys`.
    unsafe { Keys::from_opaque(ty.cached_keys.get()) }
}

#[inline(always)]
fn values_place(o: &Object) -> NonNull<u8> {
    let offset = o.type_().real_size.get();
    // SAFETY: inline values follow the `__slots__` in the allocation of such instances.
    unsafe { NonNull::from_ref(o).cast::<u8>().add(offset) }
}

/// The inline values, valid or not.
#[inline(always)]
fn inline_values(o: &Object) -> Option<Values> {
    if !o.type_().has(TypeFlags::INLINE_VALUES) {
        return None;
    }
    // SAFETY: `init_inline_values` has run for every instance of such a type.
    Some(unsafe { Values::at(values_place(o)) })
}

#[inline(always)]
fn valid_values(o: &Object) -> Option<Values> {
    inline_values(o).filter(|values| values.is_valid())
}

/// Writes the head of the inline values of a new instance, whose bytes are zero.
#[inline]
pub fn init_inline_values(o: &Object) {
    let ty = o.type_();
    let Some(keys) = shared_keys(ty) else { return };
    let usable = keys.usable();
    if usable > 1 {
        // Each instance leaves a little less room for those that come later.
        keys.set_usable(usable - 1);
    }
    let capacity = keys.shared_capacity();
    // SAFETY: the instance was allocated with room for at least as many values.
    unsafe { Values::write_head(values_place(o), capacity) };
    ty.inline_values_size.set(values::size_for(capacity));
}

/// Finishes an instance that has just been allocated: its inline values, and the collector.
#[inline(always)]
pub fn publish(o: &Object) {
    let ty = o.type_();
    if ty.has(TypeFlags::INLINE_VALUES) {
        init_inline_values(o);
    }
    if ty.has(TypeFlags::HAVE_GC) {
        gc::track(o);
    }
}

/// The place of the managed dict.
#[inline(always)]
fn dict_slot(o: &Object) -> Option<&Slot<Dict>> {
    if !o.type_().has(TypeFlags::MANAGED_DICT) {
        return None;
    }
    let words = memory::managed_words(o);
    // SAFETY: the second of the two words is the dict's and owns its reference, as a `Slot` does.
    Some(unsafe { &*words.add(1).cast::<Slot<Dict>>() })
}

/// The managed dict, if it has been made.
#[inline(always)]
pub fn existing_dict(o: &Object) -> Option<Ref<Dict>> {
    dict_slot(o)?.get()
}

/// Whether no dict has been made of the instance's attributes.
#[inline(always)]
pub fn has_no_dict(o: &Object) -> bool {
    dict_slot(o).is_none_or(Slot::is_empty)
}

/// The attribute in the inline values or managed dict, without looking at the type.
///
/// # Errors
///
/// What comparisons with keys that are no strings raise.
#[inline]
pub fn get_attr(o: &Object, name: &Str) -> PyResult<Option<Ref>> {
    if let Some(values) = valid_values(o)
        && let Some(keys) = shared_keys(o.type_())
        && name.as_object().is_exact(&STR)
    {
        let index = keys.find_str(name, name.hash_value());
        return Ok(if index < 0 { None } else { values.slot(index as usize).get() });
    }
    let dict = if name.as_object().is_exact(&STR) { existing_dict(o) } else { managed_dict(o)? };
    match dict {
        Some(dict) => dict.get_str(name),
        None => Ok(None),
    }
}

/// Stores or deletes; deletion of a missing name is `Ok(false)`. May drop.
///
/// # Errors
///
/// What comparisons with keys that are no strings raise; `MemoryError`.
pub fn set_attr(o: &Object, name: &Str, value: Option<&Object>) -> PyResult<bool> {
    if let Some(values) = valid_values(o)
        && let Some(keys) = shared_keys(o.type_())
        && name.as_object().is_exact(&STR)
        && let Some(index) = keys.share(name, name.hash_value())
    {
        return Ok(store_value(o, values, index, name, value));
    }
    let Some(dict) = managed_dict(o)? else { return Ok(false) };
    match value {
        Some(value) => dict.set_str(name, value).map(|()| true),
        None => dict.del_item(name.as_object()),
    }
}

fn store_value(
    o: &Object,
    values: Values,
    index: usize,
    name: &Str,
    value: Option<&Object>,
) -> bool {
    let slot = values.slot(index);
    let was_empty = slot.is_empty();
    if was_empty && value.is_none() {
        return false;
    }
    let dict = existing_dict(o);
    if let Some(dict) = &dict {
        let event = match (was_empty, value) {
            (_, None) => WatchEvent::Deleted,
            (true, _) => WatchEvent::Added,
            (false, _) => WatchEvent::Modified,
        };
        dict.notify(event, Some(name.as_object()), value);
    }
    let old = slot.replace(value.map(Ref::from_borrow));
    if was_empty {
        values.push_order(index);
        if let Some(dict) = &dict {
            dict.used.set(dict.used.get() + 1);
        }
    } else if value.is_none() {
        values.remove_order(index);
        if let Some(dict) = &dict {
            dict.used.set(dict.used.get() - 1);
        }
    }
    drop(old);
    true
}

/// The instance's dict, made of its inline values when needed; `None` where the type has no managed
/// dict.
///
/// # Errors
///
/// `MemoryError`.
pub fn managed_dict(o: &Object) -> PyResult<Option<Ref<Dict>>> {
    let Some(place) = dict_slot(o) else { return Ok(None) };
    if let Some(dict) = place.get() {
        return Ok(Some(dict));
    }
    let Some(keys) = shared_keys(o.type_()) else {
        let dict = Dict::of_type(&DICT)?;
        place.set(Some(dict.clone()));
        return Ok(Some(dict));
    };
    let (values, used) = match valid_values(o) {
        Some(values) => (values, values.len()),
        None => (Values::new(keys.shared_capacity())?, 0),
    };
    let dict = Dict::with_table(&DICT, keys.retain(), Some(values), used)?;
    place.set(Some(dict.clone()));
    Ok(Some(dict))
}

/// Moves an instance's attributes out of it into its dict, which is made if need be; before the class
/// is replaced.
///
/// # Errors
///
/// `MemoryError`.
pub fn detach(o: &Object) -> PyResult<()> {
    match managed_dict(o)? {
        Some(dict) => detach_dict(&dict, o),
        None => Ok(()),
    }
}

/// Gives a dict that lies over an instance's values a copy of its own.
fn detach_dict(dict: &Dict, o: &Object) -> PyResult<()> {
    if let Some(values) = inline_values(o)
        && dict.values.get() == Some(values)
    {
        dict.values.set(Some(values.detach()?));
    }
    Ok(())
}

/// Bytes of a class's shared keys, for `type.__sizeof__`.
pub fn shared_keys_size(ty: &Type) -> usize {
    shared_keys(ty).map_or(0, Keys::bytes)
}

fn clear_values(values: Values) {
    values.set_len(0);
    for index in 0..values.capacity() {
        drop(values.slot(index).take());
    }
}

/// Replaces the managed dict (`__dict__ = …`), or takes it away. May drop.
///
/// # Errors
///
/// `MemoryError`.
pub fn set_managed_dict(o: &Object, dict: Option<&Dict>) -> PyResult<()> {
    let Some(place) = dict_slot(o) else { return Ok(()) };
    let new = dict.map(Ref::from_borrow);
    match place.get() {
        Some(old) => {
            detach_dict(&old, o)?;
            let replaced = place.replace(new);
            drop(old);
            drop(replaced);
        }
        None => {
            let values = valid_values(o);
            place.set(new);
            if let Some(values) = values {
                values.invalidate();
                clear_values(values);
            }
        }
    }
    Ok(())
}

/// Releases dict and inline values of an instance that is being deallocated. May drop.
pub fn release(o: &Object) {
    let Some(place) = dict_slot(o) else { return };
    let dict = place.take();
    match &dict {
        None => {
            if let Some(values) = valid_values(o) {
                values.invalidate();
                clear_values(values);
            }
        }
        Some(dict) => {
            if detach_dict(dict, o).is_err()
                && let Some(values) = inline_values(o)
            {
                // No memory for a copy: the dict loses its entries, as the last resort.
                dict.used.set(0);
                dict.values.set(None);
                dict.table.replace(Keys::empty()).release();
                values.invalidate();
                clear_values(values);
            }
        }
    }
    drop(dict);
}

/// Visits what an instance owns here.
pub fn traverse(o: &Object, visit: &mut Visitor<'_>) {
    if let Some(values) = valid_values(o) {
        for index in 0..values.capacity() {
            gopy_object::Traverse::traverse(values.slot(index), visit);
        }
    }
    if let Some(place) = dict_slot(o) {
        gopy_object::Traverse::traverse(place, visit);
    }
}

/// Breaks an instance's attributes out of cycles. May drop.
pub fn clear(o: &Object) {
    let Some(place) = dict_slot(o) else { return };
    if place.is_empty() {
        // The instance can still be seen: it keeps valid, empty values.
        if let Some(values) = valid_values(o) {
            clear_values(values);
        }
        return;
    }
    release(o);
}

// --- what specialised code looks at -------------------------------------------------------------

/// Whether the inline values hold the attributes.
#[inline(always)]
pub fn has_valid_values(o: &Object) -> bool {
    valid_values(o).is_some()
}

/// Where the inline values of the type's instances begin.
pub fn values_offset(ty: &Type) -> usize {
    ty.real_size.get()
}

/// The inline values that begin at `offset`, if they hold the attributes and have a place `index`.
///
/// # Safety
///
/// The type has inline values, at that offset.
#[inline(always)]
unsafe fn values_with(o: &Object, offset: usize, index: usize) -> Option<Values> {
    // SAFETY: `init_inline_values` has run for every instance of such a type.
    let values = unsafe { Values::at(NonNull::from_ref(o).cast::<u8>().add(offset)) };
    (values.is_valid() && index < values.capacity()).then_some(values)
}

/// Inline value `index` (`LOAD_ATTR_INSTANCE_VALUE`), if the inline values hold the attributes.
///
/// # Safety
///
/// The type has inline values, at that offset.
#[inline(always)]
pub unsafe fn value_at(o: &Object, offset: usize, index: usize) -> Option<Ref> {
    // SAFETY: the caller's promise.
    unsafe { values_with(o, offset, index) }?.slot(index).get()
}

/// Whether inline value `index` can be stored: the inline values hold the attributes, and no dict has
/// been made of them (`STORE_ATTR_INSTANCE_VALUE`).
///
/// # Safety
///
/// The type has inline values, at that offset, and so a managed dict.
#[inline(always)]
pub unsafe fn has_room_at(o: &Object, offset: usize, index: usize) -> bool {
    // SAFETY: the caller's promise; the second managed word is the dict's.
    unsafe {
        values_with(o, offset, index).is_some()
            && (*memory::managed_words(o).add(1).cast::<Slot<Dict>>()).is_empty()
    }
}

/// Stores inline value `index` and hands the old one out.
///
/// # Safety
///
/// [`has_room_at`] has just said that this can be done.
#[inline(always)]
pub unsafe fn replace_value_at(o: &Object, offset: usize, index: usize, value: Ref) -> Option<Ref> {
    debug_assert!(has_valid_values(o) && has_no_dict(o));
    // SAFETY: as in `values_with`.
    let values = unsafe { Values::at(NonNull::from_ref(o).cast::<u8>().add(offset)) };
    let slot = values.slot(index);
    if slot.is_empty() {
        values.push_order(index);
    }
    slot.replace(Some(value))
}
