//! `_lzma`: the formats of xz.
//!
//! Answers to `Modules/_lzmamodule.c`, over the same C library.

use std::cell::{Cell, RefCell};
use std::ffi::c_int;
use std::ptr;

use gopy_core::argument::{FromArg, Place};
use gopy_core::bytes::Bytes;
use gopy_core::error::{eof_error, memory_error, raise_with, system_error, value_error};
use gopy_core::int::Int;
use gopy_core::str::{Str, interned};
use gopy_core::{exceptions, module, none, object, state};
use gopy_macros::{pyclass, pymethods, pymodule, pyslots};
use gopy_object::{Args, Exception, Instance, Object, PyResult, Ref, Slot, Type, memory};
use liblzma_sys as l;

mod filter;

use crate::input::Data;
use crate::output::Output;
use crate::pending::Pending;
use filter::{Filter, PRESET_DEFAULT, parse_chain, preset_options, unsigned, with_chain};

/// What the module keeps per interpreter.
struct LzmaState {
    error: Ref<Type>,
}

const FORMAT_AUTO: i32 = 0;
const FORMAT_XZ: i32 = 1;
const FORMAT_ALONE: i32 = 2;
const FORMAT_RAW: i32 = 3;

const CHECK_NONE: i32 = 0;
const CHECK_CRC64: i32 = 4;
const CHECK_UNKNOWN: i32 = 16;

const OK: c_int = 0;
const STREAM_END: c_int = 1;
const NO_CHECK: c_int = 2;
const GET_CHECK: c_int = 4;
const BUF_ERROR: c_int = 10;

const RUN: l::lzma_action = 0;
const FINISH: l::lzma_action = 3;

/// The decoders tell of the check, or that there is none.
const TELL_CHECKS: u32 = 0x01 | 0x04;

/// Raises `LZMAError`. May run Python.
#[cold]
fn lzma_error(message: &str) -> Exception {
    match state::with_extension(|state: &LzmaState| state.error.clone()) {
        Some(ty) => raise_with(&ty, &[Str::new(message).as_object()]),
        None => system_error!("_lzma has no state"),
    }
}

/// The error that a code of the library is, if it is one.
fn check(code: c_int) -> PyResult<()> {
    match code {
        OK | STREAM_END | NO_CHECK | GET_CHECK => Ok(()),
        code => Err(error_of(code)),
    }
}

#[cold]
fn error_of(code: c_int) -> Exception {
    match code {
        3 => lzma_error("Unsupported integrity check"),
        5 => memory_error(),
        6 => lzma_error("Memory usage limit exceeded"),
        7 => lzma_error("Input format not supported by decoder"),
        8 => lzma_error("Invalid or unsupported options"),
        9 => lzma_error("Corrupt input data"),
        BUF_ERROR => lzma_error("Insufficient buffer space"),
        11 => lzma_error("Internal error"),
        code => lzma_error(&format!("Unrecognized error from liblzma: {code}")),
    }
}

/// A stream of the library.
struct Stream(Box<l::lzma_stream>);

impl Stream {
    /// A stream that `begin` makes an encoder or a decoder of.
    fn new(begin: impl FnOnce(*mut l::lzma_stream) -> l::lzma_ret) -> PyResult<Stream> {
        // SAFETY: `LZMA_STREAM_INIT` is all zeros and null pointers.
        let mut stream = Stream(Box::new(unsafe { std::mem::zeroed() }));
        check(begin(&mut *stream.0) as c_int)?;
        Ok(stream)
    }

    /// Works once on the front of `input`, which becomes what was not read.
    fn step(&mut self, input: &mut &[u8], output: &mut Output, action: l::lzma_action) -> c_int {
        let (room, size) = output.room();
        self.0.next_in = input.as_ptr();
        self.0.avail_in = input.len();
        self.0.next_out = room;
        self.0.avail_out = size;
        // SAFETY: the stream has been begun; input and output are as long as said.
        let code = unsafe { l::lzma_code(&mut *self.0, action) } as c_int;
        *input = &input[input.len() - self.0.avail_in..];
        // SAFETY: the library has written all up to what it says is left.
        unsafe { output.advance(size - self.0.avail_out) };
        self.0.next_in = ptr::null();
        self.0.next_out = ptr::null_mut();
        code
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        // SAFETY: whether it was begun or not, the stream is valid and not used again.
        unsafe { l::lzma_end(&mut *self.0) };
    }
}

/// A stream within an object.
struct StreamCell(RefCell<Stream>);

gopy_object::leaf_traverse!(StreamCell);

/// What compresses piece by piece.
#[pyclass(name = "_lzma.LZMACompressor", static = LZMA_COMPRESSOR, basicsize = 192,
    flags(HEAPTYPE, IMMUTABLETYPE))]
