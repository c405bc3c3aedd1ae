//! `Compress` and `Decompress`: what `compressobj` and `decompressobj` make.

use std::cell::{Cell, RefCell, RefMut};

use gopy_core::argument::{FromArg, Place};
use gopy_core::buffer;
use gopy_core::bytes::Bytes;
use gopy_core::error::{runtime_error, value_error};
use gopy_macros::{pyclass, pymethods};
use gopy_object::{Args, Instance, Object, PyResult, Ref, Slot, memory};
use libz_sys as z;

use super::stream::{
    BUF_ERROR, MEM_ERROR, NEED_DICT, OK, STREAM_END, STREAM_ERROR, Stream, check_dictionary,
};
use super::{BUFFER_SIZE, argument_or_none, flush_for, no_memory};
use crate::input::Data;
use crate::output::Output;

/// A stream within an object.
pub(super) struct StreamCell(RefCell<Stream>);

gopy_object::leaf_traverse!(StreamCell);

impl StreamCell {
    pub(super) fn new(stream: Stream) -> Self {
        StreamCell(RefCell::new(stream))
    }

    /// The stream, to be worked on. Only what exports a dictionary could come here meanwhile.
    pub(super) fn get(&self) -> PyResult<RefMut<'_, Stream>> {
        self.0.try_borrow_mut().map_err(|_| runtime_error!("the stream is in use"))
    }
}

/// What compresses piece by piece.
#[pyclass(name = "zlib.Compress", static = COMPRESS, basicsize = 168, no_slots,
    flags(HEAPTYPE, DISALLOW_INSTANTIATION))]
#[repr(C)]
pub struct Compress {
    object: Object,
    stream: StreamCell,
}

/// `compressobj`
pub(super) fn new_compressor(
    level: i32,
    method: i32,
    window_bits: i32,
    memory_level: i32,
    strategy: i32,
    dictionary: Option<&[u8]>,
) -> PyResult {
    if let Some(dictionary) = dictionary {
        check_dictionary(dictionary.len())?;
    }
    let (mut stream, code) = Stream::compressor(level, method, window_bits, memory_level, strategy);
    match code {
        OK => {}
        MEM_ERROR => return Err(no_memory("Can't allocate memory for compression object")),
        STREAM_ERROR => return Err(value_error!("Invalid initialization option")),
        code => return Err(stream.error(code, "while creating compression object")),
    }
    if let Some(dictionary) = dictionary {
        match stream.set_dictionary(dictionary) {
            OK => {}
            STREAM_ERROR => return Err(value_error!("Invalid dictionary")),
            _ => return Err(value_error!("deflateSetDictionary()")),
        }
    }
    make_compressor(stream)
}

fn make_compressor(stream: Stream) -> PyResult {
    let object = Object::header(&COMPRESS);
    Ok(memory::alloc(&COMPRESS, Compress { object, stream: StreamCell::new(stream) })?.upcast())
}

/// What went wrong in a copy.
fn copy_error(stream: &Stream, code: i32, what: &str) -> gopy_object::Exception {
    match code {
        STREAM_ERROR => value_error!("Inconsistent stream state"),
        MEM_ERROR => no_memory(&format!("Can't allocate memory for {what} object")),
        code => stream.error(code, &format!("while copying {what} object")),
    }
}

#[pymethods]
impl Compress {
    #[pymethod("($self, data, /)", raw)]
    fn compress(&self, args: Args<'_>) -> PyResult<Ref<Bytes>> {
        let [data] = bind!(args, "compress", [""], required 1, positional_only 1, positional 1);
        let data = Data::from_arg(argument_or_none(data), &Place::only("compress"))?;
        let mut output = Output::new(None)?;
        let mut stream = self.stream.get()?;
        let mut rest = data.bytes();
        loop {
            let code = stream.step(&mut rest, &mut output, z::Z_NO_FLUSH);
            if code == STREAM_ERROR {
                return Err(stream.error(code, "while compressing data"));
            }
            if !output.is_full() && rest.is_empty() {
                return output.finish();
            }
            if output.is_full() {
                output.grow()?;
            }
        }
    }

