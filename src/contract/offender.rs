//! The rows that break a rule: how many there are, and what the first of them look like.

use std::fmt;

use polars::prelude::{AnyValue, BooleanChunked, Column};

/// How many offending rows are shown.
const SHOWN: usize = 3;

/// The longest text that is shown whole, in characters.
const WIDTH: usize = 60;

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

    /// The start of a sentence: "2 of 1,204 rows are".
    pub(super) fn verb(&self, one: &str, many: &str) -> String {
        let verb = if self.count == 1 { one } else { many };
        let noun = if self.height == 1 { "row" } else { "rows" };
        format!("{} of {} {noun} {verb}", grouped(self.count), grouped(self.height))
    }
}

/// The rows, each on a line of its own.
impl fmt::Display for Offenders {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.first.iter().try_for_each(|offender| write!(f, "\n    {offender}"))?;
        match self.count - self.first.len() {
            0 => Ok(()),
            more => write!(f, "\n    and {} more", grouped(more)),
        }
    }
}

impl fmt::Display for Offender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "row {}", grouped(self.row))?;
        if !self.key.is_empty() {
            let key: Vec<String> = self.key.iter().map(|(name, value)| format!("{name} {value}")).collect();
            write!(f, " ({})", key.join(", "))?;
        }
        self.value.as_ref().map_or(Ok(()), |value| write!(f, ": {value}"))
    }
}

/// The value at this index, as an error shows it.
fn shown(column: &Column, index: usize) -> String {
    match column.get(index) {
        Ok(AnyValue::String(text)) => format!("{:?}", cut(text)),
        Ok(AnyValue::StringOwned(text)) => format!("{:?}", cut(&text)),
        Ok(value) => value.to_string(),
        Err(error) => error.to_string(),
    }
}

/// The text, or its beginning where it is long.
pub(crate) fn cut(text: &str) -> String {
    match text.char_indices().nth(WIDTH) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// A number with commas between groups of three digits.
fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
