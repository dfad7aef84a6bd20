use super::*;
use crate::partition::{Partitioning, Unit};

fn reads(list: &[(&str, Option<&str>)]) -> BTreeMap<String, Option<String>> {
    list.iter().map(|(name, text)| ((*name).to_owned(), text.map(str::to_owned))).collect()
}

#[test]
fn a_step_knows_which_parameters_it_has_read() {
    let run = JobContext::new("alpine").with_param("season", "winter").with_param("top", 5).with_param("year", 2016);
    let step = run.for_step();

    assert_eq!(step.param::<String>("season").unwrap().as_deref(), Some("winter"));
    assert_eq!(step.clone().param::<u32>("top").unwrap(), Some(5));
    assert_eq!(step.param::<u32>("hotel").unwrap(), None);
    assert_eq!(step.param_text("year").as_deref(), Some("2016"));

    assert_eq!(step.params_read(), reads(&[("hotel", None), ("season", Some("winter")), ("top", Some("5"))]));
}

#[test]
fn a_call_for_several_partitions_has_no_single_one() {
    let days = Partitioning::of_time(Unit::Day, "Europe/Zurich").unwrap();
    let [first, last] = ["2026-10-24", "2026-10-26"].map(|day| days.find(day).unwrap());
    let job = JobContext::new("alpine").with_partitions(days.range(&first, &last).unwrap());

    assert_eq!(
        job.partition().unwrap_err().to_string(),
        "this call is for 3 partitions, 2026-10-24 to 2026-10-26; a task that takes ranges asks for `job.partitions()`"
    );
    let range = job.partitions().unwrap();
    assert_eq!((range.first(), range.last()), (&first, &last));
    // The clocks are put back on the 25th.
    assert_eq!(range.interval().unwrap().hours(), 73.0);
    assert_eq!(range.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "), "2026-10-24 2026-10-25 2026-10-26");
    assert!(days.range(&last, &first).is_none());

    let one = JobContext::new("alpine").with_partition(first.clone());
    assert_eq!((one.partitions().unwrap().to_string(), one.partition().unwrap()), ("2026-10-24".to_owned(), &first));
    let none = JobContext::new("alpine");
    assert_eq!(none.partitions().unwrap_err().to_string(), none.partition().unwrap_err().to_string());
}

#[test]
fn a_renewed_context_is_that_of_another_step() {
    let run = JobContext::new("alpine").with_param("top", 5);
    let mut step = run.for_step();
    let untouched = step.cancel().flag();
    drop(untouched);
    step.renew(&run);
    step.param::<u32>("top").unwrap();
    step.renew(&run);
    assert!(step.params_read().is_empty());
    step.cancel().cancel();
    step.renew(&run);
    assert!(!step.cancel().is_cancelled());
    let kept = step.clone();
    step.renew(&run);
    kept.cancel().cancel();
    kept.param::<u32>("top").unwrap();
    assert!(!step.cancel().is_cancelled() && step.params_read().is_empty());
}

#[test]
fn a_parameter_that_cannot_be_read_counts_as_read() {
    let step = JobContext::new("alpine").with_param("top", "many").for_step();
    assert_eq!(
        step.param::<u32>("top").unwrap_err().to_string(),
        "parameter `top` (code) is `many`: invalid digit found in string"
    );
    assert_eq!(step.params_read(), reads(&[("top", Some("many"))]));
}

#[test]
fn steps_share_neither_what_they_read_nor_the_wish_to_stop() {
    let run = JobContext::new("alpine");
    let (one, other) = (run.for_step(), run.for_step());
    one.param::<u32>("top").unwrap();
    run.param::<u32>("year").unwrap();
    one.cancel().cancel();

    assert!(other.params_read().is_empty() && run.params_read().is_empty());
    assert!(!other.cancel().is_cancelled() && !run.cancel().is_cancelled());
    run.cancel().cancel();
    assert!(other.cancel().is_cancelled());
}
