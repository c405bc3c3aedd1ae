//! `BufferedReader`, `BufferedWriter`, `BufferedRandom` and `BufferedRWPair` as Python sees them.
//!
//! Answers to the type declarations of `Modules/_io/bufferedio.c`. What they do is in
//! [`crate::buffered`].

use gopy_core::argument::{ArgSpec, Bound, FromArg, Place, Style, check_positional};
use gopy_core::error::value_error;
use gopy_core::str::Str;
use gopy_core::{call, id, object};
use gopy_macros::{pyclass, pymethods, pyslots};
use gopy_object::{Args, Instance, Object, PyResult, Ref, Slot, Type, gc, memory};

use crate::buffered::Buffered;
use crate::fileio::set_bool_member;
use crate::iobase::{self, BUFFERED_IO_BASE, DEFAULT_BUFFER_SIZE, IoBase};
use crate::util::{self, ReadBuf, Size, WriteBuf, bool_object, chain};

/// A buffer over a readable raw stream.
#[pyclass(name = "_io.BufferedReader", static = BUFFERED_READER, base = BUFFERED_IO_BASE,
    basicsize = 152, dictoffset = 136, weaklistoffset = 144,
    flags(BASETYPE, HAVE_GC, IMMUTABLETYPE), dict = dict, weaklist = weakrefs,
    text_signature = "(raw, buffer_size=DEFAULT_BUFFER_SIZE)")]
#[repr(C)]
pub struct BufferedReader {
    buffered: Buffered,
}

/// A buffer over a writable raw stream.
#[pyclass(name = "_io.BufferedWriter", static = BUFFERED_WRITER, base = BUFFERED_IO_BASE,
    basicsize = 152, dictoffset = 136, weaklistoffset = 144,
    flags(BASETYPE, HAVE_GC, IMMUTABLETYPE), dict = dict, weaklist = weakrefs,
    text_signature = "(raw, buffer_size=DEFAULT_BUFFER_SIZE)")]
#[repr(C)]
pub struct BufferedWriter {
    buffered: Buffered,
}

/// A buffer over a raw stream that reads, writes and seeks.
#[pyclass(name = "_io.BufferedRandom", static = BUFFERED_RANDOM, base = BUFFERED_IO_BASE,
    basicsize = 152, dictoffset = 136, weaklistoffset = 144,
    flags(BASETYPE, HAVE_GC, IMMUTABLETYPE), dict = dict, weaklist = weakrefs,
    text_signature = "(raw, buffer_size=DEFAULT_BUFFER_SIZE)")]
#[repr(C)]
pub struct BufferedRandom {
    buffered: Buffered,
}

/// `raw` and `buffer_size` of a call.
fn init_arguments<'a>(spec: &'static ArgSpec, args: Args<'a>) -> PyResult<(&'a Object, isize)> {
    let mut places = [None; 2];
    let found = Bound::bind(spec, args, &mut places)?;
    let size = match found.get(1) {
        Some(size) => isize::from_arg(size, &Place::named(spec.function, "buffer_size"))?,
        None => DEFAULT_BUFFER_SIZE as isize,
    };
    Ok((found.required(0), size))
}

