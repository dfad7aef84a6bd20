use purvey::prelude::*;

#[derive(Named)]
#[named("raw")]
struct RawName;
type Raw = Value<i64, RawName>;

#[task]
fn print_raw(raw: &Raw) -> Result<()> {
    let _ = raw.get()?;
    Ok(())
}

fn main() {}
