//! What Python calls on a code object.

use gopy_bytecode::{Opcode, location, units};
use gopy_macros::{pymethods, pyslots};
use gopy_object::typeobj::CompareOp;
use gopy_object::{Args, Instance, Object, PyResult, Ref, Type};

use super::replace;
use super::{Code, kinds};
use crate::argument::IntoPy;
use crate::bytes::Bytes;
use crate::error::{index_error, value_error};
use crate::int::Int;
use crate::iter;
use crate::list::List;
use crate::set::Set;
use crate::str::Str;
use crate::tuple::{self, Tuple};
use crate::{bool_, hooks, none, number, object};

impl Code {
    /// Names of the locals whose kind has one of these bits, in order.
    fn names_of_kind(&self, kind: u8) -> PyResult<Ref<Tuple>> {
        let kinds = self.localspluskinds.as_slice();
        let names = self.localsplusnames.items().iter().zip(kinds);
        tuple::try_from_vec(
            names.filter(|(_, k)| **k & kind != 0).map(|(name, _)| name.clone()).collect(),
        )
    }

    /// `co_varnames`.
    pub fn varnames(&self) -> PyResult<Ref<Tuple>> {
        self.names_of_kind(kinds::LOCAL)
    }

    /// `co_cellvars`.
    pub fn cellvars(&self) -> PyResult<Ref<Tuple>> {
        self.names_of_kind(kinds::CELL)
    }

    /// `co_freevars`.
    pub fn freevars(&self) -> PyResult<Ref<Tuple>> {
        self.names_of_kind(kinds::FREE)
    }

    /// The source line of the instruction at this byte offset; the first line for a negative one.
    pub fn line_at(&self, offset: i32) -> Option<i32> {
        if offset < 0 {
            return Some(self.firstlineno);
        }
        location::line_of(self.linetable.as_slice(), self.firstlineno, offset as usize / 2)
    }

    /// The hash that code objects and the compiler's constants use. May run Python.
    fn hash_value(&self) -> PyResult<isize> {
        let mut value: u64 = 20_221_211;
        let mut mix = |item: u64| value = (value ^ item).wrapping_mul(1_000_003);
        for part in [
            self.name.as_object(),
            self.consts.as_object(),
            self.names.as_object(),
            self.localsplusnames.as_object(),
            self.linetable.as_object(),
            self.exceptiontable.as_object(),
        ] {
            mix(object::hash(part)? as u64);
        }
        for number in [
            self.argcount,
            self.posonlyargcount,
            self.kwonlyargcount,
            self.flags.get(),
            self.firstlineno as u32,
        ] {
            mix(u64::from(number));
        }
        for instruction in units::instructions(self.code.as_slice()) {
            mix(u64::from(instruction.opcode.0));
            mix(u64::from(instruction.oparg));
        }
        Ok(if value as isize == -1 { -2 } else { value as isize })
    }
}

#[pymethods]
impl Code {
    #[pymethod("($self, /)")]
    fn __sizeof__(&self) -> usize {
        // The struct, one byte less than its array's first, and the code units.
        208 + self.code.as_slice().len()
    }

    #[pymethod("($self, /)")]
    fn co_lines(&self) -> PyResult {
        let lines = location::lines(self.linetable.as_slice(), self.firstlineno);
        let mut items = Vec::new();
        for (start, end, line) in lines {
            items.push(triple(start, end, line.map(i64::from))?);
        }
        iter::get_iter(List::from_vec(items).as_object())
    }

    #[pymethod("($self, /)")]
    fn co_branches(&self) -> PyResult {
        let code = self.code.as_slice();
        let mut items = Vec::new();
        for instruction in units::instructions(code) {
            let next = instruction.end_offset();
            match instruction.opcode {
                Opcode::POP_JUMP_IF_FALSE
                | Opcode::POP_JUMP_IF_TRUE
                | Opcode::POP_JUMP_IF_NONE
                | Opcode::POP_JUMP_IF_NOT_NONE
                | Opcode::FOR_ITER => {}
                _ => continue,
            }
            let Some(target) = instruction.jump_target() else { continue };
            // The branch not taken ends behind the NOT_TAKEN that follows; a loop's exit begins at its
            // POP_ITER.
            let not_taken = if instruction.opcode == Opcode::FOR_ITER { next } else { next + 1 };
            let taken = if instruction.opcode == Opcode::FOR_ITER { target + 1 } else { target };
            let offset = instruction.offset * 2;
            items.push(triple(offset, not_taken * 2, Some(taken as i64 * 2))?);
        }
        iter::get_iter(List::from_vec(items).as_object())
    }

