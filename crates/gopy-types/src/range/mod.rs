//! `range` and its iterators.
//!
//! Answers to `Objects/rangeobject.c`. Bounds are ints of any size; [`RangeIter`] counts in machine words,
//! [`LongRangeIter`] where those do not suffice.

mod iter;

use gopy_core::argument::{check_positional, no_keywords};
use gopy_core::error::{index_error, type_error, value_error};
use gopy_core::int::{self, Int};
use gopy_core::slice::Slice;
use gopy_core::str::{Str, StrBuilder};
use gopy_core::tuple::{self, Tuple};
use gopy_core::{bool_, iter as iteration, none, number, object, sequence};
use gopy_macros::{pyclass, pymethods, pyslots};
use gopy_numeric::BigInt;
use gopy_object::typeobj::CompareOp;
use gopy_object::{Args, Instance, Object, PyResult, Ref, Type, memory};

pub use iter::{LONG_RANGE_ITER, LongRangeIter, RANGE_ITER, RangeIter};

/// A `range`.
#[pyclass(name = "range", static = RANGE, basicsize = 48, flags(SEQUENCE))]
#[repr(C)]
pub struct Range {
    object: Object,
    start: Ref<Int>,
    stop: Ref<Int>,
    step: Ref<Int>,
    length: Ref<Int>,
}

fn int(value: &BigInt) -> PyResult<Ref<Int>> {
    Int::try_from_bigint(value)
}

/// Number of items; `step` is not zero.
fn length_of(start: &Int, stop: &Int, step: &Int) -> PyResult<Ref<Int>> {
    if let (Some(start), Some(stop), Some(step)) = (start.to_i64(), stop.to_i64(), step.to_i64()) {
        let (start, stop, step) = (i128::from(start), i128::from(stop), i128::from(step));
        let (low, high) = if step > 0 { (start, stop) } else { (stop, start) };
        let length = if low >= high { 0 } else { (high - low - 1) / step.abs() + 1 };
        return Ok(Int::from_i128(length));
    }
    let (start, stop, step) = (start.to_bigint(), stop.to_bigint(), step.to_bigint());
    let (low, high) = if step.is_negative() { (&stop, &start) } else { (&start, &stop) };
    if low >= high {
        return Ok(Int::from_i64(0));
    }
    let one = BigInt::from(1);
    let span = &(high - low) - &one;
    let count = span.floor_div(&step.abs()).map_err(gopy_core::error::from_numeric)?;
    int(&(&count + &one))
}

impl Range {
    /// A range; `step` is not zero.
    ///
    /// # Errors
    ///
    /// `MemoryError`.
    pub fn of_parts(start: Ref<Int>, stop: Ref<Int>, step: Ref<Int>) -> PyResult<Ref<Range>> {
        let length = length_of(&start, &stop, &step)?;
        memory::alloc(&RANGE, Range { object: Object::header(&RANGE), start, stop, step, length })
    }

    /// `start`, `stop`, `step`.
    pub fn parts(&self) -> (&Int, &Int, &Int) {
        (&self.start, &self.stop, &self.step)
    }

    /// Item `index`, which is not checked.
    fn nth(&self, index: &Int) -> PyResult<Ref<Int>> {
        int::add(&self.start, &*int::multiply(index, &self.step)?)
    }

    /// Item `index`, counted from the end where it is negative.
    fn item(&self, index: &Int) -> PyResult<Ref<Int>> {
        let from_end;
        let index = if index.is_negative() {
            from_end = int::add(&self.length, index)?;
            &*from_end
        } else {
            index
        };
        if index.is_negative() || int::compare(index, &self.length).is_ge() {
            return Err(index_error!("range object index out of range"));
        }
        self.nth(index)
    }

