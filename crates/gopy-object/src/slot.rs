//! Fields that own references.

use std::cell::{Cell, UnsafeCell};
use std::mem::ManuallyDrop;

use crate::gc::{Traverse, Visitor};
use crate::object::{Instance, Object};
use crate::refs::Ref;

/// A field of a published object that owns a reference or is empty.
///
/// It changes only by swapping the pointer first and releasing the old value afterwards, so a `__del__`
/// that looks at the object never sees a dying value.
#[repr(transparent)]
pub struct Slot<T: Instance = Object>(Cell<Option<ManuallyDrop<Ref<T>>>>);

impl<T: Instance> Slot<T> {
    /// A slot that holds `value`.
    #[inline(always)]
    pub fn new(value: Option<Ref<T>>) -> Self {
        Slot(Cell::new(value.map(ManuallyDrop::new)))
    }

    /// An empty slot.
    #[inline(always)]
    pub const fn empty() -> Self {
        Slot(Cell::new(None))
    }

    /// A new reference to the value.
    #[inline(always)]
    pub fn get(&self) -> Option<Ref<T>> {
        // SAFETY: nothing runs between the read and the new count.
        unsafe { self.borrow() }.map(Ref::from_borrow)
    }

    /// The value, borrowed.
    ///
    /// # Safety
    ///
    /// The slot is not changed while the borrow lives: no call that may drop or run Python, unless
    /// the caller knows that such code can't reach this slot.
    #[inline(always)]
    pub unsafe fn borrow(&self) -> Option<&T> {
        // SAFETY: reading through the cell's pointer; the caller excludes a change.
        unsafe { (*self.0.as_ptr()).as_deref().map(|r| &**r) }
    }

    /// Whether the slot is empty.
    #[inline(always)]
    pub fn is_empty(&self) -> bool {
        // SAFETY: nothing runs during the test.
        unsafe { self.borrow() }.is_none()
    }

    /// Stores `value` and hands the old value out.
    #[inline(always)]
    pub fn replace(&self, value: Option<Ref<T>>) -> Option<Ref<T>> {
        self.0.replace(value.map(ManuallyDrop::new)).map(ManuallyDrop::into_inner)
    }

    /// Empties the slot and hands the value out.
    #[inline(always)]
    pub fn take(&self) -> Option<Ref<T>> {
        self.replace(None)
    }

    /// Stores `value`, then releases the old value. May drop.
    #[inline(always)]
    pub fn set(&self, value: Option<Ref<T>>) {
        drop(self.replace(value));
    }
}

impl<T: Instance> Default for Slot<T> {
    fn default() -> Self {
        Slot::empty()
    }
}

impl<T: Instance> Drop for Slot<T> {
    #[inline(always)]
    fn drop(&mut self) {
        drop(self.take());
    }
}

impl<T: Instance> Traverse for Slot<T> {
    fn traverse(&self, visit: &mut Visitor<'_>) {
        // SAFETY: visitors neither drop nor run Python.
        if let Some(value) = unsafe { self.borrow() } {
            visit(value.as_object());
        }
    }

    fn clear(&self) {
        drop(self.take());
    }
}

/// Which end of an array gives its references back first.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ReleaseOrder {
    /// The first item first.
    FromStart,
    /// The last item first.
    FromEnd,
}

/// A growable array of owned references with an explicit order of release.
///
/// Storage of containers: a `Vec<Ref>` would release from the start, and the order is observable.
/// It hands out owned references only; [`RefArray::lend`] borrows the storage where no Python can run.
pub struct RefArray {
    items: UnsafeCell<Vec<ManuallyDrop<Ref>>>,
    order: ReleaseOrder,
}

impl RefArray {
    /// An empty array.
    pub const fn new(order: ReleaseOrder) -> Self {
        RefArray { items: UnsafeCell::new(Vec::new()), order }
    }

    /// An array that owns `items`.
    pub fn from_vec(items: Vec<Ref>, order: ReleaseOrder) -> Self {
        RefArray {
            items: UnsafeCell::new(items.into_iter().map(ManuallyDrop::new).collect()),
            order,
        }
    }

    #[allow(clippy::mut_from_ref)]
    fn vec(&self) -> &mut Vec<ManuallyDrop<Ref>> {
        // SAFETY: private; every use below ends before anything is dropped or Python can run.
        unsafe { &mut *self.items.get() }
    }

    /// Number of items.
    pub fn len(&self) -> usize {
        self.vec().len()
    }

    /// Whether there are no items.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// A new reference to item `index`.
    pub fn get(&self, index: usize) -> Option<Ref> {
        self.vec().get(index).map(|item| Ref::clone(item))
    }

    /// Appends an item.
    pub fn push(&self, item: Ref) {
        self.vec().push(ManuallyDrop::new(item));
    }

    /// Removes and hands out the last item.
    pub fn pop(&self) -> Option<Ref> {
        self.vec().pop().map(ManuallyDrop::into_inner)
    }

    /// Stores an item and hands the old one out; hands `item` back where there is no such index.
    pub fn replace(&self, index: usize, item: Ref) -> Result<Ref, Ref> {
        match self.vec().get_mut(index) {
            Some(place) => {
                Ok(ManuallyDrop::into_inner(std::mem::replace(place, ManuallyDrop::new(item))))
            }
            None => Err(item),
        }
    }

    /// The items.
    ///
    /// # Safety
    ///
    /// While the borrow lives nothing may drop or run Python that can reach this array.
    pub unsafe fn lend(&self) -> &[Ref] {
        let items = self.vec();
        // SAFETY: `ManuallyDrop` is transparent; the caller excludes a change of the storage.
        unsafe { std::slice::from_raw_parts(items.as_ptr().cast::<Ref>(), items.len()) }
    }

    /// Releases all items in the array's order, storage first emptied. May drop.
    pub fn release(&self) {
        let mut items = std::mem::take(self.vec());
        if self.order == ReleaseOrder::FromStart {
            items.reverse();
        }
        while let Some(item) = items.pop() {
            drop(ManuallyDrop::into_inner(item));
        }
    }
}

impl Drop for RefArray {
    fn drop(&mut self) {
        self.release();
    }
}

impl Traverse for RefArray {
    fn traverse(&self, visit: &mut Visitor<'_>) {
        for item in self.vec().iter() {
            visit(item.as_object());
        }
    }

    fn clear(&self) {
        self.release();
    }
}
