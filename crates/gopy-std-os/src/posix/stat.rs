//! `stat` and its relatives.

use gopy_core::structseq::StructSeq;
use gopy_core::{number, object};
use gopy_macros::pymodule;
use gopy_object::{PyResult, Ref};

use gopy_core::error::value_error;

use crate::util::{DirFd, Path, detached, float, int, new_struct, os_error};

/// `os.stat_result`.
pub(super) static STAT_RESULT: StructSeq = StructSeq {
    name: "os.stat_result",
    doc: "stat_result: Result from stat, fstat, or lstat.",
    fields: &[
        "st_mode",
        "st_ino",
        "st_dev",
        "st_nlink",
        "st_uid",
        "st_gid",
        "st_size",
        "",
        "",
        "",
        "st_atime",
        "st_mtime",
        "st_ctime",
        "st_atime_ns",
        "st_mtime_ns",
        "st_ctime_ns",
        "st_blksize",
        "st_blocks",
        "st_rdev",
    ],
    visible: 10,
};

/// `os.statvfs_result`.
pub(super) static STATVFS_RESULT: StructSeq = StructSeq {
    name: "os.statvfs_result",
    doc: "statvfs_result: Result from statvfs or fstatvfs.",
    fields: &[
        "f_bsize",
        "f_frsize",
        "f_blocks",
        "f_bfree",
        "f_bavail",
        "f_files",
        "f_ffree",
        "f_favail",
        "f_flag",
        "f_namemax",
        "f_fsid",
    ],
    visible: 10,
};

fn unsigned(value: u64) -> Ref {
    gopy_core::int::Int::from_u64(value).upcast()
}

/// Seconds and nanoseconds as one number of nanoseconds.
fn nanoseconds(seconds: i64, nanoseconds: i64) -> Ref {
    let total = i128::from(seconds) * 1_000_000_000 + i128::from(nanoseconds);
    gopy_core::int::Int::from_i128(total).upcast()
}

/// A `stat_result`.
pub(super) fn stat_result(stat: &libc::stat) -> PyResult {
    let times = [
        (stat.st_atime, stat.st_atime_nsec),
        (stat.st_mtime, stat.st_mtime_nsec),
        (stat.st_ctime, stat.st_ctime_nsec),
    ];
    let mut fields = vec![
        int(i64::from(stat.st_mode)),
        unsigned(stat.st_ino),
        unsigned(stat.st_dev),
        unsigned(stat.st_nlink),
        int(i64::from(stat.st_uid)),
        int(i64::from(stat.st_gid)),
        int(stat.st_size),
    ];
    fields.extend(times.iter().map(|(seconds, _)| int(*seconds)));
    fields.extend(times.iter().map(|(s, ns)| float(*s as f64 + 1e-9 * *ns as f64)));
    fields.extend(times.iter().map(|(s, ns)| nanoseconds(*s, *ns)));
    fields.extend([int(stat.st_blksize), int(stat.st_blocks), unsigned(stat.st_rdev)]);
    new_struct(&STAT_RESULT, fields)
}

/// `stat` of a path below a directory.
pub(super) fn stat_at(
    dir_fd: i32,
    path: crate::util::CPath<'_>,
    follow: bool,
) -> Result<libc::stat, i32> {
    // SAFETY: a zeroed `stat` is valid.
    let mut stat: libc::stat = unsafe { std::mem::zeroed() };
    let flags = if follow { 0 } else { libc::AT_SYMLINK_NOFOLLOW };
    let target = &mut stat;
    // SAFETY: the path ends with NUL; one `stat` is written.
    detached(move || i64::from(unsafe { libc::fstatat(dir_fd, path.ptr(), target, flags) }))?;
    Ok(stat)
}

fn stat_fd(fd: i32) -> Result<libc::stat, i32> {
    // SAFETY: a zeroed `stat` is valid.
    let mut stat: libc::stat = unsafe { std::mem::zeroed() };
    let target = &mut stat;
    // SAFETY: one `stat` is written.
    detached(move || i64::from(unsafe { libc::fstat(fd, target) }))?;
    Ok(stat)
}

fn statvfs_result(data: &libc::statvfs) -> PyResult {
    let numbers = [
        data.f_bsize,
        data.f_frsize,
        data.f_blocks,
        data.f_bfree,
        data.f_bavail,
        data.f_files,
        data.f_ffree,
        data.f_favail,
        data.f_flag,
        data.f_namemax,
        data.f_fsid,
    ];
    new_struct(&STATVFS_RESULT, numbers.into_iter().map(unsigned).collect())
}

/// The functions.
#[pymodule(name = "posix")]
pub mod module {
    use super::*;

