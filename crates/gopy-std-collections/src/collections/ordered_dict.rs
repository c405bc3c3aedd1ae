//! `collections.OrderedDict`.
//!
//! Answers to `Objects/odictobject.c`. The order is in [`super::chain`], iterators and views in
//! [`super::ordered_iter`].
//!
//! Never here: a borrow of the chain across anything that may drop or run Python. What happens when
//! functions of `dict` are called on an `OrderedDict` behind its back is as undefined as in CPython,
//! but safe.

use std::cell::{Cell, UnsafeCell};

use gopy_core::argument::keyword_items;
use gopy_core::dict::{DICT, Dict, Existing, new_view_of_type};
use gopy_core::error::{key_error_text, runtime_error, type_error, value_error};
use gopy_core::exceptions::key_error;
use gopy_core::{bool_, call, id, iter, none, object, sequence, tuple};
use gopy_macros::{pyclass, pymethods, pyslots};
use gopy_object::typeobj::CompareOp;
use gopy_object::weakref::WeakList;
use gopy_object::{
    Args, Exception, Instance, Object, PyResult, Ref, Slot, Traverse, Type, Visitor, thread,
};

use super::chain::{Chain, NONE};
use super::ordered_iter::{ODICT_ITEMS, ODICT_KEYS, ODICT_VALUES, OdictIterator, Yields};

/// The chain, made with the first key: `dict.__new__` leaves zeroes here, which is `None`.
pub struct Order(UnsafeCell<Option<Box<Chain>>>);

impl Order {
    /// Lends the chain to a function that neither drops references nor runs Python.
    fn with<R>(&self, change: impl FnOnce(&mut Chain) -> R) -> R {
        // SAFETY: private; the closures of this module only move references, so nothing re-enters.
        let chain = unsafe { &mut *self.0.get() };
        change(chain.get_or_insert_with(|| Box::new(Chain::new())))
    }

    fn take(&self) -> Option<Box<Chain>> {
        // SAFETY: the chain is moved out before anything of it is dropped.
        unsafe { (*self.0.get()).take() }
    }
}

impl Traverse for Order {
    fn traverse(&self, visit: &mut Visitor<'_>) {
        // SAFETY: visitors neither drop nor run Python.
        if let Some(chain) = unsafe { &*self.0.get() } {
            chain.visit_keys(visit);
        }
    }

    fn clear(&self) {
        drop(self.take());
    }
}

/// An `OrderedDict`.
#[pyclass(name = "collections.OrderedDict", static = ORDERED_DICT, base = DICT, basicsize = 112,
    dictoffset = 96, weaklistoffset = 104, flags(BASETYPE, HAVE_GC), dict = attributes,
    weaklist = weakrefs)]
#[repr(C)]
pub struct OrderedDict {
    dict: Dict,
    order: Order,
    /// Changes with every change of the order.
    state: Cell<usize>,
    attributes: Slot,
    weakrefs: WeakList,
}

#[cold]
fn mutated() -> Exception {
    runtime_error!("OrderedDict mutated during iteration")
}

impl OrderedDict {
    /// Number of entries.
    pub fn len(&self) -> usize {
        self.dict.len()
    }

    /// The number that changes with every change of the order.
    pub fn state(&self) -> usize {
        self.state.get()
    }

    /// The dict below.
    pub fn dict(&self) -> &Dict {
        &self.dict
    }

    fn changed(&self) {
        self.state.set(self.state.get().wrapping_add(1));
    }

    fn is_plain(&self) -> bool {
        self.as_object().is_exact(&ORDERED_DICT)
    }

    /// The first or last key with its hash.
    pub fn end(&self, last: bool) -> Option<(Ref, isize)> {
        self.order.with(|chain| chain.key(chain.end(last)).map(|(key, hash)| (key.clone(), hash)))
    }

    /// The entry of a key in the dict and its node, which is `NONE` where there is none. May run
    /// Python.
    fn place(&self, key: &Object, hash: isize) -> PyResult<Option<(usize, u32)>> {
        loop {
            self.order.with(|chain| chain.keep_step(&self.dict))?;
            let place = self.dict.entry_index(key, hash)?;
            // A comparison may have given the dict another table.
            if self.order.with(|chain| chain.is_in_step(&self.dict)) {
                return Ok(place.map(|place| (place, self.order.with(|chain| chain.at(place)))));
            }
        }
    }

    fn is_empty_chain(&self) -> bool {
        self.order.with(|chain| chain.end(false) == NONE)
    }

    /// The node of a key. May run Python.
    fn find(&self, key: &Object) -> PyResult<Option<u32>> {
        if self.is_empty_chain() {
            return Ok(None);
        }
        let hash = object::hash(key)?;
        Ok(self.place(key, hash)?.map(|(_, node)| node).filter(|node| *node != NONE))
    }

