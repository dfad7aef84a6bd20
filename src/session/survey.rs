//! Finds out how things stand: what was done before, and whether what it made is still there.
//!
//! All that planning needs of files and ledger is read here, so that the plan itself is a pure function.

use std::collections::{BTreeMap, BTreeSet};

use crate::digest::Digest;
use crate::fingerprint::{FORMAT, Fingerprint};
use crate::id::TaskId;
use crate::ledger::{Ledger, VersionRecord};
use crate::plan::{Blueprint, Candidate, Growth, Lost, Situation, Standing, Stored, force_together};
use crate::source::SourceState;
use crate::store::{Condition, Store, StoreError};

use super::{Orchestrator, Request, RunError, growth, parts};

/// How things stand for a chain.
pub(super) fn survey(
    orchestrator: &Orchestrator,
    blueprint: &Blueprint,
    request: &Request,
) -> Result<Situation, RunError> {
    let candidates = candidates(orchestrator, blueprint)?;
    let stored = stored(orchestrator, &candidates)?;
    let standings = match &orchestrator.ledger {
        None => Vec::new(),
        Some(ledger) => standings(orchestrator, &**ledger, blueprint, candidates)?,
    };
    let mut forced = match request.forced() {
        Some(force) => force.resolve(blueprint).map_err(crate::plan::PlanError::from)?,
        None => BTreeSet::new(),
    };
    force_together(blueprint, &standings, &mut forced);
    let supplied = orchestrator.supplied.iter().map(|supplied| (supplied.reference.name().to_owned(), supplied.digest));
    Ok(Situation { standings, stored, supplied: supplied.collect(), forced, kept: orchestrator.kept.clone() })
}

/// What was done before and may be reused, by task.
fn candidates(
    orchestrator: &Orchestrator,
    blueprint: &Blueprint,
) -> Result<BTreeMap<String, Vec<Candidate>>, RunError> {
    let mut by_task: BTreeMap<String, Vec<Candidate>> = BTreeMap::new();
    if let Some(ledger) = &orchestrator.ledger {
        let names: Vec<&str> = blueprint.tasks().iter().map(|entry| entry.task.name()).collect();
        for performed in ledger.performed(orchestrator.job.partition_key(), &names)? {
            let mut lost_files = Vec::new();
            if let Some(store) = &orchestrator.store {
                for record in &performed.made {
                    lost_files.extend(lost(&**store, record)?);
                }
            }
            let candidate = Candidate { performed, lost: lost_files };
            by_task.entry(candidate.performed.task.clone()).or_default().push(candidate);
        }
    }
    Ok(by_task)
}

/// What is stored of each model: what is published, else what was made last, task by task.
fn stored(
    orchestrator: &Orchestrator,
    candidates: &BTreeMap<String, Vec<Candidate>>,
) -> Result<BTreeMap<String, Stored>, RunError> {
    let Some(store) = &orchestrator.store else { return Ok(BTreeMap::new()) };
    let recorded = match &orchestrator.ledger {
        Some(ledger) => ledger.published(orchestrator.job.partition_key())?,
        None => Vec::new(),
    };
    // The files of candidates have been looked at already.
    let mut intact = BTreeMap::new();
    for candidate in candidates.values().flatten() {
        for record in &candidate.performed.made {
            let is_lost = candidate.lost.iter().any(|lost| lost.model == record.model);
            intact.insert((record.model.as_str(), record.run), !is_lost);
        }
    }
    let mut stored = BTreeMap::new();
    for version in store.published()?.map_or(Vec::new(), |publication| publication.versions) {
        let is_same = |record: &&VersionRecord| record.model == version.model && record.run == version.run;
        let record = recorded.iter().find(is_same);
        let is_intact = match (intact.get(&(version.model.as_str(), version.run)), record) {
            (Some(is_intact), _) => *is_intact,
            (None, Some(record)) => lost(&**store, record)?.is_none(),
            (None, None) => true,
        };
        if is_intact {
            let digest = record.map(|record| record.digest);
            let file = record.and_then(|record| record.file.clone());
            stored.insert(version.model.clone(), Stored { version, digest, file });
        }
    }
    for candidates in candidates.values() {
        let made = candidates.iter().flat_map(|candidate| &candidate.performed.made);
        if made.filter(|record| record.file.is_some()).all(|record| stored.contains_key(&record.model)) {
            continue;
        }
        // What a task has made together is read together: where a part of it is lost, all is taken from another run.
        if let Some(whole) = candidates.iter().find(|candidate| candidate.lost.is_empty()) {
            for record in &whole.performed.made {
                if let Some(version) = record.version() {
                    let (digest, file) = (Some(record.digest), record.file.clone());
                    stored.insert(record.model.clone(), Stored { version, digest, file });
                }
            }
        }
    }
    Ok(stored)
}

