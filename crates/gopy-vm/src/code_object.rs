//! Code objects from what the compiler hands out and from what marshal reads.
//!
//! Answers to the constructors of `Objects/codeobject.c` and to the conversion that
//! `Python/assemble.c` ends with.
//!
//! Keeps true: one constant handle of the compiler is one object, so that `is`, reference counts
//! and marshal's references come out as CPython's.

use std::collections::HashMap;

use gopy_compiler::{CodeUnit, Const, ConstValue};
use gopy_core::bytes::Bytes;
use gopy_core::code::{self, Code, CodeParts, kinds};
use gopy_core::complex::Complex;
use gopy_core::error::{overflow_error, system_error, type_error, value_error};
use gopy_core::float::Float;
use gopy_core::int::Int;
use gopy_core::set::{FROZENSET, Set};
use gopy_core::slice::Slice;
use gopy_core::str::{self, Str};
use gopy_core::tuple::{self, Tuple};
use gopy_core::{bool_, none};
use gopy_object::{Instance, Object, PyResult, Ref};

/// Parts of a code object as strangers give them (`_PyCodeConstructor` before validation).
#[derive(Clone)]
#[allow(missing_docs)]
pub struct UncheckedParts {
    pub argcount: i32,
    pub posonlyargcount: i32,
    pub kwonlyargcount: i32,
    pub stacksize: i32,
    pub flags: i32,
    pub firstlineno: i32,
    pub code: Ref,
    pub consts: Ref,
    pub names: Ref,
    pub localsplusnames: Ref,
    pub localspluskinds: Ref,
    pub filename: Ref,
    pub name: Ref,
    pub qualname: Ref,
    pub linetable: Ref,
    pub exceptiontable: Ref,
}

fn bad_internal_call() -> gopy_object::Exception {
    system_error!("Objects/codeobject.c: bad argument to internal function")
}

fn part<T: Instance>(part: Ref) -> PyResult<Ref<T>> {
    part.downcast_ref::<T>().map_err(|_| bad_internal_call())
}

fn all_str(names: &Tuple) -> PyResult<()> {
    match names.items().iter().find(|name| name.downcast::<Str>().is_none()) {
        Some(other) => Err(type_error!(
            "name tuples must contain only strings, not '{:.500}'",
            other.type_name()
        )),
        None => Ok(()),
    }
}

impl UncheckedParts {
    /// Checks what the eval loop relies on (`_PyCode_Validate`).
    ///
    /// # Errors
    ///
    /// `SystemError`, `ValueError`, `OverflowError`, `TypeError`.
    pub fn check(self) -> PyResult<CodeParts> {
        let counts =
            [self.argcount, self.posonlyargcount, self.kwonlyargcount, self.stacksize, self.flags];
        if self.argcount < self.posonlyargcount || counts.iter().any(|count| *count < 0) {
            return Err(bad_internal_call());
        }
        let parts = CodeParts {
            argcount: self.argcount as u32,
            posonlyargcount: self.posonlyargcount as u32,
            kwonlyargcount: self.kwonlyargcount as u32,
            stacksize: self.stacksize as u32,
            flags: self.flags as u32,
            firstlineno: self.firstlineno,
            code: part(self.code)?,
            consts: part(self.consts)?,
            names: part(self.names)?,
            localsplusnames: part(self.localsplusnames)?,
            localspluskinds: part(self.localspluskinds)?,
            filename: part(self.filename)?,
            name: part(self.name)?,
            qualname: part(self.qualname)?,
            linetable: part(self.linetable)?,
            exceptiontable: part(self.exceptiontable)?,
        };
        let locals = parts.localsplusnames.len();
        if locals != parts.localspluskinds.as_slice().len() {
            return Err(bad_internal_call());
        }
        if !parts.code.as_slice().len().is_multiple_of(2) {
            return Err(value_error!("code: co_code is malformed"));
        }
        all_str(&parts.names)?;
        all_str(&parts.localsplusnames)?;
        // The total of 32-bit sizes can't overflow a 64-bit word, but CPython's frames count in int.
        let frame = i64::from(self.stacksize) + locals as i64 + 11;
        if frame > i64::from(i32::MAX) / 8 {
            return Err(overflow_error!("code: co_stacksize is too large"));
        }
        let is_local = |kind: &&u8| **kind & kinds::LOCAL != 0;
        let nlocals = parts.localspluskinds.as_slice().iter().filter(is_local).count() as i64;
        let flag = |bit: u32| i64::from(parts.flags & bit != 0);
        let arguments = i64::from(self.argcount)
            + i64::from(self.kwonlyargcount)
            + flag(code::flags::VARARGS)
            + flag(code::flags::VARKEYWORDS);
        if arguments > nlocals {
            return Err(value_error!("code: co_varnames is too small"));
        }
        Ok(parts)
    }
}

