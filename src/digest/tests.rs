use std::io::Write;

use polars::df;
use polars::prelude::{
    AnyValue, Column, DataFrame, DataType, Int64Chunked, IntoColumn, IntoSeries, NamedFrom, Scalar, Series,
    StaticArray, StructChunked, TimeUnit, TimeZone,
};
use proptest::prelude::*;
use proptest::sample::Index;

use super::{Digest, DigestWriter, Digester};

/// A column of one of the types that a row can have; two seeds that differ in their last bit are two values.
fn column(name: &str, kind: usize, seeds: &[Option<u64>]) -> Column {
    macro_rules! numbers {
        ($type:ty) => {
            Series::new(name.into(), seeds.iter().map(|seed| seed.map(|seed| seed as $type)).collect::<Vec<_>>())
        };
    }
    let text = |seed: u64| if seed == 0 { String::new() } else { format!("{seed:x}").repeat(1 + seed as usize % 9) };
    let micros = |zone: Option<TimeZone>| {
        numbers!(i64).i64().unwrap().clone().into_datetime(TimeUnit::Microseconds, zone).into_series()
    };
    let series = match kind {
        0 => Series::new(name.into(), seeds.iter().map(|seed| seed.map(|seed| seed % 2 == 1)).collect::<Vec<_>>()),
        1 => numbers!(i8),
        2 => numbers!(i16),
        3 => numbers!(i32),
        4 => numbers!(i64),
        5 => numbers!(u8),
        6 => numbers!(u16),
        7 => numbers!(u32),
        8 => numbers!(u64),
        9 => {
            let floats = seeds.iter().map(|seed| seed.map(|seed| f32::from_bits(seed as u32)));
            Series::new(name.into(), floats.collect::<Vec<_>>())
        }
        10 => Series::new(name.into(), seeds.iter().map(|seed| seed.map(f64::from_bits)).collect::<Vec<_>>()),
        11 => Series::new(name.into(), seeds.iter().map(|seed| seed.map(text)).collect::<Vec<_>>()),
        12 => numbers!(i32).i32().unwrap().clone().into_date().into_series(),
        13 => micros(None),
        14 => micros(Some(TimeZone::UTC)),
        15 => {
            let texts: Vec<_> = seeds.iter().map(|seed| seed.map(text)).collect();
            Series::new(name.into(), texts).cast(&DataType::Binary).unwrap()
        }
        _ => {
            // A list for each row; where there is none, there is no list either.
            let list = |seed: Option<u64>| match seed {
                Some(seed) => AnyValue::List(Series::new("".into(), vec![Some(seed as i64), None])),
                None => AnyValue::Null,
            };
            let lists: Vec<AnyValue<'_>> = seeds.iter().map(|seed| list(*seed)).collect();
            let dtype = DataType::List(Box::new(DataType::Int64));
            Series::from_any_values_and_dtype(name.into(), &lists, &dtype, true).unwrap()
        }
    };
    series.into_column()
}

const KINDS: usize = 17;

/// What a frame is made of: for each column its kind, and for each row a seed.
#[derive(Clone, Debug)]
struct Recipe {
    kinds: Vec<usize>,
    seeds: Vec<Vec<Option<u64>>>,
}

impl Recipe {
    fn frame(&self) -> DataFrame {
        let columns = self.kinds.iter().zip(&self.seeds).enumerate();
        let columns = columns.map(|(at, (kind, seeds))| column(&format!("column_{at}"), *kind, seeds));
        DataFrame::new(self.height(), columns.collect()).unwrap()
    }

    fn height(&self) -> usize {
        self.seeds[0].len()
    }

    fn digest(&self) -> Digest {
        Digest::of_frame(&self.frame())
    }
}

fn recipe() -> impl Strategy<Value = Recipe> {
    let seed = prop_oneof![1 => Just(None), 1 => (0..4_u64).prop_map(Some), 2 => any::<u64>().prop_map(Some)];
    let full = prop_oneof![1 => (0..4_u64).prop_map(Some), 2 => any::<u64>().prop_map(Some)];
    // Lengths around the 64 rows that are looked at together.
    let height = prop_oneof![1..5_usize, 60..70_usize, 120..300_usize];
    (height, prop::collection::vec((0..KINDS, any::<bool>()), 1..4)).prop_flat_map(move |(height, columns)| {
        let (seed, full) = (seed.clone(), full.clone());
        let seeds: Vec<_> = columns
            .iter()
            .map(|(_, nulls)| if *nulls { seed.clone().boxed() } else { full.clone().boxed() })
            .map(|seed| prop::collection::vec(seed, height))
            .collect();
        let kinds: Vec<usize> = columns.iter().map(|(kind, _)| *kind).collect();
        seeds.prop_map(move |seeds| Recipe { kinds: kinds.clone(), seeds })
    })
}

