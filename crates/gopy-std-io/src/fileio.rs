//! `FileIO`: a file descriptor as a raw stream.
//!
//! Answers to `Modules/_io/fileio.c`. System calls run without the GIL and again when a signal
//! interrupts them.

use std::cell::Cell;
use std::mem::MaybeUninit;

use gopy_core::bytes::Bytes;
use gopy_core::error::{runtime_error, type_error, value_error};
use gopy_core::int::Int;
use gopy_core::str::Str;
use gopy_core::{call, exceptions, hooks, id, none, number, object, warnings};
use gopy_macros::{pyclass, pymethods, pyslots};
use gopy_object::{
    Args, Exception, Instance, Object, PyResult, Ref, Type, gc, lock, memory, signals, thread,
};

use crate::iobase::{self, DEFAULT_BUFFER_SIZE, IoBase, RAW_IO_BASE};
use crate::util::{self, ReadBuf, Size, WriteBuf, os_error, unsupported};

/// What Linux transfers at once at most.
const TRANSFER_MAX: usize = 0x7fff_f000;

/// A raw stream over a descriptor.
#[pyclass(name = "_io.FileIO", static = FILE_IO, base = RAW_IO_BASE, basicsize = 48,
    dictoffset = 40, weaklistoffset = 32, flags(BASETYPE, HAVE_GC, IMMUTABLETYPE), dict = dict,
    weaklist = weakrefs,
    text_signature = "(file, mode='r', closefd=True, opener=None)")]
#[repr(C)]
pub struct FileIo {
    base: IoBase,
    fd: Cell<i32>,
    created: Cell<bool>,
    readable: Cell<bool>,
    writable: Cell<bool>,
    appending: Cell<bool>,
    /// Whether it can seek, once it is known.
    seekable: Cell<Option<bool>>,
    closefd: Cell<bool>,
    finalizing: Cell<bool>,
    /// Mode, size and block size when the file was opened.
    at_open: Cell<Option<AtOpen>>,
}

#[derive(Clone, Copy)]
struct AtOpen {
    mode: u32,
    size: i64,
    block_size: i64,
}

gopy_object::leaf_traverse!(AtOpen);

/// A mode string, taken apart.
struct Mode {
    flags: i32,
    created: bool,
    readable: bool,
    writable: bool,
    appending: bool,
}

impl Mode {
    fn parse(mode: &str) -> PyResult<Mode> {
        let wrong = || {
            value_error!(
                "Must have exactly one of create/read/write/append mode and at most one plus"
            )
        };
        let mut parsed =
            Mode { flags: 0, created: false, readable: false, writable: false, appending: false };
        let (mut kinds, mut pluses) = (0, 0);
        for c in mode.chars() {
            match c {
                'x' => {
                    parsed.created = true;
                    parsed.writable = true;
                    parsed.flags |= libc::O_EXCL | libc::O_CREAT;
                }
                'r' => parsed.readable = true,
                'w' => {
                    parsed.writable = true;
                    parsed.flags |= libc::O_CREAT | libc::O_TRUNC;
                }
                'a' => {
                    parsed.writable = true;
                    parsed.appending = true;
                    parsed.flags |= libc::O_APPEND | libc::O_CREAT;
                }
                'b' => continue,
                '+' => {
                    if pluses > 0 {
                        return Err(wrong());
                    }
                    pluses = 1;
                    continue;
                }
                _ => return Err(value_error!("invalid mode: {mode:.200}")),
            }
            if kinds > 0 {
                return Err(wrong());
            }
            kinds = 1;
        }
        if kinds == 0 {
            return Err(wrong());
        }
        if pluses > 0 {
            parsed.readable = true;
            parsed.writable = true;
        }
        parsed.flags |= match (parsed.readable, parsed.writable) {
            (true, true) => libc::O_RDWR,
            (true, false) => libc::O_RDONLY,
            _ => libc::O_WRONLY,
        };
        parsed.flags |= libc::O_CLOEXEC;
        Ok(parsed)
    }
}

