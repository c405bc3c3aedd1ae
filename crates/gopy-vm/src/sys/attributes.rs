//! The attributes of `sys` that are set once, before anything is imported, and those that follow from
//! the configuration.

use gopy_core::argument::IntoPy;
use gopy_core::dict::Dict;
use gopy_core::list::List;
use gopy_core::set::Set;
use gopy_core::str::{self, Str};
use gopy_core::structseq::{self, StructSeq};
use gopy_core::tuple;
use gopy_core::{bool_, id, module, namespace, none, object, type_};
use gopy_object::native::ModuleDef;
use gopy_object::{Instance, Object, PyResult, Ref};

use super::stdlib_names::STDLIB_MODULE_NAMES;
use crate::lifecycle::Config;

/// Version of the language and library: 3.14.10 final.
pub const HEXVERSION: u32 = 0x030e_0af0;
/// `sys.version`, in the shape that `platform` parses.
pub const VERSION: &str =
    concat!("3.14.10 (gopy ", env!("CARGO_PKG_VERSION"), ", Oct 26 2026, 15:12:11) [GCC 16.2.0]");
/// `sys.getfilesystemencoding()`
pub const FILE_SYSTEM_ENCODING: &str = "utf-8";
const COPYRIGHT: &str = "Copyright (c) 2001 Python Software Foundation.\nAll Rights Reserved.\n\n\
                         Copyright (c) 2000 BeOpen.com.\nAll Rights Reserved.\n\n\
                         Copyright (c) 1995-2001 Corporation for National Research Initiatives.\n\
                         All Rights Reserved.\n\n\
                         Copyright (c) 1991-1995 Stichting Mathematisch Centrum, Amsterdam.\n\
                         All Rights Reserved.";

static FLAGS: StructSeq = StructSeq {
    name: "sys.flags",
    doc: "sys.flags\n\nFlags provided through command line arguments or environment vars.",
    fields: &[
        "debug",
        "inspect",
        "interactive",
        "optimize",
        "dont_write_bytecode",
        "no_user_site",
        "no_site",
        "ignore_environment",
        "verbose",
        "bytes_warning",
        "quiet",
        "hash_randomization",
        "isolated",
        "dev_mode",
        "utf8_mode",
        "warn_default_encoding",
        "safe_path",
        "int_max_str_digits",
        "gil",
        "thread_inherit_context",
        "context_aware_warnings",
    ],
    visible: 18,
};

static VERSION_INFO: StructSeq = StructSeq {
    name: "sys.version_info",
    doc: "sys.version_info\n\nVersion information as a named tuple.",
    fields: &["major", "minor", "micro", "releaselevel", "serial"],
    visible: 5,
};

static FLOAT_INFO: StructSeq = StructSeq {
    name: "sys.float_info",
    doc: "sys.float_info\n\nA named tuple holding information about the float type. It contains low \
          level\ninformation about the precision and internal representation. Please study\nyour \
          system's :file:`float.h` for more information.",
    fields: &[
        "max",
        "max_exp",
        "max_10_exp",
        "min",
        "min_exp",
        "min_10_exp",
        "dig",
        "mant_dig",
        "epsilon",
        "radix",
        "rounds",
    ],
    visible: 11,
};

static INT_INFO: StructSeq = StructSeq {
    name: "sys.int_info",
    doc: "sys.int_info\n\nA named tuple that holds information about Python's\ninternal \
          representation of integers.  The attributes are read only.",
    fields: &[
        "bits_per_digit",
        "sizeof_digit",
        "default_max_str_digits",
        "str_digits_check_threshold",
    ],
    visible: 4,
};

static HASH_INFO: StructSeq = StructSeq {
    name: "sys.hash_info",
    doc: "hash_info\n\nA named tuple providing parameters used for computing\nhashes. The attributes \
          are read only.",
    fields: &[
        "width",
        "modulus",
        "inf",
        "nan",
        "imag",
        "algorithm",
        "hash_bits",
        "seed_bits",
        "cutoff",
    ],
    visible: 9,
};

static THREAD_INFO: StructSeq = StructSeq {
    name: "sys.thread_info",
    doc: "sys.thread_info\n\nA named tuple holding information about the thread implementation.",
    fields: &["name", "lock", "version"],
    visible: 3,
};

/// Puts a value into the dict of `sys`.
fn put(dict: &Dict, name: &str, value: impl IntoPy) -> PyResult<()> {
    dict.set_str(&str::interned(name), &*value.into_py()?)
}

