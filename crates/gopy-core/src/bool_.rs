//! `bool`: the two immortal ints `False` and `True`.
//!
//! Answers to `Objects/boolobject.c`.

#![allow(missing_docs, unused_variables)]

use gopy_object::{Object, Ref};

#[inline(always)]
pub fn bool_ref(value: bool) -> Ref {
    todo!()
}

#[inline(always)]
pub fn bool_object(value: bool) -> &'static Object {
    todo!()
}

#[inline(always)]
pub fn is_bool(o: &Object) -> bool {
    todo!()
}
