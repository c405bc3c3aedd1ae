//! What the compiler hands out: [`CodeUnit`]s and the constants in them, plain data.
//!
//! Answers to the fields of `PyCodeObject` and to `_PyCode_ConstantKey`, `const_cache_insert` in
//! `Python/compile.c`.
//!
//! A [`Const`] is a shared handle. Two handles that are [`Const::same`] stand for ONE object:
//! whoever turns a code unit into objects keeps a map from handle to object, so that `is`,
//! reference counts and marshal's FLAG_REF come out as CPython's. [`ConstCache`] is what makes
//! equal constants of one compilation the same.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};
use std::fmt;
use std::hash::{Hash, Hasher};
use std::rc::Rc;

use gopy_numeric::int::BigInt;

/// A constant's value.
#[derive(Clone, Debug)]
pub enum ConstValue {
    /// `None`
    None,
    /// `False` or `True`
    Bool(bool),
    /// `...`
    Ellipsis,
    /// An integer that fits; every such integer has this form.
    Int(i64),
    /// An integer that does not fit.
    BigInt(Box<BigInt>),
    /// A float.
    Float(f64),
    /// A complex number.
    Complex {
        /// Real part.
        real: f64,
        /// Imaginary part.
        imag: f64,
    },
    /// A string: UTF-8 in which surrogates may stand, each one encoded for itself.
    Str(Box<[u8]>),
    /// A bytes object.
    Bytes(Box<[u8]>),
    /// A tuple.
    Tuple(Box<[Const]>),
    /// A frozenset; the items differ from each other by Python's `==`, in the order in which
    /// they are added.
    FrozenSet(Box<[Const]>),
    /// A slice: start, stop, step.
    Slice(Box<[Const; 3]>),
    /// The code of a nested scope.
    Code(Box<CodeUnit>),
}

/// A shared handle of a constant.
#[derive(Clone)]
pub struct Const(Rc<ConstValue>);

/// Constants that are one object wherever they come from.
struct Singletons {
    none: Const,
    bools: [Const; 2],
    ellipsis: Const,
    empty_str: Const,
    empty_bytes: Const,
    empty_tuple: Const,
    small_ints: Vec<Const>,
}

/// The integers that CPython never makes twice.
const SMALL_INTS: std::ops::RangeInclusive<i64> = -5..=256;

thread_local! {
    static SINGLETONS: Singletons = {
        let new = |value| Const(Rc::new(value));
        Singletons {
            none: new(ConstValue::None),
            bools: [false, true].map(|value| new(ConstValue::Bool(value))),
            ellipsis: new(ConstValue::Ellipsis),
            empty_str: new(ConstValue::Str([].into())),
            empty_bytes: new(ConstValue::Bytes([].into())),
            empty_tuple: new(ConstValue::Tuple([].into())),
            small_ints: SMALL_INTS.map(|value| new(ConstValue::Int(value))).collect(),
        }
    };
}

impl Const {
    /// A constant that is the same as no other, singletons aside.
    #[must_use]
    pub fn new(value: ConstValue) -> Self {
        SINGLETONS.with(|singletons| match &value {
            ConstValue::None => singletons.none.clone(),
            ConstValue::Bool(value) => singletons.bools[usize::from(*value)].clone(),
            ConstValue::Ellipsis => singletons.ellipsis.clone(),
            ConstValue::Int(small) if SMALL_INTS.contains(small) => {
                singletons.small_ints[(small - SMALL_INTS.start()) as usize].clone()
            }
            ConstValue::Str(bytes) if bytes.is_empty() => singletons.empty_str.clone(),
            ConstValue::Bytes(bytes) if bytes.is_empty() => singletons.empty_bytes.clone(),
            ConstValue::Tuple(items) if items.is_empty() => singletons.empty_tuple.clone(),
            _ => Self(Rc::new(value)),
        })
    }

    /// A string.
    #[must_use]
    pub fn str(text: &str) -> Self {
        Self::new(ConstValue::Str(text.as_bytes().into()))
    }

    /// An integer of any size.
    #[must_use]
    pub fn int(value: BigInt) -> Self {
        Self::new(match value.to_i64() {
            Some(value) => ConstValue::Int(value),
            None => ConstValue::BigInt(Box::new(value)),
        })
    }

    /// The value.
    #[must_use]
    pub fn value(&self) -> &ConstValue {
        &self.0
    }

    /// Whether both handles stand for one object.
    #[must_use]
    pub fn same(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }

    /// A number that two handles share when they are the same; valid as long as one lives.
    #[must_use]
    pub fn id(&self) -> usize {
        Rc::as_ptr(&self.0).addr()
    }

    /// The items of a tuple; none for everything else.
    #[must_use]
    pub fn items(&self) -> &[Const] {
        match self.value() {
            ConstValue::Tuple(items) => items,
            _ => &[],
        }
    }

