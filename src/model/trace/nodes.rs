//! Where the columns come from that each node of a plan has.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use indexmap::IndexMap;
use polars::prelude::{PlSmallStr, ScanSources};
use polars_plan::plans::expr_ir::ExprIR;
use polars_plan::plans::{FunctionIR, IR, IRPlanRef};
use polars_plan::prelude::Node;

use super::{Kind, Leaf, Sources, Traced, expr, join};
use crate::lineage::How;

/// What polars calls the function that ends a plan which is handed over.
pub(crate) const CONTRACT: &str = "contract";

/// The columns of a node, each with where it comes from, and what decides the rows. A column that is not among them, as all
/// those of a node that is not understood, comes from where nobody knows.
#[derive(Clone, Debug, Default)]
pub(super) struct Flow {
    pub(super) columns: IndexMap<PlSmallStr, Sources>,
    pub(super) rows: Sources,
}

/// Looks at a plan.
pub(super) fn trace(plan: IRPlanRef<'_>) -> Traced {
    let mut walk = Walk { plan, leaves: Vec::new(), caches: HashMap::new() };
    let Flow { mut columns, rows } = walk.flow(plan.lp_top);
    let schema = plan.root().schema(plan.lp_arena);
    let columns = schema.iter_names().map(|name| (name.clone(), columns.swap_remove(name).flatten())).collect();
    Traced { leaves: walk.leaves, columns, rows }
}

struct Walk<'p> {
    plan: IRPlanRef<'p>,
    leaves: Vec<Leaf>,
    /// What is below each cache, which several nodes may read.
    caches: HashMap<Node, Flow>,
}

