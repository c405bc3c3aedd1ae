//! `select`.
//!
//! Answers to `Modules/selectmodule.c`.

use std::cell::Cell;
use std::mem::MaybeUninit;
use std::time::Instant;

use gopy_core::argument::{ArgSpec, Bound, FromArg, Place, Style};
use gopy_core::dict::Dict;
use gopy_core::error::{os_error_text, overflow_error, runtime_error, type_error, value_error};
use gopy_core::list::List;
use gopy_core::{exceptions, module, none, number, sequence, tuple, type_};
use gopy_macros::{pyclass, pymethods, pymodule, pyslots};
use gopy_object::typeobj::Tuple;
use gopy_object::{
    Args, Exception, Instance, Object, PyResult, Ref, Slot, Type, gil, lock, memory, signals,
};

use crate::pytime::{self, Round};
use crate::util::{Fileno, add_constants, fileno, int, last_error, os_error};

/// What is waited for where nothing else is said.
const POLL_DEFAULT: u16 = (libc::POLLIN | libc::POLLPRI | libc::POLLOUT) as u16;
const EPOLL_DEFAULT: u32 = (libc::EPOLLIN | libc::EPOLLPRI | libc::EPOLLOUT) as u32;

fn is_number(o: &Object) -> bool {
    o.downcast::<gopy_core::float::Float>().is_some() || number::is_index(o)
}

/// Milliseconds left until a deadline, rounded up; -1 where there is none.
fn milliseconds_left(deadline: Option<Instant>) -> i32 {
    let Some(deadline) = deadline else { return -1 };
    let left = deadline.saturating_duration_since(Instant::now()).as_nanos();
    i32::try_from(left.div_ceil(1_000_000)).unwrap_or(i32::MAX)
}

/// Checks that a time in milliseconds fits a C `int`; when it will have passed.
fn deadline_of(nanos: i64, how: Round) -> PyResult<Option<Instant>> {
    if i32::try_from(pytime::divide(nanos, 1_000_000, how)).is_err() {
        return Err(overflow_error!("timeout is too large"));
    }
    Ok(if nanos >= 0 { pytime::deadline(nanos) } else { None })
}

// --- select ------------------------------------------------------------------------------------

/// Objects to wait for, with their descriptors.
struct Watched(Vec<(Ref, i32)>);

impl Watched {
    fn of(arg: &Object, set: &mut libc::fd_set) -> PyResult<Watched> {
        let items = sequence::fast(arg, "arguments 1-3 must be sequences")?;
        let mut watched = Vec::new();
        // Asking an item for its descriptor may change the list.
        let live = |index: usize| match items.downcast::<List>() {
            Some(list) => list.get(index),
            None => tuple::items_of(&items).get(index).cloned(),
        };
        while let Some(item) = live(watched.len()) {
            let fd = fileno(&item)?;
            if fd as usize >= libc::FD_SETSIZE {
                return Err(value_error!("filedescriptor out of range in select()"));
            }
            if watched.len() >= libc::FD_SETSIZE {
                return Err(value_error!("too many file descriptors in select()"));
            }
            // SAFETY: a descriptor that the set has a bit for.
            unsafe { libc::FD_SET(fd, set) };
            watched.push((item, fd));
        }
        Ok(Watched(watched))
    }

    fn ready(&self, set: &libc::fd_set) -> Ref {
        let ready = self.0.iter().filter(|(_, fd)| {
            // SAFETY: a descriptor that the set has a bit for.
            unsafe { libc::FD_ISSET(*fd, set) }
        });
        List::from_vec(ready.map(|(item, _)| item.clone()).collect()).upcast()
    }

    fn highest(&self) -> i32 {
        self.0.iter().map(|(_, fd)| *fd).max().unwrap_or(-1)
    }
}

fn empty_fd_set() -> libc::fd_set {
    let mut set = MaybeUninit::zeroed();
    // SAFETY: fills the set.
    unsafe {
        libc::FD_ZERO(set.as_mut_ptr());
        set.assume_init()
    }
}

// --- poll --------------------------------------------------------------------------------------

