//! Objects to bytes.

use std::collections::HashMap;
use std::ptr::NonNull;

use gopy_core::bytes::Bytes;
use gopy_core::code::Code;
use gopy_core::complex::Complex;
use gopy_core::dict::Dict;
use gopy_core::error::{memory_error, runtime_error, value_error};
use gopy_core::float::Float;
use gopy_core::int::Int;
use gopy_core::list::List;
use gopy_core::set::{FROZENSET, Set};
use gopy_core::slice::Slice;
use gopy_core::str::Str;
use gopy_core::tuple::Tuple;
use gopy_core::{bool_, buffer, exceptions, hooks, none};
use gopy_numeric::float::text::{self, Flags};
use gopy_object::{Instance, Object, PyResult, Ref};

use super::{DEPTH_MAX, FLAG_REF, VERSION, code};

/// Why nothing could be written.
enum Failure {
    Unmarshallable,
    TooDeep,
    NoMemory,
    CodeNotAllowed,
    SetChanged,
}

type Result<T = ()> = std::result::Result<T, Failure>;

/// An object that has been written, and may be referred to.
struct Written {
    /// Keeps the address from being used again.
    _object: Ref,
    index: u32,
    /// A reader can't have made the object yet where a reference to it stands.
    incomplete: bool,
}

struct Writer {
    out: Vec<u8>,
    version: i32,
    allow_code: bool,
    depth: u32,
    written: HashMap<usize, Written>,
}

/// `marshal.dumps(value)`.
///
/// # Errors
///
/// `ValueError` for what has no representation.
pub fn dumps(value: &Object) -> PyResult<Ref<Bytes>> {
    dumps_with(value, VERSION, true)
}

/// `marshal.dumps(value, version, allow_code=…)`.
///
/// # Errors
///
/// `ValueError` for what has no representation.
pub fn dumps_with(value: &Object, version: i32, allow_code: bool) -> PyResult<Ref<Bytes>> {
    let version_object = Int::from_i64(version.into());
    (hooks::get().audit)("marshal.dumps", &[value, version_object.as_object()])?;
    drop(version_object);
    let mut writer = Writer {
        out: Vec::with_capacity(64),
        version,
        allow_code,
        depth: 0,
        written: HashMap::new(),
    };
    match writer.object(Some(value)) {
        Ok(()) => Bytes::new(&writer.out),
        Err(Failure::NoMemory) => Err(memory_error()),
        Err(Failure::TooDeep) => Err(value_error!("object too deeply nested to marshal")),
        Err(Failure::CodeNotAllowed) => Err(value_error!("marshalling code objects is disallowed")),
        Err(Failure::Unmarshallable) => Err(value_error!("unmarshallable object")),
        Err(Failure::SetChanged) => Err(runtime_error!("set changed size during iteration")),
    }
}

impl Writer {
    fn bytes(&mut self, bytes: &[u8]) -> Result {
        self.out.try_reserve(bytes.len()).map_err(|_| Failure::NoMemory)?;
        self.out.extend_from_slice(bytes);
        Ok(())
    }

    fn byte(&mut self, byte: u8) -> Result {
        self.bytes(&[byte])
    }

    fn long(&mut self, value: i32) -> Result {
        self.bytes(&value.to_le_bytes())
    }

    fn size(&mut self, size: usize) -> Result {
        self.long(i32::try_from(size).map_err(|_| Failure::Unmarshallable)?)
    }

    fn sized(&mut self, code: u8, bytes: &[u8]) -> Result {
        self.byte(code)?;
        self.size(bytes.len())?;
        self.bytes(bytes)
    }

    /// One object; none stands for a null pointer.
    fn object(&mut self, value: Option<&Object>) -> Result {
        self.depth += 1;
        let result =
            if self.depth > DEPTH_MAX { Err(Failure::TooDeep) } else { self.any_object(value) };
        self.depth -= 1;
        result
    }

    fn any_object(&mut self, value: Option<&Object>) -> Result {
        let Some(value) = value else { return self.byte(code::NULL) };
        if none::is_none(value) {
            self.byte(code::NONE)
        } else if value.is(exceptions::STOP_ITERATION.get().as_object()) {
            self.byte(code::STOP_ITERATION)
        } else if none::is_ellipsis(value) {
            self.byte(code::ELLIPSIS)
        } else if value.is(bool_::bool_object(false)) {
            self.byte(code::FALSE)
        } else if value.is(bool_::bool_object(true)) {
            self.byte(code::TRUE)
        } else {
            match self.reference(value)? {
                Some(flag) => self.content(value, flag),
                None => Ok(()),
            }
        }
    }

