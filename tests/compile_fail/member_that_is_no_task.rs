use purvey::prelude::*;

struct Hotel;

fn helper() {}

fn main() {
    let _ = tasks![Hotel];
    let _ = tasks![helper];
    let _ = chain!("hotel": [Hotel, unheard_of]);
    let _ = chain!("hotel", [Hotel]);
}
