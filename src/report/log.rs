//! What tasks and the library log, as lines for people or for programs.
//!
//! Each line carries chain, run and task of the thread it comes from. Only the program's `main` installs a logger;
//! a library that does so takes the choice away from its user.

use std::fmt;
use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, SecondsFormat, Utc};
use log::kv::{self, Key, VisitSource, VisitValue};
use log::{Log, Metadata, Record, SetLoggerError};
use serde::ser::{SerializeMap, Serializer};
use serde_json::Value;

use crate::clock::{Clock, SystemClock};
use crate::context::Scope;

mod filter;

pub use filter::{Filter, ParseFilterError};

/// What does some work while the display on the same terminal is taken away; see
/// [`Progress::suspender`](super::Progress::suspender).
pub type Suspend = Arc<dyn Fn(&mut dyn FnMut()) + Send + Sync>;

/// How a log line looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LogForm {
    /// `12:03:44.123 INFO  alpine/8b0c1d2e clean_bookings: message key=value`; the time is in UTC.
    Text,
    /// One JSON object a line: `at`, `level`, `target`, `chain`, `run`, `task`, `message`, then the record's own keys.
    Json,
}

/// A logger for a program that runs chains.
///
/// A line that cannot be written is dropped.
///
/// ```
/// use log::LevelFilter;
/// use purvey::report::{Filter, LogForm, Logger};
///
/// let logger = Logger::new(Filter::new(LevelFilter::Info), LogForm::Text);
/// // in `main`, once: logger.install()?;
/// # let _ = logger;
/// ```
pub struct Logger {
    filter: Filter,
    form: LogForm,
    clock: Arc<dyn Clock>,
    suspend: Suspend,
    writer: Mutex<Box<dyn Write + Send>>,
}

impl Logger {
    /// A logger that writes to stderr.
    #[must_use]
    pub fn new(filter: Filter, form: LogForm) -> Logger {
        Logger {
            filter,
            form,
            clock: Arc::new(SystemClock::new()),
            suspend: Arc::new(|work| work()),
            writer: Mutex::new(Box::new(io::stderr())),
        }
    }

    /// The same logger with another writer.
    #[must_use]
    pub fn with_writer(mut self, writer: impl Write + Send + 'static) -> Logger {
        self.writer = Mutex::new(Box::new(writer));
        self
    }

    /// The same logger with another clock.
    #[must_use]
    pub fn with_clock(mut self, clock: Arc<dyn Clock>) -> Logger {
        self.clock = clock;
        self
    }

    /// The same logger, which takes a display away while it writes.
    #[must_use]
    pub fn with_suspend(mut self, suspend: Suspend) -> Logger {
        self.suspend = suspend;
        self
    }

    /// Makes this the logger of the program; for `main` alone.
    ///
    /// # Errors
    ///
    /// When the program has a logger already.
    pub fn install(self) -> Result<(), SetLoggerError> {
        let most = self.filter.most();
        // The logger of a program lives as long as it does.
        log::set_logger(Box::leak(Box::new(self)))?;
        log::set_max_level(most);
        Ok(())
    }

    fn wants(&self, metadata: &Metadata<'_>, in_task: bool) -> bool {
        metadata.level() <= self.filter.level(metadata.target(), in_task)
    }
}

impl Log for Logger {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        self.wants(metadata, Scope::current().is_some())
    }

    fn log(&self, record: &Record<'_>) {
        let scope = Scope::current();
        if !self.wants(record.metadata(), scope.is_some()) {
            return;
        }
        let line = Line { at: self.clock.now(), scope, record, keys: Keys::of(record) };
        let mut text = match self.form {
            LogForm::Text => line.to_string(),
            LogForm::Json => line.json(),
        };
        text.push('\n');
        (self.suspend)(&mut || {
            let mut writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
            let _ = writer.write_all(text.as_bytes()).and_then(|()| writer.flush());
        });
    }

    fn flush(&self) {
        let _ = self.writer.lock().unwrap_or_else(PoisonError::into_inner).flush();
    }
}

