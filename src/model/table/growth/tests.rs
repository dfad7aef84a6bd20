//! Tables that grow: by any way and any hand-over, the sum of what was put in is what plain maps say.

use std::collections::BTreeMap;
use std::sync::Arc;

use polars::df;
use proptest::prelude::*;

use crate::model::{Content, Model, Provision, Scratch, Table};
use crate::prelude::*;
use crate::schema::HandOver;

/// A line of a log.
#[derive(Row, Clone, Copy, Debug, PartialEq)]
#[row(table = "lines", incremental = "append")]
struct Line {
    night: u8,
    number: i64,
    at: i64,
}

/// A booking as it is known by now.
#[derive(Row, Clone, Copy, Debug, PartialEq)]
#[row(table = "bookings", key = "night, number", incremental = "merge", latest = "at")]
struct Booking {
    night: u8,
    number: i64,
    at: i64,
}

/// A booking as it was heard of last.
#[derive(Row, Clone, Copy, Debug, PartialEq)]
#[row(table = "heard", key = "night, number", incremental = "merge")]
struct Heard {
    night: u8,
    number: i64,
    at: i64,
}

/// Lines by night; some come without one.
#[derive(Row, Clone, Copy, Debug, PartialEq)]
#[row(table = "nights", incremental = "replace", by = "night")]
struct Night {
    night: Option<u8>,
    number: i64,
    at: i64,
}

/// Puts rows in, night after night, and says what there is in the end.
fn grown<R: Row + Clone>(puts: &[Vec<R>], hand_over: HandOver) -> Result<Table<R>> {
    let scratch = Arc::new(Scratch::temporary()?);
    let mut previous: Option<Content> = None;
    for rows in puts {
        let mut table = Table::<R>::new();
        table.hand_over = hand_over;
        if hand_over == HandOver::Stored {
            table.prepare(Provision::new("grow", 1).with_scratch(Arc::clone(&scratch)));
        }
        table.follow(previous)?;
        table.put(rows.clone())?;
        table.seal()?;
        previous = Some(table.content()?);
    }
    let mut table = Table::new();
    table.restore(previous.expect("something was put in"))?;
    // The folder goes with the last who knows it.
    table.frame()?;
    Ok(table)
}

fn rows<R: Row + Clone>(puts: &[Vec<R>], hand_over: HandOver) -> Vec<R> {
    grown(puts, hand_over).unwrap().rows().unwrap()
}

/// Rows of a few nights and numbers, so that they often meet, put in over several runs.
fn puts() -> impl Strategy<Value = Vec<Vec<(u8, i64, i64)>>> {
    let row = (0_u8..3, 0_i64..4, 0_i64..4);
    prop::collection::vec(prop::collection::vec(row, 0..6), 1..5)
}

fn of<R>(puts: &[Vec<(u8, i64, i64)>], row: impl Fn((u8, i64, i64)) -> R) -> Vec<Vec<R>> {
    puts.iter().map(|rows| rows.iter().map(|&raw| row(raw)).collect()).collect()
}

/// All that was put in, at once.
fn at_once<R: Clone>(puts: &[Vec<R>]) -> Vec<Vec<R>> {
    vec![puts.concat()]
}

/// The last thing that was put in comes once more.
fn with_repeat<R: Clone>(puts: &[Vec<R>]) -> Vec<Vec<R>> {
    puts.iter().chain(puts.last()).cloned().collect()
}

const WAYS: [HandOver; 2] = [HandOver::Memory, HandOver::Stored];

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn what_is_appended_comes_after_what_was_there(raw in puts()) {
        let puts = of(&raw, |(night, number, at)| Line { night, number, at });
        for hand_over in WAYS {
            prop_assert_eq!(rows(&puts, hand_over), puts.concat());
            prop_assert_eq!(rows(&at_once(&puts), hand_over), puts.concat());
        }
    }

    #[test]
    fn of_bookings_that_are_merged_the_latest_stays(raw in puts()) {
        let puts = of(&raw, |(night, number, at)| Booking { night, number, at });
        let mut expected: BTreeMap<(u8, i64), Booking> = BTreeMap::new();
        for row in puts.concat() {
            let known = expected.entry((row.night, row.number)).or_insert(row);
            if row.at >= known.at {
                *known = row;
            }
        }
        let expected: Vec<Booking> = expected.into_values().collect();
        for hand_over in WAYS {
            prop_assert_eq!(&rows(&puts, hand_over), &expected);
            prop_assert_eq!(&rows(&at_once(&puts), hand_over), &expected);
            prop_assert_eq!(&rows(&with_repeat(&puts), hand_over), &expected);
        }
    }

    #[test]
    fn without_a_latest_column_the_row_that_was_put_in_stays(raw in puts()) {
        let mut puts = of(&raw, |(night, number, at)| Heard { night, number, at });
        for rows in &mut puts {
            let distinct: BTreeMap<(u8, i64), Heard> = rows.iter().map(|row| ((row.night, row.number), *row)).collect();
            *rows = distinct.into_values().collect();
        }
        let expected: BTreeMap<(u8, i64), Heard> =
            puts.concat().into_iter().map(|row| ((row.night, row.number), row)).collect();
        let expected: Vec<Heard> = expected.into_values().collect();
        for hand_over in WAYS {
            prop_assert_eq!(&rows(&puts, hand_over), &expected);
            prop_assert_eq!(&rows(&with_repeat(&puts), hand_over), &expected);
        }
    }

    #[test]
    fn a_night_that_comes_again_takes_the_place_of_what_was_there_of_it(raw in puts()) {
        // Night 0 stands for those without one.
        let puts = of(&raw, |(night, number, at)| Night { night: (night > 0).then_some(night), number, at });
        let mut expected: BTreeMap<Option<u8>, Vec<Night>> = BTreeMap::new();
        for rows in &puts {
            rows.iter().for_each(|row| drop(expected.remove(&row.night)));
            rows.iter().for_each(|row| expected.entry(row.night).or_default().push(*row));
        }
        let expected: Vec<Night> = expected.into_values().flatten().collect();
        for hand_over in WAYS {
            prop_assert_eq!(&rows(&puts, hand_over), &expected);
            prop_assert_eq!(&rows(&with_repeat(&puts), hand_over), &expected);
        }
    }
}

