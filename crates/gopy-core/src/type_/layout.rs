//! Which base decides how instances are laid out.
//!
//! Answers to `best_base`, `solid_base`, `extra_ivars` and `compatible_for_assignment` of
//! `Objects/typeobject.c`.
//!
//! A type adds to its base's layout when its payload is a larger one or when it has `__slots__`
//! words of its own; a dict and a weakref list lie before the object and add nothing.

use gopy_object::typeobj::{OBJECT, Tuple};
use gopy_object::{Instance, PyResult, Ref, Type, TypeFlags};

use crate::error::type_error;

/// Whether `ty` adds something to the layout of `base`.
fn adds_to(ty: &Type, base: &Type) -> bool {
    has_other_payload(ty, base)
        || ty.slot_words.get().1 > 0
        || (!ty.is_heap() && ty.basicsize.get() != base.basicsize.get())
        || ty.itemsize.get() != base.itemsize.get()
}

/// Whether instances of `ty` begin with another struct than those of `base`. One of the same size, as a
/// type has that only adds methods, has nothing of its own in it.
fn has_other_payload(ty: &Type, base: &Type) -> bool {
    let (own, below) = (ty.payload.get(), base.payload.get());
    !std::ptr::eq(own, below)
        && (own.size != below.size || ty.basicsize.get() != base.basicsize.get())
}

/// The nearest type in the chain of `__base__` that has a layout of its own.
pub(super) fn solid_base(ty: &Type) -> Ref<Type> {
    let mut current = ty.to_ref();
    while let Some(base) = current.base.get() {
        if adds_to(&current, &base) {
            return current;
        }
        current = base;
    }
    current
}

/// The base whose layout all others fit into (`__base__`).
///
/// # Errors
///
/// `TypeError` where two bases have layouts that exclude each other, or can't be subclassed.
pub(super) fn best_base(bases: &Tuple) -> PyResult<Ref<Type>> {
    let mut winner: Option<Ref<Type>> = None;
    let mut best: Option<Ref<Type>> = None;
    for base in bases.items() {
        let Some(base) = base.downcast::<Type>() else {
            return Err(type_error!("bases must be types"));
        };
        if !base.has(TypeFlags::READY) && base.dict.is_empty() {
            return Err(type_error!("Cannot extend an incomplete type '{:.100}'", base.name()));
        }
        if !base.has(TypeFlags::BASETYPE) {
            return Err(type_error!("type '{:.100}' is not an acceptable base type", base.name()));
        }
        let candidate = solid_base(base);
        match &winner {
            None => {
                winner = Some(candidate);
                best = Some(base.to_ref());
            }
            Some(current) if current.is_subtype(&candidate) => {}
            Some(current) if candidate.is_subtype(current) => {
                winner = Some(candidate);
                best = Some(base.to_ref());
            }
            Some(_) => {
                return Err(type_error!("multiple bases have instance lay-out conflict"));
            }
        }
    }
    Ok(best.unwrap_or_else(|| OBJECT.get().to_ref()))
}

/// The type whose added `__slots__` decide compatibility: from `ty` down past types that add neither
/// words, dict nor weakrefs.
fn compatible_with_base(child: &Type) -> bool {
    let Some(parent) = child.base.get() else { return false };
    let preheader =
        TypeFlags::MANAGED_DICT.0 | TypeFlags::MANAGED_WEAKREF.0 | TypeFlags::INLINE_VALUES.0;
    std::ptr::eq(child.payload.get(), parent.payload.get())
        && child.real_size.get() == parent.real_size.get()
        && child.basicsize.get() == parent.basicsize.get()
        && child.itemsize.get() == parent.itemsize.get()
        && child.dictoffset.get() == parent.dictoffset.get()
        && child.weaklistoffset.get() == parent.weaklistoffset.get()
        && child.flags.get().0 & preheader == parent.flags.get().0 & preheader
        && child.has(TypeFlags::HAVE_GC) == parent.has(TypeFlags::HAVE_GC)
}

/// Whether `a` and `b` add the same `__slots__`, dict and weakrefs to the same base.
fn same_slots_added(a: &Type, b: &Type) -> bool {
    let flags = TypeFlags::MANAGED_DICT.0 | TypeFlags::MANAGED_WEAKREF.0;
    if !std::ptr::eq(a.payload.get(), b.payload.get())
        || a.flags.get().0 & flags != b.flags.get().0 & flags
        || a.real_size.get() != b.real_size.get()
        || a.basicsize.get() != b.basicsize.get()
        || a.itemsize.get() != b.itemsize.get()
        || a.has(TypeFlags::HAVE_GC) != b.has(TypeFlags::HAVE_GC)
    {
        return false;
    }
    let names = |ty: &Type| ty.ht_slots.get().and_then(|slots| slots.downcast_ref::<Tuple>().ok());
    match (names(a), names(b)) {
        (None, None) => true,
        (Some(a), Some(b)) => {
            // Both are sorted.
            a.len() == b.len()
                && a.items().iter().zip(b.items()).all(|(a, b)| {
                    match (a.downcast::<crate::str::Str>(), b.downcast::<crate::str::Str>()) {
                        (Some(a), Some(b)) => a.equals(b),
                        _ => false,
                    }
                })
        }
        (Some(names), None) | (None, Some(names)) => names.is_empty(),
    }
}

/// Whether instances of `old` can become instances of `new` (or `new` be a base in place of `old`);
/// `attribute` is for the message.
///
/// # Errors
///
/// `TypeError` where they can't.
pub(super) fn check_compatible(old: &Type, new: &Type, attribute: &str) -> PyResult<()> {
    // What the collector tracks is freed in another way.
    if new.has(TypeFlags::HAVE_GC) != old.has(TypeFlags::HAVE_GC) {
        return Err(type_error!(
            "{attribute} assignment: '{}' deallocator differs from '{}'",
            new.name(),
            old.name()
        ));
    }
    let skip = |ty: &Type| {
        let mut current = ty.to_ref();
        while compatible_with_base(&current) {
            let Some(base) = current.base.get() else { break };
            current = base;
        }
        current
    };
    let (new_base, old_base) = (skip(new), skip(old));
    let same = std::ptr::eq(&*new_base, &*old_base);
    let siblings = || match (new_base.base.get(), old_base.base.get()) {
        (Some(a), Some(b)) => std::ptr::eq(&*a, &*b) && same_slots_added(&new_base, &old_base),
        _ => false,
    };
    if same || siblings() {
        return Ok(());
    }
    Err(type_error!(
        "{attribute} assignment: '{}' object layout differs from '{}'",
        new.name(),
        old.name()
    ))
}
