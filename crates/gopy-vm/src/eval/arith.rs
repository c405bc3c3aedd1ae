//! Arithmetic of the loop: the dispatch of BINARY_OP and its fast forms.
//!
//! Answers to `_PyEval_BinaryOps` and the specialised operators of `Python/bytecodes.c`.

use gopy_bytecode::operators::BinaryOperator;
use gopy_core::error::system_error;
use gopy_core::float::Float;
use gopy_core::int::{self, INT, Int, SMALL_MAX, SMALL_MIN};
use gopy_core::number;
use gopy_core::object;
use gopy_core::str::{self, Str};
use gopy_object::{Instance, Object, PyResult, Ref};

use crate::stackref::StackRef;

type Operator = fn(&Object, &Object) -> PyResult;

fn power(left: &Object, right: &Object) -> PyResult {
    number::power(left, right, gopy_core::none::none_object())
}

fn inplace_power(left: &Object, right: &Object) -> PyResult {
    number::inplace_power(left, right, gopy_core::none::none_object())
}

/// By the operators' numbers.
static OPERATORS: [Operator; BinaryOperator::ALL.len()] = [
    number::add,
    number::and,
    number::floor_divide,
    number::lshift,
    number::matrix_multiply,
    number::multiply,
    number::remainder,
    number::or,
    power,
    number::rshift,
    number::subtract,
    number::true_divide,
    number::xor,
    number::inplace_add,
    number::inplace_and,
    number::inplace_floor_divide,
    number::inplace_lshift,
    number::inplace_matrix_multiply,
    number::inplace_multiply,
    number::inplace_remainder,
    number::inplace_or,
    inplace_power,
    number::inplace_rshift,
    number::inplace_subtract,
    number::inplace_true_divide,
    number::inplace_xor,
    object::get_item,
];

/// What the operators without specialised forms make of ints of one digit.
#[inline(always)]
fn short_int(number: u32, x: i64, y: i64) -> Option<i64> {
    use BinaryOperator as Op;
    match Op::from_number(number)? {
        Op::FloorDivide | Op::InplaceFloorDivide if y != 0 => {
            Some(x / y - i64::from(x % y != 0 && (x < 0) != (y < 0)))
        }
        Op::Remainder | Op::InplaceRemainder if y != 0 => {
            let rest = x % y;
            Some(if rest != 0 && (rest < 0) != (y < 0) { rest + y } else { rest })
        }
        Op::Rshift | Op::InplaceRshift if y >= 0 => Some(x >> y.min(63)),
        // The digit has 30 bits.
        Op::Lshift | Op::InplaceLshift if (0..=32).contains(&y) => Some(x << y),
        _ => None,
    }
}

/// BINARY_OP.
///
/// # Errors
///
/// What the operator raises.
#[inline(never)]
pub fn binary_op(number: u32, left: &Object, right: &Object) -> PyResult {
    if let (Some(x), Some(y)) = (exact::<Int>(left), exact::<Int>(right))
        && x.are_compact(y)
        && let Some(value) = short_int(number, x.compact_value() as i64, y.compact_value() as i64)
    {
        return Ok(Int::from_i64(value).upcast());
    }
    match OPERATORS.get(number as usize) {
        Some(operator) => operator(left, right),
        None => Err(system_error!("unknown binary operator {number}")),
    }
}

pub use int::{add, multiply, subtract};

/// The value of an exact int of one digit.
#[inline(always)]
pub fn compact(int: StackRef) -> Option<i64> {
    let int = int.cast_exact::<Int>();
    int.is_compact().then(|| int.compact_value() as i64)
}

/// `left + right` of ints of one digit.
#[inline(always)]
pub fn add_compact(left: &Int, right: &Int) -> Option<i64> {
    left.are_compact(right).then(|| left.compact_value() as i64 + right.compact_value() as i64)
}

