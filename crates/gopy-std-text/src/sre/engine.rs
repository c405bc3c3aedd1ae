//! The matching engine: interprets compiled patterns over text of any unit size.
//!
//! Answers to `Modules/_sre/sre_lib.h`. Backtracking points lie on a stack of their own, so that
//! neither the pattern nor the text can exhaust the native stack. Marks saved for a backtracking point
//! lie on a second stack; both grow and shrink together.

use gopy_object::{Exception, signals};
use gopy_unicode::units::{CodeUnit, Kind};

use super::charset::{self, MAXREPEAT, op};
use super::first::{self, Bitmap};
use super::validate::{Invalid, Validator};

/// No position, no repeat.
pub const NONE: usize = usize::MAX;

/// Signals are looked for after so many answers.
const TICKS: u32 = 4096;

/// A compiled program, validated.
pub struct Program {
    /// The code words.
    pub code: Box<[u32]>,
    /// Bitmaps of the Latin-1 characters of sets.
    bitmaps: Box<[Bitmap]>,
    /// For each code position, 1 + the index of the bitmap of the set that begins there, or 0.
    bitmap_of: Box<[u32]>,
    /// The Latin-1 characters that a match can begin with, where it is never empty.
    first: Option<Bitmap>,
}

gopy_object::leaf_traverse!(Program);

impl Program {
    /// Validates `code` and prepares its sets.
    pub fn new(code: Vec<u32>, groups: usize) -> Result<Program, Invalid> {
        let mut validator = Validator::new(&code, groups);
        validator.run()?;
        let sets = validator.sets;
        let mut bitmaps = Vec::new();
        let mut bitmap_of = vec![0; code.len()];
        for at in sets {
            let set = &code[at..];
            // A set that asks the locale has no fixed content.
            if charset::uses_locale(set) {
                continue;
            }
            let mut bitmap = [0u64; 4];
            for ch in 0..256 {
                if charset::contains(set, ch) {
                    bitmap[(ch / 64) as usize] |= 1 << (ch % 64);
                }
            }
            bitmaps.push(bitmap);
            bitmap_of[at] = bitmaps.len() as u32;
        }
        let start = match code.first() {
            Some(&op::INFO) => 1 + code.get(1).map_or(0, |skip| *skip as usize),
            _ => 0,
        };
        Ok(Program {
            first: first::first_set(&code, start),
            code: code.into_boxed_slice(),
            bitmaps: bitmaps.into_boxed_slice(),
            bitmap_of: bitmap_of.into_boxed_slice(),
        })
    }

    /// Word `at`; behind the end, `FAILURE`, which ends every match.
    #[inline(always)]
    fn word(&self, at: usize) -> u32 {
        match self.code.get(at) {
            Some(word) => *word,
            None => op::FAILURE,
        }
    }

    /// The bitmap of the set that begins at `at`.
    #[inline(always)]
    fn bitmap(&self, at: usize) -> Option<&Bitmap> {
        self.bitmaps.get((*self.bitmap_of.get(at)? as usize).wrapping_sub(1))
    }

    #[inline(always)]
    fn in_set(&self, at: usize, ch: u32) -> bool {
        if ch < 256
            && let Some(bitmap) = self.bitmap(at)
        {
            return first::has(bitmap, ch);
        }
        self.in_set_slow(at, ch)
    }

    /// How many units at the beginning of `text` are in the set that begins at `at`.
    #[inline]
    fn count_in_set<U: CodeUnit>(&self, at: usize, text: &[U]) -> usize {
        let Some(bitmap) = self.bitmap(at) else {
            let stop = |unit: &U| !self.in_set_slow(at, unit.code());
            return text.iter().position(stop).unwrap_or(text.len());
        };
        let stop = |unit: &U| {
            let ch = unit.code();
            if ch < 256 { !first::has(bitmap, ch) } else { !self.in_set_slow(at, ch) }
        };
        text.iter().position(stop).unwrap_or(text.len())
    }

    #[inline(never)]
    fn in_set_slow(&self, at: usize, ch: u32) -> bool {
        charset::contains(self.code.get(at..).unwrap_or_default(), ch)
    }
}

/// Why matching stopped without an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The stack of backtracking points can't grow.
    Memory,
    /// The code does what valid code does not.
    Internal,
    /// A signal handler raised [`State::interrupt`].
    Interrupted,
}

/// Where a context goes on when the one above it has an answer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Jump {
    None,
    MaxUntil1,
    MaxUntil2,
    MaxUntil3,
    MinUntil1,
    MinUntil2,
    MinUntil3,
    Repeat,
    RepeatOne1,
    RepeatOne2,
    MinRepeatOne,
    Branch,
    Assert,
    AssertNot,
    Possessive1,
    Possessive2,
    Atomic,
}

/// A backtracking point.
#[derive(Clone, Copy)]
struct Context {
    pattern: usize,
    ptr: usize,
    count: isize,
    /// The repeat, by index; or the literal that the tail begins with.
    extra: usize,
    lastmark: isize,
    lastindex: isize,
    /// What made this context wait.
    jump: Jump,
    toplevel: bool,
    /// Marks were saved for it.
    saved: bool,
}

struct Repeat {
    count: isize,
    pattern: usize,
    prev: usize,
    last_ptr: usize,
}

