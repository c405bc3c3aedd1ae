//! What Python calls on a list.

use std::ptr;

use gopy_macros::{pymethods, pyslots};
use gopy_object::typeobj::CompareOp;
use gopy_object::{Args, Instance, Object, PyResult, Ref, Type, thread};

use super::{List, list_iter};
use crate::error::{index_error, memory_error, type_error, value_error};
use crate::generic_alias::GenericAlias;
use crate::str::{Str, StrBuilder};
use crate::tuple::Bound;
use crate::{bool_, none, object};

#[pymethods]
impl List {
    #[pymethod("($self, index, /)", coexist)]
    fn __getitem__(&self, index: &Object) -> PyResult {
        self.subscript(index)
    }

    #[pymethod("($self, /)")]
    fn __reversed__(&self) -> PyResult {
        list_iter::new_reverse_iterator(self)
    }

    #[pymethod("($self, /)")]
    fn __sizeof__(&self) -> usize {
        self.size()
    }

    #[pymethod("($self, /)", name = "clear")]
    fn py_clear(&self) {
        self.clear_items();
    }

    #[pymethod("($self, /)")]
    fn copy(&self) -> PyResult<Ref<List>> {
        self.slice(0, self.len())
    }

    #[pymethod("($self, object, /)")]
    fn append(&self, object: Ref) -> PyResult<()> {
        // rebuild-times: list
        self.push(object)
    }

    #[pymethod("($self, index, object, /)", name = "insert")]
    fn py_insert(&self, index: isize, object: Ref) -> PyResult<()> {
        self.insert(index, object)
    }

    #[pymethod("($self, iterable, /)", name = "extend")]
    fn py_extend(&self, iterable: &Object) -> PyResult<()> {
        self.extend(iterable)
    }

    #[pymethod("($self, index=-1, /)", name = "pop")]
    fn py_pop(&self, index: isize) -> PyResult {
        if self.is_empty() {
            return Err(index_error!("pop from empty list"));
        }
        let at = if index < 0 { index + self.len() as isize } else { index };
        let item = usize::try_from(at).ok().and_then(|at| self.remove(at));
        item.ok_or_else(|| index_error!("pop index out of range"))
    }

    #[pymethod("($self, value, /)", name = "remove")]
    fn py_remove(&self, value: &Object) -> PyResult<()> {
        match self.position(value, 0, usize::MAX)? {
            Some(index) => {
                self.delete_range(index, index + 1);
                Ok(())
            }
            None => Err(value_error!("list.remove(x): x not in list")),
        }
    }

    #[pymethod("($self, value, start=0, stop=sys.maxsize, /)")]
    fn index(&self, value: &Object, start: Option<Bound>, stop: Option<Bound>) -> PyResult<usize> {
        let start = start.map_or(0, |bound| bound.place(self.len()));
        let stop = stop.map_or(usize::MAX, |bound| bound.place(self.len()));
        self.position(value, start, stop)?
            .ok_or_else(|| value_error!("list.index(x): x not in list"))
    }

    #[pymethod("($self, value, /)")]
    fn count(&self, value: &Object) -> PyResult<usize> {
        let (mut index, mut count) = (0, 0);
        while let Some(item) = self.get(index) {
            count += usize::from(object::compare_bool(&item, value, CompareOp::Eq)?);
            index += 1;
        }
        Ok(count)
    }

    #[pymethod("($self, /)", name = "reverse")]
    fn py_reverse(&self) {
        self.reverse();
    }

    #[pymethod("($self, /, *, key=None, reverse=False)", name = "sort")]
    fn py_sort(&self, key: Option<&Object>, reverse: bool) -> PyResult<()> {
        self.sort(key, reverse)
    }

    #[pyclassmethod("($type, object, /)")]
    fn __class_getitem__(cls: &Type, object: &Object) -> PyResult {
        GenericAlias::new(cls.as_object(), object).map(Ref::upcast)
    }
}

impl List {
    /// The first item from `start` on that equals `value`. May run Python, which may change the list.
    fn position(&self, value: &Object, start: usize, stop: usize) -> PyResult<Option<usize>> {
        let mut index = start;
        while index < stop
            && let Some(item) = self.get(index)
        {
            if object::compare_bool(&item, value, CompareOp::Eq)? {
                return Ok(Some(index));
            }
            index += 1;
        }
        Ok(None)
    }

