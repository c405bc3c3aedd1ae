//! `dict_keys`, `dict_values`, `dict_items`.
//!
//! Answers to the view objects of `Objects/dictobject.c`.

use gopy_macros::{pyclass, pymethods, pyslots};
use gopy_object::typeobj::{CompareOp, Tuple};
use gopy_object::{Instance, Object, PyResult, Ref, Type, gc, memory, thread};

use super::{Dict, iter};
use crate::set::{self, Set};
use crate::str::Str;
use crate::{bool_, call, id, none, object, sequence, tuple};

/// The layout of all three views.
#[repr(C)]
pub struct View {
    object: Object,
    /// The dict.
    pub dict: Ref<Dict>,
}

impl gopy_object::Traverse for View {
    fn traverse(&self, visit: &mut gopy_object::Visitor<'_>) {
        self.dict.traverse(visit);
    }

    fn clear(&self) {}
}

/// What `d.keys()` returns.
#[pyclass(name = "dict_keys", static = DICT_KEYS, basicsize = 24, flags(HAVE_GC))]
#[repr(C)]
pub struct KeysView {
    view: View,
}

/// What `d.values()` returns.
#[pyclass(name = "dict_values", static = DICT_VALUES, basicsize = 24, flags(HAVE_GC))]
#[repr(C)]
pub struct ValuesView {
    view: View,
}

/// What `d.items()` returns.
#[pyclass(name = "dict_items", static = DICT_ITEMS, basicsize = 24, flags(HAVE_GC))]
#[repr(C)]
pub struct ItemsView {
    view: View,
}

macro_rules! constructor {
    ($make:ident, $view:ident, $static:ident) => {
        pub(super) fn $make(dict: &Dict) -> PyResult {
            let view = View { object: Object::header(&$static), dict: dict.to_ref() };
            Ok(gc::tracked(memory::alloc(&$static, $view { view })?).upcast())
        }
    };
}

constructor!(new_keys, KeysView, DICT_KEYS);
constructor!(new_values, ValuesView, DICT_VALUES);
constructor!(new_items, ItemsView, DICT_ITEMS);

/// A view of a type that derives from one of the three. Another type's view would be a `dict_keys`.
///
/// # Errors
///
/// `MemoryError`.
pub fn new_view_of_type(ty: &Type, dict: &Dict) -> PyResult {
    let view = View { object: Object::header(ty), dict: dict.to_ref() };
    Ok(match ty {
        ty if ty.is_subtype(&DICT_ITEMS) => {
            gc::tracked(memory::alloc(ty, ItemsView { view })?).upcast()
        }
        ty if ty.is_subtype(&DICT_VALUES) => {
            gc::tracked(memory::alloc(ty, ValuesView { view })?).upcast()
        }
        ty if ty.is_subtype(&DICT_KEYS) => {
            gc::tracked(memory::alloc(ty, KeysView { view })?).upcast()
        }
        _ => new_keys(dict)?,
    })
}

/// The dict that a view of any of the three kinds shows.
pub fn dict_of_view(view: &Object) -> Option<&Dict> {
    set_view(view).or_else(|| view.downcast::<ValuesView>().map(|view| &*view.view.dict))
}

/// A view that is a set, of keys or of items.
fn set_view(o: &Object) -> Option<&Dict> {
    if let Some(view) = o.downcast::<KeysView>() {
        return Some(&view.view.dict);
    }
    o.downcast::<ItemsView>().map(|view| &*view.view.dict)
}

fn is_set(o: &Object) -> bool {
    o.is_instance(&set::SET) || o.is_instance(&set::FROZENSET)
}

fn is_exact_set(o: &Object) -> bool {
    o.is_exact(&set::SET) || o.is_exact(&set::FROZENSET)
}

fn contains(view: &Object, dict: &Dict, item: &Object) -> PyResult<bool> {
    if view.is_instance(&DICT_KEYS) {
        return dict.contains(item);
    }
    let Some([key, value]) = item.downcast::<Tuple>().map(Tuple::items) else { return Ok(false) };
    match dict.get_item(key)? {
        Some(found) => object::compare_bool(&found, value, CompareOp::Eq),
        None => Ok(false),
    }
}

