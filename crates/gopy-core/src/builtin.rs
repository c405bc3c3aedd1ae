//! `builtin_function_or_method`: a native function, bound to an instance or a module.
//!
//! Answers to `Objects/methodobject.c`.

#![allow(missing_docs)]

use gopy_macros::pyclass;
use gopy_object::native::MethodDef;
use gopy_object::weakref::WeakList;
use gopy_object::{Object, PyResult, Ref, Slot, gc, memory};

/// A declaration, as a field that owns nothing.
#[derive(Clone, Copy)]
pub struct DefRef(pub &'static MethodDef);

gopy_object::leaf_traverse!(DefRef);

/// A `builtin_function_or_method`.
#[pyclass(name = "builtin_function_or_method", static = BUILTIN_FUNCTION, basicsize = 56,
    weaklistoffset = 40, flags(HAVE_GC, HAVE_VECTORCALL, DISALLOW_INSTANTIATION),
    weaklist = weakrefs, no_methods, no_slots)]
#[repr(C)]
pub struct BuiltinFunction {
    object: Object,
    pub def: DefRef,
    /// `__self__`: the instance, type or module.
    pub self_: Slot,
    /// `__module__`.
    pub module: Slot,
    pub weakrefs: WeakList,
}

impl BuiltinFunction {
    /// # Errors
    ///
    /// `MemoryError`.
    pub fn new(
        def: &'static MethodDef,
        self_: Option<Ref>,
        module: Option<Ref>,
    ) -> PyResult<Ref<BuiltinFunction>> {
        let function = memory::alloc(
            &BUILTIN_FUNCTION,
            BuiltinFunction {
                object: Object::header(&BUILTIN_FUNCTION),
                def: DefRef(def),
                self_: Slot::new(self_),
                module: Slot::new(module),
                weakrefs: WeakList::empty(),
            },
        )?;
        Ok(gc::tracked(function))
    }
}
