//! `_blake2`: BLAKE2b and BLAKE2s with all of their parameters.
//!
//! Answers to `Modules/blake2module.c`; the compression functions are those of `blake2b_simd` and
//! `blake2s_simd`.

use std::cell::RefCell;

use gopy_core::argument::{FromArg, Place};
use gopy_core::bytes::Bytes;
use gopy_core::dict::Dict;
use gopy_core::error::{overflow_error, value_error};
use gopy_core::int::Int;
use gopy_core::str::interned;
use gopy_core::{buffer, module, object, type_};
use gopy_macros::{pyclass, pymethods, pymodule, pyslots};
use gopy_object::{Args, Object, PyResult, Ref, Type, memory};

use crate::hash_type::{chosen, hex, input, unsigned};

/// A number in a range, called by its name.
fn ranged(value: i32, min: i32, max: i32, message: &'static str) -> PyResult<u8> {
    if !(min..=max).contains(&value) {
        return Err(value_error!("{message}"));
    }
    Ok(value as u8)
}

/// Bytes that are not longer than a limit, called by their name.
fn limited(argument: Option<&Object>, limit: usize, name: &str) -> PyResult<Vec<u8>> {
    let Some(argument) = argument else { return Ok(Vec::new()) };
    let view = buffer::bytes_like(argument)?;
    if view.len > limit {
        return Err(value_error!("maximum {name} length is {limit} bytes"));
    }
    Ok(buffer::as_slice(&view).to_vec())
}

macro_rules! blake2_type {
    ($(#[$doc:meta])* $ty:ident, $static:ident, $state:ident, $class:literal, $library:ident,
     $name:literal, $shown:literal, $block:literal, $size:literal, $salt:literal,
     $offset_bits:literal, $signature:literal) => {
        /// The running hash, plain data.
        pub struct $state(RefCell<$library::State>);

        gopy_object::leaf_traverse!($state);

        $(#[$doc])*
        #[pyclass(name = $class, static = $static, basicsize = 32, flags(HEAPTYPE, IMMUTABLETYPE),
            text_signature = $signature)]
        #[repr(C)]
        pub struct $ty {
            object: Object,
            state: $state,
            digest_length: usize,
        }

        #[pymethods]
        impl $ty {
            #[pymethod("($self, /)")]
            fn copy(&self) -> PyResult {
                let copy = $ty {
                    object: Object::header(&$static),
                    state: $state(RefCell::new(self.state.0.borrow().clone())),
                    digest_length: self.digest_length,
                };
                Ok(memory::alloc(&$static, copy)?.upcast())
            }

            #[pymethod("($self, /)")]
            fn digest(&self) -> PyResult<Ref<Bytes>> {
                Bytes::new(self.state.0.borrow().finalize().as_bytes())
            }

            #[pymethod("($self, /)")]
            fn hexdigest(&self) -> String {
                hex(self.state.0.borrow().finalize().as_bytes())
            }

            #[pymethod("($self, data, /)")]
            fn update(&self, data: &Object) -> PyResult<()> {
                let view = input(data)?;
                self.state.0.borrow_mut().update(buffer::as_slice(&view));
                Ok(())
            }

            #[pygetter]
            fn name(&self) -> &'static str {
                $name
            }

            #[pygetter]
            fn block_size(&self) -> usize {
                $block
            }

            #[pygetter]
            fn digest_size(&self) -> usize {
                self.digest_length
            }
        }

        #[pyslots]
        impl $ty {
            fn new(ty: &Type, args: Args<'_>) -> PyResult {
                let [data, digest_size, key, salt, person, fanout, depth, leaf_size, node_offset,
                    node_depth, inner_size, last_node, security, string] =
                    bind!(args, $name, ["data", "digest_size", "key", "salt", "person", "fanout",
                        "depth", "leaf_size", "node_offset", "node_depth", "inner_size",
                        "last_node", "usedforsecurity", "string"],
                        required 0, positional_only 0, positional 1);
                let place = Place::only($name);
                let int = |argument: Option<&Object>, default: i32| {
                    argument.map_or(Ok(default), |argument| i32::from_arg(argument, &place))
                };
                let digest_size = int(digest_size, $size)?;
                let fanout = int(fanout, 1)?;
                let depth = int(depth, 1)?;
                let leaf_size = leaf_size.map_or(Ok(0), |n| unsigned(n, "unsigned long"))?;
                let node_offset =
                    node_offset.map_or(Ok(0), |n| unsigned(n, "unsigned long long"))?;
                let node_depth = int(node_depth, 0)?;
                let inner_size = int(inner_size, 0)?;
                let last_node = last_node.map_or(Ok(false), |flag| object::is_true(flag))?;
                let data = chosen(data, security, string)?;
                if !(1..=$size).contains(&digest_size) {
                    return Err(value_error!(
                        "digest_size for {} must be between 1 and {} bytes, here it is {digest_size}",
                        $shown,
                        $size
                    ));
                }
                let salt = limited(salt, $salt, "salt")?;
                let person = limited(person, $salt, "person")?;
                let fanout = ranged(fanout, 0, 255, "fanout must be between 0 and 255")?;
                let depth = ranged(depth, 1, 255, "depth must be between 1 and 255")?;
                let leaf_size = u32::try_from(leaf_size)
                    .map_err(|_| overflow_error!("leaf_size is too large"))?;
                if $offset_bits < 64 && node_offset >> ($offset_bits % 64) != 0 {
                    return Err(overflow_error!("node_offset is too large"));
                }
                let node_depth =
                    ranged(node_depth, 0, 255, "node_depth must be between 0 and 255")?;
                let inner_size = ranged(
                    inner_size,
                    0,
                    $size,
                    concat!("inner_size must be between 0 and is ", $size),
                )?;
                let key = limited(key, $size, "key")?;
                let mut state = $library::Params::new()
                    .hash_length(digest_size as usize)
                    .key(&key)
                    .salt(&salt)
                    .personal(&person)
                    .fanout(fanout)
                    .max_depth(depth)
                    .max_leaf_length(leaf_size)
                    .node_offset(node_offset)
                    .node_depth(node_depth)
                    .inner_hash_length(inner_size.into())
                    .last_node(last_node)
                    .to_state();
                if let Some(data) = data {
                    let view = input(data)?;
                    state.update(buffer::as_slice(&view));
                }
                let value = $ty {
                    object: Object::header(ty),
                    state: $state(RefCell::new(state)),
                    digest_length: digest_size as usize,
                };
                Ok(memory::alloc(ty, value)?.upcast())
            }
        }
    };
}

