//! `_socket`.
//!
//! Answers to `Modules/socketmodule.c`: addresses, names, messages and the type by file.

mod address;
mod constants;
mod messages;
mod names;
mod object;

use std::cell::Cell;

use gopy_core::error::overflow_error;
use gopy_core::{builtin, capsule, exceptions, module, tuple};
use gopy_macros::pymodule;
use gopy_object::native::ModuleDef;
use gopy_object::typeobj::Tuple;
use gopy_object::{Instance, Object, PyResult, Ref};

use crate::pytime;
use crate::util::{add_constants, key, last_error, state};

/// `_socket`.
pub static MODULE: ModuleDef =
    ModuleDef { name: "_socket", doc: None, methods: names::module::METHODS, exec: Some(exec) };

/// `socket.getdefaulttimeout()` in nanoseconds, negative for none.
struct DefaultTimeout(Cell<i64>);

impl Default for DefaultTimeout {
    fn default() -> Self {
        DefaultTimeout(Cell::new(-pytime::NANOS))
    }
}

/// The functions that are about sockets.
#[pymodule(name = "_socket")]
mod functions {
    use super::*;

    #[pyfunction("($module, object, /)")]
    fn close(object: &Object) -> PyResult<()> {
        super::object::close(object)
    }

    #[pyfunction("($module, object, /)")]
    fn dup(object: &Object) -> PyResult<i32> {
        let fd = super::object::descriptor(object)?;
        // SAFETY: takes plain numbers.
        match unsafe { libc::fcntl(fd, libc::F_DUPFD_CLOEXEC, 0) } {
            -1 => Err(last_error()),
            fd => Ok(fd),
        }
    }

    #[pyfunction("($module, family=1, type=1, proto=0, /)", style = parsetuple)]
    fn socketpair(family: i32, r#type: i32, proto: i32) -> PyResult<Ref<Tuple>> {
        let mut fds = [0; 2];
        // SAFETY: writes two numbers.
        let result = unsafe {
            libc::socketpair(family, r#type | libc::SOCK_CLOEXEC, proto, fds.as_mut_ptr())
        };
        if result < 0 {
            return Err(last_error());
        }
        let make = |fd| object::Socket::with_fd(&object::SOCKET, fd, family, r#type, proto);
        let (first, second) = (make(fds[0]), make(fds[1]));
        Ok(tuple::from_array([first?.upcast(), second?.upcast()]))
    }

    #[pyfunction("($self, /)")]
    fn getdefaulttimeout() -> Ref {
        object::show_timeout(state::<DefaultTimeout>().0.get())
    }

    #[pyfunction("($self, object, /)")]
    fn setdefaulttimeout(object: &Object) -> PyResult<()> {
        let timeout = super::object::parse_timeout(object)?;
        state::<DefaultTimeout>().0.set(timeout);
        Ok(())
    }

    #[pyfunction("($module, length, /)", style = parsetuple, name = "CMSG_LEN")]
    fn cmsg_len(length: isize) -> PyResult<usize> {
        usize::try_from(length)
            .ok()
            .and_then(messages::cmsg_len)
            .ok_or_else(|| overflow_error!("CMSG_LEN() argument out of range"))
    }

    #[pyfunction("($module, length, /)", style = parsetuple, name = "CMSG_SPACE")]
    fn cmsg_space(length: isize) -> PyResult<usize> {
        usize::try_from(length)
            .ok()
            .and_then(messages::cmsg_space)
            .ok_or_else(|| overflow_error!("CMSG_SPACE() argument out of range"))
    }
}

fn exec(module: &Object) -> PyResult<()> {
    for method in functions::METHODS {
        let receiver = Some(module.to_ref());
        let function =
            builtin::BuiltinFunction::new(method, receiver, Some(key("_socket").upcast()))?;
        module::add(module, method.name, function)?;
    }
    let (herror, gaierror) = names::Errors::make()?;
    module::add(module, "herror", herror)?;
    module::add(module, "gaierror", gaierror)?;
    module::add(module, "error", exceptions::OS_ERROR.to_ref())?;
    module::add(module, "timeout", exceptions::TIMEOUT_ERROR.to_ref())?;
    module::add_type(module, &object::SOCKET)?;
    module::add(module, "SocketType", object::SOCKET.to_ref())?;
    module::add(module, "has_ipv6", true)?;
    module::add(module, "CAPI", capsule::new("_socket.CAPI")?)?;
    add_constants(module, constants::SOCKET)?;
    module::add(module, "BDADDR_ANY", "00:00:00:00:00:00")?;
    module::add(module, "BDADDR_LOCAL", "00:00:00:FF:FF:FF")
}
