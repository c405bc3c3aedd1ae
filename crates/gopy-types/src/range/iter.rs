//! The iterators of `range`.

use std::cell::Cell;

use gopy_core::int::{self, Int};
use gopy_core::tuple::{self, Tuple};
use gopy_core::{import, none, number};
use gopy_macros::{pyclass, pymethods, pyslots};
use gopy_object::{Instance, Object, PyResult, Ref, Slot, memory};

use super::Range;

/// The iterator of a range whose bounds fit machine words.
#[pyclass(name = "range_iterator", static = RANGE_ITER, basicsize = 40,
    flags(DISALLOW_INSTANTIATION), manual_traverse)]
#[repr(C)]
pub struct RangeIter {
    object: Object,
    start: Cell<i64>,
    step: i64,
    left: Cell<i64>,
}

gopy_object::leaf_traverse!(RangeIter);

/// The iterator of any other range.
#[pyclass(name = "longrange_iterator", static = LONG_RANGE_ITER, basicsize = 40,
    flags(DISALLOW_INSTANTIATION))]
#[repr(C)]
pub struct LongRangeIter {
    object: Object,
    start: Slot<Int>,
    step: Ref<Int>,
    left: Slot<Int>,
}

/// An iterator over `length` items from `start` on.
pub(super) fn new(start: &Int, step: &Int, length: &Int) -> PyResult {
    if let (Some(first), Some(by), Some(left)) = (start.to_i64(), step.to_i64(), length.to_i64()) {
        // What follows the last item must fit as well.
        if left.checked_mul(by).and_then(|span| first.checked_add(span)).is_some() {
            let iterator = RangeIter {
                object: Object::header(&RANGE_ITER),
                start: Cell::new(first),
                step: by,
                left: Cell::new(left),
            };
            return Ok(memory::alloc(&RANGE_ITER, iterator)?.upcast());
        }
    }
    let iterator = LongRangeIter {
        object: Object::header(&LONG_RANGE_ITER),
        start: Slot::new(Some(start.to_ref())),
        step: step.to_ref(),
        left: Slot::new(Some(length.to_ref())),
    };
    Ok(memory::alloc(&LONG_RANGE_ITER, iterator)?.upcast())
}

/// `(iter, (range(start, stop, step),), None)`.
fn reduced(start: &Int, step: &Int, left: &Int) -> PyResult<Ref<Tuple>> {
    let stop = int::add(start, &*int::multiply(left, step)?)?;
    let range = Range::of_parts(start.to_ref(), stop, step.to_ref())?;
    Ok(tuple::from_array([
        import::import_attr("builtins", "iter")?,
        tuple::from_array([range.upcast()]).upcast(),
        none::none(),
    ]))
}

impl RangeIter {
    /// The next number; the eval loop inlines this.
    #[inline(always)]
    pub fn next_value(&self) -> Option<i64> {
        let left = self.left.get();
        if left <= 0 {
            return None;
        }
        let value = self.start.get();
        self.start.set(value + self.step);
        self.left.set(left - 1);
        Some(value)
    }

    /// The number that [`RangeIter::next_value`] would give, if there are any left.
    #[inline(always)]
    pub fn peek(&self) -> i64 {
        self.start.get()
    }

    /// Goes past that number.
    #[inline(always)]
    pub fn skip(&self) {
        self.start.set(self.start.get() + self.step);
        self.left.set(self.left.get() - 1);
    }

    /// How many numbers are left.
    #[inline(always)]
    pub fn remaining(&self) -> i64 {
        self.left.get()
    }
}

#[pyslots]
impl RangeIter {
    fn iter(&self) -> Ref {
        self.as_object().to_ref()
    }

    fn iternext(&self) -> PyResult<Option<Ref>> {
        Ok(self.next_value().map(|value| Int::from_i64(value).upcast()))
    }
}

#[pymethods]
impl RangeIter {
    #[pymethod("($self, /)")]
    fn __length_hint__(&self) -> i64 {
        self.left.get()
    }

    #[pymethod("($self, /)")]
    fn __reduce__(&self) -> PyResult<Ref<Tuple>> {
        reduced(
            &Int::from_i64(self.start.get()),
            &Int::from_i64(self.step),
            &Int::from_i64(self.left.get()),
        )
    }

    #[pymethod("($self, object, /)")]
    fn __setstate__(&self, object: &Object) -> PyResult<()> {
        let skip = number::index_as_c_long(object)?.clamp(0, self.left.get());
        self.start.set(self.start.get() + skip * self.step);
        self.left.set(self.left.get() - skip);
        Ok(())
    }
}

impl LongRangeIter {
    fn state(&self) -> (Ref<Int>, Ref<Int>) {
        let zero = || Int::from_i64(0);
        (self.start.get().unwrap_or_else(zero), self.left.get().unwrap_or_else(zero))
    }
}

#[pyslots]
impl LongRangeIter {
    fn iter(&self) -> Ref {
        self.as_object().to_ref()
    }

    fn iternext(&self) -> PyResult<Option<Ref>> {
        let (start, left) = self.state();
        if left.is_zero() {
            return Ok(None);
        }
        let next = int::add(&start, &self.step)?;
        let left = int::subtract(&left, &Int::from_i64(1))?;
        self.start.set(Some(next));
        self.left.set(Some(left));
        Ok(Some(start.upcast()))
    }
}

#[pymethods]
impl LongRangeIter {
    #[pymethod("($self, /)")]
    fn __length_hint__(&self) -> Ref<Int> {
        self.state().1
    }

    #[pymethod("($self, /)")]
    fn __reduce__(&self) -> PyResult<Ref<Tuple>> {
        let (start, left) = self.state();
        reduced(&start, &self.step, &left)
    }

    #[pymethod("($self, object, /)")]
    fn __setstate__(&self, object: &Object) -> PyResult<()> {
        let Some(skip) = object.downcast::<Int>() else {
            return Err(gopy_core::error::type_error!(
                "state must be an int, not {}",
                object.type_name()
            ));
        };
        let (start, left) = self.state();
        let zero = Int::from_i64(0);
        let skip = if skip.is_negative() {
            &*zero
        } else if int::compare(skip, &left).is_gt() {
            &*left
        } else {
            skip
        };
        self.start.set(Some(int::add(&start, &*int::multiply(skip, &self.step)?)?));
        self.left.set(Some(int::subtract(&left, skip)?));
        Ok(())
    }
}