    /// Where an int would stand; `None` outside.
    fn position(&self, value: &Int) -> PyResult<Option<Ref<Int>>> {
        let (low_ok, high_ok) = if self.step.is_negative() {
            (int::compare(value, &self.stop).is_gt(), int::compare(value, &self.start).is_le())
        } else {
            (int::compare(value, &self.start).is_ge(), int::compare(value, &self.stop).is_lt())
        };
        if !low_ok || !high_ok {
            return Ok(None);
        }
        let offset = int::subtract(value, &self.start)?;
        if !int::remainder(&offset, &self.step)?.is_zero() {
            return Ok(None);
        }
        int::floor_divide(&offset, &self.step).map(Some)
    }

    fn slice(&self, slice: &Slice) -> PyResult<Ref<Range>> {
        let (start, stop, step) = slice_bounds(slice, &self.length)?;
        Range::of_parts(self.nth(&start)?, self.nth(&stop)?, int::multiply(&step, &self.step)?)
    }
}

/// A slice's bounds within a length of any size (`_PySlice_GetLongIndices`).
fn slice_bounds(slice: &Slice, length: &Int) -> PyResult<(Ref<Int>, Ref<Int>, Ref<Int>)> {
    let part = |bound: &Object| -> PyResult<Option<Ref<Int>>> {
        if none::is_none(bound) {
            return Ok(None);
        }
        if !number::is_index(bound) {
            return Err(type_error!(
                "slice indices must be integers or None or have an __index__ method"
            ));
        }
        number::index(bound).map(Some)
    };
    let step = part(slice.step())?.unwrap_or_else(|| Int::from_i64(1));
    if step.is_zero() {
        return Err(value_error!("slice step cannot be zero"));
    }
    let backwards = step.is_negative();
    let minus_one = Int::from_i64(-1);
    let (lower, upper) = if backwards {
        (minus_one.clone(), int::add(length, &minus_one)?)
    } else {
        (Int::from_i64(0), length.to_ref())
    };
    let clamp = |bound: Option<Ref<Int>>, default: &Ref<Int>| -> PyResult<Ref<Int>> {
        let Some(bound) = bound else { return Ok(default.clone()) };
        if bound.is_negative() {
            let shifted = int::add(&bound, length)?;
            return Ok(if int::compare(&shifted, &lower).is_lt() {
                lower.clone()
            } else {
                shifted
            });
        }
        Ok(if int::compare(&bound, &upper).is_gt() { upper.clone() } else { bound })
    };
    let (first, last) = if backwards { (&upper, &lower) } else { (&lower, &upper) };
    let start = clamp(part(slice.start())?, first)?;
    let stop = clamp(part(slice.stop())?, last)?;
    Ok((start, stop, step))
}

fn exact_int(o: &Object) -> Option<&Int> {
    o.downcast_exact::<Int>().or_else(|| if bool_::is_bool(o) { o.downcast() } else { None })
}

#[pyslots]
impl Range {
    fn new(_ty: &Type, args: Args<'_>) -> PyResult<Ref<Range>> {
        no_keywords("range", args)?;
        check_positional("range", args.len(), 1, 3)?;
        let index = |position: usize| number::index(args.positional()[position].object());
        if args.len() == 1 {
            return Range::of_parts(Int::from_i64(0), index(0)?, Int::from_i64(1));
        }
        let (start, stop) = (index(0)?, index(1)?);
        let step = if args.len() == 3 { index(2)? } else { Int::from_i64(1) };
        if step.is_zero() {
            return Err(value_error!("range() arg 3 must not be zero"));
        }
        Range::of_parts(start, stop, step)
    }

    fn repr(&self) -> PyResult<Ref<Str>> {
        let mut text = StrBuilder::new();
        text.push_str("range(")?;
        text.push(&*object::repr(self.start.as_object())?)?;
        text.push_str(", ")?;
        text.push(&*object::repr(self.stop.as_object())?)?;
        if self.step.to_i64() != Some(1) {
            text.push_str(", ")?;
            text.push(&*object::repr(self.step.as_object())?)?;
        }
        text.push_str(")")?;
        text.finish()
    }