/// `left - right` of ints of one digit.
#[inline(always)]
pub fn subtract_compact(left: &Int, right: &Int) -> Option<i64> {
    left.are_compact(right).then(|| left.compact_value() as i64 - right.compact_value() as i64)
}

/// `left * right` of ints of one digit.
#[inline(always)]
pub fn multiply_compact(left: &Int, right: &Int) -> Option<i64> {
    left.are_compact(right).then(|| left.compact_value() as i64 * right.compact_value() as i64)
}

/// Whether a one-digit int that is no static can hold the value.
#[inline(always)]
fn fits_in_place(value: i64) -> bool {
    !(-5..=256).contains(&value) && value.unsigned_abs() < 1 << 30
}

/// Gives an int, whose only reference the caller knows of, another value if it can hold that.
#[inline(always)]
fn overwrite_int(int: &Int, value: i64) -> bool {
    if int.as_object().count() != 1 || !fits_in_place(value) {
        return false;
    }
    // SAFETY: an exact int of one digit with one reference; statics have a huge count.
    unsafe { int.set_compact(value) };
    true
}

/// `local = value` in place, where `operand` is the local's value and nothing else refers to that. A local
/// that owns no count is somebody else's too.
#[inline(always)]
pub fn replace_int(local: StackRef, operand: StackRef, value: i64) -> bool {
    local.is(operand) && local.owns() && overwrite_int(local.cast_exact(), value)
}

/// Makes a temporary the result.
#[inline(always)]
pub fn reuse_int(operand: StackRef, value: i64) -> bool {
    operand.owns() && overwrite_int(operand.cast_exact(), value)
}

/// As [`replace_int`] for floats.
#[inline(always)]
pub fn replace_float(local: StackRef, operand: StackRef, value: f64) -> bool {
    local.is(operand) && local.owns() && overwrite_float(local.cast_exact(), value)
}

/// As [`reuse_int`] for floats.
#[inline(always)]
pub fn reuse_float(operand: StackRef, value: f64) -> bool {
    operand.owns() && overwrite_float(operand.cast_exact(), value)
}

#[inline(always)]
fn overwrite_float(float: &Float, value: f64) -> bool {
    if float.as_object().count() != 1 {
        return false;
    }
    // SAFETY: an exact float with one reference.
    unsafe { float.set_value(value) };
    true
}

/// A new int of one digit, or a static; nothing where memory would have to be asked for.
#[inline(always)]
pub fn new_int(value: i64) -> Option<StackRef> {
    if (SMALL_MIN..=SMALL_MAX).contains(&value) {
        return Some(StackRef::immortal(Int::small_object(value).as_object()));
    }
    Int::recycled(value).map(StackRef::from)
}

/// A new float; nothing where memory would have to be asked for.
#[inline(always)]
pub fn new_float(value: f64) -> Option<StackRef> {
    Float::recycled(value).map(StackRef::from)
}

/// The arithmetic of the three operators that have forms for floats.
#[inline(never)]
pub fn float_slow(number: u32, left: &Float, right: &Float) -> Ref<Float> {
    use BinaryOperator as Op;
    let (x, y) = (left.value(), right.value());
    Float::new(match Op::from_number(number) {
        Some(Op::Add | Op::InplaceAdd) => x + y,
        Some(Op::Multiply | Op::InplaceMultiply) => x * y,
        _ => x - y,
    })
}

/// `&`, `|` and `^` of ints of one digit, where the pair is one of those and memory is at hand.
#[inline(always)]
pub fn bitwise(pair: &BinaryOpPair, left: StackRef, right: StackRef) -> Option<StackRef> {
    if pair.bits == Bits::None || !left.is_exact(&INT) || !right.is_exact(&INT) {
        return None;
    }
    let (x, y) = (left.cast_exact::<Int>(), right.cast_exact::<Int>());
    if !x.are_compact(y) {
        return None;
    }
    let (x, y) = (x.compact_value() as i64, y.compact_value() as i64);
    new_int(match pair.bits {
        Bits::And => x & y,
        Bits::Or => x | y,
        _ => x ^ y,
    })
}

