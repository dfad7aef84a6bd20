//! How values are written in the file: words, times, digests, lists. They stay as they are for ever, whatever becomes of
//! the live types.

use std::time::Duration;

use chrono::{DateTime, Datelike, SecondsFormat, Timelike, Utc};
use rusqlite::Row;
use rusqlite::types::FromSql;

use super::fault::Fault;
use crate::digest::Digest;
use crate::event::{Ending, Failure, State};
use crate::failure::Class;
use crate::id::{BackfillId, RunId};
use crate::ledger::Picked;

pub(super) const fn state_word(state: State) -> &'static str {
    match state {
        State::Waiting => "waiting",
        State::Ready => "ready",
        State::Running => "running",
        State::Done => "done",
        State::Failed => "failed",
        State::TimedOut => "timed_out",
        State::Reused => "reused",
        State::Skipped => "skipped",
        State::Cancelled => "cancelled",
    }
}

pub(super) fn state(word: &str) -> Result<State, Fault> {
    let found = State::ALL.into_iter().find(|state| state_word(*state) == word);
    found.ok_or_else(|| Fault::Word { what: "a state", word: word.to_owned() })
}

pub(super) const fn ending_word(ending: Ending) -> &'static str {
    match ending {
        Ending::Done => "done",
        Ending::Failed => "failed",
        Ending::Cancelled => "cancelled",
        Ending::Killed => "killed",
    }
}

pub(super) fn ending(word: &str) -> Result<Ending, Fault> {
    match word {
        "done" => Ok(Ending::Done),
        "failed" => Ok(Ending::Failed),
        "cancelled" => Ok(Ending::Cancelled),
        "killed" => Ok(Ending::Killed),
        _ => Err(Fault::Word { what: "an ending", word: word.to_owned() }),
    }
}

const fn class_word(class: Class) -> &'static str {
    match class {
        Class::Transient => "transient",
        Class::Data => "data",
        Class::Bug => "bug",
        Class::Cancelled => "cancelled",
    }
}

fn class(word: &str) -> Result<Class, Fault> {
    match word {
        "transient" => Ok(Class::Transient),
        "data" => Ok(Class::Data),
        "bug" => Ok(Class::Bug),
        "cancelled" => Ok(Class::Cancelled),
        _ => Err(Fault::Word { what: "a class of failures", word: word.to_owned() }),
    }
}

/// The class of a failure and its messages.
pub(super) fn failure_words(failure: Option<&Failure>) -> (Option<&'static str>, Option<String>) {
    (failure.map(|failure| class_word(failure.class)), failure.map(|failure| list_text(&failure.messages)))
}

/// Reads columns `failure_class` and `failure_messages`.
pub(super) fn failure(row: &Row<'_>) -> Result<Option<Failure>, Fault> {
    let Some(word) = row.get::<_, Option<String>>("failure_class")? else { return Ok(None) };
    let messages: Option<String> = row.get("failure_messages")?;
    Ok(Some(Failure { class: class(&word)?, messages: list(messages.as_deref().unwrap_or("[]"))? }))
}

/// A list of texts as a JSON array, which the JSON functions of SQLite read.
pub(super) fn list_text(list: &[String]) -> String {
    serde_json::Value::from(list).to_string()
}

pub(super) fn list(text: &str) -> Result<Vec<String>, Fault> {
    serde_json::from_str(text).map_err(|_| Fault::Word { what: "a list of texts", word: text.to_owned() })
}

/// An instant such that texts sort by time.
pub(super) fn time_text(at: DateTime<Utc>) -> String {
    let (year, micros) = (at.year(), at.nanosecond() / 1000);
    // A leap second, and what is out of all sense, as the library writes it.
    if !(0..=9999).contains(&year) || micros >= 1_000_000 {
        return at.to_rfc3339_opts(SecondsFormat::Micros, true);
    }
    let mut text = *b"0000-00-00T00:00:00.000000Z";
    let parts = [
        (0..4, year.cast_unsigned()),
        (5..7, at.month()),
        (8..10, at.day()),
        (11..13, at.hour()),
        (14..16, at.minute()),
        (17..19, at.second()),
        (20..26, micros),
    ];
    for (digits, mut number) in parts {
        for digit in text[digits].iter_mut().rev() {
            *digit += (number % 10) as u8;
            number /= 10;
        }
    }
    String::from_utf8_lossy(&text).into_owned()
}

