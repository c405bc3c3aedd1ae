//! What Python calls on sets and frozensets.

use gopy_macros::{pymethods, pyslots};
use gopy_object::typeobj::CompareOp;
use gopy_object::{Arg, Args, Instance, Object, PyResult, Ref, Type, thread};

use super::{FROZENSET, FrozenSet, SET, Set, hash_key, set_iter};
use crate::error::type_error;
use crate::exceptions::{self, key_error};
use crate::generic_alias::GenericAlias;
use crate::list::List;
use crate::str::Str;
use crate::{bool_, call, id, none, object, tuple};

/// A set stands for the frozenset with the same items where one is looked for.
fn search_hash(key: &Object) -> PyResult<isize> {
    match hash_key(key) {
        Err(error) if key.is_instance(&SET) && error.is_instance(&exceptions::TYPE_ERROR) => {
            Ok(Set::any(key).map_or(0, Set::hash_items))
        }
        other => other,
    }
}

/// Both operands as sets.
fn both<'a>(left: &'a Object, right: &'a Object) -> Option<(&'a Set, &'a Set)> {
    Set::any(left).zip(Set::any(right))
}

impl Set {
    fn py_contains(&self, key: &Object) -> PyResult<bool> {
        let hash = search_hash(key)?;
        self.contains_known_hash(key, hash)
    }

    fn py_discard(&self, key: &Object) -> PyResult<bool> {
        let hash = search_hash(key)?;
        self.discard_known_hash(key, hash)
    }

    fn reduce(&self) -> PyResult {
        let items = List::from_vec(self.to_vec());
        let args = tuple::from_array([items.upcast()]);
        let state = call::call_method(self.header(), id!(__getstate__), &[])?;
        let class = self.header().type_().to_ref().upcast();
        Ok(tuple::from_array([class, args.upcast(), state]).upcast())
    }

    pub(super) fn size(&self) -> usize {
        let table = if self.large.get().is_null() { 0 } else { (self.mask.get() + 1) * 16 };
        self.header().type_().basicsize.get() + table
    }

    fn text(&self) -> PyResult<Ref<Str>> {
        let name = self.header().type_name();
        let Some(_guard) = thread().enter_repr(self.header()) else {
            return Ok(Str::new(&format!("{name}(...)")));
        };
        if self.is_empty() {
            return Ok(Str::new(&format!("{name}()")));
        }
        let items = object::repr(List::from_vec(self.to_vec()).as_object())?;
        let inner = items.slice(1, items.len().saturating_sub(1));
        let exact = self.header().is_exact(&SET);
        let open = if exact { "{".to_owned() } else { format!("{name}({{") };
        let close = if exact { "}" } else { "})" };
        Str::new(&open).concat(&inner)?.concat(&Str::new(close))
    }

    fn compare_sets(&self, other: &Object, op: CompareOp) -> PyResult {
        let Some(set) = Set::any(other) else { return Ok(none::not_implemented()) };
        let answer = match op {
            CompareOp::Eq => self.equals(set)?,
            CompareOp::Ne => !self.equals(set)?,
            CompareOp::Le => self.is_subset(other)?,
            CompareOp::Ge => self.is_superset(other)?,
            CompareOp::Lt => self.len() < set.len() && self.is_subset(other)?,
            CompareOp::Gt => self.len() > set.len() && self.is_superset(other)?,
        };
        Ok(bool_::bool_ref(answer))
    }
}

fn check_arguments<'a>(
    name: &str,
    no_keywords: Option<&str>,
    args: Args<'a>,
) -> PyResult<Option<&'a Object>> {
    if let Some(function) = no_keywords
        && args.keyword_count() > 0
    {
        return Err(type_error!("{function}() takes no keyword arguments"));
    }
    if args.len() > 1 {
        return Err(type_error!("{name} expected at most 1 argument, got {}", args.len()));
    }
    Ok(args.get(0))
}

