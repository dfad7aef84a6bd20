//! `#[derive(Row)]`.

use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Data, DeriveInput, Error, Fields, GenericArgument, Ident, PathArguments, Result, Type, Visibility};

use crate::doc;
use crate::faults::Faults;

mod check;
mod field;
mod incremental;
mod partition;
mod source;
mod table;
mod watermark;

use check::TableChecks;
use field::FieldOptions;
use source::SourceOptions;
use table::{OrderTerm, TableOptions};

/// Writes the implementation of `Row`, and a constant for the name of each column.
pub(crate) fn derive(input: &DeriveInput) -> Result<TokenStream> {
    let row = RowStruct::parse(input)?;
    let implementation = row.implementation();
    let constants = row.constants();
    let refusals = row.columns.iter().map(ColumnField::refusals);
    let (partition, watermark) = (partition::refusal(&row), watermark::refusal(&row));
    Ok(quote!(#implementation #constants #(#refusals)* #partition #watermark))
}

struct RowStruct<'a> {
    ident: &'a Ident,
    doc: String,
    table: TableOptions,
    source: SourceOptions,
    checks: TableChecks,
    columns: Vec<ColumnField<'a>>,
}

/// One field of the struct, which is one column of the table.
struct ColumnField<'a> {
    ident: &'a Ident,
    name: String,
    visibility: &'a Visibility,
    doc: String,
    /// The type as written.
    ty: &'a Type,
    /// The type without `Option`.
    scalar: &'a Type,
    nullable: bool,
    options: FieldOptions,
}

