//! Looks up what there is of models that grow from run to run.

use std::collections::BTreeMap;

use crate::digest::Digest;
use crate::ledger::{Ledger, LedgerError, VersionRecord, versions_back};
use crate::plan::{Candidate, Growth, Previous, Stored};
use crate::store::Store;

use super::RunError;
use super::survey::lost;

/// What there is of these models of a task, each with its contract, by name; `published` is how what is published of them was
/// made.
pub(super) fn growths(
    ledger: &dyn Ledger,
    store: &dyn Store,
    partition: &str,
    models: &[(String, Digest)],
    published: Option<&Candidate>,
) -> Result<BTreeMap<String, Growth>, RunError> {
    let mut growths = BTreeMap::new();
    for (model, contract) in models {
        let made =
            published.and_then(|done| Some((done, done.performed.made.iter().find(|made| made.model == *model)?)));
        let growth = match made {
            None => Growth { published: Previous::Nothing, before: Previous::Nothing },
            Some((done, made)) => Growth {
                published: {
                    // What was checked by another contract has to be looked at again, whether rows are added or not.
                    let is_sound = done.performed.fingerprint.contract.get(model) == Some(contract);
                    previous(made, done.lost.iter().any(|lost| lost.model == *model), is_sound)
                },
                before: match done.performed.fingerprint.inputs.get(model) {
                    None => Previous::Nothing,
                    Some(digest) => before(ledger, store, partition, model, *digest)?,
                },
            },
        };
        growths.insert(model.clone(), growth);
    }
    Ok(growths)
}

/// The version that the published one of a model has grown from.
fn before(
    ledger: &dyn Ledger,
    store: &dyn Store,
    partition: &str,
    model: &str,
    digest: Digest,
) -> Result<Previous, RunError> {
    for version in grown_from(ledger, partition, model, digest) {
        let version = version?;
        if let found @ Previous::Stored(_) = previous(&version, lost(store, &version)?.is_some(), false) {
            return Ok(found);
        }
    }
    Ok(Previous::Gone(digest))
}

/// The versions of this content that are on record, of which any will do.
pub(super) fn grown_from<'l>(
    ledger: &'l dyn Ledger,
    partition: &'l str,
    model: &'l str,
    digest: Digest,
) -> impl Iterator<Item = Result<VersionRecord, LedgerError>> + use<'l> {
    let is_of =
        move |version: &Result<VersionRecord, _>| version.as_ref().map_or(true, |version| version.digest == digest);
    versions_back(ledger, partition, model).filter(is_of)
}

fn previous(record: &VersionRecord, is_lost: bool, is_sound: bool) -> Previous {
    match record.version().filter(|_| !is_lost) {
        Some(version) => {
            let file = record.file.clone().filter(|_| is_sound);
            Previous::Stored(Stored { version, digest: Some(record.digest), file })
        }
        None => Previous::Gone(record.digest),
    }
}