blake2_type! {
    /// A running BLAKE2b.
    Blake2b, BLAKE2B, Blake2bState, "_blake2.blake2b", blake2b_simd, "blake2b", "Blake2b", 128, 64, 16, 64,
    "(data=b'', *, digest_size=_blake2.blake2b.MAX_DIGEST_SIZE,\n        key=b'', salt=b'', person=b'', fanout=1, depth=1, leaf_size=0,\n        node_offset=0, node_depth=0, inner_size=0, last_node=False,\n        usedforsecurity=True, string=None)"
}
blake2_type! {
    /// A running BLAKE2s.
    Blake2s, BLAKE2S, Blake2sState, "_blake2.blake2s", blake2s_simd, "blake2s", "Blake2s", 64, 32, 8, 48,
    "(data=b'', *, digest_size=_blake2.blake2s.MAX_DIGEST_SIZE,\n        key=b'', salt=b'', person=b'', fanout=1, depth=1, leaf_size=0,\n        node_offset=0, node_depth=0, inner_size=0, last_node=False,\n        usedforsecurity=True, string=None)"
}

/// Sets the limits of a type as its attributes.
fn set_limits(ty: &Type, size: i64, salt: i64) -> PyResult<()> {
    let Some(dict) = ty.dict.get().and_then(|dict| dict.downcast_ref::<Dict>().ok()) else {
        return Ok(());
    };
    for (name, value) in [
        ("SALT_SIZE", salt),
        ("PERSON_SIZE", salt),
        ("MAX_KEY_SIZE", size),
        ("MAX_DIGEST_SIZE", size),
    ] {
        dict.set_str(&interned(name), &Int::from_i64(value).upcast())?;
    }
    type_::modified(ty);
    Ok(())
}

/// The module.
#[pymodule(name = "_blake2")]
pub mod native {
    use super::*;

    #[pyexec]
    fn exec(module: &Object) -> PyResult<()> {
        module::add(module, "_GIL_MINSIZE", 2048)?;
        module::add_type(module, &BLAKE2B)?;
        set_limits(&BLAKE2B, 64, 16)?;
        module::add_type(module, &BLAKE2S)?;
        set_limits(&BLAKE2S, 32, 8)?;
        for (name, value) in [
            ("BLAKE2B_SALT_SIZE", 16),
            ("BLAKE2B_PERSON_SIZE", 16),
            ("BLAKE2B_MAX_KEY_SIZE", 64),
            ("BLAKE2B_MAX_DIGEST_SIZE", 64),
            ("BLAKE2S_SALT_SIZE", 8),
            ("BLAKE2S_PERSON_SIZE", 8),
            ("BLAKE2S_MAX_KEY_SIZE", 32),
            ("BLAKE2S_MAX_DIGEST_SIZE", 32),
        ] {
            module::add(module, name, value)?;
        }
        Ok(())
    }
}

pub use native::MODULE;
