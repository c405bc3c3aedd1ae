//! `ZstdCompressor`.

use std::cell::{Cell, RefCell};
use std::ptr::NonNull;
use std::rc::Rc;

use gopy_core::bytes::Bytes;
use gopy_core::dict::Dict;
use gopy_core::error::{memory_error, type_error, value_error};
use gopy_core::int::Int;
use gopy_core::{exceptions, none, number, type_};
use gopy_macros::{pyclass, pymethods, pyslots};
use gopy_object::{Args, Object, PyResult, Ref, Type, gc, memory};
use zstd_sys as z;

use super::dict::{self, Content, Load};
use super::{
    COMPRESSION_LEVEL, WORKERS, check, is_decompression_parameter, library, parameter_error,
    zstd_error,
};
use crate::input::Data;
use crate::output::Output;

/// The modes of `compress` and `flush`.
const CONTINUE: i32 = 0;
const FLUSH_BLOCK: i32 = 1;
const FLUSH_FRAME: i32 = 2;

/// A context of the library, and the dictionary that it may point into.
struct Context {
    raw: NonNull<z::ZSTD_CCtx>,
    dictionary: Option<Rc<Content>>,
    level: i32,
    /// Work goes on in other threads.
    is_parallel: bool,
}

impl Context {
    fn new() -> PyResult<Context> {
        // SAFETY: no conditions.
        let raw = NonNull::new(unsafe { z::ZSTD_createCCtx() });
        let Some(raw) = raw else {
            return Err(zstd_error("Unable to create ZSTD_CCtx instance."));
        };
        Ok(Context { raw, dictionary: None, level: 0, is_parallel: false })
    }

    fn set(&mut self, key: i32, value: i32) -> usize {
        // SAFETY: the context is ours; the library refuses unknown keys and values.
        unsafe { library::ZSTD_CCtx_setParameter(self.raw.as_ptr(), key, value) }
    }

    fn set_level(&mut self, level: i32) -> PyResult<()> {
        // SAFETY: no conditions.
        let (min, max) = unsafe { (z::ZSTD_minCLevel(), z::ZSTD_maxCLevel()) };
        if level < min || level > max {
            return Err(value_error!(
                "illegal compression level {level}; the valid range is [{min}, {max}]"
            ));
        }
        self.level = level;
        let code = self.set(COMPRESSION_LEVEL, level);
        check(code, "Unable to set zstd compression level").map(drop)
    }

    fn set_options(&mut self, options: &Object) -> PyResult<()> {
        let Some(options) = options.downcast::<Dict>() else {
            let name = type_::qualified_name(options.type_())?;
            return Err(type_error!(
                "ZstdCompressor() argument 'options' must be dict, not {name}"
            ));
        };
        let mut position = 0;
        while let Some((key, value)) = options.next(&mut position) {
            if is_decompression_parameter(&key) {
                return Err(type_error!(
                    "compression options dictionary key must not be a DecompressionParameter attribute"
                ));
            }
            let (key, value) = super::option(&key, &value)?;
            if key == COMPRESSION_LEVEL {
                self.set_level(value)?;
                continue;
            }
            if key == WORKERS && value != 0 {
                self.is_parallel = true;
            }
            let code = self.set(key, value);
            if super::is_error(code) {
                return Err(parameter_error(true, key, value));
            }
        }
        Ok(())
    }

    fn load(&mut self, content: Rc<Content>, load: Load) -> PyResult<()> {
        let (data, size) = (content.bytes().as_ptr().cast(), content.bytes().len());
        let raw = self.raw.as_ptr();
        let code = match load {
            // SAFETY: the digest lives as long as the content, which the context holds.
            Load::Digested => unsafe {
                z::ZSTD_CCtx_refCDict(raw, content.compression_digest(self.level)?)
            },
            // SAFETY: the content is as long as said; the library copies it.
            Load::Undigested => unsafe { z::ZSTD_CCtx_loadDictionary(raw, data, size) },
            // SAFETY: the content is as long as said, and the context holds it.
            Load::Prefix => unsafe { z::ZSTD_CCtx_refPrefix(raw, data, size) },
        };
        self.dictionary = Some(content);
        check(code, "Unable to load Zstandard dictionary or prefix for compression").map(drop)
    }

