//! The type `_socket.socket`.
//!
//! Answers to `sock_call_ex` and the methods of `Modules/socketmodule.c`.

use std::cell::Cell;
use std::time::Instant;

use gopy_core::argument::{ArgSpec, Bound, FromArg, Place, Style};
use gopy_core::bytes::Bytes;
use gopy_core::error::{os_error_text, raise_format, type_error, value_error};
use gopy_core::{buffer, exceptions, hooks, none, number, object, tuple, warnings};
use gopy_macros::{pyclass, pymethods, pyslots};
use gopy_object::typeobj::Tuple;
use gopy_object::{
    Arg, Args, Exception, Instance, Object, PyResult, Ref, Type, gc, gil, lock, memory, signals,
};

use super::{DefaultTimeout, address, messages};
use crate::pytime::{self, Round};
use crate::util::{ReadBuf, WriteBuf, float, int, last_error, os_error, state, zeroed};

/// What a socket is made of.
struct Fields {
    /// The descriptor, or -1.
    fd: Cell<i32>,
    family: Cell<i32>,
    kind: Cell<i32>,
    protocol: Cell<i32>,
    /// Nanoseconds to wait: negative for ever, 0 not at all.
    timeout: Cell<i64>,
}

gopy_object::leaf_traverse!(Fields);

/// A `_socket.socket`.
#[pyclass(name = "_socket.socket", static = SOCKET, basicsize = 56,
    flags(BASETYPE, HAVE_GC))]
#[repr(C)]
pub struct Socket {
    object: Object,
    fields: Fields,
}

/// How a call on a socket ended.
enum Outcome {
    Done(isize),
    Failed(i32),
    TimedOut,
}

/// Waits until a descriptor is ready; whether the time ran out, or the error number.
fn wait_ready(fd: i32, writing: bool, connecting: bool, interval: i64) -> Result<bool, i32> {
    if fd < 0 {
        return Ok(false);
    }
    let mut events = if writing { libc::POLLOUT } else { libc::POLLIN };
    if connecting {
        // What tells that connecting has failed.
        events |= libc::POLLERR;
    }
    let milliseconds = if interval < 0 {
        -1
    } else {
        i32::try_from(pytime::divide(interval, 1_000_000, Round::Ceiling)).unwrap_or(i32::MAX)
    };
    let mut descriptor = libc::pollfd { fd, events, revents: 0 };
    let (result, errno) = gil::detach(|| {
        // SAFETY: one descriptor on this stack.
        let result = unsafe { libc::poll(&mut descriptor, 1, milliseconds) };
        (result, lock::errno())
    });
    match result {
        0 => Ok(true),
        result if result < 0 => Err(errno),
        _ => Ok(false),
    }
}

/// A time-out as an argument: nanoseconds, -1 s for `None`. May run Python.
pub(super) fn parse_timeout(o: &Object) -> PyResult<i64> {
    if none::is_none(o) {
        return Ok(-pytime::NANOS);
    }
    let timeout = pytime::from_seconds(o, Round::Up)?;
    if timeout < 0 {
        return Err(value_error!("Timeout value out of range"));
    }
    Ok(timeout)
}

/// A time-out as Python sees it.
pub(super) fn show_timeout(nanos: i64) -> Ref {
    if nanos < 0 { none::none() } else { float(pytime::as_seconds(nanos)) }
}

#[cold]
fn timed_out() -> Exception {
    raise_format(&exceptions::TIMEOUT_ERROR, format_args!("timed out"))
}

impl Socket {
    /// A socket of an open descriptor, which it owns.
    pub(super) fn with_fd(
        ty: &Type,
        fd: i32,
        family: i32,
        kind: i32,
        protocol: i32,
    ) -> PyResult<Ref<Socket>> {
        let socket = Socket::alloc(ty)?;
        socket.set_up(fd, family, kind, protocol)?;
        Ok(socket)
    }

