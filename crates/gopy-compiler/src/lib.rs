//! AST to code: symbol table, code generation, flow graph, assembler. Plain data in, plain data out.
//!
//! Answers to `_PyAST_Compile` and its neighbours in `Python/compile.c`. Start at [`compile`].

#![forbid(unsafe_code)]

pub mod assemble;
pub mod code_unit;
mod codegen;
mod common;
pub mod flags;
pub mod flowgraph;
mod future;
pub mod instruction_sequence;
mod preprocess;
pub mod symtable;

pub use code_unit::{CodeUnit, Const, ConstCache, ConstValue, UnitMetadata};
pub use common::StackBounds;
pub use gopy_bytecode::Opcode;
pub use instruction_sequence::{Instruction, InstructionSequence, Label, Location};
pub use symtable::SymbolTable;

use gopy_syntax::ast::{Arena, Interner, Mod};
use gopy_syntax::{Host, SyntaxError};

use codegen::{Compiler, Start};
use common::Names;
use preprocess::Preprocessor;

/// Native stack that a compilation may use when nobody says how much there is.
const STACK_DEFAULT: usize = 1 << 20;

/// Settings of a compilation.
#[derive(Clone, Copy, Debug)]
pub struct CompileOptions {
    /// `CO_FUTURE_*` and `PyCF_*` flags that hold from the start.
    pub flags: u32,
    /// 0; 1 for `-O`, 2 for `-OO`.
    pub optimize: u8,
    /// The native stack that may be used.
    pub stack: StackBounds,
}

impl Default for CompileOptions {
    fn default() -> Self {
        Self { flags: 0, optimize: 0, stack: StackBounds::from_here(STACK_DEFAULT) }
    }
}

/// What the front half of the compiler works on.
struct Prepared<'a> {
    module: Mod<'a>,
    features: u32,
    table: SymbolTable,
    names: Names,
}

fn prepare<'a>(
    module: &Mod<'a>,
    options: &CompileOptions,
    host: &mut dyn Host,
    arena: &'a Arena,
    interner: &mut Interner<'a>,
) -> Result<Prepared<'a>, Box<SyntaxError>> {
    let names = Names::new(interner);
    let mut future = future::from_ast(module, interner, host)?;
    future.features |= options.flags;
    let features = future.features;
    let stack = options.stack;
    let module =
        Preprocessor::new(arena, host, names, options.optimize, features, stack).module(module)?;
    let table = SymbolTable::build(&module, future, names, stack, host, interner)?;
    Ok(Prepared { module, features, table, names })
}

/// Compiles a tree. The nodes live in `arena` and their names in `interner`; `filename` is WTF-8.
///
/// # Errors
/// A `SyntaxError`, or what else stops a compilation; the file name is the caller's to add.
pub fn compile<'a>(
    module: &Mod<'a>,
    filename: &[u8],
    options: &CompileOptions,
    host: &mut dyn Host,
    arena: &'a Arena,
    interner: &mut Interner<'a>,
) -> Result<CodeUnit, Box<SyntaxError>> {
    let prepared = prepare(module, options, host, arena, interner)?;
    let module = prepared.module;
    compiler(prepared, filename, options, host, interner).module_code(&module)
}

/// The instructions of a tree before any optimisation, nested scopes included
/// (`_testinternalcapi.compiler_codegen`).
///
/// # Errors
/// As [`compile`].
pub fn codegen<'a>(
    module: &Mod<'a>,
    filename: &[u8],
    options: &CompileOptions,
    host: &mut dyn Host,
    arena: &'a Arena,
    interner: &mut Interner<'a>,
) -> Result<InstructionSequence, Box<SyntaxError>> {
    let prepared = prepare(module, options, host, arena, interner)?;
    let module = prepared.module;
    compiler(prepared, filename, options, host, interner).module_sequence(&module)
}

fn compiler<'c, 'a>(
    prepared: Prepared<'a>,
    filename: &[u8],
    options: &CompileOptions,
    host: &'c mut dyn Host,
    interner: &'c mut Interner<'a>,
) -> Compiler<'c, 'a> {
    let Prepared { features, table, names, .. } = prepared;
    Compiler::new(Start {
        interner,
        host,
        table,
        names,
        features,
        optimize: options.optimize,
        filename: Const::new(ConstValue::Str(filename.into())),
        stack: options.stack,
    })
}

/// The symbol table of a tree as it was written (the module `symtable`).
///
/// # Errors
/// As [`compile`].
pub fn symbol_table<'a>(
    module: &Mod<'a>,
    options: &CompileOptions,
    host: &mut dyn Host,
    interner: &mut Interner<'a>,
) -> Result<SymbolTable, Box<SyntaxError>> {
    let names = Names::new(interner);
    let mut future = future::from_ast(module, interner, host)?;
    future.features |= options.flags;
    SymbolTable::build(module, future, names, options.stack, host, interner)
}

/// The tree as the compiler sees it (`ast.parse(…, optimize=…)`), or, with `syntax_check_only`,
/// just the warnings that come with it.
///
/// # Errors
/// As [`compile`].
pub fn preprocess<'a>(
    module: &Mod<'a>,
    options: &CompileOptions,
    syntax_check_only: bool,
    host: &mut dyn Host,
    arena: &'a Arena,
    interner: &mut Interner<'a>,
) -> Result<Mod<'a>, Box<SyntaxError>> {
    let names = Names::new(interner);
    let features = future::from_ast(module, interner, host)?.features | options.flags;
    let mut pass = Preprocessor::new(arena, host, names, options.optimize, features, options.stack);
    pass.syntax_check_only = syntax_check_only;
    pass.warns = false;
    pass.module(module)
}
