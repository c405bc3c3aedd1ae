//! What the modules of this crate share: paths, errors, structure types, constants.

use std::cell::RefCell;
use std::rc::Rc;

use gopy_core::argument::{FromArg, Place};
use gopy_core::bytes::Bytes;
use gopy_core::error::{overflow_error, type_error, value_error};
use gopy_core::int::Int;
use gopy_core::str::{Str, interned};
use gopy_core::structseq::{self, StructSeq};
use gopy_core::{buffer, call, exceptions, id, module, none, number, object};
use gopy_object::buffer::{Buffer, BufferRequest};
use gopy_object::{Exception, Instance, Interpreter, Object, PyResult, Ref, Type, lock, signals};

/// `OSError` of an error number.
#[cold]
pub(crate) fn os_error(errno: i32) -> Exception {
    exceptions::os_error(errno, None, None)
}

/// `OSError` of the call that has just failed.
#[cold]
pub(crate) fn last_error() -> Exception {
    os_error(lock::errno())
}

/// Runs a call that must not answer -1, without the GIL. No retry: for calls that can't wait.
pub(crate) fn detached(call: impl FnOnce() -> i64 + Send) -> Result<i64, i32> {
    gopy_object::gil::detach(|| {
        let result = call();
        if result == -1 { Err(lock::errno()) } else { Ok(result) }
    })
}

/// As [`detached`], again after signals (PEP 475). May run Python.
pub(crate) fn retrying(call: impl FnMut() -> isize + Send) -> PyResult<i64> {
    match signals::retry_eintr(call)? {
        Ok(result) => Ok(result as i64),
        Err(errno) => Err(os_error(errno)),
    }
}

/// Adds a table of integers to a module.
pub(crate) fn add_constants(module: &Object, table: &[(&str, i64)]) -> PyResult<()> {
    for (name, value) in table {
        module::add(module, name, *value)?;
    }
    Ok(())
}

// --- state of the crate ------------------------------------------------------------------------

/// The structure types made so far, by declaration.
#[derive(Default)]
struct StructTypes(RefCell<Vec<(usize, Ref<Type>)>>);

/// A piece of this crate's state in the running interpreter, made on first use.
pub(crate) fn state<T: Default + 'static>() -> Rc<T> {
    let mut extensions = Interpreter::current().extensions.borrow_mut();
    if let Some(found) = extensions.iter().find_map(|e| e.downcast_ref::<Rc<T>>()) {
        return found.clone();
    }
    let made = Rc::new(T::default());
    extensions.push(Box::new(made.clone()));
    made
}

/// The type of a structure.
pub(crate) fn struct_type(spec: &'static StructSeq) -> PyResult<Ref<Type>> {
    let key = std::ptr::from_ref(spec).addr();
    let types = state::<StructTypes>();
    let found = types.0.borrow().iter().find(|(k, _)| *k == key).map(|(_, ty)| ty.clone());
    if let Some(found) = found {
        return Ok(found);
    }
    let made = structseq::new_type(spec)?;
    types.0.borrow_mut().push((key, made.clone()));
    Ok(made)
}

/// A structure.
pub(crate) fn new_struct(spec: &'static StructSeq, fields: Vec<Ref>) -> PyResult {
    structseq::new(&*struct_type(spec)?, fields)
}

/// An `int`.
pub(crate) fn int(value: i64) -> Ref {
    Int::from_i64(value).upcast()
}

/// A `float`.
pub(crate) fn float(value: f64) -> Ref {
    gopy_core::float::Float::new(value).upcast()
}

/// A `str` of the file system.
pub(crate) fn os_str(bytes: &[u8]) -> Ref {
    Str::from_os(bytes).upcast()
}

/// The bytes of a C string, without the NUL.
///
/// # Safety
///
/// The pointer is null or points to a string that lives long enough to be copied.
pub(crate) unsafe fn c_bytes(text: *const libc::c_char) -> Vec<u8> {
    if text.is_null() {
        return Vec::new();
    }
    // SAFETY: the caller's promise.
    unsafe { std::ffi::CStr::from_ptr(text) }.to_bytes().to_vec()
}

// --- paths -------------------------------------------------------------------------------------

