//! `zlib`: deflate, and the checksums that go with it.
//!
//! Answers to `Modules/zlibmodule.c`, over the same C library, so that compressed bytes are the same.

use gopy_core::argument::{FromArg, Place};
use gopy_core::bytes::Bytes;
use gopy_core::error::{type_error, value_error};
use gopy_core::{buffer, exceptions, module, none, state, type_};
use gopy_macros::pymodule;
use gopy_object::{Args, Object, PyResult, Ref, Type};
use libz_sys as z;

mod decompressor;
mod objects;
mod stream;

pub use decompressor::{ZLIB_DECOMPRESSOR, ZlibDecompressor};
pub use objects::{COMPRESS, Compress, DECOMPRESS, Decompress};
use stream::{BUF_ERROR, MEM_ERROR, OK, STREAM_END, STREAM_ERROR, Stream, version, zlib_error};

use crate::input::{Data, Word};
use crate::output::Output;

/// What the module keeps per interpreter.
struct ZlibState {
    error: Ref<Type>,
}

/// The memory level and the size of buffers that are used by default.
const MEMORY_LEVEL: i32 = 8;
const BUFFER_SIZE: isize = 16 * 1024;
const WINDOW_BITS: i32 = 15;

/// A `MemoryError` with a text.
#[cold]
fn no_memory(message: &str) -> gopy_object::Exception {
    gopy_core::error::raise_text(&exceptions::MEMORY_ERROR, gopy_core::str::Str::new(message))
}

/// How the last input is marked.
fn flush_for(rest: &[u8]) -> i32 {
    if rest.len() <= u32::MAX as usize { z::Z_FINISH } else { z::Z_NO_FLUSH }
}

fn compress_all(data: &[u8], level: i32, window_bits: i32) -> PyResult<Ref<Bytes>> {
    let mut output = Output::new(None)?;
    let (mut stream, code) =
        Stream::compressor(level, z::Z_DEFLATED, window_bits, MEMORY_LEVEL, z::Z_DEFAULT_STRATEGY);
    match code {
        OK => {}
        MEM_ERROR => return Err(no_memory("Out of memory while compressing data")),
        STREAM_ERROR => return Err(zlib_error("Bad compression level")),
        code => return Err(stream.error(code, "while compressing data")),
    }
    let mut rest = data;
    loop {
        if output.is_full() {
            output.grow()?;
        }
        let flush = flush_for(rest);
        let code = stream.step(&mut rest, &mut output, flush);
        if code == STREAM_ERROR {
            return Err(stream.error(code, "while compressing data"));
        }
        if code == STREAM_END {
            break;
        }
    }
    match stream.end() {
        OK => output.finish(),
        code => Err(stream.error(code, "while finishing compression")),
    }
}

fn decompress_all(data: &[u8], window_bits: i32, size: isize) -> PyResult<Ref<Bytes>> {
    let Ok(size) = usize::try_from(size) else {
        return Err(value_error!("bufsize must be non-negative"));
    };
    let mut output = Output::with_block(size.max(1), None)?;
    let (mut stream, code) = Stream::decompressor(window_bits);
    match code {
        OK => {}
        MEM_ERROR => return Err(no_memory("Out of memory while decompressing data")),
        code => return Err(stream.error(code, "while preparing to decompress data")),
    }
    let mut rest = data;
    loop {
        if output.is_full() {
            output.grow()?;
        }
        let flush = flush_for(rest);
        let code = stream.step(&mut rest, &mut output, flush);
        match code {
            STREAM_END => break,
            OK | BUF_ERROR if output.is_full() || (flush != z::Z_FINISH && code == OK) => {}
            MEM_ERROR => return Err(no_memory("Out of memory while decompressing data")),
            code => return Err(stream.error(code, "while decompressing data")),
        }
    }
    match stream.end() {
        OK => output.finish(),
        code => Err(stream.error(code, "while finishing decompression")),
    }
}

/// The module `zlib`.
#[pymodule(name = "zlib")]
pub mod native {
    use super::*;

    #[pyfunction("($module, data, value=1, /)")]
    fn adler32(data: Data, value: Option<Word>) -> u32 {
        let start = value.map_or(1, |value| value.0);
        data.bytes().chunks(1 << 30).fold(start, |sum, chunk| {
            // SAFETY: the chunk is as long as said.
            unsafe { z::adler32(sum.into(), chunk.as_ptr(), chunk.len() as u32) as u32 }
        })
    }

    #[pyfunction("($module, data, /, level=Z_DEFAULT_COMPRESSION, wbits=MAX_WBITS)")]
    fn compress(data: Data, level: Option<i32>, wbits: Option<i32>) -> PyResult<Ref<Bytes>> {
        let level = level.unwrap_or(z::Z_DEFAULT_COMPRESSION);
        compress_all(data.bytes(), level, wbits.unwrap_or(WINDOW_BITS))
    }

