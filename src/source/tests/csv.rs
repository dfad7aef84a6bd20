use insta::assert_snapshot;
use proptest::prelude::*;

use super::*;

#[test]
fn columns_are_found_by_name_and_nulls_by_their_texts() {
    let read =
        accepted(&STAYS, &options(), "stays.csv", "rate,hotel,nights\n1.5,Seehof,3\n,\"\", 4\nNA,\"a\"\"b\nc,\",5\n");

    assert_snapshot!(lines(&read.frame), @r#"
    "Seehof" | 3 | 1.5
    "" | 4 | null
    "a"b
    c," | 5 | null
    "#);
    assert_eq!(read.rejects.height(), 0);
}

#[test]
fn every_type_is_read() {
    const ALL: TableSchema = table(&[
        column("boolean", ColumnType::Boolean),
        column("int8", ColumnType::Int8),
        column("uint64", ColumnType::UInt64),
        column("float32", ColumnType::Float32),
        column("date", ColumnType::Date),
        column("datetime", ColumnType::Datetime),
        column("instant", ColumnType::Instant),
    ]);
    let header = "boolean,int8,uint64,float32,date,datetime,instant\n";
    let first = "true,-128,18446744073709551615,-1e3,2015-07-01,2015-07-01T12:00:00,2015-07-01T12:00:00+02:00\n";
    let second = " 0 , 127,0,inf, 0001-01-01 ,2015-07-01T12:00:00.000001,2015-07-01T12:00:00Z\n";

    let read = accepted(&ALL, &options(), "all.csv", [header, first, second].concat());

    assert_snapshot!(lines(&read.frame), @r"
    true | -128 | 18446744073709551615 | -1000.0 | 2015-07-01 | 2015-07-01 12:00:00 | 2015-07-01 10:00:00 UTC
    false | 127 | 0 | inf | 0001-01-01 | 2015-07-01 12:00:00.000001 | 2015-07-01 12:00:00 UTC
    ");
}

#[test]
fn separator_decimal_encoding_and_date_formats_can_be_set() {
    const LOCAL: TableSchema = table(&[
        ColumnSchema { from: Some("Hotel"), ..column("hotel", ColumnType::String) },
        ColumnSchema { from: Some("Anreise"), ..column("arrival", ColumnType::Date) },
        ColumnSchema { format: Some("%m/%d/%Y"), ..column("booked", ColumnType::Date) },
        column("rate", ColumnType::Float64),
    ]);
    let options = SourceOptions {
        separator: ';',
        decimal: ',',
        encoding: Encoding::Latin1,
        date_format: "%d.%m.%Y".to_owned(),
        ..options()
    };

    let read = accepted(
        &LOCAL,
        &options,
        "local.csv",
        b"Hotel;Anreise;booked;rate\nZ\xfcrich \x80;1.7.2015;06/30/2015;-1,5\n",
    );

    assert_snapshot!(lines(&read.frame), @r#""Zürich €" | 2015-07-01 | 2015-06-30 | -1.5"#);
}

#[test]
fn byte_order_mark_windows_line_ends_blank_lines_and_a_missing_last_line_end_do_no_harm() {
    let plain = accepted(&STAYS, &options(), "stays.csv", "hotel,nights,rate\nA,1,\nB,2,\n").frame;
    let odd = accepted(&STAYS, &options(), "stays.csv", "\u{feff}hotel,nights,rate\r\nA,1,\r\n\r\nB,2,").frame;

    assert_eq!(odd, plain);
}

#[test]
fn a_header_alone_is_a_table_without_rows() {
    let read = accepted(&STAYS, &options(), "stays.csv", "hotel,nights,rate");

    assert_eq!((read.frame.height(), read.frame.schema().as_ref()), (0, &STAYS.polars()));
}

#[test]
fn gzip_is_known_by_its_content_and_tabs_by_the_ending() {
    let text = "hotel\tnights\trate\nA\t1\t\n";

    assert_snapshot!(lines(&accepted(&STAYS, &options(), "stays.tsv.gz", gzip(text.as_bytes())).frame), @r#""A" | 1 | null"#);
    assert_snapshot!(lines(&accepted(&STAYS, &options(), "stays.tsv", gzip(text.as_bytes())).frame), @r#""A" | 1 | null"#);
}

#[test]
fn a_field_of_a_megabyte_with_a_nul_byte_is_a_field() {
    let long = format!("{}\0", "x".repeat(1 << 20));

    let frame = accepted(&STAYS, &options(), "stays.csv", format!("hotel,nights,rate\n{long},1,\n")).frame;

    assert_eq!(frame.column("hotel").unwrap().str().unwrap().get(0), Some(long.as_str()));
}

#[test]
fn the_files_of_a_folder_are_read_in_order_of_name_and_rows_are_numbered_through() {
    const NUMBERED: TableSchema = table(&[
        ColumnSchema { row_number: true, ..column("number", ColumnType::Int64) },
        column("hotel", ColumnType::String),
    ]);
    let input = Input::new();
    input.add("b.csv", "hotel\nthird\n");
    input.add("B.csv", "hotel\nfirst\nsecond\n");
    input.add(".hidden", "nothing to read");
    input.add("_notes.txt", "nothing to read");

    let read = read(&NUMBERED, &options(), input.path()).unwrap();

    assert_snapshot!(lines(&read.frame), @r#"
    1 | "first"
    2 | "second"
    3 | "third"
    "#);
}

#[test]
fn rejected_rows_are_set_aside_with_the_reason_and_keep_their_number() {
    const NUMBERED: TableSchema = table(&[
        ColumnSchema { row_number: true, ..column("number", ColumnType::Int64) },
        column("hotel", ColumnType::String),
        column("nights", ColumnType::Int32),
        column("guests", ColumnType::Int32),
    ]);
    let options = SourceOptions { keep_rejects: true, ..options() };
    let input = Input::new();
    let content = b"hotel,nights,guests\nA,1,1\nB,x,y\nC,\nD\xff,2,2\n\"E\nE\",,2\nF,2,2\n";
    let path = input.add("stays.csv", content);

    let read = read(&NUMBERED, &options, &path).unwrap();

    assert_snapshot!(lines(&read.frame), @r#"
    1 | "A" | 1 | 1
    6 | "F" | 2 | 2
    "#);
    assert_snapshot!(lines(&read.rejects).replace(input.path().to_str().unwrap(), "DIR"), @r#"
    "DIR/stays.csv" | 3 | "nights" | "x" | "is not a whole number"
    "DIR/stays.csv" | 4 | null | "C," | "has 2 fields, and the header has 3"
    "DIR/stays.csv" | 5 | "hotel" | "D�" | "is not UTF-8; say `encoding = "latin-1"` if the file is written so"
    "DIR/stays.csv" | 6 | "nights" | null | "is empty, and the field is not an `Option`"
    "#);
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\""))
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(64) })]

    #[test]
    fn what_a_writer_quotes_is_read_back(
        rows in proptest::collection::vec((any::<String>(), any::<i32>(), proptest::option::of(any::<f64>())), 0..20),
    ) {
        let mut text = "hotel,nights,rate\r\n".to_owned();
        for (hotel, nights, rate) in &rows {
            let rate = rate.map(|rate| rate.to_string()).unwrap_or_default();
            text.push_str(&format!("{},{nights},{rate}\r\n", quoted(hotel)));
        }
        let options = SourceOptions { null_values: vec![], ..options() };

        let frame = accepted(&STAYS, &options, "stays.csv", text).frame;

        let hotels: Vec<_> = frame.column("hotel").unwrap().str().unwrap().iter().map(Option::unwrap).collect();
        let nights: Vec<_> = frame.column("nights").unwrap().i32().unwrap().iter().map(Option::unwrap).collect();
        let rates: Vec<_> = frame.column("rate").unwrap().f64().unwrap().iter().map(|rate| rate.map(f64::to_bits)).collect();
        prop_assert_eq!(hotels, rows.iter().map(|row| row.0.as_str()).collect::<Vec<_>>());
        prop_assert_eq!(nights, rows.iter().map(|row| row.1).collect::<Vec<_>>());
        prop_assert_eq!(rates, rows.iter().map(|row| row.2.map(f64::to_bits)).collect::<Vec<_>>());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(512) })]

    #[test]
    fn a_quote_that_is_never_closed_is_found_in_any_text(text in "[a\",;\r\n]{0,16}") {
        let keeping = SourceOptions { keep_rejects: true, ..options() };
        let text = format!("hotel,nights,rate\n{text}");
        // Where a quote is open, what comes after it is part of its field.
        let longer = format!("{text}\nEND\n");
        let mut reader = ::csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(longer.as_bytes());
        let last = reader.byte_records().last().unwrap().unwrap();
        let (_input, path) = Input::file("stays.csv", &text);

        let found = matches!(read(&STAYS, &keeping, &path), Err(SourceError::UnclosedQuote { .. }));

        prop_assert_eq!(found, last.as_slice() != b"END");
    }
}
