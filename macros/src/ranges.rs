//! `ranges = "coalesce"` and `max = 31`, as `#[task(…)]` says them.

use proc_macro2::{Span, TokenStream};
use quote::quote;
use syn::meta::ParseNestedMeta;
use syn::spanned::Spanned;
use syn::{Error, Expr, ExprLit, Lit, Result};

use crate::retry::optional;

/// The partitions of one call at most, where nobody says.
const MAX: u32 = 31;

/// What `#[task(…)]` says of calls for several partitions.
#[derive(Debug, Default)]
pub(crate) struct Ranges {
    /// Where it says that it takes ranges.
    coalesce: Option<Span>,
    /// How many partitions at most, and where it says so.
    max: Option<(u32, Span)>,
}

impl Ranges {
    /// Reads a key, if it is one of these; returns whether it is.
    pub(crate) fn parse(&mut self, meta: &ParseNestedMeta<'_>) -> Result<bool> {
        if meta.path.is_ident("ranges") {
            let value: Expr = meta.value()?.parse()?;
            match &value {
                Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) if text.value() == "coalesce" => {
                    self.coalesce = Some(meta.path.span());
                }
                _ => {
                    let message = "a task that is called for several partitions at once says `ranges = \"coalesce\"`";
                    return Err(Error::new_spanned(value, message));
                }
            }
        } else if meta.path.is_ident("max") {
            let value: Expr = meta.value()?.parse()?;
            let number: Option<u32> = match &value {
                Expr::Lit(ExprLit { lit: Lit::Int(number), .. }) => number.base10_parse().ok(),
                _ => None,
            };
            let message =
                "`max` says how many partitions one call is for at most: a number from 2 on, such as `max = 31`";
            let number = number.filter(|max| *max >= 2).ok_or_else(|| Error::new_spanned(&value, message))?;
            self.max = Some((number, meta.path.span()));
        } else {
            return Ok(false);
        }
        Ok(true)
    }

    /// Checks what is said against each other, and against what the task is run for.
    pub(crate) fn check(&self, is_for_all: bool) -> Result<()> {
        match (self.coalesce, self.max) {
            (None, Some((_, span))) => {
                Err(Error::new(span, "`max` is about ranges of partitions; it goes with `ranges = \"coalesce\"`"))
            }
            (Some(span), _) if is_for_all => {
                Err(Error::new(span, "a task that is run once for \"all\" data has no range of partitions"))
            }
            _ => Ok(()),
        }
    }

    /// The `Option<Ranges>` of the task.
    pub(crate) fn tokens(&self) -> TokenStream {
        let max = self.max.map_or(MAX, |(max, _)| max);
        optional(self.coalesce.map(|_| quote!(::purvey::task::Ranges { max: #max })))
    }
}
