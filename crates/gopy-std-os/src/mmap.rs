//! `mmap`.
//!
//! Answers to `Modules/mmapmodule.c`. What is mapped can change behind our back, since other processes
//! and other objects map it too; so bytes are copied before anything looks at them twice, but for
//! searches, which only read.

use std::cell::Cell;

use gopy_core::argument::{FromArg, Place, keyword_items};
use gopy_core::bytes::Bytes;
use gopy_core::error::{
    buffer_error, index_error, overflow_error, system_error, type_error, value_error,
};
use gopy_core::slice::{self, Slice};
use gopy_core::{buffer, exceptions, hooks, module, none, number, object};
use gopy_macros::{pyclass, pymethods, pymodule, pyslots};
use gopy_object::buffer::{Buffer, BufferRequest};
use gopy_object::weakref::WeakList;
use gopy_object::{Args, Instance, Object, PyResult, Ref, Type, gc, gil, lock, memory};
use gopy_unicode::search;

use crate::header_constants;
use crate::util::{ReadBuf, add_constants, int, last_error, os_error, zeroed};

const ACCESS_DEFAULT: i32 = 0;
const ACCESS_READ: i32 = 1;
const ACCESS_WRITE: i32 = 2;
const ACCESS_COPY: i32 = 3;

/// A mapping, unmapped with this.
struct Mapping {
    /// The first byte, null where it is closed.
    data: Cell<*mut u8>,
    size: Cell<usize>,
    position: Cell<usize>,
    offset: i64,
    /// Our own descriptor of the file, or -1.
    fd: Cell<i32>,
    flags: i32,
    access: i32,
    tracks_fd: bool,
    exports: Cell<usize>,
}

gopy_object::leaf_traverse!(Mapping);

impl Mapping {
    fn close(&self) {
        let (data, size) = (self.data.replace(std::ptr::null_mut()), self.size.get());
        let (data, fd) = (data.expose_provenance(), self.fd.replace(-1));
        gil::detach(|| {
            if fd >= 0 {
                // SAFETY: a descriptor that is owned and given up here.
                unsafe { libc::close(fd) };
            }
            if data != 0 {
                // SAFETY: a mapping of this size that nobody has an export of.
                unsafe { libc::munmap(std::ptr::with_exposed_provenance_mut(data), size) };
            }
        });
    }
}

impl Drop for Mapping {
    fn drop(&mut self) {
        self.close();
    }
}

/// An `mmap.mmap`.
#[pyclass(name = "mmap.mmap", static = MMAP, basicsize = 88, weaklistoffset = 72,
    flags(BASETYPE, HAVE_GC), weaklist = weakrefs)]
#[repr(C)]
pub struct Mmap {
    object: Object,
    mapping: Mapping,
    weakrefs: WeakList,
}

/// A number, or `None` for none.
struct OptionalSize(Option<isize>);

impl FromArg<'_> for OptionalSize {
    fn from_arg(arg: &Object, _place: &Place<'_>) -> PyResult<Self> {
        if none::is_none(arg) {
            return Ok(OptionalSize(None));
        }
        if !number::is_index(arg) {
            return Err(type_error!(
                "argument should be integer or None, not '{:.200}'",
                arg.type_name()
            ));
        }
        number::index_as_ssize(arg).map(|size| OptionalSize(Some(size)))
    }
}

/// A C `unsigned char` that must fit.
struct Byte(u8);

impl FromArg<'_> for Byte {
    fn from_arg(arg: &Object, _place: &Place<'_>) -> PyResult<Self> {
        match number::index_as_c_long(arg)? {
            value if value < 0 => {
                Err(overflow_error!("unsigned byte integer is less than minimum"))
            }
            value => u8::try_from(value)
                .map(Byte)
                .map_err(|_| overflow_error!("unsigned byte integer is greater than maximum")),
        }
    }
}

