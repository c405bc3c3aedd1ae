//! `_bz2`: bzip2.
//!
//! Answers to `Modules/_bz2module.c`, over `libbz2-rs-sys`, a translation of the C library that gives the
//! same bytes.

use std::cell::{Cell, RefCell};
use std::ffi::c_int;
use std::ptr;

use gopy_core::argument::{FromArg, Place, no_keywords};
use gopy_core::bytes::Bytes;
use gopy_core::error::{
    eof_error, memory_error, os_error_text, runtime_error, system_error, type_error, value_error,
};
use gopy_core::module;
use gopy_macros::{pyclass, pymethods, pymodule, pyslots};
use gopy_object::{Args, Exception, Object, PyResult, Ref, Slot, Type, memory};
use libbz2_rs_sys as bz;

use crate::input::Data;
use crate::output::Output;
use crate::pending::Pending;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    Compress,
    Decompress,
    Ended,
}

/// A stream of the library, which does not move: its state points back at it.
struct Stream {
    raw: Box<bz::bz_stream>,
    way: Way,
}

/// The error that a code of the library is, if it is one.
fn check(code: c_int) -> PyResult<()> {
    match code {
        bz::BZ_OK | bz::BZ_RUN_OK | bz::BZ_FLUSH_OK | bz::BZ_FINISH_OK | bz::BZ_STREAM_END => {
            Ok(())
        }
        code => Err(error_of(code)),
    }
}

#[cold]
fn error_of(code: c_int) -> Exception {
    match code {
        bz::BZ_CONFIG_ERROR => system_error!("libbzip2 was not compiled correctly"),
        bz::BZ_PARAM_ERROR => {
            value_error!("Internal error - invalid parameters passed to libbzip2")
        }
        bz::BZ_MEM_ERROR => memory_error(),
        bz::BZ_DATA_ERROR | bz::BZ_DATA_ERROR_MAGIC => os_error_text!("Invalid data stream"),
        bz::BZ_IO_ERROR => os_error_text!("Unknown I/O error"),
        bz::BZ_UNEXPECTED_EOF => {
            eof_error!("Compressed file ended before the logical end-of-stream was detected")
        }
        bz::BZ_SEQUENCE_ERROR => {
            runtime_error!("Internal error - Invalid sequence of commands sent to libbzip2")
        }
        code => os_error_text!("Unrecognized error from libbzip2: {code}"),
    }
}

impl Stream {
    fn compressor(level: i32) -> PyResult<Stream> {
        let mut raw = Box::new(bz::bz_stream::zeroed());
        // SAFETY: a fresh stream, with the library's own allocator.
        check(unsafe { bz::BZ2_bzCompressInit(&mut *raw, level, 0, 0) })?;
        Ok(Stream { raw, way: Way::Compress })
    }

    fn decompressor() -> PyResult<Stream> {
        let mut raw = Box::new(bz::bz_stream::zeroed());
        // SAFETY: as above.
        check(unsafe { bz::BZ2_bzDecompressInit(&mut *raw, 0, 0) })?;
        Ok(Stream { raw, way: Way::Decompress })
    }

    /// Works once on the front of `input`, which becomes what was not read.
    fn step(&mut self, input: &mut &[u8], output: &mut Output, action: c_int) -> c_int {
        let given = input.len().min(u32::MAX as usize);
        let (room, size) = output.room();
        let size = size.min(u32::MAX as usize);
        self.raw.next_in = input.as_ptr().cast();
        self.raw.avail_in = given as u32;
        self.raw.next_out = room.cast();
        self.raw.avail_out = size as u32;
        let code = match self.way {
            // SAFETY: the state is that of a compressor; input and output are as long as said.
            Way::Compress => unsafe { bz::BZ2_bzCompress(&mut *self.raw, action) },
            // SAFETY: as above, of a decompressor.
            Way::Decompress => unsafe { bz::BZ2_bzDecompress(&mut *self.raw) },
            Way::Ended => bz::BZ_SEQUENCE_ERROR,
        };
        *input = &input[given - self.raw.avail_in as usize..];
        // SAFETY: the library has written all up to what it says is left.
        unsafe { output.advance(size - self.raw.avail_out as usize) };
        self.raw.next_in = ptr::null();
        self.raw.next_out = ptr::null_mut();
        code
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        match std::mem::replace(&mut self.way, Way::Ended) {
            // SAFETY: the state is that of a compressor and is not used again.
            Way::Compress => unsafe { bz::BZ2_bzCompressEnd(&mut *self.raw) },
            // SAFETY: as above, of a decompressor.
            Way::Decompress => unsafe { bz::BZ2_bzDecompressEnd(&mut *self.raw) },
            Way::Ended => bz::BZ_OK,
        };
    }
}

/// A stream within an object.
struct StreamCell(RefCell<Stream>);

gopy_object::leaf_traverse!(StreamCell);

/// What compresses piece by piece.
#[pyclass(name = "_bz2.BZ2Compressor", static = BZ2_COMPRESSOR, basicsize = 112,
    flags(HEAPTYPE, IMMUTABLETYPE), text_signature = "(compresslevel=9, /)")]
#[repr(C)]
pub struct Bz2Compressor {
    object: Object,
    stream: StreamCell,
    flushed: Cell<bool>,
}

