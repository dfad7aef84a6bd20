//! Numbers and names for people: counts, sizes, durations and lists, written the same way everywhere.
//!
//! Knows nothing else of Purvey.

use std::fmt::Display;
use std::time::Duration;

/// Writes a whole number with a comma between thousands.
///
/// ```
/// assert_eq!(purvey::words::number(1_234_567), "1,234,567");
/// ```
#[must_use]
pub fn number(value: u64) -> String {
    let digits = value.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.char_indices() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Writes how many there are of something, from its name in the singular.
///
/// ```
/// use purvey::words::count;
///
/// assert_eq!(count(1, "row"), "1 row");
/// assert_eq!(count(1204, "row"), "1,204 rows");
/// assert_eq!(count(2, "entry"), "2 entries");
/// ```
#[must_use]
pub fn count(value: u64, noun: &str) -> String {
    let number = number(value);
    if value == 1 {
        return format!("{number} {noun}");
    }
    match noun.strip_suffix('y') {
        Some(stem) if !stem.ends_with(['a', 'e', 'o', 'u']) => format!("{number} {stem}ies"),
        _ if noun.ends_with(['s', 'x']) || noun.ends_with("ch") || noun.ends_with("sh") => format!("{number} {noun}es"),
        _ => format!("{number} {noun}s"),
    }
}

/// Writes a size in units of 1,024, with one digit after the point.
///
/// ```
/// assert_eq!(purvey::words::bytes(1_258_291), "1.2 MiB");
/// ```
#[must_use]
pub fn bytes(value: u64) -> String {
    const UNITS: [&str; 6] = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
    if value < 1024 {
        return format!("{value} B");
    }
    let mut size = value as f64 / 1024.0;
    let mut unit = 0;
    // Not 1024: what would be rounded to "1024.0" goes to the next unit.
    while size >= 1023.95 && unit + 1 < UNITS.len() {
        size /= 1024.0;
        unit += 1;
    }
    format!("{size:.1} {}", UNITS[unit])
}

/// Writes a length of time with about three digits, in the unit that suits it.
///
/// ```
/// use std::time::Duration;
///
/// assert_eq!(purvey::words::duration(Duration::from_secs(123)), "2 m 03 s");
/// ```
#[must_use]
pub fn duration(value: Duration) -> String {
    let micros = value.as_micros();
    // Each bound lies half a unit below the round number, so that nothing is written as "1000 ms" or "60.0 s".
    if micros < 1_000 {
        return format!("{micros} µs");
    }
    if micros < 999_500 {
        return format!("{} ms", (micros + 500) / 1_000);
    }
    let seconds = value.as_secs_f64();
    if micros < 9_995_000 {
        return format!("{seconds:.2} s");
    }
    if micros < 59_950_000 {
        return format!("{seconds:.1} s");
    }
    let whole = (micros + 500_000) / 1_000_000;
    match (whole / 3_600, whole / 60 % 60, whole % 60) {
        (0, minutes, seconds) => format!("{minutes} m {seconds:02} s"),
        (hours, minutes, _) => format!("{hours} h {minutes:02} m"),
    }
}

/// Writes names in backticks, as part of a sentence.
///
/// ```
/// assert_eq!(purvey::words::names(["a", "b", "c"]), "`a`, `b` and `c`");
/// ```
#[must_use]
pub fn names(names: impl IntoIterator<Item = impl Display>) -> String {
    let quoted: Vec<String> = names.into_iter().map(|name| format!("`{name}`")).collect();
    match quoted.as_slice() {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// Writes a text, or its beginning and `…` where it has more characters than there is room for.
///
/// ```
/// assert_eq!(purvey::words::cut("bookings", 8), "bookings");
/// assert_eq!(purvey::words::cut("bookings", 5), "book…");
/// ```
#[must_use]
pub fn cut(text: &str, room: usize) -> String {
    match text.char_indices().nth(room) {
        None => text.to_owned(),
        Some(_) => text.chars().take(room.saturating_sub(1)).chain(['…']).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_a_comma_between_thousands() {
        let table = [(0, "0"), (999, "999"), (1_000, "1,000"), (119_390, "119,390"), (1_000_000, "1,000,000")];
        for (value, text) in table {
            assert_eq!(number(value), text);
        }
    }

    #[test]
    fn a_count_has_its_noun_in_the_right_number() {
        let table = [
            (0, "row", "0 rows"),
            (1, "row", "1 row"),
            (1_204, "row", "1,204 rows"),
            (1, "dependency", "1 dependency"),
            (2, "dependency", "2 dependencies"),
            (2, "day", "2 days"),
            (2, "class", "2 classes"),
            (2, "match", "2 matches"),
        ];
        for (value, noun, text) in table {
            assert_eq!(count(value, noun), text);
        }
    }

    #[test]
    fn the_last_of_several_names_stands_after_and() {
        assert_eq!(names([""; 0]), "");
        assert_eq!(names(["a"]), "`a`");
        assert_eq!(names(["a", "b"]), "`a` and `b`");
    }

    #[test]
    fn a_cut_text_fills_its_room() {
        assert_eq!(cut("größe", 5), "größe");
        assert_eq!(cut("größer", 5), "größ…");
    }

    #[test]
    fn bytes_go_to_the_next_unit_before_they_read_1024() {
        let table = [
            (0, "0 B"),
            (1_023, "1023 B"),
            (1_024, "1.0 KiB"),
            (1_258_291, "1.2 MiB"),
            (1_048_575, "1.0 MiB"),
            (5 << 30, "5.0 GiB"),
            (u64::MAX, "16.0 EiB"),
        ];
        for (value, text) in table {
            assert_eq!(bytes(value), text);
        }
    }

    #[test]
    fn durations_choose_their_unit_and_round_into_the_next() {
        let table = [
            (0, "0 µs"),
            (842, "842 µs"),
            (1_000, "1 ms"),
            (84_400, "84 ms"),
            (999_499, "999 ms"),
            (999_500, "1.00 s"),
            (1_240_000, "1.24 s"),
            (9_996_000, "10.0 s"),
            (59_940_000, "59.9 s"),
            (59_950_000, "1 m 00 s"),
            (123_000_000, "2 m 03 s"),
            (3_600_000_000, "1 h 00 m"),
            (93_780_000_000, "26 h 03 m"),
        ];
        for (micros, text) in table {
            assert_eq!(duration(Duration::from_micros(micros)), text, "{micros}");
        }
    }
}
