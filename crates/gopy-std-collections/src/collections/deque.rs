//! `collections.deque`.
//!
//! Answers to `deque` in `Modules/_collectionsmodule.c`. Items lie in a ring buffer; the size that
//! `__sizeof__` shows follows CPython's linked blocks of 64.

use std::cell::{Cell, UnsafeCell};
use std::collections::VecDeque;

use gopy_core::argument::FromArg;
use gopy_core::error::{index_error, memory_error, runtime_error, type_error, value_error};
use gopy_core::generic_alias::GenericAlias;
use gopy_core::list::List;
use gopy_core::str::{SliceIndex, Str};
use gopy_core::{bool_, call, id, int, iter, none, object, tuple};
use gopy_macros::{pyclass, pymethods, pyslots};
use gopy_object::typeobj::CompareOp;
use gopy_object::weakref::WeakList;
use gopy_object::{Args, Instance, Object, PyResult, Ref, Traverse, Type, Visitor, thread};

use super::deque_iter::{
    DEQUE_ITERATOR, DEQUE_REVERSE_ITERATOR, DequeIterator, DequeReverseIterator,
};

const BLOCK: usize = 64;
const BLOCK_BYTES: usize = BLOCK * 8 + 16;
/// Where the first item lies in an empty deque's block.
const CENTER: usize = BLOCK / 2;

/// The storage. Its functions neither drop a reference nor run Python.
pub struct Items(UnsafeCell<VecDeque<Ref>>);

impl Items {
    fn with<R>(&self, change: impl FnOnce(&mut VecDeque<Ref>) -> R) -> R {
        // SAFETY: private; the closures below only move references, so nothing re-enters.
        change(unsafe { &mut *self.0.get() })
    }
}

impl Traverse for Items {
    fn traverse(&self, visit: &mut Visitor<'_>) {
        self.with(|items| {
            for item in items.iter() {
                visit(item);
            }
        });
    }

    fn clear(&self) {
        drop(self.with(std::mem::take));
    }
}

/// A `deque`.
#[pyclass(name = "collections.deque", static = DEQUE, basicsize = 216, weaklistoffset = 208,
    flags(BASETYPE, HAVE_GC, SEQUENCE, HEAPTYPE), weaklist = weakrefs,
    text_signature = "([iterable[, maxlen]])")]
#[repr(C)]
pub struct Deque {
    object: Object,
    items: Items,
    /// Changes with every change of the order or number of items.
    state: Cell<usize>,
    /// -1: unlimited.
    maxlen: Cell<isize>,
    /// Place of the first item in CPython's first block.
    left: Cell<usize>,
    weakrefs: WeakList,
}

impl Deque {
    fn make(ty: &Type) -> PyResult<Ref<Deque>> {
        crate::make(
            ty,
            Deque {
                object: Object::header(ty),
                items: Items(UnsafeCell::new(VecDeque::new())),
                state: Cell::new(0),
                maxlen: Cell::new(-1),
                left: Cell::new(CENTER),
                weakrefs: WeakList::empty(),
            },
        )
    }

    /// Number of items.
    pub fn len(&self) -> usize {
        self.items.with(|items| items.len())
    }

    /// Item `index`.
    pub fn get(&self, index: usize) -> Option<Ref> {
        self.items.with(|items| items.get(index).cloned())
    }

    /// The number that changes with every change.
    pub fn state(&self) -> usize {
        self.state.get()
    }

    fn changed(&self) {
        self.state.set(self.state.get().wrapping_add(1));
    }

    fn move_left_end(&self, by: isize) {
        self.left.set((self.left.get() as isize + by).rem_euclid(BLOCK as isize) as usize);
    }

    fn settle_if_empty(&self) {
        if self.len() == 0 {
            self.left.set(CENTER);
        }
    }

    fn is_over_full(&self) -> bool {
        self.maxlen.get() >= 0 && self.len() > self.maxlen.get() as usize
    }

    fn reserve(&self, count: usize) -> PyResult<()> {
        self.items.with(|items| items.try_reserve(count)).map_err(|_| memory_error())
    }

