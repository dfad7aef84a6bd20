use purvey::prelude::*;

#[derive(Named)]
#[named("clean")]
struct CleanName;
type Clean = Value<i64, CleanName>;

struct Hotel;

#[task]
fn clean(year: i32, hotel: &Hotel, clean: &mut Clean) -> Result<()> {
    let _ = (year, hotel);
    clean.put(1)
}

#[task]
fn dirty(_hotels: Vec<Clean>, _hotel: &mut Hotel) {}

fn main() {}
