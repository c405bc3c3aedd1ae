//! The hash table of a dict: sparse indices and dense entries in insertion order.
//!
//! Answers to the `PyDictKeysObject` half of `Objects/dictobject.c` and to
//! `Include/internal/pycore_dict.h`.
//!
//! A table is `[head][indices: 1, 2, 4 or 8 bytes each][entries]`. Entries of tables whose keys are
//! all exact strings are pairs; others store the hash as well. Tables are counted: a class and the
//! split dicts of its instances share one.
//!
//! Keeps true: a [`Keys`] handle points at a live table; at least one index is free, so that probing
//! ends; entries `nentries..` are never read.

use std::alloc::Layout;
use std::cell::Cell;
use std::ptr::{self, NonNull};

use gopy_object::{GilCell, Interpreter, Object, PyResult, Ref, Slot, blocks, thread};

use crate::error::memory_error;
use crate::str::Str;

/// No entry: the probe has met a free index.
pub(super) const EMPTY: isize = -1;
/// The index of a deleted entry.
const DUMMY: isize = -2;
/// Smallest table: 8 indices.
pub(super) const LOG2_MIN: u8 = 3;
/// Tables that instances share have 64 indices.
pub(super) const LOG2_SHARED: u8 = 6;
/// Keys that instances can share.
pub(super) const SHARED_MAX: usize = 30;
/// A count that is not kept.
const IMMORTAL: usize = 1 << 62;
const PERTURB_SHIFT: u32 = 5;

/// What a table's keys are.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Kind {
    /// Any; entries store the hash.
    General,
    /// Exact strings.
    Unicode,
    /// Exact strings, shared; the values are elsewhere.
    Split,
}

#[repr(C)]
struct Head {
    refs: Cell<usize>,
    log2_size: u8,
    log2_index_bytes: u8,
    kind: Cell<Kind>,
    version: Cell<u32>,
    usable: Cell<isize>,
    nentries: Cell<usize>,
}

const _: () = assert!(size_of::<Head>() == 32);

#[repr(C)]
struct GeneralEntry {
    hash: Cell<isize>,
    key: Slot,
    value: Slot,
}

#[repr(C)]
struct UnicodeEntry {
    key: Slot,
    value: Slot,
}

#[repr(C)]
struct EmptyTable {
    head: Head,
    indices: [i8; 8],
}

static EMPTY_TABLE: GilCell<EmptyTable> = GilCell::new(EmptyTable {
    head: Head {
        refs: Cell::new(IMMORTAL),
        log2_size: 0,
        log2_index_bytes: 3,
        kind: Cell::new(Kind::Unicode),
        version: Cell::new(1),
        usable: Cell::new(0),
        nentries: Cell::new(0),
    },
    indices: [EMPTY as i8; 8],
});

/// Entries that a table of `size` indices holds before it is resized.
#[inline(always)]
pub(super) const fn usable_fraction(size: usize) -> usize {
    (size << 1) / 3
}

/// The exponent of the smallest table with at least `minimum` indices.
pub(super) fn log2_size_for(minimum: usize) -> u8 {
    let minimum = minimum.max(8) - 1;
    (usize::BITS - minimum.leading_zeros()) as u8
}

/// The exponent of the table that holds `count` entries without a resize.
pub(super) fn log2_size_estimate(count: usize) -> u8 {
    log2_size_for(count.saturating_mul(3).saturating_add(1) / 2)
}

/// A handle of a live table; it owns no count.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Keys(NonNull<Head>);

impl Keys {
    /// The table that all empty dicts share.
    #[inline(always)]
    pub(super) fn empty() -> Keys {
        Keys(NonNull::from_ref(EMPTY_TABLE.get()).cast())
    }

    /// The handle as `Type::cached_keys` keeps it.
    /// Where the table begins.
    #[inline(always)]
    pub(super) fn as_ptr(self) -> *mut u8 {
        self.0.as_ptr().cast()
    }

    pub(super) fn into_opaque(self) -> *mut () {
        self.0.as_ptr().cast()
    }

    /// The handle behind [`Keys::into_opaque`]; `None` for null.
    ///
    /// # Safety
    ///
    /// The table is alive.
    #[inline(always)]
    pub(super) unsafe fn from_opaque(pointer: *mut ()) -> Option<Keys> {
        NonNull::new(pointer.cast()).map(Keys)
    }

