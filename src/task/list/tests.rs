use crate::prelude::*;
use crate::task::TaskList;

macro_rules! tasks_named {
    ($($task:ident)*) => {$(
        #[task]
        fn $task(numbers: &mut Value<i32, $task>) -> Result<()> {
            numbers.put(1)
        }

        impl crate::model::Named for $task {
            const NAME: &'static str = stringify!($task);
            const DOC: &'static str = "";
            const EXTENSION: &'static str = "";
        }
    )*};
}

tasks_named! { ingest clean rank audit extra more }

const REPORTS: Group = group!("reports": [rank, audit]);
const PROCESS: Group = group!("process": [clean, REPORTS]);
const LATE: Group = group!("late": [extra, more]);

/// ingest, process/clean, process/reports/rank, process/reports/audit
fn list() -> TaskList {
    tasks![ingest, PROCESS].list()
}

fn paths(list: &TaskList) -> String {
    list.entries().iter().map(super::Entry::path).collect::<Vec<_>>().join(" ")
}

#[test]
fn groups_are_flattened_and_stay_as_prefixes() {
    assert_eq!(paths(&list()), "ingest process/clean process/reports/rank process/reports/audit");
}

#[test]
fn a_chain_is_no_prefix() {
    let chain = chain!("hotel": [ingest, PROCESS]);
    assert_eq!(paths(chain.tasks()), paths(&list()));
    assert_eq!(chain.name(), "hotel");
    assert_eq!(chain.version(), Some(env!("CARGO_PKG_VERSION")));
}

#[test]
fn a_filter_keeps_the_order() {
    let kept = list().filter(|entry| &*entry.group != "process");
    assert_eq!(paths(&kept), "ingest process/reports/rank process/reports/audit");
}

#[test]
fn a_task_can_be_left_out() -> Result<()> {
    assert_eq!(paths(&list().without("clean")?), "ingest process/reports/rank process/reports/audit");
    Ok(())
}

#[test]
fn what_replaces_a_task_comes_into_its_groups() -> Result<()> {
    let replaced = list().replace("rank", LATE)?;
    let expected = "ingest process/clean process/reports/late/extra process/reports/late/more process/reports/audit";
    assert_eq!(paths(&replaced), expected);
    Ok(())
}

#[test]
fn tasks_are_put_in_before_and_after_one_in_their_order() -> Result<()> {
    let before = list().insert_before("clean", tasks![extra, more])?;
    assert_eq!(
        paths(&before),
        "ingest process/extra process/more process/clean process/reports/rank process/reports/audit"
    );
    let after = list().insert_after("audit", tasks![extra, more])?.insert_after("ingest", tasks![])?;
    assert_eq!(
        paths(&after),
        "ingest process/clean process/reports/rank process/reports/audit process/reports/extra process/reports/more"
    );
    Ok(())
}

#[test]
fn an_edit_at_a_task_that_is_not_there_says_which_is_near() {
    let text = |result: Result<TaskList, super::AnchorError>| result.unwrap_err().to_string();
    assert_eq!(text(list().without("claen")), "there is no task `claen` in the list; did you mean `clean`?");
    assert_eq!(text(list().replace("weather", tasks![])), "there is no task `weather` in the list");
    assert_eq!(text(list().insert_before("weather", tasks![])), "there is no task `weather` in the list");
    assert_eq!(text(list().insert_after("weather", tasks![])), "there is no task `weather` in the list");
}
