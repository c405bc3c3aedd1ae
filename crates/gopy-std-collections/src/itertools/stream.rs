//! `accumulate`, `chain`, `count`, `cycle`, `repeat`.

use std::cell::Cell;

use gopy_core::argument::check_positional;
use gopy_core::error::type_error;
use gopy_core::generic_alias::GenericAlias;
use gopy_core::int::Int;
use gopy_core::list::List;
use gopy_core::{call, iter, none, number, object};
use gopy_macros::{pyclass, pymethods, pyslots};
use gopy_object::{Args, Instance, Object, PyResult, Ref, Slot, Type};

use super::no_keywords_for;

/// `accumulate`.
#[pyclass(name = "itertools.accumulate", static = ACCUMULATE, basicsize = 56,
    flags(BASETYPE, HAVE_GC, HEAPTYPE), no_methods,
    text_signature = "(iterable, func=None, *, initial=None)")]
#[repr(C)]
pub struct Accumulate {
    object: Object,
    function: Option<Ref>,
    iterator: Ref,
    total: Slot,
    initial: Slot,
}

#[pyslots]
impl Accumulate {
    fn new(ty: &Type, args: Args<'_>) -> PyResult {
        let [iterable, function, initial] = bind!(args, "accumulate",
            ["iterable", "func", "initial"], required 1, positional_only 0, positional 2);
        let given = |value: Option<&Object>| {
            value.filter(|value| !none::is_none(value)).map(|value| value.to_ref())
        };
        let iterator = iter::get_iter(iterable.unwrap_or(none::none_object()))?;
        let this = Accumulate {
            object: Object::header(ty),
            function: given(function),
            iterator,
            total: Slot::empty(),
            initial: Slot::new(given(initial)),
        };
        crate::make(ty, this).map(Ref::upcast)
    }

    fn iter(&self) -> Ref {
        self.as_object().to_ref()
    }

    fn iternext(&self) -> PyResult<Option<Ref>> {
        if let Some(initial) = self.initial.take() {
            self.total.set(Some(initial.clone()));
            return Ok(Some(initial));
        }
        let Some(value) = iter::next(&self.iterator)? else { return Ok(None) };
        let total = match self.total.get() {
            None => value,
            Some(total) => match &self.function {
                None => number::add(&total, &value)?,
                Some(function) => call::call(function, &[&total, &value])?,
            },
        };
        self.total.set(Some(total.clone()));
        Ok(Some(total))
    }
}

/// `chain`.
#[pyclass(name = "itertools.chain", static = CHAIN, basicsize = 32,
    flags(BASETYPE, HAVE_GC, HEAPTYPE), text_signature = "(*iterables)")]
#[repr(C)]
pub struct Chain {
    object: Object,
    /// Iterates over the iterables; empty at the end.
    source: Slot,
    active: Slot,
}

impl Chain {
    fn make(ty: &Type, source: Ref) -> PyResult {
        let chain = Chain {
            object: Object::header(ty),
            source: Slot::new(Some(source)),
            active: Slot::empty(),
        };
        crate::make(ty, chain).map(Ref::upcast)
    }
}

#[pymethods]
impl Chain {
    #[pyclassmethod("($type, iterable, /)")]
    fn from_iterable(cls: &Type, iterable: &Object) -> PyResult {
        Chain::make(cls, iter::get_iter(iterable)?)
    }

    #[pyclassmethod("($type, object, /)")]
    fn __class_getitem__(cls: &Type, object: &Object) -> PyResult {
        GenericAlias::new(cls.as_object(), object).map(Ref::upcast)
    }
}

#[pyslots]
impl Chain {
    fn tp_new(ty: &Type, args: Args<'_>) -> PyResult {
        no_keywords_for(ty, &CHAIN, "chain", args)?;
        Chain::make(ty, iter::get_iter(call::args_tuple(args)?.as_object())?)
    }

    fn iter(&self) -> Ref {
        self.as_object().to_ref()
    }

    fn iternext(&self) -> PyResult<Option<Ref>> {
        loop {
            let active = match self.active.get() {
                Some(active) => active,
                None => {
                    let Some(source) = self.source.get() else { return Ok(None) };
                    let iterable = match iter::next(&source) {
                        Ok(Some(iterable)) => iterable,
                        end => {
                            self.source.set(None);
                            return end;
                        }
                    };
                    let active = match iter::get_iter(&iterable) {
                        Ok(active) => active,
                        Err(error) => {
                            self.source.set(None);
                            return Err(error);
                        }
                    };
                    self.active.set(Some(active.clone()));
                    active
                }
            };
            if let Some(item) = iter::next(&active)? {
                return Ok(Some(item));
            }
            self.active.set(None);
        }
    }
}

/// `count`.
#[pyclass(name = "itertools.count", static = COUNT, basicsize = 40,
    flags(BASETYPE, HAVE_GC, HEAPTYPE), no_methods, text_signature = "(start=0, step=1)")]
#[repr(C)]
pub struct Count {
    object: Object,
    /// The next number, while `slow` is empty.
    fast: Cell<isize>,
    /// The next number where it is no machine word or the step is not 1.
    slow: Slot,
    step: Ref,
}

fn is_number(o: &Object) -> bool {
    let number = &o.type_().slots.number;
    number.index.get().is_some()
        || number.int.get().is_some()
        || number.float.get().is_some()
        || o.downcast::<gopy_core::complex::Complex>().is_some()
}

fn is_int_one(o: &Object) -> bool {
    o.downcast::<Int>().is_some_and(|int| int.to_i64() == Some(1))
}

