//! `_multiprocessing` and `_posixshmem`: semaphores and memory that processes share by name.
//!
//! Answers to `Modules/_multiprocessing/semaphore.c` and `posixshmem.c`.

use std::cell::Cell;

use gopy_core::argument::{ArgSpec, Bound, FromArg, Place, Style};
use gopy_core::dict::Dict;
use gopy_core::error::{assertion_error, value_error};
use gopy_core::{exceptions, float, module, none, number};
use gopy_macros::{pyclass, pymethods, pymodule, pyslots};
use gopy_object::{
    Args, Instance, Object, PyResult, Ref, Slot, Type, gc, gil, lock, memory, signals,
};

use crate::util::{CText, int, key, last_error, os_error};

const RECURSIVE: i32 = 0;
const SEMAPHORE: i32 = 1;

/// A semaphore of the system, closed with this.
struct Fields {
    /// Address of the `sem_t`.
    handle: Cell<usize>,
    /// Who acquired it last.
    owner: Cell<u64>,
    count: Cell<i32>,
    maximum: i32,
    kind: i32,
}

gopy_object::leaf_traverse!(Fields);

impl Fields {
    fn sem(&self) -> Sem {
        Sem(self.handle.get())
    }
}

impl Drop for Fields {
    fn drop(&mut self) {
        if self.handle.get() != 0 {
            // SAFETY: opened by `sem_open`, closed once.
            unsafe { libc::sem_close(self.sem().ptr()) };
        }
    }
}

/// The address of an open semaphore.
#[derive(Clone, Copy)]
struct Sem(usize);

impl Sem {
    fn ptr(self) -> *mut libc::sem_t {
        std::ptr::with_exposed_provenance_mut(self.0)
    }
}

/// A `_multiprocessing.SemLock`.
#[pyclass(name = "_multiprocessing.SemLock", static = SEM_LOCK, basicsize = 56,
    flags(BASETYPE, HAVE_GC))]
#[repr(C)]
pub struct SemLock {
    object: Object,
    fields: Fields,
    /// The name, `None` where it is unlinked.
    name: Slot,
}

impl SemLock {
    fn make(
        ty: &Type,
        handle: *mut libc::sem_t,
        kind: i32,
        maximum: i32,
        name: Ref,
    ) -> PyResult<Ref<SemLock>> {
        let fields = Fields {
            handle: Cell::new(handle.expose_provenance()),
            owner: Cell::new(0),
            count: Cell::new(0),
            maximum,
            kind,
        };
        let object = Object::header(ty);
        Ok(gc::tracked(memory::alloc(ty, SemLock { object, fields, name: Slot::new(Some(name)) })?))
    }

    fn mine(&self) -> bool {
        self.fields.count.get() > 0 && self.fields.owner.get() == crate::thread::ident()
    }

    fn taken(&self) -> bool {
        self.fields.count.set(self.fields.count.get() + 1);
        self.fields.owner.set(crate::thread::ident());
        true
    }

    fn take(&self, block: bool, timeout: Option<&Object>) -> PyResult<bool> {
        if self.fields.kind == RECURSIVE && self.mine() {
            self.fields.count.set(self.fields.count.get() + 1);
            return Ok(true);
        }
        let deadline = match timeout.filter(|timeout| !none::is_none(timeout)) {
            None => None,
            Some(timeout) => {
                let seconds = float::as_f64(timeout)?.max(0.0);
                let mut now = libc::timespec { tv_sec: 0, tv_nsec: 0 };
                // SAFETY: writes one time.
                if unsafe { libc::clock_gettime(libc::CLOCK_REALTIME, &mut now) } < 0 {
                    return Err(last_error());
                }
                let nanos = now.tv_nsec + (1e9 * (seconds - seconds.floor()) + 0.5) as i64;
                Some(libc::timespec {
                    tv_sec: now.tv_sec.saturating_add(seconds as i64) + nanos / 1_000_000_000,
                    tv_nsec: nanos % 1_000_000_000,
                })
            }
        };
        let sem = self.fields.sem();
        loop {
            // SAFETY: an open semaphore.
            if unsafe { libc::sem_trywait(sem.ptr()) } == 0 {
                return Ok(self.taken());
            }
            match lock::errno() {
                libc::EAGAIN if !block => return Ok(false),
                libc::EAGAIN => break,
                libc::EINTR => signals::check()?,
                errno => return Err(os_error(errno)),
            }
        }
        loop {
            let result = gil::detach(|| {
                let result = match &deadline {
                    // SAFETY: an open semaphore.
                    None => unsafe { libc::sem_wait(sem.ptr()) },
                    // SAFETY: an open semaphore and a time on this stack.
                    Some(deadline) => unsafe { libc::sem_timedwait(sem.ptr(), deadline) },
                };
                if result == 0 { Ok(()) } else { Err(lock::errno()) }
            });
            match result {
                Ok(()) => return Ok(self.taken()),
                Err(libc::ETIMEDOUT | libc::EAGAIN) => return Ok(false),
                Err(libc::EINTR) => signals::check()?,
                Err(errno) => return Err(os_error(errno)),
            }
        }
    }