impl Bz2Compressor {
    fn run(&self, data: &[u8], action: c_int) -> PyResult<Ref<Bytes>> {
        let mut output = Output::new(None)?;
        let mut stream = self.stream.0.borrow_mut();
        let mut rest = data;
        loop {
            if action == bz::BZ_RUN && rest.is_empty() {
                return output.finish();
            }
            if output.is_full() {
                output.grow()?;
            }
            let code = stream.step(&mut rest, &mut output, action);
            check(code)?;
            if action == bz::BZ_FINISH && code == bz::BZ_STREAM_END {
                return output.finish();
            }
        }
    }
}

#[pymethods]
impl Bz2Compressor {
    #[pymethod("($self, data, /)")]
    fn compress(&self, data: Data) -> PyResult<Ref<Bytes>> {
        if self.flushed.get() {
            return Err(value_error!("Compressor has been flushed"));
        }
        self.run(data.bytes(), bz::BZ_RUN)
    }

    #[pymethod("($self, /)")]
    fn flush(&self) -> PyResult<Ref<Bytes>> {
        if self.flushed.replace(true) {
            return Err(value_error!("Repeated call to flush()"));
        }
        self.run(&[], bz::BZ_FINISH)
    }
}

#[pyslots]
impl Bz2Compressor {
    fn new(ty: &Type, args: Args<'_>) -> PyResult {
        no_keywords("BZ2Compressor", args)?;
        gopy_core::argument::check_positional("BZ2Compressor", args.len(), 0, 1)?;
        let place = Place::only("BZ2Compressor");
        let level = args.get(0).map_or(Ok(9), |level| i32::from_arg(level, &place))?;
        if !(1..=9).contains(&level) {
            return Err(value_error!("compresslevel must be between 1 and 9"));
        }
        let compressor = Bz2Compressor {
            object: Object::header(ty),
            stream: StreamCell(RefCell::new(Stream::compressor(level)?)),
            flushed: Cell::new(false),
        };
        Ok(memory::alloc(ty, compressor)?.upcast())
    }
}

/// What decompresses piece by piece.
#[pyclass(name = "_bz2.BZ2Decompressor", static = BZ2_DECOMPRESSOR, basicsize = 152,
    flags(HEAPTYPE, IMMUTABLETYPE), text_signature = "()")]
#[repr(C)]
pub struct Bz2Decompressor {
    object: Object,
    stream: StreamCell,
    pending: Pending,
    unused_data: Slot<Bytes>,
    eof: Cell<bool>,
    needs_input: Cell<bool>,
    /// The library must not be called again.
    broken: Cell<bool>,
}

impl Bz2Decompressor {
    fn run(&self, input: &mut &[u8], limit: isize) -> PyResult<Ref<Bytes>> {
        let mut output = Output::new(usize::try_from(limit).ok())?;
        let mut stream = self.stream.0.borrow_mut();
        loop {
            let code = stream.step(input, &mut output, 0);
            check(code)?;
            if code == bz::BZ_STREAM_END {
                self.eof.set(true);
                break;
            }
            if input.is_empty() {
                break;
            }
            if output.is_full() {
                if output.is_at_limit() {
                    break;
                }
                output.grow()?;
            }
        }
        output.finish()
    }
}

#[pymethods]
impl Bz2Decompressor {
    #[pymethod("($self, /, data, max_length=-1)")]
    fn decompress(&self, data: Data, max_length: Option<isize>) -> PyResult<Ref<Bytes>> {
        if self.eof.get() {
            return Err(eof_error!("End of stream already reached"));
        }
        if self.broken.get() {
            return Err(value_error!("Decompressor is unusable after a previous error"));
        }
        let input = self.pending.take_with(data.bytes())?;
        let mut rest = &*input;
        let result = self.run(&mut rest, max_length.unwrap_or(-1)).inspect_err(|_| {
            self.broken.set(true);
            self.needs_input.set(false);
        })?;
        if self.eof.get() {
            self.needs_input.set(false);
            if !rest.is_empty() {
                self.unused_data.set(Some(Bytes::new(rest)?));
            }
        } else {
            self.needs_input.set(rest.is_empty());
            self.pending.keep(rest)?;
        }
        Ok(result)
    }

    #[pymember]
    fn eof(&self) -> bool {
        self.eof.get()
    }

    #[pymember]
    fn unused_data(&self) -> Option<Ref<Bytes>> {
        self.unused_data.get()
    }

    #[pymember]
    fn needs_input(&self) -> bool {
        self.needs_input.get()
    }
}

#[pyslots]
impl Bz2Decompressor {
    fn new(ty: &Type, args: Args<'_>) -> PyResult {
        no_keywords("BZ2Decompressor", args)?;
        if !args.is_empty() {
            return Err(type_error!("BZ2Decompressor() takes no positional arguments"));
        }
        let decompressor = Bz2Decompressor {
            object: Object::header(ty),
            stream: StreamCell(RefCell::new(Stream::decompressor()?)),
            pending: Pending::default(),
            unused_data: Slot::new(Some(Bytes::empty())),
            eof: Cell::new(false),
            needs_input: Cell::new(true),
            broken: Cell::new(false),
        };
        Ok(memory::alloc(ty, decompressor)?.upcast())
    }
}

/// The module `_bz2`.
#[pymodule(name = "_bz2")]
pub mod native {
    use super::*;

    #[pyexec]
    fn exec(module: &Object) -> PyResult<()> {
        module::add_type(module, &BZ2_COMPRESSOR)?;
        module::add_type(module, &BZ2_DECOMPRESSOR)
    }
}

pub use native::MODULE;
