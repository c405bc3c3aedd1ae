//! What Python calls on a tuple.

use std::ptr::NonNull;

use gopy_macros::{pymethods, pyslots};
use gopy_object::typeobj::CompareOp;
use gopy_object::{Args, Instance, Object, PyResult, Ref, Type, gc, memory, thread};

use super::{Hasher, TUPLE, Tuple, empty, fill, slice, tracked, try_from_iter, tuple_iter};
use crate::error::{index_error, memory_error, type_error, value_error};
use crate::generic_alias::GenericAlias;
use crate::list::List;
use crate::slice::{Slice, adjust, bad_index, subscript_index};
use crate::str::{Str, StrBuilder};
use crate::{bool_, dict, iter, none, number, object};

/// An `index(value, start, stop)` bound: clipped to `isize`.
#[derive(Clone, Copy)]
pub(crate) struct Bound(pub isize);

impl<'a> crate::argument::FromArg<'a> for Bound {
    fn from_arg(arg: &'a Object, _place: &crate::argument::Place<'_>) -> PyResult<Self> {
        if !number::is_index(arg) {
            return Err(type_error!("slice indices must be integers or have an __index__ method"));
        }
        number::index_clamped(arg).map(Bound)
    }
}

impl Bound {
    /// Counts from the end where it is negative.
    pub(crate) fn place(self, length: usize) -> usize {
        let at = if self.0 < 0 { (self.0 + length as isize).max(0) } else { self.0 };
        at as usize
    }
}

/// `tuple(iterable)`. May run Python.
pub(crate) fn from_iterable(iterable: &Object) -> PyResult<Ref<Tuple>> {
    if let Some(tuple) = iterable.downcast_exact::<Tuple>() {
        return Ok(tuple.to_ref());
    }
    if let Some(list) = iterable.downcast_exact::<List>() {
        return list.try_to_tuple();
    }
    let items = iter::collect(iterable)?;
    // The type is the VM's; no other static type has the name.
    let ty = iterable.type_();
    let generator = !ty.is_heap() && &*ty.name() == "generator";
    if generator {
        return try_from_iter(items.len(), items.into_iter());
    }
    super::try_from_vec(items)
}

fn concat(left: &Tuple, right: &Object) -> PyResult<Ref<Tuple>> {
    if left.is_empty() && right.is_exact(&TUPLE) {
        // SAFETY: just checked.
        return Ok(unsafe { right.downcast_unchecked::<Tuple>() }.to_ref());
    }
    let Some(right) = right.downcast::<Tuple>() else {
        return Err(type_error!(
            "can only concatenate tuple (not \"{:.200}\") to tuple",
            right.type_name()
        ));
    };
    if right.is_empty() && left.as_object().is_exact(&TUPLE) {
        return Ok(left.to_ref());
    }
    tracked(left.len() + right.len(), left.items().iter().chain(right.items()).cloned())
}

fn item(tuple: &Tuple, index: isize) -> PyResult {
    match usize::try_from(index).ok().and_then(|index| tuple.get(index)) {
        Some(item) => Ok(item.to_ref()),
        None => Err(index_error!("tuple index out of range")),
    }
}

#[pymethods(Tuple)]
pub(super) mod table {
    use super::*;

    #[pymethod("($self, /)")]
    fn __getnewargs__(this: &Tuple) -> PyResult {
        let copy = tracked(this.len(), this.items().iter().cloned())?;
        Ok(crate::tuple::from_array([copy.upcast()]).upcast())
    }

    #[pymethod("($self, value, start=0, stop=sys.maxsize, /)")]
    fn index(
        this: &Tuple,
        value: &Object,
        start: Option<Bound>,
        stop: Option<Bound>,
    ) -> PyResult<usize> {
        let start = start.map_or(0, |bound| bound.place(this.len()));
        let stop = stop.map_or(usize::MAX, |bound| bound.place(this.len()));
        for index in start..stop.min(this.len()) {
            if object::compare_bool(&this.items()[index], value, CompareOp::Eq)? {
                return Ok(index);
            }
        }
        Err(value_error!("tuple.index(x): x not in tuple"))
    }

    #[pymethod("($self, value, /)")]
    fn count(this: &Tuple, value: &Object) -> PyResult<usize> {
        let mut count = 0;
        for item in this.items() {
            count += usize::from(object::compare_bool(item, value, CompareOp::Eq)?);
        }
        Ok(count)
    }

    #[pyclassmethod("($type, object, /)")]
    fn __class_getitem__(cls: &Type, object: &Object) -> PyResult {
        GenericAlias::new(cls.as_object(), object).map(Ref::upcast)
    }
}

fn only_argument<'a>(args: Args<'a>, plain: bool) -> PyResult<Option<&'a Object>> {
    if plain && args.keyword_count() > 0 {
        return Err(type_error!("tuple() takes no keyword arguments"));
    }
    if args.len() > 1 {
        return Err(type_error!("tuple expected at most 1 argument, got {}", args.len()));
    }
    Ok(args.get(0))
}

/// An instance of a subclass, with the items of a new tuple.
fn subtype_new(ty: &Type, iterable: Option<&Object>) -> PyResult {
    let items = match iterable {
        Some(iterable) => from_iterable(iterable)?,
        None => empty(),
    };
    let tuple = fill(ty, items.len(), items.items().iter().cloned())?;
    dict::instance::publish(tuple.as_object());
    Ok(tuple.upcast())
}

