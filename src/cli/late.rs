//! Tells people of models that are late: once of each lateness, and once that it is over.

use std::collections::btree_map::Entry;

use chrono::{DateTime, Utc};

use super::desk::{Desk, Setup};
use super::exit::Exit;
use super::freshness::Standing;
use super::trouble::Trouble;
use crate::report::{LogForm, Logger};
use crate::store::{Late, LateModel};
use crate::telling::{Aged, Lateness};

/// Refuses to tell people where the configuration names none.
///
/// # Errors
///
/// When nobody wants to be told.
pub(super) fn check_concern(setup: &Setup) -> Result<(), Trouble> {
    if Lateness::concerns(&setup.config.telling) {
        return Ok(());
    }
    Err(Trouble::new(Exit::Usage, "`--notify` has nobody to tell")
        .hint("`[telling.webhooks.<name>]` or `[telling.mails.<name>]` names who wants to be told of \"lateness\""))
}

/// Tells of what has become late since people were told last, and of what is late no more. What was never published has not
/// become late. While another process tells, nothing is told. Where `all` were looked at, others are no longer known to be late.
///
/// # Errors
///
/// When the record of what was told cannot be read or written. That somebody could not be told is a warning.
pub(super) fn tell(
    desk: &Desk<'_, '_>,
    setup: &Setup,
    standings: &[Standing],
    all: bool,
    now: DateTime<Utc>,
) -> Result<(), Trouble> {
    let failed = |error| Trouble::from(&error);
    let Some(mut hand) = Late::of(&setup.data.0).take().map_err(failed)? else { return Ok(()) };
    let mut told = hand.told().clone();
    let looked_at: Vec<_> = standings.iter().filter_map(looked_at).collect();
    told.retain(|model, _| !all || looked_at.iter().any(|(looked_at, ..)| looked_at == model));
    let (mut late, mut fresh) = (Vec::new(), Vec::new());
    for (model, is_fresh, aged) in looked_at {
        if is_fresh {
            fresh.extend(told.remove(&model).map(|_| aged));
        } else if let Entry::Vacant(place) = told.entry(model) {
            place.insert(now);
            late.push(aged);
        }
    }
    if told == *hand.told() {
        return Ok(());
    }
    let form = if desk.manner.json && !desk.surroundings.err_is_terminal { LogForm::Json } else { LogForm::Text };
    desk.surroundings.install(Logger::new(desk.manner.filter.clone(), form));
    let lateness = Lateness { chain: desk.chain.name().to_owned(), at: now, late, fresh };
    for warning in lateness.tell(&setup.config.telling) {
        log::warn!("{warning}");
    }
    // After they were told: it is better to be told twice than never.
    hand.tell(told).map_err(failed)
}

/// By which name a model is late, and whether it is not; `None` for what was never published.
fn looked_at(standing: &Standing) -> Option<(LateModel, bool, Aged)> {
    let Standing { model, partition, is_listed, max_age, .. } = standing;
    let aged = Aged {
        model: model.clone(),
        partition: partition.clone(),
        since: standing.since?,
        age: standing.age?,
        max_age: *max_age,
    };
    // Of time it is the model that is late, whichever partition is its newest.
    let late = LateModel { model: model.clone(), partition: partition.clone().filter(|_| *is_listed) };
    Some((late, standing.is_fresh(), aged))
}
