//! `object`, the base of all types.
//!
//! Answers to `PyBaseObject_Type` in `Objects/typeobject.c`; pickling is in [`super::reduce`].

use gopy_macros::{pymethods, pyslots};
use gopy_object::typeobj::{CompareOp, OBJECT};
use gopy_object::{Args, Instance, Object, PyResult, Ref, Slots, Type, TypeFlags, TypeSpec};

use crate::dict::Dict;
use crate::error::type_error;
use crate::list::List;
use crate::str::Str;
use crate::{dict, hooks, id, none, object, str};

use super::slots::SlotId;

/// The declaration of `object`.
pub(super) static SPEC: TypeSpec = TypeSpec {
    name: "object",
    doc: Some(
        "The base class of the class hierarchy.\n\nWhen called, it accepts no arguments and returns a \
         new featureless\ninstance that has no instance attributes and cannot be given any.\n",
    ),
    text_signature: Some("()"),
    base: None,
    flags: TypeFlags::BASETYPE,
    basicsize: 16,
    itemsize: 0,
    dictoffset: 0,
    weaklistoffset: 0,
    payload: &gopy_object::typeobj::OBJECT_PAYLOAD,
    methods: methods::METHODS,
    getsets: methods::GETSETS,
    members: methods::MEMBERS,
    slots: fill_slots,
};

fn fill_slots(to: &Slots) {
    slots::fill_slots(to);
    // The functions themselves: others compare with them.
    to.getattro.set(Some(object::generic_get_attr));
    to.setattro.set(Some(object::generic_set_attr));
}

/// Adds everything that `class` and its bases have to `into`, bases last.
pub(super) fn merge_class_dict(into: &Dict, class: &Object) -> PyResult<()> {
    if let Some(dict) = object::get_attr_opt(class, id!(__dict__))? {
        into.merge(&dict, true)?;
    }
    if let Some(bases) = object::get_attr_opt(class, id!(__bases__))? {
        // Nobody promises that these are a real tuple.
        let count = object::len(&bases)?;
        for index in 0..count {
            let base = crate::sequence::item(&bases, index as isize)?;
            merge_class_dict(into, &base)?;
        }
    }
    Ok(())
}

#[pymethods(Object)]
mod methods {
    use super::*;

    #[pymethod("($self, protocol, /)")]
    fn __reduce_ex__(this: &Object, protocol: i32) -> PyResult {
        super::super::reduce::reduce_ex(this, protocol)
    }

    #[pymethod("($self, /)")]
    fn __reduce__(this: &Object) -> PyResult {
        super::super::reduce::common(this, 0)
    }

    #[pymethod("($self, /)")]
    fn __getstate__(this: &Object) -> PyResult {
        super::super::reduce::default_state(this, false)
    }

    #[pyclassmethod("($type, object, /)")]
    fn __subclasshook__(_cls: &Type, _object: &Object) -> Ref {
        none::not_implemented()
    }

    #[pyclassmethod("($type, /)")]
    fn __init_subclass__(_cls: &Type) -> Ref {
        none::none()
    }

    #[pymethod("($self, format_spec, /)")]
    fn __format__(this: &Object, format_spec: &Str) -> PyResult<Ref<Str>> {
        if !format_spec.is_empty() {
            return Err(type_error!(
                "unsupported format string passed to {:.200}.__format__",
                this.type_name()
            ));
        }
        object::str(this)
    }

    #[pymethod("($self, /)")]
    fn __sizeof__(this: &Object) -> PyResult<usize> {
        let ty = this.type_();
        let items = match ty.itemsize.get() {
            0 => 0,
            size => size * super::item_count(this),
        };
        Ok(ty.basicsize.get() + items)
    }

    #[pymethod("($self, /)")]
    fn __dir__(this: &Object) -> PyResult<Ref<List>> {
        let dict = match object::get_attr_opt(this, id!(__dict__))? {
            Some(own) => match own.downcast::<Dict>() {
                Some(own) => own.copy()?,
                None => Dict::new(),
            },
            None => Dict::new(),
        };
        if let Some(class) = object::get_attr_opt(this, id!(__class__))? {
            merge_class_dict(&dict, &class)?;
        }
        Ok(dict.keys())
    }

    #[pygetter]
    fn __class__(this: &Object) -> Ref<Type> {
        this.type_().to_ref()
    }

    #[pysetter]
    fn set___class__(this: &Object, value: Option<&Object>) -> PyResult<()> {
        super::set_class(this, value)
    }
}

/// `ob_size` of variable-size instances as far as this generic `__sizeof__` sees them.
fn item_count(this: &Object) -> usize {
    if let Some(tuple) = this.downcast::<gopy_object::typeobj::Tuple>() {
        return tuple.len();
    }
    if let Some(bytes) = this.downcast::<crate::bytes::Bytes>() {
        return bytes.as_slice().len();
    }
    0
}

