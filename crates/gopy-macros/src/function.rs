//! What `#[pymethods]` and `#[pymodule]` share: a Rust function with a text signature becomes a
//! `MethodDef` with a shim that checks and converts arguments.

use gopy_signature::{Kind, Signature};
use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote};
use syn::punctuated::Punctuated;
use syn::{
    Attribute, Expr, ExprLit, FnArg, Ident, Lit, LitStr, Meta, Pat, Signature as FnSig, Token, Type,
};

/// What the attribute of a function said.
#[derive(Default)]
pub(crate) struct FunctionOptions {
    pub signature: Option<LitStr>,
    pub name: Option<String>,
    pub style: Option<String>,
    pub raw: bool,
    pub coexist: bool,
    /// The names of positional-only parameters are accepted nowhere; no text signature is shown.
    pub hide_signature: bool,
}

impl FunctionOptions {
    pub(crate) fn parse(attr: &Attribute) -> syn::Result<FunctionOptions> {
        let mut options = FunctionOptions::default();
        let Meta::List(list) = &attr.meta else { return Ok(options) };
        let parser = Punctuated::<Expr, Token![,]>::parse_terminated;
        for expr in list.parse_args_with(parser)? {
            match &expr {
                Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => {
                    options.signature = Some(text.clone())
                }
                Expr::Path(path) if path.path.is_ident("raw") => options.raw = true,
                Expr::Path(path) if path.path.is_ident("coexist") => options.coexist = true,
                Expr::Path(path) if path.path.is_ident("hide_signature") => {
                    options.hide_signature = true;
                }
                Expr::Assign(assign) => {
                    let Expr::Path(key) = &*assign.left else {
                        return Err(syn::Error::new_spanned(expr, "expected a name"));
                    };
                    let value = match &*assign.right {
                        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => text.value(),
                        Expr::Path(path) => path.path.require_ident()?.to_string(),
                        other => {
                            return Err(syn::Error::new_spanned(other, "expected a name or text"));
                        }
                    };
                    if key.path.is_ident("name") {
                        options.name = Some(value);
                    } else if key.path.is_ident("style") {
                        options.style = Some(value);
                    } else {
                        return Err(syn::Error::new_spanned(key, "unknown option"));
                    }
                }
                other => return Err(syn::Error::new_spanned(other, "unknown option")),
            }
        }
        Ok(options)
    }
}

/// How a shim gets at the receiver.
#[derive(Clone)]
pub(crate) enum Receiver {
    /// `&self` of this type.
    Method(Type),
    /// A first parameter of this type, in a module of methods of a foreign struct.
    Foreign(Type),
    /// `cls: &Type`.
    Class,
    /// None.
    Static,
    /// A module function; it may name a first parameter `module`.
    Module,
}

