//! Values that must not be seen: in logs, plans, errors or files.
//!
//! Knows nothing else of Purvey.

use std::fmt;

use serde::{Deserialize, Deserializer};

/// A value that is never shown: it has no `Display` and no `Serialize`, and its `Debug` is three stars.
///
/// Inside a settings struct, which must be serialisable so that its other values can be shown, mark the field
/// `#[serde(skip_serializing)]`; leaving that out does not compile.
///
/// ```
/// use purvey::Secret;
///
/// #[derive(serde::Serialize, serde::Deserialize)]
/// struct Login {
///     user: String,
///     #[serde(skip_serializing)]
///     password: Secret<String>,
/// }
///
/// let login: Login = toml::from_str("user = 'ana'\npassword = 'hunter2'")?;
/// assert_eq!(login.password.expose(), "hunter2");
/// assert_eq!(format!("{:?}", login.password), "Secret(***)");
/// # Ok::<(), toml::de::Error>(())
/// ```
///
/// ```compile_fail
/// println!("{}", purvey::Secret::new("hunter2"));
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Secret<T>(T);

impl<T> Secret<T> {
    /// Hides a value.
    #[must_use]
    pub const fn new(value: T) -> Secret<T> {
        Secret(value)
    }

    /// The value itself. Whoever calls this answers for where it goes.
    #[must_use]
    pub const fn expose(&self) -> &T {
        &self.0
    }
}

impl<T> fmt::Debug for Secret<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(***)")
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Secret<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // The text of a failure may quote the value, so it is not passed on.
        T::deserialize(deserializer).map(Secret).map_err(|_| {
            serde::de::Error::custom(format_args!(
                "a secret value has the wrong type, expected {} (the value is not shown)",
                std::any::type_name::<T>().rsplit("::").next().unwrap_or("another type")
            ))
        })
    }
}
