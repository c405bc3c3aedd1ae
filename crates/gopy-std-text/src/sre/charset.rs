//! Character classes of compiled patterns.
//!
//! Answers to `SRE(charset)`, `sre_category` and the case helpers of `Modules/_sre/sre.c`.

use gopy_unicode::ctype;

/// Numbers of the set operations, categories and positions, as `re._constants` counts them.
#[allow(missing_docs)]
pub mod op {
    pub const FAILURE: u32 = 0;
    pub const SUCCESS: u32 = 1;
    pub const ANY: u32 = 2;
    pub const ANY_ALL: u32 = 3;
    pub const ASSERT: u32 = 4;
    pub const ASSERT_NOT: u32 = 5;
    pub const AT: u32 = 6;
    pub const BRANCH: u32 = 7;
    pub const CATEGORY: u32 = 8;
    pub const CHARSET: u32 = 9;
    pub const BIGCHARSET: u32 = 10;
    pub const GROUPREF: u32 = 11;
    pub const GROUPREF_EXISTS: u32 = 12;
    pub const IN: u32 = 13;
    pub const INFO: u32 = 14;
    pub const JUMP: u32 = 15;
    pub const LITERAL: u32 = 16;
    pub const MARK: u32 = 17;
    pub const MAX_UNTIL: u32 = 18;
    pub const MIN_UNTIL: u32 = 19;
    pub const NOT_LITERAL: u32 = 20;
    pub const NEGATE: u32 = 21;
    pub const RANGE: u32 = 22;
    pub const REPEAT: u32 = 23;
    pub const REPEAT_ONE: u32 = 24;
    pub const MIN_REPEAT_ONE: u32 = 26;
    pub const ATOMIC_GROUP: u32 = 27;
    pub const POSSESSIVE_REPEAT: u32 = 28;
    pub const POSSESSIVE_REPEAT_ONE: u32 = 29;
    pub const GROUPREF_IGNORE: u32 = 30;
    pub const IN_IGNORE: u32 = 31;
    pub const LITERAL_IGNORE: u32 = 32;
    pub const NOT_LITERAL_IGNORE: u32 = 33;
    pub const GROUPREF_LOC_IGNORE: u32 = 34;
    pub const IN_LOC_IGNORE: u32 = 35;
    pub const LITERAL_LOC_IGNORE: u32 = 36;
    pub const NOT_LITERAL_LOC_IGNORE: u32 = 37;
    pub const GROUPREF_UNI_IGNORE: u32 = 38;
    pub const IN_UNI_IGNORE: u32 = 39;
    pub const LITERAL_UNI_IGNORE: u32 = 40;
    pub const NOT_LITERAL_UNI_IGNORE: u32 = 41;
    pub const RANGE_UNI_IGNORE: u32 = 42;
}

/// Number of position codes.
pub const AT_COUNT: u32 = 12;
/// Number of category codes.
pub const CATEGORY_COUNT: u32 = 18;
/// "Any number of times" in compiled code.
pub const MAXREPEAT: u32 = u32::MAX;

/// `tolower` of ASCII letters only.
#[inline]
pub fn lower_ascii(ch: u32) -> u32 {
    if ch.wrapping_sub(u32::from(b'A')) < 26 { ch + 32 } else { ch }
}

/// The simple lower-case mapping.
#[inline]
pub fn lower_unicode(ch: u32) -> u32 {
    if ch < 128 { lower_ascii(ch) } else { ctype::to_lower(ch) }
}

/// The simple upper-case mapping.
#[inline]
pub fn upper_unicode(ch: u32) -> u32 {
    ctype::to_upper(ch)
}

/// `tolower` of the C locale in force.
pub fn lower_locale(ch: u32) -> u32 {
    if ch >= 256 {
        return ch;
    }
    // SAFETY: the value is that of an unsigned char.
    unsafe { libc::tolower(ch as i32) as u32 }
}

/// `toupper` of the C locale in force.
pub fn upper_locale(ch: u32) -> u32 {
    if ch >= 256 {
        return ch;
    }
    // SAFETY: the value is that of an unsigned char.
    unsafe { libc::toupper(ch as i32) as u32 }
}

fn is_word_locale(ch: u32) -> bool {
    // SAFETY: the value is that of an unsigned char.
    ch == u32::from(b'_') || (ch < 256 && unsafe { libc::isalnum(ch as i32) } != 0)
}

fn is_word_ascii(ch: u32) -> bool {
    ch < 128 && ((ch as u8).is_ascii_alphanumeric() || ch as u8 == b'_')
}

fn is_word_unicode(ch: u32) -> bool {
    if ch < 128 { is_word_ascii(ch) } else { ctype::is_alnum(ch) }
}

fn is_space_ascii(ch: u32) -> bool {
    matches!(ch, 9..=13 | 32)
}

