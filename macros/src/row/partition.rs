//! `partition` in `#[row(…)]` on the struct.

use proc_macro2::TokenStream;
use quote::quote_spanned;
use syn::Error;

use super::RowStruct;
use crate::faults::Faults;

/// Checks the column that says which partition a row belongs to.
pub(super) fn check(row: &RowStruct<'_>, faults: &mut Faults) {
    let Some(term) = &row.table.partition else { return };
    match row.columns.iter().find(|column| column.name == term.column) {
        None => faults.add(term.unknown("partition", row.columns.iter().map(|column| column.name.as_str()))),
        Some(column) if column.nullable => {
            let message =
                format!("`partition` names `{}`, which is an `Option`, but each row lies in a partition", term.column);
            faults.add(Error::new(term.span, message));
        }
        Some(_) => {}
    }
}

/// Code that does not compile where the column is of another type, which only the compiler knows.
pub(super) fn refusal(row: &RowStruct<'_>) -> Option<TokenStream> {
    let term = row.table.partition.as_ref()?;
    let ty = row.columns.iter().find(|column| column.name == term.column)?.scalar;
    Some(quote_spanned! {term.span=>
        const _: () = if let ::core::option::Option::Some(fault) =
            ::purvey::__private::partition_misfit(<#ty as ::purvey::schema::Scalar>::TYPE)
        {
            ::core::panic!("{}", fault);
        };
    })
}
