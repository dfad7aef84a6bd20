//! The values of a section as a fingerprint takes them: by full key, as text, without secrets.

use std::collections::BTreeMap;

use toml::Value;

use super::{Effective, Section, join};

/// The values in effect of a section, by full key (`tasks.agent_ranking.top`), as TOML text. Defaults count like values
/// that are set.
///
/// What is set and not among the values in effect is a secret: of it there is only a digest, keyed by `salt`, which tells
/// nothing but that it is another one.
pub(crate) fn settings_of(effective: &[Effective], section: &Section, salt: &[u8; 32]) -> BTreeMap<String, String> {
    let shown: BTreeMap<&str, &Value> =
        effective.iter().filter_map(|entry| Some((entry.key.as_str(), entry.value.as_ref()?))).collect();
    let mut settings = Settings { section, shown, salt, texts: BTreeMap::new() };
    for (key, value) in settings.shown.clone() {
        settings.texts.insert(format!("{}.{key}", section.name), value.to_string());
    }
    for (key, value) in &section.values {
        settings.set(std::slice::from_ref(key), value);
    }
    settings.texts
}

struct Settings<'a> {
    section: &'a Section,
    shown: BTreeMap<&'a str, &'a Value>,
    salt: &'a [u8; 32],
    texts: BTreeMap<String, String>,
}

impl Settings<'_> {
    /// Looks for the value that is set under this path among those that are shown.
    fn set(&mut self, path: &[String], value: &Value) {
        let key = join(path);
        if let Some(shown) = self.shown.get(key.as_str()) {
            return self.compare(path, value, shown);
        }
        let below = format!("{key}.");
        if !self.shown.range(below.as_str()..).next().is_some_and(|(key, _)| key.starts_with(&below)) {
            return self.hide(path, value);
        }
        // A value that is set as one text, say, and shown as several, is shown.
        for (key, value) in value.as_table().into_iter().flatten() {
            self.set(&[path, std::slice::from_ref(key)].concat(), value);
        }
    }

    /// Looks for what is set and not shown within one value.
    fn compare(&mut self, path: &[String], value: &Value, shown: &Value) {
        let inner = |key: &str| [path, &[key.to_owned()]].concat();
        match (value, shown) {
            (Value::Table(table), Value::Table(shown)) => {
                for (key, value) in table {
                    match shown.get(key) {
                        Some(shown) => self.compare(&inner(key), value, shown),
                        None => self.hide(&inner(key), value),
                    }
                }
            }
            (Value::Array(values), Value::Array(shown)) => {
                for (at, value) in values.iter().enumerate() {
                    match shown.get(at) {
                        Some(shown) => self.compare(&inner(&at.to_string()), value, shown),
                        None => self.hide(&inner(&at.to_string()), value),
                    }
                }
            }
            _ => {}
        }
    }

    fn hide(&mut self, path: &[String], value: &Value) {
        let mut hasher = blake3::Hasher::new_keyed(self.salt);
        let key = format!("{}.{}", self.section.name, join(path));
        // With its key, so that two secrets which are the same do not look the same.
        hasher.update(key.as_bytes()).update(b"\0").update(value.to_string().as_bytes());
        // A secret that is a text is the text as it was typed, and that may be another one for the same value.
        if let Some(typed) = self.section.leaves.get(path).and_then(|leaf| leaf.text.as_ref()) {
            hasher.update(b"\0").update(typed.as_bytes());
        }
        let digits = &hasher.finalize().to_hex()[..8];
        self.texts.insert(key, format!("secret {digits}"));
    }
}