#[pyslots]
impl Count {
    fn new(ty: &Type, args: Args<'_>) -> PyResult {
        let [start, step] = bind!(args, "count", ["start", "step"], required 0,
            positional_only 0, positional 2);
        if [start, step].into_iter().flatten().any(|value| !is_number(value)) {
            return Err(type_error!("a number is required"));
        }
        let start = start.map_or_else(|| Int::from_i64(0).upcast(), |start| start.to_ref());
        let step = step.map_or_else(|| Int::from_i64(1).upcast(), |step| step.to_ref());
        let word = start.downcast::<Int>().and_then(Int::to_i64).filter(|_| is_int_one(&step));
        let count = Count {
            object: Object::header(ty),
            fast: Cell::new(word.unwrap_or(0) as isize),
            slow: Slot::new(if word.is_none() { Some(start) } else { None }),
            step,
        };
        crate::make(ty, count).map(Ref::upcast)
    }

    fn repr(&self) -> PyResult<String> {
        let Some(value) = self.slow.get() else {
            return Ok(format!("count({})", self.fast.get()));
        };
        let value = object::repr(&value)?;
        if is_int_one(&self.step) {
            return Ok(format!("count({})", value.to_string_lossy()));
        }
        let step = object::repr(&self.step)?;
        Ok(format!("count({}, {})", value.to_string_lossy(), step.to_string_lossy()))
    }

    fn iter(&self) -> Ref {
        self.as_object().to_ref()
    }

    fn iternext(&self) -> PyResult<Option<Ref>> {
        let value = match self.slow.get() {
            Some(value) => value,
            None => {
                let value = self.fast.get();
                if value != isize::MAX {
                    self.fast.set(value + 1);
                    return Ok(Some(Int::from_i64(value as i64).upcast()));
                }
                Int::from_i64(value as i64).upcast()
            }
        };
        let next = number::add(&value, &self.step)?;
        self.slow.set(Some(next));
        Ok(Some(value))
    }
}

/// `cycle`.
#[pyclass(name = "itertools.cycle", static = CYCLE, basicsize = 40,
    flags(BASETYPE, HAVE_GC, HEAPTYPE), no_methods, text_signature = "(iterable, /)")]
#[repr(C)]
pub struct Cycle {
    object: Object,
    /// Empty after the first round.
    iterator: Slot,
    saved: Ref<List>,
    index: Cell<usize>,
}

#[pyslots]
impl Cycle {
    fn new(ty: &Type, args: Args<'_>) -> PyResult {
        no_keywords_for(ty, &CYCLE, "cycle", args)?;
        check_positional("cycle", args.len(), 1, 1)?;
        let iterator = iter::get_iter(args.get(0).unwrap_or(none::none_object()))?;
        let cycle = Cycle {
            object: Object::header(ty),
            iterator: Slot::new(Some(iterator)),
            saved: List::new(),
            index: Cell::new(0),
        };
        crate::make(ty, cycle).map(Ref::upcast)
    }

    fn iter(&self) -> Ref {
        self.as_object().to_ref()
    }

    fn iternext(&self) -> PyResult<Option<Ref>> {
        if let Some(iterator) = self.iterator.get() {
            if let Some(item) = iter::next(&iterator)? {
                self.saved.push(item.clone())?;
                return Ok(Some(item));
            }
            self.iterator.set(None);
        }
        let Some(item) = self.saved.get(self.index.get()) else { return Ok(None) };
        let next = self.index.get() + 1;
        self.index.set(if next >= self.saved.len() { 0 } else { next });
        Ok(Some(item))
    }
}

/// `repeat`.
#[pyclass(name = "itertools.repeat", static = REPEAT, basicsize = 32,
    flags(BASETYPE, HAVE_GC, HEAPTYPE))]
#[repr(C)]
pub struct Repeat {
    object: Object,
    element: Ref,
    /// -1: without end.
    left: Cell<isize>,
}

#[pymethods]
impl Repeat {
    #[pymethod("($self, /)")]
    fn __length_hint__(&self) -> PyResult<isize> {
        if self.left.get() < 0 {
            return Err(type_error!("len() of unsized object"));
        }
        Ok(self.left.get())
    }
}

#[pyslots]
impl Repeat {
    fn new(ty: &Type, args: Args<'_>) -> PyResult {
        let [element, times] = bind!(args, "repeat", ["object", "times"], required 1,
            positional_only 0, positional 2);
        let left = match times {
            Some(times) => number::index_as_ssize(times)?.max(0),
            None => -1,
        };
        let repeat = Repeat {
            object: Object::header(ty),
            element: element.map_or_else(none::none, |element| element.to_ref()),
            left: Cell::new(left),
        };
        crate::make(ty, repeat).map(Ref::upcast)
    }

    fn repr(&self) -> PyResult<String> {
        let element = object::repr(&self.element)?;
        let name = self.as_object().type_name();
        let name = name.rsplit('.').next().unwrap_or(&name);
        let element = element.to_string_lossy();
        Ok(match self.left.get() {
            -1 => format!("{name}({element})"),
            left => format!("{name}({element}, {left})"),
        })
    }

    fn iter(&self) -> Ref {
        self.as_object().to_ref()
    }

    fn iternext(&self) -> PyResult<Option<Ref>> {
        let left = self.left.get();
        if left == 0 {
            return Ok(None);
        }
        if left > 0 {
            self.left.set(left - 1);
        }
        Ok(Some(self.element.clone()))
    }
}
