//! `_functools`.
//!
//! Answers to `Modules/_functoolsmodule.c`.

use gopy_core::error::type_error;
use gopy_core::exceptions::TYPE_ERROR;
use gopy_core::{call, iter, module, type_};
use gopy_macros::pymodule;
use gopy_object::{Object, PyResult};

mod cmp_key;
mod lru_cache;
mod partial;

use lru_cache::{LRU_CACHE, LRU_LINK};
use partial::{PARTIAL, PLACEHOLDER, PLACEHOLDER_TYPE};

/// The module.
#[pymodule(name = "_functools")]
mod native {
    use super::*;

    #[pyfunction("($module, function, iterable, /, initial=<unrepresentable>)")]
    fn reduce(function: &Object, iterable: &Object, initial: Option<&Object>) -> PyResult {
        let items = match iter::get_iter(iterable) {
            Ok(items) => items,
            Err(error) if error.is_instance(&TYPE_ERROR) => {
                return Err(type_error!("reduce() arg 2 must support iteration"));
            }
            Err(error) => return Err(error),
        };
        let mut result = match initial {
            Some(initial) => initial.to_ref(),
            None => match iter::next(&items)? {
                Some(first) => first,
                None => {
                    return Err(type_error!("reduce() of empty iterable with no initial value"));
                }
            },
        };
        while let Some(item) = iter::next(&items)? {
            result = call::call(function, &[&result, &item])?;
        }
        Ok(result)
    }

    #[pyfunction("($module, /, mycmp)")]
    fn cmp_to_key(mycmp: &Object) -> PyResult {
        super::cmp_key::make(mycmp, None)
    }

    #[pyexec]
    fn exec(module: &Object) -> PyResult<()> {
        module::add_type(module, &PLACEHOLDER_TYPE)?;
        module::add(module, "Placeholder", PLACEHOLDER.get().to_ref())?;
        module::add_type(module, &PARTIAL)?;
        module::add_type(module, &LRU_CACHE)?;
        type_::ready(&LRU_LINK)?;
        type_::ready(&cmp_key::KEY_WRAPPER)
    }

    use gopy_object::Instance;
}

pub use native::MODULE;
