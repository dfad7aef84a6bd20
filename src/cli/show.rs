//! The verb `show`: what a model is, its first rows, and its versions.

use std::fmt::Write as _;
use std::time::Duration;

use polars::prelude::{DataFrame, IdxSize, JsonFormat, JsonWriter, SerWriter};
use serde::Serialize;
use serde_json::Value;

use super::desk::{Desk, Setup};
use super::exit::Exit;
use super::runs;
use super::table::table;
use super::trouble::Trouble;
use crate::model::{Content, Description};
use crate::nearest;
use crate::plan::ModelEntry;
use crate::report::json::Document;
use crate::report::{Palette, Tone};
use crate::schema::{ColumnSchema, HandOver, Incremental, OrderBy};
use crate::store::Version;
use crate::words::{self, count, cut, number};

mod checks;
mod versions;

use checks::CheckShown;
use versions::VersionShown;

/// How many characters of a value are shown to people.
const LONGEST: usize = 24;

/// The document of `show`.
#[derive(Serialize)]
struct Shown {
    chain: String,
    model: String,
    kind: &'static str,
    doc: String,
    provider: Option<String>,
    readers: Vec<String>,
    columns: Vec<Column>,
    key: Vec<String>,
    /// The order of rows, the weightiest column first.
    order_by: Vec<String>,
    /// How it is handed to its readers.
    hand_over: HandOver,
    /// How it grows from run to run; `None` where each run makes it anew.
    incremental: Option<&'static str>,
    /// The same for people.
    #[serde(skip)]
    growth: Option<String>,
    /// The checks of the whole model.
    checks: Vec<CheckShown>,
    /// How old what is published may be.
    max_age_ms: Option<f64>,
    /// What the configuration section of the model may say.
    settings: Vec<String>,
    stored: Option<Stored>,
    /// The last versions on record, the last first.
    versions: Vec<VersionShown>,
}

impl Document for Shown {
    const KIND: &'static str = "show";
}

#[derive(Serialize)]
struct Column {
    name: &'static str,
    #[serde(rename = "type")]
    ty: String,
    nullable: bool,
    /// The rules its values keep, as they are written in `#[check(…)]`.
    checks: Vec<String>,
    doc: String,
}

/// What the store has of the model.
#[derive(Serialize)]
struct Stored {
    /// All rows of a table.
    rows: Option<usize>,
    /// The first rows of a table, by column name.
    first: Option<Vec<Value>>,
    /// The content of a value.
    value: Option<Value>,
    /// Where a file is.
    file: Option<String>,
}

pub(super) fn show(desk: &mut Desk<'_, '_>, model: &str, rows: usize, version: Option<&str>) -> Result<Exit, Trouble> {
    let setup = desk.set_up_about(model)?.for_partition()?;
    let blueprint = setup.check()?;
    let Some(id) = blueprint.model_named(model) else {
        let names = blueprint.models().iter().map(|model| &*model.name);
        let hint = nearest::hint(nearest::name(model, names).as_deref());
        return Err(Trouble::usage(format!("the chain has no model `{model}`{hint}"))
            .hint("`ls` lists the tasks and their models"));
    };
    let entry = blueprint.model(id);
    let description = entry.reference.kind().describe();
    let task = |task| blueprint.task(task).task.name().to_owned();
    let provider = entry.provider.map(task);
    let wanted = match version {
        Some(run) => Some(versions::of_run(&setup, model, provider.as_deref(), run)?),
        None => versions::published(&setup, model)?,
    };
    let stored = match &wanted {
        Some(wanted) => Some(stored(&setup, entry, &description, rows, wanted)?),
        None => None,
    };
    let incremental = description.schema.and_then(|schema| schema.incremental);
    let columns = description.schema.map_or(&[][..], |schema| schema.columns);
    let shown = Shown {
        chain: desk.chain.name().to_owned(),
        model: model.to_owned(),
        kind: description.kind,
        doc: description.doc.trim().to_owned(),
        readers: blueprint.readers(id).map(task).collect(),
        columns: columns.iter().map(Column::of).collect(),
        key: description.schema.map_or(&[][..], |schema| schema.key).iter().map(|&key| key.to_owned()).collect(),
        order_by: description.schema.map_or(&[][..], |schema| schema.order_by).iter().map(order).collect(),
        hand_over: hand_over(&setup, entry)?,
        incremental: incremental.map(Incremental::as_str),
        growth: incremental.map(|incremental| incremental.to_string()),
        checks: checks::listed(&setup, entry, provider.as_deref(), desk.manner.palette)?,
        max_age_ms: max_age(&setup, entry)?.map(runs::millis),
        provider,
        settings: entry.reference.kind().keys().unwrap_or_default().iter().map(|&key| key.to_owned()).collect(),
        stored,
        versions: versions::listed(&setup, model)?,
    };
    if desk.manner.json {
        desk.print_document(shown)?;
    } else {
        let text = shown.render(desk.manner.palette, desk.surroundings.width);
        desk.print(&text)?;
    }
    Ok(Exit::Done)
}

