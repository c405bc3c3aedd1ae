//! AST to code: symbol table, code generation, flow graph, assembler. Plain data in, plain data out.

#![forbid(unsafe_code)]

pub mod code_unit;
pub mod instruction_sequence;
mod opcode;

pub use code_unit::{CodeUnit, Const, ConstCache, ConstValue, UnitMetadata};
pub use instruction_sequence::{Instruction, InstructionSequence, Label, Location};
pub use opcode::Opcode;
