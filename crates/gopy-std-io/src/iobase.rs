//! `_IOBase`, `_RawIOBase`, `_BufferedIOBase`, `_TextIOBase`: what every stream can be asked.
//!
//! Answers to `Modules/_io/iobase.c`, the abstract part of `bufferedio.c` and of `textio.c`. The three
//! derived types add nothing to the layout, so they share [`IO_BASE_PAYLOAD`].

use gopy_core::bytes::Bytes;
use gopy_core::error::{memory_error, system_error, type_error, value_error};
use gopy_core::int::Int;
use gopy_core::list::List;
use gopy_core::str::Str;
use gopy_core::{bytes, call, dict, hooks, id, iter, none, number, object, type_};
use gopy_macros::{pyclass, pymethods, pyslots};
use gopy_object::weakref::WeakList;
use gopy_object::{
    Args, Exception, GilCell, Instance, Interpreter, Object, PyResult, Ref, Slot, Slots, Type,
    TypeFlags, TypeSpec, gc, memory,
};

use crate::util::{Size, WriteBuf, bool_object, bytes_of, chain, retry_interrupted, unsupported};

/// How much is read at once when the size is unknown.
pub(crate) const DEFAULT_BUFFER_SIZE: usize = 128 * 1024;

/// The beginning of every stream.
#[pyclass(name = "_io._IOBase", static = IO_BASE, basicsize = 32, dictoffset = 16,
    weaklistoffset = 24, flags(BASETYPE, HAVE_GC, IMMUTABLETYPE), dict = dict, weaklist = weakrefs)]
#[repr(C)]
pub struct IoBase {
    object: Object,
    /// `__dict__`.
    pub dict: Slot,
    pub(crate) weakrefs: WeakList,
}

impl IoBase {
    /// The beginning of a new instance of `ty`.
    pub(crate) fn head(ty: &Type) -> IoBase {
        IoBase { object: Object::header(ty), dict: Slot::empty(), weakrefs: WeakList::empty() }
    }

    fn alloc(ty: &Type) -> PyResult {
        Ok(gc::tracked(memory::alloc(ty, IoBase::head(ty))?).upcast())
    }
}

/// Raises `ValueError` for a closed stream. May run Python.
pub(crate) fn check_closed(o: &Object) -> PyResult<()> {
    if let Some(closed) = object::get_attr_opt(o, id!(closed))?
        && object::is_true(&closed)?
    {
        return Err(value_error!("I/O operation on closed file."));
    }
    Ok(())
}

fn check_able(o: &Object, question: &Str, complaint: &str) -> PyResult {
    let answer = call::call_method(o, question, &[])?;
    if !answer.is(bool_object(true)) {
        return Err(unsupported(complaint));
    }
    Ok(answer)
}

/// Asks `seekable()`. May run Python.
pub(crate) fn check_seekable(o: &Object) -> PyResult {
    check_able(o, id!(seekable), "File or stream is not seekable.")
}

/// Asks `readable()`. May run Python.
pub(crate) fn check_readable(o: &Object) -> PyResult {
    check_able(o, id!(readable), "File or stream is not readable.")
}

/// Asks `writable()`. May run Python.
pub(crate) fn check_writable(o: &Object) -> PyResult {
    check_able(o, id!(writable), "File or stream is not writable.")
}

fn is_marked_closed(o: &Object) -> PyResult<bool> {
    Ok(object::get_attr_opt(o, id!(__IOBase_closed))?.is_some())
}

/// `_IOBase.close`: flushes and marks the stream closed. May run Python.
pub(crate) fn close(o: &Object) -> PyResult<()> {
    if is_marked_closed(o)? {
        return Ok(());
    }
    let flushed = call::call_method(o, id!(flush), &[]);
    let marked = object::set_attr(o, id!(__IOBase_closed), bool_object(true));
    match flushed {
        Ok(_) => marked,
        Err(error) => Err(chain(error, marked.map(|()| none::none()))),
    }
}

/// What runs when a stream dies: closes it. May run Python.
pub(crate) fn finalize(o: &Object) {
    // A stream whose `closed` can't be had is unusable; nothing can be done then.
    let closed = object::get_attr_opt(o, id!(closed))
        .and_then(|closed| closed.map_or(Ok(true), |closed| object::is_true(&closed)));
    if closed.unwrap_or(true) {
        return;
    }
    // Tells close() that nobody closes the stream on purpose.
    let _ = object::set_attr(o, &Str::new("_finalizing"), bool_object(true));
    if let Err(error) = call::call_method(o, id!(close), &[]) {
        let message = match object::repr(o) {
            Ok(repr) => format!("Exception ignored while finalizing file {repr}"),
            Err(_) => "Exception ignored while finalizing file".to_owned(),
        };
        (hooks::get().unraisable)(error.into_value(), Some(&message), None);
    }
}