/// What became of the file of a version, unless that is as it was written, or was never written.
pub(super) fn lost(store: &dyn Store, record: &VersionRecord) -> Result<Option<Lost>, StoreError> {
    let (Some(version), Some(file)) = (record.version(), &record.file) else { return Ok(None) };
    let condition = store.condition(&version, file)?;
    let lost = || Lost { model: record.model.clone(), path: store.path(&version), condition };
    Ok((condition != Condition::Intact).then(lost))
}

/// How each task stands, by id.
fn standings(
    orchestrator: &Orchestrator,
    ledger: &dyn Ledger,
    blueprint: &Blueprint,
    mut candidates: BTreeMap<String, Vec<Candidate>>,
) -> Result<Vec<Standing>, RunError> {
    let tasks = (0..blueprint.tasks().len()).map(TaskId::new);
    tasks
        .map(|task| {
            let candidates = candidates.remove(blueprint.task(task).task.name()).unwrap_or_default();
            standing(orchestrator, ledger, blueprint, task, candidates)
        })
        .collect()
}

/// What a task has read before of its source, where it reads each file once.
fn taken(
    orchestrator: &Orchestrator,
    ledger: &dyn Ledger,
    blueprint: &Blueprint,
    task: TaskId,
) -> Result<Option<SourceState>, RunError> {
    let Some(&model) = blueprint.provides(task).first().filter(|_| blueprint.task(task).task.about().reads_source)
    else {
        return Ok(None);
    };
    let entry = blueprint.model(model);
    if !entry.reference.kind().reads_once(&orchestrator.models.get(&entry.name)) {
        return Ok(None);
    }
    Ok(Some(ledger.taken(orchestrator.job.partition_key(), &entry.name)?))
}

/// What there is of the models of a task that grow from run to run.
fn grows(
    orchestrator: &Orchestrator,
    ledger: &dyn Ledger,
    blueprint: &Blueprint,
    task: TaskId,
    candidates: &[Candidate],
) -> Result<BTreeMap<String, Growth>, RunError> {
    let provided = blueprint.provides(task).iter().map(|&model| blueprint.model(model));
    let growing = provided.filter(|entry| entry.reference.kind().is_incremental());
    let models: Vec<(String, Digest)> =
        growing.map(|entry| (entry.name.to_string(), entry.reference.kind().contract())).collect();
    let (Some(store), false) = (&orchestrator.store, models.is_empty()) else { return Ok(BTreeMap::new()) };
    let published = candidates.iter().find(|candidate| candidate.performed.published);
    growth::growths(ledger, &**store, orchestrator.job.partition_key(), &models, published)
}

fn standing(
    orchestrator: &Orchestrator,
    ledger: &dyn Ledger,
    blueprint: &Blueprint,
    task: TaskId,
    mut candidates: Vec<Candidate>,
) -> Result<Standing, RunError> {
    let grows = grows(orchestrator, ledger, blueprint, task, &candidates)?;
    let taken = taken(orchestrator, ledger, blueprint, task)?;
    let parts = parts::parts(orchestrator, ledger, blueprint, task)?;
    let done = || candidates.iter().map(|candidate| &candidate.performed.fingerprint);
    let names = done().flat_map(|fingerprint| fingerprint.params.keys());
    let params = names.map(|name| (name.clone(), orchestrator.job.param_text(name))).collect();
    let before = done().next().and_then(|fingerprint| fingerprint.source.as_ref());
    let before = taken.as_ref().or(before);
    let now = Fingerprint {
        code: blueprint.task(task).task.code(),
        contract: contract(blueprint, task),
        settings: settings(orchestrator, blueprint, task),
        params,
        inputs: BTreeMap::new(),
        // What was never done runs whatever the files are like, and then says itself what they were.
        source: if candidates.is_empty() { None } else { source(orchestrator, blueprint, task, before) },
    };
    if now.source.is_none() && blueprint.task(task).task.about().reads_source {
        // What could not be told then is not the same as what cannot be told now.
        for candidate in &mut candidates {
            candidate.performed.fingerprint.source.get_or_insert_default();
        }
    }
    Ok(Standing { now, candidates, grows, taken, parts })
}

