//! A chain whose tasks can be told to go wrong, to see what Purvey says and does.
//!
//! ```sh
//! cargo run --example faults                                # all is well
//! cargo run --example faults -- --set params.fault=error    # or panic, silence, contract, cancel
//! ```

use std::process::ExitCode;

use purvey::prelude::*;

/// A room, by number.
#[derive(Row, Clone, Debug, PartialEq)]
#[row(table = "rooms", key = "number", order_by = "number")]
struct Room {
    /// Number of the room.
    number: i64,
    /// Beds in it.
    #[check(min = 1)]
    beds: i32,
}

/// Rooms by the number of their beds.
#[derive(Row, Clone, Debug, PartialEq)]
#[row(table = "rooms_by_beds", key = "beds", order_by = "beds")]
struct RoomsByBeds {
    beds: i32,
    rooms: i64,
}

/// How many rooms there are.
#[derive(Named)]
#[named("room_count")]
struct RoomCount;

/// A floor plan, as text.
#[derive(Named)]
#[named("floor_plan", extension = "txt")]
struct FloorPlan;

/// Lists the rooms.
#[task]
fn list_rooms(rooms: &mut Table<Room>) -> Result<()> {
    rooms.put((1..=6).map(|number| Room { number, beds: 1 + i32::from(number % 2 == 0) }).collect::<Vec<_>>())
}

/// Counts the rooms by their beds, or does what it is told to do wrong.
#[task]
fn count_by_beds(rooms: &Table<Room>, job: &JobContext, by_beds: &mut Table<RoomsByBeds>) -> Result<()> {
    let counted = rooms.scan().group_by([col(Room::BEDS)]).agg([len().cast(DataType::Int64).alias(RoomsByBeds::ROOMS)]);
    match job.param::<String>("fault")?.as_deref() {
        None => by_beds.put(counted),
        Some("error") => Err(Error::data("room 4 has no door")),
        Some("panic") => panic!("room {} has no floor", 4),
        Some("silence") => Ok(()),
        Some("contract") => {
            by_beds.put(counted.with_column(lit(1).alias(RoomsByBeds::BEDS)).with_column(lit("x").alias("view")))
        }
        Some("cancel") => {
            // What Ctrl-C does.
            signal_hook::low_level::raise(signal_hook::consts::SIGINT)?;
            Ok(job.cancel().check()?)
        }
        Some(other) => Err(Error::new(format!("there is no fault `{other}`"))),
    }
}

/// Draws the floor plan; reads what may fail.
#[task]
fn draw(by_beds: &Table<RoomsByBeds>, plan: &mut Artifact<FloorPlan>) -> Result<()> {
    let lines: Vec<String> = by_beds.rows()?.iter().map(|row| format!("{} x {} beds", row.rooms, row.beds)).collect();
    plan.write(lines.join("\n"))
}

/// Counts all rooms; does not care what the others do.
#[task]
fn count_all(rooms: &Table<Room>, count: &mut Value<usize, RoomCount>) -> Result<()> {
    count.put(rooms.height())
}

const REPORTS: Group = group!("reports": [count_by_beds, draw, count_all]);

fn main() -> ExitCode {
    purvey::main(chain!("faults": [list_rooms, REPORTS]))
}
