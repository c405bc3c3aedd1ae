//! Taking over the entries of other mappings: `update`, `|`, the constructor, `fromkeys`.
//!
//! Answers to `dict_merge`, `PyDict_MergeFromSeq2`, `dict_update_arg` of `Objects/dictobject.c`.

use gopy_object::{Args, Instance, Object, PyResult, Ref, Type};

use super::keys::{self, usable_fraction};
use super::{DICT, Dict, Kind, WatchEvent};
use crate::argument::keyword_items;
use crate::error::{runtime_error, type_error, value_error};
use crate::exceptions::key_error;
use crate::list::List;
use crate::set::Set;
use crate::tuple::Tuple;
use crate::{call, exceptions, id, iter, mapping, object, sequence};

/// What happens to keys that are there already.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Existing {
    /// They keep their value.
    Keep,
    /// They get the new value.
    Replace,
    /// They are an error: `KeyError(key)`.
    Refuse,
}

impl Dict {
    /// Takes over the entries of another dict. May run Python.
    ///
    /// # Errors
    ///
    /// What comparisons raise; `RuntimeError` where they change `other`; `MemoryError`.
    pub fn merge_dict(&self, other: &Dict, existing: Existing) -> PyResult<()> {
        if std::ptr::eq(self, other) || other.is_empty() {
            return Ok(());
        }
        let existing = if self.is_empty() { Existing::Replace } else { existing };
        let theirs = other.table();
        if self.is_empty()
            && !self.is_split()
            && !other.is_split()
            && other.len() == theirs.nentries()
            && (theirs.log2_size() == keys::LOG2_MIN
                || usable_fraction(theirs.size() / 2) < other.len())
        {
            self.notify(WatchEvent::Cloned, Some(other.as_object()), None);
            let copy = theirs.duplicate()?;
            let old = self.table.replace(copy);
            self.used.set(other.len());
            old.release();
            return Ok(());
        }
        if usable_fraction(self.table().size()) < other.len() {
            // One large step instead of several small ones.
            let log2_size = keys::log2_size_estimate(self.len() + other.len());
            self.resize(log2_size, theirs.kind() != Kind::General)?;
        }
        let entries = theirs.nentries();
        let mut position = 0;
        while let Some(index) = other.next_index(&mut position) {
            let hash = other.table().hash_at(index);
            let Some((key, value)) = other.entry_at(index) else { continue };
            if existing != Existing::Replace && self.contains_known_hash(&key, hash)? {
                if existing == Existing::Refuse {
                    return Err(key_error(&key));
                }
            } else {
                self.insert(key, hash, value)?;
            }
            if entries != other.table().nentries() {
                return Err(runtime_error!("dict mutated during update"));
            }
        }
        Ok(())
    }

    /// Takes over the entries of a mapping. May run Python.
    ///
    /// # Errors
    ///
    /// What the mapping raises; as [`Dict::merge_dict`].
    pub fn merge_object(&self, other: &Object, existing: Existing) -> PyResult<()> {
        if let Some(dict) = other.downcast::<Dict>()
            && iter_slot(other.type_()) == iter_slot(&DICT)
        {
            return self.merge_dict(dict, existing);
        }
        let keys = mapping::keys(other)?;
        let keys = iter::get_iter(keys.as_object())?;
        while let Some(key) = iter::next(&keys)? {
            if existing != Existing::Replace && self.contains(&key)? {
                if existing == Existing::Refuse {
                    return Err(key_error(&key));
                }
                continue;
            }
            let value = object::get_item(other, &key)?;
            self.set_owned(key, value)?;
        }
        Ok(())
    }

    /// Takes over pairs. May run Python.
    ///
    /// # Errors
    ///
    /// What the iterables raise; `TypeError` and `ValueError` for what is no pair.
    pub fn merge_pairs(&self, pairs: &Object, existing: Existing) -> PyResult<()> {
        let pairs = iter::get_iter(pairs)?;
        let mut number = 0;
        while let Some(item) = iter::next(&pairs)? {
            let pair = match sequence::fast(&item, "object is not iterable") {
                Ok(pair) => pair,
                Err(error) => return Err(not_a_sequence(error, number)),
            };
            let (key, value) = two_of(&pair).map_err(|length| {
                value_error!(
                    "dictionary update sequence element #{number} has length {length}; 2 is required"
                )
            })?;
            if existing == Existing::Replace {
                self.set_owned(key, value)?;
            } else {
                drop(self.set_default(&key, &value)?);
            }
            number += 1;
        }
        Ok(())
    }

