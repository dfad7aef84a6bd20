//! `table` and `watermark` in `#[source(…)]`.

use proc_macro2::TokenStream;
use quote::quote_spanned;
use syn::Error;

use super::RowStruct;
use crate::faults::Faults;

/// Checks what is said of a table of a database against all else.
pub(super) fn check(row: &RowStruct<'_>, faults: &mut Faults) {
    let source = &row.source;
    if let Some(once) = source.once.filter(|_| source.table.is_some() || source.watermark.is_some()) {
        let message = "`once` is for files; new rows of a table are told by a column of it, `watermark = \"…\"`";
        faults.add(Error::new(once, message));
    }
    let Some(term) = &source.watermark else { return };
    let mut refuse = |why: &str| {
        faults.add(Error::new(term.span, format!("`watermark` names `{}`, {why}", term.column)));
    };
    match row.columns.iter().find(|column| column.name == term.column) {
        None => faults.add(term.unknown("watermark", row.columns.iter().map(|column| column.name.as_str()))),
        Some(column) if column.nullable => refuse("which is an `Option`, but whether a null is new nobody knows"),
        Some(column) if column.options.row_number.is_some() => refuse("which is not read but counted"),
        Some(_) => {}
    }
}

/// Code that does not compile where the column is of another type, which only the compiler knows.
pub(super) fn refusal(row: &RowStruct<'_>) -> Option<TokenStream> {
    let term = row.source.watermark.as_ref()?;
    let ty = row.columns.iter().find(|column| column.name == term.column)?.scalar;
    Some(quote_spanned! {term.span=>
        const _: () = if let ::core::option::Option::Some(fault) =
            ::purvey::__private::watermark_misfit(<#ty as ::purvey::schema::Scalar>::TYPE)
        {
            ::core::panic!("{}", fault);
        };
    })
}
