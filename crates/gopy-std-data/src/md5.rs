//! `_md5`: MD5.
//!
//! Answers to `Modules/md5module.c`; the compression function is that of RustCrypto.

use std::cell::RefCell;

use ::md5::{Digest, Md5};
use gopy_core::bytes::Bytes;
use gopy_core::int::Int;
use gopy_core::str::Str;
use gopy_core::{buffer, module, type_};
use gopy_macros::{pyclass, pymethods, pymodule};
use gopy_object::{Args, Instance, Object, PyResult, Ref, TypeFlags, gc, memory};

use crate::hash_type::chosen;

hash_type! {
    /// A running MD5.
    Md5Hash, MD5, Md5State, "_md5.md5", 32,
    flags(HEAPTYPE, IMMUTABLETYPE, DISALLOW_INSTANTIATION), Md5, "md5", 64, 16
}

/// The module.
#[pymodule(name = "_md5")]
pub mod native {
    use super::*;

    #[pyfunction("($module, /, data=b'', *, usedforsecurity=True, string=None)", raw)]
    fn md5(args: Args<'_>) -> PyResult {
        let [data, security, string] = bind!(args, "md5", ["data", "usedforsecurity", "string"],
            required 0, positional_only 0, positional 1);
        Md5Hash::begin(chosen(data, security, string)?)
    }

    #[pyexec]
    fn exec(module: &Object) -> PyResult<()> {
        type_::ready(&MD5)?;
        module::add(module, "MD5Type", MD5.to_ref())?;
        module::add(module, "_GIL_MINSIZE", 2048)
    }
}

pub use native::MODULE;
