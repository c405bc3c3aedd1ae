//! `bytes`: immutable bytes, inline.
//!
//! Answers to `Objects/bytesobject.c` and `Objects/bytes_methods.c`.

#![allow(missing_docs, unused_variables)]

use std::cell::Cell;

use gopy_macros::pyclass;
use gopy_object::{Object, PyResult, Ref};

/// The head of a `bytes`; the bytes and a zero follow.
#[pyclass(name = "bytes", static = BYTES, basicsize = 33, itemsize = 1,
    flags(BASETYPE, BYTES_SUBCLASS, MATCH_SELF), no_methods, no_slots, manual_traverse)]
#[repr(C)]
pub struct Bytes {
    object: Object,
    length: usize,
    hash: Cell<isize>,
}

gopy_object::leaf_traverse!(Bytes);

impl Bytes {
    pub fn new(bytes: &[u8]) -> PyResult<Ref<Bytes>> {
        todo!()
    }
    #[inline(always)]
    pub fn as_slice(&self) -> &[u8] {
        todo!()
    }
}
