//! Who is told of a run besides those who look on, as `[telling]` and `--events` have it.

use super::desk::Setup;
use super::exit::Exit;
use super::trouble::Trouble;
use crate::plan::Blueprint;
use crate::telling::{Background, Telling};

/// Gets ready to tell of a run.
///
/// # Errors
///
/// When a file that is to be written cannot be opened.
pub(super) fn begin(setup: &Setup, blueprint: &Blueprint) -> Result<Telling, Trouble> {
    let (config, partition) = (&setup.config, setup.orchestrator.job().partition().ok());
    let background = Background::of(blueprint, &config.models, &setup.data.0, partition);
    Telling::begin(&config.telling, background).map_err(|error| {
        let origin = config.telling_section.origin(error.key);
        Trouble::new(Exit::Configuration, &error).hint(format!("`telling.{}` names it ({origin})", error.key))
    })
}

/// Tells the rest. What could not be told is a warning: the run is what it is.
pub(super) fn end(telling: Telling, setup: &Setup) {
    for warning in telling.end(setup.orchestrator.ledger()) {
        log::warn!("{warning}");
    }
}
