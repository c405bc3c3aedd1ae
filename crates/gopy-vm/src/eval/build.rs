//! Displays and their updates.
//!
//! Answers to the BUILD instructions of `Python/bytecodes.c` and `_PyEval_FormatKwargsError`.

use gopy_core::call;
use gopy_core::dict::Dict;
use gopy_core::error::type_error;
use gopy_core::exceptions::{ATTRIBUTE_ERROR, KEY_ERROR, TYPE_ERROR};
use gopy_core::list::List;
use gopy_core::none;
use gopy_core::object;
use gopy_core::sequence;
use gopy_core::set::Set;
use gopy_core::slice::Slice;
use gopy_core::str::Str;
use gopy_core::tuple::{self, Tuple};
use gopy_object::{Exception, Instance, Object, PyResult, Ref, gc};

use crate::stackref::StackRef;

/// A tuple that is tracked only if an item could be part of a cycle.
///
/// # Errors
///
/// `MemoryError`.
#[inline(never)]
pub fn tuple_of(items: Vec<Ref>) -> PyResult<Ref<Tuple>> {
    if items.is_empty() {
        return Ok(tuple::empty());
    }
    if items.iter().any(|item| gc::may_be_tracked(item)) {
        return tuple::try_from_vec(items);
    }
    tuple::untracked_from_vec(items)
}

fn steal_all(values: &mut [StackRef]) -> impl Iterator<Item = Ref> {
    values.iter_mut().map(|value| std::mem::replace(value, StackRef::NULL).steal())
}

/// `(a, b)`.
///
/// # Errors
///
/// `MemoryError`.
#[inline(never)]
pub fn tuple(values: &mut [StackRef]) -> PyResult<Ref<Tuple>> {
    tuple::try_from_iter(values.len(), steal_all(values))
}

/// `[a, b]`.
///
/// # Errors
///
/// `MemoryError`.
#[inline(never)]
pub fn list(values: &mut [StackRef]) -> PyResult<Ref<List>> {
    List::try_from_iter(values.len(), steal_all(values))
}

/// `{a, b}`.
///
/// # Errors
///
/// What hashing and comparing raise.
#[inline(never)]
pub fn set(values: &[StackRef]) -> PyResult<Ref<Set>> {
    let set = Set::new();
    for value in values {
        set.add(value.as_object())?;
    }
    Ok(set)
}

/// SET_ADD.
///
/// # Errors
///
/// `TypeError` where it is not exactly a set, as code can rebind `__conditional_annotations__`; what hashing and
/// comparing raise.
#[inline(never)]
pub fn set_add(set: &Object, value: &Object) -> PyResult<()> {
    match set.downcast_exact::<Set>() {
        Some(set) => set.add(value).map(drop),
        None => Err(type_error!("'{:.200}' object is not a set", set.type_name())),
    }
}

/// `{k: v}`.
///
/// # Errors
///
/// What hashing and comparing raise.
#[inline(never)]
pub fn map(values: &[StackRef]) -> PyResult<Ref<Dict>> {
    let dict = Dict::with_capacity(values.len() / 2);
    for pair in values.chunks_exact(2) {
        dict.set_item(pair[0].as_object(), pair[1].as_object())?;
    }
    Ok(dict)
}

/// `start:stop` or `start:stop:step`.
#[inline(never)]
pub fn slice(arguments: &[StackRef]) -> Ref<Slice> {
    let part = |index: usize| {
        arguments.get(index).map_or_else(none::none, |part| part.as_object().to_ref())
    };
    Slice::new(part(0), part(1), part(2))
}

/// The pieces of an f-string.
///
/// # Errors
///
/// `MemoryError`.
#[inline(never)]
pub fn string(pieces: &[StackRef]) -> PyResult<Ref<Str>> {
    for piece in pieces {
        if piece.as_object().downcast::<Str>().is_none() {
            return Err(type_error!(
                "sequence item 0: expected str instance, {:.80} found",
                piece.as_object().type_name()
            ));
        }
    }
    gopy_core::str::concat_all(pieces.iter().filter_map(|piece| piece.as_object().downcast()))
}

