//! Code generation: instructions with labels for every scope of the tree.
//!
//! Answers to `Python/codegen.c` and, for the state of scopes, to `Python/compile.c`. Subjects
//! have a file each; this one holds the state and how instructions are written.
//!
//! Keeps true: instructions, their order and their locations are CPython's, since the optimiser
//! behind it works on exactly these.

mod annotations;
mod calls;
mod classes;
mod comprehensions;
mod expressions;
mod functions;
mod names;
mod patterns;
mod statements;
mod try_statements;
mod warnings;
mod with_statements;

use std::collections::HashMap;

use gopy_bytecode::Opcode;
use gopy_bytecode::operators::{Compare, Intrinsic1, Intrinsic2, resume};
use gopy_numeric::int::BigInt;
use gopy_syntax::ast::*;
use gopy_syntax::{Host, SyntaxError, SyntaxErrorKind};

use crate::code_unit::{CodeUnit, Const, ConstCache, ConstValue, UnitMetadata};
use crate::common::{Names, Result, StackBounds, error_at, location, warn_at};
use crate::flags::*;
use crate::flowgraph::FlowError;
use crate::instruction_sequence::{InstructionSequence, Label, Location};
use crate::symtable::{
    DEF_COMP_CELL, DEF_FREE_CLASS, Entry, EntryId, Scope, ScopeKey, SymbolMap, SymbolSet,
    SymbolTable, mangle,
};

/// From this many values on, something is built step by step, to keep the stack small.
const STACK_USE_GUIDELINE: usize = 30;
/// How deep blocks may be nested in a scope.
const BLOCKS_MAX: usize = 21;

/// What a scope is compiled from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ScopeType {
    Module,
    Class,
    Function,
    AsyncFunction,
    Lambda,
    Comprehension,
    Annotations,
}

/// A block that a `return`, `break` or `continue` has to leave in good order.
#[derive(Clone, Copy, Debug)]
enum BlockType<'a> {
    WhileLoop,
    ForLoop,
    TryExcept,
    /// With the statements of `finally`.
    FinallyTry(&'a [Stmt<'a>]),
    FinallyEnd,
    With,
    AsyncWith,
    /// With the name that `except` binds.
    HandlerCleanup(Option<Symbol>),
    /// A block with a handler, without a name: CPython keeps the two apart by the name alone.
    PopValue,
    ExceptionHandler,
    ExceptionGroupHandler,
    AsyncComprehensionGenerator,
    StopIteration,
}

#[derive(Clone, Copy, Debug)]
struct Block<'a> {
    kind: BlockType<'a>,
    location: Location,
    /// Where `continue` goes.
    start: Option<Label>,
    /// Where `break` goes.
    exit: Option<Label>,
}

/// Parameters of a scope.
#[derive(Clone, Copy, Default)]
struct Signature {
    argcount: usize,
    posonlyargcount: usize,
    kwonlyargcount: usize,
}

/// Keys in order of insertion, with their index.
struct Ordered<T> {
    items: Vec<T>,
    index: HashMap<T, usize>,
}

impl<T> Default for Ordered<T> {
    fn default() -> Self {
        Self { items: Vec::new(), index: HashMap::new() }
    }
}

impl<T: Clone + Eq + std::hash::Hash> Ordered<T> {
    fn add(&mut self, item: T) -> usize {
        if let Some(&index) = self.index.get(&item) {
            return index;
        }
        let index = self.items.len();
        self.items.push(item.clone());
        self.index.insert(item, index);
        index
    }

    fn get(&self, item: &T) -> Option<usize> {
        self.index.get(item).copied()
    }
}