    /// Works once on the front of `input`, which becomes what was not read.
    fn step(
        &mut self,
        input: &mut &[u8],
        output: &mut Output,
        mode: z::ZSTD_EndDirective,
    ) -> PyResult<usize> {
        let (room, size) = output.room();
        let mut source = z::ZSTD_inBuffer { src: input.as_ptr().cast(), size: input.len(), pos: 0 };
        let mut target = z::ZSTD_outBuffer { dst: room.cast(), size, pos: 0 };
        // SAFETY: the context is ours; input and output are as long as said.
        let code =
            unsafe { z::ZSTD_compressStream2(self.raw.as_ptr(), &mut target, &mut source, mode) };
        *input = &input[source.pos..];
        // SAFETY: the library has written so much.
        unsafe { output.advance(target.pos) };
        check(code, "Unable to compress Zstandard data")
    }

    fn run(&mut self, data: &[u8], mode: i32) -> PyResult<Ref<Bytes>> {
        let directive = match mode {
            CONTINUE => z::ZSTD_EndDirective::ZSTD_e_continue,
            FLUSH_BLOCK => z::ZSTD_EndDirective::ZSTD_e_flush,
            _ => z::ZSTD_EndDirective::ZSTD_e_end,
        };
        let mut rest = data;
        if self.is_parallel && mode == CONTINUE {
            let mut output = Output::new(None)?;
            loop {
                self.step(&mut rest, &mut output, directive)?;
                if output.is_full() {
                    output.grow()?;
                } else if rest.is_empty() {
                    return output.finish();
                }
            }
        }
        // SAFETY: no conditions.
        let size = unsafe { z::ZSTD_compressBound(data.len()) };
        if size > isize::MAX as usize {
            return Err(memory_error());
        }
        let mut output = Output::with_block(size, None)?;
        while self.step(&mut rest, &mut output, directive)? != 0 {
            if output.is_full() {
                output.grow()?;
            }
        }
        output.finish()
    }

    fn reset(&mut self) {
        let only = z::ZSTD_ResetDirective::ZSTD_reset_session_only;
        // SAFETY: the context is ours; a reset of the session never fails.
        unsafe { z::ZSTD_CCtx_reset(self.raw.as_ptr(), only) };
    }
}

impl Context {
    /// Waits for the library's threads: it would free a dictionary that they still read.
    fn wait(&mut self) {
        let mut scratch = [0u8; 4096];
        let mut source = z::ZSTD_inBuffer { src: scratch.as_ptr().cast(), size: 0, pos: 0 };
        loop {
            let mut target =
                z::ZSTD_outBuffer { dst: scratch.as_mut_ptr().cast(), size: scratch.len(), pos: 0 };
            let end = z::ZSTD_EndDirective::ZSTD_e_end;
            // SAFETY: the context is ours, the output as long as said, the input empty.
            let code = unsafe {
                z::ZSTD_compressStream2(self.raw.as_ptr(), &mut target, &mut source, end)
            };
            // An error has stopped the threads, too.
            if code == 0 || super::is_error(code) {
                return;
            }
        }
    }
}

impl Drop for Context {
    fn drop(&mut self) {
        if self.is_parallel {
            self.wait();
        }
        // SAFETY: made by `ZSTD_createCCtx`; its dictionary is released after it.
        unsafe { z::ZSTD_freeCCtx(self.raw.as_ptr()) };
    }
}

/// A context within an object.
struct ContextCell(RefCell<Context>);

gopy_object::leaf_traverse!(ContextCell);

/// What compresses piece by piece.
#[pyclass(name = "compression.zstd.ZstdCompressor", static = ZSTD_COMPRESSOR, basicsize = 56,
    flags(HAVE_GC, HEAPTYPE, IMMUTABLETYPE),
    text_signature = "(level=None, options=None, zstd_dict=None)")]
#[repr(C)]
pub struct ZstdCompressor {
    object: Object,
    context: ContextCell,
    mode: Cell<i32>,
}

impl ZstdCompressor {
    fn run(&self, data: &[u8], mode: i32) -> PyResult<Ref<Bytes>> {
        let mut context = self.context.0.borrow_mut();
        let result = context.run(data, mode);
        self.mode.set(if result.is_ok() { mode } else { FLUSH_FRAME });
        if result.is_err() {
            context.reset();
        }
        result
    }
}