macro_rules! buffered_type {
    ($ty:ident, $name:literal, reads: $reads:literal, writes: $writes:literal,
        { $($own_methods:tt)* } { $($own_slots:tt)* }) => {
        #[pymethods]
        impl $ty {
            #[pymethod("($self, /)")]
            fn detach(&self) -> PyResult {
                self.buffered.detach()
            }

            #[pymethod("($self, /)")]
            fn close(&self) -> PyResult {
                self.buffered.close()
            }

            #[pymethod("($self, /)")]
            fn seekable(&self) -> PyResult {
                self.buffered.ask_raw(id!(seekable))
            }

            #[pymethod("($self, /)")]
            fn fileno(&self) -> PyResult {
                self.buffered.ask_raw(id!(fileno))
            }

            #[pymethod("($self, /)")]
            fn isatty(&self) -> PyResult {
                self.buffered.ask_raw(id!(isatty))
            }

            #[pymethod("($self, source, /)")]
            fn _dealloc_warn(&self, source: &Object) -> PyResult<()> {
                self.buffered.dealloc_warn(source)
            }

            #[pymethod("($self, target, whence=0, /)")]
            fn seek(&self, target: &Object, whence: i32) -> PyResult<i64> {
                self.buffered.seek(target, whence)
            }

            #[pymethod("($self, /)")]
            fn tell(&self) -> PyResult<i64> {
                self.buffered.tell()
            }

            #[pymethod("($self, pos=None, /)")]
            fn truncate(&self, pos: Option<&Object>) -> PyResult {
                self.buffered.truncate(pos)
            }

            #[pymethod("($self, /)")]
            fn __sizeof__(&self) -> usize {
                self.buffered.size_of(152)
            }

            #[pymethod("($self, /)")]
            fn __getstate__(&self) -> PyResult<()> {
                Err(util::cannot_pickle(self.as_object()))
            }

            #[pymember]
            fn raw(&self) -> Option<Ref> {
                self.buffered.raw_value()
            }

            #[pymember]
            fn _finalizing(&self) -> bool {
                self.buffered.finalizing.get()
            }

            #[pymember_setter(name = "_finalizing")]
            fn set_finalizing(&self, value: Option<&Object>) -> PyResult<()> {
                set_bool_member(&self.buffered.finalizing, value)
            }

            #[pygetter]
            fn closed(&self) -> PyResult {
                self.buffered.raw_attribute(id!(closed))
            }

            #[pygetter]
            fn name(&self) -> PyResult {
                self.buffered.raw_attribute(id!(name))
            }

            #[pygetter]
            fn mode(&self) -> PyResult {
                self.buffered.raw_attribute(id!(mode))
            }

            $($own_methods)*
        }

        #[pyslots]
        impl $ty {
            fn new(ty: &Type, _args: Args<'_>) -> PyResult {
                let made = $ty { buffered: Buffered::new(ty) };
                Ok(gc::tracked(memory::alloc(ty, made)?).upcast())
            }

            fn init(&self, args: Args<'_>) -> PyResult<()> {
                static SPEC: ArgSpec = ArgSpec {
                    function: $name,
                    names: &["raw", "buffer_size"],
                    required: &[true, false],
                    positional_only: 0,
                    positional: 2,
                    required_positional: 1,
                    rest: false,
                    keywords: false,
                    style: Style::Clinic,
                };
                let (raw, size) = init_arguments(&SPEC, args)?;
                self.buffered.init(raw, size, $reads, $writes)
            }

            fn repr(&self) -> PyResult<String> {
                self.buffered.repr()
            }

            fn finalize(&self) {
                iobase::finalize(self.as_object());
            }

            $($own_slots)*
        }
    };
}

buffered_type!(BufferedReader, "BufferedReader", reads: true, writes: false, {
    #[pymethod("($self, /)")]
    fn flush(&self) -> PyResult {
        self.buffered.ask_raw(id!(flush))
    }

    #[pymethod("($self, /)")]
    fn readable(&self) -> PyResult {
        self.buffered.ask_raw(id!(readable))
    }

    #[pymethod("($self, size=-1, /)")]
    fn read(&self, size: Option<Size>) -> PyResult {
        self.buffered.read(Size::of(size))
    }

    #[pymethod("($self, size=0, /)")]
    fn peek(&self, size: isize) -> PyResult {
        let _ = size;
        self.buffered.peek()
    }

    #[pymethod("($self, size=-1, /)")]
    fn read1(&self, size: isize) -> PyResult {
        self.buffered.read1(size)
    }

    #[pymethod("($self, buffer, /)")]
    fn readinto(&self, buffer: WriteBuf) -> PyResult<Option<usize>> {
        self.buffered.readinto(buffer, false)
    }

    #[pymethod("($self, buffer, /)")]
    fn readinto1(&self, buffer: WriteBuf) -> PyResult<Option<usize>> {
        self.buffered.readinto(buffer, true)
    }

    #[pymethod("($self, size=-1, /)")]
    fn readline(&self, size: Option<Size>) -> PyResult {
        self.buffered.readline(Size::of(size))
    }
} {
    fn iternext(&self) -> PyResult<Option<Ref>> {
        self.buffered.next_line(self.as_object().is_exact(&BUFFERED_READER))
    }
});