/// Whether all items of `items` are in `container`.
fn all_contained(items: &Object, container: &Object) -> PyResult<bool> {
    let items = crate::iter::get_iter(items)?;
    while let Some(item) = crate::iter::next(&items)? {
        if !sequence::contains(container, &item)? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn compare(this: &Object, dict: &Dict, other: &Object, op: CompareOp) -> PyResult {
    if !is_set(other) && set_view(other).is_none() {
        return Ok(none::not_implemented());
    }
    let (ours, theirs) = (dict.len(), object::len(other)?);
    let answer = match op {
        CompareOp::Eq | CompareOp::Ne => ours == theirs && all_contained(this, other)?,
        CompareOp::Lt => ours < theirs && all_contained(this, other)?,
        CompareOp::Le => ours <= theirs && all_contained(this, other)?,
        CompareOp::Gt => ours > theirs && all_contained(other, this)?,
        CompareOp::Ge => ours >= theirs && all_contained(other, this)?,
    };
    Ok(bool_::bool_ref(answer != (op == CompareOp::Ne)))
}

/// A set of a view's, or of any iterable's, items.
fn to_set(o: &Object) -> PyResult<Ref<Set>> {
    let set = Set::new();
    match o.downcast::<KeysView>() {
        // The dict tells the hashes.
        Some(view) if view.view.dict.as_object().is_exact(&super::DICT) => {
            set.update(view.view.dict.as_object())?;
        }
        _ => set.update(o)?,
    }
    Ok(set)
}

fn subtract(left: &Object, right: &Object) -> PyResult {
    let set = to_set(left)?;
    call::call_method(set.as_object(), id!(difference_update), &[right])?;
    Ok(set.upcast())
}

fn union(left: &Object, right: &Object) -> PyResult {
    let set = to_set(left)?;
    set.update(right)?;
    Ok(set.upcast())
}

fn intersect(left: &Object, right: &Object) -> PyResult {
    // The view can be on the right.
    let (mut view, mut other) =
        if set_view(left).is_some() { (left, right) } else { (right, left) };
    let Some(mut dict) = set_view(view) else { return Ok(none::not_implemented()) };
    if is_exact_set(other) && dict.len() <= object::len(other)? {
        return call::call_method(other, id!(intersection), &[view]);
    }
    // Walk the shorter of two views.
    if let Some(theirs) = set_view(other)
        && theirs.len() > dict.len()
    {
        (view, other, dict) = (other, view, theirs);
    }
    let set = Set::new();
    let items = crate::iter::get_iter(other)?;
    while let Some(item) = crate::iter::next(&items)? {
        if contains(view, dict, &item)? {
            set.add(&item)?;
        }
    }
    Ok(set.upcast())
}

fn symmetric_difference(left: &Object, right: &Object) -> PyResult {
    if let (Some(left), Some(right)) = (left.downcast::<ItemsView>(), right.downcast::<ItemsView>())
    {
        return items_xor(&left.view.dict, &right.view.dict);
    }
    let set = to_set(left)?;
    call::call_method(set.as_object(), id!(symmetric_difference_update), &[right])?;
    Ok(set.upcast())
}

fn items_xor(left: &Dict, right: &Dict) -> PyResult {
    // The shorter one is copied.
    let (left, right) = if left.len() > right.len() { (right, left) } else { (left, right) };
    let rest = left.copy()?;
    let result = Set::new();
    let mut position = 0;
    while let Some(index) = right.next_index(&mut position) {
        let hash = right.table().hash_at(index);
        let Some((key, value)) = right.entry_at(index) else { continue };
        let same = match rest.get_known_hash(&key, hash)? {
            Some(ours) => object::compare_bool(&ours, &value, CompareOp::Eq)?,
            None => false,
        };
        if same {
            drop(rest.remove_known_hash(&key, hash)?);
        } else {
            result.add(tuple::from_array([key, value]).as_object())?;
        }
    }
    result.update(new_items(&rest)?.as_object())?;
    Ok(result.upcast())
}

fn isdisjoint(this: &Object, other: &Object) -> PyResult<bool> {
    let Some(dict) = set_view(this) else { return Ok(true) };
    if std::ptr::eq(this, other) {
        return Ok(dict.is_empty());
    }
    let (mut view, mut dict, mut items) = (this, dict, other);
    let mut container = None;
    if (is_exact_set(other) || set_view(other).is_some()) && object::len(other)? > dict.len() {
        // Walk the shorter one.
        match set_view(other) {
            Some(theirs) => (view, dict, items) = (other, theirs, this),
            None => (container, items) = (Some(other), this),
        }
    }
    let items = crate::iter::get_iter(items)?;
    while let Some(item) = crate::iter::next(&items)? {
        let found = match container {
            Some(container) => sequence::contains(container, &item)?,
            None => contains(view, dict, &item)?,
        };
        if found {
            return Ok(false);
        }
    }
    Ok(true)
}

fn repr(view: &View) -> PyResult<Ref<Str>> {
    let Some(_guard) = thread().enter_repr(&view.object) else { return Ok(Str::new("...")) };
    let items = sequence::to_list(&view.object)?;
    let text = object::repr(items.as_object())?;
    Str::new(&format!("{}(", view.object.type_name())).concat(&text)?.concat(&Str::new(")"))
}

fn mapping(view: &View) -> PyResult {
    crate::descriptor::new_proxy(view.dict.as_object())
}

macro_rules! set_views {
    ($($view:ident => $iter:ident, $reverse:ident;)*) => {$(
        #[pymethods]
        impl $view {
            #[pymethod("($self, object, /)")]
            fn isdisjoint(&self, object: &Object) -> PyResult<bool> {
                isdisjoint(self.as_object(), object)
            }

            #[pymethod("($self, /)")]
            fn __reversed__(&self) -> PyResult {
                iter::$reverse(&self.view.dict)
            }

            #[pygetter]
            fn mapping(&self) -> PyResult {
                mapping(&self.view)
            }
        }

        #[pyslots]
        impl $view {
            fn repr(&self) -> PyResult<Ref<Str>> {
                repr(&self.view)
            }

            fn richcompare(&self, other: &Object, op: CompareOp) -> PyResult {
                compare(self.as_object(), &self.view.dict, other, op)
            }

            fn iter(&self) -> PyResult {
                iter::$iter(&self.view.dict)
            }

            fn nb_subtract(left: &Object, right: &Object) -> PyResult {
                subtract(left, right)
            }

            fn nb_and(left: &Object, right: &Object) -> PyResult {
                intersect(left, right)
            }

            fn nb_xor(left: &Object, right: &Object) -> PyResult {
                symmetric_difference(left, right)
            }

            fn nb_or(left: &Object, right: &Object) -> PyResult {
                union(left, right)
            }

            fn sq_length(&self) -> PyResult<usize> {
                Ok(self.view.dict.len())
            }

            fn sq_contains(&self, item: &Object) -> PyResult<bool> {
                contains(self.as_object(), &self.view.dict, item)
            }
        }
    )*};
}

set_views! {
    KeysView => new_key_iterator, new_reverse_key_iterator;
    ItemsView => new_item_iterator, new_reverse_item_iterator;
}

#[pymethods]
impl ValuesView {
    #[pymethod("($self, /)")]
    fn __reversed__(&self) -> PyResult {
        iter::new_reverse_value_iterator(&self.view.dict)
    }

    #[pygetter]
    fn mapping(&self) -> PyResult {
        mapping(&self.view)
    }
}

#[pyslots]
impl ValuesView {
    fn repr(&self) -> PyResult<Ref<Str>> {
        repr(&self.view)
    }

    fn iter(&self) -> PyResult {
        iter::new_value_iterator(&self.view.dict)
    }

    fn sq_length(&self) -> PyResult<usize> {
        Ok(self.view.dict.len())
    }
}

/// The items of a view as a new list; `None` for other objects.
pub(crate) fn view_items(o: &Object) -> Option<Ref<crate::list::List>> {
    if o.is_exact(&DICT_KEYS) {
        return o.downcast_exact::<KeysView>().map(|view| view.view.dict.keys());
    }
    if let Some(view) = o.downcast_exact::<ValuesView>() {
        return Some(view.view.dict.values());
    }
    o.downcast_exact::<ItemsView>().map(|view| view.view.dict.items())
}