/// A path for the system: bytes without NUL and a closing one (`PyUnicode_FSConverter`).
pub(crate) fn fs_path(path: &Object) -> PyResult<Vec<u8>> {
    let mut bytes = if let Some(text) = path.downcast::<Str>() {
        text.to_os()?
    } else if let Some(bytes) = path.downcast::<Bytes>() {
        bytes.as_slice().to_vec()
    } else {
        let method = object::lookup_special(path, id!(__fspath__))?;
        let converted = match method.filter(|method| !none::is_none(method)) {
            Some(method) => call::call_no_args(&method)?,
            None => {
                return Err(type_error!(
                    "expected str, bytes or os.PathLike object, not {:.200}",
                    path.type_name()
                ));
            }
        };
        if let Some(text) = converted.downcast::<Str>() {
            text.to_os()?
        } else if let Some(bytes) = converted.downcast::<Bytes>() {
            bytes.as_slice().to_vec()
        } else {
            return Err(type_error!(
                "expected {:.200}.__fspath__() to return str or bytes, not {:.200}",
                path.type_name(),
                converted.type_name()
            ));
        }
    };
    if bytes.contains(&0) {
        return Err(value_error!("embedded null byte"));
    }
    bytes.push(0);
    Ok(bytes)
}

/// Makes a descriptor close, or not close, on exec.
fn set_not_inheritable(fd: i32) -> PyResult<()> {
    // SAFETY: takes plain numbers.
    if unsafe { libc::ioctl(fd, libc::FIOCLEX) } < 0 {
        return Err(os_error(lock::errno()));
    }
    Ok(())
}

fn warn_unclosed(source: &Object) {
    let warned = object::repr(source).and_then(|repr| {
        warnings::warn(&exceptions::RESOURCE_WARNING, &format!("unclosed file {repr}"), 1)
    });
    // A warning that is an error can't be raised from a finaliser.
    if let Err(error) = warned
        && error.is_instance(&exceptions::WARNING)
    {
        (hooks::get().unraisable)(error.into_value(), None, Some(source));
    }
}

impl FileIo {
    fn open_fd(&self) -> PyResult<i32> {
        match self.fd.get() {
            fd if fd >= 0 => Ok(fd),
            _ => Err(value_error!("I/O operation on closed file")),
        }
    }

    fn fd_for_reading(&self) -> PyResult<i32> {
        let fd = self.open_fd()?;
        if !self.readable.get() {
            return Err(unsupported("File not open for reading"));
        }
        Ok(fd)
    }

    fn fd_for_writing(&self) -> PyResult<i32> {
        let fd = self.open_fd()?;
        if !self.writable.get() {
            return Err(unsupported("File not open for writing"));
        }
        Ok(fd)
    }

    fn internal_close(&self) -> PyResult<()> {
        let fd = self.fd.replace(-1);
        if fd >= 0 {
            let errno = gopy_object::gil::detach(|| {
                // SAFETY: takes a plain number.
                if unsafe { libc::close(fd) } < 0 { lock::errno() } else { 0 }
            });
            // An interrupted close has closed the descriptor.
            if errno != 0 && errno != libc::EINTR {
                return Err(os_error(errno));
            }
        }
        Ok(())
    }

    /// Reads into memory that nobody else uses; `None` where it would block. May run Python.
    pub(crate) fn read_into(&self, data: &mut [u8]) -> PyResult<Option<usize>> {
        // SAFETY: what is read is initialised.
        self.read_into_uninit(unsafe { util::as_uninit(data) })
    }

    /// As [`FileIo::read_into`]; so many bytes at the beginning are initialised then.
    pub(crate) fn read_into_uninit(&self, data: &mut [MaybeUninit<u8>]) -> PyResult<Option<usize>> {
        let fd = self.fd_for_reading()?;
        read_fd(fd, data)
    }

    /// Writes; `None` where it would block. May run Python.
    pub(crate) fn write_from(&self, data: &[u8]) -> PyResult<Option<usize>> {
        let fd = self.fd_for_writing()?;
        let data = &data[..data.len().min(TRANSFER_MAX)];
        let written = signals::retry_eintr(|| {
            // SAFETY: reads within the slice.
            unsafe { libc::write(fd, data.as_ptr().cast(), data.len()) }
        })?;
        match written {
            Ok(count) => Ok(Some(count as usize)),
            Err(libc::EAGAIN) => Ok(None),
            Err(errno) => Err(os_error(errno)),
        }
    }

    fn seek_to(&self, fd: i32, offset: i64, whence: i32) -> PyResult<i64> {
        if self.seekable.get().is_none() {
            self.find_seekable(fd);
        }
        let position = gopy_object::gil::detach(|| {
            // SAFETY: takes plain numbers.
            let position = unsafe { libc::lseek(fd, offset, whence) };
            if position < 0 { Err(lock::errno()) } else { Ok(position) }
        });
        position.map_err(os_error)
    }