    /// Whether this is the shared empty table.
    #[inline(always)]
    pub(super) fn is_empty_table(self) -> bool {
        self == Keys::empty()
    }

    fn layout(log2_size: u8, log2_index_bytes: u8, kind: Kind) -> Option<Layout> {
        let entry = if kind == Kind::General { 24 } else { 16 };
        let entries = usable_fraction(1usize.checked_shl(log2_size.into())?).checked_mul(entry)?;
        let size = entries.checked_add(1usize.checked_shl(log2_index_bytes.into())?)?;
        Layout::from_size_align(size.checked_add(size_of::<Head>())?, 16).ok()
    }

    /// A table of `1 << log2_size` free indices, with one reference.
    ///
    /// # Errors
    ///
    /// `MemoryError`.
    pub(super) fn new(log2_size: u8, kind: Kind) -> PyResult<Keys> {
        if log2_size >= 58 {
            return Err(memory_error());
        }
        let log2_index_bytes = log2_size
            + match log2_size {
                0..8 => 0,
                8..16 => 1,
                16..32 => 2,
                _ => 3,
            };
        let Some(layout) = Keys::layout(log2_size, log2_index_bytes, kind) else {
            return Err(memory_error());
        };
        let Some(place) = NonNull::new(blocks::alloc(layout.size())) else {
            return Err(memory_error());
        };
        let head = Head {
            refs: Cell::new(1),
            log2_size,
            log2_index_bytes,
            kind: Cell::new(kind),
            version: Cell::new(0),
            usable: Cell::new(usable_fraction(1 << log2_size) as isize),
            nentries: Cell::new(0),
        };
        // SAFETY: just allocated with room for the head.
        unsafe { place.cast::<Head>().write(head) };
        // SAFETY: the indices follow; all bits set is `EMPTY` in every width.
        unsafe {
            place.as_ptr().add(size_of::<Head>()).write_bytes(0xff, 1 << log2_index_bytes);
        }
        Ok(Keys(place.cast()))
    }

    #[inline(always)]
    fn head<'a>(self) -> &'a Head {
        // SAFETY: a handle points at a live table.
        unsafe { &*self.0.as_ptr() }
    }

    /// One more owner.
    #[inline]
    pub(super) fn retain(self) -> Keys {
        let refs = &self.head().refs;
        if refs.get() < IMMORTAL {
            refs.set(refs.get() + 1);
        }
        self
    }

    /// One owner less; the last one releases keys and values from the start. May drop.
    pub(super) fn release(self) {
        let refs = &self.head().refs;
        if refs.get() >= IMMORTAL {
            return;
        }
        refs.set(refs.get() - 1);
        if refs.get() > 0 {
            return;
        }
        for index in 0..self.nentries() {
            let (key, value) = self.entry(index);
            drop(key.take());
            drop(value.take());
        }
        self.free();
    }

    /// Gives up a table whose entries have been moved elsewhere.
    pub(super) fn release_moved(self) {
        if !self.is_empty_table() {
            self.head().nentries.set(0);
            self.release();
        }
    }

    fn free(self) {
        let head = self.head();
        let layout = Keys::layout(head.log2_size, head.log2_index_bytes, head.kind.get());
        if let Some(layout) = layout {
            // SAFETY: allocated in `new` or `duplicate` with this layout; the last owner is gone.
            unsafe { blocks::free(self.0.as_ptr().cast(), layout.size()) };
        }
    }

    /// A copy of a table that is not split, with new references to keys and values.
    ///
    /// # Errors
    ///
    /// `MemoryError`.
    pub(super) fn duplicate(self) -> PyResult<Keys> {
        let head = self.head();
        let layout = Keys::layout(head.log2_size, head.log2_index_bytes, head.kind.get());
        let place = layout.and_then(|layout| NonNull::new(blocks::alloc(layout.size())));
        let (Some(layout), Some(place)) = (layout, place) else { return Err(memory_error()) };
        // SAFETY: both blocks have this layout.
        unsafe {
            ptr::copy_nonoverlapping(self.0.as_ptr().cast::<u8>(), place.as_ptr(), layout.size());
        }
        let copy = Keys(place.cast());
        copy.head().refs.set(1);
        copy.head().version.set(0);
        for index in 0..copy.nentries() {
            let (key, value) = copy.entry(index);
            // The bits were copied; now they own what they point to.
            std::mem::forget(key.get());
            std::mem::forget(value.get());
        }
        Ok(copy)
    }

