//! Union, intersection, difference and comparison of sets.
//!
//! Answers to the set operations of `Objects/setobject.c`. Which operand is walked decides the order
//! of the result and of `__eq__` calls, so the choices are CPython's.

use gopy_object::{Arg, Object, PyResult, Ref, Type};

use super::{FROZENSET, SET, Set, hash_key};
use crate::dict::Dict;
use crate::{iter, object};

/// `set` or `frozenset`, whichever a type derives from.
fn base_type(ty: &Type) -> &'static Type {
    if ty.is_subtype(&SET) { &SET } else { &FROZENSET }
}

impl Set {
    fn empty_like(&self) -> PyResult<Ref<Set>> {
        Set::of_type(base_type(self.header().type_()))
    }

    /// A copy of the same built-in type.
    pub(super) fn duplicate(&self) -> PyResult<Ref<Set>> {
        Set::make(base_type(self.header().type_()), Some(self.header()))
    }

    pub(super) fn union(&self, others: &[Arg<'_>]) -> PyResult<Ref<Set>> {
        let result = self.duplicate()?;
        for other in others {
            if !std::ptr::eq(self.header(), other.object()) {
                result.update(other.object())?;
            }
        }
        Ok(result)
    }

    pub(super) fn intersection(&self, other: &Object) -> PyResult<Ref<Set>> {
        if std::ptr::eq(self.header(), other) {
            return self.duplicate();
        }
        let result = self.empty_like()?;
        if let Some(other) = Set::any(other) {
            let (walked, asked) =
                if other.len() > self.len() { (self, other) } else { (other, self) };
            let mut position = 0;
            while let Some((key, hash)) = walked.next(&mut position) {
                if asked.contains_known_hash(&key, hash)? {
                    result.add_entry(key, hash)?;
                }
            }
            return Ok(result);
        }
        let items = iter::get_iter(other)?;
        while let Some(item) = iter::next(&items)? {
            let hash = object::hash(&item)?;
            if self.contains_known_hash(&item, hash)? {
                result.add_entry(item, hash)?;
                if result.len() >= self.len() {
                    break;
                }
            }
        }
        Ok(result)
    }

    pub(super) fn intersection_of_all(&self, others: &[Arg<'_>]) -> PyResult<Ref<Set>> {
        let Some((first, rest)) = others.split_first() else { return self.duplicate() };
        let mut result = self.intersection(first.object())?;
        for other in rest {
            result = result.intersection(other.object())?;
        }
        Ok(result)
    }

    /// Takes the items of a set that nobody else has.
    pub(super) fn take_from(&self, other: &Set) {
        use std::mem::swap;
        // Both tables change hands; the small ones are swapped entry by entry.
        for (ours, theirs) in self.small.iter().zip(&other.small) {
            ours.key.swap(&theirs.key);
            ours.hash.swap(&theirs.hash);
        }
        self.fill.swap(&other.fill);
        self.used.swap(&other.used);
        self.mask.swap(&other.mask);
        self.large.swap(&other.large);
        let (mut ours, mut theirs) = (self.hash.get(), other.hash.get());
        if self.header().is_instance(&FROZENSET) && other.header().is_instance(&FROZENSET) {
            swap(&mut ours, &mut theirs);
        } else {
            (ours, theirs) = (-1, -1);
        }
        self.hash.set(ours);
        other.hash.set(theirs);
    }

    pub(super) fn is_disjoint(&self, other: &Object) -> PyResult<bool> {
        if std::ptr::eq(self.header(), other) {
            return Ok(self.is_empty());
        }
        if let Some(other) = Set::any_exact(other) {
            let (walked, asked) =
                if other.len() > self.len() { (self, other) } else { (other, self) };
            let mut position = 0;
            while let Some((key, hash)) = walked.next(&mut position) {
                if asked.contains_known_hash(&key, hash)? {
                    return Ok(false);
                }
            }
            return Ok(true);
        }
        let items = iter::get_iter(other)?;
        while let Some(item) = iter::next(&items)? {
            if self.contains(&item)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    pub(super) fn difference_update(&self, other: &Object) -> PyResult<()> {
        if std::ptr::eq(self.header(), other) {
            self.clear_items();
            return Ok(());
        }
        if let Some(other) = Set::any(other) {
            // Of a much larger set only the common items matter.
            let common;
            let mut walked = other;
            if other.len() >> 3 > self.len() {
                common = self.intersection(other.header())?;
                walked = &common;
            }
            let mut position = 0;
            while let Some((key, hash)) = walked.next(&mut position) {
                self.discard_known_hash(&key, hash)?;
            }
        } else {
            let items = iter::get_iter(other)?;
            while let Some(item) = iter::next(&items)? {
                self.discard(&item)?;
            }
        }
        // More than a quarter deleted entries: build the table anew.
        if self.fill.get() - self.len() <= self.mask.get() / 4 {
            return Ok(());
        }
        self.resize(self.growth())
    }

    fn copy_and_difference(&self, other: &Object) -> PyResult<Ref<Set>> {
        let result = self.duplicate()?;
        result.difference_update(other)?;
        Ok(result)
    }

    pub(super) fn difference(&self, other: &Object) -> PyResult<Ref<Set>> {
        let set = Set::any(other);
        let dict = other.downcast_exact::<Dict>();
        let length = match (set, dict) {
            (Some(set), _) => set.len(),
            (None, Some(dict)) => dict.len(),
            (None, None) => return self.copy_and_difference(other),
        };
        if self.len() >> 2 > length {
            return self.copy_and_difference(other);
        }
        let result = self.empty_like()?;
        let mut position = 0;
        while let Some((key, hash)) = self.next(&mut position) {
            let found = match (set, dict) {
                (Some(set), _) => set.contains_known_hash(&key, hash)?,
                (_, Some(dict)) => dict.contains_known_hash(&key, hash)?,
                _ => false,
            };
            if !found {
                result.add_entry(key, hash)?;
            }
        }
        Ok(result)
    }

    pub(super) fn difference_of_all(&self, others: &[Arg<'_>]) -> PyResult<Ref<Set>> {
        let Some((first, rest)) = others.split_first() else { return self.duplicate() };
        let result = self.difference(first.object())?;
        for other in rest {
            result.difference_update(other.object())?;
        }
        Ok(result)
    }

    pub(super) fn symmetric_difference_update(&self, other: &Object) -> PyResult<()> {
        if std::ptr::eq(self.header(), other) {
            self.clear_items();
            return Ok(());
        }
        if let Some(dict) = other.downcast_exact::<Dict>() {
            let mut position = 0;
            while let Some((key, hash)) = dict.next_key(&mut position) {
                self.toggle(key, hash)?;
            }
            return Ok(());
        }
        let made;
        let other = match Set::any(other) {
            Some(set) => set,
            None => {
                made = Set::make(base_type(self.header().type_()), Some(other))?;
                &made
            }
        };
        let mut position = 0;
        while let Some((key, hash)) = other.next(&mut position) {
            self.toggle(key, hash)?;
        }
        Ok(())
    }

    fn toggle(&self, key: Ref, hash: isize) -> PyResult<()> {
        if !self.discard_known_hash(&key, hash)? {
            self.add_entry(key, hash)?;
        }
        Ok(())
    }

    pub(super) fn symmetric_difference(&self, other: &Object) -> PyResult<Ref<Set>> {
        let result = self.empty_like()?;
        result.update(other)?;
        result.symmetric_difference_update(self.header())?;
        Ok(result)
    }

    pub(super) fn is_subset(&self, other: &Object) -> PyResult<bool> {
        let Some(other) = Set::any(other) else {
            let common = self.intersection(other)?;
            return Ok(common.len() == self.len());
        };
        if self.len() > other.len() {
            return Ok(false);
        }
        let mut position = 0;
        while let Some((key, hash)) = self.next(&mut position) {
            if !other.contains_known_hash(&key, hash)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    pub(super) fn is_superset(&self, other: &Object) -> PyResult<bool> {
        if let Some(set) = Set::any(other) {
            return set.is_subset(self.header());
        }
        let items = iter::get_iter(other)?;
        while let Some(item) = iter::next(&items)? {
            let hash = hash_key(&item)?;
            if !self.contains_known_hash(&item, hash)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    pub(super) fn equals(&self, other: &Set) -> PyResult<bool> {
        if self.len() != other.len() {
            return Ok(false);
        }
        let (ours, theirs) = (self.hash.get(), other.hash.get());
        if ours != -1 && theirs != -1 && ours != theirs {
            return Ok(false);
        }
        self.is_subset(other.header())
    }

    /// The hash of the items as they are, in whatever order.
    pub(super) fn hash_items(&self) -> isize {
        let shuffle =
            |bits: usize| ((bits ^ 89_869_747) ^ (bits << 16)).wrapping_mul(3_644_798_167);
        let mut hash = 0usize;
        // Free and deleted entries are mixed in too, which the loop need not look at; their
        // contributions are taken out again below.
        for entry in self.entries() {
            hash ^= shuffle(entry.hash.get() as usize);
        }
        if (self.mask.get() + 1 - self.fill.get()) & 1 != 0 {
            hash ^= shuffle(0);
        }
        if (self.fill.get() - self.len()) & 1 != 0 {
            hash ^= shuffle(usize::MAX);
        }
        hash ^= (self.len() + 1).wrapping_mul(1_927_868_237);
        hash ^= (hash >> 11) ^ (hash >> 25);
        hash = hash.wrapping_mul(69_069).wrapping_add(907_133_923);
        if hash == usize::MAX { 590_923_713 } else { hash as isize }
    }
}
