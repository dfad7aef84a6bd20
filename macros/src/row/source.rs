//! `#[source(…)]` on the struct.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote};
use syn::meta::ParseNestedMeta;
use syn::spanned::Spanned;
use syn::{Attribute, Error, Ident, LitStr, Result};

use super::optional;
use super::table::{OrderTerm, name};
use crate::faults::{Faults, check_name, texts, unknown_key};

const KEYS: &str = "`format`, `separator`, `decimal`, `null_values(…)`, `encoding`, `date_format`, `datetime_format`, \
                    `rejects`, `publish`, `once`, `table` and `watermark`";

/// How the files of a source are written, as fields of `SourceSchema`.
#[derive(Default)]
pub(super) struct SourceOptions {
    fields: Vec<TokenStream>,
    pub(super) rejects: Option<LitStr>,
    pub(super) publish: bool,
    /// Where it is said.
    pub(super) once: Option<Span>,
    pub(super) table: Option<LitStr>,
    pub(super) watermark: Option<OrderTerm>,
}

impl SourceOptions {
    pub(super) fn parse(attributes: &[Attribute], is_source: bool, faults: &mut Faults) -> SourceOptions {
        let mut options = SourceOptions::default();
        for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("source")) {
            if !is_source {
                faults.at(attribute, "`#[source(…)]` is for a source; add `source` to `#[row(…)]`");
            }
            let parsed = attribute.parse_nested_meta(|meta| options.read(&meta));
            faults.take(parsed);
        }
        options
    }

    fn read(&mut self, meta: &ParseNestedMeta<'_>) -> Result<()> {
        let Some(key) = meta.path.get_ident().map(ToString::to_string) else {
            return Err(unknown_key(meta, "source", KEYS));
        };
        let value = match key.as_str() {
            "format" => {
                let formats = [("csv", "Csv"), ("ndjson", "Ndjson"), ("parquet", "Parquet"), ("ipc", "Ipc")];
                let format = choice(&text(meta)?, &formats)?;
                optional(Some(quote!(::purvey::schema::Format::#format)))
            }
            "encoding" => {
                let encoding = choice(&text(meta)?, &[("utf-8", "Utf8"), ("latin-1", "Latin1")])?;
                quote!(::purvey::schema::Encoding::#encoding)
            }
            "separator" => {
                let text = text(meta)?;
                let separator = character(&text).filter(char::is_ascii);
                separator
                    .ok_or_else(|| Error::new(text.span(), "a separator is one ASCII character"))?
                    .to_token_stream()
            }
            "decimal" => {
                let text = text(meta)?;
                let decimal = character(&text).filter(|decimal| ".,".contains(*decimal));
                decimal.ok_or_else(|| Error::new(text.span(), "`decimal` is \".\" or \",\""))?.to_token_stream()
            }
            "null_values" => {
                let texts = texts(meta)?;
                quote!(&[#(#texts),*])
            }
            "date_format" | "datetime_format" => text(meta)?.to_token_stream(),
            "rejects" => {
                let name = text(meta)?;
                check_name("model name", &name)?;
                self.rejects = Some(name.clone());
                optional(Some(name))
            }
            "publish" => {
                self.publish = true;
                quote!(true)
            }
            "once" => {
                self.once = Some(meta.path.span());
                quote!(true)
            }
            "table" => {
                let name = text(meta)?;
                self.table = Some(name.clone());
                optional(Some(name))
            }
            "watermark" => {
                let term = name(&text(meta)?)?;
                let column = term.column.clone();
                self.watermark = Some(term);
                optional(Some(column))
            }
            _ => return Err(unknown_key(meta, "source", KEYS)),
        };
        let key = &meta.path;
        self.fields.push(quote!(#key: #value));
        Ok(())
    }

    /// The `SourceSchema`.
    pub(super) fn schema(&self) -> TokenStream {
        let fields = &self.fields;
        quote!(::purvey::schema::SourceSchema { #(#fields,)* ..::purvey::schema::SourceSchema::DEFAULT })
    }
}

fn text(meta: &ParseNestedMeta<'_>) -> Result<LitStr> {
    meta.value()?.parse()
}

/// The one character of a text.
fn character(text: &LitStr) -> Option<char> {
    let text = text.value();
    let mut characters = text.chars();
    characters.next().filter(|_| characters.next().is_none())
}

/// The variant that a word stands for.
pub(super) fn choice(word: &LitStr, choices: &[(&str, &str)]) -> Result<Ident> {
    let text = word.value();
    let known = choices.iter().find(|(name, _)| *name == text);
    known.map(|(_, variant)| Ident::new(variant, word.span())).ok_or_else(|| {
        let known: Vec<String> = choices.iter().map(|(name, _)| format!("\"{name}\"")).collect();
        Error::new(word.span(), format!("\"{text}\" is none of {}", known.join(", ")))
    })
}
