//! `range`: integers in steps.
//!
//! Answers to `Objects/rangeobject.c`.

use std::cell::Cell;

use gopy_core::argument::{IntoPy, no_keywords};
use gopy_core::error::{
    from_numeric, index_error, overflow_error, type_error, value_error,
};
use gopy_core::int::{INT, Int};
use gopy_core::slice::Slice;
use gopy_core::tuple::{self, Tuple};
use gopy_core::{bool_, import, none, number, object, sequence};
use gopy_macros::{pyclass, pymethods, pyslots};
use gopy_numeric::int::BigInt;
use gopy_object::typeobj::CompareOp;
use gopy_object::{Args, Instance, Object, PyResult, Ref, Slot, Type, memory};

/// A `range`.
#[pyclass(name = "range", static = RANGE, basicsize = 48, flags(SEQUENCE), manual_traverse)]
#[repr(C)]
pub struct Range {
    object: Object,
    start: Ref<Int>,
    stop: Ref<Int>,
    step: Ref<Int>,
    length: Ref<Int>,
}

gopy_object::leaf_traverse!(Range);

/// The number of steps from `start` to `stop`.
fn length_of(start: &Int, stop: &Int, step: &Int) -> PyResult<Ref<Int>> {
    if let (Some(start), Some(stop), Some(step)) = (start.to_i64(), stop.to_i64(), step.to_i64()) {
        return Ok(Int::from_i128(small_length(start.into(), stop.into(), step.into())));
    }
    let (start, stop, step) = (start.to_bigint(), stop.to_bigint(), step.to_bigint());
    let one = BigInt::from(1i64);
    let (low, high, step) =
        if step.is_negative() { (stop, start, step.abs()) } else { (start, stop, step) };
    if low >= high {
        return Ok(Int::from_i64(0));
    }
    let steps = (&(&high - &low) - &one).floor_div(&step).map_err(from_numeric)?;
    Int::try_from_bigint(&(&steps + &one))
}

fn small_length(start: i128, stop: i128, step: i128) -> i128 {
    let (low, high, step) = if step < 0 { (stop, start, -step) } else { (start, stop, step) };
    if low >= high { 0 } else { (high - low - 1) / step + 1 }
}

/// `start + index * step`.
fn item_at(start: &Int, step: &Int, index: &Int) -> PyResult<Ref<Int>> {
    if let (Some(start), Some(step), Some(index)) = (start.to_i64(), step.to_i64(), index.to_i64())
        && let Some(item) = index.checked_mul(step).and_then(|offset| offset.checked_add(start))
    {
        return Ok(Int::from_i64(item));
    }
    let offset = &index.to_bigint() * &step.to_bigint();
    Int::try_from_bigint(&(&start.to_bigint() + &offset))
}

impl Range {
    fn make(start: Ref<Int>, stop: Ref<Int>, step: Ref<Int>) -> PyResult<Ref<Range>> {
        let length = length_of(&start, &stop, &step)?;
        memory::alloc(&RANGE, Range { object: Object::header(&RANGE), start, stop, step, length })
    }

    /// Where `value` is, for exact ints and bools; `None` where it is not.
    fn position(&self, value: &Int) -> PyResult<Option<Ref<Int>>> {
        let (value, start) = (value.to_bigint(), self.start.to_bigint());
        let (stop, step) = (self.stop.to_bigint(), self.step.to_bigint());
        let inside = if step.is_negative() {
            value <= start && value > stop
        } else {
            value >= start && value < stop
        };
        if !inside {
            return Ok(None);
        }
        let (quotient, rest) = (&value - &start).divmod(&step).map_err(from_numeric)?;
        if rest.is_zero() { Int::try_from_bigint(&quotient).map(Some) } else { Ok(None) }
    }

    fn slice(&self, slice: &Slice) -> PyResult {
        let (start, stop, step) = slice.long_indices(&self.length.to_bigint())?;
        let new_step = Int::try_from_bigint(&(&self.step.to_bigint() * &step))?;
        let new_start = item_at(&self.start, &self.step, &*Int::try_from_bigint(&start)?)?;
        let new_stop = item_at(&self.start, &self.step, &*Int::try_from_bigint(&stop)?)?;
        Range::make(new_start, new_stop, new_step).map(Ref::upcast)
    }
}