/// Everything that changes while matching.
pub struct State {
    /// Where the match begins.
    pub start: usize,
    /// Where matching is; the end of the match at last.
    pub ptr: usize,
    /// End of the searched part.
    pub end: usize,
    /// `pos` and `endpos` as match objects show them.
    pub pos: usize,
    /// See `pos`.
    pub endpos: usize,
    /// Highest valid index in `marks`, or -1.
    pub lastmark: isize,
    /// Number of the group closed last, or -1.
    pub lastindex: isize,
    /// Beginnings and ends of groups.
    pub marks: Vec<usize>,
    /// Only the whole text counts as a match.
    pub match_all: bool,
    /// The match must not be empty at `start`.
    pub must_advance: bool,
    /// What a signal handler raised.
    pub interrupt: Option<Exception>,
    /// Answers of contexts, counted so that signals are looked for now and then.
    ticks: u32,
    repeat: usize,
    repeats: Vec<Repeat>,
    contexts: Vec<Context>,
    data: Vec<usize>,
}

impl State {
    /// A state for searching `pos..endpos`, both clipped to a text of `length` units.
    pub fn new(groups: usize, length: usize, pos: isize, endpos: isize) -> State {
        let clip = |bound: isize| (bound.max(0) as usize).min(length);
        let (start, end) = (clip(pos), clip(endpos));
        State {
            start,
            ptr: start,
            end,
            pos: start,
            endpos: end,
            lastmark: -1,
            lastindex: -1,
            marks: vec![NONE; groups * 2],
            match_all: false,
            must_advance: false,
            interrupt: None,
            ticks: 0,
            repeat: NONE,
            repeats: Vec::new(),
            contexts: Vec::new(),
            data: Vec::new(),
        }
    }

    /// Forgets the last match.
    pub fn reset(&mut self) {
        self.lastmark = -1;
        self.lastindex = -1;
        self.repeat = NONE;
        self.repeats.clear();
        self.contexts.clear();
        self.data.clear();
    }

    /// Beginning and end of group `index` (from 0), where it took part in the match.
    pub fn group(&self, index: usize) -> Option<(usize, usize)> {
        let at = index * 2;
        if at as isize >= self.lastmark {
            return None;
        }
        let (start, end) = (*self.marks.get(at)?, *self.marks.get(at + 1)?);
        (start != NONE && end != NONE).then_some((start, end))
    }

    /// The next match begins where this one ended, and is not this one again.
    pub fn advance(&mut self) {
        self.must_advance = self.ptr == self.start;
        self.start = self.ptr;
    }

    #[cold]
    #[inline(never)]
    fn check_signals(&mut self) -> Result<(), Failure> {
        signals::check().map_err(|error| {
            self.interrupt = Some(error);
            Failure::Interrupted
        })
    }

    fn save_marks(&mut self) -> Result<(), Failure> {
        if self.lastmark >= 0 {
            let count = self.lastmark as usize + 1;
            self.data.try_reserve(count).map_err(|_| Failure::Memory)?;
            self.data.extend_from_slice(&self.marks[..count]);
        }
        Ok(())
    }

    fn pop_marks(&mut self, lastmark: isize) {
        self.restore_marks(lastmark);
        self.discard_marks(lastmark);
    }

    fn restore_marks(&mut self, lastmark: isize) {
        if lastmark >= 0 {
            let count = lastmark as usize + 1;
            let from = self.data.len().saturating_sub(count);
            let saved = &self.data[from..];
            self.marks[..saved.len()].copy_from_slice(saved);
        }
    }

    fn discard_marks(&mut self, lastmark: isize) {
        if lastmark >= 0 {
            self.data.truncate(self.data.len().saturating_sub(lastmark as usize + 1));
        }
    }

    fn push_repeat(&mut self, pattern: usize) -> Result<usize, Failure> {
        self.repeats.try_reserve(1).map_err(|_| Failure::Memory)?;
        let repeat = Repeat { count: -1, pattern, prev: self.repeat, last_ptr: NONE };
        self.repeats.push(repeat);
        self.repeat = self.repeats.len() - 1;
        Ok(self.repeat)
    }

    fn pop_repeat(&mut self, index: usize) {
        if let Some(repeat) = self.repeats.get(index) {
            self.repeat = repeat.prev;
        }
        self.repeats.truncate(index);
    }

    fn mark(&mut self, mark: usize, ptr: usize) {
        if mark & 1 == 1 {
            self.lastindex = (mark / 2 + 1) as isize;
        }
        let index = mark as isize;
        if index > self.lastmark {
            // Marks in between have not been met.
            let from = (self.lastmark + 1) as usize;
            self.marks[from..mark].fill(NONE);
            self.lastmark = index;
        }
        self.marks[mark] = ptr;
    }
}

enum Action {
    Enter,
    Dispatch,
    Return(bool),
    BranchNext,
    RepeatOneNext(Jump),
    MinRepeatOneNext,
    MaxUntilTail,
    PossessiveMin,
    PossessiveMore,
}

