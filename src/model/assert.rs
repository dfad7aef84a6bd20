//! `assert_rows!`: compares a table with the rows it should hold.

use std::fmt::Debug;

use super::{Row, Table};

/// Asserts that a table holds exactly these rows, in this order; prints the rows that differ where it does not.
///
/// The table is checked against its contract first, as the orchestrator would.
///
/// ```
/// use purvey::prelude::*;
///
/// /// One stay.
/// #[derive(Row, Clone, Debug, PartialEq)]
/// #[row(table = "stays")]
/// struct Stay {
///     nights: i64,
/// }
///
/// let stays = Table::from_rows([Stay { nights: 3 }]);
/// assert_rows!(stays, [Stay { nights: 3 }]);
/// ```
#[macro_export]
macro_rules! assert_rows {
    ($table:expr, $rows:expr $(,)?) => {
        $crate::model::assert::check(&$table, ::std::convert::From::from($rows))
    };
}

/// Called by [`assert_rows!`](crate::assert_rows).
///
/// # Panics
///
/// Panics when the table breaks its contract or holds other rows.
#[doc(hidden)]
#[track_caller]
#[expect(clippy::needless_pass_by_value, reason = "the macro turns an array into the vector")]
pub fn check<R: Row + Debug + PartialEq>(table: &Table<R>, expected: Vec<R>) {
    let found = match table.rows() {
        Ok(rows) => rows,
        Err(error) => panic!("table `{}` cannot be compared: {error:?}", R::SCHEMA.name),
    };
    if let Some(message) = difference(R::SCHEMA.name, &found, &expected) {
        panic!("{message}");
    }
}

/// The rows that differ, as text; `None` when all are equal.
fn difference<R: Debug + PartialEq>(name: &str, found: &[R], expected: &[R]) -> Option<String> {
    let differ: Vec<usize> =
        (0..found.len().max(expected.len())).filter(|&i| found.get(i) != expected.get(i)).collect();
    if differ.is_empty() {
        return None;
    }
    let mut text = format!(
        "table `{name}` holds other rows: {} found, {} expected, {} of them differ\n",
        found.len(),
        expected.len(),
        differ.len()
    );
    for &row in differ.iter().take(SHOWN) {
        text.push_str(&format!("  row {}\n", row + 1));
        if let Some(found) = found.get(row) {
            text.push_str(&format!("    found    {found:?}\n"));
        }
        if let Some(expected) = expected.get(row) {
            text.push_str(&format!("    expected {expected:?}\n"));
        }
    }
    if differ.len() > SHOWN {
        text.push_str(&format!("  and {} more\n", differ.len() - SHOWN));
    }
    Some(text)
}

/// How many differing rows are printed.
const SHOWN: usize = 10;

#[cfg(test)]
mod tests {
    use super::difference;

    #[derive(Debug, PartialEq)]
    struct Stay {
        hotel: &'static str,
        nights: i64,
    }

    fn stays(nights: &[i64]) -> Vec<Stay> {
        nights.iter().map(|&nights| Stay { hotel: "Seehof", nights }).collect()
    }

    #[test]
    fn equal_rows_are_no_difference() {
        assert_eq!(difference("stays", &stays(&[1, 2]), &stays(&[1, 2])), None);
    }

    #[test]
    fn rows_that_differ_are_shown_side_by_side() {
        let text = difference("stays", &stays(&[1, 2, 3]), &stays(&[1, 7])).unwrap_or_default();
        insta::assert_snapshot!(text, @r#"
        table `stays` holds other rows: 3 found, 2 expected, 2 of them differ
          row 2
            found    Stay { hotel: "Seehof", nights: 2 }
            expected Stay { hotel: "Seehof", nights: 7 }
          row 3
            found    Stay { hotel: "Seehof", nights: 3 }
        "#);
    }

    #[test]
    fn only_the_first_of_many_rows_are_shown() {
        let text = difference("stays", &stays(&[0; 25]), &stays(&[1; 25])).unwrap_or_default();
        assert_eq!(text.lines().count(), 1 + 3 * super::SHOWN + 1);
        assert!(text.ends_with("and 15 more\n"), "{text}");
    }
}
