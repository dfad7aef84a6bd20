use purvey::prelude::*;

#[derive(Row)]
#[row(table = "changes", source)]
#[source(table = "changes", watermark = "chnaged_at")]
struct Misspelt {
    changed_at: i64,
}

#[derive(Row)]
#[row(table = "notes", source)]
#[source(table = "notes", watermark = "changed_at")]
struct Optional {
    changed_at: Option<i64>,
}

#[derive(Row)]
#[row(table = "lines", source)]
#[source(table = "lines", watermark = "line")]
struct Numbered {
    #[row(row_number)]
    line: i64,
    text: String,
}

#[derive(Row)]
#[row(table = "stays", source)]
#[source(table = "stays", once)]
struct Once {
    nights: i64,
}

fn main() {}
