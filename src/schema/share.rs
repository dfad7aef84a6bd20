//! A part of a whole, as a percentage.

use std::fmt;
use std::str::FromStr;

use serde::de::{self, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A part of a whole, written as a percentage: `"50%"`, `"0.1%"`.
///
/// ```
/// use purvey::schema::Share;
///
/// let share: Share = "1.5%".parse()?;
/// assert_eq!((share.percent(), share.to_string()), (1.5, "1.5%".to_owned()));
/// assert!(share.covers(3, 200));
/// assert!(!share.covers(4, 200));
/// assert_eq!("1.5".parse::<Share>(), Err("write a share as a percentage, such as \"5%\""));
/// # Ok::<(), &'static str>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct Share(f64);

impl Share {
    /// So many hundredths.
    #[must_use]
    pub const fn of_percent(percent: f64) -> Share {
        Share(percent)
    }

    /// How many hundredths it is.
    #[must_use]
    pub const fn percent(self) -> f64 {
        self.0
    }

    /// Whether so many of so many are at most this share.
    #[must_use]
    pub fn covers(self, part: u64, whole: u64) -> bool {
        part as f64 * 100.0 <= self.0 * whole as f64
    }
}

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}%", self.0)
    }
}

impl FromStr for Share {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Share, &'static str> {
        let percent = text.trim().strip_suffix('%').and_then(|number| number.trim().parse::<f64>().ok());
        match percent {
            Some(percent) if percent.is_finite() && percent >= 0.0 => Ok(Share(percent)),
            _ => Err("write a share as a percentage, such as \"5%\""),
        }
    }
}

impl Serialize for Share {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Share {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Share, D::Error> {
        struct Text;

        impl Visitor<'_> for Text {
            type Value = Share;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a percentage such as \"5%\"")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Share, E> {
                text.parse().map_err(|_| E::invalid_value(de::Unexpected::Str(text), &self))
            }
        }

        from.deserialize_str(Text)
    }
}
