//! Case conversion and the questions `str.isX` asks of a whole text.
//!
//! Answers to `do_lower`, `do_title` and their kin in `Objects/unicodeobject.c`.

use crate::ctype::{
    self, Case, CaseMap, is_case_ignorable, is_cased, is_lower, is_title, is_upper, map_case,
};
use crate::units::{CodeUnit, Units, UnitsBuf};
use crate::with_units;

const SIGMA: u32 = 0x3A3;
const FINAL_SIGMA: u32 = 0x3C2;
const SMALL_SIGMA: u32 = 0x3C3;

impl Units<'_> {
    /// `str.lower`.
    pub fn to_lower(self) -> UnitsBuf {
        self.ascii_map(|byte| byte.to_ascii_lowercase()).unwrap_or_else(
            || with_units!(self, text => convert(text, |at, out| lower(text, at, out))),
        )
    }

    /// `str.upper`.
    pub fn to_upper(self) -> UnitsBuf {
        self.ascii_map(|byte| byte.to_ascii_uppercase()).unwrap_or_else(|| {
            with_units!(self, text => convert(text, |at, out| {
                full(text[at].code(), CaseMap::Upper, out);
            }))
        })
    }

    /// `str.casefold`.
    pub fn to_folded(self) -> UnitsBuf {
        self.ascii_map(|byte| byte.to_ascii_lowercase()).unwrap_or_else(|| {
            with_units!(self, text => convert(text, |at, out| {
                full(text[at].code(), CaseMap::Fold, out);
            }))
        })
    }

    /// `str.capitalize`.
    pub fn capitalize(self) -> UnitsBuf {
        with_units!(self, text => convert(text, |at, out| match at {
            0 => full(text[0].code(), CaseMap::Title, out),
            _ => lower(text, at, out),
        }))
    }

    /// `str.swapcase`.
    pub fn swap_case(self) -> UnitsBuf {
        with_units!(self, text => convert(text, |at, out| {
            let code = text[at].code();
            if is_upper(code) {
                lower(text, at, out);
            } else if is_lower(code) {
                full(code, CaseMap::Upper, out);
            } else {
                out.push(code);
            }
        }))
    }

    /// `str.title`.
    pub fn to_title(self) -> UnitsBuf {
        let mut inside = false;
        with_units!(self, text => convert(text, |at, out| {
            let code = text[at].code();
            if inside {
                lower(text, at, out);
            } else {
                full(code, CaseMap::Title, out);
            }
            inside = is_cased(code);
        }))
    }

    /// An ASCII text mapped byte by byte, or `None` if it is not one.
    fn ascii_map(self, map: impl Fn(&u8) -> u8) -> Option<UnitsBuf> {
        match self {
            Units::Ucs1(text) if text.is_ascii() => {
                Some(UnitsBuf::Ucs1(text.iter().map(map).collect()))
            }
            _ => None,
        }
    }

    /// Whether the text is not empty and all its characters pass.
    pub fn all(self, test: fn(u32) -> bool) -> bool {
        !self.is_empty() && with_units!(self, text => text.iter().all(|&unit| test(unit.code())))
    }

    /// `str.islower`.
    pub fn is_lower(self) -> bool {
        self.has_only(Case::Lower)
    }

    /// `str.isupper`.
    pub fn is_upper(self) -> bool {
        self.has_only(Case::Upper)
    }

    /// Whether there are characters of this case and none of another.
    fn has_only(self, wanted: Case) -> bool {
        let mut seen = false;
        with_units!(self, text => for unit in text {
            match ctype::case(unit.code()) {
                Case::None => {}
                case if case == wanted => seen = true,
                _ => return false,
            }
        });
        seen
    }

    /// `str.istitle`.
    pub fn is_title(self) -> bool {
        let (mut inside, mut seen) = (false, false);
        for code in self.iter() {
            if is_upper(code) || is_title(code) {
                if inside {
                    return false;
                }
                (inside, seen) = (true, true);
            } else if is_lower(code) {
                if !inside {
                    return false;
                }
                seen = true;
            } else {
                inside = false;
            }
        }
        seen
    }

    /// `str.isidentifier`.
    pub fn is_identifier(self) -> bool {
        self.get(0).is_some_and(|first| first == 0x5F || ctype::is_xid_start(first))
            && self.iter().skip(1).all(ctype::is_xid_continue)
    }

    /// `str.isprintable`; the empty text is printable.
    pub fn is_printable(self) -> bool {
        with_units!(self, text => text.iter().all(|&unit| ctype::is_printable(unit.code())))
    }

    /// How long `str.expandtabs` makes the text; `None` for more than `isize::MAX`.
    pub fn expanded_len(self, size: isize) -> Option<usize> {
        let size = usize::try_from(size).unwrap_or(0);
        let (mut column, mut total) = (0, 0usize);
        for code in self.iter() {
            let step = match code {
                0x09 if size > 0 => size - column % size,
                0x09 => 0,
                _ => 1,
            };
            total = total.checked_add(step).filter(|&total| isize::try_from(total).is_ok())?;
            column = if matches!(code, 0x0A | 0x0D) { 0 } else { column + step };
        }
        Some(total)
    }

    /// `str.expandtabs`, for what [`expanded_len`](Self::expanded_len) has found not to be too long.
    pub fn expand_tabs(self, size: isize) -> UnitsBuf {
        let size = usize::try_from(size).unwrap_or(0);
        let mut out = UnitsBuf::new();
        let mut column = 0;
        for code in self.iter() {
            match code {
                0x09 if size > 0 => {
                    let step = size - column % size;
                    out.fill(0x20, step);
                    column += step;
                }
                0x09 => {}
                _ => {
                    out.push(code);
                    column = if matches!(code, 0x0A | 0x0D) { 0 } else { column + 1 };
                }
            }
        }
        out
    }

    /// `str.translate` of an ASCII text through a table already looked up: a byte below 0x80
    /// replaces, 0xFE deletes, 0xFF is not known yet. Returns how many characters were done.
    pub fn translate_ascii(self, table: &[u8; 128], out: &mut Vec<u8>) -> usize {
        let Units::Ucs1(text) = self else { return 0 };
        for (at, &byte) in text.iter().enumerate() {
            match table.get(usize::from(byte)) {
                None | Some(0xFF) => return at,
                Some(0xFE) => {}
                Some(&new) => out.push(new),
            }
        }
        text.len()
    }
}

