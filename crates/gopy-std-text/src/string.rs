//! `_string`: what `string.Formatter` needs.
//!
//! Answers to the module at the end of `Objects/unicodeobject.c`.

use gopy_core::error::type_error;
use gopy_core::str::{self, Str};
use gopy_macros::pymodule;
use gopy_object::{Object, PyResult};

fn text(string: &Object) -> PyResult<&Str> {
    string.downcast::<Str>().ok_or_else(|| type_error!("expected str, got {}", string.type_name()))
}

/// The module `_string`.
#[pymodule(name = "_string")]
pub mod module {
    use super::*;

    #[pyfunction("($self, object, /)")]
    fn formatter_field_name_split(object: &Object) -> PyResult {
        str::formatter_field_name_split(text(object)?).map(gopy_object::Ref::upcast)
    }

    #[pyfunction("($self, object, /)")]
    fn formatter_parser(object: &Object) -> PyResult {
        str::formatter_parser(text(object)?)
    }
}
