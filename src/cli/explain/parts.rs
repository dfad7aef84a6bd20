//! The parts of a fingerprint, each with what it was and what it is.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::cli::trouble::Trouble;
use crate::digest::Digest;
use crate::fingerprint::{Code, Fingerprint};
use crate::id::{ModelId, RunId};
use crate::ledger::{Ledger, Performed};
use crate::plan::{Blueprint, Decision, Plan, Reason};

/// One part that the result of a task depends on.
#[derive(Serialize)]
pub(super) struct Part {
    /// `code`, `code file`, `package`, `contract`, `setting`, `parameter`, `input`, `source file` or `watermark`.
    part: &'static str,
    name: String,
    /// What it was; `None` where there was none, or nothing was done before.
    then: Option<String>,
    /// What it is; `None` where there is none, or it is not known yet.
    now: Option<String>,
    /// `None` where it is not known yet.
    changed: Option<bool>,
    /// The run that made an input then, and that which made it now.
    then_run: Option<String>,
    now_run: Option<String>,
    /// Who makes it again, for an input that is not known yet.
    #[serde(skip)]
    awaited: Option<String>,
}

/// What is known of the content of a model that the task reads.
pub(super) enum Now {
    /// Its content, and the run that made it.
    Is(Digest, RunId),
    /// This task makes it again.
    Later(String),
    /// Nothing.
    Unknown,
}

impl Part {
    /// The part as a row of a table: mark, part, name, then, now.
    pub(super) fn row(&self) -> Vec<String> {
        let mark = match self.changed {
            Some(true) => "≠",
            Some(false) => "",
            None => "?",
        };
        let none = || "–".to_owned();
        let of = |run: &Option<String>| {
            let run = run.as_ref().and_then(|run| run.parse::<RunId>().ok());
            run.map(|run| format!(" of run {}", run.short())).unwrap_or_default()
        };
        let then = self.then.as_ref().map_or_else(none, |then| format!("{then}{}", of(&self.then_run)));
        let now = match (&self.now, &self.awaited) {
            (Some(now), _) => format!("{now}{}", of(&self.now_run)),
            (None, Some(provider)) => format!("made again by `{provider}`"),
            (None, None) => none(),
        };
        vec![mark.to_owned(), self.part.to_owned(), self.name.clone(), then, now]
    }
}

/// What is known of a model before a run.
pub(super) fn input(blueprint: &Blueprint, plan: &Plan, model: ModelId) -> (String, Now) {
    let entry = blueprint.model(model);
    let now = entry.provider.and_then(|provider| {
        let step = plan.step(provider)?;
        if matches!(step.decision, Decision::Run | Decision::Depends) {
            return Some(Now::Later(blueprint.task(provider).task.name().to_owned()));
        }
        let run = step.reasons.iter().find_map(|reason| match reason {
            Reason::Same { run, .. } => Some(*run),
            _ => None,
        })?;
        let candidates = &plan.situation().standings.get(provider.index())?.candidates;
        let made = candidates.iter().map(|candidate| &candidate.performed).find(|performed| performed.run == run)?;
        let version = made.made.iter().find(|made| *made.model == *entry.name)?;
        Some(Now::Is(version.digest, version.run))
    });
    (entry.name.to_string(), now.unwrap_or(Now::Unknown))
}

/// The models that a task has read, and the runs that had made them.
pub(super) fn read_by(ledger: &dyn Ledger, performed: &Performed) -> Result<Vec<(String, Option<RunId>)>, Trouble> {
    let steps = ledger.steps(performed.run).map_err(|error| Trouble::from(&error))?;
    let step = steps.into_iter().find(|step| step.task == performed.task);
    let reads = step.map(|step| step.reads).unwrap_or_default();
    Ok(reads.into_iter().map(|read| (read.model, read.version)).collect())
}

