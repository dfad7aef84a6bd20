use purvey::prelude::*;

struct Hotel;

#[derive(Row)]
#[row(table = "stays")]
struct Stay {
    hotel: Hotel,
    guests: Option<Vec<String>>,
    nights: u128,
}

struct NoRow;

type Stays = Table<NoRow>;

#[task]
fn stay(_stays: &mut Stays) {}

fn main() {}
