//! The notices of a lateness, written and sent.

use serde::Serialize;

use super::{Aged, Lateness};
use crate::config::{Notice, TellingSettings};
#[cfg(feature = "http")]
use crate::report::json::Envelope;
use crate::report::json::{self, Document};
use crate::telling::notice::Letter;
use crate::telling::{Past, Teller, people};
use crate::words::{count, duration};

/// The document `lateness`.
#[derive(Serialize)]
struct LatenessShown {
    notice: &'static str,
    text: String,
    chain: String,
    checked_at: String,
    models: Vec<AgedShown>,
}

impl Document for LatenessShown {
    const KIND: &'static str = "lateness";
}

#[derive(Serialize)]
struct AgedShown {
    model: String,
    partition: Option<String>,
    since: String,
    age_ms: f64,
    max_age_ms: f64,
}

pub(super) fn tell(lateness: &Lateness, settings: &TellingSettings) -> Vec<String> {
    let mut people = people::all(settings);
    people.retain(|people| people.want(Notice::Lateness));
    for (notice, models) in [(Notice::Lateness, &lateness.late), (Notice::Recovery, &lateness.fresh)] {
        if !models.is_empty() {
            let letter = letter(lateness, notice, models);
            people.iter_mut().filter(|people| people.want(notice)).for_each(|people| people.put(&letter));
        }
    }
    // All of them first, so that they are waited for at the same time.
    for people in &mut people {
        people.end(&Past::default());
    }
    people.into_iter().flat_map(|people| Box::new(people).close()).collect()
}

fn letter(lateness: &Lateness, notice: Notice, models: &[Aged]) -> Letter {
    let Lateness { chain, at, .. } = lateness;
    let several = count(models.len() as u64, "model");
    let is_one = models.len() == 1;
    let mut text = match notice {
        Notice::Lateness => {
            format!("✗ {chain}: {several} {} late", if is_one { "is" } else { "are" })
        }
        _ => format!("✓ {chain}: {several} {} late no more", if is_one { "is" } else { "are" }),
    };
    for Aged { model, partition, age, max_age, .. } in models {
        let of = partition.as_ref().map(|key| format!(" of {key}")).unwrap_or_default();
        text += &format!("\n• {model}{of}: {} old, may be {}", duration(*age), duration(*max_age));
    }
    let shown = LatenessShown {
        notice: notice.word(),
        text,
        chain: chain.clone(),
        checked_at: json::time(*at),
        models: models.iter().map(AgedShown::of).collect(),
    };
    Letter {
        text: shown.text.clone(),
        #[cfg(feature = "smtp")]
        id: format!("{}.{}.{}", at.timestamp_micros(), std::process::id(), shown.notice),
        #[cfg(feature = "smtp")]
        at: *at,
        #[cfg(feature = "http")]
        line: Envelope::new(shown).to_line(),
    }
}

impl AgedShown {
    fn of(aged: &Aged) -> AgedShown {
        AgedShown {
            model: aged.model.clone(),
            partition: aged.partition.clone(),
            since: json::time(aged.since),
            age_ms: json::millis(aged.age),
            max_age_ms: json::millis(aged.max_age),
        }
    }
}
