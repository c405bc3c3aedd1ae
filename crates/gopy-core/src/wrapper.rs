//! Slot wrappers: `int.__add__` and the bound `(1).__add__`.
//!
//! Answers to `wrapper_descriptor` and `method-wrapper` in `Objects/descrobject.c`.

use gopy_macros::{pyclass, pymethods, pyslots};
use gopy_object::typeobj::CompareOp;
use gopy_object::{Args, Instance, Object, PyResult, Ref, Type, gc, memory};

use crate::descriptor::Descriptor;
use crate::error::type_error;
use crate::str::Str;
use crate::type_::slotdefs::SlotDef;
use crate::type_::slots::SlotValue;
use crate::type_::wrap;
use crate::{bool_, import, none, object, tuple};

/// The slot's declaration and function, as a field that owns nothing.
#[derive(Clone, Copy)]
struct Wrapped(&'static SlotDef, SlotValue);

gopy_object::leaf_traverse!(Wrapped);

/// A `wrapper_descriptor`.
#[pyclass(name = "wrapper_descriptor", static = WRAPPER_DESCRIPTOR, basicsize = 56,
    flags(HAVE_GC, DISALLOW_INSTANTIATION, METHOD_DESCRIPTOR))]
#[repr(C)]
pub struct WrapperDescriptor {
    base: Descriptor,
    wrapped: Wrapped,
}

/// Makes a wrapper of `ty`'s slot.
///
/// # Errors
///
/// `MemoryError`.
pub fn new(ty: &Type, def: &'static SlotDef, function: SlotValue) -> PyResult {
    let descriptor = memory::alloc(
        &WRAPPER_DESCRIPTOR,
        WrapperDescriptor {
            base: Descriptor::head(&WRAPPER_DESCRIPTOR, ty, (def.interned)()),
            wrapped: Wrapped(def, function),
        },
    )?;
    Ok(gc::tracked(descriptor).upcast())
}

/// The declaration, function and owner of a wrapper.
pub fn parts(descriptor: &Object) -> Option<(&'static SlotDef, SlotValue, &Type)> {
    let wrapper = descriptor.downcast_exact::<WrapperDescriptor>()?;
    Some((wrapper.wrapped.0, wrapper.wrapped.1, &wrapper.base.owner))
}

#[pymethods]
impl WrapperDescriptor {
    #[pymethod("($self, /)")]
    fn __reduce__(&self) -> PyResult {
        self.base.reduce()
    }

    #[pymember]
    fn __objclass__(&self) -> Ref<Type> {
        self.base.owner.clone()
    }

    #[pymember]
    fn __name__(&self) -> Ref<Str> {
        self.base.name.clone()
    }

    #[pygetter]
    fn __doc__(&self) -> Ref<Str> {
        Str::new(self.wrapped.0.doc)
    }

    #[pygetter]
    fn __qualname__(&self) -> PyResult {
        self.base.qualname()
    }

    #[pygetter]
    fn __text_signature__(&self) -> Ref<Str> {
        Str::new(self.wrapped.0.text_signature())
    }
}

#[pyslots]
impl WrapperDescriptor {
    fn repr(&self) -> String {
        self.base.display("slot wrapper")
    }

    fn call(&self, args: Args<'_>) -> PyResult {
        let (name, owner) = (&self.base.name, &self.base.owner);
        let Some(receiver) = args.get(0) else {
            return Err(type_error!(
                "descriptor '{name}' of '{:.100}' object needs an argument",
                owner.name()
            ));
        };
        if !object::real_is_instance(receiver, owner.as_object())? || !receiver.is_instance(owner) {
            return Err(type_error!(
                "descriptor '{name}' requires a '{:.100}' object but received a '{:.100}'",
                owner.name(),
                receiver.type_name()
            ));
        }
        wrap::call(self.wrapped.0, self.wrapped.1, receiver, args.skip(1))
    }

    fn descr_get(&self, instance: Option<&Object>, _owner: Option<&Object>) -> PyResult {
        let Some(instance) = instance else { return Ok(self.as_object().to_ref()) };
        self.base.check(instance)?;
        let bound = memory::alloc(
            &METHOD_WRAPPER,
            MethodWrapper {
                object: Object::header(&METHOD_WRAPPER),
                descriptor: self.to_ref(),
                self_: instance.to_ref(),
            },
        )?;
        Ok(gc::tracked(bound).upcast())
    }
}

/// A `method-wrapper`: a slot wrapper bound to an instance.
#[pyclass(name = "method-wrapper", static = METHOD_WRAPPER, basicsize = 32,
    flags(HAVE_GC, DISALLOW_INSTANTIATION))]
#[repr(C)]
pub struct MethodWrapper {
    object: Object,
    descriptor: Ref<WrapperDescriptor>,
    self_: Ref,
}

#[pymethods]
impl MethodWrapper {
    #[pymethod("($self, /)")]
    fn __reduce__(&self) -> PyResult {
        let getattr = import::import_attr("builtins", "getattr")?;
        let args =
            tuple::from_array([self.self_.clone(), self.descriptor.base.name.clone().upcast()]);
        Ok(tuple::from_array([getattr, args.upcast()]).upcast())
    }

    #[pymember]
    fn __self__(&self) -> Ref {
        self.self_.clone()
    }

    #[pygetter]
    fn __objclass__(&self) -> Ref<Type> {
        self.descriptor.base.owner.clone()
    }

    #[pygetter]
    fn __name__(&self) -> Ref<Str> {
        self.descriptor.base.name.clone()
    }

    #[pygetter]
    fn __qualname__(&self) -> PyResult {
        self.descriptor.base.qualname()
    }

    #[pygetter]
    fn __doc__(&self) -> Ref<Str> {
        Str::new(self.descriptor.wrapped.0.doc)
    }

    #[pygetter]
    fn __text_signature__(&self) -> Ref<Str> {
        Str::new(self.descriptor.wrapped.0.text_signature())
    }
}

#[pyslots]
impl MethodWrapper {
    fn repr(&self) -> String {
        format!(
            "<method-wrapper '{}' of {} object at {:#x}>",
            self.descriptor.base.name,
            self.self_.type_name(),
            self.self_.id()
        )
    }

    fn hash(&self) -> PyResult<isize> {
        let hash =
            object::hash_pointer(&self.self_) ^ object::hash_pointer(self.descriptor.as_object());
        Ok(if hash == -1 { -2 } else { hash })
    }

    fn richcompare(&self, other: &Object, op: CompareOp) -> Ref {
        let Some(other) = other.downcast_exact::<MethodWrapper>() else {
            return none::not_implemented();
        };
        let equal =
            self.descriptor.as_object().is(&*other.descriptor) && self.self_.is(&*other.self_);
        match op {
            CompareOp::Eq => bool_::bool_ref(equal),
            CompareOp::Ne => bool_::bool_ref(!equal),
            _ => none::not_implemented(),
        }
    }

    fn call(&self, args: Args<'_>) -> PyResult {
        let Wrapped(def, function) = self.descriptor.wrapped;
        wrap::call(def, function, &self.self_, args)
    }
}
