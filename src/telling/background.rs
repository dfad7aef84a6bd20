//! What is known of a chain before it runs, and what events do not say.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::id::ModelId;
use crate::partition::Partition;
use crate::plan::Blueprint;
use crate::schema::TableSchema;
use crate::section::Sections;

/// What is known of a chain before it runs, and what events do not say: what its tasks read and make, and where that is.
#[derive(Clone, Debug, Default)]
pub struct Background {
    pub(super) partition: Option<Partition>,
    /// By name.
    pub(super) tasks: BTreeMap<String, TaskBackground>,
}

/// A task.
#[derive(Clone, Debug)]
pub(super) struct TaskBackground {
    pub(super) doc: String,
    pub(super) reads: Vec<ModelBackground>,
    pub(super) makes: Vec<ModelBackground>,
}

/// A model, or a file from outside that a task reads one from.
#[derive(Clone, Debug)]
pub(super) struct ModelBackground {
    /// The model's name.
    pub(super) name: String,
    /// Where it stands, apart from partitions.
    pub(super) path: PathBuf,
    pub(super) doc: String,
    pub(super) schema: Option<&'static TableSchema>,
    /// Whether it is what was there before the model was read from it.
    pub(super) is_outside: bool,
}

impl Background {
    /// What a chain is like, with the configuration of its models as it is written, and the folder for results.
    #[must_use]
    pub fn of(blueprint: &Blueprint, models: &Sections, data: &Path, partition: Option<&Partition>) -> Background {
        let model = |id: ModelId| {
            let entry = blueprint.model(id);
            let description = entry.reference.kind().describe();
            ModelBackground {
                name: entry.name.to_string(),
                path: absolute(&data.join(&*entry.name)),
                doc: description.doc.trim().to_owned(),
                schema: description.schema,
                is_outside: false,
            }
        };
        let outside = |id: ModelId| {
            let inside = model(id);
            let section = models.get(&inside.name);
            let path = section.resolve("path", Path::new(&section.text("path")?));
            Some(ModelBackground { path: absolute(&path), is_outside: true, ..inside })
        };
        // What other partitions have is the same model, whether this run makes it or not.
        let gathered = |id: ModelId| {
            let name = blueprint.model(id).reference.kind().gathers()?.model;
            Some(ModelBackground {
                name: name.to_owned(),
                path: absolute(&data.join(name)),
                doc: String::new(),
                ..model(id)
            })
        };
        let tasks = blueprint.order().iter().map(|&id| {
            let task = &blueprint.task(id).task;
            let about = task.about();
            let makes = blueprint.provides(id);
            let mut reads: Vec<ModelBackground> = blueprint.reads(id).map(model).collect();
            if about.reads_source {
                reads.extend(makes.iter().copied().filter_map(outside));
            }
            for other in makes.iter().copied().filter_map(gathered) {
                if reads.iter().all(|read| read.name != other.name) {
                    reads.push(other);
                }
            }
            let doc = about.doc.trim().to_owned();
            (task.name().to_owned(), TaskBackground { doc, reads, makes: makes.iter().copied().map(model).collect() })
        });
        Background { partition: partition.cloned(), tasks: tasks.collect() }
    }
}

fn absolute(path: &Path) -> PathBuf {
    // Only an empty path, or a working folder that is gone, has none.
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}
