//! Sources that are a table of a database, of which each row is read once.

use purvey::event::State;
use purvey::session::{Keep, Request};
use rusqlite::Connection;

use super::{DONE, FAILED, Hotel, Input, REUSED};

/// A database into which another program writes what changes.
struct Register {
    hotel: Hotel,
    writer: Connection,
}

impl Register {
    fn new() -> Register {
        let hotel = Hotel { input: Input::Register, ..Hotel::new() };
        let writer = Connection::open(hotel.folder.path().join("hotel.sqlite")).unwrap();
        writer.execute_batch("CREATE TABLE register (booking INT, nights INT, changed INT, clerk TEXT)").unwrap();
        Register { hotel, writer }
    }

    /// Bookings of these numbers that changed at that moment.
    fn book(&self, numbers: &[i64], changed: i64) -> &Register {
        for number in numbers {
            let sql = "INSERT INTO register (booking, nights, changed) VALUES (?, 1, ?)";
            self.writer.execute(sql, [number, &changed]).unwrap();
        }
        self
    }

    fn run(&self) -> [Option<State>; 4] {
        self.run_with(&[])
    }

    /// How `read_changes`, `merge`, `log` and `count` have ended.
    fn run_with(&self, params: &[(&str, &str)]) -> [Option<State>; 4] {
        let outcome = self.hotel.chain(params).run().unwrap();
        ["read_changes", "merge", "log", "count"].map(|task| outcome.state(task))
    }

    fn log(&self) -> Vec<i64> {
        self.hotel.numbers_logged()
    }

    /// Why `read_changes` would run, or not.
    fn why(&self) -> String {
        let chain = self.hotel.chain(&[]);
        let blueprint = chain.check().unwrap();
        let plan = chain.plan(&blueprint, &Request::default()).unwrap();
        let step = plan.steps().iter().find(|step| blueprint.task(step.task).task.name() == "read_changes").unwrap();
        step.reasons.iter().map(ToString::to_string).collect()
    }

    /// Why `read_changes` failed.
    fn failure(&self) -> String {
        let outcome = self.hotel.chain(&[]).run().unwrap();
        outcome.step("read_changes").unwrap().failure.clone().unwrap().messages.concat()
    }
}

#[test]
fn each_row_of_a_table_is_read_once() {
    let register = Register::new();
    register.book(&[1, 2], 10).book(&[3], 11).run();
    assert_eq!(register.log(), [1, 2, 3]);
    // Some have the time up to which it was read.
    assert_eq!(register.book(&[4], 11).book(&[5], 12).run(), [DONE, DONE, DONE, DONE]);
    assert_eq!(register.log(), [1, 2, 3, 4, 5]);
    assert_eq!(register.why(), "table `register` has no new rows any more");
    assert_eq!(register.run(), [DONE, DONE, DONE, REUSED], "nothing is new, so that nothing comes out differently");
    assert_eq!(register.run(), [REUSED, REUSED, REUSED, REUSED]);
    assert_eq!(register.log(), [1, 2, 3, 4, 5]);
    register.book(&[6], 12);
    assert_eq!(register.why(), "table `register` has new rows");
    register.run();
    assert_eq!(register.log(), [1, 2, 3, 4, 5, 6]);
}

#[test]
fn a_table_that_was_empty_at_first_is_read_when_it_is_not() {
    let register = Register::new();
    register.run();
    assert_eq!(register.log(), [0; 0]);
    assert_eq!(register.run(), [REUSED, REUSED, REUSED, REUSED]);
    register.book(&[1], -5).run();
    assert_eq!(register.log(), [1]);
}

#[test]
fn a_run_that_fails_leaves_the_rows_to_the_next() {
    let register = Register::new();
    register.book(&[1], 10).run();
    register.book(&[2], 10);
    assert_eq!(register.run_with(&[("fail", "true")]), [DONE, DONE, DONE, FAILED]);
    assert_eq!(register.log(), [1]);
    register.book(&[3], 10);
    assert_eq!(register.run_with(&[("fail", "true")]), [DONE, DONE, DONE, FAILED]);
    assert_eq!(register.run(), [REUSED, REUSED, REUSED, DONE]);
    assert_eq!(register.log(), [1, 2, 3]);
    register.book(&[4], 10).run();
    assert_eq!(register.log(), [1, 2, 3, 4]);
}

#[test]
fn up_to_where_it_was_read_is_known_after_gc() {
    let register = Register::new();
    for number in 1..=4 {
        register.book(&[number], number / 2).run();
        register.hotel.chain(&[]).gc(&Keep { runs: Some(0), days: None }).unwrap();
    }
    assert_eq!(register.log(), [1, 2, 3, 4]);
}

#[test]
fn a_table_that_is_made_anew_takes_all_rows_again_and_so_do_the_others() {
    let register = Register::new();
    register.book(&[1], 1).run();
    register.book(&[2], 2).run();
    // One that came late is below what was read.
    register.book(&[9], 1).book(&[3], 3).run();
    assert_eq!(register.log(), [1, 2, 3]);
    register.hotel.force("log");
    assert_eq!(register.log(), [1, 9, 2, 3]);
    assert_eq!(register.hotel.bookings(), [(1, 1), (2, 1), (3, 1), (9, 1)]);
    register.book(&[4], 4).run();
    assert_eq!(register.log(), [1, 9, 2, 3, 4]);
}

#[test]
fn another_column_than_before_is_told_and_read_with_force() {
    let mut register = Register::new();
    register.book(&[1], 1).run();
    register.hotel.settings = vec![("changes", "watermark", "booking")];
    let path = register.hotel.folder.path().join("hotel.sqlite");
    assert_eq!(
        register.failure(),
        format!(
            "failed to read table `register` of `{}`: table `register` was read up to `1` of column `changed` before, which does \
             not tell what is new by `booking`; `--force` the task that reads it, to read all again",
            path.display()
        )
    );
    register.hotel.force("read_changes");
    register.book(&[2], 0).run();
    assert_eq!(register.log(), [1, 2]);
}

#[test]
fn what_makes_no_sense_for_a_table_is_a_fault_of_the_chain() {
    let fault = |settings: &[(&'static str, &'static str, &'static str)]| {
        let mut register = Register::new();
        register.hotel.settings = settings.to_vec();
        register.hotel.chain(&[]).check().unwrap_err().to_string()
    };
    let faults = [
        fault(&[("changes", "store", "memory")]),
        fault(&[("changes", "hand_over", "lazy")]),
        fault(&[("changes", "watermark", "change")]),
        fault(&[("changes", "once", "true")]),
    ];
    insta::assert_snapshot!(faults.join("\n"), @r#"
    chain `hotel` has 1 fault
      - wrong values in [models.changes] (code): `store` is "memory", but each row is read once (`watermark`), and what was read has to be stored to be told from what is new; leave it away, or take `watermark` away
    chain `hotel` has 1 fault
      - wrong values in [models.changes] (code): `hand_over` is "lazy", but each row is read once (`watermark`), and what was read has to be stored to be told from what is new; leave it away, or take `watermark` away
    chain `hotel` has 1 fault
      - wrong values in [models.changes] (code): `watermark` is "change", which is no column that `changes` reads; did you mean `changed`?
    chain `hotel` has 1 fault
      - wrong values in [models.changes] (code): `once` is for files, but what is read is table `register` of a database; leave it away
    "#);
}