/// Events of `poll`: a C `unsigned short`.
struct PollEvents(u16);

impl FromArg<'_> for PollEvents {
    fn from_arg(arg: &Object, _place: &Place<'_>) -> PyResult<Self> {
        let value = number::index(arg)?;
        if value.is_negative() {
            return Err(value_error!("Cannot convert negative int"));
        }
        match value.to_i64().map(u16::try_from) {
            Some(Ok(events)) => Ok(PollEvents(events)),
            _ => Err(overflow_error!("Python int too large for C unsigned short")),
        }
    }
}

/// A `select.poll`.
#[pyclass(name = "select.poll", static = POLL, basicsize = 48, flags(DISALLOW_INSTANTIATION),
    no_slots)]
#[repr(C)]
pub struct Poll {
    object: Object,
    /// Events by descriptor, in the order of registering.
    registered: Slot<Dict>,
    running: Running,
}

/// Whether a call waits.
#[derive(Default)]
struct Running(Cell<bool>);

gopy_object::leaf_traverse!(Running);

impl Poll {
    fn dict(&self) -> Ref<Dict> {
        self.registered.get().unwrap_or_else(Dict::new)
    }

    fn descriptors(&self) -> Vec<libc::pollfd> {
        let dict = self.dict();
        let mut found = Vec::with_capacity(dict.len());
        let mut position = 0;
        while let Some((fd, events)) = dict.next(&mut position) {
            let number = |o: &Object| {
                o.downcast::<gopy_core::int::Int>().and_then(|n| n.to_i64()).unwrap_or(-1)
            };
            found.push(libc::pollfd {
                fd: number(&fd) as i32,
                events: number(&events) as u16 as i16,
                revents: 0,
            });
        }
        found
    }

    fn wait(&self, deadline: Option<Instant>) -> PyResult<Ref<List>> {
        let mut descriptors = self.descriptors();
        loop {
            let result = gil::detach(|| {
                let left = milliseconds_left(deadline);
                // SAFETY: so many descriptors as there are.
                let result =
                    unsafe { libc::poll(descriptors.as_mut_ptr(), descriptors.len() as u64, left) };
                if result < 0 { Err(lock::errno()) } else { Ok(()) }
            });
            match result {
                Ok(()) => break,
                Err(libc::EINTR) => signals::check()?,
                Err(errno) => return Err(os_error(errno)),
            }
        }
        let ready = descriptors.iter().filter(|descriptor| descriptor.revents != 0);
        let ready = ready.map(|descriptor| {
            let events = int(i64::from(descriptor.revents as u16));
            tuple::from_array([int(descriptor.fd.into()), events]).upcast()
        });
        Ok(List::from_vec(ready.collect()))
    }
}

#[pymethods]
impl Poll {
    #[pymethod(
        "($self, fd,\n         eventmask=select.POLLIN | select.POLLPRI | select.POLLOUT, /)"
    )]
    fn register(&self, fd: Fileno, eventmask: Option<PollEvents>) -> PyResult<()> {
        let events = eventmask.map_or(POLL_DEFAULT, |events| events.0);
        self.dict().set_item(&int(fd.0.into()), &int(events.into()))
    }

    #[pymethod("($self, fd, eventmask, /)")]
    fn modify(&self, fd: Fileno, eventmask: PollEvents) -> PyResult<()> {
        let fd = int(fd.0.into());
        if !self.dict().contains(&fd)? {
            return Err(os_error(libc::ENOENT));
        }
        self.dict().set_item(&fd, &int(eventmask.0.into()))
    }

    #[pymethod("($self, fd, /)")]
    fn unregister(&self, fd: Fileno) -> PyResult<()> {
        let fd = int(fd.0.into());
        if self.dict().del_item(&fd)? { Ok(()) } else { Err(exceptions::key_error(&fd)) }
    }

    #[pymethod("($self, timeout=None, /)")]
    fn poll(&self, timeout: Option<&Object>) -> PyResult<Ref<List>> {
        let deadline = match timeout {
            None => None,
            Some(timeout) => {
                if !is_number(timeout) {
                    return Err(type_error!("timeout must be an integer or None"));
                }
                deadline_of(pytime::from_milliseconds(timeout, Round::Up)?, Round::Up)?
            }
        };
        if self.running.0.replace(true) {
            return Err(runtime_error!("concurrent poll() invocation"));
        }
        let result = self.wait(deadline);
        self.running.0.set(false);
        result
    }
}