impl Mmap {
    /// The first byte, where the mapping is open.
    fn data(&self) -> PyResult<*mut u8> {
        match self.mapping.data.get() {
            data if data.is_null() => Err(value_error!("mmap closed or invalid")),
            data => Ok(data),
        }
    }

    fn size_now(&self) -> usize {
        self.mapping.size.get()
    }

    /// The bytes, for as long as no Python code runs.
    fn content(&self) -> PyResult<&[u8]> {
        let data = self.data()?;
        // SAFETY: so many bytes are mapped, and stay so until Python code runs.
        Ok(unsafe { std::slice::from_raw_parts(data, self.size_now()) })
    }

    fn check_writable(&self) -> PyResult<()> {
        if self.mapping.access != ACCESS_READ {
            return Ok(());
        }
        Err(type_error!("mmap can't modify a readonly memory map."))
    }

    /// Copies bytes in; the callers have checked the range.
    fn put(&self, at: usize, bytes: &[u8]) -> PyResult<()> {
        let data = self.data()?;
        debug_assert!(at + bytes.len() <= self.size_now());
        // SAFETY: within the mapping, which is writable; the source may be part of it.
        unsafe { std::ptr::copy(bytes.as_ptr(), data.add(at), bytes.len()) };
        Ok(())
    }

    fn index(&self, key: &Object) -> PyResult<usize> {
        let index = number::index_as_ssize_or(key, &exceptions::INDEX_ERROR)?;
        let size = self.size_now();
        let index = if index < 0 { index + size as isize } else { index };
        match usize::try_from(index) {
            Ok(index) if index < size => Ok(index),
            _ => Err(index_error!("mmap index out of range")),
        }
    }

    fn search(
        &self,
        view: &ReadBuf,
        start: Option<isize>,
        end: Option<isize>,
        find: fn(&[u8], &[u8]) -> Option<usize>,
    ) -> PyResult<isize> {
        let content = self.content()?;
        let size = content.len() as isize;
        let clip = |at: isize| (if at < 0 { at.saturating_add(size) } else { at }).clamp(0, size);
        let start = clip(start.unwrap_or(self.mapping.position.get() as isize));
        let end = clip(end.unwrap_or(size));
        if end < start {
            return Ok(-1);
        }
        let found = find(&content[start as usize..end as usize], view.as_slice());
        Ok(found.map_or(-1, |at| at as isize + start))
    }

    fn rest(&self) -> PyResult<&[u8]> {
        let content = self.content()?;
        Ok(&content[self.mapping.position.get().min(content.len())..])
    }

    fn advance(&self, count: usize) {
        self.mapping.position.set(self.mapping.position.get() + count);
    }

    fn shut(&self) -> PyResult<()> {
        if self.mapping.exports.get() > 0 {
            return Err(buffer_error!("cannot close exported pointers exist"));
        }
        self.mapping.close();
        Ok(())
    }

    /// What must be true for the size to change.
    fn check_resizeable(&self) -> PyResult<()> {
        if self.mapping.exports.get() > 0 {
            return Err(buffer_error!("mmap can't resize with extant buffers exported."));
        }
        if !self.mapping.tracks_fd {
            return Err(value_error!("mmap can't resize with trackfd=False."));
        }
        if matches!(self.mapping.access, ACCESS_WRITE | ACCESS_DEFAULT) {
            return Ok(());
        }
        Err(type_error!("mmap can't resize a readonly or copy-on-write memory map."))
    }
}

#[pymethods]
impl Mmap {
    #[pymethod("($self, /)")]
    fn close(&self) -> PyResult<()> {
        self.shut()
    }

    #[pymethod("($self, view, start=None, end=None, /)")]
    fn find(&self, view: ReadBuf, start: Option<&Object>, end: Option<&Object>) -> PyResult<isize> {
        self.data()?;
        let start = start.map(number::index_as_ssize).transpose()?;
        let end = end.map(number::index_as_ssize).transpose()?;
        self.search(&view, start, end, search::find)
    }

