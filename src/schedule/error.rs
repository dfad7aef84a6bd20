//! What can be wrong with a cron text.

use super::cron::Field;

/// What is wrong with a cron text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CronError {
    /// It has not five fields.
    #[error("`{text}` has {}: write five, {FIELDS}", fields(*.found))]
    Fields {
        /// What was written.
        text: String,
        /// How many it has.
        found: usize,
    },
    /// It is a word that stands for nothing.
    #[error("`{text}` stands for no time: write `@hourly`, `@daily`, `@weekly`, `@monthly`, `@yearly`, or five fields")]
    Unnamed {
        /// What was written.
        text: String,
    },
    /// It is the word for the start of the machine.
    #[error("`@reboot` is no time: it is for what starts the scheduler itself")]
    Reboot,
    /// A field has something else than one of its numbers.
    #[error("`{text}` is no {field}: write one from {} to {}{}", .field.bounds().0, .field.bounds().1, names(*.field))]
    Number {
        /// What was written.
        text: String,
        /// The field.
        field: Field,
    },
    /// A range ends before it begins.
    #[error("`{first}-{last}` ends before it begins: write two ranges of the {field}, `{first}-{}`", rest(last, *.field))]
    Backwards {
        /// Where the range begins.
        first: String,
        /// Where it ends.
        last: String,
        /// The field.
        field: Field,
    },
    /// A step is none.
    #[error("`{step}` is no step of the {field}: write one from 1 to {}", .field.bounds().1)]
    Step {
        /// What was written.
        step: String,
        /// The field.
        field: Field,
    },
    /// A single number has a step.
    #[error("`{number}/{step}` has a step and no range: write `{number}-{}/{step}`", .field.bounds().1)]
    NoRange {
        /// What was written before the step.
        number: String,
        /// The step.
        step: String,
        /// The field.
        field: Field,
    },
    /// No day is named that there is.
    #[error("`{text}` never comes: no such month has such a day")]
    Never {
        /// What was written.
        text: String,
    },
}

/// The five fields, for messages.
const FIELDS: &str = "minute, hour, day of the month, month and day of the week, such as `30 4 * * *`";

impl CronError {
    pub(super) fn unnamed(text: &str) -> CronError {
        if text.eq_ignore_ascii_case("@reboot") {
            CronError::Reboot
        } else {
            CronError::Unnamed { text: text.to_owned() }
        }
    }
}

fn fields(found: usize) -> String {
    match found {
        1 => "1 field".to_owned(),
        found => format!("{found} fields"),
    }
}

/// The second of two ranges, behind the end of the first.
fn rest(last: &str, field: Field) -> String {
    let (least, most) = field.bounds();
    format!("{most},{least}-{last}")
}

fn names(field: Field) -> &'static str {
    match field {
        Field::Month => ", or `jan` to `dec`",
        Field::Weekday => ", or `sun` to `sat`",
        _ => "",
    }
}
