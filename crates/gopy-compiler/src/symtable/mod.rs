//! The symbol table: which scope each name of each block belongs to.
//!
//! Answers to `Python/symtable.c`. [`SymbolTable::build`] collects facts ([`build`](self::build)),
//! then decides ([`analyze`](self::analyze)). Usable without the rest of the compiler.
//!
//! Keeps true: symbols of a block stay in the order in which they were first seen; flags hold
//! facts below [`SCOPE_OFFSET`] and the decided [`Scope`] above it.

mod analyze;
mod build;

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasherDefault, Hasher};

use gopy_syntax::ast::{Constant, Expr, ExprKind, Interner, Range, Stmt, StmtKind, Symbol, Wtf8};

/// Declared `global`.
pub const DEF_GLOBAL: u32 = 1;
/// Assigned.
pub const DEF_LOCAL: u32 = 2;
/// A parameter.
pub const DEF_PARAM: u32 = 4;
/// Declared `nonlocal`.
pub const DEF_NONLOCAL: u32 = 8;
/// Used.
pub const USE: u32 = 16;
/// Free in a method while the class binds the name as well.
pub const DEF_FREE_CLASS: u32 = 64;
/// Bound by an import.
pub const DEF_IMPORT: u32 = 128;
/// Annotated.
pub const DEF_ANNOT: u32 = 256;
/// Iteration variable of a comprehension.
pub const DEF_COMP_ITER: u32 = 512;
/// A type parameter.
pub const DEF_TYPE_PARAM: u32 = 1024;
/// A cell of an inlined comprehension.
pub const DEF_COMP_CELL: u32 = 2048;
/// Bound in the block in some way.
pub const DEF_BOUND: u32 = DEF_LOCAL | DEF_PARAM | DEF_IMPORT | DEF_TYPE_PARAM;
/// Where the scope starts in the flags.
pub const SCOPE_OFFSET: u32 = 12;

/// What kind of variable a name is in a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// The table knows nothing.
    Unknown = 0,
    /// A local.
    Local = 1,
    /// A global by declaration.
    GlobalExplicit = 2,
    /// A global, or a built-in.
    GlobalImplicit = 3,
    /// A variable of an outer function.
    Free = 4,
    /// A local that inner functions use.
    Cell = 5,
}

impl Scope {
    /// The scope in a symbol's flags.
    #[must_use]
    pub const fn of(flags: u32) -> Self {
        match flags >> SCOPE_OFFSET & 7 {
            1 => Self::Local,
            2 => Self::GlobalExplicit,
            3 => Self::GlobalImplicit,
            4 => Self::Free,
            5 => Self::Cell,
            _ => Self::Unknown,
        }
    }
}

/// What a block of code is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BlockKind {
    /// A function, lambda or comprehension.
    Function,
    /// A class.
    Class,
    /// The module.
    Module,
    /// Annotations, which are evaluated lazily.
    Annotation,
    /// Value of a type alias.
    TypeAlias,
    /// Type parameters.
    TypeParameters,
    /// Bound or default of a type parameter.
    TypeVariable,
}

/// What comprehension a function block is, if any.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ComprehensionKind {
    /// `[… for …]`
    List,
    /// `{k: v for …}`
    Dict,
    /// `{… for …}`
    Set,
    /// `(… for …)`
    Generator,
}

/// Index of an [`Entry`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct EntryId(pub u32);

/// How code generation finds the block of a node: by the node's address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum ScopeKey {
    Module,
    Stmt(usize),
    Expr(usize),
    /// Annotations of the function statement there.
    Signature(usize),
    TypeParams(usize),
    Bound(usize),
    Default(usize),
    /// Annotations in the block.
    Deferred(EntryId),
}

impl ScopeKey {
    pub(crate) fn stmt(stmt: &Stmt<'_>) -> Self {
        Self::Stmt(std::ptr::from_ref(stmt).addr())
    }

    pub(crate) fn signature(stmt: &Stmt<'_>) -> Self {
        Self::Signature(std::ptr::from_ref(stmt).addr())
    }

    pub(crate) fn expr(expr: &Expr<'_>) -> Self {
        Self::Expr(std::ptr::from_ref(expr).addr())
    }

    pub(crate) fn type_params<T>(list: &[T]) -> Self {
        Self::TypeParams(list.as_ptr().addr())
    }
}

/// A hasher for symbols, which are small dense numbers.
#[derive(Clone, Copy, Default)]
pub struct SymbolHasher(u64);

impl Hasher for SymbolHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u32(u32::from(*byte));
        }
    }

    fn write_u32(&mut self, value: u32) {
        self.0 = (self.0 ^ u64::from(value)).wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(26);
    }
}

/// A set of names.
pub(crate) type SymbolSet = HashSet<Symbol, BuildHasherDefault<SymbolHasher>>;
/// A map from names.
pub(crate) type SymbolMap<T> = HashMap<Symbol, T, BuildHasherDefault<SymbolHasher>>;

/// Names with their flags, in order of insertion.
#[derive(Clone, Debug, Default)]
pub struct Symbols {
    order: Vec<(Symbol, u32)>,
    index: SymbolMap<usize>,
}