    #[pyfunction("($module, /, path, *, dir_fd=None, follow_symlinks=True)")]
    fn stat(path: Path<true>, dir_fd: Option<DirFd>, follow_symlinks: bool) -> PyResult {
        let result = if path.is_fd() {
            if dir_fd.is_some() {
                return Err(value_error!("stat: can't specify dir_fd without matching path"));
            }
            if !follow_symlinks {
                return Err(value_error!("stat: cannot use fd and follow_symlinks together"));
            }
            stat_fd(path.fd)
        } else {
            stat_at(DirFd::of(dir_fd), path.c(), follow_symlinks)
        };
        stat_result(&result.map_err(|errno| path.error(errno))?)
    }

    #[pyfunction("($module, /, path, *, dir_fd=None)")]
    fn lstat(path: Path, dir_fd: Option<DirFd>) -> PyResult {
        let result = stat_at(DirFd::of(dir_fd), path.c(), false);
        stat_result(&result.map_err(|errno| path.error(errno))?)
    }

    #[pyfunction("($module, /, fd)")]
    fn fstat(fd: i32) -> PyResult {
        stat_result(&stat_fd(fd).map_err(os_error)?)
    }

    #[pyfunction("($module, /, path)")]
    fn statvfs(path: Path<true>) -> PyResult {
        // SAFETY: a zeroed `statvfs` is valid.
        let mut data: libc::statvfs = unsafe { std::mem::zeroed() };
        let (target, fd, c_path) = (&mut data, path.fd, path.c());
        let is_fd = path.is_fd();
        let result = detached(move || {
            i64::from(if is_fd {
                // SAFETY: one `statvfs` is written.
                unsafe { libc::fstatvfs(fd, target) }
            } else {
                // SAFETY: as above; the path ends with NUL.
                unsafe { libc::statvfs(c_path.ptr(), target) }
            })
        });
        result.map_err(|errno| path.error(errno))?;
        statvfs_result(&data)
    }

    #[pyfunction("($module, fd, /)")]
    fn fstatvfs(fd: i32) -> PyResult {
        // SAFETY: a zeroed `statvfs` is valid.
        let mut data: libc::statvfs = unsafe { std::mem::zeroed() };
        let target = &mut data;
        // SAFETY: one `statvfs` is written.
        detached(move || i64::from(unsafe { libc::fstatvfs(fd, target) })).map_err(os_error)?;
        statvfs_result(&data)
    }

    #[pyfunction(
        "($module, /, path, times=None, *, ns=<unrepresentable>,\n      dir_fd=None, follow_symlinks=True)"
    )]
    fn utime(
        path: Path<true>,
        times: Option<&gopy_object::Object>,
        ns: Option<&gopy_object::Object>,
        dir_fd: Option<DirFd>,
        follow_symlinks: bool,
    ) -> PyResult<()> {
        use gopy_core::error::type_error;
        use gopy_object::typeobj::Tuple;
        let now = libc::timespec { tv_sec: 0, tv_nsec: libc::UTIME_NOW };
        let mut spec = [now, now];
        if times.is_some() && ns.is_some() {
            return Err(value_error!("utime: you may specify either 'times' or 'ns' but not both"));
        }
        if let Some(times) = times {
            let Some([a, b]) = times.downcast::<Tuple>().map(Tuple::items) else {
                return Err(type_error!(
                    "utime: 'times' must be either a tuple of two ints or None"
                ));
            };
            spec = [crate::pytime::to_timespec_floor(a)?, crate::pytime::to_timespec_floor(b)?];
        } else if let Some(ns) = ns {
            let Some([a, b]) = ns.downcast::<Tuple>().map(Tuple::items) else {
                return Err(type_error!("utime: 'ns' must be a tuple of two ints"));
            };
            spec = [split_ns(a)?, split_ns(b)?];
        }
        let (fd, c_path, dir) = (path.fd, path.c(), DirFd::of(dir_fd));
        let is_fd = path.is_fd();
        let flags = if follow_symlinks { 0 } else { libc::AT_SYMLINK_NOFOLLOW };
        if is_fd && dir_fd.is_some() {
            return Err(value_error!("utime: can't specify dir_fd without matching path"));
        }
        if is_fd && !follow_symlinks {
            return Err(value_error!("utime: cannot use fd and follow_symlinks together"));
        }
        let result = detached(move || {
            i64::from(if is_fd {
                // SAFETY: reads two times.
                unsafe { libc::futimens(fd, spec.as_ptr()) }
            } else {
                // SAFETY: as above; the path ends with NUL.
                unsafe { libc::utimensat(dir, c_path.ptr(), spec.as_ptr(), flags) }
            })
        });
        result.map_err(|errno| path.error(errno))?;
        Ok(())
    }

    #[inline]
    fn split_ns(value: &gopy_object::Object) -> PyResult<libc::timespec> {
        let value = number::index(value)?;
        let billion = gopy_core::int::Int::from_i64(1_000_000_000);
        let seconds = number::floor_divide(&value, &billion)?;
        let rest = number::remainder(&value, &billion)?;
        let _ = object::is_true(&rest)?;
        Ok(libc::timespec {
            tv_sec: number::index_as_c_long(&seconds)?,
            tv_nsec: number::index_as_c_long(&rest)?,
        })
    }
}
