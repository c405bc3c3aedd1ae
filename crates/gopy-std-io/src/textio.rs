//! `TextIOWrapper`: text over a buffered stream.
//!
//! Answers to the second part of `Modules/_io/textio.c`; positions are in [`crate::text_seek`].
//!
//! Decoded text waits in `decoded`, of which `used` characters have been handed out. While telling is
//! possible `snapshot` remembers the decoder's flags before the last piece and the bytes that were
//! decoded since. Encoded text waits in `pending`.

use std::cell::{Cell, RefCell};

use gopy_core::argument::{ArgSpec, Bound, Place, Style};
use gopy_core::bytes::Bytes;
use gopy_core::codecs::{self, Encoding};
use gopy_core::error::{
    attribute_error_text, lookup_error, os_error_text, raise_with, runtime_error, type_error,
    value_error,
};
use gopy_core::int::Int;
use gopy_core::str::{Str, StrBuilder};
use gopy_core::tuple::{self, Tuple};
use gopy_core::{buffer, call, exceptions, id, none, number, object};
use gopy_macros::{pyclass, pymethods, pyslots};
use gopy_object::{Args, Instance, Object, PyResult, Ref, Slot, Type, gc, memory, thread};

use crate::fileio::{c_text, name_of, set_bool_member};
use crate::iobase::{self, IoBase, TEXT_IO_BASE};
use crate::newline::{
    LineEnd, NEWLINE_DECODER, NewlineDecoder, find, is_legal_newline, replace_lf,
};
use crate::util::{self, Size, bool_object, chain, retry_interrupted, unsupported};

/// Encoded text that waits to be written.
#[derive(Default)]
struct Pending(RefCell<Vec<u8>>);

gopy_object::leaf_traverse!(Pending);

/// How text becomes bytes without asking an encoder object.
#[derive(Clone, Copy)]
struct FastEncoding(Option<Encoding>);

gopy_object::leaf_traverse!(FastEncoding);

/// A text stream over a buffered one.
#[pyclass(name = "_io.TextIOWrapper", static = TEXT_IO_WRAPPER, base = TEXT_IO_BASE,
    basicsize = 200, dictoffset = 184, weaklistoffset = 176,
    flags(BASETYPE, HAVE_GC, IMMUTABLETYPE), dict = dict, weaklist = weakrefs,
    text_signature = "(buffer, encoding=None, errors=None, newline=None,\n              line_buffering=False, write_through=False)")]
#[repr(C)]
pub struct TextIoWrapper {
    base: IoBase,
    ready: Cell<bool>,
    detached: Cell<bool>,
    pub(crate) chunk_size: Cell<usize>,
    pub(crate) buffer: Slot,
    encoding: Slot<Str>,
    errors: Slot<Str>,
    pub(crate) encoder: Slot,
    pub(crate) decoder: Slot,
    line_end: Cell<LineEnd>,
    /// What `\n` is written as, where that is something else.
    write_newline: Slot<Str>,
    line_buffering: Cell<bool>,
    write_through: Cell<bool>,
    pub(crate) seekable: Cell<bool>,
    pub(crate) telling: Cell<bool>,
    has_read1: Cell<bool>,
    finalizing: Cell<bool>,
    fast_encoding: Cell<FastEncoding>,
    pending: Pending,
    pub(crate) decoded: Slot<Str>,
    pub(crate) used: Cell<usize>,
    /// The decoder's flags, and the bytes decoded since.
    pub(crate) snapshot_flags: Cell<i32>,
    pub(crate) snapshot: Slot<Bytes>,
    pub(crate) bytes_per_char: Cell<f64>,
}

/// The codec of a text encoding, for a stream.
fn lookup_codec(encoding: &str) -> PyResult<Ref<Tuple>> {
    let codec = codecs::lookup(encoding)?;
    if let Some(flag) = object::get_attr_opt(codec.as_object(), id!(_is_text_encoding))?
        && !object::is_true(&flag)?
    {
        return Err(lookup_error!("'{encoding:.400}' is not a text encoding"));
    }
    Ok(codec)
}

