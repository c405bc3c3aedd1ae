//! `stderrprinter`: what stands for `sys.stderr` until there is `io`.
//!
//! Answers to `PyStdPrinter_Type` in `Objects/fileobject.c`.

use gopy_core::str::Str;
use gopy_core::{bool_, none};
use gopy_macros::{pyclass, pymethods, pyslots};
use gopy_object::{Instance, Object, PyResult, Ref, gil, memory};

/// Writes to a descriptor, without a buffer.
#[pyclass(name = "stderrprinter", static = STD_PRINTER, basicsize = 24,
    flags(DISALLOW_INSTANTIATION))]
#[repr(C)]
pub struct StdPrinter {
    object: Object,
    fd: i32,
}

/// A printer to a descriptor.
///
/// # Errors
///
/// `MemoryError`.
pub fn new(fd: i32) -> PyResult<Ref<StdPrinter>> {
    memory::alloc(&STD_PRINTER, StdPrinter { object: Object::header(&STD_PRINTER), fd })
}

#[pymethods]
impl StdPrinter {
    #[pymethod("($self, text, /)", hide_signature, style = varargs)]
    fn write(&self, text: &Str) -> PyResult<usize> {
        // What can't be encoded is shown by its number.
        let bytes: Vec<u8> = match text.to_utf8() {
            Ok(text) => text.as_bytes().to_vec(),
            Err(_) => gopy_core::object::ascii(text.as_object())?.to_wtf8().to_vec(),
        };
        let fd = self.fd;
        // SAFETY: reads within the vector, which nobody else knows of.
        let written =
            gil::detach(|| unsafe { libc::write(fd, bytes.as_ptr().cast(), bytes.len()) });
        // An error here has nobody to be told to.
        Ok(usize::try_from(written).unwrap_or(0))
    }

    #[pymethod("($self, /)", hide_signature)]
    fn close(&self) {}

    #[pymethod("($self, /)", hide_signature)]
    fn flush(&self) {}

    #[pymethod("($self, /)", hide_signature)]
    fn fileno(&self) -> i32 {
        self.fd
    }

    #[pymethod("($self, /)", hide_signature)]
    fn isatty(&self) -> bool {
        // SAFETY: asks about a descriptor, whatever it is.
        unsafe { libc::isatty(self.fd) == 1 }
    }

    #[pygetter]
    fn closed(&self) -> Ref {
        bool_::bool_ref(false)
    }

    #[pygetter]
    fn encoding(&self) -> Ref {
        none::none()
    }

    #[pygetter]
    fn mode(&self) -> &'static str {
        "w"
    }
}

#[pyslots]
impl StdPrinter {
    fn repr(&self) -> PyResult<Ref<Str>> {
        let place = std::ptr::from_ref(self).addr();
        Ok(Str::new(&format!("<stdprinter(fd={}) object at {place:#x}>", self.fd)))
    }
}