/// A path, or an open descriptor where `FD` allows one, or nothing where `NONE` does (`path_t`).
pub(crate) struct Path<const FD: bool = false, const NONE: bool = false> {
    /// The argument, for errors.
    pub object: Ref,
    /// The path with its NUL; empty for a descriptor or nothing.
    bytes: Vec<u8>,
    /// The descriptor, or -1.
    pub fd: i32,
    /// The argument was `bytes`.
    pub is_bytes: bool,
    /// There was no argument.
    pub is_none: bool,
}

impl<const FD: bool, const NONE: bool> Path<FD, NONE> {
    /// Nothing.
    pub(crate) fn nothing() -> Self {
        Path {
            object: none::none(),
            bytes: b".\0".to_vec(),
            fd: -1,
            is_bytes: false,
            is_none: true,
        }
    }

    /// The path of an entry that a directory told of.
    pub(crate) fn of_entry(object: Ref, mut bytes: Vec<u8>) -> Self {
        bytes.push(0);
        Path { object, bytes, fd: -1, is_bytes: false, is_none: false }
    }

    /// Whether the argument was a descriptor.
    pub(crate) fn is_fd(&self) -> bool {
        self.bytes.is_empty()
    }

    /// The path with its NUL.
    pub(crate) fn c(&self) -> CPath<'_> {
        CPath(&self.bytes)
    }

    /// The path without its NUL.
    pub(crate) fn bytes(&self) -> &[u8] {
        self.bytes.strip_suffix(b"\0").unwrap_or(&self.bytes)
    }

    /// `OSError` about this path.
    #[cold]
    pub(crate) fn error(&self, errno: i32) -> Exception {
        let name = (!self.is_none).then_some(&*self.object);
        exceptions::os_error(errno, name, None)
    }

    /// A `str` or `bytes`, as the argument was.
    pub(crate) fn like(&self, bytes: &[u8]) -> PyResult {
        if self.is_bytes { Ok(Bytes::new(bytes)?.upcast()) } else { Ok(os_str(bytes)) }
    }

    fn convert(arg: &Object, function: &str, name: &str) -> PyResult<Self> {
        if NONE && none::is_none(arg) {
            return Ok(Self::nothing());
        }
        let object = arg.to_ref();
        if FD && number::is_index(arg) && arg.downcast::<Str>().is_none() {
            warn_bool(arg)?;
            let fd = fd_of(arg)?;
            let bytes = Vec::new();
            return Ok(Path { object, bytes, fd, is_bytes: false, is_none: false });
        }
        let mut text = object.clone();
        if arg.downcast::<Str>().is_none() && arg.downcast::<Bytes>().is_none() {
            let method = object::lookup_special(arg, id!(__fspath__))?;
            let Some(method) = method.filter(|method| !none::is_none(method)) else {
                let allowed = match (FD, NONE) {
                    (true, true) => "string, bytes, os.PathLike, integer or None",
                    (true, false) => "string, bytes, os.PathLike or integer",
                    (false, true) => "string, bytes, os.PathLike or None",
                    (false, false) => "string, bytes or os.PathLike",
                };
                return Err(type_error!(
                    "{function}: {name} should be {allowed}, not {:.200}",
                    arg.type_name()
                ));
            };
            text = call::call_no_args(&method)?;
            check_fspath(arg, &text)?;
        }
        let (mut bytes, is_bytes) = match text.downcast::<Str>() {
            Some(text) => (text.to_os()?, false),
            None => (text.downcast::<Bytes>().map_or(Vec::new(), |b| b.as_slice().to_vec()), true),
        };
        if bytes.contains(&0) {
            return Err(value_error!("{function}: embedded null character in {name}"));
        }
        bytes.push(0);
        Ok(Path { object: text, bytes, fd: -1, is_bytes, is_none: false })
    }
}

impl<const FD: bool, const NONE: bool> FromArg<'_> for Path<FD, NONE> {
    fn from_arg(arg: &Object, place: &Place<'_>) -> PyResult<Self> {
        Self::convert(arg, place.function, place.name.unwrap_or("path"))
    }
}

/// A path that ends with NUL, borrowed; may be used without the GIL.
#[derive(Clone, Copy)]
pub(crate) struct CPath<'a>(&'a [u8]);

impl CPath<'_> {
    /// For the system.
    pub(crate) fn ptr(&self) -> *const libc::c_char {
        debug_assert_eq!(self.0.last(), Some(&0));
        self.0.as_ptr().cast()
    }
}

