use purvey::prelude::*;

#[derive(Named)]
#[named("clean")]
struct CleanName;
type Clean = Value<i64, CleanName>;

#[task]
fn tidy(before: &Clean, after: &mut Clean) -> Result<()> {
    after.put(*before.get()?)
}

#[task]
fn compare(one: &Clean, other: Option<&Clean>, same: &mut Value<bool, Same>) -> Result<()> {
    same.put(other.is_some_and(|other| one.get().ok() == other.get().ok()))
}

#[derive(Named)]
#[named("same")]
struct Same;

fn main() {
    let _ = tasks![tidy];
}
