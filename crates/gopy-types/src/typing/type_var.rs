//! `TypeVar`.

use gopy_core::argument::{ArgSpec, Bound, Style};
use gopy_core::error::type_error;
use gopy_core::tuple::{self, Tuple};
use gopy_core::{none, object, sequence};
use gopy_macros::{pyclass, pymethods, pyslots};
use gopy_object::{Args, Instance, Object, PyResult, Ref, Slot, Type};

use super::{NO_DEFAULT, is_no_default};

/// A `TypeVar`.
#[pyclass(name = "typing.TypeVar", static = TYPE_VAR, basicsize = 80,
    flags(HAVE_GC, HEAPTYPE, MANAGED_DICT, MANAGED_WEAKREF))]
#[repr(C)]
pub struct TypeVar {
    object: Object,
    name: Ref,
    bound: Slot,
    evaluate_bound: Slot,
    constraints: Slot,
    evaluate_constraints: Slot,
    default: Slot,
    pub(super) evaluate_default: Slot,
    covariant: bool,
    contravariant: bool,
    infer_variance: bool,
}

/// What the statement syntax makes.
pub(super) fn make(
    name: &Object,
    evaluate_bound: Option<Ref>,
    evaluate_constraints: Option<Ref>,
) -> PyResult {
    let var = TypeVar {
        object: Object::header(&TYPE_VAR),
        name: name.to_ref(),
        bound: Slot::empty(),
        evaluate_bound: Slot::new(evaluate_bound),
        constraints: Slot::empty(),
        evaluate_constraints: Slot::new(evaluate_constraints),
        default: Slot::empty(),
        evaluate_default: Slot::empty(),
        covariant: false,
        contravariant: false,
        infer_variance: true,
    };
    super::alloc_with_dict(&TYPE_VAR, var, None)
}

impl TypeVar {
    pub(super) fn default_value(&self) -> PyResult {
        let found = super::evaluated(&self.default, &self.evaluate_default)?;
        Ok(found.unwrap_or_else(|| NO_DEFAULT.get().to_ref().upcast()))
    }
}

#[pymethods]
impl TypeVar {
    #[pymethod("($self, arg, /)")]
    fn __typing_subst__(&self, arg: &Object) -> PyResult {
        super::call_typing("_typevar_subst", &[self.as_object(), arg])
    }

    #[pymethod("($self, alias, args, /)")]
    fn __typing_prepare_subst__(&self, alias: &Object, args: &Object) -> PyResult {
        let params = object::get_attr(alias, &gopy_core::str::interned("__parameters__"))?;
        let index = sequence::index_of(&params, self.as_object())?;
        let count = object::len(args)?;
        if index < count {
            return Ok(args.to_ref());
        }
        if index == count {
            let default = self.default_value()?;
            if !is_no_default(&default) {
                return sequence::concat(args, tuple::from_array([default]).as_object());
            }
        }
        Err(type_error!(
            "Too few arguments for {}; actual {count}, expected at least {}",
            object::str(alias)?.to_string_lossy(),
            index + 1
        ))
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
        Err(type_error!("Cannot subclass an instance of TypeVar"))
    }

    #[pymember]
    fn __name__(&self) -> Ref {
        self.name.clone()
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
    fn __bound__(&self) -> PyResult {
        Ok(super::evaluated(&self.bound, &self.evaluate_bound)?.unwrap_or_else(none::none))
    }

    #[pygetter]
    fn __constraints__(&self) -> PyResult {
        let found = super::evaluated(&self.constraints, &self.evaluate_constraints)?;
        Ok(found.unwrap_or_else(|| tuple::empty().upcast()))
    }

    #[pygetter]
    fn __default__(&self) -> PyResult {
        self.default_value()
    }

    #[pygetter]
    fn evaluate_bound(&self) -> PyResult {
        super::evaluator(&self.bound, &self.evaluate_bound)
    }

    #[pygetter]
    fn evaluate_constraints(&self) -> PyResult {
        super::evaluator(&self.constraints, &self.evaluate_constraints)
    }

    #[pygetter]
    fn evaluate_default(&self) -> PyResult {
        super::evaluator(&self.default, &self.evaluate_default)
    }
}

#[pyslots]
impl TypeVar {
    fn new(ty: &Type, args: Args<'_>) -> PyResult {
        static SPEC: ArgSpec = ArgSpec {
            function: "typevar",
            names: &["name", "bound", "default", "covariant", "contravariant", "infer_variance"],
            required: &[true, false, false, false, false, false],
            positional_only: 0,
            positional: 1,
            required_positional: 1,
            rest: true,
            keywords: false,
            style: Style::Clinic,
        };
        let mut places = [None; 6];
        let given = Bound::bind(&SPEC, args, &mut places)?;
        let constraints: Ref<Tuple> =
            tuple::try_from_vec(given.rest.iter().map(|arg| arg.object().to_ref()).collect())?;
        let [name, bound, default, covariant, contravariant, infer] = places;
        let name = super::name_argument("typevar", name)?;
        let (covariant, contravariant) = (super::flag(covariant)?, super::flag(contravariant)?);
        let infer_variance = super::flag(infer)?;
        super::check_variance(covariant, contravariant, infer_variance)?;
        let bound = match bound.filter(|bound| !none::is_none(bound)) {
            Some(bound) => Some(super::checked_bound(bound)?),
            None => None,
        };
        if constraints.len() == 1 {
            return Err(type_error!("A single constraint is not allowed"));
        }
        if !constraints.is_empty() && bound.is_some() {
            return Err(type_error!("Constraints cannot be combined with bound=..."));
        }
        let module = super::caller_module()?;
        let default = default.unwrap_or(NO_DEFAULT.get().as_object());
        let var = TypeVar {
            object: Object::header(ty),
            name: name.to_ref(),
            bound: Slot::new(bound),
            evaluate_bound: Slot::empty(),
            constraints: Slot::new((!constraints.is_empty()).then(|| constraints.upcast())),
            evaluate_constraints: Slot::empty(),
            default: Slot::new(Some(default.to_ref())),
            evaluate_default: Slot::empty(),
            covariant,
            contravariant,
            infer_variance,
        };
        super::alloc_with_dict(ty, var, Some(&module))
    }

    fn repr(&self) -> String {
        let (covariant, contravariant) = (self.covariant, self.contravariant);
        super::show_with_variance(&self.name, covariant, contravariant, self.infer_variance)
    }

    fn nb_or(left: &Object, right: &Object) -> PyResult {
        super::make_union(left, right)
    }
}
