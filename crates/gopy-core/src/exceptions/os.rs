//! `OSError` and its subtypes, chosen by errno.

use std::cell::Cell;
use std::ffi::CStr;

use gopy_macros::pymethods;
use gopy_object::{
    Args, BaseException, Exception, GilCell, Instance, Object, PyResult, Ref, Slot, Slots, Type,
    gc, memory,
};

use super::{EXCEPTION, args_of, base, complex, object_members, raise, simple, ssize};
use crate::argument::no_keywords;
use crate::error::attribute_error_text;
use crate::exceptions::VALUE_ERROR;
use crate::int::Int;
use crate::none::{self, is_none};
use crate::str::{Str, StrBuilder};
use crate::tuple::{self, Tuple};
use crate::{number, object};

complex! {
    /// `OSError`.
    OsError: BaseException, OS_ERROR, "OSError", EXCEPTION, 112, {
        /// `errno`.
        errno: Slot,
        /// `strerror`.
        strerror: Slot,
        /// `filename`.
        filename: Slot,
        /// `filename2`.
        filename2: Slot,
        /// `characters_written`, -1 where it is not set.
        written: Cell<isize>,
    }
}
object_members!(OsError { errno errno; strerror strerror; filename filename; filename2 filename2; });

simple! { &PAYLOAD, 112, |slots| slots.init.set(Some(init));
    BLOCKING_IO_ERROR "BlockingIOError" OS_ERROR;
    CONNECTION_ERROR "ConnectionError" OS_ERROR;
    CHILD_PROCESS_ERROR "ChildProcessError" OS_ERROR;
    BROKEN_PIPE_ERROR "BrokenPipeError" CONNECTION_ERROR;
    CONNECTION_ABORTED_ERROR "ConnectionAbortedError" CONNECTION_ERROR;
    CONNECTION_REFUSED_ERROR "ConnectionRefusedError" CONNECTION_ERROR;
    CONNECTION_RESET_ERROR "ConnectionResetError" CONNECTION_ERROR;
    FILE_EXISTS_ERROR "FileExistsError" OS_ERROR;
    FILE_NOT_FOUND_ERROR "FileNotFoundError" OS_ERROR;
    IS_A_DIRECTORY_ERROR "IsADirectoryError" OS_ERROR;
    NOT_A_DIRECTORY_ERROR "NotADirectoryError" OS_ERROR;
    INTERRUPTED_ERROR "InterruptedError" OS_ERROR;
    PERMISSION_ERROR "PermissionError" OS_ERROR;
    PROCESS_LOOKUP_ERROR "ProcessLookupError" OS_ERROR;
    TIMEOUT_ERROR "TimeoutError" OS_ERROR;
}

/// The type that an errno stands for.
fn type_of_errno(errno: i64) -> Option<&'static GilCell<Type>> {
    Some(match i32::try_from(errno).ok()? {
        libc::EAGAIN | libc::EALREADY | libc::EINPROGRESS => &BLOCKING_IO_ERROR,
        libc::EPIPE | libc::ESHUTDOWN => &BROKEN_PIPE_ERROR,
        libc::ECHILD => &CHILD_PROCESS_ERROR,
        libc::ECONNABORTED => &CONNECTION_ABORTED_ERROR,
        libc::ECONNREFUSED => &CONNECTION_REFUSED_ERROR,
        libc::ECONNRESET => &CONNECTION_RESET_ERROR,
        libc::EEXIST => &FILE_EXISTS_ERROR,
        libc::ENOENT => &FILE_NOT_FOUND_ERROR,
        libc::EISDIR => &IS_A_DIRECTORY_ERROR,
        libc::ENOTDIR => &NOT_A_DIRECTORY_ERROR,
        libc::EINTR => &INTERRUPTED_ERROR,
        libc::EACCES | libc::EPERM => &PERMISSION_ERROR,
        libc::ESRCH => &PROCESS_LOOKUP_ERROR,
        libc::ETIMEDOUT => &TIMEOUT_ERROR,
        _ => return None,
    })
}

