//! Numeric literals. Answers to `parsenumber` in `Parser/pegen.c`.

use gopy_numeric::int::parse::{IntParseError, parse_int};

use crate::ast::{Arena, BigInt, Constant};

/// The value of a `NUMBER` token. `digits_max` limits decimal ints (0: no limit); the error is the
/// message of a `SyntaxError` that shows the line, but no column.
pub fn number<'a>(
    arena: &'a Arena,
    token: &[u8],
    digits_max: usize,
) -> Result<Constant<'a>, String> {
    let stripped: Vec<u8>;
    let digits = if memchr::memchr(b'_', token).is_some() {
        stripped = token.iter().copied().filter(|b| *b != b'_').collect();
        stripped.as_slice()
    } else {
        token
    };
    if let [b'0', letter @ (b'x' | b'X' | b'o' | b'O' | b'b' | b'B'), rest @ ..] = digits {
        let bits = match letter.to_ascii_lowercase() {
            b'x' => 4,
            b'o' => 3,
            _ => 1,
        };
        if rest.len() * bits > 63 {
            return big(arena, digits, 0, 0);
        }
        let value = rest.iter().fold(0_i64, |value, b| {
            value << bits | i64::from(char::from(*b).to_digit(16).unwrap_or_default())
        });
        return Ok(Constant::Int(value));
    }
    if digits.iter().all(u8::is_ascii_digit) {
        if digits.len() > 18 {
            return big(arena, digits, 10, digits_max);
        }
        let value = digits.iter().fold(0, |value, b| value * 10 + i64::from(b - b'0'));
        return Ok(Constant::Int(value));
    }
    if let [body @ .., b'j' | b'J'] = digits {
        return Ok(Constant::Complex { real: 0.0, imag: float(body) });
    }
    Ok(Constant::Float(float(digits)))
}

#[cold]
fn big<'a>(
    arena: &'a Arena,
    digits: &[u8],
    base: u32,
    digits_max: usize,
) -> Result<Constant<'a>, String> {
    match parse_int(digits, base, digits_max) {
        Ok(value) => Ok(match value.to_i64() {
            Some(small) => Constant::Int(small),
            None => Constant::BigInt(BigInt {
                negative: value.is_negative(),
                digits: arena.slice(value.digits()),
            }),
        }),
        Err(IntParseError::Error(error)) => Err(format!(
            "{} - Consider hexadecimal for huge integer literals to avoid decimal conversion \
             limits.",
            error.message
        )),
        Err(IntParseError::Invalid) => Err("invalid decimal literal".to_owned()),
    }
}

/// A float too large is infinite, one too small zero.
fn float(digits: &[u8]) -> f64 {
    std::str::from_utf8(digits).ok().and_then(|text| text.parse().ok()).unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(token: &str, expected: Constant<'_>) {
        assert_eq!(number(&Arena::new(), token.as_bytes(), 4300), Ok(expected));
    }

    #[test]
    fn values() {
        check("1_0", Constant::Int(10));
        check("0x_fF", Constant::Int(255));
        check("0o17", Constant::Int(15));
        check("0b1_01", Constant::Int(5));
        check("00_0", Constant::Int(0));
        check("0x7fffffffffffffff", Constant::Int(i64::MAX));
        check("9223372036854775807", Constant::Int(i64::MAX));
        check(
            "0x10000000000000000",
            Constant::BigInt(BigInt { negative: false, digits: &[0, 0, 16] }),
        );
        check("1e999", Constant::Float(f64::INFINITY));
        check("1.", Constant::Float(1.0));
        check("1.e1", Constant::Float(10.0));
        check(".5E-1_0", Constant::Float(5e-11));
        check("00.5", Constant::Float(0.5));
        check("1_0J", Constant::Complex { real: 0.0, imag: 10.0 });
    }

    #[test]
    fn digit_limit() {
        let message = number(&Arena::new(), &[b'1'; 5000], 4300).unwrap_err();
        assert_eq!(
            message,
            "Exceeds the limit (4300 digits) for integer string conversion: value has 5000 \
             digits; use sys.set_int_max_str_digits() to increase the limit - Consider \
             hexadecimal for huge integer literals to avoid decimal conversion limits."
        );
    }
}
