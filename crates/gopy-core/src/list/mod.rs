//! `list`: a growable array of owned references.
//!
//! Answers to `Objects/listobject.c`. Start at [`List`]; sorting is in [`sort`].
//!
//! Keeps true: `items[..len]` are owned, `items[len..allocated]` uninitialised. During a sort the list
//! is empty and `allocated` is -1, which is how a change made by `key=` is noticed. Items are released
//! when the list no longer shows them, from the end.
//!
//! Never here: a borrow of `items` across a compare, a call or a decref.

use std::alloc::{Layout, handle_alloc_error};
use std::cell::Cell;
use std::ptr::{self, NonNull};

use gopy_macros::pyclass;
use gopy_object::typeobj::Tuple;
use gopy_object::{Instance, Object, PyResult, Ref, Traverse, Type, Visitor, blocks, memory};

use crate::dict::{self, Dict};
use crate::error::memory_error;
use crate::set::Set;
use crate::{iter, object, tuple};

mod list_iter;
mod methods;
mod slice;
mod sort;
#[cfg(test)]
mod tests;

pub use list_iter::{LIST_ITERATOR, LIST_REVERSE_ITERATOR, ListIterator, new_iterator};

/// A `list`.
#[pyclass(name = "list", static = LIST, basicsize = 40, text_signature = "(iterable=(), /)",
    flags(BASETYPE, HAVE_GC, LIST_SUBCLASS, SEQUENCE, MATCH_SELF), manual_traverse)]
#[repr(C)]
pub struct List {
    object: Object,
    len: Cell<usize>,
    items: Cell<*mut Item>,
    /// Room for items; -1 during a sort.
    allocated: Cell<isize>,
}

/// An owned reference as it lies in the storage.
type Item = NonNull<Object>;

const _: () = assert!(size_of::<List>() == 40);

impl Traverse for List {
    fn traverse(&self, visit: &mut Visitor<'_>) {
        // SAFETY: visitors neither drop nor run Python.
        for item in unsafe { self.lend() } {
            visit(item);
        }
    }

    fn clear(&self) {
        self.clear_items();
    }
}

impl Drop for List {
    fn drop(&mut self) {
        self.take_storage().release();
    }
}

/// Storage that is no longer a list's.
struct Storage {
    items: *mut Item,
    len: usize,
    allocated: usize,
}

impl Storage {
    /// Releases the items from the end and frees the memory. May drop.
    fn release(self) {
        for index in (0..self.len).rev() {
            // SAFETY: `len` items are owned, each is read once.
            drop(unsafe { Ref::from_raw(self.items.add(index).read()) });
        }
        free(self.items, self.allocated);
    }
}

/// Bytes of `count` items; `None` where no memory has so many.
#[inline(always)]
fn size_of_items(count: usize) -> Option<usize> {
    count.checked_mul(size_of::<Item>()).filter(|size| *size <= isize::MAX as usize)
}

fn allocate(count: usize) -> PyResult<*mut Item> {
    if count == 0 {
        return Ok(ptr::null_mut());
    }
    let Some(size) = size_of_items(count) else { return Err(memory_error()) };
    let place = blocks::alloc(size);
    if place.is_null() { Err(memory_error()) } else { Ok(place.cast()) }
}

#[inline(always)]
fn free(items: *mut Item, allocated: usize) {
    if !items.is_null() {
        // SAFETY: allocated with this size, which did not overflow then.
        unsafe { blocks::free(items.cast(), allocated * size_of::<Item>()) };
    }
}

impl List {
    fn with_storage(
        ty: &Type,
        items: *mut Item,
        len: usize,
        allocated: usize,
    ) -> PyResult<Ref<List>> {
        let list = List {
            object: Object::header(ty),
            len: Cell::new(len),
            items: Cell::new(items),
            allocated: Cell::new(allocated as isize),
        };
        let list = memory::alloc(ty, list)?;
        dict::instance::publish(list.as_object());
        Ok(list)
    }

    /// An empty list of `list` or a subtype.
    ///
    /// # Errors
    ///
    /// `MemoryError`.
    pub fn of_type(ty: &Type) -> PyResult<Ref<List>> {
        List::with_storage(ty, ptr::null_mut(), 0, 0)
    }

