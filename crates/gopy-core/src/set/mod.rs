//! `set` and `frozenset`: a hash table with linear probing.
//!
//! Answers to `Objects/setobject.c`. Start at [`Set`], the layout of both; methods are in
//! [`methods`], the algebra in [`algebra`].
//!
//! Keeps true: `used` entries have a key, `fill` have or had one; at least one has never had one, so
//! that probing ends. A table of 8 lies in the object. `finger` is where `pop` goes on.
//!
//! Never here: a borrow of an entry across a comparison, a call or a decref.

use std::alloc::{self, Layout, handle_alloc_error};
use std::cell::Cell;
use std::ptr::{self, NonNull};

use gopy_macros::pyclass;
use gopy_object::typeobj::CompareOp;
use gopy_object::weakref::WeakList;
use gopy_object::{Instance, Object, PyResult, Ref, Traverse, Type, Visitor, memory};

use crate::dict::{self, Dict};
use crate::error::memory_error;
use crate::{iter, object};

mod algebra;
mod methods;
mod set_iter;
#[cfg(test)]
mod tests;

pub use set_iter::{SET_ITERATOR, SetIterator};

const SMALL: usize = 8;
const LINEAR_PROBES: usize = 9;
const PERTURB_SHIFT: u32 = 5;

#[repr(C)]
struct Entry {
    /// Owned; null where there has never been a key, [`DUMMY`] where one was deleted.
    key: Cell<*mut Object>,
    /// Of the key; 0 and -1 in the two other cases.
    hash: Cell<isize>,
}

/// Stands for a deleted key; never dereferenced.
const DUMMY: *mut Object = ptr::without_provenance_mut(8);

impl Entry {
    const fn free() -> Entry {
        Entry { key: Cell::new(ptr::null_mut()), hash: Cell::new(0) }
    }

    #[inline(always)]
    fn is_active(&self) -> bool {
        !self.key.get().is_null() && self.key.get() != DUMMY
    }

    /// The key, where there is one.
    #[inline(always)]
    fn get(&self) -> Option<Ref> {
        if !self.is_active() {
            return None;
        }
        // SAFETY: active keys are owned by the set, and nothing runs in between.
        Some(unsafe { &*self.key.get() }.to_ref())
    }

    #[inline(always)]
    fn put(&self, key: Ref, hash: isize) {
        self.key.set(key.into_raw().as_ptr());
        self.hash.set(hash);
    }

    /// Deletes the key and hands it out.
    fn delete(&self) -> Option<Ref> {
        if !self.is_active() {
            return None;
        }
        self.hash.set(-1);
        // SAFETY: the reference was the entry's own.
        NonNull::new(self.key.replace(DUMMY)).map(|key| unsafe { Ref::from_raw(key) })
    }
}

/// A `set`, and the layout of `frozenset`.
#[pyclass(name = "set", static = SET, basicsize = 200, weaklistoffset = 192,
    text_signature = "(iterable=(), /)", flags(BASETYPE, HAVE_GC, MATCH_SELF),
    weaklist = weakrefs, manual_traverse)]
#[repr(C)]
pub struct Set {
    object: Object,
    fill: Cell<usize>,
    used: Cell<usize>,
    mask: Cell<usize>,
    /// Null for the small table.
    large: Cell<*mut Entry>,
    hash: Cell<isize>,
    finger: Cell<usize>,
    small: [Entry; SMALL],
    weakrefs: WeakList,
}

/// A `frozenset`.
#[pyclass(name = "frozenset", static = FROZENSET, basicsize = 200, weaklistoffset = 192,
    text_signature = "(iterable=(), /)", flags(BASETYPE, HAVE_GC, MATCH_SELF), weaklist = weakrefs,
    manual_traverse)]
#[repr(C)]
pub struct FrozenSet {
    set: Set,
}

const _: () = assert!(size_of::<Set>() == 200);

impl Traverse for Set {
    fn traverse(&self, visit: &mut Visitor<'_>) {
        for entry in self.entries() {
            if entry.is_active() {
                // SAFETY: active keys are owned by the set.
                visit(unsafe { &*entry.key.get() });
            }
        }
    }

    fn clear(&self) {
        self.clear_items();
    }
}

impl Traverse for FrozenSet {
    fn traverse(&self, visit: &mut Visitor<'_>) {
        self.set.traverse(visit);
    }

    fn clear(&self) {
        self.set.clear();
    }
}

