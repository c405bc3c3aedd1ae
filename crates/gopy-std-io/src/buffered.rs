//! The buffer behind `BufferedReader`, `BufferedWriter` and `BufferedRandom`.
//!
//! Answers to `Modules/_io/bufferedio.c`. One piece of memory serves reading and writing; the
//! positions in it are those of CPython:
//!
//! * `pos`: where the program is, relative to the memory's start;
//! * `raw_pos`: where the raw stream is, likewise; -1 where that is unknown;
//! * `read_end`: end of what has been read; -1 where nothing was;
//! * `write_pos..write_end`: what is to be written; `write_end` is -1 where nothing is.
//!
//! Raw streams release the GIL, so everything that calls them holds the stream's own lock. Reads that
//! the memory can serve don't: the raw stream writes behind `read_end` only.

use std::cell::Cell;
use std::mem::MaybeUninit;
use std::ops::Deref;

use gopy_core::bytes::Bytes;
use gopy_core::error::{os_error_text, runtime_error, type_error, value_error};
use gopy_core::int::Int;
use gopy_core::str::Str;
use gopy_core::{buffer, call, exceptions, id, memoryview, none, number, object};
use gopy_macros::{pyclass, pyslots};
use gopy_object::buffer::{Buffer, BufferRequest};
use gopy_object::lock::{LockResult, RawLock};
use gopy_object::{
    Exception, Instance, Object, PyResult, Ref, Slot, Traverse, Type, Visitor, memory, signals,
    thread,
};

use crate::fileio::{FileIo, name_of};
use crate::iobase::{self, IoBase};
use crate::util::{self, WriteBuf, blocking_error, chain, retry_interrupted};

/// What the three types begin with.
#[repr(C)]
pub struct Buffered {
    base: IoBase,
    raw: Slot,
    ready: Cell<bool>,
    detached: Cell<bool>,
    readable: Cell<bool>,
    writable: Cell<bool>,
    pub(crate) finalizing: Cell<bool>,
    /// Where the raw stream is in the file, once it is known.
    abs_pos: Cell<Option<i64>>,
    memory: Cell<*mut u8>,
    size: Cell<usize>,
    pos: Cell<i64>,
    raw_pos: Cell<i64>,
    read_end: Cell<i64>,
    write_pos: Cell<i64>,
    write_end: Cell<i64>,
    lock: RawLock,
    owner: Cell<u64>,
}

impl Deref for Buffered {
    type Target = IoBase;

    fn deref(&self) -> &IoBase {
        &self.base
    }
}

impl Traverse for Buffered {
    fn traverse(&self, visit: &mut Visitor<'_>) {
        self.base.traverse(visit);
        self.raw.traverse(visit);
    }

    fn clear(&self) {
        self.ready.set(false);
        self.raw.clear();
        self.base.clear();
    }
}

impl Drop for Buffered {
    fn drop(&mut self) {
        self.free_memory();
    }
}

/// Holds a stream's lock.
struct Guard<'a>(&'a Buffered);

impl Drop for Guard<'_> {
    fn drop(&mut self) {
        self.0.owner.set(0);
        self.0.lock.unlock();
    }
}

/// Memory that a raw stream reads into; it lives as long as views of it.
#[pyclass(name = "_io._Block", static = BLOCK, basicsize = 32,
    flags(DISALLOW_INSTANTIATION, IMMUTABLETYPE), no_methods, manual_traverse)]
#[repr(C)]
struct Block {
    object: Object,
    data: Cell<*mut u8>,
    length: usize,
}

gopy_object::leaf_traverse!(Block);

impl Drop for Block {
    fn drop(&mut self) {
        // SAFETY: made by `Box::into_raw` of a slice of this length, and freed once.
        drop(unsafe {
            Box::from_raw(std::ptr::slice_from_raw_parts_mut(self.data.get(), self.length))
        });
    }
}

#[pyslots]
impl Block {
    fn bf_get(&self, request: BufferRequest) -> PyResult<Buffer> {
        buffer::fill_info(self, self.data.get(), self.length, false, request)
    }
}

/// Makes the private type ready.
pub(crate) fn ready() -> PyResult<()> {
    gopy_core::type_::ready(&BLOCK)
}