    fn find_seekable(&self, fd: i32) -> bool {
        // SAFETY: takes plain numbers.
        let seekable = unsafe { libc::lseek(fd, 0, libc::SEEK_CUR) } >= 0;
        self.seekable.set(Some(seekable));
        seekable
    }

    fn mode_text(&self) -> &'static str {
        let (read, write) = (self.readable.get(), self.writable.get());
        match (self.created.get(), self.appending.get()) {
            (true, _) if read => "xb+",
            (true, _) => "xb",
            (_, true) if read => "ab+",
            (_, true) => "ab",
            _ if read && write => "rb+",
            _ if read => "rb",
            _ => "wb",
        }
    }

    /// Whether a file that has just been opened is a terminal; asks the system only where the file
    /// is a character device.
    fn is_terminal_by_stat(&self) -> PyResult<bool> {
        if let Some(at_open) = self.at_open.get()
            && at_open.mode & libc::S_IFMT != libc::S_IFCHR
        {
            return Ok(false);
        }
        self.isatty()
    }

    fn open_path(
        &self,
        path: &[u8],
        file: &Object,
        mode: &Mode,
        opener: Option<&Object>,
    ) -> PyResult<i32> {
        let Some(opener) = opener else {
            let flags = mode.flags;
            let fd = signals::retry_eintr(|| {
                // SAFETY: the path ends with NUL.
                unsafe { libc::open(path.as_ptr().cast(), flags, 0o666) as isize }
            })?;
            return match fd {
                Ok(fd) => Ok(fd as i32),
                Err(errno) => Err(exceptions::os_error(errno, Some(file), None)),
            };
        };
        let answer = call::call(opener, &[file, &Int::from_i64(i64::from(mode.flags))])?;
        if answer.downcast::<Int>().is_none() {
            return Err(type_error!("expected integer from opener"));
        }
        let fd = number::index_as_c_int(&answer)?;
        if fd < 0 {
            return Err(value_error!("opener returned {fd}"));
        }
        Ok(fd)
    }

    /// The rest of `__init__` once there is a descriptor.
    fn settle(&self, file: &Object) -> PyResult<()> {
        let fd = self.fd.get();
        // SAFETY: a zeroed `stat` is valid.
        let mut stat: libc::stat = unsafe { std::mem::zeroed() };
        let mut errno = 0;
        if file_stat(fd, &mut stat) < 0 {
            errno = lock::errno();
        }
        if errno == libc::EBADF {
            return Err(os_error(errno));
        }
        if errno == 0 {
            if stat.st_mode & libc::S_IFMT == libc::S_IFDIR {
                return Err(exceptions::os_error(libc::EISDIR, Some(file), None));
            }
            self.at_open.set(Some(AtOpen {
                mode: stat.st_mode,
                size: stat.st_size,
                block_size: stat.st_blksize,
            }));
        }
        object::set_attr(self, id!(name), file)?;
        if self.appending.get() {
            // Readers of the position expect the end, as with a stream of C.
            self.seek_to(fd, 0, libc::SEEK_END)?;
        }
        Ok(())
    }
}

fn file_stat(fd: i32, stat: &mut libc::stat) -> i32 {
    gopy_object::gil::detach(|| {
        // SAFETY: writes one `stat`.
        unsafe { libc::fstat(fd, stat) }
    })
}

/// `read` of a descriptor; `None` where it would block. May run Python.
fn read_fd(fd: i32, data: &mut [MaybeUninit<u8>]) -> PyResult<Option<usize>> {
    let length = data.len().min(TRANSFER_MAX);
    let data = &mut data[..length];
    let count = signals::retry_eintr(|| {
        // SAFETY: writes within the slice.
        unsafe { libc::read(fd, data.as_mut_ptr().cast(), data.len()) }
    })?;
    match count {
        Ok(count) => Ok(Some(count as usize)),
        Err(libc::EAGAIN) => Ok(None),
        Err(errno) => Err(os_error(errno)),
    }
}

