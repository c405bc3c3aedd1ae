//! Computed attributes of types: `__name__`, `__bases__`, `__annotations__` and so on.
//!
//! Answers to `type_getsets` of `Objects/typeobject.c`.

use std::rc::Rc;

use gopy_object::typeobj::{TYPE, Tuple};
use gopy_object::{Args, Instance, Object, PyResult, Ref, Type, TypeFlags, TypeName};

use crate::dict::Dict;
use crate::error::{attribute_error_text, raise_with, type_error, value_error};
use crate::int::Int;
use crate::str::Str;
use crate::{call, descriptor, exceptions, hooks, id, none, object, str, tuple};

use super::cache::{dict_of, modified};
use super::{layout, mro, subclasses, update};

/// The last part of a static type's name.
pub(super) fn short_name(name: &str) -> &str {
    name.rsplit_once('.').map_or(name, |(_, name)| name)
}

/// `__name__`.
pub(super) fn name_of(ty: &Type) -> Ref<Str> {
    match ty.ht_name.get().map(Ref::downcast_ref::<Str>) {
        Some(Ok(name)) => name,
        _ => Str::new(short_name(&ty.name())),
    }
}

/// `__qualname__`.
pub(super) fn qualname_of(ty: &Type) -> Ref<Str> {
    match ty.ht_qualname.get().map(Ref::downcast_ref::<Str>) {
        Some(Ok(name)) => name,
        _ => Str::new(short_name(&ty.name())),
    }
}

/// `__module__`: of any type for Python classes, from the name for built-in types.
///
/// # Errors
///
/// AttributeError where a class has lost it.
pub(super) fn module_of(ty: &Type) -> PyResult {
    if ty.is_heap() {
        if let Some(dict) = dict_of(ty)
            && let Some(module) = dict.get_str(id!(__module__))?
        {
            return Ok(module);
        }
        if !ty.object.is_static() {
            return Err(attribute_error_text!("__module__"));
        }
    }
    match ty.name().rsplit_once('.') {
        Some((module, _)) => Ok(str::interned(module).upcast()),
        None => Ok(id!(builtins).to_ref().upcast()),
    }
}

/// `module.qualname`, without the module for `builtins` and `__main__`
/// (`PyType_GetFullyQualifiedName`).
///
/// # Errors
///
/// As `__module__`.
pub fn qualified_name(ty: &Type) -> PyResult<Ref<Str>> {
    if !ty.is_heap() {
        return Ok(Str::new(&ty.name()));
    }
    let qualname = qualname_of(ty);
    let module = module_of(ty)?;
    match module.downcast::<Str>() {
        Some(module) if !module.eq_str("builtins") && !module.eq_str("__main__") => {
            Ok(Str::new(&format!("{module}.{qualname}")))
        }
        _ => Ok(qualname),
    }
}

/// Refuses to change immutable types and to delete what every type has.
fn check_set<'a>(ty: &Type, value: Option<&'a Object>, name: &'static Str) -> PyResult<&'a Object> {
    if ty.has(TypeFlags::IMMUTABLETYPE) {
        return Err(type_error!("cannot set '{name}' attribute of immutable type '{}'", ty.name()));
    }
    let Some(value) = value else {
        return Err(type_error!(
            "cannot delete '{name}' attribute of immutable type '{}'",
            ty.name()
        ));
    };
    (hooks::get().audit)("object.__setattr__", &[ty.as_object(), name, value])?;
    Ok(value)
}

fn check_text<'a>(ty: &Type, value: &'a Object, name: &str) -> PyResult<&'a Str> {
    value.downcast::<Str>().ok_or_else(|| {
        type_error!("can only assign string to {}.{name}, not '{}'", ty.name(), value.type_name())
    })
}

/// The text of a type name, which C code must be able to read.
pub(super) fn check_type_name(name: &Str) -> PyResult<&str> {
    let text = name.to_utf8()?;
    if text.contains('\0') {
        return Err(value_error!("type name must not contain null characters"));
    }
    Ok(text)
}

pub(super) fn set_name(ty: &Type, value: Option<&Object>) -> PyResult<()> {
    let value = check_set(ty, value, id!(__name__))?;
    let name = check_text(ty, value, "__name__")?;
    let text = check_type_name(name)?;
    ty.set_name(TypeName::Heap(Rc::from(text)));
    ty.ht_name.set(Some(value.to_ref()));
    Ok(())
}

pub(super) fn set_qualname(ty: &Type, value: Option<&Object>) -> PyResult<()> {
    let value = check_set(ty, value, id!(__qualname__))?;
    check_text(ty, value, "__qualname__")?;
    ty.ht_qualname.set(Some(value.to_ref()));
    Ok(())
}

fn class_dict(ty: &Type) -> PyResult<&Dict> {
    dict_of(ty).ok_or_else(|| type_error!("type '{:.100}' has no dict", ty.name()))
}