/// A memoryview of something that exports its bytes.
fn view_of(o: &Object, request: BufferRequest) -> PyResult {
    match o.type_().slots.buffer.get.get() {
        Some(get) => memoryview::from_getbuffer(o, request, get),
        None => Err(type_error!("a bytes-like object is required")),
    }
}

/// What a raw read or write did; `None` where it would block.
type Transferred = Option<usize>;

impl Buffered {
    /// A stream that `__init__` has not been called on.
    pub(crate) fn new(ty: &Type) -> Buffered {
        Buffered {
            base: IoBase::head(ty),
            raw: Slot::empty(),
            ready: Cell::new(false),
            detached: Cell::new(false),
            readable: Cell::new(false),
            writable: Cell::new(false),
            finalizing: Cell::new(false),
            abs_pos: Cell::new(None),
            memory: Cell::new(std::ptr::null_mut()),
            size: Cell::new(0),
            pos: Cell::new(0),
            raw_pos: Cell::new(-1),
            read_end: Cell::new(-1),
            write_pos: Cell::new(0),
            write_end: Cell::new(-1),
            lock: RawLock::new(),
            owner: Cell::new(0),
        }
    }

    fn this(&self) -> &Object {
        self.base.as_object()
    }

    fn free_memory(&self) {
        let memory = self.memory.replace(std::ptr::null_mut());
        if !memory.is_null() {
            let memory = memory.cast::<MaybeUninit<u8>>();
            let slice = std::ptr::slice_from_raw_parts_mut(memory, self.size.get());
            // SAFETY: made by `Box::into_raw` in `init`, and taken out of the cell just now.
            drop(unsafe { Box::from_raw(slice) });
        }
    }

    /// The work of `__init__`. May run Python.
    pub(crate) fn init(
        &self,
        raw: &Object,
        size: isize,
        readable: bool,
        writable: bool,
    ) -> PyResult<()> {
        self.ready.set(false);
        self.detached.set(false);
        if readable && writable {
            iobase::check_seekable(raw)?;
        }
        if readable {
            iobase::check_readable(raw)?;
        }
        if writable {
            iobase::check_writable(raw)?;
        }
        let Some(size) = usize::try_from(size).ok().filter(|size| *size > 0) else {
            return Err(value_error!("buffer size must be strictly positive"));
        };
        let fresh = util::uninit(size)?;
        let guard = self.enter()?;
        self.raw.set(Some(raw.to_ref()));
        self.free_memory();
        self.memory.set(Box::into_raw(fresh).cast());
        self.size.set(size);
        self.readable.set(readable);
        self.writable.set(writable);
        self.abs_pos.set(None);
        self.reset_read();
        self.reset_write();
        self.pos.set(0);
        drop(guard);
        // Streams without a position are fine.
        let _ = self.raw_tell();
        self.ready.set(true);
        Ok(())
    }

    // --- checks -------------------------------------------------------------------------------

    fn check_ready(&self) -> PyResult<()> {
        if self.ready.get() {
            return Ok(());
        }
        Err(if self.detached.get() {
            value_error!("raw stream has been detached")
        } else {
            value_error!("I/O operation on uninitialized object")
        })
    }

    fn raw(&self) -> PyResult<Ref> {
        self.check_ready()?;
        self.raw.get().ok_or_else(|| value_error!("I/O operation on uninitialized object"))
    }

    fn is_closed(&self) -> PyResult<bool> {
        let raw = self.raw()?;
        object::is_true(&*object::get_attr(&raw, id!(closed))?)
    }

    fn check_open(&self, complaint: &str) -> PyResult<()> {
        self.check_ready()?;
        if (self.memory.get().is_null() || self.is_closed()?) && self.read_ahead() == 0 {
            return Err(value_error!("{complaint}"));
        }
        Ok(())
    }