    #[pymethod("($self, view, start=None, end=None, /)")]
    fn rfind(
        &self,
        view: ReadBuf,
        start: Option<&Object>,
        end: Option<&Object>,
    ) -> PyResult<isize> {
        self.data()?;
        let start = start.map(number::index_as_ssize).transpose()?;
        let end = end.map(number::index_as_ssize).transpose()?;
        self.search(&view, start, end, search::find_back)
    }

    #[pymethod("($self, offset=0, size=None, /)")]
    fn flush(&self, offset: isize, size: Option<&Object>) -> PyResult<()> {
        self.data()?;
        let size = size.map(number::index_as_ssize).transpose()?;
        let data = self.data()?.expose_provenance();
        let length = self.size_now() as isize;
        let size = size.unwrap_or(length);
        if size < 0 || offset < 0 || length - offset < size {
            return Err(value_error!("flush values out of range"));
        }
        if matches!(self.mapping.access, ACCESS_READ | ACCESS_COPY) {
            return Ok(());
        }
        let at = data + offset as usize;
        let (result, errno) = gil::detach(|| {
            let at = std::ptr::with_exposed_provenance_mut(at);
            // SAFETY: asks for pages to be written; what is not mapped is an error.
            let result = unsafe { libc::msync(at, size as usize, libc::MS_SYNC) };
            (result, lock::errno())
        });
        if result == -1 { Err(os_error(errno)) } else { Ok(()) }
    }

    #[pymethod("($self, option, start=0, length=None, /)")]
    fn madvise(&self, option: i32, start: isize, length: Option<&Object>) -> PyResult<()> {
        self.data()?;
        let length = length.map(number::index_as_ssize).transpose()?;
        let data = self.data()?;
        let size = self.size_now() as isize;
        let length = length.unwrap_or(size);
        if start < 0 || start >= size {
            return Err(value_error!("madvise start out of bounds"));
        }
        if length < 0 {
            return Err(value_error!("madvise length invalid"));
        }
        let Some(end) = start.checked_add(length) else {
            return Err(overflow_error!("madvise length too large"));
        };
        let length = end.min(size) - start;
        // SAFETY: pages of the mapping.
        let result =
            unsafe { libc::madvise(data.add(start as usize).cast(), length as usize, option) };
        if result != 0 { Err(last_error()) } else { Ok(()) }
    }

    #[pymethod("($self, dest, src, count, /)", name = "move")]
    fn move_(&self, dest: isize, src: isize, count: isize) -> PyResult<()> {
        let data = self.data()?;
        self.check_writable()?;
        let size = self.size_now() as isize;
        if dest < 0 || src < 0 || count < 0 || size - dest < count || size - src < count {
            return Err(value_error!("source, destination, or count out of range"));
        }
        // SAFETY: both ranges lie within the mapping, which is writable.
        unsafe {
            std::ptr::copy(data.add(src as usize), data.add(dest as usize), count as usize);
        }
        Ok(())
    }

    #[pymethod("($self, n=None, /)")]
    fn read(&self, n: Option<OptionalSize>) -> PyResult<Ref<Bytes>> {
        let rest = self.rest()?;
        let wanted = n.and_then(|n| n.0).and_then(|n| usize::try_from(n).ok());
        let bytes = Bytes::new(&rest[..wanted.unwrap_or(rest.len()).min(rest.len())])?;
        self.advance(bytes.as_slice().len());
        Ok(bytes)
    }

    #[pymethod("($self, /)")]
    fn read_byte(&self) -> PyResult<u8> {
        let Some(byte) = self.rest()?.first().copied() else {
            return Err(value_error!("read byte out of range"));
        };
        self.advance(1);
        Ok(byte)
    }

    #[pymethod("($self, /)")]
    fn readline(&self) -> PyResult<Ref<Bytes>> {
        let rest = self.rest()?;
        let end = rest.iter().position(|b| *b == b'\n').map_or(rest.len(), |at| at + 1);
        let line = Bytes::new(&rest[..end])?;
        self.advance(end);
        Ok(line)
    }

