//! What each format keeps, and the words and stores that all tests of stores use.

use std::fs;
use std::path::Path;

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use insta::assert_snapshot;
use polars::df;
use polars::prelude::{Column, DataFrame};
use tempfile::TempDir;

use super::claim::Terms;
use super::encode::Writable;
use super::{Condition, Current, FolderStore, Holder, Lease, MemoryStore, Store, StoreError, StoredFile, Version};
use crate::digest::Digest;
use crate::id::RunId;
use crate::model::{Content, Storage};
use crate::schema::{ColumnSchema, ColumnType, Format, HandOver, Scalar, TableSchema};

mod backfills;
mod contract;
mod faults;
mod fires;
mod folder;
#[cfg(unix)]
mod killed;
mod lease;
mod written;

const FORMATS: [Format; 4] = [Format::Parquet, Format::Csv, Format::Ndjson, Format::Ipc];

const fn nullable(name: &'static str, ty: ColumnType) -> ColumnSchema {
    ColumnSchema { name, ty, nullable: true, doc: "", checks: &[], from: None, format: None, row_number: false }
}

const fn table(columns: &'static [ColumnSchema]) -> TableSchema {
    let (hand_over, incremental) = (HandOver::Memory, None);
    TableSchema {
        name: "all",
        doc: "",
        columns,
        key: &[],
        order_by: &[],
        source: None,
        hand_over,
        incremental,
        checks: &[],
        max_age: None,
        partition: None,
    }
}

/// A column of every type; how it is written in a source is nothing to a store.
const ALL: TableSchema = table(&[
    nullable("boolean", ColumnType::Boolean),
    nullable("int8", ColumnType::Int8),
    nullable("int16", ColumnType::Int16),
    nullable("int32", ColumnType::Int32),
    ColumnSchema { row_number: true, ..nullable("int64", ColumnType::Int64) },
    nullable("uint8", ColumnType::UInt8),
    nullable("uint16", ColumnType::UInt16),
    nullable("uint32", ColumnType::UInt32),
    nullable("uint64", ColumnType::UInt64),
    nullable("float32", ColumnType::Float32),
    nullable("float64", ColumnType::Float64),
    ColumnSchema { from: Some("Text"), ..nullable("string", ColumnType::String) },
    ColumnSchema { format: Some("%d.%m.%Y"), ..nullable("date", ColumnType::Date) },
    nullable("datetime", ColumnType::Datetime),
    nullable("instant", ColumnType::Instant),
]);

const TEXTS: [&str; 10] =
    ["", "\"", "\"\"", "a,b", "line\nline\r\n", "é€😀\0", "NULL", "12", " padded ", "\\N \u{feff}"];

/// Rows of extreme and ordinary values and of nulls.
fn everything(with_nan: bool) -> DataFrame {
    fn column<T: Scalar>(name: &str, values: impl IntoIterator<Item = T>) -> Column {
        let mut values: Vec<Option<T>> = values.into_iter().map(Some).collect();
        values.resize(TEXTS.len() + 1, None);
        T::series(name.into(), values).into()
    }
    let odd = if with_nan { [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] } else { [1.5; 3] };
    let floats = [f64::MIN, f64::MAX, f64::MIN_POSITIVE, 5e-324, -0.0, 0.1 + 0.2, 2.638344616030823e-256];
    let small = [f32::MIN, f32::MAX, f32::MIN_POSITIVE, 1e-45, 0.1, -0.0];
    let day = |year| NaiveDate::from_ymd_opt(year, 12, 31).unwrap();
    let days = [1, 1969, 1970, 2015, 9999].map(day);
    let time = |day: NaiveDate| day.and_hms_micro_opt(23, 59, 59, 999_999).unwrap();
    let columns = vec![
        column("boolean", [true, false]),
        column("int8", [i8::MIN, -1, 0, i8::MAX]),
        column("int16", [i16::MIN, i16::MAX]),
        column("int32", [i32::MIN, i32::MAX]),
        column("int64", [i64::MIN, i64::MAX]),
        column("uint8", [0, u8::MAX]),
        column("uint16", [0, u16::MAX]),
        column("uint32", [0, u32::MAX]),
        column("uint64", [0, u64::MAX]),
        column("float32", small.into_iter().chain(odd.map(|value| value as f32))),
        column("float64", floats.into_iter().chain(odd)),
        column("string", TEXTS.map(str::to_owned)),
        column::<NaiveDate>("date", days),
        column::<NaiveDateTime>("datetime", days.map(time)),
        column::<DateTime<Utc>>("instant", days.map(|day| time(day).and_utc())),
    ];
    DataFrame::new(TEXTS.len() + 1, columns).unwrap()
}

