//! Directories: `listdir`, `scandir` and `DirEntry`.

use std::cell::Cell;

use gopy_core::list::List;
use gopy_core::{exceptions, hooks, object, type_, warnings};
use gopy_macros::{pyclass, pymethods, pymodule, pyslots};
use gopy_object::{Instance, Object, PyResult, Ref, Slot, Type, gc, gil, lock, memory};

use crate::posix::stat::{stat_at, stat_result};
use crate::util::{CPath, Path};

/// An open directory; whoever has it closes it.
struct Stream(*mut libc::DIR);

// SAFETY: a stream is used by one thread at a time: whoever takes it out of its cell.
unsafe impl Send for Stream {}

/// An entry as the system tells it.
struct RawEntry {
    name: Vec<u8>,
    inode: u64,
    kind: u8,
}

impl Stream {
    fn open(path: &Path<true, true>) -> Result<Stream, i32> {
        let (is_fd, fd, c_path) = (path.is_fd(), path.fd, path.c());
        gil::detach(move || {
            let dir = if is_fd {
                // A descriptor of our own: closing the stream must not close the caller's.
                // SAFETY: takes plain numbers.
                let copy = unsafe { libc::fcntl(fd, libc::F_DUPFD_CLOEXEC, 0) };
                if copy < 0 {
                    return Err(lock::errno());
                }
                // SAFETY: a valid descriptor.
                let dir = unsafe { libc::fdopendir(copy) };
                if dir.is_null() {
                    let errno = lock::errno();
                    // SAFETY: ours, and nobody else uses it.
                    unsafe { libc::close(copy) };
                    return Err(errno);
                }
                dir
            } else {
                // SAFETY: the path ends with NUL.
                unsafe { libc::opendir(c_path.ptr()) }
            };
            if dir.is_null() { Err(lock::errno()) } else { Ok(Stream(dir)) }
        })
    }

    /// The next entry but `.` and `..`.
    fn next(&mut self) -> Result<Option<RawEntry>, i32> {
        loop {
            // SAFETY: the end and a failure are told apart by `errno`.
            unsafe { *libc::__errno_location() = 0 };
            // SAFETY: an open stream that nobody else uses.
            let entry = unsafe { libc::readdir(self.0) };
            if entry.is_null() {
                return match lock::errno() {
                    0 => Ok(None),
                    errno => Err(errno),
                };
            }
            // SAFETY: valid until the next call on this stream.
            let entry = unsafe { &*entry };
            // SAFETY: the name ends with NUL.
            let name = unsafe { std::ffi::CStr::from_ptr(entry.d_name.as_ptr()) }.to_bytes();
            if name != b"." && name != b".." {
                return Ok(Some(RawEntry {
                    name: name.to_vec(),
                    inode: entry.d_ino,
                    kind: entry.d_type,
                }));
            }
        }
    }

    fn close(self, rewind: bool) {
        gil::detach(move || {
            let stream = self;
            if rewind {
                // The position is shared with the caller's descriptor.
                // SAFETY: an open stream.
                unsafe { libc::rewinddir(stream.0) };
            }
            // SAFETY: open, and gone afterwards.
            unsafe { libc::closedir(stream.0) };
        });
    }
}

/// The iterator that `scandir` answers.
#[pyclass(name = "posix.ScandirIterator", static = SCANDIR_ITERATOR, basicsize = 80,
    flags(HAVE_GC, DISALLOW_INSTANTIATION))]
#[repr(C)]
pub(super) struct ScandirIterator {
    object: Object,
    path: Slot,
    prefix: Prefix,
    stream: OpenStream,
}

/// What names are appended to, and how they are shown.
struct Prefix {
    bytes: Vec<u8>,
    is_bytes: bool,
    /// The directory's descriptor, or -1.
    fd: i32,
}

gopy_object::leaf_traverse!(Prefix);

#[derive(Default)]
struct OpenStream(Cell<Option<Stream>>);

gopy_object::leaf_traverse!(OpenStream);

/// An entry of a directory.
#[pyclass(name = "posix.DirEntry", static = DIR_ENTRY, basicsize = 72,
    flags(HAVE_GC, DISALLOW_INSTANTIATION))]
#[repr(C)]
pub(super) struct DirEntry {
    object: Object,
    name: Slot,
    path: Slot,
    stat: Slot,
    lstat: Slot,
    kind: u8,
    dir_fd: i32,
    inode: u64,
    full: FullPath,
}

/// The path for the system, with NUL: the name alone where there is a descriptor.
struct FullPath(Path);