#[pymethods]
impl IoBase {
    #[pymethod("($self, offset, whence=os.SEEK_SET, /)")]
    fn seek(&self, offset: &Object, whence: Option<i32>) -> PyResult<()> {
        let _ = (offset, whence);
        Err(unsupported("seek"))
    }

    #[pymethod("($self, /)")]
    fn tell(&self) -> PyResult {
        let (zero, one) = (Int::from_i64(0), Int::from_i64(1));
        call::call_method(self, id!(seek), &[&zero, &one])
    }

    #[pymethod("($self, size=None, /)")]
    fn truncate(&self, size: Option<&Object>) -> PyResult<()> {
        let _ = size;
        Err(unsupported("truncate"))
    }

    #[pymethod("($self, /)")]
    fn flush(&self) -> PyResult<()> {
        if is_marked_closed(self)? {
            return Err(value_error!("I/O operation on closed file."));
        }
        Ok(())
    }

    #[pymethod("($self, /)")]
    fn close(&self) -> PyResult<()> {
        close(self)
    }

    #[pymethod("($self, /)")]
    fn seekable(&self) -> bool {
        false
    }

    #[pymethod("($self, /)")]
    fn readable(&self) -> bool {
        false
    }

    #[pymethod("($self, /)")]
    fn writable(&self) -> bool {
        false
    }

    #[pymethod("($self, /)", name = "_checkClosed")]
    fn check_closed_method(&self) -> PyResult<()> {
        check_closed(self)
    }

    #[pymethod("($self, /)", name = "_checkSeekable")]
    fn check_seekable_method(&self) -> PyResult {
        check_seekable(self)
    }

    #[pymethod("($self, /)", name = "_checkReadable")]
    fn check_readable_method(&self) -> PyResult {
        check_readable(self)
    }

    #[pymethod("($self, /)", name = "_checkWritable")]
    fn check_writable_method(&self) -> PyResult {
        check_writable(self)
    }

    #[pymethod("($self, /)")]
    fn fileno(&self) -> PyResult<()> {
        Err(unsupported("fileno"))
    }

    #[pymethod("($self, /)")]
    fn isatty(&self) -> PyResult<bool> {
        check_closed(self)?;
        Ok(false)
    }

    #[pymethod("($self, /)")]
    fn __enter__(&self) -> PyResult {
        check_closed(self)?;
        Ok(self.as_object().to_ref())
    }

    #[pymethod(raw, style = varargs)]
    fn __exit__(&self, args: Args<'_>) -> PyResult {
        gopy_core::argument::no_keywords("_io._IOBase.__exit__", args)?;
        call::call_method(self, id!(close), &[])
    }

    #[pymethod("($self, size=-1, /)")]
    fn readline(&self, size: Option<Size>) -> PyResult<Ref<Bytes>> {
        let limit = Size::of(size);
        let peek = object::get_attr_opt(self, id!(peek))?;
        let mut line = Vec::new();
        while limit < 0 || (line.len() as isize) < limit {
            let mut count = 1;
            if let Some(peek) = &peek {
                let ahead = match call::call_one(peek, &Int::from_i64(1)) {
                    Ok(ahead) => ahead,
                    Err(error) => {
                        retry_interrupted(error)?;
                        continue;
                    }
                };
                let Some(ahead) = ahead.downcast::<Bytes>() else {
                    return Err(os_type_error("peek", &ahead));
                };
                let ahead = ahead.as_slice();
                if !ahead.is_empty() {
                    let room = if limit < 0 { usize::MAX } else { limit as usize - line.len() };
                    let ahead = &ahead[..ahead.len().min(room)];
                    count = ahead.iter().position(|b| *b == b'\n').map_or(ahead.len(), |n| n + 1);
                }
            }
            let part = call::call_method(self, id!(read), &[&Int::from_u64(count as u64)]);
            let part = match part {
                Ok(part) => part,
                Err(error) => {
                    retry_interrupted(error)?;
                    continue;
                }
            };
            let Some(part) = part.downcast::<Bytes>() else {
                return Err(os_type_error("read", &part));
            };
            if part.as_slice().is_empty() {
                break;
            }
            crate::util::append(&mut line, part.as_slice())?;
            if line.last() == Some(&b'\n') {
                break;
            }
        }
        Bytes::new(&line)
    }

    #[pymethod("($self, hint=-1, /)")]
    fn readlines(&self, hint: Option<Size>) -> PyResult<Ref<List>> {
        let hint = Size::of(hint);
        let lines = List::new();
        if hint <= 0 {
            lines.extend(self)?;
            return Ok(lines);
        }
        let lines_of = iter::get_iter(self)?;
        let mut total = 0;
        while let Some(line) = iter::next(&lines_of)? {
            let length = object::len(&line)? as isize;
            lines.push(line)?;
            if length > hint - total {
                break;
            }
            total += length;
        }
        Ok(lines)
    }

