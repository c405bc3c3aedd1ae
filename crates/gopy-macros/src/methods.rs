//! `#[pymethods]`: methods, class methods, static methods, computed attributes and fields.
//!
//! On an inherent `impl` it adds the constants `METHODS`, `GETSETS`, `MEMBERS`; as
//! `#[pymethods(Type)] mod …` it puts them into the module, for structs of a crate below.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Attribute, Ident, ImplItem, Item, ItemImpl, ItemMod, Signature, Type};

use crate::function::{FunctionOptions, Receiver, downcast, method_def};

#[derive(Default)]
struct Tables {
    methods: Vec<TokenStream>,
    getsets: Vec<Accessor>,
    members: Vec<Accessor>,
}

struct Accessor {
    name: String,
    get: Option<TokenStream>,
    set: Option<TokenStream>,
}

pub(crate) fn expand(attr: TokenStream, item: TokenStream) -> syn::Result<TokenStream> {
    if attr.is_empty() {
        expand_impl(syn::parse2(item)?)
    } else {
        expand_mod(syn::parse2(attr)?, syn::parse2(item)?)
    }
}

fn expand_impl(mut item: ItemImpl) -> syn::Result<TokenStream> {
    let ty = (*item.self_ty).clone();
    let mut tables = Tables::default();
    for entry in &mut item.items {
        if let ImplItem::Fn(function) = entry {
            let name = &function.sig.ident;
            let path = quote! { <#ty>::#name };
            tables.add(&mut function.attrs, &function.sig, &path, &Receiver::Method(ty.clone()))?;
        }
    }
    let (methods, getsets, members) = tables.emit();
    Ok(quote! {
        // `set___doc__` is the setter of `__doc__`.
        #[allow(non_snake_case)]
        #item

        #[allow(missing_docs)]
        impl #ty {
            pub(crate) const METHODS: &'static [::gopy_object::native::MethodDef] = #methods;
            pub(crate) const GETSETS: &'static [::gopy_object::native::GetSetDef] = #getsets;
            pub(crate) const MEMBERS: &'static [::gopy_object::native::MemberDef] = #members;
        }
    })
}