impl Drop for Set {
    fn drop(&mut self) {
        for index in 0..=self.mask.get() {
            drop(self.entry(index).delete());
        }
        self.free_large(self.large.get(), self.mask.get());
    }
}

/// `hash(key)`, with the message of a set for what can't be hashed. May run Python.
#[inline]
fn hash_key(key: &Object) -> PyResult<isize> {
    match dict::hash_known(key) {
        Some(hash) => Ok(hash),
        None => object::hash(key).map_err(|error| dict::unhashable(key, error, "set element")),
    }
}

fn layout(mask: usize) -> Option<Layout> {
    Layout::array::<Entry>(mask.checked_add(1)?).ok()
}

/// What a search found.
enum Found {
    /// The key, in this entry.
    At(usize),
    /// Nothing.
    Missing,
}

impl Set {
    /// An empty set of `set`, `frozenset` or a subtype.
    fn of_type(ty: &Type) -> PyResult<Ref<Set>> {
        let set = Set {
            object: Object::header(ty),
            fill: Cell::new(0),
            used: Cell::new(0),
            mask: Cell::new(SMALL - 1),
            large: Cell::new(ptr::null_mut()),
            hash: Cell::new(-1),
            finger: Cell::new(0),
            small: [const { Entry::free() }; SMALL],
            weakrefs: WeakList::empty(),
        };
        let set = memory::alloc(ty, set)?;
        dict::instance::publish(&set.object);
        Ok(set)
    }

    /// `type(iterable)`. May run Python.
    fn make(ty: &Type, iterable: Option<&Object>) -> PyResult<Ref<Set>> {
        let set = Set::of_type(ty)?;
        if let Some(iterable) = iterable {
            set.update(iterable)?;
        }
        Ok(set)
    }

    /// `set()`. The process ends where not even that fits into memory.
    pub fn new() -> Ref<Set> {
        Set::of_type(&SET).unwrap_or_else(|_| handle_alloc_error(Layout::new::<Set>()))
    }

    /// A `frozenset`. May run Python.
    ///
    /// # Errors
    ///
    /// What hashing and comparing raise.
    pub fn new_frozen(items: Vec<Ref>) -> PyResult<Ref<Set>> {
        let set = Set::of_type(&FROZENSET)?;
        for item in items {
            let hash = hash_key(&item)?;
            set.add_entry(item, hash)?;
        }
        Ok(set)
    }

    /// A set or frozenset, or an instance of a subtype.
    #[inline]
    pub fn any(o: &Object) -> Option<&Set> {
        if !o.is_instance(&SET) && !o.is_instance(&FROZENSET) {
            return None;
        }
        // SAFETY: both types and their subtypes begin with a `Set`.
        Some(unsafe { &*ptr::from_ref(o).cast::<Set>() })
    }

    /// A set or frozenset of exactly one of these types.
    #[inline]
    pub fn any_exact(o: &Object) -> Option<&Set> {
        if o.is_exact(&SET) || o.is_exact(&FROZENSET) { Set::any(o) } else { None }
    }

    /// The header.
    #[inline(always)]
    fn header(&self) -> &Object {
        self.as_object()
    }

    /// `len(self)`.
    #[inline(always)]
    pub fn len(&self) -> usize {
        self.used.get()
    }

    /// Whether there are no items.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    // --- the table ------------------------------------------------------------------------------

    #[inline(always)]
    fn table(&self) -> *const Entry {
        let large = self.large.get();
        if large.is_null() { self.small.as_ptr() } else { large }
    }

    #[inline(always)]
    fn entry<'a>(&self, index: usize) -> &'a Entry {
        debug_assert!(index <= self.mask.get());
        // SAFETY: the table has `mask + 1` entries.
        unsafe { &*self.table().add(index) }
    }

    fn entries(&self) -> &[Entry] {
        // SAFETY: the table has `mask + 1` entries; callers run nothing meanwhile.
        unsafe { std::slice::from_raw_parts(self.table(), self.mask.get() + 1) }
    }

    fn free_large(&self, large: *mut Entry, mask: usize) {
        if !large.is_null()
            && let Some(layout) = layout(mask)
        {
            // SAFETY: allocated with this layout in `resize`, and no longer in use.
            unsafe { alloc::dealloc(large.cast(), layout) };
        }
    }