    /// The key behind, or before, `key`: `Ok(None)` if `key` is not there. May run Python.
    pub fn neighbour(&self, key: &Object, backwards: bool) -> PyResult<Option<Option<Ref>>> {
        let Some(node) = self.find(key)? else { return Ok(None) };
        Ok(Some(self.order.with(|chain| {
            let next = chain.neighbour(node, backwards);
            chain.key(next).map(|(key, _)| key.clone())
        })))
    }

    /// `self[key] = value`. May run Python.
    pub fn set_known_hash(&self, key: &Object, hash: isize, value: &Object) -> PyResult<()> {
        self.dict.set_known_hash(key, hash, value)?;
        let added = self.add_node(key, hash);
        if let Err(error) = added {
            // The value goes again; what that raises comes second.
            let _ = self.dict.remove_known_hash(key, hash);
            return Err(error);
        }
        Ok(())
    }

    fn add_node(&self, key: &Object, hash: isize) -> PyResult<()> {
        match self.place(key, hash)? {
            None => Err(key_error(key)),
            Some((place, NONE)) => {
                self.order.with(|chain| chain.add(key.to_ref(), hash, place))?;
                self.changed();
                Ok(())
            }
            Some(_) => Ok(()),
        }
    }

    /// Takes the key's node out. It goes before the dict's entry does: whether it was there. May run
    /// Python.
    fn clear_node(&self, key: &Object, hash: isize) -> PyResult<bool> {
        if self.is_empty_chain() {
            return Ok(false);
        }
        let Some((place, node)) = self.place(key, hash)? else { return Ok(false) };
        let old = self.order.with(|chain| chain.remove(node, place));
        if old.is_some() {
            self.changed();
        }
        Ok(old.is_some())
    }

    fn pop_known_hash(&self, key: &Object, default: Option<Ref>, hash: isize) -> PyResult {
        if self.clear_node(key, hash)?
            && let Some(value) = self.dict.remove_known_hash(key, hash)?
        {
            return Ok(value);
        }
        default.ok_or_else(|| key_error(key))
    }

    fn clear_all(&self) {
        self.dict.clear_items();
        let old = self.order.take();
        self.changed();
        drop(old);
    }

    /// Calls `each` for the keys in their order. May run Python.
    fn for_each_key(&self, mut each: impl FnMut(Ref, isize) -> PyResult<()>) -> PyResult<()> {
        let state = self.state();
        let mut node = self.order.with(|chain| chain.end(false));
        while node != NONE {
            let found =
                self.order.with(|chain| chain.key(node).map(|(key, hash)| (key.clone(), hash)));
            let Some((key, hash)) = found else { return Err(mutated()) };
            each(key, hash)?;
            if self.state() != state {
                return Err(mutated());
            }
            node = self.order.with(|chain| chain.neighbour(node, false));
        }
        Ok(())
    }

    fn copy_all(&self) -> PyResult {
        if self.is_plain() {
            let copy = Dict::of_type(&ORDERED_DICT)?;
            let Some(new) = copy.as_object().downcast::<OrderedDict>() else {
                return Ok(copy.upcast());
            };
            self.for_each_key(|key, hash| {
                // Hashed again, as CPython does.
                let Some(value) = self.dict.get_item(&key)? else {
                    return Err(key_error(&key));
                };
                new.set_known_hash(&key, hash, &value)
            })?;
            return Ok(copy.upcast());
        }
        let class = self.as_object().type_().to_ref();
        let copy = call::call_no_args(class.as_object())?;
        self.for_each_key(|key, _| {
            let value = object::get_item(self.as_object(), &key)?;
            object::set_item(&copy, &key, &value)
        })?;
        Ok(copy)
    }

    /// Whether the keys of both are equal in their order. May run Python.
    fn keys_equal(&self, other: &OrderedDict) -> PyResult<bool> {
        let states = (self.state(), other.state());
        let first = |this: &OrderedDict| this.order.with(|chain| chain.end(false));
        let key = |this: &OrderedDict, node| {
            this.order.with(|chain| chain.key(node).map(|(key, _)| key.clone()))
        };
        let (mut ours, mut theirs) = (first(self), first(other));
        loop {
            let (Some(a), Some(b)) = (key(self, ours), key(other, theirs)) else {
                return Ok(ours == NONE && theirs == NONE);
            };
            let same = object::compare_bool(&a, &b, CompareOp::Eq)?;
            if (self.state(), other.state()) != states {
                return Err(mutated());
            }
            if !same {
                return Ok(false);
            }
            ours = self.order.with(|chain| chain.neighbour(ours, false));
            theirs = other.order.with(|chain| chain.neighbour(theirs, false));
        }
    }