    #[pymethod("($self, newsize, /)")]
    fn resize(&self, newsize: isize) -> PyResult<()> {
        let data = self.data()?;
        self.check_resizeable()?;
        let end = i64::try_from(newsize).ok().and_then(|n| n.checked_add(self.mapping.offset));
        let (Ok(new_size), Some(end)) = (usize::try_from(newsize), end) else {
            return Err(value_error!("new size out of range"));
        };
        let (fd, size) = (self.mapping.fd.get(), self.size_now());
        if fd == -1 && self.mapping.flags & libc::MAP_SHARED != 0 && new_size > size {
            return Err(value_error!("mmap: can't expand a shared anonymous mapping"));
        }
        // SAFETY: takes plain numbers.
        if fd != -1 && unsafe { libc::ftruncate(fd, end) } == -1 {
            return Err(last_error());
        }
        // SAFETY: a mapping of this size that nobody has an export of.
        let moved = unsafe { libc::mremap(data.cast(), size, new_size, libc::MREMAP_MAYMOVE) };
        if moved == libc::MAP_FAILED {
            return Err(last_error());
        }
        self.mapping.data.set(moved.cast());
        self.mapping.size.set(new_size);
        Ok(())
    }

    #[pymethod("($self, pos, whence=0, /)")]
    fn seek(&self, pos: isize, whence: i32) -> PyResult<isize> {
        self.data()?;
        let from = match whence {
            0 => 0,
            1 => self.mapping.position.get() as isize,
            2 => self.size_now() as isize,
            _ => return Err(value_error!("unknown seek type")),
        };
        match from.checked_add(pos) {
            Some(at) if at >= 0 && at <= self.size_now() as isize => {
                self.mapping.position.set(at as usize);
                Ok(at)
            }
            _ => Err(value_error!("seek out of range")),
        }
    }

    #[pymethod("($self, /)")]
    fn seekable(&self) -> bool {
        true
    }

    #[pymethod("($self, /)")]
    fn size(&self) -> PyResult<i64> {
        self.data()?;
        Ok(file_status(self.mapping.fd.get()).map_err(os_error)?.st_size)
    }

    #[pymethod("($self, /)")]
    fn tell(&self) -> PyResult<usize> {
        self.data()?;
        Ok(self.mapping.position.get())
    }

    #[pymethod("($self, bytes, /)")]
    fn write(&self, bytes: ReadBuf) -> PyResult<usize> {
        self.data()?;
        self.check_writable()?;
        let (bytes, position) = (bytes.as_slice(), self.mapping.position.get());
        if self.size_now().checked_sub(position).is_none_or(|room| room < bytes.len()) {
            return Err(value_error!("data out of range"));
        }
        self.put(position, bytes)?;
        self.advance(bytes.len());
        Ok(bytes.len())
    }

    #[pymethod("($self, byte, /)")]
    fn write_byte(&self, byte: Byte) -> PyResult<()> {
        self.data()?;
        self.check_writable()?;
        let position = self.mapping.position.get();
        if position >= self.size_now() {
            return Err(value_error!("write byte out of range"));
        }
        self.put(position, &[byte.0])?;
        self.advance(1);
        Ok(())
    }

    #[pymethod("($self, /)")]
    fn __enter__(&self) -> PyResult {
        self.data()?;
        Ok(self.as_object().to_ref())
    }

    #[pymethod("($self, exc_type, exc_value, traceback, /)")]
    fn __exit__(&self, exc_type: &Object, exc_value: &Object, traceback: &Object) -> PyResult<()> {
        let _ = (exc_type, exc_value, traceback);
        self.shut()
    }

    #[pygetter]
    fn closed(&self) -> bool {
        self.mapping.data.get().is_null()
    }
}