/// Emits the `MethodDef` expression for `call_path`, a Rust function of signature `sig`.
pub(crate) fn method_def(
    sig: &FnSig,
    call_path: &TokenStream,
    receiver: &Receiver,
    options: &FunctionOptions,
) -> syn::Result<TokenStream> {
    let rust_name = sig.ident.to_string();
    let rust_name = rust_name.strip_prefix("r#").unwrap_or(&rust_name);
    let name = options.name.clone().unwrap_or_else(|| rust_name.to_owned());
    let mut params: Vec<&syn::PatType> = Vec::new();
    let mut has_self = false;
    for input in &sig.inputs {
        match input {
            FnArg::Receiver(_) => has_self = true,
            FnArg::Typed(param) => params.push(param),
        }
    }
    let mut receiver_expr = None;
    match receiver {
        Receiver::Method(ty) => {
            if !has_self {
                return Err(syn::Error::new_spanned(sig, "methods take &self"));
            }
            receiver_expr = Some(downcast(ty));
        }
        Receiver::Foreign(ty) => {
            if params.is_empty() {
                return Err(syn::Error::new_spanned(sig, "methods take the instance first"));
            }
            params.remove(0);
            receiver_expr = Some(downcast(ty));
        }
        Receiver::Class => {
            if params.is_empty() {
                return Err(syn::Error::new_spanned(sig, "class methods take `cls: &Type` first"));
            }
            params.remove(0);
            receiver_expr = Some(downcast(&syn::parse_quote!(::gopy_object::Type)));
        }
        Receiver::Static => {}
        Receiver::Module => {
            let first_is_module = params.first().is_some_and(|p| match &*p.pat {
                Pat::Ident(pat) => pat.ident == "module" || pat.ident == "_module",
                _ => false,
            });
            if first_is_module {
                params.remove(0);
                receiver_expr = Some(quote! { receiver });
            }
        }
    }
    let receiver_args: Vec<_> = receiver_expr.into_iter().collect();

    let coexist = options.coexist;
    let binding = match receiver {
        Receiver::Class => quote! { Class },
        Receiver::Static => quote! { Static },
        _ => quote! { Instance },
    };
    let finish = |code: TokenStream, text_signature: TokenStream| {
        quote! {
            ::gopy_object::native::MethodDef {
                name: #name,
                text_signature: #text_signature,
                doc: None,
                code: ::gopy_object::native::NativeCode::#code,
                binding: ::gopy_object::native::Binding::#binding,
                coexist: #coexist,
            }
        }
    };
    let style = options.style.as_deref();

    if options.raw {
        let text = match &options.signature {
            Some(text) => quote! { Some(#text) },
            None => quote! { None },
        };
        let variant = if style == Some("varargs") {
            quote! { VarArgsKeywords }
        } else {
            quote! { FastKeywords }
        };
        let code = quote! {
            #variant({
                fn shim(
                    receiver: &::gopy_object::Object,
                    args: ::gopy_object::Args<'_>,
                ) -> ::gopy_object::PyResult {
                    let _ = receiver;
                    ::gopy_core::argument::IntoPy::into_py(#call_path(#(#receiver_args,)* args))
                }
                shim
            })
        };
        return Ok(finish(code, text));
    }

    let signature = match &options.signature {
        Some(text) => {
            Signature::parse(&text.value()).map_err(|error| syn::Error::new_spanned(text, error))?
        }
        None => Signature {
            receiver: None,
            parameters: params
                .iter()
                .map(|param| {
                    Ok(gopy_signature::Parameter {
                        name: pattern_name(&param.pat)?,
                        kind: Kind::PositionalOnly,
                        default: None,
                    })
                })
                .collect::<syn::Result<_>>()?,
        },
    };
    if signature.parameters.len() != params.len() {
        return Err(syn::Error::new_spanned(
            &sig.inputs,
            format!(
                "the text signature has {} parameters, the function {}",
                signature.parameters.len(),
                params.len()
            ),
        ));
    }
    for (declared, param) in signature.parameters.iter().zip(&params) {
        let rust = pattern_name(&param.pat)?;
        let rust = rust.trim_start_matches("r#").trim_matches('_');
        if rust != declared.name.trim_matches('_') {
            return Err(syn::Error::new_spanned(
                &param.pat,
                format!("this parameter is called `{}` in the text signature", declared.name),
            ));
        }
    }
    let text_signature = match &options.signature {
        Some(text) if !options.hide_signature && style.is_none_or(|s| s == "clinic") => {
            quote! { Some(#text) }
        }
        _ => quote! { None },
    };

    let all_positional_only = signature.parameters.iter().all(|p| p.kind == Kind::PositionalOnly);
    let count = signature.parameters.len();
    let required = signature.parameters.iter().filter(|p| p.default.is_none()).count();
    let varargs_style = matches!(style, Some("varargs" | "parsetuple"));

    if count == 0 {
        let code = quote! {
            NoArgs({
                fn shim(receiver: &::gopy_object::Object) -> ::gopy_object::PyResult {
                    let _ = receiver;
                    ::gopy_core::argument::IntoPy::into_py(#call_path(#(#receiver_args,)*))
                }
                shim
            })
        };
        return Ok(finish(code, text_signature));
    }
    if count == 1
        && all_positional_only
        && required == 1
        && !varargs_style
        && style != Some("unpack")
    {
        let ty = &params[0].ty;
        let code = quote! {
            One({
                fn shim(
                    receiver: &::gopy_object::Object,
                    arg: &::gopy_object::Object,
                ) -> ::gopy_object::PyResult {
                    let _ = receiver;
                    let value = <#ty as ::gopy_core::argument::FromArg>::from_arg(
                        arg,
                        &::gopy_core::argument::Place::only(#name),
                    )?;
                    ::gopy_core::argument::IntoPy::into_py(#call_path(#(#receiver_args,)* value))
                }
                shim
            })
        };
        return Ok(finish(code, text_signature));
    }

    let mut conversions = Vec::new();
    let mut values = Vec::new();
    let mut slot = 0usize;
    for (index, (declared, param)) in signature.parameters.iter().zip(&params).enumerate() {
        let ty = &param.ty;
        let value = format_ident!("value{index}");
        values.push(value.clone());
        match declared.kind {
            Kind::VarPositional => {
                conversions.push(quote! { let #value: #ty = found.rest; });
                continue;
            }
            Kind::VarKeyword => {
                conversions.push(quote! { let #value: #ty = found.keywords; });
                continue;
            }
            _ => {}
        }
        let declared_name = &declared.name;
        let position = slot + 1;
        let place = if declared.kind == Kind::PositionalOnly || declared.name.is_empty() {
            quote! { ::gopy_core::argument::Place::at(#name, #position) }
        } else {
            quote! { ::gopy_core::argument::Place::named(#name, #declared_name) }
        };
        let convert = quote! {
            <#ty as ::gopy_core::argument::FromArg>::from_arg(arg, &#place)?
        };
        conversions.push(match &declared.default {
            None => quote! {
                let #value: #ty = {
                    let arg = found.required(#slot);
                    #convert
                };
            },
            Some(default) => {
                let (fallback, none_is_missing) = default_value(default, ty)?;
                if none_is_missing {
                    quote! {
                        let #value: #ty = match found.get(#slot) {
                            Some(arg) if !::gopy_core::none::is_none(arg) => #convert,
                            _ => #fallback,
                        };
                    }
                } else {
                    quote! {
                        let #value: #ty = match found.get(#slot) {
                            Some(arg) => #convert,
                            None => #fallback,
                        };
                    }
                }
            }
        });
        slot += 1;
    }
    let named: Vec<_> = signature
        .parameters
        .iter()
        .filter(|p| !matches!(p.kind, Kind::VarPositional | Kind::VarKeyword))
        .collect();
    let names: Vec<&str> = named.iter().map(|p| p.name.as_str()).collect();
    let total = names.len();
    let positional_only = signature.positional_only();
    let positional = signature.positional();
    let required_positional =
        named.iter().filter(|p| p.kind != Kind::KeywordOnly && p.default.is_none()).count();
    let required_flags: Vec<bool> = named.iter().map(|p| p.default.is_none()).collect();
    let rest = signature.parameters.iter().any(|p| p.kind == Kind::VarPositional);
    let keywords = signature.parameters.iter().any(|p| p.kind == Kind::VarKeyword);
    let style_variant = match style {
        None | Some("clinic") => quote! { Clinic },
        Some("varargs" | "parsetuple") => quote! { ParseTuple },
        Some("unpack") => quote! { Unpack },
        Some(other) => {
            return Err(syn::Error::new(Span::call_site(), format!("unknown style {other}")));
        }
    };
    let spec = quote! {
        static SPEC: ::gopy_core::argument::ArgSpec = ::gopy_core::argument::ArgSpec {
            function: #name,
            names: &[#(#names),*],
            required: &[#(#required_flags),*],
            positional_only: #positional_only,
            positional: #positional,
            required_positional: #required_positional,
            rest: #rest,
            keywords: #keywords,
            style: ::gopy_core::argument::Style::#style_variant,
        };
    };
    let positional_form = all_positional_only
        || (signature
            .parameters
            .iter()
            .all(|p| matches!(p.kind, Kind::PositionalOnly | Kind::VarPositional)));
    let code = if positional_form {
        let variant = if varargs_style {
            quote! { VarArgs }
        } else {
            quote! { Fast }
        };
        quote! {
            #variant({
                fn shim(
                    receiver: &::gopy_object::Object,
                    args: &[::gopy_object::Arg<'_>],
                ) -> ::gopy_object::PyResult {
                    #spec
                    let _ = receiver;
                    let found = ::gopy_core::argument::Positional::check(&SPEC, args)?;
                    #(#conversions)*
                    ::gopy_core::argument::IntoPy::into_py(#call_path(#(#receiver_args,)* #(#values),*))
                }
                shim
            })
        }
    } else {
        let variant = if varargs_style {
            quote! { VarArgsKeywords }
        } else {
            quote! { FastKeywords }
        };
        quote! {
            #variant({
                fn shim(
                    receiver: &::gopy_object::Object,
                    args: ::gopy_object::Args<'_>,
                ) -> ::gopy_object::PyResult {
                    #spec
                    let _ = receiver;
                    let mut places = [None; #total];
                    let found = ::gopy_core::argument::Bound::bind(&SPEC, args, &mut places)?;
                    #(#conversions)*
                    ::gopy_core::argument::IntoPy::into_py(#call_path(#(#receiver_args,)* #(#values),*))
                }
                shim
            })
        }
    };
    Ok(finish(code, text_signature))
}

/// The receiver as `&Ty`.
pub(crate) fn downcast(ty: &Type) -> TokenStream {
    quote! {{
        // SAFETY: descriptors and slots check the receiver's type before they call natives.
        unsafe { receiver.downcast_unchecked::<#ty>() }
    }}
}

fn pattern_name(pattern: &Pat) -> syn::Result<String> {
    match pattern {
        Pat::Ident(pattern) => Ok(pattern.ident.to_string()),
        other => Err(syn::Error::new_spanned(other, "parameters are plain names")),
    }
}

/// The Rust expression for a default, and whether an explicit `None` means the same as no argument.
fn default_value(default: &str, ty: &Type) -> syn::Result<(TokenStream, bool)> {
    let optional = is_option(ty);
    if default == "None" {
        if !optional {
            return Ok((
                quote! { <#ty as ::gopy_core::argument::ArgDefault>::from_default("None") },
                false,
            ));
        }
        return Ok((quote! { None }, true));
    }
    if optional {
        // An unrepresentable default: the function asks whether the argument was given.
        return Ok((quote! { None }, false));
    }
    if default == "True" || default == "False" {
        let value = Ident::new(if default == "True" { "true" } else { "false" }, Span::call_site());
        return Ok((quote! { #value.into() }, false));
    }
    if default == "sys.maxsize" {
        return Ok((quote! { isize::MAX.into() }, false));
    }
    if let Ok(number) = default.parse::<i64>() {
        let digits = proc_macro2::Literal::i64_unsuffixed(number.abs());
        let sign = if number < 0 {
            quote! { - }
        } else {
            quote! {}
        };
        return Ok((quote! { #sign #digits }, false));
    }
    if let Ok(number) = default.parse::<f64>() {
        return Ok((quote! { #number }, false));
    }
    let text = default.trim_matches(|c| c == '\'' || c == '"');
    Ok((quote! { <#ty as ::gopy_core::argument::ArgDefault>::from_default(#text) }, false))
}

fn is_option(ty: &Type) -> bool {
    matches!(ty, Type::Path(path) if path.path.segments.last().is_some_and(|s| s.ident == "Option"))
}
