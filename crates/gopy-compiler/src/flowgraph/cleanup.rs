//! What leaves the graph: unreachable code, no-ops, jumps to the next instruction; and the
//! pseudo operations, once nothing needs them.

use super::{Block, BlockId, Cfg, ENTRY, FlowError, Instr, Optimised, Result};
use crate::instruction_sequence::Location;
use gopy_bytecode::Opcode;

/// Blocks that leave the scope are copied over a jump to them up to this size.
const MAX_COPY_SIZE: usize = 4;

/// The line that counts for a no-op at the end of the block before: that of the first
/// instruction that is sure to stay.
fn first_lineno(next: &Block) -> i32 {
    next.code()
        .iter()
        .find(|instr| instr.opcode != Opcode::NOP || instr.location.lineno >= 0)
        .map_or(Location::NONE.lineno, |instr| instr.location.lineno)
}

impl<Stage> Cfg<Stage> {
    /// Jumps and exits end their blocks.
    pub(super) fn check(&self) -> Result<()> {
        let proper = self.chain().all(|(_, block)| {
            let code = block.code();
            code.iter().rev().skip(1).all(|instr| !instr.opcode.is_terminator())
        });
        if proper { Ok(()) } else { Err(FlowError::malformed()) }
    }

    /// Empties blocks that control flow does not reach; counts the predecessors of the others.
    pub(super) fn remove_unreachable(&mut self) {
        self.for_each_block(|block| {
            block.predecessors = 0;
            block.visited = false;
        });
        let mut todo = Vec::new();
        self.reach(&mut todo, ENTRY);
        while let Some(id) = todo.pop() {
            if let Some(next) = self.next(id)
                && self.block(id).has_fallthrough()
            {
                self.reach(&mut todo, next);
            }
            for at in 0..self.block(id).used {
                let instr = self.block(id).instrs[at];
                if let Some(target) = instr.target
                    && instr.opcode.has_target()
                {
                    self.reach(&mut todo, target);
                }
            }
        }
        self.for_each_block(|block| {
            if block.predecessors == 0 {
                block.used = 0;
                block.except_handler = false;
            }
        });
    }

    fn reach(&mut self, todo: &mut Vec<BlockId>, id: BlockId) {
        let block = self.block_mut(id);
        block.predecessors += 1;
        if !block.visited {
            block.visited = true;
            todo.push(id);
        }
    }

    /// Replaces jumps to small exits, and to exits of no line, by copies of these.
    pub(super) fn inline_small_or_no_lineno_blocks(&mut self) {
        // Each change removes a jump, so this comes to an end.
        loop {
            let mut changed = false;
            let mut at = Some(ENTRY);
            while let Some(id) = at {
                changed |= self.inline_target(id);
                at = self.next(id);
            }
            if !changed {
                break;
            }
        }
    }

    fn inline_target(&mut self, id: BlockId) -> bool {
        let Some(&Instr { opcode: jump, target: Some(target_id), .. }) = self.block(id).last()
        else {
            return false;
        };
        if !jump.is_unconditional_jump() {
            return false;
        }
        let target = self.block(target_id);
        let small_exit = target.exits_scope() && target.used <= MAX_COPY_SIZE;
        let no_lineno_no_fallthrough = target.has_no_lineno() && !target.has_fallthrough();
        if !small_exit && !no_lineno_no_fallthrough {
            return false;
        }
        let copy = target.code().to_vec();
        let block = self.block_mut(id);
        if let Some(last) = block.last_mut() {
            last.set0(Opcode::NOP);
        }
        block.append(&copy);
        if no_lineno_no_fallthrough
            && jump == Opcode::JUMP
            && let Some(last) = block.last_mut()
            && last.opcode.is_unconditional_jump()
        {
            // The jump that is gone checked the eval breaker: the one that stays has to.
            last.opcode = Opcode::JUMP;
        }
        self.block_mut(target_id).predecessors -= 1;
        true
    }