/// The encoding that text files have where nobody says one.
pub(crate) fn locale_encoding() -> PyResult<Ref<Str>> {
    let sys = gopy_object::Interpreter::current().sys_dict.get();
    if let Some(sys) = sys.as_deref().and_then(|sys| sys.downcast::<gopy_core::dict::Dict>())
        && let Some(flags) = sys.get_str(id!(flags))?
        && let Some(mode) = object::get_attr_opt(&flags, &Str::new("utf8_mode"))?
        && object::is_true(&mode)?
    {
        return Ok(Str::new("utf-8"));
    }
    // SAFETY: answers a static string of C.
    let name = unsafe { libc::nl_langinfo(libc::CODESET) };
    if name.is_null() {
        return Ok(Str::new("utf-8"));
    }
    // SAFETY: not null, ends with NUL.
    let name = unsafe { std::ffi::CStr::from_ptr(name) };
    Ok(if name.is_empty() { Str::new("utf-8") } else { Str::from_os(name.to_bytes()) })
}

impl TextIoWrapper {
    // --- checks -------------------------------------------------------------------------------

    fn check_ready(&self) -> PyResult<()> {
        if self.ready.get() {
            return Ok(());
        }
        Err(if self.detached.get() {
            value_error!("underlying buffer has been detached")
        } else {
            value_error!("I/O operation on uninitialized object")
        })
    }

    /// The buffer below.
    pub(crate) fn below(&self) -> PyResult<Ref> {
        self.check_ready()?;
        self.buffer.get().ok_or_else(|| value_error!("I/O operation on uninitialized object"))
    }

    /// Checks that the stream is open; hands out the buffer below.
    pub(crate) fn open_below(&self) -> PyResult<Ref> {
        let below = self.below()?;
        let closed = if self.as_object().is_exact(&TEXT_IO_WRAPPER) {
            object::get_attr(&below, id!(closed))?
        } else {
            object::get_attr(self, id!(closed))?
        };
        if object::is_true(&closed)? {
            return Err(value_error!("I/O operation on closed file."));
        }
        Ok(below)
    }

    fn decoder_for_reading(&self) -> PyResult<Ref> {
        self.decoder.get().ok_or_else(|| unsupported("not readable"))
    }

    // --- making -------------------------------------------------------------------------------

    fn set_newline(&self, newline: Option<&Str>) {
        self.line_end.set(LineEnd::of(newline));
        let write_newline = newline.filter(|text| !text.is_empty() && text.char_at(0) == 0x0d);
        self.write_newline.set(write_newline.map(|text| text.to_ref()));
    }

    fn set_decoder(&self, codec: &Tuple, errors: &Str) -> PyResult<()> {
        let below = self.buffer.get().unwrap_or_else(none::none);
        self.decoder.set(None);
        if !util::call_bool(&below, id!(readable))? {
            return Ok(());
        }
        let make = object::get_attr(codec.as_object(), id!(incrementaldecoder))?;
        let decoder = call::call_one(&make, errors)?;
        let decoder = match self.line_end.get() {
            LineEnd::Translated => NewlineDecoder::make(Some(decoder), true)?.upcast(),
            LineEnd::Universal => NewlineDecoder::make(Some(decoder), false)?.upcast(),
            _ => decoder,
        };
        self.decoder.set(Some(decoder));
        Ok(())
    }

    fn set_encoder(&self, codec: &Tuple, errors: &Str) -> PyResult<()> {
        let below = self.buffer.get().unwrap_or_else(none::none);
        self.encoder.set(None);
        self.fast_encoding.set(FastEncoding(None));
        if !util::call_bool(&below, id!(writable))? {
            return Ok(());
        }
        let make = object::get_attr(codec.as_object(), id!(incrementalencoder))?;
        self.encoder.set(Some(call::call_one(&make, errors)?));
        let name = object::get_attr_opt(codec.as_object(), id!(name))?;
        if let Some(name) = name.as_deref().and_then(|name| name.downcast::<Str>()) {
            // Encodings without a mark at the start, whose encoders have no state.
            let fast = match &*name.to_string_lossy() {
                "utf-8" => Some(Encoding::Utf8),
                "ascii" => Some(Encoding::Ascii),
                "iso8859-1" => Some(Encoding::Latin1),
                _ => None,
            };
            self.fast_encoding.set(FastEncoding(fast));
        }
        Ok(())
    }