/// Whether arguments are left to `__init__`: a subclass has one, but no `__new__`.
fn uses_init(ty: &Type) -> bool {
    let own_init = ty
        .slots
        .init
        .get()
        .is_none_or(|f| f as usize != init as fn(&Object, Args<'_>) -> PyResult<()> as usize);
    let same_new = ty
        .slots
        .new
        .get()
        .is_some_and(|f| f as usize == new as fn(&Type, Args<'_>) -> PyResult as usize);
    own_init && same_new
}

/// `errno`, `strerror`, `filename`, `filename2` among two to five arguments.
fn parse<'a>(args: Args<'a>) -> [Option<&'a Object>; 4] {
    if !(2..=5).contains(&args.len()) {
        return [None; 4];
    }
    // The fourth is Windows' error number.
    [args.get(0), args.get(1), args.get(2), args.get(4)]
}

fn fill(this: &OsError, args: Args<'_>, parsed: [Option<&Object>; 4]) -> PyResult<()> {
    let [errno, strerror, filename, filename2] = parsed;
    let object = this.as_object();
    let mut kept = args.len();
    if let Some(filename) = filename.filter(|name| !is_none(name)) {
        let slots = &filename.type_().slots.number;
        let is_number =
            slots.index.get().is_some() || slots.int.get().is_some() || slots.float.get().is_some();
        if object.is_exact(&BLOCKING_IO_ERROR) && is_number {
            // Its third argument can be the number of characters written.
            this.written.set(number::index_as_ssize_or(filename, &VALUE_ERROR)?);
        } else {
            this.filename.set(Some(filename.to_ref()));
            if let Some(filename2) = filename2.filter(|name| !is_none(name)) {
                this.filename2.set(Some(filename2.to_ref()));
            }
            if (2..=5).contains(&args.len()) {
                kept = 2;
            }
        }
    }
    this.errno.set(errno.map(Ref::from_borrow));
    this.strerror.set(strerror.map(Ref::from_borrow));
    let kept = args.positional()[..kept].iter().map(|arg| arg.object().to_ref()).collect();
    this.args.set(Some(tuple::try_from_vec(kept)?.upcast()));
    Ok(())
}

fn alloc(ty: &Type) -> PyResult<Ref<OsError>> {
    let value = OsError {
        base: BaseException {
            object: Object::header(ty),
            dict: Slot::empty(),
            args: Slot::new(Some(tuple::empty().upcast())),
            notes: Slot::empty(),
            traceback: Slot::empty(),
            context: Slot::empty(),
            cause: Slot::empty(),
            suppress_context: Cell::new(false),
        },
        errno: Slot::empty(),
        strerror: Slot::empty(),
        filename: Slot::empty(),
        filename2: Slot::empty(),
        written: Cell::new(-1),
    };
    Ok(gc::tracked(memory::alloc(ty, value)?))
}

fn new(ty: &Type, args: Args<'_>) -> PyResult {
    if uses_init(ty) {
        return Ok(alloc(ty)?.upcast());
    }
    no_keywords(&ty.name(), args)?;
    let parsed = parse(args);
    let mut ty = ty;
    if std::ptr::eq(ty, OS_ERROR.get())
        && let Some(errno) = parsed[0].and_then(|errno| errno.downcast::<Int>())
        && let Some(errno) = errno.to_i64()
        && let Some(subtype) = type_of_errno(errno)
    {
        ty = subtype;
    }
    let exception = alloc(ty)?;
    fill(&exception, args, parsed)?;
    Ok(exception.upcast())
}

fn this(object: &Object) -> &OsError {
    // SAFETY: slots and descriptors of `OSError` are called for its instances only.
    unsafe { object.downcast_unchecked::<OsError>() }
}

fn init(object: &Object, args: Args<'_>) -> PyResult<()> {
    if !uses_init(object.type_()) {
        // `__new__` has done everything.
        return Ok(());
    }
    no_keywords(&object.type_name(), args)?;
    fill(this(object), args, parse(args))
}

fn str(object: &Object) -> PyResult {
    let this = this(object);
    let or_none = |slot: &Slot| slot.get().unwrap_or_else(none::none);
    let filename = this.filename.get();
    if filename.is_none() && (this.errno.is_empty() || this.strerror.is_empty()) {
        return base::str(object);
    }
    let mut text = StrBuilder::new();
    text.push_str("[Errno ")?;
    text.push(&*object::str(&or_none(&this.errno))?)?;
    text.push_str("] ")?;
    text.push(&*object::str(&or_none(&this.strerror))?)?;
    if let Some(filename) = filename {
        text.push_str(": ")?;
        text.push(&*object::repr(&filename)?)?;
        if let Some(filename2) = this.filename2.get() {
            text.push_str(" -> ")?;
            text.push(&*object::repr(&filename2)?)?;
        }
    }
    Ok(text.finish()?.upcast())
}

impl OsError {
    const METHODS: &'static [gopy_object::native::MethodDef] = methods::METHODS;
    const GETSETS: &'static [gopy_object::native::GetSetDef] = methods::GETSETS;

    fn fill_slots(slots: &Slots) {
        slots.new.set(Some(new));
        slots.init.set(Some(init));
        slots.str.set(Some(str));
    }
}

#[pymethods(OsError)]
mod methods {
    use super::*;

    #[pymethod("($self, /)", hide_signature)]
    fn __reduce__(this: &OsError) -> Ref<Tuple> {
        let mut args = args_of(this);
        if let (Some(filename), [errno, strerror]) = (this.filename.get(), args.items()) {
            // What `OSError(*args)` needs to make the same exception.
            let mut all = vec![errno.clone(), strerror.clone(), filename];
            if let Some(filename2) = this.filename2.get() {
                all.extend([none::none(), filename2]);
            }
            args = tuple::from_vec(all);
        }
        base::reduced(this.as_object(), args, this.dict.get())
    }

    #[pygetter]
    fn characters_written(this: &OsError) -> PyResult {
        match this.written.get() {
            -1 => Err(attribute_error_text!("characters_written")),
            written => Ok(ssize(written)),
        }
    }

    #[pysetter]
    fn set_characters_written(this: &OsError, value: Option<&Object>) -> PyResult<()> {
        match value {
            Some(value) => this.written.set(number::index_as_ssize_or(value, &VALUE_ERROR)?),
            None if this.written.get() == -1 => {
                return Err(attribute_error_text!("characters_written"));
            }
            None => this.written.set(-1),
        }
        Ok(())
    }
}

/// OSError of the subclass for `errno`, with the system's message and file names.
#[cold]
pub fn os_error(errno: i32, filename: Option<&Object>, filename2: Option<&Object>) -> Exception {
    // SAFETY: `strerror` gives a C string that lasts until this thread's next call.
    let message = unsafe { CStr::from_ptr(libc::strerror(errno)) };
    let mut args =
        vec![Int::from_i64(errno.into()).upcast(), Str::new(&message.to_string_lossy()).upcast()];
    if let Some(filename) = filename {
        args.push(filename.to_ref());
        if let Some(filename2) = filename2 {
            args.extend([none::none(), filename2.to_ref()]);
        }
    }
    raise(&OS_ERROR, tuple::from_vec(args))
}
