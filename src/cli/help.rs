//! The part of the help that teaches: selections, examples and exit codes, in the names of the chain at hand.

use super::exit::Exit;
use crate::task::Chain;

const SELECTIONS: &str = "\
Selections (run, plan, ls, graph, --force), for tasks and models of these names:
  bookings               the task, or the provider of the model, of this name
  reports/ranking        the task with its group in front
  monthly_*              every name that fits
  tag:daily              every task with this tag
  group:reports          every task in this group
  +bookings              the task and all it reads from
  bookings+              the task and all that reads from it
  2+bookings             the same, so many steps far
  a b                    all of these
  a,b                    those that are in both";

/// What stands below the options.
pub(super) fn below_the_options(chain: &Chain) -> String {
    format!("{SELECTIONS}\n\nExamples:\n{}\n\nExit codes:\n{}", examples(chain), exit_codes())
}

/// What may be typed for this chain; each of it works.
fn examples(chain: &Chain) -> String {
    let name = chain.name();
    let mut examples = vec![(name.to_owned(), "run the whole chain")];
    let entries = chain.tasks().entries();
    let source = entries.iter().flat_map(|entry| entry.task.requires()).find(|model| model.is_source());
    if let Some(source) = source {
        let set = format!("{name} --set models.{}.path=FILE --data DIR", source.name());
        examples.push((set, "run it on other input, with results in another folder"));
    }
    if let Some(last) = entries.last() {
        let task = last.task.name();
        examples.push((format!("{name} plan +{task}"), "see what a run of this task, and of all it needs, would do"));
        examples.push((format!("{name} run --exclude {task}"), "run all but this task"));
        examples.push((
            format!("{name} run --force {task}+"),
            "run this task and all that reads from it, up to date or not",
        ));
        examples.push((format!("{name} explain {task}"), "see what a run would do with this task, and why"));
    }
    let mut provided = entries.iter().rev().flat_map(|entry| entry.task.provides());
    if let Some(table) = provided.find(|model| model.kind().describe().schema.is_some()) {
        examples.push((format!("{name} show {} --rows 5", table.name()), "see what a table is, and its first rows"));
    }
    examples.push((format!("{name} resume last"), "go on with the last run, with the options it was started with"));
    examples.push((format!("{name} report"), "write a page about the last run, for a browser"));
    examples.push((format!("{name} history --since 7d --failed"), "see which runs of the last week failed"));
    examples.push((format!("{name} gc --keep-runs 30 --dry-run"), "see what could be removed if 30 runs were enough"));
    let lines: Vec<String> = examples.iter().map(|(typed, what)| format!("  {typed}\n      {what}")).collect();
    lines.join("\n")
}

fn exit_codes() -> String {
    let lines: Vec<String> = Exit::ALL.iter().map(|exit| format!("  {:>3}  {}", exit.code(), exit.meaning())).collect();
    lines.join("\n")
}
