//! Cron text: the minutes, hours, days and months that it names.
//!
//! Knows the calendar; nothing of zones. The grammar is that of `crontab(5)` as Vixie wrote it and Linux has it, without
//! anything that only some programs know: seconds, years, `?`, `L`, `W`, `#`.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use chrono::{Datelike, Days, Months, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Timelike};

use super::error::CronError;

/// The times that a cron text names: minute, hour, day of the month, month, day of the week.
///
/// A field is `*`, a number, a range `8-18`, each of them with a step such as `*/15` or `8-18/2`, or several of these with
/// commas between. Months and days of the week may be named by their first three letters; Sunday is 0 and 7. Where neither
/// of the two fields for days begins with `*`, a day is named that fits either; else one that fits both. `@hourly`,
/// `@daily` (also `@midnight`), `@weekly`, `@monthly` and `@yearly` (also `@annually`) stand for the usual texts.
///
/// ```
/// use purvey::schedule::Cron;
///
/// let nightly = Cron::parse("30 4 * * mon-fri")?;
/// assert_eq!(nightly.to_string(), "30 4 * * mon-fri");
/// assert_eq!(
///     Cron::parse("30 24 * * *").unwrap_err().to_string(),
///     "`24` is no hour: write one from 0 to 23",
/// );
/// # Ok::<(), purvey::schedule::CronError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cron {
    text: Arc<str>,
    /// A bit for each number that is named.
    sets: [u64; 5],
    /// Whether a day has to fit both fields for days.
    both: bool,
}

/// A field of a cron text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Field {
    /// The first.
    Minute,
    /// The second.
    Hour,
    /// The third.
    Day,
    /// The fourth.
    Month,
    /// The fifth.
    Weekday,
}

impl Field {
    /// All of them, in order.
    pub const ALL: [Field; 5] = [Field::Minute, Field::Hour, Field::Day, Field::Month, Field::Weekday];

    /// What it is called.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Field::Minute => "minute",
            Field::Hour => "hour",
            Field::Day => "day of the month",
            Field::Month => "month",
            Field::Weekday => "day of the week",
        }
    }

    /// The least and the greatest number it may have.
    #[must_use]
    pub const fn bounds(self) -> (u32, u32) {
        match self {
            Field::Minute => (0, 59),
            Field::Hour => (0, 23),
            Field::Day => (1, 31),
            Field::Month => (1, 12),
            Field::Weekday => (0, 7),
        }
    }

    /// The names of its numbers, from the least on.
    const fn names(self) -> &'static [&'static str] {
        match self {
            Field::Month => &["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"],
            Field::Weekday => &["sun", "mon", "tue", "wed", "thu", "fri", "sat"],
            _ => &[],
        }
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// What stands for a text that is used often.
const NAMED: [(&str, &str); 7] = [
    ("@hourly", "0 * * * *"),
    ("@daily", "0 0 * * *"),
    ("@midnight", "0 0 * * *"),
    ("@weekly", "0 0 * * 0"),
    ("@monthly", "0 0 1 * *"),
    ("@yearly", "0 0 1 1 *"),
    ("@annually", "0 0 1 1 *"),
];

/// After so many days without one, no day will come: the 29th of February leaves out eight years at most.
const MOST_DAYS: Days = Days::new(8 * 366 + 31);

impl Cron {
    /// Reads a cron text.
    ///
    /// # Errors
    ///
    /// When it is none, or names no day that there is.
    pub fn parse(text: &str) -> Result<Cron, CronError> {
        let text = text.trim();
        let long = match text.starts_with('@') {
            false => text,
            true => {
                let found = NAMED.iter().find(|(name, _)| name.eq_ignore_ascii_case(text));
                found.map(|(_, long)| *long).ok_or_else(|| CronError::unnamed(text))?
            }
        };
        let fields: Vec<&str> = long.split_whitespace().collect();
        let [_, _, day, _, weekday] = fields[..] else {
            return Err(CronError::Fields { text: text.to_owned(), found: fields.len() });
        };
        let mut sets = [0; 5];
        for (set, (field, text)) in sets.iter_mut().zip(Field::ALL.into_iter().zip(&fields)) {
            *set = numbers(field, text)?;
        }
        let both = day.starts_with('*') || weekday.starts_with('*');
        let cron = Cron { text: text.into(), sets, both };
        let some_day = NaiveDate::default().and_time(NaiveTime::MIN);
        cron.next(some_day).map(|_| cron).ok_or_else(|| CronError::Never { text: text.to_owned() })
    }

    /// The first time after another that is named; `None` at the end of all time.
    pub(super) fn next(&self, time: NaiveDateTime) -> Option<NaiveDateTime> {
        let from = time.with_second(0)?.with_nanosecond(0)?.checked_add_signed(TimeDelta::minutes(1))?;
        let mut date = from.date();
        if self.has_day(date)
            && let Some(time) = self.time_from(from.time())
        {
            return Some(date.and_time(time));
        }
        let last = date.checked_add_days(MOST_DAYS)?;
        loop {
            date = match self.has(Field::Month, date.month()) {
                true => date.succ_opt()?,
                false => date.with_day(1)?.checked_add_months(Months::new(1))?,
            };
            if date > last {
                return None;
            }
            if self.has_day(date) {
                return Some(date.and_time(self.time_from(NaiveTime::MIN)?));
            }
        }
    }

    /// Whether a time is named.
    pub(super) fn names(&self, time: NaiveDateTime) -> bool {
        self.has_day(time.date())
            && self.has(Field::Hour, time.hour())
            && self.has(Field::Minute, time.minute())
            && (time.second(), time.nanosecond()) == (0, 0)
    }

    /// Whether all hours are named.
    pub(super) fn has_all_hours(&self) -> bool {
        self.is_full(Field::Hour)
    }

    fn has_day(&self, date: NaiveDate) -> bool {
        let day = self.has(Field::Day, date.day());
        let weekday = self.has(Field::Weekday, date.weekday().num_days_from_sunday());
        self.has(Field::Month, date.month()) && if self.both { day && weekday } else { day || weekday }
    }

    /// The first time of a day that is named, from this one on.
    fn time_from(&self, time: NaiveTime) -> Option<NaiveTime> {
        if self.has(Field::Hour, time.hour())
            && let Some(minute) = first(self.set(Field::Minute), time.minute())
        {
            return NaiveTime::from_hms_opt(time.hour(), minute, 0);
        }
        let hour = first(self.set(Field::Hour), time.hour() + 1)?;
        NaiveTime::from_hms_opt(hour, first(self.set(Field::Minute), 0)?, 0)
    }

    const fn set(&self, field: Field) -> u64 {
        self.sets[field as usize]
    }

    const fn has(&self, field: Field, number: u32) -> bool {
        self.set(field) >> number & 1 == 1
    }

    /// Whether a field leaves nothing out.
    pub(super) fn is_full(&self, field: Field) -> bool {
        let (first, last) = field.bounds();
        (first..=last).filter(|number| *number < 7 || field != Field::Weekday).all(|number| self.has(field, number))
    }

    /// The numbers of a field, in order; Sunday is 0.
    pub(super) fn numbers(&self, field: Field) -> impl Iterator<Item = u32> + '_ {
        (0..64).filter(move |number| self.has(field, *number))
    }

    /// Whether a day has to fit both fields for days, and not one of them.
    pub(super) const fn wants_both(&self) -> bool {
        self.both
    }

    /// The five fields, also where a word stands for them.
    #[must_use]
    pub fn fields(&self) -> &str {
        NAMED.iter().find(|(name, _)| name.eq_ignore_ascii_case(&self.text)).map_or(&self.text, |(_, long)| long)
    }
}

