//! PEP 393 text: slices of one, two or four bytes a character, and a buffer that widens itself.
//!
//! Answers to the kind handling of `Objects/unicodeobject.c` and `_PyUnicodeWriter`. A text is
//! *canonical* when its kind is the narrowest that holds its largest character; the functions of
//! this crate keep canonical text canonical. Lone surrogates are ordinary characters here.

/// Bytes a character takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Kind {
    /// Up to U+00FF.
    Ucs1 = 1,
    /// Up to U+FFFF.
    Ucs2 = 2,
    /// Every code point.
    Ucs4 = 4,
}

impl Kind {
    /// The narrowest kind that holds a character.
    #[inline]
    pub const fn of(code: u32) -> Kind {
        match code {
            0..=0xFF => Kind::Ucs1,
            0x100..=0xFFFF => Kind::Ucs2,
            _ => Kind::Ucs4,
        }
    }
}

/// One character of a kind.
pub trait CodeUnit: Copy + Ord + std::fmt::Debug + 'static {
    /// The kind made of these.
    const KIND: Kind;

    /// The character.
    fn code(self) -> u32;

    /// The unit for a character that fits; higher bits are cut off.
    fn truncate(code: u32) -> Self;

    /// First position of a unit.
    fn position(text: &[Self], unit: Self) -> Option<usize>;

    /// Last position of a unit.
    fn position_back(text: &[Self], unit: Self) -> Option<usize>;

    /// First position of a longer needle, in time linear in both.
    fn find(text: &[Self], needle: &[Self]) -> Option<usize>;

    /// Last position of a longer needle.
    fn find_back(text: &[Self], needle: &[Self]) -> Option<usize>;

    /// An upper bound of the largest unit, exact as to kind and ASCII.
    fn max_bound(text: &[Self]) -> u32;

    /// The unit for a character, if it fits.
    #[inline]
    fn from_code(code: u32) -> Option<Self> {
        (Kind::of(code) <= Self::KIND).then(|| Self::truncate(code))
    }
}

impl CodeUnit for u8 {
    const KIND: Kind = Kind::Ucs1;

    #[inline]
    fn code(self) -> u32 {
        u32::from(self)
    }

    #[inline]
    fn truncate(code: u32) -> Self {
        code as u8
    }

    #[inline]
    fn position(text: &[Self], unit: Self) -> Option<usize> {
        memchr::memchr(unit, text)
    }

    #[inline]
    fn position_back(text: &[Self], unit: Self) -> Option<usize> {
        memchr::memrchr(unit, text)
    }

    fn find(text: &[Self], needle: &[Self]) -> Option<usize> {
        memchr::memmem::find(text, needle)
    }

    fn find_back(text: &[Self], needle: &[Self]) -> Option<usize> {
        memchr::memmem::rfind(text, needle)
    }

    #[inline]
    fn max_bound(text: &[Self]) -> u32 {
        // The standard library tests a word at a time.
        if text.is_ascii() { 0x7F } else { 0xFF }
    }
}

macro_rules! wide_unit {
    ($unit:ty, $kind:expr) => {
        impl CodeUnit for $unit {
            const KIND: Kind = $kind;

            #[inline]
            fn code(self) -> u32 {
                self as u32
            }

            #[inline]
            fn truncate(code: u32) -> Self {
                code as $unit
            }

            fn position(text: &[Self], unit: Self) -> Option<usize> {
                let (chunks, rest) = text.as_chunks::<16>();
                for (number, chunk) in chunks.iter().enumerate() {
                    // Without a branch inside, so that it becomes vector code.
                    if chunk.iter().fold(false, |found, &other| found | (other == unit)) {
                        let inside = chunk.iter().position(|&other| other == unit)?;
                        return Some(number * 16 + inside);
                    }
                }
                let inside = rest.iter().position(|&other| other == unit)?;
                Some(chunks.len() * 16 + inside)
            }

            fn position_back(text: &[Self], unit: Self) -> Option<usize> {
                let (rest, chunks) = text.as_rchunks::<16>();
                for (number, chunk) in chunks.iter().enumerate().rev() {
                    if chunk.iter().fold(false, |found, &other| found | (other == unit)) {
                        let inside = chunk.iter().rposition(|&other| other == unit)?;
                        return Some(rest.len() + number * 16 + inside);
                    }
                }
                rest.iter().rposition(|&other| other == unit)
            }

            fn find(text: &[Self], needle: &[Self]) -> Option<usize> {
                crate::search::find_wide(text, needle)
            }

            fn find_back(text: &[Self], needle: &[Self]) -> Option<usize> {
                crate::search::find_back_wide(text, needle)
            }

            fn max_bound(text: &[Self]) -> u32 {
                // OR never loses a bit, and every bound below is one less than a power of two
                // except the last.
                let all = text.iter().fold(0, |all, &unit| all | unit) as u32;
                match all {
                    0..=0x7F => 0x7F,
                    0x80..=0xFF => 0xFF,
                    0x100..=0xFFFF => 0xFFFF,
                    _ => 0x10_FFFF,
                }
            }
        }
    };
}