/// A code object of trusted parts, names and name-like constants interned (`_PyCode_New`).
///
/// # Errors
///
/// `MemoryError`.
pub fn new(mut parts: CodeParts) -> PyResult<Ref<Code>> {
    parts.names = intern_names(parts.names)?;
    parts.consts = intern_constants(parts.consts)?;
    parts.localsplusnames = intern_names(parts.localsplusnames)?;
    for text in [&mut parts.filename, &mut parts.name, &mut parts.qualname] {
        let exact = std::mem::replace(text, Str::empty()).to_exact()?;
        *text = str::intern(exact);
    }
    Code::from_parts(parts)
}

/// Names become immortal.
fn intern_names(names: Ref<Tuple>) -> PyResult<Ref<Tuple>> {
    replace_items(names, |item| {
        let Some(name) = item.downcast::<Str>() else { return Ok(None) };
        Ok(Some(str::intern_immortal(name.to_exact()?).upcast()))
    })
}

/// Constants that look like names are interned, in tuples and frozensets too.
fn intern_constants(constants: Ref<Tuple>) -> PyResult<Ref<Tuple>> {
    replace_items(constants, |item| {
        if let Some(text) = item.downcast_exact::<Str>() {
            let name_like =
                |text: &str| text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
            if !text.as_ascii().is_some_and(name_like) {
                return Ok(None);
            }
            return Ok(Some(str::intern(text.to_ref()).upcast()));
        }
        if let Some(nested) = item.downcast_exact::<Tuple>() {
            return Ok(Some(intern_constants(nested.to_ref())?.upcast()));
        }
        if item.is_exact(&FROZENSET) {
            // SAFETY: sets and frozensets have one layout.
            let set = unsafe { &*std::ptr::from_ref(item).cast::<Set>() };
            let old = tuple::try_from_vec(set.to_vec())?;
            let new = intern_constants(old.clone())?;
            if new.as_object().is(&*old) {
                return Ok(None);
            }
            return Ok(Some(Set::new_frozen(new.items().to_vec())?.upcast()));
        }
        Ok(None)
    })
}

/// The tuple with some items replaced: itself where none is.
///
/// CPython writes into the tuple, which whoever made the code object can see; where it is not ours
/// alone a copy is made instead.
fn replace_items(
    items: Ref<Tuple>,
    mut replace: impl FnMut(&Object) -> PyResult<Option<Ref>>,
) -> PyResult<Ref<Tuple>> {
    let mut new: Option<Vec<Ref>> = None;
    for index in 0..items.len() {
        let Some(old) = items.get(index) else { break };
        let Some(item) = replace(old)? else { continue };
        if !item.is(old) {
            new.get_or_insert_with(|| items.items().to_vec())[index] = item;
        }
    }
    match new {
        Some(new) => tuple::try_from_vec(new),
        None => Ok(items),
    }
}

/// Objects of the handles of one compilation.
#[derive(Default)]
struct Constants {
    objects: HashMap<usize, Ref>,
}

/// The code object of a compiled unit.
///
/// # Errors
///
/// `MemoryError`.
pub fn from_unit(unit: &CodeUnit) -> PyResult<Ref<Code>> {
    let mut constants = Constants::default();
    if holds_frozenset(&unit.consts) {
        constants.intern_names_of(unit)?;
    }
    constants.code(unit)
}

/// Whether a constant is, or has somewhere inside, a frozenset.
fn holds_frozenset(constant: &Const) -> bool {
    match constant.value() {
        ConstValue::FrozenSet(_) => true,
        ConstValue::Tuple(items) => items.iter().any(holds_frozenset),
        ConstValue::Code(unit) => holds_frozenset(&unit.consts),
        _ => false,
    }
}

impl Constants {
    fn object(&mut self, constant: &Const) -> PyResult {
        if let Some(object) = self.objects.get(&constant.id()) {
            return Ok(object.clone());
        }
        let object = self.make(constant)?;
        self.objects.insert(constant.id(), object.clone());
        Ok(object)
    }

    fn objects(&mut self, constants: &[Const]) -> PyResult<Vec<Ref>> {
        constants.iter().map(|constant| self.object(constant)).collect()
    }

