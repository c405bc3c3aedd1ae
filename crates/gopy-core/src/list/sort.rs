//! `list.sort`: a stable natural merge sort, with powersort's merge order and galloping.
//!
//! Answers to `list_sort_impl` and what it calls in `Objects/listobject.c`. Which pairs are compared,
//! and in which order, is visible through `__lt__`, so every step is CPython's.
//!
//! Keeps true: at every comparison keys and values are some permutation of what they were (during a
//! merge, together with the temporary copies), so that nothing is lost when one raises.

use std::cmp::Ordering;
use std::ptr;

use gopy_object::typeobj::{CompareFn, CompareOp, Tuple};
use gopy_object::{Object, PyResult, Ref};

use super::{Item, List};
use crate::error::{memory_error, value_error};
use crate::float::Float;
use crate::int::Int;
use crate::str::{Str, Units};
use crate::{bool_, call, none, object};

/// Natural runs shorter than this, or a little less, are made longer by insertion.
const MINRUN_MAX: usize = 64;
/// Wins in a row after which a merge gallops.
const GALLOP_MIN: usize = 7;

/// More items are merged in place of a copy, whose memory might not be there.
const PLAIN_MAX: usize = 1 << 22;

/// The first bytes of a text as a number, ordered alike as far as they differ.
fn prefix(text: &[u8]) -> u64 {
    let mut bytes = [0; 8];
    let count = text.len().min(8);
    bytes[..count].copy_from_slice(&text[..count]);
    u64::from_be_bytes(bytes)
}

/// How two keys are compared, as a look at all of them has shown to be possible.
#[derive(Clone, Copy)]
enum Method {
    /// Exact strings of one byte a character.
    Latin,
    /// Exact ints of one word.
    SmallInt,
    /// Exact floats.
    Float,
    /// Objects whose types had this function.
    Same(CompareFn),
    /// Anything.
    Any,
}

struct Comparer {
    /// For keys, or for the first items of keys that are tuples.
    method: Method,
    /// All keys are exact tuples that are not empty.
    tuples: bool,
}

/// The object behind a key or value, which the sort keeps alive.
#[inline(always)]
fn borrow<'a>(item: Item) -> &'a Object {
    // SAFETY: the sort owns a reference to every item until it ends.
    unsafe { &*item.as_ptr() }
}

impl Method {
    /// Chooses by the type of all of `keys`.
    fn choose<'a>(mut keys: impl Iterator<Item = &'a Object>) -> Method {
        let Some(first) = keys.next() else { return Method::Any };
        let ty = first.type_();
        let latin = |key: &Object| {
            key.downcast_exact::<Str>().is_some_and(|key| matches!(key.units(), Units::Ucs1(_)))
        };
        let small = |key: &Object| key.downcast_exact::<Int>().is_some_and(Int::is_compact);
        let (mut all_latin, mut all_small) = (latin(first), small(first));
        for key in keys {
            if !key.is_exact(ty) {
                return Method::Any;
            }
            all_latin = all_latin && latin(key);
            all_small = all_small && small(key);
        }
        if all_latin {
            Method::Latin
        } else if all_small {
            Method::SmallInt
        } else if first.downcast_exact::<Float>().is_some() {
            Method::Float
        } else {
            ty.slots.richcompare.get().map_or(Method::Any, Method::Same)
        }
    }

    #[inline(always)]
    fn less(self, left: &Object, right: &Object) -> PyResult<bool> {
        match self {
            // SAFETY: `choose` has seen that all keys are exact ints.
            Method::SmallInt => unsafe {
                let (left, right) =
                    (left.downcast_unchecked::<Int>(), right.downcast_unchecked::<Int>());
                Ok(left.compact_value() < right.compact_value())
            },
            // SAFETY: `choose` has seen that all keys are exact strings.
            Method::Latin => unsafe {
                let (left, right) =
                    (left.downcast_unchecked::<Str>(), right.downcast_unchecked::<Str>());
                match (left.units(), right.units()) {
                    (Units::Ucs1(left), Units::Ucs1(right)) => Ok(left < right),
                    _ => Ok(left.compare(right).is_lt()),
                }
            },
            // SAFETY: `choose` has seen that all keys are exact floats.
            Method::Float => unsafe {
                let (left, right) =
                    (left.downcast_unchecked::<Float>(), right.downcast_unchecked::<Float>());
                Ok(left.value() < right.value())
            },
            Method::Same(function) => less_same(function, left, right),
            Method::Any => object::compare_bool(left, right, CompareOp::Lt),
        }
    }
}

