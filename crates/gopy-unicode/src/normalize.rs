//! Normal forms of 16.0 and 3.2.0.
//!
//! Answers to `nfd_nfkd`, `nfc_nfkc` and the quick check of `Modules/unicodedata.c`.

use crate::data::{triple, wide_leaf};
use crate::database::{Version, combining, is_assigned, quick_check_bits};
use crate::tables::{
    DECOMPOSITION_DATA, DECOMPOSITION_INDEX, DECOMPOSITION_LEAVES, DECOMPOSITION_SHIFT,
    OLD_NORMALIZATION, PAIR_KEYS, PAIR_VALUES,
};
use std::borrow::Cow;

const S_BASE: u32 = 0xAC00;
const L_BASE: u32 = 0x1100;
const V_BASE: u32 = 0x1161;
const T_BASE: u32 = 0x11A7;
const L_COUNT: u32 = 19;
const V_COUNT: u32 = 21;
const T_COUNT: u32 = 28;
const S_COUNT: u32 = L_COUNT * V_COUNT * T_COUNT;
/// Bit of a quick check record: the character may compose with what stands before it.
const MAYBE: u8 = 1 << 4;

/// A normal form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Canonical decomposition.
    Nfd,
    /// Compatibility decomposition.
    Nfkd,
    /// Canonical decomposition, then composition.
    Nfc,
    /// Compatibility decomposition, then composition.
    Nfkc,
}

impl Form {
    /// The form of that name, exactly as `unicodedata.normalize` takes it.
    pub fn from_name(name: &str) -> Option<Form> {
        Some(match name {
            "NFD" => Form::Nfd,
            "NFKD" => Form::Nfkd,
            "NFC" => Form::Nfc,
            "NFKC" => Form::Nfkc,
            _ => return None,
        })
    }

    fn composes(self) -> bool {
        matches!(self, Form::Nfc | Form::Nfkc)
    }

    fn compatible(self) -> bool {
        matches!(self, Form::Nfkd | Form::Nfkc)
    }
}

/// What can be said of a string without normalising it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QuickCheck {
    /// Certainly normalised.
    Yes,
    /// Only normalising it can tell.
    Maybe,
    /// Certainly not normalised.
    No,
}

/// The quick check over a sequence of code points; for 16.0 only.
pub fn quick_check(form: Form, text: impl IntoIterator<Item = u32>) -> QuickCheck {
    let no = 1 << form as u8;
    let maybe = if form.composes() { MAYBE } else { 0 };
    let mut last = 0;
    let mut result = QuickCheck::Yes;
    for code in text {
        if code < 0x80 {
            last = 0;
            continue;
        }
        let class = combining(Version::Current, code);
        let bits = quick_check_bits(code);
        if class != 0 && last > class || bits & no != 0 {
            return QuickCheck::No;
        }
        last = class;
        if bits & maybe != 0 {
            result = QuickCheck::Maybe;
        }
    }
    result
}

/// Whether a string is in a normal form.
pub fn is_normalized(version: Version, form: Form, text: &[u32]) -> bool {
    match version {
        Version::Current => match quick_check(form, text.iter().copied()) {
            QuickCheck::Yes => true,
            QuickCheck::No => false,
            QuickCheck::Maybe => normalize(version, form, text) == text,
        },
        Version::Old => normalize(version, form, text) == text,
    }
}

/// The normal form of a string.
pub fn normalize(version: Version, form: Form, text: &[u32]) -> Vec<u32> {
    let mut output = decompose(version, form.compatible(), text);
    if form.composes() {
        compose(&mut output);
    }
    output
}

/// NFKC of a well-formed string: what identifiers become.
pub fn nfkc(text: &str) -> Cow<'_, str> {
    if text.is_ascii() || quick_check(Form::Nfkc, text.chars().map(u32::from)) == QuickCheck::Yes {
        return Cow::Borrowed(text);
    }
    let codes: Vec<u32> = text.chars().map(u32::from).collect();
    // Decomposition and composition of scalar values give scalar values.
    let codes = normalize(Version::Current, Form::Nfkc, &codes);
    Cow::Owned(codes.into_iter().filter_map(char::from_u32).collect())
}

/// Tag number and parts of one decomposition step; no parts when there is none.
pub(crate) fn decomposition_entry(code: u32) -> (usize, &'static [[u8; 3]]) {
    let leaf = wide_leaf(code, DECOMPOSITION_SHIFT, DECOMPOSITION_INDEX, DECOMPOSITION_LEAVES);
    let header = triple(DECOMPOSITION_DATA[leaf]) as usize;
    (header >> 8, &DECOMPOSITION_DATA[leaf + 1..leaf + 1 + (header & 0xFF)])
}

