//! Reads one configuration file into the sections.
//!
//! Knows where each key of the text stands; does not know which keys a model or task has.

use std::path::Path;

use serde::Deserialize;
use toml::de::{DeTable, DeValue, ValueDeserializer};
use toml::{Spanned, Value};

use super::error::ConfigError;
use super::snippet::position;
use super::{SECTIONS, Sheet};
use crate::nearest;
use crate::section::{Origin, Section};

/// Reads the text of a file into the sheet, and says what is wrong with it.
pub(super) fn read(path: &Path, text: &str, sheet: &mut Sheet) -> Vec<ConfigError> {
    let mut file = File { path, text, errors: Vec::new() };
    let (root, errors) = DeTable::parse_recoverable(text);
    if errors.is_empty() {
        file.read_root(root.into_inner(), sheet);
    } else {
        // What can be saved of a broken file would only give rise to errors that are none.
        file.errors = errors.iter().map(|error| file.syntax(error)).collect();
    }
    file.errors
}

/// Where the bytes of a file stop being UTF-8, if they do.
pub(super) fn decode(path: &Path, bytes: Vec<u8>) -> Result<String, ConfigError> {
    String::from_utf8(bytes).map_err(|error| {
        let valid = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let (line, column) = position(&String::from_utf8_lossy(valid), valid.len());
        ConfigError::Encoding { origin: Origin::File { path: path.to_owned(), line, column } }
    })
}

struct File<'t> {
    path: &'t Path,
    text: &'t str,
    errors: Vec<ConfigError>,
}

type Entry<'t> = (Spanned<std::borrow::Cow<'t, str>>, Spanned<DeValue<'t>>);

impl<'t> File<'t> {
    fn read_root(&mut self, root: DeTable<'t>, sheet: &mut Sheet) {
        for (key, value) in in_order(root) {
            let name = key.get_ref().to_string();
            match name.as_str() {
                "run" => self.read_section(&name, &key, value, &mut sheet.run),
                "partitions" => self.read_section(&name, &key, value, &mut sheet.partitions),
                "telling" => self.read_section(&name, &key, value, &mut sheet.telling),
                "params" => self.read_section(&name, &key, value, &mut sheet.params),
                "models" | "tasks" | "schedule" => {
                    let Some(table) = self.table(&name, &key, value) else { continue };
                    let sections = sheet.sections(&name);
                    for (key, value) in in_order(table) {
                        let full_name = format!("{name}.{}", key.get_ref());
                        self.read_section(&full_name, &key, value, sections.get_mut(key.get_ref()));
                    }
                }
                _ => {
                    let (origin, similar) = (self.origin(key.span().start), nearest::name(&name, SECTIONS));
                    self.errors.push(ConfigError::UnknownSection { section: name, origin, similar });
                }
            }
        }
    }

    fn read_section(
        &mut self,
        name: &str,
        key: &Spanned<std::borrow::Cow<'t, str>>,
        value: Spanned<DeValue<'t>>,
        section: &mut Section,
    ) {
        section.placed(self.origin(key.span().start));
        if let Some(table) = self.table(name, key, value) {
            self.read_leaves(table, &mut Vec::new(), section);
        }
    }

    fn read_leaves(&mut self, table: DeTable<'t>, path: &mut Vec<String>, section: &mut Section) {
        for (key, value) in in_order(table) {
            path.push(key.get_ref().to_string());
            let at = value.span().start;
            match value.into_inner() {
                DeValue::Table(inner) if !inner.is_empty() => self.read_leaves(inner, path, section),
                value => match Value::deserialize(ValueDeserializer::from(Spanned::new(at..at, value))) {
                    Ok(value) => section.set_at(path, value, self.origin(key.span().start)),
                    // Nothing else can be wrong with a value that has been parsed.
                    Err(_) => self.errors.push(self.out_of_range(at)),
                },
            }
            path.pop();
        }
    }

    fn table(
        &mut self,
        name: &str,
        key: &Spanned<std::borrow::Cow<'t, str>>,
        value: Spanned<DeValue<'t>>,
    ) -> Option<DeTable<'t>> {
        match value.into_inner() {
            DeValue::Table(table) => Some(table),
            other => {
                let origin = self.origin(key.span().start);
                self.errors.push(ConfigError::NotTable { key: name.to_owned(), found: kind(&other), origin });
                None
            }
        }
    }

    fn syntax(&self, error: &toml::de::Error) -> ConfigError {
        let origin = self.origin(error.span().map_or(0, |span| span.start));
        ConfigError::Syntax { message: error.message().trim_end().replace('\n', ", "), origin }
    }

    fn out_of_range(&self, at: usize) -> ConfigError {
        ConfigError::Syntax { message: "a number does not fit into 64 bits".to_owned(), origin: self.origin(at) }
    }

    fn origin(&self, byte: usize) -> Origin {
        let (line, column) = position(self.text, byte);
        Origin::File { path: self.path.to_owned(), line, column }
    }
}

/// The entries of a table as they stand in the file.
fn in_order(table: DeTable<'_>) -> Vec<Entry<'_>> {
    let mut entries: Vec<Entry<'_>> = table.into_iter().collect();
    entries.sort_by_key(|(key, _)| key.span().start);
    entries
}

fn kind(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a text",
        DeValue::Integer(_) => "an integer",
        DeValue::Float(_) => "a number",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date or time",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}
