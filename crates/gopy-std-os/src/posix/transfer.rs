//! Moving data between descriptors: several buffers at once, in the system itself, counters, timers.

use gopy_core::argument::{FromArg, Place};
use gopy_core::bytes::Bytes;
use gopy_core::error::{type_error, value_error};
use gopy_core::list::List;
use gopy_core::{buffer, iter, none, number, sequence, tuple};
use gopy_macros::pymodule;
use gopy_object::buffer::{Buffer, BufferRequest};
use gopy_object::typeobj::Tuple;
use gopy_object::{Object, PyResult, Ref, lock};

use crate::pytime::{self, Round};
use crate::util::{
    self, Fileno, Path, ReadBuf, detached, float, int, last_error, os_error, retrying,
};

/// Exports with the vectors that describe them.
struct Vectors {
    _exports: Vec<Buffer>,
    vectors: Vec<libc::iovec>,
}

/// Vectors that are used without the GIL.
struct Shared<'a>(&'a [libc::iovec]);

// SAFETY: the exports stay pinned while the caller waits for the call.
unsafe impl Send for Shared<'_> {}

impl Vectors {
    fn of(function: &str, buffers: &Object, request: BufferRequest) -> PyResult<Vectors> {
        if !sequence::is_sequence(buffers) {
            return Err(type_error!("{function}() arg 2 must be a sequence"));
        }
        let mut exports = Vec::new();
        for item in iter::collect(buffers)? {
            exports.push(buffer::get(&item, request)?);
        }
        let vectors = exports
            .iter()
            .map(|export| libc::iovec { iov_base: export.data.cast(), iov_len: export.len })
            .collect();
        Ok(Vectors { _exports: exports, vectors })
    }

    /// Runs a call on them, again after signals.
    fn run(&self, call: impl Fn(*const libc::iovec, i32) -> isize + Send + Sync) -> PyResult<i64> {
        let shared = Shared(&self.vectors);
        retrying(move || {
            let shared = &shared;
            call(shared.0.as_ptr(), i32::try_from(shared.0.len()).unwrap_or(i32::MAX))
        })
    }
}

/// A count of bytes.
struct Count(usize);

impl FromArg<'_> for Count {
    fn from_arg(arg: &Object, _place: &Place<'_>) -> PyResult<Self> {
        match usize::try_from(number::index_as_ssize(arg)?) {
            Ok(count) => Ok(Count(count)),
            Err(_) => Err(value_error!("negative value for 'count' not allowed")),
        }
    }
}

/// A file offset, or none.
fn offset(o: Option<&Object>) -> PyResult<Option<i64>> {
    o.filter(|o| !none::is_none(o)).map(number::index_as_c_long).transpose()
}

/// A pointer to an offset, or null.
fn place(offset: &mut Option<i64>) -> *mut i64 {
    offset.as_mut().map_or(std::ptr::null_mut(), std::ptr::from_mut)
}

/// What an event counter takes.
struct EventValue(u64);

impl FromArg<'_> for EventValue {
    fn from_arg(arg: &Object, _place: &Place<'_>) -> PyResult<Self> {
        util::c_unsigned(arg, 64, "unsigned long long").map(EventValue)
    }
}

fn check_links<const NONE: bool>(
    function: &str,
    path: &Path<true, NONE>,
    follow_symlinks: bool,
) -> PyResult<()> {
    if path.is_fd() && !follow_symlinks {
        return Err(value_error!("{function}: cannot use fd and follow_symlinks together"));
    }
    Ok(())
}

fn timer(time: i64, interval: i64) -> libc::itimerspec {
    libc::itimerspec {
        it_value: pytime::to_timespec(time),
        it_interval: pytime::to_timespec(interval),
    }
}

fn set_timer(fd: i32, flags: i32, time: i64, interval: i64) -> PyResult<libc::itimerspec> {
    let (new, mut old) = (timer(time, interval), timer(0, 0));
    // SAFETY: places on this stack.
    if unsafe { libc::timerfd_settime(fd, flags, &new, &mut old) } < 0 {
        return Err(last_error());
    }
    Ok(old)
}

fn get_timer(fd: i32) -> PyResult<libc::itimerspec> {
    let mut now = timer(0, 0);
    // SAFETY: a place on this stack.
    if unsafe { libc::timerfd_gettime(fd, &mut now) } < 0 {
        return Err(last_error());
    }
    Ok(now)
}

/// Time left and interval, as seconds.
fn timer_seconds(timer: &libc::itimerspec) -> Ref<Tuple> {
    let seconds = |time| float(pytime::as_seconds(pytime::from_timespec(time)));
    tuple::from_array([seconds(&timer.it_value), seconds(&timer.it_interval)])
}

