//! `fcntl`.
//!
//! Answers to `Modules/fcntlmodule.c`.

use gopy_core::argument::{FromArg, Place};
use gopy_core::bytes::Bytes;
use gopy_core::error::{overflow_error, type_error, value_error};
use gopy_core::int::Int;
use gopy_core::str::Str;
use gopy_core::{buffer, hooks, number};
use gopy_macros::pymodule;
use gopy_object::buffer::BufferRequest;
use gopy_object::{Object, PyResult, Ref};

use crate::util::{Fileno, add_constants, int, retrying};

/// The longest argument that is passed as a copy.
const LONGEST: usize = 1024;

/// The code of an `ioctl`, as a C `unsigned long` without looking at overflow.
struct Request(u64);

impl FromArg<'_> for Request {
    fn from_arg(arg: &Object, place: &Place<'_>) -> PyResult<Self> {
        match arg.downcast::<Int>() {
            Some(value) => Ok(Request(value.to_u64_wrapping())),
            None => Err(place.bad_argument("int", arg)),
        }
    }
}

/// The third argument: a number, or bytes that are passed as a copy.
enum Argument {
    Number(u32),
    Copy(Vec<u8>),
}

fn is_bytes_like(arg: &Object) -> bool {
    arg.downcast::<Str>().is_some() || buffer::has_buffer(arg)
}

fn argument(function: &str, arg: Option<&Object>) -> PyResult<Argument> {
    let Some(arg) = arg else { return Ok(Argument::Number(0)) };
    if is_bytes_like(arg) {
        let copy = match arg.downcast::<Str>() {
            Some(text) => text.to_utf8()?.as_bytes().to_vec(),
            None => buffer::as_slice(&buffer::bytes_like(arg)?).to_vec(),
        };
        if copy.len() > LONGEST {
            return Err(value_error!("{function} argument 3 is too long"));
        }
        return Ok(Argument::Copy(copy));
    }
    if !number::is_index(arg) {
        return Err(type_error!(
            "{function}() argument 3 must be an integer, a bytes-like object, or a string, not {}",
            arg.type_name()
        ));
    }
    Ok(Argument::Number(number::index(arg)?.to_u64_wrapping() as u32))
}

/// Runs a call on a copy of the argument, with room behind it; the copy as it is then.
fn on_copy(copy: &[u8], call: impl Fn(usize) -> i32 + Send + Sync) -> PyResult<Ref<Bytes>> {
    // A call that writes more than it was given room for must not touch anything else.
    let mut room = [0u8; LONGEST + 64];
    room[..copy.len()].copy_from_slice(copy);
    let address = room.as_mut_ptr().expose_provenance();
    retrying(|| call(address) as isize)?;
    Bytes::new(&room[..copy.len()])
}

fn audit(event: &str, fd: i32, code: &Ref, arg: Option<&Object>) -> PyResult<()> {
    let zero = int(0);
    (hooks::get().audit)(event, &[&int(fd.into()), code, arg.unwrap_or(&zero)])
}

/// A file offset of `lockf`, 0 where there is none.
fn offset(arg: Option<&Object>) -> PyResult<i64> {
    arg.map_or(Ok(0), number::index_as_c_long)
}

const CONSTANTS: &[(&str, i64)] = &[
    ("LOCK_SH", 1),
    ("LOCK_EX", 2),
    ("LOCK_NB", 4),
    ("LOCK_UN", 8),
    ("LOCK_MAND", 32),
    ("LOCK_READ", 64),
    ("LOCK_WRITE", 128),
    ("LOCK_RW", 192),
    ("F_DUPFD", 0),
    ("F_DUPFD_CLOEXEC", 1030),
    ("F_GETFD", 1),
    ("F_SETFD", 2),
    ("F_GETFL", 3),
    ("F_SETFL", 4),
    ("F_GETLK", 5),
    ("F_SETLK", 6),
    ("F_SETLKW", 7),
    ("F_OFD_GETLK", 36),
    ("F_OFD_SETLK", 37),
    ("F_OFD_SETLKW", 38),
    ("F_GETOWN", 9),
    ("F_SETOWN", 8),
    ("F_GETSIG", 11),
    ("F_SETSIG", 10),
    ("F_RDLCK", 0),
    ("F_WRLCK", 1),
    ("F_UNLCK", 2),
    ("F_GETLK64", 5),
    ("F_SETLK64", 6),
    ("F_SETLKW64", 7),
    ("FASYNC", 8192),
    ("F_SETLEASE", 1024),
    ("F_GETLEASE", 1025),
    ("F_NOTIFY", 1026),
    ("F_DUPFD_QUERY", 1027),
    ("F_EXLCK", 4),
    ("F_SHLCK", 8),
    ("F_SETPIPE_SZ", 1031),
    ("F_GETPIPE_SZ", 1032),
    ("FICLONE", 1_074_041_865),
    ("FICLONERANGE", 1_075_876_877),
    ("F_GETOWN_EX", 16),
    ("F_SETOWN_EX", 15),
    ("F_OWNER_TID", 0),
    ("F_OWNER_PID", 1),
    ("F_OWNER_PGRP", 2),
    ("F_GET_RW_HINT", 1035),
    ("F_SET_RW_HINT", 1036),
    ("F_GET_FILE_RW_HINT", 1037),
    ("F_SET_FILE_RW_HINT", 1038),
    ("RWH_WRITE_LIFE_NOT_SET", 0),
    ("RWH_WRITE_LIFE_NONE", 1),
    ("RWH_WRITE_LIFE_SHORT", 2),
    ("RWH_WRITE_LIFE_MEDIUM", 3),
    ("RWH_WRITE_LIFE_LONG", 4),
    ("RWH_WRITE_LIFE_EXTREME", 5),
    ("FD_CLOEXEC", 1),
    ("DN_ACCESS", 1),
    ("DN_MODIFY", 2),
    ("DN_CREATE", 4),
    ("DN_DELETE", 8),
    ("DN_RENAME", 16),
    ("DN_ATTRIB", 32),
    ("DN_MULTISHOT", 2_147_483_648),
    ("F_ADD_SEALS", 1033),
    ("F_GET_SEALS", 1034),
    ("F_SEAL_SEAL", 1),
    ("F_SEAL_SHRINK", 2),
    ("F_SEAL_GROW", 4),
    ("F_SEAL_WRITE", 8),
    ("F_SEAL_FUTURE_WRITE", 16),
];

