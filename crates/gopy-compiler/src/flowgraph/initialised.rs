//! Which loads of locals have to check that the local is bound.
//!
//! The first 64 locals are followed through the whole graph, one bit each; the others inside of
//! single blocks only, which keeps compilation linear.

use super::{BlockId, Cfg, ENTRY};
use gopy_bytecode::Opcode;

const TRACKED: usize = 64;

impl<Stage> Cfg<Stage> {
    /// Changes `LOAD_FAST` to `LOAD_FAST_CHECK` where the local may be unbound.
    pub(super) fn add_checks_for_uninitialised_locals(&mut self, nlocals: usize, nparams: usize) {
        if nlocals == 0 {
            return;
        }
        if nlocals > TRACKED {
            self.check_untracked_locals(nlocals);
        }
        let tracked = nlocals.min(TRACKED);
        self.clear_visited();
        let mut todo = Vec::new();
        let unbound = (nparams..tracked).fold(0, |mask, local| mask | 1 << local);
        self.add_unsafe(&mut todo, ENTRY, unbound);
        // `del` makes locals unbound as well, so each block is looked at.
        let mut at = Some(ENTRY);
        while let Some(id) = at {
            self.scan_block_for_locals(&mut todo, id);
            at = self.next(id);
        }
        while let Some(id) = todo.pop() {
            self.block_mut(id).visited = false;
            self.scan_block_for_locals(&mut todo, id);
        }
    }

    /// Adds what may be unbound on entry of a block, which is looked at again if that is news.
    fn add_unsafe(&mut self, todo: &mut Vec<BlockId>, id: BlockId, unsafe_locals: u64) {
        let block = self.block_mut(id);
        let both = block.unsafe_locals | unsafe_locals;
        if both != block.unsafe_locals {
            block.unsafe_locals = both;
            // A visited block is on the list already.
            if !block.visited {
                block.visited = true;
                todo.push(id);
            }
        }
    }

    fn scan_block_for_locals(&mut self, todo: &mut Vec<BlockId>, id: BlockId) {
        let mut unsafe_locals = self.block(id).unsafe_locals;
        for at in 0..self.block(id).used {
            let instr = self.block(id).instrs[at];
            if let Some(handler) = instr.except {
                self.add_unsafe(todo, handler, unsafe_locals);
            }
            if instr.oparg as usize >= TRACKED {
                continue;
            }
            let bit = 1_u64 << instr.oparg;
            match instr.opcode {
                Opcode::DELETE_FAST
                | Opcode::LOAD_FAST_AND_CLEAR
                | Opcode::STORE_FAST_MAYBE_NULL => unsafe_locals |= bit,
                Opcode::STORE_FAST | Opcode::LOAD_FAST_CHECK => unsafe_locals &= !bit,
                Opcode::LOAD_FAST => {
                    if unsafe_locals & bit != 0 {
                        self.block_mut(id).instrs[at].opcode = Opcode::LOAD_FAST_CHECK;
                    }
                    unsafe_locals &= !bit;
                }
                _ => {}
            }
        }
        let block = self.block(id);
        let next = block.next.filter(|_| block.has_fallthrough());
        let target =
            block.last().filter(|last| last.opcode.has_jump()).and_then(|last| last.target);
        for successor in [next, target].into_iter().flatten() {
            self.add_unsafe(todo, successor, unsafe_locals);
        }
    }

    /// Locals from the 65th on: bound for certain after a store or a load in the same block.
    fn check_untracked_locals(&mut self, nlocals: usize) {
        // The number of the block in which a local was last seen bound.
        let mut bound_in = vec![0_u32; nlocals - TRACKED];
        let mut number = 0;
        self.for_each_block(|block| {
            number += 1;
            for instr in block.code_mut() {
                let local = (instr.oparg as usize).checked_sub(TRACKED);
                let Some(bound) = local.and_then(|local| bound_in.get_mut(local)) else {
                    continue;
                };
                match instr.opcode {
                    Opcode::DELETE_FAST
                    | Opcode::LOAD_FAST_AND_CLEAR
                    | Opcode::STORE_FAST_MAYBE_NULL => *bound = number - 1,
                    Opcode::STORE_FAST => *bound = number,
                    Opcode::LOAD_FAST => {
                        if *bound != number {
                            instr.opcode = Opcode::LOAD_FAST_CHECK;
                        }
                        *bound = number;
                    }
                    _ => {}
                }
            }
        });
    }
}
