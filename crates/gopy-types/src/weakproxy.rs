//! `weakref.ProxyType` and `weakref.CallableProxyType`.
//!
//! Answers to the proxies of `Objects/weakrefobject.c`. A proxy is a [`WeakRef`] of another type;
//! every operation goes to the referent.

use gopy_core::error::{reference_error, type_error};
use gopy_core::object::MethodLookup;
use gopy_core::str::Str;
use gopy_core::{call, id, iter, number, object, sequence, type_, weakref};
use gopy_macros::{pyclass, pymethods, pyslots};
use gopy_object::typeobj::CompareOp;
use gopy_object::weakref::WeakRef;
use gopy_object::{Args, Instance, Object, PyResult, Ref};

/// A proxy of an object that can't be called.
#[pyclass(name = "weakref.ProxyType", static = PROXY, basicsize = 64,
    flags(HAVE_GC, DISALLOW_INSTANTIATION))]
#[repr(C)]
pub struct Proxy {
    reference: WeakRef,
}

/// A proxy of an object that can be called.
#[pyclass(name = "weakref.CallableProxyType", static = CALLABLE_PROXY, basicsize = 64,
    flags(HAVE_GC, DISALLOW_INSTANTIATION), no_methods)]
#[repr(C)]
pub struct CallableProxy {
    reference: WeakRef,
}

/// `weakref.proxy(object, callback)`; a proxy without callback is shared.
///
/// # Errors
///
/// `TypeError` where the object can't be referred to weakly.
pub fn new_proxy(referent: &Object, callback: Option<&Object>) -> PyResult {
    let ty = if object::is_callable(referent) { &CALLABLE_PROXY } else { &PROXY };
    type_::ready(ty)?;
    weakref::new_of_type(ty, referent, callback).map(Ref::upcast)
}

/// The weak reference that a proxy is.
pub fn as_reference(o: &Object) -> Option<&WeakRef> {
    if let Some(proxy) = o.downcast_exact::<Proxy>() {
        return Some(&proxy.reference);
    }
    o.downcast_exact::<CallableProxy>().map(|proxy| &proxy.reference)
}

fn referent(reference: &WeakRef) -> PyResult {
    reference.upgrade().ok_or_else(|| reference_error!("weakly-referenced object no longer exists"))
}

/// What a proxy stands for; any other object itself.
fn unwrap(o: &Object) -> PyResult {
    match as_reference(o) {
        Some(reference) => referent(reference),
        None => Ok(o.to_ref()),
    }
}

#[pymethods]
impl Proxy {
    #[pymethod("($self, /)")]
    fn __bytes__(&self) -> PyResult {
        call::call_method(&*referent(&self.reference)?, id!(__bytes__), &[])
    }

    #[pymethod("($self, /)")]
    fn __reversed__(&self) -> PyResult {
        let target = referent(&self.reference)?;
        match object::get_method(&target, id!(__reversed__))? {
            MethodLookup::Unbound(function) => call::call_one(&function, &target),
            MethodLookup::Value(value) => call::call_no_args(&value),
        }
    }
}

