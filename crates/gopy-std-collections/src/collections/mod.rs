//! `_collections`: deque, defaultdict, OrderedDict and helpers of `collections`.
//!
//! Answers to `Modules/_collectionsmodule.c`.

use gopy_core::dict::{DICT, Dict};
use gopy_core::int::Int;
use gopy_core::str::Str;
use gopy_core::{call, id, iter, module, number, object, type_};
use gopy_macros::pymodule;
use gopy_object::{Instance, Object, PyResult, Type};

mod chain;
mod defaultdict;
mod deque;
mod deque_iter;
mod ordered_dict;
mod ordered_iter;
mod tuplegetter;

use defaultdict::DEFAULT_DICT;
use deque::DEQUE;
use deque_iter::{DEQUE_ITERATOR, DEQUE_REVERSE_ITERATOR};
use ordered_dict::ORDERED_DICT;
use ordered_iter::{ODICT_ITEMS, ODICT_ITERATOR, ODICT_KEYS, ODICT_VALUES};
use tuplegetter::TUPLE_GETTER;

/// Whether both types find the same function under `name`.
fn same_function(a: &Type, b: &Type, name: &Str) -> PyResult<bool> {
    Ok(match (type_::lookup(a, name), type_::lookup(b, name)) {
        (Some(a), Some(b)) => a.is(&*b),
        _ => false,
    })
}

fn count_in_dict(counts: &Dict, iterable: &Object) -> PyResult<()> {
    let one = Int::from_i64(1);
    iter::for_each(iterable, |key| {
        let hash = object::hash(&key)?;
        let count = match counts.get_known_hash(&key, hash)? {
            Some(old) => number::add(&old, one.as_object())?,
            None => one.clone().upcast(),
        };
        counts.set_known_hash(&key, hash, &count)
    })
}

fn count_in_mapping(counts: &Object, iterable: &Object) -> PyResult<()> {
    let get = object::get_attr(counts, id!(get))?;
    let (zero, one) = (Int::from_i64(0), Int::from_i64(1));
    iter::for_each(iterable, |key| {
        let old = call::call(&get, &[&key, zero.as_object()])?;
        let count = number::add(&old, one.as_object())?;
        object::set_item(counts, &key, &count)
    })
}

/// The module.
#[pymodule(name = "_collections")]
mod native {
    use super::*;

    #[pyfunction("($module, mapping, iterable, /)")]
    fn _count_elements(mapping: &Object, iterable: &Object) -> PyResult<()> {
        // The iterator comes first: it may fail.
        let items = iter::get_iter(iterable)?;
        let ty = mapping.type_();
        match mapping.downcast::<Dict>() {
            Some(counts)
                if same_function(ty, &DICT, id!(get))?
                    && same_function(ty, &DICT, id!(__setitem__))? =>
            {
                count_in_dict(counts, &items)
            }
            _ => count_in_mapping(mapping, &items),
        }
    }

    #[pyexec]
    fn exec(module: &Object) -> PyResult<()> {
        module::add_type(module, &DEQUE)?;
        module::add_type(module, &DEFAULT_DICT)?;
        for ty in [&ODICT_KEYS, &ODICT_VALUES, &ODICT_ITEMS, &ODICT_ITERATOR] {
            type_::ready(ty)?;
        }
        module::add_type(module, &ORDERED_DICT)?;
        module::add_type(module, &DEQUE_ITERATOR)?;
        module::add_type(module, &DEQUE_REVERSE_ITERATOR)?;
        module::add_type(module, &TUPLE_GETTER)
    }
}

pub use native::MODULE;