    fn make(&mut self, constant: &Const) -> PyResult {
        Ok(match constant.value() {
            ConstValue::None => none::none(),
            ConstValue::Bool(value) => bool_::bool_ref(*value),
            ConstValue::Ellipsis => none::ellipsis(),
            ConstValue::Int(value) => Int::from_i64(*value).upcast(),
            ConstValue::BigInt(value) => Int::try_from_bigint(value)?.upcast(),
            ConstValue::Float(value) => Float::new(*value).upcast(),
            ConstValue::Complex { real, imag } => Complex::new_parts(*real, *imag)?.upcast(),
            ConstValue::Str(text) => Str::from_wtf8(text).upcast(),
            ConstValue::Bytes(bytes) => Bytes::new(bytes)?.upcast(),
            ConstValue::Tuple(items) => {
                intern_constants(tuple::try_from_vec(self.objects(items)?)?)?.upcast()
            }
            ConstValue::FrozenSet(items) => {
                // Its strings are not interned: each code object that has it makes a set of its own
                // where interning changes one of them, so that marshal sees one reference.
                Set::new_frozen(self.objects(items)?)?.upcast()
            }
            ConstValue::Slice(parts) => {
                let [start, stop, step] = &**parts;
                let (start, stop) = (self.object(start)?, self.object(stop)?);
                Slice::new(start, stop, self.object(step)?).upcast()
            }
            ConstValue::Code(unit) => self.code(unit)?.upcast(),
        })
    }

    /// The names of a unit and of those inside. CPython's parser interns them before any constant is;
    /// whether a constant is the string that is interned decides how often its frozenset is written.
    fn intern_names_of(&mut self, unit: &CodeUnit) -> PyResult<()> {
        self.names(&unit.names)?;
        self.names(&unit.localsplusnames)?;
        self.name(&unit.name)?;
        for constant in unit.consts.items() {
            if let ConstValue::Code(inner) = constant.value() {
                self.intern_names_of(inner)?;
            }
        }
        Ok(())
    }

    /// A name of the source: interned from the start.
    fn name(&mut self, constant: &Const) -> PyResult<Ref<Str>> {
        if let Some(known) = self.objects.get(&constant.id()) {
            return known.clone().downcast_ref::<Str>().map_err(|_| bad_internal_call());
        }
        let text = str::intern(Str::from_wtf8(constant.bytes()));
        self.objects.insert(constant.id(), text.clone().upcast());
        Ok(text)
    }

    /// A text that code generation has composed: the code object interns it for itself, and what its
    /// constants hold may be another object.
    fn text(&mut self, constant: &Const) -> PyResult<Ref<Str>> {
        self.object(constant)?.downcast_ref::<Str>().map_err(|_| bad_internal_call())
    }

    fn names(&mut self, constant: &Const) -> PyResult<Ref<Tuple>> {
        for name in constant.items() {
            let text = self.name(name)?;
            str::intern_immortal(text);
        }
        self.tuple(constant)
    }

    fn tuple(&mut self, constant: &Const) -> PyResult<Ref<Tuple>> {
        let object = self.object(constant)?;
        object.downcast_ref::<Tuple>().map_err(|_| bad_internal_call())
    }

    fn bytes(&mut self, constant: &Const) -> PyResult<Ref<Bytes>> {
        let object = self.object(constant)?;
        object.downcast_ref::<Bytes>().map_err(|_| bad_internal_call())
    }

    fn code(&mut self, unit: &CodeUnit) -> PyResult<Ref<Code>> {
        // Names first: a constant that is also a name is then the interned object.
        let names = self.names(&unit.names)?;
        let localsplusnames = self.names(&unit.localsplusnames)?;
        let parts = CodeParts {
            argcount: unit.argcount,
            posonlyargcount: unit.posonlyargcount,
            kwonlyargcount: unit.kwonlyargcount,
            stacksize: unit.stacksize,
            flags: unit.flags,
            firstlineno: unit.firstlineno,
            code: Bytes::new(&unit.code)?,
            names,
            localsplusnames,
            localspluskinds: Bytes::new_unshared(&unit.localspluskinds)?,
            filename: self.name(&unit.filename)?,
            name: self.name(&unit.name)?,
            qualname: self.text(&unit.qualname)?,
            linetable: self.bytes(&unit.linetable)?,
            exceptiontable: self.bytes(&unit.exceptiontable)?,
            consts: self.tuple(&unit.consts)?,
        };
        new(parts)
    }
}
