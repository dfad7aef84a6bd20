//! `#[derive(Named)]`.

use proc_macro2::TokenStream;
use quote::quote;
use syn::parse::{Parse, ParseStream};
use syn::{DeriveInput, Error, Ident, LitStr, Result, Token};

use crate::doc;
use crate::faults::check_name;

const USAGE: &str = "give the model a name: `#[named(\"exchange_rate\")]`";

/// Writes the implementation of `Named`.
pub(crate) fn derive(input: &DeriveInput) -> Result<TokenStream> {
    let attribute = input.attrs.iter().find(|attribute| attribute.path().is_ident("named"));
    let Some(attribute) = attribute else {
        return Err(Error::new(input.ident.span(), USAGE));
    };
    let Arguments { name, extension } = attribute.parse_args()?;
    let ident = &input.ident;
    let (generics, arguments, bounds) = input.generics.split_for_impl();
    let text = doc::text(&input.attrs);
    Ok(quote! {
        #[automatically_derived]
        impl #generics ::purvey::model::Named for #ident #arguments #bounds {
            const NAME: &'static str = #name;
            const DOC: &'static str = #text;
            const EXTENSION: &'static str = #extension;
        }
    })
}

struct Arguments {
    name: LitStr,
    /// Empty for none.
    extension: String,
}

impl Parse for Arguments {
    fn parse(input: ParseStream<'_>) -> Result<Arguments> {
        let name: LitStr = input.parse().map_err(|error| Error::new(error.span(), USAGE))?;
        check_name("model name", &name)?;
        let mut extension = String::new();
        if input.parse::<Option<Token![,]>>()?.is_some() && !input.is_empty() {
            let key: Ident = input.parse()?;
            if key != "extension" {
                return Err(Error::new(
                    key.span(),
                    format!("`named` has no key `{key}`; it has `extension = \"html\"`"),
                ));
            }
            input.parse::<Token![=]>()?;
            let text: LitStr = input.parse()?;
            extension = text.value();
            if !extension.chars().all(|letter| letter.is_ascii_alphanumeric()) {
                return Err(Error::new(text.span(), "a file's ending is letters and digits, without the dot"));
            }
            input.parse::<Option<Token![,]>>()?;
        }
        Ok(Arguments { name, extension })
    }
}
