//! `#[task]`.

use std::path::PathBuf;

use proc_macro2::{Delimiter, Group, Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::parse::Parser;
use syn::spanned::Spanned;
use syn::{
    Error, Expr, ExprLit, FnArg, GenericArgument, Ident, ItemFn, Lifetime, Lit, LitStr, PathArguments, Result,
    ReturnType, Safety, Type,
};

use crate::code;
use crate::doc;
use crate::faults::{Faults, check_name, texts, unknown_key};
use crate::members::refusal;
use crate::ranges::Ranges;
use crate::retry::{Retry, optional};
use crate::uses::Uses;

/// The keys of `#[task(…)]`, as they are written.
const KEYS: &str = "`name = \"…\"`, `tags(\"…\")`, `version = \"…\"`, `retries = 2`, `timeout = \"5m\"`, `backoff = \"1s\"`, `pool = \"db\"`, \
     `pools(db, api = 2)`, `memory = \"2 GiB\"`, `partition = \"month\"`, `ranges = \"coalesce\"` and `max = 31`";

/// Writes the function as it is, and the task beside it. The file is the one that it is written in.
pub(crate) fn expand(attribute: TokenStream, item: &TokenStream, file: Option<PathBuf>) -> TokenStream {
    let function: ItemFn = match syn::parse2(item.clone()) {
        Ok(function) => function,
        Err(_) => {
            let error = Error::new_spanned(item, "`#[task]` goes on a function").into_compile_error();
            return quote!(#item #error);
        }
    };
    let task = Options::parse(attribute).and_then(|options| declare(&function, &options, file));
    let task = task.unwrap_or_else(Error::into_compile_error);
    quote! {
        // A task's parameters are its declaration: their number and sort are no matter of style.
        #[allow(clippy::too_many_arguments, clippy::needless_pass_by_value)]
        #function
        #task
    }
}

/// What stands in the brackets of `#[task(…)]`.
#[derive(Default)]
struct Options {
    name: Option<LitStr>,
    tags: Vec<LitStr>,
    version: Option<LitStr>,
    retry: Retry,
    uses: Uses,
    partition: Option<TokenStream>,
    ranges: Ranges,
}

impl Options {
    fn parse(attribute: TokenStream) -> Result<Options> {
        let mut options = Options::default();
        let mut is_for_all = false;
        let parser = syn::meta::parser(|meta| {
            if meta.path.is_ident("name") {
                options.name = Some(meta.value()?.parse()?);
            } else if meta.path.is_ident("tags") {
                options.tags.extend(texts(&meta)?);
            } else if meta.path.is_ident("version") {
                options.version = Some(version(&meta.value()?.parse()?)?);
            } else if meta.path.is_ident("partition") {
                let value = meta.value()?.parse()?;
                options.partition = Some(cut(&value)?);
                is_for_all = matches!(&value, Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) if text.value() == "all");
            } else if !options.retry.parse(&meta)? && !options.uses.parse(&meta)? && !options.ranges.parse(&meta)? {
                return Err(unknown_key(&meta, "task", KEYS));
            }
            Ok(())
        });
        parser.parse2(attribute)?;
        options.ranges.check(is_for_all)?;
        Ok(options)
    }
}

/// The version of a task's code.
fn version(value: &Expr) -> Result<LitStr> {
    match value {
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) if !text.value().is_empty() => Ok(text.clone()),
        _ => Err(Error::new_spanned(value, "a version is a text, such as `version = \"2\"`")),
    }
}

