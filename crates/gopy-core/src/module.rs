//! `module`.
//!
//! Answers to `Objects/moduleobject.c`.

#![allow(missing_docs, unused_variables)]

use std::any::Any;
use std::cell::{Cell, OnceCell};

use gopy_macros::pyclass;
use gopy_object::native::ModuleDef;
use gopy_object::weakref::WeakList;
use gopy_object::{Object, PyResult, Ref, Slot};

use crate::argument::IntoPy;
use crate::dict::Dict;
use crate::str::Str;

/// Native state of a module; it owns no references (those go into the module's dict).
pub struct ModuleState(pub OnceCell<Box<dyn Any>>);

gopy_object::leaf_traverse!(ModuleState);

/// A `module`.
#[pyclass(name = "module", static = MODULE, basicsize = 56, dictoffset = 16, weaklistoffset = 40,
    flags(HAVE_GC, BASETYPE), dict = dict, weaklist = weakrefs, no_methods, no_slots)]
#[repr(C)]
pub struct Module {
    object: Object,
    pub dict: Slot,
    pub def: Cell<Option<&'static ModuleDef>>,
    pub state: ModuleState,
    pub weakrefs: WeakList,
    pub name: Slot,
}

impl Module {
    /// A module with the usual names in its dict.
    ///
    /// # Errors
    ///
    /// `MemoryError`.
    pub fn new(name: &Str) -> PyResult<Ref<Module>> {
        todo!()
    }
    /// The module's dict.
    pub fn dict(&self) -> Ref<Dict> {
        todo!()
    }
}

/// A native module with its functions, before `exec`.
pub fn from_def(def: &'static ModuleDef, name: &Str) -> PyResult<Ref<Module>> {
    todo!()
}

/// Runs the declaration's `exec`.
pub fn exec_def(module: &Module) -> PyResult<()> {
    todo!()
}

/// Sets an attribute of a native module in its `exec`.
pub fn add(module: &Object, name: &str, value: impl IntoPy) -> PyResult<()> {
    todo!()
}

/// Adds a type under the last part of its name, making it ready first.
pub fn add_type(
    module: &Object,
    ty: &'static gopy_object::GilCell<gopy_object::Type>,
) -> PyResult<()> {
    todo!()
}
