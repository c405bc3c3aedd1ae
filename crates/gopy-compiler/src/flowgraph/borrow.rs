//! Which loads of locals may borrow instead of taking a count of their own.
//!
//! A reference on the stack may be borrowed from the local if an instruction of the same block
//! consumes it before the local changes, and does not store it in a local. Each block is run on
//! a stack of references; loads whose references break these rules stay as they are.

use super::{Block, BlockId, Cfg, ENTRY, Instr};
use gopy_bytecode::Opcode;

/// A value on the stack.
#[derive(Clone, Copy)]
struct Ref {
    /// Place of the instruction that pushed it; `None` when it was there on entry.
    instr: Option<usize>,
    /// The local that it was loaded from.
    local: Option<u32>,
}

impl Ref {
    const UNKNOWN: Self = Self { instr: None, local: None };

    const fn result_of(at: usize) -> Self {
        Self { instr: Some(at), local: None }
    }

    const fn local(at: usize, local: u32) -> Self {
        Self { instr: Some(at), local: Some(local) }
    }
}

/// The state of a run over one block.
#[derive(Default)]
struct Run {
    refs: Vec<Ref>,
    /// By place: whether the instruction's references need a count.
    owns: Vec<bool>,
}

impl Run {
    fn push(&mut self, value: Ref) {
        self.refs.push(value);
    }

    fn pop(&mut self) -> Ref {
        debug_assert!(!self.refs.is_empty());
        self.refs.pop().unwrap_or(Ref::UNKNOWN)
    }

    fn pop_many(&mut self, count: i64) {
        for _ in 0..count {
            self.pop();
        }
    }

    fn must_own(&mut self, value: Ref) {
        if let Some(at) = value.instr {
            self.owns[at] = true;
        }
    }

    /// The local changes: references borrowed from it would dangle.
    fn kill(&mut self, local: u32) {
        for index in 0..self.refs.len() {
            if self.refs[index].local == Some(local) {
                self.must_own(self.refs[index]);
            }
        }
    }

    fn store(&mut self, local: u32) {
        let value = self.pop();
        self.kill(local);
        self.must_own(value);
    }

