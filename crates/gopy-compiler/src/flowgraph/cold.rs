//! Moves code that runs after exceptions only behind everything else.

use super::{BlockId, Cfg, ENTRY, Instr, Result};
use crate::instruction_sequence::Location;
use gopy_bytecode::Opcode;

impl<Stage> Cfg<Stage> {
    /// Marks as warm what is reached without an exception.
    fn mark_warm(&mut self) {
        self.clear_visited();
        self.block_mut(ENTRY).visited = true;
        let mut todo = vec![ENTRY];
        while let Some(id) = todo.pop() {
            self.block_mut(id).warm = true;
            self.visit_successors(&mut todo, id, |_| true);
        }
    }

    /// Marks as cold what only handlers lead to.
    fn mark_cold(&mut self) {
        self.mark_warm();
        let mut todo = Vec::new();
        self.clear_visited();
        let mut at = Some(ENTRY);
        while let Some(id) = at {
            let block = self.block_mut(id);
            at = block.next;
            if block.except_handler {
                block.visited = true;
                todo.push(id);
            }
        }
        while let Some(id) = todo.pop() {
            self.block_mut(id).cold = true;
            self.visit_successors(&mut todo, id, |warm| !warm);
        }
    }

    /// Pushes the successors that are not visited yet and whose warmth is wanted.
    fn visit_successors(
        &mut self,
        todo: &mut Vec<BlockId>,
        id: BlockId,
        wanted: impl Fn(bool) -> bool,
    ) {
        let block = self.block(id);
        let next = block.next.filter(|_| block.has_fallthrough());
        let target =
            block.last().filter(|last| last.opcode.has_jump()).and_then(|last| last.target);
        for successor in [next, target].into_iter().flatten() {
            let block = self.block_mut(successor);
            if !block.visited && wanted(block.warm) {
                block.visited = true;
                todo.push(successor);
            }
        }
    }

    pub(super) fn push_cold_blocks_to_end(&mut self) -> Result<()> {
        if self.next(ENTRY).is_none() {
            return Ok(());
        }
        self.mark_cold();
        self.make_cold_fallthrough_explicit();

        // Take each cold streak out of the chain and append it to a chain of its own.
        let mut cold_first = None;
        let mut cold_last: Option<BlockId> = None;
        let mut at = ENTRY;
        while let Some(next) = self.next(at) {
            if !self.block(next).cold {
                at = next;
                continue;
            }
            let mut end = next;
            while let Some(following) = self.next(end).filter(|id| self.block(*id).cold) {
                end = following;
            }
            match cold_last {
                None => cold_first = Some(next),
                Some(last) => self.block_mut(last).next = Some(next),
            }
            cold_last = Some(end);
            self.block_mut(at).next = self.next(end);
            self.block_mut(end).next = None;
        }
        self.block_mut(at).next = cold_first;
        if cold_first.is_some() {
            self.remove_redundant_nops_and_jumps()?;
        }
        Ok(())
    }

    /// A cold block that falls into a warm one needs a jump once they are apart.
    fn make_cold_fallthrough_explicit(&mut self) {
        let mut next_label = self.next_free_label();
        let mut at = Some(ENTRY);
        while let Some(id) = at {
            let block = self.block(id);
            at = block.next;
            let Some(next) = block.next else { continue };
            if !block.cold || !block.has_fallthrough() || !self.block(next).warm {
                continue;
            }
            let label = *self.block_mut(next).label.get_or_insert_with(|| {
                next_label += 1;
                next_label - 1
            });
            let jump_id = self.new_block();
            let jump = self.block_mut(jump_id);
            let instr = Instr::new(Opcode::JUMP_NO_INTERRUPT, label, Location::NONE);
            jump.append(&[Instr { target: Some(next), ..instr }]);
            jump.cold = true;
            jump.next = Some(next);
            jump.predecessors = 1;
            self.block_mut(id).next = Some(jump_id);
        }
    }
}
