//! `weakref.ref`.
//!
//! Answers to `Objects/weakrefobject.c`. The layout is [`WeakRef`] in gopy-object; proxies are in
//! gopy-types.

use gopy_macros::{pymethods, pyslots};
use gopy_object::typeobj::{CompareOp, TypeSpec, WEAKREF};
use gopy_object::weakref::{self, WeakList, WeakRef};
use gopy_object::{Args, Instance, Object, PyResult, Ref, Type, TypeFlags, memory};

use crate::argument::{check_positional, no_keywords};
use crate::error::type_error;
use crate::str::Str;
use crate::{bool_, id, none, object, type_};

/// The declaration of `weakref.ReferenceType`; start-up attaches it to the type.
pub static SPEC: TypeSpec = TypeSpec {
    name: "weakref.ReferenceType",
    doc: None,
    text_signature: None,
    base: Some(&gopy_object::typeobj::OBJECT),
    flags: TypeFlags::BASETYPE.with(TypeFlags::HAVE_GC).with(TypeFlags::HAVE_VECTORCALL),
    basicsize: 64,
    itemsize: 0,
    dictoffset: 0,
    weaklistoffset: 0,
    payload: &gopy_object::typeobj::WEAKREF_PAYLOAD,
    methods: methods::METHODS,
    getsets: methods::GETSETS,
    members: methods::MEMBERS,
    slots: slots::fill_slots,
};

/// The weakref list of an object.
fn list_of(object: &Object) -> PyResult<&WeakList> {
    weakref::list_of(object).ok_or_else(|| {
        type_error!("cannot create weak reference to '{}' object", object.type_name())
    })
}

/// The shared reference and the shared proxy, the first ones of a list where they exist.
fn shared(list: &WeakList) -> (Option<&WeakRef>, Option<&WeakRef>) {
    let mut basic = None;
    let mut proxy = None;
    let mut next = list.first();
    while let Some(reference) = next.filter(|reference| reference.callback.is_empty()) {
        if reference.object.is_exact(&WEAKREF) {
            basic = Some(reference);
        } else if reference.object.type_().name().starts_with("weakref.") {
            proxy = Some(reference);
        } else {
            break;
        }
        next = reference.next();
    }
    (basic, proxy)
}

/// A reference of type `ty`; one without callback of exactly `ref` is shared.
///
/// # Errors
///
/// `TypeError` where the object can't be referred to weakly.
pub fn new_of_type(
    ty: &Type,
    referent: &Object,
    callback: Option<&Object>,
) -> PyResult<Ref<WeakRef>> {
    let list = list_of(referent)?;
    let callback = callback.filter(|callback| !none::is_none(callback));
    let shareable = callback.is_none() && !ty.is_heap();
    if shareable {
        let (basic, proxy) = shared(list);
        let wanted = if std::ptr::eq(ty, &*WEAKREF) { basic } else { proxy };
        if let Some(found) =
            wanted.filter(|found| found.object.is_exact(ty) && found.object.count() > 0)
        {
            return Ok(found.to_ref());
        }
    }
    let owned = callback.map(|callback| callback.to_ref());
    let reference = memory::alloc(ty, WeakRef::new(ty, referent, owned))?;
    // Allocation runs no Python, so what `shared` finds now is still true when it is used.
    let list = list_of(referent)?;
    let (basic, proxy) = shared(list);
    let after = if shareable && std::ptr::eq(ty, &*WEAKREF) {
        None
    } else if shareable {
        basic
    } else {
        proxy.or(basic)
    };
    weakref::publish(&reference, list, after);
    Ok(reference)
}

/// `weakref.ref(object, callback)`; a reference without callback is shared.
///
/// # Errors
///
/// `TypeError` where the object can't be referred to weakly.
pub fn new_ref(object: &Object, callback: Option<&Object>) -> PyResult<Ref<WeakRef>> {
    new_of_type(&WEAKREF, object, callback)
}

/// Methods and attributes.
#[pymethods(WeakRef)]
pub mod methods {
    use super::*;

    #[pymember]
    fn __callback__(this: &WeakRef) -> Ref {
        this.callback.get().unwrap_or_else(none::none)
    }

    #[pyclassmethod("($type, object, /)")]
    fn __class_getitem__(cls: &Type, object: &Object) -> PyResult {
        crate::generic_alias::GenericAlias::new(cls.as_object(), object).map(Ref::upcast)
    }
}

/// Slots.
#[pyslots(WeakRef)]
pub mod slots {
    use super::*;

    fn new(ty: &Type, args: Args<'_>) -> PyResult {
        if std::ptr::eq(ty, &*WEAKREF) {
            no_keywords("ReferenceType", args)?;
        }
        check_positional("__new__", args.len(), 1, 2)?;
        let Some(referent) = args.get(0) else { return Ok(none::none()) };
        new_of_type(ty, referent, args.get(1)).map(Ref::upcast)
    }

    fn init(_this: &WeakRef, args: Args<'_>) -> PyResult<()> {
        no_keywords("ReferenceType", args)?;
        check_positional("__init__", args.len(), 1, 2)
    }

    fn call(this: &WeakRef, args: Args<'_>) -> PyResult {
        if args.keyword_count() > 0 {
            return Err(type_error!("weakref.ReferenceType() takes no keyword arguments"));
        }
        check_positional("weakref", args.len(), 0, 0)?;
        Ok(this.upgrade().unwrap_or_else(none::none))
    }

    fn repr(this: &WeakRef) -> PyResult<String> {
        let address = this.as_object().id();
        let Some(referent) = this.upgrade() else {
            return Ok(format!("<weakref at {address:#x}; dead>"));
        };
        let name = object::lookup_special(&referent, id!(__name__))?;
        let name = name.as_ref().and_then(|name| name.downcast::<Str>());
        let ty = type_::qualified_name(referent.type_())?;
        let to = format!("'{ty}' at {:#x}", referent.id());
        Ok(match name {
            Some(name) => format!("<weakref at {address:#x}; to {to} ({name})>"),
            None => format!("<weakref at {address:#x}; to {to}>"),
        })
    }

    fn hash(this: &WeakRef) -> PyResult<isize> {
        if this.hash.get() != -1 {
            return Ok(this.hash.get());
        }
        let Some(referent) = this.upgrade() else {
            return Err(type_error!("weak object has gone away"));
        };
        let hash = object::hash(&referent)?;
        this.hash.set(hash);
        Ok(hash)
    }

    fn richcompare(this: &WeakRef, other: &Object, op: CompareOp) -> PyResult {
        let Some(other) = other.downcast::<WeakRef>() else {
            return Ok(none::not_implemented());
        };
        if !matches!(op, CompareOp::Eq | CompareOp::Ne) {
            return Ok(none::not_implemented());
        }
        match (this.upgrade(), other.upgrade()) {
            (Some(a), Some(b)) => object::rich_compare(&a, &b, op),
            _ => {
                let same = std::ptr::eq(this, other);
                Ok(bool_::bool_ref(same == (op == CompareOp::Eq)))
            }
        }
    }
}