    /// Adds at the right end; a full deque loses its first item.
    fn push_right(&self, item: Ref) -> PyResult<()> {
        self.reserve(1)?;
        self.items.with(|items| items.push_back(item));
        if self.is_over_full() {
            drop(self.take_left());
        } else {
            self.changed();
        }
        Ok(())
    }

    /// Adds at the left end; a full deque loses its last item.
    fn push_left(&self, item: Ref) -> PyResult<()> {
        self.reserve(1)?;
        self.items.with(|items| items.push_front(item));
        self.move_left_end(-1);
        if self.is_over_full() {
            drop(self.take_right());
        } else {
            self.changed();
        }
        Ok(())
    }

    fn take_left(&self) -> Option<Ref> {
        let item = self.items.with(VecDeque::pop_front)?;
        self.move_left_end(1);
        self.settle_if_empty();
        self.changed();
        Some(item)
    }

    fn take_right(&self) -> Option<Ref> {
        let item = self.items.with(VecDeque::pop_back)?;
        self.settle_if_empty();
        self.changed();
        Some(item)
    }

    fn clear_items(&self) {
        if self.len() == 0 {
            return;
        }
        let old = self.items.with(std::mem::take);
        self.left.set(CENTER);
        self.changed();
        drop(old);
    }

    fn rotate_by(&self, n: isize) {
        let len = self.len();
        if len <= 1 {
            return;
        }
        let half = (len / 2) as isize;
        // CPython goes the shorter way round.
        let mut n = n;
        if n > half || n < -half {
            n %= len as isize;
            if n > half {
                n -= len as isize;
            } else if n < -half {
                n += len as isize;
            }
        }
        self.changed();
        self.items.with(|items| {
            if n >= 0 {
                items.rotate_right(n as usize)
            } else {
                items.rotate_left(n.unsigned_abs())
            }
        });
        self.move_left_end(-n);
    }

    /// The items as they are now.
    fn to_vec(&self) -> Vec<Ref> {
        self.items.with(|items| items.iter().cloned().collect())
    }

    fn extend_right(&self, iterable: &Object) -> PyResult<()> {
        self.extend_with(iterable, Deque::push_right)
    }

    fn extend_with(
        &self,
        iterable: &Object,
        push: fn(&Deque, Ref) -> PyResult<()>,
    ) -> PyResult<()> {
        if iterable.is(self) {
            let copy = List::from_vec(self.to_vec());
            return self.extend_with(copy.as_object(), push);
        }
        if self.maxlen.get() == 0 {
            return iter::for_each(iterable, |_| Ok(()));
        }
        // An empty deque begins anew, wherever its end was.
        iter::for_each(iterable, |item| push(self, item))
    }

    fn remove_at(&self, index: usize) {
        // CPython rotates the item to the left end and back, which moves the ends.
        self.rotate_by(-(index as isize));
        let item = self.take_left();
        self.rotate_by(index as isize);
        drop(item);
    }

    fn repeat_in_place(&self, n: isize) -> PyResult<()> {
        let size = self.len();
        if size == 0 || n == 1 {
            return Ok(());
        }
        if n <= 0 {
            self.clear_items();
            return Ok(());
        }
        let seq = self.to_vec();
        let maxlen = self.maxlen.get();
        // More rounds than `maxlen` only push out what they have put in.
        let rounds = if maxlen >= 0 && n > maxlen { maxlen.max(1) } else { n };
        if maxlen < 0 {
            let total = size.checked_mul(rounds as usize).ok_or_else(memory_error)?;
            self.reserve(total - size)?;
        }
        for _ in 1..rounds {
            for item in &seq {
                self.push_right(item.clone())?;
            }
        }
        Ok(())
    }

    fn copy_deque(&self) -> PyResult {
        let this = self.as_object();
        if this.is_exact(&DEQUE) {
            let copy = Deque::make(&DEQUE)?;
            copy.maxlen.set(self.maxlen.get());
            copy.extend_right(this)?;
            return Ok(copy.upcast());
        }
        let class = this.type_().to_ref();
        let copy = if self.maxlen.get() < 0 {
            call::call_one(class.as_object(), this)?
        } else {
            call::call(class.as_object(), &[this, &self.maxlen_object()])?
        };
        if copy.downcast::<Deque>().is_none() {
            return Err(type_error!(
                "{:.200}() must return a deque, not {:.200}",
                class.name(),
                copy.type_name()
            ));
        }
        Ok(copy)
    }