impl fmt::Display for Cron {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text)
    }
}

impl FromStr for Cron {
    type Err = CronError;

    fn from_str(text: &str) -> Result<Cron, CronError> {
        Cron::parse(text)
    }
}

/// The least number of a set that is not less than another.
fn first(set: u64, from: u32) -> Option<u32> {
    let rest = set.checked_shr(from)?;
    (rest != 0).then(|| from + rest.trailing_zeros())
}

/// The numbers that the text of a field names.
fn numbers(field: Field, text: &str) -> Result<u64, CronError> {
    let mut set = 0;
    for part in text.split(',') {
        for number in range(field, part)? {
            // Sunday has two numbers.
            set |= 1 << if field == Field::Weekday { number % 7 } else { number };
        }
    }
    Ok(set)
}

/// The numbers that one part of a list names.
fn range(field: Field, part: &str) -> Result<impl Iterator<Item = u32>, CronError> {
    let (ends, step) = part.split_once('/').map_or((part, None), |(ends, step)| (ends, Some(step)));
    let (first, last) = match (ends.split_once('-'), step) {
        // Each day of the week once.
        _ if ends == "*" => (field.bounds().0, if field == Field::Weekday { 6 } else { field.bounds().1 }),
        (Some((first, last)), _) => ends_of(field, first, last)?,
        (None, None) => (number(field, ends)?, number(field, ends)?),
        // Some programs would go on to the end, and others take the one number.
        (None, Some(step)) => {
            return Err(CronError::NoRange { number: ends.to_owned(), step: step.to_owned(), field });
        }
    };
    let most = field.bounds().1;
    let step = step.map_or(Ok(1), |text| match number_of(text) {
        Some(step) if (1..=most).contains(&step) => Ok(step),
        _ => Err(CronError::Step { step: text.to_owned(), field }),
    })?;
    Ok((first..=last).step_by(step as usize))
}

/// The first and the last number of a range.
fn ends_of(field: Field, first: &str, last: &str) -> Result<(u32, u32), CronError> {
    match (number(field, first)?, number(field, last)?) {
        // A week may end with Sunday.
        (begin, 0) if field == Field::Weekday && begin > 0 => Ok((begin, 7)),
        (begin, end) if begin > end => {
            Err(CronError::Backwards { first: first.to_owned(), last: last.to_owned(), field })
        }
        ends => Ok(ends),
    }
}

/// A number of a field, or the name of one.
fn number(field: Field, text: &str) -> Result<u32, CronError> {
    let (least, most) = field.bounds();
    let named = field.names().iter().position(|name| name.eq_ignore_ascii_case(text));
    let found = named.map(|place| place as u32 + least).or_else(|| number_of(text));
    found
        .filter(|number| (least..=most).contains(number))
        .ok_or_else(|| CronError::Number { text: text.to_owned(), field })
}

/// The number that these digits are; the library would read `+4` too.
fn number_of(digits: &str) -> Option<u32> {
    digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok()).flatten()
}
