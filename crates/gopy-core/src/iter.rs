//! The iterator protocol and the two iterators of `Objects/iterobject.c`.

#![allow(missing_docs, unused_variables)]

use gopy_object::typeobj::SendResult;
use gopy_object::{Object, PyResult, Ref};

pub fn get_iter(o: &Object) -> PyResult {
    todo!()
}

pub fn next(o: &Object) -> PyResult<Option<Ref>> {
    todo!()
}

pub fn is_iterator(o: &Object) -> bool {
    todo!()
}

pub fn send(o: &Object, value: &Object) -> PyResult<SendResult> {
    todo!()
}

pub fn get_aiter(o: &Object) -> PyResult {
    todo!()
}

pub fn for_each(o: &Object, each: impl FnMut(Ref) -> PyResult<()>) -> PyResult<()> {
    todo!()
}

pub fn collect(o: &Object) -> PyResult<Vec<Ref>> {
    todo!()
}

pub fn new_seq_iter(o: &Object) -> PyResult {
    todo!()
}

pub fn new_call_iter(callable: &Object, sentinel: &Object) -> PyResult {
    todo!()
}
