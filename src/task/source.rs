//! The task that reads a source model; the orchestrator puts it in where nothing provides one.

use std::sync::Arc;

use crate::failure::Result;
use crate::fingerprint::Code;
use crate::model::{Model, SourceVisitor};

use super::call::Call;
use super::reference::ModelRef;
use super::{About, AnyTask, Task};

/// The task that reads the source model `M`; `None` for a model that is not a source.
#[must_use]
pub fn source_task<M: Model>() -> Option<AnyTask> {
    M::visit_source(Make)
}

struct Make;

impl SourceVisitor for Make {
    type Output = AnyTask;

    fn visit<M: Model, J: Model>(self, has_rejects: bool, load: fn(&mut M, &mut J) -> Result<()>) -> AnyTask {
        let mut provides = vec![ModelRef::of::<M>()];
        if has_rejects {
            provides.push(ModelRef::of::<J>());
        }
        Arc::new(ReadSource {
            name: format!("read_{}", M::NAME),
            doc: format!("Reads the source `{}`.", M::NAME),
            provides,
            load,
        })
    }
}

struct ReadSource<M, J> {
    name: String,
    doc: String,
    provides: Vec<ModelRef>,
    load: fn(&mut M, &mut J) -> Result<()>,
}

impl<M: Model, J: Model> Task for ReadSource<M, J> {
    fn name(&self) -> &str {
        &self.name
    }

    fn requires(&self) -> &[ModelRef] {
        &[]
    }

    fn provides(&self) -> &[ModelRef] {
        &self.provides
    }

    fn run(&self, call: &Call<'_>) -> Result<()> {
        let mut source = call.provide::<M>(0)?;
        if self.provides.len() == 1 {
            // Without rejects the loader never writes into its second argument.
            let section = crate::section::Section::new(J::NAME);
            let mut none = J::build(section.read()?, &section)?;
            return (self.load)(&mut source, &mut none);
        }
        let mut rejects = call.provide::<J>(1)?;
        (self.load)(&mut source, &mut rejects)
    }

    fn code(&self) -> Code {
        // How files are read is the library's own code, and the contract of the table is compared by itself.
        Code::Version("purvey source 1".into())
    }

    fn about(&self) -> About<'_> {
        About { doc: &self.doc, reads_source: true, ..About::default() }
    }
}