    fn maxlen_object(&self) -> Ref {
        match self.maxlen.get() {
            limit if limit < 0 => none::none(),
            limit => int::Int::from_i64(limit as i64).upcast(),
        }
    }

    fn checked_index(&self, index: isize) -> PyResult<usize> {
        usize::try_from(index)
            .ok()
            .filter(|index| *index < self.len())
            .ok_or_else(|| index_error!("deque index out of range"))
    }

    fn check_unchanged(&self, state: usize) -> PyResult<()> {
        if self.state.get() == state {
            return Ok(());
        }
        Err(runtime_error!("deque mutated during iteration"))
    }

    /// Place of the first item that equals `value`.
    fn find(&self, value: &Object, start: usize, stop: usize) -> PyResult<Option<usize>> {
        let state = self.state.get();
        for index in start..stop {
            let Some(item) = self.get(index) else { break };
            let equal = object::compare_bool(&item, value, CompareOp::Eq)?;
            self.check_unchanged(state)?;
            if equal {
                return Ok(Some(index));
            }
        }
        Ok(None)
    }
}

fn clamp(bound: Option<SliceIndex>, missing: isize, len: usize) -> usize {
    let len = len as isize;
    let value = bound.and_then(|bound| bound.0).unwrap_or(missing);
    let value = if value < 0 { (value + len).max(0) } else { value };
    value.min(len) as usize
}

/// An argument of `index`: unlike a slice's, it may not be `None`.
struct Bound(SliceIndex);

impl<'a> FromArg<'a> for Bound {
    fn from_arg(arg: &'a Object, _place: &gopy_core::argument::Place<'_>) -> PyResult<Self> {
        if !gopy_core::number::is_index(arg) {
            return Err(type_error!("slice indices must be integers or have an __index__ method"));
        }
        Ok(Bound(SliceIndex(Some(gopy_core::number::index_clamped(arg)?))))
    }
}

#[pymethods]
impl Deque {
    #[pymethod("($self, item, /)")]
    fn append(&self, item: Ref) -> PyResult<()> {
        self.push_right(item)
    }

    #[pymethod("($self, item, /)")]
    fn appendleft(&self, item: Ref) -> PyResult<()> {
        self.push_left(item)
    }

    #[pymethod("($self, /)")]
    fn clear(&self) {
        self.clear_items();
    }

    #[pymethod("($self, /)")]
    fn __copy__(&self) -> PyResult {
        self.copy_deque()
    }

    #[pymethod("($self, /)")]
    fn copy(&self) -> PyResult {
        self.copy_deque()
    }

    #[pymethod("($self, value, /)")]
    fn count(&self, value: &Object) -> PyResult<usize> {
        let state = self.state.get();
        let mut count = 0;
        for index in 0..self.len() {
            let Some(item) = self.get(index) else { break };
            if object::compare_bool(&item, value, CompareOp::Eq)? {
                count += 1;
            }
            self.check_unchanged(state)?;
        }
        Ok(count)
    }

    #[pymethod("($self, iterable, /)")]
    fn extend(&self, iterable: &Object) -> PyResult<()> {
        self.extend_right(iterable)
    }

    #[pymethod("($self, iterable, /)")]
    fn extendleft(&self, iterable: &Object) -> PyResult<()> {
        self.extend_with(iterable, Deque::push_left)
    }

    #[pymethod("($self, value, start=<unrepresentable>, stop=<unrepresentable>, /)")]
    fn index(&self, value: &Object, start: Option<Bound>, stop: Option<Bound>) -> PyResult<usize> {
        let len = self.len();
        let start = clamp(start.map(|bound| bound.0), 0, len);
        let stop = clamp(stop.map(|bound| bound.0), isize::MAX, len);
        match self.find(value, start, stop)? {
            Some(index) => Ok(index),
            None => Err(value_error!("deque.index(x): x not in deque")),
        }
    }

