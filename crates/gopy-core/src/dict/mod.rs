//! `dict`: insertion-ordered hash table with CPython's probing, split tables and inline values.
//!
//! Answers to `Objects/dictobject.c`. Start at [`Dict`]; the table is in [`keys`], what instances
//! keep in [`instance`], `update` in [`merge`].
//!
//! Keeps true: `used` counts the entries with a value; a dict with `values` has a shared table, whose
//! keys it can lack; entries are released key first, and only when the dict no longer shows them.
//!
//! Never here: a borrow of an entry across a comparison, a call or a decref.

use std::alloc::{Layout, handle_alloc_error};
use std::cell::Cell;

use gopy_macros::pyclass;
use gopy_object::typeobj::CompareOp;
use gopy_object::{Instance, Object, PyResult, Ref, Slot, Traverse, Type, Visitor, gc, memory};

use crate::error::type_error;
use crate::int::Int;
use crate::list::List;
use crate::str::Str;
use crate::{exceptions, object, type_};

pub mod instance;
mod iter;
mod keys;
mod merge;
mod methods;
#[cfg(test)]
mod tests;
mod values;
mod views;
mod watch;

pub use iter::{
    DICT_ITEM_ITERATOR, DICT_KEY_ITERATOR, DICT_REVERSE_ITEM_ITERATOR, DICT_REVERSE_KEY_ITERATOR,
    DICT_REVERSE_VALUE_ITERATOR, DICT_VALUE_ITERATOR, new_item_iterator, new_key_iterator,
    new_value_iterator,
};
pub use keys::{Keys, Kind};
pub use merge::{Existing, update_argument};
pub(crate) use views::view_items;
pub use views::{
    DICT_ITEMS, DICT_KEYS, DICT_VALUES, ItemsView, KeysView, ValuesView, View, dict_of_view,
    new_view_of_type,
};
pub use watch::{WatchEvent, WatchFn, add_watcher, clear_watcher, unwatch, watch};

use keys::{log2_size_estimate, usable_fraction};
use values::Values;

/// A `dict`.
#[pyclass(name = "dict", static = DICT, basicsize = 48,
    flags(BASETYPE, HAVE_GC, DICT_SUBCLASS, MAPPING, MATCH_SELF), manual_traverse)]
#[repr(C)]
pub struct Dict {
    object: Object,
    used: Cell<usize>,
    watchers: Cell<u64>,
    table: Cell<Keys>,
    values: Cell<Option<Values>>,
}

const _: () = assert!(size_of::<Dict>() == 48);

impl Traverse for Dict {
    fn traverse(&self, visit: &mut Visitor<'_>) {
        if let Some(values) = self.values.get() {
            // Embedded values are the instance's to visit.
            if !values.is_embedded() {
                for index in 0..values.capacity() {
                    values.slot(index).traverse(visit);
                }
            }
            return;
        }
        let keys = self.table.get();
        for index in 0..keys.nentries() {
            let (key, value) = keys.entry(index);
            if !keys.is_unicode() {
                key.traverse(visit);
            }
            value.traverse(visit);
        }
    }

    fn clear(&self) {
        self.clear_items();
    }
}

impl Drop for Dict {
    fn drop(&mut self) {
        if self.watchers.get() != 0 {
            self.notify_of_death();
        }
        if let Some(values) = self.values.take()
            && !values.is_embedded()
        {
            for index in 0..values.capacity() {
                drop(values.slot(index).take());
            }
            values.free();
        }
        self.table.replace(Keys::empty()).release();
    }
}

/// The message of `hash(key)` failing, in terms of what the key was meant for.
#[cold]
pub(crate) fn unhashable(
    key: &Object,
    error: gopy_object::Exception,
    purpose: &str,
) -> gopy_object::Exception {
    if !error.value().as_object().is_exact(&exceptions::TYPE_ERROR) {
        return error;
    }
    let text = match object::str(error.value().as_object()) {
        Ok(text) => text,
        Err(other) => return other,
    };
    match type_::qualified_name(key.type_()) {
        Ok(name) => type_error!("cannot use '{name}' as a {purpose} ({text})"),
        Err(other) => other,
    }
}

