//! One section of the configuration, with the place that each of its values came from.
//!
//! A section is what a model (`[models.<name>]`) or a task (`[tasks.<name>]`) is configured with. It does not know
//! how files, environment and command line are layered; it only holds the result, reads it into a type, and can
//! say which keys that type has.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;
use toml::Value;

use crate::nearest;

mod error;
mod fields;
mod nothing;
mod origin;
mod sections;
mod settings;
#[cfg(test)]
mod tests;
pub(crate) mod time;

pub use error::SectionError;
pub use origin::Origin;
pub use sections::Sections;
pub(crate) use settings::settings_of;

/// The configured values of one model or task, by key.
///
/// ```
/// use purvey::Section;
///
/// #[derive(serde::Serialize, serde::Deserialize)]
/// struct Limits {
///     #[serde(default)]
///     top: u32,
/// }
///
/// let section = Section::new("tasks.agent_ranking").with("top", 50);
/// let limits: Limits = section.read()?;
/// assert_eq!(limits.top, 50);
///
/// let wrong = Section::new("tasks.agent_ranking").with("topp", 50);
/// assert_eq!(
///     wrong.read::<Limits>().err().map(|error| error.to_string()).as_deref(),
///     Some("unknown key `topp` in [tasks.agent_ranking] (code); did you mean `top`?"),
/// );
/// # Ok::<(), purvey::section::SectionError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Section {
    name: String,
    values: toml::Table,
    /// By the path of each leaf; a nested table stands here with its leaves.
    leaves: BTreeMap<Vec<String>, Leaf>,
    place: Option<Origin>,
    /// Whether it is another one for each partition.
    is_cut: bool,
}

/// What is known of one value besides the value.
#[derive(Clone, Debug, PartialEq)]
struct Leaf {
    origin: Origin,
    /// The text it was made from, where it came as text: `1.10` is a number until somebody wants a text.
    text: Option<String>,
}

/// One value of a section as it takes effect.
#[derive(Clone, Debug, PartialEq)]
pub struct Effective {
    /// The key, dotted where tables are nested.
    pub key: String,
    /// The value; `None` for one that is absent or must not be shown.
    pub value: Option<Value>,
    /// Where it comes from.
    pub origin: Origin,
}

impl Section {
    /// An empty section of this name, such as `models.raw_bookings`.
    #[must_use]
    pub fn new(name: impl Into<String>) -> Section {
        Section { name: name.into(), ..Section::default() }
    }

