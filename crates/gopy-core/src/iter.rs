//! The iterator protocol and the two iterators of `Objects/iterobject.c`.

use std::cell::Cell;

use gopy_macros::{pyclass, pymethods, pyslots};
use gopy_object::typeobj::SendResult;
use gopy_object::{Instance, Object, PyResult, Ref, Slot, gc, memory, thread};

use crate::error::{memory_error, overflow_error, type_error};
use crate::exceptions::{INDEX_ERROR, STOP_ITERATION, stop_iteration_value};
use crate::int::Int;
use crate::list::List;
use crate::tuple::{self, Tuple};
use crate::{call, id, import, none, number, object, sequence};

/// `iter(o)`. May run Python.
///
/// # Errors
///
/// `TypeError` where `o` is not iterable or `__iter__` returns no iterator.
pub fn get_iter(o: &Object) -> PyResult {
    let Some(slot) = o.type_().slots.iter.get() else {
        if sequence::is_sequence(o) {
            return new_seq_iter(o);
        }
        return Err(type_error!("'{:.200}' object is not iterable", o.type_name()));
    };
    let iterator = slot(o)?;
    if !is_iterator(&iterator) {
        return Err(type_error!(
            "iter() returned non-iterator of type '{:.100}'",
            iterator.type_name()
        ));
    }
    Ok(iterator)
}

/// Whether the type has `__next__`.
#[inline]
pub fn is_iterator(o: &Object) -> bool {
    o.type_().slots.iternext.get().is_some()
}

/// The next item, `None` at the end. May run Python.
///
/// # Errors
///
/// What `__next__` raises but for `StopIteration`.
#[inline]
pub fn next(o: &Object) -> PyResult<Option<Ref>> {
    // Adaptors (`map`, `zip`, `chain` …) can be stacked as deep as memory goes.
    thread().check_native_recursion(" while calling a Python object")?;
    match o.type_().slots.iternext.get() {
        Some(next) => match next(o) {
            Err(error) if error.is_instance(&STOP_ITERATION) => Ok(None),
            answer => answer,
        },
        None => Err(type_error!("'{:.200}' object is not an iterator", o.type_name())),
    }
}

/// Sends a value into an iterator or generator (`PyIter_Send`). May run Python.
///
/// # Errors
///
/// What the iterator raises but for `StopIteration`.
pub fn send(o: &Object, value: &Object) -> PyResult<SendResult> {
    if let Some(send) = o.type_().slots.async_.send.get() {
        return send(o, value);
    }
    if none::is_none(value)
        && let Some(next) = o.type_().slots.iternext.get()
    {
        // A slot says "exhausted" without a value; Python's `__next__` may have given one.
        return match next(o) {
            Ok(Some(item)) => Ok(SendResult::Next(item)),
            Ok(None) => Ok(SendResult::Return(none::none())),
            Err(error) if error.is_instance(&STOP_ITERATION) => {
                Ok(SendResult::Return(stop_iteration_value(error.value())))
            }
            Err(error) => Err(error),
        };
    }
    match call::call_method(o, id!(send), &[value]) {
        Ok(item) => Ok(SendResult::Next(item)),
        Err(error) if error.is_instance(&STOP_ITERATION) => {
            Ok(SendResult::Return(stop_iteration_value(error.value())))
        }
        Err(error) => Err(error),
    }
}

/// `aiter(o)`. May run Python.
///
/// # Errors
///
/// `TypeError` where `o` is not asynchronously iterable.
pub fn get_aiter(o: &Object) -> PyResult {
    let Some(slot) = o.type_().slots.async_.aiter.get() else {
        return Err(type_error!("'{:.200}' object is not an async iterable", o.type_name()));
    };
    let iterator = slot(o)?;
    if iterator.type_().slots.async_.anext.get().is_none() {
        return Err(type_error!(
            "aiter() returned not an async iterator of type '{:.100}'",
            iterator.type_name()
        ));
    }
    Ok(iterator)
}

/// Calls `each` with the items of an iterable. May run Python.
///
/// # Errors
///
/// What iterating or `each` raises.
pub fn for_each(o: &Object, mut each: impl FnMut(Ref) -> PyResult<()>) -> PyResult<()> {
    let iterator = get_iter(o)?;
    while let Some(item) = next(&iterator)? {
        each(item)?;
    }
    Ok(())
}

/// The items of an iterable. May run Python.
///
/// # Errors
///
/// What iterating raises.
pub fn collect(o: &Object) -> PyResult<Vec<Ref>> {
    if let Some(list) = o.downcast_exact::<List>() {
        return Ok(list.to_vec());
    }
    if let Some(tuple) = o.downcast_exact::<Tuple>() {
        return Ok(tuple.items().to_vec());
    }
    let mut items = Vec::new();
    for_each(o, |item| {
        items.try_reserve(1).map_err(|_| memory_error())?;
        items.push(item);
        Ok(())
    })?;
    Ok(items)
}