    fn update_from(this: &Object, name: &str, args: Args<'_>) -> PyResult<()> {
        if args.len() > 1 {
            return Err(type_error!(
                "{name}() takes at most 1 positional argument ({} given)",
                args.len()
            ));
        }
        if let Some(other) = args.get(0) {
            update_argument(this, other)?;
        }
        for (key, value) in keyword_items(args) {
            object::set_item(this, key.as_object(), value)?;
        }
        Ok(())
    }
}

/// `MutableMapping.update` with one argument. May run Python.
fn update_argument(this: &Object, other: &Object) -> PyResult<()> {
    if let Some(other) = other.downcast_exact::<Dict>() {
        return add_pairs(this, other.items().as_object());
    }
    if let Some(keys) = object::get_attr_opt(other, id!(keys))? {
        let keys = call::call_no_args(&keys)?;
        return iter::for_each(&keys, |key| {
            let value = object::get_item(other, &key)?;
            object::set_item(this, &key, &value)
        });
    }
    if let Some(items) = object::get_attr_opt(other, id!(items))? {
        let items = call::call_no_args(&items)?;
        return add_pairs(this, &items);
    }
    add_pairs(this, other)
}

fn add_pairs(this: &Object, pairs: &Object) -> PyResult<()> {
    iter::for_each(pairs, |pair| {
        let items = iter::get_iter(&pair)?;
        let Some(key) = iter::next(&items)? else {
            return Err(value_error!("need more than 0 values to unpack"));
        };
        let Some(value) = iter::next(&items)? else {
            return Err(value_error!("need more than 1 value to unpack"));
        };
        if iter::next(&items)?.is_some() {
            return Err(value_error!("too many values to unpack (expected 2)"));
        }
        object::set_item(this, &key, &value)
    })
}

#[pymethods]
impl OrderedDict {
    #[pyclassmethod("($type, /, iterable, value=None)")]
    fn fromkeys(cls: &Type, iterable: &Object, value: Option<Ref>) -> PyResult {
        Dict::from_keys(cls, iterable, &value.unwrap_or_else(none::none))
    }

    #[pymethod("($self, /)")]
    fn __sizeof__(&self) -> PyResult {
        const NODE: usize = 32;
        let sizeof = object::get_attr(DICT.as_object(), id!(__sizeof__))?;
        let below = call::call_one(&sizeof, self.as_object())?;
        let places = self.order.with(|chain| chain.place_count());
        let nodes = if self.is_empty_chain() { 0 } else { self.len() };
        let more = gopy_core::int::Int::from_u64((places * 8 + nodes * NODE) as u64);
        gopy_core::number::add(&below, more.as_object())
    }

    #[pymethod("($self, /)")]
    fn __reduce__(&self) -> PyResult {
        let this = self.as_object();
        let state = call::call_method(this, id!(__getstate__), &[])?;
        let items = call::call_method(this, id!(items), &[])?;
        let items = iter::get_iter(&items)?;
        let class = this.type_().to_ref().upcast();
        let parts = [class, tuple::empty().upcast(), state, none::none(), items];
        Ok(tuple::from_array(parts).upcast())
    }

    #[pymethod("($self, /, key, default=None)")]
    fn setdefault(&self, key: &Object, default: Option<Ref>) -> PyResult {
        let default = default.unwrap_or_else(none::none);
        if self.is_plain() {
            let hash = object::hash(key)?;
            if let Some(value) = self.dict.get_known_hash(key, hash)? {
                return Ok(value);
            }
            self.set_known_hash(key, hash, &default)?;
            return Ok(default);
        }
        let this = self.as_object();
        if sequence::contains(this, key)? {
            return object::get_item(this, key);
        }
        object::set_item(this, key, &default)?;
        Ok(default)
    }

    #[pymethod("($self, /, key, default=<unrepresentable>)")]
    fn pop(&self, key: &Object, default: Option<Ref>) -> PyResult {
        self.pop_known_hash(key, default, object::hash(key)?)
    }

    #[pymethod("($self, /, last=True)")]
    fn popitem(&self, last: bool) -> PyResult {
        let Some((key, hash)) = self.end(last) else {
            return Err(key_error_text!("dictionary is empty"));
        };
        let value = self.pop_known_hash(&key, None, hash)?;
        Ok(tuple::from_array([key, value]).upcast())
    }

    #[pymethod("($self, /)")]
    fn keys(&self) -> PyResult {
        new_view_of_type(&ODICT_KEYS, &self.dict)
    }

