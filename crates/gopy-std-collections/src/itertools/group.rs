//! `batched`, `groupby` with its groups, `pairwise`.

use std::cell::Cell;

use gopy_core::argument::check_positional;
use gopy_core::error::{memory_error, type_error, value_error};
use gopy_core::tuple::{self, Tuple};
use gopy_core::{call, iter, none, number, object};
use gopy_macros::{pyclass, pyslots};
use gopy_object::{Args, Instance, Object, PyResult, Ref, Slot, Type};

use super::{next_tuple, no_keywords_for};

/// `batched`.
#[pyclass(name = "itertools.batched", static = BATCHED, basicsize = 40,
    flags(BASETYPE, HAVE_GC, HEAPTYPE), no_methods,
    text_signature = "(iterable, n, *, strict=False)")]
#[repr(C)]
pub struct Batched {
    object: Object,
    /// Empty at the end.
    iterator: Slot,
    size: Cell<usize>,
    strict: Cell<bool>,
}

#[pyslots]
impl Batched {
    fn new(ty: &Type, args: Args<'_>) -> PyResult {
        let [iterable, n, strict] = bind!(args, "batched", ["iterable", "n", "strict"],
            required 2, positional_only 0, positional 2);
        let n = number::index_as_ssize(n.unwrap_or(none::none_object()))?;
        let strict = match strict {
            Some(strict) => object::is_true(strict)?,
            None => false,
        };
        if n < 1 {
            return Err(value_error!("n must be at least one"));
        }
        let iterator = iter::get_iter(iterable.unwrap_or(none::none_object()))?;
        let batched = Batched {
            object: Object::header(ty),
            iterator: Slot::new(Some(iterator)),
            size: Cell::new(n as usize),
            strict: Cell::new(strict),
        };
        crate::make(ty, batched).map(Ref::upcast)
    }

    fn iter(&self) -> Ref {
        self.as_object().to_ref()
    }

    fn iternext(&self) -> PyResult<Option<Ref>> {
        let Some(iterator) = self.iterator.get() else { return Ok(None) };
        let size = self.size.get();
        if size > isize::MAX as usize / 8 - 8 {
            return Err(memory_error());
        }
        let mut items = Vec::new();
        while items.len() < size {
            match iter::next(&iterator) {
                Ok(Some(item)) => items.push(item),
                Ok(None) => break,
                Err(error) => {
                    self.iterator.set(None);
                    return Err(error);
                }
            }
        }
        if items.len() < size {
            self.iterator.set(None);
            if items.is_empty() {
                return Ok(None);
            }
            if self.strict.get() {
                return Err(value_error!("batched(): incomplete batch"));
            }
        }
        Ok(Some(tuple::try_from_vec(items)?.upcast()))
    }
}

/// `groupby`.
#[pyclass(name = "itertools.groupby", static = GROUP_BY, basicsize = 72,
    flags(BASETYPE, HAVE_GC, HEAPTYPE), no_methods, text_signature = "(iterable, key=None)")]
#[repr(C)]
pub struct GroupBy {
    object: Object,
    iterator: Ref,
    key_function: Ref,
    target_key: Slot,
    current_key: Slot,
    current_value: Slot,
    /// Address of the group that may go on.
    current_group: Cell<usize>,
}

impl GroupBy {
    /// Reads the next value; false at the end.
    fn step(&self) -> PyResult<bool> {
        let Some(value) = iter::next(&self.iterator)? else { return Ok(false) };
        let key = if none::is_none(&self.key_function) {
            value.clone()
        } else {
            call::call_one(&self.key_function, &value)?
        };
        let old_value = self.current_value.replace(Some(value));
        let old_key = self.current_key.replace(Some(key));
        drop((old_value, old_key));
        Ok(true)
    }
}

#[pyslots]
impl GroupBy {
    fn new(ty: &Type, args: Args<'_>) -> PyResult {
        let [iterable, key] = bind!(args, "groupby", ["iterable", "key"], required 1,
            positional_only 0, positional 2);
        let iterator = iter::get_iter(iterable.unwrap_or(none::none_object()))?;
        let group_by = GroupBy {
            object: Object::header(ty),
            iterator,
            key_function: key.map_or_else(none::none, |key| key.to_ref()),
            target_key: Slot::empty(),
            current_key: Slot::empty(),
            current_value: Slot::empty(),
            current_group: Cell::new(0),
        };
        crate::make(ty, group_by).map(Ref::upcast)
    }

    fn iter(&self) -> Ref {
        self.as_object().to_ref()
    }