wide_unit!(u16, Kind::Ucs2);
wide_unit!(u32, Kind::Ucs4);

/// A borrowed text of any kind.
#[derive(Clone, Copy, Debug)]
pub enum Units<'a> {
    /// One byte a character.
    Ucs1(&'a [u8]),
    /// Two bytes a character.
    Ucs2(&'a [u16]),
    /// Four bytes a character.
    Ucs4(&'a [u32]),
}

/// Runs one generic body on the slice of whatever kind a [`Units`] is.
#[macro_export]
macro_rules! with_units {
    ($units:expr, $slice:ident => $body:expr) => {
        match $units {
            $crate::units::Units::Ucs1($slice) => $body,
            $crate::units::Units::Ucs2($slice) => $body,
            $crate::units::Units::Ucs4($slice) => $body,
        }
    };
}

impl<'a> Units<'a> {
    /// Bytes a character takes.
    #[inline]
    pub fn kind(self) -> Kind {
        match self {
            Units::Ucs1(_) => Kind::Ucs1,
            Units::Ucs2(_) => Kind::Ucs2,
            Units::Ucs4(_) => Kind::Ucs4,
        }
    }

    /// Number of characters.
    #[inline]
    pub fn len(self) -> usize {
        with_units!(self, text => text.len())
    }

    /// Whether there is no character.
    #[inline]
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// The character at a position.
    #[inline]
    pub fn get(self, index: usize) -> Option<u32> {
        with_units!(self, text => text.get(index).map(|&unit| unit.code()))
    }

    /// Characters `start..end`; the bounds are cut to the text.
    #[inline]
    pub fn slice(self, start: usize, end: usize) -> Units<'a> {
        let end = end.min(self.len());
        let start = start.min(end);
        match self {
            Units::Ucs1(text) => Units::Ucs1(&text[start..end]),
            Units::Ucs2(text) => Units::Ucs2(&text[start..end]),
            Units::Ucs4(text) => Units::Ucs4(&text[start..end]),
        }
    }

    /// The characters.
    pub fn iter(self) -> impl DoubleEndedIterator<Item = u32> + 'a {
        (0..self.len()).filter_map(move |index| self.get(index))
    }

    /// An upper bound of the largest character: 0x7F, 0xFF, 0xFFFF or 0x10FFFF, as
    /// `PyUnicode_MAX_CHAR_VALUE` gives it; exact as to which kind the text needs.
    #[inline]
    pub fn max_bound(self) -> u32 {
        with_units!(self, text => CodeUnit::max_bound(text))
    }

    /// Whether every character is below 0x80.
    #[inline]
    pub fn is_ascii(self) -> bool {
        match self {
            Units::Ucs1(text) => text.is_ascii(),
            _ => self.max_bound() == 0x7F,
        }
    }

    /// The memory of the text, for hashing: canonical texts are equal when kind and memory are.
    /// Wide units appear in native byte order.
    pub fn hash_input(self, mut feed: impl FnMut(&[u8])) {
        match self {
            Units::Ucs1(text) => feed(text),
            Units::Ucs2(text) => feed_wide(text, |unit| unit.to_ne_bytes(), feed),
            Units::Ucs4(text) => feed_wide(text, |unit| unit.to_ne_bytes(), feed),
        }
    }

    /// A copy as four-byte characters.
    pub fn to_codes(self) -> Vec<u32> {
        with_units!(self, text => text.iter().map(|&unit| unit.code()).collect())
    }

    /// A copy of the narrowest kind.
    pub fn to_canonical(self) -> UnitsBuf {
        let mut copy = UnitsBuf::new();
        copy.extend(self);
        copy
    }
}

/// Feeds wide units as bytes, a block at a time.
fn feed_wide<U: Copy, const N: usize>(
    text: &[U],
    bytes: impl Fn(U) -> [u8; N],
    mut feed: impl FnMut(&[u8]),
) {
    let mut block = [0; 256];
    for units in text.chunks(block.len() / N) {
        for (slot, &unit) in block.as_chunks_mut::<N>().0.iter_mut().zip(units) {
            *slot = bytes(unit);
        }
        feed(&block[..units.len() * N]);
    }
}

