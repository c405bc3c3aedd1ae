//! Into the graph and out of it: blocks from labels, targets, exception handlers.

use super::{Block, BlockId, Cfg, ENTRY, FlowError, Optimised, Raw, Result, Targeted};
use crate::instruction_sequence::{ExceptHandler, Instruction, InstructionSequence, Label};
use gopy_bytecode::Opcode;

/// `RESUME`'s operand at the start of a function.
const RESUME_AT_FUNC_START: u32 = 0;
/// Flag in `RESUME`'s operand: the yield before it is inside of the generator's own handler only.
const RESUME_DEPTH1: u32 = 4;

/// The block under construction and the label that waits for it.
struct Builder {
    blocks: Vec<Block>,
    label: Option<u32>,
}

impl Builder {
    fn current(&mut self) -> &mut Block {
        self.blocks.last_mut().expect("the entry block is there from the start")
    }

    fn current_is_terminated(&mut self) -> bool {
        let label = self.label;
        let block = self.current();
        if block.last().is_some_and(|last| last.opcode.is_terminator()) {
            return true;
        }
        if label.is_some() {
            if block.used > 0 || block.label.is_some() {
                return true;
            }
            block.label = label;
            self.label = None;
        }
        false
    }

    fn maybe_start_block(&mut self) {
        if self.current_is_terminated() {
            let id = BlockId::next_of(&self.blocks);
            self.current().next = Some(id);
            self.blocks.push(Block { label: self.label.take(), ..Block::default() });
        }
    }

    fn use_label(&mut self, label: u32) {
        self.label = Some(label);
        self.maybe_start_block();
    }

    fn add(&mut self, instruction: &Instruction, oparg: u32) {
        self.maybe_start_block();
        self.current().addop(instruction.opcode, oparg, instruction.location);
    }
}

impl Cfg<Raw> {
    /// Cuts a sequence into blocks.
    ///
    /// # Errors
    /// When a jump leaves the sequence.
    pub fn from_sequence(mut sequence: InstructionSequence) -> Result<Self> {
        sequence.apply_labels();
        let instructions = sequence.instructions();
        let mut is_target = vec![false; instructions.len()];
        for instruction in instructions {
            if instruction.opcode.has_target() {
                *is_target
                    .get_mut(instruction.oparg as usize)
                    .ok_or_else(FlowError::malformed)? = true;
            }
        }
        let mut builder = Builder { blocks: vec![Block::default()], label: None };
        // Replacing the placeholder moves what is behind it; labels are numbers of places, so
        // they move along. Only their being distinct and ordered matters.
        let mut offset = 0;
        for (index, instruction) in instructions.iter().enumerate() {
            if instruction.opcode == Opcode::ANNOTATIONS_PLACEHOLDER {
                let annotations = sequence.annotations_code().map_or(&[][..], |s| s.instructions());
                for instruction in annotations {
                    builder.add(instruction, instruction.oparg);
                }
                offset += annotations.len() as i64 - 1;
                continue;
            }
            if is_target[index] {
                builder.use_label((index as i64 + offset) as u32);
            }
            let oparg = if instruction.opcode.has_target() {
                (i64::from(instruction.oparg) + offset) as u32
            } else {
                instruction.oparg
            };
            builder.add(instruction, oparg);
        }
        Ok(Self { blocks: builder.blocks, stage: std::marker::PhantomData })
    }

    /// Resolves labels and finds the handler of every instruction.
    ///
    /// # Errors
    /// When a jump leads nowhere or a `POP_BLOCK` has nothing to pop.
    pub fn label_targets(mut self) -> Result<Cfg<Targeted>> {
        self.translate_labels()?;
        self.mark_except_handlers();
        self.label_exception_targets()?;
        Ok(self.at_stage())
    }

    /// Takes the graph for optimised already; for those who test the later passes alone.
    ///
    /// # Errors
    /// As [`Self::label_targets`].
    pub(crate) fn assume_optimised(mut self) -> Result<Cfg<Optimised>> {
        self.translate_labels()?;
        self.label_exception_targets()?;
        Ok(self.at_stage())
    }