    fn iternext(&self) -> PyResult<Option<Ref>> {
        self.current_group.set(0);
        let key = loop {
            if let Some(current) = self.current_key.get() {
                match self.target_key.get() {
                    None => break current,
                    Some(target) if !object::eq(&target, &current)? => break current,
                    Some(_) => {}
                }
            }
            if !self.step()? {
                return Ok(None);
            }
        };
        self.target_key.set(Some(key.clone()));
        let group = Grouper::make(self, key.clone())?;
        Ok(Some(tuple::from_array([key, group]).upcast()))
    }
}

/// The values of one group.
#[pyclass(name = "itertools._grouper", static = GROUPER, basicsize = 32,
    flags(HAVE_GC, HEAPTYPE), no_methods)]
#[repr(C)]
pub struct Grouper {
    object: Object,
    parent: Ref<GroupBy>,
    target_key: Ref,
}

impl Grouper {
    fn make(parent: &GroupBy, target_key: Ref) -> PyResult {
        let grouper =
            Grouper { object: Object::header(&GROUPER), parent: parent.to_ref(), target_key };
        let grouper = crate::make(&GROUPER, grouper)?;
        parent.current_group.set(grouper.as_object().id());
        Ok(grouper.upcast())
    }
}

#[pyslots]
impl Grouper {
    fn new(ty: &Type, args: Args<'_>) -> PyResult {
        no_keywords_for(ty, &GROUPER, "_grouper", args)?;
        check_positional("_grouper", args.len(), 2, 2)?;
        let (parent, key) = (args.positional()[0].object(), args.positional()[1].object());
        let Some(parent) = parent.downcast::<GroupBy>() else {
            return Err(type_error!(
                "_grouper() argument 1 must be itertools.groupby, not {}",
                object::type_name_or_none(parent)
            ));
        };
        Grouper::make(parent, key.to_ref())
    }

    fn iter(&self) -> Ref {
        self.as_object().to_ref()
    }

    fn iternext(&self) -> PyResult<Option<Ref>> {
        let parent = &self.parent;
        if parent.current_group.get() != self.as_object().id() {
            return Ok(None);
        }
        if parent.current_value.is_empty() && !parent.step()? {
            return Ok(None);
        }
        let Some(current) = parent.current_key.get() else { return Ok(None) };
        if !object::eq(&self.target_key, &current)? {
            return Ok(None);
        }
        let value = parent.current_value.take();
        parent.current_key.set(None);
        Ok(value)
    }
}

/// `pairwise`.
#[pyclass(name = "itertools.pairwise", static = PAIRWISE, basicsize = 40,
    flags(BASETYPE, HAVE_GC, HEAPTYPE), no_methods, text_signature = "(iterable, /)")]
#[repr(C)]
pub struct Pairwise {
    object: Object,
    /// Empty at the end.
    iterator: Slot,
    old: Slot,
    result: Slot<Tuple>,
}

#[pyslots]
impl Pairwise {
    fn new(ty: &Type, args: Args<'_>) -> PyResult {
        no_keywords_for(ty, &PAIRWISE, "pairwise", args)?;
        check_positional("pairwise", args.len(), 1, 1)?;
        let iterator = iter::get_iter(args.positional()[0].object())?;
        let pairwise = Pairwise {
            object: Object::header(ty),
            iterator: Slot::new(Some(iterator)),
            old: Slot::empty(),
            result: Slot::empty(),
        };
        crate::make(ty, pairwise).map(Ref::upcast)
    }

    fn iter(&self) -> Ref {
        self.as_object().to_ref()
    }

    fn iternext(&self) -> PyResult<Option<Ref>> {
        let Some(mut iterator) = self.iterator.get() else { return Ok(None) };
        let old = match self.old.get() {
            Some(old) => old,
            None => {
                let first = iter::next(&iterator);
                let Ok(Some(first)) = first else {
                    self.iterator.set(None);
                    return first;
                };
                self.old.set(Some(first.clone()));
                // The step may have used this iterator up.
                match self.iterator.get() {
                    Some(still) => iterator = still,
                    None => {
                        self.old.set(None);
                        return Ok(None);
                    }
                }
                first
            }
        };
        let new = match iter::next(&iterator) {
            Ok(Some(new)) => new,
            end => {
                self.iterator.set(None);
                self.old.set(None);
                return end;
            }
        };
        let result = next_tuple(&self.result, 0, [old, new.clone()].into_iter())?;
        self.old.set(Some(new));
        Ok(Some(result.upcast()))
    }
}