gopy_object::leaf_traverse!(FullPath);

impl ScandirIterator {
    fn show(&self, bytes: &[u8]) -> PyResult {
        if self.prefix.is_bytes {
            Ok(gopy_core::bytes::Bytes::new(bytes)?.upcast())
        } else {
            Ok(crate::util::os_str(bytes))
        }
    }

    fn finish(&self) {
        if let Some(stream) = self.stream.0.take() {
            stream.close(self.prefix.fd >= 0);
        }
    }

    fn entry(&self, raw: RawEntry) -> PyResult {
        let ty: &Type = &DIR_ENTRY;
        let mut path = self.prefix.bytes.clone();
        if !path.is_empty() && path.last() != Some(&b'/') {
            path.push(b'/');
        }
        path.extend_from_slice(&raw.name);
        let name = self.show(&raw.name)?;
        let full = if self.prefix.fd >= 0 { name.clone() } else { self.show(&path)? };
        let full = Path::of_entry(full.clone(), if self.prefix.fd >= 0 { raw.name } else { path });
        let entry = DirEntry {
            object: Object::header(ty),
            name: Slot::new(Some(name)),
            path: Slot::new(Some(full.object.clone())),
            stat: Slot::empty(),
            lstat: Slot::empty(),
            kind: raw.kind,
            dir_fd: if self.prefix.fd >= 0 { self.prefix.fd } else { libc::AT_FDCWD },
            inode: raw.inode,
            full: FullPath(full),
        };
        Ok(gc::tracked(memory::alloc(ty, entry)?).upcast())
    }
}

#[pymethods]
impl ScandirIterator {
    #[pymethod]
    fn __enter__(&self) -> Ref {
        self.as_object().to_ref()
    }

    #[pymethod(raw, style = varargs)]
    fn __exit__(&self, args: gopy_object::Args<'_>) {
        let _ = args;
        self.finish();
    }

    #[pymethod]
    fn close(&self) {
        self.finish();
    }
}

#[pyslots]
impl ScandirIterator {
    fn iter(&self) -> Ref {
        self.as_object().to_ref()
    }

    fn iternext(&self) -> PyResult<Option<Ref>> {
        let Some(mut stream) = self.stream.0.take() else { return Ok(None) };
        let (stream, next) = gil::detach(move || {
            let next = stream.next();
            (stream, next)
        });
        match next {
            Ok(Some(raw)) => {
                self.stream.0.set(Some(stream));
                self.entry(raw).map(Some)
            }
            Ok(None) => {
                stream.close(self.prefix.fd >= 0);
                Ok(None)
            }
            Err(errno) => {
                stream.close(self.prefix.fd >= 0);
                let path = self.path.get();
                Err(exceptions::os_error(errno, path.as_deref(), None))
            }
        }
    }

    fn finalize(&self) {
        let Some(stream) = self.stream.0.take() else { return };
        stream.close(self.prefix.fd >= 0);
        let warned = object::repr(self).and_then(|repr| {
            let text = format!("unclosed scandir iterator {repr}");
            warnings::warn(&exceptions::RESOURCE_WARNING, &text, 1)
        });
        if let Err(error) = warned
            && error.is_instance(&exceptions::WARNING)
        {
            (hooks::get().unraisable)(error.into_value(), None, Some(self));
        }
    }
}

impl DirEntry {
    fn stat_value(&self, follow: bool) -> PyResult {
        if !follow || self.kind != libc::DT_LNK && self.kind != libc::DT_UNKNOWN {
            if let Some(stat) = self.lstat.get() {
                return Ok(stat);
            }
            let stat = self.fetch(false)?;
            self.lstat.set(Some(stat.clone()));
            return Ok(stat);
        }
        if let Some(stat) = self.stat.get() {
            return Ok(stat);
        }
        let stat = self.fetch(true)?;
        self.stat.set(Some(stat.clone()));
        Ok(stat)
    }

    fn fetch(&self, follow: bool) -> PyResult {
        match stat_at(self.dir_fd, self.full.0.c(), follow) {
            Ok(stat) => stat_result(&stat),
            Err(errno) => {
                let path = self.path.get();
                Err(exceptions::os_error(errno, path.as_deref(), None))
            }
        }
    }

