//! `_json`: the scanner and the encoder behind the package `json`.
//!
//! Answers to `Modules/_json.c`. Decoding is one pass over the units of the text; encoding writes into
//! one buffer, which is plain bytes for as long as everything is ASCII.

use gopy_core::error::type_error;
use gopy_core::int::Int;
use gopy_core::module;
use gopy_core::str::Str;
use gopy_core::tuple::{self, Tuple};
use gopy_macros::pymodule;
use gopy_object::{Instance, Object, PyResult, Ref};

mod encode;
mod escape;
mod scan;

pub use encode::{ENCODER, Encoder};
pub use scan::{SCANNER, Scanner};

/// The text that the functions want as their first argument.
fn text_of(o: &Object) -> PyResult<&Str> {
    o.downcast::<Str>()
        .ok_or_else(|| type_error!("first argument must be a string, not {:.80}", o.type_name()))
}

/// What the scanners answer: a value and where it ends.
fn with_end(value: Ref, end: usize) -> Ref<Tuple> {
    tuple::from_array([value, Int::from_u64(end as u64).upcast()])
}

/// The module `_json`.
#[pymodule(name = "_json")]
pub mod native {
    use super::*;

    #[pyfunction("($self, object, /)")]
    fn encode_basestring_ascii(object: &Object) -> PyResult<Ref<Str>> {
        escape::quoted(text_of(object)?, true)
    }

    #[pyfunction("($self, object, /)")]
    fn encode_basestring(object: &Object) -> PyResult<Ref<Str>> {
        escape::quoted(text_of(object)?, false)
    }

    #[pyfunction("($module, string, end, strict=True, /)", hide_signature, style = parsetuple)]
    fn scanstring(string: &Object, end: isize, strict: Option<bool>) -> PyResult<Ref<Tuple>> {
        let text = text_of(string)?;
        let (value, end) = scan::scan_string(text, end, strict.unwrap_or(true))?;
        Ok(with_end(value.upcast(), end))
    }

    #[pyexec]
    fn exec(module: &Object) -> PyResult<()> {
        gopy_core::type_::ready(&SCANNER)?;
        gopy_core::type_::ready(&ENCODER)?;
        module::add(module, "make_scanner", SCANNER.to_ref())?;
        module::add(module, "make_encoder", ENCODER.to_ref())
    }
}

pub use native::MODULE;
