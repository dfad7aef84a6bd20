//! What the configuration may say of a table.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::schema::{Encoding, Format, HandOver, SourceSchema};
use crate::section::time;
use crate::source::SourceOptions;

use super::checks::CheckConfig;

/// Where and in which form a table is stored: `store = "parquet"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum StoreAs {
    /// Apache Parquet.
    Parquet,
    /// Comma-separated values.
    Csv,
    /// One JSON object a line.
    Ndjson,
    /// Arrow IPC.
    Ipc,
    /// Not stored: the table lives as long as the run needs it.
    Memory,
}

impl StoreAs {
    /// The file format; `None` for memory.
    #[must_use]
    pub const fn format(self) -> Option<Format> {
        match self {
            StoreAs::Parquet => Some(Format::Parquet),
            StoreAs::Csv => Some(Format::Csv),
            StoreAs::Ndjson => Some(Format::Ndjson),
            StoreAs::Ipc => Some(Format::Ipc),
            StoreAs::Memory => None,
        }
    }
}

/// The configuration of a table that a task provides: `[models.<name>]`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TableConfig {
    /// How it is stored; Parquet by default, and not at all where it is handed over lazily.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub store: Option<StoreAs>,
    /// How it is handed to its readers; as the row type says in `#[row(hand_over = "…")]` where absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hand_over: Option<HandOver>,
    /// How old what is published may be; as the row type says in `#[row(max_age = "…")]` where absent.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "time::read_some",
        serialize_with = "time::write_some"
    )]
    pub max_age: Option<Duration>,
    /// The checks of the table as a whole, by name; each goes before what the row type says in `#[check(…)]`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub checks: BTreeMap<String, CheckConfig>,
}

/// The configuration of a source: `[models.<name>]`. What is absent is as the row type says in `#[source(…)]`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SourceConfig {
    /// The file, or the folder of files. Relative to the configuration file that says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<PathBuf>,
    /// The form of the files; by each file's ending where absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub format: Option<Format>,
    /// What stands between two fields.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub separator: Option<char>,
    /// What stands before the fraction of a number, `.` or `,`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decimal: Option<char>,
    /// Texts that mean null.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub null_values: Option<Vec<String>>,
    /// The encoding of the text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub encoding: Option<Encoding>,
    /// How dates are written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub date_format: Option<String>,
    /// How dates with times are written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub datetime_format: Option<String>,
    /// Whether each file is read once: a run takes those that no run before it has published.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub once: Option<bool>,
    /// The table to read, where the file is an SQLite database.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub table: Option<String>,
    /// The column of that table, by its name in the row type, that tells new rows: a run takes those with a greater value than
    /// any run before it has published.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub watermark: Option<String>,
    /// How the table that was read is stored; not at all by default, unless the row type says `publish`, or files are read
    /// once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub store: Option<StoreAs>,
    /// How it is handed to its readers; as the row type says in `#[row(hand_over = "…")]` where absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hand_over: Option<HandOver>,
    /// How old what is published may be; as the row type says in `#[row(max_age = "…")]` where absent.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "time::read_some",
        serialize_with = "time::write_some"
    )]
    pub max_age: Option<Duration>,
    /// The checks of the table as a whole, by name; each goes before what the row type says in `#[check(…)]`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub checks: BTreeMap<String, CheckConfig>,
}

impl SourceConfig {
    /// How the files are written: what is configured, else what the row type says.
    #[must_use]
    pub fn options(&self, schema: &SourceSchema) -> SourceOptions {
        let texts = |texts: &[&str]| texts.iter().map(|&text| text.to_owned()).collect();
        SourceOptions {
            format: self.format.or(schema.format),
            separator: self.separator.unwrap_or(schema.separator),
            decimal: self.decimal.unwrap_or(schema.decimal),
            null_values: self.null_values.clone().unwrap_or_else(|| texts(schema.null_values)),
            encoding: self.encoding.unwrap_or(schema.encoding),
            date_format: self.date_format.clone().unwrap_or_else(|| schema.date_format.to_owned()),
            datetime_format: self.datetime_format.clone().unwrap_or_else(|| schema.datetime_format.to_owned()),
            keep_rejects: schema.rejects.is_some(),
            table: self.table.clone().or_else(|| schema.table.map(str::to_owned)),
            watermark: self.watermark(schema).map(str::to_owned),
        }
    }

    /// Whether each file, or each row of a table, is read once, as configured, else as the row type says.
    #[must_use]
    pub fn is_once(&self, schema: &SourceSchema) -> bool {
        self.once.unwrap_or(schema.once) || self.watermark(schema).is_some()
    }

    /// The column that tells new rows of a table, as configured, else as the row type says.
    #[must_use]
    pub fn watermark<'a>(&'a self, schema: &SourceSchema) -> Option<&'a str> {
        self.watermark.as_deref().or(schema.watermark)
    }

    /// The configuration that says what the row type says, so that it can be shown.
    pub(super) fn of(schema: &SourceSchema) -> SourceConfig {
        let options = SourceConfig::default().options(schema);
        SourceConfig {
            path: None,
            format: options.format,
            separator: Some(options.separator),
            decimal: Some(options.decimal),
            null_values: Some(options.null_values),
            encoding: Some(options.encoding),
            date_format: Some(options.date_format),
            datetime_format: Some(options.datetime_format),
            once: Some(schema.once),
            table: options.table,
            watermark: options.watermark,
            store: None,
            hand_over: None,
            max_age: None,
            checks: BTreeMap::new(),
        }
    }
}

/// The configuration of a table, whether it is a source or not.
pub trait TableOptions: Serialize + DeserializeOwned + Clone + Send + Sync + 'static {
    /// How the table is to be stored, if that is configured.
    fn store(&self) -> Option<StoreAs>;
    /// How the table is to be handed to its readers, if that is configured.
    fn hand_over(&self) -> Option<HandOver>;
    /// How old what is published may be, if that is configured.
    fn max_age(&self) -> Option<Duration>;
    /// The checks of the table as a whole that are configured, by name.
    fn checks(&self) -> &BTreeMap<String, CheckConfig>;

    /// How it is read, for a source.
    fn source(&self) -> Option<&SourceConfig>;
}

impl TableOptions for TableConfig {
    fn store(&self) -> Option<StoreAs> {
        self.store
    }

    fn hand_over(&self) -> Option<HandOver> {
        self.hand_over
    }

    fn max_age(&self) -> Option<Duration> {
        self.max_age
    }

    fn checks(&self) -> &BTreeMap<String, CheckConfig> {
        &self.checks
    }

    fn source(&self) -> Option<&SourceConfig> {
        None
    }
}

impl TableOptions for SourceConfig {
    fn store(&self) -> Option<StoreAs> {
        self.store
    }

    fn hand_over(&self) -> Option<HandOver> {
        self.hand_over
    }

    fn max_age(&self) -> Option<Duration> {
        self.max_age
    }

    fn checks(&self) -> &BTreeMap<String, CheckConfig> {
        &self.checks
    }

    fn source(&self) -> Option<&SourceConfig> {
        Some(self)
    }
}
