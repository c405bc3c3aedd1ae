//! `ZstdDecompressor`.

use std::cell::{Cell, RefCell};
use std::ptr::NonNull;
use std::rc::Rc;

use gopy_core::bytes::Bytes;
use gopy_core::dict::Dict;
use gopy_core::error::{eof_error, type_error};
use gopy_core::{none, type_};
use gopy_macros::{pyclass, pymethods, pyslots};
use gopy_object::{Args, Object, PyResult, Ref, Slot, Type, gc, memory};
use zstd_sys as z;

use super::dict::{self, Content, Load};
use super::{check, is_compression_parameter, library, parameter_error, zstd_error};
use crate::input::Data;
use crate::output::Output;
use crate::pending::Pending;

/// A context of the library, and the dictionary that it may point into.
struct Context {
    raw: NonNull<z::ZSTD_DCtx>,
    dictionary: Option<Rc<Content>>,
}

impl Context {
    fn new() -> PyResult<Context> {
        // SAFETY: no conditions.
        let raw = NonNull::new(unsafe { z::ZSTD_createDCtx() });
        let Some(raw) = raw else {
            return Err(zstd_error("Unable to create ZSTD_DCtx instance."));
        };
        Ok(Context { raw, dictionary: None })
    }

    fn load(&mut self, content: Rc<Content>, load: Load) -> PyResult<()> {
        let (data, size) = (content.bytes().as_ptr().cast(), content.bytes().len());
        let raw = self.raw.as_ptr();
        let code = match load {
            // SAFETY: the digest lives as long as the content, which the context holds.
            Load::Digested => unsafe {
                z::ZSTD_DCtx_refDDict(raw, content.decompression_digest()?)
            },
            // SAFETY: the content is as long as said; the library copies it.
            Load::Undigested => unsafe { z::ZSTD_DCtx_loadDictionary(raw, data, size) },
            // SAFETY: the content is as long as said, and the context holds it.
            Load::Prefix => unsafe { z::ZSTD_DCtx_refPrefix(raw, data, size) },
        };
        self.dictionary = Some(content);
        check(code, "Unable to load Zstandard dictionary or prefix for decompression").map(drop)
    }

    fn set_options(&mut self, options: &Object) -> PyResult<()> {
        let Some(options) = options.downcast::<Dict>() else {
            let name = type_::qualified_name(options.type_())?;
            return Err(type_error!(
                "ZstdDecompressor() argument 'options' must be dict, not {name}"
            ));
        };
        let mut position = 0;
        while let Some((key, value)) = options.next(&mut position) {
            if is_compression_parameter(&key) {
                return Err(type_error!(
                    "decompression options dictionary key must not be a CompressionParameter attribute"
                ));
            }
            let (key, value) = super::option(&key, &value)?;
            // SAFETY: the context is ours; the library refuses unknown keys and values.
            let code = unsafe { library::ZSTD_DCtx_setParameter(self.raw.as_ptr(), key, value) };
            if super::is_error(code) {
                return Err(parameter_error(false, key, value));
            }
        }
        Ok(())
    }

    /// Works once on the front of `input`, which becomes what was not read.
    fn step(&mut self, input: &mut &[u8], output: &mut Output) -> PyResult<usize> {
        let (room, size) = output.room();
        let mut source = z::ZSTD_inBuffer { src: input.as_ptr().cast(), size: input.len(), pos: 0 };
        let mut target = z::ZSTD_outBuffer { dst: room.cast(), size, pos: 0 };
        // SAFETY: the context is ours; input and output are as long as said.
        let code = unsafe { z::ZSTD_decompressStream(self.raw.as_ptr(), &mut target, &mut source) };
        *input = &input[source.pos..];
        // SAFETY: the library has written so much.
        unsafe { output.advance(target.pos) };
        check(code, "Unable to decompress Zstandard data")
    }

    fn reset(&mut self) {
        let only = z::ZSTD_ResetDirective::ZSTD_reset_session_only;
        // SAFETY: the context is ours; a reset of the session never fails.
        unsafe { z::ZSTD_DCtx_reset(self.raw.as_ptr(), only) };
    }
}