/// Does the same with each store: in memory, and in folders in each format, with and without links.
fn each_store(act: impl Fn(&dyn Store, Format)) {
    for format in FORMATS {
        let folder = TempDir::new().unwrap();
        act(&FolderStore::new(folder.path().join("data")), format);
    }
    let folder = TempDir::new().unwrap();
    act(&without_links(&folder.path().join("data")), Format::Parquet);
    act(&MemoryStore::new(), Format::Parquet);
}

fn without_links(folder: &Path) -> FolderStore {
    FolderStore::with(folder, false, Terms::default())
}

fn numbers(numbers: &[i64]) -> Content {
    Content::Table(df!("int64" => numbers).unwrap())
}

const NUMBERS: TableSchema = table(&[nullable("int64", ColumnType::Int64)]);

fn version(model: &str, run: RunId, file: &StoredFile) -> Version {
    Version { model: model.to_owned(), run, extension: file.extension.clone() }
}

fn stage(store: &dyn Store, run: RunId, model: &str, format: Format, values: &[i64]) -> (Version, StoredFile) {
    let file = store.stage(run, model, &Storage::Table(format), &numbers(values)).unwrap();
    (version(model, run, &file), file)
}

/// A run that stages these models and publishes them, and what was published before of the models to carry over.
fn run(store: &dyn Store, format: Format, models: &[(&str, &[i64])], carry: &[&str]) -> (RunId, Vec<Current>) {
    let run = RunId::random();
    store.begin(run).unwrap();
    let mut versions = store.published().unwrap().map(|published| published.versions).unwrap_or_default();
    versions.retain(|version| carry.contains(&version.model.as_str()));
    versions.extend(models.iter().map(|(model, values)| stage(store, run, model, format, values).0));
    let published = store.publish(run, &versions).unwrap();
    store.end(run).unwrap();
    (run, published)
}

fn load(store: &dyn Store, version: &Version, format: Format) -> Vec<i64> {
    match store.load(version, &Storage::Table(format), Some(&NUMBERS)).unwrap() {
        Content::Table(frame) => frame.column("int64").unwrap().i64().unwrap().into_no_null_iter().collect(),
        other => panic!("a {} came back", other.kind()),
    }
}

/// Each published model with its numbers.
fn published(store: &dyn Store, format: Format) -> Vec<(String, Vec<i64>)> {
    let versions = store.published().unwrap().map(|published| published.versions).unwrap_or_default();
    versions.iter().map(|version| (version.model.clone(), load(store, version, format))).collect()
}

fn is(model: &str, values: &[i64]) -> (String, Vec<i64>) {
    (model.to_owned(), values.to_vec())
}

fn models(current: &[Current]) -> Vec<&str> {
    current.iter().map(|current| current.model.as_str()).collect()
}

/// The names in a folder, with the hidden ones.
fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// The text of an error, without the folder of the test.
fn without(folder: &Path, error: &StoreError) -> String {
    error.to_string().replace(folder.to_str().unwrap(), "DIR")
}

fn round_trip(frame: &DataFrame, schema: &'static TableSchema, format: Format, store: &dyn Store) -> DataFrame {
    let run = RunId::random();
    let storage = Storage::Table(format);
    let file = store.stage(run, "all", &storage, &Content::Table(frame.clone())).unwrap();
    match store.load(&version("all", run, &file), &storage, Some(schema)).unwrap() {
        Content::Table(frame) => frame,
        other => panic!("a {} came back", other.kind()),
    }
}