/// Time left and interval, as nanoseconds.
fn timer_nanos(timer: &libc::itimerspec) -> Ref<Tuple> {
    let nanos = |time| int(pytime::from_timespec(time));
    tuple::from_array([nanos(&timer.it_value), nanos(&timer.it_interval)])
}

/// An attribute is at most this long; the system has no larger ones.
const ATTRIBUTE_SIZES: [usize; 2] = [256, 65536];

/// Asks for bytes of unknown length with the sizes above.
fn ask_bytes(
    mut call: impl FnMut(*mut libc::c_void, usize) -> isize + Send,
) -> Result<PyResult<Vec<u8>>, i32> {
    for size in ATTRIBUTE_SIZES {
        let mut data = match util::zeroed(size) {
            Ok(data) => data,
            Err(error) => return Ok(Err(error)),
        };
        let target = &mut data;
        let call = &mut call;
        let result = detached(move || call(target.as_mut_ptr().cast(), target.len()) as i64);
        match result {
            Ok(len) => {
                data.truncate(len as usize);
                return Ok(Ok(data));
            }
            Err(libc::ERANGE) if size != ATTRIBUTE_SIZES[1] => {}
            Err(errno) => return Err(errno),
        }
    }
    Err(lock::errno())
}

/// The functions.
#[pymodule(name = "posix")]
pub mod module {
    use super::*;

    #[pyfunction("($module, fd, buffers, /)")]
    fn readv(fd: i32, buffers: &Object) -> PyResult<i64> {
        let vectors = Vectors::of("readv", buffers, BufferRequest::WRITABLE)?;
        // SAFETY: writes within the exports.
        vectors.run(|vectors, count| unsafe { libc::readv(fd, vectors, count) })
    }

    #[pyfunction("($module, fd, buffers, /)")]
    fn writev(fd: i32, buffers: &Object) -> PyResult<i64> {
        let vectors = Vectors::of("writev", buffers, BufferRequest::SIMPLE)?;
        // SAFETY: reads within the exports.
        vectors.run(|vectors, count| unsafe { libc::writev(fd, vectors, count) })
    }

    #[pyfunction("($module, fd, buffers, offset, flags=0, /)")]
    fn preadv(fd: i32, buffers: &Object, offset: i64, flags: i32) -> PyResult<i64> {
        let vectors = Vectors::of("preadv", buffers, BufferRequest::WRITABLE)?;
        // SAFETY: writes within the exports.
        vectors.run(|vectors, count| unsafe { libc::preadv2(fd, vectors, count, offset, flags) })
    }

    #[pyfunction("($module, fd, buffers, offset, flags=0, /)")]
    fn pwritev(fd: i32, buffers: &Object, offset: i64, flags: i32) -> PyResult<i64> {
        let vectors = Vectors::of("pwritev", buffers, BufferRequest::SIMPLE)?;
        // SAFETY: reads within the exports.
        vectors.run(|vectors, count| unsafe { libc::pwritev2(fd, vectors, count, offset, flags) })
    }