    /// A file that is appended to must not get another mark at its start.
    fn fix_encoder_state(&self) -> PyResult<()> {
        let Some(encoder) = self.encoder.get().filter(|_| self.seekable.get()) else {
            return Ok(());
        };
        let position = call::call_method(&self.buffer_or_none(), id!(tell), &[])?;
        let zero = Int::from_i64(0);
        if !object::eq(&position, &zero)? {
            call::call_method(&encoder, id!(setstate), &[&zero])?;
        }
        Ok(())
    }

    fn buffer_or_none(&self) -> Ref {
        self.buffer.get().unwrap_or_else(none::none)
    }

    // --- writing --------------------------------------------------------------------------------

    /// Hands what waits to the buffer below. May run Python.
    pub(crate) fn write_pending(&self) -> PyResult<()> {
        let pending = self.pending.0.take();
        if pending.is_empty() {
            return Ok(());
        }
        let data = Bytes::new(&pending)?;
        drop(pending);
        let below = self.below()?;
        while let Err(error) = call::call_method(&below, id!(write), &[&data]) {
            retry_interrupted(error)?;
        }
        Ok(())
    }

    fn encode(&self, encoder: &Object, text: &Str) -> PyResult<()> {
        if let Some(fast) = self.fast_encoding.get().0 {
            if let (Some(ascii), Ok(mut pending)) =
                (text.as_ascii(), self.pending.0.try_borrow_mut())
            {
                return util::append(&mut pending, ascii.as_bytes());
            }
            let errors = self.errors.get();
            let errors = errors.as_deref().map(Str::to_string_lossy);
            let data = codecs::encode_with(fast, text, errors.as_deref())?;
            return util::append(&mut self.pending.0.borrow_mut(), data.as_slice());
        }
        let data = call::call_method(encoder, id!(encode), &[text])?;
        let Some(data) = data.downcast::<Bytes>() else {
            return Err(type_error!(
                "encoder should return a bytes object, not '{:.200}'",
                data.type_name()
            ));
        };
        util::append(&mut self.pending.0.borrow_mut(), data.as_slice())
    }

    fn write_text(&self, text: &Str) -> PyResult<usize> {
        let below = self.open_below()?;
        let Some(encoder) = self.encoder.get() else { return Err(unsupported("not writable")) };
        let length = text.len();
        let write_newline = self.write_newline.get();
        let line_buffering = self.line_buffering.get();
        let has_lf = (write_newline.is_some() || line_buffering)
            && find(text.units(), 0, u32::from(b'\n')).is_some();
        let replaced = match write_newline.filter(|_| has_lf) {
            Some(newline) => Some(replace_lf(text, &newline)?),
            None => None,
        };
        let text = replaced.as_deref().unwrap_or(text);
        let flush_below =
            line_buffering && (has_lf || find(text.units(), 0, u32::from(b'\r')).is_some());
        // Large texts are not put together with what waits already.
        if self.pending.0.borrow().len() + text.len() > self.chunk_size.get() {
            self.write_pending()?;
        }
        self.encode(&encoder, text)?;
        let is_full = self.pending.0.borrow().len() >= self.chunk_size.get();
        if is_full || flush_below || self.write_through.get() {
            self.write_pending()?;
        }
        if flush_below {
            call::call_method(&below, id!(flush), &[])?;
        }
        if self.snapshot.take().is_some() || !self.decoded.is_empty() {
            self.set_decoded(None);
        }
        if let Some(decoder) = self.decoder.get() {
            call::call_method(&decoder, id!(reset), &[])?;
        }
        Ok(length)
    }

    // --- reading --------------------------------------------------------------------------------

    pub(crate) fn set_decoded(&self, text: Option<Ref<Str>>) {
        self.used.set(0);
        self.decoded.set(text);
    }

    /// Up to `size` characters of what is decoded, all where there is no size.
    fn take_decoded(&self, size: Option<usize>) -> PyResult<Ref<Str>> {
        let Some(decoded) = self.decoded.get() else { return Ok(Str::empty()) };
        let start = self.used.get().min(decoded.len());
        let left = decoded.len() - start;
        let count = size.map_or(left, |size| size.min(left));
        self.used.set(start + count);
        if count == decoded.len() { Ok(decoded) } else { decoded.try_slice(start, start + count) }
    }

