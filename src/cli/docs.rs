//! The verb `docs`: a page that says what the chain is.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use serde::Serialize;

use super::desk::{Desk, Setup, group};
use super::exit::Exit;
use super::pages;
use super::report;
use super::show::hand_over;
use super::trouble::Trouble;
use crate::id::{ModelId, TaskId};
use crate::ledger::{LedgerError, PublicationRecord};
use crate::lineage::Lineage;
use crate::plan::Blueprint;
use crate::report::html::{DocsPage, ModelDoc, TaskDoc};
use crate::report::json::Document;
use crate::task::SettingsKind;

/// The document of `docs`.
#[derive(Serialize)]
struct Docs {
    chain: String,
    file: String,
    bytes: usize,
}

impl Document for Docs {
    const KIND: &'static str = "docs";
}

pub(super) fn docs(desk: &mut Desk<'_, '_>, out: Option<&Path>) -> Result<Exit, Trouble> {
    let setup = desk.set_up()?;
    let blueprint = setup.check_whole()?;
    let mut lineages = lineages(&setup, &blueprint)?;
    let models = (0..blueprint.models().len()).map(|at| {
        let id = ModelId::new(at);
        model(&setup, &blueprint, id, lineages.remove(&*blueprint.model(id).name))
    });
    let page = DocsPage {
        chain: desk.chain.name().to_owned(),
        drawing: report::drawing(&blueprint, desk.chain.name(), &BTreeMap::new()),
        tasks: blueprint.order().iter().map(|&id| task(&blueprint, id)).collect(),
        models: models.collect::<Result<_, Trouble>>()?,
    };
    let page = page.render();
    if let Some(file) = pages::write(desk, &setup, out, "docs.html", &page)? {
        report::tell(desk, &file, |chain, file| Docs { chain, file, bytes: page.len() })?;
    }
    Ok(Exit::Done)
}

fn task(blueprint: &Blueprint, id: TaskId) -> TaskDoc {
    let entry = blueprint.task(id);
    let about = entry.task.about();
    let name = |model| blueprint.model(model).name.to_string();
    let keys = about.settings.iter().filter_map(SettingsKind::keys).flatten();
    TaskDoc {
        name: entry.task.name().to_owned(),
        group: group(entry).unwrap_or_default(),
        doc: about.doc.trim().to_owned(),
        tags: about.tags.iter().map(|&tag| tag.to_owned()).collect(),
        cut: entry.task.partition(),
        ranges: entry.task.ranges().map(|ranges| ranges.max),
        requires: blueprint.requires(id).iter().copied().map(name).collect(),
        after: blueprint.after(id).iter().copied().flatten().map(name).collect(),
        provides: blueprint.provides(id).iter().copied().map(name).collect(),
        place: about.place.map(|(file, line)| (file.to_owned(), line)),
        settings: keys.map(|&key| key.to_owned()).collect(),
        reads_source: about.reads_source,
    }
}

/// What the columns of models are made of, as their last versions on record say: in the partition that was published last.
fn lineages(setup: &Setup, blueprint: &Blueprint) -> Result<BTreeMap<String, Arc<Lineage>>, Trouble> {
    let trouble = |error: LedgerError| Trouble::from(&error);
    let names: Vec<&str> = blueprint.models().iter().map(|model| &*model.name).collect();
    let published = setup.ledger().publications(&names).map_err(trouble)?;
    let last = |of: &dyn Fn(&PublicationRecord) -> bool| {
        let found = published.iter().filter(|record| of(record)).max_by_key(|record| record.at);
        found.map(|record| record.partition.as_str())
    };
    let any = last(&|_| true).unwrap_or(setup.orchestrator.job().partition_key());
    let mut lineages = BTreeMap::new();
    for name in names {
        // What is not published stands beside what is.
        let partition = last(&|record| record.model == name).unwrap_or(any);
        let version = setup.ledger().versions(partition, name, 1).map_err(trouble)?.pop();
        lineages.extend(version.and_then(|version| version.lineage).map(|lineage| (name.to_owned(), lineage)));
    }
    Ok(lineages)
}

fn model(
    setup: &Setup,
    blueprint: &Blueprint,
    id: ModelId,
    lineage: Option<Arc<Lineage>>,
) -> Result<ModelDoc, Trouble> {
    let entry = blueprint.model(id);
    let task = |task| blueprint.task(task).task.name().to_owned();
    Ok(ModelDoc {
        name: entry.name.to_string(),
        description: entry.reference.kind().describe(),
        provider: entry.provider.map(task),
        readers: blueprint.readers(id).map(task).collect(),
        hand_over: hand_over(setup, entry)?,
        lineage,
        settings: entry.reference.kind().keys().unwrap_or_default().iter().map(|&key| key.to_owned()).collect(),
    })
}