impl<'a> RowStruct<'a> {
    fn parse(input: &'a DeriveInput) -> Result<RowStruct<'a>> {
        let fields = match &input.data {
            Data::Struct(data) => match &data.fields {
                Fields::Named(fields) if !fields.named.is_empty() => Ok(&fields.named),
                _ => Err("a row is a struct with named fields, one for each column"),
            },
            Data::Enum(_) | Data::Union(_) => Err("a row is a struct with named fields, one for each column"),
        };
        let fields = fields.map_err(|message| Error::new(input.ident.span(), message))?;
        if !input.generics.params.is_empty() {
            return Err(Error::new_spanned(&input.generics, "a row has no generics: a table has one set of columns"));
        }
        let mut faults = Faults::default();
        let columns: Vec<ColumnField<'_>> = fields
            .iter()
            .filter_map(|field| Some((field, field.ident.as_ref()?)))
            .map(|(field, ident)| {
                let optional = inside_option(&field.ty);
                ColumnField {
                    ident,
                    name: ident.unraw().to_string(),
                    visibility: &field.vis,
                    doc: doc::text(&field.attrs),
                    ty: &field.ty,
                    scalar: optional.unwrap_or(&field.ty),
                    nullable: optional.is_some(),
                    options: FieldOptions::parse(&field.attrs, &mut faults),
                }
            })
            .collect();
        let table = TableOptions::parse(&input.attrs, input.ident.span(), &mut faults);
        let source = SourceOptions::parse(&input.attrs, table.source, &mut faults);
        let checks = TableChecks::parse(&input.attrs, &mut faults);
        let row = RowStruct { ident: &input.ident, doc: doc::text(&input.attrs), table, source, checks, columns };
        row.check(&mut faults);
        faults.into_result()?;
        Ok(row)
    }

    /// Checks what the attributes say of each other.
    fn check(&self, faults: &mut Faults) {
        let names = || self.columns.iter().map(|column| column.name.as_str());
        for key in &self.table.key {
            match self.columns.iter().find(|column| column.name == key.column) {
                Some(column) if column.nullable => {
                    let message = format!("key column `{}` is an `Option`, but a key has no nulls", key.column);
                    faults.add(Error::new(column.ty.span(), message));
                }
                Some(_) => {}
                None => faults.add(key.unknown("key", names())),
            }
        }
        for term in &self.table.order_by {
            if !names().any(|name| name == term.column) {
                faults.add(term.unknown("order_by", names()));
            }
        }
        if let Some(lazy) = self.table.hand_over.as_ref().filter(|word| *word == "Lazy" && self.source.publish) {
            let message = "a lazy table is never computed by itself, so there is nothing to `publish`";
            faults.add(Error::new(lazy.span(), message));
        }
        incremental::check(self, faults);
        partition::check(self, faults);
        watermark::check(self, faults);
        let sets_rows_aside = self.table.source && self.source.rejects.is_some();
        self.checks.check(|| names().collect(), sets_rows_aside, faults);
        self.check_source_options(faults);
    }

    /// Checks what only the columns of a source may say.
    fn check_source_options(&self, faults: &mut Faults) {
        let mut numbered = None;
        for column in &self.columns {
            if !self.table.source {
                for text in column.options.from.iter().chain(&column.options.format) {
                    faults.at(text, "only a source is read from files; add `source` to `#[row(…)]` of the struct");
                }
            }
            let Some(span) = column.options.row_number else { continue };
            if !matches!(column.ty, Type::Path(path) if path.path.is_ident("i64")) {
                faults.add(Error::new(column.ty.span(), "the column of row numbers is an `i64`"));
            }
            if let Some(first) = numbered.replace(&column.name) {
                faults.add(Error::new(span, format!("column `{first}` holds the row numbers already")));
            }
            if !self.table.source {
                faults
                    .add(Error::new(span, "only a source numbers its rows; add `source` to `#[row(…)]` of the struct"));
            }
        }
    }

    fn implementation(&self) -> TokenStream {
        let RowStruct { ident, doc, table, source, checks, columns } = self;
        let name = &table.name;
        let schemas = columns.iter().map(ColumnField::schema);
        let key = table.key.iter().map(|key| &key.column);
        let order_by = table.order_by.iter().map(|OrderTerm { column, descending, .. }| {
            quote!(::purvey::schema::OrderBy { column: #column, descending: #descending })
        });
        let config = if table.source { quote!(SourceConfig) } else { quote!(TableConfig) };
        let rejects = if source.rejects.is_some() {
            quote!(::purvey::model::Rejected<Self>)
        } else {
            quote!(::purvey::model::NoRejects)
        };
        let source = if table.source {
            let source = source.schema();
            quote!(::core::option::Option::Some(#source))
        } else {
            quote!(::core::option::Option::None)
        };
        let (to_frame, from_frame) = (self.writer(), self.reader());
        let hand_over = table.hand_over.clone().unwrap_or_else(|| format_ident!("Memory"));
        let incremental = optional(table.incremental.schema());
        let checks = checks.tokens(ident, name);
        let max_age = table.max_age.map(|millis| quote!(::core::time::Duration::from_millis(#millis)));
        let max_age = optional(max_age);
        let partition = optional(table.partition.as_ref().map(|term| &term.column));
        quote! {
            #[automatically_derived]
            impl ::purvey::model::Row for #ident {
                #[allow(clippy::needless_update)]
                const SCHEMA: &'static ::purvey::schema::TableSchema = &::purvey::schema::TableSchema {
                    name: #name,
                    doc: #doc,
                    columns: &[#(#schemas),*],
                    key: &[#(#key),*],
                    order_by: &[#(#order_by),*],
                    source: #source,
                    hand_over: ::purvey::schema::HandOver::#hand_over,
                    incremental: #incremental,
                    checks: &[#(#checks),*],
                    max_age: #max_age,
                    partition: #partition,
                };

                type Rejects = #rejects;
                type Source = Self;
                type Config = ::purvey::model::#config;

                #to_frame
                #from_frame
            }
        }
    }

    /// `Row::to_frame`.
    fn writer(&self) -> TokenStream {
        let vectors = self.vectors();
        let types = self.columns.iter().map(|column| column.scalar);
        let pushes = self.columns.iter().zip(&vectors).map(|(column, vector)| {
            let field = column.ident;
            if column.nullable {
                quote!(#vector.push(row.#field);)
            } else {
                quote!(#vector.push(::core::option::Option::Some(row.#field));)
            }
        });
        let columns = self.columns.iter().zip(&vectors).map(|(column, vector)| {
            let (name, ty) = (&column.name, column.scalar);
            let series = quote_spanned!(ty.span()=> <#ty as ::purvey::schema::Scalar>::series);
            quote!(::purvey::__private::column(#name, #vector, #series))
        });
        quote! {
            fn to_frame(rows: ::std::vec::Vec<Self>) -> ::purvey::polars::prelude::DataFrame {
                let height = rows.len();
                #(let mut #vectors = ::std::vec::Vec::<::core::option::Option<#types>>::with_capacity(height);)*
                for row in rows {
                    #(#pushes)*
                }
                ::purvey::__private::frame(height, ::std::vec![#(#columns),*])
            }
        }
    }

    /// `Row::from_frame`.
    fn reader(&self) -> TokenStream {
        let vectors = self.vectors();
        let opened = self.columns.iter().zip(&vectors).map(|(column, vector)| {
            let (name, ty) = (&column.name, column.scalar);
            let open = if column.nullable { format_ident!("optional") } else { format_ident!("required") };
            let values = quote_spanned!(ty.span()=> <#ty as ::purvey::schema::Scalar>::values);
            quote!(let mut #vector = ::purvey::__private::#open(frame, #name, #values)?;)
        });
        let fields = self.columns.iter().map(|column| column.ident);
        quote! {
            fn from_frame(
                frame: &::purvey::polars::prelude::DataFrame,
            ) -> ::purvey::polars::prelude::PolarsResult<::std::vec::Vec<Self>> {
                #(#opened)*
                let rows = ::core::iter::from_fn(|| {
                    ::core::option::Option::Some(Self { #(#fields: #vectors.next()?),* })
                });
                ::core::result::Result::Ok(rows.collect())
            }
        }
    }

    /// A variable for the values of each column.
    fn vectors(&self) -> Vec<Ident> {
        (0..self.columns.len()).map(|position| format_ident!("column{position}", span = Span::mixed_site())).collect()
    }

    fn constants(&self) -> TokenStream {
        let ident = self.ident;
        let constants = self.columns.iter().map(|column| {
            let ColumnField { name, visibility, ty, .. } = column;
            let constant = Ident::new(&name.to_uppercase(), column.ident.span());
            let doc = if column.doc.is_empty() { format!("The column `{name}`.") } else { column.doc.clone() };
            quote! {
                #[doc = #doc]
                #[allow(dead_code)]
                #visibility const #constant: ::purvey::schema::Column<Self, #ty> =
                    ::purvey::schema::Column::new(#name);
            }
        });
        quote! {
            #[automatically_derived]
            impl #ident {
                #(#constants)*
            }
        }
    }
}

impl ColumnField<'_> {
    /// Constants that exist only if the checks make sense for the column's type, which only the compiler knows.
    fn refusals(&self) -> TokenStream {
        let ty = self.scalar;
        let refusals = self.options.checks.iter().map(|(check, span)| {
            quote_spanned! {*span=>
                const _: () = if let ::core::option::Option::Some(fault) =
                    ::purvey::__private::misfit(&#check, <#ty as ::purvey::schema::Scalar>::TYPE)
                {
                    ::core::panic!("{}", fault);
                };
            }
        });
        quote!(#(#refusals)*)
    }

    fn schema(&self) -> TokenStream {
        let ColumnField { name, doc, scalar, nullable, .. } = self;
        let FieldOptions { from, format, row_number, checks } = &self.options;
        let row_number = row_number.is_some();
        let checks = checks.iter().map(|(check, _)| check);
        let (from, format) = (optional(from.as_ref()), optional(format.as_ref()));
        let ty = quote_spanned!(scalar.span()=> <#scalar as ::purvey::schema::Scalar>::TYPE);
        quote! {
            ::purvey::schema::ColumnSchema {
                name: #name,
                ty: #ty,
                nullable: #nullable,
                doc: #doc,
                checks: &[#(#checks),*],
                from: #from,
                format: #format,
                row_number: #row_number,
            }
        }
    }
}

/// The tokens of an `Option` of this value.
fn optional(value: Option<impl quote::ToTokens>) -> TokenStream {
    match value {
        Some(value) => quote!(::core::option::Option::Some(#value)),
        None => quote!(::core::option::Option::None),
    }
}

/// `T` of `Option<T>`.
fn inside_option(ty: &Type) -> Option<&Type> {
    let path = match ty {
        Type::Path(path) => path,
        // What a macro put in as `$ty:ty`.
        Type::Group(group) => return inside_option(&group.elem),
        _ => return None,
    };
    let last = path.path.segments.last().filter(|last| last.ident == "Option")?;
    let PathArguments::AngleBracketed(arguments) = &last.arguments else { return None };
    match arguments.args.first() {
        Some(GenericArgument::Type(inner)) => Some(inner),
        _ => None,
    }
}