#[repr(C)]
pub struct LzmaCompressor {
    object: Object,
    stream: StreamCell,
    flushed: Cell<bool>,
}

fn xz_encoder(check_id: i32, preset: u32, filters: Option<&Object>) -> PyResult<Stream> {
    let check_id = check_id as l::lzma_check;
    let Some(filters) = filters else {
        // SAFETY: a fresh stream.
        return Stream::new(|raw| unsafe { l::lzma_easy_encoder(raw, preset, check_id) });
    };
    let mut filters = parse_chain(filters)?;
    with_chain(&mut filters, |chain| {
        // SAFETY: a fresh stream, and a chain that is ended; the library copies it.
        Stream::new(|raw| unsafe { l::lzma_stream_encoder(raw, chain, check_id) })
    })
}

fn alone_encoder(preset: u32, filters: Option<&Object>) -> PyResult<Stream> {
    let Some(filters) = filters else {
        let Some(options) = preset_options(preset) else {
            return Err(lzma_error(&format!("Invalid compression preset: {preset}")));
        };
        // SAFETY: a fresh stream and filled options.
        return Stream::new(|raw| unsafe { l::lzma_alone_encoder(raw, &*options) });
    };
    let filters = parse_chain(filters)?;
    let Some(options) = Filter::lzma1_options(&filters) else {
        return Err(value_error!(
            "Invalid filter chain for FORMAT_ALONE - must be a single LZMA1 filter"
        ));
    };
    // SAFETY: as above.
    Stream::new(|raw| unsafe { l::lzma_alone_encoder(raw, options) })
}

fn raw_encoder(filters: Option<&Object>) -> PyResult<Stream> {
    let Some(filters) = filters else {
        return Err(value_error!("Must specify filters for FORMAT_RAW"));
    };
    let mut filters = parse_chain(filters)?;
    with_chain(&mut filters, |chain| {
        // SAFETY: a fresh stream, and a chain that is ended and outlives the call.
        Stream::new(|raw| unsafe { l::lzma_raw_encoder(raw, chain) })
    })
}

impl LzmaCompressor {
    fn run(&self, data: &[u8], action: l::lzma_action) -> PyResult<Ref<Bytes>> {
        let mut output = Output::new(None)?;
        let mut stream = self.stream.0.borrow_mut();
        let mut rest = data;
        loop {
            let mut code = stream.step(&mut rest, &mut output, action);
            if code == BUF_ERROR && data.is_empty() && !output.is_full() {
                code = OK;
            }
            check(code)?;
            if (action == RUN && rest.is_empty()) || (action == FINISH && code == STREAM_END) {
                return output.finish();
            }
            if output.is_full() {
                output.grow()?;
            }
        }
    }
}

#[pymethods]
impl LzmaCompressor {
    #[pymethod("($self, data, /)")]
    fn compress(&self, data: Data) -> PyResult<Ref<Bytes>> {
        if self.flushed.get() {
            return Err(value_error!("Compressor has been flushed"));
        }
        self.run(data.bytes(), RUN)
    }

    #[pymethod("($self, /)")]
    fn flush(&self) -> PyResult<Ref<Bytes>> {
        if self.flushed.replace(true) {
            return Err(value_error!("Repeated call to flush()"));
        }
        self.run(&[], FINISH)
    }
}

#[pyslots]
impl LzmaCompressor {
    fn new(ty: &Type, args: Args<'_>) -> PyResult {
        let [format, check_id, preset, filters] = bind!(args, "LZMACompressor",
            ["format", "check", "preset", "filters"],
            required 0, positional_only 0, positional 4, style ParseTuple);
        let place = Place::only("LZMACompressor");
        let int = |argument: Option<&Object>, default: i32| {
            argument.map_or(Ok(default), |argument| i32::from_arg(argument, &place))
        };
        let format = int(format, FORMAT_XZ)?;
        let check_id = int(check_id, -1)?;
        let preset = preset.filter(|preset| !none::is_none(preset));
        let filters = filters.filter(|filters| !none::is_none(filters));
        if format != FORMAT_XZ && check_id != -1 && check_id != CHECK_NONE {
            return Err(value_error!("Integrity checks are only supported by FORMAT_XZ"));
        }
        if preset.is_some() && filters.is_some() {
            return Err(value_error!("Cannot specify both preset and filter chain"));
        }
        let preset =
            preset.map_or(Ok(PRESET_DEFAULT.into()), |preset| unsigned(preset, 32, "uint32_t"))?;
        let preset = preset as u32;
        let stream = match format {
            FORMAT_XZ => {
                let check_id = if check_id == -1 { CHECK_CRC64 } else { check_id };
                xz_encoder(check_id, preset, filters)?
            }
            FORMAT_ALONE => alone_encoder(preset, filters)?,
            FORMAT_RAW => raw_encoder(filters)?,
            format => return Err(value_error!("Invalid container format: {format}")),
        };
        let compressor = LzmaCompressor {
            object: Object::header(ty),
            stream: StreamCell(RefCell::new(stream)),
            flushed: Cell::new(false),
        };
        Ok(memory::alloc(ty, compressor)?.upcast())
    }
}

