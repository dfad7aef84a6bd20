//! Whether what lineage says is true: what it does not mention makes no difference.

use polars::prelude::*;
use proptest::prelude::{any, prop, proptest};
use proptest::test_runner::{Config, TestCaseError};

use super::{Known, lineage, origins};
use crate::lineage::Origins;

/// A step of a random query; the numbers choose among the columns that there are.
type Step = (u8, u8, u8, u8);

/// The query of these steps over two tables of whole numbers.
fn query(steps: &[Step], left: LazyFrame, right: &LazyFrame) -> LazyFrame {
    let mut query = left;
    for (place, &(what, one, two, three)) in steps.iter().enumerate() {
        let names: Vec<PlSmallStr> = query.collect_schema().unwrap().iter_names().cloned().collect();
        let column = |number: u8| col(names[usize::from(number) % names.len()].clone());
        let (one, two, three) = (column(one), column(two), column(three));
        let new = format!("new_{place}");
        let joined = |how: JoinType, coalesce: JoinCoalesce| {
            let maintain_order = MaintainOrderJoin::LeftRight;
            let suffix = Some(format!("_{place}").into());
            let args = JoinArgs { coalesce, maintain_order, suffix, ..JoinArgs::new(how) };
            query.clone().join(right.clone(), [one.clone()], [col("k")], args)
        };
        query = match what % 24 {
            0 => query.with_column((one + two).alias(new)),
            1 => query.with_column(when(one.gt(lit(2))).then(two).otherwise(three).alias(new)),
            2 => query.with_column(one.sum().over([two]).unwrap().alias(new)),
            3 => query.with_column(one.filter(two.gt(lit(1))).max().alias(new)),
            4 => query.with_column(one.sort_by([two, three], SortMultipleOptions::default()).alias(new)),
            5 => query.with_column(one.shift(lit(1)).fill_null(two).alias(new)),
            6 => query.with_column(lit(7_i64).alias(new)),
            7 => query.filter(one.gt(two)),
            8 => query.sort_by_exprs([one, two], SortMultipleOptions::default().with_maintain_order(true)),
            9 => query
                .group_by_stable([one])
                .agg([two.sum().alias(new.clone()), three.max().alias(format!("{new}_max"))]),
            10 => query.group_by_stable([(one + lit(1)).alias("k")]).agg([len().cast(DataType::Int64).alias(new)]),
            11 => query.select([one.alias("k"), (two - three).alias(new)]),
            12 => query.unique_stable_generic(Some(vec![one, two]), UniqueKeepStrategy::First),
            13 => query.slice(1, 3),
            14 => query.tail(4),
            15 => joined(JoinType::Inner, JoinCoalesce::JoinSpecific),
            16 => joined(JoinType::Left, JoinCoalesce::JoinSpecific),
            17 => joined(JoinType::Right, JoinCoalesce::JoinSpecific),
            18 => joined(JoinType::Full, JoinCoalesce::CoalesceColumns),
            19 => joined(JoinType::Left, JoinCoalesce::KeepColumns),
            20 => joined(JoinType::Semi, JoinCoalesce::JoinSpecific),
            21 => joined(JoinType::Anti, JoinCoalesce::JoinSpecific),
            22 => {
                let more = query.clone().filter(one.gt(lit(1)));
                concat([query, more], UnionArgs { maintain_order: true, ..Default::default() }).unwrap()
            }
            _ => query
                .with_row_index(new, None)
                .with_columns([dtype_col(&DataType::UInt32).as_selector().as_expr().cast(DataType::Int64)]),
        };
    }
    query
}

fn table(rows: &[(i64, i64, i64)], names: [&str; 3]) -> DataFrame {
    let column = |of: fn(&(i64, i64, i64)) -> i64| rows.iter().map(of).collect::<Vec<i64>>();
    df!(names[0] => column(|row| row.0), names[1] => column(|row| row.1), names[2] => column(|row| row.2)).unwrap()
}

/// Changes a column that lineage mentions neither for a column of the result nor for its rows: that column stays as it is.
fn holds(
    steps: &[Step],
    [left, right]: [Vec<(i64, i64, i64)>; 2],
    changed: usize,
    values: &[i64],
) -> Result<(), TestCaseError> {
    const NAMES: [[&str; 3]; 2] = [["k", "x", "y"], ["k", "z", "x"]];
    let known = [Known::new("left", table(&left, NAMES[0])), Known::new("right", table(&right, NAMES[1]))];
    let asked = query(steps, known[0].scan(), &known[1].scan());
    let lineage = lineage(&asked, &[&known[0], &known[1]]);
    let (side, place) = (changed / 3, changed % 3);
    let (model, name) = (known[side].name, NAMES[side][place]);
    let mentions = |of: &Origins| match of {
        Some(origins) => origins.iter().any(|origin| (&*origin.model, &*origin.column) == (model, name)),
        None => true,
    };
    if mentions(&lineage.rows) {
        return Ok(());
    }
    let before = asked.collect().unwrap();
    let mut frames = [(*known[0].frame).clone(), (*known[1].frame).clone()];
    let other: Vec<i64> = (0..frames[side].height()).map(|row| values[row % values.len()]).collect();
    frames[side].with_column(Column::new(name.into(), other)).unwrap();
    let [left, right] = frames.map(IntoLazy::lazy);
    let after = query(steps, left, &right).collect().unwrap();
    for (column, of) in lineage.columns.iter().filter(|(_, of)| !mentions(of)) {
        let (before, after) = (before.column(column).unwrap(), after.column(column).unwrap());
        proptest::prop_assert!(
            before.equals_missing(after),
            "{column} of {} is other without {model}.{name}",
            origins(of)
        );
    }
    Ok(())
}

proptest! {
    #![proptest_config(Config { cases: 192, failure_persistence: None, ..Config::default() })]
    #[test]
    fn what_lineage_does_not_mention_changes_nothing(
        steps in prop::collection::vec(any::<Step>(), 1..6),
        left in prop::collection::vec((0..4_i64, 0..5_i64, 0..5_i64), 0..9),
        right in prop::collection::vec((0..4_i64, 0..5_i64, 0..5_i64), 0..6),
        changed in 0..6_usize,
        values in prop::collection::vec(0..6_i64, 1..9),
    ) {
        holds(&steps, [left, right], changed, &values)?;
    }
}
