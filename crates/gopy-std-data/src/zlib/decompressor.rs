//! `_ZlibDecompressor`: what `gzip` reads through. It keeps the input that it could not use.

use std::cell::Cell;

use gopy_core::argument::{FromArg, Place};
use gopy_core::bytes::Bytes;
use gopy_core::error::{eof_error, system_error};
use gopy_macros::{pyclass, pymethods, pyslots};
use gopy_object::{Args, Object, PyResult, Ref, Slot, Type, memory};
use libz_sys as z;

use super::objects::{StreamCell, begin};
use super::stream::{BUF_ERROR, NEED_DICT, OK, STREAM_END};
use super::{BUFFER_SIZE, WINDOW_BITS};
use crate::input::Data;
use crate::output::Output;
use crate::pending::Pending;

/// A decompressor for files.
#[pyclass(name = "zlib._ZlibDecompressor", static = ZLIB_DECOMPRESSOR, basicsize = 184,
    flags(HEAPTYPE, IMMUTABLETYPE), text_signature = "(wbits=15, zdict=b'')")]
#[repr(C)]
pub struct ZlibDecompressor {
    object: Object,
    stream: StreamCell,
    pending: Pending,
    unused_data: Slot<Bytes>,
    eof: Cell<bool>,
    needs_input: Cell<bool>,
}

/// The most that is allocated before anything was written.
const FIRST_BLOCK_MAX: usize = 16 * 1024 * 1024;

impl ZlibDecompressor {
    /// Decompresses the front of `input`, which becomes what is left.
    fn run(&self, input: &mut &[u8], limit: isize) -> PyResult<Ref<Bytes>> {
        let limit = usize::try_from(limit).ok().filter(|limit| *limit != isize::MAX as usize);
        let first = limit.map_or(BUFFER_SIZE as usize, |limit| limit.min(FIRST_BLOCK_MAX));
        let mut output = Output::with_block(first, limit)?;
        let mut stream = self.stream.get()?;
        let mut code;
        loop {
            code = stream.step(input, &mut output, z::Z_SYNC_FLUSH);
            match code {
                STREAM_END => break,
                // CPython's own answer to a dictionary that it never sets here.
                NEED_DICT => {
                    return Err(system_error!(
                        "<method 'decompress' of 'zlib._ZlibDecompressor' objects> returned NULL \
                         without setting an exception"
                    ));
                }
                OK | BUF_ERROR if output.is_full() => {
                    if output.is_at_limit() {
                        break;
                    }
                    output.grow()?;
                }
                OK if !input.is_empty() => {}
                _ => break,
            }
        }
        match code {
            STREAM_END => {
                self.eof.set(true);
                match stream.end() {
                    OK => {}
                    code => return Err(stream.error(code, "while finishing decompression")),
                }
            }
            OK | BUF_ERROR => {}
            code => return Err(stream.error(code, "while decompressing data")),
        }
        output.finish()
    }
}

#[pymethods]
impl ZlibDecompressor {
    #[pymethod("($self, /, data, max_length=-1)")]
    fn decompress(&self, data: Data, max_length: Option<isize>) -> PyResult<Ref<Bytes>> {
        if self.eof.get() {
            return Err(eof_error!("End of stream already reached"));
        }
        let input = self.pending.take_with(data.bytes())?;
        let mut rest = &*input;
        let result = self.run(&mut rest, max_length.unwrap_or(-1))?;
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
impl ZlibDecompressor {
    fn new(ty: &Type, args: Args<'_>) -> PyResult {
        let [wbits, dictionary] = bind!(args, "_ZlibDecompressor", ["wbits", "zdict"],
            required 0, positional_only 0, positional 2, style ParseTuple);
        let place = Place::only("_ZlibDecompressor");
        let wbits = wbits.map_or(Ok(WINDOW_BITS), |wbits| i32::from_arg(wbits, &place))?;
        let decompressor = ZlibDecompressor {
            object: Object::header(ty),
            stream: StreamCell::new(begin(wbits, dictionary)?),
            pending: Pending::default(),
            unused_data: Slot::new(Some(Bytes::empty())),
            eof: Cell::new(false),
            needs_input: Cell::new(true),
        };
        Ok(memory::alloc(ty, decompressor)?.upcast())
    }
}