    #[pymethod("($self, /)")]
    fn values(&self) -> PyResult {
        new_view_of_type(&ODICT_VALUES, &self.dict)
    }

    #[pymethod("($self, /)")]
    fn items(&self) -> PyResult {
        new_view_of_type(&ODICT_ITEMS, &self.dict)
    }

    #[pymethod(raw, style = varargs)]
    fn update(&self, args: Args<'_>) -> PyResult<()> {
        OrderedDict::update_from(self.as_object(), "update", args)
    }

    #[pymethod("($self, /)")]
    fn clear(&self) {
        self.clear_all();
    }

    #[pymethod("($self, /)")]
    fn copy(&self) -> PyResult {
        self.copy_all()
    }

    #[pymethod("($self, /)")]
    fn __reversed__(&self) -> PyResult {
        OdictIterator::make(self, Yields::Keys, true)
    }

    #[pymethod("($self, /, key, last=True)")]
    fn move_to_end(&self, key: &Object, last: bool) -> PyResult<()> {
        let Some((end, _)) = self.end(last) else { return Err(key_error(key)) };
        if end.is(key) {
            return Ok(());
        }
        let Some(node) = self.find(key)? else { return Err(key_error(key)) };
        if self.order.with(|chain| chain.move_to_end(node, last)) {
            self.changed();
        }
        Ok(())
    }

    #[pygetter]
    fn __dict__(&self) -> PyResult<Option<Ref<Dict>>> {
        object::dict_of(self.as_object())
    }

    #[pysetter]
    fn set___dict__(&self, value: Option<&Object>) -> PyResult<()> {
        object::set_dict(self.as_object(), value)
    }
}

#[pyslots]
impl OrderedDict {
    fn init(&self, args: Args<'_>) -> PyResult<()> {
        if args.len() > 1 {
            return Err(type_error!("expected at most 1 argument, got {}", args.len()));
        }
        OrderedDict::update_from(self.as_object(), "update", args)
    }

    fn vectorcall(ty: &Type, args: Args<'_>) -> PyResult {
        let made = Dict::of_type(ty)?;
        if let Some(this) = made.as_object().downcast::<OrderedDict>() {
            this.init(args)?;
        }
        Ok(made.upcast())
    }

    fn repr(&self) -> PyResult<Ref<gopy_core::str::Str>> {
        use gopy_core::str::{Str, StrBuilder};
        let this = self.as_object();
        let name = this.type_name();
        let name = name.rsplit('.').next().unwrap_or(&name);
        if self.dict.is_empty() {
            return Ok(Str::new(&format!("{name}()")));
        }
        let Some(_guard) = thread().enter_repr(this) else { return Ok(Str::new("...")) };
        let copy = Dict::new();
        copy.merge_object(this, Existing::Replace)?;
        let mut text = StrBuilder::new();
        text.push_str(name)?;
        text.push_str("(")?;
        text.push(&*object::repr(copy.as_object())?)?;
        text.push_str(")")?;
        text.finish()
    }

    fn richcompare(&self, other: &Object, op: CompareOp) -> PyResult {
        let (CompareOp::Eq | CompareOp::Ne, Some(that)) = (op, other.downcast::<Dict>()) else {
            return Ok(none::not_implemented());
        };
        let mut same = self.dict.equals(that)?;
        if same && let Some(that) = other.downcast::<OrderedDict>() {
            same = self.keys_equal(that)?;
        }
        Ok(bool_::bool_ref(same == (op == CompareOp::Eq)))
    }

    fn iter(&self) -> PyResult {
        OdictIterator::make(self, Yields::Keys, false)
    }

    fn nb_or(left: &Object, right: &Object) -> PyResult {
        let (class, other) = match left.downcast::<OrderedDict>() {
            Some(_) => (left.type_().to_ref(), right),
            None => (right.type_().to_ref(), left),
        };
        if other.downcast::<Dict>().is_none() {
            return Ok(none::not_implemented());
        }
        let union = call::call_one(class.as_object(), left)?;
        update_argument(&union, right)?;
        Ok(union)
    }

    fn nb_inplace_or(&self, other: &Object) -> PyResult {
        update_argument(self.as_object(), other)?;
        Ok(self.as_object().to_ref())
    }

    fn mp_ass_subscript(&self, key: &Object, value: Option<&Object>) -> PyResult<()> {
        let hash = object::hash(key)?;
        match value {
            Some(value) => self.set_known_hash(key, hash, value),
            None => {
                self.clear_node(key, hash)?;
                match self.dict.remove_known_hash(key, hash)? {
                    Some(_) => Ok(()),
                    None => Err(key_error(key)),
                }
            }
        }
    }
}