    /// Runs one instruction; returns the depth on entry of its target, if it has one.
    fn step(&mut self, at: usize, instr: &Instr) -> Option<usize> {
        let oparg = instr.oparg;
        let opcode = instr.opcode;
        let popped = || opcode.popped(oparg).unwrap_or(0);
        let pushed = || opcode.pushed(oparg).unwrap_or(0);
        match opcode {
            Opcode::DELETE_FAST => self.kill(oparg),
            Opcode::LOAD_FAST => self.push(Ref::local(at, oparg)),
            Opcode::LOAD_FAST_AND_CLEAR => {
                self.kill(oparg);
                self.push(Ref::local(at, oparg));
            }
            Opcode::LOAD_FAST_LOAD_FAST => {
                self.push(Ref::local(at, oparg >> 4));
                self.push(Ref::local(at, oparg & 15));
            }
            Opcode::STORE_FAST => self.store(oparg),
            Opcode::STORE_FAST_LOAD_FAST => {
                self.store(oparg >> 4);
                self.push(Ref::local(at, oparg & 15));
            }
            Opcode::STORE_FAST_STORE_FAST => {
                self.store(oparg >> 4);
                self.store(oparg & 15);
            }
            Opcode::COPY => {
                let from = self.refs.len().checked_sub(oparg as usize);
                let value = from.and_then(|from| self.refs.get(from)).copied();
                self.push(value.unwrap_or(Ref::UNKNOWN));
            }
            Opcode::SWAP => {
                let top = self.refs.len().wrapping_sub(1);
                let other = self.refs.len().wrapping_sub(oparg as usize);
                if top < self.refs.len() && other < self.refs.len() {
                    self.refs.swap(top, other);
                }
            }
            // Consumes nothing.
            Opcode::FORMAT_SIMPLE
            | Opcode::GET_ANEXT
            | Opcode::GET_LEN
            | Opcode::GET_YIELD_FROM_ITER
            | Opcode::IMPORT_FROM
            | Opcode::MATCH_KEYS
            | Opcode::MATCH_MAPPING
            | Opcode::MATCH_SEQUENCE
            | Opcode::WITH_EXCEPT_START => {
                // CPython takes the number of the result for the place of the instruction: what
                // is done to the result keeps the first load of the block from borrowing.
                for number in 0..pushed() - popped() {
                    self.push(Ref::result_of(number as usize));
                }
            }
            // Consumes some of its inputs, pushes nothing new.
            Opcode::DICT_MERGE
            | Opcode::DICT_UPDATE
            | Opcode::LIST_APPEND
            | Opcode::LIST_EXTEND
            | Opcode::MAP_ADD
            | Opcode::RERAISE
            | Opcode::SET_ADD
            | Opcode::SET_UPDATE => self.pop_many(popped() - pushed()),
            Opcode::END_SEND | Opcode::SET_FUNCTION_ATTRIBUTE => {
                let top = self.pop();
                self.pop();
                self.push(top);
            }
            Opcode::CHECK_EXC_MATCH => {
                self.pop();
                self.push(Ref::result_of(at));
            }
            Opcode::FOR_ITER => {
                self.push(Ref::result_of(at));
                return Some(self.refs.len());
            }
            Opcode::LOAD_ATTR | Opcode::LOAD_SUPER_ATTR => {
                let object = self.pop();
                if opcode == Opcode::LOAD_SUPER_ATTR {
                    self.pop_many(2);
                }
                self.push(Ref::result_of(at));
                if oparg & 1 != 0 {
                    // A method call: the object may come back as `self`.
                    self.push(object);
                }
            }
            Opcode::LOAD_SPECIAL | Opcode::PUSH_EXC_INFO => {
                let top = self.pop();
                self.push(Ref::result_of(at));
                self.push(top);
            }
            Opcode::SEND => {
                let depth = self.refs.len();
                self.pop();
                self.push(Ref::result_of(at));
                return Some(depth);
            }
            _ => {
                let depth = self.refs.len() as i64 - popped() + pushed();
                // A block push changes the stack of its handler only.
                if !opcode.is_block_push() {
                    self.pop_many(popped());
                    for _ in 0..pushed() {
                        self.push(Ref::result_of(at));
                    }
                }
                return opcode.has_target().then_some(depth.max(0) as usize);
            }
        }
        None
    }

    fn run(&mut self, block: &Block, mut reach: impl FnMut(BlockId)) {
        self.owns.clear();
        self.owns.resize(block.used, false);
        self.refs.clear();
        self.refs.resize(block.start_depth.unwrap_or(0).max(0) as usize, Ref::UNKNOWN);
        for (at, instr) in block.code().iter().enumerate() {
            if self.step(at, instr).is_some()
                && let Some(target) = instr.target
            {
                reach(target);
            }
        }
        if block.used > 0
            && block.has_fallthrough()
            && let Some(next) = block.next
        {
            reach(next);
        }
        for index in 0..self.refs.len() {
            self.must_own(self.refs[index]);
        }
    }
}

impl<Stage> Cfg<Stage> {
    pub(super) fn optimize_load_fast(&mut self) {
        self.clear_visited();
        let entry = self.block_mut(ENTRY);
        entry.visited = true;
        entry.start_depth = Some(0);
        let mut run = Run::default();
        let mut todo = vec![ENTRY];
        let mut reached = Vec::new();
        while let Some(id) = todo.pop() {
            run.run(self.block(id), |target| reached.push(target));
            for target in reached.drain(..) {
                let block = self.block_mut(target);
                if !block.visited {
                    block.visited = true;
                    todo.push(target);
                }
            }
            for (instr, owns) in self.block_mut(id).code_mut().iter_mut().zip(&run.owns) {
                if *owns {
                    continue;
                }
                instr.opcode = match instr.opcode {
                    Opcode::LOAD_FAST => Opcode::LOAD_FAST_BORROW,
                    Opcode::LOAD_FAST_LOAD_FAST => Opcode::LOAD_FAST_BORROW_LOAD_FAST_BORROW,
                    opcode => opcode,
                };
            }
        }
    }
}
