//! Descriptors: open, read, write, duplicate, pipes, terminals.

use gopy_core::bytes::Bytes;
use gopy_core::error::value_error;
use gopy_core::{hooks, none, tuple};
use gopy_macros::pymodule;
use gopy_object::typeobj::Tuple;
use gopy_object::{Object, PyResult, Ref, signals};

use crate::util::{
    self, DirFd, Fileno, Path, ReadBuf, WriteBuf, detached, int, last_error, os_error, retrying,
};

const TRANSFER_MAX: usize = 0x7fff_f000;

fn pair(fds: [i32; 2]) -> Ref<Tuple> {
    tuple::from_array([int(i64::from(fds[0])), int(i64::from(fds[1]))])
}

/// Sets whether a descriptor survives exec.
pub(crate) fn set_cloexec(fd: i32, inheritable: bool) -> PyResult<()> {
    let request = if inheritable { libc::FIONCLEX } else { libc::FIOCLEX };
    // SAFETY: takes plain numbers.
    if unsafe { libc::ioctl(fd, request) } == 0 {
        return Ok(());
    }
    if gopy_object::lock::errno() != libc::EBADF {
        return Err(last_error());
    }
    // A descriptor of `O_PATH` knows no requests.
    // SAFETY: takes plain numbers.
    let old = unsafe { libc::fcntl(fd, libc::F_GETFD) };
    if old < 0 {
        return Err(last_error());
    }
    let new = if inheritable { old & !libc::FD_CLOEXEC } else { old | libc::FD_CLOEXEC };
    // SAFETY: takes plain numbers.
    if unsafe { libc::fcntl(fd, libc::F_SETFD, new) } < 0 {
        return Err(last_error());
    }
    Ok(())
}

/// The functions.
#[pymodule(name = "posix")]
pub mod module {
    use super::*;

    #[pyfunction("($module, /, path, flags, mode=511, *, dir_fd=None)")]
    fn open(path: Path, flags: i32, mode: i32, dir_fd: Option<DirFd>) -> PyResult<i64> {
        let flags = flags | libc::O_CLOEXEC;
        let shown = int(i64::from(flags));
        (hooks::get().audit)("open", &[&path.object, none::none_object(), &shown])?;
        let (c_path, dir) = (path.c(), DirFd::of(dir_fd));
        let fd = signals::retry_eintr(move || {
            // SAFETY: the path ends with NUL.
            unsafe { libc::openat(dir, c_path.ptr(), flags, mode as libc::mode_t) as isize }
        })?;
        fd.map(|fd| fd as i64).map_err(|errno| path.error(errno))
    }

    #[pyfunction("($module, /, fd)")]
    fn close(fd: i32) -> PyResult<()> {
        // SAFETY: takes a plain number.
        match detached(|| i64::from(unsafe { libc::close(fd) })) {
            Err(errno) if errno != libc::EINTR => Err(os_error(errno)),
            _ => Ok(()),
        }
    }

    #[pyfunction("($module, fd_low, fd_high, /)")]
    fn closerange(fd_low: i32, fd_high: i32) {
        gopy_object::gil::detach(|| {
            for fd in fd_low.max(0)..fd_high {
                // SAFETY: takes a plain number; what is not open stays so.
                unsafe { libc::close(fd) };
            }
        });
    }

    #[pyfunction("($module, fd, length, /)")]
    fn read(fd: i32, length: isize) -> PyResult<Ref<Bytes>> {
        let Ok(length) = usize::try_from(length) else { return Err(os_error(libc::EINVAL)) };
        let mut data = util::zeroed(length.min(TRANSFER_MAX))?;
        let target = &mut data;
        let count = retrying(|| {
            // SAFETY: writes within the vector.
            unsafe { libc::read(fd, target.as_mut_ptr().cast(), target.len()) }
        })?;
        Bytes::new(&data[..count as usize])
    }

    #[pyfunction("($module, fd, buffer, /)")]
    fn readinto(fd: i32, mut buffer: WriteBuf) -> PyResult<i64> {
        let target = buffer.as_mut();
        let length = target.len().min(TRANSFER_MAX);
        // SAFETY: writes within the buffer.
        retrying(|| unsafe { libc::read(fd, target.as_mut_ptr().cast(), length) })
    }

    #[pyfunction("($module, fd, data, /)")]
    fn write(fd: i32, data: ReadBuf) -> PyResult<i64> {
        let data = data.as_slice();
        let length = data.len().min(TRANSFER_MAX);
        // SAFETY: reads within the buffer.
        retrying(|| unsafe { libc::write(fd, data.as_ptr().cast(), length) })
    }