    /// How many own the table.
    pub(super) fn refs(self) -> usize {
        self.head().refs.get()
    }

    /// What its keys are.
    #[inline(always)]
    pub fn kind(self) -> Kind {
        self.head().kind.get()
    }

    /// Whether all keys are exact strings.
    #[inline(always)]
    pub fn is_unicode(self) -> bool {
        self.kind() != Kind::General
    }

    #[inline(always)]
    pub(super) fn log2_size(self) -> u8 {
        self.head().log2_size
    }

    /// Number of places for indices.
    #[inline(always)]
    pub fn size(self) -> usize {
        1 << self.head().log2_size
    }

    #[inline(always)]
    fn mask(self) -> usize {
        self.size() - 1
    }

    /// Number of entries that have been in use.
    #[inline(always)]
    pub fn nentries(self) -> usize {
        self.head().nentries.get()
    }

    #[inline(always)]
    pub(super) fn usable(self) -> isize {
        self.head().usable.get()
    }

    pub(super) fn set_usable(self, usable: isize) {
        self.head().usable.set(usable);
    }

    /// Room for keys in a shared table, used or not.
    #[inline(always)]
    pub(super) fn shared_capacity(self) -> usize {
        self.usable().max(0) as usize + self.nentries()
    }

    /// The version for caches as it stands; 0 where none has been given.
    #[inline(always)]
    pub fn version(self) -> u32 {
        self.head().version.get()
    }

    /// The version for caches, given now if need be; 0 when they are used up.
    pub fn assign_version(self) -> u32 {
        if self.version() == 0 {
            let next = &Interpreter::current().next_dict_keys_version;
            let version = next.get();
            if version != 0 {
                next.set(version.wrapping_add(1));
                self.head().version.set(version);
            }
        }
        self.version()
    }

    #[inline(always)]
    pub(super) fn invalidate(self) {
        if self.version() != 0 {
            self.head().version.set(0);
        }
    }

    /// `sys.getsizeof`'s figure for the table.
    pub(super) fn bytes(self) -> usize {
        let entry = if self.kind() == Kind::General { 24 } else { 16 };
        size_of::<Head>()
            + (1 << self.head().log2_index_bytes)
            + usable_fraction(self.size()) * entry
    }

    #[inline(always)]
    fn indices(self) -> *mut u8 {
        // SAFETY: the indices follow the head in the same allocation.
        unsafe { self.0.as_ptr().add(1).cast() }
    }

    #[inline(always)]
    fn index(self, at: usize) -> isize {
        debug_assert!(at <= self.mask());
        let indices = self.indices();
        let log2_size = self.head().log2_size;
        if log2_size < 8 {
            // SAFETY: `at` is masked by the size; the width follows from it.
            isize::from(unsafe { indices.cast::<i8>().add(at).read() })
        } else if log2_size < 16 {
            // SAFETY: as above.
            isize::from(unsafe { indices.cast::<i16>().add(at).read() })
        } else if log2_size < 32 {
            // SAFETY: as above.
            (unsafe { indices.cast::<i32>().add(at).read() }) as isize
        } else {
            // SAFETY: as above.
            (unsafe { indices.cast::<i64>().add(at).read() }) as isize
        }
    }

    #[inline(always)]
    fn set_index(self, at: usize, index: isize) {
        debug_assert!(at <= self.mask() && !self.is_empty_table());
        let indices = self.indices();
        let log2_size = self.head().log2_size;
        if log2_size < 8 {
            // SAFETY: `at` is masked by the size; the width follows from it.
            unsafe { indices.cast::<i8>().add(at).write(index as i8) }
        } else if log2_size < 16 {
            // SAFETY: as above.
            unsafe { indices.cast::<i16>().add(at).write(index as i16) }
        } else if log2_size < 32 {
            // SAFETY: as above.
            unsafe { indices.cast::<i32>().add(at).write(index as i32) }
        } else {
            // SAFETY: as above.
            unsafe { indices.cast::<i64>().add(at).write(index as i64) }
        }
    }