// --- epoll -------------------------------------------------------------------------------------

/// A `select.epoll`.
#[pyclass(name = "select.epoll", static = EPOLL, basicsize = 24)]
#[repr(C)]
pub struct Epoll {
    object: Object,
    descriptor: Descriptor,
}

/// The descriptor of an `epoll`, closed with it; -1 where it is closed.
struct Descriptor(Cell<i32>);

gopy_object::leaf_traverse!(Descriptor);

impl Descriptor {
    fn close(&self) -> Result<(), i32> {
        let fd = self.0.replace(-1);
        if fd < 0 {
            return Ok(());
        }
        gil::detach(|| {
            // SAFETY: a descriptor that is owned and given up here.
            if unsafe { libc::close(fd) } < 0 { Err(lock::errno()) } else { Ok(()) }
        })
    }
}

impl Drop for Descriptor {
    fn drop(&mut self) {
        // Nobody is there to be told of an error.
        let _ = self.close();
    }
}

/// Events of `epoll`: a C `unsigned int`, without looking at overflow.
struct EpollEvents(u32);

impl FromArg<'_> for EpollEvents {
    fn from_arg(arg: &Object, _place: &Place<'_>) -> PyResult<Self> {
        Ok(EpollEvents(number::index(arg)?.to_u64_wrapping() as u32))
    }
}

#[cold]
fn closed_epoll() -> Exception {
    value_error!("I/O operation on closed epoll object")
}

impl Epoll {
    fn alloc(ty: &Type, fd: i32) -> PyResult<Ref<Epoll>> {
        let descriptor = Descriptor(Cell::new(fd));
        memory::alloc(ty, Epoll { object: Object::header(ty), descriptor })
    }

    fn open_fd(&self) -> PyResult<i32> {
        match self.descriptor.0.get() {
            fd if fd < 0 => Err(closed_epoll()),
            fd => Ok(fd),
        }
    }

    fn control(&self, operation: i32, fd: i32, events: u32) -> PyResult<()> {
        let epoll = self.open_fd()?;
        let result = gil::detach(|| {
            let mut event = libc::epoll_event { events, u64: fd as u64 };
            // SAFETY: the event is on this stack.
            let result = unsafe { libc::epoll_ctl(epoll, operation, fd, &raw mut event) };
            if result < 0 { Err(lock::errno()) } else { Ok(()) }
        });
        result.map_err(os_error)
    }
}

#[pymethods]
impl Epoll {
    #[pyclassmethod("($type, fd, /)")]
    fn fromfd(cls: &Type, fd: i32) -> PyResult<Ref<Epoll>> {
        Epoll::alloc(cls, fd)
    }

    #[pymethod("($self, /)")]
    fn close(&self) -> PyResult<()> {
        self.descriptor.close().map_err(os_error)
    }

    #[pymethod("($self, /)")]
    fn fileno(&self) -> PyResult<i32> {
        self.open_fd()
    }

    #[pymethod("($self, /, fd, eventmask)")]
    fn modify(&self, fd: Fileno, eventmask: EpollEvents) -> PyResult<()> {
        self.control(libc::EPOLL_CTL_MOD, fd.0, eventmask.0)
    }

