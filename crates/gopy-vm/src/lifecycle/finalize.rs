//! Shut-down, in CPython's order: threads, `atexit`, streams, modules.
//!
//! Answers to `Py_FinalizeEx` and `finalize_modules`.

use gopy_core::dict::Dict;
use gopy_core::module::Module;
use gopy_core::str::Str;
use gopy_core::{call, id, none};
use gopy_object::gc::Reason;
use gopy_object::{Interpreter, PyResult, Ref, gc, gil};

use crate::{import, sys};

/// Ends the interpreter; false where standard output could not be flushed.
pub fn finalize() -> bool {
    wait_for_threads();
    run_exit_functions();
    let good = sys::flush_std_streams();
    let interpreter = Interpreter::current();
    interpreter.finalizing.set(true);
    gil::begin_finalization();
    finalize_modules(interpreter);
    // What could not be written the first time has been told of.
    good && sys::flush_std_streams()
}

fn report(result: PyResult, message: &str) {
    if let Err(error) = result {
        (gopy_core::hooks::get().unraisable)(error.into_value(), Some(message), None);
    }
}

/// `threading._shutdown()`, where that module is there.
fn wait_for_threads() {
    if let Ok(Some(threading)) = import::loaded(id!(threading)) {
        let result = call::call_method(&threading, id!(_shutdown), &[]);
        report(result, "Exception ignored on threading shutdown");
    }
}

/// `atexit._run_exitfuncs()`: without that module nobody has registered anything.
fn run_exit_functions() {
    let name = gopy_core::str::interned("atexit");
    if let Ok(Some(atexit)) = import::loaded(&name) {
        let run = gopy_core::str::interned("_run_exitfuncs");
        report(call::call_method(&atexit, &run, &[]), "Exception ignored in atexit");
    }
}

/// Names of `sys` that would keep a program's objects alive.
const SYS_NAMES: [&str; 11] = [
    "path",
    "argv",
    "ps1",
    "ps2",
    "last_exc",
    "last_type",
    "last_value",
    "last_traceback",
    "path_importer_cache",
    "meta_path",
    "path_hooks",
];

fn finalize_modules(interpreter: &Interpreter) {
    let Some(modules) = interpreter.modules.get() else { return };
    // Values that programs have left in `sys` and in `builtins`.
    if let Some(dict) = interpreter.builtins.get().and_then(as_dict) {
        let _ = dict.set_str(&gopy_core::str::interned("_"), none::none_object());
    }
    if let Some(dict) = sys::dict() {
        for name in SYS_NAMES {
            let _ = dict.set_str(&gopy_core::str::interned(name), none::none_object());
        }
        for (name, original) in
            [("stdin", "__stdin__"), ("stdout", "__stdout__"), ("stderr", "__stderr__")]
        {
            let original = dict.get_str(&gopy_core::str::interned(original)).ok().flatten();
            let original = original.unwrap_or_else(none::none);
            let _ = dict.set_str(&gopy_core::str::interned(name), &original);
        }
    }
    // Modules die here, unless something else holds them; those are remembered weakly.
    let mut remembered: Vec<(Ref, Ref)> = Vec::new();
    if let Some(dict) = modules.downcast::<Dict>() {
        let mut position = 0;
        let mut names = Vec::new();
        while let Some((name, module)) = dict.next(&mut position) {
            if module.downcast::<Module>().is_some()
                && let Ok(weak) = gopy_core::weakref::new_ref(&module, None)
            {
                remembered.push((name.clone(), weak.upcast()));
            }
            names.push(name);
        }
        for name in names {
            let _ = dict.set_item(&name, none::none_object());
        }
        dict.clear_items();
    }
    gc::collect(interpreter, 2, Reason::Shutdown);
    // `builtins` to what it was; programs may have put anything there.
    for (_, weak) in remembered.iter().rev() {
        let Ok(module) = call::call_no_args(weak) else { continue };
        let Some(module) = module.downcast::<Module>() else { continue };
        let dict = module.dict();
        let is_kept = sys::dict().is_some_and(|sys| sys.is(&*dict))
            || interpreter.builtins.get().is_some_and(|builtins| builtins.is(&*dict));
        if !is_kept {
            clear_module_dict(&dict);
        }
    }
    gc::collect(interpreter, 2, Reason::Shutdown);
}

fn as_dict(object: Ref) -> Option<Ref<Dict>> {
    object.downcast_ref::<Dict>().ok()
}

/// Names with one underscore first, then all but `__builtins__` (`_PyModule_ClearDict`).
fn clear_module_dict(dict: &Dict) {
    let names = |wanted: fn(&Str) -> bool| {
        let mut found = Vec::new();
        let mut position = 0;
        while let Some((name, value)) = dict.next(&mut position) {
            if !none::is_none(&value) && name.downcast::<Str>().is_some_and(wanted) {
                found.push(name);
            }
        }
        found
    };
    let private = names(|name| {
        let first = name.units().iter().next();
        first == Some(u32::from('_')) && name.units().iter().nth(1) != Some(u32::from('_'))
    });
    for name in private {
        let _ = dict.set_item(&name, none::none_object());
    }
    let rest = names(|name| {
        name.units().iter().next() != Some(u32::from('_')) || !name.eq_str("__builtins__")
    });
    for name in rest {
        let _ = dict.set_item(&name, none::none_object());
    }
}
