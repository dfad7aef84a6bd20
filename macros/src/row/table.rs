//! `#[row(…)]` on the struct.

use proc_macro2::Span;
use syn::{Attribute, Error, Ident, LitStr, Result};

use super::incremental::{INCREMENTALS, IncrementalOptions};
use super::source::choice;
use crate::faults::{Faults, check_name, one_of, unknown_key};
use crate::retry::milliseconds;

const KEYS: &str = "`table = \"…\"`, `key = \"a, b\"`, `order_by = \"a, b desc\"`, `hand_over = \"memory\"`, \
                    `incremental = \"append\"`, `latest = \"a\"`, `by = \"a, b\"`, `max_age = \"26h\"`, `partition = \"a\"` and `source`";

/// What `hand_over` may say, and the variant of `HandOver` that it stands for.
const HAND_OVERS: [(&str, &str); 3] = [("memory", "Memory"), ("lazy", "Lazy"), ("stored", "Stored")];

#[derive(Default)]
pub(super) struct TableOptions {
    /// Empty when it is missing, which is a fault.
    pub(super) name: String,
    pub(super) key: Vec<OrderTerm>,
    pub(super) order_by: Vec<OrderTerm>,
    pub(super) source: bool,
    /// The variant of `HandOver`.
    pub(super) hand_over: Option<Ident>,
    /// What is said of how it grows.
    pub(super) incremental: IncrementalOptions,
    /// In milliseconds.
    pub(super) max_age: Option<u64>,
    /// The column that says which partition a row belongs to.
    pub(super) partition: Option<OrderTerm>,
}

/// One column of a key or of an order.
pub(super) struct OrderTerm {
    pub(super) column: String,
    pub(super) descending: bool,
    pub(super) span: Span,
}

impl TableOptions {
    pub(super) fn parse(attributes: &[Attribute], struct_span: Span, faults: &mut Faults) -> TableOptions {
        let mut options = TableOptions::default();
        let mut named = false;
        for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("row")) {
            let parsed = attribute.parse_nested_meta(|meta| {
                if meta.path.is_ident("table") {
                    named = true;
                    let name: LitStr = meta.value()?.parse()?;
                    options.name = name.value();
                    faults.take(check_name("table name", &name));
                } else if meta.path.is_ident("key") {
                    options.key = terms(&meta.value()?.parse()?, false)?;
                } else if meta.path.is_ident("order_by") {
                    options.order_by = terms(&meta.value()?.parse()?, true)?;
                } else if meta.path.is_ident("hand_over") {
                    options.hand_over = Some(choice(&meta.value()?.parse()?, &HAND_OVERS)?);
                } else if meta.path.is_ident("incremental") {
                    options.incremental.way = Some(choice(&meta.value()?.parse()?, &INCREMENTALS)?);
                } else if meta.path.is_ident("latest") {
                    options.incremental.latest = Some(name(&meta.value()?.parse()?)?);
                } else if meta.path.is_ident("by") {
                    options.incremental.by = terms(&meta.value()?.parse()?, false)?;
                } else if meta.path.is_ident("max_age") {
                    options.max_age = Some(milliseconds(&meta.value()?.parse()?, "max_age = \"26h\"")?);
                } else if meta.path.is_ident("partition") {
                    options.partition = Some(name(&meta.value()?.parse()?)?);
                } else if meta.path.is_ident("source") {
                    options.source = true;
                } else {
                    return Err(unknown_key(&meta, "row", KEYS));
                }
                Ok(())
            });
            // Whatever could not be read may well have been the name.
            named |= faults.take(parsed).is_none();
        }
        if !named {
            faults.add(Error::new(struct_span, "give the table a name: `#[row(table = \"clean_bookings\")]`"));
        }
        options
    }
}

impl OrderTerm {
    /// The fault of a term that names no field.
    pub(super) fn unknown<'a>(&self, key: &str, fields: impl IntoIterator<Item = &'a str>) -> Error {
        Error::new(self.span, format!("`{key}` names `{}`, which is no field; use {}", self.column, one_of(fields)))
    }
}

/// The one column of `"a"`.
pub(super) fn name(text: &LitStr) -> Result<OrderTerm> {
    let mut terms = terms(text, false)?;
    match (terms.pop(), terms.is_empty()) {
        (Some(only), true) => Ok(only),
        _ => Err(Error::new(text.span(), "expected the name of one field")),
    }
}

/// The columns of `"a, b desc"`.
pub(super) fn terms(text: &LitStr, ordered: bool) -> Result<Vec<OrderTerm>> {
    let mut terms: Vec<OrderTerm> = Vec::new();
    for term in text.value().split(',') {
        let words: Vec<&str> = term.split_whitespace().collect();
        let (column, descending) = match words[..] {
            [column] => (column, false),
            [column, "asc"] if ordered => (column, false),
            [column, "desc"] if ordered => (column, true),
            _ => {
                let form = if ordered { "names of fields, each with or without `desc`" } else { "names of fields" };
                let message = format!("expected {form}, separated by commas; found `{}`", term.trim());
                return Err(Error::new(text.span(), message));
            }
        };
        if terms.iter().any(|term| term.column == column) {
            return Err(Error::new(text.span(), format!("`{column}` is named twice")));
        }
        terms.push(OrderTerm { column: column.to_owned(), descending, span: text.span() });
    }
    Ok(terms)
}
