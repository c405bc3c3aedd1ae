//! `weakref.ref`.
//!
//! Answers to `Objects/weakrefobject.c`. The layout is in gopy-object.

#![allow(missing_docs, unused_variables)]

use gopy_object::weakref::WeakRef;
use gopy_object::{Object, PyResult, Ref};

/// `weakref.ref(object, callback)`; a reference without callback is shared.
pub fn new_ref(object: &Object, callback: Option<&Object>) -> PyResult<Ref<WeakRef>> {
    todo!()
}
