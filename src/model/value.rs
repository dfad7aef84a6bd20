//! Values: any serde value as a model.

use std::fmt;
use std::marker::PhantomData;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Content, Description, Model, Size, Storage, never_written, not_yet_written, written_twice, wrong_content};
use crate::failure::{Class, Error, Result};
use crate::section::{NoConfig, Section};

/// A type that stands for a model's name. Derive it with `#[derive(Named)]` and `#[named("exchange_rate")]`; the
/// struct's doc comment is the model's doc text.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not name a model",
    label = "made of something that names no model",
    note = "put `#[derive(Named)]` and `#[named(\"…\")]` on a struct, and name it in `Value<T, Name>` or `Artifact<Name>`"
)]
pub trait Named: Send + Sync + 'static {
    /// The model's name.
    const NAME: &'static str;

    /// The model's doc text.
    const DOC: &'static str;

    /// The ending of an artifact's file, without a dot.
    const EXTENSION: &'static str;
}

/// A value of any serde type `T`, under the name that `N` gives it; `N` is `T` itself where that is [`Named`].
///
/// It is stored as JSON.
///
/// ```
/// use purvey::prelude::*;
///
/// /// Swiss francs for one euro.
/// #[derive(Named)]
/// #[named("exchange_rate")]
/// struct ExchangeRate;
///
/// #[task]
/// fn fetch_rate(rate: &mut Value<f64, ExchangeRate>) -> Result<()> {
///     rate.put(0.93)
/// }
///
/// let mut rate = Value::new();
/// fetch_rate(&mut rate)?;
/// assert_eq!(*rate.get()?, 0.93);
/// # Ok::<(), purvey::Error>(())
/// ```
pub struct Value<T, N = T> {
    value: Option<T>,
    name: PhantomData<fn() -> N>,
}

impl<T, N: Named> Value<T, N> {
    /// A value that nothing has been put into.
    #[must_use]
    pub fn new() -> Value<T, N> {
        Value { value: None, name: PhantomData }
    }

    /// Puts the value in.
    ///
    /// # Errors
    ///
    /// When something was put in before.
    pub fn put(&mut self, value: T) -> Result<()> {
        if self.value.is_some() {
            return Err(written_twice(N::NAME));
        }
        self.value = Some(value);
        Ok(())
    }

    /// The value.
    ///
    /// # Errors
    ///
    /// When nothing has been put in.
    pub fn get(&self) -> Result<&T> {
        self.value.as_ref().ok_or_else(|| not_yet_written(N::NAME))
    }
}

impl<T, N: Named> From<T> for Value<T, N> {
    fn from(value: T) -> Value<T, N> {
        Value { value: Some(value), name: PhantomData }
    }
}

impl<T, N: Named> Default for Value<T, N> {
    fn default() -> Self {
        Value::new()
    }
}

impl<T: fmt::Debug, N: Named> fmt::Debug for Value<T, N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.value {
            Some(value) => write!(f, "Value `{}`: {value:?}", N::NAME),
            None => write!(f, "Value `{}`: never written", N::NAME),
        }
    }
}

impl<T, N> Model for Value<T, N>
where
    T: Serialize + DeserializeOwned + Send + Sync + 'static,
    N: Named,
{
    const NAME: &'static str = N::NAME;
    type Config = NoConfig;

    fn build(_: NoConfig, _: &Section) -> Result<Self> {
        Ok(Value::new())
    }

    fn describe() -> Description {
        Description { name: N::NAME.to_owned(), kind: "value", doc: N::DOC.to_owned(), schema: None }
    }

    fn seal(&mut self) -> Result<Size> {
        match &self.value {
            Some(_) => Ok(Size { rows: None, bytes: size_of::<T>() as u64 }),
            None => Err(never_written(N::NAME)),
        }
    }

    fn storage(&self) -> Storage {
        Storage::Json
    }

    fn content(&self) -> Result<Content> {
        let text = serde_json::to_string_pretty(self.get()?).map_err(|error| {
            Error::from(error).context(format_args!("model `{}` cannot be written as JSON", N::NAME))
        })?;
        Ok(Content::Json(text))
    }

    fn restore(&mut self, content: Content) -> Result<()> {
        let Content::Json(text) = &content else {
            return Err(wrong_content::<Self>(&content));
        };
        let value = serde_json::from_str(text).map_err(|error| {
            Error::from(error).classed(Class::Data).context(format_args!("stored model `{}` cannot be read", N::NAME))
        })?;
        self.put(value)
    }
}