    /// Compares a candidate, whose hash is that of `key`. `None`: the set has changed meanwhile.
    #[inline(always)]
    fn compare(&self, entry: &Entry, key: &Object) -> PyResult<Option<bool>> {
        let candidate = entry.key.get();
        if ptr::eq(candidate, key) {
            return Ok(Some(true));
        }
        // SAFETY: no deleted key has the hash of a key; nothing runs while this one is borrowed.
        if let Some(same) = dict::same_known(unsafe { &*candidate }, key) {
            return Ok(Some(same));
        }
        self.compare_calling(entry, key)
    }

    /// As [`Set::compare`] by `==`, which may run Python.
    #[inline(never)]
    fn compare_calling(&self, entry: *const Entry, key: &Object) -> PyResult<Option<bool>> {
        let (table, mask) = (self.table(), self.mask.get());
        // SAFETY: the entry is still there.
        let Some(candidate) = unsafe { &*entry }.get() else { return Ok(Some(false)) };
        let same = object::compare_bool(&candidate, key, CompareOp::Eq)?;
        if self.table() != table
            || self.mask.get() != mask
            // SAFETY: the table is the same as before, so the entry is one of its own.
            || !ptr::eq(unsafe { &*entry }.key.get(), &raw const *candidate)
        {
            return Ok(None);
        }
        Ok(Some(same))
    }

    /// What the first entry that the key's hash leads to tells without running anything: whether the
    /// key is there. `None`: a search is needed.
    #[inline(always)]
    fn peek(&self, key: &Object, hash: isize) -> Option<bool> {
        let entry = self.entry(hash as usize & self.mask.get());
        let candidate = entry.key.get();
        if candidate.is_null() {
            return Some(false);
        }
        if entry.hash.get() != hash {
            return None;
        }
        if ptr::eq(candidate, key) {
            return Some(true);
        }
        // SAFETY: no deleted key has the hash of a key; nothing runs while this one is borrowed.
        dict::same_known(unsafe { &*candidate }, key).filter(|same| *same)
    }

