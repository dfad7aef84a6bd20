//! `incremental`, `latest` and `by` in `#[row(…)]` on the struct.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Error, Ident};

use super::table::OrderTerm;
use super::{RowStruct, optional};
use crate::faults::Faults;

/// What `incremental` may say, and the variant of `Incremental` that it stands for.
pub(super) const INCREMENTALS: [(&str, &str); 3] = [("append", "Append"), ("merge", "Merge"), ("replace", "Replace")];

/// What is said of how a table grows.
#[derive(Default)]
pub(super) struct IncrementalOptions {
    /// The variant of `Incremental`.
    pub(super) way: Option<Ident>,
    pub(super) latest: Option<OrderTerm>,
    pub(super) by: Vec<OrderTerm>,
}

impl IncrementalOptions {
    /// The `Incremental`, where the table grows.
    pub(super) fn schema(&self) -> Option<TokenStream> {
        let way = self.way.as_ref()?;
        let fields = match way.to_string().as_str() {
            "Merge" => {
                let latest = optional(self.latest.as_ref().map(|term| &term.column));
                quote!({ latest: #latest })
            }
            "Replace" => {
                let by = self.by.iter().map(|term| &term.column);
                quote!({ by: &[#(#by),*] })
            }
            _ => TokenStream::new(),
        };
        Some(quote!(::purvey::schema::Incremental::#way #fields))
    }
}

/// Checks what is said of how the table grows against all else.
pub(super) fn check(row: &RowStruct<'_>, faults: &mut Faults) {
    let IncrementalOptions { way, latest, by } = &row.table.incremental;
    let names = || row.columns.iter().map(|column| column.name.as_str());
    for (key, term) in by.iter().map(|term| ("by", term)).chain(latest.iter().map(|term| ("latest", term))) {
        match row.columns.iter().find(|column| column.name == term.column) {
            None => faults.add(term.unknown(key, names())),
            Some(column) if key == "latest" && column.nullable => {
                let message =
                    format!("`latest` names `{}`, which is an `Option`, but nothing is later than a null", term.column);
                faults.add(Error::new(term.span, message));
            }
            Some(_) => {}
        }
    }
    let word = way.as_ref().map(ToString::to_string);
    let word = word.as_deref();
    let mut refuse = |span, message: &str| faults.add(Error::new(span, message));
    if let Some(latest) = latest.as_ref().filter(|_| word != Some("Merge")) {
        refuse(
            latest.span,
            "`latest` says which of two rows with one key stays; it goes with `incremental = \"merge\"`",
        );
    }
    if let Some(by) = by.first().filter(|_| word != Some("Replace")) {
        refuse(by.span, "`by` says which rows are replaced together; it goes with `incremental = \"replace\"`");
    }
    let Some(way) = way else { return };
    if word == Some("Merge") && row.table.key.is_empty() {
        refuse(way.span(), "rows are merged by their key; add `key = \"…\"`");
    }
    if word == Some("Replace") && by.is_empty() {
        refuse(way.span(), "say which rows are replaced together: add `by = \"…\"`");
    }
    if row.table.source {
        refuse(way.span(), "a source is as its files are; let the table that a task makes of it grow");
    }
    if row.table.hand_over.as_ref().is_some_and(|word| word == "Lazy") {
        refuse(way.span(), "a lazy table is not stored, so that there is nothing that could grow");
    }
}