fn exact_int(value: Ref) -> PyResult<Ref<Int>> {
    value.downcast_ref::<Int>().map_err(|other| {
        type_error!("'{:.200}' object cannot be interpreted as an integer", other.type_name())
    })
}

fn is_plain_int(o: &Object) -> bool {
    o.is_exact(&INT) || bool_::is_bool(o)
}

#[pymethods]
impl Range {
    #[pymethod]
    fn __reversed__(&self) -> PyResult {
        let last = Int::from_i64(-1);
        let length_less_one = exact_int(number::add(self.length.as_object(), last.as_object())?)?;
        let start = item_at(&self.start, &self.step, &length_less_one)?;
        let step = exact_int(number::negative(self.step.as_object())?)?;
        new_iterator(&start, &step, &self.length)
    }

    #[pymethod]
    fn __reduce__(&self) -> PyResult<Ref<Tuple>> {
        let args = tuple::from_array([
            self.start.clone().upcast(),
            self.stop.clone().upcast(),
            self.step.clone().upcast(),
        ]);
        let class = self.as_object().type_().to_ref().upcast();
        Ok(tuple::from_array([class, args.upcast()]))
    }

    #[pymethod]
    fn count(&self, value: &Object) -> PyResult<usize> {
        if is_plain_int(value)
            && let Some(value) = value.downcast::<Int>()
        {
            return Ok(usize::from(self.position(value)?.is_some()));
        }
        sequence::count(self.as_object(), value)
    }

