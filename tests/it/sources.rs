//! Models that are read from outside: by whom, how far, and what is told of rows that cannot be read.

use std::path::Path;

use insta::assert_snapshot;
use purvey::Section;
use purvey::event::State;
use purvey::prelude::*;

/// A reading as the station sends it.
#[derive(Row, Clone, Debug, PartialEq)]
#[row(table = "raw_readings", source)]
#[source(separator = ";", decimal = ",", rejects = "unreadable_readings")]
struct RawReading {
    station: String,
    degrees: f64,
}

type RawReadings = Table<RawReading>;
type UnreadableReadings = Table<Rejected<RawReading>>;

/// How many readings there are.
#[derive(Named)]
#[named("count")]
struct Count;

/// How many readings could not be read.
#[derive(Named)]
#[named("slips")]
struct Slips;

#[task]
fn count(raw: &RawReadings, count: &mut Value<usize, Count>) -> Result<()> {
    count.put(raw.height())
}

#[task]
fn slips(bad: &UnreadableReadings, slips: &mut Value<usize, Slips>) -> Result<()> {
    slips.put(bad.height())
}

/// A folder with a file of readings in it.
fn readings(text: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("readings.csv"), text).unwrap();
    folder
}

fn station(chain: Chain, folder: &Path) -> Orchestrator {
    let section = Section::default().with("path", folder.to_string_lossy().into_owned());
    Orchestrator::new(JobContext::new("station"), chain, Sections::models().with("raw_readings", section))
}

const TWO_OF_THREE: &str = "station;degrees\nSeehof;1,5\nAlpenblick;warm\nSeehof;2,5\n";

#[test]
fn rule_3_a_source_is_read_and_its_rejects_come_with_it() {
    let folder = readings(TWO_OF_THREE);
    let mut chain = station(chain!("station": [count, slips]), folder.path())
        .keep::<Value<usize, Count>>()
        .keep::<Value<usize, Slips>>();
    let mut outcome = chain.run().unwrap();
    assert_eq!(
        outcome.steps().iter().map(|step| &*step.name).collect::<Vec<_>>(),
        ["read_raw_readings", "count", "slips"]
    );
    assert_eq!(*outcome.take::<Value<usize, Count>>().unwrap().get().unwrap(), 2);
    assert_eq!(*outcome.take::<Value<usize, Slips>>().unwrap().get().unwrap(), 1);
}

#[test]
fn rule_3_rejects_alone_have_their_source_read() {
    let folder = readings(TWO_OF_THREE);
    let mut chain = station(chain!("station": [slips]), folder.path()).keep::<Value<usize, Slips>>();
    assert_eq!(*chain.run().unwrap().take::<Value<usize, Slips>>().unwrap().get().unwrap(), 1);
}

#[test]
fn a_source_of_which_no_row_can_be_read_fails() {
    let folder = readings("station;degrees\nSeehof;warm\nSeehof;cold\n");
    let outcome = station(chain!("station": [count]), folder.path()).run().unwrap();
    let step = outcome.step("read_raw_readings").unwrap();
    assert_eq!(step.state, State::Failed);
    let message = step.failure.as_ref().unwrap().messages.join("\n").replace(&*folder.path().to_string_lossy(), "in");
    assert_snapshot!(message, @"none of the 2 rows of source `raw_readings` can be read; the first: in/readings.csv:2: column `degrees`: `warm` is not a number; does [models.raw_readings] say how its files are written?");
}

#[test]
fn rule_2_options_of_a_source_that_make_no_sense_are_faults() {
    let section = Section::default().with("decimal", ";").with("path", "readings.csv");
    let models = Sections::models().with("raw_readings", section);
    let chain = Orchestrator::new(JobContext::new("station"), tasks![count], models);
    assert_snapshot!(chain.check().unwrap_err(), @r"
    chain `station` has 1 fault
      - wrong values in [models.raw_readings] (code): `decimal` is ';'; it must be '.' or ','
    ");
}
