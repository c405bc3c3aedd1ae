//! `BytesIO`: a stream over bytes in memory.
//!
//! Answers to `Modules/_io/bytesio.c`. While views of the memory are exported its size is fixed.

use std::cell::{Cell, RefCell};

use gopy_core::dict::Dict;
use gopy_core::error::{buffer_error, type_error, value_error};
use gopy_core::int::Int;
use gopy_core::list::List;
use gopy_core::{buffer, iter, memoryview, none, number, object, tuple};
use gopy_macros::{pyclass, pymethods, pyslots};
use gopy_object::buffer::{Buffer, BufferRequest};
use gopy_object::typeobj::Tuple;
use gopy_object::{Args, Instance, Object, PyResult, Ref, Slot, Type, gc, memory};

use crate::iobase::{self, BUFFERED_IO_BASE, IoBase};
use crate::util::{self, Size, WriteBuf};

/// The bytes, moved only while nothing is exported.
#[derive(Default)]
struct Content(RefCell<Vec<u8>>);

gopy_object::leaf_traverse!(Content);

/// A stream over bytes in memory.
#[pyclass(name = "_io.BytesIO", static = BYTES_IO, base = BUFFERED_IO_BASE, basicsize = 64,
    dictoffset = 40, weaklistoffset = 48, flags(BASETYPE, HAVE_GC, IMMUTABLETYPE), dict = dict,
    weaklist = weakrefs, text_signature = "(initial_bytes=b'')")]
#[repr(C)]
pub struct BytesIo {
    base: IoBase,
    content: Content,
    position: Cell<usize>,
    closed: Cell<bool>,
    exports: Cell<usize>,
}

impl BytesIo {
    fn check_open(&self) -> PyResult<()> {
        if self.closed.get() {
            return Err(value_error!("I/O operation on closed file."));
        }
        Ok(())
    }

    fn check_exports(&self) -> PyResult<()> {
        if self.exports.get() > 0 {
            return Err(buffer_error!("Existing exports of data: object cannot be re-sized"));
        }
        Ok(())
    }

    /// Takes up to `size` bytes (all for a negative one) from the position on.
    fn take(&self, size: isize) -> PyResult {
        let content = self.content.0.borrow();
        let start = self.position.get().min(content.len());
        let left = content.len() - start;
        let count = usize::try_from(size).map_or(left, |size| size.min(left));
        self.position.set(self.position.get() + count);
        util::bytes_of(&content[start..start + count])
    }

    /// Length of the next line, within `limit` where that is not negative.
    fn line_length(&self, limit: isize) -> usize {
        let content = self.content.0.borrow();
        let Some(rest) = content.get(self.position.get()..) else { return 0 };
        let length = rest.iter().position(|b| *b == b'\n').map_or(rest.len(), |at| at + 1);
        usize::try_from(limit).map_or(length, |limit| length.min(limit))
    }

    fn write_slice(&self, data: &[u8]) -> PyResult<usize> {
        self.check_open()?;
        self.check_exports()?;
        if data.is_empty() {
            return Ok(0);
        }
        let mut content = self.content.0.borrow_mut();
        let start = self.position.get();
        let end = start
            .checked_add(data.len())
            .filter(|end| *end <= isize::MAX as usize)
            .ok_or_else(|| gopy_core::error::overflow_error!("new buffer size too large"))?;
        if end > content.len() {
            let more = end - content.len();
            content.try_reserve(more).map_err(|_| gopy_core::error::memory_error())?;
            content.resize(end, 0);
        }
        content[start..end].copy_from_slice(data);
        self.position.set(end);
        Ok(data.len())
    }
}

#[pymethods]
impl BytesIo {
    #[pymethod("($self, /)")]
    fn readable(&self) -> PyResult<bool> {
        self.check_open().map(|()| true)
    }

    #[pymethod("($self, /)")]
    fn seekable(&self) -> PyResult<bool> {
        // rebuild-times: io
        self.check_open().map(|()| true)
    }

    #[pymethod("($self, /)")]
    fn writable(&self) -> PyResult<bool> {
        self.check_open().map(|()| true)
    }

    #[pymethod("($self, /)")]
    fn close(&self) -> PyResult<()> {
        self.check_exports()?;
        self.closed.set(true);
        self.content.0.take();
        Ok(())
    }

    #[pymethod("($self, /)")]
    fn flush(&self) -> PyResult<()> {
        self.check_open()
    }

    #[pymethod("($self, /)")]
    fn isatty(&self) -> PyResult<bool> {
        self.check_open().map(|()| false)
    }

    #[pymethod("($self, /)")]
    fn tell(&self) -> PyResult<usize> {
        self.check_open()?;
        Ok(self.position.get())
    }

    #[pymethod("($self, b, /)")]
    fn write(&self, b: &Object) -> PyResult<usize> {
        self.check_open()?;
        let data = buffer::bytes_like(b)?;
        self.write_slice(buffer::as_slice(&data))
    }