/// Builds a text by handing each position to `step`.
fn convert<U: CodeUnit>(text: &[U], mut step: impl FnMut(usize, &mut UnitsBuf)) -> UnitsBuf {
    let mut out = UnitsBuf::with_capacity(text.len());
    for at in 0..text.len() {
        step(at, &mut out);
    }
    out
}

#[inline]
fn full(code: u32, map: CaseMap, out: &mut UnitsBuf) {
    for &code in map_case(code, map).as_slice() {
        out.push(code);
    }
}

#[inline]
fn lower<U: CodeUnit>(text: &[U], at: usize, out: &mut UnitsBuf) {
    let code = text[at].code();
    if code < 0x80 {
        out.push(u32::from((code as u8).to_ascii_lowercase()));
    } else if code == SIGMA {
        out.push(if is_final_sigma(text, at) { FINAL_SIGMA } else { SMALL_SIGMA });
    } else {
        full(code, CaseMap::Lower, out);
    }
}

/// Whether a capital sigma ends a word: a cased letter before it and none after, looking
/// through case-ignorable characters.
pub fn is_final_sigma<U: CodeUnit>(text: &[U], at: usize) -> bool {
    let visible = |unit: &&U| !is_case_ignorable(unit.code());
    let cased = |unit: Option<&U>| unit.is_some_and(|&unit| is_cased(unit.code()));
    cased(text[..at].iter().rev().find(visible)) && !cased(text[at + 1..].iter().find(visible))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, convert: impl Fn(Units<'_>) -> UnitsBuf, wanted: &str) {
        let text = UnitsBuf::from(text);
        assert_eq!(convert(text.as_units()).as_units(), UnitsBuf::from(wanted).as_units());
    }

    #[test]
    fn converts() {
        check("ΑΣ ΑΣΑ Σ", |text| text.to_lower(), "ας ασα σ");
        check("straße", |text| text.to_upper(), "STRASSE");
        check("Straße", |text| text.to_folded(), "strasse");
        check("ﬁ they're", |text| text.to_title(), "Fi They'Re");
        check("ǆABC", |text| text.capitalize(), "ǅabc");
        check("aBß", |text| text.swap_case(), "AbSS");
    }

    #[test]
    fn expands_tabs() {
        let text = Units::Ucs1(b"a\tb\n\tc");
        let out = text.expand_tabs(4).as_units().to_codes();
        assert_eq!(out, b"a   b\n    c".map(u32::from));
        assert_eq!(text.expanded_len(4), Some(out.len()));
        assert!(Units::Ucs1(b"\t\t").expanded_len(isize::MAX).is_none());
    }
}
