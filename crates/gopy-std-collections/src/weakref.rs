//! `_weakref`.
//!
//! Answers to `Modules/_weakref.c`.

use gopy_core::dict::Dict;
use gopy_core::list::List;
use gopy_core::{module, type_};
use gopy_macros::pymodule;
use gopy_object::typeobj::WEAKREF;
use gopy_object::weakref::{self, WeakRef};
use gopy_object::{Instance, Object, PyResult, Ref};
use gopy_types::weakproxy::{self, CALLABLE_PROXY, PROXY};

fn references_to(object: &Object) -> Vec<Ref> {
    let mut found = Vec::new();
    let mut next = weakref::list_of(object).and_then(weakref::WeakList::first);
    while let Some(reference) = next {
        if reference.object.count() > 0 {
            found.push(Ref::from_borrow(reference).upcast());
        }
        next = reference.next();
    }
    found
}

/// The module.
#[pymodule(name = "_weakref")]
mod native {
    use super::*;
    use gopy_core::error::type_error;

    #[pyfunction("($module, object, /)")]
    fn getweakrefcount(object: &Object) -> usize {
        weakref::list_of(object).map_or(0, weakref::WeakList::len)
    }

    #[pyfunction("($module, dct, key, /)")]
    fn _remove_dead_weakref(dct: &Object, key: &Object) -> PyResult<()> {
        let Some(dict) = dct.downcast::<Dict>() else {
            return Err(type_error!(
                "_remove_dead_weakref() argument 1 must be dict, not {}",
                gopy_core::object::type_name_or_none(dct)
            ));
        };
        let Some(value) = dict.get_item(key)? else { return Ok(()) };
        let Some(reference) = value.downcast::<WeakRef>() else {
            return Err(type_error!("not a weakref"));
        };
        if reference.is_dead() {
            dict.del_item(key)?;
        }
        Ok(())
    }

    #[pyfunction("($module, object, /)")]
    fn getweakrefs(object: &Object) -> Ref<List> {
        List::from_vec(references_to(object))
    }

    #[pyfunction("($module, object, callback=None, /)")]
    fn proxy(object: &Object, callback: Option<&Object>) -> PyResult {
        weakproxy::new_proxy(object, callback)
    }

    #[pyexec]
    fn exec(module: &Object) -> PyResult<()> {
        module::add(module, "ref", WEAKREF.to_ref())?;
        module::add(module, "ReferenceType", WEAKREF.to_ref())?;
        type_::ready(&PROXY)?;
        module::add(module, "ProxyType", PROXY.to_ref())?;
        type_::ready(&CALLABLE_PROXY)?;
        module::add(module, "CallableProxyType", CALLABLE_PROXY.to_ref())
    }
}

pub use native::MODULE;
