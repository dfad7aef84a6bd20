//! What a step builds on besides what it reads: the versions that its models grow from, and the files that were read before.

use crate::id::{ModelId, TaskId};
use crate::plan::{Previous, inputs};
use crate::source::SourceState;

use super::Course;

impl Course {
    /// What each model of a step that grows is to grow from; nothing where it is forced, which makes it anew.
    pub(in crate::run) fn previous(&self, task: TaskId) -> Vec<(ModelId, Previous)> {
        let Some(standing) = self.situation.standings.get(task.index()).filter(|standing| !standing.grows.is_empty())
        else {
            return Vec::new();
        };
        let inputs = inputs(&self.blueprint, task, |model| self.known(model).input);
        let mut previous = standing.previous(&inputs);
        if self.situation.forced.contains(&task) {
            previous.values_mut().for_each(|previous| *previous = &Previous::Nothing);
        }
        let by_id = |(model, previous): (&str, &Previous)| Some((self.blueprint.model_named(model)?, previous.clone()));
        previous.into_iter().filter_map(by_id).collect()
    }

    /// What a step is to leave out of its source; nothing where it is forced, which reads all again.
    pub(in crate::run) fn taken(&self, task: TaskId) -> Option<SourceState> {
        let taken = self.situation.standings.get(task.index())?.taken.as_ref()?;
        Some(if self.situation.forced.contains(&task) { SourceState::default() } else { taken.clone() })
    }
}