fn subtract(left: &Object, right: &Object) -> PyResult {
    match both(left, right) {
        Some((left, _)) => left.difference(right).map(Ref::upcast),
        None => Ok(none::not_implemented()),
    }
}

fn and(left: &Object, right: &Object) -> PyResult {
    match both(left, right) {
        Some((left, _)) => left.intersection(right).map(Ref::upcast),
        None => Ok(none::not_implemented()),
    }
}

fn xor(left: &Object, right: &Object) -> PyResult {
    match both(left, right) {
        Some((left, _)) => left.symmetric_difference(right).map(Ref::upcast),
        None => Ok(none::not_implemented()),
    }
}

fn or(left: &Object, right: &Object) -> PyResult {
    match both(left, right) {
        Some((left, _)) => left.union(&[Arg::new(right)]).map(Ref::upcast),
        None => Ok(none::not_implemented()),
    }
}

#[pymethods]
impl Set {
    #[pymethod("($self, object, /)", coexist)]
    fn __contains__(&self, object: &Object) -> PyResult<bool> {
        self.py_contains(object)
    }

    #[pymethod("($self, object, /)", name = "add")]
    fn py_add(&self, object: &Object) -> PyResult<()> {
        self.add(object).map(drop)
    }

    #[pymethod("($self, /)", name = "clear")]
    fn py_clear(&self) {
        self.clear_items();
    }

    #[pymethod("($self, /)", name = "copy")]
    fn py_copy(&self) -> PyResult {
        Set::make(self.header().type_(), Some(self.header())).map(Ref::upcast)
    }

    #[pymethod("($self, object, /)", name = "discard")]
    fn discard_method(&self, object: &Object) -> PyResult<()> {
        self.py_discard(object).map(drop)
    }