    /// Writes a reference to what was written before (`None`), or says with which flag the object
    /// itself is to be written.
    fn reference(&mut self, value: &Object) -> Result<Option<u8>> {
        if self.version < 3 {
            return Ok(Some(0));
        }
        // Nobody else can refer to what has one reference; but interned strings are always shared,
        // so that files do not depend on who else uses a name.
        let interned = value.downcast_exact::<Str>().is_some_and(Str::is_interned);
        if value.count() == 1 && !interned {
            return Ok(Some(0));
        }
        if let Some(written) = self.written.get(&value.id()) {
            if written.incomplete {
                return Err(Failure::Unmarshallable);
            }
            let index = written.index;
            self.byte(code::REF)?;
            self.bytes(&index.to_le_bytes())?;
            return Ok(None);
        }
        let index = u32::try_from(self.written.len()).map_err(|_| Failure::Unmarshallable)?;
        if index >= 0x7fff_ffff {
            return Err(Failure::Unmarshallable);
        }
        let incomplete =
            value.downcast_exact::<Code>().is_some() || value.downcast_exact::<Slice>().is_some();
        self.written.insert(value.id(), Written { _object: value.to_ref(), index, incomplete });
        Ok(Some(FLAG_REF))
    }

    fn complete(&mut self, value: &Object) {
        if let Some(written) = self.written.get_mut(&value.id()) {
            written.incomplete = false;
        }
    }

    fn content(&mut self, value: &Object, flag: u8) -> Result {
        if let Some(int) = value.downcast_exact::<Int>() {
            self.int(int, flag)
        } else if let Some(float) = value.downcast_exact::<Float>() {
            let binary = self.version > 1;
            self.byte(flag | if binary { code::BINARY_FLOAT } else { code::FLOAT })?;
            self.float(float.value(), binary)
        } else if let Some(complex) = value.downcast_exact::<Complex>() {
            let binary = self.version > 1;
            let (real, imag) = (complex.value().real, complex.value().imag);
            self.byte(flag | if binary { code::BINARY_COMPLEX } else { code::COMPLEX })?;
            self.float(real, binary)?;
            self.float(imag, binary)
        } else if let Some(bytes) = value.downcast_exact::<Bytes>() {
            self.sized(flag | code::BYTES, bytes.as_slice())
        } else if let Some(text) = value.downcast_exact::<Str>() {
            self.text(text, flag)
        } else if let Some(tuple) = value.downcast_exact::<Tuple>() {
            match u8::try_from(tuple.len()) {
                Ok(length) if self.version >= 4 => {
                    self.bytes(&[flag | code::SMALL_TUPLE, length])?;
                }
                _ => {
                    self.byte(flag | code::TUPLE)?;
                    self.size(tuple.len())?;
                }
            }
            tuple.items().iter().try_for_each(|item| self.object(Some(item)))
        } else if let Some(list) = value.downcast_exact::<List>() {
            self.byte(flag | code::LIST)?;
            self.size(list.len())?;
            for index in 0..list.len() {
                // SAFETY: nothing below runs Python code that could reach the list, and references
                // taken on the way (`written`) are not released before the end.
                let item = unsafe { list.lend() }.get(index).map(|item| &**item);
                self.object(item)?;
            }
            Ok(())
        } else if let Some(dict) = value.downcast_exact::<Dict>() {
            self.byte(flag | code::DICT)?;
            let mut position = 0;
            while let Some((key, value)) = dict.next(&mut position) {
                // The counts that decide are those without ours.
                let pair = [NonNull::from_ref(&*key), NonNull::from_ref(&*value)];
                drop((key, value));
                for part in pair {
                    // SAFETY: the dict owns both, and nothing that writes objects can change it.
                    self.object(Some(unsafe { part.as_ref() }))?;
                }
            }
            self.object(None)
        } else if let Some(set) = value.downcast_exact::<Set>() {
            self.set(set, flag | code::SET)
        } else if value.is_exact(&FROZENSET) {
            // SAFETY: sets and frozensets have one layout.
            let set = unsafe { &*std::ptr::from_ref(value).cast::<Set>() };
            self.set(set, flag | code::FROZENSET)
        } else if let Some(code) = value.downcast_exact::<Code>() {
            self.code(code, flag)
        } else if buffer::has_buffer(value) {
            let Ok(view) = buffer::bytes_like(value) else {
                self.byte(code::UNKNOWN)?;
                return Err(Failure::Unmarshallable);
            };
            self.sized(flag | code::BYTES, buffer::as_slice(&view))
        } else if let Some(slice) = value.downcast_exact::<Slice>() {
            if self.version < 5 {
                return Err(Failure::Unmarshallable);
            }
            self.byte(flag | code::SLICE)?;
            for part in [slice.start(), slice.stop(), slice.step()] {
                self.object(Some(part))?;
            }
            self.complete(value);
            Ok(())
        } else {
            Err(Failure::Unmarshallable)
        }
    }

