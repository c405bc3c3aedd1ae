//! Text to integer, in any base.
//!
//! Answers to `PyLong_FromString` and its helpers in `Objects/longobject.c`. Input is what
//! `_PyUnicode_TransformDecimalAndSpaceToASCII` leaves: ASCII digits and spaces.

use super::magnitude::{self as mag, mul_add_small};
use super::{BigInt, Digits, MAX_STR_DIGITS_THRESHOLD, SHIFT, huge};
use crate::error::NumericError;

/// Why a text is no integer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IntParseError {
    /// The caller raises `ValueError: invalid literal for int() with base {base}: {text!r:.200}`.
    Invalid,
    /// The base is not 0 and not in 2..=36, or the limit on digits is exceeded.
    Error(NumericError),
}

/// The value of an ASCII digit or letter, 37 for anything else.
#[inline]
pub fn digit_value(byte: u8) -> u32 {
    match byte {
        b'0'..=b'9' => u32::from(byte - b'0'),
        b'a'..=b'z' => u32::from(byte - b'a') + 10,
        b'A'..=b'Z' => u32::from(byte - b'A') + 10,
        _ => 37,
    }
}

/// C's `isspace` in the "C" locale.
#[inline]
pub(crate) fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t'..=b'\r')
}

/// How many digits a power-of-ten-like chunk of each base has, and its value: the largest
/// power of the base that fits a digit.
fn chunk_of(base: u32) -> (usize, u32) {
    let (mut size, mut value) = (1, base);
    while let Some(next) = value.checked_mul(base)
        && next <= super::BASE
    {
        value = next;
        size += 1;
    }
    (size, value)
}

/// `int(text, base)`. `digits_max` is `sys.get_int_max_str_digits()`, 0 for none.
pub fn parse_int(text: &[u8], base: u32, digits_max: usize) -> Result<BigInt, IntParseError> {
    if base != 0 && !(2..=36).contains(&base) {
        let message = "int() base must be >= 2 and <= 36, or 0";
        return Err(IntParseError::Error(NumericError::value(message)));
    }
    let mut rest = text;
    while let [first, tail @ ..] = rest
        && is_space(*first)
    {
        rest = tail;
    }
    let negative = rest.first() == Some(&b'-');
    if let [b'-' | b'+', tail @ ..] = rest {
        rest = tail;
    }
    let mut base = base;
    let mut must_be_zero = false;
    if base == 0 {
        base = match rest {
            [b'0', b'x' | b'X', ..] => 16,
            [b'0', b'o' | b'O', ..] => 8,
            [b'0', b'b' | b'B', ..] => 2,
            // "0", "00" but not "010": that was octal once.
            [b'0', ..] => {
                must_be_zero = true;
                10
            }
            _ => 10,
        };
    }
    if let ([b'0', b'x' | b'X', tail @ ..], 16)
    | ([b'0', b'o' | b'O', tail @ ..], 8)
    | ([b'0', b'b' | b'B', tail @ ..], 2) = (rest, base)
    {
        rest = tail.strip_prefix(b"_").unwrap_or(tail);
    }

    let (count, length) = scan_digits(rest, base).ok_or(IntParseError::Invalid)?;
    let (body, tail) = rest.split_at(length);
    // What is no number at all is told first.
    if !tail.iter().all(|&byte| is_space(byte)) {
        return Err(IntParseError::Invalid);
    }
    if !base.is_power_of_two()
        && count > MAX_STR_DIGITS_THRESHOLD
        && digits_max > 0
        && count > digits_max
    {
        return Err(IntParseError::Error(too_many_digits(digits_max, count)));
    }
    let digits = if base.is_power_of_two() {
        parse_binary_base(body, base)
    } else {
        parse_other_base(body, base, count)
    };
    if must_be_zero && !digits.is_empty() {
        return Err(IntParseError::Invalid);
    }
    Ok(BigInt::from_parts(negative, digits))
}

#[cold]
fn too_many_digits(limit: usize, count: usize) -> NumericError {
    NumericError::value(format!(
        "Exceeds the limit ({limit} digits) for integer string conversion: value has {count} \
         digits; use sys.set_int_max_str_digits() to increase the limit"
    ))
}

/// How many digits and how many bytes the number at the start of `text` has; single
/// underscores may stand between digits.
fn scan_digits(text: &[u8], base: u32) -> Option<(usize, usize)> {
    let (mut count, mut length) = (0, 0);
    let mut previous = b'_';
    for &byte in text {
        if byte == b'_' {
            if previous == b'_' {
                return None;
            }
        } else if digit_value(byte) < base {
            count += 1;
        } else {
            break;
        }
        previous = byte;
        length += 1;
    }
    // Also refuses an empty number.
    if previous == b'_' { None } else { Some((count, length)) }
}

fn parse_binary_base(text: &[u8], base: u32) -> Digits {
    let bits_each = base.trailing_zeros();
    let mut digits = Digits::with_capacity(text.len() * bits_each as usize / SHIFT as usize + 1);
    let (mut acc, mut bits) = (0u64, 0);
    for &byte in text.iter().rev().filter(|&&byte| byte != b'_') {
        acc |= u64::from(digit_value(byte)) << bits;
        bits += bits_each;
        if bits >= SHIFT {
            digits.push(acc as u32 & super::MASK);
            acc >>= SHIFT;
            bits -= SHIFT;
        }
    }
    if acc != 0 {
        digits.push(acc as u32);
    }
    let n = mag::normalized_len(&digits);
    digits.truncate(n);
    digits
}

fn parse_other_base(text: &[u8], base: u32, count: usize) -> Digits {
    if base == 10 && count >= huge::PARSE_CUTOFF {
        return huge::parse_decimal(text);
    }
    // log2(36) < 5.17, so 11/2 bits a digit are always enough.
    let mut digits = Digits::with_capacity(count * 11 / 2 / SHIFT as usize + 1);
    let (chunk, chunk_value) = chunk_of(base);
    let (mut acc, mut held) = (0u32, 0);
    let push = |digits: &mut Digits, factor: u32, addend: u32| {
        let carry = mul_add_small(digits, factor, addend);
        if carry != 0 {
            digits.push(carry);
        }
    };
    for &byte in text.iter().filter(|&&byte| byte != b'_') {
        acc = acc * base + digit_value(byte);
        held += 1;
        if held == chunk {
            push(&mut digits, chunk_value, acc);
            (acc, held) = (0, 0);
        }
    }
    if held != 0 {
        push(&mut digits, base.pow(held as u32), acc);
    }
    digits
}
