use insta::assert_snapshot;
use proptest::prelude::*;

use super::super::blocks::Blocks;
use super::super::pieces::Lengths;
use super::super::{Block, SourceState};
use super::*;

/// So short that every record has a piece of its own.
const TINY: Lengths = Lengths { first: 1, shortest: 1, longest: 1 };

const NUMBERED: TableSchema = table(&[
    ColumnSchema { row_number: true, ..column("number", ColumnType::Int64) },
    column("hotel", ColumnType::String),
    column("nights", ColumnType::Int32),
]);

const TEXTS: TableSchema =
    table(&[column("a", ColumnType::String), column("b", ColumnType::String), column("c", ColumnType::String)]);

/// All blocks as one, and how many there were.
fn together(blocks: &mut Blocks) -> Result<(Block, usize), SourceError> {
    let mut whole = blocks.next().unwrap()?;
    let mut count = 1;
    for block in blocks {
        let block = block?;
        whole.frame.vstack_mut(&block.frame).unwrap();
        whole.rejects.vstack_mut(&block.rejects).unwrap();
        count += 1;
    }
    Ok((whole, count))
}

fn keeping() -> SourceOptions {
    SourceOptions { keep_rejects: true, null_values: vec![], ..options() }
}

#[test]
fn rows_and_lines_are_counted_over_blocks_and_files() {
    let input = Input::new();
    input.add("1.csv", "\nhotel,nights\nA,1\n\"B\nB\",x\n\n\nC\nD,4");
    input.add("2.csv.gz", gzip(b"nights,hotel\r\n5,E\r\nx,F\r\n"));
    input.add("3.ndjson", "{\"hotel\":\"G\",\"nights\":7}\n\n{\"hotel\":\"H\"}\n{\"hotel\":\"I\",\"nights\":9}");

    let mut blocks = Blocks::new(&NUMBERED, &keeping(), input.path(), TINY);
    let (block, count) = together(&mut blocks).unwrap();

    assert_snapshot!(lines(&block.frame), @r#"
    1 | "A" | 1
    4 | "D" | 4
    5 | "E" | 5
    7 | "G" | 7
    9 | "I" | 9
    "#);
    assert_snapshot!(lines(&block.rejects).replace(input.path().to_str().unwrap(), "DIR"), @r#"
    "DIR/1.csv" | 4 | "nights" | "x" | "is not a whole number"
    "DIR/1.csv" | 8 | null | "C" | "has 1 field, and the header has 2"
    "DIR/2.csv.gz" | 3 | "nights" | "x" | "is not a whole number"
    "DIR/3.ndjson" | 3 | "nights" | null | "is absent, and the field is not an `Option`"
    "#);
    assert!(count > 6, "{count} blocks");
}

#[test]
fn a_source_of_no_rows_is_one_block() {
    let (_input, path) = Input::file("stays.csv", "hotel,nights,rate\n");
    let blocks: Vec<Block> = super::super::blocks(&STAYS, &options(), &path).map(Result::unwrap).collect();

    assert_eq!(blocks.len(), 1);
    assert_eq!(blocks[0].frame.schema().as_ref(), &STAYS.polars());
    assert_eq!(blocks[0].rejects.shape(), (0, 5));
}

#[test]
fn what_the_files_were_like_is_known_when_all_was_read() {
    let (_input, path) = Input::file("stays.csv", "hotel,nights\nA,1\nB,2\nC,3\n");
    let mut blocks = Blocks::new(&NUMBERED, &options(), &path, TINY);
    assert!(blocks.next().is_some());
    assert_eq!(blocks.state(), None);

    assert_eq!(blocks.by_ref().map(|block| block.unwrap().frame.height()).sum::<usize>(), 3);

    let state: SourceState = blocks.state().unwrap();
    assert_eq!(state.files[0].digest, crate::digest::Digest::of_bytes(b"hotel,nights\nA,1\nB,2\nC,3\n"));
}

#[test]
fn nothing_comes_after_an_error() {
    let (input, path) = Input::file("stays.csv", "hotel,nights\nA,1\nB,2\nC,x\nD,4\n");
    let mut blocks = Blocks::new(&NUMBERED, &options(), &path, TINY);

    let error = blocks.find_map(Result::err).unwrap();

    assert_snapshot!(input.text(&error), @"failed to read `DIR/stays.csv`: line 4, row 3, column `nights`: `x` is not a whole number");
    assert!(blocks.next().is_none());
    assert_eq!(blocks.state(), None);
}

#[test]
fn a_record_that_is_never_closed_is_an_error_whatever_else_is_wrong_with_it() {
    let (input, path) = Input::file("stays.csv", "hotel,nights\nA,1\nB,x\n\"C,3\n");

    let error = |options| input.text(&together(&mut Blocks::new(&NUMBERED, &options, &path, TINY)).unwrap_err());

    assert_snapshot!(error(keeping()), @"failed to read `DIR/stays.csv`: the record that begins on line 4 has a quote that is never closed");
    assert_snapshot!(error(options()), @"failed to read `DIR/stays.csv`: line 3, row 2, column `nights`: `x` is not a whole number");
}

#[test]
fn what_damaged_data_says_is_not_believed() {
    let mut packed = gzip("hotel,nights\nA,one\n".repeat(1000).as_bytes());
    let checksum = packed.len() - 8;
    packed[checksum] ^= 1;
    let (input, path) = Input::file("stays.csv.gz", packed);

    for lengths in [TINY, Lengths::WHOLE] {
        let error = together(&mut Blocks::new(&NUMBERED, &options(), &path, lengths)).unwrap_err();
        assert_eq!(
            input.text(&error),
            "failed to read `DIR/stays.csv.gz`: its gzip data is damaged: corrupt gzip stream does not have a matching \
             checksum"
        );
    }
}

#[test]
fn blocks_that_are_not_taken_are_dropped() {
    let (_input, path) = Input::file("stays.csv", format!("hotel,nights\n{}", "A,1\n".repeat(1000)));
    let mut blocks = Blocks::new(&NUMBERED, &options(), &path, TINY);

    assert!(blocks.by_ref().take(3).all(|block| block.unwrap().frame.height() < 2));
}

/// What the `csv` crate finds in a text: the rows of three fields, and line and text of the other records.
fn expected(text: &str) -> (Vec<Vec<String>>, Vec<(i64, String)>) {
    let mut reader = ::csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
    let mut record = ::csv::StringRecord::new();
    assert!(reader.read_record(&mut record).unwrap());
    let (mut rows, mut others) = (vec![], vec![]);
    loop {
        let start = reader.position().byte() as usize;
        let start = start + text[start..].bytes().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        if !reader.read_record(&mut record).unwrap() {
            return (rows, others);
        }
        if record.len() == 3 {
            rows.push(record.iter().map(str::to_owned).collect());
        } else {
            let line = 1 + text[..start].bytes().filter(|byte| *byte == b'\n').count();
            let raw = &text[start..reader.position().byte() as usize];
            others.push((line as i64, raw.trim_ascii_end().to_owned()));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(64) })]

    #[test]
    fn records_are_those_of_the_csv_crate_however_they_are_cut(
        records in proptest::collection::vec("([ab é]|\"\"|\"){0,3}(,([a\r\n]{0,2}|\"([a,\r\n]|\"\")*\"b?)){0,3}(\n|\r\n|\r|\n\n)", 0..12),
        last in "[a,\"\n]{0,4}",
        first in 1..80_usize,
    ) {
        let text = format!("a,b,c\n{}{last}", records.concat());
        // Where a quote is open, what comes after it is part of its field.
        let longer = format!("{text}\nEND\n");
        let mut reader = ::csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(longer.as_bytes());
        let is_closed = reader.byte_records().last().unwrap().unwrap().as_slice() == b"END";
        let (_input, path) = Input::file("texts.csv", &text);
        let lengths = Lengths { first, shortest: first, longest: first };

        match together(&mut Blocks::new(&TEXTS, &keeping(), &path, lengths)) {
            Err(error) => prop_assert!(matches!(error, SourceError::UnclosedQuote { .. }) && !is_closed, "{error}"),
            Ok((block, _)) => {
                prop_assert!(is_closed);
                let column = |name: &str| -> Vec<String> {
                    let texts = block.frame.column(name).unwrap().str().unwrap();
                    texts.iter().map(|text| text.unwrap().to_owned()).collect()
                };
                let (a, b, c) = (column("a"), column("b"), column("c"));
                let rows: Vec<Vec<String>> =
                    (0..a.len()).map(|row| vec![a[row].clone(), b[row].clone(), c[row].clone()]).collect();
                let found = block.rejects.column("line").unwrap().i64().unwrap().iter().map(Option::unwrap);
                let texts = block.rejects.column("text").unwrap().str().unwrap().iter();
                let others: Vec<_> = found.zip(texts.map(|text| text.unwrap().to_owned())).collect();
                prop_assert_eq!((rows, others), expected(&text), "{:?}", text);
            }
        }
    }

    #[test]
    fn a_value_is_the_same_in_quotes(
        texts in proptest::collection::vec("[-+]?[0-9]{0,19}([.,][0-9]{0,18})?(e[0-9])?|[ 0-9a]{0,4}|true|false|NA|inf|-0|[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2}:[0-9]{2})?", 1..20),
    ) {
        const ALL: [TableSchema; 12] = [
            table(&[optional("x", ColumnType::Boolean)]),
            table(&[optional("x", ColumnType::Int8)]),
            table(&[optional("x", ColumnType::Int16)]),
            table(&[column("x", ColumnType::Int32)]),
            table(&[optional("x", ColumnType::Int64)]),
            table(&[optional("x", ColumnType::UInt8)]),
            table(&[optional("x", ColumnType::UInt32)]),
            table(&[column("x", ColumnType::UInt64)]),
            table(&[optional("x", ColumnType::Float64)]),
            table(&[optional("x", ColumnType::Date)]),
            table(&[column("x", ColumnType::Datetime)]),
            table(&[optional("x", ColumnType::String)]),
        ];
        // Only what is in quotes takes the long way, and a separator that does not occur leaves the text as it is.
        let options = SourceOptions { keep_rejects: true, separator: ';', ..options() };
        let read = |schema, quote: &str| {
            // Nothing at all would be a blank line.
            let texts = texts.iter().filter(|text| !text.is_empty());
            let lines: String = texts.map(|text| format!("{quote}{text}{quote}\n")).collect();
            let read = accepted(schema, &options, "values.csv", format!("x\n{lines}"));
            let bits = match read.frame.column("x").unwrap().f64() {
                Ok(values) => values.iter().map(|value| value.map(f64::to_bits)).collect(),
                Err(_) => vec![],
            };
            (lines_of(&read), bits)
        };
        for schema in &ALL {
            prop_assert_eq!(read(schema, ""), read(schema, "\""), "{}", schema.columns[0].ty);
        }
    }
}

/// The rows, and column, text and reason of the rejects.
fn lines_of(read: &SourceRead) -> (String, String) {
    (lines(&read.frame), lines(&read.rejects.drop("file").unwrap().drop("line").unwrap()))
}
