//! What the configuration may say of a table.

use std::path::PathBuf;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::schema::{Encoding, Format, SourceSchema};
use crate::source::SourceOptions;

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
    /// How it is stored; Parquet by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub store: Option<StoreAs>,
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
    /// How the table that was read is stored; not at all by default, unless the row type says `publish`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub store: Option<StoreAs>,
}

impl SourceConfig {
    /// The same with what is absent as the row type says.
    #[must_use]
    pub fn or(self, schema: &SourceSchema) -> SourceConfig {
        let texts = |texts: &[&str]| texts.iter().map(|&text| text.to_owned()).collect();
        SourceConfig {
            path: self.path,
            format: self.format.or(schema.format),
            separator: self.separator.or(Some(schema.separator)),
            decimal: self.decimal.or(Some(schema.decimal)),
            null_values: self.null_values.or_else(|| Some(texts(schema.null_values))),
            encoding: self.encoding.or(Some(schema.encoding)),
            date_format: self.date_format.or_else(|| Some(schema.date_format.to_owned())),
            datetime_format: self.datetime_format.or_else(|| Some(schema.datetime_format.to_owned())),
            store: self.store,
        }
    }

    /// How the files are written: what is configured, else what the row type says.
    #[must_use]
    pub fn options(&self, schema: &SourceSchema) -> SourceOptions {
        let config = self.clone().or(schema);
        SourceOptions {
            format: config.format,
            separator: config.separator.unwrap_or(schema.separator),
            decimal: config.decimal.unwrap_or(schema.decimal),
            null_values: config.null_values.unwrap_or_default(),
            encoding: config.encoding.unwrap_or(schema.encoding),
            date_format: config.date_format.unwrap_or_default(),
            datetime_format: config.datetime_format.unwrap_or_default(),
            keep_rejects: schema.rejects.is_some(),
        }
    }
}

/// The configuration of a table, whether it is a source or not.
pub trait TableOptions: Serialize + DeserializeOwned + Clone + Send + Sync + 'static {
    /// How the table is to be stored, if that is configured.
    fn store(&self) -> Option<StoreAs>;

    /// How it is read, for a source.
    fn source(&self) -> Option<&SourceConfig>;
}

impl TableOptions for TableConfig {
    fn store(&self) -> Option<StoreAs> {
        self.store
    }

    fn source(&self) -> Option<&SourceConfig> {
        None
    }
}

impl TableOptions for SourceConfig {
    fn store(&self) -> Option<StoreAs> {
        self.store
    }

    fn source(&self) -> Option<&SourceConfig> {
        Some(self)
    }
}
