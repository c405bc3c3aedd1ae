//! Lines of instructions that code generation gave none.
//!
//! A frame computes its line from its last instruction, so what leaves a scope, or may switch to
//! another thread, needs a line even where the source has none (PEP 626).

use super::{Block, Cfg, ENTRY};
use crate::instruction_sequence::Location;

fn is_exit_or_eval_check_without_lineno(block: &Block) -> bool {
    (block.exits_scope() || block.code().iter().any(|instr| instr.opcode.has_eval_break()))
        && block.has_no_lineno()
}

impl<Stage> Cfg<Stage> {
    pub(super) fn resolve_line_numbers(&mut self) {
        self.duplicate_exits_without_lineno();
        self.propagate_line_numbers();
    }

    /// Gives each jump to an exit without line a copy of the exit, which takes the jump's line.
    fn duplicate_exits_without_lineno(&mut self) {
        let mut next_label = self.next_free_label();
        let mut at = Some(ENTRY);
        while let Some(id) = at {
            at = self.next(id);
            let Some(&last) = self.block(id).last() else { continue };
            if !last.opcode.has_jump() {
                continue;
            }
            let Some(target_id) = self.next_nonempty(last.target) else { continue };
            let target = self.block(target_id);
            if target.predecessors <= 1 || !is_exit_or_eval_check_without_lineno(target) {
                continue;
            }
            let mut code = target.code().to_vec();
            code[0].location = last.location;
            let copy = Block {
                used: code.len(),
                instrs: code,
                predecessors: 1,
                next: target.next,
                label: Some(next_label),
                ..Block::default()
            };
            next_label += 1;
            let copy_id = self.new_block();
            *self.block_mut(copy_id) = copy;
            let target = self.block_mut(target_id);
            target.predecessors -= 1;
            target.next = Some(copy_id);
            if let Some(last) = self.block_mut(id).last_mut() {
                last.target = Some(copy_id);
            }
            at = self.next(id);
        }
        // What is left is reached by falling through, thus from one place only.
        let mut at = Some(ENTRY);
        while let Some(id) = at {
            let block = self.block(id);
            at = block.next;
            if let Some(next) = block.next
                && let Some(&last) = block.last()
                && block.has_fallthrough()
                && is_exit_or_eval_check_without_lineno(self.block(next))
            {
                self.block_mut(next).instrs[0].location = last.location;
            }
        }
    }

    /// Copies lines forward, inside of blocks and into blocks with one predecessor.
    fn propagate_line_numbers(&mut self) {
        let mut at = Some(ENTRY);
        while let Some(id) = at {
            let block = self.block_mut(id);
            at = block.next;
            let Some(&last) = block.last() else { continue };
            let mut previous = Location::NONE;
            for instr in block.code_mut() {
                if instr.location.lineno == Location::NONE.lineno {
                    instr.location = previous;
                } else {
                    previous = instr.location;
                }
            }
            let next = block.next.filter(|_| block.has_fallthrough());
            let target = last.target.filter(|_| last.opcode.has_jump());
            for successor in [next, target].into_iter().flatten() {
                let successor = self.block_mut(successor);
                if successor.predecessors == 1
                    && let Some(first) = successor.code_mut().first_mut()
                    && first.location.lineno == Location::NONE.lineno
                {
                    first.location = previous;
                }
            }
        }
    }
}
