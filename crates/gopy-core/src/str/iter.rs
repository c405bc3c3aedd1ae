//! `str_ascii_iterator` and `str_iterator`.

use std::cell::Cell;

use gopy_macros::{pyclass, pymethods, pyslots};
use gopy_object::{Instance, Interpreter, Object, PyResult, Ref, Slot, gc, memory};

use super::make::{empty, from_code, latin1};
use super::{Str, Units};
use crate::error::{attribute_error_text, type_error};
use crate::int::Int;
use crate::tuple::{self, Tuple};
use crate::{id, object};

/// Iterator over ASCII text.
#[pyclass(name = "str_ascii_iterator", static = ASCII_ITER, basicsize = 32,
    flags(HAVE_GC, DISALLOW_INSTANTIATION))]
#[repr(C)]
pub struct AsciiIter {
    object: Object,
    index: Cell<usize>,
    text: Slot<Str>,
}

/// Iterator over other text.
#[pyclass(name = "str_iterator", static = STR_ITER, basicsize = 32,
    flags(HAVE_GC, DISALLOW_INSTANTIATION))]
#[repr(C)]
pub struct StrIter {
    object: Object,
    index: Cell<usize>,
    text: Slot<Str>,
}

/// `builtins.NAME`, for `__reduce__`.
pub(crate) fn builtin(name: &Str) -> PyResult {
    match Interpreter::current().builtins.get() {
        Some(builtins) => object::get_item(&builtins, name),
        None => Err(attribute_error_text!("{name}")),
    }
}

/// `iter(text)`
pub(super) fn iterate(text: &Str) -> PyResult {
    let (index, slot) = (Cell::new(0), Slot::new(Some(text.to_ref())));
    if text.is_ascii() {
        let object = Object::header(&ASCII_ITER);
        let iter = memory::alloc(&ASCII_ITER, AsciiIter { object, index, text: slot })?;
        gc::track(iter.as_object());
        return Ok(iter.upcast());
    }
    let iter =
        memory::alloc(&STR_ITER, StrIter { object: Object::header(&STR_ITER), index, text: slot })?;
    gc::track(iter.as_object());
    Ok(iter.upcast())
}

fn length_hint(index: &Cell<usize>, text: &Slot<Str>) -> usize {
    text.get().map_or(0, |text| text.len() - index.get())
}

fn reduce(index: &Cell<usize>, text: &Slot<Str>) -> PyResult<Ref<Tuple>> {
    // Looking the name up may run Python: read the rest afterwards.
    let iter = builtin(id!(iter))?;
    Ok(match text.get() {
        Some(text) => {
            let args = tuple::from_array([text.upcast()]).upcast();
            let index = Int::from_u64(index.get() as u64).upcast();
            tuple::from_array([iter, args, index])
        }
        None => {
            let args = tuple::from_array([empty().to_ref().upcast()]).upcast();
            tuple::from_array([iter, args])
        }
    })
}

fn set_state(index: &Cell<usize>, text: &Slot<Str>, state: &Object) -> PyResult<()> {
    if state.downcast::<Int>().is_none() {
        return Err(type_error!("an integer is required"));
    }
    let state = crate::number::index_as_ssize(state)?;
    if let Some(text) = text.get() {
        index.set(usize::try_from(state).unwrap_or(0).min(text.len()));
    }
    Ok(())
}

macro_rules! iterator {
    ($ty:ident) => {
        #[pymethods]
        impl $ty {
            #[pymethod("($self, /)")]
            fn __length_hint__(&self) -> usize {
                length_hint(&self.index, &self.text)
            }

            #[pymethod("($self, /)")]
            fn __reduce__(&self) -> PyResult<Ref<Tuple>> {
                reduce(&self.index, &self.text)
            }

            #[pymethod("($self, object, /)")]
            fn __setstate__(&self, object: &Object) -> PyResult<()> {
                set_state(&self.index, &self.text, object)
            }
        }
    };
}

iterator!(AsciiIter);
iterator!(StrIter);

#[pyslots]
impl AsciiIter {
    fn iter(&self) -> Ref<AsciiIter> {
        self.to_ref()
    }

    fn iternext(&self) -> PyResult<Option<Ref>> {
        // SAFETY: nothing below drops or runs Python before the borrow ends.
        if let Some(text) = unsafe { self.text.borrow() } {
            let index = self.index.get();
            if let Some(byte) = text.raw_bytes().get(index) {
                self.index.set(index + 1);
                return Ok(Some(latin1(*byte).to_ref().upcast()));
            }
        }
        self.text.set(None);
        Ok(None)
    }
}

#[pyslots]
impl StrIter {
    fn iter(&self) -> Ref<StrIter> {
        self.to_ref()
    }

    fn iternext(&self) -> PyResult<Option<Ref>> {
        // SAFETY: nothing below drops or runs Python before the borrow ends.
        if let Some(text) = unsafe { self.text.borrow() } {
            let index = self.index.get();
            let code = match text.units() {
                Units::Ucs1(text) => text.get(index).map(|&unit| u32::from(unit)),
                Units::Ucs2(text) => text.get(index).map(|&unit| u32::from(unit)),
                Units::Ucs4(text) => text.get(index).copied(),
            };
            if let Some(code) = code {
                self.index.set(index + 1);
                return Ok(Some(from_code(code)?.upcast()));
            }
        }
        self.text.set(None);
        Ok(None)
    }
}