    #[pymethod("($self, /)")]
    fn co_positions(&self) -> PyResult {
        let mut items = Vec::new();
        for position in location::positions(self.linetable.as_slice(), self.firstlineno) {
            let part =
                |value: i32| -> PyResult { (value >= 0).then_some(i64::from(value)).into_py() };
            let item = tuple::from_array([
                part(position.lineno)?,
                part(position.end_lineno)?,
                part(position.col_offset)?,
                part(position.end_col_offset)?,
            ]);
            items.push(item.upcast());
        }
        iter::get_iter(List::from_vec(items).as_object())
    }

    #[pymethod(raw)]
    fn replace(&self, args: Args<'_>) -> PyResult {
        replace::replace(self, args)
    }

    #[pymethod(raw)]
    fn __replace__(&self, args: Args<'_>) -> PyResult {
        replace::replace(self, args)
    }

    #[pymethod("($self, /, oparg)")]
    fn _varname_from_oparg(&self, oparg: &Object) -> PyResult {
        let index = number::index_as_c_int(oparg)?;
        let name = usize::try_from(index).ok().and_then(|i| self.localsplusnames.get(i));
        name.map(Instance::to_ref).ok_or_else(|| index_error!("tuple index out of range"))
    }

    #[pymember]
    fn co_argcount(&self) -> u32 {
        self.argcount
    }

    #[pymember]
    fn co_posonlyargcount(&self) -> u32 {
        self.posonlyargcount
    }

    #[pymember]
    fn co_kwonlyargcount(&self) -> u32 {
        self.kwonlyargcount
    }

    #[pymember]
    fn co_stacksize(&self) -> u32 {
        self.stacksize
    }

    #[pymember]
    fn co_flags(&self) -> u32 {
        self.flags.get()
    }

    #[pymember]
    fn co_names(&self) -> Ref<Tuple> {
        self.names.clone()
    }

    #[pymember]
    fn co_filename(&self) -> Option<Ref<Str>> {
        self.filename.get()
    }

    #[pymember]
    fn co_name(&self) -> Ref<Str> {
        self.name.clone()
    }

    #[pymember]
    fn co_qualname(&self) -> Ref<Str> {
        self.qualname.clone()
    }

    #[pymember]
    fn co_firstlineno(&self) -> i32 {
        self.firstlineno
    }

    #[pymember]
    fn co_linetable(&self) -> Ref<Bytes> {
        self.linetable.clone()
    }

    #[pymember]
    fn co_exceptiontable(&self) -> Ref<Bytes> {
        self.exceptiontable.clone()
    }

    #[pymember]
    fn co_consts(&self) -> Ref<Tuple> {
        self.consts.clone()
    }

    #[pygetter]
    fn co_nlocals(&self) -> u32 {
        self.nlocals
    }

    #[pygetter]
    fn co_lnotab(&self) -> PyResult<Ref<Bytes>> {
        crate::warnings::warn(
            &crate::exceptions::DEPRECATION_WARNING,
            "co_lnotab is deprecated, use co_lines instead.",
            1,
        )?;
        Bytes::new(&location::lnotab(self.linetable.as_slice(), self.firstlineno))
    }

    #[pygetter]
    fn _co_code_adaptive(&self) -> PyResult {
        (hooks::get().code_adaptive)(self)
    }

    #[pygetter]
    fn co_varnames(&self) -> PyResult<Ref<Tuple>> {
        self.varnames()
    }

    #[pygetter]
    fn co_cellvars(&self) -> PyResult<Ref<Tuple>> {
        self.cellvars()
    }

    #[pygetter]
    fn co_freevars(&self) -> PyResult<Ref<Tuple>> {
        self.freevars()
    }

    #[pygetter]
    fn co_code(&self) -> Ref<Bytes> {
        self.code.clone()
    }
}

fn triple(start: usize, end: usize, third: Option<i64>) -> PyResult {
    Ok(tuple::from_array([start.into_py()?, end.into_py()?, third.into_py()?]).upcast())
}

#[pyslots]
impl Code {
    fn tp_new(ty: &Type, args: Args<'_>) -> PyResult {
        replace::new(ty, args)
    }

    fn repr(&self) -> String {
        let file = self.filename.get().map_or_else(String::new, |file| file.to_string());
        format!(
            "<code object {} at {:#x}, file \"{file}\", line {}>",
            self.name,
            self.as_object().id(),
            if self.firstlineno == 0 { -1 } else { self.firstlineno }
        )
    }

