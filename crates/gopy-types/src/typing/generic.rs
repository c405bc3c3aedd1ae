//! `Generic`.

use gopy_core::argument::keyword_items;
use gopy_core::dict::Dict;
use gopy_core::tuple::{self, Tuple};
use gopy_core::{call, import};
use gopy_macros::{pyclass, pymethods};
use gopy_object::{Args, Instance, Object, PyResult, Ref, Type};

/// `typing.Generic`, whose methods are functions of `typing.py`.
#[pyclass(name = "typing.Generic", static = GENERIC, basicsize = 16,
    flags(HAVE_GC, HEAPTYPE, BASETYPE), no_slots)]
#[repr(C)]
pub struct Generic {
    object: Object,
}

fn call_with_class(name: &str, cls: &Type, args: Args<'_>) -> PyResult {
    let function = import::import_attr("typing", name)?;
    let mut all: Vec<Ref> = vec![cls.to_ref().upcast()];
    all.extend(args.positional().iter().map(|arg| arg.object().to_ref()));
    let keywords = Dict::new();
    for (name, value) in keyword_items(args) {
        keywords.set_str(name, value)?;
    }
    call::call_tuple(&function, &*tuple::try_from_vec(all)?, Some(&keywords))
}

#[pymethods]
impl Generic {
    #[pyclassmethod(raw, style = varargs)]
    fn __class_getitem__(cls: &Type, args: Args<'_>) -> PyResult {
        call_with_class("_generic_class_getitem", cls, args)
    }

    #[pyclassmethod(raw, style = varargs)]
    fn __init_subclass__(cls: &Type, args: Args<'_>) -> PyResult {
        call_with_class("_generic_init_subclass", cls, args)
    }
}

/// `Generic[params]` of a class statement with parameters.
pub(super) fn subscript(params: &Object) -> PyResult {
    let params = match params.downcast::<Tuple>() {
        Some(params) => super::unpack_type_var_tuples(params)?.upcast(),
        None => params.to_ref(),
    };
    super::call_typing("_GenericAlias", &[GENERIC.get().as_object(), &params])
}