/// `hash(key)`, with the message of a dict for what can't be hashed. May run Python.
///
/// # Errors
///
/// What `__hash__` raises.
#[inline]
pub fn hash_key(key: &Object) -> PyResult<isize> {
    match hash_known(key) {
        Some(hash) => Ok(hash),
        None => object::hash(key).map_err(|error| unhashable(key, error, "dict key")),
    }
}

/// The hash of what most keys are: exact strings and small ints.
#[inline(always)]
pub(crate) fn hash_known(key: &Object) -> Option<isize> {
    if let Some(text) = key.downcast_exact::<Str>() {
        return Some(text.hash_value());
    }
    let int = key.downcast_exact::<Int>().filter(|int| int.is_compact())?;
    let value = int.compact_value();
    Some(if value == -1 { -2 } else { value })
}

/// Whether two keys with equal hashes are equal, where no Python is needed to tell.
#[inline]
pub(crate) fn same_known(a: &Object, b: &Object) -> Option<bool> {
    if let (Some(a), Some(b)) = (a.downcast_exact::<Str>(), b.downcast_exact::<Str>()) {
        return Some(a.equals(b));
    }
    if let (Some(a), Some(b)) = (a.downcast_exact::<Int>(), b.downcast_exact::<Int>())
        && a.is_compact()
        && b.is_compact()
    {
        return Some(a.compact_value() == b.compact_value());
    }
    None
}

impl Dict {
    fn with_table(
        ty: &Type,
        keys: Keys,
        values: Option<Values>,
        used: usize,
    ) -> PyResult<Ref<Dict>> {
        let dict = Dict {
            object: Object::header(ty),
            used: Cell::new(used),
            watchers: Cell::new(0),
            table: Cell::new(keys),
            values: Cell::new(values),
        };
        let dict = memory::alloc(ty, dict)?;
        instance::publish(dict.as_object());
        Ok(dict)
    }

    /// An empty dict of `dict` or a subtype.
    ///
    /// # Errors
    ///
    /// `MemoryError`.
    pub fn of_type(ty: &Type) -> PyResult<Ref<Dict>> {
        Dict::with_table(ty, Keys::empty(), None, 0)
    }

    /// `{}`. The process ends where not even that fits into memory.
    #[inline]
    pub fn new() -> Ref<Dict> {
        Dict::of_type(&DICT).unwrap_or_else(|_| handle_alloc_error(Layout::new::<Dict>()))
    }

    /// An empty dict that takes `capacity` entries with string keys without growing.
    pub fn with_capacity(capacity: usize) -> Ref<Dict> {
        Dict::presized(capacity, true)
    }

    /// An empty dict that takes `capacity` entries without growing, as `BUILD_MAP` makes them; `unicode`
    /// says that all keys will be exact strings. Very large tables are left to growth.
    pub fn presized(capacity: usize, unicode: bool) -> Ref<Dict> {
        const LOG2_MAX: u8 = 17;
        let dict = Dict::new();
        if capacity > usable_fraction(8) {
            let log2_size = log2_size_estimate(capacity).min(LOG2_MAX);
            let kind = if unicode { Kind::Unicode } else { Kind::General };
            if let Ok(keys) = Keys::new(log2_size, kind) {
                dict.table.set(keys);
            }
        }
        dict
    }

    /// `len(self)`.
    #[inline(always)]
    pub fn len(&self) -> usize {
        self.used.get()
    }

    /// Whether there are no entries.
    #[inline(always)]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    // --- lookup ---------------------------------------------------------------------------------

    /// The entry of `key`, which holds for the table and values as they are on return. May run
    /// Python.
    #[inline]
    fn find(&self, key: &Object, hash: isize) -> PyResult<isize> {
        let keys = self.table.get();
        if keys.is_unicode()
            && let Some(text) = key.downcast_exact::<Str>()
        {
            return Ok(keys.find_str(text, hash));
        }
        self.find_comparing(key, hash)
    }