fn check_fspath(path: &Object, converted: &Object) -> PyResult<()> {
    if converted.downcast::<Str>().is_some() || converted.downcast::<Bytes>().is_some() {
        return Ok(());
    }
    Err(type_error!(
        "expected {:.200}.__fspath__() to return str or bytes, not {:.200}",
        path.type_name(),
        converted.type_name()
    ))
}

/// `os.fspath()`. May run Python.
pub(crate) fn fspath(path: &Object) -> PyResult {
    if path.downcast::<Str>().is_some() || path.downcast::<Bytes>().is_some() {
        return Ok(path.to_ref());
    }
    let method = object::lookup_special(path, id!(__fspath__))?;
    let Some(method) = method.filter(|method| !none::is_none(method)) else {
        return Err(type_error!(
            "expected str, bytes or os.PathLike object, not {:.200}",
            path.type_name()
        ));
    };
    let converted = call::call_no_args(&method)?;
    check_fspath(path, &converted)?;
    Ok(converted)
}

/// A path as bytes without NUL (`PyUnicode_FSConverter`). May run Python.
pub(crate) fn fs_bytes(path: &Object) -> PyResult<Vec<u8>> {
    let path = fspath(path)?;
    let bytes = match path.downcast::<Str>() {
        Some(text) => text.to_os()?,
        None => path.downcast::<Bytes>().map_or(Vec::new(), |b| b.as_slice().to_vec()),
    };
    if bytes.contains(&0) {
        return Err(value_error!("embedded null byte"));
    }
    Ok(bytes)
}

/// Bytes of the file system as an argument.
pub(crate) struct FsBytes(pub Vec<u8>);

impl FromArg<'_> for FsBytes {
    fn from_arg(arg: &Object, _place: &Place<'_>) -> PyResult<Self> {
        fs_bytes(arg).map(FsBytes)
    }
}

impl FsBytes {
    /// With NUL.
    pub(crate) fn with_nul(mut self) -> Vec<u8> {
        self.0.push(0);
        self.0
    }
}

/// Warns of a `bool` where a descriptor is wanted. May run Python.
fn warn_bool(arg: &Object) -> PyResult<()> {
    if !gopy_core::bool_::is_bool(arg) {
        return Ok(());
    }
    let text = "bool is used as a file descriptor";
    gopy_core::warnings::warn(&exceptions::RUNTIME_WARNING, text, 1)
}

fn fd_of(arg: &Object) -> PyResult<i32> {
    let value = number::index(arg)?;
    match value.to_i64().map(i32::try_from) {
        Some(Ok(fd)) => Ok(fd),
        _ if value.is_negative() => Err(overflow_error!("fd is less than minimum")),
        _ => Err(overflow_error!("fd is greater than maximum")),
    }
}

/// A directory's descriptor, or none.
#[derive(Clone, Copy)]
pub(crate) struct DirFd(pub i32);

impl DirFd {
    /// For the system.
    pub(crate) fn of(fd: Option<DirFd>) -> i32 {
        fd.map_or(libc::AT_FDCWD, |fd| fd.0)
    }
}

impl FromArg<'_> for DirFd {
    fn from_arg(arg: &Object, _place: &Place<'_>) -> PyResult<Self> {
        if !number::is_index(arg) {
            return Err(type_error!(
                "argument should be integer or None, not {:.200}",
                arg.type_name()
            ));
        }
        warn_bool(arg)?;
        fd_of(arg).map(DirFd)
    }
}

/// A descriptor: an integer, or an object with `fileno()`.
#[derive(Clone, Copy)]
pub(crate) struct Fileno(pub i32);

impl FromArg<'_> for Fileno {
    fn from_arg(arg: &Object, _place: &Place<'_>) -> PyResult<Self> {
        fileno(arg).map(Fileno)
    }
}

/// The descriptor of an integer or a file (`PyObject_AsFileDescriptor`). May run Python.
pub(crate) fn fileno(arg: &Object) -> PyResult<i32> {
    let fd = if arg.downcast::<Int>().is_some() {
        warn_bool(arg)?;
        number::index_as_c_int(arg)?
    } else if let Some(method) = object::get_attr_opt(arg, id!(fileno))? {
        let fd = call::call_no_args(&method)?;
        if fd.downcast::<Int>().is_none() {
            return Err(type_error!("fileno() returned a non-integer"));
        }
        number::index_as_c_int(&fd)?
    } else {
        return Err(type_error!("argument must be an int, or have a fileno() method."));
    };
    if fd < 0 {
        return Err(value_error!("file descriptor cannot be a negative integer ({fd})"));
    }
    Ok(fd)
}