impl PartialEq for Units<'_> {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Units::Ucs1(a), Units::Ucs1(b)) => a == b,
            (Units::Ucs2(a), Units::Ucs2(b)) => a == b,
            (Units::Ucs4(a), Units::Ucs4(b)) => a == b,
            _ => self.len() == other.len() && self.cmp(other).is_eq(),
        }
    }
}

impl Eq for Units<'_> {}

impl PartialOrd for Units<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Units<'_> {
    /// By code points, across kinds.
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        if let (Units::Ucs1(a), Units::Ucs1(b)) = (self, other) {
            return a.cmp(b);
        }
        with_units!(*self, a => with_units!(*other, b => {
            let a = a.iter().map(|&unit| { unit.code() });
            a.cmp(b.iter().map(|&unit| { unit.code() }))
        }))
    }
}

/// Copies units into wider, or known to be fitting narrower, ones. Both slices have one length.
#[inline]
pub fn convert<A: CodeUnit, B: CodeUnit>(from: &[A], to: &mut [B]) {
    debug_assert_eq!(from.len(), to.len());
    for (slot, &unit) in to.iter_mut().zip(from) {
        *slot = B::truncate(unit.code());
    }
}

/// An owned text, of the narrowest kind that what was put in needs.
#[derive(Clone, Debug)]
pub enum UnitsBuf {
    /// One byte a character.
    Ucs1(Vec<u8>),
    /// Two bytes a character.
    Ucs2(Vec<u16>),
    /// Four bytes a character.
    Ucs4(Vec<u32>),
}

impl Default for UnitsBuf {
    fn default() -> Self {
        UnitsBuf::new()
    }
}

impl UnitsBuf {
    /// An empty text.
    pub const fn new() -> Self {
        UnitsBuf::Ucs1(Vec::new())
    }

    /// An empty text with room for characters below U+0100.
    pub fn with_capacity(capacity: usize) -> Self {
        UnitsBuf::Ucs1(Vec::with_capacity(capacity))
    }

    /// The text.
    #[inline]
    pub fn as_units(&self) -> Units<'_> {
        match self {
            UnitsBuf::Ucs1(text) => Units::Ucs1(text),
            UnitsBuf::Ucs2(text) => Units::Ucs2(text),
            UnitsBuf::Ucs4(text) => Units::Ucs4(text),
        }
    }

    /// Number of characters.
    pub fn len(&self) -> usize {
        self.as_units().len()
    }

    /// Whether there is no character.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Appends a character.
    #[inline]
    pub fn push(&mut self, code: u32) {
        match self {
            UnitsBuf::Ucs1(text) if code <= 0xFF => text.push(code as u8),
            UnitsBuf::Ucs2(text) if code <= 0xFFFF => text.push(code as u16),
            UnitsBuf::Ucs4(text) => text.push(code),
            _ => {
                self.widen(Kind::of(code), 1);
                self.push(code);
            }
        }
    }

    /// Appends a character a number of times.
    pub fn fill(&mut self, code: u32, count: usize) {
        if count == 0 {
            return;
        }
        self.widen(Kind::of(code), count);
        match self {
            UnitsBuf::Ucs1(text) => text.resize(text.len() + count, code as u8),
            UnitsBuf::Ucs2(text) => text.resize(text.len() + count, code as u16),
            UnitsBuf::Ucs4(text) => text.resize(text.len() + count, code),
        }
    }

    /// Appends a text, widening no more than its characters need.
    pub fn extend(&mut self, other: Units<'_>) {
        if other.kind() > self.as_units().kind() {
            self.widen(Kind::of(other.max_bound()), other.len());
        }
        match self {
            UnitsBuf::Ucs1(text) => append(text, other),
            UnitsBuf::Ucs2(text) => append(text, other),
            UnitsBuf::Ucs4(text) => append(text, other),
        }
    }

    /// Makes room for `other`, or sees that widening for it will find room; false where there is no memory.
    pub fn try_reserve(&mut self, other: Units<'_>) -> bool {
        let (kind, more) = (self.as_units().kind().max(other.kind()), other.len());
        if kind > self.as_units().kind() {
            let room = self.len().saturating_add(more).saturating_mul(4);
            return Vec::<u8>::new().try_reserve_exact(room).is_ok();
        }
        match self {
            UnitsBuf::Ucs1(text) => text.try_reserve(more),
            UnitsBuf::Ucs2(text) => text.try_reserve(more),
            UnitsBuf::Ucs4(text) => text.try_reserve(more),
        }
        .is_ok()
    }

    /// Appends well-formed text.
    pub fn push_str(&mut self, other: &str) {
        let bytes = other.as_bytes();
        // Lead bytes order as the characters they begin.
        let kind = match bytes.iter().fold(0, |max, &byte| byte.max(max)) {
            0..=0xC3 => Kind::Ucs1,
            0xC4..=0xEF => Kind::Ucs2,
            _ => Kind::Ucs4,
        };
        self.widen(kind, 0);
        match self {
            UnitsBuf::Ucs1(text) if other.is_ascii() => text.extend_from_slice(bytes),
            UnitsBuf::Ucs1(text) => text.extend(other.chars().map(|c| c as u8)),
            UnitsBuf::Ucs2(text) => text.extend(other.chars().map(|c| c as u32 as u16)),
            UnitsBuf::Ucs4(text) => text.extend(other.chars().map(u32::from)),
        }
    }

    /// Makes the kind at least `kind`, with room for `more` characters if it changes.
    pub fn widen(&mut self, kind: Kind, more: usize) {
        let units = self.as_units();
        if units.kind() >= kind {
            return;
        }
        let capacity = units.len() + more;
        *self = match kind {
            Kind::Ucs1 => return,
            Kind::Ucs2 => {
                let mut wide = Vec::with_capacity(capacity);
                append(&mut wide, units);
                UnitsBuf::Ucs2(wide)
            }
            Kind::Ucs4 => {
                let mut wide = Vec::with_capacity(capacity);
                append(&mut wide, units);
                UnitsBuf::Ucs4(wide)
            }
        };
    }
}

