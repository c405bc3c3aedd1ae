//! Containers and iteration.
//!
//! Answers to `_Py_Specialize_StoreSubscr`, `_Py_Specialize_ContainsOp`,
//! `_Py_Specialize_UnpackSequence`, `_Py_Specialize_ForIter` and `_Py_Specialize_Send`.

use gopy_bytecode::Opcode;
use gopy_core::dict::DICT;
use gopy_core::int::Int;
use gopy_core::list::{LIST, LIST_ITERATOR, List};
use gopy_core::set::{FROZENSET, SET};
use gopy_core::tuple::{TUPLE, TUPLE_ITERATOR, Tuple};

use gopy_types::range::RANGE_ITER;

use super::settle;
use crate::generator::{COROUTINE, GENERATOR};
use crate::stackref::StackRef;
use crate::units::Unit;

/// STORE_SUBSCR.
pub fn store_subscr(container: StackRef, key: StackRef, ip: *mut Unit) {
    let op = if container.is_exact(&LIST) {
        let index = key.as_object().downcast_exact::<Int>();
        index
            .filter(|index| index.is_nonnegative_compact())
            .filter(|index| (index.compact_value() as usize) < container.cast_exact::<List>().len())
            .map(|_| Opcode::STORE_SUBSCR_LIST_INT)
    } else if container.is_exact(&DICT) {
        Some(Opcode::STORE_SUBSCR_DICT)
    } else {
        None
    };
    settle(ip, op);
}

/// CONTAINS_OP.
pub fn contains_op(container: StackRef, ip: *mut Unit) {
    let op = if container.is_exact(&DICT) {
        Some(Opcode::CONTAINS_OP_DICT)
    } else if container.is_exact(&SET) || container.is_exact(&FROZENSET) {
        Some(Opcode::CONTAINS_OP_SET)
    } else {
        None
    };
    settle(ip, op);
}

/// UNPACK_SEQUENCE.
pub fn unpack_sequence(sequence: StackRef, ip: *mut Unit, oparg: u32) {
    let op = if sequence.is_exact(&TUPLE) {
        let length = sequence.cast_exact::<Tuple>().len();
        (length == oparg as usize).then_some(if length == 2 {
            Opcode::UNPACK_SEQUENCE_TWO_TUPLE
        } else {
            Opcode::UNPACK_SEQUENCE_TUPLE
        })
    } else if sequence.is_exact(&LIST) {
        (sequence.cast_exact::<List>().len() == oparg as usize)
            .then_some(Opcode::UNPACK_SEQUENCE_LIST)
    } else {
        None
    };
    settle(ip, op);
}

/// FOR_ITER.
pub fn for_iter(iterator: StackRef, ip: *mut Unit, oparg: u32) {
    let _ = oparg;
    let op = if iterator.is_exact(&LIST_ITERATOR) {
        Some(Opcode::FOR_ITER_LIST)
    } else if iterator.is_exact(&TUPLE_ITERATOR) {
        Some(Opcode::FOR_ITER_TUPLE)
    } else if iterator.is_exact(&RANGE_ITER) {
        Some(Opcode::FOR_ITER_RANGE)
    } else if iterator.is_exact(&GENERATOR) {
        Some(Opcode::FOR_ITER_GEN)
    } else {
        None
    };
    settle(ip, op);
}

/// SEND.
pub fn send(receiver: StackRef, ip: *mut Unit) {
    let is_generator = receiver.is_exact(&GENERATOR) || receiver.is_exact(&COROUTINE);
    settle(ip, is_generator.then_some(Opcode::SEND_GEN));
}
