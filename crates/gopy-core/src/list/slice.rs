//! Slices of lists: reading, assigning, deleting.
//!
//! Answers to `list_subscript`, `list_ass_slice` and `list_ass_subscript` of `Objects/listobject.c`.

use std::ptr;

use gopy_object::{Instance, Object, PyResult, Ref};

use super::{Item, List};
use crate::error::{index_error, value_error};
use crate::slice::{Slice, adjust, bad_index, subscript_index};
use crate::{number, sequence, tuple};

impl List {
    /// `self[start:end] = items`, clipped; owned references. May drop.
    ///
    /// # Errors
    ///
    /// `MemoryError`.
    pub(super) fn assign_range(&self, start: usize, end: usize, items: &[Ref]) -> PyResult<()> {
        let len = self.len();
        let start = start.min(len);
        let end = end.clamp(start, len);
        let (removed, added) = (end - start, items.len());
        if len - removed + added == 0 {
            self.clear_items();
            return Ok(());
        }
        // SAFETY: within the items; they are released below, when the list does not show them.
        let recycled: Vec<Item> =
            (start..end).map(|index| unsafe { self.items.get().add(index).read() }).collect();
        let tail = len - end;
        if added < removed {
            // SAFETY: the items behind the range move towards the start.
            unsafe {
                let items = self.items.get();
                ptr::copy(items.add(end), items.add(start + added), tail);
            }
            self.shrink(start + added + tail);
        } else if added > removed {
            self.resize(start + added + tail)?;
            // SAFETY: there is room now; the items behind the range move towards the end.
            unsafe {
                let items = self.items.get();
                ptr::copy(items.add(end), items.add(start + added), tail);
            }
        }
        for (offset, item) in items.iter().enumerate() {
            // SAFETY: the places of the range are free.
            unsafe { self.items.get().add(start + offset).write(item.clone().into_raw()) };
        }
        for item in recycled.into_iter().rev() {
            // SAFETY: the list's own references, which it no longer shows.
            drop(unsafe { Ref::from_raw(item) });
        }
        Ok(())
    }

    /// `self[index]` for any kind of index. May run Python.
    pub(super) fn subscript(&self, index: &Object) -> PyResult {
        // No slice is an index, for there are no subclasses of it.
        let Some(bounds) = index.downcast_exact::<Slice>() else {
            if !number::is_index(index) {
                return Err(bad_index("list", index));
            }
            let index = subscript_index(index)?;
            let at = if index < 0 { index + self.len() as isize } else { index };
            return self.item(at);
        };
        let (start, stop, step) = bounds.unpack()?;
        let (start, _, count) = adjust(self.len(), start, stop, step);
        if step == 1 {
            return self.slice(start as usize, start as usize + count).map(Ref::upcast);
        }
        // SAFETY: nothing runs while the items are counted.
        let items = unsafe { self.lend() };
        let picked = (0..count).map(|number| items[place(start, step, number)].clone());
        List::try_from_iter(count, picked).map(Ref::upcast)
    }

    /// `self[index]` for an index that does not count from the end.
    pub(super) fn item(&self, index: isize) -> PyResult {
        let found = usize::try_from(index).ok().and_then(|index| self.get(index));
        found.ok_or_else(|| index_error!("list index out of range"))
    }

    /// `self[index] = value`, or the deletion. May drop.
    pub(super) fn assign_item(&self, index: isize, value: Option<&Object>) -> PyResult<()> {
        let Some(at) = usize::try_from(index).ok().filter(|at| *at < self.len()) else {
            return Err(index_error!("list assignment index out of range"));
        };
        match value {
            Some(value) => drop(self.replace(at, value.to_ref())),
            None => self.delete_range(at, at + 1),
        }
        Ok(())
    }

    /// `self[index] = value` or the deletion for any kind of index. May run Python.
    pub(super) fn assign_subscript(&self, index: &Object, value: Option<&Object>) -> PyResult<()> {
        if number::is_index(index) {
            let index = subscript_index(index)?;
            let at = if index < 0 { index + self.len() as isize } else { index };
            return self.assign_item(at, value);
        }
        let Some(bounds) = index.downcast::<Slice>() else { return Err(bad_index("list", index)) };
        let (start, stop, step) = bounds.unpack()?;
        let (first, stop, count) = adjust(self.len(), start, stop, step);
        match value {
            None if step == 1 => self.delete_range(first as usize, stop.max(first) as usize),
            None => self.delete_stepped(first, step, count),
            Some(value) => {
                let items = self.assigned_items(value)?;
                if step == 1 {
                    return self.assign_range(first as usize, stop.max(first) as usize, &items);
                }
                return self.assign_stepped(first, step, count, items);
            }
        }
        Ok(())
    }

    /// What is assigned to a slice, owned.
    fn assigned_items(&self, value: &Object) -> PyResult<Vec<Ref>> {
        if ptr::addr_eq(self, value) {
            return Ok(self.to_vec());
        }
        let fast = sequence::fast(value, "must assign iterable to extended slice")?;
        Ok(match fast.downcast::<List>() {
            Some(list) => list.to_vec(),
            None => tuple::items_of(&fast).to_vec(),
        })
    }

    fn delete_stepped(&self, first: isize, step: isize, count: usize) {
        if count == 0 {
            return;
        }
        // From the lowest place on.
        let (low, step) = if step < 0 {
            (place(first, step, count - 1), step.unsigned_abs())
        } else {
            (first as usize, step as usize)
        };
        let len = self.len();
        let items = self.items.get();
        let mut garbage = Vec::with_capacity(count);
        let mut to = low;
        for from in low..len {
            // SAFETY: within the items, each of which ends up in one place.
            unsafe {
                let offset = from - low;
                if offset % step == 0 && offset / step < count {
                    garbage.push(items.add(from).read());
                } else {
                    items.add(to).write(items.add(from).read());
                    to += 1;
                }
            }
        }
        self.shrink(to);
        for item in garbage {
            // SAFETY: the list's own references, which it no longer shows.
            drop(unsafe { Ref::from_raw(item) });
        }
    }

    fn assign_stepped(
        &self,
        first: isize,
        step: isize,
        count: usize,
        items: Vec<Ref>,
    ) -> PyResult<()> {
        // Making the items may have run Python: the places must still be there.
        let (given, len) = (items.len(), self.len());
        if given != count {
            return Err(value_error!(
                "attempt to assign sequence of size {given} to extended slice of size {count}"
            ));
        }
        let mut garbage = Vec::with_capacity(count);
        for (number, item) in items.into_iter().enumerate() {
            let at = place(first, step, number);
            if at < len {
                garbage.push(self.replace(at, item));
            }
        }
        garbage.into_iter().for_each(drop);
        Ok(())
    }
}

fn place(start: isize, step: isize, number: usize) -> usize {
    (start + number as isize * step) as usize
}