    #[pymethod("($self, /, *others)", name = "difference")]
    fn py_difference(&self, others: &[Arg<'_>]) -> PyResult {
        self.difference_of_all(others).map(Ref::upcast)
    }

    #[pymethod("($self, /, *others)", name = "difference_update")]
    fn py_difference_update(&self, others: &[Arg<'_>]) -> PyResult<()> {
        others.iter().try_for_each(|other| self.difference_update(other.object()))
    }

    #[pymethod("($self, /, *others)", name = "intersection")]
    fn py_intersection(&self, others: &[Arg<'_>]) -> PyResult {
        self.intersection_of_all(others).map(Ref::upcast)
    }

    #[pymethod("($self, /, *others)")]
    fn intersection_update(&self, others: &[Arg<'_>]) -> PyResult<()> {
        let common = self.intersection_of_all(others)?;
        self.take_from(&common);
        Ok(())
    }

    #[pymethod("($self, other, /)")]
    fn isdisjoint(&self, other: &Object) -> PyResult<bool> {
        self.is_disjoint(other)
    }

    #[pymethod("($self, other, /)")]
    fn issubset(&self, other: &Object) -> PyResult<bool> {
        self.is_subset(other)
    }

    #[pymethod("($self, other, /)")]
    fn issuperset(&self, other: &Object) -> PyResult<bool> {
        self.is_superset(other)
    }

    #[pymethod("($self, /)", name = "pop")]
    fn py_pop(&self) -> PyResult {
        self.pop().ok_or_else(|| key_error(Str::new("pop from an empty set").as_object()))
    }

    #[pymethod("($self, /)")]
    fn __reduce__(&self) -> PyResult {
        self.reduce()
    }

    #[pymethod("($self, object, /)")]
    fn remove(&self, object: &Object) -> PyResult<()> {
        if self.py_discard(object)? { Ok(()) } else { Err(key_error(object)) }
    }

    #[pymethod("($self, /)")]
    fn __sizeof__(&self) -> usize {
        self.size()
    }

    #[pymethod("($self, other, /)", name = "symmetric_difference")]
    fn py_symmetric_difference(&self, other: &Object) -> PyResult {
        self.symmetric_difference(other).map(Ref::upcast)
    }

    #[pymethod("($self, other, /)", name = "symmetric_difference_update")]
    fn py_symmetric_difference_update(&self, other: &Object) -> PyResult<()> {
        self.symmetric_difference_update(other)
    }

    #[pymethod("($self, /, *others)", name = "union")]
    fn py_union(&self, others: &[Arg<'_>]) -> PyResult {
        self.union(others).map(Ref::upcast)
    }

    #[pymethod("($self, /, *others)", name = "update")]
    fn py_update(&self, others: &[Arg<'_>]) -> PyResult<()> {
        others.iter().try_for_each(|other| self.update(other.object()))
    }

    #[pyclassmethod("($type, object, /)")]
    fn __class_getitem__(cls: &Type, object: &Object) -> PyResult {
        GenericAlias::new(cls.as_object(), object).map(Ref::upcast)
    }
}

#[pyslots]
impl Set {
    fn tp_new(ty: &Type, _args: Args<'_>) -> PyResult {
        Set::of_type(ty).map(Ref::upcast)
    }

    fn init(&self, args: Args<'_>) -> PyResult<()> {
        let name = self.header().type_name();
        let iterable = check_arguments(&name, Some("set"), args)?;
        if self.fill.get() > 0 {
            self.clear_items();
        }
        self.hash.set(-1);
        iterable.map_or(Ok(()), |iterable| self.update(iterable))
    }

    fn vectorcall(ty: &Type, args: Args<'_>) -> PyResult {
        let iterable = check_arguments("set", Some("set"), args)?;
        Set::make(ty, iterable).map(Ref::upcast)
    }

    fn repr(&self) -> PyResult<Ref<Str>> {
        self.text()
    }

    fn hash(&self) -> PyResult<isize> {
        object::hash_not_implemented(self.header())
    }

    fn iter(&self) -> PyResult {
        set_iter::new(self)
    }

    fn richcompare(&self, other: &Object, op: CompareOp) -> PyResult {
        self.compare_sets(other, op)
    }

    fn nb_subtract(left: &Object, right: &Object) -> PyResult {
        subtract(left, right)
    }

    fn nb_and(left: &Object, right: &Object) -> PyResult {
        and(left, right)
    }

    fn nb_xor(left: &Object, right: &Object) -> PyResult {
        xor(left, right)
    }

    fn nb_or(left: &Object, right: &Object) -> PyResult {
        or(left, right)
    }

    fn nb_inplace_subtract(&self, other: &Object) -> PyResult {
        if Set::any(other).is_none() {
            return Ok(none::not_implemented());
        }
        self.difference_update(other)?;
        Ok(self.to_ref().upcast())
    }

    fn nb_inplace_and(&self, other: &Object) -> PyResult {
        if Set::any(other).is_none() {
            return Ok(none::not_implemented());
        }
        let common = self.intersection(other)?;
        self.take_from(&common);
        Ok(self.to_ref().upcast())
    }

    fn nb_inplace_xor(&self, other: &Object) -> PyResult {
        if Set::any(other).is_none() {
            return Ok(none::not_implemented());
        }
        self.symmetric_difference_update(other)?;
        Ok(self.to_ref().upcast())
    }

    fn nb_inplace_or(&self, other: &Object) -> PyResult {
        if Set::any(other).is_none() {
            return Ok(none::not_implemented());
        }
        self.update(other)?;
        Ok(self.to_ref().upcast())
    }

    fn sq_length(&self) -> PyResult<usize> {
        Ok(self.len())
    }

    fn sq_contains(&self, key: &Object) -> PyResult<bool> {
        self.py_contains(key)
    }
}

#[pymethods]
impl FrozenSet {
    #[pymethod("($self, object, /)", coexist)]
    fn __contains__(&self, object: &Object) -> PyResult<bool> {
        self.set.py_contains(object)
    }

    #[pymethod("($self, /)")]
    fn copy(&self) -> PyResult {
        if self.set.header().is_exact(&FROZENSET) {
            return Ok(self.set.header().to_ref());
        }
        Set::make(self.set.header().type_(), Some(self.set.header())).map(Ref::upcast)
    }

    #[pymethod("($self, /, *others)")]
    fn difference(&self, others: &[Arg<'_>]) -> PyResult {
        self.set.difference_of_all(others).map(Ref::upcast)
    }

    #[pymethod("($self, /, *others)")]
    fn intersection(&self, others: &[Arg<'_>]) -> PyResult {
        self.set.intersection_of_all(others).map(Ref::upcast)
    }

    #[pymethod("($self, other, /)")]
    fn isdisjoint(&self, other: &Object) -> PyResult<bool> {
        self.set.is_disjoint(other)
    }

    #[pymethod("($self, other, /)")]
    fn issubset(&self, other: &Object) -> PyResult<bool> {
        self.set.is_subset(other)
    }

    #[pymethod("($self, other, /)")]
    fn issuperset(&self, other: &Object) -> PyResult<bool> {
        self.set.is_superset(other)
    }

    #[pymethod("($self, /)")]
    fn __reduce__(&self) -> PyResult {
        self.set.reduce()
    }

    #[pymethod("($self, /)")]
    fn __sizeof__(&self) -> usize {
        self.set.size()
    }

    #[pymethod("($self, other, /)")]
    fn symmetric_difference(&self, other: &Object) -> PyResult {
        self.set.symmetric_difference(other).map(Ref::upcast)
    }

    #[pymethod("($self, /, *others)")]
    fn union(&self, others: &[Arg<'_>]) -> PyResult {
        self.set.union(others).map(Ref::upcast)
    }

    #[pyclassmethod("($type, object, /)")]
    fn __class_getitem__(cls: &Type, object: &Object) -> PyResult {
        GenericAlias::new(cls.as_object(), object).map(Ref::upcast)
    }
}

impl FrozenSet {
    fn make(ty: &Type, iterable: Option<&Object>) -> PyResult {
        if ty.as_object().is(FROZENSET.get())
            && let Some(iterable) = iterable
            && iterable.is_exact(&FROZENSET)
        {
            return Ok(iterable.to_ref());
        }
        Set::make(ty, iterable).map(Ref::upcast)
    }
}

#[pyslots]
impl FrozenSet {
    fn tp_new(ty: &Type, args: Args<'_>) -> PyResult {
        let plain_init = ty.slots.init.get().map(|init| init as usize)
            == FROZENSET.slots.init.get().map(|init| init as usize);
        let iterable = check_arguments(&ty.name(), plain_init.then_some("frozenset"), args)?;
        FrozenSet::make(ty, iterable)
    }

    fn vectorcall(ty: &Type, args: Args<'_>) -> PyResult {
        let iterable = check_arguments("frozenset", Some("frozenset"), args)?;
        FrozenSet::make(ty, iterable)
    }

    fn repr(&self) -> PyResult<Ref<Str>> {
        self.set.text()
    }

    fn hash(&self) -> PyResult<isize> {
        let set = &self.set;
        if set.hash.get() == -1 {
            set.hash.set(set.hash_items());
        }
        Ok(set.hash.get())
    }

    fn iter(&self) -> PyResult {
        set_iter::new(&self.set)
    }

    fn richcompare(&self, other: &Object, op: CompareOp) -> PyResult {
        self.set.compare_sets(other, op)
    }

    fn nb_subtract(left: &Object, right: &Object) -> PyResult {
        subtract(left, right)
    }

    fn nb_and(left: &Object, right: &Object) -> PyResult {
        and(left, right)
    }

    fn nb_xor(left: &Object, right: &Object) -> PyResult {
        xor(left, right)
    }

    fn nb_or(left: &Object, right: &Object) -> PyResult {
        or(left, right)
    }

    fn sq_length(&self) -> PyResult<usize> {
        Ok(self.set.len())
    }

    fn sq_contains(&self, key: &Object) -> PyResult<bool> {
        self.set.py_contains(key)
    }
}