    /// The bytes of a bytes object or of a string in its UTF-8; none for everything else.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        match self.value() {
            ConstValue::Str(bytes) | ConstValue::Bytes(bytes) => bytes,
            _ => &[],
        }
    }
}

impl fmt::Debug for Const {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.value().fmt(f)
    }
}

/// Equality and hash of constant keys: types count, and so does the sign of zero. A NaN equals
/// only itself.
impl PartialEq for Const {
    fn eq(&self, other: &Self) -> bool {
        use ConstValue as V;
        if self.same(other) {
            return true;
        }
        match (self.value(), other.value()) {
            (V::None, V::None) | (V::Ellipsis, V::Ellipsis) => true,
            (V::Bool(a), V::Bool(b)) => a == b,
            (V::Int(a), V::Int(b)) => a == b,
            (V::BigInt(a), V::BigInt(b)) => a == b,
            (V::Float(a), V::Float(b)) => same_float(*a, *b),
            (V::Complex { real: a, imag: b }, V::Complex { real: c, imag: d }) => {
                same_float(*a, *c) && same_float(*b, *d)
            }
            (V::Str(a), V::Str(b)) | (V::Bytes(a), V::Bytes(b)) => a == b,
            (V::Tuple(a), V::Tuple(b)) => a == b,
            (V::FrozenSet(a), V::FrozenSet(b)) => a.len() == b.len() && same_items(a, b),
            (V::Slice(a), V::Slice(b)) => a == b,
            (V::Code(a), V::Code(b)) => a == b,
            _ => false,
        }
    }
}

impl Eq for Const {}

impl Hash for Const {
    fn hash<H: Hasher>(&self, state: &mut H) {
        use ConstValue as V;
        std::mem::discriminant(self.value()).hash(state);
        match self.value() {
            V::None | V::Ellipsis => {}
            V::Bool(value) => value.hash(state),
            V::Int(value) => value.hash(state),
            V::BigInt(value) => value.digits().hash(state),
            V::Float(value) => value.to_bits().hash(state),
            V::Complex { real, imag } => {
                real.to_bits().hash(state);
                imag.to_bits().hash(state);
            }
            V::Str(bytes) | V::Bytes(bytes) => bytes.hash(state),
            V::Tuple(items) => items.hash(state),
            // The order of a set's items says nothing, its length is enough to spread them.
            V::FrozenSet(items) => items.len().hash(state),
            V::Slice(parts) => parts.hash(state),
            V::Code(code) => {
                code.name.hash(state);
                code.firstlineno.hash(state);
                code.code.len().hash(state);
            }
        }
    }
}

/// Whether two sets of one size have the same items.
fn same_items(a: &[Const], b: &[Const]) -> bool {
    if a.len() <= 16 {
        return a.iter().all(|item| b.contains(item));
    }
    let b: HashSet<&Const> = b.iter().collect();
    a.iter().all(|item| b.contains(item))
}

/// NaN equals nothing here, and that is right: handles that are the same never get this far.
fn same_float(a: f64, b: f64) -> bool {
    a == b && a.is_sign_negative() == b.is_sign_negative()
}

/// The compiled form of one scope: CPython's `co_*` fields.
///
/// Fields that CPython merges with equal constants are [`Const`] handles. Equality is that of
/// code objects: the file name and the qualified name do not count.
#[derive(Clone, Debug)]
pub struct CodeUnit {
    /// Positional parameters, positional-only ones included.
    pub argcount: u32,
    /// Positional-only parameters.
    pub posonlyargcount: u32,
    /// Keyword-only parameters.
    pub kwonlyargcount: u32,
    /// Depth of the value stack.
    pub stacksize: u32,
    /// `CO_*` flags.
    pub flags: u32,
    /// Code units as bytes: opcode, operand, opcode, operand …
    pub code: Box<[u8]>,
    /// A tuple.
    pub consts: Const,
    /// A tuple of strings.
    pub names: Const,
    /// A tuple of strings: locals, cells, free variables.
    pub localsplusnames: Const,
    /// `FAST_*` kinds of `localsplusnames`.
    pub localspluskinds: Box<[u8]>,
    /// A string.
    pub filename: Const,
    /// A string.
    pub name: Const,
    /// A string.
    pub qualname: Const,
    /// First line of the scope.
    pub firstlineno: i32,
    /// Bytes.
    pub linetable: Const,
    /// Bytes.
    pub exceptiontable: Const,
}

impl PartialEq for CodeUnit {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
            && self.argcount == other.argcount
            && self.posonlyargcount == other.posonlyargcount
            && self.kwonlyargcount == other.kwonlyargcount
            && self.flags == other.flags
            && self.firstlineno == other.firstlineno
            && self.code == other.code
            && self.consts == other.consts
            && self.names == other.names
            && self.localsplusnames == other.localsplusnames
            && self.linetable == other.linetable
            && self.exceptiontable == other.exceptiontable
    }
}

