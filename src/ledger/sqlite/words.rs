//! How values are written in the file: words, times, digests, lists. They stay as they are for ever, whatever becomes of
//! the live types.

use std::time::Duration;

use chrono::{DateTime, SecondsFormat, Utc};
use rusqlite::Row;
use rusqlite::types::FromSql;

use super::fault::Fault;
use crate::digest::Digest;
use crate::event::{Ending, Failure, State};
use crate::failure::Class;
use crate::id::RunId;

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
    at.to_rfc3339_opts(SecondsFormat::Micros, true)
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

pub(super) fn digest_bytes(digest: &Digest) -> Result<[u8; 32], Fault> {
    let hash = blake3::Hash::from_hex(digest.to_string());
    hash.map(|hash| *hash.as_bytes()).map_err(|_| Fault::Word { what: "a digest", word: digest.to_string() })
}

pub(super) fn digest(bytes: [u8; 32]) -> Result<Digest, Fault> {
    let text = blake3::Hash::from_bytes(bytes).to_hex();
    text.parse().map_err(|_| Fault::Word { what: "a digest", word: text.to_string() })
}

pub(super) fn run_id(text: &str) -> Result<RunId, Fault> {
    text.parse().map_err(|_| Fault::Word { what: "the id of a run", word: text.to_owned() })
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
