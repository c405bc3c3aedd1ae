//! The six iterators over a dict.
//!
//! Answers to `dictiterobject` and the reverse iterators of `Objects/dictobject.c`.
//!
//! An iterator lets its dict go at the end. A change of size is noticed at the next step, a change of
//! keys when there turn out to be more entries than there were.

use std::cell::Cell;

use gopy_macros::{pyclass, pymethods, pyslots};
use gopy_object::typeobj::Tuple;
use gopy_object::{Instance, Object, PyResult, Ref, Slot, Type, gc, memory};

use super::{Dict, builtin};
use crate::error::runtime_error;
use crate::list::List;
use crate::{id, none, object, tuple};

#[derive(Clone, Copy, PartialEq, Eq)]
enum Yields {
    Keys,
    Values,
    Items,
}

/// What all six have in common.
#[repr(C)]
pub struct State {
    object: Object,
    dict: Slot<Dict>,
    used: Cell<usize>,
    /// Where to look next: forwards as `Dict::next` counts, backwards one more than the index.
    position: Cell<usize>,
    /// A pair to be used again if nobody else keeps it.
    result: Slot<Tuple>,
    left: Cell<usize>,
}

/// No size: every step fails from now on.
const CHANGED: usize = usize::MAX;

impl gopy_object::Traverse for State {
    fn traverse(&self, visit: &mut gopy_object::Visitor<'_>) {
        self.dict.traverse(visit);
        self.result.traverse(visit);
    }

    fn clear(&self) {
        self.dict.clear();
    }
}

impl State {
    fn new(ty: &Type, dict: &Dict, reverse: bool, pairs: bool) -> State {
        let position = match (reverse, dict.is_split()) {
            (false, _) => 0,
            (true, true) => dict.len(),
            (true, false) => dict.table().nentries(),
        };
        let result = pairs.then(|| tuple::from_array([none::none(), none::none()]));
        State {
            object: Object::header(ty),
            dict: Slot::new(Some(dict.to_ref())),
            used: Cell::new(dict.len()),
            position: Cell::new(position),
            result: Slot::new(result),
            left: Cell::new(dict.len()),
        }
    }

    fn entry(&self, reverse: bool) -> PyResult<Option<(Ref, Ref)>> {
        let Some(dict) = self.dict.get() else { return Ok(None) };
        if self.used.get() != dict.len() {
            self.used.set(CHANGED);
            return Err(runtime_error!("dictionary changed size during iteration"));
        }
        let found = if reverse { self.previous(&dict) } else { self.next(&dict) };
        match found {
            Some(_) if !reverse && self.left.get() == 0 => {
                self.dict.set(None);
                Err(runtime_error!("dictionary keys changed during iteration"))
            }
            Some(index) => {
                self.left.set(self.left.get().saturating_sub(1));
                Ok(dict.entry_at(index))
            }
            None => {
                self.dict.set(None);
                Ok(None)
            }
        }
    }

    #[inline]
    fn next(&self, dict: &Dict) -> Option<usize> {
        let mut position = self.position.get();
        let index = dict.next_index(&mut position)?;
        self.position.set(position);
        Some(index)
    }

    fn previous(&self, dict: &Dict) -> Option<usize> {
        let end = self.position.get();
        if dict.is_split() {
            let position = end.min(dict.len()).checked_sub(1)?;
            self.position.set(position);
            return dict.values.get().map(|values| values.order(position));
        }
        let keys = dict.table();
        let index =
            (0..end.min(keys.nentries())).rev().find(|index| !keys.entry(*index).1.is_empty())?;
        self.position.set(index);
        Some(index)
    }

    fn step(&self, yields: Yields, reverse: bool) -> PyResult<Option<Ref>> {
        let Some((key, value)) = self.entry(reverse)? else { return Ok(None) };
        Ok(Some(match yields {
            Yields::Keys => key,
            Yields::Values => value,
            Yields::Items => self.pair(key, value).upcast(),
        }))
    }

