//! `syslog`.
//!
//! Answers to `Modules/syslogmodule.c`.

use std::cell::RefCell;

use gopy_core::argument::{FromArg, Place};
use gopy_core::error::type_error;
use gopy_core::list::List;
use gopy_core::str::Str;
use gopy_core::{hooks, import, none, number, object};
use gopy_macros::pymodule;
use gopy_object::{Arg, Object, PyResult, gil};

use crate::header_constants;
use crate::util::{CText, add_constants, int, key, os_str, state};

/// The identification that the C library keeps a pointer to, while the log is open.
#[derive(Default)]
struct Open(RefCell<Option<Vec<u8>>>);

/// The last part of `sys.argv[0]`, where there is one.
fn program_name() -> PyResult<Option<Vec<u8>>> {
    let sys = import::import("sys")?;
    let Some(argv) = object::get_attr_opt(&sys, &key("argv"))? else { return Ok(None) };
    let first = argv.downcast::<List>().and_then(|argv| argv.get(0));
    let Some(first) = first else { return Ok(None) };
    let Some(text) = first.downcast::<Str>() else { return Ok(None) };
    let bytes = text.to_os()?;
    let name = bytes.rsplit(|b| *b == b'/').next().unwrap_or(&[]);
    Ok((!name.is_empty()).then(|| name.to_vec()))
}

fn open(ident: Option<Vec<u8>>, options: i32, facility: i32) -> PyResult<()> {
    let ident = match ident {
        Some(ident) => Some(ident),
        None => program_name()?,
    };
    let shown = ident.as_deref().map_or_else(none::none, os_str);
    (hooks::get().audit)("syslog.openlog", &[&shown, &int(options.into()), &int(facility.into())])?;
    let ident = ident.map(|mut ident| {
        ident.push(0);
        ident
    });
    let pointer = ident.as_ref().map_or(std::ptr::null(), Vec::as_ptr);
    // SAFETY: a C string that lives until the log is opened anew or closed.
    unsafe { libc::openlog(pointer.cast(), options, facility) };
    *state::<Open>().0.borrow_mut() = Some(ident.unwrap_or_default());
    Ok(())
}

/// `syslog`.
#[pymodule(name = "syslog")]
pub mod syslog_module {
    use super::*;

    #[pyfunction("($module, /, ident=<unrepresentable>, logoption=0,\n        facility=LOG_USER)")]
    fn openlog(ident: Option<&Object>, logoption: i32, facility: Option<i32>) -> PyResult<()> {
        let ident = match ident {
            None => None,
            Some(ident) => {
                let Some(text) = ident.downcast::<Str>() else {
                    return Err(Place::named("openlog", "ident").bad_argument("str", ident));
                };
                Some(text.to_utf8()?.as_bytes().to_vec())
            }
        };
        open(ident, logoption, facility.unwrap_or(libc::LOG_USER))
    }

    #[pyfunction("($module, *args)", hide_signature, style = parsetuple)]
    fn syslog(args: &[Arg<'_>]) -> PyResult<()> {
        let (priority, message, position) = match args {
            [message] => (libc::LOG_INFO, message.object(), 1),
            [priority, message] => {
                (number::index_as_c_int(priority.object())?, message.object(), 2)
            }
            _ => return Err(type_error!("syslog.syslog requires 1 to 2 arguments")),
        };
        let text = CText::from_arg(message, &Place::at("syslog", position))?;
        (hooks::get().audit)("syslog.syslog", &[&int(priority.into()), message])?;
        if state::<Open>().0.borrow().is_none() {
            open(None, 0, libc::LOG_USER)?;
        }
        let text = &text;
        gil::detach(move || {
            // SAFETY: C strings.
            unsafe { libc::syslog(priority, c"%s".as_ptr(), text.ptr()) }
        });
        Ok(())
    }

    #[pyfunction("($module, /)")]
    fn closelog() -> PyResult<()> {
        (hooks::get().audit)("syslog.closelog", &[])?;
        let open = state::<Open>();
        if open.0.borrow().is_some() {
            // SAFETY: takes nothing; what the library pointed to goes after it.
            unsafe { libc::closelog() };
            *open.0.borrow_mut() = None;
        }
        Ok(())
    }

    #[pyfunction("($module, maskpri, /)")]
    fn setlogmask(maskpri: i32) -> PyResult<i32> {
        (hooks::get().audit)("syslog.setlogmask", &[&int(maskpri.into())])?;
        // SAFETY: takes a plain number.
        Ok(unsafe { libc::setlogmask(maskpri) })
    }

    #[pyfunction("($module, pri, /)", name = "LOG_MASK")]
    fn log_mask(pri: i32) -> i32 {
        1i32.wrapping_shl(pri as u32)
    }

    #[pyfunction("($module, pri, /)", name = "LOG_UPTO")]
    fn log_upto(pri: i32) -> i32 {
        1i32.wrapping_shl(pri.wrapping_add(1) as u32).wrapping_sub(1)
    }

    #[pyexec]
    fn exec(module: &Object) -> PyResult<()> {
        add_constants(module, header_constants::SYSLOG)
    }
}
