//! What tells one state of a step from another, and how it is said.

use proptest::prelude::{Just, Strategy, prop_oneof, proptest};
use proptest::{collection, option, prop_assert_eq};

use super::{Code, CodeChange, FORMAT, Fingerprint};
use crate::digest::Digest;
use crate::prelude::*;
use crate::source::{SourceFile, SourceState};
use crate::task::{Declared, FnTask, Task as _};

fn digest(text: &str) -> Digest {
    Digest::of_bytes(text.as_bytes())
}

/// The text of some sources, as a task has it.
fn sources(lines: &[&str]) -> Code {
    let lines: String = lines.iter().map(|line| format!("{line}\n")).collect();
    Code::Sources(format!("code 1 {}\n{lines}", digest(&lines)).into())
}

fn version(version: &str) -> Code {
    Code::Version(version.to_owned().into())
}

fn file(name: &str, content: &str) -> SourceFile {
    let name = name.to_owned();
    SourceFile { name, bytes: 7, modified: 0, inode: 0, settled: true, digest: digest(content) }
}

fn source(files: &[(&str, &str)]) -> Option<SourceState> {
    Some(SourceState::of(files.iter().map(|(name, content)| file(name, content)).collect()))
}

/// A step that has something in each of its parts.
fn ranking() -> Fingerprint {
    Fingerprint {
        code: sources(&["file hotel-tasks/src/ranking.rs 01", "package polars 0.55.2"]),
        contract: [("agent_ranking".to_owned(), digest("contract"))].into(),
        settings: [("tasks.agent_ranking.top".to_owned(), "10".to_owned())].into(),
        params: [("season".to_owned(), Some("2026".to_owned()))].into(),
        inputs: [("clean_bookings".to_owned(), digest("bookings"))].into(),
        source: source(&[("seehof.csv", "a")]),
    }
}

/// What is different after this change, in words.
fn said(change: impl FnOnce(&mut Fingerprint)) -> Vec<String> {
    let mut now = ranking();
    change(&mut now);
    assert_ne!(now.digest(), ranking().digest());
    ranking().changes(&now).iter().map(ToString::to_string).collect()
}

#[test]
fn the_digest_of_a_code_text_stands_on_its_first_line() {
    let named = digest("what the lines below are");
    assert_eq!(Code::Sources(format!("code 1 {named}\nfile a 01\n").into()).digest(), named);
}

#[test]
fn a_code_text_without_such_a_line_has_the_digest_of_its_bytes() {
    for text in ["file a 01\n", "code 2 00\nfile a 01\n", ""] {
        assert_eq!(Code::Sources(text.into()).digest(), digest(text));
    }
}

#[test]
fn a_version_has_the_digest_of_its_text() {
    assert_eq!(version("2").digest(), version("2").digest());
    assert_ne!(version("2").digest(), version("3").digest());
    assert_ne!(version("2").digest(), Code::Unknown.digest());
}

#[test]
fn a_step_that_is_the_same_has_no_changes() {
    assert_eq!(ranking().changes(&ranking()), []);
    assert_eq!(ranking().digest(), ranking().digest());
}

#[test]
fn a_file_is_the_same_whenever_it_was_written() {
    let mut now = ranking();
    let state = now.source.as_mut().unwrap();
    state.files[0] = SourceFile { modified: 1, inode: 2, settled: false, ..state.files[0].clone() };
    assert_eq!(ranking().changes(&now), []);
    assert_eq!(ranking().digest(), now.digest());
}

#[test]
fn changed_code_is_named_by_file_and_package() {
    let old = sources(&["file a b.rs 01", "file c.rs 02", "file gone.rs 03", "package log 0.4.1", "package old 1.0.0"]);
    let new =
        sources(&["file a b.rs 09", "file c.rs 02", "file new.rs 03", "package log 0.4.1,0.5.0", "package new 2.0.0"]);
    assert_eq!(
        Code::change(&old, &new),
        Some(CodeChange::Sources {
            files: vec!["a b.rs".to_owned(), "gone.rs".to_owned(), "new.rs".to_owned()],
            packages: vec![
                "log 0.4.1 → 0.4.1,0.5.0".to_owned(),
                "new none → 2.0.0".to_owned(),
                "old 1.0.0 → none".to_owned()
            ],
        })
    );
}

#[test]
fn changed_code_is_said_in_a_line() {
    let now = |lines: &[&str]| {
        let code = sources(lines);
        said(|step| step.code = code)
    };
    assert_eq!(
        now(&["file hotel-tasks/src/ranking.rs 02", "package polars 0.55.2"]),
        ["code changed: hotel-tasks/src/ranking.rs"]
    );
    assert_eq!(
        now(&["file hotel-tasks/src/ranking.rs 02", "package polars 0.56.0"]),
        ["code changed: hotel-tasks/src/ranking.rs, polars 0.55.2 → 0.56.0"]
    );
    assert_eq!(
        now(&["file a.rs 01", "file b.rs 01", "file c.rs 01", "package polars 0.56.0"]),
        ["code changed: a.rs, b.rs, c.rs and 2 more"]
    );
}

