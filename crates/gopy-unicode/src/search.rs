//! Finding, counting and splitting.
//!
//! Answers to `Objects/stringlib/fastsearch.h`, `find.h`, `split.h` and `partition.h`. One-byte
//! text goes through `memchr`; wide text through a bloom-filtered Horspool search that gives way
//! to the two-way algorithm once it has wasted more comparisons than the text is long, so that
//! searching stays linear.

use crate::ctype::{is_linebreak, is_space};
use crate::units::{CodeUnit, Units};
use crate::with_units;
use std::borrow::Cow;
use std::ops::Range;

/// First position of `needle`, 0 if it is empty.
pub fn find<U: CodeUnit>(text: &[U], needle: &[U]) -> Option<usize> {
    match *needle {
        [] => Some(0),
        _ if needle.len() > text.len() => None,
        [unit] => U::position(text, unit),
        _ => U::find(text, needle),
    }
}

/// Last position of `needle`, the end if it is empty.
pub fn find_back<U: CodeUnit>(text: &[U], needle: &[U]) -> Option<usize> {
    match *needle {
        [] => Some(text.len()),
        _ if needle.len() > text.len() => None,
        [unit] => U::position_back(text, unit),
        _ => U::find_back(text, needle),
    }
}

/// Number of times `needle` occurs without overlap, at most `max`.
pub fn count<U: CodeUnit>(text: &[U], needle: &[U], max: usize) -> usize {
    match *needle {
        [] => (text.len() + 1).min(max),
        [unit] => text.iter().filter(|&&other| other == unit).count().min(max),
        _ => matches(text, needle).take(max).count(),
    }
}

/// Positions of a needle that is not empty, without overlap, from the left.
pub fn matches<'a, U: CodeUnit>(
    text: &'a [U],
    needle: &'a [U],
) -> impl Iterator<Item = usize> + 'a {
    debug_assert!(!needle.is_empty());
    let mut from = 0;
    std::iter::from_fn(move || {
        let found = from + find(&text[from..], needle)?;
        from = found + needle.len();
        Some(found)
    })
}

/// The needle as units of the text's kind, or `None` if one of its characters is too wide to
/// occur there. Copies only between kinds.
fn same_kind<'a, U: CodeUnit>(needle: Units<'a>) -> Option<Cow<'a, [U]>> {
    with_units!(needle, needle => {
        let converted: Option<Vec<U>> =
            needle.iter().map(|&unit| U::from_code(unit.code())).collect();
        converted.map(Cow::Owned)
    })
}

/// Runs a body with text and needle as slices of one kind; `$absent` when they cannot match.
macro_rules! one_kind {
    ($text:expr, $needle:expr, $absent:expr, |$t:ident, $n:ident| $body:expr) => {
        match ($text, $needle) {
            (Units::Ucs1($t), Units::Ucs1($n)) => $body,
            (Units::Ucs2($t), Units::Ucs2($n)) => $body,
            (Units::Ucs4($t), Units::Ucs4($n)) => $body,
            (text, needle) => with_units!(text, $t => match same_kind(needle) {
                Some(needle) => {
                    let $n: &[_] = &needle;
                    $body
                }
                None => $absent,
            }),
        }
    };
}

