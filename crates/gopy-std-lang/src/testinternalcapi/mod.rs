//! `_testinternalcapi`: what CPython's tests look at inside the interpreter.
//!
//! Answers to `Modules/_testinternalcapi.c`, in as far as it is not the C API itself that is tested.
//! Without the functions for which there is nothing to look at here.

use gopy_core::code::Code;
use gopy_core::dict::{Dict, instance};
use gopy_core::error::{system_error, type_error};
use gopy_core::exceptions::key_error;
use gopy_core::str::Str;
use gopy_core::tuple::{self, Tuple};
use gopy_core::{module, none, object};
use gopy_macros::pymodule;
use gopy_object::{Interpreter, Object, PyResult, Ref, TypeFlags, thread};

/// Executions before an instruction is specialised, and between attempts.
const SPECIALIZATION_THRESHOLD: i32 = 2;
const SPECIALIZATION_COOLDOWN: i32 = 53;
/// Most keys that a class's instances share.
const SHARED_KEYS_MAX: i32 = 30;
/// Words of a frame beside its locals and its stack.
const FRAME_SPECIALS: u32 = 10;
/// What is kept free at the end of the native stack.
const STACK_MARGIN: i32 = 16 * 1024;
/// Jumps before a loop would be traced.
const TIER2_THRESHOLD: i32 = 4096;

/// Whether instances of the object's type may have inline values.
fn may_have_inline_values(o: &Object) -> bool {
    o.type_().has(TypeFlags::INLINE_VALUES)
}

fn code_of(o: &Object) -> PyResult<&Code> {
    o.downcast().ok_or_else(|| type_error!("argument must be a code object"))
}

/// An attribute of a frame.
fn frame_part(frame: &Object, name: &str) -> PyResult {
    if &*frame.type_name() != "frame" {
        return Err(type_error!("argument must be a frame"));
    }
    object::get_attr(frame, &Str::new(name))
}

/// The module.
#[pymodule(name = "_testinternalcapi")]
pub mod native {
    use super::*;

    #[pyfunction("($self, object, /)")]
    fn has_inline_values(object: &Object) -> bool {
        may_have_inline_values(object) && instance::has_valid_values(object)
    }

    #[pyfunction("($self, object, /)")]
    fn has_split_table(object: &Object) -> bool {
        object.downcast::<Dict>().is_some_and(Dict::is_split)
    }

    #[pyfunction("($self, object, /)")]
    fn get_object_dict_values(object: &Object) -> PyResult<Option<Ref<Tuple>>> {
        if !may_have_inline_values(object) || !instance::has_valid_values(object) {
            return Ok(None);
        }
        let Some(keys) = instance::shared_keys(object.type_()) else { return Ok(None) };
        let offset = instance::values_offset(object.type_());
        let value = |index| {
            // SAFETY: the type's flag says that its instances have inline values, which lie there.
            let value = unsafe { instance::value_at(object, offset, index) };
            value.unwrap_or_else(none::none)
        };
        tuple::try_from_vec((0..keys.nentries()).map(value).collect()).map(Some)
    }

    #[pyfunction("($self, mapping, key, hash, /)", hide_signature, style = varargs)]
    fn dict_getitem_knownhash(mapping: &Object, key: &Object, hash: isize) -> PyResult {
        let Some(dict) = mapping.downcast::<Dict>() else {
            return Err(system_error!("bad argument to internal function"));
        };
        dict.get_known_hash(key, hash)?.ok_or_else(|| key_error(key))
    }

    #[pyfunction("($module, /)")]
    fn get_next_dict_keys_version() -> u32 {
        Interpreter::current().next_dict_keys_version.get()
    }

    #[pyfunction("($self, object, /)")]
    fn get_co_framesize(object: &Object) -> PyResult<u32> {
        let code = code_of(object)?;
        Ok(code.nlocalsplus + code.stacksize + FRAME_SPECIALS)
    }

    #[pyfunction("($self, object, /)")]
    fn iframe_getcode(object: &Object) -> PyResult {
        frame_part(object, "f_code")
    }

    #[pyfunction("($self, object, /)")]
    fn iframe_getline(object: &Object) -> PyResult {
        frame_part(object, "f_lineno")
    }

    #[pyfunction("($self, object, /)")]
    fn iframe_getlasti(object: &Object) -> PyResult {
        frame_part(object, "f_lasti")
    }

    #[pyfunction("($self, /)")]
    fn get_recursion_depth() -> i32 {
        let thread = thread();
        thread.interpreter().recursion_limit.get() - thread.recursion_remaining.get()
    }

    #[pyfunction("($self, /)")]
    fn get_stack_pointer() -> usize {
        let here = 0u8;
        std::ptr::from_ref(std::hint::black_box(&here)).addr()
    }

    #[pyfunction("($self, /)")]
    fn get_stack_margin() -> i32 {
        STACK_MARGIN
    }

    #[pyfunction("($self, /)")]
    fn get_tracked_heap_size() -> usize {
        Interpreter::current().gc.objects(None).len()
    }

    #[pyfunction("($self, object, /)")]
    fn is_static_immortal(object: &Object) -> bool {
        object.is_static()
    }

    #[pyfunction("($self, /)")]
    fn pymem_getallocatorsname() -> &'static str {
        "mimalloc"
    }

    #[pyfunction("($self, object, /)")]
    fn _pyerr_setkeyerror(object: &Object) -> PyResult {
        Err(key_error(object))
    }

    #[pyexec]
    fn exec(module: &Object) -> PyResult<()> {
        module::add(module, "SIZEOF_PYGC_HEAD", 16)?;
        module::add(module, "SIZEOF_MANAGED_PRE_HEADER", 16)?;
        module::add(module, "SIZEOF_PYOBJECT", 16)?;
        module::add(module, "SIZEOF_TIME_T", 8)?;
        module::add(module, "TIER2_THRESHOLD", TIER2_THRESHOLD)?;
        module::add(module, "SPECIALIZATION_THRESHOLD", SPECIALIZATION_THRESHOLD)?;
        module::add(module, "SPECIALIZATION_COOLDOWN", SPECIALIZATION_COOLDOWN)?;
        module::add(module, "SHARED_KEYS_MAX_SIZE", SHARED_KEYS_MAX)
    }
}

pub use native::MODULE;