    #[pyfunction("($module, fd, length, offset, /)")]
    fn pread(fd: i32, length: isize, offset: i64) -> PyResult<Ref<Bytes>> {
        let Ok(length) = usize::try_from(length) else { return Err(os_error(libc::EINVAL)) };
        let mut data = util::zeroed(length.min(TRANSFER_MAX))?;
        let target = &mut data;
        let count = retrying(|| {
            // SAFETY: writes within the vector.
            unsafe { libc::pread(fd, target.as_mut_ptr().cast(), target.len(), offset) }
        })?;
        Bytes::new(&data[..count as usize])
    }

    #[pyfunction("($module, fd, buffer, offset, /)")]
    fn pwrite(fd: i32, buffer: ReadBuf, offset: i64) -> PyResult<i64> {
        let data = buffer.as_slice();
        let length = data.len().min(TRANSFER_MAX);
        // SAFETY: reads within the buffer.
        retrying(|| unsafe { libc::pwrite(fd, data.as_ptr().cast(), length, offset) })
    }

    #[pyfunction("($module, fd, position, whence, /)")]
    fn lseek(fd: i32, position: i64, whence: i32) -> PyResult<i64> {
        // SAFETY: takes plain numbers.
        detached(|| unsafe { libc::lseek(fd, position, whence) }).map_err(os_error)
    }

    #[pyfunction("($module, fd, length, /)")]
    fn ftruncate(fd: i32, length: i64) -> PyResult<()> {
        // SAFETY: takes plain numbers.
        retrying(|| unsafe { libc::ftruncate(fd, length) as isize }).map(drop)
    }

    #[pyfunction("($module, /, fd)")]
    fn fsync(fd: Fileno) -> PyResult<()> {
        // SAFETY: takes a plain number.
        retrying(|| unsafe { libc::fsync(fd.0) as isize }).map(drop)
    }

    #[pyfunction("($module, /, fd)")]
    fn fdatasync(fd: Fileno) -> PyResult<()> {
        // SAFETY: takes a plain number.
        retrying(|| unsafe { libc::fdatasync(fd.0) as isize }).map(drop)
    }

    #[pyfunction("($module, /)")]
    fn sync() {
        // SAFETY: takes nothing.
        gopy_object::gil::detach(|| unsafe { libc::sync() });
    }

    #[pyfunction("($module, fd, /)")]
    fn dup(fd: i32) -> PyResult<i64> {
        // SAFETY: takes plain numbers.
        detached(|| i64::from(unsafe { libc::fcntl(fd, libc::F_DUPFD_CLOEXEC, 0) }))
            .map_err(os_error)
    }

    #[pyfunction("($module, /, fd, fd2, inheritable=True)")]
    fn dup2(fd: i32, fd2: i32, inheritable: bool) -> PyResult<i64> {
        if fd < 0 || fd2 < 0 {
            return Err(os_error(libc::EBADF));
        }
        detached(|| {
            i64::from(if inheritable {
                // SAFETY: takes plain numbers.
                unsafe { libc::dup2(fd, fd2) }
            } else {
                // SAFETY: takes plain numbers.
                unsafe { libc::dup3(fd, fd2, libc::O_CLOEXEC) }
            })
        })
        .map_err(os_error)
    }

    #[pyfunction("($module, /)")]
    fn pipe() -> PyResult<Ref<Tuple>> {
        pipe2(libc::O_CLOEXEC)
    }

    #[pyfunction("($module, flags, /)")]
    fn pipe2(flags: i32) -> PyResult<Ref<Tuple>> {
        let mut fds = [0; 2];
        // SAFETY: writes two numbers.
        if unsafe { libc::pipe2(fds.as_mut_ptr(), flags) } != 0 {
            return Err(last_error());
        }
        Ok(pair(fds))
    }

    #[pyfunction("($module, fd, /)")]
    fn isatty(fd: i32) -> bool {
        // SAFETY: takes a plain number.
        gopy_object::gil::detach(|| unsafe { libc::isatty(fd) }) != 0
    }

    #[pyfunction("($module, fd, /)")]
    fn ttyname(fd: i32) -> PyResult {
        let mut name = [0u8; 256];
        // SAFETY: writes within the array.
        let errno = unsafe { libc::ttyname_r(fd, name.as_mut_ptr().cast(), name.len()) };
        if errno != 0 {
            return Err(os_error(errno));
        }
        let end = name.iter().position(|b| *b == 0).unwrap_or(name.len());
        Ok(util::os_str(&name[..end]))
    }

    #[pyfunction("($module, fd, /)")]
    fn get_inheritable(fd: i32) -> PyResult<bool> {
        // SAFETY: takes plain numbers.
        match unsafe { libc::fcntl(fd, libc::F_GETFD) } {
            -1 => Err(last_error()),
            flags => Ok(flags & libc::FD_CLOEXEC == 0),
        }
    }

