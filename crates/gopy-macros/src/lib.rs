//! The procedural macros that bind Rust code to Python names.
//!
//! `#[pyclass]` declares a built-in type over a `repr(C)` struct, `#[pymethods]` its methods and
//! attributes, `#[pyslots]` its slots, `#[pymodule]` a native module. `docs/native-code.md` walks
//! through them. They expand to static tables (`gopy_object::native`) and thin shims; argument
//! parsing is one non-generic function in `gopy_core::argument`.
//!
//! Never here: a hidden `return`, lock or borrow of storage.

mod class;
mod function;
mod methods;
mod module;
mod slots;

use proc_macro::TokenStream;

/// Declares a built-in type; see `docs/native-code.md`.
#[proc_macro_attribute]
pub fn pyclass(attr: TokenStream, item: TokenStream) -> TokenStream {
    finish(class::expand(attr.into(), item.into()))
}

/// Declares methods and attributes of a built-in type; see `docs/native-code.md`.
#[proc_macro_attribute]
pub fn pymethods(attr: TokenStream, item: TokenStream) -> TokenStream {
    finish(methods::expand(attr.into(), item.into()))
}

/// Declares slots of a built-in type; see `docs/native-code.md`.
#[proc_macro_attribute]
pub fn pyslots(attr: TokenStream, item: TokenStream) -> TokenStream {
    finish(slots::expand(attr.into(), item.into()))
}

/// Declares a native module; see `docs/native-code.md`.
#[proc_macro_attribute]
pub fn pymodule(attr: TokenStream, item: TokenStream) -> TokenStream {
    finish(module::expand(attr.into(), item.into()))
}

fn finish(result: syn::Result<proc_macro2::TokenStream>) -> TokenStream {
    result.unwrap_or_else(syn::Error::into_compile_error).into()
}
