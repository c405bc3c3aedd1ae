//! The sequence protocol.
//!
//! Answers to the sequence part of `Objects/abstract.c`.

#![allow(missing_docs, unused_variables)]

use gopy_object::{Object, PyResult, Ref};

use crate::list::List;
use crate::tuple::Tuple;

pub fn is_sequence(o: &Object) -> bool {
    todo!()
}

pub fn concat(a: &Object, b: &Object) -> PyResult {
    todo!()
}

pub fn repeat(o: &Object, count: isize) -> PyResult {
    todo!()
}

pub fn inplace_concat(a: &Object, b: &Object) -> PyResult {
    todo!()
}

pub fn inplace_repeat(o: &Object, count: isize) -> PyResult {
    todo!()
}

pub fn item(o: &Object, index: isize) -> PyResult {
    todo!()
}

pub fn set_item(o: &Object, index: isize, value: &Object) -> PyResult<()> {
    todo!()
}

pub fn del_item(o: &Object, index: isize) -> PyResult<()> {
    todo!()
}

pub fn slice(o: &Object, start: isize, end: isize) -> PyResult {
    todo!()
}

pub fn contains(o: &Object, value: &Object) -> PyResult<bool> {
    todo!()
}

pub fn count(o: &Object, value: &Object) -> PyResult<usize> {
    todo!()
}

pub fn index_of(o: &Object, value: &Object) -> PyResult<usize> {
    todo!()
}

pub fn to_list(o: &Object) -> PyResult<Ref<List>> {
    todo!()
}

pub fn to_tuple(o: &Object) -> PyResult<Ref<Tuple>> {
    todo!()
}

pub fn fast(o: &Object, message: &str) -> PyResult {
    todo!()
}
