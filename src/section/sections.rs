//! Sections by name: `[models.*]` or `[tasks.*]`.

use indexmap::IndexMap;

use super::Section;

/// The sections of all models or of all tasks, by name.
#[derive(Clone, Debug, Default)]
pub struct Sections {
    sections: IndexMap<String, Section>,
}

impl Sections {
    /// No sections.
    #[must_use]
    pub fn new() -> Sections {
        Sections::default()
    }

    /// The same with a section added.
    #[must_use]
    pub fn with(mut self, name: &str, section: Section) -> Sections {
        self.sections.insert(name.to_owned(), section);
        self
    }

    /// The section of this name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Section> {
        self.sections.get(name)
    }

    /// The names and sections, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Section)> {
        self.sections.iter().map(|(name, section)| (name.as_str(), section))
    }
}