    fn only_argument<'a>(args: Args<'a>) -> PyResult<Option<&'a Object>> {
        if args.keyword_count() > 0 {
            return Err(type_error!("list() takes no keyword arguments"));
        }
        if args.len() > 1 {
            return Err(type_error!("list expected at most 1 argument, got {}", args.len()));
        }
        Ok(args.get(0))
    }

    fn concat(&self, other: &Object) -> PyResult<Ref<List>> {
        let Some(other) = other.downcast::<List>() else {
            return Err(type_error!(
                "can only concatenate list (not \"{:.200}\") to list",
                other.type_name()
            ));
        };
        // SAFETY: nothing runs while the items are counted.
        let (ours, theirs) = unsafe { (self.lend(), other.lend()) };
        List::try_from_iter(ours.len() + theirs.len(), ours.iter().chain(theirs).cloned())
    }

    fn repeat(&self, count: isize) -> PyResult<Ref<List>> {
        if count <= 0 || self.is_empty() {
            return List::try_from_iter(0, std::iter::empty());
        }
        let Some(total) = self.len().checked_mul(count as usize) else {
            return Err(memory_error());
        };
        // SAFETY: nothing runs while the items are counted.
        let items = unsafe { self.lend() };
        if let [only] = items {
            return List::try_from_iter(total, std::iter::repeat_n(only, total).cloned());
        }
        List::try_from_iter(total, items.iter().cycle().cloned())
    }

    fn repeat_in_place(&self, count: isize) -> PyResult<()> {
        let len = self.len();
        if len == 0 || count == 1 {
            return Ok(());
        }
        if count < 1 {
            self.clear_items();
            return Ok(());
        }
        let Some(total) = len.checked_mul(count as usize) else { return Err(memory_error()) };
        self.resize(total)?;
        let items = self.items.get();
        for index in len..total {
            // SAFETY: the first `len` items are owned; the places behind are free.
            unsafe {
                let item = items.add(index % len).read();
                item.as_ref().incref();
                ptr::write(items.add(index), item);
            }
        }
        Ok(())
    }
}

#[pyslots]
impl List {
    fn tp_new(ty: &Type, _args: Args<'_>) -> PyResult {
        List::of_type(ty).map(Ref::upcast)
    }

    fn init(&self, args: Args<'_>) -> PyResult<()> {
        let iterable = List::only_argument(args)?;
        if !self.items.get().is_null() {
            self.clear_items();
        }
        iterable.map_or(Ok(()), |iterable| self.extend(iterable))
    }

    fn vectorcall(ty: &Type, args: Args<'_>) -> PyResult {
        let iterable = List::only_argument(args)?;
        let list = List::of_type(ty)?;
        if let Some(iterable) = iterable {
            list.extend(iterable)?;
        }
        Ok(list.upcast())
    }

    fn repr(&self) -> PyResult<Ref<Str>> {
        if self.is_empty() {
            return Ok(Str::new("[]"));
        }
        let Some(_guard) = thread().enter_repr(self.as_object()) else {
            return Ok(Str::new("[...]"));
        };
        // "[" + "1" + ", 2" * (len - 1) + "]"
        let mut text = StrBuilder::with_capacity(3 * self.len());
        text.push_code_point('['.into())?;
        let mut index = 0;
        while let Some(item) = self.get(index) {
            if index > 0 {
                text.push_str(", ")?;
            }
            text.push(&*object::repr(&item)?)?;
            index += 1;
        }
        text.push_code_point(']'.into())?;
        text.finish()
    }

    fn hash(&self) -> PyResult<isize> {
        object::hash_not_implemented(self.as_object())
    }

    fn iter(&self) -> PyResult {
        list_iter::new_iterator(self)
    }

    fn richcompare(&self, other: &Object, op: CompareOp) -> PyResult {
        let Some(other) = other.downcast::<List>() else { return Ok(none::not_implemented()) };
        if self.len() != other.len() && matches!(op, CompareOp::Eq | CompareOp::Ne) {
            return Ok(bool_::bool_ref(op == CompareOp::Ne));
        }
        let mut index = 0;
        // A comparison may change both lists.
        while let (Some(ours), Some(theirs)) = (self.get(index), other.get(index)) {
            if ours.is(&*theirs) || object::compare_bool(&ours, &theirs, CompareOp::Eq)? {
                index += 1;
                continue;
            }
            return match op {
                CompareOp::Eq => Ok(bool_::bool_ref(false)),
                CompareOp::Ne => Ok(bool_::bool_ref(true)),
                _ => object::rich_compare(&ours, &theirs, op),
            };
        }
        Ok(bool_::bool_ref(op.accepts(self.len().cmp(&other.len()))))
    }

    fn sq_length(&self) -> PyResult<usize> {
        Ok(self.len())
    }

    fn sq_concat(&self, other: &Object) -> PyResult {
        self.concat(other).map(Ref::upcast)
    }

    fn sq_repeat(&self, count: isize) -> PyResult {
        self.repeat(count).map(Ref::upcast)
    }

    fn sq_item(&self, index: isize) -> PyResult {
        self.item(index)
    }

    fn sq_ass_item(&self, index: isize, value: Option<&Object>) -> PyResult<()> {
        self.assign_item(index, value)
    }

    fn sq_contains(&self, value: &Object) -> PyResult<bool> {
        Ok(self.position(value, 0, usize::MAX)?.is_some())
    }

    fn sq_inplace_concat(&self, other: &Object) -> PyResult {
        self.extend(other)?;
        Ok(self.to_ref().upcast())
    }

    fn sq_inplace_repeat(&self, count: isize) -> PyResult {
        self.repeat_in_place(count)?;
        Ok(self.to_ref().upcast())
    }

    fn mp_length(&self) -> PyResult<usize> {
        Ok(self.len())
    }

    fn mp_subscript(&self, index: &Object) -> PyResult {
        self.subscript(index)
    }

    fn mp_ass_subscript(&self, index: &Object, value: Option<&Object>) -> PyResult<()> {
        self.assign_subscript(index, value)
    }
}
