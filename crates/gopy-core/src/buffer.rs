//! The buffer protocol.
//!
//! Answers to the buffer part of `Objects/abstract.c`.

#![allow(missing_docs, unused_variables)]

use gopy_object::buffer::{Buffer, BufferRequest};
use gopy_object::{Object, PyResult};

pub fn has_buffer(o: &Object) -> bool {
    todo!()
}

pub fn get(o: &Object, request: BufferRequest) -> PyResult<Buffer> {
    todo!()
}

pub fn bytes_like(o: &Object) -> PyResult<Buffer> {
    todo!()
}