    /// `[]`. The process ends where not even that fits into memory.
    #[inline]
    pub fn new() -> Ref<List> {
        List::of_type(&LIST).unwrap_or_else(|_| handle_alloc_error(Layout::new::<List>()))
    }

    /// A list of `items`, for lengths that memory has held already; the process ends where it does not
    /// hold them twice.
    pub fn from_vec(items: Vec<Ref>) -> Ref<List> {
        let count = items.len();
        List::try_from_iter(count, items.into_iter())
            .unwrap_or_else(|_| handle_alloc_error(Layout::new::<List>()))
    }

    /// A list of exactly `count` references taken from an iterator that runs no Python; should it end
    /// early, the list is shorter.
    ///
    /// # Errors
    ///
    /// `MemoryError`.
    pub fn try_from_iter(count: usize, items: impl Iterator<Item = Ref>) -> PyResult<Ref<List>> {
        let storage = allocate(count)?;
        let mut len = 0;
        for item in items.take(count) {
            // SAFETY: there is room for `count` items.
            unsafe { storage.add(len).write(item.into_raw()) };
            len += 1;
        }
        List::with_storage(&LIST, storage, len, count)
    }

    /// `len(self)`.
    #[inline(always)]
    pub fn len(&self) -> usize {
        self.len.get()
    }

    /// Whether there are no items.
    #[inline(always)]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Where the items lie, for specialised instructions; may be null where there are none.
    #[inline(always)]
    pub fn items_ptr(&self) -> *mut Ref {
        self.items.get().cast()
    }

    /// The items.
    ///
    /// # Safety
    ///
    /// While the borrow lives nothing may drop or run Python that can reach this list.
    #[inline(always)]
    pub unsafe fn lend(&self) -> &[Ref] {
        if self.items.get().is_null() {
            return &[];
        }
        // SAFETY: `len` owned items lie there; the caller excludes a change.
        unsafe { std::slice::from_raw_parts(self.items.get().cast::<Ref>(), self.len()) }
    }

    /// Item `index`.
    #[inline(always)]
    pub fn get(&self, index: usize) -> Option<Ref> {
        if index >= self.len() {
            return None;
        }
        // SAFETY: the item is owned by the list and nothing runs before it is counted again.
        Some(unsafe { self.items.get().add(index).read().as_ref() }.to_ref())
    }

    /// Takes the storage away; the list is empty then.
    fn take_storage(&self) -> Storage {
        Storage {
            items: self.items.replace(ptr::null_mut()),
            len: self.len.replace(0),
            allocated: self.allocated.replace(0).max(0) as usize,
        }
    }

    /// Makes room for `len` items and sets the length; with over-allocation proportional to it, so
    /// that appending takes amortised constant time. New places are uninitialised: the caller fills
    /// them before anything else happens. Runs no Python.
    fn resize(&self, len: usize) -> PyResult<()> {
        let allocated = self.allocated.get();
        if allocated >= len as isize && len as isize >= allocated >> 1 {
            self.len.set(len);
            return Ok(());
        }
        self.reallocate(len)
    }

    #[inline(never)]
    fn reallocate(&self, len: usize) -> PyResult<()> {
        let mut room = len.saturating_add((len >> 3) + 6) & !3;
        if len.saturating_sub(self.len()) > room - len.min(room) {
            // A large step is not over-allocated.
            room = len.saturating_add(3) & !3;
        }
        if len == 0 {
            room = 0;
        }
        let old = self.items.get();
        let allocated = self.allocated.get().max(0) as usize;
        let items = if room == 0 {
            free(old, allocated);
            ptr::null_mut()
        } else if old.is_null() {
            allocate(room)?
        } else {
            let Some(size) = size_of_items(room) else { return Err(memory_error()) };
            // SAFETY: allocated with room for `allocated` items; the new size is not 0.
            let place = unsafe { blocks::realloc(old.cast(), allocated * size_of::<Item>(), size) };
            if place.is_null() {
                return Err(memory_error());
            }
            place.cast()
        };
        self.items.set(items);
        self.allocated.set(room as isize);
        self.len.set(len);
        Ok(())
    }

    /// Room for exactly `count` items (rounded up to an even number) in a list without storage.
    fn preallocate(&self, count: usize) -> PyResult<()> {
        debug_assert!(self.items.get().is_null());
        let count = count.checked_add(1).ok_or_else(memory_error)? & !1;
        self.items.set(allocate(count)?);
        self.allocated.set(count as isize);
        Ok(())
    }

