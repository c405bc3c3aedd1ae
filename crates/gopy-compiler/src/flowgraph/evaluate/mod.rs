//! Operators on constants, as the folding passes need them: what would raise has no value.
//!
//! Answers to the `const_folding_safe_*` functions of `Python/flowgraph.c` and, behind them, to
//! the arithmetic of `longobject.c`, `floatobject.c`, `complexobject.c` and to the operators of
//! the sequence types. The limits keep results small; what they refuse is left to run time.

mod complex;
mod number;
mod sequence;

use std::collections::HashSet;

use gopy_bytecode::Opcode;
use gopy_bytecode::operators::BinaryOperator;

use crate::code_unit::{Const, ConstValue};
use number::Number;

/// `bool(constant)`
pub(super) fn is_true(constant: &Const) -> bool {
    use ConstValue as V;
    match constant.value() {
        V::None => false,
        V::Bool(value) => *value,
        V::Int(value) => *value != 0,
        V::Float(value) => *value != 0.0,
        V::Complex { real, imag } => *real != 0.0 || *imag != 0.0,
        V::Str(bytes) | V::Bytes(bytes) => !bytes.is_empty(),
        V::Tuple(items) | V::FrozenSet(items) => !items.is_empty(),
        V::BigInt(_) | V::Ellipsis | V::Slice(_) | V::Code(_) => true,
    }
}

/// The value of a unary operation; unary plus comes as `CALL_INTRINSIC_1`.
pub(super) fn unary(opcode: Opcode, operand: &Const) -> Option<Const> {
    if opcode == Opcode::UNARY_NOT {
        return Some(Const::new(ConstValue::Bool(!is_true(operand))));
    }
    let number = Number::of(operand)?;
    let is_bool = matches!(operand.value(), ConstValue::Bool(_));
    let value = match opcode {
        Opcode::UNARY_NEGATIVE => number.negative(),
        // `~` of a bool warns at run time.
        Opcode::UNARY_INVERT if is_bool => None,
        Opcode::UNARY_INVERT => number.invert(),
        Opcode::CALL_INTRINSIC_1 if is_bool => Some(number),
        Opcode::CALL_INTRINSIC_1 => return Some(operand.clone()),
        _ => None,
    };
    value?.into_const()
}

/// The value of `BINARY_OP`; `oparg` is the operator.
pub(super) fn binary(left: &Const, oparg: u32, right: &Const) -> Option<Const> {
    use BinaryOperator as Op;
    let operator = BinaryOperator::from_number(oparg)?;
    if let (Some(a), Some(b)) = (Number::of(left), Number::of(right)) {
        if let (ConstValue::Bool(a), ConstValue::Bool(b)) = (left.value(), right.value())
            && let Some(value) = match operator {
                Op::And => Some(a & b),
                Op::Or => Some(a | b),
                Op::Xor => Some(a ^ b),
                _ => None,
            }
        {
            return Some(Const::new(ConstValue::Bool(value)));
        }
        return number::binary(operator, a, b)?.into_const();
    }
    match operator {
        Op::Add => sequence::concat(left, right),
        Op::Multiply => sequence::repeat(left, right).or_else(|| sequence::repeat(right, left)),
        Op::Subscript => sequence::subscript(left, right),
        Op::And | Op::Or | Op::Xor | Op::Subtract => sequence::set_operation(operator, left, right),
        _ => None,
    }
}

/// The frozenset of `items`; of those that are equal it has the first.
pub(super) fn frozenset(items: &[Const]) -> Const {
    let mut keys = HashSet::with_capacity(items.len());
    let distinct = items.iter().filter(|item| keys.insert(equality_key(item)));
    Const::new(ConstValue::FrozenSet(distinct.cloned().collect()))
}

/// A constant whose key equals that of another one's if the two are equal in Python, or the same.
fn equality_key(constant: &Const) -> Const {
    use ConstValue as V;
    let keys = |items: &[Const]| items.iter().map(equality_key).collect();
    Const::new(match constant.value() {
        V::Bool(value) => V::Int(i64::from(*value)),
        V::Float(value) => return number::real_key(*value).unwrap_or_else(|| constant.clone()),
        V::Complex { real, imag } if *imag == 0.0 => {
            return number::real_key(*real).unwrap_or_else(|| constant.clone());
        }
        V::Complex { real, imag } if !real.is_nan() && !imag.is_nan() => {
            // Both zeros become the positive one.
            V::Complex { real: real + 0.0, imag: imag + 0.0 }
        }
        V::Tuple(items) => V::Tuple(keys(items)),
        V::FrozenSet(items) => V::FrozenSet(keys(items)),
        V::Slice(parts) => V::Slice(Box::new(parts.each_ref().map(equality_key))),
        _ => return constant.clone(),
    })
}