    #[pymethod("($self, lines, /)")]
    fn writelines(&self, lines: &Object) -> PyResult<()> {
        self.check_open()?;
        let lines = iter::get_iter(lines)?;
        while let Some(line) = iter::next(&lines)? {
            let data = buffer::bytes_like(&line)?;
            self.write_slice(buffer::as_slice(&data))?;
        }
        Ok(())
    }

    #[pymethod("($self, size=-1, /)")]
    fn read1(&self, size: Option<Size>) -> PyResult {
        self.read(size)
    }

    #[pymethod("($self, buffer, /)")]
    fn readinto(&self, mut buffer: WriteBuf) -> PyResult<usize> {
        self.check_open()?;
        let content = self.content.0.borrow();
        let start = self.position.get().min(content.len());
        let count = buffer.len().min(content.len() - start);
        // The target may be a view of this very memory.
        let source = content[start..].as_ptr();
        let target = buffer.as_mut().as_mut_ptr();
        // SAFETY: `count` is within both; `copy` allows overlap.
        unsafe { std::ptr::copy(source, target, count) };
        self.position.set(self.position.get() + count);
        Ok(count)
    }

    #[pymethod("($self, size=-1, /)")]
    fn readline(&self, size: Option<Size>) -> PyResult {
        self.check_open()?;
        self.take(self.line_length(Size::of(size)) as isize)
    }

    #[pymethod("($self, size=None, /)")]
    fn readlines(&self, size: Option<&Object>) -> PyResult<Ref<List>> {
        self.check_open()?;
        let limit = match size {
            None => 0,
            Some(size) if size.downcast::<Int>().is_some() => number::index_as_ssize(size)?,
            Some(size) => {
                return Err(type_error!("integer argument expected, got '{}'", size.type_name()));
            }
        };
        let lines = List::new();
        let mut total = 0;
        loop {
            let length = self.line_length(-1);
            if length == 0 {
                return Ok(lines);
            }
            lines.push(self.take(length as isize)?)?;
            total += length;
            if usize::try_from(limit).is_ok_and(|limit| limit > 0 && total >= limit) {
                return Ok(lines);
            }
        }
    }

    #[pymethod("($self, size=-1, /)")]
    fn read(&self, size: Option<Size>) -> PyResult {
        self.check_open()?;
        self.take(Size::of(size))
    }

    #[pymethod("($self, /)")]
    fn getbuffer(&self) -> PyResult {
        self.check_open()?;
        let ty: &Type = &BYTES_IO_BUFFER;
        let view = BytesIoBuffer {
            object: Object::header(ty),
            source: Slot::new(Some(self.as_object().to_ref())),
        };
        let view = gc::tracked(memory::alloc(ty, view)?);
        let get = ty.slots.buffer.get.get();
        let get = get.ok_or_else(|| gopy_core::error::system_error!("no buffer"))?;
        memoryview::from_getbuffer(&view, BufferRequest::FULL, get)
    }

    #[pymethod("($self, /)")]
    fn getvalue(&self) -> PyResult {
        self.check_open()?;
        util::bytes_of(&self.content.0.borrow())
    }

    #[pymethod("($self, pos, whence=0, /)")]
    fn seek(&self, pos: isize, whence: i32) -> PyResult<usize> {
        self.check_open()?;
        if pos < 0 && whence == 0 {
            return Err(value_error!("negative seek value {pos}"));
        }
        let start = match whence {
            0 => 0,
            1 => self.position.get(),
            2 => self.content.0.borrow().len(),
            _ => return Err(value_error!("invalid whence ({whence}, should be 0, 1 or 2)")),
        };
        let Some(position) = pos.checked_add(start as isize) else {
            return Err(gopy_core::error::overflow_error!("new position too large"));
        };
        let position = usize::try_from(position).unwrap_or(0);
        self.position.set(position);
        Ok(position)
    }

    #[pymethod("($self, size=None, /)")]
    fn truncate(&self, size: Option<Size>) -> PyResult<usize> {
        self.check_open()?;
        self.check_exports()?;
        let size = match size {
            None => self.position.get() as isize,
            Some(size) => Size::of(Some(size)),
        };
        let Ok(length) = usize::try_from(size) else {
            return Err(value_error!("negative size value {size}"));
        };
        let mut content = self.content.0.borrow_mut();
        if length < content.len() {
            content.truncate(length);
            content.shrink_to_fit();
        }
        Ok(length)
    }

    #[pymethod("($self, /)")]
    fn __getstate__(&self) -> PyResult<Ref<Tuple>> {
        let value = self.getvalue()?;
        let position = Int::from_u64(self.position.get() as u64).upcast();
        Ok(tuple::from_array([value, position, dict_copy(self)?]))
    }