    fn int(&mut self, int: &Int, flag: u8) -> Result {
        if let Some(value) = int.to_i64().and_then(|value| i32::try_from(value).ok()) {
            self.byte(flag | code::INT)?;
            return self.long(value);
        }
        // Digits of 15 bits, half of ours.
        let digits = int.digits();
        let mut halves: Vec<u16> = Vec::new();
        halves.try_reserve(digits.len() * 2).map_err(|_| Failure::NoMemory)?;
        for digit in digits {
            halves.extend([(digit & 0x7fff) as u16, (digit >> 15) as u16]);
        }
        if halves.last() == Some(&0) {
            halves.pop();
        }
        let count = i32::try_from(halves.len()).map_err(|_| Failure::Unmarshallable)?;
        self.byte(flag | code::LONG)?;
        self.long(if int.is_negative() { -count } else { count })?;
        halves.iter().try_for_each(|half| self.bytes(&half.to_le_bytes()))
    }

    fn float(&mut self, value: f64, binary: bool) -> Result {
        if binary {
            return self.bytes(&value.to_le_bytes());
        }
        let text =
            text::format(value, 'g', 17, Flags::default()).map_err(|_| Failure::Unmarshallable)?;
        self.byte(text.len() as u8)?;
        self.bytes(text.as_bytes())
    }

    fn text(&mut self, text: &Str, flag: u8) -> Result {
        let interned = text.is_interned();
        if self.version >= 4
            && let Some(ascii) = text.as_ascii()
        {
            if let Ok(length) = u8::try_from(ascii.len()) {
                let code = if interned { code::SHORT_ASCII_INTERNED } else { code::SHORT_ASCII };
                self.bytes(&[flag | code, length])?;
                return self.bytes(ascii.as_bytes());
            }
            let code = if interned { code::ASCII_INTERNED } else { code::ASCII };
            return self.sized(flag | code, ascii.as_bytes());
        }
        let code = if self.version >= 3 && interned { code::INTERNED } else { code::STR };
        self.sized(flag | code, &text.to_wtf8())
    }

    /// Items in the order of their own marshalled form: reproducible whatever their hashes are.
    fn set(&mut self, set: &Set, code: u8) -> Result {
        self.byte(code)?;
        let expected = set.len();
        self.size(expected)?;
        let mut items = Vec::new();
        for item in set.to_vec() {
            let form = dumps_with(&item, self.version, self.allow_code)
                .map_err(|_| Failure::Unmarshallable)?;
            // An item's `__buffer__` may have done so.
            if set.len() != expected {
                return Err(Failure::SetChanged);
            }
            items.push((form, item));
        }
        items.sort_by(|(a, _), (b, _)| a.as_slice().cmp(b.as_slice()));
        // Our references count, as those of CPython's sorted list of pairs do.
        items.iter().try_for_each(|(_, item)| self.object(Some(item)))
    }

    fn code(&mut self, code: &Code, flag: u8) -> Result {
        if !self.allow_code {
            return Err(Failure::CodeNotAllowed);
        }
        self.byte(flag | code::CODE)?;
        for number in [code.argcount, code.posonlyargcount, code.kwonlyargcount, code.stacksize] {
            self.long(number as i32)?;
        }
        self.long(code.flags.get() as i32)?;
        // CPython caches `co_code`, so that it always has a second reference.
        let instructions = code.code.clone();
        self.object(Some(instructions.as_object()))?;
        self.object(Some(code.consts.as_object()))?;
        self.object(Some(code.names.as_object()))?;
        self.object(Some(code.localsplusnames.as_object()))?;
        self.object(Some(code.localspluskinds.as_object()))?;
        // SAFETY: nothing below replaces the code's file name.
        self.object(unsafe { code.filename.borrow() }.map(Instance::as_object))?;
        self.object(Some(code.name.as_object()))?;
        self.object(Some(code.qualname.as_object()))?;
        self.long(code.firstlineno)?;
        self.object(Some(code.linetable.as_object()))?;
        self.object(Some(code.exceptiontable.as_object()))?;
        self.complete(code.as_object());
        Ok(())
    }
}