    fn hash(&self) -> PyResult<isize> {
        let nothing = none::none;
        let length = self.length.clone().upcast();
        let start = || self.start.clone().upcast();
        let parts = match self.length.to_i64() {
            Some(0) => [length, nothing(), nothing()],
            Some(1) => [length, start(), nothing()],
            _ => [length, start(), self.step.clone().upcast()],
        };
        object::hash(tuple::from_array(parts).as_object())
    }

    fn richcompare(&self, other: &Object, op: CompareOp) -> PyResult {
        let Some(other) = other.downcast::<Range>() else { return Ok(none::not_implemented()) };
        if !matches!(op, CompareOp::Eq | CompareOp::Ne) {
            return Ok(none::not_implemented());
        }
        let equal = int::equal(&self.length, &other.length)
            && (self.length.is_zero()
                || int::equal(&self.start, &other.start)
                    && (self.length.to_i64() == Some(1) || int::equal(&self.step, &other.step)));
        Ok(bool_::bool_ref(equal == (op == CompareOp::Eq)))
    }

    fn iter(&self) -> PyResult {
        iter::new(&self.start, &self.step, &self.length)
    }

    fn nb_bool(&self) -> PyResult<bool> {
        Ok(!self.length.is_zero())
    }

    fn sq_length(&self) -> PyResult<usize> {
        Ok(number::index_as_ssize(self.length.as_object())? as usize)
    }

    fn sq_item(&self, index: isize) -> PyResult<Ref<Int>> {
        self.item(&Int::from_i64(index as i64))
    }

    fn sq_contains(&self, value: &Object) -> PyResult<bool> {
        if let Some(value) = exact_int(value) {
            return Ok(self.position(value)?.is_some());
        }
        let items = iteration::get_iter(self.as_object())?;
        while let Some(item) = iteration::next(&items)? {
            if object::compare_bool(&item, value, CompareOp::Eq)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn mp_length(&self) -> PyResult<usize> {
        Ok(number::index_as_ssize(self.length.as_object())? as usize)
    }

    fn mp_subscript(&self, key: &Object) -> PyResult {
        if number::is_index(key) {
            return Ok(self.item(&*number::index(key)?)?.upcast());
        }
        if let Some(slice) = key.downcast::<Slice>() {
            return Ok(self.slice(slice)?.upcast());
        }
        Err(type_error!("range indices must be integers or slices, not {:.200}", key.type_name()))
    }
}

#[pymethods]
impl Range {
    #[pymethod("($self, /)")]
    fn __reversed__(&self) -> PyResult {
        let step = int::subtract(&Int::from_i64(0), &self.step)?;
        let last = int::subtract(&self.length, &Int::from_i64(1))?;
        iter::new(&*self.nth(&last)?, &step, &self.length)
    }

    #[pymethod("($self, /)")]
    fn __reduce__(&self) -> Ref<Tuple> {
        let parts = [&self.start, &self.stop, &self.step].map(|part| part.clone().upcast());
        let ty = self.as_object().type_().as_object().to_ref();
        tuple::from_array([ty, tuple::from_array(parts).upcast()])
    }

    #[pymethod("($self, object, /)")]
    fn count(&self, object: &Object) -> PyResult<usize> {
        match exact_int(object) {
            Some(value) => Ok(usize::from(self.position(value)?.is_some())),
            None => sequence::count(self.as_object(), object),
        }
    }

    #[pymethod("($self, object, /)")]
    fn index(&self, object: &Object) -> PyResult {
        let Some(value) = exact_int(object) else {
            return Ok(Int::from_u64(sequence::index_of(self.as_object(), object)? as u64).upcast());
        };
        match self.position(value)? {
            Some(position) => Ok(position.upcast()),
            None => Err(value_error!("range.index(x): x not in range")),
        }
    }

    #[pymember]
    fn start(&self) -> Ref<Int> {
        self.start.clone()
    }

    #[pymember]
    fn stop(&self) -> Ref<Int> {
        self.stop.clone()
    }

    #[pymember]
    fn step(&self) -> Ref<Int> {
        self.step.clone()
    }
}
