//! The assembler: from laid out instructions to a code unit.
//!
//! Answers to `Python/assemble.c` and to `optimize_and_assemble_code_unit` in
//! `Python/compile.c`. Line and exception tables are written by `gopy-bytecode`'s codecs.

use std::collections::{HashMap, HashSet};

use gopy_bytecode::{exception_table, location, units};

use crate::code_unit::{CodeUnit, Const, ConstCache, ConstValue, UnitMetadata};
use crate::flowgraph::{Cfg, ConstTable, FlowError, LaidOut};
use crate::instruction_sequence::{ExceptHandler, Instruction, InstructionSequence, Location};
use gopy_bytecode::Opcode;

/// `co_flags`: there is a `*args` parameter.
const CO_VARARGS: u32 = 0x4;
/// `co_flags`: there is a `**kwargs` parameter.
const CO_VARKEYWORDS: u32 = 0x8;

/// Kinds in `co_localspluskinds`.
const FAST_ARG_POS: u8 = 0x02;
const FAST_ARG_KW: u8 = 0x04;
const FAST_ARG_VAR: u8 = 0x08;
const FAST_HIDDEN: u8 = 0x10;
const FAST_LOCAL: u8 = 0x20;
const FAST_CELL: u8 = 0x40;
const FAST_FREE: u8 = 0x80;

/// Where the `END_SEND` of an `async for` is, counted in code units from its `SEND`.
const END_SEND_OFFSET: i64 = 5;

/// Makes a code unit of what code generation has written for a scope.
///
/// `consts` are the scope's constants, merged through `cache`, the first one being the doc
/// string, if there is one; `nparams` counts all parameters, `*args` and `**kwargs` included.
///
/// # Errors
/// When the sequence is no proper flow graph, which code generation's are.
pub fn optimize_and_assemble(
    sequence: InstructionSequence,
    metadata: &UnitMetadata,
    mut consts: Vec<Const>,
    nparams: usize,
    flags: u32,
    filename: &Const,
    cache: &mut ConstCache,
) -> Result<CodeUnit, FlowError> {
    let nlocals = metadata.varnames.len();
    let laid_out = Cfg::from_sequence(sequence)?
        .label_targets()?
        .optimize(&mut ConstTable::new(&mut consts, cache), nlocals, nparams)?
        .into_sequence(metadata, flags)?;
    make_code(laid_out, metadata, consts, flags, filename, cache)
}

/// What CPython shows as `_testinternalcapi.assemble_code_object`: assembles a sequence that is
/// taken for optimised.
///
/// # Errors
/// When the sequence is no proper flow graph.
pub fn assemble_code_object(
    sequence: InstructionSequence,
    metadata: &UnitMetadata,
    consts: Vec<Const>,
    filename: &Const,
) -> Result<CodeUnit, FlowError> {
    let laid_out = Cfg::from_sequence(sequence)?.assume_optimised()?.into_sequence(metadata, 0)?;
    make_code(laid_out, metadata, consts, 0, filename, &mut ConstCache::new())
}

fn make_code(
    laid_out: LaidOut,
    metadata: &UnitMetadata,
    consts: Vec<Const>,
    flags: u32,
    filename: &Const,
    cache: &mut ConstCache,
) -> Result<CodeUnit, FlowError> {
    let LaidOut { mut sequence, stack_depth, nlocalsplus } = laid_out;
    let instructions = &mut sequence.instructions;
    resolve_unconditional_jumps(instructions);
    let offsets = resolve_jump_offsets(instructions)?;
    let code = write_code(instructions);
    let mut bytes = |bytes: Vec<u8>| cache.merge(Const::new(ConstValue::Bytes(bytes.into())));
    let linetable = bytes(write_locations(instructions, metadata.firstlineno));
    let exceptiontable = bytes(write_exception_table(instructions, &offsets)?);
    let (localsplusnames, localspluskinds) = localsplus(metadata, flags);
    debug_assert_eq!(localsplusnames.len(), nlocalsplus);
    let mut tuple = |items: Vec<Const>| cache.merge(Const::new(ConstValue::Tuple(items.into())));
    Ok(CodeUnit {
        argcount: metadata.posonlyargcount + metadata.argcount,
        posonlyargcount: metadata.posonlyargcount,
        kwonlyargcount: metadata.kwonlyargcount,
        // Frames have room for one value at least.
        stacksize: stack_depth.max(1),
        flags,
        code: code.into(),
        names: tuple(metadata.names.clone()),
        consts: tuple(consts),
        localsplusnames: tuple(localsplusnames),
        localspluskinds: localspluskinds.into(),
        filename: filename.clone(),
        name: metadata.name.clone(),
        qualname: metadata.qualname.clone(),
        firstlineno: metadata.firstlineno,
        linetable,
        exceptiontable,
    })
}

/// Jumps get their direction.
fn resolve_unconditional_jumps(instructions: &mut [Instruction]) {
    for (index, instruction) in instructions.iter_mut().enumerate() {
        let is_forward = instruction.oparg as usize > index;
        instruction.opcode = match instruction.opcode {
            Opcode::JUMP | Opcode::JUMP_NO_INTERRUPT if is_forward => Opcode::JUMP_FORWARD,
            Opcode::JUMP => Opcode::JUMP_BACKWARD,
            Opcode::JUMP_NO_INTERRUPT => Opcode::JUMP_BACKWARD_NO_INTERRUPT,
            opcode => opcode,
        };
    }
}

