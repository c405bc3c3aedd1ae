//! What the streams share: arguments that are sizes and buffers, the module's own exception, errors of
//! system calls.

use std::any::Any;
use std::mem::MaybeUninit;

use gopy_core::argument::{FromArg, Place};
use gopy_core::error::{raise_with, type_error, value_error};
use gopy_core::str::Str;
use gopy_core::{bool_, buffer, call, exceptions, id, none, number, object};
use gopy_object::buffer::{Buffer, BufferRequest};
use gopy_object::{Exception, Instance, Interpreter, Object, PyResult, Ref, Type, lock};

/// What the module keeps per interpreter.
pub(crate) struct IoState {
    /// `io.UnsupportedOperation`.
    pub unsupported_operation: Ref<Type>,
}

/// Stores the state, when the module is made.
pub(crate) fn set_state(state: IoState) {
    let boxed: Box<dyn Any> = Box::new(state);
    Interpreter::current().extensions.borrow_mut().push(boxed);
}

/// The interpreter's `io.UnsupportedOperation`.
fn unsupported_type() -> Option<Ref<Type>> {
    let extensions = Interpreter::current().extensions.borrow();
    let state = extensions.iter().rev().find_map(|e| e.downcast_ref::<IoState>());
    state.map(|state| state.unsupported_operation.clone())
}

/// Raises `io.UnsupportedOperation`. May run Python.
#[cold]
pub(crate) fn unsupported(message: &str) -> Exception {
    match unsupported_type() {
        Some(ty) => raise_with(&ty, &[Str::new(message).as_object()]),
        None => value_error!("{message}"),
    }
}

/// `OSError` of the last failed call, by its number.
#[cold]
pub(crate) fn os_error(errno: i32) -> Exception {
    exceptions::os_error(errno, None, None)
}

/// `BlockingIOError(errno, message, written)`.
#[cold]
pub(crate) fn blocking_error(message: &str, written: usize) -> Exception {
    let errno = gopy_core::int::Int::from_i64(i64::from(lock::errno()));
    let written = gopy_core::int::Int::from_u64(written as u64);
    let message = Str::new(message);
    raise_with(&exceptions::BLOCKING_IO_ERROR, &[&errno, &message, &written])
}

/// Whether an `OSError` is one of being interrupted; handlers of signals have run then.
///
/// # Errors
///
/// `error` itself, or what a handler raises.
pub(crate) fn retry_interrupted(error: Exception) -> PyResult<()> {
    if !error.is_instance(&exceptions::OS_ERROR) {
        return Err(error);
    }
    let errno = object::get_attr_opt(error.value().as_object(), id!(errno))?;
    let is_eintr = errno
        .as_deref()
        .and_then(|errno| errno.downcast::<gopy_core::int::Int>())
        .is_some_and(|errno| errno.to_i64() == Some(i64::from(libc::EINTR)));
    if !is_eintr {
        return Err(error);
    }
    gopy_object::signals::check()
}

/// A size argument: an integer or `None`, which stands for -1.
#[derive(Clone, Copy)]
pub(crate) struct Size(isize);

impl Size {
    /// The size, -1 where none was given.
    pub(crate) fn of(size: Option<Size>) -> isize {
        size.map_or(-1, |size| size.0)
    }
}

impl FromArg<'_> for Size {
    fn from_arg(arg: &Object, _place: &Place<'_>) -> PyResult<Self> {
        if none::is_none(arg) {
            return Ok(Size(-1));
        }
        if !number::is_index(arg) {
            return Err(type_error!(
                "argument should be integer or None, not '{:.200}'",
                arg.type_name()
            ));
        }
        number::index_as_ssize(arg).map(Size)
    }
}

/// A readable buffer (`y*`).
pub(crate) struct ReadBuf(pub Buffer);

impl FromArg<'_> for ReadBuf {
    fn from_arg(arg: &Object, _place: &Place<'_>) -> PyResult<Self> {
        buffer::bytes_like(arg).map(ReadBuf)
    }
}

impl ReadBuf {
    /// The bytes.
    pub(crate) fn as_slice(&self) -> &[u8] {
        buffer::as_slice(&self.0)
    }
}

/// A writable buffer (`w*`).
pub(crate) struct WriteBuf(pub Buffer);

