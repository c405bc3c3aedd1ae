//! `__slots__`: what a class body declares, and the `__dict__` and `__weakref__` attributes that
//! classes get.
//!
//! Answers to `type_new_slots` and `subtype_getsets_full` of `Objects/typeobject.c`.

use std::borrow::Cow;

use gopy_object::native::GetSetDef;
use gopy_object::typeobj::Tuple;
use gopy_object::{Instance, Object, PyResult, Ref, Type};

use crate::dict::Dict;
use crate::error::{type_error, value_error};
use crate::str::{self, Str};
use crate::{id, none, object, sequence, tuple};

use super::cache::lookup;

/// What a class adds to its base's layout.
pub(super) struct Added {
    /// Mangled, sorted names; `None` where the class declares no `__slots__`.
    pub(super) names: Option<Ref<Tuple>>,
    /// A dict.
    pub(super) dict: bool,
    /// Weak references.
    pub(super) weakref: bool,
}

/// Reads `__slots__` of a namespace.
pub(super) fn declare(
    class_name: &Str,
    bases: &Tuple,
    base: &Type,
    dict: &Dict,
) -> PyResult<Added> {
    let may_add_dict = base.dictoffset.get() == 0;
    let may_add_weakref = base.weaklistoffset.get() == 0 && base.itemsize.get() == 0;
    let Some(declared) = dict.get_str(id!(__slots__))? else {
        return Ok(Added { names: None, dict: may_add_dict, weakref: may_add_weakref });
    };
    let declared = if declared.downcast::<Str>().is_some() {
        tuple::from_array([declared])
    } else {
        sequence::to_tuple(&declared)?
    };
    if !declared.is_empty() && base.itemsize.get() != 0 {
        return Err(type_error!(
            "nonempty __slots__ not supported for subtype of '{}'",
            base.name()
        ));
    }
    let mut added = Added { names: None, dict: false, weakref: false };
    for item in declared.items() {
        let name = check_name(item)?;
        if name.eq_str("__dict__") {
            if !may_add_dict || added.dict {
                return Err(type_error!("__dict__ slot disallowed: we already got one"));
            }
            added.dict = true;
        }
        if name.eq_str("__weakref__") {
            if !may_add_weakref || added.weakref {
                return Err(type_error!("__weakref__ slot disallowed: we already got one"));
            }
            added.weakref = true;
        }
    }
    added.names = Some(mangled(class_name, &declared, &added, dict)?);
    // Secondary bases may bring a dict or weak references.
    for other in bases.items().iter().filter_map(|other| other.downcast::<Type>()) {
        if std::ptr::eq(other, base) {
            continue;
        }
        added.dict |= may_add_dict && other.dictoffset.get() != 0;
        added.weakref |= may_add_weakref && other.weaklistoffset.get() != 0;
    }
    Ok(added)
}

fn check_name(item: &Object) -> PyResult<&Str> {
    let Some(name) = item.downcast::<Str>() else {
        return Err(type_error!(
            "__slots__ items must be strings, not '{:.200}'",
            item.type_name()
        ));
    };
    if !name.is_identifier() {
        return Err(type_error!("__slots__ must be identifiers"));
    }
    Ok(name)
}

fn mangled(class_name: &Str, declared: &Tuple, added: &Added, dict: &Dict) -> PyResult<Ref<Tuple>> {
    let mut names: Vec<Ref<Str>> = Vec::new();
    for item in declared.items() {
        let Some(name) = item.downcast::<Str>() else { continue };
        if (added.dict && name.eq_str("__dict__")) || (added.weakref && name.eq_str("__weakref__"))
        {
            continue;
        }
        let name = mangle(class_name, name);
        let of_compiler = ["__qualname__", "__classcell__", "__classdictcell__"];
        if !of_compiler.iter().any(|known| name.eq_str(known)) && dict.contains(name.as_object())? {
            return Err(value_error!(
                "{} in __slots__ conflicts with class variable",
                object::repr(name.as_object())?
            ));
        }
        names.push(name);
    }
    // Sorted, so that classes with the same slots can be compared.
    names.sort_by(|a, b| a.compare(b));
    Ok(tuple::from_vec(names.into_iter().map(Ref::upcast).collect()))
}

/// Mangles a private name as the compiler does (`_Py_Mangle`).
pub fn mangle(class_name: &Str, name: &Str) -> Ref<Str> {
    let unchanged = || str::intern(name.slice(0, name.len()));
    let text: Cow<'_, [u8]> = name.to_wtf8();
    if !text.starts_with(b"__") || text.ends_with(b"__") || text.contains(&b'.') {
        return unchanged();
    }
    let class = class_name.to_wtf8();
    let Some(first) = class.iter().position(|byte| *byte != b'_') else { return unchanged() };
    let mut mangled = Vec::with_capacity(1 + class.len() - first + text.len());
    mangled.push(b'_');
    mangled.extend_from_slice(&class[first..]);
    mangled.extend_from_slice(&text);
    str::intern(Str::from_wtf8(&mangled))
}

/// `__dict__` of instances of Python classes.
pub(super) static DICT: GetSetDef = GetSetDef {
    name: "__dict__",
    doc: Some("dictionary for instance variables"),
    get: Some(get_dict),
    set: Some(set_dict),
};

/// `__weakref__` of instances of Python classes.
pub(super) static WEAKREF: GetSetDef = GetSetDef {
    name: "__weakref__",
    doc: Some("list of weak references to the object"),
    get: Some(get_weakref),
    set: None,
};

/// The `__dict__` descriptor of a built-in base, which goes before the generic one.
fn builtin_dict_descriptor(this: &Object) -> Option<Ref> {
    let mut ty = Some(this.type_().to_ref());
    while let Some(current) = ty {
        let base = current.base.get();
        if current.dictoffset.get() != 0 && !current.is_heap() {
            return lookup(&current, id!(__dict__))
                .filter(|found| found.type_().slots.descr_set.get().is_some());
        }
        ty = base;
    }
    None
}

fn no_dict(this: &Object) -> gopy_object::Exception {
    crate::error::type_error!(
        "this __dict__ descriptor does not support '{:.200}' objects",
        this.type_name()
    )
}

fn get_dict(this: &Object) -> PyResult {
    if let Some(descriptor) = builtin_dict_descriptor(this) {
        let Some(get) = descriptor.type_().slots.descr_get.get() else {
            return Err(no_dict(this));
        };
        return get(&descriptor, Some(this), Some(this.type_().as_object()));
    }
    match object::dict_of(this)? {
        Some(dict) => Ok(dict.upcast()),
        None => Err(crate::error::attribute_error_text!("This object has no __dict__")),
    }
}

fn set_dict(this: &Object, value: Option<&Object>) -> PyResult<()> {
    if let Some(descriptor) = builtin_dict_descriptor(this) {
        let Some(set) = descriptor.type_().slots.descr_set.get() else {
            return Err(no_dict(this));
        };
        return set(&descriptor, this, value);
    }
    object::set_dict(this, value)
}

fn get_weakref(this: &Object) -> PyResult {
    let Some(list) = gopy_object::weakref::list_of(this) else {
        return Err(crate::error::attribute_error_text!("This object has no __weakref__"));
    };
    match list.first() {
        Some(first) => Ok(first.as_object().to_ref()),
        None => Ok(none::none()),
    }
}