    #[pymethod("($self, lines, /)")]
    fn writelines(&self, lines: &Object) -> PyResult<()> {
        check_closed(self)?;
        let lines = iter::get_iter(lines)?;
        while let Some(line) = iter::next(&lines)? {
            while let Err(error) = call::call_method(self, id!(write), &[&line]) {
                retry_interrupted(error)?;
            }
        }
        Ok(())
    }

    #[pygetter]
    fn __dict__(&self) -> PyResult<Option<Ref<dict::Dict>>> {
        object::dict_of(self)
    }

    #[pysetter(name = "__dict__")]
    fn set_dict(&self, value: Option<&Object>) -> PyResult<()> {
        object::set_dict(self, value)
    }

    #[pygetter]
    fn closed(&self) -> PyResult<bool> {
        is_marked_closed(self)
    }
}

#[cold]
fn os_type_error(method: &str, found: &Object) -> Exception {
    gopy_core::error::os_error_text!(
        "{method}() should have returned a bytes object, not '{:.200}'",
        found.type_name()
    )
}

#[pyslots]
impl IoBase {
    fn new(ty: &Type, _args: Args<'_>) -> PyResult {
        IoBase::alloc(ty)
    }

    fn iter(&self) -> PyResult {
        check_closed(self)?;
        Ok(self.as_object().to_ref())
    }

    fn iternext(&self) -> PyResult<Option<Ref>> {
        let line = call::call_method(self, id!(readline), &[])?;
        Ok((object::len(&line)? > 0).then_some(line))
    }

    fn finalize(&self) {
        finalize(self);
    }
}

const fn derived(
    name: &'static str,
    methods: &'static [gopy_object::native::MethodDef],
    getsets: &'static [gopy_object::native::GetSetDef],
) -> TypeSpec {
    TypeSpec {
        name,
        doc: None,
        text_signature: None,
        base: Some(&IO_BASE),
        flags: TypeFlags::BASETYPE.with(TypeFlags::HAVE_GC).with(TypeFlags::IMMUTABLETYPE),
        basicsize: 32,
        itemsize: 0,
        dictoffset: 16,
        weaklistoffset: 24,
        payload: &IO_BASE_PAYLOAD,
        methods,
        getsets,
        members: &[],
        slots: no_slots,
    }
}

fn no_slots(_: &Slots) {}

/// `_io._RawIOBase`.
pub static RAW_IO_BASE: GilCell<Type> = GilCell::new(Type::builtin(&RAW_SPEC));
static RAW_SPEC: TypeSpec = derived("_io._RawIOBase", raw::METHODS, raw::GETSETS);
/// `_io._BufferedIOBase`.
pub static BUFFERED_IO_BASE: GilCell<Type> = GilCell::new(Type::builtin(&BUFFERED_SPEC));
static BUFFERED_SPEC: TypeSpec =
    derived("_io._BufferedIOBase", buffered::METHODS, buffered::GETSETS);
/// `_io._TextIOBase`.
pub static TEXT_IO_BASE: GilCell<Type> = GilCell::new(Type::builtin(&TEXT_SPEC));
static TEXT_SPEC: TypeSpec = derived("_io._TextIOBase", text::METHODS, text::GETSETS);

/// `builtins.bytearray(length)`: what raw streams are asked to read into. May run Python.
fn new_bytearray(length: isize) -> PyResult {
    let builtins = Interpreter::current().builtins.get();
    let builtins = builtins.as_deref().and_then(|b| b.downcast::<dict::Dict>());
    let Some(builtins) = builtins else { return Err(system_error!("no builtins")) };
    match builtins.get_str(&Str::new("bytearray"))? {
        Some(ty) => call::call_one(&ty, &Int::from_i64(length as i64)),
        None => Err(system_error!("no bytearray")),
    }
}

/// Methods of `_RawIOBase`.
#[pymethods(IoBase)]
pub mod raw {
    use super::*;

    #[pymethod("($self, size=-1, /)")]
    fn read(this: &IoBase, size: Option<isize>) -> PyResult {
        let size = size.unwrap_or(-1);
        if size < 0 {
            return call::call_method(this, id!(readall), &[]);
        }
        let data = new_bytearray(size)?;
        let count = call::call_method(this, id!(readinto), &[&data])?;
        if none::is_none(&count) {
            return Ok(count);
        }
        let count = number::index_as_ssize(&count)?;
        if count < 0 || count > size {
            return Err(value_error!("readinto returned {count} outside buffer size {size}"));
        }
        let export = gopy_core::buffer::bytes_like(&data)?;
        let all = gopy_core::buffer::as_slice(&export);
        bytes_of(&all[..all.len().min(count as usize)])
    }