    /// The section's name, without brackets.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn renamed(self, name: String) -> Section {
        Section { name, ..self }
    }

    /// Gives an empty section another name.
    pub(crate) fn take_name(&mut self, prefix: &str, name: &str) {
        self.name.clear();
        self.name.extend([prefix, ".", name]);
    }

    /// The same section with a value set by the program.
    #[must_use]
    pub fn with(mut self, key: &str, value: impl Into<Value>) -> Section {
        self.set(key, value.into(), Origin::Code);
        self
    }

    /// Sets a value; a dotted key reaches into nested tables.
    pub fn set(&mut self, key: &str, value: Value, origin: Origin) {
        self.insert(&split(key), value, Leaf { origin, text: None });
    }

    /// Sets a value given as text, by a command line or an environment variable.
    ///
    /// What is a TOML value is taken as one (`true`, `[1, 2]`), anything else as a text (`;`, `data/in`). A setting
    /// that wants a text gets the text as it was typed, also where it looks like something else (`007`, `1.10`).
    pub fn set_text(&mut self, key: &str, text: &str, origin: Origin) {
        let value = text.parse().unwrap_or_else(|_| Value::String(text.to_owned()));
        self.insert(&split(key), value, Leaf { origin, text: Some(text.to_owned()) });
    }

    /// Notes that it is another one for each partition, though it may be that of one.
    pub(crate) fn cut(&mut self) {
        self.is_cut = true;
    }

    /// Whether it is another one for each partition.
    pub(crate) fn is_cut(&self) -> bool {
        self.is_cut
    }

    /// Sets a value under a path of keys, none of which is taken apart at its dots.
    pub(crate) fn set_at(&mut self, path: &[String], value: Value, origin: Origin) {
        self.insert(path, value, Leaf { origin, text: None });
    }

    fn insert(&mut self, path: &[String], value: Value, leaf: Leaf) {
        let (last, parents) = path.split_last().expect("a path has at least one key");
        let mut table = &mut self.values;
        for key in parents {
            let entry = table.entry(key.as_str()).or_insert_with(|| Value::Table(toml::Table::new()));
            if !entry.is_table() {
                *entry = Value::Table(toml::Table::new());
            }
            let Value::Table(inner) = entry else { unreachable!("made a table just above") };
            table = inner;
        }
        table.insert(last.clone(), value);
        // What stood below this key, or above it, is gone with its origin.
        self.leaves.retain(|known, _| !known.starts_with(path) && !path.starts_with(known));
        self.leaves.insert(path.to_vec(), leaf);
    }

    /// Where the value of this (dotted) key comes from.
    #[must_use]
    pub fn origin(&self, key: &str) -> &Origin {
        self.origin_at(&split(key))
    }

    fn origin_at(&self, path: &[String]) -> &Origin {
        let related = |known: &[String]| known.starts_with(path) || path.starts_with(known);
        self.leaves.iter().find(|(known, _)| related(known)).map_or(&Origin::Default, |(_, leaf)| &leaf.origin)
    }

    /// Where the section itself is written: its first place in a file, else where its first value comes from.
    #[must_use]
    pub fn place(&self) -> &Origin {
        let first = self.leaves.values().next().map(|leaf| &leaf.origin);
        self.place.as_ref().or(first).unwrap_or(&Origin::Default)
    }

    /// Says where the section is written; the first to say so is right.
    pub(crate) fn placed(&mut self, origin: Origin) {
        self.place.get_or_insert(origin);
    }

    /// The values, by key.
    #[must_use]
    pub fn values(&self) -> &toml::Table {
        &self.values
    }

    /// The value of a key of this section as text, as it was typed where it came as text.
    #[must_use]
    pub fn text(&self, key: &str) -> Option<String> {
        let typed = self.leaves.get([key.to_owned()].as_slice()).and_then(|leaf| leaf.text.clone());
        match self.values.get(key)? {
            Value::String(text) => Some(text.clone()),
            other => typed.or_else(|| Some(other.to_string())),
        }
    }

    /// Whether nothing is set.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// A path given under this key, made relative to the folder of the file that names it.
    #[must_use]
    pub fn resolve(&self, key: &str, path: &Path) -> PathBuf {
        match self.origin(key).folder() {
            Some(folder) if path.is_relative() => folder.join(path),
            _ => path.to_owned(),
        }
    }

    /// Reads the section into a type, refusing keys that the type does not have.
    ///
    /// # Errors
    ///
    /// [`SectionError`] for an unknown key, a missing one, or a value of the wrong type.
    pub fn read<C: DeserializeOwned>(&self) -> Result<C, SectionError> {
        // Most models and tasks have nothing configured, and take that.
        if self.values.is_empty()
            && let Ok(value) = C::deserialize(nothing::Nothing)
        {
            return Ok(value);
        }
        if let Some(known) = keys::<C>()
            && let Some(unknown) = self.values.keys().find(|key| !known.contains(&key.as_str()))
        {
            return Err(self.unknown::<C>(std::slice::from_ref(unknown)));
        }
        let mut values = self.values.clone();
        let mut first: Option<(Vec<String>, String)> = None;
        loop {
            match deserialize(values.clone()) {
                Ok(value) => return Ok(value),
                Err(Trouble::Unknown(path)) => return Err(self.unknown::<C>(&path)),
                Err(Trouble::Wrong(path, message)) if self.turn_into_text(&mut values, &path) => {
                    first = Some((path, message));
                }
                Err(Trouble::Wrong(path, message)) => {
                    // What was wrong before the value was taken as text says more.
                    let message = first.filter(|(known, _)| *known == path).map_or(message, |(_, message)| message);
                    return Err(self.wrong(path, message));
                }
            }
        }
    }

    /// Every key of the type `C` with the value that takes effect here and where that comes from.
    ///
    /// # Errors
    ///
    /// As for [`Section::read`].
    pub fn effective<C: DeserializeOwned + Serialize>(&self) -> Result<Vec<Effective>, SectionError> {
        let values = toml::Table::try_from(self.read::<C>()?).unwrap_or_default();
        let keys = keys::<C>().map_or_else(|| values.keys().map(String::as_str).collect(), <[&str]>::to_vec);
        let mut effective = Vec::new();
        for key in keys {
            self.push_effective(&[key.to_owned()], values.get(key), &mut effective);
        }
        Ok(effective)
    }

    fn push_effective(&self, path: &[String], value: Option<&Value>, effective: &mut Vec<Effective>) {
        match value {
            Some(Value::Table(table)) if !table.is_empty() => {
                for (key, value) in table {
                    self.push_effective(&[path, std::slice::from_ref(key)].concat(), Some(value), effective);
                }
            }
            value => effective.push(Effective {
                key: join(path),
                value: value.cloned(),
                origin: self.origin_at(path).clone(),
            }),
        }
    }

    /// Puts the text a value was made from in its place; `false` where there is none, or where it is a text already.
    fn turn_into_text(&self, values: &mut toml::Table, path: &[String]) -> bool {
        let Some(value) = find(values, path) else { return false };
        let typed = self.leaves.get(path).and_then(|leaf| leaf.text.clone());
        let text = match value {
            Value::String(_) => None,
            // Types that hold a date read it from a text, in any format but TOML.
            Value::Datetime(date) => typed.or_else(|| Some(date.to_string())),
            _ => typed,
        };
        text.map(|text| *value = Value::String(text)).is_some()
    }

    fn unknown<C: DeserializeOwned>(&self, path: &[String]) -> SectionError {
        let (key, parents) = path.split_last().expect("an unknown key has a name");
        let known = fields::names::<C>(parents).unwrap_or_default();
        SectionError::UnknownKey {
            section: self.name.clone(),
            key: join(path),
            origin: self.origin_at(path).clone(),
            similar: nearest::name(key, known.iter().copied()),
        }
    }

    /// The error of values that each can be read, and together make no sense.
    #[must_use]
    pub fn senseless(&self, message: String) -> SectionError {
        SectionError::WrongSection { section: self.name.clone(), origin: self.place().clone(), message }
    }

    fn wrong(&self, mut path: Vec<String>, message: String) -> SectionError {
        // serde has no other way to say this than its text.
        if let Some(key) = message.strip_prefix("missing field `").and_then(|rest| rest.strip_suffix('`')) {
            path.push(key.to_owned());
            return SectionError::MissingKey { section: self.name.clone(), key: join(&path) };
        }
        let section = self.name.clone();
        if path.is_empty() {
            return self.senseless(message);
        }
        SectionError::WrongValue { section, key: join(&path), origin: self.origin_at(&path).clone(), message }
    }
}