buffered_type!(BufferedWriter, "BufferedWriter", reads: false, writes: true, {
    #[pymethod("($self, /)")]
    fn flush(&self) -> PyResult<()> {
        self.buffered.flush()
    }

    #[pymethod("($self, /)")]
    fn writable(&self) -> PyResult {
        self.buffered.ask_raw(id!(writable))
    }

    #[pymethod("($self, buffer, /)")]
    fn write(&self, buffer: ReadBuf) -> PyResult<usize> {
        self.buffered.write(buffer.as_slice())
    }
} {});

buffered_type!(BufferedRandom, "BufferedRandom", reads: true, writes: true, {
    #[pymethod("($self, /)")]
    fn flush(&self) -> PyResult<()> {
        self.buffered.flush()
    }

    #[pymethod("($self, /)")]
    fn readable(&self) -> PyResult {
        self.buffered.ask_raw(id!(readable))
    }

    #[pymethod("($self, /)")]
    fn writable(&self) -> PyResult {
        self.buffered.ask_raw(id!(writable))
    }

    #[pymethod("($self, size=-1, /)")]
    fn read(&self, size: Option<Size>) -> PyResult {
        self.buffered.read(Size::of(size))
    }

    #[pymethod("($self, size=0, /)")]
    fn peek(&self, size: isize) -> PyResult {
        let _ = size;
        self.buffered.peek()
    }

    #[pymethod("($self, size=-1, /)")]
    fn read1(&self, size: isize) -> PyResult {
        self.buffered.read1(size)
    }

    #[pymethod("($self, buffer, /)")]
    fn readinto(&self, buffer: WriteBuf) -> PyResult<Option<usize>> {
        self.buffered.readinto(buffer, false)
    }

    #[pymethod("($self, buffer, /)")]
    fn readinto1(&self, buffer: WriteBuf) -> PyResult<Option<usize>> {
        self.buffered.readinto(buffer, true)
    }

    #[pymethod("($self, size=-1, /)")]
    fn readline(&self, size: Option<Size>) -> PyResult {
        self.buffered.readline(Size::of(size))
    }

    #[pymethod("($self, buffer, /)")]
    fn write(&self, buffer: ReadBuf) -> PyResult<usize> {
        self.buffered.write(buffer.as_slice())
    }
} {
    fn iternext(&self) -> PyResult<Option<Ref>> {
        self.buffered.next_line(self.as_object().is_exact(&BUFFERED_RANDOM))
    }
});

/// A reader and a writer over two raw streams.
#[pyclass(name = "_io.BufferedRWPair", static = BUFFERED_RW_PAIR, base = BUFFERED_IO_BASE,
    basicsize = 48, dictoffset = 32, weaklistoffset = 40,
    flags(BASETYPE, HAVE_GC, IMMUTABLETYPE), dict = dict, weaklist = weakrefs,
    text_signature = "(reader, writer, buffer_size=DEFAULT_BUFFER_SIZE, /)")]
#[repr(C)]
pub struct BufferedRwPair {
    base: IoBase,
    reader: Slot,
    writer: Slot,
}

impl BufferedRwPair {
    fn side(slot: &Slot) -> PyResult<Ref> {
        slot.get().ok_or_else(|| value_error!("I/O operation on uninitialized object"))
    }

    fn forward(slot: &Slot, method: &Str, args: Args<'_>) -> PyResult {
        let method = object::get_attr(&*Self::side(slot)?, method)?;
        call::call_args(&method, args)
    }
}

