//! The character database behind the module `unicodedata`, in both its versions.
//!
//! Answers to the first half of `Modules/unicodedata.c`. `ucd_3_2_0` differs by what the oracle
//! answers, quirks included: it was measured, not derived from the old files.

use crate::ctype::{decimal_of, digit_of, numeric_of};
use crate::data::{narrow_leaf, triple, wide_leaf};
use crate::normalize::{decomposition_entry, syllable_parts};
use crate::tables::{
    BIDIRECTIONAL_NAMES, CATEGORY_NAMES, DATABASE_INDEX, DATABASE_LEAVES, DATABASE_OLD_INDEX,
    DATABASE_OLD_LEAVES, DATABASE_OLD_SHIFT, DATABASE_RECORDS, DATABASE_SHIFT, DECOMPOSITION_TAGS,
    NUMERIC_INDEX, NUMERIC_LEAVES, NUMERIC_OLD_INDEX, NUMERIC_OLD_LEAVES, NUMERIC_OLD_SHIFT,
    NUMERIC_SHIFT, UNIDATA_VERSIONS, WIDTH_NAMES,
};
use std::fmt::Write as _;

/// A version of the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Version {
    /// `unicodedata` itself.
    Current,
    /// `unicodedata.ucd_3_2_0`.
    Old,
}

impl Version {
    /// `unidata_version`.
    pub fn name(self) -> &'static str {
        UNIDATA_VERSIONS[self as usize]
    }
}

/// Category, bidirectional class, combining class, mirrored, width, quick check.
fn record(version: Version, code: u32) -> [u8; 6] {
    let number = match version {
        Version::Current => wide_leaf(code, DATABASE_SHIFT, DATABASE_INDEX, DATABASE_LEAVES),
        Version::Old => {
            wide_leaf(code, DATABASE_OLD_SHIFT, DATABASE_OLD_INDEX, DATABASE_OLD_LEAVES)
        }
    };
    DATABASE_RECORDS.get(number).copied().unwrap_or_default()
}

fn numeric_record(version: Version, code: u32) -> usize {
    match version {
        Version::Current => narrow_leaf(code, NUMERIC_SHIFT, NUMERIC_INDEX, NUMERIC_LEAVES),
        Version::Old => narrow_leaf(code, NUMERIC_OLD_SHIFT, NUMERIC_OLD_INDEX, NUMERIC_OLD_LEAVES),
    }
}

/// General category, "Cn" if unassigned.
pub fn category(version: Version, code: u32) -> &'static str {
    CATEGORY_NAMES[usize::from(record(version, code)[0])]
}

/// Whether the category is another than "Cn".
pub fn is_assigned(version: Version, code: u32) -> bool {
    record(version, code)[0] != 0
}

/// Bidirectional class, empty if there is none.
pub fn bidirectional(version: Version, code: u32) -> &'static str {
    BIDIRECTIONAL_NAMES[usize::from(record(version, code)[1])]
}

/// Canonical combining class.
pub fn combining(version: Version, code: u32) -> u8 {
    record(version, code)[2]
}

/// Whether the character is mirrored in bidirectional text.
pub fn mirrored(version: Version, code: u32) -> bool {
    record(version, code)[3] != 0
}

/// East Asian width.
pub fn east_asian_width(version: Version, code: u32) -> &'static str {
    WIDTH_NAMES[usize::from(record(version, code)[4])]
}

/// Bits by [`Form`](crate::normalize::Form): the character cannot stand in it.
pub(crate) fn quick_check_bits(code: u32) -> u8 {
    record(Version::Current, code)[5]
}

/// Value of a decimal digit.
pub fn decimal(version: Version, code: u32) -> Option<u8> {
    decimal_of(numeric_record(version, code))
}

/// Value of a digit.
pub fn digit(version: Version, code: u32) -> Option<u8> {
    digit_of(numeric_record(version, code))
}

/// Value of a numeric character.
pub fn numeric(version: Version, code: u32) -> Option<f64> {
    numeric_of(numeric_record(version, code))
}

/// Name of a character; aliases and sequences have none here.
pub fn name(version: Version, code: u32) -> Option<String> {
    if version == Version::Old && !is_assigned(version, code) {
        return None;
    }
    crate::names::name(code)
}

/// The decomposition as `unicodedata.decomposition` spells it, empty if there is none.
pub fn decomposition(version: Version, code: u32) -> String {
    if !is_assigned(version, code) {
        return String::new();
    }
    if let Some((parts, len)) = syllable_parts(code) {
        let parts: Vec<String> = parts[..len].iter().map(|part| format!("{part:04X}")).collect();
        return parts.join(" ");
    }
    let (tag, parts) = decomposition_entry(code);
    let mut text = DECOMPOSITION_TAGS[tag].to_owned();
    for &part in parts {
        let space = if text.is_empty() { "" } else { " " };
        write!(text, "{space}{:04X}", triple(part)).expect("a String takes everything");
    }
    text
}
