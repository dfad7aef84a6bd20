//! How the data of each task is cut: what does not go together, and which tasks a run for a partition has.

use crate::model::{Gathers, Span};
use crate::partition::{Cut, Partition, Partitioning, Unit};
use crate::task::{Entry, ModelRef, TaskList};

use super::blueprint::Declaration;
use super::fault::Fault;
use super::wiring::Wiring;

/// How the data of a task is cut: as it says, else as that of the chain is. `None` for a list.
pub(crate) fn cut_of(entry: &Entry, chain: Option<Cut>) -> Option<Cut> {
    entry.task.partition().or(chain)
}

/// How the data of a chain is cut; `None` for a list.
pub(crate) fn cut_of_chain(partitioning: &Partitioning) -> Option<Cut> {
    partitioning.unit().map(Cut::By)
}

/// Whether the orchestrator has put in a task.
pub(super) fn is_fetching(entry: &Entry) -> bool {
    let is_gathering = || entry.task.provides().first().is_some_and(|model| model.kind().gathers().is_some());
    entry.task.about().reads_source || is_gathering()
}

/// The tasks that a run for a partition has, where the chain has others besides.
pub(super) fn tasks_of(declared: &Declaration<'_>, partition: &Partition) -> Option<TaskList> {
    let chain = cut_of_chain(declared.partitioning?);
    let is_of = |entry: &&Entry| cut_of(entry, chain) == partition.cut();
    let entries = declared.tasks.entries();
    if entries.iter().all(|entry| is_of(&entry)) {
        return None;
    }
    Some(entries.iter().filter(is_of).cloned().collect::<Vec<Entry>>().into())
}

/// Finds tasks whose data is not cut as that of the models they read.
pub(super) fn check(declared: &Declaration<'_>, entries: &[Entry], wiring: &Wiring, faults: &mut Vec<Fault>) {
    let listed = declared.tasks.entries().iter();
    let is_concerned = |entry: &&Entry| {
        let mut read = entry.task.requires().iter().chain(entry.task.after());
        entry.task.partition().is_some() || read.any(|model| model.kind().gathers().is_some())
    };
    let Some(partitioning) = declared.partitioning else {
        faults.extend(listed.filter(is_concerned).map(|entry| Fault::Uncut { task: entry.task.name().to_owned() }));
        return;
    };
    if !declared.tasks.entries().iter().any(|entry| is_concerned(&entry)) {
        return;
    }
    let cuts = Cuts { declared, entries, wiring, chain: cut_of_chain(partitioning) };
    for entry in listed {
        let task = entry.task.name();
        let cut = cut_of(entry, cuts.chain);
        if let (Some(cut @ Cut::By(_)), None) = (entry.task.partition(), cuts.chain) {
            faults.push(Fault::Untimed { task: task.to_owned(), cut });
            continue;
        }
        for model in entry.task.requires().iter().chain(entry.task.after()) {
            let fault = match model.kind().gathers() {
                Some(gathers) => cuts.misfit_of_window(task, cut, gathers),
                None => cuts.misfit(task, cut, model),
            };
            faults.extend(fault);
        }
    }
}

/// A chain whose partitions are looked at.
struct Cuts<'a> {
    declared: &'a Declaration<'a>,
    entries: &'a [Entry],
    wiring: &'a Wiring,
    chain: Option<Cut>,
}

impl<'a> Cuts<'a> {
    /// The task that provides a model, unless the orchestrator has put it in.
    fn provider(&self, model: &str) -> Option<&'a Entry> {
        let model = self.wiring.mentions.find(model)?;
        let entry = &self.entries[self.wiring.mentions.models[model.index()].provider?.index()];
        Some(entry).filter(|entry| !is_fetching(entry))
    }

    /// What is wrong with a model that a task reads as it is.
    fn misfit(&self, task: &str, cut: Option<Cut>, model: &ModelRef) -> Option<Fault> {
        let provider = self.provider(model.name())?;
        let made = cut_of(provider, self.chain);
        (made != cut).then(|| Fault::OtherPartitions {
            task: task.to_owned(),
            cut: named(cut),
            model: model.name().to_owned(),
            provider: provider.task.name().to_owned(),
            made: named(made),
            advice: match cut {
                Some(Cut::All) => "read `&Across<…, All>` of it",
                _ if lies_within(made, cut) => "read `&Across<…, Within>` of it",
                _ => "let one of the two be run as the other is, with `#[task(partition = \"…\")]`",
            },
        })
    }

    /// What is wrong with a model of which a task reads several partitions.
    fn misfit_of_window(&self, task: &str, cut: Option<Cut>, gathers: &Gathers) -> Option<Fault> {
        let (task, model) = (task.to_owned(), gathers.model.to_owned());
        let provider = self.provider(gathers.model);
        let is_supplied = self.declared.supplied.iter().any(|supplied| supplied.name() == gathers.model);
        if is_supplied || provider.is_none() && !gathers.is_source {
            return Some(Fault::MissingProvider { model, required_by: vec![task], similar: None });
        }
        let section = self.declared.models.get(gathers.model);
        let mentioned =
            self.wiring.mentions.find(gathers.model).map(|model| &self.wiring.mentions.models[model.index()]);
        if mentioned.is_some_and(|model| !model.reference.kind().is_stored(&section)) {
            return Some(Fault::Unstored { task, model });
        }
        // A source is read in every run that somebody reads it in.
        let made = provider.map(|provider| cut_of(provider, self.chain));
        let why = match gathers.span {
            Span::Trailing(_) | Span::Preceding(_) if cut == Some(Cut::All) => {
                "the task is run for all data, which has no partition before it; `All` reads all there are".to_owned()
            }
            Span::Trailing(_) | Span::Preceding(_) => match made.filter(|made| *made != cut) {
                Some(made) => format!("that is made {}, and the task is run {}", named(made), named(cut)),
                None => return None,
            },
            Span::Within => {
                let made = made.unwrap_or(self.chain);
                if lies_within(made, cut) {
                    return None;
                }
                format!("that is made {}, and the task is run {}", named(made), named(cut))
            }
            Span::All if cut == Some(Cut::All) => return None,
            Span::All => "only a task that is run once for all data does, `#[task(partition = \"all\")]`".to_owned(),
        };
        Some(Fault::Window { task, span: gathers.span, model, why })
    }
}

/// Whether each partition of one cut lies in one of another.
fn lies_within(part: Option<Cut>, whole: Option<Cut>) -> bool {
    use Unit::{Day, Hour, Month, Week};
    let (Some(Cut::By(part)), Some(Cut::By(whole))) = (part, whole) else { return false };
    matches!((part, whole), (Hour, Day | Week | Month) | (Day, Week | Month))
}

/// How often a task is run, in words.
pub(super) fn named(cut: Option<Cut>) -> String {
    match cut {
        Some(cut) => cut.each().to_owned(),
        None => "for each partition of the list".to_owned(),
    }
}
