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
mod ranges;
mod retry;
mod row;
mod task;
mod uses;

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
/// | `&Across<M, W>` | the task requires what several partitions have of model `M` |
/// | `&mut M` | the task provides model `M` |
/// | `Option<&M>` | the task runs after the provider of `M` where the chain has one |
/// | `&JobContext` | the run |
/// | `Settings<S>` | the task's own section of the configuration, `[tasks.<name>]` |
///
/// It returns nothing, or a `Result<()>` with any error. The function itself stays as it is, so that a test can call it.
///
/// In the brackets of `#[task(name = "clean", retries = 2)]`:
///
/// | key | meaning | without it |
/// |---|---|---|
/// | `name = "clean"` | the task's name | the function's name |
/// | `tags("nightly", "bookings")` | words to select it by on the command line | none |
/// | `version = "2"` | the version of its code, in place of its sources | its sources count |
/// | `retries = 2` | how often it is tried again after an error that may pass by itself | as the chain says |
/// | `timeout = "5m"` | how long one attempt may run; not `"0s"` | as the chain says |
/// | `backoff = "1s"` | how long to wait before the second attempt; later ones wait longer | as the chain says |
/// | `pool = "db"`, `pools(db, api = 2)` | what it takes of named pools | nothing |
/// | `memory = "2 GiB"` | the memory it takes at most | what it took last |
/// | `partition = "month"` | what it is run for: each `"hour"`, `"day"`, `"week"` or `"month"`, or `"all"` data at once | each partition of the chain |
/// | `ranges = "coalesce"`, `max = 31` | a backfill calls it for up to so many partitions at once, which it has as `job.partitions()` | for one at a time; `max` is 31 |
///
/// Durations are texts such as `"250ms"`, `"90s"` or `"1h 30m"`.
///
/// # What counts as a task's code
///
/// A task whose code has changed is done again. What it is made of is noted when it is compiled, file by file:
///
/// - all that stands in `src/` of its crate and of the crates that this one has as folders (`path = "…"`), directly or not,
///   for building or running; Rust files by their tokens, others by their bytes;
/// - their build scripts, and the Rust files that the build script of the task's own crate writes to `OUT_DIR`;
/// - files elsewhere that are named by `include!`, `include_str!`, `include_bytes!` or `#[path = "…"]`, as a text or as
///   `concat!(env!("CARGO_MANIFEST_DIR"), "/…")`; and where a task, or the root of a library or binary, stands outside of
///   `src/`, the Rust files of that folder of the package, such as `examples/`;
/// - the locked versions of all other crates, with the revision for those from a repository; without `Cargo.lock`, the
///   requirements as `Cargo.toml` has them. Purvey itself counts by the format of what it keeps.
///
/// These do not count: white space, comments and doc texts; items and modules under `#[cfg(test)]`, and what only tests
/// depend on; the keys above other than `name`; `tasks!`, `group!` and `chain!`; and in `src/` files named `.…` or `…~`.
///
/// **What is read in any other way is not seen**: files that a build script reads or a macro of another crate includes,
/// features and profiles of cargo, environment variables, the version of the compiler. Where that matters, say
/// `version = "…"` and change it by hand.
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
