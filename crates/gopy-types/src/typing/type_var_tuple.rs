//! `TypeVarTuple`.

use gopy_core::error::type_error;
use gopy_macros::{pyclass, pymethods, pyslots};
use gopy_object::{Args, Instance, Object, PyResult, Ref, Slot, Type};

use super::NO_DEFAULT;

/// A `TypeVarTuple`.
#[pyclass(name = "typing.TypeVarTuple", static = TYPE_VAR_TUPLE, basicsize = 40,
    flags(HAVE_GC, HEAPTYPE, MANAGED_DICT, MANAGED_WEAKREF))]
#[repr(C)]
pub struct TypeVarTuple {
    object: Object,
    name: Ref,
    default: Slot,
    pub(super) evaluate_default: Slot,
}

/// What the statement syntax makes.
pub(super) fn make(name: &Object) -> PyResult {
    let tuple = TypeVarTuple {
        object: Object::header(&TYPE_VAR_TUPLE),
        name: name.to_ref(),
        default: Slot::empty(),
        evaluate_default: Slot::empty(),
    };
    super::alloc_with_dict(&TYPE_VAR_TUPLE, tuple, None)
}

impl TypeVarTuple {
    pub(super) fn default_value(&self) -> PyResult {
        let found = super::evaluated(&self.default, &self.evaluate_default)?;
        Ok(found.unwrap_or_else(|| NO_DEFAULT.get().to_ref().upcast()))
    }
}

#[pymethods]
impl TypeVarTuple {
    #[pymethod("($self, arg, /)")]
    fn __typing_subst__(&self, arg: &Object) -> PyResult {
        let _ = arg;
        Err(type_error!("Substitution of bare TypeVarTuple is not supported"))
    }

    #[pymethod("($self, alias, args, /)")]
    fn __typing_prepare_subst__(&self, alias: &Object, args: &Object) -> PyResult {
        super::call_typing("_typevartuple_prepare_subst", &[self.as_object(), alias, args])
    }

    #[pymethod("($self, /)")]
    fn __reduce__(&self) -> Ref {
        self.name.clone()
    }

    #[pymethod("($self, /)")]
    fn has_default(&self) -> bool {
        super::has_default(&self.default, &self.evaluate_default)
    }

    #[pymethod("($self, object, /)")]
    fn __mro_entries__(&self, _object: &Object) -> PyResult {
        Err(type_error!("Cannot subclass an instance of TypeVarTuple"))
    }

    #[pymember]
    fn __name__(&self) -> Ref {
        self.name.clone()
    }

    #[pygetter]
    fn __default__(&self) -> PyResult {
        self.default_value()
    }

    #[pygetter]
    fn evaluate_default(&self) -> PyResult {
        super::evaluator(&self.default, &self.evaluate_default)
    }
}

#[pyslots]
impl TypeVarTuple {
    fn new(ty: &Type, args: Args<'_>) -> PyResult {
        let [name, default] = bind!(args, "typevartuple", ["name", "default"], required 1,
            positional_only 0, positional 1);
        let name = super::name_argument("typevartuple", name)?;
        let module = super::caller_module()?;
        let default = default.unwrap_or(NO_DEFAULT.get().as_object());
        let tuple = TypeVarTuple {
            object: Object::header(ty),
            name: name.to_ref(),
            default: Slot::new(Some(default.to_ref())),
            evaluate_default: Slot::empty(),
        };
        super::alloc_with_dict(ty, tuple, Some(&module))
    }

    fn repr(&self) -> Ref {
        self.name.clone()
    }

    fn iter(&self) -> PyResult {
        super::unpack_iter(self.as_object())
    }
}
