//! `enumerate`, `reversed`, `zip`, `map` and `filter`.
//!
//! Answers to `Objects/enumobject.c` and the iterator types of `Python/bltinmodule.c`. `enumerate` and
//! `zip` hand out one tuple again and again while nobody else keeps it.

use std::cell::Cell;

use gopy_core::argument::{ArgSpec, Bound, Style, check_positional, keyword_items, no_keywords};
use gopy_core::error::{type_error, value_error};
use gopy_core::exceptions::{INDEX_ERROR, STOP_ITERATION};
use gopy_core::generic_alias::GenericAlias;
use gopy_core::int::{self, Int};
use gopy_core::tuple::{self, Tuple};
use gopy_core::{bool_, call, id, iter, none, number, object, sequence};
use gopy_macros::{pyclass, pymethods, pyslots};
use gopy_object::{Arg, Args, Exception, Instance, Object, PyResult, Ref, Slot, Type, gc, memory};

/// Whether keyword arguments are refused: they are not where a subclass brings its own `__init__`.
fn refuse_keywords(name: &str, ty: &Type, base: &Type, args: Args<'_>) -> PyResult<()> {
    let address = |ty: &Type| ty.slots.init.get().map(|init| init as usize);
    if std::ptr::eq(ty, base) || address(ty) == address(base) {
        no_keywords(name, args)?;
    }
    Ok(())
}

/// The tuple that the iterator keeps, if nobody else has it and it has `count` items.
#[inline(always)]
fn reusable(kept: &Slot<Tuple>, count: usize) -> Option<Ref<Tuple>> {
    // SAFETY: nothing runs while the tuple is borrowed.
    let tuple = unsafe { kept.borrow() }?;
    if tuple.object.count() != 1 || tuple.len() != count {
        return None;
    }
    tuple.hash.set(-1);
    if !gc::is_tracked(tuple.as_object()) {
        gc::track(tuple.as_object());
    }
    Some(tuple.to_ref())
}

/// Replaces the items of a tuple that only its iterator keeps, or makes a new one. The first one is
/// the one to keep.
#[inline(always)]
fn refill<const N: usize>(kept: &Slot<Tuple>, items: [Ref; N]) -> PyResult<Ref<Tuple>> {
    if let Some(tuple) = reusable(kept, N) {
        // SAFETY: nobody but the iterator has the tuple, which has `N` items; an array of them has
        // the layout of the array.
        let old = unsafe { tuple.items_ptr().cast::<[Ref; N]>().replace(items) };
        drop(old);
        return Ok(tuple);
    }
    let tuple = tuple::try_from_array(items)?;
    if kept.is_empty() {
        kept.set(Some(tuple.clone()));
    }
    Ok(tuple)
}

/// As [`refill`] for any number of items.
fn refill_many(kept: &Slot<Tuple>, mut items: Vec<Ref>) -> PyResult<Ref<Tuple>> {
    if let Some(tuple) = reusable(kept, items.len()) {
        for (index, item) in items.iter_mut().enumerate() {
            // SAFETY: nobody but the iterator has the tuple, which has as many items.
            std::mem::swap(item, unsafe { &mut *tuple.items_ptr().add(index) });
        }
        drop(items);
        return Ok(tuple);
    }
    let tuple = tuple::try_from_vec(items)?;
    if kept.is_empty() {
        kept.set(Some(tuple.clone()));
    }
    Ok(tuple)
}

/// `enumerate`.
#[pyclass(name = "enumerate", static = ENUMERATE, basicsize = 56,
    text_signature = "(iterable, start=0)", flags(BASETYPE, HAVE_GC))]
#[repr(C)]
pub struct Enumerate {
    object: Object,
    /// The next number, where `large` is empty.
    index: Cell<i64>,
    iterator: Ref,
    result: Slot<Tuple>,
    /// The next number, once it does not fit a machine word.
    large: Slot<Int>,
}

fn enumerate_arguments<'a>(args: Args<'a>) -> PyResult<(&'a Object, Option<&'a Object>)> {
    let given = args.len() + args.keyword_count();
    if given > 2 {
        return Err(type_error!("enumerate() takes at most 2 arguments ({given} given)"));
    }
    let (mut iterable, mut start) = (args.get(0), args.get(1));
    for (name, value) in keyword_items(args) {
        if name.eq_str("iterable") && iterable.is_none() {
            iterable = Some(value);
        } else if name.eq_str("start") && iterable.is_some() | (given == 2) && start.is_none() {
            start = Some(value);
        } else {
            return Err(type_error!(
                "'{name:.200}' is an invalid keyword argument for enumerate()"
            ));
        }
    }
    match iterable {
        Some(iterable) => Ok((iterable, start)),
        None => Err(type_error!("enumerate() missing required argument 'iterable'")),
    }
}