/// Appends units known to fit.
fn append<U: CodeUnit>(text: &mut Vec<U>, other: Units<'_>) {
    with_units!(other, other => text.extend(other.iter().map(|&unit| U::truncate(unit.code()))));
}

impl From<&str> for UnitsBuf {
    fn from(text: &str) -> Self {
        let mut units = UnitsBuf::new();
        units.push_str(text);
        units
    }
}

impl FromIterator<u32> for UnitsBuf {
    fn from_iter<I: IntoIterator<Item = u32>>(codes: I) -> Self {
        let mut text = UnitsBuf::new();
        for code in codes {
            text.push(code);
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pushes_keep_the_kind_canonical() {
        let mut text = UnitsBuf::new();
        for (code, kind) in [
            (0x41, Kind::Ucs1),
            (0xFF, Kind::Ucs1),
            (0x100, Kind::Ucs2),
            (0xD800, Kind::Ucs2),
            (0x10_FFFF, Kind::Ucs4),
            (0x41, Kind::Ucs4),
        ] {
            text.push(code);
            assert_eq!(text.as_units().kind(), kind);
        }
        assert_eq!(text.as_units().to_codes(), [0x41, 0xFF, 0x100, 0xD800, 0x10_FFFF, 0x41]);
        assert_eq!(text.as_units().slice(0, 2).to_canonical().as_units().kind(), Kind::Ucs1);
    }

    #[test]
    fn compares_across_kinds() {
        let narrow = Units::Ucs1(b"abc");
        let wide = Units::Ucs4(&[0x61, 0x62, 0x63]);
        assert_eq!(narrow, wide);
        assert!(Units::Ucs2(&[0x61, 0x1FF]) > narrow);
        assert!(Units::Ucs2(&[0xFFFF]) < Units::Ucs4(&[0x1_0000]));
    }

    #[test]
    fn positions_agree_with_the_naive_ones() {
        for len in 0..70 {
            let text: Vec<u32> = (0..len).map(|i| i * 7 % 11 + 0x1_0000).collect();
            let half: Vec<u16> = text.iter().map(|&unit| unit as u16).collect();
            for unit in 0..12 {
                let wanted = text.iter().position(|&u| u == unit + 0x1_0000);
                let wanted_back = text.iter().rposition(|&u| u == unit + 0x1_0000);
                assert_eq!(u32::position(&text, unit + 0x1_0000), wanted);
                assert_eq!(u32::position_back(&text, unit + 0x1_0000), wanted_back);
                assert_eq!(u16::position(&half, unit as u16), wanted);
                assert_eq!(u16::position_back(&half, unit as u16), wanted_back);
            }
        }
    }

    #[test]
    fn hash_input_is_the_memory() {
        let text: Vec<u16> = (0..300).collect();
        let mut seen = Vec::new();
        Units::Ucs2(&text).hash_input(|bytes| seen.extend_from_slice(bytes));
        let wanted: Vec<u8> = text.iter().flat_map(|unit| unit.to_ne_bytes()).collect();
        assert_eq!(seen, wanted);
    }
}