/// An instance whose type no program can make more of.
fn structure(spec: &'static StructSeq, fields: Vec<PyResult>) -> PyResult {
    let ty = structseq::new_type(spec)?;
    let value = structseq::new(&ty, fields.into_iter().collect::<PyResult<_>>()?)?;
    ty.slots.new.set(None);
    ty.add_flags(gopy_object::TypeFlags::DISALLOW_INSTANTIATION);
    if let Some(dict) = ty.dict.get().and_then(|dict| dict.downcast_ref::<Dict>().ok()) {
        dict.del_item(id!(__new__).as_object())?;
    }
    type_::modified(&ty);
    Ok(value)
}

fn version_info() -> PyResult {
    structure(
        &VERSION_INFO,
        vec![3.into_py(), 14.into_py(), 10.into_py(), "final".into_py(), 0.into_py()],
    )
}

/// What does not depend on the configuration (`_PySys_InitCore`).
///
/// # Errors
///
/// `MemoryError`.
pub fn set_constants(dict: &Dict, builtin_modules: &[&'static ModuleDef]) -> PyResult<()> {
    put(dict, "version", VERSION)?;
    put(dict, "hexversion", HEXVERSION)?;
    let git = ["CPython", "", ""].map(|part| Str::new(part).upcast());
    put(dict, "_git", tuple::from_array(git))?;
    put(dict, "_framework", "")?;
    put(dict, "api_version", 1013)?;
    put(dict, "copyright", COPYRIGHT)?;
    put(dict, "platform", "linux")?;
    put(dict, "maxsize", isize::MAX)?;
    let float_info = structure(
        &FLOAT_INFO,
        vec![
            f64::MAX.into_py(),
            f64::MAX_EXP.into_py(),
            f64::MAX_10_EXP.into_py(),
            f64::MIN_POSITIVE.into_py(),
            f64::MIN_EXP.into_py(),
            f64::MIN_10_EXP.into_py(),
            f64::DIGITS.into_py(),
            f64::MANTISSA_DIGITS.into_py(),
            f64::EPSILON.into_py(),
            f64::RADIX.into_py(),
            1.into_py(),
        ],
    )?;
    put(dict, "float_info", float_info)?;
    let int_info =
        structure(&INT_INFO, vec![30.into_py(), 4.into_py(), 4300.into_py(), 640.into_py()])?;
    put(dict, "int_info", int_info)?;
    let hash_info = structure(
        &HASH_INFO,
        vec![
            64.into_py(),
            ((1i64 << 61) - 1).into_py(),
            314_159.into_py(),
            0.into_py(),
            1_000_003.into_py(),
            "siphash13".into_py(),
            64.into_py(),
            128.into_py(),
            0.into_py(),
        ],
    )?;
    put(dict, "hash_info", hash_info)?;
    put(dict, "maxunicode", 0x10_ffff)?;
    let mut names: Vec<&str> = builtin_modules.iter().map(|def| def.name).collect();
    names.sort_unstable();
    names.dedup();
    let names = names.into_iter().map(|name| str::interned(name).upcast()).collect();
    put(dict, "builtin_module_names", tuple::try_from_vec(names)?)?;
    let names = STDLIB_MODULE_NAMES.iter().map(|name| str::interned(name).upcast());
    put(dict, "stdlib_module_names", Set::new_frozen(names.collect())?)?;
    put(dict, "byteorder", "little")?;
    put(dict, "abiflags", "")?;
    let version = version_info()?;
    put(dict, "version_info", version.clone())?;
    put(dict, "implementation", implementation(&version)?)?;
    put(dict, "flags", flags(crate::lifecycle::config())?)?;
    put(dict, "float_repr_style", "short")?;
    let thread_info = structure(
        &THREAD_INFO,
        vec![
            "pthread".into_py(),
            "semaphore".into_py(),
            match libc_version() {
                Some(version) => version.into_py(),
                None => Ok(none::none()),
            },
        ],
    )?;
    put(dict, "thread_info", thread_info)?;
    put(dict, "monitoring", crate::monitoring::module_object()?)?;
    put(dict, "_jit", module::from_def(&super::jit::module::MODULE, &Str::new("sys._jit"))?)?;
    for name in ["meta_path", "path_hooks"] {
        put(dict, name, List::new())?;
    }
    put(dict, "path_importer_cache", Dict::new())
}

/// `confstr(_CS_GNU_LIBPTHREAD_VERSION)`.
fn libc_version() -> Option<String> {
    const GNU_LIBPTHREAD_VERSION: i32 = 3;
    let mut buffer = [0u8; 128];
    // SAFETY: writes at most as many bytes as are given.
    let length =
        unsafe { libc::confstr(GNU_LIBPTHREAD_VERSION, buffer.as_mut_ptr().cast(), buffer.len()) };
    let text = buffer.get(..length.checked_sub(1)?)?;
    String::from_utf8(text.to_vec()).ok()
}

fn implementation(version: &Object) -> PyResult {
    let dict = Dict::new();
    // Tests of the reference implementation's internals run where it says its name.
    let pretends = std::env::var_os("GOPY_AS_CPYTHON").is_some_and(|value| value == "1");
    put(&dict, "name", if pretends { "cpython" } else { "gopy" })?;
    put(&dict, "cache_tag", "gopy-3140")?;
    put(&dict, "version", version.to_ref())?;
    put(&dict, "hexversion", HEXVERSION)?;
    put(&dict, "_multiarch", "x86_64-linux-gnu")?;
    put(&dict, "supports_isolated_interpreters", true)?;
    Ok(namespace::new(&dict)?.upcast())
}

fn text(bytes: &[u8]) -> Ref {
    Str::from_os(bytes).upcast()
}

fn list_of(items: &[Vec<u8>]) -> Ref<List> {
    List::from_vec(items.iter().map(|item| text(item)).collect())
}

/// What follows from the configuration (`_PySys_UpdateConfig`).
///
/// # Errors
///
/// `MemoryError`.
pub fn set_configured(dict: &Dict, config: &Config) -> PyResult<()> {
    let paths = &config.paths;
    let search = paths.search.iter().map(|path| text(path)).collect();
    put(dict, "path", List::from_vec(search))?;
    for (name, value) in [
        ("executable", &paths.executable),
        ("_base_executable", &paths.base_executable),
        ("prefix", &paths.prefix),
        ("base_prefix", &paths.base_prefix),
        ("exec_prefix", &paths.exec_prefix),
        ("base_exec_prefix", &paths.base_exec_prefix),
    ] {
        put(dict, name, text(value))?;
    }
    put(dict, "platlibdir", "lib")?;
    put(dict, "pycache_prefix", config.pycache_prefix.as_deref().map(text))?;
    put(dict, "argv", list_of(&config.argv))?;
    put(dict, "orig_argv", list_of(&config.orig_argv))?;
    put(dict, "warnoptions", list_of(&config.warnoptions))?;
    put(dict, "_xoptions", xoptions(&config.xoptions)?)?;
    put(dict, "_stdlib_dir", paths.stdlib.as_deref().map(text))?;
    put(dict, "flags", flags(config)?)?;
    put(dict, "dont_write_bytecode", !config.write_bytecode)
}

/// `-X name` and `-X name=value` as a dict.
fn xoptions(options: &[Vec<u8>]) -> PyResult<Ref<Dict>> {
    let dict = Dict::new();
    for option in options {
        match memchr::memchr(b'=', option) {
            Some(at) => dict.set_item(&text(&option[..at]), &text(&option[at + 1..]))?,
            None => dict.set_item(&text(option), bool_::bool_object(true))?,
        }
    }
    Ok(dict)
}

fn flags(config: &Config) -> PyResult {
    let number = |value: bool| i32::from(value).into_py();
    structure(
        &FLAGS,
        vec![
            config.parser_debug.into_py(),
            config.inspect.into_py(),
            config.interactive.into_py(),
            i32::from(config.optimization_level).into_py(),
            number(!config.write_bytecode),
            number(!config.user_site_directory),
            number(!config.site_import),
            number(!config.use_environment),
            config.verbose.into_py(),
            config.bytes_warning.into_py(),
            config.quiet.into_py(),
            number(!config.use_hash_seed || config.hash_seed != Some(0)),
            number(config.isolated),
            config.dev_mode.into_py(),
            number(config.utf8_mode),
            number(config.warn_default_encoding),
            config.safe_path.into_py(),
            config.int_max_str_digits.into_py(),
            1.into_py(),
            number(config.thread_inherit_context),
            number(config.context_aware_warnings),
        ],
    )
}

/// The names that keep the original hooks.
///
/// # Errors
///
/// `MemoryError`.
pub fn save_original_hooks(sys: &Object) -> PyResult<()> {
    for name in ["displayhook", "excepthook", "breakpointhook", "unraisablehook"] {
        let hook = object::get_attr(sys, &str::interned(name))?;
        module::add(sys, &format!("__{name}__"), hook)?;
    }
    Ok(())
}
