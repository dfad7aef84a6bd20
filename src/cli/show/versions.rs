//! The versions of a model that are on record, and the one that is meant.

use serde::Serialize;

use crate::cli::desk::Setup;
use crate::cli::exit::Exit;
use crate::cli::runs;
use crate::cli::table::table;
use crate::cli::trouble::Trouble;
use crate::id::RunId;
use crate::ledger::VersionRecord;
use crate::model::Storage;
use crate::report::{Palette, Tone};
use crate::schema::Format;
use crate::store::Version;
use crate::words::{bytes, number};

/// How many versions are listed.
const LISTED: usize = 10;

/// A version in documents.
#[derive(Serialize)]
pub(super) struct VersionShown {
    run: String,
    at: String,
    task: String,
    rows: Option<u64>,
    bytes: u64,
    stored_bytes: Option<u64>,
    digest: String,
    /// Whether it is the published one.
    published: bool,
    #[serde(skip)]
    row: Vec<String>,
}

/// The last versions of a model.
pub(super) fn listed(setup: &Setup, model: &str) -> Result<Vec<VersionShown>, Trouble> {
    let versions = setup
        .ledger()
        .versions(setup.orchestrator.job().partition_key(), model, LISTED)
        .map_err(|error| Trouble::from(&error))?;
    let published = published(setup, model)?.map(|version| version.run);
    Ok(versions.iter().map(|version| VersionShown::of(version, published)).collect())
}

/// The version of a model that is published.
pub(super) fn published(setup: &Setup, model: &str) -> Result<Option<Version>, Trouble> {
    let Some(store) = setup.orchestrator.store() else { return Ok(None) };
    let published = store.published().map_err(|error| Trouble::from(&error))?;
    let mut versions = published.into_iter().flat_map(|published| published.versions);
    Ok(versions.find(|version| version.model == model))
}

/// The version of a model that a run made.
pub(super) fn of_run(setup: &Setup, model: &str, provider: Option<&str>, text: &str) -> Result<Version, Trouble> {
    let run = runs::find(setup.ledger(), text)?;
    let partition = setup.orchestrator.job().partition_key();
    if run.partition != partition && !run.partition.is_empty() {
        let (id, of) = (run.run.short(), run.partition);
        return Err(Trouble::new(Exit::Usage, format!("run {id} is one of partition `{of}`"))
            .hint(format!("say so: `show {model} --version {id} --partition {of}`")));
    }
    let run = run.run;
    let steps = setup.ledger().steps(run).map_err(|error| Trouble::from(&error))?;
    let found = steps.iter().flat_map(|step| &step.made).find(|version| version.model == model);
    let (run_short, none) = (run.short(), |message: String| {
        Trouble::new(Exit::Usage, message).hint(format!("`show {model}` lists the versions on record"))
    });
    let Some(found) = found else {
        let step = steps.iter().find(|step| Some(step.task.as_str()) == provider);
        let reused = step.and_then(|step| step.reused).map(|run| format!("; it reused that of run {}", run.short()));
        let reused = reused.unwrap_or_default();
        return Err(none(format!("run {run_short} made no version of model `{model}`{reused}")));
    };
    found.version().ok_or_else(|| none(format!("what run {run_short} made of model `{model}` was kept in memory only")))
}

/// The form in which a version is stored, which need not be that of the present.
pub(super) fn form(version: &Version, present: Storage) -> Storage {
    let formats = [Format::Parquet, Format::Csv, Format::Ndjson, Format::Ipc];
    let format = formats.into_iter().find(|format| format.as_str() == version.extension);
    match (present, format) {
        (Storage::Table(_) | Storage::Memory, Some(format)) => Storage::Table(format),
        (present, _) => present,
    }
}

/// The versions as a table for people.
pub(super) fn render(versions: &[VersionShown], palette: Palette) -> String {
    if versions.is_empty() {
        return String::new();
    }
    let header = ["version", "made (UTC)", "rows", "size", ""].map(str::to_owned);
    let rows = versions.iter().map(|version| {
        let mut row = version.row.clone();
        row.push(if version.published { palette.paint(Tone::Good, "published") } else { String::new() });
        row
    });
    format!("\n{}", table(&header, rows, None, palette))
}

impl VersionShown {
    fn of(version: &VersionRecord, published: Option<RunId>) -> VersionShown {
        let stored = version.file.as_ref().map(|file| file.bytes);
        let row = vec![
            version.run.short(),
            runs::short_clock(version.at),
            version.rows.map_or_else(|| "–".to_owned(), number),
            stored.map_or_else(|| "in memory".to_owned(), bytes),
        ];
        VersionShown {
            run: version.run.to_string(),
            at: runs::time(version.at),
            task: version.task.clone(),
            rows: version.rows,
            bytes: version.bytes,
            stored_bytes: stored,
            digest: version.digest.to_string(),
            published: published == Some(version.run),
            row,
        }
    }
}