enum Trouble {
    /// A key that nobody asked for.
    Unknown(Vec<String>),
    /// A value that is not as it should be, and what serde says of it.
    Wrong(Vec<String>, String),
}

fn deserialize<C: DeserializeOwned>(values: toml::Table) -> Result<C, Trouble> {
    let mut track = serde_path_to_error::Track::new();
    let deserializer = serde_path_to_error::Deserializer::new(Value::Table(values), &mut track);
    let mut ignored = None;
    let result: Result<C, toml::de::Error> = serde_ignored::deserialize(deserializer, |path| {
        ignored.get_or_insert_with(|| ignored_path(&path));
    });
    match (result, ignored) {
        (_, Some(path)) => Err(Trouble::Unknown(path)),
        (Ok(value), None) => Ok(value),
        (Err(error), None) => Err(Trouble::Wrong(wrong_path(&track.path()), unquoted(error.message()))),
    }
}

/// What serde says, on one line, without a text that stands where a struct should: there may be a secret in it.
fn unquoted(message: &str) -> String {
    match message.rsplit_once("\", expected struct ") {
        Some((_, name)) => format!("invalid type: string, expected struct {}", name.trim_end()),
        None => message.trim_end().replace('\n', " "),
    }
}

fn ignored_path(path: &serde_ignored::Path<'_>) -> Vec<String> {
    use serde_ignored::Path;
    let (parent, key) = match path {
        Path::Root => return vec![],
        Path::Map { parent, key } => (parent, Some(key.clone())),
        Path::Seq { parent, index } => (parent, Some(index.to_string())),
        Path::Some { parent } | Path::NewtypeStruct { parent } | Path::NewtypeVariant { parent } => (parent, None),
    };
    let mut keys = ignored_path(parent);
    keys.extend(key);
    keys
}

fn wrong_path(path: &serde_path_to_error::Path) -> Vec<String> {
    use serde_path_to_error::Segment;
    let key = |segment: &Segment| match segment {
        Segment::Map { key } => Some(key.clone()),
        Segment::Seq { index } => Some(index.to_string()),
        Segment::Enum { .. } | Segment::Unknown => None,
    };
    path.iter().filter_map(key).collect()
}

fn find<'v>(values: &'v mut toml::Table, path: &[String]) -> Option<&'v mut Value> {
    let (last, parents) = path.split_last()?;
    let table = parents.iter().try_fold(values, |table, key| table.get_mut(key)?.as_table_mut())?;
    table.get_mut(last)
}

fn split(key: &str) -> Vec<String> {
    key.split('.').map(str::to_owned).collect()
}

/// The path as it is written in a file: a key that is not a bare one stands in quotes.
fn join(path: &[String]) -> String {
    let bare = |key: &str| !key.is_empty() && key.chars().all(|c| c.is_ascii_alphanumeric() || "_-".contains(c));
    let quoted = |key: &String| if bare(key) { key.clone() } else { format!("{key:?}") };
    path.iter().map(quoted).collect::<Vec<_>>().join(".")
}

/// The keys that the type `C` takes from its section; `None` where it does not say (a map, say).
#[must_use]
pub fn keys<C: DeserializeOwned>() -> Option<&'static [&'static str]> {
    fields::names::<C>(&[])
}

/// A section of a type without keys, for models that need no configuration.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NoConfig {}
