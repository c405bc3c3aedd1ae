//! Rewrites of a few neighbouring instructions: jump threading, tests of constants, operations
//! that the next one makes superfluous.

use super::consts::{ConstTable, make_load_small_int};
use super::{Block, BlockId, Cfg, ENTRY, Instr, Result, evaluate};
use crate::code_unit::{Const, ConstValue};
use gopy_bytecode::Opcode;
use gopy_bytecode::operators::{COMPARE_TO_BOOL, Intrinsic1};

/// Operands of `CALL_INTRINSIC_1`.
const INTRINSIC_UNARY_POSITIVE: u32 = Intrinsic1::UnaryPositive.number();
const INTRINSIC_LIST_TO_TUPLE: u32 = Intrinsic1::ListToTuple.number();
/// Flag in `LOAD_GLOBAL`'s operand: a NULL is pushed as well.
const GLOBAL_PUSH_NULL: u32 = 1;

impl Block {
    /// Small integers need no constant; tests of constants are decided.
    fn optimize_load_const(&mut self, consts: &mut ConstTable<'_>) -> Result<()> {
        let code = self.code_mut();
        // What the value on top of the stack was loaded by: copies of a constant count as loads.
        let mut load: Option<Instr> = None;
        for at in 0..code.len() {
            if code[at].opcode == Opcode::LOAD_CONST {
                let constant = consts.loaded_by(&code[at])?;
                make_load_small_int(&mut code[at], &constant);
            }
            let is_copy = load.is_some_and(|load| load.opcode == Opcode::LOAD_CONST)
                && code[at].opcode == Opcode::COPY
                && code[at].oparg == 1;
            if !is_copy {
                load = Some(code[at]);
            }
            let Some(load) = load else { continue };
            if !matches!(load.opcode, Opcode::LOAD_CONST | Opcode::LOAD_SMALL_INT) {
                continue;
            }
            let Some(next) = code.get(at + 1).map(|next| next.opcode) else { continue };
            match next {
                Opcode::POP_JUMP_IF_FALSE
                | Opcode::POP_JUMP_IF_TRUE
                | Opcode::JUMP_IF_FALSE
                | Opcode::JUMP_IF_TRUE => {
                    let is_true = evaluate::is_true(&consts.loaded_by(&load)?);
                    if matches!(next, Opcode::POP_JUMP_IF_FALSE | Opcode::POP_JUMP_IF_TRUE) {
                        code[at].set0(Opcode::NOP);
                    }
                    let if_true = matches!(next, Opcode::POP_JUMP_IF_TRUE | Opcode::JUMP_IF_TRUE);
                    if is_true == if_true {
                        code[at + 1].opcode = Opcode::JUMP;
                    } else {
                        code[at + 1].set0(Opcode::NOP);
                    }
                }
                Opcode::IS_OP => {
                    let constant = consts.loaded_by(&load)?;
                    if matches!(constant.value(), ConstValue::None) {
                        fold_is_none(&mut code[at..]);
                    }
                }
                Opcode::TO_BOOL => {
                    let is_true = evaluate::is_true(&consts.loaded_by(&load)?);
                    let index = consts.add(Const::new(ConstValue::Bool(is_true)))?;
                    code[at].set0(Opcode::NOP);
                    code[at + 1].set1(Opcode::LOAD_CONST, index);
                }
                _ => {}
            }
        }
        Ok(())
    }
}

/// `None`, `is` and a jump become one jump; `code` begins with the load of `None`.
fn fold_is_none(code: &mut [Instr]) {
    let mut jump_at = 2;
    if code.get(2).is_some_and(|instr| instr.opcode == Opcode::TO_BOOL) {
        code[2].set0(Opcode::NOP);
        jump_at = 3;
    }
    let Some(jump) = code.get(jump_at) else { return };
    let inverted = code[1].oparg != 0;
    let if_not_none = match jump.opcode {
        Opcode::POP_JUMP_IF_FALSE => !inverted,
        Opcode::POP_JUMP_IF_TRUE => inverted,
        _ => return,
    };
    code[0].set0(Opcode::NOP);
    code[1].set0(Opcode::NOP);
    code[jump_at].opcode =
        if if_not_none { Opcode::POP_JUMP_IF_NOT_NONE } else { Opcode::POP_JUMP_IF_NONE };
}

