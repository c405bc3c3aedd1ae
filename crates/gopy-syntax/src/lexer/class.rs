//! Classes of bytes, as a table: the scanners' inner loops are one load and one test per byte.

/// May begin a name; every byte of a non-ASCII character may.
pub const NAME_START: u8 = 1;
/// May continue a name.
pub const NAME: u8 = 2;
/// `0` to `9`.
pub const DIGIT: u8 = 4;
/// A hexadecimal digit.
pub const HEX: u8 = 8;
/// Space, tab or form feed.
pub const SPACE: u8 = 16;
/// Ends the fast path inside a string: a quote, a backslash, a newline, the end of the source.
pub const STRING_STOP: u8 = 32;

const fn classify(byte: u8) -> u8 {
    let mut class = 0;
    if byte.is_ascii_alphabetic() || byte == b'_' || byte >= 0x80 {
        class |= NAME_START | NAME;
    }
    if byte.is_ascii_digit() {
        class |= NAME | DIGIT;
    }
    if byte.is_ascii_hexdigit() {
        class |= HEX;
    }
    if matches!(byte, b' ' | b'\t' | 0x0C) {
        class |= SPACE;
    }
    if matches!(byte, b'"' | b'\'' | b'\\' | b'\n' | 0) {
        class |= STRING_STOP;
    }
    class
}

static CLASSES: [u8; 256] = {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = classify(byte as u8);
        byte += 1;
    }
    table
};

/// Whether `byte` belongs to one of `classes`.
#[inline]
pub fn is(byte: u8, classes: u8) -> bool {
    CLASSES[byte as usize] & classes != 0
}