/// What the pair's operator does.
///
/// # Errors
///
/// What it raises.
#[inline(never)]
pub fn extended(pair: &BinaryOpPair, left: &Object, right: &Object) -> PyResult {
    pair.action(left, right)
}

/// The value of an exact int of one digit that is not negative; another is too large for any index.
#[inline(always)]
pub fn small_index(index: StackRef) -> usize {
    let int = index.cast_exact::<Int>();
    if int.is_nonnegative_compact() { int.compact_value() as usize } else { usize::MAX }
}

/// The cached int of LOAD_SMALL_INT.
#[inline(always)]
pub fn small_int(value: u32) -> &'static Object {
    Int::small_object(i64::from(value)).as_object()
}

/// `local += right` of exact strs, where `left` is the local's value: in place if nothing else has a
/// count of it. `left`'s count is given up.
///
/// # Errors
///
/// `MemoryError`.
#[inline(never)]
pub fn append(local: &mut StackRef, left: StackRef, right: StackRef) -> PyResult<()> {
    // The operand's own count would make the string look shared.
    left.close();
    // SAFETY: the guards have checked that both are exact strings.
    let mut text: Ref<Str> =
        unsafe { std::mem::replace(local, StackRef::NULL).steal().cast_unchecked() };
    let result = str::append_in_place(&mut text, right.cast_exact());
    *local = StackRef::from(text);
    result
}

/// What BINARY_OP_EXTEND's cache points to: an operator of two types that are not the usual ones.
pub struct BinaryOpPair {
    /// The operator's number.
    pub number: u32,
    /// Whether the loop does it itself.
    bits: Bits,
    guard: fn(&Object, &Object) -> bool,
    action: fn(&Object, &Object) -> PyResult,
}

/// The operators on the bits of ints.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
enum Bits {
    /// Another operator.
    None,
    And,
    Or,
    Xor,
}

impl BinaryOpPair {
    /// The pair whose address a cache holds.
    #[inline(always)]
    pub fn from_cache(address: usize) -> &'static BinaryOpPair {
        // SAFETY: the specialiser stores addresses of `PAIRS` only.
        unsafe { &*std::ptr::with_exposed_provenance::<BinaryOpPair>(address) }
    }

    /// Whether the operands are of the pair's types.
    #[inline(always)]
    pub fn guard(&self, left: &Object, right: &Object) -> bool {
        (self.guard)(left, right)
    }

    /// The operator.
    ///
    /// # Errors
    ///
    /// What it raises.
    #[inline(always)]
    pub fn action(&self, left: &Object, right: &Object) -> PyResult {
        (self.action)(left, right)
    }

    /// The pair for these operands.
    pub fn find(number: u32, left: &Object, right: &Object) -> Option<&'static BinaryOpPair> {
        PAIRS.iter().find(|pair| pair.number == number && pair.guard(left, right))
    }
}

fn exact<T: Instance>(object: &Object) -> Option<&T> {
    object.downcast_exact::<T>()
}

fn both_compact(left: &Object, right: &Object) -> bool {
    match (exact::<Int>(left), exact::<Int>(right)) {
        (Some(left), Some(right)) => left.are_compact(right),
        _ => false,
    }
}

fn float_and_compact(left: &Object, right: &Object) -> bool {
    match (exact::<Float>(left), exact::<Int>(right)) {
        (Some(left), Some(right)) => !left.value().is_nan() && right.is_compact(),
        _ => false,
    }
}

fn compact_and_float(left: &Object, right: &Object) -> bool {
    float_and_compact(right, left)
}

fn nonzero_compact_and_float(left: &Object, right: &Object) -> bool {
    compact_and_float(left, right)
        && exact::<Float>(right).is_some_and(|right| right.value() != 0.0)
}

