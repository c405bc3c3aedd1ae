//! `#[pyclass]`: a struct becomes the layout of a type.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::parse::Parser;
use syn::punctuated::Punctuated;
use syn::{Expr, Ident, ItemStruct, Meta, Token};

#[derive(Default)]
struct Options {
    name: Option<Expr>,
    statik: Option<Ident>,
    base: Option<Expr>,
    basicsize: Option<Expr>,
    itemsize: Option<Expr>,
    dictoffset: Option<Expr>,
    weaklistoffset: Option<Expr>,
    text_signature: Option<Expr>,
    payload_drop: Option<Expr>,
    payload_size: Option<Expr>,
    dict: Option<Ident>,
    weaklist: Option<Ident>,
    flags: Vec<Ident>,
    no_methods: bool,
    no_slots: bool,
    manual_traverse: bool,
}

fn expr_ident(expr: &Expr) -> syn::Result<Ident> {
    match expr {
        Expr::Path(path) => path.path.require_ident().cloned(),
        _ => Err(syn::Error::new_spanned(expr, "expected a name")),
    }
}

fn parse_options(attr: TokenStream) -> syn::Result<Options> {
    let mut options = Options::default();
    // `static` is a keyword, so that `static = X` is no `Meta`; it is written `statik` below.
    let metas = Punctuated::<Meta, Token![,]>::parse_terminated.parse2(rename_static(attr))?;
    for meta in metas {
        let key = meta.path().require_ident()?.to_string();
        match (key.as_str(), meta) {
            ("flags", Meta::List(list)) => {
                let parser = Punctuated::<Ident, Token![,]>::parse_terminated;
                options.flags = list.parse_args_with(parser)?.into_iter().collect();
            }
            ("no_methods", _) => options.no_methods = true,
            ("no_slots", _) => options.no_slots = true,
            ("manual_traverse", _) => options.manual_traverse = true,
            (key, Meta::NameValue(pair)) => {
                let value = pair.value;
                match key {
                    "name" => options.name = Some(value),
                    "statik" => options.statik = Some(expr_ident(&value)?),
                    "base" => options.base = Some(value),
                    "basicsize" => options.basicsize = Some(value),
                    "itemsize" => options.itemsize = Some(value),
                    "dictoffset" => options.dictoffset = Some(value),
                    "weaklistoffset" => options.weaklistoffset = Some(value),
                    "text_signature" => options.text_signature = Some(value),
                    "payload_size" => options.payload_size = Some(value),
                    "payload_drop" => options.payload_drop = Some(value),
                    "dict" => options.dict = Some(expr_ident(&value)?),
                    "weaklist" => options.weaklist = Some(expr_ident(&value)?),
                    _ => {
                        return Err(syn::Error::new_spanned(
                            value,
                            format!("unknown option {key}"),
                        ));
                    }
                }
            }
            (_, other) => return Err(syn::Error::new_spanned(other, "unknown option")),
        }
    }
    Ok(options)
}

fn rename_static(attr: TokenStream) -> TokenStream {
    attr.into_iter()
        .map(|token| match token {
            proc_macro2::TokenTree::Ident(ident) if ident == "static" => {
                Ident::new("statik", ident.span()).into()
            }
            other => other,
        })
        .collect()
}

