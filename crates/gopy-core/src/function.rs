//! `function`: a Python function.
//!
//! Answers to `Objects/funcobject.c`. Entering its code is the VM's, through [`crate::hooks`].

#![allow(missing_docs)]

use std::cell::Cell;

use gopy_macros::pyclass;
use gopy_object::weakref::WeakList;
use gopy_object::{Object, PyResult, Ref, Slot, gc, memory};

use crate::code::Code;
use crate::dict::Dict;
use crate::str::Str;
use crate::tuple::Tuple;

/// A `function`.
#[pyclass(name = "function", static = FUNCTION, basicsize = 152, dictoffset = 88,
    weaklistoffset = 96, flags(HAVE_GC, HAVE_VECTORCALL, METHOD_DESCRIPTOR), dict = dict,
    weaklist = weakrefs, no_methods, no_slots)]
#[repr(C)]
pub struct Function {
    object: Object,
    pub globals: Ref<Dict>,
    pub builtins: Ref,
    pub name: Slot<Str>,
    pub qualname: Slot<Str>,
    pub code: Slot<Code>,
    pub defaults: Slot<Tuple>,
    pub kwdefaults: Slot<Dict>,
    pub doc: Slot,
    pub dict: Slot,
    pub weakrefs: WeakList,
    pub closure: Slot<Tuple>,
    pub module: Slot,
    pub annotations: Slot,
    pub annotate: Slot,
    pub typeparams: Slot,
    /// 0: none assigned or none left (`func_version`).
    pub version: Cell<u32>,
}

impl Function {
    /// A function of `code` in `globals` whose `__builtins__` are `builtins`
    /// (`PyFunction_NewWithQualName`).
    ///
    /// # Errors
    ///
    /// `MemoryError`.
    pub fn new(
        code: Ref<Code>,
        globals: Ref<Dict>,
        builtins: Ref,
        module: Option<Ref>,
    ) -> PyResult<Ref<Function>> {
        let doc = if code.flags.get() & crate::code::flags::HAS_DOCSTRING != 0 {
            code.consts.items().first().cloned()
        } else {
            Some(crate::none::none())
        };
        let function = memory::alloc(
            &FUNCTION,
            Function {
                object: Object::header(&FUNCTION),
                globals,
                builtins,
                name: Slot::new(Some(code.name.clone())),
                qualname: Slot::new(Some(code.qualname.clone())),
                code: Slot::new(Some(code)),
                defaults: Slot::empty(),
                kwdefaults: Slot::empty(),
                doc: Slot::new(doc),
                dict: Slot::empty(),
                weakrefs: WeakList::empty(),
                closure: Slot::empty(),
                module: Slot::new(module),
                annotations: Slot::empty(),
                annotate: Slot::empty(),
                typeparams: Slot::empty(),
                version: Cell::new(0),
            },
        )?;
        Ok(gc::tracked(function))
    }
}
