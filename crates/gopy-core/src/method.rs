//! `method`: a function bound to an instance.
//!
//! Answers to `Objects/classobject.c`.

use gopy_macros::{pyclass, pymethods, pyslots};
use gopy_object::typeobj::CompareOp;
use gopy_object::weakref::WeakList;
use gopy_object::{Args, Instance, Object, PyResult, Ref, Type, gc, memory};

use crate::argument::{check_positional, no_keywords};
use crate::error::type_error;
use crate::str::Str;
use crate::{bool_, call, id, import, none, object, tuple, type_};

/// A bound `method`.
#[pyclass(name = "method", static = METHOD, text_signature = "(function, instance, /)", basicsize = 48, weaklistoffset = 32,
    flags(HAVE_GC, HAVE_VECTORCALL), weaklist = weakrefs)]
#[repr(C)]
pub struct Method {
    object: Object,
    /// `__func__`.
    pub function: Ref,
    /// `__self__`.
    pub self_: Ref,
    weakrefs: WeakList,
}

impl Method {
    /// Binds `function` to `self_`.
    ///
    /// # Errors
    ///
    /// `MemoryError`.
    pub fn new(function: Ref, self_: Ref) -> PyResult<Ref<Method>> {
        let method = memory::alloc(
            &METHOD,
            Method {
                object: Object::header(&METHOD),
                function,
                self_,
                weakrefs: WeakList::empty(),
            },
        )?;
        Ok(gc::tracked(method))
    }
}

#[pymethods]
impl Method {
    #[pymethod("($self, /)")]
    fn __reduce__(&self) -> PyResult {
        let getattr = import::import_attr("builtins", "getattr")?;
        let name = object::get_attr(&self.function, id!(__name__))?;
        let args = tuple::from_array([self.self_.clone(), name]);
        Ok(tuple::from_array([getattr, args.upcast()]).upcast())
    }

    #[pymember]
    fn __func__(&self) -> Ref {
        self.function.clone()
    }

    #[pymember]
    fn __self__(&self) -> Ref {
        self.self_.clone()
    }

    #[pygetter]
    fn __doc__(&self) -> PyResult {
        Ok(object::get_attr_opt(&self.function, id!(__doc__))?.unwrap_or_else(none::none))
    }
}

#[pyslots]
impl Method {
    fn tp_new(_ty: &Type, args: Args<'_>) -> PyResult {
        no_keywords("method", args)?;
        check_positional("method", args.len(), 2, 2)?;
        let (Some(function), Some(instance)) = (args.get(0), args.get(1)) else {
            return Err(type_error!("method expected 2 arguments"));
        };
        if !object::is_callable(function) {
            return Err(type_error!("first argument must be callable"));
        }
        if none::is_none(instance) {
            return Err(type_error!("instance must not be None"));
        }
        Method::new(function.to_ref(), instance.to_ref()).map(Ref::upcast)
    }

    fn repr(&self) -> PyResult<String> {
        let mut name = object::get_attr_opt(&self.function, id!(__qualname__))?;
        if name.is_none() {
            name = object::get_attr_opt(&self.function, id!(__name__))?;
        }
        let name = name.as_ref().and_then(|name| name.downcast::<Str>());
        let name = name.map_or_else(|| "?".to_owned(), ToString::to_string);
        Ok(format!("<bound method {name} of {}>", object::repr(&self.self_)?))
    }

    fn hash(&self) -> PyResult<isize> {
        let hash = object::hash_pointer(&self.self_) ^ object::hash(&self.function)?;
        Ok(if hash == -1 { -2 } else { hash })
    }

    fn richcompare(&self, other: &Object, op: CompareOp) -> PyResult {
        let Some(other) = other.downcast_exact::<Method>() else {
            return Ok(none::not_implemented());
        };
        if !matches!(op, CompareOp::Eq | CompareOp::Ne) {
            return Ok(none::not_implemented());
        }
        let equal = object::eq(&self.function, &other.function)? && self.self_.is(&*other.self_);
        Ok(bool_::bool_ref(equal == (op == CompareOp::Eq)))
    }

