//! Constant folding: runs of instructions that compute a constant become one that loads it.
//!
//! Instructions that are gone become no-ops without location, which a later pass removes.

use super::consts::{ConstTable, loads_const};
use super::{Block, Const, Instr, Result, evaluate};
use crate::code_unit::ConstValue;
use crate::instruction_sequence::Location;
use gopy_bytecode::Opcode;

/// Sequences longer than this are built at run time, in pieces.
const STACK_USE_GUIDELINE: usize = 30;
/// Shorter lists and sets are built from their items.
const MIN_CONST_SEQUENCE_SIZE: usize = 3;

/// The places of up to [`STACK_USE_GUIDELINE`] loads.
struct Loads {
    places: [usize; STACK_USE_GUIDELINE],
    len: usize,
}

impl Loads {
    /// The last `len` instructions before `end` if, no-ops aside, all of them load constants.
    fn before(code: &[Instr], end: usize, len: usize) -> Option<Self> {
        let mut loads = Self { places: [0; STACK_USE_GUIDELINE], len };
        let mut missing = len;
        for at in (0..end).rev() {
            if missing == 0 {
                break;
            }
            let opcode = code[at].opcode;
            if opcode == Opcode::NOP {
                continue;
            }
            if !loads_const(opcode) {
                return None;
            }
            missing -= 1;
            loads.places[missing] = at;
        }
        (missing == 0).then_some(loads)
    }

    fn places(&self) -> &[usize] {
        &self.places[..self.len]
    }

    fn values(&self, code: &[Instr], consts: &ConstTable<'_>) -> Result<Box<[Const]>> {
        self.places().iter().map(|at| consts.loaded_by(&code[*at])).collect()
    }

    fn remove(&self, code: &mut [Instr]) {
        for at in self.places() {
            remove(&mut code[*at]);
        }
    }
}

fn remove(instr: &mut Instr) {
    instr.set0(Opcode::NOP);
    instr.location = Location::NONE;
}

impl Block {
    /// `BUILD_TUPLE` of constants.
    pub(super) fn fold_tuple(&mut self, at: usize, consts: &mut ConstTable<'_>) -> Result<()> {
        let code = self.code_mut();
        let len = code[at].oparg as usize;
        if len > STACK_USE_GUIDELINE {
            return Ok(());
        }
        let Some(loads) = Loads::before(code, at, len) else { return Ok(()) };
        let items = loads.values(code, consts)?;
        loads.remove(code);
        consts.make_load(&mut code[at], Const::new(ConstValue::Tuple(items)))
    }

    /// A list or set that is built item by item from constants, only to become a tuple (`at` is
    /// the conversion) or to be looked through (`at` adds the last item). Tells whether it was.
    pub(super) fn fold_built_sequence(
        &mut self,
        at: usize,
        consts: &mut ConstTable<'_>,
    ) -> Result<bool> {
        let code = self.code_mut();
        let is_conversion = code[at].opcode == Opcode::CALL_INTRINSIC_1;
        let (build, add) = match code[at].opcode {
            Opcode::SET_ADD => (Opcode::BUILD_SET, Opcode::SET_ADD),
            _ => (Opcode::BUILD_LIST, Opcode::LIST_APPEND),
        };
        let end = if is_conversion { at } else { at + 1 };
        let mut items = Vec::new();
        let mut expect_add = true;
        for start in (0..end).rev() {
            let instr = &code[start];
            match instr.opcode {
                Opcode::NOP => continue,
                opcode if opcode == build && instr.oparg == 0 && expect_add => {
                    items.reverse();
                    let constant = if build == Opcode::BUILD_SET {
                        evaluate::frozenset(&items)
                    } else {
                        Const::new(ConstValue::Tuple(items.into()))
                    };
                    for gone in &mut code[start..end] {
                        if gone.opcode != Opcode::NOP {
                            remove(gone);
                        }
                    }
                    let index = consts.add(constant)?;
                    code[at].set1(Opcode::LOAD_CONST, index);
                    return Ok(true);
                }
                opcode if opcode == add && instr.oparg == 1 && expect_add => {}
                opcode if !expect_add && loads_const(opcode) => {
                    items.push(consts.loaded_by(instr)?);
                }
                _ => return Ok(false),
            }
            expect_add = !expect_add;
        }
        Ok(false)
    }

    /// Lists and sets of constants: what is only looked through becomes a constant, the others
    /// are extended by one. A list that is only looked through becomes a tuple in any case.
    pub(super) fn optimize_list_or_set(
        &mut self,
        at: usize,
        next: Option<Opcode>,
        consts: &mut ConstTable<'_>,
    ) -> Result<()> {
        let looked_through = matches!(next, Some(Opcode::GET_ITER | Opcode::CONTAINS_OP));
        let code = self.code_mut();
        let Instr { opcode, oparg, location, .. } = code[at];
        let is_list = opcode == Opcode::BUILD_LIST;
        let len = oparg as usize;
        if len > STACK_USE_GUIDELINE || (len < MIN_CONST_SEQUENCE_SIZE && !looked_through) {
            return Ok(());
        }
        let Some(loads) = Loads::before(code, at, len) else {
            if looked_through && is_list {
                code[at].set1(Opcode::BUILD_TUPLE, oparg);
            }
            return Ok(());
        };
        let items = loads.values(code, consts)?;
        let constant = if is_list {
            Const::new(ConstValue::Tuple(items))
        } else {
            evaluate::frozenset(&items)
        };
        let index = consts.add(constant)?;
        loads.remove(code);
        if looked_through {
            code[at].set1(Opcode::LOAD_CONST, index);
        } else {
            let extend = if is_list { Opcode::LIST_EXTEND } else { Opcode::SET_UPDATE };
            code[at - 2].location = location;
            code[at - 2].set1(opcode, 0);
            code[at - 1].set1(Opcode::LOAD_CONST, index);
            code[at].set1(extend, 1);
        }
        Ok(())
    }

    /// `BINARY_OP` of two constants.
    pub(super) fn fold_binary(&mut self, at: usize, consts: &mut ConstTable<'_>) -> Result<()> {
        let code = self.code_mut();
        let Some(loads) = Loads::before(code, at, 2) else { return Ok(()) };
        let operands = loads.values(code, consts)?;
        // What raises is left to run time.
        if let Some(value) = evaluate::binary(&operands[0], code[at].oparg, &operands[1]) {
            loads.remove(code);
            consts.make_load(&mut code[at], value)?;
        }
        Ok(())
    }

    /// `UNARY_*` and unary plus of a constant.
    pub(super) fn fold_unary(&mut self, at: usize, consts: &mut ConstTable<'_>) -> Result<()> {
        let code = self.code_mut();
        let Some(loads) = Loads::before(code, at, 1) else { return Ok(()) };
        let operand = consts.loaded_by(&code[loads.places[0]])?;
        if let Some(value) = evaluate::unary(code[at].opcode, &operand) {
            loads.remove(code);
            consts.make_load(&mut code[at], value)?;
        }
        Ok(())
    }
}
