//! Formatting of values by a [`FormatSpec`].
//!
//! Answers to `format_string_internal`, `format_long_internal`, `format_float_internal` and
//! `format_complex_internal` of `Python/formatter_unicode.c`, and to
//! `_PyUnicode_InsertThousandsGrouping`.

use super::Pieces;
use super::spec::{FormatSpec, Grouping, Locale, unknown_code};
use crate::error::{NumericError, Result};
use crate::float::text::{Flags, format as float_text};
use crate::int::{convert, text};

/// More places than this are refused.
const PRECISION_MAX: usize = i32::MAX as usize - 1024;

/// The separators of one number.
struct Style<'a> {
    point: &'a str,
    separator: &'a str,
    grouping: &'a [u8],
    fraction_separator: &'a str,
}

impl<'a> Style<'a> {
    fn of(spec: &FormatSpec, locale: &Locale<'a>) -> Style<'a> {
        let mark = |grouping| match grouping {
            Grouping::None => "",
            Grouping::Comma => ",",
            Grouping::Underscore | Grouping::UnderscoreFour => "_",
        };
        let base = if spec.code == u32::from('n') { *locale } else { Locale::C };
        let mut style = Style {
            point: base.decimal_point,
            separator: base.thousands_sep,
            grouping: base.grouping,
            fraction_separator: mark(spec.fraction_grouping),
        };
        if spec.code != u32::from('n') {
            style.separator = mark(spec.grouping);
            style.grouping = match spec.grouping {
                Grouping::None if spec.fraction_grouping == Grouping::None => &[127],
                Grouping::UnderscoreFour => &[4],
                _ => &[3],
            };
        }
        style
    }

    /// Sizes of the groups of `count` digits shown at least `width` wide: per group the digits
    /// and the zeros before them. `separator` is the width of what stands between groups.
    fn groups(&self, count: usize, width: isize, separator: isize) -> Vec<(usize, usize)> {
        let mut groups = Vec::new();
        let (mut remaining, mut width) = (count as isize, width);
        let mut sizes = self.grouping.iter();
        let mut size = 0;
        loop {
            match sizes.next() {
                Some(&next) => size = next,
                None if size == 0 => size = 127,
                None => {}
            }
            let all = remaining.max(width).max(1);
            let last = size == 127;
            let length = if last { all } else { all.min(size.into()) };
            let digits = remaining.min(length).max(0);
            groups.push((digits as usize, (length - digits) as usize));
            remaining -= digits;
            width -= length;
            if last || (remaining <= 0 && width <= 0) {
                return groups;
            }
            width -= separator;
        }
    }

    /// `digits` in groups counted from the right, at least `width` wide.
    fn group_whole(&self, digits: &str, width: isize, out: &mut String) {
        if self.separator.is_empty() && width <= digits.len() as isize {
            out.push_str(digits);
            return;
        }
        let separator = self.separator.chars().count() as isize;
        let mut at = 0;
        for (i, (count, zeros)) in
            self.groups(digits.len(), width, separator).into_iter().rev().enumerate()
        {
            if i != 0 {
                out.push_str(self.separator);
            }
            out.extend(std::iter::repeat_n('0', zeros));
            out.push_str(&digits[at..at + count]);
            at += count;
        }
    }

    /// `digits` in groups counted from the left.
    fn group_fraction(&self, digits: &str, out: &mut String) {
        if self.fraction_separator.is_empty() || digits.is_empty() {
            out.push_str(digits);
            return;
        }
        let mut at = 0;
        for (count, _) in self.groups(digits.len(), digits.len() as isize, 1) {
            if at != 0 {
                out.push_str(self.fraction_separator);
            }
            out.push_str(&digits[at..at + count]);
            at += count;
        }
    }
}

/// The sign to show.
fn sign_text(spec: &FormatSpec, negative: bool) -> &'static str {
    match (negative, spec.sign) {
        (true, _) => "-",
        (_, Some('+')) => "+",
        (_, Some(' ')) => " ",
        _ => "",
    }
}

/// Puts `digits[.fraction][rest]` together and pads it.
fn assemble(
    spec: &FormatSpec,
    style: &Style<'_>,
    negative: bool,
    prefix: &str,
    number: &str,
) -> Result<Pieces> {
    let whole = number.bytes().take_while(u8::is_ascii_digit).count();
    let (whole, rest) = number.split_at(whole);
    let (point, rest) = match rest.strip_prefix('.') {
        Some(rest) => (style.point, rest),
        None => ("", rest),
    };
    // Without a point the digits after an `e` are no fraction.
    let fraction = rest.bytes().take_while(u8::is_ascii_digit).count();
    let (fraction, rest) = rest.split_at(fraction);
    let mut tail = String::new();
    // As much again for separators.
    tail.try_reserve(2 * fraction.len() + rest.len() + point.len())
        .map_err(|_| NumericError::memory())?;
    tail.push_str(point);
    style.group_fraction(fraction, &mut tail);
    tail.push_str(rest);

    let head = format!("{}{prefix}", sign_text(spec, negative));
    let fixed = head.len() + tail.chars().count();
    let width = spec.width.unwrap_or(0);
    let zero_fill = spec.fill == u32::from('0') && spec.align == '=';
    let least = if zero_fill { width as isize - fixed as isize } else { 0 };
    let mut body = String::new();
    body.try_reserve(tail.len() + whole.len() + least.max(0) as usize)
        .map_err(|_| NumericError::memory())?;
    if !whole.is_empty() {
        style.group_whole(whole, least, &mut body);
    }
    body.push_str(&tail);
    let mut pieces = Pieces { fill: spec.fill, head, body, ..Pieces::default() };
    pad(&mut pieces, spec.align, width);
    Ok(pieces)
}