#[pymethods]
impl FileIo {
    #[pymethod("($self, size=-1, /)")]
    fn read(&self, size: Option<Size>) -> PyResult {
        let fd = self.fd_for_reading()?;
        let size = Size::of(size);
        if size < 0 {
            return self.readall();
        }
        let mut data = util::zeroed((size as usize).min(TRANSFER_MAX))?;
        // SAFETY: what is read is initialised.
        match read_fd(fd, unsafe { util::as_uninit(&mut data) })? {
            Some(count) => util::bytes_of(&data[..count]),
            None => Ok(none::none()),
        }
    }

    #[pymethod("($self, /)")]
    fn readall(&self) -> PyResult {
        let fd = self.open_fd()?;
        // One byte more than the file has left, so that its end shows at the first try.
        let guess = self.at_open.get().map_or(0, |at_open| at_open.size);
        let mut size = if guess > 0 {
            // SAFETY: takes plain numbers.
            let position = unsafe { libc::lseek(fd, 0, libc::SEEK_CUR) };
            match guess - position.max(0) {
                left if left >= 0 => usize::try_from(left).unwrap_or(usize::MAX / 4) + 1,
                _ => DEFAULT_BUFFER_SIZE,
            }
        } else {
            8 * 1024
        };
        let mut data = Vec::new();
        let mut filled = 0;
        loop {
            if filled >= size {
                size += match size {
                    0..=65_535 => size.max(8192),
                    _ => size / 8 + 6 + 65_536,
                };
            }
            if data.len() < size {
                let more = size - data.len();
                data.try_reserve_exact(more).map_err(|_| gopy_core::error::memory_error())?;
                data.resize(size, 0);
            }
            // SAFETY: what is read is initialised.
            match read_fd(fd, unsafe { util::as_uninit(&mut data[filled..size]) })? {
                Some(0) => break,
                Some(count) => filled += count,
                None if filled == 0 => return Ok(none::none()),
                None => break,
            }
        }
        util::bytes_of(&data[..filled])
    }

    #[pymethod("($self, buffer, /)")]
    fn readinto(&self, mut buffer: WriteBuf) -> PyResult<Option<usize>> {
        self.read_into(buffer.as_mut())
    }

    #[pymethod("($self, b, /)")]
    fn write(&self, b: ReadBuf) -> PyResult<Option<usize>> {
        self.write_from(b.as_slice())
    }

    #[pymethod("($self, pos, whence=0, /)")]
    fn seek(&self, pos: &Object, whence: i32) -> PyResult<i64> {
        let fd = self.open_fd()?;
        if pos.downcast::<gopy_core::float::Float>().is_some() {
            return Err(type_error!("an integer is required"));
        }
        let offset = util::offset(pos)?;
        self.seek_to(fd, offset, whence)
    }

    #[pymethod("($self, /)")]
    fn tell(&self) -> PyResult<i64> {
        let fd = self.open_fd()?;
        self.seek_to(fd, 0, libc::SEEK_CUR)
    }

    #[pymethod("($self, size=None, /)")]
    fn truncate(&self, size: Option<&Object>) -> PyResult {
        let fd = self.fd_for_writing()?;
        let size = match size {
            Some(size) => size.to_ref(),
            None => Int::from_i64(self.seek_to(fd, 0, libc::SEEK_CUR)?).upcast(),
        };
        let length = util::offset(&size)?;
        let result = signals::retry_eintr(|| {
            // SAFETY: takes plain numbers.
            unsafe { libc::ftruncate(fd, length) as isize }
        })?;
        result.map_err(os_error)?;
        Ok(size)
    }

    #[pymethod("($self, /)")]
    fn close(&self) -> PyResult<()> {
        let closed = iobase::close(self);
        if !self.closefd.get() {
            self.fd.set(-1);
            return closed;
        }
        if self.finalizing.get() && self.fd.get() >= 0 {
            warn_unclosed(self);
        }
        let released = self.internal_close();
        match (closed, released) {
            (Err(first), second) => Err(util::chain(first, second.map(|()| none::none()))),
            (Ok(()), released) => released,
        }
    }

    #[pymethod("($self, /)")]
    fn seekable(&self) -> PyResult<bool> {
        let fd = self.open_fd()?;
        Ok(self.seekable.get().unwrap_or_else(|| self.find_seekable(fd)))
    }

    #[pymethod("($self, /)")]
    fn readable(&self) -> PyResult<bool> {
        self.open_fd()?;
        Ok(self.readable.get())
    }

