//! The machine: names, limits, random bytes, terminals, times.

use gopy_core::bytes::Bytes;
use gopy_core::error::{type_error, value_error};
use gopy_core::int::Int;
use gopy_core::str::Str;
use gopy_core::structseq::StructSeq;
use gopy_core::{none, number, tuple};
use gopy_macros::pymodule;
use gopy_object::typeobj::Tuple;
use gopy_object::{Object, PyResult, Ref, lock};

use crate::constants::{CONFSTR_NAMES, PATHCONF_NAMES, SYSCONF_NAMES};
use crate::util::{self, float, int, last_error, os_error, os_str, retrying};

/// `os.terminal_size`.
pub(super) static TERMINAL_SIZE: StructSeq = StructSeq {
    name: "os.terminal_size",
    doc: "A tuple of (columns, lines) for holding terminal window size",
    fields: &["columns", "lines"],
    visible: 2,
};

/// `posix.times_result`.
pub(super) static TIMES_RESULT: StructSeq = StructSeq {
    name: "posix.times_result",
    doc: "times_result: Result from os.times().",
    fields: &["user", "system", "children_user", "children_system", "elapsed"],
    visible: 5,
};

/// `posix.uname_result`.
pub(super) static UNAME_RESULT: StructSeq = StructSeq {
    name: "posix.uname_result",
    doc: "uname_result: Result from os.uname().",
    fields: &["sysname", "nodename", "release", "version", "machine"],
    visible: 5,
};

/// The number of a configuration name: an integer, or one of `table`'s names.
pub(super) fn config_name(name: &Object, table: &[(&str, i64)]) -> PyResult<i32> {
    if let Some(text) = name.downcast::<Str>() {
        let found = table.iter().find(|(known, _)| text.eq_str(known));
        return match found {
            Some((_, value)) => Ok(*value as i32),
            None => Err(value_error!("unrecognized configuration name")),
        };
    }
    if name.downcast::<Int>().is_none() {
        return Err(type_error!("configuration names must be strings or integers"));
    }
    number::index_as_c_int(name)
}

/// Fills with random bytes. May run Python (signal handlers).
fn random(size: isize, flags: u32, until_full: bool) -> PyResult<Ref<Bytes>> {
    let mut data = util::zeroed(size as usize)?;
    let mut filled = 0;
    while filled < data.len() {
        let target = &mut data[filled..];
        // SAFETY: writes within the slice.
        let count = retrying(|| unsafe {
            libc::getrandom(target.as_mut_ptr().cast(), target.len(), flags)
        })?;
        filled += count as usize;
        if !until_full {
            break;
        }
    }
    Bytes::new(&data[..filled])
}

/// The functions.
#[pymodule(name = "posix")]
pub mod module {
    use super::*;

    #[pyfunction("($module, code, /)")]
    fn strerror(code: i32) -> Ref {
        let mut text = [0u8; 256];
        // SAFETY: writes within the array.
        unsafe { libc::strerror_r(code, text.as_mut_ptr().cast(), text.len()) };
        let end = text.iter().position(|b| *b == 0).unwrap_or(text.len());
        os_str(&text[..end])
    }

    #[pyfunction("($module, size, /)")]
    fn urandom(size: isize) -> PyResult<Ref<Bytes>> {
        if size < 0 {
            return Err(value_error!("negative argument not allowed"));
        }
        random(size, 0, true)
    }

    #[pyfunction("($module, /, size, flags=0)")]
    fn getrandom(size: isize, flags: i32) -> PyResult<Ref<Bytes>> {
        if size < 0 {
            return Err(os_error(libc::EINVAL));
        }
        random(size, flags as u32, false)
    }

    #[pyfunction("($module, /)")]
    fn cpu_count() -> PyResult {
        // SAFETY: takes a plain number.
        match unsafe { libc::sysconf(libc::_SC_NPROCESSORS_ONLN) } {
            count if count >= 1 => Ok(int(count)),
            _ => Ok(none::none()),
        }
    }

