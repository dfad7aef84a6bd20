//! The checks of a table as a whole: what the row type says, and what the configuration makes of it.

use std::borrow::Cow;
use std::fmt;

use serde::de::{self, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{Row, TableOptions};
use crate::nearest;
use crate::schema::{Severity, Share, TableCheck, TableRule};
use crate::section::{Section, SectionError};

/// What the configuration says of one check: `[models.<name>.checks.<check>]`.
///
/// A check of the row type is changed by what is said here. `rows`, `change` and `rejected` can be added by their names, and
/// under any other name one with `unique`, or with `column` and `to`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct CheckConfig {
    /// What becomes of the step where it does not pass.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub severity: Option<SeverityConfig>,
    /// The least number of rows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min: Option<u64>,
    /// The greatest number of rows, or the greatest share.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max: Option<Most>,
    /// The columns whose values together no two rows share.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unique: Option<Vec<String>>,
    /// The column whose values are in another table.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
    /// That other table and its column: `"agents.id"`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
}

/// What becomes of a step whose model does not pass a check, as the configuration says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SeverityConfig {
    /// It fails.
    Error,
    /// It is done, and the run says so.
    Warn,
    /// The check is not made.
    Off,
}

/// The greatest number of rows, or the greatest share of them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Most {
    /// So many.
    Rows(u64),
    /// So much.
    Share(Share),
}

impl Serialize for Most {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            Most::Rows(rows) => rows.serialize(to),
            Most::Share(share) => share.serialize(to),
        }
    }
}

impl<'de> Deserialize<'de> for Most {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Most, D::Error> {
        struct Either;

        impl Visitor<'_> for Either {
            type Value = Most;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number of rows, or a percentage such as \"5%\"")
            }

            fn visit_i64<E: de::Error>(self, rows: i64) -> Result<Most, E> {
                let rows = u64::try_from(rows);
                rows.map(Most::Rows).map_err(|_| E::custom("a number of rows is not below 0"))
            }

            fn visit_u64<E: de::Error>(self, rows: u64) -> Result<Most, E> {
                Ok(Most::Rows(rows))
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Most, E> {
                let share = text.parse().map(Most::Share);
                share.map_err(|_| E::invalid_value(de::Unexpected::Str(text), &self))
            }
        }

        from.deserialize_any(Either)
    }
}

/// The checks in effect of a table with this configuration, in order: those of the row type, then those that are configured.
pub(super) fn in_effect<R: Row>(config: &R::Config, section: &Section) -> Result<Vec<TableCheck>, SectionError> {
    let mut checks = R::SCHEMA.checks.to_vec();
    for (name, said) in config.checks() {
        let change = Change { schema: R::SCHEMA, section, name, said };
        let place = checks.iter().position(|check| check.name == name.as_str());
        let rule = match place {
            Some(place) => change.of(&checks[place].rule)?,
            None => change.new_rule(&checks)?,
        };
        change.refuse_the_rest(&rule)?;
        let severity = place.map_or(Severity::Error, |place| checks[place].severity);
        let severity = match said.severity {
            None => Some(severity),
            Some(SeverityConfig::Error) => Some(Severity::Error),
            Some(SeverityConfig::Warn) => Some(Severity::Warn),
            Some(SeverityConfig::Off) => None,
        };
        let check = severity.map(|severity| TableCheck { name: Cow::Owned(name.clone()), rule, severity });
        match (place, check) {
            (Some(place), Some(check)) => checks[place] = check,
            (Some(place), None) => drop(checks.remove(place)),
            (None, check) => checks.extend(check),
        }
    }
    Ok(checks)
}

/// What the configuration says of one check.
struct Change<'a> {
    schema: &'static crate::schema::TableSchema,
    section: &'a Section,
    name: &'a str,
    said: &'a CheckConfig,
}