    #[pymethod("($self, index, value, /)")]
    fn insert(&self, index: isize, value: Ref) -> PyResult<()> {
        let len = self.len() as isize;
        if len == self.maxlen.get() {
            return Err(index_error!("deque already at its maximum size"));
        }
        if index >= len {
            return self.push_right(value);
        }
        if index <= -len || index == 0 {
            return self.push_left(value);
        }
        self.rotate_by(-index);
        if index < 0 {
            self.push_right(value)?;
        } else {
            self.push_left(value)?;
        }
        self.rotate_by(index);
        Ok(())
    }

    #[pymethod("($self, /)")]
    fn pop(&self) -> PyResult {
        self.take_right().ok_or_else(|| index_error!("pop from an empty deque"))
    }

    #[pymethod("($self, /)")]
    fn popleft(&self) -> PyResult {
        self.take_left().ok_or_else(|| index_error!("pop from an empty deque"))
    }

    #[pymethod("($self, /)")]
    fn __reduce__(&self) -> PyResult {
        let this = self.as_object();
        let state = call::call_method(this, id!(__getstate__), &[])?;
        let items = iter::get_iter(this)?;
        let args = if self.maxlen.get() < 0 {
            tuple::empty()
        } else {
            tuple::from_array([tuple::empty().upcast(), self.maxlen_object()])
        };
        let class = this.type_().to_ref().upcast();
        Ok(tuple::from_array([class, args.upcast(), state, items]).upcast())
    }

    #[pymethod("($self, value, /)")]
    fn remove(&self, value: &Object) -> PyResult<()> {
        let state = self.state.get();
        for index in 0..self.len() {
            let Some(item) = self.get(index) else { break };
            let equal = object::compare_bool(&item, value, CompareOp::Eq)?;
            if self.state.get() != state {
                return Err(index_error!("deque mutated during remove()."));
            }
            if equal {
                self.remove_at(index);
                return Ok(());
            }
        }
        Err(value_error!("deque.remove(x): x not in deque"))
    }

    #[pymethod("($self, /)")]
    fn __reversed__(&self) -> PyResult {
        DequeReverseIterator::make(&DEQUE_REVERSE_ITERATOR, self).map(Ref::upcast)
    }

    #[pymethod("($self, /)")]
    fn reverse(&self) {
        self.items.with(|items| items.make_contiguous().reverse());
    }

    #[pymethod("($self, n=1, /)")]
    fn rotate(&self, n: isize) {
        self.rotate_by(n);
    }

    #[pymethod("($self, /)")]
    fn __sizeof__(&self) -> usize {
        let blocks = (self.left.get() + self.len()).div_ceil(BLOCK);
        self.as_object().type_().basicsize.get() + blocks * BLOCK_BYTES
    }

    #[pyclassmethod("($type, object, /)")]
    fn __class_getitem__(cls: &Type, object: &Object) -> PyResult {
        GenericAlias::new(cls.as_object(), object).map(Ref::upcast)
    }

    #[pygetter]
    fn maxlen(&self) -> Ref {
        self.maxlen_object()
    }
}

#[pyslots]
impl Deque {
    fn tp_new(ty: &Type, _args: Args<'_>) -> PyResult {
        Deque::make(ty).map(Ref::upcast)
    }

    fn init(&self, args: Args<'_>) -> PyResult<()> {
        let [iterable, maxlen] = bind!(args, "deque", ["iterable", "maxlen"], required 0,
            positional_only 0, positional 2);
        let limit = match maxlen.filter(|limit| !none::is_none(limit)) {
            None => -1,
            Some(limit) => {
                let Some(limit) = limit.downcast::<int::Int>() else {
                    return Err(type_error!("an integer is required"));
                };
                let limit = gopy_core::number::index_as_ssize(limit.as_object())?;
                if limit < 0 {
                    return Err(value_error!("maxlen must be non-negative"));
                }
                limit
            }
        };
        self.maxlen.set(limit);
        self.clear_items();
        match iterable {
            Some(iterable) => self.extend_right(iterable),
            None => Ok(()),
        }
    }