    /// Decodes one piece. May run Python.
    pub(crate) fn decode(&self, decoder: &Object, data: &Object, last: bool) -> PyResult<Ref<Str>> {
        if decoder.is_exact(&NEWLINE_DECODER)
            && let Some(decoder) = decoder.downcast::<NewlineDecoder>()
        {
            return decoder.decode_piece(data, last);
        }
        let text = call::call_method(decoder, id!(decode), &[data, bool_object(last)])?;
        text.downcast_ref::<Str>().map_err(|other| {
            type_error!("decoder should return a string result, not '{:.200}'", other.type_name())
        })
    }

    /// The decoder's state. May run Python.
    pub(crate) fn decoder_state(&self, decoder: &Object) -> PyResult<(Ref<Bytes>, i32)> {
        let state = call::call_method(decoder, id!(getstate), &[])?;
        let Some([waiting, flags]) = state.downcast::<Tuple>().map(Tuple::items) else {
            return Err(type_error!("illegal decoder state"));
        };
        let Some(waiting) = waiting.downcast::<Bytes>() else {
            return Err(type_error!(
                "illegal decoder state: the first item should be a bytes object, not '{:.200}'",
                waiting.type_name()
            ));
        };
        Ok((waiting.to_ref(), number::index_as_c_int(flags)?))
    }

    /// Reads and decodes one piece; false at the end of the file. May run Python.
    fn read_chunk(&self, hint: usize) -> PyResult<bool> {
        let decoder = self.decoder_for_reading()?;
        let below = self.below()?;
        let state = if self.telling.get() { Some(self.decoder_state(&decoder)?) } else { None };
        let hint = (self.bytes_per_char.get().max(1.0) * hint as f64) as usize;
        let size = Int::from_u64(self.chunk_size.get().max(hint) as u64);
        let (method, name) = match self.has_read1.get() {
            true => (id!(read1), "read1"),
            false => (id!(read), "read"),
        };
        let input = call::call_method(&below, method, &[&size])?;
        let data = match buffer::bytes_like(&input) {
            Ok(data) => data,
            Err(_) => {
                return Err(type_error!(
                    "underlying {name}() should have returned a bytes-like object, not '{:.200}'",
                    input.type_name()
                ));
            }
        };
        let length = data.len;
        let text = self.decode(&decoder, &input, length == 0)?;
        let count = text.len();
        self.set_decoded(Some(text));
        self.bytes_per_char.set(if count > 0 { length as f64 / count as f64 } else { 0.0 });
        if let Some((waiting, flags)) = state {
            let mut since = Vec::new();
            util::append(&mut since, waiting.as_slice())?;
            util::append(&mut since, buffer::as_slice(&data))?;
            self.snapshot_flags.set(flags);
            self.snapshot.set(Some(Bytes::new(&since)?));
        }
        Ok(length > 0 || count > 0)
    }

    /// As [`Self::read_chunk`], again after interruptions.
    fn read_chunk_retrying(&self, hint: usize) -> PyResult<bool> {
        loop {
            match self.read_chunk(hint) {
                Err(error) => retry_interrupted(error)?,
                Ok(more) => return Ok(more),
            }
        }
    }

    fn read_line(&self, limit: isize) -> PyResult<Ref<Str>> {
        self.open_below()?;
        self.write_pending()?;
        let limit = usize::try_from(limit).ok();
        let line_end = self.line_end.get();
        let mut line = StrBuilder::new();
        let mut ends_with_cr = false;
        loop {
            let decoded = self.decoded.get().filter(|text| self.used.get() < text.len());
            let Some(decoded) = decoded else {
                if !self.read_chunk_retrying(0)? {
                    self.set_decoded(None);
                    self.snapshot.set(None);
                    return line.finish();
                }
                continue;
            };
            let start = self.used.get();
            let units = decoded.units();
            let torn_pair = line_end == LineEnd::CrLf
                && ends_with_cr
                && units.get(start) == Some(u32::from(b'\n'));
            let found = if torn_pair { Ok(start + 1) } else { line_end.find(units, start) };
            let mut end = found.unwrap_or(decoded.len());
            let mut done = found.is_ok();
            if let Some(limit) = limit
                && line.len() + (end - start) >= limit
            {
                end = start + (limit - line.len());
                done = true;
            }
            line.push_range(&decoded, start, end)?;
            self.used.set(end);
            if done {
                return line.finish();
            }
            ends_with_cr = units.get(decoded.len() - 1) == Some(u32::from(b'\r'));
        }
    }

