//! What a pickler has written and an unpickler has read already.
//!
//! Answers to `PyMemoTable` and the memo array in `Modules/_pickle.c`. Sizes that `__sizeof__` shows
//! are CPython's.
//!
//! Never here: a function that drops a reference or runs Python while the table is borrowed.

use std::cell::UnsafeCell;
use std::collections::HashMap;

use gopy_core::error::memory_error;
use gopy_object::{Instance, Object, PyResult, Ref, Traverse, Visitor};

const TABLE_MIN: usize = 8;
const PERTURB_SHIFT: u32 = 5;

#[derive(Default)]
struct Table {
    /// A power of two of places, or none at all before the first use.
    places: Vec<Option<(Ref, isize)>>,
    used: usize,
}

impl Table {
    fn place(&self, key: usize) -> usize {
        let mask = self.places.len() - 1;
        let hash = key >> 3;
        let is_it = |at: usize| match &self.places[at] {
            Some((other, _)) => other.id() == key,
            None => true,
        };
        let mut at = hash;
        let mut perturb = hash;
        while !is_it(at & mask) {
            at = (at << 2).wrapping_add(at).wrapping_add(perturb).wrapping_add(1);
            perturb >>= PERTURB_SHIFT;
        }
        at & mask
    }

    fn resize(&mut self, minimum: usize) -> PyResult<()> {
        let size = minimum.max(TABLE_MIN).next_power_of_two();
        let mut places = Vec::new();
        places.try_reserve_exact(size).map_err(|_| memory_error())?;
        places.resize_with(size, || None);
        let old = std::mem::replace(&mut self.places, places);
        for (key, index) in old.into_iter().flatten() {
            let place = self.place(key.id());
            self.places[place] = Some((key, index));
        }
        Ok(())
    }

    fn set(&mut self, key: Ref, index: isize) -> PyResult<Option<Ref>> {
        if self.places.is_empty() {
            self.resize(TABLE_MIN)?;
        }
        let place = self.place(key.id());
        if let Some((_, old)) = &mut self.places[place] {
            *old = index;
            return Ok(Some(key));
        }
        self.places[place] = Some((key, index));
        self.used += 1;
        if self.used * 3 >= self.places.len() * 2 {
            self.resize(self.used * if self.used > 50_000 { 2 } else { 4 })?;
        }
        Ok(None)
    }
}

/// The objects that a pickler has written, by identity, with their numbers.
#[derive(Default)]
pub struct PickleMemo(UnsafeCell<Table>);

impl PickleMemo {
    fn with<R>(&self, work: impl FnOnce(&mut Table) -> R) -> R {
        // SAFETY: private; the closures of this file only move references, so nothing re-enters.
        work(unsafe { &mut *self.0.get() })
    }

    /// Number of objects.
    pub fn len(&self) -> usize {
        self.with(|table| table.used)
    }

    /// Number of places, as CPython allocates them.
    pub fn allocated(&self) -> usize {
        self.with(|table| table.places.len().max(TABLE_MIN))
    }

    /// The number of an object.
    #[inline]
    pub fn get(&self, key: &Object) -> Option<isize> {
        self.with(|table| {
            if table.used == 0 {
                return None;
            }
            table.places[table.place(key.id())].as_ref().map(|(_, index)| *index)
        })
    }

    /// Gives an object a number.
    pub fn set(&self, key: &Object, index: isize) -> PyResult<()> {
        let key = key.to_ref();
        drop(self.with(|table| table.set(key, index))?);
        Ok(())
    }

    /// Forgets everything.
    pub fn forget(&self) {
        let size = self.with(|table| table.places.len());
        let old = self.with(std::mem::take);
        // The table keeps its size, which shows.
        let _ = self.with(|table| table.resize(size));
        drop(old);
    }

    /// Forgets everything and the table too.
    pub fn reset(&self) {
        drop(self.with(std::mem::take));
    }

    /// All objects with their numbers, in the table's order.
    pub fn entries(&self) -> Vec<(Ref, isize)> {
        self.with(|table| table.places.iter().flatten().cloned().collect())
    }

    /// Takes over other entries for those of now.
    pub fn replace(&self, entries: Vec<(Ref, isize)>) -> PyResult<()> {
        let mut table = Table::default();
        let mut spare = Vec::new();
        for (key, index) in entries {
            spare.extend(table.set(key, index)?);
        }
        let old = self.with(|now| std::mem::replace(now, table));
        drop((old, spare));
        Ok(())
    }
}

