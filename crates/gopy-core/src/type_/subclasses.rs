//! Direct subclasses of a type: a dict from `id` to weak reference, per interpreter for static types.
//!
//! Answers to `add_subclass`, `remove_subclass` and `tp_subclasses` of `Objects/typeobject.c`.

use gopy_object::weakref::WeakRef;
use gopy_object::{Instance, PyResult, Ref, Type};

use crate::dict::Dict;
use crate::int::Int;
use crate::{state, weakref};

fn table(ty: &Type) -> Option<Ref<Dict>> {
    if ty.object.is_static() {
        return state::get().static_subclasses.borrow().get(&key(ty)).cloned();
    }
    ty.subclasses.get().and_then(|table| table.downcast_ref::<Dict>().ok())
}

fn key(ty: &Type) -> usize {
    ty.object.id()
}

/// The direct subclasses that are alive, in the order of their creation (`type.__subclasses__`).
pub fn all(ty: &Type) -> Vec<Ref<Type>> {
    let Some(table) = table(ty) else { return Vec::new() };
    let mut subclasses = Vec::new();
    let mut position = 0;
    while let Some((_, reference)) = table.next(&mut position) {
        let alive = reference.downcast::<WeakRef>().and_then(WeakRef::upgrade);
        if let Some(Ok(subclass)) = alive.map(Ref::downcast_ref::<Type>) {
            subclasses.push(subclass);
        }
    }
    subclasses
}

/// Enters `ty` into the table of each of its bases.
///
/// # Errors
///
/// `MemoryError`.
pub(super) fn add_to_bases(ty: &Type) -> PyResult<()> {
    let Some(bases) = ty.bases.get() else { return Ok(()) };
    for base in bases.items().iter().filter_map(|base| base.downcast::<Type>()) {
        add(base, ty)?;
    }
    Ok(())
}

fn add(base: &Type, ty: &Type) -> PyResult<()> {
    let reference = weakref::new_ref(ty.as_object(), None)?;
    let table = match table(base) {
        Some(table) => table,
        None => {
            let table = Dict::new();
            if base.object.is_static() {
                let mut tables = state::get().static_subclasses.borrow_mut();
                tables.insert(key(base), table.clone());
            } else {
                base.subclasses.set(Some(table.clone().upcast()));
            }
            table
        }
    };
    table.set_item(&Int::from_u64(key(ty) as u64), reference.as_object())
}

/// Takes `ty` out of the tables of `bases`.
pub(super) fn remove_from(bases: &gopy_object::typeobj::Tuple, ty: &Type) {
    for base in bases.items().iter().filter_map(|base| base.downcast::<Type>()) {
        let Some(table) = table(base) else { continue };
        // A type whose creation failed may not be there; int keys raise nothing.
        let _ = table.del_item(&Int::from_u64(key(ty) as u64));
        if table.is_empty() {
            if base.object.is_static() {
                let removed = state::get().static_subclasses.borrow_mut().remove(&key(base));
                drop(removed);
            } else {
                base.subclasses.set(None);
            }
        }
    }
}