    /// Appends an item.
    ///
    /// # Errors
    ///
    /// `MemoryError`.
    #[inline(always)]
    pub fn push(&self, item: Ref) -> PyResult<()> {
        let len = self.len();
        if (len as isize) < self.allocated.get() {
            self.len.set(len + 1);
        } else {
            self.resize(len + 1)?;
        }
        // SAFETY: there is room for the item now, and the place is uninitialised.
        unsafe { self.items.get().add(len).write(item.into_raw()) };
        Ok(())
    }

    /// Whether one more item fits into the storage that there is.
    #[inline(always)]
    pub fn has_room(&self) -> bool {
        (self.len() as isize) < self.allocated.get()
    }

    /// Appends to a list that has room.
    ///
    /// # Panics
    ///
    /// Where it has none.
    #[inline(always)]
    pub fn push_within(&self, item: Ref) {
        assert!(self.has_room());
        let len = self.len();
        self.len.set(len + 1);
        // SAFETY: there is room for the item, and the place is uninitialised.
        unsafe { self.items.get().add(len).write(item.into_raw()) };
    }

    /// Inserts before `index`, which counts from the end where it is negative and is clipped.
    ///
    /// # Errors
    ///
    /// `MemoryError`.
    pub fn insert(&self, index: isize, item: Ref) -> PyResult<()> {
        let len = self.len();
        let at = if index < 0 { index.saturating_add_unsigned(len).max(0) } else { index };
        let at = (at as usize).min(len);
        self.resize(len + 1)?;
        // SAFETY: `at <= len`, and there is room for `len + 1` items.
        let place = unsafe { self.items.get().add(at) };
        // SAFETY: the items behind move by one place.
        unsafe { ptr::copy(place, place.add(1), len - at) };
        // SAFETY: the place's item has moved.
        unsafe { place.write(item.into_raw()) };
        Ok(())
    }

    /// Replaces item `index` of a list that is at least that long; the old one is handed out.
    ///
    /// # Panics
    ///
    /// Where the list is shorter.
    #[inline(always)]
    pub fn replace(&self, index: usize, item: Ref) -> Ref {
        assert!(index < self.len());
        // SAFETY: within the items; the old reference changes hands.
        unsafe { Ref::from_raw(self.items.get().add(index).replace(item.into_raw())) }
    }

    /// Takes the last item out.
    pub fn pop(&self) -> Option<Ref> {
        self.len().checked_sub(1).and_then(|last| self.remove(last))
    }

    /// Takes item `index` out.
    fn remove(&self, index: usize) -> Option<Ref> {
        let len = self.len();
        if index >= len {
            return None;
        }
        // SAFETY: within the items; the reference changes hands.
        let item = unsafe { Ref::from_raw(self.items.get().add(index).read()) };
        if len == 1 {
            self.len.set(0);
            self.take_storage().release();
            return Some(item);
        }
        // SAFETY: the items behind move by one place.
        unsafe {
            let place = self.items.get().add(index);
            ptr::copy(place.add(1), place, len - 1 - index);
        }
        self.shrink(len - 1);
        Some(item)
    }

    /// Sets a smaller length; the items behind are not the list's any more. That memory can't be given
    /// back is no reason to fail.
    fn shrink(&self, len: usize) {
        if self.resize(len).is_err() {
            self.len.set(len);
        }
    }

    /// `self.clear()`. May drop.
    pub fn clear_items(&self) {
        self.take_storage().release();
    }

    /// The items, owned anew.
    pub fn to_vec(&self) -> Vec<Ref> {
        // SAFETY: nothing runs while they are counted.
        unsafe { self.lend() }.to_vec()
    }

    /// `tuple(self)`.
    pub fn to_tuple(&self) -> Ref<Tuple> {
        self.try_to_tuple().unwrap_or_else(|_| handle_alloc_error(Layout::new::<Tuple>()))
    }

    /// `tuple(self)`.
    ///
    /// # Errors
    ///
    /// `MemoryError`.
    pub fn try_to_tuple(&self) -> PyResult<Ref<Tuple>> {
        // SAFETY: nothing runs while they are counted.
        tuple::try_from_iter(self.len(), unsafe { self.lend() }.iter().cloned())
    }