    fn value(&self) -> PyResult<i32> {
        let mut value = 0;
        // SAFETY: an open semaphore and a place on this stack.
        if unsafe { libc::sem_getvalue(self.fields.sem().ptr(), &mut value) } < 0 {
            return Err(last_error());
        }
        Ok(value)
    }

    fn give_back(&self) -> PyResult<()> {
        if self.fields.kind == RECURSIVE {
            if !self.mine() {
                return Err(assertion_error!(
                    "attempt to release recursive lock not owned by thread"
                ));
            }
            if self.fields.count.get() > 1 {
                self.fields.count.set(self.fields.count.get() - 1);
                return Ok(());
            }
        } else if self.value()? >= self.fields.maximum {
            return Err(value_error!("semaphore or lock released too many times"));
        }
        // SAFETY: an open semaphore.
        if unsafe { libc::sem_post(self.fields.sem().ptr()) } < 0 {
            return Err(last_error());
        }
        self.fields.count.set(self.fields.count.get() - 1);
        Ok(())
    }
}

#[pymethods]
impl SemLock {
    #[pymethod("($self, /, block=True, timeout=None)")]
    fn acquire(&self, block: bool, timeout: Option<&Object>) -> PyResult<bool> {
        self.take(block, timeout)
    }

    #[pymethod("($self, /)")]
    fn release(&self) -> PyResult<()> {
        self.give_back()
    }

    #[pymethod("($self, /)")]
    fn __enter__(&self) -> PyResult<bool> {
        self.take(true, None)
    }

    #[pymethod("($self, exc_type=None, exc_value=None, exc_tb=None, /)")]
    fn __exit__(
        &self,
        exc_type: Option<&Object>,
        exc_value: Option<&Object>,
        exc_tb: Option<&Object>,
    ) -> PyResult<()> {
        let _ = (exc_type, exc_value, exc_tb);
        self.give_back()
    }

    #[pymethod("($self, /)")]
    fn _count(&self) -> i32 {
        self.fields.count.get()
    }

    #[pymethod("($self, /)")]
    fn _is_mine(&self) -> bool {
        self.mine()
    }

    #[pymethod("($self, /)")]
    fn _get_value(&self) -> PyResult<i32> {
        // A negative value counts the waiters of some systems.
        self.value().map(|value| value.max(0))
    }

    #[pymethod("($self, /)")]
    fn _is_zero(&self) -> PyResult<bool> {
        self.value().map(|value| value == 0)
    }

    #[pyclassmethod("($type, handle, kind, maxvalue, name, /)")]
    fn _rebuild(
        cls: &Type,
        handle: &Object,
        kind: i32,
        maxvalue: i32,
        name: &Object,
    ) -> PyResult<Ref<SemLock>> {
        let place = Place::at("_rebuild", 4);
        if none::is_none(name) {
            // Only the process that opened a semaphore knows its address.
            let _ = number::index(handle)?;
            return Err(os_error(libc::EINVAL));
        }
        let text = CText::from_arg(name, &place)?;
        // SAFETY: a C string.
        let opened = unsafe { libc::sem_open(text.ptr(), 0) };
        if opened == libc::SEM_FAILED {
            return Err(last_error());
        }
        SemLock::make(cls, opened, kind, maxvalue, name.to_ref())
    }

    #[pymethod("($self, /)")]
    fn _after_fork(&self) {
        self.fields.count.set(0);
    }

    #[pymember]
    fn handle(&self) -> usize {
        self.fields.handle.get()
    }