    #[pymethod]
    fn index(&self, value: &Object) -> PyResult {
        if !is_plain_int(value) {
            return sequence::index_of(self.as_object(), value)?.into_py();
        }
        let found = match value.downcast::<Int>() {
            Some(value) => self.position(value)?,
            None => None,
        };
        match found {
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

#[pyslots]
impl Range {
    fn new(_ty: &Type, args: Args<'_>) -> PyResult {
        no_keywords("range", args)?;
        let index = |position: usize| match args.get(position) {
            Some(arg) => number::index(arg),
            None => Ok(Int::from_i64(1)),
        };
        let (start, stop, step) = match args.len() {
            0 => return Err(type_error!("range expected at least 1 argument, got 0")),
            1 => (Int::from_i64(0), index(0)?, Int::from_i64(1)),
            2 => (index(0)?, index(1)?, Int::from_i64(1)),
            3 => (index(0)?, index(1)?, index(2)?),
            given => return Err(type_error!("range expected at most 3 arguments, got {given}")),
        };
        if step.is_zero() {
            return Err(value_error!("range() arg 3 must not be zero"));
        }
        Range::make(start, stop, step).map(Ref::upcast)
    }

    fn vectorcall(ty: &Type, args: Args<'_>) -> PyResult {
        Range::new(ty, args)
    }

    fn repr(&self) -> PyResult<String> {
        let (start, stop) =
            (object::repr(self.start.as_object())?, object::repr(self.stop.as_object())?);
        if self.step.to_i64() == Some(1) {
            return Ok(format!("range({start}, {stop})"));
        }
        Ok(format!("range({start}, {stop}, {})", object::repr(self.step.as_object())?))
    }

    fn hash(&self) -> PyResult<isize> {
        // Equal ranges hash alike: an empty one by its length, a single item by its start too.
        let none = none::none();
        let start = if self.length.is_zero() { none.clone() } else { self.start.clone().upcast() };
        let step = match self.length.to_i64() {
            Some(0 | 1) => none,
            _ => self.step.clone().upcast(),
        };
        let key = tuple::from_array([self.length.clone().upcast(), start, step]);
        object::hash(key.as_object())
    }

    fn richcompare(&self, other: &Object, op: CompareOp) -> PyResult {
        let Some(other) = other.downcast_exact::<Range>() else {
            return Ok(none::not_implemented());
        };
        if !matches!(op, CompareOp::Eq | CompareOp::Ne) {
            return Ok(none::not_implemented());
        }
        let same = |a: &Int, b: &Int| gopy_core::int::equal(a, b);
        let equal = std::ptr::eq(self, other)
            || same(&self.length, &other.length)
                && (self.length.is_zero()
                    || same(&self.start, &other.start)
                        && (self.length.to_i64() == Some(1) || same(&self.step, &other.step)));
        Ok(bool_::bool_ref(equal == (op == CompareOp::Eq)))
    }

    fn nb_bool(&self) -> PyResult<bool> {
        Ok(!self.length.is_zero())
    }

    fn sq_length(&self) -> PyResult<usize> {
        self.length
            .to_i64()
            .and_then(|length| usize::try_from(length).ok())
            .ok_or_else(|| overflow_error!("Python int too large to convert to C ssize_t"))
    }

    fn sq_item(&self, index: isize) -> PyResult {
        let index = Int::from_i64(index as i64);
        if index.is_negative() || gopy_core::int::compare(&index, &self.length).is_ge() {
            return Err(index_error!("range object index out of range"));
        }
        item_at(&self.start, &self.step, &index).map(Ref::upcast)
    }

    fn sq_contains(&self, value: &Object) -> PyResult<bool> {
        if is_plain_int(value)
            && let Some(value) = value.downcast::<Int>()
        {
            return Ok(self.position(value)?.is_some());
        }
        let iterator = gopy_core::iter::get_iter(self.as_object())?;
        sequence::contains(&iterator, value)
    }

    fn mp_length(&self) -> PyResult<usize> {
        self.sq_length()
    }

    fn mp_subscript(&self, key: &Object) -> PyResult {
        if number::is_index(key) {
            let index = number::index(key)?;
            let index = if index.is_negative() {
                exact_int(number::add(index.as_object(), self.length.as_object())?)?
            } else {
                index
            };
            if index.is_negative() || gopy_core::int::compare(&index, &self.length).is_ge() {
                return Err(index_error!("range object index out of range"));
            }
            return item_at(&self.start, &self.step, &index).map(Ref::upcast);
        }
        match key.downcast_exact::<Slice>() {
            Some(slice) => self.slice(slice),
            None => Err(type_error!(
                "range indices must be integers or slices, not {:.200}",
                key.type_name()
            )),
        }
    }

    fn iter(&self) -> PyResult {
        new_iterator(&self.start, &self.step, &self.length)
    }
}

/// An iterator over `length` integers from `start` on.
fn new_iterator(start: &Int, step: &Int, length: &Int) -> PyResult {
    if let (Some(start), Some(step), Some(left)) = (start.to_i64(), step.to_i64(), length.to_i64())
        // The last value, and the one behind it, must be representable.
        && left.checked_mul(step).and_then(|offset| offset.checked_add(start)).is_some()
    {
        let iterator = memory::alloc(
            &RANGE_ITER,
            RangeIter {
                object: Object::header(&RANGE_ITER),
                next: Cell::new(start),
                step,
                left: Cell::new(left),
            },
        )?;
        return Ok(iterator.upcast());
    }
    let iterator = memory::alloc(
        &LONG_RANGE_ITER,
        LongRangeIter {
            object: Object::header(&LONG_RANGE_ITER),
            start: Slot::new(Some(start.to_ref())),
            step: step.to_ref(),
            length: Slot::new(Some(length.to_ref())),
        },
    )?;
    Ok(iterator.upcast())
}

/// The iterator over a range of small integers.
#[pyclass(name = "range_iterator", static = RANGE_ITER, basicsize = 40,
    flags(DISALLOW_INSTANTIATION), manual_traverse)]
#[repr(C)]
pub struct RangeIter {
    object: Object,
    next: Cell<i64>,
    step: i64,
    left: Cell<i64>,
}

gopy_object::leaf_traverse!(RangeIter);

impl RangeIter {
    /// The next value; `None` when exhausted.
    #[inline(always)]
    pub fn advance(&self) -> Option<i64> {
        let left = self.left.get();
        if left <= 0 {
            return None;
        }
        let value = self.next.get();
        self.next.set(value.wrapping_add(self.step));
        self.left.set(left - 1);
        Some(value)
    }

