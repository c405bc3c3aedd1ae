//! `enumerate`, `reversed`, `zip`, `map` and `filter`.
//!
//! Answers to `Objects/enumobject.c` and to the iterators of `Python/bltinmodule.c`.

use std::cell::Cell;

use gopy_core::argument::{ArgSpec, Bound, Style, check_positional, keyword_items, no_keywords};
use gopy_core::error::{type_error, value_error};
use gopy_core::generic_alias::GenericAlias;
use gopy_core::int::Int;
use gopy_core::tuple::{self, Tuple};
use gopy_core::{call, id, iter, none, number, object, sequence};
use gopy_macros::{pyclass, pymethods, pyslots};
use gopy_object::{Arg, Args, Instance, Object, PyResult, Ref, Slot, Type, gc, memory};

/// An `enumerate`.
#[pyclass(name = "enumerate", static = ENUMERATE, basicsize = 56, flags(BASETYPE, HAVE_GC))]
#[repr(C)]
pub struct Enumerate {
    object: Object,
    /// The next number, while it is small.
    index: Cell<i64>,
    iterator: Ref,
    /// The next number once it is not.
    long_index: Slot<Int>,
}

#[pymethods]
impl Enumerate {
    #[pymethod]
    fn __reduce__(&self) -> Ref<Tuple> {
        let index = self.long_index.get().unwrap_or_else(|| Int::from_i64(self.index.get()));
        let args = tuple::from_array([self.iterator.clone(), index.upcast()]);
        tuple::from_array([self.as_object().type_().to_ref().upcast(), args.upcast()])
    }

    #[pyclassmethod("($type, object, /)")]
    fn __class_getitem__(cls: &Type, object: &Object) -> PyResult {
        GenericAlias::new(cls.as_object(), object).map(Ref::upcast)
    }
}

#[pyslots]
impl Enumerate {
    fn new(ty: &Type, args: Args<'_>) -> PyResult {
        static SPEC: ArgSpec = ArgSpec {
            function: "enumerate",
            names: &["iterable", "start"],
            required: &[true, false],
            positional_only: 0,
            positional: 2,
            required_positional: 1,
            rest: false,
            keywords: false,
            style: Style::Clinic,
        };
        let mut places = [None; 2];
        let bound = Bound::bind(&SPEC, args, &mut places)?;
        let (index, long_index) = match bound.get(1) {
            None => (0, None),
            Some(start) => {
                let start = number::index(start)?;
                match start.to_i64().filter(|index| *index < i64::MAX) {
                    Some(index) => (index, None),
                    None => (i64::MAX, Some(start)),
                }
            }
        };
        let iterator = iter::get_iter(bound.required(0))?;
        let enumerate = memory::alloc(
            ty,
            Enumerate {
                object: Object::header(ty),
                index: Cell::new(index),
                iterator,
                long_index: Slot::new(long_index),
            },
        )?;
        Ok(gc::tracked(enumerate).upcast())
    }

    fn iter(&self) -> Ref {
        self.as_object().to_ref()
    }

    fn iternext(&self) -> PyResult<Option<Ref>> {
        let Some(item) = iter::next(&self.iterator)? else { return Ok(None) };
        let index = self.index.get();
        let number = if index < i64::MAX {
            self.index.set(index + 1);
            Int::from_i64(index)
        } else {
            let current = self.long_index.get().unwrap_or_else(|| Int::from_i64(index));
            let one = Int::from_i64(1);
            let next = number::add(current.as_object(), one.as_object())?;
            self.long_index.set(next.downcast_ref::<Int>().ok());
            current
        };
        Ok(Some(tuple::from_array([number.upcast(), item]).upcast()))
    }
}

/// A `reversed`.
#[pyclass(name = "reversed", static = REVERSED, basicsize = 32, flags(BASETYPE, HAVE_GC))]
#[repr(C)]
pub struct Reversed {
    object: Object,
    index: Cell<isize>,
    sequence: Slot,
}

#[pymethods]
impl Reversed {
    #[pymethod]
    fn __length_hint__(&self) -> PyResult<isize> {
        let Some(sequence) = self.sequence.get() else { return Ok(0) };
        let length = object::len(&sequence)? as isize;
        let left = self.index.get() + 1;
        Ok(if length < left { 0 } else { left })
    }

    #[pymethod]
    fn __reduce__(&self) -> Ref<Tuple> {
        let class = self.as_object().type_().to_ref().upcast();
        match self.sequence.get() {
            Some(sequence) => tuple::from_array([
                class,
                tuple::from_array([sequence]).upcast(),
                Int::from_i64(self.index.get() as i64).upcast(),
            ]),
            None => {
                let empty = tuple::from_array([tuple::empty().upcast()]).upcast();
                tuple::from_array([class, empty])
            }
        }
    }