    #[pymember]
    fn kind(&self) -> i32 {
        self.fields.kind
    }

    #[pymember]
    fn maxvalue(&self) -> i32 {
        self.fields.maximum
    }

    #[pymember]
    fn name(&self) -> Option<Ref> {
        self.name.get()
    }
}

static SPEC: ArgSpec = ArgSpec {
    function: "SemLock",
    names: &["kind", "value", "maxvalue", "name", "unlink"],
    required: &[true; 5],
    positional_only: 0,
    positional: 5,
    required_positional: 5,
    rest: false,
    keywords: false,
    style: Style::Clinic,
};

#[pyslots]
impl SemLock {
    fn tp_new(ty: &Type, args: Args<'_>) -> PyResult<Ref<SemLock>> {
        let mut places = [None; 5];
        let bound = Bound::bind(&SPEC, args, &mut places)?;
        let kind = number::index_as_c_int(bound.required(0))?;
        let value = number::index_as_c_int(bound.required(1))?;
        let maximum = number::index_as_c_int(bound.required(2))?;
        let name = CText::from_arg(bound.required(3), &Place::named("SemLock", "name"))?;
        let unlink = gopy_core::object::is_true(bound.required(4))?;
        if kind != RECURSIVE && kind != SEMAPHORE {
            return Err(value_error!("unrecognized kind"));
        }
        let flags = libc::O_CREAT | libc::O_EXCL;
        // SAFETY: a C string and plain numbers.
        let opened =
            unsafe { libc::sem_open(name.ptr(), flags, 0o600 as libc::c_uint, value as u32) };
        if opened == libc::SEM_FAILED {
            return Err(last_error());
        }
        // SAFETY: a C string.
        if unlink && unsafe { libc::sem_unlink(name.ptr()) } < 0 {
            let error = last_error();
            // SAFETY: just opened.
            unsafe { libc::sem_close(opened) };
            return Err(error);
        }
        let name = if unlink { none::none() } else { bound.required(3).to_ref() };
        SemLock::make(ty, opened, kind, maximum, name)
    }
}

/// `_multiprocessing`.
#[pymodule(name = "_multiprocessing")]
pub mod multiprocessing_module {
    use super::*;

    #[pyfunction("($module, name, /)")]
    fn sem_unlink(name: CText) -> PyResult<()> {
        // SAFETY: a C string.
        if unsafe { libc::sem_unlink(name.ptr()) } < 0 { Err(last_error()) } else { Ok(()) }
    }

    #[pyexec]
    fn exec(module: &Object) -> PyResult<()> {
        module::add_type(module, &SEM_LOCK)?;
        if let Some(dict) = SEM_LOCK.dict.get().and_then(|d| d.downcast_ref::<Dict>().ok()) {
            dict.set_str(&key("SEM_VALUE_MAX"), &int(i32::MAX.into()))?;
        }
        let flags = Dict::new();
        flags.set_str(&key("HAVE_SEM_OPEN"), &int(1))?;
        flags.set_str(&key("HAVE_SEM_TIMEDWAIT"), &int(1))?;
        module::add(module, "flags", flags)
    }
}

/// `_posixshmem`.
#[pymodule(name = "_posixshmem")]
pub mod shared_memory_module {
    use super::*;

    #[pyfunction("($module, /, path, flags, mode=511)")]
    fn shm_open(path: &Object, flags: i32, mode: i32) -> PyResult<i64> {
        let text = CText::from_arg(path, &Place::at("shm_open", 1))?;
        let text = &text;
        let result = signals::retry_eintr(move || {
            // SAFETY: a C string.
            unsafe { libc::shm_open(text.ptr(), flags, mode as libc::mode_t) as isize }
        })?;
        result.map(|fd| fd as i64).map_err(|errno| exceptions::os_error(errno, Some(path), None))
    }

    #[pyfunction("($module, path, /)")]
    fn shm_unlink(path: &Object) -> PyResult<()> {
        let text = CText::from_arg(path, &Place::only("shm_unlink"))?;
        let text = &text;
        // SAFETY: a C string.
        let result =
            signals::retry_eintr(move || unsafe { libc::shm_unlink(text.ptr()) as isize })?;
        result.map(drop).map_err(|errno| exceptions::os_error(errno, Some(path), None))
    }
}