/// Replaces an entry of the class dict; the old value dies when no cache can hold it any more.
fn store(ty: &Type, name: &Str, value: &Object) -> PyResult<()> {
    let dict = class_dict(ty)?;
    modified(ty);
    let old = dict.get_str(name)?;
    dict.set_str(name, value)?;
    modified(ty);
    drop(old);
    Ok(())
}

pub(super) fn set_module(ty: &Type, value: Option<&Object>) -> PyResult<()> {
    let value = check_set(ty, value, id!(__module__))?;
    modified(ty);
    let line = class_dict(ty)?.pop(id!(__firstlineno__))?;
    store(ty, id!(__module__), value)?;
    drop(line);
    Ok(())
}

pub(super) fn abstract_methods(ty: &Type) -> PyResult {
    // `type` itself has the descriptor under that name.
    if !std::ptr::eq(ty, &*TYPE)
        && let Some(dict) = dict_of(ty)
        && let Some(methods) = dict.get_str(id!(__abstractmethods__))?
    {
        return Ok(methods);
    }
    Err(raise_with(&exceptions::ATTRIBUTE_ERROR, &[id!(__abstractmethods__)]))
}

pub(super) fn set_abstract_methods(ty: &Type, value: Option<&Object>) -> PyResult<()> {
    let dict = class_dict(ty)?;
    let is_abstract = match value {
        Some(value) => {
            let is_abstract = object::is_true(value)?;
            dict.set_str(id!(__abstractmethods__), value)?;
            is_abstract
        }
        None => {
            if dict.pop(id!(__abstractmethods__))?.is_none() {
                let name = id!(__abstractmethods__);
                return Err(raise_with(&exceptions::ATTRIBUTE_ERROR, &[name]));
            }
            false
        }
    };
    modified(ty);
    if is_abstract {
        ty.add_flags(TypeFlags::IS_ABSTRACT);
    } else {
        ty.remove_flags(TypeFlags::IS_ABSTRACT);
    }
    Ok(())
}

/// Checks what is to become `__bases__`.
fn check_bases<'a>(ty: &Type, value: &'a Object) -> PyResult<&'a Tuple> {
    let Some(bases) = value.downcast::<Tuple>() else {
        return Err(type_error!(
            "can only assign tuple to {}.__bases__, not {}",
            ty.name(),
            value.type_name()
        ));
    };
    if bases.is_empty() {
        return Err(type_error!(
            "can only assign non-empty tuple to {}.__bases__, not ()",
            ty.name()
        ));
    }
    for item in bases.items() {
        let Some(base) = item.downcast::<Type>() else {
            return Err(type_error!(
                "{}.__bases__ must be tuple of classes, not '{}'",
                ty.name(),
                item.type_name()
            ));
        };
        // A `mro` method that assigns bases again sees MROs that are out of date, so look at the
        // chain of `__base__` too.
        if base.is_subtype(ty) || (!base.mro.is_empty() && mro::inherits_by_base(base, ty)) {
            return Err(type_error!("a __bases__ item causes an inheritance cycle"));
        }
    }
    Ok(bases)
}

pub(super) fn set_bases(ty: &Type, value: Option<&Object>) -> PyResult<()> {
    let value = check_set(ty, value, id!(__bases__))?;
    let new_bases = check_bases(ty, value)?;
    let new_base = layout::best_base(new_bases)?;
    let Some(old_base) = ty.base.get() else { return Ok(()) };
    layout::check_compatible(&old_base, &new_base, "__bases__")?;
    let old_bases = ty.bases.get();
    ty.bases.set(Some(new_bases.to_ref()));
    ty.base.set(Some(new_base));
    let mut changed = Vec::new();
    let still_ours = || ty.bases.get().is_some_and(|bases| std::ptr::eq(&*bases, new_bases));
    if let Err(error) = mro::set_hierarchy(ty, &mut changed) {
        for (class, old_mro) in changed.into_iter().rev() {
            class.mro.set(old_mro);
            modified(&class);
        }
        if still_ours() {
            ty.bases.set(old_bases);
            ty.base.set(Some(old_base));
        }
        return Err(error);
    }
    if still_ours() {
        if let Some(old_bases) = old_bases {
            subclasses::remove_from(&old_bases, ty);
        }
        subclasses::add_to_bases(ty)?;
        update::update_all(ty);
    }
    Ok(())
}

pub(super) fn doc(ty: &Type) -> PyResult {
    if !ty.is_heap()
        && let Some(doc) = ty.spec.get().and_then(|spec| spec.doc)
    {
        return Ok(Str::new(doc).upcast());
    }
    let Some(dict) = dict_of(ty) else { return Ok(none::none()) };
    let Some(doc) = dict.get_str(id!(__doc__))? else { return Ok(none::none()) };
    bind(doc, ty)
}