fn less_same(function: CompareFn, left: &Object, right: &Object) -> PyResult<bool> {
    // A comparison may have changed `__class__`.
    if !left.type_().slots.richcompare.get().is_some_and(|now| ptr::fn_addr_eq(now, function)) {
        return object::compare_bool(left, right, CompareOp::Lt);
    }
    let result = function(left, right, CompareOp::Lt)?;
    if none::is_not_implemented(&result) {
        return object::compare_bool(left, right, CompareOp::Lt);
    }
    if bool_::is_bool(&result) {
        return Ok(result.is(bool_::bool_object(true)));
    }
    object::is_true(&result)
}

impl Comparer {
    fn choose(keys: &[Item]) -> Comparer {
        let first_item = |key: &Item| {
            borrow(*key).downcast_exact::<Tuple>().and_then(|tuple| tuple.items().first())
        };
        let tuples = keys.iter().all(|key| first_item(key).is_some());
        let method = if !tuples {
            let starts_with_tuple = keys.first().is_some_and(|key| first_item(key).is_some());
            if starts_with_tuple {
                Method::Any
            } else {
                Method::choose(keys.iter().map(|key| borrow(*key)))
            }
        } else if keys
            .first()
            .and_then(first_item)
            .is_some_and(|item| item.is_exact(&crate::tuple::TUPLE))
        {
            // Tuples of tuples.
            Method::Any
        } else {
            Method::choose(keys.iter().filter_map(first_item).map(|item| &**item))
        };
        Comparer { method, tuples }
    }

    #[inline(always)]
    fn less(&self, left: Item, right: Item) -> PyResult<bool> {
        let (left, right) = (borrow(left), borrow(right));
        if self.tuples { self.less_tuples(left, right) } else { self.method.less(left, right) }
    }

    fn less_tuples(&self, left: &Object, right: &Object) -> PyResult<bool> {
        let (left, right) = (crate::tuple::items_of(left), crate::tuple::items_of(right));
        for (index, (ours, theirs)) in left.iter().zip(right).enumerate() {
            if object::compare_bool(ours, theirs, CompareOp::Eq)? {
                continue;
            }
            if index == 0 {
                return self.method.less(ours, theirs);
            }
            return object::compare_bool(ours, theirs, CompareOp::Lt);
        }
        Ok(left.len() < right.len())
    }

