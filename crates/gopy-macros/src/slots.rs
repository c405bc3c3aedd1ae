//! `#[pyslots]`: the functions of an `impl`, named as CPython names the slots (`nb_add`, `sq_length`,
//! `repr`, `richcompare` … or `tp_new` …), fill the type's slots.
//!
//! A function may take `&self` or, for the two-sided number slots, plain `&Object`s. Where the slot
//! returns an object the function may return anything that `IntoPy` takes.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::{FnArg, ImplItem, Item, ItemImpl, ItemMod, ReturnType, Signature, Type};

use crate::function::downcast;
use crate::methods::slot_field;

/// Slots whose Rust function returns an object.
const OBJECT_SLOTS: &[&str] = &[
    "repr",
    "call",
    "str",
    "getattro",
    "richcompare",
    "iter",
    "descr_get",
    "new",
    "vectorcall",
    "am_await",
    "am_aiter",
    "am_anext",
    "mp_subscript",
    "sq_concat",
    "sq_repeat",
    "sq_item",
    "sq_inplace_concat",
    "sq_inplace_repeat",
];

fn returns_object(name: &str) -> bool {
    OBJECT_SLOTS.contains(&name) || (name.starts_with("nb_") && name != "nb_bool")
}

pub(crate) fn expand(attr: TokenStream, item: TokenStream) -> syn::Result<TokenStream> {
    if attr.is_empty() {
        let item: ItemImpl = syn::parse2(item)?;
        let ty = (*item.self_ty).clone();
        let mut fills = Vec::new();
        for entry in &item.items {
            if let ImplItem::Fn(function) = entry {
                let name = &function.sig.ident;
                fills.push(fill(&function.sig, &quote! { <#ty>::#name }, &ty)?);
            }
        }
        return Ok(quote! {
            #item

            impl #ty {
                /// Fills the slots that the type defines itself.
                pub(crate) fn fill_slots(slots: &::gopy_object::Slots) {
                    #(#fills)*
                }
            }
        });
    }
    let ty: Type = syn::parse2(attr)?;
    let mut item: ItemMod = syn::parse2(item)?;
    let Some((_, items)) = &mut item.content else {
        return Err(syn::Error::new_spanned(item, "pyslots needs the module's body"));
    };
    let mut fills = Vec::new();
    for entry in items.iter() {
        if let Item::Fn(function) = entry
            && !function.attrs.iter().any(|a| a.path().is_ident("inline"))
        {
            let name = &function.sig.ident;
            fills.push(fill(&function.sig, &quote! { #name }, &ty)?);
        }
    }
    items.push(syn::parse2(quote! {
        /// Fills the slots that the type defines itself.
        pub fn fill_slots(slots: &::gopy_object::Slots) {
            #(#fills)*
        }
    })?);
    Ok(quote! { #item })
}

fn fill(sig: &Signature, path: &TokenStream, ty: &Type) -> syn::Result<TokenStream> {
    let name = sig.ident.to_string();
    // `tp_new` where the struct has a constructor called `new`.
    let name = name.trim_start_matches("r#").trim_start_matches("tp_");
    let field = slot_field(&sig.ident);
    if name == "dealloc" || name == "finalize" && !takes_self(sig, ty) {
        return Ok(quote! { slots.#field.set(Some(#path)); });
    }
    let mut params = Vec::new();
    let mut args = Vec::new();
    for (index, input) in sig.inputs.iter().enumerate() {
        let is_receiver = match input {
            FnArg::Receiver(_) => true,
            FnArg::Typed(param) => index == 0 && is_ref_to(&param.ty, ty),
        };
        if is_receiver {
            params.push(quote! { receiver: &::gopy_object::Object });
            args.push(downcast(ty));
            continue;
        }
        let FnArg::Typed(param) = input else { continue };
        let arg = format_ident!("arg{index}");
        let param_ty = elide(&param.ty);
        params.push(quote! { #arg: #param_ty });
        args.push(quote! { #arg });
    }
    let (output, call) = if returns_object(name) {
        (
            quote! { -> ::gopy_object::PyResult },
            quote! { ::gopy_core::argument::IntoPy::into_py(#path(#(#args),*)) },
        )
    } else {
        let output = match &sig.output {
            ReturnType::Default => quote! {},
            ReturnType::Type(_, ty) => {
                let ty = elide(ty);
                quote! { -> #ty }
            }
        };
        (output, quote! { #path(#(#args),*) })
    };
    Ok(quote! {
        slots.#field.set(Some({
            fn shim(#(#params),*) #output {
                #call
            }
            shim
        }));
    })
}

fn takes_self(sig: &Signature, ty: &Type) -> bool {
    match sig.inputs.first() {
        Some(FnArg::Receiver(_)) => true,
        Some(FnArg::Typed(param)) => is_ref_to(&param.ty, ty),
        None => false,
    }
}

fn is_ref_to(candidate: &Type, ty: &Type) -> bool {
    matches!(candidate, Type::Reference(reference) if *reference.elem == *ty)
}

/// Named lifetimes of the user's signature are not in scope in the shim.
fn elide(ty: &Type) -> TokenStream {
    quote! { #ty }
}
