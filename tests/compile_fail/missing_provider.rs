use purvey::prelude::*;

#[derive(Named)]
#[named("raw")]
struct RawName;
type Raw = Value<i64, RawName>;

#[derive(Named)]
#[named("clean")]
struct CleanName;
type Clean = Value<i64, CleanName>;

#[task]
fn clean_raw(raw: &Raw, clean: &mut Clean) -> Result<()> {
    clean.put(*raw.get()?)
}

const GROUP: Group = group!("process": [clean_raw]);

fn main() {
    let _ = chain!("hotel": [GROUP]);
}