    fn read_text(&self, size: isize) -> PyResult<Ref<Str>> {
        let below = self.open_below()?;
        let decoder = self.decoder_for_reading()?;
        self.write_pending()?;
        let Ok(size) = usize::try_from(size) else {
            let data = call::call_method(&below, id!(read), &[])?;
            if none::is_none(&data) {
                let message = Str::new("Read returned None.");
                return Err(raise_with(&exceptions::BLOCKING_IO_ERROR, &[&message]));
            }
            let rest = self.decode(&decoder, &data, true)?;
            let first = self.take_decoded(None)?;
            if !self.snapshot.is_empty() || !self.decoded.is_empty() {
                self.snapshot.set(None);
                self.set_decoded(None);
            }
            return if first.is_empty() { Ok(rest) } else { first.concat(&rest) };
        };
        let mut text = StrBuilder::new();
        text.push(&*self.take_decoded(Some(size))?)?;
        while text.len() < size {
            if !self.read_chunk_retrying(size - text.len())? {
                break;
            }
            text.push(&*self.take_decoded(Some(size - text.len()))?)?;
        }
        text.finish()
    }
}

/// An argument that is `str` or `None`.
fn optional_text<'a>(
    function: &str,
    name: &str,
    value: Option<&'a Object>,
) -> PyResult<Option<&'a Str>> {
    match value.filter(|value| !none::is_none(value)) {
        None => Ok(None),
        Some(value) => match value.downcast::<Str>() {
            Some(text) => Ok(Some(text)),
            None => Err(Place::named(function, name).bad_argument("str or None", value)),
        },
    }
}

fn check_newline(newline: Option<&Str>) -> PyResult<()> {
    match newline {
        Some(text) if !is_legal_newline(text) => {
            Err(value_error!("illegal newline value: {}", text.to_string_lossy()))
        }
        _ => Ok(()),
    }
}

#[pymethods]
impl TextIoWrapper {
    #[pymethod("($self, /)")]
    fn detach(&self) -> PyResult {
        self.below()?;
        call::call_method(self, id!(flush), &[])?;
        let below = self.buffer.take();
        self.detached.set(true);
        self.ready.set(false);
        below.ok_or_else(|| value_error!("underlying buffer has been detached"))
    }