/// `[*iterable]`.
///
/// # Errors
///
/// `TypeError` where it is not iterable; what iterating raises.
#[inline(never)]
pub fn list_extend(list: &List, iterable: &Object) -> PyResult<()> {
    list.extend(iterable).map_err(|error| {
        let slots = &iterable.type_().slots;
        if error.is_instance(&TYPE_ERROR)
            && slots.iter.get().is_none()
            && !sequence::is_sequence(iterable)
        {
            return type_error!(
                "Value after * must be an iterable, not {:.200}",
                iterable.type_name()
            );
        }
        error
    })
}

/// `{**update}`.
///
/// # Errors
///
/// `TypeError` where it is no mapping; what reading it raises.
#[inline(never)]
pub fn dict_update(dict: &Dict, update: &Object) -> PyResult<()> {
    dict.merge(update, true).map_err(|error| {
        if error.is_instance(&ATTRIBUTE_ERROR) {
            return type_error!("'{:.200}' object is not a mapping", update.type_name());
        }
        error
    })
}

/// `callable(**update)`: a key that is there already is an error.
///
/// # Errors
///
/// `TypeError` where it is no mapping or a key repeats; what reading it raises.
#[inline(never)]
pub fn dict_merge(callable: &Object, dict: &Dict, update: &Object) -> PyResult<()> {
    merge_unique(dict, update).map_err(|error| kwargs_error(callable, update, error))
}

fn merge_unique(dict: &Dict, update: &Object) -> PyResult<()> {
    let add = |key: &Object, value: &Object| {
        if dict.contains(key)? {
            return Err(gopy_core::exceptions::key_error(key));
        }
        dict.set_item(key, value)
    };
    if let Some(other) = update.downcast::<Dict>()
        && (update.is_exact(&gopy_core::dict::DICT) || has_dict_iter(update))
    {
        let mut position = 0;
        while let Some((key, value)) = other.next(&mut position) {
            add(&key, &value)?;
        }
        return Ok(());
    }
    let keys = call::call_method(update, gopy_core::id!(keys), &[])?;
    let iterator = gopy_core::iter::get_iter(&keys)?;
    while let Some(key) = gopy_core::iter::next(&iterator)? {
        let value = object::get_item(update, &key)?;
        add(&key, &value)?;
    }
    Ok(())
}

/// Whether a dict's subclass iterates as dict does.
fn has_dict_iter(object: &Object) -> bool {
    let own = object.type_().slots.iter.get();
    match (own, gopy_core::dict::DICT.slots.iter.get()) {
        (Some(own), Some(dict)) => std::ptr::fn_addr_eq(own, dict),
        _ => false,
    }
}

#[cold]
fn kwargs_error(callable: &Object, update: &Object, error: Exception) -> Exception {
    let name = match call::function_display(callable) {
        Ok(name) => name,
        Err(other) => return other,
    };
    if error.is_instance(&ATTRIBUTE_ERROR) {
        return type_error!(
            "{name} argument after ** must be a mapping, not {:.200}",
            update.type_name()
        );
    }
    if error.is_instance(&KEY_ERROR)
        && let Some(args) = error.value().args.get()
        && let [key] = tuple::items_of(&args)
    {
        return match key.downcast::<Str>() {
            Some(key) => type_error!("{name} got multiple values for keyword argument '{key}'"),
            None => type_error!("{name} keywords must be strings"),
        };
    }
    error
}

/// BUILD_INTERPOLATION.
///
/// # Errors
///
/// `MemoryError`.
#[inline(never)]
pub fn interpolation(
    value: &Object,
    text: &Object,
    conversion: u32,
    spec: Option<&Object>,
) -> PyResult {
    gopy_types::template::interpolation(value, text, conversion, spec)
}

/// BUILD_TEMPLATE.
///
/// # Errors
///
/// `MemoryError`.
#[inline(never)]
pub fn template(strings: &Object, interpolations: &Object) -> PyResult {
    gopy_types::template::template(strings, interpolations)
}
