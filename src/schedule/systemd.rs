//! A schedule in the words of systemd: `OnCalendar=`, as `systemd.time(7)` describes it.

use super::cron::Field;
use super::{Cron, Schedule};

/// The days of the week as systemd calls them, from Sunday on.
const DAYS: [&str; 7] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];

impl Schedule {
    /// The same times for `OnCalendar=` of a systemd timer, which takes several. Where clocks are put forward or back systemd
    /// has rules of its own: it leaves out a time that is left out, and what comes twice fires the first time only.
    ///
    /// ```
    /// use purvey::schedule::{Cron, Schedule};
    ///
    /// let nightly = Schedule::new("nightly", Cron::parse("30 4 1 * mon-fri")?, "Europe/Vienna")?;
    /// assert_eq!(
    ///     nightly.on_calendar(),
    ///     ["*-*-01 04:30:00 Europe/Vienna", "Mon..Fri *-*-* 04:30:00 Europe/Vienna"],
    /// );
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn on_calendar(&self) -> Vec<String> {
        let cron = self.cron();
        let time = |days: &str, date: &str| {
            let (month, hour, minute) =
                (numbers(cron, Field::Month), numbers(cron, Field::Hour), numbers(cron, Field::Minute));
            format!("{days}*-{month}-{date} {hour}:{minute}:00 {}", self.zone())
        };
        let days = if cron.is_full(Field::Weekday) { String::new() } else { weekdays(cron) + " " };
        let dates = numbers(cron, Field::Day);
        match (cron.wants_both(), cron.is_full(Field::Day) || days.is_empty()) {
            (true, _) => vec![time(&days, &dates)],
            (false, true) => vec![time("", "*")],
            (false, false) => vec![time("", &dates), time(&days, "*")],
        }
    }
}

/// The numbers of a field.
fn numbers(cron: &Cron, field: Field) -> String {
    if cron.is_full(field) {
        return "*".to_owned();
    }
    let numbers: Vec<u32> = cron.numbers(field).collect();
    let most = field.bounds().1;
    if let [first, second, third, ..] = numbers[..]
        && numbers.windows(2).all(|pair| pair[1] - pair[0] == second - first)
        && third - second > 1
        && numbers.last().is_some_and(|last| last + (second - first) > most)
    {
        return format!("{first:02}/{}", second - first);
    }
    ranges(&numbers, |number| format!("{number:02}"))
}

/// The days of the week, from Monday on.
fn weekdays(cron: &Cron) -> String {
    let mut numbers: Vec<u32> = cron.numbers(Field::Weekday).map(|day| if day == 0 { 7 } else { day }).collect();
    numbers.sort_unstable();
    ranges(&numbers, |day| DAYS[day as usize % 7].to_owned())
}

/// Numbers with commas between; three and more that follow on each other as a range.
fn ranges(numbers: &[u32], name: impl Fn(u32) -> String) -> String {
    let runs = numbers.chunk_by(|one, next| one + 1 == *next);
    let texts = runs.flat_map(|run| match run {
        [first, _, .., last] => vec![format!("{}..{}", name(*first), name(*last))],
        few => few.iter().map(|number| name(*number)).collect(),
    });
    texts.collect::<Vec<_>>().join(",")
}