fn pad(pieces: &mut Pieces, align: char, width: usize) {
    let missing = width.saturating_sub(pieces.len());
    match align {
        '<' => pieces.right = missing,
        '^' => {
            pieces.left = missing / 2;
            pieces.right = missing - missing / 2;
        }
        '=' => pieces.middle = missing,
        _ => pieces.left = missing,
    }
}

/// Where a string's text goes: how many of its `len` code points are kept, between which fills.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StrLayout {
    /// Fills before.
    pub left: usize,
    /// Code points of the string.
    pub kept: usize,
    /// Fills after.
    pub right: usize,
}

/// `format(str, spec)`: the layout; the caller copies the text.
pub fn format_str(spec: &FormatSpec, len: usize, type_name: &str) -> Result<StrLayout> {
    let refuse = |message: &'static str| Err(NumericError::value(message));
    if spec.code != u32::from('s') {
        return Err(unknown_code(spec.code, type_name));
    }
    match spec.sign {
        Some(' ') => return refuse("Space not allowed in string format specifier"),
        Some(_) => return refuse("Sign not allowed in string format specifier"),
        None => {}
    }
    if spec.no_negative_zero {
        return refuse("Negative zero coercion (z) not allowed in string format specifier");
    }
    if spec.alternate {
        return refuse("Alternate form (#) not allowed in string format specifier");
    }
    if spec.align == '=' {
        return refuse("'=' alignment not allowed in string format specifier");
    }
    let kept = len.min(spec.precision.unwrap_or(len));
    let missing = spec.width.unwrap_or(0).saturating_sub(kept);
    let left = match spec.align {
        '>' => missing,
        '^' => missing / 2,
        _ => 0,
    };
    Ok(StrLayout { left, kept, right: missing - left })
}

/// `format(int, spec)`; `digits_max` is `sys.get_int_max_str_digits()`, 0 for none.
pub fn format_int(
    spec: &FormatSpec,
    negative: bool,
    digits: &[u32],
    type_name: &str,
    locale: &Locale<'_>,
    digits_max: usize,
) -> Result<Pieces> {
    let code = char::from_u32(spec.code).unwrap_or('\0');
    match code {
        'b' | 'c' | 'd' | 'o' | 'x' | 'X' | 'n' => {}
        'e' | 'E' | 'f' | 'F' | 'g' | 'G' | '%' => {
            let value = convert::to_f64(negative, digits)
                .ok_or_else(|| NumericError::overflow("int too large to convert to float"))?;
            return format_float(spec, value, type_name, locale);
        }
        _ => return Err(unknown_code(spec.code, type_name)),
    }
    if spec.precision.is_some() {
        return Err(NumericError::value("Precision not allowed in integer format specifier"));
    }
    if spec.no_negative_zero {
        return Err(NumericError::value(
            "Negative zero coercion (z) not allowed in integer format specifier",
        ));
    }
    if code == 'c' {
        return format_character(spec, negative, digits);
    }
    let (number, prefix) = match code {
        'b' => (text::to_binary_base(digits, 2), "0b"),
        'o' => (text::to_binary_base(digits, 8), "0o"),
        'x' => (text::to_binary_base(digits, 16), "0x"),
        'X' => (text::to_binary_base(digits, 16).to_ascii_uppercase(), "0X"),
        _ => (text::to_decimal_limited(false, digits, digits_max)?, ""),
    };
    let prefix = if spec.alternate { prefix } else { "" };
    assemble_int(spec, locale, negative, prefix, &number)
}

/// The digits of a base may be letters, so nothing is looked for in them.
fn assemble_int(
    spec: &FormatSpec,
    locale: &Locale<'_>,
    negative: bool,
    prefix: &str,
    number: &str,
) -> Result<Pieces> {
    let style = Style::of(spec, locale);
    let head = format!("{}{prefix}", sign_text(spec, negative));
    let width = spec.width.unwrap_or(0);
    let zero_fill = spec.fill == u32::from('0') && spec.align == '=';
    let least = if zero_fill { width as isize - head.len() as isize } else { 0 };
    let mut body = String::new();
    body.try_reserve(number.len() + least.max(0) as usize).map_err(|_| NumericError::memory())?;
    style.group_whole(number, least, &mut body);
    let mut pieces = Pieces { fill: spec.fill, head, body, ..Pieces::default() };
    pad(&mut pieces, spec.align, width);
    Ok(pieces)
}