    #[pymethod(
        "($self, /, fd,\n         eventmask=select.EPOLLIN | select.EPOLLPRI | select.EPOLLOUT)"
    )]
    fn register(&self, fd: Fileno, eventmask: Option<EpollEvents>) -> PyResult<()> {
        let events = eventmask.map_or(EPOLL_DEFAULT, |events| events.0);
        self.control(libc::EPOLL_CTL_ADD, fd.0, events)
    }

    #[pymethod("($self, /, fd)")]
    fn unregister(&self, fd: Fileno) -> PyResult<()> {
        self.control(libc::EPOLL_CTL_DEL, fd.0, 0)
    }

    #[pymethod("($self, /, timeout=None, maxevents=-1)")]
    fn poll(&self, timeout: Option<&Object>, maxevents: i32) -> PyResult<Ref<List>> {
        let epoll = self.open_fd()?;
        let deadline = match timeout {
            None => None,
            Some(timeout) => {
                if !is_number(timeout) {
                    return Err(type_error!("timeout must be an integer or None"));
                }
                deadline_of(pytime::from_seconds(timeout, Round::Up)?, Round::Ceiling)?
            }
        };
        let room = match maxevents {
            -1 => libc::FD_SETSIZE - 1,
            given if given < 1 => {
                return Err(value_error!("maxevents must be greater than 0, got {given}"));
            }
            given => given as usize,
        };
        let mut events: Vec<libc::epoll_event> = Vec::new();
        if events.try_reserve_exact(room).is_err() {
            return Err(gopy_core::error::memory_error());
        }
        loop {
            let result = gil::detach(|| {
                let left = milliseconds_left(deadline);
                // SAFETY: so much room as was reserved.
                let found =
                    unsafe { libc::epoll_wait(epoll, events.as_mut_ptr(), room as i32, left) };
                if found < 0 { Err(lock::errno()) } else { Ok(found as usize) }
            });
            match result {
                Ok(found) => {
                    // SAFETY: the call has filled so many of the reserved places.
                    unsafe { events.set_len(found) };
                    break;
                }
                Err(libc::EINTR) => signals::check()?,
                Err(errno) => return Err(os_error(errno)),
            }
        }
        let found = events.iter().map(|event| {
            let (fd, bits) = (event.u64 as i32, event.events);
            tuple::from_array([int(fd.into()), int(bits.into())]).upcast()
        });
        Ok(List::from_vec(found.collect()))
    }

    #[pymethod("($self, /)")]
    fn __enter__(&self) -> PyResult {
        self.open_fd()?;
        Ok(self.as_object().to_ref())
    }

    #[pymethod("($self, exc_type=None, exc_value=None, exc_tb=None, /)")]
    fn __exit__(
        &self,
        exc_type: Option<&Object>,
        exc_value: Option<&Object>,
        exc_tb: Option<&Object>,
    ) -> PyResult<()> {
        let _ = (exc_type, exc_value, exc_tb);
        self.descriptor.close().map_err(os_error)
    }

    #[pygetter]
    fn closed(&self) -> bool {
        self.descriptor.0.get() < 0
    }
}

#[pyslots]
impl Epoll {
    fn tp_new(ty: &Type, args: Args<'_>) -> PyResult<Ref<Epoll>> {
        static SPEC: ArgSpec = ArgSpec {
            function: "epoll",
            names: &["sizehint", "flags"],
            required: &[false, false],
            positional_only: 0,
            positional: 2,
            required_positional: 0,
            rest: false,
            keywords: false,
            style: Style::Clinic,
        };
        let mut places = [None; 2];
        let bound = Bound::bind(&SPEC, args, &mut places)?;
        let hint = bound.get(0).map_or(Ok(-1), number::index_as_c_int)?;
        let flags = bound.get(1).map_or(Ok(0), number::index_as_c_int)?;
        if hint != -1 && hint <= 0 {
            return Err(value_error!("negative sizehint"));
        }
        if flags != 0 && flags != libc::EPOLL_CLOEXEC {
            return Err(os_error_text!("invalid flags"));
        }
        // SAFETY: takes a number.
        let fd = unsafe { libc::epoll_create1(libc::EPOLL_CLOEXEC) };
        if fd < 0 {
            return Err(last_error());
        }
        Epoll::alloc(ty, fd)
    }
}

