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
fn ingest(clean: &Clean, raw: &mut Raw) -> Result<()> {
    raw.put(*clean.get()?)
}

#[task]
fn tidy(raw: &Raw, clean: &mut Clean) -> Result<()> {
    clean.put(*raw.get()?)
}

const GROUP: Group = group!("process": [ingest, tidy]);

fn main() {
    // The group is refused, and nothing more is said of the chain that has it.
    let _ = chain!("hotel": [GROUP]);
}