fn format_character(spec: &FormatSpec, negative: bool, digits: &[u32]) -> Result<Pieces> {
    if spec.sign.is_some() {
        return Err(NumericError::value("Sign not allowed with integer format specifier 'c'"));
    }
    if spec.alternate {
        return Err(NumericError::value(
            "Alternate form (#) not allowed with integer format specifier 'c'",
        ));
    }
    let value = crate::BigInt::from_slice(negative, digits)
        .to_i64()
        .ok_or_else(|| NumericError::overflow("Python int too large to convert to C long"))?;
    let Some(character) = u32::try_from(value).ok().filter(|&c| c <= 0x10ffff) else {
        return Err(NumericError::overflow("%c arg not in range(0x110000)"));
    };
    let mut pieces = Pieces { fill: spec.fill, character: Some(character), ..Pieces::default() };
    pad(&mut pieces, spec.align, spec.width.unwrap_or(0));
    Ok(pieces)
}

/// The text of one float by type, precision and flags of `spec`.
fn float_number(spec: &FormatSpec, value: f64, add_dot_0: bool) -> Result<String> {
    let code = char::from_u32(spec.code).unwrap_or('\0');
    let precision = spec.precision;
    if precision.is_some_and(|p| p > PRECISION_MAX) {
        return Err(NumericError::value("precision too big"));
    }
    let flags = Flags {
        sign: false,
        add_dot_0: code == '\0' && add_dot_0,
        alternate: spec.alternate,
        no_negative_zero: spec.no_negative_zero,
    };
    match (code, precision) {
        ('\0', None) => float_text(value, 'r', 0, flags),
        ('\0', Some(precision)) => float_text(value, 'g', precision, flags),
        ('n', _) => float_text(value, 'g', precision.unwrap_or(6), flags),
        ('%', _) => {
            let mut number = float_text(value * 100.0, 'f', precision.unwrap_or(6), flags)?;
            number.push('%');
            Ok(number)
        }
        _ => float_text(value, code, precision.unwrap_or(6), flags),
    }
}

/// `format(float, spec)`
pub fn format_float(
    spec: &FormatSpec,
    value: f64,
    type_name: &str,
    locale: &Locale<'_>,
) -> Result<Pieces> {
    let code = char::from_u32(spec.code).unwrap_or('?');
    if !matches!(code, '\0' | 'e' | 'E' | 'f' | 'F' | 'g' | 'G' | 'n' | '%') {
        return Err(unknown_code(spec.code, type_name));
    }
    let number = float_number(spec, value, true)?;
    let (negative, number) = match number.strip_prefix('-') {
        Some(number) => (true, number),
        None => (false, number.as_str()),
    };
    assemble(spec, &Style::of(spec, locale), negative, "", number)
}

/// `format(complex, spec)`
pub fn format_complex(
    spec: &FormatSpec,
    (real, imag): (f64, f64),
    type_name: &str,
    locale: &Locale<'_>,
) -> Result<Pieces> {
    let code = char::from_u32(spec.code).unwrap_or('?');
    if !matches!(code, '\0' | 'e' | 'E' | 'f' | 'F' | 'g' | 'G' | 'n') {
        return Err(unknown_code(spec.code, type_name));
    }
    if spec.precision.is_some_and(|p| p > i32::MAX as usize) {
        return Err(NumericError::value("precision too big"));
    }
    if spec.fill == u32::from('0') {
        return Err(NumericError::value("Zero padding is not allowed in complex format specifier"));
    }
    if spec.align == '=' {
        return Err(NumericError::value(
            "'=' alignment flag is not allowed in complex format specifier",
        ));
    }
    let style = Style::of(spec, locale);
    let bare = FormatSpec { fill: 0, align: '<', width: None, ..*spec };
    let part = |value: f64, spec: FormatSpec, out: &mut String| -> Result<()> {
        let number = float_number(&spec, value, false)?;
        let (negative, number) = match number.strip_prefix('-') {
            Some(number) => (true, number),
            None => (false, number.as_str()),
        };
        let pieces = assemble(&spec, &style, negative, "", number)?;
        out.push_str(&pieces.head);
        out.push_str(&pieces.body);
        Ok(())
    };
    let mut body = String::new();
    let skip_real = code == '\0' && real == 0.0 && real.is_sign_positive();
    if skip_real {
        part(imag, bare, &mut body)?;
        body.push('j');
    } else {
        let parens = code == '\0';
        body.push_str(if parens { "(" } else { "" });
        part(real, bare, &mut body)?;
        part(imag, FormatSpec { sign: Some('+'), ..bare }, &mut body)?;
        body.push_str(if parens { "j)" } else { "j" });
    }
    let mut pieces = Pieces { fill: spec.fill, body, ..Pieces::default() };
    pad(&mut pieces, spec.align, spec.width.unwrap_or(0));
    Ok(pieces)
}