const CONSTANTS: &[(&str, i64)] = &[
    ("PIPE_BUF", libc::PIPE_BUF as i64),
    ("POLLIN", 1),
    ("POLLPRI", 2),
    ("POLLOUT", 4),
    ("POLLERR", 8),
    ("POLLHUP", 16),
    ("POLLNVAL", 32),
    ("POLLRDNORM", 64),
    ("POLLRDBAND", 128),
    ("POLLWRNORM", 256),
    ("POLLWRBAND", 512),
    ("POLLMSG", 1024),
    ("POLLRDHUP", 8192),
    ("EPOLLIN", 1),
    ("EPOLLOUT", 4),
    ("EPOLLPRI", 2),
    ("EPOLLERR", 8),
    ("EPOLLHUP", 16),
    ("EPOLLRDHUP", 8192),
    ("EPOLLET", 1 << 31),
    ("EPOLLONESHOT", 1 << 30),
    ("EPOLLEXCLUSIVE", 1 << 28),
    ("EPOLLRDNORM", 64),
    ("EPOLLRDBAND", 128),
    ("EPOLLWRNORM", 256),
    ("EPOLLWRBAND", 512),
    ("EPOLLMSG", 1024),
    ("EPOLLWAKEUP", 1 << 29),
    ("EPOLL_CLOEXEC", libc::EPOLL_CLOEXEC as i64),
];

/// `select`.
#[pymodule(name = "select")]
pub mod select_module {
    use super::*;

    #[pyfunction("($module, rlist, wlist, xlist, timeout=None, /)")]
    fn select(
        rlist: &Object,
        wlist: &Object,
        xlist: &Object,
        timeout: Option<&Object>,
    ) -> PyResult<Ref<Tuple>> {
        let mut deadline = None;
        let mut is_timed = false;
        if let Some(timeout) = timeout.filter(|timeout| !none::is_none(timeout)) {
            if !is_number(timeout) {
                return Err(type_error!("timeout must be a float or None"));
            }
            let nanos = pytime::from_seconds(timeout, Round::Up)?;
            if nanos < 0 {
                return Err(value_error!("timeout must be non-negative"));
            }
            deadline = pytime::deadline(nanos);
            is_timed = deadline.is_some();
        }
        let mut sets = [empty_fd_set(), empty_fd_set(), empty_fd_set()];
        let watched = [
            Watched::of(rlist, &mut sets[0])?,
            Watched::of(wlist, &mut sets[1])?,
            Watched::of(xlist, &mut sets[2])?,
        ];
        let count = watched.iter().map(Watched::highest).max().unwrap_or(-1) + 1;
        let asked = sets;
        loop {
            let result = gil::detach(|| {
                let left = deadline.map_or(0, |deadline| {
                    let left = deadline.saturating_duration_since(Instant::now()).as_nanos();
                    i64::try_from(left).unwrap_or(i64::MAX)
                });
                let mut left = pytime::to_timeval(left, Round::Up);
                let time = if is_timed { &raw mut left } else { std::ptr::null_mut() };
                let [readable, writable, exceptional] = &mut sets;
                // SAFETY: filled sets, and a time on this stack or none.
                let result = unsafe { libc::select(count, readable, writable, exceptional, time) };
                if result < 0 { Err(lock::errno()) } else { Ok(result) }
            });
            match result {
                Ok(_) => break,
                Err(libc::EINTR) => {
                    signals::check()?;
                    sets = asked;
                }
                Err(errno) => return Err(os_error(errno)),
            }
        }
        let [readable, writable, exceptional] = &watched;
        Ok(tuple::from_array([
            readable.ready(&sets[0]),
            writable.ready(&sets[1]),
            exceptional.ready(&sets[2]),
        ]))
    }

    #[pyfunction("($module, /)")]
    fn poll() -> PyResult<Ref<Poll>> {
        memory::alloc(
            &POLL,
            Poll {
                object: Object::header(&POLL),
                registered: Slot::new(Some(Dict::new())),
                running: Running::default(),
            },
        )
    }

    #[pyexec]
    fn exec(module: &Object) -> PyResult<()> {
        module::add(module, "error", exceptions::OS_ERROR.to_ref())?;
        type_::ready(&POLL)?;
        module::add_type(module, &EPOLL)?;
        add_constants(module, CONSTANTS)
    }
}