    fn find_comparing(&self, key: &Object, hash: isize) -> PyResult<isize> {
        loop {
            let keys = self.table.get();
            if keys.is_unicode()
                && let Some(text) = key.downcast_exact::<Str>()
            {
                return Ok(keys.find_str(text, hash));
            }
            let found = keys.find_with(key, hash, |entry| {
                // SAFETY: nothing runs while the key is borrowed.
                let Some(candidate) = (unsafe { keys.entry(entry).0.borrow() }) else {
                    return Ok(Some(false));
                };
                if let Some(same) = same_known(candidate, key) {
                    return Ok(Some(same));
                }
                let candidate = candidate.to_ref();
                // Kept alive, so that another table can't come to lie at the same address.
                keys.retain();
                let same = object::compare_bool(&candidate, key, CompareOp::Eq);
                let unchanged = self.table.get() == keys
                    && keys.refs() > 1
                    && entry < keys.nentries()
                    // SAFETY: only compared.
                    && unsafe { keys.entry(entry).0.borrow() }
                        .is_some_and(|now| candidate.is(now));
                keys.release();
                let same = same?;
                Ok(unchanged.then_some(same))
            })?;
            if let Some(index) = found {
                return Ok(index);
            }
        }
    }

    /// The place of the value of entry `index`.
    #[inline(always)]
    fn value_slot<'a>(&self, index: usize) -> &'a Slot {
        match self.values.get() {
            None => self.table.get().entry(index).1,
            Some(values) => values.slot(index),
        }
    }

    #[inline(always)]
    fn value_found(&self, index: isize) -> Option<Ref> {
        if index < 0 { None } else { self.value_slot(index as usize).get() }
    }

    /// `self[key]` without `__missing__`; `None` where there is no such key. May run Python.
    ///
    /// # Errors
    ///
    /// What `__hash__` and `__eq__` raise.
    #[inline]
    pub fn get_item(&self, key: &Object) -> PyResult<Option<Ref>> {
        let hash = hash_key(key)?;
        self.get_known_hash(key, hash)
    }

    /// As [`Dict::get_item`] for a key whose hash is known. May run Python.
    ///
    /// # Errors
    ///
    /// What `__eq__` raises.
    #[inline]
    pub fn get_known_hash(&self, key: &Object, hash: isize) -> PyResult<Option<Ref>> {
        let index = self.find(key, hash)?;
        Ok(self.value_found(index))
    }

    /// The value of a string key. Runs no Python where all keys are strings.
    ///
    /// # Errors
    ///
    /// What `__eq__` of other keys raises.
    #[inline]
    pub fn get_str(&self, key: &Str) -> PyResult<Option<Ref>> {
        let keys = self.table.get();
        if keys.is_unicode() && key.as_object().is_exact(&crate::str::STR) {
            return Ok(self.value_found(keys.find_str(key, key.hash_value())));
        }
        self.get_item(key.as_object())
    }

    /// The value of an exact string with this hash, where all keys are strings, else `None`. Runs no
    /// Python.
    #[inline]
    pub(crate) fn get_known_str(&self, key: &Str, hash: isize) -> Option<Option<Ref>> {
        let keys = self.table.get();
        keys.is_unicode().then(|| self.value_found(keys.find_str(key, hash)))
    }

    /// `key in self`. May run Python.
    ///
    /// # Errors
    ///
    /// What `__hash__` and `__eq__` raise.
    pub fn contains(&self, key: &Object) -> PyResult<bool> {
        let hash = hash_key(key)?;
        self.contains_known_hash(key, hash)
    }

    /// As [`Dict::contains`] for a key whose hash is known. May run Python.
    ///
    /// # Errors
    ///
    /// What `__eq__` raises.
    pub fn contains_known_hash(&self, key: &Object, hash: isize) -> PyResult<bool> {
        let index = self.find(key, hash)?;
        Ok(index >= 0 && !self.value_slot(index as usize).is_empty())
    }

    // --- storing --------------------------------------------------------------------------------

    /// `self[key] = value`. May run Python.
    ///
    /// # Errors
    ///
    /// What `__hash__` and `__eq__` raise; `MemoryError`.
    pub fn set_item(&self, key: &Object, value: &Object) -> PyResult<()> {
        let hash = hash_key(key)?;
        self.insert(key.to_ref(), hash, value.to_ref())
    }

    /// As [`Dict::set_item`] for a key whose hash is known. May run Python.
    ///
    /// # Errors
    ///
    /// What `__eq__` raises; `MemoryError`.
    pub fn set_known_hash(&self, key: &Object, hash: isize, value: &Object) -> PyResult<()> {
        self.insert(key.to_ref(), hash, value.to_ref())
    }

    /// As [`Dict::set_item`], giving the references away (`MAP_ADD`). May run Python.
    ///
    /// # Errors
    ///
    /// As `set_item`.
    pub fn set_owned(&self, key: Ref, value: Ref) -> PyResult<()> {
        let hash = hash_key(&key)?;
        self.insert(key, hash, value)
    }

