//! `errno`.
//!
//! Answers to `Modules/errnomodule.c`.

use gopy_core::dict::Dict;
use gopy_core::module;
use gopy_macros::pymodule;
use gopy_object::{Object, PyResult};

use crate::constants::{ERRNO, ERRORCODE};
use crate::util::{add_constants, int, key};

/// `errno`.
#[pymodule(name = "errno")]
pub mod errno_module {
    use super::*;

    #[pyexec]
    fn exec(module: &Object) -> PyResult<()> {
        add_constants(module, ERRNO)?;
        let names = Dict::new();
        for (number, name) in ERRORCODE {
            names.set_item(&int(*number), &key(name))?;
        }
        module::add(module, "errorcode", names)
    }
}
