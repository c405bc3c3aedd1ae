//! How deep the value stack gets.

use super::{BlockId, Cfg, ENTRY, FlowError, Instr, Result};
use gopy_bytecode::Opcode;

/// Change of depth by an instruction that jumps, or that goes on.
fn stack_effect(instr: &Instr, jump: bool) -> Result<i32> {
    instr.opcode.stack_effect(instr.oparg, jump).ok_or_else(|| {
        FlowError::System(format!(
            "Invalid stack effect for opcode={}, arg={}",
            instr.opcode.0, instr.oparg
        ))
    })
}

impl<Stage> Cfg<Stage> {
    /// The greatest depth on any path; blocks learn the depth on their entry.
    pub(super) fn calculate_stack_depth(&mut self) -> Result<u32> {
        self.for_each_block(|block| block.start_depth = None);
        let mut todo = Vec::new();
        self.reach_with_depth(&mut todo, ENTRY, 0)?;
        let mut depth_max = 0;
        while let Some((id, mut depth)) = todo.pop() {
            let mut falls_through = true;
            for at in 0..self.block(id).used {
                let instr = self.block(id).instrs[at];
                let new_depth = depth.saturating_add(stack_effect(&instr, false)?);
                if new_depth < 0 {
                    return Err(FlowError::Value("Invalid CFG, stack underflow"));
                }
                depth_max = depth_max.max(depth);
                if let Some(target) = instr.target
                    && instr.opcode.has_target()
                    && instr.opcode != Opcode::END_ASYNC_FOR
                {
                    let target_depth = depth.saturating_add(stack_effect(&instr, true)?);
                    self.reach_with_depth(&mut todo, target, target_depth)?;
                }
                depth = new_depth;
                if instr.opcode.is_unconditional_jump() || instr.opcode.is_scope_exit() {
                    falls_through = false;
                    break;
                }
            }
            if falls_through && let Some(next) = self.next(id) {
                self.reach_with_depth(&mut todo, next, depth)?;
            }
        }
        Ok(depth_max as u32)
    }

    fn reach_with_depth(
        &mut self,
        todo: &mut Vec<(BlockId, i32)>,
        id: BlockId,
        depth: i32,
    ) -> Result<()> {
        match &mut self.block_mut(id).start_depth {
            Some(known) if *known == depth => Ok(()),
            unknown @ None if depth >= 0 => {
                *unknown = Some(depth);
                todo.push((id, depth));
                Ok(())
            }
            _ => Err(FlowError::Value("Invalid CFG, inconsistent stackdepth")),
        }
    }
}
