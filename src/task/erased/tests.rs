use super::{ModelKind, Slot};
use crate::digest::Digest;
use crate::model::{Content, Description, Size, SourceVisitor, Storage};
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
    let slot = ModelKind::of::<Table<Stay>>().build(&section).unwrap();
    slot.write::<Table<Stay>>(|| "stays").unwrap().put(vec![]).unwrap();
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

#[test]
fn where_the_files_of_a_source_are_is_no_setting_but_how_they_are_written_is() {
    /// One arrival.
    #[derive(Row, Clone, Debug, PartialEq)]
    #[row(table = "arrivals", source)]
    struct Arrival {
        hotel: String,
    }
    let kind = ModelKind::of::<Table<Arrival>>();
    let settings = |section: &Section| kind.settings(section, &[0; 32]).unwrap();
    let at = |path: &str| Section::new("models.arrivals").with("path", path);

    assert_eq!(settings(&at("a/x.csv")), settings(&at("b/y.csv.gz")));
    assert_ne!(settings(&at("a/x.csv")), settings(&at("a/x.tsv")));
    assert_eq!(settings(&at("x.csv").with("format", "csv")), settings(&at("x.tsv").with("format", "csv")));
    assert_ne!(settings(&at("x.csv")), settings(&at("x.csv").with("separator", ";")));
    assert_eq!(settings(&at("x.csv")), settings(&at("x.csv").with("separator", ",")));
    insta::assert_debug_snapshot!(settings(&at("in/x.csv")), @r#"
    {
        "models.arrivals.date_format": "\"%Y-%m-%d\"",
        "models.arrivals.datetime_format": "\"%Y-%m-%dT%H:%M:%S%.f\"",
        "models.arrivals.decimal": "\".\"",
        "models.arrivals.encoding": "\"utf-8\"",
        "models.arrivals.null_values": "[]",
        "models.arrivals.once": "false",
        "models.arrivals.path": "\"*.csv\"",
        "models.arrivals.separator": "\",\"",
        "models.arrivals.store": "\"memory\"",
    }
    "#);
}

#[test]
fn a_kind_has_the_contract_of_its_description() {
    assert_eq!(ModelKind::of::<Table<Stay>>().contract(), Table::<Stay>::describe().contract());
}

#[test]
fn a_source_tells_what_its_files_were_like() {
    /// One departure.
    #[derive(Row, Clone, Debug, PartialEq)]
    #[row(table = "departures", source)]
    struct Departure {
        hotel: String,
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("departures.csv");
    std::fs::write(&path, "hotel\nSeehof\n").unwrap();
    let section = Section::new("models.departures").with("path", path.to_str().unwrap());
    let kind = ModelKind::of::<Table<Departure>>();

    let observed = kind.observe(&section, None).unwrap().unwrap();

    assert_eq!(observed.files[0].digest, Digest::of_bytes(b"hotel\nSeehof\n"));
    let loaded = Departures::visit_source(Load(&section)).unwrap();
    assert_eq!(loaded.seal("departures").unwrap().observed.unwrap().files, observed.files);

    assert_eq!(ModelKind::of::<Table<Stay>>().observe(&Section::new("models.stays"), None).unwrap(), None);
    assert_eq!(Slot::with(stays(&[])).seal("stays").unwrap().observed, None);
    assert_eq!(
        kind.observe(&Section::new("models.departures"), None).unwrap_err().to_string(),
        "source model `departures` has no file to read; set `path` in [models.departures], or \
         `--set models.departures.path=FILE`"
    );

    type Departures = Table<Departure>;

    /// Reads the source as its task would.
    struct Load<'a>(&'a Section);

    impl SourceVisitor for Load<'_> {
        type Output = Slot;

        fn visit<M: Model, J: Model>(self, _: bool, load: fn(&mut M, &mut J) -> Result<()>) -> Slot {
            let none = Section::new("none");
            let mut source = M::build(self.0.read().unwrap(), self.0).unwrap();
            load(&mut source, &mut J::build(none.read().unwrap(), &none).unwrap()).unwrap();
            Slot::with(source)
        }
    }
}

#[test]
fn a_model_that_is_open_elsewhere_is_left_alone_and_never_waited_for() {
    let open = |slot: &Slot| {
        let said = |error: Error| {
            assert_eq!(error.to_string(), "model `stays` is open already; open it once, or let go of it first");
        };
        said(slot.seal("stays").unwrap_err());
        said(slot.restore("stays", Content::Json(String::new())).unwrap_err());
        said(slot.fill("stays", Slot::empty()).unwrap_err());
        said(slot.write::<Table<Stay>>(|| "stays").err().unwrap());
        slot.clear();
        assert!(slot.is_full());
        assert!(slot.take::<Table<Stay>>().is_none());
        assert!(!slot.give().is_full());
    };
    let slot = Slot::with(stays(&[1, 2]));

    let reader = slot.read::<Table<Stay>>(|| "stays").unwrap();
    open(&slot);
    assert!(slot.content("stays").is_ok() && slot.digest("stays").is_ok());
    drop(reader);

    let writer = slot.write::<Table<Stay>>(|| "stays").unwrap();
    open(&slot);
    let said = "model `stays` is open already; open it once, or let go of it first";
    assert_eq!(slot.content("stays").unwrap_err().to_string(), said);
    assert_eq!(slot.digest("stays").unwrap_err().to_string(), said);
    assert_eq!(slot.storage(), Storage::Memory);
    drop(writer);

    assert_eq!(slot.take::<Table<Stay>>().unwrap().height(), 2);
    assert!(!slot.is_full());
}

#[test]
fn a_model_is_still_there_when_its_writer_has_panicked() {
    let slot = Slot::with(stays(&[1, 2]));
    let broken = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        let _writer = slot.write::<Table<Stay>>(|| "stays");
        std::panic::resume_unwind(Box::new("the task broke"));
    }));
    assert!(broken.is_err());
    assert!(slot.seal("stays").is_ok());
    slot.clear();
    assert!(!slot.is_full());
}
