//! `None`, `Ellipsis` and `NotImplemented`.
//!
//! Answers to the end of `Objects/object.c` and to `Objects/sliceobject.c` (`Ellipsis`).

use gopy_macros::{pyclass, pymethods, pyslots};
use gopy_object::typeobj::CompareOp;
use gopy_object::{Args, GilCell, Instance, Object, PyResult, Ref, Type};

use crate::error::type_error;

/// `type(None)`.
#[pyclass(name = "NoneType", static = NONE_TYPE, basicsize = 16, text_signature = "()")]
#[repr(C)]
pub struct NoneType {
    object: Object,
}

/// `type(...)`.
#[pyclass(name = "ellipsis", static = ELLIPSIS_TYPE, basicsize = 16, text_signature = "()")]
#[repr(C)]
pub struct EllipsisType {
    object: Object,
}

/// `type(NotImplemented)`.
#[pyclass(name = "NotImplementedType", static = NOT_IMPLEMENTED_TYPE, basicsize = 16, text_signature = "()")]
#[repr(C)]
pub struct NotImplementedType {
    object: Object,
}

static NONE: GilCell<NoneType> =
    GilCell::new(NoneType { object: Object::static_header(&NONE_TYPE) });
static ELLIPSIS: GilCell<EllipsisType> =
    GilCell::new(EllipsisType { object: Object::static_header(&ELLIPSIS_TYPE) });
static NOT_IMPLEMENTED: GilCell<NotImplementedType> =
    GilCell::new(NotImplementedType { object: Object::static_header(&NOT_IMPLEMENTED_TYPE) });

/// `None`.
#[inline(always)]
pub fn none() -> Ref {
    none_object().to_ref()
}

/// `None`, borrowed.
#[inline(always)]
pub fn none_object() -> &'static Object {
    NONE.get().as_object()
}

/// Whether an object is `None`.
#[inline(always)]
pub fn is_none(object: &Object) -> bool {
    std::ptr::eq(object, none_object())
}

/// `Ellipsis`.
pub fn ellipsis() -> Ref {
    ELLIPSIS.get().as_object().to_ref()
}

/// Whether an object is `Ellipsis`.
pub fn is_ellipsis(object: &Object) -> bool {
    std::ptr::eq(object, ELLIPSIS.get().as_object())
}

/// `NotImplemented`.
#[inline(always)]
pub fn not_implemented() -> Ref {
    NOT_IMPLEMENTED.get().as_object().to_ref()
}

/// Whether an object is `NotImplemented`.
#[inline(always)]
pub fn is_not_implemented(object: &Object) -> bool {
    std::ptr::eq(object, NOT_IMPLEMENTED.get().as_object())
}

fn takes_nothing(name: &str, args: Args<'_>) -> PyResult<()> {
    if args.is_empty() && args.keyword_count() == 0 {
        return Ok(());
    }
    Err(type_error!("{name} takes no arguments"))
}

#[pymethods]
impl NoneType {}

#[pyslots]
impl NoneType {
    fn new(_ty: &Type, args: Args<'_>) -> PyResult {
        takes_nothing("NoneType", args).map(|()| none())
    }

    fn repr(&self) -> &'static str {
        "None"
    }

    fn nb_bool(&self) -> PyResult<bool> {
        Ok(false)
    }

    fn richcompare(&self, other: &Object, op: CompareOp) -> PyResult {
        crate::type_::object_compare(self, other, op)
    }

    fn hash(&self) -> PyResult<isize> {
        // The constant that 3.12 and later use instead of the address.
        Ok(0xfca8_6420)
    }
}

#[pymethods]
impl EllipsisType {
    #[pymethod("($self, /)")]
    fn __reduce__(&self) -> &'static str {
        "Ellipsis"
    }
}

#[pyslots]
impl EllipsisType {
    fn new(_ty: &Type, args: Args<'_>) -> PyResult {
        takes_nothing("EllipsisType", args).map(|()| ellipsis())
    }

    fn repr(&self) -> &'static str {
        "Ellipsis"
    }
}

#[pymethods]
impl NotImplementedType {
    #[pymethod("($self, /)")]
    fn __reduce__(&self) -> &'static str {
        "NotImplemented"
    }
}

#[pyslots]
impl NotImplementedType {
    fn new(_ty: &Type, args: Args<'_>) -> PyResult {
        takes_nothing("NotImplementedType", args).map(|()| not_implemented())
    }

    fn repr(&self) -> &'static str {
        "NotImplemented"
    }

    fn nb_bool(&self) -> PyResult<bool> {
        Err(type_error!("NotImplemented should not be used in a boolean context"))
    }
}
