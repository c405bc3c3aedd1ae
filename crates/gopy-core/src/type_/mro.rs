//! Method resolution order.
//!
//! Answers to `pmerge`, `mro_implementation`, `mro_internal` and `mro_hierarchy` of
//! `Objects/typeobject.c`.

use gopy_object::typeobj::Tuple;
use gopy_object::{Instance, Object, PyResult, Ref, Type};

use crate::error::type_error;
use crate::{call, id, object, sequence, tuple};

use super::cache::{self, lookup};

/// The C3 linearisation of a type (`type.mro`).
///
/// # Errors
///
/// `TypeError` for duplicate bases and for orders that contradict each other.
pub(super) fn linearise(ty: &Type) -> PyResult<Vec<Ref>> {
    let bases = ty.bases.get().unwrap_or_else(tuple::empty);
    for base in bases.items() {
        let Some(base) = base.downcast::<Type>() else { continue };
        if base.mro.is_empty() {
            return Err(type_error!("Cannot extend an incomplete type '{:.100}'", base.name()));
        }
    }
    let mro_of = |base: &Object| base.downcast::<Type>().and_then(|base| base.mro.get());
    let mut order = vec![ty.to_ref().upcast()];
    if let [base] = bases.items() {
        // The order of one base cannot contradict itself.
        if let Some(mro) = mro_of(base) {
            order.extend(mro.items().iter().cloned());
        }
        return Ok(order);
    }
    check_duplicates(&bases)?;
    let mut lists: Vec<Ref<Tuple>> = bases.items().iter().filter_map(|b| mro_of(b)).collect();
    lists.push(bases);
    merge(&mut order, &lists)?;
    Ok(order)
}

fn check_duplicates(bases: &Tuple) -> PyResult<()> {
    let items = bases.items();
    for (index, base) in items.iter().enumerate() {
        if items[index + 1..].iter().any(|other| other.is(&**base)) {
            return Err(match object::get_attr_opt(base, id!(__name__))? {
                Some(name) => type_error!("duplicate base class {}", object::str(&name)?),
                None => type_error!("duplicate base class"),
            });
        }
    }
    Ok(())
}

/// Repeatedly takes the first head that is in no list's tail.
fn merge(order: &mut Vec<Ref>, lists: &[Ref<Tuple>]) -> PyResult<()> {
    let mut starts = vec![0; lists.len()];
    loop {
        let mut exhausted = 0;
        let mut candidate = None;
        for (list, start) in lists.iter().zip(&starts) {
            let Some(head) = list.items().get(*start) else {
                exhausted += 1;
                continue;
            };
            let in_tail = |(other, start): (&Ref<Tuple>, &usize)| {
                other.items().iter().skip(start + 1).any(|item| item.is(&**head))
            };
            if !lists.iter().zip(&starts).any(in_tail) {
                candidate = Some(head.clone());
                break;
            }
        }
        let Some(candidate) = candidate else {
            if exhausted == lists.len() {
                return Ok(());
            }
            return Err(inconsistent(lists, &starts)?);
        };
        for (list, start) in lists.iter().zip(&mut starts) {
            if list.items().get(*start).is_some_and(|head| head.is(&*candidate)) {
                *start += 1;
            }
        }
        order.push(candidate);
    }
}

#[cold]
fn inconsistent(lists: &[Ref<Tuple>], starts: &[usize]) -> PyResult<gopy_object::Exception> {
    let mut heads: Vec<Ref> = Vec::new();
    for head in lists.iter().zip(starts).filter_map(|(list, start)| list.items().get(*start)) {
        if !heads.iter().any(|known| known.is(&**head)) {
            heads.push(head.clone());
        }
    }
    let mut names = Vec::new();
    for head in heads {
        names.push(match object::get_attr_opt(&head, id!(__name__))? {
            Some(name) => object::str(&name)?.to_string(),
            None => "?".to_owned(),
        });
    }
    Ok(type_error!(
        "Cannot create a consistent method resolution order (MRO) for bases {}",
        names.join(", ")
    ))
}

