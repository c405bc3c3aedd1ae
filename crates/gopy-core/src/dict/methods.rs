//! What Python calls on a dict.

use gopy_macros::{pymethods, pyslots};
use gopy_object::typeobj::CompareOp;
use gopy_object::{Args, Instance, Object, PyResult, Ref, Type, thread};

use super::{DICT, Dict, iter, update_argument, views};
use crate::error::type_error;
use crate::exceptions::key_error;
use crate::generic_alias::GenericAlias;
use crate::str::{Str, StrBuilder};
use crate::{bool_, call, id, none, object};

#[pymethods]
impl Dict {
    #[pymethod("($self, key, /)", coexist)]
    fn __getitem__(&self, key: &Object) -> PyResult {
        self.subscript(key)
    }

    #[pymethod("($self, key, /)", coexist)]
    fn __contains__(&self, key: &Object) -> PyResult<bool> {
        self.contains(key)
    }

    #[pymethod("($self, /)")]
    fn __sizeof__(&self) -> usize {
        self.size()
    }

    #[pymethod("($self, key, default=None, /)", name = "get")]
    fn py_get(&self, key: &Object, default: Option<Ref>) -> PyResult {
        Ok(self.get_item(key)?.or(default).unwrap_or_else(none::none))
    }

    #[pymethod("($self, key, default=None, /)", name = "setdefault")]
    fn py_setdefault(&self, key: &Object, default: Option<Ref>) -> PyResult {
        self.set_default(key, &default.unwrap_or_else(none::none))
    }

    #[pymethod("($self, key, default=<unrepresentable>, /)", name = "pop")]
    fn py_pop(&self, key: &Object, default: Option<Ref>) -> PyResult {
        match self.pop(key)?.or(default) {
            Some(value) => Ok(value),
            None => Err(key_error(key)),
        }
    }

    #[pymethod("($self, /)", name = "popitem")]
    fn py_popitem(&self) -> PyResult {
        match self.pop_last()? {
            Some((key, value)) => Ok(crate::tuple::from_array([key, value]).upcast()),
            None => Err(key_error(Str::new("popitem(): dictionary is empty").as_object())),
        }
    }

    #[pymethod("($self, /)", name = "keys")]
    fn py_keys(&self) -> PyResult {
        views::new_keys(self)
    }

    #[pymethod("($self, /)", name = "items")]
    fn py_items(&self) -> PyResult {
        views::new_items(self)
    }

    #[pymethod("($self, /)", name = "values")]
    fn py_values(&self) -> PyResult {
        views::new_values(self)
    }

    #[pymethod(raw, style = varargs, name = "update")]
    fn py_update(&self, args: Args<'_>) -> PyResult<()> {
        self.update_common("update", args)
    }

    #[pyclassmethod("($type, iterable, value=None, /)")]
    fn fromkeys(cls: &Type, iterable: &Object, value: Option<Ref>) -> PyResult {
        Dict::from_keys(cls, iterable, &value.unwrap_or_else(none::none))
    }

    #[pymethod("($self, /)", name = "clear")]
    fn py_clear(&self) {
        self.clear_items();
    }

    #[pymethod("($self, /)", name = "copy")]
    fn py_copy(&self) -> PyResult<Ref<Dict>> {
        self.copy()
    }

    #[pymethod("($self, /)")]
    fn __reversed__(&self) -> PyResult {
        iter::new_reverse_key_iterator(self)
    }

    #[pyclassmethod("($type, object, /)")]
    fn __class_getitem__(cls: &Type, object: &Object) -> PyResult {
        GenericAlias::new(cls.as_object(), object).map(Ref::upcast)
    }
}

impl Dict {
    /// `self[key]`, with `__missing__` of subclasses. May run Python.
    ///
    /// # Errors
    ///
    /// `KeyError`; what `__hash__`, `__eq__` and `__missing__` raise.
    #[inline]
    pub fn subscript(&self, key: &Object) -> PyResult {
        match self.get_item(key)? {
            Some(value) => Ok(value),
            None => self.missing(key),
        }
    }

    #[cold]
    fn missing(&self, key: &Object) -> PyResult {
        if !self.as_object().is_exact(&DICT)
            && let Some(value) = call::call_special(self.as_object(), id!(__missing__), &[key])?
        {
            return Ok(value);
        }
        Err(key_error(key))
    }
}

#[pyslots]
impl Dict {
    fn tp_new(ty: &Type, _args: Args<'_>) -> PyResult {
        Dict::of_type(ty).map(Ref::upcast)
    }

    fn init(&self, args: Args<'_>) -> PyResult<()> {
        self.update_common("dict", args)
    }

    fn vectorcall(ty: &Type, args: Args<'_>) -> PyResult {
        if args.len() > 1 {
            return Err(type_error!("dict expected at most 1 argument, got {}", args.len()));
        }
        let dict = Dict::of_type(ty)?;
        dict.update_common("dict", args)?;
        Ok(dict.upcast())
    }

    fn repr(&self) -> PyResult<Ref<Str>> {
        let Some(_guard) = thread().enter_repr(self.as_object()) else {
            return Ok(Str::new("{...}"));
        };
        if self.is_empty() {
            return Ok(Str::new("{}"));
        }
        // "{" + "1: 2" + ", 3: 4" * (len - 1) + "}"
        let mut text = StrBuilder::with_capacity(6 * self.len());
        text.push_code_point('{'.into())?;
        let mut position = 0;
        let mut first = true;
        while let Some((key, value)) = self.next(&mut position) {
            if !first {
                text.push_str(", ")?;
            }
            first = false;
            text.push(&*object::repr(&key)?)?;
            text.push_str(": ")?;
            text.push(&*object::repr(&value)?)?;
        }
        text.push_code_point('}'.into())?;
        text.finish()
    }

    fn hash(&self) -> PyResult<isize> {
        object::hash_not_implemented(self.as_object())
    }

    fn iter(&self) -> PyResult {
        iter::new_key_iterator(self)
    }

    fn richcompare(&self, other: &Object, op: CompareOp) -> PyResult {
        let (CompareOp::Eq | CompareOp::Ne, Some(other)) = (op, other.downcast::<Dict>()) else {
            return Ok(none::not_implemented());
        };
        let same = self.equals(other)?;
        Ok(bool_::bool_ref(same == (op == CompareOp::Eq)))
    }

    fn nb_or(left: &Object, right: &Object) -> PyResult {
        let (Some(left), Some(_)) = (left.downcast::<Dict>(), right.downcast::<Dict>()) else {
            return Ok(none::not_implemented());
        };
        let union = left.copy()?;
        update_argument(&union, right)?;
        Ok(union.upcast())
    }

    fn nb_inplace_or(&self, other: &Object) -> PyResult {
        update_argument(self, other)?;
        Ok(self.to_ref().upcast())
    }

    fn sq_contains(&self, key: &Object) -> PyResult<bool> {
        self.contains(key)
    }

    fn mp_length(&self) -> PyResult<usize> {
        Ok(self.len())
    }

    fn mp_subscript(&self, key: &Object) -> PyResult {
        self.subscript(key)
    }

    fn mp_ass_subscript(&self, key: &Object, value: Option<&Object>) -> PyResult<()> {
        match value {
            Some(value) => self.set_item(key, value),
            None if self.del_item(key)? => Ok(()),
            None => Err(key_error(key)),
        }
    }
}
