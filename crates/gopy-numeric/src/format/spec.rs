//! Parsing of format specifications.
//!
//! Answers to `parse_internal_render_format_spec` of `Python/formatter_unicode.c`.

use crate::error::{NumericError, Result};

/// What is to be formatted; decides the default type and alignment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// `str`
    Str,
    /// `int`
    Int,
    /// `float`
    Float,
    /// `complex`
    Complex,
}

/// Which thousands separator was asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Grouping {
    /// None.
    #[default]
    None,
    /// `,` every three digits
    Comma,
    /// `_` every three digits
    Underscore,
    /// `_` every four digits, in bases 2, 8 and 16
    UnderscoreFour,
}

/// What `localeconv()` says about numbers.
#[derive(Clone, Copy, Debug)]
pub struct Locale<'a> {
    /// Between the integral part and the fraction.
    pub decimal_point: &'a str,
    /// Between groups.
    pub thousands_sep: &'a str,
    /// Sizes of groups from the right; the last repeats, 127 ends the grouping.
    pub grouping: &'a [u8],
}

impl Locale<'static> {
    /// The "C" locale: a point and no groups.
    pub const C: Self = Locale { decimal_point: ".", thousands_sep: "", grouping: &[127] };
}

/// A parsed format specification.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FormatSpec {
    /// The fill character.
    pub fill: u32,
    /// `<`, `>`, `=` or `^`
    pub align: char,
    /// `#`
    pub alternate: bool,
    /// `z`
    pub no_negative_zero: bool,
    /// `+`, `-`, space, if given.
    pub sign: Option<char>,
    /// The least width, if given.
    pub width: Option<usize>,
    /// Groups before the point.
    pub grouping: Grouping,
    /// The precision, if given.
    pub precision: Option<usize>,
    /// Groups after the point.
    pub fraction_grouping: Grouping,
    /// The presentation type, 0 for none.
    pub code: u32,
}

/// `'c'` or `'\x..'`, as CPython names a character in these messages.
fn show(code: u32) -> String {
    match code {
        33..128 => char::from(code as u8).to_string(),
        _ => format!("\\x{code:x}"),
    }
}

/// `ValueError: Unknown format code 'y' for object of type 'int'`
#[cold]
pub fn unknown_code(code: u32, type_name: &str) -> NumericError {
    NumericError::value(format!(
        "Unknown format code '{}' for object of type '{type_name:.200}'",
        show(code)
    ))
}

#[cold]
fn bad_separator(grouping: Grouping, code: u32) -> NumericError {
    let mark = if grouping == Grouping::Comma { ',' } else { '_' };
    NumericError::value(format!("Cannot specify '{mark}' with '{}'.", show(code)))
}

#[cold]
fn both_separators() -> NumericError {
    NumericError::value("Cannot specify both ',' and '_'.")
}

struct Reader<'a, D> {
    rest: &'a [u32],
    decimal: D,
}

impl<D: Fn(u32) -> Option<u32>> Reader<'_, D> {
    fn peek(&self, what: char) -> bool {
        self.rest.first() == Some(&u32::from(what))
    }

    fn take(&mut self, what: char) -> bool {
        let found = self.peek(what);
        if found {
            self.rest = &self.rest[1..];
        }
        found
    }

    fn take_any(&mut self, set: &str) -> Option<char> {
        let found = set.chars().find(|&c| self.peek(c))?;
        self.rest = &self.rest[1..];
        Some(found)
    }

    fn integer(&mut self) -> Result<Option<usize>> {
        let mut value: Option<usize> = None;
        while let [first, tail @ ..] = self.rest
            && let Some(digit) = (self.decimal)(*first)
        {
            let next = value.unwrap_or(0).checked_mul(10);
            let next = next.and_then(|v| v.checked_add(digit as usize));
            value =
                Some(next.filter(|&v| isize::try_from(v).is_ok()).ok_or_else(|| {
                    NumericError::value("Too many decimal digits in format string")
                })?);
            self.rest = tail;
        }
        Ok(value)
    }

    /// `,` or `_`, not both.
    fn separators(&mut self) -> Result<Grouping> {
        let comma = self.take(',');
        if self.peek('_') && comma {
            return Err(both_separators());
        }
        let underscore = self.take('_');
        if self.peek(',') && underscore {
            return Err(both_separators());
        }
        Ok(match (comma, underscore) {
            (true, _) => Grouping::Comma,
            (_, true) => Grouping::Underscore,
            _ => Grouping::None,
        })
    }
}

