//! AST to code: symbol table, code generation, flow graph, assembler. Plain data in, plain data out.

#![forbid(unsafe_code)]

pub mod assemble;
pub mod code_unit;
pub mod flowgraph;
pub mod instruction_sequence;

pub use code_unit::{CodeUnit, Const, ConstCache, ConstValue, UnitMetadata};
pub use gopy_bytecode::Opcode;
pub use instruction_sequence::{Instruction, InstructionSequence, Label, Location};
