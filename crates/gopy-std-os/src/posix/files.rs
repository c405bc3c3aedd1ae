//! Names in the file system: making, renaming, removing, permissions, links.

use gopy_core::argument::{FromArg, Place};
use gopy_core::bytes::Bytes;
use gopy_core::error::value_error;
use gopy_core::str::Str;
use gopy_core::tuple;
use gopy_core::{exceptions, hooks};
use gopy_macros::pymodule;
use gopy_object::typeobj::Tuple;
use gopy_object::{Object, PyResult, Ref, signals};

use crate::util::{self, DirFd, Id, Path, detached, int, last_error};

/// Runs a call about one path.
fn about<const FD: bool, const NONE: bool>(
    path: &Path<FD, NONE>,
    call: impl FnOnce() -> i32 + Send,
) -> PyResult<()> {
    detached(|| i64::from(call())).map(drop).map_err(|errno| path.error(errno))
}

/// Runs a call about two paths.
fn about_two(src: &Path, dst: &Path, call: impl FnOnce() -> i32 + Send) -> PyResult<()> {
    detached(|| i64::from(call()))
        .map(drop)
        .map_err(|errno| exceptions::os_error(errno, Some(&src.object), Some(&dst.object)))
}

fn audit(event: &str, args: &[&Object]) -> PyResult<()> {
    (hooks::get().audit)(event, args)
}

/// The path of the working directory.
fn working_directory() -> PyResult<Vec<u8>> {
    let mut size = 1024;
    loop {
        let mut text = util::zeroed(size)?;
        let target = &mut text;
        let errno = gopy_object::gil::detach(move || {
            // SAFETY: writes within the vector.
            let result = unsafe { libc::getcwd(target.as_mut_ptr().cast(), target.len()) };
            if result.is_null() { gopy_object::lock::errno() } else { 0 }
        });
        match errno {
            0 => {
                let end = text.iter().position(|b| *b == 0).unwrap_or(text.len());
                text.truncate(end);
                return Ok(text);
            }
            libc::ERANGE => size *= 2,
            errno => return Err(util::os_error(errno)),
        }
    }
}

/// `os.path.normpath` of bytes or characters; two leading slashes stay, three become one.
fn normpath<T: Copy + PartialEq>(path: &[T], slash: T, dot: T) -> Vec<T> {
    let leading = path.iter().take_while(|c| **c == slash).count();
    let kept = match leading {
        0 => 0,
        2 => 2,
        _ => 1,
    };
    let mut parts: Vec<&[T]> = Vec::new();
    for part in path.split(|c| *c == slash) {
        if part.is_empty() || part == [dot] {
            continue;
        }
        let is_up = part == [dot, dot];
        let last_is_up = parts.last().is_none_or(|last| *last == [dot, dot]);
        if !is_up || (kept == 0 && last_is_up) {
            parts.push(part);
        } else if !parts.is_empty() {
            parts.pop();
        }
    }
    let mut out = vec![slash; kept];
    for (index, part) in parts.iter().enumerate() {
        if index > 0 {
            out.push(slash);
        }
        out.extend_from_slice(part);
    }
    if out.is_empty() {
        out.push(dot);
    }
    out
}

/// Follows symbolic links by default.
#[derive(Clone, Copy)]
struct Follow(bool);

impl FromArg<'_> for Follow {
    fn from_arg(arg: &Object, _place: &Place<'_>) -> PyResult<Self> {
        gopy_core::object::is_true(arg).map(Follow)
    }
}

/// The functions.
#[pymodule(name = "posix")]
pub mod module {
    use super::*;

    #[pyfunction("($module, /, path)")]
    fn fspath(path: &Object) -> PyResult {
        util::fspath(path)
    }

    #[pyfunction("($module, /)")]
    fn getcwd() -> PyResult {
        Ok(util::os_str(&working_directory()?))
    }

    #[pyfunction("($module, /)")]
    fn getcwdb() -> PyResult<Ref<Bytes>> {
        Bytes::new(&working_directory()?)
    }