    #[pymethod("($self, object, /)")]
    fn __setstate__(&self, object: &Object) -> PyResult<()> {
        let Some([value, position, dict, ..]) = object.downcast::<Tuple>().map(Tuple::items) else {
            return Err(type_error!(
                "{:.200}.__setstate__ argument should be 3-tuple, got {:.200}",
                self.as_object().type_name(),
                object.type_name()
            ));
        };
        self.check_exports()?;
        self.position.set(0);
        self.content.0.borrow_mut().clear();
        self.write(value)?;
        if position.downcast::<Int>().is_none() {
            return Err(type_error!(
                "second item of state must be an integer, got {:.200}",
                position.type_name()
            ));
        }
        let position = number::index_as_ssize(position)?;
        let Ok(position) = usize::try_from(position) else {
            return Err(value_error!("position value cannot be negative"));
        };
        self.position.set(position);
        restore_dict(self, dict, "third")
    }

    #[pymethod("($self, /)")]
    fn __sizeof__(&self) -> usize {
        let content = self.content.0.borrow();
        64 + if self.closed.get() { 0 } else { 33 + content.capacity() }
    }

    #[pygetter(name = "closed")]
    fn closed_attribute(&self) -> bool {
        self.closed.get()
    }
}

/// A copy of the instance dict for pickling, or `None`.
pub(crate) fn dict_copy(stream: &IoBase) -> PyResult {
    match stream.dict.get().and_then(|dict| dict.downcast_ref::<Dict>().ok()) {
        Some(dict) => Ok(dict.copy()?.upcast()),
        None => Ok(none::none()),
    }
}

/// Takes over an instance dict from a pickle.
pub(crate) fn restore_dict(stream: &IoBase, state: &Object, ordinal: &str) -> PyResult<()> {
    if none::is_none(state) {
        return Ok(());
    }
    let Some(new) = state.downcast::<Dict>() else {
        return Err(type_error!(
            "{ordinal} item of state should be a dict, got a {:.200}",
            state.type_name()
        ));
    };
    match object::dict_of(stream)? {
        Some(dict) => dict.merge(new, true),
        None => Ok(()),
    }
}

#[pyslots]
impl BytesIo {
    fn new(ty: &Type, _args: Args<'_>) -> PyResult {
        let stream = BytesIo {
            base: IoBase::head(ty),
            content: Content::default(),
            position: Cell::new(0),
            closed: Cell::new(false),
            exports: Cell::new(0),
        };
        Ok(gc::tracked(memory::alloc(ty, stream)?).upcast())
    }

    fn init(&self, args: Args<'_>) -> PyResult<()> {
        use gopy_core::argument::{ArgSpec, Bound, Style};
        static SPEC: ArgSpec = ArgSpec {
            function: "BytesIO",
            names: &["initial_bytes"],
            required: &[false],
            positional_only: 0,
            positional: 1,
            required_positional: 0,
            rest: false,
            keywords: false,
            style: Style::Clinic,
        };
        let mut places = [None; 1];
        let found = Bound::bind(&SPEC, args, &mut places)?;
        self.check_exports()?;
        self.position.set(0);
        self.closed.set(false);
        self.content.0.borrow_mut().clear();
        if let Some(initial) = found.get(0).filter(|initial| !none::is_none(initial)) {
            let data = buffer::bytes_like(initial)?;
            self.write_slice(buffer::as_slice(&data))?;
            self.position.set(0);
        }
        Ok(())
    }

    fn iter(&self) -> PyResult {
        self.check_open()?;
        Ok(self.as_object().to_ref())
    }

    fn iternext(&self) -> PyResult<Option<Ref>> {
        self.check_open()?;
        match self.line_length(-1) {
            0 => Ok(None),
            length => self.take(length as isize).map(Some),
        }
    }

    fn finalize(&self) {
        if self.exports.get() == 0 {
            iobase::finalize(self);
        }
    }
}

/// What `getbuffer()` shows: keeps the stream from changing its size.
#[pyclass(name = "_io._BytesIOBuffer", static = BYTES_IO_BUFFER, basicsize = 24,
    flags(HAVE_GC, DISALLOW_INSTANTIATION, IMMUTABLETYPE))]
#[repr(C)]
pub struct BytesIoBuffer {
    object: Object,
    source: Slot,
}

#[pymethods]
impl BytesIoBuffer {}

#[pyslots]
impl BytesIoBuffer {
    fn bf_get(&self, request: BufferRequest) -> PyResult<Buffer> {
        let source = self.source.get();
        let Some(source) = source.as_deref().and_then(|s| s.downcast::<BytesIo>()) else {
            return Err(value_error!("I/O operation on closed file."));
        };
        let (data, length) = {
            let mut content = source.content.0.borrow_mut();
            (content.as_mut_ptr(), content.len())
        };
        let buffer = buffer::fill_info(self, data, length, false, request)?;
        source.exports.set(source.exports.get() + 1);
        Ok(buffer)
    }

    fn bf_release(&self, _buffer: &mut Buffer) {
        if let Some(source) = self.source.get()
            && let Some(source) = source.downcast::<BytesIo>()
        {
            source.exports.set(source.exports.get() - 1);
        }
    }
}
