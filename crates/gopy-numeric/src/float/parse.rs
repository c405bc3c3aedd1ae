//! Text to float.
//!
//! Answers to `PyOS_string_to_double` and `_Py_string_to_number_with_underscores` of
//! `Python/pystrtod.c`. Input is what `_PyUnicode_TransformDecimalAndSpaceToASCII` leaves.

use crate::int::parse::is_space;
use std::borrow::Cow;

/// `float(text)`; `None` where the caller raises
/// `ValueError: could not convert string to float: {text!r}`.
pub fn parse_float(text: &[u8]) -> Option<f64> {
    let text = trim(text);
    let clean = strip_underscores(text)?;
    let (value, length) = parse_prefix(&clean)?;
    (length == clean.len()).then_some(value)
}

/// `text` without spaces around it.
pub(crate) fn trim(mut text: &[u8]) -> &[u8] {
    while let [first, rest @ ..] = text
        && is_space(*first)
    {
        text = rest;
    }
    while let [rest @ .., last] = text
        && is_space(*last)
    {
        text = rest;
    }
    text
}

/// Drops underscores, which may stand only between digits.
pub fn strip_underscores(text: &[u8]) -> Option<Cow<'_, [u8]>> {
    if !text.contains(&b'_') {
        return Some(Cow::Borrowed(text));
    }
    let mut clean = Vec::with_capacity(text.len());
    let mut previous = 0u8;
    for &byte in text {
        if byte == b'_' {
            if !previous.is_ascii_digit() {
                return None;
            }
        } else {
            if previous == b'_' && !byte.is_ascii_digit() {
                return None;
            }
            clean.push(byte);
        }
        previous = byte;
    }
    (previous != b'_').then_some(Cow::Owned(clean))
}

/// The float at the start of `text` and how many bytes it takes; no spaces are skipped.
pub fn parse_prefix(text: &[u8]) -> Option<(f64, usize)> {
    let sign = matches!(text.first(), Some(b'+' | b'-')) as usize;
    let count = |from: usize| text[from..].iter().take_while(|b| b.is_ascii_digit()).count();
    let whole = count(sign);
    let mut at = sign + whole;
    let mut digits = whole;
    if text.get(at) == Some(&b'.') {
        let fraction = count(at + 1);
        digits += fraction;
        at += 1 + fraction;
    }
    if digits == 0 {
        return parse_special(text, sign);
    }
    if let Some(b'e' | b'E') = text.get(at) {
        let mark = at + 1 + matches!(text.get(at + 1), Some(b'+' | b'-')) as usize;
        let exponent = text.get(mark..).map_or(0, |_| count(mark));
        if exponent != 0 {
            at = mark + exponent;
        }
    }
    let number = std::str::from_utf8(&text[..at]).ok()?;
    Some((parse_plain(number), at))
}

/// A decimal number whose shape has been checked.
pub(crate) fn parse_plain(number: &str) -> f64 {
    number.parse().expect("the shape of the number has been checked")
}

fn parse_special(text: &[u8], sign: usize) -> Option<(f64, usize)> {
    let negative = text.first() == Some(&b'-');
    let body = &text[sign..];
    let starts =
        |word: &[u8]| body.get(..word.len()).is_some_and(|head| head.eq_ignore_ascii_case(word));
    let (value, length) = if starts(b"infinity") {
        (f64::INFINITY, 8)
    } else if starts(b"inf") {
        (f64::INFINITY, 3)
    } else if starts(b"nan") {
        (f64::NAN.copysign(1.0), 3)
    } else {
        return None;
    };
    Some((if negative { -value } else { value }, sign + length))
}

/// `complex(text)`; `None` where the caller raises
/// `ValueError: complex() arg is a malformed string`.
pub fn parse_complex(text: &[u8]) -> Option<(f64, f64)> {
    let text = trim(text);
    let text = match text {
        [b'(', inner @ .., b')'] => trim(inner),
        _ => text,
    };
    let clean = strip_underscores(text)?;
    let s: &[u8] = &clean;
    let is_j = |at: usize| matches!(s.get(at), Some(b'j' | b'J'));
    let is_sign = |at: usize| matches!(s.get(at), Some(b'+' | b'-'));
    // A sign (or nothing) before "j" means one.
    let unit =
        |at: usize| (if s.get(at) == Some(&b'-') { -1.0 } else { 1.0 }, at + is_sign(at) as usize);
    let (real, imag, end) = match parse_prefix(s) {
        Some((first, at)) => {
            if is_sign(at) {
                let (second, next) = match parse_prefix(&s[at..]) {
                    Some((value, length)) => (value, at + length),
                    None => unit(at),
                };
                if !is_j(next) {
                    return None;
                }
                (first, second, next + 1)
            } else if is_j(at) {
                (0.0, first, at + 1)
            } else {
                (first, 0.0, at)
            }
        }
        None => {
            let (value, at) = unit(0);
            if !is_j(at) {
                return None;
            }
            (0.0, value, at + 1)
        }
    };
    (end == s.len()).then_some((real, imag))
}
