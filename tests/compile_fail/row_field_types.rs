use purvey::prelude::*;

struct Hotel;

#[derive(Row)]
#[row(table = "stays")]
struct Stay {
    hotel: Hotel,
    guests: Option<Vec<String>>,
    nights: u128,
}

#[derive(Row)]
#[row(table = "misfits")]
struct Misfits {
    #[check(not_empty, min = 0)]
    nights: i32,
    #[check(max = 0.5)]
    guests: Option<u8>,
    #[check(min = 1)]
    meal: String,
    #[check(min = "2015-07-01", unique, finite)]
    arrival: chrono::NaiveDate,
    #[check(min = "zero", matches = "^1", one_of("1"))]
    rate: f64,
}

struct NoRow;

type Stays = Table<NoRow>;

#[task]
fn stay(_stays: &mut Stays) {}

fn main() {}