fn file_status(fd: i32) -> Result<libc::stat, i32> {
    gil::detach(|| {
        // SAFETY: a structure of numbers.
        let mut status: libc::stat = unsafe { std::mem::zeroed() };
        // SAFETY: a place on this stack.
        if unsafe { libc::fstat(fd, &mut status) } != 0 { Err(lock::errno()) } else { Ok(status) }
    })
}

const NAMES: [&str; 7] = ["fileno", "length", "flags", "prot", "access", "offset", "trackfd"];

/// The arguments by name. CPython's parser is not told the function's name here, so its messages lack
/// it.
fn bind<'a>(args: Args<'a>) -> PyResult<[Option<&'a Object>; NAMES.len()]> {
    let mut found = [None; NAMES.len()];
    let (given, total) = (args.len(), args.len() + args.keyword_count());
    if total > NAMES.len() {
        return Err(type_error!(
            "function takes at most {} arguments ({total} given)",
            NAMES.len()
        ));
    }
    if given > 6 {
        return Err(type_error!("function takes at most 6 positional arguments ({given} given)"));
    }
    for (place, arg) in found.iter_mut().zip(args.positional()) {
        *place = Some(arg.object());
    }
    let mut unknown = None;
    for (name, value) in keyword_items(args) {
        match NAMES.iter().position(|known| name.eq_str(known)) {
            Some(index) if index < given => {
                return Err(type_error!(
                    "argument for function given by name ('{name}') and position ({})",
                    index + 1
                ));
            }
            Some(index) => found[index] = Some(value),
            None => unknown = unknown.or(Some(name)),
        }
    }
    for (index, name) in NAMES[..2].iter().enumerate() {
        if found[index].is_none() {
            let position = index + 1;
            return Err(type_error!(
                "function missing required argument '{name}' (pos {position})"
            ));
        }
    }
    match unknown {
        Some(name) => Err(type_error!("this function got an unexpected keyword argument '{name}'")),
        None => Ok(found),
    }
}

/// How many bytes to map of a file: all of it from the offset, where none are asked for.
fn length_of(status: &libc::stat, length: i64, offset: i64) -> PyResult<i64> {
    if length == 0 {
        if status.st_size == 0 {
            return Err(value_error!("cannot mmap an empty file"));
        }
        if offset >= status.st_size {
            return Err(value_error!("mmap offset is greater than file size"));
        }
        return Ok(status.st_size - offset);
    }
    if offset > status.st_size || status.st_size - offset < length {
        return Err(value_error!("mmap length is greater than file size"));
    }
    Ok(length)
}

