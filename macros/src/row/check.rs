//! `#[check(…)]` on the struct.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote};
use syn::meta::ParseNestedMeta;
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::{Attribute, Error, Ident, Lit, LitInt, LitStr, Path, Result, Token, parenthesized};

use super::source::choice;
use super::table::{OrderTerm, terms};
use crate::faults::{Faults, check_name, one_of, unknown_key};

const KEYS: &str = "`rows(min = 1, max = 100)`, `change(max = \"50%\")`, `unique(\"a, b\")`, `relation(column = \"a\", to = \
                    Other::ID)`, `holds(function)` and `rejected(max = \"1%\")` on the struct";
const SEVERITIES: [(&str, &str); 2] = [("error", "Error"), ("warn", "Warn")];

/// The checks of the table as a whole.
#[derive(Default)]
pub(super) struct TableChecks(Vec<TableCheck>);

struct TableCheck {
    name: String,
    span: Span,
    rule: Rule,
    /// The variant of `Severity`.
    severity: Option<Ident>,
}

enum Rule {
    Rows { min: Option<u64>, max: Option<u64> },
    Change(f64),
    Rejected(f64),
    Unique(Vec<OrderTerm>),
    Relation { column: LitStr, to: Path },
    Holds(Path),
}

/// What stands between the brackets of one check: values by themselves, and values with a key.
#[derive(Default)]
struct Arguments {
    bare: Vec<Argument>,
    named: Vec<(Ident, Argument)>,
}

enum Argument {
    Literal(Lit),
    Path(Path),
}

impl TableChecks {
    pub(super) fn parse(attributes: &[Attribute], faults: &mut Faults) -> TableChecks {
        let mut checks = TableChecks::default();
        for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("check")) {
            faults.take(attribute.parse_nested_meta(|meta| checks.add(check(&meta)?)));
        }
        checks
    }

    fn add(&mut self, check: TableCheck) -> Result<()> {
        if self.0.iter().any(|known| known.name == check.name) {
            let message = format!("another check is named `{0}`; give this one a name: `name = \"{0}_2\"`", check.name);
            return Err(Error::new(check.span, message));
        }
        self.0.push(check);
        Ok(())
    }

    /// Checks what the attributes say of the columns, and of where rows come from.
    pub(super) fn check<'a>(&self, columns: impl Fn() -> Vec<&'a str>, sets_rows_aside: bool, faults: &mut Faults) {
        for check in &self.0 {
            match &check.rule {
                Rule::Unique(terms) => {
                    let unknown = terms.iter().filter(|term| !columns().contains(&term.column.as_str()));
                    unknown.for_each(|term| faults.add(term.unknown("unique", columns())));
                }
                Rule::Relation { column, .. } if !columns().contains(&column.value().as_str()) => {
                    let (name, known) = (column.value(), one_of(columns()));
                    faults.at(column, format!("`column` names `{name}`, which is no field; use {known}"));
                }
                Rule::Rejected(_) if !sets_rows_aside => {
                    let message = "only a source sets rows aside, and only one that says where to: `rejects = \"…\"` in \
                                   `#[source(…)]`";
                    faults.add(Error::new(check.span, message));
                }
                _ => {}
            }
        }
    }

    /// The `TableCheck`s of a struct with this name, which makes the table of that name.
    pub(super) fn tokens(&self, row: &Ident, table: &str) -> Vec<TokenStream> {
        self.0.iter().map(|check| check.tokens(row, table)).collect()
    }
}