    #[pymethod]
    fn __setstate__(&self, state: &Object) -> PyResult<()> {
        let index = number::index_as_ssize(state)?;
        if let Some(sequence) = self.sequence.get() {
            let length = object::len(&sequence)? as isize;
            self.index.set(index.clamp(-1, length - 1));
        }
        Ok(())
    }
}

#[pyslots]
impl Reversed {
    fn new(ty: &Type, args: Args<'_>) -> PyResult {
        if !ty.is_heap() {
            no_keywords("reversed", args)?;
        }
        check_positional("reversed", args.len(), 1, 1)?;
        let Some(sequence) = args.get(0) else { return Ok(none::none()) };
        if let Some(method) = object::lookup_special(sequence, id!(__reversed__))? {
            if none::is_none(&method) {
                return Err(not_reversible(sequence));
            }
            return call::call_no_args(&method);
        }
        if gopy_core::type_::lookup(sequence.type_(), id!(__reversed__)).is_some()
            || !sequence::is_sequence(sequence)
        {
            return Err(not_reversible(sequence));
        }
        let length = object::len(sequence)? as isize;
        let reversed = memory::alloc(
            ty,
            Reversed {
                object: Object::header(ty),
                index: Cell::new(length - 1),
                sequence: Slot::new(Some(sequence.to_ref())),
            },
        )?;
        Ok(gc::tracked(reversed).upcast())
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
                let ends = error.is_instance(&gopy_core::exceptions::INDEX_ERROR)
                    || error.is_instance(&gopy_core::exceptions::STOP_ITERATION);
                if ends { Ok(None) } else { Err(error) }
            }
        }
    }
}

#[cold]
fn not_reversible(o: &Object) -> gopy_object::Exception {
    type_error!("'{:.200}' object is not reversible", o.type_name())
}

/// A `zip`.
#[pyclass(name = "zip", static = ZIP, basicsize = 48, flags(BASETYPE, HAVE_GC))]
#[repr(C)]
pub struct Zip {
    object: Object,
    iterators: Ref<Tuple>,
    strict: Cell<bool>,
}

/// The only keyword argument that `zip` and `map` know.
fn strict_of(name: &str, args: Args<'_>, is_subclass: bool) -> PyResult<bool> {
    let mut strict = false;
    for (keyword, value) in keyword_items(args) {
        if keyword.eq_str("strict") {
            strict = object::is_true(value)?;
        } else if !is_subclass {
            return Err(type_error!("{name}() got an unexpected keyword argument '{keyword}'"));
        }
    }
    Ok(strict)
}

impl Zip {
    fn mismatch(&self, index: usize) -> PyResult<Option<Ref>> {
        let plural = if index == 1 { " " } else { "s 1-" };
        if index > 0 {
            return Err(value_error!(
                "zip() argument {} is shorter than argument{plural}{index}",
                index + 1
            ));
        }
        // The first is exhausted; the others must be, too.
        for (index, iterator) in self.iterators.items().iter().enumerate().skip(1) {
            if iter::next(iterator)?.is_some() {
                let plural = if index == 1 { " " } else { "s 1-" };
                return Err(value_error!(
                    "zip() argument {} is longer than argument{plural}{index}",
                    index + 1
                ));
            }
        }
        Ok(None)
    }
}

#[pymethods]
impl Zip {
    #[pymethod]
    fn __reduce__(&self) -> Ref<Tuple> {
        let class = self.as_object().type_().to_ref().upcast();
        let args = self.iterators.clone().upcast();
        if self.strict.get() {
            return tuple::from_array([class, args, gopy_core::bool_::bool_ref(true)]);
        }
        tuple::from_array([class, args])
    }

    #[pymethod]
    fn __setstate__(&self, state: &Object) -> PyResult<()> {
        self.strict.set(object::is_true(state)?);
        Ok(())
    }
}

#[pyslots]
impl Zip {
    fn new(ty: &Type, args: Args<'_>) -> PyResult {
        let strict = strict_of("zip", args, ty.is_heap())?;
        let mut iterators = Vec::with_capacity(args.len());
        for arg in args.positional() {
            iterators.push(iter::get_iter(arg.object())?);
        }
        let zip = memory::alloc(
            ty,
            Zip {
                object: Object::header(ty),
                iterators: tuple::try_from_vec(iterators)?,
                strict: Cell::new(strict),
            },
        )?;
        Ok(gc::tracked(zip).upcast())
    }

    fn iter(&self) -> Ref {
        self.as_object().to_ref()
    }

    fn iternext(&self) -> PyResult<Option<Ref>> {
        if self.iterators.is_empty() {
            return Ok(None);
        }
        let mut items = Vec::with_capacity(self.iterators.len());
        for (index, iterator) in self.iterators.items().iter().enumerate() {
            match iter::next(iterator)? {
                Some(item) => items.push(item),
                None if self.strict.get() => return self.mismatch(index),
                None => return Ok(None),
            }
        }
        Ok(Some(tuple::try_from_vec(items)?.upcast()))
    }
}

