//! Models that are late, told to a real server.

use super::*;
use crate::store::Late;
use crate::telling::tests::server::{Answer, Server};

/// What the webhook was told since it was asked last.
struct Heard(Server, std::cell::Cell<usize>);

impl Heard {
    fn new() -> Heard {
        Heard(Server::answering(&[Answer::Status(204)]), std::cell::Cell::new(0))
    }

    fn configure(&self, more: &str) -> Hotel {
        Hotel::new(&format!(
            "telling.webhooks.alerts = {{ url = '{}', on = ['lateness', 'recovery'] }}\n{more}",
            self.0.url("/hook")
        ))
    }

    fn texts(&self) -> Vec<String> {
        let requests = self.0.requests();
        let new = requests[self.1.replace(requests.len())..].iter();
        new.map(|request| request.json()["text"].as_str().unwrap().to_owned()).collect()
    }
}

const LATE: &str = "✗ hotel: 1 model is late\n• nights: 27 h 00 m old, may be 26 h 00 m";
const NO_MORE: &str = "✓ hotel: 1 model is late no more\n• nights: 0 µs old, may be 26 h 00 m";

#[test]
fn each_is_told_once_and_so_is_that_it_is_over() {
    let heard = Heard::new();
    let hotel = heard.configure("");
    // What was never published has not become late.
    assert_eq!(hotel.tell("check freshness --notify").exit, Exit::Stale);
    assert_eq!(hotel.tell("run").exit, Exit::Done);
    assert_eq!(hotel.tell("check freshness --notify").exit, Exit::Done);
    assert_eq!(heard.texts(), [""; 0]);

    for (day, hour) in [("23", "05"), ("25", "08")] {
        hotel.set(&format!("2026-11-{day}T{hour}:00:00Z"));
        assert_eq!(hotel.tell("check freshness").exit, Exit::Stale);
        assert_eq!(heard.texts(), [""; 0]);
        let told = hotel.tell("check freshness --notify");
        assert!(told.exit == Exit::Stale && told.out.contains("stale"), "{}", told.all());
        assert_eq!(heard.texts(), [LATE]);
        assert_eq!(hotel.tell("check freshness --notify").exit, Exit::Stale);
        hotel.set(&format!("2026-11-{}T05:00:00Z", day.parse::<u32>().unwrap() + 1));
        assert_eq!(hotel.tell("check freshness --notify").exit, Exit::Stale);
        assert_eq!(heard.texts(), [""; 0]);

        assert_eq!(hotel.tell("run").exit, Exit::Done);
        assert_eq!(heard.texts(), [""; 0]);
        assert_eq!(hotel.tell("check freshness --notify nights").exit, Exit::Done);
        assert_eq!(hotel.tell("check freshness --notify").exit, Exit::Done);
        assert_eq!(heard.texts(), [NO_MORE]);
    }
}

#[test]
fn a_scheduler_tells_what_is_late_between_fires() {
    let heard = Heard::new();
    let hotel = heard.configure("[schedule.weekly]\ncron = '0 2 * * sun'\n");
    assert_eq!(hotel.tell("schedule run --once").exit, Exit::Done);
    assert_eq!(hotel.tell("run").exit, Exit::Done);
    hotel.set("2026-11-23T05:00:00Z");
    assert_eq!(hotel.tell("schedule run --once").exit, Exit::Done);
    assert_eq!(heard.texts(), [LATE]);
    assert_eq!(hotel.tell("schedule run --once").exit, Exit::Done);
    assert_eq!(hotel.tell("check freshness --notify").exit, Exit::Stale);
    assert_eq!(heard.texts(), [""; 0]);

    // Its fire makes up for that.
    hotel.set("2026-11-29T02:00:00Z");
    assert_eq!(hotel.tell("schedule run --once --quiet").all(), "exit 0\n");
    assert_eq!(heard.texts(), [NO_MORE]);
}

#[test]
fn each_partition_of_a_list_is_late_by_itself() {
    let heard = Heard::new();
    let hotel = heard.configure("partitions.by = ['kulm', 'seehof', 'adler']\n");
    for (hour, key) in [("02", "kulm"), ("04", "seehof")] {
        hotel.set(&format!("2026-11-22T{hour}:00:00Z"));
        assert_eq!(hotel.tell(&format!("run --partition {key}")).exit, Exit::Done);
    }
    for (hour, text) in [("05", Some("kulm: 27 h 00 m")), ("06", None), ("07", Some("seehof: 27 h 00 m"))] {
        hotel.set(&format!("2026-11-23T{hour}:00:00Z"));
        assert_eq!(hotel.tell("check freshness --notify").exit, Exit::Stale);
        let text = text.map(|text| format!("✗ hotel: 1 model is late\n• nights of {text} old, may be 26 h 00 m"));
        assert_eq!(heard.texts(), Vec::from_iter(text));
    }
}

#[test]
fn of_time_a_model_is_late_once_whichever_partition_is_its_newest() {
    let heard = Heard::new();
    let hotel = heard.configure("partitions.by = 'day'\n");
    for (key, texts) in [("2026-11-17", 1), ("2026-11-18", 0), ("2026-11-21", 1)] {
        assert_eq!(hotel.tell(&format!("run --partition {key}")).exit, Exit::Done);
        hotel.tell("check freshness --notify");
        assert_eq!(heard.texts().len(), texts, "{key}");
    }
}

#[test]
fn while_another_process_tells_nobody_else_does() {
    let heard = Heard::new();
    let hotel = heard.configure("");
    assert_eq!(hotel.tell("run").exit, Exit::Done);
    hotel.set("2026-11-23T05:00:00Z");
    let other = Late::of(&hotel.folder.path().join("data")).take().unwrap();
    assert!(other.is_some());
    assert_eq!(hotel.tell("check freshness --notify").exit, Exit::Stale);
    assert_eq!(heard.texts(), [""; 0]);
    drop(other);
    assert_eq!(hotel.tell("check freshness --notify").exit, Exit::Stale);
    assert_eq!(heard.texts(), [LATE]);
}

#[test]
fn a_record_that_cannot_be_read_is_an_error_with_its_path() {
    let heard = Heard::new();
    let hotel = heard.configure("");
    assert_eq!(hotel.tell("run").exit, Exit::Done);
    fs::write(hotel.folder.path().join("data/.purvey/late.json"), "{\"format\":2,\"late\":[]}").unwrap();
    let told = hotel.tell("check freshness --notify");
    assert_eq!(told.exit, Exit::Store);
    insta::assert_snapshot!(without(&told.err, hotel.folder.path()), @"error: the record of what is late `data/.purvey/late.json` cannot be read: it has format 2, and this program knows 1; restore it, or move it away: what is late is then told once more");
}