#[pyslots]
impl Mmap {
    fn tp_new(ty: &Type, args: Args<'_>) -> PyResult<Ref<Mmap>> {
        let bound = bind(args)?;
        let c_int =
            |index: usize, default: i32| bound[index].map_or(Ok(default), number::index_as_c_int);
        let both = libc::PROT_READ | libc::PROT_WRITE;
        let fd = c_int(0, 0)?;
        let length = bound[1].map_or(Ok(0), number::index_as_ssize)? as i64;
        let (mut flags, mut prot) = (c_int(2, libc::MAP_SHARED)?, c_int(3, both)?);
        let mut access = c_int(4, ACCESS_DEFAULT)?;
        let offset = bound[5].map_or(Ok(0), number::index_as_c_long)?;
        let tracks_fd = bound[6].map_or(Ok(true), object::is_true)?;
        if length < 0 {
            return Err(overflow_error!("memory mapped length must be positive"));
        }
        if offset < 0 {
            return Err(overflow_error!("memory mapped offset must be positive"));
        }
        if access != ACCESS_DEFAULT && (flags != libc::MAP_SHARED || prot != both) {
            return Err(value_error!("mmap can't specify both access and flags, prot."));
        }
        match access {
            ACCESS_READ => prot = libc::PROT_READ,
            ACCESS_WRITE => prot = both,
            ACCESS_COPY => (flags, prot) = (libc::MAP_PRIVATE, both),
            ACCESS_DEFAULT if prot & both == both => {}
            ACCESS_DEFAULT if prot & libc::PROT_WRITE != 0 => access = ACCESS_WRITE,
            ACCESS_DEFAULT => access = ACCESS_READ,
            _ => return Err(value_error!("mmap invalid access parameter.")),
        }
        (hooks::get().audit)(
            "mmap.__new__",
            &[&int(fd.into()), &int(length), &int(access.into()), &int(offset)],
        )?;
        let mut length = length;
        if fd != -1
            && let Ok(status) = file_status(fd)
            && status.st_mode & libc::S_IFMT == libc::S_IFREG
        {
            length = length_of(&status, length, offset)?;
        }
        let mut own_fd = -1;
        if fd == -1 {
            flags |= libc::MAP_ANONYMOUS;
        } else if tracks_fd {
            // SAFETY: takes plain numbers.
            own_fd = unsafe { libc::fcntl(fd, libc::F_DUPFD_CLOEXEC, 0) };
            if own_fd == -1 {
                return Err(last_error());
            }
        }
        let mapping = Mapping {
            data: Cell::new(std::ptr::null_mut()),
            size: Cell::new(length as usize),
            position: Cell::new(0),
            offset,
            fd: Cell::new(own_fd),
            flags,
            access,
            tracks_fd,
            exports: Cell::new(0),
        };
        let object = Object::header(ty);
        let map = Mmap { object, mapping, weakrefs: WeakList::empty() };
        let map = gc::tracked(memory::alloc(ty, map)?);
        let mapped = gil::detach(|| {
            let null = std::ptr::null_mut();
            // SAFETY: a new mapping, wherever there is room.
            let data = unsafe { libc::mmap(null, length as usize, prot, flags, fd, offset) };
            if data == libc::MAP_FAILED { Err(lock::errno()) } else { Ok(data.expose_provenance()) }
        });
        let data = mapped.map_err(os_error)?;
        map.mapping.data.set(std::ptr::with_exposed_provenance_mut(data));
        Ok(map)
    }

    fn repr(&self) -> PyResult<String> {
        let name = self.object.type_name();
        if self.mapping.data.get().is_null() {
            return Ok(format!("<{name} closed=True>"));
        }
        let access = match self.mapping.access {
            ACCESS_READ => "ACCESS_READ",
            ACCESS_WRITE => "ACCESS_WRITE",
            ACCESS_COPY => "ACCESS_COPY",
            _ => "ACCESS_DEFAULT",
        };
        Ok(format!(
            "<{name} closed=False, access={access}, length={}, pos={}, offset={}>",
            self.size_now(),
            self.mapping.position.get(),
            self.mapping.offset
        ))
    }

    fn sq_length(&self) -> PyResult<usize> {
        self.data()?;
        Ok(self.size_now())
    }

    fn sq_item(&self, index: isize) -> PyResult<Ref<Bytes>> {
        let content = self.content()?;
        match usize::try_from(index).ok().and_then(|index| content.get(index)) {
            Some(byte) => Bytes::new(&[*byte]),
            None => Err(index_error!("mmap index out of range")),
        }
    }

    fn sq_ass_item(&self, index: isize, value: Option<&Object>) -> PyResult<()> {
        self.data()?;
        let Some(index) = usize::try_from(index).ok().filter(|index| *index < self.size_now())
        else {
            return Err(index_error!("mmap index out of range"));
        };
        let Some(value) = value else {
            return Err(type_error!("mmap object doesn't support item deletion"));
        };
        match value.downcast::<Bytes>().map(Bytes::as_slice) {
            Some([byte]) => {
                self.check_writable()?;
                self.put(index, &[*byte])
            }
            _ => Err(index_error!("mmap assignment must be length-1 bytes()")),
        }
    }

    fn mp_length(&self) -> PyResult<usize> {
        self.data()?;
        Ok(self.size_now())
    }

