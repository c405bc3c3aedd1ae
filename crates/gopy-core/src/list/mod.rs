//! `list`: a growable array of owned references.
//!
//! Answers to `Objects/listobject.c`. Start at [`List`].

#![allow(missing_docs, unused_variables)]

use gopy_macros::pyclass;
use gopy_object::{Object, PyResult, Ref, RefArray};

use crate::tuple::Tuple;

/// A `list`.
#[pyclass(name = "list", static = LIST, basicsize = 40,
    flags(BASETYPE, HAVE_GC, LIST_SUBCLASS, SEQUENCE, MATCH_SELF), no_methods, no_slots)]
#[repr(C)]
pub struct List {
    object: Object,
    items: RefArray,
}

impl List {
    pub fn new() -> Ref<List> {
        todo!()
    }
    pub fn from_vec(items: Vec<Ref>) -> Ref<List> {
        todo!()
    }
    #[inline(always)]
    pub fn len(&self) -> usize {
        todo!()
    }
    #[inline(always)]
    pub fn get(&self, index: usize) -> Option<Ref> {
        todo!()
    }
    pub fn push(&self, item: Ref) -> PyResult<()> {
        todo!()
    }
    pub fn insert(&self, index: isize, item: Ref) -> PyResult<()> {
        todo!()
    }
    /// Replaces item `index` of a list that is at least that long; the old one is handed out.
    pub fn replace(&self, index: usize, item: Ref) -> Ref {
        todo!()
    }
    pub fn extend(&self, iterable: &Object) -> PyResult<()> {
        todo!()
    }
    pub fn pop(&self) -> Option<Ref> {
        todo!()
    }
    pub fn clear_items(&self) {
        todo!()
    }
    pub fn to_vec(&self) -> Vec<Ref> {
        todo!()
    }
    pub fn to_tuple(&self) -> Ref<Tuple> {
        todo!()
    }
    pub fn slice(&self, start: usize, end: usize) -> PyResult<Ref<List>> {
        todo!()
    }
    pub fn delete_range(&self, start: usize, end: usize) {
        todo!()
    }
    pub fn reverse(&self) {
        todo!()
    }
    pub fn sort(&self, key: Option<&Object>, reverse: bool) -> PyResult<()> {
        todo!()
    }
    /// # Safety
    ///
    /// While the borrow lives nothing may drop or run Python that can reach this list.
    pub unsafe fn lend(&self) -> &[Ref] {
        todo!()
    }
}