    /// The index of the entry of `key`, which holds until the table is another one. May run Python.
    ///
    /// # Errors
    ///
    /// What `__eq__` raises.
    pub fn entry_index(&self, key: &Object, hash: isize) -> PyResult<Option<usize>> {
        let index = self.find(key, hash)?;
        Ok((index >= 0 && !self.value_slot(index as usize).is_empty()).then_some(index as usize))
    }

    /// As [`Dict::entry_index`] for the very object that is the key: runs no Python.
    pub fn entry_index_of_same(&self, key: &Object, hash: isize) -> Option<usize> {
        let index = self.table.get().find_with(key, hash, |_| Ok(Some(false))).ok()??;
        (index >= 0 && !self.value_slot(index as usize).is_empty()).then_some(index as usize)
    }

    /// `self[key] = value` for a string.
    ///
    /// # Errors
    ///
    /// As `set_item`.
    pub fn set_str(&self, key: &Str, value: &Object) -> PyResult<()> {
        self.set_item(key.as_object(), value)
    }

    fn insert(&self, key: Ref, hash: isize, value: Ref) -> PyResult<()> {
        if let Some(text) = key.downcast_exact::<Str>()
            && self.values.get().is_some()
        {
            if let Some(index) = self.table.get().share(text, hash) {
                self.set_split_value(index, &key, value);
                return Ok(());
            }
        } else {
            let index = self.find(&key, hash)?;
            if index >= 0 && !self.value_slot(index as usize).is_empty() {
                self.notify(WatchEvent::Modified, Some(&key), Some(&value));
                let old = self.value_slot(index as usize).replace(Some(value));
                drop(key);
                drop(old);
                return Ok(());
            }
        }
        self.insert_new(key, hash, value)
    }

    fn set_split_value(&self, index: usize, key: &Object, value: Ref) {
        let Some(values) = self.values.get() else { return };
        let slot = values.slot(index);
        if slot.is_empty() {
            self.notify(WatchEvent::Added, Some(key), Some(&value));
            drop(slot.replace(Some(value)));
            values.push_order(index);
            self.used.set(self.used.get() + 1);
        } else {
            self.notify(WatchEvent::Modified, Some(key), Some(&value));
            slot.set(Some(value));
        }
    }

    /// Adds an entry for a key that the dict lacks. Runs no Python.
    fn insert_new(&self, key: Ref, hash: isize, value: Ref) -> PyResult<()> {
        if self.table.get().is_unicode() && key.downcast_exact::<Str>().is_none() {
            self.grow(false)?;
        }
        if self.table.get().usable() <= 0 || self.values.get().is_some() {
            self.grow(true)?;
        }
        self.notify(WatchEvent::Added, Some(&key), Some(&value));
        self.table.get().append(key, hash, Some(value));
        self.used.set(self.used.get() + 1);
        Ok(())
    }

    fn grow(&self, unicode: bool) -> PyResult<()> {
        self.resize(keys::log2_size_for(self.len().saturating_mul(3)), unicode)
    }

    /// Moves all entries into a new table of its own. Runs no Python.
    fn resize(&self, log2_size: u8, unicode: bool) -> PyResult<()> {
        let old = self.table.get();
        let kind = if unicode && old.is_unicode() { Kind::Unicode } else { Kind::General };
        let new = Keys::new(log2_size, kind)?;
        if let Some(values) = self.values.get() {
            for position in 0..self.len() {
                let index = values.order(position);
                let key = old.entry(index).0.get();
                if let (Some(key), value @ Some(_)) = (key, values.slot(index).take()) {
                    new.move_in(key, old.hash_at(index), value);
                }
            }
            new.build_indices();
            self.table.set(new);
            self.values.set(None);
            if values.is_embedded() {
                values.invalidate();
            } else {
                values.free();
            }
            old.release();
            return Ok(());
        }
        for index in 0..old.nentries() {
            let (key, value) = old.entry(index);
            if value.is_empty() {
                continue;
            }
            let hash = old.hash_at(index);
            if let Some(key) = key.take() {
                new.move_in(key, hash, value.take());
            }
        }
        new.build_indices();
        self.table.set(new);
        old.release_moved();
        Ok(())
    }

