//! The arguments that ask for the same run again, as they go on record: without secrets.

use std::collections::BTreeSet;

use super::desk::Setup;
use super::invocation::Manner;
use crate::config::TellingSettings;
use crate::plan::Blueprint;
use crate::section::{Section, settings_of};

/// The arguments that ask for the same run again. Of a `--set` with a secret only the key is left.
pub(super) fn on_record(asked: &[String], manner: &Manner, setup: &Setup, blueprint: &Blueprint) -> Vec<String> {
    let mut arguments = asked.to_vec();
    let mut add = |option: &str, value: Option<String>| {
        arguments.extend(value.into_iter().flat_map(|value| [option.to_owned(), value]));
    };
    add("--env", manner.request.environment.clone());
    add("--config", manner.request.file.as_ref().map(|path| path.display().to_string()));
    add("--data", manner.data.as_ref().map(|path| path.display().to_string()));
    // As it was found: the last one that is over will be another.
    add("--partition", setup.orchestrator.job().partition().ok().map(ToString::to_string));
    for (set, is_secret) in sets(manner, setup, blueprint) {
        add("--set", Some(if is_secret { key_of(set).to_owned() } else { set.to_owned() }));
    }
    arguments
}

/// Each `--set` that was typed, and whether there is a secret in it.
pub(super) fn sets<'m>(manner: &'m Manner, setup: &Setup, blueprint: &Blueprint) -> Vec<(&'m str, bool)> {
    let secrets = secrets(setup, blueprint);
    let is_secret = |key: &str| secrets.iter().any(|secret| is_within(key, secret) || is_within(secret, key));
    manner.request.sets.iter().map(|set| (set.as_str(), is_secret(key_of(set)))).collect()
}

/// The key of a `--set KEY=VALUE`.
pub(super) fn key_of(set: &str) -> &str {
    set.split_once('=').map_or(set, |(key, _)| key).trim()
}

/// Whether a key is another one, or below it.
fn is_within(key: &str, above: &str) -> bool {
    key.strip_prefix(above).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// The full keys of all that is set and must not be shown.
fn secrets(setup: &Setup, blueprint: &Blueprint) -> BTreeSet<String> {
    let mut secrets = BTreeSet::new();
    // A secret stands in the settings as a word and a digest; everything else there is a TOML value, which a bare word
    // is not.
    let mut add = |effective: &[crate::section::Effective], section: &Section| {
        let settings = settings_of(effective, section, &[0; 32]);
        secrets.extend(settings.into_iter().filter(|(_, text)| text.starts_with("secret ")).map(|(key, _)| key));
    };
    // The sections were read when the chain was checked, so none of them is wrong here.
    let telling = &setup.config.telling_section;
    add(&telling.effective::<TellingSettings>().unwrap_or_default(), telling);
    for model in blueprint.models() {
        let section = setup.config.models.get(&model.name);
        add(&model.reference.kind().effective(&section).unwrap_or_default(), &section);
    }
    for entry in blueprint.tasks() {
        let section = setup.config.tasks.get(entry.task.name());
        for kind in entry.task.about().settings {
            add(&kind.effective(&section).unwrap_or_default(), &section);
        }
    }
    secrets
}
