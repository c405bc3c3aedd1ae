//! `_typing`: the native types of `typing`.
//!
//! Answers to `Modules/_typingmodule.c`; the types are in gopy-types.

use gopy_core::union::UNION;
use gopy_core::{module, type_};
use gopy_macros::pymodule;
use gopy_object::{Instance, Object, PyResult, Ref};
use gopy_types::typing::{
    GENERIC, NO_DEFAULT, PARAM_SPEC, PARAM_SPEC_ARGS, PARAM_SPEC_KWARGS, TYPE_ALIAS, TYPE_VAR,
    TYPE_VAR_TUPLE,
};

/// The module.
#[pymodule(name = "_typing")]
mod native {
    use super::*;

    #[pyfunction("($module, x, /)")]
    fn _idfunc(x: &Object) -> Ref {
        x.to_ref()
    }

    #[pyexec]
    fn exec(module: &Object) -> PyResult<()> {
        for ty in [
            &TYPE_VAR,
            &TYPE_VAR_TUPLE,
            &PARAM_SPEC,
            &PARAM_SPEC_ARGS,
            &PARAM_SPEC_KWARGS,
            &GENERIC,
            &TYPE_ALIAS,
            &UNION,
        ] {
            type_::ready(ty)?;
            module::add_type(module, ty)?;
        }
        module::add(module, "NoDefault", NO_DEFAULT.get().to_ref())
    }
}

pub use native::MODULE;