impl TableCheck {
    fn tokens(&self, row: &Ident, table: &str) -> TokenStream {
        let name = &self.name;
        let severity = self.severity.clone().unwrap_or_else(|| Ident::new("Error", self.span));
        let share = |percent: f64| quote!(::purvey::schema::Share::of_percent(#percent));
        let borrowed = |value: TokenStream| quote!(::std::borrow::Cow::Borrowed(#value));
        let rule = match &self.rule {
            Rule::Rows { min, max } => {
                let [min, max] = [min, max].map(|bound| super::optional(*bound));
                quote!(Rows { min: #min, max: #max })
            }
            Rule::Change(max) => {
                let max = share(*max);
                quote!(Change { max: #max })
            }
            Rule::Rejected(max) => {
                let max = share(*max);
                quote!(Rejected { max: #max })
            }
            Rule::Unique(terms) => {
                let columns = terms.iter().map(|term| &term.column);
                let columns = borrowed(quote!(&[#(#columns),*]));
                quote!(Unique { columns: #columns })
            }
            Rule::Relation { column, to } => {
                let first = &to.segments.first().expect("a path has a segment").ident;
                // A schema cannot wait for itself.
                let model = if to.segments.len() == 2 && (first == row || first == "Self") {
                    borrowed(table.to_token_stream())
                } else {
                    borrowed(quote!(::purvey::__private::table_of(#to)))
                };
                let to = borrowed(quote!(#to.name()));
                quote!(Relation { column: #column, model: #model, to: #to })
            }
            Rule::Holds(function) => {
                let text = written(function);
                quote!(Holds { expression: #function, function: #text })
            }
        };
        quote! {
            ::purvey::schema::TableCheck {
                name: ::std::borrow::Cow::Borrowed(#name),
                rule: ::purvey::schema::TableRule::#rule,
                severity: ::purvey::schema::Severity::#severity,
            }
        }
    }
}

/// One term of `#[check(…)]`.
fn check(meta: &ParseNestedMeta<'_>) -> Result<TableCheck> {
    let kind = meta.path.get_ident().map(ToString::to_string).unwrap_or_default();
    if !["rows", "change", "unique", "relation", "holds", "rejected"].contains(&kind.as_str()) {
        return Err(unknown_key(meta, "check", KEYS));
    }
    let content;
    parenthesized!(content in meta.input);
    let mut said: Arguments = content.parse()?;
    let span = meta.path.span();
    let name = said.text("name")?;
    if let Some(name) = &name {
        check_name("check name", name).map_err(|_| {
            let message = format!(
                "check name `{}` becomes a key of the configuration: use lower-case letters, digits and `_`, with a letter \
                 first",
                name.value()
            );
            Error::new(name.span(), message)
        })?;
    }
    let severity = said.text("severity")?.map(|word| choice(&word, &SEVERITIES)).transpose()?;
    let (rule, by_itself) = match kind.as_str() {
        "rows" => {
            let (min, max) = (said.number("min")?, said.number("max")?);
            if min.is_none() && max.is_none() {
                return Err(Error::new(span, "say how many rows there are to be: `rows(min = 1, max = 100)`"));
            }
            if min.zip(max).is_some_and(|(min, max)| min > max) {
                return Err(Error::new(span, "no number is at least `min` and at most `max` here"));
            }
            (Rule::Rows { min, max }, kind)
        }
        "change" => (Rule::Change(said.share(span, "change(max = \"50%\")")?), kind),
        "rejected" => (Rule::Rejected(said.share(span, "rejected(max = \"1%\")")?), kind),
        "unique" => {
            let columns = said.bare_text(span, "name the columns: `unique(\"a, b\")`")?;
            let terms = terms(&columns, false)?;
            let names: Vec<&str> = terms.iter().map(|term| term.column.as_str()).collect();
            let by_itself = format!("unique_{}", names.join("_"));
            (Rule::Unique(terms), by_itself)
        }
        "relation" => {
            let (column, to) = (said.text("column")?, said.path("to")?);
            let Some((column, to)) = column.zip(to) else {
                return Err(Error::new(
                    span,
                    "say which column is looked up, and where: `relation(column = \"a\", to = Other::ID)`",
                ));
            };
            let by_itself = format!("relation_{}", column.value());
            (Rule::Relation { column, to }, by_itself)
        }
        _ => {
            let function = said.bare_path(span, "name a function that gives an expression: `holds(function)`")?;
            let by_itself = function.segments.last().map(|last| last.ident.to_string()).unwrap_or_default();
            (Rule::Holds(function), by_itself)
        }
    };
    said.finish()?;
    let name = name.map_or(by_itself, |name| name.value());
    Ok(TableCheck { name, span, rule, severity })
}

impl Parse for Arguments {
    fn parse(input: ParseStream<'_>) -> Result<Arguments> {
        let mut said = Arguments::default();
        let each = |input: ParseStream<'_>| {
            if input.peek(Ident) && input.peek2(Token![=]) {
                let key: Ident = input.parse()?;
                input.parse::<Token![=]>()?;
                Ok((Some(key), input.parse()?))
            } else {
                Ok((None, input.parse()?))
            }
        };
        for (key, argument) in Punctuated::<_, Token![,]>::parse_terminated_with(input, each)? {
            match key {
                Some(key) => said.named.push((key, argument)),
                None => said.bare.push(argument),
            }
        }
        Ok(said)
    }
}

impl Parse for Argument {
    fn parse(input: ParseStream<'_>) -> Result<Argument> {
        Ok(if input.peek(Lit) { Argument::Literal(input.parse()?) } else { Argument::Path(input.parse()?) })
    }
}

impl ToTokens for Argument {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        match self {
            Argument::Literal(literal) => literal.to_tokens(tokens),
            Argument::Path(path) => path.to_tokens(tokens),
        }
    }
}

impl Arguments {
    fn take(&mut self, key: &str) -> Option<Argument> {
        let place = self.named.iter().position(|(known, _)| known == key)?;
        Some(self.named.remove(place).1)
    }

    fn text(&mut self, key: &str) -> Result<Option<LitStr>> {
        self.take(key).map(|argument| text(argument, &format!("`{key}` is a text: `{key} = \"…\"`"))).transpose()
    }

    fn path(&mut self, key: &str) -> Result<Option<Path>> {
        let said = format!("`{key}` is the constant of a column: `{key} = Other::ID`");
        self.take(key).map(|argument| path(argument, &said)).transpose()
    }

    fn number(&mut self, key: &str) -> Result<Option<u64>> {
        let number = |argument| match argument {
            Argument::Literal(Lit::Int(number)) => LitInt::base10_parse(&number),
            other => Err(Error::new_spanned(other, format!("a number of rows is a whole number: `{key} = 100`"))),
        };
        self.take(key).map(number).transpose()
    }

    /// The percentage of `max`.
    fn share(&mut self, span: Span, example: &str) -> Result<f64> {
        let said = format!("say how much at most: `{example}`");
        let Some(share) = self.take("max") else { return Err(Error::new(span, said)) };
        let share = text(share, &said)?;
        let percent = share.value().trim().strip_suffix('%').and_then(|number| number.trim().parse::<f64>().ok());
        let percent = percent.filter(|percent| percent.is_finite() && *percent >= 0.0);
        percent.ok_or_else(|| Error::new(share.span(), format!("a share is a percentage, such as `{example}`")))
    }

    fn bare_text(&mut self, span: Span, said: &str) -> Result<LitStr> {
        if self.bare.is_empty() { Err(Error::new(span, said)) } else { text(self.bare.remove(0), said) }
    }

    fn bare_path(&mut self, span: Span, said: &str) -> Result<Path> {
        if self.bare.is_empty() { Err(Error::new(span, said)) } else { path(self.bare.remove(0), said) }
    }

    /// Refuses what nobody has asked for.
    fn finish(self) -> Result<()> {
        let too_many = self.bare.first().map(|bare| Error::new_spanned(bare, "this check takes no such value"));
        let unknown = self.named.first().map(|(key, _)| {
            Error::new_spanned(
                key,
                format!("this check has no key `{key}`; each has `name` and `severity` besides its own"),
            )
        });
        too_many.or(unknown).map_or(Ok(()), Err)
    }
}

fn text(argument: Argument, said: &str) -> Result<LitStr> {
    match argument {
        Argument::Literal(Lit::Str(text)) => Ok(text),
        other => Err(Error::new_spanned(other, said)),
    }
}

fn path(argument: Argument, said: &str) -> Result<Path> {
    match argument {
        Argument::Path(path) => Ok(path),
        other => Err(Error::new_spanned(other, said)),
    }
}

/// A path as people write it.
fn written(path: &Path) -> String {
    path.to_token_stream().to_string().replace(' ', "")
}
