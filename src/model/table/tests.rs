//! Tables that are streamed into a file: what is checked on the way, in which order they end up, and what it costs.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use polars::df;
use polars::prelude::{AllowedOptimizations, IntoLazy, LazyFrame};
use proptest::prelude::*;

use super::stored::Writing;
use super::{Held, Table};
use crate::contract;
use crate::digest::Digest;
use crate::model::{Content, Model, Provision, Scratch};
use crate::prelude::*;
use crate::schema::HandOver;

/// A room of a hotel.
#[derive(Row, Clone, Debug, PartialEq)]
#[row(table = "rooms", key = "hotel, room", order_by = "hotel, room desc", hand_over = "stored")]
struct Room {
    hotel: String,
    room: i64,
    #[check(min = 1, max = 4)]
    beds: i64,
    #[check(unique)]
    door: Option<i64>,
    lit: bool,
}

/// Hotel, room, beds and door.
type Raw = (Option<u8>, i64, Option<i64>, Option<i64>);

fn frame(rows: &[Raw]) -> DataFrame {
    df!(
        "hotel" => rows.iter().map(|row| row.0.map(|hotel| format!("hotel {hotel}"))).collect::<Vec<_>>(),
        "room" => rows.iter().map(|row| row.1).collect::<Vec<_>>(),
        "beds" => rows.iter().map(|row| row.2).collect::<Vec<_>>(),
        "door" => rows.iter().map(|row| row.3).collect::<Vec<_>>(),
        "lit" => rows.iter().map(|row| row.1 % 3 == 0).collect::<Vec<_>>(),
    )
    .unwrap()
}

fn scratch() -> Arc<Scratch> {
    Arc::new(Scratch::temporary().unwrap())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    /// Whatever comes, in whatever pieces: the same table or the same words as if it were checked whole.
    #[test]
    fn a_table_that_is_streamed_is_checked_and_ordered_like_one_in_memory(
        rows in prop::collection::vec(
            (prop::option::weighted(0.97, 0_u8..3), 0_i64..20, prop::option::weighted(0.97, 1_i64..=4), Just(None::<i64>)),
            0..24,
        ),
        too_many_beds in prop::option::weighted(0.2, 0_usize..24),
        doors in prop::option::weighted(0.3, 0_i64..40),
        distinct in any::<bool>(),
        sorted in any::<bool>(),
        piece in 1_usize..9,
    ) {
        let mut rows = rows;
        if let Some(row) = too_many_beds.and_then(|row| rows.get_mut(row)) {
            row.2 = Some(9);
        }
        if let Some(doors) = doors {
            rows.iter_mut().zip(0..).for_each(|(row, number)| row.3 = Some((number * 7) % (doors + 1)));
        }
        if distinct {
            rows.iter_mut().zip(0..).for_each(|(row, number)| row.1 = number);
        }
        if sorted {
            rows.sort_by_key(|row| (row.0, -row.1));
        }
        let whole = frame(&rows);
        let in_memory = contract::enforce(Room::SCHEMA, whole.clone());

        let mut writing = Writing::begin(Room::SCHEMA, &scratch()).unwrap();
        for from in (0..whole.height()).step_by(piece) {
            writing.add(whole.slice(from as i64, piece)).unwrap();
        }
        let stored = writing.finish();

        match (in_memory, stored) {
            (Ok(frame), Ok(file)) => {
                prop_assert_eq!(file.frame().unwrap(), frame.clone());
                prop_assert_eq!(file.digest().unwrap(), Digest::of_frame(&frame));
                prop_assert_eq!(file.rows(), frame.height() as u64);
                prop_assert_eq!(Some(Digest::of_file(file.path()).unwrap()), file.bytes().map(|bytes| bytes.1));
            }
            (Err(breach), Err(error)) => prop_assert_eq!(error.to_string(), breach.to_string()),
            (in_memory, stored) => prop_assert!(false, "{in_memory:?} and {stored:?}"),
        }
    }
}

fn stored(rows: usize) -> Table<Room> {
    let mut table = Table::<Room>::new();
    table.prepare(Provision::new("count", 1).with_scratch(scratch()));
    let rows: Vec<_> = (0..rows as i64).map(|room| (Some(1), -room, Some(1), None)).collect();
    table.put(frame(&rows).lazy()).unwrap();
    table.seal().unwrap();
    table
}