    #[inline(always)]
    fn entries(self) -> *mut u8 {
        // SAFETY: the entries follow the indices in the same allocation.
        unsafe { self.indices().add(1 << self.head().log2_index_bytes) }
    }

    #[inline(always)]
    fn general<'a>(self, index: usize) -> &'a GeneralEntry {
        debug_assert!(self.kind() == Kind::General && index < usable_fraction(self.size()));
        // SAFETY: callers pass indices below the number of entries.
        unsafe { &*self.entries().cast::<GeneralEntry>().add(index) }
    }

    #[inline(always)]
    fn unicode<'a>(self, index: usize) -> &'a UnicodeEntry {
        debug_assert!(self.kind() != Kind::General && index < usable_fraction(self.size()));
        // SAFETY: callers pass indices below the number of entries.
        unsafe { &*self.entries().cast::<UnicodeEntry>().add(index) }
    }

    /// Key and value of entry `index`; both are empty once it has been deleted, the value is empty
    /// in split tables.
    #[inline(always)]
    pub(super) fn entry<'a>(self, index: usize) -> (&'a Slot, &'a Slot) {
        if self.kind() == Kind::General {
            let entry = self.general(index);
            (&entry.key, &entry.value)
        } else {
            let entry = self.unicode(index);
            (&entry.key, &entry.value)
        }
    }

    /// The hash of entry `index`, which is in use.
    #[inline(always)]
    pub(super) fn hash_at(self, index: usize) -> isize {
        if self.kind() == Kind::General {
            return self.general(index).hash.get();
        }
        // SAFETY: nothing runs while the key is borrowed.
        let key = unsafe { self.unicode(index).key.borrow() };
        // SAFETY: keys of such tables are exact strings.
        key.map_or(0, |key| unsafe { key.downcast_unchecked::<Str>() }.hash_value())
    }

    /// The entry of a string in a table of strings; [`EMPTY`] where there is none. Runs no Python.
    #[inline]
    pub(super) fn find_str(self, key: &Str, hash: isize) -> isize {
        debug_assert!(self.is_unicode());
        let mask = self.mask();
        let mut perturb = hash as usize;
        let mut at = perturb & mask;
        loop {
            let index = self.index(at);
            if index >= 0 {
                // SAFETY: nothing runs while the key is borrowed.
                if let Some(found) = unsafe { self.unicode(index as usize).key.borrow() } {
                    if ptr::addr_eq(found, key) {
                        return index;
                    }
                    // SAFETY: keys of such tables are exact strings.
                    let found = unsafe { found.downcast_unchecked::<Str>() };
                    if found.hash_value() == hash && found.equals(key) {
                        return index;
                    }
                }
            } else if index == EMPTY {
                return EMPTY;
            }
            perturb >>= PERTURB_SHIFT;
            at = (at * 5 + perturb + 1) & mask;
        }
    }

    /// Probes for `hash`, asking `same` about each entry with that hash (or about identity);
    /// `None` from it ends the search with `None`.
    #[inline]
    pub(super) fn find_with(
        self,
        key: &Object,
        hash: isize,
        mut same: impl FnMut(usize) -> PyResult<Option<bool>>,
    ) -> PyResult<Option<isize>> {
        let mask = self.mask();
        let mut perturb = hash as usize;
        let mut at = perturb & mask;
        loop {
            let index = self.index(at);
            if index >= 0 {
                let entry = index as usize;
                // SAFETY: only compared.
                let found = unsafe { self.entry(entry).0.borrow() };
                if found.is_some_and(|found| ptr::eq(found, key)) {
                    return Ok(Some(index));
                }
                if self.hash_at(entry) == hash {
                    match same(entry)? {
                        None => return Ok(None),
                        Some(true) => return Ok(Some(index)),
                        Some(false) => {}
                    }
                }
            } else if index == EMPTY {
                return Ok(Some(EMPTY));
            }
            perturb >>= PERTURB_SHIFT;
            at = (at * 5 + perturb + 1) & mask;
        }
    }

    /// The place in the indices that refers to entry `index`.
    fn place_of(self, hash: isize, index: isize) -> usize {
        let mask = self.mask();
        let mut perturb = hash as usize;
        let mut at = perturb & mask;
        while self.index(at) != index {
            debug_assert_ne!(self.index(at), EMPTY);
            perturb >>= PERTURB_SHIFT;
            at = (at * 5 + perturb + 1) & mask;
        }
        at
    }

    /// A place in the indices for a new entry: free, or that of a deleted one.
    #[inline]
    fn free_place(self, hash: isize) -> usize {
        let mask = self.mask();
        let mut perturb = hash as usize;
        let mut at = perturb & mask;
        while self.index(at) >= 0 {
            perturb >>= PERTURB_SHIFT;
            at = (at * 5 + perturb + 1) & mask;
        }
        at
    }

    /// Appends an entry; there is room. The value is empty in split tables.
    #[inline]
    pub(super) fn append(self, key: Ref, hash: isize, value: Option<Ref>) -> usize {
        debug_assert!(self.usable() > 0);
        self.invalidate();
        let index = self.nentries();
        self.set_index(self.free_place(hash), index as isize);
        self.write_entry(index, key, hash, value);
        self.head().usable.set(self.usable() - 1);
        self.head().nentries.set(index + 1);
        index
    }

    #[inline(always)]
    fn write_entry(self, index: usize, key: Ref, hash: isize, value: Option<Ref>) {
        let (key, value) = (Slot::new(Some(key)), Slot::new(value));
        if self.kind() == Kind::General {
            let entry = GeneralEntry { hash: Cell::new(hash), key, value };
            // SAFETY: within the entries, and uninitialised so far.
            unsafe { ptr::from_ref(self.general(index)).cast_mut().write(entry) };
        } else {
            // SAFETY: as above.
            unsafe {
                ptr::from_ref(self.unicode(index)).cast_mut().write(UnicodeEntry { key, value })
            };
        }
    }

    /// Takes entry `index` out; key and value are the caller's to release.
    pub(super) fn remove(self, index: usize) -> (Option<Ref>, Option<Ref>) {
        self.invalidate();
        let place = self.place_of(self.hash_at(index), index as isize);
        self.set_index(place, DUMMY);
        let (key, value) = self.entry(index);
        (key.take(), value.take())
    }

    /// Forgets the last entries, which have been removed, so that their room is used again.
    pub(super) fn truncate(self, nentries: usize) {
        self.head().nentries.set(nentries);
    }

    /// Appends an entry that is moved from another table, without an index.
    pub(super) fn move_in(self, key: Ref, hash: isize, value: Option<Ref>) {
        let index = self.nentries();
        self.write_entry(index, key, hash, value);
        self.head().nentries.set(index + 1);
        self.head().usable.set(self.usable() - 1);
    }

    /// Writes the indices of all entries of a new table.
    pub(super) fn build_indices(self) {
        for index in 0..self.nentries() {
            self.set_index(self.free_place(self.hash_at(index)), index as isize);
        }
    }

    /// Entry index of a string, for caches: `None` where the table has other keys or lacks it.
    pub fn index_of_str(self, key: &Str) -> Option<usize> {
        if !self.is_unicode() {
            return None;
        }
        usize::try_from(self.find_str(key, key.hash_value())).ok()
    }

    /// Whether entry `index` exists and its key is the very object `key`.
    #[inline(always)]
    pub fn is_key_at(self, index: usize, key: &Str) -> bool {
        // SAFETY: only compared.
        index < self.nentries()
            && unsafe { self.entry(index).0.borrow() }.is_some_and(|k| ptr::addr_eq(k, key))
    }

    /// Adds a string to a shared table, or finds it; `None` when the table is full.
    pub(super) fn share(self, key: &Str, hash: isize) -> Option<usize> {
        let index = self.find_str(key, hash);
        if index >= 0 {
            return Some(index as usize);
        }
        if self.usable() <= 0 {
            return None;
        }
        Some(self.append(Ref::from_borrow(key).upcast(), hash, None))
    }
}

/// Whether the running interpreter is going down, when watchers are no longer told.
pub(super) fn is_finalizing() -> bool {
    thread().interpreter().finalizing.get()
}
