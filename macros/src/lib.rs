//! The macros of purvey. Use them through `purvey`, which re-exports and documents them.
//!
//! Each macro is a file: it reads tokens into a small struct, and writes that struct out as code against `::purvey`.
//! The macros know syntax only; what a type is or how tasks fit together is checked by the code they write, in `const`s.

use proc_macro::TokenStream;
use syn::parse_macro_input;

mod code;
mod doc;
mod faults;
mod members;
mod named;
mod retry;
mod row;
mod task;

/// Makes a struct a row of a table; see the trait `Row` for the attributes.
#[proc_macro_derive(Row, attributes(row, source, check))]
pub fn derive_row(input: TokenStream) -> TokenStream {
    written(row::derive(&parse_macro_input!(input)))
}

/// Makes a struct the name of a model: `#[named("exchange_rate")]`, or `#[named("page", extension = "html")]` for the
/// file of an `Artifact`. The struct's doc comment is the model's doc text.
#[proc_macro_derive(Named, attributes(named))]
pub fn derive_named(input: TokenStream) -> TokenStream {
    written(named::derive(&parse_macro_input!(input)))
}

/// Makes a function a task.
///
/// Its parameters are its declaration:
///
/// | parameter | meaning |
/// |---|---|
/// | `&M` | the task requires model `M` |
/// | `&mut M` | the task provides model `M` |
/// | `Option<&M>` | the task runs after the provider of `M` where the chain has one |
/// | `&JobContext` | the run |
/// | `Settings<S>` | the task's own section of the configuration, `[tasks.<name>]` |
///
/// It returns nothing, or a `Result<()>` with any error. The function itself stays as it is, so that a test can call
/// it. The task has the function's name, or another one: `#[task(name = "clean", tags("nightly", "bookings"))]`; tags
/// are for selection on the command line.
#[proc_macro_attribute]
pub fn task(attribute: TokenStream, item: TokenStream) -> TokenStream {
    let file = proc_macro::Span::call_site().local_file();
    task::expand(attribute.into(), &item.into(), file).into()
}

/// Puts tasks and groups together without a name: `tasks![ingest, reports::GROUP]`.
///
/// The last part of a path tells a group, `IN_CAPITALS`, from a task. Two tasks of one name, two providers of one model
/// and tasks that wait for each other in a circle do not compile. The value is a `Group`, and may be a constant.
#[proc_macro]
pub fn tasks(input: TokenStream) -> TokenStream {
    members::tasks(&parse_macro_input!(input)).into()
}

/// Puts tasks and groups together under a name: `group!("reports": [daily_occupancy, agents::GROUP])`.
///
/// The same as `tasks!` otherwise.
#[proc_macro]
pub fn group(input: TokenStream) -> TokenStream {
    members::group(&parse_macro_input!(input)).into()
}

/// Puts tasks and groups together as a chain, which a binary can run: `chain!("alpine": [ingest, process::GROUP])`.
///
/// The graph is checked as by `tasks!`, and besides, that each required model has a provider or is a source. The
/// value is a `Chain` with the version of the crate that it is written in.
#[proc_macro]
pub fn chain(input: TokenStream) -> TokenStream {
    members::chain(&parse_macro_input!(input)).into()
}

fn written(result: syn::Result<proc_macro2::TokenStream>) -> TokenStream {
    result.unwrap_or_else(syn::Error::into_compile_error).into()
}