/// Finds the beginning of the text's part that matches (`sre_search`).
pub fn search<U: CodeUnit>(
    state: &mut State,
    text: &[U],
    program: &Program,
) -> Result<bool, Failure> {
    let mut ptr = state.start;
    if ptr > state.end {
        return Ok(false);
    }
    let mut pattern = 0;
    let mut prefix: &[u32] = &[];
    let (mut prefix_skip, mut flags) = (0, 0);
    let mut set = None;
    if program.word(0) == op::INFO {
        flags = program.word(2);
        if state.end - ptr < program.word(3) as usize {
            return Ok(false);
        }
        if flags & 1 != 0 {
            let length = program.word(5) as usize;
            prefix_skip = program.word(6) as usize;
            prefix = program.code.get(7..7 + length).unwrap_or_default();
        } else if flags & 4 != 0 {
            set = Some(5);
        }
        pattern = 1 + program.word(1) as usize;
    }
    let end = state.end;
    if !prefix.is_empty() {
        let mut needle: Vec<U> = Vec::with_capacity(prefix.len());
        for &code in prefix {
            // A character that the text's units cannot hold is not in the text.
            if Kind::of(code) > U::KIND {
                return Ok(false);
            }
            needle.push(U::truncate(code));
        }
        state.must_advance = false;
        while let Some(rest) = text.get(ptr..end) {
            let found = match needle[..] {
                [unit] => U::position(rest, unit),
                _ => gopy_unicode::search::find(rest, &needle),
            };
            let Some(found) = found else { break };
            ptr += found;
            state.start = ptr;
            state.ptr = ptr + prefix_skip;
            if flags & 2 != 0 {
                return Ok(true);
            }
            if run(state, text, program, pattern + 2 * prefix_skip, false)? {
                return Ok(true);
            }
            ptr += 1;
            (state.lastmark, state.lastindex) = (-1, -1);
        }
        return Ok(false);
    }
    if let Some(set) = set {
        state.must_advance = false;
        loop {
            let rest = text.get(ptr..end).unwrap_or_default();
            let Some(found) = position_in_set(program, set, rest) else { return Ok(false) };
            ptr += found;
            state.start = ptr;
            state.ptr = ptr;
            if run(state, text, program, pattern, false)? {
                return Ok(true);
            }
            ptr += 1;
            (state.lastmark, state.lastindex) = (-1, -1);
        }
    }
    state.start = ptr;
    state.ptr = ptr;
    let mut found = run(state, text, program, pattern, true)?;
    state.must_advance = false;
    if !found && program.word(pattern) == op::AT && matches!(program.word(pattern + 1), 0 | 2) {
        state.start = end;
        state.ptr = end;
        return Ok(false);
    }
    while !found && ptr < end {
        ptr += 1;
        if let Some(first) = &program.first {
            let possible = |unit: &U| unit.code() >= 256 || first::has(first, unit.code());
            let rest = text.get(ptr..end).unwrap_or_default();
            let Some(skip) = rest.iter().position(possible) else { break };
            ptr += skip;
        }
        (state.lastmark, state.lastindex) = (-1, -1);
        state.start = ptr;
        state.ptr = ptr;
        found = run(state, text, program, pattern, false)?;
    }
    Ok(found)
}

#[inline]
fn position_in_set<U: CodeUnit>(program: &Program, set: usize, text: &[U]) -> Option<usize> {
    let Some(bitmap) = program.bitmap(set) else {
        return text.iter().position(|unit| program.in_set_slow(set, unit.code()));
    };
    text.iter().position(|unit| match unit.code() {
        ch @ ..256 => first::has(bitmap, ch),
        ch => program.in_set_slow(set, ch),
    })
}

/// Matches at `state.ptr` (`sre_match`).
pub fn run<U: CodeUnit>(
    state: &mut State,
    text: &[U],
    program: &Program,
    pattern: usize,
    toplevel: bool,
) -> Result<bool, Failure> {
    let base = state.contexts.len();
    state.contexts.push(Context {
        pattern,
        ptr: state.ptr,
        count: 0,
        extra: 0,
        lastmark: -1,
        lastindex: -1,
        jump: Jump::None,
        toplevel,
        saved: false,
    });
    let result = Matcher { text, end: state.end, state, program, pattern, ptr: 0 }.run(base);
    state.contexts.truncate(base);
    result
}

struct Matcher<'a, U> {
    state: &'a mut State,
    text: &'a [U],
    end: usize,
    program: &'a Program,
    pattern: usize,
    ptr: usize,
}

