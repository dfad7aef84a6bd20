//! What a task needs beside others that run, as `#[task(…)]` says it.

use bytesize::ByteSize;
use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::meta::ParseNestedMeta;
use syn::{Error, Expr, ExprLit, Lit, LitStr, Result};

use crate::retry::optional;

/// What `#[task(…)]` says of pools and memory.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Uses {
    /// Each pool and how much of it, in order of the names.
    pools: Vec<(String, u32)>,
    /// In bytes.
    memory: Option<u64>,
}

impl Uses {
    /// Reads a key, if it is one of these; returns whether it is.
    pub(crate) fn parse(&mut self, meta: &ParseNestedMeta<'_>) -> Result<bool> {
        if meta.path.is_ident("pool") {
            let name: LitStr = meta.value()?.parse().map_err(|error| {
                Error::new(
                    error.span(),
                    "a pool is named by a text, such as `pool = \"db\"`; several are `pools(db, api = 2)`",
                )
            })?;
            self.take(name.value(), 1, &name)?;
        } else if meta.path.is_ident("pools") {
            meta.parse_nested_meta(|pool| {
                let Some(name) = pool.path.get_ident() else {
                    return Err(pool.error("a pool has a name, as in `pools(db, api = 2)`"));
                };
                let share = if pool.input.peek(syn::Token![=]) { share(&pool.value()?.parse()?)? } else { 1 };
                self.take(name.to_string(), share, name)
            })?;
        } else if meta.path.is_ident("memory") {
            self.memory = Some(memory(&meta.value()?.parse()?)?);
        } else {
            return Ok(false);
        }
        Ok(true)
    }

    fn take(&mut self, pool: String, share: u32, place: &impl ToTokens) -> Result<()> {
        match self.pools.binary_search_by(|(known, _)| known.cmp(&pool)) {
            Ok(_) => Err(Error::new_spanned(
                place,
                format!("pool `{pool}` is named twice; `pools({pool} = 2)` takes 2 of it"),
            )),
            Err(at) => {
                self.pools.insert(at, (pool, share));
                Ok(())
            }
        }
    }
}

impl ToTokens for Uses {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let pools = self.pools.iter().map(|(name, share)| quote!((#name, #share)));
        let memory = optional(self.memory.map(ToTokens::into_token_stream));
        tokens.extend(quote!(::purvey::task::Uses { pools: &[#(#pools),*], memory: #memory }));
    }
}

fn share(value: &Expr) -> Result<u32> {
    let number: Option<u32> = match value {
        Expr::Lit(ExprLit { lit: Lit::Int(number), .. }) => number.base10_parse().ok(),
        _ => None,
    };
    let wrong = || Error::new_spanned(value, "a share of a pool is a whole number from 1 on, such as `pools(db = 2)`");
    number.filter(|share| *share > 0).ok_or_else(wrong)
}

fn memory(value: &Expr) -> Result<u64> {
    let size = match value {
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => text.value().parse::<ByteSize>().ok(),
        _ => None,
    };
    let wrong = || Error::new_spanned(value, "memory is a text with its unit, such as `memory = \"2 GiB\"`");
    size.map(|size| size.as_u64()).filter(|bytes| *bytes > 0).ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use proc_macro2::TokenStream;
    use quote::quote;
    use syn::parse::Parser;

    use super::Uses;

    fn uses(attribute: TokenStream) -> Result<Uses, String> {
        let mut uses = Uses::default();
        let parser = syn::meta::parser(|meta| uses.parse(&meta).map(|known| assert!(known)));
        parser.parse2(attribute).map_err(|error| error.to_string())?;
        Ok(uses)
    }

    #[test]
    fn pools_are_in_order_of_their_names() {
        let said = uses(quote!(pools(db = 2, api), memory = "1.5 GiB"));
        let pools = vec![("api".to_owned(), 1), ("db".to_owned(), 2)];
        assert_eq!(said, Ok(Uses { pools, memory: Some(1_610_612_736) }));
        assert_eq!(uses(quote!(pool = "db")), Ok(Uses { pools: vec![("db".to_owned(), 1)], memory: None }));
    }

    #[test]
    fn what_is_wrong_is_refused_with_an_example() {
        let fault = |attribute| uses(attribute).expect_err("it is wrong");
        assert_eq!(
            fault(quote!(pool = 2)),
            "a pool is named by a text, such as `pool = \"db\"`; several are `pools(db, api = 2)`"
        );
        assert_eq!(fault(quote!(pools(db, db = 2))), "pool `db` is named twice; `pools(db = 2)` takes 2 of it");
        assert_eq!(
            fault(quote!(pools(db = 0))),
            "a share of a pool is a whole number from 1 on, such as `pools(db = 2)`"
        );
        for wrong in [quote!(memory = 2), quote!(memory = "lots"), quote!(memory = "0B")] {
            assert_eq!(fault(wrong), "memory is a text with its unit, such as `memory = \"2 GiB\"`");
        }
    }
}
