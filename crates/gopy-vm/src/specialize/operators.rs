//! Operators, comparisons and truth.
//!
//! Answers to `_Py_Specialize_BinaryOp`, `_Py_Specialize_CompareOp` and `_Py_Specialize_ToBool`.

use gopy_bytecode::Opcode;
use gopy_bytecode::operators::{BinaryOperator, Compare};
use gopy_core::dict::DICT;
use gopy_core::float::FLOAT;
use gopy_core::function::Function;
use gopy_core::id;
use gopy_core::int::{INT, Int};
use gopy_core::list::LIST;
use gopy_core::none;
use gopy_core::slice::SLICE;
use gopy_core::str::STR;
use gopy_core::tuple::TUPLE;
use gopy_core::type_;
use gopy_object::{Object, TypeFlags};

use super::{cache, settle};
use crate::eval::arith::BinaryOpPair;
use crate::stackref::StackRef;
use crate::units::Unit;

/// BINARY_OP.
pub fn binary_op(
    left: StackRef,
    right: StackRef,
    ip: *mut Unit,
    oparg: u32,
    locals: *mut StackRef,
) {
    let op = choose_binary_op(left, right, ip, oparg, locals);
    settle(ip, op);
}

fn choose_binary_op(
    left: StackRef,
    right: StackRef,
    ip: *mut Unit,
    oparg: u32,
    locals: *mut StackRef,
) -> Option<Opcode> {
    use BinaryOperator as Op;
    let both = |ty| left.is_exact(ty) && right.is_exact(ty);
    let found = match Op::from_number(oparg)? {
        Op::Add | Op::InplaceAdd => {
            if both(&STR) {
                let next = *cache(ip, 6);
                // SAFETY: the argument of STORE_FAST is a local.
                let stores_back = next.opcode() == Opcode::STORE_FAST
                    && unsafe { *locals.add(next.arg as usize) }.is(left);
                Some(if stores_back {
                    Opcode::BINARY_OP_INPLACE_ADD_UNICODE
                } else {
                    Opcode::BINARY_OP_ADD_UNICODE
                })
            } else if both(&INT) {
                Some(Opcode::BINARY_OP_ADD_INT)
            } else if both(&FLOAT) {
                Some(Opcode::BINARY_OP_ADD_FLOAT)
            } else {
                None
            }
        }
        Op::Multiply | Op::InplaceMultiply => {
            if both(&INT) {
                Some(Opcode::BINARY_OP_MULTIPLY_INT)
            } else if both(&FLOAT) {
                Some(Opcode::BINARY_OP_MULTIPLY_FLOAT)
            } else {
                None
            }
        }
        Op::Subtract | Op::InplaceSubtract => {
            if both(&INT) {
                Some(Opcode::BINARY_OP_SUBTRACT_INT)
            } else if both(&FLOAT) {
                Some(Opcode::BINARY_OP_SUBTRACT_FLOAT)
            } else {
                None
            }
        }
        Op::Subscript => {
            if let Some(op) = choose_subscript(left.as_object(), right.as_object()) {
                return Some(op);
            }
            None
        }
        _ => None,
    };
    if found.is_some() {
        return found;
    }
    let pair = BinaryOpPair::find(oparg, left.as_object(), right.as_object())?;
    cache(ip, 2).set_pointer(std::ptr::from_ref(pair).expose_provenance());
    Some(Opcode::BINARY_OP_EXTEND)
}

fn choose_subscript(container: &Object, key: &Object) -> Option<Opcode> {
    let small = |key: &Object| key.downcast_exact::<Int>().is_some_and(Int::is_nonnegative_compact);
    if container.is_exact(&LIST) {
        if small(key) {
            return Some(Opcode::BINARY_OP_SUBSCR_LIST_INT);
        }
        return key.is_exact(&SLICE).then_some(Opcode::BINARY_OP_SUBSCR_LIST_SLICE);
    }
    if container.is_exact(&TUPLE) {
        return small(key).then_some(Opcode::BINARY_OP_SUBSCR_TUPLE_INT);
    }
    if container.is_exact(&STR) {
        return small(key).then_some(Opcode::BINARY_OP_SUBSCR_STR_INT);
    }
    if container.is_exact(&DICT) {
        return Some(Opcode::BINARY_OP_SUBSCR_DICT);
    }
    let ty = container.type_();
    if !ty.has(TypeFlags::HEAPTYPE) {
        return None;
    }
    let found = type_::lookup(ty, id!(__getitem__))?;
    let function = found.downcast_exact::<Function>()?;
    if !super::is_simple(function, 2) {
        return None;
    }
    if !type_::assign_version_tag(ty) {
        return None;
    }
    let version = super::function_version(function)?;
    ty.cached_getitem.set(Some(found.clone()));
    ty.cached_getitem_version.set(version);
    Some(Opcode::BINARY_OP_SUBSCR_GETITEM)
}

/// COMPARE_OP.
pub fn compare_op(left: StackRef, right: StackRef, ip: *mut Unit, oparg: u32) {
    let both = |ty| left.is_exact(ty) && right.is_exact(ty);
    let op = if both(&FLOAT) {
        Some(Opcode::COMPARE_OP_FLOAT)
    } else if both(&INT) {
        let compact = |value: StackRef| value.cast_exact::<Int>().is_compact();
        (compact(left) && compact(right)).then_some(Opcode::COMPARE_OP_INT)
    } else if both(&STR) {
        let equality = matches!(Compare::from_number(oparg >> 5), Some(Compare::Eq | Compare::Ne));
        equality.then_some(Opcode::COMPARE_OP_STR)
    } else {
        None
    };
    settle(ip, op);
}

/// TO_BOOL.
pub fn to_bool(value: StackRef, ip: *mut Unit) {
    settle(ip, choose_to_bool(value, ip));
}

fn choose_to_bool(value: StackRef, ip: *mut Unit) -> Option<Opcode> {
    if value.is_bool() {
        return Some(Opcode::TO_BOOL_BOOL);
    }
    if value.is_exact(&INT) {
        return Some(Opcode::TO_BOOL_INT);
    }
    if value.is_exact(&LIST) {
        return Some(Opcode::TO_BOOL_LIST);
    }
    if value.as_object().is_exact(none::none_object().type_()) {
        return Some(Opcode::TO_BOOL_NONE);
    }
    if value.is_exact(&STR) {
        return Some(Opcode::TO_BOOL_STR);
    }
    let ty = value.as_object().type_();
    if !ty.has(TypeFlags::HEAPTYPE) {
        return None;
    }
    let slots = &ty.slots;
    if slots.number.bool_.get().is_some()
        || slots.mapping.length.get().is_some()
        || slots.sequence.length.get().is_some()
    {
        return None;
    }
    if !type_::assign_version_tag(ty) {
        return None;
    }
    cache(ip, 2).set_value(ty.version_tag.get());
    Some(Opcode::TO_BOOL_ALWAYS_TRUE)
}
