//! `TypeAliasType`.

use gopy_core::error::{system_error, type_error};
use gopy_core::function::Function;
use gopy_core::generic_alias::GenericAlias;
use gopy_core::tuple::{self, Tuple};
use gopy_core::{none, object, union};
use gopy_macros::{pyclass, pymethods, pyslots};
use gopy_object::{Args, Instance, Object, PyResult, Ref, Slot, Type, gc, memory};

use super::is_no_default;

/// A type alias.
#[pyclass(name = "typing.TypeAliasType", static = TYPE_ALIAS, basicsize = 56, flags(HAVE_GC))]
#[repr(C)]
pub struct TypeAlias {
    object: Object,
    name: Ref,
    /// Empty where there are none.
    type_params: Slot<Tuple>,
    compute_value: Slot,
    value: Slot,
    module: Slot,
}

/// What the statement makes, of a tuple of name, parameters and function.
pub(super) fn make(args: &Object) -> PyResult {
    let Some([name, params, compute]) = args.downcast::<Tuple>().map(Tuple::items) else {
        return Err(system_error!("a type alias is made of three values"));
    };
    let params = params.downcast::<Tuple>().filter(|params| !params.is_empty());
    let alias = TypeAlias {
        object: Object::header(&TYPE_ALIAS),
        name: name.clone(),
        type_params: Slot::new(params.map(|params| params.to_ref())),
        compute_value: Slot::new(Some(compute.clone())),
        value: Slot::empty(),
        module: Slot::empty(),
    };
    Ok(gc::tracked(memory::alloc(&TYPE_ALIAS, alias)?).upcast())
}

/// Parameters with a default must not come before those without.
fn check_params(params: &Tuple) -> PyResult<()> {
    let mut default_seen = false;
    for param in params.items() {
        if !is_no_default(&*super::default_of(param)?) {
            default_seen = true;
        } else if default_seen {
            return Err(type_error!(
                "non-default type parameter '{}' follows default type parameter",
                object::repr(param)?.to_string_lossy()
            ));
        }
    }
    Ok(())
}

#[pymethods]
impl TypeAlias {
    #[pymethod("($self, /)")]
    fn __reduce__(&self) -> Ref {
        self.name.clone()
    }

    #[pymember]
    fn __name__(&self) -> Ref {
        self.name.clone()
    }

    #[pygetter]
    fn __parameters__(&self) -> PyResult<Ref<Tuple>> {
        match self.type_params.get() {
            Some(params) => super::unpack_type_var_tuples(&params),
            None => Ok(tuple::empty()),
        }
    }

    #[pygetter]
    fn __type_params__(&self) -> Ref<Tuple> {
        self.type_params.get().unwrap_or_else(tuple::empty)
    }

    #[pygetter]
    fn __value__(&self) -> PyResult {
        Ok(super::evaluated(&self.value, &self.compute_value)?.unwrap_or_else(none::none))
    }

    #[pygetter]
    fn evaluate_value(&self) -> PyResult {
        super::evaluator(&self.value, &self.compute_value)
    }

    #[pygetter]
    fn __module__(&self) -> Ref {
        if let Some(module) = self.module.get() {
            return module;
        }
        let compute = self.compute_value.get();
        let function = compute.as_deref().and_then(|compute| compute.downcast::<Function>());
        function.and_then(|function| function.module.get()).unwrap_or_else(none::none)
    }
}

#[pyslots]
impl TypeAlias {
    fn new(_ty: &Type, args: Args<'_>) -> PyResult {
        let [name, value, params] = bind!(args, "typealias", ["name", "value", "type_params"],
            required 2, positional_only 0, positional 2);
        let name = super::name_argument("typealias", name)?;
        let params = match params {
            None => None,
            Some(params) => Some(
                params
                    .downcast::<Tuple>()
                    .ok_or_else(|| type_error!("type_params must be a tuple"))?,
            ),
        };
        if let Some(params) = params {
            check_params(params)?;
        }
        let module = super::caller_module()?;
        let alias = TypeAlias {
            object: Object::header(&TYPE_ALIAS),
            name: name.to_ref(),
            type_params: Slot::new(
                params.filter(|params| !params.is_empty()).map(|params| params.to_ref()),
            ),
            compute_value: Slot::empty(),
            value: Slot::new(value.map(|value| value.to_ref())),
            module: Slot::new(Some(module)),
        };
        Ok(gc::tracked(memory::alloc(&TYPE_ALIAS, alias)?).upcast())
    }

    fn repr(&self) -> Ref {
        self.name.clone()
    }

    fn iter(&self) -> PyResult {
        super::unpack_iter(self.as_object())
    }

    fn nb_or(left: &Object, right: &Object) -> PyResult {
        union::or(left, right)
    }

    fn mp_subscript(&self, args: &Object) -> PyResult {
        if self.type_params.is_empty() {
            return Err(type_error!("Only generic type aliases are subscriptable"));
        }
        GenericAlias::new(self.as_object(), args).map(Ref::upcast)
    }
}
