//! Slots that follow the special methods of a class.
//!
//! Answers to `update_one_slot`, `update_slot` and `fixup_slot_dispatchers` of
//! `Objects/typeobject.c`.

use gopy_object::typeobj::OBJECT;
use gopy_object::{Object, Type, TypeFlags};

use crate::descriptor;
use crate::none;
use crate::str::Str;

use super::cache::{dict_of, find_in_mro, get_quietly};
use super::slotdefs::{SLOTDEFS, SlotDef};
use super::slots::{SlotId, SlotValue};
use super::{dispatch, ready};

/// The slot function of a class that defines `__setattr__` or `__delattr__` in Python.
pub(super) const PYTHON_SETATTR: SlotValue = SlotValue::Assign(dispatch::tp_setattro);
const PYTHON_NEW: SlotValue = SlotValue::New(dispatch::tp_new);

/// Whether a slot is `object`'s plain attribute lookup.
pub(super) fn is_generic_getattr(function: SlotValue) -> bool {
    SlotId::GetAttr.get(&OBJECT.slots) == Some(function)
}

/// Whether `__new__` is looked up and called.
pub(super) fn is_python_new(ty: &Type) -> bool {
    SlotId::New.get(&ty.slots) == Some(PYTHON_NEW)
}

/// The one filled slot among those that `name` stands for; `None` where there is none or more.
fn only_slot(ty: &Type, name: &str) -> Option<SlotId> {
    let mut filled = SLOTDEFS
        .iter()
        .filter(|def| def.name == name && def.id.get(&ty.slots).is_some())
        .map(|def| def.id);
    let first = filled.next()?;
    filled.all(|id| id == first).then_some(first)
}

/// Whether `method` is a native method of an ancestor that does what the slot does, which the type
/// still has from there (`METH_COEXIST`).
fn is_slot_itself(ty: &Type, method: &Object, id: SlotId) -> bool {
    let Some((def, owner)) = descriptor::method_parts(method) else { return false };
    def.coexist && id.get(&owner.slots).is_some() && id.get(&owner.slots) == id.get(&ty.slots)
}

/// Sets the slot that `defs`, neighbours in the table, stand for.
fn update_one(ty: &Type, defs: &'static [SlotDef]) {
    let id = defs[0].id;
    let mut specific: Option<SlotValue> = None;
    let mut generic: Option<SlotValue> = None;
    let mut use_generic = false;
    for def in defs {
        let found = find_in_mro(ty, (def.interned)()).ok().flatten();
        let Some(found) = found else { continue };
        if let Some((wrapped, function, owner)) = descriptor::wrapper_parts(&found)
            && wrapped.name == def.name
        {
            let only = only_slot(ty, def.name);
            if only.is_none() || only == Some(id) {
                generic = def.function;
            }
            let agrees = specific.is_none() || specific == Some(function);
            // The same wrapper means the same type of function, if not the same slot.
            if agrees && wrapped.wrapper == def.wrapper && ty.is_subtype(owner) {
                specific = Some(function);
            } else {
                use_generic = true;
            }
        } else if id == SlotId::New && ready::is_new_wrapper(&found) {
            specific = id.get(&ty.slots);
        } else if id == SlotId::Hash && none::is_none(&found) {
            specific = Some(SlotValue::Hash(crate::object::hash_not_implemented));
        } else {
            use_generic = true;
            if generic.is_none() && is_slot_itself(ty, &found, id) {
                generic = id.get(&ty.slots);
            } else {
                generic = def.function;
            }
            if id == SlotId::Call {
                ty.remove_flags(TypeFlags::HAVE_VECTORCALL);
            }
        }
    }
    let slot = if use_generic { generic } else { specific.or(generic) };
    id.set(&ty.slots, slot);
}

/// The groups of table entries that stand for one slot.
fn groups() -> impl Iterator<Item = &'static [SlotDef]> {
    SLOTDEFS.chunk_by(|a, b| a.id == b.id)
}

/// Sets all slots of a new class from the special methods it defines and inherits.
pub(super) fn fixup_all(ty: &Type) {
    groups().for_each(|defs| update_one(ty, defs));
}

/// Sets the slots that `name` stands for after it has changed on `ty`, in subclasses too.
pub(super) fn update(ty: &Type, name: &Str) {
    let affected: Vec<_> = groups()
        .filter(|defs| defs.iter().any(|def| std::ptr::eq((def.interned)(), name)))
        .collect();
    if !affected.is_empty() {
        update_tree(ty, name, &affected);
    }
}

fn update_tree(ty: &Type, name: &Str, affected: &[&'static [SlotDef]]) {
    affected.iter().for_each(|defs| update_one(ty, defs));
    for subclass in super::subclasses::all(ty) {
        // A subclass that has the name itself does not see the change.
        let overrides = dict_of(&subclass).and_then(|dict| get_quietly(dict, name)).is_some();
        if !overrides {
            update_tree(&subclass, name, affected);
        }
    }
}

/// Sets all slots of a type and its subclasses after its bases have changed.
pub(super) fn update_all(ty: &Type) {
    super::cache::modified(ty);
    fixup_all(ty);
    for subclass in super::subclasses::all(ty) {
        update_all(&subclass);
    }
}
