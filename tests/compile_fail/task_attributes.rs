use purvey::prelude::*;

#[derive(Named)]
#[named("clean")]
struct CleanName;
type Clean = Value<i64, CleanName>;

#[task(timeout = "five minutes")]
fn in_words(_clean: &mut Clean) {}

#[task(timeout = 300)]
fn without_unit(_clean: &mut Clean) {}

#[task(timeout = "0s")]
fn at_once(_clean: &mut Clean) {}

#[task(backoff = "10us")]
fn too_short(_clean: &mut Clean) {}

#[task(retries = "2")]
fn in_quotes(_clean: &mut Clean) {}

#[task(version = 2)]
fn without_quotes(_clean: &mut Clean) {}

#[task(version = "")]
fn without_version(_clean: &mut Clean) {}

#[task(partition = "quarter")]
fn each_quarter(_clean: &mut Clean) {}

#[task(ranges = "split")]
fn in_pieces(_clean: &mut Clean) {}

#[task(ranges = "coalesce", max = 1)]
fn one_by_one(_clean: &mut Clean) {}

#[task(max = 31)]
fn at_most(_clean: &mut Clean) {}

#[task(ranges = "coalesce", partition = "all")]
fn all_at_once(_clean: &mut Clean) {}

fn main() {}