#[pyslots]
impl Enumerate {
    fn new(ty: &Type, args: Args<'_>) -> PyResult<Ref<Enumerate>> {
        let (iterable, start) = enumerate_arguments(args)?;
        let start = match start {
            Some(start) => number::index(start)?,
            None => Int::from_i64(0),
        };
        let iterator = iter::get_iter(iterable)?;
        let (index, large) = match start.to_i64() {
            Some(index) if index < i64::MAX => (index, None),
            _ => (i64::MAX, Some(start)),
        };
        let value = Enumerate {
            object: Object::header(ty),
            index: Cell::new(index),
            iterator,
            result: Slot::empty(),
            large: Slot::new(large),
        };
        Ok(gc::tracked(memory::alloc(ty, value)?))
    }

    fn iter(&self) -> Ref {
        self.as_object().to_ref()
    }

    fn iternext(&self) -> PyResult<Option<Ref>> {
        let Some(item) = iter::next(&self.iterator)? else { return Ok(None) };
        let index = self.index.get();
        let number = if index == i64::MAX {
            let current = self.large.get().unwrap_or_else(|| Int::from_i64(i64::MAX));
            self.large.set(Some(int::add(&current, Int::small_object(1))?));
            current
        } else {
            self.index.set(index + 1);
            Int::from_i64(index)
        };
        Ok(Some(refill(&self.result, [number.upcast(), item])?.upcast()))
    }
}

#[pymethods]
impl Enumerate {
    #[pymethod("($self, /)")]
    fn __reduce__(&self) -> Ref<Tuple> {
        let index = self.large.get().unwrap_or_else(|| Int::from_i64(self.index.get()));
        let args = tuple::from_array([self.iterator.clone(), index.upcast()]);
        tuple::from_array([self.as_object().type_().as_object().to_ref(), args.upcast()])
    }

    #[pyclassmethod("($type, object, /)")]
    fn __class_getitem__(cls: &Type, object: &Object) -> PyResult<Ref<GenericAlias>> {
        GenericAlias::new(cls.as_object(), object)
    }
}

/// `reversed` of a sequence.
#[pyclass(name = "reversed", static = REVERSED, basicsize = 32,
    text_signature = "(sequence, /)", flags(BASETYPE, HAVE_GC))]
#[repr(C)]
pub struct Reversed {
    object: Object,
    /// The next index, -1 when exhausted.
    index: Cell<isize>,
    sequence: Slot,
}

#[pyslots]
impl Reversed {
    #[allow(clippy::new_ret_no_self, reason = "a slot, named as CPython names it")]
    fn new(ty: &Type, args: Args<'_>) -> PyResult {
        refuse_keywords("reversed", ty, &REVERSED, args)?;
        check_positional("reversed", args.len(), 1, 1)?;
        let sequence = args.positional()[0].object();
        let not_reversible =
            || type_error!("'{:.200}' object is not reversible", sequence.type_name());
        if let Some(method) = object::lookup_special(sequence, id!(__reversed__))? {
            if none::is_none(&method) {
                return Err(not_reversible());
            }
            return call::call_no_args(&method);
        }
        if !sequence::is_sequence(sequence) {
            return Err(not_reversible());
        }
        let length = object::len(sequence)?;
        let value = Reversed {
            object: Object::header(ty),
            index: Cell::new(length as isize - 1),
            sequence: Slot::new(Some(sequence.to_ref())),
        };
        Ok(gc::tracked(memory::alloc(ty, value)?).upcast())
    }

    fn iter(&self) -> Ref {
        self.as_object().to_ref()
    }

    fn iternext(&self) -> PyResult<Option<Ref>> {
        let index = self.index.get();
        if index < 0 {
            return Ok(None);
        }
        let Some(sequence) = self.sequence.get() else { return Ok(None) };
        match sequence::item(&sequence, index) {
            Ok(item) => {
                self.index.set(index - 1);
                Ok(Some(item))
            }
            Err(error) => {
                self.index.set(-1);
                self.sequence.set(None);
                if error.is_instance(&INDEX_ERROR) || error.is_instance(&STOP_ITERATION) {
                    return Ok(None);
                }
                Err(error)
            }
        }
    }
}

#[pymethods]
impl Reversed {
    #[pymethod("($self, /)")]
    fn __length_hint__(&self) -> PyResult<isize> {
        let Some(sequence) = self.sequence.get() else { return Ok(0) };
        let position = object::len(&sequence)? as isize;
        Ok(if position < self.index.get() { 0 } else { self.index.get() + 1 })
    }