/// What decompresses piece by piece.
#[pyclass(name = "_lzma.LZMADecompressor", static = LZMA_DECOMPRESSOR, basicsize = 224,
    flags(HEAPTYPE, IMMUTABLETYPE),
    text_signature = "(format=FORMAT_AUTO, memlimit=None, filters=None)")]
#[repr(C)]
pub struct LzmaDecompressor {
    object: Object,
    stream: StreamCell,
    pending: Pending,
    unused_data: Slot<Bytes>,
    check: Cell<i32>,
    eof: Cell<bool>,
    needs_input: Cell<bool>,
}

impl LzmaDecompressor {
    /// Decompresses the front of `input`, which becomes what is left. The second answer says whether
    /// there was room for more.
    fn run(&self, input: &mut &[u8], limit: isize) -> PyResult<(Ref<Bytes>, bool)> {
        let mut output = Output::new(usize::try_from(limit).ok())?;
        let mut stream = self.stream.0.borrow_mut();
        loop {
            let mut code = stream.step(input, &mut output, RUN);
            if code == BUF_ERROR && input.is_empty() && !output.is_full() {
                code = OK;
            }
            check(code)?;
            if code == GET_CHECK || code == NO_CHECK {
                // SAFETY: a decoder that has told of its check.
                self.check.set(unsafe { l::lzma_get_check(&*stream.0) } as i32);
            }
            if code == STREAM_END {
                self.eof.set(true);
                break;
            }
            if output.is_full() {
                if output.is_at_limit() {
                    break;
                }
                output.grow()?;
            } else if input.is_empty() {
                break;
            }
        }
        let has_room = !output.is_full();
        Ok((output.finish()?, has_room))
    }
}

#[pymethods]
impl LzmaDecompressor {
    #[pymethod("($self, /, data, max_length=-1)")]
    fn decompress(&self, data: Data, max_length: Option<isize>) -> PyResult<Ref<Bytes>> {
        if self.eof.get() {
            return Err(eof_error!("Already at end of stream"));
        }
        let input = self.pending.take_with(data.bytes())?;
        let mut rest = &*input;
        let (result, has_room) = self.run(&mut rest, max_length.unwrap_or(-1))?;
        if self.eof.get() {
            self.needs_input.set(false);
            if !rest.is_empty() {
                self.unused_data.set(Some(Bytes::new(rest)?));
            }
        } else {
            // Without room, there may be more to come of what was read.
            self.needs_input.set(rest.is_empty() && has_room);
            self.pending.keep(rest)?;
        }
        Ok(result)
    }

    #[pymember(name = "check")]
    fn check_id(&self) -> i32 {
        self.check.get()
    }

    #[pymember]
    fn eof(&self) -> bool {
        self.eof.get()
    }

    #[pymember]
    fn needs_input(&self) -> bool {
        self.needs_input.get()
    }

    #[pymember]
    fn unused_data(&self) -> Option<Ref<Bytes>> {
        self.unused_data.get()
    }
}

