//! What the columns of a model are made of, in the words of OpenLineage.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::facet;
use crate::lineage::{How, Lineage, Origin, Origins};
use crate::telling::background::ModelBackground;

/// The facet of a model's columns. Those of which nothing is known are left out.
pub(super) fn facet_of(model: &ModelBackground, lineage: &Lineage) -> Value {
    let column = |(name, origins): (&Arc<str>, &Origins)| {
        let inputs = inputs(model, origins.iter().flatten());
        origins.is_some().then(|| (name.to_string(), json!({ "inputFields": inputs })))
    };
    let columns: Map<String, Value> = lineage.columns.iter().filter_map(column).collect();
    let mut fields = json!({ "fields": columns });
    if let Some(rows) = &lineage.rows {
        fields["dataset"] = inputs(model, rows.iter()).into();
    }
    facet("1-2-0", "ColumnLineageDatasetFacet", fields)
}

/// Each column once, with all the ways in which it matters.
fn inputs<'o>(made: &ModelBackground, origins: impl Iterator<Item = &'o Origin>) -> Vec<Value> {
    let origins: Vec<&Origin> = origins.collect();
    let each = origins.chunk_by(|one, other| (&one.model, &one.column) == (&other.model, &other.column));
    let input = |origins: &[&Origin]| {
        let Origin { model, column, .. } = origins[0];
        let ways: Vec<Value> = origins.iter().map(|origin| transformation(origin.how)).collect();
        // All models stand side by side.
        let name = made.path.with_file_name(&**model).display().to_string();
        json!({ "namespace": "file", "name": name, "field": &**column, "transformations": ways })
    };
    each.map(input).collect()
}

fn transformation(how: How) -> Value {
    let kind = if how.is_direct() { "DIRECT" } else { "INDIRECT" };
    json!({ "type": kind, "subtype": how.as_str().to_ascii_uppercase() })
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    #[test]
    fn columns_that_are_known_are_told_with_all_that_they_are_made_of() {
        let origin = |column: &str, how| Origin { model: "bookings".into(), column: column.into(), how };
        let nights = [origin("nights", How::Aggregation), origin("nights", How::Conditional)];
        let columns = [("nights".into(), Some(nights.into())), ("hotel".into(), None), ("one".into(), Some([].into()))];
        let lineage = Lineage { columns: columns.into(), rows: Some([origin("hotel", How::GroupBy)].into()) };
        let model = ModelBackground {
            name: "hotel_nights".to_owned(),
            path: PathBuf::from("/srv/data/hotel_nights"),
            doc: String::new(),
            schema: None,
            is_outside: false,
        };
        let facet = serde_json::to_string_pretty(&facet_of(&model, &lineage)).unwrap();
        insta::assert_snapshot!(facet.replace(env!("CARGO_PKG_VERSION"), "<version>"), @r#"
        {
          "_producer": "urn:purvey:<version>",
          "_schemaURL": "https://openlineage.io/spec/facets/1-2-0/ColumnLineageDatasetFacet.json#/$defs/ColumnLineageDatasetFacet",
          "dataset": [
            {
              "field": "hotel",
              "name": "/srv/data/bookings",
              "namespace": "file",
              "transformations": [
                {
                  "subtype": "GROUP_BY",
                  "type": "INDIRECT"
                }
              ]
            }
          ],
          "fields": {
            "nights": {
              "inputFields": [
                {
                  "field": "nights",
                  "name": "/srv/data/bookings",
                  "namespace": "file",
                  "transformations": [
                    {
                      "subtype": "AGGREGATION",
                      "type": "DIRECT"
                    },
                    {
                      "subtype": "CONDITIONAL",
                      "type": "INDIRECT"
                    }
                  ]
                }
              ]
            },
            "one": {
              "inputFields": []
            }
          }
        }
        "#);
        let unknown = facet_of(&model, &Lineage { rows: None, ..lineage });
        assert_eq!(unknown.get("dataset"), None);
    }
}
