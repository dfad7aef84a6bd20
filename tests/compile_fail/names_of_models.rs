use purvey::prelude::*;

#[derive(Named)]
struct Nameless;

#[derive(Named)]
#[named("Exchange Rate")]
struct Capital;

#[derive(Named)]
#[named("rate", ending = "html")]
struct Ending;

struct Plain;

#[task]
fn rate(_rate: &mut Value<f64, Plain>) {}

fn main() {}
