//! `atexit`.
//!
//! Answers to `Modules/atexitmodule.c`. The VM runs `_run_exitfuncs` at shut-down.

use gopy_core::dict::Dict;
use gopy_core::error::type_error;
use gopy_core::list::List;
use gopy_core::tuple::{self, Tuple};
use gopy_core::{call, hooks, none, object};
use gopy_macros::pymodule;
use gopy_object::typeobj::CompareOp;
use gopy_object::{Args, Instance, Interpreter, Object, PyResult, Ref};

/// The interpreter's callbacks, the last one registered first: function, arguments, keywords.
struct Callbacks(Ref<List>);

fn callbacks() -> Ref<List> {
    let mut extensions = Interpreter::current().extensions.borrow_mut();
    if let Some(found) = extensions.iter().find_map(|state| state.downcast_ref::<Callbacks>()) {
        return found.0.clone();
    }
    let list = List::new();
    extensions.push(Box::new(Callbacks(list.clone())));
    list
}

/// The module.
#[pymodule(name = "atexit")]
mod native {
    use super::*;

    #[pyfunction("($module, func, /, *args, **kwargs)", raw)]
    fn register(args: Args<'_>) -> PyResult {
        let Some(function) = args.get(0) else {
            return Err(type_error!("register() takes at least 1 argument (0 given)"));
        };
        if !object::is_callable(function) {
            return Err(type_error!("the first argument must be callable"));
        }
        let positional = call::args_tuple(args.skip(1))?.upcast();
        let keywords = call::kwargs_dict(args)?.map_or_else(none::none, Ref::upcast);
        let callback = tuple::from_array([function.to_ref(), positional, keywords]);
        callbacks().insert(0, callback.upcast())?;
        Ok(function.to_ref())
    }

    #[pyfunction("($module, /)")]
    fn _clear() {
        callbacks().clear_items();
    }

    #[pyfunction("($module, func, /)")]
    fn unregister(func: &Object) -> PyResult<()> {
        let all = callbacks();
        let mut index = all.len();
        while index > 0 {
            index -= 1;
            // The comparison may change the list.
            let Some(callback) = all.get(index) else { continue };
            let registered = &tuple::items_of(&callback)[0];
            if object::compare_bool(func, registered, CompareOp::Eq)?
                && all.get(index).is_some_and(|now| now.is(&*callback))
            {
                all.delete_range(index, index + 1);
            }
        }
        Ok(())
    }

    #[pyfunction("($module, /)")]
    fn _run_exitfuncs() -> PyResult<()> {
        let all = callbacks();
        for callback in all.to_vec() {
            let Some([function, args, keywords]) =
                callback.downcast::<Tuple>().map(|callback| callback.items())
            else {
                continue;
            };
            let Some(args) = args.downcast::<Tuple>() else { continue };
            if let Err(error) = call::call_tuple(function, args, keywords.downcast::<Dict>()) {
                let shown = object::repr(function);
                let shown = shown.map_or_else(
                    |_| "<object repr() failed>".to_owned(),
                    |shown| shown.to_string_lossy().into_owned(),
                );
                let message = format!("Exception ignored in atexit callback {shown}");
                (hooks::get().unraisable)(error.into_value(), Some(&message), None);
            }
        }
        all.clear_items();
        Ok(())
    }

    #[pyfunction("($module, /)")]
    fn _ncallbacks() -> usize {
        callbacks().len()
    }
}

pub use native::MODULE;
