//! The verb `config`: every setting, its value, and who says so.

use std::fmt::Write as _;

use serde::{Serialize, Serializer};
use toml::Value;

use super::desk::{Desk, Setup};
use super::exit::Exit;
use super::invocation::Talk;
use super::trouble::Trouble;
use crate::config::{PartitionSettings, RunSettings, ScheduleSettings, TellingSettings};
use crate::plan::Blueprint;
use crate::report::json::Document;
use crate::report::{Palette, Tone};
use crate::section::{Effective, Origin, Section, SectionError};
use crate::words::count;

/// The document of `config`.
#[derive(Serialize)]
struct Settings {
    chain: String,
    /// The files that were read, the weaker first.
    files: Vec<String>,
    sections: Vec<Shown>,
}

impl Document for Settings {
    const KIND: &'static str = "config";
}

#[derive(Serialize)]
struct Shown {
    section: String,
    values: Vec<ShownValue>,
}

#[derive(Serialize)]
struct ShownValue {
    key: String,
    /// `None` for a value that is not set, or is secret.
    #[serde(serialize_with = "as_json")]
    value: Option<Value>,
    secret: bool,
    origin: String,
}

fn as_json<S: Serializer>(value: &Option<Value>, serializer: S) -> Result<S::Ok, S::Error> {
    value.as_ref().map(plain).serialize(serializer)
}

/// JSON has no dates; they become texts.
fn plain(value: &Value) -> serde_json::Value {
    match value {
        Value::Datetime(date) => date.to_string().into(),
        Value::Array(values) => values.iter().map(plain).collect(),
        Value::Table(table) => table.iter().map(|(key, value)| (key.clone(), plain(value))).collect(),
        Value::String(text) => text.as_str().into(),
        Value::Integer(number) => (*number).into(),
        Value::Float(number) => (*number).into(),
        Value::Boolean(answer) => (*answer).into(),
    }
}

pub(super) fn config(desk: &mut Desk<'_, '_>) -> Result<Exit, Trouble> {
    let setup = desk.set_up()?;
    let blueprint = setup.check_whole()?;
    let sections = gather(&setup, &blueprint).map_err(|error| Trouble::caused(Exit::Configuration, &error))?;
    let files = setup.config.files().map(|path| path.display().to_string()).collect();
    if desk.manner.json {
        let chain = desk.chain.name().to_owned();
        desk.print_document(Settings { chain, files, sections })?;
    } else {
        let text = render(&sections, desk.manner.talk == Talk::Verbose, desk.manner.palette);
        desk.print(&text)?;
    }
    Ok(Exit::Done)
}

fn gather(setup: &Setup, blueprint: &Blueprint) -> Result<Vec<Shown>, SectionError> {
    let mut sections = vec![run_section(setup)?];
    let partitions = &setup.config.partitions_section;
    sections.push(shown(partitions, partitions.effective::<PartitionSettings>()?));
    let telling = &setup.config.telling_section;
    sections.push(shown(telling, telling.effective::<TellingSettings>()?));
    for (_, section) in setup.config.schedule_sections.iter() {
        sections.push(shown(section, section.effective::<ScheduleSettings>()?));
    }
    let params = &setup.config.params;
    let param = |(key, value): (&String, &Value)| Effective {
        key: key.clone(),
        value: Some(value.clone()),
        origin: params.origin(key).clone(),
    };
    sections.push(shown(params, params.values().iter().map(param).collect()));
    for model in blueprint.models() {
        let section = setup.config.models.get(&model.name);
        sections.push(shown(&section, model.reference.kind().effective(&section)?));
    }
    for entry in blueprint.tasks() {
        let section = setup.config.tasks.get(entry.task.name());
        let mut values = Vec::new();
        for kind in entry.task.about().settings {
            values.extend(kind.effective(&section)?);
        }
        sections.push(shown(&section, values));
    }
    sections.retain(|section| !section.values.is_empty());
    Ok(sections)
}

/// `[run]`, where the command line has the last word.
fn run_section(setup: &Setup) -> Result<Shown, SectionError> {
    let section = &setup.config.run_section;
    let mut run = shown(section, section.effective::<RunSettings>()?);
    let (data, origin) = &setup.data;
    for value in run.values.iter_mut().filter(|value| value.key == "data") {
        (value.value, value.origin) = (Some(Value::String(data.display().to_string())), origin.clone());
    }
    Ok(run)
}

fn shown(section: &Section, values: Vec<Effective>) -> Shown {
    let value = |Effective { key, value, origin }: Effective| ShownValue {
        // What is set and still not shown has asked not to be.
        secret: value.is_none() && origin != Origin::Default,
        key,
        value,
        origin: origin.to_string(),
    };
    Shown { section: section.name().to_owned(), values: values.into_iter().map(value).collect() }
}

/// The settings as a configuration file that would set them all. A section of which nothing is set is left out.
fn render(sections: &[Shown], is_verbose: bool, palette: Palette) -> String {
    let is_set = |section: &&Shown| section.values.iter().any(|value| value.value.is_some() || value.secret);
    let (set, unset): (Vec<&Shown>, Vec<&Shown>) = sections.iter().partition(is_set);
    let mut blocks: Vec<String> = set.iter().map(|section| section.render(palette)).collect();
    if is_verbose {
        blocks.extend(unset.iter().map(|section| section.render(palette)));
    } else if !unset.is_empty() {
        let left_out = format!("# {} without values; --verbose lists them", count(unset.len() as u64, "section"));
        blocks.push(palette.paint(Tone::Dim, left_out) + "\n");
    }
    blocks.join("\n")
}

impl Shown {
    fn render(&self, palette: Palette) -> String {
        let assignment = |value: &ShownValue| match &value.value {
            Some(shown) => Some(format!("{} = {shown}", value.key)),
            None => value.secret.then(|| format!("# {} is secret", value.key)),
        };
        let set: Vec<(String, &str)> =
            self.values.iter().filter_map(|value| Some((assignment(value)?, value.origin.as_str()))).collect();
        let width = set.iter().map(|(text, _)| text.chars().count()).max().unwrap_or(0);
        let mut text = palette.paint(Tone::Strong, format_args!("[{}]", self.section)) + "\n";
        for (assignment, origin) in &set {
            let origin = palette.paint(Tone::Dim, format_args!("# {origin}"));
            let _ = writeln!(text, "{assignment:<width$}  {origin}");
        }
        let unset: Vec<&str> =
            self.values.iter().filter(|value| assignment(value).is_none()).map(|value| value.key.as_str()).collect();
        if !unset.is_empty() {
            let _ = writeln!(text, "{}", palette.paint(Tone::Dim, format_args!("# not set: {}", unset.join(", "))));
        }
        text
    }
}