/// State of the scope that is being compiled.
struct Unit<'a> {
    entry: EntryId,
    scope_type: ScopeType,
    private: Option<Symbol>,
    /// Of a class: attributes set through `self`.
    static_attributes: SymbolSet,
    /// Annotated assignments, and the index of those that are conditional.
    deferred_annotations: Vec<(&'a Stmt<'a>, Option<u32>)>,
    next_conditional_annotation: u32,
    sequence: InstructionSequence,
    stashed_sequence: Option<InstructionSequence>,
    blocks: Vec<Block<'a>>,
    inlined_comprehensions: u32,
    conditional_blocks: u32,
    name: Symbol,
    qualname: Symbol,
    signature: Signature,
    firstlineno: i32,
    consts: Ordered<Const>,
    names: Ordered<Symbol>,
    varnames: Ordered<Symbol>,
    cellvars: Ordered<Symbol>,
    /// Indices count from the number of cells at the time of entry.
    freevars: Ordered<Symbol>,
    freevars_start: usize,
    /// Names that are fast locals in inlined comprehensions of classes and modules; whether now.
    fast_hidden: SymbolMap<bool>,
    fast_hidden_order: Vec<Symbol>,
}

pub(crate) struct Compiler<'c, 'a> {
    pub(crate) interner: &'c mut Interner<'a>,
    pub(crate) host: &'c mut dyn Host,
    pub(crate) table: SymbolTable,
    pub(crate) names: Names,
    pub(crate) features: u32,
    pub(crate) optimize: u8,
    pub(crate) interactive: bool,
    pub(crate) filename: Const,
    pub(crate) stack: StackBounds,
    /// Keep the sequences of nested scopes.
    pub(crate) save_nested: bool,
    /// How many `finally` are open whose code is written a second time, without warnings.
    pub(crate) warnings_off: u32,
    pub(crate) cache: ConstCache,
    units: Vec<Unit<'a>>,
    symbol_consts: SymbolMap<Const>,
}

/// The options and tables that a compilation starts from.
pub(crate) struct Start<'c, 'a> {
    pub(crate) interner: &'c mut Interner<'a>,
    pub(crate) host: &'c mut dyn Host,
    pub(crate) table: SymbolTable,
    pub(crate) names: Names,
    pub(crate) features: u32,
    pub(crate) optimize: u8,
    pub(crate) filename: Const,
    pub(crate) stack: StackBounds,
}

impl<'c, 'a> Compiler<'c, 'a> {
    pub(crate) fn new(start: Start<'c, 'a>) -> Self {
        let Start { interner, host, table, names, features, optimize, filename, stack } = start;
        Self {
            interner,
            host,
            table,
            names,
            features,
            optimize,
            interactive: false,
            filename,
            stack,
            save_nested: false,
            warnings_off: 0,
            cache: ConstCache::new(),
            units: Vec::new(),
            symbol_consts: SymbolMap::default(),
        }
    }

    /// Compiles the module to code.
    pub(crate) fn module_code(&mut self, module: &Mod<'a>) -> Result<CodeUnit> {
        self.module_instructions(module)?;
        self.optimize_and_assemble(!matches!(module, Mod::Expression { .. }))
    }

    /// The module's instructions as code generation leaves them.
    pub(crate) fn module_sequence(&mut self, module: &Mod<'a>) -> Result<InstructionSequence> {
        self.save_nested = true;
        self.module_instructions(module)?;
        self.return_at_end(!matches!(module, Mod::Expression { .. }));
        let mut sequence = std::mem::take(&mut self.unit().sequence);
        sequence.apply_labels();
        Ok(sequence)
    }

    fn module_instructions(&mut self, module: &Mod<'a>) -> Result {
        let name = self.names.anon_module;
        let signature = Signature::default();
        self.enter_scope(name, ScopeType::Module, ScopeKey::Module, 1, None, signature)?;
        match *module {
            Mod::Module { body, .. } => self.module_body(body, false),
            Mod::Interactive { body } => {
                self.interactive = true;
                self.module_body(body, true)
            }
            Mod::Expression { body } => self.expr(body),
            Mod::FunctionType { .. } => Err(SyntaxError::bare(
                SyntaxErrorKind::System,
                "module kind 4 should not be possible",
            )),
        }
    }

