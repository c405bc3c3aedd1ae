//! The object protocol: attributes, comparison, hash, repr, items.
//!
//! Answers to `Objects/object.c` and the object part of `Objects/abstract.c`.

#![allow(missing_docs, unused_variables)]

use gopy_object::typeobj::CompareOp;
use gopy_object::{Object, PyResult, Ref};

use crate::dict::Dict;
use crate::str::Str;

pub fn repr(o: &Object) -> PyResult<Ref<Str>> {
    todo!()
}

pub fn str(o: &Object) -> PyResult<Ref<Str>> {
    todo!()
}

pub fn ascii(o: &Object) -> PyResult<Ref<Str>> {
    todo!()
}

pub fn format(o: &Object, spec: &Str) -> PyResult<Ref<Str>> {
    todo!()
}

pub fn get_attr(o: &Object, name: &Str) -> PyResult {
    todo!()
}

pub fn get_attr_opt(o: &Object, name: &Str) -> PyResult<Option<Ref>> {
    todo!()
}

pub fn has_attr(o: &Object, name: &Str) -> PyResult<bool> {
    todo!()
}

pub fn set_attr(o: &Object, name: &Str, value: &Object) -> PyResult<()> {
    todo!()
}

pub fn del_attr(o: &Object, name: &Str) -> PyResult<()> {
    todo!()
}

pub fn generic_get_attr(o: &Object, name: &Object) -> PyResult {
    todo!()
}

pub fn generic_get_attr_opt(o: &Object, name: &Str) -> PyResult<Option<Ref>> {
    todo!()
}

pub fn generic_set_attr(o: &Object, name: &Object, value: Option<&Object>) -> PyResult<()> {
    todo!()
}

pub fn lookup_special(o: &Object, name: &Str) -> PyResult<Option<Ref>> {
    todo!()
}

pub fn rich_compare(a: &Object, b: &Object, op: CompareOp) -> PyResult {
    todo!()
}

pub fn compare_bool(a: &Object, b: &Object, op: CompareOp) -> PyResult<bool> {
    todo!()
}

pub fn eq(a: &Object, b: &Object) -> PyResult<bool> {
    todo!()
}

pub fn hash(o: &Object) -> PyResult<isize> {
    todo!()
}

pub fn hash_not_implemented(o: &Object) -> PyResult<isize> {
    todo!()
}

pub fn hash_pointer(o: &Object) -> isize {
    todo!()
}

pub fn is_true(o: &Object) -> PyResult<bool> {
    todo!()
}

pub fn len(o: &Object) -> PyResult<usize> {
    todo!()
}

pub fn length_hint(o: &Object, default: usize) -> PyResult<usize> {
    todo!()
}

pub fn get_item(o: &Object, key: &Object) -> PyResult {
    todo!()
}

pub fn get_item_opt(o: &Object, key: &Object) -> PyResult<Option<Ref>> {
    todo!()
}

pub fn set_item(o: &Object, key: &Object, value: &Object) -> PyResult<()> {
    todo!()
}

pub fn del_item(o: &Object, key: &Object) -> PyResult<()> {
    todo!()
}

pub fn is_instance(o: &Object, class: &Object) -> PyResult<bool> {
    todo!()
}

pub fn is_subclass(class: &Object, of: &Object) -> PyResult<bool> {
    todo!()
}

pub fn is_callable(o: &Object) -> bool {
    todo!()
}

pub fn dir(o: &Object) -> PyResult {
    todo!()
}

pub fn dict_of(o: &Object) -> PyResult<Option<Ref<Dict>>> {
    todo!()
}

pub fn set_dict(o: &Object, value: Option<&Object>) -> PyResult<()> {
    todo!()
}

pub fn self_iter(o: &Object) -> PyResult {
    todo!()
}