/// `fcntl`.
#[pymodule(name = "fcntl")]
pub mod fcntl_module {
    use super::*;

    #[pyfunction("($module, fd, cmd, arg=0, /)")]
    fn fcntl(fd: Fileno, cmd: i32, arg: Option<&Object>) -> PyResult {
        audit("fcntl.fcntl", fd.0, &int(cmd.into()), arg)?;
        match argument("fcntl", arg)? {
            Argument::Copy(copy) => {
                // SAFETY: room for what commands write, on the caller's stack.
                let call = |room: usize| unsafe { libc::fcntl(fd.0, cmd, room) };
                on_copy(&copy, call).map(Ref::upcast)
            }
            Argument::Number(number) => {
                // SAFETY: commands that take a pointer answer EFAULT for a number.
                let result = retrying(|| unsafe { libc::fcntl(fd.0, cmd, number) } as isize)?;
                Ok(int(result))
            }
        }
    }

    #[pyfunction("($module, fd, request, arg=0, mutate_flag=True, /)")]
    fn ioctl(fd: Fileno, request: Request, arg: Option<&Object>, mutate_flag: bool) -> PyResult {
        let code = Int::from_u64(request.0).upcast();
        audit("fcntl.ioctl", fd.0, &code, arg)?;
        let request = request.0 as libc::Ioctl;
        if mutate_flag
            && let Some(arg) = arg.filter(|arg| buffer::has_buffer(arg))
            && let Ok(target) = buffer::get(arg, BufferRequest::WRITABLE)
        {
            // Short buffers are padded, so that a call that writes more does no harm.
            let (address, len) = (target.data.expose_provenance(), target.len);
            if len > LONGEST {
                // SAFETY: the export is pinned while `target` lives.
                let result = retrying(|| unsafe { libc::ioctl(fd.0, request, address) } as isize)?;
                return Ok(int(result));
            }
            let mut room = [0u8; LONGEST + 64];
            room[..len].copy_from_slice(buffer::as_slice(&target));
            let place = room.as_mut_ptr().expose_provenance();
            // SAFETY: room for what requests write, on this stack.
            let result = retrying(|| unsafe { libc::ioctl(fd.0, request, place) } as isize)?;
            // SAFETY: a writable export of so many bytes, pinned while `target` lives.
            unsafe { std::ptr::copy_nonoverlapping(room.as_ptr(), target.data, len) };
            return Ok(int(result));
        }
        match argument("ioctl", arg)? {
            Argument::Copy(copy) => {
                // SAFETY: room for what requests write, on the caller's stack.
                let call = |room: usize| unsafe { libc::ioctl(fd.0, request, room) };
                on_copy(&copy, call).map(Ref::upcast)
            }
            Argument::Number(number) => {
                // SAFETY: requests that take a pointer answer EFAULT for a number.
                let result = retrying(|| unsafe { libc::ioctl(fd.0, request, number) } as isize)?;
                Ok(int(result))
            }
        }
    }

    #[pyfunction("($module, fd, operation, /)")]
    fn flock(fd: Fileno, operation: i32) -> PyResult<()> {
        (hooks::get().audit)("fcntl.flock", &[&int(fd.0.into()), &int(operation.into())])?;
        // SAFETY: takes numbers.
        retrying(|| unsafe { libc::flock(fd.0, operation) } as isize).map(drop)
    }

    #[pyfunction("($module, fd, cmd, len=0, start=0, whence=0, /)")]
    fn lockf(
        fd: Fileno,
        cmd: i32,
        len: Option<&Object>,
        start: Option<&Object>,
        whence: i32,
    ) -> PyResult<()> {
        let zero = int(0);
        (hooks::get().audit)(
            "fcntl.lockf",
            &[
                &int(fd.0.into()),
                &int(cmd.into()),
                len.unwrap_or(&zero),
                start.unwrap_or(&zero),
                &int(whence.into()),
            ],
        )?;
        let kind = if cmd == libc::LOCK_UN {
            libc::F_UNLCK
        } else if cmd & libc::LOCK_SH != 0 {
            libc::F_RDLCK
        } else if cmd & libc::LOCK_EX != 0 {
            libc::F_WRLCK
        } else {
            return Err(value_error!("unrecognized lockf argument"));
        };
        let Ok(whence) = i16::try_from(whence) else {
            return Err(overflow_error!("whence is out of range"));
        };
        let lock = libc::flock {
            l_type: kind as i16,
            l_whence: whence,
            l_start: offset(start)?,
            l_len: offset(len)?,
            l_pid: 0,
        };
        let command = if cmd & libc::LOCK_NB != 0 { libc::F_SETLK } else { libc::F_SETLKW };
        // SAFETY: the description of the lock is on this stack.
        retrying(|| unsafe { libc::fcntl(fd.0, command, &raw const lock) } as isize).map(drop)
    }

    #[pyexec]
    fn exec(module: &Object) -> PyResult<()> {
        add_constants(module, CONSTANTS)
    }
}
