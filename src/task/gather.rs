//! The task that gathers what several partitions have of a model; the orchestrator puts it in where nothing provides that.

use std::sync::Arc;

use crate::failure::Result;
use crate::fingerprint::Code;
use crate::model::{Model, PartVisitor};

use super::call::Call;
use super::reference::ModelRef;
use super::{About, AnyTask, Task};

/// The task that gathers the model `M`; `None` for a model that is not gathered.
#[must_use]
pub fn gather_task<M: Model>() -> Option<AnyTask> {
    M::visit_parts(Make)
}

struct Make;

impl PartVisitor for Make {
    type Output = AnyTask;

    fn visit<A: Model, M: Model>(self) -> AnyTask {
        Arc::new(Gather {
            name: format!("gather_{}", A::NAME),
            doc: format!("Gathers {}", A::describe().doc),
            // For the whole chain a month comes after its days; in a run for a month nobody makes days.
            after: A::GATHERS
                .filter(|gathers| gathers.span.has_own() || gathers.span.is_of_others())
                .map(|_| ModelRef::of::<M>())
                .into_iter()
                .collect(),
            provides: [ModelRef::of::<A>()],
        })
    }
}

struct Gather {
    name: String,
    doc: String,
    /// The model itself, where the run's own partition is one of them, or comes after them all.
    after: Vec<ModelRef>,
    provides: [ModelRef; 1],
}

impl Task for Gather {
    fn name(&self) -> &str {
        &self.name
    }

    fn requires(&self) -> &[ModelRef] {
        &[]
    }

    fn provides(&self) -> &[ModelRef] {
        &self.provides
    }

    fn after(&self) -> &[ModelRef] {
        &self.after
    }

    /// What it provides was filled before it was called: only the run knows where other partitions are.
    fn run(&self, _: &Call<'_>) -> Result<()> {
        Ok(())
    }

    fn code(&self) -> Code {
        Code::Version("purvey gather 1".into())
    }

    fn about(&self) -> About<'_> {
        About { doc: &self.doc, ..About::default() }
    }
}