impl FormatSpec {
    /// Parses the code points of `text`. `decimal` is `Py_UNICODE_TODECIMAL`: any decimal digit
    /// of Unicode counts. `type_name` is the type of the value, for messages.
    pub fn parse(
        text: &[u32],
        target: Target,
        type_name: &str,
        decimal: impl Fn(u32) -> Option<u32>,
    ) -> Result<FormatSpec> {
        const ALIGN: &str = "<>=^";
        let (code, align) = match target {
            Target::Str => (u32::from('s'), '<'),
            Target::Int => (u32::from('d'), '>'),
            Target::Float | Target::Complex => (0, '>'),
        };
        let mut spec = FormatSpec {
            fill: u32::from(' '),
            align,
            alternate: false,
            no_negative_zero: false,
            sign: None,
            width: None,
            grouping: Grouping::None,
            precision: None,
            fraction_grouping: Grouping::None,
            code,
        };
        let mut reader = Reader { rest: text, decimal };
        let mut align_given = None;
        let mut fill_given = false;
        if let [fill, align, tail @ ..] = text
            && let Some(align) = ALIGN.chars().find(|&c| u32::from(c) == *align)
        {
            spec.fill = *fill;
            fill_given = true;
            align_given = Some(align);
            reader.rest = tail;
        } else if let Some(align) = reader.take_any(ALIGN) {
            align_given = Some(align);
        }
        spec.align = align_given.unwrap_or(align);
        spec.sign = reader.take_any(" +-");
        spec.no_negative_zero = reader.take('z');
        spec.alternate = reader.take('#');
        if !fill_given && reader.take('0') {
            spec.fill = u32::from('0');
            if align_given.is_none() && align == '>' {
                spec.align = '=';
            }
        }
        spec.width = reader.integer()?;
        spec.grouping = reader.separators()?;
        if reader.take('.') {
            spec.precision = reader.integer()?;
            spec.fraction_grouping = reader.separators()?;
            if spec.precision.is_none() && spec.fraction_grouping == Grouping::None {
                return Err(NumericError::value("Format specifier missing precision"));
            }
        }
        match reader.rest {
            [] => {}
            [code] => spec.code = *code,
            _ => return Err(invalid(text, type_name)),
        }
        spec.check_separators()?;
        Ok(spec)
    }

    fn check_separators(&mut self) -> Result<()> {
        let code = char::from_u32(self.code).unwrap_or('?');
        if self.grouping != Grouping::None {
            match code {
                'd' | 'e' | 'f' | 'g' | 'E' | 'G' | '%' | 'F' | '\0' => {}
                'b' | 'o' | 'x' | 'X' if self.grouping == Grouping::Underscore => {
                    self.grouping = Grouping::UnderscoreFour;
                }
                _ => return Err(bad_separator(self.grouping, self.code)),
            }
        }
        if code == 'n' && self.fraction_grouping != Grouping::None {
            return Err(bad_separator(self.fraction_grouping, self.code));
        }
        Ok(())
    }
}

#[cold]
fn invalid(text: &[u32], type_name: &str) -> NumericError {
    let text: String =
        text.iter().map(|&c| char::from_u32(c).unwrap_or(char::REPLACEMENT_CHARACTER)).collect();
    NumericError::value(format!(
        "Invalid format specifier '{text}' for object of type '{type_name:.200}'"
    ))
}
