use purvey::prelude::*;

#[derive(Named)]
#[named("clean")]
struct CleanName;
type Clean = Value<i64, CleanName>;

#[task]
fn count(clean: &mut Clean) -> i64 {
    clean.put(1).map_or(0, |()| 1)
}

#[task]
fn tell(clean: &mut Clean) -> Result<i64> {
    clean.put(1)?;
    Ok(1)
}

fn main() {}
