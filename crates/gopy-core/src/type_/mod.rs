//! `type`: creation, inheritance, MRO, attribute lookup.
//!
//! Answers to `Objects/typeobject.c`. The layout is [`Type`] in gopy-object.

#![allow(missing_docs, unused_variables)]

use gopy_object::{Args, Object, PyResult, Ref, Type};

use crate::dict::Dict;
use crate::str::Str;
use crate::tuple::Tuple;

/// Makes a built-in type ready: bases, MRO, dict with its descriptors, inherited slots.
pub fn ready(ty: &'static Type) -> PyResult<()> {
    todo!()
}
/// `type.__new__(metatype, name, bases, dict, **kwargs)`.
pub fn new_type(
    metatype: &Type,
    name: &Str,
    bases: &Tuple,
    dict: &Dict,
    args: Args<'_>,
) -> PyResult<Ref<Type>> {
    todo!()
}
/// The attribute in the MRO's dicts, through the method cache (`_PyType_Lookup`).
pub fn lookup(ty: &Type, name: &Str) -> Option<Ref> {
    todo!()
}
/// As `lookup`, with the version of the type that the answer holds for (0: none).
pub fn lookup_with_version(ty: &Type, name: &Str) -> (Option<Ref>, u32) {
    todo!()
}
/// Tells caches that the type has changed (`PyType_Modified`).
pub fn modified(ty: &Type) {
    todo!()
}
/// Gives the type a version tag where it can have one.
pub fn assign_version_tag(ty: &Type) -> bool {
    todo!()
}
/// The winning metaclass of `bases`.
pub fn calculate_metaclass(metatype: &Type, bases: &Tuple) -> PyResult<Ref<Type>> {
    todo!()
}
/// `module.qualname`, without the module for built-ins (`PyType_GetFullyQualifiedName`).
pub fn qualified_name(ty: &Type) -> PyResult<Ref<Str>> {
    todo!()
}
pub fn subclasses(ty: &Type) -> Vec<Ref<Type>> {
    todo!()
}
/// `object.__new__`'s allocation: an instance with its inline values set up, tracked.
pub fn generic_alloc(ty: &Type) -> PyResult {
    todo!()
}
/// Calls the type: `__new__`, then `__init__`.
pub fn call(ty: &Type, args: Args<'_>) -> PyResult {
    todo!()
}

/// `type.__getattribute__`, a miss is `None`.
pub fn type_get_attr_opt(ty: &Type, name: &Str) -> PyResult<Option<Ref>> {
    todo!()
}