    #[pyfunction(
        "($module, /, src, dst, count, offset_src=None,\n                offset_dst=None)"
    )]
    fn copy_file_range(
        src: i32,
        dst: i32,
        count: Count,
        offset_src: Option<&Object>,
        offset_dst: Option<&Object>,
    ) -> PyResult<i64> {
        let (mut from, mut to) = (offset(offset_src)?, offset(offset_dst)?);
        let (from, to) = (&mut from, &mut to);
        retrying(move || {
            // SAFETY: reads and writes the offsets, where there are any.
            unsafe { libc::copy_file_range(src, place(from), dst, place(to), count.0, 0) }
        })
    }

    #[pyfunction(
        "($module, /, src, dst, count, offset_src=None, offset_dst=None,\n       flags=0)"
    )]
    fn splice(
        src: i32,
        dst: i32,
        count: Count,
        offset_src: Option<&Object>,
        offset_dst: Option<&Object>,
        flags: i32,
    ) -> PyResult<i64> {
        let (mut from, mut to) = (offset(offset_src)?, offset(offset_dst)?);
        let (from, to) = (&mut from, &mut to);
        retrying(move || {
            // SAFETY: reads and writes the offsets, where there are any.
            unsafe { libc::splice(src, place(from), dst, place(to), count.0, flags as u32) }
        })
    }

    #[pyfunction("($module, /, fd)")]
    fn eventfd_read(fd: Fileno) -> PyResult<u64> {
        let mut value = 0u64;
        let target = &mut value;
        let result = detached(move || {
            // SAFETY: writes one number.
            i64::from(unsafe { libc::eventfd_read(fd.0, target) })
        });
        result.map(|_| value).map_err(os_error)
    }

    #[pyfunction("($module, /, fd, value)")]
    fn eventfd_write(fd: Fileno, value: EventValue) -> PyResult<()> {
        // SAFETY: takes plain numbers.
        let result = detached(move || i64::from(unsafe { libc::eventfd_write(fd.0, value.0) }));
        result.map(drop).map_err(os_error)
    }

    #[pyfunction("($module, clockid, /, *, flags=0)")]
    fn timerfd_create(clockid: i32, flags: i32) -> PyResult<i32> {
        // A descriptor that is not inheritable, whatever the flags are.
        let flags = flags | libc::TFD_CLOEXEC;
        // SAFETY: takes plain numbers.
        match unsafe { libc::timerfd_create(clockid, flags) } {
            fd if fd < 0 => Err(last_error()),
            fd => Ok(fd),
        }
    }

    #[pyfunction("($module, fd, /)")]
    fn timerfd_gettime(fd: Fileno) -> PyResult<Ref<Tuple>> {
        Ok(timer_seconds(&get_timer(fd.0)?))
    }

    #[pyfunction("($module, fd, /)")]
    fn timerfd_gettime_ns(fd: Fileno) -> PyResult<Ref<Tuple>> {
        Ok(timer_nanos(&get_timer(fd.0)?))
    }

    #[pyfunction("($module, fd, /, *, flags=0, initial=0.0, interval=0.0)")]
    fn timerfd_settime(
        fd: Fileno,
        flags: i32,
        initial: Option<&Object>,
        interval: Option<&Object>,
    ) -> PyResult<Ref<Tuple>> {
        let nanos = |o: Option<&Object>| {
            o.map_or(Ok(0.0), gopy_core::float::as_f64).and_then(|seconds| {
                let seconds = gopy_core::float::Float::new(seconds);
                pytime::from_seconds(&seconds, Round::Floor)
            })
        };
        let (time, interval) = (nanos(initial)?, nanos(interval)?);
        Ok(timer_seconds(&set_timer(fd.0, flags, time, interval)?))
    }

    #[pyfunction("($module, fd, /, *, flags=0, initial=0, interval=0)")]
    fn timerfd_settime_ns(
        fd: Fileno,
        flags: i32,
        initial: i64,
        interval: i64,
    ) -> PyResult<Ref<Tuple>> {
        Ok(timer_nanos(&set_timer(fd.0, flags, initial, interval)?))
    }

    #[pyfunction("($module, /, path, attribute, *, follow_symlinks=True)")]
    fn getxattr(path: Path<true>, attribute: Path, follow_symlinks: bool) -> PyResult<Ref<Bytes>> {
        check_links("getxattr", &path, follow_symlinks)?;
        audit("os.getxattr", &[&path.object, &attribute.object])?;
        let (file, name, fd) = (path.c(), attribute.c(), path.fd);
        let is_fd = path.is_fd();
        let found = ask_bytes(|data, len| {
            // SAFETY: C strings; writes within the room said.
            unsafe {
                if is_fd {
                    libc::fgetxattr(fd, name.ptr(), data, len)
                } else if follow_symlinks {
                    libc::getxattr(file.ptr(), name.ptr(), data, len)
                } else {
                    libc::lgetxattr(file.ptr(), name.ptr(), data, len)
                }
            }
        });
        Bytes::new(&found.map_err(|errno| path.error(errno))??)
    }

    #[pyfunction(
        "($module, /, path, attribute, value, flags=0, *,\n         follow_symlinks=True)"
    )]
    fn setxattr(
        path: Path<true>,
        attribute: Path,
        value: ReadBuf,
        flags: i32,
        follow_symlinks: bool,
    ) -> PyResult<()> {
        check_links("setxattr", &path, follow_symlinks)?;
        let shown = Bytes::new(value.as_slice())?;
        audit("os.setxattr", &[&path.object, &attribute.object, &shown, &int(flags.into())])?;
        let (file, name, fd) = (path.c(), attribute.c(), path.fd);
        let (is_fd, value) = (path.is_fd(), value.as_slice());
        let result = detached(move || {
            let (data, len) = (value.as_ptr().cast(), value.len());
            // SAFETY: C strings; reads within the slice.
            i64::from(unsafe {
                if is_fd {
                    libc::fsetxattr(fd, name.ptr(), data, len, flags)
                } else if follow_symlinks {
                    libc::setxattr(file.ptr(), name.ptr(), data, len, flags)
                } else {
                    libc::lsetxattr(file.ptr(), name.ptr(), data, len, flags)
                }
            })
        });
        result.map(drop).map_err(|errno| path.error(errno))
    }

    #[pyfunction("($module, /, path, attribute, *, follow_symlinks=True)")]
    fn removexattr(path: Path<true>, attribute: Path, follow_symlinks: bool) -> PyResult<()> {
        check_links("removexattr", &path, follow_symlinks)?;
        audit("os.removexattr", &[&path.object, &attribute.object])?;
        let (file, name, fd) = (path.c(), attribute.c(), path.fd);
        let is_fd = path.is_fd();
        let result = detached(move || {
            // SAFETY: C strings.
            i64::from(unsafe {
                if is_fd {
                    libc::fremovexattr(fd, name.ptr())
                } else if follow_symlinks {
                    libc::removexattr(file.ptr(), name.ptr())
                } else {
                    libc::lremovexattr(file.ptr(), name.ptr())
                }
            })
        });
        result.map(drop).map_err(|errno| path.error(errno))
    }

    #[pyfunction("($module, /, path=None, *, follow_symlinks=True)")]
    fn listxattr(path: Option<Path<true, true>>, follow_symlinks: bool) -> PyResult<Ref<List>> {
        let path = path.unwrap_or_else(Path::nothing);
        check_links("listxattr", &path, follow_symlinks)?;
        let shown = if path.is_none { none::none() } else { path.object.clone() };
        audit("os.listxattr", &[&shown])?;
        let (file, fd, is_fd) = (path.c(), path.fd, path.is_fd());
        let found = ask_bytes(|data, len| {
            let data = data.cast();
            // SAFETY: a C string; writes within the room said.
            unsafe {
                if is_fd {
                    libc::flistxattr(fd, data, len)
                } else if follow_symlinks {
                    libc::listxattr(file.ptr(), data, len)
                } else {
                    libc::llistxattr(file.ptr(), data, len)
                }
            }
        });
        let found = found.map_err(|errno| path.error(errno))??;
        let names = found.split(|b| *b == 0).filter(|name| !name.is_empty());
        Ok(List::from_vec(names.map(util::os_str).collect()))
    }

    #[pyfunction("($module, oflag, /)")]
    fn posix_openpt(oflag: i32) -> PyResult<i32> {
        // SAFETY: takes a plain number.
        let fd = unsafe { libc::posix_openpt(oflag | libc::O_CLOEXEC) };
        if fd < 0 { Err(last_error()) } else { Ok(fd) }
    }

    #[pyfunction("($module, fd, /)")]
    fn grantpt(fd: Fileno) -> PyResult<()> {
        // SAFETY: takes a plain number.
        if unsafe { libc::grantpt(fd.0) } < 0 { Err(last_error()) } else { Ok(()) }
    }

    #[pyfunction("($module, fd, /)")]
    fn unlockpt(fd: Fileno) -> PyResult<()> {
        // SAFETY: takes a plain number.
        if unsafe { libc::unlockpt(fd.0) } < 0 { Err(last_error()) } else { Ok(()) }
    }

    #[pyfunction("($module, fd, /)")]
    fn ptsname(fd: Fileno) -> PyResult {
        let mut name = [0u8; 128];
        // SAFETY: writes within the array.
        match unsafe { libc::ptsname_r(fd.0, name.as_mut_ptr().cast(), name.len()) } {
            0 => {
                let end = name.iter().position(|b| *b == 0).unwrap_or(name.len());
                Ok(util::os_str(&name[..end]))
            }
            errno => Err(os_error(errno)),
        }
    }

    #[pyfunction("($module, /)")]
    fn _inputhook() -> i32 {
        // There is no hook that could be called.
        0
    }

    #[pyfunction("($module, /)")]
    fn _create_environ() -> PyResult<Ref<gopy_core::dict::Dict>> {
        super::super::environ()
    }

    #[pyfunction("($module, /, fd, nstype=0)")]
    fn setns(fd: Fileno, nstype: i32) -> PyResult<()> {
        // SAFETY: takes plain numbers.
        detached(|| i64::from(unsafe { libc::setns(fd.0, nstype) })).map(drop).map_err(os_error)
    }

    #[pyfunction("($module, /, flags)")]
    fn unshare(flags: i32) -> PyResult<()> {
        // SAFETY: takes a plain number.
        detached(|| i64::from(unsafe { libc::unshare(flags) })).map(drop).map_err(os_error)
    }

    fn audit(event: &str, args: &[&Object]) -> PyResult<()> {
        (gopy_core::hooks::get().audit)(event, args)
    }
}
