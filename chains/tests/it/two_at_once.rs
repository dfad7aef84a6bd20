//! Two runs that are started together, and one whose process is killed while it has the data folder.

#![cfg(unix)]

use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Output, Stdio};

use purvey::chrono::{DateTime, Utc};

use crate::survivor::{Night, Survivor, Trouble, runs, undisturbed_each};

/// The part of a refusal, or of what is said when a folder is taken over, that says who had it.
fn holder(process: u32) -> String {
    let host = fs::read_to_string("/proc/sys/kernel/hostname").unwrap();
    format!("(process {process} on host {}) since 2", host.trim())
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn of_two_runs_started_together_exactly_one_does_the_work() {
    let expected = undisturbed_each(&[1, 2]);
    let mut survivor = Survivor::new();
    let mut refused = 0;
    for (pair, seed) in (0..200).zip(expected.keys().cycle()) {
        if pair % 10 == 0 {
            survivor = Survivor::new();
        }
        let mut night = Night::begin(&survivor, *seed, &expected[seed]);
        let start = || survivor.command(&[]).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let both: [Child; 2] = [start(), start()];
        let processes = both.each_ref().map(Child::id);
        let ends = both.map(|child| child.wait_with_output().unwrap());
        match ends.each_ref().map(|end| end.status.code()) {
            // One came when the other was done, and found nothing to do.
            [Some(0), Some(0)] => {}
            [Some(0), Some(6)] | [Some(6), Some(0)] => {
                let loser = usize::from(ends[0].status.success());
                let said = said(&ends[loser]);
                assert!(
                    said.contains("is being written by run ") && said.contains(&holder(processes[1 - loser])),
                    "{said}"
                );
                refused += 1;
            }
            codes => panic!("{codes:?}: {}{}", said(&ends[0]), said(&ends[1])),
        }
        assert!(night.turned());
        night.end(Trouble::Kills(0));
    }
    assert!(refused > 0, "they never met");
}

#[test]
fn a_run_whose_process_is_killed_is_taken_over_from_at_once() {
    let survivor = Survivor::new();
    survivor.feed(1);
    let pipe = survivor.path().join("pipe.csv");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    // Its first task waits for what nobody writes.
    let mut command = survivor.command(&["-v", "--set", "models.stays.path=pipe.csv"]);
    let mut owner = command.stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(owner.stderr.take().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap().contains("read_stays")));

    let refused = survivor.start();
    assert_eq!(refused.status.code(), Some(6));
    let text = said(&refused);
    assert!(text.contains("is being written by run ") && text.contains(&holder(owner.id())), "{text}");
    assert!(text.contains("; wait until it ends\n"), "{text}");

    owner.kill().unwrap();
    owner.wait().unwrap();
    let lease = fs::read_to_string(survivor.data().join(".purvey/lease")).unwrap();
    let text = survivor.run();
    assert!(text.contains("took over from run ") && text.contains(&holder(owner.id())), "{text}");
    assert!(text.contains(", which ended without saying so\n"), "{text}");
    // It did not wait for the lease to expire.
    let expires = lease.split_once("\"expires\": \"").unwrap().1.split_once('"').unwrap().0;
    assert!(expires.parse::<DateTime<Utc>>().unwrap() > Utc::now(), "{lease}");
    assert!(runs(&survivor).iter().all(|run| run.ending.is_some()));
}