impl Column {
    fn of(column: &ColumnSchema) -> Column {
        Column {
            name: column.name,
            ty: column.ty.to_string(),
            nullable: column.nullable,
            checks: column.checks.iter().map(ToString::to_string).collect(),
            doc: column.doc.trim().to_owned(),
        }
    }
}

impl Shown {
    fn render(&self, palette: Palette, width: u16) -> String {
        let mut text = format!("{}  {}\n", palette.paint(Tone::Strong, &self.model), self.kind);
        for line in self.doc.lines() {
            let _ = writeln!(text, "{}", format!("  {}", line.trim()).trim_end());
        }
        let mut facts = vec![("provided by", self.provider.clone().unwrap_or_else(|| "nobody".to_owned()))];
        let lists = [
            ("read by", &self.readers),
            ("key", &self.key),
            ("ordered by", &self.order_by),
            ("settings", &self.settings),
        ];
        if self.hand_over != HandOver::Memory {
            facts.push(("handed over", self.hand_over.to_string()));
        }
        if let Some(growth) = &self.growth {
            facts.push(("incremental", growth.clone()));
        }
        if let Some(age) = self.max_age_ms {
            facts.push(("max age", words::duration(Duration::from_secs_f64(age / 1_000.0))));
        }
        facts
            .extend(lists.into_iter().filter(|(_, list)| !list.is_empty()).map(|(name, list)| (name, list.join(", "))));
        text.push('\n');
        for (name, fact) in facts {
            let _ = writeln!(text, "{}  {fact}", palette.paint(Tone::Dim, format_args!("{name:<11}")));
        }
        if !self.columns.is_empty() {
            let rows = self.columns.iter().map(|column| {
                let ty = if column.nullable { format!("{}, nullable", column.ty) } else { column.ty.clone() };
                let mut meaning = column.doc.lines().collect::<Vec<_>>().join(" ");
                if !column.checks.is_empty() {
                    let _ = write!(meaning, " [{}]", column.checks.join("; "));
                }
                vec![column.name.to_owned(), ty, meaning.trim_start().to_owned()]
            });
            let _ = write!(
                text,
                "\n{}",
                table(&["column", "type", "meaning"].map(str::to_owned), rows, Some(width), palette)
            );
        }
        text.push_str(&checks::render(&self.checks, width, palette));
        text.push_str(&self.render_stored(palette));
        text.push_str(&versions::render(&self.versions, palette));
        text
    }

    fn render_stored(&self, palette: Palette) -> String {
        match &self.stored {
            None => "\nnothing is stored of it\n".to_owned(),
            Some(Stored { first: Some(first), rows, .. }) => {
                let names: Vec<&str> = self.columns.iter().map(|column| column.name).collect();
                let all = rows.unwrap_or(first.len()) as u64;
                let said = match first.len() as u64 {
                    0 => return format!("\n{}\n", count(all, "row")),
                    shown if shown == all => format!("\n{}:\n", count(all, "row")),
                    shown => format!("\nthe first {} of {}:\n", number(shown), count(all, "row")),
                };
                // Turned round, so that a table of many columns can be read.
                let header: Vec<String> = std::iter::once("column".to_owned())
                    .chain((1..=first.len()).map(|row| format!("row {row}")))
                    .collect();
                let lines = names.iter().map(|&name| {
                    let values = first.iter().map(|row| short(row.get(name).unwrap_or(&Value::Null)));
                    std::iter::once(name.to_owned()).chain(values).collect()
                });
                said + &table(&header, lines, None, palette)
            }
            Some(Stored { value: Some(value), .. }) => format!("\n{value:#}\n"),
            Some(Stored { file, .. }) => format!("\nstored as {}\n", file.as_deref().unwrap_or("a file")),
        }
    }
}