    fn repr(&self) -> PyResult<String> {
        let Some(_guard) = thread().enter_repr(self.as_object()) else {
            return Ok("[...]".to_owned());
        };
        let items = gopy_core::sequence::to_list(self.as_object())?;
        let items = object::repr(items.as_object())?;
        let name = self.as_object().type_name();
        let name = name.rsplit('.').next().unwrap_or(&name);
        let text = items.to_string_lossy();
        Ok(match self.maxlen.get() {
            limit if limit >= 0 => format!("{name}({text}, maxlen={limit})"),
            _ => format!("{name}({text})"),
        })
    }

    fn hash(&self) -> PyResult<isize> {
        object::hash_not_implemented(self.as_object())
    }

    fn richcompare(&self, other: &Object, op: CompareOp) -> PyResult {
        let this = self.as_object();
        let Some(that) = other.downcast::<Deque>() else { return Ok(none::not_implemented()) };
        let same_length = self.len() == that.len();
        match op {
            CompareOp::Eq if this.is(other) => return Ok(bool_::bool_ref(true)),
            CompareOp::Ne if this.is(other) => return Ok(bool_::bool_ref(false)),
            CompareOp::Eq if !same_length => return Ok(bool_::bool_ref(false)),
            CompareOp::Ne if !same_length => return Ok(bool_::bool_ref(true)),
            _ => {}
        }
        let (left, right) = (iter::get_iter(this)?, iter::get_iter(other)?);
        loop {
            let (a, b) = (iter::next(&left)?, iter::next(&right)?);
            let (Some(x), Some(y)) = (&a, &b) else {
                let order = a.is_some().cmp(&b.is_some());
                return Ok(bool_::bool_ref(op.accepts(order)));
            };
            if !object::compare_bool(x, y, CompareOp::Eq)? {
                return Ok(bool_::bool_ref(object::compare_bool(x, y, op)?));
            }
        }
    }

    fn iter(&self) -> PyResult {
        DequeIterator::make(&DEQUE_ITERATOR, self).map(Ref::upcast)
    }

    fn sq_length(&self) -> PyResult<usize> {
        Ok(self.len())
    }

    fn sq_concat(&self, other: &Object) -> PyResult {
        if other.downcast::<Deque>().is_none() {
            return Err(type_error!(
                "can only concatenate deque (not \"{:.200}\") to deque",
                other.type_name()
            ));
        }
        let copy = self.copy_deque()?;
        if let Some(copy) = copy.downcast::<Deque>() {
            copy.extend_right(other)?;
        }
        Ok(copy)
    }

    fn sq_repeat(&self, n: isize) -> PyResult {
        let copy = self.copy_deque()?;
        if let Some(copy) = copy.downcast::<Deque>() {
            copy.repeat_in_place(n)?;
        }
        Ok(copy)
    }

    fn sq_item(&self, index: isize) -> PyResult {
        let index = self.checked_index(index)?;
        self.get(index).ok_or_else(|| index_error!("deque index out of range"))
    }

    fn sq_ass_item(&self, index: isize, value: Option<&Object>) -> PyResult<()> {
        let index = self.checked_index(index)?;
        match value {
            None => self.remove_at(index),
            Some(value) => {
                let value = value.to_ref();
                let old = self.items.with(|items| match items.get_mut(index) {
                    Some(place) => std::mem::replace(place, value),
                    None => value,
                });
                drop(old);
            }
        }
        Ok(())
    }

    fn sq_contains(&self, value: &Object) -> PyResult<bool> {
        Ok(self.find(value, 0, self.len())?.is_some())
    }

    fn sq_inplace_concat(&self, other: &Object) -> PyResult {
        self.extend_right(other)?;
        Ok(self.as_object().to_ref())
    }

    fn sq_inplace_repeat(&self, n: isize) -> PyResult {
        self.repeat_in_place(n)?;
        Ok(self.as_object().to_ref())
    }
}

/// The name that messages show of a deque's class.
#[allow(dead_code)]
fn short_name(name: &Str) -> String {
    name.to_string()
}
