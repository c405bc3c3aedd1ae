//! f-string fields.
//!
//! Answers to CONVERT_VALUE, FORMAT_SIMPLE and FORMAT_WITH_SPEC of `Python/bytecodes.c`.

use gopy_bytecode::operators::Conversion;
use gopy_core::error::{system_error, type_error};
use gopy_core::object;
use gopy_core::str::Str;
use gopy_object::{Object, PyResult, Ref};

/// `!s`, `!r`, `!a`.
///
/// # Errors
///
/// What the conversion raises.
#[inline(never)]
pub fn convert(conversion: u32, value: &Object) -> PyResult<Ref<Str>> {
    match Conversion::from_number(conversion) {
        Some(Conversion::Str) => object::str(value),
        Some(Conversion::Repr) => object::repr(value),
        Some(Conversion::Ascii) => object::ascii(value),
        _ => Err(system_error!("unexpected conversion flag {conversion}")),
    }
}

/// `format(value, spec)`.
///
/// # Errors
///
/// What `__format__` raises.
#[inline(never)]
pub fn with_spec(value: &Object, spec: &Object) -> PyResult<Ref<Str>> {
    match spec.downcast::<Str>() {
        Some(spec) => object::format(value, spec),
        None => {
            Err(type_error!("Format specifier must be a string, not {:.200}", spec.type_name()))
        }
    }
}