/// Whether the metaclass overrides `mro`.
fn has_custom_mro(ty: &Type) -> bool {
    let metatype = ty.object.type_();
    !std::ptr::eq(metatype, &*gopy_object::typeobj::TYPE)
        && lookup(metatype, id!(mro)).is_some_and(|found| {
            !lookup(&gopy_object::typeobj::TYPE, id!(mro)).is_some_and(|own| own.is(&*found))
        })
}

/// Whether changes of all bases reach the type: not where `mro` hides one, or may answer otherwise
/// each time. Such types get no version, so that nothing is cached for them.
fn is_cacheable(ty: &Type) -> bool {
    let Some(bases) = ty.bases.get() else { return true };
    !has_custom_mro(ty)
        && bases
            .items()
            .iter()
            .filter_map(|base| base.downcast::<Type>())
            .all(|base| ty.is_subtype(base))
}

/// The order that the type's metaclass wants: C3, or what a `mro` method answers.
fn invoke(ty: &Type) -> PyResult<Ref<Tuple>> {
    if !has_custom_mro(ty) {
        return Ok(tuple::from_vec(linearise(ty)?));
    }
    let answer = call::call_method(ty.as_object(), id!(mro), &[])?;
    let mro = sequence::to_tuple(&answer)?;
    check(ty, &mro)?;
    Ok(mro)
}

fn check(ty: &Type, mro: &Tuple) -> PyResult<()> {
    let solid = super::layout::solid_base(ty);
    for item in mro.items() {
        let Some(base) = item.downcast::<Type>() else {
            return Err(type_error!("mro() returned a non-class ('{:.500}')", item.type_name()));
        };
        if !solid.is_subtype(&super::layout::solid_base(base)) {
            return Err(type_error!(
                "mro() returned base with unsuitable layout ('{:.500}')",
                base.name()
            ));
        }
    }
    Ok(())
}

/// Sets the MRO and hands out the one before; `None` where a `mro` method has set it meanwhile.
pub(super) fn set(ty: &Type) -> PyResult<Option<Option<Ref<Tuple>>>> {
    let old = ty.mro.get();
    let new = invoke(ty)?;
    let now = ty.mro.get();
    let reentered = match (&old, &now) {
        (Some(old), Some(now)) => !std::ptr::eq(&**old, &**now),
        (None, None) => false,
        _ => true,
    };
    if reentered {
        return Ok(None);
    }
    ty.mro.set(Some(new));
    if !is_cacheable(ty) {
        cache::modified(ty);
        cache::forbid_versions(ty);
    }
    // Slots of the bases may be stale, and so may cached lookups.
    match old {
        Some(_) => cache::modified(ty),
        None => cache::clear_version(ty),
    }
    Ok(Some(old))
}

/// Recomputes the MROs of a type and of all subclasses after its bases have changed; what was
/// replaced is added to `changed`, for undoing.
pub(super) fn set_hierarchy(
    ty: &Type,
    changed: &mut Vec<(Ref<Type>, Option<Ref<Tuple>>)>,
) -> PyResult<()> {
    let Some(old) = set(ty)? else { return Ok(()) };
    changed.push((ty.to_ref(), old));
    for subclass in super::subclasses::all(ty) {
        set_hierarchy(&subclass, changed)?;
    }
    Ok(())
}

/// Whether `ancestor` is reached from `ty` by `__base__` and `__bases__`, for types whose MRO is not
/// up to date.
pub(super) fn inherits_by_base(ty: &Type, ancestor: &Type) -> bool {
    let mut current = Some(ty.to_ref());
    while let Some(ty) = current {
        if std::ptr::eq(&*ty, ancestor) {
            return true;
        }
        current = ty.base.get();
    }
    std::ptr::eq(ancestor, &*gopy_object::typeobj::OBJECT)
}
