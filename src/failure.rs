//! How a task says that it could not do its work: a message, a class, and a cause.
//!
//! Every stage of Purvey has its own typed error; this one is for task functions, where any error may turn up.

use std::any::Any;
use std::error::Error as StdError;
use std::fmt;
use std::io;

use crate::cancel::Cancelled;

/// The result of a task function.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What kind of trouble an error is, which decides what may be done about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Class {
    /// It may go away by itself: a time-out, a connection that was cut, a busy resource.
    Transient,
    /// The data is not what it should be; somebody has to look at it.
    Data,
    /// The code is wrong, or the machine is; trying again does not help.
    Bug,
    /// Somebody asked the run to stop.
    Cancelled,
}

impl Class {
    /// The word for this class in reports and files.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Class::Transient => "transient",
            Class::Data => "data",
            Class::Bug => "bug",
            Class::Cancelled => "cancelled",
        }
    }
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// An error of a task function. Any error turns into one by `?`.
///
/// Like `anyhow::Error` it does not implement [`std::error::Error`] itself, so that the conversion can be general.
///
/// ```
/// use purvey::{Class, Error};
///
/// fn parse(text: &str) -> purvey::Result<i32> {
///     Ok(text.parse::<i32>()?)
/// }
///
/// let error = parse("twelve").unwrap_err().context("room number");
/// assert_eq!(error.to_string(), "room number: invalid digit found in string");
/// assert_eq!(error.class(), Class::Bug);
/// assert_eq!(Error::data("no rows for hotel 7").class(), Class::Data);
/// ```
pub struct Error {
    message: Option<String>,
    class: Class,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

impl Error {
    /// An error of class [`Class::Bug`] with this message.
    pub fn new(message: impl Into<String>) -> Error {
        Error::with_class(Class::Bug, message)
    }

    /// An error that may go away when the task is tried again.
    pub fn transient(message: impl Into<String>) -> Error {
        Error::with_class(Class::Transient, message)
    }

    /// An error in the data.
    pub fn data(message: impl Into<String>) -> Error {
        Error::with_class(Class::Data, message)
    }

    fn with_class(class: Class, message: impl Into<String>) -> Error {
        Error { message: Some(message.into()), class, source: None }
    }

    /// The same error, of another class.
    #[must_use]
    pub fn classed(mut self, class: Class) -> Error {
        self.class = class;
        self
    }

    /// The same error with a word in front that says what was attempted.
    #[must_use]
    pub fn context(mut self, what: impl fmt::Display) -> Error {
        self.message = Some(match self.message.take() {
            Some(message) => format!("{what}: {message}"),
            None => match &self.source {
                Some(source) => format!("{what}: {source}"),
                None => what.to_string(),
            },
        });
        self
    }

    /// What kind of trouble this is.
    #[must_use]
    pub fn class(&self) -> Class {
        self.class
    }

    /// The error that this one was made from, if any.
    #[must_use]
    pub fn source(&self) -> Option<&(dyn StdError + Send + Sync + 'static)> {
        self.source.as_deref()
    }

    /// The error that this one was made from, if it is of type `E`.
    #[must_use]
    pub fn downcast_ref<E: StdError + 'static>(&self) -> Option<&E> {
        self.source.as_ref().and_then(|source| source.downcast_ref())
    }

    /// The messages from the outermost to the root cause, without repeating one that the last already contains.
    #[must_use]
    pub fn chain(&self) -> Vec<String> {
        let mut messages = vec![self.to_string()];
        let mut cause: Option<&(dyn StdError + 'static)> = self.source.as_ref().map(|source| source.as_ref() as _);
        while let Some(error) = cause {
            let text = error.to_string();
            if !messages.iter().any(|message| message.contains(&text)) {
                messages.push(text);
            }
            cause = error.source();
        }
        messages
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.message, &self.source) {
            (Some(message), _) => f.write_str(message),
            (None, Some(source)) => source.fmt(f),
            (None, None) => f.write_str("unknown error"),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.chain().join("\n  caused by: "))
    }
}

impl<E: StdError + Send + Sync + 'static> From<E> for Error {
    fn from(source: E) -> Error {
        let class = classify(&source);
        Error { message: None, class, source: Some(Box::new(source)) }
    }
}

fn classify(error: &(dyn StdError + 'static)) -> Class {
    let mut next = Some(error);
    while let Some(error) = next {
        if error.is::<Cancelled>() {
            return Class::Cancelled;
        }
        if let Some(error) = error.downcast_ref::<io::Error>() {
            return class_of_io(error.kind());
        }
        next = error.source();
    }
    Class::Bug
}

fn class_of_io(kind: io::ErrorKind) -> Class {
    use io::ErrorKind as Kind;
    match kind {
        Kind::ConnectionRefused
        | Kind::ConnectionReset
        | Kind::ConnectionAborted
        | Kind::HostUnreachable
        | Kind::NetworkUnreachable
        | Kind::NetworkDown
        | Kind::NotConnected
        | Kind::BrokenPipe
        | Kind::WouldBlock
        | Kind::TimedOut
        | Kind::Interrupted
        | Kind::ResourceBusy
        | Kind::StaleNetworkFileHandle => Class::Transient,
        Kind::InvalidData | Kind::UnexpectedEof => Class::Data,
        _ => Class::Bug,
    }
}

/// The text that a panic carries, if any.
pub(crate) fn panic_text(payload: &(dyn Any + Send)) -> Option<&str> {
    payload.downcast_ref::<&str>().copied().or_else(|| payload.downcast_ref::<String>().map(String::as_str))
}
