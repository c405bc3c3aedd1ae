//! Character names: code point to name and back.
//!
//! Answers to the second half of `Modules/unicodedata.c`. A name is stored as token numbers into
//! a lexicon of words (each with the separator before it); names lie in code point order, aliases
//! and named sequences behind them, and a permutation in the order of the names serves lookups.
//! Hangul syllables and unified ideographs are computed.

use crate::data::{triple, wide_leaf};
use crate::tables::{
    ALIAS_COUNT, ALIAS_START, IDEOGRAPHS, NAME_BLOB, NAME_CODES, NAME_COUNT, NAME_INDEX,
    NAME_LEAVES, NAME_MAX, NAME_OFFSETS, NAME_SHIFT, NAME_SHORT, NAME_SORTED, NAME_WORD_OFFSETS,
    NAME_WORDS, SEQUENCE_COUNT, SEQUENCE_START, SEQUENCES,
};
use std::fmt::Write as _;

/// For names of more bytes `unicodedata.lookup` says "name too long".
pub const NAME_LENGTH_MAX: usize = 256;

const SYLLABLE_PREFIX: &str = "HANGUL SYLLABLE ";
const IDEOGRAPH_PREFIX: &str = "CJK UNIFIED IDEOGRAPH-";
const SYLLABLE_BASE: u32 = 0xAC00;
const SYLLABLE_COUNT: u32 = 19 * 21 * 28;
const LEADING: [&str; 19] = [
    "G", "GG", "N", "D", "DD", "R", "M", "B", "BB", "S", "SS", "", "J", "JJ", "C", "K", "T", "P",
    "H",
];
const VOWELS: [&str; 21] = [
    "A", "AE", "YA", "YAE", "EO", "E", "YEO", "YE", "O", "WA", "WAE", "OE", "YO", "U", "WEO", "WE",
    "WI", "YU", "EU", "YI", "I",
];
const TRAILING: [&str; 28] = [
    "", "G", "GG", "GS", "N", "NJ", "NH", "D", "L", "LG", "LM", "LB", "LS", "LT", "LP", "LH", "M",
    "B", "BS", "S", "SS", "NG", "J", "C", "K", "T", "P", "H",
];

/// What a name stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Named {
    /// A character by its own name.
    Character(u32),
    /// A character by one of its aliases, which 3.2.0 does not know.
    Alias(u32),
    /// A named sequence; 3.2.0 and `\N{…}` in a literal do not know them.
    Sequence(&'static str),
}

/// Name of a code point, as `unicodedata.name` gives it.
pub fn name(code: u32) -> Option<String> {
    let mut text = String::new();
    if let Some(syllable) = code.checked_sub(SYLLABLE_BASE).filter(|&s| s < SYLLABLE_COUNT) {
        let (vowel, trailing) = (syllable / 28 % 21, syllable % 28);
        for part in [
            SYLLABLE_PREFIX,
            LEADING[(syllable / (21 * 28)) as usize],
            VOWELS[vowel as usize],
            TRAILING[trailing as usize],
        ] {
            text.push_str(part);
        }
        return Some(text);
    }
    if is_unified_ideograph(code) {
        return Some(format!("{IDEOGRAPH_PREFIX}{code:X}"));
    }
    let entry = wide_leaf(code, NAME_SHIFT, NAME_INDEX, NAME_LEAVES).checked_sub(1)?;
    spell(entry, &mut text);
    Some(text)
}

/// As [`name`], and the private use code points that stand for aliases and sequences have theirs:
/// the error handler `namereplace` shows them.
pub fn name_with_aliases(code: u32) -> Option<String> {
    let place = (code as usize).checked_sub(ALIAS_START)?;
    let entry = if place < ALIAS_COUNT {
        NAME_COUNT + place
    } else {
        let place = (code as usize).checked_sub(SEQUENCE_START)?;
        if place >= SEQUENCE_COUNT {
            return None;
        }
        NAME_COUNT + ALIAS_COUNT + place
    };
    let mut text = String::new();
    spell(entry, &mut text);
    Some(text)
}

/// The character that `\N{name}` denotes in a literal: by name or alias, in any case.
pub fn lookup(name: &str) -> Option<u32> {
    match lookup_named(name.as_bytes())? {
        Named::Character(code) | Named::Alias(code) => Some(code),
        Named::Sequence(_) => None,
    }
}

