//! Where the values of an expression come from.

use std::collections::BTreeSet;
use std::sync::Arc;

use polars::prelude::{LiteralValue, PlSmallStr};
use polars_plan::plans::expr_ir::ExprIR;
use polars_plan::plans::{AExpr, IRFunctionExpr};
use polars_plan::prelude::{Arena, Node};

use super::Sources;
use super::nodes::Flow;
use crate::lineage::How;

/// The columns that an expression over a flow is made of.
pub(super) fn sources(arena: &Arena<AExpr>, flow: &Flow, expr: &ExprIR, how: How) -> Sources {
    let mut found = Found { arena, flow, sources: BTreeSet::new() };
    match found.add(expr.node(), how) {
        Known::Yes => Some(Arc::new(found.sources)),
        Known::No => None,
    }
}

/// Whether all is known of something.
#[derive(PartialEq)]
enum Known {
    Yes,
    No,
}

struct Found<'f> {
    arena: &'f Arena<AExpr>,
    flow: &'f Flow,
    sources: BTreeSet<(usize, PlSmallStr, How)>,
}

impl Found<'_> {
    /// Adds what an expression is made of that matters in a way itself.
    #[recursive::recursive]
    fn add(&mut self, node: Node, how: How) -> Known {
        let expr = self.arena.get(node);
        let computed = how.over(How::Transformation);
        match expr {
            AExpr::Column(name) => self.add_column(name, how),
            // Who made a column of values by hand may have made it of anything.
            AExpr::Literal(LiteralValue::Series(_)) => Known::No,
            // It may have taken hold of anything.
            AExpr::AnonymousFunction { .. } | AExpr::AnonymousAgg { .. } => Known::No,
            AExpr::Function {
                function: IRFunctionExpr::FoldHorizontal { .. } | IRFunctionExpr::ReduceHorizontal { .. },
                ..
            } => Known::No,
            AExpr::Gather { expr, idx, .. } => self.add_each([(*expr, computed), (*idx, how.over(How::Filter))]),
            AExpr::Filter { input, by } => self.add_each([(*input, computed), (*by, how.over(How::Filter))]),
            AExpr::Slice { input, offset, length } => {
                self.add_each([(*input, computed), (*offset, how.over(How::Filter)), (*length, how.over(How::Filter))])
            }
            AExpr::SortBy { expr, by, .. } => {
                self.add_each([(*expr, computed)].into_iter().chain(by.iter().map(|by| (*by, how.over(How::Sort)))))
            }
            AExpr::Ternary { predicate, truthy, falsy } => {
                self.add_each([(*predicate, how.over(How::Conditional)), (*truthy, computed), (*falsy, computed)])
            }
            AExpr::Over { function, partition_by, order_by, .. } => {
                let window = partition_by.iter().chain(order_by.as_ref().map(|(by, _)| by));
                self.add_each([(*function, computed)].into_iter().chain(window.map(|by| (*by, how.over(How::Window)))))
            }
            _ => {
                let how = if matches!(expr, AExpr::Agg(_)) { how.over(How::Aggregation) } else { computed };
                let mut inputs: Vec<Node> = Vec::new();
                expr.inputs(&mut inputs);
                self.add_each(inputs.into_iter().map(|input| (input, how)))
            }
        }
    }

    fn add_each(&mut self, exprs: impl IntoIterator<Item = (Node, How)>) -> Known {
        let is_known = exprs.into_iter().all(|(node, how)| self.add(node, how) == Known::Yes);
        if is_known { Known::Yes } else { Known::No }
    }

    fn add_column(&mut self, name: &PlSmallStr, how: How) -> Known {
        let Some(Some(sources)) = self.flow.columns.get(name) else { return Known::No };
        self.sources.extend(sources.iter().map(|(leaf, column, inner)| (*leaf, column.clone(), how.over(*inner))));
        Known::Yes
    }
}