    #[pymethod("($self, /)")]
    fn __reduce__(&self) -> Ref<Tuple> {
        let ty = self.as_object().type_().as_object().to_ref();
        match self.sequence.get().filter(|_| self.index.get() >= 0) {
            Some(sequence) => tuple::from_array([
                ty,
                tuple::from_array([sequence]).upcast(),
                Int::from_i64(self.index.get() as i64).upcast(),
            ]),
            None => tuple::from_array([ty, tuple::from_array([tuple::empty().upcast()]).upcast()]),
        }
    }

    #[pymethod("($self, object, /)")]
    fn __setstate__(&self, object: &Object) -> PyResult<()> {
        let index = number::index_as_ssize(object)?;
        if let Some(sequence) = self.sequence.get() {
            let length = object::len(&sequence)? as isize;
            self.index.set(index.clamp(-1, length - 1));
        }
        Ok(())
    }
}

macro_rules! strict_spec {
    ($name:ident $function:literal) => {
        static $name: ArgSpec = ArgSpec {
            function: $function,
            names: &["strict"],
            required: &[false],
            positional_only: 0,
            positional: 0,
            required_positional: 0,
            rest: false,
            keywords: false,
            style: Style::Clinic,
        };
    };
}
strict_spec!(ZIP_ARGUMENTS "zip");
strict_spec!(MAP_ARGUMENTS "map");

/// The `strict` keyword. A subclass with an `__init__` of its own may take other ones.
fn strict_argument(spec: &'static ArgSpec, args: Args<'_>) -> PyResult<bool> {
    if args.keyword_count() == 0 {
        return Ok(false);
    }
    let mut places = [None; 1];
    Bound::bind(spec, args.skip(args.len()), &mut places)?;
    places[0].map_or(Ok(false), object::is_true)
}

#[cold]
fn uneven(function: &str, index: usize, how: &str) -> Exception {
    let range = if index == 1 { " ".to_owned() } else { "s 1-".to_owned() };
    value_error!("{function}() argument {} is {how} than argument{range}{index}", index + 1)
}

/// What a strict iterator does when its iterator `index` has ended first.
fn check_strict(function: &str, iterators: &Tuple, index: usize) -> PyResult<()> {
    if index > 0 {
        return Err(uneven(function, index, "shorter"));
    }
    for (index, iterator) in iterators.items().iter().enumerate().skip(1) {
        if iter::next(iterator)?.is_some() {
            return Err(uneven(function, index, "longer"));
        }
    }
    Ok(())
}

/// The iterators of all arguments.
fn iterators_of(args: &[Arg<'_>]) -> PyResult<Ref<Tuple>> {
    let iterators =
        args.iter().map(|arg| iter::get_iter(arg.object())).collect::<PyResult<Vec<_>>>()?;
    tuple::try_from_vec(iterators)
}

/// `zip`.
#[pyclass(name = "zip", static = ZIP, basicsize = 48,
    text_signature = "(*iterables, strict=False)", flags(BASETYPE, HAVE_GC))]
#[repr(C)]
pub struct Zip {
    object: Object,
    iterators: Ref<Tuple>,
    result: Slot<Tuple>,
    strict: Cell<bool>,
}

#[pyslots]
impl Zip {
    fn new(ty: &Type, args: Args<'_>) -> PyResult<Ref<Zip>> {
        let strict = strict_argument(&ZIP_ARGUMENTS, args)?;
        let iterators = iterators_of(args.positional())?;
        let value = Zip {
            object: Object::header(ty),
            iterators,
            result: Slot::empty(),
            strict: Cell::new(strict),
        };
        Ok(gc::tracked(memory::alloc(ty, value)?))
    }

    fn iter(&self) -> Ref {
        self.as_object().to_ref()
    }

    fn iternext(&self) -> PyResult<Option<Ref>> {
        if self.iterators.is_empty() {
            return Ok(None);
        }
        let end = |index: usize| {
            if self.strict.get() {
                check_strict("zip", &self.iterators, index)?;
            }
            Ok(None)
        };
        if let [first, second] = self.iterators.items() {
            let Some(first) = iter::next(first)? else { return end(0) };
            let Some(second) = iter::next(second)? else { return end(1) };
            return Ok(Some(refill(&self.result, [first, second])?.upcast()));
        }
        let mut items = Vec::with_capacity(self.iterators.len());
        for (index, iterator) in self.iterators.items().iter().enumerate() {
            let Some(item) = iter::next(iterator)? else { return end(index) };
            items.push(item);
        }
        Ok(Some(refill_many(&self.result, items)?.upcast()))
    }
}

/// `(type, args)`, with `True` where the iterator is strict.
fn reduced(this: &Object, args: Ref<Tuple>, strict: bool) -> Ref<Tuple> {
    let ty = this.type_().as_object().to_ref();
    if strict {
        tuple::from_array([ty, args.upcast(), bool_::bool_ref(true)])
    } else {
        tuple::from_array([ty, args.upcast()])
    }
}

