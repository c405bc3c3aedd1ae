//! Descriptors of built-in types: methods, slot wrappers, computed attributes, fields, and
//! `mappingproxy`.
//!
//! Answers to `Objects/descrobject.c`.

#![allow(missing_docs, unused_variables)]

use gopy_object::native::{GetSetDef, MemberDef, MethodDef};
use gopy_object::{Object, PyResult, Ref, Type};

use crate::dict::Dict;
use crate::str::Str;
use crate::type_::slotdefs::SlotDef;
use crate::type_::slots::SlotValue;

/// A `method_descriptor`.
pub fn new_method(ty: &Type, def: &'static MethodDef) -> PyResult {
    todo!()
}
/// A `classmethod_descriptor`.
pub fn new_class_method(ty: &Type, def: &'static MethodDef) -> PyResult {
    todo!()
}
/// A `getset_descriptor`.
pub fn new_getset(ty: &Type, def: &'static GetSetDef) -> PyResult {
    todo!()
}
/// A `member_descriptor` of a built-in type's field.
pub fn new_member(ty: &Type, def: &'static MemberDef) -> PyResult {
    todo!()
}
/// A `member_descriptor` of a `__slots__` word at byte `offset` of the instance (`Py_T_OBJECT_EX`;
/// AttributeError when empty); the word is a `Slot`.
pub fn new_slot(ty: &Type, name: &Str, offset: usize) -> PyResult {
    todo!()
}
/// A `wrapper_descriptor`; calling it is `type_::wrap::call(def, function, self_, args)`, its
/// `__text_signature__` and `__doc__` are `def.text_signature()` and `def.doc`.
pub fn new_wrapper(ty: &Type, def: &'static SlotDef, function: SlotValue) -> PyResult {
    todo!()
}
/// The declaration, function and owner of an object that is a `wrapper_descriptor`.
pub fn wrapper_parts(descriptor: &Object) -> Option<(&'static SlotDef, SlotValue, &Type)> {
    todo!()
}
/// The declaration and owner of an object that is exactly a `method_descriptor`.
pub fn method_parts(descriptor: &Object) -> Option<(&'static MethodDef, &Type)> {
    todo!()
}
/// A `mappingproxy` of a dict.
pub fn new_proxy(mapping: &Object) -> PyResult {
    todo!()
}
/// Whether an object is a data descriptor.
pub fn is_data_descriptor(object: &Object) -> bool {
    object.type_().slots.descr_set.get().is_some()
}