/// How the data of a task is cut.
fn cut(value: &Expr) -> Result<TokenStream> {
    let text = match value {
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => text.value(),
        _ => String::new(),
    };
    let unit = match text.as_str() {
        "hour" => quote!(Hour),
        "day" => quote!(Day),
        "week" => quote!(Week),
        "month" => quote!(Month),
        "all" => return Ok(quote!(::purvey::partition::Cut::All)),
        _ => {
            let message = "a task is run for each \"hour\", \"day\", \"week\" or \"month\", or once for \"all\" data";
            return Err(Error::new_spanned(value, message));
        }
    };
    Ok(quote!(::purvey::partition::Cut::By(::purvey::partition::Unit::#unit)))
}

fn declare(function: &ItemFn, options: &Options, file: Option<PathBuf>) -> Result<TokenStream> {
    check(function)?;
    let ident = &function.sig.ident;
    let version = optional(options.version.as_ref().map(ToTokens::to_token_stream));
    let sources = match &options.version {
        Some(_) => String::new(),
        None => code::sources(file).map_err(|fault| Error::new(ident.span(), fault))?,
    };
    let (retry, uses) = (&options.retry, &options.uses);
    let partition = optional(options.partition.clone());
    let ranges = options.ranges.tokens();
    let visibility = &function.vis;
    let configured: Vec<_> = function.attrs.iter().filter(|attribute| attribute.path().is_ident("cfg")).collect();
    let name = options.name.clone().unwrap_or_else(|| LitStr::new(&ident.unraw().to_string(), ident.span()));
    check_name("task name", &name)?;
    let text = doc::text(&function.attrs);
    let tags = &options.tags;

    let types: Vec<Type> = parameters(function).map(|ty| everlasting(ty.clone())).collect();
    // The variables are told from a task of the same name by where they come from.
    let inside = Span::mixed_site();
    let (call, position) = (Ident::new("call", inside), Ident::new("position", inside));
    let guards: Vec<_> = (0..types.len()).map(|position| format_ident!("guard{position}", span = inside)).collect();
    let needs = types.iter().map(|ty| of_param(ty, "NEED", None));
    let opened = types.iter().map(|ty| of_param(ty, "open", Some(quote!(#call, &mut #position))));
    let items = types.iter().zip(&guards).map(|(ty, guard)| of_param(ty, "item", Some(quote!(&mut #guard))));
    let returned = match &function.sig.output {
        ReturnType::Default => ident.span(),
        ReturnType::Type(_, ty) => ty.span(),
    };
    // Where it returns something else than a task does, the return type is to blame.
    let mut callee = ident.clone();
    callee.set_span(returned);
    let called = quote_spanned!(returned=> #callee(#(#items),*));
    let refusal = refusal(&quote!(::purvey::task::check::task(TASK)), types.iter().map(Spanned::span));
    let outcome = quote_spanned!(returned=> ::purvey::task::IntoOutcome::into_outcome(#called));

    Ok(quote! {
        // With braces, the struct has the function's name among types, and leaves the function its name among values.
        #(#configured)*
        #[doc(hidden)]
        #[allow(non_camel_case_types, missing_docs, dead_code, unreachable_pub)]
        #visibility struct #ident {}

        #(#configured)*
        #[automatically_derived]
        impl ::purvey::task::Declared for #ident {
            const TASK: &'static ::purvey::task::TaskDef = {
                const TASK: &::purvey::task::TaskDef = &::purvey::task::TaskDef {
                    name: #name,
                    doc: #text,
                    tags: &[#(#tags),*],
                    file: ::core::file!(),
                    line: ::core::line!(),
                    version: #version,
                    sources: #sources,
                    retry: #retry,
                    uses: #uses,
                    partition: #partition,
                    ranges: #ranges,
                    needs: &[#(#needs),*],
                    run: |#call| {
                        let mut #position = ::purvey::task::Position::default();
                        #(let mut #guards = #opened?;)*
                        #outcome
                    },
                };
                #refusal
                TASK
            };
        }

        // Constants of a trait are looked at only where they are used, and a task's faults should show at once.
        #(#configured)*
        const _: &::purvey::task::TaskDef = <#ident as ::purvey::task::Declared>::TASK;
    })
}

/// A constant of `Param`, or a call of one of its functions. All of it spans the parameter's type, so that the compiler
/// blames exactly that, and once, where the type is no parameter.
fn of_param(ty: &Type, name: &str, arguments: Option<TokenStream>) -> TokenStream {
    let mut tokens = ty.to_token_stream().into_iter().map(|token| token.span());
    let first = tokens.next().unwrap_or_else(Span::call_site);
    let last = tokens.last().unwrap_or(first);
    let name = Ident::new(name, last);
    let arguments = arguments.map(|arguments| {
        let mut arguments = Group::new(Delimiter::Parenthesis, arguments);
        arguments.set_span(last);
        arguments
    });
    quote_spanned!(first=> <#ty as ::purvey::task::Param>::#name #arguments)
}

/// Refuses what is not a plain function that provides something.
fn check(function: &ItemFn) -> Result<()> {
    let signature = &function.sig;
    let mut faults = Faults::default();
    let plain = "a task is a plain function";
    if !signature.generics.params.is_empty() {
        faults.at(&signature.generics, format!("{plain}, without generics: write the models it works on"));
    }
    if let Some(asyncness) = &signature.asyncness {
        faults.at(asyncness, format!("{plain}, not `async`: block on the future inside it"));
    }
    if let Safety::Unsafe(token) = &signature.safety {
        faults.at(token, format!("{plain}, not `unsafe`"));
    }
    if let Some(abi) = &signature.abi {
        faults.at(abi, format!("{plain}, without an ABI"));
    }
    if let Some(variadic) = &signature.variadic {
        faults.at(variadic, format!("{plain}, with a fixed list of parameters"));
    }
    if let Some(FnArg::Receiver(receiver)) = signature.inputs.first() {
        faults.at(receiver, format!("{plain}, without `self`: implement `purvey::task::Task` for a task with state"));
    } else if !parameters(function).any(is_written_to) {
        faults.at(
            &signature.ident,
            format!(
                "task `{}` provides nothing; take at least one `&mut` of a model, such as `&mut Table<Row>`, and put \
                 into it what the task makes",
                signature.ident.unraw()
            ),
        );
    }
    faults.into_result()
}

fn is_written_to(ty: &Type) -> bool {
    match ty {
        Type::Reference(reference) => reference.mutability.is_some(),
        Type::Paren(inner) => is_written_to(&inner.elem),
        // What a macro put in as `$ty:ty`.
        Type::Group(inner) => is_written_to(&inner.elem),
        _ => false,
    }
}

fn parameters(function: &ItemFn) -> impl Iterator<Item = &Type> {
    function.sig.inputs.iter().filter_map(|input| match input {
        FnArg::Typed(typed) => Some(&*typed.ty),
        FnArg::Receiver(_) => None,
    })
}

/// The type with `'static` wherever a lifetime is left out, which is how `Param` is implemented.
fn everlasting(mut ty: Type) -> Type {
    match &mut ty {
        Type::Reference(reference) => {
            let elided = reference.lifetime.as_ref().is_none_or(|lifetime| lifetime.ident == "_");
            if elided {
                reference.lifetime = Some(forever(reference.and_token.span()));
            }
            *reference.elem = everlasting((*reference.elem).clone());
        }
        Type::Path(path) => {
            let arguments = path.path.segments.iter_mut().filter_map(|segment| match &mut segment.arguments {
                PathArguments::AngleBracketed(arguments) => Some(&mut arguments.args),
                _ => None,
            });
            for argument in arguments.flatten() {
                match argument {
                    GenericArgument::Type(inner) => *inner = everlasting(inner.clone()),
                    GenericArgument::Lifetime(lifetime) if lifetime.ident == "_" => {
                        *lifetime = forever(lifetime.span());
                    }
                    _ => {}
                }
            }
        }
        Type::Paren(inner) => *inner.elem = everlasting((*inner.elem).clone()),
        Type::Group(inner) => *inner.elem = everlasting((*inner.elem).clone()),
        _ => {}
    }
    ty
}

fn forever(span: Span) -> Lifetime {
    Lifetime::new("'static", span)
}

#[cfg(test)]
mod tests {
    use quote::ToTokens;
    use syn::{Type, parse_quote};

    fn everlasting(ty: Type) -> String {
        super::everlasting(ty).to_token_stream().to_string().replace(' ', "")
    }

    #[test]
    fn every_lifetime_left_out_becomes_static() {
        assert_eq!(everlasting(parse_quote!(&Bookings)), "&'staticBookings");
        assert_eq!(everlasting(parse_quote!(&'_ mut Bookings)), "&'staticmutBookings");
        assert_eq!(everlasting(parse_quote!(Option<&Bookings>)), "Option<&'staticBookings>");
        assert_eq!(everlasting(parse_quote!(Settings<Ranking>)), "Settings<Ranking>");
    }
}
