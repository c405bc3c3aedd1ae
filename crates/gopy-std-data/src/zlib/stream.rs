//! A stream of the library zlib: the thin layer over its C interface.
//!
//! Keeps true: the `z_stream` never moves, since the library's state points back at it; its pointers to
//! input and output are only looked at during the call that set them.

use std::ffi::{CStr, c_int};
use std::ptr;

use gopy_core::error::raise_with;
use gopy_core::str::Str;
use gopy_object::{Exception, Instance, PyResult};
use libz_sys as z;

use super::ZlibState;
use crate::output::Output;

pub(super) const OK: c_int = z::Z_OK;
pub(super) const STREAM_END: c_int = z::Z_STREAM_END;
pub(super) const NEED_DICT: c_int = z::Z_NEED_DICT;
pub(super) const STREAM_ERROR: c_int = z::Z_STREAM_ERROR;
pub(super) const DATA_ERROR: c_int = z::Z_DATA_ERROR;
pub(super) const MEM_ERROR: c_int = z::Z_MEM_ERROR;
pub(super) const BUF_ERROR: c_int = z::Z_BUF_ERROR;

/// Which way a stream goes, and so which functions are its own.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    Compress,
    Decompress,
    /// Ended, or never begun: no state is left.
    Ended,
}

/// A stream.
pub(super) struct Stream {
    raw: Box<z::z_stream>,
    way: Way,
}

unsafe extern "C" fn allocate(_: z::voidpf, items: z::uInt, size: z::uInt) -> z::voidpf {
    // SAFETY: any numbers are allowed; overflow gives null.
    unsafe { libc::calloc(items as usize, size as usize) }
}

unsafe extern "C" fn release(_: z::voidpf, block: z::voidpf) {
    // SAFETY: the block comes from `allocate`.
    unsafe { libc::free(block) }
}

fn empty() -> Box<z::z_stream> {
    Box::new(z::z_stream {
        next_in: ptr::null_mut(),
        avail_in: 0,
        total_in: 0,
        next_out: ptr::null_mut(),
        avail_out: 0,
        total_out: 0,
        msg: ptr::null_mut(),
        state: ptr::null_mut(),
        zalloc: allocate,
        zfree: release,
        opaque: ptr::null_mut(),
        data_type: 0,
        adler: 0,
        reserved: 0,
    })
}

/// The library's version.
pub(super) fn version() -> &'static CStr {
    // SAFETY: a constant string.
    unsafe { CStr::from_ptr(z::zlibVersion()) }
}

const STREAM_SIZE: c_int = size_of::<z::z_stream>() as c_int;

impl Stream {
    /// Begins to compress (`deflateInit2`). The code is not `OK` where that failed.
    pub(super) fn compressor(
        level: i32,
        method: i32,
        window_bits: i32,
        memory_level: i32,
        strategy: i32,
    ) -> (Stream, c_int) {
        let mut raw = empty();
        // SAFETY: a fresh stream with its own allocator, and the version that it was declared for.
        let code = unsafe {
            z::deflateInit2_(
                &mut *raw,
                level,
                method,
                window_bits,
                memory_level,
                strategy,
                z::zlibVersion(),
                STREAM_SIZE,
            )
        };
        let way = if code == OK { Way::Compress } else { Way::Ended };
        (Stream { raw, way }, code)
    }

    /// Begins to decompress (`inflateInit2`). The code is not `OK` where that failed.
    pub(super) fn decompressor(window_bits: i32) -> (Stream, c_int) {
        let mut raw = empty();
        // SAFETY: as above.
        let code =
            unsafe { z::inflateInit2_(&mut *raw, window_bits, z::zlibVersion(), STREAM_SIZE) };
        let way = if code == OK { Way::Decompress } else { Way::Ended };
        (Stream { raw, way }, code)
    }

