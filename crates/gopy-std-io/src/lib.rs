//! The native module `_io`.
//!
//! Answers to `Modules/_io/`. [`module`] has `open()`; every stream type has its file.

mod buffered;
mod buffered_types;
mod bytesio;
mod fileio;
mod iobase;
mod newline;
mod stringio;
mod text_seek;
mod textio;
mod util;

use gopy_core::argument::{ArgSpec, Bound, Style};
use gopy_core::dict::Dict;
use gopy_core::error::{type_error, value_error};
use gopy_core::int::Int;
use gopy_core::str::{Str, interned};
use gopy_core::{call, exceptions, id, module, none, number, object, tuple, type_, warnings};
use gopy_macros::pymodule;
use gopy_object::{Args, Instance, Interpreter, Object, PyResult, Ref};

use crate::iobase::DEFAULT_BUFFER_SIZE;

/// The mode argument of `open()`, taken apart.
#[derive(Default)]
struct OpenMode {
    creating: bool,
    reading: bool,
    writing: bool,
    appending: bool,
    updating: bool,
    text: bool,
    binary: bool,
}

impl OpenMode {
    fn parse(mode: &str) -> PyResult<OpenMode> {
        let mut parsed = OpenMode::default();
        for c in mode.chars() {
            let flag = match c {
                'x' => &mut parsed.creating,
                'r' => &mut parsed.reading,
                'w' => &mut parsed.writing,
                'a' => &mut parsed.appending,
                '+' => &mut parsed.updating,
                't' => &mut parsed.text,
                'b' => &mut parsed.binary,
                _ => return Err(value_error!("invalid mode: '{mode}'")),
            };
            if std::mem::replace(flag, true) {
                return Err(value_error!("invalid mode: '{mode}'"));
            }
        }
        Ok(parsed)
    }

    /// The mode of the raw stream.
    fn raw(&self) -> String {
        let letters = [
            (self.creating, 'x'),
            (self.reading, 'r'),
            (self.writing, 'w'),
            (self.appending, 'a'),
            (self.updating, '+'),
        ];
        letters.iter().filter(|(set, _)| *set).map(|(_, letter)| letter).collect()
    }
}

/// The arguments of `open()`.
struct Open<'a> {
    file: &'a Object,
    mode: &'a str,
    buffering: i32,
    encoding: Option<&'a Object>,
    errors: Option<&'a Object>,
    newline: Option<&'a Object>,
    closefd: bool,
    opener: Option<&'a Object>,
}

fn text_or_none<'a>(name: &str, value: Option<&'a Object>) -> PyResult<Option<&'a Object>> {
    match value.filter(|value| !none::is_none(value)) {
        None => Ok(None),
        Some(value) => {
            match value.downcast::<Str>() {
                Some(text) => {
                    fileio::c_text(text)?;
                    Ok(Some(value))
                }
                None => Err(gopy_core::argument::Place::named("open", name)
                    .bad_argument("str or None", value)),
            }
        }
    }
}

fn bind_open<'a>(args: Args<'a>) -> PyResult<Open<'a>> {
    static SPEC: ArgSpec = ArgSpec {
        function: "open",
        names: &["file", "mode", "buffering", "encoding", "errors", "newline", "closefd", "opener"],
        required: &[true, false, false, false, false, false, false, false],
        positional_only: 0,
        positional: 8,
        required_positional: 1,
        rest: false,
        keywords: false,
        style: Style::Clinic,
    };
    let mut places = [None; 8];
    let found = Bound::bind(&SPEC, args, &mut places)?;
    let mode = match found.get(1) {
        None => "r",
        Some(mode) => match mode.downcast::<Str>() {
            Some(text) => fileio::c_text(text)?,
            None => {
                return Err(
                    gopy_core::argument::Place::named("open", "mode").bad_argument("str", mode)
                );
            }
        },
    };
    Ok(Open {
        file: found.required(0),
        mode,
        buffering: found.get(2).map_or(Ok(-1), number::index_as_c_int)?,
        encoding: text_or_none("encoding", found.get(3))?,
        errors: text_or_none("errors", found.get(4))?,
        newline: text_or_none("newline", found.get(5))?,
        closefd: found.get(6).map_or(Ok(true), object::is_true)?,
        opener: found.get(7).filter(|opener| !none::is_none(opener)),
    })
}

