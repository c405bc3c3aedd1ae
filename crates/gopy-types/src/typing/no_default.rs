//! `typing.NoDefault`.

use gopy_core::error::type_error;
use gopy_core::str::Str;
use gopy_macros::{pyclass, pymethods, pyslots};
use gopy_object::{Args, GilCell, Instance, Object, PyResult, Ref, Type};

/// The type of `NoDefault`.
#[pyclass(name = "NoDefaultType", static = NO_DEFAULT_TYPE, basicsize = 16,
    text_signature = "()")]
#[repr(C)]
pub struct NoDefault {
    object: Object,
}

/// `typing.NoDefault`.
pub static NO_DEFAULT: GilCell<NoDefault> =
    GilCell::new(NoDefault { object: Object::static_header(&NO_DEFAULT_TYPE) });

#[pymethods]
impl NoDefault {
    #[pymethod("($self, /)")]
    fn __reduce__(&self) -> Ref<Str> {
        Str::new("NoDefault")
    }
}

#[pyslots]
impl NoDefault {
    fn new(_ty: &Type, args: Args<'_>) -> PyResult<Ref<NoDefault>> {
        if !args.all().is_empty() {
            return Err(type_error!("NoDefaultType takes no arguments"));
        }
        Ok(NO_DEFAULT.get().to_ref())
    }

    fn repr(&self) -> Ref<Str> {
        Str::new("typing.NoDefault")
    }
}
