//! `tasks!`, `group!` and `chain!`.

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::{Ident, LitStr, Path, Result, Token, bracketed};

use crate::faults::check_name;

/// The members of a group: tasks and groups, by path.
pub(crate) struct Members(Vec<Path>);

/// Members under a name: `"reports": [agents, hotels::GROUP]`.
pub(crate) struct NamedMembers {
    name: LitStr,
    members: Members,
}

impl Parse for Members {
    fn parse(input: ParseStream<'_>) -> Result<Members> {
        let paths = Punctuated::<Path, Token![,]>::parse_terminated_with(input, Path::parse_mod_style)?;
        Ok(Members(paths.into_iter().collect()))
    }
}

impl Parse for NamedMembers {
    fn parse(input: ParseStream<'_>) -> Result<NamedMembers> {
        let name = input.parse()?;
        check_name("name", &name)?;
        input.parse::<Token![:]>()?;
        let members;
        bracketed!(members in input);
        Ok(NamedMembers { name, members: members.parse()? })
    }
}

pub(crate) fn tasks(members: &Members) -> TokenStream {
    let group = checked("", members, Scope::Part);
    quote!({ #group __PURVEY_GROUP })
}

pub(crate) fn group(input: &NamedMembers) -> TokenStream {
    let group = checked(&input.name.value(), &input.members, Scope::Part);
    quote!({ #group __PURVEY_GROUP })
}

pub(crate) fn chain(input: &NamedMembers) -> TokenStream {
    let NamedMembers { name, members } = input;
    let group = checked("", members, Scope::Whole);
    quote!({
        #group
        ::purvey::task::Chain::new(#name).with(__PURVEY_GROUP).with_version(::core::env!("CARGO_PKG_VERSION"))
    })
}

/// Whether the members are all there is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Scope {
    Part,
    Whole,
}

/// The constant `__PURVEY_GROUP`, whose value exists only if the members fit together.
fn checked(name: &str, members: &Members, scope: Scope) -> TokenStream {
    let whole = scope == Scope::Whole;
    let spans = members.0.iter().map(Spanned::span);
    let members = members.0.iter().map(member);
    let graph = quote! {
        ::purvey::task::check::graph::<
            { ::purvey::task::check::tasks(__PURVEY_MEMBERS) },
            { ::purvey::task::check::provisions(__PURVEY_MEMBERS) },
        >(__PURVEY_MEMBERS, #whole)
    };
    let refusal = refusal(&graph, spans);
    // A long chain takes more steps to check than the compiler likes to see in a constant, and still hardly any time.
    quote! {
        const __PURVEY_MEMBERS: &[::purvey::task::Member] = &[#(#members),*];
        #[allow(long_running_const_eval)]
        const __PURVEY_GROUP: ::purvey::task::Group = {
            #refusal
            ::purvey::task::Group::new(#name, __PURVEY_MEMBERS)
        };
    }
}

/// Stops the compiler where this check finds a fault, at the place that is to blame.
pub(crate) fn refusal(check: &TokenStream, places: impl Iterator<Item = Span>) -> TokenStream {
    // Written at other places each, the name has to be told where it comes from.
    let fault = Ident::new("fault", Span::mixed_site());
    let refused = places
        .enumerate()
        .map(|(place, span)| quote_spanned!(span=> #place => ::purvey::task::check::Fault::refuse(&#fault),));
    quote! {
        if let ::core::option::Option::Some(#fault) = #check {
            match #fault.place() {
                #(#refused)*
                _ => #fault.refuse(),
            }
        }
    }
}

fn member(path: &Path) -> TokenStream {
    if is_group(path) {
        quote_spanned!(path.span()=> ::purvey::task::Member::Group(&#path))
    } else {
        quote_spanned!(path.span()=> ::purvey::task::Member::Task(<#path as ::purvey::task::Declared>::TASK))
    }
}

/// Constants are written in capitals, functions are not.
fn is_group(path: &Path) -> bool {
    path.segments.last().is_some_and(|last| !last.ident.to_string().chars().any(char::is_lowercase))
}