#[pyslots(Tuple)]
pub(super) mod slots {
    use super::*;

    fn dealloc(object: NonNull<Object>) {
        // SAFETY: the slot is called for dead exact tuples, alive until freed below.
        gc::untrack(unsafe { object.as_ref() });
        // SAFETY: as above; exact tuples own their items and nothing else.
        unsafe { Tuple::release_items(object.cast().as_ptr()) };
        // SAFETY: the payload has been released.
        unsafe { memory::free(object, &TUPLE) };
    }

    fn new(ty: &Type, args: Args<'_>) -> PyResult {
        let exact = std::ptr::eq(ty, TUPLE.get());
        let plain_init = ty.slots.init.get().map(|init| init as usize)
            == TUPLE.slots.init.get().map(|init| init as usize);
        let iterable = only_argument(args, exact || plain_init)?;
        match iterable {
            _ if !exact => subtype_new(ty, iterable),
            Some(iterable) => from_iterable(iterable).map(Ref::upcast),
            None => Ok(empty().upcast()),
        }
    }

    fn vectorcall(_ty: &Type, args: Args<'_>) -> PyResult {
        match only_argument(args, true)? {
            Some(iterable) => from_iterable(iterable).map(Ref::upcast),
            None => Ok(empty().upcast()),
        }
    }

    fn repr(this: &Tuple) -> PyResult<Ref<Str>> {
        if this.is_empty() {
            return Ok(Str::new("()"));
        }
        // A tuple can hold itself through a list.
        let Some(_guard) = thread().enter_repr(this.as_object()) else {
            return Ok(Str::new("(...)"));
        };
        let mut text = StrBuilder::with_capacity(3 * this.len() + 2);
        text.push_code_point('('.into())?;
        for (index, item) in this.items().iter().enumerate() {
            if index > 0 {
                text.push_str(", ")?;
            }
            text.push(&*object::repr(item)?)?;
        }
        text.push_str(if this.len() == 1 { ",)" } else { ")" })?;
        text.finish()
    }

    fn hash(this: &Tuple) -> PyResult<isize> {
        if this.hash.get() != -1 {
            return Ok(this.hash.get());
        }
        thread().check_native_recursion(" while hashing a tuple")?;
        let mut hash = Hasher::new();
        for item in this.items() {
            hash.add(object::hash(item)?);
        }
        this.hash.set(hash.finish());
        Ok(this.hash.get())
    }

    fn iter(this: &Tuple) -> PyResult {
        tuple_iter::new_iterator(this)
    }

    fn richcompare(this: &Tuple, other: &Object, op: CompareOp) -> PyResult {
        let Some(other) = other.downcast::<Tuple>() else { return Ok(none::not_implemented()) };
        for (ours, theirs) in this.items().iter().zip(other.items()) {
            if object::compare_bool(ours, theirs, CompareOp::Eq)? {
                continue;
            }
            return match op {
                CompareOp::Eq => Ok(bool_::bool_ref(false)),
                CompareOp::Ne => Ok(bool_::bool_ref(true)),
                _ => object::rich_compare(ours, theirs, op),
            };
        }
        Ok(bool_::bool_ref(op.accepts(this.len().cmp(&other.len()))))
    }

    fn sq_length(this: &Tuple) -> PyResult<usize> {
        Ok(this.len())
    }

    fn sq_concat(this: &Tuple, other: &Object) -> PyResult {
        concat(this, other).map(Ref::upcast)
    }

    fn sq_repeat(this: &Tuple, count: isize) -> PyResult {
        if (this.is_empty() || count == 1) && this.as_object().is_exact(&TUPLE) {
            return Ok(this.to_ref().upcast());
        }
        if this.is_empty() || count <= 0 {
            return Ok(empty().upcast());
        }
        let Some(total) = this.len().checked_mul(count as usize) else {
            return Err(memory_error());
        };
        tracked(total, this.items().iter().cycle().cloned()).map(Ref::upcast)
    }

    fn sq_item(this: &Tuple, index: isize) -> PyResult {
        item(this, index)
    }

    fn sq_contains(this: &Tuple, value: &Object) -> PyResult<bool> {
        for item in this.items() {
            if object::compare_bool(item, value, CompareOp::Eq)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn mp_length(this: &Tuple) -> PyResult<usize> {
        Ok(this.len())
    }

    fn mp_subscript(this: &Tuple, index: &Object) -> PyResult {
        if number::is_index(index) {
            let index = subscript_index(index)?;
            let length = this.len() as isize;
            return item(this, if index < 0 { index + length } else { index });
        }
        let Some(bounds) = index.downcast::<Slice>() else {
            return Err(bad_index("tuple", index));
        };
        let (start, stop, step) = bounds.unpack()?;
        let (start, _, count) = adjust(this.len(), start, stop, step);
        if step == 1 {
            return slice(this, start as usize, start as usize + count).map(Ref::upcast);
        }
        let at = |number: usize| (start + number as isize * step) as usize;
        tracked(count, (0..count).map(|number| this.items()[at(number)].clone())).map(Ref::upcast)
    }
}