    fn alloc(ty: &Type) -> PyResult<Ref<Socket>> {
        let fields = Fields {
            fd: Cell::new(-1),
            family: Cell::new(0),
            kind: Cell::new(0),
            protocol: Cell::new(0),
            timeout: Cell::new(-pytime::NANOS),
        };
        Ok(gc::tracked(memory::alloc(ty, Socket { object: Object::header(ty), fields })?))
    }

    fn set_up(&self, fd: i32, family: i32, kind: i32, protocol: i32) -> PyResult<()> {
        self.fields.fd.set(fd);
        self.fields.family.set(family);
        self.fields.kind.set(kind & !(libc::SOCK_NONBLOCK | libc::SOCK_CLOEXEC));
        self.fields.protocol.set(protocol);
        if kind & libc::SOCK_NONBLOCK != 0 {
            self.fields.timeout.set(0);
            return Ok(());
        }
        let timeout = state::<DefaultTimeout>().0.get();
        self.fields.timeout.set(timeout);
        if timeout >= 0 { self.set_blocking_mode(false) } else { Ok(()) }
    }

    /// The descriptor, or -1.
    pub(super) fn fd(&self) -> i32 {
        self.fields.fd.get()
    }

    /// The address family.
    pub(super) fn af(&self) -> i32 {
        self.fields.family.get()
    }

    /// The protocol.
    pub(super) fn protocol(&self) -> i32 {
        self.fields.protocol.get()
    }

    fn set_blocking_mode(&self, blocking: bool) -> PyResult<()> {
        let nonblocking = i32::from(!blocking);
        // SAFETY: reads one number.
        if unsafe { libc::ioctl(self.fd(), libc::FIONBIO, &raw const nonblocking) } < 0 {
            return Err(last_error());
        }
        Ok(())
    }

    /// Runs a call, waiting for the descriptor where there is a time-out (`sock_call_ex`). The call
    /// answers a negative number with `errno` set when it fails. May run Python.
    fn run(
        &self,
        writing: bool,
        connecting: bool,
        timeout: i64,
        mut call: impl FnMut(i32) -> isize + Send,
    ) -> PyResult<Outcome> {
        let deadline = if timeout > 0 { pytime::deadline(timeout) } else { None };
        loop {
            if timeout > 0 || connecting {
                let interval = match deadline {
                    Some(deadline) => {
                        let left = deadline.checked_duration_since(Instant::now());
                        let left = left
                            .map_or(-1, |left| i64::try_from(left.as_nanos()).unwrap_or(i64::MAX));
                        if left < 0 {
                            return Ok(Outcome::TimedOut);
                        }
                        left
                    }
                    None => timeout,
                };
                match wait_ready(self.fd(), writing, connecting, interval) {
                    Ok(true) => return Ok(Outcome::TimedOut),
                    Ok(false) => {}
                    Err(errno) if signals::interrupted(errno)? => continue,
                    Err(errno) => return Ok(Outcome::Failed(errno)),
                }
            }
            let errno = loop {
                let fd = self.fd();
                let result = gil::detach(|| {
                    let result = call(fd);
                    if result < 0 { Err(lock::errno()) } else { Ok(result) }
                });
                match result {
                    Ok(result) => return Ok(Outcome::Done(result)),
                    Err(errno) if signals::interrupted(errno)? => {}
                    Err(errno) => break errno,
                }
            };
            // Somebody else may have taken what made the descriptor ready.
            if self.fields.timeout.get() > 0 && errno == libc::EWOULDBLOCK {
                continue;
            }
            return Ok(Outcome::Failed(errno));
        }
    }

    /// As `run` with the socket's own time-out; failures raise.
    pub(super) fn call(
        &self,
        writing: bool,
        call: impl FnMut(i32) -> isize + Send,
    ) -> PyResult<isize> {
        self.call_within(writing, self.fields.timeout.get(), call)
    }

