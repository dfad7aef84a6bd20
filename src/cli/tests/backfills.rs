//! Backfills from the command line: begun, looked at, gone on with, stopped.

use super::partitions::{Cut, DAYS};
use super::*;
use crate::event::Ending;
use crate::ledger::{BackfillRecord, Entry, Ledger, RunFilter, SqliteLedger};
use crate::store::Backfills;

mod forgotten;
mod refused;

impl Cut {
    fn ledger(&self) -> SqliteLedger {
        SqliteLedger::at(self.folder.0.path().join(".purvey/ledger.sqlite"))
    }

    /// The last backfill on record.
    fn backfill(&self) -> BackfillRecord {
        self.ledger().backfills(1).unwrap().remove(0)
    }

    /// The document of a command.
    fn document(&self, arguments: &str) -> serde_json::Value {
        let told = self.tell(&format!("{arguments} --output json"));
        serde_json::from_str(&told.out).unwrap_or_else(|error| panic!("{error}: {}", told.all()))
    }
}

/// The partitions that were begun, each with how it stands.
fn begun(document: &serde_json::Value) -> Vec<(String, String)> {
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    let begun = document["begun"].as_array().unwrap().iter();
    begun.map(|row| (text(&row["partition"]), text(&row["state"]))).collect()
}

#[test]
fn a_backfill_runs_what_is_missing_and_asked_for_again_nothing() {
    let cut = Cut::new(DAYS);
    cut.tell("run --partition 2026-11-19");

    insta::assert_snapshot!(cut.tell("backfill --from 2026-11-17 --to 2026-11-21 --dry-run").all(), @r"
    exit 0
    --- stdout
    would run 4 of 5 partitions
    from        to          partitions
    2026-11-17  2026-11-18  2
    2026-11-20  2026-11-21  2
    ");
    assert_eq!(cut.tell("history --output json").out.matches("\"run\":").count(), 1, "nothing was run");
    assert_told!(cut.tell("backfill --from 2026-11-17 --to 2026-11-21").all(), @r"
    exit 0
    --- stdout
    backfill <id>: 4 done, 0 failed, 0 not run
    --- stderr
    backfill <id>: 4 of 5 partitions
    2026-11-17  ✓ done  1 of 4
    2026-11-18  ✓ done  2 of 4
    2026-11-20  ✓ done  3 of 4
    2026-11-21  ✓ done  4 of 4
    ");
    insta::assert_snapshot!(cut.tell("backfill --from 2026-11-17 --to 2026-11-21").all(), @r"
    exit 0
    --- stdout
    nothing to run: of 5 partitions each was done
    ");
    assert!(cut.folder.0.path().join("2026-11-21/rooms.parquet").exists());
}

#[test]
fn a_backfill_retries_the_days_that_failed_and_no_others() {
    let cut = Cut::new(DAYS);
    cut.tell("backfill --from 2026-11-17 --to 2026-11-18");
    let failed = cut.tell("backfill --from 2026-11-17 --to 2026-11-20 --set tasks.count_beds.most=1 --output json");

    assert_eq!(failed.exit, Exit::Failed);
    let document: serde_json::Value = serde_json::from_str(&failed.out).unwrap();
    let pair = |day: &str| (day.to_owned(), "failed".to_owned());
    assert_eq!(begun(&document), [pair("2026-11-19"), pair("2026-11-20")]);
    assert_eq!(document["begun"][0]["reason"], "`count_beds`: 2 beds are too many");
    let again = cut.tell("backfill --from 2026-11-16 --to 2026-11-20 --failed --reverse");
    assert_told!(again.all(), @r"
    exit 0
    --- stdout
    backfill <id>: 2 done, 0 failed, 0 not run
    --- stderr
    backfill <id>: 2 of 5 partitions
    2026-11-20  ✓ done  1 of 2
    2026-11-19  ✓ done  2 of 2
    ");
    let told = cut.tell("backfill --from 2026-11-19 --to 2026-11-19 --all --set tasks.count_beds.most=1 --quiet");
    assert_eq!(told.exit, Exit::Failed);
    assert!(told.out.contains("✗ count_beds failed\n    data error: 2 beds are too many\n"), "{}", told.out);
    assert!(told.out.starts_with("partition 2026-11-19\nstep "), "{}", told.out);
    let id = cut.backfill().backfill.short();
    let end = format!(
        "\n\nbackfill {id}: 0 done, 1 failed, 0 not run\n✗ failed  2026-11-19\n`backfill resume {id} --failed` runs what \
         failed once more\n"
    );
    assert!(told.out.ends_with(&end), "{}", told.out);
    assert_eq!(told.err, "");
}

#[test]
fn a_backfill_is_on_record_as_ranges_and_tells_how_far_it_has_come() {
    let cut = Cut::new(DAYS);
    let none = format!("no backfill of chain `lodge` is on record in {}\n", cut.folder.0.path().display());
    assert_eq!(cut.tell("backfill list").out, none);
    cut.tell("run --partition 2026-11-19");
    cut.tell("backfill --from 2026-11-17 --to 2026-11-21 --jobs-partitions 2 --reverse -j 1");
    cut.tell("backfill --from 2026-11-20 --to 2026-11-22 --all --set tasks.count_beds.most=1");

    assert_told!(cut.tell("backfill list").all(), @r"
    exit 0
    --- stdout
    backfill  began (UTC)  from  to  picked  partitions  done  failed  left  state
    <id>  <when>  2026-11-20  2026-11-22  all  3  0  3  0  ✗ failed
    <id>  <when>  2026-11-17  2026-11-21  missing  4  4  0  0  ✓ done
    ");
    assert_told!(cut.tell("backfill show last").all(), @r"
    exit 0
    --- stdout
    backfill <run> of chain lodge

    began  <when> UTC
    process  <process> on host <host>
    asked for  lodge backfill --from=2026-11-20 --to=2026-11-22 --all --config purvey.toml --data <data> --set tasks.count_beds.most=1
    meant  3 partitions, from 2026-11-20 to 2026-11-22
    state  ✗ failed
    so far  0 done, 3 failed, 0 not run

    from  to  partitions
    2026-11-20  2026-11-22  3

    ✗ failed  2026-11-20  run <id>  `count_beds`: 2 beds are too many
    ✗ failed  2026-11-21  run <id>  `count_beds`: 2 beds are too many
    ✗ failed  2026-11-22  run <id>  `count_beds`: 2 beds are too many

    `backfill resume <id> --failed` runs what failed once more
    ");
    let first = cut.ledger().backfills(2).unwrap().remove(1);
    assert_told!(cut.tell(&format!("backfill show {}", first.backfill)).all(), @r"
    exit 0
    --- stdout
    backfill <run> of chain lodge

    began  <when> UTC
    process  <process> on host <host>
    asked for  lodge backfill --from=2026-11-17 --to=2026-11-21 --reverse --jobs-partitions=2 --jobs=1 --config purvey.toml --data <data>
    meant  4 partitions, from 2026-11-17 to 2026-11-21, the last first, 2 side by side
    state  ✓ done
    so far  4 done, 0 failed, 0 not run

    from  to  partitions
    2026-11-21  2026-11-20  2
    2026-11-18  2026-11-17  2
    ");
    assert_eq!(cut.ledger().ranges(first.backfill).unwrap().len(), 2);
    let run = &cut.ledger().runs(&RunFilter { limit: Some(1), ..RunFilter::default() }).unwrap()[0];
    let id = cut.backfill().backfill;
    assert_eq!(run.backfill, Some(id));
    assert!(cut.tell("history last").out.contains(&format!("part of    backfill {}\n", id.short())));
    assert_eq!(cut.document("history last")["backfill"], id.to_string());
    let document = cut.document("backfill show last");
    assert_eq!(document["state"], "failed");
    assert_eq!(document["ranges"], serde_json::json!([{"first": "2026-11-20", "last": "2026-11-22", "partitions": 3}]));
    assert_eq!(cut.document("backfill list")["backfills"][1]["backfill"], first.backfill.to_string());
}

#[test]
fn what_failed_is_run_once_more_when_that_is_asked_for_and_with_the_options_it_had() {
    let cut = Cut::new(DAYS);
    let failed = cut.tell("backfill --from 2026-11-20 --to 2026-11-21 --set tasks.count_beds.most=1 -q");
    assert_eq!(failed.exit, Exit::Failed);
    let id = cut.backfill().backfill;

    let nothing = cut.tell(&format!("backfill resume {}", id.short()));
    assert_told!(nothing.all(), @r"
    exit 1
    --- stdout
    backfill <id>: 0 done, 2 failed, 0 not run
    ✗ failed  2026-11-20
    ✗ failed  2026-11-21
    `backfill resume <id> --failed` runs what failed once more
    ");
    assert_eq!(cut.backfill().sittings, 1);
    // What is typed now beats what is on record.
    assert_eq!(cut.tell("backfill resume last --failed").exit, Exit::Failed);
    let told = cut.tell("backfill resume last --failed --set tasks.count_beds.most=9");
    assert_told!(told.all(), @r"
    exit 0
    --- stdout
    backfill <id>: 2 done, 0 failed, 0 not run
    --- stderr
    backfill <id>: 2 of 2 partitions
    2026-11-20  ✓ done  1 of 2
    2026-11-21  ✓ done  2 of 2
    ");
    let record = cut.backfill();
    assert_eq!((record.backfill, record.ending, record.sittings), (id, Some(Ending::Done), 3));
    assert_told!(cut.tell("backfill resume last").all(), @r"
    exit 0
    --- stdout
    backfill <id>: 2 done, 0 failed, 0 not run
    ");
}

#[test]
fn without_a_word_a_backfill_begins_with_the_first_partition_of_all() {
    let cut = Cut::new("[partitions]\nby = 'day'\nstart = '2026-11-18'\n");
    let dry =
        |cut: &Cut, arguments: &str| cut.document(&format!("backfill {arguments} --dry-run"))["ranges"].to_string();
    let from_to = |first: &str, last: &str, partitions: u64| {
        serde_json::json!([{ "first": first, "last": last, "partitions": partitions }]).to_string()
    };
    assert_eq!(cut.document("backfill --dry-run")["ranges"][0]["first"], "2026-11-18");
    assert_eq!(dry(&cut, "--to 2026-11-19"), from_to("2026-11-18", "2026-11-19", 2));
    let cut = Cut::new("[partitions]\nby = ['seehof', 'kulm', 'alpenblick']\n");
    assert_eq!(dry(&cut, "--to kulm"), from_to("seehof", "kulm", 2));
}

#[test]
fn a_backfill_that_was_killed_is_told_as_killed_and_what_is_left_of_it_is_run() {
    let cut = Cut::new(DAYS);
    cut.tell("backfill --from 2026-11-17 --to 2026-11-18");
    let id = cut.backfill().backfill;
    // As if the process had been killed after it had gone on and done nothing.
    let resumed = |sitting| Entry::BackfillResumed {
        backfill: id,
        sitting,
        at: Utc::now(),
        host: "seehof".to_owned(),
        process: 4711,
    };
    cut.ledger().append(&[resumed(2)]).unwrap();
    assert_eq!(cut.document("backfill show last")["state"], "killed");
    assert_eq!(
        cut.tell("backfill stop last").out,
        format!("backfill {} does not go on: its end was `killed`\n", id.short())
    );
    let told = cut.tell("backfill resume last");
    assert_told!(told.all(), @r"
    exit 0
    --- stdout
    backfill <id>: 2 done, 0 failed, 0 not run
    --- stderr
    backfill <id>: 0 of 2 partitions
    ");
    assert_eq!((cut.backfill().ending, cut.backfill().sittings), (Some(Ending::Done), 3));
}

#[test]
fn a_backfill_that_goes_on_can_be_asked_to_stop_and_nobody_else_goes_on_with_it() {
    let cut = Cut::new(DAYS);
    cut.tell("backfill --from 2026-11-17 --to 2026-11-18");
    let id = cut.backfill().backfill;
    let hand = Backfills::of(cut.folder.0.path()).take(id).unwrap().unwrap();
    let (host, process) = (crate::store::host().to_owned(), std::process::id());
    cut.ledger().append(&[Entry::BackfillResumed { backfill: id, sitting: 2, at: Utc::now(), host, process }]).unwrap();

    assert_eq!(cut.document("backfill show last")["state"], "running");
    let busy = cut.tell("backfill resume last");
    assert_eq!(busy.exit, Exit::Busy);
    insta::with_settings!({filters => vec![(r"process \d+ on host \S+", "process <n> on host <host>"), (r"[0-9a-f]{8}\b", "<id>")]}, {
        insta::assert_snapshot!(busy.all(), @r"
        exit 6
        --- stderr
        error: process <n> on host <host> works on backfill <id>

        hint: `backfill stop <id>` has it end after the partitions that it runs now
        ");
    });
    assert_told!(cut.tell("backfill stop last").all(), @r"
    exit 0
    --- stdout
    backfill <id> ends after the partitions that it runs now
    ");
    assert!(cut.ledger().stop_asked(id).unwrap());
    assert!(cut.tell("backfill show last").out.contains("▸ running, ends after the partitions that run now\n"));
    assert!(cut.document("backfill stop last")["stop_asked_at"].is_string());
    hand.end().unwrap();
}

#[test]
fn partitions_side_by_side_come_to_the_same_and_are_told_in_their_order() {
    let [one, three] = ["", "--jobs-partitions 3"].map(|jobs| {
        let cut = Cut::new(DAYS);
        let rooms = "--set tasks.count_beds.most=1";
        let told = cut.tell(&format!("backfill --from 2026-11-01 --to 2026-11-09 {rooms} {jobs}"));
        assert_eq!(told.exit, Exit::Failed);
        (cut, told)
    });
    let without_ids = |told: &Told| -> Vec<String> {
        let is_told = |line: &&str| ["partition ", "✗ failed  ", "backfill "].iter().any(|word| line.starts_with(word));
        let line = |line: &str| line.split_once(": ").map_or(line, |(_, rest)| rest).to_owned();
        told.out.lines().filter(is_told).map(line).collect()
    };
    assert_eq!(without_ids(&one.1), without_ids(&three.1));
    let mut lines: Vec<&str> = three.1.err.lines().skip(1).map(|line| line.split("  ").next().unwrap()).collect();
    lines.sort_unstable();
    assert_eq!(lines, (1..=9).map(|day| format!("2026-11-0{day}")).collect::<Vec<_>>());

    let [one, three] = [one.0, three.0].map(|cut| {
        let again = cut.tell("backfill resume last --failed --set tasks.count_beds.most=9 -q");
        assert_eq!(again.exit, Exit::Done, "{}", again.all());
        on_record(&cut)
    });
    assert_eq!(one, three);
}

/// All that the ledger tells of partitions but ids and times.
fn on_record(cut: &Cut) -> Vec<String> {
    let ledger = cut.ledger();
    let mut told = Vec::new();
    for run in ledger.runs(&RunFilter::default()).unwrap() {
        let steps = ledger.steps(run.run).unwrap().into_iter().map(|step| {
            let made: Vec<String> = step.made.iter().map(|made| format!("{} {}", made.model, made.digest)).collect();
            // Since which run, and when that was.
            let why = step.why.split(" since ").next().unwrap();
            format!("{} {} {why} {} {made:?}", step.task, step.state, step.attempts.len())
        });
        let published = ledger.published(&run.partition).unwrap().len();
        told.push(format!("{} {:?} {published} {:?}", run.partition, run.ending, steps.collect::<Vec<_>>()));
    }
    told.sort();
    told
}