    /// Where `key` belongs in the sorted `run`, left of equal keys; searched for from `hint` on.
    fn gallop_left(&self, key: Item, run: &[Item], hint: usize) -> PyResult<usize> {
        let (mut low, mut high);
        let mut offset = 1;
        let mut last = 0;
        if self.less(run[hint], key)? {
            // run[hint + last] < key <= run[hint + offset]
            let limit = run.len() - hint;
            while offset < limit && self.less(run[hint + offset], key)? {
                last = offset;
                offset = (offset << 1) + 1;
            }
            offset = offset.min(limit);
            low = hint + last + 1;
            high = hint + offset;
        } else {
            // run[hint - offset] < key <= run[hint - last]
            let limit = hint + 1;
            while offset < limit && !self.less(run[hint - offset], key)? {
                last = offset;
                offset = (offset << 1) + 1;
            }
            offset = offset.min(limit);
            low = hint + 1 - offset;
            high = hint - last;
        }
        while low < high {
            let middle = low + ((high - low) >> 1);
            if self.less(run[middle], key)? {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        Ok(high)
    }

    /// Where `key` belongs in the sorted `run`, right of equal keys; searched for from `hint` on.
    fn gallop_right(&self, key: Item, run: &[Item], hint: usize) -> PyResult<usize> {
        let (mut low, mut high);
        let mut offset = 1;
        let mut last = 0;
        if self.less(key, run[hint])? {
            // run[hint - offset] <= key < run[hint - last]
            let limit = hint + 1;
            while offset < limit && self.less(key, run[hint - offset])? {
                last = offset;
                offset = (offset << 1) + 1;
            }
            offset = offset.min(limit);
            low = hint + 1 - offset;
            high = hint - last;
        } else {
            // run[hint + last] <= key < run[hint + offset]
            let limit = run.len() - hint;
            while offset < limit && !self.less(key, run[hint + offset])? {
                last = offset;
                offset = (offset << 1) + 1;
            }
            offset = offset.min(limit);
            low = hint + last + 1;
            high = hint + offset;
        }
        while low < high {
            let middle = low + ((high - low) >> 1);
            if self.less(key, run[middle])? {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        Ok(high)
    }
}

/// A sorted run that waits to be merged.
#[derive(Clone, Copy)]
struct Run {
    start: usize,
    len: usize,
    power: u32,
}

/// How a merge loop ended, when no comparison raised.
enum Merged {
    /// One side is used up.
    Done,
    /// One item is left of the copied side and belongs at the far end.
    OneLeft,
}

struct Sorter {
    comparer: Comparer,
    /// What is compared.
    keys: Vec<Item>,
    /// What the keys belong to, permuted alike; empty where the items are their own keys.
    values: Vec<Item>,
    copied_keys: Vec<Item>,
    copied_values: Vec<Item>,
    gallop_min: usize,
    pending: Vec<Run>,
}

impl Sorter {
    // --- moving keys and values alike -----------------------------------------------------------

    fn has_values(&self) -> bool {
        !self.values.is_empty()
    }

    fn reverse(&mut self, start: usize, end: usize) {
        self.keys[start..end].reverse();
        if self.has_values() {
            self.values[start..end].reverse();
        }
    }

    fn move_within(&mut self, from: usize, to: usize, count: usize) {
        self.keys.copy_within(from..from + count, to);
        if self.has_values() {
            self.values.copy_within(from..from + count, to);
        }
    }

    fn copy_out(&mut self, start: usize, count: usize) {
        self.copied_keys.clear();
        self.copied_keys.extend_from_slice(&self.keys[start..start + count]);
        if self.has_values() {
            self.copied_values.clear();
            self.copied_values.extend_from_slice(&self.values[start..start + count]);
        }
    }

    fn copy_back(&mut self, from: usize, to: usize, count: usize) {
        self.keys[to..to + count].copy_from_slice(&self.copied_keys[from..from + count]);
        if self.has_values() {
            self.values[to..to + count].copy_from_slice(&self.copied_values[from..from + count]);
        }
    }

    #[inline(always)]
    fn move_one(&mut self, from: usize, to: usize) {
        self.keys[to] = self.keys[from];
        if self.has_values() {
            self.values[to] = self.values[from];
        }
    }

    #[inline(always)]
    fn copy_one_back(&mut self, from: usize, to: usize) {
        self.keys[to] = self.copied_keys[from];
        if self.has_values() {
            self.values[to] = self.copied_values[from];
        }
    }

    // --- runs -----------------------------------------------------------------------------------

    #[inline(always)]
    fn less_at(&self, left: usize, right: usize) -> PyResult<bool> {
        self.comparer.less(self.keys[left], self.keys[right])
    }

    /// Length of the run at `start`, which is made ascending if it descends.
    fn count_run(&mut self, start: usize, end: usize) -> PyResult<usize> {
        let mut at = start + 1;
        while at < end && !self.less_at(at, at - 1)? {
            at += 1;
        }
        if at == end {
            return Ok(at - start);
        }
        // keys[at] is less than its neighbour. The run descends if all before it were equal.
        if at - start > 1 {
            if self.less_at(start, at - 1)? {
                return Ok(at - start);
            }
            self.reverse(start, at);
        }
        at += 1;
        // Equal neighbours are reversed on the way, so that the reversal of it all restores them.
        let mut equal = 0;
        while at < end {
            if self.less_at(at, at - 1)? {
                self.reverse_equal(at, &mut equal);
            } else if self.less_at(at - 1, at)? {
                break;
            } else {
                equal += 1;
            }
            at += 1;
        }
        self.reverse_equal(at, &mut equal);
        self.reverse(start, at);
        while at < end && !self.less_at(at, at - 1)? {
            at += 1;
        }
        Ok(at - start)
    }

    fn reverse_equal(&mut self, end: usize, equal: &mut usize) {
        if *equal > 0 {
            self.reverse(end - *equal - 1, end);
            *equal = 0;
        }
    }

    /// Sorts `keys[start..end]`, of which the first `sorted` are sorted already.
    fn insert_sort(&mut self, start: usize, end: usize, sorted: usize) -> PyResult<()> {
        for at in start + sorted.max(1)..end {
            let pivot = self.keys[at];
            let (mut low, mut high) = (start, at);
            while low < high {
                let middle = (low + high) >> 1;
                if self.comparer.less(pivot, self.keys[middle])? {
                    high = middle;
                } else {
                    low = middle + 1;
                }
            }
            self.keys[low..=at].rotate_right(1);
            if self.has_values() {
                self.values[low..=at].rotate_right(1);
            }
        }
        Ok(())
    }

    fn sort(&mut self) -> PyResult<()> {
        let total = self.keys.len();
        let minimum = run_minimum(total);
        let mut start = 0;
        while start < total {
            let mut len = self.count_run(start, total)?;
            if len < minimum {
                let forced = minimum.min(total - start);
                self.insert_sort(start, start + forced, len)?;
                len = forced;
            }
            self.found_run(len, total)?;
            self.pending.push(Run { start, len, power: 0 });
            start += len;
        }
        while self.pending.len() > 1 {
            let mut at = self.pending.len() - 2;
            if at > 0 && self.pending[at - 1].len < self.pending[at + 1].len {
                at -= 1;
            }
            self.merge_at(at)?;
        }
        Ok(())
    }

    /// Sorts where comparing runs no Python and orders all keys: then any stable sort gives the same
    /// result, and one that compares copies of the values side by side is faster. False, with nothing
    /// done, where that is not so.
    fn sort_plain(&mut self) -> bool {
        if self.comparer.tuples || self.keys.len() > PLAIN_MAX {
            return false;
        }
        match self.comparer.method {
            Method::SmallInt => {
                // SAFETY: `choose` has seen that all keys are exact ints.
                let value = |key| unsafe { borrow(key).downcast_unchecked::<Int>() };
                self.sort_by_value(|key| Some(value(key).compact_value()), isize::cmp)
            }
            Method::Float => {
                // SAFETY: `choose` has seen that all keys are exact floats.
                let value = |key| unsafe { borrow(key).downcast_unchecked::<Float>() }.value();
                let number = |key| Some(value(key)).filter(|value| !value.is_nan());
                self.sort_by_value(number, |a, b| a.partial_cmp(b).unwrap_or(Ordering::Equal))
            }
            Method::Latin => {
                let text = |key| {
                    // SAFETY: `choose` has seen that all keys are exact strings.
                    match unsafe { borrow(key).downcast_unchecked::<Str>() }.units() {
                        Units::Ucs1(text) => Some((prefix(text), text)),
                        _ => None,
                    }
                };
                // The prefixes tell most apart without a look at the text.
                self.sort_by_value(text, |a, b| a.0.cmp(&b.0).then_with(|| a.1.cmp(b.1)))
            }
            Method::Same(_) | Method::Any => false,
        }
    }

    fn sort_by_value<T: Copy>(
        &mut self,
        value: impl Fn(Item) -> Option<T>,
        order: impl Fn(&T, &T) -> Ordering,
    ) -> bool {
        if !self.has_values() {
            let mut pairs = Vec::new();
            if pairs.try_reserve_exact(self.keys.len()).is_err() {
                return false;
            }
            pairs.extend(self.keys.iter().filter_map(|&key| Some((value(key)?, key))));
            if pairs.len() < self.keys.len() {
                return false;
            }
            pairs.sort_by(|a, b| order(&a.0, &b.0));
            for (place, (_, key)) in self.keys.iter_mut().zip(pairs) {
                *place = key;
            }
            return true;
        }
        let mut rows = Vec::new();
        if rows.try_reserve_exact(self.keys.len()).is_err() {
            return false;
        }
        let both = self.keys.iter().zip(&self.values);
        rows.extend(both.filter_map(|(&key, &item)| Some((value(key)?, key, item))));
        if rows.len() < self.keys.len() {
            return false;
        }
        rows.sort_by(|a, b| order(&a.0, &b.0));
        for (index, (_, key, item)) in rows.into_iter().enumerate() {
            (self.keys[index], self.values[index]) = (key, item);
        }
        true
    }

    /// Merges pending runs that lie deeper in the merge tree than the next run, of length `len`.
    fn found_run(&mut self, len: usize, total: usize) -> PyResult<()> {
        let Some(last) = self.pending.last() else { return Ok(()) };
        let power = power(last.start, last.len, len, total);
        while self.pending.len() > 1 && self.pending[self.pending.len() - 2].power > power {
            self.merge_at(self.pending.len() - 2)?;
        }
        if let Some(last) = self.pending.last_mut() {
            last.power = power;
        }
        Ok(())
    }

    // --- merging --------------------------------------------------------------------------------

    /// Merges pending runs `at` and `at + 1`.
    fn merge_at(&mut self, at: usize) -> PyResult<()> {
        let (a, b) = (self.pending[at], self.pending[at + 1]);
        self.pending[at].len = a.len + b.len;
        self.pending.remove(at + 1);
        // What of a precedes all of b stays where it is, and what of b follows all of a.
        let run = &self.keys[a.start..a.start + a.len];
        let skip = self.comparer.gallop_right(self.keys[b.start], run, 0)?;
        let (start, count) = (a.start + skip, a.len - skip);
        if count == 0 {
            return Ok(());
        }
        let run = &self.keys[b.start..b.start + b.len];
        let last = self.keys[start + count - 1];
        let others = self.comparer.gallop_left(last, run, b.len - 1)?;
        if others == 0 {
            return Ok(());
        }
        if count <= others {
            self.merge_low(start, count, b.start, others)
        } else {
            self.merge_high(start, count, b.start, others)
        }
    }

    /// Merges two neighbours from the left; the first one is copied out.
    fn merge_low(&mut self, a: usize, count: usize, b: usize, others: usize) -> PyResult<()> {
        self.copy_out(a, count);
        let mut state = Low { dest: a, copied: 0, a_left: count, b, b_left: others };
        match self.merge_low_loop(&mut state) {
            Ok(Merged::OneLeft) => {
                let Low { dest, copied, b, b_left, .. } = state;
                self.move_within(b, dest, b_left);
                self.copy_one_back(copied, dest + b_left);
                Ok(())
            }
            other => {
                self.copy_back(state.copied, state.dest, state.a_left);
                other.map(|_| ())
            }
        }
    }

    fn merge_low_loop(&mut self, s: &mut Low) -> PyResult<Merged> {
        if self.low_take_b(s) {
            return Ok(Merged::Done);
        }
        if s.a_left == 1 {
            return Ok(Merged::OneLeft);
        }
        let mut gallop_min = self.gallop_min;
        loop {
            let (mut a_wins, mut b_wins) = (0, 0);
            loop {
                if self.comparer.less(self.keys[s.b], self.copied_keys[s.copied])? {
                    b_wins += 1;
                    a_wins = 0;
                    if self.low_take_b(s) {
                        return Ok(Merged::Done);
                    }
                    if b_wins >= gallop_min {
                        break;
                    }
                } else {
                    a_wins += 1;
                    b_wins = 0;
                    if self.low_take_a(s) {
                        return Ok(Merged::OneLeft);
                    }
                    if a_wins >= gallop_min {
                        break;
                    }
                }
            }
            // One side wins so often that searching for the end of its streak pays.
            gallop_min += 1;
            loop {
                gallop_min -= usize::from(gallop_min > 1);
                self.gallop_min = gallop_min;
                let run = &self.copied_keys[s.copied..s.copied + s.a_left];
                a_wins = self.comparer.gallop_right(self.keys[s.b], run, 0)?;
                if a_wins > 0 {
                    self.copy_back(s.copied, s.dest, a_wins);
                    s.dest += a_wins;
                    s.copied += a_wins;
                    s.a_left -= a_wins;
                    match s.a_left {
                        // Possible where the comparison contradicts itself.
                        0 => return Ok(Merged::Done),
                        1 => return Ok(Merged::OneLeft),
                        _ => {}
                    }
                }
                if self.low_take_b(s) {
                    return Ok(Merged::Done);
                }
                let run = &self.keys[s.b..s.b + s.b_left];
                b_wins = self.comparer.gallop_left(self.copied_keys[s.copied], run, 0)?;
                if b_wins > 0 {
                    self.move_within(s.b, s.dest, b_wins);
                    s.dest += b_wins;
                    s.b += b_wins;
                    s.b_left -= b_wins;
                    if s.b_left == 0 {
                        return Ok(Merged::Done);
                    }
                }
                if self.low_take_a(s) {
                    return Ok(Merged::OneLeft);
                }
                if a_wins < GALLOP_MIN && b_wins < GALLOP_MIN {
                    break;
                }
            }
            gallop_min += 1;
            self.gallop_min = gallop_min;
        }
    }

    /// Takes the next item of b; whether b is used up.
    #[inline(always)]
    fn low_take_b(&mut self, s: &mut Low) -> bool {
        self.move_one(s.b, s.dest);
        s.dest += 1;
        s.b += 1;
        s.b_left -= 1;
        s.b_left == 0
    }

    /// Takes the next item of a; whether only one is left.
    #[inline(always)]
    fn low_take_a(&mut self, s: &mut Low) -> bool {
        self.copy_one_back(s.copied, s.dest);
        s.dest += 1;
        s.copied += 1;
        s.a_left -= 1;
        s.a_left == 1
    }

    /// Merges two neighbours from the right; the second one is copied out.
    fn merge_high(&mut self, a: usize, count: usize, b: usize, others: usize) -> PyResult<()> {
        self.copy_out(b, others);
        let mut state = High { dest: b + others, a, a_left: count, b_left: others };
        match self.merge_high_loop(&mut state) {
            Ok(Merged::OneLeft) => {
                let High { dest, a, a_left, .. } = state;
                self.move_within(a, dest - a_left, a_left);
                self.copy_one_back(0, dest - a_left - 1);
                Ok(())
            }
            other => {
                self.copy_back(0, state.dest - state.b_left, state.b_left);
                other.map(|_| ())
            }
        }
    }

    fn merge_high_loop(&mut self, s: &mut High) -> PyResult<Merged> {
        if self.high_take_a(s) {
            return Ok(Merged::Done);
        }
        if s.b_left == 1 {
            return Ok(Merged::OneLeft);
        }
        let mut gallop_min = self.gallop_min;
        loop {
            let (mut a_wins, mut b_wins) = (0, 0);
            loop {
                let (last_a, last_b) = (s.a + s.a_left - 1, s.b_left - 1);
                if self.comparer.less(self.copied_keys[last_b], self.keys[last_a])? {
                    a_wins += 1;
                    b_wins = 0;
                    if self.high_take_a(s) {
                        return Ok(Merged::Done);
                    }
                    if a_wins >= gallop_min {
                        break;
                    }
                } else {
                    b_wins += 1;
                    a_wins = 0;
                    if self.high_take_b(s) {
                        return Ok(Merged::OneLeft);
                    }
                    if b_wins >= gallop_min {
                        break;
                    }
                }
            }
            gallop_min += 1;
            loop {
                gallop_min -= usize::from(gallop_min > 1);
                self.gallop_min = gallop_min;
                let run = &self.keys[s.a..s.a + s.a_left];
                let key = self.copied_keys[s.b_left - 1];
                a_wins = s.a_left - self.comparer.gallop_right(key, run, s.a_left - 1)?;
                if a_wins > 0 {
                    s.dest -= a_wins;
                    s.a_left -= a_wins;
                    self.move_within(s.a + s.a_left, s.dest, a_wins);
                    if s.a_left == 0 {
                        return Ok(Merged::Done);
                    }
                }
                if self.high_take_b(s) {
                    return Ok(Merged::OneLeft);
                }
                let run = &self.copied_keys[..s.b_left];
                let key = self.keys[s.a + s.a_left - 1];
                b_wins = s.b_left - self.comparer.gallop_left(key, run, s.b_left - 1)?;
                if b_wins > 0 {
                    s.dest -= b_wins;
                    s.b_left -= b_wins;
                    self.copy_back(s.b_left, s.dest, b_wins);
                    match s.b_left {
                        // Possible where the comparison contradicts itself.
                        0 => return Ok(Merged::Done),
                        1 => return Ok(Merged::OneLeft),
                        _ => {}
                    }
                }
                if self.high_take_a(s) {
                    return Ok(Merged::Done);
                }
                if a_wins < GALLOP_MIN && b_wins < GALLOP_MIN {
                    break;
                }
            }
            gallop_min += 1;
            self.gallop_min = gallop_min;
        }
    }

    /// Takes the last item of a; whether a is used up.
    #[inline(always)]
    fn high_take_a(&mut self, s: &mut High) -> bool {
        s.dest -= 1;
        s.a_left -= 1;
        self.move_one(s.a + s.a_left, s.dest);
        s.a_left == 0
    }

    /// Takes the last item of b; whether only one is left.
    #[inline(always)]
    fn high_take_b(&mut self, s: &mut High) -> bool {
        s.dest -= 1;
        s.b_left -= 1;
        self.copy_one_back(s.b_left, s.dest);
        s.b_left == 1
    }
}

/// Where a merge from the left stands.
struct Low {
    dest: usize,
    copied: usize,
    a_left: usize,
    b: usize,
    b_left: usize,
}

/// Where a merge from the right stands; `dest` is one past the next place.
struct High {
    dest: usize,
    a: usize,
    a_left: usize,
    b_left: usize,
}

/// A length that divides `total` into close to, but not more than, a power of two runs.
fn run_minimum(mut total: usize) -> usize {
    let mut rest = 0;
    while total >= MINRUN_MAX {
        rest |= total & 1;
        total >>= 1;
    }
    total + rest
}

/// Depth, in the ideal merge tree, of the border between two neighbouring runs.
fn power(start: usize, len: usize, next: usize, total: usize) -> u32 {
    // Twice the midpoints of both runs.
    let mut a = 2 * start + len;
    let mut b = a + len + next;
    let mut power = 0;
    loop {
        power += 1;
        if a >= total {
            a -= total;
            b -= total;
        } else if b >= total {
            return power;
        }
        a <<= 1;
        b <<= 1;
    }
}

fn release(items: Vec<Item>) {
    for item in items {
        // SAFETY: the sort owned one reference to each.
        drop(unsafe { Ref::from_raw(item) });
    }
}

fn copy_of(items: &[Item]) -> PyResult<Vec<Item>> {
    let mut copy = Vec::new();
    copy.try_reserve_exact(items.len()).map_err(|_| memory_error())?;
    copy.extend_from_slice(items);
    Ok(copy)
}

fn keys_of(items: &[Item], key: &Object) -> PyResult<Vec<Item>> {
    let mut keys = Vec::new();
    keys.try_reserve_exact(items.len()).map_err(|_| memory_error())?;
    for item in items {
        match call::call_one(key, borrow(*item)) {
            Ok(key) => keys.push(key.into_raw()),
            Err(error) => {
                keys.reverse();
                release(keys);
                return Err(error);
            }
        }
    }
    Ok(keys)
}

impl List {
    /// `self.sort(key=key, reverse=reverse)`. May run Python.
    ///
    /// # Errors
    ///
    /// What `key` and the comparisons raise; `ValueError` where they change the list. The list is a
    /// permutation of what it was in any case.
    pub fn sort(&self, key: Option<&Object>, reverse: bool) -> PyResult<()> {
        let items = self.items.get();
        let (len, allocated) = (self.len(), self.allocated.get());
        self.items.set(ptr::null_mut());
        self.len.set(0);
        self.allocated.set(-1);
        let storage: &mut [Item] = if items.is_null() {
            &mut []
        } else {
            // SAFETY: the storage belongs to this function until it is put back below.
            unsafe { std::slice::from_raw_parts_mut(items, len) }
        };
        let result = self.sort_storage(storage, key, reverse);
        let changed = super::Storage {
            items: self.items.replace(items),
            len: self.len.replace(len),
            allocated: self.allocated.replace(allocated).max(0) as usize,
        };
        changed.release();
        result
    }

    fn sort_storage(
        &self,
        storage: &mut [Item],
        key: Option<&Object>,
        reverse: bool,
    ) -> PyResult<()> {
        let (keys, values) = match key.filter(|key| !none::is_none(key)) {
            Some(key) => {
                let values = copy_of(storage)?;
                (keys_of(storage, key)?, values)
            }
            None => (copy_of(storage)?, Vec::new()),
        };
        let with_values = key.is_some_and(|key| !none::is_none(key));
        let total = keys.len();
        let mut sorter = Sorter {
            comparer: Comparer::choose(&keys),
            keys,
            values,
            copied_keys: Vec::new(),
            copied_values: Vec::new(),
            gallop_min: GALLOP_MIN,
            pending: Vec::new(),
        };
        let mut result = Ok(());
        if total > 1 {
            // Reversing before and after keeps the order of equal items.
            if reverse {
                sorter.reverse(0, total);
            }
            if !sorter.sort_plain() {
                result = sorter.sort();
            }
        }
        let Sorter { keys, values, .. } = sorter;
        if with_values {
            storage.copy_from_slice(&values);
            release(keys);
        } else {
            storage.copy_from_slice(&keys);
        }
        if result.is_ok() && self.allocated.get() != -1 {
            result = Err(value_error!("list modified during sort"));
        }
        if reverse && total > 1 {
            storage.reverse();
        }
        result
    }
}
