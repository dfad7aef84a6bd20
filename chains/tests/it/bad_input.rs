//! Input that cannot be read stops a chain with its place and the reason, and leaves the results of the last run alone.

use std::fs;
use std::io::Write;

use insta::assert_snapshot;

use crate::second_run::SecondRun;
use crate::support::{Chain, sample};

fn alpine() -> SecondRun {
    SecondRun::of(Chain::alpine())
}

fn demand() -> SecondRun {
    SecondRun::of(Chain::demand())
}

fn metro() -> SecondRun {
    SecondRun::of(Chain::metro())
}

fn bookings_of_seehof() -> String {
    fs::read_to_string(sample("alpine/sample/seehof.csv")).unwrap()
}

fn bookings_of_demand() -> String {
    fs::read_to_string(sample("demand/sample/hotel_bookings.csv")).unwrap()
}

fn feed() -> String {
    fs::read_to_string(sample("metro/sample/bookings.ndjson")).unwrap()
}

/// The first lines of a text.
fn head(text: &str, lines: usize) -> String {
    text.split_inclusive('\n').take(lines).collect()
}

/// The text without its first field on every line, and with another one at its end.
fn with_columns_moved(text: &str, separator: char) -> String {
    let mut end = "extra";
    let line = |line: &str| {
        let (_, rest) = line.split_once(separator).unwrap();
        format!("{rest}{separator}{}\n", std::mem::replace(&mut end, "x"))
    };
    text.lines().map(line).collect()
}

fn cut_gzip(text: &str) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(text.as_bytes()).unwrap();
    let mut bytes = encoder.finish().unwrap();
    bytes.truncate(bytes.len() / 2);
    bytes
}

fn latin_1(text: &str) -> Vec<u8> {
    text.chars().map(|character| u8::try_from(u32::from(character)).unwrap()).collect()
}