    /// Takes the lock; the GIL is released meanwhile.
    fn enter(&self) -> PyResult<Guard<'_>> {
        let me = thread().id.wrapping_add(1);
        if !self.lock.try_lock() {
            if self.owner.get() == me {
                let repr = object::repr(self.this())?;
                return Err(runtime_error!("reentrant call inside {repr}"));
            }
            let lock = &self.lock;
            while gopy_object::gil::detach(|| lock.lock_until(None)) != LockResult::Acquired {}
        }
        self.owner.set(me);
        Ok(Guard(self))
    }

    /// The lock, with memory to work on.
    fn enter_open(&self) -> PyResult<Guard<'_>> {
        let guard = self.enter()?;
        if self.memory.get().is_null() {
            return Err(value_error!("I/O operation on closed file."));
        }
        Ok(guard)
    }

    // --- positions ----------------------------------------------------------------------------

    fn has_read(&self) -> bool {
        self.readable.get() && self.read_end.get() != -1
    }

    fn has_written(&self) -> bool {
        self.writable.get() && self.write_end.get() != -1
    }

    fn read_ahead(&self) -> usize {
        if self.has_read() && !self.memory.get().is_null() {
            return usize::try_from(self.read_end.get() - self.pos.get()).unwrap_or(0);
        }
        0
    }

    /// How far the raw stream is ahead of the program.
    fn raw_offset(&self) -> i64 {
        if (self.has_read() || self.has_written()) && self.raw_pos.get() >= 0 {
            return self.raw_pos.get() - self.pos.get();
        }
        0
    }

    fn advance_to(&self, position: i64) {
        self.pos.set(position);
        if self.has_read() && self.read_end.get() < position {
            self.read_end.set(position);
        }
    }

    fn reset_read(&self) {
        self.read_end.set(-1);
    }

    fn reset_write(&self) {
        self.write_pos.set(0);
        self.write_end.set(-1);
    }

    /// Part of the memory.
    ///
    /// The range was valid when the positions were read, and the memory is not freed before Python
    /// runs again; so callers use the slice at once. The positions only ever enclose what was read or
    /// stored: the rest of the memory is not initialised.
    fn part(&self, start: usize, end: usize) -> &[u8] {
        let memory = self.memory.get();
        if memory.is_null() || start >= end {
            return &[];
        }
        let end = end.min(self.size.get());
        let start = start.min(end);
        // SAFETY: within the memory.
        unsafe { std::slice::from_raw_parts(memory.add(start), end - start) }
    }

    /// Copies into the memory.
    fn store(&self, start: usize, data: &[u8]) {
        let memory = self.memory.get();
        let room = self.size.get().saturating_sub(start);
        debug_assert!(data.len() <= room);
        if memory.is_null() {
            return;
        }
        // SAFETY: within the memory; `copy` allows that the data come from there.
        unsafe { std::ptr::copy(data.as_ptr(), memory.add(start), data.len().min(room)) };
    }

    // --- the raw stream -------------------------------------------------------------------------

    fn raw_tell(&self) -> PyResult<i64> {
        let Some(raw) = self.raw.get() else {
            return Err(value_error!("I/O operation on uninitialized object"));
        };
        let answer = call::call_method(&raw, id!(tell), &[])?;
        self.note_position(&answer)
    }

    fn note_position(&self, answer: &Object) -> PyResult<i64> {
        let position = util::offset(answer)?;
        if position < 0 {
            return Err(os_error_text!("Raw stream returned invalid position {position}"));
        }
        self.abs_pos.set(Some(position));
        Ok(position)
    }

    fn raw_seek(&self, target: i64, whence: i32) -> PyResult<i64> {
        let raw = self.raw()?;
        let (target, whence) = (Int::from_i64(target), Int::from_i64(i64::from(whence)));
        let answer = call::call_method(&raw, id!(seek), &[&target, &whence])?;
        self.note_position(&answer)
    }

    fn moved(&self, count: usize) {
        self.abs_pos.set(self.abs_pos.get().map(|position| position + count as i64));
    }

    fn raw_read(&self, data: &mut [u8]) -> PyResult<Transferred> {
        // SAFETY: what is read is initialised.
        self.raw_read_uninit(unsafe { util::as_uninit(data) })
    }

    /// Reads from the raw stream; so many bytes at the beginning of `data` are initialised then.
    fn raw_read_uninit(&self, data: &mut [MaybeUninit<u8>]) -> PyResult<Transferred> {
        let raw = self.raw()?;
        if let Some(file) = raw.downcast_exact::<FileIo>() {
            let count = file.read_into_uninit(data)?;
            self.moved(count.unwrap_or(0));
            return Ok(count);
        }
        let block = util::zeroed(data.len())?.into_boxed_slice();
        let length = block.len();
        let memory_of = Cell::new(Box::into_raw(block).cast::<u8>());
        let block = memory::alloc(
            &BLOCK,
            Block { object: Object::header(&BLOCK), data: memory_of, length },
        )?;
        let view = view_of(&block, BufferRequest::FULL)?;
        let answer = loop {
            match call::call_method(&raw, id!(readinto), &[&view]) {
                Ok(answer) => break answer,
                Err(error) => retry_interrupted(error)?,
            }
        };
        if none::is_none(&answer) {
            return Ok(None);
        }
        let count = number::index_as_ssize(&answer).map_err(|cause| {
            let error = os_error_text!("raw readinto() failed");
            let cause = cause.into_value();
            error.value().cause.set(Some(cause.clone()));
            error.value().context.set(Some(cause));
            error.value().suppress_context.set(true);
            error
        })?;
        if count < 0 || count as usize > length {
            return Err(os_error_text!(
                "raw readinto() returned invalid length {count} (should have been between 0 and {length})"
            ));
        }
        let count = count as usize;
        // SAFETY: `count` is within the block, which the reference keeps alive.
        let read = unsafe { std::slice::from_raw_parts(block.data.get(), count) };
        data[..count].write_copy_of_slice(read);
        self.moved(count);
        Ok(Some(count))
    }

    fn raw_write(&self, data: &[u8]) -> PyResult<Transferred> {
        let raw = self.raw()?;
        if let Some(file) = raw.downcast_exact::<FileIo>() {
            let count = file.write_from(data)?;
            self.moved(count.unwrap_or(0));
            return Ok(count);
        }
        let copy = Bytes::new(data)?;
        let view = view_of(&copy, BufferRequest::FULL_RO)?;
        let answer = loop {
            match call::call_method(&raw, id!(write), &[&view]) {
                Ok(answer) => break answer,
                Err(error) => retry_interrupted(error)?,
            }
        };
        if none::is_none(&answer) {
            return Ok(None);
        }
        let count = number::index_as_ssize(&answer)?;
        let length = data.len();
        if count < 0 || count as usize > length {
            return Err(os_error_text!(
                "raw write() returned invalid length {count} (should have been between 0 and {length})"
            ));
        }
        self.moved(count as usize);
        Ok(Some(count as usize))
    }

    /// Reads more behind what has been read.
    fn fill(&self) -> PyResult<Transferred> {
        let start = if self.has_read() { self.read_end.get().max(0) as usize } else { 0 };
        let memory = self.memory.get();
        if memory.is_null() || start >= self.size.get() {
            return Ok(Some(0));
        }
        let length = self.size.get() - start;
        // SAFETY: within the memory, which only holders of the lock free or write, and behind what
        // readers without the lock look at.
        let room = unsafe {
            let start = memory.add(start).cast::<MaybeUninit<u8>>();
            std::slice::from_raw_parts_mut(start, length)
        };
        let Some(count) = self.raw_read_uninit(room)? else { return Ok(None) };
        if count > 0 {
            self.read_end.set((start + count) as i64);
            self.raw_pos.set((start + count) as i64);
        }
        Ok(Some(count))
    }

    fn flush_unlocked(&self) -> PyResult<()> {
        if self.has_written() && self.write_pos.get() != self.write_end.get() {
            let rewind = self.raw_offset() + (self.pos.get() - self.write_pos.get());
            if rewind != 0 {
                self.raw_seek(-rewind, 1)?;
                self.raw_pos.set(self.raw_pos.get() - rewind);
            }
            while self.write_pos.get() < self.write_end.get() {
                let (start, end) = (self.write_pos.get() as usize, self.write_end.get() as usize);
                let Some(count) = self.raw_write(self.part(start, end))? else {
                    return Err(blocking_error("write could not complete without blocking", 0));
                };
                // The program's position stays: what follows rewinds the raw stream to it.
                self.write_pos.set((start + count) as i64);
                self.raw_pos.set((start + count) as i64);
                // A write that did part of the work may have been interrupted.
                signals::check()?;
            }
        }
        self.reset_write();
        Ok(())
    }

    fn flush_and_rewind(&self) -> PyResult<()> {
        self.flush_unlocked()?;
        if self.readable.get() {
            let offset = self.raw_offset();
            let sought = self.raw_seek(-offset, 1);
            self.reset_read();
            sought?;
        }
        Ok(())
    }

    // --- what the types share -------------------------------------------------------------------

    pub(crate) fn detach(&self) -> PyResult {
        self.check_ready()?;
        call::call_method(self.this(), id!(flush), &[])?;
        let raw = self.raw.take();
        self.detached.set(true);
        self.ready.set(false);
        raw.ok_or_else(|| value_error!("raw stream has been detached"))
    }

    pub(crate) fn ask_raw(&self, method: &Str) -> PyResult {
        call::call_method(&*self.raw()?, method, &[])
    }

    pub(crate) fn raw_attribute(&self, name: &Str) -> PyResult {
        object::get_attr(&*self.raw()?, name)
    }

    pub(crate) fn raw_value(&self) -> Option<Ref> {
        self.raw.get()
    }

    pub(crate) fn dealloc_warn(&self, source: &Object) -> PyResult<()> {
        if self.ready.get()
            && let Some(raw) = self.raw.get()
        {
            // A failing warning is nobody's business here.
            let _ = call::call_method(&raw, id!(_dealloc_warn), &[source]);
        }
        Ok(())
    }

    pub(crate) fn flush(&self) -> PyResult<()> {
        self.check_open("flush of closed file")?;
        let _guard = self.enter_open()?;
        self.flush_and_rewind()
    }

    pub(crate) fn close(&self) -> PyResult {
        self.check_ready()?;
        {
            let _guard = self.enter()?;
            if self.is_closed()? {
                return Ok(none::none());
            }
            if self.finalizing.get() {
                self.dealloc_warn(self.this())?;
            }
        }
        let flushed = call::call_method(self.this(), id!(flush), &[]);
        let _guard = self.enter()?;
        let closed = self.raw().and_then(|raw| call::call_method(&raw, id!(close), &[]));
        self.reset_read();
        self.reset_write();
        self.free_memory();
        match flushed {
            Ok(_) => closed,
            Err(error) => Err(chain(error, closed)),
        }
    }

    pub(crate) fn tell(&self) -> PyResult<i64> {
        self.check_ready()?;
        let position = self.raw_tell()? - self.raw_offset();
        // Somebody else may have moved the raw stream.
        Ok(position.max(0))
    }

    pub(crate) fn seek(&self, target: &Object, whence: i32) -> PyResult<i64> {
        self.check_ready()?;
        if !matches!(whence, 0..=2 | libc::SEEK_DATA | libc::SEEK_HOLE) {
            return Err(value_error!("whence value {whence} unsupported"));
        }
        self.check_open("seek of closed file")?;
        iobase::check_seekable(&*self.raw()?)?;
        let mut target = util::offset(target)?;
        if whence <= 1 && self.readable.get() {
            let current = match self.abs_pos.get() {
                Some(position) => position,
                None => self.raw_tell()?,
            };
            let ahead = self.read_ahead() as i64;
            if ahead > 0 {
                let here = current - self.raw_offset();
                let step = if whence == 0 { target.checked_sub(here) } else { Some(target) };
                if let Some(step) = step
                    && step >= -self.pos.get()
                    && step <= ahead
                {
                    self.pos.set(self.pos.get() + step);
                    return Ok((here + step).max(0));
                }
            }
        }
        let _guard = self.enter_open()?;
        if self.writable.get() {
            self.flush_unlocked()?;
        }
        if whence == 1 {
            target = target.saturating_sub(self.raw_offset());
        }
        let position = self.raw_seek(target, whence)?;
        self.raw_pos.set(-1);
        if self.readable.get() {
            self.reset_read();
        }
        Ok(position)
    }

    pub(crate) fn truncate(&self, position: Option<&Object>) -> PyResult {
        self.check_open("truncate of closed file")?;
        if !self.writable.get() {
            return Err(util::unsupported("truncate"));
        }
        let _guard = self.enter_open()?;
        self.flush_and_rewind()?;
        let position = position.unwrap_or_else(|| none::none_object());
        let answer = call::call_method(&*self.raw()?, id!(truncate), &[position])?;
        let _ = self.raw_tell();
        Ok(answer)
    }

    pub(crate) fn repr(&self) -> PyResult<String> {
        let ty = self.this().type_name();
        let Some(name) = name_of(self.this())? else { return Ok(format!("<{ty}>")) };
        let Some(_guard) = thread().enter_repr(self.this()) else {
            return Err(runtime_error!("reentrant call inside {ty}.__repr__"));
        };
        let name = object::repr(&name)?;
        Ok(format!("<{ty} name={name}>"))
    }

    pub(crate) fn size_of(&self, basic: usize) -> usize {
        basic + if self.memory.get().is_null() { 0 } else { self.size.get() }
    }

    // --- reading --------------------------------------------------------------------------------

    /// Serves `size` bytes that the memory has.
    fn take(&self, size: usize) -> PyResult {
        let start = self.pos.get() as usize;
        let data = util::bytes_of(self.part(start, start + size))?;
        self.pos.set((start + size) as i64);
        Ok(data)
    }

    pub(crate) fn read(&self, size: isize) -> PyResult {
        self.check_ready()?;
        if size < -1 {
            return Err(value_error!("read length must be non-negative or -1"));
        }
        self.check_open("read of closed file")?;
        let Ok(size) = usize::try_from(size) else {
            let _guard = self.enter_open()?;
            return self.read_all();
        };
        if size <= self.read_ahead() {
            return self.take(size);
        }
        let _guard = self.enter_open()?;
        self.read_generic(size)
    }

    fn read_all(&self) -> PyResult {
        let ahead = self.read_ahead();
        let start = self.pos.get().max(0) as usize;
        let mut data = Vec::new();
        util::append(&mut data, self.part(start, start + ahead))?;
        self.pos.set((start + ahead) as i64);
        if self.writable.get() {
            self.flush_and_rewind()?;
        }
        self.reset_read();
        let raw = self.raw()?;
        if let Some(read_all) = object::get_attr_opt(&raw, id!(readall))? {
            let rest = call::call_no_args(&read_all)?;
            if !none::is_none(&rest) && rest.downcast::<Bytes>().is_none() {
                return Err(type_error!("readall() should return bytes"));
            }
            if ahead == 0 {
                return Ok(rest);
            }
            if let Some(rest) = rest.downcast::<Bytes>() {
                util::append(&mut data, rest.as_slice())?;
            }
            return util::bytes_of(&data);
        }
        loop {
            let part = call::call_method(&raw, id!(read), &[])?;
            if !none::is_none(&part) && part.downcast::<Bytes>().is_none() {
                return Err(type_error!("read() should return bytes"));
            }
            let more = part.downcast::<Bytes>().map_or(&[][..], Bytes::as_slice);
            if more.is_empty() {
                return if data.is_empty() { Ok(part) } else { util::bytes_of(&data) };
            }
            util::append(&mut data, more)?;
            self.moved(more.len());
        }
    }

    fn read_generic(&self, size: usize) -> PyResult {
        let ahead = self.read_ahead();
        if size <= ahead {
            return self.take(size);
        }
        let mut data = util::zeroed(size)?;
        let start = self.pos.get().max(0) as usize;
        data[..ahead].copy_from_slice(self.part(start, start + ahead));
        self.pos.set((start + ahead) as i64);
        let mut filled = ahead;
        if self.writable.get() {
            self.flush_and_rewind()?;
        }
        self.reset_read();
        let answer = |data: &[u8], count: Transferred| match count {
            None if data.is_empty() => Ok(none::none()),
            _ => util::bytes_of(data),
        };
        // Whole blocks go past the memory.
        while size - filled >= self.size.get() {
            let whole = (size - filled) / self.size.get() * self.size.get();
            match self.raw_read(&mut data[filled..filled + whole])? {
                Some(count) if count > 0 => filled += count,
                end => return answer(&data[..filled], end),
            }
        }
        self.pos.set(0);
        self.raw_pos.set(0);
        self.read_end.set(0);
        while filled < size && (self.read_end.get() as usize) < self.size.get() {
            match self.fill()? {
                Some(count) if count > 0 => {
                    let count = count.min(size - filled);
                    let start = self.pos.get() as usize;
                    data[filled..filled + count].copy_from_slice(self.part(start, start + count));
                    filled += count;
                    self.pos.set((start + count) as i64);
                }
                end => return answer(&data[..filled], end),
            }
        }
        util::bytes_of(&data[..filled])
    }

    pub(crate) fn peek(&self) -> PyResult {
        self.check_open("peek of closed file")?;
        let _guard = self.enter_open()?;
        if self.writable.get() {
            self.flush_and_rewind()?;
        }
        let ahead = self.read_ahead();
        if ahead > 0 {
            let start = self.pos.get() as usize;
            return util::bytes_of(self.part(start, start + ahead));
        }
        self.reset_read();
        let count = self.fill()?.unwrap_or(0);
        self.pos.set(0);
        util::bytes_of(self.part(0, count))
    }

    pub(crate) fn read1(&self, size: isize) -> PyResult {
        self.check_ready()?;
        let size = usize::try_from(size).unwrap_or_else(|_| self.size.get());
        self.check_open("read of closed file")?;
        if size == 0 {
            return util::bytes_of(&[]);
        }
        let ahead = self.read_ahead();
        if ahead > 0 {
            return self.take(ahead.min(size));
        }
        let mut data = util::zeroed(size)?;
        let _guard = self.enter_open()?;
        self.reset_read();
        let count = self.raw_read(&mut data)?.unwrap_or(0);
        util::bytes_of(&data[..count])
    }

    pub(crate) fn readinto(&self, mut target: WriteBuf, once: bool) -> PyResult<Transferred> {
        self.check_open("readinto of closed file")?;
        let length = target.len();
        let read_ahead = self.read_ahead();
        let ahead = read_ahead.min(length);
        let mut filled = ahead;
        // Reading nothing must not lose what has been read ahead.
        if read_ahead > 0 {
            let start = self.pos.get() as usize;
            target.as_mut()[..ahead].copy_from_slice(self.part(start, start + ahead));
            self.pos.set((start + ahead) as i64);
            if ahead == length {
                return Ok(Some(filled));
            }
        }
        let _guard = self.enter_open()?;
        if self.writable.get() {
            self.flush_and_rewind()?;
        }
        self.reset_read();
        self.pos.set(0);
        while filled < length {
            let left = length - filled;
            let count = if left > self.size.get() {
                self.raw_read(&mut target.as_mut()[filled..])?
            } else if !(once && filled > 0) {
                match self.fill()? {
                    Some(count) if count > 0 => {
                        let count = count.min(left);
                        let start = self.pos.get() as usize;
                        let part = self.part(start, start + count);
                        target.as_mut()[filled..filled + count].copy_from_slice(part);
                        self.pos.set((start + count) as i64);
                        Some(count)
                    }
                    end => end,
                }
            } else {
                Some(0)
            };
            match count {
                Some(0) => break,
                None if filled > 0 => break,
                None => return Ok(None),
                Some(count) => filled += count,
            }
            if once {
                break;
            }
        }
        Ok(Some(filled))
    }

    pub(crate) fn readline(&self, limit: isize) -> PyResult {
        self.check_open("readline of closed file")?;
        let mut limit = usize::try_from(limit).ok();
        let ahead = self.read_ahead();
        let start = self.pos.get().max(0) as usize;
        let within = limit.map_or(ahead, |limit| ahead.min(limit));
        let part = self.part(start, start + within);
        if let Some(at) = part.iter().position(|b| *b == b'\n') {
            return self.take(at + 1);
        }
        if limit == Some(within) {
            return self.take(within);
        }
        let _guard = self.enter_open()?;
        let mut line = Vec::new();
        util::append(&mut line, self.part(start, start + within))?;
        self.pos.set((start + within) as i64);
        limit = limit.map(|limit| limit - within);
        if self.writable.get() {
            self.flush_and_rewind()?;
        }
        loop {
            self.reset_read();
            let count = self.fill()?.unwrap_or(0);
            if count == 0 {
                break;
            }
            let within = limit.map_or(count, |limit| count.min(limit));
            let part = self.part(0, within);
            let found = part.iter().position(|b| *b == b'\n');
            let end = found.map_or(within, |at| at + 1);
            util::append(&mut line, &part[..end])?;
            self.pos.set(end as i64);
            limit = limit.map(|limit| limit - end);
            if found.is_some() || limit == Some(0) {
                break;
            }
        }
        util::bytes_of(&line)
    }

    pub(crate) fn next_line(&self, is_exact: bool) -> PyResult<Option<Ref>> {
        self.check_ready()?;
        let line = if is_exact {
            self.readline(-1)?
        } else {
            let line = call::call_method(self.this(), id!(readline), &[])?;
            if line.downcast::<Bytes>().is_none() {
                return Err(os_error_text!(
                    "readline() should have returned a bytes object, not '{:.200}'",
                    line.type_name()
                ));
            }
            line
        };
        let is_end = line.downcast::<Bytes>().is_none_or(|line| line.as_slice().is_empty());
        Ok((!is_end).then_some(line))
    }

    // --- writing --------------------------------------------------------------------------------

    pub(crate) fn write(&self, data: &[u8]) -> PyResult<usize> {
        self.check_ready()?;
        let _guard = self.enter()?;
        if self.memory.get().is_null() || self.is_closed()? {
            return Err(value_error!("write to closed file"));
        }
        if !self.has_read() && !self.has_written() {
            self.pos.set(0);
            self.raw_pos.set(0);
        }
        let size = self.size.get();
        let position = self.pos.get().max(0) as usize;
        if data.len() <= size.saturating_sub(position) && data.len() < size {
            self.store(position, data);
            if !self.has_written() || self.write_pos.get() > position as i64 {
                self.write_pos.set(position as i64);
            }
            self.advance_to((position + data.len()) as i64);
            self.write_end.set(self.write_end.get().max(self.pos.get()));
            return Ok(data.len());
        }
        if let Err(error) = self.flush_unlocked() {
            return self.keep_what_fits(error, data);
        }
        // The program's position may differ from the raw stream's.
        let offset = self.raw_offset();
        if offset != 0 {
            self.raw_seek(-offset, 1)?;
            self.raw_pos.set(self.raw_pos.get() - offset);
        }
        let mut written = 0;
        while data.len() - written > size {
            match self.raw_write(&data[written..])? {
                Some(count) => written += count,
                None => {
                    self.store(0, &data[written..written + size]);
                    self.raw_pos.set(0);
                    self.advance_to(size as i64);
                    self.write_pos.set(0);
                    self.write_end.set(size as i64);
                    written += size;
                    let text = "write could not complete without blocking";
                    return Err(blocking_error(text, written));
                }
            }
            signals::check()?;
        }
        if self.readable.get() {
            self.reset_read();
        }
        let rest = &data[written..];
        self.store(0, rest);
        self.write_pos.set(0);
        self.write_end.set(rest.len() as i64);
        self.advance_to(rest.len() as i64);
        self.raw_pos.set(0);
        Ok(data.len())
    }

    /// The raw stream would block: what fits into the memory is kept for later.
    fn keep_what_fits(&self, error: Exception, data: &[u8]) -> PyResult<usize> {
        if !error.is_instance(&exceptions::BLOCKING_IO_ERROR) {
            return Err(error);
        }
        if self.readable.get() {
            self.reset_read();
        }
        let start = self.write_pos.get();
        let waiting = self.part(start as usize, self.write_end.get() as usize);
        self.store(0, waiting);
        self.write_end.set(self.write_end.get() - start);
        self.raw_pos.set(self.raw_pos.get() - start);
        self.pos.set(self.pos.get() - start);
        self.write_pos.set(0);
        let end = self.write_end.get() as usize;
        let count = data.len().min(self.size.get() - end);
        self.store(end, &data[..count]);
        self.write_end.set((end + count) as i64);
        self.pos.set(self.pos.get() + count as i64);
        if count == data.len() {
            return Ok(count);
        }
        Err(blocking_error("write could not complete without blocking", count))
    }
}
