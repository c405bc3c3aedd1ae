//! `co_consts` while folding adds to it, and the end of constants that nothing loads any more.

use std::collections::HashMap;

use super::{Cfg, Const, ConstCache, FlowError, Instr, Result};
use crate::code_unit::ConstValue;
use gopy_bytecode::Opcode;

/// The constants of a scope by index, each of them merged with its equals in the compilation.
pub(crate) struct ConstTable<'a> {
    consts: &'a mut Vec<Const>,
    cache: &'a mut ConstCache,
    /// First index of each handle; made when it is first asked for.
    index_of: HashMap<usize, u32>,
}

impl<'a> ConstTable<'a> {
    pub(crate) fn new(consts: &'a mut Vec<Const>, cache: &'a mut ConstCache) -> Self {
        Self { consts, cache, index_of: HashMap::new() }
    }

    /// The index of a constant, which is added if it is new.
    pub(super) fn add(&mut self, constant: Const) -> Result<u32> {
        let constant = self.cache.merge(constant);
        if self.index_of.is_empty() {
            for (index, known) in self.consts.iter().enumerate() {
                self.index_of.entry(known.id()).or_insert(index as u32);
            }
        }
        let index = self.consts.len();
        if index >= i32::MAX as usize - 1 {
            return Err(FlowError::Overflow("too many constants"));
        }
        let index = *self.index_of.entry(constant.id()).or_insert(index as u32);
        if index as usize == self.consts.len() {
            self.consts.push(constant);
        }
        Ok(index)
    }

    /// The constant that an instruction loads.
    pub(super) fn loaded_by(&self, instr: &Instr) -> Result<Const> {
        match instr.opcode {
            Opcode::LOAD_SMALL_INT => Ok(Const::new(ConstValue::Int(i64::from(instr.oparg)))),
            Opcode::LOAD_CONST => self.consts.get(instr.oparg as usize).cloned().ok_or_else(|| {
                FlowError::System("Internal error: failed to get value of a constant".to_owned())
            }),
            _ => Err(FlowError::System(
                "Internal error: failed to get value of a constant".to_owned(),
            )),
        }
    }

    /// Makes an instruction load `constant`.
    pub(super) fn make_load(&mut self, instr: &mut Instr, constant: Const) -> Result<()> {
        if !make_load_small_int(instr, &constant) {
            let index = self.add(constant)?;
            instr.set1(Opcode::LOAD_CONST, index);
        }
        Ok(())
    }
}

/// Makes an instruction load `constant` without a place in `co_consts`, if the integer is small
/// enough for the operand.
pub(super) fn make_load_small_int(instr: &mut Instr, constant: &Const) -> bool {
    if let ConstValue::Int(value) = constant.value()
        && let Ok(value) = u8::try_from(*value)
    {
        instr.set1(Opcode::LOAD_SMALL_INT, value.into());
        return true;
    }
    false
}

/// Whether the instruction does nothing but push a constant.
pub(super) fn loads_const(opcode: Opcode) -> bool {
    opcode == Opcode::LOAD_SMALL_INT || opcode.has_const()
}

impl<Stage> Cfg<Stage> {
    /// Drops constants that no instruction loads. The first one may be a doc string and stays.
    pub(super) fn remove_unused_consts(&mut self, table: &mut ConstTable<'_>) {
        let consts = &mut *table.consts;
        if consts.is_empty() {
            return;
        }
        let mut used = vec![false; consts.len()];
        used[0] = true;
        self.for_each_block(|block| {
            for instr in block.code() {
                if instr.opcode.has_const()
                    && let Some(used) = used.get_mut(instr.oparg as usize)
                {
                    *used = true;
                }
            }
        });
        if used.iter().all(|used| *used) {
            return;
        }
        let mut place = 0;
        let places: Vec<u32> = used
            .iter()
            .map(|used| {
                place += u32::from(*used);
                place.saturating_sub(1)
            })
            .collect();
        let mut keep = used.iter();
        consts.retain(|_| keep.next().copied().unwrap_or(true));
        table.index_of.clear();
        self.for_each_block(|block| {
            for instr in block.code_mut() {
                if instr.opcode.has_const()
                    && let Some(place) = places.get(instr.oparg as usize)
                {
                    instr.oparg = *place;
                }
            }
        });
    }
}
