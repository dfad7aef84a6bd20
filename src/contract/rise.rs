//! Whether a column is in order already, where one look along it tells: then nothing has to be sorted or hashed.
//!
//! Tables are mostly made in the order of their key. To see that costs a hundredth of a hash table of the keys.

use polars::prelude::{
    BooleanChunked, ChunkCompareEq, ChunkCompareIneq, ChunkFull, ChunkedArray, Column, DataType, PolarsNumericType,
    PolarsResult,
};

/// How each value of a column compares with the one before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Rise {
    /// Some may be less.
    Unknown,
    /// None is less.
    Weak,
    /// Each is greater.
    Strict,
}

/// How the values of a column rise that comes piece by piece. It remembers one value.
#[derive(Debug)]
pub(super) struct Along {
    last: Option<Column>,
    rise: Rise,
}

impl Along {
    /// Nothing has come yet.
    pub(super) fn new() -> Along {
        Along { last: None, rise: Rise::Strict }
    }

    /// Looks at the values that come next.
    pub(super) fn add(&mut self, piece: &Column) {
        if self.rise == Rise::Unknown || piece.is_empty() {
            return;
        }
        let rise = match self.last.take() {
            Some(mut joined) => joined.append(piece).map_or(Rise::Unknown, |joined| of(joined)),
            None => of(piece),
        };
        self.rise = self.rise.min(rise);
        self.last = Some(piece.tail(Some(1)));
    }

    /// How they rise.
    pub(super) fn rise(&self) -> Rise {
        self.rise
    }
}

/// How the values of a column rise; unknown where there are nulls, and for others than whole numbers, dates and times.
pub(super) fn of(column: &Column) -> Rise {
    if column.null_count() > 0 {
        return Rise::Unknown;
    }
    let values = column.as_materialized_series().to_physical_repr();
    let rise: PolarsResult<Rise> = match values.dtype() {
        DataType::Int32 => values.i32().map(numbers),
        DataType::Int64 => values.i64().map(numbers),
        DataType::UInt32 => values.u32().map(numbers),
        DataType::UInt64 => values.u64().map(numbers),
        _ => Ok(Rise::Unknown),
    };
    rise.unwrap_or(Rise::Unknown)
}

/// Whether each row is greater than the one before, by the first of these columns in which they differ; that is not said
/// where there are nulls or NaN.
pub(super) fn is_strict(columns: &[Column]) -> PolarsResult<bool> {
    if let Some(first) = columns.first()
        && of(first) == Rise::Strict
    {
        return Ok(true);
    }
    let height = columns.first().map_or(0, Column::len);
    if columns.iter().any(|column| column.null_count() > 0 || column.dtype().is_float()) {
        return Ok(false);
    }
    let mut is_greater = BooleanChunked::full("greater".into(), false, height.saturating_sub(1));
    for column in columns.iter().rev() {
        let values = column.as_materialized_series();
        let (before, after) = (values.slice(0, height.saturating_sub(1)), values.slice(1, height));
        is_greater = after.gt(&before)? | (after.equal(&before)? & is_greater);
    }
    Ok(is_greater.all())
}

fn numbers<T: PolarsNumericType>(column: &ChunkedArray<T>) -> Rise {
    let mut rise = Rise::Strict;
    let mut last = None;
    for chunk in column.downcast_iter() {
        let values = chunk.values().as_slice();
        let (Some(first), Some(end)) = (values.first(), values.last()) else { continue };
        let seam = last.map(|last| [last, *first]);
        for neighbours in seam.iter().map(<[_; 2]>::as_slice).chain([values]) {
            rise = match rise {
                Rise::Strict if neighbours.is_sorted_by(|before, after| before < after) => Rise::Strict,
                Rise::Strict | Rise::Weak if neighbours.is_sorted() => Rise::Weak,
                _ => return Rise::Unknown,
            };
        }
        last = Some(*end);
    }
    rise
}

#[cfg(test)]
mod tests {
    use polars::prelude::{IntoColumn, NamedFrom, Series, TimeUnit};
    use proptest::collection::vec;
    use proptest::prelude::{ProptestConfig, any};

    use super::*;

    fn of_pieces(pieces: &[Vec<i64>]) -> Rise {
        let mut all = Series::new("id".into(), Vec::<i64>::new());
        for piece in pieces {
            all.append(&Series::new("id".into(), piece)).unwrap();
        }
        of(&all.into_column())
    }

    proptest::proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]
        #[test]
        fn it_says_what_neighbours_say_however_they_are_cut(
            mut values in vec(-4_i64..4, 0..7), is_sorted in any::<bool>(), cuts in vec(0_usize..7, 0..3)
        ) {
            if is_sorted {
                values.sort_unstable();
            }
            let mut pieces = vec![values.clone()];
            for cut in cuts {
                let last = pieces.last_mut().unwrap();
                let rest = last.split_off(cut.min(last.len()));
                pieces.push(rest);
            }

            let expected = match values.windows(2).map(|pair| pair[1] - pair[0]).min() {
                None | Some(1..) => Rise::Strict,
                Some(0) => Rise::Weak,
                Some(_) => Rise::Unknown,
            };
            assert_eq!(of_pieces(&pieces), expected);
            let mut along = Along::new();
            for piece in &pieces {
                along.add(&Series::new("id".into(), piece).into_column());
            }
            assert_eq!(along.rise(), expected);
        }
    }

    proptest::proptest! {
        #[test]
        fn rows_rise_strictly_where_each_is_greater_than_the_one_before(
            mut rows in vec(("[ab]{0,2}", 0_i64..3), 0..6), is_sorted in any::<bool>()
        ) {
            if is_sorted {
                rows.sort_unstable();
            }
            let texts: Vec<&str> = rows.iter().map(|(text, _)| text.as_str()).collect();
            let numbers: Vec<i64> = rows.iter().map(|(_, number)| *number).collect();
            let columns = [Series::new("hotel".into(), texts), Series::new("night".into(), numbers)];
            let rises = rows.windows(2).all(|pair| pair[0] < pair[1]);
            assert_eq!(is_strict(&columns.map(IntoColumn::into_column)).unwrap(), rises);
        }
    }

    #[test]
    fn dates_and_times_rise_too_and_nothing_is_said_of_nulls_and_texts() {
        let days = Series::new("day".into(), [1, 2, 2]).cast(&DataType::Date).unwrap();
        let times =
            Series::new("at".into(), [1_i64, 2]).cast(&DataType::Datetime(TimeUnit::Microseconds, None)).unwrap();
        let nulls = Series::new("id".into(), [Some(1), None]);
        let texts = Series::new("hotel".into(), ["a", "b"]);

        let rises = [days, times, nulls, texts].map(|series| of(&series.into_column()));
        assert_eq!(rises, [Rise::Weak, Rise::Strict, Rise::Unknown, Rise::Unknown]);
    }
}
