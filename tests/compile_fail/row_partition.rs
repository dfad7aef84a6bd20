use purvey::prelude::*;

#[derive(Row)]
#[row(table = "nights", partition = "night")]
struct Night {
    night: i64,
}

#[derive(Row)]
#[row(table = "hours", partition = "hour")]
struct Hour {
    hour: NaiveDateTime,
}

fn main() {}
