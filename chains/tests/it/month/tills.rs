//! What the tills tell night by night, and what the tables are to be by it: plain Rust, nothing of the engine's.

use std::collections::BTreeMap;

/// A line of a till.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) receipt: i64,
    pub(super) room: i64,
    pub(super) cents: i64,
    pub(super) told: i64,
}

/// What a till tells of the day that ends with a night: new receipts, and corrections of some of both tills.
pub(super) fn lines(night: i64, till: i64, count: i64) -> Vec<Line> {
    let mut seed = (night * 2 + till) as u64;
    let mut roll = |sides: i64| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) as i64 % sides
    };
    let line = |number: i64| {
        // Of ten lines one corrects what was told on one of the days before.
        let is_new = number % 10 != 9 || night == 1;
        let receipt =
            if is_new { night * 1_000_000 + number * 2 + till } else { (1 + roll(night - 1)) * 1_000_000 + roll(80) };
        Line { receipt, room: receipt % 37, cents: roll(100_000), told: night * 1_000_000 + number * 2 + till }
    };
    (0..count).map(line).collect()
}

/// The name of the file of a till.
pub(super) fn file(night: i64, till: i64) -> String {
    format!("till/{}-{night:02}.csv", ["bar", "front"][till as usize])
}

/// What stands in it.
pub(super) fn csv(lines: &[Line]) -> String {
    let line = |Line { receipt, room, cents, told }: &Line| format!("{receipt},{room},{cents},{told}\n");
    "receipt,room,cents,told\n".to_owned() + &lines.iter().map(line).collect::<String>()
}

/// The tables, column by column, by the lines that have come.
#[derive(Default)]
pub(super) struct Books {
    journal: Vec<Line>,
    receipts: BTreeMap<i64, Line>,
}

/// Columns with their names.
pub(super) type Columns = Vec<(&'static str, Vec<i64>)>;

impl Books {
    pub(super) fn enter(&mut self, lines: &[Line]) {
        for line in lines {
            self.journal.push(*line);
            let known = self.receipts.entry(line.receipt).or_insert(*line);
            if line.told >= known.told {
                *known = *line;
            }
        }
    }

    pub(super) fn journal(&self) -> Columns {
        let mut columns = columns(&self.journal);
        columns.retain(|(name, _)| *name != "room");
        columns
    }

    pub(super) fn receipts(&self) -> Columns {
        columns(&self.receipts.values().copied().collect::<Vec<_>>())
    }

    pub(super) fn bills(&self) -> Columns {
        let mut bills: BTreeMap<i64, (i64, i64)> = BTreeMap::new();
        for line in self.receipts.values() {
            let bill = bills.entry(line.room).or_default();
            *bill = (bill.0 + 1, bill.1 + line.cents);
        }
        let (rooms, sums): (Vec<i64>, Vec<(i64, i64)>) = bills.into_iter().unzip();
        let (receipts, cents) = sums.into_iter().unzip();
        vec![("room", rooms), ("receipts", receipts), ("cents", cents)]
    }
}

fn columns(lines: &[Line]) -> Columns {
    let column = |field: fn(&Line) -> i64| lines.iter().map(field).collect();
    vec![
        ("receipt", column(|line| line.receipt)),
        ("room", column(|line| line.room)),
        ("cents", column(|line| line.cents)),
        ("told", column(|line| line.told)),
    ]
}
