//! The digest of a model's contract: what must be the same for stored content to be of use.

use super::Description;
use crate::digest::{Digest, Digester};
use crate::schema::{ColumnSchema, Encoding, Format, SourceSchema, TableSchema};

impl Description {
    /// The digest of the model's contract: of its columns (name, type, whether nulls may be, checks), key and order; for a
    /// source also of how its files are written where nobody says otherwise. Of a model without columns it is that of name
    /// and kind. Doc texts are no part of it.
    #[must_use]
    pub fn contract(&self) -> Digest {
        let mut contract = Contract(Digester::new("contract 1"));
        contract.says("model", &[&self.name, self.kind]);
        if let Some(schema) = self.schema {
            contract.schema(schema);
        }
        contract.0.finish()
    }
}

struct Contract(Digester);

impl Contract {
    /// Adds a statement: a word for what it is about, and texts.
    fn says(&mut self, what: &str, texts: &[&str]) {
        self.0.piece(what.as_bytes());
        self.0.piece(&(texts.len() as u64).to_le_bytes());
        texts.iter().for_each(|text| self.0.piece(text.as_bytes()));
    }

    fn schema(&mut self, schema: &TableSchema) {
        // Taken apart, so that nobody adds a field and forgets it here.
        // How it is handed over changes time and memory, not what it must be like.
        // How old it may become says nothing of what is in it.
        let TableSchema {
            name,
            doc: _,
            columns,
            key,
            order_by,
            source,
            hand_over: _,
            incremental,
            checks,
            max_age: _,
            partition,
        } = schema;
        self.says("table", &[name]);
        for column in *columns {
            self.column(column, source.is_some());
        }
        self.says("key", key);
        for term in *order_by {
            self.says("order", &[term.column, if term.descending { "desc" } else { "asc" }]);
        }
        if let Some(source) = source {
            self.source(source);
        }
        if let Some(incremental) = incremental {
            self.says("incremental", &[incremental.as_str()]);
            self.says("incremental columns", &incremental.columns());
        }
        if let Some(column) = partition {
            self.says("partition", &[column]);
        }
        for check in *checks {
            self.says("table check", &[&check.name, &check.rule.to_string(), check.severity.as_str()]);
        }
    }

    fn column(&mut self, column: &ColumnSchema, is_source: bool) {
        let ColumnSchema { name, ty, nullable, doc: _, checks, from: _, format, row_number } = column;
        self.says("column", &[name, ty.as_str(), if *nullable { "null" } else { "not null" }]);
        for check in *checks {
            self.says("check", &[&check.to_string()]);
        }
        if is_source {
            self.says("from", &[column.source_name()]);
            self.says("format", format.as_slice());
            self.says("number", if *row_number { &["rows"] } else { &[] });
        }
    }

    fn source(&mut self, source: &SourceSchema) {
        let SourceSchema {
            format,
            separator,
            decimal,
            null_values,
            encoding,
            date_format,
            datetime_format,
            rejects,
            // Whether it is published says nothing of what is in it.
            publish: _,
            // Settings say so.
            once: _,
            table: _,
            watermark: _,
        } = source;
        self.says("format", &[format.map_or("by ending", Format::as_str)]);
        self.says("text", &[&separator.to_string(), &decimal.to_string(), date_format, datetime_format]);
        self.says("null", null_values);
        self.says(
            "encoding",
            match encoding {
                Encoding::Utf8 => &["utf-8"],
                Encoding::Latin1 => &["latin-1"],
            },
        );
        self.says("rejects", rejects.as_slice());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prelude::*;
    use crate::schema::{Bound, Check, ColumnType, HandOver, OrderBy};

    const NIGHTS: ColumnSchema = ColumnSchema {
        name: "nights",
        ty: ColumnType::Int64,
        nullable: false,
        doc: "How long.",
        checks: &[Check::Min(Bound::Int(0))],
        from: None,
        format: None,
        row_number: false,
    };
    const STAYS: TableSchema = TableSchema {
        name: "stays",
        doc: "Stays.",
        columns: &[NIGHTS],
        key: &["nights"],
        order_by: &[OrderBy { column: "nights", descending: false }],
        source: None,
        hand_over: HandOver::Memory,
        incremental: None,
        checks: &[],
        max_age: None,
        partition: None,
    };
    const SOURCE: TableSchema = TableSchema { source: Some(SourceSchema::DEFAULT), ..STAYS };

    fn of(column: ColumnSchema) -> &'static [ColumnSchema] {
        // Tests make few of them.
        Box::leak(Box::new([column]))
    }