    fn call_within(
        &self,
        writing: bool,
        timeout: i64,
        call: impl FnMut(i32) -> isize + Send,
    ) -> PyResult<isize> {
        match self.run(writing, false, timeout, call)? {
            Outcome::Done(result) => Ok(result),
            Outcome::Failed(errno) => Err(os_error(errno)),
            Outcome::TimedOut => Err(timed_out()),
        }
    }

    fn receive(&self, target: &mut [u8], flags: i32) -> PyResult<usize> {
        if target.is_empty() {
            return Ok(0);
        }
        let result = self.call(false, |fd| {
            // SAFETY: writes within the slice.
            unsafe { libc::recv(fd, target.as_mut_ptr().cast(), target.len(), flags) }
        })?;
        Ok(result as usize)
    }

    fn receive_from(&self, target: &mut [u8], flags: i32) -> PyResult<(usize, Ref)> {
        let room = address::room(self.af(), self.protocol())?;
        let mut found = room;
        let result = self.call(false, |fd| {
            found = room;
            // SAFETY: writes within the slice, and an address no longer than its length says.
            unsafe {
                let (len, from) = (&raw mut found.len, found.mut_ptr());
                libc::recvfrom(fd, target.as_mut_ptr().cast(), target.len(), flags, from, len)
            }
        })?;
        found.len = found.len.min(128);
        Ok((result as usize, address::make(self.fd(), &found, self.protocol())?))
    }

    fn send_bytes(&self, data: &[u8], flags: i32, timeout: i64) -> PyResult<usize> {
        let result = self.call_within(true, timeout, |fd| {
            // SAFETY: reads within the slice.
            unsafe { libc::send(fd, data.as_ptr().cast(), data.len(), flags) }
        })?;
        Ok(result as usize)
    }

    fn audited_address(
        &self,
        o: &Object,
        caller: &str,
        event: &str,
    ) -> PyResult<address::SockAddr> {
        let address = address::parse(self, o, caller)?;
        (hooks::get().audit)(event, &[self.as_object(), o])?;
        Ok(address)
    }

    /// Connects; the error number of a failure, or 0. A time-out is `None`.
    fn connect_to(&self, address: &address::SockAddr) -> PyResult<Option<i32>> {
        let fd = self.fd();
        let result = gil::detach(|| {
            // SAFETY: an address of this length.
            let result = unsafe { libc::connect(fd, address.ptr(), address.len) };
            if result < 0 { Err(lock::errno()) } else { Ok(()) }
        });
        let Err(errno) = result else { return Ok(Some(0)) };
        let timeout = self.fields.timeout.get();
        // An interrupted call goes on connecting, so it is waited for, not repeated.
        let waits = if errno == libc::EINTR {
            signals::check()?;
            timeout != 0
        } else {
            timeout > 0 && errno == libc::EINPROGRESS
        };
        if !waits {
            return Ok(Some(errno));
        }
        let outcome = self.run(true, true, timeout, |fd| {
            let (mut error, mut len) = (0i32, 4u32);
            // SAFETY: writes one number.
            let result = unsafe {
                let place = (&raw mut error).cast();
                libc::getsockopt(fd, libc::SOL_SOCKET, libc::SO_ERROR, place, &mut len)
            };
            if result != 0 {
                return -1;
            }
            if error == 0 || error == libc::EISCONN {
                return 0;
            }
            // SAFETY: this thread's own.
            unsafe { *libc::__errno_location() = error };
            -1
        })?;
        Ok(match outcome {
            Outcome::Done(_) => Some(0),
            Outcome::Failed(errno) => Some(errno),
            Outcome::TimedOut => None,
        })
    }

    fn name_by(
        &self,
        call: unsafe extern "C" fn(i32, *mut libc::sockaddr, *mut libc::socklen_t) -> i32,
    ) -> PyResult {
        let mut found = address::room(self.af(), self.protocol())?;
        let fd = self.fd();
        let mut len = found.len;
        // SAFETY: writes an address no longer than its length says.
        if unsafe { call(fd, found.mut_ptr(), &mut len) } < 0 {
            return Err(last_error());
        }
        found.len = len.min(128);
        address::make(fd, &found, self.protocol())
    }

