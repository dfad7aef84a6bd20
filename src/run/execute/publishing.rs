//! How a run ends, and what it brings into view.

use crate::event::{Ending, Fact};
use crate::id::ModelId;
use crate::run::job::Publish;
use crate::run::results;

use super::Loop;

impl Loop<'_, '_, '_> {
    pub(super) fn ending(&self) -> Ending {
        if self.has_failed || self.store_error.is_some() || self.ledger_error.is_some() {
            Ending::Failed
        } else if self.telling.steps().iter().all(|step| step.state.is_good()) {
            Ending::Done
        } else {
            Ending::Cancelled
        }
    }

    /// Brings the results of a step into view, where that is wanted before the run ends. They are on record, as is all
    /// that was brought into view before.
    pub(super) fn publish_step(&mut self) {
        if self.job.options.publish == Publish::Task {
            self.bring_into_view();
        }
    }

    /// Brings all results into view; `false` where that did not go well.
    pub(super) fn publish(&mut self) -> bool {
        // What is about to come into view must be on record first.
        let recorded = self.journal.write();
        let is_in_view = recorded.is_ok() && self.bring_into_view();
        if let Err(error) = recorded.and_then(|()| self.journal.write()) {
            self.ledger_error.get_or_insert(error);
            return false;
        }
        is_in_view
    }

    fn bring_into_view(&mut self) -> bool {
        let Some(store) = self.job.store.clone() else { return true };
        let is_good = |model: ModelId| {
            let provider = self.job.blueprint.model(model).provider;
            provider.is_some_and(|provider| self.states.get(provider).is_good())
        };
        let published = results::set(self.job, &*store, &self.course, is_good)
            .and_then(|versions| Ok((results::publish(self.job, &*store, &versions, self.rows.as_slice())?, versions)));
        match published {
            Ok((published, versions)) => {
                self.journal.published(&versions, self.job.context.clock().now());
                self.published.clone_from(&published);
                self.telling.say(Fact::RunPublished { models: published });
                true
            }
            Err(error) => {
                self.store_error.get_or_insert(error);
                false
            }
        }
    }

    /// Reads the models that the caller wants to have and that no step of this run has made; `false` where one cannot be
    /// read.
    pub(super) fn load_kept(&mut self) -> bool {
        for model in (0..self.job.kept.len()).filter(|&at| self.job.kept[at]).map(ModelId::new) {
            let Some(version) = self.course.version(model) else { continue };
            if let Err(error) = results::load(self.job, model, version) {
                self.store_error.get_or_insert(error);
                return false;
            }
        }
        true
    }
}