#[pyslots]
impl LzmaDecompressor {
    fn new(ty: &Type, args: Args<'_>) -> PyResult {
        let [format, limit, filters] = bind!(args, "LZMADecompressor",
            ["format", "memlimit", "filters"], required 0, positional_only 0, positional 3);
        let place = Place::only("LZMADecompressor");
        let format = format.map_or(Ok(FORMAT_AUTO), |argument| i32::from_arg(argument, &place))?;
        let limit = limit.filter(|limit| !none::is_none(limit));
        let filters = filters.filter(|filters| !none::is_none(filters));
        if limit.is_some() && format == FORMAT_RAW {
            return Err(value_error!("Cannot specify memory limit with FORMAT_RAW"));
        }
        let limit = limit.map_or(Ok(u64::MAX), |limit| unsigned(limit, 64, "uint64_t"))?;
        if format == FORMAT_RAW && filters.is_none() {
            return Err(value_error!("Must specify filters for FORMAT_RAW"));
        }
        if format != FORMAT_RAW && filters.is_some() {
            return Err(value_error!("Cannot specify filters except with FORMAT_RAW"));
        }
        let stream = match (format, filters) {
            (FORMAT_AUTO, _) => {
                // SAFETY: a fresh stream.
                Stream::new(|raw| unsafe { l::lzma_auto_decoder(raw, limit, TELL_CHECKS) })?
            }
            (FORMAT_XZ, _) => {
                // SAFETY: a fresh stream.
                Stream::new(|raw| unsafe { l::lzma_stream_decoder(raw, limit, TELL_CHECKS) })?
            }
            (FORMAT_ALONE, _) => {
                // SAFETY: a fresh stream.
                Stream::new(|raw| unsafe { l::lzma_alone_decoder(raw, limit) })?
            }
            (FORMAT_RAW, Some(filters)) => {
                let mut filters = parse_chain(filters)?;
                with_chain(&mut filters, |chain| {
                    // SAFETY: a fresh stream, and the chain is ended and outlives the call.
                    Stream::new(|raw| unsafe { l::lzma_raw_decoder(raw, chain) })
                })?
            }
            (format, _) => return Err(value_error!("Invalid container format: {format}")),
        };
        let has_no_check = matches!(format, FORMAT_ALONE | FORMAT_RAW);
        let decompressor = LzmaDecompressor {
            object: Object::header(ty),
            stream: StreamCell(RefCell::new(stream)),
            pending: Pending::default(),
            unused_data: Slot::new(Some(Bytes::empty())),
            check: Cell::new(if has_no_check { CHECK_NONE } else { CHECK_UNKNOWN }),
            eof: Cell::new(false),
            needs_input: Cell::new(true),
        };
        Ok(memory::alloc(ty, decompressor)?.upcast())
    }
}

/// The module `_lzma`.
#[pymodule(name = "_lzma")]
pub mod native {
    use super::*;

    #[pyfunction("($module, check_id, /)")]
    fn is_check_supported(check_id: i32) -> bool {
        // SAFETY: any number may be asked about.
        unsafe { l::lzma_check_is_supported(check_id as l::lzma_check) != 0 }
    }

    #[pyfunction("($module, filter, /)")]
    fn _encode_filter_properties(filter: &Object) -> PyResult<Ref<Bytes>> {
        Bytes::new(&super::filter::encode_properties(super::filter::parse(filter)?)?)
    }

    #[pyfunction("($module, filter_id, encoded_props, /)")]
    fn _decode_filter_properties(filter_id: &Object, encoded_props: Data) -> PyResult {
        let id = unsigned(filter_id, 64, "lzma_vli")?;
        Ok(super::filter::decode_properties(id, encoded_props.bytes())?.upcast())
    }

    #[pyexec]
    fn exec(module: &Object) -> PyResult<()> {
        use super::filter as f;
        for (name, value) in [
            ("FORMAT_AUTO", FORMAT_AUTO as u64),
            ("FORMAT_XZ", FORMAT_XZ as u64),
            ("FORMAT_ALONE", FORMAT_ALONE as u64),
            ("FORMAT_RAW", FORMAT_RAW as u64),
            ("CHECK_NONE", CHECK_NONE as u64),
            ("CHECK_CRC32", 1),
            ("CHECK_CRC64", CHECK_CRC64 as u64),
            ("CHECK_SHA256", 10),
            ("CHECK_ID_MAX", 15),
            ("CHECK_UNKNOWN", CHECK_UNKNOWN as u64),
            ("FILTER_LZMA1", f::LZMA1),
            ("FILTER_LZMA2", f::LZMA2),
            ("FILTER_DELTA", f::DELTA),
            ("FILTER_X86", f::X86),
            ("FILTER_IA64", f::IA64),
            ("FILTER_ARM", f::ARM),
            ("FILTER_ARMTHUMB", f::ARMTHUMB),
            ("FILTER_SPARC", f::SPARC),
            ("FILTER_POWERPC", f::POWERPC),
            ("MF_HC3", 3),
            ("MF_HC4", 4),
            ("MF_BT2", 0x12),
            ("MF_BT3", 0x13),
            ("MF_BT4", 0x14),
            ("MODE_FAST", 1),
            ("MODE_NORMAL", 2),
            ("PRESET_DEFAULT", PRESET_DEFAULT.into()),
            ("PRESET_EXTREME", 1 << 31),
        ] {
            module::add(module, name, Int::from_u64(value))?;
        }
        let error = exceptions::new_exception("_lzma", "LZMAError", &exceptions::EXCEPTION)?;
        let doc = Str::new("Call to liblzma failed.");
        object::set_attr(error.as_object(), &interned("__doc__"), doc.as_object())?;
        module::add(module, "LZMAError", error.clone())?;
        state::put_extension(LzmaState { error });
        module::add_type(module, &LZMA_COMPRESSOR)?;
        module::add_type(module, &LZMA_DECOMPRESSOR)
    }
}

pub use native::MODULE;
