//! What a type takes over from its bases.
//!
//! Answers to `inherit_special` and `inherit_slots` of `Objects/typeobject.c`.

use gopy_object::typeobj::{BASE_EXCEPTION, TUPLE, TYPE};
use gopy_object::{PyResult, Type, TypeFlags};

use crate::id;

use super::cache::dict_of;
use super::slots::SlotId;

const COLLECTION: TypeFlags = TypeFlags::SEQUENCE.with(TypeFlags::MAPPING);
const PREHEADER: TypeFlags = TypeFlags::MANAGED_DICT.with(TypeFlags::MANAGED_WEAKREF);

/// Takes flags and visible numbers from the dominant base.
fn inherit_special(ty: &Type, base: &Type) {
    if base.has(TypeFlags::HAVE_GC) {
        ty.add_flags(TypeFlags::HAVE_GC);
    }
    ty.add_flags(TypeFlags(base.flags.get().0 & PREHEADER.0));
    if ty.basicsize.get() == 0 {
        ty.basicsize.set(base.basicsize.get());
    }
    if ty.itemsize.get() == 0 {
        ty.itemsize.set(base.itemsize.get());
    }
    if ty.weaklistoffset.get() == 0 {
        ty.weaklistoffset.set(base.weaklistoffset.get());
    }
    if ty.dictoffset.get() == 0 {
        ty.dictoffset.set(base.dictoffset.get());
    }
    let families: [(&Type, TypeFlags); 8] = [
        (&BASE_EXCEPTION, TypeFlags::BASE_EXC_SUBCLASS),
        (&TYPE, TypeFlags::TYPE_SUBCLASS),
        (&crate::int::INT, TypeFlags::LONG_SUBCLASS),
        (&crate::bytes::BYTES, TypeFlags::BYTES_SUBCLASS),
        (&crate::str::STR, TypeFlags::UNICODE_SUBCLASS),
        (&TUPLE, TypeFlags::TUPLE_SUBCLASS),
        (&crate::list::LIST, TypeFlags::LIST_SUBCLASS),
        (&crate::dict::DICT, TypeFlags::DICT_SUBCLASS),
    ];
    if let Some((_, flag)) = families.iter().find(|(family, _)| base.is_subtype(family)) {
        ty.add_flags(*flag);
    }
    for flag in [TypeFlags::MATCH_SELF, TypeFlags::ITEMS_AT_END] {
        if base.has(flag) {
            ty.add_flags(flag);
        }
    }
}

/// Whether the class dict has `__eq__` or `__hash__`.
fn overrides_hash(ty: &Type) -> PyResult<bool> {
    let Some(dict) = dict_of(ty) else { return Ok(false) };
    Ok(dict.get_str(id!(__eq__))?.is_some() || dict.get_str(id!(__hash__))?.is_some())
}

/// Takes the slots that `base` itself brings in.
fn inherit_slots(ty: &Type, base: &Type) -> PyResult<()> {
    let base_of_base = base.base.get();
    let base_slot = |id: SlotId| {
        let slot = id.get(&base.slots)?;
        let inherited = base_of_base.as_ref().and_then(|b| id.get(&b.slots));
        (inherited != Some(slot)).then_some(slot)
    };
    let inherits_call = ty.slots.call.get().is_none();
    for id in SlotId::ALL {
        match id {
            SlotId::New | SlotId::Hash | SlotId::RichCompare => {}
            SlotId::GetAttr | SlotId::SetAttr => {
                if id.get(&ty.slots).is_none() {
                    id.set(&ty.slots, id.get(&base.slots));
                }
            }
            _ => {
                if id.get(&ty.slots).is_none()
                    && let Some(slot) = base_slot(*id)
                {
                    id.set(&ty.slots, Some(slot));
                }
            }
        }
    }
    if inherits_call && base.has(TypeFlags::HAVE_VECTORCALL) {
        ty.add_flags(TypeFlags::HAVE_VECTORCALL);
    }
    if ty.slots.richcompare.get().is_none() && ty.slots.hash.get().is_none() && !overrides_hash(ty)?
    {
        ty.slots.richcompare.set(base.slots.richcompare.get());
        ty.slots.hash.set(base.slots.hash.get());
    }
    let descr_get = SlotId::DescrGet.get(&base.slots);
    if descr_get.is_some()
        && SlotId::DescrGet.get(&ty.slots) == descr_get
        && ty.has(TypeFlags::IMMUTABLETYPE)
        && base.has(TypeFlags::METHOD_DESCRIPTOR)
    {
        ty.add_flags(TypeFlags::METHOD_DESCRIPTOR);
    }
    if ty.slots.is_gc.get().is_none() {
        ty.slots.is_gc.set(base.slots.is_gc.get());
    }
    Ok(())
}

/// Inherits from all types of the MRO.
///
/// # Errors
///
/// What looking into odd class dicts raises.
pub(super) fn inherit(ty: &Type) -> PyResult<()> {
    if let Some(base) = ty.base.get() {
        inherit_special(ty, &base);
    }
    let Some(mro) = ty.mro.get() else { return Ok(()) };
    for base in mro.items().iter().skip(1).filter_map(|base| base.downcast::<Type>()) {
        inherit_slots(ty, base)?;
        if !ty.has(COLLECTION) {
            ty.add_flags(TypeFlags(base.flags.get().0 & COLLECTION.0));
        }
    }
    Ok(())
}