impl Units<'_> {
    /// First position of `needle` in `range` (within the text), as `str.find` gives it.
    pub fn find(self, needle: Units<'_>, range: Range<usize>) -> Option<usize> {
        let part = self.slice(range.start, range.end);
        one_kind!(part, needle, None, |text, needle| find(text, needle)).map(|at| at + range.start)
    }

    /// Last position of `needle` in `range` (within the text), as `str.rfind` gives it.
    pub fn find_back(self, needle: Units<'_>, range: Range<usize>) -> Option<usize> {
        let part = self.slice(range.start, range.end);
        one_kind!(part, needle, None, |text, needle| find_back(text, needle))
            .map(|at| at + range.start)
    }

    /// How often `needle` occurs, at most `max` times.
    pub fn count(self, needle: Units<'_>, max: usize) -> usize {
        one_kind!(self, needle, 0, |text, needle| count(text, needle, max))
    }

    /// Positions at which `replace` puts the new text, at most `max`; an empty needle stands
    /// before every character and at the end. `None` where memory does not hold them.
    pub fn match_positions(self, needle: Units<'_>, max: usize) -> Option<Vec<usize>> {
        let mut positions = Vec::new();
        let mut push = |at| {
            positions.try_reserve(1).ok()?;
            positions.push(at);
            Some(())
        };
        if needle.is_empty() {
            (0..=self.len()).take(max).try_for_each(&mut push)?;
        } else {
            one_kind!(self, needle, Some(()), |text, needle| {
                matches(text, needle).take(max).try_for_each(&mut push)
            })?;
        }
        Some(positions)
    }

    /// Whether the text begins with `prefix`.
    pub fn starts_with(self, prefix: Units<'_>) -> bool {
        prefix.len() <= self.len() && self.slice(0, prefix.len()) == prefix
    }

    /// Whether the text ends with `suffix`.
    pub fn ends_with(self, suffix: Units<'_>) -> bool {
        self.len().checked_sub(suffix.len()).is_some_and(|at| self.slice(at, self.len()) == suffix)
    }

    /// Hands out the pieces between separators (not empty), after at most `max` splits from the
    /// left. What `each` answers ends it.
    pub fn split<E>(
        self,
        separator: Units<'_>,
        max: usize,
        mut each: impl FnMut(Range<usize>) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut start = 0;
        if let (Units::Ucs1(text), Units::Ucs1(&[unit])) = (self, separator) {
            let mut count = 0;
            while count < max
                && let Some(at) = u8::position(&text[start..], unit)
            {
                each(start..start + at)?;
                start += at + 1;
                count += 1;
            }
            return each(start..text.len());
        }
        one_kind!(self, separator, Ok(()), |text, separator| {
            matches(text, separator).take(max).try_for_each(|at| {
                let piece = start..at;
                start = at + separator.len();
                each(piece)
            })
        })?;
        each(start..self.len())
    }

    /// As [`split`](Self::split), with the splits from the right and the last piece first.
    pub fn rsplit<E>(
        self,
        separator: Units<'_>,
        max: usize,
        mut each: impl FnMut(Range<usize>) -> Result<(), E>,
    ) -> Result<(), E> {
        let (mut count, mut end) = (0, self.len());
        one_kind!(self, separator, (), |text, separator| {
            while count < max
                && let Some(at) = find_back(&text[..end], separator)
            {
                each(at + separator.len()..end)?;
                end = at;
                count += 1;
            }
        });
        each(0..end)
    }

    /// Hands out the words between stretches of white space, after at most `max` splits from the
    /// left; what follows the last keeps its trailing space.
    pub fn split_whitespace<E>(
        self,
        max: usize,
        mut each: impl FnMut(Range<usize>) -> Result<(), E>,
    ) -> Result<(), E> {
        with_units!(self, text => {
            let space = |at: usize| is_space(text[at].code());
            let (mut count, mut at) = (0, 0);
            loop {
                while at < text.len() && space(at) {
                    at += 1;
                }
                if at == text.len() {
                    return Ok(());
                }
                let start = at;
                if count >= max {
                    return each(start..text.len());
                }
                while at < text.len() && !space(at) {
                    at += 1;
                }
                each(start..at)?;
                count += 1;
            }
        })
    }

    /// As [`split_whitespace`](Self::split_whitespace), with the splits from the right and the last
    /// word first.
    pub fn rsplit_whitespace<E>(
        self,
        max: usize,
        mut each: impl FnMut(Range<usize>) -> Result<(), E>,
    ) -> Result<(), E> {
        with_units!(self, text => {
            let space = |at: usize| is_space(text[at].code());
            let (mut count, mut end) = (0, text.len());
            loop {
                while end > 0 && space(end - 1) {
                    end -= 1;
                }
                if end == 0 {
                    return Ok(());
                }
                let stop = end;
                if count >= max {
                    return each(0..stop);
                }
                while end > 0 && !space(end - 1) {
                    end -= 1;
                }
                each(end..stop)?;
                count += 1;
            }
        })
    }

    /// Hands out the lines, with or without what ends them.
    pub fn split_lines<E>(
        self,
        keep_ends: bool,
        mut each: impl FnMut(Range<usize>) -> Result<(), E>,
    ) -> Result<(), E> {
        with_units!(self, text => {
            let mut at = 0;
            while at < text.len() {
                let start = at;
                let ends = |&unit: &_| is_linebreak(CodeUnit::code(unit));
                let end = text[start..].iter().position(ends).map_or(text.len(), |n| start + n);
                at = end;
                if at < text.len() {
                    let first = text[at].code();
                    let second = text.get(at + 1).map(|&unit| unit.code());
                    let both = first == 0x0D && second == Some(0x0A);
                    at += if both { 2 } else { 1 };
                }
                each(start..if keep_ends { at } else { end })?;
            }
            Ok(())
        })
    }

    /// What is left without white space at the left or right.
    pub fn trim_whitespace(self, left: bool, right: bool) -> Range<usize> {
        self.trim(left, right, is_space)
    }

    /// What is left without characters of `set` at the left or right.
    pub fn trim_set(self, left: bool, right: bool, set: Units<'_>) -> Range<usize> {
        // A bloom word answers most questions without a search.
        let mask = set.iter().fold(0u64, |mask, code| mask | 1 << (code & 63));
        self.trim(left, right, |code| {
            mask >> (code & 63) & 1 != 0 && with_units!(set, set => contains(set, code))
        })
    }

    fn trim(self, left: bool, right: bool, drop: impl Fn(u32) -> bool) -> Range<usize> {
        with_units!(self, text => {
            let (mut start, mut end) = (0, text.len());
            while left && start < end && drop(text[start].code()) {
                start += 1;
            }
            while right && start < end && drop(text[end - 1].code()) {
                end -= 1;
            }
            start..end
        })
    }

    /// Whether the text has a character.
    pub fn contains(self, code: u32) -> bool {
        with_units!(self, text => contains(text, code))
    }
}