fn contract(blueprint: &Blueprint, task: TaskId) -> BTreeMap<String, Digest> {
    let models = blueprint.provides(task).iter().map(|&model| blueprint.model(model));
    models.map(|entry| (entry.name.to_string(), entry.reference.kind().contract())).collect()
}

/// The settings that a task and the models it provides are made with.
fn settings(orchestrator: &Orchestrator, blueprint: &Blueprint, task: TaskId) -> BTreeMap<String, String> {
    // Whoever reads the ledger should not be able to look secrets up in a table made for all chains.
    let salt = Digest::of_bytes(orchestrator.job.chain().as_bytes());
    let entry = blueprint.task(task);
    let section = orchestrator.settings.get(entry.task.name());
    // A change of how fingerprints are made must show, also where the code is told by its version.
    let mut settings = BTreeMap::from([("purvey.format".to_owned(), FORMAT.to_string())]);
    // The sections were read when the chain was checked, so none of them is wrong here.
    for kind in entry.task.about().settings {
        settings.extend(kind.settings(&section, salt.as_bytes()).unwrap_or_default());
    }
    for &model in blueprint.provides(task) {
        let entry = blueprint.model(model);
        let section = orchestrator.models.get(&entry.name);
        settings.extend(entry.reference.kind().settings(&section, salt.as_bytes()).unwrap_or_default());
    }
    settings
}

/// What the files of a source are like, for a task that reads one; `None` where they cannot be looked at, which running the
/// task will tell.
pub(super) fn source(
    orchestrator: &Orchestrator,
    blueprint: &Blueprint,
    task: TaskId,
    before: Option<&SourceState>,
) -> Option<SourceState> {
    if !blueprint.task(task).task.about().reads_source {
        return None;
    }
    let model = blueprint.model(*blueprint.provides(task).first()?);
    let section = orchestrator.models.get(&model.name);
    model.reference.kind().observe(&section, before).ok().flatten()
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::sync::Arc;

    use crate::ledger::MemoryLedger;
    use crate::prelude::*;
    use crate::section::Section;
    use crate::session::Request;
    use crate::store::MemoryStore;

    /// A stay, as somebody sends it.
    #[derive(Row, Clone, Debug, PartialEq)]
    #[row(table = "stays", source)]
    struct Stay {
        hotel: String,
    }

    /// How many stays there are.
    #[derive(Named)]
    #[named("count")]
    struct Count;

    #[task]
    fn count(stays: &Table<Stay>, count: &mut Value<usize, Count>) -> Result<()> {
        count.put(stays.height())
    }

    #[test]
    fn files_are_looked_at_only_where_there_is_something_to_compare_them_with() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("stays.csv");
        fs::write(&file, "hotel\nSeehof\n").unwrap();
        let section = Section::default().with("path", file.to_string_lossy().into_owned());
        let sections = Sections::models().with("stays", section);
        let mut chain = Orchestrator::new(JobContext::new("alpine"), chain!("stays": [count]), sections)
            .with_store(Arc::new(MemoryStore::default()))
            .with_ledger(Arc::new(MemoryLedger::default()));
        let blueprint = chain.check().unwrap();
        let looked_at = |chain: &Orchestrator| {
            let plan = chain.plan(&blueprint, &Request::default()).unwrap();
            plan.situation().standings.iter().filter(|standing| standing.now.source.is_some()).count()
        };

        assert_eq!(looked_at(&chain), 0, "there is no history");
        assert!(chain.run().unwrap().is_done());
        assert_eq!(looked_at(&chain), 1);
        let again = chain.run().unwrap();
        assert!(again.steps().iter().all(|step| step.state == crate::event::State::Reused), "{:?}", again.steps());
    }
}