    /// How many values are left.
    #[inline(always)]
    pub fn left(&self) -> i64 {
        self.left.get()
    }
}

#[pymethods]
impl RangeIter {
    #[pymethod]
    fn __length_hint__(&self) -> i64 {
        self.left.get()
    }

    #[pymethod]
    fn __reduce__(&self) -> PyResult {
        let start = Int::from_i64(self.next.get());
        let stop = Int::from_i64(self.next.get() + self.left.get() * self.step);
        reduce(start, stop, Int::from_i64(self.step))
    }

    #[pymethod]
    fn __setstate__(&self, state: &Object) -> PyResult<()> {
        let index = number::index_as_c_long(state)?.clamp(0, self.left.get());
        self.next.set(self.next.get() + index * self.step);
        self.left.set(self.left.get() - index);
        Ok(())
    }
}

fn reduce(start: Ref<Int>, stop: Ref<Int>, step: Ref<Int>) -> PyResult {
    let range = Range::make(start, stop, step)?;
    let iter = import::import_attr("builtins", "iter")?;
    let args = tuple::from_array([range.upcast()]).upcast();
    Ok(tuple::from_array([iter, args, none::none()]).upcast())
}

#[pyslots]
impl RangeIter {
    fn iter(&self) -> Ref {
        self.as_object().to_ref()
    }

    fn iternext(&self) -> PyResult<Option<Ref>> {
        Ok(self.advance().map(|value| Int::from_i64(value).upcast()))
    }
}

/// The iterator over a range of large integers.
#[pyclass(name = "longrange_iterator", static = LONG_RANGE_ITER, basicsize = 40,
    flags(DISALLOW_INSTANTIATION), manual_traverse)]
#[repr(C)]
pub struct LongRangeIter {
    object: Object,
    start: Slot<Int>,
    step: Ref<Int>,
    length: Slot<Int>,
}

gopy_object::leaf_traverse!(LongRangeIter);

impl LongRangeIter {
    fn parts(&self) -> (Ref<Int>, Ref<Int>) {
        let zero = || Int::from_i64(0);
        (self.start.get().unwrap_or_else(zero), self.length.get().unwrap_or_else(zero))
    }
}

#[pymethods]
impl LongRangeIter {
    #[pymethod]
    fn __length_hint__(&self) -> Ref<Int> {
        self.parts().1
    }

    #[pymethod]
    fn __reduce__(&self) -> PyResult {
        let (start, length) = self.parts();
        let stop = item_at(&start, &self.step, &length)?;
        reduce(start, stop, self.step.clone())
    }

    #[pymethod]
    fn __setstate__(&self, state: &Object) -> PyResult<()> {
        let Some(state) = state.downcast::<Int>() else {
            return Err(type_error!("state must be an int, not {:.200}", state.type_name()));
        };
        let (start, length) = self.parts();
        let zero = Int::from_i64(0);
        let index = if state.is_negative() {
            zero
        } else if gopy_core::int::compare(state, &length).is_gt() {
            length.clone()
        } else {
            state.to_ref()
        };
        self.start.set(Some(item_at(&start, &self.step, &index)?));
        let left = number::subtract(length.as_object(), index.as_object())?;
        self.length.set(Some(exact_int(left)?));
        Ok(())
    }
}

#[pyslots]
impl LongRangeIter {
    fn iter(&self) -> Ref {
        self.as_object().to_ref()
    }

    fn iternext(&self) -> PyResult<Option<Ref>> {
        let (start, length) = self.parts();
        if length.is_zero() {
            return Ok(None);
        }
        let one = Int::from_i64(1);
        self.start.set(Some(item_at(&start, &self.step, &one)?));
        let left = number::subtract(length.as_object(), one.as_object())?;
        self.length.set(Some(exact_int(left)?));
        Ok(Some(start.upcast()))
    }
}

