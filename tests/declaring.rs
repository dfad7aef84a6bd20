//! What `#[derive(Row)]`, `#[derive(Named)]` and `#[task]` make of a declaration.

use chrono::NaiveDate;
use purvey::model::{Rejected, SourceConfig, TableConfig};
use purvey::prelude::*;
use purvey::schema::{Bound, Check, Encoding, Format, OrderBy};
use purvey::task::{Declared, FnTask, Task};

/// One booking,
/// as it was exported.
///
///   * indented
#[derive(Row, Clone, Debug, PartialEq)]
#[row(table = "raw_bookings", key = "line, hotel", order_by = "hotel, line desc", source)]
#[source(format = "csv", separator = ";", decimal = ",", null_values("NULL", "NA"), encoding = "latin-1")]
#[source(date_format = "%d.%m.%Y", datetime_format = "%d.%m.%Y %H:%M", rejects = "unreadable_bookings", publish)]
struct RawBooking {
    #[row(row_number)]
    line: i64,
    #[row(from = "Haus")]
    #[check(one_of("Alpenblick", "Seehof"), not_empty)]
    hotel: String,
    /// Day of arrival.
    #[row(from = "guest.arrival", format = "%Y%m%d")]
    #[check(min = "2015-07-01")]
    arrival: Option<NaiveDate>,
    #[check(min = -10, max = 1_000.5, finite)]
    rate: f64,
    #[check(matches = "^[A-Z]$", unique)]
    r#type: Option<String>,
}

/// A plain table.
#[derive(Row, Clone, Debug, PartialEq)]
#[row(table = "stays")]
struct Stay {
    nights: i32,
}

fn is<T>(_: &T) -> &'static str {
    std::any::type_name::<T>()
}

#[test]
fn a_row_type_says_all_of_its_columns() {
    let columns = RawBooking::SCHEMA.columns;
    let names: Vec<_> = columns.iter().map(|column| (column.name, column.ty.as_str(), column.nullable)).collect();
    assert_eq!(
        names,
        [
            ("line", "int64", false),
            ("hotel", "string", false),
            ("arrival", "date", true),
            ("rate", "float64", false),
            ("type", "string", true),
        ]
    );
    assert!(columns[0].row_number && !columns[1].row_number);
    assert_eq!((columns[1].from, columns[1].format), (Some("Haus"), None));
    assert_eq!((columns[2].from, columns[2].format), (Some("guest.arrival"), Some("%Y%m%d")));
    assert_eq!(columns[2].doc, "Day of arrival.");
    assert_eq!(columns[1].checks, [Check::OneOf(&["Alpenblick", "Seehof"]), Check::NotEmpty]);
    assert_eq!(columns[2].checks, [Check::Min(Bound::Text("2015-07-01"))]);
    assert_eq!(columns[3].checks, [Check::Min(Bound::Int(-10)), Check::Max(Bound::Float(1000.5)), Check::Finite]);
    assert_eq!(columns[4].checks, [Check::Matches("^[A-Z]$"), Check::Unique]);
}

#[test]
fn a_row_type_says_how_its_table_is_kept_and_read() {
    let table = RawBooking::SCHEMA;
    assert_eq!(table.name, "raw_bookings");
    assert_eq!(table.doc, "One booking,\nas it was exported.\n\n  * indented");
    assert_eq!(table.key, ["line", "hotel"]);
    let order = [OrderBy { column: "hotel", descending: false }, OrderBy { column: "line", descending: true }];
    assert_eq!(table.order_by, order);

    let source = table.source.unwrap();
    assert_eq!((source.format, source.separator, source.decimal), (Some(Format::Csv), ';', ','));
    assert_eq!((source.null_values, source.encoding), (&["NULL", "NA"][..], Encoding::Latin1));
    assert_eq!((source.date_format, source.datetime_format), ("%d.%m.%Y", "%d.%m.%Y %H:%M"));
    assert_eq!((source.rejects, source.publish), (Some("unreadable_bookings"), true));
    assert!(Stay::SCHEMA.source.is_none());
}

#[test]
fn a_source_is_configured_as_one_and_has_its_rejects() {
    let _: <RawBooking as Row>::Config = SourceConfig::default();
    let _: <Stay as Row>::Config = TableConfig::default();
    let _: Vec<<RawBooking as Row>::Rejects> = Vec::<Rejected<RawBooking>>::new();
    assert_eq!(<Table<Rejected<RawBooking>> as Model>::NAME, "unreadable_bookings");
}

#[test]
fn each_column_has_a_constant_of_its_type() {
    assert_eq!(RawBooking::TYPE.name(), "type");
    assert!(
        is(&RawBooking::ARRIVAL).contains("RawBooking, core::option::Option<chrono::"),
        "{}",
        is(&RawBooking::ARRIVAL)
    );
    assert_eq!(is(&Stay::NIGHTS), "purvey::schema::column::Column<declaring::Stay, i32>");
}