impl FromArg<'_> for WriteBuf {
    fn from_arg(arg: &Object, place: &Place<'_>) -> PyResult<Self> {
        let wrong = || place.bad_argument("read-write bytes-like object", arg);
        if !buffer::has_buffer(arg) {
            return Err(wrong());
        }
        buffer::get(arg, BufferRequest::WRITABLE).map(WriteBuf).map_err(|error| {
            if error.is_instance(&exceptions::BUFFER_ERROR) { wrong() } else { error }
        })
    }
}

impl WriteBuf {
    /// Number of bytes.
    pub(crate) fn len(&self) -> usize {
        self.0.len
    }

    /// The bytes, to be written before Python runs again.
    pub(crate) fn as_mut(&mut self) -> &mut [u8] {
        if self.0.len == 0 {
            return &mut [];
        }
        // SAFETY: a writable export of so many bytes, pinned while `self` lives; nobody else looks
        // at them during the borrow but threads that would race in CPython too.
        unsafe { std::slice::from_raw_parts_mut(self.0.data, self.0.len) }
    }
}

/// Calls a method without arguments and takes its answer as a truth value. May run Python.
pub(crate) fn call_bool(o: &Object, name: &Str) -> PyResult<bool> {
    object::is_true(&*call::call_method(o, name, &[])?)
}

/// Raises `first`; an error of the clean-up becomes the one raised, with `first` as its context.
pub(crate) fn chain(first: Exception, second: PyResult) -> Exception {
    match second {
        Ok(_) => first,
        Err(second) => {
            let exception = second.into_value();
            if exception.context.is_empty() {
                exception.context.set(Some(first.into_value()));
            }
            Exception::resume(exception)
        }
    }
}

/// An offset of a file: what has `__index__`, as `off_t`.
pub(crate) fn offset(o: &Object) -> PyResult<i64> {
    let value = number::index(o)?;
    value.to_i64().ok_or_else(|| {
        gopy_core::error::overflow_error!("Python int too large to convert to C long")
    })
}

/// `True` or `False`, borrowed.
pub(crate) fn bool_object(value: bool) -> &'static Object {
    bool_::bool_object(value)
}

/// `bytes` made of a vector.
pub(crate) fn bytes_of(data: &[u8]) -> PyResult {
    Ok(gopy_core::bytes::Bytes::new(data)?.upcast())
}

/// A vector of zeros whose size a program controls.
pub(crate) fn zeroed(length: usize) -> PyResult<Vec<u8>> {
    let Ok(layout) = std::alloc::Layout::array::<u8>(length) else {
        return Err(gopy_core::error::memory_error());
    };
    if length == 0 {
        return Ok(Vec::new());
    }
    // Memory that is fresh from the system is zero already; a large buffer then takes none of it
    // before it is used.
    // SAFETY: the layout's size is not 0.
    let start = unsafe { std::alloc::alloc_zeroed(layout) };
    if start.is_null() {
        return Err(gopy_core::error::memory_error());
    }
    // SAFETY: allocated above with this layout, and initialised.
    Ok(unsafe { Vec::from_raw_parts(start, length, length) })
}

/// Memory whose size a program controls, as it comes from the allocator.
pub(crate) fn uninit(length: usize) -> PyResult<Box<[MaybeUninit<u8>]>> {
    let mut data: Vec<MaybeUninit<u8>> = Vec::new();
    data.try_reserve_exact(length).map_err(|_| gopy_core::error::memory_error())?;
    // SAFETY: reserved above; uninitialised bytes are valid here.
    unsafe { data.set_len(length) };
    Ok(data.into_boxed_slice())
}

/// Initialised memory for a function that also takes other memory.
///
/// # Safety
///
/// Only initialised bytes may be written to it.
pub(crate) unsafe fn as_uninit(data: &mut [u8]) -> &mut [MaybeUninit<u8>] {
    // SAFETY: one layout; the bytes stay initialised, as the caller promises.
    unsafe { &mut *(std::ptr::from_mut(data) as *mut [MaybeUninit<u8>]) }
}

/// Appends to a vector whose size a program controls.
pub(crate) fn append(data: &mut Vec<u8>, more: &[u8]) -> PyResult<()> {
    data.try_reserve(more.len()).map_err(|_| gopy_core::error::memory_error())?;
    data.extend_from_slice(more);
    Ok(())
}

/// Refuses to be pickled.
pub(crate) fn cannot_pickle(o: &Object) -> Exception {
    let name = o.type_name();
    let short = name.rsplit('.').next().unwrap_or(&name);
    type_error!("cannot pickle '{short:.100}' instances")
}
