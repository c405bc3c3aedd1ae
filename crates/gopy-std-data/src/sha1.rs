//! `_sha1`: SHA-1.
//!
//! Answers to `Modules/sha1module.c`; the compression function is that of RustCrypto.

use std::cell::RefCell;

use ::sha1::{Digest, Sha1};
use gopy_core::bytes::Bytes;
use gopy_core::int::Int;
use gopy_core::str::Str;
use gopy_core::{buffer, module, type_};
use gopy_macros::{pyclass, pymethods, pymodule};
use gopy_object::{Args, Instance, Object, PyResult, Ref, TypeFlags, gc, memory};

use crate::hash_type::chosen;

hash_type! {
    /// A running SHA-1.
    Sha1Hash, SHA1, Sha1State, "_sha1.sha1", 40,
    flags(HEAPTYPE, IMMUTABLETYPE, DISALLOW_INSTANTIATION), Sha1, "sha1", 64, 20
}

/// The module.
#[pymodule(name = "_sha1")]
pub mod native {
    use super::*;

    #[pyfunction("($module, /, data=b'', *, usedforsecurity=True, string=None)", raw)]
    fn sha1(args: Args<'_>) -> PyResult {
        let [data, security, string] = bind!(args, "sha1", ["data", "usedforsecurity", "string"],
            required 0, positional_only 0, positional 1);
        Sha1Hash::begin(chosen(data, security, string)?)
    }

    #[pyexec]
    fn exec(module: &Object) -> PyResult<()> {
        type_::ready(&SHA1)?;
        module::add(module, "SHA1Type", SHA1.to_ref())?;
        module::add(module, "_GIL_MINSIZE", 2048)
    }
}

pub use native::MODULE;