#[pymethods]
impl ZstdCompressor {
    #[pymethod("($self, /, data, mode=ZstdCompressor.CONTINUE)")]
    fn compress(&self, data: Data, mode: Option<i32>) -> PyResult<Ref<Bytes>> {
        let mode = mode.unwrap_or(CONTINUE);
        if !(CONTINUE..=FLUSH_FRAME).contains(&mode) {
            return Err(value_error!(
                "mode argument wrong value, it should be one of ZstdCompressor.CONTINUE, \
                 ZstdCompressor.FLUSH_BLOCK, ZstdCompressor.FLUSH_FRAME."
            ));
        }
        self.run(data.bytes(), mode)
    }

    #[pymethod("($self, /, mode=ZstdCompressor.FLUSH_FRAME)")]
    fn flush(&self, mode: Option<i32>) -> PyResult<Ref<Bytes>> {
        let mode = mode.unwrap_or(FLUSH_FRAME);
        if mode != FLUSH_BLOCK && mode != FLUSH_FRAME {
            return Err(value_error!(
                "mode argument wrong value, it should be ZstdCompressor.FLUSH_FRAME or \
                 ZstdCompressor.FLUSH_BLOCK."
            ));
        }
        self.run(&[], mode)
    }

    #[pymethod("($self, size, /)")]
    fn set_pledged_input_size(&self, size: &Object) -> PyResult<()> {
        // Not known, and an error.
        const UNKNOWN: u64 = u64::MAX;
        const ERROR: u64 = u64::MAX - 1;
        let size = if none::is_none(size) {
            UNKNOWN
        } else {
            let Some(size) = size.downcast::<Int>() else {
                return Err(type_error!("an integer is required"));
            };
            let Some(size) = size.to_u64().filter(|size| *size < ERROR) else {
                return Err(value_error!(
                    "size argument should be a positive int less than {ERROR}"
                ));
            };
            size
        };
        if self.mode.get() != FLUSH_FRAME {
            return Err(value_error!(
                "set_pledged_input_size() method must be called when last_mode == FLUSH_FRAME"
            ));
        }
        let context = self.context.0.borrow_mut();
        // SAFETY: the context is ours.
        let code = unsafe { z::ZSTD_CCtx_setPledgedSrcSize(context.raw.as_ptr(), size) };
        check(code, "Unable to set pledged uncompressed content size").map(drop)
    }

    #[pymember]
    fn last_mode(&self) -> i32 {
        self.mode.get()
    }
}

#[pyslots]
impl ZstdCompressor {
    fn new(ty: &Type, args: Args<'_>) -> PyResult {
        let given = bind!(args, "ZstdCompressor", ["level", "options", "zstd_dict"],
            required 0, positional_only 0, positional 3);
        let [level, options, dictionary] =
            given.map(|argument| argument.filter(|argument| !none::is_none(argument)));
        let mut context = Context::new()?;
        if level.is_some() && options.is_some() {
            return Err(type_error!("Only one of level or options should be used."));
        }
        if let Some(level) = level {
            if level.downcast::<Int>().is_none() {
                return Err(type_error!("invalid type for level, expected int"));
            }
            match number::index_as_c_int(level) {
                Ok(level) => context.set_level(level)?,
                Err(error) if error.is_instance(&exceptions::OVERFLOW_ERROR) => {
                    // SAFETY: no conditions.
                    let (min, max) = unsafe { (z::ZSTD_minCLevel(), z::ZSTD_maxCLevel()) };
                    return Err(value_error!(
                        "illegal compression level; the valid range is [{min}, {max}]"
                    ));
                }
                Err(error) => return Err(error),
            }
        }
        if let Some(options) = options {
            context.set_options(options)?;
        }
        if let Some(dictionary) = dictionary {
            let (content, load) = dict::parse(dictionary, Load::Undigested)?;
            context.load(content, load)?;
        }
        let compressor = ZstdCompressor {
            object: Object::header(ty),
            context: ContextCell(RefCell::new(context)),
            mode: Cell::new(FLUSH_FRAME),
        };
        Ok(gc::tracked(memory::alloc(ty, compressor)?).upcast())
    }
}
