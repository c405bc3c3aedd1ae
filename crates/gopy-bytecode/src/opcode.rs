//! Opcodes and what the instruction table says about them.
//!
//! Answers to `pycore_opcode_metadata.h`, `opcode_ids.h`, `Lib/_opcode_metadata.py` and the stack
//! effects of `compile.c`.

use crate::generated::metadata::{self, INFO, INSTRUMENTED, PSEUDO};
use std::fmt;

/// An instruction's number. Below 256 it fits a code unit; the rest are pseudo instructions.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(transparent)]
pub struct Opcode(pub u16);

/// Properties of an instruction, with CPython's bit values.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Flags(u16);

impl Flags {
    /// No property.
    pub const NONE: Flags = Flags(0);
    /// The argument is used.
    pub const ARG: Flags = Flags(1);
    /// The argument indexes `co_consts`.
    pub const CONST: Flags = Flags(2);
    /// The argument indexes `co_names`.
    pub const NAME: Flags = Flags(4);
    /// The argument is a jump distance.
    pub const JUMP: Flags = Flags(8);
    /// The argument indexes a cell or free variable.
    pub const FREE: Flags = Flags(16);
    /// The argument indexes a fast local.
    pub const LOCAL: Flags = Flags(32);
    /// The eval breaker is polled.
    pub const EVAL_BREAK: Flags = Flags(64);
    /// May fall back to the base instruction.
    pub const DEOPT: Flags = Flags(128);
    /// May raise.
    pub const ERROR: Flags = Flags(256);
    /// May run Python code.
    pub const ESCAPES: Flags = Flags(512);
    /// May leave a trace (tier 2) or fall back (tier 1).
    pub const EXIT: Flags = Flags(1024);
    /// Has no effect but on the stack.
    pub const PURE: Flags = Flags(2048);
    /// May raise with its inputs still on the stack.
    pub const ERROR_NO_POP: Flags = Flags(16384);
    /// Does not store the instruction pointer.
    pub const NO_SAVE_IP: Flags = Flags(32768);

    /// Both sets of properties.
    pub const fn with(self, other: Flags) -> Flags {
        Flags(self.0 | other.0)
    }

    /// Whether every property of `other` is set.
    pub const fn contains(self, other: Flags) -> bool {
        self.0 & other.0 == other.0
    }

    /// The bits as CPython's tables hold them.
    pub const fn bits(self) -> u16 {
        self.0
    }
}

/// The table's row for one opcode.
#[derive(Clone, Copy)]
pub(crate) struct Info {
    pub(crate) name: &'static str,
    pub(crate) flags: Flags,
    pub(crate) caches: u8,
    pub(crate) base: Opcode,
}

impl Info {
    pub(crate) const FREE: Info = Info { name: "", flags: Flags::NONE, caches: 0, base: Opcode(0) };
}

/// What replaces a pseudo instruction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PseudoTargets {
    /// One of these.
    OneOf(&'static [Opcode]),
    /// All of these in sequence.
    Sequence(&'static [Opcode]),
}

impl PseudoTargets {
    /// The replacing instructions, whichever way they replace.
    pub const fn opcodes(self) -> &'static [Opcode] {
        match self {
            PseudoTargets::OneOf(list) | PseudoTargets::Sequence(list) => list,
        }
    }
}

impl Opcode {
    /// Instructions from here on have an argument.
    pub const HAVE_ARGUMENT: u16 = 43;
    /// Numbers from here on (below 256) are specialised or instrumented forms.
    pub const MIN_SPECIALIZED: u16 = 129;
    /// Numbers from here on (below 256) are instrumented forms.
    pub const MIN_INSTRUMENTED: u16 = 234;
    /// The largest number a code unit of a real instruction holds, ENTER_EXECUTOR aside.
    pub const MAX_REAL: u16 = 254;