    #[pymethod(
        "($self, /, *, encoding=None, errors=None, newline=None,\n            line_buffering=None, write_through=None)"
    )]
    fn reconfigure(
        &self,
        encoding: Option<&Object>,
        errors: Option<&Object>,
        newline: Option<&Object>,
        line_buffering: Option<&Object>,
        write_through: Option<&Object>,
    ) -> PyResult<()> {
        let encoding = optional_text("reconfigure", "encoding", encoding)?;
        let errors = optional_text("reconfigure", "errors", errors)?;
        self.change(encoding, errors, newline, line_buffering, write_through)
    }

    #[pymethod("($self, text, /)")]
    fn write(&self, text: &Str) -> PyResult<usize> {
        self.write_text(text)
    }

    #[pymethod("($self, size=-1, /)")]
    fn read(&self, size: Option<Size>) -> PyResult<Ref<Str>> {
        self.read_text(Size::of(size))
    }

    #[pymethod("($self, size=-1, /)")]
    fn readline(&self, size: Option<isize>) -> PyResult<Ref<Str>> {
        self.read_line(size.unwrap_or(-1))
    }

    #[pymethod("($self, /)")]
    fn flush(&self) -> PyResult {
        let below = self.open_below()?;
        self.telling.set(self.seekable.get());
        self.write_pending()?;
        call::call_method(&below, id!(flush), &[])
    }

    #[pymethod("($self, /)")]
    fn close(&self) -> PyResult {
        let below = self.below()?;
        if object::is_true(&*object::get_attr(self, id!(closed))?)? {
            return Ok(none::none());
        }
        if self.finalizing.get() {
            // A failing warning is nobody's business here.
            let _ = call::call_method(&below, id!(_dealloc_warn), &[self]);
        }
        let flushed = call::call_method(self, id!(flush), &[]);
        let closed = call::call_method(&below, id!(close), &[]);
        match flushed {
            Ok(_) => closed,
            Err(error) => Err(chain(error, closed)),
        }
    }

    #[pymethod("($self, /)")]
    fn fileno(&self) -> PyResult {
        call::call_method(&*self.below()?, id!(fileno), &[])
    }

    #[pymethod("($self, /)", name = "seekable")]
    fn seekable_method(&self) -> PyResult {
        call::call_method(&*self.below()?, id!(seekable), &[])
    }

    #[pymethod("($self, /)")]
    fn readable(&self) -> PyResult {
        call::call_method(&*self.below()?, id!(readable), &[])
    }

    #[pymethod("($self, /)")]
    fn writable(&self) -> PyResult {
        call::call_method(&*self.below()?, id!(writable), &[])
    }

    #[pymethod("($self, /)")]
    fn isatty(&self) -> PyResult {
        call::call_method(&*self.below()?, id!(isatty), &[])
    }

    #[pymethod("($self, cookie, whence=os.SEEK_SET, /)")]
    fn seek(&self, cookie: &Object, whence: Option<i32>) -> PyResult {
        self.seek_to(cookie, whence.unwrap_or(0))
    }

    #[pymethod("($self, /)")]
    fn tell(&self) -> PyResult {
        self.tell_cookie()
    }

    #[pymethod("($self, pos=None, /)")]
    fn truncate(&self, pos: Option<&Object>) -> PyResult {
        let below = self.below()?;
        call::call_method(self, id!(flush), &[])?;
        let position = pos.unwrap_or_else(|| none::none_object());
        call::call_method(&below, id!(truncate), &[position])
    }

    #[pymethod("($self, /)")]
    fn __getstate__(&self) -> PyResult<()> {
        Err(util::cannot_pickle(self))
    }

    #[pymember(name = "encoding")]
    fn encoding_attribute(&self) -> Option<Ref<Str>> {
        self.encoding.get()
    }

    #[pymember(name = "line_buffering")]
    fn line_buffering_attribute(&self) -> bool {
        self.line_buffering.get()
    }

    #[pymember(name = "write_through")]
    fn write_through_attribute(&self) -> bool {
        self.write_through.get()
    }

    #[pymember]
    fn _finalizing(&self) -> bool {
        self.finalizing.get()
    }

    #[pymember_setter(name = "_finalizing")]
    fn set_finalizing(&self, value: Option<&Object>) -> PyResult<()> {
        set_bool_member(&self.finalizing, value)
    }

    #[pygetter]
    fn name(&self) -> PyResult {
        object::get_attr(&*self.below()?, id!(name))
    }

    #[pygetter]
    fn closed(&self) -> PyResult {
        object::get_attr(&*self.below()?, id!(closed))
    }

    #[pygetter]
    fn newlines(&self) -> PyResult {
        self.below()?;
        match self.decoder.get() {
            Some(decoder) => {
                let newlines = object::get_attr_opt(&decoder, id!(newlines))?;
                Ok(newlines.unwrap_or_else(none::none))
            }
            None => Ok(none::none()),
        }
    }

    #[pygetter(name = "errors")]
    fn errors_attribute(&self) -> PyResult<Option<Ref<Str>>> {
        self.check_ready()?;
        Ok(self.errors.get())
    }

    #[pygetter(name = "_CHUNK_SIZE")]
    fn get_chunk_size(&self) -> PyResult<usize> {
        self.below()?;
        Ok(self.chunk_size.get())
    }

    #[pysetter(name = "_CHUNK_SIZE")]
    fn set_chunk_size(&self, value: Option<&Object>) -> PyResult<()> {
        self.below()?;
        let Some(value) = value else {
            return Err(attribute_error_text!("cannot delete attribute"));
        };
        match number::index_as_ssize(value)? {
            size if size > 0 => {
                self.chunk_size.set(size as usize);
                Ok(())
            }
            _ => Err(value_error!("a strictly positive integer is required")),
        }
    }

    #[pygetter(name = "buffer")]
    fn buffer_attribute(&self) -> PyResult {
        self.below()
    }
}