    #[pyfunction(
        "($module, /, level=Z_DEFAULT_COMPRESSION, method=DEFLATED,\n            wbits=MAX_WBITS, memLevel=DEF_MEM_LEVEL,\n            strategy=Z_DEFAULT_STRATEGY, zdict=<unrepresentable>)",
        raw
    )]
    fn compressobj(args: Args<'_>) -> PyResult {
        let [level, method, wbits, memory, strategy, dictionary] = bind!(args, "compressobj",
            ["level", "method", "wbits", "memLevel", "strategy", "zdict"],
            required 0, positional_only 0, positional 6);
        let place = Place::only("compressobj");
        let int = |argument: Option<&Object>, default: i32| {
            argument.map_or(Ok(default), |argument| i32::from_arg(argument, &place))
        };
        let level = int(level, z::Z_DEFAULT_COMPRESSION)?;
        let method = int(method, z::Z_DEFLATED)?;
        let wbits = int(wbits, WINDOW_BITS)?;
        let memory = int(memory, MEMORY_LEVEL)?;
        let strategy = int(strategy, z::Z_DEFAULT_STRATEGY)?;
        let dictionary = dictionary.map(buffer::bytes_like).transpose()?;
        let dictionary = dictionary.as_ref().map(buffer::as_slice);
        objects::new_compressor(level, method, wbits, memory, strategy, dictionary)
    }

    #[pyfunction("($module, data, value=0, /)")]
    fn crc32(data: Data, value: Option<Word>) -> u32 {
        crate::binascii::crc32_of(data.bytes(), value.map_or(0, |value| value.0))
    }

    #[pyfunction("($module, data, /, wbits=MAX_WBITS, bufsize=DEF_BUF_SIZE)")]
    fn decompress(data: Data, wbits: Option<i32>, bufsize: Option<isize>) -> PyResult<Ref<Bytes>> {
        let size = bufsize.unwrap_or(BUFFER_SIZE);
        decompress_all(data.bytes(), wbits.unwrap_or(WINDOW_BITS), size)
    }

    #[pyfunction("($module, /, wbits=MAX_WBITS, zdict=b'')", raw)]
    fn decompressobj(args: Args<'_>) -> PyResult {
        let [wbits, dictionary] = bind!(args, "decompressobj", ["wbits", "zdict"],
            required 0, positional_only 0, positional 2);
        let place = Place::only("decompressobj");
        let wbits = wbits.map_or(Ok(WINDOW_BITS), |argument| i32::from_arg(argument, &place))?;
        if dictionary.is_some_and(|dictionary| !buffer::has_buffer(dictionary)) {
            return Err(type_error!("zdict argument must support the buffer protocol"));
        }
        objects::new_decompressor(wbits, dictionary)
    }

    #[pyexec]
    fn exec(module: &Object) -> PyResult<()> {
        type_::ready(&COMPRESS)?;
        type_::ready(&DECOMPRESS)?;
        let error = exceptions::new_exception("zlib", "error", &exceptions::EXCEPTION)?;
        module::add(module, "error", error.clone())?;
        state::put_extension(ZlibState { error });
        module::add_type(module, &ZLIB_DECOMPRESSOR)?;
        for (name, value) in [
            ("MAX_WBITS", WINDOW_BITS),
            ("DEFLATED", z::Z_DEFLATED),
            ("DEF_MEM_LEVEL", MEMORY_LEVEL),
            ("DEF_BUF_SIZE", BUFFER_SIZE as i32),
            ("Z_NO_COMPRESSION", z::Z_NO_COMPRESSION),
            ("Z_BEST_SPEED", z::Z_BEST_SPEED),
            ("Z_BEST_COMPRESSION", z::Z_BEST_COMPRESSION),
            ("Z_DEFAULT_COMPRESSION", z::Z_DEFAULT_COMPRESSION),
            ("Z_FILTERED", z::Z_FILTERED),
            ("Z_HUFFMAN_ONLY", z::Z_HUFFMAN_ONLY),
            ("Z_RLE", z::Z_RLE),
            ("Z_FIXED", z::Z_FIXED),
            ("Z_DEFAULT_STRATEGY", z::Z_DEFAULT_STRATEGY),
            ("Z_NO_FLUSH", z::Z_NO_FLUSH),
            ("Z_PARTIAL_FLUSH", z::Z_PARTIAL_FLUSH),
            ("Z_SYNC_FLUSH", z::Z_SYNC_FLUSH),
            ("Z_FULL_FLUSH", z::Z_FULL_FLUSH),
            ("Z_FINISH", z::Z_FINISH),
            ("Z_BLOCK", z::Z_BLOCK),
            ("Z_TREES", 6),
        ] {
            module::add(module, name, value)?;
        }
        let version = version().to_string_lossy().into_owned();
        module::add(module, "ZLIB_VERSION", version.clone())?;
        module::add(module, "ZLIB_RUNTIME_VERSION", version)?;
        module::add(module, "__version__", "1.0")
    }
}

/// The object that stands for "no dictionary" in errors of arguments.
fn argument_or_none(argument: Option<&Object>) -> &Object {
    argument.unwrap_or_else(|| none::none_object())
}

pub use native::MODULE;