    fn set_option(&self, level: i32, option: i32, data: *const u8, len: usize) -> PyResult<()> {
        let (data, fd) = (data.cast(), self.fd());
        // SAFETY: the callers give so many bytes, or null.
        if unsafe { libc::setsockopt(fd, level, option, data, len as libc::socklen_t) } < 0 {
            return Err(last_error());
        }
        Ok(())
    }
}

/// Closes a descriptor; that the peer is gone already is no error.
fn close_fd(fd: i32) -> PyResult<()> {
    let result = gil::detach(|| {
        // SAFETY: a descriptor that its owner gives up.
        if unsafe { libc::close(fd) } < 0 { Err(lock::errno()) } else { Ok(()) }
    });
    match result {
        Err(errno) if errno != libc::ECONNRESET => Err(os_error(errno)),
        _ => Ok(()),
    }
}

/// A descriptor: a C `long`, cut to an `int`.
pub(super) fn descriptor(o: &Object) -> PyResult<i32> {
    number::index_as_c_long(o).map(|fd| fd as i32)
}

/// `_socket.close()`.
pub(super) fn close(o: &Object) -> PyResult<()> {
    close_fd(descriptor(o)?)
}

fn room_for(len: isize, what: &str) -> PyResult<Vec<u8>> {
    match usize::try_from(len) {
        Ok(len) => zeroed(len),
        Err(_) => Err(value_error!("negative buffersize in {what}")),
    }
}

/// The arguments of `send` and its kin with their number checked.
fn count_error(name: &str, least: usize, most: usize, given: usize) -> PyResult<()> {
    if (least..=most).contains(&given) {
        return Ok(());
    }
    let (how, limit) = match (least == most, given < least) {
        (true, _) => ("exactly", most),
        (false, true) => ("at least", least),
        (false, false) => ("at most", most),
    };
    let plural = if limit == 1 { "" } else { "s" };
    Err(type_error!("{name}() takes {how} {limit} argument{plural} ({given} given)"))
}

#[pymethods]
impl Socket {
    #[pymember]
    fn family(&self) -> i32 {
        self.af()
    }

    #[pymember(name = "type")]
    fn kind(&self) -> i32 {
        self.fields.kind.get()
    }

    #[pymember]
    fn proto(&self) -> i32 {
        self.protocol()
    }

    #[pymethod("($self, /)")]
    fn _accept(&self) -> PyResult<Ref<Tuple>> {
        let room = address::room(self.af(), self.protocol())?;
        let mut found = room;
        let is_alg = self.af() == libc::AF_ALG;
        let fd = self.call(false, |fd| {
            found = room;
            // SAFETY: writes an address no longer than its length says, or none.
            unsafe {
                let (mut len, mut from) = (&raw mut found.len, found.mut_ptr());
                if is_alg {
                    (len, from) = (std::ptr::null_mut(), std::ptr::null_mut());
                }
                libc::accept4(fd, from, len, libc::SOCK_CLOEXEC) as isize
            }
        })?;
        found.len = if is_alg { 0 } else { found.len.min(128) };
        let address = address::make(self.fd(), &found, self.protocol())?;
        Ok(tuple::from_array([int(fd as i64), address]))
    }

    #[pymethod("($self, object, /)")]
    fn bind(&self, object: &Object) -> PyResult<()> {
        let address = self.audited_address(object, "bind", "socket.bind")?;
        // SAFETY: an address of this length.
        if unsafe { libc::bind(self.fd(), address.ptr(), address.len) } < 0 {
            return Err(last_error());
        }
        Ok(())
    }

    #[pymethod("($self, /)")]
    fn close(&self) -> PyResult<()> {
        match self.fields.fd.replace(-1) {
            fd if fd < 0 => Ok(()),
            fd => close_fd(fd),
        }
    }