    fn hash(&self) -> PyResult<isize> {
        self.hash_value()
    }

    fn richcompare(&self, other: &Object, op: CompareOp) -> PyResult {
        let Some(other) = other.downcast_exact::<Code>() else {
            return Ok(none::not_implemented());
        };
        if !matches!(op, CompareOp::Eq | CompareOp::Ne) {
            return Ok(none::not_implemented());
        }
        Ok(bool_::bool_ref(equal(self, other)? == (op == CompareOp::Eq)))
    }
}

fn equal(a: &Code, b: &Code) -> PyResult<bool> {
    let same = a.name.equals(&b.name)
        && a.argcount == b.argcount
        && a.posonlyargcount == b.posonlyargcount
        && a.kwonlyargcount == b.kwonlyargcount
        && a.flags.get() == b.flags.get()
        && a.firstlineno == b.firstlineno
        && a.code.as_slice() == b.code.as_slice()
        && a.linetable.as_slice() == b.linetable.as_slice()
        && a.exceptiontable.as_slice() == b.exceptiontable.as_slice();
    if !same {
        return Ok(false);
    }
    let (x, y) = (constant_key(a.consts.as_object())?, constant_key(b.consts.as_object())?);
    Ok(object::eq(&x, &y)?
        && object::eq(a.names.as_object(), b.names.as_object())?
        && object::eq(a.localsplusnames.as_object(), b.localsplusnames.as_object())?)
}

/// A key that tells constants apart which compare equal but are not the same code
/// (`_PyCode_ConstantKey`): by type, by the sign of zero, recursively. May run Python.
///
/// # Errors
///
/// What hashing raises.
pub fn constant_key(o: &Object) -> PyResult {
    use crate::complex::Complex;
    use crate::float::Float;
    let class = || o.type_().to_ref().upcast();
    if none::is_none(o)
        || none::is_ellipsis(o)
        || o.is_exact(&crate::int::INT)
        || o.is_exact(&crate::str::STR)
        || o.is_exact(&super::CODE)
    {
        return Ok(o.to_ref());
    }
    if bool_::is_bool(o) || o.is_exact(&crate::bytes::BYTES) {
        return Ok(tuple::from_array([class(), o.to_ref()]).upcast());
    }
    if let Some(float) = o.downcast_exact::<Float>() {
        let negative_zero = float.value() == 0.0 && float.value().is_sign_negative();
        return Ok(if negative_zero {
            tuple::from_array([class(), o.to_ref(), none::none()]).upcast()
        } else {
            tuple::from_array([class(), o.to_ref()]).upcast()
        });
    }
    if let Some(complex) = o.downcast_exact::<Complex>() {
        let zero = |part: f64| part == 0.0 && part.is_sign_negative();
        let mark = u8::from(zero(complex.value().real)) + 2 * u8::from(zero(complex.value().imag));
        return Ok(tuple::from_array([
            class(),
            o.to_ref(),
            Int::from_i64(i64::from(mark)).upcast(),
        ])
        .upcast());
    }
    if let Some(items) = o.downcast_exact::<Tuple>() {
        let mut keys = Vec::with_capacity(items.len());
        for item in items.items() {
            keys.push(constant_key(item)?);
        }
        return Ok(tuple::from_array([tuple::try_from_vec(keys)?.upcast(), o.to_ref()]).upcast());
    }
    if o.is_exact(&crate::set::FROZENSET) {
        let mut keys = Vec::new();
        iter::for_each(o, |item| {
            keys.push(constant_key(&item)?);
            Ok(())
        })?;
        return Ok(tuple::from_array([Set::new_frozen(keys)?.upcast(), o.to_ref()]).upcast());
    }
    if let Some(slice) = o.downcast_exact::<crate::slice::Slice>() {
        let parts = tuple::from_array([
            constant_key(&slice.start)?,
            constant_key(&slice.stop)?,
            constant_key(&slice.step)?,
        ]);
        return Ok(tuple::from_array([parts.upcast(), o.to_ref()]).upcast());
    }
    // Anything else is the same constant only as the same object.
    Ok(tuple::from_array([Int::from_u64(o.id() as u64).upcast(), o.to_ref()]).upcast())
}

/// "code: …" errors of the constructor.
#[cold]
pub(super) fn invalid(message: &str) -> gopy_object::Exception {
    value_error!("code: {message}")
}
