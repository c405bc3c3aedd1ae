//! Operators of str, bytes, tuple and frozenset.

use std::collections::HashSet;
use std::ops::Range;

use gopy_bytecode::operators::BinaryOperator;

use super::{equality_key, frozenset};
use crate::code_unit::{Const, ConstValue};

/// Most items of a tuple that repetition makes.
const MAX_COLLECTION_SIZE: i64 = 256;
/// Most characters of a string that repetition makes.
const MAX_STR_SIZE: i64 = 4096;
/// Most items of a tuple that repetition makes, those of nested tuples counted.
const MAX_TOTAL_ITEMS: i64 = 1024;

/// Number of items or characters.
fn len(constant: &Const) -> Option<usize> {
    match constant.value() {
        ConstValue::Str(text) => Some(characters(text)),
        ConstValue::Bytes(bytes) => Some(bytes.len()),
        ConstValue::Tuple(items) => Some(items.len()),
        _ => None,
    }
}

/// `left + right`; an empty operand leaves the other one itself.
pub(super) fn concat(left: &Const, right: &Const) -> Option<Const> {
    use ConstValue as V;
    let value = match (left.value(), right.value()) {
        // Surrogates that come together stay two characters: that is what `ConstValue::Str` says.
        (V::Str(a), V::Str(b)) => V::Str([&**a, b].concat().into()),
        (V::Bytes(a), V::Bytes(b)) => V::Bytes([&**a, b].concat().into()),
        (V::Tuple(a), V::Tuple(b)) => V::Tuple(a.iter().chain(b).cloned().collect()),
        _ => return None,
    };
    Some(match (len(left)?, len(right)?) {
        (0, _) => right.clone(),
        (_, 0) => left.clone(),
        _ => Const::new(value),
    })
}

fn as_integer(constant: &Const) -> Option<i64> {
    match constant.value() {
        ConstValue::Int(value) => Some(*value),
        ConstValue::Bool(value) => Some(i64::from(*value)),
        _ => None,
    }
}

/// `sequence * times`, within limits.
pub(super) fn repeat(sequence: &Const, times: &Const) -> Option<Const> {
    use ConstValue as V;
    let times = as_integer(times)?;
    let len = i64::try_from(len(sequence)?).ok()?;
    let is_tuple = matches!(sequence.value(), V::Tuple(_));
    // An empty sequence stays empty, however often; and once is itself.
    if len == 0 {
        return Some(sequence.clone());
    }
    let len_max = if is_tuple { MAX_COLLECTION_SIZE } else { MAX_STR_SIZE };
    if times < 0 || times > len_max / len {
        return None;
    }
    if is_tuple && times > 0 {
        limit_items(sequence, MAX_TOTAL_ITEMS / times)?;
    }
    if times == 1 {
        return Some(sequence.clone());
    }
    let times = usize::try_from(times).ok()?;
    Some(Const::new(match sequence.value() {
        V::Str(text) => V::Str(text.repeat(times).into()),
        V::Bytes(bytes) => V::Bytes(bytes.repeat(times).into()),
        V::Tuple(items) => {
            V::Tuple(std::iter::repeat_n(items.iter().cloned(), times).flatten().collect())
        }
        _ => return None,
    }))
}

/// What is left of `limit` when the items of a tuple and the tuples in it are taken off.
fn limit_items(constant: &Const, limit: i64) -> Option<i64> {
    let ConstValue::Tuple(items) = constant.value() else { return Some(limit) };
    let mut limit = limit - i64::try_from(items.len()).ok()?;
    for item in items {
        if limit < 0 {
            break;
        }
        limit = limit_items(item, limit)?;
    }
    (limit >= 0).then_some(limit)
}

/// Number of code points.
fn characters(text: &[u8]) -> usize {
    text.iter().filter(|byte| is_head(**byte)).count()
}

const fn is_head(byte: u8) -> bool {
    byte & 0xC0 != 0x80
}

/// `container[index]`
pub(super) fn subscript(container: &Const, index: &Const) -> Option<Const> {
    use ConstValue as V;
    if let V::Slice(parts) = index.value() {
        return slice(container, parts);
    }
    let index = as_integer(index)?;
    Some(match container.value() {
        V::Str(text) => {
            let heads = heads(text);
            let at = place(index, heads.len())?;
            Const::new(V::Str(text[character(text, &heads, at)].into()))
        }
        V::Bytes(bytes) => Const::new(V::Int(i64::from(bytes[place(index, bytes.len())?]))),
        V::Tuple(items) => items[place(index, items.len())?].clone(),
        _ => return None,
    })
}

