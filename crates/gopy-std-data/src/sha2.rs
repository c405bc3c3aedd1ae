//! `_sha2`: SHA-224, SHA-256, SHA-384, SHA-512.
//!
//! Answers to `Modules/sha2module.c`; the compression functions are those of the crate `sha2`.

use std::cell::RefCell;

use ::sha2::{Digest, Sha224, Sha256, Sha384, Sha512};
use gopy_core::bytes::Bytes;
use gopy_core::error::{buffer_error, type_error};
use gopy_core::int::Int;
use gopy_core::str::Str;
use gopy_core::{buffer, module, object};
use gopy_macros::{pyclass, pymethods, pymodule};
use gopy_object::buffer::{Buffer, BufferRequest};
use gopy_object::{Args, Object, PyResult, Ref, gc, memory};

/// What is hashed: contiguous bytes of an object that is no string.
fn input(data: &Object) -> PyResult<Buffer> {
    if data.downcast::<Str>().is_some() {
        return Err(type_error!("Strings must be encoded before hashing"));
    }
    if !buffer::has_buffer(data) {
        return Err(type_error!("object supporting the buffer API required"));
    }
    let view = buffer::get(data, BufferRequest::SIMPLE)?;
    if view.ndim > 1 {
        return Err(buffer_error!("Buffer must be single dimension"));
    }
    Ok(view)
}

/// The data of a call, by either of its names. A `None` that is passed counts as data.
fn chosen<'a>(
    data: Option<&'a Object>,
    usedforsecurity: Option<&Object>,
    string: Option<&'a Object>,
) -> PyResult<Option<&'a Object>> {
    if let Some(flag) = usedforsecurity {
        object::is_true(flag)?;
    }
    match (data, string) {
        (Some(_), Some(_)) => Err(type_error!(
            "'data' and 'string' are mutually exclusive and support for 'string' keyword parameter is \
             slated for removal in a future version."
        )),
        (data, string) => Ok(data.or(string)),
    }
}

macro_rules! hash_type {
    ($(#[$doc:meta])* $ty:ident, $static:ident, $state:ident, $class:literal, $hash:ty, $name:literal,
     $block:literal, $size:literal) => {
        /// The running hash, plain data.
        pub struct $state(RefCell<$hash>);

        gopy_object::leaf_traverse!($state);

        $(#[$doc])*
        #[pyclass(name = $class, static = $static, basicsize = 32, no_slots,
            flags(HAVE_GC, HEAPTYPE, IMMUTABLETYPE, DISALLOW_INSTANTIATION))]
        #[repr(C)]
        pub struct $ty {
            object: Object,
            state: $state,
        }

        impl $ty {
            fn make(state: $hash) -> PyResult {
                let value = $ty {
                    object: Object::header(&$static),
                    state: $state(RefCell::new(state)),
                };
                Ok(gc::tracked(memory::alloc(&$static, value)?).upcast())
            }

            fn begin(data: Option<&Object>) -> PyResult {
                let mut state = <$hash>::new();
                if let Some(data) = data {
                    let view = input(data)?;
                    state.update(buffer::as_slice(&view));
                }
                $ty::make(state)
            }

            fn finished(&self) -> Vec<u8> {
                self.state.0.borrow().clone().finalize().to_vec()
            }
        }

        #[pymethods]
        impl $ty {
            #[pymethod("($self, /)")]
            fn copy(&self) -> PyResult {
                $ty::make(self.state.0.borrow().clone())
            }

            #[pymethod("($self, /)")]
            fn digest(&self) -> PyResult<Ref<Bytes>> {
                Bytes::new(&self.finished())
            }

            #[pymethod("($self, /)")]
            fn hexdigest(&self) -> String {
                self.finished().iter().map(|byte| format!("{byte:02x}")).collect()
            }

            #[pymethod("($self, obj, /)")]
            fn update(&self, obj: &Object) -> PyResult<()> {
                let view = input(obj)?;
                self.state.0.borrow_mut().update(buffer::as_slice(&view));
                Ok(())
            }

            #[pygetter]
            fn block_size(&self) -> PyResult {
                Ok(Int::from_i64($block).upcast())
            }

            #[pygetter]
            fn name(&self) -> PyResult {
                Ok(Str::new($name).upcast())
            }

            #[pygetter]
            fn digest_size(&self) -> PyResult {
                Ok(Int::from_i64($size).upcast())
            }
        }
    };
}

hash_type! {
    /// A running SHA-224.
    Sha224Hash, SHA224, Sha224State, "_sha2.SHA224Type", Sha224, "sha224", 64, 28
}
hash_type! {
    /// A running SHA-256.
    Sha256Hash, SHA256, Sha256State, "_sha2.SHA256Type", Sha256, "sha256", 64, 32
}
hash_type! {
    /// A running SHA-384.
    Sha384Hash, SHA384, Sha384State, "_sha2.SHA384Type", Sha384, "sha384", 128, 48
}
hash_type! {
    /// A running SHA-512.
    Sha512Hash, SHA512, Sha512State, "_sha2.SHA512Type", Sha512, "sha512", 128, 64
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