    /// Removes the no-ops of a block that no line event needs; tells how many.
    fn remove_redundant_nops_of(&mut self, id: BlockId) -> usize {
        let following = self
            .next_nonempty(self.next(id))
            .map_or(Location::NONE.lineno, |next| first_lineno(self.block(next)));
        let block = self.block_mut(id);
        let mut kept = 0;
        let mut previous = -1;
        for at in 0..block.used {
            let Instr { opcode, location, .. } = block.instrs[at];
            let lineno = location.lineno;
            if opcode == Opcode::NOP {
                if lineno < 0 || previous == lineno {
                    continue;
                }
                if at + 1 < block.used {
                    let next = &mut block.instrs[at + 1];
                    if next.location.lineno == lineno {
                        continue;
                    }
                    if next.location.lineno < 0 {
                        next.location = location;
                        continue;
                    }
                } else if lineno == following {
                    continue;
                }
            }
            if kept != at {
                block.instrs[kept] = block.instrs[at];
            }
            kept += 1;
            previous = lineno;
        }
        let removed = block.used - kept;
        block.used = kept;
        removed
    }

    pub(super) fn remove_redundant_nops(&mut self) -> usize {
        let mut removed = 0;
        let mut at = Some(ENTRY);
        while let Some(id) = at {
            removed += self.remove_redundant_nops_of(id);
            at = self.next(id);
        }
        removed
    }

    /// Removes no-ops, and constants or copies that are popped at once.
    pub(super) fn remove_redundant_nops_and_pairs(&mut self) {
        let mut done = false;
        while !done {
            done = true;
            // The instruction before, when control can only come from there.
            let mut previous: Option<(BlockId, usize)> = None;
            let mut chain = Some(ENTRY);
            while let Some(id) = chain {
                self.remove_redundant_nops_of(id);
                if self.block(id).label.is_some() {
                    previous = None;
                }
                for at in 0..self.block(id).used {
                    let is_pop = self.block(id).instrs[at].opcode == Opcode::POP_TOP;
                    if is_pop && let Some((previous_id, previous_at)) = previous {
                        let pushes = &mut self.block_mut(previous_id).instrs[previous_at];
                        let redundant = match pushes.opcode {
                            Opcode::LOAD_CONST | Opcode::LOAD_SMALL_INT => true,
                            Opcode::COPY => pushes.oparg == 1,
                            _ => false,
                        };
                        if redundant {
                            pushes.set0(Opcode::NOP);
                            self.block_mut(id).instrs[at].set0(Opcode::NOP);
                            done = false;
                        }
                    }
                    previous = Some((id, at));
                }
                let jumps =
                    previous.is_some_and(|(id, at)| self.block(id).instrs[at].opcode.has_jump());
                if jumps || !self.block(id).has_fallthrough() {
                    previous = None;
                }
                chain = self.next(id);
            }
        }
    }

    /// Makes jumps to what comes next anyway no-ops; tells how many.
    fn remove_redundant_jumps(&mut self) -> Result<usize> {
        let mut removed = 0;
        let mut at = Some(ENTRY);
        while let Some(id) = at {
            at = self.next(id);
            let Some(last) = self.block(id).last() else { continue };
            if !last.opcode.is_unconditional_jump() {
                continue;
            }
            let target = self
                .next_nonempty(last.target)
                .ok_or_else(|| FlowError::System("jump with NULL target".to_owned()))?;
            if self.next_nonempty(at) == Some(target) {
                removed += 1;
                if let Some(last) = self.block_mut(id).last_mut() {
                    last.set0(Opcode::NOP);
                }
            }
        }
        Ok(removed)
    }

    pub(super) fn remove_redundant_nops_and_jumps(&mut self) -> Result<()> {
        while self.remove_redundant_nops() + self.remove_redundant_jumps()? > 0 {}
        Ok(())
    }

