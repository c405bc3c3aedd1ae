//! `classmethod` and `staticmethod`.
//!
//! Answers to the end of `Objects/funcobject.c`.

use gopy_macros::{pyclass, pymethods, pyslots};
use gopy_object::{Args, Instance, Object, PyResult, Ref, Slot, Type, gc, memory};

use crate::argument::{check_positional, no_keywords};
use crate::error::runtime_error;
use crate::method::Method;
use crate::str::Str;
use crate::{bool_, call, id, none, object};

macro_rules! wrapper_type {
    ($(#[$doc:meta])* $ty:ident, $statik:ident, $name:literal, $make:ident, |$this:ident, $instance:ident, $owner:ident| $get:expr $(, $extra:item)*) => {
        $(#[$doc])*
        #[pyclass(name = $name, static = $statik, text_signature = "(function, /)", basicsize = 32, dictoffset = 24,
            flags(BASETYPE, HAVE_GC), dict = dict)]
        #[repr(C)]
        pub struct $ty {
            object: Object,
            /// `__func__`.
            pub callable: Slot,
            dict: Slot,
        }

        #[doc = concat!("`", $name, "(function)`, without copying the function's attributes.")]
        ///
        /// # Errors
        ///
        /// `MemoryError`.
        pub fn $make(function: &Object) -> PyResult {
            let wrapper = memory::alloc(
                &$statik,
                $ty {
                    object: Object::header(&$statik),
                    callable: Slot::new(Some(function.to_ref())),
                    dict: Slot::empty(),
                },
            )?;
            copy_attributes(function, wrapper.as_object())?;
            Ok(gc::tracked(wrapper).upcast())
        }

        #[pymethods]
        impl $ty {
            #[pymember]
            fn __func__(&self) -> Ref {
                self.callable.get().unwrap_or_else(none::none)
            }

            #[pymember]
            fn __wrapped__(&self) -> Ref {
                self.callable.get().unwrap_or_else(none::none)
            }

            #[pygetter]
            fn __isabstractmethod__(&self) -> PyResult {
                let Some(callable) = self.callable.get() else {
                    return Ok(bool_::bool_ref(false));
                };
                is_abstract(&callable).map(bool_::bool_ref)
            }

            #[pygetter]
            fn __dict__(&self) -> PyResult {
                Ok(object::dict_of(self.as_object())?.map_or_else(none::none, Ref::upcast))
            }

            #[pysetter]
            fn set___dict__(&self, value: Option<&Object>) -> PyResult<()> {
                object::set_dict(self.as_object(), value)
            }

            #[pygetter]
            fn __annotations__(&self) -> PyResult {
                wrapped_attribute(self.as_object(), &self.callable, id!(__annotations__))
            }

            #[pysetter]
            fn set___annotations__(&self, value: Option<&Object>) -> PyResult<()> {
                set_own_attribute(self.as_object(), id!(__annotations__), value)
            }

            #[pygetter]
            fn __annotate__(&self) -> PyResult {
                wrapped_attribute(self.as_object(), &self.callable, id!(__annotate__))
            }

            #[pysetter]
            fn set___annotate__(&self, value: Option<&Object>) -> PyResult<()> {
                set_own_attribute(self.as_object(), id!(__annotate__), value)
            }

            #[pyclassmethod("($type, object, /)")]
            fn __class_getitem__(cls: &Type, object: &Object) -> PyResult {
                crate::generic_alias::GenericAlias::new(cls.as_object(), object).map(Ref::upcast)
            }
        }

        #[pyslots]
        impl $ty {
            fn new(ty: &Type, _args: Args<'_>) -> PyResult {
                let wrapper = memory::alloc(
                    ty,
                    $ty {
                        object: Object::header(ty),
                        callable: Slot::empty(),
                        dict: Slot::empty(),
                    },
                )?;
                Ok(gc::tracked(wrapper).upcast())
            }

            fn init(&self, args: Args<'_>) -> PyResult<()> {
                no_keywords($name, args)?;
                check_positional($name, args.len(), 1, 1)?;
                let Some(callable) = args.get(0) else { return Ok(()) };
                self.callable.set(Some(callable.to_ref()));
                copy_attributes(callable, self.as_object())
            }

            fn repr(&self) -> PyResult<String> {
                let callable = self.callable.get().unwrap_or_else(none::none);
                Ok(format!(concat!("<", $name, "({})>"), object::repr(&callable)?))
            }

            fn descr_get(&self, instance: Option<&Object>, owner: Option<&Object>) -> PyResult {
                let Some($this) = self.callable.get() else {
                    return Err(runtime_error!(concat!("uninitialized ", $name, " object")));
                };
                let ($instance, $owner) = (instance, owner);
                $get
            }

            $($extra)*
        }
    };
}

wrapper_type! {
    /// A `classmethod`.
    ClassMethod, CLASS_METHOD, "classmethod", new_class_method,
    |callable, instance, owner| {
        let class = owner.or(instance.map(|instance| instance.type_().as_object()));
        match class {
            Some(class) => Ok(Method::new(callable, class.to_ref())?.upcast()),
            None => Ok(callable),
        }
    }
}

wrapper_type! {
    /// A `staticmethod`.
    StaticMethod, STATIC_METHOD, "staticmethod", new_static_method,
    |callable, _instance, _owner| Ok(callable),
    fn call(&self, args: Args<'_>) -> PyResult {
        match self.callable.get() {
            Some(callable) => call::call_args(&callable, args),
            None => Err(runtime_error!("uninitialized staticmethod object")),
        }
    }
}

fn is_abstract(callable: &Object) -> PyResult<bool> {
    match object::get_attr_opt(callable, id!(__isabstractmethod__))? {
        Some(flag) => object::is_true(&flag),
        None => Ok(false),
    }
}

/// Copies what identifies the function (`functools_wraps`).
fn copy_attributes(function: &Object, wrapper: &Object) -> PyResult<()> {
    for name in [id!(__module__), id!(__name__), id!(__qualname__), id!(__doc__)] {
        if let Some(value) = object::get_attr_opt(function, name)? {
            object::set_attr(wrapper, name, &value)?;
        }
    }
    Ok(())
}

/// An attribute of the wrapped function, kept in the wrapper's own dict from then on.
fn wrapped_attribute(wrapper: &Object, callable: &Slot, name: &Str) -> PyResult {
    let Some(dict) = object::dict_of(wrapper)? else { return Ok(none::none()) };
    if let Some(value) = dict.get_str(name)? {
        return Ok(value);
    }
    let callable = callable.get().unwrap_or_else(none::none);
    let value = object::get_attr(&callable, name)?;
    dict.set_str(name, &value)?;
    Ok(value)
}

fn set_own_attribute(wrapper: &Object, name: &Str, value: Option<&Object>) -> PyResult<()> {
    let Some(dict) = object::dict_of(wrapper)? else { return Ok(()) };
    match value {
        Some(value) => dict.set_str(name, value),
        None if dict.del_item(name.as_object())? => Ok(()),
        None => Err(crate::exceptions::attribute_error_with(wrapper, name, &name.to_string())),
    }
}