/// Every part, with what it was when the task was done and what it is now; the code first, file by file where it is
/// another one.
pub(super) fn compare(
    done: Option<&Fingerprint>,
    now: &Fingerprint,
    inputs: &[(String, Now)],
    made_by: &[(String, Option<RunId>)],
) -> Vec<Part> {
    let mut parts = vec![part("code", "", done.map(|done| code(&done.code)), Some(code(&now.code)))];
    let mut add = |name: &'static str, pairs: Vec<Pair>| {
        parts.extend(pairs.into_iter().map(|(key, old, new)| part(name, &key, old, new)));
    };
    if let Some(done) = done {
        for (sort, name) in [("file ", "code file"), ("package ", "package")] {
            let mut differing = pairs(&lines(&done.code, sort), &lines(&now.code, sort));
            differing.retain(|(_, old, new)| old != new);
            add(name, differing);
        }
    }
    let short = |digests: &BTreeMap<String, Digest>| -> BTreeMap<String, String> {
        digests.iter().map(|(name, digest)| (name.clone(), digest.short())).collect()
    };
    add("contract", pairs(&done.map(|done| short(&done.contract)).unwrap_or_default(), &short(&now.contract)));
    add("setting", pairs(&done.map(|done| done.settings.clone()).unwrap_or_default(), &now.settings));
    // Those that the task has read; what it would read now is not known.
    for (name, then) in done.iter().flat_map(|done| &done.params) {
        parts.push(part("parameter", name, then.clone(), now.params.get(name).cloned().flatten()));
    }
    parts.extend(inputs.iter().map(|(model, now)| {
        let then = done.and_then(|done| done.inputs.get(model)).map(Digest::short);
        let then_run = made_by.iter().find(|(read, _)| read == model).and_then(|(_, run)| *run);
        let then_run = then_run.map(|run| run.to_string());
        match now {
            Now::Is(digest, run) => {
                let now_run = Some(run.to_string());
                Part { then_run, now_run, ..part("input", model, then, Some(digest.short())) }
            }
            Now::Later(provider) => {
                let awaited = Some(provider.clone());
                Part { then_run, awaited, changed: None, ..part("input", model, then, None) }
            }
            Now::Unknown => Part { then_run, changed: None, ..part("input", model, then, None) },
        }
    }));
    let files = |fingerprint: &Fingerprint| -> BTreeMap<String, String> {
        let files = fingerprint.source.iter().flat_map(|source| &source.files);
        files.map(|file| (file.name.clone(), file.digest.short())).collect()
    };
    let before = done.map(files).unwrap_or_default();
    let files = pairs(&before, &files(now)).into_iter();
    parts.extend(files.map(|(key, old, new)| part("source file", &key, old, new)));
    // Up to where the table of a database was read, and is read now.
    let marks = |fingerprint: &Fingerprint| -> BTreeMap<String, String> {
        let watermark = fingerprint.source.as_ref().and_then(|source| source.watermark.as_ref());
        watermark.map(|mark| (format!("{}.{}", mark.table, mark.column), mark.mark.to_string())).into_iter().collect()
    };
    let marks = pairs(&done.map(marks).unwrap_or_default(), &marks(now)).into_iter();
    parts.extend(marks.map(|(key, old, new)| part("watermark", &key, old, new)));
    parts
}

fn part(part: &'static str, name: &str, then: Option<String>, now: Option<String>) -> Part {
    let changed = Some(then != now);
    Part { part, name: name.to_owned(), changed, then, now, then_run: None, now_run: None, awaited: None }
}

/// The code in a word.
fn code(code: &Code) -> String {
    match code {
        Code::Unknown => "unknown".to_owned(),
        Code::Version(version) => format!("version {version:?}"),
        code => code.digest().short(),
    }
}

/// The sources of one sort, by name: the digest of a file, the version of a package.
fn lines(code: &Code, sort: &str) -> BTreeMap<String, String> {
    let Code::Sources(text) = code else { return BTreeMap::new() };
    let lines = text.lines().filter_map(|line| line.strip_prefix(sort)?.rsplit_once(' '));
    let short = |what: &str| what.parse::<Digest>().map_or_else(|_| what.to_owned(), |digest| digest.short());
    lines.map(|(name, what)| (name.to_owned(), short(what))).collect()
}

/// A key with what either side has.
type Pair = (String, Option<String>, Option<String>);

/// The keys of both sides, in order, with what each side has.
fn pairs(old: &BTreeMap<String, String>, new: &BTreeMap<String, String>) -> Vec<Pair> {
    let keys: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    keys.into_iter().map(|key| (key.clone(), old.get(key).cloned(), new.get(key).cloned())).collect()
}