    #[pyfunction("($module, fd, inheritable, /)")]
    fn set_inheritable(fd: i32, inheritable: i32) -> PyResult<()> {
        set_cloexec(fd, inheritable != 0)
    }

    #[pyfunction("($module, fd, /)")]
    fn get_blocking(fd: i32) -> PyResult<bool> {
        // SAFETY: takes plain numbers.
        match unsafe { libc::fcntl(fd, libc::F_GETFL) } {
            -1 => Err(last_error()),
            flags => Ok(flags & libc::O_NONBLOCK == 0),
        }
    }

    #[pyfunction("($module, fd, blocking, /)")]
    fn set_blocking(fd: i32, blocking: bool) -> PyResult<()> {
        let nonblocking = i32::from(!blocking);
        // SAFETY: reads one number.
        if unsafe { libc::ioctl(fd, libc::FIONBIO, &raw const nonblocking) } < 0 {
            return Err(last_error());
        }
        Ok(())
    }

    #[pyfunction("($module, /, fd)")]
    fn device_encoding(fd: i32) -> PyResult {
        // SAFETY: takes a plain number.
        if unsafe { libc::isatty(fd) } == 0 {
            return Ok(none::none());
        }
        // SAFETY: answers a static C string.
        let name = unsafe { util::c_bytes(libc::nl_langinfo(libc::CODESET)) };
        Ok(util::os_str(&name))
    }

    #[pyfunction("($module, fd, command, length, /)")]
    fn lockf(fd: i32, command: i32, length: i64) -> PyResult<()> {
        // SAFETY: takes plain numbers.
        retrying(|| unsafe { libc::lockf(fd, command, length) as isize }).map(drop)
    }

    #[pyfunction("($module, /, out_fd, in_fd, offset, count)")]
    fn sendfile(out_fd: i32, in_fd: i32, offset: &Object, count: isize) -> PyResult<i64> {
        let Ok(count) = usize::try_from(count) else {
            return Err(value_error!("count cannot be negative"));
        };
        if none::is_none(offset) {
            // SAFETY: a null offset stands for the file's own position.
            return retrying(|| unsafe {
                libc::sendfile(out_fd, in_fd, std::ptr::null_mut(), count)
            });
        }
        let mut offset = gopy_core::number::index_as_c_long(offset)?;
        let place = &mut offset;
        // SAFETY: reads and writes one number.
        retrying(move || unsafe { libc::sendfile(out_fd, in_fd, place, count) })
    }

    #[pyfunction("($module, fd, offset, length, advice, /)")]
    fn posix_fadvise(fd: i32, offset: i64, length: i64, advice: i32) -> PyResult<()> {
        // SAFETY: takes plain numbers.
        match gopy_object::gil::detach(|| unsafe {
            libc::posix_fadvise(fd, offset, length, advice)
        }) {
            0 => Ok(()),
            errno => Err(os_error(errno)),
        }
    }

    #[pyfunction("($module, fd, offset, length, /)")]
    fn posix_fallocate(fd: i32, offset: i64, length: i64) -> PyResult<()> {
        // SAFETY: takes plain numbers.
        match gopy_object::gil::detach(|| unsafe { libc::posix_fallocate(fd, offset, length) }) {
            0 => Ok(()),
            errno => Err(os_error(errno)),
        }
    }

    #[pyfunction("($module, /)")]
    fn openpty() -> PyResult<Ref<Tuple>> {
        let (mut master, mut slave) = (0, 0);
        let null = std::ptr::null_mut();
        // SAFETY: writes two numbers; the rest may be null.
        let result =
            unsafe { libc::openpty(&mut master, &mut slave, null, null.cast(), null.cast()) };
        if result != 0 {
            return Err(last_error());
        }
        set_cloexec(master, false)?;
        set_cloexec(slave, false)?;
        Ok(pair([master, slave]))
    }

    #[pyfunction("($module, /, name, flags=MFD_CLOEXEC)")]
    fn memfd_create(name: util::FsBytes, flags: Option<i32>) -> PyResult<i64> {
        let (name, flags) = (name.with_nul(), flags.unwrap_or(libc::MFD_CLOEXEC as i32));
        let name = &name;
        detached(move || {
            // SAFETY: the name ends with NUL.
            i64::from(unsafe { libc::memfd_create(name.as_ptr().cast(), flags as u32) })
        })
        .map_err(os_error)
    }

    #[pyfunction("($module, /, initval, flags=EFD_CLOEXEC)")]
    fn eventfd(initval: i32, flags: Option<i32>) -> PyResult<i64> {
        let flags = flags.unwrap_or(libc::EFD_CLOEXEC);
        // SAFETY: takes plain numbers.
        detached(|| i64::from(unsafe { libc::eventfd(initval as u32, flags) })).map_err(os_error)
    }
}
