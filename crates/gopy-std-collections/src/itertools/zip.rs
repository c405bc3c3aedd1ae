//! `zip_longest`.

use std::cell::Cell;

use gopy_core::argument::keyword_items;
use gopy_core::error::type_error;
use gopy_core::tuple::Tuple;
use gopy_core::{iter, none};
use gopy_macros::{pyclass, pyslots};
use gopy_object::{Args, Instance, Object, PyResult, Ref, Slot, Traverse, Type, Visitor};

use super::next_tuple;

/// The iterators; those that have ended are empty.
pub struct Iterators(Box<[Slot]>);

impl Traverse for Iterators {
    fn traverse(&self, visit: &mut Visitor<'_>) {
        for slot in &self.0 {
            slot.traverse(visit);
        }
    }

    fn clear(&self) {
        for slot in &self.0 {
            slot.clear();
        }
    }
}

/// `zip_longest`.
#[pyclass(name = "itertools.zip_longest", static = ZIP_LONGEST, basicsize = 56,
    flags(BASETYPE, HAVE_GC, HEAPTYPE), no_methods,
    text_signature = "(*iterables, fillvalue=None)")]
#[repr(C)]
pub struct ZipLongest {
    object: Object,
    iterators: Iterators,
    active: Cell<usize>,
    result: Slot<Tuple>,
    fill: Ref,
}

#[pyslots]
impl ZipLongest {
    fn new(ty: &Type, args: Args<'_>) -> PyResult {
        let mut fill = none::none_object();
        if args.keyword_count() > 0 {
            let mut keywords = keyword_items(args);
            match (keywords.next(), keywords.next()) {
                (Some((name, value)), None) if name.eq_str("fillvalue") => fill = value,
                _ => {
                    return Err(type_error!("zip_longest() got an unexpected keyword argument"));
                }
            }
        }
        let mut iterators = Vec::with_capacity(args.len());
        for iterable in args.positional() {
            iterators.push(Slot::new(Some(iter::get_iter(iterable.object())?)));
        }
        let zip = ZipLongest {
            object: Object::header(ty),
            active: Cell::new(iterators.len()),
            iterators: Iterators(iterators.into()),
            result: Slot::empty(),
            fill: fill.to_ref(),
        };
        crate::make(ty, zip).map(Ref::upcast)
    }

    fn iter(&self) -> Ref {
        self.as_object().to_ref()
    }

    fn iternext(&self) -> PyResult<Option<Ref>> {
        if self.active.get() == 0 {
            return Ok(None);
        }
        let mut items = Vec::with_capacity(self.iterators.0.len());
        for slot in &self.iterators.0 {
            let Some(iterator) = slot.get() else {
                items.push(self.fill.clone());
                continue;
            };
            match iter::next(&iterator) {
                Ok(Some(item)) => items.push(item),
                Ok(None) => {
                    self.active.set(self.active.get().saturating_sub(1));
                    if self.active.get() == 0 {
                        return Ok(None);
                    }
                    items.push(self.fill.clone());
                    slot.set(None);
                }
                Err(error) => {
                    self.active.set(0);
                    return Err(error);
                }
            }
        }
        Ok(Some(next_tuple(&self.result, 0, items.into_iter())?.upcast()))
    }
}