#[test]
fn an_empty_csv_file_is_refused() {
    assert_snapshot!(alpine().refused_input("empty.csv", ""), @"
    exit 1
    read_raw_bookings failed
        data error: failed to read `DIR/empty.csv`: it is empty, without so much as a header line
    ");
    assert_snapshot!(demand().refused_input("empty.csv", "\n\r\n"), @"
    exit 1
    read_raw_bookings failed
        data error: failed to read `DIR/empty.csv`: it is empty, without so much as a header line
    ");
}

#[test]
fn a_header_and_no_rows_gives_tables_without_rows() {
    for (chain, text) in [(Chain::alpine(), bookings_of_seehof()), (Chain::demand(), bookings_of_demand())] {
        let path = chain.file("header.csv", head(&text, 1));
        chain.run_on(&path);
        assert!(chain.heights().iter().all(|(_, rows)| *rows == 0), "{:?}", chain.heights());
    }
}

#[test]
fn a_feed_without_lines_gives_tables_without_rows() {
    let chain = Chain::metro();
    let path = chain.file("feed.ndjson", "");
    chain.run_on(&path);
    assert!(chain.heights().iter().all(|(_, rows)| *rows == 0), "{:?}", chain.heights());
}

#[test]
fn columns_that_are_missing_or_too_many_are_named_together() {
    let moved = with_columns_moved(&bookings_of_seehof(), ';');
    assert_snapshot!(alpine().refused_input("moved.csv", moved), @"
    exit 1
    read_raw_bookings failed
        data error: failed to read `DIR/moved.csv`: its columns are not those of `raw_bookings`:
            column `Buchung` is missing
            column `extra` has no field in the row type; add one
    ");
    let moved = with_columns_moved(&bookings_of_demand(), ',');
    assert_snapshot!(demand().refused_input("moved.csv", moved), @"
    exit 1
    read_raw_bookings failed
        data error: failed to read `DIR/moved.csv`: its columns are not those of `raw_bookings`:
            column `hotel` is missing
            column `extra` has no field in the row type; add one
    ");
}

#[test]
fn a_header_in_the_wrong_case_is_refused_with_the_right_names() {
    let text = bookings_of_demand().replacen("hotel,is_canceled", "Hotel,Is_Canceled", 1);
    assert_snapshot!(demand().refused_input("case.csv", text), @"
    exit 1
    read_raw_bookings failed
        data error: failed to read `DIR/case.csv`: its columns are not those of `raw_bookings`:
            column `hotel` is missing; did you mean `Hotel`?
            column `is_canceled` is missing; did you mean `Is_Canceled`?
            column `Hotel` has no field in the row type; add one
            column `Is_Canceled` has no field in the row type; add one
    ");
}

#[test]
fn a_mark_of_byte_order_and_line_ends_of_windows_change_nothing() {
    for (chain, name, text) in [
        (Chain::alpine(), "seehof.csv", bookings_of_seehof()),
        (Chain::demand(), "bookings.csv", bookings_of_demand()),
        (Chain::metro(), "feed.ndjson", feed()),
    ] {
        chain.run_on(&chain.file(name, &text));
        let plain = chain.published();
        chain.run_on(&chain.file(name, format!("\u{feff}{}", text.replace('\n', "\r\n"))));
        assert!(chain.published() == plain, "{name}");
    }
}

#[test]
fn latin_1_is_refused_unless_it_is_said() {
    let alpine = alpine();
    let text = latin_1(&bookings_of_seehof());
    assert_snapshot!(alpine.refused_input("seehof.csv", &text), @r#"
    exit 1
    read_raw_bookings failed
        data error: failed to read `DIR/seehof.csv`: its header is not UTF-8; say `encoding = "latin-1"` if it is written so
    "#);
    let path = alpine.chain.file("seehof.csv", &text);
    let path = format!("models.raw_bookings.path={}", path.display());
    alpine.chain.run(&["--set", &path, "--set", "models.raw_bookings.encoding=latin-1"]);

    let text = latin_1(&head(&bookings_of_demand(), 3).replacen("Resort Hotel", "Hôtel", 1));
    assert_snapshot!(demand().refused_input("bookings.csv", text), @r#"
    exit 1
    read_raw_bookings failed
        data error: failed to read `DIR/bookings.csv`: line 2, row 1, column `hotel`: `H�tel` is not UTF-8; say `encoding = "latin-1"` if the file is written so
    "#);
}

#[test]
fn a_field_of_a_megabyte_is_read_or_told_in_short() {
    let long = "x".repeat(1_000_000);
    let demand = demand();
    let text = head(&bookings_of_demand(), 3);
    let path = demand.chain.file("long.csv", text.replacen("Resort Hotel", &long, 1));
    demand.chain.run_on(&path);
    let demand = self::demand();
    assert_snapshot!(demand.refused_input("long.csv", text.replacen("Resort Hotel,1", &format!("x,{long}"), 1)), @"
    exit 1
    read_raw_bookings failed
        data error: failed to read `DIR/long.csv`: line 2, row 1, column `is_canceled`: `xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…` is not a whole number
    ");
}

#[test]
fn a_quote_that_is_never_closed_is_refused_with_its_line() {
    let open = format!("{}\"Resort Hotel,0\n", head(&bookings_of_demand(), 4));
    assert_snapshot!(demand().refused_input("open.csv", open), @"
    exit 1
    read_raw_bookings failed
        data error: failed to read `DIR/open.csv`: the record that begins on line 5 has a quote that is never closed
    ");
    let open = format!("{}100001;\"Hotel\n", head(&bookings_of_seehof(), 3));
    assert_snapshot!(alpine().refused_input("open.csv", open), @"
    exit 1
    read_raw_bookings failed
        data error: failed to read `DIR/open.csv`: the record that begins on line 4 has a quote that is never closed
    ");
}

#[test]
fn gzip_that_is_cut_off_is_refused() {
    assert_snapshot!(alpine().refused_input("cut.csv.gz", cut_gzip(&bookings_of_seehof())), @"
    exit 1
    read_raw_bookings failed
        data error: failed to read `DIR/cut.csv.gz`: its gzip data is cut off; copy the file again
        caused by: incomplete deflate stream
    ");
    assert_snapshot!(demand().refused_input("cut.csv.gz", cut_gzip(&bookings_of_demand())), @"
    exit 1
    read_raw_bookings failed
        data error: failed to read `DIR/cut.csv.gz`: its gzip data is cut off; copy the file again
        caused by: incomplete deflate stream
    ");
    assert_snapshot!(metro().refused_input("cut.ndjson.gz", cut_gzip(&feed())), @"
    exit 1
    read_raw_bookings failed
        data error: failed to read `DIR/cut.ndjson.gz`: its gzip data is cut off; copy the file again
        caused by: incomplete deflate stream
    ");
}

#[test]
fn a_folder_in_the_folder_of_input_is_refused() {
    let alpine = alpine();
    let folder = alpine.chain.path().join("exports");
    fs::create_dir_all(folder.join("b.csv")).unwrap();
    fs::write(folder.join("a.csv"), bookings_of_seehof()).unwrap();
    assert_snapshot!(alpine.refused_path(&folder), @"
    exit 1
    read_raw_bookings failed
        data error: `DIR/exports/b.csv` is a folder where a file should be; move it away, or give it a name that begins with `_`
    ");
    fs::remove_dir(folder.join("b.csv")).unwrap();
    fs::remove_file(folder.join("a.csv")).unwrap();
    assert_snapshot!(alpine.refused_path(&folder), @"
    exit 1
    read_raw_bookings failed
        data error: the folder `DIR/exports` holds no file to read; names that begin with `.` or `_` are passed over
    ");
}

#[test]
fn input_that_does_not_exist_is_refused_with_the_nearest_name() {
    let demand = demand();
    demand.chain.file("bookings.csv", "");
    assert_snapshot!(demand.refused_path(&demand.chain.path().join("booking.csv")), @"
    exit 1
    read_raw_bookings failed
        data error: there is no file `DIR/booking.csv`; did you mean `bookings.csv`?
        caused by: No such file or directory (os error 2)
    ");
    assert_snapshot!(demand.refused_path(&demand.chain.path().join("nowhere/bookings.csv")), @"
    exit 1
    read_raw_bookings failed
        data error: there is no file `DIR/nowhere/bookings.csv`
        caused by: No such file or directory (os error 2)
    ");
}

#[cfg(unix)]
#[test]
fn input_that_may_not_be_read_is_refused() {
    use std::os::unix::fs::PermissionsExt;

    let demand = demand();
    let path = demand.chain.file("locked.csv", bookings_of_demand());
    fs::set_permissions(&path, fs::Permissions::from_mode(0o000)).unwrap();
    if fs::File::open(&path).is_ok() {
        // Past the test harness, which would keep it to itself.
        std::io::stderr().write_all(b"SKIPPED: nothing is locked for this user\n").unwrap();
        return;
    }
    assert_snapshot!(demand.refused_path(&path), @"
    exit 1
    read_raw_bookings failed
        data error: failed to open `DIR/locked.csv`: Permission denied (os error 13)
    ");
}

#[test]
fn one_bad_row_after_two_hundred_thousand_good_ones_is_found() {
    let text = bookings_of_demand();
    let (header, rows) = text.split_once('\n').unwrap();
    let mut lines: Vec<&str> = rows.lines().cycle().take(200_000).collect();
    let bad = lines[199_999].replacen("Hotel,", "Hotel,x", 1);
    lines[199_999] = &bad;
    let text = format!("{header}\n{}\n", lines.join("\n"));
    assert_snapshot!(demand().refused_input("many.csv", text), @"
    exit 1
    read_raw_bookings failed
        data error: failed to read `DIR/many.csv`: line 200001, row 200000, column `is_canceled`: `x0` is not a whole number
    ");
}

#[test]
fn a_row_with_a_field_too_many_or_too_few_is_refused() {
    let demand = demand();
    let text = head(&bookings_of_demand(), 3);
    assert_snapshot!(demand.refused_input("short.csv", format!("{text}Resort Hotel,0\n")), @"
    exit 1
    read_raw_bookings failed
        data error: failed to read `DIR/short.csv`: line 4, row 3: `Resort Hotel,0` has 2 fields, and the header has 32
    ");
    assert_snapshot!(demand.refused_input("other.csv", format!("{text}\n{{\"hotel\": 1}}\n")), @r#"
    exit 1
    read_raw_bookings failed
        data error: failed to read `DIR/other.csv`: line 5, row 3: `{"hotel": 1}` has 1 field, and the header has 32
    "#);
}

#[test]
fn two_bookings_of_one_number_are_refused() {
    let line = head(&feed(), 1);
    assert_snapshot!(metro().refused_input("twice.ndjson", line.repeat(2)), @"
    exit 1
    read_raw_bookings failed
        data error: model `raw_bookings` breaks its contract:
            key `booking_id`: 2 of 2 rows are not unique
              row 1 (booking_id 5000001)
              row 2 (booking_id 5000001)
    ");
}

#[test]
fn lines_of_a_feed_that_are_no_bookings_are_set_aside_with_their_reasons() {
    let chain = Chain::metro();
    let good = head(&feed(), 1);
    let texts = ["{\"id\": 1, \"hotel\"", "[1, 2]", "null", "{}", "{\"id\": \"7\"}", "{\"id\": 7.0}", "{\"id\": 7}x"];
    let deep = "[".repeat(100_000);
    let mut feed: Vec<u8> = format!("{good}{}\n{deep}\n", texts.join("\n")).into_bytes();
    feed.extend(b"{\"id\": 7, \"hotel\": \"M\xe9tro\"}\n");
    chain.run_on(&chain.file("feed.ndjson", feed));
    let table = chain.table("unreadable_bookings");
    let [lines, reasons] = ["line", "reason"].map(|name| table.column(name).unwrap().clone());
    let told = (0..table.height()).map(|row| format!("{} {}", lines.get(row).unwrap(), reasons.get(row).unwrap()));
    assert_snapshot!(told.collect::<Vec<_>>().join("\n"), @r#"
    2 "is not JSON: EOF while parsing an object at character 17"
    3 "is not a JSON object"
    4 "is not a JSON object"
    5 "is absent, and the field is not an `Option`"
    6 "is not a whole number"
    7 "is not a whole number"
    8 "is not JSON: trailing characters at character 10"
    9 "is not JSON: EOF while parsing a list at character 100000"
    10 "is not UTF-8; say `encoding = "latin-1"` if the file is written so"
    "#);
    assert_eq!(chain.table("bookings_typed").height(), 1);
}

#[test]
fn parquet_that_is_none_is_refused() {
    let alpine = alpine();
    let path = alpine.chain.file("bookings.parquet", "PAR1 it is not");
    let path = format!("models.raw_bookings.path={}", path.display());
    let said = alpine.refused(&["--set", &path, "--set", "models.raw_bookings.format=parquet"]);
    assert_snapshot!(said, @"
    exit 1
    read_raw_bookings failed
        data error: failed to read `DIR/bookings.parquet`: it is no readable Parquet file: parquet: File out of specification: The file must end with PAR1
    ");
}
