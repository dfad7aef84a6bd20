//! The rules of single rows, for a table that comes piece by piece; and those that look across rows, for a few columns.

use polars::prelude::DataFrame;

use super::{Breach, Fault, Offenders, Witness, check};
use crate::schema::{Check, TableSchema};

/// Checks a table that comes in pieces, of which none is held: the columns are as the schema has them, and each row is
/// looked at by itself. What it remembers is the first few rows that break a rule.
#[derive(Debug)]
pub(crate) struct Pieces {
    schema: &'static TableSchema,
    height: usize,
    faults: Vec<Fault>,
}

impl Pieces {
    /// Nothing has come yet.
    pub(crate) fn new(schema: &'static TableSchema) -> Pieces {
        Pieces { schema, height: 0, faults: Vec::new() }
    }

    /// Looks at the rows that come next.
    pub(crate) fn add(&mut self, piece: &DataFrame) {
        for fault in by_row(self.schema, piece) {
            let rank = fault.rank(self.schema);
            match self.faults.iter_mut().find(|known| known.rank(self.schema) == rank) {
                Some(known) => known.join(fault, self.height),
                None => {
                    let mut fault = fault;
                    fault.move_down(self.height);
                    self.faults.push(fault);
                }
            }
        }
        self.height += piece.height();
    }

    /// How many rows came.
    pub(crate) fn height(&self) -> usize {
        self.height
    }

    /// Says what was wrong, together with `more` faults, which were found across rows.
    ///
    /// # Errors
    ///
    /// [`Breach`] with every fault, in the order of a table that is checked whole.
    pub(crate) fn finish(self, more: Vec<Fault>) -> Result<(), Breach> {
        let Pieces { schema, height, mut faults } = self;
        faults.extend(more);
        faults.sort_by_key(|fault| fault.rank(schema));
        faults.iter_mut().filter_map(Fault::rows_mut).for_each(|rows| rows.height = height);
        Breach::if_any(schema, faults)
    }
}

/// Checks the rules of single rows in the columns that are there.
///
/// # Errors
///
/// [`Breach`] with every fault; rows are counted in this piece.
pub(crate) fn check_rows(schema: &'static TableSchema, piece: &DataFrame) -> Result<(), Breach> {
    Breach::if_any(schema, by_row(schema, piece))
}

/// Checks every rule in the columns that are there.
///
/// # Errors
///
/// [`Breach`] with every fault.
pub(crate) fn check_columns(schema: &'static TableSchema, frame: &DataFrame) -> Result<(), Breach> {
    Breach::if_any(schema, Witness { schema, frame }.all())
}

/// The columns of which some rule looks across rows, in order: those of the key, and those whose values are unique.
pub(crate) fn columns_across(schema: &TableSchema) -> Vec<&'static str> {
    let is_across = |name: &str, checks: &[Check]| schema.key.contains(&name) || checks.contains(&Check::Unique);
    schema.columns.iter().filter(|column| is_across(column.name, column.checks)).map(|column| column.name).collect()
}

/// Checks the rules that look across rows, in a frame that has the [columns](columns_across) for it.
pub(crate) fn across(schema: &'static TableSchema, frame: &DataFrame) -> Vec<Fault> {
    let witness = Witness { schema, frame };
    let mut faults = Vec::new();
    for column in schema.columns {
        witness.checks(column, |check| check == Check::Unique, &mut faults);
    }
    witness.key(&mut faults);
    faults
}

fn by_row(schema: &'static TableSchema, piece: &DataFrame) -> Vec<Fault> {
    let witness = Witness { schema, frame: piece };
    let mut faults = Vec::new();
    for column in schema.columns {
        witness.nulls(column, &mut faults);
        witness.checks(column, |check| check != Check::Unique, &mut faults);
    }
    faults
}

/// Whether several rows of these columns are equal.
pub(super) fn repeats(frame: &DataFrame) -> bool {
    check::duplicated(frame).expect("columns of these types can be compared").any()
}

impl Fault {
    /// Where the fault stands among those of a table; the same rule has the same rank in each piece.
    fn rank(&self, schema: &TableSchema) -> (usize, usize) {
        let position = |name: &str| schema.columns.iter().position(|column| column.name == name);
        let rule = |name: &'static str, check: &Check| {
            let checks = schema.column(name).map_or(&[][..], |column| column.checks);
            1 + checks.iter().position(|known| known == check).unwrap_or(checks.len())
        };
        let (column, rule) = match self {
            Fault::Null { column, .. } | Fault::NullKey { column, .. } => (position(column), 0),
            Fault::Check { column, check, .. } | Fault::Rule { column, check, .. } => {
                (position(column), rule(column, check))
            }
            // These are about the columns themselves, or about all of a row.
            Fault::Missing { .. } | Fault::Extra { .. } | Fault::Type { .. } => (Some(0), 0),
            Fault::DuplicateKey { .. } => (None, 0),
        };
        (column.unwrap_or(usize::MAX), rule)
    }

    fn rows_mut(&mut self) -> Option<&mut Offenders> {
        match self {
            Fault::Null { rows, .. }
            | Fault::NullKey { rows, .. }
            | Fault::DuplicateKey { rows, .. }
            | Fault::Check { rows, .. } => Some(rows),
            Fault::Missing { .. } | Fault::Extra { .. } | Fault::Type { .. } | Fault::Rule { .. } => None,
        }
    }

    fn move_down(&mut self, by: usize) {
        if let Some(rows) = self.rows_mut() {
            rows.first.iter_mut().for_each(|row| row.row += by);
        }
    }

    /// Takes in the same fault of a piece that comes so many rows after the start.
    fn join(&mut self, mut other: Fault, rows_before: usize) {
        other.move_down(rows_before);
        if let (Some(rows), Some(more)) = (self.rows_mut(), other.rows_mut()) {
            rows.join(more);
        }
    }
}
