//! Modules made from native code: the table that the program hands in.

use std::sync::OnceLock;

use gopy_core::module::{self, Module};
use gopy_core::str::Str;
use gopy_object::native::ModuleDef;
use gopy_object::{Instance, Object, PyResult, Ref, Slot};

use crate::extension::{self, Extension};

static TABLE: OnceLock<Vec<&'static ModuleDef>> = OnceLock::new();

/// Modules of this crate, which every program has.
fn own() -> [&'static ModuleDef; 6] {
    [
        &crate::builtins::MODULE,
        &crate::sys::MODULE,
        &super::imp::module::MODULE,
        &crate::marshal::module::MODULE,
        &crate::warnings::MODULE,
        &crate::ast_bridge::ast_module::MODULE,
    ]
}

/// Sets the native modules besides this crate's own; the first call wins.
pub fn set_table(modules: &[&[&'static ModuleDef]]) {
    let mut all = own().to_vec();
    all.extend(modules.iter().copied().flatten());
    let _ = TABLE.set(all);
}

/// All native modules.
pub fn table() -> &'static [&'static ModuleDef] {
    TABLE.get_or_init(|| own().to_vec())
}

/// The declaration of a module.
pub fn find(name: &Str) -> Option<&'static ModuleDef> {
    table().iter().copied().find(|def| name.eq_str(def.name))
}

/// `sys` and `builtins`, of which there is one for ever.
#[derive(Default)]
struct Permanent {
    sys: Slot<Module>,
    builtins: Slot<Module>,
}

impl Extension for Permanent {}

/// Remembers the modules that start-up has made.
pub(crate) fn set_permanent(sys: &Module, builtins: &Module) {
    let permanent = extension::get::<Permanent>();
    permanent.sys.set(Some(sys.to_ref()));
    permanent.builtins.set(Some(builtins.to_ref()));
}

/// Makes the module of a spec, without running its `exec`; `None` where there is no such module.
///
/// # Errors
///
/// `MemoryError`.
pub fn create(name: &Str) -> PyResult<Option<Ref<Module>>> {
    let permanent = extension::get::<Permanent>();
    if name.eq_str("sys") {
        return Ok(permanent.sys.get());
    }
    if name.eq_str("builtins") {
        return Ok(permanent.builtins.get());
    }
    match find(name) {
        Some(def) => module::from_def(def, name).map(Some),
        None => Ok(None),
    }
}

/// Runs the `exec` of a module that [`create`] has made.
///
/// # Errors
///
/// What it raises.
pub fn execute(object: &Object) -> PyResult<()> {
    let Some(module) = object.downcast::<Module>() else { return Ok(()) };
    let Some(def) = module.def.get() else { return Ok(()) };
    if std::ptr::eq(def, &crate::sys::MODULE) || std::ptr::eq(def, &crate::builtins::MODULE) {
        return Ok(());
    }
    // CPython asks whether the module has state; here a module that has none can be asked for too.
    // A second `exec` only sets the same names again.
    module::exec_def(module)
}
