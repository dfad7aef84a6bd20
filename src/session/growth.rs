//! Looks up what there is of models that grow from run to run.

use std::collections::BTreeMap;

use crate::digest::Digest;
use crate::ledger::{Ledger, Performed, VersionRecord};
use crate::plan::{Growth, Previous, Stored};
use crate::store::{Condition, Store, StoreError};

use super::RunError;

/// How far back a version is looked for: the one that the published one has grown from is seldom older than a few.
const VERSIONS: usize = 1_000;

/// What there is of these models of a task, by name; `published` is how what is published of them was made.
pub(super) fn growths(
    ledger: &dyn Ledger,
    store: &dyn Store,
    partition: &str,
    models: &[String],
    published: Option<&Performed>,
) -> Result<BTreeMap<String, Growth>, RunError> {
    let mut growths = BTreeMap::new();
    for model in models {
        let made = published.and_then(|done| Some((done, done.made.iter().find(|made| made.model == *model)?)));
        let growth = match made {
            None => Growth { published: Previous::Nothing, before: Previous::Nothing },
            Some((done, made)) => Growth {
                published: previous(store, made)?,
                before: match done.fingerprint.inputs.get(model) {
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
    for version in grown_from(ledger, partition, model, digest)? {
        if let found @ Previous::Stored(_) = previous(store, &version)? {
            return Ok(found);
        }
    }
    Ok(Previous::Gone(digest))
}

/// The versions of this content that are on record, of which any will do.
pub(super) fn grown_from(
    ledger: &dyn Ledger,
    partition: &str,
    model: &str,
    digest: Digest,
) -> Result<impl Iterator<Item = VersionRecord>, RunError> {
    let versions = ledger.versions(partition, model, VERSIONS)?;
    Ok(versions.into_iter().filter(move |version| version.digest == digest))
}

fn previous(store: &dyn Store, record: &VersionRecord) -> Result<Previous, StoreError> {
    let (Some(version), Some(file)) = (record.version(), &record.file) else {
        return Ok(Previous::Gone(record.digest));
    };
    Ok(match store.condition(&version, file)? {
        Condition::Intact => Previous::Stored(Stored { version, digest: Some(record.digest) }),
        _ => Previous::Gone(record.digest),
    })
}