    #[pymethod("($self, object, /)")]
    fn connect(&self, object: &Object) -> PyResult<()> {
        let address = self.audited_address(object, "connect", "socket.connect")?;
        match self.connect_to(&address)? {
            Some(0) => Ok(()),
            Some(errno) => Err(os_error(errno)),
            None => Err(timed_out()),
        }
    }

    #[pymethod("($self, object, /)")]
    fn connect_ex(&self, object: &Object) -> PyResult<i32> {
        let address = self.audited_address(object, "connect_ex", "socket.connect")?;
        Ok(self.connect_to(&address)?.unwrap_or(libc::EWOULDBLOCK))
    }

    #[pymethod("($self, /)")]
    fn detach(&self) -> i32 {
        self.fields.fd.replace(-1)
    }

    #[pymethod("($self, /)")]
    fn fileno(&self) -> i32 {
        self.fd()
    }

    #[pymethod("($self, /)")]
    fn getpeername(&self) -> PyResult {
        self.name_by(libc::getpeername)
    }

    #[pymethod("($self, /)")]
    fn getsockname(&self) -> PyResult {
        self.name_by(libc::getsockname)
    }

    #[pymethod("($self, level, option, buffersize=0, /)", style = parsetuple)]
    fn getsockopt(&self, level: i32, option: i32, buffersize: i32) -> PyResult {
        const AF_VSOCK: i32 = 40;
        let fd = self.fd();
        let ask = |data: *mut u8, len: &mut u32| -> PyResult<()> {
            // SAFETY: the callers give so many bytes.
            if unsafe { libc::getsockopt(fd, level, option, data.cast(), len) } < 0 {
                return Err(last_error());
            }
            Ok(())
        };
        if buffersize == 0 {
            if self.af() == AF_VSOCK {
                let mut value = 0u64;
                ask((&raw mut value).cast(), &mut 8)?;
                return Ok(gopy_core::int::Int::from_u64(value).upcast());
            }
            let mut value = 0i32;
            ask((&raw mut value).cast(), &mut 4)?;
            return Ok(int(value.into()));
        }
        if self.af() == AF_VSOCK {
            return Err(os_error_text!("getsockopt string buffer not allowed"));
        }
        if !(1..=1024).contains(&buffersize) {
            return Err(os_error_text!("getsockopt buflen out of range"));
        }
        let (mut data, mut len) = ([0u8; 1024], buffersize as u32);
        ask(data.as_mut_ptr(), &mut len)?;
        Ok(Bytes::new(&data[..(len as usize).min(data.len())])?.upcast())
    }

    #[pymethod("($self, backlog=None, /)", style = parsetuple)]
    fn listen(&self, backlog: Option<&Object>) -> PyResult<()> {
        let backlog = backlog.map_or(Ok(128), number::index_as_c_int)?;
        // SAFETY: takes plain numbers.
        if unsafe { libc::listen(self.fd(), backlog.max(0)) } < 0 {
            return Err(last_error());
        }
        Ok(())
    }

    #[pymethod("($self, buffersize, flags=0, /)", style = parsetuple)]
    fn recv(&self, buffersize: isize, flags: i32) -> PyResult<Ref<Bytes>> {
        let mut data = room_for(buffersize, "recv")?;
        let count = self.receive(&mut data, flags)?;
        Bytes::new(&data[..count])
    }

    #[pymethod("($self, buffer, nbytes=0, flags=0)", style = parsetuple)]
    fn recv_into(&self, buffer: &Object, nbytes: isize, flags: i32) -> PyResult<usize> {
        let mut buffer = WriteBuf::from_arg(buffer, &Place::at("recv_into", 1))?;
        let Ok(wanted) = usize::try_from(nbytes) else {
            return Err(value_error!("negative buffersize in recv_into"));
        };
        let target = buffer.as_mut();
        let wanted = if wanted == 0 { target.len() } else { wanted };
        match target.get_mut(..wanted) {
            Some(target) => self.receive(target, flags),
            None => Err(value_error!("buffer too small for requested bytes")),
        }
    }

