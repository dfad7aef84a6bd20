//! Doc comments as text.

use syn::{Attribute, Expr, ExprLit, Lit, Meta};

/// The doc comment among these attributes: its lines without the space in front, joined.
pub(crate) fn text(attributes: &[Attribute]) -> String {
    let lines: Vec<String> = attributes.iter().filter_map(line).collect();
    lines.join("\n").trim().to_owned()
}

fn line(attribute: &Attribute) -> Option<String> {
    let Meta::NameValue(meta) = &attribute.meta else { return None };
    let Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) = &meta.value else { return None };
    let text = meta.path.is_ident("doc").then(|| text.value())?;
    Some(text.strip_prefix(' ').unwrap_or(&text).to_owned())
}

#[cfg(test)]
mod tests {
    use syn::{ItemStruct, parse_quote};

    #[test]
    fn lines_are_joined_and_lose_the_space_in_front() {
        let item: ItemStruct = parse_quote! {
            /// One booking.
            ///
            ///   * indented
            #[derive(Debug)]
            struct Booking;
        };
        assert_eq!(super::text(&item.attrs), "One booking.\n\n  * indented");
    }
}
