//! `min`, `max` and `sum`.

use gopy_core::argument::keyword_items;
use gopy_core::bool_;
use gopy_core::bytes::Bytes;
use gopy_core::complex::Complex;
use gopy_core::error::{type_error, value_error};
use gopy_core::float::Float;
use gopy_core::int::Int;
use gopy_core::str::Str;
use gopy_core::{call, id, iter, none, number, object};
use gopy_object::typeobj::CompareOp;
use gopy_object::{Args, Instance, Object, PyResult, Ref};

/// `min(…)` or `max(…)`.
pub(super) fn min_max(args: Args<'_>, max: bool) -> PyResult {
    let name = if max { "max" } else { "min" };
    if args.is_empty() {
        return Err(type_error!("{name} expected at least 1 argument, got 0"));
    }
    let (mut key, mut default) = (None, None);
    for (keyword, value) in keyword_items(args) {
        if keyword.eq_str("key") {
            key = Some(value).filter(|value| !none::is_none(value));
        } else if keyword.eq_str("default") {
            default = Some(value);
        } else {
            return Err(type_error!("{name}() got an unexpected keyword argument '{keyword}'"));
        }
    }
    let op = if max { CompareOp::Gt } else { CompareOp::Lt };
    let mut best: Option<(Ref, Ref)> = None;
    let mut consider = |item: Ref| -> PyResult<()> {
        let value = match key {
            Some(key) => call::call_one(key, &item)?,
            None => item.clone(),
        };
        if let Some((_, known)) = &best
            && !object::compare_bool(&value, known, op)?
        {
            return Ok(());
        }
        best = Some((item, value));
        Ok(())
    };
    if let [only] = args.positional() {
        let iterator = iter::get_iter(only.object())?;
        while let Some(item) = iter::next(&iterator)? {
            consider(item)?;
        }
    } else {
        if default.is_some() {
            return Err(type_error!(
                "Cannot specify a default for {name}() with multiple positional arguments"
            ));
        }
        for arg in args.positional() {
            consider(arg.object().to_ref())?;
        }
    }
    match (best, default) {
        (Some((item, _)), _) => Ok(item),
        (None, Some(default)) => Ok(default.to_ref()),
        (None, None) => Err(value_error!("{name}() iterable argument is empty")),
    }
}

/// A float sum with its compensation (Neumaier).
#[derive(Clone, Copy)]
struct Compensated {
    high: f64,
    low: f64,
}

impl Compensated {
    fn new(value: f64) -> Self {
        Compensated { high: value, low: 0.0 }
    }

    fn add(&mut self, value: f64) {
        let total = self.high + value;
        if self.high.abs() >= value.abs() {
            self.low += (self.high - total) + value;
        } else {
            self.low += (value - total) + self.high;
        }
        self.high = total;
    }

    fn value(self) -> f64 {
        // An infinite or undefined compensation would spoil an infinite sum.
        if self.low != 0.0 && self.low.is_finite() { self.high + self.low } else { self.high }
    }
}

/// `sum(iterable, start)`: machine arithmetic as long as the types allow it.
pub(super) fn sum(iterable: &Object, start: Option<Ref>) -> PyResult {
    let iterator = iter::get_iter(iterable)?;
    let mut total = match start {
        None => Int::from_i64(0).upcast(),
        Some(start) => {
            check_start(&start)?;
            start
        }
    };
    if let Some(int) = total.downcast_exact::<Int>().and_then(Int::to_i64) {
        match sum_ints(&iterator, int)? {
            Partial::Done(total) => return Ok(total),
            Partial::Other(partial, item) => total = number::add(&partial, &item)?,
        }
    }
    if let Some(float) = total.downcast_exact::<Float>() {
        match sum_floats(&iterator, float.value())? {
            Partial::Done(total) => return Ok(total),
            Partial::Other(partial, item) => total = number::add(&partial, &item)?,
        }
    }
    if let Some(complex) = total.downcast_exact::<Complex>() {
        match sum_complexes(&iterator, complex.value().real, complex.value().imag)? {
            Partial::Done(total) => return Ok(total),
            Partial::Other(partial, item) => total = number::add(&partial, &item)?,
        }
    }
    // Not in place: `start` may be seen by others.
    while let Some(item) = iter::next(&iterator)? {
        total = number::add(&total, &item)?;
    }
    Ok(total)
}

fn check_start(start: &Object) -> PyResult<()> {
    if start.downcast::<Str>().is_some() {
        return Err(type_error!("sum() can't sum strings [use ''.join(seq) instead]"));
    }
    if start.downcast::<Bytes>().is_some() {
        return Err(type_error!("sum() can't sum bytes [use b''.join(seq) instead]"));
    }
    let bytearray = crate::builtins::get(id!(bytearray))?;
    if bytearray.downcast::<gopy_object::Type>().is_some_and(|ty| start.is_instance(ty)) {
        return Err(type_error!("sum() can't sum bytearray [use b''.join(seq) instead]"));
    }
    Ok(())
}

enum Partial {
    Done(Ref),
    /// The sum so far and the first item that is of another kind.
    Other(Ref, Ref),
}

/// The value of an int or bool that fits.
fn small_int(item: &Object) -> Option<i64> {
    if item.is(bool_::bool_object(true)) {
        return Some(1);
    }
    if item.is(bool_::bool_object(false)) {
        return Some(0);
    }
    item.downcast_exact::<Int>().and_then(Int::to_i64)
}

fn sum_ints(iterator: &Object, mut total: i64) -> PyResult<Partial> {
    while let Some(item) = iter::next(iterator)? {
        match small_int(&item).and_then(|value| total.checked_add(value)) {
            Some(sum) => total = sum,
            None => return Ok(Partial::Other(Int::from_i64(total).upcast(), item)),
        }
    }
    Ok(Partial::Done(Int::from_i64(total).upcast()))
}

/// The value of any int, subclasses too, for a sum of floats; `None` for other objects.
fn int_value(item: &Object) -> PyResult<Option<f64>> {
    item.downcast::<Int>().map(Int::to_f64).transpose()
}

fn sum_floats(iterator: &Object, start: f64) -> PyResult<Partial> {
    let mut total = Compensated::new(start);
    while let Some(item) = iter::next(iterator)? {
        if let Some(float) = item.downcast_exact::<Float>() {
            total.add(float.value());
        } else if let Some(value) = int_value(&item)? {
            total.add(value);
        } else {
            return Ok(Partial::Other(Float::new(total.value()).upcast(), item));
        }
    }
    Ok(Partial::Done(Float::new(total.value()).upcast()))
}

fn sum_complexes(iterator: &Object, real: f64, imag: f64) -> PyResult<Partial> {
    let (mut real, mut imag) = (Compensated::new(real), Compensated::new(imag));
    let finish = |real: Compensated, imag: Compensated| -> PyResult {
        Ok(Complex::new_parts(real.value(), imag.value())?.upcast())
    };
    while let Some(item) = iter::next(iterator)? {
        if let Some(complex) = item.downcast_exact::<Complex>() {
            real.add(complex.value().real);
            imag.add(complex.value().imag);
        } else if let Some(value) = int_value(&item)? {
            real.add(value);
        } else if let Some(float) = item.downcast::<Float>() {
            real.add(float.value());
        } else {
            return Ok(Partial::Other(finish(real, imag)?, item));
        }
    }
    Ok(Partial::Done(finish(real, imag)?))
}