/// `object.__class__ = value`.
fn set_class(this: &Object, value: Option<&Object>) -> PyResult<()> {
    let Some(value) = value else {
        return Err(type_error!("can't delete __class__ attribute"));
    };
    let Some(new) = value.downcast::<Type>() else {
        return Err(type_error!(
            "__class__ must be set to a class, not '{}' object",
            value.type_name()
        ));
    };
    (hooks::get().audit)("object.__setattr__", &[this, id!(__class__), value])?;
    let old = this.type_().to_ref();
    let module: &Type = &crate::module::MODULE;
    let both_modules = new.is_subtype(module) && old.is_subtype(module);
    if !both_modules && (new.has(TypeFlags::IMMUTABLETYPE) || old.has(TypeFlags::IMMUTABLETYPE)) {
        return Err(type_error!(
            "__class__ assignment only supported for mutable types or ModuleType subclasses"
        ));
    }
    super::layout::check_compatible(&old, new, "__class__")?;
    if old.has(TypeFlags::INLINE_VALUES) {
        // The shared keys belong to the old class.
        dict::instance::detach(this)?;
    }
    this.set_type(new);
    Ok(())
}

fn has_arguments(args: Args<'_>) -> bool {
    !args.is_empty() || args.keyword_count() > 0
}

/// Whether the type has `object`'s own function in a slot.
fn is_objects(ty: &Type, id: SlotId) -> bool {
    id.get(&ty.slots) == id.get(&OBJECT.slots)
}

#[cold]
fn abstract_error(ty: &Type) -> PyResult<gopy_object::Exception> {
    let methods = super::attributes::abstract_methods(ty)?;
    let names = crate::sequence::to_list(&methods)?;
    names.sort(None, false)?;
    let count = names.len();
    let joined = str::join(&Str::new("', '"), &names)?;
    let plural = if count > 1 { "s" } else { "" };
    Ok(type_error!(
        "Can't instantiate abstract class {} without an implementation for abstract method{plural} \
         '{joined}'",
        ty.name()
    ))
}

/// `<module.qualname object at 0x…>`
pub(crate) fn default_repr(this: &Object) -> PyResult {
    let ty = this.type_();
    let module = super::attributes::module_of(ty).ok();
    let module = module.as_ref().and_then(|module| module.downcast::<Str>());
    let text = match module {
        Some(module) if !module.eq_str("builtins") => {
            let qualname = super::attributes::qualname_of(ty);
            format!("<{module}.{qualname} object at {:#x}>", this.id())
        }
        _ => format!("<{} object at {:#x}>", ty.name(), this.id()),
    };
    Ok(Str::new(&text).upcast())
}

#[pyslots(Object)]
pub(super) mod slots {
    use super::*;

    fn new(ty: &Type, args: Args<'_>) -> PyResult {
        if has_arguments(args) {
            if !is_objects(ty, SlotId::New) {
                return Err(type_error!(
                    "object.__new__() takes exactly one argument (the type to instantiate)"
                ));
            }
            if is_objects(ty, SlotId::Init) {
                return Err(type_error!("{:.200}() takes no arguments", ty.name()));
            }
        }
        if ty.has(TypeFlags::IS_ABSTRACT) {
            return Err(abstract_error(ty)?);
        }
        super::super::generic_alloc(ty)
    }

    fn init(this: &Object, args: Args<'_>) -> PyResult<()> {
        if !has_arguments(args) {
            return Ok(());
        }
        let ty = this.type_();
        if !is_objects(ty, SlotId::Init) {
            return Err(type_error!(
                "object.__init__() takes exactly one argument (the instance to initialize)"
            ));
        }
        if is_objects(ty, SlotId::New) {
            return Err(type_error!(
                "{:.200}.__init__() takes exactly one argument (the instance to initialize)",
                ty.name()
            ));
        }
        Ok(())
    }

    fn repr(this: &Object) -> PyResult {
        default_repr(this)
    }

    fn str(this: &Object) -> PyResult {
        match this.type_().slots.repr.get() {
            Some(repr) => repr(this),
            None => default_repr(this),
        }
    }

    fn hash(this: &Object) -> PyResult<isize> {
        Ok(object::hash_pointer(this))
    }

    fn richcompare(this: &Object, other: &Object, op: CompareOp) -> PyResult {
        compare(this, other, op)
    }
}

/// `object`'s comparison: identity for `==`, the opposite of `==` for `!=`.
///
/// # Errors
///
/// What the type's own `==` raises.
pub fn compare(this: &Object, other: &Object, op: CompareOp) -> PyResult {
    match op {
        CompareOp::Eq if this.is(other) => Ok(crate::bool_::bool_ref(true)),
        CompareOp::Ne => {
            let Some(compare) = this.type_().slots.richcompare.get() else {
                return Ok(none::not_implemented());
            };
            let equal = compare(this, other, CompareOp::Eq)?;
            if none::is_not_implemented(&equal) {
                return Ok(equal);
            }
            Ok(crate::bool_::bool_ref(!object::is_true(&equal)?))
        }
        _ => Ok(none::not_implemented()),
    }
}