#[test]
fn code_that_differs_in_no_line_is_changed_all_the_same() {
    let lines = "file a.rs 01\n";
    let text = |named: &str| Code::Sources(format!("code 1 {}\n{lines}", digest(named)).into());
    let change = Code::change(&text("x"), &text("y"));
    assert_eq!(change.map(|change| change.to_string()).as_deref(), Some("code changed"));
}

#[test]
fn a_version_is_said_with_what_it_was() {
    assert_eq!(said(|step| step.code = version("2")), ["the version of its code changed: by its sources → \"2\""]);
    let change = |old: &str, new: &str| Code::change(&version(old), &version(new)).map(|change| change.to_string());
    assert_eq!(change("2", "3").as_deref(), Some("the version of its code changed: \"2\" → \"3\""));
    assert_eq!(change("2", "2"), None);
}

#[test]
fn unknown_code_is_never_the_same() {
    assert_eq!(said(|step| step.code = Code::Unknown), ["its code cannot be told from other code"]);
    assert_eq!(Code::change(&Code::Unknown, &Code::Unknown), Some(CodeChange::Unknown));
}

#[test]
fn a_changed_contract_names_the_model() {
    let contract = [("agent_ranking".to_owned(), digest("other"))];
    assert_eq!(said(|step| step.contract = contract.into()), ["the contract of model `agent_ranking` changed"]);
}

#[test]
fn a_changed_setting_is_said_with_old_and_new_value() {
    let settings = |settings: &[(&str, &str)]| {
        let settings = settings.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        said(|step| step.settings = settings)
    };
    let top = "tasks.agent_ranking.top";
    assert_eq!(settings(&[(top, "20")]), ["setting `tasks.agent_ranking.top` changed: 10 → 20"]);
    assert_eq!(settings(&[]), ["setting `tasks.agent_ranking.top` changed: 10 → not set"]);
    let by = "tasks.agent_ranking.by";
    assert_eq!(
        settings(&[(top, "10"), (by, "\"adr\"")]),
        ["setting `tasks.agent_ranking.by` changed: not set → \"adr\""]
    );
}

#[test]
fn a_changed_parameter_is_said_with_old_and_new_value() {
    let season = |value: Option<&str>| {
        let params = [("season".to_owned(), value.map(str::to_owned))].into();
        said(|step| step.params = params)
    };
    assert_eq!(season(Some("2027")), ["parameter `season` changed: 2026 → 2027"]);
    assert_eq!(season(None), ["parameter `season` changed: 2026 → not set"]);
    assert_eq!(season(Some("")), ["parameter `season` changed: 2026 → "]);
    assert_eq!(said(|step| step.params.clear()), ["parameter `season` changed: 2026 → not set"]);
}

#[test]
fn a_model_with_other_content_is_said_with_both_digests() {
    let inputs = |inputs: &[(&str, &str)]| {
        let inputs = inputs.iter().map(|(model, content)| ((*model).to_owned(), digest(content))).collect();
        said(|step| step.inputs = inputs)
    };
    let (old, new) = (digest("bookings").short(), digest("others").short());
    let expected = format!("model `clean_bookings` has other content: {old} → {new}");
    assert_eq!(inputs(&[("clean_bookings", "others")]), [expected]);
    assert_eq!(inputs(&[("clean_bookings", "bookings"), ("rates", "x")]), ["model `rates` is new"]);
    assert_eq!(inputs(&[]), ["model `clean_bookings` is gone"]);
}

#[test]
fn a_changed_file_of_a_source_is_named() {
    let files = |files: &[(&str, &str)]| said(|step| step.source = source(files));
    let (old, new) = (digest("a").short(), digest("b").short());
    assert_eq!(files(&[("seehof.csv", "b")]), [format!("source file `seehof.csv` has other content: {old} → {new}")]);
    assert_eq!(files(&[("alpenhof.csv", "b"), ("seehof.csv", "a")]), ["source file `alpenhof.csv` is new"]);
    assert_eq!(files(&[]), ["source file `seehof.csv` is gone"]);
    assert_eq!(files(&[("seehof.csv", "a"), ("", "b")]), ["the source file is new"]);
    assert_eq!(said(|step| step.source = None), ["its source cannot be compared with what was read before"]);
}

#[test]
fn files_of_one_name_are_told_apart_by_their_order() {
    let step = |files: &[(&str, &str)]| Fingerprint { source: source(files), ..ranking() };
    let old = step(&[("x.csv", "a"), ("x.csv", "b"), ("y.csv", "c")]);
    let changes =
        |files: &[(&str, &str)]| -> Vec<String> { old.changes(&step(files)).iter().map(ToString::to_string).collect() };
    let expected = format!("source file `x.csv` has other content: {} → {}", digest("a").short(), digest("z").short());
    assert_eq!(changes(&[("x.csv", "z"), ("x.csv", "b"), ("y.csv", "c")]), [expected]);
    assert_eq!(
        changes(&[("y.csv", "c"), ("x.csv", "a"), ("x.csv", "b")]),
        ["its source cannot be compared with what was read before"]
    );
}

