//! Context managers.
//!
//! Answers to LOAD_SPECIAL and WITH_EXCEPT_START of `Python/bytecodes.c` and `_Py_SpecialMethods`.

use gopy_bytecode::operators::SpecialMethod;
use gopy_core::call;
use gopy_core::error::{system_error, type_error};
use gopy_core::id;
use gopy_core::none;
use gopy_core::object::MethodLookup;
use gopy_core::str::Str;
use gopy_core::type_;
use gopy_object::{BaseException, Exception, Instance, Object, PyResult, TypeFlags};

use crate::stackref::StackRef;

fn name_of(method: SpecialMethod) -> &'static Str {
    match method {
        SpecialMethod::Enter => id!(__enter__),
        SpecialMethod::Exit => id!(__exit__),
        SpecialMethod::Aenter => id!(__aenter__),
        SpecialMethod::Aexit => id!(__aexit__),
    }
}

/// One of the context-manager methods, looked up on the type.
///
/// # Errors
///
/// `TypeError` where the type lacks it.
#[inline(never)]
pub fn lookup(owner: &Object, number: u32) -> PyResult<MethodLookup> {
    let Some(method) = SpecialMethod::from_number(number) else {
        return Err(system_error!("LOAD_SPECIAL of an unknown method"));
    };
    let Some(found) = type_::lookup(owner.type_(), name_of(method)) else {
        return Err(missing(owner, method));
    };
    if found.type_().has(TypeFlags::METHOD_DESCRIPTOR) {
        return Ok(MethodLookup::Unbound(found));
    }
    match found.type_().slots.descr_get.get() {
        Some(get) => {
            get(&found, Some(owner), Some(owner.type_().as_object())).map(MethodLookup::Value)
        }
        None => Ok(MethodLookup::Value(found)),
    }
}

/// The message, which hints at the other protocol where the object supports that.
#[cold]
fn missing(owner: &Object, method: SpecialMethod) -> Exception {
    let (protocol, other, names) = match method {
        SpecialMethod::Enter | SpecialMethod::Exit => {
            ("context manager", "async with", [id!(__aenter__), id!(__aexit__)])
        }
        SpecialMethod::Aenter | SpecialMethod::Aexit => {
            ("asynchronous context manager", "with", [id!(__enter__), id!(__exit__)])
        }
    };
    let supports_other = names.iter().all(|name| type_::lookup(owner.type_(), name).is_some());
    let hint = if supports_other {
        let kind = if other == "with" { "context manager" } else { "asynchronous context manager" };
        format!(" but it supports the {kind} protocol. Did you mean to use '{other}'?")
    } else {
        String::new()
    };
    let name = type_::qualified_name(owner.type_())
        .map_or_else(|_| owner.type_name().to_string(), |name| name.to_string());
    type_error!(
        "'{name}' object does not support the {protocol} protocol (missed {} method){hint}",
        method.method()
    )
}

/// `__exit__(type, value, traceback)`.
///
/// # Errors
///
/// What the method raises.
#[inline(never)]
pub fn call_exit(method: StackRef, self_object: StackRef, exception: &Object) -> PyResult {
    let traceback = exception
        .downcast::<BaseException>()
        .and_then(|exception| exception.traceback.get())
        .unwrap_or_else(none::none);
    let class = exception.type_().as_object();
    let method = method.as_object();
    match self_object.as_option() {
        Some(receiver) => call::call(method, &[receiver, class, exception, &traceback]),
        None => call::call(method, &[class, exception, &traceback]),
    }
}