/// What `unicodedata.lookup` finds under a name, in any case.
pub fn lookup_named(name: &[u8]) -> Option<Named> {
    if name.len() > NAME_MAX {
        return None;
    }
    let name = name.to_ascii_uppercase();
    if let Some(rest) = name.strip_prefix(SYLLABLE_PREFIX.as_bytes()) {
        return syllable(rest).map(Named::Character);
    }
    if let Some(rest) = name.strip_prefix(IDEOGRAPH_PREFIX.as_bytes()) {
        return ideograph(rest).map(Named::Character);
    }
    let mut text = String::with_capacity(NAME_MAX);
    let found = NAME_SORTED
        .binary_search_by(|&entry| {
            text.clear();
            spell(usize::from(u16::from_le_bytes(entry)), &mut text);
            text.as_bytes().cmp(&name)
        })
        .ok()?;
    let entry = usize::from(u16::from_le_bytes(NAME_SORTED[found]));
    let code = triple(NAME_CODES[entry]);
    Some(if entry < NAME_COUNT {
        Named::Character(code)
    } else if entry < NAME_COUNT + ALIAS_COUNT {
        Named::Alias(code)
    } else {
        Named::Sequence(SEQUENCES[entry - NAME_COUNT - ALIAS_COUNT])
    })
}

fn is_unified_ideograph(code: u32) -> bool {
    IDEOGRAPHS.as_chunks().0.iter().any(|&[first, last]| {
        let range = triple(first)..=triple(last);
        range.contains(&code)
    })
}

/// Four or five hexadecimal digits of an ideograph, the shortest spelling only.
fn ideograph(digits: &[u8]) -> Option<u32> {
    if !(4..=5).contains(&digits.len()) || digits[0] == b'0' {
        return None;
    }
    let code = digits
        .iter()
        .try_fold(0, |code, &digit| Some(code << 4 | char::from(digit).to_digit(16)?))?;
    is_unified_ideograph(code).then_some(code)
}

fn syllable(mut rest: &[u8]) -> Option<u32> {
    // The longest part that fits is taken, without going back.
    let mut take = |parts: &[&str]| {
        let fits = |part: &&(usize, &&str)| rest.starts_with(part.1.as_bytes());
        let parts: Vec<_> = parts.iter().enumerate().collect();
        let &(number, part) = parts.iter().filter(fits).max_by_key(|part| part.1.len())?;
        rest = &rest[part.len()..];
        Some(number as u32)
    };
    let (leading, vowel, trailing) = (take(&LEADING)?, take(&VOWELS)?, take(&TRAILING)?);
    rest.is_empty().then_some(SYLLABLE_BASE + (leading * 21 + vowel) * 28 + trailing)
}

/// Appends the name of an entry.
fn spell(entry: usize, text: &mut String) {
    let mut position = triple(NAME_OFFSETS[entry / 16]) as usize;
    for _ in 0..entry % 16 {
        while let Some((_, next)) = token(position) {
            position = next;
        }
        position += 1;
    }
    while let Some((number, next)) = token(position) {
        position = next;
        if number == 1 {
            write!(text, "{:X}", triple(NAME_CODES[entry])).expect("a String takes everything");
        } else {
            word(number - 2, text);
        }
    }
}

/// The token at a position and where the next begins; `None` at the end of a name.
fn token(position: usize) -> Option<(usize, usize)> {
    let first = usize::from(NAME_BLOB[position]);
    if first == 0 {
        None
    } else if first < NAME_SHORT {
        Some((first, position + 1))
    } else {
        let second = usize::from(NAME_BLOB[position + 1]);
        Some((NAME_SHORT + (first - NAME_SHORT) * 256 + second, position + 2))
    }
}

/// Appends a word of the lexicon; the last byte of each has its high bit set.
fn word(number: usize, text: &mut String) {
    let mut position = triple(NAME_WORD_OFFSETS[number / 8]) as usize;
    for _ in 0..number % 8 {
        while NAME_WORDS[position] < 0x80 {
            position += 1;
        }
        position += 1;
    }
    loop {
        let byte = NAME_WORDS[position];
        text.push(char::from(byte & 0x7F));
        if byte >= 0x80 {
            return;
        }
        position += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(name: &str, expected: Option<u32>) {
        assert_eq!(lookup(name), expected);
    }

    #[test]
    fn finds_names_in_any_case() {
        check("LATIN SMALL LETTER A", Some(0x61));
        check("latin small letter a", Some(0x61));
        check("Hangul Syllable Gag", Some(0xAC01));
        check("CJK UNIFIED IDEOGRAPH-4E00", Some(0x4E00));
        check("NULL", Some(0));
        check("EGYPTIAN HIEROGLYPH-13460", Some(0x13460));
    }

    #[test]
    fn refuses_what_is_no_name() {
        for name in [
            "",
            "A",
            "HANGUL SYLLABLE ",
            "HANGUL SYLLABLE GX",
            "CJK UNIFIED IDEOGRAPH-04E00",
            "CJK UNIFIED IDEOGRAPH-00041",
            "KEYCAP DIGIT ONE",
        ] {
            check(name, None);
        }
    }

    #[test]
    fn names_lead_back() {
        for code in (0..0x11_0000).step_by(7) {
            if let Some(name) = name(code) {
                check(&name, Some(code));
            }
        }
    }
}