impl fmt::Debug for Logger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Logger").field("filter", &self.filter).field("form", &self.form).finish_non_exhaustive()
    }
}

/// A record and all that is known about where it comes from.
struct Line<'a> {
    at: DateTime<Utc>,
    scope: Option<Scope>,
    record: &'a Record<'a>,
    keys: Keys,
}

impl Line<'_> {
    fn json(&self) -> String {
        let mut bytes = Vec::new();
        self.write_json(&mut bytes).expect("text and numbers are written to memory without error");
        String::from_utf8(bytes).expect("JSON is UTF-8")
    }

    fn write_json(&self, bytes: &mut Vec<u8>) -> Result<(), serde_json::Error> {
        let mut writer = serde_json::Serializer::new(bytes);
        let mut map = writer.serialize_map(None)?;
        map.serialize_entry("at", &self.at.to_rfc3339_opts(SecondsFormat::Millis, true))?;
        map.serialize_entry("level", &self.record.level().as_str().to_lowercase())?;
        map.serialize_entry("target", self.record.target())?;
        map.serialize_entry("chain", &self.scope.as_ref().map(|scope| &*scope.chain))?;
        map.serialize_entry("run", &self.scope.as_ref().map(|scope| scope.run.to_string()))?;
        map.serialize_entry("task", &self.scope.as_ref().map(|scope| &*scope.task))?;
        map.serialize_entry("message", &self.record.args().to_string())?;
        for (key, value) in &self.keys.0 {
            map.serialize_entry(key, value)?;
        }
        map.end()
    }
}

impl fmt::Display for Line<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {:<5} ", self.at.format("%H:%M:%S%.3f"), self.record.level())?;
        match &self.scope {
            Some(scope) => write!(f, "{}/{} {}", scope.chain, scope.run.short(), scope.task)?,
            None => f.write_str(self.record.target())?,
        }
        write!(f, ": {}", self.record.args())?;
        for (key, value) in &self.keys.0 {
            match value {
                Value::String(text) if !text.is_empty() && !text.contains([' ', '"', '=', '\n']) => {
                    write!(f, " {key}={text}")?;
                }
                value => write!(f, " {key}={value}")?,
            }
        }
        Ok(())
    }
}

/// The keys of a record, in the order they were written; one that is named like a field of ours is prefixed.
#[derive(Default)]
struct Keys(Vec<(String, Value)>);

impl Keys {
    const TAKEN: [&str; 7] = ["at", "level", "target", "chain", "run", "task", "message"];

    fn of(record: &Record<'_>) -> Keys {
        let mut keys = Keys::default();
        // The visitor below returns no error, and a value that does not want to be read is left out.
        let _ = record.key_values().visit(&mut keys);
        keys
    }
}

impl<'kvs> VisitSource<'kvs> for Keys {
    fn visit_pair(&mut self, key: Key<'kvs>, value: kv::Value<'kvs>) -> Result<(), kv::Error> {
        let mut json = JsonValue(Value::Null);
        value.visit(&mut json)?;
        let key = key.as_str();
        let clash = Keys::TAKEN.contains(&key) || self.0.iter().any(|(other, _)| other == key);
        self.0.push((if clash { format!("record.{key}") } else { key.to_owned() }, json.0));
        Ok(())
    }
}

struct JsonValue(Value);

impl<'v> VisitValue<'v> for JsonValue {
    fn visit_any(&mut self, value: kv::Value<'_>) -> Result<(), kv::Error> {
        self.0 = Value::from(value.to_string());
        Ok(())
    }

    fn visit_null(&mut self) -> Result<(), kv::Error> {
        self.0 = Value::Null;
        Ok(())
    }

    fn visit_u64(&mut self, value: u64) -> Result<(), kv::Error> {
        self.0 = Value::from(value);
        Ok(())
    }

