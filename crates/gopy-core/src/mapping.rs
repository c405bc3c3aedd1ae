//! The mapping protocol.
//!
//! Answers to the mapping part of `Objects/abstract.c`.

#![allow(missing_docs, unused_variables)]

use gopy_object::{Object, PyResult, Ref};

use crate::list::List;

pub fn is_mapping(o: &Object) -> bool {
    todo!()
}

pub fn keys(o: &Object) -> PyResult<Ref<List>> {
    todo!()
}

pub fn values(o: &Object) -> PyResult<Ref<List>> {
    todo!()
}

pub fn items(o: &Object) -> PyResult<Ref<List>> {
    todo!()
}
