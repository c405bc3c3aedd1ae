//! `ParamSpec`, and its `args` and `kwargs`.

use gopy_core::error::type_error;
use gopy_core::{none, object};
use gopy_macros::{pyclass, pymethods, pyslots};
use gopy_object::typeobj::CompareOp;
use gopy_object::{Args, Instance, Object, PyResult, Ref, Slot, Type, gc, memory};

use super::NO_DEFAULT;

/// A `ParamSpec`.
#[pyclass(name = "typing.ParamSpec", static = PARAM_SPEC, basicsize = 56,
    flags(HAVE_GC, HEAPTYPE, MANAGED_DICT, MANAGED_WEAKREF))]
#[repr(C)]
pub struct ParamSpec {
    object: Object,
    name: Ref,
    bound: Slot,
    default: Slot,
    pub(super) evaluate_default: Slot,
    covariant: bool,
    contravariant: bool,
    infer_variance: bool,
}

/// What the statement syntax makes.
pub(super) fn make(name: &Object) -> PyResult {
    let spec = ParamSpec {
        object: Object::header(&PARAM_SPEC),
        name: name.to_ref(),
        bound: Slot::empty(),
        default: Slot::empty(),
        evaluate_default: Slot::empty(),
        covariant: false,
        contravariant: false,
        infer_variance: true,
    };
    super::alloc_with_dict(&PARAM_SPEC, spec, None)
}

impl ParamSpec {
    pub(super) fn default_value(&self) -> PyResult {
        let found = super::evaluated(&self.default, &self.evaluate_default)?;
        Ok(found.unwrap_or_else(|| NO_DEFAULT.get().to_ref().upcast()))
    }
}

#[pymethods]
impl ParamSpec {
    #[pymethod("($self, arg, /)")]
    fn __typing_subst__(&self, arg: &Object) -> PyResult {
        super::call_typing("_paramspec_subst", &[self.as_object(), arg])
    }

    #[pymethod("($self, alias, args, /)")]
    fn __typing_prepare_subst__(&self, alias: &Object, args: &Object) -> PyResult {
        super::call_typing("_paramspec_prepare_subst", &[self.as_object(), alias, args])
    }

    #[pymethod("($self, /)")]
    fn has_default(&self) -> bool {
        super::has_default(&self.default, &self.evaluate_default)
    }

    #[pymethod("($self, /)")]
    fn __reduce__(&self) -> Ref {
        self.name.clone()
    }

    #[pymethod("($self, object, /)")]
    fn __mro_entries__(&self, _object: &Object) -> PyResult {
        Err(type_error!("Cannot subclass an instance of ParamSpec"))
    }

    #[pymember]
    fn __name__(&self) -> Ref {
        self.name.clone()
    }

    #[pymember]
    fn __bound__(&self) -> Ref {
        self.bound.get().unwrap_or_else(none::none)
    }

    #[pymember]
    fn __covariant__(&self) -> bool {
        self.covariant
    }

    #[pymember]
    fn __contravariant__(&self) -> bool {
        self.contravariant
    }

    #[pymember]
    fn __infer_variance__(&self) -> bool {
        self.infer_variance
    }

    #[pygetter]
    fn args(&self) -> PyResult {
        ParamSpecArgs::make(self.as_object())
    }

    #[pygetter]
    fn kwargs(&self) -> PyResult {
        ParamSpecKwargs::make(self.as_object())
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
impl ParamSpec {
    fn new(ty: &Type, args: Args<'_>) -> PyResult {
        let [name, bound, default, covariant, contravariant, infer] = bind!(args, "paramspec",
            ["name", "bound", "default", "covariant", "contravariant", "infer_variance"],
            required 1, positional_only 0, positional 1);
        let name = super::name_argument("paramspec", name)?;
        let (covariant, contravariant) = (super::flag(covariant)?, super::flag(contravariant)?);
        let infer_variance = super::flag(infer)?;
        super::check_variance(covariant, contravariant, infer_variance)?;
        let bound = bound.unwrap_or(none::none_object()).to_ref();
        let module = super::caller_module()?;
        let default = default.unwrap_or(NO_DEFAULT.get().as_object());
        let spec = ParamSpec {
            object: Object::header(ty),
            name: name.to_ref(),
            bound: Slot::new(Some(bound)),
            default: Slot::new(Some(default.to_ref())),
            evaluate_default: Slot::empty(),
            covariant,
            contravariant,
            infer_variance,
        };
        super::alloc_with_dict(ty, spec, Some(&module))
    }

    fn repr(&self) -> String {
        let (covariant, contravariant) = (self.covariant, self.contravariant);
        super::show_with_variance(&self.name, covariant, contravariant, self.infer_variance)
    }

    fn nb_or(left: &Object, right: &Object) -> PyResult {
        super::make_union(left, right)
    }
}

macro_rules! attribute_type {
    ($(#[$doc:meta])* $ty:ident, $static:ident, $name:literal, $short:literal, $suffix:literal, $mro:literal) => {
        $(#[$doc])*
        #[pyclass(name = $name, static = $static, basicsize = 24,
            flags(HAVE_GC, HEAPTYPE, MANAGED_WEAKREF))]
        #[repr(C)]
        pub struct $ty {
            object: Object,
            origin: Ref,
        }

        impl $ty {
            fn make(origin: &Object) -> PyResult {
                let made = $ty { object: Object::header(&$static), origin: origin.to_ref() };
                Ok(gc::tracked(memory::alloc(&$static, made)?).upcast())
            }
        }

        #[pymethods]
        impl $ty {
            #[pymethod("($self, object, /)")]
            fn __mro_entries__(&self, _object: &Object) -> PyResult {
                Err(type_error!($mro))
            }

            #[pymember]
            fn __origin__(&self) -> Ref {
                self.origin.clone()
            }
        }

        #[pyslots]
        impl $ty {
            fn new(_ty: &Type, args: Args<'_>) -> PyResult {
                let [origin] = bind!(args, $short, ["origin"], required 1, positional_only 0,
                    positional 1);
                $ty::make(origin.unwrap_or(none::none_object()))
            }

            fn repr(&self) -> PyResult<String> {
                let origin = match self.origin.downcast_exact::<ParamSpec>() {
                    Some(spec) => object::str(&spec.name)?,
                    None => object::repr(&self.origin)?,
                };
                Ok(format!(concat!("{}.", $suffix), origin.to_string_lossy()))
            }

            fn richcompare(&self, other: &Object, op: CompareOp) -> PyResult {
                match (op, other.downcast_exact::<$ty>()) {
                    (CompareOp::Eq | CompareOp::Ne, Some(other)) => {
                        object::rich_compare(&self.origin, &other.origin, op)
                    }
                    _ => Ok(none::not_implemented()),
                }
            }
        }
    };
}

attribute_type! {
    /// `P.args`.
    ParamSpecArgs, PARAM_SPEC_ARGS, "typing.ParamSpecArgs", "paramspecargs", "args",
    "Cannot subclass an instance of ParamSpecArgs"
}

attribute_type! {
    /// `P.kwargs`.
    ParamSpecKwargs, PARAM_SPEC_KWARGS, "typing.ParamSpecKwargs", "paramspeckwargs", "kwargs",
    "Cannot subclass an instance of ParamSpecKwargs"
}
