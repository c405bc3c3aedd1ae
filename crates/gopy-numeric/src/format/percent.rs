//! Numbers in `%` formatting, for str and bytes.
//!
//! Answers to `_PyUnicode_FormatLong`, `formatfloat` and `unicode_format_arg_output` of
//! `Objects/unicodeobject.c`. Reading the `%…` itself is the caller's, since `*` and `(name)`
//! take arguments.

use super::Pieces;
use crate::error::{NumericError, Result};
use crate::float::text::{Flags, format as float_text};
use crate::int::text;

/// The flags and sizes of one `%…`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PercentSpec {
    /// `-`
    pub left_justify: bool,
    /// `+`
    pub sign: bool,
    /// space
    pub blank: bool,
    /// `#`
    pub alternate: bool,
    /// `0`
    pub zero: bool,
    /// The least width, if given.
    pub width: Option<usize>,
    /// The precision, if given.
    pub precision: Option<usize>,
}

impl PercentSpec {
    /// Sign, prefix and padding around a number.
    fn finish(&self, negative: bool, prefix: &str, body: String) -> Pieces {
        let sign = match (negative, self.sign, self.blank) {
            (true, ..) => "-",
            (_, true, _) => "+",
            (_, _, true) => " ",
            _ => "",
        };
        let head = format!("{sign}{prefix}");
        let missing = self.width.unwrap_or(0).saturating_sub(head.len() + body.len());
        let mut pieces = Pieces { fill: u32::from(' '), head, body, ..Pieces::default() };
        match (self.left_justify, self.zero) {
            (true, _) => pieces.right = missing,
            (_, true) => {
                pieces.fill = u32::from('0');
                pieces.middle = missing;
            }
            _ => pieces.left = missing,
        }
        pieces
    }
}

/// `%d`, `%i`, `%u`, `%o`, `%x`, `%X` of an int.
pub fn format_int(
    spec: &PercentSpec,
    code: char,
    negative: bool,
    digits: &[u32],
    digits_max: usize,
) -> Result<Pieces> {
    let (number, prefix) = match code {
        'o' => (text::to_binary_base(digits, 8), "0o"),
        'x' => (text::to_binary_base(digits, 16), "0x"),
        'X' => (text::to_binary_base(digits, 16).to_ascii_uppercase(), "0X"),
        _ => (text::to_decimal_limited(false, digits, digits_max)?, ""),
    };
    let precision = spec.precision.unwrap_or(0);
    if precision > i32::MAX as usize - 3 {
        return Err(NumericError::overflow("precision too large"));
    }
    let mut body = String::new();
    body.try_reserve(precision.max(number.len())).map_err(|_| NumericError::memory())?;
    body.extend(std::iter::repeat_n('0', precision.saturating_sub(number.len())));
    body.push_str(&number);
    Ok(spec.finish(negative, if spec.alternate { prefix } else { "" }, body))
}

/// `%e`, `%E`, `%f`, `%F`, `%g`, `%G` of a float.
pub fn format_float(spec: &PercentSpec, code: char, value: f64) -> Result<Pieces> {
    let flags = Flags { alternate: spec.alternate, ..Flags::default() };
    let text = float_text(value, code, spec.precision.unwrap_or(6), flags)?;
    let (negative, body) = match text.strip_prefix('-') {
        Some(body) => (true, body.to_owned()),
        None => (false, text),
    };
    Ok(spec.finish(negative, "", body))
}
