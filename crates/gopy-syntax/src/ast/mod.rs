//! The abstract syntax tree: nodes, the arena they live in, names, constants, reflection data.
//!
//! Answers to `Python/Python-ast.c`, `Python/pyarena.c`. The nodes are generated from `ast.in`.
//!
//! Keeps true: every node is `Copy` and owns nothing, so dropping the arena frees a whole tree
//! without walking it.

mod arena;
mod generated;
mod symbol;

pub use arena::Arena;
pub use generated::*;
pub use symbol::{Interner, Symbol};

/// Text that may hold lone surrogates, encoded as in UTF-8 with three bytes each.
///
/// A Python `str` from an escape or from an AST object may hold them; text from a source file
/// never does and is plain UTF-8.
pub type Wtf8 = [u8];

/// Where a node or token stands: lines from 1, columns in bytes of the line's UTF-8 from 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Range {
    /// First line.
    pub lineno: u32,
    /// Byte column of the first character.
    pub col_offset: u32,
    /// Last line.
    pub end_lineno: u32,
    /// Byte column after the last character.
    pub end_col_offset: u32,
}

impl Range {
    /// From the start of `self` to the end of `last`.
    pub const fn to(self, last: Range) -> Range {
        Range {
            lineno: self.lineno,
            col_offset: self.col_offset,
            end_lineno: last.end_lineno,
            end_col_offset: last.end_col_offset,
        }
    }
}

/// The value of a literal.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Constant<'a> {
    /// `None`.
    None,
    /// `True`.
    True,
    /// `False`.
    False,
    /// `...`.
    Ellipsis,
    /// An int that fits; every such int has this form.
    Int(i64),
    /// An int that does not fit an `i64`.
    BigInt(BigInt<'a>),
    /// A float.
    Float(f64),
    /// A complex number; a literal has a real part of zero.
    Complex {
        /// Real part.
        real: f64,
        /// Imaginary part.
        imag: f64,
    },
    /// A `str`.
    Str(&'a Wtf8),
    /// A `bytes`.
    Bytes(&'a [u8]),
    /// A `tuple`: only folding and AST objects make one.
    Tuple(&'a [Constant<'a>]),
    /// A `frozenset`, in the order its items were given: only folding and AST objects make one.
    FrozenSet(&'a [Constant<'a>]),
}

/// Sign and magnitude of an int too large for an `i64`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct BigInt<'a> {
    /// Below zero; a literal never is.
    pub negative: bool,
    /// Digits of 30 bits, least significant first; the last is not zero.
    pub digits: &'a [u32],
}

/// A Python class of `_ast`.
#[derive(Clone, Copy, Debug)]
pub struct NodeClass {
    /// Its name.
    pub name: &'static str,
    /// The sum it is a constructor of; `AST` itself if `None`.
    pub base: Option<&'static str>,
    /// `_fields`, in order.
    pub fields: &'static [Field],
    /// `_attributes`, in order.
    pub attributes: &'static [Attribute],
    /// Of a sum: its constructors. Empty for a class that has instances.
    pub constructors: &'static [&'static str],
}

/// A field of a node class.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field {
    /// Its Python name.
    pub name: &'static str,
    /// What a single value is.
    pub ty: FieldType,
    /// How many values there are.
    pub arity: Arity,
}

/// What a field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldType {
    /// A `str` that is a name.
    Identifier,
    /// An `int`.
    Int,
    /// A `str`.
    String,
    /// Any constant.
    Constant,
    /// An instance of the named sum or record.
    Node(&'static str),
}

/// How many values a field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arity {
    /// Exactly one.
    One,
    /// One or `None`: `?`.
    Optional,
    /// A list: `*`.
    Many,
    /// A list of which an item may be `None`: `?*`.
    OptionalMany,
}

/// A position attribute, always an int.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attribute {
    /// Its Python name.
    pub name: &'static str,
    /// It may be `None` or missing.
    pub optional: bool,
}

impl Attribute {
    /// A class without position.
    pub const NONE: &'static [Attribute] = &[];
    /// Start required, end optional.
    pub const OPEN: &'static [Attribute] = &[
        Attribute { name: "lineno", optional: false },
        Attribute { name: "col_offset", optional: false },
        Attribute { name: "end_lineno", optional: true },
        Attribute { name: "end_col_offset", optional: true },
    ];
    /// Start and end required.
    pub const CLOSED: &'static [Attribute] = &[
        Attribute { name: "lineno", optional: false },
        Attribute { name: "col_offset", optional: false },
        Attribute { name: "end_lineno", optional: false },
        Attribute { name: "end_col_offset", optional: false },
    ];
}

const _: () = assert!(size_of::<Expr<'_>>() == 64);
