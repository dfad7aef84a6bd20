//! What columns are made of, and what goes into which, with links.

use std::collections::{BTreeMap, BTreeSet};

use maud::{Markup, html};

use super::super::parts::{ColumnTies, anchor};
use super::ModelDoc;
use crate::lineage::{How, Lineage, Origin, Origins};

/// A place of the page: a column of a model, or all of its rows.
type Place<'p> = (&'p str, Option<&'p str>);

/// What is made of the columns of all models.
pub(super) struct Ties<'p> {
    /// By model and column: where it goes, and how.
    into: BTreeMap<(&'p str, &'p str), BTreeMap<Place<'p>, BTreeSet<How>>>,
    /// The columns that have a place in the page.
    there: BTreeSet<(&'p str, &'p str)>,
}

impl<'p> Ties<'p> {
    pub(super) fn of(models: &'p [ModelDoc]) -> Ties<'p> {
        let mut ties = Ties { into: BTreeMap::new(), there: BTreeSet::new() };
        for model in models {
            let columns = model.description.schema.map_or(&[][..], |schema| schema.columns);
            ties.there.extend(columns.iter().map(|column| (model.name.as_str(), column.name)));
            let Some(lineage) = &model.lineage else { continue };
            for (name, origins) in lineage.lines() {
                for Origin { model: from, column, how } in origins.iter().flatten() {
                    let goes = ties.into.entry((from, column)).or_default();
                    goes.entry((&model.name, name)).or_default().insert(*how);
                }
            }
        }
        ties
    }

    /// What there is to say of the columns of a model; `None` where there is nothing.
    pub(super) fn of_columns(&'p self, model: &'p ModelDoc) -> Option<ColumnTies<'p>> {
        let name = model.name.as_str();
        let goes_on = self.into.range((name, "")..).next().is_some_and(|((from, _), _)| *from == name);
        if model.lineage.is_none() && !goes_on {
            return None;
        }
        Some(ColumnTies {
            id: Box::new(move |column| column_anchor(name, column)),
            told: Box::new(move |column| {
                html! {
                    @if let Some(lineage) = &model.lineage {
                        div.small { span.soft { "from " } (self.origins(lineage.columns.get(column).unwrap_or(&None))) }
                    }
                    @if let Some(goes) = self.into.get(&(name, column)) {
                        div.small { span.soft { "goes into " } (self.links(goes.iter().map(|(place, hows)| (*place, hows)))) }
                    }
                }
            }),
        })
    }

    /// What decides the rows of a model.
    pub(super) fn of_rows(&self, lineage: &Lineage) -> Markup {
        self.origins(&lineage.rows)
    }

    fn origins(&self, origins: &Origins) -> Markup {
        let Some(origins) = origins else { return html! { span.soft { "not known" } } };
        let mut places: BTreeMap<Place<'_>, BTreeSet<How>> = BTreeMap::new();
        for Origin { model, column, how } in origins {
            places.entry((model, Some(column))).or_default().insert(*how);
        }
        if places.is_empty() {
            return html! { span.soft { "no column" } };
        }
        self.links(places.iter().map(|(place, hows)| (*place, hows)))
    }

    fn links<'l>(&self, places: impl Iterator<Item = (Place<'l>, &'l BTreeSet<How>)>) -> Markup {
        html! {
            @for (at, ((model, column), hows)) in places.enumerate() {
                @if at > 0 { ", " }
                @match column {
                    Some(column) if self.there.contains(&(model, column)) => {
                        a.mono href={ "#" (column_anchor(model, column)) } { (model) "." (column) }
                    }
                    Some(column) => span.mono { (model) "." (column) },
                    None => { "rows of " a.mono href={ "#" (anchor("model", model)) } { (model) } }
                }
                @let told: Vec<&str> = hows.iter().filter_map(|how| word(*how)).collect();
                @if !told.is_empty() { span.soft { " (" (told.join(", ")) ")" } }
            }
        }
    }
}

fn column_anchor(model: &str, column: &str) -> String {
    format!("{}.{}", anchor("column", model), anchor("", column).trim_start_matches('-'))
}

/// How a column matters, in words; nothing for one that is taken as it is.
const fn word(how: How) -> Option<&'static str> {
    match how {
        How::Identity => None,
        How::Transformation => Some("computed"),
        How::Aggregation => Some("aggregated"),
        How::Conditional => Some("condition"),
        How::Window => Some("window"),
        How::Join => Some("join"),
        How::GroupBy => Some("group"),
        How::Filter => Some("filter"),
        How::Sort => Some("order"),
    }
}