    /// `self[start:end]`, clipped.
    ///
    /// # Errors
    ///
    /// `MemoryError`.
    pub fn slice(&self, start: usize, end: usize) -> PyResult<Ref<List>> {
        let end = end.min(self.len());
        let start = start.min(end);
        // SAFETY: nothing runs while they are counted.
        let items = &unsafe { self.lend() }[start..end];
        List::try_from_iter(items.len(), items.iter().cloned())
    }

    /// `del self[start:end]`, clipped. May drop.
    pub fn delete_range(&self, start: usize, end: usize) {
        // Nothing is allocated, so nothing fails.
        drop(self.assign_range(start, end, &[]));
    }

    /// `self.reverse()`.
    pub fn reverse(&self) {
        if self.len() > 1 {
            // SAFETY: `len` items lie there, and nothing runs.
            unsafe { std::slice::from_raw_parts_mut(self.items.get(), self.len()) }.reverse();
        }
    }

    /// Appends copies of references; `items` may be the list's own.
    fn extend_from(&self, count: usize, items: *const Item) -> PyResult<()> {
        if count == 0 {
            return Ok(());
        }
        let len = self.len();
        let own = items == self.items.get().cast_const();
        if self.items.get().is_null() {
            self.preallocate(count)?;
            self.len.set(count);
        } else {
            self.resize(len.checked_add(count).ok_or_else(memory_error)?)?;
        }
        let items = if own { self.items.get().cast_const() } else { items };
        for index in 0..count {
            // SAFETY: the source has `count` items, owned by an object that is alive.
            let item = unsafe { items.add(index).read() };
            // SAFETY: as above.
            unsafe { item.as_ref() }.incref();
            // SAFETY: room was made behind the first `len` items.
            unsafe { self.items.get().add(len + index).write(item) };
        }
        Ok(())
    }

    fn extend_owned(&self, items: Vec<Ref>) -> PyResult<()> {
        let len = self.len();
        self.resize(len + items.len())?;
        for (index, item) in items.into_iter().enumerate() {
            // SAFETY: room was made behind the first `len` items.
            unsafe { self.items.get().add(len + index).write(item.into_raw()) };
        }
        Ok(())
    }

    /// Appends the items of an iterable. May run Python.
    ///
    /// # Errors
    ///
    /// What the iterable raises; `MemoryError`.
    pub fn extend(&self, iterable: &Object) -> PyResult<()> {
        if let Some(list) = iterable.downcast_exact::<List>() {
            return self.extend_from(list.len(), list.items.get());
        }
        if let Some(tuple) = iterable.downcast_exact::<Tuple>() {
            return self.extend_from(tuple.len(), tuple.items_ptr().cast());
        }
        if let Some(set) = Set::any_exact(iterable).filter(|_| iterable.is_exact(&crate::set::SET))
        {
            return self.extend_owned(set.to_vec());
        }
        if let Some(dict) = iterable.downcast_exact::<Dict>() {
            return self.extend_owned(dict.keys().take_vec());
        }
        if let Some(items) = dict::view_items(iterable) {
            return self.extend_owned(items.take_vec());
        }
        self.extend_slowly(iterable)
    }

    fn extend_slowly(&self, iterable: &Object) -> PyResult<()> {
        let items = iter::get_iter(iterable)?;
        let expected = object::length_hint(iterable, 8)?;
        let len = self.len();
        if let Some(total) = len.checked_add(expected).filter(|n| *n <= isize::MAX as usize) {
            if !self.items.get().is_null() {
                self.resize(total)?;
                self.len.set(len);
            } else if expected > 0 {
                self.preallocate(expected)?;
            }
        }
        while let Some(item) = iter::next(&items)? {
            self.push(item)?;
        }
        if (self.len() as isize) < self.allocated.get() {
            self.shrink(self.len());
        }
        Ok(())
    }

    /// The items of a list that nobody else has.
    fn take_vec(&self) -> Vec<Ref> {
        let storage = self.take_storage();
        let items = (0..storage.len)
            // SAFETY: each owned item is read once.
            .map(|index| unsafe { Ref::from_raw(storage.items.add(index).read()) })
            .collect();
        free(storage.items, storage.allocated);
        items
    }

    /// `sys.getsizeof` without the collector's words.
    fn size(&self) -> usize {
        self.as_object().type_().basicsize.get() + self.allocated.get().max(0) as usize * 8
    }
}