/// A `map`.
#[pyclass(name = "map", static = MAP, basicsize = 40, flags(BASETYPE, HAVE_GC))]
#[repr(C)]
pub struct Map {
    object: Object,
    iterators: Ref<Tuple>,
    function: Ref,
    strict: Cell<bool>,
}

#[pymethods]
impl Map {
    #[pymethod]
    fn __reduce__(&self) -> Ref<Tuple> {
        let class = self.as_object().type_().to_ref().upcast();
        let mut args = vec![self.function.clone()];
        args.extend(self.iterators.items().iter().cloned());
        let args = tuple::from_vec(args).upcast();
        if self.strict.get() {
            return tuple::from_array([class, args, gopy_core::bool_::bool_ref(true)]);
        }
        tuple::from_array([class, args])
    }

    #[pymethod]
    fn __setstate__(&self, state: &Object) -> PyResult<()> {
        self.strict.set(object::is_true(state)?);
        Ok(())
    }
}

impl Map {
    fn mismatch(&self, index: usize) -> PyResult<Option<Ref>> {
        let plural = |index: usize| if index == 1 { " " } else { "s 1-" };
        if index > 0 {
            return Err(value_error!(
                "map() argument {} is shorter than argument{}{index}",
                index + 1,
                plural(index)
            ));
        }
        for (index, iterator) in self.iterators.items().iter().enumerate().skip(1) {
            if iter::next(iterator)?.is_some() {
                return Err(value_error!(
                    "map() argument {} is longer than argument{}{index}",
                    index + 1,
                    plural(index)
                ));
            }
        }
        Ok(None)
    }
}

#[pyslots]
impl Map {
    fn new(ty: &Type, args: Args<'_>) -> PyResult {
        let strict = strict_of("map", args, ty.is_heap())?;
        if args.len() < 2 {
            return Err(type_error!("map() must have at least two arguments."));
        }
        let mut iterators = Vec::with_capacity(args.len() - 1);
        for arg in &args.positional()[1..] {
            iterators.push(iter::get_iter(arg.object())?);
        }
        let function = args.positional()[0].object().to_ref();
        let map = memory::alloc(
            ty,
            Map {
                object: Object::header(ty),
                iterators: tuple::try_from_vec(iterators)?,
                function,
                strict: Cell::new(strict),
            },
        )?;
        Ok(gc::tracked(map).upcast())
    }

    fn iter(&self) -> Ref {
        self.as_object().to_ref()
    }

    fn iternext(&self) -> PyResult<Option<Ref>> {
        if let [only] = self.iterators.items() {
            let Some(item) = iter::next(only)? else { return Ok(None) };
            return call::call_one(&self.function, &item).map(Some);
        }
        let mut items = Vec::with_capacity(self.iterators.len());
        for (index, iterator) in self.iterators.items().iter().enumerate() {
            match iter::next(iterator)? {
                Some(item) => items.push(item),
                None if self.strict.get() => return self.mismatch(index),
                None => return Ok(None),
            }
        }
        let args: Vec<Arg<'_>> = items.iter().map(|item| Arg::new(item)).collect();
        call::call_args(&self.function, Args::positional_only(&args)).map(Some)
    }
}

/// A `filter`.
#[pyclass(name = "filter", static = FILTER, basicsize = 32, flags(BASETYPE, HAVE_GC))]
#[repr(C)]
pub struct Filter {
    object: Object,
    function: Ref,
    iterator: Ref,
}

#[pymethods]
impl Filter {
    #[pymethod]
    fn __reduce__(&self) -> Ref<Tuple> {
        let args = tuple::from_array([self.function.clone(), self.iterator.clone()]);
        tuple::from_array([self.as_object().type_().to_ref().upcast(), args.upcast()])
    }
}

#[pyslots]
impl Filter {
    fn new(ty: &Type, args: Args<'_>) -> PyResult {
        if !ty.is_heap() {
            no_keywords("filter", args)?;
        }
        check_positional("filter", args.len(), 2, 2)?;
        let (Some(function), Some(iterable)) = (args.get(0), args.get(1)) else {
            return Ok(none::none());
        };
        let iterator = iter::get_iter(iterable)?;
        let filter = memory::alloc(
            ty,
            Filter { object: Object::header(ty), function: function.to_ref(), iterator },
        )?;
        Ok(gc::tracked(filter).upcast())
    }

    fn iter(&self) -> Ref {
        self.as_object().to_ref()
    }

    fn iternext(&self) -> PyResult<Option<Ref>> {
        let by_truth =
            none::is_none(&self.function) || self.function.is(gopy_core::bool_::BOOL.get());
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