#[pymethods]
impl BufferedRwPair {
    #[pymethod(raw, style = varargs)]
    fn read(&self, args: Args<'_>) -> PyResult {
        Self::forward(&self.reader, id!(read), args)
    }

    #[pymethod(raw, style = varargs)]
    fn peek(&self, args: Args<'_>) -> PyResult {
        Self::forward(&self.reader, id!(peek), args)
    }

    #[pymethod(raw, style = varargs)]
    fn read1(&self, args: Args<'_>) -> PyResult {
        Self::forward(&self.reader, id!(read1), args)
    }

    #[pymethod(raw, style = varargs)]
    fn readinto(&self, args: Args<'_>) -> PyResult {
        Self::forward(&self.reader, id!(readinto), args)
    }

    #[pymethod(raw, style = varargs)]
    fn readinto1(&self, args: Args<'_>) -> PyResult {
        Self::forward(&self.reader, id!(readinto1), args)
    }

    #[pymethod(raw, style = varargs)]
    fn write(&self, args: Args<'_>) -> PyResult {
        Self::forward(&self.writer, id!(write), args)
    }

    #[pymethod("($self, /)")]
    fn flush(&self) -> PyResult {
        Self::forward(&self.writer, id!(flush), Args::none())
    }

    #[pymethod("($self, /)")]
    fn readable(&self) -> PyResult {
        Self::forward(&self.reader, id!(readable), Args::none())
    }

    #[pymethod("($self, /)")]
    fn writable(&self) -> PyResult {
        Self::forward(&self.writer, id!(writable), Args::none())
    }

    #[pymethod("($self, /)")]
    fn close(&self) -> PyResult {
        let written = Self::forward(&self.writer, id!(close), Args::none());
        let read = Self::forward(&self.reader, id!(close), Args::none());
        match written {
            Ok(_) => read,
            Err(error) => Err(chain(error, read)),
        }
    }

    #[pymethod("($self, /)")]
    fn isatty(&self) -> PyResult {
        let answer = Self::forward(&self.writer, id!(isatty), Args::none())?;
        if !answer.is(bool_object(false)) {
            return Ok(answer);
        }
        Self::forward(&self.reader, id!(isatty), Args::none())
    }

    #[pygetter]
    fn closed(&self) -> PyResult {
        object::get_attr(&*Self::side(&self.writer)?, id!(closed))
    }
}

#[pyslots]
impl BufferedRwPair {
    fn new(ty: &Type, _args: Args<'_>) -> PyResult {
        let made =
            BufferedRwPair { base: IoBase::head(ty), reader: Slot::empty(), writer: Slot::empty() };
        Ok(gc::tracked(memory::alloc(ty, made)?).upcast())
    }

    fn init(&self, args: Args<'_>) -> PyResult<()> {
        gopy_core::argument::no_keywords("BufferedRWPair", args)?;
        check_positional("BufferedRWPair", args.len(), 2, 3)?;
        let (Some(reader), Some(writer)) = (args.get(0), args.get(1)) else { return Ok(()) };
        let size = match args.get(2) {
            Some(size) => isize::from_arg(size, &Place::at("BufferedRWPair", 3))?,
            None => DEFAULT_BUFFER_SIZE as isize,
        };
        iobase::check_readable(reader)?;
        iobase::check_writable(writer)?;
        let size = gopy_core::int::Int::from_i64(size as i64);
        let reader = call::call(BUFFERED_READER.as_object(), &[reader, &size])?;
        self.reader.set(Some(reader));
        let writer = match call::call(BUFFERED_WRITER.as_object(), &[writer, &size]) {
            Ok(writer) => writer,
            Err(error) => {
                self.reader.set(None);
                return Err(error);
            }
        };
        self.writer.set(Some(writer));
        Ok(())
    }

    fn finalize(&self) {
        if !self.writer.is_empty() {
            iobase::finalize(self.as_object());
        }
    }
}