    fn visit_i64(&mut self, value: i64) -> Result<(), kv::Error> {
        self.0 = Value::from(value);
        Ok(())
    }

    fn visit_f64(&mut self, value: f64) -> Result<(), kv::Error> {
        self.0 = Value::from(value);
        Ok(())
    }

    fn visit_bool(&mut self, value: bool) -> Result<(), kv::Error> {
        self.0 = Value::from(value);
        Ok(())
    }

    fn visit_str(&mut self, value: &str) -> Result<(), kv::Error> {
        self.0 = Value::from(value);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;
    use log::{Level, LevelFilter};

    use super::*;
    use crate::clock::FakeClock;
    use crate::context::JobContext;
    use crate::report::fixture::{run_id, start};

    #[derive(Clone, Default)]
    struct Sink(Arc<Mutex<Vec<u8>>>);

    impl Sink {
        fn text(&self) -> String {
            String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
        }
    }

    impl Write for Sink {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn logger(form: LogForm) -> (Sink, Logger) {
        let sink = Sink::default();
        let clock = Arc::new(FakeClock::at(start()));
        (sink.clone(), Logger::new(Filter::new(LevelFilter::Info), form).with_clock(clock).with_writer(sink))
    }

    fn say(logger: &Logger, level: Level, target: &str) {
        let keys: [(&str, kv::Value<'_>); 4] =
            [("rows", 1204.into()), ("path", "a b.csv".into()), ("kind", "csv".into()), ("at", 0.5.into())];
        let mut record = Record::builder();
        logger.log(&record.level(level).target(target).args(format_args!("read {}", "it")).key_values(&keys).build());
    }

    fn in_task(work: impl FnOnce()) {
        Scope::enter(&JobContext::new("alpine").for_run(run_id()), &"clean_bookings".into(), work);
    }

    #[test]
    fn a_line_of_a_task_names_chain_run_and_task() {
        let (sink, logger) = logger(LogForm::Text);
        in_task(|| say(&logger, Level::Info, "hotel_tasks::clean"));
        say(&logger, Level::Warn, "purvey::store");
        assert_snapshot!(sink.text(), @r#"
        02:30:00.000 INFO  alpine/8b0c1d2e clean_bookings: read it rows=1204 path="a b.csv" kind=csv record.at=0.5
        02:30:00.000 WARN  purvey::store: read it rows=1204 path="a b.csv" kind=csv record.at=0.5
        "#);
    }

    #[test]
    fn a_line_in_json_keeps_numbers_and_prefixes_a_key_that_is_taken() {
        let (sink, logger) = logger(LogForm::Json);
        in_task(|| say(&logger, Level::Info, "hotel_tasks::clean"));
        say(&logger, Level::Error, "polars");
        assert_snapshot!(sink.text(), @r#"
        {"at":"2026-11-21T02:30:00.000Z","level":"info","target":"hotel_tasks::clean","chain":"alpine","run":"0193f3a8-5b1e-7c3a-9d4e-2f6a8b0c1d2e","task":"clean_bookings","message":"read it","rows":1204,"path":"a b.csv","kind":"csv","record.at":0.5}
        {"at":"2026-11-21T02:30:00.000Z","level":"error","target":"polars","chain":null,"run":null,"task":null,"message":"read it","rows":1204,"path":"a b.csv","kind":"csv","record.at":0.5}
        "#);
    }

    #[test]
    fn a_line_is_written_while_the_display_is_away() {
        let (sink, logger) = logger(LogForm::Text);
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (steps, lines) = (Arc::clone(&seen), sink.clone());
        let logger = logger.with_suspend(Arc::new(move |work| {
            steps.lock().unwrap().push(lines.text().lines().count());
            work();
            steps.lock().unwrap().push(lines.text().lines().count());
        }));
        say(&logger, Level::Warn, "purvey");
        assert_eq!(*seen.lock().unwrap(), [0, 1]);
    }
}
