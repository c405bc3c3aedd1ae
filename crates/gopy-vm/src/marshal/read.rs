//! Bytes to objects. Nothing in the data is trusted: lengths are checked before they are allocated,
//! code objects are validated before they are made.

use gopy_core::bytes::Bytes;
use gopy_core::code::CodeParts;
use gopy_core::complex::Complex;
use gopy_core::dict::Dict;
use gopy_core::error::{eof_error, memory_error, type_error, value_error};
use gopy_core::float::Float;
use gopy_core::int::Int;
use gopy_core::list::List;
use gopy_core::set::Set;
use gopy_core::slice::Slice;
use gopy_core::str::{self, Str};
use gopy_core::{bool_, call, exceptions, hooks, id, none, number, tuple};
use gopy_numeric::float::parse::parse_float;
use gopy_numeric::int::BigInt;
use gopy_object::typeobj::{TUPLE, Tuple};
use gopy_object::{Exception, Instance, Object, PyResult, Ref, gc, memory};
use gopy_unicode::wtf8::Wtf8;

use super::{DEPTH_MAX, FLAG_REF, code};
use crate::{builtins, code_object};

/// Where the bytes come from.
enum Source<'a> {
    Memory(&'a [u8]),
    File(&'a Object),
}

struct Reader<'a> {
    source: Source<'a>,
    /// Objects that can be referred to; a place is empty while its object can't be handed out yet.
    refs: Vec<Option<Ref>>,
    depth: u32,
    allow_code: bool,
    /// What was read from a file last.
    buffer: Vec<u8>,
}

/// `marshal.loads(bytes)`.
///
/// # Errors
///
/// `EOFError`, `ValueError`, `TypeError` for data that is no object.
pub fn loads(bytes: &[u8]) -> PyResult {
    loads_with(bytes, true)
}

/// `marshal.loads(bytes, allow_code=…)`.
///
/// # Errors
///
/// As [`loads`].
pub fn loads_with(bytes: &[u8], allow_code: bool) -> PyResult {
    if let Ok(data) = Bytes::new(bytes) {
        (hooks::get().audit)("marshal.loads", &[data.as_object()])?;
    }
    Reader::new(Source::Memory(bytes), allow_code).document()
}

/// As [`loads`], without an audit event (`PyMarshal_ReadObjectFromString`).
///
/// # Errors
///
/// As [`loads`].
pub fn loads_silently(bytes: &[u8]) -> PyResult {
    Reader::new(Source::Memory(bytes), true).document()
}

/// `marshal.load(file)`. May run Python.
pub(super) fn load(file: &Object, allow_code: bool) -> PyResult {
    (hooks::get().audit)("marshal.load", &[])?;
    Reader::new(Source::File(file), allow_code).document()
}

#[cold]
fn bad(what: &str) -> Exception {
    value_error!("bad marshal data ({what})")
}

#[cold]
fn null_in(what: &str) -> Exception {
    type_error!("NULL object in marshal data for {what}")
}

impl<'a> Reader<'a> {
    fn new(source: Source<'a>, allow_code: bool) -> Self {
        Reader { source, refs: Vec::new(), depth: 0, allow_code, buffer: Vec::new() }
    }

    fn document(mut self) -> PyResult {
        self.object()?.ok_or_else(|| null_in("object"))
    }

    fn bytes(&mut self, count: usize) -> PyResult<&[u8]> {
        match &mut self.source {
            Source::Memory(rest) => {
                let Some((taken, left)) = rest.split_at_checked(count) else {
                    return Err(eof_error!("marshal data too short"));
                };
                *rest = left;
                Ok(taken)
            }
            Source::File(file) => {
                self.buffer = read_file(file, count)?;
                Ok(&self.buffer)
            }
        }
    }

    fn byte(&mut self) -> PyResult<u8> {
        if let Source::Memory([]) = self.source {
            return Err(eof_error!("EOF read where not expected"));
        }
        Ok(self.bytes(1)?[0])
    }

    fn array<const N: usize>(&mut self) -> PyResult<[u8; N]> {
        let mut array = [0; N];
        array.copy_from_slice(self.bytes(N)?);
        Ok(array)
    }

