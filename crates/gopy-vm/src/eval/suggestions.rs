//! "Did you mean …?": the closest of some names.
//!
//! Answers to `Python/suggestions.c`.

use gopy_core::str::Str;

const MAX_CANDIDATES: usize = 750;
const MAX_SIZE: usize = 40;
const MOVE_COST: usize = 2;
const CASE_COST: usize = 1;

fn substitution_cost(a: u8, b: u8) -> usize {
    if a & 31 != b & 31 {
        return MOVE_COST;
    }
    if a == b {
        return 0;
    }
    if a.eq_ignore_ascii_case(&b) { CASE_COST } else { MOVE_COST }
}

/// Levenshtein distance, given up (more than `limit`) where it exceeds `limit`.
fn distance(a: &[u8], b: &[u8], limit: usize) -> usize {
    if a == b {
        return 0;
    }
    let prefix = a.iter().zip(b).take_while(|(x, y)| x == y).count();
    let (a, b) = (&a[prefix..], &b[prefix..]);
    let suffix = a.iter().rev().zip(b.iter().rev()).take_while(|(x, y)| x == y).count();
    let (mut a, mut b) = (&a[..a.len() - suffix], &b[..b.len() - suffix]);
    if a.is_empty() || b.is_empty() {
        return (a.len() + b.len()) * MOVE_COST;
    }
    if a.len() > MAX_SIZE || b.len() > MAX_SIZE {
        return limit + 1;
    }
    if b.len() < a.len() {
        std::mem::swap(&mut a, &mut b);
    }
    if (b.len() - a.len()) * MOVE_COST > limit {
        return limit + 1;
    }
    let mut row: Vec<usize> = (1..=a.len()).map(|index| index * MOVE_COST).collect();
    let mut result = 0;
    for (b_index, code) in b.iter().enumerate() {
        let mut before = b_index * MOVE_COST;
        result = before;
        let mut minimum = usize::MAX;
        for (index, other) in a.iter().enumerate() {
            let substitute = before + substitution_cost(*code, *other);
            before = row[index];
            let insert_or_delete = result.min(before) + MOVE_COST;
            result = insert_or_delete.min(substitute);
            row[index] = result;
            minimum = minimum.min(result);
        }
        if minimum > limit {
            return limit + 1;
        }
    }
    result
}

/// The one of `candidates` that `name` is likely to be a misspelling of.
pub fn closest<'a>(candidates: impl Iterator<Item = &'a Str>, name: &Str) -> Option<String> {
    let candidates: Vec<&Str> = candidates.take(MAX_CANDIDATES + 1).collect();
    if candidates.len() > MAX_CANDIDATES {
        return None;
    }
    let wanted = name.as_str()?;
    let mut best = usize::MAX;
    let mut found = None;
    for candidate in candidates {
        let text = candidate.as_str()?;
        if text == wanted {
            continue;
        }
        // No more than a third of the characters may change.
        let limit = ((wanted.len() + text.len() + 3) * MOVE_COST / 6).min(best - 1);
        let current = distance(wanted.as_bytes(), text.as_bytes(), limit);
        if current > limit || current >= best {
            continue;
        }
        best = current;
        found = Some(text.to_owned());
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances() {
        for (a, b, expected) in
            [("", "", 0), ("abc", "abc", 0), ("abc", "Abc", 1), ("abc", "abd", 2), ("a", "abc", 4)]
        {
            assert_eq!(distance(a.as_bytes(), b.as_bytes(), 100), expected, "{a} {b}");
        }
    }
}