/// The iterator over `o[0]`, `o[1]`, … until `IndexError`.
#[pyclass(name = "iterator", static = SEQ_ITER, basicsize = 32, flags(HAVE_GC))]
#[repr(C)]
pub struct SeqIter {
    object: Object,
    index: Cell<isize>,
    /// Empty when exhausted.
    sequence: Slot,
}

/// Iterates over a sequence by `__getitem__` (`PySeqIter_New`).
///
/// # Errors
///
/// `MemoryError`.
pub fn new_seq_iter(o: &Object) -> PyResult {
    let iterator = memory::alloc(
        &SEQ_ITER,
        SeqIter {
            object: Object::header(&SEQ_ITER),
            index: Cell::new(0),
            sequence: Slot::new(Some(o.to_ref())),
        },
    )?;
    Ok(gc::tracked(iterator).upcast())
}

#[pymethods]
impl SeqIter {
    #[pymethod("($self, /)")]
    fn __length_hint__(&self) -> PyResult {
        let Some(sequence) = self.sequence.get() else { return Ok(Int::from_i64(0).upcast()) };
        if !object::has_len(&sequence) {
            return Ok(none::not_implemented());
        }
        let left = object::len(&sequence)? as i64 - self.index.get() as i64;
        Ok(Int::from_i64(left.max(0)).upcast())
    }

    #[pymethod("($self, /)")]
    fn __reduce__(&self) -> PyResult {
        let iter = import::import_attr("builtins", "iter")?;
        Ok(match self.sequence.get() {
            Some(sequence) => tuple::from_array([
                iter,
                tuple::from_array([sequence]).upcast(),
                Int::from_i64(self.index.get() as i64).upcast(),
            ]),
            None => {
                tuple::from_array([iter, tuple::from_array([tuple::empty().upcast()]).upcast()])
            }
        }
        .upcast())
    }

    #[pymethod]
    fn __setstate__(&self, state: &Object) -> PyResult<()> {
        let index = number::index_as_ssize(state)?;
        if !self.sequence.is_empty() {
            self.index.set(index.max(0));
        }
        Ok(())
    }
}

#[pyslots]
impl SeqIter {
    fn iter(&self) -> Ref {
        self.as_object().to_ref()
    }

    fn iternext(&self) -> PyResult<Option<Ref>> {
        let Some(sequence) = self.sequence.get() else { return Ok(None) };
        let index = self.index.get();
        if index == isize::MAX {
            return Err(overflow_error!("iter index too large"));
        }
        match sequence::item(&sequence, index) {
            Ok(item) => {
                self.index.set(index + 1);
                Ok(Some(item))
            }
            Err(error) if error.is_instance(&INDEX_ERROR) || error.is_instance(&STOP_ITERATION) => {
                self.sequence.set(None);
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }
}

/// The iterator of `iter(callable, sentinel)`.
#[pyclass(name = "callable_iterator", static = CALL_ITER, basicsize = 32, flags(HAVE_GC))]
#[repr(C)]
pub struct CallIter {
    object: Object,
    /// Empty when exhausted.
    callable: Slot,
    sentinel: Slot,
}

/// `iter(callable, sentinel)`.
///
/// # Errors
///
/// `MemoryError`.
pub fn new_call_iter(callable: &Object, sentinel: &Object) -> PyResult {
    let iterator = memory::alloc(
        &CALL_ITER,
        CallIter {
            object: Object::header(&CALL_ITER),
            callable: Slot::new(Some(callable.to_ref())),
            sentinel: Slot::new(Some(sentinel.to_ref())),
        },
    )?;
    Ok(gc::tracked(iterator).upcast())
}

#[pymethods]
impl CallIter {
    #[pymethod("($self, /)")]
    fn __reduce__(&self) -> PyResult {
        let iter = import::import_attr("builtins", "iter")?;
        let args = match (self.callable.get(), self.sentinel.get()) {
            (Some(callable), Some(sentinel)) => tuple::from_array([callable, sentinel]),
            _ => tuple::from_array([tuple::empty().upcast()]),
        };
        Ok(tuple::from_array([iter, args.upcast()]).upcast())
    }
}

#[pyslots]
impl CallIter {
    fn iter(&self) -> Ref {
        self.as_object().to_ref()
    }

    fn iternext(&self) -> PyResult<Option<Ref>> {
        let Some(callable) = self.callable.get() else { return Ok(None) };
        match call::call_no_args(&callable) {
            Ok(item) => {
                let Some(sentinel) = self.sentinel.get() else { return Ok(None) };
                if !object::eq(&sentinel, &item)? {
                    return Ok(Some(item));
                }
                self.callable.set(None);
                self.sentinel.set(None);
                Ok(None)
            }
            Err(error) if error.is_instance(&STOP_ITERATION) => {
                self.callable.set(None);
                self.sentinel.set(None);
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }
}
