//! `posix`: what `os` is made of.
//!
//! Answers to `Modules/posixmodule.c`. Functions are by subject in the files of this folder; a Python
//! module is put together from their tables in [`MODULE`].

mod descriptors;
mod dir;
mod files;
pub(crate) mod process;
mod spawn;
mod stat;
mod system;
mod transfer;

use gopy_core::bytes::Bytes;
use gopy_core::dict::Dict;
use gopy_core::list::List;
use gopy_core::{builtin, descriptor, exceptions, module};
use gopy_object::native::{MethodDef, ModuleDef};
use gopy_object::{Instance, Object, PyResult, Ref};

use crate::constants;
use crate::util::{add_constants, int, key, struct_type};

/// `posix`.
pub static MODULE: ModuleDef =
    ModuleDef { name: "posix", doc: None, methods: stat::module::METHODS, exec: Some(exec) };

const TABLES: &[&[MethodDef]] = &[
    files::module::METHODS,
    dir::module::METHODS,
    descriptors::module::METHODS,
    process::module::METHODS,
    system::module::METHODS,
    spawn::module::METHODS,
    transfer::module::METHODS,
];

/// The environment as the process has it now.
fn environ() -> PyResult<Ref<Dict>> {
    unsafe extern "C" {
        static environ: *const *const libc::c_char;
    }
    let dict = Dict::new();
    // SAFETY: the C library's own variable; start-up and `putenv` change it under the GIL.
    let mut entry = unsafe { environ };
    if entry.is_null() {
        return Ok(dict);
    }
    loop {
        // SAFETY: the array ends with a null pointer, where the loop ends.
        let text = unsafe { *entry };
        if text.is_null() {
            return Ok(dict);
        }
        // SAFETY: an entry is a C string.
        let bytes = unsafe { std::ffi::CStr::from_ptr(text) }.to_bytes();
        if let Some(at) = bytes.iter().position(|b| *b == b'=') {
            let name = Bytes::new(&bytes[..at])?;
            let value = Bytes::new(&bytes[at + 1..])?;
            dict.set_default(&name, &value)?;
        }
        // SAFETY: not the last entry yet.
        entry = unsafe { entry.add(1) };
    }
}

fn names(table: &[(&str, i64)]) -> PyResult<Ref<Dict>> {
    let dict = Dict::new();
    for (name, value) in table {
        dict.set_str(&key(name), &int(*value))?;
    }
    Ok(dict)
}

/// `sched_param` takes its one field, not a sequence.
fn set_up_sched_param() -> PyResult<()> {
    let ty = struct_type(&process::SCHED_PARAM)?;
    ty.slots.new.set(Some(spawn::new_sched_param));
    if let Some(dict) = ty.dict.get().and_then(|dict| dict.downcast_ref::<Dict>().ok()) {
        for def in spawn::sched_param::METHODS {
            let method = descriptor::new_method(&ty, def)?;
            dict.set_str(&key(def.name), &method)?;
        }
    }
    Ok(())
}

fn exec(module: &Object) -> PyResult<()> {
    for table in TABLES {
        for method in *table {
            let receiver = module.to_ref();
            let function =
                builtin::BuiltinFunction::new(method, Some(receiver), Some(key("posix").upcast()))?;
            module::add(module, method.name, function)?;
        }
    }
    add_constants(module, constants::POSIX)?;
    module::add(module, "sysconf_names", names(constants::SYSCONF_NAMES)?)?;
    module::add(module, "confstr_names", names(constants::CONFSTR_NAMES)?)?;
    module::add(module, "pathconf_names", names(constants::PATHCONF_NAMES)?)?;
    let have: Vec<Ref> = constants::HAVE_FUNCTIONS.iter().map(|n| key(n).upcast()).collect();
    module::add(module, "_have_functions", List::from_vec(have))?;
    module::add(module, "environ", environ()?)?;
    module::add(module, "error", exceptions::OS_ERROR.as_object().to_ref())?;
    for (name, spec) in [
        ("stat_result", &stat::STAT_RESULT),
        ("statvfs_result", &stat::STATVFS_RESULT),
        ("terminal_size", &system::TERMINAL_SIZE),
        ("times_result", &system::TIMES_RESULT),
        ("uname_result", &system::UNAME_RESULT),
        ("waitid_result", &process::WAITID_RESULT),
        ("sched_param", &process::SCHED_PARAM),
    ] {
        module::add(module, name, struct_type(spec)?)?;
    }
    set_up_sched_param()?;
    module::add_type(module, &dir::DIR_ENTRY)
}