/// `open()`. May run Python.
///
/// # Errors
///
/// `ValueError` for arguments that exclude each other; what opening raises.
pub fn open(args: Args<'_>) -> PyResult {
    let open = bind_open(args)?;
    let is_fd = number::is_index(open.file);
    let method = object::lookup_special(open.file, id!(__fspath__))?;
    let path = match method.filter(|method| !none::is_none(method)) {
        Some(method) if !is_fd => {
            let path = call::call_no_args(&method)?;
            if path.downcast::<Str>().is_none()
                && path.downcast::<gopy_core::bytes::Bytes>().is_none()
            {
                return Err(type_error!(
                    "expected {:.200}.__fspath__() to return str or bytes, not {:.200}",
                    open.file.type_name(),
                    path.type_name()
                ));
            }
            path
        }
        None if !is_fd
            && open.file.downcast::<Str>().is_none()
            && open.file.downcast::<gopy_core::bytes::Bytes>().is_none() =>
        {
            return Err(type_error!(
                "expected str, bytes or os.PathLike object, not {:.200}",
                open.file.type_name()
            ));
        }
        _ => open.file.to_ref(),
    };
    let mode = OpenMode::parse(open.mode)?;
    check_open(&mode, &open)?;
    let mut buffering = open.buffering;
    if mode.binary && buffering == 1 {
        let text = "line buffering (buffering=1) isn't supported in binary mode, the default buffer size will be used";
        warnings::warn(&exceptions::RUNTIME_WARNING, text, 1)?;
    }
    let raw = fileio::open_raw(&path, &mode.raw(), open.closefd, open.opener)?;
    let mut result: Ref = raw.clone().upcast();
    let finished = (|| {
        let is_terminal = if buffering < 0 { raw.is_terminal()? } else { false };
        let line_buffering = buffering == 1 || is_terminal;
        if line_buffering {
            buffering = -1;
        }
        if buffering < 0 {
            let size = raw.block_size().min(8 << 20).max(DEFAULT_BUFFER_SIZE as i64);
            buffering = size as i32;
        }
        if buffering == 0 {
            if !mode.binary {
                return Err(value_error!("can't have unbuffered text I/O"));
            }
            return Ok(result.clone());
        }
        let ty = if mode.updating {
            buffered_types::BUFFERED_RANDOM.as_object()
        } else if mode.creating || mode.writing || mode.appending {
            buffered_types::BUFFERED_WRITER.as_object()
        } else {
            buffered_types::BUFFERED_READER.as_object()
        };
        let size = Int::from_i64(i64::from(buffering));
        result = call::call(ty, &[&raw, &size])?;
        if mode.binary {
            return Ok(result.clone());
        }
        let text =
            textio::open_text(&result, open.encoding, open.errors, open.newline, line_buffering)?;
        result = text.clone();
        object::set_attr(&text, id!(mode), &Str::new(open.mode))?;
        Ok(text)
    })();
    finished.map_err(|error| util::chain(error, call::call_method(&result, id!(close), &[])))
}

/// The checks of `open()` that need no file.
fn check_open(mode: &OpenMode, open: &Open<'_>) -> PyResult<()> {
    if mode.text && mode.binary {
        return Err(value_error!("can't have text and binary mode at once"));
    }
    let kinds = [mode.creating, mode.reading, mode.writing, mode.appending];
    if kinds.iter().filter(|kind| **kind).count() > 1 {
        return Err(value_error!("must have exactly one of create/read/write/append mode"));
    }
    if !mode.binary {
        return Ok(());
    }
    let what = if open.encoding.is_some() {
        "an encoding"
    } else if open.errors.is_some() {
        "an errors"
    } else if open.newline.is_some() {
        "a newline"
    } else {
        return Ok(());
    };
    Err(value_error!("binary mode doesn't take {what} argument"))
}

