use purvey::prelude::*;

#[derive(Row)]
struct NoTable {
    number: i64,
}

#[derive(Row)]
#[row(table = "Clean Bookings", key = "number", colour = "red")]
struct Named {
    number: i64,
}

#[derive(Row)]
#[row(table = "keys", key = "numbr, agent", order_by = "number down")]
struct Keys {
    number: i64,
    agent: Option<i64>,
}

#[derive(Row)]
#[row(table = "order", order_by = "number, day desc")]
struct Order {
    number: i64,
}

#[derive(Row)]
#[row(table = "checks")]
struct Checks {
    #[check(minimum = 0)]
    number: i64,
    #[check(min = true)]
    nights: i64,
    #[check(one_of())]
    meal: String,
    #[row(name = "Land")]
    country: String,
}

#[derive(Row)]
#[row(table = "numbers", source)]
struct Numbers {
    #[row(row_number)]
    line: i32,
    #[row(row_number)]
    number: i64,
}

#[derive(Row)]
#[row(table = "no_source")]
#[source(separator = ";")]
struct NoSource {
    #[row(from = "Land")]
    country: String,
    #[row(row_number)]
    number: i64,
}

#[derive(Row)]
#[row(table = "source", source)]
#[source(separator = "tab", decimal = ";")]
#[source(format = "xlsx")]
#[source(encoding = "latin1")]
#[source(compressed)]
struct Source {
    number: i64,
}

#[derive(Row)]
#[row(table = "handed_over", hand_over = "lasy")]
struct HandedOver {
    number: i64,
}

#[derive(Row)]
#[row(table = "lazy_source", hand_over = "lazy", source)]
#[source(publish)]
struct LazySource {
    number: i64,
}

#[derive(Row)]
#[row(table = "grows", incremental = "upsert")]
struct Grows {
    number: i64,
}

#[derive(Row)]
#[row(table = "merged", incremental = "merge", latest = "changed", by = "night")]
struct Merged {
    number: i64,
    changed: Option<i64>,
}

#[derive(Row)]
#[row(table = "replaced", incremental = "replace", latest = "number", hand_over = "lazy")]
struct Replaced {
    number: i64,
}

#[derive(Row)]
#[row(table = "read", incremental = "append", source)]
struct ReadFromFiles {
    number: i64,
}

#[derive(Row)]
#[row(table = "elsewhere", partition = "nigth")]
struct Elsewhere {
    night: i64,
}

#[derive(Row)]
#[row(table = "unplaced", partition = "night", source)]
struct Unplaced {
    night: Option<chrono::NaiveDate>,
}

fn main() {}