    /// The value of `key`, which becomes `value` where there is none. May run Python.
    ///
    /// # Errors
    ///
    /// What `__hash__` and `__eq__` raise; `MemoryError`.
    pub fn set_default(&self, key: &Object, value: &Object) -> PyResult<Ref> {
        let hash = hash_key(key)?;
        if let Some(text) = key.downcast_exact::<Str>()
            && let Some(values) = self.values.get()
        {
            if let Some(index) = self.table.get().share(text, hash) {
                if let Some(found) = values.slot(index).get() {
                    return Ok(found);
                }
                self.set_split_value(index, key, value.to_ref());
                return Ok(value.to_ref());
            }
        } else {
            let index = self.find(key, hash)?;
            if let Some(found) = self.value_found(index) {
                return Ok(found);
            }
        }
        self.insert_new(key.to_ref(), hash, value.to_ref())?;
        Ok(value.to_ref())
    }

    // --- deleting -------------------------------------------------------------------------------

    /// `del self[key]`; whether it was there. May run Python.
    ///
    /// # Errors
    ///
    /// What `__hash__` and `__eq__` raise.
    pub fn del_item(&self, key: &Object) -> PyResult<bool> {
        let hash = hash_key(key)?;
        Ok(self.remove_known_hash(key, hash)?.is_some())
    }

    /// Removes `key` and hands its value out. May run Python.
    ///
    /// # Errors
    ///
    /// What `__hash__` and `__eq__` raise.
    pub fn pop(&self, key: &Object) -> PyResult<Option<Ref>> {
        if self.is_empty() {
            // Not even hashed.
            return Ok(None);
        }
        let hash = hash_key(key)?;
        self.remove_known_hash(key, hash)
    }

    /// As [`Dict::pop`] for a key whose hash is known. May run Python.
    ///
    /// # Errors
    ///
    /// What `__eq__` raises.
    pub fn remove_known_hash(&self, key: &Object, hash: isize) -> PyResult<Option<Ref>> {
        let index = self.find(key, hash)?;
        if index < 0 || self.value_slot(index as usize).is_empty() {
            return Ok(None);
        }
        self.notify(WatchEvent::Deleted, Some(key), None);
        Ok(self.remove_at(index as usize))
    }

    /// Takes entry `index` out: releases the key, hands the value out. May drop.
    fn remove_at(&self, index: usize) -> Option<Ref> {
        self.used.set(self.used.get() - 1);
        if let Some(values) = self.values.get() {
            let value = values.slot(index).take();
            values.remove_order(index);
            return value;
        }
        let (key, value) = self.table.get().remove(index);
        drop(key);
        value
    }

    /// Takes the last entry out.
    ///
    /// # Errors
    ///
    /// `MemoryError`.
    fn pop_last(&self) -> PyResult<Option<(Ref, Ref)>> {
        if self.is_empty() {
            return Ok(None);
        }
        if self.values.get().is_some() {
            self.resize(self.table.get().log2_size(), true)?;
        }
        let keys = self.table.get();
        let Some(index) = (0..keys.nentries()).rev().find(|i| !keys.entry(*i).1.is_empty()) else {
            return Ok(None);
        };
        let key = keys.entry(index).0.get();
        self.notify(WatchEvent::Deleted, key.as_deref(), None);
        drop(key);
        let (key, value) = keys.remove(index);
        // The index stays a dummy, so the room is not usable again before a resize.
        keys.truncate(index);
        self.used.set(self.used.get() - 1);
        Ok(key.zip(value))
    }

    /// `self.clear()`. May drop.
    pub fn clear_items(&self) {
        let keys = self.table.get();
        if keys.is_empty_table() {
            return;
        }
        self.notify(WatchEvent::Cleared, None, None);
        self.used.set(0);
        let Some(values) = self.values.get() else {
            self.table.set(Keys::empty());
            keys.release();
            return;
        };
        if values.is_embedded() {
            values.set_len(0);
            // Out of sight first: finalisers may set attributes again.
            let taken: smallvec::SmallVec<[Option<Ref>; keys::SHARED_MAX]> =
                (0..values.capacity()).map(|index| values.slot(index).take()).collect();
            drop(taken);
            return;
        }
        self.values.set(None);
        self.table.set(Keys::empty());
        for index in 0..values.capacity() {
            drop(values.slot(index).take());
        }
        values.free();
        keys.release();
    }

    // --- the whole dict -------------------------------------------------------------------------