    fn pair(&self, key: Ref, value: Ref) -> Ref<Tuple> {
        // SAFETY: only its count is read.
        if let Some(result) = unsafe { self.result.borrow() }
            && result.object.count() == 1
        {
            let result = result.to_ref();
            let old = [key, value].into_iter().enumerate().map(|(index, new)| {
                // SAFETY: nobody else has the tuple: it is the iterator's own scratch object, with
                // two items.
                unsafe { result.items_ptr().add(index).replace(new) }
            });
            let old: smallvec::SmallVec<[Ref; 2]> = old.collect();
            result.hash.set(-1);
            if !gc::is_tracked(&result.object) {
                gc::track(&result.object);
            }
            drop(old);
            return result;
        }
        tuple::from_array([key, value])
    }

    fn hint(&self) -> usize {
        match self.dict.get() {
            Some(dict) if self.used.get() == dict.len() => self.left.get(),
            _ => 0,
        }
    }

    /// What is left, without moving this iterator: `iter([…])`.
    fn reduce(&self, yields: Yields, reverse: bool) -> PyResult {
        let iter = builtin(id!(iter))?;
        let (position, left, used) = (self.position.get(), self.left.get(), self.used.get());
        let dict = self.dict.get();
        let mut rest = Vec::new();
        let outcome = loop {
            match self.entry(reverse) {
                Ok(Some((key, value))) => rest.push(match yields {
                    Yields::Keys => key,
                    Yields::Values => value,
                    Yields::Items => tuple::from_array([key, value]).upcast(),
                }),
                Ok(None) => break Ok(()),
                Err(error) => break Err(error),
            }
        };
        self.position.set(position);
        self.left.set(left);
        self.used.set(used);
        self.dict.set(dict);
        outcome?;
        let rest = tuple::from_array([List::from_vec(rest).upcast()]);
        Ok(tuple::from_array([iter, rest.upcast()]).upcast())
    }
}

macro_rules! iterators {
    ($($(#[$doc:meta])* $name:ident, $static:ident, $make:ident, $python:literal, $yields:ident, $reverse:literal;)*) => {$(
        $(#[$doc])*
        #[pyclass(name = $python, static = $static, basicsize = 56, flags(HAVE_GC))]
        #[repr(C)]
        pub struct $name {
            state: State,
        }

        #[pymethods]
        impl $name {
            #[pymethod("($self, /)")]
            fn __length_hint__(&self) -> usize {
                self.state.hint()
            }

            #[pymethod("($self, /)")]
            fn __reduce__(&self) -> PyResult {
                self.state.reduce(Yields::$yields, $reverse)
            }
        }

        #[pyslots]
        impl $name {
            fn iter(&self) -> PyResult {
                object::self_iter(self.state.object.as_object())
            }

            fn iternext(&self) -> PyResult<Option<Ref>> {
                self.state.step(Yields::$yields, $reverse)
            }
        }

        $(#[$doc])*
        ///
        /// # Errors
        ///
        /// `MemoryError`.
        pub fn $make(dict: &Dict) -> PyResult {
            let pairs = Yields::$yields == Yields::Items;
            let state = State::new(&$static, dict, $reverse, pairs);
            Ok(gc::tracked(memory::alloc(&$static, $name { state })?).upcast())
        }
    )*};
}

iterators! {
    /// Iterates over keys.
    KeyIterator, DICT_KEY_ITERATOR, new_key_iterator, "dict_keyiterator", Keys, false;
    /// Iterates over values.
    ValueIterator, DICT_VALUE_ITERATOR, new_value_iterator, "dict_valueiterator", Values, false;
    /// Iterates over pairs.
    ItemIterator, DICT_ITEM_ITERATOR, new_item_iterator, "dict_itemiterator", Items, false;
    /// Iterates over keys backwards.
    ReverseKeyIterator, DICT_REVERSE_KEY_ITERATOR, new_reverse_key_iterator,
        "dict_reversekeyiterator", Keys, true;
    /// Iterates over values backwards.
    ReverseValueIterator, DICT_REVERSE_VALUE_ITERATOR, new_reverse_value_iterator,
        "dict_reversevalueiterator", Values, true;
    /// Iterates over pairs backwards.
    ReverseItemIterator, DICT_REVERSE_ITEM_ITERATOR, new_reverse_item_iterator,
        "dict_reverseitemiterator", Items, true;
}
