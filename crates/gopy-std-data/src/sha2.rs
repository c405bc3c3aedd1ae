//! `_sha2`: SHA-224, SHA-256, SHA-384, SHA-512.
//!
//! Answers to `Modules/sha2module.c`; the compression functions are those of the crate `sha2`.

use std::cell::RefCell;

use ::sha2::{Digest, Sha224, Sha256, Sha384, Sha512};
use gopy_core::bytes::Bytes;
use gopy_core::int::Int;
use gopy_core::str::Str;
use gopy_core::{buffer, module};
use gopy_macros::{pyclass, pymethods, pymodule};
use gopy_object::{Args, Object, PyResult, Ref, TypeFlags, gc, memory};

use crate::hash_type::chosen;

hash_type! {
    /// A running SHA-224.
    Sha224Hash, SHA224, Sha224State, "_sha2.SHA224Type", 32,
    flags(HAVE_GC, HEAPTYPE, IMMUTABLETYPE, DISALLOW_INSTANTIATION), Sha224, "sha224", 64, 28
}
hash_type! {
    /// A running SHA-256.
    Sha256Hash, SHA256, Sha256State, "_sha2.SHA256Type", 32,
    flags(HAVE_GC, HEAPTYPE, IMMUTABLETYPE, DISALLOW_INSTANTIATION), Sha256, "sha256", 64, 32
}
hash_type! {
    /// A running SHA-384.
    Sha384Hash, SHA384, Sha384State, "_sha2.SHA384Type", 32,
    flags(HAVE_GC, HEAPTYPE, IMMUTABLETYPE, DISALLOW_INSTANTIATION), Sha384, "sha384", 128, 48
}
hash_type! {
    /// A running SHA-512.
    Sha512Hash, SHA512, Sha512State, "_sha2.SHA512Type", 32,
    flags(HAVE_GC, HEAPTYPE, IMMUTABLETYPE, DISALLOW_INSTANTIATION), Sha512, "sha512", 128, 64
}

/// The module.
#[pymodule(name = "_sha2")]
pub mod native {
    use super::*;

    #[pyfunction("($module, /, data=b'', *, usedforsecurity=True, string=None)", raw)]
    fn sha224(args: Args<'_>) -> PyResult {
        let [data, security, string] = bind!(args, "sha224", ["data", "usedforsecurity", "string"],
            required 0, positional_only 0, positional 1);
        Sha224Hash::begin(chosen(data, security, string)?)
    }

    #[pyfunction("($module, /, data=b'', *, usedforsecurity=True, string=None)", raw)]
    fn sha256(args: Args<'_>) -> PyResult {
        let [data, security, string] = bind!(args, "sha256", ["data", "usedforsecurity", "string"],
            required 0, positional_only 0, positional 1);
        Sha256Hash::begin(chosen(data, security, string)?)
    }

    #[pyfunction("($module, /, data=b'', *, usedforsecurity=True, string=None)", raw)]
    fn sha384(args: Args<'_>) -> PyResult {
        let [data, security, string] = bind!(args, "sha384", ["data", "usedforsecurity", "string"],
            required 0, positional_only 0, positional 1);
        Sha384Hash::begin(chosen(data, security, string)?)
    }

    #[pyfunction("($module, /, data=b'', *, usedforsecurity=True, string=None)", raw)]
    fn sha512(args: Args<'_>) -> PyResult {
        let [data, security, string] = bind!(args, "sha512", ["data", "usedforsecurity", "string"],
            required 0, positional_only 0, positional 1);
        Sha512Hash::begin(chosen(data, security, string)?)
    }

    #[pyexec]
    fn exec(module: &Object) -> PyResult<()> {
        module::add_type(module, &SHA224)?;
        module::add_type(module, &SHA256)?;
        module::add_type(module, &SHA384)?;
        module::add_type(module, &SHA512)?;
        module::add(module, "_GIL_MINSIZE", 2048)
    }
}

pub use native::MODULE;
