//! Checks of tables as a whole: what they find, what becomes of the run, and what is on record of it.

use std::sync::Arc;

use insta::assert_snapshot;
use proptest::prelude::*;
use purvey::Section;
use purvey::event::{Checked, Ending, State, StepEnd};
use purvey::ledger::{Ledger, MemoryLedger};
use purvey::polars;
use purvey::prelude::*;
use purvey::run::Outcome;
use purvey::schema::HandOver;
use purvey::store::{MemoryStore, Store};

/// Somebody who sends guests.
#[derive(Row, Clone, Debug, PartialEq)]
#[row(table = "agents", key = "id")]
struct Agent {
    id: i64,
}

/// One night in one hotel.
#[derive(Row, Clone, Debug, PartialEq)]
#[row(table = "nights", key = "id", order_by = "id desc")]
#[check(rows(min = 1, max = 6), change(max = "50%"))]
#[check(unique("hotel, night"), relation(column = "agent", to = Agent::ID))]
#[check(holds(revenue_is_positive), holds(most_are_paid, severity = "warn"))]
struct Night {
    id: i64,
    hotel: Option<String>,
    night: i64,
    agent: Option<i64>,
    revenue: f64,
}

fn revenue_is_positive() -> Expr {
    col(Night::REVENUE).gt(lit(0.0)).or(col(Night::NIGHT).lt(lit(0)))
}

fn most_are_paid() -> Expr {
    col(Night::REVENUE).mean().gt(lit(10.0))
}

/// The revenue of all.
#[derive(Named)]
#[named("revenue")]
struct Revenue;

#[task(version = "1")]
fn agents(agents: &mut Table<Agent>) -> Result<()> {
    agents.put(vec![Agent { id: 1 }, Agent { id: 2 }])
}

/// Takes its rows from a parameter: hotel, night, agent and revenue of each.
#[task(version = "1")]
fn nights(job: &JobContext, _agents: &Table<Agent>, nights: &mut Table<Night>) -> Result<()> {
    let said = job.param::<String>("nights")?.unwrap_or_default();
    let mut rows = Vec::new();
    for (at, line) in said.lines().enumerate() {
        let words: Vec<&str> = line.split(' ').collect();
        rows.push(Night {
            id: at as i64 + 1,
            hotel: Some(words[0].to_owned()).filter(|hotel| hotel != "?"),
            night: words[1].parse()?,
            agent: Some(words[2].parse()?).filter(|agent| *agent > 0),
            revenue: words[3].parse()?,
        });
    }
    nights.put(Night::to_frame(rows).lazy())
}

#[task(version = "1")]
fn revenue(nights: &Table<Night>, revenue: &mut Value<f64, Revenue>) -> Result<()> {
    revenue.put(nights.rows()?.iter().map(|night| night.revenue).sum())
}

type Said = (&'static str, i64, i64, f64);

const GOOD: [Said; 2] = [("Post", 1, 1, 20.0), ("Post", 2, 2, 30.0)];
const BAD: [Said; 5] =
    [("Post", 1, 1, 20.0), ("Post", 1, 7, -1.0), ("Adler", 1, 1, 0.0), ("?", 1, 0, 1.0), ("?", 1, 9, 1.0)];

/// A hotel whose results outlive its runs.
struct Hotel {
    store: Arc<MemoryStore>,
    ledger: Arc<MemoryLedger>,
    section: Section,
}

impl Hotel {
    fn new() -> Hotel {
        Hotel { store: Arc::default(), ledger: Arc::default(), section: Section::default() }
    }

    fn with(self, key: &str, value: impl Into<toml::Value>) -> Hotel {
        Hotel { section: self.section.with(key, value), ..self }
    }

    fn chain(&self, said: &[Said]) -> Orchestrator {
        let lines = said.iter().map(|(hotel, night, agent, revenue)| format!("{hotel} {night} {agent} {revenue}\n"));
        let job = JobContext::new("hotel").with_param("nights", lines.collect::<String>());
        let models = Sections::models().with("nights", self.section.clone());
        Orchestrator::new(job, tasks![agents, nights, revenue], models)
            .with_store(Arc::clone(&self.store) as _)
            .with_ledger(Arc::clone(&self.ledger) as _)
    }

    fn run(&self, said: &[Said]) -> Outcome {
        self.chain(said).run().unwrap()
    }

    /// What is published, by model and run.
    fn published(&self) -> Vec<(String, purvey::RunId)> {
        let versions = self.store.published().unwrap().map_or(Vec::new(), |published| published.versions);
        versions.into_iter().map(|version| (version.model, version.run)).collect()
    }
}

fn step<'o>(outcome: &'o Outcome, name: &str) -> &'o StepEnd {
    outcome.steps().iter().find(|step| *step.name == *name).unwrap()
}