/// Where a scan goes on.
enum Step {
    /// Behind the instruction.
    On,
    /// At the same place again.
    Again,
}

impl<Stage> Cfg<Stage> {
    pub(super) fn optimize_load_const(&mut self, consts: &mut ConstTable<'_>) -> Result<()> {
        let mut at = Some(ENTRY);
        while let Some(id) = at {
            let block = self.block_mut(id);
            block.optimize_load_const(consts)?;
            at = block.next;
        }
        Ok(())
    }

    pub(super) fn optimize_basic_blocks(&mut self, consts: &mut ConstTable<'_>) -> Result<()> {
        let mut chain = Some(ENTRY);
        while let Some(id) = chain {
            let mut at = 0;
            while at < self.block(id).used {
                if let Step::On = self.optimize_instr(id, at, consts)? {
                    at += 1;
                }
            }
            let block = self.block_mut(id);
            block.optimize_swaps();
            chain = block.next;
        }
        Ok(())
    }

    fn optimize_instr(
        &mut self,
        id: BlockId,
        at: usize,
        consts: &mut ConstTable<'_>,
    ) -> Result<Step> {
        let instr = self.block(id).instrs[at];
        if instr.opcode.has_jump() {
            return Ok(self.thread_jump(id, at, &instr));
        }
        let block = self.block_mut(id);
        let next = block.code().get(at + 1).copied();
        let next_op = next.map(|next| next.opcode);
        let oparg = instr.oparg;
        match instr.opcode {
            Opcode::BUILD_TUPLE => {
                if next_op == Some(Opcode::UNPACK_SEQUENCE)
                    && next.is_some_and(|next| next.oparg == oparg)
                {
                    match oparg {
                        1 => {
                            block.instrs[at].set0(Opcode::NOP);
                            block.instrs[at + 1].set0(Opcode::NOP);
                            return Ok(Step::On);
                        }
                        2 | 3 => {
                            block.instrs[at].set0(Opcode::NOP);
                            block.instrs[at + 1].opcode = Opcode::SWAP;
                            return Ok(Step::On);
                        }
                        _ => {}
                    }
                }
                block.fold_tuple(at, consts)?;
            }
            Opcode::BUILD_LIST | Opcode::BUILD_SET => {
                block.optimize_list_or_set(at, next_op, consts)?;
            }
            Opcode::LIST_APPEND | Opcode::SET_ADD
                if oparg == 1
                    && matches!(next_op, Some(Opcode::GET_ITER | Opcode::CONTAINS_OP)) =>
            {
                block.fold_built_sequence(at, consts)?;
            }
            Opcode::STORE_FAST => {
                // The second of two stores on one line decides.
                if let Some(next) = next
                    && next.opcode == Opcode::STORE_FAST
                    && next.oparg == oparg
                    && next.location.lineno == instr.location.lineno
                {
                    block.instrs[at].set0(Opcode::POP_TOP);
                }
            }
            Opcode::SWAP if oparg == 1 => block.instrs[at].set0(Opcode::NOP),
            Opcode::LOAD_GLOBAL
                if next_op == Some(Opcode::PUSH_NULL) && oparg & GLOBAL_PUSH_NULL == 0 =>
            {
                block.instrs[at].oparg |= GLOBAL_PUSH_NULL;
                block.instrs[at + 1].set0(Opcode::NOP);
            }
            Opcode::COMPARE_OP if next_op == Some(Opcode::TO_BOOL) => {
                block.merge_into_next(at, oparg | COMPARE_TO_BOOL);
            }
            Opcode::CONTAINS_OP | Opcode::IS_OP => match next_op {
                Some(Opcode::TO_BOOL) => block.merge_into_next(at, oparg),
                Some(Opcode::UNARY_NOT) => block.merge_into_next(at, oparg ^ 1),
                _ => {}
            },
            Opcode::TO_BOOL if next_op == Some(Opcode::TO_BOOL) => {
                block.instrs[at].set0(Opcode::NOP);
            }
            Opcode::UNARY_NOT if next_op == Some(Opcode::TO_BOOL) => block.merge_into_next(at, 0),
            Opcode::UNARY_NOT if next_op == Some(Opcode::UNARY_NOT) => {
                block.instrs[at].set0(Opcode::NOP);
                block.instrs[at + 1].set0(Opcode::NOP);
            }
            Opcode::UNARY_NOT | Opcode::UNARY_INVERT | Opcode::UNARY_NEGATIVE => {
                block.fold_unary(at, consts)?;
            }
            Opcode::CALL_INTRINSIC_1 => match oparg {
                INTRINSIC_LIST_TO_TUPLE => {
                    let folded = block.fold_built_sequence(at, consts)?;
                    if !folded && next_op == Some(Opcode::GET_ITER) {
                        block.instrs[at].set0(Opcode::NOP);
                    }
                }
                INTRINSIC_UNARY_POSITIVE => block.fold_unary(at, consts)?,
                _ => {}
            },
            Opcode::BINARY_OP => block.fold_binary(at, consts)?,
            _ => {}
        }
        Ok(Step::On)
    }

