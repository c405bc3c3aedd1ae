//! Which Latin-1 characters a match can begin with.
//!
//! `re` compiles a literal prefix or a set into the code where it sees one; this looks further: through
//! groups, repeats, alternatives and assertions. Searching skips what no match can begin with. Never
//! here: an answer that leaves out a character that a match does begin with.

use super::charset::{self, op};

/// The characters below 256, a bit each.
pub type Bitmap = [u64; 4];

/// How many operations are looked at before giving up.
const BUDGET: u32 = 200;

/// The characters a match of the code at `pattern` can begin with, characters from 256 on aside; `None`
/// where that is not known or the match may be empty.
pub fn first_set(code: &[u32], pattern: usize) -> Option<Bitmap> {
    let mut set = [0; 4];
    let mut budget = BUDGET;
    add_first(code, pattern, &mut set, &mut budget)?;
    // A set of everything is no help.
    (set != [u64::MAX; 4]).then_some(set)
}

/// Whether `bitmap` has `ch`, which is below 256.
#[inline(always)]
pub fn has(bitmap: &Bitmap, ch: u32) -> bool {
    bitmap[(ch / 64 % 4) as usize] >> (ch % 64) & 1 == 1
}

/// The test of a one-character operation, where it does not depend on the locale.
fn test(code: &[u32], at: usize) -> Option<impl Fn(u32) -> bool> {
    let operation = *code.get(at)?;
    let operand = code.get(at + 1).copied().unwrap_or_default();
    let set = code.get(at + 2..).unwrap_or_default();
    let known = matches!(
        operation,
        op::LITERAL
            | op::NOT_LITERAL
            | op::LITERAL_IGNORE
            | op::NOT_LITERAL_IGNORE
            | op::LITERAL_UNI_IGNORE
            | op::NOT_LITERAL_UNI_IGNORE
            | op::ANY
            | op::ANY_ALL
            | op::CATEGORY
            | op::IN
            | op::IN_IGNORE
            | op::IN_UNI_IGNORE
    );
    let of_locale = match operation {
        op::CATEGORY => charset::is_locale_category(operand),
        op::IN | op::IN_IGNORE | op::IN_UNI_IGNORE => charset::uses_locale(set),
        _ => false,
    };
    (known && !of_locale).then_some(move |ch| match operation {
        op::LITERAL => ch == operand,
        op::NOT_LITERAL => ch != operand,
        op::LITERAL_IGNORE => charset::lower_ascii(ch) == operand,
        op::NOT_LITERAL_IGNORE => charset::lower_ascii(ch) != operand,
        op::LITERAL_UNI_IGNORE => charset::lower_unicode(ch) == operand,
        op::NOT_LITERAL_UNI_IGNORE => charset::lower_unicode(ch) != operand,
        op::ANY => ch != 10,
        op::CATEGORY => charset::category(operand, ch),
        op::IN => charset::contains(set, ch),
        op::IN_IGNORE => charset::contains(set, charset::lower_ascii(ch)),
        op::IN_UNI_IGNORE => charset::contains(set, charset::lower_unicode(ch)),
        _ => true,
    })
}

/// The bitmap of a one-character operation.
pub fn bitmap_of(code: &[u32], at: usize) -> Option<Bitmap> {
    let test = test(code, at)?;
    let mut set = [0; 4];
    for ch in (0..256).filter(|ch| test(*ch)) {
        set[(ch / 64) as usize] |= 1 << (ch % 64);
    }
    Some(set)
}

fn add_first(code: &[u32], mut at: usize, set: &mut Bitmap, budget: &mut u32) -> Option<()> {
    loop {
        *budget = budget.checked_sub(1)?;
        let arg = |offset: usize| code.get(at + offset).map(|word| *word as usize);
        match *code.get(at)? {
            op::MARK | op::AT => at += 2,
            op::JUMP | op::ASSERT | op::ASSERT_NOT => at += arg(1)?.max(1) + 1,
            op::REPEAT_ONE | op::MIN_REPEAT_ONE | op::POSSESSIVE_REPEAT_ONE => {
                merge(set, &bitmap_of(code, at + 4)?);
                if arg(2)? > 0 {
                    return Some(());
                }
                at += arg(1)? + 1;
            }
            op::REPEAT if arg(2)? > 0 => at += 4,
            op::BRANCH => {
                let mut alternative = at + 1;
                loop {
                    let skip = *code.get(alternative)? as usize;
                    if skip == 0 {
                        return Some(());
                    }
                    add_first(code, alternative + 1, set, budget)?;
                    alternative += skip;
                }
            }
            _ => {
                merge(set, &bitmap_of(code, at)?);
                return Some(());
            }
        }
    }
}

fn merge(set: &mut Bitmap, more: &Bitmap) {
    for (word, more) in set.iter_mut().zip(more) {
        *word |= more;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(set: Option<Bitmap>) -> Option<String> {
        let set = set?;
        Some((0..128).filter(|ch| has(&set, *ch)).filter_map(char::from_u32).collect())
    }

    #[test]
    fn sets_of_small_programs() {
        let a = u32::from(b'a');
        let cases: &[(&[u32], Option<&str>)] = &[
            (&[op::LITERAL, a, op::SUCCESS], Some("a")),
            // (b), a*b, a+
            (&[op::MARK, 0, op::LITERAL, a + 1, op::MARK, 1, op::SUCCESS], Some("b")),
            (
                &[op::REPEAT_ONE, 6, 0, u32::MAX, op::LITERAL, a, op::SUCCESS, op::LITERAL, a + 1],
                Some("ab"),
            ),
            (
                &[op::REPEAT_ONE, 6, 1, u32::MAX, op::LITERAL, a, op::SUCCESS, op::SUCCESS],
                Some("a"),
            ),
            // a*, the empty pattern
            (&[op::REPEAT_ONE, 6, 0, u32::MAX, op::LITERAL, a, op::SUCCESS, op::SUCCESS], None),
            (&[op::SUCCESS], None),
            // ab|c, ab|
            (
                &[
                    op::BRANCH,
                    7,
                    op::LITERAL,
                    a,
                    op::LITERAL,
                    a + 1,
                    op::JUMP,
                    7,
                    5,
                    op::LITERAL,
                    a + 2,
                    op::JUMP,
                    2,
                    0,
                    op::SUCCESS,
                ],
                Some("ac"),
            ),
            (&[op::BRANCH, 5, op::LITERAL, a, op::JUMP, 5, 3, op::JUMP, 2, 0, op::SUCCESS], None),
            // What is not known, and code that ends early.
            (&[op::GROUPREF, 0, op::SUCCESS], None),
            (&[op::ANY_ALL, op::SUCCESS], None),
            (&[op::MARK], None),
        ];
        for (code, expected) in cases {
            assert_eq!(text(first_set(code, 0)).as_deref(), *expected, "{code:?}");
        }
    }
}
