//! What people are told of models that are older than they may be, and of those that are no more.

use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::config::{Notice, TellingSettings};

#[cfg(any(feature = "http", feature = "smtp"))]
mod letter;

/// A model that is older than it may be, or was.
///
/// ```
/// use std::time::Duration;
/// use purvey::telling::Aged;
///
/// let (age, max_age) = (Duration::from_secs(27 * 3600), Duration::from_secs(26 * 3600));
/// let nights = Aged { model: "nights".to_owned(), partition: None, since: chrono::DateTime::UNIX_EPOCH, age, max_age };
/// assert!(nights.age > nights.max_age);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Aged {
    /// The model.
    pub model: String,
    /// The partition that its age is that of.
    pub partition: Option<String>,
    /// What its age counts from.
    pub since: DateTime<Utc>,
    /// How old it is.
    pub age: Duration,
    /// How old it may be.
    pub max_age: Duration,
}

/// What has changed in how old the models of a chain are.
///
/// ```
/// use purvey::config::TellingSettings;
/// use purvey::telling::Lateness;
///
/// let lateness = Lateness { chain: "alpine".to_owned(), at: chrono::DateTime::UNIX_EPOCH, late: vec![], fresh: vec![] };
/// let settings = TellingSettings::default(); // which names nobody
/// assert!(!Lateness::concerns(&settings));
/// assert!(lateness.tell(&settings).is_empty()); // no warnings
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lateness {
    /// The chain.
    pub chain: String,
    /// When it was looked.
    pub at: DateTime<Utc>,
    /// The models that have become late.
    pub late: Vec<Aged>,
    /// Those that were late and are no more.
    pub fresh: Vec<Aged>,
}

impl Lateness {
    /// Whether anybody wants to be told of models that are late.
    #[must_use]
    pub fn concerns(settings: &TellingSettings) -> bool {
        let webhooks = settings.webhooks.values().flat_map(|hook| &hook.on);
        let mails = settings.mails.values().flat_map(|mails| &mails.on);
        webhooks.chain(mails).any(|notice| *notice == Notice::Lateness)
    }

    /// Tells those who want to be told, and returns what could not be told, as warnings for people. Whoever wants to be told
    /// of what is late is told of what is late no more, where he wants to be told of recovery.
    ///
    /// Takes no longer than the longest time-out of a receiver.
    #[must_use]
    pub fn tell(&self, settings: &TellingSettings) -> Vec<String> {
        #[cfg(any(feature = "http", feature = "smtp"))]
        return letter::tell(self, settings);
        #[cfg(not(any(feature = "http", feature = "smtp")))]
        {
            // No configuration can name a receiver.
            let _ = settings;
            Vec::new()
        }
    }
}