    #[pymethod("($self, /)")]
    fn writable(&self) -> PyResult<bool> {
        self.open_fd()?;
        Ok(self.writable.get())
    }

    #[pymethod("($self, /)")]
    fn fileno(&self) -> PyResult<i32> {
        self.open_fd()
    }

    #[pymethod("($self, /)")]
    fn isatty(&self) -> PyResult<bool> {
        let fd = self.open_fd()?;
        // SAFETY: takes a plain number.
        Ok(gopy_object::gil::detach(|| unsafe { libc::isatty(fd) }) != 0)
    }

    #[pymethod("($self, /)", name = "_isatty_open_only")]
    fn isatty_open_only(&self) -> PyResult<bool> {
        self.is_terminal_by_stat()
    }

    #[pymethod("($self, object, /)", name = "_dealloc_warn")]
    fn dealloc_warn(&self, object: &Object) {
        if self.fd.get() >= 0 && self.closefd.get() {
            warn_unclosed(object);
        }
    }

    #[pymethod("($self, /)")]
    fn __getstate__(&self) -> PyResult<()> {
        Err(util::cannot_pickle(self))
    }

    #[pymember]
    fn _finalizing(&self) -> bool {
        self.finalizing.get()
    }

    #[pymember_setter(name = "_finalizing")]
    fn set_finalizing(&self, value: Option<&Object>) -> PyResult<()> {
        set_bool_member(&self.finalizing, value)
    }

    #[pygetter]
    fn closed(&self) -> bool {
        self.fd.get() < 0
    }

    #[pygetter(name = "closefd")]
    fn closefd_attribute(&self) -> bool {
        self.closefd.get()
    }

    #[pygetter]
    fn mode(&self) -> &'static str {
        self.mode_text()
    }

    #[pygetter]
    fn _blksize(&self) -> i64 {
        match self.at_open.get() {
            Some(at_open) if at_open.block_size > 1 => at_open.block_size,
            _ => DEFAULT_BUFFER_SIZE as i64,
        }
    }
}

/// Stores a `bool` member (`Py_T_BOOL`).
pub(crate) fn set_bool_member(member: &Cell<bool>, value: Option<&Object>) -> PyResult<()> {
    match value {
        None => Err(type_error!("can't delete numeric/char attribute")),
        Some(value) if gopy_core::bool_::is_bool(value) => {
            member.set(value.is(util::bool_object(true)));
            Ok(())
        }
        Some(_) => Err(type_error!("attribute value type must be bool")),
    }
}

/// The arguments of `FileIO(…)`.
struct Init<'a> {
    file: &'a Object,
    mode: &'a str,
    closefd: bool,
    opener: Option<&'a Object>,
}

fn parse_init<'a>(args: Args<'a>) -> PyResult<Init<'a>> {
    use gopy_core::argument::{ArgSpec, Bound, FromArg, Place, Style};
    static SPEC: ArgSpec = ArgSpec {
        function: "FileIO",
        names: &["file", "mode", "closefd", "opener"],
        required: &[true, false, false, false],
        positional_only: 0,
        positional: 4,
        required_positional: 1,
        rest: false,
        keywords: false,
        style: Style::Clinic,
    };
    let mut places = [None; 4];
    let found = Bound::bind(&SPEC, args, &mut places)?;
    let file = found.required(0);
    let mode = match found.get(1) {
        None => "r",
        Some(mode) => {
            let text = <&Str>::from_arg(mode, &Place::named("FileIO", "mode"))?;
            c_text(text)?
        }
    };
    let closefd = found.get(2).map_or(Ok(true), object::is_true)?;
    let opener = found.get(3).filter(|opener| !none::is_none(opener));
    Ok(Init { file, mode, closefd, opener })
}

/// Text for C: UTF-8 without NUL.
pub(crate) fn c_text(text: &Str) -> PyResult<&str> {
    let text = text.to_utf8()?;
    if text.contains('\0') {
        return Err(value_error!("embedded null character"));
    }
    Ok(text)
}

#[pyslots]
impl FileIo {
    fn new(ty: &Type, _args: Args<'_>) -> PyResult {
        let file = FileIo {
            base: IoBase::head(ty),
            fd: Cell::new(-1),
            created: Cell::new(false),
            readable: Cell::new(false),
            writable: Cell::new(false),
            appending: Cell::new(false),
            seekable: Cell::new(None),
            closefd: Cell::new(true),
            finalizing: Cell::new(false),
            at_open: Cell::new(None),
        };
        Ok(gc::tracked(memory::alloc(ty, file)?).upcast())
    }