/// What a class attribute gives when it is read from the class.
fn bind(value: Ref, ty: &Type) -> PyResult {
    match value.type_().slots.descr_get.get() {
        Some(get) => get(&value, None, Some(ty.as_object())),
        None => Ok(value),
    }
}

pub(super) fn set_doc(ty: &Type, value: Option<&Object>) -> PyResult<()> {
    let value = check_set(ty, value, id!(__doc__))?;
    store(ty, id!(__doc__), value)
}

fn check_annotations_supported(ty: &Type, name: &str) -> PyResult<()> {
    if ty.is_heap() {
        return Ok(());
    }
    Err(attribute_error_text!("type object '{}' has no attribute '{name}'", ty.name()))
}

fn check_mutable(ty: &Type, name: &str) -> PyResult<()> {
    if !ty.has(TypeFlags::IMMUTABLETYPE) {
        return Ok(());
    }
    Err(type_error!("cannot set '{name}' attribute of immutable type '{}'", ty.name()))
}

pub(super) fn annotate(ty: &Type) -> PyResult {
    check_annotations_supported(ty, "__annotate__")?;
    let dict = class_dict(ty)?;
    let found = match dict.get_str(id!(__annotate__))? {
        Some(found) => Some(found),
        None => dict.get_str(id!(__annotate_func__))?,
    };
    match found {
        Some(found) => bind(found, ty),
        None => {
            dict.set_str(id!(__annotate_func__), none::none_object())?;
            Ok(none::none())
        }
    }
}

pub(super) fn set_annotate(ty: &Type, value: Option<&Object>) -> PyResult<()> {
    let Some(value) = value else {
        return Err(type_error!("cannot delete __annotate__ attribute"));
    };
    check_mutable(ty, "__annotate__")?;
    if !none::is_none(value) && !object::is_callable(value) {
        return Err(type_error!("__annotate__ must be callable or None"));
    }
    let dict = class_dict(ty)?;
    dict.set_str(id!(__annotate_func__), value)?;
    if !none::is_none(value) {
        drop(dict.pop(id!(__annotations_cache__))?);
    }
    modified(ty);
    Ok(())
}

pub(super) fn annotations(ty: &Type) -> PyResult {
    check_annotations_supported(ty, "__annotations__")?;
    let dict = class_dict(ty)?;
    let found = match dict.get_str(id!(__annotations__))? {
        Some(found) => Some(found),
        None => dict.get_str(id!(__annotations_cache__))?,
    };
    if let Some(found) = found {
        return bind(found, ty);
    }
    let annotate = object::get_attr(ty.as_object(), id!(__annotate__))?;
    let annotations = if object::is_callable(&annotate) {
        let annotations = call::call_one(&annotate, &Int::from_i64(1))?;
        if annotations.downcast::<Dict>().is_none() {
            return Err(type_error!(
                "__annotate__ returned non-dict of type '{:.100}'",
                annotations.type_name()
            ));
        }
        annotations
    } else {
        Dict::new().upcast()
    };
    dict.set_str(id!(__annotations_cache__), &annotations)?;
    modified(ty);
    Ok(annotations)
}

pub(super) fn set_annotations(ty: &Type, value: Option<&Object>) -> PyResult<()> {
    check_mutable(ty, "__annotations__")?;
    let dict = class_dict(ty)?;
    // What stands in the dict is replaced there, everything else is the cache's.
    let in_dict = dict.get_str(id!(__annotations__))?.is_some();
    let place = if in_dict { id!(__annotations__) } else { id!(__annotations_cache__) };
    match value {
        Some(value) => dict.set_str(place, value)?,
        None => {
            if dict.pop(place)?.is_none() {
                return Err(attribute_error_text!("__annotations__"));
            }
        }
    }
    if in_dict {
        drop(dict.pop(id!(__annotations_cache__))?);
    }
    drop(dict.pop(id!(__annotate_func__))?);
    drop(dict.pop(id!(__annotate__))?);
    modified(ty);
    Ok(())
}

pub(super) fn type_params(ty: &Type) -> PyResult {
    if !std::ptr::eq(ty, &*TYPE)
        && let Some(dict) = dict_of(ty)
        && let Some(params) = dict.get_str(id!(__type_params__))?
    {
        return Ok(params);
    }
    Ok(tuple::empty().upcast())
}

pub(super) fn set_type_params(ty: &Type, value: Option<&Object>) -> PyResult<()> {
    let value = check_set(ty, value, id!(__type_params__))?;
    store(ty, id!(__type_params__), value)
}

pub(super) fn dict_proxy(ty: &Type) -> PyResult {
    match ty.dict.get() {
        Some(dict) => descriptor::new_proxy(&dict),
        None => Ok(none::none()),
    }
}

/// `type.__prepare__`.
pub(super) fn prepare(_args: Args<'_>) -> Ref<Dict> {
    Dict::new()
}
