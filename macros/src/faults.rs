//! What is wrong with the tokens, collected so that one compilation reports all of it.

use std::fmt::Display;

use quote::ToTokens;
use syn::meta::ParseNestedMeta;
use syn::punctuated::Punctuated;
use syn::{Error, LitStr, Result, Token};

/// The faults found so far.
#[derive(Default)]
pub(crate) struct Faults(Option<Error>);

impl Faults {
    /// Adds a fault at these tokens.
    pub(crate) fn at(&mut self, tokens: impl ToTokens, message: impl Display) {
        self.add(Error::new_spanned(tokens, message));
    }

    /// Adds a fault.
    pub(crate) fn add(&mut self, fault: Error) {
        match &mut self.0 {
            Some(faults) => faults.combine(fault),
            None => self.0 = Some(fault),
        }
    }

    /// Takes the value, or adds why there is none.
    pub(crate) fn take<T>(&mut self, result: Result<T>) -> Option<T> {
        result.map_err(|fault| self.add(fault)).ok()
    }

    /// All faults, if there are any.
    pub(crate) fn into_result(self) -> Result<()> {
        self.0.map_or(Ok(()), Err)
    }
}

/// The fault of a key that an attribute does not have.
pub(crate) fn unknown_key(meta: &ParseNestedMeta<'_>, attribute: &str, known: &str) -> Error {
    let key = meta.path.to_token_stream().to_string();
    meta.error(format!("`{attribute}` has no key `{key}`; it has {known}"))
}

/// The names as a choice for people: "`a`, `b` or `c`".
pub(crate) fn one_of<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let mut names: Vec<String> = names.into_iter().map(|name| format!("`{name}`")).collect();
    let last = names.pop().unwrap_or_default();
    if names.is_empty() { last } else { format!("{} or {last}", names.join(", ")) }
}

/// Checks a name that becomes the name of a file and of a configuration section.
pub(crate) fn check_name(what: &str, name: &LitStr) -> Result<()> {
    let text = name.value();
    let mut letters = text.chars();
    let fits = letters.next().is_some_and(|first| first.is_ascii_lowercase())
        && letters.all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '_');
    if fits {
        return Ok(());
    }
    Err(Error::new(
        name.span(),
        format!("{what} `{text}` becomes a file name: use lower-case letters, digits and `_`, with a letter first"),
    ))
}

/// The strings between brackets after a key: `one_of("a", "b")`.
pub(crate) fn texts(meta: &ParseNestedMeta<'_>) -> Result<Vec<LitStr>> {
    let content;
    syn::parenthesized!(content in meta.input);
    let texts = Punctuated::<LitStr, Token![,]>::parse_terminated(&content)?;
    if texts.is_empty() {
        return Err(meta.error("expected at least one text in the brackets"));
    }
    Ok(texts.into_iter().collect())
}

#[cfg(test)]
mod tests {
    use super::{check_name, one_of};
    use syn::parse_quote;

    #[test]
    fn a_choice_reads_as_a_sentence() {
        assert_eq!(one_of(["a"]), "`a`");
        assert_eq!(one_of(["a", "b", "c"]), "`a`, `b` or `c`");
    }

    #[test]
    fn a_name_that_cannot_be_a_file_name_is_refused() {
        assert!(check_name("table name", &parse_quote!("clean_bookings2")).is_ok());
        for wrong in ["", "Clean", "2clean", "clean bookings", "../clean"] {
            let name = syn::LitStr::new(wrong, proc_macro2::Span::call_site());
            assert!(check_name("table name", &name).is_err(), "{wrong}");
        }
    }
}
