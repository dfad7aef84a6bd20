//! What every ledger tells of files and tables that were read and published.

use super::each_ledger;
use super::support::*;
use crate::event::{Ending, State};
use crate::ledger::Entry;
use crate::source::{Mark, SourceFile, SourceState, Watermark};

#[test]
fn the_files_whose_rows_were_ever_published_are_remembered_whatever_is_forgotten() {
    each_ledger(|ledger| {
        let file = |name: &str| SourceFile {
            name: name.to_owned(),
            digest: digest(name),
            ..fingerprint("").source.unwrap().files[0].clone()
        };
        let read = |number, names: &[&str]| {
            let mut step = step_done(number, "count");
            let files = names.iter().map(|name| file(name)).collect();
            step.fingerprint.as_mut().unwrap().source = Some(SourceState::of(files));
            [began(number, &["count"]), Entry::StepEnded(Box::new(step))]
        };
        let names = |model: &str| {
            let taken = ledger.taken("", model).unwrap();
            let mut names: Vec<String> = taken.files.into_iter().map(|file| file.name).collect();
            names.sort();
            names
        };
        ledger.append(&read(1, &["a.csv", "b.csv"])).unwrap();
        assert_eq!(names("count"), [""; 0], "nothing is published");
        ledger.append(&[published(1, &[("count", 1)]), run_ended(1, Ending::Done)]).unwrap();
        assert_eq!(names("count"), ["a.csv", "b.csv"]);

        ledger.append(&read(2, &["c.csv"])).unwrap();
        ledger.append(&[run_ended(2, Ending::Failed)]).unwrap();
        assert_eq!(names("count"), ["a.csv", "b.csv"], "that run has published nothing");
        ledger.append(&read(3, &["b.csv", "d.csv"])).unwrap();
        let refused = [published(3, &[("count", 3)]), published(3, &[("nights", 3)])];
        ledger.append(&refused).unwrap_err();
        assert_eq!(names("count"), ["a.csv", "b.csv"]);
        ledger.append(&[published(3, &[("count", 3)]), run_ended(3, Ending::Done)]).unwrap();
        ledger.forget(&[run(1), run(2)]).unwrap();
        assert_eq!(names("count"), ["a.csv", "b.csv", "d.csv"]);
        assert_eq!(names("nights"), [""; 0]);
        assert!(ledger.taken("", "count").unwrap().files.contains(&file("d.csv")));
        assert_eq!(ledger.taken("2026-11-21", "count").unwrap().files, []);
    });
}

#[test]
fn up_to_where_a_table_was_read_counts_once_it_is_published_and_outlives_the_run() {
    each_ledger(|ledger| {
        let mark = |mark: Mark, rows: &[u8]| {
            let file = SourceFile { name: String::new(), ..fingerprint("").source.unwrap().files[0].clone() };
            let rows = rows.iter().map(|byte| [*byte; 16]).collect();
            let (table, column) = ("bookings".to_owned(), "changed_at".to_owned());
            Box::new(Watermark { table, column, mark, columns: digest("columns"), rows, file })
        };
        let first = SourceState { files: vec![], watermark: Some(mark(Mark::Int(i64::MIN), &[])) };
        let second = SourceState {
            files: fingerprint("").source.unwrap().files,
            watermark: Some(mark(Mark::Text("b".to_owned()), &[7, 7, 9])),
        };
        let read = |number, state: &SourceState| {
            let mut step = step_done(number, "count");
            step.fingerprint.as_mut().unwrap().source = Some(state.clone());
            [began(number, &["count"]), Entry::StepEnded(Box::new(step))]
        };
        let known = || ledger.taken("", "count").unwrap();

        ledger.append(&read(1, &first)).unwrap();
        assert_eq!(known(), SourceState::default(), "nothing is published");
        ledger.append(&[published(1, &[("count", 1)]), run_ended(1, Ending::Done)]).unwrap();
        assert_eq!(known(), first);

        ledger.append(&read(2, &second)).unwrap();
        assert_eq!(ledger.performed("", &["count"]).unwrap()[0].fingerprint.source, Some(second.clone()));
        ledger.append(&[run_ended(2, Ending::Failed)]).unwrap();
        assert_eq!(known(), first, "that run has published nothing");

        ledger.append(&read(3, &second)).unwrap();
        ledger.append(&[published(3, &[("count", 3)]), published(3, &[("nights", 3)])]).unwrap_err();
        assert_eq!(known(), first);
        ledger.append(&[published(3, &[("count", 3)]), run_ended(3, Ending::Done)]).unwrap();
        ledger.forget(&[run(1), run(2)]).unwrap();
        let told = known();
        assert_eq!((told.watermark, told.files), (second.watermark, vec![]), "its file is no file that was taken");

        // What is published again by a run that has reused it is as it was.
        let reusing = [began(4, &["count"]), ended(4, "count", State::Reused), published(4, &[("count", 3)])];
        ledger.append(&reusing).unwrap();
        assert_eq!(known().watermark, Some(mark(Mark::Text("b".to_owned()), &[7, 7, 9])));
        assert_eq!(ledger.taken("2026-11-21", "count").unwrap(), SourceState::default());
    });
}
