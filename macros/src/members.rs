//! `tasks!`, `group!` and `chain!`.

use proc_macro2::TokenStream;
use quote::quote;
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{LitStr, Path, Result, Token, bracketed};

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
        input.parse::<Token![:]>()?;
        let members;
        bracketed!(members in input);
        Ok(NamedMembers { name, members: members.parse()? })
    }
}

pub(crate) fn tasks(members: Members) -> TokenStream {
    let group = checked("", &members);
    quote!({ #group __PURVEY_GROUP })
}

pub(crate) fn group(input: NamedMembers) -> TokenStream {
    let group = checked(&input.name.value(), &input.members);
    quote!({ #group __PURVEY_GROUP })
}

pub(crate) fn chain(input: NamedMembers) -> TokenStream {
    let NamedMembers { name, members } = input;
    let group = checked("", &members);
    quote!({
        #group
        ::purvey::task::Chain::new(#name).with(__PURVEY_GROUP).with_version(::core::env!("CARGO_PKG_VERSION"))
    })
}

fn checked(name: &str, members: &Members) -> TokenStream {
    let members = members.0.iter().map(member);
    quote! {
        const __PURVEY_MEMBERS: &[::purvey::task::Member] = &[#(#members),*];
        const __PURVEY_GROUP: ::purvey::task::Group = ::purvey::task::Group::new(#name, __PURVEY_MEMBERS);
    }
}

fn member(path: &Path) -> TokenStream {
    if is_group(path) {
        quote!(::purvey::task::Member::Group(&#path))
    } else {
        quote!(::purvey::task::Member::task::<#path>())
    }
}

/// Constants are written in capitals, functions are not.
fn is_group(path: &Path) -> bool {
    path.segments.last().is_some_and(|last| !last.ident.to_string().chars().any(char::is_lowercase))
}