impl TextIoWrapper {
    fn change(
        &self,
        encoding: Option<&Str>,
        errors: Option<&Str>,
        newline: Option<&Object>,
        line_buffering: Option<&Object>,
        write_through: Option<&Object>,
    ) -> PyResult<()> {
        self.below()?;
        let newline = optional_text("reconfigure", "newline", newline)?;
        if (encoding.is_some() || errors.is_some() || newline.is_some())
            && self.decoded.get().is_some()
        {
            return Err(unsupported(
                "It is not possible to set the encoding or newline of stream after the first read",
            ));
        }
        check_newline(newline)?;
        let flag = |value: Option<&Object>, old: bool| match value {
            None => Ok(old),
            Some(value) => Ok::<_, gopy_object::Exception>(number::index_as_c_int(value)? != 0),
        };
        let line_buffering = flag(line_buffering, self.line_buffering.get())?;
        let write_through = flag(write_through, self.write_through.get())?;
        call::call_method(self, id!(flush), &[])?;
        if encoding.is_some() || errors.is_some() || newline.is_some() {
            let errors = match (errors, encoding) {
                (Some(errors), _) => errors.to_ref(),
                (None, None) => self.errors.get().unwrap_or_else(|| Str::new("strict")),
                (None, Some(_)) => Str::new("strict"),
            };
            let encoding = match encoding {
                Some(encoding) if encoding.eq_str("locale") => locale_encoding()?,
                Some(encoding) => encoding.to_ref(),
                None => self.encoding.get().unwrap_or_else(|| Str::new("utf-8")),
            };
            let codec = lookup_codec(c_text(&encoding)?)?;
            if newline.is_some() {
                self.set_newline(newline);
            }
            self.set_decoder(&codec, &errors)?;
            self.set_encoder(&codec, &errors)?;
            self.encoding.set(Some(encoding));
            self.errors.set(Some(errors));
            self.fix_encoder_state()?;
        }
        self.line_buffering.set(line_buffering);
        self.write_through.set(write_through);
        Ok(())
    }
}

#[pyslots]
impl TextIoWrapper {
    fn new(ty: &Type, _args: Args<'_>) -> PyResult {
        let made = TextIoWrapper {
            base: IoBase::head(ty),
            ready: Cell::new(false),
            detached: Cell::new(false),
            chunk_size: Cell::new(8192),
            buffer: Slot::empty(),
            encoding: Slot::empty(),
            errors: Slot::empty(),
            encoder: Slot::empty(),
            decoder: Slot::empty(),
            line_end: Cell::new(LineEnd::Translated),
            write_newline: Slot::empty(),
            line_buffering: Cell::new(false),
            write_through: Cell::new(false),
            seekable: Cell::new(false),
            telling: Cell::new(false),
            has_read1: Cell::new(false),
            finalizing: Cell::new(false),
            fast_encoding: Cell::new(FastEncoding(None)),
            pending: Pending::default(),
            decoded: Slot::empty(),
            used: Cell::new(0),
            snapshot_flags: Cell::new(0),
            snapshot: Slot::empty(),
            bytes_per_char: Cell::new(0.0),
        };
        Ok(gc::tracked(memory::alloc(ty, made)?).upcast())
    }