    /// Searches for a key. May run Python.
    #[inline(never)]
    fn find(&self, key: &Object, hash: isize) -> PyResult<Found> {
        'restart: loop {
            let (table, mask) = (self.table(), self.mask.get());
            let mut perturb = hash as usize;
            let mut at = perturb & mask;
            loop {
                let probes = if at + LINEAR_PROBES <= mask { LINEAR_PROBES } else { 0 };
                let mut index = at;
                loop {
                    // SAFETY: the table has `mask + 1` entries.
                    let entry = unsafe { &*table.add(index) };
                    if entry.key.get().is_null() {
                        return Ok(Found::Missing);
                    }
                    if entry.hash.get() == hash {
                        match self.compare(entry, key)? {
                            None => continue 'restart,
                            Some(true) => return Ok(Found::At(index)),
                            Some(false) => {}
                        }
                    }
                    if index == at + probes {
                        break;
                    }
                    index += 1;
                }
                perturb >>= PERTURB_SHIFT;
                at = (at.wrapping_mul(5).wrapping_add(1).wrapping_add(perturb)) & mask;
            }
        }
    }

    /// Adds a key; whether it is new. May run Python.
    #[inline]
    fn add_entry(&self, key: Ref, hash: isize) -> PyResult<bool> {
        let mask = self.mask.get();
        let entry = self.entry(hash as usize & mask);
        // A free place, without the table growing.
        if entry.key.get().is_null() && (self.fill.get() + 1) * 5 < mask * 3 {
            self.used.set(self.used.get() + 1);
            self.fill.set(self.fill.get() + 1);
            entry.put(key, hash);
            return Ok(true);
        }
        self.search_and_add(key, hash)
    }

    #[inline(never)]
    fn search_and_add(&self, key: Ref, hash: isize) -> PyResult<bool> {
        'restart: loop {
            let (table, mask) = (self.table(), self.mask.get());
            let mut perturb = hash as usize;
            let mut at = perturb & mask;
            let mut deleted = None;
            loop {
                let probes = if at + LINEAR_PROBES <= mask { LINEAR_PROBES } else { 0 };
                let mut index = at;
                loop {
                    // SAFETY: the table has `mask + 1` entries.
                    let entry = unsafe { &*table.add(index) };
                    if entry.key.get().is_null() {
                        self.used.set(self.used.get() + 1);
                        if let Some(deleted) = deleted {
                            self.entry(deleted).put(key, hash);
                            return Ok(true);
                        }
                        self.fill.set(self.fill.get() + 1);
                        entry.put(key, hash);
                        if self.fill.get() * 5 >= mask * 3 {
                            self.resize(self.growth())?;
                        }
                        return Ok(true);
                    }
                    if entry.hash.get() == hash {
                        match self.compare(entry, &key)? {
                            None => continue 'restart,
                            Some(true) => return Ok(false),
                            Some(false) => {}
                        }
                    } else if entry.hash.get() == -1 {
                        deleted = Some(index);
                    }
                    if index == at + probes {
                        break;
                    }
                    index += 1;
                }
                perturb >>= PERTURB_SHIFT;
                at = (at.wrapping_mul(5).wrapping_add(1).wrapping_add(perturb)) & mask;
            }
        }
    }

    fn growth(&self) -> usize {
        self.len() * if self.len() > 50_000 { 2 } else { 4 }
    }

    /// Adds a key that is known to be absent to a table without deleted keys.
    fn insert_clean(&self, key: Ref, hash: isize) {
        let mask = self.mask.get();
        let mut perturb = hash as usize;
        let mut at = perturb & mask;
        loop {
            let probes = if at + LINEAR_PROBES <= mask { LINEAR_PROBES } else { 0 };
            for index in at..=at + probes {
                if self.entry(index).key.get().is_null() {
                    self.entry(index).put(key, hash);
                    return;
                }
            }
            perturb >>= PERTURB_SHIFT;
            at = (at.wrapping_mul(5).wrapping_add(1).wrapping_add(perturb)) & mask;
        }
    }

    /// Moves the keys into a table with more than `minimum` entries. Runs no Python.
    fn resize(&self, minimum: usize) -> PyResult<()> {
        let mut size = SMALL;
        while size <= minimum {
            size = size.checked_mul(2).ok_or_else(memory_error)?;
        }
        let (old_large, old_mask) = (self.large.get(), self.mask.get());
        let saved: [Entry; SMALL] = std::array::from_fn(|index| Entry {
            key: Cell::new(self.small[index].key.get()),
            hash: Cell::new(self.small[index].hash.get()),
        });
        let mut large = ptr::null_mut();
        if size == SMALL {
            if old_large.is_null() && self.fill.get() == self.used.get() {
                return Ok(());
            }
            self.reset_small();
        } else {
            let Some(layout) = layout(size - 1) else { return Err(memory_error()) };
            // SAFETY: the layout is not empty; zero bytes are free entries.
            large = unsafe { alloc::alloc_zeroed(layout) }.cast::<Entry>();
            if large.is_null() {
                return Err(memory_error());
            }
            self.reset_small();
        }
        self.large.set(large);
        self.mask.set(size - 1);
        self.fill.set(self.used.get());
        let old = if old_large.is_null() { saved.as_ptr() } else { old_large.cast_const() };
        for index in 0..=old_mask {
            // SAFETY: the old table is still there, in the copy or in its own block.
            let entry = unsafe { &*old.add(index) };
            if let Some(key) = NonNull::new(entry.key.get()).filter(|_| entry.is_active()) {
                // SAFETY: the reference moves; the old table is forgotten.
                self.insert_clean(unsafe { Ref::from_raw(key) }, entry.hash.get());
            }
        }
        self.free_large(old_large, old_mask);
        Ok(())
    }

    fn reset_small(&self) {
        for entry in &self.small {
            entry.key.set(ptr::null_mut());
            entry.hash.set(0);
        }
    }

    // --- what the rest of gopy calls ------------------------------------------------------------

    /// Adds an item; whether it is new. May run Python.
    ///
    /// # Errors
    ///
    /// What hashing and comparing raise; `MemoryError`.
    pub fn add(&self, key: &Object) -> PyResult<bool> {
        let hash = hash_key(key)?;
        self.add_entry(key.to_ref(), hash)
    }

    /// `key in self`, without the special case for sets as keys. May run Python.
    ///
    /// # Errors
    ///
    /// What hashing and comparing raise.
    #[inline]
    pub fn contains(&self, key: &Object) -> PyResult<bool> {
        let hash = hash_key(key)?;
        self.contains_known_hash(key, hash)
    }

    #[inline(always)]
    fn contains_known_hash(&self, key: &Object, hash: isize) -> PyResult<bool> {
        if let Some(found) = self.peek(key, hash) {
            return Ok(found);
        }
        Ok(matches!(self.find(key, hash)?, Found::At(_)))
    }

    /// Removes an item; whether it was there. May run Python.
    ///
    /// # Errors
    ///
    /// What hashing and comparing raise.
    pub fn discard(&self, key: &Object) -> PyResult<bool> {
        let hash = hash_key(key)?;
        self.discard_known_hash(key, hash)
    }

    fn discard_known_hash(&self, key: &Object, hash: isize) -> PyResult<bool> {
        match self.find(key, hash)? {
            Found::Missing => Ok(false),
            Found::At(index) => {
                let old = self.entry(index).delete();
                self.used.set(self.used.get() - 1);
                drop(old);
                Ok(true)
            }
        }
    }

    /// Takes an arbitrary item out.
    pub fn pop(&self) -> Option<Ref> {
        if self.is_empty() {
            return None;
        }
        let mask = self.mask.get();
        let mut index = self.finger.get() & mask;
        while !self.entry(index).is_active() {
            index = if index == mask { 0 } else { index + 1 };
        }
        let key = self.entry(index).delete();
        self.used.set(self.used.get() - 1);
        self.finger.set(index + 1);
        key
    }

    /// Removes all items, in the order of the table. May drop.
    pub fn clear_items(&self) {
        if self.fill.get() == 0 && self.large.get().is_null() {
            return;
        }
        let mask = self.mask.get();
        let large = self.large.replace(ptr::null_mut());
        let saved: [Entry; SMALL] = std::array::from_fn(|index| Entry {
            key: Cell::new(self.small[index].key.get()),
            hash: Cell::new(self.small[index].hash.get()),
        });
        self.reset_small();
        self.fill.set(0);
        self.used.set(0);
        self.mask.set(SMALL - 1);
        self.hash.set(-1);
        let table = if large.is_null() { saved.as_ptr() } else { large.cast_const() };
        for index in 0..=mask {
            // SAFETY: the table is no longer the set's, but still there.
            drop(unsafe { &*table.add(index) }.delete());
        }
        self.free_large(large, mask);
    }

    /// The next item with its hash; `position` starts at 0. The set may change meanwhile.
    pub fn next(&self, position: &mut usize) -> Option<(Ref, isize)> {
        while *position <= self.mask.get() {
            let entry = self.entry(*position);
            *position += 1;
            if let Some(key) = entry.get() {
                return Some((key, entry.hash.get()));
            }
        }
        None
    }

    /// The items in the order of the table.
    pub fn to_vec(&self) -> Vec<Ref> {
        self.entries().iter().filter_map(Entry::get).collect()
    }

    /// Adds the items of an iterable. May run Python.
    ///
    /// # Errors
    ///
    /// What the iterable, hashing and comparing raise; `MemoryError`.
    pub fn update(&self, iterable: &Object) -> PyResult<()> {
        if let Some(other) = Set::any(iterable) {
            return self.merge(other);
        }
        if let Some(dict) = iterable.downcast_exact::<Dict>() {
            return self.merge_keys(dict);
        }
        let items = iter::get_iter(iterable)?;
        while let Some(item) = iter::next(&items)? {
            let hash = hash_key(&item)?;
            self.add_entry(item, hash)?;
        }
        Ok(())
    }

    fn make_room(&self, more: usize) -> PyResult<()> {
        if (self.fill.get() + more) * 5 >= self.mask.get() * 3 {
            self.resize((self.len() + more) * 2)?;
        }
        Ok(())
    }

    fn merge(&self, other: &Set) -> PyResult<()> {
        if ptr::eq(self, other) || other.is_empty() {
            return Ok(());
        }
        self.make_room(other.len())?;
        if self.fill.get() == 0 {
            let same = self.mask.get() == other.mask.get() && other.fill.get() == other.len();
            for index in 0..=other.mask.get() {
                let theirs = other.entry(index);
                let Some(key) = theirs.get() else { continue };
                if same {
                    self.entry(index).put(key, theirs.hash.get());
                } else {
                    self.insert_clean(key, theirs.hash.get());
                }
            }
            self.fill.set(other.len());
            self.used.set(other.len());
            return Ok(());
        }
        let mut position = 0;
        while let Some((key, hash)) = other.next(&mut position) {
            self.add_entry(key, hash)?;
        }
        Ok(())
    }

    fn merge_keys(&self, dict: &Dict) -> PyResult<()> {
        self.make_room(dict.len())?;
        let mut position = 0;
        while let Some((key, hash)) = dict.next_key(&mut position) {
            self.add_entry(key, hash)?;
        }
        Ok(())
    }
}