    /// `LOAD_FAST LOAD_FAST` and the like become one instruction where lines and numbers allow.
    pub(super) fn insert_superinstructions(&mut self) {
        self.for_each_block(|block| {
            let code = block.code_mut();
            for at in 1..code.len() {
                let [first, second] = &mut code[at - 1..=at] else { continue };
                let opcode = match (first.opcode, second.opcode) {
                    (Opcode::LOAD_FAST, Opcode::LOAD_FAST) => Opcode::LOAD_FAST_LOAD_FAST,
                    (Opcode::STORE_FAST, Opcode::LOAD_FAST) => Opcode::STORE_FAST_LOAD_FAST,
                    (Opcode::STORE_FAST, Opcode::STORE_FAST) => Opcode::STORE_FAST_STORE_FAST,
                    _ => continue,
                };
                let (line, next_line) = (first.location.lineno, second.location.lineno);
                if line >= 0 && next_line >= 0 && line != next_line {
                    continue;
                }
                if first.oparg < 16 && second.oparg < 16 {
                    first.set1(opcode, first.oparg << 4 | second.oparg);
                    second.set0(Opcode::NOP);
                }
            }
        });
        self.remove_redundant_nops();
    }
}

impl Cfg<Optimised> {
    /// `JUMP_IF_x` keeps the value that it tests, which no real operation does.
    pub(super) fn convert_pseudo_conditional_jumps(&mut self) {
        self.for_each_block(|block| {
            let Some(last) = block.last_mut() else { return };
            last.opcode = match last.opcode {
                Opcode::JUMP_IF_FALSE => Opcode::POP_JUMP_IF_FALSE,
                Opcode::JUMP_IF_TRUE => Opcode::POP_JUMP_IF_TRUE,
                _ => return,
            };
            let Instr { location, except, .. } = *last;
            let position = block.used - 1;
            let copy = Instr { except, ..Instr::new(Opcode::COPY, 1, location) };
            let to_bool = Instr { except, ..Instr::new(Opcode::TO_BOOL, 0, location) };
            block.insert(position, copy);
            block.insert(position + 1, to_bool);
        });
    }

    /// Handlers and the order of blocks are known: pseudo operations have done their work.
    pub(super) fn convert_pseudo_ops(&mut self) -> Result<()> {
        self.for_each_block(|block| {
            for instr in block.code_mut() {
                match instr.opcode {
                    Opcode::LOAD_CLOSURE => instr.opcode = Opcode::LOAD_FAST,
                    Opcode::STORE_FAST_MAYBE_NULL => instr.opcode = Opcode::STORE_FAST,
                    opcode if opcode.is_block_push() => instr.set0(Opcode::NOP),
                    _ => {}
                }
            }
        });
        self.remove_redundant_nops_and_jumps()
    }

    /// Conditional jumps go forward only; the way that does not jump begins with `NOT_TAKEN`.
    pub(super) fn normalize_jumps(&mut self) {
        self.clear_visited();
        let mut at = Some(ENTRY);
        while let Some(id) = at {
            self.block_mut(id).visited = true;
            self.normalize_jump(id);
            at = self.next(id);
        }
    }

    fn normalize_jump(&mut self, id: BlockId) {
        let Some(&Instr { opcode, location, target: Some(target), .. }) = self.block(id).last()
        else {
            return;
        };
        let reversed = match opcode {
            Opcode::POP_JUMP_IF_NOT_NONE => Opcode::POP_JUMP_IF_NONE,
            Opcode::POP_JUMP_IF_NONE => Opcode::POP_JUMP_IF_NOT_NONE,
            Opcode::POP_JUMP_IF_FALSE => Opcode::POP_JUMP_IF_TRUE,
            Opcode::POP_JUMP_IF_TRUE => Opcode::POP_JUMP_IF_FALSE,
            _ => return,
        };
        if !self.block(target).visited {
            self.block_mut(id).addop(Opcode::NOT_TAKEN, 0, location);
            return;
        }
        // `jump back if x` becomes `jump over if not x; jump back`.
        let backwards_id = self.new_block();
        let start_depth = self.block(target).start_depth;
        let block = self.block_mut(id);
        let (next, cold) = (block.next, block.cold);
        block.next = Some(backwards_id);
        if let Some(last) = block.last_mut() {
            last.opcode = reversed;
            last.target = next;
        }
        let backwards = self.block_mut(backwards_id);
        backwards.addop(Opcode::NOT_TAKEN, 0, location);
        backwards.addop(Opcode::JUMP, 0, location);
        if let Some(jump) = backwards.last_mut() {
            jump.target = Some(target);
        }
        backwards.start_depth = start_depth;
        backwards.cold = cold;
        backwards.next = next;
    }
}