    /// Works once on the front of `input`, which becomes what was not read. The second answer says whether
    /// that was all of the input.
    pub(super) fn step(&mut self, input: &mut &[u8], output: &mut Output, flush: c_int) -> c_int {
        let given = input.len().min(u32::MAX as usize);
        let (room, size) = output.room();
        let size = size.min(u32::MAX as usize);
        self.raw.next_in = input.as_ptr().cast_mut();
        self.raw.avail_in = given as u32;
        self.raw.next_out = room;
        self.raw.avail_out = size as u32;
        let code = match self.way {
            // SAFETY: the state is that of a compressor; input and output are as long as said. The
            // library does not write to its input.
            Way::Compress => unsafe { z::deflate(&mut *self.raw, flush) },
            // SAFETY: as above, of a decompressor.
            Way::Decompress => unsafe { z::inflate(&mut *self.raw, flush) },
            Way::Ended => STREAM_ERROR,
        };
        *input = &input[given - self.raw.avail_in as usize..];
        // SAFETY: the library has written all up to what it says is left.
        unsafe { output.advance(size - self.raw.avail_out as usize) };
        self.raw.next_in = ptr::null_mut();
        self.raw.next_out = ptr::null_mut();
        code
    }

    /// `deflateSetDictionary`, `inflateSetDictionary`
    pub(super) fn set_dictionary(&mut self, dictionary: &[u8]) -> c_int {
        let Ok(length) = u32::try_from(dictionary.len()) else { return STREAM_ERROR };
        match self.way {
            // SAFETY: the state is that of a compressor, the dictionary as long as said.
            Way::Compress => unsafe {
                z::deflateSetDictionary(&mut *self.raw, dictionary.as_ptr(), length)
            },
            // SAFETY: as above, of a decompressor.
            Way::Decompress => unsafe {
                z::inflateSetDictionary(&mut *self.raw, dictionary.as_ptr(), length)
            },
            Way::Ended => STREAM_ERROR,
        }
    }

    /// `deflateCopy`, `inflateCopy`
    pub(super) fn copy(&mut self) -> Result<Stream, c_int> {
        let mut raw = empty();
        let code = match self.way {
            // SAFETY: both are streams that do not move; the copy has no state yet.
            Way::Compress => unsafe { z::deflateCopy(&mut *raw, &mut *self.raw) },
            // SAFETY: as above.
            Way::Decompress => unsafe { z::inflateCopy(&mut *raw, &mut *self.raw) },
            Way::Ended => STREAM_ERROR,
        };
        if code == OK { Ok(Stream { raw, way: self.way }) } else { Err(code) }
    }

    /// Gives the memory back (`deflateEnd`, `inflateEnd`).
    pub(super) fn end(&mut self) -> c_int {
        match std::mem::replace(&mut self.way, Way::Ended) {
            // SAFETY: the state is that of a compressor and is not used again.
            Way::Compress => unsafe { z::deflateEnd(&mut *self.raw) },
            // SAFETY: as above, of a decompressor.
            Way::Decompress => unsafe { z::inflateEnd(&mut *self.raw) },
            Way::Ended => STREAM_ERROR,
        }
    }

    /// Raises `zlib.error` for a code. May run Python.
    #[cold]
    pub(super) fn error(&self, code: c_int, place: &str) -> Exception {
        let message = if code == z::Z_VERSION_ERROR {
            Some("library version mismatch".into())
        } else if !self.raw.msg.is_null() {
            // SAFETY: the library's messages are constant strings.
            Some(unsafe { CStr::from_ptr(self.raw.msg) }.to_string_lossy())
        } else {
            match code {
                BUF_ERROR => Some("incomplete or truncated stream".into()),
                STREAM_ERROR => Some("inconsistent stream state".into()),
                DATA_ERROR => Some("invalid input data".into()),
                _ => None,
            }
        };
        match message {
            Some(message) => zlib_error(&format!("Error {code} {place}: {message:.200}")),
            None => zlib_error(&format!("Error {code} {place}")),
        }
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        self.end();
    }
}

/// Raises `zlib.error`. May run Python.
#[cold]
pub(super) fn zlib_error(message: &str) -> Exception {
    match gopy_core::state::with_extension(|state: &ZlibState| state.error.clone()) {
        Some(ty) => raise_with(&ty, &[Str::new(message).as_object()]),
        None => gopy_core::error::system_error!("zlib has no state"),
    }
}

/// Whether `length` bytes can be a dictionary.
pub(super) fn check_dictionary(length: usize) -> PyResult<()> {
    if u32::try_from(length).is_err() {
        return Err(gopy_core::error::overflow_error!(
            "zdict length does not fit in an unsigned int"
        ));
    }
    Ok(())
}