/// What the store has of a version of a model, with its first rows.
fn stored(
    setup: &Setup,
    entry: &ModelEntry,
    description: &Description,
    rows: usize,
    version: &Version,
) -> Result<Stored, Trouble> {
    let store = setup.orchestrator.store().expect("a chain is set up with a store");
    let section = setup.config.models.get(&entry.name);
    let model = entry
        .reference
        .kind()
        .build(&section)
        .map_err(|error| Trouble::new(Exit::Configuration, format!("model `{}`: {error}", entry.name)))?;
    let storage = versions::form(version, model.storage());
    let content = store.load(version, &storage, description.schema).map_err(|error| Trouble::from(&error))?;
    let nothing = Stored { rows: None, first: None, value: None, file: None };
    Ok(match content {
        Content::Table(frame) => {
            let first = first_rows(&frame, rows).map_err(|error| Trouble::caused(Exit::Store, &*error))?;
            Stored { rows: Some(frame.height()), first: Some(first), ..nothing }
        }
        Content::Parquet(file) => {
            let head = file.scan().and_then(|scan| scan.limit(rows.try_into().unwrap_or(IdxSize::MAX)).collect());
            let head = head.map_err(|error| Trouble::caused(Exit::Store, &error))?;
            let first = first_rows(&head, rows).map_err(|error| Trouble::caused(Exit::Store, &*error))?;
            Stored { rows: usize::try_from(file.rows()).ok(), first: Some(first), ..nothing }
        }
        Content::Json(text) => {
            let value = serde_json::from_str(&text).map_err(|error| Trouble::caused(Exit::Store, &error))?;
            Stored { value: Some(value), ..nothing }
        }
        Content::File(_) => Stored { file: Some(path(setup, version)?), ..nothing },
    })
}

/// How the model is handed to its readers.
pub(super) fn hand_over(setup: &Setup, entry: &ModelEntry) -> Result<HandOver, Trouble> {
    let hand_over = entry.reference.kind().hand_over(&setup.config.models.get(&entry.name));
    hand_over.map_err(|error| Trouble::new(Exit::Configuration, format!("model `{}`: {error}", entry.name)))
}

/// How old what is published of the model may be.
fn max_age(setup: &Setup, entry: &ModelEntry) -> Result<Option<Duration>, Trouble> {
    let max_age = entry.reference.kind().max_age(&setup.config.models.get(&entry.name));
    max_age.map_err(|error| Trouble::new(Exit::Configuration, format!("model `{}`: {error}", entry.name)))
}

/// Where the file of a version is: for a published one the path that stays, not that of the run which made it.
fn path(setup: &Setup, version: &Version) -> Result<String, Trouble> {
    let store = setup.orchestrator.store().expect("a chain is set up with a store");
    let is_published = versions::published(setup, &version.model)?.as_ref() == Some(version);
    let current = if is_published { store.current().map_err(|error| Trouble::from(&error))? } else { Vec::new() };
    let path = current.into_iter().find(|current| current.model == version.model).map(|current| current.path);
    Ok(path.unwrap_or_else(|| store.path(version)).display().to_string())
}

fn order(term: &OrderBy) -> String {
    let direction = if term.descending { " desc" } else { "" };
    format!("{}{direction}", term.column)
}

/// The first rows of a table, as objects.
pub(super) fn first_rows(frame: &DataFrame, rows: usize) -> Result<Vec<Value>, Box<dyn std::error::Error>> {
    let mut head = frame.head(Some(rows));
    let mut json = Vec::new();
    JsonWriter::new(&mut json).with_json_format(JsonFormat::Json).finish(&mut head)?;
    Ok(serde_json::from_slice(&json)?)
}

/// A value as a person wants to see it in a table.
fn short(value: &Value) -> String {
    let text = match value {
        Value::Null => "–".to_owned(),
        Value::String(text) => text.escape_debug().to_string(),
        other => other.to_string(),
    };
    cut(&text, LONGEST)
}
