//! `slice`.
//!
//! Answers to `Objects/sliceobject.c`.

use gopy_macros::{pyclass, pymethods, pyslots};
use gopy_numeric::int::BigInt;
use gopy_object::typeobj::CompareOp;
use gopy_object::{Args, Instance, Object, PyResult, Ref, Type, gc, memory, thread};

use crate::error::{type_error, value_error};
use crate::int::Int;
use crate::str::{Str, StrBuilder};
use crate::{exceptions, none, number, object, tuple};

/// A `slice`.
#[pyclass(name = "slice", static = SLICE, basicsize = 40, flags(HAVE_GC))]
#[repr(C)]
pub struct Slice {
    object: Object,
    pub(crate) start: Ref,
    pub(crate) stop: Ref,
    pub(crate) step: Ref,
}

impl Slice {
    /// `slice(start, stop, step)`. The process ends where not even that fits into memory.
    pub fn new(start: Ref, stop: Ref, step: Ref) -> Ref<Slice> {
        let slice = Slice { object: Object::header(&SLICE), start, stop, step };
        match memory::alloc(&SLICE, slice) {
            Ok(slice) => gc::tracked(slice),
            Err(_) => std::alloc::handle_alloc_error(std::alloc::Layout::new::<Slice>()),
        }
    }

    /// `start`.
    pub fn start(&self) -> &Object {
        &self.start
    }

    /// `stop`.
    pub fn stop(&self) -> &Object {
        &self.stop
    }

    /// `step`.
    pub fn step(&self) -> &Object {
        &self.step
    }

    /// start, stop, step, not yet clipped to a length (`PySlice_Unpack`). May run Python.
    ///
    /// # Errors
    ///
    /// `TypeError` for what is no index, `ValueError` for step 0, what `__index__` raises.
    pub fn unpack(&self) -> PyResult<(isize, isize, isize)> {
        let step = match part(&self.step)? {
            None => 1,
            Some(0) => return Err(zero_step()),
            // So that -step fits.
            Some(step) => step.max(-isize::MAX),
        };
        let start = part(&self.start)?.unwrap_or(if step < 0 { isize::MAX } else { 0 });
        let stop = part(&self.stop)?.unwrap_or(if step < 0 { isize::MIN } else { isize::MAX });
        Ok((start, stop, step))
    }
}

#[cold]
fn zero_step() -> gopy_object::Exception {
    value_error!("slice step cannot be zero")
}

/// A bound as an index, clipped to `isize` (`_PyEval_SliceIndex`). `None` for `None`. May run Python.
///
/// # Errors
///
/// `TypeError` for what is no index; what `__index__` raises.
#[inline]
pub fn part(bound: &Object) -> PyResult<Option<isize>> {
    if none::is_none(bound) {
        return Ok(None);
    }
    if let Some(int) = bound.downcast_exact::<Int>()
        && int.is_compact()
    {
        return Ok(Some(int.compact_value()));
    }
    part_of_other(bound)
}

#[inline(never)]
fn part_of_other(bound: &Object) -> PyResult<Option<isize>> {
    if !number::is_index(bound) {
        return Err(not_an_index());
    }
    number::index_clamped(bound).map(Some)
}

#[cold]
fn not_an_index() -> gopy_object::Exception {
    type_error!("slice indices must be integers or None or have an __index__ method")
}

/// Clips to a sequence of `length` items; start, stop, and the number of items.
#[inline]
pub fn adjust(length: usize, start: isize, stop: isize, step: isize) -> (isize, isize, usize) {
    debug_assert_ne!(step, 0);
    let length = length as isize;
    let clip = |mut at: isize| {
        if at < 0 {
            at = at.saturating_add(length);
            if at < 0 {
                at = if step < 0 { -1 } else { 0 };
            }
        } else if at >= length {
            at = if step < 0 { length - 1 } else { length };
        }
        at
    };
    let (start, stop) = (clip(start), clip(stop));
    let count = if step < 0 {
        if stop < start { (start - stop - 1) / -step + 1 } else { 0 }
    } else if start < stop {
        // Nearly always: a division is slow.
        if step == 1 { stop - start } else { (stop - start - 1) / step + 1 }
    } else {
        0
    };
    (start, stop, count as usize)
}

/// A bound as an int (`evaluate_slice_index`).
fn big_part(bound: &Object) -> PyResult<BigInt> {
    if !number::is_index(bound) {
        return Err(not_an_index());
    }
    Ok(number::index(bound)?.to_bigint())
}

