//! What other partitions have of a model.

use crate::digest::Digest;
use crate::id::TaskId;
use crate::ledger::VersionRecord;
use crate::partition::Partition;

use super::blueprint::Blueprint;
use super::error::PlanError;
use super::situation::Situation;

/// What other partitions have of a model that a task gathers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parts {
    /// Each partition and what is published there, in order; the one that the run is for is not among them.
    pub found: Vec<(Partition, VersionRecord)>,
    /// Partitions of which nothing is published, and that have to be there.
    pub missing: Vec<Partition>,
}

impl Parts {
    /// Each as an input of a fingerprint: the model with the key of the partition, and the digest of its content.
    pub(crate) fn inputs(&self) -> impl Iterator<Item = (String, Digest)> {
        self.found.iter().map(|(partition, version)| (format!("{}@{partition}", version.model), version.digest))
    }
}

/// Refuses to gather what is not there.
pub(super) fn check(blueprint: &Blueprint, situation: &Situation, picked: &[bool]) -> Result<(), PlanError> {
    for task in (0..picked.len()).filter(|&task| picked[task]).map(TaskId::new) {
        let gathered = blueprint.provides(task).first().map(|&model| blueprint.model(model));
        let Some(gathers) = gathered.and_then(|model| model.reference.kind().gathers()) else { continue };
        let readers = || {
            let readers = blueprint.graph().readers(task).into_iter();
            readers.map(|reader| blueprint.task(reader).task.name().to_owned()).collect()
        };
        let model = gathers.model.to_owned();
        match situation.standings.get(task.index()).map(|standing| &standing.parts) {
            None => return Err(PlanError::UnknownParts { model, readers: readers() }),
            Some(parts) => {
                if let (Some(first), Some(last)) = (parts.missing.first(), parts.missing.last()) {
                    let (first, last) = (first.to_string(), last.to_string());
                    return Err(PlanError::MissingParts {
                        model,
                        readers: readers(),
                        first,
                        last,
                        count: parts.missing.len(),
                    });
                }
            }
        }
    }
    Ok(())
}
