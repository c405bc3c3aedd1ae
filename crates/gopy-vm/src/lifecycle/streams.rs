//! `sys.stdin`, `sys.stdout`, `sys.stderr` and `builtins.open`.
//!
//! Answers to `init_sys_streams` in `Python/pylifecycle.c`.

use gopy_core::bool_::bool_ref;
use gopy_core::dict::Dict;
use gopy_core::error::type_error;
use gopy_core::int::Int;
use gopy_core::module::Module;
use gopy_core::str::{self, Str};
use gopy_core::{call, codecs, exceptions, id, import, none, object, tuple};
use gopy_object::{Instance, Object, PyResult, Ref};

use super::{config, locale};
use crate::sys;

/// Makes the streams and `open`.
///
/// # Errors
///
/// What `io` raises.
pub(super) fn install(builtins: &Module) -> PyResult<()> {
    let io = import::import("_io")?;
    let open = object::get_attr(&io, id!(open))?;
    builtins.dict().set_str(id!(open), &open)?;
    let encoding = match &config().stdio_encoding {
        Some(encoding) => codec_name(&String::from_utf8_lossy(encoding))?,
        None if config().utf8_mode => str::interned("utf-8"),
        None => codec_name(&locale::encoding())?,
    };
    let errors = match &config().stdio_errors {
        Some(errors) => Str::from_os(errors),
        None => str::interned(locale::stdio_errors(config().utf8_mode)),
    };
    let backslash = str::interned("backslashreplace");
    let streams = [
        (0, id!(stdin), "__stdin__", "<stdin>", false, &errors),
        (1, id!(stdout), "__stdout__", "<stdout>", true, &errors),
        (2, id!(stderr), "__stderr__", "<stderr>", true, &backslash),
    ];
    // Errors first, so that the others' can be shown.
    for (fd, name, original, shown, write, errors) in streams.into_iter().rev() {
        let stream = stdio(&io, fd, write, shown, &encoding, errors)?;
        sys::set(&str::interned(original), &stream)?;
        sys::set(name, &stream)?;
    }
    Ok(())
}

/// What Python calls the encoding of that name (`config_get_codec_name`).
fn codec_name(encoding: &str) -> PyResult<Ref<Str>> {
    let codec = codecs::lookup(encoding)?;
    let name = object::get_attr(codec.as_object(), id!(name))?;
    name.downcast::<Str>()
        .map(Instance::to_ref)
        .ok_or_else(|| type_error!("the codec's name is not a string"))
}

/// A stream on a descriptor; `None` where that is closed (`create_stdio`).
fn stdio(io: &Object, fd: i32, write: bool, shown: &str, encoding: &Str, errors: &Str) -> PyResult {
    // SAFETY: asks about a descriptor, whatever it is.
    if unsafe { libc::fcntl(fd, libc::F_GETFD) } < 0 {
        return Ok(none::none());
    }
    let buffered = config().buffered_stdio || !write;
    let mode = str::interned(if write { "wb" } else { "rb" });
    let buffering = Int::from_i64(if buffered { -1 } else { 0 });
    let none = none::none_object();
    let fd_object = Int::from_i64(fd.into());
    let no = bool_ref(false);
    let open = object::get_attr(io, id!(open))?;
    let opened = call::call(
        &open,
        &[fd_object.as_object(), mode.as_object(), buffering.as_object(), none, none, none, &no],
    );
    let buffer = match opened {
        Ok(buffer) => buffer,
        // A folder, for one.
        Err(error) if error.is_instance(&exceptions::OS_ERROR) => return Ok(none::none()),
        Err(error) => return Err(error),
    };
    let raw = if buffered { object::get_attr(&buffer, id!(raw))? } else { buffer.clone() };
    let shown = Str::new(shown);
    object::set_attr(&raw, id!(name), shown.as_object())?;
    let is_terminal = object::is_true(&*call::call_method(&raw, id!(isatty), &[])?)?;
    let write_through = !config().buffered_stdio && write;
    let line_buffering = !write_through && (is_terminal || fd == 2);
    let wrapper = object::get_attr(io, id!(TextIOWrapper))?;
    let newline = str::interned("\n");
    let args = tuple::from_array([buffer]);
    let keywords = Dict::new();
    keywords.set_str(id!(encoding), encoding.as_object())?;
    keywords.set_str(id!(errors), errors.as_object())?;
    keywords.set_str(id!(newline), newline.as_object())?;
    keywords.set_str(id!(line_buffering), &bool_ref(line_buffering))?;
    keywords.set_str(id!(write_through), &bool_ref(write_through))?;
    let stream: Ref = call::call_tuple(&wrapper, &args, Some(&keywords))?;
    let mode = str::interned(if write { "w" } else { "r" });
    object::set_attr(&stream, id!(mode), mode.as_object())?;
    Ok(stream)
}
