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
fn ingest(raw: &mut Raw) -> Result<()> {
    raw.put(1)
}

mod other {
    use super::*;

    #[task]
    pub fn ingest(clean: &mut Clean) -> Result<()> {
        clean.put(1)
    }
}

fn main() {
    let _ = tasks![ingest, other::ingest];
    let _ = tasks![ingest, ingest];
}
