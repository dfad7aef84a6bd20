use purvey::prelude::*;

#[derive(Named)]
#[named("clean")]
struct CleanName;
type Clean = Value<i64, CleanName>;

#[task]
async fn waits(_clean: &mut Clean) {}

#[task]
fn any<M: Model>(_model: &mut M) {}

#[task(retry = 3)]
fn again(_clean: &mut Clean) {}

#[task(name = "Clean It", tags())]
fn clean_it(_clean: &mut Clean) {}

#[task]
#[allow(non_snake_case)]
fn Clean2(_clean: &mut Clean) {}

#[task]
struct NoFunction;

struct Cleaner;

impl Cleaner {
    #[task]
    fn method(&self, _clean: &mut Clean) {}
}

fn main() {}
