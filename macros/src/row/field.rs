//! `#[row(…)]` and `#[check(…)]` on a field.

use proc_macro2::{Span, TokenStream};
use quote::quote;
use syn::meta::ParseNestedMeta;
use syn::spanned::Spanned;
use syn::{Attribute, Error, Lit, LitStr, Result, Token};

use crate::faults::{Faults, texts, unknown_key};

const ROW_KEYS: &str = "`from = \"…\"`, `format = \"…\"` and `row_number`";
const CHECK_KEYS: &str =
    "`min = 0`, `max = 100`, `one_of(\"a\", \"b\")`, `matches = \"regex\"`, `not_empty`, `unique` and `finite`";

#[derive(Default)]
pub(super) struct FieldOptions {
    pub(super) from: Option<LitStr>,
    pub(super) format: Option<LitStr>,
    /// Where it says so.
    pub(super) row_number: Option<Span>,
    /// Each as a `Check`, and where it stands.
    pub(super) checks: Vec<(TokenStream, Span)>,
}

impl FieldOptions {
    pub(super) fn parse(attributes: &[Attribute], faults: &mut Faults) -> FieldOptions {
        let mut options = FieldOptions::default();
        for attribute in attributes {
            if attribute.path().is_ident("row") {
                faults.take(attribute.parse_nested_meta(|meta| options.read_row(&meta)));
            } else if attribute.path().is_ident("check") {
                faults.take(attribute.parse_nested_meta(|meta| {
                    options.checks.push((check(&meta)?, meta.path.span()));
                    Ok(())
                }));
            } else if attribute.path().is_ident("source") {
                faults.at(attribute, "`#[source(…)]` goes on the struct; what a field has is `#[row(…)]`");
            }
        }
        options
    }

    fn read_row(&mut self, meta: &ParseNestedMeta<'_>) -> Result<()> {
        if meta.path.is_ident("from") {
            self.from = Some(meta.value()?.parse()?);
        } else if meta.path.is_ident("format") {
            self.format = Some(meta.value()?.parse()?);
        } else if meta.path.is_ident("row_number") {
            self.row_number = Some(meta.path.span());
        } else {
            return Err(unknown_key(meta, "row", &format!("{ROW_KEYS} on a field")));
        }
        Ok(())
    }
}

/// One term of `#[check(…)]` as a `Check`.
fn check(meta: &ParseNestedMeta<'_>) -> Result<TokenStream> {
    let key = meta.path.get_ident().map(ToString::to_string).unwrap_or_default();
    let check = match key.as_str() {
        "min" => {
            let bound = bound(meta)?;
            quote!(Min(#bound))
        }
        "max" => {
            let bound = bound(meta)?;
            quote!(Max(#bound))
        }
        "one_of" => {
            let texts = texts(meta)?;
            quote!(OneOf(&[#(#texts),*]))
        }
        "matches" => {
            let pattern: LitStr = meta.value()?.parse()?;
            quote!(Matches(#pattern))
        }
        "not_empty" => quote!(NotEmpty),
        "unique" => quote!(Unique),
        "finite" => quote!(Finite),
        _ => return Err(unknown_key(meta, "check", CHECK_KEYS)),
    };
    Ok(quote!(::purvey::schema::Check::#check))
}

/// The value of `min` or `max` as a `Bound`.
fn bound(meta: &ParseNestedMeta<'_>) -> Result<TokenStream> {
    let input = meta.value()?;
    let minus: Option<Token![-]> = input.parse()?;
    let literal: Lit = input.parse()?;
    let sign = if minus.is_some() { "-" } else { "" };
    let bound = match &literal {
        Lit::Int(int) => {
            let value: i64 = format!("{sign}{}", int.base10_digits())
                .parse()
                .map_err(|_| Error::new(literal.span(), "a whole bound has at most 64 bits; write it with a point"))?;
            quote!(Int(#value))
        }
        Lit::Float(float) => {
            let value: f64 = format!("{sign}{}", float.base10_digits())
                .parse()
                .map_err(|error| Error::new(literal.span(), error))?;
            quote!(Float(#value))
        }
        Lit::Str(text) if minus.is_none() => quote!(Text(#text)),
        _ => return Err(Error::new(literal.span(), "a bound is a number, or for texts and dates a text")),
    };
    Ok(quote!(::purvey::schema::Bound::#bound))
}
