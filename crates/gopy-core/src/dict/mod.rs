//! `dict`: insertion-ordered hash table with CPython's probing, split tables and inline values.
//!
//! Answers to `Objects/dictobject.c`.

#![allow(missing_docs, unused_variables)]

use std::cell::Cell;

use gopy_macros::pyclass;
use gopy_object::{Object, PyResult, Ref, Type};

use crate::list::List;
use crate::str::Str;

/// A `dict`.
#[pyclass(name = "dict", static = DICT, basicsize = 48,
    flags(BASETYPE, HAVE_GC, DICT_SUBCLASS, MAPPING, MATCH_SELF), no_methods, no_slots, manual_traverse)]
#[repr(C)]
pub struct Dict {
    object: Object,
    used: Cell<usize>,
}

impl gopy_object::Traverse for Dict {
    fn traverse(&self, visit: &mut gopy_object::Visitor<'_>) {
        todo!()
    }
    fn clear(&self) {
        todo!()
    }
}

impl Dict {
    pub fn new() -> Ref<Dict> {
        todo!()
    }
    pub fn with_capacity(capacity: usize) -> Ref<Dict> {
        todo!()
    }
    #[inline(always)]
    pub fn len(&self) -> usize {
        self.used.get()
    }
    pub fn get_item(&self, key: &Object) -> PyResult<Option<Ref>> {
        todo!()
    }
    /// For dicts whose keys are all strings this runs no Python; other keys are compared.
    pub fn get_str(&self, key: &Str) -> PyResult<Option<Ref>> {
        todo!()
    }
    pub fn set_item(&self, key: &Object, value: &Object) -> PyResult<()> {
        todo!()
    }
    pub fn set_str(&self, key: &Str, value: &Object) -> PyResult<()> {
        todo!()
    }
    /// Whether the key was there.
    pub fn del_item(&self, key: &Object) -> PyResult<bool> {
        todo!()
    }
    pub fn pop(&self, key: &Object) -> PyResult<Option<Ref>> {
        todo!()
    }
    pub fn set_default(&self, key: &Object, value: &Object) -> PyResult<Ref> {
        todo!()
    }
    pub fn contains(&self, key: &Object) -> PyResult<bool> {
        todo!()
    }
    pub fn clear_items(&self) {
        todo!()
    }
    pub fn copy(&self) -> PyResult<Ref<Dict>> {
        todo!()
    }
    /// `update(other)` with `other` a mapping; `overwrite` as `PyDict_Merge`.
    pub fn merge(&self, other: &Object, overwrite: bool) -> PyResult<()> {
        todo!()
    }
    /// The next entry; `position` starts at 0 and is opaque. The dict may change meanwhile.
    pub fn next(&self, position: &mut usize) -> Option<(Ref, Ref)> {
        todo!()
    }
    pub fn keys(&self) -> Ref<List> {
        todo!()
    }
    pub fn values(&self) -> Ref<List> {
        todo!()
    }
    pub fn items(&self) -> Ref<List> {
        todo!()
    }
    /// Whether the keys table is a shared one.
    pub fn is_split(&self) -> bool {
        todo!()
    }
    /// Version of the keys table for specialisation, 0 where none can be had.
    pub fn keys_version(&self) -> u32 {
        todo!()
    }
}

/// Inline values and managed dicts of instances.
pub mod instance {
    use super::*;

    /// Makes the shared keys of a new heap type with `INLINE_VALUES`; sets `cached_keys` and
    /// `inline_values_size`.
    pub fn init_shared_keys(ty: &Type) {
        todo!()
    }
    /// Releases the shared keys of a dying type.
    pub fn release_shared_keys(ty: &Type) {
        todo!()
    }
    /// Writes the head of the inline values of a new instance.
    pub fn init_inline_values(o: &Object) {
        todo!()
    }
    /// The attribute in the inline values or managed dict, without looking at the type.
    pub fn get_attr(o: &Object, name: &Str) -> PyResult<Option<Ref>> {
        todo!()
    }
    /// Stores or deletes; deletion of a missing name is `Ok(false)`.
    pub fn set_attr(o: &Object, name: &Str, value: Option<&Object>) -> PyResult<bool> {
        todo!()
    }
    /// The instance's dict, materialised from its inline values when needed; `None` where the type
    /// has no managed dict.
    pub fn managed_dict(o: &Object) -> PyResult<Option<Ref<Dict>>> {
        todo!()
    }
    /// Replaces the managed dict (`__dict__ = …`).
    pub fn set_managed_dict(o: &Object, dict: Option<&Dict>) -> PyResult<()> {
        todo!()
    }
    pub fn release(o: &Object) {
        todo!()
    }
    pub fn traverse(o: &Object, visit: &mut gopy_object::Visitor<'_>) {
        todo!()
    }
    pub fn clear(o: &Object) {
        todo!()
    }
}