    /// `self.copy()`: an exact dict.
    ///
    /// # Errors
    ///
    /// `MemoryError`.
    pub fn copy(&self) -> PyResult<Ref<Dict>> {
        let keys = self.table.get();
        if self.is_empty() {
            return Dict::of_type(&DICT);
        }
        if let Some(values) = self.values.get() {
            let values = values.copy()?;
            return Dict::with_table(&DICT, keys.retain(), Some(values), self.len());
        }
        if self.as_object().is_exact(&DICT) && self.len() >= keys.nentries() * 2 / 3 {
            return Dict::with_table(&DICT, keys.duplicate()?, None, self.len());
        }
        let copy = Dict::new();
        copy.merge_dict(self, Existing::Replace)?;
        Ok(copy)
    }

    /// `update(other)` with `other` a mapping. May run Python.
    ///
    /// # Errors
    ///
    /// What `other` raises; `MemoryError`.
    pub fn merge(&self, other: &Object, overwrite: bool) -> PyResult<()> {
        self.merge_object(other, if overwrite { Existing::Replace } else { Existing::Keep })
    }

    /// The next entry; `position` starts at 0 and is opaque. The dict may change meanwhile.
    pub fn next(&self, position: &mut usize) -> Option<(Ref, Ref)> {
        self.next_index(position).and_then(|index| self.entry_at(index))
    }

    /// The next key with its hash; otherwise as [`Dict::next`].
    pub fn next_key(&self, position: &mut usize) -> Option<(Ref, isize)> {
        let index = self.next_index(position)?;
        let keys = self.table.get();
        Some((keys.entry(index).0.get()?, keys.hash_at(index)))
    }

    /// The index of the next entry with a value.
    fn next_index(&self, position: &mut usize) -> Option<usize> {
        let at = *position;
        if let Some(values) = self.values.get() {
            if at >= self.len() {
                return None;
            }
            *position = at + 1;
            return Some(values.order(at));
        }
        let keys = self.table.get();
        let index = (at..keys.nentries()).find(|index| !keys.entry(*index).1.is_empty())?;
        *position = index + 1;
        Some(index)
    }

    fn entry_at(&self, index: usize) -> Option<(Ref, Ref)> {
        let key = self.table.get().entry(index).0.get();
        key.zip(self.value_slot(index).get())
    }

    fn collect<T>(&self, each: impl Fn(Ref, Ref) -> T) -> Vec<T> {
        let mut all = Vec::with_capacity(self.len());
        let mut position = 0;
        while let Some((key, value)) = self.next(&mut position) {
            all.push(each(key, value));
        }
        all
    }

    /// `list(self.keys())`.
    pub fn keys(&self) -> Ref<List> {
        List::from_vec(self.collect(|key, _| key))
    }

    /// `list(self.values())`.
    pub fn values(&self) -> Ref<List> {
        List::from_vec(self.collect(|_, value| value))
    }

    /// `list(self.items())`.
    pub fn items(&self) -> Ref<List> {
        List::from_vec(self.collect(|key, value| new_item(key, value).upcast()))
    }

