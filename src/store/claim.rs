//! Which run has a folder: a lock that goes with its process, and a lease for those who cannot see that process.
//!
//! The lock is the system's, on a file that is open: it is gone at once when the process is, however that ended, so
//! that nobody on the same machine has to judge whether a lock is stale. A lock may not reach to other machines that
//! share the folder; what they go by is the lease, which counts until it expires, and is renewed while the run goes on.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use chrono::Utc;

use super::lease::{self, Holder, Lease};
use super::{StoreError, fs};
use crate::failpoint;
use crate::id::RunId;

/// How often a lock is tried that somebody has who does not say who it is, and how long it is left alone in between.
const PATIENCE: u32 = 100;
const MOMENT: Duration = Duration::from_millis(10);

/// How long a lease counts, and how often it is renewed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Terms {
    pub(super) live: Duration,
    pub(super) renew: Duration,
}

impl Default for Terms {
    fn default() -> Terms {
        Terms { live: Duration::from_secs(60), renew: Duration::from_secs(20) }
    }
}

/// A folder that belongs to a run as long as this value lives. Dropped without [`end`](Claim::end), it is as if the
/// process were gone.
#[derive(Debug)]
pub(super) struct Claim {
    folder: PathBuf,
    lease: Lease,
    path: PathBuf,
    // Dropped in this order: nobody else can have the folder while the lease may still be written.
    heartbeat: Heartbeat,
    _lock: Lock,
}

/// A lock that is let go of with this value, also where a process that is just being started has a copy of the file.
#[derive(Debug)]
pub(super) struct Lock(File);

impl Lock {
    /// That of this file, which is made where there is none; `None` while another process has it, or another part of this
    /// one.
    pub(super) fn take(path: &Path) -> Result<Option<Lock>, StoreError> {
        let file = fs::open_lock(path)?;
        match failpoint::refuse("lock", path).map_err(TryLockError::Error).and_then(|()| file.try_lock()) {
            Ok(()) => Ok(Some(Lock(file))),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(StoreError::io("lock", path)(error)),
        }
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // Closing the file lets go of it in any case, sooner or later.
        let _ = self.0.unlock();
    }
}

impl Claim {
    /// Claims a folder; says from whom it was taken over, if its last holder has not ended well.
    pub(super) fn new(
        folder: &Path,
        state: &Path,
        run: RunId,
        terms: Terms,
    ) -> Result<(Claim, Option<Holder>), StoreError> {
        let path = state.join("lease");
        let busy = |holder: Option<Holder>| {
            let holder = holder.unwrap_or(Holder::Unknown);
            StoreError::Busy { place: folder.to_owned(), holder, until: None }
        };
        let lock = state.join("lock");
        let file = fs::open_lock(&lock)?;
        for patience in (0..PATIENCE).rev() {
            match failpoint::refuse("lock", &lock).map_err(TryLockError::Error).and_then(|()| file.try_lock()) {
                Ok(()) => break,
                Err(TryLockError::Error(error)) => return Err(StoreError::io("lock", &lock)(error)),
                Err(TryLockError::WouldBlock) => {}
            }
            // Whoever has the lock may not have come to write the lease, so that there is none or that of someone before;
            // or has removed it and is about to let go of the lock. Both take a moment only.
            let alive = |holder: &Holder| !matches!(holder, Holder::Run(lease) if lease.is_over());
            let holder = lease::read(&path)?.filter(alive);
            if holder.is_some() || patience == 0 {
                return Err(busy(holder));
            }
            thread::park_timeout(MOMENT);
        }
        let left = lease::read(&path)?;
        let now = Utc::now();
        if let Some(Holder::Run(lease)) = &left
            && !lease.is_near()
            && lease.expires > now
        {
            let until = Some(lease.expires);
            return Err(StoreError::Busy { place: folder.to_owned(), holder: Holder::Run(lease.clone()), until });
        }
        let lease = Lease::new(run, now, terms.live);
        lease.write(&path)?;
        failpoint::reached("lease taken");
        let heartbeat = Heartbeat::start(path.clone(), lease.clone(), terms)?;
        Ok((Claim { folder: folder.to_owned(), lease, path, heartbeat, _lock: Lock(file) }, left))
    }

    /// Whether it is this run that has the folder.
    pub(super) fn is_of(&self, run: RunId) -> bool {
        self.lease.run == run
    }

    /// Looks whether nobody else has taken the folder over, who could not see the lock.
    pub(super) fn confirm(&self) -> Result<(), StoreError> {
        match lease::read(&self.path)? {
            Some(Holder::Run(lease)) if lease.is_of_holder(&self.lease) => Ok(()),
            holder => Err(StoreError::LeaseLost { place: self.folder.clone(), run: self.lease.run, holder }),
        }
    }

    /// Lets go of the folder.
    pub(super) fn end(mut self) -> Result<(), StoreError> {
        self.heartbeat.stop();
        match self.confirm() {
            Ok(()) => fs::remove_file(&self.path),
            // It is somebody else's lease now.
            Err(StoreError::LeaseLost { .. }) => Ok(()),
            Err(error) => Err(error),
        }
    }
}

/// The thread that renews a lease. It ends with this value.
#[derive(Debug)]
struct Heartbeat(Option<(Sender<()>, JoinHandle<()>)>);

impl Heartbeat {
    fn start(path: PathBuf, lease: Lease, terms: Terms) -> Result<Heartbeat, StoreError> {
        let (stop, stopped) = mpsc::channel();
        let at = path.clone();
        let beat = move || {
            while stopped.recv_timeout(terms.renew) == Err(RecvTimeoutError::Timeout) {
                match renew(&path, &lease, terms) {
                    Ok(true) => {}
                    Ok(false) => return,
                    // The lease counts for a few more beats; and publishing looks again.
                    Err(error) => log::warn!("the lease could not be renewed: {error}"),
                }
            }
        };
        let thread = thread::Builder::new().name("purvey-lease".to_owned()).spawn(beat);
        let thread = thread.map_err(StoreError::io("start a thread for", &at))?;
        Ok(Heartbeat(Some((stop, thread))))
    }

    fn stop(&mut self) {
        if let Some((stop, thread)) = self.0.take() {
            drop(stop);
            let _ = thread.join();
        }
    }
}

impl Drop for Heartbeat {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Renews a lease; says whether it was still there to renew.
pub(super) fn renew(path: &Path, ours: &Lease, terms: Terms) -> Result<bool, StoreError> {
    match lease::read(path)? {
        Some(Holder::Run(lease)) if lease.is_of_holder(ours) => {
            lease.renewed(Utc::now(), terms.live).write(path).map(|()| true)
        }
        _ => Ok(false),
    }
}