fn place(index: i64, len: usize) -> Option<usize> {
    let index = if index < 0 { index.checked_add(i64::try_from(len).ok()?)? } else { index };
    usize::try_from(index).ok().filter(|index| *index < len)
}

fn heads(text: &[u8]) -> Vec<usize> {
    (0..text.len()).filter(|at| is_head(text[*at])).collect()
}

fn character(text: &[u8], heads: &[usize], at: usize) -> Range<usize> {
    heads[at]..heads.get(at + 1).copied().unwrap_or(text.len())
}

fn slice(container: &Const, parts: &[Const; 3]) -> Option<Const> {
    use ConstValue as V;
    let len = len(container)?;
    let indices = Indices::of(parts, len)?;
    if indices.are_all(len) {
        return Some(container.clone());
    }
    Some(Const::new(match container.value() {
        V::Str(text) => {
            let heads = heads(text);
            V::Str(indices.flat_map(|at| &text[character(text, &heads, at)]).copied().collect())
        }
        V::Bytes(bytes) => V::Bytes(indices.map(|at| bytes[at]).collect()),
        V::Tuple(items) => V::Tuple(indices.map(|at| items[at].clone()).collect()),
        _ => return None,
    }))
}

/// The indices that a slice picks.
struct Indices {
    next: i64,
    stop: i64,
    step: i64,
}

impl Indices {
    fn of(parts: &[Const; 3], len: usize) -> Option<Self> {
        let part = |part: &Const| match part.value() {
            ConstValue::None => Some(None),
            _ => clamped_integer(part).map(Some),
        };
        let (start, stop, step) = (part(&parts[0])?, part(&parts[1])?, part(&parts[2])?);
        let step = step.unwrap_or(1).max(-i64::MAX);
        if step == 0 {
            return None;
        }
        let len = i64::try_from(len).ok()?;
        let (lowest, highest) = if step > 0 { (0, len) } else { (-1, len - 1) };
        let clamp = |index: i64| {
            let index = if index < 0 { index.saturating_add(len) } else { index };
            index.clamp(lowest, highest)
        };
        let (first, last) = if step > 0 { (lowest, highest) } else { (highest, lowest) };
        Some(Self { next: start.map_or(first, clamp), stop: stop.map_or(last, clamp), step })
    }

    /// Whether they pick the whole of a sequence, in order.
    fn are_all(&self, len: usize) -> bool {
        self.next == 0 && self.step == 1 && usize::try_from(self.stop) == Ok(len)
    }
}

/// An index of a slice; those beyond a machine word count as its ends.
fn clamped_integer(constant: &Const) -> Option<i64> {
    match constant.value() {
        ConstValue::BigInt(value) if value.is_negative() => Some(i64::MIN),
        ConstValue::BigInt(_) => Some(i64::MAX),
        _ => as_integer(constant),
    }
}

impl Iterator for Indices {
    type Item = usize;

    fn next(&mut self) -> Option<usize> {
        let more = if self.step > 0 { self.next < self.stop } else { self.next > self.stop };
        if !more {
            return None;
        }
        let at = usize::try_from(self.next).ok()?;
        self.next = self.next.saturating_add(self.step);
        Some(at)
    }
}

/// `&`, `|`, `^` and `-` of frozensets.
pub(super) fn set_operation(
    operator: BinaryOperator,
    left: &Const,
    right: &Const,
) -> Option<Const> {
    use BinaryOperator as Op;
    let (ConstValue::FrozenSet(a), ConstValue::FrozenSet(b)) = (left.value(), right.value()) else {
        return None;
    };
    let keys_of = |set: &[Const]| set.iter().map(equality_key).collect::<HashSet<Const>>();
    let (in_a, in_b) = (keys_of(a), keys_of(b));
    let only_a = a.iter().filter(|item| !in_b.contains(&equality_key(item)));
    let only_b = b.iter().filter(|item| !in_a.contains(&equality_key(item)));
    let items: Vec<Const> = match operator {
        Op::And => a.iter().filter(|item| in_b.contains(&equality_key(item))).cloned().collect(),
        Op::Or => a.iter().chain(only_b).cloned().collect(),
        Op::Xor => only_a.chain(only_b).cloned().collect(),
        Op::Subtract => only_a.cloned().collect(),
        _ => return None,
    };
    Some(frozenset(&items))
}