    #[pymethod("($self, buffersize, flags=0, /)", style = parsetuple)]
    fn recvfrom(&self, buffersize: isize, flags: i32) -> PyResult<Ref<Tuple>> {
        let mut data = room_for(buffersize, "recvfrom")?;
        let (count, address) = self.receive_from(&mut data, flags)?;
        let count = count.min(data.len());
        Ok(tuple::from_array([Bytes::new(&data[..count])?.upcast(), address]))
    }

    #[pymethod("($self, buffer, nbytes=0, flags=0)", style = parsetuple)]
    fn recvfrom_into(&self, buffer: &Object, nbytes: isize, flags: i32) -> PyResult<Ref<Tuple>> {
        let mut buffer = WriteBuf::from_arg(buffer, &Place::at("recvfrom_into", 1))?;
        let Ok(wanted) = usize::try_from(nbytes) else {
            return Err(value_error!("negative buffersize in recvfrom_into"));
        };
        let target = buffer.as_mut();
        let wanted = if wanted == 0 { target.len() } else { wanted };
        let Some(target) = target.get_mut(..wanted) else {
            return Err(value_error!("nbytes is greater than the length of the buffer"));
        };
        let (count, address) = self.receive_from(target, flags)?;
        Ok(tuple::from_array([int(count as i64), address]))
    }

    #[pymethod("($self, data, flags=0, /)", style = parsetuple)]
    fn send(&self, data: ReadBuf, flags: i32) -> PyResult<usize> {
        self.send_bytes(data.as_slice(), flags, self.fields.timeout.get())
    }

    #[pymethod("($self, data, flags=0, /)", style = parsetuple)]
    fn sendall(&self, data: ReadBuf, flags: i32) -> PyResult<()> {
        let mut rest = data.as_slice();
        let timeout = self.fields.timeout.get();
        let deadline = if timeout > 0 { pytime::deadline(timeout) } else { None };
        loop {
            let left = match deadline {
                Some(deadline) => {
                    let left = deadline.saturating_duration_since(Instant::now()).as_nanos();
                    let left = i64::try_from(left).unwrap_or(i64::MAX);
                    if left == 0 {
                        return Err(timed_out());
                    }
                    left
                }
                None => timeout,
            };
            let sent = self.send_bytes(rest, flags, left)?;
            rest = &rest[sent.min(rest.len())..];
            // A partial write may be the mark of a signal.
            signals::check()?;
            if rest.is_empty() {
                return Ok(());
            }
        }
    }