    #[pymethod("($self, mode=zlib.Z_FINISH, /)", raw)]
    fn flush(&self, args: Args<'_>) -> PyResult<Ref<Bytes>> {
        let [mode] = bind!(args, "flush", [""], required 0, positional_only 1, positional 1);
        let place = Place::only("flush");
        let mode = mode.map_or(Ok(z::Z_FINISH), |mode| i32::from_arg(mode, &place))?;
        if mode == z::Z_NO_FLUSH {
            return Ok(Bytes::empty());
        }
        let mut output = Output::new(None)?;
        let mut stream = self.stream.get()?;
        let mut rest: &[u8] = &[];
        let code = loop {
            let code = stream.step(&mut rest, &mut output, mode);
            if code == STREAM_ERROR {
                return Err(stream.error(code, "while flushing"));
            }
            if !output.is_full() {
                break code;
            }
            output.grow()?;
        };
        if code == STREAM_END && mode == z::Z_FINISH {
            match stream.end() {
                OK => {}
                code => return Err(stream.error(code, "while finishing compression")),
            }
        } else if code != OK && code != BUF_ERROR {
            return Err(stream.error(code, "while flushing"));
        }
        output.finish()
    }

    #[pymethod("($self, /)")]
    fn copy(&self) -> PyResult {
        let mut stream = self.stream.get()?;
        match stream.copy() {
            Ok(copy) => make_compressor(copy),
            Err(code) => Err(copy_error(&stream, code, "compression")),
        }
    }

    #[pymethod("($self, /)")]
    fn __copy__(&self) -> PyResult {
        self.copy()
    }

    #[pymethod("($self, memo, /)")]
    fn __deepcopy__(&self, _memo: &Object) -> PyResult {
        self.copy()
    }
}

/// What decompresses piece by piece.
#[pyclass(name = "zlib.Decompress", static = DECOMPRESS, basicsize = 168, no_slots,
    flags(HEAPTYPE, DISALLOW_INSTANTIATION))]
#[repr(C)]
pub struct Decompress {
    object: Object,
    stream: StreamCell,
    unused_data: Slot<Bytes>,
    unconsumed_tail: Slot<Bytes>,
    eof: Cell<bool>,
    dictionary: Slot,
}

/// Gives a dictionary to a decompressor. May run Python.
pub(super) fn set_dictionary(stream: &mut Stream, dictionary: &Object) -> PyResult<()> {
    let view = buffer::bytes_like(dictionary)?;
    let bytes = buffer::as_slice(&view);
    check_dictionary(bytes.len())?;
    match stream.set_dictionary(bytes) {
        OK => Ok(()),
        code => Err(stream.error(code, "while setting zdict")),
    }
}

/// Begins to decompress for an object.
pub(super) fn begin(window_bits: i32, dictionary: Option<&Object>) -> PyResult<Stream> {
    let (mut stream, code) = Stream::decompressor(window_bits);
    match code {
        OK => {}
        STREAM_ERROR => return Err(value_error!("Invalid initialization option")),
        MEM_ERROR => return Err(no_memory("Can't allocate memory for decompression object")),
        code => return Err(stream.error(code, "while creating decompression object")),
    }
    // Raw streams do not ask for it.
    if let Some(dictionary) = dictionary.filter(|_| window_bits < 0) {
        set_dictionary(&mut stream, dictionary)?;
    }
    Ok(stream)
}

/// `decompressobj`
pub(super) fn new_decompressor(window_bits: i32, dictionary: Option<&Object>) -> PyResult {
    let decompressor = Decompress {
        object: Object::header(&DECOMPRESS),
        stream: StreamCell::new(begin(window_bits, dictionary)?),
        unused_data: Slot::new(Some(Bytes::empty())),
        unconsumed_tail: Slot::new(Some(Bytes::empty())),
        eof: Cell::new(false),
        dictionary: Slot::new(dictionary.map(|dictionary| dictionary.to_ref())),
    };
    Ok(memory::alloc(&DECOMPRESS, decompressor)?.upcast())
}

impl Decompress {
    /// Keeps the input that was not read where Python finds it.
    fn keep_rest(&self, mut rest: &[u8], code: i32) -> PyResult<()> {
        if code == STREAM_END && !rest.is_empty() {
            let mut unused = self.unused_data.get().map_or(Vec::new(), |b| b.as_slice().to_vec());
            unused.try_reserve_exact(rest.len()).map_err(|_| gopy_core::error::memory_error())?;
            unused.extend_from_slice(rest);
            self.unused_data.set(Some(Bytes::new(&unused)?));
            rest = &[];
        }
        let has_tail = self.unconsumed_tail.get().is_some_and(|tail| !tail.as_slice().is_empty());
        if !rest.is_empty() || has_tail {
            self.unconsumed_tail.set(Some(Bytes::new(rest)?));
        }
        Ok(())
    }
}