/// A user or group number; -1 stays.
#[derive(Clone, Copy)]
pub(crate) struct Id(pub u32);

impl FromArg<'_> for Id {
    fn from_arg(arg: &Object, place: &Place<'_>) -> PyResult<Self> {
        let kind = if place.name.is_some_and(|n| n.contains("gid")) { "gid" } else { "uid" };
        if !number::is_index(arg) {
            return Err(type_error!("{kind} should be integer, not {:.200}", arg.type_name()));
        }
        let value = number::index(arg)?;
        match value.to_i64() {
            Some(-1) => Ok(Id(u32::MAX)),
            Some(value) if (0..i64::from(u32::MAX)).contains(&value) => Ok(Id(value as u32)),
            _ if value.is_negative() => Err(overflow_error!("{kind} is less than minimum")),
            _ => Err(overflow_error!("{kind} is greater than maximum")),
        }
    }
}

/// A readable buffer.
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

/// A writable buffer.
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
    /// The bytes.
    pub(crate) fn as_mut(&mut self) -> &mut [u8] {
        if self.0.len == 0 {
            return &mut [];
        }
        // SAFETY: a writable export of so many bytes, pinned while `self` lives.
        unsafe { std::slice::from_raw_parts_mut(self.0.data, self.0.len) }
    }
}

/// Interned names as a dict's keys.
pub(crate) fn key(name: &str) -> Ref<Str> {
    interned(name)
}

/// Zeroed memory of a size that a program controls.
pub(crate) fn zeroed(length: usize) -> PyResult<Vec<u8>> {
    let mut data = Vec::new();
    data.try_reserve_exact(length).map_err(|_| gopy_core::error::memory_error())?;
    data.resize(length, 0);
    Ok(data)
}

/// A text without NUL, as UTF-8 (the format unit `s`).
pub(crate) fn c_text(arg: &Object, place: &Place<'_>) -> PyResult<Vec<u8>> {
    let Some(text) = arg.downcast::<Str>() else {
        return Err(place.bad_argument("str", arg));
    };
    let text = text.to_utf8()?;
    if text.as_bytes().contains(&0) {
        return Err(value_error!("embedded null character"));
    }
    Ok(text.as_bytes().to_vec())
}

/// A text as a C string.
pub(crate) struct CText(Vec<u8>);

impl FromArg<'_> for CText {
    fn from_arg(arg: &Object, place: &Place<'_>) -> PyResult<Self> {
        let mut text = c_text(arg, place)?;
        text.push(0);
        Ok(CText(text))
    }
}

impl CText {
    /// For the system.
    pub(crate) fn ptr(&self) -> *const libc::c_char {
        self.0.as_ptr().cast()
    }

    /// The text.
    pub(crate) fn text(&self) -> &[u8] {
        self.0.strip_suffix(b"\0").unwrap_or(&self.0)
    }

    /// The text with its NUL.
    pub(crate) fn with_nul(&self) -> &[u8] {
        &self.0
    }
}

/// A C unsigned integer of so many bits, under the name that messages have for it.
pub(crate) fn c_unsigned(arg: &Object, bits: u32, name: &str) -> PyResult<u64> {
    let value = number::index(arg)?;
    if value.is_negative() {
        return Err(value_error!("Cannot convert negative int"));
    }
    match value.to_u64() {
        Some(value) if bits == 64 || value >> bits == 0 => Ok(value),
        _ => Err(overflow_error!("Python int too large for C {name}")),
    }
}

/// Whether an object is a `bytearray`.
pub(crate) fn is_bytearray(o: &Object) -> bool {
    o.downcast::<gopy_types::bytearray::ByteArray>().is_some()
}

/// A group number where CPython's message always speaks of a "gid".
pub(crate) fn group_id(arg: &Object) -> PyResult<u32> {
    Id::from_arg(arg, &Place::named("", "gid")).map(|id| id.0)
}