    fn call(&self, args: Args<'_>) -> PyResult {
        args.prepend(&self.self_, |args| call::call_args(&self.function, args))
    }

    fn getattro(&self, name: &Object) -> PyResult {
        let text = object::attribute_name(name)?;
        let ty = self.as_object().type_();
        if let Some(descriptor) = type_::lookup(ty, text) {
            return match descriptor.type_().slots.descr_get.get() {
                Some(get) => get(&descriptor, Some(self.as_object()), Some(ty.as_object())),
                None => Ok(descriptor),
            };
        }
        object::get_attr(&self.function, text)
    }

    fn descr_get(&self, _instance: Option<&Object>, _owner: Option<&Object>) -> Ref {
        // Already bound.
        self.as_object().to_ref()
    }
}

/// An `instancemethod`: any callable that binds like a function.
#[pyclass(name = "instancemethod", static = INSTANCE_METHOD, text_signature = "(function, /)", basicsize = 24, flags(HAVE_GC))]
#[repr(C)]
pub struct InstanceMethod {
    object: Object,
    function: Ref,
}

impl InstanceMethod {
    /// Wraps a callable.
    ///
    /// # Errors
    ///
    /// `MemoryError`.
    pub fn new(function: Ref) -> PyResult<Ref<InstanceMethod>> {
        let method = memory::alloc(
            &INSTANCE_METHOD,
            InstanceMethod { object: Object::header(&INSTANCE_METHOD), function },
        )?;
        Ok(gc::tracked(method))
    }
}

#[pymethods]
impl InstanceMethod {
    #[pymember]
    fn __func__(&self) -> Ref {
        self.function.clone()
    }

    #[pygetter]
    fn __doc__(&self) -> PyResult {
        Ok(object::get_attr_opt(&self.function, id!(__doc__))?.unwrap_or_else(none::none))
    }
}

#[pyslots]
impl InstanceMethod {
    fn tp_new(_ty: &Type, args: Args<'_>) -> PyResult {
        no_keywords("instancemethod", args)?;
        check_positional("instancemethod", args.len(), 1, 1)?;
        let Some(function) = args.get(0).filter(|function| object::is_callable(function)) else {
            return Err(type_error!("first argument must be callable"));
        };
        InstanceMethod::new(function.to_ref()).map(Ref::upcast)
    }

    fn repr(&self) -> PyResult<String> {
        let name = object::get_attr_opt(&self.function, id!(__name__))?;
        let name = name.as_ref().and_then(|name| name.downcast::<Str>());
        let name = name.map_or_else(|| "?".to_owned(), ToString::to_string);
        Ok(format!("<instancemethod {name} at {:#x}>", self.as_object().id()))
    }

    fn call(&self, args: Args<'_>) -> PyResult {
        call::call_args(&self.function, args)
    }

    fn descr_get(&self, instance: Option<&Object>, _owner: Option<&Object>) -> PyResult {
        match instance {
            Some(instance) => Ok(Method::new(self.function.clone(), instance.to_ref())?.upcast()),
            None => Ok(self.function.clone()),
        }
    }

    fn getattro(&self, name: &Object) -> PyResult {
        let text = object::attribute_name(name)?;
        let ty = self.as_object().type_();
        if let Some(descriptor) = type_::lookup(ty, text) {
            return match descriptor.type_().slots.descr_get.get() {
                Some(get) => get(&descriptor, Some(self.as_object()), Some(ty.as_object())),
                None => Ok(descriptor),
            };
        }
        object::get_attr(&self.function, text)
    }

    fn richcompare(&self, other: &Object, op: CompareOp) -> PyResult {
        let Some(other) = other.downcast_exact::<InstanceMethod>() else {
            return Ok(none::not_implemented());
        };
        if !matches!(op, CompareOp::Eq | CompareOp::Ne) {
            return Ok(none::not_implemented());
        }
        let equal = object::eq(&self.function, &other.function)?;
        Ok(bool_::bool_ref(equal == (op == CompareOp::Eq)))
    }
}