macro_rules! proxy_slots {
    ($ty:ident [$($extra:item)*] $($slot:ident $op:ident,)*; $($unary:ident $unary_op:ident,)*) => {
        #[pyslots]
        impl $ty {
            fn repr(&self) -> PyResult<String> {
                let address = self.as_object().id();
                let Some(target) = self.reference.upgrade() else {
                    return Ok(format!("<weakproxy at {address:#x}; dead>"));
                };
                let ty = type_::qualified_name(target.type_())?;
                Ok(format!("<weakproxy at {address:#x}; to '{ty}' at {:#x}>", target.id()))
            }

            fn str(&self) -> PyResult<Ref<Str>> {
                object::str(&*referent(&self.reference)?)
            }

            fn getattro(this: &Object, name: &Object) -> PyResult {
                object::get_attr_object(&*unwrap(this)?, name)
            }

            fn setattro(&self, name: &Object, value: Option<&Object>) -> PyResult<()> {
                let target = referent(&self.reference)?;
                let name = object::attribute_name(name)?;
                match value {
                    Some(value) => object::set_attr(&target, name, value),
                    None => object::del_attr(&target, name),
                }
            }

            fn richcompare(&self, other: &Object, op: CompareOp) -> PyResult {
                object::rich_compare(&*referent(&self.reference)?, &*unwrap(other)?, op)
            }

            fn iter(&self) -> PyResult {
                iter::get_iter(&*referent(&self.reference)?)
            }

            fn iternext(&self) -> PyResult<Option<Ref>> {
                let target = referent(&self.reference)?;
                if !iter::is_iterator(&target) {
                    return Err(type_error!(
                        "Weakref proxy referenced a non-iterator '{:.200}' object",
                        target.type_name()
                    ));
                }
                iter::next(&target)
            }

            fn nb_bool(&self) -> PyResult<bool> {
                object::is_true(&*referent(&self.reference)?)
            }

            fn nb_power(a: &Object, b: &Object, c: &Object) -> PyResult {
                number::power(&*unwrap(a)?, &*unwrap(b)?, &*unwrap(c)?)
            }

            fn nb_inplace_power(a: &Object, b: &Object, c: &Object) -> PyResult {
                number::inplace_power(&*unwrap(a)?, &*unwrap(b)?, &*unwrap(c)?)
            }

            fn mp_length(&self) -> PyResult<usize> {
                object::len(&*referent(&self.reference)?)
            }

            fn sq_length(&self) -> PyResult<usize> {
                object::len(&*referent(&self.reference)?)
            }

            fn sq_contains(&self, value: &Object) -> PyResult<bool> {
                sequence::contains(&*referent(&self.reference)?, value)
            }

            fn mp_subscript(this: &Object, key: &Object) -> PyResult {
                object::get_item(&*unwrap(this)?, &*unwrap(key)?)
            }

            fn mp_ass_subscript(&self, key: &Object, value: Option<&Object>) -> PyResult<()> {
                let target = referent(&self.reference)?;
                match value {
                    Some(value) => object::set_item(&target, key, value),
                    None => object::del_item(&target, key),
                }
            }

            $(fn $slot(a: &Object, b: &Object) -> PyResult {
                number::$op(&*unwrap(a)?, &*unwrap(b)?)
            })*

            $(fn $unary(a: &Object) -> PyResult {
                number::$unary_op(&*unwrap(a)?)
            })*

            fn nb_index(a: &Object) -> PyResult {
                number::index(&*unwrap(a)?).map(Ref::upcast)
            }

            $($extra)*
        }
    };
    ($ty:ident [$($extra:item)*]) => {
        proxy_slots! {
            $ty [$($extra)*]
            nb_add add, nb_subtract subtract, nb_multiply multiply, nb_remainder remainder,
            nb_divmod divmod, nb_lshift lshift, nb_rshift rshift, nb_and and, nb_xor xor, nb_or or,
            nb_floor_divide floor_divide, nb_true_divide true_divide,
            nb_matrix_multiply matrix_multiply, nb_inplace_add inplace_add,
            nb_inplace_subtract inplace_subtract, nb_inplace_multiply inplace_multiply,
            nb_inplace_remainder inplace_remainder, nb_inplace_lshift inplace_lshift,
            nb_inplace_rshift inplace_rshift, nb_inplace_and inplace_and,
            nb_inplace_xor inplace_xor, nb_inplace_or inplace_or,
            nb_inplace_floor_divide inplace_floor_divide,
            nb_inplace_true_divide inplace_true_divide,
            nb_inplace_matrix_multiply inplace_matrix_multiply,;
            nb_negative negative, nb_positive positive, nb_absolute absolute, nb_invert invert,
            nb_int long, nb_float float,
        }
    };
}

proxy_slots!(Proxy []);
proxy_slots!(CallableProxy [
    fn call(&self, args: Args<'_>) -> PyResult {
        call::call_args(&*referent(&self.reference)?, args)
    }
]);