impl Drop for Context {
    fn drop(&mut self) {
        // SAFETY: made by `ZSTD_createDCtx`; its dictionary is released after it.
        unsafe { z::ZSTD_freeDCtx(self.raw.as_ptr()) };
    }
}

/// A context within an object.
struct ContextCell(RefCell<Context>);

gopy_object::leaf_traverse!(ContextCell);

/// What decompresses piece by piece.
#[pyclass(name = "compression.zstd.ZstdDecompressor", static = ZSTD_DECOMPRESSOR, basicsize = 80,
    flags(HAVE_GC, HEAPTYPE, IMMUTABLETYPE),
    text_signature = "(zstd_dict=None, options=None)")]
#[repr(C)]
pub struct ZstdDecompressor {
    object: Object,
    context: ContextCell,
    pending: Pending,
    unused: Slot<Bytes>,
    eof: Cell<bool>,
    needs_input: Cell<bool>,
}

impl ZstdDecompressor {
    fn run(&self, input: &mut &[u8], limit: isize) -> PyResult<Ref<Bytes>> {
        let mut output = Output::new(usize::try_from(limit).ok())?;
        let mut context = self.context.0.borrow_mut();
        loop {
            if context.step(input, &mut output)? == 0 {
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
        output.finish()
    }
}

#[pymethods]
impl ZstdDecompressor {
    #[pymethod("($self, /, data, max_length=-1)")]
    fn decompress(&self, data: Data, max_length: Option<isize>) -> PyResult<Ref<Bytes>> {
        if self.eof.get() {
            return Err(eof_error!("Already at the end of a Zstandard frame."));
        }
        let limit = max_length.unwrap_or(-1);
        let input = self.pending.take_with(data.bytes())?;
        let mut rest = &*input;
        let result = self.run(&mut rest, limit).inspect_err(|_| {
            // The next data begins a new frame.
            self.unused.set(None);
            self.needs_input.set(true);
            self.eof.set(false);
            self.context.0.borrow_mut().reset();
        })?;
        let is_at_limit = isize::try_from(result.as_slice().len()) == Ok(limit);
        self.needs_input.set(rest.is_empty() && !is_at_limit && !self.eof.get());
        self.pending.keep(rest)?;
        Ok(result)
    }

    #[pymember]
    fn eof(&self) -> bool {
        self.eof.get()
    }

    #[pymember]
    fn needs_input(&self) -> bool {
        self.needs_input.get()
    }

    #[pygetter]
    fn unused_data(&self) -> PyResult<Ref<Bytes>> {
        if !self.eof.get() {
            return Ok(Bytes::empty());
        }
        if let Some(unused) = self.unused.get() {
            return Ok(unused);
        }
        let rest = self.pending.take_with(&[])?;
        let unused = Bytes::new(&rest)?;
        self.unused.set(Some(unused.clone()));
        Ok(unused)
    }
}

#[pyslots]
impl ZstdDecompressor {
    fn new(ty: &Type, args: Args<'_>) -> PyResult {
        let given = bind!(args, "ZstdDecompressor", ["zstd_dict", "options"],
            required 0, positional_only 0, positional 2);
        let [dictionary, options] =
            given.map(|argument| argument.filter(|argument| !none::is_none(argument)));
        let mut context = Context::new()?;
        if let Some(dictionary) = dictionary {
            let (content, load) = dict::parse(dictionary, Load::Digested)?;
            context.load(content, load)?;
        }
        if let Some(options) = options {
            context.set_options(options)?;
        }
        let decompressor = ZstdDecompressor {
            object: Object::header(ty),
            context: ContextCell(RefCell::new(context)),
            pending: Pending::default(),
            unused: Slot::empty(),
            eof: Cell::new(false),
            needs_input: Cell::new(true),
        };
        Ok(gc::tracked(memory::alloc(ty, decompressor)?).upcast())
    }
}
