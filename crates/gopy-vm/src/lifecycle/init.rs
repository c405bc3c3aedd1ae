//! Start-up, in CPython's order: types, `builtins`, `sys`, the import machinery, codecs, `__main__`,
//! the standard streams, `site`.

use gopy_core::code::Code;
use gopy_core::dict::Dict;
use gopy_core::error::import_error;
use gopy_core::module::{self, Module};
use gopy_core::str::{self, Str};
use gopy_core::{call, id, object, type_};
use gopy_numeric::hash::HashSecret;
use gopy_object::{GilCell, Instance, Interpreter, PyResult, Ref, Thread, Type, gil, signals};

use super::{Embedding, config, hooks, streams};
use crate::import::frozen::{self, Frozen};
use crate::import::native;
use crate::{builtins, eval, import, sys};

/// Size and end of the running thread's stack.
fn stack() -> (usize, usize) {
    let here = 0u8;
    let here = (&raw const here).addr();
    let mut attributes = std::mem::MaybeUninit::<libc::pthread_attr_t>::uninit();
    // SAFETY: fills the attributes in when it answers 0.
    if unsafe { libc::pthread_getattr_np(libc::pthread_self(), attributes.as_mut_ptr()) } != 0 {
        return (here, 1 << 20);
    }
    let (mut lowest, mut size) = (std::ptr::null_mut(), 0usize);
    // SAFETY: the attributes were filled in above.
    let result =
        unsafe { libc::pthread_attr_getstack(attributes.as_ptr(), &raw mut lowest, &raw mut size) };
    // SAFETY: as above; not used afterwards.
    unsafe { libc::pthread_attr_destroy(attributes.as_mut_ptr()) };
    if result != 0 { (here, 1 << 20) } else { (lowest.addr() + size, size) }
}

fn hash_secret() -> HashSecret {
    if let Some(seed) = config().hash_seed {
        return HashSecret::from_seed(seed);
    }
    let mut bytes = [0; HashSecret::SIZE];
    // SAFETY: writes at most as many bytes as there are.
    let got = unsafe { libc::getrandom(bytes.as_mut_ptr().cast(), bytes.len(), 0) };
    if got != bytes.len() as isize {
        eprintln!(
            "Fatal Python error: _Py_HashRandomization_Init: failed to get random numbers to \
             initialize Python"
        );
        std::process::exit(1);
    }
    HashSecret::from_bytes(&bytes)
}

/// Makes the main interpreter and all that programs expect to be there.
///
/// # Errors
///
/// What an import raises.
pub fn initialize(embedding: &Embedding) -> PyResult<()> {
    let interpreter: &'static Interpreter = Box::leak(Interpreter::new(0));
    let (top, size) = stack();
    let main = Box::leak(Thread::new(interpreter, 1, top, size));
    // SAFETY: leaked: it lives as long as the process, and belongs to this thread.
    unsafe { gil::attach(main) };
    gil::register(main);
    signals::set_main_thread(main);
    gopy_core::str::set_hash_secret(hash_secret());
    interpreter.int_max_str_digits.set(config().int_max_str_digits);
    hooks::install();
    crate::eval::intrinsics::set_type_parameters(gopy_types::typing::intrinsic);
    native::set_table(embedding.modules);
    frozen::set_image(embedding.frozen);
    type_::init();
    gopy_core::exceptions::init()?;
    for ty in gopy_types::TYPES.iter().chain(crate::TYPES) {
        type_::ready(ty.get())?;
    }
    let (sys_module, builtins_module) = make_builtins_and_sys(interpreter)?;
    native::set_permanent(&sys_module, &builtins_module);
    // Until the streams are there, messages go to the descriptor as they are.
    let printer = super::std_printer::new(2)?;
    sys::set(id!(stderr), printer.as_object())?;
    sys::set(&str::interned("__stderr__"), printer.as_object())?;
    drop(printer);
    import_machinery(interpreter, &sys_module)?;
    import_encodings()?;
    // Installs the handler that makes KeyboardInterrupt of Ctrl-C.
    import::import_module("_signal")?;
    let main_module = add_main(&builtins_module)?;
    streams::install(&builtins_module)?;
    if config().fault_handler {
        let handler = import::import_module("faulthandler")?;
        call::call_method(&handler, &str::interned("enable"), &[])?;
    }
    if !config().warnoptions.is_empty() {
        import::import_module("warnings")?;
    }
    if config().site_import {
        import_site()?;
    }
    drop(main_module);
    Ok(())
}