#[test]
fn changes_come_in_one_order_whatever_they_are() {
    let now = Fingerprint {
        code: version("2"),
        contract: [("agent_ranking".to_owned(), digest("other"))].into(),
        settings: [("b".to_owned(), "1".to_owned()), ("a".to_owned(), "1".to_owned())].into(),
        params: [].into(),
        inputs: [("b".to_owned(), digest("b")), ("a".to_owned(), digest("a"))].into(),
        source: source(&[]),
    };
    let said: Vec<String> = ranking().changes(&now).iter().map(ToString::to_string).collect();
    assert_eq!(
        said,
        [
            "the version of its code changed: by its sources → \"2\"",
            "the contract of model `agent_ranking` changed",
            "setting `a` changed: not set → 1",
            "setting `b` changed: not set → 1",
            "setting `tasks.agent_ranking.top` changed: 10 → not set",
            "parameter `season` changed: 2026 → not set",
            "model `a` is new",
            "model `b` is new",
            "model `clean_bookings` is gone",
            "source file `seehof.csv` is gone",
        ]
    );
}

/// Steps with few different parts, so that equal ones are not rare.
fn steps() -> impl Strategy<Value = Fingerprint> {
    let name = || prop_oneof![Just("a".to_owned()), Just("b".to_owned())];
    let digests = || collection::btree_map(name(), name().prop_map(|text| digest(&text)), 0..2);
    let code = prop_oneof![name().prop_map(|name| version(&name)), name().prop_map(|name| sources(&[&name]))];
    let files = collection::vec((name(), name()), 0..3);
    let parts = (
        code,
        digests(),
        collection::btree_map(name(), name(), 0..2),
        collection::btree_map(name(), option::of(name()), 0..2),
        digests(),
        option::of(files),
    );
    parts.prop_map(|(code, contract, settings, params, inputs, files)| {
        let files = files.map(|files| files.iter().map(|(name, content)| file(name, content)).collect());
        let source = files.map(SourceState::of);
        Fingerprint { code, contract, settings, params, inputs, source }
    })
}

/// A step, and the same step with one part of another one.
fn twins() -> impl Strategy<Value = (Fingerprint, Fingerprint)> {
    (steps(), steps(), 0..6).prop_map(|(old, other, part)| {
        let mut new = old.clone();
        match part {
            0 => new.code = other.code,
            1 => new.contract = other.contract,
            2 => new.settings = other.settings,
            3 => new.params = other.params,
            4 => new.inputs = other.inputs,
            _ => new.source = other.source,
        }
        (old, new)
    })
}

proptest! {
    #[test]
    fn a_step_has_changes_exactly_if_its_digest_is_another((old, new) in twins()) {
        let changes = old.changes(&new);
        prop_assert_eq!(changes.is_empty(), old.digest() == new.digest(), "{:?}", changes);
    }
}

#[derive(Named)]
#[named("rate")]
struct Rate;

mod plain {
    use super::*;

    #[task]
    pub(super) fn fetch(_rate: &mut Value<f64, Rate>) {}
}

mod with_words {
    use super::*;

    /// Asks the bank for today's rate.
    #[task(tags("nightly"), retries = 2, timeout = "5m", backoff = "1s")]
    pub(super) fn fetch(_rate: &mut Value<f64, Rate>) {}
}

mod pinned {
    use super::*;

    #[task(version = "2")]
    pub(super) fn fetch(_rate: &mut Value<f64, Rate>) {}
}

fn code(task: &'static crate::task::TaskDef) -> Code {
    FnTask::new(task).code()
}

#[test]
fn doc_texts_tags_and_retries_are_no_code() {
    let (old, new) = (code(plain::fetch::TASK), code(with_words::fetch::TASK));
    assert_eq!(Code::change(&old, &new), None);
    assert!(matches!(old, Code::Sources(_)));
}

#[test]
fn a_version_stands_in_for_the_sources() {
    assert_eq!(pinned::fetch::TASK.sources, "");
    assert_eq!(code(pinned::fetch::TASK), version("2"));
}

#[test]
fn the_macro_writes_the_format_that_the_library_reads() {
    let Code::Sources(text) = code(plain::fetch::TASK) else { panic!("it has sources") };
    let format = format!("package purvey format-{FORMAT}");
    assert!(text.lines().any(|line| line == format), "{text}");
    assert!(text.lines().any(|line| line.starts_with("package polars ")), "{text}");
    let (_, lines) = text.split_once('\n').unwrap();
    assert_eq!(Code::Sources(text.clone()).digest(), digest(lines));
}
