//! The counters of adaptive instructions: a countdown of 12 bits and its backoff of 4.
//!
//! Answers to `pycore_backoff.h` and the adaptive constants of `pycore_code.h`. A counter lives in
//! an instruction's first cache unit and is visible in `_co_code_adaptive`.

/// A countdown whose restarts take exponentially longer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(transparent)]
pub struct Counter(pub u16);

const BACKOFF_BITS: u16 = 4;
const BACKOFF_MAX: u16 = 12;
/// Backoff of a counter that never triggers.
const UNREACHABLE: u16 = 15;

impl Counter {
    /// A fresh adaptive instruction: specialises at its second execution.
    pub const WARMUP: Counter = Counter::new(1, 1);
    /// After a successful specialisation: misses needed before the next attempt.
    pub const COOLDOWN: Counter = Counter::new(52, 0);
    /// A fresh JUMP_BACKWARD: loops needed before tier 2 looks.
    pub const JUMP_BACKWARD: Counter = Counter::new(4095, BACKOFF_MAX);
    /// Never triggers.
    pub const UNREACHABLE: Counter = Counter::new(0, UNREACHABLE);

    /// A counter with this many steps to go.
    pub const fn new(value: u16, backoff: u16) -> Counter {
        assert!(value < 1 << 12 && backoff <= UNREACHABLE);
        Counter(value << BACKOFF_BITS | backoff)
    }

    /// Whether the countdown is over.
    pub const fn triggers(self) -> bool {
        self.0 < UNREACHABLE
    }

    /// One step down.
    #[must_use]
    pub const fn advance(self) -> Counter {
        Counter(self.0.wrapping_sub(1 << BACKOFF_BITS))
    }

    /// One step up again: the trigger is put off by one execution.
    #[must_use]
    pub const fn pause(self) -> Counter {
        Counter(self.0 | 1 << BACKOFF_BITS)
    }

    /// After a failed attempt: a longer countdown.
    #[must_use]
    pub const fn restart(self) -> Counter {
        let backoff = self.0 & 15;
        if backoff < BACKOFF_MAX {
            Counter::new((1 << (backoff + 1)) - 1, backoff + 1)
        } else {
            Counter::new((1 << BACKOFF_MAX) - 1, BACKOFF_MAX)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn visible_values() {
        assert_eq!(Counter::WARMUP.0, 17);
        assert_eq!(Counter::COOLDOWN.0, 832);
        assert!(Counter::WARMUP.advance().triggers());
        assert!(!Counter::WARMUP.triggers() && !Counter::UNREACHABLE.triggers());
        assert_eq!(Counter(1).restart(), Counter::new(3, 2));
        assert_eq!(Counter(12).restart(), Counter::new(4095, 12));
        assert_eq!(Counter(3).pause().advance(), Counter(3));
    }
}