impl<U: CodeUnit> Matcher<'_, U> {
    #[inline(always)]
    fn arg(&self, offset: usize) -> u32 {
        self.program.word(self.pattern + offset)
    }

    /// The unit at `ptr`, if the end is not reached.
    #[inline(always)]
    fn unit(&self) -> Option<u32> {
        if self.ptr < self.end { self.text.get(self.ptr).map(|unit| unit.code()) } else { None }
    }

    #[inline(always)]
    fn top(&mut self) -> &mut Context {
        let last = self.state.contexts.len() - 1;
        &mut self.state.contexts[last]
    }

    /// Waits in the running context for the answer of a new one at `next`.
    #[inline(always)]
    fn jump(&mut self, jump: Jump, next: usize, toplevel: bool) -> Result<Action, Failure> {
        let (pattern, ptr) = (self.pattern, self.ptr);
        let top = self.top();
        top.pattern = pattern;
        top.ptr = ptr;
        let contexts = &mut self.state.contexts;
        if contexts.len() == contexts.capacity() {
            contexts.try_reserve(1).map_err(|_| Failure::Memory)?;
        }
        contexts.push(Context {
            pattern: next,
            ptr,
            count: 0,
            extra: 0,
            lastmark: -1,
            lastindex: -1,
            jump,
            toplevel,
            saved: false,
        });
        self.pattern = next;
        Ok(Action::Enter)
    }

    /// Notes the marks for a later return here; copies them where `copy` says so.
    fn save(&mut self, copy: bool) -> Result<(), Failure> {
        let (lastmark, lastindex) = (self.state.lastmark, self.state.lastindex);
        if copy {
            self.state.save_marks()?;
        }
        let top = self.top();
        top.lastmark = lastmark;
        top.lastindex = lastindex;
        top.saved = copy;
        Ok(())
    }

    fn in_repeat(&self) -> bool {
        self.state.repeat != NONE
    }

    /// Back to the marks of [`Matcher::save`], which stay saved.
    fn restore_keep(&mut self) {
        let top = *self.top();
        if top.saved {
            self.state.restore_marks(top.lastmark);
        }
        self.state.lastmark = top.lastmark;
        self.state.lastindex = top.lastindex;
    }

    /// Back to the marks of [`Matcher::save`], which are forgotten.
    fn restore(&mut self) {
        let top = *self.top();
        if top.saved {
            self.state.pop_marks(top.lastmark);
        }
        self.state.lastmark = top.lastmark;
        self.state.lastindex = top.lastindex;
    }

    fn discard(&mut self) {
        let top = *self.top();
        if top.saved {
            self.state.discard_marks(top.lastmark);
        }
    }

    fn repeat_at(&mut self, index: usize) -> Result<&mut Repeat, Failure> {
        self.state.repeats.get_mut(index).ok_or(Failure::Internal)
    }

    fn run(mut self, base: usize) -> Result<bool, Failure> {
        let mut action = Action::Enter;
        loop {
            action = match action {
                Action::Enter => {
                    self.ptr = self.state.ptr;
                    if self.arg(0) == op::INFO {
                        let needed = self.arg(3) as usize;
                        if needed > 0 && self.ptr <= self.end && self.end - self.ptr < needed {
                            Action::Return(false)
                        } else {
                            self.pattern += self.arg(1) as usize + 1;
                            Action::Dispatch
                        }
                    } else {
                        Action::Dispatch
                    }
                }
                Action::Dispatch => self.dispatch()?,
                Action::Return(answer) => {
                    self.state.ticks = self.state.ticks.wrapping_add(1);
                    if self.state.ticks.is_multiple_of(TICKS) {
                        self.state.check_signals()?;
                    }
                    let done = self.state.contexts.pop().ok_or(Failure::Internal)?;
                    if self.state.contexts.len() == base {
                        return Ok(answer);
                    }
                    let top = *self.top();
                    self.pattern = top.pattern;
                    self.ptr = top.ptr;
                    self.resume(done.jump, answer)?
                }
                Action::BranchNext => self.branch_next()?,
                Action::RepeatOneNext(jump) => self.repeat_one_next(jump)?,
                Action::MinRepeatOneNext => self.min_repeat_one_next()?,
                Action::MaxUntilTail => {
                    let index = self.top().extra;
                    let prev = self.repeat_at(index)?.prev;
                    self.state.repeat = prev;
                    let toplevel = self.top().toplevel;
                    let next = self.pattern;
                    self.jump(Jump::MaxUntil3, next, toplevel)?
                }
                Action::PossessiveMin => self.possessive_min()?,
                Action::PossessiveMore => self.possessive_more()?,
            }
        }
    }

    /// Goes on in a context with the answer of the one above it.
    fn resume(&mut self, jump: Jump, answer: bool) -> Result<Action, Failure> {
        let Context { count, extra, .. } = *self.top();
        let ptr = self.ptr;
        Ok(match jump {
            Jump::None => return Err(Failure::Internal),
            Jump::Branch => {
                if answer {
                    self.discard();
                    Action::Return(true)
                } else {
                    self.restore_keep();
                    self.pattern += self.arg(0) as usize;
                    Action::BranchNext
                }
            }
            Jump::RepeatOne1 | Jump::RepeatOne2 => {
                if answer {
                    self.discard();
                    Action::Return(true)
                } else {
                    self.restore_keep();
                    self.ptr = self.ptr.wrapping_sub(1);
                    self.top().count -= 1;
                    Action::RepeatOneNext(jump)
                }
            }
            Jump::MinRepeatOne => {
                if answer {
                    self.discard();
                    Action::Return(true)
                } else {
                    self.restore_keep();
                    self.state.ptr = ptr;
                    if self.count(self.pattern + 3, 1)? == 0 {
                        self.discard();
                        Action::Return(false)
                    } else {
                        self.ptr += 1;
                        self.top().count += 1;
                        Action::MinRepeatOneNext
                    }
                }
            }
            Jump::Repeat => {
                self.state.pop_repeat(extra);
                Action::Return(answer)
            }
            Jump::MaxUntil1 | Jump::MinUntil1 => {
                if !answer {
                    self.repeat_at(extra)?.count = count - 1;
                    self.state.ptr = ptr;
                }
                Action::Return(answer)
            }
            Jump::MaxUntil2 => {
                let last_ptr = self.state.data.pop().ok_or(Failure::Internal)?;
                self.repeat_at(extra)?.last_ptr = last_ptr;
                if answer {
                    self.discard();
                    Action::Return(true)
                } else {
                    self.restore();
                    self.repeat_at(extra)?.count = count - 1;
                    self.state.ptr = ptr;
                    Action::MaxUntilTail
                }
            }
            Jump::MaxUntil3 => {
                self.state.repeat = extra;
                if !answer {
                    self.state.ptr = ptr;
                }
                Action::Return(answer)
            }
            Jump::MinUntil2 => {
                self.state.repeat = extra;
                if answer {
                    self.discard();
                    return Ok(Action::Return(true));
                }
                self.restore();
                self.state.ptr = ptr;
                let Repeat { pattern, last_ptr, .. } = *self.repeat_at(extra)?;
                let max = self.program.word(pattern + 2);
                if (max != MAXREPEAT && count >= max as isize) || ptr == last_ptr {
                    return Ok(Action::Return(false));
                }
                self.state.data.push(last_ptr);
                let repeat = self.repeat_at(extra)?;
                repeat.count = count;
                repeat.last_ptr = ptr;
                let toplevel = self.top().toplevel;
                return self.jump(Jump::MinUntil3, pattern + 3, toplevel);
            }
            Jump::MinUntil3 => {
                let last_ptr = self.state.data.pop().ok_or(Failure::Internal)?;
                let repeat = self.repeat_at(extra)?;
                repeat.last_ptr = last_ptr;
                if !answer {
                    repeat.count = count - 1;
                    self.state.ptr = ptr;
                }
                Action::Return(answer)
            }
            Jump::Possessive1 => {
                if answer {
                    self.top().count += 1;
                    Action::PossessiveMin
                } else {
                    self.state.ptr = ptr;
                    self.state.pop_repeat(extra);
                    Action::Return(false)
                }
            }
            Jump::Possessive2 => {
                if answer {
                    self.discard();
                    self.top().count += 1;
                    Action::PossessiveMore
                } else {
                    self.restore();
                    self.state.ptr = ptr;
                    self.possessive_tail()
                }
            }
            Jump::Atomic => {
                if answer {
                    self.pattern += self.arg(0) as usize;
                    self.ptr = self.state.ptr;
                    Action::Dispatch
                } else {
                    self.state.ptr = ptr;
                    Action::Return(false)
                }
            }
            Jump::Assert => {
                if answer {
                    self.pattern += self.arg(0) as usize;
                    Action::Dispatch
                } else {
                    Action::Return(false)
                }
            }
            Jump::AssertNot => {
                if answer {
                    self.discard();
                    Action::Return(false)
                } else {
                    self.restore();
                    self.pattern += self.arg(0) as usize;
                    Action::Dispatch
                }
            }
        })
    }

    /// Whether the first operation at `pattern` does not rule out a match at `ptr` at once.
    #[inline(always)]
    fn is_possible(&self, mut pattern: usize) -> bool {
        while self.program.word(pattern) == op::MARK {
            pattern += 2;
        }
        match self.program.word(pattern) {
            op::LITERAL => self.unit() == Some(self.program.word(pattern + 1)),
            op::IN => self.unit().is_some_and(|ch| self.program.in_set(pattern + 2, ch)),
            _ => true,
        }
    }

    fn branch_next(&mut self) -> Result<Action, Failure> {
        loop {
            let skip = self.arg(0) as usize;
            if skip == 0 {
                self.discard();
                return Ok(Action::Return(false));
            }
            // The first operation of an alternative often rules it out at once.
            if self.is_possible(self.pattern + 1) {
                self.state.ptr = self.ptr;
                let (next, toplevel) = (self.pattern + 1, self.top().toplevel);
                return self.jump(Jump::Branch, next, toplevel);
            }
            self.pattern += skip;
        }
    }

    fn repeat_one_next(&mut self, jump: Jump) -> Result<Action, Failure> {
        let min = self.arg(1) as isize;
        let Context { mut count, extra, toplevel, .. } = *self.top();
        if jump == Jump::RepeatOne1 {
            // Only places where the tail's literal stands can match.
            let literal = extra as u32;
            while count >= min && self.unit() != Some(literal) {
                self.ptr = self.ptr.wrapping_sub(1);
                count -= 1;
            }
            self.top().count = count;
        }
        let next = self.pattern + self.arg(0) as usize;
        if jump == Jump::RepeatOne2 {
            while count >= min && !self.is_possible(next) {
                self.ptr = self.ptr.wrapping_sub(1);
                count -= 1;
            }
            self.top().count = count;
        }
        if count < min {
            self.discard();
            return Ok(Action::Return(false));
        }
        self.state.ptr = self.ptr;
        self.jump(jump, next, toplevel)
    }

    fn min_repeat_one_next(&mut self) -> Result<Action, Failure> {
        let max = self.arg(2);
        let Context { count, toplevel, .. } = *self.top();
        if max != MAXREPEAT && count > max as isize {
            self.discard();
            return Ok(Action::Return(false));
        }
        self.state.ptr = self.ptr;
        let next = self.pattern + self.arg(0) as usize;
        self.jump(Jump::MinRepeatOne, next, toplevel)
    }

    fn possessive_min(&mut self) -> Result<Action, Failure> {
        if self.top().count < self.arg(1) as isize {
            let next = self.pattern + 3;
            return self.jump(Jump::Possessive1, next, false);
        }
        // No position, so that the first round is taken.
        self.ptr = NONE;
        Ok(Action::PossessiveMore)
    }

    fn possessive_more(&mut self) -> Result<Action, Failure> {
        let max = self.arg(2);
        let more = max == MAXREPEAT || self.top().count < max as isize;
        if more && self.state.ptr != self.ptr {
            self.save(true)?;
            self.ptr = self.state.ptr;
            let next = self.pattern + 3;
            return self.jump(Jump::Possessive2, next, false);
        }
        Ok(self.possessive_tail())
    }

    fn possessive_tail(&mut self) -> Action {
        let repeat = self.top().extra;
        self.state.pop_repeat(repeat);
        self.pattern += self.arg(0) as usize + 1;
        self.ptr = self.state.ptr;
        Action::Dispatch
    }

    /// Whether a match that ends at `ptr` is acceptable to whoever asked.
    fn refuses_empty(&mut self) -> bool {
        let ptr = self.ptr;
        let state = &self.state;
        let empty = state.must_advance && ptr == state.start;
        empty && self.top().toplevel
    }

    /// How often the one-character operation at `pattern` matches from `state.ptr`, up to `max`.
    fn count(&mut self, pattern: usize, max: u32) -> Result<isize, Failure> {
        let start = self.state.ptr;
        let available = self.end.saturating_sub(start);
        let limit = if max == MAXREPEAT { available } else { available.min(max as usize) };
        let Some(rest) = self.text.get(start..).and_then(|rest| rest.get(..limit)) else {
            return Ok(0);
        };
        let program = self.program;
        let operand = program.word(pattern + 1);
        let until = |stop: &dyn Fn(u32) -> bool| -> usize {
            rest.iter().position(|unit| stop(unit.code())).unwrap_or(rest.len())
        };
        let count = match program.word(pattern) {
            op::IN => program.count_in_set(pattern + 2, rest),
            op::ANY => U::position(rest, U::truncate(10)).unwrap_or(rest.len()),
            op::ANY_ALL => rest.len(),
            op::LITERAL => match U::from_code(operand) {
                Some(literal) => {
                    rest.iter().position(|unit| *unit != literal).unwrap_or(rest.len())
                }
                None => 0,
            },
            op::NOT_LITERAL => match U::from_code(operand) {
                Some(literal) => U::position(rest, literal).unwrap_or(rest.len()),
                None => rest.len(),
            },
            op::LITERAL_IGNORE => until(&|ch| charset::lower_ascii(ch) != operand),
            op::NOT_LITERAL_IGNORE => until(&|ch| charset::lower_ascii(ch) == operand),
            op::LITERAL_UNI_IGNORE => until(&|ch| charset::lower_unicode(ch) != operand),
            op::NOT_LITERAL_UNI_IGNORE => until(&|ch| charset::lower_unicode(ch) == operand),
            op::LITERAL_LOC_IGNORE => until(&|ch| !charset::equal_locale_ignore(operand, ch)),
            op::NOT_LITERAL_LOC_IGNORE => until(&|ch| charset::equal_locale_ignore(operand, ch)),
            _ => return self.count_general(pattern, limit),
        };
        Ok(count as isize)
    }

    /// [`Matcher::count`] of an operation that has no loop of its own.
    fn count_general(&mut self, pattern: usize, limit: usize) -> Result<isize, Failure> {
        let start = self.state.ptr;
        while self.state.ptr - start < limit {
            let before = self.state.ptr;
            // Neither marks nor repeats lie in an item of this kind.
            if !run(self.state, self.text, self.program, pattern, false)? {
                self.state.ptr = before;
                break;
            }
            if self.state.ptr == before {
                return Err(Failure::Internal);
            }
        }
        Ok((self.state.ptr - start) as isize)
    }

    fn same_group(&mut self, fold: Option<fn(u32) -> u32>) -> bool {
        let Some((start, end)) = self.state.group(self.arg(0) as usize) else { return false };
        if end < start {
            return false;
        }
        let length = end - start;
        if self.ptr > self.end || self.end - self.ptr < length {
            return false;
        }
        let (Some(group), Some(here)) =
            (self.text.get(start..end), self.text.get(self.ptr..self.ptr + length))
        else {
            return false;
        };
        let same = match fold {
            None => group == here,
            Some(fold) => group.iter().zip(here).all(|(a, b)| fold(a.code()) == fold(b.code())),
        };
        self.ptr += length;
        same
    }

    /// Executes operations up to one that needs another context or has an answer.
    fn dispatch(&mut self) -> Result<Action, Failure> {
        // One character: the test of its value, then a step in pattern and text.
        macro_rules! one {
            ($width:expr, |$ch:ident| $test:expr) => {{
                let Some($ch) = self.unit() else { return Ok(Action::Return(false)) };
                if !$test {
                    return Ok(Action::Return(false));
                }
                self.pattern += $width;
                self.ptr += 1;
            }};
        }
        loop {
            let code = self.arg(0);
            self.pattern += 1;
            match code {
                op::MARK => {
                    let mark = self.arg(0) as usize;
                    if mark >= self.state.marks.len() {
                        return Err(Failure::Internal);
                    }
                    let ptr = self.ptr;
                    self.state.mark(mark, ptr);
                    self.pattern += 1;
                }
                op::LITERAL => one!(1, |ch| ch == self.arg(0)),
                op::NOT_LITERAL => one!(1, |ch| ch != self.arg(0)),
                op::SUCCESS => {
                    let unfinished = self.state.match_all && self.ptr != self.end;
                    if (unfinished && self.top().toplevel) || self.refuses_empty() {
                        return Ok(Action::Return(false));
                    }
                    self.state.ptr = self.ptr;
                    return Ok(Action::Return(true));
                }
                op::AT => {
                    if !charset::at(self.text, self.end, self.ptr, self.arg(0)) {
                        return Ok(Action::Return(false));
                    }
                    self.pattern += 1;
                }
                op::CATEGORY => one!(1, |ch| charset::category(self.arg(0), ch)),
                op::ANY => one!(0, |ch| ch != 10),
                op::ANY_ALL => one!(0, |_ch| true),
                op::IN => {
                    one!(self.arg(0) as usize, |ch| { self.program.in_set(self.pattern + 1, ch) })
                }
                op::LITERAL_IGNORE => one!(1, |ch| charset::lower_ascii(ch) == self.arg(0)),
                op::LITERAL_UNI_IGNORE => one!(1, |ch| charset::lower_unicode(ch) == self.arg(0)),
                op::LITERAL_LOC_IGNORE => {
                    one!(1, |ch| charset::equal_locale_ignore(self.arg(0), ch))
                }
                op::NOT_LITERAL_IGNORE => one!(1, |ch| charset::lower_ascii(ch) != self.arg(0)),
                op::NOT_LITERAL_UNI_IGNORE => {
                    one!(1, |ch| charset::lower_unicode(ch) != self.arg(0))
                }
                op::NOT_LITERAL_LOC_IGNORE => {
                    one!(1, |ch| !charset::equal_locale_ignore(self.arg(0), ch))
                }
                op::IN_IGNORE => one!(self.arg(0) as usize, |ch| {
                    self.program.in_set(self.pattern + 1, charset::lower_ascii(ch))
                }),
                op::IN_UNI_IGNORE => one!(self.arg(0) as usize, |ch| {
                    self.program.in_set(self.pattern + 1, charset::lower_unicode(ch))
                }),
                op::IN_LOC_IGNORE => one!(self.arg(0) as usize, |ch| {
                    let set = self.program.code.get(self.pattern + 1..).unwrap_or_default();
                    charset::contains_locale_ignore(set, ch)
                }),
                op::JUMP | op::INFO => self.pattern += self.arg(0).max(1) as usize,
                op::BRANCH => {
                    let copy = self.in_repeat();
                    self.save(copy)?;
                    return Ok(Action::BranchNext);
                }
                op::REPEAT_ONE => return self.repeat_one(),
                op::MIN_REPEAT_ONE => return self.min_repeat_one(),
                op::POSSESSIVE_REPEAT_ONE => {
                    let min = self.arg(1) as isize;
                    if min > self.end as isize - self.ptr as isize {
                        return Ok(Action::Return(false));
                    }
                    self.state.ptr = self.ptr;
                    let count = self.count(self.pattern + 3, self.arg(2))?;
                    self.ptr += count as usize;
                    if count < min {
                        return Ok(Action::Return(false));
                    }
                    self.pattern += self.arg(0) as usize;
                    if self.arg(0) == op::SUCCESS && self.ptr == self.end && !self.refuses_empty() {
                        self.state.ptr = self.ptr;
                        return Ok(Action::Return(true));
                    }
                }
                op::REPEAT => {
                    let index = self.state.push_repeat(self.pattern)?;
                    self.top().extra = index;
                    self.state.ptr = self.ptr;
                    let next = self.pattern + self.arg(0) as usize;
                    let toplevel = self.top().toplevel;
                    return self.jump(Jump::Repeat, next, toplevel);
                }
                op::MAX_UNTIL => return self.max_until(),
                op::MIN_UNTIL => return self.min_until(),
                op::POSSESSIVE_REPEAT => {
                    self.state.ptr = self.ptr;
                    let index = self.state.push_repeat(NONE)?;
                    let top = self.top();
                    top.extra = index;
                    top.count = 0;
                    return Ok(Action::PossessiveMin);
                }
                op::ATOMIC_GROUP => {
                    self.state.ptr = self.ptr;
                    let next = self.pattern + 1;
                    return self.jump(Jump::Atomic, next, false);
                }
                op::GROUPREF
                | op::GROUPREF_IGNORE
                | op::GROUPREF_UNI_IGNORE
                | op::GROUPREF_LOC_IGNORE => {
                    let fold: Option<fn(u32) -> u32> = match code {
                        op::GROUPREF => None,
                        op::GROUPREF_IGNORE => Some(charset::lower_ascii),
                        op::GROUPREF_UNI_IGNORE => Some(charset::lower_unicode),
                        _ => Some(charset::lower_locale),
                    };
                    if !self.same_group(fold) {
                        return Ok(Action::Return(false));
                    }
                    self.pattern += 1;
                }
                op::GROUPREF_EXISTS => {
                    let matched = self.state.group(self.arg(0) as usize);
                    if matched.is_some_and(|(start, end)| end >= start) {
                        self.pattern += 2;
                    } else {
                        self.pattern += self.arg(1) as usize;
                    }
                }
                op::ASSERT => {
                    let back = self.arg(1) as usize;
                    if self.ptr < back {
                        return Ok(Action::Return(false));
                    }
                    self.state.ptr = self.ptr - back;
                    let next = self.pattern + 2;
                    return self.jump(Jump::Assert, next, false);
                }
                op::ASSERT_NOT => {
                    let back = self.arg(1) as usize;
                    if self.ptr >= back {
                        self.state.ptr = self.ptr - back;
                        let copy = self.in_repeat();
                        self.save(copy)?;
                        let next = self.pattern + 2;
                        return self.jump(Jump::AssertNot, next, false);
                    }
                    self.pattern += self.arg(0) as usize;
                }
                op::FAILURE => return Ok(Action::Return(false)),
                _ => return Err(Failure::Internal),
            }
        }
    }

    fn repeat_one(&mut self) -> Result<Action, Failure> {
        let min = self.arg(1) as isize;
        if min > self.end as isize - self.ptr as isize {
            return Ok(Action::Return(false));
        }
        self.state.ptr = self.ptr;
        let count = self.count(self.pattern + 3, self.arg(2))?;
        self.ptr += count as usize;
        if count < min {
            return Ok(Action::Return(false));
        }
        let tail = self.pattern + self.arg(0) as usize;
        let after = self.program.word(tail);
        if after == op::SUCCESS && self.ptr == self.end && !self.refuses_empty() {
            self.state.ptr = self.ptr;
            return Ok(Action::Return(true));
        }
        let copy = self.in_repeat();
        self.save(copy)?;
        let literal = self.program.word(tail + 1);
        let top = self.top();
        top.count = count;
        if after == op::LITERAL {
            top.extra = literal as usize;
            return self.repeat_one_next(Jump::RepeatOne1);
        }
        self.repeat_one_next(Jump::RepeatOne2)
    }

    fn min_repeat_one(&mut self) -> Result<Action, Failure> {
        let min = self.arg(1);
        if min as isize > self.end as isize - self.ptr as isize {
            return Ok(Action::Return(false));
        }
        self.state.ptr = self.ptr;
        let mut count = 0;
        if min > 0 {
            count = self.count(self.pattern + 3, min)?;
            if count < min as isize {
                return Ok(Action::Return(false));
            }
            self.ptr += count as usize;
        }
        self.top().count = count;
        let tail = self.pattern + self.arg(0) as usize;
        if self.program.word(tail) == op::SUCCESS {
            let unfinished = self.state.match_all && self.ptr != self.end;
            if !((unfinished && self.top().toplevel) || self.refuses_empty()) {
                self.state.ptr = self.ptr;
                return Ok(Action::Return(true));
            }
        }
        let copy = self.in_repeat();
        self.save(copy)?;
        self.min_repeat_one_next()
    }

    fn max_until(&mut self) -> Result<Action, Failure> {
        let index = self.state.repeat;
        let ptr = self.ptr;
        let Repeat { count, pattern, last_ptr, .. } = *self.repeat_at(index)?;
        let count = count + 1;
        self.state.ptr = ptr;
        let top = self.top();
        top.extra = index;
        top.count = count;
        let toplevel = top.toplevel;
        if pattern == NONE {
            return Err(Failure::Internal);
        }
        if count < self.program.word(pattern + 1) as isize {
            self.repeat_at(index)?.count = count;
            return self.jump(Jump::MaxUntil1, pattern + 3, toplevel);
        }
        let max = self.program.word(pattern + 2);
        if (max == MAXREPEAT || count < max as isize) && ptr != last_ptr {
            self.save(true)?;
            self.state.data.push(last_ptr);
            let repeat = self.repeat_at(index)?;
            repeat.count = count;
            repeat.last_ptr = ptr;
            return self.jump(Jump::MaxUntil2, pattern + 3, toplevel);
        }
        Ok(Action::MaxUntilTail)
    }

    fn min_until(&mut self) -> Result<Action, Failure> {
        let index = self.state.repeat;
        let ptr = self.ptr;
        let Repeat { count, pattern, prev, .. } = *self.repeat_at(index)?;
        let count = count + 1;
        self.state.ptr = ptr;
        let top = self.top();
        top.extra = index;
        top.count = count;
        let toplevel = top.toplevel;
        if pattern == NONE {
            return Err(Failure::Internal);
        }
        if count < self.program.word(pattern + 1) as isize {
            self.repeat_at(index)?.count = count;
            return self.jump(Jump::MinUntil1, pattern + 3, toplevel);
        }
        self.state.repeat = prev;
        let copy = self.in_repeat();
        self.save(copy)?;
        let next = self.pattern;
        self.jump(Jump::MinUntil2, next, toplevel)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Lines `P` give the groups and code of a pattern, lines `C` a text as code points, pos and endpos,
    /// and what each method finds; made by `xtask/py/sre_cases.py` under the oracle.
    const CASES: &str = include_str!("cases.txt");

    fn numbers<T: std::str::FromStr>(field: &str) -> Vec<T> {
        field.split_whitespace().filter_map(|number| number.parse().ok()).collect()
    }

    fn spans(state: &State) -> String {
        let mut out = format!("{} {}", state.start, state.ptr);
        for index in 0..state.marks.len() / 2 {
            match state.group(index) {
                Some((start, end)) => out.push_str(&format!(" {start} {end}")),
                None => out.push_str(" -1 -1"),
            }
        }
        out.push_str(&format!(" {}", state.lastindex));
        out
    }

    #[test]
    fn agrees_with_the_oracle() {
        let mut count = 0;
        let mut groups = 0;
        let mut name = "";
        let mut program = None;
        for line in CASES.lines() {
            let fields: Vec<&str> = line.split(';').collect();
            if let ["P", group_count, code, source] = fields[..] {
                groups = group_count.parse().expect("a number of groups");
                name = source;
                program = Program::new(numbers(code), groups).ok();
                assert!(program.is_some(), "{name} is not valid");
            }
            let (["C", text, bounds, answers @ ..], Some(program)) = (&fields[..], &program) else {
                continue;
            };
            let text: Vec<u32> = numbers(text);
            let bounds: Vec<isize> = numbers(bounds);
            for answer in answers {
                let (method, expected) = answer.split_once('=').expect("method=spans");
                let mut state = State::new(groups, text.len(), bounds[0], bounds[1]);
                state.match_all = method == "fullmatch";
                let found = match method {
                    "search" => search(&mut state, &text, program),
                    _ => run(&mut state, &text, program, 0, true),
                };
                let actual = match found.expect(name) {
                    true => spans(&state),
                    false => "-".to_owned(),
                };
                assert_eq!(actual, expected, "{method} of {name} in {text:?} {bounds:?}");
                count += 1;
            }
        }
        assert!(count > 1000, "{count} cases");
    }
}