/// The same frame, of slices of a larger one, put together again.
fn cut(frame: &DataFrame, cuts: &[Index]) -> DataFrame {
    let larger = frame.vstack(frame).unwrap();
    let mut places: Vec<usize> = cuts.iter().map(|cut| cut.index(frame.height() + 1)).collect();
    places.extend([0, frame.height()]);
    places.sort_unstable();
    let mut cut = frame.clear();
    for (at, pair) in places.windows(2).enumerate() {
        let from = if at % 2 == 0 { pair[0] } else { frame.height() + pair[0] };
        cut.vstack_mut(&larger.slice(from as i64, pair[1] - pair[0])).unwrap();
    }
    cut
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(256) })]

    #[test]
    fn the_digest_of_a_frame_does_not_depend_on_its_chunks(
        recipe in recipe(),
        cuts in prop::collection::vec(any::<Index>(), 0..9),
    ) {
        let frame = recipe.frame();
        let mut cut = cut(&frame, &cuts);
        prop_assert!(cut.equals_missing(&frame) || has_nan(&recipe));
        prop_assert_eq!(Digest::of_frame(&cut), recipe.digest());
        cut.rechunk_mut();
        prop_assert_eq!(Digest::of_frame(&cut), recipe.digest());
    }

    #[test]
    fn another_value_or_null_is_another_digest(recipe in recipe(), column in any::<Index>(), row in any::<Index>()) {
        let mut other = recipe.clone();
        let seeds = column.get(&recipe.seeds);
        let place = &mut other.seeds[column.index(recipe.seeds.len())][row.index(seeds.len())];

        *place = row.get(seeds).map_or(Some(0), |seed| Some(seed ^ 1));
        prop_assert_ne!(other.digest(), recipe.digest());

        let place = &mut other.seeds[column.index(recipe.seeds.len())][row.index(seeds.len())];
        *place = row.get(seeds).is_none().then_some(1);
        prop_assert_ne!(other.digest(), recipe.digest());
    }

    #[test]
    fn another_type_is_another_digest(recipe in recipe(), column in any::<Index>(), by in 1..KINDS) {
        let mut other = recipe.clone();
        let kind = &mut other.kinds[column.index(recipe.kinds.len())];
        *kind = (*kind + by) % KINDS;
        prop_assert_ne!(other.digest(), recipe.digest());
    }

    #[test]
    fn another_order_is_another_digest(recipe in recipe(), one in any::<Index>(), other in any::<Index>()) {
        let (one, other) = (one.index(recipe.height()), other.index(recipe.height()));
        let mut swapped = recipe.clone();
        swapped.seeds.iter_mut().for_each(|seeds| seeds.swap(one, other));
        let frame = recipe.frame();
        let row = |row: usize| Digest::of_frame(&frame.slice(row as i64, 1));
        prop_assert_eq!(swapped.digest() == recipe.digest(), row(one) == row(other));

        let mut columns = frame.columns().to_vec();
        columns.reverse();
        let reversed = DataFrame::new(frame.height(), columns).unwrap();
        prop_assert_eq!(Digest::of_frame(&reversed) == recipe.digest(), recipe.kinds.len() == 1);
    }
}

fn has_nan(recipe: &Recipe) -> bool {
    recipe.kinds.iter().any(|kind| [9, 10].contains(kind))
}

#[test]
fn a_row_more_or_less_is_another_digest() {
    let long = df!("n" => [0_i64, 0, 0], "t" => ["", "", ""]).unwrap();
    let digests: std::collections::BTreeSet<Digest> = (0..=3).map(|n| Digest::of_frame(&long.head(Some(n)))).collect();
    assert_eq!(digests.len(), 4);
    assert_ne!(Digest::of_frame(&DataFrame::empty_with_height(1)), Digest::of_frame(&DataFrame::empty_with_height(2)));
}

#[test]
fn a_name_is_part_of_the_digest() {
    let digest = |name: &str| Digest::of_frame(&df!(name => [1_i64]).unwrap());
    assert_ne!(digest("nights"), digest("night"));
}

#[test]
fn texts_are_told_apart_where_they_end() {
    let digest = |texts: &[Option<&str>]| Digest::of_frame(&df!("t" => texts).unwrap());
    assert_ne!(digest(&[Some("ab"), Some("c")]), digest(&[Some("a"), Some("bc")]));
    assert_ne!(digest(&[Some(""), Some("abc")]), digest(&[Some("abc"), Some("")]));
    assert_ne!(digest(&[None, Some("abc")]), digest(&[Some("abc"), None]));
    assert_ne!(digest(&[Some(""), Some("abc")]), digest(&[None, Some("abc")]));
}

#[test]
fn a_null_is_no_zero() {
    let digest = |numbers: &[Option<i64>]| Digest::of_frame(&df!("n" => numbers).unwrap());
    assert_ne!(digest(&[Some(0), None]), digest(&[None, Some(0)]));
    assert_ne!(digest(&[Some(0), None]), digest(&[Some(0), Some(0)]));
    assert_ne!(digest(&[None, None]), digest(&[Some(0), Some(0)]));
}