/// Makes operands of jumps distances in code units; returns the offset of each instruction.
///
/// Distances depend on sizes of instructions and these on distances. Starting from the indices
/// that the operands hold, both are computed until no size changes.
fn resolve_jump_offsets(instructions: &mut [Instruction]) -> Result<Vec<usize>, FlowError> {
    let jumps: Vec<(usize, usize)> = instructions
        .iter()
        .enumerate()
        .filter(|(_, instruction)| instruction.opcode.has_jump())
        .map(|(index, instruction)| (index, instruction.oparg as usize))
        .collect();
    if jumps.iter().any(|(_, target)| *target >= instructions.len()) {
        return Err(FlowError::malformed());
    }
    let mut offsets = vec![0; instructions.len()];
    loop {
        let mut offset = 0;
        for (instruction, place) in instructions.iter().zip(&mut offsets) {
            *place = offset;
            offset += units::size(instruction.opcode, instruction.oparg);
        }
        let mut changed = false;
        for &(index, target) in &jumps {
            let instruction = &mut instructions[index];
            let size = units::size(instruction.opcode, instruction.oparg);
            // Distances count from the end of the jump.
            let distance = offsets[target] as i64 - (offsets[index] + size) as i64;
            let distance = if instruction.opcode == Opcode::END_ASYNC_FOR {
                -distance - END_SEND_OFFSET
            } else {
                distance.abs()
            };
            instruction.oparg = u32::try_from(distance).map_err(|_| FlowError::malformed())?;
            changed |= units::size(instruction.opcode, instruction.oparg) != size;
        }
        if !changed {
            return Ok(offsets);
        }
    }
}

fn write_code(instructions: &[Instruction]) -> Vec<u8> {
    let mut code = Vec::with_capacity(instructions.len() * 4);
    for instruction in instructions {
        units::write(&mut code, instruction.opcode, instruction.oparg);
    }
    code
}

fn write_locations(instructions: &mut [Instruction], firstlineno: i32) -> Vec<u8> {
    let mut next = Location::NONE;
    for instruction in instructions.iter_mut().rev() {
        if instruction.location == Location::NEXT {
            let is_last = instruction.opcode.is_terminator();
            instruction.location = if is_last { Location::NONE } else { next };
        }
        next = instruction.location;
    }
    let mut table = location::Encoder::new(firstlineno);
    for run in instructions.chunk_by(|a, b| a.location == b.location) {
        let size = run.iter().map(|i| units::size(i.opcode, i.oparg)).sum();
        table.push(run[0].location, size);
    }
    table.finish()
}

fn write_exception_table(
    instructions: &[Instruction],
    offsets: &[usize],
) -> Result<Vec<u8>, FlowError> {
    let target = |handler: &Option<ExceptHandler>| handler.map(|handler| handler.target);
    let mut table = Vec::new();
    let mut index = 0;
    for run in instructions.chunk_by(|a, b| target(&a.except_handler) == target(&b.except_handler))
    {
        let start = offsets[index];
        index += run.len();
        let Some(handler) = run[0].except_handler else { continue };
        let last = &run[run.len() - 1];
        let end = offsets[index - 1] + units::size(last.opcode, last.oparg);
        let target = *offsets.get(handler.target as usize).ok_or_else(FlowError::malformed)?;
        // The handler's stack has the exception on top, perhaps above an offset.
        let depth = handler.start_depth - 1 - i32::from(handler.preserve_lasti);
        let entry = exception_table::Entry {
            start: start as u32,
            end: end as u32,
            target: target as u32,
            depth: u32::try_from(depth).map_err(|_| FlowError::malformed())?,
            lasti: handler.preserve_lasti,
        };
        exception_table::write(&mut table, &entry);
    }
    Ok(table)
}

/// Names and kinds of locals, of cells that are no locals, of free variables.
fn localsplus(metadata: &UnitMetadata, flags: u32) -> (Vec<Const>, Vec<u8>) {
    let mut kinds = Vec::with_capacity(metadata.varnames.len());
    // Parameters come first, in this order.
    for (count, kind) in [
        (metadata.posonlyargcount, FAST_ARG_POS),
        (metadata.argcount, FAST_ARG_POS | FAST_ARG_KW),
        (metadata.kwonlyargcount, FAST_ARG_KW),
        (u32::from(flags & CO_VARARGS != 0), FAST_ARG_VAR | FAST_ARG_POS),
        (u32::from(flags & CO_VARKEYWORDS != 0), FAST_ARG_VAR | FAST_ARG_KW),
    ] {
        kinds.extend(std::iter::repeat_n(FAST_LOCAL | kind, count as usize));
    }
    let nlocals = metadata.varnames.len();
    kinds.resize(nlocals, FAST_LOCAL);

    let mut names = metadata.varnames.clone();
    if !metadata.fast_hidden.is_empty() {
        let hidden: HashSet<&Const> = metadata.fast_hidden.iter().collect();
        for (name, kind) in metadata.varnames.iter().zip(&mut kinds) {
            if hidden.contains(name) {
                *kind |= FAST_HIDDEN;
            }
        }
    }
    if !metadata.cellvars.is_empty() {
        let locals: HashMap<&Const, usize> =
            metadata.varnames.iter().enumerate().map(|(index, name)| (name, index)).collect();
        for name in &metadata.cellvars {
            match locals.get(name) {
                Some(&index) => kinds[index] |= FAST_CELL,
                None => {
                    names.push(name.clone());
                    kinds.push(FAST_CELL);
                }
            }
        }
    }
    names.extend(metadata.freevars.iter().cloned());
    kinds.resize(names.len(), FAST_FREE);
    (names, kinds)
}