#[test]
fn where_nothing_is_put_in_the_content_is_the_same() {
    let puts = vec![vec![Booking { night: 1, number: 7, at: 3 }], vec![]];
    for hand_over in WAYS {
        let (once, again) = (grown(&puts[..1], hand_over).unwrap(), grown(&puts, hand_over).unwrap());
        assert_eq!(once.digest().unwrap(), again.digest().unwrap());
    }
}

#[test]
fn a_key_that_is_put_in_twice_at_once_is_told_where_nothing_says_which_stays() {
    let twice = vec![vec![Heard { night: 1, number: 7, at: 3 }, Heard { night: 1, number: 7, at: 4 }]];
    for hand_over in WAYS {
        let error = grown(&twice, hand_over).unwrap_err();
        assert_eq!(
            error.to_string(),
            "model `heard` breaks its contract:\n  key `night, number`: 2 of 2 rows are not unique\n    \
             row 1 (night 1, number 7)\n    row 2 (night 1, number 7)"
        );
    }
}

#[test]
fn a_task_can_look_at_the_rows_that_were_there_before() {
    let before = Table::from_rows([Line { night: 1, number: 7, at: 3 }]);
    let mut table = Table::following(before).unwrap();
    assert_eq!(table.previous().unwrap().collect().unwrap().height(), 1);
    table.put(vec![Line { night: 2, number: 8, at: 4 }]).unwrap();
    assert_eq!(table.height(), 1, "what was put in");
    table.seal().unwrap();
    assert_eq!(table.height(), 2);

    let mut first = Table::<Line>::new();
    first.follow(None).unwrap();
    assert!(first.previous().is_none());
}

#[test]
fn a_column_that_may_be_null_can_be_added_and_no_other() {
    let mut table = Table::<Night>::new();
    table.follow(Some(Content::Table(df!("number" => [7_i64], "at" => [3_i64]).unwrap()))).unwrap();
    table.put(vec![Night { night: Some(1), number: 8, at: 4 }]).unwrap();
    table.seal().unwrap();
    assert_rows!(table, [Night { night: None, number: 7, at: 3 }, Night { night: Some(1), number: 8, at: 4 }]);

    let mut table = Table::<Line>::new();
    let error = table.follow(Some(Content::Table(df!("number" => [7_i64], "at" => [3_i64]).unwrap()))).unwrap_err();
    assert_eq!(
        error.to_string(),
        "model `lines` cannot grow from the version that there is; a run with `--force` makes it anew: model `lines` breaks \
         its contract:\n  column `night` is missing"
    );
    let error = table.follow(Some(Content::Json("7".to_owned()))).unwrap_err();
    assert_eq!(error.to_string(), "a stored value cannot be read into model `lines`");
}

#[test]
fn a_table_that_grows_has_to_be_stored() {
    let check = |config: &str| {
        let section = crate::section::Section::new("models.lines");
        Table::<Line>::check(&toml::from_str(config).unwrap(), &section)
            .unwrap_err()
            .to_string()
            .replace("wrong values in [models.lines] (default): ", "")
    };
    assert_eq!(
        check("hand_over = \"lazy\""),
        "`hand_over` is \"lazy\", but the row type says `incremental = \"append\"`, and what is not stored cannot grow; say \
         `hand_over = \"memory\"` or `hand_over = \"stored\"`"
    );
    assert_eq!(
        check("store = \"memory\""),
        "`store` is \"memory\", but the row type says `incremental = \"append\"`, and what is not stored cannot grow; leave \
         `store` away"
    );
}