fn contains<U: CodeUnit>(text: &[U], code: u32) -> bool {
    U::from_code(code).is_some_and(|unit| U::position(text, unit).is_some())
}

fn bloom<U: CodeUnit>(units: &[U]) -> u64 {
    units.iter().fold(0, |mask, &unit| mask | 1 << (unit.code() & 63))
}

/// Horspool search over wide units; at least two in the needle, no more than in the text.
pub(crate) fn find_wide<U: CodeUnit>(text: &[U], needle: &[U]) -> Option<usize> {
    let (&last, head) = needle.split_last()?;
    let mask = bloom(needle);
    let outside = |at: usize| text.get(at).is_some_and(|&unit| mask >> (unit.code() & 63) & 1 == 0);
    let gap =
        head.iter().rposition(|&unit| unit == last).map_or(head.len(), |at| head.len() - 1 - at);
    let (mut at, mut wasted) = (0, 0);
    while at + head.len() < text.len() {
        let end = at + head.len();
        if text[end] == last {
            let alike = head.iter().zip(&text[at..]).take_while(|(a, b)| a == b).count();
            if alike == head.len() {
                return Some(at);
            }
            wasted += alike;
            if wasted > text.len() {
                return two_way(&text[at..], needle).map(|found| at + found);
            }
            at += if outside(end + 1) { needle.len() + 1 } else { gap + 1 };
        } else {
            at += if outside(end + 1) { needle.len() + 1 } else { 1 };
        }
    }
    None
}

/// The mirror image of [`find_wide`]; as in CPython without a two-way fallback.
pub(crate) fn find_back_wide<U: CodeUnit>(text: &[U], needle: &[U]) -> Option<usize> {
    let (&first, tail) = needle.split_first()?;
    let mask = bloom(needle);
    let skip = tail.iter().position(|&unit| unit == first).unwrap_or(tail.len());
    let mut at = text.len().checked_sub(needle.len())?;
    loop {
        let outside = at > 0 && mask >> (text[at - 1].code() & 63) & 1 == 0;
        let hit = text[at] == first;
        if hit && text[at + 1..].starts_with(tail) {
            return Some(at);
        }
        let step = match (outside, hit) {
            (true, _) => needle.len() + 1,
            (false, true) => skip + 1,
            (false, false) => 1,
        };
        at = at.checked_sub(step)?;
    }
}

/// Crochemore and Perrin's two-way search: linear time, constant space.
fn two_way<U: CodeUnit>(text: &[U], needle: &[U]) -> Option<usize> {
    let (cut, period) = critical_factorization(needle);
    let periodic = needle[period..].starts_with(&needle[..cut]);
    // Without a period the needle may move by more than half its length each time.
    let step = if periodic { period } else { cut.max(needle.len() - cut) + 1 };
    let (mut at, mut known) = (0, 0);
    while at + needle.len() <= text.len() {
        let window = &text[at..at + needle.len()];
        let from = cut.max(known);
        if let Some(wrong) = (from..needle.len()).find(|&i| needle[i] != window[i]) {
            at += wrong - cut + 1;
            known = 0;
            continue;
        }
        if (known..cut).rev().all(|i| needle[i] == window[i]) {
            return Some(at);
        }
        at += step;
        known = if periodic { needle.len() - period } else { 0 };
    }
    None
}

/// Where to cut a needle in two, and the period of its right part.
fn critical_factorization<U: CodeUnit>(needle: &[U]) -> (usize, usize) {
    let forward = maximal_suffix(needle, |a, b| a < b);
    let backward = maximal_suffix(needle, |a, b| a > b);
    if forward.0 > backward.0 { forward } else { backward }
}