    fn info(self) -> Option<&'static Info> {
        INFO.get(usize::from(self.0)).filter(|info| !info.name.is_empty())
    }

    /// Whether the number is taken.
    pub fn is_valid(self) -> bool {
        self.info().is_some()
    }

    /// The name, or `None` for a free number.
    pub fn name(self) -> Option<&'static str> {
        self.info().map(|info| info.name)
    }

    /// The opcode with this name.
    pub fn from_name(name: &str) -> Option<Opcode> {
        let number = INFO.iter().position(|info| info.name == name && !name.is_empty())?;
        u16::try_from(number).ok().map(Opcode)
    }

    /// Every opcode, by number.
    pub fn all() -> impl Iterator<Item = Opcode> {
        (0u16..).zip(&INFO).filter(|(_, info)| !info.name.is_empty()).map(|(n, _)| Opcode(n))
    }

    /// All properties; none for a free number.
    pub fn flags(self) -> Flags {
        self.info().map_or(Flags::NONE, |info| info.flags)
    }

    /// Whether the argument is used.
    pub fn has_arg(self) -> bool {
        self.flags().contains(Flags::ARG)
    }

    /// Whether the argument indexes `co_consts`.
    pub fn has_const(self) -> bool {
        self.flags().contains(Flags::CONST)
    }

    /// Whether the argument indexes `co_names`.
    pub fn has_name(self) -> bool {
        self.flags().contains(Flags::NAME)
    }

    /// Whether the argument is a jump distance.
    pub fn has_jump(self) -> bool {
        self.flags().contains(Flags::JUMP)
    }

    /// Whether the argument indexes a cell or free variable.
    pub fn has_free(self) -> bool {
        self.flags().contains(Flags::FREE)
    }

    /// Whether the argument indexes a fast local.
    pub fn has_local(self) -> bool {
        self.flags().contains(Flags::LOCAL)
    }

    /// Whether it opens a block of exception handling (a pseudo instruction).
    pub fn has_exc(self) -> bool {
        self.is_block_push()
    }

    /// Whether the eval breaker is polled.
    pub fn has_eval_break(self) -> bool {
        self.flags().contains(Flags::EVAL_BREAK)
    }

    /// Whether it may raise.
    pub fn has_error(self) -> bool {
        self.flags().contains(Flags::ERROR)
    }

    /// Whether it may run Python code.
    pub fn has_escapes(self) -> bool {
        self.flags().contains(Flags::ESCAPES)
    }

    /// Whether it has no effect but on the stack.
    pub fn is_pure(self) -> bool {
        self.flags().contains(Flags::PURE)
    }

    /// Whether only the compiler sees it.
    pub fn is_pseudo(self) -> bool {
        self.0 >= 256 && self.is_valid()
    }

    /// Whether it opens a block: SETUP_FINALLY, SETUP_WITH, SETUP_CLEANUP.
    pub const fn is_block_push(self) -> bool {
        matches!(self, Opcode::SETUP_FINALLY | Opcode::SETUP_WITH | Opcode::SETUP_CLEANUP)
    }

    /// Whether the flow graph keeps a target block for it.
    pub fn has_target(self) -> bool {
        self.has_jump() || self.is_block_push()
    }

    /// Whether nothing after it in the basic block runs: jumps and scope exits.
    pub fn is_terminator(self) -> bool {
        self.has_jump() || self.is_scope_exit()
    }

    /// Whether the assembler alone emits it.
    pub const fn is_assembler(self) -> bool {
        matches!(
            self,
            Opcode::JUMP_FORWARD | Opcode::JUMP_BACKWARD | Opcode::JUMP_BACKWARD_NO_INTERRUPT
        )
    }

    /// Whether it jumps towards lower offsets.
    pub const fn is_backwards_jump(self) -> bool {
        matches!(self, Opcode::JUMP_BACKWARD | Opcode::JUMP_BACKWARD_NO_INTERRUPT)
    }

    /// Whether it always jumps.
    pub const fn is_unconditional_jump(self) -> bool {
        matches!(
            self,
            Opcode::JUMP
                | Opcode::JUMP_NO_INTERRUPT
                | Opcode::JUMP_FORWARD
                | Opcode::JUMP_BACKWARD
                | Opcode::JUMP_BACKWARD_NO_INTERRUPT
        )
    }

    /// Whether it is one of POP_JUMP_IF_*.
    pub const fn is_conditional_jump(self) -> bool {
        matches!(
            self,
            Opcode::POP_JUMP_IF_FALSE
                | Opcode::POP_JUMP_IF_TRUE
                | Opcode::POP_JUMP_IF_NONE
                | Opcode::POP_JUMP_IF_NOT_NONE
        )
    }

    /// Whether it leaves the scope: a return or a raise.
    pub const fn is_scope_exit(self) -> bool {
        matches!(self, Opcode::RETURN_VALUE | Opcode::RAISE_VARARGS | Opcode::RERAISE)
    }

    /// Whether it takes an operator of [`crate::operators::Compare`].
    pub const fn has_compare(self) -> bool {
        matches!(self, Opcode::COMPARE_OP)
    }

    /// Number of inline-cache units that follow, for any real opcode, specialised ones included.
    pub fn caches(self) -> usize {
        self.info().map_or(0, |info| usize::from(info.caches))
    }

    /// The family's base for a specialised instruction, itself otherwise.
    pub fn base(self) -> Opcode {
        self.info().map_or(self, |info| info.base)
    }

    /// Whether it is a specialised form.
    pub fn is_specialized(self) -> bool {
        self.base() != self
    }

    /// Whether it fires monitoring events.
    pub const fn is_instrumented(self) -> bool {
        self.0 >= Opcode::MIN_INSTRUMENTED && self.0 <= Opcode::MAX_REAL
    }

    /// The instruction an instrumented one stands for. `None` for INSTRUMENTED_LINE and
    /// INSTRUMENTED_INSTRUCTION, which may stand for any, and for all others.
    pub fn de_instrumented(self) -> Option<Opcode> {
        INSTRUMENTED.iter().find(|(form, _)| *form == self).map(|(_, base)| *base)
    }

    /// The instrumented form of a base instruction.
    pub fn instrumented(self) -> Option<Opcode> {
        INSTRUMENTED.iter().find(|(_, base)| *base == self).map(|(form, _)| *form)
    }

    /// What replaces a pseudo instruction.
    pub fn pseudo_targets(self) -> Option<PseudoTargets> {
        PSEUDO.iter().find(|(pseudo, _)| *pseudo == self).map(|(_, targets)| *targets)
    }

    /// Number of values taken off the stack.
    pub fn popped(self, oparg: u32) -> Option<i64> {
        metadata::popped(self, i64::from(oparg))
    }

    /// Number of values put on the stack.
    pub fn pushed(self, oparg: u32) -> Option<i64> {
        metadata::pushed(self, i64::from(oparg))
    }

    /// Change of the stack's height when the instruction jumps (`jump`) or falls through.
    ///
    /// `None` for free numbers, specialised forms, and arguments that make no sense (a negative
    /// number of values, or a result beyond 32 bits).
    pub fn stack_effect(self, oparg: u32, jump: bool) -> Option<i32> {
        // CPython keeps arguments, and computes, in a C int.
        self.stack_effect_signed(i32::try_from(oparg).ok()?, jump)
    }

    /// As [`Opcode::stack_effect`], for the argument of whoever asks for a negative one.
    pub fn stack_effect_signed(self, oparg: i32, jump: bool) -> Option<i32> {
        if self.is_specialized() {
            return None;
        }
        let popped = metadata::popped(self, i64::from(oparg)).filter(|n| *n >= 0)?;
        let pushed = metadata::pushed(self, i64::from(oparg)).filter(|n| *n >= 0)?;
        if self.is_block_push() && !jump {
            return Some(0);
        }
        i32::try_from(pushed - popped).ok()
    }

    /// The larger of the two effects of [`Opcode::stack_effect`].
    pub fn stack_effect_max(self, oparg: u32) -> Option<i32> {
        Some(self.stack_effect(oparg, false)?.max(self.stack_effect(oparg, true)?))
    }
}

impl fmt::Debug for Opcode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.write_str(name),
            None => write!(f, "<{}>", self.0),
        }
    }
}

impl fmt::Display for Opcode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}
