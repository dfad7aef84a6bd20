//! Which columns come out of a join, and from which side.

use std::collections::BTreeSet;

use indexmap::IndexMap;
use polars::prelude::{JoinType, PlSmallStr, Schema};
use polars_plan::dsl::JoinOptionsIR;
use polars_plan::plans::expr_ir::ExprIR;

use super::Sources;
use super::nodes::{Flow, united};

/// The columns of a join, as polars names them (`det_join_schema`); none where that is not how it has named them.
pub(super) fn columns(
    [left, right]: [&Flow; 2],
    [left_on, right_on]: [&[ExprIR]; 2],
    options: &JoinOptionsIR,
    schema: &Schema,
) -> IndexMap<PlSmallStr, Sources> {
    let args = &options.args;
    let names =
        |keys: &[ExprIR]| -> BTreeSet<PlSmallStr> { keys.iter().map(|key| key.output_name().clone()).collect() };
    let (left_keys, right_keys) = (names(left_on), names(right_on));
    let suffixed = |name: &PlSmallStr| PlSmallStr::from(format!("{name}{}", args.suffix()));
    let mut columns: Vec<(PlSmallStr, Sources)> = Vec::new();
    let is_coalesced = args.should_coalesce();
    match args.how {
        JoinType::Semi | JoinType::Anti => columns.extend(left.columns.clone()),
        JoinType::Right if is_coalesced => {
            let of_left = left.columns.iter().filter(|(name, _)| !left_keys.contains(*name));
            columns.extend(of_left.map(|(name, sources)| (name.clone(), sources.clone())));
            columns.extend(right.columns.iter().map(|(name, sources)| {
                let is_taken = left.columns.contains_key(name) && !left_keys.contains(name);
                (if is_taken { suffixed(name) } else { name.clone() }, sources.clone())
            }));
        }
        JoinType::Inner | JoinType::Left | JoinType::Right | JoinType::Full | JoinType::Cross => {
            columns.extend(left.columns.clone());
            for (name, sources) in &right.columns {
                if is_coalesced && right_keys.contains(name) {
                    continue;
                }
                let is_taken = left.columns.contains_key(name);
                columns.push((if is_taken { suffixed(name) } else { name.clone() }, sources.clone()));
            }
            if is_coalesced && args.how == JoinType::Full {
                // A key is that of the side which has the row.
                for (of_left, of_right) in left_on.iter().zip(right_on) {
                    let other = right.columns.get(of_right.output_name()).cloned().flatten();
                    if let Some((_, sources)) = columns.iter_mut().find(|(name, _)| name == of_left.output_name()) {
                        *sources = united([sources.clone(), other]);
                    }
                }
            }
        }
    }
    // A join of another kind, some day.
    if options.options.is_some() || !columns.iter().map(|(name, _)| name).eq(schema.iter_names()) {
        return IndexMap::new();
    }
    columns.into_iter().collect()
}