pub(crate) fn expand(attr: TokenStream, item: TokenStream) -> syn::Result<TokenStream> {
    let options = parse_options(attr)?;
    let item: ItemStruct = syn::parse2(item)?;
    let ident = &item.ident;
    let visibility = &item.vis;
    let missing =
        |what: &str| syn::Error::new_spanned(ident, format!("pyclass needs `{what} = …`"));
    let name = options.name.as_ref().ok_or_else(|| missing("name"))?;
    let statik = options.statik.as_ref().ok_or_else(|| missing("static"))?;
    let basicsize = options.basicsize.as_ref().ok_or_else(|| missing("basicsize"))?;
    if !item.attrs.iter().any(|a| a.path().is_ident("repr")) {
        return Err(syn::Error::new_spanned(ident, "pyclass structs are #[repr(C)]"));
    }
    let mut fields = item.fields.iter();
    let first = fields.next().ok_or_else(|| missing("first field"))?;
    let first_name = first.ident.as_ref().ok_or_else(|| missing("named field"))?;
    let first_type = &first.ty;
    let rest: Vec<_> = fields.filter_map(|f| f.ident.as_ref()).collect();

    let base = options.base.as_ref().map_or_else(
        || quote! { Some(&::gopy_object::typeobj::OBJECT) },
        |base| quote! { Some(&#base) },
    );
    let zero: Expr = syn::parse_quote!(0);
    let itemsize = options.itemsize.as_ref().unwrap_or(&zero);
    let dictoffset = options.dictoffset.as_ref().unwrap_or(&zero);
    let weaklistoffset = options.weaklistoffset.as_ref().unwrap_or(&zero);
    let flags = options.flags.iter().map(|flag| {
        quote! { .with(::gopy_object::TypeFlags::#flag) }
    });
    let subclass = options
        .flags
        .iter()
        .find(|flag| flag.to_string().ends_with("_SUBCLASS"))
        .map(|flag| quote! { const SUBCLASS_FLAG: ::gopy_object::TypeFlags = ::gopy_object::TypeFlags::#flag; });
    let text_signature = match &options.text_signature {
        Some(text) => quote! { Some(#text) },
        None => quote! { None },
    };
    let (methods, getsets, members) = if options.no_methods {
        (quote! { &[] }, quote! { &[] }, quote! { &[] })
    } else {
        (quote! { #ident::METHODS }, quote! { #ident::GETSETS }, quote! { #ident::MEMBERS })
    };
    let slots = if options.no_slots {
        quote! { |_| {} }
    } else {
        quote! { #ident::fill_slots }
    };
    let accessor = |field: &Ident| {
        quote! {
            Some(|object| {
                // SAFETY: payload functions are called for objects that begin with the payload.
                let this = unsafe { &*::std::ptr::from_ref(object).cast::<#ident>() };
                &this.#field
            })
        }
    };
    let dict = options.dict.as_ref().map_or_else(|| quote! { None }, &accessor);
    let weaklist = options.weaklist.as_ref().map_or_else(|| quote! { None }, &accessor);
    let drop = options.payload_drop.as_ref().map(|path| quote! { drop: #path, });
    let size = options.payload_size.as_ref().map(|size| quote! { size: #size, });
    let traverse = (!options.manual_traverse).then(|| {
        let is_object = matches!(first_type, syn::Type::Path(p) if p.path.is_ident("Object"));
        let fields: Vec<_> = if is_object {
            rest.clone()
        } else {
            [first_name].into_iter().chain(rest.clone()).collect()
        };
        quote! {
            impl ::gopy_object::Traverse for #ident {
                fn traverse(&self, visit: &mut ::gopy_object::Visitor<'_>) {
                    let _ = &visit;
                    #(::gopy_object::Traverse::traverse(&self.#fields, visit);)*
                }
                fn clear(&self) {
                    #(::gopy_object::Traverse::clear(&self.#fields);)*
                }
            }
        }
    });
    let payload_name = format_ident!("{statik}_PAYLOAD");
    let spec_name = format_ident!("{statik}_SPEC");
    let static_doc = format!("The type object of [`{ident}`].");
    let payload_doc = format!("How instances of [`{statik}`] are laid out.");

    Ok(quote! {
        #item

        // SAFETY: the struct is `repr(C)` and begins with its base's struct; instances of the type and
        // its subtypes are only made with this payload in front.
        unsafe impl ::gopy_object::Instance for #ident {
            #subclass

            #[inline(always)]
            fn type_object() -> &'static ::gopy_object::Type {
                &#statik
            }
        }

        impl ::std::ops::Deref for #ident {
            type Target = #first_type;

            #[inline(always)]
            fn deref(&self) -> &#first_type {
                &self.#first_name
            }
        }

        #traverse

        #[doc = #payload_doc]
        #[allow(clippy::needless_update)]
        #visibility static #payload_name: ::gopy_object::Payload = ::gopy_object::Payload {
            dict: #dict,
            weaklist: #weaklist,
            #drop
            #size
            ..::gopy_object::Payload::of::<#ident>()
        };

        static #spec_name: ::gopy_object::TypeSpec = ::gopy_object::TypeSpec {
            name: #name,
            doc: None,
            text_signature: #text_signature,
            base: #base,
            flags: ::gopy_object::TypeFlags::NONE #(#flags)*,
            basicsize: #basicsize,
            itemsize: #itemsize,
            dictoffset: #dictoffset,
            weaklistoffset: #weaklistoffset,
            payload: &#payload_name,
            methods: #methods,
            getsets: #getsets,
            members: #members,
            slots: #slots,
        };

        #[doc = #static_doc]
        #visibility static #statik: ::gopy_object::GilCell<::gopy_object::Type> =
            ::gopy_object::GilCell::new(::gopy_object::Type::builtin(&#spec_name));
    })
}