    fn long(&mut self) -> PyResult<i32> {
        Ok(i32::from_le_bytes(self.array()?))
    }

    fn size(&mut self, of: &str) -> PyResult<usize> {
        usize::try_from(self.long()?).map_err(|_| bad(&format!("{of} size out of range")))
    }

    /// Whether so many objects, of a byte at least each, can follow.
    fn may_hold(&self, count: usize) -> bool {
        match &self.source {
            Source::Memory(rest) => count <= rest.len(),
            Source::File(_) => count <= 1 << 16,
        }
    }

    /// Makes a place for an object that is not finished yet.
    fn reserve(&mut self, flag: bool) -> PyResult<Option<usize>> {
        if !flag {
            return Ok(None);
        }
        if self.refs.len() >= 0x7fff_fffe {
            return Err(bad("index list too large"));
        }
        self.refs.push(None);
        Ok(Some(self.refs.len() - 1))
    }

    fn insert(&mut self, place: Option<usize>, object: &Object) {
        if let Some(place) = place {
            self.refs[place] = Some(object.to_ref());
        }
    }

    /// An object; `None` is a null pointer.
    fn object(&mut self) -> PyResult<Option<Ref>> {
        let byte = self.byte().map_err(|error| {
            if error.is_instance(&exceptions::EOF_ERROR) {
                return eof_error!("EOF read where object expected");
            }
            error
        })?;
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            self.depth -= 1;
            return Err(value_error!("recursion limit exceeded"));
        }
        let result = self.content(byte & !FLAG_REF, byte & FLAG_REF != 0);
        self.depth -= 1;
        result
    }

    fn item(&mut self, of: &str) -> PyResult {
        self.object()?.ok_or_else(|| null_in(of))
    }

    fn content(&mut self, code: u8, flag: bool) -> PyResult<Option<Ref>> {
        let object = match code {
            code::NULL => return Ok(None),
            code::NONE => return Ok(Some(none::none())),
            code::STOP_ITERATION => {
                return Ok(Some(exceptions::STOP_ITERATION.get().to_ref().upcast()));
            }
            code::ELLIPSIS => return Ok(Some(none::ellipsis())),
            code::FALSE => return Ok(Some(bool_::bool_ref(false))),
            code::TRUE => return Ok(Some(bool_::bool_ref(true))),
            code::INT => Int::from_i64(self.long()?.into()).upcast(),
            code::INT64 => Int::from_i64(i64::from_le_bytes(self.array()?)).upcast(),
            code::LONG => self.int()?.upcast(),
            code::FLOAT => Float::new(self.float_text()?).upcast(),
            code::BINARY_FLOAT => Float::new(f64::from_le_bytes(self.array()?)).upcast(),
            code::COMPLEX => {
                let (real, imag) = (self.float_text()?, self.float_text()?);
                Complex::new_parts(real, imag)?.upcast()
            }
            code::BINARY_COMPLEX => {
                let real = f64::from_le_bytes(self.array()?);
                let imag = f64::from_le_bytes(self.array()?);
                Complex::new_parts(real, imag)?.upcast()
            }
            code::BYTES => {
                let size = self.size("bytes object")?;
                Bytes::new(self.bytes(size)?)?.upcast()
            }
            code::ASCII | code::ASCII_INTERNED => {
                let size = self.size("string")?;
                self.latin1(size, code == code::ASCII_INTERNED)?
            }
            code::SHORT_ASCII | code::SHORT_ASCII_INTERNED => {
                let size = self.byte()?.into();
                self.latin1(size, code == code::SHORT_ASCII_INTERNED)?
            }
            code::STR | code::INTERNED => {
                let size = self.size("string")?;
                let text = decode(self.bytes(size)?)?;
                if code == code::INTERNED {
                    str::intern_immortal(text).upcast()
                } else {
                    text.upcast()
                }
            }
            code::SMALL_TUPLE => {
                let count = self.byte()?.into();
                return self.tuple(count, flag).map(Some);
            }
            code::TUPLE => {
                let count = self.size("tuple")?;
                return self.tuple(count, flag).map(Some);
            }
            code::LIST => return self.list(flag).map(Some),
            code::DICT => return self.dict(flag).map(Some),
            code::SET | code::FROZENSET => return self.set(code, flag).map(Some),
            code::CODE => return self.code(flag).map(Some),
            code::SLICE => {
                let place = self.reserve(flag)?;
                let mut parts = [const { None }; 3];
                for part in &mut parts {
                    match self.object()? {
                        Some(object) => *part = Some(object),
                        None => return Ok(None),
                    }
                }
                let [Some(start), Some(stop), Some(step)] = parts else { return Ok(None) };
                let slice = Slice::new(start, stop, step);
                self.insert(place, slice.as_object());
                return Ok(Some(slice.upcast()));
            }
            code::REF => {
                let index = usize::try_from(self.long()?).unwrap_or(usize::MAX);
                let found = self.refs.get(index).cloned().flatten();
                return found.map(Some).ok_or_else(|| bad("invalid reference"));
            }
            _ => return Err(bad("unknown type code")),
        };
        if flag {
            self.refs.push(Some(object.clone()));
        }
        Ok(Some(object))
    }

    fn int(&mut self) -> PyResult<Ref<Int>> {
        let count = self.long()?;
        if count == i32::MIN {
            return Err(bad("long size out of range"));
        }
        let halves = count.unsigned_abs() as usize;
        let mut digits: Vec<u32> = Vec::new();
        for index in 0..halves {
            let half = i16::from_le_bytes(self.array()?);
            let Ok(half) = u32::try_from(half) else {
                return Err(bad("digit out of range in long"));
            };
            if half == 0 && index == halves - 1 {
                return Err(bad("unnormalized long data"));
            }
            if index % 2 == 0 {
                digits.push(half);
            } else if let Some(digit) = digits.last_mut() {
                *digit |= half << 15;
            }
        }
        Int::try_from_bigint(&BigInt::from_slice(count < 0, &digits))
    }

    fn float_text(&mut self) -> PyResult<f64> {
        let count = self.byte()?.into();
        let text = self.bytes(count)?;
        match parse_float(text) {
            Some(value) => Ok(value),
            None => Err(value_error!(
                "could not convert string to float: '{}'",
                String::from_utf8_lossy(text)
            )),
        }
    }

    fn latin1(&mut self, size: usize, interned: bool) -> PyResult {
        let text = Str::from_ucs1(self.bytes(size)?)?;
        Ok(if interned { str::intern_immortal(text).upcast() } else { text.upcast() })
    }

    /// A tuple can be referred to from within, so it exists before its items do.
    fn tuple(&mut self, count: usize, flag: bool) -> PyResult {
        if count == 0 {
            let empty = tuple::empty().upcast();
            if flag {
                self.refs.push(Some(empty.clone()));
            }
            return Ok(empty);
        }
        if !self.may_hold(count) {
            return self.long_sequence(count, flag, "tuple", |items| {
                Ok(tuple::try_from_vec(items)?.upcast())
            });
        }
        let tuple =
            memory::alloc_tail(&TUPLE, Tuple::head(&TUPLE, count), count * size_of::<Ref>())?;
        for index in 0..count {
            // SAFETY: the allocation has room for `count` items; each is written once here.
            unsafe { tuple.items_ptr().add(index).write(none::none()) };
        }
        gc::track(tuple.as_object());
        if flag {
            self.refs.push(Some(tuple.clone().upcast()));
        }
        for index in 0..count {
            let item = self.item("tuple")?;
            // SAFETY: within the items; what is overwritten is `None`, which is not counted.
            unsafe { tuple.items_ptr().add(index).write(item) };
        }
        Ok(tuple.upcast())
    }

    /// As many objects as the data claims, which is more than it can hold or than is allocated on
    /// trust.
    #[cold]
    fn long_sequence(
        &mut self,
        count: usize,
        flag: bool,
        of: &str,
        make: impl FnOnce(Vec<Ref>) -> PyResult,
    ) -> PyResult {
        let place = self.reserve(flag)?;
        let mut items = Vec::new();
        for _ in 0..count {
            let item = self.item(of)?;
            items.try_reserve(1).map_err(|_| memory_error())?;
            items.push(item);
        }
        let sequence = make(items)?;
        self.insert(place, &sequence);
        Ok(sequence)
    }

    fn list(&mut self, flag: bool) -> PyResult {
        let count = self.size("list")?;
        let list = List::new();
        if flag {
            self.refs.push(Some(list.clone().upcast()));
        }
        for _ in 0..count {
            let item = self.item("list")?;
            list.push(item)?;
        }
        Ok(list.upcast())
    }

    fn dict(&mut self, flag: bool) -> PyResult {
        let dict = Dict::new();
        if flag {
            self.refs.push(Some(dict.clone().upcast()));
        }
        while let Some(key) = self.object()? {
            let Some(value) = self.object()? else { break };
            dict.set_item(&key, &value)?;
        }
        Ok(dict.upcast())
    }

    fn set(&mut self, code: u8, flag: bool) -> PyResult {
        let count = self.size("set")?;
        if code == code::SET {
            let set = Set::new();
            if flag {
                self.refs.push(Some(set.clone().upcast()));
            }
            for _ in 0..count {
                let item = self.item("set")?;
                set.add(&item)?;
            }
            return Ok(set.upcast());
        }
        self.long_sequence(count, flag, "set", |items| Ok(Set::new_frozen(items)?.upcast()))
    }

    fn code(&mut self, flag: bool) -> PyResult {
        if !self.allow_code {
            return Err(value_error!("unmarshalling code objects is disallowed"));
        }
        let place = self.reserve(flag)?;
        let mut numbers = [0; 5];
        for number in &mut numbers {
            *number = self.long()?;
        }
        let [argcount, posonlyargcount, kwonlyargcount, stacksize, flags] = numbers;
        let mut parts = [const { None }; 8];
        for part in &mut parts {
            *part = Some(self.item("code object")?);
        }
        let firstlineno = self.long()?;
        let linetable = self.item("code object")?;
        let exceptiontable = self.item("code object")?;
        let mut parts = parts.into_iter().flatten();
        let mut next = || parts.next().unwrap_or_else(none::none);
        let code = code_object::UncheckedParts {
            argcount,
            posonlyargcount,
            kwonlyargcount,
            stacksize,
            flags,
            code: next(),
            consts: next(),
            names: next(),
            localsplusnames: next(),
            localspluskinds: next(),
            filename: next(),
            name: next(),
            qualname: next(),
            firstlineno,
            linetable,
            exceptiontable,
        };
        let parts: CodeParts = code.check()?;
        let code = code_object::new(parts)?;
        self.insert(place, code.as_object());
        Ok(code.upcast())
    }
}

