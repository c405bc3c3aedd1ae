//! What `str` methods and the lexer ask about one character.
//!
//! Answers to `Objects/unicodectype.c`. Every function takes any `u32`; beyond U+10FFFF the
//! answer is that of an unassigned code point.

use crate::data::{narrow_leaf, triple, wide_leaf};
use crate::tables::{
    CASE_EXTRA, CASE_INDEX, CASE_LEAVES, CASE_RECORDS, CASE_SHIFT, CTYPE_INDEX, CTYPE_LEAVES,
    CTYPE_RECORDS, CTYPE_SHIFT, NUMERIC_DECIMAL, NUMERIC_DIGIT, NUMERIC_INDEX, NUMERIC_LEAVES,
    NUMERIC_SHIFT, NUMERIC_VALUE,
};

const ALPHA: u16 = 1;
const DECIMAL: u16 = 1 << 1;
const DIGIT: u16 = 1 << 2;
const NUMERIC: u16 = 1 << 3;
const LOWER: u16 = 1 << 4;
const UPPER: u16 = 1 << 5;
const TITLE: u16 = 1 << 6;
const SPACE: u16 = 1 << 7;
const PRINTABLE: u16 = 1 << 8;
const XID_START: u16 = 1 << 9;
const XID_CONTINUE: u16 = 1 << 10;
const CASED: u16 = 1 << 11;
const CASE_IGNORABLE: u16 = 1 << 12;
const LINEBREAK: u16 = 1 << 13;

#[inline]
fn flags(code: u32) -> u16 {
    let record = narrow_leaf(code, CTYPE_SHIFT, CTYPE_INDEX, CTYPE_LEAVES);
    CTYPE_RECORDS.get(record).map_or(0, |&bytes| u16::from_le_bytes(bytes))
}

macro_rules! tests {
    ($($(#[$doc:meta])* $name:ident: $flags:expr;)*) => {
        $(
            $(#[$doc])*
            #[inline]
            pub fn $name(code: u32) -> bool {
                flags(code) & ($flags) != 0
            }
        )*
    };
}

tests! {
    /// Categories Lm, Lt, Lu, Ll and Lo.
    is_alpha: ALPHA;
    /// A decimal digit of some script.
    is_decimal: DECIMAL;
    /// A decimal digit, or one in another shape, such as a superscript.
    is_digit: DIGIT;
    /// Has a numeric value, fractions and ideographs included.
    is_numeric: NUMERIC;
    /// What `str.isalnum` accepts.
    is_alnum: ALPHA | DECIMAL | DIGIT | NUMERIC;
    /// The derived property Lowercase.
    is_lower: LOWER;
    /// The derived property Uppercase.
    is_upper: UPPER;
    /// Category Lt.
    is_title: TITLE;
    /// White space for `str.isspace`, `str.strip` and `str.split`.
    is_space: SPACE;
    /// What `repr` shows as it is.
    is_printable: PRINTABLE;
    /// Begins an identifier; `_`, which also does, is not counted here.
    is_xid_start: XID_START;
    /// Continues an identifier, `_` included.
    is_xid_continue: XID_CONTINUE;
    /// The derived property Cased.
    is_cased: CASED;
    /// The derived property Case_Ignorable: a final sigma looks through these.
    is_case_ignorable: CASE_IGNORABLE;
    /// Ends a line for `str.splitlines`.
    is_linebreak: LINEBREAK;
}

/// How a character counts for `str.islower` and `str.isupper`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Case {
    /// Lowercase.
    Lower,
    /// Uppercase.
    Upper,
    /// Category Lt.
    Title,
    /// None of these.
    None,
}

/// The case of a character, in one look-up.
#[inline]
pub fn case(code: u32) -> Case {
    let flags = flags(code);
    if flags & LOWER != 0 {
        Case::Lower
    } else if flags & UPPER != 0 {
        Case::Upper
    } else if flags & TITLE != 0 {
        Case::Title
    } else {
        Case::None
    }
}

/// Which of the four mappings of a case record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CaseMap {
    /// `str.lower`, without the rule for a final sigma.
    Lower,
    /// `str.upper`.
    Upper,
    /// First character of a word in `str.title`.
    Title,
    /// `str.casefold`.
    Fold,
}

/// A mapping of one character to one, two or three.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mapped {
    codes: [u32; 3],
    len: u8,
}

impl Mapped {
    const fn one(code: u32) -> Self {
        Mapped { codes: [code, 0, 0], len: 1 }
    }

    /// The characters that replace the original.
    #[inline]
    pub fn as_slice(&self) -> &[u32] {
        &self.codes[..usize::from(self.len)]
    }
}

/// The full mapping of a character.
#[inline]
pub fn map_case(code: u32, map: CaseMap) -> Mapped {
    let record = wide_leaf(code, CASE_SHIFT, CASE_INDEX, CASE_LEAVES);
    if record == 0 {
        return Mapped::one(code);
    }
    let Some(&record) = CASE_RECORDS.get(record) else { return Mapped::one(code) };
    let [lower, upper, title, fold] = *record.as_chunks::<4>().0 else {
        return Mapped::one(code);
    };
    let value = u32::from_le_bytes(match map {
        CaseMap::Lower => lower,
        CaseMap::Upper => upper,
        CaseMap::Title => title,
        CaseMap::Fold => fold,
    });
    if value >> 28 != 4 {
        return Mapped::one(code.wrapping_add(value));
    }
    let (len, start) = ((value >> 24 & 15) as u8, (value & 0xFFFF) as usize);
    let mut codes = [0; 3];
    for (slot, &entry) in codes[..usize::from(len)].iter_mut().zip(&CASE_EXTRA[start..]) {
        *slot = triple(entry);
    }
    Mapped { codes, len }
}

/// Lower case as one character.
pub fn to_lower(code: u32) -> u32 {
    map_case(code, CaseMap::Lower).codes[0]
}

/// Upper case as one character, the first of several.
pub fn to_upper(code: u32) -> u32 {
    map_case(code, CaseMap::Upper).codes[0]
}

/// Title case as one character, the first of several.
pub fn to_title(code: u32) -> u32 {
    map_case(code, CaseMap::Title).codes[0]
}

fn numeric_record(code: u32) -> usize {
    narrow_leaf(code, NUMERIC_SHIFT, NUMERIC_INDEX, NUMERIC_LEAVES)
}

/// Value of a decimal digit.
pub fn decimal(code: u32) -> Option<u8> {
    decimal_of(numeric_record(code))
}

/// Value of a digit.
pub fn digit(code: u32) -> Option<u8> {
    digit_of(numeric_record(code))
}

/// Value of a numeric character.
pub fn numeric(code: u32) -> Option<f64> {
    numeric_of(numeric_record(code))
}

pub(crate) fn decimal_of(record: usize) -> Option<u8> {
    NUMERIC_DECIMAL.get(record).copied().filter(|&value| value != 255)
}

pub(crate) fn digit_of(record: usize) -> Option<u8> {
    NUMERIC_DIGIT.get(record).copied().filter(|&value| value != 255)
}

pub(crate) fn numeric_of(record: usize) -> Option<f64> {
    NUMERIC_VALUE.get(record).map(|&bytes| f64::from_le_bytes(bytes)).filter(|v| !v.is_nan())
}