#[test]
fn what_stands_under_a_null_does_not_count() {
    let rows = 1000;
    let nulls: Int64Chunked = (0..rows).map(|n| (n % 3 != 0).then_some(n)).collect();
    let under = |garbage: i64| {
        let plain: Int64Chunked = (0..rows).map(|n| Some(if n % 3 != 0 { n } else { garbage })).collect();
        let chunk = plain.downcast_as_array().clone();
        let chunk = chunk.with_validity_typed(nulls.downcast_as_array().validity().cloned());
        assert_eq!(chunk.values()[3], garbage);
        Digest::of_frame(&Int64Chunked::with_chunk("n".into(), chunk).into_series().into_frame())
    };
    assert_eq!(under(7), under(-1));
    assert_eq!(under(7), Digest::of_frame(&nulls.clone().with_name("n".into()).into_series().into_frame()));
}

#[test]
fn floats_go_by_their_bits() {
    let digest = |float: f64| Digest::of_frame(&df!("f" => [float, 1.0]).unwrap());
    assert_ne!(digest(0.0), digest(-0.0));
    assert_ne!(digest(f64::NAN), digest(-f64::NAN));
    assert_eq!(digest(f64::NAN), digest(f64::NAN));
}

#[test]
fn a_column_of_one_value_is_as_if_it_were_written_out() {
    for rows in [0, 1, 100, 4096, 10_000] {
        let value = Scalar::new(DataType::Int64, AnyValue::Int64(7));
        let short = DataFrame::new(rows, vec![Column::new_scalar("n".into(), value, rows)]).unwrap();
        assert_eq!(Digest::of_frame(&short), Digest::of_frame(&df!("n" => vec![7_i64; rows]).unwrap()));
    }
    let value = Scalar::new(DataType::Boolean, AnyValue::Boolean(true));
    let short = DataFrame::new(9000, vec![Column::new_scalar("b".into(), value, 9000)]).unwrap();
    assert_eq!(Digest::of_frame(&short), Digest::of_frame(&df!("b" => vec![true; 9000]).unwrap()));
    let (none, rows) = (Scalar::null(DataType::String), 9000);
    let short = DataFrame::new(rows, vec![Column::new_scalar("t".into(), none, rows)]).unwrap();
    assert_eq!(Digest::of_frame(&short), Digest::of_frame(&df!("t" => vec![None::<&str>; rows]).unwrap()));
}

#[test]
fn fields_of_a_struct_count_with_name_and_value() {
    let digest = |name: &str, guests: &[i64]| {
        let fields = [Series::new("nights".into(), [1_i64, 2]), Series::new(name.into(), guests)];
        let column = StructChunked::from_series("stay".into(), 2, fields.iter()).unwrap().into_series();
        Digest::of_frame(&column.into_frame())
    };
    assert_eq!(digest("guests", &[3, 4]), digest("guests", &[3, 4]));
    assert_ne!(digest("guests", &[3, 4]), digest("guest", &[3, 4]));
    assert_ne!(digest("guests", &[3, 4]), digest("guests", &[3, 5]));
}

#[test]
fn the_digest_of_a_frame_stays_what_it_is() {
    // Whoever changes it makes every chain run once: that needs a reason, and a line in the changelog.
    let frame = df!(
        "hotel" => [Some("Alpenblick"), None, Some("")],
        "nights" => [3_i64, 1, -1],
        "rate" => [Some(0.5), None, Some(-0.0)],
        "paid" => [Some(true), Some(false), None],
    );
    insta::assert_snapshot!(Digest::of_frame(&frame.unwrap()), @"ea030d45930876cf0aad0e85d2ca5f95aee286a079f2c73daf6c6e7691d6674a");
}

#[test]
fn the_digest_of_a_file_is_that_of_its_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("page.html");
    let bytes = "Grüezi! ".repeat(100_000);
    std::fs::write(&path, &bytes).unwrap();
    assert_eq!(Digest::of_file(&path).unwrap(), Digest::of_bytes(bytes.as_bytes()));

    let gone = folder.path().join("gone.html");
    let text = Digest::of_file(&gone).unwrap_err().to_string().replace(folder.path().to_str().unwrap(), "DIR");
    assert_eq!(text, "failed to open `DIR/gone.html`: No such file or directory (os error 2)");
    let text = Digest::of_file(folder.path()).unwrap_err().to_string().replace(folder.path().to_str().unwrap(), "DIR");
    assert_eq!(text, "failed to read `DIR`: Is a directory (os error 21)");
}

#[test]
fn a_kind_is_part_of_the_digest() {
    let digest = |kind: &str| Digester::new(kind).finish();
    assert_ne!(digest("frame 1"), digest("frame 2"));
}

#[test]
fn the_digest_of_what_is_written_is_that_of_the_bytes_that_were_taken() {
    let mut room = [0; 4];
    let mut out = DigestWriter::new(&mut room[..]);
    assert_eq!(out.write(b"Seehof").unwrap(), 4);
    assert_eq!(out.written(), (4, Digest::of_bytes(b"Seeh")));
    assert_eq!(out.write(b"of").unwrap(), 0);
    assert_eq!(out.written(), (4, Digest::of_bytes(b"Seeh")));
}