    fn translate_labels(&mut self) -> Result<()> {
        let mut by_label = vec![None; self.next_free_label() as usize];
        for (id, block) in self.chain() {
            if let Some(label) = block.label {
                by_label[label as usize] = Some(id);
            }
        }
        for block in &mut self.blocks {
            for instr in block.code_mut() {
                if instr.opcode.has_target() {
                    let target = by_label.get(instr.oparg as usize).copied().flatten();
                    instr.target = Some(target.ok_or_else(FlowError::malformed)?);
                }
            }
        }
        Ok(())
    }

    fn mark_except_handlers(&mut self) {
        for index in 0..self.blocks.len() {
            for at in 0..self.blocks[index].used {
                let instr = self.blocks[index].instrs[at];
                if let Some(target) = instr.target
                    && instr.opcode.is_block_push()
                {
                    self.block_mut(target).except_handler = true;
                }
            }
        }
    }

    /// Follows control flow with a stack of handlers.
    fn label_exception_targets(&mut self) -> Result<()> {
        self.clear_visited();
        self.block_mut(ENTRY).visited = true;
        let mut todo: Vec<(BlockId, Vec<BlockId>)> = vec![(ENTRY, Vec::new())];
        while let Some((id, mut handlers)) = todo.pop() {
            let mut last_yield_depth = None;
            for at in 0..self.block(id).used {
                let handler = handlers.last().copied();
                let instr = &mut self.block_mut(id).instrs[at];
                match instr.opcode {
                    Opcode::SETUP_FINALLY | Opcode::SETUP_WITH | Opcode::SETUP_CLEANUP => {
                        let opcode = instr.opcode;
                        let target = instr.target.ok_or_else(FlowError::malformed)?;
                        let block = self.block_mut(target);
                        if !block.visited {
                            block.visited = true;
                            todo.push((target, handlers.clone()));
                        }
                        if opcode != Opcode::SETUP_FINALLY {
                            self.block_mut(target).preserve_lasti = true;
                        }
                        handlers.push(target);
                    }
                    Opcode::POP_BLOCK => {
                        instr.set0(Opcode::NOP);
                        handlers.pop().ok_or_else(FlowError::malformed)?;
                    }
                    Opcode::YIELD_VALUE => {
                        instr.except = handler;
                        last_yield_depth = Some(handlers.len());
                    }
                    Opcode::RESUME => {
                        instr.except = handler;
                        if instr.oparg != RESUME_AT_FUNC_START {
                            if last_yield_depth == Some(1) {
                                instr.oparg |= RESUME_DEPTH1;
                            }
                            last_yield_depth = None;
                        }
                    }
                    opcode => {
                        instr.except = handler;
                        if opcode.has_jump() {
                            let target = instr.target.ok_or_else(FlowError::malformed)?;
                            let block = self.block_mut(target);
                            if !block.visited {
                                block.visited = true;
                                todo.push((target, handlers.clone()));
                            }
                        }
                    }
                }
            }
            if self.block(id).has_fallthrough()
                && let Some(next) = self.next(id)
                && !self.block(next).visited
            {
                self.block_mut(next).visited = true;
                todo.push((next, handlers));
            }
        }
        Ok(())
    }
}

impl<Stage> Cfg<Stage> {
    /// Lists the blocks' instructions, jumps by index.
    pub(super) fn list_instructions(&mut self) -> InstructionSequence {
        let mut label = 0;
        self.for_each_block(|block| {
            block.label = Some(label);
            label += 1;
        });
        let label_of = |id: BlockId| self.block(id).label.unwrap_or_default();
        let mut sequence = InstructionSequence::new();
        sequence.instructions.reserve(self.chain().map(|(_, block)| block.used).sum());
        for (id, block) in self.chain() {
            sequence.use_label(Label(label_of(id)));
            for instr in block.code() {
                let oparg = match instr.target {
                    Some(target) if instr.opcode.has_target() => label_of(target),
                    _ => instr.oparg,
                };
                let except_handler = instr.except.map(|handler| ExceptHandler {
                    target: label_of(handler),
                    start_depth: self.block(handler).start_depth.unwrap_or_default(),
                    preserve_lasti: self.block(handler).preserve_lasti,
                });
                sequence.instructions.push(Instruction {
                    opcode: instr.opcode,
                    oparg,
                    location: instr.location,
                    except_handler,
                });
            }
        }
        sequence.apply_labels();
        sequence
    }
}
