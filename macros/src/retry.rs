//! How often a task is tried, and how long it may run, as `#[task(…)]` says it.

use std::time::Duration;

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::meta::ParseNestedMeta;
use syn::{Error, Expr, ExprLit, Lit, Result};

/// What `#[task(…)]` says of retries.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Retry {
    retries: Option<u32>,
    /// In milliseconds, like the other.
    timeout: Option<u64>,
    backoff: Option<u64>,
}

impl Retry {
    /// Reads a key, if it is one of these; returns whether it is.
    pub(crate) fn parse(&mut self, meta: &ParseNestedMeta<'_>) -> Result<bool> {
        if meta.path.is_ident("retries") {
            self.retries = Some(retries(&meta.value()?.parse()?)?);
        } else if meta.path.is_ident("timeout") {
            let value: Expr = meta.value()?.parse()?;
            let timeout = milliseconds(&value, "timeout = \"5m\"")?;
            if timeout == 0 {
                let message =
                    "no task is done in no time; give it some, such as `timeout = \"5m\"`, or leave `timeout` out";
                return Err(Error::new_spanned(value, message));
            }
            self.timeout = Some(timeout);
        } else if meta.path.is_ident("backoff") {
            self.backoff = Some(milliseconds(&meta.value()?.parse()?, "backoff = \"1s\"")?);
        } else {
            return Ok(false);
        }
        Ok(true)
    }
}

impl ToTokens for Retry {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let duration = |millis: &u64| quote!(::core::time::Duration::from_millis(#millis));
        let retries = optional(self.retries.map(ToTokens::into_token_stream));
        let timeout = optional(self.timeout.as_ref().map(duration));
        let backoff = optional(self.backoff.as_ref().map(duration));
        tokens.extend(quote!(::purvey::task::Retry { retries: #retries, timeout: #timeout, backoff: #backoff }));
    }
}

/// An `Option` as tokens.
pub(crate) fn optional(value: Option<TokenStream>) -> TokenStream {
    match value {
        Some(value) => quote!(::core::option::Option::Some(#value)),
        None => quote!(::core::option::Option::None),
    }
}

fn retries(value: &Expr) -> Result<u32> {
    let number = match value {
        Expr::Lit(ExprLit { lit: Lit::Int(number), .. }) => number.base10_parse().ok(),
        _ => None,
    };
    number.ok_or_else(|| Error::new_spanned(value, "a number of retries is a whole number, such as `retries = 2`"))
}

/// The duration that stands here; with an example for whoever got it wrong.
pub(crate) fn milliseconds(value: &Expr, example: &str) -> Result<u64> {
    let Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) = value else {
        return Err(Error::new_spanned(value, format!("a duration is a text with its unit, such as `{example}`")));
    };
    let fault = |why: &str| {
        Error::new_spanned(value, format!("`{}` {why}; write it such as `{example}` or `\"1h 30m\"`", text.value()))
    };
    let duration = humantime::parse_duration(&text.value()).map_err(|_| fault("is no duration"))?;
    if duration.subsec_nanos() % Duration::from_millis(1).subsec_nanos() != 0 {
        return Err(fault("is no whole number of milliseconds"));
    }
    u64::try_from(duration.as_millis()).map_err(|_| fault("is too long"))
}

#[cfg(test)]
mod tests {
    use super::Retry;
    use proc_macro2::TokenStream;
    use quote::quote;
    use syn::parse::Parser;

    fn retry(attribute: TokenStream) -> Result<Retry, String> {
        let mut retry = Retry::default();
        let parser = syn::meta::parser(|meta| retry.parse(&meta).map(|known| assert!(known)));
        parser.parse2(attribute).map_err(|error| error.to_string())?;
        Ok(retry)
    }

    fn fault(attribute: TokenStream) -> String {
        retry(attribute).expect_err("it is wrong")
    }

    #[test]
    fn what_is_left_out_is_none() {
        assert_eq!(retry(quote!()), Ok(Retry::default()));
        assert_eq!(retry(quote!(retries = 0)), Ok(Retry { retries: Some(0), ..Retry::default() }));
    }

    #[test]
    fn durations_are_written_for_people() {
        let said = retry(quote!(timeout = "1h 30m", backoff = "250ms"));
        assert_eq!(said, Ok(Retry { timeout: Some(5_400_000), backoff: Some(250), ..Retry::default() }));
        assert_eq!(retry(quote!(backoff = "0s")), Ok(Retry { backoff: Some(0), ..Retry::default() }));
    }

    #[test]
    fn a_wrong_duration_is_refused_with_an_example() {
        assert_eq!(
            fault(quote!(timeout = "5")),
            "`5` is no duration; write it such as `timeout = \"5m\"` or `\"1h 30m\"`"
        );
        assert_eq!(
            fault(quote!(backoff = "10us")),
            "`10us` is no whole number of milliseconds; write it such as `backoff = \"1s\"` or `\"1h 30m\"`"
        );
        assert_eq!(
            fault(quote!(timeout = "10000000000y")),
            "`10000000000y` is too long; write it such as `timeout = \"5m\"` or `\"1h 30m\"`"
        );
        assert_eq!(fault(quote!(backoff = 1)), "a duration is a text with its unit, such as `backoff = \"1s\"`");
    }

    #[test]
    fn no_time_is_no_timeout() {
        assert_eq!(
            fault(quote!(timeout = "0s")),
            "no task is done in no time; give it some, such as `timeout = \"5m\"`, or leave `timeout` out"
        );
    }

    #[test]
    fn retries_are_counted() {
        for wrong in
            [quote!(retries = "2"), quote!(retries = -1), quote!(retries = 1.5), quote!(retries = 5_000_000_000)]
        {
            assert_eq!(fault(wrong), "a number of retries is a whole number, such as `retries = 2`");
        }
    }
}