    fn contract(schema: TableSchema) -> Digest {
        let name = schema.name.to_owned();
        Description { name, kind: "table", doc: String::new(), schema: Some(Box::leak(Box::new(schema))) }.contract()
    }

    #[test]
    fn whatever_a_table_must_be_like_is_part_of_its_contract() {
        let column = |column: ColumnSchema| TableSchema { columns: of(column), ..STAYS };
        let others = [
            TableSchema { name: "visits", ..STAYS },
            TableSchema { key: &[], ..STAYS },
            TableSchema { order_by: &[], ..STAYS },
            TableSchema { partition: Some("nights"), ..STAYS },
            TableSchema { order_by: &[OrderBy { column: "nights", descending: true }], ..STAYS },
            TableSchema { columns: &[NIGHTS, ColumnSchema { name: "guests", ..NIGHTS }], ..STAYS },
            TableSchema { columns: &[ColumnSchema { name: "guests", ..NIGHTS }, NIGHTS], ..STAYS },
            column(ColumnSchema { name: "night", ..NIGHTS }),
            column(ColumnSchema { ty: ColumnType::Int32, ..NIGHTS }),
            column(ColumnSchema { nullable: true, ..NIGHTS }),
            column(ColumnSchema { checks: &[], ..NIGHTS }),
            column(ColumnSchema { checks: &[Check::Min(Bound::Int(1))], ..NIGHTS }),
            column(ColumnSchema { checks: &[Check::Max(Bound::Int(0))], ..NIGHTS }),
            SOURCE,
        ];
        let mut digests: Vec<Digest> = others.map(contract).to_vec();
        digests.push(contract(STAYS));
        digests.sort_unstable();
        digests.dedup();
        assert_eq!(digests.len(), 15);
    }

    #[test]
    fn how_a_source_is_written_is_part_of_its_contract() {
        let column = |column: ColumnSchema| TableSchema { columns: of(column), ..SOURCE };
        let source = |source: SourceSchema| TableSchema { source: Some(source), ..SOURCE };
        let plain = SourceSchema::DEFAULT;
        let others = [
            column(ColumnSchema { from: Some("Nächte"), ..NIGHTS }),
            column(ColumnSchema { format: Some("%d.%m.%Y"), ..NIGHTS }),
            column(ColumnSchema { row_number: true, ..NIGHTS }),
            source(SourceSchema { format: Some(Format::Csv), ..plain }),
            source(SourceSchema { separator: ';', ..plain }),
            source(SourceSchema { decimal: ',', ..plain }),
            source(SourceSchema { null_values: &["NA"], ..plain }),
            source(SourceSchema { encoding: Encoding::Latin1, ..plain }),
            source(SourceSchema { date_format: "%d.%m.%Y", ..plain }),
            source(SourceSchema { datetime_format: "%d.%m.%Y", ..plain }),
            source(SourceSchema { rejects: Some("bad_stays"), ..plain }),
        ];
        let mut digests: Vec<Digest> = others.map(contract).to_vec();
        digests.push(contract(SOURCE));
        digests.sort_unstable();
        digests.dedup();
        assert_eq!(digests.len(), 12);
    }

    #[test]
    fn doc_texts_hand_over_and_whether_a_source_is_published_are_no_part_of_it() {
        for hand_over in [HandOver::Lazy, HandOver::Stored] {
            assert_eq!(contract(TableSchema { hand_over, ..STAYS }), contract(STAYS));
        }
        let column = of(ColumnSchema { doc: "Nights of the stay.", ..NIGHTS });
        assert_eq!(contract(TableSchema { doc: "All stays.", columns: column, ..STAYS }), contract(STAYS));
        let published = SourceSchema { publish: true, ..SourceSchema::DEFAULT };
        assert_eq!(contract(TableSchema { source: Some(published), ..SOURCE }), contract(SOURCE));
        // What the field is called in a file is only of use where there is one, and only where it is another name.
        assert_eq!(
            contract(TableSchema { columns: of(ColumnSchema { from: Some("nights"), ..NIGHTS }), ..SOURCE }),
            contract(SOURCE)
        );
    }

    #[test]
    fn a_model_without_columns_goes_by_name_and_kind() {
        /// Swiss francs for one euro.
        #[derive(Named)]
        #[named("rate")]
        struct Rate;

        let digest = Value::<f64, Rate>::describe().contract();
        assert_eq!(Description { kind: "value", ..Description::new("rate", "") }.contract(), digest);
        assert_ne!(Artifact::<Rate>::describe().contract(), digest);
        assert_ne!(Description { kind: "value", ..Description::new("rates", "") }.contract(), digest);
    }
}