    /// `update` and `__init__`. May run Python.
    pub(super) fn update_common(&self, name: &str, args: Args<'_>) -> PyResult<()> {
        if args.len() > 1 {
            return Err(type_error!("{name} expected at most 1 argument, got {}", args.len()));
        }
        if let Some(other) = args.get(0) {
            update_argument(self, other)?;
        }
        for (key, value) in keyword_items(args) {
            self.set_str(key, value)?;
        }
        Ok(())
    }

    /// `dict.fromkeys` for any class. May run Python.
    ///
    /// # Errors
    ///
    /// What the class and the iterable raise.
    pub fn from_keys(class: &Type, iterable: &Object, value: &Object) -> PyResult {
        let made = call::call_no_args(class.as_object())?;
        if let Some(dict) = made.downcast_exact::<Dict>() {
            if dict.is_empty() {
                if let Some(keys) = iterable.downcast_exact::<Dict>() {
                    dict.presize(keys.len(), keys.table().is_unicode())?;
                    let mut position = 0;
                    while let Some((key, _)) = keys.next(&mut position) {
                        dict.set_item(&key, value)?;
                    }
                    return Ok(made);
                }
                if iterable.is_exact(&crate::set::SET) || iterable.is_exact(&crate::set::FROZENSET)
                {
                    let count = Set::any(iterable).map_or(0, Set::len);
                    dict.presize(count, false)?;
                }
            }
            let items = iter::get_iter(iterable)?;
            while let Some(key) = iter::next(&items)? {
                dict.set_item(&key, value)?;
            }
            return Ok(made);
        }
        let items = iter::get_iter(iterable)?;
        while let Some(key) = iter::next(&items)? {
            object::set_item(&made, &key, value)?;
        }
        Ok(made)
    }

    fn presize(&self, count: usize, unicode: bool) -> PyResult<()> {
        self.resize(keys::log2_size_estimate(count), unicode)
    }
}

/// A subclass with its own `__iter__` is asked for its keys.
fn iter_slot(ty: &Type) -> Option<usize> {
    ty.slots.iter.get().map(|iter| iter as usize)
}

fn two_of(pair: &Object) -> Result<(Ref, Ref), usize> {
    if let Some(tuple) = pair.downcast::<Tuple>() {
        return match tuple.items() {
            [key, value] => Ok((key.clone(), value.clone())),
            items => Err(items.len()),
        };
    }
    let Some(list) = pair.downcast::<List>() else { return Err(0) };
    match (list.len(), list.get(0), list.get(1)) {
        (2, Some(key), Some(value)) => Ok((key, value)),
        (length, ..) => Err(length),
    }
}

#[cold]
fn not_a_sequence(error: gopy_object::Exception, number: usize) -> gopy_object::Exception {
    if !error.is_instance(&exceptions::TYPE_ERROR) {
        return error;
    }
    let note = crate::str::Str::new(&format!(
        "Cannot convert dictionary update sequence element #{number} to a sequence"
    ));
    match call::call_method(error.value().as_object(), id!(add_note), &[note.as_object()]) {
        Ok(_) => error,
        Err(other) => other,
    }
}

/// `self.update(other)`: a mapping, or pairs. May run Python.
///
/// # Errors
///
/// What `other` raises.
pub fn update_argument(dict: &Dict, other: &Object) -> PyResult<()> {
    if let Some(other) = other.downcast_exact::<Dict>() {
        return dict.merge_dict(other, Existing::Replace);
    }
    if object::get_attr_opt(other, id!(keys))?.is_some() {
        return dict.merge_object(other, Existing::Replace);
    }
    dict.merge_pairs(other, Existing::Replace)
}
