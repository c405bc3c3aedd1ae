//! `marshal`: objects to bytes and back, the format of `.pyc` files.
//!
//! Answers to `Python/marshal.c`. [`write`] decides by reference counts what is worth a reference
//! (`FLAG_REF`), so the order in which objects are held matters; [`read`] trusts nothing it reads.
//!
//! Never here: Python code, except through the buffers, files and hashes it is handed.

mod read;

mod write;

use gopy_macros::pymodule;
use gopy_object::Object;

pub use read::{loads, loads_silently, loads_with};
pub use write::{dumps, dumps_with};

/// The version that is written unless another one is asked for.
pub const VERSION: i32 = 5;

/// How deep objects may nest, for writing and for reading.
const DEPTH_MAX: u32 = 2000;

/// Codes of types; an object that later ones refer to has [`FLAG_REF`] in its code.
mod code {
    pub const NULL: u8 = b'0';
    pub const NONE: u8 = b'N';
    pub const FALSE: u8 = b'F';
    pub const TRUE: u8 = b'T';
    pub const STOP_ITERATION: u8 = b'S';
    pub const ELLIPSIS: u8 = b'.';
    pub const INT: u8 = b'i';
    /// Read only.
    pub const INT64: u8 = b'I';
    pub const LONG: u8 = b'l';
    pub const FLOAT: u8 = b'f';
    pub const BINARY_FLOAT: u8 = b'g';
    pub const COMPLEX: u8 = b'x';
    pub const BINARY_COMPLEX: u8 = b'y';
    pub const BYTES: u8 = b's';
    pub const TUPLE: u8 = b'(';
    pub const SMALL_TUPLE: u8 = b')';
    pub const LIST: u8 = b'[';
    pub const DICT: u8 = b'{';
    pub const SET: u8 = b'<';
    pub const FROZENSET: u8 = b'>';
    pub const SLICE: u8 = b':';
    pub const CODE: u8 = b'c';
    pub const STR: u8 = b'u';
    pub const INTERNED: u8 = b't';
    pub const ASCII: u8 = b'a';
    pub const ASCII_INTERNED: u8 = b'A';
    pub const SHORT_ASCII: u8 = b'z';
    pub const SHORT_ASCII_INTERNED: u8 = b'Z';
    pub const REF: u8 = b'r';
    pub const UNKNOWN: u8 = b'?';
}

/// Added to the code of an object that can be referred to.
const FLAG_REF: u8 = 0x80;

/// The module.
#[pymodule(name = "marshal")]
pub mod module {
    use gopy_core::bytes::Bytes;
    use gopy_core::error::type_error;
    use gopy_core::{buffer, call, id, int, module};
    use gopy_object::{Instance, PyResult, Ref};

    use super::Object;

    #[pyfunction("($module, value, file, version=version, /, *, allow_code=True)")]
    fn dump(value: &Object, file: &Object, version: Option<i32>, allow_code: bool) -> PyResult {
        let bytes = super::dumps_with(value, version.unwrap_or(super::VERSION), allow_code)?;
        call::call_method(file, id!(write), &[bytes.as_object()])
    }

    #[pyfunction("($module, file, /, *, allow_code=True)")]
    fn load(file: &Object, allow_code: bool) -> PyResult {
        // What the file gives for no bytes at all tells whether it is opened for bytes.
        let data = call::call_method(file, id!(read), &[int::Int::from_i64(0).as_object()])?;
        if data.downcast::<Bytes>().is_none() {
            return Err(type_error!(
                "file.read() returned not bytes but {:.100}",
                data.type_name()
            ));
        }
        super::read::load(file, allow_code)
    }

    #[pyfunction("($module, value, version=version, /, *, allow_code=True)")]
    fn dumps(value: &Object, version: Option<i32>, allow_code: bool) -> PyResult<Ref<Bytes>> {
        super::dumps_with(value, version.unwrap_or(super::VERSION), allow_code)
    }

    #[pyfunction("($module, bytes, /, *, allow_code=True)")]
    fn loads(bytes: &Object, allow_code: bool) -> PyResult {
        let view = buffer::bytes_like(bytes)?;
        super::loads_with(buffer::as_slice(&view), allow_code)
    }

    #[pyexec]
    fn exec(module: &Object) -> PyResult<()> {
        module::add(module, "version", super::VERSION)
    }
}
