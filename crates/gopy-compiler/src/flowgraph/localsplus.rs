//! Numbers of cells and free variables, and the instructions that set them up.

use std::collections::HashMap;

use super::{Cfg, ENTRY, Instr, Optimised};
use crate::code_unit::{Const, UnitMetadata};
use crate::instruction_sequence::Location;
use gopy_bytecode::Opcode;

/// `CO_GENERATOR | CO_COROUTINE | CO_ASYNC_GENERATOR`
const GENERATOR_FLAGS: u32 = 0x20 | 0x80 | 0x200;

/// For each cell and free variable its number among locals, cells and free variables, before
/// cells that share the place of a parameter are dropped.
fn cell_numbers(metadata: &UnitMetadata) -> Vec<usize> {
    let nlocals = metadata.varnames.len();
    let locals: HashMap<&Const, usize> = if metadata.cellvars.is_empty() {
        HashMap::new()
    } else {
        metadata.varnames.iter().enumerate().map(|(index, name)| (name, index)).collect()
    };
    let cells = metadata.cellvars.iter().enumerate();
    let cells = cells.map(|(index, name)| locals.get(name).copied().unwrap_or(nlocals + index));
    let first_free = nlocals + metadata.cellvars.len();
    cells.chain(first_free..first_free + metadata.freevars.len()).collect()
}

impl Cfg<Optimised> {
    /// Returns the number of locals, cells and free variables.
    pub(super) fn prepare_localsplus(&mut self, metadata: &UnitMetadata, flags: u32) -> usize {
        let mut numbers = cell_numbers(metadata);
        self.insert_prefix(metadata, &numbers, flags);
        let nlocals = metadata.varnames.len();
        let mut dropped = 0;
        for (index, number) in numbers.iter_mut().enumerate() {
            if *number == index + nlocals {
                *number -= dropped;
            } else {
                dropped += 1;
            }
        }
        self.for_each_block(|block| {
            for instr in block.code_mut() {
                if let Opcode::MAKE_CELL
                | Opcode::LOAD_CLOSURE
                | Opcode::LOAD_DEREF
                | Opcode::STORE_DEREF
                | Opcode::DELETE_DEREF
                | Opcode::LOAD_FROM_DICT_OR_DEREF = instr.opcode
                    && let Some(number) = numbers.get(instr.oparg as usize)
                {
                    instr.oparg = *number as u32;
                }
            }
        });
        nlocals + numbers.len() - dropped
    }

    /// `COPY_FREE_VARS`, `MAKE_CELL`s in the order of their places, `RETURN_GENERATOR`.
    fn insert_prefix(&mut self, metadata: &UnitMetadata, numbers: &[usize], flags: u32) {
        let mut prefix = Vec::new();
        if !metadata.freevars.is_empty() {
            let nfreevars = metadata.freevars.len() as u32;
            prefix.push(Instr::new(Opcode::COPY_FREE_VARS, nfreevars, Location::NONE));
        }
        let mut cells: Vec<usize> = (0..metadata.cellvars.len()).collect();
        cells.sort_by_key(|cell| numbers[*cell]);
        // The operands are indices of cells still, as those of code generation's instructions.
        let cells = cells.into_iter();
        prefix.extend(cells.map(|cell| Instr::new(Opcode::MAKE_CELL, cell as u32, Location::NONE)));
        if flags & GENERATOR_FLAGS != 0 {
            let location = Location::line(metadata.firstlineno);
            prefix.push(Instr::new(Opcode::RETURN_GENERATOR, 0, location));
            prefix.push(Instr::new(Opcode::POP_TOP, 0, location));
        }
        for (position, instr) in prefix.into_iter().enumerate() {
            self.block_mut(ENTRY).insert(position, instr);
        }
    }
}