#[test]
fn a_table_of_many_pieces_comes_back_whole_and_in_order() {
    const ROWS: usize = 300_000;
    let table = stored(ROWS);
    assert_eq!(table.height(), ROWS);
    let Held::File(filed) = &table.held else { panic!("{table:?}") };
    assert_eq!(filed.file().digest().unwrap(), Digest::of_frame(&filed.file().frame().unwrap()));
    let rooms = table.scan().select([col(Room::ROOM)]).collect().unwrap();
    let rooms: Vec<i64> = rooms.column("room").unwrap().i64().unwrap().into_no_null_iter().collect();
    assert!(rooms.iter().zip(0..).all(|(room, number)| *room == -number));
}

#[test]
fn a_table_of_no_rows_is_a_file_too() {
    let table = stored(0);
    assert_eq!(table.frame().unwrap(), &Room::to_frame(Vec::new()));
    assert_eq!(table.digest().unwrap(), Some(Digest::of_frame(&Room::to_frame(Vec::new()))));
}

#[test]
fn a_frame_and_rows_are_written_too_and_read_back_as_they_were() {
    let room = |number| Room { hotel: "Seehof".to_owned(), room: number, beds: 2, door: None, lit: true };
    let mut table = Table::<Room>::new();
    table.prepare(Provision::new("count", 1).with_scratch(scratch()));
    table.put(vec![room(1), room(2)]).unwrap();
    table.seal().unwrap();
    assert!(matches!(table.content().unwrap(), Content::Parquet(_)));
    assert_eq!(table.rows().unwrap(), [room(2), room(1)]);
}

#[test]
fn outside_of_a_run_a_table_is_a_frame_whatever_its_row_type_says() {
    let mut table = Table::<Room>::new();
    assert_eq!(table.hand_over(), HandOver::Stored);
    table.put(frame(&[(Some(1), 1, Some(1), None)]).lazy()).unwrap();
    assert!(matches!(table.held, Held::Frame(_)));
    table.seal().unwrap();
    assert!(matches!(table.content().unwrap(), Content::Table(_)));
}

#[test]
fn what_a_task_reads_back_of_its_own_query_is_computed_once() {
    let mut table = Table::<Room>::new();
    table.prepare(Provision::new("count", 1).with_scratch(scratch()));
    table.put(frame(&[(Some(1), 1, Some(1), None)]).lazy()).unwrap();
    assert_eq!(table.height(), 1);
    assert_eq!(table.rows().unwrap().len(), 1);
    assert_eq!(table.scan().collect().unwrap().height(), 1);
    table.seal().unwrap();
    assert_eq!(table.height(), 1);
}

/// A room, in any order.
#[derive(Row, Clone, Debug, PartialEq)]
#[row(table = "loose_rooms", key = "hotel, room")]
struct LooseRoom {
    hotel: String,
    room: i64,
}

/// How many pieces a query comes in that is put into a table of these rows.
fn pieces<R: Row>(query: LazyFrame) -> usize {
    let count = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&count);
    let look = move |rows: DataFrame| {
        counted.fetch_add(1, Ordering::Relaxed);
        Ok(rows)
    };
    let mut table = Table::<R>::new();
    table.put(query.map(look, AllowedOptimizations::STREAMING, None, Some("look"))).unwrap();
    table.seal().unwrap();
    count.load(Ordering::Relaxed)
}

#[test]
fn what_is_made_of_a_stored_table_is_computed_piece_by_piece() {
    let table = stored(200_000);
    assert!(pieces::<Room>(table.scan()) > 1);
    assert_eq!(pieces::<Room>(table.frame().unwrap().clone().lazy()), 1);
    // The streaming engine gives rows in any order, and here nobody puts them in theirs.
    let loose = table.scan().select([col("hotel"), col("room")]);
    assert_eq!(pieces::<LooseRoom>(loose), 1);
}

#[test]
fn a_file_that_is_not_finished_is_removed() {
    let scratch = scratch();
    let files = || std::fs::read_dir(scratch.folder()).unwrap().count();
    let mut writing = Writing::begin(Room::SCHEMA, &scratch).unwrap();
    writing.add(frame(&[(Some(1), 1, Some(1), None)])).unwrap();
    assert_eq!(files(), 1);
    drop(writing);
    assert_eq!(files(), 0);
}

#[test]
fn what_polars_cannot_stream_yet_is_computed_in_memory() {
    let rows = frame(&[(Some(1), 1, Some(1), None)]).lazy();
    let other = df!("0" => [1]).unwrap().lazy();
    let mut table = Table::<Room>::new();
    table.prepare(Provision::new("count", 1).with_scratch(scratch()));
    let unfinished: LazyFrame = rows.with_context([other]).select(Table::<Room>::columns());
    table.put(unfinished).unwrap();
    table.seal().unwrap();
    assert_eq!(table.height(), 1);
}
