use purvey::prelude::*;

#[derive(Named)]
#[named("nights")]
struct NightsName;
type Nights = Value<i64, NightsName>;

#[derive(Named)]
#[named("rolling")]
struct RollingName;
type Rolling = Value<i64, RollingName>;

#[task]
fn no_window(nights: &Across<Nights, i64>, rolling: &mut Rolling) {
    let _ = (nights, rolling);
}

#[task]
fn of_itself(before: &Across<Rolling, Trailing<2>>, rolling: &mut Rolling) {
    let _ = (before, rolling);
}

#[task]
fn roll(nights: &Across<Nights, Trailing<7>>, rolling: &mut Rolling) {
    let _ = (nights, rolling);
}

fn main() {
    let _ = chain!("hotel": [roll]);
}