fn float_and_nonzero_compact(left: &Object, right: &Object) -> bool {
    float_and_compact(left, right) && exact::<Int>(right).is_some_and(|right| !right.is_zero())
}

/// The value of an exact float or of an exact int of one digit.
fn as_float(object: &Object) -> f64 {
    match (exact::<Float>(object), exact::<Int>(object)) {
        (Some(float), _) => float.value(),
        (_, Some(int)) => int.compact_value() as f64,
        _ => 0.0,
    }
}

macro_rules! bitwise {
    ($name:ident, $operator:tt) => {
        fn $name(left: &Object, right: &Object) -> PyResult {
            match (exact::<Int>(left), exact::<Int>(right)) {
                (Some(left), Some(right)) => {
                    let value = left.compact_value() $operator right.compact_value();
                    Ok(Int::from_i64(value as i64).upcast())
                }
                _ => Err(system_error!("operands changed behind a guard")),
            }
        }
    };
}

bitwise!(int_or, |);
bitwise!(int_and, &);
bitwise!(int_xor, ^);

macro_rules! floating {
    ($name:ident, $operator:tt) => {
        fn $name(left: &Object, right: &Object) -> PyResult {
            Ok(Float::new(as_float(left) $operator as_float(right)).upcast())
        }
    };
}

floating!(float_add, +);
floating!(float_subtract, -);
floating!(float_multiply, *);
floating!(float_divide, /);

const fn bits(operator: BinaryOperator) -> Bits {
    use BinaryOperator as Op;
    match operator {
        Op::And | Op::InplaceAnd => Bits::And,
        Op::Or | Op::InplaceOr => Bits::Or,
        Op::Xor | Op::InplaceXor => Bits::Xor,
        _ => Bits::None,
    }
}

macro_rules! pairs {
    ($($operator:ident $guard:ident $action:ident;)*) => {
        [$(BinaryOpPair {
            number: BinaryOperator::$operator.number(),
            bits: bits(BinaryOperator::$operator),
            guard: $guard,
            action: $action,
        },)*]
    };
}

static PAIRS: [BinaryOpPair; 14] = pairs! {
    Or both_compact int_or;
    And both_compact int_and;
    Xor both_compact int_xor;
    InplaceOr both_compact int_or;
    InplaceAnd both_compact int_and;
    InplaceXor both_compact int_xor;
    Add float_and_compact float_add;
    Subtract float_and_compact float_subtract;
    TrueDivide float_and_nonzero_compact float_divide;
    Multiply float_and_compact float_multiply;
    Add compact_and_float float_add;
    Subtract compact_and_float float_subtract;
    Multiply compact_and_float float_multiply;
    TrueDivide nonzero_compact_and_float float_divide;
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_ints_divide_and_shift_as_python_does() {
        use BinaryOperator as Op;
        let cases = [
            (Op::FloorDivide, 7, 2, Some(3)),
            (Op::FloorDivide, -7, 2, Some(-4)),
            (Op::FloorDivide, 7, -2, Some(-4)),
            (Op::FloorDivide, -8, -2, Some(4)),
            (Op::FloorDivide, 1, 0, None),
            (Op::Remainder, 7, -3, Some(-2)),
            (Op::Remainder, -7, 3, Some(2)),
            (Op::Remainder, -6, 3, Some(0)),
            (Op::InplaceRemainder, 5, 0, None),
            (Op::Rshift, -1, 1000, Some(-1)),
            (Op::Rshift, 5, 1, Some(2)),
            (Op::Rshift, 5, -1, None),
            (Op::Lshift, -3, 32, Some(-3 << 32)),
            (Op::Lshift, 1, 33, None),
            (Op::Add, 1, 1, None),
        ];
        for (operator, x, y, expected) in cases {
            assert_eq!(short_int(operator.number(), x, y), expected, "{x} {y}");
        }
    }
}
