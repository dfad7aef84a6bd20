use super::Slot;
use crate::digest::Digest;
use crate::model::{Description, Size};
use crate::prelude::*;
use crate::section::{NoConfig, Section};

/// One stay.
#[derive(Row, Clone, Debug, PartialEq)]
#[row(table = "stays")]
struct Stay {
    hotel: String,
    nights: i64,
}

fn stays(nights: &[i64]) -> Table<Stay> {
    Table::from_rows(nights.iter().map(|&nights| Stay { hotel: "Seehof".into(), nights }))
}

/// Swiss francs for one euro.
#[derive(Named)]
#[named("exchange_rate")]
struct ExchangeRate;

/// A greeting for the front desk.
#[derive(Named)]
#[named("greeting", extension = "txt")]
struct Greeting;

/// Seats taken, by row; lives in memory only.
struct Seats;

impl Model for Seats {
    const NAME: &'static str = "seats";
    type Config = NoConfig;

    fn build(_: NoConfig, _: &Section) -> Result<Seats> {
        Ok(Seats)
    }

    fn describe() -> Description {
        Description::new("seats", "Seats taken, by row.")
    }

    fn seal(&mut self) -> Result<Size> {
        Ok(Size::default())
    }
}

#[test]
fn the_digest_of_a_model_is_that_of_its_content() {
    let digest = |slot: Slot| slot.digest("model").unwrap();
    assert_eq!(digest(Slot::with(stays(&[1, 2]))), Some(Digest::of_frame(stays(&[1, 2]).frame().unwrap())));
    assert_ne!(digest(Slot::with(stays(&[1, 2]))), digest(Slot::with(stays(&[2, 1]))));

    assert_eq!(digest(Slot::with(Value::<f64, ExchangeRate>::from(0.93))), Some(Digest::of_bytes(b"0.93")));

    let mut greeting = Artifact::<Greeting>::new();
    greeting.write("Grüezi!\n").unwrap();
    assert_eq!(digest(Slot::with(greeting)), Some(Digest::of_bytes("Grüezi!\n".as_bytes())));
}

#[test]
fn a_table_that_is_stored_nowhere_has_a_digest() {
    let section = Section::new("models.stays").with("store", "memory");
    let slot = super::ModelKind::of::<Table<Stay>>().build(&section).unwrap();
    slot.write::<Table<Stay>>("stays").unwrap().put(vec![]).unwrap();
    slot.seal("stays").unwrap();
    assert_eq!(slot.digest("stays").unwrap(), Some(Digest::of_frame(stays(&[]).frame().unwrap())));
}

#[test]
fn a_model_without_content_has_no_digest_and_one_without_its_content_is_an_error() {
    assert_eq!(Slot::with(Seats).digest("seats").unwrap(), None);

    let said = |slot: Slot| slot.digest("stays").unwrap_err().to_string();
    assert_eq!(said(Slot::with(Table::<Stay>::new())), "model `stays` was read before it was written");
    assert_eq!(said(Slot::empty()), "model `stays` is not there");
}
