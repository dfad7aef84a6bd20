use purvey::prelude::*;

#[derive(Row)]
#[row(table = "tuples")]
struct Tuple(i64);

#[derive(Row)]
#[row(table = "choices")]
enum Choice {
    One,
}

#[derive(Row)]
#[row(table = "empties")]
struct Empty {}

#[derive(Row)]
#[row(table = "generics")]
struct Generic<T> {
    number: T,
}

fn main() {}
