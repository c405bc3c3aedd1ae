//! `_sha3`: SHA-3 and SHAKE.
//!
//! Answers to `Modules/sha3module.c`; the sponge is that of the crate `sha3`.

use std::cell::RefCell;

use ::sha3::digest::{ExtendableOutput, Update, XofReader};
use ::sha3::{Digest, Sha3_224, Sha3_256, Sha3_384, Sha3_512, Shake128, Shake256};
use gopy_core::bytes::Bytes;
use gopy_core::error::{memory_error, value_error};
use gopy_core::{buffer, module};
use gopy_macros::{pyclass, pymethods, pymodule, pyslots};
use gopy_object::{Args, Object, PyResult, Ref, Type, memory};

use crate::hash_type::{chosen, hex, input, unsigned};

/// What both kinds of types have; `digest` and `hexdigest` are theirs.
macro_rules! sponge_type {
    ($(#[$doc:meta])* $ty:ident, $static:ident, $state:ident, $class:literal, $hash:ty, $name:literal,
     $rate:literal, $suffix:literal, $size:literal { $($methods:item)* }) => {
        /// The running hash, plain data.
        pub struct $state(RefCell<$hash>);

        gopy_object::leaf_traverse!($state);

        $(#[$doc])*
        #[pyclass(name = $class, static = $static, basicsize = 48, flags(HEAPTYPE, IMMUTABLETYPE))]
        #[repr(C)]
        pub struct $ty {
            object: Object,
            state: $state,
        }

        impl $ty {
            fn make(ty: &Type, state: $hash) -> PyResult {
                let value = $ty { object: Object::header(ty), state: $state(RefCell::new(state)) };
                Ok(memory::alloc(ty, value)?.upcast())
            }
        }

        #[pymethods]
        impl $ty {
            #[pymethod("($self, /)")]
            fn copy(&self) -> PyResult {
                $ty::make(&$static, self.state.0.borrow().clone())
            }

            $($methods)*

            #[pymethod("($self, data, /)")]
            fn update(&self, data: &Object) -> PyResult<()> {
                let view = input(data)?;
                Update::update(&mut *self.state.0.borrow_mut(), buffer::as_slice(&view));
                Ok(())
            }

            #[pygetter]
            fn block_size(&self) -> usize {
                $rate
            }

            #[pygetter]
            fn name(&self) -> &'static str {
                $name
            }

            #[pygetter]
            fn digest_size(&self) -> usize {
                $size
            }

            #[pygetter]
            fn _capacity_bits(&self) -> usize {
                1600 - $rate * 8
            }

            #[pygetter]
            fn _rate_bits(&self) -> usize {
                $rate * 8
            }

            #[pygetter]
            fn _suffix(&self) -> PyResult<Ref<Bytes>> {
                Bytes::new($suffix)
            }
        }

        #[pyslots]
        impl $ty {
            fn new(ty: &Type, args: Args<'_>) -> PyResult {
                // All types share one parser, and so the name in its messages.
                let [data, security, string] =
                    bind!(args, "sha3_224", ["data", "usedforsecurity", "string"],
                        required 0, positional_only 0, positional 1);
                let mut state = <$hash>::default();
                if let Some(data) = chosen(data, security, string)? {
                    let view = input(data)?;
                    Update::update(&mut state, buffer::as_slice(&view));
                }
                $ty::make(ty, state)
            }
        }
    };
}

macro_rules! fixed_type {
    ($(#[$doc:meta])* $ty:ident, $static:ident, $state:ident, $class:literal, $hash:ty, $name:literal,
     $rate:literal, $size:literal) => {
        sponge_type! {
            $(#[$doc])*
            $ty, $static, $state, $class, $hash, $name, $rate, b"\x06", $size {
                #[pymethod("($self, /)")]
                fn digest(&self) -> PyResult<Ref<Bytes>> {
                    Bytes::new(&self.state.0.borrow().clone().finalize())
                }

                #[pymethod("($self, /)")]
                fn hexdigest(&self) -> String {
                    hex(&self.state.0.borrow().clone().finalize())
                }
            }
        }
    };
}

macro_rules! extendable_type {
    ($(#[$doc:meta])* $ty:ident, $static:ident, $state:ident, $class:literal, $hash:ty, $name:literal,
     $rate:literal) => {
        impl $ty {
            /// As many bytes as are asked for.
            fn read(&self, length: &Object) -> PyResult<Vec<u8>> {
                let length = unsigned(length, "unsigned long")?;
                let Some(length) = usize::try_from(length).ok().filter(|length| *length < 1 << 29)
                else {
                    return Err(value_error!("length is too large"));
                };
                let mut bytes = Vec::new();
                bytes.try_reserve_exact(length).map_err(|_| memory_error())?;
                bytes.resize(length, 0);
                self.state.0.borrow().clone().finalize_xof().read(&mut bytes);
                Ok(bytes)
            }
        }

        sponge_type! {
            $(#[$doc])*
            $ty, $static, $state, $class, $hash, $name, $rate, b"\x1f", 0 {
                #[pymethod("($self, /, length)")]
                fn digest(&self, length: &Object) -> PyResult<Ref<Bytes>> {
                    Bytes::new(&self.read(length)?)
                }

                #[pymethod("($self, /, length)")]
                fn hexdigest(&self, length: &Object) -> PyResult<String> {
                    Ok(hex(&self.read(length)?))
                }
            }
        }
    };
}

fixed_type! {
    /// A running SHA3-224.
    Sha3x224, SHA3_224, Sha3x224State, "_sha3.sha3_224", Sha3_224, "sha3_224", 144, 28
}
fixed_type! {
    /// A running SHA3-256.
    Sha3x256, SHA3_256, Sha3x256State, "_sha3.sha3_256", Sha3_256, "sha3_256", 136, 32
}
fixed_type! {
    /// A running SHA3-384.
    Sha3x384, SHA3_384, Sha3x384State, "_sha3.sha3_384", Sha3_384, "sha3_384", 104, 48
}
fixed_type! {
    /// A running SHA3-512.
    Sha3x512, SHA3_512, Sha3x512State, "_sha3.sha3_512", Sha3_512, "sha3_512", 72, 64
}
extendable_type! {
    /// A running SHAKE-128.
    Shake128Hash, SHAKE_128, Shake128State, "_sha3.shake_128", Shake128, "shake_128", 168
}
extendable_type! {
    /// A running SHAKE-256.
    Shake256Hash, SHAKE_256, Shake256State, "_sha3.shake_256", Shake256, "shake_256", 136
}

/// The module.
#[pymodule(name = "_sha3")]
pub mod native {
    use super::*;

    #[pyexec]
    fn exec(module: &Object) -> PyResult<()> {
        for ty in [&SHA3_224, &SHA3_256, &SHA3_384, &SHA3_512, &SHAKE_128, &SHAKE_256] {
            module::add_type(module, ty)?;
        }
        // What CPython says of its own: programs ask whether it is the built-in one.
        module::add(module, "implementation", "HACL")?;
        module::add(module, "_GIL_MINSIZE", 2048)
    }
}

pub use native::MODULE;