    fn module_body(&mut self, body: &'a [Stmt<'a>], interactive: bool) -> Result {
        let place = body.first().map_or(Location::new(1, 1, 0, 0), |stmt| location(stmt.range));
        if self.entry().has_conditional_annotations {
            self.op_arg(place, Opcode::BUILD_SET, 0);
            let marks = self.names.conditional_annotations;
            let name = self.unit().names.add_symbol(marks);
            self.op_arg(place, Opcode::STORE_NAME, name);
        }
        self.body(place, body, interactive)
    }

    // State.

    fn unit(&mut self) -> &mut Unit<'a> {
        self.units.last_mut().expect("a scope is open")
    }

    fn unit_ref(&self) -> &Unit<'a> {
        self.units.last().expect("a scope is open")
    }

    fn entry(&self) -> &Entry {
        self.table.entry(self.unit_ref().entry)
    }

    fn scope_type(&self) -> ScopeType {
        self.unit_ref().scope_type
    }

    fn future_annotations(&self) -> bool {
        self.features & CO_FUTURE_ANNOTATIONS != 0
    }

    #[cold]
    fn error(&mut self, place: Location, message: impl Into<String>) -> Box<SyntaxError> {
        error_at(self.host, place, message)
    }

    fn warn(&mut self, place: Location, message: &str) -> Result {
        if self.warnings_off > 0 {
            return Ok(());
        }
        warn_at(self.host, place, message)
    }

    fn entry_of(&self, key: ScopeKey) -> Result<EntryId> {
        self.table
            .lookup(key)
            .ok_or_else(|| SyntaxError::bare(SyntaxErrorKind::System, "unknown symbol table entry"))
    }

    /// Opens a scope and writes its RESUME.
    fn enter_scope(
        &mut self,
        name: Symbol,
        scope_type: ScopeType,
        key: ScopeKey,
        lineno: i32,
        private: Option<Symbol>,
        signature: Signature,
    ) -> Result {
        let id = self.entry_of(key)?;
        let entry = self.table.entry(id);
        let names = self.names;
        let mut varnames = Ordered::default();
        for name in &entry.varnames {
            varnames.add(*name);
        }
        let mut cellvars = self.names_by(entry, Scope::Cell, DEF_COMP_CELL);
        if entry.needs_class_closure {
            cellvars.add(names.class);
        }
        if entry.needs_classdict {
            cellvars.add(names.classdict);
        }
        if entry.has_conditional_annotations {
            cellvars.add(names.conditional_annotations);
        }
        let freevars = self.names_by(entry, Scope::Free, DEF_FREE_CLASS);
        let private = private.or_else(|| self.units.last().and_then(|unit| unit.private));
        let unit = Unit {
            entry: id,
            scope_type,
            private,
            static_attributes: SymbolSet::default(),
            deferred_annotations: Vec::new(),
            next_conditional_annotation: 0,
            sequence: InstructionSequence::new(),
            stashed_sequence: None,
            blocks: Vec::new(),
            inlined_comprehensions: 0,
            conditional_blocks: 0,
            name,
            qualname: name,
            signature,
            firstlineno: lineno,
            consts: Ordered::default(),
            names: Ordered::default(),
            varnames,
            freevars_start: cellvars.items.len(),
            cellvars,
            freevars,
            fast_hidden: SymbolMap::default(),
            fast_hidden_order: Vec::new(),
        };
        self.units.push(unit);
        let module = scope_type == ScopeType::Module;
        if !module {
            self.set_qualname();
        }
        let place = Location::new(if module { 0 } else { lineno }, lineno, 0, 0);
        self.op_arg(place, Opcode::RESUME, resume::AT_FUNC_START);
        if module {
            self.op(place, Opcode::ANNOTATIONS_PLACEHOLDER);
        }
        Ok(())
    }

    /// Names of a scope or with a flag, sorted as Python sorts strings.
    fn names_by(&self, entry: &Entry, scope: Scope, flag: u32) -> Ordered<Symbol> {
        let symbols = entry.symbols.as_slice().iter();
        let mut found: Vec<Symbol> = symbols
            .filter(|(_, flags)| Scope::of(*flags) == scope || flags & flag != 0)
            .map(|(name, _)| *name)
            .collect();
        found.sort_by(|a, b| self.interner.name(*a).cmp(self.interner.name(*b)));
        let mut ordered = Ordered::default();
        for name in found {
            ordered.add(name);
        }
        ordered
    }

    fn exit_scope(&mut self) {
        let unit = self.units.pop();
        if self.save_nested
            && let (Some(unit), Some(outer)) = (unit, self.units.last_mut())
        {
            outer.sequence.add_nested(unit.sequence);
        }
    }

    fn set_qualname(&mut self) {
        let depth = self.units.len() - 1;
        let Unit { scope_type, name, .. } = self.units[depth];
        if depth <= 1 {
            return;
        }
        let mut parent = depth - 1;
        if self.units[parent].scope_type == ScopeType::Annotations {
            if depth == 2 {
                return;
            }
            parent -= 1;
        }
        if self.qualname_is_global(scope_type, name, parent) {
            return;
        }
        let around = &self.units[parent];
        let mut text = self.interner.name(around.qualname).to_vec();
        if let ScopeType::Function | ScopeType::AsyncFunction | ScopeType::Lambda =
            around.scope_type
        {
            text.extend_from_slice(b".<locals>");
        }
        text.push(b'.');
        text.extend_from_slice(self.interner.name(name));
        let qualname = self.interner.intern(&text);
        self.unit().qualname = qualname;
    }

    /// Whether a function or class is declared global in the scope around it.
    fn qualname_is_global(&mut self, scope_type: ScopeType, name: Symbol, parent: usize) -> bool {
        let named =
            matches!(scope_type, ScopeType::Function | ScopeType::AsyncFunction | ScopeType::Class);
        if !named {
            return false;
        }
        let around = &self.units[parent];
        let (entry, private) = (around.entry, around.private);
        let mangled = mangle(self.interner, private, name);
        self.table.entry(entry).scope(mangled) == Scope::GlobalExplicit
    }

    /// Finishes the current scope: its code.
    fn optimize_and_assemble(&mut self, add_none: bool) -> Result<CodeUnit> {
        self.return_at_end(add_none);
        let flags = self.code_flags();
        let unit = self.units.last_mut().expect("a scope is open");
        let sequence = if self.save_nested {
            unit.sequence.clone()
        } else {
            std::mem::take(&mut unit.sequence)
        };
        let consts = std::mem::take(&mut unit.consts).items;
        let nparams = self.table.entry(unit.entry).varnames.len();
        let mut of = |list: &[Symbol]| -> Vec<Const> {
            list.iter()
                .map(|name| symbol_const(&mut self.symbol_consts, self.interner, *name))
                .collect()
        };
        let unit = &*unit;
        let metadata = UnitMetadata {
            name: of(&[unit.name]).remove(0),
            qualname: of(&[unit.qualname]).remove(0),
            names: of(&unit.names.items),
            varnames: of(&unit.varnames.items),
            cellvars: of(&unit.cellvars.items),
            freevars: of(&unit.freevars.items),
            fast_hidden: of(&unit.fast_hidden_order),
            argcount: unit.signature.argcount as u32,
            posonlyargcount: unit.signature.posonlyargcount as u32,
            kwonlyargcount: unit.signature.kwonlyargcount as u32,
            firstlineno: unit.firstlineno,
        };
        let filename = self.filename.clone();
        crate::assemble::optimize_and_assemble(
            sequence,
            &metadata,
            consts,
            nparams,
            flags,
            &filename,
            &mut self.cache,
        )
        .map_err(flow_error)
    }

    fn code_flags(&self) -> u32 {
        let entry = self.entry();
        let mut flags = self.features & PYCF_MASK;
        let mut set = |condition: bool, flag: u32| flags |= if condition { flag } else { 0 };
        if entry.is_function_like() {
            set(true, CO_NEWLOCALS | CO_OPTIMIZED);
            set(entry.nested, CO_NESTED);
            set(entry.generator && !entry.coroutine, CO_GENERATOR);
            set(entry.generator && entry.coroutine, CO_ASYNC_GENERATOR);
            set(entry.varargs, CO_VARARGS);
            set(entry.varkeywords, CO_VARKEYWORDS);
            set(entry.has_docstring, CO_HAS_DOCSTRING);
            set(entry.method, CO_METHOD);
        }
        set(entry.coroutine && !entry.generator, CO_COROUTINE);
        flags
    }

    // Instructions.

    fn op(&mut self, place: Location, opcode: Opcode) {
        self.unit().sequence.addop(opcode, 0, place);
    }

    fn op_arg(&mut self, place: Location, opcode: Opcode, arg: u32) {
        self.unit().sequence.addop(opcode, arg, place);
    }

    /// An instruction whose argument counts something.
    fn op_count(&mut self, place: Location, opcode: Opcode, count: usize) {
        self.op_arg(place, opcode, count as u32);
    }

    fn jump(&mut self, place: Location, opcode: Opcode, target: Label) {
        self.op_arg(place, opcode, target.0);
    }

    fn label(&mut self) -> Label {
        self.unit().sequence.new_label()
    }

    fn here(&mut self, label: Label) {
        self.unit().sequence.use_label(label);
    }

    fn intrinsic1(&mut self, place: Location, intrinsic: Intrinsic1) {
        self.op_arg(place, Opcode::CALL_INTRINSIC_1, intrinsic.number());
    }

    fn intrinsic2(&mut self, place: Location, intrinsic: Intrinsic2) {
        self.op_arg(place, Opcode::CALL_INTRINSIC_2, intrinsic.number());
    }

    fn add_const(&mut self, constant: Const) -> u32 {
        let constant = self.cache.merge_recursive(constant);
        self.unit().consts.add(constant) as u32
    }

    fn load(&mut self, place: Location, constant: Const) {
        let index = self.add_const(constant);
        self.op_arg(place, Opcode::LOAD_CONST, index);
    }

    fn load_none(&mut self, place: Location) {
        self.load(place, Const::new(ConstValue::None));
    }

    fn load_int(&mut self, place: Location, value: i64) {
        self.load(place, Const::new(ConstValue::Int(value)));
    }

    fn load_symbol(&mut self, place: Location, name: Symbol) {
        let constant = self.symbol_const(name);
        self.load(place, constant);
    }

    fn symbol_const(&mut self, name: Symbol) -> Const {
        symbol_const(&mut self.symbol_consts, self.interner, name)
    }

    fn tuple_of_symbols(&mut self, names: impl Iterator<Item = Symbol>) -> Const {
        let items: Box<[Const]> = names.map(|name| self.symbol_const(name)).collect();
        Const::new(ConstValue::Tuple(items))
    }

    fn mangle(&mut self, name: Symbol) -> Symbol {
        let unit = self.unit_ref();
        let private = unit.private;
        if let Some(names) = &self.table.entry(unit.entry).mangled_names
            && !names.borrow().contains(&name)
        {
            return name;
        }
        mangle(self.interner, private, name)
    }

    /// Index of a mangled name among the names of globals and attributes.
    fn name_index(&mut self, name: Symbol) -> u32 {
        let name = self.mangle(name);
        self.unit().names.add_symbol(name)
    }

    fn op_name(&mut self, place: Location, opcode: Opcode, name: Symbol) {
        let index = self.name_index(name);
        self.op_arg(place, opcode, index);
    }

    fn op_varname(&mut self, place: Location, opcode: Opcode, name: Symbol) {
        let name = self.mangle(name);
        let index = self.unit().varnames.add_symbol(name);
        self.op_arg(place, opcode, index);
    }

    fn op_cell(&mut self, place: Location, opcode: Opcode, name: Symbol) {
        let name = self.mangle(name);
        let index = self.unit().cellvars.add_symbol(name);
        self.op_arg(place, opcode, index);
    }

    fn op_free(&mut self, place: Location, opcode: Opcode, name: Symbol) {
        let name = self.mangle(name);
        let index = self.unit().free_index(name);
        self.op_arg(place, opcode, index);
    }

    fn compare(&mut self, place: Location, op: CmpOp) {
        let compare = match op {
            CmpOp::Eq => Compare::Eq,
            CmpOp::NotEq => Compare::Ne,
            CmpOp::Lt => Compare::Lt,
            CmpOp::LtE => Compare::Le,
            CmpOp::Gt => Compare::Gt,
            CmpOp::GtE => Compare::Ge,
            CmpOp::Is => return self.op_arg(place, Opcode::IS_OP, 0),
            CmpOp::IsNot => return self.op_arg(place, Opcode::IS_OP, 1),
            CmpOp::In => return self.op_arg(place, Opcode::CONTAINS_OP, 0),
            CmpOp::NotIn => return self.op_arg(place, Opcode::CONTAINS_OP, 1),
        };
        self.op_arg(place, Opcode::COMPARE_OP, compare.number() << 5 | compare_mask(compare));
    }

    fn return_at_end(&mut self, add_none: bool) {
        if add_none {
            self.load_none(Location::NONE);
        }
        self.op(Location::NONE, Opcode::RETURN_VALUE);
    }

    // Blocks.

    fn push_block(
        &mut self,
        place: Location,
        kind: BlockType<'a>,
        start: Option<Label>,
        exit: Option<Label>,
    ) -> Result {
        if self.unit().blocks.len() >= BLOCKS_MAX {
            return Err(self.error(place, "too many statically nested blocks"));
        }
        self.unit().blocks.push(Block { kind, location: place, start, exit });
        Ok(())
    }

    fn pop_block(&mut self) {
        self.unit().blocks.pop();
    }
}