fn message(outcome: &Outcome) -> String {
    let failure = step(outcome, "nights").failure.as_ref().unwrap();
    format!("{}: {}", failure.class, failure.messages.join("\n"))
}

#[test]
fn a_table_that_passes_is_published_and_what_was_found_is_on_record() {
    let hotel = Hotel::new();
    let outcome = hotel.run(&GOOD);
    assert_eq!(outcome.ending(), Ending::Done);
    let told = |checks: &[Checked]| {
        let each = checks.iter().map(|it| {
            format!("{} {} {} {} {:?} {:?}", it.model, it.check, it.severity, it.passed, it.failing, it.measured)
        });
        each.collect::<Vec<_>>().join("\n")
    };
    let checks = &step(&outcome, "nights").checks;
    assert_snapshot!(told(checks), @r"
    nights rows error true None Some(2.0)
    nights change error true None None
    nights unique_hotel_night error true Some(0) None
    nights relation_agent error true Some(0) None
    nights revenue_is_positive error true Some(0) None
    nights most_are_paid warn true None None
    ");
    let record = hotel.ledger.steps(outcome.run()).unwrap();
    assert_eq!(record[1].checks, *checks);
    assert_eq!(record[0].checks, []);

    let again = hotel.run(&GOOD);
    assert_eq!(step(&again, "nights").state, State::Reused);
    assert_eq!(step(&again, "nights").checks, []);
    assert_eq!(hotel.ledger.steps(again.run()).unwrap()[1].checks, []);
}

#[test]
fn a_table_that_does_not_pass_fails_its_task_with_what_was_found_and_readers_keep_the_last_good_version() {
    let hotel = Hotel::new();
    hotel.run(&GOOD);
    let before = hotel.published();

    let outcome = hotel.run(&BAD);
    assert_eq!(outcome.ending(), Ending::Failed);
    assert_eq!(step(&outcome, "revenue").state, State::Skipped);
    assert_eq!(hotel.published(), before);
    assert_snapshot!(message(&outcome), @r#"
    data: model `nights` does not pass its checks:
      check `change`: it has 5 rows, 3 more than the 2 of the version before; that is 150.0%, and 50% is allowed
      check `unique_hotel_night`: 2 of 5 rows are not unique in `hotel`, `night`
        row 4 and 1 other row: hotel "Post", night 1
      check `relation_agent`: 2 of 5 rows have a value in `agent` that `id` of model `agents` does not have
        row 1 (id 5): agent 9
        row 4 (id 2): agent 7
      check `revenue_is_positive`: it does not hold for 2 of 5 rows
        row 3 (id 3): night 1, revenue 0.0
        row 4 (id 2): night 1, revenue -1.0
    where the data is right, change [models.nights.checks.change] in the configuration, or say `severity = "warn"` there
    "#);
    let record = &hotel.ledger.steps(outcome.run()).unwrap()[1];
    assert_eq!(record.state, State::Failed);
    assert_eq!(record.checks, step(&outcome, "nights").checks);
    let failed: Vec<&str> = record.checks.iter().filter(|it| !it.passed).map(|it| &*it.check).collect();
    let all = ["change", "unique_hotel_night", "relation_agent", "revenue_is_positive", "most_are_paid"];
    assert_eq!(failed, all);
}

#[test]
fn a_warning_is_told_and_recorded_and_the_run_is_done() {
    let hotel = Hotel::new();
    let outcome = hotel.run(&[("Post", 1, 1, 2.0)]);
    assert_eq!(outcome.ending(), Ending::Done);
    let warning = step(&outcome, "nights").checks.iter().find(|it| it.is_warning()).unwrap();
    assert_eq!((&*warning.check, warning.failing), ("most_are_paid", None));
    assert_eq!(warning.message.as_deref(), Some("it does not hold for the table"));
    assert!(hotel.published().iter().any(|(model, run)| model == "nights" && *run == outcome.run()));
}

#[test]
fn the_configuration_loosens_adds_and_silences_checks_and_a_changed_one_is_made_again() {
    let hotel = Hotel::new().with("checks.change.severity", "off").with("checks.rows.max", 9);
    assert_eq!(hotel.run(&GOOD).ending(), Ending::Done);
    assert_eq!(step(&hotel.run(&GOOD), "nights").state, State::Reused);

    let hotel = hotel.with("checks.rows.min", 3).with("checks.rows.severity", "warn");
    let outcome = hotel.run(&GOOD);
    assert_eq!((outcome.ending(), step(&outcome, "nights").state), (Ending::Done, State::Done));
    let rows = &step(&outcome, "nights").checks[0];
    assert_eq!(rows.message.as_deref(), Some("it has 2 rows, and 3 are the least allowed"));
    assert_eq!((rows.measured, rows.min, rows.max), (Some(2.0), Some(3.0), Some(9.0)));
    assert_eq!(rows.rule, "rows(min = 3, max = 9)");

    let hotel = hotel.with("checks.one_a_night.unique", vec!["night"]).with("checks.known.column", "id");
    let hotel = hotel.with("checks.known.to", "agents.id");
    let outcome = hotel.run(&[("Post", 1, 1, 20.0), ("Adler", 1, 2, 20.0), ("Adler", 2, 2, 20.0)]);
    assert_snapshot!(message(&outcome), @r#"
    data: model `nights` does not pass its checks:
      check `known`: 1 of 3 rows has a value in `id` that `id` of model `agents` does not have
        row 1 (id 3)
      check `one_a_night`: 2 of 3 rows are not unique in `night`
        row 2 and 1 other row: night 1
    where the data is right, change [models.nights.checks.known] in the configuration, or say `severity = "warn"` there
    "#);
}

#[test]
fn a_change_is_one_against_the_version_that_is_published() {
    let hotel = Hotel::new();
    let many = |nights: i64| (0..nights).map(|night| ("Post", night, 1, 20.0)).collect::<Vec<_>>();
    assert_eq!(hotel.run(&many(4)).ending(), Ending::Done);
    assert_eq!(hotel.run(&many(6)).ending(), Ending::Done);
    assert_eq!(hotel.run(&many(3)).ending(), Ending::Done);
    assert_eq!(hotel.run(&many(1)).ending(), Ending::Failed);
    // That one was not published, so it is nothing to compare with.
    let outcome = hotel.run(&many(2));
    let change = &step(&outcome, "nights").checks[1];
    assert_eq!((change.passed, change.measured, change.max), (true, Some(1.0 / 3.0), Some(0.5)));
}

/// What is wrong with a configuration.
fn fault(hotel: &Hotel) -> String {
    hotel.chain(&GOOD).check().unwrap_err().to_string()
}

#[test]
fn what_the_configuration_gets_wrong_is_told_before_anything_runs() {
    assert_snapshot!(fault(&Hotel::new().with("checks.row.min", 3)), @r"
    chain `hotel` has 1 fault
      - unknown key `checks.row` in [models.nights] (code); did you mean `rows`?
    ");
    assert_snapshot!(fault(&Hotel::new().with("checks.rows.column", "id")), @r"
    chain `hotel` has 1 fault
      - unknown key `checks.rows.column` in [models.nights] (code)
    ");
    assert_snapshot!(fault(&Hotel::new().with("checks.change.max", 3)), @r#"
    chain `hotel` has 1 fault
      - wrong value for `checks.change.max` in [models.nights] (code): it is a share here; write it as a percentage, such as "5%"
    "#);
    assert_snapshot!(fault(&Hotel::new().with("checks.x.unique", vec!["nigth"])), @r"
    chain `hotel` has 1 fault
      - wrong value for `checks.x.unique` in [models.nights] (code): there is no column `nigth`; did you mean `night`?
    ");
    assert_snapshot!(fault(&Hotel::new().with("checks.relation_agent.to", "agent.id")), @r"
    chain `hotel` has 1 fault
      - wrong value for `checks.relation_agent.to` in [models.nights] (code): the chain has no model `agent`; did you mean `agents`?
    ");
    assert_snapshot!(fault(&Hotel::new().with("checks.rows.severity", "fatal")), @r"
    chain `hotel` has 1 fault
      - wrong value for `checks.rows.severity` in [models.nights] (code): unknown variant `fatal`, expected one of `error`, `warn`, `off`
    ");
}

/// Rooms of a hotel, of which something is said that cannot be checked.
#[derive(Row, Clone, Debug, PartialEq)]
#[row(table = "rooms")]
#[check(holds(rooms_are_fine), relation(column = "agent", to = Agent::ID))]
struct Room {
    agent: i64,
}

fn rooms_are_fine() -> Expr {
    col(Room::AGENT) + lit(1)
}

#[task(version = "1")]
fn rooms(rooms: &mut Table<Room>) -> Result<()> {
    rooms.put(vec![])
}

#[test]
fn a_check_that_cannot_be_made_is_a_fault_of_the_chain() {
    let chain = Orchestrator::new(JobContext::new("hotel"), tasks![agents, rooms], Sections::models());
    assert_snapshot!(chain.check().unwrap_err().to_string(), @r"
    chain `hotel` has 2 faults
      - check `rooms_are_fine` of model `rooms` cannot be made: its expression gives int64, and has to say true or false
      - check `relation_agent` of model `rooms` cannot be made: values are looked up in model `agents`, which task `rooms` neither requires nor provides; let it require `agents`, too
    ");
}

/// What nobody has computed.
#[derive(Row, Clone, Debug, PartialEq)]
#[row(table = "beds", hand_over = "lazy")]
struct Bed {
    number: i64,
}

#[task(version = "1")]
fn beds(beds: &mut Table<Bed>, agents: &mut Table<Agent>) -> Result<()> {
    let numbers = polars::df!("number" => ["x"])?.lazy();
    beds.put(numbers.with_column(col("number").strict_cast(DataType::Int64)))?;
    agents.put(vec![])
}

#[task(version = "1")]
fn first(beds: &Table<Bed>, revenue: &mut Value<f64, Revenue>) -> Result<()> {
    revenue.put(beds.rows()?.len() as f64)
}

/// The same again.
#[derive(Named)]
#[named("second")]
struct Second;

#[task(version = "1")]
fn second(beds: &Table<Bed>, second: &mut Value<f64, Second>) -> Result<()> {
    second.put(beds.rows()?.len() as f64)
}

#[test]
fn a_query_without_checks_is_left_to_its_readers_also_beside_a_table_with_checks() {
    let section = Section::default().with("checks.rows.max", 3);
    let models = Sections::models().with("agents", section);
    let outcome = Orchestrator::new(JobContext::new("hotel"), tasks![beds, first, second], models).run().unwrap();
    let states = ["beds", "first", "second"].map(|name| step(&outcome, name).state);
    assert_eq!(states, [State::Done, State::Failed, State::Failed]);
    assert_eq!(step(&outcome, "beds").checks.len(), 1);
}

fn said() -> impl Strategy<Value = Said> {
    let hotel = proptest::sample::select(vec!["Post", "Adler", "?"]);
    (hotel, 0..4_i64, 0..4_i64, proptest::sample::select(vec![-1.0, 0.0, 5.0, 50.0]))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_same_is_found_in_memory_in_a_query_and_in_a_file(
        before in proptest::collection::vec(said(), 0..4), now in proptest::collection::vec(said(), 0..9)
    ) {
        let found = [HandOver::Memory, HandOver::Lazy, HandOver::Stored].map(|hand_over| {
            let hotel = Hotel::new();
            let names = ["rows", "change", "unique_hotel_night", "relation_agent", "revenue_is_positive"];
            let all = names.iter().fold(hotel.with("hand_over", hand_over.as_str()), |hotel, name| {
                hotel.with(&format!("checks.{name}.severity"), "warn")
            });
            [&before, &now].map(|said| {
                let outcome = all.run(said);
                assert_eq!(outcome.ending(), Ending::Done);
                step(&outcome, "nights").checks.clone()
            })
        });
        prop_assert_eq!(&found[0], &found[1]);
        prop_assert_eq!(&found[0], &found[2]);
    }
}