    /// Whether the entry is of a kind; a file that is gone is of none.
    fn is_kind(&self, follow: bool, kind: u8, mode: u32) -> PyResult<bool> {
        let is_link = self.kind == libc::DT_LNK;
        if self.kind != libc::DT_UNKNOWN && !(follow && is_link) {
            return Ok(self.kind == kind);
        }
        let path: CPath<'_> = self.full.0.c();
        match stat_at(self.dir_fd, path, follow) {
            Ok(stat) => Ok(stat.st_mode & libc::S_IFMT == mode),
            Err(libc::ENOENT) => Ok(false),
            Err(errno) => {
                let path = self.path.get();
                Err(exceptions::os_error(errno, path.as_deref(), None))
            }
        }
    }
}

#[pymethods]
impl DirEntry {
    #[pymethod("($self, /, *, follow_symlinks=True)")]
    fn is_dir(&self, follow_symlinks: bool) -> PyResult<bool> {
        self.is_kind(follow_symlinks, libc::DT_DIR, libc::S_IFDIR)
    }

    #[pymethod("($self, /, *, follow_symlinks=True)")]
    fn is_file(&self, follow_symlinks: bool) -> PyResult<bool> {
        self.is_kind(follow_symlinks, libc::DT_REG, libc::S_IFREG)
    }

    #[pymethod("($self, /)")]
    fn is_symlink(&self) -> PyResult<bool> {
        self.is_kind(false, libc::DT_LNK, libc::S_IFLNK)
    }

    #[pymethod("($self, /)")]
    fn is_junction(&self) -> bool {
        false
    }

    #[pymethod("($self, /, *, follow_symlinks=True)")]
    fn stat(&self, follow_symlinks: bool) -> PyResult {
        self.stat_value(follow_symlinks)
    }

    #[pymethod("($self, /)")]
    fn inode(&self) -> u64 {
        self.inode
    }

    #[pymethod("($self, /)")]
    fn __fspath__(&self) -> Option<Ref> {
        self.path.get()
    }

    #[pyclassmethod("($type, object, /)")]
    fn __class_getitem__(cls: &Type, object: &Object) -> PyResult {
        gopy_core::generic_alias::GenericAlias::new(cls.as_object(), object).map(Ref::upcast)
    }

    #[pymember]
    fn name(&self) -> Option<Ref> {
        self.name.get()
    }

    #[pymember]
    fn path(&self) -> Option<Ref> {
        self.path.get()
    }
}

#[pyslots]
impl DirEntry {
    fn repr(&self) -> PyResult<String> {
        let name = self.name.get().unwrap_or_else(gopy_core::none::none);
        Ok(format!("<DirEntry {}>", object::repr(&name)?))
    }
}

fn audited(event: &str, path: &Path<true, true>) -> PyResult<()> {
    (hooks::get().audit)(event, &[&path.object])
}

/// The functions.
#[pymodule(name = "posix")]
pub mod module {
    use super::*;

    #[pyfunction("($module, /, path=None)", name = "listdir")]
    fn listdir(path: Option<Path<true, true>>) -> PyResult<Ref<List>> {
        let path = path.unwrap_or_else(Path::nothing);
        audited("os.listdir", &path)?;
        let mut stream = Stream::open(&path).map_err(|errno| path.error(errno))?;
        let (stream, names) = gil::detach(move || {
            let mut names = Vec::new();
            let result = loop {
                match stream.next() {
                    Ok(Some(entry)) => names.push(entry.name),
                    Ok(None) => break Ok(names),
                    Err(errno) => break Err(errno),
                }
            };
            (stream, result)
        });
        stream.close(path.is_fd());
        let list = List::new();
        for name in names.map_err(|errno| path.error(errno))? {
            list.push(path.like(&name)?)?;
        }
        Ok(list)
    }

    #[pyfunction("($module, /, path=None)")]
    fn scandir(path: Option<Path<true, true>>) -> PyResult {
        let path = path.unwrap_or_else(Path::nothing);
        audited("os.scandir", &path)?;
        type_::ready(&SCANDIR_ITERATOR)?;
        let stream = Stream::open(&path).map_err(|errno| path.error(errno))?;
        let ty: &Type = &SCANDIR_ITERATOR;
        let prefix = Prefix {
            bytes: if path.is_fd() { Vec::new() } else { path.bytes().to_vec() },
            is_bytes: path.is_bytes,
            fd: if path.is_fd() { path.fd } else { -1 },
        };
        let iterator = ScandirIterator {
            object: Object::header(ty),
            path: Slot::new(Some(path.object.clone())),
            prefix,
            stream: OpenStream(Cell::new(Some(stream))),
        };
        Ok(gc::tracked(memory::alloc(ty, iterator)?).upcast())
    }
}
