//! `#[pymodule]`: a Rust module becomes a native Python module.
//!
//! `#[pyfunction]` functions become its functions, `#[pyexec] fn exec(module: &Object) ->
//! PyResult<()>` adds types, constants and state when the module is made.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Item, ItemMod, LitStr, Meta};

use crate::function::{FunctionOptions, Receiver, method_def};

pub(crate) fn expand(attr: TokenStream, item: TokenStream) -> syn::Result<TokenStream> {
    let meta: Meta = syn::parse2(attr)?;
    let name: LitStr = match &meta {
        Meta::NameValue(pair) if pair.path.is_ident("name") => {
            let value = &pair.value;
            syn::parse2(quote! { #value })?
        }
        other => return Err(syn::Error::new_spanned(other, "pymodule needs `name = \"…\"`")),
    };
    let mut item: ItemMod = syn::parse2(item)?;
    let Some((_, items)) = &mut item.content else {
        return Err(syn::Error::new_spanned(item, "pymodule needs the module's body"));
    };
    let mut methods = Vec::new();
    let mut exec = quote! { None };
    for entry in items.iter_mut() {
        let Item::Fn(function) = entry else { continue };
        let Some(index) = function
            .attrs
            .iter()
            .position(|a| a.path().is_ident("pyfunction") || a.path().is_ident("pyexec"))
        else {
            continue;
        };
        let attr = function.attrs.remove(index);
        let function_name = &function.sig.ident;
        if attr.path().is_ident("pyexec") {
            exec = quote! { Some(#function_name) };
            continue;
        }
        let options = FunctionOptions::parse(&attr)?;
        let path = quote! { #function_name };
        methods.push(method_def(&function.sig, &path, &Receiver::Module, &options)?);
    }
    items.push(syn::parse2(quote! {
        /// The module's functions.
        pub const METHODS: &[::gopy_object::native::MethodDef] = &[#(#methods),*];
    })?);
    items.push(syn::parse2(quote! {
        /// The module's declaration.
        pub static MODULE: ::gopy_object::native::ModuleDef = ::gopy_object::native::ModuleDef {
            name: #name,
            doc: None,
            methods: METHODS,
            exec: #exec,
        };
    })?);
    Ok(quote! { #item })
}
