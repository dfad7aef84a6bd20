//! Threads and what keeps them apart, as `crew.rs` has them. A test gives it others, which try every order of events.

use std::thread::{Builder, Scope};

pub(super) use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
pub(super) use std::thread::scope;
pub(super) use std::time::Duration;

/// Room for what tasks put on the stack, as the main thread has it.
const STACK: usize = 8 << 20;

/// Starts a thread; `false` where the system has none to give.
pub(super) fn spawn<'s>(threads: &'s Scope<'s, '_>, name: String, work: impl FnOnce() + Send + 's) -> bool {
    let spawned = Builder::new().name(name).stack_size(STACK).spawn_scoped(threads, work);
    if let Err(error) = &spawned {
        log::warn!("failed to start a thread: {error}; going on with those there are");
    }
    spawned.is_ok()
}
