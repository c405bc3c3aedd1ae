//! `tee`: independent iterators over one.

use std::cell::Cell;

use gopy_core::argument::check_positional;
use gopy_core::error::{runtime_error, type_error, value_error};
use gopy_core::list::List;
use gopy_core::{call, id, iter, none, object, tuple};
use gopy_macros::{pyclass, pymethods, pyslots};
use gopy_object::weakref::WeakList;
use gopy_object::{Args, Instance, Object, PyResult, Ref, RefArray, ReleaseOrder, Slot, Type};

use super::no_keywords_for;

/// Items of one block.
const BLOCK: usize = 57;

/// A block of items that all copies share, and the way to the next one.
#[pyclass(name = "itertools._tee_dataobject", static = TEE_DATA, basicsize = 496,
    flags(HAVE_GC, HEAPTYPE), no_methods)]
#[repr(C)]
pub struct TeeData {
    object: Object,
    iterator: Ref,
    items: RefArray,
    /// The iterator is being asked right now.
    running: Cell<bool>,
    next: Slot<TeeData>,
}

impl TeeData {
    fn make(iterator: &Object) -> PyResult<Ref<TeeData>> {
        crate::make(
            &TEE_DATA,
            TeeData {
                object: Object::header(&TEE_DATA),
                iterator: iterator.to_ref(),
                items: RefArray::new(ReleaseOrder::FromStart),
                running: Cell::new(false),
                next: Slot::empty(),
            },
        )
    }

    fn item(&self, index: usize) -> PyResult<Option<Ref>> {
        if let Some(item) = self.items.get(index) {
            return Ok(Some(item));
        }
        if self.running.replace(true) {
            return Err(runtime_error!("cannot re-enter the tee iterator"));
        }
        let item = iter::next(&self.iterator);
        self.running.set(false);
        if let Ok(Some(item)) = &item {
            self.items.push(item.clone());
        }
        item
    }

    fn next_block(&self) -> PyResult<Ref<TeeData>> {
        if let Some(next) = self.next.get() {
            return Ok(next);
        }
        let next = TeeData::make(&self.iterator)?;
        self.next.set(Some(next.clone()));
        Ok(next)
    }
}

#[pyslots]
impl TeeData {
    fn new(ty: &Type, args: Args<'_>) -> PyResult {
        no_keywords_for(ty, &TEE_DATA, "teedataobject", args)?;
        check_positional("teedataobject", args.len(), 3, 3)?;
        let [iterator, values, next] = [0, 1, 2].map(|index| args.positional()[index].object());
        let Some(values) = values.downcast::<List>() else {
            return Err(type_error!(
                "teedataobject() argument 2 must be list, not {}",
                object::type_name_or_none(values)
            ));
        };
        let data = TeeData::make(iterator)?;
        let invalid = || value_error!("Invalid arguments");
        if values.len() > BLOCK {
            return Err(invalid());
        }
        for value in values.to_vec() {
            data.items.push(value);
        }
        if !none::is_none(next) {
            let next = next.downcast_exact::<TeeData>().filter(|_| values.len() == BLOCK);
            data.next.set(Some(next.ok_or_else(invalid)?.to_ref()));
        }
        Ok(data.upcast())
    }
}

/// One of the iterators.
#[pyclass(name = "itertools._tee", static = TEE, basicsize = 48, weaklistoffset = 32,
    flags(HAVE_GC, HEAPTYPE), weaklist = weakrefs, text_signature = "(iterable, /)")]
#[repr(C)]
pub struct Tee {
    object: Object,
    data: Slot<TeeData>,
    index: Cell<usize>,
    weakrefs: WeakList,
}

impl Tee {
    fn make(data: Ref<TeeData>, index: usize) -> PyResult<Ref<Tee>> {
        crate::make(
            &TEE,
            Tee {
                object: Object::header(&TEE),
                data: Slot::new(Some(data)),
                index: Cell::new(index),
                weakrefs: WeakList::empty(),
            },
        )
    }

    fn duplicate(&self) -> PyResult<Ref<Tee>> {
        match self.data.get() {
            Some(data) => Tee::make(data, self.index.get()),
            None => Err(runtime_error!("the tee iterator has been cleared")),
        }
    }

    fn over(iterable: &Object) -> PyResult<Ref<Tee>> {
        let iterator = iter::get_iter(iterable)?;
        if let Some(tee) = iterator.downcast_exact::<Tee>() {
            return tee.duplicate();
        }
        Tee::make(TeeData::make(&iterator)?, 0)
    }
}

#[pymethods]
impl Tee {
    #[pymethod("($self, /)")]
    fn __copy__(&self) -> PyResult {
        self.duplicate().map(Ref::upcast)
    }
}

#[pyslots]
impl Tee {
    fn new(ty: &Type, args: Args<'_>) -> PyResult {
        no_keywords_for(ty, &TEE, "_tee", args)?;
        check_positional("_tee", args.len(), 1, 1)?;
        Tee::over(args.positional()[0].object()).map(Ref::upcast)
    }

    fn iter(&self) -> Ref {
        self.as_object().to_ref()
    }

    fn iternext(&self) -> PyResult<Option<Ref>> {
        let Some(mut data) = self.data.get() else { return Ok(None) };
        if self.index.get() >= BLOCK {
            data = data.next_block()?;
            self.data.set(Some(data.clone()));
            self.index.set(0);
        }
        let item = data.item(self.index.get())?;
        if item.is_some() {
            self.index.set(self.index.get() + 1);
        }
        Ok(item)
    }
}

/// `tee(iterable, n)`.
pub(super) fn tee(iterable: &Object, n: isize) -> PyResult {
    if n < 0 {
        return Err(value_error!("n must be >= 0"));
    }
    let mut all: Vec<Ref> = Vec::new();
    all.try_reserve(n as usize).map_err(|_| gopy_core::error::memory_error())?;
    if n > 0 {
        let iterator = iter::get_iter(iterable)?;
        // Tee objects are independent of the one that they come from.
        let first = match object::get_attr_opt(&iterator, id!(__copy__))? {
            Some(_) if iterator.downcast_exact::<Tee>().is_none() => iterator,
            _ => Tee::over(&iterator)?.upcast(),
        };
        let copy = object::get_attr(&first, id!(__copy__))?;
        all.push(first);
        for _ in 1..n {
            all.push(call::call_no_args(&copy)?);
        }
    }
    Ok(tuple::try_from_vec(all)?.upcast())
}