/// The two or three jamo of a Hangul syllable.
pub(crate) fn syllable_parts(code: u32) -> Option<([u32; 3], usize)> {
    let syllable = code.checked_sub(S_BASE).filter(|&s| s < S_COUNT)?;
    let leading = L_BASE + syllable / (V_COUNT * T_COUNT);
    let vowel = V_BASE + syllable / T_COUNT % V_COUNT;
    let trailing = syllable % T_COUNT;
    Some(([leading, vowel, T_BASE + trailing], if trailing == 0 { 2 } else { 3 }))
}

fn decompose(version: Version, compatible: bool, text: &[u32]) -> Vec<u32> {
    let mut output = Vec::with_capacity(text.len() + 10.min(text.len()));
    for &code in text {
        if code < 0x80 {
            output.push(code);
        } else {
            decompose_one(version, compatible, code, &mut output);
        }
    }
    sort_canonically(&mut output);
    output
}

fn decompose_one(version: Version, compatible: bool, code: u32, output: &mut Vec<u32>) {
    if let Some((parts, len)) = syllable_parts(code) {
        output.extend_from_slice(&parts[..len]);
        return;
    }
    if version == Version::Old {
        // Corrigenda since 3.2 have changed these; their old values decompose no further.
        let changed =
            OLD_NORMALIZATION.as_chunks().0.iter().find(|&&[from, _]| triple(from) == code);
        if let Some(&[_, to]) = changed {
            output.push(triple(to));
            return;
        }
        if !is_assigned(version, code) {
            output.push(code);
            return;
        }
    }
    let (tag, parts) = decomposition_entry(code);
    if parts.is_empty() || tag != 0 && !compatible {
        output.push(code);
        return;
    }
    for &part in parts {
        decompose_one(version, compatible, triple(part), output);
    }
}

/// Sorts each run of combining characters by class; both databases share the classes.
fn sort_canonically(text: &mut [u32]) {
    let class = |code: &u32| if *code < 0x300 { 0 } else { combining(Version::Current, *code) };
    let mut start = 0;
    while start < text.len() {
        if class(&text[start]) == 0 {
            start += 1;
            continue;
        }
        let run = text[start..].iter().position(|code| class(code) == 0);
        let end = run.map_or(text.len(), |run| start + run);
        text[start..end].sort_by_key(class);
        start = end;
    }
}

/// Composes a decomposed, sorted text in place.
fn compose(text: &mut Vec<u32>) {
    let mut output: Vec<u32> = Vec::with_capacity(text.len());
    // Where the last starter stands in the output, and the class of what follows it there.
    let mut starter: Option<usize> = None;
    let mut blocked = 0;
    for &code in text.iter() {
        let class = if code < 0x300 { 0 } else { combining(Version::Current, code) };
        if let Some(position) = starter {
            let adjacent = position + 1 == output.len();
            if (adjacent || blocked != 0 && blocked < class)
                && let Some(composed) = pair(output[position], code, adjacent)
            {
                output[position] = composed;
                continue;
            }
        }
        if class == 0 {
            starter = Some(output.len());
        }
        blocked = class;
        output.push(code);
    }
    *text = output;
}

/// The composition of two characters; jamo compose only side by side.
fn pair(first: u32, second: u32, adjacent: bool) -> Option<u32> {
    if adjacent {
        let leading = first.wrapping_sub(L_BASE);
        let vowel = second.wrapping_sub(V_BASE);
        if leading < L_COUNT && vowel < V_COUNT {
            return Some(S_BASE + (leading * V_COUNT + vowel) * T_COUNT);
        }
        let syllable = first.wrapping_sub(S_BASE);
        let trailing = second.wrapping_sub(T_BASE);
        if syllable < S_COUNT
            && syllable.is_multiple_of(T_COUNT)
            && (1..T_COUNT).contains(&trailing)
        {
            return Some(first + trailing);
        }
    }
    if quick_check_bits(second) & MAYBE == 0 {
        return None;
    }
    let key = u64::from(first) << 32 | u64::from(second);
    let found = PAIR_KEYS.binary_search_by_key(&key, |&bytes| u64::from_le_bytes(bytes)).ok()?;
    Some(triple(PAIR_VALUES[found]))
}