#[pymethods]
impl Zip {
    #[pymethod("($self, /)")]
    fn __reduce__(&self) -> Ref<Tuple> {
        reduced(self.as_object(), self.iterators.clone(), self.strict.get())
    }

    #[pymethod("($self, object, /)")]
    fn __setstate__(&self, object: &Object) -> PyResult<()> {
        self.strict.set(object::is_true(object)?);
        Ok(())
    }
}

/// `map`.
#[pyclass(name = "map", static = MAP, basicsize = 40,
    text_signature = "(function, iterable, /, *iterables, strict=False)", flags(BASETYPE, HAVE_GC))]
#[repr(C)]
pub struct Map {
    object: Object,
    iterators: Ref<Tuple>,
    function: Ref,
    strict: Cell<bool>,
}

#[pyslots]
impl Map {
    fn new(ty: &Type, args: Args<'_>) -> PyResult<Ref<Map>> {
        let strict = strict_argument(&MAP_ARGUMENTS, args)?;
        let [function, iterables @ ..] = args.positional() else {
            return Err(type_error!("map() must have at least two arguments."));
        };
        if iterables.is_empty() {
            return Err(type_error!("map() must have at least two arguments."));
        }
        let value = Map {
            object: Object::header(ty),
            iterators: iterators_of(iterables)?,
            function: function.object().to_ref(),
            strict: Cell::new(strict),
        };
        Ok(gc::tracked(memory::alloc(ty, value)?))
    }

    fn iter(&self) -> Ref {
        self.as_object().to_ref()
    }

    fn iternext(&self) -> PyResult<Option<Ref>> {
        if let [iterator] = self.iterators.items() {
            let Some(item) = iter::next(iterator)? else { return Ok(None) };
            return call::call_one(&self.function, &item).map(Some);
        }
        let mut items: Vec<Ref> = Vec::with_capacity(self.iterators.len());
        for (index, iterator) in self.iterators.items().iter().enumerate() {
            let Some(item) = iter::next(iterator)? else {
                if self.strict.get() {
                    check_strict("map", &self.iterators, index)?;
                }
                return Ok(None);
            };
            items.push(item);
        }
        let args: Vec<Arg<'_>> = items.iter().map(|item| Arg::new(item)).collect();
        call::call_args(&self.function, Args::positional_only(&args)).map(Some)
    }
}

#[pymethods]
impl Map {
    #[pymethod("($self, /)")]
    fn __reduce__(&self) -> Ref<Tuple> {
        let mut args = vec![self.function.clone()];
        args.extend(self.iterators.items().iter().cloned());
        reduced(self.as_object(), tuple::from_vec(args), self.strict.get())
    }

    #[pymethod("($self, object, /)")]
    fn __setstate__(&self, object: &Object) -> PyResult<()> {
        self.strict.set(object::is_true(object)?);
        Ok(())
    }
}

/// `filter`.
#[pyclass(name = "filter", static = FILTER, basicsize = 32,
    text_signature = "(function, iterable, /)", flags(BASETYPE, HAVE_GC))]
#[repr(C)]
pub struct Filter {
    object: Object,
    function: Ref,
    iterator: Ref,
}

#[pyslots]
impl Filter {
    fn new(ty: &Type, args: Args<'_>) -> PyResult<Ref<Filter>> {
        refuse_keywords("filter", ty, &FILTER, args)?;
        check_positional("filter", args.len(), 2, 2)?;
        let function = args.positional()[0].object();
        let iterator = iter::get_iter(args.positional()[1].object())?;
        let value = Filter { object: Object::header(ty), function: function.to_ref(), iterator };
        Ok(gc::tracked(memory::alloc(ty, value)?))
    }

    fn iter(&self) -> Ref {
        self.as_object().to_ref()
    }

    fn iternext(&self) -> PyResult<Option<Ref>> {
        let by_truth = none::is_none(&self.function)
            || std::ptr::addr_eq(&raw const *self.function, bool_::BOOL.get());
        while let Some(item) = iter::next(&self.iterator)? {
            let keep = if by_truth {
                object::is_true(&item)?
            } else {
                object::is_true(&*call::call_one(&self.function, &item)?)?
            };
            if keep {
                return Ok(Some(item));
            }
        }
        Ok(None)
    }
}

#[pymethods]
impl Filter {
    #[pymethod("($self, /)")]
    fn __reduce__(&self) -> Ref<Tuple> {
        let args = tuple::from_array([self.function.clone(), self.iterator.clone()]);
        reduced(self.as_object(), args, false)
    }
}