    #[pymethod("($self, *args)", style = parsetuple, hide_signature)]
    fn sendto(&self, args: &[Arg<'_>]) -> PyResult<usize> {
        let (data, flags, to) = match args {
            [data, to] => (data.object(), None, to.object()),
            [data, flags, to] => (data.object(), Some(flags.object()), to.object()),
            _ => {
                let given = args.len();
                return Err(type_error!("sendto() takes 2 or 3 arguments ({given} given)"));
            }
        };
        let data = ReadBuf(buffer::bytes_like(data)?);
        let flags = flags.map_or(Ok(0), number::index_as_c_int)?;
        let to = self.audited_address(to, "sendto", "socket.sendto")?;
        let data = data.as_slice();
        let result = self.call(true, |fd| {
            // SAFETY: reads within the slice; an address of this length.
            unsafe { libc::sendto(fd, data.as_ptr().cast(), data.len(), flags, to.ptr(), to.len) }
        })?;
        Ok(result as usize)
    }

    #[pymethod("($self, object, /)")]
    fn setblocking(&self, object: &Object) -> PyResult<()> {
        let blocking = object::is_true(object)?;
        self.fields.timeout.set(if blocking { -pytime::NANOS } else { 0 });
        self.set_blocking_mode(blocking)
    }

    #[pymethod("($self, /)")]
    fn getblocking(&self) -> bool {
        self.fields.timeout.get() != 0
    }

    #[pymethod("($self, object, /)")]
    fn settimeout(&self, object: &Object) -> PyResult<()> {
        let timeout = parse_timeout(object)?;
        self.fields.timeout.set(timeout);
        self.set_blocking_mode(timeout < 0)
    }

    #[pymethod("($self, /)")]
    fn gettimeout(&self) -> Ref {
        show_timeout(self.fields.timeout.get())
    }

    #[pymethod("($self, *args)", style = parsetuple, hide_signature)]
    fn setsockopt(&self, args: &[Arg<'_>]) -> PyResult<()> {
        const AF_VSOCK: i32 = 40;
        let number_at = |index: usize| number::index_as_c_int(args[index].object());
        if self.af() == AF_VSOCK {
            count_error("setsockopt", 3, 3, args.len())?;
            let (level, option) = (number_at(0)?, number_at(1)?);
            let value = number::index(args[2].object())?.to_u64_wrapping();
            return self.set_option(level, option, (&raw const value).cast(), 8);
        }
        if args.len() == 4
            && none::is_none(args[2].object())
            && let (Ok(level), Ok(option)) = (number_at(0), number_at(1))
            && let Ok(len) = number::index(args[3].object())
        {
            let len = len.to_u64_wrapping() as u32;
            return self.set_option(level, option, std::ptr::null(), len as usize);
        }
        count_error("setsockopt", 3, 3, args.len())?;
        let (level, option) = (number_at(0)?, number_at(1)?);
        if let Ok(value) = number_at(2) {
            return self.set_option(level, option, (&raw const value).cast(), 4);
        }
        let data = ReadBuf(buffer::bytes_like(args[2].object())?);
        let data = data.as_slice();
        self.set_option(level, option, data.as_ptr(), data.len())
    }

    #[pymethod("($self, object, /)")]
    fn shutdown(&self, object: &Object) -> PyResult<()> {
        let how = number::index_as_c_int(object)?;
        // SAFETY: takes plain numbers.
        if unsafe { libc::shutdown(self.fd(), how) } < 0 {
            return Err(last_error());
        }
        Ok(())
    }

    #[pymethod("($self, bufsize, ancbufsize=0, flags=0, /)", style = parsetuple)]
    fn recvmsg(&self, bufsize: isize, ancbufsize: isize, flags: i32) -> PyResult {
        messages::receive(self, bufsize, ancbufsize, flags)
    }

    #[pymethod("($self, buffers, ancbufsize=0, flags=0, /)", style = parsetuple)]
    fn recvmsg_into(&self, buffers: &Object, ancbufsize: isize, flags: i32) -> PyResult {
        messages::receive_into(self, buffers, ancbufsize, flags)
    }

    #[pymethod("($self, buffers, ancdata=<none>, flags=0, address=None, /)", style = parsetuple)]
    fn sendmsg(
        &self,
        buffers: &Object,
        ancdata: Option<&Object>,
        flags: i32,
        address: Option<&Object>,
    ) -> PyResult<usize> {
        messages::send(self, buffers, ancdata, flags, address)
    }

    #[pymethod(raw, style = varargs)]
    fn sendmsg_afalg(&self, args: Args<'_>) -> PyResult<usize> {
        messages::send_alg(self, args)
    }

    #[pygetter]
    fn timeout(&self) -> Ref {
        show_timeout(self.fields.timeout.get())
    }
}

static INIT: ArgSpec = ArgSpec {
    function: "socket",
    names: &["family", "type", "proto", "fileno"],
    required: &[false; 4],
    positional_only: 0,
    positional: 4,
    required_positional: 0,
    rest: false,
    keywords: false,
    style: Style::Clinic,
};

/// The family, type and protocol of a descriptor that somebody else has opened.
fn inspect(fd: i32, wanted: [i32; 3]) -> PyResult<[i32; 3]> {
    let [mut family, mut kind, mut protocol] = wanted;
    let mut found = address::SockAddr::zeroed(128);
    let mut len = found.len;
    // SAFETY: writes an address no longer than its length says.
    if unsafe { libc::getsockname(fd, found.mut_ptr(), &mut len) } == 0 {
        if family == -1 {
            family = found.family();
        }
    } else if family == -1 || matches!(lock::errno(), libc::EBADF | libc::ENOTSOCK) {
        return Err(last_error());
    }
    for (option, value) in [(libc::SO_TYPE, &mut kind), (libc::SO_PROTOCOL, &mut protocol)] {
        if *value == -1 {
            let mut len = 4u32;
            // SAFETY: writes one number.
            let result = unsafe {
                let place = std::ptr::from_mut(value).cast();
                libc::getsockopt(fd, libc::SOL_SOCKET, option, place, &mut len)
            };
            if result != 0 {
                return Err(last_error());
            }
        }
    }
    Ok([family, kind, protocol])
}

#[pyslots]
impl Socket {
    fn tp_new(ty: &Type, args: Args<'_>) -> PyResult<Ref<Socket>> {
        let _ = args;
        Socket::alloc(ty)
    }

    fn init(&self, args: Args<'_>) -> PyResult<()> {
        let mut places = [None; 4];
        let bound = Bound::bind(&INIT, args, &mut places)?;
        let number_at = |index: usize| bound.get(index).map_or(Ok(-1), number::index_as_c_int);
        let wanted = [number_at(0)?, number_at(1)?, number_at(2)?];
        let shown = wanted.map(|value| int(value.into()));
        (hooks::get().audit)(
            "socket.__new__",
            &[self.as_object(), &shown[0], &shown[1], &shown[2]],
        )?;
        if let Some(fileno) = bound.get(3).filter(|o| !none::is_none(o)) {
            let fd = descriptor(fileno)?;
            if fd < 0 {
                return Err(value_error!("negative file descriptor"));
            }
            let [family, kind, protocol] = inspect(fd, wanted)?;
            return self.set_up(fd, family, kind, protocol);
        }
        let defaults = [libc::AF_INET, libc::SOCK_STREAM, 0];
        let pick = |index: usize| match wanted[index] {
            -1 => defaults[index],
            value => value,
        };
        let [family, kind, protocol] = [pick(0), pick(1), pick(2)];
        // SAFETY: takes plain numbers.
        let fd = unsafe { libc::socket(family, kind | libc::SOCK_CLOEXEC, protocol) };
        if fd < 0 {
            return Err(last_error());
        }
        self.set_up(fd, family, kind, protocol)
    }

    fn repr(&self) -> PyResult<String> {
        Ok(format!(
            "<socket object, fd={}, family={}, type={}, proto={}>",
            self.fd(),
            self.af(),
            self.fields.kind.get(),
            self.protocol()
        ))
    }

    fn finalize(&self) {
        if self.fd() < 0 {
            return;
        }
        let warned = object::repr(self.as_object()).and_then(|repr| {
            warnings::warn(&exceptions::RESOURCE_WARNING, &format!("unclosed {repr}"), 1)
        });
        // A warning that is an error can't be raised from a finaliser.
        if let Err(error) = warned
            && error.is_instance(&exceptions::WARNING)
        {
            let message = match object::repr(self.as_object()) {
                Ok(repr) => format!("Exception ignored while finalizing socket {repr}"),
                Err(_) => "Exception ignored while finalizing socket".to_owned(),
            };
            (hooks::get().unraisable)(error.into_value(), Some(&message), None);
        }
        // Only now, since whoever logs the warning may ask for the socket's name.
        let fd = self.fields.fd.replace(-1);
        // Nobody is there to be told of an error.
        let _ = close_fd(fd);
    }
}
