//! The iterator over an `OrderedDict`, and its views.
//!
//! Answers to `odictiterobject` and the views of `Objects/odictobject.c`. An iterator remembers the
//! key that comes next, not its place, and so notices that it has gone.

use std::cell::Cell;

use gopy_core::dict::{
    DICT_ITEMS, DICT_KEYS, DICT_VALUES, ItemsView, KeysView, ValuesView, dict_of_view,
};
use gopy_core::error::runtime_error;
use gopy_core::exceptions::key_error;
use gopy_core::list::List;
use gopy_core::tuple::Tuple;
use gopy_core::{import, iter, none, object, tuple};
use gopy_macros::{pyclass, pymethods, pyslots};
use gopy_object::{Instance, Object, PyResult, Ref, Slot, gc};
use smallvec::SmallVec;

use super::ordered_dict::OrderedDict;

/// What an iterator yields.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Yields {
    /// Keys.
    Keys,
    /// Values.
    Values,
    /// Pairs.
    Items,
}

/// No size: every step fails from now on.
const CHANGED: usize = usize::MAX;

/// The iterator of keys, values and items, in both directions.
#[pyclass(name = "odict_iterator", static = ODICT_ITERATOR, basicsize = 64, flags(HAVE_GC))]
#[repr(C)]
pub struct OdictIterator {
    object: Object,
    yields: Yields,
    reverse: bool,
    dict: Slot<OrderedDict>,
    size: Cell<usize>,
    state: Cell<usize>,
    /// The key that comes next.
    current: Slot,
    /// A pair to be used again if nobody else keeps it.
    result: Slot<Tuple>,
}

gopy_object::leaf_traverse!(Yields);

impl OdictIterator {
    /// A new iterator.
    pub fn make(dict: &OrderedDict, yields: Yields, reverse: bool) -> PyResult {
        let result =
            (yields == Yields::Items).then(|| tuple::from_array([none::none(), none::none()]));
        let iterator = OdictIterator {
            object: Object::header(&ODICT_ITERATOR),
            yields,
            reverse,
            dict: Slot::new(Some(dict.to_ref())),
            size: Cell::new(dict.len()),
            state: Cell::new(dict.state()),
            current: Slot::new(dict.end(reverse).map(|(key, _)| key)),
            result: Slot::new(result),
        };
        crate::make(&ODICT_ITERATOR, iterator).map(Ref::upcast)
    }

    fn next_key(&self) -> PyResult<Option<(Ref<OrderedDict>, Ref)>> {
        let Some(dict) = self.dict.get() else { return Ok(None) };
        let Some(key) = self.current.get() else {
            self.dict.set(None);
            return Ok(None);
        };
        if dict.state() != self.state.get() {
            self.dict.set(None);
            return Err(runtime_error!("OrderedDict mutated during iteration"));
        }
        if dict.len() != self.size.get() {
            self.size.set(CHANGED);
            return Err(runtime_error!("OrderedDict changed size during iteration"));
        }
        match dict.neighbour(&key, self.reverse)? {
            Some(next) => {
                self.current.set(next);
                Ok(Some((dict, key)))
            }
            None => {
                self.current.set(None);
                Err(key_error(&key))
            }
        }
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
            let old: SmallVec<[Ref; 2]> = old.collect();
            result.hash.set(-1);
            if !gc::is_tracked(&result.object) {
                gc::track(&result.object);
            }
            drop(old);
            return result;
        }
        tuple::from_array([key, value])
    }

    fn step(&self) -> PyResult<Option<Ref>> {
        let Some((dict, key)) = self.next_key()? else { return Ok(None) };
        if self.yields == Yields::Keys {
            return Ok(Some(key));
        }
        let Some(value) = dict.dict().get_item(&key)? else {
            self.current.set(None);
            self.dict.set(None);
            return Err(key_error(&key));
        };
        Ok(Some(match self.yields {
            Yields::Items => self.pair(key, value).upcast(),
            _ => value,
        }))
    }
}

#[pymethods]
impl OdictIterator {
    #[pymethod("($self, /)")]
    fn __reduce__(&self) -> PyResult {
        let Some(dict) = self.dict.get() else {
            let empty = tuple::from_array([List::new().upcast()]);
            let iter = import::import_attr("builtins", "iter")?;
            return Ok(tuple::from_array([iter, empty.upcast()]).upcast());
        };
        // A second iterator at the same place is used up.
        let rest = OdictIterator::make(&dict, self.yields, self.reverse)?;
        if let Some(rest) = rest.downcast::<OdictIterator>() {
            rest.size.set(self.size.get());
            rest.state.set(self.state.get());
            rest.current.set(self.current.get());
        }
        let list = List::new();
        iter::for_each(&rest, |item| list.push(item))?;
        let iter = import::import_attr("builtins", "iter")?;
        Ok(tuple::from_array([iter, tuple::from_array([list.upcast()]).upcast()]).upcast())
    }
}

#[pyslots]
impl OdictIterator {
    fn iter(&self) -> PyResult {
        object::self_iter(self.as_object())
    }

    fn iternext(&self) -> PyResult<Option<Ref>> {
        self.step()
    }
}

/// An iterator over the dict of a view; `None` for a view of another dict.
fn iterate(view: &Object, yields: Yields, reverse: bool) -> PyResult {
    match dict_of_view(view).and_then(|dict| dict.as_object().downcast::<OrderedDict>()) {
        Some(dict) => OdictIterator::make(dict, yields, reverse),
        None => Ok(none::none()),
    }
}

macro_rules! view {
    ($(#[$doc:meta])* $view:ident, $static:ident, $name:literal, $base:ident, $base_static:ident,
     $yields:ident) => {
        $(#[$doc])*
        #[pyclass(name = $name, static = $static, base = $base_static, basicsize = 24,
            flags(HAVE_GC))]
        #[repr(C)]
        pub struct $view {
            view: $base,
        }

        #[pymethods]
        impl $view {
            #[pymethod("($self, /)")]
            fn __reversed__(&self) -> PyResult {
                iterate(self.as_object(), Yields::$yields, true)
            }
        }

        #[pyslots]
        impl $view {
            fn iter(&self) -> PyResult {
                iterate(self.as_object(), Yields::$yields, false)
            }
        }
    };
}

view! {
    /// What `OrderedDict.keys` returns.
    OdictKeys, ODICT_KEYS, "odict_keys", KeysView, DICT_KEYS, Keys
}
view! {
    /// What `OrderedDict.values` returns.
    OdictValues, ODICT_VALUES, "odict_values", ValuesView, DICT_VALUES, Values
}
view! {
    /// What `OrderedDict.items` returns.
    OdictItems, ODICT_ITEMS, "odict_items", ItemsView, DICT_ITEMS, Items
}