#[test]
fn rows_go_into_a_frame_and_come_out_again() -> Result<()> {
    let rows = vec![
        RawBooking {
            line: 1,
            hotel: "Seehof".into(),
            arrival: NaiveDate::from_ymd_opt(2016, 2, 29),
            rate: 99.5,
            r#type: None,
        },
        RawBooking { line: 2, hotel: "Alpenblick".into(), arrival: None, rate: 0.0, r#type: Some("A".into()) },
    ];
    let frame = RawBooking::to_frame(rows.clone());
    assert_eq!(frame.schema().as_ref(), &RawBooking::SCHEMA.polars());
    assert_eq!(RawBooking::from_frame(&frame)?, rows);
    assert_eq!(RawBooking::from_frame(&RawBooking::to_frame(vec![]))?, []);
    Ok(())
}

#[test]
fn a_null_in_a_column_without_option_is_an_error() {
    let nulls = Stay::to_frame(vec![Stay { nights: 1 }]).lazy().with_column(lit(1).shift(lit(1)).alias(Stay::NIGHTS));
    let error = Stay::from_frame(&nulls.collect().unwrap()).unwrap_err().to_string();
    assert_eq!(error, "column `nights` holds nulls, and its field is not an `Option`");
}

/// The guests of the year.
#[derive(Named)]
#[named("guest_book", extension = "html")]
struct GuestBook;

#[test]
fn a_name_has_its_text_and_its_ending() {
    assert_eq!((GuestBook::NAME, GuestBook::EXTENSION), ("guest_book", "html"));
    assert_eq!(GuestBook::DOC, "The guests of the year.");
}

mod tasks {
    use super::{GuestBook, Stay};
    use purvey::prelude::*;

    /// Counts stays.
    ///
    /// In a book.
    #[task(name = "count_the_stays", tags("nightly", "books"))]
    pub(super) fn count(stays: &Table<Stay>, book: &mut Artifact<GuestBook>) -> Result<()> {
        book.write(format!("{}", stays.height()))
    }

    #[task]
    #[cfg(not(test))]
    pub(super) fn absent(_missing: &mut NoSuchType) {}

    #[task]
    pub(super) fn r#loop(_: &mut Table<Stay>) {}

    #[task]
    pub(super) fn call(_: &mut Table<Stay>) {}

    #[task]
    pub(super) fn position(_: &mut Table<Stay>) {}

    #[task]
    pub(super) fn guard0(_: &mut Table<Stay>) {}

    macro_rules! declare {
        ($name:ident, $row:ident, $field:ty, $parameter:ty) => {
            #[derive(Row)]
            #[row(table = "made_by_macro")]
            pub(super) struct $row {
                pub(super) field: $field,
            }

            #[task]
            pub(super) fn $name(_: $parameter) {}
        };
    }

    declare! { made_by_macro, MadeByMacro, Option<i64>, &mut Table<MadeByMacro> }
}

#[test]
fn a_task_knows_its_name_text_tags_place_and_models() {
    let task = FnTask::new(<tasks::count as Declared>::TASK);
    assert_eq!(task.name(), "count_the_stays");
    assert_eq!(task.requires().iter().map(purvey::task::ModelRef::name).collect::<Vec<_>>(), ["stays"]);
    assert_eq!(task.provides().iter().map(purvey::task::ModelRef::name).collect::<Vec<_>>(), ["guest_book"]);
    let about = task.about();
    assert_eq!(about.doc, "Counts stays.\n\nIn a book.");
    assert_eq!(about.tags, ["nightly", "books"]);
    let (file, line) = about.place.unwrap();
    assert!(file.ends_with("declaring.rs"), "{file}");
    assert!(line > 100, "{line}");
}

#[test]
fn what_a_macro_declares_is_read_through_its_fragments() {
    let task = FnTask::new(<tasks::made_by_macro as Declared>::TASK);
    assert_eq!(task.provides()[0].name(), "made_by_macro");
    assert!(tasks::MadeByMacro::SCHEMA.columns[0].nullable);
}

#[test]
fn a_task_may_have_the_name_of_anything_that_the_macro_uses() {
    for task in [tasks![tasks::call], tasks![tasks::position], tasks![tasks::guard0]] {
        assert_eq!(task.list().len(), 1);
    }
}

#[test]
fn a_task_with_the_name_of_a_keyword_is_listed_without_its_mark() {
    assert_eq!(tasks![tasks::r#loop].list().names().collect::<Vec<_>>(), ["loop"]);
}

#[test]
fn a_task_is_still_a_function() -> Result<()> {
    let mut book = Artifact::new();
    tasks::count(&Table::from_rows([Stay { nights: 1 }]), &mut book)?;
    assert_eq!(book.read_to_string()?, "1");
    Ok(())
}