/// The constants of one compilation: each key has one handle.
#[derive(Default)]
pub struct ConstCache {
    consts: HashMap<Const, Const>,
}

impl ConstCache {
    /// An empty cache.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The handle of `constant`'s key, items left as they are.
    pub fn merge(&mut self, constant: Const) -> Const {
        match self.consts.entry(constant) {
            Entry::Occupied(entry) => entry.get().clone(),
            Entry::Vacant(entry) => {
                let constant = entry.key().clone();
                entry.insert(constant).clone()
            }
        }
    }

    /// The handle of `constant`'s key, items of tuples and frozensets merged as well.
    pub fn merge_recursive(&mut self, constant: Const) -> Const {
        if let Some(known) = self.consts.get(&constant) {
            return known.clone();
        }
        let merged = match constant.value() {
            ConstValue::Tuple(items) => {
                let items = items.iter().map(|item| self.merge_recursive(item.clone()));
                Const::new(ConstValue::Tuple(items.collect()))
            }
            ConstValue::FrozenSet(items) if !items.is_empty() => {
                let items = items.iter().map(|item| self.merge_recursive(item.clone()));
                Const::new(ConstValue::FrozenSet(items.collect()))
            }
            _ => constant,
        };
        self.merge(merged)
    }
}

/// What code generation knows about a scope besides its instructions and constants: the
/// `_PyCompile_CodeUnitMetadata` that `optimize_and_assemble(sequence, metadata, consts, nparams,
/// flags, filename, cache)` takes. Lists are in the order of their indices.
#[derive(Clone, Debug)]
pub struct UnitMetadata {
    /// A string.
    pub name: Const,
    /// A string; that of the module is its name.
    pub qualname: Const,
    /// Names of globals and attributes.
    pub names: Vec<Const>,
    /// Locals, parameters first.
    pub varnames: Vec<Const>,
    /// Variables of this scope that inner ones use.
    pub cellvars: Vec<Const>,
    /// Variables of outer scopes; the index of the first one is the number of `cellvars`.
    pub freevars: Vec<Const>,
    /// Those of `varnames` that are locals only inside of an inlined comprehension.
    pub fast_hidden: Vec<Const>,
    /// Parameters that may be given by position and by name.
    pub argcount: u32,
    /// Positional-only parameters, which `argcount` does not count.
    pub posonlyargcount: u32,
    /// Keyword-only parameters.
    pub kwonlyargcount: u32,
    /// First line of the scope.
    pub firstlineno: i32,
}

#[cfg(test)]
mod tests {
    use super::{Const, ConstCache, ConstValue as V};

    fn tuple(items: &[&Const]) -> Const {
        Const::new(V::Tuple(items.iter().copied().cloned().collect()))
    }

    /// What Python's `==` takes for equal is kept apart where it can be told apart.
    #[test]
    fn keys_tell_types_and_signs_apart() {
        let nan = Const::new(V::Float(f64::NAN));
        let constants = [
            Const::new(V::Int(1)),
            Const::new(V::Bool(true)),
            Const::new(V::Float(1.0)),
            Const::new(V::Float(0.0)),
            Const::new(V::Float(-0.0)),
            Const::new(V::Complex { real: 0.0, imag: 0.0 }),
            Const::new(V::Complex { real: -0.0, imag: 0.0 }),
            Const::new(V::Complex { real: 0.0, imag: -0.0 }),
            Const::str("a"),
            Const::new(V::Bytes((*b"a").into())),
            tuple(&[&Const::new(V::Int(1))]),
            tuple(&[&Const::new(V::Bool(true))]),
            tuple(&[&nan]),
            nan,
            Const::new(V::Float(f64::NAN)),
        ];
        for (index, constant) in constants.iter().enumerate() {
            let equal: Vec<usize> =
                (0..constants.len()).filter(|other| constants[*other] == *constant).collect();
            assert_eq!(equal, [index]);
        }
    }

    #[test]
    fn equal_constants_become_the_same() {
        let mut cache = ConstCache::new();
        let inner = Const::str("spam and eggs");
        let first = cache.merge_recursive(tuple(&[&inner, &Const::str("other")]));
        let text = cache.merge_recursive(Const::str("spam and eggs"));
        assert!(first.items()[0].same(&text));
        let second = cache.merge(tuple(&[&Const::str("spam and eggs"), &Const::str("other")]));
        assert!(second.same(&first));
        let set = |items: &[&str]| {
            Const::new(V::FrozenSet(items.iter().map(|item| Const::str(item)).collect()))
        };
        let one = cache.merge_recursive(set(&["x", "y"]));
        assert!(cache.merge_recursive(set(&["y", "x"])).same(&one));
    }
}