#[test]
fn every_value_of_every_type_comes_back_to_the_last_bit() {
    each_store(|store, format| {
        let frame = everything(format != Format::Ndjson);
        let back = round_trip(&frame, &ALL, format, store);

        assert_eq!(back.schema(), frame.schema(), "{format:?}");
        for (back, column) in back.columns().iter().zip(frame.columns()) {
            assert!(back.equals_missing(column), "{format:?} {}: {back:?} {column:?}", column.name());
        }
    });
}

#[test]
fn a_table_without_rows_comes_back_with_its_columns() {
    each_store(|store, format| {
        let frame = everything(false).head(Some(0));

        assert_eq!(round_trip(&frame, &ALL, format, store), frame, "{format:?}");
    });
}

#[test]
fn values_and_files_come_back() {
    each_store(|store, _| {
        let outside = TempDir::new().unwrap();
        let page = outside.path().join("page");
        fs::write(&page, b"\x89PNG").unwrap();
        let run = RunId::random();
        let rate = store.stage(run, "rate", &Storage::Json, &Content::Json("{\"rate\": 0.93}".to_owned())).unwrap();
        let image = store.stage(run, "page", &Storage::File("png"), &Content::File(page)).unwrap();
        drop(outside);
        assert_eq!((rate.bytes, image.bytes), (14, 4));
        assert_eq!((rate.digest, image.digest), (Digest::of_bytes(b"{\"rate\": 0.93}"), Digest::of_bytes(b"\x89PNG")));

        let rate = store.load(&version("rate", run, &rate), &Storage::Json, None).unwrap();
        let image = store.load(&version("page", run, &image), &Storage::File("png"), None).unwrap();

        assert!(matches!(rate, Content::Json(text) if text == "{\"rate\": 0.93}"));
        assert!(matches!(image, Content::File(path) if fs::read(&path).unwrap() == b"\x89PNG"));
    });
}

#[test]
fn content_of_another_form_is_refused() {
    each_store(|store, format| {
        let text = Content::Json("1".to_owned());
        let refuse = |storage| store.stage(RunId::random(), "a", &storage, &text).unwrap_err().to_string();

        let text = "a value cannot be stored as model `a`, which is kept as";
        assert_eq!(refuse(Storage::Table(format)), format!("{text} a table ({})", format.as_str()));
        assert_eq!(refuse(Storage::File("png")), format!("{text} a file"));
        assert_eq!(refuse(Storage::Memory), format!("{text} nothing: it lives in memory only"));
    });
}

#[test]
fn values_that_a_format_has_no_words_for_are_refused() {
    let folder = TempDir::new().unwrap();
    let store = FolderStore::new(folder.path());
    let refuse = |format, frame| {
        store.stage(RunId::random(), "a", &Storage::Table(format), &Content::Table(frame)).unwrap_err().to_string()
    };

    let ratios = df!("ratio" => [Some(1.0), None, Some(f64::INFINITY)]).unwrap();
    assert_snapshot!(refuse(Format::Ndjson, ratios), @"model `a` cannot be stored as ndjson: column `ratio` holds NaN or infinity, which JSON has no words for; store it as parquet");
    let names = df!("name" => [Some("a"), None]).unwrap();
    assert_snapshot!(refuse(Format::Csv, names), @"model `a` cannot be stored as csv: column `name` is the only one, so a null in it would be a blank line; store it as parquet");
    assert!(!folder.path().join(".purvey").exists());
}

#[test]
fn a_full_disk_is_named_with_the_file() {
    struct Full;
    impl std::io::Write for Full {
        fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
            Err(std::io::ErrorKind::StorageFull.into())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    for format in FORMATS {
        let frame = everything(false);
        let error = Writable::Table(&frame, format).write(Path::new("a.file"), &mut Full).unwrap_err();

        assert_eq!(
            error.to_string(),
            "failed to write `a.file`: no storage space; make room there, or choose another `--data DIR`",
            "{format:?}"
        );
        assert!(matches!(error, StoreError::Io { .. }));
    }
}
