//! The rows that break a rule: how many there are, and what the first of them look like.

use std::fmt;

use polars::prelude::{AnyValue, BooleanChunked, Column};

use crate::words;

/// How many offending rows are shown.
pub(super) const SHOWN: usize = 3;

/// The longest text that is shown whole, in characters.
pub(crate) const LONGEST: usize = 61;

/// The rows that break a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offenders {
    /// How many they are.
    pub count: usize,
    /// How many rows the table has.
    pub height: usize,
    /// The first three of them.
    pub first: Vec<Offender>,
}

/// A row that breaks a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offender {
    /// Its number, from 1, in the order in which the task made the rows.
    pub row: usize,
    /// The names and values of its key.
    pub key: Vec<(String, String)>,
    /// The value that breaks the rule, where it is not the key or a null.
    pub value: Option<String>,
}

impl Offenders {
    pub(super) fn new(mask: &BooleanChunked, key: &[&Column], values: Option<&Column>) -> Offenders {
        let marked = mask.iter().enumerate().filter(|(_, marked)| *marked == Some(true));
        let offender = |(index, _)| Offender {
            row: index + 1,
            key: key.iter().map(|column| (column.name().to_string(), shown(column, index))).collect(),
            value: values.map(|values| shown(values, index)),
        };
        Offenders {
            count: mask.sum().unwrap_or_default() as usize,
            height: mask.len(),
            first: marked.take(SHOWN).map(offender).collect(),
        }
    }

    /// Takes in those that come after these.
    pub(super) fn join(&mut self, more: &mut Offenders) {
        self.count += more.count;
        self.first.extend(more.first.drain(..).take(SHOWN - self.first.len()));
    }

    /// The start of a sentence: "2 of 1,204 rows are".
    pub(super) fn verb(&self, one: &str, many: &str) -> String {
        let verb = if self.count == 1 { one } else { many };
        format!("{} of {} {verb}", words::number(self.count as u64), words::count(self.height as u64, "row"))
    }
}

/// The rows, each on a line of its own.
impl fmt::Display for Offenders {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.first.iter().try_for_each(|offender| write!(f, "\n    {offender}"))?;
        match self.count - self.first.len() {
            0 => Ok(()),
            more => write!(f, "\n    and {} more", words::number(more as u64)),
        }
    }
}

impl fmt::Display for Offender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "row {}", words::number(self.row as u64))?;
        if !self.key.is_empty() {
            let key: Vec<String> = self.key.iter().map(|(name, value)| format!("{name} {value}")).collect();
            write!(f, " ({})", key.join(", "))?;
        }
        self.value.as_ref().map_or(Ok(()), |value| write!(f, ": {value}"))
    }
}

/// The value at this index, as an error shows it.
pub(super) fn shown(column: &Column, index: usize) -> String {
    match column.get(index) {
        Ok(AnyValue::String(text)) => format!("{:?}", words::cut(text, LONGEST)),
        Ok(AnyValue::StringOwned(text)) => format!("{:?}", words::cut(&text, LONGEST)),
        Ok(value) => value.to_string(),
        Err(error) => error.to_string(),
    }
}
