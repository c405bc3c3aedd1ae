//! Integer to text.
//!
//! Answers to `long_to_decimal_string_internal` and `long_format_binary` of
//! `Objects/longobject.c`.

use super::magnitude as mag;
use super::{BigInt, Digits, MAX_STR_DIGITS_THRESHOLD, SHIFT, huge};
use crate::error::{NumericError, Result};

const CHUNK: u64 = 1_000_000_000;

/// Two decimal digits at a time.
static PAIRS: [[u8; 2]; 100] = {
    let mut table = [[0; 2]; 100];
    let mut i = 0;
    while i < 100 {
        table[i] = [b'0' + (i / 10) as u8, b'0' + (i % 10) as u8];
        i += 1;
    }
    table
};

/// Writes `value` in decimal so that it ends at `end`; returns where it starts.
#[inline]
pub fn write_decimal(mut value: u64, buffer: &mut [u8], end: usize) -> usize {
    let mut at = end;
    while value >= 100 {
        at -= 2;
        buffer[at..at + 2].copy_from_slice(&PAIRS[(value % 100) as usize]);
        value /= 100;
    }
    if value >= 10 {
        at -= 2;
        buffer[at..at + 2].copy_from_slice(&PAIRS[value as usize]);
    } else {
        at -= 1;
        buffer[at] = b'0' + value as u8;
    }
    at
}

/// `str(value)` without the heap: the text is `buffer[start..]`.
#[inline]
pub fn write_i64(value: i64, buffer: &mut [u8; 20]) -> usize {
    let mut at = write_decimal(value.unsigned_abs(), buffer, 20);
    if value < 0 {
        at -= 1;
        buffer[at] = b'-';
    }
    at
}

#[cold]
fn too_many_digits(limit: usize) -> NumericError {
    NumericError::value(format!(
        "Exceeds the limit ({limit} digits) for integer string conversion; use \
         sys.set_int_max_str_digits() to increase the limit"
    ))
}

/// `str(int)`; `digits_max` is `sys.get_int_max_str_digits()`, 0 for none.
pub fn to_decimal_limited(negative: bool, digits: &[u32], digits_max: usize) -> Result<String> {
    const WIDE: usize = 10 * MAX_STR_DIGITS_THRESHOLD / (3 * SHIFT as usize) + 2;
    if digits.len() >= WIDE
        && digits_max > 0
        && digits_max / (3 * SHIFT as usize) <= (digits.len() - 11) / 10
    {
        return Err(too_many_digits(digits_max));
    }
    let text = to_decimal(negative, digits);
    let count = text.len() - negative as usize;
    // From 1001 digits on CPython hands over to `_pylong`, which does not count the result.
    if digits.len() <= 1000
        && text.len() > MAX_STR_DIGITS_THRESHOLD
        && digits_max > 0
        && count > digits_max
    {
        return Err(too_many_digits(digits_max));
    }
    Ok(text)
}

/// `str(int)` without a limit.
pub fn to_decimal(negative: bool, digits: &[u32]) -> String {
    if digits.len() <= 2 {
        let value = digits.iter().rev().fold(0u64, |v, &x| (v << SHIFT) | u64::from(x));
        let mut buffer = [0; 20];
        let start = write_i64(if negative { -(value as i64) } else { value as i64 }, &mut buffer);
        return ascii(buffer[start..].to_vec());
    }
    let mut out = Vec::new();
    if negative {
        out.push(b'-');
    }
    if digits.len() >= huge::TEXT_CUTOFF {
        huge::write_decimal(digits, &mut out);
    } else {
        write_chunks(digits, &mut out);
    }
    ascii(out)
}

/// Converts to base 10**9 first, as Knuth's method 1b says, then prints the chunks.
fn write_chunks(digits: &[u32], out: &mut Vec<u8>) {
    let mut chunks = Vec::with_capacity(digits.len() + digits.len() / 100 + 1);
    for &digit in digits.iter().rev() {
        let mut high = u64::from(digit);
        for chunk in &mut chunks {
            let z = (u64::from(*chunk) << SHIFT) | high;
            high = z / CHUNK;
            *chunk = (z - high * CHUNK) as u32;
        }
        while high != 0 {
            chunks.push((high % CHUNK) as u32);
            high /= CHUNK;
        }
    }
    let mut buffer = [0; 20];
    let Some((last, rest)) = chunks.split_last() else { return };
    let start = write_decimal(u64::from(*last), &mut buffer, 20);
    out.reserve(chunks.len() * 9);
    out.extend_from_slice(&buffer[start..]);
    for &chunk in rest.iter().rev() {
        buffer[11..].fill(b'0');
        write_decimal(u64::from(chunk), &mut buffer, 20);
        out.extend_from_slice(&buffer[11..]);
    }
}

/// The digits of the magnitude in base 2, 8, 16 or 32, lower case, without prefix or sign.
pub fn to_binary_base(digits: &[u32], base: u32) -> String {
    debug_assert!(base.is_power_of_two() && base <= 32);
    if digits.is_empty() {
        return "0".to_owned();
    }
    let bits_each = base.trailing_zeros();
    let size = mag::bit_length(digits).div_ceil(u64::from(bits_each)) as usize;
    let mut out = vec![b'0'; size];
    let (mut acc, mut bits, mut next) = (0u64, 0u32, 0usize);
    for place in out.iter_mut().rev() {
        if bits < bits_each && next < digits.len() {
            acc |= u64::from(digits[next]) << bits;
            bits += SHIFT;
            next += 1;
        }
        *place = b"0123456789abcdefghijklmnopqrstuv"[(acc & u64::from(base - 1)) as usize];
        acc >>= bits_each;
        bits = bits.saturating_sub(bits_each);
    }
    ascii(out)
}

/// `bin`, `oct`, `hex`: sign, prefix (if `prefix`) and digits; base 10 has no prefix.
pub fn to_base(negative: bool, digits: &[u32], base: u32, prefix: bool) -> String {
    let body = match base {
        2 | 8 | 16 => to_binary_base(digits, base),
        _ => return to_decimal(negative, digits),
    };
    let mark = match (prefix, base) {
        (false, _) => "",
        (_, 2) => "0b",
        (_, 8) => "0o",
        _ => "0x",
    };
    format!("{}{mark}{body}", if negative { "-" } else { "" })
}

impl BigInt {
    /// `str(self)` with the limit of `sys.set_int_max_str_digits`, 0 for none.
    pub fn to_decimal_limited(&self, digits_max: usize) -> Result<String> {
        to_decimal_limited(self.is_negative(), self.digits(), digits_max)
    }

    /// `bin(self)`, `oct(self)`, `hex(self)` by base; `prefix` says whether `0x` is wanted.
    pub fn to_base(&self, base: u32, prefix: bool) -> String {
        to_base(self.is_negative(), self.digits(), base, prefix)
    }

    /// The magnitude of `10**n`.
    pub fn power_of_ten(n: u64) -> BigInt {
        if n < 20 {
            return BigInt::from(10u64.pow(n as u32));
        }
        // 10**n = 5**n << n keeps the multiplications small.
        let five = BigInt::from_parts(false, Digits::from_elem(5, 1));
        five.pow_limited(n, u64::MAX)
            .and_then(|power| power.shift_left(n).ok())
            .expect("callers bound n far below what memory holds")
    }
}

/// Text made here is ASCII throughout.
fn ascii(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).expect("only ASCII was written")
}