fn expand_mod(ty: Type, mut item: ItemMod) -> syn::Result<TokenStream> {
    let mut tables = Tables::default();
    let Some((_, items)) = &mut item.content else {
        return Err(syn::Error::new_spanned(item, "pymethods needs the module's body"));
    };
    for entry in items.iter_mut() {
        if let Item::Fn(function) = entry {
            let name = &function.sig.ident;
            let path = quote! { #name };
            tables.add(
                &mut function.attrs,
                &function.sig,
                &path,
                &Receiver::Foreign(ty.clone()),
            )?;
        }
    }
    let (methods, getsets, members) = tables.emit();
    let tables: syn::File = syn::parse2(quote! {
        #[allow(missing_docs)]
        pub const METHODS: &[::gopy_object::native::MethodDef] = #methods;
        #[allow(missing_docs)]
        pub const GETSETS: &[::gopy_object::native::GetSetDef] = #getsets;
        #[allow(missing_docs)]
        pub const MEMBERS: &[::gopy_object::native::MemberDef] = #members;
    })?;
    items.extend(tables.items);
    Ok(quote! { #[allow(non_snake_case)] #item })
}

impl Tables {
    fn add(
        &mut self,
        attrs: &mut Vec<Attribute>,
        sig: &Signature,
        path: &TokenStream,
        receiver: &Receiver,
    ) -> syn::Result<()> {
        let known = |a: &Attribute| {
            [
                "pymethod",
                "pyclassmethod",
                "pystaticmethod",
                "pygetter",
                "pysetter",
                "pymember",
                "pymember_setter",
            ]
            .iter()
            .find(|name| a.path().is_ident(name))
            .copied()
        };
        let Some(index) = attrs.iter().position(|a| known(a).is_some()) else { return Ok(()) };
        let attr = attrs.remove(index);
        let options = FunctionOptions::parse(&attr)?;
        let ty = match receiver {
            Receiver::Method(ty) | Receiver::Foreign(ty) => ty.clone(),
            _ => return Err(syn::Error::new_spanned(attr, "misplaced attribute")),
        };
        match known(&attr) {
            Some("pymethod") => self.methods.push(method_def(sig, path, receiver, &options)?),
            Some("pyclassmethod") => {
                self.methods.push(method_def(sig, path, &Receiver::Class, &options)?);
            }
            Some("pystaticmethod") => {
                self.methods.push(method_def(sig, path, &Receiver::Static, &options)?);
            }
            Some(kind) => {
                let receiver = downcast(&ty);
                let is_setter = kind == "pysetter" || kind == "pymember_setter";
                let rust_name = sig.ident.to_string();
                let rust_name = rust_name.trim_start_matches("r#");
                let name = options.name.unwrap_or_else(|| {
                    if is_setter {
                        rust_name.strip_prefix("set_").unwrap_or(rust_name).to_owned()
                    } else {
                        rust_name.to_owned()
                    }
                });
                let list = if kind.starts_with("pymember") {
                    &mut self.members
                } else {
                    &mut self.getsets
                };
                let index = list.iter().position(|a| a.name == name).unwrap_or_else(|| {
                    list.push(Accessor { name: name.clone(), get: None, set: None });
                    list.len() - 1
                });
                if is_setter {
                    list[index].set = Some(quote! {{
                        fn shim(
                            receiver: &::gopy_object::Object,
                            value: Option<&::gopy_object::Object>,
                        ) -> ::gopy_object::PyResult<()> {
                            #path(#receiver, value)
                        }
                        shim
                    }});
                } else {
                    list[index].get = Some(quote! {{
                        fn shim(receiver: &::gopy_object::Object) -> ::gopy_object::PyResult {
                            ::gopy_core::argument::IntoPy::into_py(#path(#receiver))
                        }
                        shim
                    }});
                }
            }
            None => {}
        }
        Ok(())
    }

    fn emit(self) -> (TokenStream, TokenStream, TokenStream) {
        let methods = self.methods;
        let optional = |shim: Option<TokenStream>| match shim {
            Some(shim) => quote! { Some(#shim) },
            None => quote! { None },
        };
        let getsets = self.getsets.into_iter().map(|a| {
            let (name, get, set) = (a.name, optional(a.get), optional(a.set));
            quote! { ::gopy_object::native::GetSetDef { name: #name, doc: None, get: #get, set: #set } }
        });
        let members = self.members.into_iter().map(|a| {
            let (name, set) = (a.name, optional(a.set));
            let get = a.get.unwrap_or_else(|| {
                let text = format!("member {name} has no getter");
                quote! { compile_error!(#text) }
            });
            quote! { ::gopy_object::native::MemberDef { name: #name, doc: None, get: #get, set: #set } }
        });
        (quote! { &[#(#methods),*] }, quote! { &[#(#getsets),*] }, quote! { &[#(#members),*] })
    }
}

/// Splits `nb_add` into the group's field and the slot's field.
pub(crate) fn slot_field(name: &Ident) -> TokenStream {
    let text = name.to_string();
    let text = text.trim_start_matches("r#").trim_start_matches("tp_");
    for (prefix, group) in [
        ("nb_", "number"),
        ("sq_", "sequence"),
        ("mp_", "mapping"),
        ("am_", "async_"),
        ("bf_", "buffer"),
    ] {
        if let Some(rest) = text.strip_prefix(prefix) {
            let group = Ident::new(group, name.span());
            let rest = match rest {
                "await" => "await_",
                "bool" => "bool_",
                rest => rest,
            };
            let field = Ident::new(rest, name.span());
            return quote! { #group.#field };
        }
    }
    let field = Ident::new(text.trim_start_matches("tp_"), name.span());
    quote! { #field }
}