#[pymethods]
impl Decompress {
    #[pymethod("($self, data, /, max_length=0)", raw)]
    fn decompress(&self, args: Args<'_>) -> PyResult<Ref<Bytes>> {
        let [data, limit] = bind!(args, "decompress", ["", "max_length"],
            required 1, positional_only 1, positional 2);
        let place = Place::only("decompress");
        let data = Data::from_arg(argument_or_none(data), &place)?;
        let limit = limit.map_or(Ok(0), |limit| isize::from_arg(limit, &place))?;
        let Ok(limit) = usize::try_from(limit) else {
            return Err(value_error!("max_length must be non-negative"));
        };
        let mut output = Output::new(Some(limit).filter(|limit| *limit > 0))?;
        let mut stream = self.stream.get()?;
        let mut rest = data.bytes();
        let mut code = OK;
        loop {
            if output.is_full() {
                if output.is_at_limit() {
                    break;
                }
                output.grow()?;
            }
            code = stream.step(&mut rest, &mut output, z::Z_SYNC_FLUSH);
            match code {
                OK | BUF_ERROR => {
                    if !output.is_full() && (rest.is_empty() || code == BUF_ERROR) {
                        break;
                    }
                }
                NEED_DICT => {
                    let Some(dictionary) = self.dictionary.get() else { break };
                    set_dictionary(&mut stream, &dictionary)?;
                }
                _ => break,
            }
        }
        self.keep_rest(rest, code)?;
        match code {
            STREAM_END => self.eof.set(true),
            OK | BUF_ERROR => {}
            code => return Err(stream.error(code, "while decompressing data")),
        }
        output.finish()
    }

    #[pymethod("($self, length=zlib.DEF_BUF_SIZE, /)", raw)]
    fn flush(&self, args: Args<'_>) -> PyResult<Ref<Bytes>> {
        let [length] = bind!(args, "flush", [""], required 0, positional_only 1, positional 1);
        let place = Place::only("flush");
        let length = length.map_or(Ok(BUFFER_SIZE), |length| isize::from_arg(length, &place))?;
        let Some(length) = usize::try_from(length).ok().filter(|length| *length > 0) else {
            return Err(value_error!("length must be greater than zero"));
        };
        let mut output = Output::with_block(length, None)?;
        let mut stream = self.stream.get()?;
        let tail = self.unconsumed_tail.get().unwrap_or_else(Bytes::empty);
        let mut rest = tail.as_slice();
        let code = loop {
            if output.is_full() {
                output.grow()?;
            }
            let flush = flush_for(rest);
            let code = stream.step(&mut rest, &mut output, flush);
            match code {
                OK | BUF_ERROR if output.is_full() => {}
                OK if flush != z::Z_FINISH => {}
                code => break code,
            }
        };
        self.keep_rest(rest, code)?;
        match code {
            STREAM_END => {
                self.eof.set(true);
                match stream.end() {
                    OK => {}
                    code => return Err(stream.error(code, "while finishing decompression")),
                }
            }
            OK | BUF_ERROR => {}
            // After the end there is nothing to flush.
            _ if self.eof.get() => {}
            code => return Err(stream.error(code, "while decompressing data")),
        }
        output.finish()
    }

    #[pymethod("($self, /)")]
    fn copy(&self) -> PyResult {
        let mut stream = self.stream.get()?;
        let copy = match stream.copy() {
            Ok(copy) => copy,
            Err(code) => return Err(copy_error(&stream, code, "decompression")),
        };
        let decompressor = Decompress {
            object: Object::header(&DECOMPRESS),
            stream: StreamCell::new(copy),
            unused_data: Slot::new(self.unused_data.get()),
            unconsumed_tail: Slot::new(self.unconsumed_tail.get()),
            eof: Cell::new(self.eof.get()),
            dictionary: Slot::new(self.dictionary.get()),
        };
        Ok(memory::alloc(&DECOMPRESS, decompressor)?.upcast())
    }

    #[pymethod("($self, /)")]
    fn __copy__(&self) -> PyResult {
        self.copy()
    }

    #[pymethod("($self, memo, /)")]
    fn __deepcopy__(&self, _memo: &Object) -> PyResult {
        self.copy()
    }

    #[pymember]
    fn unused_data(&self) -> Option<Ref<Bytes>> {
        self.unused_data.get()
    }

    #[pymember]
    fn unconsumed_tail(&self) -> Option<Ref<Bytes>> {
        self.unconsumed_tail.get()
    }

    #[pymember]
    fn eof(&self) -> bool {
        self.eof.get()
    }
}
