//! How many rows each model has.

use crate::id::ModelId;

/// For each model, its rows once they are known.
pub(super) struct Rows {
    models: usize,
    /// Empty as long as none has any: for a million models it takes 16 MB, which the system gives page by page.
    known: Vec<Option<u64>>,
}

impl Rows {
    pub(super) fn of(models: usize) -> Rows {
        Rows { models, known: Vec::new() }
    }

    pub(super) fn get(&self, model: ModelId) -> Option<u64> {
        self.known.get(model.index()).copied().flatten()
    }

    pub(super) fn set(&mut self, model: ModelId, rows: Option<u64>) {
        if self.known.is_empty() {
            if rows.is_none() {
                return;
            }
            self.known = vec![None; self.models];
        }
        self.known[model.index()] = rows;
    }

    /// Those of several models together; `None` where none of them has rows.
    pub(super) fn total(&self, models: impl Iterator<Item = ModelId>) -> Option<u64> {
        if self.known.is_empty() {
            return None;
        }
        total(models.map(|model| self.get(model)))
    }

    /// By model; what is not there is `None`.
    pub(super) fn as_slice(&self) -> &[Option<u64>] {
        &self.known
    }
}

/// The sum of those that there are; `None` where there are none.
pub(super) fn total(rows: impl Iterator<Item = Option<u64>>) -> Option<u64> {
    rows.flatten().reduce(|sum, rows| sum + rows)
}