    #[pyfunction("($module, /)")]
    fn uname() -> PyResult {
        // SAFETY: a zeroed `utsname` is valid.
        let mut names: libc::utsname = unsafe { std::mem::zeroed() };
        // SAFETY: writes one `utsname`.
        if unsafe { libc::uname(&mut names) } < 0 {
            return Err(last_error());
        }
        let fields =
            [&names.sysname, &names.nodename, &names.release, &names.version, &names.machine];
        // SAFETY: every field is a C string.
        let text = |field: &[libc::c_char; 65]| os_str(&unsafe { util::c_bytes(field.as_ptr()) });
        util::new_struct(&UNAME_RESULT, fields.into_iter().map(text).collect())
    }

    #[pyfunction("($module, /)")]
    fn times() -> PyResult {
        // SAFETY: a zeroed `tms` is valid.
        let mut data: libc::tms = unsafe { std::mem::zeroed() };
        // SAFETY: writes one `tms`.
        let elapsed = unsafe { libc::times(&mut data) };
        // SAFETY: takes a plain number.
        let ticks = unsafe { libc::sysconf(libc::_SC_CLK_TCK) } as f64;
        let counts = [data.tms_utime, data.tms_stime, data.tms_cutime, data.tms_cstime, elapsed];
        let fields = counts.into_iter().map(|count| float(count as f64 / ticks)).collect();
        util::new_struct(&TIMES_RESULT, fields)
    }

    #[pyfunction("($module, fd=<unrepresentable>, /)")]
    fn get_terminal_size(fd: Option<i32>) -> PyResult {
        // SAFETY: a zeroed `winsize` is valid.
        let mut size: libc::winsize = unsafe { std::mem::zeroed() };
        // SAFETY: writes one `winsize`.
        if unsafe { libc::ioctl(fd.unwrap_or(1), libc::TIOCGWINSZ, &raw mut size) } != 0 {
            return Err(last_error());
        }
        let fields = vec![int(i64::from(size.ws_col)), int(i64::from(size.ws_row))];
        util::new_struct(&TERMINAL_SIZE, fields)
    }

    #[pyfunction("($module, /)")]
    fn getloadavg() -> PyResult<Ref<Tuple>> {
        let mut loads = [0.0; 3];
        // SAFETY: writes three numbers.
        if unsafe { libc::getloadavg(loads.as_mut_ptr(), 3) } != 3 {
            return Err(gopy_core::error::os_error_text!("Load averages are unobtainable"));
        }
        Ok(tuple::from_array(loads.map(float)))
    }

    #[pyfunction("($module, name, /)")]
    fn sysconf(name: &Object) -> PyResult<i64> {
        let name = config_name(name, SYSCONF_NAMES)?;
        // SAFETY: `errno` tells apart "no limit" from a failure.
        unsafe { *libc::__errno_location() = 0 };
        // SAFETY: takes a plain number.
        let value = unsafe { libc::sysconf(name) };
        match lock::errno() {
            errno if value == -1 && errno != 0 => Err(os_error(errno)),
            _ => Ok(value),
        }
    }

    #[pyfunction("($module, name, /)")]
    fn confstr(name: &Object) -> PyResult {
        let name = config_name(name, CONFSTR_NAMES)?;
        let mut text = vec![0u8; 256];
        loop {
            // SAFETY: `errno` tells apart "no value" from a failure.
            unsafe { *libc::__errno_location() = 0 };
            // SAFETY: writes within the vector.
            let length = unsafe { libc::confstr(name, text.as_mut_ptr().cast(), text.len()) };
            match (length, lock::errno()) {
                (0, 0) => return Ok(none::none()),
                (0, errno) => return Err(os_error(errno)),
                (length, _) if length <= text.len() => return Ok(os_str(&text[..length - 1])),
                (length, _) => text.resize(length, 0),
            }
        }
    }

    #[pyfunction("($module, fd, name, /)")]
    fn fpathconf(fd: util::Fileno, name: &Object) -> PyResult<i64> {
        let name = config_name(name, PATHCONF_NAMES)?;
        // SAFETY: `errno` tells apart "no limit" from a failure.
        unsafe { *libc::__errno_location() = 0 };
        // SAFETY: takes plain numbers.
        let value = unsafe { libc::fpathconf(fd.0, name) };
        match lock::errno() {
            errno if value == -1 && errno != 0 => Err(os_error(errno)),
            _ => Ok(value),
        }
    }

    #[pyfunction("($module, /)")]
    fn ctermid() -> Ref {
        os_str(b"/dev/tty")
    }

    #[pyfunction("($module, /)")]
    fn _is_inputhook_installed() -> bool {
        false
    }
}