fn make_builtins_and_sys(
    interpreter: &'static Interpreter,
) -> PyResult<(Ref<Module>, Ref<Module>)> {
    let modules = Dict::new();
    interpreter.modules.set(Some(modules.clone().upcast()));
    let sys_name = str::interned("sys");
    let sys_module = module::from_def(&sys::MODULE, &sys_name)?;
    let sys_dict = sys_module.dict();
    interpreter.sys_dict.set(Some(sys_dict.clone().upcast()));
    sys_dict.set_str(id!(modules), modules.as_object())?;
    modules.set_str(&sys_name, sys_module.as_object())?;
    // A string of its own, as in CPython: pickles show that `len.__module__` is not `int.__module__`.
    let builtins_module = module::from_def(&builtins::MODULE, &Str::new("builtins"))?;
    let dict = builtins_module.dict();
    interpreter.builtins.set(Some(dict.clone().upcast()));
    modules.set_str(id!(builtins), builtins_module.as_object())?;
    let types: Vec<&'static GilCell<Type>> =
        type_::builtin::all().chain(gopy_types::TYPES.iter().copied()).collect();
    builtins::fill(&dict, &types, config().optimization_level == 0)?;
    let group = gopy_core::exceptions::exception_group()?;
    dict.set_str(&str::interned("ExceptionGroup"), group.as_object())?;
    sys::attributes::set_constants(&sys_dict, native::table())?;
    sys::attributes::save_original_hooks(sys_module.as_object())?;
    Ok((sys_module, builtins_module))
}

/// Executes a frozen module and puts it into `sys.modules` (`PyImport_ImportFrozenModule`).
///
/// # Errors
///
/// What its code raises.
pub fn import_frozen(found: &'static Frozen) -> PyResult {
    let name = str::interned(found.name);
    let module = Module::new(&name)?;
    let dict = module.dict();
    if let Some(builtins) = Interpreter::current().builtins.get() {
        dict.set_str(id!(__builtins__), &builtins)?;
    }
    if found.is_package {
        dict.set_str(id!(__path__), gopy_core::list::List::new().as_object())?;
    }
    if let Some(modules) = Interpreter::current().modules.get() {
        object::set_item(&modules, name.as_object(), module.as_object())?;
    }
    let code: Ref<Code> = frozen::code(found)?;
    eval::eval_code(&code, &dict, Some(dict.as_object()), None)?;
    if let Some(origin) = found.origin {
        dict.set_str(&str::interned("__origname__"), Str::new(origin).as_object())?;
    }
    Ok(module.upcast())
}

fn frozen_by_name(name: &str) -> PyResult {
    match frozen::find(&str::interned(name)) {
        Some(found) => import_frozen(found),
        None => Err(import_error!("can't import {name}: the library is not there")),
    }
}

/// With `-v`, what the machinery cannot tell of itself.
fn tell(text: &str) {
    if config().verbose > 0 {
        eprintln!("{text}");
    }
}

fn import_machinery(interpreter: &'static Interpreter, sys_module: &Module) -> PyResult<()> {
    let importlib = frozen_by_name("_frozen_importlib")?;
    tell("import _frozen_importlib # frozen");
    interpreter.importlib.set(Some(importlib.clone()));
    let imp_name = str::interned("_imp");
    let imp = module::from_def(&import::IMP_MODULE, &imp_name)?;
    module::exec_def(&imp)?;
    if let Some(modules) = interpreter.modules.get() {
        object::set_item(&modules, imp_name.as_object(), imp.as_object())?;
    }
    tell("import _imp # builtin");
    let install = str::interned("_install");
    call::call_method(&importlib, &install, &[sys_module.as_object(), imp.as_object()])?;
    let sys_dict = sys_module.dict();
    sys::attributes::set_configured(&sys_dict, config())?;
    let external = str::interned("_install_external_importers");
    call::call_method(&importlib, &external, &[])?;
    install_zipimport(&sys_dict);
    Ok(())
}

/// Archives on `sys.path`; without the module there are none.
fn install_zipimport(sys_dict: &Dict) {
    tell("# installing zipimport hook");
    let installed = import::import_module("zipimport").and_then(|module| {
        let importer = object::get_attr(&module, &str::interned("zipimporter"))?;
        if let Some(hooks) = sys_dict.get_str(&str::interned("path_hooks"))?
            && let Some(hooks) = hooks.downcast::<gopy_core::list::List>()
        {
            hooks.insert(0, importer)?;
        }
        Ok(())
    });
    // Without `zlib` or the like the interpreter starts all the same.
    if installed.is_ok() {
        tell("# installed zipimport hook");
    }
}

/// The codecs' registry finds the standard ones in the package `encodings`. That of file names is the
/// first one that is looked up.
fn import_encodings() -> PyResult<()> {
    import::import_module("encodings")?;
    gopy_core::codecs::lookup(sys::attributes::FILE_SYSTEM_ENCODING).map(drop)
}

fn add_main(builtins_module: &Module) -> PyResult<Ref<Module>> {
    let main = Module::new(id!(__main__))?;
    let dict = main.dict();
    dict.set_str(id!(__builtins__), builtins_module.as_object())?;
    if let Some(importlib) = Interpreter::current().importlib.get() {
        let loader = object::get_attr(&importlib, &str::interned("BuiltinImporter"))?;
        dict.set_str(id!(__loader__), &loader)?;
    }
    if let Some(modules) = Interpreter::current().modules.get() {
        object::set_item(&modules, id!(__main__).as_object(), main.as_object())?;
    }
    Ok(main)
}

fn import_site() -> PyResult<()> {
    import::import_module("site").map(drop)
}
