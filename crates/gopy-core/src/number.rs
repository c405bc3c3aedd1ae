//! The number protocol.
//!
//! Answers to the number part of `Objects/abstract.c`.

#![allow(missing_docs, unused_variables)]

use gopy_object::{Object, PyResult, Ref, Type};

use crate::int::Int;
use crate::str::Str;

pub fn add(a: &Object, b: &Object) -> PyResult {
    todo!()
}

pub fn subtract(a: &Object, b: &Object) -> PyResult {
    todo!()
}

pub fn multiply(a: &Object, b: &Object) -> PyResult {
    todo!()
}

pub fn matrix_multiply(a: &Object, b: &Object) -> PyResult {
    todo!()
}

pub fn floor_divide(a: &Object, b: &Object) -> PyResult {
    todo!()
}

pub fn true_divide(a: &Object, b: &Object) -> PyResult {
    todo!()
}

pub fn remainder(a: &Object, b: &Object) -> PyResult {
    todo!()
}

pub fn divmod(a: &Object, b: &Object) -> PyResult {
    todo!()
}

pub fn power(a: &Object, b: &Object, c: &Object) -> PyResult {
    todo!()
}

pub fn lshift(a: &Object, b: &Object) -> PyResult {
    todo!()
}

pub fn rshift(a: &Object, b: &Object) -> PyResult {
    todo!()
}

pub fn and(a: &Object, b: &Object) -> PyResult {
    todo!()
}

pub fn or(a: &Object, b: &Object) -> PyResult {
    todo!()
}

pub fn xor(a: &Object, b: &Object) -> PyResult {
    todo!()
}

pub fn inplace_add(a: &Object, b: &Object) -> PyResult {
    todo!()
}

pub fn inplace_subtract(a: &Object, b: &Object) -> PyResult {
    todo!()
}

pub fn inplace_multiply(a: &Object, b: &Object) -> PyResult {
    todo!()
}

pub fn inplace_matrix_multiply(a: &Object, b: &Object) -> PyResult {
    todo!()
}

pub fn inplace_floor_divide(a: &Object, b: &Object) -> PyResult {
    todo!()
}

pub fn inplace_true_divide(a: &Object, b: &Object) -> PyResult {
    todo!()
}

pub fn inplace_remainder(a: &Object, b: &Object) -> PyResult {
    todo!()
}

pub fn inplace_power(a: &Object, b: &Object, c: &Object) -> PyResult {
    todo!()
}

pub fn inplace_lshift(a: &Object, b: &Object) -> PyResult {
    todo!()
}

pub fn inplace_rshift(a: &Object, b: &Object) -> PyResult {
    todo!()
}

pub fn inplace_and(a: &Object, b: &Object) -> PyResult {
    todo!()
}

pub fn inplace_or(a: &Object, b: &Object) -> PyResult {
    todo!()
}

pub fn inplace_xor(a: &Object, b: &Object) -> PyResult {
    todo!()
}

pub fn negative(o: &Object) -> PyResult {
    todo!()
}

pub fn positive(o: &Object) -> PyResult {
    todo!()
}

pub fn invert(o: &Object) -> PyResult {
    todo!()
}

pub fn absolute(o: &Object) -> PyResult {
    todo!()
}

pub fn index(o: &Object) -> PyResult<Ref<Int>> {
    todo!()
}

pub fn is_index(o: &Object) -> bool {
    todo!()
}

pub fn index_as_ssize(o: &Object) -> PyResult<isize> {
    todo!()
}

pub fn index_clamped(o: &Object) -> PyResult<isize> {
    todo!()
}

pub fn index_as_ssize_or(
    o: &Object,
    overflow: &'static gopy_object::GilCell<Type>,
) -> PyResult<isize> {
    todo!()
}

pub fn index_as_c_int(o: &Object) -> PyResult<i32> {
    todo!()
}

pub fn index_as_c_long(o: &Object) -> PyResult<i64> {
    todo!()
}

pub fn long(o: &Object) -> PyResult {
    todo!()
}

pub fn float(o: &Object) -> PyResult {
    todo!()
}

pub fn to_base(o: &Object, base: u32) -> PyResult<Ref<Str>> {
    todo!()
}

/// `a OP b` of the number slots, `NotImplemented` where neither operand knows (`BINARY_OP1`).
pub fn binary_or_not_implemented(
    a: &Object,
    b: &Object,
    slot: impl Fn(&gopy_object::typeobj::NumberSlots) -> &gopy_object::typeobj::SlotFn<gopy_object::typeobj::BinaryFn>,
) -> PyResult {
    todo!()
}
