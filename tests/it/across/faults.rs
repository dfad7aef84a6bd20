//! Partitions that do not go together.

use super::*;

/// Reads the nights of a day for a month, as they are.
#[task(partition = "month", name = "report")]
fn of_a_day(nights: &Table<Night>, monthly: &mut Value<i64, Monthly>) -> Result<()> {
    monthly.put(nights.height() as i64)
}

/// Reads the month for a day.
#[task(name = "roll")]
fn of_the_month(monthly: &Value<i64, Monthly>, rolling: &mut Value<i64, Rolling>) -> Result<()> {
    rolling.put(*monthly.get()?)
}

/// Reads the days within a day.
#[task(name = "roll")]
fn within_a_day(nights: &Across<Table<Night>, Within>, rolling: &mut Value<i64, Rolling>) -> Result<()> {
    rolling.put(nights.len() as i64)
}

/// Looks back from all data.
#[task(partition = "all", name = "sum_up")]
fn before_all(months: &Across<Value<i64, Monthly>, Preceding<1>>, ever: &mut Value<i64, Ever>) -> Result<()> {
    ever.put(months.len() as i64)
}

/// Looks back from a month over days.
#[task(partition = "month", name = "report")]
fn days_before(nights: &Across<Table<Night>, Trailing<2>>, monthly: &mut Value<i64, Monthly>) -> Result<()> {
    monthly.put(nights.len() as i64)
}

/// Reads all days for each day.
#[task(name = "roll")]
fn all_for_each(nights: &Across<Table<Night>, All>, rolling: &mut Value<i64, Rolling>) -> Result<()> {
    rolling.put(nights.len() as i64)
}

/// Reads a window of what nobody makes.
#[task(name = "carry")]
fn of_nobody(before: &Across<Value<i64, Balance>, Trailing<2>>, ever: &mut Value<i64, Ever>) -> Result<()> {
    ever.put(before.len() as i64)
}

#[test]
fn partitions_that_do_not_go_together_are_faults() {
    let hotel = Hotel::new();
    let faults = |tasks: TaskList| hotel.chain_of("2026-10-29", &tasks).check().unwrap_err().to_string();
    let whole = || TaskList::from(tasks![sell, roll, carry, report, sum_up]);
    insta::assert_snapshot!(faults(whole().replace("report", tasks![of_a_day]).unwrap()), @r"
    chain `hotel` has 1 fault
      - task `report` is run for each month and reads model `nights`, which `sell` makes for each day; read `&Across<…, Within>` of it
    ");
    insta::assert_snapshot!(faults(whole().replace("roll", tasks![of_the_month]).unwrap()), @r#"
    chain `hotel` has 1 fault
      - task `roll` is run for each day and reads model `monthly`, which `report` makes for each month; let one of the two be run as the other is, with `#[task(partition = "…")]`
    "#);
    insta::assert_snapshot!(faults(whole().replace("roll", tasks![within_a_day]).unwrap()), @r"
    chain `hotel` has 1 fault
      - task `roll` cannot read the partitions within one of model `nights`: that is made for each day, and the task is run for each day
    ");
    insta::assert_snapshot!(faults(whole().replace("sum_up", tasks![before_all]).unwrap()), @r"
    chain `hotel` has 1 fault
      - task `sum_up` cannot read the partition before of model `monthly`: the task is run for all data, which has no partition before it; `All` reads all there are
    ");
    insta::assert_snapshot!(faults(whole().replace("report", tasks![days_before]).unwrap()), @r"
    chain `hotel` has 1 fault
      - task `report` cannot read the last 2 partitions of model `nights`: that is made for each day, and the task is run for each month
    ");
    insta::assert_snapshot!(faults(whole().replace("roll", tasks![all_for_each]).unwrap()), @r#"
    chain `hotel` has 1 fault
      - task `roll` cannot read all partitions of model `nights`: only a task that is run once for all data does, `#[task(partition = "all")]`
    "#);
    insta::assert_snapshot!(faults(whole().without("sum_up").unwrap().replace("carry", tasks![of_nobody]).unwrap()), @r"
    chain `hotel` has 1 fault
      - model `balance` is required by `carry` and provided by no task; add a task that provides it, supply it, or declare it a source
    ");
}

#[test]
fn tasks_that_work_with_partitions_need_data_that_is_cut() {
    let tasks: TaskList = tasks![sell, roll, report].into();
    let chain =
        |tasks: &TaskList| Orchestrator::new(JobContext::new("hotel"), tasks.entries().to_vec(), Sections::models());
    insta::assert_snapshot!(chain(&tasks).check().unwrap_err(), @r#"
    chain `hotel` has 2 faults
      - task `roll` works with partitions, and the data of the chain is not cut into any; `[partitions]` in its configuration says how it is to be, such as `by = "day"`
      - task `report` works with partitions, and the data of the chain is not cut into any; `[partitions]` in its configuration says how it is to be, such as `by = "day"`
    "#);
    let listed = Partitioning::of_list(["seehof"]).unwrap();
    let job = JobContext::new("hotel").with_partition(listed.find("seehof").unwrap());
    let chain = Orchestrator::new(job, tasks.entries().to_vec(), Sections::models())
        .with_partitions(listed, Arc::new(MemoryStores::default()));
    insta::assert_snapshot!(chain.check().unwrap_err(), @r#"
    chain `hotel` has 1 fault
      - task `report` is run for each month, and the data of the chain is cut by a list, which has no time; only `partition = "all"` goes with it
    "#);
}

#[test]
fn without_a_ledger_nobody_knows_what_other_partitions_have() {
    let hotel = Hotel::new();
    let job = JobContext::new("hotel").with_partition(hotel.partition("2026-10-31"));
    let mut chain = Orchestrator::new(job, TaskList::from(tasks![sell, roll]).entries().to_vec(), Sections::models())
        .with_partitions(hotel.days.clone(), Arc::new(hotel.stores()));
    insta::assert_snapshot!(chain.run().unwrap_err(), @"`roll` reads several partitions of model `nights`, which can be found only with a ledger and a store for each partition; `Orchestrator::with_ledger` and `Orchestrator::with_partitions` give it them");
}
