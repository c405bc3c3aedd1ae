//! Calling objects.
//!
//! Answers to `Objects/call.c`.

#![allow(missing_docs, unused_variables)]

use gopy_object::{Args, Object, PyResult, Ref};

use crate::dict::Dict;
use crate::str::Str;
use crate::tuple::Tuple;

pub fn call(f: &Object, args: &[&Object]) -> PyResult {
    todo!()
}

pub fn call_args(f: &Object, args: Args<'_>) -> PyResult {
    todo!()
}

pub fn call_no_args(f: &Object) -> PyResult {
    todo!()
}

pub fn call_one(f: &Object, arg: &Object) -> PyResult {
    todo!()
}

pub fn call_tuple(f: &Object, args: &Tuple, kwargs: Option<&Dict>) -> PyResult {
    todo!()
}

pub fn call_method(o: &Object, name: &Str, args: &[&Object]) -> PyResult {
    todo!()
}

pub fn call_method_opt(o: &Object, name: &Str, args: &[&Object]) -> PyResult<Option<Ref>> {
    todo!()
}

pub fn args_tuple(args: Args<'_>) -> PyResult<Ref<Tuple>> {
    todo!()
}

pub fn kwargs_dict(args: Args<'_>) -> PyResult<Option<Ref<Dict>>> {
    todo!()
}