impl Slice {
    /// `indices(length)` in integers of any size (`_PySlice_GetLongIndices`).
    ///
    /// # Errors
    ///
    /// `ValueError` for a zero step; `TypeError` for a bound that is no index.
    pub fn long_indices(&self, length: &BigInt) -> PyResult<(BigInt, BigInt, BigInt)> {
        let zero = BigInt::from(0);
        let step = if none::is_none(&self.step) { BigInt::from(1) } else { big_part(&self.step)? };
        if step == zero {
            return Err(zero_step());
        }
        let backwards = step < zero;
        let (lower, upper) = if backwards {
            (BigInt::from(-1), length - &BigInt::from(1))
        } else {
            (zero.clone(), length.clone())
        };
        let clip = |bound: &Object, default: &BigInt| -> PyResult<BigInt> {
            if none::is_none(bound) {
                return Ok(default.clone());
            }
            let mut at = big_part(bound)?;
            if at < zero {
                at = &at + length;
                if at < lower {
                    at = lower.clone();
                }
            } else if at > upper {
                at = upper.clone();
            }
            Ok(at)
        };
        let start = clip(&self.start, if backwards { &upper } else { &lower })?;
        let stop = clip(&self.stop, if backwards { &lower } else { &upper })?;
        Ok((start, stop, step))
    }
}

#[pymethods]
impl Slice {
    #[pymethod("($self, object, /)")]
    fn indices(&self, object: &Object) -> PyResult {
        let length = number::index(object)?;
        if length.is_negative() {
            return Err(value_error!("length should not be negative"));
        }
        let (start, stop, step) = self.long_indices(&length.to_bigint())?;
        let parts = [start, stop, step].map(|part| Int::from_bigint(&part).upcast());
        Ok(tuple::from_array(parts).upcast())
    }

    #[pymethod("($self, /)")]
    fn __reduce__(&self) -> PyResult {
        let parts = [self.start.clone(), self.stop.clone(), self.step.clone()];
        let class = self.as_object().type_().to_ref().upcast();
        Ok(tuple::from_array([class, tuple::from_array(parts).upcast()]).upcast())
    }

    #[pymember(name = "start")]
    fn start_member(&self) -> Ref {
        self.start.clone()
    }

    #[pymember(name = "stop")]
    fn stop_member(&self) -> Ref {
        self.stop.clone()
    }

    #[pymember(name = "step")]
    fn step_member(&self) -> Ref {
        self.step.clone()
    }
}

#[pyslots]
impl Slice {
    fn tp_new(_ty: &Type, args: Args<'_>) -> PyResult {
        if args.keyword_count() > 0 {
            return Err(type_error!("slice() takes no keyword arguments"));
        }
        let or_none = |index| args.get(index).map_or_else(none::none, Ref::from_borrow);
        match args.len() {
            0 => Err(type_error!("slice expected at least 1 argument, got 0")),
            1 => Ok(Slice::new(none::none(), or_none(0), none::none()).upcast()),
            2 | 3 => Ok(Slice::new(or_none(0), or_none(1), or_none(2)).upcast()),
            count => Err(type_error!("slice expected at most 3 arguments, got {count}")),
        }
    }

    fn repr(&self) -> PyResult<Ref<Str>> {
        let mut text = StrBuilder::with_capacity(24);
        text.push_str("slice(")?;
        text.push(&*object::repr(&self.start)?)?;
        text.push_str(", ")?;
        text.push(&*object::repr(&self.stop)?)?;
        text.push_str(", ")?;
        text.push(&*object::repr(&self.step)?)?;
        text.push_str(")")?;
        text.finish()
    }

    fn hash(&self) -> PyResult<isize> {
        thread().check_native_recursion(" while hashing a slice")?;
        let mut hash = tuple::Hasher::new();
        for part in [&self.start, &self.stop, &self.step] {
            hash.add(object::hash(part)?);
        }
        // Unlike a tuple's, the number of parts is not mixed in.
        Ok(hash.finish_plain())
    }

    fn richcompare(&self, other: &Object, op: CompareOp) -> PyResult {
        let Some(other) = other.downcast::<Slice>() else { return Ok(none::not_implemented()) };
        if std::ptr::eq(self, other) {
            let same = matches!(op, CompareOp::Eq | CompareOp::Le | CompareOp::Ge);
            return Ok(crate::bool_::bool_ref(same));
        }
        let parts = |slice: &Slice| {
            tuple::from_array([slice.start.clone(), slice.stop.clone(), slice.step.clone()])
        };
        object::rich_compare(parts(self).as_object(), parts(other).as_object(), op)
    }
}

const _: () = assert!(size_of::<Slice>() == 40);

/// `TypeError` of `sequence[index]` for an index that is neither an integer nor a slice.
#[cold]
pub(crate) fn bad_index(sequence: &str, index: &Object) -> gopy_object::Exception {
    type_error!("{sequence} indices must be integers or slices, not {:.200}", index.type_name())
}

/// An index argument of a subscript: `IndexError` where it is out of C's range. May run Python.
pub(crate) fn subscript_index(index: &Object) -> PyResult<isize> {
    number::index_as_ssize_or(index, &exceptions::INDEX_ERROR)
}
