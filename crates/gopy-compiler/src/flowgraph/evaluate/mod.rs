//! Operators on constants, as the folding passes need them: what would raise has no value.
//!
//! Answers to the `const_folding_safe_*` functions of `Python/flowgraph.c` and, behind them, to
//! the arithmetic of `longobject.c`, `floatobject.c`, `complexobject.c` and to the operators of
//! the sequence types. The limits keep results small; what they refuse is left to run time.

mod complex;
mod number;
mod sequence;

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

/// The frozenset of `items`, which must be hashable.
pub(super) fn frozenset(items: &[Const]) -> Option<Const> {
    let mut distinct: Vec<Const> = Vec::with_capacity(items.len());
    for item in items {
        if !is_hashable(item) {
            return None;
        }
        if !distinct.iter().any(|known| equal(known, item)) {
            distinct.push(item.clone());
        }
    }
    Some(Const::new(ConstValue::FrozenSet(distinct.into())))
}

fn is_hashable(constant: &Const) -> bool {
    match constant.value() {
        ConstValue::Tuple(items) => items.iter().all(is_hashable),
        ConstValue::Slice(parts) => parts.iter().all(is_hashable),
        _ => true,
    }
}

/// Python's `is` or `==`.
fn equal(a: &Const, b: &Const) -> bool {
    use ConstValue as V;
    if a.same(b) {
        return true;
    }
    if let (Some(a), Some(b)) = (Number::of(a), Number::of(b)) {
        return number::equal(&a, &b);
    }
    match (a.value(), b.value()) {
        (V::Tuple(a), V::Tuple(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| equal(a, b))
        }
        (V::Slice(a), V::Slice(b)) => a.iter().zip(&**b).all(|(a, b)| equal(a, b)),
        (V::FrozenSet(a), V::FrozenSet(b)) => {
            a.len() == b.len() && a.iter().all(|item| b.iter().any(|other| equal(item, other)))
        }
        _ => a == b,
    }
}
