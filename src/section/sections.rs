//! All sections of one kind, by name.

use std::borrow::Cow;

use indexmap::IndexMap;

use super::Section;

/// The configuration of all models, or of all tasks: a [`Section`] for each name, in the order they were added.
///
/// ```
/// use purvey::Section;
/// use purvey::section::Sections;
///
/// let models = Sections::models().with("raw_bookings", Section::default().with("path", "bookings.csv"));
///
/// assert_eq!(models.get("raw_bookings").name(), "models.raw_bookings");
/// assert!(models.get("rejects").is_empty());
/// assert_eq!(models.names().collect::<Vec<_>>(), ["raw_bookings"]);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Sections {
    prefix: &'static str,
    sections: IndexMap<String, Section>,
}

impl Sections {
    /// No `[models.<name>]` yet.
    #[must_use]
    pub fn models() -> Sections {
        Sections { prefix: "models", sections: IndexMap::new() }
    }

    /// No `[tasks.<name>]` yet.
    #[must_use]
    pub fn tasks() -> Sections {
        Sections { prefix: "tasks", sections: IndexMap::new() }
    }

    /// No `[schedule.<name>]` yet.
    #[must_use]
    pub fn schedules() -> Sections {
        Sections { prefix: "schedule", sections: IndexMap::new() }
    }

    /// The same with this section, which takes its name from here and replaces one of the same name.
    #[must_use]
    pub fn with(mut self, name: &str, section: Section) -> Sections {
        let section = section.renamed(self.full_name(name));
        self.sections.insert(name.to_owned(), section);
        self
    }

    /// The section of this name; an empty one where there is none.
    #[must_use]
    pub fn get(&self, name: &str) -> Cow<'_, Section> {
        match self.sections.get(name) {
            Some(section) => Cow::Borrowed(section),
            None => Cow::Owned(Section::new(self.full_name(name))),
        }
    }

    /// The section of this name; where there is none, `empty` takes its place.
    pub(crate) fn get_or<'s>(&'s self, name: &str, empty: &'s mut Section) -> &'s Section {
        match self.sections.get(name) {
            Some(section) => section,
            None => {
                empty.take_name(self.prefix, name);
                empty
            }
        }
    }

    /// The section of this name, where there is one.
    #[must_use]
    pub fn configured(&self, name: &str) -> Option<&Section> {
        self.sections.get(name)
    }

    /// The section of this name, to be changed; made where there is none.
    pub fn get_mut(&mut self, name: &str) -> &mut Section {
        let full_name = self.full_name(name);
        self.sections.entry(name.to_owned()).or_insert_with(|| Section::new(full_name))
    }

    /// The names that have a section, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.sections.keys().map(String::as_str)
    }

    /// The names and their sections, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Section)> {
        self.sections.iter().map(|(name, section)| (name.as_str(), section))
    }

    fn full_name(&self, name: &str) -> String {
        format!("{}.{name}", self.prefix)
    }
}