/// Whether `-X warn_default_encoding` is on.
fn warns_default_encoding() -> PyResult<bool> {
    let sys = Interpreter::current().sys_dict.get();
    if let Some(sys) = sys.as_deref().and_then(|sys| sys.downcast::<Dict>())
        && let Some(flags) = sys.get_str(id!(flags))?
        && let Some(flag) = object::get_attr_opt(&flags, &Str::new("warn_default_encoding"))?
    {
        return object::is_true(&flag);
    }
    Ok(false)
}

/// `io.UnsupportedOperation`.
fn new_unsupported_operation() -> PyResult<Ref<gopy_object::Type>> {
    let dict = Dict::new();
    dict.set_str(&interned("__module__"), &Str::new("io"))?;
    let bases = tuple::from_array([
        exceptions::OS_ERROR.to_ref().upcast(),
        exceptions::VALUE_ERROR.to_ref().upcast(),
    ]);
    let metatype = &gopy_object::typeobj::TYPE;
    type_::new_type(metatype, &Str::new("UnsupportedOperation"), &bases, &dict, Args::none())
}

/// `_io`.
#[pymodule(name = "_io")]
pub mod io_module {
    use super::*;

    #[pyfunction(
        "($module, /, file, mode='r', buffering=-1, encoding=None,\n     errors=None, newline=None, closefd=True, opener=None)",
        raw,
        name = "open"
    )]
    fn open_function(args: Args<'_>) -> PyResult {
        open(args)
    }

    #[pyfunction("($module, encoding, stacklevel=2, /)")]
    fn text_encoding(encoding: &Object, stacklevel: i32) -> PyResult {
        if !none::is_none(encoding) {
            return Ok(encoding.to_ref());
        }
        if warns_default_encoding()? {
            let text = "'encoding' argument not specified";
            let level = isize::try_from(stacklevel).unwrap_or(2);
            warnings::warn(&exceptions::ENCODING_WARNING, text, level)?;
        }
        let sys = Interpreter::current().sys_dict.get();
        if let Some(sys) = sys.as_deref().and_then(|sys| sys.downcast::<Dict>())
            && let Some(flags) = sys.get_str(id!(flags))?
            && let Some(mode) = object::get_attr_opt(&flags, &Str::new("utf8_mode"))?
            && object::is_true(&mode)?
        {
            return Ok(interned("utf-8").upcast());
        }
        Ok(interned("locale").upcast())
    }

    #[pyfunction("($module, /, path)")]
    fn open_code(path: &Str) -> PyResult {
        let mode = Str::new("rb");
        let args = [path.as_object().into(), mode.as_object().into()];
        open(Args::positional_only(&args))
    }

    #[pyexec]
    fn exec(module: &Object) -> PyResult<()> {
        iobase::ready()?;
        buffered::ready()?;
        let unsupported_operation = new_unsupported_operation()?;
        module::add(module, "DEFAULT_BUFFER_SIZE", DEFAULT_BUFFER_SIZE)?;
        module::add(module, "UnsupportedOperation", unsupported_operation.clone())?;
        util::set_state(util::IoState { unsupported_operation });
        module::add(module, "BlockingIOError", exceptions::BLOCKING_IO_ERROR.to_ref())?;
        for ty in [
            &iobase::IO_BASE,
            &iobase::RAW_IO_BASE,
            &iobase::BUFFERED_IO_BASE,
            &iobase::TEXT_IO_BASE,
            &fileio::FILE_IO,
            &bytesio::BYTES_IO,
            &bytesio::BYTES_IO_BUFFER,
            &stringio::STRING_IO,
            &buffered_types::BUFFERED_READER,
            &buffered_types::BUFFERED_WRITER,
            &buffered_types::BUFFERED_RANDOM,
            &buffered_types::BUFFERED_RW_PAIR,
            &newline::NEWLINE_DECODER,
            &textio::TEXT_IO_WRAPPER,
        ] {
            module::add_type(module, ty)?;
        }
        Ok(())
    }
}