    #[pyfunction("($module, /, path)")]
    fn chdir(path: Path<true>) -> PyResult<()> {
        audit("os.chdir", &[&path.object])?;
        let (is_fd, fd, c_path) = (path.is_fd(), path.fd, path.c());
        about(&path, move || {
            if is_fd {
                // SAFETY: takes a plain number.
                unsafe { libc::fchdir(fd) }
            } else {
                // SAFETY: the path ends with NUL.
                unsafe { libc::chdir(c_path.ptr()) }
            }
        })
    }

    #[pyfunction("($module, /, fd)")]
    fn fchdir(fd: util::Fileno) -> PyResult<()> {
        // SAFETY: takes a plain number.
        detached(|| i64::from(unsafe { libc::fchdir(fd.0) })).map(drop).map_err(util::os_error)
    }

    #[pyfunction("($module, /, path)")]
    fn chroot(path: Path) -> PyResult<()> {
        let c_path = path.c();
        // SAFETY: the path ends with NUL.
        about(&path, move || unsafe { libc::chroot(c_path.ptr()) })
    }

    #[pyfunction(
        "($module, /, path, mode, *, dir_fd=None, effective_ids=False,\n       follow_symlinks=True)"
    )]
    fn access(
        path: Path,
        mode: i32,
        dir_fd: Option<DirFd>,
        effective_ids: bool,
        follow_symlinks: bool,
    ) -> bool {
        let (c_path, dir) = (path.c(), DirFd::of(dir_fd));
        let mut flags = if follow_symlinks { 0 } else { libc::AT_SYMLINK_NOFOLLOW };
        if effective_ids {
            flags |= libc::AT_EACCESS;
        }
        // SAFETY: the path ends with NUL.
        detached(move || i64::from(unsafe { libc::faccessat(dir, c_path.ptr(), mode, flags) }))
            .is_ok()
    }

    #[pyfunction(
        "($module, /, path, mode, *, dir_fd=None,\n      follow_symlinks=(os.name != 'nt'))"
    )]
    fn chmod(
        path: Path<true>,
        mode: i32,
        dir_fd: Option<DirFd>,
        follow_symlinks: Option<Follow>,
    ) -> PyResult<()> {
        audit("os.chmod", &[&path.object, &int(i64::from(mode)), &int(-1)])?;
        let (is_fd, fd, c_path, dir) = (path.is_fd(), path.fd, path.c(), DirFd::of(dir_fd));
        let follow = follow_symlinks.is_none_or(|follow| follow.0);
        let flags = if follow { 0 } else { libc::AT_SYMLINK_NOFOLLOW };
        about(&path, move || {
            if is_fd {
                // SAFETY: takes plain numbers.
                unsafe { libc::fchmod(fd, mode as libc::mode_t) }
            } else {
                // SAFETY: the path ends with NUL.
                unsafe { libc::fchmodat(dir, c_path.ptr(), mode as libc::mode_t, flags) }
            }
        })
    }

    #[pyfunction("($module, /, fd, mode)")]
    fn fchmod(fd: i32, mode: i32) -> PyResult<()> {
        // SAFETY: takes plain numbers.
        util::retrying(|| unsafe { libc::fchmod(fd, mode as libc::mode_t) as isize }).map(drop)
    }

    #[pyfunction("($module, /, path, uid, gid, *, dir_fd=None, follow_symlinks=True)")]
    fn chown(
        path: Path<true>,
        uid: Id,
        gid: Id,
        dir_fd: Option<DirFd>,
        follow_symlinks: bool,
    ) -> PyResult<()> {
        let (is_fd, fd, c_path, dir) = (path.is_fd(), path.fd, path.c(), DirFd::of(dir_fd));
        let flags = if follow_symlinks { 0 } else { libc::AT_SYMLINK_NOFOLLOW };
        about(&path, move || {
            if is_fd {
                // SAFETY: takes plain numbers.
                unsafe { libc::fchown(fd, uid.0, gid.0) }
            } else {
                // SAFETY: the path ends with NUL.
                unsafe { libc::fchownat(dir, c_path.ptr(), uid.0, gid.0, flags) }
            }
        })
    }

    #[pyfunction("($module, /, fd, uid, gid)")]
    fn fchown(fd: i32, uid: Id, gid: Id) -> PyResult<()> {
        // SAFETY: takes plain numbers.
        util::retrying(|| unsafe { libc::fchown(fd, uid.0, gid.0) as isize }).map(drop)
    }

    #[pyfunction("($module, /, path, uid, gid)")]
    fn lchown(path: Path, uid: Id, gid: Id) -> PyResult<()> {
        let c_path = path.c();
        // SAFETY: the path ends with NUL.
        about(&path, move || unsafe { libc::lchown(c_path.ptr(), uid.0, gid.0) })
    }

    #[pyfunction("($module, /, path, mode=511, *, dir_fd=None)")]
    fn mkdir(path: Path, mode: i32, dir_fd: Option<DirFd>) -> PyResult<()> {
        let dir = DirFd::of(dir_fd);
        let audited = int(dir_fd.map_or(-1, |fd| i64::from(fd.0)));
        audit("os.mkdir", &[&path.object, &int(i64::from(mode)), &audited])?;
        let c_path = path.c();
        // SAFETY: the path ends with NUL.
        about(&path, move || unsafe { libc::mkdirat(dir, c_path.ptr(), mode as libc::mode_t) })
    }

    #[pyfunction("($module, /, path, mode=438, *, dir_fd=None)")]
    fn mkfifo(path: Path, mode: i32, dir_fd: Option<DirFd>) -> PyResult<()> {
        let (c_path, dir) = (path.c(), DirFd::of(dir_fd));
        let result = signals::retry_eintr(move || {
            // SAFETY: the path ends with NUL.
            unsafe { libc::mkfifoat(dir, c_path.ptr(), mode as libc::mode_t) as isize }
        })?;
        result.map(drop).map_err(|errno| path.error(errno))
    }

    #[pyfunction("($module, /, path, mode=384, device=0, *, dir_fd=None)")]
    fn mknod(path: Path, mode: i32, device: i64, dir_fd: Option<DirFd>) -> PyResult<()> {
        let (c_path, dir) = (path.c(), DirFd::of(dir_fd));
        let result = signals::retry_eintr(move || {
            // SAFETY: the path ends with NUL.
            unsafe {
                libc::mknodat(dir, c_path.ptr(), mode as libc::mode_t, device as u64) as isize
            }
        })?;
        result.map(drop).map_err(|errno| path.error(errno))
    }

    #[pyfunction("($module, /, path, *, dir_fd=None)")]
    fn unlink(path: Path, dir_fd: Option<DirFd>) -> PyResult<()> {
        let audited = int(dir_fd.map_or(-1, |fd| i64::from(fd.0)));
        audit("os.remove", &[&path.object, &audited])?;
        let (c_path, dir) = (path.c(), DirFd::of(dir_fd));
        // SAFETY: the path ends with NUL.
        about(&path, move || unsafe { libc::unlinkat(dir, c_path.ptr(), 0) })
    }

    #[pyfunction("($module, /, path, *, dir_fd=None)")]
    fn remove(path: Path, dir_fd: Option<DirFd>) -> PyResult<()> {
        unlink(path, dir_fd)
    }

    #[pyfunction("($module, /, path, *, dir_fd=None)")]
    fn rmdir(path: Path, dir_fd: Option<DirFd>) -> PyResult<()> {
        let audited = int(dir_fd.map_or(-1, |fd| i64::from(fd.0)));
        audit("os.rmdir", &[&path.object, &audited])?;
        let (c_path, dir) = (path.c(), DirFd::of(dir_fd));
        // SAFETY: the path ends with NUL.
        about(&path, move || unsafe { libc::unlinkat(dir, c_path.ptr(), libc::AT_REMOVEDIR) })
    }

    #[pyfunction("($module, /, src, dst, *, src_dir_fd=None, dst_dir_fd=None)")]
    fn rename(
        src: Path,
        dst: Path,
        src_dir_fd: Option<DirFd>,
        dst_dir_fd: Option<DirFd>,
    ) -> PyResult<()> {
        let shown = |fd: Option<DirFd>| int(fd.map_or(-1, |fd| i64::from(fd.0)));
        let (from_fd, to_fd) = (shown(src_dir_fd), shown(dst_dir_fd));
        audit("os.rename", &[&src.object, &dst.object, &from_fd, &to_fd])?;
        let (from, to) = (src.c(), dst.c());
        let (from_dir, to_dir) = (DirFd::of(src_dir_fd), DirFd::of(dst_dir_fd));
        about_two(&src, &dst, move || {
            // SAFETY: both paths end with NUL.
            unsafe { libc::renameat(from_dir, from.ptr(), to_dir, to.ptr()) }
        })
    }

    #[pyfunction("($module, /, src, dst, *, src_dir_fd=None, dst_dir_fd=None)")]
    fn replace(
        src: Path,
        dst: Path,
        src_dir_fd: Option<DirFd>,
        dst_dir_fd: Option<DirFd>,
    ) -> PyResult<()> {
        rename(src, dst, src_dir_fd, dst_dir_fd)
    }

    #[pyfunction(
        "($module, /, src, dst, *, src_dir_fd=None, dst_dir_fd=None,\n     follow_symlinks=(os.name != 'nt'))"
    )]
    fn link(
        src: Path,
        dst: Path,
        src_dir_fd: Option<DirFd>,
        dst_dir_fd: Option<DirFd>,
        follow_symlinks: Option<Follow>,
    ) -> PyResult<()> {
        let (from, to) = (src.c(), dst.c());
        let (from_dir, to_dir) = (DirFd::of(src_dir_fd), DirFd::of(dst_dir_fd));
        let follow = follow_symlinks.is_none_or(|follow| follow.0);
        let flags = if follow { libc::AT_SYMLINK_FOLLOW } else { 0 };
        about_two(&src, &dst, move || {
            // SAFETY: both paths end with NUL.
            unsafe { libc::linkat(from_dir, from.ptr(), to_dir, to.ptr(), flags) }
        })
    }

    #[pyfunction("($module, /, src, dst, target_is_directory=False, *, dir_fd=None)")]
    fn symlink(
        src: Path,
        dst: Path,
        target_is_directory: bool,
        dir_fd: Option<DirFd>,
    ) -> PyResult<()> {
        let _ = target_is_directory;
        let (from, to, dir) = (src.c(), dst.c(), DirFd::of(dir_fd));
        about_two(&src, &dst, move || {
            // SAFETY: both paths end with NUL.
            unsafe { libc::symlinkat(from.ptr(), dir, to.ptr()) }
        })
    }

    #[pyfunction("($module, /, path, *, dir_fd=None)")]
    fn readlink(path: Path, dir_fd: Option<DirFd>) -> PyResult {
        let (c_path, dir) = (path.c(), DirFd::of(dir_fd));
        let mut text = vec![0u8; 4096];
        let target = &mut text;
        let length = detached(move || {
            let (place, size) = (target.as_mut_ptr().cast(), target.len());
            // SAFETY: the path ends with NUL; writes within the vector.
            let length = unsafe { libc::readlinkat(dir, c_path.ptr(), place, size) };
            length as i64
        });
        let length = length.map_err(|errno| path.error(errno))?;
        path.like(&text[..length as usize])
    }

    #[pyfunction("($module, /, path, length)")]
    fn truncate(path: Path<true>, length: i64) -> PyResult<()> {
        audit("os.truncate", &[&path.object, &int(length)])?;
        let (is_fd, fd, c_path) = (path.is_fd(), path.fd, path.c());
        about(&path, move || {
            if is_fd {
                // SAFETY: takes plain numbers.
                unsafe { libc::ftruncate(fd, length) }
            } else {
                // SAFETY: the path ends with NUL.
                unsafe { libc::truncate(c_path.ptr(), length) }
            }
        })
    }

    #[pyfunction("($module, mask, /)")]
    fn umask(mask: i32) -> i32 {
        // SAFETY: takes a plain number.
        unsafe { libc::umask(mask as libc::mode_t) as i32 }
    }

    #[pyfunction("($module, /, path, name)")]
    fn pathconf(path: Path<true>, name: &Object) -> PyResult<i64> {
        let name = crate::posix::system::config_name(name, crate::constants::PATHCONF_NAMES)?;
        // SAFETY: `errno` tells apart "no limit" from a failure.
        unsafe { *libc::__errno_location() = 0 };
        let limit = if path.is_fd() {
            // SAFETY: takes plain numbers.
            unsafe { libc::fpathconf(path.fd, name) }
        } else {
            // SAFETY: the path ends with NUL.
            unsafe { libc::pathconf(path.c().ptr(), name) }
        };
        match gopy_object::lock::errno() {
            errno if limit == -1 && errno != 0 => Err(path.error(errno)),
            _ => Ok(limit),
        }
    }

    #[pyfunction("($module, /, path)")]
    fn _path_normpath(path: &Object) -> PyResult {
        let path = util::fspath(path)?;
        if let Some(text) = path.downcast::<Str>() {
            let points: Vec<u32> = text.units().iter().collect();
            let normal = normpath(&points, u32::from(b'/'), u32::from(b'.'));
            return Ok(Str::from_ucs4(&normal)?.upcast());
        }
        let bytes = path.downcast::<Bytes>().map_or(&[][..], Bytes::as_slice);
        Ok(Bytes::new(&normpath(bytes, b'/', b'.'))?.upcast())
    }

    #[pyfunction("($module, /, p)")]
    fn _path_splitroot_ex(p: &Object) -> PyResult<Ref<Tuple>> {
        let path = util::fspath(p)?;
        // One slash is the root, exactly two as well, three or more are one.
        let root = |is_slash: &dyn Fn(usize) -> bool| match (is_slash(0), is_slash(1), is_slash(2))
        {
            (false, ..) => 0,
            (true, true, false) => 2,
            _ => 1,
        };
        if let Some(text) = path.downcast::<Str>() {
            let cut = root(&|i| text.units().get(i) == Some(u32::from(b'/')));
            let (head, tail) = (text.slice(0, cut), text.slice(cut, text.len()));
            return Ok(tuple::from_array([Str::empty().upcast(), head.upcast(), tail.upcast()]));
        }
        let bytes = path.downcast::<Bytes>().map_or(&[][..], Bytes::as_slice);
        let cut = root(&|i| bytes.get(i) == Some(&b'/'));
        let (head, tail) = (Bytes::new(&bytes[..cut])?, Bytes::new(&bytes[cut..])?);
        Ok(tuple::from_array([Bytes::empty().upcast(), head.upcast(), tail.upcast()]))
    }

    #[pyfunction("($module, name, value, /)")]
    fn putenv(name: util::FsBytes, value: util::FsBytes) -> PyResult<()> {
        if name.0.contains(&b'=') {
            return Err(value_error!("illegal environment variable name"));
        }
        let (name, value) = (name.with_nul(), value.with_nul());
        // SAFETY: both end with NUL; the environment changes under the GIL only.
        if unsafe { libc::setenv(name.as_ptr().cast(), value.as_ptr().cast(), 1) } != 0 {
            return Err(last_error());
        }
        Ok(())
    }

    #[pyfunction("($module, name, /)")]
    fn unsetenv(name: util::FsBytes) -> PyResult<()> {
        let name = name.with_nul();
        // SAFETY: ends with NUL; the environment changes under the GIL only.
        if unsafe { libc::unsetenv(name.as_ptr().cast()) } != 0 {
            return Err(last_error());
        }
        Ok(())
    }
}