impl Symbols {
    /// Flags of a name; 0 when it is not there.
    #[must_use]
    pub fn get(&self, name: Symbol) -> u32 {
        self.index.get(&name).map_or(0, |&at| self.order[at].1)
    }

    /// Whether the name is there.
    #[must_use]
    pub fn contains(&self, name: Symbol) -> bool {
        self.index.contains_key(&name)
    }

    /// All names with flags.
    #[must_use]
    pub fn as_slice(&self) -> &[(Symbol, u32)] {
        &self.order
    }

    pub(crate) fn set(&mut self, name: Symbol, flags: u32) {
        if let Some(&at) = self.index.get(&name) {
            self.order[at].1 = flags;
        } else {
            self.index.insert(name, self.order.len());
            self.order.push((name, flags));
        }
    }

    fn remove(&mut self, name: Symbol) {
        if let Some(at) = self.index.remove(&name) {
            self.order.remove(at);
            for place in self.index.values_mut() {
                *place -= usize::from(*place > at);
            }
        }
    }
}

/// One block of the table.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Name of the function, class …
    pub name: Symbol,
    /// What it is.
    pub kind: BlockKind,
    /// Names, mangled.
    pub symbols: Symbols,
    /// Parameters in order.
    pub varnames: Vec<Symbol>,
    /// Blocks inside.
    pub children: Vec<EntryId>,
    /// Where `global` and `nonlocal` name what.
    pub(crate) directives: Vec<(Symbol, Range)>,
    /// In blocks around generic classes: the names that are mangled.
    pub(crate) mangled_names: Option<std::rc::Rc<std::cell::RefCell<SymbolSet>>>,
    /// What the expression of a type variable is, for messages.
    pub(crate) scope_info: &'static str,
    /// Where it stands.
    pub range: Range,
    /// Inside of a function.
    pub nested: bool,
    /// Contains `yield`.
    pub generator: bool,
    /// Contains `await` or is declared `async`.
    pub coroutine: bool,
    /// Of which kind, if it is a comprehension.
    pub comprehension: Option<ComprehensionKind>,
    /// Has `*args`.
    pub varargs: bool,
    /// Has `**kwargs`.
    pub varkeywords: bool,
    /// Returns something.
    pub returns_value: bool,
    /// A method uses `__class__`.
    pub needs_class_closure: bool,
    /// Something inside looks names up in the class.
    pub needs_classdict: bool,
    /// The comprehension is part of the function around it.
    pub comp_inlined: bool,
    pub(crate) comp_iter_target: bool,
    pub(crate) comp_iter_expr: u32,
    /// Names of the class around it are visible.
    pub can_see_class_scope: bool,
    /// Directly in a class.
    pub method: bool,
    /// Begins with a docstring.
    pub has_docstring: bool,
    /// Has annotations.
    pub annotations_used: bool,
    /// Has annotations that may or may not be executed.
    pub has_conditional_annotations: bool,
    pub(crate) in_conditional_block: bool,
    pub(crate) in_unevaluated_annotation: bool,
    /// Block of its annotations.
    pub annotation_block: Option<EntryId>,
}

impl Entry {
    /// Its names live as those of a function do.
    #[must_use]
    pub const fn is_function_like(&self) -> bool {
        !matches!(self.kind, BlockKind::Class | BlockKind::Module)
    }

    /// The decided scope of a name.
    #[must_use]
    pub fn scope(&self, name: Symbol) -> Scope {
        Scope::of(self.symbols.get(name))
    }
}

/// All blocks of a module.
#[derive(Clone, Debug)]
pub struct SymbolTable {
    entries: Vec<Entry>,
    blocks: HashMap<ScopeKey, EntryId>,
}

impl SymbolTable {
    /// The module's block.
    pub const TOP: EntryId = EntryId(0);

    /// A block.
    #[must_use]
    pub fn entry(&self, id: EntryId) -> &Entry {
        &self.entries[id.0 as usize]
    }

    pub(crate) fn entry_mut(&mut self, id: EntryId) -> &mut Entry {
        &mut self.entries[id.0 as usize]
    }

    pub(crate) fn lookup(&self, key: ScopeKey) -> Option<EntryId> {
        self.blocks.get(&key).copied()
    }
}

/// The docstring of a body.
pub(crate) fn docstring<'a>(body: &[Stmt<'a>]) -> Option<&'a Wtf8> {
    let StmtKind::Expr { value } = body.first()?.kind else { return None };
    match value.kind {
        ExprKind::Constant { value: Constant::Str(text), .. } => Some(text),
        _ => None,
    }
}

/// `_class__name` for `__name` in a class, unless it ends in `__` or has a dot.
pub fn mangle(interner: &mut Interner<'_>, private: Option<Symbol>, name: Symbol) -> Symbol {
    let Some(private) = private else { return name };
    let text = interner.name(name);
    if !text.starts_with(b"__") || text.ends_with(b"__") || text.contains(&b'.') {
        return name;
    }
    let class = interner.name(private);
    let Some(start) = class.iter().position(|byte| *byte != b'_') else { return name };
    let mangled = [b"_", &class[start..], text].concat();
    interner.intern(&mangled)
}