impl Ordered<Symbol> {
    fn add_symbol(&mut self, name: Symbol) -> u32 {
        self.add(name) as u32
    }
}

impl Unit<'_> {
    fn free_index(&mut self, name: Symbol) -> u32 {
        (self.freevars.add(name) + self.freevars_start) as u32
    }
}

fn symbol_const(known: &mut SymbolMap<Const>, interner: &Interner<'_>, name: Symbol) -> Const {
    known
        .entry(name)
        .or_insert_with(|| Const::new(ConstValue::Str(interner.name(name).into())))
        .clone()
}

/// Results of a comparison that make the operator true: unordered, less, greater, equal from the
/// lowest bit.
const fn compare_mask(compare: Compare) -> u32 {
    const UNORDERED: u32 = 1;
    const LESS: u32 = 2;
    const GREATER: u32 = 4;
    const EQUAL: u32 = 8;
    match compare {
        Compare::Lt => LESS,
        Compare::Le => LESS | EQUAL,
        Compare::Eq => EQUAL,
        Compare::Ne => UNORDERED | LESS | GREATER,
        Compare::Gt => GREATER,
        Compare::Ge => GREATER | EQUAL,
    }
}

fn flow_error(error: FlowError) -> Box<SyntaxError> {
    let kind = match error {
        FlowError::System(_) => SyntaxErrorKind::System,
        FlowError::Value(_) => SyntaxErrorKind::Value,
        FlowError::Overflow(_) => SyntaxErrorKind::Overflow,
    };
    SyntaxError::bare(kind, error.to_string())
}

/// A literal as a constant.
fn constant(value: Constant<'_>) -> Const {
    let all = |items: &[Constant<'_>]| items.iter().map(|item| constant(*item)).collect();
    Const::new(match value {
        Constant::None => ConstValue::None,
        Constant::True => ConstValue::Bool(true),
        Constant::False => ConstValue::Bool(false),
        Constant::Ellipsis => ConstValue::Ellipsis,
        Constant::Int(value) => ConstValue::Int(value),
        Constant::BigInt(value) => {
            ConstValue::BigInt(Box::new(BigInt::from_slice(value.negative, value.digits)))
        }
        Constant::Float(value) => ConstValue::Float(value),
        Constant::Complex { real, imag } => ConstValue::Complex { real, imag },
        Constant::Str(text) => ConstValue::Str(text.into()),
        Constant::Bytes(bytes) => ConstValue::Bytes(bytes.into()),
        Constant::Tuple(items) => ConstValue::Tuple(all(items)),
        Constant::FrozenSet(items) => ConstValue::FrozenSet(all(items)),
    })
}
