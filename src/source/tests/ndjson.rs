use insta::assert_snapshot;

use super::*;

const GUESTS: TableSchema = table(&[
    ColumnSchema { from: Some("guest.name"), ..column("name", ColumnType::String) },
    ColumnSchema { from: Some("guest.address.country"), ..optional("country", ColumnType::String) },
    column("nights", ColumnType::Int32),
    optional("rate", ColumnType::Float64),
    optional("arrival", ColumnType::Date),
    optional("paid", ColumnType::Boolean),
]);

fn refused_guests(line: &str) -> String {
    let text = refused(&GUESTS, &options(), "guests.ndjson", format!("\n{line}\n"));
    text.replace("failed to read `DIR/guests.ndjson`: ", "")
}

#[test]
fn nested_objects_are_reached_by_dots_and_other_keys_are_passed_over() {
    let text = concat!(
        r#"{"guest": {"name": "Ada \"A\" \u00e9", "address": {"country": "CH", "zip": [8001, {"a": "}"}]}}, "nights": 3, "rate": 1.5e2, "arrival": "2015-07-01", "paid": true}"#,
        "\r\n\n",
        r#" {"rate":7,"other":{"name":"x"},"guest":{"address":null,"n\u0061me":""},"nights":-1,"paid":null} "#,
    );

    let frame = accepted(&GUESTS, &options(), "guests.jsonl", text).frame;

    assert_snapshot!(lines(&frame), @r#"
    "Ada "A" é" | "CH" | 3 | 150.0 | 2015-07-01 | true
    "" | null | -1 | 7.0 | null | null
    "#);
}

#[test]
fn a_value_of_another_json_type_is_refused() {
    let guest = r#""guest": {"name": "Ada"}"#;
    let said = [
        format!(r#"{{{guest}, "nights": 3.0}}"#),
        format!(r#"{{{guest}, "nights": "3"}}"#),
        format!(r#"{{{guest}, "nights": 3000000000}}"#),
        format!(r#"{{{guest}, "nights": null}}"#),
        format!("{{{guest}}}"),
        format!(r#"{{{guest}, "nights": 3, "rate": "7"}}"#),
        format!(r#"{{{guest}, "nights": 3, "arrival": 20150701}}"#),
        format!(r#"{{{guest}, "nights": 3, "paid": 1}}"#),
        r#"{"guest": {"name": ["Ada"]}, "nights": 3}"#.to_owned(),
        r#"{"guest": {"name": "\ud800"}, "nights": 3}"#.to_owned(),
    ];

    assert_snapshot!(said.map(|line| refused_guests(&line)).join("\n"), @r#"
    line 2, row 1, column `nights`: `3.0` is not a whole number
    line 2, row 1, column `nights`: `"3"` is not a whole number
    line 2, row 1, column `nights`: `3000000000` does not fit int32
    line 2, row 1, column `nights`: is null, and the field is not an `Option`
    line 2, row 1, column `nights`: is absent, and the field is not an `Option`
    line 2, row 1, column `rate`: `"7"` is not a number
    line 2, row 1, column `arrival`: `20150701` is not a date like `%Y-%m-%d`
    line 2, row 1, column `paid`: `1` is not `true` or `false`
    line 2, row 1, column `guest.name`: `["Ada"]` is not a string
    line 2, row 1, column `guest.name`: `"\ud800"` is not Unicode text
    "#);
}

#[test]
fn a_line_that_is_no_object_is_refused() {
    let said = ["[1]", r#"{"nights": 3"#, r#"{"nights": 03}"#, "{} {}", "nights"];

    assert_snapshot!(said.map(refused_guests).join("\n"), @r#"
    line 2, row 1: `[1]` is not a JSON object
    line 2, row 1: `{"nights": 3` is not JSON: EOF while parsing an object at character 12
    line 2, row 1: `{"nights": 03}` is not JSON: invalid number at character 13
    line 2, row 1: `{} {}` is not JSON: trailing characters at character 4
    line 2, row 1: `nights` is not JSON: expected ident at character 2
    "#);
    assert_snapshot!(refused(&GUESTS, &options(), "guests.ndjson", b"{\"a\": \"\xfc\"}"), @r#"failed to read `DIR/guests.ndjson`: line 1, row 1: `{"a": "�"}` is not UTF-8; say `encoding = "latin-1"` if the file is written so"#);
}

#[test]
fn a_file_of_no_lines_is_a_table_without_rows() {
    assert_eq!(accepted(&GUESTS, &options(), "guests.ndjson.gz", gzip(b"")).frame.height(), 0);
}

#[test]
fn numbers_are_read_to_the_last_bit() {
    const RATES: TableSchema = table(&[column("rate", ColumnType::Float64)]);
    let rates = [
        0.1 + 0.2,
        5e-324,
        f64::MAX,
        -0.0,
        1.7976931348623155e308,
        9007199254740993.0,
        8.533e+68,
        2.638344616030823e-256,
    ];
    let text: String = rates.iter().map(|rate| format!("{{\"rate\":{rate:?}}}\n")).collect();

    let frame = accepted(&RATES, &options(), "rates.ndjson", text).frame;

    let found: Vec<u64> = frame.column("rate").unwrap().f64().unwrap().into_no_null_iter().map(f64::to_bits).collect();
    assert_eq!(found, rates.map(f64::to_bits));
}
