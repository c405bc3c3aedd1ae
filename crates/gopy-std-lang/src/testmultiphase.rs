//! `_testmultiphase`: a module with a bit of everything, that CPython's tests of import look at.
//!
//! Answers to the main module of `Modules/_testmultiphase.c`; the variants that only a shared library can
//! hold are not here.

use gopy_core::dict::Dict;
use gopy_core::error::{attribute_error_text, type_error};
use gopy_core::str::{STR, Str};
use gopy_core::{exceptions, module, none, object, tuple, type_};
use gopy_macros::{pyclass, pymethods, pymodule, pyslots};
use gopy_object::typeobj::TYPE;
use gopy_object::{Args, Instance, Object, PyResult, Ref, Slot, Type, gc, memory};

/// An object that keeps attributes in a dict of its own.
#[pyclass(name = "_testimportexec.Example", static = EXAMPLE, basicsize = 24,
    flags(HAVE_GC, BASETYPE, HEAPTYPE))]
#[repr(C)]
pub struct Example {
    object: Object,
    attributes: Slot<Dict>,
}

#[pymethods]
impl Example {
    #[pymethod(raw, "($self, arg=None, /)", hide_signature)]
    fn demo(&self, args: Args<'_>) -> PyResult {
        if args.len() > 1 {
            return Err(type_error!("demo() takes at most 1 argument ({} given)", args.len()));
        }
        Ok(match args.get(0).filter(|arg| arg.downcast::<Str>().is_some()) {
            Some(text) => text.to_ref(),
            None => none::none(),
        })
    }
}

#[pyslots]
impl Example {
    fn tp_new(ty: &Type, _args: Args<'_>) -> PyResult<Ref<Example>> {
        let made = Example { object: Object::header(ty), attributes: Slot::empty() };
        Ok(gc::tracked(memory::alloc(ty, made)?))
    }

    fn getattro(&self, name: &Object) -> PyResult {
        if let Some(attributes) = self.attributes.get()
            && let Some(value) = attributes.get_str(object::attribute_name(name)?)?
        {
            return Ok(value);
        }
        object::generic_get_attr(self.as_object(), name)
    }

    fn setattro(&self, name: &Object, value: Option<&Object>) -> PyResult<()> {
        let name = object::attribute_name(name)?;
        if self.attributes.is_empty() {
            self.attributes.set(Some(Dict::new()));
        }
        let Some(attributes) = self.attributes.get() else { return Ok(()) };
        match value {
            Some(value) => attributes.set_str(name, value),
            None if attributes.del_item(name.as_object())? => Ok(()),
            None => Err(attribute_error_text!("delete non-existing Example attribute")),
        }
    }
}

/// The module.
#[pymodule(name = "_testmultiphase")]
pub mod native {
    use super::*;

    #[pyfunction("($module, i, j, /)", hide_signature, style = varargs)]
    fn foo(i: i64, j: i64) -> i64 {
        i.wrapping_add(j)
    }

    /// There is no C state to be registered.
    #[pyfunction("($module, action, /)", hide_signature, style = varargs)]
    fn call_state_registration_func(action: i32) -> PyResult<()> {
        let _ = action;
        Ok(())
    }

    #[pyexec]
    fn exec(module: &Object) -> PyResult<()> {
        module::add_type(module, &EXAMPLE)?;
        let error = exceptions::new_exception("_testimportexec", "error", &exceptions::EXCEPTION)?;
        module::add(module, "error", error)?;
        let dict = Dict::new();
        let text = |name: &str| gopy_core::str::interned(name);
        dict.set_str(&text("__module__"), text("_testimportexec").as_object())?;
        let bases = tuple::from_array([STR.get().to_ref().upcast()]);
        let made = type_::new_type(&TYPE, &text("Str"), &bases, &dict, Args::none())?;
        module::add(module, "Str", made)?;
        module::add(module, "int_const", gopy_core::int::Int::from_i64(1969))?;
        module::add(module, "str_const", Str::new("something different"))
    }
}

pub use native::MODULE;