impl Walk<'_> {
    #[recursive::recursive]
    fn flow(&mut self, node: Node) -> Flow {
        let plan = self.plan;
        match plan.lp_arena.get(node) {
            IR::DataFrameScan { df, .. } => self.leaf(node, Kind::Frame(Arc::downgrade(df))),
            IR::Scan { sources: ScanSources::Paths(paths), predicate: None, .. } if paths.len() == 1 => {
                self.leaf(node, Kind::File(paths[0].as_std_path().to_owned()))
            }
            // Whoever hands a plan over ends it with a function; that of another is a leaf that nobody knows.
            IR::MapFunction { function: FunctionIR::Opaque { function, .. }, .. } => {
                self.leaf(node, Kind::Plan(Arc::downgrade(function)))
            }
            IR::MapFunction { input, function } => self.mapped(*input, function),
            IR::Slice { input, .. } | IR::Sink { input, .. } => self.flow(*input),
            IR::Cache { input, .. } => match self.caches.get(input) {
                Some(flow) => flow.clone(),
                None => {
                    let flow = self.flow(*input);
                    self.caches.insert(*input, flow.clone());
                    flow
                }
            },
            IR::Filter { input, predicate } => {
                let flow = self.flow(*input);
                self.decided(flow, std::slice::from_ref(predicate), How::Filter)
            }
            IR::Sort { input, by_column, .. } => {
                let flow = self.flow(*input);
                // The declared order of a table is not its reader's doing.
                if self.is_handed_over(*input) { flow } else { self.decided(flow, by_column, How::Sort) }
            }
            IR::SimpleProjection { input, columns } => {
                let mut flow = self.flow(*input);
                let taken = columns.iter_names().map(|name| (name.clone(), flow.columns.swap_remove(name).flatten()));
                Flow { columns: taken.collect(), rows: flow.rows }
            }
            IR::Select { input, expr, .. } => {
                let flow = self.flow(*input);
                Flow { columns: self.columns(&flow, expr, How::Identity), rows: flow.rows }
            }
            IR::HStack { input, exprs, .. } => {
                let mut flow = self.flow(*input);
                let columns = self.columns(&flow, exprs, How::Identity);
                flow.columns.extend(columns);
                flow
            }
            IR::GroupBy { input, keys, aggs, apply: None, .. } => {
                let flow = self.flow(*input);
                let mut columns = self.columns(&flow, keys, How::Identity);
                columns.extend(self.columns(&flow, aggs, How::Aggregation));
                Flow { columns, rows: self.decided(flow, keys, How::GroupBy).rows }
            }
            IR::Distinct { input, options } => {
                let flow = self.flow(*input);
                let told_by = |name: &PlSmallStr| flow.columns.get(name).cloned().flatten();
                let told_apart = match &options.subset {
                    Some(subset) => united(subset.iter().map(told_by)),
                    None => united(flow.columns.values().cloned()),
                };
                Flow { rows: united([flow.rows.clone(), in_way(&told_apart, How::GroupBy)]), ..flow }
            }
            IR::Join { input_left, input_right, left_on, right_on, options, schema } => {
                let (left, right) = (self.flow(*input_left), self.flow(*input_right));
                let columns = join::columns([&left, &right], [left_on, right_on], options, schema);
                let (left, right) = (self.decided(left, left_on, How::Join), self.decided(right, right_on, How::Join));
                Flow { columns, rows: united([left.rows, right.rows]) }
            }
            IR::Union { inputs, .. } => {
                let flows: Vec<Flow> = inputs.iter().map(|input| self.flow(*input)).collect();
                let names = flows.first().map(|first| first.columns.keys().cloned()).into_iter().flatten();
                let column = |name: PlSmallStr| {
                    let of_each = flows.iter().map(|flow| flow.columns.get(&name).cloned().flatten());
                    (name.clone(), united(of_each))
                };
                Flow { columns: names.map(column).collect(), rows: united(flows.iter().map(|flow| flow.rows.clone())) }
            }
            IR::HConcat { inputs, .. } => {
                let flows: Vec<Flow> = inputs.iter().map(|input| self.flow(*input)).collect();
                let rows = united(flows.iter().map(|flow| flow.rows.clone()));
                Flow { columns: flows.into_iter().flat_map(|flow| flow.columns).collect(), rows }
            }
            _ => Flow::default(),
        }
    }

    /// What something is that a query reads from: its columns come from themselves.
    fn leaf(&mut self, node: Node, kind: Kind) -> Flow {
        let (leaf, arena) = (self.leaves.len(), self.plan.lp_arena);
        self.leaves.push(Leaf(kind));
        let itself = |name: &PlSmallStr| (leaf, name.clone(), How::Identity);
        let schema = arena.get(node).schema(arena);
        let columns = schema.iter_names().map(|name| (name.clone(), Some(Arc::new([itself(name)].into()))));
        Flow { columns: columns.collect(), rows: Some(Arc::default()) }
    }

    fn mapped(&mut self, input: Node, function: &FunctionIR) -> Flow {
        let mut flow = self.flow(input);
        match function {
            FunctionIR::Rechunk | FunctionIR::Hint(_) => flow,
            FunctionIR::RowIndex { name, .. } => {
                let index = [(name.clone(), Some(Arc::default()))];
                Flow { columns: index.into_iter().chain(flow.columns).collect(), rows: flow.rows }
            }
            FunctionIR::Explode { columns, .. } => {
                let lists = columns.iter().map(|name| flow.columns.get(name).cloned().flatten());
                let decides = in_way(&united(lists), How::Filter);
                for name in columns.iter() {
                    if let Some(sources) = flow.columns.get_mut(name) {
                        *sources = in_way(sources, How::Transformation);
                    }
                }
                Flow { rows: united([flow.rows, decides]), ..flow }
            }
            _ => Flow::default(),
        }
    }

    fn is_handed_over(&self, node: Node) -> bool {
        let function = self.plan.lp_arena.get(node);
        matches!(function, IR::MapFunction { function: FunctionIR::Opaque { fmt_str, .. }, .. } if *fmt_str == CONTRACT)
    }

    /// What expressions over a flow make.
    fn columns(&self, flow: &Flow, exprs: &[ExprIR], how: How) -> IndexMap<PlSmallStr, Sources> {
        let arena = self.plan.expr_arena;
        exprs.iter().map(|expr| (expr.output_name().clone(), expr::sources(arena, flow, expr, how))).collect()
    }

    /// The flow with its rows decided by expressions.
    fn decided(&self, flow: Flow, by: &[ExprIR], how: How) -> Flow {
        let arena = self.plan.expr_arena;
        let by: Vec<Sources> = by.iter().map(|expr| expr::sources(arena, &flow, expr, how)).collect();
        Flow { rows: united([flow.rows.clone()].into_iter().chain(by)), ..flow }
    }
}

/// All of these; not known where one of them is not.
pub(super) fn united(all: impl IntoIterator<Item = Sources>) -> Sources {
    let mut all = all.into_iter();
    let mut united = all.next().unwrap_or_else(|| Some(Arc::default()))?;
    for sources in all {
        let sources = sources?;
        if !sources.is_subset(&united) {
            Arc::make_mut(&mut united).extend(sources.iter().cloned());
        }
    }
    Some(united)
}

/// The same, as far as it matters in a way.
fn in_way(sources: &Sources, how: How) -> Sources {
    let in_way = |(leaf, column, inner): &(usize, PlSmallStr, How)| (*leaf, column.clone(), how.over(*inner));
    sources.as_ref().map(|sources| Arc::new(sources.iter().map(in_way).collect::<BTreeSet<_>>()))
}
