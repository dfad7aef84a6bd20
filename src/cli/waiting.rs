//! Waiting for the run that has the data folder.

use std::time::Duration;

use crate::cancel::CancelToken;
use crate::clock::Clock;
use crate::session::RunError;
use crate::store::StoreError;

/// How often it is looked whether the other run has ended.
const POLL: Duration = Duration::from_millis(200);

/// Tries until no other run is in the way, or somebody wants to stop; says once who is waited for.
///
/// # Errors
///
/// That of the last try.
pub(super) fn until_free<T>(
    clock: &dyn Clock,
    cancel: &CancelToken,
    mut attempt: impl FnMut() -> Result<T, RunError>,
) -> Result<T, RunError> {
    let mut is_said = false;
    loop {
        match attempt() {
            Err(RunError::Store(StoreError::Busy { holder, .. })) if !cancel.is_cancelled() => {
                if !is_said {
                    log::info!("waiting until {holder} ends");
                    is_said = true;
                }
                clock.sleep(POLL);
            }
            ended => return ended,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::FakeClock;
    use crate::id::RunId;
    use crate::store::{FolderStore, Store};

    fn attempt(store: &FolderStore) -> Result<(), RunError> {
        let run = RunId::random();
        store.begin(run)?;
        Ok(store.end(run)?)
    }

    #[test]
    fn a_folder_is_waited_for_until_its_run_ends() {
        let folder = tempfile::tempdir().unwrap();
        let (other, ours) = (FolderStore::new(folder.path()), FolderStore::new(folder.path()));
        let run = RunId::random();
        other.begin(run).unwrap();

        let clock = FakeClock::at(chrono::DateTime::UNIX_EPOCH);
        let mut tries = 0;
        let waited = until_free(&clock, &CancelToken::new(), || {
            tries += 1;
            if tries == 4 {
                other.end(run).unwrap();
            }
            attempt(&ours)
        });
        assert!(waited.is_ok());
        assert_eq!((tries, clock.monotonic()), (4, 3 * POLL));
    }

    #[test]
    fn who_wants_to_stop_waits_no_longer() {
        let folder = tempfile::tempdir().unwrap();
        let (other, ours) = (FolderStore::new(folder.path()), FolderStore::new(folder.path()));
        other.begin(RunId::random()).unwrap();

        let (clock, cancel) = (FakeClock::at(chrono::DateTime::UNIX_EPOCH), CancelToken::new());
        let waited = until_free(&clock, &cancel, || {
            if clock.monotonic() == POLL {
                cancel.cancel();
            }
            attempt(&ours)
        });
        assert!(matches!(waited, Err(RunError::Store(StoreError::Busy { .. }))));
        assert_eq!(clock.monotonic(), POLL);
    }
}
