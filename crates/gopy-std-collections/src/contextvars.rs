//! `_contextvars`.
//!
//! Answers to `Modules/_contextvarsmodule.c`; the types are in gopy-types.

use gopy_core::module;
use gopy_macros::pymodule;
use gopy_object::{Object, PyResult, Ref};
use gopy_types::context::{self, CONTEXT, CONTEXT_VAR, Context, TOKEN};

/// The module.
#[pymodule(name = "_contextvars")]
mod native {
    use super::*;

    #[pyfunction("($module, /)")]
    fn copy_context() -> PyResult<Ref<Context>> {
        Context::current()?.copy_context()
    }

    #[pyexec]
    fn exec(module: &Object) -> PyResult<()> {
        module::add_type(module, &CONTEXT)?;
        module::add_type(module, &CONTEXT_VAR)?;
        module::add_type(module, &TOKEN)?;
        context::complete_token_type()
    }
}

pub use native::MODULE;