/// Whether a character belongs to a category.
#[inline]
pub fn category(category: u32, ch: u32) -> bool {
    let positive = match category >> 1 {
        0 => ch.wrapping_sub(u32::from(b'0')) < 10,
        1 => is_space_ascii(ch),
        2 => is_word_ascii(ch),
        3 => ch == u32::from(b'\n'),
        4 => is_word_locale(ch),
        5 => ctype::is_decimal(ch),
        6 => ctype::is_space(ch),
        7 => is_word_unicode(ch),
        8 => ctype::is_linebreak(ch),
        // Such codes do not pass the validator.
        _ => return false,
    };
    positive != (category & 1 == 1)
}

/// Whether a category asks the C locale.
pub fn is_locale_category(category: u32) -> bool {
    category >> 1 == 4
}

/// Whether a set refers to a category of the C locale, or is not understood.
pub fn uses_locale(set: &[u32]) -> bool {
    let mut at = 0;
    while let Some(&code) = set.get(at) {
        at += match code {
            op::FAILURE => return false,
            op::NEGATE => 1,
            op::LITERAL => 2,
            op::CATEGORY => {
                if set.get(at + 1).is_none_or(|category| is_locale_category(*category)) {
                    return true;
                }
                2
            }
            op::CHARSET => 9,
            op::RANGE | op::RANGE_UNI_IGNORE => 3,
            op::BIGCHARSET => 66 + set.get(at + 1).map_or(0, |count| *count as usize * 8),
            _ => return true,
        };
    }
    true
}

/// Whether the set that begins at `set` has `ch`.
pub fn contains(set: &[u32], ch: u32) -> bool {
    let mut rest = set;
    let mut ok = true;
    loop {
        let Some((&code, tail)) = rest.split_first() else { return !ok };
        let width = match (code, tail) {
            (op::FAILURE, _) => return !ok,
            (op::LITERAL, [literal, ..]) => {
                if ch == *literal {
                    return ok;
                }
                1
            }
            (op::CATEGORY, [code, ..]) => {
                if category(*code, ch) {
                    return ok;
                }
                1
            }
            (op::CHARSET, _) => {
                if ch < 256 && bit(tail, ch) {
                    return ok;
                }
                8
            }
            (op::RANGE, [low, high, ..]) => {
                if (*low..=*high).contains(&ch) {
                    return ok;
                }
                2
            }
            (op::RANGE_UNI_IGNORE, [low, high, ..]) => {
                let range = *low..=*high;
                if range.contains(&ch) || range.contains(&upper_unicode(ch)) {
                    return ok;
                }
                2
            }
            (op::NEGATE, _) => {
                ok = !ok;
                0
            }
            (op::BIGCHARSET, [count, blocks @ ..]) => {
                if ch < 0x1_0000 && big_charset(blocks, ch) {
                    return ok;
                }
                1 + 64 + *count as usize * 8
            }
            _ => return false,
        };
        rest = tail.get(width..).unwrap_or_default();
    }
}

fn bit(words: &[u32], index: u32) -> bool {
    words.get((index / 32) as usize).is_some_and(|word| word >> (index & 31) & 1 == 1)
}

/// 256 block numbers, a byte each, then blocks of 256 bits.
fn big_charset(blocks: &[u32], ch: u32) -> bool {
    let high = (ch >> 8) as usize;
    let Some(word) = blocks.get(high / 4) else { return false };
    let block = u32::from(word.to_ne_bytes()[high % 4]);
    blocks.get(64..).is_some_and(|bits| bit(bits, block * 256 + (ch & 255)))
}

/// As [`contains`], where either case of the C locale may be in the set.
pub fn contains_locale_ignore(set: &[u32], ch: u32) -> bool {
    let lower = lower_locale(ch);
    if contains(set, lower) {
        return true;
    }
    let upper = upper_locale(ch);
    upper != lower && contains(set, upper)
}

/// Whether `ch` is `literal` in either case of the C locale.
pub fn equal_locale_ignore(literal: u32, ch: u32) -> bool {
    ch == literal || lower_locale(ch) == literal || upper_locale(ch) == literal
}

/// Whether `ptr` is a place of kind `at`; `text` is the whole string, `end` the end of the search.
pub fn at<U: gopy_unicode::units::CodeUnit>(text: &[U], end: usize, ptr: usize, at: u32) -> bool {
    let newline = |index: usize| text.get(index).is_some_and(|unit| unit.code() == 10);
    let boundary = |is_word: fn(u32) -> bool| {
        let before = ptr > 0 && text.get(ptr - 1).is_some_and(|unit| is_word(unit.code()));
        let after = ptr < end && text.get(ptr).is_some_and(|unit| is_word(unit.code()));
        before != after
    };
    match at {
        0 | 2 => ptr == 0,
        1 => ptr == 0 || newline(ptr - 1),
        3 => boundary(is_word_ascii),
        4 => !boundary(is_word_ascii),
        5 => (end == ptr + 1 && newline(ptr)) || ptr == end,
        6 => ptr == end || (ptr < end && newline(ptr)),
        7 => ptr == end,
        8 => boundary(is_word_locale),
        9 => !boundary(is_word_locale),
        10 => boundary(is_word_unicode),
        11 => !boundary(is_word_unicode),
        _ => false,
    }
}
