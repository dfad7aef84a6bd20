use insta::assert_snapshot;

use super::*;

fn refused_stays(content: impl AsRef<[u8]>) -> String {
    refused(&STAYS, &options(), "stays.csv", content)
}

#[test]
fn a_field_that_cannot_be_read_is_named_with_file_line_row_and_text() {
    let text = "hotel,nights,rate\r\n\"A\r\nA\",1,\r\n\r\nB,three,2\r\n";

    assert_snapshot!(refused_stays(text), @"failed to read `DIR/stays.csv`: line 5, row 2, column `nights`: `three` is not a whole number");
}

#[test]
fn each_type_says_what_it_wants() {
    const ALL: TableSchema = table(&[
        column("boolean", ColumnType::Boolean),
        column("int8", ColumnType::Int8),
        column("uint8", ColumnType::UInt8),
        column("float32", ColumnType::Float32),
        column("date", ColumnType::Date),
        column("datetime", ColumnType::Datetime),
        column("instant", ColumnType::Instant),
    ]);
    let header = "boolean,int8,uint8,float32,date,datetime,instant\n";
    let good = ["1", "1", "1", "1", "2015-07-01", "2015-07-01T12:00:00", "2015-07-01T12:00:00Z"];
    let said = |bad: &[(usize, &str)]| {
        let one = |&(column, text): &(usize, &str)| {
            let mut fields = good;
            fields[column] = text;
            let text = refused(&ALL, &options(), "all.csv", format!("{header}{}\n", fields.join(",")));
            text.split_once("column ").unwrap().1.to_owned()
        };
        bad.iter().map(one).collect::<Vec<_>>().join("\n")
    };

    let long = "y".repeat(100);
    let numbers = [(0, "yes"), (1, "128"), (1, "1.0"), (2, "-1"), (2, "NA"), (3, "1e39"), (3, "1.5.0"), (3, &long)];
    let times =
        [(4, "2015-02-29"), (4, "01.07.2015"), (5, "2015-07-01"), (5, "2015-07-01T12:00:00.0000001"), (6, good[5])];
    assert_snapshot!(said(&numbers), @r"
    `boolean`: `yes` is not `true`, `false`, `1` or `0`
    `int8`: `128` does not fit int8
    `int8`: `1.0` is not a whole number
    `uint8`: `-1` does not fit uint8
    `uint8`: `NA` is a null value, and the field is not an `Option`
    `float32`: `1e39` does not fit float32
    `float32`: `1.5.0` is not a number
    `float32`: `yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy…` is not a number
    ");
    assert_snapshot!(said(&times), @r"
    `date`: `2015-02-29` is not a date like `%Y-%m-%d`
    `date`: `01.07.2015` is not a date like `%Y-%m-%d`
    `datetime`: `2015-07-01` is not a time like `%Y-%m-%dT%H:%M:%S%.f`, to the microsecond
    `datetime`: `2015-07-01T12:00:00.0000001` is not a time like `%Y-%m-%dT%H:%M:%S%.f`, to the microsecond
    `instant`: `2015-07-01T12:00:00` is not a time like `2024-01-31T12:00:00Z`, to the microsecond
    ");
}

#[test]
fn a_null_needs_an_option() {
    assert_snapshot!(refused_stays("hotel,nights,rate\nA,,\n"), @"failed to read `DIR/stays.csv`: line 2, row 1, column `nights`: is empty, and the field is not an `Option`");
    assert_snapshot!(refused_stays("hotel,nights,rate\nNA,1,\n"), @"failed to read `DIR/stays.csv`: line 2, row 1, column `hotel`: `NA` is a null value, and the field is not an `Option`");
}

#[test]
fn wrong_columns_are_all_told_at_once() {
    assert_snapshot!(refused_stays("hotel, nigths,guests,hotel\n"), @r"
    failed to read `DIR/stays.csv`: its columns are not those of `stays`:
      column `nights` is missing; did you mean `nigths`?
      column `rate` is missing
      column `guests` has no field in the row type; add one
      column `hotel` occurs more than once
    ");
}

#[test]
fn a_record_of_another_length_is_refused() {
    assert_snapshot!(refused_stays("hotel,nights,rate\nA,1\n"), @"failed to read `DIR/stays.csv`: line 2, row 1: `A,1` has 2 fields, and the header has 3");
    assert_snapshot!(refused_stays("hotel,nights,rate\nA,1,,\n"), @"failed to read `DIR/stays.csv`: line 2, row 1: `A,1,,` has 4 fields, and the header has 3");
}

#[test]
fn a_quote_that_is_never_closed_is_found() {
    let text = "failed to read `DIR/stays.csv`: the record that begins on line 3 has a quote that is never closed";
    assert_eq!(refused_stays("hotel,nights,rate\nA,1,\nB,2,\"1\nC,3,\n"), text);
    assert_eq!(refused_stays("hotel,nights,rate\nA,1,\n\"B,2,\n"), text);
    assert_eq!(refused_stays("hotel,nights,rate\nA,1,\nB,2,\""), text);
    assert_eq!(accepted(&STAYS, &options(), "stays.csv", "hotel,nights,rate\n\"A\"\"\",1,\"\"").frame.height(), 1);
    assert_snapshot!(refused_stays("\"hotel,nights"), @"failed to read `DIR/stays.csv`: the record that begins on line 1 has a quote that is never closed");
}

#[test]
fn bytes_that_are_not_utf_8_are_refused() {
    assert_snapshot!(refused_stays(b"hotel,nights,rate\nZ\xfcrich,1,\n"), @r#"failed to read `DIR/stays.csv`: line 2, row 1, column `hotel`: `Z�rich` is not UTF-8; say `encoding = "latin-1"` if the file is written so"#);
    assert_snapshot!(refused_stays(b"h\xf6tel,nights,rate\n"), @r#"failed to read `DIR/stays.csv`: its header is not UTF-8; say `encoding = "latin-1"` if it is written so"#);
}

#[test]
fn an_empty_file_is_refused() {
    let text = "failed to read `DIR/stays.csv`: it is empty, without so much as a header line";
    assert_eq!(refused_stays(""), text);
    assert_eq!(refused_stays("\u{feff}\r\n\n"), text);
}

#[test]
fn gzip_that_is_cut_off_or_damaged_is_refused() {
    let whole = gzip("hotel,nights,rate\n".repeat(100).as_bytes());
    let mut damaged = whole.clone();
    let checksum = whole.len() - 8;
    damaged[checksum] ^= 1;

    assert_snapshot!(refused_stays(&whole[..whole.len() - 9]), @"failed to read `DIR/stays.csv`: its gzip data is cut off; copy the file again");
    assert_snapshot!(refused_stays(&damaged), @"failed to read `DIR/stays.csv`: its gzip data is damaged: corrupt gzip stream does not have a matching checksum");
}

#[test]
fn a_missing_file_is_named_with_its_neighbour() {
    let (input, _) = Input::file("bookings.csv", "");
    let error = read(&STAYS, &options(), &input.path().join("bokings.csv")).unwrap_err();

    assert!(error.is_io());
    assert_snapshot!(input.text(&error), @"there is no file `DIR/bokings.csv`; did you mean `bookings.csv`?");
}

#[test]
fn a_folder_is_files_and_nothing_else() {
    let input = Input::new();
    let read = || input.text(&read(&STAYS, &options(), input.path()).unwrap_err());

    assert_snapshot!(read(), @"the folder `DIR` holds no file to read; names that begin with `.` or `_` are passed over");
    input.add("stays.txt", "");
    assert_snapshot!(read(), @r#"`DIR/stays.txt` does not end in `.csv`, `.tsv`, `.ndjson`, `.jsonl`, `.parquet` or `.ipc`; say `format = "csv"`, say, for the model"#);
    fs::create_dir(input.path().join("stays.csv")).unwrap();
    assert_snapshot!(read(), @"`DIR/stays.csv` is a folder where a file should be; move it away, or give it a name that begins with `_`");
}

#[cfg(unix)]
#[test]
fn a_file_that_may_not_be_opened_is_an_error_of_the_system() {
    use std::io::Write;
    use std::os::unix::fs::PermissionsExt;

    let (input, path) = Input::file("stays.csv", "hotel,nights,rate\n");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o000)).unwrap();
    if fs::read(&path).is_ok() {
        let note = "note: permissions are not tested, since this user may read every file\n";
        std::io::stderr().write_all(note.as_bytes()).unwrap();
        return;
    }

    let error = read(&STAYS, &options(), &path).unwrap_err();

    assert!(error.is_io());
    assert_snapshot!(input.text(&error), @"failed to open `DIR/stays.csv`: Permission denied (os error 13)");
}

#[test]
fn options_that_make_no_sense_are_named() {
    let said = |options: SourceOptions| options.check(&STAYS).unwrap_err();
    let date = |pattern: &str| said(SourceOptions { date_format: pattern.to_owned(), ..options() });

    assert_eq!(options().check(&STAYS), Ok(()));
    assert_snapshot!(said(SourceOptions { separator: '"', ..options() }), @r#"`separator` is '"'; it must be an ASCII character, and no quote or line break"#);
    assert_snapshot!(said(SourceOptions { separator: '¦', ..options() }), @"`separator` is '¦'; it must be an ASCII character, and no quote or line break");
    assert_snapshot!(said(SourceOptions { decimal: '\'', ..options() }), @r"`decimal` is '\''; it must be '.' or ','");
    assert_snapshot!(said(SourceOptions { decimal: ',', ..options() }), @"`separator` and `decimal` are both ','; a field could not be told from a fraction");
    assert_snapshot!(date("%d.%m."), @r#"`date_format` is "%d.%m.", which does not tell a day; write it like `%d.%m.%Y`"#);
    assert_snapshot!(date("%Q"), @r#"`date_format` is "%Q", which does not tell a day; write it like `%d.%m.%Y`"#);
    assert_snapshot!(date("%Y-%m-%d %z"), @r#"`date_format` is "%Y-%m-%d %z", which does not tell a day; write it like `%d.%m.%Y`"#);
    assert_snapshot!(said(SourceOptions { datetime_format: "%Y-%m-%d".to_owned(), ..options() }), @r#"`datetime_format` is "%Y-%m-%d", which does not tell a day and time; write it like `%d.%m.%Y %H:%M:%S`"#);
}
