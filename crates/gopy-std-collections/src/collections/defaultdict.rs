//! `collections.defaultdict`.
//!
//! Answers to `defdict` in `Modules/_collectionsmodule.c`.

use gopy_core::argument::keyword_items;
use gopy_core::dict::{DICT, Dict, update_argument};
use gopy_core::error::type_error;
use gopy_core::exceptions::key_error;
use gopy_core::generic_alias::GenericAlias;
use gopy_core::{call, id, iter, none, object, tuple};
use gopy_macros::{pyclass, pymethods, pyslots};
use gopy_object::{Args, Instance, Object, PyResult, Ref, Slot, Type, thread};

/// A `defaultdict`. `dict.__new__` makes it; the factory's word is zeroed then.
#[pyclass(name = "collections.defaultdict", static = DEFAULT_DICT, base = DICT, basicsize = 56,
    flags(BASETYPE, HAVE_GC, HEAPTYPE))]
#[repr(C)]
pub struct DefaultDict {
    dict: Dict,
    factory: Slot,
}

impl DefaultDict {
    fn factory_or_none(&self) -> Ref {
        self.factory.get().unwrap_or_else(none::none)
    }

    fn copy_dict(&self) -> PyResult {
        let class = self.as_object().type_().to_ref();
        call::call(class.as_object(), &[&self.factory_or_none(), self.as_object()])
    }
}

#[pymethods]
impl DefaultDict {
    #[pymethod("($self, object, /)")]
    fn __missing__(&self, object: &Object) -> PyResult {
        let Some(factory) = self.factory.get().filter(|factory| !none::is_none(factory)) else {
            return Err(key_error(object));
        };
        let value = call::call_no_args(&factory)?;
        // The factory may have made the entry already, which counts then.
        self.dict.set_default(object, &value)
    }

    #[pymethod("($self, /)")]
    fn copy(&self) -> PyResult {
        self.copy_dict()
    }

    #[pymethod("($self, /)")]
    fn __copy__(&self) -> PyResult {
        self.copy_dict()
    }

    #[pymethod("($self, /)")]
    fn __reduce__(&self) -> PyResult {
        let this = self.as_object();
        let args = match self.factory.get().filter(|factory| !none::is_none(factory)) {
            Some(factory) => tuple::from_array([factory]),
            None => tuple::empty(),
        };
        let items = call::call_method(this, id!(items), &[])?;
        let items = iter::get_iter(&items)?;
        let class = this.type_().to_ref().upcast();
        Ok(tuple::from_array([class, args.upcast(), none::none(), none::none(), items]).upcast())
    }

    #[pyclassmethod("($type, object, /)")]
    fn __class_getitem__(cls: &Type, object: &Object) -> PyResult {
        GenericAlias::new(cls.as_object(), object).map(Ref::upcast)
    }

    #[pymember]
    fn default_factory(&self) -> Ref {
        self.factory_or_none()
    }

    #[pymember_setter]
    fn set_default_factory(&self, value: Option<&Object>) -> PyResult<()> {
        self.factory.set(value.map(|value| value.to_ref()));
        Ok(())
    }
}

#[pyslots]
impl DefaultDict {
    fn init(&self, args: Args<'_>) -> PyResult<()> {
        let (factory, rest) = match args.get(0) {
            Some(factory) => {
                if !object::is_callable(factory) && !none::is_none(factory) {
                    return Err(type_error!("first argument must be callable or None"));
                }
                (Some(factory.to_ref()), args.skip(1))
            }
            None => (None, args),
        };
        let old = self.factory.replace(factory);
        if rest.len() > 1 {
            return Err(type_error!("dict expected at most 1 argument, got {}", rest.len()));
        }
        if let Some(other) = rest.get(0) {
            update_argument(&self.dict, other)?;
        }
        for (key, value) in keyword_items(rest) {
            self.dict.set_str(key, value)?;
        }
        drop(old);
        Ok(())
    }

    fn repr(&self) -> PyResult<String> {
        let this = self.as_object();
        let Some(dict_repr) = DICT.slots.repr.get() else {
            return Err(type_error!("dict has no repr"));
        };
        let base = dict_repr(this)?;
        let base = object::str(&base)?;
        let factory = match self.factory.get() {
            None => "None".to_owned(),
            // A factory that shows its dict must not recurse.
            Some(factory) => match thread().enter_repr(&factory) {
                Some(_guard) => object::repr(&factory)?.to_string_lossy().into_owned(),
                None => "...".to_owned(),
            },
        };
        let name = this.type_name();
        let name = name.rsplit('.').next().unwrap_or(&name);
        Ok(format!("{name}({factory}, {})", base.to_string_lossy()))
    }

    fn nb_or(left: &Object, right: &Object) -> PyResult {
        let (this, other_is_dict) = match left.downcast::<DefaultDict>() {
            Some(this) => (Some(this), right.downcast::<Dict>().is_some()),
            None => (right.downcast::<DefaultDict>(), left.downcast::<Dict>().is_some()),
        };
        let (Some(this), true) = (this, other_is_dict) else {
            return Ok(none::not_implemented());
        };
        // The class and factory are those of the defaultdict; the entries come from left to right.
        let class = this.as_object().type_().to_ref();
        let union = call::call(class.as_object(), &[&this.factory_or_none(), left])?;
        let Some(dict) = union.downcast::<Dict>() else { return Ok(union) };
        update_argument(dict, right)?;
        Ok(union)
    }
}