    fn init(&self, args: Args<'_>) -> PyResult<()> {
        static SPEC: ArgSpec = ArgSpec {
            function: "TextIOWrapper",
            names: &["buffer", "encoding", "errors", "newline", "line_buffering", "write_through"],
            required: &[true, false, false, false, false, false],
            positional_only: 0,
            positional: 6,
            required_positional: 1,
            rest: false,
            keywords: false,
            style: Style::Clinic,
        };
        let mut places = [None; 6];
        let found = Bound::bind(&SPEC, args, &mut places)?;
        let below = found.required(0);
        let encoding = optional_text("TextIOWrapper", "encoding", found.get(1))?;
        let errors = found.get(2);
        let newline = optional_text("TextIOWrapper", "newline", found.get(3))?;
        let flag = |value: Option<&Object>| value.map_or(Ok(false), object::is_true);
        let line_buffering = flag(found.get(4))?;
        let write_through = flag(found.get(5))?;
        self.ready.set(false);
        self.detached.set(false);
        let errors = match optional_text("TextIOWrapper", "errors", errors)? {
            Some(errors) => {
                c_text(errors)?;
                errors.to_ref()
            }
            None => Str::new("strict"),
        };
        check_newline(newline)?;
        let encoding = match encoding {
            Some(encoding) if !encoding.eq_str("locale") => {
                c_text(encoding)?;
                encoding.to_ref()
            }
            _ => locale_encoding()?,
        };
        self.set_decoded(None);
        self.snapshot.set(None);
        self.pending.0.borrow_mut().clear();
        let codec = lookup_codec(c_text(&encoding)?)?;
        self.errors.set(Some(errors.clone()));
        self.encoding.set(Some(encoding));
        self.set_newline(newline);
        self.line_buffering.set(line_buffering);
        self.write_through.set(write_through);
        self.chunk_size.set(8192);
        self.bytes_per_char.set(0.0);
        self.buffer.set(Some(below.to_ref()));
        self.set_decoder(&codec, &errors)?;
        self.set_encoder(&codec, &errors)?;
        let seekable = util::call_bool(below, id!(seekable))?;
        self.seekable.set(seekable);
        self.telling.set(seekable);
        self.has_read1.set(object::has_attr(below, id!(read1))?);
        self.fix_encoder_state()?;
        self.ready.set(true);
        Ok(())
    }

    fn repr(&self) -> PyResult<String> {
        let Some(_guard) = thread().enter_repr(self) else {
            let ty = self.as_object().type_name();
            return Err(runtime_error!("reentrant call inside {ty}.__repr__"));
        };
        let mut text = "<_io.TextIOWrapper".to_owned();
        if let Some(name) = name_of(self)? {
            text.push_str(&format!(" name={}", object::repr(&name)?));
        }
        if let Some(mode) = object::get_attr_opt(self, id!(mode))? {
            text.push_str(&format!(" mode={}", object::repr(&mode)?));
        }
        let encoding = self.encoding.get().map_or_else(none::none, Ref::upcast);
        text.push_str(&format!(" encoding={}>", object::repr(&encoding)?));
        Ok(text)
    }

    fn iternext(&self) -> PyResult<Option<Ref>> {
        self.check_ready()?;
        self.telling.set(false);
        let line = if self.as_object().is_exact(&TEXT_IO_WRAPPER) {
            self.read_line(-1)?
        } else {
            let line = call::call_method(self, id!(readline), &[])?;
            line.downcast_ref::<Str>().map_err(|other| {
                os_error_text!(
                    "readline() should have returned a str object, not '{:.200}'",
                    other.type_name()
                )
            })?
        };
        if line.is_empty() {
            self.snapshot.set(None);
            self.telling.set(self.seekable.get());
            return Ok(None);
        }
        Ok(Some(line.upcast()))
    }

    fn finalize(&self) {
        self.finalizing.set(true);
        if self.ready.get() {
            iobase::finalize(self);
        }
    }
}

/// A text stream made by `open()`. May run Python.
pub(crate) fn open_text(
    below: &Object,
    encoding: Option<&Object>,
    errors: Option<&Object>,
    newline: Option<&Object>,
    line_buffering: bool,
) -> PyResult {
    let or_none = |value: Option<&Object>| value.map_or_else(none::none, Object::to_ref);
    let (encoding, errors, newline) = (or_none(encoding), or_none(errors), or_none(newline));
    let args = [below, &*encoding, &*errors, &*newline, bool_object(line_buffering)];
    call::call(TEXT_IO_WRAPPER.as_object(), &args)
}

/// A pair for `setstate`.
pub(crate) fn state_pair(flags: i32) -> Ref<Tuple> {
    let flags = Int::from_i64(i64::from(flags)).upcast();
    tuple::from_array([Bytes::empty().upcast(), flags])
}