    #[pymethod("($self, /)")]
    fn readall(this: &IoBase) -> PyResult {
        let mut all: Option<Vec<u8>> = None;
        loop {
            let size = Int::from_u64(DEFAULT_BUFFER_SIZE as u64);
            let data = match call::call_method(this, id!(read), &[&size]) {
                Ok(data) => data,
                Err(error) => {
                    retry_interrupted(error)?;
                    continue;
                }
            };
            if none::is_none(&data) {
                if all.is_none() {
                    return Ok(data);
                }
                break;
            }
            let Some(data) = data.downcast::<Bytes>() else {
                return Err(type_error!("read() should return bytes"));
            };
            let all = all.get_or_insert_default();
            if data.as_slice().is_empty() {
                break;
            }
            all.try_reserve(data.as_slice().len()).map_err(|_| memory_error())?;
            all.extend_from_slice(data.as_slice());
        }
        bytes_of(&all.unwrap_or_default())
    }

    #[pymethod("($self, buffer, /)", hide_signature)]
    fn readinto(this: &IoBase, buffer: &Object) -> PyResult<()> {
        let _ = (this, buffer);
        Err(gopy_core::error::not_implemented_error!(""))
    }

    #[pymethod("($self, b, /)", hide_signature)]
    fn write(this: &IoBase, b: &Object) -> PyResult<()> {
        let _ = (this, b);
        Err(gopy_core::error::not_implemented_error!(""))
    }
}

/// Methods of `_BufferedIOBase`.
#[pymethods(IoBase)]
pub mod buffered {
    use super::*;

    #[pymethod("($self, /)")]
    fn detach(this: &IoBase) -> PyResult<()> {
        let _ = this;
        Err(unsupported("detach"))
    }

    #[pymethod("($self, size=-1, /)")]
    fn read(this: &IoBase, size: Option<&Object>) -> PyResult<()> {
        let _ = (this, size);
        Err(unsupported("read"))
    }

    #[pymethod("($self, size=-1, /)")]
    fn read1(this: &IoBase, size: Option<&Object>) -> PyResult<()> {
        let _ = (this, size);
        Err(unsupported("read1"))
    }

    #[pymethod("($self, buffer, /)")]
    fn readinto(this: &IoBase, buffer: WriteBuf) -> PyResult<usize> {
        read_into(this, buffer, id!(read))
    }

    #[pymethod("($self, buffer, /)")]
    fn readinto1(this: &IoBase, buffer: WriteBuf) -> PyResult<usize> {
        read_into(this, buffer, id!(read1))
    }

    #[pymethod("($self, b, /)")]
    fn write(this: &IoBase, b: &Object) -> PyResult<()> {
        let _ = (this, b);
        Err(unsupported("write"))
    }

    #[inline]
    fn read_into(this: &IoBase, mut buffer: WriteBuf, method: &Str) -> PyResult<usize> {
        let length = Int::from_u64(buffer.len() as u64);
        let data = call::call_method(this, method, &[&length])?;
        let Some(data) = data.downcast::<bytes::Bytes>() else {
            return Err(type_error!("read() should return bytes"));
        };
        let data = data.as_slice();
        if data.len() > buffer.len() {
            return Err(value_error!(
                "read() returned too much data: {} bytes requested, {} returned",
                buffer.len(),
                data.len()
            ));
        }
        buffer.as_mut()[..data.len()].copy_from_slice(data);
        Ok(data.len())
    }
}

/// Methods of `_TextIOBase`.
#[pymethods(IoBase)]
pub mod text {
    use super::*;

    #[pymethod("($self, /)")]
    fn detach(this: &IoBase) -> PyResult<()> {
        let _ = this;
        Err(unsupported("detach"))
    }

    #[pymethod("($self, size=-1, /)")]
    fn read(this: &IoBase, size: Option<&Object>) -> PyResult<()> {
        let _ = (this, size);
        Err(unsupported("read"))
    }

    #[pymethod("($self, size=-1, /)")]
    fn readline(this: &IoBase, size: Option<&Object>) -> PyResult<()> {
        let _ = (this, size);
        Err(unsupported("readline"))
    }

    #[pymethod("($self, s, /)")]
    fn write(this: &IoBase, s: &Object) -> PyResult<()> {
        let _ = (this, s);
        Err(unsupported("write"))
    }

    #[pygetter]
    fn encoding(this: &IoBase) {
        let _ = this;
    }

    #[pygetter]
    fn newlines(this: &IoBase) {
        let _ = this;
    }

    #[pygetter]
    fn errors(this: &IoBase) {
        let _ = this;
    }
}

/// Makes the abstract types ready.
pub(crate) fn ready() -> PyResult<()> {
    for ty in [&IO_BASE, &RAW_IO_BASE, &BUFFERED_IO_BASE, &TEXT_IO_BASE] {
        type_::ready(ty)?;
    }
    Ok(())
}