pub(super) fn time(text: &str) -> Result<DateTime<Utc>, Fault> {
    let time = DateTime::parse_from_rfc3339(text);
    time.map(|time| time.to_utc()).map_err(|_| Fault::Word { what: "a time", word: text.to_owned() })
}

pub(super) fn micros(elapsed: Duration) -> i64 {
    i64::try_from(elapsed.as_micros()).unwrap_or(i64::MAX)
}

pub(super) fn elapsed(micros: i64) -> Duration {
    Duration::from_micros(u64::try_from(micros).unwrap_or_default())
}

/// A count or a size, which SQLite keeps in 63 bits.
pub(super) fn whole(number: u64) -> Result<i64, Fault> {
    i64::try_from(number).map_err(|_| Fault::TooLarge(number))
}

pub(super) fn maybe_whole(number: Option<u64>) -> Result<Option<i64>, Fault> {
    number.map(whole).transpose()
}

pub(super) fn count(number: i64) -> Result<u64, Fault> {
    u64::try_from(number).map_err(|_| Fault::Word { what: "a count", word: number.to_string() })
}

pub(super) fn maybe_count(number: Option<i64>) -> Result<Option<u64>, Fault> {
    number.map(count).transpose()
}

/// A digest as it is kept. Each kind of digest says of what it is, so no two of different kinds are the same.
pub(super) const fn digest_bytes(digest: &Digest) -> &[u8; 32] {
    digest.as_bytes()
}

pub(super) fn digest(bytes: [u8; 32]) -> Result<Digest, Fault> {
    Ok(Digest::from_bytes(bytes))
}

pub(super) fn run_id(text: &str) -> Result<RunId, Fault> {
    text.parse().map_err(|_| Fault::Word { what: "the id of a run", word: text.to_owned() })
}

pub(super) fn backfill_id(text: &str) -> Result<BackfillId, Fault> {
    text.parse().map_err(|_| Fault::Word { what: "the id of a backfill", word: text.to_owned() })
}

pub(super) const fn picked_word(picked: Picked) -> &'static str {
    match picked {
        Picked::Missing => "missing",
        Picked::Failed => "failed",
        Picked::All => "all",
    }
}

pub(super) fn picked(word: &str) -> Result<Picked, Fault> {
    match word {
        "missing" => Ok(Picked::Missing),
        "failed" => Ok(Picked::Failed),
        "all" => Ok(Picked::All),
        _ => Err(Fault::Word { what: "a choice of partitions", word: word.to_owned() }),
    }
}

/// A column that may be empty, read by one of the functions above.
pub(super) fn maybe<T>(
    row: &Row<'_>,
    column: &str,
    read: impl FnOnce(&str) -> Result<T, Fault>,
) -> Result<Option<T>, Fault> {
    row.get::<_, Option<String>>(column)?.as_deref().map(read).transpose()
}

/// A column, read by one of the functions above.
pub(super) fn column<S: FromSql, T>(
    row: &Row<'_>,
    column: &str,
    read: impl FnOnce(S) -> Result<T, Fault>,
) -> Result<T, Fault> {
    read(row.get(column)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_written_as_the_library_writes_it() {
        for text in [
            "2026-11-21T02:30:00.000001Z",
            "0000-01-01T00:00:00.999999999Z",
            "9999-12-31T23:59:59Z",
            "2016-12-31T23:59:60.5Z",
            "-0001-02-03T04:05:06Z",
            "+12026-02-03T04:05:06Z",
        ] {
            let at: DateTime<Utc> = text.parse().unwrap();
            assert_eq!(time_text(at), at.to_rfc3339_opts(SecondsFormat::Micros, true), "{text}");
        }
    }
}
