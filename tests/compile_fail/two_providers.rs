use purvey::prelude::*;

#[derive(Named)]
#[named("clean")]
struct CleanName;
type Clean = Value<i64, CleanName>;

#[task]
fn by_hand(clean: &mut Clean) -> Result<()> {
    clean.put(1)
}

#[task]
fn by_machine(clean: &mut Clean) -> Result<()> {
    clean.put(2)
}

fn main() {
    let _ = tasks![by_hand, by_machine];
}