impl Traverse for PickleMemo {
    fn traverse(&self, visit: &mut Visitor<'_>) {
        // SAFETY: visitors neither drop nor run Python.
        for (key, _) in unsafe { &*self.0.get() }.places.iter().flatten() {
            visit(key);
        }
    }

    fn clear(&self) {
        self.reset();
    }
}

/// Places that an unpickler's memo begins with.
const LIST_MIN: usize = 32;
/// CPython would ask for more memory than there is.
const INDEX_MAX: usize = 1 << 30;

struct List {
    items: Vec<Option<Ref>>,
    /// Far behind the others: hostile pickles must not cost memory.
    sparse: HashMap<usize, Ref>,
    size: usize,
    used: usize,
}

impl Default for List {
    fn default() -> Self {
        List { items: Vec::new(), sparse: HashMap::new(), size: LIST_MIN, used: 0 }
    }
}

impl List {
    fn put(&mut self, index: usize, value: Ref) -> PyResult<Option<Ref>> {
        if index >= self.size {
            if index > INDEX_MAX {
                return Err(memory_error());
            }
            self.size = index * 2;
        }
        let old = if index < self.items.len() {
            self.items[index].replace(value)
        } else if index <= self.items.len() * 2 + 1024 {
            let more = index + 1 - self.items.len();
            self.items.try_reserve(more).map_err(|_| memory_error())?;
            self.items.resize_with(index, || None);
            self.items.push(Some(value));
            self.sparse.remove(&index)
        } else {
            self.sparse.insert(index, value)
        };
        self.used += usize::from(old.is_none());
        Ok(old)
    }

    fn get(&self, index: usize) -> Option<Ref> {
        match self.items.get(index) {
            Some(Some(item)) => Some(item.clone()),
            _ => self.sparse.get(&index).cloned(),
        }
    }
}

/// The objects that an unpickler has numbered.
#[derive(Default)]
pub struct UnpickleMemo(UnsafeCell<List>);

impl UnpickleMemo {
    fn with<R>(&self, work: impl FnOnce(&mut List) -> R) -> R {
        // SAFETY: private; the closures of this file only move references, so nothing re-enters.
        work(unsafe { &mut *self.0.get() })
    }

    /// Number of places, as CPython allocates them.
    pub fn size(&self) -> usize {
        self.with(|list| list.size)
    }

    /// Number of objects, which is the next one's number.
    pub fn len(&self) -> usize {
        self.with(|list| list.used)
    }

    /// An object by its number.
    #[inline]
    pub fn get(&self, index: usize) -> Option<Ref> {
        self.with(|list| list.get(index))
    }

    /// Numbers an object.
    #[inline]
    pub fn put(&self, index: usize, value: Ref) -> PyResult<()> {
        drop(self.with(|list| list.put(index, value))?);
        Ok(())
    }

    /// Forgets everything; the number of places stays.
    pub fn forget(&self) {
        let size = self.size();
        let empty = List { size, ..List::default() };
        drop(self.with(|now| std::mem::replace(now, empty)));
    }

    /// As a new memo is.
    pub fn reset(&self) {
        drop(self.with(std::mem::take));
    }

    /// All objects with their numbers, in order.
    pub fn entries(&self) -> Vec<(usize, Ref)> {
        self.with(|list| {
            let dense = list.items.iter().enumerate();
            let mut all: Vec<(usize, Ref)> =
                dense.filter_map(|(index, item)| Some((index, item.clone()?))).collect();
            let mut sparse: Vec<(usize, Ref)> =
                list.sparse.iter().map(|(index, item)| (*index, item.clone())).collect();
            sparse.sort_by_key(|(index, _)| *index);
            all.extend(sparse);
            all
        })
    }

    /// Takes over other entries for those of now. They don't count for the numbers that follow, as in
    /// CPython.
    pub fn replace(&self, entries: Vec<(usize, Ref)>, size: usize) {
        let used = self.len();
        let mut list = List { size, ..List::default() };
        for (index, item) in entries {
            // They lay in a memo before, so that they fit.
            let _ = list.put(index, item);
        }
        (list.size, list.used) = (size, used);
        drop(self.with(|now| std::mem::replace(now, list)));
    }
}

impl Traverse for UnpickleMemo {
    fn traverse(&self, visit: &mut Visitor<'_>) {
        // SAFETY: visitors neither drop nor run Python.
        let list = unsafe { &*self.0.get() };
        for item in list.items.iter().flatten().chain(list.sparse.values()) {
            visit(item);
        }
    }

    fn clear(&self) {
        self.reset();
    }
}
