//! The wish to stop, passed from whoever has it to whatever is running.
//!
//! Knows nothing of signals or of tasks: it is one flag, shared.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// A flag that says "stop when you can", shared by everyone who holds a clone.
///
/// Once set it stays set. A long task looks at it now and then:
///
/// ```
/// use purvey::CancelToken;
///
/// fn work(pages: u32, cancel: &CancelToken) -> purvey::Result<u32> {
///     for _page in 0..pages {
///         cancel.check()?;
///     }
///     Ok(pages)
/// }
///
/// let cancel = CancelToken::new();
/// assert_eq!(work(3, &cancel)?, 3);
/// cancel.cancel();
/// assert!(work(3, &cancel).is_err());
/// # Ok::<(), purvey::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct CancelToken(Arc<AtomicBool>);

impl CancelToken {
    /// A token that nobody has cancelled.
    #[must_use]
    pub fn new() -> CancelToken {
        CancelToken::default()
    }

    /// Asks everyone who holds a clone of this token to stop.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::SeqCst);
    }

    /// Whether somebody has asked to stop.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }

    /// Returns an error once somebody has asked to stop, for use with `?` inside a task.
    ///
    /// # Errors
    ///
    /// [`Cancelled`], when the token is set.
    pub fn check(&self) -> Result<(), Cancelled> {
        if self.is_cancelled() { Err(Cancelled) } else { Ok(()) }
    }

    /// The flag itself, for code that sets it from elsewhere, such as a signal handler.
    #[must_use]
    pub fn flag(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.0)
    }
}

/// The work was given up because somebody asked for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("cancelled on request")]
pub struct Cancelled;