    fn init(&self, args: Args<'_>) -> PyResult<()> {
        let Init { file, mode, closefd, opener } = parse_init(args)?;
        if self.fd.get() >= 0 {
            if self.closefd.get() {
                self.internal_close()?;
            } else {
                self.fd.set(-1);
            }
        }
        if gopy_core::bool_::is_bool(file) {
            let text = "bool is used as a file descriptor";
            warnings::warn(&exceptions::RUNTIME_WARNING, text, 1)?;
        }
        let mut fd = -1;
        if number::is_index(file) {
            fd = match number::index_as_c_int(file) {
                Ok(fd) if fd < 0 => return Err(value_error!("negative file descriptor")),
                Ok(fd) => fd,
                Err(error) if error.is_instance(&exceptions::OVERFLOW_ERROR) => -1,
                Err(error) => return Err(error),
            };
        }
        let path = if fd < 0 { Some(fs_path(file)?) } else { None };
        let mode_text = mode;
        let mode = Mode::parse(mode_text)?;
        self.created.set(mode.created);
        self.readable.set(mode.readable);
        self.writable.set(mode.writable);
        self.appending.set(mode.appending);
        self.seekable.set(None);
        self.at_open.set(None);
        let flags = Int::from_i64(i64::from(mode.flags));
        (hooks::get().audit)("open", &[file, &Str::new(mode_text), &flags])?;
        let mut is_own = false;
        match path {
            None => {
                self.fd.set(fd);
                self.closefd.set(closefd);
            }
            Some(path) => {
                self.closefd.set(true);
                if !closefd {
                    return Err(value_error!("Cannot use closefd=False with file name"));
                }
                let fd = self.open_path(&path, file, &mode, opener)?;
                self.fd.set(fd);
                is_own = true;
                if opener.is_some() {
                    set_not_inheritable(fd)?;
                }
            }
        }
        let Err(error) = self.settle(file) else { return Ok(()) };
        if !is_own {
            // A descriptor that was handed in stays open.
            self.fd.set(-1);
            return Err(error);
        }
        let closed = self.internal_close();
        Err(util::chain(error, closed.map(|()| none::none())))
    }

    fn repr(&self) -> PyResult<String> {
        let ty = self.as_object().type_name();
        let fd = self.fd.get();
        if fd < 0 {
            return Ok(format!("<{ty} [closed]>"));
        }
        let (mode, closefd) = (self.mode_text(), if self.closefd.get() { "True" } else { "False" });
        let Some(name) = name_of(self)? else {
            return Ok(format!("<{ty} fd={fd} mode='{mode}' closefd={closefd}>"));
        };
        let Some(_guard) = thread().enter_repr(self) else {
            return Err(runtime_error!("reentrant call inside {ty}.__repr__"));
        };
        let name = object::repr(&name)?;
        Ok(format!("<{ty} name={name} mode='{mode}' closefd={closefd}>"))
    }

    fn finalize(&self) {
        iobase::finalize(self);
    }
}

/// The attribute `name`, where there is one; a `ValueError` from it counts as none. May run Python.
pub(crate) fn name_of(o: &Object) -> PyResult<Option<Ref>> {
    match object::get_attr_opt(o, id!(name)) {
        Err(error) if error.is_instance(&exceptions::VALUE_ERROR) => Ok(None),
        other => other,
    }
}

/// A `FileIO` made by `open()`. May run Python.
pub(crate) fn open_raw(
    file: &Object,
    mode: &str,
    closefd: bool,
    opener: Option<&Object>,
) -> Result<Ref<FileIo>, Exception> {
    let mode = Str::new(mode);
    let opener = opener.unwrap_or_else(|| none::none_object());
    let args = [file, mode.as_object(), util::bool_object(closefd), opener];
    let raw = call::call(FILE_IO.as_object(), &args)?;
    raw.downcast_ref::<FileIo>().map_err(|_| type_error!("FileIO expected"))
}

impl FileIo {
    /// See `_isatty_open_only`.
    pub(crate) fn is_terminal(&self) -> PyResult<bool> {
        self.is_terminal_by_stat()
    }

    /// See `_blksize`.
    pub(crate) fn block_size(&self) -> i64 {
        self._blksize()
    }
}