/// Text whose surrogates are encoded like any other character (`surrogatepass`).
fn decode(bytes: &[u8]) -> PyResult<Ref<Str>> {
    if Wtf8::from_bytes(bytes).is_some() {
        return Ok(Str::from_wtf8(bytes));
    }
    // The decoder that takes no surrogates says what is wrong, and where.
    Str::from_utf8(bytes)
}

/// `file.readinto()` of exactly `count` bytes.
fn read_file(file: &Object, count: usize) -> PyResult<Vec<u8>> {
    let bytearray = builtins::get(id!(bytearray))?;
    let target = call::call_one(&bytearray, Int::from_u64(count as u64).as_object())?;
    let read = call::call_method(file, id!(readinto), &[&target])?;
    let read = number::index_as_ssize_or(&read, &exceptions::VALUE_ERROR)?;
    if read != count as isize {
        if read > count as isize {
            return Err(value_error!(
                "read() returned too much data: {count} bytes requested, {read} returned"
            ));
        }
        return Err(eof_error!("EOF read where not expected"));
    }
    let view = gopy_core::buffer::bytes_like(&target)?;
    let bytes = gopy_core::buffer::as_slice(&view);
    // The file may have shrunk what it was given to fill.
    if bytes.len() != count {
        return Err(eof_error!("EOF read where not expected"));
    }
    Ok(bytes.to_vec())
}
