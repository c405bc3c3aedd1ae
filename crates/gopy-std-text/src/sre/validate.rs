//! Checks that code given to `_sre.compile` is well formed, so that matching needs not.
//!
//! Answers to `_validate` of `Modules/_sre/sre.c`.

use super::charset::{AT_COUNT, CATEGORY_COUNT, op};

/// The code is not what `re._compiler` makes.
pub struct Invalid;

type Checked<T = ()> = Result<T, Invalid>;

fn check(condition: bool) -> Checked {
    if condition { Ok(()) } else { Err(Invalid) }
}

/// A validated program tells where its sets are: positions of `IN` sets (the first word behind the
/// skip).
pub struct Validator<'a> {
    code: &'a [u32],
    groups: usize,
    /// Starts of the sets of `IN`.
    pub sets: Vec<usize>,
}

impl<'a> Validator<'a> {
    /// Prepares to check `code`.
    pub fn new(code: &'a [u32], groups: usize) -> Self {
        Validator { code, groups, sets: Vec::new() }
    }

    /// Checks the whole program.
    pub fn run(&mut self) -> Checked {
        check(self.groups < i32::MAX as usize / 2)?;
        check(self.code.last() == Some(&op::SUCCESS))?;
        self.block(0, self.code.len() - 1, 0)
    }

    fn word(&self, at: usize, end: usize) -> Checked<u32> {
        if at < end { self.code.get(at).copied().ok_or(Invalid) } else { Err(Invalid) }
    }

    /// The target of the skip at `at`, which must lie in the block.
    fn skip(&self, at: usize, end: usize) -> Checked<usize> {
        self.skip_from(at, at, end)
    }

    fn skip_from(&self, at: usize, base: usize, end: usize) -> Checked<usize> {
        let skip = self.word(at, end)? as usize;
        let target = base.checked_add(skip).ok_or(Invalid)?;
        check(skip > 0 && target <= end)?;
        Ok(target)
    }

    fn charset(&self, mut at: usize, end: usize) -> Checked {
        while at < end {
            let code = self.word(at, end)?;
            at += 1;
            match code {
                op::NEGATE => {}
                op::LITERAL => {
                    self.word(at, end)?;
                    at += 1;
                }
                op::RANGE | op::RANGE_UNI_IGNORE => {
                    self.word(at + 1, end)?;
                    at += 2;
                }
                op::CHARSET => {
                    check(at + 8 <= end)?;
                    at += 8;
                }
                op::BIGCHARSET => {
                    let count = self.word(at, end)? as usize;
                    check(at + 1 + 64 <= end)?;
                    for word in &self.code[at + 1..at + 65] {
                        check(word.to_ne_bytes().iter().all(|&block| usize::from(block) < count))?;
                    }
                    check(count <= 65536)?;
                    at += 65 + count * 8;
                    check(at <= end)?;
                }
                op::CATEGORY => {
                    check(self.word(at, end)? < CATEGORY_COUNT)?;
                    at += 1;
                }
                _ => return Err(Invalid),
            }
        }
        Ok(())
    }

    fn set(&mut self, at: usize, target: usize) -> Checked {
        // A set ends with FAILURE.
        check(target > at + 1 && self.code[target - 1] == op::FAILURE)?;
        self.charset(at, target - 1)?;
        self.sets.push(at);
        Ok(())
    }

    fn info(&mut self, at: usize, end: usize) -> Checked<usize> {
        let target = self.skip(at, end)?;
        check(target >= at + 4)?;
        let flags = self.word(at + 1, target)?;
        check(flags & !7 == 0)?;
        check(flags & 1 == 0 || flags & 4 == 0)?;
        check(flags & 2 == 0 || flags & 1 != 0)?;
        let mut place = at + 4;
        if flags & 1 != 0 {
            let length = self.word(place, target)? as usize;
            let skip = self.word(place + 1, target)? as usize;
            check(skip <= length)?;
            place += 2;
            check(place + length <= target)?;
            place += length;
            check(place + length <= target)?;
            for &overlap in &self.code[place..place + length] {
                check((overlap as usize) < length)?;
            }
            place += length;
        }
        if flags & 4 != 0 {
            self.set(place, target)?;
            place = target;
        }
        check(place == target)?;
        Ok(target)
    }