    /// A jump to a jump goes where the second one does.
    fn thread_jump(&mut self, id: BlockId, at: usize, instr: &Instr) -> Step {
        let Some(target_id) = instr.target else { return Step::On };
        let Some(&target) = self.block(target_id).code().first() else { return Step::On };
        use Opcode as O;
        let opcode = match (instr.opcode, target.opcode) {
            (
                O::POP_JUMP_IF_NOT_NONE
                | O::POP_JUMP_IF_NONE
                | O::POP_JUMP_IF_FALSE
                | O::POP_JUMP_IF_TRUE,
                O::JUMP,
            ) => instr.opcode,
            (O::JUMP_IF_FALSE, O::JUMP | O::JUMP_IF_FALSE)
            | (O::JUMP_IF_TRUE, O::JUMP | O::JUMP_IF_TRUE) => instr.opcode,
            (O::JUMP_IF_FALSE, O::JUMP_IF_TRUE) | (O::JUMP_IF_TRUE, O::JUMP_IF_FALSE) => {
                // The target tests the same value and will not jump.
                let beyond = self.next(target_id);
                self.block_mut(id).instrs[at].target = beyond;
                return if beyond.is_some() { Step::Again } else { Step::On };
            }
            (O::JUMP | O::JUMP_NO_INTERRUPT, O::JUMP) => O::JUMP,
            (O::JUMP | O::JUMP_NO_INTERRUPT, O::JUMP_NO_INTERRUPT) => instr.opcode,
            _ => return Step::On,
        };
        if target.target == instr.target {
            // A jump to itself: nothing would change, for ever.
            return Step::On;
        }
        // The no-op keeps the line until it is known that nobody needs it.
        let block = self.block_mut(id);
        block.instrs[at].set0(Opcode::NOP);
        block.addop(opcode, 0, target.location);
        if let Some(last) = block.last_mut() {
            last.target = target.target;
        }
        Step::Again
    }
}

impl Block {
    /// The next instruction, a test, becomes a copy of the one at `at`, which goes.
    fn merge_into_next(&mut self, at: usize, oparg: u32) {
        let opcode = self.instrs[at].opcode;
        self.instrs[at].set0(Opcode::NOP);
        self.instrs[at + 1].opcode = opcode;
        self.instrs[at + 1].oparg = oparg;
    }
}