    /// `self == other` for another dict. May run Python.
    ///
    /// # Errors
    ///
    /// What the comparisons raise.
    pub fn equals(&self, other: &Dict) -> PyResult<bool> {
        if self.len() != other.len() {
            return Ok(false);
        }
        let mut index = 0;
        // Table order; both dicts may change during a comparison.
        while index < self.table.get().nentries() {
            let at = index;
            index += 1;
            let Some((key, value)) = self.entry_at_unordered(at) else { continue };
            let hash = self.table.get().hash_at(at);
            let Some(theirs) = other.get_known_hash(&key, hash)? else { return Ok(false) };
            if !object::compare_bool(&theirs, &value, CompareOp::Eq)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn entry_at_unordered(&self, index: usize) -> Option<(Ref, Ref)> {
        match self.values.get() {
            Some(values) if index >= values.capacity() => None,
            _ => self.entry_at(index),
        }
    }

    // --- what specialised code looks at ---------------------------------------------------------

    /// Whether all keys are strings.
    pub fn has_only_str_keys(&self) -> bool {
        if self.table().is_unicode() {
            return true;
        }
        let mut position = 0;
        while let Some((key, _)) = self.next(&mut position) {
            if key.downcast::<Str>().is_none() {
                return false;
            }
        }
        true
    }

    /// Whether the keys table is a shared one.
    #[inline(always)]
    pub fn is_split(&self) -> bool {
        self.values.get().is_some()
    }

    /// The keys table as it is now; not valid after anything that may change the dict.
    #[inline(always)]
    pub fn table(&self) -> Keys {
        self.table.get()
    }

    /// Version of the keys table for specialisation, 0 where none can be had.
    pub fn keys_version(&self) -> u32 {
        self.table.get().assign_version()
    }

    /// The value of entry `index` of a dict with a table of its own, as `LOAD_GLOBAL_MODULE` reads
    /// it after a look at the version.
    #[inline(always)]
    pub fn value_at(&self, index: usize) -> Option<Ref> {
        debug_assert!(!self.is_split() && index < self.table().nentries());
        self.table.get().entry(index).1.get()
    }

    /// Where in the table the value of entry `index` lies, in bytes: true as long as the table's version is.
    pub fn value_offset(&self, index: usize) -> Option<u32> {
        if self.is_split() {
            return None;
        }
        let table = self.table.get();
        let place = std::ptr::from_ref(table.entry(index).1).addr();
        u32::try_from(place.wrapping_sub(table.as_ptr().addr())).ok()
    }

    /// The value at such an offset, if the table still has the version (`LOAD_GLOBAL_MODULE`).
    ///
    /// # Safety
    ///
    /// [`Dict::value_offset`] has given the offset for a table of this version, which is not 0.
    #[inline(always)]
    pub unsafe fn value_at_offset(&self, version: u32, offset: u32) -> Option<Ref> {
        let table = self.table.get();
        if table.version() != version {
            return None;
        }
        // SAFETY: tables of one version are one table, and that has a value's slot there.
        unsafe { (*table.as_ptr().add(offset as usize).cast::<Slot>()).get() }
    }

    /// The value of entry `index` if its key is the very object `key` (`LOAD_ATTR_WITH_HINT`).
    #[inline(always)]
    pub fn value_hinted(&self, index: usize, key: &Str) -> Option<Ref> {
        if self.is_split() || !self.table().is_key_at(index, key) {
            return None;
        }
        self.value_at(index)
    }

    /// Stores the value of entry `index` if its key is the very object `key` and it has a value
    /// (`STORE_ATTR_WITH_HINT`); hands `value` back otherwise. May drop.
    ///
    /// # Errors
    ///
    /// `value`, where the entry is another.
    #[inline]
    pub fn replace_hinted(&self, index: usize, key: &Str, value: Ref) -> Result<(), Ref> {
        if self.is_split() || !self.table().is_key_at(index, key) {
            return Err(value);
        }
        let slot = self.table.get().entry(index).1;
        if slot.is_empty() {
            return Err(value);
        }
        self.notify(WatchEvent::Modified, Some(key.as_object()), Some(&value));
        slot.set(Some(value));
        Ok(())
    }

    /// `sys.getsizeof` without the collector's words.
    fn size(&self) -> usize {
        let mut size = self.as_object().type_().basicsize.get();
        let keys = self.table.get();
        if self.is_split() {
            size += keys.shared_capacity() * 8;
        }
        if keys.refs() == 1 {
            size += keys.bytes();
        }
        size
    }
}

/// The pair that `items()` yields; the collector needs it only if one of the two can be in a cycle.
fn new_item(key: Ref, value: Ref) -> Ref<crate::tuple::Tuple> {
    crate::tuple::pair(key, value)
}

/// `builtins.NAME`, for `__reduce__` of iterators.
///
/// # Errors
///
/// `AttributeError` where someone has deleted it.
pub(crate) fn builtin(name: &Str) -> PyResult {
    let builtins = gopy_object::Interpreter::current().builtins.get();
    let found = match builtins.as_ref().and_then(|builtins| builtins.downcast::<Dict>()) {
        Some(dict) => dict.get_str(name)?,
        None => None,
    };
    found.ok_or_else(|| crate::error::attribute_error_text!("{name}"))
}

/// Whether the collector tracks an object or will.
#[inline]
pub(crate) fn may_be_in_cycle(object: &Object) -> bool {
    object.type_().has(gopy_object::TypeFlags::HAVE_GC)
        && (!object.is_exact(&gopy_object::typeobj::TUPLE) || gc::is_tracked(object))
}