    /// Checks the operations of `start..end`.
    fn block(&mut self, start: usize, end: usize, depth: usize) -> Checked {
        // Far beyond what `re._compiler`, which is recursive, can produce.
        check(depth < 10_000)?;
        let mut at = start;
        while at < end {
            let code = self.word(at, end)?;
            at += 1;
            match code {
                op::MARK => {
                    check((self.word(at, end)? as usize) < 2 * self.groups)?;
                    at += 1;
                }
                op::LITERAL
                | op::NOT_LITERAL
                | op::LITERAL_IGNORE
                | op::NOT_LITERAL_IGNORE
                | op::LITERAL_UNI_IGNORE
                | op::NOT_LITERAL_UNI_IGNORE
                | op::LITERAL_LOC_IGNORE
                | op::NOT_LITERAL_LOC_IGNORE => {
                    self.word(at, end)?;
                    at += 1;
                }
                op::SUCCESS | op::FAILURE | op::ANY | op::ANY_ALL => {}
                op::AT => {
                    check(self.word(at, end)? < AT_COUNT)?;
                    at += 1;
                }
                op::CATEGORY => {
                    check(self.word(at, end)? < CATEGORY_COUNT)?;
                    at += 1;
                }
                op::IN | op::IN_IGNORE | op::IN_UNI_IGNORE | op::IN_LOC_IGNORE => {
                    let target = self.skip(at, end)?;
                    self.set(at + 1, target)?;
                    at = target;
                }
                op::INFO => at = self.info(at, end)?,
                op::BRANCH => at = self.branch(at, end, depth)?,
                op::REPEAT_ONE | op::MIN_REPEAT_ONE | op::POSSESSIVE_REPEAT_ONE => {
                    let target = self.skip(at, end)?;
                    self.repeat_bounds(at, end)?;
                    check(target >= at + 4)?;
                    self.block(at + 3, target - 1, depth + 1)?;
                    check(self.code[target - 1] == op::SUCCESS)?;
                    at = target;
                }
                op::REPEAT | op::POSSESSIVE_REPEAT => {
                    let target = self.skip(at, end)?;
                    self.repeat_bounds(at, end)?;
                    check(target >= at + 3)?;
                    self.block(at + 3, target, depth + 1)?;
                    let last = self.word(target, end)?;
                    check(match code {
                        op::POSSESSIVE_REPEAT => last == op::SUCCESS,
                        _ => last == op::MAX_UNTIL || last == op::MIN_UNTIL,
                    })?;
                    at = target + 1;
                }
                op::ATOMIC_GROUP => {
                    let target = self.skip(at, end)?;
                    check(target >= at + 2)?;
                    self.block(at + 1, target - 1, depth + 1)?;
                    check(self.code[target - 1] == op::SUCCESS)?;
                    at = target;
                }
                op::GROUPREF
                | op::GROUPREF_IGNORE
                | op::GROUPREF_UNI_IGNORE
                | op::GROUPREF_LOC_IGNORE => {
                    check((self.word(at, end)? as usize) < self.groups)?;
                    at += 1;
                }
                op::GROUPREF_EXISTS => at = self.conditional(at, end, depth)?,
                op::ASSERT | op::ASSERT_NOT => {
                    let target = self.skip(at, end)?;
                    let back = self.word(at + 1, end)?;
                    check(back & 0x8000_0000 == 0)?;
                    check(target >= at + 3)?;
                    self.block(at + 2, target - 1, depth + 1)?;
                    check(self.code[target - 1] == op::SUCCESS)?;
                    at = target;
                }
                _ => return Err(Invalid),
            }
        }
        Ok(())
    }

    fn repeat_bounds(&self, at: usize, end: usize) -> Checked {
        let (min, max) = (self.word(at + 1, end)?, self.word(at + 2, end)?);
        check(min <= max)
    }

    fn branch(&mut self, mut at: usize, end: usize, depth: usize) -> Checked<usize> {
        let mut target = None;
        loop {
            if self.word(at, end)? == 0 {
                // The last alternative's jump leads here or there is no alternative.
                at += 1;
                break;
            }
            let next = self.skip(at, end)?;
            check(next >= at + 3)?;
            // Each alternative ends with a jump to behind the branch.
            self.block(at + 1, next - 2, depth + 1)?;
            check(self.code[next - 2] == op::JUMP)?;
            let behind = self.skip(next - 1, end)?;
            match target {
                None => target = Some(behind),
                Some(known) => check(known == behind)?,
            }
            at = next;
        }
        check(target.is_none_or(|target| target == at))?;
        Ok(at)
    }

    fn conditional(&mut self, at: usize, end: usize, depth: usize) -> Checked<usize> {
        check((self.word(at, end)? as usize) < self.groups)?;
        // The skip counts from the group number.
        let target = self.skip_from(at + 1, at, end)?;
        let body = at + 2;
        check(target >= body)?;
        // With an alternative, the first branch ends with a jump over the second.
        if target >= body + 2 && self.code[target - 2] == op::JUMP {
            let jump = self.code[target - 1] as usize;
            let behind = (target - 1).checked_add(jump).ok_or(Invalid)?;
            // An operand may look like a jump; then the plain form must hold.
            if jump > 0 && behind <= end && behind >= target {
                let sets = self.sets.len();
                let both = self
                    .block(body, target - 2, depth + 1)
                    .and_then(|()| self.block(target, behind, depth + 1));
                if both.is_ok() {
                    return Ok(behind);
                }
                self.sets.truncate(sets);
            }
        }
        self.block(body, target, depth + 1)?;
        Ok(target)
    }
}