impl Change<'_> {
    /// The rule with what is said of it.
    fn of(&self, rule: &TableRule) -> Result<TableRule, SectionError> {
        Ok(match rule {
            TableRule::Rows { min, max } => {
                let (min, max) = (self.said.min.or(*min), self.rows()?.or(*max));
                if min.zip(max).is_some_and(|(min, max)| min > max) {
                    return Err(
                        self.wrong(if self.said.max.is_some() { "max" } else { "min" }, "`min` is more than `max`")
                    );
                }
                TableRule::Rows { min, max }
            }
            TableRule::Change { max } => TableRule::Change { max: self.share()?.unwrap_or(*max) },
            TableRule::Rejected { max } => TableRule::Rejected { max: self.share()?.unwrap_or(*max) },
            TableRule::Unique { columns } => {
                let said = self.said.unique.as_ref().map(|names| self.columns(names)).transpose()?;
                TableRule::Unique { columns: said.map_or_else(|| columns.clone(), Cow::Owned) }
            }
            TableRule::Relation { column, model, to } => {
                let column = match &self.said.column {
                    Some(name) => self.column("column", name)?,
                    None => column,
                };
                let (model, to) = match &self.said.to {
                    Some(text) => self.place(text)?,
                    None => (model.clone(), to.clone()),
                };
                TableRule::Relation { column, model, to }
            }
            TableRule::Holds { expression, function } => TableRule::Holds { expression: *expression, function },
        })
    }

    /// The rule of a check that the row type does not have.
    fn new_rule(&self, known: &[TableCheck]) -> Result<TableRule, SectionError> {
        let max = || self.share()?.ok_or_else(|| self.missing("max"));
        let rejects = self.schema.source.is_some_and(|source| source.rejects.is_some());
        match (self.name, self.said) {
            ("rows", said) if said.min.is_none() && said.max.is_none() => Err(self.missing("min")),
            ("rows", _) => self.of(&TableRule::Rows { min: None, max: None }),
            ("change", _) => Ok(TableRule::Change { max: max()? }),
            ("rejected", _) if rejects => Ok(TableRule::Rejected { max: max()? }),
            (_, CheckConfig { unique: Some(names), .. }) => {
                Ok(TableRule::Unique { columns: Cow::Owned(self.columns(names)?) })
            }
            (_, CheckConfig { column: Some(name), to: Some(to), .. }) => {
                let (model, to) = self.place(to)?;
                Ok(TableRule::Relation { column: self.column("column", name)?, model, to })
            }
            (_, CheckConfig { column: Some(_), .. }) => Err(self.missing("to")),
            (_, CheckConfig { to: Some(_), .. }) => Err(self.missing("column")),
            _ => {
                let added = ["rows", "change"].into_iter().chain(rejects.then_some("rejected"));
                let known = known.iter().map(|check| &*check.name).chain(added);
                Err(self.section.unknown_key(&["checks", self.name], known))
            }
        }
    }

    /// Refuses keys that this rule has no use for.
    fn refuse_the_rest(&self, rule: &TableRule) -> Result<(), SectionError> {
        let CheckConfig { severity: _, min, max, unique, column, to } = self.said;
        let known: &[&str] = match rule {
            TableRule::Rows { .. } => &["min", "max"],
            TableRule::Change { .. } | TableRule::Rejected { .. } => &["max"],
            TableRule::Unique { .. } => &["unique"],
            TableRule::Relation { .. } => &["column", "to"],
            TableRule::Holds { .. } => &[],
        };
        let said = [
            ("min", min.is_some()),
            ("max", max.is_some()),
            ("unique", unique.is_some()),
            ("column", column.is_some()),
            ("to", to.is_some()),
        ];
        match said.into_iter().find(|(key, is_said)| *is_said && !known.contains(key)) {
            Some((key, _)) => Err(self.section.unknown_key(&["checks", self.name, key], known.iter().copied())),
            None => Ok(()),
        }
    }

    fn rows(&self) -> Result<Option<u64>, SectionError> {
        match self.said.max {
            Some(Most::Rows(rows)) => Ok(Some(rows)),
            Some(Most::Share(_)) => Err(self.wrong("max", "it is a number of rows here, such as 1000")),
            None => Ok(None),
        }
    }

    fn share(&self) -> Result<Option<Share>, SectionError> {
        match self.said.max {
            Some(Most::Share(share)) => Ok(Some(share)),
            Some(Most::Rows(_)) => {
                Err(self.wrong("max", "it is a share here; write it as a percentage, such as \"5%\""))
            }
            None => Ok(None),
        }
    }

    fn columns(&self, names: &[String]) -> Result<Vec<&'static str>, SectionError> {
        if names.is_empty() {
            return Err(self.wrong("unique", "it names no column"));
        }
        names.iter().map(|name| self.column("unique", name)).collect()
    }

    fn column(&self, key: &str, name: &str) -> Result<&'static str, SectionError> {
        self.schema.column(name).map(|column| column.name).ok_or_else(|| {
            let similar = nearest::name(name, self.schema.columns.iter().map(|column| column.name));
            self.wrong(key, &format!("there is no column `{name}`{}", nearest::hint(similar.as_deref())))
        })
    }

    fn place(&self, text: &str) -> Result<(Cow<'static, str>, Cow<'static, str>), SectionError> {
        match text.split_once('.') {
            Some((model, column)) if !model.is_empty() && !column.is_empty() => {
                Ok((Cow::Owned(model.to_owned()), Cow::Owned(column.to_owned())))
            }
            _ => Err(self.wrong("to", "it is the name of a model, a dot, and that of a column: \"agents.id\"")),
        }
    }

    fn wrong(&self, key: &str, message: &str) -> SectionError {
        self.section.wrong_value(&["checks", self.name, key], message.to_owned())
    }

    fn missing(&self, key: &str) -> SectionError {
        let section = self.section.name().to_owned();
        SectionError::MissingKey { section, key: format!("checks.{}.{key}", self.name) }
    }
}
