//! Compares two tables: columns, types, order of rows, nulls, values; floats may differ in their last bits.

use purvey::polars::prelude::{AnyValue, DataFrame};

/// What floats may differ by, times the expected value where that is greater than one.
const TOLERANCE: f64 = 1e-9;

/// The first difference, in words.
pub(crate) fn difference(found: &DataFrame, expected: &DataFrame) -> Option<String> {
    if found.schema() != expected.schema() {
        return Some(format!("columns {:?}, expected {:?}", found.schema(), expected.schema()));
    }
    if found.height() != expected.height() {
        return Some(format!("{} rows, expected {}", found.height(), expected.height()));
    }
    found.columns().iter().zip(expected.columns()).find_map(|(found, expected)| {
        let (found, expected) = (found.as_materialized_series(), expected.as_materialized_series());
        found
            .iter()
            .zip(expected.iter())
            .enumerate()
            .find(|(_, (found, expected))| !same(found, expected))
            .map(|(row, (value, wanted))| format!("column {}, row {row}: {value}, expected {wanted}", expected.name()))
    })
}

fn same(found: &AnyValue<'_>, expected: &AnyValue<'_>) -> bool {
    match (found, expected) {
        (AnyValue::Float64(found), AnyValue::Float64(expected)) => {
            (found - expected).abs() <= TOLERANCE * expected.abs().max(1.0)
        }
        (found, expected) => found == expected,
    }
}

#[cfg(test)]
mod tests {
    use purvey::polars::df;

    use super::*;

    #[test]
    fn a_table_is_the_same_as_itself() {
        let table = df!("hotel" => ["Seehof", "Seehof"], "share" => [Some(0.25), None]).unwrap();
        assert_eq!(difference(&table, &table), None);
    }

    #[test]
    fn last_bits_of_floats_may_differ_and_no_more() {
        let [third, near, far] = [1.0 / 3.0, 0.333_333_333_4, 0.334].map(|share| df!("share" => [share]).unwrap());
        assert_eq!(difference(&near, &third), None);
        let told = difference(&far, &third).unwrap();
        assert!(told.starts_with("column share, row 0: 0.334, expected 0.33"), "{told}");
    }

    #[test]
    fn order_nulls_types_and_names_count() {
        let table = df!("agent" => [Some(1), None]).unwrap();
        assert!(difference(&df!("agent" => [None, Some(1)]).unwrap(), &table).is_some());
        assert!(difference(&df!("agent" => [Some(1), Some(0)]).unwrap(), &table).is_some());
        assert!(difference(&df!("agent" => [Some(1_i64), None]).unwrap(), &table).is_some());
        assert!(difference(&df!("agency" => [Some(1), None]).unwrap(), &table).is_some());
        assert!(difference(&df!("agent" => [Some(1)]).unwrap(), &table).is_some());
    }
}