    fn mp_subscript(&self, key: &Object) -> PyResult {
        self.data()?;
        if number::is_index(key) {
            let index = self.index(key)?;
            return Ok(int(self.content()?[index].into()));
        }
        let Some(range) = key.downcast::<Slice>() else {
            return Err(type_error!("mmap indices must be integers"));
        };
        let (start, stop, step) = range.unpack()?;
        let content = self.content()?;
        let (start, _, count) = slice::adjust(content.len(), start, stop, step);
        if count == 0 {
            return Ok(Bytes::empty().upcast());
        }
        if step == 1 {
            return Ok(Bytes::new(&content[start as usize..][..count])?.upcast());
        }
        let mut picked = zeroed(count)?;
        for (index, place) in picked.iter_mut().enumerate() {
            *place = content[(start + index as isize * step) as usize];
        }
        Ok(Bytes::new(&picked)?.upcast())
    }

    fn mp_ass_subscript(&self, key: &Object, value: Option<&Object>) -> PyResult<()> {
        self.data()?;
        self.check_writable()?;
        if number::is_index(key) {
            let index = self.index(key)?;
            let Some(value) = value else {
                return Err(type_error!("mmap doesn't support item deletion"));
            };
            if !number::is_index(value) {
                return Err(type_error!("mmap item value must be an int"));
            }
            let value = number::index_as_ssize_or(value, &exceptions::TYPE_ERROR)?;
            let Ok(byte) = u8::try_from(value) else {
                return Err(value_error!("mmap item value must be in range(0, 256)"));
            };
            self.data()?;
            // What ran meanwhile may have made the mapping shorter.
            if index >= self.size_now() {
                return Err(index_error!("mmap index out of range"));
            }
            return self.put(index, &[byte]);
        }
        let Some(range) = key.downcast::<Slice>() else {
            return Err(type_error!("mmap indices must be integer"));
        };
        let (start, stop, step) = range.unpack()?;
        let Some(value) = value else {
            return Err(type_error!("mmap object doesn't support slice deletion"));
        };
        let value = ReadBuf(buffer::bytes_like(value)?);
        let (start, _, count) = slice::adjust(self.size_now(), start, stop, step);
        let bytes = value.as_slice();
        if bytes.len() != count {
            return Err(index_error!("mmap slice assignment is wrong size"));
        }
        self.data()?;
        if step == 1 {
            return if count == 0 { Ok(()) } else { self.put(start as usize, bytes) };
        }
        for (index, byte) in bytes.iter().enumerate() {
            self.put((start + index as isize * step) as usize, &[*byte])?;
        }
        Ok(())
    }

    fn bf_get(&self, request: BufferRequest) -> PyResult<Buffer> {
        let data = self.data()?;
        let readonly = self.mapping.access == ACCESS_READ;
        let export = buffer::fill_info(self.as_object(), data, self.size_now(), readonly, request)?;
        let Some(exports) = self.mapping.exports.get().checked_add(1) else {
            return Err(system_error!("too many exports"));
        };
        self.mapping.exports.set(exports);
        Ok(export)
    }

    fn bf_release(&self, _buffer: &mut Buffer) {
        self.mapping.exports.set(self.mapping.exports.get().saturating_sub(1));
    }
}

/// `mmap`.
#[pymodule(name = "mmap")]
pub mod mmap_module {
    use super::*;

    #[pyexec]
    fn exec(module: &Object) -> PyResult<()> {
        module::add(module, "error", exceptions::OS_ERROR.to_ref())?;
        module::add_type(module, &MMAP)?;
        add_constants(module, header_constants::MMAP)?;
        // SAFETY: takes a plain number.
        let page = unsafe { libc::sysconf(libc::_SC_PAGESIZE) };
        module::add(module, "PAGESIZE", page)?;
        module::add(module, "ALLOCATIONGRANULARITY", page)
    }
}
