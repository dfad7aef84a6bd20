use purvey::prelude::*;

#[derive(Row)]
#[row(table = "changes", source)]
#[source(table = "changes", watermark = "rate")]
struct Rated {
    rate: f64,
}

fn main() {}
