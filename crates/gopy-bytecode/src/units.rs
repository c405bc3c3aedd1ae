//! Code units: the 16-bit words of `co_code`, EXTENDED_ARG and inline caches.
//!
//! Answers to the unit layout of `pycore_code.h` and the iteration of `Lib/dis.py`.

use crate::opcode::Opcode;

/// One instruction of a code string.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Instruction {
    /// Index of the instruction's own unit.
    pub offset: usize,
    /// Index of the first EXTENDED_ARG before it, or `offset`.
    pub start_offset: usize,
    /// The instruction.
    pub opcode: Opcode,
    /// Its whole argument.
    pub oparg: u32,
}

impl Instruction {
    /// Index of the unit after the instruction and its caches.
    pub fn end_offset(&self) -> usize {
        self.offset + 1 + self.opcode.caches()
    }

    /// Index of the unit the instruction jumps to, if it jumps and the target is not negative.
    pub fn jump_target(&self) -> Option<usize> {
        let oparg = usize::try_from(self.oparg).ok()?;
        let opcode = self.opcode.de_instrumented().unwrap_or(self.opcode).base();
        if !opcode.has_jump() {
            None
        } else if opcode.is_backwards_jump() || opcode == Opcode::END_ASYNC_FOR {
            self.end_offset().checked_sub(oparg)
        } else {
            self.end_offset().checked_add(oparg)
        }
    }
}

/// Iterates over the instructions of a code string, folding EXTENDED_ARG and skipping caches.
///
/// Total: a trailing odd byte, an EXTENDED_ARG at the end or truncated caches end the iteration.
pub fn instructions(code: &[u8]) -> impl Iterator<Item = Instruction> + '_ {
    let mut offset = 0;
    std::iter::from_fn(move || {
        let start_offset = offset;
        let mut oparg = 0u32;
        loop {
            let &[op, arg] = code.get(offset * 2..offset * 2 + 2)? else { return None };
            oparg |= u32::from(arg);
            let opcode = Opcode(u16::from(op));
            if opcode == Opcode::EXTENDED_ARG {
                oparg <<= 8;
                offset += 1;
                continue;
            }
            let instruction = Instruction { offset, start_offset, opcode, oparg };
            offset = instruction.end_offset();
            return Some(instruction);
        }
    })
}

/// Number of units an instruction takes: EXTENDED_ARGs, itself and its caches.
pub fn size(opcode: Opcode, oparg: u32) -> usize {
    1 + extended_args(oparg) + opcode.caches()
}

/// Number of EXTENDED_ARG units an argument needs.
pub const fn extended_args(oparg: u32) -> usize {
    (oparg > 0xFF) as usize + (oparg > 0xFFFF) as usize + (oparg > 0xFF_FFFF) as usize
}

/// Appends an instruction: EXTENDED_ARGs, its unit, zeroed caches.
///
/// `opcode` is not a pseudo instruction.
pub fn write(code: &mut Vec<u8>, opcode: Opcode, oparg: u32) {
    debug_assert!(opcode.0 < 256, "{opcode} is no code unit");
    let [a, b, c, d] = oparg.to_be_bytes();
    let first = 3 - extended_args(oparg);
    for byte in [a, b, c].into_iter().skip(first) {
        code.extend([Opcode::EXTENDED_ARG.0.to_le_bytes()[0], byte]);
    }
    code.extend([opcode.0.to_le_bytes()[0], d]);
    code.resize(code.len() + 2 * opcode.caches(), 0);
}

/// Turns executed code back into what `co_code` shows: base instructions, zeroed caches.
///
/// INSTRUMENTED_LINE, INSTRUMENTED_INSTRUCTION and ENTER_EXECUTOR keep what they replaced outside
/// the code string; `original` supplies it by unit index.
pub fn deoptimise(code: &mut [u8], original: impl Fn(usize) -> Option<(Opcode, u8)>) {
    let mut unit = 0;
    while unit * 2 + 1 < code.len() {
        let at = unit * 2;
        let mut opcode = Opcode(u16::from(code[at]));
        if let Some((replaced, arg)) = original(unit) {
            opcode = replaced;
            code[at + 1] = arg;
        }
        opcode = opcode.de_instrumented().unwrap_or(opcode).base();
        code[at] = opcode.0.to_le_bytes()[0];
        let end = (at + 2 + 2 * opcode.caches()).min(code.len());
        code[at + 2..end].fill(0);
        unit += 1 + opcode.caches();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn written_instructions_are_read_back() {
        for oparg in [0, 1, 0xFF, 0x100, 0xFFFF, 0x1_0000, 0xFF_FFFF, 0x100_0000, u32::MAX] {
            let mut code = Vec::new();
            write(&mut code, Opcode::LOAD_ATTR, oparg);
            write(&mut code, Opcode::NOP, 0);
            assert_eq!(code.len(), 2 * (size(Opcode::LOAD_ATTR, oparg) + 1));
            let read: Vec<_> = instructions(&code).collect();
            let offset = extended_args(oparg);
            assert_eq!(
                read,
                [
                    Instruction { offset, start_offset: 0, opcode: Opcode::LOAD_ATTR, oparg },
                    Instruction {
                        offset: offset + 10,
                        start_offset: offset + 10,
                        opcode: Opcode::NOP,
                        oparg: 0
                    },
                ]
            );
        }
    }

    #[test]
    fn truncated_code_ends_quietly() {
        let extended = Opcode::EXTENDED_ARG.0 as u8;
        for code in [&[][..], &[1], &[extended, 1], &[extended, 1, extended]] {
            assert_eq!(instructions(code).count(), 0);
        }
    }

    #[test]
    fn jumps_count_from_the_end_of_the_caches() {
        let at = |opcode, oparg| Instruction { offset: 10, start_offset: 10, opcode, oparg };
        assert_eq!(at(Opcode::FOR_ITER, 3).jump_target(), Some(15));
        assert_eq!(at(Opcode::FOR_ITER_LIST, 3).jump_target(), Some(15));
        assert_eq!(at(Opcode::JUMP_BACKWARD_NO_JIT, 3).jump_target(), Some(9));
        assert_eq!(at(Opcode::JUMP_BACKWARD, 13).jump_target(), None);
        assert_eq!(at(Opcode::INSTRUMENTED_JUMP_FORWARD, 1).jump_target(), Some(12));
        assert_eq!(at(Opcode::LOAD_FAST, 1).jump_target(), None);
    }

    #[test]
    fn deoptimised_code_is_pristine() {
        let mut code = Vec::new();
        write(&mut code, Opcode::TO_BOOL_LIST, 0);
        code[2] = 7;
        write(&mut code, Opcode::INSTRUMENTED_LINE, 0);
        write(&mut code, Opcode::INSTRUMENTED_RETURN_VALUE, 0);
        deoptimise(&mut code, |unit| (unit == 4).then_some((Opcode::LOAD_FAST, 3)));
        let mut expected = Vec::new();
        write(&mut expected, Opcode::TO_BOOL, 0);
        write(&mut expected, Opcode::LOAD_FAST, 3);
        write(&mut expected, Opcode::RETURN_VALUE, 0);
        assert_eq!(code, expected);
    }
}