/// Start and period of the largest suffix under an order.
fn maximal_suffix<U: CodeUnit>(needle: &[U], less: impl Fn(U, U) -> bool) -> (usize, usize) {
    let (mut start, mut candidate, mut offset, mut period) = (0, 1, 0, 1);
    while candidate + offset < needle.len() {
        let (a, b) = (needle[candidate + offset], needle[start + offset]);
        if less(a, b) {
            candidate += offset + 1;
            offset = 0;
            period = candidate - start;
        } else if a == b {
            if offset + 1 == period {
                candidate += period;
                offset = 0;
            } else {
                offset += 1;
            }
        } else {
            start = candidate;
            candidate += 1;
            offset = 0;
            period = 1;
        }
    }
    (start, period)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A small generator, so that failures repeat.
    fn random(state: &mut u64) -> usize {
        *state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (*state >> 33) as usize
    }

    fn naive(text: &[u16], needle: &[u16]) -> Vec<usize> {
        (0..(text.len() + 1).saturating_sub(needle.len()))
            .filter(|&at| text[at..].starts_with(needle))
            .collect()
    }

    #[test]
    fn searches_agree_with_naive_twins() {
        let mut state = 16;
        for round in 0..20_000 {
            let letters = 1 + round % 4;
            let mut word = |max: usize| -> Vec<u16> {
                let len = random(&mut state) % max;
                (0..len).map(|_| 0x100 + (random(&mut state) % letters) as u16).collect()
            };
            let (text, needle) = (word(60), word(9));
            let wanted = naive(&text, &needle);
            assert_eq!(find(&text, &needle), wanted.first().copied(), "{text:?} {needle:?}");
            assert_eq!(find_back(&text, &needle), wanted.last().copied(), "{text:?} {needle:?}");
            if needle.len() > 1 {
                let found = two_way(&text, &needle);
                assert_eq!(found, wanted.first().copied(), "{text:?} {needle:?}");
            }
            let wide: Vec<u32> = text.iter().map(|&unit| unit.code()).collect();
            assert_eq!(
                Units::Ucs4(&wide).find(Units::Ucs2(&needle), 0..wide.len()),
                wanted.first().copied()
            );
            let narrow: Vec<u8> = text.iter().map(|&unit| unit as u8).collect();
            let bytes: Vec<u8> = needle.iter().map(|&unit| unit as u8).collect();
            assert_eq!(find(&narrow, &bytes), wanted.first().copied());
            assert_eq!(find_back(&narrow, &bytes), wanted.last().copied());
        }
    }

    #[test]
    fn hard_needles_stay_linear() {
        let text = vec![0x100u16; 200_000];
        let mut needle = vec![0x100u16; 50_000];
        needle[0] = 0x101;
        assert_eq!(find(&text, &needle), None);
        needle[0] = 0x100;
        needle[25_000] = 0x101;
        assert_eq!(find(&text, &needle), None);
    }

    #[test]
    fn wider_needles_are_absent() {
        assert_eq!(Units::Ucs1(b"abc").find(Units::Ucs2(&[0x161]), 0..3), None);
        assert_eq!(Units::Ucs1(b"abc").count(Units::Ucs2(&[0x161]), 9), 0);
    }

    /// What is handed out, in the order of the text.
    fn pieces(
        split: impl FnOnce(&mut dyn FnMut(Range<usize>) -> Result<(), ()>) -> Result<(), ()>,
    ) -> Vec<Range<usize>> {
        let mut found: Vec<Range<usize>> = Vec::new();
        let pushed = split(&mut |piece| {
            found.push(piece);
            Ok(())
        });
        assert_eq!(pushed, Ok(()));
        found.sort_by_key(|piece| (piece.start, piece.end));
        found
    }

    #[test]
    fn splits() {
        let text = Units::Ucs1(b"a,b,,c");
        let comma = Units::Ucs1(b",");
        assert_eq!(pieces(|each| text.split(comma, 2, each)), [0..1, 2..3, 4..6]);
        assert_eq!(pieces(|each| text.rsplit(comma, 2, each)), [0..3, 4..4, 5..6]);
        let text = Units::Ucs1(b"  a  b c ");
        assert_eq!(pieces(|each| text.split_whitespace(1, each)), [2..3, 5..9]);
        assert_eq!(pieces(|each| text.rsplit_whitespace(1, each)), [0..6, 7..8]);
        assert_eq!(
            pieces(|each| Units::Ucs1(b"a\r\nb\n\n").split_lines(false, each)),
            [0..1, 3..4, 5..5]
        );
        assert_eq!(pieces(|each| Units::Ucs1(b"a\r\nb").split_lines(true, each)), [0..3, 3..4]);
        assert_eq!(Units::Ucs1(b"xxabx").trim_set(true, true, Units::Ucs1(b"x")), 2..4);
    }
}
